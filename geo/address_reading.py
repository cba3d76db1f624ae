"""What the larger units, roads and numbers of a parsed address mean in one district."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from geo.divisions import divisions
from geo.gazetteer import Gazetteer, Road, Spot, Unit
from geo.model import AddressLevel, ParsedAddress, Point
from geo.placenames import HouseKey, Match, house_key, name_key, township_stem, village_stem

__all__ = ["AGREES", "AddressReader", "Reading"]

_L = AddressLevel
AGREES = {Match.EXACT: 1.0, Match.SOUND: 0.85, Match.NEAR: 0.7}
"""How far a name that agrees in this way may be trusted."""
_ELSEWHERE = 0.1  # fits neither township nor village of the text
_SAME_TOWNSHIP = 0.4  # right township, another village than the text says
_COMPASS = re.compile("[东南西北]")
_STEPS = {"东": (1.0, 0.0), "西": (-1.0, 0.0), "北": (0.0, 1.0), "南": (0.0, -1.0)}
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)(米|公里|千米|[kK]?[mM])")
_FARTHEST_M = 3_000.0
_M_PER_DEG = 111_320.0
_OWN_RANKS = ("区", "县", "市", "旗")


@dataclass(slots=True)
class Reading:
    """What a text says, with the things its names may mean and how far each agrees.

    ``foreign`` marks a text that names another county; ``county`` one that names ours.
    """

    townships: dict[str, float] = field(default_factory=dict)
    villages: list[tuple[Unit, float]] = field(default_factory=list)
    settlements: list[tuple[Spot, float]] = field(default_factory=list)
    roads: list[tuple[Road, float]] = field(default_factory=list)
    road_names: list[str] = field(default_factory=list)
    place_names: list[str] = field(default_factory=list)
    number: HouseKey | None = None
    group: Spot | None = None
    beside: bool = False
    compass: str = ""
    away_m: float = 0.0
    foreign: bool = False
    county: bool = False

    def fits(self, township: str | None, grid: str | None) -> float:
        """Return how well a position agrees with the township and village of the text."""
        best = 1.0
        if self.villages:
            best = max((share for unit, share in self.villages if unit.code == grid), default=0.0)
            same = any(unit.township == township for unit, _ in self.villages)
            best = max(best, _SAME_TOWNSHIP if same else _ELSEWHERE)
        if self.townships and township not in self.townships:
            best = min(best, _ELSEWHERE)
        elif self.townships and self.villages:
            best = max(best, _SAME_TOWNSHIP * self.townships[township or ""])
        return best

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
        degrees = self.away_m / length / _M_PER_DEG
        squeeze = math.cos(math.radians(point.lat))
        return Point(point.lon + east * degrees / squeeze, point.lat + north * degrees)


class AddressReader:
    """Resolves the names of parsed addresses in one gazetteer."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._names = gazetteer
        self._streets = gazetteer.road_doors
        self._home_codes = _home_codes(gazetteer.home_names)
        self._home_is_named = any(
            name.endswith(_OWN_RANKS) and not name.endswith("辖区") for name in gazetteer.home_names
        )

    def read(self, parsed: ParsedAddress) -> Reading:
        """Resolve the larger units and roads that a text names."""
        reading = Reading()
        before = lane = ""
        for part in parsed.parts:
            match part.level:
                case _L.PROVINCE | _L.CITY | _L.COUNTY:
                    self._read_division(reading, part.level, part.text)
                case _L.TOWNSHIP if not reading.townships:
                    self._read_township(reading, part.text)
                case _L.TOWNSHIP | _L.VILLAGE:
                    self._read_village(reading, part.text)
                case _L.GROUP:
                    self._read_group(reading, part.text)
                case _L.ROAD:
                    reading.road_names.append(part.text)
                case _L.LANE:
                    lane = part.text
                    self._read_lane(reading, before + lane)
                case _L.NUMBER if reading.number is None:
                    reading.number = house_key(part.text)
                case _L.DIRECTION:
                    reading.beside = True
                    reading.compass = "".join(_COMPASS.findall(part.text))
                case _L.DISTANCE if reading.compass:
                    reading.away_m = _metres(part.text)
                case _L.BUILDING if reading.number is None and name_key(before) in self._streets:
                    reading.road_names.append(before)
                    reading.number = house_key(part.text)
            before = part.text
        if lane and reading.road_names:
            joined = reading.road_names[-1] + lane
            if self._names.roads.exact(joined):
                reading.road_names[-1] = joined
            elif not reading.road_names[-1].endswith(lane):
                reading.number = house_key(lane)
        elif lane and self._names.roads.exact(lane):
            reading.road_names.append(lane)
        self._match_roads(reading)
        if 1.0 in reading.townships.values():  # ours, under a county's former name
            reading.foreign = False
        return reading

    def _match_roads(self, reading: Reading) -> None:
        for name in reading.road_names:
            found = self._names.roads.match(name)
            if found:
                reading.roads.extend((road, AGREES[found[0]]) for road in found[1])

    def _read_lane(self, reading: Reading, name: str) -> None:
        """Take a lane with the word before it as the name of a road, if it is one."""
        found = self._names.roads.match(name)
        if found and found[0] is not Match.NEAR:
            reading.road_names.append(name)

    def _read_division(self, reading: Reading, level: AddressLevel, text: str) -> None:
        if any(text in name or name in text for name in self._names.home_names):
            reading.county = reading.county or level is _L.COUNTY
            return
        known = divisions().named(text)
        if not known:
            named = level is _L.COUNTY and text.endswith(_OWN_RANKS)
            reading.foreign |= named and self._home_is_named
        elif self._home_codes:
            reading.foreign |= not any(
                home.startswith(each.code) for each in known for home in self._home_codes
            )
        elif self._home_is_named:
            reading.foreign |= level is not _L.PROVINCE

    def _read_township(self, reading: Reading, text: str) -> None:
        found = self._names.townships.match(text) or self._names.townships.match(
            township_stem(text)
        )
        if found:
            how, units = found
            reading.townships = {unit.code: AGREES[how] for unit in units}
        elif settled := self._names.settlements.exact(text):
            reading.settlements.extend((spot, 1.0) for spot in settled)

    def _read_village(self, reading: Reading, text: str) -> None:
        stem = village_stem(text)
        reading.place_names.append(stem)
        found = self._names.villages.match(text)
        if found is None or found[0] is not Match.EXACT:
            found = self._names.villages.match(stem) or found
        if found is None or found[0] is Match.NEAR:
            self._read_settlement(reading, text)
        if found:
            how, units = found
            at_home = [unit for unit in units if unit.township in reading.townships]
            fitting = at_home if at_home else units
            share = AGREES[how] * (1.0 if at_home or not reading.townships else 0.5)
            reading.villages.extend((unit, share) for unit in fitting)
            if not at_home and reading.townships:
                reading.townships.update({unit.township or "": 0.5 for unit in units})

    def _read_group(self, reading: Reading, text: str) -> None:
        road = self._names.roads.match(text)
        if road and road[0] is not Match.NEAR and not self._names.settlements.exact(text):
            reading.road_names.append(text)
        elif not self._read_settlement(reading, text) and not reading.villages:
            self._read_village(reading, text)

    def _read_settlement(self, reading: Reading, text: str) -> bool:
        for stem in dict.fromkeys((village_stem(text), village_stem(text).removeprefix("村"))):
            found = self._names.settlements.match(stem)
            if found:
                how, spots = found
                grids = {unit.code for unit, _ in reading.villages}
                spots = tuple(spot for spot in spots if spot.grid in grids) or spots
                reading.settlements.extend((spot, AGREES[how]) for spot in spots)
                if len(spots) == 1:
                    reading.group = spots[0]
                break
        else:
            stem = village_stem(text)
        reading.place_names.append(stem)
        return found is not None


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
