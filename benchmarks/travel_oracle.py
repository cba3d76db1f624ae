"""What the travel engine should answer, found twice by other means.

Both oracles take from the engine only where points meet the roads. :func:`sparse_ms` hangs every
point on the graph as a node of its own and lets scipy search; :func:`split_ms` cuts the roads to
pieces at the points, and lets networkx search over places or, with turns, over pieces. All
weights are whole milliseconds, so that right answers are equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from benchmarks.travel_graphs import ArcGraph, StateGraph, as_sparse
from benchmarks.travel_peers import scipy_matrix
from geo.model import Floats, Ints
from geo.network import RoadNetwork
from geo.travel import costs
from geo.travel.closures import Blocks
from geo.travel.doors import EDGE_SHARE
from geo.travel.snapping import Snapped, near_m

__all__ = ["Roads", "Stops", "hung_graph", "sparse_ms", "split_ms", "with_walks"]

Bools = npt.NDArray[np.bool_]

_WALK_M_S = 4.0 / 3.6


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """Roads under one profile, hour and set of closures.

    ``times_ms`` is -1 where the profile may not go, of shape (roads, 2); ``turns`` is the
    graph of turns between arcs, or None where turns are free.
    """

    network: RoadNetwork
    times_ms: Ints
    blocks: Blocks
    turns: StateGraph | None

    def through_ms(self) -> Ints:
        """Return the times, -1 also on roads that are barred by a closure."""
        return np.where(self.blocks.closed, -1, self.times_ms)


@dataclass(frozen=True, slots=True, eq=False)
class Stops:
    """Points and where they meet the roads."""

    lonlat: Floats
    snapped: Snapped

    def walk_ms(self) -> Floats:
        """Return the way on foot to the road; inf where there is no road."""
        return _walk_ms(self.snapped.distance_m)

    def node(self, network: RoadNetwork) -> Ints:
        """Return the junction a point lies on, or -1."""
        road, share = self.snapped.road, self.snapped.fraction
        ends = np.where(share == 0.0, network.tail[road], network.head[road])
        return np.where((road >= 0) & ((share == 0.0) | (share == 1.0)), ends, -1)


def hung_graph(roads: Roads, origins: Stops, targets: Stops) -> csr_array:
    """Return the graph for scipy; its last nodes are the origins and then the targets."""
    graph = _arcs(roads) if roads.turns is None else _turning(roads)
    first_origin, first_target = graph.nodes, graph.nodes + len(origins.lonlat)
    rows: list[tuple[int, int, int]] = []
    for i, exits in enumerate(_exits(roads, origins)):
        rows.extend((first_origin + i, node, time_ms) for node, time_ms in exits)
    for j, entries in enumerate(_entries(roads, targets)):
        rows.extend((node, first_target + j, time_ms) for node, time_ms in entries)
    for i, j, time_ms in _on_one_road(roads, origins, targets):
        rows.append((first_origin + i, first_target + j, time_ms))
    more = np.array(rows, dtype=np.int64).reshape(-1, 3)
    size = first_target + len(targets.lonlat)
    return as_sparse(
        ArcGraph(
            np.zeros((size, 2)),
            np.append(graph.tail, more[:, 0]),
            np.append(graph.head, more[:, 1]),
            np.append(graph.weight_ms, more[:, 2]),
            np.empty(0, dtype=np.int64),
        )
    )


def sparse_ms(roads: Roads, origins: Stops, targets: Stops) -> Floats:
    """Return milliseconds by scipy, shape (n, m); inf where no road leads."""
    graph = hung_graph(roads, origins, targets)
    first = graph.shape[0] - len(origins.lonlat) - len(targets.lonlat)
    middle = first + len(origins.lonlat)
    by_road = scipy_matrix(graph, np.arange(first, middle), np.arange(middle, graph.shape[0]))
    return with_walks(by_road, origins, targets)


def _arcs(roads: Roads) -> ArcGraph:
    network, through = roads.network, roads.through_ms().reshape(-1)
    tail = np.column_stack([network.tail, network.head]).reshape(-1).astype(np.int64)
    head = np.column_stack([network.head, network.tail]).reshape(-1).astype(np.int64)
    arc = np.flatnonzero(through >= 0)
    return ArcGraph(network.node_lonlat, tail[arc], head[arc], through[arc], arc)


def _turning(roads: Roads) -> ArcGraph:
    """Return the graph of turns into arcs that are open to through traffic.

    A closed arc is left only by those who begin on it.
    """
    assert roads.turns is not None
    turns, through = roads.turns, roads.through_ms().reshape(-1)
    usable = through[turns.driven[turns.head]] >= 0
    return ArcGraph(
        turns.lonlat,
        turns.tail[usable],
        turns.head[usable],
        turns.weight_ms[usable],
        turns.arc[usable],
    )


def _exits(roads: Roads, stops: Stops) -> Iterator[list[tuple[int, int]]]:
    """Yield where each point can go first: a node of the graph, and milliseconds.

    With turns, a trip from a junction begins as if it had come by any road, or along its own.
    """
    network = roads.network
    into = _states_into(roads)
    for place in _places(roads, stops):
        found: list[tuple[int, int]] = []
        if place.node >= 0 and roads.turns is None:
            found.append((place.node, 0))
        elif place.road >= 0:
            for way in (0, 1):
                left_ms = -1 if place.share == 1.0 - way else place.left_ms(roads, way)
                if left_ms >= 0:
                    ends = (network.head, network.tail)
                    node = int(ends[way][place.road])
                    found.append((node if roads.turns is None else 2 * place.road + way, left_ms))
            if place.node >= 0:
                found.extend(
                    (state, 0) for state in into[place.node] if state < 2 * network.road_count
                )
        yield found


def _entries(roads: Roads, stops: Stops) -> Iterator[list[tuple[int, int]]]:
    """Yield whence each point is reached: a node of the graph, and milliseconds."""
    network = roads.network
    into = _states_into(roads)
    before = _before(roads)
    for place in _places(roads, stops):
        found: list[tuple[int, int]] = []
        if place.node >= 0 and roads.turns is None:
            found.append((place.node, 0))
        elif place.node >= 0:
            found.extend((state, 0) for state in into[place.node])
        elif place.road >= 0:
            for way in (0, 1):
                done_ms = place.done_ms(roads, way)
                if done_ms < 0:
                    continue
                if roads.turns is None:
                    ends = (network.tail, network.head)
                    found.append((int(ends[way][place.road]), done_ms))
                else:
                    turns = before.get(2 * place.road + way, ())
                    found.extend((state, turn_ms + done_ms) for state, _, turn_ms in turns)
        yield found


def _on_one_road(roads: Roads, origins: Stops, targets: Stops) -> Iterator[tuple[int, int, int]]:
    """Yield pairs that one road joins, or one junction, and milliseconds."""
    starts, ends = list(_places(roads, origins)), list(_places(roads, targets))
    by_road: dict[int, list[int]] = {}
    by_node: dict[int, list[int]] = {}
    for j, end in enumerate(ends):
        by_road.setdefault(end.road, []).append(j)
        by_node.setdefault(end.node, []).append(j)
    for i, start in enumerate(starts):
        if start.node >= 0:
            yield from ((i, j, 0) for j in by_node.get(start.node, ()))
        if start.road >= 0:
            for j in by_road.get(start.road, ()):
                if ends[j].node < 0:
                    times = (start.along_ms(ends[j], roads, way) for way in (0, 1))
                    yield from ((i, j, time_ms) for time_ms in times if time_ms >= 0)


@dataclass(frozen=True, slots=True)
class _Place:
    """One point on the roads; ``node`` is -1 within a road, ``road`` is -1 off the roads."""

    road: int
    share: float
    node: int

    def done_ms(self, roads: Roads, way: int) -> int:
        """Return the time from the beginning of the road to here, one way; -1 for none."""
        return self._part_ms(roads, way) if self._clear(roads, way, before=True) else -1

    def left_ms(self, roads: Roads, way: int) -> int:
        """Return the time from here to the end of the road, one way; -1 for none."""
        if not self._clear(roads, way, before=False):
            return -1
        return int(roads.times_ms[self.road, way]) - self._part_ms(roads, way)

    def along_ms(self, other: _Place, roads: Roads, way: int) -> int:
        """Return the time to another point of the road that lies ahead, one way; -1 for none."""
        low, high = sorted((self.share, other.share))
        ahead = self.share <= other.share if way == 0 else self.share >= other.share
        if not ahead or not _open(roads, self.road, way, low, high):
            return -1
        return other._part_ms(roads, way) - self._part_ms(roads, way)

    def _part_ms(self, roads: Roads, way: int) -> int:
        share = self.share if way == 0 else 1.0 - self.share
        return round(share * int(roads.times_ms[self.road, way]))

    def _clear(self, roads: Roads, way: int, *, before: bool) -> bool:
        nearer_tail = before == (way == 0)
        low, high = (0.0, self.share) if nearer_tail else (self.share, 1.0)
        return _open(roads, self.road, way, low, high)


def _open(roads: Roads, road: int, way: int, low: float, high: float) -> bool:
    """Return whether one may go from one share of a road to another, one way."""
    if roads.times_ms[road, way] < 0:
        return False
    bars = roads.blocks.bars
    rows = slice(*np.searchsorted(bars.road, [road, road + 1]).tolist())
    met = (low < bars.high[rows] - EDGE_SHARE) & (high > bars.low[rows] + EDGE_SHARE)
    return not (met & bars.closed[rows, way]).any()


def _places(roads: Roads, stops: Stops) -> Iterator[_Place]:
    node = stops.node(roads.network)
    shares = stops.snapped.fraction.tolist()
    yield from map(_Place, stops.snapped.road.tolist(), shares, node.tolist())


def _states_into(roads: Roads) -> list[list[int]]:
    """Return for each junction the nodes of the graph of turns whose arcs end there."""
    network = roads.network
    found: list[list[int]] = [[] for _ in range(network.node_count)]
    if roads.turns is not None:
        end = np.column_stack([network.head, network.tail]).reshape(-1)
        for state, node in enumerate(end[roads.turns.driven].tolist()):
            found[node].append(state)
    return found


def _before(roads: Roads) -> dict[int, list[tuple[int, int, int]]]:
    """Return for each arc the turns into it: the states before and after, and its cost alone."""
    found: dict[int, list[tuple[int, int, int]]] = {}
    if roads.turns is not None:
        turns = roads.turns
        arc = turns.driven[turns.head]
        turn_ms = turns.weight_ms - roads.times_ms.reshape(-1)[arc]
        ends = zip(turns.tail.tolist(), turns.head.tolist(), turn_ms.tolist(), strict=True)
        for row, into in zip(ends, arc.tolist(), strict=True):
            found.setdefault(into, []).append(row)
    return found


def split_ms(roads: Roads, origins: Stops, targets: Stops) -> Floats:
    """Return milliseconds by networkx, shape (n, m); inf where no road leads."""
    cuts: dict[int, set[float]] = {}
    for place in (*_places(roads, origins), *_places(roads, targets)):
        if place.road >= 0:
            cuts.setdefault(place.road, set()).add(place.share)
    graph = nx.DiGraph()
    pieces = list(_pieces(roads, cuts))
    if roads.turns is None:
        for piece in pieces:
            _join(graph, piece.start, piece.end, piece.time_ms)
    else:
        _add_turns(graph, roads, pieces, set(_places(roads, origins)))
    by_road = np.full((len(origins.lonlat), len(targets.lonlat)), np.inf)
    ends = [_spot(place) for place in _places(roads, targets)]
    for i, place in enumerate(_places(roads, origins)):
        if place.road < 0:
            continue
        start = _spot(place)
        source = start if roads.turns is None else ("out", place)
        graph.add_node(source)
        reached = nx.single_source_dijkstra_path_length(graph, source, weight="ms")
        for j, end in enumerate(ends):
            goal = end if roads.turns is None else ("in", end)
            by_road[i, j] = 0.0 if start == end else reached.get(goal, np.inf)
    return with_walks(by_road, origins, targets)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Part of a road between two cuts, one way; ``number`` counts along the way of travel."""

    arc: int
    number: int
    last: bool
    start: Any
    end: Any
    time_ms: int

    @property
    def key(self) -> tuple[int, int]:
        return (self.arc, self.number)


