"""The offline base map: roads and map features of a road file, cut into vector tiles.

Every feature has ``kind`` (a value of OpenStreetMap such as ``primary`` or ``forest``), most have
``rank`` (0 is the most important) and some have ``name``. The layers are

========== ============ ====================================================================
layer      geometry     kind
========== ============ ====================================================================
water      areas, lines ``sea``, ``water``, ``reservoir``...; lines: ``river``, ``stream``...
landuse    areas        ``residential``, ``farmland``, ``wood``, ``park``...
buildings  areas        ``yes``, ``apartments``, ``school``...
rail       lines        ``rail``, ``subway``...
roads      lines        the road's class; rank 0 motorway to 6 service road, links like roads
places     points       ``city``, ``town``, ``village``, ``hamlet``...
pois       points       ``police``, ``school``, ``station``...
========== ============ ====================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from data.tiles import MAX_ZOOM, MIN_ZOOM, MapLayer, TileFile, write_tiles
from geo.network import RoadNetwork
from geo.osmfile import NamedPlace, OsmFeatures, Poi
from geo.roadtags import ROAD_RANK, RoadClass

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["LAYERS", "Basemap", "build_basemap"]

LAYERS = ("water", "landuse", "buildings", "rail", "roads", "places", "pois")
"""Names of the layers, in the order they are drawn."""

Basemap = TileFile
"""An open base map; see :class:`data.tiles.TileFile`."""

# First zoom by rank. A viewer enlarges tiles once: what is in them from 10 on is seen from 11 on.
_ROAD_ZOOM = (7, 7, 7, 9, 10, 12, 14)
_WATER_RANK = {"river": 0, "canal": 1, "stream": 2}  # lines; others are ditches
_WATER_ZOOM = (8, 10, 12, 13)
_RAIL_RANK = {"rail": 0, "light_rail": 1, "subway": 1, "narrow_gauge": 1}  # others are trams
_RAIL_ZOOM = (8, 10, 12)
_PLACE_RANK = {
    "city": 0,
    "county": 1,
    "town": 2,
    "township": 2,
    "suburb": 3,
    "village": 4,
    "quarter": 4,
    "neighbourhood": 5,
    "hamlet": 5,
    "group": 5,
}
_PLACE_ZOOM = (7, 7, 7, 8, 11, 13, 14)
_POI_RANK = {
    **dict.fromkeys(("courthouse", "police", "station", "hospital", "townhall"), 0),
    **dict.fromkeys(("motorway_junction", "toll_booth", "university", "college", "prison"), 0),
    **dict.fromkeys(("school", "residential", "industrial", "marketplace", "bus_station"), 1),
    **dict.fromkeys(("fuel", "bank", "post_office", "place_of_worship", "park"), 1),
}
_POI_ZOOM = (12, 14, 15)
_MARGIN = 0.02  # degrees of sea drawn beyond the last road
_BESIDE = 0.001  # share of a piece of coast that a point beside it lies away
# An area is drawn from the zoom on where its root is a few pixels wide.
_DEGREES_AT_ZOOM_0 = 4.0 * 360.0 / 512.0


def build_basemap(features: OsmFeatures, network: RoadNetwork, path: Path) -> None:
    """Draw a road network and its surroundings into one file of vector tiles.

    The file is written whole or not at all. Roads that meet end to end with the same class and
    name become one line, so that a name is written once.

    Parameters
    ----------
    features
        Water, land use, buildings, railways, places and points of use; may be empty.
    network
        The roads.
    path
        PMTiles file; a former one is replaced.

    Raises
    ------
    ExportError
        If there is nothing to draw, or the tile cutter is missing or fails.
    StoreFullError
        If the disk is full; ``path`` is then as it was.
    """
    layers = (
        _areas("water", features.water),
        _sea(features.coastline, network),
        _lines("water", features.waterways, _WATER_RANK, _WATER_ZOOM),
        _areas("landuse", features.landuse),
        _areas("buildings", features.buildings, first_zoom=13),
        _lines("rail", features.rail, _RAIL_RANK, _RAIL_ZOOM),
        _roads(network),
        _places(features.places),
        _pois(features.pois),
    )
    write_tiles(layers, path, title="fieldwrit")


def _areas(layer: str, frame: gpd.GeoDataFrame, *, first_zoom: int = MIN_ZOOM) -> MapLayer:
    """Return areas, from the zoom on where they are large enough to see."""
    shapes = np.asarray(frame.geometry.to_numpy(), dtype=object)
    width = np.sqrt(np.maximum(shapely.area(shapes), 1e-16))
    zoom = np.ceil(np.log2(_DEGREES_AT_ZOOM_0 / width)).astype(np.int64)
    return MapLayer(
        layer,
        shapes,
        tuple(frame["kind"]),
        tuple(frame["name"]),
        np.clip(zoom, first_zoom, MAX_ZOOM - 1),
    )


def _lines(
    layer: str, frame: gpd.GeoDataFrame, rank: Mapping[str, int], zooms: tuple[int, ...]
) -> MapLayer:
    ranks = np.array([rank.get(kind, len(zooms) - 1) for kind in frame["kind"]], dtype=np.int64)
    return MapLayer(
        layer,
        np.asarray(frame.geometry.to_numpy(), dtype=object),
        tuple(frame["kind"]),
        tuple(frame["name"]),
        np.array(zooms, dtype=np.int64)[ranks],
        ranks,
    )


def _sea(coastline: gpd.GeoDataFrame, network: RoadNetwork) -> MapLayer:
    """Return the faces to the right of the coast, inside the box that the roads fill.

    A coast that ends inside the box shuts no face in: nothing is drawn there.
    """
    lonlat = network.geometry_lonlat
    box = shapely.box(*(lonlat.min(axis=0) - _MARGIN), *(lonlat.max(axis=0) + _MARGIN))
    coast = shapely.get_parts(shapely.intersection(coastline.geometry.to_numpy(), box))
    edges = shapely.union_all([*coast, box.boundary])
    faces = shapely.get_parts(shapely.polygonize([edges]))
    points, line = shapely.get_coordinates(coast, return_index=True)
    pairs = np.flatnonzero(line[1:] == line[:-1])
    start, along = points[pairs], points[pairs + 1] - points[pairs]
    right = np.column_stack([along[:, 1], -along[:, 0]]) * _BESIDE
    tree = shapely.STRtree(faces)
    middle = start + along / 2.0
    wet, dry = (
        np.bincount(tree.query(shapely.points(spots), predicate="within")[1], minlength=len(faces))
        for spots in (middle + right, middle - right)
    )
    sea = faces[wet > dry]
    n = len(sea)
    return MapLayer("water", sea, ("sea",) * n, ("",) * n, np.full(n, MIN_ZOOM), np.zeros(n, int))


def _roads(network: RoadNetwork) -> MapLayer:
    """Return roads, joined where class and name go on; barriers have no length to draw."""
    lines = network.lines()
    key = network.road_class.astype(np.int64) * len(network.names) + network.name_id
    order = np.argsort(key, kind="stable")
    order = order[network.road_class[order] < RoadClass.GATE]
    keys, group = np.unique(key[order], return_inverse=True)
    bundles = shapely.multilinestrings(lines[order], indices=group)
    joined: Any = shapely.line_merge(bundles)
    parts, of = shapely.get_parts(joined, return_index=True)
    classes, names = np.divmod(keys[of], len(network.names))
    ranks = np.array(ROAD_RANK, dtype=np.int64)[classes]
    return MapLayer(
        "roads",
        np.asarray(parts, dtype=object),
        tuple(RoadClass(each).tag for each in classes.tolist()),
        tuple(network.names[each] for each in names.tolist()),
        np.array(_ROAD_ZOOM, dtype=np.int64)[ranks],
        ranks,
    )


def _places(places: tuple[NamedPlace, ...]) -> MapLayer:
    ranks = [_PLACE_RANK.get(place.kind, len(_PLACE_ZOOM) - 1) for place in places]
    return _points("places", places, ranks, _PLACE_ZOOM)


def _pois(pois: tuple[Poi, ...]) -> MapLayer:
    named = tuple(poi for poi in pois if poi.name or poi.kind in _POI_RANK)
    ranks = [_POI_RANK.get(poi.kind, len(_POI_ZOOM) - 1) for poi in named]
    return _points("pois", named, ranks, _POI_ZOOM)


def _points(
    layer: str,
    items: tuple[NamedPlace, ...] | tuple[Poi, ...],
    ranks: list[int],
    zooms: tuple[int, ...],
) -> MapLayer:
    lonlat = np.array([(item.lon, item.lat) for item in items], dtype=np.float64).reshape(-1, 2)
    return MapLayer(
        layer,
        np.asarray(shapely.points(lonlat), dtype=object),
        tuple(item.kind for item in items),
        tuple(item.name for item in items),
        np.array([zooms[rank] for rank in ranks], dtype=np.int64),
        np.array(ranks, dtype=np.int64),
    )
