"""The network page in headless Chromium: roads, a closure drawn and lifted, the slider."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from selenium.webdriver.support.ui import WebDriverWait

from geo.travel import load_engine
from tests.geo.roads import network_of
from tests.web.browser import MISSING, SIZES, Screen, browsing, is_installed, serving
from tests.web.conftest import KEY
from tests.web.court import PASSWORD, SetClock, open_services
from tests.web.test_network_page import ROADS, SPOTS
from web import build
from web.app import create_app
from web.network_board import RoadBoard

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not is_installed(), reason=MISSING),
    pytest.mark.skipif(not build.VENDOR.exists(), reason="needs python -m web.build"),
]

_MAP = "const map = window[JSON.parse(document.getElementById('config').textContent).map];"


@pytest.fixture(scope="module")
def screen(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    folder = tmp_path_factory.mktemp("browser") / "data"
    shutil.copytree(filled, folder)
    network = network_of(SPOTS, ROADS)
    services = replace(
        open_services(folder, SetClock()), roads=RoadBoard(network), engine=load_engine(network)
    )
    with serving(create_app(services, secret_key=KEY)) as address, browsing() as driver:
        driver.set_script_timeout(30)
        driver.set_page_load_timeout(30)
        yield Screen(driver, address)
    services.store.close()


def wait_for(screen: Screen, selector: str, text: str) -> None:
    WebDriverWait(screen.driver, 60).until(lambda _: text in screen.text(selector))


def test_the_page_fits_and_is_quiet_for_each_reader(screen: Screen) -> None:
    for username, marks in (("officer", 4), ("police_liaison", 1)):
        screen.resize("wide")
        screen.sign_in(username, PASSWORD)
        for size in SIZES:
            screen.resize(size)
            screen.open("/network")
            seen = (username, size)
            assert screen.complaints() == [], seen
            assert screen.foreign_requests() == [], seen
            assert screen.overflow() <= 0, seen
            assert screen.count(".road-tiles canvas.leaflet-tile-loaded") > 0, seen
            assert screen.count(".station-mark") == marks, seen
            assert screen.count("[data-draw]") == 0, seen


def test_a_closure_is_drawn_by_the_map_s_centre_and_lifted(screen: Screen) -> None:
    screen.resize("narrow")
    screen.sign_in("commander", PASSWORD)
    screen.open("/network")
    screen.click('[data-draw="area"]')
    for lon, lat in ((118.62, 24.91), (118.63, 24.91), (118.63, 24.935), (118.62, 24.935)):
        screen.driver.execute_script(f"{_MAP} map.setView([{lat}, {lon}], 13, {{animate: false}})")
        screen.click('[data-act="centre"]')
    assert screen.count(".corner-mark") == 4
    screen.click('[data-act="done"]')
    screen.driver.execute_script("document.getElementById('closure-reason').value = '<b>桥</b>'")
    assert screen.count('#closure [value="save"]:disabled') == 1
    screen.click('#closure [value="preview"]')
    wait_for(screen, "#effect", "白沙派出所")
    screen.click('#closure [value="save"]')
    wait_for(screen, "#closures", "<b>桥</b>")
    assert screen.count("#closures li b b") == 0
    screen.driver.execute_script(
        "document.getElementById('reach-start').value = 'station:PS-1';"
        "document.getElementById('reach').dispatchEvent(new Event('input'))"
    )
    wait_for(screen, "#reach-result", "派出所 白沙派出所")
    assert "<b>桥</b>" in screen.text("#reach-result")
    plain = screen.count("path.leaflet-interactive")
    screen.driver.execute_script("document.querySelector('#reach-result input').click()")
    assert screen.count("path.leaflet-interactive") > plain
    screen.click("#closures li .actions button:last-child")
    screen.click("#closures li .actions button:last-child")
    wait_for(screen, "#closures", "目前没有道路封闭")
    assert screen.complaints() == []


def test_a_road_is_chosen_by_the_map_s_centre(screen: Screen) -> None:
    screen.sign_in("commander", PASSWORD)
    screen.open("/network")
    screen.driver.execute_script(f"{_MAP} map.setView([24.9225, 118.6252], 15, {{animate: false}})")
    screen.settle()
    screen.click('[data-draw="roads"]')
    for act in ("centre", "undo", "centre"):
        screen.click(f'[data-act="{act}"]')
    assert "1号路" in screen.text("#drawn")
    screen.click('[data-act="done"]')
    screen.click("#closure-cancel")
    assert screen.count("#closure[hidden]") == 1


def test_the_slider_draws_bands(screen: Screen) -> None:
    screen.resize("wide")
    screen.sign_in("commander", PASSWORD)
    screen.open("/network")
    screen.driver.execute_script(
        "document.getElementById('reach-start').value = 'station:PS-1';"
        "document.getElementById('reach-minutes').value = 25;"
        "document.getElementById('reach').dispatchEvent(new Event('input'))"
    )
    wait_for(screen, "#reach-result", "25 分钟内")
    assert screen.text("#reach-shown") == "25"
    assert screen.count(".leaflet-reach-pane path") >= 2
    assert screen.count(".map--reach") == 1
    assert screen.complaints() == []


def test_classes_are_switched(screen: Screen) -> None:
    screen.sign_in("commander", PASSWORD)
    screen.open("/network")
    before = drawn(screen)
    for box in range(screen.count("#classes input")):
        screen.driver.execute_script(
            "document.querySelectorAll('#classes input')[arguments[0]].click()", box
        )
    assert before > drawn(screen) == 0


def drawn(screen: Screen) -> int:
    """Return how many pixels of the road tiles are not empty."""
    count: int = screen.driver.execute_script(
        "return [...document.querySelectorAll('.road-tiles canvas')].reduce((sum, one) => sum +"
        " one.getContext('2d').getImageData(0, 0, one.width, one.height).data"
        ".filter((value, n) => n % 4 === 3 && value > 0).length, 0)"
    )
    return count
