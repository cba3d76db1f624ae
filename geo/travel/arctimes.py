"""The loop that prices arcs; the formula is that of :func:`geo.travel.profiles.arc_costs`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.model import Floats, Ints
from geo.travel.compiled import compiled
from geo.travel.costs import LENGTH_SPAN, LONGEST_S, NEVER

__all__ = ["arc_times"]

_LONGEST_MS = LONGEST_S * 1000.0
_Flags = npt.NDArray[np.bool_]
_Bytes = npt.NDArray[np.uint8]


@compiled
def arc_times(
    length_m: Floats,
    road_class: _Bytes,
    limit_kmh: npt.NDArray[np.float32],
    access: _Bytes,
    least_access: int,
    closed: _Flags,
    default_kmh: Floats,
    most_kmh: Floats,
    share: Floats,
    slow: Floats,
    tagged: _Flags,
    time_factor: Floats,
    passing_s: Floats,
) -> Ints:
    """Return packed costs along and against each road, shape (roads, 2).

    ``limit_kmh`` and ``access`` have that shape too; the others go by road class, ``slow`` by
    class and level of access. A road that takes longer than any trip costs a whole trip.
    """
    priced = np.empty(access.shape, dtype=np.int64)
    for road in range(len(length_m)):
        kind, metres = road_class[road], length_m[road]
        decimetres = np.int64(np.rint(metres * 10.0))
        for way in range(2):
            level = access[road, way]
            if level < least_access or closed[kind]:
                priced[road, way] = NEVER
                continue
            limit = np.float64(limit_kmh[road, way])
            if not (tagged[kind] and limit > 0.0):
                limit = default_kmh[kind]
            speed = min(limit, most_kmh[kind]) * share[kind] * slow[kind, level]
            seconds = metres / (speed / 3.6) * time_factor[kind] + passing_s[kind]
            whole = min(max(np.rint(seconds * 1000.0), 1.0), _LONGEST_MS)
            priced[road, way] = np.int64(whole) * LENGTH_SPAN + decimetres
    return priced
