"""Officers that are fetched or go on, second teams, and what waits, overtime and changes cost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routes.errors import ProblemError
from routes.planning import Engine, MaxIterations, solve
from routes.planning.begun import with_company
from routes.planning.problem import (
    EscortMode,
    Floor,
    Option,
    Plan,
    PlanDuty,
    Prices,
    Problem,
    Stop,
    StopKind,
    Together,
    WorkShift,
)
from routes.planning.validate import violations
from tests.routes.planning.line import (
    DAY,
    EIGHT_S,
    FIVE_S,
    MINUTE_S,
    NINE_S,
    at_door,
    fetched_for,
    line,
    solved,
)
from tests.routes.strategies import rich_problems


def _codes(problem: Problem, plan: Plan) -> set[str]:
    return {found.code for found in violations(problem, plan)}


def _with_stops(plan: Plan, stops: tuple[Stop, ...]) -> Plan:
    return replace(plan, routes=(replace(plan.routes[0], stops=stops), *plan.routes[1:]))


def test_an_officer_is_fetched_before_the_visit() -> None:
    (route,) = solved(line(fetched_for("a", "p2"))).routes
    fetch, visit = route.stops
    assert (fetch.kind, fetch.place, fetch.escort_station) == (StopKind.PICK_UP, "p1", "e")
    assert fetch.departure_s - fetch.start_s == 300
    assert visit.start_s - fetch.departure_s >= 10 * MINUTE_S
    assert route.travel_s == 40 * MINUTE_S


def test_an_officer_who_is_aboard_goes_on_to_the_next_debtor() -> None:
    problem = line(fetched_for("a", "p2"), fetched_for("b", "p3"))
    (route,) = solved(problem).routes
    assert [stop.kind for stop in route.stops].count(StopKind.PICK_UP) == 1


def test_an_officer_is_fetched_again_after_a_visit_without_him() -> None:
    alone = at_door("c", "p2", window_start_s=NINE_S, window_end_s=NINE_S)
    early = fetched_for("a", "p2", window_end_s=NINE_S - 1800)
    late = fetched_for("b", "p3", window_start_s=NINE_S + 1800)
    (route,) = solved(line(early, alone, late)).routes
    kinds = [stop.kind for stop in route.stops]
    assert kinds.count(StopKind.PICK_UP) == 2
    assert kinds.count(StopKind.VISIT) == 3


def test_an_officer_of_another_station_in_the_same_house_is_fetched_anew() -> None:
    problem = line(fetched_for("a", "p2"), fetched_for("b", "p3"))
    (first,) = problem.escort_stations
    other = replace(problem.options[1], escort_stations=("f",))
    stations = (first, replace(first, id="f"))
    problem = replace(problem, options=(problem.options[0], other), escort_stations=stations)
    (route,) = solved(problem).routes
    fetched = [stop for stop in route.stops if stop.kind is StopKind.PICK_UP]
    assert {(stop.ref, stop.escort_station) for stop in fetched} == {("a", "e"), ("b", "f")}


def test_an_officer_is_fetched_only_within_the_stations_hours() -> None:
    late = line(fetched_for("a", "p2"), slot=(NINE_S, FIVE_S))
    fetch = solved(late).routes[0].stops[0]
    assert fetch.start_s >= NINE_S
    assert not solved(line(fetched_for("a", "p2"), slot=(EIGHT_S, EIGHT_S + 2400))).routes


@pytest.mark.parametrize(("officers", "visits"), [(1, 1), (2, 2)])
def test_one_officer_is_not_fetched_by_two_teams_at_once(officers: int, visits: int) -> None:
    tight = {"window_start_s": NINE_S, "window_end_s": NINE_S}
    options = (fetched_for("a", "p2", **tight), fetched_for("b", "p3", **tight))
    plan = solved(line(*options, teams=2, officers=officers))
    assert len(plan.routes) == visits


def _at_door(name: str, place: str, at_s: int) -> Option:
    hour = {"window_start_s": at_s, "window_end_s": at_s}
    return at_door(name, place, escort=EscortMode.AT_DOOR, escort_stations=("e",), **hour)


@pytest.mark.parametrize(("gap_s", "visits"), [(1199, 1), (1200, 2)])
def test_one_officer_goes_on_to_another_teams_debtor_if_the_way_allows(
    gap_s: int, visits: int
) -> None:
    options = (_at_door("a", "p2", NINE_S), _at_door("b", "p3", NINE_S + 1800 + gap_s))
    far = line(*options, teams=2, profile="car")
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
    assert len(solved(apart).routes) == visits


def test_an_officers_way_from_the_station_and_back_lies_within_its_hours() -> None:
    early = (_at_door("a", "p3", NINE_S),)
    for slot in ((NINE_S - 1799, FIVE_S), (EIGHT_S, NINE_S + 1800 + 1799)):
        assert not solved(line(*early, profile="car", slot=slot)).routes
        assert solved(line(*early, slot=slot)).routes
    kept = (NINE_S - 1800, NINE_S + 1800 + 1800)
    assert solved(line(*early, profile="car", slot=kept)).routes


def test_two_teams_come_in_the_same_minute() -> None:
    both = at_door("a", "p2", together=Together(), value=40.0)
    problem = line(both, at_door("b", "p3"), at_door("c", "p1"), teams=2)
    plan = solved(problem)
    starts = {s.start_s for route in plan.routes for s in route.stops if s.ref == "a"}
    assert len(plan.routes) == 2
    assert len(starts) == 1
    assert plan.value == 60.0


def test_a_second_team_comes_after_the_first_with_its_own_skills_and_time() -> None:
    needs = Together(frozenset({"locksmith"}), 2, 600, 900, 1800)
    both = at_door("a", "p2", together=needs)
    problem = line(both, teams=2)
    assert not solved(problem).routes
    smith = replace(problem.teams[1], skills=frozenset({"locksmith", "licence"}))
    plan = solved(replace(problem, teams=(problem.teams[0], smith)))
    first, second = sorted(
        (stop for route in plan.routes for stop in route.stops), key=lambda stop: stop.start_s
    )
    assert 900 <= second.start_s - first.start_s <= 1800
    assert (second.departure_s - second.start_s, second.value) == (600, 0.0)


def test_a_stop_says_that_it_is_the_second_teams() -> None:
    problem = line(at_door("a", "p2", together=Together()), teams=2)
    plan = solved(problem)
    assert sorted(stop.second for route in plan.routes for stop in route.stops) == [False, True]
    unvalued = tuple(
        replace(route, stops=tuple(replace(stop, value=0.0) for stop in route.stops))
        for route in plan.routes
    )
    kept = solve(problem, stop=MaxIterations(0), start=replace(plan, routes=unvalued, value=0.0))
    assert kept.routes == plan.routes


def test_a_duty_of_two_teams_goes_before_options() -> None:
    duty = PlanDuty("q", "handover", "p3", DAY, NINE_S, NINE_S, 3600, together=Together())
    hour = {"window_start_s": NINE_S, "window_end_s": NINE_S}
    problem = line(at_door("a", "p1", value=99.0, **hour), teams=2, duties=(duty,))
    plan = solved(problem)
    assert [stop.ref for route in plan.routes for stop in route.stops] == ["q", "q"]
    alone = solved(replace(problem, teams=problem.teams[:1], shifts=problem.shifts[:1]))
    assert [u.ref for u in alone.unassigned if u.is_duty] == ["q"]


def test_waits_after_the_first_stop_are_priced() -> None:
    early = at_door("a", "p1", window_end_s=EIGHT_S + 600)
    late = at_door("b", "p1", window_start_s=EIGHT_S + 6000)
    free, dear = (
        solved(line(early, late, prices=Prices(waiting_h=price))) for price in (0.0, 20.0)
    )
    assert len(free.routes[0].stops) == 2
    assert len(dear.routes[0].stops) == 1
    some = solved(line(early, late, prices=Prices(waiting_h=1.0)))
    stop = some.routes[0].stops[1]
    assert some.price == pytest.approx((stop.start_s - stop.arrival_s) / 3600.0)


def test_overtime_is_taken_where_it_pays() -> None:
    late = at_door("a", "p3", window_start_s=FIVE_S - 2400, value=10.0)
    problem = line(late)
    longer = replace(problem, shifts=(replace(problem.shifts[0], overtime_s=3600),))
    assert not solved(problem).routes
    paid = solved(replace(longer, prices=Prices(overtime_h=6.0)))
    over_s = paid.routes[0].return_s - FIVE_S
    assert paid.price == pytest.approx(6.0 * over_s / 3600.0)
    assert over_s == 1800
    assert not solved(replace(longer, prices=Prices(overtime_h=60.0))).routes


def test_few_changes_are_preferred() -> None:
    options = (at_door("a", "p2", value=1.0), at_door("b", "p2", value=1.1))
    problem = line(*options, shifts=())
    one = WorkShift("s0", "t0", DAY, EIGHT_S, FIVE_S, "p0", "p0", (), 1)
    problem = replace(problem, shifts=(one,))
    kept = solve(replace(problem, options=options[:1]), stop=MaxIterations(20)).routes
    for price, ref in ((0.0, "b"), (0.5, "a")):
        plan = solved(replace(problem, before=kept, prices=Prices(change=price)))
        assert plan.routes[0].stops[0].ref == ref
        assert plan.price == 0.0


@pytest.mark.parametrize(
    ("moved_s", "price", "comes"),
    [(900, 1.0, True), (901, 1.0, False), (901, 0.4, True), (901, 0.0, True)],
)
def test_an_hour_that_moves_far_costs_a_share(moved_s: int, price: float, comes: bool) -> None:
    """Of a stop that one worth 0.1 would push back, the price tells whether it may."""
    late = at_door("a", "p2")
    early = at_door("b", "p1", value=0.1, window_end_s=EIGHT_S + 900, service_s=moved_s)
    kept = solved(line(late)).routes
    plan = solved(line(late, early, before=kept, prices=Prices(change=price)))
    assert [stop.ref for stop in plan.routes[0].stops] == (["b", "a"] if comes else ["a"])
    assert plan.price == pytest.approx(0.2 * price if comes and moved_s > 900 else 0.0)


def test_a_change_to_another_team_costs_too() -> None:
    problem = line(at_door("a", "p2"), teams=2, prices=Prices(change=3.0))
    kept = solved(problem).routes
    other = "s1" if kept[0].shift == "s0" else "s0"
    closed = tuple(
        replace(shift, max_stops=None if shift.id == other else 0) for shift in problem.shifts
    )
    plan = solved(replace(problem, before=kept, shifts=closed))
    assert [route.shift for route in plan.routes] == [other]
    assert plan.price == 3.0


def test_a_floor_brings_in_whom_it_names() -> None:
    one = WorkShift("s0", "t0", DAY, EIGHT_S, FIVE_S, "p0", "p0", (), 2)
    options = tuple(
        at_door(name, "p2", value=v) for name, v in (("a", 5.0), ("b", 4.0), ("c", 1.0))
    )
    floor = Floor("old", frozenset({"d-c", "d-nobody"}), 1, 9.0)
    problem = line(*options, shifts=(one,), floors=(floor,))
    plan = solved(problem)
    assert {stop.ref for stop in plan.routes[0].stops} == {"a", "c"}
    assert plan.price == 0.0
    missed = solved(replace(problem, floors=(replace(floor, least=2),)))
    assert missed.price == 9.0


def test_a_frozen_pick_up_is_followed_by_its_visit() -> None:
    problem = line(fetched_for("a", "p2"), at_door("b", "p3"))
    plan = solved(problem)
    route = plan.routes[0]
    at = next(k for k, stop in enumerate(route.stops) if stop.kind is StopKind.PICK_UP)
    kept = tuple(replace(stop, frozen=True) for stop in route.stops[: at + 1])
    again = solved(replace(problem, frozen=(replace(route, stops=kept),)))
    assert again.routes[0].stops[at + 1].ref == "a"
    assert again.routes[0].stops[at + 1].escort_station == "e"


def test_the_check_sees_a_visit_without_its_officer() -> None:
    problem = line(fetched_for("a", "p2"))
    plan = solved(problem)
    fetch, visit = plan.routes[0].stops
    assert "pick_up" in _codes(problem, _with_stops(plan, (visit,)))
    assert "pick_up" in _codes(problem, _with_stops(plan, (fetch,)))
    hasty = replace(fetch, start_s=fetch.start_s + 1)
    assert "pick_up" in _codes(problem, _with_stops(plan, (hasty, visit)))
    nobody = replace(visit, escort_station=None)
    assert {"pick_up", "escort_missing"} <= _codes(problem, _with_stops(plan, (fetch, nobody)))


def test_the_check_sees_a_missing_or_late_second_team() -> None:
    problem = line(at_door("a", "p2", together=Together()), teams=2)
    plan = solved(problem)
    assert "together" in _codes(problem, replace(plan, routes=plan.routes[:1]))
    for said in (False, True):
        halves = tuple(
            replace(route, stops=tuple(replace(stop, second=said) for stop in route.stops))
            for route in plan.routes
        )
        assert "together" in _codes(problem, replace(plan, routes=halves))
    alone = line(at_door("a", "p2"))
    one = solved(alone)
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
    problem = line(at_door("a", "p2"), prices=Prices(1.0, 1.0, 1.0, 1.0))
    plan = solved(problem)
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
