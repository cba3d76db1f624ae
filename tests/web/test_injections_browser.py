"""Texts that would act elsewhere, on every page in Chromium: nothing runs or is fetched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from data.imports import import_file
from data.model import Role
from data.rights import RIGHTS
from data.team_messages import LONGEST_MESSAGE
from geo.travel import load_engine
from routes.model import Outcome, OutcomeKind, SupportKind, SupportState, VisitBand
from tests.geo.roads import network_of
from tests.web.acting import found_acting, press_all, refuse_acting, watch
from tests.web.browser import MISSING, Screen, browsing, is_installed, serving
from tests.web.conftest import KEY, Reader, Waiting
from tests.web.court import ACTION, NOW, PASSWORD, SetClock, open_services
from tests.web.injections import TEXTS, marks, plain
from tests.web.packed_texts import packed
from tests.web.soaked_court import soak_names, soak_plan
from tests.web.test_field_browser import MORNING, PIN, Phone, shift_clock
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
_ENTRIES = """
const entries = [...document.querySelectorAll("#next button, #stops button")]
  .filter((one) => one.textContent.trim() === "记录结果");
for (const one of document.querySelectorAll("#day details")) one.open = true;
"""
_COUNT = f"{_ENTRIES} return entries.length;"
_BEGIN = f"{_ENTRIES} entries[arguments[0]].click();"
_FILL_IN = """
const [note, kind] = arguments, sheet = document.getElementById("sheet");
sheet.querySelector(`button[value="${kind}"]`)?.click();
for (const box of sheet.querySelectorAll("[data-part=checks] [type=checkbox]")) {
  if (!box.checked) box.click();
}
for (const why of sheet.querySelectorAll("[data-part=checks] [type=text]")) {
  why.value = note.slice(0, 200);
  why.dispatchEvent(new Event("input", { bubbles: true }));
}
const field = sheet.querySelector("[data-part=note]");
field.value = note;
field.dispatchEvent(new Event("input", { bubbles: true }));
"""
_NO_ROAD = "/api/network/reach"  # a station that was clicked lies far from the few roads
_PLAIN_CELLS = tuple(
    f'"{one.replace(chr(34), chr(34) * 2)}"' for one in packed(2000) if chr(0) not in one
)
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
    table = folder / "bad.csv"
    rows = [f"P {n},{one.replace(chr(13), '')},1,2" for n, one in enumerate(_PLAIN_CELLS)]
    table.write_text("编号,派出所名称,经度,纬度\n" + "\n".join(rows), "utf-8")
    import_file(store, "stations", table, quarantine=True)
    with serving(app) as address, browsing() as driver:
        driver.set_script_timeout(30)
        made = Screen(driver, address)
        watch(made)
        made.paths = {role: _pages(app, role) for role in _OWN}  # type: ignore[attr-defined]
        waiting = [f"/jobs/quarantine/{one.id}" for one in store.quarantined_rows()[:2]]
        made.paths[Role.COMMANDER] += waiting  # type: ignore[attr-defined]
        made.app, made.services = app, services  # type: ignore[attr-defined]
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
    pages, acted = 0, [0, 0]
    for role, paths in screen.paths.items():  # type: ignore[attr-defined]
        screen.sign_in(role, PASSWORD)
        screen.complaints()
        for path in dict.fromkeys([*paths, *(_DOORS if role is Role.COMMANDER else ())]):
            screen.open(path)
            acted = [sum(two) for two in zip(acted, press_all(screen), strict=True)]
            pages += 1
            refuse_acting(screen, path, but=(_NO_ROAD,))
            text = screen.driver.execute_script("return document.documentElement.textContent")
            shown |= marks(plain(text))
    for code in "ND":  # names and addresses
        assert len({mark for mark in shown if mark.startswith(f"§{code}")}) == len(TEXTS), code
    assert pages > 25
    popups, tooltips = acted
    assert popups > 0
    assert tooltips > 20


def test_a_day_in_the_field_shows_them_as_texts(screen: Screen) -> None:
    """The day is fetched and unlocked, each stop opened, two entered, one kept half filled in."""
    services = screen.services  # type: ignore[attr-defined]
    services.clock.at = MORNING
    store, notes = services.store, packed(500)
    told = Reader(screen.app.test_client())  # type: ignore[attr-defined]
    assert told.sign_in(Role.COMMANDER).status_code == 302
    told.get("/account")
    for text in packed(LONGEST_MESSAGE)[:20]:
        body = {"team": "T1", "message": text}
        headers = {"X-CSRFToken": told.token}
        answer = told.client.post(f"/api/live/{ACTION}/messages", json=body, headers=headers)
        assert answer.status_code in (200, 201), answer.text
    store.put(
        outcomes=[
            Outcome(
                f"before-{n}", one.id, OutcomeKind.LIVES_HERE_ABSENT, MORNING, VisitBand.MORNING
            )
            for n, one in enumerate(store.claims())
        ]
    )
    phone = Phone(screen.driver, screen.address)
    shift_clock(screen.driver, MORNING)
    phone.resize("narrow")
    phone.sign_in(Role.OFFICER, PASSWORD)
    phone.show()
    phone.type_pin(PIN, new=True)
    phone.wait("//ul[@id='task-list']/li[1]/button").click()  # type: ignore[attr-defined]
    phone.says("已领取")
    phone.complaints()
    for text in notes[:2]:
        phone.driver.execute_script(_BEGIN, 0)
        phone.driver.execute_script(_FILL_IN, text, OutcomeKind.MOVED)
        refuse_acting(phone, "a sheet")
        phone.driver.execute_script("document.querySelector('#sheet [data-part=save]').click()")
        phone.until("!document.getElementById('sheet').open")
        phone.says("请与队友核对")
    left = phone.driver.execute_script(_COUNT)
    assert left > 1
    for number in range(left):
        phone.driver.execute_script(_BEGIN, number)
        phone.driver.execute_script(_FILL_IN, notes[2 + number], OutcomeKind.FOUND)
        refuse_acting(phone, f"sheet {number}")
        phone.driver.execute_script("document.getElementById('sheet').close()")
        phone.until(f"document.querySelectorAll('#drafts article').length === {number + 1}")
    text = phone.driver.execute_script("return document.getElementById('day').textContent")
    shown = {one for one in TEXTS if plain(one) in plain(text)}
    assert len(shown) > len(TEXTS) // 2
    refuse_acting(phone, "the day")
    phone.show()
    phone.type_pin(PIN)
    phone.wait("//section[@id='drafts']//button")
    refuse_acting(phone, "unlocked again")
    phone.driver.execute_script("document.body.insertAdjacentHTML('beforeend', '<x onclick=a>')")
    assert len(found_acting(phone)) == 1  # it would be seen
