"""Named places of a road file, kept beside its network so that the file is read once."""

from __future__ import annotations

import json
from dataclasses import astuple
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo.errors import NetworkCacheError
from geo.osmfile import HouseNumber, NamedPlace, OsmFeatures, Poi

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["load_places", "places_json"]

_VERSION = 2
_PER_DEG = 1_000_000  # buildings are kept to about 0.1 m
_NO_HOUSES = frozenset(  # buildings that never have a number of their own
    (
        *("roof", "garage", "garages", "carport", "shed", "greenhouse", "barn", "cowshed", "sty"),
        *("stable", "silo", "storage_tank", "transformer_tower", "water_tower", "bunker", "ruins"),
        *(
            "construction",
            "bridge",
            "toilets",
            "pavilion",
            "farm_auxiliary",
            "service",
            "container",
        ),
    )
)


def places_json(features: OsmFeatures) -> str:
    """Return house numbers, places, points of use and where buildings stand, as kept text."""
    return json.dumps(
        {
            "version": _VERSION,
            "house_numbers": [astuple(item) for item in features.house_numbers],
            "places": [astuple(item) for item in features.places],
            "pois": [astuple(item) for item in features.pois],
            "buildings": _packed(features.buildings),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def load_places(path: Path) -> OsmFeatures:
    """Read what :func:`places_json` wrote.

    Buildings come back as their middles; the other frames for the base map stay empty.

    Raises
    ------
    NetworkCacheError
        If the file is missing, damaged, or of another version.
    """
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["version"] != _VERSION:
            raise NetworkCacheError(
                "地名缓存 %(file)s 属于另一版本，请重新运行 fieldwrit network build",
                file=path.name,
            )
        return OsmFeatures(
            house_numbers=tuple(HouseNumber(*row) for row in kept["house_numbers"]),
            places=tuple(
                NamedPlace(kind, name, lon, lat, tuple(aliases))
                for kind, name, lon, lat, aliases in kept["places"]
            ),
            pois=tuple(
                Poi(name, kind, lon, lat, tuple(aliases))
                for name, kind, lon, lat, aliases in kept["pois"]
            ),
            buildings=_unpacked(kept["buildings"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, NetworkCacheError):
            raise
        raise NetworkCacheError(
            "地名缓存 %(file)s 缺失或损坏，请重新运行 fieldwrit network build", file=path.name
        ) from error


def _packed(buildings: gpd.GeoDataFrame) -> list[list[int]]:
    """Return the middles of houses as steps from one to the next, in millionths of a degree."""
    houses = buildings[~buildings["kind"].isin(_NO_HOUSES)]
    middles = shapely.get_coordinates(shapely.centroid(houses.geometry.to_numpy()))
    whole = np.round(middles * _PER_DEG).astype(np.int64)
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    return [steps[:, 0].tolist(), steps[:, 1].tolist()]


def _unpacked(steps: Any) -> gpd.GeoDataFrame:
    import geopandas as gpd

    lon, lat = (np.fromiter(accumulate(map(int, axis)), dtype=np.int64) for axis in steps)
    points = shapely.points(np.column_stack([lon, lat]) / _PER_DEG)
    blank = [""] * len(lon)
    data = {"kind": blank, "name": blank, "detail": blank}
    return gpd.GeoDataFrame(data, geometry=points, crs="EPSG:4326")
