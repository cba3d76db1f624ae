"""The line of a trip and its list of turns, from the parts of roads that it drives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import overload

import numpy as np
import numpy.typing as npt

from geo.model import Floats, Ints, Point, Turn, TurnKind
from geo.network import RoadNetwork
from geo.roadtags import RoadClass
from geo.travel.compiled import compiled
from geo.travel.costs import LENGTH_SPAN
from geo.travel.kernels import Ranks
from geo.travel.turns import SLIGHT_DEG, turn_kind

__all__ = ["TurnList", "names_along", "trace"]

Classes = npt.NDArray[np.uint8]

_LOOK_DEG = 0.00015  # some 15 m: how far a bearing looks along the line
_GATE, _TOLL_BOOTH = RoadClass.GATE.value, RoadClass.TOLL_BOOTH.value


@compiled
def trace(
    offset: Ints,
    lonlat: Floats,
    share: Floats,
    road: Ints,
    from_share: Floats,
    to_share: Floats,
    ends_lonlat: Floats,
) -> tuple[Floats, Ints]:
    """Return the points from one end over parts of roads to the other, and where parts begin.

    Points that repeat the one before are left out; the line has two points at least.

    Parameters
    ----------
    offset, lonlat, share
        Points of the roads, and the share of the road's length behind each.
    road, from_share, to_share
        Parts in the order of travel; against the drawing ``from_share`` is the larger.
    ends_lonlat
        Longitude and latitude of both ends, shape (2, 2).
    """
    size = 2 + 2 * len(road)
    for i in range(len(road)):
        size += offset[road[i] + 1] - offset[road[i]]
    points = np.empty((size, 2))
    begins = np.empty(len(road), dtype=np.int64)
    points[0, 0], points[0, 1] = ends_lonlat[0]
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
    n = _put(points, n, ends_lonlat[1, 0], ends_lonlat[1, 1])
    if n == 1:
        points[1, 0], points[1, 1] = ends_lonlat[1]
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


@compiled
def _lines(
    points: Floats,
    begins: Ints,
    road: Ints,
    part_costs: Floats,
    name_id: Ranks,
    road_class: Classes,
) -> tuple[Ints, Floats, Floats, Floats]:
    """Return the first part of each line of a turn list (-1: walked), angles, seconds, metres.

    Angles are those of all parts.

    A new line begins where the name of the road changes or the way bends by more than a slight
    turn. Gates and toll booths belong to the road before them.
    """
    part = np.empty(len(road) + 1, dtype=np.int64)
    travel_s, length_m = np.zeros(len(road) + 1), np.zeros(len(road) + 1)
    angles = _angles(points, begins)
    n, last = 0, -1
    for i in range(len(road)):
        proper = road_class[road[i]] != _GATE and road_class[road[i]] != _TOLL_BOOTH
        name = name_id[road[i]]
        if n == 0 or (proper and last >= 0 and (name != last or abs(angles[i]) > SLIGHT_DEG)):
            part[n] = i
            n += 1
        if proper:
            last = name
            if name != name_id[road[part[n - 1]]]:
                part[n - 1] = i  # the trip began at a gate
        packed = np.int64(part_costs[i])
        travel_s[n - 1] += (packed // LENGTH_SPAN) / 1000.0
        length_m[n - 1] += (packed % LENGTH_SPAN) / 10.0
    if n == 0:  # walked
        part[0], n = -1, 1
    return part[:n], angles, travel_s[:n], length_m[:n]


@compiled
def _names(road: Ints, name_id: Ranks) -> Ints:
    found = np.empty(len(road), dtype=np.int64)
    n = 0
    for i in range(len(road)):
        name = name_id[road[i]]
        if name > 0 and (n == 0 or found[n - 1] != name):
            found[n] = name
            n += 1
    return found[:n]


def names_along(network: RoadNetwork, road: Ints) -> tuple[str, ...]:
    """Return the names of roads in order, without repeats in a row and without the nameless."""
    names = network.names
    return tuple([names[name] for name in _names(road, network.name_id).tolist()])


class TurnList(Sequence[Turn]):
    """What a driver does, from departure to arrival; lines are made when they are read.

    Parameters
    ----------
    network
        The roads.
    lonlat, begins
        The line of the trip, and where its parts begin in it.
    road
        Road of each part.
    part_costs
        Packed cost of each part with the turn before it.
    """

    def __init__(
        self, network: RoadNetwork, lonlat: Floats, begins: Ints, road: Ints, part_costs: Floats
    ) -> None:
        self._network = network
        self._lonlat = lonlat
        self._begins = begins
        self._road = road
        self._part_costs = part_costs

    @cached_property
    def _lines(self) -> tuple[Ints, Floats, Floats, Floats]:
        network = self._network
        return _lines(
            self._lonlat,
            self._begins,
            self._road,
            self._part_costs,
            network.name_id,
            network.road_class,
        )

    def __len__(self) -> int:
        return len(self._lines[0]) + 1

    def __iter__(self) -> Iterator[Turn]:
        part, angle_of, travel_s_of, length_m_of = self._lines
        where = self._begins[part] if len(self._begins) else part * 0
        lonlat = self._lonlat[where].tolist()
        angles = angle_of[part].tolist() if len(angle_of) else [0.0]
        roads = self._road[part] if len(self._road) else self._road
        ids = self._network.name_id[roads].tolist() or [0]
        names = self._network.names
        rows = zip(lonlat, angles, ids, length_m_of.tolist(), travel_s_of.tolist(), strict=True)
        for row, ((lon, lat), angle, name_id, length_m, travel_s) in enumerate(rows):
            kind = turn_kind(angle) if row else TurnKind.DEPART
            yield Turn(kind, Point(lon, lat), names[name_id], length_m, travel_s)
        lon, lat = self._lonlat[-1].tolist()
        yield Turn(TurnKind.ARRIVE, Point(lon, lat), "", 0.0, 0.0)

    @overload
    def __getitem__(self, row: int) -> Turn: ...

    @overload
    def __getitem__(self, row: slice) -> Sequence[Turn]: ...

    def __getitem__(self, row: int | slice) -> Turn | Sequence[Turn]:
        return tuple(self)[row]
