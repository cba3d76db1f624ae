"""Where a house number stands among houses whose own numbers are not known.

Between two known doors of one side of a road stand some houses without a known number, and as
many numbers are free. Numbers go up along the row, each at most once: so every way to give the
houses their numbers is taken as equally likely, and the chance that a number stands at the
r-th house is a quotient of binomial coefficients. Past the last known door the numbers go on
with the district's share of numbers that houses use. Along the lanes of a village the row of
the next lower number is followed to its end, then lanes of which no number is known, then the
row of the next higher number.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from geo.frontage import Course, Frontage, Row
from geo.lanes import Lanes
from geo.model import Floats, Ints
from geo.number_ranks import NOWHERE, Stands, ranks, walk

__all__ = ["Custom", "Numbering"]

_LEAST = 1e-4
_LEAST_SIDE = 0.02
_SIDE_DOUBT = 0.5  # doors added to each side before one is trusted
_NO_HOUSE = 0.25  # weight of a place between two doors where the map shows no house
_NEXT_DOOR = 3  # a number so little beyond the last known one stands near it in any case
_WALK_LOSS = 0.93  # numbers beyond the last known door become less likely, one by one
_FAR_FEW = 40  # houses of a row that are looked at beyond its last known door
_LIKE_OTHERS = 4.0  # a road's own doors outweigh the district's from so many on
_SURE_M = 40.0  # a place between two doors that is known better than this is one place
_PRIOR_SLOTS, _PRIOR_HOUSES = 10.0, 8.0

_Numbers = tuple[list["_Known"], list["_Known"]]
_Place = tuple[float, float, float, int]  # metres east and north, weight, house beside it
_Mark = tuple[float, int]  # position in a row and number of a known door


@dataclass(frozen=True, slots=True)
class Custom:
    """How a district numbers its houses, learnt from the doors that are known.

    Parameters
    ----------
    filled
        Share of numbers along a road that houses use.
    strays
        Share of doors along a road whose numbers are out of order.
    east, north
        Log odds that numbers go up towards the east and north, for a road that runs so.
    odd_left
        Share of roads whose odd numbers stand on the left as numbers go up.
    """

    filled: float = 0.8
    strays: float = 0.05
    east: float = 0.0
    north: float = 0.0
    odd_left: float = 0.5

    def upward(self, heading: tuple[float, float]) -> float:
        """Return the probability that numbers go up along this direction."""
        return 1.0 / (1.0 + math.exp(-self.east * heading[0] - self.north * heading[1]))


@dataclass(frozen=True, slots=True)
class _Known:
    """A known door: its position in a row, or half-way between two houses, and its number."""

    at: float
    number: int


class _Side:
    """One side of a road: its houses in order, and its known doors by parity."""

    def __init__(self, row: Row, number: Sequence[int]) -> None:
        self.houses: list[int] = row.houses.tolist()
        self.at_m: list[float] = row.at_m.tolist()
        self.free = [at for at, house in enumerate(self.houses) if not number[house]]
        self.known: _Numbers = ([], [])
        for at, house in enumerate(self.houses):
            if number[house]:
                self.known[number[house] % 2].append(_Known(at, number[house]))

    def votes(self) -> int:
        """Return how many steps from door to door go up, less those that go down."""
        return sum(
            (other.number > one.number) - (other.number < one.number)
            for known in self.known
            for one, other in pairwise(known)
        )


class _Rows:
    """Both sides of a road."""

    def __init__(
        self, sides: tuple[Row, Row], number: Sequence[int], course: Course, xy_m: Floats
    ) -> None:
        self.sides = (_Side(sides[0], number), _Side(sides[1], number))
        self.free: Ints = np.array(
            [side.houses[at] for side in self.sides for at in side.free], dtype=np.int64
        )
        self.free_m = xy_m[self.free]
        self.marked: dict[tuple[int, int, bool], tuple[list[int], list[int], list[_Mark]]] = {}
        self.course = course
        east, north = course.axis.tolist()
        self.heading: tuple[float, float] = east, north

    @cached_property
    def votes(self) -> int:
        """Return how clearly the numbers go up along the course; negative if down."""
        return sum(side.votes() for side in self.sides)

    @cached_property
    def strays(self) -> tuple[int, int]:
        """Return how many known doors break the order of the others, and how many are known."""
        strays = every = 0
        for side in self.sides:
            for known in side.known:
                kept = _in_order(known, upward=self.votes >= 0)
                turns = sum((b.number > a.number) != (self.votes >= 0) for a, b in pairwise(kept))
                strays += len(known) - len(kept) + turns
                every += len(known)
        return strays, every

    @cached_property
    def most(self) -> int:
        """Return the highest number that the road may have."""
        numbers = [k.number for side in self.sides for known in side.known for k in known]
        return max(max(numbers, default=0), sum(len(side.houses) for side in self.sides))

    def own(self, parity: int) -> tuple[int, int]:
        """Return how many doors speak for this parity on the left, and on the right."""
        left, right = self.sides
        return (
            len(left.known[parity]) + len(right.known[1 - parity]),
            len(right.known[parity]) + len(left.known[1 - parity]),
        )


class Numbering:
    """Answers where a number may stand along a road or in a village.

    Parameters
    ----------
    frontage
        Rows of houses.
    """

    def __init__(self, frontage: Frontage) -> None:
        self._number: list[int] = frontage.houses.number.tolist()
        self._xy: list[list[float]] = frontage.houses.xy_m.tolist()
        self._roads = {
            road: _Rows(sides, self._number, frontage.courses[road], frontage.houses.xy_m)
            for road, sides in frontage.sides.items()
        }
        self.custom = _learnt(self._roads.values())
        self._lanes = Lanes(frontage)

    def on_road(self, road: int, number: int) -> Stands:
        """Return where a number may stand along a road, but for the doors known to have it."""
        rows = self._roads.get(road)
        if rows is None:
            return NOWHERE
        places: list[_Place] = []
        directions = self._directions(rows)
        for hand, share in enumerate(self._hands(rows, number % 2, directions)):
            if share < _LEAST_SIDE:
                continue
            for upward, likely in directions:
                places += [
                    (x, y, whole, beside)
                    for x, y, weight, beside in self._in_row(rows, hand, number, upward=upward)
                    if (whole := weight * share * likely) > _LEAST
                ]
        return self._with_strays(rows, places)

    def _with_strays(self, rows: _Rows, places: Sequence[_Place]) -> Stands:
        """Add every house without a known number: it may have one out of order."""
        stray = self._stray_share(rows) / rows.most
        if not places:
            return Stands(rows.free_m, np.full(len(rows.free), stray), rows.free)
        few = np.array(places)
        return Stands(
            np.concatenate([few[:, :2], rows.free_m]),
            np.concatenate([few[:, 2], np.full(len(rows.free), stray)]),
            np.concatenate([few[:, 3].astype(np.int64), rows.free]),
        )

    def _stray_share(self, rows: _Rows) -> float:
        """Return the share of a road's houses whose numbers are out of order."""
        strays, every = rows.strays
        return (strays + _LIKE_OTHERS * self.custom.strays) / (every + _LIKE_OTHERS)

    def disorder(self, road: int) -> float:
        """Return the share of a road's numbers that are out of order, 0 to 1."""
        rows = self._roads.get(road)
        return self._stray_share(rows) if rows else 0.0

    def in_group(self, group: int, number: int) -> Stands:
        """Return where a number may stand along the lanes of a village or natural village."""
        return self._lanes.stands(group, number)

    def _directions(self, rows: _Rows) -> tuple[tuple[bool, float], ...]:
        """Return whether numbers go up along the course, and how likely."""
        if rows.votes:
            return ((rows.votes > 0, 1.0),)
        up = self.custom.upward(rows.heading)
        return ((True, up), (False, 1.0 - up))

    def _hands(
        self, rows: _Rows, parity: int, directions: Sequence[tuple[bool, float]]
    ) -> tuple[float, float]:
        """Return how likely the left and the right row hold this parity."""
        left, right = rows.own(parity)
        if left == right:
            odd_left = self.custom.odd_left
            chance = sum(
                likely * (odd_left if up == bool(parity) else 1.0 - odd_left)
                for up, likely in directions
            )
            return chance, 1.0 - chance
        left_weight, right_weight = (left + _SIDE_DOUBT) ** 2, (right + _SIDE_DOUBT) ** 2
        return (
            left_weight / (left_weight + right_weight),
            right_weight / (left_weight + right_weight),
        )

    def _in_row(self, rows: _Rows, hand: int, number: int, *, upward: bool) -> Iterator[_Place]:
        """Yield places of a number in one row, with their weights."""
        key = hand, number % 2, upward
        if key not in rows.marked:
            rows.marked[key] = _marked(rows, *key)
        order, free, marks = rows.marked[key]
        if not marks:
            yield from self._counted(order, free, number)
            return
        for (at, low), (next_at, high) in pairwise(marks):
            if low < number < high:
                between = free[bisect.bisect_right(free, at) : bisect.bisect_left(free, next_at)]
                inside = [order[place] for place in between]
                whole = float(at).is_integer() and float(next_at).is_integer()
                ends = (order[int(at)], order[int(next_at)]) if whole else None
                yield from self._filled(rows.course, inside, number, (low, high), ends)
        yield from self._beyond(order, free, marks, number)

    def _counted(self, order: Sequence[int], free: Sequence[int], number: int) -> Iterator[_Place]:
        """Yield places in a row without any known door, counted from where numbers begin."""
        for rank, share in walk((number + 1) // 2, len(free), self.custom.filled):
            yield self._at(order[free[rank - 1]], share)

    def _beyond(
        self,
        order: Sequence[int],
        free: Sequence[int],
        marks: Sequence[tuple[float, int]],
        number: int,
    ) -> Iterator[_Place]:
        """Yield places where numbers go on past a known door: at the ends, and at restarts."""
        breaks = [i for i in range(len(marks) - 1) if marks[i][1] >= marks[i + 1][1]]
        for i in (*breaks, len(marks) - 1):
            at, low = marks[i]
            if number > low:
                stop = marks[i + 1][0] if i + 1 < len(marks) else len(order)
                begin = bisect.bisect_right(free, at)
                beyond = [
                    order[place]
                    for place in free[begin : min(bisect.bisect_left(free, stop), begin + _FAR_FEW)]
                ]
                yield from self._walked(beyond, (number - low + 1) // 2, order, at)
        for i in (*(end + 1 for end in breaks), 0):
            at, high = marks[i]
            if number >= high:
                continue
            start = marks[i - 1][0] if i else -1
            stop = bisect.bisect_left(free, at)
            begin = max(bisect.bisect_right(free, start), stop - _FAR_FEW)
            before = [order[place] for place in reversed(free[begin:stop])]
            slot = (high - number + 1) // 2
            slots = slot + (number - 1) // 2
            if i == 0 and before and slots and len(before) <= slots:
                for rank, share in ranks(slot, slots, len(before)):
                    yield self._at(before[rank - 1], share * len(before) / slots)
            else:
                yield from self._walked(before, slot, order, at)

    def _filled(
        self,
        course: Course,
        inside: Sequence[int],
        number: int,
        between: tuple[int, int],
        ends: tuple[int, int] | None,
    ) -> Iterator[_Place]:
        """Yield places between two known doors of a side."""
        low, high = between
        slot = (number - low + 1) // 2
        slots = slot + (high - number - 1) // 2
        if inside and slots:
            likely = min(1.0, (len(inside) + 0.5) / slots)
            for rank, share in ranks(slot, slots, len(inside)):
                yield self._at(inside[rank - 1], share * likely)
        elif ends is not None and slots:
            yield from self._in_gap(course, slot, slots, ends)

    def _in_gap(
        self, course: Course, slot: int, slots: int, ends: tuple[int, int]
    ) -> Iterator[_Place]:
        """Yield places along the road between two doors with no house between them on the map.

        The slot's part of the way is the mean of an order statistic, Beta(slot, slots - slot + 1),
        and so is its spread.
        """
        a, b = (np.array(self._xy[house]) for house in ends)
        (at_a, at_b), _ = course.place(np.array([a, b]))
        beside_a, beside_b = a - course.foot(at_a), b - course.foot(at_b)
        part = slot / (slots + 1)
        spread = math.sqrt(part * (1.0 - part) / (slots + 2)) * 1.2
        narrow = spread * abs(at_b - at_a) < _SURE_M
        parts = (
            ((part, 1.0),) if narrow else ((part - spread, 0.3), (part, 0.4), (part + spread, 0.3))
        )
        for each, share in parts:
            each = min(max(each, 0.0), 1.0)
            x, y = (
                course.foot(at_a + (at_b - at_a) * each) + beside_a + (beside_b - beside_a) * each
            )
            yield float(x), float(y), _NO_HOUSE * share, ends[0] if each < 0.5 else ends[1]

    def _walked(
        self, beyond: Sequence[int], steps: int, order: Sequence[int], at: float
    ) -> Iterator[_Place]:
        """Yield places some numbers beyond a known door."""
        fading = _WALK_LOSS**steps
        for rank, share in walk(steps, len(beyond), self.custom.filled):
            yield self._at(beyond[rank - 1], share * fading)
        if not beyond and steps <= _NEXT_DOOR and float(at).is_integer():
            yield self._at(order[int(at)], _NO_HOUSE * fading)

    def _at(self, house: int, weight: float) -> _Place:
        x, y = self._xy[house]
        return x, y, weight, house


def _marked(
    rows: _Rows, hand: int, parity: int, upward: bool
) -> tuple[list[int], list[int], list[_Mark]]:
    """Return the houses of a row as numbers go up, positions of free ones, and known doors."""
    side = rows.sides[hand]
    known = _in_order(side.known[parity], upward=upward)
    if not known:  # the doors across the road tell how far numbers have come
        over = rows.sides[1 - hand]
        across = _in_order(over.known[1 - parity], upward=upward)
        known = [
            _Known(bisect.bisect_left(side.at_m, over.at_m[int(each.at)]) - 0.5, each.number)
            for each in across
        ]
    last = len(side.houses) - 1
    if upward:
        order, free = side.houses, side.free
        marks = [(each.at, each.number) for each in known]
    else:
        order, free = side.houses[::-1], [last - at for at in reversed(side.free)]
        marks = [(last - each.at, each.number) for each in reversed(known)]
    return order, free, marks


def _in_order(known: Sequence[_Known], *, upward: bool) -> list[_Known]:
    """Return doors in their row, without single ones that break an order around them."""
    sign = 1 if upward else -1
    kept = list(known)
    index = 1
    while 0 < index < len(kept) - 1:
        before, here, after = (kept[index + step].number * sign for step in (-1, 0, 1))
        if before < after and not before <= here <= after:
            del kept[index]
            index = max(index - 1, 1)
        else:
            index += 1
    return kept


def _learnt(roads: Iterable[_Rows]) -> Custom:
    """Return a district's custom, from roads with several known doors."""
    slots = houses = strays = every = 0.0
    odd = [1.0, 1.0]  # roads with the odd numbers on the right, on the left
    ways: list[tuple[float, float]] = []
    for rows in roads:
        if abs(rows.votes) < 2:
            continue
        up = rows.votes > 0
        strays, every = strays + rows.strays[0], every + rows.strays[1]
        east, north = rows.heading
        ways.append((east, north) if up else (-east, -north))
        left, right = rows.own(1)
        if left != right:
            odd[(left > right) == up] += 1.0
        for side in rows.sides:
            for parity in (0, 1):
                known = _in_order(side.known[parity], upward=up)
                for one, other in pairwise(known):
                    between = abs(other.number - one.number) // 2 - 1
                    if 0 < between <= 12:
                        free = sum(one.at < at < other.at for at in side.free)
                        slots, houses = slots + between, houses + min(free, between)
    east, north = _custom_direction(ways)
    filled = (houses + _PRIOR_HOUSES) / (slots + _PRIOR_SLOTS)
    return Custom(
        filled=filled,
        strays=(strays + 1.0) / (every + 20.0),
        east=east,
        north=north,
        odd_left=odd[1] / (odd[0] + odd[1]),
    )


def _custom_direction(ways: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Fit log odds of the direction in which numbers go up, by ridge-penalised logistic steps.

    Each road gives its direction as a success; its opposite is the failure it stands against.
    """
    if not ways:
        return 0.0, 0.0
    x: Floats = np.asarray(ways)
    beta = np.zeros(2)
    for _ in range(25):
        share = 1.0 / (1.0 + np.exp(-x @ beta))
        slope = x.T @ (1.0 - share) - beta
        bend = (x * (share * (1.0 - share))[:, None]).T @ x + np.eye(2)
        beta = beta + np.linalg.solve(bend, slope)
    return float(beta[0]), float(beta[1])
