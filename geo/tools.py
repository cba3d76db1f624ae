"""Geocoding and parsing of whole series, in the manner of ``geopandas.tools.geocode``.

A series of texts or points goes in, a frame with the same index comes out; nothing leaves the
machine.

Examples
--------
A district with one township and one village, known by their areas and one name of the court's:

>>> import networkx, shapely
>>> from geo import tools
>>> from geo.areas import AreaSet
>>> from geo.gazetteer import build_gazetteer
>>> from geo.geocoding import OfflineGeocoder
>>> from geo.model import Area, AreaKind, GazetteerEntry, Point
>>> from geo.network import from_graph
>>> from geo.osmfile import OsmFeatures
>>> areas = AreaSet([
...     Area("T1", "河埔镇", AreaKind.TOWNSHIP, shapely.box(118.60, 24.80, 118.64, 24.84)),
...     Area("G1", "前洋村", AreaKind.GRID, shapely.box(118.60, 24.80, 118.62, 24.84), "T1"),
... ])
>>> streets = networkx.MultiDiGraph(crs="epsg:4326")
>>> streets.add_nodes_from([(1, {"x": 118.605, "y": 24.81}), (2, {"x": 118.615, "y": 24.81})])
>>> _ = streets.add_edges_from(
...     [(1, 2), (2, 1)], highway="residential", name="中山路", length=1010.0
... )
>>> network = from_graph(streets)
>>> village = GazetteerEntry("前洋村", "village", Point(118.61, 24.82))
>>> names = build_gazetteer(
...     features=OsmFeatures(), network=network, areas=areas, entries=[village]
... )
>>> found = tools.geocode(
...     ["河埔镇前洋村", None], geocoder=OfflineGeocoder(names, areas)
... )
>>> found["precision"][0], found["grid_code"][0], found.geometry[0]
('village', 'G1', <POINT (118.61 24.82)>)
>>> bool(found["precision"].isna()[1]), found.geometry[1].is_empty, found.crs.to_epsg()
(True, True, 4326)
>>> tools.reverse_geocode([(118.61, 24.8102)], areas=areas, network=network)["address"][0]
'河埔镇前洋村中山路'
>>> parts = tools.parse_addresses(["河埔镇前洋村", "前洋村5号"])
>>> parts["village"].tolist(), int(parts["number"].count())
(['前洋村', '前洋村'], 1)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Union

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from geo import coordinates
from geo.addresses import parse_many
from geo.addressparts import dropped_texts, texts_by_level, unread_texts
from geo.frames import to_datum
from geo.model import AddressLevel, AreaKind, Floats, Geocode, ParsedAddress, Precision
from geo.network import RoadNetwork
from geo.osmfile import HouseNumber
from geo.ports import AreaIndex, Geocoder, ProgressListener

__all__ = ["geocode", "parse_addresses", "reverse_geocode"]

_CRS = "EPSG:4326"
_FOUND = ("precision", "confidence", "label", "reason", "township_code", "grid_code")
_DOOR_M = 60.0
_ROAD_M = 150.0
_EARTH_M = 6_371_008.8

Texts = Union[Sequence["str | None"], "pd.Series[Any]", str]


def geocode(
    strings: Texts,
    *,
    geocoder: Geocoder,
    limit: int = 1,
    progress: ProgressListener | None = None,
) -> gpd.GeoDataFrame:
    """Return where addresses lie, one row a text, or up to ``limit`` rows a text.

    Parameters
    ----------
    strings
        Address texts; a series keeps its index. None and nan are texts that are not found.
    geocoder
        What looks them up, such as :class:`geo.geocoding.OfflineGeocoder`.
    limit
        Most candidates for each text. Above 1 the index repeats, and the column ``rank`` counts
        the candidates from 1, the most likely first.
    progress
        Told texts done and all texts.

    Returns
    -------
    GeoDataFrame
        ``geometry`` (WGS84, EPSG:4326; an empty point where nothing was found), ``address``
        (the text asked), ``precision``, ``confidence`` (nan where not found), ``label``,
        ``reason`` (Chinese), ``township_code``, ``grid_code``.
    """
    series = _series(strings)
    texts = [text if isinstance(text, str) else "" for text in series]
    answers = geocoder.geocode_many(texts, limit=limit, progress=progress)
    counts = [max(min(len(answer.candidates), limit), 1) for answer in answers]
    rows = [row for answer in answers for row in _rows(answer, limit)]
    frame = gpd.GeoDataFrame(
        {"address": np.repeat(series.to_numpy(dtype=object), counts)},
        geometry=[point for point, _ in rows],
        index=series.index.repeat(counts),
        crs=_CRS,
    )
    for position, name in enumerate(_FOUND):
        values = [found[position] for _, found in rows]
        frame[name] = np.array(values, dtype=float if name == "confidence" else object)
    if limit > 1:
        frame["rank"] = [rank for count in counts for rank in range(1, count + 1)]
    return frame


def _rows(answer: Geocode, limit: int) -> list[tuple[shapely.Point, tuple[Any, ...]]]:
    nothing = (None, np.nan, None, None, None, None)
    return [
        (
            shapely.Point(each.point.lon, each.point.lat),
            (
                each.precision.value,
                each.confidence,
                each.label,
                str(each.reason),
                each.township_code,
                each.grid_code,
            ),
        )
        for each in answer.candidates[:limit]
    ] or [(shapely.Point(), nothing)]


def parse_addresses(strings: Texts) -> pd.DataFrame:
    """Return the levels of addresses, one row a text and one column a level.

    Parameters
    ----------
    strings
        Address texts; a series keeps its index. None and nan have no levels.

    Returns
    -------
    DataFrame
        A column for each :class:`geo.model.AddressLevel` by its value, missing where the text has
        none, several of one level joined by ；; ``dropped`` (names, telephone numbers, notes),
        ``unread`` (what no level took), ``confidence`` (of the least sure level, nan for none).
    """
    series = _series(strings)
    parsed = parse_many(text if isinstance(text, str) else "" for text in series)
    levels = [texts_by_level(each) for each in parsed]
    columns: dict[str, npt.NDArray[Any]] = {
        level.value: np.array([found.get(level) for found in levels], dtype=object)
        for level in AddressLevel
    }
    columns["dropped"] = np.array([_joined(dropped_texts(each)) for each in parsed], dtype=object)
    columns["unread"] = np.array([_joined(unread_texts(each)) for each in parsed], dtype=object)
    columns["confidence"] = np.array([_least(each) for each in parsed], dtype=float)
    return pd.DataFrame(columns, index=series.index)


def _joined(texts: Iterable[str]) -> str | None:
    return "；".join(texts) or None


def _least(parsed: ParsedAddress) -> float:
    return min((part.confidence for part in parsed.parts), default=np.nan)


def _series(strings: Texts) -> pd.Series[Any]:
    if isinstance(strings, pd.Series):
        return strings
    return pd.Series([strings] if isinstance(strings, str) else list(strings), dtype=object)


def reverse_geocode(
    points: gpd.GeoSeries | npt.ArrayLike,
    *,
    areas: AreaIndex,
    network: RoadNetwork | None = None,
    houses: Sequence[HouseNumber] = (),
) -> gpd.GeoDataFrame:
    """Return the address that points lie at: area, and the nearest door or named road.

    Parameters
    ----------
    points
        A series of points with its coordinate system stated, index kept; or WGS84 degrees,
        longitude first, shape (n, 2). Missing points have no address.
    areas
        Townships and grids.
    network
        Roads; the nearest named one within 150 m is taken.
    houses
        House numbers; the nearest one within 60 m is taken before any road.

    Returns
    -------
    GeoDataFrame
        ``geometry`` (WGS84), ``address``, ``precision`` (door, road, village, township, none),
        ``distance_m`` to that door or road (nan for areas), ``township_code``, ``grid_code``.

    Raises
    ------
    CoordinateError
        If the series states no coordinate system, or one that is none of ours.
    """
    series = _points(points)
    lonlat = np.column_stack([series.x, series.y]).astype(float)
    townships = areas.code_at(lonlat, kind=AreaKind.TOWNSHIP)
    grids = areas.code_at(lonlat, kind=AreaKind.GRID)
    named = {
        (kind, area.code): area.name
        for kind in (AreaKind.TOWNSHIP, AreaKind.GRID)
        for area in areas.areas(kind)
    }
    doors = _nearest_doors(lonlat, houses)
    roads = _nearest_roads(lonlat, network)
    rows: list[tuple[str | None, str, float]] = []
    for township, grid, door, road in zip(townships, grids, doors, roads, strict=True):
        area = named.get((AreaKind.TOWNSHIP, township or ""), "")
        area += named.get((AreaKind.GRID, grid or ""), "")
        if door is not None:
            rows.append((area + door[0], Precision.DOOR.value, door[1]))
        elif road is not None:
            rows.append((area + road[0], Precision.ROAD.value, road[1]))
        else:
            finest = Precision.TOWNSHIP if township else Precision.NONE
            rows.append((area or None, (Precision.VILLAGE if grid else finest).value, np.nan))
    frame = gpd.GeoDataFrame(geometry=series)
    frame["address"] = np.array([row[0] for row in rows], dtype=object)
    frame["precision"] = np.array([row[1] for row in rows], dtype=object)
    frame["distance_m"] = np.array([row[2] for row in rows], dtype=float)
    frame["township_code"] = np.array(townships, dtype=object)
    frame["grid_code"] = np.array(grids, dtype=object)
    return frame


def _points(points: gpd.GeoSeries | npt.ArrayLike) -> gpd.GeoSeries:
    if isinstance(points, gpd.GeoSeries):
        return to_datum(points, "wgs84")
    lonlat = np.asarray(points, dtype=float).reshape(-1, 2)
    return gpd.GeoSeries(shapely.points(lonlat), crs=_CRS)


_Near = list[tuple[str, float] | None]


def _nearest_doors(lonlat: Floats, houses: Sequence[HouseNumber]) -> _Near:
    """Return text and distance of each point's nearest house number within the limit."""
    known = np.flatnonzero(np.isfinite(lonlat).all(axis=1))
    found: _Near = [None] * len(lonlat)
    if not houses or not len(known):
        return found
    places = np.array([(house.lon, house.lat) for house in houses])
    middle_lat = float(places[:, 1].mean())
    _, nearest = cKDTree(_metres(places, middle_lat)).query(_metres(lonlat[known], middle_lat))
    distance = coordinates.distance_m(lonlat[known], places[nearest])
    for row, house, metres in zip(known, nearest, distance, strict=True):
        if metres <= _DOOR_M:
            street = houses[house].street
            found[row] = f"{street}{houses[house].number}", float(metres)
    return found


