"""Cases and plans as GeoJSON for map programs: codes, numbers and times, no name of a person."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from data.case_lists import CasePlace, CasePoint
from geo.clusters import Box
from geo.localtime import moment_at
from routes.planning.problem import Plan, Problem, Route, Stop
from routes.planning.stop_numbers import stop_numbers
from web.route_lines import standing_lines
from web.services import Services

__all__ = ["PIECE", "PointReader", "case_features", "geojson_text", "plan_features"]

PIECE = 1_000
"""So many cases are in memory at once, however many there are."""


class PointReader(Protocol):
    """Reads cases piece by piece; a :class:`data.store.Store` does."""

    def points_after(
        self, place: CasePlace | None, *, count: int
    ) -> tuple[tuple[CasePoint, ...], CasePlace | None]:
        """Return some cases that stand after a place, and the last one's place."""


def case_features(
    reader: PointReader,
    told: Callable[[int], object],
    *,
    box: Box | None = None,
    most: int | None = None,
    after: CasePlace | None = None,
) -> Iterator[str]:
    """Yield the text of a collection of the cases that have a place, a piece at a time.

    Parameters
    ----------
    told
        Is told how many cases the next text holds before that is yielded, and 0 where none is.
    box
        Only cases in it or on its edge.
    most
        At most so many; ``next`` in the collection is then the case that others follow.
    after
        Only cases that stand after this place.
    """
    yield '{"type": "FeatureCollection", "features": ['
    sent, place, following = 0, after, None
    while following is None:
        points, place = reader.points_after(place, count=PIECE)
        held = [
            (one, (one.lon, one.lat))
            for one in points
            if one.lon is not None and one.lat is not None and _holds(box, one.lon, one.lat)
        ]
        if most is not None and sent + len(held) >= most:
            del held[most - sent :]
            following = held[-1][0].id
        if held:
            told(len(held))
            yield (", " if sent else "") + ", ".join(geojson_text(_of_case(*one)) for one in held)
        sent += len(held)
        if place is None:
            break
    if not sent:
        told(0)
    yield f'], "next": {json.dumps(following)}}}'


def geojson_text(shape: dict[str, Any]) -> str:
    """Return a feature or a collection as text."""
    return json.dumps(shape, ensure_ascii=False, allow_nan=False)


def _holds(box: Box | None, lon: float, lat: float) -> bool:
    return box is None or (box.west <= lon <= box.east and box.south <= lat <= box.north)


def _of_case(one: CasePoint, lonlat: tuple[float, float]) -> dict[str, Any]:
    return _feature(
        "Point",
        [round(degrees, 6) for degrees in lonlat],
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
    return {"type": "FeatureCollection", "features": found}


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
