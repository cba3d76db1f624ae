"""A team that is too late for what is ahead: the live room offers to plan anew, by one click."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from data.model import Role
from geo.localtime import moment_at
from routes.model import ActionId
from routes.planning import MaxIterations, solve
from routes.planning.disturbances import TeamLate
from tests.web.browser import MISSING, SIZES, Screen, browsing, is_installed, serving
from tests.web.conftest import KEY
from tests.web.court import ACTION, DAYS, PASSWORD, SetClock, open_services
from web import build
from web.app import create_app
from web.services import Services

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not is_installed(), reason=MISSING),
    pytest.mark.skipif(not build.VENDOR.exists(), reason="needs python -m web.build"),
]
SOLVED = ActionId("20261126-solved")
_BUTTON = "#offer button[form=late-form]"


@dataclass(frozen=True)
class Desk:
    """A commander before the live room of a released plan, and the clock of the court."""

    screen: Screen
    court: Services
    clock: SetClock
    begin: datetime
    """When the first team is at its first stop."""


@pytest.fixture
def desk(filled: Path, tmp_path: Path) -> Iterator[Desk]:
    shutil.copytree(filled, tmp_path / "data")
    clock = SetClock()
    court = open_services(tmp_path / "data", clock)
    problem = court.store.problem(ACTION)
    assert problem is not None
    problem = replace(problem, id=str(SOLVED))
    plan = solve(problem, stop=MaxIterations(30), seed=1)
    court.store.save(SOLVED, problem, plan, made_at=clock())
    court.store.release(SOLVED, by="test")
    route = next(one for one in plan.routes if one.day == DAYS[0] and one.stops)
    clock.at = begin = moment_at(route.day, route.stops[0].start_s)
    app = create_app(court, secret_key=KEY, session_idle=timedelta(days=1))
    with serving(app) as address, browsing() as driver:
        driver.set_script_timeout(60)
        driver.set_page_load_timeout(60)
        screen = Screen(driver, address)
        screen.sign_in(str(Role.COMMANDER), PASSWORD)
        yield Desk(screen, court, clock, begin)
    court.store.close()


@pytest.mark.parametrize("size", SIZES)
def test_one_click_plans_a_late_team_anew_with_its_delay(desk: Desk, size: str) -> None:
    screen = desk.screen
    screen.resize(size)
    _show(screen)
    assert screen.count(_BUTTON) == 0
    desk.clock.at = desk.begin + timedelta(hours=3)
    screen.driver.execute_script("document.dispatchEvent(new Event('visibilitychange'))")
    screen.until(f"document.querySelector('{_BUTTON}') !== null")  # without opening it anew
    assert "将超过可走访的时段或约定的时间" in screen.text("#offer")
    assert screen.overflow() <= 0
    button = screen.driver.find_element(By.CSS_SELECTOR, _BUTTON)
    assert button.text == "重新安排"
    team = button.get_attribute("value")
    button.click()
    screen.until("location.hash === '#offer' && document.querySelector('#offer .happened')")
    assert screen.count(_BUTTON) == 0
    replan = desk.court.store.replans.later(SOLVED)
    assert replan is not None
    (told,) = replan.disturbances
    assert isinstance(told, TeamLate)
    assert told.team == team
    assert f"晚点 {told.minutes} 分钟" in screen.text("#offer .happened")
    assert "查看并采用" in screen.text("#offer")
    assert screen.complaints() == []


def _show(screen: Screen) -> None:
    screen.open(f"/live/{SOLVED}")
    screen.until("document.querySelectorAll('.live-team').length > 0")
