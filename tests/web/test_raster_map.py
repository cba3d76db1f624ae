"""The base map as pictures: what is drawn where, who may see it, and a page that needs it."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import shapely
from flask import Flask
from PIL import Image, ImageColor

from data.model import Role
from data.rights import Right
from data.tiles import MapLayer, write_tiles
from geo.model import Ints
from tests.web.browser import MISSING, Screen, browsing, is_installed, serving
from tests.web.conftest import KEY, Reader
from tests.web.court import PASSWORD, SetClock, open_services
from tests.web.seen_pages import turn
from web import build
from web.app import create_app
from web.latest_map import LatestTiles
from web.map_style import THEMES, map_colours, style_sheet
from web.raster_map import LatestRasterMap, open_raster_map
from web.services import Services, attach

pytestmark = pytest.mark.skipif(not build.VENDOR.exists(), reason="needs python -m web.build")

_ZOOM = 12
_BLOCK = 4  # tiles that are drawn in one go
_X, _Y = 3397, 1755
_EDGE_X = _X - _X % _BLOCK  # first column of its block


def _lonlat(x: float, y: float) -> tuple[float, float]:
    side = 1 << _ZOOM
    lat = math.degrees(math.atan(math.sinh(math.pi * (1.0 - 2.0 * y / side))))
    return x / side * 360.0 - 180.0, lat


def _layer(name: str, kind: str, label: str, shape: shapely.Geometry, rank: int = 0) -> MapLayer:
    shapes, zooms = np.array([shape], dtype=object), np.array([7])
    return MapLayer(name, shapes, (kind,), (label,), zooms, np.array([rank]))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> LatestRasterMap:
    """A lake in one tile, a town on the edge of two blocks, a road that runs through all."""
    path = tmp_path_factory.mktemp("raster") / "a.pmtiles"
    west, north = _lonlat(_X + 0.1, _Y + 0.1)
    east, south = _lonlat(_X + 0.9, _Y + 0.9)
    road = shapely.LineString([_lonlat(_X - 8.0, _Y + 1.5), _lonlat(_X + 8.0, _Y + 1.5)])
    layers = (
        _layer("water", "reservoir", "", shapely.box(west, south, east, north)),
        _layer("roads", "primary", "人民路", road, 2),
        _layer("places", "town", "青溪镇", shapely.Point(_lonlat(_EDGE_X, _Y + 0.5)), 2),
    )
    write_tiles(layers, path, title="t")
    found = open_raster_map(path)
    assert found is not None
    return found


def _put_lake(path: Path, tile: tuple[int, int]) -> None:
    """Put a base map in place of the one there, with a lake that fills one tile's middle."""
    west, north = _lonlat(tile[0] + 0.1, tile[1] + 0.1)
    east, south = _lonlat(tile[0] + 0.9, tile[1] + 0.9)
    lake = shapely.box(west, south, east, north)
    write_tiles((_layer("water", "reservoir", "", lake),), path, title="t")


def _pixels(data: bytes | None) -> Ints:
    assert data is not None
    return np.asarray(Image.open(BytesIO(data)).convert("RGB")).astype(np.int64)


def _near(pixels: Ints, colour: str, within: int = 6) -> Ints:
    off = np.abs(pixels - np.array(ImageColor.getrgb(colour))).max(axis=2)
    near: Ints = np.argwhere(off <= within)
    return near


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("scale", [1, 2])
def test_water_has_its_colour_in_a_picture_of_the_asked_size(
    drawn: LatestRasterMap, theme: str, scale: int
) -> None:
    data = drawn.tile(theme, scale, _ZOOM, _X, _Y)
    assert data is not None
    assert data.startswith(b"\x89PNG")
    pixels = _pixels(data)
    assert pixels.shape == (256 * scale, 256 * scale, 3)
    water, paper = map_colours(theme)["map-water"], map_colours(theme)["map-paper"]
    lake = _near(pixels, water)
    assert len(lake) == pytest.approx((0.8 * 256 * scale) ** 2, rel=0.02)
    assert _near(pixels[: 20 * scale], paper).shape[0] == 20 * scale * 256 * scale
    assert len(_near(_pixels(drawn.tile(theme, scale, _ZOOM, _X, _Y + 8)), water)) == 0


