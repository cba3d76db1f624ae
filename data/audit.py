"""The audit chain: what accounts did, each entry sealed over the one before.

An entry's hash is keyed, so that nobody without the key file can write a chain that
verifies. The newest entry is sealed a second time, so that a chain cut off at its end is
noticed too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Text, insert, select, type_coerce
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from data.crypto import FieldCipher
from data.errors import AuditError, StoreError
from data.model import AuditEntry
from data.schema import AuditEntryRow, SettingRow

if TYPE_CHECKING:
    from data.work import Database

__all__ = ["AuditLog", "append", "verify"]

_FIRST = "0" * 64
_HEAD = "audit_head"
_LONGEST = 200


class AuditLog:
    """The audit chain of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(
        self, actor: str, act: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> AuditEntry:
        """Record what an account did, in a transaction of its own.

        Parameters
        ----------
        actor
            Account id, or a word such as ``cli``.
        act
            What was done, such as ``person.read``.
        subject
            What it was done to, such as ``case:ID``.
        detail
            Ids and counts; never a name, number or address.

        Raises
        ------
        StoreError
            If a detail is no plain value, or too long to be an id.
        """
        with self._database.write() as work:
            return work.record(actor, act, subject, detail)

    def entries(self, limit: int = 100) -> tuple[AuditEntry, ...]:
        """Return the newest entries, the last first."""
        query = select(AuditEntryRow.__table__).order_by(AuditEntryRow.seq.desc()).limit(limit)
        with self._database.read() as connection:
            return tuple(
                AuditEntry(**{**row._mapping, "detail": json.loads(row.detail)})
                for row in connection.execute(query)
            )

    def verify(self) -> int:
        """Return how many entries were checked.

        Raises
        ------
        AuditError
            If an entry was changed, dropped, added or moved; names the entry.
        """
        with self._database.read() as connection:
            return verify(connection, self._database.cipher)


def append(
    connection: Connection,
    cipher: FieldCipher,
    *,
    at: datetime,
    actor: str,
    act: str,
    subject: str,
    detail: Mapping[str, Any],
) -> AuditEntry:
    """Append one entry inside the caller's transaction; see :meth:`AuditLog.append`."""
    for key, value in detail.items():
        if not (value is None or isinstance(value, str | int | float | bool)):
            raise StoreError("审计明细 %(key)s 须为编号或数值", key=key)
    if any(len(str(text)) > _LONGEST for text in (actor, act, subject, *detail.values())):
        raise StoreError("审计条目的内容过长，须只写编号与数值")
    last = connection.execute(
        select(AuditEntryRow.seq, AuditEntryRow.hash).order_by(AuditEntryRow.seq.desc()).limit(1)
    ).one_or_none()
    seq, prev_hash = (last.seq + 1, last.hash) if last else (1, _FIRST)
    detail_json = json.dumps(dict(detail), ensure_ascii=False, sort_keys=True)
    at_text = at.astimezone(UTC).isoformat(timespec="microseconds")
    digest = cipher.chain_hash(str(seq), at_text, actor, act, subject, detail_json, prev_hash)
    connection.execute(
        insert(AuditEntryRow).values(
            seq=seq,
            at=at,
            actor=actor,
            act=act,
            subject=subject,
            detail=detail_json,
            prev_hash=prev_hash,
            hash=digest,
        )
    )
    seal = cipher.chain_hash("head", str(seq), digest)
    connection.execute(
        sqlite_insert(SettingRow)
        .values(name=_HEAD, value=seal)
        .on_conflict_do_update(index_elements=["name"], set_={"value": seal})
    )
    return AuditEntry(seq, at, actor, act, subject, dict(detail), prev_hash, digest)


def verify(connection: Connection, cipher: FieldCipher) -> int:
    """Return the length of the chain; see :meth:`AuditLog.verify`."""
    query = select(
        AuditEntryRow.seq,
        type_coerce(AuditEntryRow.at, Text).label("at_text"),
        AuditEntryRow.actor,
        AuditEntryRow.act,
        AuditEntryRow.subject,
        AuditEntryRow.detail,
        AuditEntryRow.prev_hash,
        AuditEntryRow.hash,
    ).order_by(AuditEntryRow.seq)
    seq, prev_hash = 0, _FIRST
    for row in connection.execute(query):
        seq += 1
        if row.seq != seq:
            raise AuditError("审计链缺少第 %(seq)d 条；请从备份核对", seq=seq)
        if row.prev_hash != prev_hash:
            raise AuditError("审计链第 %(seq)d 条与前一条不相连；请从备份核对", seq=seq)
        fields = (row.at_text, row.actor, row.act, row.subject, row.detail, prev_hash)
        if row.hash != cipher.chain_hash(str(seq), *fields):
            raise AuditError("审计链第 %(seq)d 条的内容已被改动；请从备份核对", seq=seq)
        prev_hash = row.hash
    head = connection.scalar(select(SettingRow.value).where(SettingRow.name == _HEAD))
    if head != (cipher.chain_hash("head", str(seq), prev_hash) if seq else None):
        raise AuditError("审计链在第 %(seq)d 条之后被截断或添加；请从备份核对", seq=seq)
    return seq
