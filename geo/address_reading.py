"""What the units, roads and numbers of a parsed address may mean in one district.

Every name is matched with all names of the gazetteer that it may be a slip of. Each meaning
carries a loss, the negative logarithm of how likely the text is if this is meant.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from geo.divisions import divisions
from geo.gazetteer import Gazetteer, Road, Spot, Unit
from geo.model import AddressLevel, AddressPart, ParsedAddress, Point
from geo.nearby import M_PER_DEG
from geo.placenames import (
    Agreement,
    HouseKey,
    Match,
    NameTable,
    disagreement,
    house_key,
    name_key,
    township_stem,
    village_stem,
)

__all__ = ["AddressReader", "Reading"]

_L = AddressLevel
_OTHER_TOWNSHIP = 7.0  # the text names one township, the place lies in another
_OTHER_VILLAGE = 4.5  # the same for a village of the same township: borders are not exact
_FAR_VILLAGE = 7.0
_WRONG_LEVEL = 1.5  # a name that was read as another level than the place has
_READ_APART = 1.0  # a name that was read as a part of another
_MOST_LOSS = 7.5
_SPLIT_LOSS = 8.0
_MOST_MEANINGS = 8
_SHORTEST_SPLIT = 4
_CACHE_SIZE = 20_000
_COMPASS = re.compile("[东南西北]")
_STEPS = {"东": (1.0, 0.0), "西": (-1.0, 0.0), "北": (0.0, 1.0), "南": (0.0, -1.0)}
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)(米|公里|千米|[kK]?[mM])")
_FARTHEST_M = 3_000.0
_OWN_RANKS = ("区", "县", "市", "旗")
_FRONT_MARKS = frozenset("甲乙丙丁附")
_PLACES = (_L.TOWNSHIP, _L.VILLAGE, _L.GROUP)
_LOOSE = (_L.ESTATE, _L.POI, _L.SUBPOI)  # before a house number, they may be misread names
_COUNTED = re.compile(r"第?\d+[组队]")
_OTHER_RANK = 1.0  # 下坡村 for 下坡社区
_RANKS = ("村", "社区")
_MISREAD = (*_LOOSE, _L.BUILDING, _L.ROOM, _L.GROUP)
_HOUSE_NUMBER = re.compile(r"(?<![\dA-Za-z第])\d{1,5}号(?![楼院线店门])")
_NAME_BEFORE = re.compile(
    r"[^\d\W甲乙丙丁附A-Za-z零〇一二两三四五六七八九十百]{2,}(?=[\d甲乙丙丁附A-Za-z])"
)
_NAMES = (*_PLACES, _L.ROAD, _L.LANE)
_UNKNOWN_PART = 6.0


@dataclass(slots=True)
class Reading:
    """What a text says, with the things its names may mean and the loss of each meaning.

    ``townships`` and ``villages`` are losses by code and empty where the text names none that is
    known; ``groups`` are counting groups (:attr:`geo.frontage.Frontage.groups`). ``foreign``
    marks a text that names another county; ``county`` one that names ours. ``road_named`` and
    ``place_named`` tell whether the text names a road or a natural village, known or not,
    ``unread`` that it holds a name before its house number that means nothing here.
    """

    townships: dict[str, float] = field(default_factory=dict)
    villages: dict[str, float] = field(default_factory=dict)
    village_units: list[tuple[Unit, Agreement]] = field(default_factory=list)
    settlements: list[tuple[Spot, Agreement]] = field(default_factory=list)
    groups: list[tuple[int, float]] = field(default_factory=list)
    roads: list[tuple[Road, Agreement]] = field(default_factory=list)
    road_named: bool = False
    unread: bool = False
    place_named: bool = False
    number: HouseKey | None = None
    beside: bool = False
    compass: str = ""
    away_m: float = 0.0
    foreign: bool = False
    county: bool = False
    _losses: dict[tuple[str | None, str | None], float] = field(default_factory=dict)
    _strange: tuple[float, float, float, set[str | None]] | None = None

    def loss(self, township: str | None, grid: str | None) -> float:
        """Return the loss of meaning a place in this township and grid."""
        code = (township, grid)
        found = self._losses.get(code)
        if found is None:
            found = self._losses[code] = self._loss(township, grid)
        return found

    def _loss(self, township: str | None, grid: str | None) -> float:
        if self._strange is None:
            self._strange = self._of_strangers()
        elsewhere, near, far, around = self._strange
        total = self.townships.get(township or "", elsewhere)
        if self.villages:
            total += self.villages.get(grid or "", near if township in around else far)
        return total

    def _of_strangers(self) -> tuple[float, float, float, set[str | None]]:
        """Return losses of another township, of another village nearby and far, and where near is.

        They hold once the units of the text are read.
        """
        township = min(self.townships.values(), default=-_OTHER_TOWNSHIP) + _OTHER_TOWNSHIP
        village = min(self.villages.values(), default=0.0)
        around = {unit.township for unit, _ in self.village_units}
        return township, village + _OTHER_VILLAGE, village + _FAR_VILLAGE, around

    def least(self) -> float:
        """Return the least loss that a place anywhere can have."""
        return sum(min(found.values(), default=0.0) for found in (self.townships, self.villages))

    def shifted(self, point: Point) -> Point:
        """Return the point that lies where the text says from this one, such as 东侧200米."""
        if not self.compass or not 0.0 < self.away_m <= _FARTHEST_M:
            return point
        east, north = (
            sum(step) for step in zip(*(_STEPS[each] for each in self.compass), strict=True)
        )
        length = math.hypot(east, north)
        if not length:
            return point
        degrees = self.away_m / length / M_PER_DEG
        squeeze = math.cos(math.radians(point.lat))
        return Point(point.lon + east * degrees / squeeze, point.lat + north * degrees)


class AddressReader:
    """Resolves the names of parsed addresses in one gazetteer."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._names = gazetteer
        self._home_codes = _home_codes(gazetteer.home_names)
        self._home_is_named = any(
            name.endswith(_OWN_RANKS) and not name.endswith("辖区") for name in gazetteer.home_names
        )
        self._group_names: NameTable[int] = NameTable()
        for group, (_, stem) in enumerate(gazetteer.frontage.groups):
            self._group_names.add((stem,), group)
        self._tables: dict[AddressLevel, NameTable[Unit] | NameTable[Spot] | NameTable[Road]] = {
            _L.TOWNSHIP: gazetteer.townships,
            _L.VILLAGE: gazetteer.villages,
            _L.GROUP: gazetteer.settlements,
            _L.ROAD: gazetteer.roads,
        }
        township_of = {grid: township for township, grid in gazetteer.frontage.houses.codes}
        self._group_codes = [(township_of.get(grid), grid) for grid, _ in gazetteer.frontage.groups]
        self._splits: dict[str, tuple[tuple[AddressLevel, str], ...]] = {}
        self._villages: dict[str, tuple[tuple[Unit, Agreement], ...]] = {}
        self._joins: dict[tuple[str, str], tuple[AddressLevel, str] | None] = {}

    def read(self, parsed: ParsedAddress) -> Reading:
        """Resolve the units, roads and number that a text names."""
        reading = Reading()
        places: list[tuple[AddressLevel, str]] = []
        road_names: list[str] = []
        before = ""
        for part in parsed.parts:
            match part.level:
                case _L.PROVINCE | _L.CITY | _L.COUNTY:
                    self._read_division(reading, part.level, part.text)
                case _L.NUMBER if reading.number is None:
                    _, number = _without_name(_with_front(parsed.text, part))
                    reading.number = house_key(number)
                case _L.DIRECTION:
                    reading.beside = True
                    reading.compass = "".join(_COMPASS.findall(part.text))
                case _L.DISTANCE if reading.compass:
                    reading.away_m = _metres(part.text)
                case _L.BUILDING if reading.number is None and self._names.roads.exact(before):
                    road_names.append(before)
                    reading.number = house_key(part.text)
            before = part.text
        if reading.number is None:
            reading.number = self._missed_number(parsed)
        lane = ""
        for level, name in self._joined(parsed.parts, numbered=reading.number is not None):
            for piece, text in self._pieces(level, name):
                if piece is _L.ROAD:
                    road_names.append(text)
                elif piece is _L.LANE:
                    lane = text
                elif piece in _LOOSE:
                    reading.unread = True
                else:
                    places.append((piece, text))
        if lane and road_names:
            reading.number = house_key(lane)
        self._read_places(reading, places, road_names)
        self._match_roads(reading, road_names)
        if any(loss == 0.0 for loss in reading.townships.values()):
            reading.foreign = False  # ours, under a county's former name
        return reading

    def _missed_number(self, parsed: ParsedAddress) -> HouseKey | None:
        """Return a house number that was read as a building, if no known estate has buildings."""
        named = [part.text for part in parsed.parts if part.level in _LOOSE]
        if any(self._names.spots.exact(text) for text in named):
            return None
        for part in parsed.parts:
            if part.level not in _MISREAD:
                continue
            found = _HOUSE_NUMBER.search(part.text)
            if found:
                return house_key(found.group())
        return None

    def _joined(
        self, parts: Sequence[AddressPart], *, numbered: bool
    ) -> list[tuple[AddressLevel, str]]:
        """Return names of places and roads, those joined that make one name together."""
        found: list[tuple[AddressLevel, str]] = []
        end = -1
        for part in parts:
            numbered = numbered and part.level is not _L.NUMBER
            if part.level is _L.NUMBER and (name := _without_name(part.text)[0]):
                found.append((_L.GROUP, name))
            if part.level not in _NAMES and not (numbered and part.level in _LOOSE):
                continue
            if found and part.start == end:
                joined = self._join(found[-1][1], part.text)
                if joined is not None:
                    found[-1] = joined
                    end = part.end
                    continue
            found.append((part.level, part.text))
            end = part.end
        return found

    def _join(self, text: str, next_text: str) -> tuple[AddressLevel, str] | None:
        """Return two neighbours as one name, if that explains them better."""
        key = (text, next_text)
        if key not in self._joins:
            if len(self._joins) >= _CACHE_SIZE:
                self._joins.clear()
            self._joins[key] = self._joined_name(text, next_text)
        return self._joins[key]

    def _joined_name(self, text: str, next_text: str) -> tuple[AddressLevel, str] | None:
        levels = (*_PLACES, _L.ROAD)
        apart = sum(min(self._best(each, levels)[0], _UNKNOWN_PART) for each in (text, next_text))
        if apart <= _READ_APART:
            return None
        whole, level = self._best(text + next_text, levels[1:])
        better = whole <= _MOST_LOSS and whole + _READ_APART < apart
        return (level, text + next_text) if better else None

    def _pieces(self, level: AddressLevel, text: str) -> tuple[tuple[AddressLevel, str], ...]:
        """Return a part, or the two names it is made of if that explains it better."""
        found = self._splits.get(text)
        if found is None:
            if len(self._splits) >= _CACHE_SIZE:
                self._splits.clear()
            found = self._splits[text] = self._split(level, text)
        return found

    def _split(self, level: AddressLevel, text: str) -> tuple[tuple[AddressLevel, str], ...]:
        if level is _L.LANE:
            road = self._names.roads.exact(text)
            return ((_L.ROAD if road else _L.LANE, text),)
        whole, named = self._best(text, (*_PLACES, _L.ROAD))
        if level in _LOOSE and whole <= _MOST_LOSS:
            return ((named, text),)
        if whole == 0.0 or len(text) < _SHORTEST_SPLIT:
            return ((level, text),)
        best: tuple[float, tuple[tuple[AddressLevel, str], ...]]
        best = (min(whole, _SPLIT_LOSS), ((level, text),))
        for cut in range(2, len(text) - 1):
            if not self._known(text[:cut], _PLACES) and not self._known(
                text[cut:], (*_PLACES[1:], _L.ROAD)
            ):
                continue  # one of the two is a name as it is written
            first, left = self._best(text[:cut], _PLACES)
            second, right = self._best(text[cut:], (*_PLACES[1:], _L.ROAD))
            loss = first + second + _READ_APART
            if loss < best[0]:
                best = (loss, ((left, text[:cut]), (right, text[cut:])))
        return best[1]

    def _best(self, text: str, levels: Sequence[AddressLevel]) -> tuple[float, AddressLevel]:
        """Return the least loss of a name at these levels, and the level."""
        best = (math.inf, levels[0])
        for level in levels:
            found = self._tables[level].match(text)
            if found and found[0][1].loss < best[0]:
                best = (found[0][1].loss, level)
                if best[0] == 0.0:
                    break
        return best

    def _known(self, text: str, levels: Sequence[AddressLevel]) -> bool:
        """Return whether a name stands just so in the gazetteer at one of these levels."""
        return any(self._tables[level].exact(text) for level in levels)

    def _match_roads(self, reading: Reading, names: Iterable[str]) -> None:
        for name in dict.fromkeys(names):
            reading.road_named = True
            reading.roads.extend(
                (road, how)
                for road, how in self._names.roads.match(name)[: 2 * _MOST_MEANINGS]
                if how.loss <= _MOST_LOSS
            )

    def _read_division(self, reading: Reading, level: AddressLevel, text: str) -> None:
        if any(text in name or name in text for name in self._names.home_names):
            reading.county = reading.county or level is _L.COUNTY
            return
        known = divisions().named(text)
        if not known:
            named = level is _L.COUNTY and text.endswith(_OWN_RANKS)
            slip = any(disagreement(text, name) <= _SPLIT_LOSS / 2 for name in self._home_tails())
            reading.foreign |= named and self._home_is_named and not slip
        elif self._home_codes:
            reading.foreign |= not any(
                home.startswith(each.code) for each in known for home in self._home_codes
            )
        elif self._home_is_named:
            reading.foreign |= level is not _L.PROVINCE

    def _home_tails(self) -> Iterator[str]:
        """Yield the last characters of our county's names, as texts name it."""
        for name in self._names.home_names:
            yield name_key(name)
            yield name_key(name)[-3:]

    def _read_places(
        self,
        reading: Reading,
        places: Sequence[tuple[AddressLevel, str]],
        road_names: list[str],
    ) -> None:
        """Give each name of a place the part that fits it: township, village or hamlet."""
        rest = list(places)
        self._read_township(reading, rest)
        self._read_village(reading, rest)
        for level, text in rest:
            if level is _L.GROUP and self._is_road(text):
                road_names.append(text)
            else:
                self._read_settlement(reading, level, text)

    def _is_road(self, text: str) -> bool:
        roads = self._names.roads.match(text)
        sounds = bool(roads) and roads[0][1].how is not Match.NEAR
        return sounds and not self._names.settlements.exact(text)

    def _read_township(self, reading: Reading, rest: list[tuple[AddressLevel, str]]) -> None:
        best: tuple[float, int, tuple[tuple[Unit, Agreement], ...]] | None = None
        for position, (level, text) in enumerate(rest):
            if level is _L.GROUP:
                continue
            found = self._names.townships.match(text)
            if not found and level is _L.TOWNSHIP:
                found = self._names.townships.match(township_stem(text))
            if not found:
                continue
            loss = found[0][1].loss + (0.0 if level is _L.TOWNSHIP else _WRONG_LEVEL)
            other = level is not _L.TOWNSHIP and bool(self._names.villages.exact(text))
            if not other and loss <= _MOST_LOSS - 2.0 and (best is None or loss < best[0]):
                best = loss, position, found
        if best is not None:
            del rest[best[1]]
            for unit, how in best[2]:
                reading.townships.setdefault(unit.code, how.loss)

    def _read_village(self, reading: Reading, rest: list[tuple[AddressLevel, str]]) -> None:
        best: tuple[float, int, list[tuple[Unit, Agreement]]] | None = None
        for position, (level, text) in enumerate(rest):
            found = [
                (unit, how)
                for unit, how in self._village_meanings(text)
                if not reading.townships or how.loss <= _MOST_LOSS
            ]
            if not found:
                continue
            loss = min(
                how.loss + min(reading.townships.get(unit.township or "", 5.0), 5.0)
                if reading.townships
                else how.loss
                for unit, how in found
            )
            hamlet = self._names.settlements.match(village_stem(text))
            if hamlet and hamlet[0][1].loss < found[0][1].loss:
                loss += _WRONG_LEVEL
                if hamlet[0][1].loss == 0.0:
                    continue
            if level is not _L.VILLAGE:
                loss += _WRONG_LEVEL
            if loss <= _MOST_LOSS + _WRONG_LEVEL and (best is None or loss < best[0]):
                best = loss, position, found
        if best is not None:
            del rest[best[1]]
            reading.village_units = best[2]
            for unit, how in best[2]:
                reading.villages[unit.code] = min(
                    how.loss, reading.villages.get(unit.code, math.inf)
                )

    def _village_meanings(self, text: str) -> tuple[tuple[Unit, Agreement], ...]:
        found = self._villages.get(text)
        if found is None:
            if len(self._villages) >= _CACHE_SIZE:
                self._villages.clear()
            found = self._villages[text] = tuple(self._villages_of(text))
        return found

    def _villages_of(self, text: str) -> list[tuple[Unit, Agreement]]:
        stem = village_stem(text)
        found = {id(unit): (unit, how) for unit, how in self._names.villages.match(stem)}
        if stem != text:
            for unit, how in self._names.villages.match(text):
                old = found.get(id(unit))
                if old is None or how.loss < old[1].loss:
                    found[id(unit)] = unit, how
        rank = next((rank for rank in _RANKS if text.endswith(rank)), "")
        meanings = [
            (unit, how)
            if not how.loss or unit.name.endswith(rank)
            else (unit, Agreement(how.how, how.loss + _OTHER_RANK))
            for unit, how in found.values()
        ]
        return sorted(meanings, key=lambda pair: pair[1].loss)[:_MOST_MEANINGS]

    def _read_settlement(self, reading: Reading, level: AddressLevel, text: str) -> None:
        """Read a natural village or a group of houses, by its name alone or behind a village."""
        if level is not _L.TOWNSHIP:
            reading.place_named = True
        for stem in dict.fromkeys((village_stem(text), village_stem(text).removeprefix("村"))):
            spots = [
                (spot, how)
                for spot, how in self._names.settlements.match(stem)
                if how.loss <= _MOST_LOSS and (not how.loss or not _COUNTED.match(spot.name))
            ]
            groups = [
                (group, how.loss)
                for group, how in self._group_names.match(stem)
                if how.loss <= _MOST_LOSS
            ]
            if spots or groups:
                spots.sort(key=lambda each: each[1].loss + reading.loss(*_codes(each[0])))
                groups.sort(key=lambda each: each[1] + reading.loss(*self._group_codes[each[0]]))
                reading.settlements.extend(spots[:_MOST_MEANINGS])
                reading.groups.extend(groups[:_MOST_MEANINGS])
                return
        reading.unread = True


def _codes(spot: Spot) -> tuple[str | None, str | None]:
    return spot.township, spot.grid


def _without_name(text: str) -> tuple[str, str]:
    """Return the name that was read together with a house number, and the number."""
    match = _NAME_BEFORE.match(text)
    return (match.group(), text[match.end() :]) if match else ("", text)


def _with_front(text: str, part: AddressPart) -> str:
    """Return a number with the mark before it, such as 甲 or 附."""
    front = text[part.start - 1 : part.start]
    return front + part.text if front in _FRONT_MARKS else part.text


def _metres(text: str) -> float:
    match = _LENGTH.match(text)
    if match is None:
        return 0.0
    return float(match[1]) * (1.0 if match[2].casefold() in ("米", "m") else 1_000.0)


def _home_codes(names: Sequence[str]) -> frozenset[str]:
    """Return the codes of the counties that the jurisdiction is named for."""
    return frozenset(
        each.code
        for name in names
        for stop in range(2, len(name) + 1)
        for start in range(stop - 1)
        for each in divisions().named(name[start:stop])
        if len(each.code) == 6 and not each.short
    )
