"""The first bound: visits share out the hours of the shifts, wherever these come from.

Each visit takes its service and the shortest way to its door, in parts, within the hours in which
it may be under way. Any prices of hours, not negative, prove a bound; a linear program names
good ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from geo.localtime import DAY_S
from geo.model import Floats, Ints
from routes.planning.bound_kernels import NEVER
from routes.planning.bound_master import Duals
from routes.planning.bound_network import Flags, Kind, Network

__all__ = ["first_bound", "simple_bound"]

_BIN_S = 1800
_BINS = 2 * DAY_S // _BIN_S + 8  # of a day, whose shifts may last into the next
_MOST_PAIRS = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class _Items:
    """What takes time: nodes, then breaks.

    ``row`` limits items to one in all; ``from_bin`` to ``to_bin`` (inclusive) may hold them;
    ``due`` tells whether one is taken for certain.
    """

    row: Ints
    value: Floats
    taken_s: Floats
    from_bin: Ints
    to_bin: Ints
    due: Flags


def simple_bound(network: Network) -> float:
    """Return what all rows are worth at their best."""
    best: dict[int, float] = {}
    for node in network.nodes:
        best[node.row] = max(node.value, best.get(node.row, 0.0))
    return sum(best.values())


def first_bound(network: Network) -> tuple[float, Duals]:
    """Return a bound and the duals that prove it; see the module."""
    items = _items(network)
    free_s = _free_s(network)
    price = _prices(items, free_s)
    least = np.array(
        [
            price[a : b + 1].min()
            for a, b in zip(items.from_bin.tolist(), items.to_bin.tolist(), strict=True)
        ]
    )
    n_rows = len(network.most)
    n_all = int(items.row.max(initial=n_rows - 1)) + 1
    rows = np.zeros(n_all)
    rows[network.fixed] = -np.inf
    rows[n_rows:] = -np.inf
    np.maximum.at(rows, items.row, items.value - least * items.taken_s)
    bound = float(rows.sum() + price @ free_s)
    kinds = np.zeros(len(network.kinds))
    for k, kind in enumerate(network.kinds):
        kinds[k] = price @ _hours_s(kind.day, kind.begins_s, kind.end_s, len(price))
    at = n_rows
    for k, kind in enumerate(network.kinds):
        for _ in _firm(kind):
            kinds[k] += rows[at] / kind.count
            at += 1
    return bound, Duals(rows[:n_rows], np.maximum(kinds, 0.0))


def _firm(kind: Kind) -> list[list[int]]:
    """Return the breaks that lie within the shift whenever they are taken."""
    pauses: list[list[int]] = kind.pauses.tolist()
    return [
        pause for pause in pauses if pause[0] >= kind.begins_s and pause[1] + pause[2] <= kind.end_s
    ]


def _hours_s(day: int, begins_s: int, end_s: int, bins: int) -> Floats:
    """Return the seconds of a span in each bin."""
    edges = np.arange(_BINS + 1) * _BIN_S
    hours = np.zeros(bins)
    if day >= 0:
        own = np.clip(np.minimum(edges[1:], end_s) - np.maximum(edges[:-1], begins_s), 0, None)
        hours[day * _BINS : (day + 1) * _BINS] = own
    return hours


def _free_s(network: Network) -> Floats:
    bins = (1 + max((kind.day for kind in network.kinds), default=0)) * _BINS
    bins = max(bins, (1 + max((node.day for node in network.nodes), default=0)) * _BINS)
    free_s = np.zeros(bins)
    for kind in network.kinds:
        free_s += kind.count * _hours_s(kind.day, kind.begins_s, kind.end_s, bins)
    return free_s


def _items(network: Network) -> _Items:
    in_s = _shortest_in_s(network)
    rows, value, taken_s, from_s, to_s, due = [], [], [], [], [], []
    fixed = set(network.fixed.tolist())
    for k, node in enumerate(network.nodes):
        rows.append(node.row)
        value.append(node.value - network.second_cost * in_s[k])
        taken_s.append(node.service_s + in_s[k])
        start = node.day * _BINS * _BIN_S
        from_s.append(start + max(0, node.spans[0][0] - in_s[k]))
        to_s.append(start + node.spans[-1][1] + node.service_s)
        due.append(node.row in fixed)
    at = len(network.most)
    for kind in network.kinds:
        for open_s, close_s, rest_s in _firm(kind):
            start = kind.day * _BINS * _BIN_S
            rows.append(at)
            value.append(0.0)
            taken_s.append(rest_s * kind.count)
            from_s.append(start + open_s)
            to_s.append(start + close_s + rest_s)
            due.append(True)
            at += 1
    return _Items(
        np.array(rows, dtype=np.int64),
        np.array(value),
        np.array(taken_s, dtype=np.float64),
        np.array(from_s, dtype=np.int64) // _BIN_S,
        np.array(to_s, dtype=np.int64) // _BIN_S,
        np.array(due, dtype=np.bool_),
    )


def _shortest_in_s(network: Network) -> Floats:
    """Return how long the way to each node takes at least, from another one or a start."""
    places = np.array([node.place for node in network.nodes], dtype=np.int64)
    there, place_of, counts = np.unique(places, return_inverse=True, return_counts=True)
    begins = sorted({kind.start_place for kind in network.kinds})
    in_s = np.full(len(there), np.inf)
    lone = np.flatnonzero(counts == 1)
    for way in network.ways:
        roads_s = way.paid_s[0][np.ix_(np.append(there, begins), there)].astype(np.float64)
        roads_s[lone, lone] = np.inf  # nobody goes on to another node there
        in_s = np.minimum(in_s, roads_s.min(axis=0))
    return np.where(np.isfinite(in_s) & (in_s < NEVER), in_s, 0.0)[place_of]


def _prices(items: _Items, free_s: Floats) -> Floats:
    """Return a price of a second of each bin."""
    lengths = items.to_bin - items.from_bin + 1
    n = int(lengths.sum())
    even = np.zeros(len(free_s))
    if not n or n > _MOST_PAIRS:
        return even
    item = np.repeat(np.arange(len(lengths)), lengths)
    bins = np.arange(n) - np.repeat(np.cumsum(lengths) - lengths, lengths) + items.from_bin[item]
    dear = 2.0 * float(items.value.sum() + 1.0)
    n_rows = int(items.row.max()) + 1
    worth = items.value + np.where(items.due, dear, 0.0)
    cover = coo_array(
        (
            np.concatenate([np.ones(n), items.taken_s[item] / _BIN_S]),
            (
                np.concatenate([items.row[item], n_rows + bins]),
                np.concatenate([np.arange(n), np.arange(n)]),
            ),
        ),
        shape=(n_rows + len(free_s), n),
    ).tocsr()
    answer = linprog(
        -worth[item],
        A_ub=cover,
        b_ub=np.concatenate([np.ones(n_rows), free_s / _BIN_S]),
        method="highs",
    )
    if answer.x is None:
        return even
    prices: Floats = np.maximum(-answer.ineqlin.marginals[n_rows:], 0.0) / _BIN_S
    return prices
