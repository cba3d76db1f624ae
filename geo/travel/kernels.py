"""Compiled loops that build a contraction hierarchy and give it weights.

The hierarchy is the chordal supergraph of a graph under an elimination order, after Dibbelt,
Strasser and Wagner, "Customizable Contraction Hierarchies" (2016). Vertices are ranks here: 0
is contracted first. ``first`` and ``upper`` list for each vertex its neighbours of higher rank,
sorted. Edge ``e`` has two slots, ``2 e`` upward and ``2 e + 1`` downward, which weigh
``weights[0, e]`` and ``weights[1, e]``. A weight is a whole number below 2 ** 53 in a float64, or
inf where there is no way; every arc weighs more than 0.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.model import Floats, Ints
from geo.travel.compiled import compiled

__all__ = ["Ranks", "build", "customise", "edge_between", "update"]

Ranks = npt.NDArray[np.int32]


@compiled
def _chordal(vertex_count: int, first: Ints, above: Ranks) -> tuple[Ints, Ranks, Ranks]:
    """Return ``first``, ``upper`` (longer than used and not yet sorted), and parents.

    ``first`` and ``above`` of the arguments list the graph's neighbours of higher rank. Parents
    are those of the elimination tree; a root's is -1.
    """
    parent = np.full(vertex_count, -1, dtype=np.int32)
    child = np.full(vertex_count, -1, dtype=np.int32)
    sibling = np.full(vertex_count, -1, dtype=np.int32)
    mark = np.full(vertex_count, -1, dtype=np.int32)
    starts = np.zeros(vertex_count + 1, dtype=np.int64)
    upper = np.empty(4 * len(above) + 16, dtype=np.int32)
    count = 0
    for v in range(vertex_count):
        starts[v] = count
        mark[v] = v
        if count + vertex_count - v > len(upper):
            grown = np.empty(2 * len(upper) + vertex_count, dtype=np.int32)
            grown[:count] = upper[:count]
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


@compiled
def _transpose(first: Ints, ends: Ranks) -> tuple[Ints, Ranks, Ints]:
    """Return the lists turned round: for each end its beginnings, sorted, and their edges."""
    vertex_count = len(first) - 1
    turned_first = np.zeros(vertex_count + 1, dtype=np.int64)
    for e in range(first[vertex_count]):
        turned_first[ends[e] + 1] += 1
    for v in range(vertex_count):
        turned_first[v + 1] += turned_first[v]
    fill = turned_first[:-1].copy()
    begins = np.empty(first[vertex_count], dtype=np.int32)
    edges = np.empty(first[vertex_count], dtype=np.int64)
    for v in range(vertex_count):
        for e in range(first[v], first[v + 1]):
            k = fill[ends[e]]
            begins[k], edges[k] = v, e
            fill[ends[e]] = k + 1
    return turned_first, begins, edges


@compiled
def edge_between(first: Ints, upper: Ranks, low: int, high: int) -> int:
    """Return the edge between two vertices that are neighbours."""
    left, right = int(first[low]), int(first[low + 1])
    while left < right:
        middle = (left + right) // 2
        if upper[middle] < high:
            left = middle + 1
        else:
            right = middle
    return left


@compiled
def _slots(first: Ints, upper: Ranks, tail: Ranks, head: Ranks) -> Ints:
    """Return the slot of each arc; -1 for an arc from a vertex to itself."""
    found = np.full(len(tail), -1, dtype=np.int64)
    for a in range(len(tail)):
        if tail[a] < head[a]:
            found[a] = 2 * edge_between(first, upper, tail[a], head[a])
        elif tail[a] > head[a]:
            found[a] = 2 * edge_between(first, upper, head[a], tail[a]) + 1
    return found


@compiled
def _numbered(parent: Ranks) -> Ranks:
    """Return a number for each vertex such that those below one vertex follow each other."""
    count = len(parent)
    size = np.ones(count, dtype=np.int32)
    for v in range(count):
        if parent[v] != -1:
            size[parent[v]] += size[v]
    number = np.empty(count, dtype=np.int32)
    fill = np.empty(count, dtype=np.int32)
    next_root = 0
    for v in range(count - 1, -1, -1):
        if parent[v] == -1:
            number[v] = next_root
            next_root += size[v]
        else:
            number[v] = fill[parent[v]]
            fill[parent[v]] += size[v]
        fill[v] = number[v] + 1
    return number


@compiled
def build(
    vertex_count: int, tail: Ranks, head: Ranks
) -> tuple[Ints, Ranks, Ranks, Ranks, Ints, Ranks, Ints, Ints, Ints, Ints, Ranks]:
    """Return the hierarchy of a graph whose vertices are in the order of contraction.

    Returns
    -------
    first, upper
        Neighbours of higher rank.
    edge_low
        Lower end of each edge.
    parent
        Next vertex above in the elimination tree, -1 at a root.
    lower_first, lower, lower_edge
        Neighbours of lower rank, sorted, and the edges to them.
    slot
        Slot of each arc, -1 for an arc from a vertex to itself.
    slot_first, slot_arcs
        Arcs of each slot.
    number
        A number for each vertex such that those below one vertex follow each other.
    """
    above_first = np.zeros(vertex_count + 1, dtype=np.int64)
    for a in range(len(tail)):
        if tail[a] != head[a]:
            above_first[min(tail[a], head[a]) + 1] += 1
    for v in range(vertex_count):
        above_first[v + 1] += above_first[v]
    fill = above_first[:-1].copy()
    above = np.empty(above_first[vertex_count], dtype=np.int32)
    for a in range(len(tail)):
        if tail[a] != head[a]:
            low = min(tail[a], head[a])
            above[fill[low]] = max(tail[a], head[a])
            fill[low] += 1
    unsorted_first, unsorted, parent = _chordal(vertex_count, above_first, above)
    turned_first, turned, _ = _transpose(unsorted_first, unsorted)
    first, upper, _ = _transpose(turned_first, turned)
    lower_first, lower, lower_edge = _transpose(first, upper)
    edge_low = np.empty(len(upper), dtype=np.int32)
    for v in range(vertex_count):
        for e in range(first[v], first[v + 1]):
            edge_low[e] = v
    slot = _slots(first, upper, tail, head)
    slot_first = np.zeros(2 * len(upper) + 1, dtype=np.int64)
    for s in slot:
        if s >= 0:
            slot_first[s + 1] += 1
    for s in range(2 * len(upper)):
        slot_first[s + 1] += slot_first[s]
    at = slot_first[:-1].copy()
    slot_arcs = np.empty(slot_first[2 * len(upper)], dtype=np.int64)
    for a in range(len(slot)):
        if slot[a] >= 0:
            slot_arcs[at[slot[a]]] = a
            at[slot[a]] += 1
    return (
        first,
        upper,
        edge_low,
        parent,
        lower_first,
        lower,
        lower_edge,
        slot,
        slot_first,
        slot_arcs,
        _numbered(parent),
    )


@compiled
def customise(
    first: Ints,
    upper: Ranks,
    lower_first: Ints,
    lower: Ranks,
    lower_edge: Ints,
    slot: Ints,
    arc_weights: Floats,
) -> Floats:
    """Return the weights of all slots, shape (2, edges), for weights of the arcs."""
    vertex_count = len(first) - 1
    weights = np.full(2 * len(upper), np.inf)  # both of an edge side by side, for speed
    for a in range(len(slot)):
        s = slot[a]
        if s >= 0 and arc_weights[a] < weights[s]:
            weights[s] = arc_weights[a]
    edge_to = np.empty(vertex_count, dtype=np.int64)
    for x in range(vertex_count):
        for e in range(first[x], first[x + 1]):
            edge_to[upper[e]] = e
        for k in range(lower_first[x], lower_first[x + 1]):
            e = lower_edge[k]
            to_x, from_x = weights[2 * e], weights[2 * e + 1]
            if to_x == np.inf and from_x == np.inf:
                continue
            for f in range(e + 1, first[lower[k] + 1]):
                g = 2 * edge_to[upper[f]]
                over = from_x + weights[2 * f]
                back = weights[2 * f + 1] + to_x
                weights[g] = over if over < weights[g] else weights[g]
                weights[g + 1] = back if back < weights[g + 1] else weights[g + 1]
    apart = np.empty((2, len(upper)))
    for e in range(len(upper)):
        apart[0, e], apart[1, e] = weights[2 * e], weights[2 * e + 1]
    return apart


@compiled
def _settled(
    g: int,
    low: int,
    high: int,
    lower_first: Ints,
    lower: Ranks,
    lower_edge: Ints,
    slot_first: Ints,
    slot_arcs: Ints,
    arc_weights: Floats,
    weights: Floats,
) -> tuple[float, float]:
    """Return what both slots of an edge should weigh, from its arcs and its lower triangles."""
    over, back = np.inf, np.inf
    for k in range(slot_first[2 * g], slot_first[2 * g + 1]):
        over = min(over, arc_weights[slot_arcs[k]])
    for k in range(slot_first[2 * g + 1], slot_first[2 * g + 2]):
        back = min(back, arc_weights[slot_arcs[k]])
    i, j = lower_first[low], lower_first[high]
    while i < lower_first[low + 1] and j < lower_first[high + 1]:
        if lower[i] < lower[j]:
            i += 1
        elif lower[i] > lower[j]:
            j += 1
        else:
            e, f = lower_edge[i], lower_edge[j]
            over = min(over, weights[1, e] + weights[0, f])
            back = min(back, weights[1, f] + weights[0, e])
            i += 1
            j += 1
    return over, back


@compiled
def _push(heap: Ints, size: int, edge: int) -> tuple[Ints, int]:
    """Return the heap, a longer one where it was full, and its size."""
    if size == len(heap):
        grown = np.empty(2 * size, dtype=np.int64)
        grown[:size] = heap
        heap = grown
    k = size
    while k > 0 and heap[(k - 1) // 2] > edge:
        heap[k] = heap[(k - 1) // 2]
        k = (k - 1) // 2
    heap[k] = edge
    return heap, size + 1


@compiled
def _pop(heap: Ints, size: int) -> int:
    """Move the least edge behind the rest."""
    least, last = heap[0], heap[size - 1]
    k = 0
    while 2 * k + 1 < size - 1:
        c = 2 * k + 1
        if c + 1 < size - 1 and heap[c + 1] < heap[c]:
            c += 1
        if heap[c] >= last:
            break
        heap[k] = heap[c]
        k = c
    heap[k] = last
    heap[size - 1] = least
    return size - 1


@compiled
def update(
    first: Ints,
    upper: Ranks,
    edge_low: Ranks,
    lower_first: Ints,
    lower: Ranks,
    lower_edge: Ints,
    slot: Ints,
    slot_first: Ints,
    slot_arcs: Ints,
    arc_weights: Floats,
    weights: Floats,
    changed: Ints,
) -> int:
    """Correct ``weights`` in place after some arcs got other weights; return the edges seen.

    Edges are settled in order of their lower end, so that each sees final lower triangles. An
    edge above is visited only where the triangle that changed was its shortest, or now is.
    """
    queued = np.zeros(len(upper), dtype=np.bool_)
    heap = np.empty(1024, dtype=np.int64)
    size, seen = 0, 0
    for a in changed:
        if slot[a] >= 0 and not queued[slot[a] // 2]:
            queued[slot[a] // 2] = True
            heap, size = _push(heap, size, slot[a] // 2)
    while size > 0:
        size = _pop(heap, size)
        g = heap[size]
        queued[g] = False
        seen += 1
        x, y = edge_low[g], upper[g]
        old_over, old_back = weights[0, g], weights[1, g]
        over, back = _settled(
            g,
            x,
            y,
            lower_first,
            lower,
            lower_edge,
            slot_first,
            slot_arcs,
            arc_weights,
            weights,
        )
        if over == old_over and back == old_back:
            continue
        weights[0, g], weights[1, g] = over, back
        for f in range(first[x], first[x + 1]):
            if f == g:
                continue
            z = upper[f]
            h = edge_between(first, upper, min(y, z), max(y, z))
            side = 0 if y < z else 1
            # y -> x -> z and z -> x -> y
            touched = _matters(old_back, back, weights[0, f], weights[side, h])
            touched |= _matters(old_over, over, weights[1, f], weights[1 - side, h])
            if touched and not queued[h]:
                queued[h] = True
                heap, size = _push(heap, size, h)
    return seen


@compiled
def _matters(old: float, new: float, rest: float, whole: float) -> bool:
    """Tell whether a part that changed was on the shortest way, or makes a shorter one."""
    if rest == np.inf:
        return False
    return (old != new and old + rest == whole and whole < np.inf) or new + rest < whole
