"""One problem for each kind of reason: what binds alone is found, with its size, and nothing else.

Six doors on a line, ten minutes from each to the next, the base before the first; the team of two
is out from nine to twelve. Debtor ``d`` is left out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from routes.errors import PlanError
from routes.planning import MaxIterations, solve
from routes.planning.at_hand import AtHand
from routes.planning.explain import unassigned
from routes.planning.problem import (
    EscortMode,
    EscortSlot,
    EscortStation,
    Matrix,
    Option,
    Plan,
    PlanDuty,
    PlanFinding,
    PlanPlace,
    PlanTeam,
    Prices,
    Problem,
    TimeBand,
    Together,
    UnassignedReason,
    WorkShift,
)
from routes.planning.terms import Terms
from routes.planning.validate import violations
from routes.planning.why import WhyNot, why_not, why_visit
from routes.planning.why_minute import Bound
from routes.planning.why_relaxations import Lever
from tests.routes.planning.samples import DAY
from tests.routes.planning.test_why import proved

_FREE = {Lever.TEAM, Lever.NEARER, Lever.VALUE}
"""Levers that help most debtors: looked at where they are the case."""


def at(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def visit(name: str, first: str, last: str, minutes: int = 60, **more: Any) -> Option:
    facts: dict[str, Any] = {
        "id": name, "debtor": name, "place": "p1", "day": DAY,
        "window_start_s": at(first), "window_end_s": at(last), "service_s": minutes * 60,
        "value": 8.0, "p_found": 0.5, "needed_skills": frozenset({"licence"}),
    }  # fmt: skip
    return Option(**(facts | more))


def line(*options: Option, end: str = "12:00", **more: Any) -> Problem:
    n = 7
    hops = np.abs(np.subtract.outer(np.arange(n), np.arange(n))).astype(np.float64)
    facts: dict[str, Any] = {
        "id": "line",
        "places": tuple(PlanPlace(f"p{k}", 118.5, 24.9) for k in range(n)),
        "bands": (TimeBand("day", 0, 86400),),
        "matrices": (Matrix("car", "day", hops * 600.0, hops * 5000.0),),
        "teams": (PlanTeam("t", 2, frozenset({"licence"}), "car", "第一组"),),
        "shifts": (WorkShift("s", "t", DAY, at("9:00"), at(end), "p0", "p0"),),
        "options": options,
    }
    return Problem(**(facts | more))


def planned(problem: Problem) -> Plan:
    """Return the plan of all but ``d``."""
    others = tuple(one for one in problem.options if one.debtor != "d")
    plan = solve(replace(problem, options=others), stop=MaxIterations(50), seed=1)
    plan = replace(plan, unassigned=unassigned(problem, plan.routes))
    assert [one.ref for one in plan.unassigned if not one.is_duty] == ["d"]
    return plan


def levers(why: WhyNot) -> dict[Lever, int]:
    assert all(len(way.relaxations) == 1 for way in why.ways)
    return {way.relaxations[0].lever: way.relaxations[0].size for way in why.ways}


A, B = visit("a", "9:10", "9:10"), visit("b", "10:10", "10:10")
FULL = visit("a", "9:10", "9:10", 150)
STATION = EscortStation("e", "p3", (EscortSlot(DAY, at("15:00"), at("16:00")),))


def escorted(name: str, first: str, last: str, **more: Any) -> Option:
    mode = {"escort": EscortMode.AT_DOOR, "escort_stations": ("e",)}
    return visit(name, first, last, **(mode | more))


def _two_teams() -> Problem:
    """Return a problem with a second team whose escorted visit takes the one officer."""
    other = escorted("a", "9:30", "9:30", needed_skills=frozenset({"locksmith"}))
    teams = (
        PlanTeam("t", 2, frozenset({"licence"}), "car"),
        PlanTeam("u", 2, frozenset({"locksmith"}), "car"),
    )
    shift = WorkShift("s", "t", DAY, at("9:00"), at("12:00"), "p0", "p0")
    return line(
        other,
        escorted("d", "9:30", "9:30"),
        teams=teams,
        shifts=(shift, replace(shift, id="s2", team="u")),
        escort_stations=(replace(STATION, calendar=(EscortSlot(DAY, at("9:00"), at("10:30")),)),),
    )


CASES: dict[str, tuple[Problem, dict[Lever, int]]] = {
    "shift_end": (line(A, B, visit("d", "9:10", "11:10")), {Lever.SHIFT_END: 20}),
    "shift_start": (
        line(*(visit(name, "8:00", "10:20") for name in "abd")),
        {Lever.SHIFT_START: 50},
    ),
    "window_later": (
        line(A, B, visit("d", "9:30", "11:00"), end="13:00"),
        {Lever.WINDOW_LATER: 10},
    ),
    "window_earlier": (
        line(
            visit("a", "9:10", "9:10", 10),
            visit("b", "10:10", "10:10", 100),
            visit("d", "9:50", "10:00", 40),
        ),
        {Lever.WINDOW_EARLIER: 20},
    ),
    "stops": (
        line(
            visit("a", "9:10", "9:10", 20),
            visit("d", "9:00", "11:00", 20),
            shifts=(WorkShift("s", "t", DAY, at("9:00"), at("12:00"), "p0", "p0", (), 1),),
        ),
        {Lever.STOPS: 1},
    ),
    "capacity": (
        line(
            visit("a", "9:10", "9:10", 20, load=2),
            visit("d", "9:00", "11:00", 20, load=3),
            shifts=(
                WorkShift("s", "t", DAY, at("9:00"), at("12:00"), "p0", "p0", (), None, 3),
            ),
        ),
        {Lever.CAPACITY: 2},
    ),
    "skill": (
        line(A, visit("d", "9:00", "11:00", needed_skills=frozenset({"locksmith"}))),
        {Lever.SKILL: 1},
    ),
    "officers": (line(A, visit("d", "9:00", "11:00", min_officers=4)), {Lever.OFFICERS: 2}),
    "escort_busy": (_two_teams(), {Lever.ESCORT: 1}),
    "escort_hours": (
        line(
            escorted("d", "9:10", "9:40"),
            escort_stations=(STATION,),
        ),
        {Lever.ESCORT: 1},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(CASES))
def test_what_binds_alone_is_found_with_its_size(name: str) -> None:
    problem, expected = CASES[name]
    plan = planned(problem)
    why = why_not(problem, plan, "d")
    found = levers(why)
    assert {lever: size for lever, size in found.items() if lever not in _FREE} == expected
    assert next(iter(found)) in expected
    proved(problem, plan, why)


def test_where_no_hours_help_a_team_more_does() -> None:
    problem = line(FULL, visit("d", "9:30", "9:30", 120))
    plan = planned(problem)
    why = why_not(problem, plan, "d")
    assert set(levers(why)) == {Lever.TEAM, Lever.VALUE}
    proved(problem, plan, why)


def test_who_is_outbid_needs_a_value_above_that_of_who_leaves() -> None:
    problem = line(replace(FULL, value=8.0), visit("d", "9:30", "9:30", 120, value=5.0))
    plan = planned(problem)
    way = why_not(problem, plan, "d").ways[-1]
    assert way.relaxations[0].lever is Lever.VALUE
    assert way.relaxations[0].size == 3001  # thousandths: above 8.000
    assert way.entry.out == ("a",)
    assert {one.ref for one in way.entry.plan.unassigned} == {"a"}


def test_who_is_worth_more_than_who_leaves_improves_the_plan_as_it_is() -> None:
    problem = line(A, B, visit("d", "9:40", "10:20", 90, value=10.0))
    plan = planned(problem)
    why = why_not(problem, plan, "d")
    assert why.ways[0].relaxations == ()
    assert why.ways[0].entry.gain == pytest.approx(2.0)
    assert "可以改进" in str(next(why.lines(problem)))
    proved(problem, plan, why)


def test_two_neighbours_can_leave_for_one() -> None:
    problem = line(A, B, visit("d", "9:40", "10:00", 90, value=10.0))
    why = why_not(problem, planned(problem), "d")
    swap = next(way for way in why.ways if way.relaxations[0].lever is Lever.VALUE)
    assert swap.relaxations[0].size == 6001
    assert swap.entry.out == ("a", "b")


def test_a_house_too_far_for_the_day_would_have_to_lie_nearer() -> None:
    far = line(visit("d", "0:00", "23:00", 44))
    seconds = far.matrices[0].travel_s.copy()
    seconds[1, :] = seconds[:, 1] = 315 * 60.0
    seconds[1, 1] = 0.0
    problem = replace(far, matrices=(replace(far.matrices[0], travel_s=seconds),))
    plan = planned(problem)
    assert plan.unassigned[0].reason is UnassignedReason.TOO_FAR
    why = why_not(problem, plan, "d")
    # nine hours more would do too: eleven hours and a half less the three of the shift
    assert levers(why) == {Lever.NEARER: 247}
    proved(problem, plan, why)


def test_a_way_that_costs_more_than_the_visit_brings_is_said_so() -> None:
    problem = line(visit("d", "9:00", "11:00", 20, place="p6", value=5.0), prices=Prices(60.0))
    plan = planned(problem)
    why = why_not(problem, plan, "d")
    assert levers(why) == {Lever.NEARER: 58, Lever.VALUE: 115000}  # two hours cost 120
    assert why.ways[-1].entry.out == ()
    proved(problem, plan, why)


PAIRS: dict[str, tuple[Problem, dict[Lever, int]]] = {
    "skill": (
        line(A, B, visit("d", "9:10", "11:10", needed_skills=frozenset({"locksmith"}))),
        {Lever.SKILL: 1, Lever.SHIFT_END: 20},
    ),
    "officers": (
        line(A, B, visit("d", "9:10", "11:10", min_officers=3)),
        {Lever.OFFICERS: 1, Lever.SHIFT_END: 20},
    ),
    "hours": (
        line(visit("d", "7:30", "8:00", 300)),
        {Lever.SHIFT_START: 70, Lever.SHIFT_END: 70},
    ),
    "escort": (
        line(
            escorted("d", "9:10", "9:40", needed_skills=frozenset({"locksmith"})),
            escort_stations=(STATION,),
        ),
        {Lever.SKILL: 1, Lever.ESCORT: 1},
    ),
}


@pytest.mark.parametrize("name", sorted(PAIRS))
def test_of_two_that_bind_both_are_named(name: str) -> None:
    problem, expected = PAIRS[name]
    plan = planned(problem)
    why = why_not(problem, plan, "d")
    pair = {one.lever: one.size for one in why.ways[0].relaxations}
    assert pair == expected
    proved(problem, plan, why)


def test_who_could_be_visited_as_it_is_is_told_so() -> None:
    problem = line(A, visit("d", "9:00", "11:00", 20))
    plan = planned(problem)
    why = why_not(problem, plan, "d")
    assert [way.relaxations for way in why.ways] == [()]
    assert violations(problem, why.ways[0].entry.plan) == ()
    assert "还排得进" in str(next(why.lines(problem)))


def test_what_rules_forbid_is_told_with_its_citation_and_apart() -> None:
    said = PlanFinding("A3", "block", "debtor:d", "已和解", "民事诉讼法第241条")
    problem = line(A, visit("d", "9:00", "11:00"), blocked=(said,))
    why = why_not(problem, planned(problem), "d")
    assert (why.reason, why.blocked, why.ways) == (UnassignedReason.BLOCKED, (said,), ())
    assert [str(one) for one in why.lines(problem)] == ["规则 A3 禁止：已和解（民事诉讼法第241条）"]


def test_of_a_debtor_only_visits_that_no_rule_bars_are_tried() -> None:
    said = PlanFinding("C2", "block", "claim:red", "地址未核实", "本院规则")
    barred = visit("d1", "9:00", "11:00", debtor="d", claim="red")
    problem = line(A, B, barred, visit("d2", "9:10", "11:10", debtor="d"), blocked=(said,))
    why = why_not(problem, planned(problem), "d")
    assert why.blocked == (said,)
    assert {way.entry.ref for way in why.ways} == {"d2"}


def test_a_duty_that_is_left_out_is_explained_too() -> None:
    duty = PlanDuty("q", "hearing", "p1", DAY, at("11:30"), at("11:30"), 3600)
    problem = line(A, visit("d", "9:00", "9:00"), duties=(duty,))
    plan = planned(problem)
    assert {one.ref for one in plan.unassigned} == {"d", "q"}
    why = why_not(problem, plan, "q")
    assert levers(why)[Lever.SHIFT_END] == 40
    proved(problem, plan, why)


def test_no_day_and_no_roads_leave_nothing_to_relax() -> None:
    cut = line(visit("d", "9:00", "11:00"))
    seconds = cut.matrices[0].travel_s.copy()
    seconds[1, :] = seconds[:, 1] = np.inf
    seconds[1, 1] = 0.0
    problem = replace(cut, matrices=(replace(cut.matrices[0], travel_s=seconds),))
    why = why_not(problem, planned(problem), "d")
    assert why.ways == ()
    assert "排不进" in str(next(why.lines(problem)))


def test_a_visit_is_worth_what_the_plan_loses_without_it() -> None:
    rest = visit("d", "9:10", "9:10", 60, value=6.0)
    later = visit("a2", "11:00", "11:00", 20, debtor="a", value=3.0)
    problem = line(replace(A, value=8.0), replace(B, value=7.0), rest, later, end="13:00")
    plan = planned(replace(problem, options=(problem.options[0], problem.options[1], rest)))
    plan = replace(plan, unassigned=unassigned(problem, plan.routes))
    why = why_visit(problem, plan, "a")
    assert why.worth == pytest.approx(8.0)
    assert why.instead == ("d",)
    assert why.adds == pytest.approx(2.0)
    assert why.other is None  # "a2" would begin while "b" is being visited
    assert len(list(why.lines(problem))) == 6


def test_the_next_best_visit_of_the_debtor_is_named_with_what_it_costs() -> None:
    later = visit("a2", "11:10", "11:20", 20, debtor="a", value=3.0)
    problem = line(A, B, later, visit("d", "18:00", "18:00"))
    why = why_visit(problem, planned(problem), "a")
    assert why.other is not None
    assert why.other.ref == "a2"
    assert why.other_costs == pytest.approx(5.0)


BOUNDS = {
    "window": (line(visit("a", "9:20", "9:30", 20)), "9:20", "9:30", Bound.WINDOW, Bound.WINDOW),
    "shift": (line(visit("a", "0:00", "23:00", 60)), "9:10", "10:50", Bound.SHIFT, Bound.SHIFT),
    "stop": (
        line(A, visit("c", "0:00", "23:00", 10), visit("b", "11:00", "11:00", 10)),
        "10:10", "10:50", Bound.STOP, Bound.STOP,
    ),
    "escort": (
        line(
            escorted("a", "0:00", "23:00", minutes=10),
            escort_stations=(
                replace(STATION, calendar=(EscortSlot(DAY, at("10:00"), at("11:00")),)),
            ),
        ),
        "10:00", "10:50", Bound.ESCORT, Bound.ESCORT,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_how_far_a_stop_can_move_and_what_bounds_it(name: str) -> None:
    problem, first, last, before, after = BOUNDS[name]
    plan = solve(problem, stop=MaxIterations(20), seed=1)
    why = why_visit(problem, plan, "c" if name == "stop" else "a")
    assert (why.earliest.at_s, why.latest.at_s) == (at(first), at(last))
    assert (why.earliest.bound, why.latest.bound) == (before, after)


def test_what_takes_two_teams_enters_with_one_more() -> None:
    pair = visit("d", "9:00", "11:00", 20, together=Together())
    problem = line(A, pair)
    why = why_not(problem, planned(problem), "d")
    assert levers(why) == {Lever.TEAM: 1}
    assert "第一组与新增的小组" in str(next(why.lines(problem)))
    proved(problem, planned(problem), why)


def test_a_second_team_lacks_what_is_asked_of_it() -> None:
    pair = visit("d", "9:00", "11:00", 20, together=Together(frozenset({"locksmith"}), 3))
    team = PlanTeam("u", 2, frozenset({"locksmith"}), "car", "第二组")
    plain = line(A, pair)
    problem = replace(
        plain,
        teams=(*plain.teams, team),
        shifts=(*plain.shifts, replace(plain.shifts[0], id="s2", team="u")),
    )
    why = why_not(problem, planned(problem), "d")
    way = why.ways[0]
    assert [(one.lever, one.of, one.size) for one in way.relaxations] == [(Lever.OFFICERS, "u", 1)]
    assert (way.entry.team, way.entry.beside) == ("t", "u")
    proved(problem, planned(problem), why)


def test_an_officer_is_lent_from_the_fetch_until_the_visit_is_over() -> None:
    fetched = escorted("d", "9:10", "11:00", minutes=20, escort=EscortMode.PICK_UP)
    problem = line(fetched, escort_stations=(STATION,))
    why = why_not(problem, planned(problem), "d")
    assert {lever for lever in levers(why) if lever not in _FREE} == {Lever.ESCORT}
    (one,) = why.ways[0].relaxations
    assert one.start_s == at("10:35")  # five minutes, twenty of way, the latest begin at eleven
    assert one.end_s == at("11:20")
    assert "10:35–11:20 多派一名警力" in str(next(why.lines(problem)))
    proved(problem, planned(problem), why)


def test_a_visit_of_two_teams_is_worth_what_both_could_do_instead() -> None:
    pair = visit("a", "9:10", "9:10", 120, together=Together())
    plain = line(pair, visit("d", "9:10", "9:10", 120, value=3.0))
    second = replace(plain.shifts[0], id="s2", team="u")
    problem = replace(
        plain,
        teams=(*plain.teams, replace(plain.teams[0], id="u")),
        shifts=(*plain.shifts, second),
    )
    why = why_visit(problem, planned(problem), "a")
    assert (why.worth, why.adds, why.instead) == (8.0, 5.0, ("d",))
    assert why.earliest.bound is why.latest.bound is Bound.KEPT


def test_without_a_visit_that_the_rest_of_the_way_needs_it_is_worth_no_figure() -> None:
    plain = line(visit("a", "9:10", "9:10", 10), visit("b", "9:40", "9:40", 10, place="p2"))
    seconds = plain.matrices[0].travel_s.copy()
    seconds[0, 2] = 7200.0  # the way leads by the first door
    roads = (replace(plain.matrices[0], travel_s=seconds),)
    problem = replace(plain, matrices=roads)
    first = solve(replace(problem, options=problem.options[:1]), stop=MaxIterations(20), seed=1)
    at_hand = AtHand(Terms.of(problem, problem.options[1:]), first)
    (spot,) = at_hand.spots()
    why = why_visit(problem, at_hand.entered(spot).plan, "a")
    assert (why.worth, why.adds) == (None, None)


def test_a_stop_under_way_does_not_move() -> None:
    problem = line(A, B)
    plan = solve(problem, stop=MaxIterations(20), seed=1)
    route = plan.routes[0]
    frozen = replace(route, stops=(replace(route.stops[0], frozen=True),))
    begun = replace(problem, frozen=(frozen,))
    why = why_visit(begun, solve(begun, stop=MaxIterations(20), seed=1), "a")
    assert why.earliest.bound is why.latest.bound is Bound.KEPT
    assert why.worth is None
    assert len(list(why.lines(begun))) == 3


def test_who_is_not_left_out_or_not_planned_cannot_be_explained() -> None:
    problem = line(A, visit("d", "18:00", "18:00"))
    plan = planned(problem)
    with pytest.raises(PlanError, match="未安排"):
        why_not(problem, plan, "a")
    with pytest.raises(PlanError, match="没有走访"):
        why_visit(problem, plan, "d")
    with pytest.raises(PlanError, match="plan check"):
        why_not(problem, replace(plan, value=99.0), "d")
