"""The plan board in headless Chromium: by pointer, by keyboard, and on a telephone's width."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from data.model import Role
from routes.model import ActionId
from routes.planning import MaxIterations, solve
from routes.planning.problem import EscortMode, Problem
from tests.web.browser import MISSING, SIZES, Screen, browsing, is_installed, serving
from tests.web.conftest import KEY, Reader
from tests.web.court import ACTION, DAYS, NOW, PASSWORD, SetClock, company, open_services
from web import build
from web.app import create_app

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not is_installed(), reason=MISSING),
    pytest.mark.skipif(not build.VENDOR.exists(), reason="needs python -m web.build"),
]
OLD = ActionId("20261126-solved")
PAGE = f"/plans/{OLD}/board"
FREE = "document.querySelectorAll('.visit:not(.visit--escort, .visit--joint)')"


@pytest.fixture(scope="module")
def site(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("board") / "data"
    shutil.copytree(filled, folder)
    services = open_services(folder, SetClock())
    problem = services.store.problem(ACTION)
    assert problem is not None
    problem = company(replace(problem, id=str(OLD)))
    plan = solve(problem, stop=MaxIterations(60), seed=1)
    services.store.save(OLD, on_either_day(problem), plan, made_at=NOW)
    services.store.accounts.create("second", PASSWORD, Role.COMMANDER, "另一指挥员")
    yield create_app(services, secret_key=KEY)
    services.store.close()


@pytest.fixture(scope="module")
def screen(site: Flask) -> Iterator[Screen]:
    with serving(site) as address, browsing() as driver:
        driver.set_script_timeout(30)
        driver.set_page_load_timeout(30)
        screen = Screen(driver, address)
        screen.resize("wide")
        screen.sign_in("commander", PASSWORD)
        yield screen


_COVERED = """
const parts = '.visit, .board button, .board select, .lane-name, .board-figures > div';
const found = [...document.querySelectorAll(parts)]
  .filter((one) => one.checkVisibility() && !one.closest('.leaflet-container'));
