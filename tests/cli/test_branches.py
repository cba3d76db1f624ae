"""``fieldwrit plan make --approval-by``: two plans, the same until the hour."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from data.store import Store
from geo.localtime import moment_at
from routes.model import ActionId
from routes.planning.validate import violations
from tests.cli.early_stops import TEN_S, begun
from tests.web.court import fill
from web.approval import current_findings
from web.cli import main
from web.clock import system_clock
from web.config import Settings
from web.errors import WebError
from web.signatures import read_signatures
from web.steps import planning
from web.steps.branching import unsigned_stops
from web.wiring import Court, using


def _make(folder: Path, *words: str) -> Result:
    given = ["plan", "make", "--date", "next-workday", "--iterations", "60", *words]
    return CliRunner().invoke(main, ["--data-dir", str(folder), *given])


def test_both_plans_are_kept_and_differ_only_after_the_hour(demo_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "court"
    shutil.copytree(demo_dir, folder)
    result = _make(folder, "--approval-by", "10:00", "--json")
    assert result.exit_code == 0, result.stderr
    shown = json.loads(result.stdout)
    told = [note for note in shown["notes"] if "10:00 前" in note]
    assert [shown["action"] in told[0], shown["action_if_approved"] in told[1]] == [True, True]
    with closing(Store.open(folder, clock=system_clock)) as store:
        plans = {}
        for key in ("action", "action_if_approved"):
            name = ActionId(shown[key])
            problem, plan, action = store.problem(name), store.plan(name), store.action(name)
            assert problem is not None
            assert plan is not None
            assert action is not None
            assert violations(problem, plan) == ()
            assert action.approved is (key == "action_if_approved")
            assert action.approval_by == moment_at(problem.shifts[0].day, TEN_S)
            plans[key] = (problem, plan)
        problem, without = plans["action"]
        granted = plans["action_if_approved"][1]
        assert begun(without) == begun(granted)
    with using(Court(Settings(data_dir=folder))) as court:
        said = current_findings(court, problem, without)
        now = system_clock()
        assert read_signatures(court.store, problem, without, said, at=now).waiting == ()
        waits = unsigned_stops(court, plans["action_if_approved"][0])
    unsigned = {*waits.options, *waits.duties}
    assert waits.options
    starts_s = {
        stop.ref: stop.start_s for route in granted.routes for stop in route.stops if stop.ref
    }
    assert all(starts_s[ref] >= TEN_S for ref in unsigned if ref in starts_s)


def test_an_hour_that_is_past_is_refused(demo_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "court"
    shutil.copytree(demo_dir, folder)
    day = planning.next_workday(Settings(data_dir=folder))

    def late() -> datetime:
        return moment_at(day, TEN_S + 60)

    with pytest.raises(WebError, match="10:00"):
        planning.make_plan(
            Settings(data_dir=folder),
            (day,),
            approval_by_s=TEN_S,
            iterations=0,
            clock=late,
        )


@pytest.mark.parametrize("wrong", ["10", "25:00", "10:00+08:00", "ten"])
def test_what_is_no_time_of_day_is_wrong_use(wrong: str, tmp_path: Path) -> None:
    fill(tmp_path)
    result = _make(tmp_path, "--approval-by", wrong)
    assert result.exit_code == 2
    assert "10:00" in result.stderr
