"""Which claims speak of one place, and which only repeat each other; compiled."""

from __future__ import annotations

import math

from geo.model import Floats, Ints
from routes.locating.layout import Flags
from routes.planning.compiled import compiled, entry

__all__ = ["group_copies", "group_places"]

_EARTH_M = 6_371_008.8


@entry
def group_places(
    first: Ints,
    lon: Floats,
    lat: Floats,
    fine: Flags,
    text: Ints,
    within_m: float,
    parent: Ints,
) -> None:
    """Write for each claim the first claim of its debtor that points to the same place.

    Two claims are one place where both are fine and lie within ``within_m``, or where neither
    is and their texts are the same; the relation is closed over chains.
    """
    count = lon.shape[0]
    for i in range(count):
        parent[i] = i
    for d in range(first.shape[0] - 1):
        for j in range(first[d], first[d + 1]):
            for i in range(first[d], j):
                same = text[i] == text[j] and not fine[i] and not fine[j]
                if fine[i] and fine[j]:
                    middle = math.radians((lat[i] + lat[j]) / 2.0)
                    x = math.radians(lon[j] - lon[i]) * math.cos(middle)
                    y = math.radians(lat[j] - lat[i])
                    same = _EARTH_M * math.hypot(x, y) <= within_m
                if same:
                    _join(parent, i, j)
    for i in range(count):
        parent[i] = _root(parent, i)


@entry
def group_copies(
    first: Ints,
    place: Ints,
    anchor: Ints,
    family: Ints,
    text: Ints,
    seen: Ints,
    copies: Flags,
    copied: Flags,
    parent: Ints,
) -> None:
    """Write for each claim the first claim that it repeats, or itself.

    At one place and for one anchor, claims of one family repeat each other, and so do claims
    of one text that were seen on one day. A claim of a source that copies repeats one of another
    family with its very text, and then says nothing for its own family; ``copied`` is for
    noting these, all false at first.
    """
    count = place.shape[0]
    for i in range(count):
        parent[i] = i
    for d in range(first.shape[0] - 1):
        for j in range(first[d], first[d + 1]):
            if not copies[j]:
                continue
            for i in range(first[d], first[d + 1]):
                if place[i] != place[j] or anchor[i] != anchor[j] or place[i] < 0:
                    continue
                own = not copies[i] or (i < j and not copied[i])
                if own and text[i] == text[j] and family[i] != family[j]:
                    _join(parent, i, j)
                    copied[j] = True
                    break
    for d in range(first.shape[0] - 1):
        for j in range(first[d], first[d + 1]):
            for i in range(first[d], j):
                if place[i] != place[j] or anchor[i] != anchor[j] or place[i] < 0:
                    continue
                if copied[i] or copied[j]:
                    continue
                if family[i] == family[j] or (text[i] == text[j] and seen[i] == seen[j]):
                    _join(parent, i, j)
    for i in range(count):
        parent[i] = _root(parent, i)


@compiled
def _root(parent: Ints, i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@compiled
def _join(parent: Ints, i: int, j: int) -> None:
    a, b = _root(parent, i), _root(parent, j)
    if a < b:
        parent[b] = a
    else:
        parent[a] = b
