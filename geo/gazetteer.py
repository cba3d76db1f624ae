"""Names known offline: areas, settlements, roads with their course, doors, named points."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from geo.addresses import LocalNames
from geo.model import AddressLevel, Area, AreaKind, Floats, GazetteerEntry, Ints, Point, Precision
from geo.network import RoadNetwork
from geo.osmfile import OsmFeatures
from geo.placenames import (
    HouseKey,
    NameTable,
    house_key,
    name_key,
    township_stem,
    village_stem,
)
from geo.ports import AreaIndex

__all__ = ["Door", "Gazetteer", "Road", "Spot", "Unit", "build_gazetteer"]

_TOWNS = frozenset(("city", "town", "municipality", "borough"))
_WIDER = frozenset(("county", "district", "region", "province", "state", "country", "island"))
_SAMPLE_DEG = 0.0005  # about 50 m
_SAME_ROAD_DEG = 0.003  # pieces of one name nearer than about 300 m are one road
_NUMBER_LIST = re.compile(r"[;；,，、/]")


@dataclass(frozen=True, slots=True)
class Unit:
    """A township or village-level unit, with the point that stands for it."""

    code: str
    name: str
    township: str | None
    point: Point


@dataclass(frozen=True, slots=True)
class Spot:
    """A named point with the areas that hold it."""

    name: str
    point: Point
    precision: Precision
    township: str | None = None
    grid: str | None = None


@dataclass(frozen=True, slots=True)
class Door:
    """A house number with its position and the areas that hold it."""

    key: HouseKey
    point: Point
    township: str | None = None
    grid: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Road:
    """One road: pieces of one name that hang together.

    Parameters
    ----------
    name
        Its name.
    samples
        Points along it, at most about 50 m apart, shape (n, 2).
    within
        Positions in ``samples`` for each pair of township and grid code that it crosses.
    course
        Its lines, in degrees; empty where only a point is known.
    """

    name: str
    samples: Floats
    within: Mapping[tuple[str | None, str | None], Ints]
    course: tuple[BaseGeometry, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Gazetteer:
    """All names of one district, by level. Built by :func:`build_gazetteer`.

    Doors are listed by road name (``road_doors``), by settlement name (``village_doors``) and,
    if they stand on no road, by grid code (``grid_doors``).
    """

    home_names: tuple[str, ...] = ()
    home: Point | None = None
    townships: NameTable[Unit] = field(default_factory=NameTable)
    villages: NameTable[Unit] = field(default_factory=NameTable)
    settlements: NameTable[Spot] = field(default_factory=NameTable)
    spots: NameTable[Spot] = field(default_factory=NameTable)
    roads: NameTable[Road] = field(default_factory=NameTable)
    road_doors: Mapping[str, tuple[Door, ...]] = field(default_factory=dict)
    village_doors: Mapping[str, tuple[Door, ...]] = field(default_factory=dict)
    grid_doors: Mapping[str, tuple[Door, ...]] = field(default_factory=dict)
    local_names: LocalNames = field(default_factory=lambda: LocalNames({}))
    township_names: Mapping[str, str] = field(default_factory=dict)
    grid_names: Mapping[str, str] = field(default_factory=dict)


def build_gazetteer(
    *,
    features: OsmFeatures,
    network: RoadNetwork,
    areas: AreaIndex,
    entries: Sequence[GazetteerEntry] = (),
) -> Gazetteer:
    """Gather the names of a district from its road file, its areas and the court's own table.

    Parameters
    ----------
    features
        House numbers, places and points of use.
    network
        Roads with their names and course.
    areas
        Jurisdiction, townships and grids; any of them may be missing.
    entries
        The court's own names; an alias leads to the same place as the name.
    """
    building = _Building(areas)
    building.add_units()
    building.add_roads(network)
    building.add_features(features)
    building.add_entries(entries)
    return building.gazetteer()


class _Building:
    """The tables while they are filled."""

    def __init__(self, areas: AreaIndex) -> None:
        self._areas = areas
        self._townships: dict[str, Unit] = {}
        self._grids: dict[str, Unit] = {}
        self._unit_names: list[tuple[AreaKind, str, str]] = []
        self._settlements: NameTable[Spot] = NameTable()
        self._spots: NameTable[Spot] = NameTable()
        self._roads: NameTable[Road] = NameTable()
        self._road_doors: dict[str, list[Door]] = {}
        self._village_doors: dict[str, list[Door]] = {}
        self._grid_doors: dict[str, list[Door]] = {}
        self._local: dict[str, AddressLevel] = {}
        self._local_roads: list[str] = []
        self._local_spots: list[tuple[str, AddressLevel]] = []

    def _codes(self, lonlat: Floats) -> list[tuple[str | None, str | None]]:
        """Return township and grid code of each point; a grid tells the township if need be."""
        townships = self._areas.code_at(lonlat, kind=AreaKind.TOWNSHIP)
        grids = self._areas.code_at(lonlat, kind=AreaKind.GRID)
        return [
            (self._grids[grid].township if township is None and grid else township, grid)
            for township, grid in zip(townships, grids, strict=True)
        ]

    def add_units(self) -> None:
        """Add townships and village-level units by their areas."""
        for area in self._areas.areas(AreaKind.TOWNSHIP):
            self._townships[area.code] = Unit(area.code, area.name, area.code, _inside(area))
            self._unit_names.append((AreaKind.TOWNSHIP, area.name, area.code))
        grids = self._areas.areas(AreaKind.GRID)
        points = [_inside(area) for area in grids]
        holding = self._areas.code_at(_lonlat(points), kind=AreaKind.TOWNSHIP)
        for area, point, township in zip(grids, points, holding, strict=True):
            parent = area.parent_code if area.parent_code in self._townships else township
            self._grids[area.code] = Unit(area.code, area.name, parent, point)
            self._unit_names.append((AreaKind.GRID, area.name, area.code))

    def add_roads(self, network: RoadNetwork) -> None:
        """Add the named roads with their course, pieces of one name joined where they meet."""
        every = network.lines()
        rows = np.flatnonzero((network.name_id > 0) & (shapely.length(every) > 0.0))
        if not len(rows):
            return
        lines = every[rows]
        samples, piece = shapely.get_coordinates(
            shapely.segmentize(lines, _SAMPLE_DEG), return_index=True
        )
        codes = self._codes(samples)
        part = _clusters(samples, network.name_id[rows][piece])
        order = np.argsort(part, kind="stable")
        for here in np.split(order, np.flatnonzero(np.diff(part[order])) + 1):
            name = network.names[network.name_id[rows[piece[here[0]]]]]
            course = tuple(lines[np.unique(piece[here])])
            road = _road(name, samples[here], [codes[i] for i in here.tolist()], course)
            self._roads.add((name,), road)
            self._local_roads.append(name)

    def add_features(self, features: OsmFeatures) -> None:
        """Add doors, settlements and named points of the road file."""
        houses = features.house_numbers
        points = [Point(house.lon, house.lat) for house in houses]
        for house, point, (township, grid) in zip(
            houses, points, self._codes(_lonlat(points)), strict=True
        ):
            for number in _NUMBER_LIST.split(house.number):
                self._add_door(house.street, house.place, number, point, township, grid)
        places = [place for place in features.places if place.kind not in _WIDER]
        points = [Point(place.lon, place.lat) for place in places]
        for place, point, codes in zip(places, points, self._codes(_lonlat(points)), strict=True):
            names = (place.name, *place.aliases)
            self._add_settlement(names, point, codes, town=place.kind in _TOWNS)
        pois = [poi for poi in features.pois if len(name_key(poi.name)) >= 2]
        points = [Point(poi.lon, poi.lat) for poi in pois]
        for poi, point, codes in zip(pois, points, self._codes(_lonlat(points)), strict=True):
            estate = poi.kind == "residential"
            self._add_spot((poi.name, *poi.aliases), point, codes, estate=estate)

    def add_entries(self, entries: Sequence[GazetteerEntry]) -> None:
        """Add the court's own names."""
        codes = self._codes(_lonlat([entry.point for entry in entries]))
        by_name = {village_stem(unit.name): unit for unit in self._grids.values()}
        for entry, (township, grid) in zip(entries, codes, strict=True):
            names = (entry.name, *entry.aliases)
            named = by_name.get(village_stem(entry.village)) if entry.village else None
            if named and named.township == township:
                grid = named.code  # a point near the border may lie beyond it
            here = (township, grid)
            if entry.kind in ("township", "village", "group"):
                town = entry.kind == "township"
                small = entry.kind == "group"
                self._add_settlement(names, entry.point, here, town=town, small=small)
            elif entry.kind == "road":
                self._add_road_names(entry, here)
            elif entry.kind != "door":
                self._add_spot(names, entry.point, here, estate=entry.kind == "estate")
            if entry.number:
                self._add_door(entry.road, entry.village, entry.number, entry.point, township, grid)

    def _add_door(
        self,
        street: str,
        place: str,
        number: str,
        point: Point,
        township: str | None,
        grid: str | None,
    ) -> None:
        key = house_key(number)
        if key is None:
            return
        door = Door(key, point, township, grid)
        if street:
            self._road_doors.setdefault(name_key(street), []).append(door)
            return
        if place:
            self._village_doors.setdefault(village_stem(place), []).append(door)
        if grid:
            self._grid_doors.setdefault(grid, []).append(door)

    def _add_settlement(
        self,
        names: tuple[str, ...],
        point: Point,
        codes: tuple[str | None, str | None],
        *,
        town: bool,
        small: bool = False,
    ) -> None:
        """Add names to the unit that they mean, or a point of their own."""
        township, grid = codes
        unit = self._townships.get(township or "") if town else self._grids.get(grid or "")
        stem = township_stem if town else village_stem
        if unit and not small and stem(unit.name) in map(stem, names):
            kind = AreaKind.TOWNSHIP if town else AreaKind.GRID
            units = self._townships if town else self._grids
            units[unit.code] = replace(unit, point=point)
            self._unit_names.extend((kind, name, unit.code) for name in names)
            return
        precision = Precision.TOWNSHIP if town else Precision.VILLAGE
        spot = Spot(names[0], point, precision, township, grid)
        self._settlements.add({*names, *map(stem, names)}, spot)
        for name in names:
            self._local_spots.append((name, AddressLevel.GROUP))

    def _add_spot(
        self,
        names: tuple[str, ...],
        point: Point,
        codes: tuple[str | None, str | None],
        *,
        estate: bool,
    ) -> None:
        self._spots.add(names, Spot(names[0], point, Precision.POI, *codes))
        level = AddressLevel.ESTATE if estate else AddressLevel.POI
        self._local_spots.extend((name, level) for name in names if len(name) >= 3)

    def _add_road_names(self, entry: GazetteerEntry, codes: tuple[str | None, str | None]) -> None:
        roads = self._roads.exact(entry.name)
        if not roads:
            roads = (_road(entry.name, _lonlat([entry.point]), [codes], ()),)
        near = min(roads, key=lambda road: _distance_deg(road, entry.point))
        self._roads.add((entry.name, *entry.aliases), near)
        self._local_roads.extend((entry.name, *entry.aliases))

    def gazetteer(self) -> Gazetteer:
        """Return what was gathered."""
        townships: NameTable[Unit] = NameTable()
        villages: NameTable[Unit] = NameTable()
        for kind, name, code in self._unit_names:
            if kind is AreaKind.TOWNSHIP:
                names, level = {name, township_stem(name)}, AddressLevel.TOWNSHIP
                townships.add(names, self._townships[code])
            else:
                names, level = {name, village_stem(name)}, AddressLevel.VILLAGE
                villages.add(names, self._grids[code])
            for each in names:
                self._local.setdefault(each, level)
        for name in self._local_roads:
            self._local.setdefault(name, AddressLevel.ROAD)
        for name, level in self._local_spots:
            self._local.setdefault(name, level)
        home = self._areas.areas(AreaKind.JURISDICTION)
        return Gazetteer(
            home_names=tuple(area.name for area in home),
            home=_inside(home[0]) if home else None,
            townships=townships,
            villages=villages,
            settlements=self._settlements,
            spots=self._spots,
            roads=self._roads,
            road_doors=_frozen(self._road_doors),
            village_doors=_frozen(self._village_doors),
            grid_doors=_frozen(self._grid_doors),
            local_names=LocalNames({n: v for n, v in self._local.items() if len(n) >= 2}),
            township_names={code: unit.name for code, unit in self._townships.items()},
            grid_names={code: unit.name for code, unit in self._grids.items()},
        )


