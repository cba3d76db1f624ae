"""Roads closed for a time: what a closure says, and which parts of which roads it bars.

A closure names roads by the ids of OpenStreetMap, so that it outlives a new reading of the
road file, or covers an area. Where it bars part of a road, the rest can still be reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely
from shapely import MultiPolygon, Polygon

from geo.area_repair import fault_of
from geo.errors import ClosureError
from geo.model import Floats, Ints
from geo.network import RoadNetwork
from geo.runs import rows_of
from geo.travel.doors import EDGE_SHARE, Shut
from geo.travel.snapping import near_m

__all__ = [
    "LONGEST_REASON",
    "Bars",
    "Blocks",
    "Closure",
    "Direction",
    "RoadIndex",
    "RoadRef",
    "blocks",
    "in_force",
    "ref_of",
    "refs_of_way",
    "unmatched",
]

LONGEST_REASON = 200
"""Characters that a reason may have: lists and maps show it whole."""

_NOWHERE_M = 1e-3  # a shorter piece inside an area is a touch


class Direction(StrEnum):
    """Way of travel that a closure bars, as seen along its roads from tail to head."""

    BOTH = "both"
    ALONG = "along"
    AGAINST = "against"


@dataclass(frozen=True, slots=True)
class RoadRef:
    """A road between two junctions, by ids of OpenStreetMap that outlive a new reading.

    Parameters
    ----------
    way_id
        Way that the road begins with.
    tail_node_id, head_node_id
        Its junctions.
    """

    way_id: int
    tail_node_id: int
    head_node_id: int


@dataclass(frozen=True, slots=True)
class Closure:
    """Roads that nobody may drive through for a time, and why.

    Parameters
    ----------
    id
        Number under which it is kept.
    reason
        What people are told.
    begin, end
        Aware moments, the end itself no longer closed; None where it is open on that side.
    area
        Polygon in WGS84 degrees, longitude first; roads are closed where they lie inside.
    roads
        Roads that are closed over their whole length.
    direction
        Which way of ``roads`` is closed; an area closes both.

    Raises
    ------
    ClosureError
        If there is no reason or a long one, no place, a time without zone, an end before the
        begin, or an area that encloses nothing, crosses itself or is off the globe.
    """

    id: str
    reason: str
    begin: datetime | None = None
    end: datetime | None = None
    area: Polygon | MultiPolygon | None = None
    roads: tuple[RoadRef, ...] = ()
    direction: Direction = Direction.BOTH

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ClosureError("封闭 %(id)s 没有写明原因，请填写（如“桥梁维修”）", id=self.id)
        if len(self.reason) > LONGEST_REASON:
            raise ClosureError(
                "封闭 %(id)s 的原因过长，最多 %(most)d 个字", id=self.id, most=LONGEST_REASON
            )
        for moment in (self.begin, self.end):
            if moment is not None and moment.tzinfo is None:
                raise ClosureError("封闭 %(id)s 的时间缺少时区，请按北京时间给出", id=self.id)
        if self.begin is not None and self.end is not None and self.end <= self.begin:
            raise ClosureError(
                "封闭 %(id)s 的结束时间 %(end)s 不晚于开始时间 %(begin)s，请核对",
                id=self.id,
                begin=self.begin.isoformat(sep=" ", timespec="minutes"),
                end=self.end.isoformat(sep=" ", timespec="minutes"),
            )
        if self.area is None and not self.roads:
            raise ClosureError("封闭 %(id)s 没有给出范围或道路，请画出范围或选择道路", id=self.id)
        if self.area is not None:
            self._check_area(self.area)

    def _check_area(self, area: Polygon | MultiPolygon) -> None:
        if not isinstance(area, Polygon | MultiPolygon) or area.is_empty:
            raise ClosureError("封闭 %(id)s 的范围不是面，请画成多边形", id=self.id)
        if self.direction is not Direction.BOTH:
            raise ClosureError(
                "封闭 %(id)s 按范围划定，只能双向封闭；单向封闭请选择道路", id=self.id
            )
        corners = shapely.get_coordinates(area)
        if not (np.isfinite(corners).all() and (np.abs(corners) <= (180.0, 90.0)).all()):
            raise ClosureError(
                "封闭 %(id)s 的范围有不合理的坐标；请用 WGS84 经纬度，经度在前", id=self.id
            )
        fault = fault_of(area)
        if fault is not None:
            raise ClosureError(
                "封闭 %(id)s 的范围不合规范（%(why)s），请重新画出",
                id=self.id,
                why=fault,
            )

    def meets(self, begin: datetime, end: datetime) -> bool:
        """Return whether it is in force at some time from ``begin`` to just before ``end``.

        Where both are the same moment, whether it is in force then.
        """
        begins = self.begin is None or self.begin < end or self.begin == begin
        return begins and (self.end is None or self.end > begin)


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """What each closure bars of each road, by road, then closure, then along the road.

    A closure has several rows on a road that it bars in several places.

    Parameters
    ----------
    road
        Row of the road, shape (k,).
    closure
        Row of the closure in the sequence given.
    low, high
        Where it begins and ends, as shares of the road's length from its tail.
    closed
        Whether travel along and against the drawing is barred there, shape (k, 2).
    """

    road: Ints
    closure: Ints
    low: Floats
    high: Floats
    closed: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """What closures bar on a network; read-only.

    Through traffic on a closed arc is barred. A place on the road before the first barred
    stretch or after the last can still be reached from that end, and left again; those who are
    between two stretches can still drive there.

    Parameters
    ----------
    closed
        Whether a closure bars travel along and against the drawing, bool of shape (roads, 2).
    shut
        The barred stretches of all closures, arc by arc.
    bars
        The same closure by closure.
    """

    closed: npt.NDArray[np.bool_]
    shut: Shut
    bars: Bars

    def __post_init__(self) -> None:
        bars, shut = self.bars, self.shut
        each_bar = (bars.road, bars.closure, bars.low, bars.high, bars.closed)
        for array in (self.closed, shut.arc, shut.begin, shut.end, *each_bar):
            array.flags.writeable = False


class RoadIndex:
    """Finds a network's roads by area and by id; made once, may be used by many threads."""

    def __init__(self, network: RoadNetwork) -> None:
        self.network = network

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.network.lines())

    @cached_property
    def _by_way(self) -> tuple[Ints, Ints]:
        order = np.argsort(self.network.way_id, kind="stable")
        return self.network.way_id[order], order

    def prepare(self) -> RoadIndex:
        """Build what a first question would wait for, and return this index."""
        _ = self._tree, self._by_way
        return self

    def of_way(self, way_id: int) -> Ints:
        """Return the roads that begin with this way, in the order of their rows."""
        ways, order = self._by_way
        first, last = np.searchsorted(ways, [way_id, way_id + 1])
        return order[first:last]

    def of_ref(self, ref: RoadRef) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """Return the roads of a reference, and whether each is drawn the other way round."""
        network, roads = self.network, self.of_way(ref.way_id)
        tail, head = network.node_id[network.tail[roads]], network.node_id[network.head[roads]]
        same = (tail == ref.tail_node_id) & (head == ref.head_node_id)
        turned = (head == ref.tail_node_id) & (tail == ref.head_node_id) & ~same
        found = same | turned
        return roads[found], turned[found]

    def inside(self, area: Polygon | MultiPolygon) -> tuple[Ints, Floats, Floats]:
        """Return the roads that run through an area, and where.

        Parameters
        ----------
        area
            Valid, in WGS84 degrees.

        Returns
        -------
        roads, low, high
            Rows in rising order, one for each time that a road runs inside, and the shares of
            the road's length from its tail there. A road that only touches is not among them.
        """
        network = self.network
        near = np.sort(self._tree.query(area))
        offset = network.geometry_offset
        counts = offset[near + 1] - offset[near]
        road = np.repeat(np.arange(len(near)), counts)
        points = network.geometry_lonlat[rows_of(offset, near)]
        starts = np.flatnonzero(road[1:] == road[:-1])  # points that another one follows
        legs = _Legs(road[starts], points[starts], points[starts + 1])
        leg, first, last = legs.inside(area)
        dots = np.flatnonzero(np.bincount(legs.road, legs.size_m, minlength=len(near)) == 0.0)
        lon, lat = points[np.searchsorted(road, dots)].T
        held = dots[shapely.contains_xy(area, lon, lat)]
        found, low, high = _merged(
            np.concatenate([legs.road[leg], held]),
            np.concatenate([legs.share(leg, first), np.zeros(len(held))]),
            np.concatenate([legs.share(leg, last), np.ones(len(held))]),
        )
        return near[found], low, high


