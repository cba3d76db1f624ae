"""An answer as a resource: one plan for when it is yes by some hour, one for when it is not.

:func:`branch` does so for an approval, :mod:`routes.planning.support_branches` for police support.
Until that hour nobody knows which plan will be used, so both are the same: whatever a team has
begun, or set out to, before it. Only then may the other plan go another way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import TypeVar

from routes.planning.begun import begun_stops, carried_over, rest_of, with_company
from routes.planning.problem import (
    Option,
    Plan,
    PlanDuty,
    PlanFinding,
    Problem,
    StopKind,
)

__all__ = [
    "Branch",
    "Branches",
    "approved_of",
    "better",
    "branch",
    "duties_held",
    "held_until",
    "not_before",
    "unapproved_of",
    "without_duties",
]

_Timed = TypeVar("_Timed", Option, PlanDuty)


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """A problem and the plan that answers it."""

    problem: Problem
    plan: Plan


@dataclass(frozen=True, slots=True, eq=False)
class Branches:
    """What to do on a no, without the approval or the support; and what to do with it."""

    unapproved: Branch
    approved: Branch


def branch(
    problem: Problem,
    unsigned: Mapping[str, PlanFinding],
    unsigned_duties: Mapping[str, PlanFinding] = MappingProxyType({}),
    *,
    day: date,
    by_s: int,
    approved_id: str,
    solve: Callable[[Problem], Plan],
) -> Branches:
    """Plan twice: without what waits for a signature, and with it from some hour on.

    Parameters
    ----------
    problem
        As prepared, with all options.
    unsigned
        By option, the finding that asks for its signature.
    unsigned_duties
        The same by duty.
    day, by_s
        When it will be known, seconds after midnight of a day in Asia/Shanghai.
    approved_id
        Id of the second problem.
    solve
        Answers a problem; asked twice.

    Returns
    -------
    Branches
        The first plan visits no option of ``unsigned`` and holds no such duty. The second has none
        of them before the hour, has all stops of the first that were begun or set out to before
        it, marked as frozen, holds as many duties, and is worth at least as much, less what either
        costs in its problem, where it holds no more.
    """
    without = unapproved_of(problem, unsigned, unsigned_duties)
    first = solve(without)
    granted = approved_of(
        problem, first, unsigned, unsigned_duties, day=day, by_s=by_s, approved_id=approved_id
    )
    second = better(carried_over(first, granted), solve(granted))
    return Branches(Branch(without, first), Branch(granted, second))


def unapproved_of(
    problem: Problem,
    unsigned: Mapping[str, PlanFinding],
    unsigned_duties: Mapping[str, PlanFinding],
) -> Problem:
    """Return the first problem of :func:`branch`: nothing that waits for a signature."""
    without = without_duties(problem, _not_kept(problem, unsigned_duties))
    return replace(without, blocked=(*without.blocked, *_bars(problem, unsigned)))


def approved_of(
    problem: Problem,
    first: Plan,
    unsigned: Mapping[str, PlanFinding],
    unsigned_duties: Mapping[str, PlanFinding],
    *,
    day: date,
    by_s: int,
    approved_id: str,
) -> Problem:
    """Return the second problem of :func:`branch`, by the plan that answers the first."""
    waiting = _not_kept(problem, unsigned_duties)
    held = held_until(problem, first, day=day, by_s=by_s)
    late = {
        one.id: unsigned[one.id]
        for one in problem.options
        if one.id in unsigned and (one.day, one.window_end_s) < (day, by_s)
    }
    missed = {
        one.id: waiting[one.id]
        for one in problem.duties
        if one.id in waiting and (one.day, one.window_end_s) < (day, by_s)
    }
    held = without_duties(held, missed)
    return replace(
        held,
        id=approved_id,
        options=tuple(
            not_before(one, day, by_s) if one.id in unsigned else one for one in held.options
        ),
        duties=tuple(
            not_before(one, day, by_s) if one.id in waiting else one for one in held.duties
        ),
        blocked=(*held.blocked, *_bars(problem, late)),
    )


def _not_kept(problem: Problem, duties: Mapping[str, PlanFinding]) -> dict[str, PlanFinding]:
    """Return those of some duties that no frozen route holds."""
    kept = {stop.ref for route in problem.frozen for stop in route.stops}
    return {name: one for name, one in duties.items() if name not in kept}


def held_until(problem: Problem, plan: Plan, *, day: date, by_s: int) -> Problem:
    """Return the problem that is left at an hour until which a plan is followed.

    All stops that the plan begins or sets out to before the hour are frozen, for both teams where
    a stop takes two, and no team goes another way before it.

    Parameters
    ----------
    problem
        That the plan answers, or one with more options or duties.
    day, by_s
        The hour, seconds after midnight of a day in Asia/Shanghai.
    """
    routes = {route.shift: route for route in plan.routes}
    own = {
        shift.id: begun_stops(routes.get(shift.id), shift, day=day, by_s=by_s)
        for shift in problem.shifts
    }
    begun = with_company(plan.routes, own)
    return replace(
        problem,
        shifts=tuple(
            rest_of(shift, routes.get(shift.id), begun[shift.id], day=day, by_s=by_s)
            for shift in problem.shifts
        ),
        frozen=tuple(
            replace(routes[shift_id], stops=stops) for shift_id, stops in begun.items() if stops
        ),
    )


def without_duties(problem: Problem, findings: Mapping[str, PlanFinding]) -> Problem:
    """Return a problem in which some duties are named as left out, and why."""
    if not findings:
        return problem
    return replace(
        problem,
        duties=tuple(duty for duty in problem.duties if duty.id not in findings),
        blocked=(*problem.blocked, *_duty_bars(findings)),
        before=tuple(
            replace(route, stops=tuple(stop for stop in route.stops if stop.ref not in findings))
            for route in problem.before
        ),
    )


def _bars(problem: Problem, findings: Mapping[str, PlanFinding]) -> tuple[PlanFinding, ...]:
    return tuple(
        replace(findings[option.id], subject=f"visit:{option.id}")
        for option in problem.options
        if option.id in findings
    )


def _duty_bars(findings: Mapping[str, PlanFinding]) -> tuple[PlanFinding, ...]:
    return tuple(replace(one, subject=f"duty:{duty}") for duty, one in findings.items())


def duties_held(plan: Plan) -> int:
    """Return how many duties a plan serves."""
    return sum(stop.kind is StopKind.DUTY for route in plan.routes for stop in route.stops)


def better(one: Plan, other: Plan) -> Plan:
    """Return the answer that serves more duties, then is worth more less its price; else other."""
    return max(other, one, key=lambda plan: (duties_held(plan), plan.value - plan.price))


def not_before(one: _Timed, day: date, by_s: int) -> _Timed:
    """Return an option or duty that starts at the hour or later, where its window allows that."""
    if one.day != day or one.window_end_s < by_s:
        return one
    return replace(one, window_start_s=max(one.window_start_s, by_s))
