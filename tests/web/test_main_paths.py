"""What each user comes for, in a real browser: from a plan's approval to the auditor's check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from data.signing import read_signing_key
from routes.support import SupportState
from tests.web.browser import MISSING, Screen, browsing, is_installed, serving
from tests.web.conftest import Waiting
from tests.web.court import ACTION, NOW, PASSWORD
from tests.web.test_field_browser import shift_clock
from web import build
from web.audit_watch import sign_chain
from web.config import Settings
from web.services import Services, attach
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
    waiting = Waiting()
    public = read_signing_key(settings.signing_key_path).public
    attach(pages, replace(court, queue=waiting, public_key=public))
    return waiting


@pytest.fixture
def screen(queue: Waiting, pages: Flask) -> Iterator[Screen]:
    with serving(pages) as address, browsing() as driver:
        shift_clock(driver, NOW)
        yield Screen(driver, address)


def test_from_the_approval_of_a_plan_to_the_check_of_the_chain(
    screen: Screen, court: Services, queue: Waiting, settings: Settings
) -> None:
    _approve_and_share(screen, court)
    _confirm_by_phone(screen, court)
    _verify(screen, court, queue, settings)
    assert screen.complaints() == []
    assert screen.foreign_requests() == []


def _approve_and_share(screen: Screen, court: Services) -> None:
    screen.resize("wide")
    screen.sign_in("commander", PASSWORD)
    screen.open(f"/plans/{ACTION}")
    for left in range(screen.count("#sign-offs form.filters"), 0, -1):
        screen.driver.execute_script(_SIGN)
        screen.until(f"document.querySelectorAll('#sign-offs form.filters').length === {left - 1}")
    screen.driver.execute_script(
        "document.querySelectorAll('[name=acknowledged]').forEach((one) => { one.checked = true; })"
    )
    screen.driver.execute_script("document.querySelector('form.release').requestSubmit()")
    screen.until("document.querySelector('.plan-head .tag').textContent === '已发布'")
    action = court.store.action(ACTION)
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
    assert {one.state for one in court.store.support_requests.for_action(ACTION)} == {
        SupportState.SENT
    }


def _confirm_by_phone(screen: Screen, court: Services) -> None:
    screen.resize("narrow")
    screen.sign_in("police_liaison", PASSWORD)
    screen.open("/partner")
    buttons = "[...document.querySelectorAll('form button')]"
    buttons += ".filter((one) => one.textContent.includes('确认协助'))"
    for left in range(len(court.store.support_requests.for_action(ACTION)), 0, -1):
        screen.until(f"{buttons}.length === {left}")
        screen.driver.execute_script(f"{buttons}[0].click()")
    screen.until(f"{buttons}.length === 0")
    assert screen.overflow() == 0
    states = {one.state for one in court.store.support_requests.for_action(ACTION)}
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
