"""Cases and plans as GeoJSON for map programs: codes, numbers and times, no name of a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from data.case_lists import CasePoint
from geo.localtime import moment_at
from routes.planning.problem import Plan, Problem, Route, Stop
from routes.planning.stop_numbers import stop_numbers
from web.route_lines import standing_lines
from web.services import Services

__all__ = ["case_features", "plan_features"]


def case_features(points: Iterable[CasePoint]) -> dict[str, Any]:
    """Return the cases that have a place."""
    return _collection(
        _feature(
            "Point",
            [round(one.lon, 6), round(one.lat, 6)],
            id=one.id,
            number=one.number,
            kind=one.kind,
            status=one.status,
            grade=one.grade,
            claims=one.claims,
            precision=one.precision,
            confidence=None if one.confidence is None else round(one.confidence, 3),
            township_code=one.township_code,
        )
        for one in points
        if one.lon is not None and one.lat is not None
    )


def plan_features(services: Services, problem: Problem, plan: Plan) -> dict[str, Any]:
    """Return a plan's routes along the roads, and their stops."""
    lines = standing_lines(services, problem, plan)
    places = {place.id: (place.lon, place.lat) for place in problem.places}
    found = []
    for route in plan.routes:
        line = lines[route.shift].round(6).tolist()
        if len(line) > 1:
            found.append(_feature("LineString", line, kind="route", **_of_route(route)))
        for number, stop in zip(stop_numbers(route), route.stops, strict=True):
            found.append(_stop(route, number, stop, places[stop.place]))
    return _collection(found)


def _of_route(route: Route) -> dict[str, Any]:
    return {"shift": route.shift, "team": route.team, "day": route.day.isoformat()}


def _stop(
    route: Route, number: int | None, stop: Stop, lonlat: tuple[float, float]
) -> dict[str, Any]:
    return _feature(
        "Point",
        [round(degrees, 6) for degrees in lonlat],
        kind=str(stop.kind),
        number=number,
        ref=stop.ref,
        start=moment_at(route.day, stop.start_s).isoformat(),
        departure=moment_at(route.day, stop.departure_s).isoformat(),
        **_of_route(route),
    )


def _feature(shape: str, coordinates: list[Any], /, **properties: Any) -> dict[str, Any]:
    geometry = {"type": shape, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _collection(features: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}
