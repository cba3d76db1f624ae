"""What a plan for a refusal does of a visit to which its team set out before the term."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routes.planning import MaxIterations, solve
from routes.planning.branches import Branches
from routes.planning.problem import EscortMode, Plan, PlanDuty, Problem, Stop, StopKind
from routes.planning.support import requests_of
from routes.planning.support_branches import support_branches
from routes.planning.validate import violations
from tests.routes.planning.line import (
    DAY,
    EIGHT_S,
    MINUTE_S,
    NINE_S,
    TEN_S,
    at_door,
    fetched_for,
    line,
)

_BY_S = NINE_S - 300


def _planned(problem: Problem) -> Plan:
    return solve(problem, stop=MaxIterations(60), seed=1)


def _branches(problem: Problem, by_s: int, confirmed: frozenset[str] = frozenset()) -> Branches:
    found = support_branches(
        problem, day=DAY, by_s=by_s, declined_id="no", solve=_planned, confirmed=confirmed
    )
    for each in (found.approved, found.unapproved):
        assert violations(each.problem, each.plan) == ()
    return found


def _stops(plan: Plan) -> dict[tuple[str, str], Stop]:
    return {(stop.kind, stop.ref): stop for route in plan.routes for stop in route.stops}


def _escorted(name: str, place: str, at_s: int, **more: object) -> object:
    return at_door(
        name,
        place,
        escort=EscortMode.AT_DOOR,
        escort_stations=("e",),
        window_start_s=at_s,
        window_end_s=at_s + 600,
        **more,
    )


def test_a_team_that_set_out_before_the_term_turns_back_on_a_refusal() -> None:
    found = _branches(line(_escorted("a", "p3", NINE_S), at_door("b", "p2", value=3.0)), _BY_S)
    assert (StopKind.VISIT, "a") in _stops(found.approved.plan)
    refused = _stops(found.unapproved.plan)
    assert not [stop for stop in refused.values() if stop.escort_station]
    assert (StopKind.VISIT, "b") in refused


def test_the_way_back_counts_from_where_the_team_left_last() -> None:
    first = at_door("b", "p1", window_start_s=EIGHT_S + 600, window_end_s=EIGHT_S + 600, value=20.0)
    last = at_door("c", "p0", window_start_s=EIGHT_S, window_end_s=TEN_S, value=5.0)
    left_s = first.window_start_s + first.service_s
    by_s = left_s + 10 * MINUTE_S
    found = _branches(line(first, _escorted("a", "p3", left_s + 30 * MINUTE_S), last), by_s)
    yes, no = _stops(found.approved.plan), _stops(found.unapproved.plan)
    assert (StopKind.VISIT, "a") in yes
    assert (StopKind.VISIT, "a") not in no
    assert yes[StopKind.VISIT, "b"].departure_s == left_s
    held = no[StopKind.VISIT, "b"]
    assert (held.frozen, held.departure_s) == (True, by_s + 10 * MINUTE_S)
    assert no[StopKind.VISIT, "c"].arrival_s >= by_s + 20 * MINUTE_S


def test_nobody_is_fetched_before_the_term() -> None:
    found = _branches(
        line(fetched_for("a", "p3", window_start_s=NINE_S, window_end_s=NINE_S + 3600)), _BY_S
    )
    assert _stops(found.approved.plan)[StopKind.PICK_UP, "a"].start_s >= _BY_S
    assert not _stops(found.unapproved.plan)


@pytest.mark.parametrize("late_s", [0, 3600])
def test_nobody_is_fetched_before_the_term_beside_a_promised_visit(late_s: int) -> None:
    problem = line(
        fetched_for("p", "p2", window_start_s=EIGHT_S + 1800, window_end_s=EIGHT_S + 1800),
        fetched_for("a", "p3", window_start_s=NINE_S, window_end_s=NINE_S + late_s, value=8.0),
        teams=2,
        officers=2,
    )
    found = _branches(problem, _BY_S, frozenset({"p"}))
    for each in (found.approved, found.unapproved):
        assert _stops(each.plan)[StopKind.PICK_UP, "p"].start_s < _BY_S
    asked = [
        one for one in requests_of(found.approved.problem, found.approved.plan) if one.ref == "a"
    ]
    assert all(one.start_s >= _BY_S for one in asked)
    assert (StopKind.VISIT, "a") not in _stops(found.unapproved.plan)


def test_a_visit_that_leaves_no_way_back_in_time_is_not_set_out_to() -> None:
    """At eight minutes to the term the team is as far out as the shift lets it be."""
    problem = line(_escorted("a", "p3", EIGHT_S + 2400, service_s=60))
    short = replace(problem, shifts=(replace(problem.shifts[0], end_s=EIGHT_S + 4870),))
    found = _branches(short, EIGHT_S + 2390)
    for each in (found.approved, found.unapproved):
        assert all(route.return_s <= EIGHT_S + 4870 for route in each.plan.routes)
    assert not _stops(found.unapproved.plan)


def test_a_team_that_set_out_to_a_checkpoint_turns_too() -> None:
    duty = PlanDuty("q", "checkpoint", "p3", DAY, TEN_S, TEN_S, 1800)
    first = at_door("b", "p1", window_start_s=EIGHT_S + 600, window_end_s=EIGHT_S + 600)
    later = at_door("c", "p1", window_start_s=TEN_S, window_end_s=TEN_S + 7200, value=5.0)
    found = _branches(replace(line(first, later), duties=(duty,)), NINE_S + 600)
    yes, no = _stops(found.approved.plan), _stops(found.unapproved.plan)
    assert (StopKind.DUTY, "q") in yes
    assert (StopKind.DUTY, "q") not in no
    assert (StopKind.VISIT, "b") in no
    assert (StopKind.VISIT, "c") in no
