"""Boundaries of the district: jurisdiction, townships, grids and station territories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

from data.demo.frame import to_lonlat
from data.demo.plan import DISTRICT, DISTRICT_CODE, DistrictPlan
from data.demo.settlements import Settlements

__all__ = ["AreaRecord", "area_records", "as_feature_collection"]


@dataclass(frozen=True, slots=True, eq=False)
class AreaRecord:
    """One boundary in plane metres with the properties its feature carries."""

    code: str
    name: str
    kind: str
    parent_code: str | None
    shape: BaseGeometry


def area_records(plan: DistrictPlan, places: Settlements) -> tuple[AreaRecord, ...]:
    """Return all boundaries, the widest first; parts share their border vertices."""
    grids = np.asarray(places.grids, dtype=np.object_)
    home = np.asarray([village.township for village in places.villages])
    townships = [_union(grids[home == t]) for t in range(len(plan.townships))]
    records = [
        AreaRecord(DISTRICT_CODE, DISTRICT, "jurisdiction", None, _union(np.asarray(townships)))
    ]
    for town, code, shape in zip(plan.townships, places.township_codes, townships, strict=True):
        records.append(AreaRecord(code, town.full_name, "township", DISTRICT_CODE, shape))
    for village, shape in zip(places.villages, places.grids, strict=True):
        records.append(
            AreaRecord(
                village.code,
                village.full_name,
                "grid",
                places.township_codes[village.township],
                shape,
            )
        )
    for number, (name, members) in enumerate(plan.police, start=1):
        records.append(
            AreaRecord(
                f"PS{number:02d}",
                f"{name}辖区",
                "station_territory",
                DISTRICT_CODE,
                _union(grids[np.isin(home, members)]),
            )
        )
    return tuple(records)


def _union(shapes: np.ndarray[Any, np.dtype[np.object_]]) -> BaseGeometry:
    parts = shapely.get_parts(shapely.coverage_union_all(shapes))
    return parts[0] if len(parts) == 1 else MultiPolygon(list(parts))


def as_feature_collection(records: tuple[AreaRecord, ...]) -> dict[str, Any]:
    """Return GeoJSON in WGS84 degrees with seven decimals."""
    features = []
    for record in records:
        lonlat = shapely.transform(record.shape, lambda xy: np.round(to_lonlat(xy), 7))
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "code": record.code,
                    "name": record.name,
                    "kind": record.kind,
                    "parent_code": record.parent_code,
                },
                "geometry": lonlat.__geo_interface__,
            }
        )
    return {"type": "FeatureCollection", "features": features}
