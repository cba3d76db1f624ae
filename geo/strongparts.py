"""Strongly connected parts, where every place is reached from every other, and the largest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from geo.model import Floats, Ints

__all__ = ["largest_part", "parts_of_roads", "strong_parts"]

_Rows = Ints | npt.NDArray[np.int32]


def strong_parts(count: int, start: _Rows, end: _Rows) -> npt.NDArray[np.int32]:
    """Return the part of each node, shape (count,), where arcs lead from starts to ends."""
    ones = np.ones(len(start), dtype=np.int8)
    matrix = csr_array((ones, (start, end)), shape=(count, count))
    _, part = connected_components(matrix, directed=True, connection="strong")
    return np.asarray(part, dtype=np.int32)


def parts_of_roads(
    count: int, tail: _Rows, head: _Rows, usable: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int32]:
    """Return the part of each node; roads of shape (n,), ``usable`` along and against, (n, 2)."""
    along, against = usable.T
    start = np.concatenate([tail[along], head[against]])
    return strong_parts(count, start, np.concatenate([head[along], tail[against]]))


def largest_part(part: _Rows, length_m: Floats) -> int:
    """Return the part that has most length of some roads, -1 where there are none.

    Of parts of one length it is the one with most roads, of these the lowest.

    Parameters
    ----------
    part, length_m
        Part and length of each road, shape (n,).
    """
    if not len(part):
        return -1
    size_m, count = np.bincount(part, weights=length_m), np.bincount(part)
    return int(np.lexsort((-np.arange(len(count)), count, size_m))[-1])
