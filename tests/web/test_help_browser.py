"""Help, first tour and roster in headless Chromium: by keyboard, in both widths, once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys

from data.model import Role
from tests.web.browser import MISSING, SIZES, Screen, browsing, is_installed, serving
from tests.web.conftest import KEY, Reader
from tests.web.court import PASSWORD, SetClock, open_services
from tests.web.test_plans import LETTER, SHARE, release, sign_all
from web import build
from web.app import create_app

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not is_installed(), reason=MISSING),
    pytest.mark.skipif(not build.VENDOR.exists(), reason="needs python -m web.build"),
]

NEWCOMERS = {"newcomer": Role.OFFICER, "chief": Role.COMMANDER, "checker": Role.AUDITOR}


@pytest.fixture(scope="module")
def screen(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    folder = tmp_path_factory.mktemp("browser") / "data"
    shutil.copytree(filled, folder)
    services = open_services(folder, SetClock())
    for name, role in NEWCOMERS.items():
        services.store.accounts.create(name, PASSWORD, role, "新同事")
    services.store.accounts.create(
        "newstation", PASSWORD, Role.POLICE_LIAISON, "新同事", station_id="PS-1"
    )
    app = create_app(services, secret_key=KEY)
    commander = Reader(app.test_client())
    commander.sign_in("commander")
    sign_all(commander)
    release(commander)
    commander.send(SHARE, document=LETTER, answer_by="2026-11-25T18:00")
    with serving(app) as address, browsing() as driver:
        driver.set_script_timeout(30)
        driver.set_page_load_timeout(30)
        yield Screen(driver, address)
    services.store.close()


def press(screen: Screen, *keys: str) -> None:
    ActionChains(screen.driver).send_keys(*keys).perform()


def focused(screen: Screen) -> str:
    found: str = screen.driver.execute_script("return document.activeElement.id")
    return found


def test_the_tour_goes_by_keyboard_ends_by_escape_and_comes_once(screen: Screen) -> None:
    screen.resize("wide")
    screen.sign_in("newcomer", PASSWORD)
    screen.settle()
    assert screen.text(".tour h2") == "总览地图"
    assert focused(screen) == "tour-title"
    assert screen.count(".map-frame.tour-target") == 1
    press(screen, Keys.TAB, Keys.ENTER)  # from the heading to the next button
    assert screen.text(".tour h2") == "案件"
    assert screen.count('.site-nav a.tour-target[href="/cases"]') == 1
    assert "第 2 步，共 6 步" in screen.text(".tour")
    press(screen, Keys.TAB, Keys.ENTER)  # back
    assert screen.text(".tour h2") == "总览地图"
    press(screen, Keys.ESCAPE)
    assert screen.count(".tour") == 0
    assert screen.count(".tour-target") == 0
    assert focused(screen) == "main"
    screen.settle()
    screen.open("/overview")
    assert screen.count(".tour") == 0
    assert screen.complaints() == []


def test_the_tour_is_not_in_the_way(screen: Screen) -> None:
    screen.resize("wide")
    screen.sign_in("chief", PASSWORD)
    screen.settle()
    assert screen.count(".tour") == 1
    screen.click("#lasso")
    assert screen.count(".map--drawing") == 1
    screen.open("/plans")
    assert screen.count(".tour") == 0
    screen.resize("narrow")
    screen.open("/overview")
    assert screen.count(".tour") == 1
    assert screen.overflow() <= 0
    screen.click(".tour-fold")
    for _ in range(5):
        screen.click(".tour .button--main")
    screen.settle()
    screen.open("/overview")
    assert screen.count(".tour") == 0


def test_what_waits_is_in_reach_of_a_station_on_a_phone(screen: Screen) -> None:
    screen.resize("narrow")
    screen.sign_in("newstation", PASSWORD)
    screen.settle()
    assert screen.count(".tour--folded") == 1
    if folder := os.environ.get("FIELDWRIT_PICTURES"):
        screen.driver.save_screenshot(str(Path(folder) / "partner-tour.png"))
    place = (
        "const box = document.querySelector('#waiting form button').getBoundingClientRect();"
        "return [box.top, document.elementFromPoint(box.x + 9, box.y + 9)?.value]"
    )
    top, there = screen.driver.execute_script(place)
    assert top < 740
    assert there == "confirmed"
    last = (
        "scrollTo(0, document.documentElement.scrollHeight);"
        "return document.querySelector('main').getBoundingClientRect().bottom"
        " <= document.querySelector('.tour').getBoundingClientRect().top"
    )
    assert screen.driver.execute_script(last)
    assert screen.overflow() <= 0


def test_the_tour_is_taken_again_from_the_help(screen: Screen) -> None:
    screen.resize("wide")
    screen.sign_in("checker", PASSWORD)
    screen.settle()
    press(screen, Keys.ESCAPE)
    screen.settle()
    screen.open("/help/auditor")
    assert screen.count(".tour") == 0
    screen.driver.find_element("css selector", ".page-head button").click()
    screen.settle()
    assert screen.text(".tour h2") == "核验"


@pytest.mark.parametrize("size", SIZES)
def test_the_help_of_each_role_fits_and_shows_its_pictures(screen: Screen, size: str) -> None:
    screen.resize(size)
    screen.sign_in("commander", PASSWORD)
    for role in Role:
        screen.open(f"/help/{role.value}")
        assert screen.count(".help-topic") >= 2, role
        screen.driver.execute_script(
            "document.querySelectorAll('.help-picture img').forEach((one) => one.loading = 'eager')"
        )
        screen.until(
            "[...document.querySelectorAll('.help-picture img')].every((one) => one.naturalWidth)"
        )
        assert screen.overflow() <= 0, role
        assert screen.complaints() == [], role
        assert screen.foreign_requests() == [], role


def test_the_help_link_opens_the_section_of_the_page(screen: Screen) -> None:
    screen.resize("wide")
    screen.sign_in("commander", PASSWORD)
    screen.open("/cases/c001")
    screen.driver.find_element("id", "help-link").click()
    screen.settle()
    assert screen.driver.current_url.endswith("/help/commander#cases")
    top = screen.driver.execute_script(
        "return document.getElementById('cases').getBoundingClientRect().top"
    )
    assert 0 <= top < 300


@pytest.mark.parametrize("size", SIZES)
def test_the_roster_fits_and_a_station_answers_from_it(screen: Screen, size: str) -> None:
    screen.resize(size)
    screen.sign_in("police_liaison", PASSWORD)
    screen.open("/partner/roster")
    assert screen.count(".roster tbody tr") == 1
    assert screen.overflow() <= 0
    assert screen.complaints() == []
    assert screen.foreign_requests() == []
    if size == "narrow":  # the last: it changes what is shown
        screen.driver.find_element("css selector", ".roster .button--main").click()
        screen.settle()
        assert screen.driver.current_url.partition("#")[0].endswith("/partner/roster")
        assert "已确认" in screen.text(".roster tbody")
