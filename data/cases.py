"""Cases with their debtors, address claims, places, outcomes and leads, in and out of tables."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Select, literal, not_, or_, select, update

from data import claim_places
from data.crypto import FieldCipher
from data.model import PutCounts
from data.name_search import find_names, forget_names, hashed_parts, index_names
from data.namesake_decisions import rulings
from data.schema import (
    AddressClaimRow,
    DebtorRow,
    EnforcementCaseRow,
    LeadRow,
    OutcomeRow,
    PlaceRow,
)
from data.upsert import (
    SealedRows,
    held_keys,
    parts_of,
    put_rows,
    put_sealed,
    seal_rows,
    table_of,
)
from data.work import Work
from geo.localtime import local_day
from geo.model import Point, Precision
from routes.errors import CaseNumberError
from routes.model import (
    AddressClaim,
    Case,
    CaseId,
    CaseKind,
    CaseNumber,
    CaseStatus,
    ClaimId,
    ClaimSource,
    Debtor,
    DebtorId,
    DebtorKind,
    Grade,
    Identifier,
    Instalment,
    Lead,
    Outcome,
    OutcomeKind,
    Place,
    PlaceKind,
    SecretText,
    Situation,
    VisitBand,
)

__all__ = [
    "HeldClaim",
    "SealedCases",
    "case_id_of",
    "case_of_claim",
    "claim_id_of",
    "debtor_id_of",
    "find_cases",
    "held_claims",
    "plain_key",
    "put_all",
    "put_leads",
    "put_outcomes",
    "read_cases",
    "read_claims",
    "read_debtors",
    "read_leads",
    "read_outcomes",
    "seal_cases",
]


@dataclass(frozen=True, slots=True)
class HeldClaim:
    """What is stored of a claim as its own source stated it, nothing of it decrypted."""

    source: ClaimSource
    seen_on: date
    expires_on: date | None
    military_site: bool


def plain_key(text: str) -> str:
    """Return a text as it is compared: compatibility forms, no blanks, one case.

    Examples
    --------
    >>> plain_key(" 中山路１２８号 Ａ座 ")
    '中山路128号a座'
    """
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def case_id_of(cipher: FieldCipher, number: CaseNumber) -> CaseId:
    """Return the identifier that belongs to a case number."""
    return CaseId(cipher.stable_id("c", str(number)))


def debtor_id_of(cipher: FieldCipher, case_id: CaseId, name: str) -> DebtorId:
    """Return the identifier of a case's debtor of this name."""
    return DebtorId(cipher.stable_id("d", case_id, plain_key(name)))


def claim_id_of(
    cipher: FieldCipher, debtor_id: DebtorId, address_text: str, source: ClaimSource | None = None
) -> ClaimId:
    """Return the identifier of the statement that a debtor is to be found at a text.

    The first source that names the text has the one without ``source``, each other its own.
    """
    more = () if source is None else (source.value,)
    return ClaimId(cipher.stable_id("a", debtor_id, plain_key(address_text), *more))


@dataclass(frozen=True, slots=True)
class SealedCases:
    """Cases with their debtors and claims, hashed and encrypted, ready to be put.

    Parameters
    ----------
    names
        By debtor: hash of the name, and the name's parts as they are searched.
    places
        Of claims that have one.
    """

    cases: SealedRows
    debtors: SealedRows
    claims: SealedRows
    names: Mapping[DebtorId, tuple[str, frozenset[int]]]
    places: Mapping[ClaimId, Place]

    def put(self, work: Work) -> PutCounts:
        """Add or replace them all."""
        return (
            _put_cases(work, self.cases)
            + _put_debtors(work, self.debtors, self.names)
            + _put_claims(work, self.claims, self.places)
        )


