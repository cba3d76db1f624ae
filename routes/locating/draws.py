"""Draws of the numbers about the parameters, from which every interval is made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geo.model import Floats
from routes.locating.numbers import Numbers, numbers_of
from routes.locating.parameters import DayType, LearnedSpread, LocatingParameters, Spread
from routes.locating.vector import TOWNSHIP, numbers_at, vector_of
from routes.model import ClaimSource, PlaceKind, VisitBand

__all__ = ["draw_numbers"]


def draw_numbers(parameters: LocatingParameters, townships: Sequence[str]) -> list[Numbers]:
    """Return ``spread.draws`` draws about the parameters, always the same ones.

    Learned numbers are drawn together, as sure as what they were learned from made them;
    others each by itself, by the spreads of the file.
    """
    if parameters.learned is None:
        return _from_spread(parameters, townships)
    return _from_learned(parameters, parameters.learned, townships)


def _presence(spread: Spread, random: np.random.Generator) -> Floats:
    """Return shifts of presence: partly one of each kind of place, partly each its own."""
    kinds = random.standard_normal((len(PlaceKind), 1, 1))
    own = random.standard_normal((len(PlaceKind), len(VisitBand), len(DayType)))
    shared = spread.presence_shared
    shift: Floats = np.sqrt(shared) * kinds + np.sqrt(1.0 - shared) * own
    return spread.presence * shift


def _from_learned(
    parameters: LocatingParameters, learned: LearnedSpread, townships: Sequence[str]
) -> list[Numbers]:
    middle, spread = numbers_of(parameters, townships), parameters.spread
    random = np.random.default_rng(spread.seed)
    root = np.linalg.cholesky(learned.covariance)
    noise = random.standard_normal((spread.draws, len(root))) @ root.T
    vector = vector_of(middle)
    at = {code: TOWNSHIP.start + i for i, code in enumerate(learned.townships[1:])}
    drawn = []
    for shift in noise:
        own = np.concatenate(
            [
                shift[: TOWNSHIP.start],
                [shift[at[code]] if code in at else 0.0 for code in townships[1:]],
            ]
        )
        drawn.append(numbers_at(middle, vector + own))
    return drawn


def _from_spread(parameters: LocatingParameters, townships: Sequence[str]) -> list[Numbers]:
    """Return draws of each number by itself."""
    middle, spread = numbers_of(parameters, townships), parameters.spread
    random = np.random.default_rng(spread.seed)
    drawn = []
    for _ in range(spread.draws):
        outcome = np.array(
            [random.dirichlet(row * spread.outcome_visits) for row in middle.outcome]
        )
        outcome = np.maximum(outcome, 1e-6)
        shift = spread.log_ratio * random.standard_normal((2, len(ClaimSource)))
        drawn.append(
            Numbers(
                log_fresh=middle.log_fresh + shift[0],
                log_stale=middle.log_stale + shift[1],
                half_life_d=middle.half_life_d,
                log_odds=middle.log_odds + spread.log_odds * random.standard_normal(3),
                detection=middle.detection,
                presence=middle.presence + _presence(spread, random),
                township=middle.township,
                habit_sd=middle.habit_sd,
                away_week=middle.away_week + spread.away * random.standard_normal(),
                away_day=middle.away_day + spread.away * random.standard_normal(),
                log_lead=middle.log_lead + spread.log_ratio * random.standard_normal(),
                log_lead_band=middle.log_lead_band,
                outcome=outcome / outcome.sum(axis=1, keepdims=True),
                log_moves=middle.log_moves + spread.moves * random.standard_normal(3),
                mistaken=middle.mistaken,
                mistaken_share=middle.mistaken_share + spread.mistaken * random.standard_normal(),
            )
        )
    return drawn
