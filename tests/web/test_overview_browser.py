"""The overview of a large court in Chromium: clusters, filters, lasso, keyboard, heat, paper."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from benchmarks.store_court import fill_stores
from data.model import Role
from data.store import Store
from geo.model import AreaKind
from routes.locating import Located
from routes.model import Liaison, SecretText
from tests.web.browser import MISSING, SIZES, Screen, browsing, is_installed, serving
from tests.web.conftest import KEY
from tests.web.court import PASSWORD, QUICK, SetClock, areas, open_services, stations
from tests.web.seen_pages import turn
from web import build
from web.app import create_app
from web.overview_index import OverviewIndex
from web.services import Services

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not is_installed(), reason=MISSING),
    pytest.mark.skipif(not build.VENDOR.exists(), reason="needs python -m web.build"),
]
CASES = 3000
LIAISON = "苏春妹"
MAP = "window[JSON.parse(document.getElementById('config').textContent).map]"


@pytest.fixture(scope="module")
def gate() -> Event:
    """Locating waits while this is not set."""
    held = Event()
    held.set()
    return held


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory, gate: Event) -> Iterator[Services]:
    folder = tmp_path_factory.mktemp("large") / "data"
    store = Store.open(folder, clock=SetClock(), create=True, hasher=QUICK)
    store.replace_areas(areas())
    store.put(stations=stations())
    grid = next(one for one in areas() if one.kind is AreaKind.GRID)
    store.put(liaisons=[Liaison("gl1", grid.code, SecretText(LIAISON), SecretText("13850001234"))])
    fill_stores((store,), CASES)
    store.accounts.create("officer", PASSWORD, Role.OFFICER, "示范执行员")
    store.close()
    services = open_services(folder, SetClock())
    locate = services.locate

    def waiting(**known: Any) -> Located:
        assert gate.wait(60)
        return locate(**known)

    yield replace(services, locate=waiting, overview=OverviewIndex(most_rows=CASES // 2))
    services.store.close()


@pytest.fixture(scope="module")
def screen(large: Services) -> Iterator[Screen]:
    with serving(create_app(large, secret_key=KEY)) as address, browsing() as driver:
        driver.set_script_timeout(60)
        driver.set_page_load_timeout(60)
        screen = Screen(driver, address)
        screen.resize("wide")
        screen.sign_in("officer", PASSWORD)
        yield screen


def opened(screen: Screen, query: str = "") -> None:
    screen.resize("wide")
    screen.open(f"/overview{query}")
    screen.until("document.querySelector('#count-shown').textContent !== '–'")


def test_stations_stand_beside_the_numbers_of_clusters(screen: Screen) -> None:
    """At each zoom: no mark's box meets the middle of a cluster, where its number is."""
    opened(screen)
    for zoom in (9, 10, 11, 12):
        screen.driver.execute_script(
            f"{MAP}.setView([24.92, 118.6], arguments[0], {{animate: false}})", zoom
        )
        screen.settle()
        screen.until("document.querySelectorAll('.mark-list button').length > 0")
        time.sleep(0.6)  # the list follows the marks once the map rests
        hidden, seen = screen.driver.execute_script(
            """
            const box = (one) => one.getBoundingClientRect();
            const marks = [...document.querySelectorAll(".station-mark")].map(box);
            const rings = [...document.querySelectorAll(".mark-list button")]
              .map(box).filter(({ width }) => width > 26);
            const inside = (ring) => marks.some(({ left, right, top, bottom }) => {
              const [x, y] = [ring.x + ring.width / 2, ring.y + ring.height / 2];
              return x > left - 6 && x < right + 6 && y > top - 6 && y < bottom + 6;
            });
            return [rings.filter(inside).length, rings.length];
            """
        )
        assert seen > 0
        assert (zoom, hidden) == (zoom, 0)


def drawn(screen: Screen) -> int:
    """Return how many cases the marks stand for."""
    names: list[str] = screen.driver.execute_script(
        "return [...document.querySelectorAll('.mark--cluster')].map((m) => m.ariaLabel)"
    )
    return sum(number(name.split()[0]) for name in names) + screen.count(".mark--case")