def seal_cases(
    cipher: FieldCipher,
    dialect: Dialect,
    cases: Iterable[Case],
    debtors: Iterable[Debtor],
    claims: Iterable[AddressClaim],
    *,
    given_points: Mapping[ClaimId, Point] | None = None,
) -> SealedCases:
    """Hash and encrypt cases, debtors and claims; nothing is asked of the store.

    ``given_points`` are positions that a claim's source stated, WGS84: they count as content
    of the claim, so that a corrected position is written and the same one is not.
    """
    cases, debtors, claims = tuple(cases), tuple(debtors), tuple(claims)
    case_rows = [
        {
            "id": case.id,
            "number": str(case.number),
            "kind": case.kind.value,
            "status": case.status.value,
            "claim_yuan": float(case.claim_yuan),
            "filed_on": case.filed_on,
            "basis_document": case.basis_document,
            "basis_served_on": case.basis_served_on,
            "performance_due_on": case.performance_due_on,
            "notice_sent_on": case.notice_sent_on,
            "grade": case.grade.value,
            "contact_logged_on": case.contact_logged_on,
            "paused_until": case.paused_until,
            "major_matter": case.major_matter,
            "vulnerable": json.dumps(case.vulnerable) if case.vulnerable else None,
            "objection_pending": case.objection_pending,
            "instalments": _instalments_text(case.instalments),
        }
        for case in cases
    ]
    sort_keys = {case.id: {"sort_key": case.number.sort_key} for case in cases}
    debtor_rows, names = [], {}
    parts = hashed_parts(cipher, (debtor.name.reveal() for debtor in debtors))
    for debtor in debtors:
        name = debtor.name.reveal()
        name_hash = cipher.keyed_hash("name", plain_key(name))
        names[debtor.id] = name_hash, parts[name]
        id_number = debtor.id_number.reveal() if debtor.id_number else None
        debtor_rows.append(
            {
                "id": debtor.id,
                "case_id": debtor.case_id,
                "kind": debtor.kind.value,
                "name": name,
                "name_hash": name_hash,
                "id_number": id_number,
                "id_number_hash": (
                    cipher.keyed_hash("id_number", plain_key(id_number)) if id_number else None
                ),
                "identifiers": _join(debtor.identifiers),
                "needs_female_officer": debtor.needs_female_officer,
                "situation": debtor.situation.value,
            }
        )
    given = {
        claim_id: [{"lon": point.lon, "lat": point.lat}]
        for claim_id, point in (given_points or {}).items()
    }
    claim_rows = []
    for claim in claims:
        text = claim.text.reveal()
        claim_rows.append(
            {
                "id": claim.id,
                "debtor_id": claim.debtor_id,
                "text": text,
                "text_hash": cipher.keyed_hash("address", plain_key(text)),
                "source": claim.source.value,
                "kind": claim.kind.value,
                "seen_on": claim.seen_on,
                "basis": claim.basis,
                "identifiers": _join(claim.identifiers),
                "expires_on": claim.expires_on,
                "military_site": claim.military_site,
            }
        )
    return SealedCases(
        seal_rows(cipher, dialect, EnforcementCaseRow, case_rows, derived=sort_keys),
        seal_rows(cipher, dialect, DebtorRow, debtor_rows),
        seal_rows(cipher, dialect, AddressClaimRow, claim_rows, children=given),
        names,
        {claim.id: claim.place for claim in claims if claim.place is not None},
    )


def put_all(
    work: Work,
    cases: Iterable[Case] = (),
    debtors: Iterable[Debtor] = (),
    claims: Iterable[AddressClaim] = (),
) -> PutCounts:
    """Add or replace cases, debtors and claims; what they refer to must be among them or stored.

    Since when cases that ended have is kept. A claim without a place keeps the one that is
    stored; where none is, it takes that of another source of the same text.
    """
    return seal_cases(work.cipher, work.connection.dialect, cases, debtors, claims).put(work)


