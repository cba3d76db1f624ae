"""Rows of outcomes and leads, matched to the cases, debtors and addresses that are stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import select

from data.cases import case_id_of, claim_id_of, debtor_id_of, put_leads, put_outcomes
from data.imports.case_rows import parse_number
from data.imports.context import Context, Put
from data.imports.rows import Row
from data.schema import AddressClaimRow, DebtorRow, EnforcementCaseRow
from data.work import Work
from geo.localtime import LOCAL_ZONE
from routes.bands import band_at
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
    claims: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        scalars = self.work.connection.scalars
        object.__setattr__(self, "cases", frozenset(scalars(select(EnforcementCaseRow.id))))
        object.__setattr__(self, "debtors", frozenset(scalars(select(DebtorRow.id))))
        object.__setattr__(self, "claims", frozenset(scalars(select(AddressClaimRow.id))))

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
        """Return the debtor's address claim that the row names, or note that there is none."""
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
    """Check outcomes; the visit band follows from the time."""
    stored, now = StoredCases(context.work), context.work.clock()
    outcomes: dict[str, tuple[Outcome, Row]] = {}
    notes: dict[str, SecretText] = {}
    for row in rows:
        debtor_id = stored.debtor(row)
        claim_id = None if debtor_id is None else stored.claim(row, debtor_id)
        at = row.get("at")
        band = None
        if at is not None:
            local = at.astimezone(LOCAL_ZONE)
            band = band_at(local.hour * 3600 + local.minute * 60 + local.second)
            if at > now:
                row.refuse("时间在将来；请核对", column="at")
            elif band is None:
                row.refuse("不在走访时段（06:00 至 21:00）内；请核对", column="at")
        if row.problems or claim_id is None or band is None:
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
    return partial(put_outcomes, context.work, [o for o, _ in outcomes.values()], notes)


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
