"""Stop rules of the search: how much of a run is spent, asked now and then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Deadline", "MaxIterations", "StopRule"]


class StopRule(Protocol):
    """Says how much of a run is spent; the search cools by it and ends when all is.

    ``iteration`` counts the finished ones.
    """

    def spent(self, iteration: int) -> float:
        """Return the share of the run that is over; 1 or more ends it."""
        ...

    def ahead(self, iteration: int) -> int:
        """Return the most iterations that may be made before it is asked again."""
        ...


@dataclass(frozen=True, slots=True)
class MaxIterations:
    """Ends after so many iterations: the reproducible rule.

    Examples
    --------
    >>> rule = MaxIterations(10)
    >>> rule.spent(5), rule.ahead(5), rule.spent(10)
    (0.5, 5, 1.0)
    """

    iterations: int

    def spent(self, iteration: int) -> float:
        return iteration / self.iterations if self.iterations > 0 else 1.0

    def ahead(self, iteration: int) -> int:
        return self.iterations - iteration


@dataclass(frozen=True, slots=True)
class Deadline:
    """Runs from ``begins_s`` until ``clock()`` reaches ``ends_s``, times of the same clock.

    Examples
    --------
    >>> rule = Deadline(lambda: 7.5, begins_s=5.0, ends_s=10.0)
    >>> rule.spent(100)
    0.5
    """

    clock: Callable[[], float]
    begins_s: float
    ends_s: float

    @classmethod
    def after(cls, clock: Callable[[], float], seconds: float) -> Deadline:
        """Return the rule of a run that begins now."""
        now_s = clock()
        return cls(clock, now_s, now_s + seconds)

    def part(self, share: float) -> Deadline:
        """Return the rule of a run that begins now and has a share of what is left.

        Examples
        --------
        >>> Deadline(lambda: 6.0, begins_s=5.0, ends_s=10.0).part(0.75).ends_s
        9.0
        """
        now_s = self.clock()
        return Deadline(self.clock, now_s, now_s + share * max(0.0, self.ends_s - now_s))

    def spent(self, iteration: int) -> float:  # noqa: ARG002
        if self.ends_s <= self.begins_s:
            return 1.0
        return (self.clock() - self.begins_s) / (self.ends_s - self.begins_s)

    def ahead(self, iteration: int) -> int:  # noqa: ARG002
        return 1 << 30
