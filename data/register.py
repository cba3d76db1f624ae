"""The register of data protection: assessments, vendors, map reviews, leaks; lines are never
deleted, so that each is there for more than the three years the law asks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, update

from data.crypto import new_id
from data.errors import StoreError
from data.schema import Base, Encrypted, RegisterRow
from data.signed_records import Signature, keep_signed
from data.upsert import table_of
from data.work import Database, Work
from geo.localtime import local_day
from routes.data_types import DataType
from routes.rules import check_vendor
from routes.rules.data_facts import Assessment, VendorFacts

__all__ = ["LEAK_STEPS", "LeakStep", "Register", "RegisterEntry", "RegisterKind", "kept_fields"]

_LONGEST_NUMBER = 60
_LONGEST_NOTE = 500


class RegisterKind(StrEnum):
    """Kinds of lines."""

    ASSESSMENT = "assessment"  # 个人信息保护影响评估
    VENDOR = "vendor"  # 运维单位
    MAP_REVIEW = "map_review"  # 公开地图的审图号
    LEAK = "leak"  # 泄露事件及其处置


class LeakStep(StrEnum):
    """What is done about a leak, in this order (个人信息保护法 article 57)."""

    FOUND = "found"
    REMEDIED = "remedied"
    REPORTED = "reported"
    TOLD = "told"
    CLOSED = "closed"


LEAK_STEPS: tuple[LeakStep, ...] = tuple(LeakStep)


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """One line.

    Parameters
    ----------
    code
        Kind of data of an assessment, step of a leak; empty of the others.
    document
        Number of report, agreement or review; empty for a step of a leak without one.
    note
        Free text, such as the vendor's work or what was done about a leak.
    leak_id
        Line with which the leak began, of a later step.
    """

    id: str
    kind: RegisterKind
    code: str
    document: str
    on: date
    note: str | None
    made_at: datetime
    made_by: str
    leak_id: str | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None


class Register:
    """The lines of a court's register."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def assess(self, data_type: DataType, document: str, *, on: date, by: str) -> str:
        """Enter an impact assessment of a kind of sensitive data, and return its id.

        Raises
        ------
        StoreError
            If the kind is not sensitive, the number is missing, or the day is not yet.
        """
        if not data_type.sensitive:
            raise StoreError("只有敏感个人信息须登记影响评估，请另选数据类别")
        with self._database.write() as work:
            return _add(work, RegisterKind.ASSESSMENT, data_type, document, on=on, by=by)

    def review_map(self, number: str, *, on: date, by: str) -> str:
        """Enter the number of a map's review before it is published, and return its id.

        Raises
        ------
        StoreError
            If the number is missing, or the day is not yet.
        """
        with self._database.write() as work:
            return _add(work, RegisterKind.MAP_REVIEW, "", number, on=on, by=by)

    def add_vendor(
        self,
        contract: str,
        note: str,
        *,
        keeps_copies: bool | None,
        on: date,
        by: str,
        signature: Signature | None = None,
    ) -> str:
        """Enter a vendor with its agreement, signed for; return the id.

        Parameters
        ----------
        note
            The vendor and what it does.
        keeps_copies
            None where nobody looked.

        Raises
        ------
        RestrictionError
            If it keeps copies or nobody looked, or it is not signed (LAW.md P11).
        StoreError
            If the agreement's number is missing, or the day is not yet.
        """
        with self._database.write() as work:
            made = new_id("g")
            said = check_vendor(VendorFacts(made, contract, keeps_copies))
            keep_signed(work, said, signature, by=by)
            kind = RegisterKind.VENDOR
            return _add(work, kind, "", contract, on=on, by=by, note=note, made=made)

    def report_leak(self, note: str, *, on: date, by: str) -> str:
        """Enter that data leaked, and return the leak's id.

        Raises
        ------
        StoreError
            If nothing is said of it, or the day is not yet.
        """
        if not note.strip():
            raise StoreError("请写明泄露的种类、原因和可能的危害（不写个人信息）")
        with self._database.write() as work:
            return _add(work, RegisterKind.LEAK, LeakStep.FOUND, "", on=on, by=by, note=note)

    def settle_leak(
        self, leak_id: str, step: LeakStep, note: str, *, document: str, on: date, by: str
    ) -> str:
        """Enter the next step about a leak; where nobody is told, the note says why.

        Raises
        ------
        StoreError
            If the leak is not on record, it is not this step's turn, nothing is said of it, or
            the day is not yet or before the step that went before.
        """
        if not note.strip():
            raise StoreError("请写明处置情况；未通知本人的，请写明依法不通知的理由")
        with self._database.write() as work:
            done = [one for one in _read(work.connection) if leak_id in (one.id, one.leak_id)]
            if not done or done[0].kind is not RegisterKind.LEAK:
                raise StoreError("泄露事件 %(id)s 不在库中，请核对编号", id=leak_id)
            turn = LEAK_STEPS[len(done)] if len(done) < len(LEAK_STEPS) else None
            if step is not turn:
                raise StoreError(
                    "泄露事件 %(id)s 的下一步是 %(next)s，不能登记 %(step)s",
                    id=leak_id,
                    next="-" if turn is None else turn.value,
                    step=step.value,
                )
            if on < done[-1].on:
                raise StoreError("日期早于上一步的 %(day)s，请核对", day=done[-1].on.isoformat())
            return _add(
                work,
                RegisterKind.LEAK,
                step,
                document,
                on=on,
                by=by,
                note=note,
                leak_id=leak_id,
            )

    def end(self, entry_id: str, *, by: str) -> None:
        """End an assessment, vendor or review now; the line is kept. An ended one stays so.

        Raises
        ------
        StoreError
            If it is not stored, or is of a leak.
        """
        with self._database.write() as work:
            held = next((one for one in _read(work.connection) if one.id == entry_id), None)
            if held is None or held.kind is RegisterKind.LEAK:
                raise StoreError("登记 %(id)s 不在库中或不能结束，请核对", id=entry_id)
            if held.ended_at is None:
                work.connection.execute(
                    update(RegisterRow)
                    .where(RegisterRow.id == entry_id)
                    .values(ended_at=work.clock(), ended_by=by)
                )
                work.record(by, "register.end", f"register:{entry_id}", {"kind": held.kind.value})

    def entries(self) -> tuple[RegisterEntry, ...]:
        """Return all lines, the first made first."""
        with self._database.read() as connection:
            return _read(connection)

    def assessment(self, data_type: DataType, *, on: date) -> Assessment | None:
        """Return the newest assessment of a kind of data that stands on a day."""
        found = [
            Assessment(one.document, one.on)
            for one in self.entries()
            if one.kind is RegisterKind.ASSESSMENT
            and one.code == data_type
            and one.ended_at is None
            and one.on <= on
        ]
        return max(found, key=lambda one: one.made_on, default=None)

    def map_review(self, number: str) -> str | None:
        """Return the number of a map's review where it stands in the register."""
        standing = {
            one.document
            for one in self.entries()
            if one.kind is RegisterKind.MAP_REVIEW and one.ended_at is None
        }
        return number.strip() if number.strip() in standing else None


