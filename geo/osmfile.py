"""What OpenStreetMap files tell besides roads, read as a stream: features for names and the map.

Reads ``.osm``, ``.osm.gz`` and ``.osm.pbf``. A file cut out of a larger one may name nodes
that it does not hold: nothing fails. Roads are read by :mod:`geo.osmroads`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import osmium
import shapely
from osmium.filter import KeyFilter
from osmium.geom import WKBFactory

from geo.osmstream import has_nodes_after_ways, sort_file, stream, translated
from geo.osmxml import scratch_folder
from geo.roadfiles import check_suffix, is_graphml

if TYPE_CHECKING:
    import geopandas as gpd  # a second to import, and most callers want names alone

__all__ = [
    "HouseNumber",
    "NamedPlace",
    "OsmFeatures",
    "Poi",
    "check_suffix",
    "is_graphml",
    "read_features",
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
    *(
        "addr:housenumber",
        "place",
        "railway",
        "waterway",
        "natural",
        "landuse",
        "building",
    ),
    *("boundary", "barrier", *_POI_KEYS, "highway"),
)
_AREA_KEYS = (
    "building",
    "natural",
    "landuse",
    "leisure",
    "waterway",
    "boundary",
    "amenity",
)
_MORE_AREA_KEYS = (
    "place",
    "shop",
    "office",
    "tourism",
    "railway",
    "addr:housenumber",
    "historic",
)


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


_LAYERS = (
    "water",
    "waterways",
    "coastline",
    "rail",
    "buildings",
    "landuse",
    "boundaries",
)


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
    import geopandas as gpd

    columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
    names = ("kind", "name", "detail")
    data = {name: list(values) for name, values in zip(names, columns, strict=True)}
    return gpd.GeoDataFrame(data, geometry=shapes, crs="EPSG:4326")
