"""From the search's routes to a plan's stops."""

from __future__ import annotations

import math
from dataclasses import replace

from routes.planning.instance import Compiled
from routes.planning.kernels import (
    BEGIN_S,
    CLOSE_S,
    SERVICE_S,
    SIZE,
    START_S,
    STATION,
    TASK,
    Solution,
)
from routes.planning.legs import Legs
from routes.planning.problem import (
    Option,
    PlanDuty,
    Prices,
    Problem,
    Route,
    Stop,
    StopKind,
    set_values,
)

__all__ = ["price_of", "routes_of", "value_of"]


def value_of(routes: tuple[Route, ...]) -> float:
    """Return the sum of the stops' values, the same for the same stops in any order."""
    return math.fsum(stop.value for route in routes for stop in route.stops)


def price_of(routes: tuple[Route, ...], prices: Prices) -> float:
    """Return what the routes cost."""
    return prices.travel_h * sum(route.travel_s for route in routes) / 3600.0


def _leaving_s(legs: Legs, earliest_s: int, origin: str, first: Stop) -> int:
    """Return the latest leaving time that still reaches the first stop at its start."""
    earliest_s, _ = legs.begun(earliest_s, origin, first.place)
    leg_s = legs.travel_s(earliest_s, origin, first.place)
    for _ in range(2):
        later_s = first.start_s - leg_s
        if later_s <= earliest_s:
            return earliest_s
        again_s = legs.travel_s(later_s, origin, first.place)
        if later_s + again_s <= first.start_s:
            return later_s
        leg_s = again_s
    return earliest_s


def _route(compiled: Compiled, sol: Solution, shift_at: int, legs: Legs) -> Route | None:
    problem, inst = compiled.problem, compiled.inst
    shift = problem.shifts[shift_at]
    frozen = compiled.prefix[shift_at]
    stops = list(frozen.stops) if frozen else []
    kept = len(stops)
    rest_by_s: list[int] = []
    n_options, n_duties = len(problem.options), len(problem.duties)
    tasks: tuple[Option | PlanDuty, ...] = (*problem.options, *problem.duties)
    at_s = int(inst.shifts[shift_at, BEGIN_S])
    place = stops[-1].place if stops else shift.start_place
    for p in range(int(sol.state[shift_at, SIZE])):
        task = int(sol.routes[shift_at, p, TASK])
        start_s = int(sol.routes[shift_at, p, START_S])
        if task >= n_options + n_duties:
            kind, ref, value, target, arrival_s = StopKind.BREAK, "", 0.0, place, at_s
            rest_by_s.append(int(inst.tasks[task, CLOSE_S]))
        else:
            kind = StopKind.VISIT if task < n_options else StopKind.DUTY
            ref, target = tasks[task].id, tasks[task].place
            value = problem.options[task].value if task < n_options else 0.0
            arrival_s = at_s + legs.travel_s(at_s, place, target)
        station = int(sol.routes[shift_at, p, STATION])
        at_s = start_s + int(inst.tasks[task, SERVICE_S])
        place = target
        stops.append(
            Stop(
                kind,
                ref,
                place,
                arrival_s,
                start_s,
                at_s,
                value,
                problem.escort_stations[station].id if station >= 0 else None,
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
        leave_s = _leaving_s(legs, leave_s, shift.start_place, stops[0])
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
    return _shared(problem, routes)


def _shared(problem: Problem, routes: list[Route]) -> tuple[Route, ...]:
    """Give each visit of a debtor what it adds to the earlier ones."""
    if not problem.sets:
        return tuple(routes)
    worth = set_values(problem)
    debtor_of = {option.id: option.debtor for option in problem.options}
    done: dict[str, frozenset[str]] = {}
    adds: dict[str, float] = {}
    kept = {stop.ref for route in problem.frozen for stop in route.stops}
    visits = [
        (route.day, stop.start_s, stop.ref)
        for route in routes
        for stop in route.stops
        if stop.kind is StopKind.VISIT
    ]
    for _, _, ref in sorted(visits):
        before = done.get(debtor_of[ref], frozenset())
        done[debtor_of[ref]] = before | {ref}
        adds[ref] = worth.get(before | {ref}, 0.0) - worth.get(before, 0.0)
    return tuple(
        replace(
            route,
            stops=tuple(
                stop if stop.ref in kept else replace(stop, value=adds.get(stop.ref, stop.value))
                for stop in route.stops
            ),
        )
        for route in routes
    )
