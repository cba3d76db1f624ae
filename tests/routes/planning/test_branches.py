"""Two plans that are one until the hour at which the approval is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routes.planning import MaxIterations, solve
from routes.planning.branches import Branches, branch
from routes.planning.problem import Floor, Plan, PlanFinding, Problem, Route, Stop, StopKind
from routes.planning.schedule import price_of
from routes.planning.validate import violations
from tests.routes.planning.samples import DAY, district
from tests.routes.planning.test_why_cases import line, visit
from tests.routes.strategies import company_problems, problems, rich_problems

_CALM = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def asked(problem: Problem, ids: set[str]) -> dict[str, PlanFinding]:
    return {
        one.id: PlanFinding("A6", "sign_off", f"debtor:{one.debtor}", "须签批", "本院规则")
        for one in problem.options
        if one.id in ids
    }


def planned(
    problem: Problem,
    ids: set[str],
    day: date,
    by_s: int,
    *,
    duties: Iterable[str] = (),
    seed: int = 1,
) -> Branches:
    def answer(one: Problem) -> Plan:
        return solve(one, stop=MaxIterations(40), seed=seed)

    waiting = {
        name: PlanFinding("L6", "sign_off", f"duty:{name}", "须签批", "本院规则") for name in duties
    }
    return branch(
        problem,
        asked(problem, ids),
        waiting,
        day=day,
        by_s=by_s,
        approved_id=f"{problem.id}-2",
        solve=answer,
    )


def before(plan: Plan, day: date, by_s: int) -> dict[str, list[Stop]]:
    """Read, by shift, the stops that were begun before the hour."""
    found: dict[str, list[Stop]] = {}
    for route in plan.routes:
        begun = [
            replace(stop, frozen=False)
            for stop in route.stops
            if route.day < day or (route.day == day and stop.start_s < by_s)
        ]
        if begun:
            found[route.shift] = begun
    return found


def held_duties(plan: Plan) -> set[str]:
    return {s.ref for route in plan.routes for s in route.stops if s.kind is StopKind.DUTY}


def test_a_duty_that_waits_is_only_in_the_plan_with_the_approval() -> None:
    problem = district()
    early, late = (one.id for one in sorted(problem.duties, key=lambda one: one.window_start_s)[:2])
    found = planned(problem, set(), DAY, 12 * 3600, duties={early, late})
    windows = {one.id: one for one in problem.duties}
    named = {one.subject for one in found.unapproved.problem.blocked}
    assert {f"duty:{early}", f"duty:{late}"} <= named
    assert held_duties(found.unapproved.plan).isdisjoint({early, late})
    for name in (early, late):
        waits = (windows[name].day, windows[name].window_end_s) < (DAY, 12 * 3600)
        assert (name in {one.id for one in found.approved.problem.duties}) is not waits
        assert (f"duty:{name}" in {one.subject for one in found.approved.problem.blocked}) is waits


def heading(route: Route, at_s: int) -> str:
    """Return where a team is or is going at a second of its day."""
    if at_s <= route.leave_s:
        return "base"
    for stop in route.stops:
        if stop.departure_s >= at_s:
            return f"{stop.kind} {stop.ref}"
    return "home"


@pytest.mark.parametrize("kind", [problems, rich_problems, company_problems])
@_CALM
@given(st.data())
def test_both_plans_are_good_and_the_same_until_the_hour(
    kind: Callable[[], st.SearchStrategy[Problem]], data: st.DataObject
) -> None:
    problem = data.draw(kind())
    ids = {one.id for one in problem.options}
    unsigned = set(data.draw(st.lists(st.sampled_from(sorted(ids))))) if ids else set()
    day = data.draw(st.sampled_from(sorted({shift.day for shift in problem.shifts})))
    by_s = data.draw(st.integers(0, 24 * 3600))
    begun = {stop.ref for route in problem.frozen for stop in route.stops}
    names = sorted({duty.id for duty in problem.duties} - begun)
    duties = set(data.draw(st.lists(st.sampled_from(names)))) if names else set()
    found = planned(problem, unsigned, day, by_s, duties=duties)
    without, granted = found.unapproved, found.approved
    for each in (without, granted):
        assert violations(each.problem, each.plan) == ()
    stops = [stop for route in without.plan.routes for stop in route.stops]
    assert not {stop.ref for stop in stops if stop.kind is StopKind.VISIT} & unsigned
    assert not {stop.ref for stop in stops if stop.kind is StopKind.DUTY} & duties
    for route in granted.plan.routes:
        for stop in route.stops:
            if stop.ref in (duties if stop.kind is StopKind.DUTY else unsigned):
                assert (route.day, stop.start_s) >= (day, by_s)
    assert before(without.plan, day, by_s) == before(granted.plan, day, by_s)
    held = [held_duties(each.plan) for each in (without, granted)]
    assert held[0] <= held[1]
    price = price_of(granted.problem, without.plan.routes)
    net = granted.plan.value - granted.plan.price
    assert len(held[1]) > len(held[0]) or net >= without.plan.value - price - 1e-9
    assert granted.problem.id != without.problem.id


@_CALM
@given(problems(), st.integers(7 * 3600, 18 * 3600))
def test_no_team_goes_another_way_before_the_hour(problem: Problem, by_s: int) -> None:
    unsigned = {one.id for one in problem.options[::2]}
    day = min(shift.day for shift in problem.shifts)
    found = planned(problem, unsigned, day, by_s)
    one, other = (
        {route.shift: route for route in each.plan.routes if route.day == day}
        for each in (found.unapproved, found.approved)
    )
    for shift in one.keys() | other.keys():
        told = [
            "base" if route is None else heading(route, by_s)
            for route in (one.get(shift), other.get(shift))
        ]
        assert told[0] == told[1]


def test_the_approved_plan_uses_the_approval_of_a_district() -> None:
    problem = replace(district(), frozen=())
    unsigned = {one.id for one in problem.options if int(one.id[1:]) % 2 == 0}
    found = planned(problem, unsigned, DAY, 10 * 3600)
    visited = {stop.ref for route in found.approved.plan.routes for stop in route.stops}
    assert visited & unsigned
    assert found.approved.plan.value > found.unapproved.plan.value
    assert any(stop.frozen for route in found.approved.plan.routes for stop in route.stops)


def test_without_an_option_that_waits_both_are_worth_the_same_at_least() -> None:
    found = planned(district(), set(), DAY, 10 * 3600)
    assert found.approved.plan.value >= found.unapproved.plan.value


def test_what_was_frozen_before_stays_frozen() -> None:
    problem = district()
    found = planned(problem, {"o3", "o5"}, DAY, 8 * 3600)
    held = problem.frozen[0]
    for each in (found.unapproved, found.approved):
        route = next(one for one in each.plan.routes if one.shift == held.shift)
        assert route.stops[0] == held.stops[0]


def test_the_approval_is_used_for_a_floor_though_the_visit_is_worth_less() -> None:
    problem = line(
        visit("a", "10:00", "10:00", 100),
        visit("w", "10:00", "10:00", 100, value=5.0),
        floors=(Floor("old", frozenset({"w"}), 1, 6.0),),
    )
    found = planned(problem, {"w"}, DAY, 9 * 3600)
    for each, ref in ((found.unapproved, "a"), (found.approved, "w")):
        assert [stop.ref for route in each.plan.routes for stop in route.stops] == [ref]
