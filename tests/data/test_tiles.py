from __future__ import annotations

import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mapbox_vector_tile
import numpy as np
import pytest
import shapely

from data.errors import ExportError
from data.tiles import MAX_ZOOM, MIN_ZOOM, MapLayer, TileFile, write_tiles

_LON, _LAT = 118.60, 24.90


def _tile_of(lon: float, lat: float, z: int) -> tuple[int, int]:
    n = 1 << z
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return int((lon + 180) / 360 * n), int(y * n)


def _layers() -> list[MapLayer]:
    street = shapely.LineString([(_LON, _LAT), (_LON + 0.02, _LAT + 0.01)])
    lane = shapely.LineString([(_LON, _LAT), (_LON + 0.001, _LAT)])
    roads = MapLayer(
        "roads",
        np.array([street, lane], dtype=object),
        ("primary", "service"),
        ("人民路", ""),
        np.array([9, 14]),
    )
    places = MapLayer(
        "places",
        np.array([shapely.Point(_LON, _LAT)], dtype=object),
        ("village",),
        ('前黄村 "一"\\',),
        np.array([12]),
    )
    return [roads, places]


@pytest.fixture(scope="module")
def tiles_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tiles") / "a.pmtiles"
    write_tiles(_layers(), path, title="t")
    return path


def _read(tiles: TileFile, z: int) -> dict[str, list[dict[str, str]]]:
    content = tiles.tile(z, *_tile_of(_LON + 1e-5, _LAT + 1e-5, z))
    assert content is not None
    return {
        name: [feature["properties"] for feature in layer["features"]]
        for name, layer in mapbox_vector_tile.decode(content).items()
    }


def test_features_appear_from_their_zoom_on(tiles_path: Path) -> None:
    tiles = TileFile.open(tiles_path)
    street, lane = {"kind": "primary", "name": "人民路"}, {"kind": "service"}
    village = {"kind": "village", "name": '前黄村 "一"\\'}
    assert tiles.zooms == (MIN_ZOOM, MAX_ZOOM)
    for z in range(9, 12):
        assert _read(tiles, z) == {"roads": [street]}
    for z in range(12, 14):
        assert _read(tiles, z) == {"roads": [street], "places": [village]}
    for z in range(14, 16):
        shown = _read(tiles, z)
        assert street in shown["roads"]
        assert lane in shown["roads"]


def test_coordinates_are_where_they_were(tiles_path: Path) -> None:
    z = 15
    x, y = _tile_of(_LON, _LAT, z)
    content = TileFile.open(tiles_path).tile(z, x, y)
    assert content is not None
    layer = mapbox_vector_tile.decode(content)["places"]
    px, py = layer["features"][0]["geometry"]["coordinates"]
    extent = layer["extent"]
    lon = (x + px / extent) / (1 << z) * 360 - 180
    lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * (y + 1 - py / extent) / (1 << z)))))
    assert lon == pytest.approx(_LON, abs=1e-5)
    assert lat == pytest.approx(_LAT, abs=1e-5)


def test_bounds_hold_the_features(tiles_path: Path) -> None:
    west, south, east, north = TileFile.open(tiles_path).bounds
    assert west <= _LON + 1e-4
    assert south <= _LAT + 1e-4
    assert east >= _LON + 0.02 - 1e-4
    assert north >= _LAT + 0.01 - 1e-4


@pytest.mark.parametrize(
    ("z", "x", "y"), [(6, 0, 0), (16, 0, 0), (-1, 0, 0), (9, -1, 0), (9, 512, 0), (15, 0, 0)]
)
def test_outside_there_is_no_tile(tiles_path: Path, z: int, x: int, y: int) -> None:
    assert TileFile.open(tiles_path).tile(z, x, y) is None


def test_threads_read_the_same(tiles_path: Path) -> None:
    tiles = TileFile.open(tiles_path)
    places = [(z, *_tile_of(_LON, _LAT, z)) for z in range(9, 16)] * 20
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda place: tiles.tile(*place), places))
    assert together == [tiles.tile(*place) for place in places]


def test_a_new_file_does_not_disturb_an_open_one(tmp_path: Path) -> None:
    path = tmp_path / "a.pmtiles"
    write_tiles(_layers(), path, title="t")
    tiles = TileFile.open(path)
    before = _read(tiles, 12)
    write_tiles(_layers()[1:], path, title="t")
    assert _read(tiles, 12) == before
    assert list(_read(TileFile.open(path), 12)) == ["places"]
    assert os.listdir(tmp_path) == ["a.pmtiles"]


def test_nothing_to_draw_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="路网"):
        write_tiles([], tmp_path / "a.pmtiles", title="t")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("kept", [0, 50, 200, -10])
def test_a_damaged_file_is_told_with_the_cure(tiles_path: Path, tmp_path: Path, kept: int) -> None:
    broken = tmp_path / "b.pmtiles"
    broken.write_bytes(tiles_path.read_bytes()[:kept])
    with pytest.raises(ExportError, match=r"b\.pmtiles"):
        TileFile.open(broken)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "c.pmtiles"
    other.write_bytes(b"SQLite format 3\x00" * 100)
    with pytest.raises(ExportError):
        TileFile.open(other)
    with pytest.raises(ExportError):
        TileFile.open(tmp_path / "none.pmtiles")


def test_columns_of_a_layer_have_one_length() -> None:
    with pytest.raises(ExportError, match="roads"):
        MapLayer("roads", np.array([shapely.Point(0, 0)]), (), (), np.array([9]))


_LIMITED = """
import resource, signal, sys
from pathlib import Path
from data.errors import StoreFullError
from data.tiles import write_tiles
from tests.data.test_tiles import _layers
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))
try:
    write_tiles(_layers(), Path(sys.argv[1]), title="t")
except StoreFullError:
    sys.exit(7)
"""


def test_a_full_disk_leaves_the_old_map(tmp_path: Path) -> None:
    path = tmp_path / "a.pmtiles"
    path.write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", _LIMITED, str(path)], check=False)
    assert done.returncode == 7
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.pmtiles"]