const boxes = found.map((one) => [one, one.getBoundingClientRect()]);
const pairs = [];
for (const [one, a] of boxes) {
  for (const [two, b] of boxes) {
    if (one === two || one.contains(two) || two.contains(one)) continue;
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide > 1 && high > 1) pairs.push(`${one.textContent} / ${two.textContent}`);
  }
}
return pairs;
"""


def on_either_day(problem: Problem) -> Problem:
    """Return a problem whose visits of one team without an escort may be on either day."""
    other = dict(zip(DAYS, reversed(DAYS), strict=True))
    free = (o for o in problem.options if o.escort is EscortMode.NONE and o.together is None)
    added = tuple(replace(one, id=f"{one.id}-other", day=other[one.day]) for one in free)
    return replace(problem, options=(*problem.options, *added))


def fresh(screen: Screen, size: str = "wide") -> None:
    """Open the board with nothing changed."""
    screen.resize(size)
    screen.open(PAGE)
    if screen.count("#discard:not([disabled])"):
        screen.click("#discard")
        screen.until("document.querySelector('#discard').disabled")
    screen.complaints()


def test_the_board_fits_and_is_quiet(screen: Screen) -> None:
    for size in SIZES:
        fresh(screen, size)
        screen.open(PAGE)
        assert screen.complaints() == []
        assert screen.foreign_requests() == []
        assert screen.overflow() <= 0
        assert screen.count(".visit") > 0


def test_nothing_lies_over_another_on_a_telephone(screen: Screen) -> None:
    fresh(screen, "narrow")
    screen.touches()
    assert screen.driver.execute_script(_COVERED) == []
    assert screen.count(".visit .visit-number:not(:empty)") == screen.count(".visit")
    assert not screen.driver.execute_script(
        "return document.querySelector('.by-mouse').checkVisibility()"
    )  # no word of dragging where fingers scroll
    screen.tap(".visit:not(.visit--escort, .visit--joint)")
    screen.until("!document.getElementById('choice').hidden")
    screen.until("document.querySelector('#offers-list button') !== null")
    screen.tap("#offers-list button")
    screen.until("!document.getElementById('verdict-told').hidden")
    verdict, choice = screen.driver.execute_script(
        "return [document.getElementById('verdict').getBoundingClientRect().bottom,"
        " document.getElementById('choice').getBoundingClientRect().top]"
    )
    assert verdict <= choice
    screen.tap("#to-go")
    screen.until("!document.getElementById('save').disabled")
    assert screen.overflow() <= 0
    assert screen.complaints() == []
    command = {"enabled": False}
    screen.driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", command)


def test_a_visit_is_dragged_to_another_team(screen: Screen) -> None:
    fresh(screen)
    x, y, to_x, to_y, ref, shift = screen.driver.execute_script(
        f"const v = {FREE}[0], from = v.getBoundingClientRect();"
        "const t = [...document.querySelectorAll('.lane-track')]"
        ".find((one) => one.dataset.shift !== v.dataset.shift);"
        "const to = t.getBoundingClientRect();"
        "return [from.left + 6, from.top + 12, to.left + to.width * 0.72, to.top + 20,"
        " v.dataset.ref, t.dataset.shift]"
    )
    screen.pointer("mousePressed", x, y)
    for part in (0.2, 0.6, 1.0):
        screen.pointer("mouseMoved", x + (to_x - x) * part, y + (to_y - y) * part)
        time.sleep(0.05)
    screen.until("document.querySelector('.verdict b')?.textContent === '可以这样安排'")
    assert screen.count(".block--tried") == 1
    assert screen.count("#undo[disabled]") == 1
    held_number = screen.driver.execute_script(
        "return document.querySelector(`.visit[data-ref='${arguments[0]}'] .visit-number`)"
        ".textContent",
        ref,
    )
    assert screen.text("#ghost-number") == held_number
    screen.pointer("mouseReleased", to_x, to_y)
    screen.until("!document.querySelector('#undo').disabled")
    held = f'.lane-track[data-shift="{shift}"] .visit[data-ref="{ref}"]'
    assert screen.count(held) == 1
    assert "改派" in screen.text("#differences")
    screen.click("#undo")
    screen.until("document.querySelector('#undo').disabled")
    assert screen.count(held) == 0
    assert screen.complaints() == []


def test_a_visit_is_dragged_to_another_day(screen: Screen) -> None:
    fresh(screen)
    x, y, chip_x, chip_y, title, day = screen.driver.execute_script(
        f"const v = {FREE}[0], from = v.getBoundingClientRect();"
        "const chip = document.querySelector('[data-day][aria-pressed=false]');"
        "const on = chip.getBoundingClientRect();"
        "return [from.left + 6, from.top + 12, on.left + on.width / 2, on.top + on.height / 2,"
        " v.querySelector('b').lastChild.textContent, chip.dataset.day]"
    )
    pressed = f"document.querySelector('[data-day=\"{day}\"]').ariaPressed === 'true'"
    screen.pointer("mousePressed", x, y)
    for part in (0.5, 1.0):
        screen.pointer("mouseMoved", x + (chip_x - x) * part, y + (chip_y - y) * part)
    screen.until(pressed)
    screen.until("document.querySelectorAll('.band--room').length > 0")
    to_x, to_y, shift = screen.driver.execute_script(
        "const room = document.querySelector('.band--room'), to = room.getBoundingClientRect();"
        "return [to.left + to.width / 2 + 6, to.top + 20,"
        " room.closest('.lane-track').dataset.shift]"
    )
    screen.pointer("mouseMoved", to_x, to_y)
    screen.until("document.querySelector('.verdict b')?.textContent === '可以这样安排'")
    screen.pointer("mouseReleased", to_x, to_y)
    screen.until("!document.querySelector('#undo').disabled")
    assert title in screen.text(f'.lane-track[data-shift="{shift}"]')
    assert screen.driver.execute_script(f"return {pressed}")
    assert screen.complaints() == []


def test_a_visit_that_crosses_a_day_stays_on_its_own(screen: Screen) -> None:
    fresh(screen)
    x, y, chip_x, chip_y = screen.driver.execute_script(
        f"const from = {FREE}[0].getBoundingClientRect();"
        "const on = document.querySelector('[data-day][aria-pressed=false]')"
        ".getBoundingClientRect();"
        "return [from.left + 6, from.top + 12, on.left + on.width / 2, on.top + on.height / 2]"
    )
    screen.pointer("mousePressed", x, y)
    screen.pointer("mouseMoved", chip_x, chip_y)
    screen.pointer("mouseMoved", x + 60, y + 60)
    time.sleep(0.6)
    assert screen.count("[data-day][aria-pressed=true]:first-of-type") == 1
    screen.pointer("mouseReleased", chip_x, 2)


def test_escape_lets_a_dragged_visit_go(screen: Screen) -> None:
    fresh(screen)
    x, y = screen.driver.execute_script(
        f"const b = {FREE}[0].getBoundingClientRect(); return [b.left + 6, b.top + 12]"
    )
    screen.pointer("mousePressed", x, y)
    screen.pointer("mouseMoved", x + 60, y + 60)
    assert screen.count("#ghost:not([hidden])") == 1
    screen.driver.execute_script(
        "document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape'}))"
    )
    screen.pointer("mouseReleased", x + 60, y + 60)
    assert screen.count("#ghost[hidden]") == 1
    assert screen.count("#undo[disabled]") == 1


def test_a_visit_of_two_teams_is_dragged_whole(screen: Screen) -> None:
    fresh(screen)
    x, y, to_x, ref = screen.driver.execute_script(
        "const v = document.querySelector('.visit--joint'), from = v.getBoundingClientRect();"
        "const to = v.closest('.lane-track').getBoundingClientRect();"
        "return [from.left + 4, from.top + 12, to.left + to.width * 0.86, v.dataset.ref]"
    )
    halves = f'.visit[data-ref="{ref}"]'
    times = f"[...document.querySelectorAll('{halves} time')].map((one) => one.textContent)"
    before = screen.driver.execute_script(f"return {times}")
    screen.pointer("mousePressed", x, y)
    screen.pointer("mouseMoved", x + 40, y)
    screen.until("document.querySelectorAll('.band--room').length > 0")
    assert screen.count(".band--barred") > 0
    screen.pointer("mouseMoved", to_x, y)
    screen.until("document.querySelector('.verdict b')?.textContent === '可以这样安排'")
    assert screen.count(".block--tried") == 2
    screen.pointer("mouseReleased", to_x, y)
    screen.until("!document.querySelector('#undo').disabled")
    after = screen.driver.execute_script(f"return {times}")
    assert len(set(before)) == len(set(after)) == 1
    assert before != after
    assert screen.complaints() == []


def test_a_visit_is_moved_by_arrows(screen: Screen) -> None:
    fresh(screen)
    key = (
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: arguments[0], shiftKey: true, bubbles: true, cancelable: true}))"
    )
    ref = screen.driver.execute_script(
        f"const v = [...{FREE}].at(-1); v.focus(); return v.dataset.ref"
    )
    screen.driver.execute_script(key, "ArrowRight")
    screen.driver.execute_script(key, "ArrowRight")
    screen.until("document.querySelector('.verdict b') !== null")
    assert screen.driver.execute_script("return document.activeElement.dataset.ref") == ref
    assert screen.count(".block--tried") == 1
    screen.until("document.querySelectorAll('#offers-list button').length > 0")
    screen.driver.execute_script("document.querySelector('#offers-list button:last-child').click()")
    screen.until("document.querySelector('.verdict b')?.textContent === '可以这样安排'")
    screen.driver.execute_script(
        f"document.querySelector('.visit[data-ref=\"{ref}\"]').focus();" + key, "Enter"
    )
    screen.until("!document.querySelector('#undo').disabled")
    assert screen.complaints() == []


@pytest.mark.parametrize("size", SIZES)
def test_a_candidate_is_shown_on_the_map(screen: Screen, size: str) -> None:
    fresh(screen, size)
    screen.driver.execute_script(f"{FREE}[0].click()")
    screen.click("[data-act=out]")
    screen.until("document.querySelectorAll('#left-out [data-subject]').length > 0")
    if screen.count("#choice:not([hidden])"):
        screen.driver.execute_script("document.querySelector('#choice-close').click()")
    shown = ".stop-mark--candidate"
    assert screen.count(shown) == 0
    screen.driver.execute_script("document.querySelector('#left-out button').focus()")
    screen.until(f"document.querySelectorAll('{shown}').length > 0")
    screen.driver.execute_script("document.activeElement.blur()")
    screen.until(f"document.querySelectorAll('{shown}').length === 0")
    screen.driver.execute_script("document.querySelector('#left-out button').click()")
    screen.until(f"document.querySelectorAll('{shown}').length > 0")
    assert screen.complaints() == []


def test_the_second_of_two_editors_takes_his_draft_to_the_plan_of_the_first(
    screen: Screen, site: Flask
) -> None:
    fresh(screen)
    screen.driver.execute_script(f"{FREE}[0].click()")
    screen.until("!document.querySelector('#choice').hidden")
    screen.click("#choice-acts [data-act=bar]")
    screen.until("!document.querySelector('#save').disabled")
    first = Reader(site.test_client())
    first.sign_in("second", PASSWORD)
    first.get(PAGE)
    draft = f"/api/plans/{OLD}/draft"
    own = screen.driver.execute_script(f"return {FREE}[0]?.dataset.ref ?? ''")
    lanes = (first.get(draft).json or {})["lanes"]
    hers = next(s["subject"] for lane in lanes for s in lane["stops"] if s.get("ref") == own)
    body = {"number": 0, "act": "change", "change": {"kind": "bar", "subject": hers}}
    number = first.client.post(draft, json=body, headers={"X-CSRFToken": first.token}).json
    first.post(f"/plans/{OLD}/board/save", number=str((number or {})["number"]))
    screen.open(PAGE)
    screen.until("location.pathname.endsWith('/compare')")
    for size in SIZES:
        screen.resize(size)
        assert screen.overflow() <= 0
    assert screen.count("tr[data-side=own]") == screen.count("tr[data-side=other]") == 1
    screen.driver.execute_script("document.querySelector('form[action$=take-up]').requestSubmit()")
    screen.until("document.querySelector('#save') && !document.querySelector('#save').disabled")
    assert "-r1" in screen.driver.current_url
    assert screen.text(".flash").startswith("已把 1 处改动带到")
    assert screen.count(".left-out--barred") == 2
    assert screen.complaints() == []
    first.post(f"/plans/{OLD}-r1/undo")  # the plan is as it was for what comes
    screen.open(f"/plans/{OLD}/board")


@pytest.mark.parametrize("size", SIZES)
def test_a_visit_is_moved_by_menu_alone_and_saved(screen: Screen, size: str) -> None:
    fresh(screen, size)
    ref, shift = screen.driver.execute_script(
        f"const v = {FREE}[0]; v.focus(); v.click();"
        "const other = [...document.querySelectorAll('.lane-track')]"
        ".find((one) => one.dataset.shift !== v.dataset.shift).dataset.shift;"
        "return [v.dataset.ref, other]"
    )
    screen.until("!document.querySelector('#choice').hidden")
    screen.driver.execute_script(
        "document.querySelector('#to-shift').value = arguments[0];"
        "document.querySelector('#choice-form').requestSubmit()",
        shift,
    )
    screen.until("!document.querySelector('#save').disabled")
    assert screen.count(f'.lane-track[data-shift="{shift}"] .visit[data-ref="{ref}"]') == 1
    assert "已改" in screen.text("#verdict")
    assert screen.driver.execute_script(
        "return document.querySelector('#verdict').getAttribute('aria-live')"
    ) == "polite"  # fmt: skip
    assert screen.complaints() == []
    if size == "narrow":  # the last of them saves
        screen.driver.execute_script("document.querySelector('#save').form.requestSubmit()")
        screen.until("location.pathname.endsWith('-r2')")
        assert "已另存为" in screen.text(".flash")
