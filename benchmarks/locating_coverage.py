"""How often the range of P(found) holds what would be believed if the numbers were known.

The numbers of each court are drawn from the spreads of the parameter file, and its debtors, their
statements and outcomes from these numbers. What the model says with them is the truth that the
range, made without knowing them, is to hold nine times of ten.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from benchmarks.locating_visits import located_at, planned_sets
from benchmarks.simulated_own import draw_own
from routes.locating import default_parameters
from routes.locating.draws import draw_numbers
from routes.locating.found import found_by
from routes.locating.posterior import weigh
from routes.locating.vector import parameters_at, vector_of

__all__ = ["Coverage", "coverage"]

_START = date(2025, 9, 1)  # a Monday
_NOWHERE = ("",)  # townships: none is named
_APART = 10_000  # seeds of courts lie apart from that of the range's own draws
_TRIED = 0.05  # visits that nobody would make are left out: their ranges hold nothing but zero


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of one court: share of visits whose range held the truth, and the mean width."""

    held: float
    width: float


def coverage(seed: int, *, debtors: int) -> Coverage:
    """Judge the ranges of the visits of one court."""
    believed = default_parameters()
    spread = replace(believed.spread, seed=_APART + seed, draws=1)
    (numbers,) = draw_numbers(replace(believed, spread=spread), _NOWHERE)
    court = parameters_at(believed, vector_of(numbers), _NOWHERE)
    truth = draw_own(court, seed=seed, debtors=debtors, start=_START)
    located = located_at(truth.known, truth.outcomes, truth.today, believed)
    sets = planned_sets(truth.known, located, truth.visits)
    right = found_by(weigh(located.evidence, numbers), sets)
    low, high = located.interval_of(sets).T
    tried = right >= _TRIED
    held = (low <= right) & (right <= high)
    return Coverage(float(held[tried].mean()), float((high - low)[tried].mean()))
