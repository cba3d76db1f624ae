"""Every dialog of board, live room and field page over a plan whose names would act elsewhere.

Each is opened in Chromium and used: nothing runs, is fetched, or becomes more than a text.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import time as hour
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from data.model import Role
from data.team_messages import LONGEST_MESSAGE
from geo.localtime import local_day
from routes.model import ActionId, DebtorId, DutyBasis, EscortHours
from routes.planning import MaxIterations, solve
from routes.planning.disturbances import RoadsClosed
from tests.web.acting import press_all, refuse_acting, watch
from tests.web.browser import MISSING, SIZES, Screen, browsing, is_installed, serving
from tests.web.conftest import KEY, Reader
from tests.web.court import ACTION, DAYS, NOW, PASSWORD, SetClock, company, open_services
from tests.web.injections import TAGS, TEXTS, marked, marks, plain
from tests.web.packed_texts import packed
from tests.web.soaked_court import soak_names, soak_plan
from tests.web.test_board_browser import on_either_day
from tests.web.test_field_browser import MORNING, PIN, Phone, shift_clock
from tests.web.test_plans import sign_all
from web import build
from web.app import create_app
from web.services import Services

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not is_installed(), reason=MISSING),
    pytest.mark.skipif(not build.VENDOR.exists(), reason="needs python -m web.build"),
]
SOLVED = ActionId("20261126-solved")
CARRIED_OUT = ActionId("20261126-carried")
OFFERED = ActionId(f"{CARRIED_OUT}-r1")
BOARD = f"/plans/{SOLVED}/board"
LIVE = f"/live/{CARRIED_OUT}"
DOCUMENT, PAPER = packed(60)[:2]
_REFUSED = ("/draft -", "/draft ")  # a change that is not lawful is told and refused
_FREE = "document.querySelectorAll('.visit:not(.visit--escort, .visit--joint, .visit--locked)')"
_TOLD = "!document.getElementById('verdict-told').hidden"
_QUIET = "document.getElementById('board').ariaBusy !== 'true'"
_ALL = """
const page = document.body.cloneNode(true);
for (const one of page.querySelectorAll("script, style, template")) one.remove();
return page.textContent + [...page.querySelectorAll("[title]")].map((one) => one.title).join("");
"""
"""What stands on the open page, the data of its scripts left out."""


_RECORD = """
[...document.querySelectorAll("#next button")]
  .find((one) => one.textContent.trim() === "记录结果").click();
