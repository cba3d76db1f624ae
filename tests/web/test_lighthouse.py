"""What Lighthouse says of the pages that does not depend on how busy the machine is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data.model import Role
from tests.web.browser import MISSING, is_installed, serving
from tests.web.conftest import KEY, Reader
from tests.web.court import PASSWORD, SetClock, open_services
from tests.web.lighthouse import CLI, inspect
from web import build
from web.app import create_app

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not is_installed(), reason=MISSING),
    pytest.mark.skipif(not CLI.exists(), reason="needs python -m web.build --force"),
    pytest.mark.skipif(not build.VENDOR.exists(), reason="needs python -m web.build"),
]
_SENT_WELL = ("redirects", "uses-responsive-images", "dom-size")


def uncompressed(told: dict[str, Any], address: str) -> set[str]:
    """Return the files that would better be compressed, but for pages and data of cases."""
    items = told["audits"]["uses-text-compression"]["details"]["items"]
    paths = {str(one["url"]).removeprefix(address).partition("?")[0] for one in items}
    return {path for path in paths if path.startswith(("/static/", "/tiles/", "/api/overview/a"))}


@pytest.fixture(scope="module")
def place(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    folder = tmp_path_factory.mktemp("lighthouse") / "data"
    shutil.copytree(filled, folder)
    services = open_services(folder, SetClock())
    app = create_app(services, secret_key=KEY)
    reader = Reader(app.test_client())
    reader.sign_in(str(Role.OFFICER), PASSWORD)
    held = reader.client.get_cookie("fieldwrit")
    assert held is not None
    with serving(app) as address:
        yield address, f"{held.key}={held.value}"
    services.store.close()


def test_the_field_page_can_be_installed_and_is_sent_well(place: tuple[str, str]) -> None:
    address, cookie = place
    told = inspect(
        f"{address}/field/",
        cookie=cookie,
        categories="pwa,best-practices,performance",
        is_phone=True,
    )
    assert told["finalDisplayedUrl"] == f"{address}/field/"
    assert told["audits"]["installable-manifest"]["score"] == 1
    assert told["categories"]["pwa"]["score"] == 1
    assert told["categories"]["best-practices"]["score"] == 1
    assert {name: told["audits"][name]["score"] for name in _SENT_WELL} == dict.fromkeys(
        _SENT_WELL, 1
    )
    assert uncompressed(told, address) == set()


@pytest.mark.parametrize("path", ["/overview", "/cases"])
def test_pages_of_a_desk_follow_good_practice(place: tuple[str, str], path: str) -> None:
    address, cookie = place
    told = inspect(
        f"{address}{path}",
        cookie=cookie,
        categories="best-practices,performance",
        is_phone=False,
    )
    assert told["finalDisplayedUrl"] == f"{address}{path}"
    assert told["categories"]["best-practices"]["score"] == 1
    assert uncompressed(told, address) == set()
    assert told["audits"]["redirects"]["score"] == 1
