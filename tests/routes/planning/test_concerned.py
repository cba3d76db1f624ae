"""Whom a plan is about."""

from __future__ import annotations

from dataclasses import replace

from routes.measures import StepId
from routes.planning import MaxIterations, solve
from routes.planning.concerned import debtors_of, steps_of
from tests.routes.planning.samples import district


def test_a_plan_is_about_those_whom_it_visits_and_a_problem_about_all() -> None:
    problem = district()
    plan = solve(problem, stop=MaxIterations(50), seed=1)
    visited = {stop.ref for route in plan.routes for stop in route.stops}
    assert debtors_of(problem, plan) == {
        option.debtor for option in problem.options if option.id in visited
    }
    assert debtors_of(problem) == {option.debtor for option in problem.options}
    assert debtors_of(problem, replace(plan, routes=())) == frozenset()


def test_steps_are_those_of_visits_and_of_duties() -> None:
    problem = district()
    plan = solve(problem, stop=MaxIterations(50), seed=1)
    visited = {stop.ref for route in plan.routes for stop in route.stops}
    options = tuple(
        replace(option, step="m1" if option.id in visited else "m2") for option in problem.options
    )
    problem = replace(problem, options=options)
    assert steps_of(problem, plan) == {StepId("m1")}
    assert steps_of(problem) >= {StepId("m1"), StepId("m2")}
    duty = replace(problem.duties[0], id="step:m3:handover") if problem.duties else None
    assert duty is not None
    assert StepId("m3") in steps_of(replace(problem, duties=(duty,)))