def _put_cases(work: Work, rows: SealedRows) -> PutCounts:
    counts = put_sealed(work, rows)
    table = table_of(EnforcementCaseRow)
    today = literal(local_day(work.clock()), table.c.ended_on.type)
    ended = table.c.status == CaseStatus.ENDED.value
    for part in parts_of(counts.written):
        written = update(table).where(table.c.id.in_(part))
        work.connection.execute(
            written.where(ended, table.c.ended_on.is_(None)).values(ended_on=today)
        )
        work.connection.execute(
            written.where(not_(ended), table.c.ended_on.is_not(None)).values(ended_on=None)
        )
    return counts


def _put_debtors(
    work: Work, rows: SealedRows, names: Mapping[DebtorId, tuple[str, frozenset[int]]]
) -> PutCounts:
    table = table_of(DebtorRow)
    query = select(table.c.id, table.c.name_hash)
    held = _rows_of(work.connection, query, table.c.id, [*names]) if names else ()
    before = {row.id: row.name_hash for row in held}
    known = held_keys(work.connection, table.c.name_hash, {digest for digest, _ in names.values()})
    counts = put_sealed(work, rows)
    written = {one: names[one] for one in names if one in counts.written}
    index_names(work, {digest: parts for digest, parts in written.values() if digest not in known})
    forget_names(work, {before[one] for one in written if one in before} - known)
    return counts


def _put_claims(work: Work, rows: SealedRows, places: Mapping[ClaimId, Place]) -> PutCounts:
    counts = put_sealed(work, rows)
    written = counts.written
    claim_places.set_places(work, {one: place for one, place in places.items() if one in written})
    claim_places.take_over(work, written)
    return counts


def put_outcomes(
    work: Work, outcomes: Iterable[Outcome], notes: Mapping[str, SecretText] | None = None
) -> PutCounts:
    """Add or replace outcomes, with a note by outcome id."""
    found = notes or {}
    rows = [
        {
            "id": outcome.id,
            "claim_id": outcome.claim_id,
            "kind": outcome.kind.value,
            "at": outcome.at,
            "band": outcome.band.value,
            "note": found[outcome.id].reveal() if outcome.id in found else None,
            "withdrawn": outcome.withdrawn,
        }
        for outcome in outcomes
    ]
    return put_rows(work, OutcomeRow, rows)


def put_leads(work: Work, leads: Iterable[Lead]) -> PutCounts:
    """Add or replace leads."""
    rows = [
        {
            "id": lead.id,
            "debtor_id": lead.debtor_id,
            "source": lead.source,
            "received_at": lead.received_at,
            "expires_at": lead.expires_at,
            "claim_id": lead.claim_id,
            "band": lead.band.value if lead.band else None,
            "withdrawn": lead.withdrawn,
        }
        for lead in leads
    ]
    return put_rows(work, LeadRow, rows)


def read_cases(connection: Connection, *case_ids: CaseId) -> tuple[Case, ...]:
    """Return cases in the order of their numbers: these, or all where none are named."""
    query = select(table_of(EnforcementCaseRow))
    cases = (
        Case(
            id=CaseId(row.id),
            number=CaseNumber.parse(row.number),
            kind=CaseKind(row.kind),
            status=CaseStatus(row.status),
            claim_yuan=row.claim_yuan,
            filed_on=row.filed_on,
            basis_document=row.basis_document,
            basis_served_on=row.basis_served_on,
            performance_due_on=row.performance_due_on,
            notice_sent_on=row.notice_sent_on,
            grade=Grade(row.grade),
            contact_logged_on=row.contact_logged_on,
            paused_until=row.paused_until,
            major_matter=row.major_matter,
            vulnerable=tuple(json.loads(row.vulnerable)) if row.vulnerable else (),
            objection_pending=bool(row.objection_pending),
            instalments=_instalments(row.instalments),
        )
        for row in _rows_of(connection, query, EnforcementCaseRow.id, case_ids)
    )
    return tuple(sorted(cases, key=lambda case: case.number))


