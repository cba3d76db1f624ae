"""The line of a trip and its list of turns, from the parts of roads that it drives."""

from __future__ import annotations

from itertools import groupby

import numpy as np

from geo.model import Floats, Ints, Point, Turn, TurnKind
from geo.network import RoadNetwork
from geo.roadtags import RoadClass
from geo.travel.compiled import compiled
from geo.travel.costs import LENGTH_SPAN
from geo.travel.turns import turn_kind

__all__ = ["names_along", "trace", "turn_list"]

_LOOK_DEG = 0.00015  # some 15 m: how far a bearing looks along the line
_ONWARD = frozenset((TurnKind.STRAIGHT, TurnKind.SLIGHT_LEFT, TurnKind.SLIGHT_RIGHT))
_NO_ROADS = (RoadClass.GATE, RoadClass.TOLL_BOOTH)


@compiled
def trace(
    offset: Ints,
    lonlat: Floats,
    share: Floats,
    road: Ints,
    from_share: Floats,
    to_share: Floats,
    start: Floats,
    end: Floats,
) -> tuple[Floats, Ints]:
    """Return the points from ``start`` over parts of roads to ``end``, and where parts begin.

    Points that repeat the one before are left out; the line has two points at least.

    Parameters
    ----------
    offset, lonlat, share
        Points of the roads, and the share of the road's length behind each.
    road, from_share, to_share
        Parts in the order of travel; against the drawing ``from_share`` is the larger.
    start, end
        Longitude and latitude.
    """
    size = 2 + 2 * len(road)
    for i in range(len(road)):
        size += offset[road[i] + 1] - offset[road[i]]
    points = np.empty((size, 2))
    begins = np.empty(len(road), dtype=np.int64)
    points[0] = start
    n = 1
    for i in range(len(road)):
        begin, stop = offset[road[i]], offset[road[i] + 1]
        a, b = from_share[i], to_share[i]
        onward = a <= b
        step = 1 if onward else -1
        k = begin if onward else stop - 1
        while begin <= k < stop and ((share[k] <= a) if onward else (share[k] >= a)):
            k += step
        n = _add(points, n, begin, stop, lonlat, share, a)
        begins[i] = n - 1
        while begin <= k < stop and ((share[k] < b) if onward else (share[k] > b)):
            n = _put(points, n, lonlat[k, 0], lonlat[k, 1])
            k += step
        n = _add(points, n, begin, stop, lonlat, share, b)
    n = _put(points, n, end[0], end[1])
    if n == 1:
        points[1] = end
        n = 2
    return points[:n], begins


@compiled
def _put(points: Floats, n: int, lon: float, lat: float) -> int:
    if abs(points[n - 1, 0] - lon) <= 1e-9 and abs(points[n - 1, 1] - lat) <= 1e-9:
        return n
    points[n, 0], points[n, 1] = lon, lat
    return n + 1


@compiled
def _add(
    points: Floats, n: int, begin: int, stop: int, lonlat: Floats, share: Floats, at: float
) -> int:
    """Put the point at a share of a road's length."""
    low, high = begin, stop - 1
    while high - low > 1:
        middle = (low + high) // 2
        if share[middle] <= at:
            low = middle
        else:
            high = middle
    gap = share[high] - share[low]
    t = (at - share[low]) / gap if gap > 0.0 else 0.0
    t = min(max(t, 0.0), 1.0)
    lon = lonlat[low, 0] + t * (lonlat[high, 0] - lonlat[low, 0])
    lat = lonlat[low, 1] + t * (lonlat[high, 1] - lonlat[low, 1])
    return _put(points, n, lon, lat)


@compiled
def _angles(points: Floats, begins: Ints) -> Floats:
    """Return the turning angle where each part begins, in degrees, positive to the left."""
    angles = np.zeros(len(begins))
    for i in range(1, len(begins)):
        k = begins[i]
        a, b = k, k
        while a > 0 and _far(points, a, k) < _LOOK_DEG:
            a -= 1
        while b < len(points) - 1 and _far(points, b, k) < _LOOK_DEG:
            b += 1
        squeeze = np.cos(np.radians(points[k, 1]))
        ux, uy = (points[k, 0] - points[a, 0]) * squeeze, points[k, 1] - points[a, 1]
        vx, vy = (points[b, 0] - points[k, 0]) * squeeze, points[b, 1] - points[k, 1]
        angles[i] = np.degrees(np.arctan2(ux * vy - uy * vx, ux * vx + uy * vy))
    return angles


@compiled
def _far(points: Floats, a: int, b: int) -> float:
    return float(abs(points[a, 0] - points[b, 0]) + abs(points[a, 1] - points[b, 1]))


def names_along(network: RoadNetwork, road: Ints) -> tuple[str, ...]:
    """Return the names of roads in order, without repeats in a row and without the nameless."""
    used = network.name_id[road]
    used = used[used > 0]
    return tuple(network.names[name] for name, _ in groupby(used.tolist()))


def turn_list(
    network: RoadNetwork,
    points: Floats,
    begins: Ints,
    road: Ints,
    arc_costs: Floats,
) -> tuple[Turn, ...]:
    """Return what a driver does, from departure to arrival.

    A new line begins where the name of the road changes or the way bends at a junction.

    Parameters
    ----------
    points, begins
        The line, and where parts begin in it.
    road
        Road of each part.
    arc_costs
        Packed cost of each part with the turn before it.
    """
    packed = arc_costs.astype(np.int64)
    travel_s, length_m = (packed // LENGTH_SPAN) / 1000.0, (packed % LENGTH_SPAN) / 10.0
    angles = _angles(points, begins).tolist()
    names = network.name_id[road].tolist()
    proper = (~np.isin(network.road_class[road], _NO_ROADS)).tolist()
    starts: list[tuple[int, TurnKind]] = []
    last = -1
    for part, name in enumerate(names):
        if not proper[part]:
            continue
        kind = turn_kind(angles[part]) if starts else TurnKind.DEPART
        if not starts or name != last or kind not in _ONWARD:
            starts.append((part, kind))
        last = name
    if not starts:  # walked, or at a gate
        starts = [(0, TurnKind.DEPART)]
    bounds = [0, *(part for part, _ in starts[1:]), len(names)]
    lines = []
    for (part, kind), begin, end in zip(starts, bounds[:-1], bounds[1:], strict=True):
        lon, lat = points[begins[part] if names else 0].tolist()
        name = network.names[names[part]] if names else ""
        metres, seconds = float(length_m[begin:end].sum()), float(travel_s[begin:end].sum())
        lines.append(Turn(kind, Point(lon, lat), name, metres, seconds))
    lon, lat = points[-1].tolist()
    return (*lines, Turn(TurnKind.ARRIVE, Point(lon, lat), "", 0.0, 0.0))
