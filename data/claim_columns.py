"""The debtors of many cases as the locating model takes them: columns, and no object a row.

Of a debtor nothing is read that is encrypted. An address text is read only where it is compared
with another text of its debtor; else its hash stands for it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from sqlalchemy import TEXT, Connection, LargeBinary, func, select, type_coerce

from data.cases import read_leads, read_outcomes
from data.crypto import FieldCipher
from data.namesake_decisions import rulings
from data.place_points import points_of
from data.schema import AddressClaimRow, DebtorRow, PlaceRow
from data.upsert import table_of
from geo.model import Floats, Precision
from routes.locating.columns import (
    KINDS,
    NO_TERM,
    PRECISIONS,
    SOURCES,
    ClaimColumns,
    DebtorColumns,
)
from routes.model import CaseId, DebtorId, DebtorKind, Lead, NamesakeVerdict, Outcome

__all__ = ["KnownColumns", "read_known_columns"]

_CLAIM, _PLACE, _DEBTOR = table_of(AddressClaimRow), table_of(PlaceRow), table_of(DebtorRow)
_AT_ONCE = 1_000
_TEXT_FIELD = "address_claim.text"
_QUERY = select(
    _CLAIM.c.id,
    _CLAIM.c.debtor_id,
    _CLAIM.c.text_hash,
    type_coerce(_CLAIM.c.text, LargeBinary),
    _CLAIM.c.source,
    _CLAIM.c.kind,
    type_coerce(_CLAIM.c.seen_on, TEXT),
    type_coerce(_CLAIM.c.expires_on, TEXT),
    _PLACE.c.precision,
    _PLACE.c.confidence,
    _PLACE.c.township_code,
).outerjoin(_PLACE, _PLACE.c.claim_id == _CLAIM.c.id)


@dataclass(frozen=True, slots=True, eq=False)
class KnownColumns:
    """Debtors with what is known of where they are.

    Parameters
    ----------
    cases
        Of the debtors, in their order.
    """

    debtors: DebtorColumns
    cases: Sequence[CaseId]
    claims: ClaimColumns
    outcomes: Sequence[Outcome]
    leads: Sequence[Lead]

    @property
    def case_of(self) -> Mapping[DebtorId, CaseId]:
        """The case of each debtor."""
        return dict(zip(self.debtors.ids, self.cases, strict=True))


def read_known_columns(
    connection: Connection,
    cipher: FieldCipher,
    *,
    wanted: Container[CaseId],
    tell: Callable[[float], None],
) -> KnownColumns:
    """Read the debtors of these cases.

    Parameters
    ----------
    tell
        Told again and again which share of the work is done; what it raises ends the work.
    """
    tell(0.0)
    rows = connection.execute(select(_DEBTOR.c.id, _DEBTOR.c.case_id, _DEBTOR.c.kind))
    debtors = sorted(tuple(row) for row in rows if row[1] in wanted)
    known = {DebtorId(row[0]) for row in debtors}
    claims = _claims(connection, cipher, known, tell)
    held = set(claims.ids)
    return KnownColumns(
        DebtorColumns(
            tuple(DebtorId(row[0]) for row in debtors),
            np.array([row[2] == DebtorKind.COMPANY.value for row in debtors], dtype=np.bool_),
        ),
        tuple(CaseId(row[1]) for row in debtors),
        claims,
        tuple(one for one in read_outcomes(connection) if one.claim_id in held),
        tuple(one for one in read_leads(connection) if one.debtor_id in known),
    )


def _claims(
    connection: Connection,
    cipher: FieldCipher,
    known: Container[DebtorId],
    tell: Callable[[float], None],
) -> ClaimColumns:
    """Return the claims of these debtors, in the order of their identifiers."""
    count = max(1, connection.scalar(select(func.count()).select_from(_CLAIM)) or 0)
    columns: list[list[Any]] = [[] for _ in _QUERY.selected_columns]
    for n, part in enumerate(connection.execute(_QUERY).partitions(_AT_ONCE)):
        tell(min(1.0, n * _AT_ONCE / count))
        rows = (row for row in part if row[1] in known)
        for column, values in zip(columns, zip(*rows, strict=True), strict=False):
            column += values  # no object a row is kept
    points = points_of(connection, columns[0])
    ruled = rulings(connection)
    ids, debtors, hashes, sealed, sources, kinds, seen, terms, *rest = columns
    precisions, confidences, towns = rest
    namesakes = {
        subject for subject, one in ruled.items() if one.verdict is NamesakeVerdict.DIFFERENT
    }
    none = PRECISIONS[Precision.NONE]
    claims = ClaimColumns(
        ids=ids,
        debtors=debtors,
        texts=_texts(cipher, debtors, hashes, sealed),
        source=np.array([SOURCES[code] for code in sources], dtype=np.int64),
        kind=np.array([KINDS[code] for code in kinds], dtype=np.int64),
        seen_on=np.array(list(map(_ordinal, seen)), dtype=np.int64),
        expires_on=np.array(list(map(_ordinal, terms)), dtype=np.int64),
        namesake=np.array([f"claim:{one}" in namesakes for one in ids], dtype=np.bool_),
        lon=np.array([points[one].lon if one in points else 0.0 for one in ids], dtype=float),
        lat=np.array([points[one].lat if one in points else 0.0 for one in ids], dtype=float),
        precision=np.array([PRECISIONS.get(code, none) for code in precisions], dtype=np.int64),
        confidence=_numbers(confidences),
        townships=[town or "" for town in towns],
    )
    return claims.take(np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64))


def _texts(
    cipher: FieldCipher, debtors: Sequence[str], hashes: Sequence[str], sealed: Sequence[bytes]
) -> list[str]:
    """Return what tells the texts of each debtor apart; a hash is blank where a text was purged."""
    first: dict[str, str] = {}
    compared = {
        debtor
        for debtor, digest in zip(debtors, hashes, strict=True)
        if not digest or first.setdefault(debtor, digest) != digest
    }
    return [
        cipher.decrypt(data, field=_TEXT_FIELD) if debtor in compared else digest
        for debtor, digest, data in zip(debtors, hashes, sealed, strict=True)
    ]


@lru_cache(maxsize=20_000)
def _ordinal(day: str | None) -> int:
    return NO_TERM if day is None else date.fromisoformat(day).toordinal()


def _numbers(values: Sequence[float | None]) -> Floats:
    """Return numbers, 0 where there is none."""
    numbers = np.array(values, dtype=np.float64)
    return np.where(np.isnan(numbers), 0.0, numbers)
