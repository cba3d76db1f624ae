"""The field page as a program sees it: what a device gets, and what a revoked one gets."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from werkzeug.test import TestResponse

from data.model import Role
from geo.localtime import moment_at
from tests.web.conftest import Reader
from tests.web.court import ACTION, DAYS, SetClock
from tests.web.picture_server import picture
from web.field_pack import tiles_around
from web.security import SESSION_IDLE, SESSION_LASTS_WITH_PACK
from web.services import Services

SignIn = Callable[[Role | str], Reader]
MORNING = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)  # 07:30 of the first day
PACK = f"/api/field/packs/{ACTION}/{DAYS[0].isoformat()}/T1"
JPEG = base64.b64encode(picture("JPEG")).decode()


@pytest.fixture(scope="module")
def session_idle() -> timedelta:
    return SESSION_IDLE


@pytest.fixture
def released(court: Services, clock: SetClock) -> Services:
    court.store.release(ACTION, by="test")
    clock.at = MORNING
    return court


@pytest.fixture
def officer(released: Services, signed_in: SignIn) -> Reader:
    return signed_in(Role.OFFICER)


@pytest.fixture
def device(released: Services, officer: Reader) -> str:
    answer = _post(officer, "/api/field/devices", {"name": "一组手机"})
    assert answer.status_code == 200
    return str(answer.json["device"])  # type: ignore[index]


def _post(reader: Reader, path: str, body: object, **headers: str) -> TestResponse:
    token = reader.client.get("/api/field/state").json["token"]  # type: ignore[index]
    return reader.client.post(path, json=body, headers={"X-CSRFToken": token, **headers})


def _get(reader: Reader, path: str, device: str = "") -> TestResponse:
    return reader.client.get(path, headers={"X-Field-Device": device} if device else {})


def _outcome(claim: str, **record: Any) -> dict[str, Any]:
    return {
        "key": "visit-0001",
        "claim": claim,
        "kind": "found",
        "at": MORNING.isoformat(),
        "record": {"team": "T1", **record},
    }


def test_the_page_holds_no_case_and_asks_for_position_alone(
    released: Services, officer: Reader
) -> None:
    page = officer.get("/field/")
    assert page.status_code == 200
    for debtor in released.store.debtors():
        assert debtor.name.reveal() not in page.text
    assert "geolocation=(self), camera=()" in page.headers["Permissions-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "geolocation=()" in officer.get("/plans").headers["Permissions-Policy"]


def _version(page: str) -> str:
    config = page.partition('id="config"')[2].partition(">")[2].partition("</script>")[0]
    return str(json.loads(config)["version"])


def test_what_a_device_keeps_of_the_page_follows_its_language_and_its_texts(
    officer: Reader,
) -> None:
    chinese = _version(officer.get("/field/").text)
    assert _version(officer.get("/field/").text) == chinese
    officer.client.set_cookie("fieldwrit-language", "en")
    english = _version(officer.get("/field/").text)
    assert english != chinese
    officer.client.set_cookie("fieldwrit-language", "zh")
    assert _version(officer.get("/field/").text) == chinese


def test_worker_and_manifest_need_no_account(officer: Reader) -> None:
    strange = officer.client.application.test_client()
    worker = strange.get("/field/worker.js")
    assert (worker.status_code, worker.mimetype) == (200, "text/javascript")
    manifest = strange.get("/field/manifest.webmanifest")
    assert manifest.mimetype == "application/manifest+json"
    assert manifest.json["scope"] == manifest.json["start_url"] == "/field/"  # type: ignore[index]
    for icon in manifest.json["icons"]:  # type: ignore[index]
        assert strange.get(icon["src"]).status_code == 200


def test_only_released_days_of_today_and_tomorrow_are_offered(
    released: Services, officer: Reader, clock: SetClock
) -> None:
    offered = _get(officer, "/api/field/tasks").json["tasks"]  # type: ignore[index]
    assert {(one["day"], one["team"]) for one in offered} == {
        (day.isoformat(), team) for day in DAYS for team in ("T1", "T2")
    }
    clock.at = MORNING + timedelta(days=1)
    officer.sign_in("officer")
    offered = _get(officer, "/api/field/tasks").json["tasks"]  # type: ignore[index]
    assert {one["day"] for one in offered} == {DAYS[1].isoformat()}
    released.store.withdraw(ACTION, by="test")
    assert _get(officer, "/api/field/tasks").json["tasks"] == []  # type: ignore[index]


def test_a_pack_is_one_teams_day_for_a_registered_device(
    released: Services, officer: Reader, device: str
) -> None:
    assert _get(officer, PACK).status_code == 428
    pack = _get(officer, PACK, device).json
    assert pack is not None
    assert [stop["number"] for stop in pack["stops"]] == list(range(1, len(pack["stops"]) + 1))
    visit = pack["stops"][0]
    claim = next(one for one in released.store.claims() if one.id == visit["claim"])
    assert visit["address"] == claim.text.reveal()
    assert set(visit["links"]) == {"amap", "baidu", "tencent", "other"}
    assert {one["code"] for one in visit["checks"]} == {
        "officers",
        "licence",
        "recording",
        "signed",
    }
    assert len(pack["tiles"]) > 20
    entry = released.store.audit.entries()[0]
    assert (entry.act, entry.subject) == ("field.pack", f"action:{ACTION}")
    assert entry.detail["device"] == device
    names = {debtor.name.reveal() for debtor in released.store.debtors()}
    assert entry.detail["persons"] == sum(stop["title"] in names for stop in pack["stops"])
    ends = officer.client.get("/api/field/state").json["ends_at"]  # type: ignore[index]
    assert datetime.fromisoformat(pack["ends_at"]) <= datetime.fromisoformat(ends)


def test_a_pack_of_the_evening_before_lasts_through_the_day(
    released: Services, officer: Reader, clock: SetClock
) -> None:
    clock.at = MORNING - timedelta(hours=10)  # 21:30
    officer.sign_in("officer")
    device = _post(officer, "/api/field/devices", {"name": "一组手机"}).json["device"]  # type: ignore[index]
    pack = _get(officer, PACK, device).json
    assert pack is not None
    assert datetime.fromisoformat(pack["ends_at"]) == clock.at + SESSION_LASTS_WITH_PACK
    assert datetime.fromisoformat(pack["returns_at"]) < clock.at + SESSION_LASTS_WITH_PACK
    clock.at += timedelta(hours=11)  # it lay in a drawer meanwhile
    assert _get(officer, "/api/field/state", device).json["ends_at"] == pack["ends_at"]  # type: ignore[index]
    assert officer.get("/field/").status_code == 200
    assert officer.get("/cases").status_code == 302
    clock.at += timedelta(hours=12, minutes=59)
    assert _get(officer, "/api/field/state", device).status_code == 200
    clock.at += timedelta(minutes=2)
    assert _get(officer, "/api/field/state", device).status_code == 401


def test_a_session_begun_before_dawn_lasts_until_the_pack_ends(
    released: Services, officer: Reader, clock: SetClock
) -> None:
    clock.at = MORNING - timedelta(hours=2, minutes=1)  # 05:29
    officer.sign_in("officer")
    device = _post(officer, "/api/field/devices", {"name": "一组手机"}).json["device"]  # type: ignore[index]
    pack = _get(officer, PACK, device).json
    assert pack is not None
    end = moment_at(DAYS[0], 86_400) + timedelta(hours=2)
    assert datetime.fromisoformat(pack["ends_at"]) == end
    clock.at = end
    assert _get(officer, "/api/field/state", device).status_code == 200
    clock.at += timedelta(seconds=1)
    assert _get(officer, "/api/field/state", device).status_code == 401


@pytest.mark.parametrize("path", ["T9", "../x", "T1/x"])
def test_what_is_not_offered_is_not_there(officer: Reader, device: str, path: str) -> None:
    assert _get(officer, PACK.replace("T1", path), device).status_code == 404
    assert _get(officer, PACK.replace(DAYS[0].isoformat(), "someday"), device).status_code == 404


def test_a_stop_that_is_forbidden_since_is_told(
    released: Services, officer: Reader, device: str
) -> None:
    from dataclasses import replace

    from routes.model import CaseStatus, DebtorId

    before = _get(officer, PACK, device).json
    assert before is not None
    store = released.store
    claim = next(one for one in store.claims() if one.id == before["stops"][0]["claim"])
    debtor = next(one for one in store.debtors() if one.id == DebtorId(claim.debtor_id))
    case = store.case(debtor.case_id)
    assert case is not None
    store.put(cases_=[replace(case, status=CaseStatus.ENDED)])
    after = _get(officer, PACK, device).json
    assert after is not None
    assert (before["stops"][0]["stopped"], after["stops"][0]["stopped"]) == (False, True)


def test_a_revoked_device_is_told_to_wipe(
    released: Services, officer: Reader, device: str, signed_in: SignIn
) -> None:
    admin = signed_in(Role.ADMIN)
    assert "一组手机" in admin.get("/accounts").text
    page = admin.send(f"/accounts/devices/{device}/revoke")
    assert "请先勾选确认" in page
    assert released.store.devices.get(device).revoked_at is None  # type: ignore[union-attr]
    admin.send(f"/accounts/devices/{device}/revoke", confirmed="1")
    claim = released.store.claims()[0].id
    before = released.store.outcomes()
    for path in ("/api/field/state", "/api/field/tasks", PACK):
        assert _get(officer, path, device).status_code == 410
    sent = _post(
        officer, "/api/outcomes", {"outcomes": [_outcome(claim)]}, **{"X-Field-Device": device}
    )
    assert sent.status_code == 410
    assert released.store.outcomes() == before
    assert admin.post("/accounts/devices/fd-none/revoke").status_code == 404


def test_a_device_is_nobody_elses(
    released: Services, officer: Reader, device: str, signed_in: SignIn
) -> None:
    other = signed_in(Role.COMMANDER)
    assert _get(other, PACK, device).status_code == 403
    path = f"/account/devices/{device}/end"
    assert other.post(path, confirmed="1").status_code == 404
    assert officer.get("/account").text.count("一组手机") == 1


def test_an_officer_ends_what_is_open_on_a_device_and_wipes_nothing_unsent(
    released: Services, officer: Reader, device: str, signed_in: SignIn, clock: SetClock
) -> None:
    desk = signed_in(Role.OFFICER)
    assert _get(officer, "/api/field/state", device).status_code == 200
    path = f"/account/devices/{device}/end"
    assert "请先勾选确认" in desk.send(path)
    assert _get(officer, PACK, device).status_code == 200
    assert "仍加密保存" in desk.send(path, confirmed="1")
    for asked in ("/api/field/state", PACK, "/cases"):
        assert _get(officer, asked, device).status_code in (302, 401)
    assert "已退出" in desk.get("/account").text
    clock.at += timedelta(minutes=1)
    officer.sign_in("officer")
    assert _get(officer, "/api/field/state", device).status_code == 200
    claim = released.store.claims()[0].id
    sent = _post(
        officer, "/api/outcomes", {"outcomes": [_outcome(claim)]}, **{"X-Field-Device": device}
    )
    assert sent.json["outcomes"][0]["state"] == "stored"


def test_a_device_learns_that_another_account_set_it_up(
    released: Services, officer: Reader, device: str, signed_in: SignIn
) -> None:
    other = signed_in(Role.COMMANDER)
    own, others = (_get(one, "/api/field/state", device).json for one in (officer, other))
    assert own is not None
    assert others is not None
    assert own["account"] != others["account"]
    assert (own["released"], others["released"]) == (False, False)
    released.store.devices.revoke(device, by="test")
    assert _get(other, "/api/field/state", device).json["released"] is True  # type: ignore[index]
    assert _get(officer, "/api/field/state", device).status_code == 410
    assert _get(other, "/api/field/state", "fd-none").status_code == 403


@pytest.mark.parametrize("body", [None, [], {}, {"name": 5}, {"name": ""}, {"name": "长" * 41}])
def test_a_device_needs_a_name(released: Services, officer: Reader, body: object) -> None:
    assert _post(officer, "/api/field/devices", body).status_code == 400
    assert released.store.devices.all() == ()


def test_what_was_recorded_is_on_the_cases_page(
    released: Services, officer: Reader, device: str, signed_in: SignIn
) -> None:
    pack = _get(officer, PACK, device).json
    assert pack is not None
    claim = pack["stops"][0]["claim"]
    record = {
        "done": ["officers", "licence", "signed"],
        "left": {"recording": "设备故障"},
        "position": [118.6, 24.9, 8, MORNING.isoformat()],
        "files": [{"kind": "photo", "media_type": "image/jpeg", "content": JPEG}],
    }
    body = {"outcomes": [_outcome(claim, **record)]}
    answer = _post(officer, "/api/outcomes", body, **{"X-Field-Device": device})
    assert [one["state"] for one in answer.json["outcomes"]] == ["stored"]  # type: ignore[index]
    debtor = next(one for one in released.store.claims() if one.id == claim).debtor_id
    case = next(one.case_id for one in released.store.debtors() if one.id == debtor)
    page = officer.get(f"/cases/{case}").text
    assert "设备故障" in page
    path = page.partition('href="/outcomes/files/')[2].partition('"')[0]
    picture = officer.get(f"/outcomes/files/{path}")
    assert (picture.mimetype, picture.data) == ("image/jpeg", base64.b64decode(JPEG))
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    assert released.store.audit.entries()[0].act == "outcome.file"
    assert officer.get("/outcomes/files/of-none").status_code == 404
    assert signed_in(Role.AUDITOR).get(f"/outcomes/files/{path}").status_code == 403
    again = _get(officer, PACK, device).json
    assert again is not None
    assert len(again["stops"][0]["outcomes"]) == len(pack["stops"][0]["outcomes"]) + 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"more": 1},
        {"team": 5},
        {"done": ["nothing"]},
        {"done": [["officers"]]},
        {"done": "officers"},
        {"left": {"nothing": ""}},
        {"left": {"signed": 5}},
        {"left": {"signed": "其身份证号码为11010519491231002X"}},
        {"position": [1, 2, 3]},
        {"position": [1, 95, 3, MORNING.isoformat()]},
        {"position": [1, 2, 3, "yesterday"]},
        {"files": {}},
        {"files": [{}]},
        {"files": [{"kind": "film", "media_type": "image/jpeg", "content": JPEG}]},
        {"files": [{"kind": "photo", "media_type": "image/svg+xml", "content": JPEG}]},
        {"files": [{"kind": "photo", "media_type": "image/jpeg", "content": "%%"}]},
        {"files": [{"kind": "photo", "media_type": "image/jpeg", "content": JPEG}] * 7},
    ],
)
def test_a_wrong_record_is_refused_with_its_outcome(
    released: Services, officer: Reader, device: str, wrong: dict[str, Any]
) -> None:
    before = released.store.outcomes()
    claim = released.store.claims()[0].id
    answer = _post(officer, "/api/outcomes", {"outcomes": [_outcome(claim, **wrong)]})
    [receipt] = answer.json["outcomes"]  # type: ignore[index]
    assert receipt["state"] == "refused"
    assert receipt["text"]
    assert released.store.outcomes() == before


def test_tiles_cover_every_place_at_each_zoom() -> None:
    points = np.array([[118.52, 24.91], [118.66, 24.86]])
    tiles = list(tiles_around(points))
    assert len(tiles) == len(set(tiles))
    for zoom in range(10, 16):
        side = 1 << zoom
        for lon, lat in points:
            x = int((lon + 180) / 360 * side)
            y = int((1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * side)
            assert (zoom, x, y) in tiles