def read_debtors(
    connection: Connection, *case_ids: CaseId, ids: Sequence[str] = ()
) -> tuple[Debtor, ...]:
    """Return debtors of these cases, or of these ids, or all, in the order of their ids."""
    query = select(table_of(DebtorRow))
    column = DebtorRow.id if ids else DebtorRow.case_id
    debtors = (
        Debtor(
            id=DebtorId(row.id),
            case_id=CaseId(row.case_id),
            kind=DebtorKind(row.kind),
            name=SecretText(row.name),
            id_number=SecretText(row.id_number) if row.id_number is not None else None,
            identifiers=_identifiers(row.identifiers),
            needs_female_officer=row.needs_female_officer,
            situation=Situation(row.situation or Situation.ORDINARY),
        )
        for row in _rows_of(connection, query, column, ids or case_ids)
    )
    return tuple(sorted(debtors, key=lambda one: one.id))


def _rows_of(
    connection: Connection, query: Select[Any], column: Any, keys: Sequence[str]
) -> Iterator[Any]:
    """Yield the rows of a query whose column has one of these keys; all where there are none."""
    if not keys:
        yield from connection.execute(query)
    for part in parts_of(keys):
        yield from connection.execute(query.where(column.in_(part)))


def held_claims(connection: Connection, debtor_ids: Sequence[DebtorId]) -> dict[ClaimId, HeldClaim]:
    """Return what an import compares its claims of these debtors with."""
    table = table_of(AddressClaimRow)
    query = select(
        table.c.id, table.c.source, table.c.seen_on, table.c.expires_on, table.c.military_site
    )
    rows = _rows_of(connection, query, table.c.debtor_id, debtor_ids) if debtor_ids else ()
    return {
        ClaimId(row.id): HeldClaim(
            ClaimSource(row.source), row.seen_on, row.expires_on, bool(row.military_site)
        )
        for row in rows
    }


def case_of_claim(connection: Connection, claim_id: ClaimId) -> CaseId | None:
    """Return the case of an address claim, None where the claim is not stored."""
    debtor, claim = table_of(DebtorRow), table_of(AddressClaimRow)
    query = select(debtor.c.case_id).join(claim, claim.c.debtor_id == debtor.c.id)
    found: str | None = connection.scalar(query.where(claim.c.id == claim_id))
    return None if found is None else CaseId(found)


def read_claims(
    connection: Connection, case_id: CaseId | None = None, *, of: Sequence[str] = ()
) -> tuple[AddressClaim, ...]:
    """Return address claims with their places, in the order of their identifiers.

    Those of a case, or of some debtors, or all. Where one source of a debtor's text says that it
    is a military site, it is one by all of them.
    """
    claim, place = table_of(AddressClaimRow), table_of(PlaceRow)
    ruled = rulings(connection, *(() if case_id is None else (case_id,)), of=of)
    query = select(
        claim,
        place.c.lon,
        place.c.lat,
        place.c.precision,
        place.c.confidence,
        place.c.township_code,
        place.c.grid_code,
        place.c.station_id,
    ).outerjoin(place, place.c.claim_id == claim.c.id)
    if case_id is not None:
        query = query.join(DebtorRow, DebtorRow.id == claim.c.debtor_id).where(
            DebtorRow.case_id == case_id
        )
    rows = list(_rows_of(connection, query, claim.c.debtor_id, of))
    rows.sort(key=lambda row: row.id)
    sites = {(row.debtor_id, row.text_hash) for row in rows if row.military_site and row.text_hash}
    return tuple(
        AddressClaim(
            id=ClaimId(row.id),
            debtor_id=DebtorId(row.debtor_id),
            text=SecretText(row.text),
            source=ClaimSource(row.source),
            kind=PlaceKind(row.kind),
            seen_on=row.seen_on,
            basis=row.basis,
            identifiers=_identifiers(row.identifiers),
            place=None
            if row.lon is None
            else Place(
                Point(row.lon, row.lat),
                Precision(row.precision),
                row.confidence,
                row.township_code,
                row.grid_code,
                row.station_id,
            ),
            expires_on=row.expires_on,
            military_site=bool(row.military_site) or (row.debtor_id, row.text_hash) in sites,
            ruling=ruled.get(f"claim:{row.id}"),
        )
        for row in rows
    )