"""


@dataclass(frozen=True)
class Site:
    """A court whose every name would act, on the morning of a released plan."""

    app: Flask
    court: Services
    clock: SetClock
    address: str


@pytest.fixture(scope="module")
def site(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("dialogs") / "data"
    shutil.copytree(filled, folder)
    clock = SetClock(NOW)
    court = open_services(folder, clock)
    store = court.store
    soak_names(store)
    store.put(  # the duty of the plan is held still, by a paper whose number would act too
        checkpoints=store.checkpoints(),
        duty_hours={"CP-1": (EscortHours(DAYS[0].weekday(), hour(14), hour(15)),)},
        duty_basis={"CP-1": DutyBasis(PAPER, DebtorId("d001"), DOCUMENT, DOCUMENT, DAYS[-1])},
    )
    soak_plan(store)
    _save_plans(court)
    clock.at = MORNING
    app = create_app(court, secret_key=KEY, session_idle=timedelta(days=9))
    commander = Reader(app.test_client())
    commander.sign_in(str(Role.COMMANDER))
    sign_all(commander, CARRIED_OUT, document=DOCUMENT, reason=packed(500)[0])
    with serving(app) as address:
        yield Site(app, court, clock, address)
    store.close()


def _save_plans(court: Services) -> None:
    """Keep a plan that is carried out, one that is offered in its place, and one for the board."""
    problem, plan = court.store.problem(ACTION), court.store.plan(ACTION)
    assert problem is not None
    assert plan is not None
    names = [marked(TAGS[n], "T", n) for n in (1, 4)]
    named = [replace(team, name=name) for team, name in zip(problem.teams, names, strict=True)]
    problem = replace(problem, id=str(CARRIED_OUT), teams=tuple(named))
    plan = replace(plan, problem_id=problem.id)
    court.store.save(CARRIED_OUT, problem, plan, made_at=NOW)
    court.store.release(CARRIED_OUT, by="test")
    first, *rest = plan.routes
    changed = replace(first, stops=(first.stops[0], *first.stops[2:]))
    court.store.replans.save(
        OFFERED,
        replace(problem, id=str(OFFERED)),
        replace(plan, problem_id=str(OFFERED), routes=(changed, *rest)),
        replaces=CARRIED_OUT,
        day=local_day(MORNING),
        at_s=37_000,
        disturbances=[RoadsClosed("".join(TAGS[:20]))],
        kept=(),
        made_at=NOW,
        by="test",
    )
    made = company(replace(problem, id=str(SOLVED)))
    solved = solve(made, stop=MaxIterations(60), seed=1)
    court.store.save(SOLVED, on_either_day(made), solved, made_at=NOW)


@pytest.fixture
def screen(site: Site) -> Iterator[Screen]:
    with browsing() as driver:
        driver.set_script_timeout(60)
        driver.set_page_load_timeout(60)
        made = Screen(driver, site.address)
        watch(made)
        made.resize("wide")
        yield made


def test_all_that_the_board_opens_shows_texts(screen: Screen) -> None:
    screen.sign_in(str(Role.COMMANDER), PASSWORD)
    screen.complaints()
    screen.open(BOARD)
    screen.until("document.querySelectorAll('.visit').length > 0")
    press_all(screen)
    shown = _shown(screen)
    for number in range(screen.count("[data-day]")):
        screen.driver.execute_script(f"document.querySelectorAll('[data-day]')[{number}].click()")
        shown |= _shown(screen)
    assert len({mark for mark in shown if mark.startswith("§N")}) == len(TEXTS)
    for number in range(screen.count(".visit")):  # each choice, with its menus
        screen.driver.execute_script(f"document.querySelectorAll('.visit')[{number}].click()")
        screen.until("!document.getElementById('choice').hidden")
        _set(screen, "to-shift", -1)
        refuse_acting(screen, f"choice {number}")
    _drag(screen)
    refuse_acting(screen, "dragged")
    for act in ("swap-form", "lock", "unlock", "lock_minute", "unlock", "out", "bar"):
        screen.driver.execute_script(f"{_FREE}[0]?.click()")
        screen.until("!document.getElementById('choice').hidden")
        if act == "swap-form":
            screen.driver.execute_script("document.getElementById('swap-form').requestSubmit()")
        elif act == "unlock":
            screen.driver.execute_script("document.querySelector('.visit--locked').click()")
            screen.click("#choice-acts [data-act=unlock]")
        else:
            screen.click(f"#choice-acts [data-act={act}]")
        screen.until(f"{_TOLD} && {_QUIET}")
        refuse_acting(screen, act, but=_REFUSED)
    assert screen.count("#differences .change") > 1
    for wanted in ("<", "javascript:", ""):
        screen.driver.execute_script(
            "const find = document.getElementById('left-find'); find.value = arguments[0];"
            "find.dispatchEvent(new Event('input', { bubbles: true }))",
            wanted,
        )
        for line in range(screen.count("#left-out button")):
            screen.driver.execute_script(
                f"document.querySelectorAll('#left-out button')[{line}].focus()"
            )
        refuse_acting(screen, f"found {wanted}")
    for again in range(2):  # one is put back, the other is added
        count = screen.count("#left-out button")
        assert count > 0
        screen.driver.execute_script("document.querySelector('#left-out button').click()")
        screen.until(f"{_TOLD} && {_QUIET}")
        if screen.count("#choice:not([hidden])"):
            screen.driver.execute_script("document.getElementById('choice-form').requestSubmit()")
            screen.until(f"{_TOLD} && {_QUIET}")
        refuse_acting(screen, f"left out {again}", but=_REFUSED)
    screen.resize("narrow")
    screen.driver.execute_script(f"{_FREE}[0]?.click()")
    refuse_acting(screen, "narrow")
    screen.resize("wide")
    screen.open(f"/plans/{SOLVED}/compare?other={CARRIED_OUT}")
    refuse_acting(screen, "beside")


def _drag(screen: Screen) -> None:
    """Drag a visit over another lane, look at it there, and let it fall."""
    screen.driver.execute_script("document.getElementById('choice-close').click()")
    x, y, to_x, to_y = screen.driver.execute_script(
        f"const v = {_FREE}[0]; v.scrollIntoView({{block: 'center', behavior: 'instant'}});"
        "const from = v.getBoundingClientRect();"
        "const t = [...document.querySelectorAll('.lane-track')]"
        ".find((one) => one.dataset.shift !== v.dataset.shift);"
        "const to = t.getBoundingClientRect();"
        "return [from.left + 6, from.top + 12, to.left + to.width * 0.72, to.top + 20]"
    )
    screen.pointer("mousePressed", x, y)
    for part in (0.2, 0.6, 1.0):
        screen.pointer("mouseMoved", x + (to_x - x) * part, y + (to_y - y) * part)
        time.sleep(0.05)
    screen.until("document.querySelector('.verdict b') !== null")
    assert marks(plain(screen.driver.execute_script(
        "return document.getElementById('ghost-text').textContent"
    )))  # fmt: skip
    refuse_acting(screen, "in the air")
    screen.pointer("mouseReleased", to_x, to_y)
    screen.until(f"{_TOLD} && {_QUIET}")


def test_all_that_a_plans_page_opens_shows_texts(screen: Screen) -> None:
    screen.sign_in(str(Role.COMMANDER), PASSWORD)
    screen.complaints()
    for action_id in (CARRIED_OUT, SOLVED, OFFERED):
        screen.open(f"/plans/{action_id}")
        press_all(screen)
        screen.driver.execute_script(
            "for (const one of document.querySelectorAll('details')) one.open = true"
        )
        for number in range(screen.count("#replan-kind option")):
            _set(screen, "replan-kind", number)
        asked = screen.count("button[data-why]")
        for number in range(min(asked, 3)):
            screen.driver.execute_script(
                f"document.querySelectorAll('button[data-why]')[{number}].click()"
            )
            screen.until(f"document.querySelectorAll('.why:is(ul, p)').length > {number}")
        refuse_acting(screen, str(action_id), but=("/why",))
    screen.open(f"/plans/{CARRIED_OUT}")  # a station is asked for officers
    screen.driver.execute_script(
        "const field = document.getElementById('share-document'); field.value = arguments[0];"
        "field.form.requestSubmit()",
        DOCUMENT,
    )
    screen.until("document.querySelector('#support .tag--sent') !== null")
    screen.settle()
    assert plain(DOCUMENT) in plain(screen.text("#support"))
    refuse_acting(screen, "asked")
    screen.open(f"/plans/{SOLVED}/what-if")
    screen.driver.execute_script("document.querySelector('.actions form').requestSubmit()")
    screen.until("document.querySelector('.actions form[action$=stop]') !== null")
    screen.until("parseInt(document.getElementById('what-if-count').textContent) > 3")
    screen.driver.execute_script(
        "document.querySelector('.actions form[action$=stop]')?.requestSubmit()"
    )
    screen.until("document.querySelectorAll('.trials tbody tr').length > 3")
    refuse_acting(screen, "what if")


def test_all_that_the_live_room_opens_shows_texts(screen: Screen, site: Site) -> None:
    _call_for_help(site)
    screen.sign_in(str(Role.COMMANDER), PASSWORD)
    screen.complaints()
    screen.open(LIVE)
    screen.until("document.querySelectorAll('.live-alarm--help').length > 0")
    press_all(screen)
    assert "道路变化" in screen.text("#offer")
    assert plain(TAGS[0]) in plain(screen.text("#offer"))
    refuse_acting(screen, "opened")
    for text in packed(LONGEST_MESSAGE)[:3]:
        screen.driver.execute_script(
            "document.getElementById('message-text').value = arguments[0];"
            "document.getElementById('message-form').requestSubmit()",
            text,
        )
        screen.until("document.getElementById('message-text').value === ''")
        refuse_acting(screen, "message")
        assert plain(text) in plain(screen.driver.execute_script(_ALL))
    note = packed(200)[0]
    screen.driver.execute_script(
        "const input = document.querySelector('.live-alarm input'); input.value = arguments[0];"
        "input.form.requestSubmit()",
        note,
    )
    screen.until("document.querySelector('.live-alarm.is-taken') !== null")
    assert plain(note) in plain(screen.text(".live-alarm.is-taken"))
    for size in SIZES:
        screen.resize(size)
        screen.open(LIVE)
        screen.until("document.querySelectorAll('.live-team').length > 0")
        screen.driver.execute_script(
            "for (const one of document.querySelectorAll('details')) one.open = true"
        )
        press_all(screen)
        refuse_acting(screen, f"live {size}")
        assert {one[:2] for one in _shown(screen)} >= {"§N", "§T"}


def _call_for_help(site: Site) -> None:
    officer = Reader(site.app.test_client())
    officer.sign_in(str(Role.OFFICER))
    officer.get("/account")
    headers = {"X-CSRFToken": officer.token}
    body = {"name": TAGS[0][:40]}
    device = officer.client.post("/api/field/devices", json=body, headers=headers).json["device"]  # type: ignore[index]
    at = site.clock().isoformat()
    act = {"key": "key-help-1", "kind": "help", "team": "T1", "at": at, "agreed_at": at}
    sent = officer.client.post(
        "/api/field/acts", json={"acts": [act]}, headers=headers | {"X-Field-Device": device}
    )
    assert sent.status_code == 200, sent.text


def test_all_that_the_field_page_opens_shows_texts(screen: Screen, site: Site) -> None:
    phone = Phone(screen.driver, site.address)
    shift_clock(screen.driver, MORNING)
    phone.resize("narrow")
    phone.sign_in(str(Role.OFFICER), PASSWORD)
    phone.complaints()
    site.court.store.team_messages.send(
        "T1", local_day(MORNING), packed(LONGEST_MESSAGE)[4], by="test"
    )
    phone.show()
    phone.type_pin(PIN, new=True)
    phone.until("document.querySelector('#task-list li button') !== null")
    refuse_acting(phone, "tasks")
    phone.driver.execute_script("document.querySelector('#task-list li button').click()")
    phone.says("已领取")
    phone.until("document.querySelector('#next .field-stop') !== null")
    refuse_acting(phone, "the day")
    assert {mark[:2] for mark in _shown(phone)} >= {"§N", "§D"}
    assert plain(PAPER) in plain(phone.driver.execute_script(_ALL))
    phone.driver.execute_script("document.querySelector('#next .field-signs button').click()")
    phone.until("document.getElementById('consent').open")
    refuse_acting(phone, "consent")
    phone.click("#consent-yes")
    phone.click("#sos")
    phone.until("document.getElementById('help').open")
    refuse_acting(phone, "help")
    phone.click("#help-close")
    phone.driver.execute_script(_RECORD)
    phone.until("document.getElementById('sheet').open")
    for number in range(phone.count("#sheet .field-kind")):
        phone.driver.execute_script(
            f"document.querySelectorAll('#sheet .field-kind')[{number}]?.click()"
        )
        refuse_acting(phone, f"sheet {number}")
        phone.driver.execute_script("document.querySelector('#sheet [data-part=chosen]')?.click()")
    phone.driver.execute_script("document.getElementById('sheet').close()")
    phone.driver.execute_script("window.dispatchEvent(new Event('online'))")
    phone.until("document.querySelector('#notices button') !== null")
    phone.click("#notices button")
    refuse_acting(phone, "message")


def _set(screen: Screen, name: str, index: int) -> None:
    """Choose an option of a list, the last one by -1, as a hand would."""
    screen.driver.execute_script(
        "const list = document.getElementById(arguments[0]); const { length } = list.options;"
        "if (!length) return;"
        "list.selectedIndex = arguments[1] < 0 ? length + arguments[1] : arguments[1];"
        "list.dispatchEvent(new Event('change', { bubbles: true }))",
        name,
        index,
    )


def _shown(screen: Screen) -> set[str]:
    """Return the marks of the texts that stand on the open page."""
    return marks(plain(screen.driver.execute_script(_ALL)))
