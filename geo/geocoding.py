"""Address texts into ranked candidates, offline: doors, points, roads, villages, townships.

Each way to read a text makes candidates of one precision. A candidate's confidence is a base
probability for its precision (``_RIGHT``), times how well its name agrees, times its share among
things of the same name, times how well it fits the township and village that the text names.
Coarser readings are tried until one is more likely right than wrong: a village is surer than a
door, but says less.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from geo.address_reading import AGREES, AddressReader, Reading
from geo.addresses import parse
from geo.doors import distance_m, find_door
from geo.gazetteer import Door, Gazetteer, Road, Spot
from geo.messages import Message, message
from geo.model import (
    AddressLevel,
    AreaKind,
    Candidate,
    Geocode,
    ParsedAddress,
    Point,
    Precision,
)
from geo.placenames import Match, name_key, township_stem, village_stem
from geo.ports import AreaIndex, ProgressListener

__all__ = ["OfflineGeocoder"]

_L = AddressLevel
_RIGHT = {
    Precision.DOOR: 0.96,
    Precision.INTERPOLATED: 0.92,
    Precision.POI: 0.92,
    Precision.ROAD: 0.9,
    Precision.VILLAGE: 0.92,
    Precision.TOWNSHIP: 0.94,
    Precision.COUNTY: 0.9,
}
_BESIDE = 0.92  # "near", "opposite" and the like
_LEAST = 0.02
_ENOUGH = 0.5
_GROUP_M = 300.0
_OFFICE_LENGTH = 6  # a unit's name as long as this may be its office: 前洋村村民委员会
_SAME_PLACE_DEG = 0.0005
_CROSSING_DEG = 0.0008
_PROGRESS_EVERY = 200
_POINT_LEVELS = (_L.ESTATE, _L.POI)
_UNIT_LEVELS = (_L.TOWNSHIP, _L.VILLAGE, _L.GROUP)
_JOINABLE = (*_POINT_LEVELS, *_UNIT_LEVELS, _L.ROAD, _L.BUILDING)
_GAP = re.compile(r"(?<=[一-龥])(?:\s+(?=[一-龥])|[(（][^()（）]*[)）](?=村|社区|镇|乡|街道))")


@dataclass(frozen=True, slots=True)
class _Found:
    """A thing that the text may mean, before it competes with others."""

    point: Point
    precision: Precision
    weight: float
    label: str
    reason: Message
    township: str | None
    grid: str | None
    located: bool = True


class OfflineGeocoder:
    """Finds address texts in a gazetteer; implements :class:`geo.ports.Geocoder`.

    Parameters
    ----------
    gazetteer
        Names of the district.
    areas
        Areas that name township and grid of computed points.
    """

    def __init__(self, gazetteer: Gazetteer, areas: AreaIndex) -> None:
        self._names = gazetteer
        self._areas = areas
        self._reader = AddressReader(gazetteer)

    def geocode(self, text: str, *, limit: int = 5) -> Geocode:
        """Return up to ``limit`` candidates, the most likely first.

        A text that names another county, or nothing that is known, has no candidates.
        """
        return self.geocode_many((text,), limit=limit)[0]

    def geocode_many(
        self, texts: Iterable[str], *, limit: int = 5, progress: ProgressListener | None = None
    ) -> list[Geocode]:
        """Return one answer a text, in order; equal texts are looked up once."""
        asked = list(texts)
        position: dict[str, int] = {}
        parsed: list[ParsedAddress] = []
        found: list[list[_Found]] = []
        for done, text in enumerate(asked, start=1):
            if text not in position:
                position[text] = len(parsed)
                parsed.append(parse(text, names=self._names.local_names))
                found.append(self._answer(parsed[-1], limit))
            if progress and (done % _PROGRESS_EVERY == 0 or done == len(asked)):
                progress(done, len(asked))
        self._locate(found)
        answers = [
            Geocode(address, tuple(_candidate(each) for each in candidates))
            for address, candidates in zip(parsed, found, strict=True)
        ]
        return [answers[position[text]] for text in asked]

    def _locate(self, found: Sequence[list[_Found]]) -> None:
        """Fill in the area codes of computed points, all at once."""
        where = [
            (row, index)
            for row, candidates in enumerate(found)
            for index, each in enumerate(candidates)
            if not each.located
        ]
        points = [found[row][index].point for row, index in where]
        lonlat = np.array([(point.lon, point.lat) for point in points]).reshape(-1, 2)
        townships = self._areas.code_at(lonlat, kind=AreaKind.TOWNSHIP)
        grids = self._areas.code_at(lonlat, kind=AreaKind.GRID)
        for (row, index), township, grid in zip(where, townships, grids, strict=True):
            each = found[row][index]
            found[row][index] = replace(each, township=township or each.township, grid=grid)

    def _answer(self, parsed: ParsedAddress, limit: int) -> list[_Found]:
        """Return the candidates of a text, or of the text without gaps if that says more."""
        found = self._compete(parsed, limit)
        closed = _GAP.sub("", parsed.text)
        if closed == parsed.text:
            return found
        other = self._compete(parse(closed, names=self._names.local_names), limit)
        return max(found, other, key=_telling)

    def _compete(self, parsed: ParsedAddress, limit: int) -> list[_Found]:
        """Return the candidates of a text with the confidence as weight, best first."""
        reading = self._reader.read(parsed)
        if reading.foreign or limit < 1:
            return []
        ranked: list[_Found] = []
        levels = (
            self._doors(reading),
            self._crossings(reading),
            self._points(reading, parsed),
            self._on_roads(reading),
            self._settled(reading),
            self._villages(reading),
            self._townships(reading),
            self._county(reading),
        )
        for level in levels:
            fresh = list(_distinct(level, ranked))
            if not fresh:
                continue
            top = max(each.weight for each in fresh)
            share = sum(each.weight for each in fresh if each.weight >= top / 2)
            scale = 1.0 / max(share, 1.0)
            scored = [
                replace(each, weight=each.weight * scale * _RIGHT[each.precision]) for each in fresh
            ]
            ranked.extend(each for each in scored if each.weight >= _LEAST)
            if max(each.weight for each in scored) >= _ENOUGH:
                break
        ranked.sort(key=lambda each: -each.weight)
        return ranked[:limit]

    def _doors(self, reading: Reading) -> Iterator[_Found]:
        """Yield doors of the number, else places between its neighbours."""
        if reading.number is None:
            return
        named = {name_key(road.name): share for road, share in reading.roads}
        keys = dict.fromkeys((*map(name_key, reading.road_names), *named))
        for key in keys:
            doors = self._names.road_doors.get(key, ())
            roads = [road for road, _ in reading.roads if name_key(road.name) == key]
            weights = [reading.fits(door.township, door.grid) for door in doors]
            yield from self._numbered(reading, doors, weights, roads, key, named.get(key, 1.0))
        if keys:
            return
        name = reading.place_names[-1] if reading.place_names else ""
        doors = self._names.village_doors.get(name, ())
        if doors:
            weights = [reading.fits(door.township, door.grid) for door in doors]
            yield from self._numbered(reading, doors, weights, (), name, 1.0)
            return
        doors = tuple(
            door
            for unit, _ in reading.villages
            for door in self._names.grid_doors.get(unit.code, ())
        )
        group = reading.group
        if group is not None:  # its numbers are not the village's: a door must stand nearby
            doors = tuple(door for door in doors if distance_m(door.point, group.point) < _GROUP_M)
        weights = [reading.fits(door.township, door.grid) for door in doors]
        for found in self._numbered(reading, doors, weights, (), name, 1.0):
            if group is None or found.precision is Precision.DOOR:
                yield found

    def _numbered(
        self,
        reading: Reading,
        doors: Sequence[Door],
        weights: Sequence[float],
        roads: Sequence[Road],
        name: str,
        share: float,
    ) -> Iterator[_Found]:
        """Yield the number's place among these doors."""
        if reading.number is None:
            return
        for found in find_door(doors, weights, reading.number, roads):
            yield _Found(
                found.point,
                found.precision,
                found.weight * share,
                self._label(found.township, found.grid, name, str(reading.number)),
                found.reason,
                found.township,
                found.grid,
                located=found.precision is Precision.DOOR,
            )

    def _crossings(self, reading: Reading) -> Iterator[_Found]:
        """Yield where two roads of the text meet, if it names no house number."""
        names = list(dict.fromkeys(road.name for road, _ in reading.roads))
        if len(names) != 2 or reading.number is not None:
            return
        first, second = (
            [(road, share) for road, share in reading.roads if road.name == name] for name in names
        )
        for one, share in first:
            tree = cKDTree(one.samples)
            for other, other_share in second:
                gap, _ = tree.query(other.samples)
                at = int(gap.argmin())
                if gap[at] > _CROSSING_DEG:
                    continue
                codes = next(key for key, members in other.within.items() if at in members)
                lon, lat = other.samples[at].tolist()
                yield _Found(
                    Point(lon, lat),
                    Precision.POI,
                    share * other_share * reading.fits(*codes),
                    self._label(*codes, f"{one.name}与{other.name}交叉口"),
                    message("两条道路的交叉口"),
                    *codes,
                )

    def _points(self, reading: Reading, parsed: ParsedAddress) -> Iterator[_Found]:
        """Yield estates and named points that the text names."""
        best: dict[Spot, float] = {}
        how_of: dict[Spot, Match] = {}
        for name, share in self._point_names(reading, parsed):
            found = self._names.spots.match(name)
            if not found:
                continue
            how, spots = found
            if how is Match.NEAR and share < 1.0:
                continue
            for spot in spots:
                weight = share * AGREES[how] * reading.fits(spot.township, spot.grid)
                if weight > best.get(spot, 0.0):
                    best[spot], how_of[spot] = weight, how
        for spot, weight in best.items():
            point = reading.shifted(spot.point)
            yield _Found(
                point,
                Precision.POI,
                weight * (_BESIDE if reading.beside else 1.0),
                self._label(spot.township, spot.grid, spot.name),
                _NAME_REASONS[how_of[spot]],
                spot.township,
                spot.grid,
            )

    def _point_names(self, reading: Reading, parsed: ParsedAddress) -> Iterator[tuple[str, float]]:
        """Yield the writings of a point's name: alone, with its neighbours, with its unit."""
        tail = ""
        for part in parsed.parts:
            tail = tail + part.text if part.level in _JOINABLE else ""
            if part.level in _UNIT_LEVELS and len(part.text) >= _OFFICE_LENGTH:
                yield part.text, 1.0
            if tail != part.text and self._names.spots.exact(tail):
                yield tail, 1.0
            if part.level not in _POINT_LEVELS or len(part.text) < 2:
                continue
            yield part.text, 1.0
            for unit, _ in reading.villages:
                yield village_stem(unit.name) + part.text, 0.9
                yield unit.name + part.text, 0.9
            for code in reading.townships:
                name = self._names.township_names.get(code, "")
                yield township_stem(name) + part.text, 0.9
                yield name + part.text, 0.9
        for name in reading.road_names:
            yield name, 0.9

    def _on_roads(self, reading: Reading) -> Iterator[_Found]:
        """Yield the middle of each road's part that fits best."""
        for road, share in reading.roads:
            fits = {codes: reading.fits(*codes) for codes in road.within}
            best = max(fits.values())
            fitting = [codes for codes, fit in fits.items() if fit == best]
            members = np.concatenate([road.within[codes] for codes in fitting])
            points = road.samples[members]
            middle = int(np.hypot(*(points - points.mean(axis=0)).T).argmin())
            townships = {township for township, _ in fitting}
            grids = {grid for _, grid in fitting}
            township = townships.pop() if len(townships) == 1 else None
            lon, lat = points[middle].tolist()
            yield _Found(
                Point(lon, lat),
                Precision.ROAD,
                share * best,
                self._label(township, None, road.name),
                message("只定位到道路，门牌不在地名库中")
                if reading.number
                else message("只定位到道路"),
                township,
                grids.pop() if len(grids) == 1 else None,
            )

    def _settled(self, reading: Reading) -> Iterator[_Found]:
        for spot, share in reading.settlements:
            yield _Found(
                spot.point,
                spot.precision,
                share * reading.fits(spot.township, spot.grid),
                self._label(spot.township, spot.grid, spot.name),
                message("只定位到自然村或居民点"),
                spot.township,
                spot.grid if spot.precision is Precision.VILLAGE else None,
            )

    def _villages(self, reading: Reading) -> Iterator[_Found]:
        for unit, share in reading.villages:
            if len(reading.villages) > 1:
                reason = message(
                    "只定位到村（社区），同名 %(count)d 处", count=len(reading.villages)
                )
            else:
                reason = message("只定位到村（社区）")
            label = self._label(unit.township, unit.code)
            weight = share * min(1.0, reading.townships.get(unit.township or "", 1.0) + 0.15)
            yield _Found(
                unit.point, Precision.VILLAGE, weight, label, reason, unit.township, unit.code
            )

    def _townships(self, reading: Reading) -> Iterator[_Found]:
        for code, share in reading.townships.items():
            for unit in self._names.townships.exact(self._names.township_names.get(code, "")):
                if unit.code == code:
                    yield _Found(
                        unit.point,
                        Precision.TOWNSHIP,
                        share,
                        unit.name,
                        message("只定位到乡镇（街道）"),
                        code,
                        None,
                    )

    def _county(self, reading: Reading) -> Iterator[_Found]:
        if reading.county and self._names.home:
            yield _Found(
                self._names.home,
                Precision.COUNTY,
                1.0,
                self._names.home_names[0],
                message("只定位到县（区）"),
                None,
                None,
            )

    def _label(self, township: str | None, grid: str | None, *names: str) -> str:
        units = (
            self._names.township_names.get(township or "", ""),
            self._names.grid_names.get(grid or "", ""),
        )
        return "".join((*units, *names))


