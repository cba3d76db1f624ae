from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import mapbox_vector_tile
import numpy as np
import pyogrio
import pytest
import shapely

from data.basemap import LAYERS, Basemap, build_basemap
from geo.network import RoadNetwork, build_network
from geo.osmfile import NamedPlace, OsmFeatures, Poi, read_features
from tests.reference import reference_data

_LON, _LAT = 118.60, 24.90

_OSM = f"""<osm version="0.6">
<node id="1" lon="{_LON}" lat="{_LAT}"/>
<node id="2" lon="{_LON + 0.01}" lat="{_LAT}"/>
<node id="3" lon="{_LON + 0.02}" lat="{_LAT}"/>
<node id="4" lon="{_LON + 0.01}" lat="{_LAT + 0.01}"/>
<way id="11"><nd ref="1"/><nd ref="2"/>
 <tag k="highway" v="primary"/><tag k="name" v="人民路"/></way>
<way id="12"><nd ref="2"/><nd ref="3"/>
 <tag k="highway" v="primary"/><tag k="name" v="人民路"/></way>
<way id="13"><nd ref="2"/><nd ref="4"/><tag k="highway" v="service"/></way>
</osm>"""


def _frame(*rows: tuple[str, str, Any]) -> gpd.GeoDataFrame:
    kinds, names, shapes = ([row[column] for row in rows] for column in range(3))
    data = {"kind": kinds, "name": names, "detail": [""] * len(rows)}
    return gpd.GeoDataFrame(data, geometry=shapes, crs="EPSG:4326")


def _box(size: float) -> shapely.Polygon:
    return shapely.box(_LON, _LAT, _LON + size, _LAT + size)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> RoadNetwork:
    source = tmp_path_factory.mktemp("roads") / "a.osm"
    source.write_text(_OSM, encoding="utf-8")
    return build_network(source)


