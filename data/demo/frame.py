"""The district's plane: metres east and north of its south-west corner, and WGS84 degrees."""

from __future__ import annotations

import itertools
import math
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
import shapely

from geo.model import Floats

__all__ = ["ORIGIN_LONLAT", "equal_runs", "segments_m", "stream", "to_lonlat"]

ORIGIN_LONLAT = (118.55, 24.95)
"""South-west corner of the invented district."""

_LAT_RAD = math.radians(25.1)
_M_PER_DEG_LAT = 111132.92 - 559.82 * math.cos(2 * _LAT_RAD) + 1.175 * math.cos(4 * _LAT_RAD)
_M_PER_DEG_LON = 111412.84 * math.cos(_LAT_RAD) - 93.5 * math.cos(3 * _LAT_RAD)


def to_lonlat(xy_m: Floats) -> Floats:
    """Turn plane metres of shape (n, 2) into WGS84 degrees of the same shape."""
    degrees = np.asarray(ORIGIN_LONLAT) + xy_m / np.asarray([_M_PER_DEG_LON, _M_PER_DEG_LAT])
    return np.asarray(degrees, dtype=np.float64)


def segments_m(line_m: Floats) -> npt.NDArray[np.object_]:
    """Return the pieces between neighbouring vertices of a line of shape (n, 2)."""
    pieces = shapely.linestrings(np.stack([line_m[:-1], line_m[1:]], axis=1))
    return np.atleast_1d(np.asarray(pieces, dtype=np.object_))


def equal_runs(state: npt.NDArray[Any]) -> list[tuple[int, int]]:
    """Return start and end of each stretch of equal values.

    Examples
    --------
    >>> equal_runs(np.array([0, 0, 1, 0]))
    [(0, 2), (2, 3), (3, 4)]
    """
    cuts = [0, *(np.flatnonzero(state[1:] != state[:-1]) + 1).tolist(), len(state)]
    return list(itertools.pairwise(cuts))


def stream(seed: int, part: str) -> np.random.Generator:
    """Return the random stream of one part, so that parts do not disturb each other."""
    return np.random.default_rng([seed, crc32(part.encode())])
