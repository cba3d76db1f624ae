"""OpenStreetMap files, read as a stream: drivable ways, and features for names and the map.

Reads ``.osm``, ``.osm.gz`` and ``.osm.pbf``. A file cut out of a larger one may name nodes
that it does not hold: ways are cut there and nothing fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import geopandas as gpd
import osmium
import shapely
from osmium.filter import IdFilter, KeyFilter
from osmium.geom import WKBFactory

from geo import roadtags
from geo.errors import NetworkFileError
from geo.osmstream import (
    check_suffix,
    has_nodes_after_ways,
    is_graphml,
    sort_file,
    stream,
    translated,
)
from geo.osmxml import node_xml, scratch_folder, way_xml, write_osm_xml

__all__ = [
    "DrivableWay",
    "DrivableWays",
    "HouseNumber",
    "NamedPlace",
    "OsmFeatures",
    "Poi",
    "TurnRestriction",
    "check_suffix",
    "is_graphml",
    "read_drivable_ways",
    "read_features",
    "write_roads_xml",
]

_POI_KEYS = ("amenity", "shop", "office", "tourism", "leisure", "historic")
_UNNAMED_POIS = frozenset(("police", "station", "motorway_junction", "toll_booth"))
_RAIL = frozenset(("rail", "light_rail", "subway", "narrow_gauge", "tram", "monorail"))
_STATIONS = frozenset(("station", "halt"))
_WATERWAYS = frozenset(("river", "stream", "canal", "drain", "ditch"))
_WATER_LANDUSE = frozenset(("reservoir", "basin", "salt_pond", "aquaculture"))
_WATER_NATURAL = frozenset(("water", "bay", "wetland"))
_NATURAL = frozenset(("wood", "scrub", "grassland", "heath", "sand", "beach", "bare_rock"))
_LEISURE = frozenset(("park", "garden", "pitch", "golf_course", "nature_reserve"))
_FEATURE_KEYS = (
    *("addr:housenumber", "place", "railway", "waterway", "natural", "landuse", "building"),
    *("boundary", "barrier", *_POI_KEYS, "highway"),
)
_AREA_KEYS = ("building", "natural", "landuse", "leisure", "waterway", "boundary", "amenity")
_MORE_AREA_KEYS = ("place", "shop", "office", "tourism", "railway", "addr:housenumber", "historic")


@dataclass(frozen=True, slots=True)
class DrivableWay:
    """A way that cars may use: tags of OpenStreetMap and node ids in drawing order."""

    id: int
    tags: Mapping[str, str]
    node_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TurnRestriction:
    """A turn that is forbidden (``no_left_turn``) or the only one allowed (``only_...``)."""

    kind: str
    from_way_id: int
    via_node_id: int
    to_way_id: int


@dataclass(frozen=True, slots=True, eq=False)
class DrivableWays:
    """Roads of a file with the positions of their nodes.

    ``cut_ways`` counts ways that were cut where a node is missing; a part of a cut way after
    the first has an id of its own and is traced by ``original_way_id``.
    """

    ways: tuple[DrivableWay, ...]
    node_lonlat: Mapping[int, tuple[float, float]]
    restrictions: tuple[TurnRestriction, ...]
    ways_seen: int
    cut_ways: int
    original_way_id: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HouseNumber:
    """A door with a number; ``place`` is the ``addr:place`` or village, else empty."""

    street: str
    number: str
    lon: float
    lat: float
    place: str = ""


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A settlement; ``kind`` is the value of ``place``: city, town, village, hamlet, suburb..."""

    kind: str
    name: str
    lon: float
    lat: float
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Poi:
    """A named point of use; an area stands at a point inside it.

    ``kind`` is the value of its chief tag: ``police``, ``townhall``, ``courthouse``,
    ``school``, ``hospital``, ``station``, ``motorway_junction`` (name, else exit number),
    ``toll_booth``, ``residential`` (a named estate), ``industrial``, ``building`` and so on.
    Only police posts, stations, exits and toll booths may have an empty name.
    """

    name: str
    kind: str
    lon: float
    lat: float
    aliases: tuple[str, ...] = ()


def _no_features() -> gpd.GeoDataFrame:
    return _frame([], [])


