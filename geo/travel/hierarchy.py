"""A customizable contraction hierarchy: prepared once, given new weights in moments.

The order of the junctions, on which speed depends, comes from RoutingKit by way of
``routingkit-cch``; a graph of turns takes its order from that of the junctions. Weights and
searches are our own: the package's 32-bit weights cannot carry time and length together.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
from routingkit_cch import compute_order_inertial

from geo.messages import Message, message
from geo.model import Floats, Ints
from geo.travel import kernels, searches
from geo.travel.costs import LIMIT
from geo.travel.doors import Ends
from geo.travel.graphs import JunctionGraph, SearchGraph, TurnGraph
from geo.travel.kernels import Ranks
from geo.travel.solvers import Found

__all__ = ["HierarchyMetric", "HierarchySolver", "hierarchy_solver"]


class HierarchySolver:
    """The hierarchy of one graph.

    Parameters
    ----------
    graph
        What is searched.
    order
        Its vertices in the order of contraction.
    """

    def __init__(self, graph: SearchGraph, order: Ints) -> None:
        count = graph.vertex_count
        self.rank: Ranks = np.empty(count, dtype=np.int32)
        self.rank[order] = np.arange(count, dtype=np.int32)
        (
            self.first,
            self.upper,
            self.edge_low,
            self.parent,
            self.lower_first,
            self.lower,
            self.lower_edge,
            self.slot,
            self.slot_first,
            self.slot_edges,
            self.number,
        ) = kernels.build(count, self.rank[graph.tail], self.rank[graph.head])
        self._scratch = threading.local()

    def metric(self, weights: Floats) -> HierarchyMetric:
        """Return answers for these weights, one an edge; inf closes an edge."""
        slot_weights = kernels.customise(
            self.first,
            self.upper,
            self.lower_first,
            self.lower,
            self.lower_edge,
            self.slot,
            weights,
        )
        return HierarchyMetric(self, weights, slot_weights)

    def scratch(self) -> tuple[Ranks, Ranks, Floats, Ints]:
        """Return the calling thread's own arrays for :func:`geo.travel.searches.route`."""
        held: tuple[Ranks, Ranks, Floats, Ints] | None = getattr(self._scratch, "held", None)
        if held is None:
            shape = (2, len(self.parent))
            held = (
                np.empty(shape, dtype=np.int32),
                np.full(shape, -1, dtype=np.int32),
                np.empty(shape),
                np.empty(shape, dtype=np.int64),
            )
            self._scratch.held = held
        return held


class HierarchyMetric:
    """Answers of a :class:`HierarchySolver`, see :class:`geo.travel.solvers.Metric`."""

    def __init__(self, solver: HierarchySolver, weights: Floats, slot_weights: Floats) -> None:
        self.weights = weights
        self.slot_weights = slot_weights
        self.solver = solver
        self._known = np.full(slot_weights.size, -1, dtype=np.int64)

    def pinned(self, pins: Ranks) -> HierarchyPinned:
        """Prepare to answer for some vertices."""
        return HierarchyPinned(self, pins)

    def route(self, seeds: Ends, pins: Ends) -> Found | None:
        """Return the quickest way from one origin to one target, or None."""
        solver = self.solver
        cost, seed, pin, edges = searches.route(
            solver.rank,
            solver.first,
            solver.upper,
            solver.edge_low,
            solver.parent,
            solver.lower_first,
            solver.lower,
            solver.lower_edge,
            solver.slot_first,
            solver.slot_edges,
            self.weights,
            self.slot_weights,
            self._known,
            seeds.vertex,
            seeds.cost,
            pins.vertex,
            pins.cost,
            *solver.scratch(),
        )
        if cost >= LIMIT:
            return None
        return Found(cost, seed, pin, edges)

    def spread(self, seeds: Ends) -> Floats:
        """Return the costs from the nearest of all origins to all vertices."""
        solver = self.solver
        by_rank = searches.spread(
            solver.first,
            solver.upper,
            solver.parent,
            self.slot_weights,
            solver.rank[seeds.vertex],
            seeds.cost,
        )
        found: Floats = by_rank[solver.rank]
        return found

    def changed(self, weights: Floats, edges: Ints) -> HierarchyMetric:
        """Return answers for weights that differ at these edges only."""
        solver = self.solver
        slot_weights = self.slot_weights.copy()
        kernels.update(
            solver.first,
            solver.upper,
            solver.edge_low,
            solver.lower_first,
            solver.lower,
            solver.lower_edge,
            solver.slot,
            solver.slot_first,
            solver.slot_edges,
            weights,
            slot_weights,
            edges,
        )
        return HierarchyMetric(solver, weights, slot_weights)


