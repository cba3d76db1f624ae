"""The district's plane: metres east and north of its south-west corner, and WGS84 degrees."""

from __future__ import annotations

import math
from zlib import crc32

import numpy as np

from geo.model import Floats

__all__ = ["ORIGIN_LONLAT", "stream", "to_lonlat"]

ORIGIN_LONLAT = (118.55, 24.95)
"""South-west corner of the invented district."""

_LAT_RAD = math.radians(25.1)
_M_PER_DEG_LAT = 111132.92 - 559.82 * math.cos(2 * _LAT_RAD) + 1.175 * math.cos(4 * _LAT_RAD)
_M_PER_DEG_LON = 111412.84 * math.cos(_LAT_RAD) - 93.5 * math.cos(3 * _LAT_RAD)


def to_lonlat(xy_m: Floats) -> Floats:
    """Turn plane metres of shape (n, 2) into WGS84 degrees of the same shape."""
    return np.asarray(ORIGIN_LONLAT) + xy_m / np.asarray([_M_PER_DEG_LON, _M_PER_DEG_LAT])


def stream(seed: int, part: str) -> np.random.Generator:
    """Return the random stream of one part, so that parts do not disturb each other."""
    return np.random.default_rng([seed, crc32(part.encode())])
