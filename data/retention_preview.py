"""What a purge would delete today: by kind, with ids and days, and no person in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Select, func, select, union_all

from data.retention import Kept, purge
from data.schema import (
    ActionRow,
    AddressClaimRow,
    AlarmNoteRow,
    CheckInConsentRow,
    CheckInRow,
    DebtorRow,
    DutyRow,
    EnforcementCaseRow,
    ImportBatchRow,
    LeadRow,
    QuarantinedRowRow,
    RestrictionRow,
    ShareRow,
    SignOffRow,
    TeamMessageRow,
    TipRow,
)
from data.store import Store
from data.upsert import parts_of
from geo.localtime import local_day
from routes.rules import RuleProfile

__all__ = ["TERMS", "DueItem", "due_today"]

TERMS: Mapping[Kept, str | None] = MappingProxyType(
    {
        Kept.ALERTS: None,
        Kept.LEADS: None,
        Kept.TIPS: None,
        Kept.CLAIMS: None,
        Kept.RECORDS: "retention.record_d",
        Kept.CASES: "retention.case_d",
        Kept.PLANS: "retention.plan_d",
        Kept.DUTIES: "retention.plan_d",
        Kept.SHARES: "retention.plan_d",
        Kept.SIGNATURES: "retention.plan_d",
        Kept.LIVE: "retention.live_d",
        Kept.QUARANTINE: "retention.quarantine_d",
    }
)
"""Which parameter of the rules sets the term; None where each has a last day of its own."""


@dataclass(frozen=True, slots=True)
class DueItem:
    """One thing that is past its time.

    Parameters
    ----------
    case_id
        Of the case that it belongs to, None where it is no case's.
    since
        The day from which the term runs, or the last day that the thing had; None where it is
        past its time for another reason, as what its source withdrew.
    """

    id: str
    case_id: str | None
    since: date | None


def due_today(store: Store, profile: RuleProfile, *, by: str) -> Mapping[Kept, tuple[DueItem, ...]]:
    """Return what :func:`data.retention.purge` would delete now, the oldest first."""
    due = purge(store, profile, by=by, dry_run=True)
    with store.read() as connection:
        return {
            kind: tuple(
                sorted(_described(connection, kind, ids), key=lambda one: (str(one.since), one.id))
            )
            for kind, ids in due.items()
        }


def _described(connection: Connection, kind: Kept, ids: tuple[str, ...]) -> Iterator[DueItem]:
    told: dict[str, tuple[str | None, Any]] = {}
    for part in parts_of(ids):
        for row in connection.execute(
            _QUERIES[kind].where(_QUERIES[kind].selected_columns[0].in_(part))
        ):
            told[row[0]] = (row[1], row[2])
    for one in ids:
        case_id, since = told.get(one, (None, None))
        yield DueItem(one, case_id, local_day(since) if isinstance(since, datetime) else since)


def _columns(*columns: Any) -> Select[Any]:
    return select(*columns)


def _of_debtor(row: Any, since: Any) -> Select[Any]:
    return select(row.id, DebtorRow.case_id, since).join(DebtorRow, DebtorRow.id == row.debtor_id)


def _of_none(row: Any, since: Any) -> Select[Any]:
    return select(row.id, func.nullif("", "").label("case_id"), since)


def _of_any(*rows: Any) -> Select[Any]:
    either = union_all(*(_of_none(row, row.day) for row in rows)).subquery()
    return select(either.c.id, either.c.case_id, either.c.day)


_QUERIES: Mapping[Kept, Select[Any]] = MappingProxyType(
    {
        Kept.ALERTS: _of_debtor(RestrictionRow, RestrictionRow.ends_on),
        Kept.LEADS: _of_debtor(LeadRow, LeadRow.expires_at),
        Kept.TIPS: _of_none(TipRow, TipRow.expires_at),
        Kept.CLAIMS: _of_debtor(AddressClaimRow, AddressClaimRow.expires_on),
        Kept.RECORDS: _of_debtor(RestrictionRow, RestrictionRow.ended_at),
        Kept.CASES: _columns(
            EnforcementCaseRow.id,
            EnforcementCaseRow.id.label("case_id"),
            EnforcementCaseRow.ended_on,
        ),
        Kept.PLANS: _of_none(ActionRow, ActionRow.last_day),
        Kept.DUTIES: _columns(DutyRow.id, DutyRow.case_id, DutyRow.day),
        Kept.SHARES: _of_none(ShareRow, func.coalesce(ShareRow.revoked_at, ShareRow.expires_at)),
        Kept.SIGNATURES: _of_none(SignOffRow, SignOffRow.expires_at),
        Kept.LIVE: _of_any(CheckInRow, CheckInConsentRow, AlarmNoteRow, TeamMessageRow),
        Kept.QUARANTINE: _of_none(QuarantinedRowRow, ImportBatchRow.at).join(
            ImportBatchRow, ImportBatchRow.id == QuarantinedRowRow.batch_id
        ),
    }
)
