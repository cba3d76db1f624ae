"""What is searched: junctions joined by arcs, or arcs joined by turns.

Both graphs hold what one mode of travel may use, and tell where points enter and leave it.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from geo.model import Floats, Ints
from geo.network import RoadNetwork
from geo.roadtags import AccessLevel, TravelMode
from geo.strongparts import largest_part, strong_parts
from geo.travel.compiled import compiled
from geo.travel.costs import NEVER
from geo.travel.doors import Doors, Ends
from geo.travel.kernels import Ranks
from geo.travel.profiles import Profile
from geo.travel.turnpaths import turn_states
from geo.travel.turns import turn_costs, turn_table

__all__ = ["JunctionGraph", "SearchGraph", "TurnGraph", "weights_of"]

Flags = npt.NDArray[np.bool_]


class SearchGraph(Protocol):
    """A graph for one mode. Arcs of roads are ``2 r`` along road ``r`` and ``2 r + 1`` against.

    Edges of the graph run from ``tail`` to ``head``, int32 of shape (edges,); ``edge_arc`` is the
    arc of a road that is driven over each.
    """

    vertex_count: int
    tail: Ranks
    head: Ranks
    edge_arc: Ints

    def turn_weights(self, profile: Profile) -> Floats:
        """Return what a profile pays on each edge besides the arc, shape (edges,)."""
        ...

    def weights(self, arc_weights: Floats, turn_weights: Floats) -> Floats:
        """Return the weight of each edge for weights of the roads' arcs."""
        ...

    def edges_of(self, arcs: Ints) -> Ints:
        """Return the edges whose weight depends on these arcs."""
        ...

    def seeds(self, doors: Doors) -> Ends:
        """Return where trips from points enter the graph."""
        ...

    def pins(self, doors: Doors, turn_weights: Floats, closed: Flags, seeds: Ends) -> Ends:
        """Return where trips to points leave the graph.

        Parameters
        ----------
        doors
            The points.
        turn_weights
            What the profile pays for turns.
        closed
            Arcs closed to through traffic, shape (2 roads,).
        seeds
            Where the trips begin.
        """
        ...

    def entries(self, costs: Floats, turn_weights: Floats) -> Floats:
        """Return the least cost at which each arc of a road is entered, shape (2 roads,)."""
        ...

    def in_largest_part(self, weights: Floats) -> Flags:
        """Return which roads lie where every place is reached from every other."""
        ...


def weights_of(costs: Ints) -> Floats:
    """Return packed costs as float64, inf for ``NEVER``."""
    return np.where(costs >= NEVER, np.inf, costs.astype(np.float64))


