"""Points joined to the roads, and what lies between two of them besides junctions.

Costs are packed as in :mod:`geo.travel.costs`, here in float64, with inf for "never": sums and
comparisons of packed costs below ``LIMIT`` are exact there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.model import Floats, Ints
from geo.runs import rows_of
from geo.travel.compiled import compiled
from geo.travel.costs import LENGTH_SPAN, LIMIT
from geo.travel.grid import metres
from geo.travel.snapping import Snapped

__all__ = [
    "EDGE_SHARE",
    "SAME_ROAD_M",
    "TOUCH_M",
    "WALK_M_S",
    "Doors",
    "Ends",
    "Shut",
    "between",
    "join",
    "open_stretch",
    "settle",
]

WALK_M_S = 4.0 / 3.6
"""Speed on foot between a point and its road."""

EDGE_SHARE = 1e-9
"""A place this near to a closure's edge, as a share of the road's length, is at the edge.

It can be reached and left on the open side. It is less than half the least closed stretch, a
millimetre, on all roads of up to 500 km.
"""

SAME_ROAD_M = 50.0
"""Of two points beside one road, how much farther apart than their walks to it they may lie and
still be joined by a straight walk: nobody drives round the block to the house across. assumed.
"""

TOUCH_M = 1e-3
"""The same for points beside different roads: no more than what rounding may hide."""

_SPAN, _LIMIT = float(LENGTH_SPAN), float(LIMIT)


@dataclass(frozen=True, slots=True, eq=False)
class Shut:
    """Stretches of arcs on which nothing passes, apart from each other, in the order of travel.

    Parameters
    ----------
    arc
        ``2 r`` along road ``r`` and ``2 r + 1`` against it, in rising order, shape (k,).
    begin, end
        Shares of the arc's length from where it begins, shape (k,).
    """

    arc: Ints
    begin: Floats
    end: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Doors:
    """Points on the roads; column 0 of pairs is the arc along the road, column 1 against it.

    Parameters
    ----------
    lonlat
        The points, shape (n, 2).
    snapped
        Where they meet the roads.
    walk
        Cost of the straight way between point and road.
    done, left
        Cost on each arc from its beginning to the point, and from the point to its end; inf
        where that is barred. Shape (n, 2).
    passed, stretch
        Cost on each arc from its beginning to the point if nothing were barred, and the number
        of barred stretches behind the point, -1 on one; shape (n, 2).
    """

    lonlat: Floats
    snapped: Snapped
    walk: Floats
    done: Floats
    left: Floats
    passed: Floats
    stretch: Ints

    def some(self, rows: Ints) -> Doors:
        """Return some of the points."""
        snapped = self.snapped
        chosen = Snapped(
            snapped.road[rows],
            snapped.fraction[rows],
            snapped.distance_m[rows],
            snapped.lonlat[rows],
        )
        return Doors(
            self.lonlat[rows],
            chosen,
            self.walk[rows],
            self.done[rows],
            self.left[rows],
            self.passed[rows],
            self.stretch[rows],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Where searches begin or end: those of point ``i`` are at ``first[i]`` to ``first[i + 1]``.

    Parameters
    ----------
    first
        Shape (n + 1,).
    vertex
        Vertex of the search graph.
    cost
        Cost between point and vertex; below zero where the vertex lies beyond the point.
    arc
        Arc of a road on which the point is left or reached; -1 for a point on a junction.
    beyond
        Whether the vertex lies beyond the point, so that ``cost`` takes back what was too much.
    """

    first: Ints
    vertex: npt.NDArray[np.int32]
    cost: Floats
    arc: Ints
    beyond: npt.NDArray[np.bool_]

    def some(self, rows: Ints) -> Ends:
        """Return the ends of some points."""
        sizes = np.diff(self.first)[rows]
        first = np.append(0, np.cumsum(sizes))
        at = rows_of(self.first, rows)
        return Ends(first, self.vertex[at], self.cost[at], self.arc[at], self.beyond[at])

    def only(self, row: int) -> Ends:
        """Return the ends of one point."""
        first = self.first[row : row + 2] - self.first[row]
        at = slice(self.first[row], self.first[row + 1])
        return Ends(first, self.vertex[at], self.cost[at], self.arc[at], self.beyond[at])


