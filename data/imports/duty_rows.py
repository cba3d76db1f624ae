"""Rows of hearings, keys to be given over and other duties, matched to cases and teams."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from functools import partial

from sqlalchemy import select

from data.cases import case_id_of, plain_key
from data.duties import EnteredDuty, put_duties
from data.imports.case_rows import parse_number
from data.imports.context import Context, Put
from data.imports.field_rows import rows_by_id
from data.imports.rows import Row, locate_rows
from data.schema import DebtorRow, EnforcementCaseRow, TeamRow
from data.upsert import held_keys, table_of
from data.work import Work
from geo.localtime import local_day
from routes.model import CaseId, DutyKind, SecretText, TeamId

__all__ = ["check_duties"]


def check_duties(context: Context, rows: Sequence[Row]) -> Put:
    """Check duties of single days; each has an address or a position, hours, and maybe a case."""
    work = context.work
    points = locate_rows(rows, datum=context.datum, heard=context.positions)
    teams = frozenset(work.connection.scalars(select(TeamRow.id)))
    hours: dict[int, tuple[int, int]] = {}
    cases: dict[int, CaseId] = {}
    for row in rows:
        stated = {"lon", "lat"} & (row.values.keys() | row.unread)
        if not stated and row.get("address_text") is None and "address_text" not in row.unread:
            row.refuse("为空；请填写地点，或填写经度和纬度", column="address_text")
        if (span := _hours(row)) is not None:
            hours[id(row)] = span
        if (case_id := _case(work, row)) is not None:
            cases[id(row)] = case_id
        if row.get("team") is not None and row.values["team"] not in teams:
            row.refuse("库中没有这个小组；请核对小组编号，或先导入执行小组表", column="team")
    duties = [
        EnteredDuty(
            id=row.values["id"],
            kind=DutyKind(row.values["kind"]),
            label=SecretText(row.values["label"]),
            day=row.values["day"],
            start_s=hours[id(row)][0],
            end_s=hours[id(row)][1],
            address=SecretText(row.values["address_text"]) if row.get("address_text") else None,
            point=points.get(id(row)),
            minutes=row.get("minutes"),
            skills=frozenset(row.get("skills", ())),
            case_id=cases.get(id(row)),
            team_id=TeamId(row.values["team"]) if row.get("team") else None,
            withdrawn=row.get("withdrawn", False),
        )
        for row in rows_by_id(rows)
    ]
    return partial(put_duties, work, duties)


def _hours(row: Row) -> tuple[int, int] | None:
    """Return the seconds after midnight between which a duty is held, or note what is wrong."""
    start_s, end_s = (_second(row, key) for key in ("starts", "ends"))
    if start_s is None or end_s is None:
        return None
    if end_s <= start_s:
        row.refuse("须晚于开始", column="ends")
        return None
    minutes = row.get("minutes")
    if minutes is not None and not 1 <= minutes <= (end_s - start_s) // 60:
        row.refuse(
            "须为 1 至 %(most)d 分钟（开始与结束之间）",
            column="minutes",
            most=(end_s - start_s) // 60,
        )
        return None
    return start_s, end_s


def _second(row: Row, key: str) -> int | None:
    """Return the second of the day that a cell says; one with a day must be of the row's day."""
    at = row.get(key)
    if isinstance(at, datetime):
        if row.get("day") is not None and local_day(at) != row.values["day"]:
            row.refuse("日期与“%(day)s”一列不同；请只填时刻", column=key, day=row.headers["day"])
            return None
        at = at.time()
    if not isinstance(at, time):
        return None
    return at.hour * 3600 + at.minute * 60 + at.second


def _case(work: Work, row: Row) -> CaseId | None:
    """Return the case of a duty, or note why there is none; its debtors are named by it only."""
    number = parse_number(row)
    if number is None:
        return None
    case_id = case_id_of(work.cipher, number)
    if not held_keys(work.connection, EnforcementCaseRow.id, [case_id]):
        row.refuse("库中没有这个案件；请核对案号，或先导入案件表", column="number")
        return None
    label, debtor = plain_key(row.get("label", "")), table_of(DebtorRow)
    names = work.connection.scalars(select(debtor.c.name).where(debtor.c.case_id == case_id))
    if any(plain_key(name) in label for name in names):
        row.barred.add("label")
        row.values.pop("label", None)
        row.refuse("写了被执行人的姓名；请只写事项，案件以案号指明", column="label")
        return None
    return case_id
