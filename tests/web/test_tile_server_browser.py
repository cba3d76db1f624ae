"""Maps over another's pictures, in headless Chromium: points go to their right place and back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from geo.coordinates import distance_m, from_wgs84, to_wgs84
from geo.model import Datum, Floats
from tests.web.browser import MISSING, Screen, browsing, is_installed, serving
from tests.web.conftest import KEY
from tests.web.court import PASSWORD, SetClock, open_services
from tests.web.picture_server import PictureServer, serving_pictures
from tests.web.test_tile_server import own
from web import build
from web.app import create_app
from web.tile_server import TileServer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not is_installed(), reason=MISSING),
    pytest.mark.skipif(not build.VENDOR.exists(), reason="needs python -m web.build"),
]


@pytest.fixture(scope="module")
def pictures() -> Iterator[PictureServer]:
    with serving_pictures() as server:
        yield server


@pytest.fixture(scope="module")
def screen(
    filled: Path, pictures: PictureServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Screen]:
    folder = tmp_path_factory.mktemp("browser") / "data"
    shutil.copytree(filled, folder)
    services = open_services(folder, SetClock())
    server = TileServer(own(folder, pictures.address))
    app = create_app(replace(services, tile_server=server), secret_key=KEY)
    with serving(app) as address, browsing() as driver:
        driver.set_script_timeout(30)
        driver.set_page_load_timeout(30)
        found = Screen(driver, address)
        found.resize("wide")
        found.sign_in("commander", PASSWORD)
        yield found
    services.store.close()


@pytest.fixture
def overview(screen: Screen, pictures: PictureServer) -> Screen:
    pictures.status = 200
    screen.open("/overview")
    screen.driver.execute_script(
        "window.map = window[JSON.parse(document.getElementById('config').textContent).map]"
    )
    return screen


def converted(screen: Screen, name: str, points: Floats, datum: Datum) -> Floats:
    """Return what the page's own script makes of points."""
    found = screen.driver.execute_async_script(
        """
        const [name, points, datum, done] = arguments;
        import("/static/js/datum.js").then((datums) => {
          done(JSON.stringify(points.map((point) => datums[name](point, datum))));
        });
        """,
        name,
        points.tolist(),
        datum.value,
    )
    return np.asarray(json.loads(found))


@pytest.mark.parametrize("datum", Datum)
def test_the_script_moves_points_as_the_importers_do(screen: Screen, datum: Datum) -> None:
    random = np.random.default_rng(8)
    points = random.uniform((73.0, 3.0), (135.5, 53.5), (2000, 2))
    moved = converted(screen, "fromWgs84", points, datum)
    assert distance_m(moved, from_wgs84(points, datum)).max() < 1e-4
    back = converted(screen, "toWgs84", moved, datum)
    assert distance_m(back, to_wgs84(moved, datum)).max() < 1e-3
    assert distance_m(back, points).max() < 1e-3


def test_a_point_is_drawn_where_the_pictures_have_it(overview: Screen) -> None:
    lonlat = np.array([118.59, 24.905])
    lon, lat = from_wgs84(lonlat, Datum.GCJ02)
    drawn, wanted = overview.driver.execute_script(
        """
        const [lon, lat, shiftedLon, shiftedLat] = arguments;
        const at = map.project([lat, lon], 18);
        const there = L.CRS.EPSG3857.latLngToPoint(L.latLng(shiftedLat, shiftedLon), 18);
        return [[at.x, at.y], [there.x, there.y]];
        """,
        *map(float, (*lonlat, lon, lat)),
    )
    assert np.abs(np.subtract(drawn, wanted)).max() < 0.01  # of a pixel at the nearest zoom
    assert distance_m(lonlat, [lon, lat]) > 300  # as it would be wrong without


def test_a_click_and_a_drag_give_the_stored_datum_back(overview: Screen) -> None:
    places = overview.driver.execute_script(
        """
        map.setView([24.905, 118.59], 17, { animate: false });
        const stored = [24.9052, 118.5907];
        const at = map.latLngToContainerPoint(stored);
        const back = map.containerPointToLatLng(at);
        const marker = L.marker(stored, { draggable: true }).addTo(map);
        L.DomUtil.setPosition(marker._icon, L.DomUtil.getPosition(marker._icon).add([40, 0]));
        marker.dragging._draggable._newPos = L.DomUtil.getPosition(marker._icon);
        marker.dragging._onDrag({});
        const dragged = marker.getLatLng();
        const aim = map.containerPointToLatLng(at.add([40, 0]));
        marker.remove();
        return [stored, ...[back, dragged, aim].map(({ lat, lng }) => [lat, lng])];
        """
    )
    stored, back, dragged, aim = (np.array(pair)[::-1] for pair in places)
    half_pixel_m = 0.6  # at this zoom
    assert distance_m(stored, back) < half_pixel_m
    assert distance_m(dragged, aim) < half_pixel_m


def test_marks_keep_their_stored_points_and_the_page_stays_at_home(overview: Screen) -> None:
    names = overview.driver.execute_script(
        """
        const marks = [];
        map.eachLayer((one) => one instanceof L.Marker && !one.getAllChildMarkers
          && marks.push([one.getLatLng().lat, one.getLatLng().lng]));
        return marks;
        """
    )
    assert [24.921, 118.552] in names  # the station's own, as stored
    assert overview.count("img.leaflet-tile") > 4
    assert overview.text(".map-maker") == "示例区法院"
    assert overview.complaints() == []
    assert overview.foreign_requests() == []


def test_the_local_map_lies_right_beneath_the_same_points(overview: Screen) -> None:
    off_px = overview.driver.execute_script(
        """
        map.setView([24.905, 118.59], 15, { animate: false });
        document.querySelectorAll(".leaflet-control-layers-base input")[1].click();
        let layer;
        map.eachLayer((one) => { if (one instanceof L.GridLayer && one._getTilePos) layer = one; });
        return Object.values(layer._tiles).map(({ coords }) => {
          const at = coords.scaleBy(layer.getTileSize());
          const corner = map.project(L.CRS.EPSG3857.pointToLatLng(at, coords.z), coords.z);
          const wanted = corner.subtract(layer._level.origin);
          return layer._getTilePos(coords).distanceTo(wanted);
        });
        """
    )
    assert len(off_px) > 8
    assert max(off_px) < 1


def test_where_the_server_is_silent_the_local_map_takes_over(
    screen: Screen, pictures: PictureServer
) -> None:
    pictures.status = 500
    screen.open("/cases/c001")
    screen.until("document.querySelectorAll('.leaflet-control-layers-base input')[1].checked")
    assert "已换用本地底图" in screen.text(".map-maker")
    said = screen.complaints()  # the browser's own lines of the pictures that did not come
    assert said
    assert all("503" in line for line in said)
