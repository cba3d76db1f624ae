"""What of a route has begun by some hour, and what that leaves of its shift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import date

from routes.planning.explain import unassigned
from routes.planning.problem import Plan, Problem, Route, Stop, WorkShift
from routes.planning.schedule import price_of

__all__ = ["begun_stops", "carried_over", "rest_of", "with_company"]


def begun_stops(route: Route | None, shift: WorkShift, *, day: date, by_s: int) -> tuple[Stop, ...]:
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


def with_company(
    routes: Sequence[Route],
    begun: Mapping[str, tuple[Stop, ...]],
    apart: Set[str] = frozenset(),
) -> dict[str, tuple[Stop, ...]]:
    """Return the stops begun, where a team is also held up to what another begins with it.

    Parameters
    ----------
    routes
        All that are followed.
    begun
        By shift, the stops at the beginning of its route.
    apart
        Options and duties to which no team is held.
    """
    held = dict(begun)
    while True:
        refs = {stop.ref for stops in held.values() for stop in stops if stop.is_work} - apart
        longer: dict[str, tuple[Stop, ...]] = {}
        for route in routes:
            last = max(
                (k for k, stop in enumerate(route.stops) if stop.is_work and stop.ref in refs),
                default=-1,
            )
            if last >= len(held[route.shift]):
                longer[route.shift] = tuple(
                    replace(stop, frozen=True) for stop in route.stops[: last + 1]
                )
        if not longer:
            return held
        held |= longer


def rest_of(
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
        return replace(shift, max_stops=sum(stop.is_work for stop in begun))
    return shift


def carried_over(plan: Plan, problem: Problem) -> Plan:
    """Return the same routes as an answer to a problem that freezes the beginning of each.

    Its price is the other problem's: waits of what is frozen, for one, cost nothing there.
    """
    frozen = {route.shift: route.stops for route in problem.frozen}
    routes = tuple(
        replace(
            route,
            stops=(*frozen[route.shift], *route.stops[len(frozen[route.shift]) :])
            if route.shift in frozen
            else route.stops,
        )
        for route in plan.routes
    )
    return replace(
        plan,
        problem_id=problem.id,
        routes=routes,
        unassigned=unassigned(problem, routes),
        price=price_of(problem, routes),
    )
