"""Which roads can be both reached and left: the largest strongly connected parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.model import Floats
from geo.network import PartReport
from geo.roadchains import Segments
from geo.roadtags import AccessLevel, TravelMode

__all__ = ["Parts", "parts"]

_PARTS = (
    ("motor", TravelMode.MOTOR, AccessLevel.RESTRICTED),
    ("motor_gated", TravelMode.MOTOR, AccessLevel.GATED),
    ("bicycle", TravelMode.BICYCLE, AccessLevel.RESTRICTED),
    ("foot", TravelMode.FOOT, AccessLevel.RESTRICTED),
)


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Which pieces lie in the largest part of somebody, shape (n,), and what lies outside."""

    kept: npt.NDArray[np.bool_]
    reports: tuple[PartReport, ...]


def parts(segments: Segments, node_count: int) -> Parts:
    """Find the largest part, by length, of cars, cars that open gates, bicycles and walkers.

    In such a part every place can be reached from every other.
    """
    kept = np.zeros(len(segments), dtype=bool)
    reports = []
    for name, mode, least in _PARTS:
        usable = segments.access[:, :, mode] >= least
        used = usable.any(axis=1)
        part = _strong_parts(segments, node_count, usable)
        within = used & (part[segments.tail] == part[segments.head])
        size_m: Floats = np.bincount(
            part[segments.tail[within]], weights=segments.length_m[within]
        ).astype(np.float64)
        count = np.bincount(part[segments.tail[within]])
        largest = _largest(size_m, count)
        inside = within & (part[segments.tail] == largest)
        outside = used & ~inside
        kept |= inside
        reports.append(
            PartReport(
                name=name,
                roads_outside=int(outside.sum()),
                km_outside=round(float(segments.length_m[outside].sum()) / 1000.0, 3),
                islands=max(int((count > 0).sum()) - 1, 0),
            )
        )
    return Parts(kept, tuple(reports))


def _strong_parts(
    segments: Segments, node_count: int, usable: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int32]:
    along, against = usable.T
    start = np.concatenate([segments.tail[along], segments.head[against]])
    end = np.concatenate([segments.head[along], segments.tail[against]])
    ones = np.ones(len(start), dtype=np.int8)
    matrix = coo_array((ones, (start, end)), shape=(node_count, node_count)).tocsr()
    _, part = connected_components(matrix, directed=True, connection="strong")
    return np.asarray(part, dtype=np.int32)


def _largest(size_m: Floats, count: npt.NDArray[np.intp]) -> int:
    """Return the part with most length; of parts without length, the one with most pieces."""
    if not len(size_m):
        return -1
    return int(np.lexsort((-np.arange(len(count)), count, size_m))[-1])
