"""The field page in headless Chromium: fetched, cut off, entered, sent; locked, wiped, revoked."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from data.model import Role
from data.sent_outcomes import SentOutcome, receive_outcomes
from geo import coordinates
from geo.model import Datum
from routes.model import ClaimId, OutcomeKind
from tests.web.browser import MISSING, Screen, browsing, is_installed, serving
from tests.web.conftest import KEY
from tests.web.court import ACTION, PASSWORD, SetClock, open_services
from web import build
from web.app import create_app
from web.services import Services

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not is_installed(), reason=MISSING),
    pytest.mark.skipif(not build.VENDOR.exists(), reason="needs python -m web.build"),
]

MORNING = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
PIN = "482915"
_SHIFTED = """(() => {
  const Real = Date, shift = %d;
  window.Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(Real.now() + shift); }
    static now() { return Real.now() + shift; }
  };
})()"""
_KEPT = """
const done = arguments[0], found = {};
const request = indexedDB.open("fieldwrit-field", 1);
request.onsuccess = async () => {
  for (const name of request.result.objectStoreNames) {
    found[name] = await new Promise((resolve) => {
      const asked = request.result.transaction(name).objectStore(name).getAll();
      asked.onsuccess = () => resolve(asked.result);
    });
  }
  const texts = Object.values(found).flat().map((one) => {
    const bytes = one.sealed ? new Uint8Array(one.sealed) : new Uint8Array();
    return new TextDecoder().decode(bytes) + JSON.stringify(one);
  });
  const caught = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const asked of await cache.keys()) caught.push(await (await cache.match(asked)).text());
  }
  const counts = Object.fromEntries(Object.entries(found).map(([k, v]) => [k, v.length]));
  request.result.close();
  done({ counts, text: texts.join("") + caught.join("") + JSON.stringify({ ...localStorage }) });
};
"""

_HELD = """
const [pin, done] = arguments;
(async () => {
  const { Vault } = await import("/static/js/field/vault.js");
  const vault = await Vault.open();
  await vault.unlock(pin);
  const keys = await vault.keys("outbox");
  return (await Promise.all(keys.map((key) => vault.get("outbox", key)))).map((one) => one.outcome);
})().then(done, (error) => done(String(error)));
"""
_INKED = """
const ink = document.querySelector("[data-part=ink]");
const { data } = ink.getContext("2d").getImageData(0, 0, ink.width, ink.height);
let dark = 0;
for (let n = 0; n < data.length; n += 4) dark += data[n] < 128;
return dark;
"""


class Phone(Screen):
    """An officer's device, whose clock shows the court's morning."""

    def press(self, text: str) -> None:
        self.wait(f"//button[normalize-space()='{text}']").click()

    def wait(self, xpath: str) -> object:
        def shown(driver: object) -> object:
            found = self.driver.find_elements(By.XPATH, xpath)
            return next((one for one in found if one.is_displayed()), None)

        gone = [StaleElementReferenceException]  # the page was drawn anew meanwhile
        return WebDriverWait(self.driver, 20, ignored_exceptions=gone).until(shown)

    def says(self, text: str) -> None:
        self.wait(f"//body//*[not(self::script)][text()[contains(., '{text}')]]")

    def show(self) -> None:
        self.driver.get(f"{self.address}/field/")

    def type_pin(self, pin: str, *, new: bool = False) -> None:
        self.wait("//input[@id='pin']")
        for name in ("pin", "pin-again") if new else ("pin",):
            field = self.driver.find_element(By.ID, name)
            field.clear()
            field.send_keys(pin)
        self.driver.find_element(By.ID, "pin-submit").click()

    def fetch(self, team: str = "第一组") -> None:
        self.show()
        self.type_pin(PIN, new=True)
        self.wait(f"//li[div/b='{team}']/button").click()
        self.says("已领取")
        WebDriverWait(self.driver, 20).until(
            lambda driver: driver.execute_async_script(
                "const done = arguments[0]; caches.keys().then((names) => "
                "done(names.some((name) => !name.endsWith('.part'))))"
            )
        )

    def take(self) -> None:
        """Fetch the day of the only team once more, with the device set up."""
        self.press("领取")
        self.says("已领取")

    def choose(self, kind: str) -> None:
        """Begin the sheet of the next stop with an outcome."""
        self.wait("//section[@id='next']//button[normalize-space()='记录结果']").click()
        self.press(kind)

    def enter(self, kind: str) -> None:
        """Put an outcome of the next stop on record: three taps."""
        self.choose(kind)
        self.press("全部做到，保存")

    def come_back(self) -> None:
        """Sign in as the officer, open the page and unlock it."""
        self.sign_in(str(Role.OFFICER), PASSWORD)
        self.show()
        self.type_pin(PIN)

    def cut_off(self, off: bool) -> None:
        """Take the signal away or give it back; returns once the page knows."""

        def known(driver: Chrome) -> bool:
            driver.set_network_conditions(offline=off, latency=0, throughput=-1)
            return driver.execute_script("return navigator.onLine") is not off

        WebDriverWait(self.driver, 20).until(known)

    def kept(self) -> dict[str, object]:
        found: dict[str, object] = self.driver.execute_async_script(_KEPT)
        return found


def shift_clock(driver: Chrome, at: datetime) -> None:
    """Let pages that a browser opens from now on believe that it is another moment."""
    shift_ms = (at - datetime.now(UTC)) / timedelta(milliseconds=1)
    driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": _SHIFTED % shift_ms})


@contextmanager
def phone_of(filled: Path, folder: Path) -> Iterator[tuple[Phone, Services]]:
    """Give a phone on the morning of a released plan, with the services that it talks to."""
    shutil.copytree(filled, folder)
    services = open_services(folder, SetClock(MORNING))
    services.store.release(ACTION, by="test")
    with serving(create_app(services, secret_key=KEY)) as address, browsing() as driver:
        driver.set_script_timeout(30)
        shift_clock(driver, MORNING)
        made = Phone(driver, address)
        made.resize("narrow")
        yield made, services
    services.store.close()


@pytest.fixture(scope="module")
def phone(
    filled: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Phone, Services]]:
    with phone_of(filled, tmp_path_factory.mktemp("field") / "data") as made:
        yield made


def _signed_in(phone: Phone) -> None:
    phone.cut_off(False)
    phone.sign_in(str(Role.OFFICER), PASSWORD)
    phone.show()
    phone.driver.execute_async_script(
        "const done = arguments[0]; const asked = indexedDB.deleteDatabase('fieldwrit-field');"
        "asked.onsuccess = asked.onblocked = () => { localStorage.clear(); done(); }"
    )


def test_a_day_without_a_signal_arrives_once(phone: tuple[Phone, Services]) -> None:
    device, court = phone
    _signed_in(device)
    device.fetch()
    assert device.overflow() <= 0
    assert device.foreign_requests() == []
    before = court.store.outcomes()
    device.cut_off(True)
    device.show()
    device.type_pin(PIN)
    device.wait("//section[@id='next']//a[@href='tel:059500000201']")
    for kind in ("找到", "已搬走"):
        device.enter(kind)
        device.says("有信号时自动发送")
    device.says("待发送 2")
    assert device.driver.execute_script("return document.querySelectorAll('canvas').length") > 1
    assert court.store.outcomes() == before
    device.cut_off(False)
    device.says("已全部发送")
    device.show()
    device.type_pin(PIN)
    device.says("已全部发送")
    added = court.store.outcomes()[len(before) :]
    assert sorted(one.kind for one in added) == sorted([OutcomeKind.FOUND, OutcomeKind.MOVED])
    records = court.store.outcome_records(added)
    assert {tuple(record["done"]) for record, _files in records.values()} == {
        ("licence", "officers", "recording", "signed"),
        ("officers", "recording"),
    }


def test_nothing_readable_lies_on_the_device(phone: tuple[Phone, Services]) -> None:
    device, court = phone
    kept = device.kept()
    assert kept["counts"]["packs"] == 2  # type: ignore[index]
    assert kept["counts"]["tiles"] > 20  # type: ignore[index]
    for debtor in court.store.debtors():
        assert debtor.name.reveal() not in str(kept["text"])
    for claim in court.store.claims():
        assert claim.text.reveal() not in str(kept["text"])


def test_the_end_of_the_session_wipes_all_but_what_was_not_sent(
    phone: tuple[Phone, Services],
) -> None:
    device, court = phone
    device.cut_off(True)
    device.enter("关门歇业")
    device.says("待发送 1")
    account = court.store.accounts.named("officer")
    assert account is not None
    court.store.accounts.end_sessions(account.id, by="test")
    device.cut_off(False)
    device.says("会话已结束")
    counts = device.kept()["counts"]
    assert (counts["packs"], counts["tiles"], counts["outbox"]) == (0, 0, 1)  # type: ignore[index]
    before = len(court.store.outcomes())
    device.sign_in("officer", PASSWORD)
    device.show()
    device.type_pin(PIN)
    device.says("已全部发送")
    assert len(court.store.outcomes()) == before + 1


def test_wrong_pins_wipe_the_packs(phone: tuple[Phone, Services]) -> None:
    device, _court = phone
    device.take()
    device.press("锁定")
    assert device.driver.find_element(By.ID, "stops").text == ""
    for left in range(9, 0, -1):
        device.type_pin("111112")
        device.says(f"还可再试 {left} 次")
    device.type_pin("111112")
    device.says("多次不正确")
    assert device.kept()["counts"]["packs"] == 0  # type: ignore[index]


def test_a_stop_by_finger_with_photo_position_and_signature(
    phone: tuple[Phone, Services], tmp_path: Path
) -> None:
    device, court = phone
    _signed_in(device)
    device.touches()
    device.fetch("第二组")
    device.cut_off(True)
    _links_lead_there(device, court)
    allowed = {"origin": device.address, "permissions": ["geolocation"]}
    device.driver.execute_cdp_cmd("Browser.grantPermissions", allowed)
    here = {"longitude": 118.5512, "latitude": 24.9207, "accuracy": 12}
    device.driver.execute_cdp_cmd("Emulation.setGeolocationOverride", here)
    picture = tmp_path / "door.jpg"
    Image.effect_noise((1200, 900), 40).convert("RGB").save(picture)
    device.choose("拒绝开门")
    photo = device.driver.find_element(By.ID, "field-photo")
    assert photo.get_attribute("capture") == "environment"
    photo.send_keys(str(picture))
    device.until("document.querySelectorAll('#sheet .field-photos img').length === 1")
    device.tap("[data-part=position]")
    device.says("误差约 12 米")
    device.tap(".field-sign summary")
    device.until("document.querySelector('[data-part=ink]').checkVisibility()")
    x, y, width = device.driver.execute_script(
        "const ink = document.querySelector('[data-part=ink]');"
        "ink.scrollIntoView({block: 'center'});"
        "const box = ink.getBoundingClientRect(); return [box.left, box.top, box.width]"
    )
    rows = device.driver.execute_script("return document.getElementById('sheet').scrollTop")
    device.touch(*((x + width * n / 12, y + 30 + 40 * (n % 2)) for n in range(1, 11)))
    assert rows == device.driver.execute_script(
        "return document.getElementById('sheet').scrollTop"
    )  # the finger writes, the sheet stays
    assert device.driver.execute_script(_INKED) > 200
    before = court.store.outcomes()
    device.tap("[data-part=save]")
    device.says("待发送 1")
    assert device.overflow() <= 0
    (claim,) = (one["claim"] for one in device.driver.execute_async_script(_HELD, PIN))
    at = MORNING - timedelta(minutes=4)
    otherwise = SentOutcome("mate-1", ClaimId(claim), OutcomeKind.FOUND, at)
    mate = court.store.accounts.named("commander")
    assert mate is not None
    receive_outcomes(court.store, [otherwise], by=mate.id)
    device.cut_off(False)
    device.says("已全部发送")
    device.says("同日另有记录：找到 07:26，请与队友核对，记错的一条在案件页撤回")
    (added,) = (one for one in court.store.outcomes() if one.kind is OutcomeKind.REFUSED)
    record, files = court.store.outcome_records([added])[added.id]
    assert record["position"][:3] == [118.5512, 24.9207, 12]
    assert sorted(one.kind for one in files) == ["photo", "signature"]
    assert len(court.store.outcomes()) == len(before) + 2
    _put_right_on_the_case_page(device, court, claim)


def _put_right_on_the_case_page(device: Phone, court: Services, claim: str) -> None:
    """Withdraw the one that was wrong; what is left is told on no page as disputed."""
    debtor = next(one.debtor_id for one in court.store.claims() if one.id == claim)
    device.open(f"/cases/c{debtor[1:]}")
    assert device.text("#visits").count("同日记录不一致") == 2
    assert device.overflow() <= 0
    device.tap("#visits tr:has(.tag--found) summary")
    device.tap("#visits tr:has(.tag--found) form button")
    device.until("document.querySelector('.flash')?.textContent.includes('已撤回')")
    assert "同日记录不一致" not in device.text("#visits")


def _links_lead_there(device: Phone, court: Services) -> None:
    """Compare each app's link with the stop's position in that app's own degrees."""
    number = device.text("#next .mono")
    case = next(one for one in court.store.cases() if str(one.number) == number)
    own = next(one for one in court.store.claims() if one.debtor_id == f"d{case.id[1:]}")
    assert own.place is not None
    plain = np.array([[own.place.point.lon, own.place.point.lat]])
    for app, datum in (("amap", "gcj02"), ("baidu", "bd09"), ("tencent", "gcj02"), ("other", "")):
        device.driver.execute_script(
            "const app = document.getElementById('app'); app.value = arguments[0];"
            "app.dispatchEvent(new Event('change', {bubbles: true}))",
            app,
        )
        link = device.driver.execute_script(
            "return [...document.querySelectorAll('#next a.button')]"
            ".find((one) => one.textContent === '导航').getAttribute('href')"
        )
        found = [float(one) for one in re.findall(r"\d+\.\d{6}", link)]
        lonlat = found if app == "amap" else found[::-1]
        wanted = coordinates.from_wgs84(plain, Datum(datum)) if datum else plain
        assert not datum or np.abs(wanted - plain).max() > 0.001  # else a wrong datum would pass
        assert np.abs(np.array([lonlat]) - wanted).max() < 1e-6, app


def test_a_revoked_device_keeps_nothing(phone: tuple[Phone, Services]) -> None:
    device, court = phone
    _signed_in(device)
    device.fetch("第二组")
    device.cut_off(True)
    device.enter("拒绝开门")
    device.says("待发送 1")
    for one in court.store.devices.all():  # of one and the same moment: this clock stands
        court.store.devices.revoke(one.id, by="test")
    before = court.store.outcomes()
    device.cut_off(False)
    device.says("设备已被停用")
    assert set(device.kept()["counts"].values()) == {0}  # type: ignore[attr-defined]
    assert court.store.outcomes() == before
