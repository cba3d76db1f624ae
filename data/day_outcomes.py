"""What visits of one day found, as a live room asks for it again and again: no name is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, literal, select

from data.outcome_records import read_records
from data.schema import AddressClaimRow, DebtorRow, EnforcementCaseRow, OutcomeRow
from data.upsert import table_of
from geo.localtime import DAY_S, moment_at
from routes.model import CaseId, ClaimId, OutcomeKind

__all__ = ["DayOutcome", "read_day_outcomes", "read_visited_since"]


@dataclass(frozen=True, slots=True)
class DayOutcome:
    """What a visit found; ``team`` is empty where its device did not say."""

    id: str
    claim_id: ClaimId
    kind: OutcomeKind
    at: datetime
    case_id: CaseId
    case_number: str
    team: str


def read_day_outcomes(connection: Connection, day: date) -> tuple[DayOutcome, ...]:
    """Return the outcomes of a day that were not withdrawn, the oldest first."""
    outcome, claim = table_of(OutcomeRow), table_of(AddressClaimRow)
    debtor, case = table_of(DebtorRow), table_of(EnforcementCaseRow)
    query = (
        select(outcome.c.id, outcome.c.claim_id, outcome.c.kind, outcome.c.at)
        .add_columns(case.c.id.label("case_id"), case.c.number)
        .join(claim, claim.c.id == outcome.c.claim_id)
        .join(debtor, debtor.c.id == claim.c.debtor_id)
        .join(case, case.c.id == debtor.c.case_id)
        .where(
            outcome.c.at >= moment_at(day, 0),
            outcome.c.at < moment_at(day, DAY_S),
            outcome.c.withdrawn == literal(False, outcome.c.withdrawn.type),
        )
        .order_by(outcome.c.at, outcome.c.id)
    )
    rows = connection.execute(query).all()
    records = read_records(connection, [row.id for row in rows])
    teams = {key: str(record.get("team", "")) for key, (record, _files) in records.items()}
    return tuple(
        DayOutcome(
            row.id,
            ClaimId(row.claim_id),
            OutcomeKind(row.kind),
            row.at,
            CaseId(row.case_id),
            row.number,
            teams.get(row.id, ""),
        )
        for row in rows
    )


def read_visited_since(connection: Connection, at: datetime) -> frozenset[ClaimId]:
    """Return the claims that were visited from a moment on; withdrawn visits do not count."""
    outcome = table_of(OutcomeRow)
    query = select(outcome.c.claim_id).where(
        outcome.c.at >= at, outcome.c.withdrawn == literal(False, outcome.c.withdrawn.type)
    )
    return frozenset(ClaimId(claim_id) for claim_id in connection.scalars(query))
