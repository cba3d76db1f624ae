"""What is left at the term of an answer to teams that set out to a visit which is then refused.

Each turns to its next stop, as if it went back to where it left last; what two teams were to do
together after such a visit is open again for both.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from routes.planning.begun import begun_stops, rest_of, with_company
from routes.planning.problem import Plan, Problem, Route, Stop, WorkShift

__all__ = ["set_out_to", "turned"]


def set_out_to(
    problem: Problem, plan: Plan, refs: Collection[str], *, day: date, by_s: int
) -> frozenset[str]:
    """Return which of some visits a plan cannot let go any more at an hour, unless teams turn."""
    begun = with_company(plan.routes, _own(problem, plan, day, by_s))
    return frozenset(stop.ref for stops in begun.values() for stop in stops) & frozenset(refs)


def turned(
    problem: Problem, plan: Plan, refs: Collection[str], *, day: date, by_s: int
) -> Problem | None:
    """Return the problem that is left at an hour, with no team held to some visits.

    Parameters
    ----------
    problem, plan
        As for :func:`routes.planning.branches.held_until`.
    refs
        Options that fall away at the hour, none of them begun.

    Returns
    -------
    Problem
        None where something has begun that cannot go on without one of them.
    """
    routes = {route.shift: route for route in plan.routes}
    own = _own(problem, plan, day, by_s)
    gone = set(refs)
    while True:
        kept = {shift: _until(stops, gone) for shift, stops in own.items()}
        begun = with_company(plan.routes, kept, gone)
        after = {
            stop.ref
            for stops in begun.values()
            for stop in stops[len(_until(stops, gone)) :]
            if stop.is_work
        } - gone
        if not after:
            break
        gone |= after
    fallen = (
        stop
        for shift, stops in own.items()
        for stop in stops[len(begun[shift]) :]
        if routes[shift].day < day or stop.start_s < by_s
    )
    if any(fallen):
        return None
    shifts: list[WorkShift] = []
    held: dict[str, tuple[Stop, ...]] = {}
    for shift in problem.shifts:
        route, stops = routes.get(shift.id), begun[shift.id]
        rest = rest_of(shift, route, stops, day=day, by_s=by_s)
        if route is not None and len(stops) < len(own[shift.id]):
            ready_s = _back_s(route, stops, own[shift.id][len(stops)], by_s)
            if stops:
                last = replace(stops[-1], departure_s=max(stops[-1].departure_s, ready_s))
                stops = (*stops[:-1], last)
            else:
                rest = replace(rest, start_s=min(rest.end_s, max(rest.start_s, ready_s)))
        shifts.append(rest)
        held[shift.id] = stops
    return replace(
        problem,
        shifts=tuple(shifts),
        frozen=tuple(replace(routes[shift], stops=stops) for shift, stops in held.items() if stops),
    )


def _own(problem: Problem, plan: Plan, day: date, by_s: int) -> dict[str, tuple[Stop, ...]]:
    """Return what each team itself has begun, or set out to."""
    routes = {route.shift: route for route in plan.routes}
    return {
        shift.id: begun_stops(routes.get(shift.id), shift, day=day, by_s=by_s)
        for shift in problem.shifts
    }


def _until(stops: tuple[Stop, ...], gone: Collection[str]) -> tuple[Stop, ...]:
    """Return the stops before the first that falls away."""
    at = next((k for k, stop in enumerate(stops) if stop.ref in gone), len(stops))
    return stops[:at]


def _back_s(route: Route, held: tuple[Stop, ...], fallen: Stop, by_s: int) -> int:
    """Return when a team that turns at an hour is back where it left for the stop that fell."""
    left_s = held[-1].departure_s if held else route.leave_s
    return max(by_s, left_s) + max(0, min(by_s, fallen.arrival_s) - left_s)
