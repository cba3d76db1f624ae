"""Those whom a page or an export is about, read by their ids and never with the whole court."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy import Connection, select

from data.cases import read_cases, read_claims, read_debtors
from data.schema import AddressClaimRow, DebtorRow, EnforcementCaseRow
from data.upsert import parts_of, table_of
from routes.model import AddressClaim, CaseId, CaseNumber, ClaimId, Debtor, DebtorId
from routes.people import CaseName, People

__all__ = ["read_case_names", "read_people", "read_people_of"]


def read_people(
    connection: Connection, debtor_ids: Iterable[str], *, claim_ids: Iterable[str] = ()
) -> People:
    """Return these debtors, as far as they are stored, with their cases and claims.

    And these claims, whoever's they are now.
    """
    wanted = sorted(set(debtor_ids))
    found = read_debtors(connection, ids=wanted) if wanted else ()
    debtors = {debtor.id: debtor for debtor in found}
    people = _with_records(connection, debtors, {debtor.case_id for debtor in debtors.values()})
    others = {*claim_ids} - people.claims.keys()
    return replace(people, claims={**people.claims, **_claims(connection, others)})


def _claims(connection: Connection, claim_ids: set[str]) -> dict[ClaimId, AddressClaim]:
    claim = table_of(AddressClaimRow)
    owners = {
        owner
        for part in parts_of(sorted(claim_ids))
        for owner in connection.scalars(select(claim.c.debtor_id).where(claim.c.id.in_(part)))
    }
    found = read_claims(connection, of=sorted(owners)) if owners else ()
    return {one.id: one for one in found if one.id in claim_ids}


def read_people_of(connection: Connection, case_ids: Iterable[CaseId]) -> People:
    """Return the debtors of these cases, as far as they are stored, with cases and claims."""
    wanted = sorted(set(case_ids))
    if not wanted:
        return People()
    debtors = {debtor.id: debtor for debtor in read_debtors(connection, *wanted)}
    return _with_records(connection, debtors, wanted)


def _with_records(
    connection: Connection, debtors: Mapping[DebtorId, Debtor], case_ids: Iterable[CaseId]
) -> People:
    cases, owners = sorted(case_ids), sorted(debtors)
    return People(
        {case.id: case for case in read_cases(connection, *cases)} if cases else {},
        debtors,
        {claim.id: claim for claim in read_claims(connection, of=owners)} if owners else {},
    )


def read_case_names(
    connection: Connection, debtor_ids: Iterable[str]
) -> Mapping[DebtorId, CaseName]:
    """Return the cases of these debtors, as far as they are stored; nothing is decrypted."""
    debtor, case = table_of(DebtorRow), table_of(EnforcementCaseRow)
    query = select(debtor.c.id, debtor.c.case_id, case.c.number).join(
        case, case.c.id == debtor.c.case_id
    )
    return {
        DebtorId(row.id): CaseName(CaseId(row.case_id), CaseNumber.parse(row.number))
        for part in parts_of(sorted(set(debtor_ids)))
        for row in connection.execute(query.where(debtor.c.id.in_(part)))
    }