class _Legs:
    """Straight pieces of roads, in the order in which each road runs through them."""

    def __init__(self, road: Ints, start_lonlat: Floats, end_lonlat: Floats) -> None:
        self.road = road
        self._start, self._end = start_lonlat, end_lonlat
        self.size_m = near_m(start_lonlat, end_lonlat)
        total = np.cumsum(self.size_m)
        opens = np.flatnonzero(np.r_[True, road[1:] != road[:-1]]) if len(road) else road
        before = np.zeros(road.max() + 1 if len(road) else 0)
        before[road[opens]] = total[opens] - self.size_m[opens]
        self._passed_m = total - self.size_m - before[road]
        self._road_m = np.bincount(road, self.size_m, minlength=len(before))[road]

    def share(self, leg: Ints, part: Floats) -> Floats:
        """Return the share of the road's length that lies before a part of a leg."""
        passed_m = self._passed_m[leg] + part * self.size_m[leg]
        return np.clip(passed_m / self._road_m[leg], 0.0, 1.0)

    def inside(self, area: Polygon | MultiPolygon) -> tuple[Ints, Floats, Floats]:
        """Return where legs run through an area: the leg, and from and to which share of it."""
        shapely.prepare(area)
        lines = np.asarray(
            shapely.linestrings(np.stack([self._start, self._end], axis=1)), dtype=object
        )
        met = np.flatnonzero(shapely.intersects(area, lines) & (self.size_m > 0.0))
        whole = shapely.contains_properly(area, lines[met])
        cut = met[~whole]
        cut = cut[~shapely.touches(area, lines[cut])]
        parts, leg = shapely.get_parts(shapely.intersection(lines[cut], area), return_index=True)
        runs = shapely.get_dimensions(parts) == 1  # where a leg also touches, points are left
        leg = leg[runs]
        spots, piece = shapely.get_coordinates(parts[runs], return_index=True)
        along = (self._end - self._start)[cut[leg]]
        part = ((spots - self._start[cut[leg[piece]]]) * along[piece]).sum(axis=1)
        part = np.clip(part / (along * along).sum(axis=1)[piece], 0.0, 1.0)
        first, last = np.ones(len(leg)), np.zeros(len(leg))
        np.minimum.at(first, piece, part)
        np.maximum.at(last, piece, part)
        real = (last - first) * self.size_m[cut[leg]] > _NOWHERE_M
        inner = met[whole]
        return (
            np.concatenate([inner, cut[leg[real]]]),
            np.concatenate([np.zeros(len(inner)), first[real]]),
            np.concatenate([np.ones(len(inner)), last[real]]),
        )


