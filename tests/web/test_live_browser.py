"""The live room and the field page in headless Chromium: signs, alarms, messages between them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from data.model import Role
from data.outcome_records import OutcomeRecord
from data.sent_outcomes import SentOutcome, receive_outcomes
from geo.localtime import local_day
from routes.live import SignKind
from routes.model import ActionId, ClaimId, OutcomeKind
from routes.planning.disturbances import TeamLate
from tests.web.browser import MISSING, Screen, browsing, is_installed, serving
from tests.web.conftest import KEY
from tests.web.court import ACTION, DUTY_PHONE, PASSWORD, SetClock, open_services
from tests.web.test_field_browser import Phone, shift_clock
from web import build
from web.app import create_app
from web.live_events import LiveEvents
from web.services import Services

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not is_installed(), reason=MISSING),
    pytest.mark.skipif(not build.VENDOR.exists(), reason="needs python -m web.build"),
]

MORNING = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)  # 09:00 of the first day
LIVE = f"/live/{ACTION}"


class Room(Screen):
    """A commander's desk."""

    def show(self) -> None:
        self.open(LIVE)
        self.until("document.querySelectorAll('.live-team').length > 0")

    def lines(self, word: str) -> int:
        """Return how many lines of what came in hold a word."""
        found = self.driver.find_elements(By.CSS_SELECTOR, ".live-event")
        return sum(word in one.text for one in found)


@pytest.fixture(scope="module")
def day(
    filled: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Phone, Room, Services, SetClock]]:
    folder = tmp_path_factory.mktemp("live") / "data"
    shutil.copytree(filled, folder)
    clock = SetClock(MORNING)
    services = open_services(folder, clock)
    services.store.release(ACTION, by="test")
    app = create_app(services, secret_key=KEY, session_idle=timedelta(days=1))
    with serving(app) as address, browsing() as handheld, browsing() as desk:
        handheld.set_script_timeout(30)
        desk.set_script_timeout(30)
        shift_clock(handheld, MORNING)
        phone, room = Phone(handheld, address), Room(desk, address)
        phone.resize("narrow")
        room.resize("wide")
        phone.sign_in(str(Role.OFFICER), PASSWORD)
        room.sign_in(str(Role.COMMANDER), PASSWORD)
        phone.fetch()
        yield phone, room, services, clock
    services.store.close()


Day = tuple[Phone, Room, Services, SetClock]


def _picture(driver: Chrome, name: str) -> None:
    """Keep a picture where somebody wants to look at it."""
    folder = os.environ.get("FIELDWRIT_PICTURES")
    if folder:
        driver.save_screenshot(str(Path(folder) / f"{name}.png"))


def test_a_check_in_without_a_signal_is_shown_once(day: Day) -> None:
    phone, room, court, _clock = day
    room.show()
    assert room.lines("到达") == 0
    _picture(phone.driver, "field-day")
    phone.cut_off(True)
    phone.press("到达")
    _picture(phone.driver, "field-consent")
    phone.press("同意，今天有效")
    phone.says("到达 09:00 · 待发送")
    phone.press("平安")
    phone.says("平安 09:00 · 待发送")
    assert court.store.check_ins.of_day(local_day(MORNING)) == ()
    phone.cut_off(False)
    phone.says("平安 09:00 · 已送达")
    phone.says("已全部发送")
    kept = court.store.check_ins.of_day(local_day(MORNING))
    assert sorted(one.sign.kind for one in kept) == [SignKind.ARRIVED, SignKind.SAFE]
    assert {one.position for one in kept} == {None}
    room.show()
    assert (room.lines("到达"), room.lines("平安")) == (1, 1)
    assert "在现场" in room.text(".live-team")
    assert phone.overflow() <= 0


def test_a_message_arrives_and_its_reading_is_told(day: Day) -> None:
    phone, room, court, _clock = day
    room.driver.find_element(By.ID, "message-text").send_keys("改走南环路，白沙大桥封闭")
    room.click("#message-form button")
    room.until("document.querySelector('#messages').textContent.includes('未读')")
    phone.driver.execute_script("window.dispatchEvent(new Event('online'))")
    phone.says("改走南环路")
    _picture(phone.driver, "field-message")
    phone.press("知道了")
    phone.says("已全部发送")
    room.show()
    room.until("document.querySelector('#messages').textContent.includes('已读')")
    [told] = court.store.team_messages.of_day(local_day(MORNING))
    assert told.read_at is not None


def test_silence_becomes_an_alarm_as_the_clock_goes_on(day: Day) -> None:
    _phone, room, court, clock = day
    room.show()
    assert room.count(".live-alarm") == 0
    options = {one.id: one for one in court.store.problem(ACTION).options}  # type: ignore[union-attr]
    second = court.store.plan(ACTION).routes[1]  # type: ignore[union-attr]
    first = next(stop.ref for stop in second.stops if stop.ref in options)
    clock.at = MORNING + timedelta(minutes=75)
    sent = SentOutcome(
        "visit-0001",
        ClaimId(options[first].claim),
        OutcomeKind.FOUND,
        clock.at - timedelta(minutes=2),
        record=OutcomeRecord("T2", ""),
    )
    receive_outcomes(court.store, [sent], by="test")
    room.show()
    assert room.count(".live-alarm--overdue") == 1
    assert "第一组超时未联系" in room.text(".live-alarm--overdue")
    assert DUTY_PHONE in room.text(".live-alarm--overdue")
    _picture(room.driver, "live-overdue")
    box = room.driver.find_element(By.CSS_SELECTOR, ".live-alarm input")
    box.send_keys("已电话联系，车坏在路上，增援已出发")
    room.click(".live-alarm-form button")
    room.until("document.querySelector('.live-alarm.is-taken') !== null")
    assert "车坏在路上" in room.text(".live-alarm")
    assert room.text('[data-sum="alarms"]') == "0"


