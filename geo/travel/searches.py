"""Compiled searches in a contraction hierarchy: many to many, one path, one to all.

Arrays are those of :mod:`geo.travel.kernels`. A search begins at seeds: vertices with the
cost at which each is entered. Many origins are searched side by side, :data:`LANES` at a time,
so that each weight is read once for all of them.
"""

from __future__ import annotations

import numpy as np

from geo.model import Floats, Ints
from geo.travel.compiled import compiled
from geo.travel.kernels import Ranks

__all__ = ["LANES", "route", "rows", "select", "spread"]

LANES = 16
"""Origins searched side by side."""


@compiled
def select(
    first: Ints, upper: Ranks, parent: Ranks, weights: Floats, pins: Ranks
) -> tuple[Ranks, Ints, Ranks, Floats, Ranks]:
    """Return the part of the hierarchy through which the pins are reached from above.

    Its vertices are the pins and all above them, highest first: ``place`` by vertex (-1
    outside), ``first``, ``upper`` and ``weights`` of their edges downward, and the places of
    the pins. After Delling, Goldberg and Werneck, "Faster Batched Shortest Paths in Road
    Networks" (2011).
    """
    place = np.full(len(parent), -1, dtype=np.int32)
    chosen = np.empty(len(parent), dtype=np.int32)
    count, edge_count = 0, 0
    for p in pins:
        v = p
        while v != -1 and place[v] == -1:
            place[v] = 0
            edge_count += first[v + 1] - first[v]
            v = parent[v]
    for v in range(len(parent) - 1, -1, -1):
        if place[v] == 0:
            place[v] = count
            chosen[count] = v
            count += 1
    some_first = np.empty(count + 1, dtype=np.int64)
    some_upper = np.empty(edge_count, dtype=np.int32)
    some_weights = np.empty(edge_count)
    k = 0
    for i in range(count):
        some_first[i] = k
        v = chosen[i]
        for e in range(first[v], first[v + 1]):
            if weights[1, e] < np.inf:
                some_upper[k] = place[upper[e]]
                some_weights[k] = weights[1, e]
                k += 1
    some_first[count] = k
    pin_place = np.empty(len(pins), dtype=np.int32)
    for j in range(len(pins)):
        pin_place[j] = place[pins[j]]
    return place, some_first, some_upper[:k], some_weights[:k], pin_place


@compiled
def _gather(parent: Ranks, seeds: Ranks, local: Ranks, union: Ranks) -> int:
    """List the seeds and all above them in an order in which each stands before its parent.

    ``local`` holds -1 everywhere and gets the place of each vertex in ``union``. Chains that
    end in an earlier one are put before it, so the list is filled from its end.
    """
    count = 0
    for s in seeds:
        v, size = s, 0
        while v != -1 and local[v] == -1:
            local[v] = 0
            size += 1
            v = parent[v]
        v = s
        count += size
        for k in range(size):
            union[len(union) - count + k] = v
            v = parent[v]
    begin = len(union) - count
    for k in range(begin, len(union)):
        local[union[k]] = k - begin
    return begin


@compiled
def rows(
    first: Ints,
    upper: Ranks,
    parent: Ranks,
    weights: Floats,
    place: Ranks,
    some_first: Ints,
    some_upper: Ranks,
    some_weights: Floats,
    pin_place: Ranks,
    seed_first: Ints,
    seed_vertex: Ranks,
    seed_cost: Floats,
) -> Floats:
    """Return costs from origins to pins, shape (origins, pins).

    Parameters
    ----------
    first, upper, parent, weights
        The hierarchy.
    place, some_first, some_upper, some_weights, pin_place
        What :func:`select` returned for the pins.
    seed_first, seed_vertex, seed_cost
        Seeds of origin ``i`` are at ``seed_first[i]`` to ``seed_first[i + 1]``. Origins that
        follow each other should be near each other.
    """
    vertex_count, some_count = len(parent), len(some_first) - 1
    found = np.empty((len(seed_first) - 1, len(pin_place)))
    local = np.full(vertex_count, -1, dtype=np.int32)
    union = np.empty(vertex_count, dtype=np.int32)
    at = np.empty(some_count, dtype=np.int64)
    at[:] = -1
    down = np.empty(some_count * LANES)
    up = np.empty(1024 * LANES)
    for block in range(0, len(found), LANES):
        size = min(LANES, len(found) - block)
        seeds = seed_vertex[seed_first[block] : seed_first[block + size]]
        begin = _gather(parent, seeds, local, union)
        above = vertex_count - begin
        if above * LANES > len(up):
            up = np.empty(2 * above * LANES)
        up[: above * LANES] = np.inf
        for k in range(size):
            for s in range(seed_first[block + k], seed_first[block + k + 1]):
                u = local[seed_vertex[s]] * LANES + k
                up[u] = min(up[u], seed_cost[s])
        for j in range(above):
            v = union[begin + j]
            for e in range(first[v], first[v + 1]):
                w = weights[0, e]
                if w < np.inf:
                    u = local[upper[e]] * LANES
                    for k in range(LANES):
                        x = up[j * LANES + k] + w
                        up[u + k] = x if x < up[u + k] else up[u + k]
            if place[v] >= 0:
                at[place[v]] = j
        for i in range(some_count):
            d = i * LANES
            if at[i] >= 0:
                for k in range(LANES):
                    down[d + k] = up[at[i] * LANES + k]
                at[i] = -1
            else:
                for k in range(LANES):
                    down[d + k] = np.inf
            for e in range(some_first[i], some_first[i + 1]):
                u, w = some_upper[e] * LANES, some_weights[e]
                for k in range(LANES):
                    x = down[u + k] + w
                    down[d + k] = x if x < down[d + k] else down[d + k]
        for k in range(size):
            for j in range(len(pin_place)):
                found[block + k, j] = down[pin_place[j] * LANES + k]
        for j in range(begin, vertex_count):
            local[union[j]] = -1
    return found


