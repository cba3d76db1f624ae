"""Cases as JSON, from the classes below; their end point is described from them too.

How much of a person is in it is decided by :mod:`data.masks`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from data.masks import PersonField, Sights
from routes.model import AddressClaim, Case, CaseId, Debtor, DebtorId

__all__ = ["CASES_PATH", "CaseRecords", "case_json", "case_records"]

CASES_PATH = "/api/v1/cases"


class AddressRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One statement of where a debtor is to be found; ``text`` is null where it may not be read."""

    id: str
    source: str
    kind: str
    seen_on: date
    expires_on: date | None
    precision: str | None
    township_code: str | None
    grid_code: str | None
    text: str | None


class DebtorRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A debtor; name and number are in full, masked or null, by what the reader may see."""

    id: str
    kind: str
    name: str | None
    id_number: str | None
    identifiers: list[str]
    addresses: list[AddressRecord]


class CaseRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An enforcement case."""

    id: str
    number: str
    kind: str
    status: str
    grade: str
    claim_yuan: float
    filed_on: date
    notice_sent_on: date | None
    basis_document: str | None
    basis_served_on: date | None
    debtors: list[DebtorRecord]


class CaseRecords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Some cases, in the order of their numbers; ``next`` is the first of the following ones."""

    total: int
    first: int
    next: int | None
    cases: list[CaseRecord]


def case_records(
    cases: Sequence[Case],
    debtors: Iterable[Debtor],
    claims: Iterable[AddressClaim],
    *,
    sights: Sights,
    first: int = 0,
    total: int | None = None,
) -> CaseRecords:
    """Return cases as records.

    Parameters
    ----------
    sights
        What the reader sees of persons.
    first, total
        Which of how many the first of these cases is; all are given where nothing is said.
    """
    by_case: dict[CaseId, list[Debtor]] = defaultdict(list)
    for debtor in debtors:
        by_case[debtor.case_id].append(debtor)
    by_debtor: dict[DebtorId, list[AddressClaim]] = defaultdict(list)
    for claim in claims:
        by_debtor[claim.debtor_id].append(claim)
    count = len(cases) if total is None else total
    end = first + len(cases)
    return CaseRecords(
        total=count,
        first=first,
        next=end if cases and end < count else None,
        cases=[
            CaseRecord(
                id=case.id,
                number=str(case.number),
                kind=case.kind.value,
                status=case.status.value,
                grade=case.grade.value,
                claim_yuan=case.claim_yuan,
                filed_on=case.filed_on,
                notice_sent_on=case.notice_sent_on,
                basis_document=case.basis_document,
                basis_served_on=case.basis_served_on,
                debtors=[
                    _debtor(debtor, by_debtor[debtor.id], sights) for debtor in by_case[case.id]
                ],
            )
            for case in cases
        ],
    )


def case_json(records: CaseRecords) -> bytes:
    """Return records as JSON in UTF-8."""
    return msgspec.json.encode(records)


def _debtor(debtor: Debtor, claims: Sequence[AddressClaim], sights: Sights) -> DebtorRecord:
    return DebtorRecord(
        id=debtor.id,
        kind=debtor.kind.value,
        name=sights.seen(PersonField.NAME, debtor.name),
        id_number=sights.seen(PersonField.ID_NUMBER, debtor.id_number),
        identifiers=sorted(debtor.identifiers),
        addresses=[
            AddressRecord(
                id=claim.id,
                source=claim.source.value,
                kind=claim.kind.value,
                seen_on=claim.seen_on,
                expires_on=claim.expires_on,
                precision=None if claim.place is None else claim.place.precision.value,
                township_code=None if claim.place is None else claim.place.township_code,
                grid_code=None if claim.place is None else claim.place.grid_code,
                text=sights.seen(PersonField.ADDRESS, claim.text),
            )
            for claim in claims
        ],
    )
