"""What has begun of visits with officers who are fetched, and of those that take two teams."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routes.errors import ProblemError
from routes.planning import MaxIterations, solve
from routes.planning.begun import carried_over
from routes.planning.branches import held_until
from routes.planning.disturbances import (
    Disturbance,
    EscortCut,
    Paid,
    PromiseGone,
    TeamLate,
    TeamOut,
)
from routes.planning.problem import (
    EscortMode,
    EscortSlot,
    EscortStation,
    Plan,
    PlanTeam,
    Prices,
    Problem,
    StopKind,
    Together,
    WorkShift,
)
from routes.planning.replan import Replanned, replan
from routes.planning.validate import violations
from tests.routes.planning.samples import DAY
from tests.routes.planning.test_why_cases import at, line, visit

_STOP = MaxIterations(100)


@pytest.mark.parametrize(
    "happened",
    [
        TeamOut("t"),
        TeamLate("t", 3000),
        Paid("d"),
        PromiseGone("d"),
        EscortCut("e", at("10:10"), 86400),
    ],
)
def test_a_visit_that_falls_away_after_its_officer_was_fetched_is_listed(
    happened: Disturbance,
) -> None:
    fetched = {"escort": EscortMode.PICK_UP, "escort_stations": ("e",)}
    problem = line(
        visit("d", "9:50", "10:30", 30, place="p5", **fetched),
        end="14:00",
        escort_stations=(EscortStation("e", "p3", (EscortSlot(DAY, at("8:00"), at("15:00")),)),),
    )
    plan = solve(problem, stop=_STOP, seed=1)
    fetch = plan.routes[0].stops[0]
    assert fetch.kind is StopKind.PICK_UP
    for now_s in (fetch.departure_s - 30, fetch.departure_s + 60):
        made = replan(problem, plan, [happened], now_day=DAY, now_s=now_s, stop=_STOP, seed=1)
        assert violations(made.problem, made.plan) == ()
        assert [one.ref for one in made.plan.unassigned] == ["d"]


def _pair(**more: int) -> tuple[Problem, Plan]:
    """Return a plan in which a second team is busy next door until it comes along at eleven."""
    shift = WorkShift("s", "t", DAY, at("9:00"), at("14:00"), "p0", "p0")
    problem = line(
        visit("big", "11:00", "11:10", place="p3", value=20.0, together=Together(**more)),
        visit("a", "9:10", "9:10", 85, needed_skills=frozenset({"x"})),
        visit("c", "12:30", "13:00", 20, place="p2", needed_skills=frozenset({"x"})),
        teams=(
            PlanTeam("t", 2, frozenset({"licence"}), "car"),
            PlanTeam("u", 2, frozenset({"licence", "x"}), "car"),
        ),
        shifts=(shift, replace(shift, id="s2", team="u")),
    )
    plan = solve(problem, stop=_STOP, seed=1)
    assert {r.team: [s.ref for s in r.stops] for r in plan.routes} == {
        "t": ["big"],
        "u": ["a", "big", "c"],
    }
    return problem, plan


def _made(problem: Problem, plan: Plan, happened: Disturbance, clock: str) -> Replanned:
    made = replan(problem, plan, [happened], now_day=DAY, now_s=at(clock), stop=_STOP, seed=1)
    assert violations(made.problem, made.plan) == ()
    return made


def _frozen(made: Replanned) -> dict[str, list[tuple[str, int]]]:
    return {
        route.team: [(stop.ref, stop.start_s) for stop in route.stops if stop.frozen]
        for route in made.plan.routes
    }


def test_a_team_is_held_to_what_another_has_set_out_to_with_it() -> None:
    problem, plan = _pair()
    made = _made(problem, plan, Paid("c"), "10:32")
    assert [ref for ref, _ in _frozen(made)["t"]] == ["big"]
    assert [ref for ref, _ in _frozen(made)["u"]] == ["a", "big"]
    held = held_until(problem, plan, day=DAY, by_s=at("10:32"))
    assert {r.team: len(r.stops) for r in held.frozen} == {"t": 1, "u": 2}


@pytest.mark.parametrize("happened", [TeamOut("t"), TeamOut("u"), TeamLate("u", 3600)])
def test_both_teams_let_go_what_one_of_them_cannot_make(happened: Disturbance) -> None:
    problem, plan = _pair()
    made = _made(problem, plan, happened, "10:32")
    assert _frozen(made) == {"u": [("a", at("9:10"))]}
    assert "big" in {one.ref for one in made.plan.unassigned}


def test_the_first_team_waits_for_a_second_that_is_late_and_the_second_for_the_first() -> None:
    problem, plan = _pair()
    late = _made(problem, plan, TeamLate("u", 600), "10:32")
    begins_s = {stops[-1] for stops in _frozen(late).values()}
    assert begins_s == {("big", at("11:05"))}
    last = _made(problem, plan, TeamLate("t", 240), "10:32")
    assert {stops[-1] for stops in _frozen(last).values()} == {("big", at("11:04"))}


def test_a_visit_under_way_goes_on_without_a_second_team_that_is_out() -> None:
    problem, plan = _pair(gap_low_s=900, gap_high_s=1500)
    made = _made(problem, plan, TeamOut("u"), "11:05")
    assert ("big", at("11:00")) in _frozen(made)["t"]
    assert "big" not in {one.ref for one in made.plan.unassigned}
    (option,) = (one for one in made.problem.options if one.id == "big")
    assert option.together is None
    assert [one.subject for one in made.changes] == ["big", "c"]


def test_half_of_what_takes_two_teams_is_not_frozen_alone() -> None:
    problem, plan = _pair()
    halves = tuple(
        replace(route, stops=tuple(replace(stop, frozen=True) for stop in route.stops))
        for route in plan.routes
    )
    assert violations(replace(problem, frozen=halves), replace(plan, routes=halves)) == ()
    for k, path in enumerate((r"frozen\[0\]\.stops\[0\]", r"frozen\[0\]\.stops\[1\]")):
        with pytest.raises(ProblemError, match=path):
            replace(problem, frozen=(halves[k],))


def test_a_plan_that_is_carried_over_costs_what_the_other_problem_says() -> None:
    problem = line(
        visit("a", "9:10", "9:10", 10),
        visit("b", "10:10", "10:10", 10),
        prices=Prices(waiting_h=1.0),
    )
    plan = solve(problem, stop=_STOP, seed=1)
    assert plan.price > 0.0
    later = held_until(problem, plan, day=DAY, by_s=at("10:15"))
    kept = carried_over(plan, later)
    assert kept.price == 0.0
    assert violations(later, kept) == ()
    routes = tuple(
        replace(route, stops=tuple(replace(stop, frozen=False) for stop in route.stops))
        for route in kept.routes
    )
    back = carried_over(replace(kept, routes=routes), problem)
    assert back.price == plan.price
    assert violations(problem, back) == ()


def test_an_officer_who_was_fetched_before_hours_are_cut_is_not_counted_on_after() -> None:
    fetched = {"escort": EscortMode.PICK_UP, "escort_stations": ("e",)}
    hours = (EscortSlot(DAY, at("8:00"), at("15:00"), 2),)
    problem = line(
        visit("d", "9:50", "11:30", 30, place="p5", **fetched),
        end="14:00",
        escort_stations=(EscortStation("e", "p3", hours),),
    )
    plan = solve(problem, stop=_STOP, seed=1)
    now_s = plan.routes[0].stops[0].start_s + 10
    cut = EscortCut("e", now_s, 86400, 1)
    made = replan(problem, plan, [cut], now_day=DAY, now_s=now_s, stop=_STOP, seed=1)
    assert violations(made.problem, made.plan) == ()


@pytest.mark.parametrize("mode", [EscortMode.AT_DOOR, EscortMode.PICK_UP])
def test_no_more_teams_are_held_to_escorts_than_officers_are_left(mode: EscortMode) -> None:
    escorted = {"escort": mode, "escort_stations": ("e",)}
    plain = line(
        visit("a", "10:00", "10:00", 30, place="p5", **escorted),
        visit("b", "10:10", "10:10", 30, place="p5", **escorted),
        end="14:00",
        escort_stations=(EscortStation("e", "p3", (EscortSlot(DAY, at("8:00"), at("15:00"), 2),)),),
    )
    problem = replace(
        plain,
        teams=(*plain.teams, replace(plain.teams[0], id="u")),
        shifts=(*plain.shifts, replace(plain.shifts[0], id="s2", team="u")),
    )
    plan = solve(problem, stop=_STOP, seed=1)
    assert len(plan.routes) == 2
    now_s = at("9:36")  # both are on their way
    for withdrawn, kept in ((1, 1), (2, 0)):
        cut = EscortCut("e", now_s, 86400, withdrawn)
        made = replan(problem, plan, [cut], now_day=DAY, now_s=now_s, stop=_STOP, seed=1)
        assert violations(made.problem, made.plan) == ()
        visits = [s for route in made.plan.routes for s in route.stops if s.is_work]
        assert len(visits) == kept
