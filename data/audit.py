"""The audit chain: what accounts did, each entry sealed over the one before.

An entry's hash is keyed, so that nobody without the key file can write a chain that
verifies. The newest entry is sealed a second time, so that a chain cut off at its end is
noticed too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    delete,
    func,
    insert,
    or_,
    select,
    type_coerce,
    update,
)

from data.crypto import FieldCipher
from data.errors import AuditError, StoreError
from data.model import AuditEntry
from data.schema import AuditEntryRow, SettingRow

if TYPE_CHECKING:
    from data.work import Database

__all__ = ["AuditFilter", "AuditLog", "Verified", "append", "check_chain", "of_ids"]

_FIRST = "0" * 64
_HEAD = "audit_head"
_MARK = "audit_verified"
_LONGEST = 200
_TOLD_EVERY = 500


@dataclass(frozen=True, slots=True)
class Verified:
    """How far the chain was checked.

    Parameters
    ----------
    entries, hash, at
        Number and hash of the last entry that was reached, and when.
    whole, whole_at
        How many entries were checked when the whole chain last was, and when.
    """

    entries: int
    hash: str
    at: datetime
    whole: int
    whole_at: datetime


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries: of what is empty or None nothing is asked.

    Parameters
    ----------
    since, until
        Moments, aware: the first is inside, the second is not.
    act
        Whole, or its first word, such as ``person``.
    """

    since: datetime | None = None
    until: datetime | None = None
    act: str = ""
    actor: str = ""
    subject: str = ""


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

    def found(
        self,
        wanted: AuditFilter,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> tuple[AuditEntry, ...]:
        """Return entries of those that are wanted, the last first.

        Parameters
        ----------
        before, after
            Number of an entry: the newest before it, or the oldest after it.
        """
        table = AuditEntryRow.__table__
        seq = table.c.seq
        query = select(table).where(*_conditions(wanted)).limit(limit)
        if after is not None:
            query = query.where(seq > after).order_by(seq)
        else:
            query = query.order_by(seq.desc())
            if before is not None:
                query = query.where(seq < before)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        entries = (AuditEntry(**{**row._mapping, "detail": json.loads(row.detail)}) for row in rows)
        return tuple(sorted(entries, key=lambda entry: -entry.seq))

    def acts(self) -> tuple[str, ...]:
        """Return the acts that were ever recorded, in the order of their words."""
        query = select(AuditEntryRow.act).distinct().order_by(AuditEntryRow.act)
        with self._database.read() as connection:
            return tuple(connection.scalars(query))

    def chain(self) -> Iterator[AuditEntry]:
        """Yield every entry, the oldest first, from one state of the store."""
        query = select(AuditEntryRow.__table__).order_by(AuditEntryRow.seq)
        with self._database.read() as connection:
            rows = connection.execution_options(stream_results=True).execute(query)
            for row in rows:
                yield AuditEntry(**{**row._mapping, "detail": json.loads(row.detail)})

    def verify_whole(self, progress: Callable[[int, int], None] | None = None) -> Verified:
        """Check the whole chain as :meth:`verify` does, and tell at which entry it ends.

        Parameters
        ----------
        progress
            Told how many of all entries are checked.

        Raises
        ------
        AuditError
            As :meth:`verify` does.
        """
        return self._verify(None, progress=progress)

    def verify(self) -> int:
        """Check the whole chain, and return how many entries it has.

        Raises
        ------
        AuditError
            If an entry was changed, dropped, added or moved; names the entry.
        """
        return self._verify(None).entries

    def verify_new(self, *, again: int = 0) -> Verified:
        """Check what was added since the last check; the whole chain where there was none.

        Of what lies before, only the last ``again`` entries are read again, such as those that
        are shown: a change before them is found by :meth:`verify` only.

        Raises
        ------
        AuditError
            As :meth:`verify` does; also if the mark of the last check was tampered with.
        """
        with self._database.read() as connection:
            last = _read_mark(connection, self._database.cipher)
        return self._verify(last, again)

    def _verify(
        self,
        last: Verified | None,
        again: int = 0,
        progress: Callable[[int, int], None] | None = None,
    ) -> Verified:
        database, now = self._database, self._database.clock()
        begin = 0 if last is None else max(0, last.entries - again)
        try:
            with database.read() as connection:
                seq, end = _walk(connection, database.cipher, begin, last, progress)
        except AuditError:
            with database.write() as work:  # the next check is of the whole chain
                work.connection.execute(delete(SettingRow).where(SettingRow.name == _MARK))
            raise
        if last is None:
            done = Verified(seq, end, now, seq, now)
        else:
            done = replace(last, entries=seq, hash=end, at=now)
        with database.write() as work:
            if last is not None:
                held = _read_mark(work.connection, database.cipher)
                if held is None:  # another check found something wrong meanwhile
                    return done
                if held.whole_at > done.whole_at:
                    done = replace(done, whole=held.whole, whole_at=held.whole_at)
            _write_mark(work.connection, database.cipher, done)
        return done


def _conditions(wanted: AuditFilter) -> Sequence[ColumnElement[bool]]:
    row = AuditEntryRow
    return [
        *(() if wanted.since is None else (row.at >= wanted.since,)),
        *(() if wanted.until is None else (row.at < wanted.until,)),
        *(
            (or_(row.act == wanted.act, row.act.startswith(f"{wanted.act}.", autoescape=True)),)
            if wanted.act
            else ()
        ),
        *((row.actor == wanted.actor,) if wanted.actor else ()),
        *((row.subject == wanted.subject,) if wanted.subject else ()),
    ]


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
    _put_setting(connection, _HEAD, seal)
    return AuditEntry(seq, at, actor, act, subject, dict(detail), prev_hash, digest)


def of_ids(what: str, ids: Iterable[str]) -> dict[str, int | str]:
    """Return the detail of an entry about some things: how many, and their ids in fitting parts.

    Examples
    --------
    >>> of_ids("persons", ["d2", "d1", "d2"])
    {'persons': 2, 'persons_ids': 'd1 d2'}
    """
    known = sorted(set(ids))
    parts: list[str] = []
    for one in known:
        if parts and len(parts[-1]) + len(one) < _LONGEST:
            parts[-1] += f" {one}"
        else:
            parts.append(one)
    names = (f"{what}_ids" if n == 1 else f"{what}_ids_{n}" for n in range(1, len(parts) + 1))
    return {what: len(known), **dict(zip(names, parts, strict=True))}


def check_chain(connection: Connection, cipher: FieldCipher) -> int:
    """Check the whole chain of any database, and return how many entries it has.

    Raises
    ------
    AuditError
        As :meth:`AuditLog.verify` does.
    """
    return _walk(connection, cipher, 0, None)[0]


def _walk(
    connection: Connection,
    cipher: FieldCipher,
    seq: int,
    last: Verified | None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[int, str]:
    """Check all entries after one, and the seal; return number and hash of the last.

    Where the last check reached further than that one, its end must be met.
    """
    prev_hash = _FIRST
    if last is not None and seq == last.entries:
        prev_hash = last.hash
    elif seq:
        asked = select(AuditEntryRow.hash).where(AuditEntryRow.seq == seq)
        prev_hash = connection.scalar(asked) or ""
    query = (
        select(
            AuditEntryRow.seq,
            type_coerce(AuditEntryRow.at, Text).label("at_text"),
            AuditEntryRow.actor,
            AuditEntryRow.act,
            AuditEntryRow.subject,
            AuditEntryRow.detail,
            AuditEntryRow.prev_hash,
            AuditEntryRow.hash,
        )
        .where(AuditEntryRow.seq > seq)
        .order_by(AuditEntryRow.seq)
    )
    total = 0
    if progress is not None:
        total = connection.scalar(select(func.max(AuditEntryRow.seq))) or 0
    for row in connection.execute(query):
        seq += 1
        if progress is not None and seq % _TOLD_EVERY == 0:
            progress(seq, total)
        if row.seq != seq:
            raise AuditError("审计链缺少第 %(seq)d 条；请从备份核对", seq=seq)
        if row.prev_hash != prev_hash:
            raise AuditError("审计链第 %(seq)d 条与前一条不相连；请从备份核对", seq=seq)
        fields = (row.at_text, row.actor, row.act, row.subject, row.detail, prev_hash)
        if row.hash != cipher.chain_hash(str(seq), *fields):
            raise AuditError("审计链第 %(seq)d 条的内容已被改动；请从备份核对", seq=seq)
        prev_hash = row.hash
        if last is not None and seq == last.entries and row.hash != last.hash:
            raise AuditError("审计链第 %(seq)d 条的内容已被改动；请从备份核对", seq=seq)
    if progress is not None:
        progress(seq, seq)
    if last is not None and seq < last.entries:
        raise AuditError("审计链在第 %(seq)d 条之后被截断或添加；请从备份核对", seq=seq)
    head = connection.scalar(select(SettingRow.value).where(SettingRow.name == _HEAD))
    if head != (cipher.chain_hash("head", str(seq), prev_hash) if seq else None):
        raise AuditError("审计链在第 %(seq)d 条之后被截断或添加；请从备份核对", seq=seq)
    return seq, prev_hash


def _read_mark(connection: Connection, cipher: FieldCipher) -> Verified | None:
    """Return what the last check reached, None where there was none; the mark is sealed too."""
    text = connection.scalar(select(SettingRow.value).where(SettingRow.name == _MARK))
    if text is None:
        return None
    seal, _, plain = text.partition(" ")
    if seal != cipher.chain_hash("verified", plain):
        raise AuditError("审计链的核验标记已被改动；请运行 fieldwrit audit verify 核对整条链")
    seq, digest, at, whole, whole_at = json.loads(plain)
    return Verified(
        seq, digest, datetime.fromisoformat(at), whole, datetime.fromisoformat(whole_at)
    )


def _write_mark(connection: Connection, cipher: FieldCipher, done: Verified) -> None:
    plain = json.dumps(
        [done.entries, done.hash, done.at.isoformat(), done.whole, done.whole_at.isoformat()]
    )
    _put_setting(connection, _MARK, f"{cipher.chain_hash('verified', plain)} {plain}")


def _put_setting(connection: Connection, name: str, value: str) -> None:
    held = update(SettingRow).where(SettingRow.name == name).values(value=value)
    if not connection.execute(held).rowcount:
        connection.execute(insert(SettingRow).values(name=name, value=value))
