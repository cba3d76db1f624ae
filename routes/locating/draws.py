"""Draws of the numbers about the parameters, from which every interval is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from geo.model import Floats
from routes.locating.numbers import Numbers, numbers_of
from routes.locating.parameters import DayType, LearnedSpread, LocatingParameters, Spread
from routes.locating.vector import TOWNSHIP, numbers_at, vector_of
from routes.model import ClaimSource, PlaceKind, VisitBand

__all__ = ["draw_numbers"]

_KEPT = 64  # some hundred kilobytes each


def draw_numbers(parameters: LocatingParameters, townships: Sequence[str]) -> tuple[Numbers, ...]:
    """Return ``spread.draws`` draws about the parameters, always the same ones.

    Learned numbers are drawn together, as sure as what they were learned from made them;
    others each by itself, by the spreads of the file. Those of the same object are kept.
    """
    return _drawn(_Itself(parameters), tuple(townships))


class _Itself:
    """Parameters known by being the same object: their tables have no hash."""

    def __init__(self, parameters: LocatingParameters) -> None:
        self.parameters = parameters

    def __hash__(self) -> int:
        return id(self.parameters)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and other.parameters is self.parameters


@lru_cache(maxsize=_KEPT)
def _drawn(of: _Itself, townships: tuple[str, ...]) -> tuple[Numbers, ...]:
    parameters = of.parameters
    if parameters.learned is None:
        return tuple(_from_spread(parameters, townships))
    return tuple(_from_learned(parameters, parameters.learned, townships))


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
    by_town = _townships(parameters, townships)
    for place, code in enumerate(townships):
        if place and code in learned.townships:
            by_town[:, place] = noise[:, TOWNSHIP.start + learned.townships.index(code) - 1]
    drawn = []
    for shift, towns in zip(noise, by_town, strict=True):
        own = np.concatenate([shift[: TOWNSHIP.start], towns[1:]])
        unknown = replace(middle, township=middle.township[:1] + towns[:1])
        drawn.append(numbers_at(unknown, vector + own))
    return drawn


def _townships(parameters: LocatingParameters, townships: Sequence[str]) -> Floats:
    """Return shifts of townships of which nothing was learned, shape (draws, townships).

    Each township's come from its own code, so that they do not depend on the others.
    """
    spread, sd = parameters.spread, parameters.presence.township_sd
    streams = [np.random.default_rng((spread.seed, *code.encode())) for code in townships]
    return sd * np.stack([stream.standard_normal(spread.draws) for stream in streams], axis=1)


def _from_spread(parameters: LocatingParameters, townships: Sequence[str]) -> list[Numbers]:
    """Return draws of each number by itself."""
    middle, spread = numbers_of(parameters, townships), parameters.spread
    random = np.random.default_rng(spread.seed)
    drawn = []
    for towns in _townships(parameters, townships):
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
                township=middle.township + towns,
                habit_sd=middle.habit_sd,
                away_week=middle.away_week + spread.away * random.standard_normal(),
                away_day=middle.away_day + spread.away * random.standard_normal(),
                log_lead=middle.log_lead + spread.log_ratio * random.standard_normal(),
                log_lead_band=middle.log_lead_band,
                outcome=outcome / outcome.sum(axis=1, keepdims=True),
                log_moves=middle.log_moves + spread.moves * random.standard_normal(3),
                mistaken=middle.mistaken,
                mistaken_share=middle.mistaken_share + spread.mistaken * random.standard_normal(),
                answer_ratio=middle.answer_ratio,
                answer_half_life_d=middle.answer_half_life_d,
            )
        )
    return drawn
