"""The nearest of several places by travel time, or as the crow flies where no road leads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo import coordinates
from geo.model import Floats, HourBand, Ints
from geo.ports import ProgressListener, TravelEngine

__all__ = ["Nearest", "nearest"]

_CHUNK = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """The nearest target of each point, arrays of shape (n,).

    Parameters
    ----------
    index
        Position among the targets; -1 where the point is nan or there is no target.
    travel_s
        Seconds from the target to the point; ``inf`` where the choice is by straight line.
    distance_m
        Metres along that road, otherwise of the straight line; ``inf`` where there is no answer.
    """

    index: Ints
    travel_s: Floats
    distance_m: Floats

    def __post_init__(self) -> None:
        for array in (self.index, self.travel_s, self.distance_m):
            array.flags.writeable = False

    @property
    def by_road(self) -> npt.NDArray[np.bool_]:
        """Whether the choice rests on travel time."""
        return np.isfinite(self.travel_s)


def nearest(
    points_lonlat: Floats,
    targets_lonlat: Floats,
    *,
    engine: TravelEngine | None = None,
    profile: str = "car",
    band: HourBand = HourBand.MIDDAY,
    progress: ProgressListener | None = None,
) -> Nearest:
    """Choose for each point the target from which it is reached soonest.

    Parameters
    ----------
    points_lonlat, targets_lonlat
        WGS84 degrees, shapes (n, 2) and (m, 2); a point may be nan, a target may not.
    engine
        Travel times; without one all is decided by straight line.

    Raises
    ------
    TravelError
        If the engine does not know the profile.
    """
    points = np.asarray(points_lonlat, dtype=np.float64).reshape(-1, 2)
    targets = np.asarray(targets_lonlat, dtype=np.float64).reshape(-1, 2)
    index = np.full(len(points), -1)
    travel_s, distance_m = np.full(len(points), np.inf), np.full(len(points), np.inf)
    known = np.flatnonzero(np.isfinite(points).all(axis=1))
    for begin in range(0, len(known) if len(targets) else 0, _CHUNK):
        rows = known[begin : begin + _CHUNK]
        part = points[rows]
        straight = np.stack([coordinates.distance_m(part, target) for target in targets])
        index[rows], distance_m[rows] = straight.argmin(axis=0), straight.min(axis=0)
        if engine is not None:
            travel = engine.matrix(targets, part, profile=profile, band=band)
            best = travel.travel_s.argmin(axis=0)
            column = np.arange(len(rows))
            reached = np.isfinite(travel.travel_s[best, column])
            found, best, column = rows[reached], best[reached], column[reached]
            index[found] = best
            travel_s[found] = travel.travel_s[best, column]
            distance_m[found] = travel.length_m[best, column]
        if progress is not None:
            progress(begin + len(rows), len(known))
    return Nearest(index, travel_s, distance_m)
