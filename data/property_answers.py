"""Answers of property checks as they are kept: encrypted, each with the debtor that it is of."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from data.model import PutCounts
from data.schema import DebtorRow, PropertyAnswerRow
from data.upsert import put_rows, table_of
from data.work import Work
from routes.model import CaseId, DebtorId, SecretText
from routes.property_answers import PropertyAnswer, PropertyKind

__all__ = ["put_property_answers", "read_property_answers"]


def put_property_answers(work: Work, answers: Iterable[PropertyAnswer]) -> PutCounts:
    """Add answers, or replace earlier ones of the same property."""
    rows = [
        {
            "id": one.id,
            "debtor_id": one.debtor_id,
            "kind": one.kind.value,
            "holder": one.holder.reveal(),
            "detail": None if one.detail is None else one.detail.reveal(),
            "amount_yuan": None if one.amount_yuan is None else repr(one.amount_yuan),
            "answered_on": one.answered_on,
        }
        for one in answers
    ]
    return put_rows(work, PropertyAnswerRow, rows)


def read_property_answers(connection: Connection, case_id: CaseId) -> tuple[PropertyAnswer, ...]:
    """Return the answers about the debtors of a case, the newest first."""
    table, debtor = table_of(PropertyAnswerRow), table_of(DebtorRow)
    query = (
        select(table)
        .join(debtor, debtor.c.id == table.c.debtor_id)
        .where(debtor.c.case_id == case_id)
        .order_by(table.c.answered_on.desc(), table.c.id)
    )
    return tuple(
        PropertyAnswer(
            row.id,
            DebtorId(row.debtor_id),
            PropertyKind(row.kind),
            SecretText(row.holder),
            row.answered_on,
            None if row.detail is None else SecretText(row.detail),
            None if row.amount_yuan is None else float(row.amount_yuan),
        )
        for row in connection.execute(query)
    )
