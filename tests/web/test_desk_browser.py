"""The desk in headless Chromium: by keys alone, and by dragging the pin."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from data.place_decisions import PlaceBasis, PlaceVerdict
from geo.nearby import near_distance_m
from tests.web.browser import MISSING, SIZES, Screen, browsing, is_installed, serving
from tests.web.conftest import KEY
from tests.web.court import PASSWORD, SetClock, open_services
from tests.web.desk_court import FIRST, SECOND, THIRD, with_places
from web import build
from web.app import create_app
from web.services import Services

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not is_installed(), reason=MISSING),
    pytest.mark.skipif(not build.VENDOR.exists(), reason="needs python -m web.build"),
]


@pytest.fixture
def here(filled: Path, tmp_path: Path) -> Iterator[Services]:
    folder = tmp_path / "data"
    shutil.copytree(filled, folder)
    services = with_places(open_services(folder, SetClock()))
    yield services
    services.store.close()


@pytest.fixture
def screen(here: Services) -> Iterator[Screen]:
    with serving(create_app(here, secret_key=KEY)) as address, browsing() as driver:
        driver.set_script_timeout(30)
        driver.set_page_load_timeout(30)
        found = Screen(driver, address)
        found.resize("wide")
        found.sign_in("officer", PASSWORD)
        found.open("/desk")
        yield found


def press(screen: Screen, *keys: str) -> None:
    for key in keys:
        ActionChains(screen.driver).send_keys(key).perform()


def waits_for(screen: Screen, text: str) -> None:
    screen.until(f"document.getElementById('address').textContent === '{text}'")


def test_by_keys_alone(screen: Screen, here: Services) -> None:
    decisions = here.store.place_decisions
    waits_for(screen, "河埔镇中山路37号")
    assert screen.text("#left") == "还有 3 条"
    press(screen, "1", Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_UP)
    assert "距候选 1" in screen.text("#pin-text")
    press(screen, Keys.ENTER)
    screen.until("document.getElementById('told').textContent.includes('已确认位置')")
    made = decisions.of_claim(FIRST)
    assert made is not None
    assert (made.verdict, made.basis) == (PlaceVerdict.CONFIRMED, PlaceBasis.MAP)
    waits_for(screen, "新华路8号")  # the neighbour was located by what the first taught
    assert decisions.of_claim(SECOND) is None
    (third,) = here.store.queued_claims(least=0.5, today=here.clock().date(), limit=9)
    assert third.claim_id == THIRD
    press(screen, "u")
    waits_for(screen, "河埔镇中山路37号")
    assert decisions.of_claim(FIRST) is None
    press(screen, "s")
    waits_for(screen, "河埔镇中山路39号")
    press(screen, "n")
    screen.until("document.getElementById('told').textContent === '标为无法定位'")
    made = decisions.of_claim(SECOND)
    assert made is not None
    assert made.verdict is PlaceVerdict.UNLOCATABLE
    assert screen.complaints() == []


def test_by_dragging_the_pin(screen: Screen, here: Services) -> None:
    waits_for(screen, "河埔镇中山路37号")
    assert screen.count("#confirm:disabled") == 1
    screen.click('[data-candidate="1"]')
    assert screen.count('[data-candidate="1"][aria-pressed="true"]') == 1
    pin = screen.driver.find_element(By.CSS_SELECTOR, ".pin-mark--desk")
    ActionChains(screen.driver).drag_and_drop_by_offset(pin, 60, 25).perform()
    assert screen.count('[aria-pressed="true"][data-candidate]') == 0
    lon, lat = screen.text("#pin-text").split("图钉在 ")[1].split(" · ")[0].split(", ")
    screen.click("#confirm")
    screen.until("document.getElementById('told').textContent.includes('已确认位置')")
    made = here.store.place_decisions.of_claim(FIRST)
    assert made is not None
    assert made.point is not None
    assert (made.point.lon, made.point.lat) == pytest.approx((float(lon), float(lat)), abs=1e-6)
    assert here.places is not None
    best = here.places.geocode("河埔镇中山路37号").best
    assert best is not None
    assert near_distance_m(best.point, made.point) < 1.0


def test_shortcuts_are_switched_off_and_coordinates_typed(screen: Screen, here: Services) -> None:
    waits_for(screen, "河埔镇中山路37号")
    screen.click("#keys")
    press(screen, "1", "n")
    assert screen.count("#confirm:disabled") == 1
    assert here.store.place_decisions.settled() == frozenset()
    screen.driver.execute_script(
        "document.querySelector('#typed-text').value = '24.8048, 118.6085';"
        "document.querySelector('#typed').requestSubmit()"
    )
    screen.until("document.querySelector('#confirm').disabled === false")
    assert "118.608500, 24.804800" in screen.text("#pin-text")


def test_the_page_fits_and_is_quiet(screen: Screen) -> None:
    for size in SIZES:
        screen.resize(size)
        screen.open("/desk")
        assert screen.complaints() == [], size
        assert screen.foreign_requests() == [], size
        assert screen.overflow() <= 0, size
        assert screen.count(".stop-mark") >= 1
        assert screen.count(".door-mark") >= 3
