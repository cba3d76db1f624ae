"""How soon the overview map is of use, and how smoothly it moves, with 10,000 and 100,000 cases.

A store is filled for each size and served by the real application; headless Chromium opens the
overview. The first useful map is there when marks and counts are drawn, measured in the page
from the start of its navigation. Beside it, in the same run, the same cases as folium's own
markers in a page of its own. The server has read its cases before, as it does when it starts; how
long that takes is told too.
"""

from __future__ import annotations

import logging
import math
import re
import tempfile
import time
from datetime import date
from pathlib import Path

import folium
import numpy as np
from flask import Flask
from selenium.webdriver.remote.remote_connection import RemoteConnection

from benchmarks.report import figure
from benchmarks.store_court import fill_stores
from data.basemap import build_basemap
from data.demo import generate
from data.map_cases import CaseTable
from data.model import Role
from data.store import Store
from geo.network import build_network
from geo.osmfile import read_features
from tests.web.browser import Screen, browsing, serving
from tests.web.court import PASSWORD, QUICK, SetClock, areas, open_services, stations
from web.app import create_app
from web.build import VENDOR
from web.map_style import THEMES
from web.raster_map import RasterMap

__all__ = ["LARGE", "SMALL", "filled", "main", "measure"]

SMALL, LARGE = 10_000, 100_000
_OPENINGS = 3
_DAY = date(2026, 3, 2)
_PAN_S = 8.0
_LONGEST_S = 180
_MARKS = ".case-marks[data-marks]:not([data-marks='0'])"
_LINK = re.compile(r'<script src="[^"]*"></script>|<link rel="stylesheet" href="[^"]*"\s*/>')

_FIRST_MAP = """
const [selector, least, done] = arguments;
const count = document.getElementById("count-shown");
const look = () => {
  const drawn = document.querySelectorAll(selector).length >= least;
  if (drawn && count?.textContent !== "–") requestAnimationFrame(() => done(performance.now()));
  else setTimeout(look, 5);
};
look();
"""
_PAN = """
const [seconds, done] = arguments;
const map = window[JSON.parse(document.getElementById("config").textContent).map];
const acts = [
  () => map.panBy([320, 0], {duration: 0.4}), () => map.panBy([0, 240], {duration: 0.4}),
  () => map.zoomIn(1), () => map.panBy([-320, 60], {duration: 0.4}), () => map.zoomIn(1),
  () => map.panBy([200, -240], {duration: 0.4}), () => map.zoomOut(1), () => map.zoomOut(1),
];
const began = performance.now();
let frames = 0, next = 0;
const frame = (now) => {
  frames += 1;
  if (now - began > next * 500) acts[next++ % acts.length]();
  if (now - began < seconds * 1000) requestAnimationFrame(frame);
  else done((1000 * frames) / (now - began));
};
requestAnimationFrame(frame);
"""


def main() -> None:
    """Print the figures of both sizes."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="fieldwrit-overview-") as folder, browsing() as driver:
        driver.set_script_timeout(_LONGEST_S)
        driver.set_page_load_timeout(_LONGEST_S)
        if isinstance(driver.command_executor, RemoteConnection):
            driver.command_executor.client_config.timeout = _LONGEST_S
        _pictures(Path(folder))
        for count in (SMALL, LARGE):
            data_dir = Path(folder) / str(count)
            filled(data_dir, count)
            measure(data_dir, Screen(driver, ""), name=f"{count // 1000}k", beside=count == SMALL)


def filled(data_dir: Path, count: int) -> None:
    """Make a store of so many cases with the test court's areas, stations and a commander."""
    store = Store.open(data_dir, clock=SetClock(), create=True, hasher=QUICK)
    try:
        store.replace_areas(areas())
        store.put(stations=stations())
        fill_stores((store,), count)
        store.accounts.create("commander", PASSWORD, Role.COMMANDER, "示范指挥")
    finally:
        store.close()