@pytest.fixture(scope="module")
def basemap_path(network: RoadNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    line = shapely.LineString([(_LON, _LAT), (_LON + 0.02, _LAT + 0.02)])
    coast = shapely.LineString([(_LON - 1, _LAT - 0.01), (_LON + 1, _LAT - 0.01)])  # eastward
    features = OsmFeatures(
        places=(NamedPlace("village", "前黄村", _LON, _LAT),),
        pois=(Poi("", "police", _LON, _LAT), Poi("", "bench", _LON, _LAT)),
        water=_frame(("reservoir", "前黄水库", _box(0.01))),
        waterways=_frame(("river", "晋江", line), ("ditch", "", line)),
        coastline=_frame(("coastline", "", coast)),
        rail=_frame(("rail", "", line)),
        buildings=_frame(("yes", "", _box(0.0001))),
        landuse=_frame(("farmland", "", _box(0.02))),
    )
    path = tmp_path_factory.mktemp("map") / "basemap.pmtiles"
    build_basemap(features, network, path)
    return path


@pytest.fixture(scope="module")
def basemap(basemap_path: Path) -> Basemap:
    return Basemap.open(basemap_path)


def tile_of(lon: float, lat: float, z: int) -> tuple[int, int, int]:
    n = 1 << z
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return z, int((lon + 180) / 360 * n), int(y * n)


def _seen(basemap: Basemap, z: int, *, lon: float = _LON, lat: float = _LAT) -> dict[str, Any]:
    content = basemap.tile(*tile_of(lon + 1e-6, lat + 1e-6, z))
    assert content is not None
    return {
        name: [feature["properties"] for feature in layer["features"]]
        for name, layer in mapbox_vector_tile.decode(content).items()
    }


def test_all_layers_are_there_with_kind_name_and_rank(basemap: Basemap) -> None:
    seen = _seen(basemap, 14)
    assert set(seen) == set(LAYERS)
    assert {"kind": "primary", "name": "人民路", "rank": 2} in seen["roads"]
    assert {"kind": "service", "rank": 6} in _seen(basemap, 14, lon=_LON + 0.01)["roads"]
    assert seen["places"] == [{"kind": "village", "name": "前黄村", "rank": 4}]
    assert seen["pois"] == [{"kind": "police", "rank": 0}]
    assert seen["rail"] == [{"kind": "rail", "rank": 0}]
    assert seen["buildings"] == [{"kind": "yes"}]
    assert seen["landuse"] == [{"kind": "farmland"}]
    assert {"kind": "reservoir", "name": "前黄水库"} in seen["water"]
    assert {"kind": "river", "name": "晋江", "rank": 0} in seen["water"]


def test_map_programs_open_the_file_whole(basemap: Basemap, basemap_path: Path) -> None:
    """GDAL's driver of PMTiles, which QGIS opens it with, sees the same layers and values."""
    layers = {name for name, _kind in pyogrio.list_layers(basemap_path)}
    assert layers == basemap.layers
    roads = pyogrio.read_dataframe(basemap_path, layer="roads").to_crs(4326)
    assert {"primary", "service"} == set(roads["kind"])
    main = roads[roads["name"] == "人民路"].geometry.union_all()
    assert main.bounds == pytest.approx((_LON, _LAT, _LON + 0.02, _LAT), abs=1e-4)


def test_a_wide_view_shows_the_chief_things_only(basemap: Basemap) -> None:
    seen = _seen(basemap, 9)
    assert {road["kind"] for road in seen["roads"]} == {"primary"}
    assert not {"buildings", "pois", "places"} & set(seen)
    assert "ditch" not in {water["kind"] for water in seen["water"]}


def test_a_town_is_named_in_the_widest_view(network: RoadNetwork, tmp_path: Path) -> None:
    features = OsmFeatures(
        places=(NamedPlace("town", "前黄镇", _LON, _LAT),),
        pois=(),
        water=_frame(),
        waterways=_frame(),
        coastline=_frame(),
        rail=_frame(),
        buildings=_frame(),
        landuse=_frame(),
    )
    build_basemap(features, network, tmp_path / "a.pmtiles")
    (town,) = _seen(Basemap.open(tmp_path / "a.pmtiles"), 7)["places"]
    assert town["name"] == "前黄镇"


def test_roads_of_one_name_are_joined(basemap: Basemap) -> None:
    assert len(_seen(basemap, 10)["roads"]) == 1


def test_the_sea_lies_to_the_right_of_the_coast(basemap: Basemap) -> None:
    south = _seen(basemap, 15, lat=_LAT - 0.02)
    north = _seen(basemap, 15, lat=_LAT + 0.005)
    assert {"kind": "sea", "rank": 0} in south["water"]
    assert {"kind": "sea", "rank": 0} not in north.get("water", [])


def test_an_island_is_dry(network: RoadNetwork, tmp_path: Path) -> None:
    ring = shapely.LinearRing(_box(0.02).buffer(0.01).exterior)
    ring = ring if ring.is_ccw else ring.reverse()  # land on the left
    coast = _frame(("coastline", "", shapely.LineString(ring)))
    build_basemap(OsmFeatures(coastline=coast), network, tmp_path / "a.pmtiles")
    basemap = Basemap.open(tmp_path / "a.pmtiles")
    assert "water" not in _seen(basemap, 15)
    assert "water" in _seen(basemap, 15, lat=_LAT - 0.018)


def test_an_open_coast_draws_no_sea(network: RoadNetwork, tmp_path: Path) -> None:
    end = shapely.LineString([(_LON, _LAT - 0.01), (_LON + 1, _LAT - 0.01)])
    features = OsmFeatures(coastline=_frame(("coastline", "", end)))
    build_basemap(features, network, tmp_path / "a.pmtiles")
    assert "water" not in _seen(Basemap.open(tmp_path / "a.pmtiles"), 12)


def test_roads_alone_make_a_map(network: RoadNetwork, tmp_path: Path) -> None:
    build_basemap(OsmFeatures(), network, tmp_path / "a.pmtiles")
    assert set(_seen(Basemap.open(tmp_path / "a.pmtiles"), 14)) == {"roads"}


@pytest.mark.reference
def test_a_chinese_town(tmp_path: Path) -> None:
    source = reference_data() / "osm" / "small_guixi_jiangxi.osm"
    network = build_network(source)
    build_basemap(read_features(source), network, tmp_path / "a.pmtiles")
    basemap = Basemap.open(tmp_path / "a.pmtiles")
    west, south, east, north = basemap.bounds
    lon, lat = np.moveaxis(network.geometry_lonlat, -1, 0)
    assert west <= lon.min() + 1e-4
    assert lon.max() - 1e-4 <= east
    assert south <= lat.min() + 1e-4
    assert lat.max() - 1e-4 <= north
    seen = _seen(basemap, 11, lon=float(lon.mean()), lat=float(lat.mean()))
    assert "贵溪大道" in {road.get("name") for road in seen["roads"]}