def rest(screen: Screen) -> None:
    """Wait until the list holds the marks that are painted."""
    screen.until(
        "document.querySelectorAll('.mark-list button').length"
        " === Number(document.querySelector('.case-marks').dataset.marks)"
    )
    screen.settle()


def number(text: str) -> int:
    return int(text.replace(",", ""))


def show_all(screen: Screen) -> None:
    """Look at the whole district, at once."""
    screen.driver.execute_script(
        f"{MAP}.fitBounds([[24.79, 118.49], [25.11, 118.81]], {{animate: false}})"
    )
    screen.until(f"document.documentElement.dataset.asked === undefined && {MAP}.getZoom() < 11.6")
    rest(screen)


def test_a_large_court_is_drawn_by_few_marks(screen: Screen) -> None:
    opened(screen)
    show_all(screen)
    assert number(screen.text("#count-all")) == CASES
    assert drawn(screen) == CASES
    assert screen.count(".mark-list button") < 900
    assert screen.count(".case-marks") == 1
    assert screen.complaints() == []
    assert screen.foreign_requests() == []


def test_filters_change_marks_counts_legend_and_address(screen: Screen) -> None:
    opened(screen, "?grade=black&colour=kind")
    show_all(screen)
    shown = number(screen.text("#count-shown"))
    assert 0 < shown < CASES
    assert drawn(screen) == shown
    listed = screen.driver.execute_script(
        "return [...document.querySelectorAll('#legend b')].map((b) => b.textContent)"
    )
    assert sum(map(number, listed)) == shown
    screen.driver.execute_script(
        "const s = document.querySelector('#filter-step'); s.value = 'visit';"
        "s.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    screen.until(f"document.querySelector('#count-shown').textContent !== '{shown}'")
    assert screen.driver.current_url.endswith("?grade=black&step=visit&colour=kind")
    screen.click("#filters [type=reset]")
    screen.until("document.querySelector('#count-shown').textContent.length > 3")


def test_the_map_asks_again_where_it_was_moved_to(screen: Screen) -> None:
    opened(screen)
    screen.driver.execute_script(f"{MAP}.setView([24.92, 118.6], 16, {{animate: false}})")
    screen.until("document.querySelectorAll('.mark--case').length > 0")
    rest(screen)
    dots = set(_titles(screen))
    screen.driver.execute_script(f"{MAP}.setView([24.95, 118.63], 16, {{animate: false}})")
    screen.settle()
    rest(screen)
    assert dots.isdisjoint(_titles(screen))


def _titles(screen: Screen) -> list[str]:
    titles: list[str] = screen.driver.execute_script(
        "return [...document.querySelectorAll('.mark--case')].map((m) => m.ariaLabel)"
    )
    return titles


def test_a_dot_and_a_searched_case_open_their_card(screen: Screen) -> None:
    opened(screen)
    screen.driver.execute_script(f"{MAP}.setView([24.92, 118.6], 16, {{animate: false}})")
    screen.settle()
    screen.until("document.querySelectorAll('.mark--case').length > 0")
    first = _titles(screen)[0]
    screen.click(".mark--case")
    assert screen.text("#selected h2") == first
    assert screen.count(".mark--case[aria-current]") == 1
    screen.click("#selected .close")
    screen.driver.execute_script(
        "document.querySelector('#search-text').value = arguments[0];"
        "document.querySelector('#search').requestSubmit()",
        first,
    )
    screen.until("document.querySelector('#selected h2') !== null")
    assert screen.text("#selected h2") == first


def _zoom(screen: Screen) -> float:
    return float(screen.driver.execute_script(f"return {MAP}.getZoom()"))


def _active(screen: Screen) -> str:
    name: str = screen.driver.execute_script("return document.activeElement.ariaLabel ?? ''")
    return name


def test_a_cluster_opens_by_keyboard_and_arrows_lead_to_its_neighbour(screen: Screen) -> None:
    opened(screen)
    show_all(screen)
    stops = screen.driver.find_elements(By.CSS_SELECTOR, ".mark-list [tabindex='0']")
    assert len(stops) == 1
    screen.driver.execute_script("arguments[0].focus()", stops[0])
    first = _box(screen)
    ActionChains(screen.driver).send_keys(Keys.ARROW_RIGHT).perform()
    second = _box(screen)
    assert second[0] - first[0] > abs(second[1] - first[1])
    assert screen.count(".mark-list [tabindex='0']") == 1
    before = _zoom(screen)
    ActionChains(screen.driver).send_keys(Keys.ENTER).perform()
    screen.until(f"{MAP}.getZoom() > {before}")
    rest(screen)
    assert _active(screen)
    assert screen.driver.execute_script(
        "return [...document.querySelectorAll('.mark-list button')].every((m) => m.ariaLabel)"
    )


def _box(screen: Screen) -> list[float]:
    """Return the middle and the width of what has the focus."""
    box: list[float] = screen.driver.execute_script(
        "const r = document.activeElement.getBoundingClientRect();"
        "return [r.left + r.width / 2, r.top + r.height / 2, r.width]"
    )
    return box


def _over_a_mark(screen: Screen, kind: str) -> tuple[list[float], str]:
    """Return the middle of a mark in view, by the button that is laid over it, and its name."""
    for button in screen.driver.find_elements(By.CSS_SELECTOR, kind):
        screen.driver.execute_script("arguments[0].focus({preventScroll: true})", button)
        screen.settle()
        box, name = _box(screen), _active(screen)
        screen.driver.execute_script("arguments[0].blur()", button)
        if screen.driver.execute_script(
            "return document.elementFromPoint(arguments[0], arguments[1]) === arguments[2]",
            *box[:2],
            button,
        ):
            return box, name
    raise AssertionError(kind)


def test_a_mark_is_named_under_the_mouse_and_opened_by_it(screen: Screen) -> None:
    opened(screen)
    screen.driver.execute_script(f"{MAP}.setView([24.92, 118.6], 16, {{animate: false}})")
    screen.settle()
    screen.until("document.querySelectorAll('.mark--case').length > 0")
    rest(screen)
    (x, y, _width), name = _over_a_mark(screen, ".mark--case")
    screen.pointer("mouseMoved", x, y)
    screen.until(f"document.querySelector('.map--on-mark')?.title === '{name}'")
    screen.pointer("mousePressed", x, y)
    screen.pointer("mouseReleased", x, y)
    screen.until("document.querySelector('#selected h2') !== null")
    assert screen.text("#selected h2") == name


def test_a_mark_has_the_colour_of_its_code_in_light_and_dark(screen: Screen) -> None:
    opened(screen, "?grade=black")
    screen.driver.execute_script(f"{MAP}.setView([24.92, 118.6], 16, {{animate: false}})")
    screen.settle()
    screen.until("document.querySelectorAll('.mark--case').length > 0")
    rest(screen)
    (x, y, _width), _name = _over_a_mark(screen, ".mark--case")
    for theme in ("light", "dark"):
        turn(screen, theme)
        shown, wanted = screen.driver.execute_script(
            """
            const sheet = document.querySelector(".case-marks");
            const { left, top } = sheet.getBoundingClientRect();
            const at = [arguments[0] - left, arguments[1] - top].map(Math.round);
            const probe = new OffscreenCanvas(1, 2).getContext("2d", { willReadFrequently: true });
            probe.fillStyle = getComputedStyle(document.documentElement)
              .getPropertyValue("--grade-black").trim();
            probe.fillRect(0, 0, 1, 1);
            probe.drawImage(sheet, ...at, 1, 1, 0, 1, 1, 1);
            const seen = (row) => [...probe.getImageData(0, row, 1, 1).data];
            return [seen(1), seen(0)];
            """,
            x,
            y,
        )
        assert shown == wanted, theme


def test_what_is_drawn_around_is_listed(screen: Screen) -> None:
    opened(screen)
    screen.click("#lasso")
    left, top, width, height = screen.driver.execute_script(
        "const r = document.querySelector('.folium-map').getBoundingClientRect();"
        "return [r.left, r.top, r.width, r.height]"
    )
    x, y = width / 2 - 100, height / 2 - 100
    corners = [(x, y), (x + 200, y), (x + 200, y + 200), (x, y + 200), (x, y)]
    for n, (right, down) in enumerate(corners):
        screen.pointer("mousePressed" if n == 0 else "mouseMoved", left + right, top + down)
    screen.pointer("mouseReleased", left + x, top + y)
    screen.until("document.querySelector('#shortlist').hidden === false")
    listed = screen.count("#shortlist li")
    assert 0 < listed < CASES
    assert str(listed) in screen.text("#shortlist b")


def test_what_the_map_shows_is_listed_without_drawing(screen: Screen) -> None:
    opened(screen)
    screen.driver.execute_script(f"{MAP}.setView([24.92, 118.6], 16, {{animate: false}})")
    screen.settle()
    rest(screen)
    button = screen.driver.find_element(By.ID, "in-view")
    screen.driver.execute_script("arguments[0].focus()", button)
    ActionChains(screen.driver).send_keys(Keys.ENTER).perform()
    screen.until("document.querySelector('#shortlist').hidden === false")
    listed = screen.count("#shortlist li")
    held = screen.driver.execute_script(
        f"const box = {MAP}.getBounds(), frame = {MAP}.getContainer().getBoundingClientRect();"
        "return [...document.querySelectorAll('.mark-list button')].filter((m) => {"
        " const r = m.getBoundingClientRect(), x = r.left + r.width / 2, y = r.top + r.height / 2;"
        " return x > frame.left && x < frame.right && y > frame.top && y < frame.bottom; })"
        ".map((m) => m.classList.contains('mark--case') ? 1 : parseInt(m.ariaLabel))"
    )
    assert 0 < listed == sum(held) < CASES
    assert f"本图范围内 {listed} 件" in screen.text("#shortlist b")
    assert screen.complaints() == []


def test_case_numbers_are_copied_where_no_clipboard_is(screen: Screen) -> None:
    opened(screen)
    screen.driver.execute_script(f"{MAP}.setView([24.92, 118.6], 16, {{animate: false}})")
    screen.settle()
    screen.click("#in-view")
    screen.until("document.querySelector('#shortlist ul') !== null")
    numbers = screen.driver.execute_script(
        "return [...document.querySelectorAll('#shortlist li')].map((one) => one.textContent)"
    )
    screen.driver.execute_script(
        "Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })"
    )
    screen.click("#shortlist > button")
    screen.until("document.querySelector('#shortlist textarea') !== null")
    area, chosen, said = screen.driver.execute_script(
        "const at = document.activeElement;"
        "return [at.value, at.value.slice(at.selectionStart, at.selectionEnd), at.ariaLabel]"
    )
    assert area == chosen == "\n".join(numbers)
    assert "案号" in said
    screen.driver.execute_script(
        "Object.defineProperty(navigator, 'clipboard', { configurable: true,"
        " value: { writeText: async (text) => { window.copied = text; } } })"
    )
    screen.click("#in-view")
    screen.until("document.querySelector('#shortlist textarea') === null")
    screen.click("#shortlist > button")
    screen.until("window.copied !== undefined")
    assert screen.driver.execute_script("return window.copied") == area
    assert screen.complaints() == []


def test_the_heat_follows_its_slider_and_stands_in_the_address(screen: Screen) -> None:
    opened(screen)
    assert screen.count("#heat-body[hidden]") == 1
    screen.click("#heat-on")
    screen.until("document.querySelector('#heat-legend li') !== null")
    evening = screen.text("#heat-total")
    assert "18:00" in screen.text("#heat-band")
    screen.driver.execute_script(
        "const s = document.querySelector('#heat-slider'); s.value = 1;"
        "s.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    assert screen.text("#heat-total") != evening
    assert "08:00" in screen.text("#heat-band")
    said = screen.driver.execute_script(
        "return document.querySelector('#heat-slider').getAttribute('aria-valuetext')"
    )
    assert said == screen.text("#heat-band")
    assert screen.driver.current_url.endswith("?heat=morning&day=workday")
    squares = screen.driver.execute_script(
        "return [...document.querySelectorAll('#heat-legend b')].map((b) => b.textContent)"
    )
    assert sum(map(number, squares)) > 10
    assert screen.count(".leaflet-heat-pane:not([hidden]) canvas") == 1
    screen.click("#heat-on")
    assert screen.count(".leaflet-heat-pane:not([hidden])") == 0
    assert screen.driver.current_url.endswith("/overview")
    opened(screen, "?heat=dawn&day=rest_day")
    screen.until("document.querySelector('#heat-legend li') !== null")
    assert "06:00" in screen.text("#heat-band")


def test_the_reckoning_shows_how_far_it_is_and_can_be_stopped(
    screen: Screen, large: Services, gate: Event
) -> None:
    gate.clear()
    large.store.put(stations=[replace(stations()[0], name="示例派出所")])  # reckoned anew
    opened(screen)
    screen.click("#heat-on")
    screen.until("document.querySelector('#heat-bar')?.value > 0.4")
    assert screen.driver.find_element(By.ID, "heat-stop").is_displayed()
    screen.click("#heat-stop")
    assert screen.count("#heat-work[hidden]") == 1
    gate.set()
    asked = (
        "return performance.getEntriesByType('resource')"
        ".filter((one) => one.name.endsWith('/heat')).length"
    )
    screen.settle()
    before = screen.driver.execute_script(asked)
    time.sleep(1.0)  # longer than between two questions
    assert screen.driver.execute_script(asked) == before
    screen.click("#heat-on")
    screen.click("#heat-on")
    screen.until("document.querySelector('#heat-legend li') !== null")
    screen.until("document.querySelector('#heat-work').hidden")
    assert screen.complaints() == []


def test_a_liaison_is_named_and_called_when_asked(screen: Screen) -> None:
    screen.complaints()  # of what was read of the canvas before
    opened(screen)
    assert screen.count(".liaison-mark") == 0
    screen.driver.execute_script(
        "[...document.querySelectorAll('.leaflet-control-layers-overlays label')]"
        ".find((one) => one.textContent.includes('联络员')).querySelector('input').click()"
    )
    mark = screen.driver.find_element(By.CSS_SELECTOR, ".liaison-mark")
    frame = mark.find_element(By.XPATH, "..")
    assert "联络员" in frame.get_attribute("title")
    frame.send_keys(Keys.ENTER)
    screen.until("document.querySelector('#selected').textContent.includes('138****1234')")
    assert LIAISON in screen.text("#selected")
    screen.driver.find_element(By.CSS_SELECTOR, "#selected button:last-child").click()
    screen.until("document.querySelector('#selected a')?.href === 'tel:13850001234'")
    screen.driver.find_element(By.CSS_SELECTOR, "#selected .close").click()
    assert not screen.driver.find_element(By.CSS_SELECTOR, "#selected").is_displayed()
    assert screen.complaints() == []


def test_it_fits_both_screens_and_is_quiet(screen: Screen) -> None:
    for size in SIZES:
        opened(screen, "?heat=evening")
        screen.resize(size)
        screen.settle()
        assert screen.overflow() <= 0, size
        assert screen.complaints() == [], size


def test_paper_has_map_and_figures(screen: Screen) -> None:
    opened(screen)
    pdf = screen.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})["data"]
    assert base64.b64decode(pdf).startswith(b"%PDF")
    screen.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        shown = screen.driver.execute_script(
            "return ['.map-frame', '#legend', '#counts'].every("
            "(s) => document.querySelector(s).getBoundingClientRect().height > 20)"
        )
        assert shown
        assert screen.count("#filters") == 1
        assert not screen.driver.execute_script(
            "return document.querySelector('#filters').getBoundingClientRect().height"
        )
    finally:
        screen.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
