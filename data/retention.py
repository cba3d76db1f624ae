"""Deleting what has served (LAW.md P5, N6): by field where something still refers to it.

An address, a debtor and a plan stay as frozen stubs, so that visits and papers still refer to
them; names, texts, papers and places go. Content hashes stay too, so that the same file
imported again brings nothing back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, delete, func, literal, or_, select, update

from data import claim_places, measures, plans
from data.name_search import forget_names
from data.restriction_values import RestrictionKind
from data.schema import (
    ActionRow,
    AddressClaimRow,
    AlarmNoteRow,
    Base,
    CheckAnswerRow,
    CheckInConsentRow,
    CheckInRow,
    DebtorRow,
    DutyRow,
    EnforcementCaseRow,
    ImportBatchRow,
    LeadRow,
    NamesakeDecisionRow,
    OutcomeFileRow,
    OutcomeRecordRow,
    OutcomeRow,
    PlaceDecisionRow,
    PlanBriefRow,
    PropertyAnswerRow,
    QuarantinedRowRow,
    ReplanRow,
    RestrictionRow,
    ShareRow,
    SignOffRow,
    StepItemRow,
    StepRow,
    SupportRequestRow,
    TeamMessageRow,
    TipRow,
)
from data.store import Store
from data.tips import TipState
from data.upsert import parts_of
from data.work import Work
from geo.localtime import local_day, moment_at
from routes.model import ActionId, CaseStatus
from routes.rules import RuleProfile

__all__ = ["GONE", "Kept", "purge"]

GONE = "（已到期删除）"
"""What stands in the place of a text that was deleted."""

Purged = Mapping["Kept", tuple[str, ...]]
"""Ids of what was, or on a dry run would be, deleted, by kind."""

_OF_CASE = ("case", "debtor", "claim", "step", "item", "record")
"""Kinds of subjects whose signatures go with their case."""

_IN_ONE = 500
"""Ids in one statement; SQLite takes no unlimited number."""


class Kept(StrEnum):
    """Kinds of what is kept for a time, in the order in which they are looked through."""

    ALERTS = "alerts"  # vehicles' alerts: after their last day
    LEADS = "leads"  # after they expired or their source withdrew
    TIPS = "tips"  # what liaisons told: after it was answered or ran out
    CLAIMS = "claims"  # addresses: after their last day
    RECORDS = "records"  # restrictions and comparisons: some time after they were ended
    CASES = "cases"  # all that names people: some time after the case ended
    PLANS = "plans"  # with the places in them: some time after their last day
    DUTIES = "duties"  # hearings and keys of days past, as plans
    SHARES = "shares"  # what stations could see: some time after they ended
    SIGNATURES = "signatures"  # on visits, duties and teams: some time after they ended
    LIVE = "live"  # check-ins, alarms and messages: some days after theirs
    QUARANTINE = "quarantine"  # rows that could not be used: some time after their import


def purge(store: Store, profile: RuleProfile, *, by: str, dry_run: bool = False) -> Purged:
    """Delete what is past its time, each kind in one transaction with its audit entry.

    Where it is stopped, the kinds that were done stay done, and the next run goes on with the
    one that was not. The entry holds the kind and a count.

    Parameters
    ----------
    profile
        Sets how long what has no last day of its own is kept.
    by
        Account id, or ``cli``.
    dry_run
        Only tell what would go.

    Returns
    -------
    Mapping of Kept to tuple of str
        Ids of what went: by field where a stub stays, else whole.
    """
    done: dict[Kept, tuple[str, ...]] = {}
    for kind, (due, drop) in _KINDS.items():
        with store.write() as work:
            done[kind] = found = due(work, _Terms.of(work, profile), done)
            if found and not dry_run:
                drop(work, found)
                detail = {"kind": kind.value, "count": len(found)}
                work.record(by, "retention.purge", "store:-", detail)
    return MappingProxyType(done)


class _Terms(NamedTuple):
    """Today, and the days before which what has no last day of its own is past its time."""

    now: datetime
    today: date
    case: date
    plan: date
    record: date
    quarantine: date
    live: date

    @classmethod
    def of(cls, work: Work, profile: RuleProfile) -> _Terms:
        now = work.clock()
        today = local_day(now)
        days = (
            profile.retention_case_d,
            profile.retention_plan_d,
            profile.retention_record_d,
            profile.retention_quarantine_d,
            profile.retention_live_d,
        )
        return cls(now, today, *(today - timedelta(days=one) for one in days))


_Due = Callable[[Work, _Terms, Purged], tuple[str, ...]]
_Drop = Callable[[Work, tuple[str, ...]], None]


def _ids(work: Work, query: Select[Any]) -> tuple[str, ...]:
    return tuple(sorted(set(work.connection.scalars(query))))


def _parts(ids: Iterable[str]) -> Iterator[tuple[str, ...]]:
    found = tuple(ids)
    return (found[at : at + _IN_ONE] for at in range(0, len(found), _IN_ONE))


def _delete(work: Work, row: type[Base], column: Any, ids: Iterable[str]) -> None:
    for part in _parts(ids):
        work.connection.execute(delete(row).where(column.in_(part)))


def _blank(work: Work, row: type[Base], column: Any, ids: Iterable[str], **values: Any) -> None:
    for part in _parts(ids):
        work.connection.execute(update(row).where(column.in_(part)).values(**values))


def _due_alerts(work: Work, terms: _Terms, _done: Purged) -> tuple[str, ...]:
    is_over = and_(
        RestrictionRow.kind == RestrictionKind.ALERT.value,
        RestrictionRow.details.is_not(None),
        RestrictionRow.ends_on < terms.today,
    )
    return _ids(work, select(RestrictionRow.id).where(is_over))


def _empty_restrictions(work: Work, ids: Iterable[str]) -> None:
    now = literal(work.clock(), RestrictionRow.ended_at.type)
    for part in _parts(ids):
        chosen = RestrictionRow.id.in_(part)
        work.connection.execute(
            update(RestrictionRow)
            .where(chosen)
            .values(details=None, ended_at=func.coalesce(RestrictionRow.ended_at, now))
        )


def _due_leads(work: Work, terms: _Terms, _done: Purged) -> tuple[str, ...]:
    over = or_(
        LeadRow.expires_at <= terms.now, LeadRow.withdrawn == literal(True, LeadRow.withdrawn.type)
    )
    return _ids(work, select(LeadRow.id).where(over))


def _drop_leads(work: Work, ids: tuple[str, ...]) -> None:
    _delete(work, LeadRow, LeadRow.id, ids)


def _due_tips(work: Work, terms: _Terms, _done: Purged) -> tuple[str, ...]:
    over = or_(TipRow.expires_at <= terms.now, TipRow.state != TipState.OPEN.value)
    return _ids(work, select(TipRow.id).where(over))


def _drop_tips(work: Work, ids: tuple[str, ...]) -> None:
    _delete(work, TipRow, TipRow.id, ids)


def _due_claims(work: Work, terms: _Terms, _done: Purged) -> tuple[str, ...]:
    over = and_(AddressClaimRow.expires_on < terms.today, AddressClaimRow.text_hash != "")
    found = _ids(work, select(AddressClaimRow.id).where(over))
    frozen = measures.claims_in_use(work.connection) if found else frozenset()
    return tuple(one for one in found if one not in frozen)


def _drop_claims(work: Work, ids: Iterable[str]) -> None:
    found = tuple(ids)
    outcomes = _below(work, OutcomeRow.id, OutcomeRow.claim_id, found)
    _delete(work, OutcomeFileRow, OutcomeFileRow.outcome_id, outcomes)  # they show the place
    _delete(work, OutcomeRecordRow, OutcomeRecordRow.outcome_id, outcomes)
    claim_places.drop_places(work, found)
    _delete(work, PlaceDecisionRow, PlaceDecisionRow.claim_id, found)
    _delete(work, CheckAnswerRow, CheckAnswerRow.claim_id, found)
    _blank(work, AddressClaimRow, AddressClaimRow.id, found, text=GONE, text_hash="", basis=None)


def _due_records(work: Work, terms: _Terms, _done: Purged) -> tuple[str, ...]:
    before = moment_at(terms.record, 0)
    restrictions = select(RestrictionRow.id).where(
        RestrictionRow.details.is_not(None),
        or_(RestrictionRow.ended_at < before, RestrictionRow.ends_on < terms.record),
    )
    decisions = select(NamesakeDecisionRow.id).where(NamesakeDecisionRow.withdrawn_at < before)
    return (*_ids(work, restrictions), *_ids(work, decisions))


def _drop_records(work: Work, ids: tuple[str, ...]) -> None:
    _empty_restrictions(work, ids)
    _delete(work, NamesakeDecisionRow, NamesakeDecisionRow.id, ids)


def _due_cases(work: Work, terms: _Terms, _done: Purged) -> tuple[str, ...]:
    holds_people = or_(DebtorRow.name_hash != "", AddressClaimRow.text_hash != "")
    query = (
        select(EnforcementCaseRow.id)
        .join(DebtorRow, DebtorRow.case_id == EnforcementCaseRow.id)
        .outerjoin(AddressClaimRow, AddressClaimRow.debtor_id == DebtorRow.id)
        .where(
            EnforcementCaseRow.status == CaseStatus.ENDED.value,
            EnforcementCaseRow.ended_on < terms.case,
            holds_people,
        )
    )
    return _ids(work, query)


def _drop_cases(work: Work, ids: tuple[str, ...]) -> None:
    of_debtor = _below(work, DebtorRow.id, DebtorRow.case_id, ids)
    of_claim = _below(work, AddressClaimRow.id, AddressClaimRow.debtor_id, of_debtor)
    of_step = _below(work, StepRow.id, StepRow.case_id, ids)
    of_item = _below(work, StepItemRow.id, StepItemRow.case_id, ids)
    of_record = _below(work, RestrictionRow.id, RestrictionRow.debtor_id, of_debtor)
    found_of = (ids, of_debtor, of_claim, of_step, of_item, of_record)
    subjects = (
        f"{kind}:{one}" for kind, found in zip(_OF_CASE, found_of, strict=True) for one in found
    )
    names = _below(work, DebtorRow.name_hash, DebtorRow.id, of_debtor)
    _empty_signatures(work, SignOffRow.subject, subjects)
    _drop_claims(work, of_claim)
    _blank(work, OutcomeRow, OutcomeRow.claim_id, of_claim, note=None)
    _empty_restrictions(work, of_record)
    for row, column, found in (
        (LeadRow, LeadRow.debtor_id, of_debtor),
        (NamesakeDecisionRow, NamesakeDecisionRow.debtor_id, of_debtor),
        (PropertyAnswerRow, PropertyAnswerRow.debtor_id, of_debtor),
        (DutyRow, DutyRow.case_id, ids),
        (StepItemRow, StepItemRow.case_id, ids),
        (StepRow, StepRow.case_id, ids),
    ):
        _delete(work, row, column, found)
    _blank(
        work,
        DebtorRow,
        DebtorRow.id,
        of_debtor,
        name=GONE,
        name_hash="",
        id_number=None,
        id_number_hash=None,
        situation=None,
        languages=None,
        needs_female_officer=False,
    )
    forget_names(work, names)
    _blank(work, EnforcementCaseRow, EnforcementCaseRow.id, ids, vulnerable=None, instalments=None)


def _below(work: Work, wanted: Any, column: Any, ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(
        one for part in _parts(ids) for one in _ids(work, select(wanted).where(column.in_(part)))
    )


def _due_plans(work: Work, terms: _Terms, done: Purged) -> tuple[str, ...]:
    """Return past actions beyond their time, or that hold the place of an address that is gone."""
    gone = {
        *work.connection.scalars(select(AddressClaimRow.id).where(AddressClaimRow.text_hash == "")),
        *done[Kept.CLAIMS],
        *_below(
            work,
            AddressClaimRow.id,
            AddressClaimRow.debtor_id,
            _below(work, DebtorRow.id, DebtorRow.case_id, done[Kept.CASES]),
        ),
    }
    query = select(ActionRow.id, ActionRow.last_day, ActionRow.made_at)
    rows = work.connection.execute(query.where(ActionRow.problem != b"").order_by(ActionRow.seq))
    ended = ((row.id, row.last_day or local_day(row.made_at)) for row in rows.all())
    return tuple(
        action_id
        for action_id, last_day in ended
        if last_day < terms.plan
        or (
            last_day < terms.today
            and gone
            and not gone.isdisjoint(plans.claims_of(work.connection, action_id))
        )
    )


def _drop_plans(work: Work, ids: tuple[str, ...]) -> None:
    visits = {one for each in ids for one in plans.visits_of(work.connection, ActionId(each))}
    _empty_signatures(work, SignOffRow.subject, (f"visit:{one}" for one in sorted(visits)))
    _blank(work, ActionRow, ActionRow.id, ids, problem=b"", plan=b"", override_reason=None)
    _blank(work, SupportRequestRow, SupportRequestRow.action_id, ids, document=None)
    _blank(work, ReplanRow, ReplanRow.action_id, ids, disturbances="[]")
    for part in parts_of(ids):
        work.connection.execute(delete(PlanBriefRow).where(PlanBriefRow.action_id.in_(part)))


def _due_duties(work: Work, terms: _Terms, _done: Purged) -> tuple[str, ...]:
    return _ids(work, select(DutyRow.id).where(DutyRow.day < terms.plan))


def _drop_duties(work: Work, ids: tuple[str, ...]) -> None:
    _delete(work, DutyRow, DutyRow.id, ids)


def _due_shares(work: Work, terms: _Terms, _done: Purged) -> tuple[str, ...]:
    before = moment_at(terms.plan, 0)
    ended = or_(ShareRow.expires_at < before, ShareRow.revoked_at < before)
    return _ids(work, select(ShareRow.id).where(ended))


def _drop_shares(work: Work, ids: tuple[str, ...]) -> None:
    _delete(work, ShareRow, ShareRow.id, ids)


def _due_signatures(work: Work, terms: _Terms, _done: Purged) -> tuple[str, ...]:
    """Return signatures on what is no case's that ended before the term of plans.

    Those of a case go with it; those on a visit go with its plan where that is sooner.
    """
    before = moment_at(terms.plan, 0)
    ended = or_(SignOffRow.expires_at < before, SignOffRow.withdrawn_at < before)
    query = select(SignOffRow.id, SignOffRow.subject, SignOffRow.reason).where(ended)
    return tuple(
        sorted(
            row.id
            for row in work.connection.execute(query)
            if row.reason != GONE and row.subject.partition(":")[0] not in _OF_CASE
        )
    )


def _drop_signatures(work: Work, ids: tuple[str, ...]) -> None:
    _empty_signatures(work, SignOffRow.id, ids)


def _empty_signatures(work: Work, column: Any, keys: Iterable[str]) -> None:
    """Take out of signatures what was typed, and what they answered."""
    _blank(work, SignOffRow, column, keys, reason=GONE, document_no=GONE, digest=None)


def _due_quarantine(work: Work, terms: _Terms, _done: Purged) -> tuple[str, ...]:
    query = (
        select(QuarantinedRowRow.id)
        .join(ImportBatchRow, ImportBatchRow.id == QuarantinedRowRow.batch_id)
        .where(ImportBatchRow.at < moment_at(terms.quarantine, 0))
    )
    return _ids(work, query)


def _drop_quarantine(work: Work, ids: tuple[str, ...]) -> None:
    _delete(work, QuarantinedRowRow, QuarantinedRowRow.id, ids)


def _due_live(work: Work, terms: _Terms, _done: Purged) -> tuple[str, ...]:
    return tuple(
        one for row in _LIVE for one in _ids(work, select(row.id).where(row.day < terms.live))
    )


def _drop_live(work: Work, ids: tuple[str, ...]) -> None:
    for row in _LIVE:
        _delete(work, row, row.id, ids)


_LIVE = (CheckInRow, CheckInConsentRow, AlarmNoteRow, TeamMessageRow)
"""What teams and commanders said on a day."""

_KINDS: Mapping[Kept, tuple[_Due, _Drop]] = MappingProxyType(
    {
        Kept.ALERTS: (_due_alerts, _empty_restrictions),
        Kept.LEADS: (_due_leads, _drop_leads),
        Kept.TIPS: (_due_tips, _drop_tips),
        Kept.CLAIMS: (_due_claims, _drop_claims),
        Kept.RECORDS: (_due_records, _drop_records),
        Kept.CASES: (_due_cases, _drop_cases),
        Kept.PLANS: (_due_plans, _drop_plans),
        Kept.DUTIES: (_due_duties, _drop_duties),
        Kept.SHARES: (_due_shares, _drop_shares),
        Kept.SIGNATURES: (_due_signatures, _drop_signatures),
        Kept.LIVE: (_due_live, _drop_live),
        Kept.QUARANTINE: (_due_quarantine, _drop_quarantine),
    }
)
