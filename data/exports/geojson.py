"""A plan as GeoJSON: one point a stop, one line a route."""

from __future__ import annotations

import json
from typing import Any

from data.exports.model import PlanSheet, RouteSheet, StopSheet
from geo.model import Datum

__all__ = ["render"]


def render(sheet: PlanSheet) -> bytes:
    """Return UTF-8 GeoJSON.

    RFC 7946 knows WGS84 alone. Another datum is named by the members ``datum`` and ``note``
    of the collection and by ``datum`` of each feature.
    """
    features = [
        feature
        for route in sheet.routes
        for feature in (
            *_route_features(sheet, route),
            *(_stop_feature(sheet, route, row, s) for row, s in enumerate(route.stops, start=1)),
        )
    ]
    collection: dict[str, Any] = {
        "type": "FeatureCollection",
        "title": sheet.title,
        "made_at": sheet.made_at.isoformat(),
        "problem": sheet.problem_id,
        "datum": sheet.datum.value,
    }
    if sheet.datum is not Datum.WGS84:
        collection["note"] = sheet.datum_text
    if sheet.mark:
        collection["mark"] = sheet.mark
        for feature in features:
            feature["properties"]["mark"] = sheet.mark
    collection["features"] = features
    return json.dumps(collection, ensure_ascii=False, allow_nan=False, indent=1).encode()


def _route_features(sheet: PlanSheet, route: RouteSheet) -> list[dict[str, Any]]:
    if route.path_lonlat is None or len(route.path_lonlat) < 2:
        return []
    return [
        {
            "type": "Feature",
            "id": f"route:{route.shift}",
            "geometry": {"type": "LineString", "coordinates": route.path_lonlat.round(7).tolist()},
            "properties": {
                "kind": "route",
                "shift": route.shift,
                "team": route.team_name,
                "day": route.day.isoformat(),
                "leaves": route.leaves.isoformat(),
                "returns": route.returns.isoformat(),
                "travel_s": route.travel_s,
                "length_m": route.length_m,
                "datum": sheet.datum.value,
            },
        }
    ]


def _stop_feature(sheet: PlanSheet, route: RouteSheet, row: int, stop: StopSheet) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": f"stop:{route.shift}:{row}",
        "geometry": {"type": "Point", "coordinates": [stop.lon, stop.lat]},
        "properties": {
            "kind": stop.kind.value,
            "number": stop.number,
            "ref": stop.ref,
            "shift": route.shift,
            "team": route.team_name,
            "day": route.day.isoformat(),
            "arrival": stop.arrival.isoformat(),
            "start": stop.start.isoformat(),
            "departure": stop.departure.isoformat(),
            "title": stop.title,
            "case_number": stop.case_number,
            "debtor": stop.debtor,
            "address": stop.address,
            "escort_station": stop.escort_station,
            "hazards": list(stop.hazards),
            "documents": list(stop.documents),
            "findings": [
                {"rule": f.rule, "verdict": f.verdict, "text": f.text, "citation": f.citation}
                for f in stop.findings
            ],
            "datum": sheet.datum.value,
            **({"navigation": stop.link} if stop.link else {}),
        },
    }
