"""Compiled loops of the contraction hierarchy. Nodes are ranks here: 0 is contracted first.

The hierarchy is the chordal supergraph of the road graph under an elimination order, after
Dibbelt, Strasser and Wagner, "Customizable Contraction Hierarchies" (2016). ``first`` and
``upper`` list for each node its neighbours of higher rank, sorted; ``up`` holds the cost from
the lower to the higher end of such an edge and ``down`` the cost back.

``up_by`` and ``down_by`` say where such a cost comes from: an arc ``a >= 0``, or ``-2 - v`` for
the way over the lower node ``v``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

from geo.model import Ints
from geo.travel.costs import NEVER

__all__ = ["ancestors", "chordal", "customise", "route", "rows", "unpack"]

Ranks = npt.NDArray[np.int32]

_Loop = TypeVar("_Loop", bound=Callable[..., Any])


def _compiled(loop: _Loop) -> _Loop:
    """Compile at the first call, keep the machine code on disk, and let other threads run."""
    options: dict[str, Any] = {"cache": True, "nogil": True, "no_cfunc_wrapper": True}
    return cast(_Loop, njit(error_model="numpy", **options)(loop))


@_compiled
def chordal(node_count: int, first: Ints, above: Ranks) -> tuple[Ints, Ranks, Ranks]:
    """Return ``first``, ``upper`` (longer than used and not yet sorted), and parents.

    ``first`` and ``above`` of the arguments list the road graph's neighbours of higher rank.
    Parents are those of the elimination tree; a root's is -1. Sorting and cutting are left to
    numpy: numba takes seconds to compile them.
    """
    parent = np.full(node_count, -1, dtype=np.int32)
    child = np.full(node_count, -1, dtype=np.int32)
    sibling = np.full(node_count, -1, dtype=np.int32)
    mark = np.full(node_count, -1, dtype=np.int32)
    starts = np.zeros(node_count + 1, dtype=np.int64)
    upper = np.empty(4 * len(above) + 16, dtype=np.int32)
    count = 0
    for v in range(node_count):
        starts[v] = count
        mark[v] = v
        if count + node_count - v > len(upper):
            grown = np.empty(2 * len(upper) + node_count, dtype=np.int32)
            for e in range(count):
                grown[e] = upper[e]
            upper = grown
        for e in range(first[v], first[v + 1]):
            w = above[e]
            if mark[w] != v:
                mark[w] = v
                upper[count] = w
                count += 1
        c = child[v]
        while c != -1:
            for e in range(starts[c], starts[c + 1]):
                w = upper[e]
                if mark[w] != v:
                    mark[w] = v
                    upper[count] = w
                    count += 1
            c = sibling[c]
        if count > starts[v]:
            p = upper[starts[v]]
            for e in range(starts[v] + 1, count):
                p = min(p, upper[e])
            parent[v] = p
            sibling[v] = child[p]
            child[p] = v
        starts[v + 1] = count
    return starts, upper, parent


@_compiled
def edge_between(first: Ints, upper: Ranks, low: int, high: int) -> int:
    """Return the edge between two nodes that are neighbours."""
    left, right = int(first[low]), int(first[low + 1])
    while left < right:
        middle = (left + right) // 2
        if upper[middle] < high:
            left = middle + 1
        else:
            right = middle
    return left


@_compiled
def customise(
    first: Ints, upper: Ranks, tail: Ranks, head: Ranks, costs: Ints
) -> tuple[Ints, Ints, Ranks, Ranks]:
    """Return ``up``, ``down``, ``up_by``, ``down_by`` for costs of the arcs."""
    node_count, edge_count = len(first) - 1, len(upper)
    up = np.full(edge_count, NEVER, dtype=np.int64)
    down = np.full(edge_count, NEVER, dtype=np.int64)
    up_by = np.full(edge_count, -1, dtype=np.int32)
    down_by = np.full(edge_count, -1, dtype=np.int32)
    for a in range(len(tail)):
        if tail[a] == head[a] or costs[a] >= NEVER:
            continue
        if tail[a] < head[a]:
            e = edge_between(first, upper, tail[a], head[a])
            if costs[a] < up[e]:
                up[e], up_by[e] = costs[a], a
        else:
            e = edge_between(first, upper, head[a], tail[a])
            if costs[a] < down[e]:
                down[e], down_by[e] = costs[a], a
    # edges from lower nodes, by their upper end
    lower_first = np.zeros(node_count + 1, dtype=np.int64)
    for e in range(edge_count):
        lower_first[upper[e] + 1] += 1
    for v in range(node_count):
        lower_first[v + 1] += lower_first[v]
    lower_edge = np.empty(edge_count, dtype=np.int64)
    lower_node = np.empty(edge_count, dtype=np.int32)
    fill = lower_first[:-1].copy()
    for v in range(node_count):
        for e in range(first[v], first[v + 1]):
            k = fill[upper[e]]
            lower_edge[k], lower_node[k] = e, v
            fill[upper[e]] += 1
    edge_to = np.empty(node_count, dtype=np.int64)
    for x in range(node_count):
        for e in range(first[x], first[x + 1]):
            edge_to[upper[e]] = e
        for k in range(lower_first[x], lower_first[x + 1]):
            e, v = lower_edge[k], lower_node[k]
            from_x, to_x = down[e], up[e]
            for f in range(e + 1, first[v + 1]):
                g = edge_to[upper[f]]
                if from_x + up[f] < up[g]:
                    up[g], up_by[g] = from_x + up[f], -2 - v
                if down[f] + to_x < down[g]:
                    down[g], down_by[g] = down[f] + to_x, -2 - v
    return up, down, up_by, down_by


@_compiled
def ancestors(parent: Ranks, nodes: Ranks) -> Ranks:
    """Return the nodes and all their ancestors, highest rank first."""
    seen = np.zeros(len(parent), dtype=np.bool_)
    count = 0
    for node in nodes:
        v = node
        while v != -1 and not seen[v]:
            seen[v] = True
            count += 1
            v = parent[v]
    found = np.empty(count, dtype=np.int32)
    for v in range(len(parent)):
        if seen[v]:
            count -= 1
            found[count] = v
    return found


@_compiled
def _climb(
    first: Ints, upper: Ranks, cost: Ints, parent: Ranks, distance: Ints, by: Ints, a: int, b: int
) -> None:
    """Relax upward from two nodes whose distances are set; ``by`` gets the edge that won."""
    while a != -1 or b != -1:
        v = a if b == -1 or (a != -1 and a < b) else b
        if distance[v] < NEVER:
            for e in range(first[v], first[v + 1]):
                reached = distance[v] + cost[e]
                if reached < distance[upper[e]]:
                    distance[upper[e]] = reached
                    by[upper[e]] = e
        if b == v:
            b = parent[v]
        if a == v:
            a = parent[v]


@_compiled
def rows(
    first: Ints,
    upper: Ranks,
    parent: Ranks,
    up: Ints,
    down: Ints,
    starts: Ranks,
    start_costs: Ints,
    below: Ranks,
    pins: Ranks,
) -> Ints:
    """Return costs from origins to pins; ``below`` holds the pins' ancestors, highest first."""
    distance = np.full(len(parent), NEVER, dtype=np.int64)
    by = np.empty(len(parent), dtype=np.int64)
    found = np.empty((len(starts), len(pins)), dtype=np.int64)
    for i in range(len(starts)):
        a, b = starts[i]
        distance[a] = min(distance[a], start_costs[i, 0])
        distance[b] = min(distance[b], start_costs[i, 1])
        _climb(first, upper, up, parent, distance, by, a, b)
        for v in below:
            least = distance[v]
            for e in range(first[v], first[v + 1]):
                least = min(least, distance[upper[e]] + down[e])
            distance[v] = min(least, NEVER)
        for j in range(len(pins)):
            found[i, j] = distance[pins[j]]
        for v in below:
            distance[v] = NEVER
        for node in (a, b):
            v = node
            while v != -1:
                distance[v] = NEVER
                v = parent[v]
    return found


