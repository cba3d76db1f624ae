"""What the overview map shows: points and codes, no names and no address texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import shapely
from shapely.geometry import mapping

from data.case_lists import CasePoint
from geo.model import AreaKind, Point, Precision
from geo.ports import AreaIndex
from routes.model import AddressClaim, CaseId, Checkpoint, DebtorId, Place, Station
from routes.ports import CaseStore
from web.services import Services

__all__ = [
    "CASE_FIELDS",
    "areas_json",
    "best_place",
    "cases_json",
    "claims_by_case",
    "field_json",
    "map_centre",
    "township_choices",
]

CASE_FIELDS = (
    "id",
    "number",
    "kind",
    "grade",
    "status",
    "township",
    "lon",
    "lat",
    "precision",
    "confidence",
    "claims",
)
_CHINA = Point(104.0, 35.0)
_SIMPLIFY_DEG = 0.0001


def claims_by_case(
    store: CaseStore, claims: Sequence[AddressClaim] | None = None
) -> dict[CaseId, list[AddressClaim]]:
    """Group address claims by the case of their debtor."""
    case_of: dict[DebtorId, CaseId] = {debtor.id: debtor.case_id for debtor in store.debtors()}
    grouped: dict[CaseId, list[AddressClaim]] = {}
    for claim in store.claims() if claims is None else claims:
        grouped.setdefault(case_of[claim.debtor_id], []).append(claim)
    return grouped


def best_place(claims: Iterable[AddressClaim]) -> Place | None:
    """Return the place that was located with most confidence, or None."""
    places = [
        claim.place
        for claim in claims
        if claim.place is not None and claim.place.precision is not Precision.NONE
    ]
    return max(places, key=lambda place: place.confidence, default=None)


def cases_json(points: Iterable[CasePoint]) -> dict[str, Any]:
    """Return cases as rows of :data:`CASE_FIELDS`; unlocated ones have no position."""
    return {"fields": CASE_FIELDS, "rows": [_case_row(point) for point in points]}


def _case_row(point: CasePoint) -> list[Any]:
    return [
        point.id,
        point.number,
        point.kind,
        point.grade,
        point.status,
        point.township_code,
        None if point.lon is None else round(point.lon, 6),
        None if point.lat is None else round(point.lat, 6),
        point.precision,
        None if point.confidence is None else round(point.confidence, 3),
        point.claims,
    ]


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
