"""Officers that are fetched or go on, second teams, and what waits, overtime and changes cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routes.errors import ProblemError
from routes.planning import Engine, MaxIterations, solve
from routes.planning.begun import with_company
from routes.planning.problem import (
    EscortMode,
    EscortSlot,
    EscortStation,
    Floor,
    Matrix,
    Option,
    Plan,
    PlanDuty,
    PlanPlace,
    PlanTeam,
    Prices,
    Problem,
    Stop,
    StopKind,
    TimeBand,
    Together,
    WorkShift,
)
from routes.planning.validate import violations
from tests.routes.strategies import rich_problems

DAY = date(2026, 1, 5)
_EIGHT_S, _NINE_S, _FIVE_S = 28800, 32400, 61200
_MINUTE_S = 60


def _problem(
    options: tuple[Option, ...],
    *,
    teams: int = 1,
    at_m: tuple[float, ...] = (0.0, 10.0, 20.0, 40.0),
    officers: int = 1,
    profile: str = "",
    slot: tuple[int, int] = (_EIGHT_S, _FIVE_S),
    **more: object,
) -> Problem:
    """Places lie on a line, so many minutes from the court; p1 is the station."""
    place_m = np.array(at_m)
    travel_s = np.abs(place_m[:, None] - place_m[None, :]) * _MINUTE_S
    problem = Problem(
        id="line",
        places=tuple(PlanPlace(f"p{k}", 118.5, 24.9) for k in range(len(at_m))),
        bands=(TimeBand("all", 0, 86400),),
        matrices=(Matrix("car", "all", travel_s, travel_s * 10.0),),
        teams=tuple(PlanTeam(f"t{k}", 2, frozenset({"licence"}), "car") for k in range(teams)),
        shifts=tuple(
            WorkShift(f"s{k}", f"t{k}", DAY, _EIGHT_S, _FIVE_S, "p0", "p0") for k in range(teams)
        ),
        options=options,
        escort_stations=(EscortStation("e", "p1", (EscortSlot(DAY, *slot, officers),), profile),),
    )
    return replace(problem, **more)  # type: ignore[arg-type]


def _option(name: str, place: str, **more: object) -> Option:
    plain = Option(name, f"d-{name}", place, DAY, _EIGHT_S, _FIVE_S, 1800, 10.0, 0.5)
    return replace(plain, **more)  # type: ignore[arg-type]


def _fetched(name: str, place: str, **more: object) -> Option:
    return _option(name, place, escort=EscortMode.PICK_UP, escort_stations=("e",), **more)


def _solved(problem: Problem, iterations: int = 200) -> Plan:
    plan = solve(problem, stop=MaxIterations(iterations), seed=1)
    assert violations(problem, plan) == ()
    return plan


def _codes(problem: Problem, plan: Plan) -> set[str]:
    return {found.code for found in violations(problem, plan)}


def _with_stops(plan: Plan, stops: tuple[Stop, ...]) -> Plan:
    return replace(plan, routes=(replace(plan.routes[0], stops=stops), *plan.routes[1:]))


def test_an_officer_is_fetched_before_the_visit() -> None:
    (route,) = _solved(_problem((_fetched("a", "p2"),))).routes
    fetch, visit = route.stops
    assert (fetch.kind, fetch.place, fetch.escort_station) == (StopKind.PICK_UP, "p1", "e")
    assert fetch.departure_s - fetch.start_s == 300
    assert visit.start_s - fetch.departure_s >= 10 * _MINUTE_S
    assert route.travel_s == 40 * _MINUTE_S


def test_an_officer_who_is_aboard_goes_on_to_the_next_debtor() -> None:
    problem = _problem((_fetched("a", "p2"), _fetched("b", "p3")))
    (route,) = _solved(problem).routes
    assert [stop.kind for stop in route.stops].count(StopKind.PICK_UP) == 1


def test_an_officer_is_fetched_again_after_a_visit_without_him() -> None:
    alone = _option("c", "p2", window_start_s=_NINE_S, window_end_s=_NINE_S)
    early = _fetched("a", "p2", window_end_s=_NINE_S - 1800)
    late = _fetched("b", "p3", window_start_s=_NINE_S + 1800)
    (route,) = _solved(_problem((early, alone, late))).routes
    kinds = [stop.kind for stop in route.stops]
    assert kinds.count(StopKind.PICK_UP) == 2
    assert kinds.count(StopKind.VISIT) == 3


def test_an_officer_of_another_station_in_the_same_house_is_fetched_anew() -> None:
    problem = _problem((_fetched("a", "p2"), _fetched("b", "p3")))
    (first,) = problem.escort_stations
    other = replace(problem.options[1], escort_stations=("f",))
    stations = (first, replace(first, id="f"))
    problem = replace(problem, options=(problem.options[0], other), escort_stations=stations)
    (route,) = _solved(problem).routes
    fetched = [stop for stop in route.stops if stop.kind is StopKind.PICK_UP]
    assert {(stop.ref, stop.escort_station) for stop in fetched} == {("a", "e"), ("b", "f")}


def test_an_officer_is_fetched_only_within_the_stations_hours() -> None:
    late = _problem((_fetched("a", "p2"),), slot=(_NINE_S, _FIVE_S))
    fetch = _solved(late).routes[0].stops[0]
    assert fetch.start_s >= _NINE_S
    assert not _solved(_problem((_fetched("a", "p2"),), slot=(_EIGHT_S, _EIGHT_S + 2400))).routes


@pytest.mark.parametrize(("officers", "visits"), [(1, 1), (2, 2)])
def test_one_officer_is_not_fetched_by_two_teams_at_once(officers: int, visits: int) -> None:
    tight = {"window_start_s": _NINE_S, "window_end_s": _NINE_S}
    options = (_fetched("a", "p2", **tight), _fetched("b", "p3", **tight))
    plan = _solved(_problem(options, teams=2, officers=officers))
    assert len(plan.routes) == visits


def _at_door(name: str, place: str, at_s: int) -> Option:
    hour = {"window_start_s": at_s, "window_end_s": at_s}
    return _option(name, place, escort=EscortMode.AT_DOOR, escort_stations=("e",), **hour)


@pytest.mark.parametrize(("gap_s", "visits"), [(1199, 1), (1200, 2)])
def test_one_officer_goes_on_to_another_teams_debtor_if_the_way_allows(
    gap_s: int, visits: int
) -> None:
    options = (_at_door("a", "p2", _NINE_S), _at_door("b", "p3", _NINE_S + 1800 + gap_s))
    far = _problem(options, teams=2, profile="car")
    apart = replace(
        far,
        options=(
            replace(options[0], needed_skills=frozenset({"a"})),
            replace(options[1], needed_skills=frozenset({"b"})),
        ),
        teams=(
            replace(far.teams[0], skills=frozenset({"a"})),
            replace(far.teams[1], skills=frozenset({"b"})),
        ),
    )
    assert len(_solved(apart).routes) == visits


def test_an_officers_way_from_the_station_and_back_lies_within_its_hours() -> None:
    early = (_at_door("a", "p3", _NINE_S),)
    for slot in ((_NINE_S - 1799, _FIVE_S), (_EIGHT_S, _NINE_S + 1800 + 1799)):
        assert not _solved(_problem(early, profile="car", slot=slot)).routes
        assert _solved(_problem(early, slot=slot)).routes
    kept = (_NINE_S - 1800, _NINE_S + 1800 + 1800)
    assert _solved(_problem(early, profile="car", slot=kept)).routes


def test_two_teams_come_in_the_same_minute() -> None:
    both = _option("a", "p2", together=Together(), value=40.0)
    problem = _problem((both, _option("b", "p3"), _option("c", "p1")), teams=2)
    plan = _solved(problem)
    starts = {s.start_s for route in plan.routes for s in route.stops if s.ref == "a"}
    assert len(plan.routes) == 2
    assert len(starts) == 1
    assert plan.value == 60.0


def test_a_second_team_comes_after_the_first_with_its_own_skills_and_time() -> None:
    needs = Together(frozenset({"locksmith"}), 2, 600, 900, 1800)
    both = _option("a", "p2", together=needs)
    problem = _problem((both,), teams=2)
    assert not _solved(problem).routes
    smith = replace(problem.teams[1], skills=frozenset({"locksmith", "licence"}))
    plan = _solved(replace(problem, teams=(problem.teams[0], smith)))
    first, second = sorted(
        (stop for route in plan.routes for stop in route.stops), key=lambda stop: stop.start_s
    )
    assert 900 <= second.start_s - first.start_s <= 1800
    assert (second.departure_s - second.start_s, second.value) == (600, 0.0)


def test_a_stop_says_that_it_is_the_second_teams() -> None:
    problem = _problem((_option("a", "p2", together=Together()),), teams=2)
    plan = _solved(problem)
    assert sorted(stop.second for route in plan.routes for stop in route.stops) == [False, True]
    unvalued = tuple(
        replace(route, stops=tuple(replace(stop, value=0.0) for stop in route.stops))
        for route in plan.routes
    )
    kept = solve(problem, stop=MaxIterations(0), start=replace(plan, routes=unvalued, value=0.0))
    assert kept.routes == plan.routes


def test_a_duty_of_two_teams_goes_before_options() -> None:
    duty = PlanDuty("q", "handover", "p3", DAY, _NINE_S, _NINE_S, 3600, together=Together())
    hour = {"window_start_s": _NINE_S, "window_end_s": _NINE_S}
    problem = _problem((_option("a", "p1", value=99.0, **hour),), teams=2, duties=(duty,))
    plan = _solved(problem)
    assert [stop.ref for route in plan.routes for stop in route.stops] == ["q", "q"]
    alone = _solved(replace(problem, teams=problem.teams[:1], shifts=problem.shifts[:1]))
    assert [u.ref for u in alone.unassigned if u.is_duty] == ["q"]


def test_waits_after_the_first_stop_are_priced() -> None:
    early = _option("a", "p1", window_end_s=_EIGHT_S + 600)
    late = _option("b", "p1", window_start_s=_EIGHT_S + 6000)
    free, dear = (
        _solved(_problem((early, late), prices=Prices(waiting_h=price))) for price in (0.0, 20.0)
    )
    assert len(free.routes[0].stops) == 2
    assert len(dear.routes[0].stops) == 1
    some = _solved(_problem((early, late), prices=Prices(waiting_h=1.0)))
    stop = some.routes[0].stops[1]
    assert some.price == pytest.approx((stop.start_s - stop.arrival_s) / 3600.0)


def test_overtime_is_taken_where_it_pays() -> None:
    late = _option("a", "p3", window_start_s=_FIVE_S - 2400, value=10.0)
    problem = _problem((late,))
    longer = replace(problem, shifts=(replace(problem.shifts[0], overtime_s=3600),))
    assert not _solved(problem).routes
    paid = _solved(replace(longer, prices=Prices(overtime_h=6.0)))
    over_s = paid.routes[0].return_s - _FIVE_S
    assert paid.price == pytest.approx(6.0 * over_s / 3600.0)
    assert over_s == 1800
    assert not _solved(replace(longer, prices=Prices(overtime_h=60.0))).routes


def test_few_changes_are_preferred() -> None:
    options = (_option("a", "p2", value=1.0), _option("b", "p2", value=1.1))
    problem = _problem(options, shifts=())
    one = WorkShift("s0", "t0", DAY, _EIGHT_S, _FIVE_S, "p0", "p0", (), 1)
    problem = replace(problem, shifts=(one,))
    kept = solve(replace(problem, options=options[:1]), stop=MaxIterations(20)).routes
    for price, ref in ((0.0, "b"), (0.5, "a")):
        plan = _solved(replace(problem, before=kept, prices=Prices(change=price)))
        assert plan.routes[0].stops[0].ref == ref
        assert plan.price == 0.0


def test_a_change_to_another_team_costs_too() -> None:
    problem = _problem((_option("a", "p2"),), teams=2, prices=Prices(change=3.0))
    kept = _solved(problem).routes
    other = "s1" if kept[0].shift == "s0" else "s0"
    closed = tuple(
        replace(shift, max_stops=None if shift.id == other else 0) for shift in problem.shifts
    )
    plan = _solved(replace(problem, before=kept, shifts=closed))
    assert [route.shift for route in plan.routes] == [other]
    assert plan.price == 3.0


def test_a_floor_brings_in_whom_it_names() -> None:
    one = WorkShift("s0", "t0", DAY, _EIGHT_S, _FIVE_S, "p0", "p0", (), 2)
    options = tuple(
        _option(name, "p2", value=v) for name, v in (("a", 5.0), ("b", 4.0), ("c", 1.0))
    )
    floor = Floor("old", frozenset({"d-c", "d-nobody"}), 1, 9.0)
    problem = _problem(options, shifts=(one,), floors=(floor,))
    plan = _solved(problem)
    assert {stop.ref for stop in plan.routes[0].stops} == {"a", "c"}
    assert plan.price == 0.0
    missed = _solved(replace(problem, floors=(replace(floor, least=2),)))
    assert missed.price == 9.0


def test_a_frozen_pick_up_is_followed_by_its_visit() -> None:
    problem = _problem((_fetched("a", "p2"), _option("b", "p3")))
    plan = _solved(problem)
    route = plan.routes[0]
    at = next(k for k, stop in enumerate(route.stops) if stop.kind is StopKind.PICK_UP)
    kept = tuple(replace(stop, frozen=True) for stop in route.stops[: at + 1])
    again = _solved(replace(problem, frozen=(replace(route, stops=kept),)))
    assert again.routes[0].stops[at + 1].ref == "a"
    assert again.routes[0].stops[at + 1].escort_station == "e"


def test_the_check_sees_a_visit_without_its_officer() -> None:
    problem = _problem((_fetched("a", "p2"),))
    plan = _solved(problem)
    fetch, visit = plan.routes[0].stops
    assert "pick_up" in _codes(problem, _with_stops(plan, (visit,)))
    assert "pick_up" in _codes(problem, _with_stops(plan, (fetch,)))
    hasty = replace(fetch, start_s=fetch.start_s + 1)
    assert "pick_up" in _codes(problem, _with_stops(plan, (hasty, visit)))
    nobody = replace(visit, escort_station=None)
    assert {"pick_up", "escort_missing"} <= _codes(problem, _with_stops(plan, (fetch, nobody)))


def test_the_check_sees_a_missing_or_late_second_team() -> None:
    problem = _problem((_option("a", "p2", together=Together()),), teams=2)
    plan = _solved(problem)
    assert "together" in _codes(problem, replace(plan, routes=plan.routes[:1]))
    for said in (False, True):
        halves = tuple(
            replace(route, stops=tuple(replace(stop, second=said) for stop in route.stops))
            for route in plan.routes
        )
        assert "together" in _codes(problem, replace(plan, routes=halves))
    alone = _problem((_option("a", "p2"),))
    one = _solved(alone)
    (stop,) = one.routes[0].stops
    assert "together" in _codes(alone, _with_stops(one, (replace(stop, second=True),)))
    route = plan.routes[1]
    late = tuple(
        replace(s, start_s=s.start_s + 60, departure_s=s.departure_s + 60) for s in route.stops
    )
    assert "window" in _codes(
        problem, replace(plan, routes=(plan.routes[0], replace(route, stops=late)))
    )


def test_the_check_reckons_the_price_by_itself() -> None:
    problem = _problem((_option("a", "p2"),), prices=Prices(1.0, 1.0, 1.0, 1.0))
    plan = _solved(problem)
    assert "price" in _codes(problem, replace(plan, price=plan.price + 0.1))


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(rich_problems(), st.integers(0, 5), st.sampled_from([0, 1, 60]))
def test_the_check_accepts_every_plan(problem: Problem, seed: int, iterations: int) -> None:
    plan = solve(problem, stop=MaxIterations(iterations), seed=seed)
    assert violations(problem, plan) == ()


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(rich_problems(), st.sampled_from([Engine.GREEDY, Engine.PYVRP]))
def test_the_check_accepts_the_plans_of_other_engines(problem: Problem, engine: Engine) -> None:
    plan = solve(problem, stop=MaxIterations(20), seed=1, engine=engine)
    assert violations(problem, plan) == ()


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(rich_problems())
def test_a_plan_at_hand_is_never_made_worse(problem: Problem) -> None:
    plan = solve(problem, stop=MaxIterations(60), seed=1)
    again = solve(problem, stop=MaxIterations(0), seed=2, start=plan)
    assert violations(problem, again) == ()
    duties = [sum(u.is_duty for u in each.unassigned) for each in (plan, again)]
    assert duties[1] <= duties[0]
    if duties[1] == duties[0]:
        assert again.value - again.price >= plan.value - plan.price - 1e-6


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(rich_problems(), st.data())
def test_frozen_beginnings_stay(problem: Problem, data: st.DataObject) -> None:
    plan = solve(problem, stop=MaxIterations(30), seed=1)
    frozen = []
    cut_s = data.draw(st.integers(28800, 64800))
    for route in plan.routes:
        stops = tuple(replace(s, frozen=True) for s in route.stops if s.start_s < cut_s)
        frozen.append(replace(route, stops=stops))
    refs = [s.ref for r in frozen for s in r.stops if s.is_work]
    joint = {o.id for o in problem.options if o.together} | {
        d.id for d in problem.duties if d.together
    }
    if any(refs.count(ref) == 1 for ref in joint):
        with pytest.raises(ProblemError, match=r"frozen\[\d+\]\.stops\[\d+\]\.ref"):
            replace(problem, frozen=tuple(route for route in frozen if route.stops))
    held = with_company(plan.routes, {route.shift: route.stops for route in frozen})
    frozen = [replace(route, stops=held[route.shift]) for route in frozen]
    begun = replace(problem, frozen=tuple(route for route in frozen if route.stops))
    again = solve(begun, stop=MaxIterations(30), seed=2)
    assert violations(begun, again) == ()
