"""Named places of a road file, kept beside its network so that the file is read once."""

from __future__ import annotations

import json
from dataclasses import astuple
from pathlib import Path

from geo.errors import NetworkCacheError
from geo.osmfile import HouseNumber, NamedPlace, OsmFeatures, Poi

__all__ = ["load_places", "places_json"]

_VERSION = 1


def places_json(features: OsmFeatures) -> str:
    """Return house numbers, places and points of use as the text that is kept."""
    return json.dumps(
        {
            "version": _VERSION,
            "house_numbers": [astuple(item) for item in features.house_numbers],
            "places": [astuple(item) for item in features.places],
            "pois": [astuple(item) for item in features.pois],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def load_places(path: Path) -> OsmFeatures:
    """Read what :func:`places_json` wrote; the frames for the base map stay empty.

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
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, NetworkCacheError):
            raise
        raise NetworkCacheError(
            "地名缓存 %(file)s 缺失或损坏，请重新运行 fieldwrit network build", file=path.name
        ) from error
