"""Approval as a resource: one plan for when it comes by some hour, one for when it does not.

Until that hour nobody knows which plan will be used, so both are the same: whatever a team has
begun, or set out to, before it. Only then may the plan with the approval go another way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import TypeVar

from routes.planning.explain import unassigned
from routes.planning.problem import (
    Option,
    Plan,
    PlanDuty,
    PlanFinding,
    Problem,
    Route,
    Stop,
    StopKind,
    WorkShift,
)

__all__ = ["Branch", "Branches", "branch"]

_Timed = TypeVar("_Timed", Option, PlanDuty)


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """A problem and the plan that answers it."""

    problem: Problem
    plan: Plan


@dataclass(frozen=True, slots=True, eq=False)
class Branches:
    """What to do without the approval, and what to do with it."""

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
        it, marked as frozen, holds as many duties, and is worth at least as much where it holds
        no more.
    """
    kept = {stop.ref for route in problem.frozen for stop in route.stops}
    waiting = {name: one for name, one in unsigned_duties.items() if name not in kept}
    without = replace(
        problem,
        duties=tuple(duty for duty in problem.duties if duty.id not in waiting),
        blocked=(*problem.blocked, *_bars(problem, unsigned), *_duty_bars(waiting)),
    )
    first = solve(without)
    routes = {route.shift: route for route in first.routes}
    begun = {
        shift.id: _begun(routes.get(shift.id), shift, day=day, by_s=by_s)
        for shift in problem.shifts
    }
    options = tuple(
        _from(option, day, by_s) if option.id in unsigned else option for option in problem.options
    )
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
    frozen = tuple(
        replace(routes[shift_id], stops=stops) for shift_id, stops in begun.items() if stops
    )
    granted = replace(
        problem,
        id=approved_id,
        options=options,
        duties=tuple(
            _from(duty, day, by_s) if duty.id in waiting else duty
            for duty in problem.duties
            if duty.id not in missed
        ),
        shifts=tuple(
            _rest(shift, routes.get(shift.id), begun[shift.id], day=day, by_s=by_s)
            for shift in problem.shifts
        ),
        frozen=frozen,
        blocked=(*problem.blocked, *_bars(problem, late), *_duty_bars(missed)),
    )
    second = solve(granted)
    if (_duties_held(second), second.value) < (_duties_held(first), first.value):
        second = _carried_over(first, granted, begun)
    return Branches(Branch(without, first), Branch(granted, second))


def _bars(problem: Problem, findings: Mapping[str, PlanFinding]) -> tuple[PlanFinding, ...]:
    return tuple(
        replace(findings[option.id], subject=f"visit:{option.id}")
        for option in problem.options
        if option.id in findings
    )


def _duty_bars(findings: Mapping[str, PlanFinding]) -> tuple[PlanFinding, ...]:
    return tuple(replace(one, subject=f"duty:{duty}") for duty, one in findings.items())


def _duties_held(plan: Plan) -> int:
    return sum(stop.kind is StopKind.DUTY for route in plan.routes for stop in route.stops)


def _begun(route: Route | None, shift: WorkShift, *, day: date, by_s: int) -> tuple[Stop, ...]:
    """Return the stops for which the team left the place before, ahead of the hour."""
    if route is None or shift.day > day:
        return ()
    begun: list[Stop] = []
    left_s = route.leave_s
    for stop in route.stops:
        if shift.day == day and left_s >= by_s and not stop.frozen:
            break
        begun.append(replace(stop, frozen=True))
        left_s = stop.departure_s
    return tuple(begun)


def _rest(
    shift: WorkShift, route: Route | None, begun: tuple[Stop, ...], *, day: date, by_s: int
) -> WorkShift:
    """Return a shift in which nothing is changed that happens before the hour."""
    if shift.day > day:
        return shift
    if not begun:  # at the base until then
        at_s = shift.end_s if shift.day < day else min(by_s, shift.end_s)
        return replace(shift, start_s=max(shift.start_s, at_s))
    on_the_way_home = shift.day < day or begun[-1].departure_s < by_s
    if route is not None and len(begun) == len(route.stops) and on_the_way_home:
        return replace(shift, max_stops=sum(stop.kind is not StopKind.BREAK for stop in begun))
    return shift


def _from(one: _Timed, day: date, by_s: int) -> _Timed:
    """Return an option or duty that starts at the hour or later, where its window allows that."""
    if one.day != day or one.window_end_s < by_s:
        return one
    return replace(one, window_start_s=max(one.window_start_s, by_s))


def _carried_over(plan: Plan, problem: Problem, begun: Mapping[str, tuple[Stop, ...]]) -> Plan:
    """Return the same routes as an answer to the problem with the approval."""
    routes = tuple(
        replace(route, stops=(*begun[route.shift], *route.stops[len(begun[route.shift]) :]))
        for route in plan.routes
    )
    return replace(
        plan, problem_id=problem.id, routes=routes, unassigned=unassigned(problem, routes)
    )
