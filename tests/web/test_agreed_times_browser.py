"""The live room in headless Chromium, where another time was agreed than the plan has."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.agreed import SOLVED, agree_on_other_times
from tests.web.browser import MISSING, SIZES, Screen, browsing, is_installed, serving
from tests.web.conftest import KEY
from tests.web.court import PASSWORD, SetClock, open_services
from web import build
from web.app import create_app

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not is_installed(), reason=MISSING),
    pytest.mark.skipif(not build.VENDOR.exists(), reason="needs python -m web.build"),
]


@pytest.fixture(scope="module")
def screen(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    folder = tmp_path_factory.mktemp("agreed") / "data"
    shutil.copytree(filled, folder)
    services = open_services(folder, SetClock())
    agree_on_other_times(services.store, document="协助函1号")
    with serving(create_app(services, secret_key=KEY)) as address, browsing() as driver:
        screen = Screen(driver, address)
        screen.resize("wide")
        screen.sign_in("commander", PASSWORD)
        yield screen
    services.store.close()


def test_the_room_moves_what_was_agreed_by_one_button(screen: Screen) -> None:
    for size in reversed(tuple(SIZES)):
        screen.resize(size)
        screen.open(f"/live/{SOLVED}")
        screen.until("document.querySelectorAll('#offer-body li').length === 2")
        assert screen.overflow() <= 0
        assert "15:30" in screen.text("#offer")
        assert "本院已同意；计划还没有改到约定的时间" in screen.text("#offer")
    screen.click("#offer-body button")
    screen.until("document.querySelector('#offer .happened') !== null")
    assert "已与派出所约定改在 15:30" in screen.text("#offer")
    assert "派出所另提时间，本院已同意：15:30" in screen.text("#offer")
    assert screen.count("#offer-body button") == 0
    assert screen.complaints() == []
