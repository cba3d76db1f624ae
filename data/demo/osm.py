"""The district as an OpenStreetMap file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import osmium
import shapely
from osmium.osm import mutable
from scipy.spatial import cKDTree
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from data.demo.district import District
from data.demo.frame import equal_runs, segments_m, stream, to_lonlat
from data.demo.plan import DISTRICT
from data.files import staged_path
from geo.model import Floats

__all__ = ["write_osm"]

_WOOD_HEIGHT_M = 60.0
_ESTATE_HOUSES = 14


class _Items:
    """Collects nodes, ways and relations, numbered in the order of their making."""

    def __init__(self) -> None:
        self.nodes: list[tuple[float, float, Mapping[str, str]]] = []
        self.ways: list[tuple[tuple[int, ...], Mapping[str, str]]] = []
        self.relations: list[tuple[list[tuple[str, int, str]], Mapping[str, str]]] = []

    def add_nodes(self, xy_m: Floats) -> list[int]:
        """Add points in plane metres and return their ids."""
        first = len(self.nodes) + 1
        self.nodes.extend((lon, lat, {}) for lon, lat in to_lonlat(xy_m).tolist())
        return list(range(first, len(self.nodes) + 1))

    def add_point(self, xy_m: Floats, tags: Mapping[str, str]) -> None:
        """Add one tagged point."""
        lon, lat = to_lonlat(np.asarray(xy_m).reshape(1, 2))[0].tolist()
        self.nodes.append((lon, lat, tags))

    def add_way(self, refs: Iterable[int], tags: Mapping[str, str]) -> int:
        """Add a way over nodes that are there and return its id."""
        self.ways.append((tuple(refs), tags))
        return len(self.ways)

    def add_ring(self, xy_m: Floats, tags: Mapping[str, str]) -> int:
        """Add a closed way; the last point of the ring is left out or repeats the first."""
        ring = xy_m[:-1] if np.array_equal(xy_m[0], xy_m[-1]) else xy_m
        refs = self.add_nodes(ring)
        return self.add_way([*refs, refs[0]], tags)

    def add_area(self, shape: BaseGeometry, tags: Mapping[str, str]) -> None:
        """Add an area: a closed way, or a relation where it has parts or holes."""
        if isinstance(shape, Polygon) and not shape.interiors:
            self.add_ring(np.asarray(shape.exterior.coords), tags)
            return
        members: list[tuple[str, int, str]] = []
        for part in shapely.get_parts(shape):
            rings = [("outer", part.exterior), *(("inner", hole) for hole in part.interiors)]
            members += [("w", self.add_ring(np.asarray(r.coords), {}), role) for role, r in rings]
        kind = "boundary" if "boundary" in tags else "multipolygon"
        self.relations.append((members, {"type": kind, **tags}))


def write_osm(district: District, path: Path, *, seed: int) -> None:
    """Write roads, buildings, names, water, rails and boundaries; the suffix sets the form.

    House numbers stand on the plan's share of the buildings, as on a real map on some only.

    Raises
    ------
    StoreFullError, ExportError
        If the file cannot be written; an older one stays as it was.
    """
    items = _Items()
    _roads(district, items)
    _buildings(district, items)
    _places(district, items, seed)
    _ground(district, items)
    _rails(district, items)
    _boundaries(district, items)
    with (
        staged_path(path) as staged,
        osmium.SimpleWriter(
            osmium.io.File(str(staged), _form(path)), overwrite=True, bufsz=4_000_000
        ) as writer,
    ):
        for number, (lon, lat, tags) in enumerate(items.nodes, start=1):
            writer.add_node(mutable.Node(id=number, location=(lon, lat), tags=tags, version=1))
        for number, (refs, tags) in enumerate(items.ways, start=1):
            writer.add_way(mutable.Way(id=number, nodes=refs, tags=tags, version=1))
        for number, (members, tags) in enumerate(items.relations, start=1):
            writer.add_relation(mutable.Relation(id=number, members=members, tags=tags, version=1))


def _form(path: Path) -> str:
    return "".join(path.suffixes[-2:]).lstrip(".") if path.suffix == ".gz" else path.suffix[1:]


def _roads(district: District, items: _Items) -> None:
    network = district.network
    refs = items.add_nodes(network.nodes_m)
    for node, tags in network.node_tags.items():
        lon, lat, _ = items.nodes[refs[node] - 1]
        items.nodes[refs[node] - 1] = (lon, lat, tags)
    motorway = [way for way in network.ways if way.road_class == "motorway"]
    on_motorway = {node for way in motorway for node in way.nodes}
    plazas = {node: name for name, node in network.exits}
    for way in network.ways:
        if way.road_class == "motorway_link" and way.nodes[0] in on_motorway:
            name = plazas.get(way.nodes[-1])
            at = refs[way.nodes[0]] - 1
            if name and not items.nodes[at][2]:
                lon, lat, _ = items.nodes[at]
                items.nodes[at] = (lon, lat, {"highway": "motorway_junction", "name": name})
    ids = [items.add_way([refs[n] for n in way.nodes], way.tags) for way in network.ways]
    for turn in network.restrictions:
        items.relations.append(
            (
                [
                    ("w", ids[turn.from_way], "from"),
                    ("n", refs[turn.via_node], "via"),
                    ("w", ids[turn.to_way], "to"),
                ],
                {"type": "restriction", "restriction": turn.kind},
            )
        )


def _buildings(district: District, items: _Items) -> None:
    houses, places = district.houses, district.places
    named = {poi.house: poi for poi in district.pois}
    tall = {i for i, poi in named.items() if poi.kind == "小区"}
    tree = cKDTree(houses.centre_m)
    for i in range(len(houses.number)):
        tags = {"building": "yes"}
        village = places.villages[int(houses.village[i])]
        if houses.mapped[i]:
            tags["addr:housenumber"] = f"{houses.number[i]}号"
            if houses.road[i]:
                tags["addr:street"] = houses.road[i]
            else:
                tags["addr:place"] = houses.hamlet[i] or village.full_name
        poi = named.get(i)
        if poi is not None and i not in tall:
            tags |= {"name": poi.name, poi.tag[0]: poi.tag[1]}
        items.add_ring(houses.corners_m[i], tags)
    for i in sorted(tall):
        _, near = tree.query(houses.centre_m[i], k=min(_ESTATE_HOUSES, len(houses.number)))
        hull = shapely.MultiPoint(houses.centre_m[near]).convex_hull.buffer(9.0, quad_segs=2)
        items.add_area(hull, {"landuse": "residential", "name": named[i].name})


def _places(district: District, items: _Items, seed: int) -> None:
    rng = stream(seed, "place names")
    xy = district.mesh.xy_m
    for town, node in zip(district.plan.townships, district.places.centres, strict=True):
        kind = "suburb" if town.kind == "街道" else "town"
        items.add_point(xy[int(node)], {"place": kind, "name": town.full_name})
    for village in district.places.villages:
        tags = {
            "place": "neighbourhood" if village.suffix == "社区" else "village",
            "name": village.full_name,
        }
        if rng.random() < 0.25:
            tags["old_name"] = village.old_name
        items.add_point(xy[village.node] + 12.0, tags)
        for name, node, _ in village.hamlets:
            items.add_point(xy[node] + 8.0, {"place": "hamlet", "name": name})


def _ground(district: District, items: _Items) -> None:
    relief, mesh = district.relief, district.mesh
    refs = items.add_nodes(relief.coast)
    items.add_way(refs, {"natural": "coastline"})
    items.add_area(relief.sea, {"natural": "bay", "name": f"{DISTRICT[:2]}湾"})
    items.add_area(
        shapely.difference(relief.river, relief.sea),
        {"natural": "water", "water": "river", "name": "洛溪"},
    )
    items.add_area(relief.reservoir, {"natural": "water", "water": "reservoir", "name": "石坂水库"})
    items.add_way(items.add_nodes(relief.river_line), {"waterway": "river", "name": "洛溪"})
    for line in relief.streams:
        items.add_way(items.add_nodes(line), {"waterway": "stream"})
    for zone in district.zones:
        items.add_area(zone.outline, {"landuse": "residential"})
    height = relief.height_at_m(mesh.xy_m)
    slope = relief.slope_at(mesh.xy_m)
    wild = mesh.dry & ((height > _WOOD_HEIGHT_M) | (slope > 0.16))
    flat = mesh.dry & ~wild & (slope < 0.05) & (height > 6.0)
    built = shapely.union_all([zone.outline for zone in district.zones])
    frame = shapely.box(0.0, 0.0, district.plan.width_m, district.plan.height_m)
    for cells, landuse in ((wild, {"natural": "wood"}), (flat, {"landuse": "farmland"})):
        shapes = np.asarray(
            [c for c in mesh.cells[cells] if c is not None and c.area < 4 * 300.0**2],
            dtype=np.object_,
        )
        merged = shapely.coverage_union_all(shapes)
        rounded = shapely.buffer(shapely.buffer(merged, -70.0), 60.0)
        framed = shapely.intersection(shapely.simplify(rounded, 12.0), frame)
        cleared = shapely.difference(framed, relief.water)
        cleared = shapely.difference(cleared, built)
        for part in shapely.get_parts(cleared):
            if part.area > 40_000.0:
                items.add_area(part, landuse)


def _rails(district: District, items: _Items) -> None:
    line = district.corridors.railway
    wet = np.atleast_1d(shapely.intersects(district.relief.river, segments_m(line)))
    refs = items.add_nodes(line)
    for a, b in equal_runs(wet):
        tags = {"railway": "rail", "name": "泉屿铁路", "electrified": "contact_line"}
        if wet[a]:
            tags |= {"bridge": "yes", "layer": "1"}
        items.add_way(refs[a : b + 1], tags)
    for name, _, at in district.corridors.forecourts:
        items.add_point(line[at], {"railway": "station", "name": f"{name}站"})


def _boundaries(district: District, items: _Items) -> None:
    levels = {"jurisdiction": "6", "township": "8"}
    for area in district.areas:
        if area.kind in levels:
            shape = area.shape
            if isinstance(shape, MultiPolygon | Polygon):
                tags = {"boundary": "administrative", "admin_level": levels[area.kind]}
                items.add_area(shape, tags | {"name": area.name})