_NAME_REASONS = {
    Match.EXACT: message("名称与地名库一致"),
    Match.SOUND: message("名称与地名库读音相同、用字不同，请核对"),
    Match.NEAR: message("名称与地名库相差一两个字，请核对"),
}


def _distinct(level: Iterable[_Found], before: Sequence[_Found]) -> Iterator[_Found]:
    """Yield what stands at no place of the same precision that was seen already."""
    seen = list(before)
    for each in sorted(level, key=lambda found: -found.weight):
        near = any(
            other.precision is each.precision
            and abs(other.point.lon - each.point.lon) < _SAME_PLACE_DEG
            and abs(other.point.lat - each.point.lat) < _SAME_PLACE_DEG
            for other in seen
        )
        if not near:
            seen.append(each)
            yield each


def _telling(found: Sequence[_Found]) -> tuple[float, int]:
    """Return how much an answer says: by its likelihood, then by its precision."""
    if not found:
        return 0.0, 0
    fineness = len(_RIGHT) - list(_RIGHT).index(found[0].precision)
    return fineness * found[0].weight, fineness


def _candidate(found: _Found) -> Candidate:
    return Candidate(
        found.point,
        found.precision,
        round(min(found.weight, 1.0), 3),
        found.label,
        found.reason,
        found.township,
        found.grid,
    )
