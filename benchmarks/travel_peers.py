"""Other programs that answer what the travel engine answers, on the same graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import networkx as nx
import numpy as np
from routingkit_cch import CCH, CCHMetric, CCHOneToMany, CCHQuery, compute_order_inertial
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from benchmarks.travel_graphs import ArcGraph
from geo.model import Floats, Ints

__all__ = ["RawEngine", "networkx_rows", "scipy_matrix"]

_BLOCK = 50  # searches of scipy whose results are held at once


class RawEngine:
    """RoutingKit's hierarchy as ``routingkit-cch`` offers it: node to node, 32-bit weights."""

    def __init__(self, graph: ArcGraph) -> None:
        tail, head = graph.tail.tolist(), graph.head.tolist()
        lon, lat = graph.lonlat.T.tolist()
        order = compute_order_inertial(graph.nodes, tail, head, lat, lon)
        self._cch = CCH(order, tail, head, False)
        self._weights: list[int] = graph.weight_ms.tolist()
        self._metric = CCHMetric(self._cch, self._weights)

    def matrix(self, origins: Sequence[int], targets: list[int]) -> Floats:
        """Return milliseconds between nodes, written into an array row by row."""
        search = CCHOneToMany(self._metric, targets)
        found = np.empty((len(origins), len(targets)))
        for row, origin in enumerate(origins):
            found[row] = search.distances_from(origin)  # None, no road, becomes nan
        return found

    def path(self, origin: int, target: int) -> list[int]:
        """Return the arcs of the quickest path between two nodes."""
        arcs: list[int] = CCHQuery(self._metric).run(origin, target).arc_path
        return arcs

    def paths(self, pairs: Sequence[tuple[int, int]]) -> int:
        """Return how many arcs the quickest paths have; one query serves all."""
        query, count = CCHQuery(self._metric), 0
        for origin, target in pairs:
            count += len(query.run(origin, target).arc_path)
        return count

    def reset(self) -> None:
        """Take the weights anew."""
        self._metric.reset(self._weights)


def scipy_matrix(graph: csr_array, origins: Ints, targets: Ints) -> Floats:
    """Return milliseconds between nodes of a sparse graph; inf where no road leads."""
    found = np.empty((len(origins), len(targets)))
    for begin in range(0, len(origins), _BLOCK):
        block = dijkstra(graph, indices=origins[begin : begin + _BLOCK])
        found[begin : begin + _BLOCK] = block[:, targets]
    return found


def networkx_rows(graph: nx.MultiDiGraph, origins: Sequence[int], targets: Sequence[int]) -> Floats:
    """Return milliseconds between nodes as users of osmnx do it, one search an origin."""
    rows: list[list[float]] = []
    for origin in origins:
        reached: dict[Any, float] = nx.single_source_dijkstra_path_length(
            graph, origin, weight="travel_time"
        )
        rows.append([reached.get(target, np.inf) for target in targets])
    return np.array(rows)
