"""What a solver of quickest paths offers to the engine, and the plain one built on scipy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.model import Floats, Ints
from geo.travel.costs import LIMIT
from geo.travel.doors import Ends
from geo.travel.graphs import JunctionGraph, SearchGraph
from geo.travel.kernels import Ranks

__all__ = ["DijkstraSolver", "Found", "Metric", "Pinned", "Solver", "plain_solver"]

_BLOCK = 64  # searches whose full results are held at once


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A quickest way: its cost, the rows of the seed and of the pin, and the edges between."""

    cost: float
    seed: int
    pin: int
    edges: Ints


class Pinned(Protocol):
    """Answers for one set of vertices."""

    def order(self, seeds: Ends) -> Ints:
        """Return the origins in an order in which those that share work follow each other."""
        ...

    def rows(self, seeds: Ends) -> Floats:
        """Return the costs from each origin to each pinned vertex, shape (origins, pins)."""
        ...


class Metric(Protocol):
    """Answers for one set of weights; may be used by many threads."""

    weights: Floats

    def pinned(self, pins: Ranks) -> Pinned:
        """Prepare to answer for some vertices, shape (pins,)."""
        ...

    def route(self, seeds: Ends, pins: Ends) -> Found | None:
        """Return the quickest way from one origin to one target, or None."""
        ...

    def spread(self, seeds: Ends) -> Floats:
        """Return the costs from the nearest of all origins to all vertices, shape (vertices,)."""
        ...

    def changed(self, weights: Floats, edges: Ints) -> Metric:
        """Return answers for weights that differ at these edges only."""
        ...


class Solver(Protocol):
    """Prepared once for a graph, then given weights."""

    def metric(self, weights: Floats) -> Metric:
        """Return answers for these weights, one an edge; inf closes an edge."""
        ...


def plain_solver(graph: SearchGraph, _junctions: JunctionGraph) -> Solver:
    """Return a solver that needs no preparation."""
    return DijkstraSolver(graph)


class DijkstraSolver:
    """Dijkstra's search by scipy: no preparation, slow answers."""

    def __init__(self, graph: SearchGraph) -> None:
        self._count = graph.vertex_count
        self._tail = graph.tail.astype(np.int64)
        self._head = graph.head.astype(np.int64)

    def metric(self, weights: Floats) -> DijkstraMetric:
        """Return answers for these weights."""
        return DijkstraMetric(self, self._count, self._tail, self._head, weights)


class DijkstraMetric:
    """Answers of :class:`DijkstraSolver`, see :class:`Metric`."""

    def __init__(
        self, solver: DijkstraSolver, count: int, tail: Ints, head: Ints, weights: Floats
    ) -> None:
        self.weights = weights
        self._solver = solver
        self._count = count
        usable = np.flatnonzero(weights < np.inf)
        order = usable[np.lexsort((weights[usable], head[usable], tail[usable]))]
        self._key, first = np.unique(tail[order] * count + head[order], return_index=True)
        self._edge = order[first]  # the cheapest of parallel edges
        pairs = (tail[self._edge], head[self._edge])
        self._graph = csr_array((weights[self._edge], pairs), shape=(count, count))

    def pinned(self, pins: Ranks) -> DijkstraPinned:
        """Prepare to answer for some vertices."""
        return DijkstraPinned(self._graph, pins)

    def route(self, seeds: Ends, pins: Ends) -> Found | None:
        """Return the quickest way, see :class:`Metric`."""
        if not len(seeds.vertex) or not len(pins.vertex):
            return None
        distance, before = dijkstra(
            self._graph, indices=seeds.vertex, limit=2 * LIMIT, return_predecessors=True
        )
        sums = seeds.cost[:, None] + distance[:, pins.vertex] + pins.cost[None, :]
        seed, pin = divmod(int(sums.argmin()), len(pins.vertex))
        if sums[seed, pin] >= LIMIT:
            return None
        vertices = [int(pins.vertex[pin])]
        while vertices[-1] != seeds.vertex[seed]:
            vertices.append(int(before[seed, vertices[-1]]))
        path = np.array(vertices[::-1], dtype=np.int64)
        place = np.searchsorted(self._key, path[:-1] * self._count + path[1:])
        return Found(float(sums[seed, pin]), seed, pin, self._edge[place])

    def spread(self, seeds: Ends) -> Floats:
        """Return the costs to all vertices, see :class:`Metric`."""
        found = np.full(self._count, np.inf)
        for vertex, cost in zip(seeds.vertex.tolist(), seeds.cost.tolist(), strict=True):
            found = np.minimum(found, dijkstra(self._graph, indices=vertex, limit=LIMIT) + cost)
        return found

    def changed(self, weights: Floats, edges: Ints) -> DijkstraMetric:  # noqa: ARG002
        """Return answers for other weights, see :class:`Metric`."""
        return self._solver.metric(weights)


class DijkstraPinned:
    """Answers of :class:`DijkstraMetric` for some vertices, see :class:`Pinned`."""

    def __init__(self, graph: csr_array, pins: Ranks) -> None:
        self._graph = graph
        self._pins = pins

    def order(self, seeds: Ends) -> Ints:
        """Return the origins as they come, see :class:`Pinned`."""
        return np.arange(len(seeds.first) - 1)

    def rows(self, seeds: Ends) -> Floats:
        """Return the costs from origins to pins, see :class:`Pinned`."""
        vertices, place = np.unique(seeds.vertex, return_inverse=True)
        from_vertex = np.empty((len(vertices), len(self._pins)))
        for begin in range(0, len(vertices), _BLOCK):
            block = slice(begin, begin + _BLOCK)
            whole = dijkstra(self._graph, indices=vertices[block], limit=2 * LIMIT)
            from_vertex[block] = whole[:, self._pins]
        found = np.full((len(seeds.first) - 1, len(self._pins)), np.inf)
        for i in range(len(found)):
            rows = slice(seeds.first[i], seeds.first[i + 1])
            sums = from_vertex[place[rows]] + seeds.cost[rows, None]
            found[i] = sums.min(axis=0, initial=np.inf)
        return found