def blocks(roads: RoadIndex | RoadNetwork, closures: Sequence[Closure]) -> Blocks:
    """Return what closures bar, whatever their time; see :func:`in_force`.

    Parameters
    ----------
    roads
        The network, or an index of it where several questions are asked.
    closures
        Any number; the rows of :class:`Bars` name them by their place here.
    """
    index = _index(roads)
    count = index.network.road_count
    closed = np.zeros((count, 2), dtype=bool)
    bars = _bars(index, closures)
    along, against = (np.flatnonzero(bars.closed[:, way]) for way in (0, 1))
    closed[bars.road[along], 0] = True
    closed[bars.road[against], 1] = True
    shut = _merged(
        np.concatenate([2 * bars.road[along], 2 * bars.road[against] + 1]),
        np.concatenate([bars.low[along], 1.0 - bars.high[against]]),
        np.concatenate([bars.high[along], 1.0 - bars.low[against]]),
    )
    return Blocks(closed, Shut(*shut), bars)


def _merged(of: Ints, begin: Floats, end: Floats) -> tuple[Ints, Floats, Floats]:
    """Return stretches of roads or arcs in order, those as one between which nobody can stand."""
    if not len(of):
        return of, begin, end
    order = np.lexsort((begin, of))
    of, begin, end = of[order], begin[order], end[order]
    afresh = 2.0 * np.unique(of, return_inverse=True)[1]  # far from those of the one before
    furthest = np.maximum.accumulate(end + afresh)
    apart = (begin + afresh)[1:] > furthest[:-1] + 2.0 * EDGE_SHARE
    first = np.flatnonzero(np.r_[True, apart])
    return of[first], begin[first], np.maximum.reduceat(end, first)


