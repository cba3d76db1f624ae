"""The master problem of the bound: which routes to take, and what each row is worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from geo.model import Floats, Ints
from routes.planning.bound_network import Network

__all__ = ["Column", "Columns", "Duals"]

_KEPT = 0.6  # share of the most routes that stays when there are more


@dataclass(frozen=True, slots=True)
class Column:
    """A route of a kind of shift: its nodes in order, and what it is worth in all."""

    kind: int
    nodes: tuple[int, ...]
    worth: float


@dataclass(frozen=True, slots=True, eq=False)
class Duals:
    """What a unit of each row, and a shift of each kind, is worth."""

    rows: Floats
    kinds: Floats


class Columns:
    """The routes known so far, each once.

    Parameters
    ----------
    network
        To whose rows they belong.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._held: dict[tuple[int, tuple[int, ...]], Column] = {}
        self._takes: dict[tuple[int, tuple[int, ...]], tuple[Ints, Floats]] = {}

    def __len__(self) -> int:
        return len(self._held)

    def add(self, column: Column) -> bool:
        """Keep a route; False if it was known."""
        key = (column.kind, column.nodes)
        if key in self._held:
            return False
        self._held[key] = column
        n_rows = len(self._network.most)
        uses = self._network.uses
        used = np.zeros(n_rows)
        for node in column.nodes:
            begins, ends = uses.indptr[node], uses.indptr[node + 1]
            used[uses.indices[begins:ends]] += uses.data[begins:ends]
        rows = np.flatnonzero(used)
        self._takes[key] = (
            np.append(rows, n_rows + column.kind),
            np.append(used[rows], 1.0),
        )
        return True

    def forget(self, forbidden: Callable[[tuple[int, ...]], bool]) -> None:
        """Leave out the routes whose nodes are forbidden."""
        self._held = {key: c for key, c in self._held.items() if not forbidden(c.nodes)}
        self._takes = {key: self._takes[key] for key in self._held}

    def trim(self, duals: Duals, most: int) -> None:
        """Leave out the routes that are worth least beyond their rows, where there are too many.

        So many stay that some rounds pass before there are too many again.
        """
        if len(self._held) <= most:
            return
        prices = np.concatenate([duals.rows, duals.kinds])
        beyond = [
            self._held[key].worth - float(prices[rows] @ uses)
            for key, (rows, uses) in self._takes.items()
        ]
        best = np.argsort(-np.array(beyond), kind="stable")[: max(1, round(_KEPT * most))]
        keys = list(self._held)
        self._held = {keys[at]: self._held[keys[at]] for at in sorted(best.tolist())}
        self._takes = {key: self._takes[key] for key in self._held}

    def solve(
        self, center: Duals, radius: float
    ) -> tuple[float, Duals, list[tuple[Column, float]]] | None:
        """Return the best duals near others, by the routes known, what they prove at best, and use.

        ``radius`` is how far a row may go from ``center``, in units of its size there or of
        the mean row.
        """
        network = self._network
        n_rows = len(network.most)
        columns = list(self._held.values())
        taken = list(self._takes.values())
        n = len(columns)
        sizes = np.abs(center.rows)
        reach = radius * np.maximum(sizes, sizes.mean())
        high, low = center.rows + reach, center.rows - reach
        free = np.zeros(n_rows, dtype=np.bool_)
        free[network.fixed] = True
        floored = np.flatnonzero(free | (low > 0.0))
        every = np.arange(n_rows)
        rows = np.concatenate([*(at for at, _ in taken), every, floored])
        of = np.concatenate(
            [
                np.repeat(np.arange(n), [len(at) for at, _ in taken]),
                n + np.arange(n_rows + len(floored)),
            ]
        )
        weight = np.concatenate(
            [*(uses for _, uses in taken), np.full(n_rows, -1.0), np.ones(len(floored))]
        )
        limits = np.concatenate([network.most, [kind.count for kind in network.kinds]])
        cover = coo_array(
            (weight, (rows, of)), shape=(len(limits), n + n_rows + len(floored))
        ).tocsr()
        equal = np.zeros(len(limits), dtype=np.bool_)
        equal[network.fixed] = True
        answer = linprog(
            np.concatenate([[-column.worth for column in columns], high, -low[floored]]),
            A_ub=cover[~equal],
            b_ub=limits[~equal],
            A_eq=cover[equal] if equal.any() else None,
            b_eq=limits[equal] if equal.any() else None,
            method="highs",
        )
        if answer.x is None:
            return None
        duals = np.zeros(len(limits))
        duals[~equal] = np.maximum(-answer.ineqlin.marginals, 0.0)
        if equal.any():
            duals[equal] = -answer.eqlin.marginals
        used = [
            (column, float(x)) for column, x in zip(columns, answer.x, strict=False) if x > 1e-7
        ]
        return -float(answer.fun), Duals(duals[:n_rows], duals[n_rows:]), used