@pytest.mark.parametrize("theme", THEMES)
def test_a_name_goes_on_past_the_edge_of_a_picture(drawn: LatestRasterMap, theme: str) -> None:
    ink = map_colours(theme)["map-town-name"]
    left = _near(_pixels(drawn.tile(theme, 1, _ZOOM, _EDGE_X - 1, _Y)), ink, 40)
    right = _near(_pixels(drawn.tile(theme, 1, _ZOOM, _EDGE_X, _Y)), ink, 40)
    for seen in (left, right):  # half of three signs of 14 pixels, in the tile's middle
        assert len(seen) > 20
        assert abs(seen[:, 0] - 128).max() <= 9
    assert left[:, 1].min() >= 256 - 24
    assert right[:, 1].max() <= 24


def test_names_on_lines_stay_inside_what_is_drawn_in_one_go(drawn: LatestRasterMap) -> None:
    ink, zoom = map_colours("light")["map-road-name"], _ZOOM + 1
    columns = range(2 * _EDGE_X - _BLOCK, 2 * _EDGE_X + _BLOCK)
    road = np.hstack([_pixels(drawn.tile("light", 1, zoom, x, 2 * _Y + 3)) for x in columns])
    written = np.unique(_near(road, ink, 30)[:, 1])
    assert len(written) > 40
    edge = _BLOCK * 256
    assert np.abs(written - edge).min() > 2


@pytest.mark.parametrize("theme", THEMES)
def test_every_zoom_has_a_style_and_every_colour_is_known(theme: str) -> None:
    for zoom in range(7, 21):
        assert "TextSymbolizer" in style_sheet(theme, zoom, "a.pmtiles", {"roads", "places"})


def test_a_picture_is_drawn_once_and_threads_get_the_same(drawn: LatestRasterMap) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: drawn.tile("light", 1, 13, 2 * _X, 2 * _Y), range(8)))
    assert all(one is found[0] for one in found)


def test_other_libraries_keep_their_own_files(drawn: LatestRasterMap) -> None:
    drawn.tile("light", 1, _ZOOM, _X, _Y)
    assert not {"GDAL_DATA", "PROJ_LIB"} & set(os.environ)


def test_a_new_map_is_shown_without_a_new_start(tmp_path: Path) -> None:
    path = tmp_path / "a.pmtiles"
    tiles = ((_X, _Y), (_X + 1, _Y), (_X + 2, _Y + 1))
    _put_lake(path, tiles[0])
    pictures, vectors = open_raster_map(path), LatestTiles(path)
    assert pictures is not None
    water = map_colours("light")["map-water"]
    for there in tiles:
        _put_lake(path, there)
        lakes = {
            one: len(_near(_pixels(pictures.tile("light", 1, _ZOOM, *one)), water)) for one in tiles
        }
        assert lakes.pop(there) > 40_000
        assert set(lakes.values()) == {0}
        empty = {one for one in tiles if vectors.tile(_ZOOM, *one) is None}
        assert empty == set(tiles) - {there}


def test_the_former_map_stays_where_the_new_one_is_gone_or_broken(tmp_path: Path) -> None:
    path = tmp_path / "a.pmtiles"
    _put_lake(path, (_X, _Y))
    pictures, vectors = open_raster_map(path), LatestTiles(path)
    assert pictures is not None
    before = pictures.tile("light", 1, _ZOOM, _X, _Y), vectors.tile(_ZOOM, _X, _Y)
    path.rename(tmp_path / "b.pmtiles")
    assert (pictures.tile("light", 1, _ZOOM, _X, _Y), vectors.tile(_ZOOM, _X, _Y)) == before
    path.write_bytes(b"cut short")
    assert (pictures.tile("light", 1, _ZOOM, _X, _Y), vectors.tile(_ZOOM, _X, _Y)) == before
    _put_lake(path, (_X + 1, _Y))
    assert vectors.tile(_ZOOM, _X, _Y) is None
    assert pictures.tile("light", 1, _ZOOM, _X, _Y) != before[0]


def test_where_no_map_was_made_there_are_no_pictures(tmp_path: Path) -> None:
    assert open_raster_map(tmp_path / "none.pmtiles") is None


@pytest.fixture
def shown(app: Flask, court: Services, drawn: LatestRasterMap) -> Flask:
    attach(app, replace(court, raster=drawn))
    return app


