"""The lines that routes follow along the roads, for maps and exports."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from geo.localtime import DAY_S
from geo.model import Floats, Point
from geo.ports import TravelEngine
from routes.model import travel_band
from routes.planning.problem import Plan, PlanPlace, Problem, Route, StopKind

__all__ = ["route_lines"]


def route_lines(problem: Problem, plan: Plan, engine: TravelEngine | None) -> dict[str, Floats]:
    """Return each route's way along the roads in WGS84 degrees, shape (n, 2), by shift id.

    A leg for which there is no road, or no engine, is drawn straight.
    """
    places = {place.id: place for place in problem.places}
    shifts = {shift.id: shift for shift in problem.shifts}
    profiles = {team.id: team.profile for team in problem.teams}
    lines: dict[str, Floats] = {}
    for route in plan.routes:
        corners = _corners(route, places, shifts[route.shift].start_place)
        corners.append((places[shifts[route.shift].end_place], route.return_s))
        pieces = [
            _leg(engine, start, end, profile=profiles[route.team], leaves_s=leaves_s)
            for (start, leaves_s), (end, _) in pairwise(corners)
        ]
        line = np.concatenate(pieces)
        moves = np.any(np.diff(line, axis=0) != 0.0, axis=1)
        lines[route.shift] = line[np.concatenate([[True], moves])]
    return lines


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
    engine: TravelEngine | None,
    start: PlanPlace,
    end: PlanPlace,
    *,
    profile: str,
    leaves_s: int,
) -> Floats:
    straight = np.array([[start.lon, start.lat], [end.lon, end.lat]])
    if engine is None or profile not in engine.profiles or (straight[0] == straight[1]).all():
        return straight
    path = engine.path(
        Point(start.lon, start.lat),
        Point(end.lon, end.lat),
        profile=profile,
        band=travel_band(leaves_s % DAY_S),
    )
    return straight if path is None else path.lonlat
