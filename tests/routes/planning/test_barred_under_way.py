"""A visit that is barred by hand while its plan is carried out, with what was on the way to it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from routes.errors import HandChangeError
from routes.planning import MaxIterations
from routes.planning.disturbances import BarredByHand
from routes.planning.hand_changes import (
    Add,
    Bar,
    HandChange,
    HandPlan,
    Lock,
    Move,
    Swap,
    TakeOut,
)
from routes.planning.hand_tries import HandDesk
from routes.planning.problem import EscortMode, Plan, Problem, Stop, StopKind
from routes.planning.replan import Replanned, replan
from routes.planning.validate import violations
from tests.routes.planning.line import DAY, at_door, fetched_for, line, solved


@cache
def _carried_out() -> tuple[Problem, Plan]:
    """Return a plan in which an officer is fetched for one visit, and not for the next."""
    problem = line(fetched_for("a", "p3"), at_door("b", "p2", value=3.0))
    return problem, solved(problem)


def _stop(plan: Plan, kind: StopKind, ref: str = "a") -> Stop:
    return next(s for r in plan.routes for s in r.stops if (s.kind, s.ref) == (kind, ref))


def _barred(problem: Problem, plan: Plan, now_s: int, **more: frozenset[str]) -> Replanned:
    made = replan(
        problem,
        plan,
        [BarredByHand("d-a")],
        now_day=DAY,
        now_s=now_s,
        stop=MaxIterations(30),
        seed=1,
        **more,
    )
    assert violations(made.problem, made.plan) == ()
    return made


def _kinds(plan: Plan) -> list[tuple[StopKind, str]]:
    return [(stop.kind, stop.ref) for route in plan.routes for stop in route.stops]


@pytest.mark.parametrize("promised", [frozenset[str](), frozenset({"a"})])
@pytest.mark.parametrize("early_s", [3600, 10])
def test_before_the_fetch_it_goes_with_the_visit(early_s: int, promised: frozenset[str]) -> None:
    problem, plan = _carried_out()
    now_s = _stop(plan, StopKind.PICK_UP).start_s - early_s
    made = _barred(problem, plan, now_s, promised=promised)
    assert _kinds(made.plan) == [(StopKind.VISIT, "b")]
    assert made.broken == tuple(promised)  # once, though the fetch falls away with the visit
    assert "d-a" not in {option.debtor for option in made.problem.options}


@pytest.mark.parametrize("moment", ["fetching", "aboard", "at the door soon"])
def test_an_officer_who_is_aboard_goes_to_no_door(moment: str) -> None:
    problem, plan = _carried_out()
    fetch, visit = _stop(plan, StopKind.PICK_UP), _stop(plan, StopKind.VISIT)
    now_s = {
        "fetching": fetch.start_s + 60,
        "aboard": fetch.departure_s + 60,
        "at the door soon": visit.start_s - 1,
    }[moment]
    made = _barred(problem, plan, now_s)
    assert _kinds(made.plan) == [(StopKind.PICK_UP, "a"), (StopKind.VISIT, "b")]
    assert _stop(made.plan, StopKind.PICK_UP).frozen
    again = replan(
        made.problem,
        made.plan,
        [BarredByHand("d-a")],
        now_day=DAY,
        now_s=now_s + 60,
        stop=MaxIterations(30),
        seed=1,
    )
    assert violations(again.problem, again.plan) == ()
    assert _kinds(again.plan) == _kinds(made.plan)


def test_a_visit_that_is_being_made_is_brought_to_its_end() -> None:
    problem, plan = _carried_out()
    made = _barred(problem, plan, _stop(plan, StopKind.VISIT).start_s + 60)
    assert _kinds(made.plan) == _kinds(plan)


def test_a_visit_without_a_fetch_is_barred_too() -> None:
    at = at_door("a", "p3", escort=EscortMode.AT_DOOR, escort_stations=("e",))
    problem = line(at, at_door("b", "p2", value=3.0))
    plan = solved(problem)
    made = _barred(problem, plan, _stop(plan, StopKind.VISIT).start_s - 60)
    assert _kinds(made.plan) == [(StopKind.VISIT, "b")]


def test_at_the_desk_the_fetch_leaves_with_the_visit() -> None:
    problem, plan = _carried_out()
    tried = HandDesk(problem).tried(HandPlan(problem, plan), Bar("d-a"))
    assert _kinds(tried.made.plan) == [(StopKind.VISIT, "b")]
    assert violations(problem, tried.made.plan) == ()


def _at_fetch(past_s: int) -> HandPlan:
    """Return a plan as it is carried out so many seconds after a fetch began."""
    problem, plan = _carried_out()
    now_s = _stop(plan, StopKind.PICK_UP).start_s + past_s
    made = replan(problem, plan, (), now_day=DAY, now_s=now_s, stop=MaxIterations(30), seed=1)
    return HandPlan(made.problem, made.plan)


@pytest.mark.parametrize("change", [Bar("d-a"), TakeOut("a")], ids=repr)
@pytest.mark.parametrize("past_s", [-60, 60], ids=["on the way to the station", "fetching"])
def test_at_the_desk_a_visit_leaves_though_its_fetch_has_begun(
    change: HandChange, past_s: int
) -> None:
    hand = _at_fetch(past_s)
    tried = HandDesk(hand.problem).tried(hand, change)
    assert tried.lawful
    assert _kinds(tried.made.plan) == [(StopKind.PICK_UP, "a"), (StopKind.VISIT, "b")]
    assert _stop(tried.made.plan, StopKind.PICK_UP).frozen
    assert "d-a" in {one.ref for one in tried.made.plan.unassigned}
    with pytest.raises(HandChangeError, match="接人已经开始"):
        HandDesk(hand.problem).tried(replace(tried.made, barred=frozenset()), Add("d-a", "s0"))


@pytest.mark.parametrize("change", [Move("a", "s0", at=1), Swap("b", "a"), Lock("a")], ids=repr)
def test_at_the_desk_a_fetch_that_has_begun_is_told_apart_from_a_visit(change: HandChange) -> None:
    for past_s, word in ((60, "接人已经开始"), (600, "已经开始或完成")):
        hand = _at_fetch(past_s)
        with pytest.raises(HandChangeError, match=word):
            HandDesk(hand.problem).tried(hand, change)


@pytest.mark.parametrize("change", [Bar("d-a"), TakeOut("a")], ids=repr)
def test_at_the_desk_a_visit_to_whose_door_a_team_goes_stays(change: HandChange) -> None:
    hand = _at_fetch(600)
    with pytest.raises(HandChangeError, match="已经开始或完成"):
        HandDesk(hand.problem).tried(hand, change)
