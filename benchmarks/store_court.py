"""Stores as a large court has them, quickly filled: a debtor with two placed claims a case."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np

from benchmarks.store_cases import AS_OF
from data.cases import case_id_of, claim_id_of, debtor_id_of, plain_key
from data.claim_places import write_places
from data.demo.people import make_persons
from data.demo.plan import CITY, COURT, DISTRICT
from data.name_search import hashed_parts, index_names
from data.schema import (
    AddressClaimRow,
    DebtorRow,
    EnforcementCaseRow,
    LeadRow,
    OutcomeRow,
    PlaceRow,
)
from data.store import Store
from data.upsert import in_columns, put_sealed, seal_rows
from data.work import Work
from geo.model import Point, Precision
from routes.model import (
    CaseId,
    CaseKind,
    CaseNumber,
    CaseStatus,
    ClaimSource,
    Grade,
    OutcomeKind,
    Place,
    PlaceKind,
    VisitBand,
)

__all__ = ["BOX", "FilledCourt", "fill_stores"]

BOX = (118.5, 24.8, 118.8, 25.1)
"""West, south, east and north of the district."""

_AT_ONCE = 10_000
_AUDITED = 1_000
_YEARS = 10


@dataclass(frozen=True, slots=True)
class FilledCourt:
    """What may be asked for: the same place in each is of the same case."""

    ids: Sequence[CaseId]
    numbers: Sequence[str]
    names: Sequence[str]
    identities: Sequence[str]


def fill_stores(stores: Sequence[Store], count: int, *, seed: int = 1) -> FilledCourt:
    """Put the same cases into empty stores of one key; each has a debtor and two placed claims.

    Every third debtor was visited, for every twentieth there is a lead. What databases do by
    themselves over night is done in the end.
    """
    rng = np.random.default_rng(seed)
    persons = make_persons(count, AS_OF, rng)
    numbers = [
        CaseNumber(AS_OF.year - at % _YEARS, COURT, "执", at // _YEARS + 1) for at in range(count)
    ]
    ids: list[CaseId] = []
    gc.disable()  # rows have no cycles
    for begin in range(0, count, _AT_ONCE):
        part = range(begin, min(begin + _AT_ONCE, count))
        with ExitStack() as stack:
            works = [stack.enter_context(store.write()) for store in stores]
            rows: dict[Any, list[Mapping[str, Any]]] = {}
            for at in part:
                for table, row in _rows(works[0], at, numbers[at], persons[at], rng):
                    rows.setdefault(table, []).append(row)
                ids.append(CaseId(rows[EnforcementCaseRow][-1]["id"]))
            _put(works, rows)
    gc.enable()
    for store in stores:
        with store.write() as work:
            for one in ids[:_AUDITED]:
                work.record("cli", "person.read", f"case:{one}", {"persons": 1})
            engine = work.connection.engine
        tidy = "ANALYZE" if engine.dialect.name == "sqlite" else "VACUUM ANALYZE"
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(tidy)
    return FilledCourt(
        ids, [str(one) for one in numbers], [p.name for p in persons], [p.number for p in persons]
    )


def _put(works: Sequence[Work], rows: Mapping[Any, list[Mapping[str, Any]]]) -> None:
    """Add rows to all stores, hashed and encrypted once."""
    cipher, dialect = works[0].cipher, works[0].connection.dialect
    sealed = [
        seal_rows(cipher, dialect, table, in_columns(rows[table]))
        for table in _ORDER
        if table in rows
    ]
    names = {row["name_hash"]: row["name"] for row in rows[DebtorRow]}
    parts = hashed_parts(cipher, names.values())
    for work in works:
        for each in sealed:
            put_sealed(work, each)
        write_places(work, {one["claim_id"]: one["place"] for one in rows[PlaceRow]})
        index_names(work, {key: parts[name] for key, name in names.items()})


_ORDER = (EnforcementCaseRow, DebtorRow, AddressClaimRow, OutcomeRow, LeadRow)
_KINDS, _SOURCES, _FOUND = tuple(CaseKind), tuple(ClaimSource), tuple(OutcomeKind)
_STATUSES = (*(CaseStatus.ACTIVE,) * 7, *CaseStatus)
_GRADES = (*(Grade.NONE,) * 16, *Grade)


def _rows(
    work: Work, at: int, number: CaseNumber, person: Any, rng: np.random.Generator
) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    cipher, draw = work.cipher, rng.random(6).tolist()
    filed = AS_OF - timedelta(days=3 + int(draw[0] * 3600))
    case_id = case_id_of(cipher, number)
    debtor_id = debtor_id_of(cipher, case_id, person.name)
    yield (
        EnforcementCaseRow,
        {
            "id": case_id,
            "number": str(number),
            "sort_key": number.sort_key,
            "kind": _KINDS[int(draw[1] * len(_KINDS))].value,
            "status": _STATUSES[int(draw[2] * len(_STATUSES))].value,
            "claim_yuan": 500.0 + int(draw[3] * 300_000),
            "filed_on": filed,
            "basis_document": f"（{filed.year}）{COURT}民初{at % 9000}号",
            "basis_served_on": filed,
            "grade": _GRADES[int(draw[4] * len(_GRADES))].value,
            "major_matter": False,
            "objection_pending": False,
        },
    )
    yield (
        DebtorRow,
        {
            "id": debtor_id,
            "case_id": case_id,
            "kind": "person",
            "name": person.name,
            "name_hash": cipher.keyed_hash("name", plain_key(person.name)),
            "id_number": person.number,
            "id_number_hash": cipher.keyed_hash("id_number", plain_key(person.number)),
            "identifiers": "id_number,name",
            "needs_female_officer": False,
            "situation": "ordinary",
        },
    )
    claim_id = None
    for n in (1, 2):
        text = f"{CITY}{DISTRICT}中山路{at % 900 + n}号{at // 900}室"
        claim_id = claim_id_of(cipher, debtor_id, text)
        yield (
            AddressClaimRow,
            {
                "id": claim_id,
                "debtor_id": debtor_id,
                "text": text,
                "text_hash": cipher.keyed_hash("address", plain_key(text)),
                "source": _SOURCES[int(draw[5] * len(_SOURCES))].value,
                "kind": (PlaceKind.HOME if n == 1 else PlaceKind.WORK).value,
                "seen_on": filed,
                "basis": f"回执（{filed.year}）第{at}号",
                "identifiers": "id_number,name",
                "military_site": False,
            },
        )
        yield (
            PlaceRow,
            {
                "claim_id": claim_id,
                "place": Place(
                    Point(
                        BOX[0] + draw[n] * (BOX[2] - BOX[0]),
                        BOX[1] + draw[n + 2] * (BOX[3] - BOX[1]),
                    ),
                    Precision.DOOR,
                    0.5 + draw[n] / 2,
                    "350599101",
                ),
            },
        )
    if at % 3 == 0:
        yield (
            OutcomeRow,
            {
                "id": f"o{at}",
                "claim_id": claim_id,
                "kind": _FOUND[int(draw[0] * len(_FOUND))].value,
                "at": work.clock() - timedelta(days=at % 300),
                "band": VisitBand.MORNING.value,
                "withdrawn": False,
            },
        )
    if at % 20 == 0:
        yield (
            LeadRow,
            {
                "id": f"l{at}",
                "debtor_id": debtor_id,
                "source": "网格联络员",
                "received_at": work.clock() - timedelta(days=at % 300),
                "expires_at": work.clock() + timedelta(days=30),
                "claim_id": claim_id,
                "withdrawn": False,
            },
        )
