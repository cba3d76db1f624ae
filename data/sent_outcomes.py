"""Outcomes that officers' devices send, each kept exactly once however often it is sent.

A device gives each outcome a key of its own before it sends it first, and sends it until it gets
an answer. The key and the account are the outcome's identifier: what was kept is told to be kept
already, and another content under the same key is told and never put in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import literal, select, update

from data.cases import put_outcomes
from data.errors import StoreError
from data.outcome_records import OutcomeRecord, put_record, record_text
from data.schema import AddressClaimRow, OutcomeRecordRow, OutcomeRow
from data.store import Store
from data.upsert import table_of
from data.work import Work
from geo.localtime import local_day
from geo.messages import Message, message
from routes.bands import band_of
from routes.model import ClaimId, Outcome, OutcomeKind, SecretText

__all__ = ["Receipt", "ReceiptState", "SentOutcome", "receive_outcomes"]

_CLOCKS_APART = timedelta(minutes=5)
"""By how much a device's clock may be ahead."""


class ReceiptState(StrEnum):
    """What became of an outcome that was sent."""

    STORED = "stored"
    ALREADY = "already"  # by an earlier sending
    CONFLICT = "conflict"  # another content has this key; that one stands
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SentOutcome:
    """An outcome as a device sends it.

    Parameters
    ----------
    key
        Made by the device, the same each time that it sends this outcome.
    """

    key: str
    claim_id: ClaimId
    kind: OutcomeKind
    at: datetime
    note: SecretText | None = field(default=None, repr=False)
    record: OutcomeRecord | None = field(default=None, repr=False)

    @property
    def team(self) -> str | None:
        """The team that made the visit; None where the device does not say."""
        return None if self.record is None else self.record.team or None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to one; ``outcome_id`` where something is kept under its key.

    ``others`` are other outcomes that hold of the same address on the same day.
    """

    key: str
    state: ReceiptState
    outcome_id: str | None = None
    why: Message | None = None
    others: tuple[tuple[OutcomeKind, datetime], ...] = ()


class WithdrawnFor(StrEnum):
    """Why an outcome does not hold."""

    SLIP = "slip"
    WRONG_DOOR = "wrong_door"
    WRONG_TIME = "wrong_time"


def withdraw_outcome(store: Store, outcome_id: str, *, why: WithdrawnFor, by: str) -> None:
    """Let an outcome hold no longer; it stays on record with who withdrew it.

    Raises
    ------
    StoreError
        If it is not stored, or was withdrawn before.
    """
    outcome = table_of(OutcomeRow)
    with store.write() as work:
        stands = outcome.c.withdrawn == literal(False, outcome.c.withdrawn.type)
        done = work.connection.execute(
            update(outcome)
            .where(outcome.c.id == outcome_id, stands)
            .values(withdrawn=True, written_at=work.clock())
        )
        if not done.rowcount:
            raise StoreError("走访结果 %(id)s 不在库中或已撤回，请刷新页面", id=outcome_id)
        work.record(by, "outcome.withdraw", f"outcome:{outcome_id}", {"why": why.value})


def receive_outcomes(store: Store, sent: Sequence[SentOutcome], *, by: str) -> tuple[Receipt, ...]:
    """Keep outcomes in one transaction; those that cannot be kept do not hold up the others.

    Parameters
    ----------
    by
        The account that sends; keys of different accounts are different.

    Returns
    -------
    tuple of Receipt
        In the order of what was sent. They may be told once this returns: all is on the disk.
    """
    with store.write() as work:
        ids = [work.cipher.stable_id("o", "sent", by, one.key) for one in sent]
        held = _held(work, ids)
        claims = set(
            work.connection.scalars(
                select(AddressClaimRow.id).where(
                    AddressClaimRow.id.in_({one.claim_id for one in sent})
                )
            )
        )
        fresh: dict[str, SentOutcome] = {}
        receipts = []
        for outcome_id, one in zip(ids, sent, strict=True):
            if outcome_id in held:
                receipts.append(_again(one, outcome_id, held[outcome_id]))
                continue
            why = _refusal(work, one, claims)
            if why is not None:
                receipts.append(Receipt(one.key, ReceiptState.REFUSED, None, why))
                continue
            held[outcome_id] = _content(one)
            fresh[outcome_id] = one
            receipts.append(Receipt(one.key, ReceiptState.STORED, outcome_id))
        notes = {key: one.note for key, one in fresh.items() if one.note is not None}
        put_outcomes(work, [_outcome(key, one) for key, one in fresh.items()], notes)
        for key, one in fresh.items():
            if one.record is not None:
                put_record(work, key, one.record)
        receipts = _with_others(work, receipts, sent)
        detail = {state.value: _count(receipts, state) for state in ReceiptState}
        work.record(by, "outcomes.receive", "store:-", detail)
    return tuple(receipts)


def _held(work: Work, ids: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    table = table_of(OutcomeRow)
    record = table_of(OutcomeRecordRow)
    query = select(
        table.c.id, table.c.claim_id, table.c.kind, table.c.at, table.c.note, record.c.content
    ).outerjoin(record, record.c.outcome_id == table.c.id)
    rows = work.connection.execute(query.where(table.c.id.in_(set(ids))))
    return {row.id: (row.claim_id, row.kind, row.at, row.note, row.content) for row in rows}


def _with_others(
    work: Work, receipts: Sequence[Receipt], sent: Sequence[SentOutcome]
) -> list[Receipt]:
    """Add to each receipt what else is kept of its address on its day, by whomever."""
    table = table_of(OutcomeRow)
    query = select(table.c.id, table.c.claim_id, table.c.kind, table.c.at)
    claims = {one.claim_id for one in sent}
    held = literal(False, table.c.withdrawn.type)
    standing = query.where(table.c.claim_id.in_(claims), table.c.withdrawn == held)
    of_day: dict[tuple[str, date], list[Any]] = {}
    for row in work.connection.execute(standing):
        of_day.setdefault((row.claim_id, local_day(row.at)), []).append(row)
    return [
        receipt
        if receipt.outcome_id is None
        else replace(
            receipt,
            others=tuple(
                (OutcomeKind(row.kind), row.at)
                for row in of_day.get((one.claim_id, local_day(one.at)), ())
                if row.id != receipt.outcome_id
            ),
        )
        for receipt, one in zip(receipts, sent, strict=True)
    ]


def _content(one: SentOutcome) -> tuple[Any, ...]:
    note = None if one.note is None else one.note.reveal()
    record = None if one.record is None else record_text(one.record)
    return one.claim_id, one.kind.value, one.at, note, record


def _again(one: SentOutcome, outcome_id: str, held: tuple[Any, ...]) -> Receipt:
    if held == _content(one):
        return Receipt(one.key, ReceiptState.ALREADY, outcome_id)
    why = message("这个编号已记有另一结果，以先记的为准；请核对，确有另一次走访的以新编号另记")
    return Receipt(one.key, ReceiptState.CONFLICT, outcome_id, why)


def _refusal(work: Work, one: SentOutcome, claims: set[str]) -> Message | None:
    if one.claim_id not in claims:
        return message("库中没有这条地址线索；请刷新计划后核对")
    if one.at > work.clock() + _CLOCKS_APART:
        return message("时间在将来；请核对设备的时钟")
    if band_of(one.at) is None:
        return message("不在走访时段（06:00 至 21:00）内；请核对")
    return None


def _outcome(outcome_id: str, one: SentOutcome) -> Outcome:
    band = band_of(one.at)
    assert band is not None
    return Outcome(outcome_id, one.claim_id, one.kind, one.at, band)


def _count(receipts: Sequence[Receipt], state: ReceiptState) -> int:
    return sum(one.state is state for one in receipts)
