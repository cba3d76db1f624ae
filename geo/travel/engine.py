"""Travel times, lengths and paths between points beside the roads."""

from __future__ import annotations

import threading
import warnings
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from shapely.ops import substring

from geo.errors import TravelError
from geo.model import Floats, HourBand, Ints, Point, TrafficDay, TravelMatrix, TravelPath
from geo.network import RoadNetwork
from geo.roadtags import RoadClass
from geo.travel import costs
from geo.travel.costs import LENGTH_SPAN, LIMIT, NEVER
from geo.travel.profiles import PROFILES, arc_costs, open_arcs
from geo.travel.snapping import Snapped, Snapper, near_m
from geo.travel.solvers import DijkstraSolver, Metric, Solver

__all__ = ["RoadEngine", "load_engine"]

_WALK_M_S = 4.0 / 3.6
_BLOCK = 512  # origins answered at once


@dataclass(frozen=True, slots=True, eq=False)
class _Doors:
    """Points on the roads, with the cost of leaving and of reaching them.

    Column 0 of the pairs goes along the road's drawing, column 1 against it.
    """

    lonlat: Floats
    snapped: Snapped
    walk: Ints  # straight way between point and road
    done: Ints  # cost from the road's beginning to the point, (n, 2)
    left: Ints  # cost from the point to the road's end, (n, 2)
    start_node: npt.NDArray[np.int64]  # where the road begins, (n, 2)
    end_node: npt.NDArray[np.int64]  # where it ends, (n, 2)