def test_a_call_for_help_is_there_at_once_with_whom_to_call(day: Day) -> None:
    phone, room, _court, _clock = day
    phone.press("需要支援")
    calls = phone.driver.find_elements(By.CSS_SELECTOR, "#help-calls a")
    digits = DUTY_PHONE.replace(" ", "")
    assert [one.get_attribute("href") for one in calls] == [f"tel:{digits}", "tel:110"]
    _picture(phone.driver, "field-help")
    phone.press("向指挥求援")
    phone.says("已送达指挥")
    phone.press("关闭")
    room.driver.execute_script("document.dispatchEvent(new Event('visibilitychange'))")
    room.until("document.querySelector('.live-alarm--help') !== null")
    assert "第一组需要支援" in room.text(".live-alarm--help")
    assert room.driver.title.startswith("(1)")
    _picture(room.driver, "live-help")
    for size in ("narrow", "wide"):
        room.resize(size)
        room.show()
        assert room.overflow() <= 0
        _picture(room.driver, f"live-{size}")
    room.resize("narrow")
    for at in (800, 1600, 2400, 3200):
        room.driver.execute_script(f"window.scrollTo(0, {at})")
        _picture(room.driver, f"live-narrow-{at}")
    room.resize("wide")
    assert room.foreign_requests() == []
    assert room.complaints() == []


def test_an_offer_stands_before_against_after(day: Day) -> None:
    _phone, room, court, clock = day
    problem, plan = court.store.problem(ACTION), court.store.plan(ACTION)
    assert problem is not None
    assert plan is not None
    new = ActionId(f"{ACTION}-r1")
    first, *rest = plan.routes
    kept = (first.stops[0], replace(first.stops[1], start_s=41_000), *first.stops[3:])
    court.store.replans.save(
        new,
        replace(problem, id=str(new)),
        replace(plan, problem_id=str(new), routes=(replace(first, stops=kept), *rest)),
        replaces=ACTION,
        day=local_day(MORNING),
        at_s=37_000,
        disturbances=[TeamLate("T1", 1800)],
        kept=(),
        made_at=clock(),
        by="test",
    )
    room.show()
    assert "晚点 30 分钟" in room.text("#offer")
    assert room.count(".live-changes li") >= 1
    assert "查看并采用" in room.text("#offer")
    _picture(room.driver, "live-offer")


def test_a_hidden_page_asks_more_seldom_and_tells_an_alarm(day: Day) -> None:
    phone, room, _court, _clock = day
    room.show()
    room.click("#sound")
    assert room.text("#sound") == "关闭警报声"
    hidden = (
        "Object.defineProperty(document, 'hidden', {value: %s, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    room.driver.execute_script(hidden % "true")
    asked = (
        "performance.getEntriesByType('resource')"
        ".filter((one) => one.name.includes('/api/live/')).length"
    )
    before = room.driver.execute_script(f"return {asked}")
    rung = int(room.driver.execute_script("return document.getElementById('sound').dataset.rung"))
    phone.press("需要支援")
    phone.press("向指挥求援")
    phone.says("已送达指挥")
    phone.press("关闭")
    room.driver.set_script_timeout(60)
    room.driver.execute_async_script("setTimeout(arguments[0], 14000)")
    assert room.driver.execute_script(f"return {asked}") == before
    room.driver.execute_async_script("setTimeout(arguments[0], 19000)")
    assert room.driver.execute_script(f"return {asked}") > before
    assert room.driver.title.startswith("(1)")
    assert room.driver.execute_script(
        "return document.getElementById('sound').dataset.rung"
    ) == str(rung + 1)
    room.driver.execute_script(hidden % "false")
    room.open("/cases")
    room.until("!document.getElementById('alarm-bar').hidden")
    assert "条警报无人处置" in room.text("#alarm-bar")
    room.resize("narrow")
    assert room.overflow() <= 0
    _picture(room.driver, "alarm-bar")
    room.resize("wide")


def test_leave_that_is_taken_back_on_the_phone_empties_the_room(day: Day) -> None:
    phone, room, court, _clock = day
    phone.click("#withdraw")
    phone.driver.switch_to.alert.accept()
    phone.says("已全部发送")
    room.show()
    assert (room.lines("到达"), room.lines("平安")) == (0, 0)
    kept = court.store.check_ins.of_day(local_day(MORNING))
    assert [one.sign.kind for one in kept] == [SignKind.HELP] * 2


def test_a_desk_with_a_stream_hears_at_once(day: Day) -> None:
    _phone, room, court, clock = day
    app = create_app(
        replace(court, live_events=LiveEvents(1)),
        secret_key=KEY,
        session_idle=timedelta(days=1),
    )
    with serving(app) as address:
        desk = Room(room.driver, address)
        desk.sign_in(str(Role.COMMANDER), PASSWORD)
        desk.show()
        court.store.team_messages.send("T1", local_day(clock()), "白沙大桥封闭", by="test")
        heard = "document.getElementById('messages').textContent.includes('白沙大桥封闭')"
        WebDriverWait(desk.driver, 8).until(lambda d: d.execute_script(f"return {heard}"))
        desk.open("/live")  # the stream is closed with its page
