"""Rows of answers about property, held against the debtors that they name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from functools import partial

from sqlalchemy import select

from data.cases import plain_key
from data.imports.case_rows import parse_number
from data.imports.context import Context, Put
from data.imports.rows import Row
from data.property_answers import put_property_answers
from data.schema import DebtorRow, EnforcementCaseRow, PropertyAnswerRow
from data.upsert import parts_of, table_of
from data.work import Work
from geo.localtime import local_day
from geo.messages import message
from routes.model import CaseStatus, DebtorId, SecretText
from routes.property_answers import PropertyAnswer, PropertyKind

__all__ = ["check_property"]

_OF_A_PERSON = ("id_number", "debtor_name", "holder", "detail", "amount_yuan")
_OLDER = message("库中已有这项财产日期较新的答复，这条未采用，库中记载不变")


def check_property(context: Context, rows: Sequence[Row]) -> Put:
    """Check answers; each goes to every open case of the debtor whose number and name it has.

    One identifier alone may be a namesake's (LAW.md N1), and what belongs to no case may not be
    kept (P1, P2): of such a row nothing about the person waits in quarantine either.
    """
    work, today = context.work, local_day(context.work.clock())
    answers: dict[str, PropertyAnswer] = {}
    for row in rows:
        number = parse_number(row)
        if row.get("amount_yuan", 0.0) < 0.0:
            row.refuse("不能为负数", column="amount_yuan")
        answered_on = row.get("answered_on")
        if answered_on is not None and answered_on > today:
            row.refuse("日期在将来；请核对", column="answered_on")
        kind = row.get("kind")
        if kind not in (None, PropertyKind.NOTHING) and row.get("detail") is None:
            row.refuse("为空；除“无财产”外须写明是什么财产", column="detail")
        debtors = _debtors(work, row, None if number is None else str(number))
        if not debtors:
            _forget(row)
        if row.problems:
            continue
        for debtor_id in debtors:
            answer = _answer(work, row, debtor_id)
            row.keys.add(answer.id)
            held = answers.get(answer.id)
            if held is None or held.answered_on <= answer.answered_on:
                answers[answer.id] = answer
    newer = _newer(work, answers)
    for row in rows:
        if not row.problems and row.keys and row.keys <= newer:
            row.pass_over(_OLDER, "answered_on")
    kept = [one for one in answers.values() if one.id not in newer]
    return partial(put_property_answers, work, kept)


def _debtors(work: Work, row: Row, number: str | None) -> tuple[DebtorId, ...]:
    """Return the debtors of open cases that a row is about, or note why there is none."""
    stated, name = row.get("id_number"), row.get("debtor_name")
    if stated is None or name is None:
        return ()
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", stated)).upper()
    debtor, case = table_of(DebtorRow), table_of(EnforcementCaseRow)
    query = (
        select(debtor.c.id, debtor.c.name_hash)
        .join(case, case.c.id == debtor.c.case_id)
        .where(
            debtor.c.id_number_hash == work.cipher.keyed_hash("id_number", plain_key(plain)),
            case.c.status != CaseStatus.ENDED.value,
        )
        .order_by(debtor.c.id)
    )
    if number is not None:
        query = query.where(case.c.number == number)
    found = work.connection.execute(query).all()
    named = work.cipher.keyed_hash("name", plain_key(name))
    same = tuple(DebtorId(one.id) for one in found if one.name_hash == named)
    if not found:
        row.refuse(
            "未结案件中没有这个证件号码的被执行人，答复不得留存；请核对号码", column="id_number"
        )
    elif not same:
        row.refuse(
            "姓名与库中这个证件号码的被执行人不符，可能是同号误录或同名他人；请核对",
            column="debtor_name",
        )
    return same


def _forget(row: Row) -> None:
    """Keep nothing of a person who is no debtor of a case."""
    for key in _OF_A_PERSON:
        row.barred.add(key)
        row.values.pop(key, None)


def _answer(work: Work, row: Row, debtor_id: DebtorId) -> PropertyAnswer:
    kind, holder, detail = PropertyKind(row.values["kind"]), row.values["holder"], row.get("detail")
    words = (debtor_id, kind.value, plain_key(holder), plain_key(detail or ""))
    return PropertyAnswer(
        work.cipher.stable_id("p", *words),
        debtor_id,
        kind,
        SecretText(holder),
        row.values["answered_on"],
        None if detail is None else SecretText(detail),
        row.get("amount_yuan"),
    )


def _newer(work: Work, answers: dict[str, PropertyAnswer]) -> set[str]:
    """Return the ids of answers that the store holds with a later day."""
    table = table_of(PropertyAnswerRow)
    held: dict[str, date] = {}
    for part in parts_of(answers):
        query = select(table.c.id, table.c.answered_on).where(table.c.id.in_(part))
        held |= {row.id: row.answered_on for row in work.connection.execute(query)}
    return {key for key, on in held.items() if on > answers[key].answered_on}
