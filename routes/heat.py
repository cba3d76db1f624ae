"""How many persons are to be expected where, in which part of a day: sums by square of the map.

The number of a square is the sum of P(found) over the debtors with a place in it, each found at
any of those places when all are gone to in one band. A square with fewer than :data:`FEWEST`
cases tells too much of each: its cases go to a square of twice the side, and so on; what is still
alone in the largest is left out and counted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.model import Floats, Ints, Point
from geo.nearby import M_PER_DEG
from routes.locating import DayType, Located
from routes.model import CaseId, ClaimId, VisitBand

__all__ = ["FEWEST", "Heat", "Sited", "heat"]

FEWEST = 3
"""Fewest cases of a square that is shown."""

SIDES_M = (300.0, 600.0, 1200.0)
"""Sides of the squares, tried one after another."""


@dataclass(frozen=True, slots=True)
class Sited:
    """An address claim whose place somebody could go to."""

    claim_id: ClaimId
    case_id: CaseId
    point: Point


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


def heat(located: Located, sited: Sequence[Sited]) -> Heat:
    """Sum P(found) by square of the map.

    Parameters
    ----------
    located
        Of the debtors of these claims.
    sited
        Several claims of one debtor at one place count once, outdated ones not at all.

    Raises
    ------
    LocatingError
        If a claim is not among the evidence.
    """
    places = _places(located, sited)
    shape = (len(DayType), len(VisitBand))
    boxes, cases, expected = [np.zeros((0, 4))], [np.zeros(0, np.int64)], [np.zeros((0, *shape))]
    if not len(places.claim):
        return Heat(boxes[0], cases[0], expected[0], 0)
    wide_m = M_PER_DEG * math.cos(math.radians(round(float(places.lonlat[:, 1].mean()))))
    scale = np.array([wide_m, M_PER_DEG])
    open_ = np.ones(len(places.claim), dtype=np.bool_)
    for side_m in SIDES_M:
        rest = np.flatnonzero(open_)
        if not len(rest):
            break
        square = np.floor(places.lonlat[rest] * scale / side_m).astype(np.int64)
        keys, of = np.unique(square, axis=0, return_inverse=True)
        of = of.reshape(-1)
        told = np.bincount(
            np.unique(np.column_stack([of, places.case[rest]]), axis=0)[:, 0], minlength=len(keys)
        )
        enough = told >= FEWEST
        shown = enough[of]
        if not enough.any():
            continue
        number = np.cumsum(enough) - 1
        corner = keys[enough] * side_m
        boxes.append(np.hstack([corner / scale, (corner + side_m) / scale]))
        cases.append(told[enough])
        expected.append(_met(located, places.claim[rest[shown]], number[of[shown]]))
        open_[rest[shown]] = False
    return Heat(
        np.concatenate(boxes[::-1]),
        np.concatenate(cases[::-1]),
        np.concatenate(expected[::-1]),
        len(np.unique(places.case[open_])),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """One claim of each place of each debtor, with its case as a number."""

    claim: Ints
    case: Ints
    lonlat: Floats


def _places(located: Located, sited: Sequence[Sited]) -> _Places:
    """Return the first of a debtor's usable claims at each place."""
    at = np.array([located.at(one.claim_id) for one in sited], dtype=np.int64)
    cases: dict[CaseId, int] = {}
    case = np.array([cases.setdefault(one.case_id, len(cases)) for one in sited], dtype=np.int64)
    lonlat = np.array([(one.point.lon, one.point.lat) for one in sited]).reshape(-1, 2)
    used = np.flatnonzero(located.evidence.claim_used[at])
    first = used[np.unique(located.evidence.claim_place[at[used]], return_index=True)[1]]
    return _Places(at[first], case[first], lonlat[first])


def _met(located: Located, claim: Ints, square: Ints) -> Floats:
    """Return the expected found of each square; all of them have a claim."""
    debtor = np.searchsorted(located.evidence.claim_first, claim, side="right") - 1
    order = np.lexsort((claim, debtor, square))
    claim, debtor, square = claim[order], debtor[order], square[order]
    begins = np.r_[True, (np.diff(debtor) != 0) | (np.diff(square) != 0)]
    first = np.r_[np.flatnonzero(begins), len(claim)]
    met = located.found_in_bands(first, claim)
    total = np.zeros((int(square.max()) + 1, *met.shape[1:]))
    np.add.at(total, square[first[:-1]], met)
    return total