@compiled
def spread(
    first: Ints,
    upper: Ranks,
    parent: Ranks,
    weights: Floats,
    seed_vertex: Ranks,
    seed_cost: Floats,
) -> Floats:
    """Return costs from the nearest of some seeds to all vertices, shape (vertices,)."""
    vertex_count = len(parent)
    found = np.full(vertex_count, np.inf)
    local = np.full(vertex_count, -1, dtype=np.int32)
    union = np.empty(vertex_count, dtype=np.int32)
    for s in range(len(seed_vertex)):
        found[seed_vertex[s]] = min(found[seed_vertex[s]], seed_cost[s])
    for j in range(_gather(parent, seed_vertex, local, union), vertex_count):
        v = union[j]
        for e in range(first[v], first[v + 1]):
            found[upper[e]] = min(found[upper[e]], found[v] + weights[0, e])
    for v in range(vertex_count - 1, -1, -1):
        least = found[v]
        for e in range(first[v], first[v + 1]):
            least = min(least, found[upper[e]] + weights[1, e])
        found[v] = least
    return found


@compiled
def _climb(
    first: Ints,
    upper: Ranks,
    parent: Ranks,
    weights: Floats,
    side: int,
    seed_vertex: Ranks,
    seed_cost: Floats,
    chain: Ranks,
    distance: Floats,
    by: Ints,
    place: Ranks,
    met_distance: Floats,
    met_place: Ranks,
) -> tuple[int, float, int]:
    """Search upward from seeds (``side`` 0) or backward to them (1).

    Returns where the vertices seen begin in ``chain``, the least cost of a way that meets the
    other search, and where. ``distance`` and ``by`` (the edge from below, or -1 - seed) are by
    place in the chain. What costs more than a way already found is not followed.
    """
    begin = _gather(parent, seed_vertex, place, chain)
    distance[: len(chain) - begin] = np.inf
    for s in range(len(seed_vertex)):
        k = place[seed_vertex[s]]
        if seed_cost[s] < distance[k]:
            distance[k] = seed_cost[s]
            by[k] = -1 - s
    best, top = np.inf, -1
    for j in range(len(chain) - begin):
        v, cost = chain[begin + j], distance[j]
        if met_place[v] >= 0 and cost + met_distance[met_place[v]] < best:
            best, top = cost + met_distance[met_place[v]], v
        if cost < best:
            for e in range(first[v], first[v + 1]):
                k = place[upper[e]]
                reached = cost + weights[side, e]
                if reached < distance[k]:
                    distance[k] = reached
                    by[k] = e
    return begin, best, top