@dataclass(frozen=True, slots=True, eq=False)
class OsmFeatures:
    """What a file tells besides roads. Frames are WGS84 (EPSG:4326), geometry in lon, lat.

    Every frame has the columns ``kind`` (str), ``name`` (str, may be empty), ``detail`` (str,
    may be empty) and ``geometry``:

    - ``water``: areas; kind ``water``, ``wetland``, ``bay``, ``reservoir``, ``riverbank``...
    - ``waterways``: lines; kind ``river``, ``stream``, ``canal``, ``drain``, ``ditch``.
    - ``coastline``: lines with the land on the left; kind ``coastline``.
    - ``rail``: lines; kind ``rail``, ``light_rail``, ``subway``, ``tram``...
    - ``buildings``: areas; kind is the value of ``building``, detail the number of storeys.
    - ``landuse``: areas; kind is the value of ``landuse``, ``natural`` (``wood``, ``scrub``...)
      or ``leisure`` (``park``...).
    - ``boundaries``: areas; kind is the value of ``boundary``, detail the ``admin_level``.
    """

    house_numbers: tuple[HouseNumber, ...] = ()
    places: tuple[NamedPlace, ...] = ()
    pois: tuple[Poi, ...] = ()
    water: gpd.GeoDataFrame = field(default_factory=_no_features)
    waterways: gpd.GeoDataFrame = field(default_factory=_no_features)
    coastline: gpd.GeoDataFrame = field(default_factory=_no_features)
    rail: gpd.GeoDataFrame = field(default_factory=_no_features)
    buildings: gpd.GeoDataFrame = field(default_factory=_no_features)
    landuse: gpd.GeoDataFrame = field(default_factory=_no_features)
    boundaries: gpd.GeoDataFrame = field(default_factory=_no_features)


def read_drivable_ways(source: Path) -> DrivableWays:
    """Read the ways that cars may use, their nodes, and the turn restrictions.

    Service roads and roads for residents stay; footways, tracks, areas and roads closed to
    cars are left out. Nodes may stand after the ways in the file.

    Raises
    ------
    NetworkFileError
        If the file cannot be read to its end or holds no drivable road.
    """
    check_suffix(source)
    with translated(source):
        ways, restrictions, seen = _drivable(source)
        wanted = {node_id for way in ways for node_id in way.node_ids}
        lonlat = _positions(source, wanted)
    whole, original, cut = _cut(ways, lonlat)
    if ways and not whole:
        raise NetworkFileError(
            "路网文件 %(file)s 中的道路没有可用的坐标；"
            "请核对经纬度是否写反（lon 为经度，lat 为纬度），并连同节点一起导出",
            file=source.name,
        )
    if not whole:
        raise NetworkFileError(
            "路网文件 %(file)s 中没有可通行汽车的道路（含 highway 标签的道路 %(seen)d 条），"
            "请导出包含道路的区域",
            file=source.name,
            seen=seen,
        )
    return DrivableWays(tuple(whole), lonlat, tuple(restrictions), seen, cut, original)


def _drivable(source: Path) -> tuple[list[DrivableWay], list[TurnRestriction], int]:
    ways: list[DrivableWay] = []
    restrictions: list[TurnRestriction] = []
    seen = 0
    items = stream(source, osmium.osm.WAY | osmium.osm.RELATION)
    for item in items.with_filter(KeyFilter("highway", "restriction")):
        tags = dict(item.tags)
        if item.is_relation():
            restriction = _restriction(tags, item.members)
            if restriction:
                restrictions.append(restriction)
        elif "highway" in tags:
            seen += 1
            if roadtags.RoadClass.of(tags["highway"]) is not None and roadtags.is_open(tags):
                ways.append(DrivableWay(item.id, tags, tuple(node.ref for node in item.nodes)))
    return ways, restrictions, seen


def _restriction(tags: Mapping[str, str], members: Iterable[Any]) -> TurnRestriction | None:
    """Return a restriction through one node; those through ways are too rare to keep."""
    found: dict[str, list[tuple[str, int]]] = {"from": [], "via": [], "to": []}
    for member in members:
        found.get(member.role, []).append((member.type, member.ref))
    match found["from"], found["via"], found["to"]:
        case [("w", from_id)], [("n", via_id)], [("w", to_id)]:
            return TurnRestriction(tags["restriction"], from_id, via_id, to_id)
    return None


def _positions(source: Path, wanted: set[int]) -> dict[int, tuple[float, float]]:
    nodes = stream(source, osmium.osm.NODE)
    if wanted and min(wanted) >= 0:  # the filter knows no negative ids
        nodes = nodes.with_filter(IdFilter(wanted))
    return {
        node.id: (node.lon, node.lat)
        for node in nodes
        if node.id in wanted and node.location.valid()
    }


