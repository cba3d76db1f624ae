"""Other ways to say how likely a visit finds the debtor, from the same inputs and past visits.

All of them learn from visits of the past, each seen with what was known on the Monday before
it, and then say P(found) of later visits, with what was known on their Mondays.

- frequency tables: share found by kind of place, band, day type and source, smoothed;
- logistic regression over all inputs of the locating model, its strength chosen by
  a third of the debtors held out (scikit-learn);
- "latest address wins": the newest address of a debtor has one probability, others another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.locating_scores import log_loss
from benchmarks.locating_visits import by_week, evidence_at
from benchmarks.simulated_district import Case, VisitRows
from geo.model import Floats, Ints, Precision
from routes.calendar import WorkCalendar
from routes.locating import DayType, DayTypes, Evidence, LocatingParameters
from routes.model import ClaimSource, Outcome, OutcomeKind, PlaceKind, VisitBand

__all__ = ["PEERS", "Inputs", "frequency_tables", "inputs_of", "latest_address", "logistic"]

Flags = npt.NDArray[np.bool_]

_EPOCH_ORDINAL = 719163  # of 1970-01-01
_KINDS, _BANDS, _DAYS = len(PlaceKind), len(VisitBand), len(DayType)
_SOURCES, _OUTCOMES, _PRECISIONS = len(ClaimSource), len(OutcomeKind), len(Precision)
_RECENT_D = 42.0
_SMOOTHING = 30.0  # visits
_STRENGTHS = (0.01, 0.1, 1.0)
_HELD_OUT = 3  # every third debtor


class Inputs(NamedTuple):
    """What peers see of visits.

    ``cell``: position of kind of place, band and day type together. ``newest``: whether the
    claim is the debtor's newest. ``table``: all inputs as numbers, a row a visit.
    """

    cell: Ints
    source: Ints
    newest: Flags
    debtor: Ints
    table: Floats

    def take(self, chosen: Ints | Flags) -> Inputs:
        """Return some of the visits."""
        return Inputs(
            self.cell[chosen],
            self.source[chosen],
            self.newest[chosen],
            self.debtor[chosen],
            self.table[chosen],
        )


def inputs_of(
    known: Case,
    outcomes: Sequence[Outcome],
    visits: VisitRows,
    parameters: LocatingParameters,
) -> Inputs:
    """Return the inputs of visits, each as known on the Monday before it."""
    parts: list[Inputs] = []
    order: list[Ints] = []
    for day, chosen in by_week(visits):
        evidence = evidence_at(known, outcomes, day, parameters)
        parts.append(_inputs(known, evidence, visits.take(chosen)))
        order.append(chosen)
    back = np.argsort(np.concatenate(order))
    return Inputs(*(np.concatenate(column)[back] for column in zip(*parts, strict=True)))


def _inputs(known: Case, evidence: Evidence, visits: VisitRows) -> Inputs:
    at_of = {claim: at for at, claim in enumerate(evidence.claims)}
    at = np.array([at_of[known.claims[claim].id] for claim in visits.claim.tolist()])
    place = evidence.claim_place[at]
    debtor = np.searchsorted(evidence.claim_first, at, side="right") - 1
    day: Ints = visits.day + known.start.toordinal() - _EPOCH_ORDINAL
    day_type = DayTypes(WorkCalendar()).codes(day)
    kind, source = evidence.claim_kind[at], evidence.claim_source[at]
    cell = (kind * _BANDS + visits.band) * _DAYS + day_type
    newest = np.full(len(evidence.debtors), np.inf)
    owner = np.repeat(np.arange(len(evidence.debtors)), np.diff(evidence.claim_first))
    np.minimum.at(newest, owner, evidence.claim_age_d)
    columns = [
        _one_hot(cell, _KINDS * _BANDS * _DAYS),
        _one_hot(kind, _KINDS),
        _one_hot(visits.band, _BANDS),
        _one_hot(day_type, _DAYS),
        _one_hot(source, _SOURCES),
        _one_hot(evidence.claim_precision[at], _PRECISIONS),
        _one_hot(evidence.place_township[place], int(evidence.place_township.max()) + 1),
        evidence.claim_confidence[at][:, None],
        np.log1p(evidence.claim_age_d[at])[:, None],
        evidence.is_company[debtor].astype(np.float64)[:, None],
        (evidence.claim_age_d[at] == newest[debtor]).astype(np.float64)[:, None],
        _of_claims(evidence, place, debtor, owner),
        _of_visits(evidence, place, debtor, visits.band),
    ]
    return Inputs(
        cell=cell,
        source=source,
        newest=evidence.claim_age_d[at] == newest[debtor],
        debtor=debtor,
        table=np.hstack(columns),
    )


def _one_hot(code: Ints, count: int) -> Floats:
    return np.eye(count)[code]


def _of_claims(evidence: Evidence, place: Ints, debtor: Ints, owner: Ints) -> Floats:
    """Return how much is stated: sources of this place, statements that agree, other places."""
    used = evidence.claim_used
    at_place = np.zeros((len(evidence.place_township), _SOURCES))
    np.add.at(at_place, (evidence.claim_place[used], evidence.claim_source[used]), 1.0)
    single = used & (evidence.claim_copy == np.arange(len(used)))
    agreeing = np.bincount(evidence.claim_place[single], minlength=len(at_place))
    leads = np.bincount(evidence.lead_place[evidence.lead_place >= 0], minlength=len(at_place))
    stated = np.bincount(owner, minlength=len(evidence.debtors))
    places = np.diff(evidence.place_first)
    return np.column_stack(
        [at_place[place], agreeing[place], leads[place], stated[debtor], places[debtor]]
    ).astype(np.float64)


def _of_visits(evidence: Evidence, place: Ints, debtor: Ints, band: Ints) -> Floats:
    """Return what was reported: here and elsewhere, of late and before, last, in this band."""
    places, people = len(evidence.place_township), len(evidence.debtors)
    late = (evidence.visit_age_d < _RECENT_D).astype(np.int64)
    here = np.zeros((places, 2, _OUTCOMES))
    np.add.at(here, (evidence.visit_place, late, evidence.visit_kind), 1.0)
    owner = np.repeat(np.arange(people), np.diff(evidence.visit_first))
    all_of = np.zeros((people, 2, _OUTCOMES))
    np.add.at(all_of, (owner, late, evidence.visit_kind), 1.0)
    same_band = np.zeros((places, _BANDS, _OUTCOMES))
    np.add.at(same_band, (evidence.visit_place, evidence.visit_band, evidence.visit_kind), 1.0)
    last = np.full(places, _OUTCOMES)
    last_age_d = np.full(places, 1_000.0)
    order = np.argsort(-evidence.visit_age_d, kind="stable")  # the newest is written last
    last[evidence.visit_place[order]] = evidence.visit_kind[order]
    last_age_d[evidence.visit_place[order]] = evidence.visit_age_d[order]
    elsewhere = all_of[debtor] - here[place]
    columns: list[Floats] = [
        np.log1p(here[place]).reshape(len(place), -1),
        np.log1p(elsewhere).reshape(len(place), -1),
        np.log1p(same_band[place, band]),
        _one_hot(last[place], _OUTCOMES + 1),
        np.log1p(last_age_d[place])[:, None],
    ]
    return np.hstack(columns)


def frequency_tables(past: Inputs, found: Flags, later: Inputs) -> Floats:
    """Return shares found by cell and source, drawn towards the cell's, and that to the whole."""
    whole = (found.sum() + 1.0) / (len(found) + 2.0)
    cells = _KINDS * _BANDS * _DAYS
    of_cell = _smoothed(past.cell, found, cells, np.full(cells, whole))
    both = past.cell * _SOURCES + past.source
    of_both = _smoothed(both, found, cells * _SOURCES, np.repeat(of_cell, _SOURCES))
    said: Floats = of_both[later.cell * _SOURCES + later.source]
    return said


