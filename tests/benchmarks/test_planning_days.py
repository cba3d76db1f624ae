"""Generated district days: the same for a seed, whole problems, and peers that answer them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.planning_days import Setting, make_days
from benchmarks.planning_district import Day, counted, day_of, print_days
from benchmarks.planning_growth import Grown, grown, print_growth
from benchmarks.planning_long import LONG_RUNS, print_gap
from routes.planning import Engine, MaxIterations, solve
from routes.planning.formats import problem_to_json
from routes.planning.problem import (
    EscortMode,
    Problem,
    StopKind,
    Unassigned,
    UnassignedReason,
)
from routes.planning.validate import violations

_TOO_FAR = UnassignedReason.TOO_FAR
_SMALL = Setting(candidates=300, debtors=40, teams=3, doors=11)


@pytest.fixture(scope="module")
def day() -> Problem:
    return make_days(_SMALL, seed=2)


def test_the_same_seed_gives_the_same_day(day: Problem) -> None:
    assert problem_to_json(make_days(_SMALL, seed=2)) == problem_to_json(day)
    assert problem_to_json(make_days(_SMALL, seed=3)) != problem_to_json(day)


def test_a_day_holds_what_a_district_day_has(day: Problem) -> None:
    assert len({option.debtor for option in day.options}) == _SMALL.debtors
    assert {option.escort for option in day.options} == {EscortMode.NONE, EscortMode.AT_DOOR}
    assert any(option.needed_skills - {"licence", "recorder"} for option in day.options)
    assert len(day.duties) == 3
    assert len(day.shifts) == 3
    assert all(shift.breaks for shift in day.shifts)
    assert len({matrix.band for matrix in day.matrices}) > 1
    assert day.sets


def test_a_plain_day_holds_nothing_that_others_cannot_say() -> None:
    plain = make_days(replace(_SMALL, plain=True), seed=1)
    assert len(plain.bands) == len(plain.matrices) == 1
    assert not plain.sets
    assert not plain.escort_stations
    assert not any(shift.breaks for shift in plain.shifts)
    assert all(option.escort is EscortMode.NONE for option in plain.options)


def test_a_day_without_escorts_is_the_same_but_for_them(day: Problem) -> None:
    alone = make_days(replace(_SMALL, escorted=False), seed=2)
    met = {option.id for option in day.options if option.escort is not EscortMode.NONE}
    assert met
    assert all(option.escort is EscortMode.NONE for option in alone.options)
    options = [replace(o, escort=EscortMode.NONE, escort_stations=()) for o in day.options]
    assert list(alone.options) == options
    assert (alone.shifts, alone.duties, alone.bands) == (day.shifts, day.duties, day.bands)
    assert (alone.places, alone.prices) == (day.places, day.prices)
    assert set(day.sets) <= set(alone.sets)
    assert not alone.escort_stations


def test_a_week_offers_each_day() -> None:
    week = make_days(replace(_SMALL, days=3), seed=1)
    assert len({option.day for option in week.options}) == 3
    assert len(week.shifts) == 9


def test_all_duties_of_a_day_are_served(day: Problem) -> None:
    for engine in (Engine.GREEDY, Engine.NEAREST_FIRST, Engine.VILLAGE_BY_VILLAGE):
        plan = solve(day, stop=MaxIterations(0), engine=engine)
        assert violations(day, plan) == ()
        assert sum(s.kind is StopKind.DUTY for r in plan.routes for s in r.stops) == 3


def test_ortools_answers_a_day(day: Problem) -> None:
    pytest.importorskip("ortools", reason="ortools comes with the extra named bench")
    from benchmarks.planning_ortools import search

    floor = solve(day, stop=MaxIterations(0), engine=Engine.GREEDY)
    plan = search(day, stop_s=1.0, begun=floor)
    assert violations(day, plan) == ()
    assert plan.value - plan.price > 0.8 * (floor.value - floor.price)


def test_ortools_has_no_plan_where_nothing_may_be_served(day: Problem) -> None:
    pytest.importorskip("ortools", reason="ortools comes with the extra named bench")
    from benchmarks.planning_ortools import search

    nobody = replace(day, options=(), duties=(), sets=())
    begun = solve(nobody, stop=MaxIterations(0), engine=Engine.GREEDY)
    assert search(nobody, stop_s=0.2, begun=begun).routes == ()


def test_a_day_is_planned_by_all(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("ortools", reason="ortools comes with the extra named bench")
    settings = (_SMALL, replace(_SMALL, plain=True), replace(_SMALL, escorted=False))
    jobs = [(setting, 1, 2.0 if k else 0.0) for k, setting in enumerate(settings)]
    days = [day_of(job, stop_s=0.5) for job in jobs]
    assert days[0].bound is None
    assert all(0.0 <= each.gap < 1.0 for each in days[1:])
    assert set(days[0].worth) == {*(e.value for e in Engine), "ortools"}
    assert set(days[2].worth) == {"alns"}
    assert all(value > 0.0 for each in days for value in each.worth.values())
    print_days(days)
    figures = _printed(capsys)
    assert {"value_over_greedy", "value_over_pyvrp_plain", "first_plan_s"} <= set(figures)
    assert figures["bound_gap"] == pytest.approx(days[2].gap, rel=1e-4)
    assert figures["bound_gap_plain"] == pytest.approx(days[1].gap, rel=1e-4)
    assert figures["bound_gap_all"] == pytest.approx((days[1].gap + days[2].gap) / 2, rel=1e-4)
    assert figures["bound_days"] == 2.0


def _printed(capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    lines = [line.split(" ") for line in capsys.readouterr().out.splitlines()]
    assert len({name for name, *_ in lines}) == len(lines)
    return {name: float(value) for name, value, _ in lines}


def test_ratios_are_geometric_means(capsys: pytest.CaptureFixture[str]) -> None:
    names = {*(e.value for e in Engine), "ortools"}
    worth = [dict.fromkeys(names, 1.0) | {"alns": value} for value in (1.0, 4.0)]
    settings = (_SMALL, replace(_SMALL, plain=True))
    print_days([Day(setting, each, 0.1) for each in worth for setting in settings])
    assert _printed(capsys)["value_over_ortools"] == pytest.approx(2.0)


def test_a_plan_without_a_duty_counts_as_that_of_insertion(
    day: Problem, capsys: pytest.CaptureFixture[str]
) -> None:
    floor = solve(day, stop=MaxIterations(0), engine=Engine.GREEDY)
    lost = replace(floor, unassigned=(*floor.unassigned, Unassigned("q", _TOO_FAR, is_duty=True)))
    assert counted(lost, floor) is floor
    assert counted(floor, lost) is floor
    names = {*(e.value for e in Engine), "ortools"}
    fell = [frozenset({"pyvrp"}), frozenset({"pyvrp", "ortools"}), frozenset()]
    settings = (_SMALL, _SMALL, replace(_SMALL, plain=True))
    worth = dict.fromkeys(names, 1.0)
    print_days([Day(s, worth, 0.1, fell_back=who) for s, who in zip(settings, fell, strict=True)])
    figures = _printed(capsys)
    assert figures["peer_fallbacks_pyvrp"] == 2.0
    assert figures["peer_fallbacks_ortools"] == 1.0


def test_growth_is_printed_by_size(capsys: pytest.CaptureFixture[str]) -> None:
    row = grown((20, 2), stop_s=0.1, seed=1)
    assert (row.debtors, row.teams) == (20, 2)
    assert row.value_over_greedy >= 1.0 - 1e-9
    print_growth([Grown(100, 6, 0.5, 20.0, 1.25)])
    assert "growth_d100_t6_value_over_greedy 1.25 ratio" in capsys.readouterr().out


def test_values_are_those_of_a_day_of_work(day: Problem) -> None:
    values = np.array([option.value for option in day.options])
    assert (values > 0.0).all()
    assert 0.1 < np.median(values) < 2.0


def test_long_runs_are_the_best_of_any_engine(capsys: pytest.CaptureFixture[str]) -> None:
    runs = [*[9.0] * (LONG_RUNS - 1), 10.0, *[9.0] * LONG_RUNS]
    print_gap([8.0, 9.0], runs)
    told = capsys.readouterr()
    assert told.out == "long_run_gap 0.1 ratio\n"
    assert told.err.splitlines()[0].startswith("day 1: 8.0000, 0.2000 behind the best run")
