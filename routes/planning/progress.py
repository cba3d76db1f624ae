"""What the search tells while it runs."""

from __future__ import annotations

__all__ = ["Listener"]


class Listener:
    """Hears of the search and does nothing; override what is wanted.

    A listener cannot alter the search. What it raises ends the search.
    """

    def started(self, *, value: float) -> None:
        """Hear the value of the first plan, built by insertion."""

    def iterated(self, *, iteration: int, value: float, best_value: float) -> None:
        """Hear the value of the plan at hand and of the best one after some iterations."""

    def improved(self, *, iteration: int, best_value: float) -> None:
        """Hear that the best plan was replaced."""

    def ended(self, *, iterations: int, best_value: float) -> None:
        """Hear how many iterations were made and what the best plan is worth."""