def join(
    lonlat: Floats,
    snapped: Snapped,
    arc_weights: Floats,
    shut: Shut,
) -> Doors:
    """Return doors for snapped points.

    Parameters
    ----------
    arc_weights
        Cost of each arc, shape (2 roads,), as if nothing were closed for a time.
    shut
        Where nothing passes for a time.
    """
    count = len(lonlat)
    walk, done, left, passed = np.empty(count), *np.empty((3, count, 2))
    stretch = np.empty((count, 2), dtype=np.int64)
    _sides(
        snapped.road,
        snapped.fraction,
        snapped.distance_m,
        arc_weights,
        shut.arc,
        shut.begin,
        shut.end,
        walk,
        done,
        left,
        passed,
        stretch,
    )
    return Doors(lonlat, snapped, walk, done, left, passed, stretch)


@compiled
def _packed(seconds: float, length_m: float) -> float:
    return float(np.rint(seconds * 1000.0) * _SPAN + np.rint(length_m * 10.0))


@compiled
def open_stretch(
    arc: int, behind: float, shut_arc: Ints, shut_begin: Floats, shut_end: Floats
) -> tuple[int, int, int]:
    """Return the open stretch of an arc in which a share of it lies, and where its bars are.

    Returns
    -------
    stretch
        Number of barred stretches behind; -1 on one.
    next_bar, last_bar
        Row of the first barred stretch that is not behind, and the row after the arc's last.
    """
    first, last = int(np.searchsorted(shut_arc, arc)), int(np.searchsorted(shut_arc, arc + 1))
    over = first
    while over < last and shut_end[over] <= behind + EDGE_SHARE:
        over += 1
    if over < last and shut_begin[over] < behind - EDGE_SHARE:
        return -1, over, last
    return over - first, over, last


@compiled
def _sides(
    road: Ints,
    fraction: Floats,
    distance_m: Floats,
    arc_weights: Floats,
    shut_arc: Ints,
    shut_begin: Floats,
    shut_end: Floats,
    walk: Floats,
    done: Floats,
    left: Floats,
    passed: Floats,
    stretch: Ints,
) -> None:
    walk[:], done[:], left[:], passed[:], stretch[:] = np.inf, np.inf, np.inf, np.inf, -1
    for i in range(len(road)):
        r = road[i]
        if r < 0:
            continue
        walk[i] = _packed(distance_m[i] / WALK_M_S, distance_m[i])
        for d in range(2):
            whole = arc_weights[2 * r + d]
            behind = fraction[i] if d == 0 else 1.0 - fraction[i]
            if whole < np.inf:
                time_ms = np.floor(whole / _SPAN)
                length_dm = whole - time_ms * _SPAN
                passed[i, d] = np.rint(behind * time_ms) * _SPAN + np.rint(behind * length_dm)
                stretch[i, d], bar, last_bar = open_stretch(
                    2 * r + d, behind, shut_arc, shut_begin, shut_end
                )
                if stretch[i, d] == 0:
                    done[i, d] = passed[i, d]
                if bar == last_bar:
                    left[i, d] = whole - passed[i, d]
            # a point on a junction does not depend on where its road leads
            if behind == 0.0:
                done[i, d] = passed[i, d] = 0.0
                stretch[i, d] = 0
            if behind == 1.0:
                left[i, d] = 0.0


@compiled
def _along(
    from_fraction: float,
    from_passed: Floats,
    from_stretch: Ints,
    to_fraction: float,
    to_passed: Floats,
    to_stretch: Ints,
) -> float:
    """Return the cost between two points of one road without leaving it, or inf."""
    best = np.inf
    for d in range(2):
        ahead = to_fraction >= from_fraction if d == 0 else to_fraction <= from_fraction
        if ahead and from_stretch[d] == to_stretch[d] >= 0:
            best = min(best, to_passed[d] - from_passed[d])
    return best


def between(doors: Doors) -> tuple[float, float]:
    """Return the costs from the first of two points to the second along one road and on foot."""
    snapped = doors.snapped
    return _between(
        doors.lonlat,
        snapped.road,
        snapped.fraction,
        snapped.distance_m,
        doors.passed,
        doors.stretch,
    )


