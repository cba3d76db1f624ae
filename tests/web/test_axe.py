"""Each page in headless Chromium under axe: no violation, in both languages, light and dark."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
from flask import Flask
from selenium.webdriver import Chrome

from tests.web import seen_templates
from tests.web.browser import MISSING, Screen, browsing, is_installed, serving
from tests.web.seen_court import MORNING, open_empty, open_seen
from tests.web.seen_pages import (
    SeenPage,
    empty_pages,
    pages_of,
    show,
    sign_in,
    turn,
    unlisted,
)
from tests.web.seen_templates import LED_TO, shown_by
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
const all = { rules: { "target-size": { enabled: true } } };  // off unless asked for
const options = only ? { runOnly: { type: "rule", values: only } } : all;
const isMark = ({ target }) => document.querySelector(target[0])?.closest(".leaflet-marker-pane");
axe.run(document, { resultTypes: ["violations"], ...options }).then(({ violations }) => done(
  violations
    .map(({ id, nodes }) => [id, nodes.filter((one) => id !== "target-size" || !isMark(one))])
    .filter(([, nodes]) => nodes.length)
    .map(([id, nodes]) => `${id}: ${nodes.slice(0, 4).map(({ target, any, all, none }) =>
      `${target.join(" ")} ${[...any, ...all, ...none][0]?.message ?? ""}`).join(" | ")}`)));
"""
"""Marks on a map may be smaller than other targets: where they are is essential (WCAG 2.5.8)."""
_BY_COLOUR = ["color-contrast", "link-in-text-block"]

Place = tuple[Flask, Screen, tuple[SeenPage, ...]]
BOTH_WAYS = pytest.mark.parametrize(
    ("language", "size", "first", "second"),
    [("zh", "wide", "light", "dark"), ("en", "narrow", "dark", "light")],
)


@pytest.fixture(scope="module")
def driver() -> Iterator[Chrome]:
    with browsing() as started:
        started.set_script_timeout(30)
        started.set_page_load_timeout(30)
        shift_clock(started, MORNING)
        still = [{"name": "prefers-reduced-motion", "value": "reduce"}]
        started.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": still})
        yield started


@pytest.fixture(scope="module")
def place(
    filled: Path, driver: Chrome, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("axe") / "data"
    shutil.copytree(filled, folder)
    app, court, ids = open_seen(folder)
    with serving(app) as address:
        yield app, Screen(driver, address), pages_of(ids)
    court.store.close()


@pytest.fixture(scope="module")
def empty(driver: Chrome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    app, court = open_empty(tmp_path_factory.mktemp("axe") / "empty")
    with serving(app) as address:
        yield app, Screen(driver, address), empty_pages()
    court.store.close()


def test_no_page_is_left_out(place: Place, empty: Place) -> None:
    app, _screen, full = place
    pages = full + empty[2]
    assert unlisted(app, pages) == set()
    assert len({page.name for page in pages}) == len(pages)


def test_no_template_is_left_out(place: Place, empty: Place) -> None:
    (app, _screen, pages), (bare, _other, without) = place, empty
    shown = shown_by(app, pages) | shown_by(bare, without)
    assert seen_templates.rendered() - shown - set(LED_TO) == set()
    assert {page.name for page in pages} >= set(LED_TO.values())
    assert seen_templates.led_to(app) >= set(LED_TO)
    assert seen_templates.files() == seen_templates.rendered()


@BOTH_WAYS
def test_axe_finds_nothing(language: str, size: str, first: str, second: str, place: Place) -> None:
    assert found_by_axe(place, language, size, (first, second)) == []


@BOTH_WAYS
def test_axe_finds_nothing_in_an_empty_court(
    language: str, size: str, first: str, second: str, empty: Place
) -> None:
    assert found_by_axe(empty, language, size, (first, second)) == []


def found_by_axe(place: Place, language: str, size: str, themes: tuple[str, str]) -> list[str]:
    """Return what axe says of each page in the first theme, and of its colours in the second."""
    _app, screen, pages = place
    script = AXE.read_text(encoding="utf-8")
    found: list[str] = []
    screen.resize(size)
    for role, own in groupby(pages, key=lambda page: page.role):
        sign_in(screen, role, language)
        for page in own:
            show(screen, page)
            screen.driver.execute_script(script)
            for theme, only in zip(themes, (None, _BY_COLOUR), strict=True):
                turn(screen, theme)
                told = screen.driver.execute_async_script(_RUN, only)
                found += [f"{page.name} {language} {theme} {each}" for each in told]
    return found
