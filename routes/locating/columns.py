"""Debtors and their address claims as columns: what the model takes of them, and nothing more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from geo.model import Floats, Ints, Precision
from routes.locating.layout import Flags
from routes.model import (
    AddressClaim,
    ClaimId,
    ClaimSource,
    Debtor,
    DebtorId,
    DebtorKind,
    NamesakeVerdict,
    PlaceKind,
)

__all__ = [
    "KINDS",
    "NO_TERM",
    "PRECISIONS",
    "SOURCES",
    "ClaimColumns",
    "DebtorColumns",
    "claim_columns",
    "debtor_columns",
    "is_namesakes",
]

SOURCES: Mapping[str, int] = {code: i for i, code in enumerate(ClaimSource)}
KINDS: Mapping[str, int] = {code: i for i, code in enumerate(PlaceKind)}
PRECISIONS: Mapping[str, int] = {code: i for i, code in enumerate(Precision)}
"""Numbers of the codes; a code's plain text finds its number too."""

NO_TERM = date.max.toordinal()
"""Last day of a claim without a term."""


@dataclass(frozen=True, slots=True, eq=False)
class DebtorColumns:
    """Debtors, each once."""

    ids: Sequence[DebtorId]
    is_company: Flags


@dataclass(frozen=True, slots=True, eq=False)
class ClaimColumns:
    """Address claims; codes are numbers, days are ordinals.

    Parameters
    ----------
    texts
        Compared with each other, never kept.
    expires_on
        :data:`NO_TERM` where there is none.
    namesake
        Whether it was decided that a namesake is meant.
    lon, lat, precision, confidence
        Zeros and ``NONE`` for a claim without a place.
    townships
        "" where none is known.
    """

    ids: Sequence[ClaimId]
    debtors: Sequence[DebtorId]
    texts: Sequence[str]
    source: Ints
    kind: Ints
    seen_on: Ints
    expires_on: Ints
    namesake: Flags
    lon: Floats
    lat: Floats
    precision: Ints
    confidence: Floats
    townships: Sequence[str]

    def take(self, rows: Ints) -> ClaimColumns:
        """Return some of them, in this order."""
        at = rows.tolist()
        return ClaimColumns(
            [self.ids[i] for i in at],
            [self.debtors[i] for i in at],
            [self.texts[i] for i in at],
            self.source[rows],
            self.kind[rows],
            self.seen_on[rows],
            self.expires_on[rows],
            self.namesake[rows],
            self.lon[rows],
            self.lat[rows],
            self.precision[rows],
            self.confidence[rows],
            [self.townships[i] for i in at],
        )


def debtor_columns(debtors: Iterable[Debtor]) -> DebtorColumns:
    """Return debtors as columns; of one id the last counts."""
    company = {debtor.id: debtor.kind is DebtorKind.COMPANY for debtor in debtors}
    return DebtorColumns(tuple(company), np.array([*company.values()], dtype=np.bool_))


def claim_columns(claims: Iterable[AddressClaim]) -> ClaimColumns:
    """Return address claims as columns."""
    rows = tuple(claims)
    places = [claim.place for claim in rows]
    return ClaimColumns(
        ids=[claim.id for claim in rows],
        debtors=[claim.debtor_id for claim in rows],
        texts=[claim.text.reveal() for claim in rows],
        source=_ints([SOURCES[claim.source] for claim in rows]),
        kind=_ints([KINDS[claim.kind] for claim in rows]),
        seen_on=_ints([claim.seen_on.toordinal() for claim in rows]),
        expires_on=_ints(
            [NO_TERM if c.expires_on is None else c.expires_on.toordinal() for c in rows]
        ),
        namesake=np.array([is_namesakes(claim) for claim in rows], dtype=np.bool_),
        lon=_floats([0.0 if place is None else place.point.lon for place in places]),
        lat=_floats([0.0 if place is None else place.point.lat for place in places]),
        precision=_ints([PRECISIONS[Precision.NONE if p is None else p.precision] for p in places]),
        confidence=_floats([0.0 if place is None else place.confidence for place in places]),
        townships=["" if place is None else place.township_code or "" for place in places],
    )


def is_namesakes(claim: AddressClaim) -> bool:
    """Tell whether it was decided that a claim means a namesake."""
    return claim.ruling is not None and claim.ruling.verdict is NamesakeVerdict.DIFFERENT


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def _floats(values: Sequence[float]) -> Floats:
    return np.array(values, dtype=np.float64)
