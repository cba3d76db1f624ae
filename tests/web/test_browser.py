"""Pages in headless Chromium: they fit, stay on this machine, complain of nothing, show marks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium.common import WebDriverException
from selenium.webdriver.common.by import By

from routes.model import SupportKind, SupportState
from tests.web.browser import MISSING, SIZES, Screen, browsing, is_installed, serving
from tests.web.conftest import KEY
from tests.web.court import ACTION, NOW, PASSWORD, SetClock, open_services
from web import build
from web.app import create_app

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not is_installed(), reason=MISSING),
    pytest.mark.skipif(not build.VENDOR.exists(), reason="needs python -m web.build"),
]


@pytest.fixture(scope="module")
def screen(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    folder = tmp_path_factory.mktemp("browser") / "data"
    shutil.copytree(filled, folder)
    services = open_services(folder, SetClock())
    store = services.store
    store.release(ACTION, by="test")
    expires = NOW.replace(month=12)
    store.shares.create(ACTION, "PS-1", expires, "test")
    store.support_requests.create(
        ACTION,
        "PS-1",
        SupportKind.ESCORT,
        "v0",
        NOW + timedelta(hours=2),
        expires,
        "test",
        document="协助函1号",
        state=SupportState.SENT,
    )
    with serving(create_app(services, secret_key=KEY)) as address, browsing() as driver:
        driver.set_script_timeout(30)
        driver.set_page_load_timeout(30)
        yield Screen(driver, address)
    store.close()


PAGES = {
    "commander": {
        "/overview": 3,
        f"/plans/{ACTION}": 6,
        f"/live/{ACTION}": 4,
        "/cases/c001": 2,
        "/cases": 0,
    },
    "police_liaison": {"/partner": 5},
    "grid_liaison": {"/grid": 0},
    "auditor": {"/audit": 0},
}


@pytest.mark.parametrize("username", PAGES)
def test_pages_fit_and_are_quiet(username: str, screen: Screen) -> None:
    screen.resize("wide")
    screen.sign_in(username, PASSWORD)
    for size in SIZES:
        screen.resize(size)
        for path, least_marks in PAGES[username].items():
            screen.open(path)
            seen = (path, size)
            assert screen.complaints() == [], seen
            assert screen.foreign_requests() == [], seen
            assert screen.overflow() <= 0, seen
            assert screen.count(".leaflet-marker-icon") >= (least_marks if size == "wide" else 0)
            assert bool(screen.count(".leaflet-marker-icon")) == bool(least_marks), seen
            assert bool(screen.count("canvas.leaflet-tile-loaded")) == bool(least_marks), seen


def test_the_open_page_is_seen_in_the_row_of_pages(screen: Screen) -> None:
    screen.resize("narrow")
    screen.sign_in("officer", PASSWORD)
    screen.open("/rules")  # the last of the row
    screen.until(
        "((row, open) => row.left < open.left + 1 && open.right < row.right + 1 && row.width < 400)"
        "(...['.site-nav', '.site-nav [aria-current]']"
        ".map((one) => document.querySelector(one).getBoundingClientRect()))"
    )


_BASE_COLOURS = """(() => {
  const sheet = document.querySelector(".leaflet-tile-pane > .sheet");
  const { width, height } = sheet;
  const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(sheet, 0, 0);
  const { data } = copy.getImageData(0, 0, width, height);
  return new Set(new Uint32Array(data.buffer)).size;
})()"""


def test_the_base_map_is_painted_after_moves_and_in_the_dark(screen: Screen) -> None:
    screen.resize("wide")
    screen.sign_in("commander", PASSWORD)
    screen.open("/cases/c001")
    map_ = "window[JSON.parse(document.getElementById('config').textContent).map]"
    for act in (
        f"{map_}.setView([24.93, 118.6], 13, {{animate: false}})",
        f"{map_}.panBy([200, 100], {{animate: false}})",
        "document.getElementById('theme').click()",
        "document.getElementById('theme').click()",
    ):
        screen.driver.execute_script(act)
        screen.settle()
        screen.until(f"{_BASE_COLOURS} > 3")
    assert screen.complaints() == []


def test_filters_change_map_counts_and_legend(screen: Screen) -> None:
    screen.resize("wide")
    screen.sign_in("commander", PASSWORD)
    screen.open("/overview")
    assert screen.text("#count-shown") == "48"
    select = "#filter-grade"
    screen.driver.execute_script(
        f"const s = document.querySelector('{select}'); s.value = 'black';"
        "s.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    screen.until("document.querySelector('#count-shown').textContent === '4'")
    assert screen.text("#legend") == "黑\n4"
    screen.click("#filters [type=reset]")


def test_a_view_stands_in_the_address_and_comes_back(screen: Screen) -> None:
    screen.open("/overview?grade=black&colour=kind")
    assert screen.text("#count-shown") == "4"
    assert screen.driver.current_url.endswith("/overview?grade=black&colour=kind")
    screen.click("#filters [type=reset]")
    screen.until("document.querySelector('#count-shown').textContent === '48'")
    assert screen.driver.current_url.endswith("/overview")


def test_a_search_leads_to_a_case_or_a_position(screen: Screen) -> None:
    screen.open("/overview")
    for typed, shown in (("（2026）闽0504执5号", "#selected h2"), ("24.92, 118.61", ".pin-mark")):
        screen.driver.execute_script(
            "document.querySelector('#search-text').value = arguments[0];"
            "document.querySelector('#search').requestSubmit()",
            typed,
        )
        screen.until(f"document.querySelector('{shown}') !== null")
    assert "执5号" in screen.text("#selected h2")
    assert screen.driver.current_url.endswith("/overview")  # nothing typed stands in it
    assert "118.610000, 24.920000" in screen.text("#found")


def test_what_is_drawn_around_is_listed(screen: Screen) -> None:
    screen.open("/overview")
    screen.click("#lasso")
    left, top, width, height = screen.driver.execute_script(
        "const r = document.querySelector('.folium-map').getBoundingClientRect();"
        "return [r.left, r.top, r.width, r.height]"
    )
    pad = 90
    corners = [(pad, pad), (width - pad, pad), (width - pad, height - pad), (pad, height - pad)]
    for number, (x, y) in enumerate([*corners, corners[0]]):
        screen.pointer("mousePressed" if number == 0 else "mouseMoved", left + x, top + y)
    screen.pointer("mouseReleased", left + pad, top + pad)
    screen.until("document.querySelector('#shortlist').hidden === false")
    listed = screen.count("#shortlist li")
    assert 0 < listed <= 48
    assert str(listed) in screen.text("#shortlist b")
    assert screen.count("#lasso[aria-pressed=false]") == 1


def test_a_dot_opens_its_case(screen: Screen) -> None:
    screen.open("/overview")
    assert screen.count("#selected[hidden]") == 1
    screen.until("document.querySelector('.mark--case') !== null")
    screen.click(".mark--case")
    assert "闽0504执" in screen.text("#selected h2")
    href = screen.driver.execute_script("return document.querySelector('#selected a').pathname")
    assert href.startswith("/cases/c")
    screen.click("#selected .close")
    assert screen.count("#selected[hidden]") == 1


def test_the_plan_joins_list_and_map(screen: Screen) -> None:
    screen.open(f"/plans/{ACTION}")
    assert screen.count(".route:not([hidden])") == 2
    screen.click('.chip[data-team="T2"]')
    assert screen.count(".route:not([hidden])") == 1
    assert screen.count(".stop-mark:not(.stop-mark--base)") == 2
    screen.click('.chip[data-team=""]')
    screen.click('.chip[data-day=""]')
    assert screen.count(".route:not([hidden])") == 4
    screen.click('[data-stop="0-2"]')
    assert screen.text(".stop-mark--chosen") == "2"
    assert screen.count(".stop--chosen") == 1


def test_a_hostile_name_is_only_text_on_the_page(screen: Screen) -> None:
    screen.open("/cases/c001")
    assert "<script>alert('x')</script>${7*7}{{ 7*7 }}" in screen.text("main")
    assert screen.count("main img") == 0


def test_no_other_name_than_this_machines_address_is_found(screen: Screen) -> None:
    screen.open("/login")
    with pytest.raises(WebDriverException, match="ERR_NAME_NOT_RESOLVED"):
        screen.driver.get(screen.address.replace("127.0.0.1", "localhost") + "/login")
    assert {urlsplit(one).hostname for one in screen.foreign_requests()} == {"localhost"}
    screen.complaints()


_SHOWN = """
const done = arguments[1];
import("/static/js/basemap.js").then(({ localBase }) => {
  const rules = localBase("/tiles/{z}/{x}/{y}").labelRules;
  const holds = (rule, zoom, [layer, geomType, props]) =>
    rule.dataLayer === layer && zoom >= (rule.minzoom ?? 0) && zoom <= (rule.maxzoom ?? 99)
    && (!rule.filter || rule.filter(zoom, { geomType, props }));
  const shown = [];
  for (let zoom = 8; zoom < 20; zoom++)
    shown.push(arguments[0].filter((one) => rules.some((rule) => holds(rule, zoom, one))).length);
  done(shown);
});
"""


_PLACED = """
const done = arguments[0];
import("/static/js/basemap.js").then(({ localBase }) => {
  const rules = localBase("/tiles/{z}/{x}/{y}").labelRules;
  const feature = { geomType: 3, props: { kind: "reservoir", name: "前黄水库" } };
  const { symbolizer } = rules.find((one) => one.dataLayer === "water" && one.filter(14, feature));
  const point = (x, y) => ({ x, y, clone: () => point(x, y) });
  // two arms: a narrow one in the west, a wide one in the east
  const arms = [[0, 0], [200, 0], [200, 100], [60, 100], [60, 20], [20, 20], [20, 100], [0, 100]];
  const place = (size) => symbolizer.place(
    { scratch: document.createElement("canvas").getContext("2d"), zoom: 14 },
    [arms.map(([x, y]) => point(x * size, y * size))],
    feature,
  )?.map(({ anchor, deduplicationKey }) => [anchor.x, anchor.y, deduplicationKey])[0] ?? null;
  done({ wide: place(1), narrow: place(0.1) });
});
"""


def test_names_are_written_at_every_zoom(screen: Screen) -> None:
    screen.sign_in("officer", PASSWORD)
    screen.open("/overview")
    town = ["places", 1, {"kind": "town", "name": "青溪镇", "rank": 2}]
    village = ["places", 1, {"kind": "village", "name": "石井村", "rank": 4}]
    hamlet = ["places", 1, {"kind": "hamlet", "name": "上厝", "rank": 5}]
    lake = ["water", 3, {"kind": "reservoir", "name": "前黄水库"}]
    station = ["pois", 1, {"kind": "police", "name": "青溪派出所", "rank": 0}]
    school = ["pois", 1, {"kind": "school", "name": "青溪小学", "rank": 1}]

    def first(*one: object) -> int:
        counts = screen.driver.execute_async_script(_SHOWN, list(one))
        return 8 + next(n for n, count in enumerate(counts) if count)

    assert 0 not in screen.driver.execute_async_script(_SHOWN, [town, village, hamlet])
    assert [first(one) for one in (town, lake, station, school)] == [8, 10, 13, 16]


def test_the_name_of_a_lake_is_written_on_it(screen: Screen) -> None:
    screen.sign_in("officer", PASSWORD)
    screen.open("/overview")
    placed = screen.driver.execute_async_script(_PLACED)
    assert placed["wide"] == [130, 50, "前黄水库"]
    assert placed["narrow"] is None


def test_the_legend_explains_the_layers_that_are_shown(screen: Screen) -> None:
    screen.resize("wide")
    screen.sign_in("officer", PASSWORD)
    screen.open("/overview")

    def explained() -> list[str]:
        rows = screen.driver.find_elements(By.CSS_SELECTOR, "[data-layer]")
        return [one.text for one in rows if one.is_displayed()]

    def turn_layer(name: str) -> None:
        screen.driver.execute_script(
            "[...document.querySelectorAll('.leaflet-control-layers-overlays label')]"
            ".find((one) => one.textContent.trim() === arguments[0])"
            ".querySelector('input').click()",
            name,
        )

    assert explained() == ["派出所", "查控点", "派出所辖区"]
    for name in ("联络员", "网格", "乡镇", "查控点范围", "区县"):
        turn_layer(name)
    turn_layer("查控点")
    assert explained() == ["派出所", "联络员", "派出所辖区", "网格", "乡镇", "查控点范围", "区县"]
