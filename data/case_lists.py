"""Cases as lists and maps show them: filtered, counted and paged by the database.

Nothing that is encrypted is read here, so that no name or address is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, tuple_

from data.place_points import points_of
from data.schema import AddressClaimRow, DebtorRow, EnforcementCaseRow, PlaceRow
from data.upsert import table_of
from geo.model import Precision
from routes.model import CaseId, CaseNumber

__all__ = [
    "CaseFilter",
    "CaseLine",
    "CaseLines",
    "CasePlace",
    "CasePoint",
    "case_lines",
    "case_place",
    "case_points",
    "points_after",
]

CasePlace = tuple[str | None, CaseId]
"""Where a case stands in the order of their numbers."""


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases: by codes, of which an empty one asks for nothing."""

    kind: str = ""
    status: str = ""
    grade: str = ""


@dataclass(frozen=True, slots=True)
class CasePoint:
    """A case with the place of it that was located with most confidence, WGS84."""

    id: CaseId
    number: str
    kind: str
    status: str
    grade: str
    claims: int
    precision: str
    lon: float | None
    lat: float | None
    confidence: float | None
    township_code: str | None


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case as the list shows it."""

    point: CasePoint
    number: CaseNumber
    filed_on: date
    claim_yuan: float


@dataclass(frozen=True, slots=True)
class CaseLines:
    """A part of a list, and how many cases the whole has."""

    total: int
    lines: tuple[CaseLine, ...]


_CASE = table_of(EnforcementCaseRow)
_CLAIM = table_of(AddressClaimRow)
_DEBTOR = table_of(DebtorRow)
_PLACE = table_of(PlaceRow)
_NOWHERE = (0, Precision.NONE.value, None, None, None, None)


def case_lines(connection: Connection, wanted: CaseFilter, *, first: int, count: int) -> CaseLines:
    """Return some cases in the order of their numbers, and how many there are in all.

    Parameters
    ----------
    first, count
        The first one, from 0, and how many at most; a late one is counted from the end.
    """
    counted = select(func.count()).select_from(_CASE).where(*_conditions(wanted))
    total = connection.execute(counted).scalar_one()
    count = min(count, total - first)
    if count <= 0:
        return CaseLines(total, ())
    from_end = total - first - count
    backwards = from_end < first
    order = _CASE.c.sort_key.desc() if backwards else _CASE.c.sort_key
    page = (
        select(_CASE.c.id)
        .where(*_conditions(wanted))
        .order_by(order)
        .limit(count)
        .offset(from_end if backwards else first)
    )
    ids = connection.scalars(page).all()
    rows = connection.execute(
        select(*_HEAD, _CASE.c.filed_on, _CASE.c.claim_yuan)
        .where(_CASE.c.id.in_(ids))
        .order_by(_CASE.c.sort_key)
    ).all()
    best = _best_places(connection, _PLACED.where(_DEBTOR.c.case_id.in_(ids)))
    return CaseLines(
        total,
        tuple(
            CaseLine(
                CasePoint(*row[:5], *best.get(row.id, _NOWHERE)),
                CaseNumber.parse(row.number),
                row.filed_on,
                row.claim_yuan,
            )
            for row in rows
        ),
    )


def case_points(connection: Connection) -> Iterator[CasePoint]:
    """Yield all cases in the order of their numbers."""
    best = _best_places(connection, _PLACED)
    for row in connection.execute(select(*_HEAD).order_by(_CASE.c.sort_key)):
        yield CasePoint(*row, *best.get(row[0], _NOWHERE))


def case_place(connection: Connection, case_id: CaseId) -> CasePlace | None:
    """Return where a case stands among all; None where it is not stored."""
    query = select(_CASE.c.sort_key, _CASE.c.id).where(_CASE.c.id == case_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else (row.sort_key, CaseId(row.id))


def points_after(
    connection: Connection, place: CasePlace | None, *, count: int
) -> tuple[tuple[CasePoint, ...], CasePlace | None]:
    """Return at most so many cases that stand after a place, or the first ones where it is None.

    Returns
    -------
        The cases, and the place of the last; None where these were fewer, so that none follows.
    """
    query = select(*_HEAD, _CASE.c.sort_key).order_by(_CASE.c.sort_key, _CASE.c.id).limit(count)
    if place is not None:
        query = query.where(tuple_(_CASE.c.sort_key, _CASE.c.id) > tuple_(*place))
    rows = connection.execute(query).all()
    of_these = _PLACED.where(_DEBTOR.c.case_id.in_([row.id for row in rows]))
    best = _best_places(connection, of_these)
    last = (rows[-1].sort_key, CaseId(rows[-1].id)) if len(rows) == count else None
    return tuple(CasePoint(*row[:5], *best.get(row.id, _NOWHERE)) for row in rows), last


_HEAD = (_CASE.c.id, _CASE.c.number, _CASE.c.kind, _CASE.c.status, _CASE.c.grade)
_PLACED: Select[Any] = (
    select(
        _DEBTOR.c.case_id,
        _CLAIM.c.id,
        _PLACE.c.precision,
        _PLACE.c.confidence,
        _PLACE.c.township_code,
    )
    .select_from(_CLAIM)
    .join(_DEBTOR, _DEBTOR.c.id == _CLAIM.c.debtor_id)
    .outerjoin(_PLACE, _PLACE.c.claim_id == _CLAIM.c.id)
)


def _best_places(connection: Connection, query: Select[Any]) -> dict[str, tuple[Any, ...]]:
    """Return the number of claims and the surest place of each case.

    Of equals it is that of the first claim by id: sorting some here is faster than all there.
    """
    claims: dict[str, int] = {}
    best: dict[str, tuple[Any, ...]] = {}
    for case_id, claim_id, precision, confidence, township_code in connection.execute(query):
        claims[case_id] = claims.get(case_id, 0) + 1
        if precision is None or precision == Precision.NONE.value:
            continue
        held = best.get(case_id)
        if held is None or (-confidence, claim_id) < held[0]:
            best[case_id] = (-confidence, claim_id), (precision, confidence, township_code)
    points = points_of(connection, [claim_id for (_, claim_id), _ in best.values()])
    found: dict[str, tuple[Any, ...]] = {}
    for case_id, count in claims.items():
        held = best.get(case_id)
        point = None if held is None else points.get(held[0][1])
        if held is None or point is None:
            found[case_id] = (count, *_NOWHERE[1:])
        else:
            precision, confidence, township_code = held[1]
            found[case_id] = (count, precision, point.lon, point.lat, confidence, township_code)
    return found


def _conditions(wanted: CaseFilter) -> Sequence[ColumnElement[bool]]:
    given = {"kind": wanted.kind, "status": wanted.status, "grade": wanted.grade}
    return [_CASE.c[name] == code for name, code in given.items() if code]
