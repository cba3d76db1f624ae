"""Texts that would act elsewhere, on every page in Chromium: nothing runs or is fetched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from data.model import Role
from data.rights import RIGHTS
from geo.travel import load_engine
from routes.model import SupportKind, SupportState
from tests.geo.roads import network_of
from tests.web.browser import MISSING, Screen, browsing, is_installed, serving
from tests.web.conftest import KEY, Reader, Waiting
from tests.web.court import ACTION, NOW, PASSWORD, SetClock, open_services
from tests.web.injections import TEXTS, marks, plain
from tests.web.soaked_court import soak_names, soak_plan
from tests.web.test_network_page import ROADS, SPOTS
from tests.web.test_rights import ways
from web import build
from web.app import create_app
from web.network_board import RoadBoard

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not is_installed(), reason=MISSING),
    pytest.mark.skipif(not build.VENDOR.exists(), reason="needs python -m web.build"),
]
_WATCH = """
window.ran = 0;
for (const name of ["alert", "confirm", "prompt", "print", "open"]) {
  window[name] = () => window.ran++;
}
"""
_CLICK = """
const count = (what) => document.querySelectorAll(what).length;
const pressed = ".leaflet-marker-icon, .leaflet-interactive, .mark-list button";
let tips = 0;
let markup = 0;
for (const one of document.querySelectorAll(pressed)) {
  one.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
  tips += count(".leaflet-tooltip");
  markup += count(".leaflet-tooltip :not(div), .leaflet-popup :not(div, a, span)");
  one.dispatchEvent(new MouseEvent("mouseout", { bubbles: true }));
  one.dispatchEvent(new MouseEvent("click", { bubbles: true }));
}
return [count(".leaflet-popup, #selected:not([hidden])"), tips, markup];
"""
_NO_ROAD = "/api/network/reach"  # a station that was clicked lies far from the few roads
_DOORS = tuple(f"/cases/c{number:03d}" for number in range(1, 11))
_OWN = {Role.COMMANDER, Role.POLICE_LIAISON, Role.GRID_LIAISON, Role.AUDITOR, Role.ADMIN}


@pytest.fixture(scope="module")
def screen(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copytree(filled, folder / "data")
    network = network_of(SPOTS, ROADS)
    soaked = open_services(folder / "data", SetClock())
    soak_names(soaked.store)
    soaked.store.close()
    services = replace(
        open_services(folder / "data", SetClock()),
        queue=Waiting(),
        roads=RoadBoard(network),
        engine=load_engine(network),
    )
    store = services.store
    soak_plan(store)
    store.release(ACTION, by="test")
    expires = NOW.replace(month=12)
    store.shares.create(ACTION, "PS-1", expires, "test")
    store.support_requests.create(
        ACTION,
        "PS-1",
        SupportKind.ESCORT,
        "v0",
        NOW + timedelta(hours=2),
        expires,
        "test",
        document="<img src=x onerror=alert(1)>",
        state=SupportState.SENT,
    )
    app = create_app(services, secret_key=KEY)
    with serving(app) as address, browsing() as driver:
        driver.set_script_timeout(30)
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": _WATCH})
        made = Screen(driver, address)
        made.paths = {role: _pages(app, role) for role in _OWN}  # type: ignore[attr-defined]
        yield made
    store.close()


def _pages(app: Flask, role: Role) -> list[str]:
    """Return the addresses that answer this role with a page."""
    reader = Reader(app.test_client())
    reader.sign_in(role)
    found = []
    for method, path, right in ways(app):
        if method == "GET" and right in RIGHTS[role]:
            answer = reader.client.get(path)
            if answer.status_code == 200 and answer.mimetype == "text/html":
                found.append(path)
    return found


def test_nothing_runs_and_nothing_is_fetched_elsewhere(screen: Screen) -> None:
    screen.resize("wide")
    shown: set[str] = set()
    pages, acted = 0, [0, 0, 0]
    for role, paths in screen.paths.items():  # type: ignore[attr-defined]
        screen.sign_in(role, PASSWORD)
        screen.complaints()
        for path in dict.fromkeys([*paths, *(_DOORS if role is Role.COMMANDER else ())]):
            screen.open(path)
            found = screen.driver.execute_script(_CLICK)
            acted = [sum(two) for two in zip(acted, found, strict=True)]
            assert found[2] == 0, path
            pages += 1
            assert screen.driver.execute_script("return window.ran") == 0, path
            assert screen.foreign_requests() == [], path
            complaints = [one for one in screen.complaints() if _NO_ROAD not in one]
            assert complaints == [], path
            text = screen.driver.execute_script("return document.documentElement.textContent")
            shown |= marks(plain(text))
    for code in "ND":  # names and addresses
        assert len({mark for mark in shown if mark.startswith(f"§{code}")}) == len(TEXTS), code
    assert pages > 25
    popups, tooltips, _markup = acted
    assert popups > 0
    assert tooltips > 20
