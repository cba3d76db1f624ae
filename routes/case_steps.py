"""What a case needs first before its debtor can be visited, told by codes alone; and its age.

A map shows it of all cases at once, so nothing encrypted is asked for. What the rules say of a
file in full is told on the case's own page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from geo.model import Precision
from routes.model import CaseStatus, Grade

__all__ = ["SITED", "CaseAge", "CaseFacts", "CaseStep", "case_age", "case_step", "in_contact"]

SITED = frozenset(
    {
        Precision.DOOR,
        Precision.INTERPOLATED,
        Precision.POI,
        Precision.ROAD,
        Precision.VILLAGE,
    }
)
"""How a place must be known for somebody to go there: a township's middle is no place."""

_WAITING = frozenset(
    {CaseStatus.STAYED, CaseStatus.SETTLED, CaseStatus.PAUSED, CaseStatus.BANKRUPTCY}
)


class CaseStep(StrEnum):
    """The first thing to do, in the order in which they are looked for."""

    CLOSED = "closed"  # nothing: the case has ended
    WAIT = "wait"  # stayed, settled, paused, bankruptcy
    SPARE = "spare"  # red list: not visited (N2)
    BASIS = "basis"  # the document or its service is not in the file (A1)
    ASK = "ask"  # no address at all
    LOCATE = "locate"  # addresses, none of them with a place
    CONFIRM = "confirm"  # the surest place is too coarse, or less sure than P4 asks
    CALL = "call"  # white list: contact first (N3)
    VISIT = "visit"  # may be planned


class CaseAge(StrEnum):
    """How long ago a case was filed; enforcement is to end within six months as a rule."""

    HALF_YEAR = "half_year"
    YEAR = "year"
    TWO_YEARS = "two_years"
    FIVE_YEARS = "five_years"
    OLDER = "older"


_AGES_D = (183, 365, 730, 1826)


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What decides the first step of a case.

    Parameters
    ----------
    has_basis
        Whether the document that is enforced and the day of its service are in the file.
    claims
        How many address claims there are.
    precision, confidence
        Of the surest place.
    """

    status: CaseStatus
    grade: Grade
    has_basis: bool
    contact_logged_on: date | None
    claims: int
    precision: Precision
    confidence: float | None


def case_step(
    facts: CaseFacts, *, on: date, least_confidence: float, contact_valid_d: int
) -> CaseStep:
    """Return what a case needs first.

    Parameters
    ----------
    on
        Today.
    least_confidence, contact_valid_d
        Of the rule profile.
    """
    if facts.status is CaseStatus.ENDED:
        return CaseStep.CLOSED
    if facts.status in _WAITING:
        return CaseStep.WAIT
    if facts.grade is Grade.RED:
        return CaseStep.SPARE
    if not facts.has_basis:
        return CaseStep.BASIS
    if facts.claims == 0:
        return CaseStep.ASK
    if facts.precision is Precision.NONE:
        return CaseStep.LOCATE
    if facts.precision not in SITED or (facts.confidence or 0.0) < least_confidence:
        return CaseStep.CONFIRM
    if facts.grade is Grade.WHITE and not in_contact(
        facts.contact_logged_on, on, valid_d=contact_valid_d
    ):
        return CaseStep.CALL
    return CaseStep.VISIT


def in_contact(contact_on: date | None, on: date, *, valid_d: int) -> bool:
    """Tell whether a debtor was called or written to so lately that it counts."""
    return contact_on is not None and timedelta(0) <= on - contact_on <= timedelta(days=valid_d)


def case_age(filed_on: date, *, on: date) -> CaseAge:
    """Return the age of a case.

    Examples
    --------
    >>> case_age(date(2026, 1, 1), on=date(2026, 12, 31))
    <CaseAge.YEAR: 'year'>
    """
    days = (on - filed_on).days
    return next(
        (age for age, end_d in zip(CaseAge, _AGES_D, strict=False) if days < end_d),
        CaseAge.OLDER,
    )
