"""What a plan comes to in a few numbers, and how two plans differ."""

from __future__ import annotations

import math
from dataclasses import dataclass

from routes.planning.changes import Pair, pairs_between
from routes.planning.problem import Plan, Problem
from routes.planning.turns import turns

__all__ = ["Comparison", "Figures", "compare"]


@dataclass(frozen=True, slots=True)
class Figures:
    """A plan in numbers.

    Parameters
    ----------
    found
        Expected number of debtors found.
    value, price
        As in :class:`Plan`.
    """

    visits: int
    found: float
    value: float
    price: float
    travel_s: int
    length_m: int

    @classmethod
    def of(cls, problem: Problem, plan: Plan) -> Figures:
        """Return the figures of a plan."""
        made = turns(problem, plan)
        return cls(
            len(made),
            math.fsum(turn.p_added for turn in made.values()),
            plan.value,
            plan.price,
            sum(route.travel_s for route in plan.routes),
            sum(route.length_m for route in plan.routes),
        )

    def __sub__(self, other: Figures) -> Figures:
        return Figures(
            self.visits - other.visits,
            self.found - other.found,
            self.value - other.value,
            self.price - other.price,
            self.travel_s - other.travel_s,
            self.length_m - other.length_m,
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a plan differs from another.

    Parameters
    ----------
    pairs
        Stops that the two treat otherwise: dropped, moved, retimed, added.
    """

    before: Figures
    after: Figures
    pairs: tuple[Pair, ...]

    @property
    def change(self) -> Figures:
        """Return by how much the figures rise."""
        return self.after - self.before


def compare(problem: Problem, plan: Plan, other_problem: Problem, other: Plan) -> Comparison:
    """Return how a second plan differs from a first."""
    return Comparison(
        Figures.of(problem, plan),
        Figures.of(other_problem, other),
        pairs_between(problem, plan, other_problem, other),
    )
