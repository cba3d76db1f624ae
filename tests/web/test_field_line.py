"""What waits on an officer's device over a line that is slow, or that hangs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.expected_conditions import alert_is_present
from selenium.webdriver.support.ui import WebDriverWait

from data.model import Role
from geo.localtime import moment_at
from routes.model import OutcomeKind
from tests.web.browser import MISSING, is_installed
from tests.web.court import DAYS, PASSWORD
from tests.web.test_field_browser import PIN, Phone, phone_of
from web import build
from web.services import Services

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not is_installed(), reason=MISSING),
    pytest.mark.skipif(not build.VENDOR.exists(), reason="needs python -m web.build"),
]

_OUTBOX = """
const [waiting, steps, done] = arguments;
(async () => {
  const { Court } = await import("/static/js/field/outbox.js");
  const kept = new Map(waiting.map((one) => [(one.act ?? one.outcome).key, one]));
  const vault = {
    isOpen: true,
    owner: async () => null,
    all: async () => [...kept.values()],
    remove: async (_store, key) => kept.delete(key),
    put: async (_store, key, value) => kept.set(key, value),
  };
  const sent = [];
  let patience = 0;
  AbortSignal.timeout = (ms) => ((patience = ms), new AbortController().signal);
  window.fetch = async (url, { body }) => {
    if (!body) return Response.json({ account: "a", token: "t" });
    const { outcomes = [], acts = [] } = JSON.parse(body);
    const [{ key }] = [...outcomes, ...acts];
    sent.push([key, patience]);
    if (key === "photos") throw new TypeError("the line broke");
    if (key === "hangs") return new Promise(() => {});
    const said = [{ key, state: "stored" }];
    return Response.json({ outcomes: said, acts: said });
  };
  const court = new Court({ state: "/s", outcomes: "/o", acts: "/a" }, vault);
  const failed = [];
  for (const lane of steps) {
    const sending = court.send(lane, async () => {}).catch(({ message }) => failed.push(message));
    await Promise.race([sending, new Promise((resolve) => setTimeout(resolve, 300))]);
  }
  return { sent, left: [...kept.keys()], failed };
})().then(done, (error) => done({ error: String(error) }));
"""
_HANG = """
window.realFetch ??= window.fetch;
window.fetch = (url, how) =>
  String(url).startsWith("/api/field/acts") ? new Promise(() => {}) : window.realFetch(url, how);