def _cut(
    ways: Iterable[DrivableWay], lonlat: Mapping[int, tuple[float, float]]
) -> tuple[list[DrivableWay], dict[int, int], int]:
    """Cut ways where a node is missing; drop what is left without length."""
    ways = list(ways)
    next_id = max((way.id for way in ways), default=0) + 1
    whole: list[DrivableWay] = []
    original: dict[int, int] = {}
    cut = 0
    for way in ways:
        runs: list[list[int]] = [[]]
        for node_id in way.node_ids:
            if node_id in lonlat:
                runs[-1].append(node_id)
            elif runs[-1]:
                runs.append([])
        cut += sum(map(len, runs)) < len(way.node_ids)
        way_id = way.id
        for run in runs:
            if len(run) > 1:
                whole.append(DrivableWay(way_id, way.tags, tuple(run)))
                if way_id != way.id:
                    original[way_id] = way.id
                way_id, next_id = next_id, next_id + 1
    return whole, original, cut


def write_roads_xml(roads: DrivableWays, path: Path) -> None:
    """Write the roads alone as OSM XML, with tags that need no more interpretation.

    ``oneway`` holds what implied tags mean too, ``access`` is ``private`` for roads of
    residents and absent otherwise, ``name`` is the Chinese name or the road number,
    ``maxspeed`` the lower of both directions.

    Raises
    ------
    NetworkFileError
        If the file cannot be written, for instance on a full disk.
    """
    used = {node_id for way in roads.ways for node_id in way.node_ids}
    nodes = (node_xml(node_id, *roads.node_lonlat[node_id], {}) for node_id in sorted(used))
    ways = (way_xml(way.id, way.node_ids, _plain(way.tags)) for way in roads.ways)
    write_osm_xml(path, chain(nodes, ways))


def _plain(tags: Mapping[str, str]) -> dict[str, str]:
    speeds = [tags.get(f"maxspeed{end}", "") for end in ("", ":forward", ":backward")]
    oneway = {1: "yes", -1: "-1", 0: "no"}[roadtags.direction(tags)]
    plain = {"highway": tags["highway"], "oneway": oneway}
    plain["maxspeed"] = ";".join(filter(None, speeds))
    plain["name"] = roadtags.road_name(tags)
    plain["access"] = "private" if roadtags.is_restricted(tags) else ""
    return {key: value for key, value in plain.items() if value}


def read_features(source: Path) -> OsmFeatures:
    """Read house numbers, places, points of use and map features of an OpenStreetMap file.

    A GraphML file holds roads only and gives empty features. Columns of the frames: see
    :class:`OsmFeatures`.

    Raises
    ------
    NetworkFileError
        If the file cannot be read to its end.
    """
    check_suffix(source)
    if is_graphml(source):
        return OsmFeatures()
    with translated(source):
        reading = _Reading()
        reading.read(source)
        if reading.missing_nodes and has_nodes_after_ways(source):
            with scratch_folder() as folder:
                in_order = folder / "sorted.osm"
                sort_file(source, in_order)
                reading = _Reading()
                reading.read(in_order)
    return reading.features()


_LAYERS = ("water", "waterways", "coastline", "rail", "buildings", "landuse", "boundaries")