class HierarchyPinned:
    """Answers of :class:`HierarchyMetric` for some vertices."""

    def __init__(self, metric: HierarchyMetric, pins: Ranks) -> None:
        solver = metric.solver
        self._metric = metric
        self._part = searches.select(
            solver.first, solver.upper, solver.parent, metric.slot_weights, solver.rank[pins]
        )

    def order(self, seeds: Ends) -> Ints:
        """Return the origins in an order in which those near each other follow each other."""
        solver = self._metric.solver
        number = np.zeros(len(seeds.first) - 1, dtype=np.int64)
        some = np.flatnonzero(np.diff(seeds.first) > 0)
        number[some] = solver.number[solver.rank[seeds.vertex[seeds.first[some]]]]
        return np.argsort(number, kind="stable")

    def rows(self, seeds: Ends) -> Floats:
        """Return the costs from each origin to each pinned vertex, shape (origins, pins)."""
        solver = self._metric.solver
        return searches.rows(
            solver.first,
            solver.upper,
            solver.parent,
            self._metric.slot_weights,
            *self._part,
            seeds.first,
            solver.rank[seeds.vertex],
            seeds.cost,
        )


def hierarchy_solver(
    graph: SearchGraph,
    junctions: JunctionGraph,
    *,
    cache_dir: Path | None,
    warn: Callable[[Message], None],
) -> HierarchySolver:
    """Return a hierarchy for a graph; arcs are contracted with the junctions where they end.

    Parameters
    ----------
    graph, junctions
        What is searched, and the junctions of the same mode.
    cache_dir
        Folder that keeps the order of the junctions.
    warn
        Told where the order cannot be kept.
    """
    order = _junction_order(junctions, cache_dir, warn)
    if isinstance(graph, TurnGraph):
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        order = np.argsort(rank[junctions.vertex_of_node[graph.end_node]], kind="stable")
    return HierarchySolver(graph, order)


def _junction_order(
    graph: JunctionGraph, cache_dir: Path | None, warn: Callable[[Message], None]
) -> Ints:
    """Return the junctions in the order of contraction, from the folder if it is there."""
    if cache_dir is None:
        return _compute_order(graph)
    digest = hashlib.sha256()
    for array in (graph.vertex_lonlat, graph.tail, graph.head):
        digest.update(np.ascontiguousarray(array).tobytes())
    path = cache_dir / f"order-{digest.hexdigest()[:16]}.npy"
    kept = _load_order(path, graph.vertex_count)
    if kept is None:
        kept = _compute_order(graph)
        try:
            _save_order(path, kept)
        except OSError as error:
            warn(
                message(
                    "路网次序无法存入 %(folder)s（%(detail)s）；本次照常计算，但下次启动会较慢，"
                    "请检查磁盘空间与权限",
                    folder=path.parent.name,
                    detail=error.strerror or type(error).__name__,
                )
            )
    return kept


def _compute_order(graph: JunctionGraph) -> Ints:
    lon, lat = graph.vertex_lonlat.T.tolist()
    proper = graph.tail != graph.head
    if not proper.any():  # the package refuses a graph without arcs
        return np.arange(graph.vertex_count, dtype=np.int64)
    arcs = (graph.tail[proper].tolist(), graph.head[proper].tolist())
    order = compute_order_inertial(len(lon), *arcs, lat, lon)
    return np.array(order, dtype=np.int64)


def _load_order(path: Path, count: int) -> Ints | None:
    """Return the kept order, or None if it is missing or damaged: it can be found again."""
    try:
        order = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    usable = order.shape == (count,) and order.dtype == np.int64
    if not usable or not np.array_equal(np.sort(order), np.arange(count)):
        return None
    return np.asarray(order, dtype=np.int64)


def _save_order(path: Path, order: Ints) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, fresh = tempfile.mkstemp(prefix=".order-", suffix=".npy", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            np.save(file, order, allow_pickle=False)
        Path(fresh).replace(path)
    finally:
        Path(fresh).unlink(missing_ok=True)