"""
_BREAK = """
window.realFetch ??= window.fetch;
window.fetch = async () => { throw new TypeError("the line broke"); };
"""


def _outcome(key: str, at: str, content: str = "") -> dict[str, Any]:
    files = [{"kind": "photo", "media_type": "image/jpeg", "content": content}] if content else []
    return {"problem": None, "outcome": {"key": key, "at": at, "record": {"files": files}}}


def _act(key: str, kind: str) -> dict[str, Any]:
    return {"problem": None, "act": {"key": key, "kind": kind, "at": "2026-11-26T00:00:00Z"}}


@pytest.fixture(scope="module")
def phone(
    filled: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Phone, Services]]:
    with phone_of(filled, tmp_path_factory.mktemp("line") / "data") as made:
        yield made


def _sent(driver: Chrome, waiting: list[dict[str, Any]], *lanes: str) -> dict[str, Any]:
    found: dict[str, Any] = driver.execute_async_script(_OUTBOX, waiting, lanes)
    assert "error" not in found, found
    return found


def test_photos_get_time_and_hold_nothing_up(phone: tuple[Phone, Services]) -> None:
    device, _court = phone
    device.open("/login")
    waiting = [
        _outcome("photos", "2026-11-26T00:00:00Z", "A" * 1_500_000),
        _outcome("late", "2026-11-26T02:00:00Z"),
        _outcome("early", "2026-11-26T01:00:00Z"),
    ]
    found = _sent(device.driver, waiting, "outcomes")
    assert [key for key, _ms in found["sent"]] == ["early", "late", "photos"]
    small, _, large = (ms for _key, ms in found["sent"])
    assert 30_000 <= small < 31_000
    assert large >= 30_000 + len(json.dumps(waiting[0]["outcome"])) / 5
    assert found["left"] == ["photos"]
    assert found["failed"] == ["the line broke"]
    failed_first = [_outcome("photos", "2026-11-26T00:00:00Z"), *waiting[1:]]
    assert _sent(device.driver, failed_first, "outcomes")["left"] == ["photos"]


def test_a_call_for_help_waits_behind_nothing(phone: tuple[Phone, Services]) -> None:
    device, _court = phone
    device.open("/login")
    waiting = [
        _outcome("hangs", "2026-11-26T00:00:00Z"),
        _act("arrived", "arrived"),
        _act("help", "help"),
    ]
    found = _sent(device.driver, waiting, "outcomes", "acts", "help")
    assert [key for key, _ms in found["sent"]] == ["hangs", "arrived", "help"]
    assert found["left"] == ["hangs"]


def test_the_lock_waits_for_no_answer(phone: tuple[Phone, Services]) -> None:
    device, _court = phone
    device.sign_in(str(Role.OFFICER), PASSWORD)
    device.fetch()
    held = device.driver.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument",
        {"source": "window.fetch = () => new Promise(() => {})"},
    )
    device.show()
    device.type_pin(PIN)
    device.says("记录结果")
    device.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", held)


def test_a_call_for_help_on_a_line_that_hangs_says_so(phone: tuple[Phone, Services]) -> None:
    device, _court = phone
    device.show()
    device.type_pin(PIN)
    device.says("在线")
    device.driver.execute_script(_HANG)
    device.press("需要支援")
    device.press("向指挥求援")
    device.says("正在送达指挥")
    device.says("没有信号，尚未送达")
    device.says("离线")


def test_what_was_kept_is_told_at_once(phone: tuple[Phone, Services]) -> None:
    device, _court = phone
    device.driver.refresh()
    device.type_pin(PIN)
    device.says("已送达")
    device.driver.execute_script(_BREAK)
    device.enter("找到")
    device.says("待发送 1")
    device.says("离线")


def test_a_sheet_that_was_not_finished_is_offered_again(phone: tuple[Phone, Services]) -> None:
    device, _court = phone
    device.come_back()
    device.take()
    device.says("已全部发送")
    device.choose("关门歇业")
    device.driver.find_element(By.ID, "field-note").send_keys("门口贴有转让告示")
    device.driver.find_element(By.CSS_SELECTOR, ".field-checks input[type=checkbox]").click()
    device.driver.execute_script("document.getElementById('lock').click()")
    device.wait("//input[@id='pin']")
    assert "转让告示" not in str(device.kept()["text"])
    device.show()
    device.type_pin(PIN)
    device.says("记录没有填完")
    device.press("继续填写")
    note = device.driver.find_element(By.ID, "field-note")
    assert note.get_property("value") == "门口贴有转让告示"
    assert device.driver.find_element(By.CSS_SELECTOR, "[data-part=chosen]").text == "关门歇业"
    assert device.count(".field-checks .is-left") == 1
    for accepted in (False, True):
        note.send_keys(Keys.ESCAPE)
        asked = WebDriverWait(device.driver, 20).until(alert_is_present())
        asked.accept() if accepted else asked.dismiss()
        assert note.is_displayed() is not accepted
    device.show()
    device.type_pin(PIN)
    device.says("记录结果")
    assert device.count("#drafts article") == 0


def _device_of(device: Phone) -> str:
    """Return the register's id of the device that the vault is of."""
    found: str = device.driver.execute_async_script(
        "const done = arguments[0];"
        "import('/static/js/field/vault.js').then(({ Vault }) => Vault.open())"
        ".then((vault) => vault.owner()).then((owner) => done(owner.device))"
    )
    return found


def _agree(device: Phone) -> None:
    WebDriverWait(device.driver, 20).until(alert_is_present()).accept()


def _set_time(device: Phone, local: str) -> None:
    device.driver.execute_script(
        "const field = document.getElementById('field-at'); field.value = arguments[0];"
        "field.dispatchEvent(new Event('change'))",
        local,
    )


def test_a_refused_outcome_is_told_and_mended(phone: tuple[Phone, Services]) -> None:
    device, court = phone
    before = court.store.outcomes()
    title = device.driver.find_element(By.CSS_SELECTOR, "#next h3").text
    device.choose("已搬走")
    day = DAYS[0].isoformat()
    for wrong in (f"{day}T07:45", f"{DAYS[0] - timedelta(days=1)}T20:00"):
        _set_time(device, wrong)
        device.press("全部做到，保存")
        device.says("且不晚于现在")
    _set_time(device, f"{day}T03:00")
    device.press("全部做到，保存")
    device.says("未被法院接收")
    assert device.driver.find_element(By.CSS_SELECTOR, "#next h3").text == title
    assert "不在走访时段" in device.driver.find_element(By.CSS_SELECTOR, "#next .is-problem").text
    assert court.store.outcomes() == before
    device.press("修改后重发")
    _set_time(device, f"{day}T07:05")
    device.press("全部做到，保存")
    device.says("已保存，已送达")
    device.says("已全部发送")
    [added] = set(court.store.outcomes()) - set(before)
    assert added.at == moment_at(DAYS[0], 7 * 3600 + 5 * 60)
    assert device.driver.find_element(By.CSS_SELECTOR, "#next h3").text != title