class _Reading:
    """One pass over a file; collects rows."""

    def __init__(self) -> None:
        self.missing_nodes = False
        self.house_numbers: list[HouseNumber] = []
        self.places: list[NamedPlace] = []
        self.pois: list[Poi] = []
        self.rows: dict[str, list[tuple[str, str, str]]] = {layer: [] for layer in _LAYERS}
        self.shapes: dict[str, list[Any]] = {layer: [] for layer in _LAYERS}
        self._wkb = WKBFactory()

    def read(self, source: Path) -> None:
        items = (
            stream(source, osmium.osm.ALL)
            .with_areas(KeyFilter(*_AREA_KEYS, *_MORE_AREA_KEYS))
            .with_filter(KeyFilter(*_FEATURE_KEYS))
        )
        for item in items:
            if item.is_node():
                if item.location.valid():
                    self._add_point(dict(item.tags), item.lon, item.lat)
            elif item.is_way():
                self._add_line(item)
            elif item.is_area():
                self._add_area(item)

    def features(self) -> OsmFeatures:
        return OsmFeatures(
            tuple(self.house_numbers),
            tuple(self.places),
            tuple(self.pois),
            **{layer: _frame(self.rows[layer], self.shapes[layer]) for layer in _LAYERS},
        )

    def _add(self, layer: str, kind: str, tags: Mapping[str, str], shape: Any) -> None:
        detail = {"buildings": "building:levels", "boundaries": "admin_level"}.get(layer, "")
        self.rows[layer].append((kind, _name(tags), tags.get(detail, "")))
        self.shapes[layer].append(shape)

    def _add_point(self, tags: Mapping[str, str], lon: float, lat: float) -> None:
        if number := tags.get("addr:housenumber"):
            place = tags.get("addr:place") or tags.get("addr:village", "")
            street = tags.get("addr:street", "")
            self.house_numbers.append(HouseNumber(street, number, lon, lat, place))
        name, aliases = _name(tags), _aliases(tags)
        if (kind := tags.get("place")) and name:
            self.places.append(NamedPlace(kind, name, lon, lat, aliases))
        poi = _poi_kind(tags)
        if poi and (name or poi in _UNNAMED_POIS):
            self.pois.append(Poi(name or tags.get("ref", ""), poi, lon, lat, aliases))

    def _add_line(self, way: Any) -> None:
        tags = dict(way.tags)
        for layer, kind in _line_layers(tags):
            points = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
            self.missing_nodes |= len(points) < len(way.nodes)
            if len(points) > 1:
                self._add(layer, kind, tags, shapely.LineString(points))

    def _add_area(self, area: Any) -> None:
        tags = dict(area.tags)
        layers = list(_area_layers(tags))
        try:
            shape = shapely.from_wkb(self._wkb.create_multipolygon(area))
        except RuntimeError:  # rings that do not close: the rest of the area is elsewhere
            return
        for layer, kind in layers:
            self._add(layer, kind, tags, shape)
        inside = shape.representative_point()
        self._add_point(tags, inside.x, inside.y)


def _line_layers(tags: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if (kind := tags.get("railway", "")) in _RAIL:
        yield "rail", kind
    if (kind := tags.get("waterway", "")) in _WATERWAYS:
        yield "waterways", kind
    if tags.get("natural") == "coastline":
        yield "coastline", "coastline"


def _area_layers(tags: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    natural, landuse = tags.get("natural", ""), tags.get("landuse", "")
    leisure = tags.get("leisure", "")
    if natural in _WATER_NATURAL:
        yield "water", natural
    elif landuse in _WATER_LANDUSE:
        yield "water", landuse
    elif tags.get("waterway") == "riverbank":
        yield "water", "riverbank"
    elif natural in _NATURAL:
        yield "landuse", natural
    elif landuse:
        yield "landuse", landuse
    elif leisure in _LEISURE:
        yield "landuse", leisure
    if (building := tags.get("building", "no")) != "no":
        yield "buildings", building
    if boundary := tags.get("boundary"):
        yield "boundaries", boundary


def _poi_kind(tags: Mapping[str, str]) -> str:
    """Return the value of the chief tag, or nothing for what is no point of use."""
    if tags.get("railway") in _STATIONS:
        return "station"
    if tags.get("highway") == "motorway_junction":
        return "motorway_junction"
    if tags.get("barrier") == "toll_booth":
        return "toll_booth"
    for key in _POI_KEYS:
        if kind := tags.get(key):
            return kind
    if "landuse" in tags:
        return tags["landuse"]
    return "building" if tags.get("building", "no") != "no" else ""


def _name(tags: Mapping[str, str]) -> str:
    return tags.get("name:zh") or tags.get("name", "")


def _aliases(tags: Mapping[str, str]) -> tuple[str, ...]:
    """Return other names: old, short, official, alternative."""
    keys = ("name", "alt_name", "old_name", "short_name", "official_name", "loc_name")
    texts = [part.strip() for key in keys for part in tags.get(key, "").split(";")]
    return tuple(dict.fromkeys(text for text in texts if text and text != _name(tags)))


def _frame(rows: list[tuple[str, str, str]], shapes: list[Any]) -> gpd.GeoDataFrame:
    columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
    names = ("kind", "name", "detail")
    data = {name: list(values) for name, values in zip(names, columns, strict=True)}
    return gpd.GeoDataFrame(data, geometry=shapes, crs="EPSG:4326")
