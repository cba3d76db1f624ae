"""Every row of LAW.md is one rule, and every parameter of the profile is read by some rule."""

from __future__ import annotations

import re

from routes.model import Verdict
from routes.rules import RULES
from routes.rules.profile import profile_values
from tests.reference import reference_data

IDS = (
    *(f"A{n}" for n in range(1, 11)),
    *(f"B{n}" for n in range(1, 9)),
    *(f"C{n}" for n in range(1, 6)),
    *(f"D{n}" for n in range(1, 7)),
    *(f"S{n}" for n in range(1, 4)),
    *(f"Z{n}" for n in range(1, 9)),
    *(f"E{n}" for n in range(1, 4)),
    *(f"R{n}" for n in range(1, 3)),
    *(f"T{n}" for n in range(1, 4)),
    *(f"L{n}" for n in range(1, 8)),
    *(f"P{n}" for n in range(1, 13)),
    *(f"N{n}" for n in range(1, 8)),
)


def test_every_row_of_the_law_is_one_rule() -> None:
    assert len(IDS) == 74
    assert set(RULES) == set(IDS)
    assert all(key == rule.id for key, rule in RULES.items())


def test_the_rows_are_those_of_the_table_that_a_lawyer_signs() -> None:
    text = (reference_data().parent / "LAW.md").read_text(encoding="utf-8")
    assert re.findall(r"^\|([A-Z]\d+)\|", text, flags=re.MULTILINE) == list(IDS)


def test_only_the_black_list_says_nothing() -> None:
    assert [rule.id for rule in RULES.values() if not rule.verdicts] == ["N4"]
    assert all(len(set(rule.verdicts)) == len(rule.verdicts) for rule in RULES.values())
    order = tuple(Verdict)
    for rule in RULES.values():
        assert list(rule.verdicts) == sorted(rule.verdicts, key=order.index), rule.id


def test_every_parameter_is_read_by_a_rule_and_every_rule_reads_known_ones() -> None:
    known = set(profile_values())
    read = {key for rule in RULES.values() for key in rule.parameters}
    assert read == known - {"live.silent_min"}  # routes.live gives the alarm
