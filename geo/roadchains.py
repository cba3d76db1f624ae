"""Pieces of road between two nodes, joined to roads between junctions.

Pieces are joined only where class, limits, name and access stay the same, so the time along a
road is its length over one speed, exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from geo.model import Floats, Ints
from geo.runs import rows_of

__all__ = ["Chains", "Segments", "contract", "joined", "shares_ends"]

_LIMIT_STEPS = 1 << 20
"""Limits are told apart by hundredths of a kilometre an hour, below this number."""


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Pieces of road, or whole roads, from a tail to a head node.

    ``limit_kmh`` has shape (n, 2), ``access`` (n, 2, 3), as in
    :class:`geo.network.RoadNetwork`; points of piece ``i`` are
    ``geometry_lonlat[geometry_offset[i]:geometry_offset[i + 1]]``, from tail to head.
    """

    tail: Ints
    head: Ints
    length_m: Floats
    road_class: npt.NDArray[np.uint8]
    limit_kmh: npt.NDArray[np.float32]
    name_id: npt.NDArray[np.int32]
    access: npt.NDArray[np.uint8]
    way_id: Ints
    geometry_offset: Ints
    geometry_lonlat: Floats

    def __len__(self) -> int:
        return len(self.tail)

    def take(self, rows: npt.NDArray[np.intp]) -> Segments:
        """Return some rows, in this order."""
        points = rows_of(self.geometry_offset, rows)
        sizes = np.diff(self.geometry_offset)[rows]
        return Segments(
            tail=self.tail[rows],
            head=self.head[rows],
            length_m=self.length_m[rows],
            road_class=self.road_class[rows],
            limit_kmh=self.limit_kmh[rows],
            name_id=self.name_id[rows],
            access=self.access[rows],
            way_id=self.way_id[rows],
            geometry_offset=np.concatenate([[0], np.cumsum(sizes)]),
            geometry_lonlat=self.geometry_lonlat[points],
        )

    def renumbered(self, nodes: Ints) -> Segments:
        """Return the same pieces; node ``i`` becomes ``nodes[i]``."""
        return replace(self, tail=nodes[self.tail], head=nodes[self.head])

    def sides(self) -> tuple[Ints, Ints]:
        """Return a number for limit and access along, and against; equal ones mean the same."""
        limits = np.rint(np.nan_to_num(self.limit_kmh.astype(np.float64), nan=0.0) * 100.0)
        levels = self.access.astype(np.int64) @ np.array([1, 4, 16])
        both: Ints = limits.astype(np.int64) + levels * _LIMIT_STEPS
        return both[:, 0], both[:, 1]

    def kinds(self) -> Ints:
        """Return a number for each piece, the same for those alike, however they are drawn."""
        along, against = self.sides()
        common = self.road_class.astype(np.int64) << 32 | self.name_id
        sides = np.maximum(along, against) * (_LIMIT_STEPS << 6) + np.minimum(along, against)
        first, second = (np.unique(each, return_inverse=True)[1] for each in (common, sides))
        kinds: Ints = np.asarray(first * (second.max(initial=0) + 1) + second, dtype=np.int64)
        return kinds


@dataclass(frozen=True, slots=True, eq=False)
class Chains:
    """Roads made of pieces; ``end_way_id`` (n, 2) has the ways of the first and last piece."""

    roads: Segments
    end_way_id: Ints


def joined(parts: list[Segments]) -> Segments:
    """Return the pieces of several, one after another."""
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in Segments.__slots__
        if name != "geometry_offset"
    }
    sizes = np.concatenate([np.diff(part.geometry_offset) for part in parts])
    return Segments(geometry_offset=np.concatenate([[0], np.cumsum(sizes)]), **columns)


def shares_ends(segments: Segments, node_count: int) -> Ints:
    """Return how many ends of pieces meet at each node, shape (nodes,)."""
    ends = np.concatenate([segments.tail, segments.head])
    counts: Ints = np.bincount(ends, minlength=node_count)
    return counts


def contract(segments: Segments, node_count: int, *, keep: npt.NDArray[np.bool_]) -> Chains:
    """Join pieces at nodes where nothing branches and nothing changes.

    A road is drawn as its first piece is; where pieces drawn against each other meet, limits and
    access of the road are those along and against its own drawing.

    Parameters
    ----------
    segments
        The pieces.
    node_count
        Number of nodes.
    keep
        Nodes that must stay, shape (nodes,).
    """
    sense = _sense(segments)
    through = _through(segments, sense, node_count) & ~keep
    pieces, turned, sizes = _walks(segments, sense, through)
    starts = np.cumsum(sizes) - sizes
    first, last = pieces[starts], pieces[starts + sizes - 1]
    flip, flip_last = turned[starts], turned[starts + sizes - 1]
    offset, points = _geometry(segments, pieces, turned, starts)
    limits, access = segments.limit_kmh[first], segments.access[first]
    roads = Segments(
        tail=np.where(flip, segments.head[first], segments.tail[first]),
        head=np.where(flip_last, segments.tail[last], segments.head[last]),
        length_m=np.add.reduceat(segments.length_m[pieces], starts),
        road_class=segments.road_class[first],
        limit_kmh=np.where(flip[:, None], limits[:, ::-1], limits),
        name_id=segments.name_id[first],
        access=np.where(flip[:, None, None], access[:, ::-1], access),
        way_id=segments.way_id[first],
        geometry_offset=offset,
        geometry_lonlat=segments.geometry_lonlat[points],
    )
    return Chains(roads, np.column_stack([segments.way_id[first], segments.way_id[last]]))