class JunctionGraph:
    """Junctions joined by the arcs of roads; knows no turns.

    Parameters
    ----------
    network
        The roads.
    mode
        Arcs closed to it are left out.
    """

    def __init__(self, network: RoadNetwork, mode: TravelMode) -> None:
        self._length_m = network.length_m
        self._begin, self.edge_arc = _open_arcs(network, mode)
        begin = self._begin.reshape(-1)[self.edge_arc]
        end = self._begin[:, ::-1].reshape(-1)[self.edge_arc]
        used = np.zeros(network.node_count, dtype=bool)
        used[begin] = used[end] = True
        self.vertex_of_node: Ranks = np.where(used, np.cumsum(used) - 1, -1).astype(np.int32)
        self.vertex_count = int(used.sum())
        self.vertex_lonlat: Floats = network.node_lonlat[used]
        self.tail: Ranks = self.vertex_of_node[begin]
        self.head: Ranks = self.vertex_of_node[end]
        self._edge = np.full(self._begin.size, -1, dtype=np.int64)
        self._edge[self.edge_arc] = np.arange(len(self.edge_arc))

    def turn_weights(self, profile: Profile) -> Floats:  # noqa: ARG002
        """Return nothing to pay, see :class:`SearchGraph`."""
        return np.zeros(len(self.edge_arc))

    def weights(self, arc_weights: Floats, turn_weights: Floats) -> Floats:  # noqa: ARG002
        """Return the weights of the arcs, see :class:`SearchGraph`."""
        chosen: Floats = arc_weights[self.edge_arc]
        return chosen

    def edges_of(self, arcs: Ints) -> Ints:
        """Return the edges of arcs, see :class:`SearchGraph`."""
        edges = self._edge[arcs]
        return edges[edges >= 0]

    def seeds(self, doors: Doors) -> Ends:
        """Return the road's two junctions, see :class:`SearchGraph`."""
        return self._ends(doors, doors.left, 1)

    def pins(self, doors: Doors, turn_weights: Floats, closed: Flags, seeds: Ends) -> Ends:  # noqa: ARG002
        """Return the road's two junctions, see :class:`SearchGraph`."""
        return self._ends(doors, doors.done, 0)

    def _ends(self, doors: Doors, costs: Floats, far: int) -> Ends:
        first, vertex, cost, arc = _junctions(
            doors.snapped.road, costs, self._begin, self.vertex_of_node, far
        )
        return Ends(first, vertex, cost, arc, np.zeros(len(arc), dtype=bool))

    def entries(self, costs: Floats, turn_weights: Floats) -> Floats:  # noqa: ARG002
        """Return the cost of each arc's first junction, see :class:`SearchGraph`."""
        found = np.full(len(self._edge), np.inf)
        found[self.edge_arc] = costs[self.tail]
        return found

    def in_largest_part(self, weights: Floats) -> Flags:
        """Return the roads of the largest part, see :class:`SearchGraph`."""
        usable = np.flatnonzero(weights < np.inf)
        tail, head = self.tail[usable], self.head[usable]
        part = strong_parts(self.vertex_count, tail, head)
        return _largest(part[tail], part[head], self.edge_arc[usable] // 2, self._length_m)


class TurnGraph:
    """Arcs of roads joined by turns; an arc's vertex stands for its end, before the turn.

    Where turn restrictions lead through ways, copies of arcs follow their arcs, see
    :mod:`geo.travel.turnpaths`.

    Parameters
    ----------
    network
        The roads.
    mode
        Arcs closed to it are left out.
    """

    def __init__(self, network: RoadNetwork, mode: TravelMode) -> None:
        self._network = network
        self._begin, arcs = _open_arcs(network, mode)
        states = turn_states(network, mode, arcs, turn_table(network, mode))
        self._arc, self.tail, self.head, self._table = (
            *(states.arc, states.tail, states.head),
            states.table,
        )
        self.vertex_count = len(self._arc)
        self._vertex = np.full(self._begin.size, -1, dtype=np.int32)
        self._vertex[arcs] = np.searchsorted(self._arc, arcs)
        self.edge_arc: Ints = self._table.after.astype(np.int64)
        into = self._vertex[self._table.after]  # the arc's own vertex, also for copies
        self._into = np.argsort(into, kind="stable")  # turns by the arc that they lead into
        self._into_first = np.searchsorted(
            into[self._into], np.arange(self.vertex_count + 1)
        ).astype(np.int64)
        end = self._begin[:, ::-1].reshape(-1)[self._arc]
        self.end_node: Ranks = end
        self._entering = np.argsort(end, kind="stable").astype(np.int32)
        self._entering_first = np.searchsorted(
            end[self._entering], np.arange(network.node_count + 1)
        ).astype(np.int64)

    def turn_weights(self, profile: Profile) -> Floats:
        """Return the cost of each turn, see :class:`SearchGraph`."""
        return weights_of(turn_costs(self._table, self._network, profile))

    def weights(self, arc_weights: Floats, turn_weights: Floats) -> Floats:
        """Return the cost of each turn and of the arc after it, see :class:`SearchGraph`."""
        summed: Floats = turn_weights + arc_weights[self._table.after]
        return summed

    def edges_of(self, arcs: Ints) -> Ints:
        """Return the turns into arcs, see :class:`SearchGraph`."""
        parts = [
            self._into[self._into_first[vertex] : self._into_first[vertex + 1]]
            for vertex in self._vertex[arcs].tolist()
            if vertex >= 0
        ]
        return np.concatenate([np.empty(0, dtype=np.int64), *parts])

    def seeds(self, doors: Doors) -> Ends:
        """Return the arcs that a trip may end first, see :class:`SearchGraph`."""
        first, vertex, cost, arc = _seeds(
            doors.snapped.road,
            doors.snapped.fraction,
            doors.left,
            self._begin,
            self._vertex,
            self._entering_first,
            self._entering,
        )
        return Ends(first, vertex, cost, arc, np.zeros(len(arc), dtype=bool))

    def pins(self, doors: Doors, turn_weights: Floats, closed: Flags, seeds: Ends) -> Ends:
        """Return the arcs on or after which points are reached, see :class:`SearchGraph`.

        A point on an arc that no trip begins with is reached before that arc's end; on others
        coming round must be told from being there already, so there the turns into the arc
        are the ends.
        """
        begun = np.zeros(len(self._begin), dtype=bool)
        begun[self._arc[seeds.vertex] // 2] = True
        first, vertex, cost, arc, beyond = _pins(
            doors.snapped.road,
            doors.snapped.fraction,
            doors.done,
            doors.left,
            self._begin,
            self._vertex,
            self._arc,
            self._entering_first,
            self._entering,
            self._into_first,
            self._into,
            self.tail,
            turn_weights,
            closed,
            begun,
        )
        return Ends(first, vertex, cost, arc, beyond)

    def entries(self, costs: Floats, turn_weights: Floats) -> Floats:
        """Return the cost after the best turn into each arc, see :class:`SearchGraph`."""
        found = np.full(len(self._vertex), np.inf)
        np.minimum.at(found, self._table.after, costs[self.tail] + turn_weights)
        return found

    def in_largest_part(self, weights: Floats) -> Flags:
        """Return the roads of the largest part, see :class:`SearchGraph`."""
        usable = np.flatnonzero(weights < np.inf)
        part = strong_parts(self.vertex_count, self.tail[usable], self.head[usable])
        return _largest(part, part, self._arc // 2, self._network.length_m)


def _open_arcs(network: RoadNetwork, mode: TravelMode) -> tuple[Ranks, Ints]:
    """Return where arcs begin, shape (roads, 2), and those that are not closed to a mode."""
    begin = np.column_stack([network.tail, network.head]).astype(np.int32)
    return begin, np.flatnonzero((network.access[:, :, mode] > AccessLevel.CLOSED).reshape(-1))


def _largest(a: Ranks, b: Ranks, road: Ints, length_m: Floats) -> Flags:
    """Return the roads with both ends in the part that has most length of them.

    A road counts once, whichever ways it is open, as :func:`geo.roadparts.parts` decides when a
    network is read.
    """
    found = np.zeros(len(length_m), dtype=bool)
    within = np.flatnonzero(a == b)
    key = np.unique(a[within] * np.int64(len(length_m)) + road[within])
    part, held = np.divmod(key, len(length_m))
    found[held[part == largest_part(part, length_m[held])]] = True
    return found


@compiled
def _junctions(
    road: Ints, costs: Floats, begin: Ranks, vertex_of_node: Ranks, far: int
) -> tuple[Ints, Ranks, Floats, Ints]:
    """Return the junctions at the far or the near ends of arcs, where points have a cost."""
    first = np.zeros(len(road) + 1, dtype=np.int64)
    vertex = np.empty(2 * len(road), dtype=np.int32)
    cost = np.empty(2 * len(road))
    arc = np.empty(2 * len(road), dtype=np.int64)
    n = 0
    for i in range(len(road)):
        if road[i] >= 0:
            for d in range(2):
                v = vertex_of_node[begin[road[i], d ^ far]]
                if costs[i, d] < np.inf and v >= 0:
                    vertex[n], cost[n], arc[n] = v, costs[i, d], 2 * road[i] + d
                    n += 1
        first[i + 1] = n
    return first, vertex[:n], cost[:n], arc[:n]


@compiled
def _seeds(
    road: Ints,
    fraction: Floats,
    left: Floats,
    begin: Ranks,
    vertex_of: Ranks,
    entering_first: Ints,
    entering: Ranks,
) -> tuple[Ints, Ranks, Floats, Ints]:
    """Return what :meth:`TurnGraph.seeds` does.

    A trip from a junction begins as if it had come by any arc that ends there; from the last
    metre of a road it may also begin back along that road.
    """
    first = np.zeros(len(road) + 1, dtype=np.int64)
    count = 0
    for i in range(len(road)):
        if road[i] >= 0:
            count += 2
            if fraction[i] == 0.0 or fraction[i] == 1.0:
                node = begin[road[i], int(fraction[i])]
                count += entering_first[node + 1] - entering_first[node]
    vertex = np.empty(count, dtype=np.int32)
    cost = np.empty(count)
    arc = np.empty(count, dtype=np.int64)
    n = 0
    for i in range(len(road)):
        r = road[i]
        if r >= 0:
            at_end = fraction[i] == 0.0 or fraction[i] == 1.0
            for d in range(2):
                v = vertex_of[2 * r + d]
                if v >= 0 and left[i, d] < np.inf and not (at_end and left[i, d] == 0.0):
                    vertex[n], cost[n], arc[n] = v, left[i, d], 2 * r + d
                    n += 1
            if at_end:
                node = begin[r, int(fraction[i])]
                for k in range(entering_first[node], entering_first[node + 1]):
                    vertex[n], cost[n], arc[n] = entering[k], 0.0, -1
                    n += 1
        first[i + 1] = n
    return first, vertex[:n], cost[:n], arc[:n]


@compiled
def _pins(
    road: Ints,
    fraction: Floats,
    done: Floats,
    left: Floats,
    begin: Ranks,
    vertex_of: Ranks,
    arc_of: Ints,
    entering_first: Ints,
    entering: Ranks,
    into_first: Ints,
    into: Ints,
    turn_tail: Ranks,
    turn_weights: Floats,
    closed: Flags,
    begun: Flags,
) -> tuple[Ints, Ranks, Floats, Ints, Flags]:
    """Return what :meth:`TurnGraph.pins` does."""
    first = np.zeros(len(road) + 1, dtype=np.int64)
    count = 0
    for i in range(len(road)):
        r = road[i]
        if r >= 0:
            for d in range(2):
                v = vertex_of[2 * r + d]
                if v >= 0:
                    count += into_first[v + 1] - into_first[v]
                while 0 <= v < len(arc_of) and arc_of[v] == 2 * r + d:
                    count += 1
                    v += 1
            if fraction[i] == 0.0 or fraction[i] == 1.0:
                node = begin[r, int(fraction[i])]
                count += entering_first[node + 1] - entering_first[node]
    vertex = np.empty(count, dtype=np.int32)
    cost = np.empty(count)
    arc = np.empty(count, dtype=np.int64)
    beyond = np.zeros(count, dtype=np.bool_)
    n = 0
    for i in range(len(road)):
        r = road[i]
        first[i + 1] = n
        if r < 0:
            continue
        if fraction[i] == 0.0 or fraction[i] == 1.0:
            node = begin[r, int(fraction[i])]
            for k in range(entering_first[node], entering_first[node + 1]):
                vertex[n], cost[n], arc[n] = entering[k], 0.0, -1
                n += 1
        else:
            for d in range(2):
                b = 2 * r + d
                v = vertex_of[b]
                if v < 0 or done[i, d] == np.inf:
                    continue
                if not begun[r] and not closed[b]:
                    while v < len(arc_of) and arc_of[v] == b:
                        vertex[n], cost[n], arc[n], beyond[n] = v, -left[i, d], b, True
                        n += 1
                        v += 1
                    continue
                for k in range(into_first[v], into_first[v + 1]):
                    t = into[k]
                    if turn_weights[t] < np.inf:
                        vertex[n], cost[n], arc[n] = turn_tail[t], turn_weights[t] + done[i, d], b
                        n += 1
        first[i + 1] = n
    return first, vertex[:n], cost[:n], arc[:n], beyond[:n]