def read_outcomes(connection: Connection, case_id: CaseId | None = None) -> tuple[Outcome, ...]:
    """Return outcomes, the oldest first."""
    outcome = table_of(OutcomeRow)
    columns = [column for column in outcome.c if column.name not in ("note", "content_hash")]
    query = select(*columns).order_by(outcome.c.at, outcome.c.id)
    if case_id is not None:
        query = query.where(outcome.c.claim_id.in_(_claims_of(case_id)))
    return tuple(
        Outcome(
            id=row.id,
            claim_id=ClaimId(row.claim_id),
            kind=OutcomeKind(row.kind),
            at=row.at,
            band=VisitBand(row.band),
            withdrawn=row.withdrawn,
        )
        for row in connection.execute(query)
    )


def read_leads(connection: Connection, case_id: CaseId | None = None) -> tuple[Lead, ...]:
    """Return leads, the oldest first."""
    query = select(table_of(LeadRow)).order_by(LeadRow.received_at, LeadRow.id)
    if case_id is not None:
        query = query.where(
            LeadRow.debtor_id.in_(select(DebtorRow.id).where(DebtorRow.case_id == case_id))
        )
    return tuple(
        Lead(
            id=row.id,
            debtor_id=DebtorId(row.debtor_id),
            source=row.source,
            received_at=row.received_at,
            expires_at=row.expires_at,
            claim_id=ClaimId(row.claim_id) if row.claim_id is not None else None,
            band=VisitBand(row.band) if row.band is not None else None,
            withdrawn=row.withdrawn,
        )
        for row in connection.execute(query)
    )


def find_cases(connection: Connection, cipher: FieldCipher, text: str) -> tuple[CaseId, ...]:
    """Return the cases whose number, or whose debtor's identity number, is exactly ``text``.

    Or whose debtor's name is or holds it, or sounds so: see :mod:`data.name_search`.
    """
    try:
        number = str(CaseNumber.parse(text))
    except CaseNumberError:
        key = plain_key(text)
        query = select(DebtorRow.case_id).where(
            or_(
                DebtorRow.name_hash == cipher.keyed_hash("name", key),
                DebtorRow.id_number_hash == cipher.keyed_hash("id_number", key),
                DebtorRow.id.in_(find_names(connection, cipher, text)),
            )
        )
    else:
        query = select(EnforcementCaseRow.id).where(EnforcementCaseRow.number == number)
    return tuple(CaseId(found) for found in sorted(set(connection.scalars(query))))


def _claims_of(case_id: CaseId) -> Select[Any]:
    return (
        select(AddressClaimRow.id)
        .join(DebtorRow, DebtorRow.id == AddressClaimRow.debtor_id)
        .where(DebtorRow.case_id == case_id)
    )


def _instalments_text(instalments: Iterable[Instalment]) -> str | None:
    pairs = [
        [one.due_on.isoformat(), one.received_on and one.received_on.isoformat()]
        for one in instalments
    ]
    return json.dumps(pairs) if pairs else None


def _instalments(text: str | None) -> tuple[Instalment, ...]:
    return tuple(
        Instalment(date.fromisoformat(due), None if paid is None else date.fromisoformat(paid))
        for due, paid in (json.loads(text) if text else ())
    )


@lru_cache(maxsize=4096)
def _join(codes: frozenset[Identifier]) -> str:
    return ",".join(sorted(str(code) for code in codes))


@lru_cache(maxsize=4096)
def _identifiers(joined: str) -> frozenset[Identifier]:
    return frozenset(Identifier(code) for code in joined.split(",") if code)
