"""The learnable numbers as one vector, its prior, and the names of its entries.

Ratios, odds and moves a year stand as logarithms, probabilities as log odds, tables of outcomes
as logarithms of shares up to a constant by table. What is not here is never learned: half-lives
of statements, detection, families, the spread of habits, how a lead moves its band, what mistaken
reports say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit, log_softmax, softmax

from geo.model import Floats
from routes.locating.numbers import Numbers, numbers_of
from routes.locating.parameters import DayType, LocatingParameters
from routes.model import ClaimSource, OutcomeKind, PlaceKind, VisitBand

__all__ = [
    "AWAY",
    "LEAD",
    "MISTAKEN",
    "MOVES",
    "ODDS",
    "PRESENCE",
    "RATIOS",
    "TABLES",
    "TABLE_NAMES",
    "TOWNSHIP",
    "WEIGHTS",
    "Prior",
    "keys_of",
    "numbers_at",
    "parameters_at",
    "prior_of",
    "tables_at",
    "vector_of",
]

_N_SOURCES, _N_KINDS = len(ClaimSource), len(OutcomeKind)
_SHAPE = (len(PlaceKind), len(VisitBand), len(DayType))
TABLE_NAMES = ("here_present", "here_absent", "not_here")
_ANCHORS = ("residence", "day_place", "seat")

RATIOS = slice(0, 2 * _N_SOURCES)  # fresh, then stale
ODDS = slice(RATIOS.stop, RATIOS.stop + len(_ANCHORS))
LEAD = slice(ODDS.stop, ODDS.stop + 1)
WEIGHTS = slice(0, LEAD.stop)  # all that the odds of places are made of
PRESENCE = slice(LEAD.stop, LEAD.stop + int(np.prod(_SHAPE)))
AWAY = slice(PRESENCE.stop, PRESENCE.stop + 2)
MOVES = slice(AWAY.stop, AWAY.stop + len(_ANCHORS))
MISTAKEN = slice(MOVES.stop, MOVES.stop + 1)
TABLES = slice(MISTAKEN.stop, MISTAKEN.stop + len(TABLE_NAMES) * _N_KINDS)
TOWNSHIP = slice(TABLES.stop, None)  # without the first one, which is "unknown"

_LEAST_SD = 1e-6  # a spread of zero in the file: not learned


def vector_of(numbers: Numbers) -> Floats:
    """Return the learnable numbers."""
    tables = np.log(numbers.outcome)
    return np.concatenate(
        [
            numbers.log_fresh,
            numbers.log_stale,
            numbers.log_odds,
            [numbers.log_lead],
            numbers.presence.ravel(),
            [numbers.away_week, numbers.away_day],
            numbers.log_moves,
            [numbers.mistaken_share],
            (tables - tables.mean(axis=1, keepdims=True)).ravel(),
            numbers.township[1:],
        ]
    )


def tables_at(vector: Floats) -> Floats:
    """Return the logarithms in the tables of outcomes, shape (tables, kinds)."""
    return vector[TABLES].reshape(len(TABLE_NAMES), _N_KINDS)


def numbers_at(numbers: Numbers, vector: Floats) -> Numbers:
    """Return the numbers with what the vector says."""
    tables = softmax(tables_at(vector), axis=1)
    return replace(
        numbers,
        log_fresh=vector[:_N_SOURCES],
        log_stale=vector[_N_SOURCES : RATIOS.stop],
        log_odds=vector[ODDS],
        log_lead=max(float(vector[LEAD][0]), 0.0),  # a lead speaks for its place, or not at all
        presence=vector[PRESENCE].reshape(_SHAPE),
        away_week=float(vector[AWAY][0]),
        away_day=float(vector[AWAY][1]),
        mistaken_share=float(vector[MISTAKEN][0]),
        log_moves=vector[MOVES],
        outcome=tables,
        township=np.concatenate([numbers.township[:1], vector[TOWNSHIP]]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """What the numbers were before: normal, and Dirichlet for the tables of outcomes.

    Parameters
    ----------
    mean
        The vector of the parameters at the outset.
    precision
        Inverse of the covariance, shape (entries, entries); 0 for the tables.
    visits
        By table and kind: visits that the table is worth.
    """

    mean: Floats
    precision: Floats
    visits: Floats

    def log_density(self, vector: Floats) -> float:
        """Return the log density less that of its top: never above zero."""
        far = (vector - self.mean) @ self.precision @ (vector - self.mean)
        gap = log_softmax(tables_at(vector), axis=1) - log_softmax(tables_at(self.mean), axis=1)
        return float((self.visits * gap).sum() - 0.5 * far)

    def gradient(self, vector: Floats) -> Floats:
        """Return the gradient of the log density."""
        slope: Floats = -self.precision @ (vector - self.mean)
        shares = softmax(tables_at(vector), axis=1)
        slope[TABLES] = (self.visits - self.visits.sum(axis=1, keepdims=True) * shares).ravel()
        return slope

    def curvature(self, vector: Floats) -> Floats:
        """Return the negative second derivatives of the log density, shape (entries, entries).

        A table's logarithms may all rise by one constant; that direction gets the weight of
        one visit, so that the matrix can be inverted.
        """
        matrix = self.precision.copy()
        at = np.arange(TABLES.start, TABLES.stop).reshape(self.visits.shape)
        for row, visits, log_shares in zip(at, self.visits, tables_at(vector), strict=True):
            share = softmax(log_shares)
            block = visits.sum() * (np.diag(share) - np.outer(share, share))
            matrix[np.ix_(row, row)] = block + 1.0 / len(row)
        return matrix


def prior_of(parameters: LocatingParameters, townships: Sequence[str]) -> Prior:
    """Return the prior: these parameters, each with its spread."""
    numbers, spread = numbers_of(parameters, townships), parameters.spread
    mean = vector_of(numbers)
    sd = np.full(len(mean), np.inf)
    sd[RATIOS] = sd[LEAD] = spread.log_ratio
    sd[ODDS] = spread.log_odds
    sd[PRESENCE] = spread.presence
    sd[AWAY] = spread.away
    sd[MOVES] = spread.moves
    sd[MISTAKEN] = spread.mistaken
    sd[TOWNSHIP] = parameters.presence.township_sd
    sd = np.maximum(sd, _LEAST_SD)
    precision = np.diag(sd**-2.0)
    size = len(VisitBand) * len(DayType)
    likeness = np.full((size, size), spread.presence_shared)
    np.fill_diagonal(likeness, 1.0)
    block = np.kron(np.eye(len(PlaceKind)), np.linalg.inv(likeness))
    precision[PRESENCE, PRESENCE] = block / sd[PRESENCE] ** 2
    return Prior(mean, precision, spread.outcome_visits * numbers.outcome)


def keys_of(townships: Sequence[str]) -> tuple[str, ...]:
    """Return where each entry stands in the parameter file; a band's after its row."""
    return (
        *(f"claim.fresh.{source}" for source in ClaimSource),
        *(f"claim.stale.{source}" for source in ClaimSource),
        *(f"anchor.{anchor}" for anchor in _ANCHORS),
        "lead.ratio",
        *(
            f"presence.{day}.{kind}.{band}"
            for kind in PlaceKind
            for band in VisitBand
            for day in DayType
        ),
        *("away.week", "away.day"),
        *(f"move.{anchor}" for anchor in _ANCHORS),
        "outcome.mistaken_share",
        *(f"outcome.{table}.{kind}" for table in TABLE_NAMES for kind in OutcomeKind),
        *(f"presence.township.{code}" for code in townships[1:]),
    )


