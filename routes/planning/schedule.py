"""From the search's routes to a plan's stops."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace

from routes.planning.instance import Compiled
from routes.planning.kernels import (
    ABOARD,
    BEGIN_S,
    BUSY_S,
    SIZE,
    START_S,
    STATION,
    TASK,
    VIA,
    Instance,
    Solution,
)
from routes.planning.legs import Legs
from routes.planning.problem import (
    PICK_UP_S,
    RETIMED_S,
    RETIMED_SHARE,
    Break,
    Option,
    Problem,
    Route,
    Stop,
    StopKind,
    set_values,
)

__all__ = ["added", "changes", "price_of", "retimed", "routes_of", "value_of", "valued"]


def value_of(routes: tuple[Route, ...]) -> float:
    """Return the sum of the stops' values, the same for the same stops in any order."""
    return math.fsum(stop.value for route in routes for stop in route.stops)


def price_of(problem: Problem, routes: tuple[Route, ...]) -> float:
    """Return what routes cost: travel and its way, waits, overtime, changes, missed floors."""
    prices = problem.prices
    frozen = {route.shift: len(route.stops) for route in problem.frozen}
    ends_s = {shift.id: shift.end_s for shift in problem.shifts}
    waits_s = over_s = 0
    for route in routes:
        after = max(1, frozen.get(route.shift, 0))
        waits_s += sum(stop.start_s - stop.arrival_s for stop in route.stops[after:])
        over_s += max(0, route.return_s - ends_s.get(route.shift, route.return_s))
    seconds = (
        prices.travel_h * sum(route.travel_s for route in routes)
        + prices.waiting_h * waits_s
        + prices.overtime_h * over_s
    )
    return (
        seconds / 3600.0
        + prices.km * sum(route.length_m for route in routes) / 1000.0
        + prices.per_change
        * (len(changes(problem, routes)) + RETIMED_SHARE * len(retimed(problem, routes)))
        + math.fsum(
            floor.price * max(0, floor.least - _visited(problem, routes, floor.debtors))
            for floor in problem.floors
        )
    )


def changes(problem: Problem, routes: tuple[Route, ...]) -> frozenset[tuple[str, str]]:
    """Return shift and ref of what ``problem.before`` has there and routes have not."""
    frozen = {ref for _, ref in _work(problem.frozen)}
    return frozenset(
        (shift, ref) for shift, ref in _work(problem.before) - _work(routes) if ref not in frozen
    )


def retimed(problem: Problem, routes: tuple[Route, ...]) -> frozenset[tuple[str, str]]:
    """Return shift and ref of what is where ``problem.before`` has it, at quite another hour."""
    frozen = {ref for _, ref in _work(problem.frozen)}
    was_s = _starts(problem.before)
    return frozenset(
        (shift, ref)
        for (shift, ref), start_s in _starts(routes).items()
        if ref not in frozen and abs(start_s - was_s.get((shift, ref), start_s)) > RETIMED_S
    )


def _work(routes: tuple[Route, ...]) -> frozenset[tuple[str, str]]:
    return frozenset(_starts(routes))


def _starts(routes: tuple[Route, ...]) -> dict[tuple[str, str], int]:
    """Return when each visit and duty begins, by shift and ref."""
    return {
        (route.shift, stop.ref): stop.start_s
        for route in routes
        for stop in route.stops
        if stop.is_work
    }


def _visited(problem: Problem, routes: tuple[Route, ...], debtors: frozenset[str]) -> int:
    refs = {ref for _, ref in _work(routes)}
    return len({option.debtor for option in problem.options if option.id in refs} & debtors)


def _via(inst: Instance, sol: Solution, shift: int, pos: int) -> int:
    """Return the station whose officer is fetched for a stop, or -1."""
    return int(inst.tasks[sol.routes[shift, pos, TASK], VIA])


