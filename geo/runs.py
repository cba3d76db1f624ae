"""Runs of numbers one after another, as rows of an array that offsets cut up."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.model import Ints

__all__ = ["rows_of", "runs"]

_Rows = Ints | npt.NDArray[np.intp]


def runs(begin: _Rows, count: _Rows) -> Ints:
    """Return the numbers from each begin on, so many of each, shape (sum of counts,).

    Examples
    --------
    >>> runs(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    skip = begin - (np.cumsum(count) - count)
    numbers: Ints = np.arange(count.sum()) + np.repeat(skip, count)
    return numbers


def rows_of(offset: Ints, rows: _Rows) -> Ints:
    """Return the places of the entries of some rows in an array cut up by offsets.

    Examples
    --------
    >>> rows_of(np.array([0, 2, 3, 6]), np.array([2, 0])).tolist()
    [3, 4, 5, 0, 1]
    """
    return runs(offset[rows], np.diff(offset)[rows])
