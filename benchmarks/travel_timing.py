"""Times of several pieces of work, taken in turn, so that a busy machine slows all alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from geo.model import Floats

__all__ = ["in_turn", "seconds"]


def seconds(work: Callable[[], object]) -> float:
    """Return how long one call takes."""
    begun_s = time.perf_counter()
    work()
    return time.perf_counter() - begun_s


def in_turn(works: Sequence[Callable[[], object]], *, repeats: int, warm: bool = True) -> Floats:
    """Return seconds, shape (repeats, works); each is called once before where ``warm``."""
    if warm:
        for work in works:
            work()
    return np.array([[seconds(work) for work in works] for _ in range(repeats)])
