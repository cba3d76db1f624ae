"""Cases with their debtors, address claims, places, outcomes and leads, in and out of tables."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from itertools import compress
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, Select, literal, or_, select, update

from data import claim_places
from data.crypto import FieldCipher
from data.model import PutCounts
from data.name_search import (
    KnownParts,
    LaterNames,
    find_names,
    forget_names,
    hashed_parts,
    index_names,
)
from data.namesake_decisions import rulings
from data.place_points import points_of
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
    each_once,
    held_keys,
    held_values,
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
    CaseNumberEnd,
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
    "Columns",
    "HeldClaim",
    "SealedCases",
    "case_id_of",
    "case_ids_of",
    "case_of_claim",
    "claim_id_of",
    "claim_ids_of",
    "debtor_id_of",
    "debtor_ids_of",
    "find_cases",
    "held_claims",
    "plain_key",
    "plain_keys",
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

Columns = Mapping[str, Sequence[Any]]
"""Objects of one kind, field by field."""

_ENDED = CaseStatus.ENDED.value
_BETWEEN = "|"
"""No mark joins with it, and it is no other form of another."""


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


def plain_keys(texts: Sequence[str]) -> list[str]:
    """Return :func:`plain_key` of each text; they are looked at as one, with a mark between."""
    keys = plain_key(_BETWEEN.join(texts)).split(_BETWEEN)
    return keys if len(keys) == len(texts) else list(map(plain_key, texts))


def case_id_of(cipher: FieldCipher, number: CaseNumber) -> CaseId:
    """Return the identifier that belongs to a case number."""
    return case_ids_of(cipher, (number,))[0]


def case_ids_of(cipher: FieldCipher, numbers: Sequence[CaseNumber]) -> list[CaseId]:
    """Return :func:`case_id_of` of each number."""
    return list(map(CaseId, cipher.stable_ids("c", (list(map(str, numbers)),))))


def debtor_id_of(cipher: FieldCipher, case_id: CaseId, name: str) -> DebtorId:
    """Return the identifier of a case's debtor of this name."""
    return debtor_ids_of(cipher, (case_id,), (name,))[0]


def debtor_ids_of(
    cipher: FieldCipher, case_ids: Sequence[CaseId], names: Sequence[str]
) -> list[DebtorId]:
    """Return :func:`debtor_id_of` of each case and name."""
    columns = case_ids, plain_keys(names)
    return list(map(DebtorId, cipher.stable_ids("d", columns)))


def claim_id_of(
    cipher: FieldCipher, debtor_id: DebtorId, address_text: str, source: str | None = None
) -> ClaimId:
    """Return the identifier of the statement that a debtor is to be found at a text.

    The first source that names the text has the one without ``source``, each other its own.
    """
    if source is None:
        return claim_ids_of(cipher, (debtor_id,), (address_text,))[0]
    return ClaimId(cipher.stable_id("a", debtor_id, plain_key(address_text), source))


def claim_ids_of(
    cipher: FieldCipher, debtor_ids: Sequence[DebtorId], address_texts: Sequence[str]
) -> list[ClaimId]:
    """Return :func:`claim_id_of` of each debtor and text, without a source."""
    columns = debtor_ids, plain_keys(address_texts)
    return list(map(ClaimId, cipher.stable_ids("a", columns)))


@dataclass(frozen=True, slots=True)
class SealedCases:
    """Cases with their debtors and claims, hashed and encrypted, ready to be put.

    Parameters
    ----------
    names
        By debtor: hash of the name, and the name's parts as they are searched.
    places
        Of claims that have one.
    new
        Cases that are not stored, and of whose number all ids below them were made: nothing that
        hangs on them is stored either.
    """

    cases: SealedRows
    debtors: SealedRows
    claims: SealedRows
    names: Mapping[DebtorId, tuple[str, bytes]]
    places: Mapping[ClaimId, Place]
    new: frozenset[CaseId] = frozenset()

    def put(self, work: Work, later: LaterNames | None = None) -> PutCounts:
        """Add or replace them all; ``later`` gathers the parts of names, if it is given."""
        debtors = _below(self.debtors, "case_id", self.new)
        return (
            _put_cases(work, self.cases, self.new)
            + _put_debtors(work, self.debtors, self.names, debtors, later)
            + _put_claims(work, self.claims, self.places, _below(self.claims, "debtor_id", debtors))
        )