def parameters_at(
    parameters: LocatingParameters, vector: Floats, townships: Sequence[str]
) -> LocatingParameters:
    """Return the parameters with what the vector says of them and of these townships."""
    numbers = numbers_at(numbers_of(parameters, townships), vector)
    ratios = np.exp(vector[RATIOS]).reshape(2, _N_SOURCES).tolist()
    odds = dict(zip(_ANCHORS, np.exp(vector[ODDS]).tolist(), strict=True))
    moves = dict(zip(_ANCHORS, np.exp(vector[MOVES]).tolist(), strict=True))
    mean = expit(numbers.presence)
    shares = {
        name: dict(zip(OutcomeKind, table, strict=True))
        for name, table in zip(TABLE_NAMES, numbers.outcome.tolist(), strict=True)
    }
    shifts = dict(zip(townships[1:], vector[TOWNSHIP].tolist(), strict=True))
    return replace(
        parameters,
        claim=replace(
            parameters.claim,
            fresh=dict(zip(ClaimSource, ratios[0], strict=True)),
            stale=dict(zip(ClaimSource, ratios[1], strict=True)),
        ),
        anchor=replace(parameters.anchor, **odds),
        lead_ratio=float(np.exp(numbers.log_lead)),
        presence=replace(
            parameters.presence,
            mean={
                (kind, band, day): float(mean[k, b, d])
                for k, kind in enumerate(PlaceKind)
                for b, band in enumerate(VisitBand)
                for d, day in enumerate(DayType)
            },
            township={**parameters.presence.township, **shifts},
        ),
        away=replace(
            parameters.away,
            week=float(expit(numbers.away_week)),
            day=float(expit(numbers.away_day)),
        ),
        move=replace(parameters.move, **moves),
        outcome=replace(
            parameters.outcome, mistaken_share=float(expit(numbers.mistaken_share)), **shares
        ),
    )
