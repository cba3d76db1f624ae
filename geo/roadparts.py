"""Which roads can be both reached and left: the largest strongly connected parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.network import PartReport
from geo.roadchains import Segments
from geo.roadtags import AccessLevel, TravelMode
from geo.strongparts import largest_part, parts_of_roads

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
        part = parts_of_roads(node_count, segments.tail, segments.head, usable)
        within = used & (part[segments.tail] == part[segments.head])
        held = part[segments.tail[within]]
        largest = largest_part(held, segments.length_m[within])
        inside = within & (part[segments.tail] == largest)
        outside = used & ~inside
        kept |= inside
        reports.append(
            PartReport(
                name=name,
                roads_outside=int(outside.sum()),
                km_outside=round(float(segments.length_m[outside].sum()) / 1000.0, 3),
                islands=max(len(np.unique(held)) - 1, 0),
            )
        )
    return Parts(kept, tuple(reports))