def kept_fields() -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return, by table about a person, which columns are encrypted and which are readable.

    Keys, keyed hashes and marks of the store's own are left out. A table is about a person where
    it has an encrypted column or refers, also by way of others, to a debtor.
    """
    found: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for table in Base.metadata.sorted_tables:
        secret = tuple(one.name for one in table.columns if isinstance(one.type, Encrypted))
        of_person = any(
            key.column.table.name in found and key.column.table.name != "action"
            for key in table.foreign_keys
        )
        if secret or of_person:
            plain = tuple(
                one.name
                for one in table.columns
                if one.name not in secret
                and not one.name.endswith("hash")
                and not one.primary_key
                and not one.foreign_keys
                and one.name != "id"
            )
            found[table.name] = (secret, plain)
    return found


def _add(
    work: Work,
    kind: RegisterKind,
    code: str,
    document: str,
    *,
    on: date,
    by: str,
    note: str | None = None,
    leak_id: str | None = None,
    made: str | None = None,
) -> str:
    number = document.strip()
    if kind is not RegisterKind.LEAK and not number:
        raise StoreError("请填写文号")
    if len(number) > _LONGEST_NUMBER or len(note or "") > _LONGEST_NOTE:
        raise StoreError(
            "文号不超过 %(number)d 字，说明不超过 %(note)d 字",
            number=_LONGEST_NUMBER,
            note=_LONGEST_NOTE,
        )
    if on > local_day(work.clock()):
        raise StoreError("日期 %(day)s 晚于今天，请核对", day=on.isoformat())
    entry_id = made or new_id("g")
    work.connection.execute(
        insert(RegisterRow).values(
            id=entry_id,
            kind=kind.value,
            code=str(code),
            document=number,
            on=on,
            note=note,
            leak_id=leak_id,
            made_at=work.clock(),
            made_by=by,
        )
    )
    work.record(by, "register.add", f"register:{entry_id}", {"kind": kind.value, "code": str(code)})
    return entry_id


def _read(connection: Connection) -> tuple[RegisterEntry, ...]:
    table = table_of(RegisterRow)
    query = select(table).order_by(table.c.seq)
    return tuple(map(_entry, connection.execute(query)))


def _entry(row: Any) -> RegisterEntry:
    values = dict(row._mapping)
    del values["seq"]
    return RegisterEntry(**{**values, "kind": RegisterKind(row.kind)})
