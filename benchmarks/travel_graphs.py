"""One network and one profile as plain arrays of arcs, for the peers and the oracles.

Weights are whole milliseconds, the very ones that the engine adds up. Arc ``2 r`` goes along road
``r``, arc ``2 r + 1`` against it.
"""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np
from scipy.sparse import csr_array

from benchmarks.travel_progress import PathRules, State
from geo.model import Floats, HourBand, Ints, TrafficDay
from geo.network import RoadNetwork
from geo.travel.costs import LENGTH_SPAN, NEVER
from geo.travel.profiles import PROFILES, arc_costs
from geo.travel.turns import turn_costs, turn_table

__all__ = [
    "ArcGraph",
    "StateGraph",
    "arcs_of",
    "as_networkx",
    "as_sparse",
    "turn_graph",
    "weights_ms",
]


@dataclass(frozen=True, slots=True, eq=False)
class ArcGraph:
    """A directed graph whose arcs may be used; ``lonlat`` is where its nodes lie.

    ``arc`` is the engine's number of each arc, or -1 where the arc stands for a turn.
    """

    lonlat: Floats
    tail: Ints
    head: Ints
    weight_ms: Ints
    arc: Ints

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.lonlat)


@dataclass(frozen=True, slots=True, eq=False)
class StateGraph(ArcGraph):
    """A graph of turns; ``driven`` is the arc of a road that each node stands for.

    Node ``i`` is arc ``i`` for a trip that began on it; the nodes after all arcs are those of
    trips that came along a turn restriction through ways.
    """

    driven: Ints


def weights_ms(
    network: RoadNetwork,
    profile: str = "car",
    band: HourBand = HourBand.MIDDAY,
    day: TrafficDay = TrafficDay.WORKDAY,
) -> Ints:
    """Return milliseconds along and against each road, shape (roads, 2); closed is -1."""
    packed = arc_costs(network, PROFILES[profile], band, day)
    return np.where(packed < NEVER, packed // LENGTH_SPAN, -1)


def arcs_of(network: RoadNetwork, times_ms: Ints) -> ArcGraph:
    """Return the graph of junctions and open arcs."""
    tail = np.column_stack([network.tail, network.head]).reshape(-1).astype(np.int64)
    head = np.column_stack([network.head, network.tail]).reshape(-1).astype(np.int64)
    arc = np.flatnonzero(times_ms.reshape(-1) >= 0)
    return ArcGraph(network.node_lonlat, tail[arc], head[arc], times_ms.reshape(-1)[arc], arc)


def turn_graph(network: RoadNetwork, times_ms: Ints, profile: str = "car") -> StateGraph:
    """Return the graph whose nodes are the arcs, all of them, and whose arcs are turns.

    A turn weighs what it costs and the arc that follows.
    """
    vehicle = PROFILES[profile]
    table = turn_table(network, vehicle.mode)
    packed = turn_costs(table, network, vehicle)
    flat = times_ms.reshape(-1)
    usable = (packed < NEVER) & (flat[table.after] >= 0)
    before = table.before[usable].astype(np.int64)
    after = table.after[usable].astype(np.int64)
    ends = np.stack([network.node_lonlat[network.tail], network.node_lonlat[network.head]], axis=1)
    lonlat = np.stack([0.4 * ends[:, 0] + 0.6 * ends[:, 1], 0.6 * ends[:, 0] + 0.4 * ends[:, 1]], 1)
    weight = packed[usable] // LENGTH_SPAN + flat[after]
    rules = PathRules(network, (vehicle.turns is not None) << vehicle.mode)
    turn, tail, head, driven = _states(rules, len(flat), before, after)
    return StateGraph(
        lonlat.reshape(-1, 2)[driven], tail, head, weight[turn], np.full(len(turn), -1), driven
    )


def _states(
    rules: PathRules, arc_count: int, before: Ints, after: Ints
) -> tuple[Ints, Ints, Ints, Ints]:
    """Return rows of turns with the states before and after them, and the arc of each state.

    Turns are in order of the arc before.
    """
    node: dict[State, int] = {}  # of those who came along a restriction
    left = [rules.fresh(arc) for arc in rules.first_arcs]
    head, more = after.copy(), []
    while left:
        state = left.pop()
        for row in range(*np.searchsorted(before, [state[0], state[0] + 1]).tolist()):
            arc = int(after[row])
            following = rules.after(state, arc)
            if following is None:
                continue
            to = arc
            if following != rules.fresh(arc):
                if following not in node:
                    node[following] = arc_count + len(node)
                    left.append(following)
                to = node[following]
            if state in node:
                more.append((row, node[state], to))
            else:
                head[row] = to
    rows, tails, heads = np.array(more, dtype=np.int64).reshape(-1, 3).T
    return (
        np.append(np.arange(len(before)), rows),
        np.append(before, tails),
        np.append(head, heads),
        np.append(np.arange(arc_count), np.array([arc for arc, _ in node], dtype=np.int64)),
    )


def as_sparse(graph: ArcGraph) -> csr_array:
    """Return the graph for scipy; of parallel arcs the quickest is kept."""
    order = np.lexsort((graph.weight_ms, graph.head, graph.tail))
    tail, head = graph.tail[order], graph.head[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(tail) != 0) | (np.diff(head) != 0)
    weight = graph.weight_ms[order][first].astype(np.float64)
    shape = (graph.nodes, graph.nodes)
    return csr_array((weight, (tail[first], head[first])), shape=shape)


def as_networkx(network: RoadNetwork, times_ms: Ints) -> nx.MultiDiGraph:
    """Return the network as osmnx has it, with ``travel_time`` in milliseconds on each edge.

    Edges that the profile may not use are taken out.
    """
    graph = network.to_graph()
    closed = []
    for tail, head, key, attributes in graph.edges(keys=True, data=True):
        road = key if key >= 0 else -1 - key
        time_ms = int(times_ms[road, int(key < 0)])
        if time_ms < 0:
            closed.append((tail, head, key))
        attributes["travel_time"] = time_ms
    graph.remove_edges_from(closed)
    return graph
