"""Points moved to the nearest road, with the share of the road that lies behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.model import Floats, Ints
from geo.network import RoadNetwork
from geo.roaddata import EARTH_M
from geo.travel import grid

__all__ = ["Plane", "Snapped", "Snapper", "near_m"]

_CELLS_PER_PIECE = 0.5
_MOST_CELLS = 1 << 24


@dataclass(frozen=True, slots=True)
class Plane:
    """Metres east and north of a middle point; good for the size of a prefecture."""

    lon: float
    lat: float

    @classmethod
    def around(cls, lonlat: Floats) -> Plane:
        """Return the plane around the middle of some points."""
        lon, lat = (lonlat.min(axis=0) + lonlat.max(axis=0)) / 2.0
        return cls(float(lon), float(lat))

    def to_xy(self, lonlat: Floats) -> Floats:
        """Return metres for degrees, shape (n, 2)."""
        return (lonlat - (self.lon, self.lat)) * self._scale_m()

    def to_lonlat(self, xy_m: Floats) -> Floats:
        """Return degrees for metres, shape (n, 2)."""
        return xy_m / self._scale_m() + (self.lon, self.lat)

    def _scale_m(self) -> Floats:
        degree_m = np.radians(EARTH_M)
        return np.array([degree_m * np.cos(np.radians(self.lat)), degree_m])


def near_m(a_lonlat: Floats, b_lonlat: Floats) -> Floats:
    """Return metres between points that are near each other; shapes broadcast."""
    east, north = np.moveaxis(np.radians(a_lonlat - b_lonlat), -1, 0)
    middle = np.radians((a_lonlat[..., 1] + b_lonlat[..., 1]) / 2.0)
    metres: Floats = EARTH_M * np.hypot(east * np.cos(middle), north)
    return metres


@dataclass(frozen=True, slots=True, eq=False)
class Snapped:
    """Where points meet the roads.

    Parameters
    ----------
    road
        Row of the road, -1 where no road lies within the limit.
    fraction
        Share of the road's length from its tail to the point, 0 to 1.
    distance_m
        Straight way from the point to the road; inf beyond the limit.
    lonlat
        Position on the road, shape (n, 2); nan beyond the limit.
    """

    road: Ints
    fraction: Floats
    distance_m: Floats
    lonlat: Floats


class Snapper:
    """Finds the nearest of some roads; may be used by many threads.

    Parameters
    ----------
    network
        The roads.
    limit_m
        How far a point may lie from a road.
    """

    def __init__(self, network: RoadNetwork, *, limit_m: float) -> None:
        self._lonlat = np.ascontiguousarray(network.geometry_lonlat, dtype=np.float64)
        self._length_m = network.length_m
        self._limit_m = limit_m
        offset = network.geometry_offset
        lon, lat = self._lonlat.T  # numpy is slow along the other axis
        low = np.array([lon.min(), lat.min()])
        high = np.array([lon.max(), lat.max()])
        wide = np.maximum(high - low, 1e-6) * (np.cos(np.radians((low[1] + high[1]) / 2)), 1.0)
        count = min(max(len(self._lonlat) * _CELLS_PER_PIECE, 1.0), _MOST_CELLS)
        side = max(float(np.sqrt(wide[0] * wide[1] / count)), float(wide.max()) / 8192.0)
        self._cell = np.maximum(high - low, 1e-6) / wide * side
        self._corner = low - self._cell / 2.0
        self._shape = ((high - self._corner) / self._cell).astype(np.int64) + 1
        self.share, self._first, self._road, self._point = grid.cells(
            offset, self._lonlat, self._corner, self._cell, self._shape
        )

    def snap(self, points_lonlat: Floats, usable: npt.NDArray[np.bool_]) -> Snapped:
        """Return the nearest usable road of each point; of several as near, the first.

        Parameters
        ----------
        points_lonlat
            Finite degrees, shape (n, 2).
        usable
            Which roads may be taken, shape (roads,).
        """
        count = len(points_lonlat)
        road = np.empty(count, dtype=np.int64)
        fraction, distance_m = np.empty(count), np.empty(count)
        spots_lonlat = np.empty((count, 2))
        grid.nearest(
            self._first,
            self._road,
            self._point,
            self._corner,
            self._cell,
            self._shape,
            self._lonlat,
            self.share,
            self._length_m,
            usable,
            self._limit_m,
            points_lonlat,
            road,
            fraction,
            distance_m,
            spots_lonlat,
        )
        return Snapped(road, fraction, distance_m, spots_lonlat)
