"""Hearings and keys to be given over, from a table to a plan and back into a table."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from data.model import Role
from data.store import Store
from geo.model import Precision
from routes.model import DutyKind
from routes.planning.problem import StopKind
from tests.data.samples import GOOD_ROWS, write_csv
from tests.web.court import PASSWORD
from web.cli import main
from web.clock import system_clock

HALL = {"经度": "118.6", "纬度": "24.9"}


@pytest.fixture
def court(tmp_path: Path) -> Path:
    folder = tmp_path / "court"
    with closing(Store.open(folder, clock=system_clock, create=True)) as store:
        store.accounts.create("chief", PASSWORD, Role.COMMANDER, "指挥员")
        store.accounts.create("officer", PASSWORD, Role.OFFICER, "执行员")
    return folder


def run(court: Path, *words: Any) -> Result:
    return CliRunner().invoke(
        main, ["--data-dir", str(court), *map(str, words)], input=f"{PASSWORD}\n"
    )


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_commander_exports_what_an_import_takes_back(
    court: Path, tmp_path: Path, form: str
) -> None:
    source = write_csv(tmp_path / "duties.csv", [dict(GOOD_ROWS["duties"]) | HALL])
    assert run(court, "import", "duties", source).exit_code == 0
    target = tmp_path / f"out.{form}"
    words = ("export", "duties", "--format", form, "--output", target)
    assert run(court, *words).exit_code == 2
    assert run(court, *words, "--by", "officer", "--password-stdin").exit_code == 1
    assert not target.exists()
    done = run(court, *words, "--by", "chief", "--password-stdin")
    assert done.exit_code == 0, done.output
    with closing(Store.open(court, clock=system_clock)) as store:
        entry = store.audit.entries(limit=1)[0]
        chief = next(one for one in store.accounts.all() if one.username == "chief")
        assert (entry.act, entry.actor) == ("field.export", chief.id)
        assert entry.detail == {"kind": "duties", "format": form, "rows": 1}
    again = json.loads(run(court, "import", "duties", target, "--json").stdout)
    assert (again["accepted"], again["unchanged"]) == (0, 1)


def test_the_demonstration_plans_its_hearing(demo_dir: Path) -> None:
    with closing(Store.open(demo_dir, clock=system_clock)) as store:
        action = store.latest()
        assert action is not None
        problem, plan = store.problem(action), store.plan(action)
        entered = {one.duty_id: one for one in store.entered_duties()}
    assert problem is not None
    assert plan is not None
    held = [duty for duty in problem.duties if duty.id in entered]
    assert DutyKind.HEARING in {entered[duty.id].kind for duty in held}
    served = {
        stop.ref for route in plan.routes for stop in route.stops if stop.kind is StopKind.DUTY
    }
    assert {duty.id for duty in held} <= served


def test_an_address_is_located_and_what_is_nowhere_is_told(demo_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "court"
    shutil.copytree(demo_dir, folder)
    with closing(Store.open(folder, clock=system_clock)) as store:
        action = store.latest()
        assert action is not None
        problem = store.problem(action)
        assert problem is not None
        day = problem.shifts[0].day
        known = next(
            claim
            for claim in store.claims()
            if claim.place is not None and claim.place.precision is Precision.DOOR
        )
    row = dict(GOOD_ROWS["duties"]) | {"日期": day.isoformat(), "地点": known.text.reveal()}
    rows = [row | {"编号": "ZD01"}, row | {"编号": "ZD02", "地点": "没有这个地方"}]
    assert run(folder, "import", "duties", write_csv(tmp_path / "d.csv", rows)).exit_code == 0
    made = run(folder, "plan", "make", "--date", day.isoformat(), "--iterations", 1, "--json")
    assert made.exit_code == 0, made.output
    notes = [note for note in json.loads(made.stdout)["notes"] if "ZD0" in note]
    with closing(Store.open(folder, clock=system_clock)) as store:
        duties = {duty.id: duty for duty in store.duties(day)}
        entry = next(one for one in store.audit.entries(20) if one.act == "duties.geocode")
    assert known.place is not None
    assert duties[f"ZD01-{day:%Y%m%d}"].point == known.place.point
    assert f"ZD02-{day:%Y%m%d}" not in duties
    assert [("ZD02" in note, "没有定位" in note) for note in notes if "ZD02" in note] == [
        (True, True)
    ]
    assert entry.detail == {"located": 1}
