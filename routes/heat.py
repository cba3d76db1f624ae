"""How many persons are to be expected where, in which part of a day: sums by square of the map.

The number of a square is the sum of P(found) over the debtors with a place in it, each found at
any of those places when all are gone to in one band. A square with fewer than :data:`FEWEST`
cases tells too much of each: its cases go to a square of twice the side, and so on; what is still
alone in the largest is left out and counted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from geo.model import Floats, Ints
from geo.nearby import M_PER_DEG
from routes.locating import DayType, Located
from routes.model import CaseId, ClaimId, VisitBand

__all__ = ["FEWEST", "Heat", "Sited", "heat"]

FEWEST = 3
"""Fewest cases of a square that is shown."""

SIDES_M = (300.0, 600.0, 1200.0)
"""Sides of the squares, tried one after another."""


_AT_ONCE = 5_000
"""Debtors in a square that are reckoned between two words of how far it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Sited:
    """Address claims whose places somebody could go to, as columns.

    Parameters
    ----------
    lonlat
        Shape (claims, 2), WGS84.
    """

    claims: Sequence[ClaimId]
    cases: Sequence[CaseId]
    lonlat: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """Expected found by square, the largest squares first; a smaller one lies on a larger.

    Parameters
    ----------
    box
        West, south, east, north; shape (squares, 4).
    cases
        How many cases have a place in each square.
    expected
        Persons found if all its places are gone to; shape (squares, day types, bands).
    left_out
        Cases with a place that no square shows.
    """

    box: Floats
    cases: Ints
    expected: Floats
    left_out: int

    def total(self) -> Floats:
        """Return the sum over the squares; shape (day types, bands)."""
        return np.asarray(self.expected.sum(axis=0))


def _unheard(share_done: float) -> None:
    """Listen to nothing."""


def heat(located: Located, sited: Sited, *, tell: Callable[[float], None] = _unheard) -> Heat:
    """Sum P(found) by square of the map.

    Parameters
    ----------
    located
        Of the debtors of these claims.
    sited
        Several claims of one debtor at one place count once, outdated ones not at all.
    tell
        Told again and again which share of the work is done; what it raises ends the work.

    Raises
    ------
    LocatingError
        If a claim is not among the evidence.
    """
    places = _places(located, sited)
    blocks = _blocks(places)
    first = np.cumsum([0, *(len(block.cases) for block in blocks)])
    shown = np.concatenate([block.shown for block in blocks])
    square = np.concatenate([block.square + at for block, at in zip(blocks, first, strict=False)])
    left = np.ones(len(places.claim), dtype=np.bool_)
    left[shown] = False
    return Heat(
        np.concatenate([block.box for block in blocks]),
        np.concatenate([block.cases for block in blocks]),
        _met(located, places.claim[shown], square, int(first[-1]), tell),
        len(np.unique(places.case[left])),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """One claim of each place of each debtor, with its case as a number."""

    claim: Ints
    case: Ints
    lonlat: Floats


def _places(located: Located, sited: Sited) -> _Places:
    """Return the first of a debtor's usable claims at each place."""
    at = np.array([located.at(claim) for claim in sited.claims], dtype=np.int64)
    cases: dict[CaseId, int] = {}
    case = np.array([cases.setdefault(one, len(cases)) for one in sited.cases], dtype=np.int64)
    used = np.flatnonzero(located.evidence.claim_used[at])
    first = used[np.unique(located.evidence.claim_place[at[used]], return_index=True)[1]]
    return _Places(at[first], case[first], sited.lonlat[first])


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """The squares of one side, and which places lie in which of them."""

    box: Floats
    cases: Ints
    shown: Ints
    square: Ints


def _blocks(places: _Places) -> list[_Block]:
    """Return the squares with enough cases, the largest side first."""
    blocks: list[_Block] = []
    rest = np.arange(len(places.claim))
    lat = float(places.lonlat[:, 1].mean()) if len(rest) else 0.0
    wide_m = M_PER_DEG * math.cos(math.radians(round(lat)))
    scale = np.array([wide_m, M_PER_DEG])
    for side_m in SIDES_M:
        x, y = np.floor(places.lonlat[rest] * scale / side_m).astype(np.int64).T
        keys, first, of = np.unique(x * 2**32 + y, return_index=True, return_inverse=True)
        told = np.bincount(
            np.unique(of * len(places.case) + places.case[rest]) // len(places.case),
            minlength=len(keys),
        )
        enough = told >= FEWEST
        shown = enough[of]
        corner = np.column_stack([x, y])[first[enough]] * side_m
        blocks.append(
            _Block(
                np.hstack([corner / scale, (corner + side_m) / scale]),
                told[enough],
                rest[shown],
                (np.cumsum(enough) - 1)[of[shown]],
            )
        )
        rest = rest[~shown]
    return blocks[::-1]


def _met(
    located: Located, claim: Ints, square: Ints, n_squares: int, tell: Callable[[float], None]
) -> Floats:
    """Return the expected found of each square."""
    debtor = np.searchsorted(located.evidence.claim_first, claim, side="right") - 1
    order = np.lexsort((claim, square, debtor))
    claim, debtor, square = claim[order], debtor[order], square[order]
    begins = np.ones(len(claim), dtype=np.bool_)
    begins[1:] = (np.diff(debtor) != 0) | (np.diff(square) != 0)
    first = np.append(np.flatnonzero(begins), len(claim))
    total = np.zeros((n_squares, len(DayType), len(VisitBand)))
    for at in range(0, len(first) - 1, _AT_ONCE):
        tell(at / (len(first) - 1))
        some = first[at : at + _AT_ONCE + 1]
        met = located.found_in_bands(some - some[0], claim[some[0] : some[-1]])
        np.add.at(total, square[some[:-1]], met)
    return total
