"""What statements make of each place: its odds before any visit, and what later ones change.

A statement of the week of the debtor's first visit or before weighs on where the debtor was then:
it multiplies the odds of its place. One of a later week tells of its own week: from then on the
debtor belongs at its place with a certain probability, wherever before, so that a fresh statement
can overrule an older report. That probability is what the statement alone would add to a place
of which nothing else is known: with odds ``o`` and ratio ``r``, o (r - 1) / (1 + o r), which is
k / (1 + k) with k = o (r - 1) / (1 + o). Statements of one day for one anchor compete: in the end
each settles with k / (1 + sum of k), whatever their order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geo.localtime import local_day
from geo.model import Floats, Ints
from routes.locating.days import day_number
from routes.locating.evidence import DAY, HOME, Evidence
from routes.locating.layout import Flags, Statements, frozen
from routes.locating.numbers import Numbers

__all__ = [
    "SEAT",
    "Stated",
    "claim_log_ratios",
    "odds_row",
    "place_weights",
    "restated",
    "rivals",
    "stated",
    "stated_as",
    "told_bands",
]

SEAT = 2  # a company's row among the odds of anchors
_NEVER = 10**9


@dataclass(frozen=True, slots=True, eq=False)
class Stated:
    """What each claim and lead is worth, and which of them speak of a later week.

    Parameters
    ----------
    log_ratio
        By claim: log P(statement | its place) - log P(statement | not), with its age and the
        confidence of its geocode.
    claim_counts
        Whether the claim counts, or repeats a stronger one or is not used.
    claim_late
        Which of these came in a later week than the debtor's first visit, and speak for it.
    lead_counts, lead_late
        The same; of the leads of one source on one place the newest counts.
    named
        By anchor and place: whether it can be such a place; shape (2, places).
    statements
        The late ones, as the kernels take them.
    of_claim
        By late statement: position of the claim, -1 of a lead.
    rival
        By late statement: a number that those of one debtor, day and anchor share.
    """

    log_ratio: Floats
    claim_counts: Flags
    claim_late: Flags
    lead_counts: Flags
    lead_late: Flags
    named: Flags
    statements: Statements
    of_claim: Ints
    rival: Ints


def claim_log_ratios(evidence: Evidence, numbers: Numbers) -> Floats:
    """Return what each claim alone is worth: log of g (fresh f + stale (1 - f)) + 1 - g.

    ``f`` halves with each half-life of the source, ``g`` is the confidence of the geocode:
    where the geocode is wrong, the statement says nothing of the place.
    """
    source = evidence.claim_source
    still = np.exp2(-np.maximum(evidence.claim_age_d, 0.0) / numbers.half_life_d[source])
    ratio = np.exp(numbers.log_stale)[source] + still * (
        np.exp(numbers.log_fresh)[source] - np.exp(numbers.log_stale)[source]
    )
    log_ratio: Floats = np.log(evidence.claim_confidence * (ratio - 1.0) + 1.0)
    return log_ratio


def odds_row(is_company: Flags, anchor: Ints | int) -> Ints:
    """Return which of ``Numbers.log_odds`` a debtor's anchor has."""
    return np.where(is_company, SEAT, anchor).astype(np.int64)


def stated(evidence: Evidence, numbers: Numbers) -> Stated:
    """Return what counts, and what speaks of a later week."""
    log_ratio = claim_log_ratios(evidence, numbers)
    return restated(evidence, numbers, log_ratio, _counted(evidence, log_ratio))


def restated(evidence: Evidence, numbers: Numbers, log_ratio: Floats, counts: Flags) -> Stated:
    """Return the same where it is known already what each claim is worth and whether it counts."""
    named = np.stack([_named(evidence, anchor) for anchor in (HOME, DAY)])
    heard = _heard(evidence, named)
    owner = _owners(evidence.claim_first)
    day = day_number(local_day(evidence.now)) - evidence.claim_age_d.astype(np.int64)
    first = _first_weeks(evidence)
    late = counts & (log_ratio > 0.0) & (_week(day) > first[owner])
    lead_late = heard & (_week(evidence.lead_day) > first[evidence.lead_debtor])
    lead_late &= numbers.log_lead > 0.0
    claims, leads = np.flatnonzero(late), np.flatnonzero(lead_late)
    debtor = np.concatenate([owner[claims], evidence.lead_debtor[leads]])
    days = np.concatenate([day[claims], evidence.lead_day[leads]])
    anchor = np.concatenate([evidence.claim_anchor[claims], evidence.lead_anchor[leads]])
    order = np.lexsort((anchor, days, debtor))
    ratio = np.exp(np.concatenate([log_ratio[claims], np.full(len(leads), numbers.log_lead)]))
    odds = np.exp(numbers.log_odds)[odds_row(evidence.is_company[debtor], anchor)]
    weight = (odds * (ratio - 1.0) / (1.0 + odds))[order]
    of_day = np.stack([debtor, days, anchor])[:, order]
    begins = np.ones(len(order), dtype=np.bool_)
    begins[1:] = (of_day[:, 1:] != of_day[:, :-1]).any(axis=0)
    rival = np.cumsum(begins) - 1
    return Stated(
        log_ratio=log_ratio,
        claim_counts=counts,
        claim_late=late,
        lead_counts=heard,
        lead_late=lead_late,
        named=named,
        statements=frozen(
            Statements(
                first=np.searchsorted(debtor[order], np.arange(len(evidence.debtors) + 1)),
                week=_week(days[order]),
                place=np.concatenate([evidence.claim_place[claims], evidence.lead_place[leads]])[
                    order
                ],
                anchor=anchor[order],
                settles=weight / (1.0 + rivals(rival, weight) + weight),
            )
        ),
        of_claim=np.concatenate([claims, np.full(len(leads), -1)])[order],
        rival=rival,
    )


