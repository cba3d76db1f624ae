"""Each page in headless Chromium under axe: no violation, in both languages, light and dark."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
from flask import Flask

from tests.web.browser import MISSING, Screen, browsing, is_installed, serving
from tests.web.seen_court import MORNING, open_seen
from tests.web.seen_pages import SeenPage, pages_of, show, sign_in, turn, unlisted
from tests.web.test_field_browser import shift_clock
from web import build

AXE = build.ASSETS / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not is_installed(), reason=MISSING),
    pytest.mark.skipif(not AXE.exists(), reason="needs python -m web.build --force"),
]
_RUN = """
const [only, done] = arguments;
const options = only ? { runOnly: { type: "rule", values: only } } : {};
axe.run(document, { resultTypes: ["violations"], ...options }).then(({ violations }) => done(
  violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 4).map(({ target, any, all, none }) =>
    `${target.join(" ")} ${[...any, ...all, ...none][0]?.message ?? ""}`).join(" | ")}`)));
"""
_BY_COLOUR = ["color-contrast", "link-in-text-block"]

Place = tuple[Flask, Screen, tuple[SeenPage, ...]]


@pytest.fixture(scope="module")
def place(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("axe") / "data"
    shutil.copytree(filled, folder)
    app, court, ids = open_seen(folder)
    with serving(app) as address, browsing() as driver:
        driver.set_script_timeout(30)
        driver.set_page_load_timeout(30)
        shift_clock(driver, MORNING)
        still = [{"name": "prefers-reduced-motion", "value": "reduce"}]
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": still})
        yield app, Screen(driver, address), pages_of(ids)
    court.store.close()


def test_no_page_is_left_out(place: Place) -> None:
    app, _screen, pages = place
    assert unlisted(app, pages) == set()
    assert len({page.name for page in pages}) == len(pages)


@pytest.mark.parametrize(
    ("language", "size", "first", "second"),
    [("zh", "wide", "light", "dark"), ("en", "narrow", "dark", "light")],
)
def test_axe_finds_nothing(language: str, size: str, first: str, second: str, place: Place) -> None:
    _app, screen, pages = place
    script = AXE.read_text(encoding="utf-8")
    found: list[str] = []
    screen.resize(size)
    for role, own in groupby(pages, key=lambda page: page.role):
        sign_in(screen, role, language)
        for page in own:
            show(screen, page)
            screen.driver.execute_script(script)
            for theme, only in ((first, None), (second, _BY_COLOUR)):
                turn(screen, theme)
                told = screen.driver.execute_async_script(_RUN, only)
                found += [f"{page.name} {language} {theme} {each}" for each in told]
    assert found == []