def _nearest_roads(lonlat: Floats, network: RoadNetwork | None) -> _Near:
    """Return name and distance of each point's nearest named road within the limit."""
    known = np.flatnonzero(np.isfinite(lonlat).all(axis=1))
    found: _Near = [None] * len(lonlat)
    rows = np.flatnonzero(network.name_id > 0) if network is not None else np.array([], dtype=int)
    if network is None or not len(rows) or not len(known):
        return found
    middle_lat = float(network.node_lonlat[:, 1].mean())
    lines = shapely.transform(network.lines()[rows], lambda xy: _metres(xy, middle_lat))
    near = shapely.points(_metres(lonlat[known], middle_lat))
    (which, line), distance = shapely.STRtree(lines).query_nearest(
        near, max_distance=_ROAD_M, return_distance=True, all_matches=False
    )
    for row, road, metres in zip(known[which], rows[line], distance, strict=True):
        found[row] = network.names[network.name_id[road]], float(metres)
    return found


def _metres(lonlat: Floats, middle_lat: float) -> Floats:
    """Return metres on a plane that touches the globe at a latitude; good for one district."""
    scale = np.radians(1.0) * _EARTH_M
    plane: Floats = lonlat * np.array([scale * np.cos(np.radians(middle_lat)), scale])
    return plane