def seal_cases(
    cipher: FieldCipher,
    dialect: Dialect,
    cases: Columns,
    debtors: Columns,
    claims: Columns,
    *,
    places: Mapping[ClaimId, Place] | None = None,
    given_points: Mapping[ClaimId, Point] | None = None,
    new: frozenset[CaseId] = frozenset(),
    known_parts: KnownParts | None = None,
) -> SealedCases:
    """Hash and encrypt cases, debtors and claims; nothing is asked of the store.

    Parameters
    ----------
    cases, debtors, claims
        What :class:`Case`, :class:`Debtor` and :class:`AddressClaim` hold, column by column; names,
        numbers and addresses as they are, codes as codes or plain texts.
    places
        Of claims that have one.
    given_points
        Positions that a claim's source stated, WGS84: they count as content of the claim, so that
        a corrected position is written and the same one is not.
    new
        See :class:`SealedCases`.
    known_parts
        Of names, from one call to the next.
    """
    case_rows = {
        "id": cases["id"],
        "number": list(map(str, cases["number"])),
        "kind": each_once(str, cases["kind"]),
        "status": each_once(str, cases["status"]),
        "claim_yuan": list(map(float, cases["claim_yuan"])),
        "filed_on": cases["filed_on"],
        "basis_document": cases["basis_document"],
        "basis_served_on": cases["basis_served_on"],
        "performance_due_on": cases["performance_due_on"],
        "notice_sent_on": cases["notice_sent_on"],
        "grade": each_once(str, cases["grade"]),
        "contact_logged_on": cases["contact_logged_on"],
        "paused_until": cases["paused_until"],
        "major_matter": cases["major_matter"],
        "vulnerable": each_once(
            lambda one: None if one is None else json.dumps(one), cases["vulnerable"]
        ),
        "objection_pending": cases["objection_pending"],
        "instalments": each_once(_instalments_text, cases["instalments"]),
    }
    sort_keys = {"sort_key": [number.sort_key for number in cases["number"]]}
    debtor_names, id_numbers = debtors["name"], debtors["id_number"]
    name_hashes = _search_hashes(cipher, "name", debtor_names)
    number_hashes = iter(_search_hashes(cipher, "id_number", [one for one in id_numbers if one]))
    debtor_rows = {
        "id": debtors["id"],
        "case_id": debtors["case_id"],
        "kind": each_once(str, debtors["kind"]),
        "name": debtor_names,
        "name_hash": name_hashes,
        "id_number": id_numbers,
        "id_number_hash": [next(number_hashes) if one else None for one in id_numbers],
        "identifiers": each_once(_join, debtors["identifiers"]),
        "needs_female_officer": debtors["needs_female_officer"],
        "situation": each_once(lambda one: None if one is None else str(one), debtors["situation"]),
        "languages": each_once(lambda one: _join(one) or None, debtors["languages"]),
    }
    parts = hashed_parts(cipher, debtor_names, known_parts)
    claim_rows = {
        "id": claims["id"],
        "debtor_id": claims["debtor_id"],
        "text": claims["text"],
        "text_hash": _search_hashes(cipher, "address", claims["text"]),
        "source": each_once(str, claims["source"]),
        "kind": each_once(str, claims["kind"]),
        "seen_on": claims["seen_on"],
        "basis": claims["basis"],
        "identifiers": each_once(_join, claims["identifiers"]),
        "expires_on": claims["expires_on"],
        "military_site": claims["military_site"],
    }
    given = {
        claim_id: [{"lon": point.lon, "lat": point.lat}]
        for claim_id, point in (given_points or {}).items()
    }
    return SealedCases(
        seal_rows(cipher, dialect, EnforcementCaseRow, case_rows, derived=sort_keys),
        seal_rows(cipher, dialect, DebtorRow, debtor_rows),
        seal_rows(cipher, dialect, AddressClaimRow, claim_rows, children=given),
        {
            debtor_id: (digest, parts[name])
            for debtor_id, digest, name in zip(
                debtors["id"], name_hashes, debtor_names, strict=True
            )
        },
        dict(places or {}),
        new,
    )


def _search_hashes(cipher: FieldCipher, kind: str, texts: Sequence[str]) -> list[str]:
    """Return by which hash each text is found."""
    return cipher.keyed_hashes(kind, plain_keys(texts))


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
    claims = tuple(claims)
    sealed = seal_cases(
        work.cipher,
        work.connection.dialect,
        _columns(Case, cases),
        _columns(Debtor, debtors),
        _columns(AddressClaim, claims),
        places={claim.id: claim.place for claim in claims if claim.place is not None},
    )
    return sealed.put(work)


def _columns(kind: type[Case | Debtor | AddressClaim], objects: Iterable[Any]) -> Columns:
    held = tuple(objects)
    return {one.name: [_shown(getattr(each, one.name)) for each in held] for one in fields(kind)}


def _shown(value: Any) -> Any:
    return value.reveal() if isinstance(value, SecretText) else value


def _below(rows: SealedRows, parent: str, new: frozenset[Any]) -> frozenset[Any]:
    """Return the keys of the rows whose parent is one of those that are new."""
    return frozenset(compress(rows.rows, map(new.__contains__, rows.values(parent))))


