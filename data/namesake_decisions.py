"""Decisions on who a record is of, as they are kept: made once, perhaps withdrawn, never deleted.

Of the two records only is kept which identifiers agreed, encrypted; no value of either.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from data.crypto import new_id
from data.errors import StoreError
from data.schema import AddressClaimRow, DebtorRow, NamesakeDecisionRow, StepItemRow
from data.upsert import parts_of, table_of
from data.work import Database, Work
from routes.model import CaseId, DebtorId, Identifier, NamesakeRuling, NamesakeVerdict
from routes.namesake import Match, NamesakeDecision

__all__ = ["KeptNamesakeDecision", "NamesakeDecisions", "rulings"]


@dataclass(frozen=True, slots=True)
class KeptNamesakeDecision:
    """A decision with its id, what agreed, and who withdrew it where it holds no longer.

    Parameters
    ----------
    subject
        ``claim:ID`` or ``item:ID``.
    proposed
        What the comparison proposed.
    log_ratio, independent
        Its natural logarithm of the likelihood ratio, and the independent identifiers that
        agreed.
    outdated
        Whether the debtor's number was changed since.
    """

    id: str
    subject: str
    verdict: NamesakeVerdict
    proposed: NamesakeVerdict
    results: Mapping[Identifier, Match]
    log_ratio: float
    independent: int
    override: bool
    reason: str
    decided_by: str
    decided_at: datetime
    outdated: bool = False
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None


class NamesakeDecisions:
    """Who decided of which address or property whether it is the debtor's or a namesake's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, made: NamesakeDecision, *, of: DebtorId) -> str:
        """Keep a decision about a record and a debtor, and return its id; it rules from now on.

        Raises
        ------
        StoreError
            If the debtor is not stored, an address claim is not the debtor's, or property not of
            the debtor's case.
        """
        decided, compared = made.decision, made.comparison
        with self._database.write() as work:
            number_hash = _number_hash(work.connection, of, decided.subject)
            made_id = new_id("n")
            work.connection.execute(
                insert(NamesakeDecisionRow).values(
                    id=made_id,
                    debtor_id=of,
                    subject=decided.subject,
                    number_hash=number_hash,
                    verdict=made.verdict.value,
                    proposed=compared.verdict.value,
                    results=json.dumps({k.value: v.value for k, v in compared.results.items()}),
                    log_ratio=compared.log_ratio,
                    independent=compared.independent,
                    override=decided.override,
                    reason=decided.reason,
                    decided_by=decided.by,
                    decided_at=decided.at,
                )
            )
            detail = {
                "of": decided.subject,
                "verdict": made.verdict.value,
                "proposed": compared.verdict.value,
                "independent": compared.independent,
                "override": decided.override,
            }
            work.record(decided.by, "namesake.decide", f"namesake:{made_id}", detail)
        return made_id

    def withdraw(self, decision_id: str, *, of: CaseId, by: str) -> None:
        """End a decision of a case; the one before it rules again, where there is one.

        One that was withdrawn stays as it is.

        Raises
        ------
        StoreError
            If it is not stored, or of another case.
        """
        with self._database.write() as work:
            held = _kept_of(work.connection, of, id=decision_id)
            if not held:
                raise StoreError("认定 %(id)s 不在本案中；请刷新页面后核对", id=decision_id)
            if held[0].withdrawn_at is None:
                _end(work, held[0], by)

    def of_case(self, case_id: CaseId) -> tuple[KeptNamesakeDecision, ...]:
        """Return the decisions of a case, withdrawn ones included, the first made first."""
        with self._database.read() as connection:
            return _kept_of(connection, case_id)


def rulings(
    connection: Connection, *case_ids: CaseId, of: Iterable[str] = ()
) -> dict[str, NamesakeRuling]:
    """Return, by subject such as ``claim:ID``, the last decision that nobody withdrew.

    Those of cases, or of some debtors, or all.

    One that found the debtor is unsure once the debtor's number was changed: what was compared
    is not what is on file.
    """
    found: dict[str, NamesakeRuling] = {}
    for one in _kept_of(connection, *case_ids, of=of, withdrawn=False):
        verdict = one.verdict
        if one.outdated and verdict is NamesakeVerdict.SAME:
            verdict = NamesakeVerdict.UNSURE
        found[one.subject] = NamesakeRuling(
            verdict, _those(one.results, Match.MATCH), _those(one.results, Match.MISMATCH)
        )
    return found


def _number_hash(connection: Connection, debtor_id: DebtorId, subject: str) -> str | None:
    """Return what stands for the debtor's number, once the record may be the debtor's."""
    row: Any = connection.execute(
        select(DebtorRow.id_number_hash, DebtorRow.case_id).where(DebtorRow.id == debtor_id)
    ).one_or_none()
    kind, _, record_id = subject.partition(":")
    if kind == "claim":
        of_record = select(AddressClaimRow.debtor_id).where(AddressClaimRow.id == record_id)
        own = connection.scalar(of_record) == debtor_id
    else:
        of_record = select(StepItemRow.case_id).where(StepItemRow.id == record_id).limit(1)
        own = row is not None and connection.scalar(of_record) == row.case_id
    if row is None or not own:
        raise StoreError("被执行人 %(id)s 没有这条记录，认定未保存；请刷新页面", id=debtor_id)
    number_hash: str | None = row.id_number_hash
    return number_hash


def _those(results: Mapping[Identifier, Match], wanted: Match) -> frozenset[Identifier]:
    return frozenset(each for each, found in results.items() if found is wanted)


def _kept_of(
    connection: Connection,
    *case_ids: CaseId,
    id: str | None = None,  # noqa: A002 (the column's name)
    of: Iterable[str] = (),
    withdrawn: bool = True,
) -> tuple[KeptNamesakeDecision, ...]:
    table = table_of(NamesakeDecisionRow)
    query = select(table, DebtorRow.id_number_hash).join(
        DebtorRow, DebtorRow.id == table.c.debtor_id
    )
    if case_ids:
        query = query.where(DebtorRow.case_id.in_(case_ids))
    if id is not None:
        query = query.where(table.c.id == id)
    if not withdrawn:
        query = query.where(table.c.withdrawn_at.is_(None))
    queries = [query.where(table.c.debtor_id.in_(part)) for part in parts_of(of)] or [query]
    rows = [row for each in queries for row in connection.execute(each)]
    return tuple(map(_kept, sorted(rows, key=lambda row: row.seq)))


def _end(work: Work, held: KeptNamesakeDecision, by: str) -> None:
    work.connection.execute(
        update(NamesakeDecisionRow)
        .where(NamesakeDecisionRow.id == held.id)
        .values(withdrawn_at=work.clock(), withdrawn_by=by)
    )
    detail = {"of": held.subject, "verdict": held.verdict.value}
    work.record(by, "namesake.withdraw", f"namesake:{held.id}", detail)


def _kept(row: Any) -> KeptNamesakeDecision:
    return KeptNamesakeDecision(
        id=row.id,
        subject=row.subject,
        verdict=NamesakeVerdict(row.verdict),
        proposed=NamesakeVerdict(row.proposed),
        results={Identifier(key): Match(found) for key, found in json.loads(row.results).items()},
        log_ratio=row.log_ratio,
        independent=row.independent,
        override=row.override,
        reason=row.reason,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        outdated=row.number_hash != row.id_number_hash,
        withdrawn_at=row.withdrawn_at,
        withdrawn_by=row.withdrawn_by,
    )
