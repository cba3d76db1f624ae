"""Which place a house number means: all doors and houses that it may be, weighed together."""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from geo.address_reading import Reading
from geo.confidence import AnswerKind
from geo.door_clusters import gathered
from geo.gazetteer import Door, Gazetteer, Road
from geo.messages import Message, message
from geo.model import Floats, Ints, Point, Precision
from geo.number_ranks import NOWHERE, Stands
from geo.numbering import Numbering
from geo.placenames import HouseKey, Match, village_stem

__all__ = ["DoorFind", "DoorFinder"]

NEAR_M = 95.0
"""Places this near to one another count as one: a little less than the 100 m of a right answer."""

_KNOWN = 1.0  # weight of a known door
_OTHER_MARK = 0.9  # a known door of the same count and another mark, such as 12 for 12-3
_NOWHERE = 6.0  # loss of meaning a place that the gazetteer does not know
_UNREAD = 3.0  # a name in the text that means nothing here may be that of another road
_OTHER_HAMLET = 2.3  # loss of a village's number that one of its natural villages counts
_HAMLET_M = 300.0
_OUTSIDE_HAMLET = 0.15
_LEAST_SHARE = 0.02
_HEAVIEST = 48
_TELLING = 5.0  # a meaning so much less likely than the best is left out


@dataclass(frozen=True, slots=True)
class DoorFind:
    """A place for a house number.

    ``share`` is the probability that the door lies within 100 m, given the text and what is
    known; ``loss``, ``disorder`` and ``kind`` are those of :class:`geo.confidence.Evidence`.
    """

    point: Point
    precision: Precision
    share: float
    loss: float
    disorder: float
    kind: AnswerKind
    number: int
    reason: Message
    name: str
    township: str | None
    grid: str | None


@dataclass(frozen=True, slots=True, eq=False)
class _Stands:
    """Where one number may stand along one road or in one counting group.

    ``code_of`` tells which pair of township and grid each place is in, ``codes`` lists those
    pairs; ``doors`` are the places that are known, which come first.
    """

    xy_m: Floats
    weight: Floats
    codes: frozenset[int]
    code_of: Ints
    doors: tuple[Door, ...]


@dataclass(frozen=True, slots=True)
class _Meaning:
    """One road or group that the text may mean."""

    stands: _Stands
    loss: float
    name: str
    how: Match
    road: int = -1


