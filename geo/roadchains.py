"""Pieces of road between two nodes, joined to roads between junctions.

Pieces are joined only where class, limit, name, access and direction stay the same, so the time
along a road is its length over one speed, exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.model import Floats

__all__ = ["Chains", "Segments", "contract"]


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Pieces of road, each drivable from tail to head, and back where ``backward`` is set.

    ``geometry`` holds a line for each piece, or None where it is straight.
    """

    tail: npt.NDArray[np.int64]
    head: npt.NDArray[np.int64]
    length_m: Floats
    road_class: npt.NDArray[np.uint8]
    limit_kmh: npt.NDArray[np.float32]
    name_id: npt.NDArray[np.int32]
    restricted: npt.NDArray[np.bool_]
    way_id: npt.NDArray[np.int64]
    backward: npt.NDArray[np.bool_]
    geometry: tuple[Any, ...]

    def take(self, rows: npt.NDArray[np.intp], renumber: npt.NDArray[np.intp]) -> Segments:
        """Return some rows, with their nodes renumbered."""
        return Segments(
            tail=renumber[self.tail[rows]].astype(np.int64),
            head=renumber[self.head[rows]].astype(np.int64),
            length_m=self.length_m[rows],
            road_class=self.road_class[rows],
            limit_kmh=self.limit_kmh[rows],
            name_id=self.name_id[rows],
            restricted=self.restricted[rows],
            way_id=self.way_id[rows],
            backward=self.backward[rows],
            geometry=tuple(self.geometry[row] for row in rows.tolist()),
        )

    def kinds(self) -> npt.NDArray[np.intp]:
        """Return a number for each piece; equal numbers mean equal attributes."""
        limits = np.nan_to_num(self.limit_kmh, nan=-1.0)
        columns = (self.road_class, limits, self.name_id, self.restricted, self.backward)
        table = np.column_stack([np.asarray(column, dtype=np.float64) for column in columns])
        return np.unique(table, axis=0, return_inverse=True)[1].reshape(-1)


@dataclass(frozen=True, slots=True, eq=False)
class Chains:
    """Roads made of pieces; ``end_way_id`` has the ways of the first and the last piece."""

    tail: npt.NDArray[np.int64]
    head: npt.NDArray[np.int64]
    length_m: Floats
    road_class: npt.NDArray[np.uint8]
    limit_kmh: npt.NDArray[np.float32]
    name_id: npt.NDArray[np.int32]
    restricted: npt.NDArray[np.bool_]
    forward: npt.NDArray[np.bool_]
    backward: npt.NDArray[np.bool_]
    end_way_id: npt.NDArray[np.int64]
    geometry_offset: npt.NDArray[np.int64]
    geometry_lonlat: Floats


def contract(
    segments: Segments, node_count: int, *, keep: npt.NDArray[np.bool_], node_lonlat: Floats
) -> Chains:
    """Join pieces at nodes where nothing branches and nothing changes.

    Parameters
    ----------
    segments
        The pieces.
    node_count
        Number of nodes.
    keep
        Nodes that must stay, shape (nodes,).
    node_lonlat
        Positions of the nodes, for pieces without a geometry of their own.
    """
    through = _through(segments, node_count) & ~keep
    chains = list(_walks(segments, through))
    first = np.array([chain[0][0] for chain in chains], dtype=np.intp)
    last = np.array([chain[-1][0] for chain in chains], dtype=np.intp)
    turned = np.array([chain[0][1] for chain in chains], dtype=bool)
    turned_last = np.array([chain[-1][1] for chain in chains], dtype=bool)
    sizes = np.array([len(chain) for chain in chains], dtype=np.intp)
    pieces = np.array([piece for chain in chains for piece, _ in chain], dtype=np.intp)
    starts = np.cumsum(sizes) - sizes
    offset, lonlat = _geometry(chains, segments, node_lonlat)
    ones = np.ones(len(chains), dtype=bool)
    return Chains(
        tail=np.where(turned, segments.head[first], segments.tail[first]),
        head=np.where(turned_last, segments.tail[last], segments.head[last]),
        length_m=np.add.reduceat(segments.length_m[pieces], starts),
        road_class=segments.road_class[first],
        limit_kmh=segments.limit_kmh[first],
        name_id=segments.name_id[first],
        restricted=segments.restricted[first],
        forward=ones,
        backward=segments.backward[first],
        end_way_id=np.column_stack([segments.way_id[first], segments.way_id[last]]),
        geometry_offset=offset,
        geometry_lonlat=lonlat,
    )