class RoadEngine:
    """Implements :class:`geo.ports.TravelEngine` on one network; may be used by many threads.

    A point is joined to the nearest road by a straight walk at 4 km/h. Two points that are no
    farther apart than these walks are long may also be joined by a straight walk.

    Parameters
    ----------
    network
        The roads.
    solver
        Finds quickest paths; arc ``2 r`` goes along road ``r``, arc ``2 r + 1`` against it.
    snap_limit_m
        A point farther than this from every road is unreachable.
    """

    def __init__(self, network: RoadNetwork, solver: Solver, *, snap_limit_m: float) -> None:
        self.network = network
        self._solver = solver
        self._snap_limit_m = snap_limit_m
        self._metrics: dict[tuple[str, HourBand, TrafficDay], tuple[Ints, Metric]] = {}
        self._snappers: dict[bytes, Snapper] = {}
        self._lock = threading.RLock()

    @property
    def profiles(self) -> tuple[str, ...]:
        """Names of the vehicle profiles."""
        return tuple(PROFILES)

    def snap(self, points_lonlat: Floats, *, profile: str = "car") -> Snapped:
        """Return the nearest road of each point, shape (n, 2), that the vehicle may stop on.

        Raises
        ------
        TravelError
            If the profile is unknown or a coordinate is nan.
        """
        return self._snapper(profile).snap(_points(points_lonlat))

    def matrix(
        self,
        origins_lonlat: Floats,
        targets_lonlat: Floats,
        *,
        profile: str = "car",
        band: HourBand = HourBand.MIDDAY,
        day: TrafficDay = TrafficDay.WORKDAY,
    ) -> TravelMatrix:
        """Return travel between all pairs; inputs have shapes (n, 2) and (m, 2).

        Raises
        ------
        TravelError
            If the profile or the band is unknown or a coordinate is nan.
        """
        arcs, metric = self._metric(profile, band, day)
        origins = self._doors(origins_lonlat, profile, arcs)
        targets = self._doors(targets_lonlat, profile, arcs)
        total = np.full((len(origins.lonlat), len(targets.lonlat)), NEVER, dtype=np.int64)
        from_rows = np.flatnonzero(origins.snapped.road >= 0)
        to_rows = np.flatnonzero(targets.snapped.road >= 0)
        pins, pin_of = np.unique(targets.start_node[to_rows], return_inverse=True)
        pin_of = pin_of.reshape(-1, 2)
        for begin in range(0, len(from_rows) if len(to_rows) else 0, _BLOCK):
            rows = from_rows[begin : begin + _BLOCK]
            by_pin = metric.rows(origins.end_node[rows], origins.left[rows], pins)
            total[np.ix_(rows, to_rows)] = np.minimum(
                by_pin[:, pin_of[:, 0]] + targets.done[to_rows, 0],
                by_pin[:, pin_of[:, 1]] + targets.done[to_rows, 1],
            )
            self._add_short_cuts(total, rows, to_rows, origins, targets)
        return TravelMatrix(costs.travel_s(total), costs.length_m(total))

    def path(
        self,
        origin: Point,
        target: Point,
        *,
        profile: str = "car",
        band: HourBand = HourBand.MIDDAY,
        day: TrafficDay = TrafficDay.WORKDAY,
    ) -> TravelPath | None:
        """Return the quickest path with geometry, or None where no road leads.

        Raises
        ------
        TravelError
            If the profile or the band is unknown.
        """
        arcs, metric = self._metric(profile, band, day)
        start = self._doors(np.array([[origin.lon, origin.lat]]), profile, arcs)
        end = self._doors(np.array([[target.lon, target.lat]]), profile, arcs)
        if start.snapped.road[0] < 0 or end.snapped.road[0] < 0:
            return None
        walks = int(start.walk[0] + end.walk[0])
        by_road, between = metric.route(
            start.end_node[0], start.left[0], end.start_node[0], end.done[0]
        )
        along = _along(start, np.array([0]), end, np.array([0]))
        options = [by_road + walks, int(along[0]) + walks, int(_straight(start, end)[0, 0])]
        best = int(np.argmin(options))
        if options[best] >= LIMIT:
            return None
        roads: list[int] = []
        parts = [start.lonlat]
        if best == 1:
            roads = [int(start.snapped.road[0])]
            parts.append(self._part(roads[0], start.snapped.fraction[0], end.snapped.fraction[0]))
        elif best == 0:
            roads, middle = self._trip(start, end, between)
            parts.extend(middle)
        parts.append(end.lonlat)
        names = [self.network.names[self.network.name_id[road]] for road in roads]
        total = np.array(options[best])
        return TravelPath(
            travel_s=float(costs.travel_s(total)),
            length_m=float(costs.length_m(total)),
            lonlat=_without_repeats(np.concatenate(parts)),
            road_names=tuple(name for name, _ in groupby(filter(None, names))),
        )

    def _metric(self, profile: str, band: HourBand, day: TrafficDay) -> tuple[Ints, Metric]:
        if profile not in PROFILES:
            raise TravelError("未知的出行方式 %(profile)s", profile=profile)
        if band not in HourBand.__members__.values():
            raise TravelError("未知的时段 %(band)s", band=str(band))
        key = (profile, band, day)
        if key not in self._metrics:
            with self._lock:
                if key not in self._metrics:
                    arcs = arc_costs(self.network, PROFILES[profile], band, day)
                    self._metrics[key] = (arcs, self._solver.metric(arcs.reshape(-1)))
        return self._metrics[key]

    def _snapper(self, profile: str) -> Snapper:
        if profile not in PROFILES:
            raise TravelError("未知的出行方式 %(profile)s", profile=profile)
        usable = open_arcs(self.network, PROFILES[profile]).any(axis=1)
        off_expressway = usable & (self.network.road_class != RoadClass.MOTORWAY)
        roads = np.flatnonzero(off_expressway if off_expressway.any() else usable)
        with self._lock:
            key = roads.tobytes()
            if key not in self._snappers:
                self._snappers[key] = Snapper(self.network, roads, limit_m=self._snap_limit_m)
            return self._snappers[key]

    def _doors(self, points_lonlat: Floats, profile: str, arcs: Ints) -> _Doors:
        lonlat = _points(points_lonlat)
        snapped = self._snapper(profile).snap(lonlat)
        road = snapped.road
        whole = arcs[road]
        share = np.column_stack([snapped.fraction, 1.0 - snapped.fraction])
        done = np.rint(share * (whole // LENGTH_SPAN)).astype(np.int64) * LENGTH_SPAN
        done += np.rint(share * (whole % LENGTH_SPAN)).astype(np.int64)
        closed = whole >= NEVER
        done, left = np.where(closed, NEVER, done), np.where(closed, NEVER, whole - done)
        at_ends = np.column_stack([snapped.fraction == 0.0, snapped.fraction == 1.0])
        done[at_ends] = 0  # a point on a junction does not depend on where its road leads
        left[at_ends[:, ::-1]] = 0
        ends = np.column_stack([self.network.tail[road], self.network.head[road]]).astype(np.int64)
        away_m = np.where(road >= 0, snapped.distance_m, 0.0)
        return _Doors(
            lonlat=lonlat,
            snapped=snapped,
            walk=costs.cost(away_m / _WALK_M_S, away_m),
            done=done,
            left=left,
            start_node=ends,
            end_node=ends[:, ::-1],
        )

    @staticmethod
    def _add_short_cuts(
        total: Ints, rows: Ints, columns: Ints, origins: _Doors, targets: _Doors
    ) -> None:
        """Add walks to the costs of ``rows``; allow for one road, and for straight walks."""
        block = total[np.ix_(rows, columns)]
        same = origins.snapped.road[rows][:, None] == targets.snapped.road[columns][None, :]
        here, there = np.nonzero(same)
        along = _along(origins, rows[here], targets, columns[there])
        block[here, there] = np.minimum(block[here, there], along)
        block += origins.walk[rows][:, None] + targets.walk[columns][None, :]
        straight = _straight(_some(origins, rows), _some(targets, columns))
        total[np.ix_(rows, columns)] = np.minimum(block, straight)

    def _trip(self, start: _Doors, end: _Doors, between: Ints) -> tuple[list[int], list[Floats]]:
        """Return the roads of a path, and their points in order."""
        middle = int(self._arc_nodes(between)[0]) if len(between) else -1
        last = int(self._arc_nodes(between)[1]) if len(between) else -1
        if len(between):
            out = _cheapest(start.left[0], start.end_node[0] == middle)
            into = _cheapest(end.done[0], end.start_node[0] == last)
        else:
            sums = start.left[0][:, None] + end.done[0][None, :]
            joined = start.end_node[0][:, None] == end.start_node[0][None, :]
            out, into = divmod(int(np.where(joined, sums, NEVER).argmin()), 2)
        roads = [int(start.snapped.road[0]), *(between // 2).tolist(), int(end.snapped.road[0])]
        parts = [self._part(roads[0], start.snapped.fraction[0], 1.0 - out)]
        for arc in between.tolist():
            points = self.network.points_lonlat(arc // 2)
            parts.append(points[::-1] if arc % 2 else points)
        parts.append(self._part(roads[-1], float(into), end.snapped.fraction[0]))
        return roads, parts

    def _arc_nodes(self, arcs: Ints) -> tuple[int, int]:
        """Return the first and the last node of a chain of arcs."""
        ends = (self.network.tail, self.network.head)
        first, last = int(arcs[0]), int(arcs[-1])
        return int(ends[first % 2][first // 2]), int(ends[1 - last % 2][last // 2])

    def _part(self, road: int, from_share: float, to_share: float) -> Floats:
        """Return the points of part of a road, in the direction of travel."""
        plane = self._snapper("car").plane
        line = shapely.LineString(plane.to_xy(self.network.points_lonlat(road)))
        part = substring(line, float(from_share), float(to_share), normalized=True)
        return plane.to_lonlat(shapely.get_coordinates(part))


def load_engine(
    network: RoadNetwork,
    *,
    cache_dir: Path | None = None,
    snap_limit_m: float = 2000.0,
) -> RoadEngine:
    """Return an engine for a network.

    Uses a contraction hierarchy where the package ``routingkit-cch`` can be imported;
    otherwise warns and searches the graph each time, with the same answers.

    Parameters
    ----------
    network
        The roads.
    cache_dir
        Folder that keeps the order of the hierarchy, which takes longest to find.
    snap_limit_m
        A point farther than this from every road is unreachable.
    """
    tail = np.column_stack([network.tail, network.head]).reshape(-1).astype(np.int64)
    head = np.column_stack([network.head, network.tail]).reshape(-1).astype(np.int64)
    solver: Solver
    try:
        from geo.travel.hierarchy import HierarchySolver
    except ImportError:
        warnings.warn("routingkit-cch 未安装，行程计算将较慢", RuntimeWarning, stacklevel=2)
        solver = DijkstraSolver(network.node_count, tail, head)
    else:
        solver = HierarchySolver(network.node_lonlat, tail, head, cache_dir=cache_dir)
    return RoadEngine(network, solver, snap_limit_m=snap_limit_m)


def _points(points_lonlat: Floats) -> Floats:
    points = np.asarray(points_lonlat, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(points).all():
        row = int(np.flatnonzero(~np.isfinite(points).all(axis=1))[0])
        raise TravelError("第 %(row)d 个点没有坐标，请先定位", row=row + 1)
    return points


def _some(doors: _Doors, rows: Ints) -> _Doors:
    snapped = doors.snapped
    return _Doors(
        doors.lonlat[rows],
        Snapped(
            snapped.road[rows],
            snapped.fraction[rows],
            snapped.distance_m[rows],
            snapped.lonlat[rows],
        ),
        doors.walk[rows],
        doors.done[rows],
        doors.left[rows],
        doors.start_node[rows],
        doors.end_node[rows],
    )


def _along(origins: _Doors, here: Ints, targets: _Doors, there: Ints) -> Ints:
    """Return the cost on the one road that both points lie on, or ``NEVER``."""
    same = origins.snapped.road[here] == targets.snapped.road[there]
    gap = targets.done[there] - origins.done[here]
    ahead = np.column_stack(
        [
            targets.snapped.fraction[there] >= origins.snapped.fraction[here],
            targets.snapped.fraction[there] <= origins.snapped.fraction[here],
        ]
    )
    usable = ahead & same[:, None] & (origins.done[here] < NEVER)
    least: Ints = np.where(usable, gap, NEVER).min(axis=1)
    return least


def _straight(origins: _Doors, targets: _Doors) -> Ints:
    """Return the cost of walking straight over, where that is no farther than to the roads."""
    away_m = near_m(origins.lonlat[:, None, :], targets.lonlat[None, :, :])
    reach_m = origins.snapped.distance_m[:, None] + targets.snapped.distance_m[None, :]
    walk = costs.cost(away_m / _WALK_M_S, away_m)
    return np.where(away_m <= reach_m, walk, NEVER)


def _cheapest(costs_of_two: Ints, fits: npt.NDArray[np.bool_]) -> int:
    return int(np.where(fits, costs_of_two, NEVER).argmin())


def _without_repeats(lonlat: Floats) -> Floats:
    moved = np.ones(len(lonlat), dtype=bool)
    moved[1:] = (np.abs(np.diff(lonlat, axis=0)) > 1e-9).any(axis=1)
    moved[1] |= len(lonlat) == 2
    return lonlat[moved]