def _sense(segments: Segments) -> npt.NDArray[np.int8]:
    """Return 0 for pieces alike both ways, else 1 or -1 by the direction that is more open."""
    along, against = segments.sides()
    sense: npt.NDArray[np.int8] = np.sign(along - against).astype(np.int8)
    return sense


def _through(
    segments: Segments, sense: npt.NDArray[np.int8], node_count: int
) -> npt.NDArray[np.bool_]:
    """Return the nodes where two pieces alike meet, and those of one sense in a row."""
    ends = np.concatenate([segments.tail, segments.head])
    degree = np.bincount(ends, minlength=node_count)
    loops = np.zeros(node_count, dtype=bool)
    loops[segments.tail[segments.tail == segments.head]] = True
    kinds = segments.kinds()
    kind = np.concatenate([kinds, kinds])
    low = np.full(node_count, np.iinfo(np.int64).max)
    high = np.full(node_count, -1)
    np.minimum.at(low, ends, kind)
    np.maximum.at(high, ends, kind)
    flow = np.concatenate([-sense, sense])  # out of the tail, into the head
    balance = np.bincount(ends, weights=flow, minlength=node_count)
    through: npt.NDArray[np.bool_] = (degree == 2) & ~loops & (low == high) & (balance == 0.0)
    return through


def _walks(
    segments: Segments, sense: npt.NDArray[np.int8], through: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_], npt.NDArray[np.intp]]:
    """Return the pieces of all chains in order, which are walked backwards, and the sizes."""
    tails, heads = segments.tail.tolist(), segments.head.tolist()
    passing = through.tolist()
    at: dict[int, list[int]] = {node: [] for node in np.flatnonzero(through).tolist()}
    for end in (segments.tail, segments.head):
        for piece in np.flatnonzero(through[end]).tolist():
            at[int(end[piece])].append(piece)
    done = [False] * len(tails)
    pieces: list[int] = []
    turns: list[bool] = []
    sizes: list[int] = []

    def walk(piece: int, turned: bool) -> None:
        before = len(pieces)
        while not done[piece]:
            done[piece] = True
            pieces.append(piece)
            turns.append(turned)
            node = tails[piece] if turned else heads[piece]
            if not passing[node]:
                break
            one, other = at[node]
            piece = other if one == piece else one
            turned = tails[piece] != node
        sizes.append(len(pieces) - before)

    for piece, turned in _beginnings(segments, sense, through):
        if not done[piece]:
            walk(piece, turned)
    return (
        np.array(pieces, dtype=np.intp),
        np.array(turns, dtype=bool),
        np.array(sizes, dtype=np.intp),
    )


def _beginnings(
    segments: Segments, sense: npt.NDArray[np.int8], through: npt.NDArray[np.bool_]
) -> Iterator[tuple[int, bool]]:
    """Yield pieces to begin a road with, and whether to walk them backwards.

    Those that would be walked against their only direction come late, rings without a
    junction last.
    """
    from_tail, from_head = ~through[segments.tail], ~through[segments.head]
    free = from_tail | from_head & (sense == 0)
    for piece in np.flatnonzero(free).tolist():
        yield piece, not from_tail[piece]
    for piece in np.flatnonzero(from_head & ~free).tolist():
        yield piece, True
    for piece in range(len(segments)):
        yield piece, False


def _geometry(
    segments: Segments,
    pieces: npt.NDArray[np.intp],
    turned: npt.NDArray[np.bool_],
    starts: npt.NDArray[np.intp],
) -> tuple[Ints, Ints]:
    """Return offsets of roads into the list of points, and which points are in it."""
    opens = np.zeros(len(pieces), dtype=bool)
    opens[starts] = True
    count = np.diff(segments.geometry_offset)[pieces] - ~opens  # the first point is there already
    step = np.where(turned, -1, 1)
    begin = np.where(
        turned,
        segments.geometry_offset[pieces + 1] - 1,
        segments.geometry_offset[pieces],
    )
    begin = begin + np.where(opens, 0, step)
    before = np.cumsum(count) - count
    within = np.arange(count.sum()) - np.repeat(before, count)
    points = np.repeat(begin, count) + within * np.repeat(step, count)
    offset = np.concatenate([before[starts], [count.sum()]]) if len(starts) else np.zeros(1, int)
    return offset.astype(np.int64), points.astype(np.int64)
