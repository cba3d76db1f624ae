"""Two plans around answers, from a file alone: made, written, read and held against each other."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routes.errors import PlanError, ProblemError
from routes.planning import MaxIterations, solve
from routes.planning.awaited import Both, awaited_violations, solve_awaited, standing_problem
from routes.planning.branches import duties_held
from routes.planning.formats import (
    problem_from_json,
    problem_to_json,
    read_plan,
    read_plans,
    read_problem,
    write_plan,
    write_problem,
)
from routes.planning.problem import (
    Awaits,
    EscortMode,
    Plan,
    PlanDuty,
    PlanFinding,
    Problem,
    Route,
    Stop,
)
from routes.planning.validate import violations
from tests.routes.planning.line import DAY, EIGHT_S, FIVE_S, MINUTE_S, NINE_S, TEN_S, at_door, line
from tests.routes.strategies import company_problems, problems, rich_problems

_CALM = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def asks(ref: str, *, kind: str = "visit") -> PlanFinding:
    return PlanFinding("A6", "sign_off", f"{kind}:{ref}", "须签批", "本院规则")


def answered(problem: Problem) -> Both:
    return solve_awaited(problem, solve=lambda one: solve(one, stop=MaxIterations(40), seed=1))


def faults(problem: Problem, plan: Plan, other: Plan | None) -> list[str]:
    return [one.code for found in awaited_violations(problem, plan, other) for one in found]


def refs(plan: Plan) -> set[str]:
    return {stop.ref for route in plan.routes for stop in route.stops if stop.is_work}


def waiting(problem: Problem) -> set[str]:
    assert problem.awaits is not None
    signed = {one.subject.partition(":")[2] for one in problem.awaits.approvals}
    return signed | set(problem.awaits.support)


def escorted(ref: str, place: str, **more: Any) -> Any:
    return at_door(ref, place, escort=EscortMode.AT_DOOR, escort_stations=("e",), **more)


def approval() -> Problem:
    problem = line(
        at_door("a", "p2", window_start_s=EIGHT_S, window_end_s=FIVE_S - 7200, value=9.0),
        at_door("b", "p3", window_start_s=TEN_S, window_end_s=FIVE_S - 7200, value=5.0),
    )
    return replace(problem, awaits=Awaits(DAY, TEN_S, (asks("a"),)))


def support() -> Problem:
    problem = line(
        escorted("a", "p3", window_start_s=TEN_S + 1800, window_end_s=TEN_S + 2400, value=9.0),
        at_door("b", "p2", window_start_s=EIGHT_S, window_end_s=FIVE_S - 7200, value=5.0),
    )
    return replace(problem, awaits=Awaits(DAY, TEN_S, support=("a",)))


def test_what_waits_for_a_signature_is_in_the_other_plan_only() -> None:
    both = answered(approval())
    assert both.other is not None
    assert refs(both.standing.plan) == {"b"}
    assert refs(both.other.plan) == {"a", "b"}
    assert both.other.plan.problem_id == f"{approval().id}:approved"
    assert faults(approval(), both.standing.plan, both.other.plan) == []


def test_the_plan_with_support_stands_until_the_station_answers() -> None:
    both = answered(support())
    assert both.other is not None
    assert refs(both.standing.plan) == {"a", "b"}
    assert refs(both.other.plan) == {"b"}
    assert both.other.plan.problem_id == f"{support().id}:declined"
    (start_s,) = [
        stop.start_s
        for route in both.standing.plan.routes
        for stop in route.stops
        if stop.ref == "a"
    ]
    assert start_s >= TEN_S
    assert faults(support(), both.standing.plan, both.other.plan) == []


def test_of_both_kinds_one_plan_has_all_and_the_other_none() -> None:
    problem = line(
        escorted("a", "p3", window_start_s=EIGHT_S, window_end_s=FIVE_S - 7200, value=9.0),
        at_door("b", "p2", window_start_s=EIGHT_S, window_end_s=FIVE_S - 7200, value=5.0),
        at_door("c", "p2", window_start_s=TEN_S, window_end_s=FIVE_S - 7200, value=4.0),
    )
    problem = replace(problem, awaits=Awaits(DAY, TEN_S, (asks("b"),), ("a",)))
    both = answered(problem)
    assert both.other is not None
    assert refs(both.standing.plan) == {"c"}
    assert refs(both.other.plan) == {"a", "b", "c"}
    assert faults(problem, both.standing.plan, both.other.plan) == []


def test_a_promised_visit_waits_for_nobody() -> None:
    problem = line(
        escorted("p", "p2", window_start_s=EIGHT_S, window_end_s=EIGHT_S + 1800, value=9.0),
        escorted("a", "p3", window_start_s=EIGHT_S, window_end_s=FIVE_S - 7200, value=5.0),
    )
    both = answered(replace(problem, awaits=Awaits(DAY, TEN_S, support=("a",))))
    assert both.other is not None
    assert "p" in refs(both.standing.plan) & refs(both.other.plan)


def test_a_checkpoint_falls_away_where_its_station_refuses() -> None:
    duty = PlanDuty("q", "checkpoint", "p2", DAY, FIVE_S - 7200, FIVE_S - 7200, 1800)
    problem = replace(
        line(at_door("b", "p3", window_start_s=EIGHT_S, window_end_s=NINE_S)), duties=(duty,)
    )
    problem = replace(problem, awaits=Awaits(DAY, TEN_S, support=("q",)))
    both = answered(problem)
    assert both.other is not None
    assert (duties_held(both.standing.plan), duties_held(both.other.plan)) == (1, 0)
    assert faults(problem, both.standing.plan, both.other.plan) == []


def test_where_nothing_is_asked_there_is_one_plan() -> None:
    problem = line(
        escorted("a", "p3", window_start_s=EIGHT_S, window_end_s=EIGHT_S + 600),
        at_door("b", "p2", window_start_s=EIGHT_S, window_end_s=FIVE_S - 7200, value=5.0),
    )
    problem = replace(problem, awaits=Awaits(DAY, TEN_S, support=("a",)))
    both = answered(problem)
    assert both.other is None
    assert faults(problem, both.standing.plan, None) == []
    assert faults(problem, both.standing.plan, both.standing.plan) == ["other_needless"]


@_CALM
@given(data=st.data(), problem=st.one_of(problems(), rich_problems(), company_problems()))
def test_two_plans_of_any_problem_pass_their_check(data: st.DataObject, problem: Problem) -> None:
    ids = sorted(one.id for one in problem.options)
    escorted = sorted(one.id for one in problem.options if one.escort is not EscortMode.NONE)
    escorted += sorted(one.id for one in problem.duties if one.kind == "checkpoint")
    signed = data.draw(st.lists(st.sampled_from(ids), unique=True, max_size=3)) if ids else []
    asked = (
        data.draw(st.lists(st.sampled_from(escorted), unique=True, max_size=3)) if escorted else []
    )
    if not signed and not asked:
        return
    day = data.draw(st.sampled_from(sorted({shift.day for shift in problem.shifts} or {DAY})))
    by_s = data.draw(st.sampled_from((0, NINE_S, 43200, 86400)))
    problem = replace(
        problem, awaits=Awaits(day, by_s, tuple(asks(ref) for ref in signed), tuple(asked))
    )
    both = answered(problem)
    other = None if both.other is None else both.other.plan
    assert faults(problem, both.standing.plan, other) == []
    assert not violations(standing_problem(problem), both.standing.plan)
    if signed:
        assert other is not None
        unfrozen = {
            stop.ref
            for route in both.standing.plan.routes
            for stop in route.stops
            if not stop.frozen
        }
        assert unfrozen.isdisjoint(waiting(problem))


Change = Callable[[Plan, Plan], tuple[Plan, Plan | None]]


def shifted(plan: Plan, by_s: int) -> Plan:
    """Let every stop of a plan be so much later."""

    def later(stop: Stop) -> Stop:
        return replace(
            stop,
            arrival_s=stop.arrival_s + by_s,
            start_s=stop.start_s + by_s,
            departure_s=stop.departure_s + by_s,
        )

    def moved(route: Route) -> Route:
        return replace(
            route,
            leave_s=route.leave_s + by_s,
            return_s=route.return_s + by_s,
            stops=tuple(map(later, route.stops)),
        )

    return replace(plan, routes=tuple(map(moved, plan.routes)))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda yes, _no: (yes, None), "other_missing"),
        (lambda yes, no: (yes, replace(no, problem_id="x")), "problem_id"),
        (lambda yes, no: (yes, shifted(no, 60 * MINUTE_S)), "parted_early"),
        (lambda yes, _no: (yes, yes), "problem_id"),
        (lambda yes, no: (replace(yes, value=0.0), no), "value"),
        (lambda yes, no: (yes, replace(no, value=99.0)), "value"),
    ],
)
def test_a_file_that_was_changed_is_found_out(change: Change, code: str) -> None:
    problem = line(
        escorted("a", "p3", window_start_s=EIGHT_S, window_end_s=FIVE_S - 7200, value=9.0),
        at_door("b", "p2", window_start_s=EIGHT_S, window_end_s=NINE_S, value=5.0),
    )
    problem = replace(problem, awaits=Awaits(DAY, TEN_S, support=("a",)))
    both = answered(problem)
    assert both.other is not None
    assert code in faults(problem, *change(both.standing.plan, both.other.plan))


def test_what_waits_may_not_begin_before_its_answer() -> None:
    problem = replace(approval(), awaits=None)
    early = solve(problem, stop=MaxIterations(40), seed=1)
    assert "a" in refs(early)
    both = answered(approval())
    assert both.other is not None
    assert "blocked_visit" in faults(approval(), early, both.other.plan)
    moved = replace(shifted(both.other.plan, -90 * MINUTE_S), problem_id=both.other.problem.id)
    assert "before_answer" in faults(approval(), both.standing.plan, moved)


def test_both_plans_are_in_one_file(tmp_path: Path) -> None:
    paths = tmp_path / "problem.json", tmp_path / "plan.json"
    write_problem(support(), paths[0])
    problem = read_problem(paths[0])
    assert problem.awaits == support().awaits
    both = answered(problem)
    assert both.other is not None
    write_plan(both.standing.plan, paths[1], mark="草稿", other=both.other.plan)
    assert read_plans(paths[1]) == (both.standing.plan, both.other.plan)
    assert read_plan(paths[1]) == both.standing.plan
    form = json.loads(paths[1].read_text("utf-8"))
    assert form["other"]["draft"] == form["draft"] == "草稿"
    form["other"]["other"] = dict(form["other"])
    paths[1].write_text(json.dumps(form), "utf-8")
    with pytest.raises(PlanError, match=r"\$\.other\.other"):
        read_plans(paths[1])
    form["other"] = {"format": "fieldwrit-plan"}
    paths[1].write_text(json.dumps(form), "utf-8")
    with pytest.raises(PlanError, match=r"\$\.other"):
        read_plans(paths[1])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"approvals": [], "support": []}, "没有写明等待什么"),
        ({"support": ["b"]}, r"support\[0\].*不是需警力协助"),
        ({"support": ["a", "a"]}, "重复"),
        ({"by_s": -1}, r"\$\.awaits\.by_s"),
        ({"day": "soon"}, r"\$\.awaits\.day"),
        ({"until": 1}, "until"),
        ({"approvals": [asks("z").__class__("A6", "sign_off", "visit:z", "", "")]}, "visit:z"),
        ({"approvals": [asks("a").__class__("A6", "block", "visit:a", "", "")]}, "sign_off"),
    ],
)
def test_what_a_file_cannot_wait_for(change: dict[str, Any], told: str) -> None:
    form = problem_to_json(support())
    named = ("rule", "verdict", "subject", "text", "citation")
    if "approvals" in change:
        change = change | {
            "approvals": [
                {name: getattr(one, name) for name in named} for one in change["approvals"]
            ]
        }
    form["awaits"] = form["awaits"] | change
    with pytest.raises(ProblemError, match=told):
        problem_from_json(form)
