"""Names known offline: areas, settlements, roads with their course, doors, named points."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree
from shapely.geometry.base import BaseGeometry

from geo.addresses import LocalNames
from geo.frontage import Frontage, KnownDoor, Plane, build_frontage
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
_OWN_ROAD_DEG = 0.02  # a door farther from its road stands at another of that name
_SETTLED_M = 150.0
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
    """A house number with its position and the areas that hold it.

    ``own`` marks one of the court's own table, which outweighs the map.
    """

    key: HouseKey
    point: Point
    township: str | None = None
    grid: str | None = None
    own: bool = False


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
    index
        Its position in :attr:`Gazetteer.frontage`.
    """

    name: str
    samples: Floats
    within: Mapping[tuple[str | None, str | None], Ints]
    course: tuple[BaseGeometry, ...] = ()
    index: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class Gazetteer:
    """All names of one district, by level. Built by :func:`build_gazetteer`.

    Doors are listed by the count of their number, for each road (``road_doors``, by its index)
    and for each village or natural village that counts its own houses (``group_doors``, by the
    position in ``frontage.groups``); ``grid_groups`` lists the latter by grid code.
    """

    home_names: tuple[str, ...] = ()
    home: Point | None = None
    townships: NameTable[Unit] = field(default_factory=NameTable)
    villages: NameTable[Unit] = field(default_factory=NameTable)
    settlements: NameTable[Spot] = field(default_factory=NameTable)
    spots: NameTable[Spot] = field(default_factory=NameTable)
    roads: NameTable[Road] = field(default_factory=NameTable)
    frontage: Frontage = field(default_factory=Frontage)
    road_doors: Mapping[int, Mapping[int, tuple[Door, ...]]] = field(default_factory=dict)
    group_doors: Mapping[int, Mapping[int, tuple[Door, ...]]] = field(default_factory=dict)
    grid_groups: Mapping[str | None, tuple[int, ...]] = field(default_factory=dict)
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
    building.add_frontage(network, features)
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
        self._doors: list[Door] = []
        self._door_road: list[int] = []
        self._door_group: list[int] = []
        self._groups: dict[tuple[str | None, str], int] = {}
        self._road_list: list[Road] = []
        self._line_road = np.zeros(0, dtype=np.int64)
        self._frontage = Frontage()
        self._placed: set[str] = set()
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
        self._line_road = np.full(len(every), -1, dtype=np.int64)
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
            mine = np.unique(piece[here])
            self._line_road[rows[mine]] = len(self._road_list)
            self._new_road(name, samples[here], [codes[i] for i in here.tolist()], lines[mine])

    def _new_road(
        self,
        name: str,
        samples: Floats,
        codes: Sequence[tuple[str | None, str | None]],
        lines: Iterable[BaseGeometry] = (),
    ) -> Road:
        road = _road(name, samples, codes, tuple(lines), len(self._road_list))
        self._road_list.append(road)
        self._roads.add((name,), road)
        self._local_roads.append(name)
        return road

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
                own = entry.kind == "door"
                where = (entry.road, entry.village)
                self._add_door(*where, entry.number, entry.point, township, grid, own=own)

    def _add_door(
        self,
        street: str,
        place: str,
        number: str,
        point: Point,
        township: str | None,
        grid: str | None,
        *,
        own: bool = False,
    ) -> None:
        key = house_key(number)
        if key is None or not key.main:
            return
        road = group = -1
        if street:
            near = self._named_road(street, point, (township, grid))
            road = near.index
        elif place or grid:
            named = (grid, village_stem(place or self._grids[grid or ""].name))
            group = self._groups.setdefault(named, len(self._groups))
        else:
            return
        self._doors.append(Door(key, point, township, grid, own))
        self._door_road.append(road)
        self._door_group.append(group)

    def _named_road(self, name: str, point: Point, codes: tuple[str | None, str | None]) -> Road:
        """Return the road of a name nearest to a point, or a new one at the point."""
        roads = self._roads.exact(name)
        near = min(roads, key=lambda road: _distance_deg(road, point), default=None)
        if near is None or _distance_deg(near, point) > _OWN_ROAD_DEG:
            near = self._new_road(name, _lonlat([point]), [codes])
        return near

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
            self._placed.add(unit.code)
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
        near = self._named_road(entry.name, entry.point, codes)
        self._roads.add(entry.aliases, near)
        self._local_roads.extend(entry.aliases)

    def add_frontage(self, network: RoadNetwork, features: OsmFeatures) -> None:
        """Put the houses of the map in rows, and villages without a point where houses stand."""
        middles = shapely.get_coordinates(shapely.centroid(features.buildings.geometry.to_numpy()))
        doors = _lonlat([door.point for door in self._doors])
        every = network.lines()
        real = np.flatnonzero(shapely.length(every) > 0.0)
        some = np.concatenate([middles, doors, network.node_lonlat])
        plane = Plane(*some.mean(axis=0).tolist()) if len(some) else Plane()
        codes = self._codes(middles)
        at_m = plane.to_m(doors).tolist()
        self._frontage = build_frontage(
            plane=plane,
            buildings_m=plane.to_m(middles),
            doors=[
                KnownDoor((x, y), door.key.main, road, group)
                for (x, y), door, road, group in zip(
                    at_m, self._doors, self._door_road, self._door_group, strict=True
                )
            ],
            groups=tuple(self._groups),
            lines_m=shapely.transform(every[real], plane.to_m).tolist(),
            line_road=self._line_road[real],
            line_way=network.way_id[real],
            codes=codes,
            door_codes=[(door.township, door.grid) for door in self._doors],
        )
        houses: dict[str, list[int]] = {}
        for index, (_, grid) in enumerate(self._frontage.houses.codes):
            if grid is not None and grid not in self._placed:
                houses.setdefault(grid, []).append(index)
        for grid, members in houses.items():
            settled = _settled(self._frontage.houses.xy_m[members])
            point = Point(*plane.to_lonlat(settled[None])[0].tolist())
            self._grids[grid] = replace(self._grids[grid], point=point)

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
            frontage=self._frontage,
            road_doors=_by_number(self._doors, self._door_road),
            group_doors=_by_number(self._doors, self._door_group),
            grid_groups=_by_grid(self._groups),
            local_names=LocalNames({n: v for n, v in self._local.items() if len(n) >= 2}),
            township_names={code: unit.name for code, unit in self._townships.items()},
            grid_names={code: unit.name for code, unit in self._grids.items()},
        )