def _frozen(doors: Mapping[str, list[Door]]) -> dict[str, tuple[Door, ...]]:
    return {key: tuple(found) for key, found in doors.items()}


def _inside(area: Area) -> Point:
    """Return the middle of an area, or a point inside of one that bends around its middle."""
    middle = area.geometry.centroid
    if not area.geometry.contains(middle):
        middle = area.geometry.representative_point()
    return Point(middle.x, middle.y)


def _lonlat(points: Iterable[Point]) -> Floats:
    return np.array([(point.lon, point.lat) for point in points], dtype=float).reshape(-1, 2)


def _distance_deg(road: Road, point: Point) -> float:
    return float(np.hypot(*(road.samples - (point.lon, point.lat)).T).min())


def _clusters(lonlat: Floats, name_id: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Number the groups of points of one name that hang together by steps of at most 300 m."""
    squeeze = np.cos(np.radians(lonlat[:, 1].mean()))
    apart = np.column_stack([lonlat * (squeeze, 1.0), name_id])  # names lie a whole unit apart
    pairs = cKDTree(apart).query_pairs(_SAME_ROAD_DEG, output_type="ndarray")
    ones = np.ones(len(pairs), dtype=np.int8)
    graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(len(lonlat), len(lonlat)))
    part: npt.NDArray[np.int64] = connected_components(graph.tocsr(), directed=False)[1]
    return part


def _road(
    name: str,
    samples: Floats,
    codes: Sequence[tuple[str | None, str | None]],
    course: tuple[BaseGeometry, ...],
) -> Road:
    within: dict[tuple[str | None, str | None], list[int]] = {}
    for index, each in enumerate(codes):
        within.setdefault(each, []).append(index)
    merged = shapely.line_merge(shapely.union_all(list(course))) if course else None
    lines: Iterator[BaseGeometry] = iter(shapely.get_parts(merged)) if merged else iter(())
    return Road(
        name, samples, {key: np.array(found) for key, found in within.items()}, tuple(lines)
    )
