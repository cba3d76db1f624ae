"""The posterior of where debtors belong, over all of them at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.model import Floats, Ints
from routes.locating import kernels
from routes.locating.days import week_number
from routes.locating.evidence import DAY, HOME, Evidence
from routes.locating.layout import Flags, Model, Places, Small, Visits, frozen, room_of
from routes.locating.numbers import (
    ABSENT,
    NOT_HERE,
    PRESENT,
    Numbers,
    away_of,
    habit_nodes,
    hours,
    numbers_of,
    presence_rows,
    presence_tables,
    rates_of,
)
from routes.locating.parameters import LocatingParameters

__all__ = [
    "Posterior",
    "Weighed",
    "claim_log_ratios",
    "posterior",
    "reported",
    "solve",
    "solve_again",
    "weigh",
]


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """Evidence under given numbers, as the kernels take it.

    Parameters
    ----------
    claim_log_ratio
        By claim: log P(statement | its place) - log P(statement | not), with its age and the
        confidence of its geocode.
    claim_counts
        Whether the claim counts, or repeats a stronger one or has expired.
    """

    evidence: Evidence
    numbers: Numbers
    model: Model
    places: Places
    visits: Visits
    claim_log_ratio: Floats
    claim_counts: Flags


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Marginals, by place and by debtor of the evidence.

    Parameters
    ----------
    home, day, either
        By place: probability that it is the residence, the day place (seat), one of both.
    elsewhere, none, nowhere
        By debtor: that the residence is at none of the places; the day place is; both.
    habit
        By debtor: expected shift of the log odds of presence.
    log_evidence
        By debtor: log likelihood of the visits.
    """

    home: Floats
    day: Floats
    either: Floats
    elsewhere: Floats
    none: Floats
    nowhere: Floats
    habit: Floats
    log_evidence: Floats


def posterior(evidence: Evidence, parameters: LocatingParameters) -> Posterior:
    """Return the exact posterior of all debtors.

    Parameters
    ----------
    evidence
        As :func:`routes.locating.gather` makes it.
    """
    return solve(weigh(evidence, numbers_of(parameters, evidence.townships)))


def claim_log_ratios(evidence: Evidence, numbers: Numbers) -> Floats:
    """Return what each claim alone is worth: log of g (fresh f + stale (1 - f)) + 1 - g.

    ``f`` halves with each half-life of the source, ``g`` is the confidence of the geocode:
    where the geocode is wrong, the statement says nothing of the place.
    """
    source = evidence.claim_source
    still = np.exp2(-evidence.claim_age_d / numbers.half_life_d[source])
    ratio = np.exp(numbers.log_stale)[source] + still * (
        np.exp(numbers.log_fresh)[source] - np.exp(numbers.log_stale)[source]
    )
    log_ratio: Floats = np.log(evidence.claim_confidence * (ratio - 1.0) + 1.0)
    return log_ratio


def reported(
    numbers: Numbers, kind: Small | Ints, precision: Small | Ints
) -> tuple[Floats, Floats, Floats]:
    """Return log P(report) if the debtor is there, is out, and does not belong there.

    A debtor who is there is met with the detection of the place's precision.
    """
    met, rows = numbers.detection[precision], numbers.reports[:, kind]
    present = met * rows[PRESENT] + (1.0 - met) * rows[ABSENT]
    return np.log(present), np.log(rows[ABSENT]), np.log(rows[NOT_HERE])


def weigh(evidence: Evidence, numbers: Numbers) -> Weighed:
    """Put numbers to the evidence."""
    ratio = claim_log_ratios(evidence, numbers)
    counts = _counted(evidence, ratio)
    n_places = len(evidence.place_township)
    company = np.repeat(evidence.is_company, np.diff(evidence.place_first))
    anchors = []
    for anchor in (HOME, DAY):
        usable = evidence.claim_used & (evidence.claim_anchor == anchor)
        mine = usable & counts
        weight = np.bincount(evidence.claim_place[mine], ratio[mine], minlength=n_places)
        named = np.zeros(n_places, dtype=np.bool_)
        named[evidence.claim_place[usable]] = True
        told = evidence.lead_on & (evidence.lead_anchor == anchor)
        weight = weight + numbers.log_lead * np.bincount(
            evidence.lead_place[told], minlength=n_places
        )
        base = numbers.log_odds[np.where(company, 2, anchor)]
        anchors.append(np.where(named, weight + base, -np.inf))
    present, absent, base = reported(numbers, evidence.visit_kind, evidence.visit_precision)
    there, out = presence_tables(numbers)
    return Weighed(
        evidence=evidence,
        numbers=numbers,
        model=frozen(
            Model(
                there,
                out,
                habit_nodes(numbers.habit_sd)[1].copy(),
                away_of(numbers),
                rates_of(numbers),
                np.array([week_number(evidence.now)]),
            )
        ),
        places=frozen(
            Places(
                first=evidence.place_first,
                home=anchors[HOME],
                day=anchors[DAY],
                home_row=presence_rows(evidence.place_township, evidence.place_home_kind),
                day_row=presence_rows(evidence.place_township, evidence.place_day_kind),
                told=evidence.place_told,
                home_on=np.ones(n_places, dtype=np.bool_),
                day_on=np.ones(n_places, dtype=np.bool_),
                company=evidence.is_company,
            )
        ),
        visits=frozen(
            Visits(
                first=evidence.visit_first,
                place=evidence.visit_place,
                day=evidence.visit_day,
                band=evidence.visit_band,
                hour=hours(evidence.visit_band, evidence.visit_day_type),
                base=base,
                absent=absent - base,
                gain=np.exp(present - absent),
                on=evidence.visit_on,
            )
        ),
        claim_log_ratio=ratio,
        claim_counts=counts,
    )


def _counted(evidence: Evidence, ratio: Floats) -> Flags:
    """Return the strongest claim of each group of copies; the first where several are."""
    best = np.full(len(ratio), -np.inf)
    used = np.flatnonzero(evidence.claim_used)
    np.maximum.at(best, evidence.claim_copy[used], ratio[used])
    strongest = used[ratio[used] == best[evidence.claim_copy[used]]]
    counts = np.zeros(len(ratio), dtype=np.bool_)
    _, first = np.unique(evidence.claim_copy[strongest], return_index=True)
    counts[strongest[first]] = True
    return counts


def solve(weighed: Weighed) -> Posterior:
    """Return the posterior of all debtors."""
    n_places, n_debtors = len(weighed.places.home), len(weighed.evidence.debtors)
    empty = Posterior(
        *(np.zeros(n_places) for _ in range(3)), *(np.zeros(n_debtors) for _ in range(5))
    )
    return solve_again(weighed, empty, np.arange(n_debtors))


def solve_again(weighed: Weighed, before: Posterior, debtors: Ints) -> Posterior:
    """Return ``before`` with these debtors reckoned anew."""
    after = Posterior(
        home=before.home.copy(),
        day=before.day.copy(),
        either=before.either.copy(),
        elsewhere=before.elsewhere.copy(),
        none=before.none.copy(),
        nowhere=before.nowhere.copy(),
        habit=before.habit.copy(),
        log_evidence=before.log_evidence.copy(),
    )
    kernels.posterior(
        weighed.model,
        weighed.places,
        weighed.visits,
        debtors,
        room_of(weighed.places, weighed.visits, weighed.model, debtors),
        habit_nodes(weighed.numbers.habit_sd)[0],
        after.home,
        after.day,
        after.either,
        after.elsewhere,
        after.none,
        after.nowhere,
        after.habit,
        after.log_evidence,
    )
    return after