def rivals(rival: Ints, weight: Floats) -> Floats:
    """Return the sum of the weights before each one in its group."""
    before = np.zeros(len(weight))
    for i in (np.flatnonzero(rival[1:] == rival[:-1]) + 1).tolist():  # seldom
        before[i] = before[i - 1] + weight[i - 1]
    return before


def stated_as(told: Stated, evidence: Evidence, numbers: Numbers) -> Stated:
    """Return the same under other numbers: what was late stays so, whatever it is worth."""
    log_ratio = claim_log_ratios(evidence, numbers)
    counts = _counted(evidence, log_ratio)
    return replace(told, log_ratio=log_ratio, claim_counts=counts)


def place_weights(evidence: Evidence, numbers: Numbers, told: Stated) -> tuple[Floats, Floats]:
    """Return the log odds of each place as residence and as day place, before any visit.

    -inf where no claim names it as such.
    """
    n_places = len(evidence.place_township)
    company = np.repeat(evidence.is_company, np.diff(evidence.place_first))
    early, heard = told.claim_counts & ~told.claim_late, told.lead_counts & ~told.lead_late
    weights = []
    for anchor in (HOME, DAY):
        mine = early & (evidence.claim_anchor == anchor)
        weight = np.bincount(evidence.claim_place[mine], told.log_ratio[mine], minlength=n_places)
        of_lead = evidence.lead_place[heard & (evidence.lead_anchor == anchor)]
        weight = weight + numbers.log_lead * np.bincount(of_lead, minlength=n_places)
        base = numbers.log_odds[odds_row(company, anchor)]
        weights.append(np.where(told.named[anchor], weight + base, -np.inf))
    return weights[HOME], weights[DAY]


def told_bands(evidence: Evidence, n_bands: int) -> Flags:
    """Return by place and band whether a lead speaks of the band; shape (places, bands)."""
    told = np.zeros((len(evidence.place_township), n_bands), dtype=np.bool_)
    banded = evidence.lead_band >= 0
    here = banded & (evidence.lead_place >= 0)
    told[evidence.lead_place[here], evidence.lead_band[here]] = True
    for at in np.flatnonzero(banded & (evidence.lead_place < 0)).tolist():
        d = int(evidence.lead_debtor[at])
        own = slice(int(evidence.place_first[d]), int(evidence.place_first[d + 1]))
        told[own, int(evidence.lead_band[at])] = True
    return told


def _named(evidence: Evidence, anchor: int) -> Flags:
    """Return which places can be the anchor.

    Those that a used claim names; and, where nobody names a place any more, those that were
    visited all the same.
    """
    n_places = len(evidence.place_township)
    live = np.zeros(n_places, dtype=np.bool_)
    live[evidence.claim_place[evidence.claim_used]] = True
    visited = np.zeros(n_places, dtype=np.bool_)
    visited[evidence.visit_place] = True
    old = visited & ~live
    mine = (evidence.claim_used | old[evidence.claim_place]) & (evidence.claim_anchor == anchor)
    named = np.zeros(n_places, dtype=np.bool_)
    named[evidence.claim_place[mine]] = True
    return named


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


def _heard(evidence: Evidence, named: Flags) -> Flags:
    """Return the newest lead of each source on each place that can be what the lead says."""
    named = np.append(named, np.zeros((2, 1), dtype=np.bool_), axis=1)  # of -1: none
    placed = np.flatnonzero(named[evidence.lead_anchor, evidence.lead_place])[::-1]
    keys = np.stack([evidence.lead_place, evidence.lead_anchor, evidence.lead_source])[:, placed]
    counts = np.zeros(len(evidence.lead_ids), dtype=np.bool_)
    if len(placed):
        _, newest = np.unique(keys, axis=1, return_index=True)
        counts[placed[newest]] = True
    return counts


def _first_weeks(evidence: Evidence) -> Ints:
    """Return the week of each debtor's first visit."""
    first = np.full(len(evidence.debtors), _NEVER, dtype=np.int64)
    visited = np.flatnonzero(np.diff(evidence.visit_first))
    first[visited] = _week(evidence.visit_day[evidence.visit_first[visited]].astype(np.int64))
    return first


def _week(day: Ints) -> Ints:
    """Return the number of the week, beginning on Mondays, of days since 1970-01-01."""
    return (day + 3) // 7


def _owners(first: Ints) -> Ints:
    return np.repeat(np.arange(len(first) - 1), np.diff(first))
