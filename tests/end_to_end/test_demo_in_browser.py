"""The small demonstration as its first visitor sees it, through the server that ships."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.browser import MISSING, SIZES, Screen, browsing, is_installed, serving
from web import build
from web.app import create_app
from web.config import Settings, secret_key
from web.demonstration import PASSWORD
from web.wiring import Court, using

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not is_installed(), reason=MISSING),
    pytest.mark.skipif(not build.VENDOR.exists(), reason="needs python -m web.build"),
]


@pytest.fixture(scope="module")
def screen(demo_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    settings = Settings(tmp_path_factory.mktemp("demo") / "court")
    shutil.copytree(demo_dir, settings.data_dir)
    with using(Court(settings)) as court:
        app = create_app(court.services(), secret_key=secret_key(settings))
        with serving(app) as address, browsing() as driver:
            driver.set_script_timeout(30)
            driver.set_page_load_timeout(30)
            yield Screen(driver, address)


@pytest.mark.parametrize(
    ("username", "path", "marks"),
    [("officer", "/overview", 5), ("commander", "/plans", 20), ("police", "/partner", 1)],
)
def test_maps_open_without_a_request_outside(
    username: str, path: str, marks: int, screen: Screen
) -> None:
    screen.resize("wide")
    screen.sign_in(username, PASSWORD)
    for size in SIZES:
        screen.resize(size)
        screen.open(path)
        if path == "/plans":  # the list leads to the plan
            screen.click("tbody a")
            screen.settle()
        assert screen.complaints() == []
        assert screen.foreign_requests() == []
        assert screen.overflow() <= 0
        screen.driver.execute_script(
            "document.querySelector('.map-frame').scrollIntoView({ behavior: 'instant' })"
        )
        screen.until("document.querySelector('canvas.leaflet-tile-loaded') !== null")
        if size == "wide":
            assert screen.count(".leaflet-marker-icon") >= marks
