"""Points moved to the nearest road, with the share of the road that lies behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo.model import Floats, Ints
from geo.network import RoadNetwork

__all__ = ["Plane", "Snapped", "Snapper"]

_EARTH_M = 6_371_009.0
_END_M = 0.1  # a point this near to the end of a road lies on the junction


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
        degree_m = np.radians(_EARTH_M)
        return np.array([degree_m * np.cos(np.radians(self.lat)), degree_m])


def near_m(a_lonlat: Floats, b_lonlat: Floats) -> Floats:
    """Return metres between points that are near each other; shapes broadcast."""
    east, north = np.moveaxis(np.radians(a_lonlat - b_lonlat), -1, 0)
    middle = np.radians((a_lonlat[..., 1] + b_lonlat[..., 1]) / 2.0)
    metres: Floats = _EARTH_M * np.hypot(east * np.cos(middle), north)
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
    """Finds the nearest of some roads; may be used by many threads."""

    def __init__(self, network: RoadNetwork, roads: Ints, *, limit_m: float) -> None:
        self.plane = Plane.around(network.geometry_lonlat)
        self._roads = roads
        self._limit_m = limit_m
        xy_m = self.plane.to_xy(network.geometry_lonlat)
        size = np.diff(network.geometry_offset)
        lines = shapely.linestrings(xy_m, indices=np.repeat(np.arange(len(size)), size))
        self._lines: npt.NDArray[np.object_] = np.asarray(lines, dtype=object)[roads]
        self._tree = shapely.STRtree(self._lines)

    def snap(self, points_lonlat: Floats) -> Snapped:
        """Return the nearest road of each point; of several as near, the first.

        Parameters
        ----------
        points_lonlat
            Finite degrees, shape (n, 2).
        """
        count = len(points_lonlat)
        road = np.full(count, -1, dtype=np.int64)
        fraction, distance_m = np.zeros(count), np.full(count, np.inf)
        lonlat = np.full((count, 2), np.nan)
        xy_m = self.plane.to_xy(points_lonlat)
        points = np.asarray(shapely.points(xy_m), dtype=object)
        # a planar distance may be off by a few in a hundred far from the middle
        which, line = self._tree.query_nearest(points, max_distance=self._limit_m * 1.1)
        order = np.lexsort((line, which))
        which, first = np.unique(which[order], return_index=True)
        line = line[order][first]
        near, at = self._lines[line], points[which]
        share = np.nan_to_num(shapely.line_locate_point(near, at, normalized=True))  # no length
        size_m = shapely.length(near)
        share = np.where(share * size_m <= _END_M, 0.0, share)
        share = np.where((1.0 - share) * size_m <= _END_M, 1.0, share)
        spots = shapely.line_interpolate_point(near, share, normalized=True)
        spots_lonlat = self.plane.to_lonlat(shapely.get_coordinates(spots))
        away_m = near_m(points_lonlat[which], spots_lonlat)
        within = away_m <= self._limit_m
        found = which[within]
        road[found] = self._roads[line[within]]
        fraction[found], distance_m[found] = share[within], away_m[within]
        lonlat[found] = spots_lonlat[within]
        return Snapped(road, fraction, distance_m, lonlat)
