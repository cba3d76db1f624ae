"""Time and length in one integer, so that one search finds the quickest path and its length.

A cost is ``milliseconds * LENGTH_SPAN + decimetres``. Costs add up and compare by time first, then
by length: of paths that take the same time the shortest is found, by every solver alike. A trip
ends at :data:`LONGEST_S`; below it every cost is exact in int64 and in float64.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.model import Floats, Ints

__all__ = ["LENGTH_SPAN", "LIMIT", "LONGEST_S", "NEVER", "cost", "length_m", "travel_s"]

LENGTH_SPAN = 1 << 26
"""Decimetres that fit below one millisecond: 6,710 km."""

LONGEST_S = 36 * 3600
"""A longer trip is taken for unreachable."""

LIMIT = LONGEST_S * 1000 * LENGTH_SPAN
"""Cost of the longest trip; below 2 ** 53."""

NEVER = 1 << 60
"""Cost of what cannot be reached; the sum of four is still an int64."""


def cost(seconds: npt.ArrayLike, metres: npt.ArrayLike) -> Ints:
    """Return costs, to the millisecond and the decimetre."""
    time_ms = np.rint(np.asarray(seconds, dtype=np.float64) * 1000.0).astype(np.int64)
    length_dm = np.rint(np.asarray(metres, dtype=np.float64) * 10.0).astype(np.int64)
    packed: Ints = time_ms * LENGTH_SPAN + length_dm
    return packed


def travel_s(costs: Ints) -> Floats:
    """Return seconds; inf at or beyond the limit."""
    seconds: Floats = np.where(costs < LIMIT, (costs // LENGTH_SPAN) / 1000.0, np.inf)
    return seconds


def length_m(costs: Ints) -> Floats:
    """Return metres; inf at or beyond the limit."""
    metres: Floats = np.where(costs < LIMIT, (costs % LENGTH_SPAN) / 10.0, np.inf)
    return metres
