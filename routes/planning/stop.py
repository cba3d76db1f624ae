"""Stop rules of the search: asked after every iteration, they never change it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Deadline", "MaxIterations", "StopRule"]


class StopRule(Protocol):
    """Says whether the search ends; ``iteration`` counts the finished ones."""

    def __call__(self, iteration: int, best_value: float) -> bool: ...


@dataclass(frozen=True, slots=True)
class MaxIterations:
    """Ends after so many iterations: the reproducible rule.

    Examples
    --------
    >>> MaxIterations(10)(9, 0.0), MaxIterations(10)(10, 0.0)
    (False, True)
    """

    iterations: int

    def __call__(self, iteration: int, best_value: float) -> bool:  # noqa: ARG002
        return iteration >= self.iterations


@dataclass(frozen=True, slots=True)
class Deadline:
    """Ends when ``clock()`` reaches ``ends_s``, an absolute time of the same clock."""

    clock: Callable[[], float]
    ends_s: float

    def __call__(self, iteration: int, best_value: float) -> bool:  # noqa: ARG002
        return self.clock() >= self.ends_s
