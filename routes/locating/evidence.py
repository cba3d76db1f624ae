"""The inputs of the locating model, packed into arrays: this list is all that it sees.

No attribute of the person is among them: not sex, age, ethnicity, religion, health or politics.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

import numpy as np

from geo.model import Floats, Ints, Precision
from routes.locating.layout import Flags, Index, Small
from routes.locating.parameters import DayType
from routes.model import ClaimId, DebtorId, OutcomeKind, VisitBand

__all__ = ["DAY", "FINE", "HOME", "Evidence", "outcome_position", "position"]

HOME, DAY = 0, 1  # what a claim speaks of: residence, or day place (a company's seat)

FINE = frozenset({Precision.DOOR, Precision.INTERPOLATED, Precision.POI})
"""Precisions of a geocode that is a place by itself; of others the text tells the place."""

_OUTCOMES = {code: i for i, code in enumerate(OutcomeKind)}
_BANDS = {code: i for i, code in enumerate(VisitBand)}
_DAY_TYPES = {code: i for i, code in enumerate(DayType)}


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """All that is known of some debtors, in arrays; codes are positions in their enumeration.

    Parameters
    ----------
    now
        Moment at which ages are taken.
    debtors, claims
        Identifiers; claims stand together by debtor.
    outcome_ids
        Of the visits, by debtor and in the order of their arrays.
    lead_ids, lead_sources
        Identifiers of the leads, in the order of their arrays, and the sources that they count.
    townships
        Codes; the first is "", for a place whose township is unknown.
    is_company
        By debtor.
    claim_first, place_first, visit_first
        Where each debtor's begin; one more at the end.
    claim_place
        Position among all places.
    claim_used
        Whether the claim is neither expired, nor dated in the future, nor a namesake's.
    claim_namesake
        Whether it was decided to be a namesake's; such a claim never names a place.
    claim_anchor
        ``HOME`` or ``DAY``.
    claim_answered
        Whether its source answered a check of the place at the same time or soon after it: the
        answer counts in its stead.
    claim_copy
        First claim that this one repeats, or itself; claims that repeat each other count once.
    claim_share
        Probability that its statement means its place and anchor, given that some statement does:
        below one where one statement points to several.
    claim_source, claim_kind, claim_precision, claim_confidence, claim_age_d
        As stated; an age below zero lies in the future.
    place_home_kind, place_day_kind, place_township
        For presence.
    place_home_share, place_day_share
        Probability that some statement means the place as residence, as day place.
    visit_place, visit_kind, visit_claim, visit_precision, visit_day, visit_band
        Past visits, ordered by debtor, day and band. Days count from 1970-01-01, weeks begin
        on Mondays.
    visit_day_type, visit_age_d
        The same.
    answer_ids, answer_claim, answer_check, answer_said, answer_age_d
        Answers to checks that count, each on the place of a claim, for the claim's anchor.
    lead_debtor, lead_place, lead_anchor, lead_band, lead_source, lead_age_d, lead_day
        Usable leads, the oldest first; -1 for a lead that names no place, or no band.
    """

    now: datetime
    debtors: tuple[DebtorId, ...]
    claims: tuple[ClaimId, ...]
    outcome_ids: tuple[tuple[str, ...], ...]
    lead_ids: tuple[str, ...]
    lead_sources: tuple[str, ...]
    answer_ids: tuple[str, ...]
    townships: tuple[str, ...]
    is_company: Flags
    claim_first: Ints
    place_first: Ints
    visit_first: Ints
    claim_place: Ints
    claim_used: Flags
    claim_namesake: Flags
    claim_anchor: Ints
    claim_answered: Flags
    claim_copy: Ints
    claim_share: Floats
    claim_source: Ints
    claim_kind: Ints
    claim_precision: Ints
    claim_confidence: Floats
    claim_age_d: Floats
    place_home_kind: Ints
    place_day_kind: Ints
    place_township: Ints
    place_home_share: Floats
    place_day_share: Floats
    visit_place: Index
    visit_kind: Small
    visit_claim: Index
    visit_precision: Small
    visit_day: Index
    visit_band: Small
    visit_day_type: Small
    visit_age_d: Floats
    lead_debtor: Ints
    lead_place: Ints
    lead_anchor: Ints
    lead_band: Ints
    lead_source: Ints
    lead_age_d: Floats
    lead_day: Ints
    answer_claim: Ints
    answer_check: Ints
    answer_said: Ints
    answer_age_d: Floats

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)


def position(code: VisitBand | DayType) -> int:
    """Return the number by which arrays know a band or day type."""
    return _BANDS[code] if isinstance(code, VisitBand) else _DAY_TYPES[code]


def outcome_position(kind: OutcomeKind) -> int:
    """Return the number by which arrays know a kind of outcome."""
    return _OUTCOMES[kind]
