"""A customizable contraction hierarchy: prepared once, given new costs in moments.

The order of the nodes, on which speed depends, comes from RoutingKit by way of
``routingkit-cch``. Costs and searches are our own, as its 32-bit weights cannot carry time and
length together.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
from routingkit_cch import compute_order_inertial

from geo.errors import NetworkCacheError
from geo.model import Floats, Ints
from geo.travel import kernels
from geo.travel.costs import LIMIT, NEVER
from geo.travel.kernels import Ranks

__all__ = ["HierarchyMetric", "HierarchySolver"]


class HierarchySolver:
    """The hierarchy of one graph.

    Parameters
    ----------
    node_lonlat
        Positions of the nodes, which guide the order.
    tail, head
        Nodes of the arcs, shape (arcs,).
    cache_dir
        Folder for the order of the nodes; None keeps nothing.

    Raises
    ------
    NetworkCacheError
        If the order cannot be written.
    """

    def __init__(
        self, node_lonlat: Floats, tail: Ints, head: Ints, *, cache_dir: Path | None = None
    ) -> None:
        count = len(node_lonlat)
        order = _order(node_lonlat, tail, head, cache_dir)
        self.rank = np.empty(count, dtype=np.int32)
        self.rank[order] = np.arange(count, dtype=np.int32)
        self.tail, self.head = self.rank[tail], self.rank[head]
        low, high = np.minimum(self.tail, self.head), np.maximum(self.tail, self.head)
        sort = np.argsort(low, kind="stable")
        sort = sort[low[sort] != high[sort]]
        start = np.searchsorted(low[sort], np.arange(count + 1)).astype(np.int64)
        self.first, upper, self.parent = kernels.chordal(count, start, high[sort])
        edges = np.diff(self.first)
        self.edge_low: Ranks = np.repeat(np.arange(count, dtype=np.int32), edges)
        upper = upper[: self.first[-1]]
        self.upper: Ranks = upper[np.lexsort((upper, self.edge_low))]

    def metric(self, costs: Ints) -> HierarchyMetric:
        """Return answers for these costs, one an arc; ``NEVER`` closes an arc."""
        return HierarchyMetric(self, costs)


class HierarchyMetric:
    """Answers of a :class:`HierarchySolver`, see :class:`geo.travel.solvers.Metric`."""

    def __init__(self, solver: HierarchySolver, costs: Ints) -> None:
        self._solver = solver
        self._up, self._down, self._up_by, self._down_by = kernels.customise(
            solver.first, solver.upper, solver.tail, solver.head, costs
        )

    def rows(self, starts: Ints, start_costs: Ints, pins: Ints) -> Ints:
        """Return costs from origins to pinned nodes, shape (n, k)."""
        solver = self._solver
        pin_ranks = solver.rank[pins]
        found: Ints = kernels.rows(
            solver.first,
            solver.upper,
            solver.parent,
            self._up,
            self._down,
            solver.rank[starts],
            np.ascontiguousarray(start_costs),
            kernels.ancestors(solver.parent, pin_ranks),
            pin_ranks,
        )
        return found

    def route(
        self, starts: Ints, start_costs: Ints, ends: Ints, end_costs: Ints
    ) -> tuple[int, Ints]:
        """Return the least cost from two beginnings to two ends, and the arcs between."""
        solver = self._solver
        best, rising, falling = kernels.route(
            solver.first,
            solver.upper,
            solver.edge_low,
            solver.parent,
            self._up,
            self._down,
            solver.rank[starts],
            np.ascontiguousarray(start_costs),
            solver.rank[ends],
            np.ascontiguousarray(end_costs),
        )
        if best >= LIMIT:
            return NEVER, np.empty(0, dtype=np.int64)
        arcs: Ints = kernels.unpack(
            solver.first,
            solver.upper,
            solver.edge_low,
            self._up_by,
            self._down_by,
            rising,
            falling,
        )
        return int(best), arcs


def _order(
    node_lonlat: Floats, tail: Ints, head: Ints, cache_dir: Path | None
) -> npt.NDArray[np.int64]:
    """Return the nodes in the order of contraction, from the folder if it is there."""
    if cache_dir is None:
        return _compute_order(node_lonlat, tail, head)
    digest = hashlib.sha256()
    for array in (node_lonlat, tail, head):
        digest.update(np.ascontiguousarray(array).tobytes())
    path = cache_dir / f"order-{digest.hexdigest()[:16]}.npy"
    kept = _load_order(path, len(node_lonlat))
    if kept is None:
        kept = _compute_order(node_lonlat, tail, head)
        _save_order(path, kept)
    return kept


def _compute_order(node_lonlat: Floats, tail: Ints, head: Ints) -> npt.NDArray[np.int64]:
    lon, lat = node_lonlat.T.tolist()
    proper = tail != head
    if not proper.any():  # the package refuses a graph without arcs
        return np.arange(len(node_lonlat), dtype=np.int64)
    arcs = (tail[proper].tolist(), head[proper].tolist())
    order = compute_order_inertial(len(lon), *arcs, lat, lon)
    return np.array(order, dtype=np.int64)


def _load_order(path: Path, count: int) -> npt.NDArray[np.int64] | None:
    """Return the kept order, or None if it is missing or damaged: it can be found again."""
    try:
        order = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    usable = order.shape == (count,) and order.dtype == np.int64
    if not usable or not np.array_equal(np.sort(order), np.arange(count)):
        return None
    return np.asarray(order, dtype=np.int64)


def _save_order(path: Path, order: npt.NDArray[np.int64]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, fresh = tempfile.mkstemp(prefix=".order-", suffix=".npy", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                np.save(file, order, allow_pickle=False)
            Path(fresh).replace(path)
        finally:
            Path(fresh).unlink(missing_ok=True)
    except OSError as error:
        raise NetworkCacheError(
            "路网缓存 %(folder)s 无法写入（%(detail)s），请检查磁盘空间与权限",
            folder=path.parent.name,
            detail=error.strerror or type(error).__name__,
        ) from error
