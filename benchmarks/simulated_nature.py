"""What is true of a made district as a whole: the locating model's numbers, made wrong.

Every number of ``routes/locating/defaults.toml`` is off here by a factor of its own, at most 2
in odds or shares, and partly shared by a whole group so that errors do not cancel. What the
locating model has no word for stands here too: officers with habits of their own, statements
that copy each other, moves, changes of work, people who come home for the festival.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from geo.model import Floats, Precision
from routes.locating import DayType, LocatingParameters
from routes.model import ClaimSource, OutcomeKind, PlaceKind, VisitBand

__all__ = [
    "ABSENT",
    "FORMER",
    "LONG_ABSENT",
    "MOST_WRONG",
    "PRESENT",
    "STRANGER",
    "Nature",
    "draw_nature",
    "odds_to_share",
]

MOST_WRONG = 2.0
"""Largest factor, in odds or shares, between a district's numbers and the defaults."""

PRESENT, ABSENT, LONG_ABSENT, FORMER, STRANGER = range(5)
"""What a door can be to the debtor when officers report; rows of ``Nature.reports``."""

_LOG_MOST = math.log(MOST_WRONG)
_TELLS_OF_ABSENCE = {OutcomeKind.CLOSED: 1.5, OutcomeKind.MOVED: 1.8}
_TELLS_OF_FORMER = {
    OutcomeKind.MOVED: 1.4,
    OutcomeKind.NO_SUCH_ADDRESS: 0.5,
    OutcomeKind.NAMESAKE: 0.5,
}
_TELLS_OF_STRANGER = {
    OutcomeKind.MOVED: 0.6,
    OutcomeKind.NO_SUCH_ADDRESS: 1.7,
    OutcomeKind.NAMESAKE: 1.7,
}


@dataclass(frozen=True, slots=True, eq=False)
class Nature:
    """What holds in one district.

    Parameters
    ----------
    fresh_odds, stale_odds, half_life_d
        By source: odds that a statement names the true place, of a new and of an old one,
        against all else, for a home.
    day_place, seat
        The same odds of a workplace or a company's seat, as a multiple of a home's.
    presence
        Log odds of being there, by kind of place, band and day type.
    township
        Shift of these by township.
    away_share
        Share of days on which a debtor is away.
    reports
        Shares by officer, row and outcome kind.
    detection
        By precision, position in the enumeration.
    geocode_odds
        Factor between the odds that a geocode is right and those that its confidence claims.
    lead_odds
        Odds that a lead names the true place, as a multiple of a random claim's.
    moves_a_year, job_changes_a_year
        Shares of debtors.
    outside, migrants
        Shares of persons who live outside the district, and who come back for festivals only.
    jobless, vanished
        Shares of persons with no day place, of companies with no seat any more.
    copies
        Chance of a statement to be copied by another source.
    """

    fresh_odds: Mapping[ClaimSource, float]
    stale_odds: Mapping[ClaimSource, float]
    half_life_d: Mapping[ClaimSource, float]
    day_place: float
    seat: float
    presence: Floats
    township: Floats
    away_share: float
    reports: Floats
    detection: Floats
    geocode_odds: float
    lead_odds: float
    moves_a_year: float
    job_changes_a_year: float
    outside: float
    migrants: float
    jobless: float
    vanished: float
    copies: float


def odds_to_share(odds: float) -> float:
    """Return the probability of these odds."""
    return odds / (1.0 + odds)


def draw_nature(
    believed: LocatingParameters, *, townships: int, officers: int, random: np.random.Generator
) -> Nature:
    """Draw what is true of a district about which ``believed`` is believed.

    Parameters
    ----------
    believed
        The planner's own numbers, which the district's differ from.
    townships, officers
        How many there are.
    """
    sources = tuple(ClaimSource)
    ratios = believed.anchor.residence * _wrong(random, (2, len(sources)), axes=2)
    detection = np.array([believed.detection[p] for p in Precision])
    mean = np.array(
        [[[believed.presence.mean[k, b, d] for d in DayType] for b in VisitBand] for k in PlaceKind]
    )
    away = 1.0 - (1.0 - believed.away.week) * (1.0 - believed.away.day)
    claim = believed.claim
    return Nature(
        fresh_odds={s: claim.fresh[s] * ratios[0, i] for i, s in enumerate(sources)},
        stale_odds={s: claim.stale[s] * ratios[1, i] for i, s in enumerate(sources)},
        half_life_d={s: claim.half_life_d[s] * _wrong_one(random) for s in sources},
        day_place=believed.anchor.day_place / believed.anchor.residence,
        seat=believed.anchor.seat / believed.anchor.residence,
        presence=np.log(mean / (1.0 - mean) * _wrong(random, mean.shape, axes=2)),
        township=random.normal(0.0, 0.35, townships),
        away_share=odds_to_share(away / (1.0 - away) * _wrong_one(random)),
        reports=_reports(believed, officers, random),
        detection=_shift_odds(detection, _wrong_one(random)),
        geocode_odds=_wrong_one(random),
        lead_odds=believed.lead_ratio * _wrong_one(random),
        moves_a_year=random.uniform(0.15, 0.45),
        job_changes_a_year=random.uniform(0.15, 0.45),
        outside=random.uniform(0.03, 0.10),
        migrants=random.uniform(0.02, 0.08),
        jobless=random.uniform(0.2, 0.4),
        vanished=random.uniform(0.2, 0.4),
        copies=random.uniform(0.10, 0.35),
    )


def _wrong(random: np.random.Generator, shape: tuple[int, ...], *, axes: int = 1) -> Floats:
    """Return factors within ``MOST_WRONG``; those along the last ``axes`` are wrong together.

    A factor is the product of a shared and of an own one, cut at the limit.
    """
    shared = random.uniform(-1.0, 1.0, shape[: len(shape) - axes] + (1,) * axes)
    own = random.uniform(-1.0, 1.0, shape)
    return np.exp(_LOG_MOST * np.clip(shared + own, -1.0, 1.0))


def _wrong_one(random: np.random.Generator) -> float:
    return float(np.exp(_LOG_MOST * random.uniform(-1.0, 1.0)))


def _shift_odds(share: Floats, factor: float) -> Floats:
    odds = share / (1.0 - share) * factor
    return np.asarray(odds / (1.0 + odds), dtype=np.float64)


def _reports(believed: LocatingParameters, officers: int, random: np.random.Generator) -> Floats:
    """Return what each officer reports: the district's custom, and a habit of the officer's.

    Both together are within ``MOST_WRONG`` of what is believed, before shares are made to sum
    to one; where a debtor never belonged or only is away for long, words differ besides.
    """
    told = believed.outcome
    rows = []
    for table, words in (
        (told.here_present, {}),
        (told.here_absent, {}),
        (told.here_absent, _TELLS_OF_ABSENCE),
        (told.not_here, _TELLS_OF_FORMER),
        (told.not_here, _TELLS_OF_STRANGER),
    ):
        rows.append([table[kind] * words.get(kind, 1.0) for kind in OutcomeKind])
    middle = np.array(rows)
    custom = random.uniform(-1.0, 1.0, (1, *middle.shape))
    habit = random.uniform(-0.5, 0.5, (officers, 1, middle.shape[1]))
    shares = middle * np.exp(_LOG_MOST * np.clip(custom + habit, -1.0, 1.0))
    return np.asarray(shares / shares.sum(axis=2, keepdims=True), dtype=np.float64)
