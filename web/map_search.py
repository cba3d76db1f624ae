"""What a text typed over the map may mean: a position, cases, a debtor's name, an address."""

from __future__ import annotations

from typing import Any

from data.store import Store
from geo.model import Point, Precision
from geo.ports import Geocoder
from geo.typed_points import typed_point
from routes.model import CaseId
from web.labels import label
from web.overview import best_place

__all__ = ["search_map"]

_MOST = 8


def search_map(
    store: Store,
    geocoder: Geocoder | None,
    text: str,
    *,
    persons: bool,
    near: Point | None = None,
) -> list[dict[str, Any]]:
    """Return what a text means on the map, the surest first.

    Parameters
    ----------
    persons
        Whether cases may be found by a name; by their number they always may.
    near
        The middle of the map, about which a short plus code is looked for.

    Returns
    -------
    list
        Each answer has ``kind`` (``point``, ``case`` or ``place``), ``text``, ``lon`` and ``lat``
        (None for a case that is not located) and for a case its ``id``. No name is in it.
    """
    point = typed_point(text, near=near)
    if point is not None:
        shown = f"{point.lon:.6f}, {point.lat:.6f}"
        return [{"kind": "point", "text": shown, "lon": point.lon, "lat": point.lat}]
    cases = (store.find_cases(text) if persons else store.find_numbers(text))[:_MOST]
    found = [_case(store, one) for one in cases]
    if geocoder is not None and len(found) < _MOST:
        found += [
            {
                "kind": "place",
                "text": candidate.label,
                "note": label("precision", candidate.precision),
                "lon": candidate.point.lon,
                "lat": candidate.point.lat,
            }
            for candidate in geocoder.geocode(text, limit=3).candidates
            if candidate.precision not in (Precision.NONE, Precision.COUNTY)
        ]
    return found[:_MOST]


def _case(store: Store, case_id: CaseId) -> dict[str, Any]:
    case, place = store.case(case_id), best_place(store.claims(case_id))
    return {
        "kind": "case",
        "id": case_id,
        "text": str(case_id if case is None else case.number),
        "lon": None if place is None else place.point.lon,
        "lat": None if place is None else place.point.lat,
    }
