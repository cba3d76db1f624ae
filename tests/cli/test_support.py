"""``fieldwrit plan make --answer-by`` and ``plan support``: two plans around the stations."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from data.jobs import JobKind
from data.model import BranchOn
from data.store import Store
from geo.localtime import moment_at
from routes.model import ActionId, SupportState
from routes.planning.validate import violations
from tests.cli.early_stops import TEN_S
from tests.routes.planning.test_support import assert_same_until
from web.cli import main
from web.clock import system_clock
from web.config import Settings
from web.errors import WebError
from web.steps import planning
from web.steps.branching import unsigned_stops
from web.support_board import asks_of
from web.wiring import Court, using
from web.working import HANDLERS


def _run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--data-dir", str(folder), "plan", *words])


def test_both_plans_are_kept_and_what_is_asked_is_listed(demo_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "court"
    shutil.copytree(demo_dir, folder)
    words = ("--date", "next-workday", "--iterations", "60", "--answer-by", "10:00", "--json")
    result = _run(folder, "make", *words)
    assert result.exit_code == 0, result.stderr
    shown = json.loads(result.stdout)
    with closing(Store.open(folder, clock=system_clock)) as store:
        plans = {}
        for key in ("action", "action_if_declined"):
            name = ActionId(shown[key])
            problem, plan, action = store.problem(name), store.plan(name), store.action(name)
            assert problem is not None
            assert plan is not None
            assert action is not None
            assert violations(problem, plan) == ()
            assert (action.branch_on, action.approved) == (BranchOn.SUPPORT, key == "action")
            plans[key] = plan
        assert store.latest() == shown["action"]
    day = plans["action"].routes[0].day
    assert_same_until(plans["action"], plans["action_if_declined"], day, TEN_S)
    listed = _run(folder, "support", shown["action"], "--json")
    assert listed.exit_code == 0, listed.stderr
    told = json.loads(listed.stdout)
    asked = told["requests"]
    assert asked
    assert told["property_checks"] == []
    assert {one["state"] for one in asked} == {"unsent"}
    assert all(one["on_no"] for one in asked)
    escorted = {
        stop.ref
        for route in plans["action"].routes
        for stop in route.stops
        if stop.escort_station is not None
    }
    assert escorted <= {one["stop"] for one in asked}


def test_an_hour_that_is_past_and_two_hours_at_once_are_refused(
    demo_dir: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "court"
    shutil.copytree(demo_dir, folder)
    words = ("--date", "next-workday", "--approval-by", "10:00", "--answer-by", "11:00")
    assert _run(folder, "make", *words).exit_code == 2
    day = planning.next_workday(Settings(data_dir=folder))

    def late() -> datetime:
        return moment_at(day, TEN_S + 60)

    with pytest.raises(WebError, match="答复时间"):
        planning.make_plan(
            Settings(data_dir=folder), (day,), answer_by_s=TEN_S, iterations=0, clock=late
        )


def test_a_plan_asked_for_on_the_page_has_both_branches(demo_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "court"
    shutil.copytree(demo_dir, folder)
    settings = Settings(data_dir=folder)
    day = planning.next_workday(settings)
    wanted = {"days": [day.isoformat()], "stop_s": 1, "known_by_s": TEN_S}
    with closing(Store.open(folder, clock=system_clock)) as store:
        by = store.accounts.all()[0].id
        job = store.jobs.take(store.jobs.add(JobKind.PLAN, wanted, by=by).id)
        assert job is not None
        made = HANDLERS[JobKind.PLAN](settings, job, system_clock)
        held = {}
        for key in ("action", "other"):
            action, plan = store.action(ActionId(made[key])), store.plan(ActionId(made[key]))
            problem = store.problem(ActionId(made[key]))
            assert action is not None
            assert plan is not None
            assert problem is not None
            assert violations(problem, plan) == ()
            assert (action.branch_on, action.approved) == (BranchOn.ANSWERS, key == "action")
            held[key] = problem, plan
    assert_same_until(held["action"][1], held["other"][1], day, TEN_S)
    with using(Court(settings)) as court:
        waits = unsigned_stops(court, held["action"][0])
        asks = {key: asks_of(court.store, court.areas, *held[key]) for key in held}
        assert asks["action"]
        assert asks["other"] == ()
    late = {*waits.options, *waits.duties, *(ask.ref for ask in asks["action"])}
    starts_s = {s.ref: s.start_s for r in held["action"][1].routes for s in r.stops if s.ref}
    assert all(starts_s[ref] >= TEN_S for ref in late if ref in starts_s)
    assert not late & {s.ref for r in held["other"][1].routes for s in r.stops}
    again = planning.make_plan(settings, (day,), job=replace(job, result=dict(made)))
    assert again["action"] == made["action"]  # cut off after it was kept: not made twice


def test_what_a_station_confirmed_stands_in_the_next_plan_or_is_told(
    demo_dir: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "court"
    shutil.copytree(demo_dir, folder)
    with closing(Store.open(folder, clock=system_clock)) as store:
        first = next(
            one
            for one in store.action_ids()
            if (action := store.action(one)) is not None and action.released_at is not None
        )
        sent = [
            one
            for one in store.support_requests.for_action(first)
            if one.state is SupportState.SENT and not one.is_duty
        ]
        kept = store.support_requests.answer(sent[0].id, SupportState.CONFIRMED, "p1")
        problem = store.problem(first)
        assert problem is not None
    day = problem.shifts[0].day
    result = _run(folder, "make", "--date", day.isoformat(), "--iterations", "60", "--json")
    assert result.exit_code == 0, result.stderr
    shown = json.loads(result.stdout)
    with closing(Store.open(folder, clock=system_clock)) as store:
        plan = store.plan(ActionId(shown["action"]))
        assert plan is not None
        carried = store.support_requests.for_action(ActionId(shown["action"]))
    at = {
        (stop.ref, stop.escort_station, moment_at(route.day, stop.start_s))
        for route in plan.routes
        for stop in route.stops
    }
    stands = (kept.ref, kept.station_id, kept.starts_at) in at
    told = [note for note in shown["notes"] if "未能保留" in note]
    assert [one.ref for one in carried] == ([kept.ref] if stands else [])
    assert [kept.ref in note for note in told] == ([] if stands else [True])
    assert sum(ref.startswith(f"{kept.ref}") for ref, _, _ in at) == stands  # then or not at all


def test_the_demonstrations_police_account_has_a_duty_on_its_roster(
    demo_dir: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "court"
    shutil.copytree(demo_dir, folder)
    with using(Court(Settings(folder))) as court:
        _id, problem, plan = court.stored_plan("latest")
        police = court.store.accounts.named("police")
        assert police is not None
        asked = asks_of(court.store, court.areas, problem, plan)
        assert {one.is_duty for one in asked if one.station == police.station_id} == {True, False}