def _through(segments: Segments, node_count: int) -> npt.NDArray[np.bool_]:
    """Return the nodes where two pieces alike meet, and one-way pieces in one direction."""
    ends = np.concatenate([segments.tail, segments.head])
    degree = np.bincount(ends, minlength=node_count)
    loops = np.zeros(node_count, dtype=bool)
    loops[segments.tail[segments.tail == segments.head]] = True
    kinds = segments.kinds()
    kind = np.concatenate([kinds, kinds])
    low = np.full(node_count, np.iinfo(np.intp).max, dtype=np.intp)
    high = np.full(node_count, -1, dtype=np.intp)
    np.minimum.at(low, ends, kind)
    np.maximum.at(high, ends, kind)
    one_way = ~segments.backward
    entering = np.bincount(segments.head[one_way], minlength=node_count)
    leaving = np.bincount(segments.tail[one_way], minlength=node_count)
    through: npt.NDArray[np.bool_] = (degree == 2) & ~loops & (low == high) & (entering == leaving)
    return through


def _walks(segments: Segments, through: npt.NDArray[np.bool_]) -> Iterator[list[tuple[int, bool]]]:
    """Yield chains of (piece, walked against its drawing); one-way pieces never are."""
    tails, heads = segments.tail.tolist(), segments.head.tolist()
    passing = through.tolist()
    at: dict[int, list[int]] = {node: [] for node in np.flatnonzero(through).tolist()}
    for piece, (tail, head) in enumerate(zip(tails, heads, strict=True)):
        if passing[tail]:
            at[tail].append(piece)
        if passing[head]:
            at[head].append(piece)
    done = [False] * len(tails)
    one_way = (~segments.backward).tolist()

    def walk(piece: int, turned: bool) -> list[tuple[int, bool]]:
        chain = []
        while not done[piece]:
            done[piece] = True
            chain.append((piece, turned))
            node = tails[piece] if turned else heads[piece]
            if not passing[node]:
                break
            piece = at[node][0] if at[node][1] == piece else at[node][1]
            turned = heads[piece] == node and tails[piece] != node
        return chain

    for piece in range(len(tails)):
        if not done[piece] and not passing[tails[piece]]:
            yield walk(piece, False)
        elif not done[piece] and not passing[heads[piece]] and not one_way[piece]:
            yield walk(piece, True)
    for piece in range(len(tails)):
        if not done[piece]:  # a ring with no junction
            yield walk(piece, False)


def _geometry(
    chains: list[list[tuple[int, bool]]], segments: Segments, node_lonlat: Floats
) -> tuple[npt.NDArray[np.int64], Floats]:
    tails, heads = segments.tail.tolist(), segments.head.tolist()
    nodes = [tuple(point) for point in node_lonlat.tolist()]
    offset, points = [0], []
    for chain in chains:
        for position, (piece, turned) in enumerate(chain):
            line = segments.geometry[piece]
            if line is None:
                part = [nodes[tails[piece]], nodes[heads[piece]]]
            else:
                part = [(x, y) for x, y, *_ in line.coords]
            if turned:
                part.reverse()
            points.extend(part if position == 0 else part[1:])
        offset.append(len(points))
    return np.array(offset, dtype=np.int64), np.array(points, dtype=np.float64).reshape(-1, 2)
