"""What statements make of each place: its odds before any visit.

Every statement that is used multiplies the odds of its place where the debtor was in the week of
the first visit. Moves are rare, so that it matters little that some statements are later: taken
as a likelihood in their own week they would tell nearly the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geo.model import Floats, Ints
from routes.locating.evidence import DAY, HOME, Evidence
from routes.locating.layout import Flags
from routes.locating.numbers import Numbers

__all__ = [
    "SEAT",
    "Stated",
    "answer_factors",
    "answer_log_ratios",
    "claim_log_ratios",
    "odds_row",
    "place_weights",
    "restated",
    "stated",
    "stated_by",
    "told_bands",
]

SEAT = 2  # a company's row among the odds of anchors


@dataclass(frozen=True, slots=True, eq=False)
class Stated:
    """What each claim and lead is worth.

    Parameters
    ----------
    log_ratio
        By claim: log P(statement | its place) - log P(statement | not), with its age and the
        confidence of its geocode.
    claim_counts
        Whether the claim counts, or repeats a stronger one, was answered since or is not used.
    lead_counts
        The same; of the leads of one source on one place the newest counts.
    named
        By anchor and place: whether it can be such a place; shape (2, places).
    """

    log_ratio: Floats
    claim_counts: Flags
    lead_counts: Flags
    named: Flags


def claim_log_ratios(evidence: Evidence, numbers: Numbers) -> Floats:
    """Return what each claim alone is worth: log of g (fresh f + stale (1 - f)) + 1 - g.

    ``f`` halves with each half-life of the source, ``g`` is the confidence of the geocode:
    where the geocode is wrong, the statement says nothing of the place. Nor does one that means
    another of its places.
    """
    source = evidence.claim_source
    still = np.exp2(-np.maximum(evidence.claim_age_d, 0.0) / numbers.half_life_d[source])
    ratio = np.exp(numbers.log_stale)[source] + still * (
        np.exp(numbers.log_fresh)[source] - np.exp(numbers.log_stale)[source]
    )
    log_ratio: Floats = np.log(_sure(evidence) * (ratio - 1.0) + 1.0)
    return log_ratio


def _sure(evidence: Evidence) -> Floats:
    """Return by claim the probability that its statement is of its place."""
    return evidence.claim_confidence * evidence.claim_share


def answer_log_ratios(evidence: Evidence, numbers: Numbers) -> Floats:
    """Return what each answer to a check is worth: log of g (1 + (r - 1) f) + 1 - g.

    ``r`` is how many times likelier it is where the place is the debtor's, ``f`` halves with each
    half-life of the check, ``g`` is the confidence of the geocode that was asked about.
    """
    check = evidence.answer_check
    still = np.exp2(-evidence.answer_age_d / numbers.answer_half_life_d[check])
    gain = still * (numbers.answer_ratio[check, evidence.answer_said] - 1.0)
    log_ratio: Floats = np.log1p(evidence.claim_confidence[evidence.answer_claim] * gain)
    return log_ratio


def answer_factors(evidence: Evidence, numbers: Numbers) -> tuple[Floats, Floats]:
    """Return by place how many times likelier all answers are if it is now the residence.

    And if it is now the day place (seat). One where nobody asked.
    """
    n_places = len(evidence.place_township)
    anchor = evidence.claim_anchor[evidence.answer_claim]
    place = evidence.claim_place[evidence.answer_claim]
    gain = answer_log_ratios(evidence, numbers)
    home, day = (
        np.exp(np.bincount(place[anchor == each], gain[anchor == each], minlength=n_places))
        for each in (HOME, DAY)
    )
    return home, day


def odds_row(is_company: Flags, anchor: Ints | int) -> Ints:
    """Return which of ``Numbers.log_odds`` a debtor's anchor has."""
    return np.where(is_company, SEAT, anchor).astype(np.int64)


def stated(evidence: Evidence, numbers: Numbers) -> Stated:
    """Return what counts, and what it is worth."""
    log_ratio = claim_log_ratios(evidence, numbers)
    return restated(evidence, log_ratio, _counted(evidence, log_ratio))


def stated_by(told: Stated, evidence: Evidence, numbers: Numbers) -> Stated:
    """Return the same statements by other numbers: what they name and who is heard stays."""
    log_ratio = claim_log_ratios(evidence, numbers)
    return replace(told, log_ratio=log_ratio, claim_counts=_counted(evidence, log_ratio))


def restated(evidence: Evidence, log_ratio: Floats, counts: Flags) -> Stated:
    """Return the same where it is known already what each claim is worth and whether it counts."""
    named = np.stack([_named(evidence, anchor) for anchor in (HOME, DAY)])
    return Stated(log_ratio, counts, _heard(evidence, named), named)


def place_weights(evidence: Evidence, numbers: Numbers, told: Stated) -> tuple[Floats, Floats]:
    """Return the log odds of each place as residence and as day place, before any visit.

    -inf where no claim names it as such.
    """
    n_places = len(evidence.place_township)
    company = np.repeat(evidence.is_company, np.diff(evidence.place_first))
    weights = []
    for anchor, share in ((HOME, evidence.place_home_share), (DAY, evidence.place_day_share)):
        mine = told.claim_counts & (evidence.claim_anchor == anchor)
        weight = np.bincount(evidence.claim_place[mine], told.log_ratio[mine], minlength=n_places)
        of_lead = evidence.lead_place[told.lead_counts & (evidence.lead_anchor == anchor)]
        weight = weight + numbers.log_lead * np.bincount(of_lead, minlength=n_places)
        base = numbers.log_odds[odds_row(company, anchor)] + np.log(share)
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
    visited all the same. A namesake's claim names none.
    """
    n_places = len(evidence.place_township)
    live = np.zeros(n_places, dtype=np.bool_)
    live[evidence.claim_place[evidence.claim_used]] = True
    visited = np.zeros(n_places, dtype=np.bool_)
    visited[evidence.visit_place] = True
    old = visited & ~live
    once = old[evidence.claim_place] & ~evidence.claim_namesake
    mine = (evidence.claim_used | once) & (evidence.claim_anchor == anchor)
    named = np.zeros(n_places, dtype=np.bool_)
    named[evidence.claim_place[mine]] = True
    return named


def _counted(evidence: Evidence, ratio: Floats) -> Flags:
    """Return the strongest claim of each group of copies; the first where several are."""
    best = np.full(len(ratio), -np.inf)
    used = np.flatnonzero(evidence.claim_used & ~evidence.claim_answered)
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
