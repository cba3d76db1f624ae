"""Distances between places a few kilometres apart at most, on a plane that touches the earth."""

from __future__ import annotations

import math

from geo.model import Point

__all__ = ["M_PER_DEG", "near_distance_m"]

M_PER_DEG = 111_320.0


def near_distance_m(one: Point, other: Point) -> float:
    """Return metres between two points at most a few kilometres apart.

    Examples
    --------
    >>> round(near_distance_m(Point(118.0, 25.0), Point(118.0, 25.01)))
    1113
    """
    east = (one.lon - other.lon) * math.cos(math.radians(one.lat))
    return math.hypot(east, one.lat - other.lat) * M_PER_DEG