def measure(
    data_dir: Path, screen: Screen, *, name: str, beside: bool, pan_s: float = _PAN_S
) -> None:
    """Print the figures of one store; ``beside`` puts folium's own markers to the same test."""
    services = open_services(data_dir, SetClock())
    try:
        began_s = time.perf_counter()
        table, _fresh = services.overview.table(services)
        figure(f"overview_{name}_server_reads_s", time.perf_counter() - began_s, "s")
        with serving(create_app(services, secret_key="b" * 40)) as screen.address:
            screen.resize("wide")
            screen.sign_in("commander", PASSWORD)
            first_s = min(_first_map_s(screen, "/overview", _MARKS) for _ in range(_OPENINGS))
            html = screen.driver.execute_async_script(
                "fetch('/overview').then((a) => a.text()).then((t) => arguments[0](t.length))"
            )
            figure(f"overview_html_{name}_kb", html / 1000, "kB")
            figure(f"overview_{name}_first_map_s", first_s, "s")
            fps = screen.driver.execute_async_script(_PAN, pan_s)
            figure(f"overview_{name}_pan_fps", float(fps), "frames/s")
            _heat(screen, name)
        if beside:
            with serving(_folium_app(table)) as screen.address:
                peer_s = _first_map_s(screen, "/", ".leaflet-marker-icon", least=len(table))
            figure(f"folium_{name}_first_map_s", peer_s, "s")
            figure(f"overview_{name}_over_folium", peer_s / first_s, "ratio")
    finally:
        services.store.close()


def _first_map_s(screen: Screen, path: str, selector: str, *, least: int = 1) -> float:
    screen.driver.get(screen.address + path)
    return float(screen.driver.execute_async_script(_FIRST_MAP, selector, least)) / 1000.0


def _heat(screen: Screen, name: str) -> None:
    """Print how long the heat takes: the first time, and when its slider is moved."""
    began_s = time.perf_counter()
    screen.driver.execute_script("document.getElementById('heat-on').click()")
    screen.driver.execute_async_script(
        "const look = () => document.querySelector('#heat-legend li') ? arguments[0]() "
        ": setTimeout(look, 20); look()"
    )
    figure(f"heat_{name}_first_s", time.perf_counter() - began_s, "s")
    moved_ms = screen.driver.execute_async_script(
        "const s = document.getElementById('heat-slider'), began = performance.now();"
        "s.value = 1; s.dispatchEvent(new Event('input', {bubbles: true}));"
        "requestAnimationFrame(() => requestAnimationFrame("
        "() => arguments[0](performance.now() - began)))"
    )
    figure(f"heat_{name}_slider_ms", float(moved_ms), "ms")


def _pictures(folder: Path) -> None:
    """Print how long a tile of the base map as a picture takes, of the demonstration's roads."""
    files = generate(folder / "district", small=True, as_of=_DAY)
    network, path = build_network(files.roads), folder / "basemap.pmtiles"
    build_basemap(read_features(files.roads), network, path)
    lon, lat = network.node_lonlat.mean(axis=0).tolist()
    taken_ms = []
    for theme in THEMES:
        drawer = RasterMap(path)
        for zoom in range(10, 18):
            column, row = _tile_of(lon, lat, zoom)
            for x in range(column - 2, column + 3):
                for y in range(row - 2, row + 2):
                    began_s = time.perf_counter()
                    drawer.tile(theme, 1, zoom, x, y)
                    taken_ms.append((time.perf_counter() - began_s) * 1000.0)
    figure("raster_tile_ms", float(np.percentile(taken_ms, 95)), "ms p95")
    figure("raster_tile_mean_ms", float(np.mean(taken_ms)), "ms")


def _tile_of(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    side = 1 << zoom
    down = (1.0 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2.0
    return int((lon + 180.0) / 360.0 * side), int(down * side)


def _folium_app(table: CaseTable) -> Flask:
    """Return a page with a folium marker for each case, its scripts from this machine."""
    chart = folium.Map(location=(24.92, 118.6), zoom_start=11, tiles=None)
    for point, (lon, lat) in zip(table.points, table.lonlat.tolist(), strict=True):
        folium.Marker((lat, lon), tooltip=point.number).add_to(chart)
    html = _LINK.sub("", chart.get_root().render())
    local = (
        '<script src="/static/vendor/leaflet/leaflet.js"></script>'
        '<link rel="stylesheet" href="/static/vendor/leaflet/leaflet.css"/></head>'
    )
    page = html.replace("</head>", local, 1)
    app = Flask("folium", static_folder=str(VENDOR.parent))
    app.add_url_rule("/", "page", lambda: page)
    return app


if __name__ == "__main__":
    main()
