"""The nearest road of a point: pieces of roads sorted into square cells, searched ring by ring.

Distances are on a plane touching the globe at the point itself, so they are as good at the edge
of a province as in its middle.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.model import Floats, Ints
from geo.roaddata import EARTH_M
from geo.travel.compiled import compiled
from geo.travel.kernels import Ranks

__all__ = ["END_M", "cells", "metres", "nearest", "shares"]

END_M = 0.1
"""A point this near to the end of a road lies on the junction."""

_DEGREE_M = EARTH_M * np.pi / 180.0
_SAME_M = 1e-6  # roads that meet are equally near, but for rounding


@compiled
def metres(a_lon: float, a_lat: float, b_lon: float, b_lat: float) -> float:
    """Return metres between two points that are near each other, in degrees."""
    middle = np.radians((a_lat + b_lat) / 2.0)
    east = (a_lon - b_lon) * _DEGREE_M * np.cos(middle)
    north = (a_lat - b_lat) * _DEGREE_M
    return float(np.sqrt(east * east + north * north))


@compiled
def shares(offset: Ints, lonlat: Floats) -> Floats:
    """Return for each point of each road the share of the road's length that lies behind it.

    A road without length has shares from 0 to 1 by the number of the point.
    """
    found = np.empty(len(lonlat))
    for r in range(len(offset) - 1):
        begin, end = offset[r], offset[r + 1]
        length_m = 0.0
        found[begin] = 0.0
        for k in range(begin + 1, end):
            length_m += metres(lonlat[k - 1, 0], lonlat[k - 1, 1], lonlat[k, 0], lonlat[k, 1])
            found[k] = length_m
        for k in range(begin, end):
            if length_m > 0.0:
                found[k] /= length_m
            else:
                found[k] = (k - begin) / max(end - begin - 1, 1)
        found[end - 1] = 1.0
    return found


@compiled
def cells(
    offset: Ints, lonlat: Floats, corner: Floats, cell: Floats, shape: Ints
) -> tuple[Floats, Ints, Ranks, Ranks]:
    """Return the shares of roads behind their points, and the pieces of roads in each cell.

    Pieces are ``first`` by cell, the road, and the point before it. ``corner`` and ``cell`` are
    in degrees; ``shape`` counts cells east and north. A piece is listed in each cell that its
    bounding box meets.
    """
    first = np.zeros(shape[0] * shape[1] + 1, dtype=np.int64)
    for count in (True, False):
        if not count:
            for c in range(len(first) - 1):
                first[c + 1] += first[c]
            fill = first[:-1].copy()
            road = np.empty(first[-1], dtype=np.int32)
            point = np.empty(first[-1], dtype=np.int32)
        for r in range(len(offset) - 1):
            for k in range(offset[r], max(offset[r + 1] - 1, offset[r])):
                west = int((min(lonlat[k, 0], lonlat[k + 1, 0]) - corner[0]) / cell[0])
                east = int((max(lonlat[k, 0], lonlat[k + 1, 0]) - corner[0]) / cell[0])
                south = int((min(lonlat[k, 1], lonlat[k + 1, 1]) - corner[1]) / cell[1])
                north = int((max(lonlat[k, 1], lonlat[k + 1, 1]) - corner[1]) / cell[1])
                for y in range(south, north + 1):
                    for x in range(west, east + 1):
                        c = y * shape[0] + x
                        if count:
                            first[c + 1] += 1
                        else:
                            road[fill[c]], point[fill[c]] = r, k
                            fill[c] += 1
    return shares(offset, lonlat), first, road, point


@compiled
def nearest(
    first: Ints,
    cell_road: Ranks,
    cell_point: Ranks,
    corner: Floats,
    cell: Floats,
    shape: Ints,
    lonlat: Floats,
    share: Floats,
    length_m: Floats,
    usable: npt.NDArray[np.bool_],
    limit_m: float,
    points_lonlat: Floats,
    road: Ints,
    fraction: Floats,
    distance_m: Floats,
    spots_lonlat: Floats,
) -> None:
    """Find for each point the nearest usable road within the limit; of several, the first.

    Writes the road (-1 for none), the share of its length behind the spot, the distance (inf
    for none) and the spot. A share that leaves less than ``END_M`` of the road is 0 or 1.
    """
    for i in range(len(points_lonlat)):
        lon, lat = points_lonlat[i]
        east_m, north_m = _DEGREE_M * np.cos(np.radians(lat)), _DEGREE_M
        x, y = np.floor((lon - corner[0]) / cell[0]), np.floor((lat - corner[1]) / cell[1])
        # sides of the point's own cell bound how near anything outside a ring can be
        side_m = min(
            min(lon - corner[0] - x * cell[0], corner[0] + (x + 1) * cell[0] - lon) * east_m,
            min(lat - corner[1] - y * cell[1], corner[1] + (y + 1) * cell[1] - lat) * north_m,
        )
        step_m = min(cell[0] * east_m, cell[1] * north_m)
        best_m, best_road, best_share = np.inf, -1, 0.0
        best_lon, best_lat = np.nan, np.nan
        # rings before the first one that meets the grid are empty
        away = max(max(-x, x - shape[0] + 1), max(-y, y - shape[1] + 1))
        ring = max(away, 0.0)
        while True:
            if side_m + (ring - 1.0) * step_m > min(best_m, limit_m) and ring > 0.0:
                break
            if x - ring < 0 and y - ring < 0 and x + ring >= shape[0] and y + ring >= shape[1]:
                last = True
            else:
                last = False
            for cy in range(int(max(y - ring, 0)), int(min(y + ring, shape[1] - 1)) + 1):
                edge = cy == y - ring or cy == y + ring
                stride = 1 if edge else max(int(2 * ring), 1)
                cx = int(x - ring)
                if edge and cx < 0:
                    cx = 0
                while cx <= x + ring:
                    if cx >= shape[0]:
                        break
                    if cx >= 0:
                        c = cy * shape[0] + cx
                        for k in range(first[c], first[c + 1]):
                            r = cell_road[k]
                            if not usable[r]:
                                continue
                            p = cell_point[k]
                            ax = (lonlat[p, 0] - lon) * east_m
                            ay = (lonlat[p, 1] - lat) * north_m
                            bx = (lonlat[p + 1, 0] - lonlat[p, 0]) * east_m
                            by = (lonlat[p + 1, 1] - lonlat[p, 1]) * north_m
                            square = bx * bx + by * by
                            t = 0.0
                            if square > 0.0:
                                t = min(max(-(ax * bx + ay * by) / square, 0.0), 1.0)
                            ex, ey = ax + t * bx, ay + t * by
                            d = np.sqrt(ex * ex + ey * ey)
                            if d < best_m - _SAME_M or (d <= best_m + _SAME_M and r < best_road):
                                best_m, best_road = d, r
                                best_share = share[p] + t * (share[p + 1] - share[p])
                                best_lon = lonlat[p, 0] + t * (lonlat[p + 1, 0] - lonlat[p, 0])
                                best_lat = lonlat[p, 1] + t * (lonlat[p + 1, 1] - lonlat[p, 1])
                    cx += stride
            if last:
                break
            ring += 1.0
        if best_m <= limit_m:
            if best_share * length_m[best_road] <= END_M:
                best_share = 0.0
            if (1.0 - best_share) * length_m[best_road] <= END_M:
                best_share = 1.0
            road[i], fraction[i], distance_m[i] = best_road, best_share, best_m
            spots_lonlat[i, 0], spots_lonlat[i, 1] = best_lon, best_lat
        else:
            road[i], fraction[i], distance_m[i] = -1, 0.0, np.inf
            spots_lonlat[i, 0], spots_lonlat[i, 1] = np.nan, np.nan