@_compiled
def route(
    first: Ints,
    upper: Ranks,
    edge_low: Ranks,
    parent: Ranks,
    up: Ints,
    down: Ints,
    starts: Ranks,
    start_costs: Ints,
    ends: Ranks,
    end_costs: Ints,
) -> tuple[int, Ints, Ints]:
    """Return the least cost, and the edges up and down that lead there, in order."""
    node_count = len(parent)
    out = np.full(node_count, NEVER, dtype=np.int64)
    back = np.full(node_count, NEVER, dtype=np.int64)
    out_by = np.full(node_count, -1, dtype=np.int64)
    back_by = np.full(node_count, -1, dtype=np.int64)
    for k in range(2):
        out[starts[k]] = min(out[starts[k]], start_costs[k])
        back[ends[k]] = min(back[ends[k]], end_costs[k])
    _climb(first, upper, up, parent, out, out_by, starts[0], starts[1])
    _climb(first, upper, down, parent, back, back_by, ends[0], ends[1])
    best, top = NEVER, -1
    for k in range(2):
        v = starts[k]
        while v != -1:
            if out[v] + back[v] < best:
                best, top = out[v] + back[v], v
            v = parent[v]
    rising = np.empty(node_count, dtype=np.int64)
    falling = np.empty(node_count, dtype=np.int64)
    n_rising, n_falling = 0, 0
    if top != -1:
        v = top
        while out_by[v] != -1:
            n_rising += 1
            rising[node_count - n_rising] = out_by[v]
            v = edge_low[out_by[v]]
        v = top
        while back_by[v] != -1:
            falling[n_falling] = back_by[v]
            n_falling += 1
            v = edge_low[back_by[v]]
    return best, rising[node_count - n_rising :], falling[:n_falling]


@_compiled
def unpack(
    first: Ints,
    upper: Ranks,
    edge_low: Ranks,
    up_by: Ranks,
    down_by: Ranks,
    rising: Ints,
    falling: Ints,
) -> Ints:
    """Return the arcs that stand behind edges up and then edges down."""
    arcs = np.empty(64, dtype=np.int64)
    todo = np.empty(64 + 2 * (len(rising) + len(falling)), dtype=np.int64)  # 2 e, + 1 upward
    count, left = 0, 0
    for k in range(len(falling) - 1, -1, -1):
        todo[left] = 2 * falling[k]
        left += 1
    for k in range(len(rising) - 1, -1, -1):
        todo[left] = 2 * rising[k] + 1
        left += 1
    while left > 0:
        left -= 1
        e, upward = todo[left] // 2, todo[left] % 2
        by = up_by[e] if upward else down_by[e]
        if by >= 0:
            if count == len(arcs):
                grown = np.empty(2 * count, dtype=np.int64)
                for k in range(count):
                    grown[k] = arcs[k]
                arcs = grown
            arcs[count] = by
            count += 1
            continue
        if left + 2 > len(todo):
            grown = np.empty(2 * len(todo), dtype=np.int64)
            for k in range(left):
                grown[k] = todo[k]
            todo = grown
        v = -2 - by
        low = edge_between(first, upper, v, edge_low[e])
        high = edge_between(first, upper, v, upper[e])
        # down to v, then up from it; what is driven first lies on top
        todo[left] = 2 * (high if upward else low) + 1
        todo[left + 1] = 2 * (low if upward else high)
        left += 2
    return arcs[:count]