@compiled
def _between(
    lonlat: Floats,
    road: Ints,
    fraction: Floats,
    distance_m: Floats,
    passed: Floats,
    stretch: Ints,
) -> tuple[float, float]:
    on_road = np.inf
    if road[0] == road[1]:
        on_road = _along(fraction[0], passed[0], stretch[0], fraction[1], passed[1], stretch[1])
    slack_m = SAME_ROAD_M if road[0] == road[1] else TOUCH_M
    reach_m = distance_m[0] + distance_m[1] + slack_m
    on_foot = _straight(lonlat[0, 0], lonlat[0, 1], lonlat[1, 0], lonlat[1, 1], reach_m)
    return on_road, on_foot


@compiled
def _straight(
    from_lon: float, from_lat: float, to_lon: float, to_lat: float, reach_m: float
) -> float:
    """Return the cost of walking straight over, where that is no farther than ``reach_m``."""
    if abs(from_lat - to_lat) * 111_000.0 > reach_m:
        return np.inf
    away_m = metres(from_lon, from_lat, to_lon, to_lat)
    if away_m > reach_m:
        return np.inf
    return _packed(away_m / WALK_M_S, away_m)


def settle(
    origins: Doors,
    targets: Doors,
    near: Floats,
    ends: Ends,
    pin_of: Ints,
    rows: Ints,
    travel_s: Floats,
    length_m: Floats,
) -> None:
    """Write seconds and metres of whole trips, inf from the limit on.

    Parameters
    ----------
    near
        Costs from origins to pinned vertices, shape (origins, pins).
    ends
        Where the targets are reached.
    pin_of
        Column of ``near`` for each of these.
    rows
        Row of the answer for each origin.
    travel_s, length_m
        The answer, a column a target.
    """
    _settle(
        origins.lonlat,
        origins.snapped.road,
        origins.snapped.fraction,
        origins.snapped.distance_m,
        origins.walk,
        origins.passed,
        origins.stretch,
        targets.lonlat,
        targets.snapped.road,
        targets.snapped.fraction,
        targets.snapped.distance_m,
        targets.walk,
        targets.passed,
        targets.stretch,
        near,
        ends.first,
        ends.cost,
        pin_of,
        rows,
        travel_s,
        length_m,
    )


@compiled
def _settle(
    lonlat: Floats,
    road: Ints,
    fraction: Floats,
    distance_m: Floats,
    walk: Floats,
    passed: Floats,
    stretch: Ints,
    to_lonlat: Floats,
    to_road: Ints,
    to_fraction: Floats,
    to_distance_m: Floats,
    to_walk: Floats,
    to_passed: Floats,
    to_stretch: Ints,
    near: Floats,
    pin_first: Ints,
    pin_cost: Floats,
    pin_of: Ints,
    rows: Ints,
    travel_s: Floats,
    length_m: Floats,
) -> None:
    for i in range(len(road)):
        for j in range(len(to_road)):
            best, on_foot = np.inf, np.inf
            if road[i] >= 0 and to_road[j] >= 0:
                for k in range(pin_first[j], pin_first[j + 1]):
                    best = min(best, near[i, pin_of[k]] + pin_cost[k])
                if road[i] == to_road[j]:
                    by_road = _along(
                        fraction[i],
                        passed[i],
                        stretch[i],
                        to_fraction[j],
                        to_passed[j],
                        to_stretch[j],
                    )
                    best = min(best, by_road)
                slack_m = SAME_ROAD_M if road[i] == to_road[j] else TOUCH_M
                on_foot = _straight(
                    lonlat[i, 0],
                    lonlat[i, 1],
                    to_lonlat[j, 0],
                    to_lonlat[j, 1],
                    distance_m[i] + to_distance_m[j] + slack_m,
                )
            best = min(best + walk[i] + to_walk[j], on_foot)
            if best < _LIMIT:
                packed = np.int64(best)
                travel_s[rows[i], j] = (packed // LENGTH_SPAN) / 1000.0
                length_m[rows[i], j] = (packed % LENGTH_SPAN) / 10.0
            else:
                travel_s[rows[i], j] = length_m[rows[i], j] = np.inf
