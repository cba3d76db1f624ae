"""Chances that a number stands at the first, second or a later house of a row."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from geo.model import Floats, Ints

__all__ = ["NOWHERE", "Stands", "ranks", "walk"]


@dataclass(frozen=True, slots=True, eq=False)
class Stands:
    """Places where a number may stand, one entry each in every array.

    Parameters
    ----------
    xy_m
        Positions, shape (n, 2), in the plane.
    weight
        How likely the number stands there.
    beside
        The house that stands there or next to it, whose township and grid it shares.
    """

    xy_m: Floats
    weight: Floats
    beside: Ints


NOWHERE = Stands(np.zeros((0, 2)), np.zeros(0), np.zeros(0, dtype=np.int64))
"""No place at all."""


@lru_cache(20_000)
def ranks(slot: int, slots: int, houses: int) -> tuple[tuple[int, float], ...]:
    """Return (rank, probability) of the house at a slot, both counted from 1.

    ``slots`` numbers are free between two known ones and ``houses`` houses stand there. With
    fewer houses than slots, each set of used slots is equally likely, and the slot is one of
    them; with more houses, each set of numbered houses.

    Examples
    --------
    >>> ranks(1, 3, 3)
    ((1, 1.0),)
    >>> [(rank, round(share, 3)) for rank, share in ranks(2, 3, 2)]
    [(1, 0.5), (2, 0.5)]
    """
    comb = math.comb
    if houses <= slots:
        whole = comb(slots - 1, houses - 1)
        few, most = max(1, houses - (slots - slot)), min(houses, slot)
        return tuple(
            (r, comb(slot - 1, r - 1) * comb(slots - slot, houses - r) / whole)
            for r in range(few, most + 1)
        )
    whole = comb(houses, slots)
    return tuple(
        (r, comb(r - 1, slot - 1) * comb(houses - r, slots - slot) / whole)
        for r in range(slot, houses - (slots - slot) + 1)
    )


@lru_cache(20_000)
def walk(steps: int, houses: int, filled: float) -> tuple[tuple[int, float], ...]:
    """Return (rank, probability) of the house some numbers beyond the last known one.

    Each number on the way is used with probability ``filled``; the number itself is used.
    Ranks beyond the last house are left out, so that the sum may be below one.
    """
    most = min(houses, steps)
    return tuple(
        (r, math.comb(steps - 1, r - 1) * filled ** (r - 1) * (1.0 - filled) ** (steps - r))
        for r in range(1, most + 1)
    )