def _spot(place: _Place) -> Any:
    return place.node if place.node >= 0 else (place.road, place.share)


def _pieces(roads: Roads, cuts: dict[int, set[float]]) -> Iterator[_Piece]:
    """Yield the open pieces of all roads, both ways."""
    network = roads.network
    tails, heads = network.tail.tolist(), network.head.tolist()
    for road, times in enumerate(roads.times_ms.tolist()):
        shares = sorted({0.0, 1.0} | cuts.get(road, set()))
        for way in (0, 1):
            if times[way] < 0:
                continue
            order = shares if way == 0 else shares[::-1]
            for number, (a, b) in enumerate(pairwise(order)):
                if not _open(roads, road, way, min(a, b), max(a, b)):
                    continue
                gone = [round((x if way == 0 else 1.0 - x) * times[way]) for x in (a, b)]
                start, end = (
                    tails[road] if x == 0.0 else heads[road] if x == 1.0 else (road, x)
                    for x in (a, b)
                )
                last = number == len(order) - 2
                yield _Piece(2 * road + way, number, last, start, end, gone[1] - gone[0])


def _add_turns(graph: nx.DiGraph, roads: Roads, pieces: list[_Piece], origins: set[_Place]) -> None:
    """Add the pieces as nodes, once a state, and as edges what may be driven after what."""
    assert roads.turns is not None
    turns = _before(roads)
    states: dict[int, list[int]] = {}
    for state, arc in enumerate(roads.turns.driven.tolist()):
        states.setdefault(arc, []).append(state)
    opened = {piece.key for piece in pieces}
    last_of = {piece.arc: piece.number for piece in pieces if piece.last}
    driven = roads.turns.driven.tolist()
    for piece in pieces:
        for state in states[piece.arc]:
            _join(graph, (state, piece.number), ("in", piece.end), 0)
            if (piece.arc, piece.number - 1) in opened:
                _join(graph, (state, piece.number - 1), (state, piece.number), piece.time_ms)
        if piece.number == 0:
            for before, after, turn_ms in turns.get(piece.arc, ()):
                if driven[before] in last_of:
                    end = (before, last_of[driven[before]])
                    _join(graph, end, (after, 0), turn_ms + piece.time_ms)
    starting: dict[Any, list[_Piece]] = {}
    for piece in pieces:
        starting.setdefault(piece.start, []).append(piece)
    for place in origins:
        for piece in starting.get(_spot(place), ()):
            if piece.arc // 2 == place.road:
                _join(graph, ("out", place), (piece.arc, piece.number), piece.time_ms)
            if place.node >= 0:  # as if one had come by any road
                for before, after, turn_ms in turns.get(piece.arc, ()):
                    if before == driven[before]:
                        _join(graph, ("out", place), (after, 0), turn_ms + piece.time_ms)