def _bars(index: RoadIndex, closures: Sequence[Closure]) -> Bars:
    """Return what each closure bars of each road."""
    none = np.zeros(0, dtype=np.int64)
    found = [Bars(none, none, np.zeros(0), np.zeros(0), np.zeros((0, 2), dtype=bool))]
    for row, closure in enumerate(closures):
        if closure.area is not None:
            road, low, high = index.inside(closure.area)
            both = np.ones((len(road), 2), dtype=bool)
            found.append(Bars(road, np.full(len(road), row), low, high, both))
        for ref in closure.roads:
            road, turned = index.of_ref(ref)
            shut = np.column_stack(
                [_bars_along(closure.direction, each) for each in (turned, ~turned)]
            )
            whole = np.zeros(len(road)), np.ones(len(road))
            found.append(Bars(road, np.full(len(road), row), *whole, shut))
    order = np.argsort(np.concatenate([each.road for each in found]), kind="stable")
    return Bars(
        *(np.concatenate([getattr(each, name) for each in found])[order] for name in Bars.__slots__)
    )


def _bars_along(direction: Direction, turned: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return whether travel along the drawing is barred on roads drawn the other way or not."""
    if direction is Direction.BOTH:
        return np.ones(len(turned), dtype=bool)
    return turned if direction is Direction.AGAINST else ~turned


def in_force(closures: Iterable[Closure], begin: datetime, end: datetime) -> tuple[Closure, ...]:
    """Return the closures that are in force at some time from ``begin`` to just before ``end``.

    Raises
    ------
    ClosureError
        If a moment has no zone, or the end lies before the begin.
    """
    if begin.tzinfo is None or end.tzinfo is None:
        raise ClosureError("查询封闭的时间缺少时区，请按北京时间给出")
    if end < begin:
        raise ClosureError("查询封闭的结束时间早于开始时间，请核对")
    return tuple(closure for closure in closures if closure.meets(begin, end))


def unmatched(
    roads: RoadIndex | RoadNetwork, closures: Iterable[Closure]
) -> tuple[tuple[Closure, RoadRef], ...]:
    """Return the roads of closures that this network does not know, to be told to the user."""
    index = _index(roads)
    return tuple(
        (closure, ref)
        for closure in closures
        for ref in closure.roads
        if not len(index.of_ref(ref)[0])
    )


def ref_of(network: RoadNetwork, road: int) -> RoadRef:
    """Return the ids by which a road can be found again."""
    return RoadRef(
        int(network.way_id[road]),
        int(network.node_id[network.tail[road]]),
        int(network.node_id[network.head[road]]),
    )


def refs_of_way(roads: RoadIndex | RoadNetwork, way_id: int) -> tuple[RoadRef, ...]:
    """Return all roads that begin with a way of OpenStreetMap; none where it is not known."""
    index = _index(roads)
    found = (ref_of(index.network, road) for road in index.of_way(way_id).tolist())
    return tuple(dict.fromkeys(found))


def _index(roads: RoadIndex | RoadNetwork) -> RoadIndex:
    return roads if isinstance(roads, RoadIndex) else RoadIndex(roads)
