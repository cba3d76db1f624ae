"""What a solver of quickest paths offers to the engine, and the plain one built on scipy."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.model import Ints
from geo.travel.costs import LIMIT, NEVER

__all__ = ["DijkstraSolver", "Metric", "Solver"]

_BLOCK = 64  # searches whose full results are held at once


class Metric(Protocol):
    """Answers for one set of arc costs; may be used by many threads."""

    def rows(self, starts: Ints, start_costs: Ints, pins: Ints) -> Ints:
        """Return costs from origins to pinned nodes, shape (n, k).

        Parameters
        ----------
        starts, start_costs
            Two nodes an origin may begin at and the cost until there, shape (n, 2); a
            beginning that costs ``NEVER`` is none.
        pins
            Nodes, shape (k,).
        """
        ...

    def route(
        self, starts: Ints, start_costs: Ints, ends: Ints, end_costs: Ints
    ) -> tuple[int, Ints]:
        """Return the least cost from two beginnings to two ends, and the arcs between.

        All four have shape (2,). The cost is ``NEVER`` and the arcs are empty where no road
        leads.
        """
        ...


class Solver(Protocol):
    """Prepared once for the junctions and roads, then given costs."""

    def metric(self, costs: Ints) -> Metric:
        """Return answers for these costs, one an arc; ``NEVER`` closes an arc."""
        ...


class DijkstraSolver:
    """Dijkstra's search by scipy: no preparation, slow answers.

    Parameters
    ----------
    node_count
        Number of nodes.
    tail, head
        Nodes of the arcs, shape (arcs,).
    """

    def __init__(self, node_count: int, tail: Ints, head: Ints) -> None:
        self._node_count = node_count
        self._tail = tail
        self._head = head

    def metric(self, costs: Ints) -> DijkstraMetric:
        """Return answers for these costs."""
        return DijkstraMetric(self._node_count, self._tail, self._head, costs)


class DijkstraMetric:
    """Answers of :class:`DijkstraSolver`; costs below the limit are exact in float64."""

    def __init__(self, node_count: int, tail: Ints, head: Ints, costs: Ints) -> None:
        usable = np.flatnonzero(costs < NEVER)
        order = usable[np.lexsort((costs[usable], head[usable], tail[usable]))]
        key = tail[order] * node_count + head[order]
        self._key, first = np.unique(key, return_index=True)
        self._arc = order[first]  # the cheapest of parallel arcs
        pairs = (tail[self._arc], head[self._arc])
        shape = (node_count, node_count)
        self._graph = csr_array((costs[self._arc].astype(np.float64), pairs), shape=shape)
        self._node_count = node_count

    def rows(self, starts: Ints, start_costs: Ints, pins: Ints) -> Ints:
        """Return costs from origins to pinned nodes, see :class:`Metric`."""
        nodes, place = np.unique(starts, return_inverse=True)
        place = place.reshape(starts.shape)
        found = np.empty((len(nodes), len(pins)), dtype=np.int64)
        for begin in range(0, len(nodes), _BLOCK):
            block = dijkstra(self._graph, indices=nodes[begin : begin + _BLOCK], limit=LIMIT)
            found[begin : begin + _BLOCK] = _integers(block[:, pins])
        sums = found[place] + start_costs[:, :, None]
        least: Ints = np.minimum(sums.min(axis=1), NEVER)
        return least

    def route(
        self, starts: Ints, start_costs: Ints, ends: Ints, end_costs: Ints
    ) -> tuple[int, Ints]:
        """Return least cost and arcs, see :class:`Metric`."""
        distance, before = dijkstra(
            self._graph, indices=starts, limit=LIMIT, return_predecessors=True
        )
        sums = _integers(distance[:, ends]) + start_costs[:, None] + end_costs[None, :]
        start, end = divmod(int(sums.argmin()), 2)
        if sums[start, end] >= LIMIT:
            return NEVER, np.empty(0, dtype=np.int64)
        nodes = [int(ends[end])]
        while nodes[-1] != starts[start]:
            nodes.append(int(before[start, nodes[-1]]))
        path = np.array(nodes[::-1], dtype=np.int64)
        place = np.searchsorted(self._key, path[:-1] * self._node_count + path[1:])
        return int(sums[start, end]), self._arc[place]


def _integers(costs: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Ints:
    finite = np.isfinite(costs)
    return np.where(finite, np.where(finite, costs, 0.0).astype(np.int64), NEVER)
