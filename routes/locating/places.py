"""Which claims speak of one place, and which only repeat each other; compiled."""

from __future__ import annotations

import math

import numpy as np

from geo.model import Floats, Ints
from routes.locating.layout import Flags
from routes.planning.compiled import compiled, entry

__all__ = ["group_copies", "group_places", "group_statements"]

_EARTH_M = 6_371_008.8


@entry
def group_places(
    first: Ints,
    lon: Floats,
    lat: Floats,
    fine: Flags,
    text: Ints,
    within_m: float,
    far_m: Floats,
    parent: Ints,
) -> None:
    """Write for each claim the first claim of its debtor that points to the same place.

    Fine claims are joined from the nearest pair on, as long as all of a place lie within
    ``within_m`` of each other (complete linkage), so that a row of doors is no one place. Where
    neither claim is fine, the same text is the same place; it is that of fine claims with this
    text too, if these are all at one place. ``far_m`` is room: a square of as many claims as a
    debtor may have.
    """
    count = lon.shape[0]
    for i in range(count):
        parent[i] = i
    for d in range(first.shape[0] - 1):
        begin, end = first[d], first[d + 1]
        for j in range(begin, end):
            for i in range(begin, j):
                if text[i] == text[j] and not fine[i] and not fine[j]:
                    _join(parent, i, j)
                    break
        _join_near(begin, end, lon, lat, fine, within_m, far_m, parent)
        _join_coarse(begin, end, fine, text, parent)
    for i in range(count):
        parent[i] = _root(parent, i)


@compiled
def _join_near(
    begin: int,
    end: int,
    lon: Floats,
    lat: Floats,
    fine: Flags,
    within_m: float,
    far_m: Floats,
    parent: Ints,
) -> None:
    """Join the fine claims of one debtor by complete linkage; the first one stands for each."""
    count = end - begin
    for j in range(count):  # between places, by their first claims
        far_m[j, j] = np.inf
        for i in range(j):
            far_m[i, j] = far_m[j, i] = np.inf
            if fine[begin + i] and fine[begin + j]:
                far_m[i, j] = far_m[j, i] = _apart_m(lon, lat, begin + i, begin + j)
    while True:
        nearest_m, at, other = np.inf, -1, -1
        for i in range(count):
            for j in range(i + 1, count):
                if far_m[i, j] < nearest_m:
                    nearest_m, at, other = far_m[i, j], i, j
        if at < 0 or nearest_m > within_m:
            return
        _join(parent, begin + at, begin + other)
        for k in range(count):
            if k != at:
                far_m[at, k] = far_m[k, at] = max(far_m[at, k], far_m[other, k])
            far_m[other, k] = far_m[k, other] = np.inf


@compiled
def _join_coarse(begin: int, end: int, fine: Flags, text: Ints, parent: Ints) -> None:
    """Join claims that are not fine with the one place of the fine claims of their text."""
    for j in range(begin, end):
        at, several = -1, False
        for i in range(begin, end):
            if fine[i] and not fine[j] and text[i] == text[j]:
                root = _root(parent, i)
                several = several or at not in (-1, root)
                at = root
        if at >= 0 and not several:
            _join(parent, at, j)


@compiled
def _apart_m(lon: Floats, lat: Floats, i: int, j: int) -> float:
    middle = math.radians((lat[i] + lat[j]) / 2.0)
    x = math.radians(lon[j] - lon[i]) * math.cos(middle)
    return _EARTH_M * math.hypot(x, math.radians(lat[j] - lat[i]))


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


@entry
def group_statements(
    first: Ints,
    used: Flags,
    anchor: Ints,
    family: Ints,
    text: Ints,
    seen: Ints,
    copies: Flags,
    parent: Ints,
) -> None:
    """Write for each claim the first claim that is one statement with it, wherever they point to.

    Claims of one text are one statement where they were seen on one day, where one is of a source
    that copies, and where one family says it for one anchor.
    """
    for i in range(used.shape[0]):
        parent[i] = i
    for d in range(first.shape[0] - 1):
        for j in range(first[d], first[d + 1]):
            for i in range(first[d], j):
                if text[i] != text[j] or not used[i] or not used[j]:
                    continue
                said = family[i] == family[j] and anchor[i] == anchor[j]
                if said or seen[i] == seen[j] or copies[i] or copies[j]:
                    _join(parent, i, j)
    for i in range(used.shape[0]):
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
