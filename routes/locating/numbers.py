"""The parameters as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TypeVar

import numpy as np
from scipy.special import expit, logit

from geo.model import Floats, Ints, Precision
from routes.checks import CHECK_SOURCES, Answer, Check
from routes.locating.layout import Small
from routes.locating.parameters import DayType, LocatingParameters
from routes.model import ClaimSource, OutcomeKind, PlaceKind, VisitBand

__all__ = [
    "ABSENT",
    "HABIT_NODES",
    "NOT_HERE",
    "PRESENT",
    "WEEKS_A_YEAR",
    "Numbers",
    "answer_half_life_d",
    "numbers_of",
]

HABIT_NODES = 5
WEEKS_A_YEAR = 365.25 / 7.0
PRESENT, ABSENT, NOT_HERE = 0, 1, 2  # rows of the outcome table

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """What the kernels reckon with; codes are positions in their enumeration.

    Parameters
    ----------
    log_fresh, log_stale, half_life_d
        By claim source.
    log_odds
        Of a residence, a day place and a seat, before statements.
    detection
        By precision.
    presence
        Log odds by kind of place, band and day type.
    township
        Shift by position in the evidence's townships.
    habit_sd, away_week, away_day, log_lead, log_lead_band
        As in the parameters; ``away_*`` are log odds.
    outcome
        Shares by row (``PRESENT``, ``ABSENT``, ``NOT_HERE``) and kind.
    log_moves
        Of moves a year, of a residence, a day place and a seat.
    mistaken
        By outcome kind.
    mistaken_share
        Log odds.
    answer_ratio
        By check and answer: how many times likelier it is where the place is the debtor's.
    answer_half_life_d
        By check.
    """

    log_fresh: Floats
    log_stale: Floats
    half_life_d: Floats
    log_odds: Floats
    detection: Floats
    presence: Floats
    township: Floats
    habit_sd: float
    away_week: float
    away_day: float
    log_lead: float
    log_lead_band: float
    outcome: Floats
    log_moves: Floats
    mistaken: Floats
    mistaken_share: float
    answer_ratio: Floats
    answer_half_life_d: Floats

    @property
    def reports(self) -> Floats:
        """Shares of what is reported, with the mistaken reports among them; as ``outcome``."""
        share = expit(self.mistaken_share)
        return np.asarray((1.0 - share) * self.outcome + share * self.mistaken)


def _column(values: Mapping[E, float], codes: type[E]) -> Floats:
    return np.array([values[code] for code in codes], dtype=np.float64)


def numbers_of(parameters: LocatingParameters, townships: Sequence[str]) -> Numbers:
    """Return the parameters as arrays, for evidence with these townships."""
    claim, anchor, told = parameters.claim, parameters.anchor, parameters.outcome
    mean, move = parameters.presence.mean, parameters.move
    presence = [[[mean[k, b, d] for d in DayType] for b in VisitBand] for k in PlaceKind]
    rows = (told.here_present, told.here_absent, told.not_here)
    return Numbers(
        log_fresh=np.log(_column(claim.fresh, ClaimSource)),
        log_stale=np.log(_column(claim.stale, ClaimSource)),
        half_life_d=_column(claim.half_life_d, ClaimSource),
        log_odds=np.log([anchor.residence, anchor.day_place, anchor.seat]),
        detection=_column(parameters.detection, Precision),
        presence=logit(np.array(presence, dtype=np.float64)),
        township=np.array([parameters.presence.township.get(code, 0.0) for code in townships]),
        habit_sd=parameters.presence.habit_sd,
        away_week=float(logit(parameters.away.week)),
        away_day=float(logit(parameters.away.day)),
        log_lead=float(np.log(parameters.lead_ratio)),
        log_lead_band=float(np.log(parameters.lead_band_ratio)),
        outcome=np.array([_column(row, OutcomeKind) for row in rows]),
        log_moves=np.log([move.residence, move.day_place, move.seat]),
        mistaken=_column(told.mistaken, OutcomeKind),
        mistaken_share=float(logit(told.mistaken_share)),
        answer_ratio=np.array(
            [
                [asked.here[answer] / asked.away[answer] for answer in Answer]
                for asked in (parameters.question.checks[check] for check in Check)
            ]
        ),
        answer_half_life_d=np.array([answer_half_life_d(parameters, check) for check in Check]),
    )


def answer_half_life_d(parameters: LocatingParameters, check: Check) -> float:
    """Return in how many days half of a check's answers stop telling of the present.

    As what its source states; what is heard on the telephone as what a liaison says. assumed.
    """
    return parameters.claim.half_life_d[CHECK_SOURCES.get(check, ClaimSource.LIAISON)]


def habit_nodes(sd: float) -> tuple[Floats, Floats]:
    """Return values and log weights of a normal shift (Gauss-Hermite quadrature)."""
    at, log_weight = _nodes()
    return sd * at, log_weight


@cache
def _nodes() -> tuple[Floats, Floats]:
    at, weight = np.polynomial.hermite_e.hermegauss(HABIT_NODES)
    return at, np.log(weight / weight.sum())


def presence_rows(township: Ints, kind: Ints) -> Ints:
    """Return the rows of :func:`presence_tables` of places."""
    return township * len(PlaceKind) + kind


def hours(band: Small | Ints, day_type: Small | Ints) -> Small:
    """Return the columns of :func:`presence_tables` of visits."""
    return (band * len(DayType) + day_type).astype(np.int8)


def presence_tables(numbers: Numbers) -> tuple[Floats, Floats]:
    """Return P(there) and P(not) by told, row (township x kind), hour and node of habit."""
    habit, _ = habit_nodes(numbers.habit_sd)
    told = np.array([0.0, numbers.log_lead_band])
    log_odds = (
        told[:, None, None, None, None, None]
        + numbers.township[None, :, None, None, None, None]
        + numbers.presence[None, None, :, :, :, None]
        + habit[None, None, None, None, None, :]
    )
    shape = (2, log_odds.shape[1] * log_odds.shape[2], -1, HABIT_NODES)
    return expit(log_odds).reshape(shape), expit(-log_odds).reshape(shape)


def rates_of(numbers: Numbers) -> Floats:
    """Return moves a week, of a residence, a day place and a seat."""
    return np.exp(numbers.log_moves) / WEEKS_A_YEAR


def away_of(numbers: Numbers) -> Floats:
    """Return the probabilities of being away for the week, and for the day."""
    return np.array([expit(numbers.away_week), expit(numbers.away_day)])
