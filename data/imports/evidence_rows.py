"""Rows of outcomes and leads, matched to the cases, debtors and addresses that are stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import partial

from sqlalchemy import select

from data.cases import case_id_of, claim_id_of, debtor_id_of, put_leads, put_outcomes
from data.imports.case_rows import parse_number
from data.imports.context import Context, Put
from data.imports.rows import Row
from data.imports.values import split_list
from data.model import PutCounts
from data.outcome_records import OutcomeRecord, put_written
from data.schema import AddressClaimRow, DebtorRow, EnforcementCaseRow, OutcomeRow
from data.upsert import parts_of, table_of
from data.work import Work
from geo.localtime import LOCAL_ZONE, local_day
from geo.messages import Message, message
from routes.bands import band_of
from routes.model import (
    ClaimId,
    DebtorId,
    Lead,
    Outcome,
    OutcomeKind,
    SecretText,
    VisitBand,
)

__all__ = ["StoredCases", "check_leads", "check_outcomes"]


@dataclass(frozen=True, slots=True)
class StoredCases:
    """Identifiers that the store holds, so that rows can be matched without decrypting."""

    work: Work
    cases: frozenset[str] = field(init=False)
    debtors: frozenset[str] = field(init=False)
    claims: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        scalars = self.work.connection.scalars
        object.__setattr__(self, "cases", frozenset(scalars(select(EnforcementCaseRow.id))))
        object.__setattr__(self, "debtors", frozenset(scalars(select(DebtorRow.id))))
        owners = select(AddressClaimRow.id, AddressClaimRow.debtor_id)
        claims = {row.id: row.debtor_id for row in self.work.connection.execute(owners)}
        object.__setattr__(self, "claims", claims)

    def debtor(self, row: Row) -> DebtorId | None:
        """Return the debtor that the row names, or note why there is none."""
        number, name = parse_number(row), row.get("debtor_name")
        if number is None or name is None:
            return None
        case_id = case_id_of(self.work.cipher, number)
        debtor_id = debtor_id_of(self.work.cipher, case_id, name)
        if case_id not in self.cases:
            row.refuse("库中没有这个案件；请核对案号，或先导入案件表", column="number")
        elif debtor_id not in self.debtors:
            row.refuse("该案没有这个被执行人；请按案件表中的姓名填写", column="debtor_name")
        else:
            return debtor_id
        return None

    def claim(self, row: Row, debtor_id: DebtorId) -> ClaimId | None:
        """Return the debtor's address claim that the row names, or note that there is none.

        A sheet that was printed has the claim's number, which tells sources of one text apart.
        """
        stated = row.get("claim")
        if stated is not None:
            if self.claims.get(stated) == debtor_id:
                return ClaimId(stated)
            row.refuse(
                "不是该被执行人的地址编号；请按登记表填写，或清空该格而按地址查找", column="claim"
            )
            return None
        text = row.get("address_text")
        if text is None:
            return None
        claim_id = claim_id_of(self.work.cipher, debtor_id, text)
        if claim_id in self.claims:
            return claim_id
        row.refuse(
            "不是该被执行人的地址线索；请按案件表中的地址填写，或先在案件表中加入",
            column="address_text",
        )
        return None


def check_outcomes(context: Context, rows: Sequence[Row]) -> Put:
    """Check outcomes; the visit band follows from the time.

    A row of a printed sheet in which nobody wrote anything is a visit that was not made.
    """
    stored, now = StoredCases(context.work), context.work.clock()
    outcomes: dict[str, tuple[Outcome, Row]] = {}
    notes: dict[str, SecretText] = {}
    records: dict[str, OutcomeRecord] = {}
    left_blank = 0
    for row in rows:
        if _left_blank(row):
            row.set_aside()
            left_blank += 1
            continue
        debtor_id = stored.debtor(row)
        claim_id = None if debtor_id is None else stored.claim(row, debtor_id)
        at = _moment(row)
        band = None if at is None else band_of(at)
        if at is not None and at > now:
            row.refuse("时间在将来；请核对", column="at")
        elif at is not None and band is None:
            row.refuse("不在走访时段（06:00 至 21:00）内；请核对", column="at")
        if row.problems or claim_id is None or at is None or band is None:
            continue
        outcome_id = context.work.cipher.stable_id("o", claim_id, at.isoformat())
        if outcome_id in outcomes:
            row.refuse(
                "与第 %(first)d 行是同一次走访；请删去其中一行",
                first=outcomes[outcome_id][1].place.row,
            )
            continue
        kind = OutcomeKind(row.values["outcome"])
        outcomes[outcome_id] = Outcome(outcome_id, claim_id, kind, at, band), row
        row.keys.add(outcome_id)
        if row.get("note"):
            notes[outcome_id] = SecretText(row.values["note"])
        officers = split_list(row.get("officers", ""))
        if officers or row.get("team"):
            records[outcome_id] = OutcomeRecord(row.get("team", ""), "", officers=officers)
    if left_blank:
        context.notes.append(
            message("有 %(count)d 行没有填写时间和结果，视为没有走访，未导入", count=left_blank)
        )
    context.notes.extend(_told_twice(context.work, outcomes))

    def put() -> PutCounts:
        counts = put_outcomes(context.work, [one for one, _ in outcomes.values()], notes)
        return counts + PutCounts(written=put_written(context.work, records))

    return put


def _left_blank(row: Row) -> bool:
    """Whether a row has what was printed, and nothing of what is written in by hand."""
    by_hand = ("at", "outcome", "officers", "note")
    return row.is_filled("claim") and not any(map(row.is_filled, by_hand))


def _moment(row: Row) -> datetime | None:
    """Return when the visit was: a time of day is one of the day that stands beside it."""
    at = row.get("at")
    if not isinstance(at, time):
        return at  # type: ignore[no-any-return]
    if "day" in row.values:
        return datetime.combine(row.values["day"], at, tzinfo=LOCAL_ZONE)
    if "day" not in row.unread:
        row.refuse("只有时刻而没有日期；请填写日期列，或写成 2026-05-06 07:20", column="at")
    return None


def _told_twice(work: Work, outcomes: Mapping[str, tuple[Outcome, Row]]) -> Iterator[Message]:
    """Say which rows tell of an address and a day of which another outcome is kept."""
    table = table_of(OutcomeRow)
    query = select(table.c.id, table.c.claim_id, table.c.at)
    held: dict[tuple[str, date], set[str]] = {}
    for part in parts_of({one.claim_id for one, _ in outcomes.values()}):
        for kept in work.connection.execute(query.where(table.c.claim_id.in_(part))):
            held.setdefault((kept.claim_id, local_day(kept.at)), set()).add(kept.id)
    for one, row in outcomes.values():
        if held.get((one.claim_id, local_day(one.at)), set()) - {one.id}:
            yield row.place.problem(
                message("这一地址当天另有一条结果，例如由设备送来；两条都已记下，请核对")
            )


def check_leads(context: Context, rows: Sequence[Row]) -> Put:
    """Check leads."""
    stored = StoredCases(context.work)
    leads: dict[str, tuple[Lead, Row]] = {}
    for row in rows:
        debtor_id = stored.debtor(row)
        claim_id = None if debtor_id is None else stored.claim(row, debtor_id)
        received_at, expires_at = row.get("received_at"), row.get("expires_at")
        if received_at and expires_at and expires_at <= received_at:
            row.refuse("失效时间须晚于收到时间", column="expires_at")
        if row.problems or debtor_id is None:
            continue
        band = VisitBand(row.values["band"]) if "band" in row.values else None
        lead_id = context.work.cipher.stable_id(
            "l",
            debtor_id,
            claim_id or "",
            row.values["source"],
            received_at.isoformat(),
            band or "",
        )
        if lead_id in leads:
            row.refuse(
                "与第 %(first)d 行是同一条线索；请删去其中一行",
                first=leads[lead_id][1].place.row,
            )
            continue
        lead = Lead(
            id=lead_id,
            debtor_id=debtor_id,
            source=row.values["source"],
            received_at=received_at,
            expires_at=expires_at,
            claim_id=claim_id,
            band=band,
            withdrawn=row.get("withdrawn", False),
        )
        leads[lead_id] = lead, row
        row.keys.add(lead_id)
    return partial(put_leads, context.work, [lead for lead, _ in leads.values()])
