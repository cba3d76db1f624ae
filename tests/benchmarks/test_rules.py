"""The benchmark of the rules searches a visit that has many faults, and prints its figure."""

from __future__ import annotations

from benchmarks.rules import faulty_visit, fix_ms
from routes.calendar import WorkCalendar
from routes.rules import load_profile
from routes.rules.fixes import open_findings


def test_the_timed_visit_has_many_faults_and_a_lawful_change() -> None:
    ask, _ = faulty_visit()
    found = open_findings(ask, calendar=WorkCalendar(), profile=load_profile(None))
    assert len({one.rule for one in found}) >= 8
    assert fix_ms(repeats=1) > 0.0
