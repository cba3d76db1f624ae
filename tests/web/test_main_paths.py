"""What each user comes for, in a real browser: from asking for a plan to the auditor's check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest
from flask import Flask

from data.jobs import Job, JobKind, JobState
from data.signing import read_signing_key
from geo.localtime import local_day
from geo.network import save_network
from geo.osmfile import OsmFeatures
from geo.placefile import places_json
from routes.model import ActionId, EscortHours, VisitBand
from routes.ports import Clock
from routes.support import SupportState
from tests.geo.roads import network_of
from tests.web.browser import MISSING, Screen, browsing, is_installed, serving
from tests.web.conftest import Waiting
from tests.web.court import DAYS, NOW, PASSWORD, teams
from tests.web.test_field_browser import shift_clock
from tests.web.test_network_page import ROADS, SPOTS
from web import build, working
from web.audit_watch import sign_chain
from web.config import PLACES_FILE, Settings
from web.services import Services, attach
from web.steps.planning import make_plan
from web.working import work_on

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not is_installed() or not build.VENDOR.exists(), reason=MISSING),
]

_SIGN = """
const form = document.querySelector("#sign-offs form.filters");
form.elements.role.value = "president";
form.elements.document.value = "（2026）批9号";
form.elements.reason.value = "已核对现场照看人员";
form.requestSubmit();
"""


@pytest.fixture
def queue(court: Services, pages: Flask, settings: Settings) -> Waiting:
    hours = tuple(EscortHours(day, time(8, 30), time(18)) for day in range(5))
    court.store.put(teams=teams(), shifts={one.id: hours for one in teams()})
    save_network(network_of(SPOTS, ROADS), settings.network_dir)
    (settings.network_dir / PLACES_FILE).write_text(places_json(OsmFeatures()), encoding="utf-8")
    waiting = Waiting()
    public = read_signing_key(settings.signing_key_path).public
    attach(pages, replace(court, queue=waiting, public_key=public))
    return waiting


@pytest.fixture
def screen(queue: Waiting, pages: Flask) -> Iterator[Screen]:
    with serving(pages) as address, browsing() as driver:
        shift_clock(driver, NOW)
        yield Screen(driver, address)


def _planned(settings: Settings, job: Job, clock: Clock) -> Mapping[str, Any]:
    """Do what the worker does with a plan, for some rounds instead of some seconds."""
    days = [date.fromisoformat(day) for day in job.wanted["days"]]
    return make_plan(
        settings, tuple(days), teams=job.wanted["teams"], iterations=30, job=job, clock=clock
    )


def test_from_the_asking_for_a_plan_to_the_check_of_the_chain(
    screen: Screen,
    court: Services,
    queue: Waiting,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(working.HANDLERS, JobKind.PLAN, _planned)
    made = _ask_for_a_plan(screen, court, queue, settings)
    changed = _change_it_by_hand(screen, court, made)
    _approve_and_share(screen, court, changed)
    _confirm_by_phone(screen, court, changed)
    _verify(screen, court, queue, settings)
    assert screen.complaints() == []
    assert screen.foreign_requests() == []


def _ask_for_a_plan(
    screen: Screen, court: Services, queue: Waiting, settings: Settings
) -> ActionId:
    """Choose days and teams, start, watch the bar, and follow the link to the plan."""
    screen.resize("wide")
    screen.sign_in("officer", PASSWORD)
    screen.open("/jobs")
    screen.driver.execute_script(
        """
        const form = document.querySelector("form[action$='/jobs/plan']");
        form.elements.days.value = "2";
        form.elements.known_by.value = "";
        form.querySelector("[name=team][value=T1]").click();
        form.requestSubmit();
        """
    )
    screen.until("document.querySelector('progress[data-job]') !== null")
    job = court.store.jobs.get(queue.ids[-1])
    assert job is not None
    assert job.wanted == {"days": [str(day) for day in DAYS], "teams": ["T2"], "stop_s": 10}
    screen.driver.execute_script("window.isFirst = true")
    with ThreadPoolExecutor(1) as worker:
        done = worker.submit(
            work_on, court.store, settings, job.id, telling=queue, clock=court.clock
        )
        screen.until("document.querySelector('[data-job-text]')?.textContent || !window.isFirst")
        done.result(timeout=120)
    screen.until("!window.isFirst && document.querySelector('a[href^=\"/plans/A\"]') !== null")
    ended = court.store.jobs.get(job.id)
    assert ended is not None
    assert ended.state is JobState.DONE, ended.error
    screen.driver.execute_script("document.querySelector('a[href^=\"/plans/A\"]').click()")
    screen.until("document.querySelector('.plan-head .tag')?.textContent === '待审批'")
    made = ActionId(ended.result["action"])
    problem = court.store.problem(made)
    assert problem is not None
    assert {one.id for one in problem.teams} == {"T2"}
    assert screen.count(".route") == len(DAYS)
    assert screen.count("form.release") == 0  # an officer plans, a commander releases
    return made


def _change_it_by_hand(screen: Screen, court: Services, made: ActionId) -> ActionId:
    """Take a visit out on the board, and keep what is left for the commander."""
    screen.click("a[href$='/board']")
    screen.until("document.querySelectorAll('.visit').length > 0")
    before = screen.count(".visit")
    screen.click(".visit:not(.visit--escort)")
    screen.until("!document.getElementById('choice').hidden")
    screen.click("[data-act=out]")
    screen.until(f"document.querySelectorAll('.visit').length === {before - 1}")
    screen.until("!document.getElementById('save').disabled")
    screen.click("#save")
    screen.until("location.pathname.endsWith('-r1')")
    changed = ActionId(f"{made}-r1")
    action = court.store.action(changed)
    officer = court.store.accounts.named("officer")
    assert action is not None
    assert officer is not None
    assert action.made_by == officer.id
    assert action.released_at is None
    return changed


def _approve_and_share(screen: Screen, court: Services, action_id: ActionId) -> None:
    """Find the plan among those that wait, sign what is to be signed, release it, share it."""
    screen.sign_in("commander", PASSWORD)
    screen.open("/plans")
    assert "待审批" in screen.text(f"tr:has(a[href$='/{action_id}'])")
    screen.click(f"a[href$='/{action_id}']")
    screen.until("document.querySelector('#sign-offs form.filters') !== null")
    assert screen.count("form.release button[disabled]") == 1
    for left in range(screen.count("#sign-offs form.filters"), 0, -1):
        screen.driver.execute_script(_SIGN)
        screen.until(f"document.querySelectorAll('#sign-offs form.filters').length === {left - 1}")
    screen.driver.execute_script(
        "document.querySelectorAll('[name=acknowledged]').forEach((one) => { one.checked = true; })"
    )
    screen.driver.execute_script("document.querySelector('form.release').requestSubmit()")
    screen.until("document.querySelector('.plan-head .tag').textContent === '已发布'")
    action = court.store.action(action_id)
    assert action is not None
    assert action.released_at == NOW
    screen.driver.execute_script(
        """
        const form = document.querySelector("form[action$='/share']");
        form.elements.document.value = "协助函（2026）第1号";
        form.requestSubmit();
        """
    )
    screen.until("document.getElementById('shares') !== null")
    assert {one.state for one in court.store.support_requests.for_action(action_id)} == {
        SupportState.SENT
    }


def _confirm_by_phone(screen: Screen, court: Services, action_id: ActionId) -> None:
    screen.resize("narrow")
    asked = court.store.support_requests.for_action(action_id)
    liaisons = {"PS-1": "police_liaison", "PS-2": "neighbour"}
    buttons = "[...document.querySelectorAll('form button')]"
    buttons += ".filter((one) => one.textContent.includes('确认协助'))"
    for station in {one.station_id for one in asked}:
        screen.sign_in(liaisons[station], PASSWORD)
        screen.open("/partner")
        for left in range(sum(one.station_id == station for one in asked), 0, -1):
            screen.until(f"{buttons}.length === {left}")
            screen.driver.execute_script(f"{buttons}[0].click()")
        screen.until(f"{buttons}.length === 0")
        assert screen.overflow() == 0
    states = {one.state for one in court.store.support_requests.for_action(action_id)}
    assert states == {SupportState.CONFIRMED}


def _verify(screen: Screen, court: Services, queue: Waiting, settings: Settings) -> None:
    key = read_signing_key(settings.signing_key_path)
    sign_chain(court.store, key)
    screen.resize("wide")
    screen.sign_in("auditor", PASSWORD)
    screen.open("/audit")
    assert screen.count("a[href*='plan.release']") == 1
    screen.driver.execute_script(
        "document.querySelector('form[action$=\"/audit/verify\"]').requestSubmit()"
    )
    screen.until("document.querySelector('progress[data-job]') !== null")
    work_on(court.store, settings, queue.ids[-1], telling=queue, clock=court.clock)
    screen.open("/audit")
    assert "通过" in screen.text(".audit-check")


def test_a_tip_goes_from_a_telephone_to_a_lead_and_back(screen: Screen, court: Services) -> None:
    screen.resize("narrow")
    screen.touches()
    screen.sign_in("grid_liaison", PASSWORD)
    screen.open("/")
    for name, text in (("about", "村口开杂货店的己某7"), ("place", "石井村老榕树旁")):
        screen.tap(f"#{name}")
        screen.until(f"document.activeElement.id === '{name}'")
        screen.driver.switch_to.active_element.send_keys(text)
    screen.driver.execute_script("document.getElementById('band').value = 'evening'")
    screen.tap(".button--main")
    assert court.store.tips.open() == ()  # without the consent nothing is sent
    assert screen.overflow() == 0
    screen.tap("[name=consent]")
    screen.tap(".button--main")
    screen.until("document.querySelector('table form') !== null")
    (tip,) = court.store.tips.open()
    assert (tip.seen_on, tip.band) == (local_day(NOW), VisitBand.EVENING)
    assert "待办理" in screen.text("tbody tr")
    assert screen.overflow() == 0
    too_small = screen.driver.execute_script(
        "return [...document.querySelectorAll('main :is(button, input, select, .check)')]"
        ".filter((one) => one.type !== 'hidden' && !one.closest('.check > *')"
        " && one.getBoundingClientRect().height < 44).map((one) => one.outerHTML)"
    )
    assert too_small == []
    screen.sign_in("officer", PASSWORD)
    screen.open("/tips")
    screen.tap("[name=number]")
    screen.driver.switch_to.active_element.send_keys("己某7")
    screen.tap("form.filters button")
    screen.until("document.querySelector('[name=about]') !== null")
    screen.tap("[name=about]")
    screen.tap(".button--main")
    screen.until("document.querySelector('.empty') !== null")
    (lead,) = court.store.leads()
    assert lead.debtor_id == "d007"
    assert screen.overflow() == 0
    screen.sign_in("grid_liaison", PASSWORD)
    screen.open("/grid")
    assert "已采用" in screen.text("tbody tr")
    screen.tap("tbody form button")
    screen.until("document.querySelector('table form') === null")
    assert "已撤回" in screen.text("tbody tr")
    assert all(one.withdrawn for one in court.store.leads())
    assert screen.complaints() == []