def _smoothed(code: Ints, found: Flags, count: int, towards: Floats) -> Floats:
    seen = np.bincount(code, minlength=count)
    hits = np.bincount(code[found], minlength=count)
    return np.asarray((hits + _SMOOTHING * towards) / (seen + _SMOOTHING), dtype=np.float64)


def latest_address(past: Inputs, found: Flags, later: Inputs) -> Floats:
    """Return the share found at newest addresses, and at others."""
    towards = np.full(2, (found.sum() + 1.0) / (len(found) + 2.0))
    return _smoothed(past.newest.astype(np.int64), found, 2, towards)[later.newest.astype(np.int64)]


def logistic(past: Inputs, found: Flags, later: Inputs) -> Floats:
    """Return what a penalised logistic regression says.

    Raises
    ------
    ImportError
        If scikit-learn, of the extra ``bench``, is not installed.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    def regression(strength: float) -> LogisticRegression:
        return LogisticRegression(C=strength, solver="newton-cholesky", max_iter=100)

    scaler = StandardScaler().fit(past.table)
    table = scaler.transform(past.table)
    test = past.debtor % _HELD_OUT == 0
    losses = []
    for strength in _STRENGTHS:
        fitted = regression(strength).fit(table[~test], found[~test])
        losses.append(log_loss(fitted.predict_proba(table[test])[:, 1], found[test]))
    best = regression(_STRENGTHS[int(np.argmin(losses))]).fit(table, found)
    said: Floats = best.predict_proba(scaler.transform(later.table))[:, 1]
    return said


PEERS = {
    "frequency_tables": frequency_tables,
    "logistic_regression": logistic,
    "latest_address": latest_address,
}
"""Peers by the name that figures carry."""
