"""What the overview map shows: points and codes, no names and no address texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry import mapping

from data.map_cases import CaseTable
from geo.clusters import Box, cluster
from geo.model import AreaKind, Ints, Point, Precision
from geo.ports import AreaIndex
from routes.heat import Heat
from routes.locating import DayType
from routes.model import AddressClaim, Checkpoint, Place, Station
from web.services import Services

__all__ = [
    "CASE_FIELDS",
    "areas_json",
    "best_place",
    "cases_within",
    "clusters_json",
    "counts_json",
    "field_json",
    "heat_json",
    "liaisons_json",
    "map_centre",
    "rows_json",
    "township_choices",
]

CASE_FIELDS = (
    "id",
    "number",
    "kind",
    "grade",
    "status",
    "township",
    "age",
    "step",
    "lon",
    "lat",
    "precision",
    "confidence",
    "claims",
)
_SIDES_PX = ((17.0, 20.0), (15.0, 36.0), (0.0, 64.0))  # from which zoom on
_MOST_MARKS = 600
_CHINA = Point(104.0, 35.0)
_SIMPLIFY_DEG = 0.0001


def best_place(claims: Iterable[AddressClaim]) -> Place | None:
    """Return the place that was located with most confidence, or None."""
    places = [
        claim.place
        for claim in claims
        if claim.place is not None and claim.place.precision is not Precision.NONE
    ]
    return max(places, key=lambda place: place.confidence, default=None)


def rows_json(table: CaseTable, which: Iterable[int]) -> dict[str, Any]:
    """Return some cases as rows of :data:`CASE_FIELDS`; unlocated ones have no position."""
    return {"fields": CASE_FIELDS, "rows": [_case_row(table, n) for n in which]}


def _case_row(table: CaseTable, n: int) -> list[Any]:
    point = table.points[n]
    return [
        point.id,
        point.number,
        point.kind,
        point.grade,
        point.status,
        point.township_code,
        table.code("age", n),
        table.code("step", n),
        None if point.lon is None else round(point.lon, 6),
        None if point.lat is None else round(point.lat, 6),
        point.precision,
        None if point.confidence is None else round(point.confidence, 3),
        point.claims,
    ]


def counts_json(table: CaseTable, filters: Mapping[str, str], colour: str) -> dict[str, Any]:
    """Return how many cases are wanted, of how many, and how many of each colour."""
    mask = table.wanted(filters)
    return {
        "shown": int(mask.sum()),
        "all": len(table),
        "unlocated": int((mask & ~table.located).sum()),
        "legend": table.tally(mask, colour),
    }


def clusters_json(
    table: CaseTable, filters: Mapping[str, str], colour: str, *, box: Box, zoom: float
) -> dict[str, Any]:
    """Return what to draw in a box: clusters, and single cases as rows.

    A cluster is its position, count, counts by code of ``colour`` and the box of its cases.
    """
    wanted = np.flatnonzero(table.wanted(filters) & table.located)
    codes = table.codes[colour]
    found = cluster(
        table.lonlat[wanted],
        table.columns[colour][wanted],
        n_tones=len(codes),
        box=box,
        zoom=zoom,
        side_px=next(side for start, side in _SIDES_PX if zoom >= start),
        most=_MOST_MARKS,
        world=table.world[wanted],
    )
    many = found.count > 1
    singles: Ints = wanted[found.member[~many]]
    return {
        "clusters": [
            [
                round(lon, 6),
                round(lat, 6),
                count,
                [[codes[tone], n] for tone, n in enumerate(mix) if n],
                [round(edge, 6) for edge in edges],
            ]
            for lon, lat, count, mix, edges in zip(
                found.lon[many].tolist(),
                found.lat[many].tolist(),
                found.count[many].tolist(),
                found.mix[many].tolist(),
                found.box[many].tolist(),
                strict=True,
            )
        ],
        **rows_json(table, singles.tolist()),
    }


def cases_within(
    table: CaseTable, filters: Mapping[str, str], corners: Sequence[tuple[float, float]]
) -> Ints:
    """Return the wanted cases inside a shape or on its edge, in the order of their numbers.

    A line that crosses itself holds what its loops surround an odd number of times.
    """
    shape = shapely.make_valid(shapely.Polygon(corners))
    shapely.prepare(shape)
    wanted = np.flatnonzero(table.wanted(filters) & table.located)
    lon, lat = table.lonlat[wanted].T
    return np.asarray(wanted[shapely.intersects_xy(shape, lon, lat)])


def heat_json(heat: Heat) -> dict[str, Any]:
    """Return the expected found by square, day type and band, with limits for five colours."""
    return {
        "boxes": np.round(heat.box, 6).tolist(),
        "cases": heat.cases.tolist(),
        "expected": {
            day.value: np.round(heat.expected[:, k], 2).tolist() for k, day in enumerate(DayType)
        },
        "total": {
            day.value: np.round(heat.total()[k], 1).tolist() for k, day in enumerate(DayType)
        },
        "limits": _limits(float(heat.expected.max(initial=0.0))),
        "left_out": heat.left_out,
    }


def _limits(most: float) -> list[float]:
    """Return four limits between five colours, each about twice the one before, of one digit."""
    return [float(f"{most / step:.1g}") for step in (16, 8, 4, 2)]


def field_json(
    stations: Iterable[Station], checkpoints: Iterable[Checkpoint]
) -> dict[str, list[dict[str, Any]]]:
    """Return stations and checkpoints with their points."""
    return {
        "stations": [
            {"id": one.id, "name": one.name, "lon": one.point.lon, "lat": one.point.lat}
            for one in stations
        ],
        "checkpoints": [
            {
                "id": one.id,
                "name": one.name,
                "kind": one.kind,
                "lon": one.point.lon,
                "lat": one.point.lat,
            }
            for one in checkpoints
        ],
    }


def liaisons_json(areas: AreaIndex | None, grid_codes: Iterable[str]) -> list[dict[str, Any]]:
    """Return the grids that have a liaison, each by a point within it; nobody is named."""
    wanted, grids = {*grid_codes}, areas.areas(AreaKind.GRID) if areas is not None else ()
    points = [(area, area.geometry.representative_point()) for area in grids if area.code in wanted]
    return [
        {
            "code": area.code,
            "name": area.name,
            "lon": round(point.x, 6),
            "lat": round(point.y, 6),
        }
        for area, point in points
    ]


def areas_json(areas: AreaIndex | None, kinds: Iterable[AreaKind]) -> dict[str, Any]:
    """Return areas as GeoJSON, thinned to about ten metres."""
    features = [
        {
            "type": "Feature",
            "properties": {"kind": area.kind, "code": area.code, "name": area.name},
            "geometry": mapping(
                shapely.set_precision(area.geometry.simplify(_SIMPLIFY_DEG), 0.00001)
            ),
        }
        for kind in kinds
        for area in (areas.areas(kind) if areas is not None else ())
    ]
    return {"type": "FeatureCollection", "features": features}


def township_choices(areas: AreaIndex | None) -> list[tuple[str, str]]:
    """Return code and name of each township, for a filter."""
    if areas is None:
        return []
    return [(area.code, area.name) for area in areas.areas(AreaKind.TOWNSHIP)]


def map_centre(services: Services) -> tuple[Point, int]:
    """Return where a map opens before its data came, and the zoom."""
    found = services.areas.areas(AreaKind.JURISDICTION) if services.areas is not None else ()
    if found:
        west, south, east, north = found[0].geometry.bounds
        return Point((west + east) / 2, (south + north) / 2), 11
    stations = services.store.stations()
    if stations:
        return stations[0].point, 12
    return _CHINA, 5