def test_a_day_that_is_ended_without_a_signal_is_signed_out_first(
    phone: tuple[Phone, Services],
) -> None:
    device, _court = phone
    device.cut_off(True)
    end = device.driver.find_element(By.ID, "end")
    device.driver.execute_script("arguments[0].scrollIntoView({ block: 'center' })", end)
    end.click()
    _agree(device)
    device.says("还没有退出登录")
    assert device.kept()["counts"]["packs"] == 0  # type: ignore[index]
    device.show()
    device.wait("//input[@id='pin']")
    device.cut_off(False)
    device.says("会话已结束")
    device.driver.get(f"{device.address}/cases")
    assert "/login" in device.driver.current_url


def test_a_forgotten_pin_keeps_what_waits_until_it_is_remembered(
    phone: tuple[Phone, Services],
) -> None:
    device, court = phone
    device.sign_in(str(Role.OFFICER), PASSWORD)
    device.show()
    device.type_pin(PIN)
    device.press("领取")
    device.says("已领取")
    device.driver.execute_script(_BREAK)
    device.enter("拒绝开门")
    device.says("待发送 1")
    device.press("锁定")
    device.driver.execute_script("window.fetch = window.realFetch")
    device.press("忘记 PIN")
    _agree(device)
    device.says("仍加密保留")
    counts = device.kept()["counts"]
    assert (counts["packs"], counts["outbox"]) == (0, 1)  # type: ignore[index]
    before = court.store.outcomes()
    device.type_pin("730164", new=True)
    device.says("已全部发送")
    device.press("领取")
    device.says("已领取")
    device.says("还有 1 条未发送，加密保留")
    assert device.kept()["counts"]["outbox"] == 0  # type: ignore[index]
    for pin in ("999999", PIN):
        device.driver.find_element(By.ID, "aside-pin").send_keys(pin)
        device.press("打开并发送")
        device.says("没有打开" if pin != PIN else "已打开")
    device.says("已全部发送")
    WebDriverWait(device.driver, 20).until(lambda _d: len(court.store.outcomes()) > len(before))
    [added] = set(court.store.outcomes()) - set(before)
    assert added.kind is OutcomeKind.REFUSED
    assert not device.driver.find_element(By.ID, "aside").is_displayed()
    assert device.kept()["counts"]["outbox"] == 0  # type: ignore[index]


def test_what_a_forgotten_pin_seals_goes_with_its_device(phone: tuple[Phone, Services]) -> None:
    device, court = phone
    [held] = [one for one in court.store.devices.all() if one.id == _device_of(device)]
    device.press("换任务")
    second = "//li[div/b='第二组']/button"
    device.wait(second).click()  # type: ignore[attr-defined]
    device.wait("//h2[@id='day-title'][.='第二组']")
    device.driver.execute_script(_BREAK)
    device.enter("关门歇业")
    device.says("待发送 1")
    device.press("锁定")
    device.driver.execute_script("window.fetch = window.realFetch")
    device.press("忘记 PIN")
    _agree(device)
    device.type_pin("640281", new=True)
    device.says("还有 1 条未发送，加密保留")
    court.store.devices.revoke(held.id, by="test")
    device.show()
    device.type_pin("640281")
    device.wait(second).click()  # type: ignore[attr-defined]
    device.says("已领取")
    assert not device.driver.find_element(By.ID, "aside").is_displayed()


def test_another_account_may_set_up_what_keeps_nothing_unsent(
    phone: tuple[Phone, Services],
) -> None:
    device, court = phone
    device.driver.execute_script(_BREAK)
    device.enter("拒绝开门")
    device.says("待发送 1")
    device.sign_in(str(Role.COMMANDER), PASSWORD)
    device.show()
    device.says("还有 1 条未发送")
    anew = device.driver.find_element(By.ID, "anew")
    assert not anew.is_displayed()
    assert not device.driver.find_element(By.ID, "pin").is_displayed()
    for one in court.store.devices.all():
        court.store.devices.revoke(one.id, by="test")
    device.show()
    device.says("管理员已停用")
    device.press("重新设置本机")
    _agree(device)
    device.type_pin(PIN, new=True)
    device.says("领取任务")
    device.sign_in(str(Role.OFFICER), PASSWORD)
    device.show()
    device.says("没有未发送的记录")
    device.press("重新设置本机")
    _agree(device)
    device.type_pin(PIN, new=True)
    device.says("领取任务")
