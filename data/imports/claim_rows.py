"""Addresses of the case table into claims: what one source says of one text is one claim.

Of two statements the newer stands, in one file and against what is stored. The first source of
a text has the id of the text alone, so that outcomes and leads, which name no source, find it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from data.cases import Columns, HeldClaim, claim_id_of, claim_ids_of
from data.crypto import FieldCipher
from data.imports.columns import MAX_ADDRESSES
from data.imports.rows import Row
from geo.areas import AreaSet
from geo.messages import message
from geo.model import AreaKind, Point, Precision
from routes.model import ClaimId, ClaimSource, DebtorId, Identifier, Place

__all__ = ["ClaimRows", "SettledClaims", "identifiers_of", "is_given", "places_at"]

_GIVEN_CONFIDENCE = 0.95
_UNSAID_SOURCE = ClaimSource.OTHER.value
_RANK = {source.value: rank for rank, source in enumerate(ClaimSource)}
_KEPT = {"address_military": "military_site", "address_expires_on": "expires_on"}
_JOINED = message("与同一被执行人、同一来源的另一条地址相同，已合并，以日期较新的一条为准")
_OLDER = message("库中已有同一来源对这一地址日期较新的记载，这条未采用，库中记载不变")


class _Keys(NamedTuple):
    """Keys of the columns of an address."""

    text: str
    source: str
    kind: str
    seen_on: str
    basis: str
    identifiers: str
    expires_on: str
    military: str


_KEYS = {
    n: _Keys(*(f"address_{name}_{n}" for name in _Keys._fields))
    for n in range(1, MAX_ADDRESSES + 1)
}


class _Claim(NamedTuple):
    """What a row says of an address, as :class:`routes.model.AddressClaim` has it."""

    debtor_id: DebtorId
    text: str
    source: str
    kind: str
    seen_on: date
    basis: str | None
    identifiers: frozenset[Identifier]
    expires_on: date | None
    military_site: bool


class _Statement(NamedTuple):
    """One address of a row, in the ``n``-th columns, with the position that stands beside it."""

    claim: _Claim
    point: Point | None
    row: Row
    n: int

    @property
    def rank(self) -> tuple[object, ...]:
        """Return what orders statements: by their dates, and of one day always the same way."""
        claim, point = self.claim, self.point
        return (
            claim.seen_on,
            claim.kind,
            claim.basis or "",
            "" if claim.expires_on is None else claim.expires_on.isoformat(),
            claim.military_site,
            sorted(claim.identifiers),
            claim.text,
            () if point is None else (point.lon, point.lat),
        )


@dataclass(frozen=True, slots=True)
class SettledClaims:
    """Claims to be stored, field by field, and the positions that their source stated, WGS84."""

    claims: Columns
    given: Mapping[ClaimId, Point]


@dataclass(slots=True)
class ClaimRows:
    """Gathers the addresses of a file, whatever the order of its rows."""

    _said: dict[tuple[DebtorId, str], list[_Statement]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(
        self,
        row: Row,
        n: int,
        debtor_id: DebtorId,
        *,
        plain: str,
        usual: str,
        point: Point | None,
    ) -> None:
        """Add the ``n``-th address of a row.

        Parameters
        ----------
        plain
            Its text as it is compared.
        usual
            Its kind where none is stated.
        """
        keys, said = _KEYS[n], row.values.get
        claim = _Claim(
            debtor_id,
            row.values[keys.text],
            said(keys.source, _UNSAID_SOURCE),
            said(keys.kind, usual),
            said(keys.seen_on) or row.values["filed_on"],
            said(keys.basis),
            identifiers_of(said(keys.identifiers, ())),
            said(keys.expires_on),
            said(keys.military, False),
        )
        self._said[debtor_id, plain].append(_Statement(claim, point, row, n))

    def settle(self, cipher: FieldCipher, held: Mapping[ClaimId, HeldClaim]) -> SettledClaims:
        """Return the claims to be stored, and tell the rows what became of theirs.

        A claim that the store holds with a newer date is left out. Term and military site stay
        as they are stored where the file has no column for them.

        Parameters
        ----------
        held
            What is stored of the claims of these debtors.
        """
        claims: dict[ClaimId, _Claim] = {}
        given: dict[ClaimId, Point] = {}
        debtors, texts = zip(*self._said, strict=True) if self._said else ((), ())
        first_ids = claim_ids_of(cipher, debtors, texts)
        for ((debtor_id, text), said), first_id in zip(self._said.items(), first_ids, strict=True):
            if len(said) == 1 and first_id not in held:
                (only,) = said
                claims[first_id] = only.claim
                if only.point is not None:
                    given[first_id] = only.point
                only.row.keys.add(first_id)
                continue
            by_source: dict[str, list[_Statement]] = {}
            for one in said:
                by_source.setdefault(one.claim.source, []).append(one)
            first = (
                held[first_id].source if first_id in held else min(by_source, key=_RANK.__getitem__)
            )
            for source, statements in by_source.items():
                claim_id = (
                    first_id if source == first else claim_id_of(cipher, debtor_id, text, source)
                )
                claim, point = _joined(statements)
                earlier = held.get(claim_id)
                if earlier is not None and claim.seen_on < earlier.seen_on:
                    for one in statements:
                        one.row.pass_over(_OLDER, f"address_text_{one.n}")
                    continue
                claims[claim_id] = _kept(claim, earlier, statements)
                if point is not None:
                    given[claim_id] = point
                for one in statements:
                    one.row.keys.add(claim_id)
        values = zip(*claims.values(), strict=True) if claims else [()] * len(_Claim._fields)
        fields = dict(zip(_Claim._fields, values, strict=True))
        return SettledClaims({"id": tuple(claims), **fields}, given)


def places_at(areas: Callable[[], AreaSet], given: Mapping[ClaimId, Point]) -> dict[ClaimId, Place]:
    """Return a place with its area codes for each position that a source stated."""
    if not given:
        return {}
    index = areas()
    lonlat = np.array([(point.lon, point.lat) for point in given.values()])
    codes = [
        index.code_at(lonlat, kind=kind)
        for kind in (AreaKind.TOWNSHIP, AreaKind.GRID, AreaKind.STATION_TERRITORY)
    ]
    return {
        claim_id: Place(point, Precision.POI, _GIVEN_CONFIDENCE, township, grid, station)
        for (claim_id, point), township, grid, station in zip(given.items(), *codes, strict=True)
    }


@lru_cache(maxsize=4096)
def identifiers_of(codes: tuple[str, ...]) -> frozenset[Identifier]:
    """Return what identifies a person or company, by its codes."""
    return frozenset(map(Identifier, codes))


def is_given(place: Place) -> bool:
    """Return whether a place is one that :func:`places_at` made of a stated position."""
    return place.precision is Precision.POI and place.confidence == _GIVEN_CONFIDENCE


def _joined(statements: Sequence[_Statement]) -> tuple[_Claim, Point | None]:
    """Return the newest statement with what the others add; the others are told that."""
    if len(statements) == 1:
        return statements[0].claim, statements[0].point
    ranked = sorted(statements, key=lambda one: one.rank, reverse=True)
    newest = ranked[0].claim
    for one in ranked:
        if one.claim != newest:
            one.row.mend(_JOINED, f"address_text_{one.n}")
    claim = newest._replace(
        identifiers=frozenset().union(*(one.claim.identifiers for one in ranked)),
        basis=next((one.claim.basis for one in ranked if one.claim.basis), None),
        military_site=any(one.claim.military_site for one in ranked),
    )
    return claim, next((one.point for one in ranked if one.point is not None), None)


def _kept(claim: _Claim, held: HeldClaim | None, statements: Sequence[_Statement]) -> _Claim:
    """Return a claim with the stored values that the file has no column for."""
    if held is None:
        return claim
    silent = [
        name
        for key, name in _KEPT.items()
        if not any(f"{key}_{one.n}" in one.row.columns for one in statements)
    ]
    return claim._replace(**{name: getattr(held, name) for name in silent})
