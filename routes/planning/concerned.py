"""Whom a plan is about, so that a page or a check reads of the store these and nobody else."""

from __future__ import annotations

from routes.measures import StepId
from routes.planning.problem import Option, Plan, Problem, StopKind
from routes.planning.step_stops import step_of_duty

__all__ = ["debtors_of", "options_of", "steps_of"]


def options_of(problem: Problem, plan: Plan | None = None) -> tuple[Option, ...]:
    """Return the options that a plan visits; without one, those that any plan may visit."""
    if plan is None:
        return problem.options
    stops = (stop for route in plan.routes for stop in route.stops)
    visited = {stop.ref for stop in stops if stop.kind is StopKind.VISIT}
    return tuple(option for option in problem.options if option.id in visited)


def debtors_of(problem: Problem, plan: Plan | None = None) -> frozenset[str]:
    """Return the debtors whom a plan visits; without one, those whom any plan may visit."""
    return frozenset(option.debtor for option in options_of(problem, plan))


def steps_of(problem: Problem, plan: Plan | None = None) -> frozenset[StepId]:
    """Return the steps that a plan takes, in visits and duties; without one, any plan."""
    if plan is None:
        duties = {duty.id for duty in problem.duties}
    else:
        duties = {stop.ref for route in plan.routes for stop in route.stops}
    of_duties = (step_of_duty(duty.id) for duty in problem.duties if duty.id in duties)
    of_visits = (StepId(one.step) for one in options_of(problem, plan) if one.step)
    return frozenset((*of_visits, *(one for one in of_duties if one is not None)))