def _join(graph: nx.DiGraph, start: Any, end: Any, time_ms: int) -> None:
    if not graph.has_edge(start, end) or time_ms < graph.edges[start, end]["ms"]:
        graph.add_edge(start, end, ms=time_ms)


def with_walks(by_road: Floats, origins: Stops, targets: Stops) -> Floats:
    """Add the walks to the roads, or walk straight where that is hardly farther than both."""
    walked = by_road + origins.walk_ms()[:, None] + targets.walk_ms()[None, :]
    away_m = near_m(origins.lonlat[:, None, :], targets.lonlat[None, :, :])
    reach_m = origins.snapped.distance_m[:, None] + targets.snapped.distance_m[None, :]
    one_road = origins.snapped.road[:, None] == targets.snapped.road[None, :]
    reach_m = reach_m + np.where(one_road, 50.0, 0.001)
    straight = np.where(np.isfinite(reach_m) & (away_m <= reach_m), _walk_ms(away_m), np.inf)
    return np.minimum(walked, straight)


def _walk_ms(metres: Floats) -> Floats:
    finite = np.isfinite(metres)
    packed = costs.cost(np.where(finite, metres, 0.0) / _WALK_M_S, 0.0)
    return np.where(finite, packed // costs.LENGTH_SPAN, np.inf)