class DoorFinder:
    """Finds house numbers in a gazetteer."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._names = gazetteer
        self._plane = gazetteer.frontage.plane
        self._numbering = Numbering(gazetteer.frontage)
        houses = gazetteer.frontage.houses.codes
        every = [gazetteer.road_doors, gazetteer.group_doors]
        doors = [
            d for owners in every for own in owners.values() for ds in own.values() for d in ds
        ]
        self._codes = tuple(dict.fromkeys((*houses, *((d.township, d.grid) for d in doors))))
        self._code_at = {code: at for at, code in enumerate(self._codes)}
        self._house_code = np.array([self._code_at[code] for code in houses], dtype=np.int64)
        self._fit = np.zeros(len(self._codes))
        township_of = {grid: township for township, grid in houses}
        self._group_codes = [(township_of.get(grid), grid) for grid, _ in gazetteer.frontage.groups]

    def find(self, reading: Reading, *, limit: int) -> list[DoorFind]:
        """Return places for the number of a reading, the likeliest first; none without one."""
        number = reading.number
        if number is None or not number.main:
            return []
        meanings = self._meanings(reading, number)
        if not meanings:
            return []
        xy_m = _joined([each.stands.xy_m for each in meanings])
        weight = _joined([self._weight(reading, each) for each in meanings])
        starts = list(accumulate((len(each.stands.weight) for each in meanings), initial=0))
        weight = weight * self._near_hamlet(reading, xy_m)
        whole = float(weight.sum()) + math.exp(-_NOWHERE - reading.least())
        heavy = np.arange(len(weight))
        if len(weight) > _HEAVIEST:
            heavy = np.argpartition(-weight, _HEAVIEST)[:_HEAVIEST]
            xy_m, weight = xy_m[heavy], weight[heavy]
        first, middle, mass, radius = gathered(xy_m, weight, limit, _LEAST_SHARE * whole, NEAR_M)
        lonlat = self._plane.to_lonlat(middle).tolist()
        finds: list[DoorFind] = []
        for place, own, (lon, lat), all_mass, radius_m in zip(
            heavy[first].tolist(),
            weight[first].tolist(),
            lonlat,
            mass.tolist(),
            radius.tolist(),
            strict=True,
        ):
            which = bisect.bisect_right(starts, place) - 1
            finds.append(
                self._found(
                    reading,
                    meanings[which],
                    place - starts[which],
                    Point(lon, lat),
                    all_mass / whole,
                    radius_m,
                    own / all_mass,
                )
            )
        return finds

    def _weight(self, reading: Reading, meaning: _Meaning) -> Floats:
        """Return how likely each place of a meaning is, given the names of the text."""
        stands = meaning.stands
        for code in stands.codes:
            self._fit[code] = math.exp(-meaning.loss - reading.loss(*self._codes[code]))
        return np.asarray(stands.weight * self._fit[stands.code_of])

    def _found(
        self,
        reading: Reading,
        meaning: _Meaning,
        index: int,
        middle: Point,
        share: float,
        radius_m: float,
        part: float,
    ) -> DoorFind:
        stands = meaning.stands
        township, grid = self._codes[stands.code_of[index]]
        door = stands.doors[index] if index < len(stands.doors) else None
        if door is not None and part >= 0.5:
            point, precision, kind = door.point, Precision.DOOR, AnswerKind.DOOR
            reason = (
                message("门牌与地名库一致")
                if door.key == reading.number
                else message("门牌主号与地名库一致，附号不在地名库中")
            )
        else:
            point, precision = middle, Precision.INTERPOLATED
            kind = AnswerKind.LANE if meaning.road < 0 else AnswerKind.ROW
            reason = message(
                "按相邻门牌和沿路房屋推算，误差约 %(error)d 米",
                error=max(10, round(radius_m, -1)),
            )
        return DoorFind(
            point,
            precision,
            share,
            meaning.loss + reading.loss(township, grid) + _UNREAD * reading.unread,
            self._numbering.disorder(meaning.road),
            kind,
            reading.number.main if reading.number else 1,
            with_name_doubt(reason, meaning.how),
            meaning.name,
            township,
            grid,
        )

    def _meanings(self, reading: Reading, number: HouseKey) -> list[_Meaning]:
        """Return the roads or groups that may hold the number, without the far less likely."""
        found: list[_Meaning] = []
        roads = [
            (min(reading.loss(*codes) for codes in road.within) + how.loss, road, how)
            for road, how in reading.roads
        ]
        least = min((loss for loss, _, _ in roads), default=0.0)
        for loss, road, how in roads:
            if loss <= least + _TELLING:
                stands = self._along(road, number)
                if stands is not None:
                    found.append(_Meaning(stands, how.loss, road.name, how.how, road.index))
        if found or reading.road_named:
            return found
        groups = [
            (reading.loss(*self._group_codes[group]) + loss, group, loss)
            for group, loss in reading.groups
        ] or list(self._village_groups(reading))
        least = min((loss for loss, _, _ in groups), default=0.0)
        for loss, group, own in groups:
            if loss <= least + _TELLING:
                stands = self._within(group, number)
                if stands is not None:
                    name = self._names.frontage.groups[group][1]
                    found.append(_Meaning(stands, own, name, Match.NEAR if own else Match.EXACT))
        return found

    def _village_groups(self, reading: Reading) -> Iterator[tuple[float, int, float]]:
        """Yield the groups of the villages of a text that names no natural village."""
        for unit, _ in reading.village_units:
            for group in self._names.grid_groups.get(unit.code, ()):
                name = self._names.frontage.groups[group][1]
                loss = 0.0 if name == village_stem(unit.name) else _OTHER_HAMLET
                yield reading.loss(*self._group_codes[group]) + loss, group, loss

    def _near_hamlet(self, reading: Reading, xy_m: Floats) -> Floats | float:
        """Return the weight of places near and far from the natural village of the text."""
        if not reading.settlements or (reading.groups and not reading.roads):
            return 1.0
        spots = [spot for spot, how in reading.settlements if how.loss < _TELLING]
        if not spots:
            return 1.0
        at = self._plane.to_m(np.array([(spot.point.lon, spot.point.lat) for spot in spots]))
        away = np.hypot(*(xy_m[:, None, :] - at[None]).transpose(2, 0, 1)).min(axis=1)
        return np.asarray(_OUTSIDE_HAMLET + (1.0 - _OUTSIDE_HAMLET) * np.exp(-away / _HAMLET_M))

    def _along(self, road: Road, number: HouseKey) -> _Stands | None:
        doors = self._names.road_doors.get(road.index, {}).get(number.main, ())
        return self._stands(doors, number, self._numbering.on_road(road.index, number.main))

    def _within(self, group: int, number: HouseKey) -> _Stands | None:
        doors = self._names.group_doors.get(group, {}).get(number.main, ())
        if doors:  # a group counts each number once
            return self._stands(doors, number, NOWHERE)
        return self._stands(doors, number, self._numbering.in_group(group, number.main))

    def _stands(self, doors: Sequence[Door], number: HouseKey, unknown: Stands) -> _Stands | None:
        """Return known and other places of a number, None if there is not one."""
        code_of = self._house_code[unknown.beside]
        if not doors:
            codes = frozenset(code_of.tolist())
            if not codes:
                return None
            return _Stands(unknown.xy_m, unknown.weight, codes, code_of, ())
        exact = [door for door in doors if door.key == number]
        used = exact or list(doors)
        own = {door.grid for door in used if door.own}
        used = [door for door in used if door.own or door.grid not in own]
        lonlat = np.array([(door.point.lon, door.point.lat) for door in used])
        known = _KNOWN if exact else _OTHER_MARK
        here = [self._code_at[door.township, door.grid] for door in used]
        code_of = np.concatenate([np.array(here, dtype=np.int64), code_of])
        return _Stands(
            np.concatenate([self._plane.to_m(lonlat), unknown.xy_m]),
            np.concatenate([np.full(len(used), known), unknown.weight]),
            frozenset(code_of.tolist()),
            code_of,
            tuple(used),
        )


def with_name_doubt(reason: Message, how: Match) -> Message:
    """Add to a reason that a name of the text is written differently in the gazetteer."""
    match how:
        case Match.EXACT:
            return reason
        case Match.SOUND:
            return message("%(reason)s；名称读音相同、用字不同，请核对", reason=reason)
        case Match.NEAR:
            return message("%(reason)s；名称与地名库相差一两个字，请核对", reason=reason)


def _joined(arrays: Sequence[Floats]) -> Floats:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