@compiled
def _origin(
    s: int,
    edge_low: Ranks,
    upper: Ranks,
    lower_first: Ints,
    lower: Ranks,
    lower_edge: Ints,
    slot_first: Ints,
    slot_arcs: Ints,
    arc_weights: Floats,
    weights: Floats,
) -> int:
    """Return where a slot's weight comes from, as one number that threads can share.

    It is twice an arc, or one more than twice ``e * 2 ** 31 + f``: the edges of a triangle from
    its lowest vertex to the lower and to the upper end of the slot.
    """
    for k in range(slot_first[s], slot_first[s + 1]):
        if arc_weights[slot_arcs[k]] == weights[s % 2, s // 2]:
            return int(2 * slot_arcs[k])
    x, y = edge_low[s // 2], upper[s // 2]
    i, j = lower_first[x], lower_first[y]
    while True:
        if lower[i] < lower[j]:
            i += 1
        elif lower[i] > lower[j]:
            j += 1
        else:
            e, f = lower_edge[i], lower_edge[j]
            if s % 2 == 1:
                e, f = f, e
            if weights[1, e] + weights[0, f] == weights[s % 2, s // 2]:
                return int(2 * ((lower_edge[i] << 31) | lower_edge[j]) + 1)
            i += 1
            j += 1


@compiled
def _unpack(
    edge_low: Ranks,
    upper: Ranks,
    lower_first: Ints,
    lower: Ranks,
    lower_edge: Ints,
    slot_first: Ints,
    slot_arcs: Ints,
    arc_weights: Floats,
    weights: Floats,
    known: Ints,
    route_slots: Ints,
) -> Ints:
    """Return the arcs that stand behind slots, in the order of travel."""
    arcs = np.empty(256, dtype=np.int64)
    todo = np.empty(256 + len(route_slots), dtype=np.int64)
    count, left = 0, 0
    for k in range(len(route_slots) - 1, -1, -1):
        todo[left] = route_slots[k]
        left += 1
    while left > 0:
        left -= 1
        s = todo[left]
        origin = known[s]
        if origin < 0:
            origin = _origin(
                s,
                edge_low,
                upper,
                lower_first,
                lower,
                lower_edge,
                slot_first,
                slot_arcs,
                arc_weights,
                weights,
            )
            known[s] = origin
        if origin % 2 == 0:
            if count == len(arcs):
                longer = np.empty(2 * count, dtype=np.int64)
                longer[:count] = arcs
                arcs = longer
            arcs[count] = origin // 2
            count += 1
            continue
        if left + 2 > len(todo):
            longer = np.empty(2 * len(todo), dtype=np.int64)
            longer[:left] = todo[:left]
            todo = longer
        # down to the lowest vertex, then up from it; what is driven first lies on top
        e, f = origin >> 32, (origin >> 1) & 0x7FFFFFFF
        if s % 2 == 1:
            e, f = f, e
        todo[left], todo[left + 1] = 2 * f, 2 * e + 1
        left += 2
    return arcs[:count]


@compiled
def route(
    rank: Ranks,
    first: Ints,
    upper: Ranks,
    edge_low: Ranks,
    parent: Ranks,
    lower_first: Ints,
    lower: Ranks,
    lower_edge: Ints,
    slot_first: Ints,
    slot_arcs: Ints,
    arc_weights: Floats,
    weights: Floats,
    known: Ints,
    seed_vertex: Ranks,
    seed_cost: Floats,
    pin_vertex: Ranks,
    pin_cost: Floats,
    chain: Ranks,
    places: Ranks,
    distances: Floats,
    bys: Ints,
) -> tuple[float, int, int, Ints]:
    """Return the least cost, the seed and the pin that give it, and the arcs between them.

    Seeds are those of one origin, pins those of one target; they are vertices of the graph, not
    ranks. ``known`` remembers by slot what
    :func:`_origin` found, -1 at first; threads may share it: whichever writes last, what stands
    there is right. ``places`` of shape (2, vertices) holds -1 everywhere, before and after;
    ``chain``, ``distances`` and ``bys``, of the same shape, are scratch.
    """
    begins, ends = np.empty_like(seed_vertex), np.empty_like(pin_vertex)
    for k in range(len(begins)):
        begins[k] = rank[seed_vertex[k]]
    for k in range(len(ends)):
        ends[k] = rank[pin_vertex[k]]
    begin, _, _ = _climb(
        first,
        upper,
        parent,
        weights,
        0,
        begins,
        seed_cost,
        chain[0],
        distances[0],
        bys[0],
        places[0],
        distances[1],
        places[1],
    )
    begin_back, best, top = _climb(
        first,
        upper,
        parent,
        weights,
        1,
        ends,
        pin_cost,
        chain[1],
        distances[1],
        bys[1],
        places[1],
        distances[0],
        places[0],
    )
    seed, pin = -1, -1
    found = np.empty(0, dtype=np.int64)
    if top != -1:
        rising, falling = 0, 0
        v = top
        while bys[0, places[0, v]] >= 0:
            v = edge_low[bys[0, places[0, v]]]
            rising += 1
        seed = -1 - bys[0, places[0, v]]
        v = top
        while bys[1, places[1, v]] >= 0:
            v = edge_low[bys[1, places[1, v]]]
            falling += 1
        pin = -1 - bys[1, places[1, v]]
        found = np.empty(rising + falling, dtype=np.int64)
        v = top
        for k in range(rising - 1, -1, -1):
            e = bys[0, places[0, v]]
            found[k] = 2 * e
            v = edge_low[e]
        v = top
        for k in range(rising, rising + falling):
            e = bys[1, places[1, v]]
            found[k] = 2 * e + 1
            v = edge_low[e]
    for j in range(begin, len(parent)):
        places[0, chain[0, j]] = -1
    for j in range(begin_back, len(parent)):
        places[1, chain[1, j]] = -1
    arcs = _unpack(
        edge_low,
        upper,
        lower_first,
        lower,
        lower_edge,
        slot_first,
        slot_arcs,
        arc_weights,
        weights,
        known,
        found,
    )
    return best, seed, pin, arcs
