"""What checks of a debtor's places brought: entered once, perhaps withdrawn, never deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from data.cases import case_of_claim
from data.crypto import new_id
from data.errors import StoreError
from data.schema import AddressClaimRow, CheckAnswerRow, DebtorRow
from data.upsert import table_of
from data.work import Database, Work
from geo.localtime import local_day
from routes.checks import Answer, Check, CheckAnswer
from routes.model import CaseId, ClaimId

__all__ = ["CheckAnswers", "KeptCheckAnswer", "read_answers"]

_TABLE = table_of(CheckAnswerRow)


@dataclass(frozen=True, slots=True)
class KeptCheckAnswer:
    """An answer with who entered it, and who withdrew it where it holds no longer."""

    told: CheckAnswer
    entered_by: str
    entered_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None


class CheckAnswers:
    """The answers of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        claim_id: ClaimId,
        check: Check,
        answer: Answer,
        *,
        of: CaseId,
        answered_on: date,
        by: str,
    ) -> str:
        """Keep an answer about the place of a claim of a case, and return its id.

        Raises
        ------
        StoreError
            If the claim is not of the case, or the day lies in the future.
        """
        with self._database.write() as work:
            if case_of_claim(work.connection, claim_id) != of:
                raise StoreError("地址线索 %(id)s 不在本案中；请刷新页面后核对", id=claim_id)
            now = work.clock()
            if answered_on > local_day(now):
                raise StoreError(
                    "答复日期 %(day)s 在将来；请填写实际答复的日期", day=answered_on.isoformat()
                )
            made_id = new_id("q")
            work.connection.execute(
                insert(_TABLE).values(
                    id=made_id,
                    claim_id=claim_id,
                    asked=check.value,
                    answer=answer.value,
                    answered_on=answered_on,
                    entered_by=work.person(by),
                    entered_at=now,
                )
            )
            work.record(by, "check.answer", f"claim:{claim_id}", {"answer": made_id})
        return made_id

    def withdraw(self, answer_id: str, *, of: CaseId, by: str) -> None:
        """Let an answer of a case count no longer; one that was withdrawn stays as it is.

        Raises
        ------
        StoreError
            If it is not stored, or of another case.
        """
        with self._database.write() as work:
            held = _kept(work.connection, _TABLE.c.id == answer_id, DebtorRow.case_id == of)
            if not held:
                raise StoreError("核实答复 %(id)s 不在本案中；请刷新页面后核对", id=answer_id)
            if held[0].withdrawn_at is None:
                _end(work, held[0], by)

    def of_case(self, case_id: CaseId) -> tuple[KeptCheckAnswer, ...]:
        """Return the answers of a case, withdrawn ones included, the first entered first."""
        with self._database.read() as connection:
            return _kept(connection, DebtorRow.case_id == case_id)


def read_answers(connection: Connection, case_id: CaseId | None = None) -> tuple[CheckAnswer, ...]:
    """Return the answers that count, of a case or of all."""
    wanted: list[Any] = [_TABLE.c.withdrawn_at.is_(None)]
    if case_id is not None:
        wanted.append(DebtorRow.case_id == case_id)
    return tuple(one.told for one in _kept(connection, *wanted))


def _end(work: Work, held: KeptCheckAnswer, by: str) -> None:
    work.connection.execute(
        update(_TABLE)
        .where(_TABLE.c.id == held.told.id)
        .values(withdrawn_at=work.clock(), withdrawn_by=work.person(by))
    )
    detail = {"answer": held.told.id}
    work.record(by, "check.withdraw", f"claim:{held.told.claim_id}", detail)


def _kept(connection: Connection, *wanted: Any) -> tuple[KeptCheckAnswer, ...]:
    claim, debtor = table_of(AddressClaimRow), table_of(DebtorRow)
    query = (
        select(_TABLE)
        .join(claim, claim.c.id == _TABLE.c.claim_id)
        .join(debtor, debtor.c.id == claim.c.debtor_id)
        .where(*wanted)
        .order_by(_TABLE.c.seq)
    )
    return tuple(
        KeptCheckAnswer(
            CheckAnswer(
                row.id,
                ClaimId(row.claim_id),
                Check(row.asked),
                Answer(row.answer),
                row.answered_on,
            ),
            row.entered_by,
            row.entered_at,
            row.withdrawn_at,
            row.withdrawn_by,
        )
        for row in connection.execute(query)
    )
