"""What stands around signing in: being led elsewhere, planted and stolen cookies, old codes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote, urljoin, urlsplit

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from werkzeug.test import TestResponse

from data.model import Role
from data.rights import Right
from tests.web.conftest import KEY, Reader
from tests.web.court import PASSWORD, SetClock
from tests.web.test_accounts import with_second_factor
from web.services import Services

SignIn = Callable[[Role | str], Reader]
ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "////evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\x00//evil.example",
    "https:evil.example",
    "https:/evil.example",
    "http:///evil.example",
    "//officer@evil.example/",
    "//localhost@evil.example/",
    "//localhost:80@evil.example/",
    "https://localhost%2eevil.example/",
    "//%65vil.example/",
    "%2f%2fevil.example",
    "%5c%5cevil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "evil.example",
    ".evil.example",
    "@evil.example",
    "//[",
    "https://[::1",
    "//evil℀.example",
    "／／evil.example",
    "/cases\r\nSet-Cookie: fieldwrit=planted",
)


def _leads_home(answer: TestResponse) -> bool:
    """Whether a browser that follows the answer stays on this site, whatever it strips."""
    assert answer.status_code == 302
    for location in (answer.location, answer.location.replace("\\", "/").strip("\x00\t\n\r ")):
        parts = urlsplit(urljoin("http://localhost/login", location))
        if (parts.scheme, parts.netloc) != ("http", "localhost"):
            return False
    return len(answer.headers.getlist("Location")) == 1


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_address_leads_to_another_site(target: str, app: Flask) -> None:
    reader = Reader(app.test_client())
    assert reader.get(f"/login?next={quote(target)}").status_code == 200
    assert _leads_home(reader.post("/language", language="zh", next=target))
    answer = reader.post(f"/login?next={quote(target)}", username="officer", password=PASSWORD)
    assert _leads_home(answer)
    planted = [one for one in answer.headers.getlist("Set-Cookie") if "planted" in one]
    assert not planted


@pytest.mark.parametrize("target", ["/cases?kind=loan", "/plans/a#b", "/cases?from=//evil.example"])
def test_an_address_of_this_site_is_kept(target: str, app: Flask) -> None:
    reader = Reader(app.test_client())
    reader.get("/login")
    path = f"/login?next={quote(target)}"
    assert reader.post(path, username="officer", password=PASSWORD).location == target


def test_the_second_step_leads_to_no_other_site_either(
    signed_in: SignIn, app: Flask, clock: SetClock
) -> None:
    totp, _codes = with_second_factor(signed_in(Role.OFFICER), clock)
    for target in ("//evil.example/", "/\\evil.example", "//["):
        clock.at += timedelta(seconds=30)
        reader = Reader(app.test_client())
        reader.get("/login")
        path = f"/login?next={quote(target)}"
        assert reader.post(path, username="officer", password=PASSWORD).location == "/login/code"
        reader.get("/login/code")
        assert reader.post("/login/code", code=totp.at(clock())).location == "/"


def _session(reader: Reader) -> dict[str, object]:
    with reader.client.session_transaction() as session:
        return dict(session)


def test_the_session_is_another_after_the_password_and_after_the_second_factor(
    signed_in: SignIn, app: Flask, clock: SetClock
) -> None:
    totp, _codes = with_second_factor(signed_in(Role.OFFICER), clock)
    clock.at += timedelta(seconds=30)
    reader = Reader(app.test_client())
    reader.get("/login")
    before = _session(reader)
    reader.post("/login", username="officer", password=PASSWORD)
    halfway = _session(reader)
    assert "id" not in before
    assert not {"id", "_user_id"} & set(halfway)
    assert reader.get("/cases").status_code == 302
    stolen = reader.client.get_cookie("fieldwrit")
    assert stolen is not None
    reader.get("/login/code")
    token, code = reader.token, totp.at(clock())
    assert reader.post("/login/code", code=code).status_code == 302
    after = _session(reader)
    assert after["id"]
    assert "first" not in after
    assert after.get("csrf_token") != before["csrf_token"]
    assert reader.client.post("/help/tour", data={"csrf_token": token}).status_code == 400

    thief = Reader(app.test_client())
    thief.client.set_cookie("fieldwrit", stolen.value)
    assert thief.get("/cases").status_code == 302
    thief.get("/login/code")
    assert thief.post("/login/code", code=code).status_code == 401  # each code signs in once
    assert thief.get("/cases").status_code == 302

    again = Reader(app.test_client())
    with again.client.session_transaction() as session:
        session["id"] = after["id"]  # planted: a known id is of no use without its account
    clock.at += timedelta(seconds=30)
    again.sign_in("officer")
    again.get("/login/code")
    again.post("/login/code", code=totp.at(clock()))
    assert _session(again)["id"] not in (after["id"], None)


def test_each_signing_in_has_a_session_of_its_own(signed_in: SignIn) -> None:
    ids = {str(_session(signed_in(Role.OFFICER))["id"]) for _ in range(3)}
    assert len(ids) == 3
    assert all(len(one) >= 24 for one in ids)


def test_a_cookie_that_was_altered_or_signed_with_another_key_is_worth_nothing(
    signed_in: SignIn, app: Flask
) -> None:
    officer = signed_in(Role.OFFICER)
    cookie = officer.client.get_cookie("fieldwrit")
    assert cookie is not None
    made_up = Flask("another")
    made_up.secret_key = KEY[::-1].replace("k", "x")
    signer = SecureCookieSessionInterface().get_signing_serializer(made_up)
    assert signer is not None
    head, dot, rest = cookie.value.partition(".")
    for value in (
        signer.dumps(_session(officer)),
        f"{head[:-2]}xx{dot}{rest}",
        cookie.value[:-3] + "abc",
        "",
        "." * 5,
    ):
        thief = Reader(app.test_client())
        thief.client.set_cookie("fieldwrit", value)
        assert thief.get("/cases").status_code == 302
        assert thief.get("/api/overview/cases").status_code == 401


def test_a_cookie_of_an_account_that_ended_or_changed_is_worth_nothing(
    signed_in: SignIn, app: Flask, court: Services
) -> None:
    officer, commander = signed_in(Role.OFFICER), signed_in(Role.COMMANDER)
    accounts = court.store.accounts
    found = {name: accounts.named(name) for name in ("officer", "commander")}
    assert found["officer"] is not None
    assert found["commander"] is not None
    accounts.disable(found["officer"].id, by="test")
    accounts.set_password(found["commander"].id, "another-horse-8", by="test")
    for reader in (officer, commander):
        assert reader.get("/cases").status_code == 302
    accounts.enable(found["officer"].id, by="test")
    assert officer.get("/cases").status_code == 302  # a session that ended does not begin again


def test_the_answer_tells_neither_accounts_nor_why(
    app: Flask, court: Services, clock: SetClock
) -> None:
    """An unknown name, a wrong password and an ended account: one text, one status."""
    ended = court.store.accounts.named("commander")
    assert ended is not None
    court.store.accounts.disable(ended.id, by="test")
    told = set()
    for name, password in (
        ("nobody", PASSWORD),
        ("officer", "wrong-horse-7"),
        ("commander", PASSWORD),
    ):
        reader = Reader(app.test_client())
        reader.get("/login")
        answer = reader.post("/login", username=name, password=password)
        told.add((answer.status_code, answer.text.split("<form")[0].split("<main")[1]))
    assert len(told) == 1


def test_a_token_that_is_unknown_over_or_revoked_gets_one_answer(
    app: Flask, court: Services, clock: SetClock
) -> None:
    officer = court.store.accounts.named("officer")
    assert officer is not None
    secrets = {}
    for name in ("over", "revoked"):
        ends_at = clock() + timedelta(days=1)
        token, secrets[name] = court.store.tokens.create(
            officer, "程序", {Right.MAP_READ}, expires_at=ends_at, by=officer.id
        )
    court.store.tokens.revoke(token.id, by=officer.id)
    clock.at += timedelta(days=2)
    told = {
        (answer.status_code, answer.text)
        for secret in (*secrets.values(), f"fw_{'x' * len(secrets['over'])}", "", "' or 1=1 --")
        for answer in [
            app.test_client().get(
                "/api/overview/cases", headers={"Authorization": f"Bearer {secret}"}
            )
        ]
    }
    assert told == {(401, '{"error":"请先登录。"}\n')}
