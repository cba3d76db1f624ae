"""A day on several officers' devices, entered without a signal and sent over a bad one."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from selenium.webdriver.support.ui import WebDriverWait

from data.model import Role
from routes.model import ClaimId, OutcomeKind
from tests.web.browser import browsing, serving
from tests.web.conftest import KEY
from tests.web.court import ACTION, PASSWORD, SetClock, fill, open_services
from tests.web.cut_connection import cutting
from tests.web.test_field_browser import MORNING, PIN, Phone, shift_clock
from web.app import create_app

__all__ = ["FieldDay", "field_day"]

_SENDING = b"POST /api/outcomes"
_BEFORE = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
_AT_ONCE = 2
_LONGEST_S = 300.0
_ENTER = """
const [claims, kinds, ats, pin, done] = arguments;
(async () => {
  const { Vault } = await import("/static/js/field/vault.js");
  const { Court } = await import("/static/js/field/outbox.js");
  const { readConfig } = await import("/static/js/dom.js");
  const vault = await Vault.open();
  await vault.unlock(pin);
  const court = new Court(readConfig(), vault);
  for (let n = 0; n < ats.length; n++) {
    const record = { team: "T1", done: [], left: {}, position: null, files: [] };
    const outcome = { claim: claims[n], kind: kinds[n], at: ats[n], note: null, record };
    await court.keep({ key: crypto.randomUUID(), ...outcome });
  }
  vault.lock();
  return court.waiting();
})().then(done, (error) => done(String(error)));
"""
_WAITING = """
const done = arguments[0], request = indexedDB.open("fieldwrit-field", 1);
request.onsuccess = () => {
  const asked = request.result.transaction("outbox").objectStore("outbox").count();
  asked.onsuccess = () => { request.result.close(); done(asked.result); };
};
"""
_USABLE = "return document.getElementById('next').childElementCount > 0"


@dataclass(frozen=True)
class FieldDay:
    """What became of a day's outcomes.

    ``waiting`` are on their devices still; ``lost`` are neither there nor stored. ``usable_s`` are
    the times from opening the page without a signal to the shown stops, the typing of the PIN
    included; ``cuts`` counts what became of requests.
    """

    sent: int
    once: int
    waiting: int
    lost: int
    doubled: int
    usable_s: tuple[float, ...]
    cuts: Counter[str]


def field_day(folder: Path, *, devices: int, outcomes: int, seed: int) -> FieldDay:
    """Enter so many outcomes on each device without a signal, and send all over bad connections."""
    fill(folder)
    services = open_services(folder, SetClock(MORNING))
    services.store.release(ACTION, by="test")
    with closing(services.store) as store, serving(create_app(services, secret_key=KEY)) as server:
        claims = [one.id for one in store.claims()]
        before = {one.id for one in store.outcomes()}
        cuts: Counter[str] = Counter()
        entered: list[tuple[ClaimId, datetime]] = []
        days = []
        for device in range(devices):
            ats = [_BEFORE + timedelta(seconds=device * 10_000 + n) for n in range(outcomes)]
            own = [claims[(device * 7 + n) % len(claims)] for n in range(outcomes)]
            entered += zip(own, ats, strict=True)
            days.append(partial(_one_device, server, own, ats, seed + device, cuts))
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            ends = [each.result() for each in [pool.submit(day) for day in days]]
        kept = Counter((one.claim_id, one.at) for one in store.outcomes() if one.id not in before)
    waiting = sum(left for _usable_s, left in ends)
    return FieldDay(
        waiting=waiting,
        sent=len(entered),
        once=sum(kept[one] == 1 for one in entered),
        lost=sum(kept[one] == 0 for one in entered) - waiting,
        doubled=sum(kept.values()) - len(set(entered) & set(kept)),
        usable_s=tuple(usable_s for usable_s, _left in ends),
        cuts=cuts,
    )


def _one_device(
    server: str,
    claims: Sequence[ClaimId],
    ats: Sequence[datetime],
    seed: int,
    cuts: Counter[str],
) -> tuple[float, int]:
    """Enter outcomes and send them; return how soon the page was usable, and how many wait."""
    kinds = [list(OutcomeKind)[(seed + n) % len(OutcomeKind)] for n in range(len(ats))]
    with cutting(server, begins=_SENDING, seed=seed) as line, browsing() as driver:
        driver.set_script_timeout(60)
        shift_clock(driver, MORNING)
        phone = Phone(driver, line.address)
        phone.resize("narrow")
        phone.sign_in(str(Role.OFFICER), PASSWORD)
        phone.fetch()
        phone.cut_off(True)
        began_s = time.perf_counter()
        phone.show()
        phone.type_pin(PIN)
        WebDriverWait(driver, 20, poll_frequency=0.02).until(lambda d: d.execute_script(_USABLE))
        usable_s = time.perf_counter() - began_s
        moments = [at.isoformat() for at in ats]
        waiting = driver.execute_async_script(_ENTER, claims, kinds, moments, PIN)
        assert waiting == len(ats), waiting
        phone.cut_off(False)
        until_s = time.monotonic() + _LONGEST_S
        while (left := driver.execute_async_script(_WAITING)) and time.monotonic() < until_s:
            driver.execute_script("window.dispatchEvent(new Event('online'))")
            time.sleep(0.1)
        cuts.update(map(str, line.fates.elements()))
        return usable_s, left
