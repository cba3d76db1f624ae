"""The lines that routes follow along the roads, for maps and exports."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from datetime import date
from itertools import chain, pairwise
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from geo.model import Floats, Point
from geo.ports import RoadTravel
from routes.calendar import WorkCalendar
from routes.planning.journeys import Conditions, conditions_at
from routes.planning.problem import Plan, PlanPlace, Problem, Route, StopKind

if TYPE_CHECKING:
    from geo.travel.closures import Closure
    from web.services import Services

__all__ = ["KnownLines", "route_lines", "standing_lines"]

_KEPT = 16  # plans, as pages of a day ask for the same few again and again


def standing_lines(services: Services, problem: Problem, plan: Plan) -> dict[str, Floats]:
    """Return the ways of a plan by roads and closures as they stand; see :func:`route_lines`."""
    closures = tuple(services.store.closures.standing())
    places = {place.id: place for place in problem.places}
    ends = [(one.start_place, one.end_place) for one in problem.shifts]
    met = {*chain(*ends), *(stop.place for route in plan.routes for stop in route.stops)}
    return services.lines.of(
        (
            plan.routes,
            problem.shifts,
            problem.teams,
            frozenset(places[one] for one in met),
            closures,
        ),
        lambda: route_lines(
            problem, plan, services.engine, calendar=services.calendar, closures=closures
        ),
    )


class KnownLines:
    """The ways that were drawn last, each as long as all that it was drawn from stands."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: OrderedDict[Hashable, dict[str, Floats]] = OrderedDict()

    def of(self, key: Hashable, draw: Callable[[], dict[str, Floats]]) -> dict[str, Floats]:
        """Return the lines of a plan that was seen before, or draw and keep them."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        made = draw()
        with self._lock:
            self._held[key] = made
            while len(self._held) > _KEPT:
                self._held.popitem(last=False)
        return made


def route_lines(
    problem: Problem,
    plan: Plan,
    engine: RoadTravel | None,
    *,
    calendar: WorkCalendar,
    closures: Sequence[Closure] = (),
) -> dict[str, Floats]:
    """Return each route's way along the roads in WGS84 degrees, shape (n, 2), by shift id.

    A leg for which there is no road, or no engine, is drawn straight.

    Parameters
    ----------
    engine
        With no road closed.
    calendar
        Tells how the roads are driven on a day.
    closures
        Those that nobody lifted. A leg keeps off the roads that are closed when it is begun;
        where they leave it no way, it takes the first that opens later.
    """
    places = {place.id: place for place in problem.places}
    shifts = {shift.id: shift for shift in problem.shifts}
    profiles = {team.id: team.profile for team in problem.teams}
    opened = _Opened(engine) if engine is not None else None
    lines: dict[str, Floats] = {}
    for route in plan.routes:
        corners = _corners(route, places, shifts[route.shift].start_place)
        corners.append((places[shifts[route.shift].end_place], route.return_s))
        pieces = [
            _leg(
                opened,
                start,
                end,
                profile=profiles[route.team],
                later=_later(route.day, leaves_s, calendar, closures),
            )
            for (start, leaves_s), (end, _) in pairwise(corners)
        ]
        line = np.concatenate(pieces)
        moves = np.any(np.diff(line, axis=0) != 0.0, axis=1)
        lines[route.shift] = line[np.concatenate([[True], moves])]
    return lines


class _Opened:
    """An engine, and what became of it under the closures met so far."""

    def __init__(self, engine: RoadTravel) -> None:
        self.profiles = engine.profiles
        self._by_closures: dict[tuple[Closure, ...], RoadTravel] = {(): engine}
        self._engine = engine

    def under(self, held: Conditions) -> RoadTravel:
        """Return the engine on which the closures of these conditions are in force."""
        closures = held.closures
        if closures not in self._by_closures:
            self._by_closures[closures] = self._engine.with_closures(closures)
        return self._by_closures[closures]


def _later(
    day: date, leaves_s: int, calendar: WorkCalendar, closures: Sequence[Closure]
) -> list[Conditions]:
    """Return what holds when a leg is begun, then after each closure that bars it has ended."""
    traffic = calendar.traffic_day(day)
    now = conditions_at(day, leaves_s, traffic=traffic, closures=closures)
    ends = sorted({one.end for one in now.closures if one.end is not None})
    return [now] + [
        Conditions(
            now.band,
            traffic,
            tuple(one for one in now.closures if one.end is None or one.end > end),
        )
        for end in ends
    ]


def _corners(
    route: Route, places: dict[str, PlanPlace], start_place: str
) -> list[tuple[PlanPlace, int]]:
    return [
        (places[start_place], route.leave_s),
        *(
            (places[stop.place], stop.departure_s)
            for stop in route.stops
            if stop.kind is not StopKind.BREAK
        ),
    ]


def _leg(
    engine: _Opened | None,
    start: PlanPlace,
    end: PlanPlace,
    *,
    profile: str,
    later: Sequence[Conditions],
) -> Floats:
    straight = np.array([[start.lon, start.lat], [end.lon, end.lat]])
    if engine is None or profile not in engine.profiles or (straight[0] == straight[1]).all():
        return straight
    for held in later:
        path = engine.under(held).path(
            Point(start.lon, start.lat),
            Point(end.lon, end.lat),
            profile=profile,
            band=held.band,
            day=held.day,
        )
        if path is not None:
            return path.lonlat
    return straight