def _route(compiled: Compiled, sol: Solution, shift_at: int, legs: Legs) -> Route | None:
    problem, inst = compiled.problem, compiled.inst
    shift = problem.shifts[shift_at]
    frozen = compiled.prefix[shift_at]
    stops = list(frozen.stops) if frozen else []
    kept = len(stops)
    rest_by_s: list[int] = []
    at_s = int(inst.shifts[shift_at, BEGIN_S])
    place = stops[-1].place if stops else shift.start_place
    for p in range(int(sol.state[shift_at, SIZE])):
        row = int(sol.routes[shift_at, p, TASK])
        task, start_s = compiled.tasks[row], int(sol.routes[shift_at, p, START_S])
        source = task.source
        if isinstance(source, Break):
            stops.append(Stop(StopKind.BREAK, "", place, at_s, start_s, start_s + task.service_s))
            rest_by_s.append(task.close_s)
            at_s = start_s + task.service_s
            continue
        station = int(sol.routes[shift_at, p, STATION])
        escort = problem.escort_stations[station] if station >= 0 else None
        before = int(inst.shifts[shift_at, ABOARD]) if p == 0 else _via(inst, sol, shift_at, p - 1)
        if escort is not None and _via(inst, sol, shift_at, p) not in (-1, before):
            arrival_s = at_s + legs.travel_s(at_s, place, escort.place)
            busy_s = int(sol.routes[shift_at, p, BUSY_S])
            at_s, place = busy_s + PICK_UP_S, escort.place
            stops.append(
                Stop(StopKind.PICK_UP, source.id, place, arrival_s, busy_s, at_s, 0.0, escort.id)
            )
        arrival_s = at_s + legs.travel_s(at_s, place, source.place)
        at_s, place = start_s + task.service_s, source.place
        visit = isinstance(source, Option)
        stops.append(
            Stop(
                StopKind.VISIT if visit else StopKind.DUTY,
                source.id,
                place,
                arrival_s,
                start_s,
                at_s,
                source.value if isinstance(source, Option) and not task.second else 0.0,
                None if escort is None else escort.id,
                second=bool(task.second),
            )
        )
    leave_s = frozen.leave_s if frozen else shift.start_s
    while len(stops) > kept and stops[-1].kind is StopKind.BREAK:
        at_s = stops[-2].departure_s if len(stops) > 1 else leave_s
        place = stops[-1].place
        if at_s + legs.travel_s(at_s, place, shift.end_place) > rest_by_s[-1]:
            break
        stops.pop()  # the team rests at its base
        rest_by_s.pop()
    if not kept:
        while stops and stops[0].kind is StopKind.BREAK:
            leave_s = stops.pop(0).departure_s
        if not stops:
            return None
        first = stops[0]
        leave_s = legs.departure_s(leave_s, first.start_s, shift.start_place, first.place)
        arrival_s = leave_s + legs.travel_s(leave_s, shift.start_place, stops[0].place)
        stops[0] = replace(stops[0], arrival_s=arrival_s)
    travel_s = length_m = 0
    at_s, place = leave_s, shift.start_place
    for stop in stops:
        travel_s += legs.travel_s(at_s, place, stop.place)
        length_m += legs.length_m(at_s, place, stop.place)
        at_s, place = stop.departure_s, stop.place
    home_s = legs.travel_s(at_s, place, shift.end_place)
    return Route(
        shift.id,
        shift.team,
        shift.day,
        leave_s,
        at_s + home_s,
        tuple(stops),
        travel_s + home_s,
        length_m + legs.length_m(at_s, place, shift.end_place),
    )


def routes_of(compiled: Compiled, sol: Solution) -> tuple[Route, ...]:
    """Return the routes of all shifts that have a stop, with their waits taken at the base."""
    problem = compiled.problem
    place_at = {p.id: i for i, p in enumerate(problem.places)}
    profile_of = {t.id: t.profile for t in problem.teams}
    routes = []
    for shift_at, shift in enumerate(problem.shifts):
        profile = profile_of[shift.team]
        legs = Legs(problem, place_at, profile=profile, day=shift.day)
        route = _route(compiled, sol, shift_at, legs)
        if route is not None:
            routes.append(route)
    return valued(problem, routes)


def added(
    routes: Iterable[Route],
    debtor_of: Callable[[str], str],
    worth: Callable[[frozenset[str]], float],
) -> dict[str, float]:
    """Return what each visit of some routes adds to the earlier ones of its debtor.

    Parameters
    ----------
    worth
        Of options of one debtor together.
    """
    visits = sorted(
        (route.day, stop.start_s, stop.ref)
        for route in routes
        for stop in route.stops
        if stop.kind is StopKind.VISIT and not stop.second
    )
    done: dict[str, frozenset[str]] = {}
    adds: dict[str, float] = {}
    for _, _, ref in visits:
        before = done.get(debtor_of(ref), frozenset())
        after = done[debtor_of(ref)] = before | {ref}
        adds[ref] = worth(after) - worth(before)
    return adds


def valued(problem: Problem, routes: Iterable[Route]) -> tuple[Route, ...]:
    """Return routes in which each visit, but for frozen ones, holds what it adds to earlier ones.

    The second team's stop keeps its nothing.
    """
    routes = tuple(routes)
    worth = set_values(problem)
    debtor_of = {option.id: option.debtor for option in problem.options}
    adds = added(routes, debtor_of.__getitem__, lambda refs: worth.get(refs, 0.0))
    kept = {ref for _, ref in _work(problem.frozen)}
    return tuple(
        replace(
            route,
            stops=tuple(
                stop
                if stop.kind is not StopKind.VISIT or stop.ref in kept or stop.second
                else replace(stop, value=adds.get(stop.ref, stop.value))
                for stop in route.stops
            ),
        )
        for route in routes
    )
