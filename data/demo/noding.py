"""Make crossings of lines into shared nodes."""

from __future__ import annotations

import numpy as np
import shapely

from geo.model import Floats, Ints

__all__ = ["node_lines"]

_GRAIN_M = 0.1
_SNAP_M = 4.0


def node_lines(lines: list[Floats]) -> tuple[Floats, list[Ints]]:
    """Return shared nodes (n, 2) and each line as positions of nodes.

    Vertices within a decimetre are one node. Where two lines cross, both get the node; a crossing
    close to a vertex takes that vertex.
    """
    counts = np.asarray([len(line) for line in lines])
    stacked = np.concatenate(lines)
    keys = np.round(stacked / _GRAIN_M).astype(np.int64)
    _, first, node_of = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    node_of = node_of.reshape(-1)
    nodes = stacked[first]
    line_of = np.repeat(np.arange(len(lines)), counts)
    ends = np.flatnonzero(line_of[:-1] == line_of[1:])
    a, b = node_of[ends], node_of[ends + 1]
    real = a != b
    ends, a, b = ends[real], a[real], b[real]
    segments = np.asarray(
        shapely.linestrings(np.stack([nodes[a], nodes[b]], axis=1)), dtype=np.object_
    )
    left, right = shapely.STRtree(segments).query(segments, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    shared = (a[left] == a[right]) | (a[left] == b[right]) | (b[left] == a[right])
    shared |= b[left] == b[right]
    left, right = left[~shared], right[~shared]

    p, r = nodes[a[left]], nodes[b[left]] - nodes[a[left]]
    q, s = nodes[a[right]], nodes[b[right]] - nodes[a[right]]
    cross = r[:, 0] * s[:, 1] - r[:, 1] * s[:, 0]
    straight = np.abs(cross) > 1e-9
    left, right, p, r, q, s, cross = (v[straight] for v in (left, right, p, r, q, s, cross))
    t = ((q - p)[:, 0] * s[:, 1] - (q - p)[:, 1] * s[:, 0]) / cross
    u = ((q - p)[:, 0] * r[:, 1] - (q - p)[:, 1] * r[:, 0]) / cross
    at = p + t[:, None] * r

    extra: list[Floats] = []
    inserts: dict[int, list[tuple[float, int]]] = {}
    lengths_l, lengths_r = np.hypot(*r.T), np.hypot(*s.T)
    for i in range(len(left)):
        near_l = _end(float(t[i]), float(lengths_l[i]), int(a[left[i]]), int(b[left[i]]))
        near_r = _end(float(u[i]), float(lengths_r[i]), int(a[right[i]]), int(b[right[i]]))
        if near_l is not None:
            node = near_l
        elif near_r is not None:
            node = near_r
        else:
            node = len(nodes) + len(extra)
            extra.append(at[i])
        if node not in (a[left[i]], b[left[i]]):
            inserts.setdefault(int(left[i]), []).append((float(t[i]), node))
        if node not in (a[right[i]], b[right[i]]):
            inserts.setdefault(int(right[i]), []).append((float(u[i]), node))
    if extra:
        nodes = np.concatenate([nodes, np.asarray(extra)])

    segment_at = np.full(len(stacked), -1, dtype=np.int64)
    segment_at[ends] = np.arange(len(ends))
    noded: list[Ints] = []
    begin = 0
    for count in counts:
        run: list[int] = []
        for vertex in range(begin, begin + int(count)):
            _add(run, int(node_of[vertex]))
            for _, node in sorted(inserts.get(int(segment_at[vertex]), ())):
                _add(run, node)
        noded.append(np.asarray(run, dtype=np.int64))
        begin += int(count)
    return nodes, noded


def _end(share: float, length_m: float, start: int, end: int) -> int | None:
    snap = min(_SNAP_M, 0.45 * length_m)
    if share * length_m < snap:
        return start
    if (1.0 - share) * length_m < snap:
        return end
    return None


def _add(run: list[int], node: int) -> None:
    if not run or run[-1] != node:
        run.append(node)