def _by_number(
    doors: Sequence[Door], owners: Sequence[int]
) -> dict[int, dict[int, tuple[Door, ...]]]:
    """Return doors by owner, then by the count of their number."""
    found: dict[int, dict[int, tuple[Door, ...]]] = {}
    for door, owner in zip(doors, owners, strict=True):
        if owner >= 0:
            same = found.setdefault(owner, {})
            same[door.key.main] = (*same.get(door.key.main, ()), door)
    return found


def _by_grid(groups: Mapping[tuple[str | None, str], int]) -> dict[str | None, tuple[int, ...]]:
    found: dict[str | None, tuple[int, ...]] = {}
    for (grid, _), group in groups.items():
        found[grid] = (*found.get(grid, ()), group)
    return found


def _settled(xy_m: Floats) -> Floats:
    """Return the middle of the houses around the one with most others near it."""
    near = cKDTree(xy_m).query_ball_point(xy_m, _SETTLED_M)
    densest = max(near, key=len)
    return np.asarray(np.median(xy_m[densest], axis=0))


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
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(len(lonlat), len(lonlat)))
    part: npt.NDArray[np.int64] = connected_components(graph.tocsr(), directed=False)[1]
    return part


def _road(
    name: str,
    samples: Floats,
    codes: Sequence[tuple[str | None, str | None]],
    course: tuple[BaseGeometry, ...],
    index: int,
) -> Road:
    within: dict[tuple[str | None, str | None], list[int]] = {}
    for position, each in enumerate(codes):
        within.setdefault(each, []).append(position)
    merged = shapely.line_merge(shapely.union_all(list(course))) if course else None
    lines: Iterator[BaseGeometry] = iter(shapely.get_parts(merged)) if merged else iter(())
    return Road(
        name, samples, {key: np.array(found) for key, found in within.items()}, tuple(lines), index
    )
