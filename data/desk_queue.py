"""Addresses whose place is unsure, the most useful first; nothing encrypted is read.

The order is plain, so that it can be told: cases under way before others, nothing that bars a
visit before what does, debtors without a sure address before those with one, then the claim in
yuan, then the case number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Integer, and_, case, exists, func, literal, or_, select
from sqlalchemy import cast as sql_cast

from data.schema import (
    AddressClaimRow,
    DebtorRow,
    EnforcementCaseRow,
    NamesakeDecisionRow,
    PlaceDecisionRow,
    PlaceRow,
)
from data.upsert import table_of
from geo.model import Precision
from routes.model import CaseId, CaseNumber, CaseStatus, ClaimId, NamesakeVerdict

__all__ = ["SURE", "Bar", "QueuedClaim", "Unsure", "count_queued", "queued", "queued_claim"]

SURE = 0.9
"""Confidence from which nobody looks again; the geocoder tells such an answer alone."""

_FINE = (Precision.DOOR.value, Precision.INTERPOLATED.value, Precision.POI.value)
_CLAIM, _DEBTOR, _CASE = (
    table_of(AddressClaimRow),
    table_of(DebtorRow),
    table_of(EnforcementCaseRow),
)
_PLACE, _DECISION = table_of(PlaceRow), table_of(PlaceDecisionRow)
_NAMESAKE = table_of(NamesakeDecisionRow)


class Unsure(StrEnum):
    """Why a place is unsure, the worst first."""

    NOWHERE = "nowhere"  # no candidate
    LOW = "low"  # below the confidence that the rules ask for
    COARSE = "coarse"  # a road, village or township, no door
    RIVALS = "rivals"  # a door, and others that may be meant


class Bar(StrEnum):
    """What keeps a visit from an address, as far as it is known without reading it."""

    MILITARY = "military"
    NAMESAKE = "namesake"
    OBJECTION = "objection"


@dataclass(frozen=True, slots=True)
class QueuedClaim:
    """An address that waits, with what gives it its turn."""

    claim_id: ClaimId
    case_id: CaseId
    number: CaseNumber
    status: CaseStatus
    claim_yuan: float
    unsure: Unsure
    bar: Bar | None
    has_sure: bool


def queued(
    connection: Connection, *, least: float, today: date, limit: int
) -> tuple[QueuedClaim, ...]:
    """Return the first addresses that wait.

    Parameters
    ----------
    least
        Confidence that the rules ask for (P4).
    """
    query = _query(least, today).order_by(
        case((_CASE.c.status == CaseStatus.ACTIVE.value, 0), else_=1),
        case((_bar().is_(None), 0), else_=1),
        _has_sure(),
        _CASE.c.claim_yuan.desc(),
        _CASE.c.sort_key,
        _CLAIM.c.id,
    )
    return tuple(map(_queued, connection.execute(query.limit(limit))))


def queued_claim(
    connection: Connection, claim_id: ClaimId, *, least: float, today: date
) -> QueuedClaim | None:
    """Return one address that waits, None where it waits no more."""
    row = connection.execute(_query(least, today).where(_CLAIM.c.id == claim_id)).first()
    return None if row is None else _queued(row)


def count_queued(connection: Connection, *, least: float, today: date) -> Mapping[Unsure, int]:
    """Return how many addresses wait, by why."""
    waiting = _query(least, today).subquery()
    query = select(waiting.c.unsure, func.count()).group_by(waiting.c.unsure)
    found = {Unsure(row[0]): row[1] for row in connection.execute(query)}
    return {each: found.get(each, 0) for each in Unsure}


def _query(least: float, today: date) -> Any:
    unsure = case(
        (_PLACE.c.claim_id.is_(None), Unsure.NOWHERE.value),
        (_PLACE.c.confidence < least, Unsure.LOW.value),
        (_PLACE.c.precision.not_in(_FINE), Unsure.COARSE.value),
        (_PLACE.c.confidence < SURE, Unsure.RIVALS.value),
    ).label("unsure")
    twin, decided = _CLAIM.alias(), _CLAIM.alias()
    day = literal(today, _CLAIM.c.expires_on.type)
    return (
        select(
            _CLAIM.c.id,
            _DEBTOR.c.case_id,
            _CASE.c.number,
            _CASE.c.status,
            _CASE.c.claim_yuan,
            unsure,
            _bar().label("bar"),
            _has_sure().label("has_sure"),
        )
        .select_from(_CLAIM)
        .join(_DEBTOR, _DEBTOR.c.id == _CLAIM.c.debtor_id)
        .join(_CASE, _CASE.c.id == _DEBTOR.c.case_id)
        .outerjoin(_PLACE, _PLACE.c.claim_id == _CLAIM.c.id)
        .where(
            unsure.is_not(None),
            _CASE.c.status != CaseStatus.ENDED.value,
            _CLAIM.c.text_hash != "",
            or_(_CLAIM.c.expires_on.is_(None), _CLAIM.c.expires_on >= day),
            # of several sources of one text, the first
            ~exists().where(
                twin.c.debtor_id == _CLAIM.c.debtor_id,
                twin.c.text_hash == _CLAIM.c.text_hash,
                twin.c.id < _CLAIM.c.id,
            ),
            ~exists().where(
                decided.c.debtor_id == _CLAIM.c.debtor_id,
                decided.c.text_hash == _CLAIM.c.text_hash,
                decided.c.id == _DECISION.c.claim_id,
                _DECISION.c.withdrawn_at.is_(None),
            ),
        )
    )


def _bar() -> Any:
    stranger = exists().where(
        _NAMESAKE.c.subject == literal("claim:") + _CLAIM.c.id,
        _NAMESAKE.c.withdrawn_at.is_(None),
        _NAMESAKE.c.verdict == NamesakeVerdict.DIFFERENT.value,
    )
    return case(
        (sql_cast(_CLAIM.c.military_site, Integer) == 1, Bar.MILITARY.value),
        (stranger, Bar.NAMESAKE.value),
        (sql_cast(_CASE.c.objection_pending, Integer) == 1, Bar.OBJECTION.value),
    )


def _has_sure() -> Any:
    other, place = _CLAIM.alias(), _PLACE.alias()
    sure = exists().where(
        and_(
            other.c.debtor_id == _CLAIM.c.debtor_id,
            place.c.claim_id == other.c.id,
            place.c.confidence >= SURE,
            place.c.precision.in_(_FINE),
        )
    )
    return case((sure, 1), else_=0)


def _queued(row: Any) -> QueuedClaim:
    return QueuedClaim(
        ClaimId(row.id),
        CaseId(row.case_id),
        CaseNumber.parse(row.number),
        CaseStatus(row.status),
        row.claim_yuan,
        Unsure(row.unsure),
        None if row.bar is None else Bar(row.bar),
        bool(row.has_sure),
    )
