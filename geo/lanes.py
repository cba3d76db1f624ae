"""Where a house number stands in a village whose lanes have no names.

Numbers go from house to house along a lane and then on to another lane. So the houses that
follow the next lower known number along its lane come first, then houses of lanes of which no
number is known, then those before the next higher known number.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from geo.frontage import Frontage
from geo.number_ranks import NOWHERE, Stands, ranks, walk

__all__ = ["Lanes"]

_LEAST = 1e-4
_NO_HOUSE = 0.25  # weight of a place between two doors where the map shows no house
_LOST = 0.7  # of the weight beyond the last known number, what stays with the village
_STRAY = 0.04  # numbers that break the order of their neighbours
_NEAR_LANE_M = 150.0
_MIDDLE_LANES = 60
_PRIOR_SLOTS, _PRIOR_HOUSES = 10.0, 8.0


_Place = tuple[int, float]  # house, weight
_Way = tuple[list[int], float, int | None]  # houses that follow, how likely, the door at the end


@dataclass(frozen=True, slots=True)
class _LaneDoor:
    """A known door: its number, its lane, its position there, and its house."""

    number: int
    lane: int
    at: int
    house: int


@dataclass(slots=True)
class _Group:
    """Known doors of a counting group, and its houses in lanes where no number is known.

    ``numbers`` are those of the doors, in order like them. ``shares`` keeps how likely quiet
    houses are beside known doors, ``ways`` what follows a door, up or down.
    """

    doors: list[_LaneDoor] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    quiet: list[int] = field(default_factory=list)
    shares: dict[tuple[int, ...], list[_Place]] = field(default_factory=dict)
    ways: dict[tuple[int, int], list[_Way]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Ends:
    """Known doors next below and above a number, and the houses that follow and go before.

    ``joined`` tells that the houses between stand in one row from ``a`` to ``b``.
    """

    a: _LaneDoor | None
    b: _LaneDoor | None
    rest_a: list[int]
    rest_b: list[int]
    joined: bool


class Lanes:
    """Numbers that count through the lanes of a village.

    Parameters
    ----------
    frontage
        Rows of houses; a numbered house in no row is a lane of its own.
    """

    def __init__(self, frontage: Frontage) -> None:
        self._number: list[int] = frontage.houses.number.tolist()
        self._xy_m = frontage.houses.xy_m
        self._rows: list[list[int]] = [row.houses.tolist() for row in frontage.lanes]
        self._groups: dict[int, _Group] = {}
        group: list[int] = frontage.houses.group.tolist()
        rowed = {house for row in self._rows for house in row}
        self._rows += [
            [house]
            for house, each in enumerate(group)
            if each >= 0 and self._number[house] and house not in rowed
        ]
        for lane, row in enumerate(self._rows):
            self._add_lane(lane, row, group)
        for found in self._groups.values():
            found.doors.sort(key=lambda door: door.number)
            found.numbers = [door.number for door in found.doors]
        self._filled = self._learnt()

    def _add_lane(self, lane: int, row: Sequence[int], group: Sequence[int]) -> None:
        """Add the known doors of a lane to their groups, and houses of groups without one."""
        loud: set[int] = set()
        for at, house in enumerate(row):
            if self._number[house] and group[house] >= 0:
                door = _LaneDoor(self._number[house], lane, at, house)
                self._groups.setdefault(group[house], _Group()).doors.append(door)
                loud.add(group[house])
        for house in row:
            if not self._number[house] and group[house] >= 0 and group[house] not in loud:
                self._groups.setdefault(group[house], _Group()).quiet.append(house)

    def _learnt(self) -> float:
        """Return the share of numbers that houses use, from doors that follow one another."""
        slots, houses = _PRIOR_SLOTS, _PRIOR_HOUSES
        for found in self._groups.values():
            for one, other in pairwise(found.doors):
                between = other.number - one.number - 1
                if one.lane == other.lane and 0 < between <= 12:
                    low, high = sorted((one.at, other.at))
                    row = self._rows[one.lane][low + 1 : high]
                    if not any(self._number[house] for house in row):
                        slots, houses = slots + between, houses + min(len(row), between)
        return houses / slots

    def stands(self, group: int, number: int) -> Stands:
        """Return where a number may stand in a group, but for doors known to have it."""
        found = self._groups.get(group)
        places = list(self._places(found, number)) if found else []
        if not places:
            return NOWHERE
        houses = np.array([house for house, _ in places])
        return Stands(self._xy_m[houses], np.array([weight for _, weight in places]), houses)

    def _places(self, found: _Group, number: int) -> Iterator[_Place]:
        below = bisect.bisect_left(found.numbers, number)
        above = bisect.bisect_right(found.numbers, number)
        a = found.doors[below - 1] if below else None
        b = found.doors[above] if above < len(found.doors) else None
        near = [door for door in (a, b) if door is not None]
        yield from self._quiet(found, near, _STRAY)
        for rest_a, share_a, met in self._ways(found, a, +1):
            for rest_b, share_b, _ in self._ways(found, b, -1):
                joined = met is not None and b is not None and met == b.house
                ends = _Ends(a, b, rest_a, [] if joined else rest_b, joined)
                yield from self._spread(found, ends, number, share_a * share_b)

    def _ways(self, group: _Group, door: _LaneDoor | None, onward: int) -> list[_Way]:
        """Return houses that follow a door in its lane, how likely, and the door they end at."""
        if door is None:
            return [([], 1.0, None)]
        key = door.house, onward
        if key not in group.ways:
            group.ways[key] = self._ways_from(group, door, onward)
        return group.ways[key]

    def _ways_from(self, group: _Group, door: _LaneDoor, onward: int) -> list[_Way]:
        row = self._rows[door.lane]
        same = [each for each in group.doors if each.lane == door.lane]
        votes = sum(1 if other.at > one.at else -1 for one, other in pairwise(same))
        chances = ((1, 0.5), (-1, 0.5)) if not votes else ((1 if votes > 0 else -1, 1.0),)
        ways: list[_Way] = []
        for direction, share in chances:
            step = direction * onward
            rest: list[int] = []
            met: int | None = None
            at = door.at + step
            while 0 <= at < len(row):
                if self._number[row[at]]:
                    met = row[at]
                    break
                rest.append(row[at])
                at += step
            ways.append((rest, share, met))
        return ways

    def _spread(self, group: _Group, ends: _Ends, number: int, weight: float) -> Iterator[_Place]:
        """Yield houses after ``a``, of quiet lanes, and before ``b``, by their ranks."""
        a, b, rest_a, rest_b = ends.a, ends.b, ends.rest_a, ends.rest_b
        near = [door for door in (a, b) if door is not None]
        if b is None:
            if a is None:
                return
            left = 1.0
            for rank, share in walk(number - a.number, len(rest_a), self._filled):
                yield rest_a[rank - 1], share * weight
                left -= share
            yield from self._quiet(group, near, left * weight * _LOST)
            return
        low = a.number if a else 0
        slots, slot = b.number - low - 1, number - low
        known = len(rest_a) + len(rest_b)
        missing = 0 if ends.joined else max(0, round(self._filled * slots) - known)
        if not known + missing:
            yield from self._quiet(group, near, _NO_HOUSE * weight)
            return
        middle = 0.0
        for rank, share in ranks(slot, slots, known + missing):
            if rank <= len(rest_a):
                yield rest_a[rank - 1], share * weight
            elif rank > len(rest_a) + missing:
                yield rest_b[known + missing - rank], share * weight
            else:
                middle += share
        yield from self._quiet(group, near, middle * weight)

    def _quiet(self, group: _Group, near: Sequence[_LaneDoor], weight: float) -> list[_Place]:
        """Return houses of lanes without a known number, the nearer the likelier."""
        if weight < _LEAST:
            return []
        key = tuple(door.house for door in near)
        shares = group.shares.get(key)
        if shares is None:
            shares = group.shares[key] = self._shares(group, key)
        return [(house, weight * share) for house, share in shares]

    def _shares(self, group: _Group, near: Sequence[int]) -> list[_Place]:
        """Return the likeliest houses among the quiet ones, near some known doors."""
        if not group.quiet:
            return [(house, 1.0 / len(near)) for house in near]
        spots, quiet = self._xy_m[list(near)], self._xy_m[group.quiet]
        away = np.hypot(*(quiet[:, None] - spots[None]).transpose(2, 0, 1)).min(axis=1)
        best = np.argsort(away, kind="stable")[:_MIDDLE_LANES]
        share = np.exp(-(away[best] - away[best[0]]) / _NEAR_LANE_M)
        share /= share.sum()
        return [
            (group.quiet[at], part) for part, at in zip(share.tolist(), best.tolist(), strict=True)
        ]
