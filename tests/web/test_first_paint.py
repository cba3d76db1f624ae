"""What a page waits for before it is shown: neither its map nor its font."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.model import Role
from tests.web.browser import MISSING, Screen, browsing, is_installed, serving
from tests.web.conftest import KEY, Reader
from tests.web.court import ACTION, PASSWORD, SetClock, open_services
from tests.web.test_plans import LETTER, SHARE, release, sign_all
from web import build
from web.app import create_app
from web.font import FONT_COOKIE

_MAPS = ("/overview", f"/plans/{ACTION}", "/cases/c001", "/field/")
_ASKED = "return performance.getEntriesByType('resource').map((one) => new URL(one.name).pathname)"
_LONG = """document.addEventListener("readystatechange", () => {
  const list = document.querySelector(".split > .card");
  if (list) list.style.minHeight = "3000px";
});"""
_FRAME = "document.querySelector('.map-frame')"

browser = pytest.mark.skipif(
    not is_installed() or not build.VENDOR.exists(), reason=f"{MISSING} and python -m web.build"
)


@pytest.mark.parametrize("path", _MAPS)
def test_only_the_pages_own_styles_hold_up_its_first_paint(reader: Reader, path: str) -> None:
    reader.sign_in(Role.COMMANDER)
    page = reader.get(path).text
    head = page.partition("</head>")[0]
    blocking = [
        link
        for link in re.findall(r"<link[^>]+>", head)
        if 'rel="stylesheet"' in link and "data-map-styles" not in link and "dark.css" not in link
    ]
    assert blocking
    assert all("/static/css/" in link for link in blocking), blocking
    assert "<script" not in head
    sources = re.findall(r"<script([^>]*) src=", page)
    assert sources
    assert all('type="module"' in one for one in sources), sources


def test_a_browser_that_has_the_font_is_shown_it_at_once_but_on_a_phone_s_page(
    reader: Reader,
) -> None:
    reader.sign_in(Role.OFFICER)
    late = reader.get("/overview").text
    assert 'data-font="late"' in late
    assert "noto-sans-sc" not in late
    reader.client.set_cookie(FONT_COOKIE, "kept")
    kept = reader.get("/overview").text
    assert 'data-font="kept"' in kept
    assert "noto-sans-sc/index.css" in kept
    assert "js/font.js" not in kept
    field = reader.get("/field/").text
    assert 'data-font="none"' in field
    assert "noto-sans-sc" not in field


@pytest.fixture(scope="module")
def screen(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    folder = tmp_path_factory.mktemp("first-paint") / "data"
    shutil.copytree(filled, folder)
    services = open_services(folder, SetClock())
    app = create_app(services, secret_key=KEY)
    commander = Reader(app.test_client())
    commander.sign_in(Role.COMMANDER)
    sign_all(commander)
    release(commander)
    commander.send(SHARE, document=LETTER, answer_by="2026-11-25T18:00")
    with serving(app) as address, browsing() as driver:
        driver.set_script_timeout(60)
        yield Screen(driver, address)
    services.store.close()


@browser
@pytest.mark.browser
def test_the_sign_in_fetches_the_font_and_the_next_page_shows_it(screen: Screen) -> None:
    screen.resize("wide")
    screen.open("/login")
    screen.until(f"document.cookie.includes('{FONT_COOKIE}=kept')")
    assert screen.driver.execute_script("return document.fonts.size") == 0
    screen.open("/login")
    assert screen.driver.execute_script("return document.documentElement.dataset.font") == "kept"
    shown = "[...document.fonts].some((one) => one.status === 'loaded')"
    screen.until(shown)
    family = screen.driver.execute_script("return getComputedStyle(document.body).fontFamily")
    assert family.startswith('"Noto Sans SC Variable"')
    assert screen.complaints() == []


@browser
@pytest.mark.browser
def test_a_phone_fetches_no_font_and_the_map_only_where_it_is_near(screen: Screen) -> None:
    screen.resize("narrow")
    screen.sign_in(str(Role.POLICE_LIAISON), PASSWORD)
    screen.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": _LONG})
    screen.open("/partner")
    assert screen.count(".ask") > 0
    asked = screen.driver.execute_script(_ASKED)
    assert not any("leaflet" in one for one in asked)
    assert not [one for one in asked if "noto-sans-sc" in one]
    screen.driver.execute_script(f"{_FRAME}.scrollIntoView()")
    screen.until("document.querySelectorAll('.stop-mark').length > 0")
    assert screen.complaints() == []
    assert screen.foreign_requests() == []
