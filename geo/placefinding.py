"""Places of a text that holds no house number, or none that is known, from fine to coarse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from geo.address_reading import Reading
from geo.confidence import Evidence
from geo.divisions import divisions
from geo.doors import with_name_doubt
from geo.gazetteer import Gazetteer, Spot
from geo.messages import Message, message
from geo.model import AddressLevel, ParsedAddress, Point, Precision
from geo.nearby import M_PER_DEG
from geo.placenames import Match, township_stem, village_stem

__all__ = ["BESIDE_LOSS", "Found", "PlaceFinder"]

_L = AddressLevel
BESIDE_LOSS = 0.1
"""Loss of a point that the text is only near to: 旁, 对面."""

_ROUNDABOUT_LOSS = 0.3  # a point named together with its village
_OFFICE_LENGTH = 6  # a unit's name as long as this may be its office: 前洋村村民委员会
_HOPELESS = 12.0  # loss of a part of a road that the text does not mean
_CROSSING_DEG = 0.0008
_POINT_LEVELS = (_L.ESTATE, _L.POI, _L.SUBPOI)
_UNIT_LEVELS = (_L.TOWNSHIP, _L.VILLAGE, _L.GROUP)
_DIVISION_LEVELS = (_L.PROVINCE, _L.CITY, _L.COUNTY, _L.DEVELOPMENT_ZONE)
_JOINABLE = (*_POINT_LEVELS, *_UNIT_LEVELS, _L.ROAD, _L.BUILDING)
_WITHIN_M = 100.0
_HAMLET_WITHIN = 0.3  # share of a hamlet's doors within 100 m of its point
_VILLAGE_WITHIN = 0.1
_TOWNSHIP_WITHIN = 0.01


@dataclass(frozen=True, slots=True)
class Found:
    """A thing that the text may mean.

    ``loss`` is that of its names, ``size`` the houses it stands for; ``within`` is the chance
    that a door of it lies within 100 m of its point, ``coarse`` that the text names something
    finer. ``confidence`` is filled in by competition.
    """

    point: Point
    precision: Precision
    loss: float
    label: str
    reason: Message
    township: str | None
    grid: str | None
    size: float = 1.0
    within: float = 1.0
    coarse: bool = False
    evidence: Evidence | None = None
    confidence: float = 0.0


class PlaceFinder:
    """Finds points, roads, villages and townships in a gazetteer."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._names = gazetteer
        self._houses = _house_counts(gazetteer)
        self._in_grid = Counter(grid for _, grid in gazetteer.frontage.houses.codes)

    def levels(self, reading: Reading, parsed: ParsedAddress) -> Iterator[Iterable[Found]]:
        """Yield what a text may mean, level by level, the finest first."""
        yield self._crossings(reading)
        yield self._points(reading, parsed)
        yield self._on_roads(reading)
        yield self._settled(reading)
        yield self._villages(reading)
        yield self._townships(reading)
        yield self._county(reading)

    def _crossings(self, reading: Reading) -> Iterator[Found]:
        """Yield where two roads of the text meet, if it names no house number."""
        exact = [road for road, how in reading.roads if how.how is not Match.NEAR]
        names = list(dict.fromkeys(road.name for road in exact))
        if len(names) != 2 or reading.number is not None:
            return
        first, second = ([road for road in exact if road.name == name] for name in names)
        for one in first:
            tree = cKDTree(one.samples)
            for other in second:
                gap, _ = tree.query(other.samples)
                at = int(gap.argmin())
                if gap[at] > _CROSSING_DEG:
                    continue
                codes = next(key for key, members in other.within.items() if at in members)
                lon, lat = other.samples[at].tolist()
                yield Found(
                    Point(lon, lat),
                    Precision.POI,
                    reading.loss(*codes),
                    self.label(*codes, f"{one.name}与{other.name}交叉口"),
                    message("两条道路的交叉口"),
                    *codes,
                )

    def _points(self, reading: Reading, parsed: ParsedAddress) -> Iterator[Found]:
        """Yield estates and named points that the text names."""
        best: dict[Spot, tuple[float, Match]] = {}
        for name, loss in self._point_names(reading, parsed):
            for spot, how in self._names.spots.match(name):
                if how.how is Match.NEAR and (loss or len(name) < _OFFICE_LENGTH - 1):
                    continue  # short names that differ in a character are other places
                total = loss + how.loss + reading.loss(spot.township, spot.grid)
                if spot not in best or total < best[spot][0]:
                    best[spot] = total, how.how
        for spot, (loss, how_named) in best.items():
            yield Found(
                reading.shifted(spot.point),
                Precision.POI,
                loss + (BESIDE_LOSS if reading.beside else 0.0),
                self.label(spot.township, spot.grid, spot.name),
                with_name_doubt(message("名称与地名库一致"), how_named),
                spot.township,
                spot.grid,
            )

    def _point_names(self, reading: Reading, parsed: ParsedAddress) -> Iterator[tuple[str, float]]:
        """Yield the writings of a point's name: alone, with its neighbours, with its unit."""
        tail = ""
        for part in parsed.parts:
            tail = tail + part.text if part.level in _JOINABLE else ""
            if part.level in _UNIT_LEVELS and len(part.text) >= _OFFICE_LENGTH:
                yield part.text, 0.0
            if tail != part.text and self._names.spots.exact(tail):
                yield tail, 0.0
            strange = part.level in _DIVISION_LEVELS and not divisions().named(part.text)
            if len(part.text) < 2 or not (part.level in _POINT_LEVELS or strange):
                continue  # a strange division may be a local name
            yield part.text, 0.0
            for unit, how in reading.village_units:
                if how.loss == 0.0:
                    yield village_stem(unit.name) + part.text, _ROUNDABOUT_LOSS
                    yield unit.name + part.text, _ROUNDABOUT_LOSS
            for code, loss in reading.townships.items():
                name = self._names.township_names.get(code, "")
                if loss == 0.0:
                    yield township_stem(name) + part.text, _ROUNDABOUT_LOSS
                    yield name + part.text, _ROUNDABOUT_LOSS

    def _on_roads(self, reading: Reading) -> Iterator[Found]:
        """Yield for each road the middle of its part in each village."""
        for road, how in reading.roads:
            houses = self._houses.get(road.index, {})
            for codes, members in road.within.items():
                loss = how.loss + reading.loss(*codes)
                if loss > _HOPELESS:
                    continue
                points = road.samples[members]
                away = np.hypot(*(points - points.mean(axis=0)).T)
                middle = int(away.argmin())
                lon, lat = points[middle].tolist()
                near = float((away <= _WITHIN_M / M_PER_DEG).mean())
                reason = (
                    message("只定位到道路，门牌不在地名库中")
                    if reading.number
                    else message("只定位到道路")
                )
                yield Found(
                    Point(lon, lat),
                    Precision.ROAD,
                    loss,
                    self.label(*codes, road.name),
                    with_name_doubt(reason, how.how),
                    *codes,
                    size=houses.get(codes, 0) + 0.2,
                    within=near,
                )

    def _settled(self, reading: Reading) -> Iterator[Found]:
        for spot, how in reading.settlements:
            village = spot.precision is Precision.VILLAGE
            yield Found(
                spot.point,
                spot.precision,
                how.loss + reading.loss(spot.township, spot.grid),
                self.label(spot.township, spot.grid, spot.name),
                with_name_doubt(message("只定位到自然村或居民点"), how.how),
                spot.township,
                spot.grid if village else None,
                within=_HAMLET_WITHIN,
            )

    def _villages(self, reading: Reading) -> Iterator[Found]:
        same = sum(how.loss == 0.0 for _, how in reading.village_units)
        missed = reading.road_named and not reading.roads
        for unit, how in reading.village_units:
            if same > 1:
                reason = message("只定位到村（社区），同名 %(count)d 处", count=same)
            else:
                reason = message("只定位到村（社区）")
            yield Found(
                unit.point,
                Precision.VILLAGE,
                reading.loss(unit.township, unit.code) + (_ROUNDABOUT_LOSS if missed else 0.0),
                self.label(unit.township, unit.code),
                with_name_doubt(reason, how.how),
                unit.township,
                unit.code,
                size=1.0 + self._in_grid.get(unit.code, 0),
                within=_VILLAGE_WITHIN,
            )

    def _townships(self, reading: Reading) -> Iterator[Found]:
        finer = reading.road_named or reading.place_named or bool(reading.villages)
        for code, loss in reading.townships.items():
            for unit in self._names.townships.exact(self._names.township_names.get(code, "")):
                if unit.code == code:
                    yield Found(
                        unit.point,
                        Precision.TOWNSHIP,
                        loss,
                        unit.name,
                        message("只定位到乡镇（街道）"),
                        code,
                        None,
                        within=_TOWNSHIP_WITHIN,
                        coarse=finer,
                    )

    def _county(self, reading: Reading) -> Iterator[Found]:
        if reading.county and self._names.home:
            yield Found(
                self._names.home,
                Precision.COUNTY,
                0.0,
                self._names.home_names[0],
                message("只定位到县（区）"),
                None,
                None,
                within=_TOWNSHIP_WITHIN,
                coarse=bool(reading.townships or reading.villages or reading.road_named),
            )

    def label(self, township: str | None, grid: str | None, *names: str) -> str:
        """Return how a place is told: its township and village, then names in them."""
        units = (
            self._names.township_names.get(township or "", ""),
            self._names.grid_names.get(grid or "", ""),
        )
        return "".join((*units, *names))


def _house_counts(names: Gazetteer) -> dict[int, dict[tuple[str | None, str | None], int]]:
    """Return how many houses stand along each road, by township and grid."""
    found: dict[int, dict[tuple[str | None, str | None], int]] = {}
    houses = names.frontage.houses
    for road, codes in zip(houses.road.tolist(), houses.codes, strict=True):
        if road >= 0:
            here = found.setdefault(road, {})
            here[codes] = here.get(codes, 0) + 1
    return found