def _put_cases(work: Work, rows: SealedRows, unheld: frozenset[CaseId]) -> PutCounts:
    counts = put_sealed(work, rows, unheld=unheld)
    table = table_of(EnforcementCaseRow)
    today = literal(local_day(work.clock()), table.c.ended_on.type)
    ended = [
        key for key, status in rows.column("status") if status == _ENDED and key in counts.written
    ]
    for part in parts_of(ended):
        begins = update(table).where(table.c.id.in_(part), table.c.ended_on.is_(None))
        work.connection.execute(begins.values(ended_on=today))
    for part in parts_of(counts.written.difference(counts.new, ended)):
        goes_on = update(table).where(table.c.id.in_(part), table.c.ended_on.is_not(None))
        work.connection.execute(goes_on.values(ended_on=None))
    return counts


def _put_debtors(
    work: Work,
    rows: SealedRows,
    names: Mapping[DebtorId, tuple[str, bytes]],
    unheld: frozenset[DebtorId],
    later: LaterNames | None,
) -> PutCounts:
    table = table_of(DebtorRow)
    asked = [one for one in names if one not in unheld]
    before = held_values(work.connection, table.c.id, table.c.name_hash, asked)
    known: set[str] = set()
    if later is None:
        digests = {digest for digest, _ in names.values()}
        known = held_keys(work.connection, table.c.name_hash, digests)
    counts = put_sealed(work, rows, unheld=unheld)
    written = {one: names[one] for one in names if one in counts.written}
    if later is None:
        index_names(
            work, {digest: parts for digest, parts in written.values() if digest not in known}
        )
    else:
        later.names.update(written.values())
    forget_names(work, {before[one] for one in written if one in before} - known)
    return counts


def _put_claims(
    work: Work, rows: SealedRows, places: Mapping[ClaimId, Place], unheld: frozenset[ClaimId]
) -> PutCounts:
    """Add or replace claims; ``unheld`` are those of debtors of whom nothing was held."""
    counts = put_sealed(work, rows, unheld=unheld)
    written = counts.written
    claim_places.set_places(work, {one: place for one, place in places.items() if one in written})
    said = list(zip(rows.values("debtor_id"), rows.values("text_hash"), strict=True))
    often = {each for each, count in Counter(said).items() if count > 1}
    alone = {key for key, each in zip(rows.rows, said, strict=True) if each not in often}
    claim_places.take_over(work, written - (alone & unheld))
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
            vulnerable=None if row.vulnerable is None else tuple(json.loads(row.vulnerable)),
            objection_pending=row.objection_pending,
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
            situation=None if row.situation is None else Situation(row.situation),
            languages=frozenset(one for one in (row.languages or "").split(",") if one),
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
    points = points_of(connection, [row.id for row in rows if row.precision is not None])
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
            if row.id not in points
            else Place(
                points[row.id],
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


def read_notes(connection: Connection, outcome_ids: Sequence[str]) -> dict[str, SecretText]:
    """Return what was noted at visits, by the ids of their outcomes."""
    outcome = table_of(OutcomeRow)
    query = select(outcome.c.id, outcome.c.note).where(
        outcome.c.id.in_(outcome_ids), outcome.c.note.is_not(None)
    )
    return {row.id: SecretText(row.note) for row in connection.execute(query)}


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

    Or whose number ends as it does, or whose debtor's name is or holds it, or sounds so: see
    :mod:`data.name_search`.
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
        return _numbered(connection, EnforcementCaseRow.number == number)
    named = {CaseId(found) for found in connection.scalars(query)}
    return tuple(sorted(named.union(find_ends(connection, text))))


def find_ends(connection: Connection, text: str) -> tuple[CaseId, ...]:
    """Return the cases whose number is ``text`` or ends as it does: 123, 闽0504执123 and so on."""
    end = CaseNumberEnd.parse(text)
    if end is None:
        return ()
    return _numbered(connection, EnforcementCaseRow.number.contains(f"{end.seq}号"), end.is_of)


def _numbered(
    connection: Connection,
    where: ColumnElement[bool],
    is_meant: Callable[[CaseNumber], bool] = lambda _number: True,
) -> tuple[CaseId, ...]:
    rows = connection.execute(select(EnforcementCaseRow.id, EnforcementCaseRow.number).where(where))
    return tuple(sorted(CaseId(row.id) for row in rows if is_meant(CaseNumber.parse(row.number))))


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


def _join(codes: frozenset[str]) -> str:
    return ",".join(sorted(str(code) for code in codes))


@lru_cache(maxsize=4096)
def _identifiers(joined: str) -> frozenset[Identifier]:
    return frozenset(Identifier(code) for code in joined.split(",") if code)