def test_programs_ask_with_a_token_of_the_right_scope(shown: Flask, court: Services) -> None:
    """As QGIS does for a layer of XYZ tiles: the token stands in a header, never in the address."""
    officer = court.store.accounts.named(Role.OFFICER.value)
    assert officer is not None
    ends_at = court.clock() + timedelta(days=1)
    answers = {}
    for scope in (Right.BASEMAP_READ, Right.MAP_READ):
        _kept, secret = court.store.tokens.create(
            officer, "地图程序", {scope}, expires_at=ends_at, by=officer.id
        )
        token = {"Authorization": f"Bearer {secret}"}
        client = shown.test_client()
        answers[scope] = client.get(f"/tiles/light/{_ZOOM}/{_X}/{_Y}@2x.png", headers=token)
    answer = answers[Right.BASEMAP_READ]
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert Image.open(BytesIO(answer.data)).size == (512, 512)
    assert "private" in answer.headers["Cache-Control"]
    assert answers[Right.MAP_READ].status_code == 403


def test_a_session_is_told_of_no_change(shown: Flask, signed_in: Callable[..., Reader]) -> None:
    reader = signed_in(Role.OFFICER)
    path = f"/tiles/dark/{_ZOOM}/{_X}/{_Y}.png"
    known = {"If-None-Match": reader.get(path).headers["ETag"]}
    again = reader.client.get(path, headers=known)
    assert (again.status_code, again.data) == (304, b"")
    reader.post("/logout")
    assert reader.get(path).status_code == 401


@pytest.mark.parametrize(
    "tile", ["blue/12/1/1", "light/7/1/1", "light/21/1/1", "light/12/4096/1", "light/12/1/4096"]
)
def test_beyond_the_map_there_is_nothing(
    shown: Flask, signed_in: Callable[..., Reader], tile: str
) -> None:
    assert signed_in(Role.OFFICER).get(f"/tiles/{tile}.png").status_code == 404


@pytest.fixture(scope="module")
def screen(
    filled: Path, drawn: LatestRasterMap, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Screen]:
    folder = tmp_path_factory.mktemp("raster-pages") / "data"
    shutil.copytree(filled, folder)
    services = replace(open_services(folder, SetClock()), raster=drawn)
    with serving(create_app(services, secret_key=KEY)) as address, browsing() as driver:
        driver.set_script_timeout(60)
        yield Screen(driver, address)
    services.store.close()


_PICTURES = "document.querySelectorAll('img.leaflet-tile-loaded[src*=\"/tiles/\"]').length"


@pytest.mark.browser
@pytest.mark.skipif(not is_installed(), reason=MISSING)
def test_a_page_shows_pictures_where_vectors_fail_and_where_they_are_chosen(
    screen: Screen,
) -> None:
    screen.resize("wide")
    screen.sign_in("officer", PASSWORD)
    for broken in ("*/protomaps-leaflet.js", "*.mvt"):
        screen.driver.execute_cdp_cmd("Network.enable", {})
        screen.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": [broken]})
        screen.open("/overview")
        screen.until(f"{_PICTURES} > 3")
        assert "图片" in screen.text(".map-maker")
    screen.complaints()
    screen.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    screen.open("/overview")
    assert screen.driver.execute_script(f"return {_PICTURES}") == 0
    for _opening in range(2):  # what is chosen stays so
        screen.driver.execute_script(
            "for (const one of document.querySelectorAll('.leaflet-control-layers-base label'))"
            "if (one.textContent.includes('图片')) one.querySelector('input').click()"
        )
        screen.until(f"{_PICTURES} > 3")
        assert "/tiles/light/" in screen.driver.execute_script(
            "return document.querySelector('img.leaflet-tile').src"
        )
        screen.open("/overview")
    screen.driver.execute_script(  # half a zoom has no pictures, also where the theme changes
        "const { map } = JSON.parse(document.getElementById('config').textContent);"
        "window[map].setZoom(12.5, { animate: false })"
    )
    screen.settle()
    turn(screen, "dark")
    screen.until(_PICTURES.replace("/tiles/", "/tiles/dark/") + " > 3")
    screen.driver.execute_script("localStorage.clear()")
    assert screen.complaints() == []
