"""Accounts on the pages: the own one, those of others, sessions, second factor, tokens."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from flask import Flask

from data.model import Account, Role
from data.rights import Right
from tests.web.conftest import Reader
from tests.web.court import PASSWORD, SetClock
from web.security import SESSION_IDLE, SESSION_LASTS
from web.services import Services

SignIn = Callable[[Role | str], Reader]

_SECRET = re.compile(r'<code class="secret">([A-Z2-7 ]+)</code>')
_TOKEN = re.compile(r'<code class="secret">(fw_[\w-]+)</code>')
_PAPER = re.compile(r"<li><code>([\w-]+)</code></li>")
_NEW = "another-horse-8"


@pytest.fixture(scope="module")
def session_idle() -> timedelta:
    """As a server has it."""
    return SESSION_IDLE


def _account(court: Services, username: str) -> Account:
    found = court.store.accounts.named(username)
    assert found is not None
    return found


def with_second_factor(officer: Reader, clock: SetClock) -> tuple[pyotp.TOTP, list[str]]:
    found = _SECRET.search(officer.get("/account/second-factor").text)
    assert found is not None
    totp = pyotp.TOTP(found[1].replace(" ", ""))
    page = officer.post("/account/second-factor", code=totp.at(clock()), password=PASSWORD)
    return totp, _PAPER.findall(page.text)


def test_another_password_ends_other_sessions_and_keeps_this_one(
    signed_in: SignIn, reader: Reader
) -> None:
    here, elsewhere = signed_in(Role.OFFICER), signed_in(Role.OFFICER)
    here.get("/account")
    page = here.send("/account/password", password=PASSWORD, new_password=_NEW, again=_NEW)
    assert "密码已更改" in page
    assert here.get("/cases").status_code == 200
    assert elsewhere.get("/cases").status_code == 302
    assert reader.sign_in("officer").status_code == 401
    assert reader.sign_in("officer", _NEW).status_code == 302


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"password": "wrong", "new_password": _NEW, "again": _NEW}, "当前密码不正确"),
        ({"password": PASSWORD, "new_password": _NEW, "again": "x" * 9}, "不一致"),
        ({"password": PASSWORD, "new_password": "short", "again": "short"}, "8 个字符"),
    ],
)
def test_an_unfit_change_of_password_changes_nothing(
    signed_in: SignIn, reader: Reader, fields: dict[str, str], told: str
) -> None:
    officer = signed_in(Role.OFFICER)
    officer.get("/account")
    assert told in officer.send("/account/password", **fields)
    assert reader.sign_in("officer").status_code == 302


def test_the_password_cannot_be_guessed_from_within_a_session(signed_in: SignIn) -> None:
    officer = signed_in(Role.OFFICER)
    officer.get("/account")
    for _ in range(8):
        officer.post("/account/second-factor/off", password="guess")
    assert officer.post("/account/second-factor/off", password=PASSWORD).status_code == 429


def test_sessions_elsewhere_are_ended(signed_in: SignIn) -> None:
    here, elsewhere = signed_in(Role.OFFICER), signed_in(Role.OFFICER)
    here.get("/account")
    here.send("/account/sessions/end")
    assert here.get("/cases").status_code == 200
    assert elsewhere.get("/cases").status_code == 302


def test_a_session_ends_when_it_lies_idle(signed_in: SignIn, clock: SetClock) -> None:
    officer = signed_in(Role.OFFICER)
    for _ in range(3):
        clock.at += SESSION_IDLE - timedelta(minutes=2)
        assert officer.get("/cases").status_code == 200
    clock.at += SESSION_IDLE + timedelta(minutes=1)
    assert officer.get("/cases").status_code == 302


def test_a_session_ends_after_its_longest_time(signed_in: SignIn, clock: SetClock) -> None:
    officer = signed_in(Role.OFFICER)
    end = clock.at + SESSION_LASTS
    while clock.at + timedelta(minutes=50) <= end:
        clock.at += timedelta(minutes=50)
        assert officer.get("/cases").status_code == 200
    clock.at = end + timedelta(seconds=1)
    assert officer.get("/cases").status_code == 302


def test_signing_in_begins_a_new_session(app: Flask) -> None:
    reader = Reader(app.test_client())
    with reader.client.session_transaction() as session:
        session["planted"] = "by somebody else"
    reader.sign_in("officer")
    with reader.client.session_transaction() as session:
        assert "planted" not in session


def test_the_second_factor_is_asked_for_after_the_password(
    signed_in: SignIn, reader: Reader, clock: SetClock
) -> None:
    totp, codes = with_second_factor(signed_in(Role.OFFICER), clock)
    assert len(codes) == 8
    answer = reader.sign_in("officer")
    assert answer.location == "/login/code"
    assert reader.get("/cases").status_code == 302
    reader.get("/login/code")
    assert reader.post("/login/code", code="000000").status_code == 401
    clock.at += timedelta(seconds=30)
    assert reader.post("/login/code", code=totp.at(clock())).status_code == 302
    assert reader.get("/cases").status_code == 200


def test_a_code_on_paper_signs_in_once(signed_in: SignIn, app: Flask, clock: SetClock) -> None:
    _, codes = with_second_factor(signed_in(Role.OFFICER), clock)
    for status in (302, 401):
        reader = Reader(app.test_client())
        reader.sign_in("officer")
        reader.get("/login/code")
        assert reader.post("/login/code", code=codes[3]).status_code == status


def test_the_second_step_waits_five_minutes_and_counts_failures(
    signed_in: SignIn, reader: Reader, clock: SetClock
) -> None:
    totp, _ = with_second_factor(signed_in(Role.OFFICER), clock)
    reader.sign_in("officer")
    clock.at += timedelta(minutes=5, seconds=1)
    assert reader.get("/login/code").status_code == 302
    reader.sign_in("officer")
    reader.get("/login/code")
    for _ in range(8):
        reader.post("/login/code", code="1")
    assert reader.post("/login/code", code=totp.at(clock())).location == "/login"
    reader.sign_in("officer")
    reader.get("/login/code")
    assert reader.post("/login/code", code=totp.at(clock())).status_code == 429


def test_the_second_factor_is_turned_off_by_the_password(
    signed_in: SignIn, reader: Reader, clock: SetClock
) -> None:
    officer = signed_in(Role.OFFICER)
    with_second_factor(officer, clock)
    assert officer.get("/account/second-factor").status_code == 302
    officer.get("/account")
    assert "已关闭" in officer.send("/account/second-factor/off", password=PASSWORD)
    assert reader.sign_in("officer").location == "/"


def test_a_token_reads_within_its_scope_and_changes_nothing(
    signed_in: SignIn, app: Flask, clock: SetClock
) -> None:
    officer = signed_in(Role.OFFICER)
    officer.get("/account")
    page = officer.post(
        "/account/tokens", label="QGIS", days="30", scope=[Right.MAP_READ.value], password=PASSWORD
    )
    found = _TOKEN.search(page.text)
    assert found is not None
    assert found[1] not in officer.get("/account").text
    client, headers = app.test_client(), {"Authorization": f"Bearer {found[1]}"}
    assert client.get("/api/overview/cases", headers=headers).status_code == 200
    assert client.get("/api/cases/c001", headers=headers).status_code == 403
    assert client.get("/account", headers=headers).status_code == 403
    for open_to_all in ("/", "/login"):
        assert client.get(open_to_all, headers=headers).status_code in (200, 302)
    assert client.post("/account/sessions/end", headers=headers).status_code == 400
    assert client.get("/api/overview/cases").status_code == 401
    clock.at += timedelta(days=30)
    assert client.get("/api/overview/cases", headers=headers).status_code == 401


def test_a_token_ends_with_its_account_or_by_its_owner_and_nobody_else(
    signed_in: SignIn, court: Services, app: Flask
) -> None:
    officer, commander = signed_in(Role.OFFICER), signed_in(Role.COMMANDER)
    officer.get("/account")
    tokens = []
    for _ in range(2):
        page = officer.post(
            "/account/tokens", label="QGIS", days="7", scope=["map.read"], password=PASSWORD
        )
        found = _TOKEN.search(page.text)
        assert found is not None
        tokens.append({"Authorization": f"Bearer {found[1]}"})
    first, second = reversed(court.store.tokens.of(_account(court, "officer").id))
    commander.get("/account")
    assert commander.post(f"/account/tokens/{first.id}/revoke").status_code == 404
    client = app.test_client()
    assert client.get("/api/overview/cases", headers=tokens[0]).status_code == 200
    assert "请先勾选确认" in officer.send(f"/account/tokens/{first.id}/revoke")
    assert court.store.tokens.of(_account(court, "officer").id)[0].revoked_at is None
    officer.send(f"/account/tokens/{first.id}/revoke", confirmed="1")
    statuses = [client.get("/api/overview/cases", headers=each).status_code for each in tokens]
    assert sorted(statuses) == [200, 401]
    court.store.accounts.disable(second.account_id, by="u-admin")
    assert [client.get("/api/overview/cases", headers=each).status_code for each in tokens] == [
        401,
        401,
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"label": "QGIS", "days": "30", "scope": ["plan.release"]},
        {"label": "QGIS", "days": "30", "scope": ["audit.read"]},
        {"label": "QGIS", "days": "30", "scope": ["no.right"]},
        {"label": "QGIS", "days": "30"},
    ],
)
def test_no_token_beyond_the_own_reading(
    signed_in: SignIn, court: Services, fields: dict[str, str | list[str]]
) -> None:
    officer = signed_in(Role.OFFICER)
    officer.get("/account")
    assert officer.post("/account/tokens", password=PASSWORD, **fields).status_code == 302
    assert court.store.tokens.of(_account(court, "officer").id) == ()


def test_an_administrator_adds_resets_and_ends_accounts(
    signed_in: SignIn, reader: Reader, court: Services
) -> None:
    admin = signed_in(Role.ADMIN)
    admin.get("/accounts")
    page = admin.send(
        "/accounts", username="new", name="新来的执行员", role="officer", password="first-pass-1"
    )
    assert "新来的执行员" in page
    made = _account(court, "new")
    assert reader.sign_in("new", "first-pass-1").status_code == 302
    admin.send(f"/accounts/{made.id}/password", password="second-pass-2")
    assert reader.get("/cases").status_code == 302
    assert reader.sign_in("new", "second-pass-2").status_code == 302
    assert "已停用" in admin.send(f"/accounts/{made.id}/disable")
    assert reader.get("/cases").status_code == 302
    assert reader.sign_in("new", "second-pass-2").status_code == 401
    admin.send(f"/accounts/{made.id}/enable")
    assert reader.sign_in("new", "second-pass-2").status_code == 302
    acts = {entry.act for entry in court.store.audit.entries(50)}
    assert {"account.create", "account.password", "account.disable", "account.enable"} <= acts


def test_an_administrator_unlocks_and_helps_who_lost_the_telephone(
    signed_in: SignIn, reader: Reader, court: Services, clock: SetClock
) -> None:
    with_second_factor(signed_in(Role.OFFICER), clock)
    admin, officer = signed_in(Role.ADMIN), _account(court, "officer")
    for _ in range(8):
        reader.sign_in("officer", "wrong")
    assert "锁定至" in admin.get("/accounts").text
    admin.send(f"/accounts/{officer.id}/unlock")
    admin.send(f"/accounts/{officer.id}/second-factor-off")
    other = Reader(reader.client)
    clock.at += timedelta(minutes=11)  # the address that was used stays slowed down till then
    assert other.sign_in("officer").location == "/"


def test_an_administrator_opens_an_account_to_the_service_and_closes_it(
    signed_in: SignIn, court: Services
) -> None:
    admin, officer = signed_in(Role.ADMIN), _account(court, "officer")
    assert "已允许单点登录" in admin.send(f"/accounts/{officer.id}/service-on")
    assert court.store.accounts.by_service() == {officer.id: False}
    page = admin.get("/accounts")
    assert page.status_code == 200
    assert f"/accounts/{officer.id}/service-off" in page.text
    assert "已取消单点登录" in admin.send(f"/accounts/{officer.id}/service-off")
    assert court.store.accounts.by_service() == {}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"username": "officer"}, "已被使用"),
        ({"password": "short"}, "8 个字符"),
        ({"role": "police_liaison"}, "派出所"),
        ({"role": "police_liaison", "station": "PS-NONE"}, "不在库中"),
        ({"role": "grid_liaison", "grid": "G-NONE"}, "不在联络员表中"),
    ],
)
def test_unfit_accounts_are_told(signed_in: SignIn, fields: dict[str, str], told: str) -> None:
    admin = signed_in(Role.ADMIN)
    admin.get("/accounts")
    plain = {"username": "x", "name": "示例", "role": "officer", "password": "first-pass-1"}
    assert told in admin.send("/accounts", **{**plain, **fields})


def test_what_is_no_role_or_account_is_refused(signed_in: SignIn) -> None:
    admin = signed_in(Role.ADMIN)
    admin.get("/accounts")
    assert admin.post("/accounts", role="king").status_code == 400
    assert admin.post("/accounts/none/disable").status_code == 404
    assert admin.post("/accounts/none/erase").status_code == 404


def test_the_last_administrator_is_kept(signed_in: SignIn, court: Services) -> None:
    admin = signed_in(Role.ADMIN)
    admin.get("/accounts")
    me = _account(court, "admin")
    assert "最后一个" in admin.send(f"/accounts/{me.id}/disable")


def test_a_name_written_otherwise_is_the_same_name_to_the_lock(app: Flask) -> None:
    for k in range(8):
        reader = Reader(app.test_client())
        assert (
            reader.sign_in(f"{'officer' if k % 2 else 'ｏfficer'}{' ' * k}", "guess").status_code
            == 401
        )
    assert Reader(app.test_client()).sign_in("officer").status_code == 429


def test_failures_behind_an_unknown_proxy_lock_no_other_name(app: Flask) -> None:
    for k in range(9):
        reader = Reader(app.test_client())
        assert reader.sign_in(f"nobody-{k}", "guess").status_code == 401
    assert Reader(app.test_client()).sign_in("officer").status_code == 302


def test_failures_from_one_address_lock_that_address(app: Flask) -> None:
    far = {"REMOTE_ADDR": "10.1.2.3"}
    client = app.test_client()
    reader = Reader(client)
    for k in range(9):
        reader.get("/login")
        answer = client.post(
            "/login",
            data={"csrf_token": reader.token, "username": f"nobody-{k}", "password": "x"},
            environ_overrides=far,
        )
        assert answer.status_code == (401 if k < 8 else 429)


def test_nobody_turns_on_or_off_a_second_factor_without_the_password(
    signed_in: SignIn, court: Services, clock: SetClock
) -> None:
    officer = signed_in(Role.OFFICER)
    found = _SECRET.search(officer.get("/account/second-factor").text)
    assert found is not None
    code = pyotp.TOTP(found[1].replace(" ", "")).at(clock())
    assert officer.post("/account/second-factor", code=code, password="x").status_code == 302
    assert not court.store.second_factor.is_on(_account(court, "officer").id)
    admin = signed_in(Role.ADMIN)
    admin.get("/accounts")
    me = _account(court, "admin")
    assert "以密码关闭" in admin.send(f"/accounts/{me.id}/second-factor-off")


def test_a_page_that_asks_by_itself_keeps_no_session_awake(
    signed_in: SignIn, clock: SetClock
) -> None:
    commander = signed_in(Role.COMMANDER)
    end = clock.at + SESSION_IDLE
    while clock.at <= end:
        commander.get("/api/jobs?id=none")
        clock.at += timedelta(minutes=5)
    assert commander.get("/cases").status_code == 302
