"""Who may open what: strangers, stale tokens, guessing. Each role at each way in: the matrix."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from data.model import Role
from data.rights import RIGHTS, Right
from tests.web.conftest import Reader
from tests.web.court import ACTION, PASSWORD, SetClock
from web.accounts import user_key
from web.services import Services

SignIn = Callable[[Role | str], Reader]

ARGUMENTS: dict[str, str | int] = {
    **dict.fromkeys(
        (
            "account_id",
            "closure_id",
            "answer_id",
            "decision_id",
            "device_id",
            "entry_id",
            "file_id",
            "grid_code",
            "item_id",
            "job_id",
            "outcome_id",
            "record_id",
            "request_id",
            "row_id",
            "share_id",
            "sign_off_id",
            "step_id",
            "tip_id",
            "token_id",
        ),
        "none",
    ),
    "action_id": ACTION,
    "layer": "own",
    "theme": "light",
    "role": "officer",
    "case_id": "c001",
    "claim_id": "a0010",
    "day": "2026-11-26",
    "kind": "order",
    "number": 1,
    "road": 1,
    "team": "T1",
    "what": "disable",
    "x": 3397,
    "y": 1760,
    "z": 12,
}
"""What stands in a path; what is not there at all must be refused to who may not, too."""


def ways(app: Flask) -> list[tuple[str, str, Right | None]]:
    """Return method, path and right of every way into the pages."""
    found = []
    build = app.url_map.bind("localhost").build
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        path = build(rule.endpoint, {name: ARGUMENTS[name] for name in rule.arguments})
        right = app.view_functions[rule.endpoint].needed_right  # type: ignore[attr-defined]
        found += [(method, path, right) for method in sorted((rule.methods or set()) & _METHODS)]
    return found


_METHODS = {"GET", "POST", "PUT", "DELETE", "PATCH"}


def test_the_ways_in_that_need_no_account_are_these(app: Flask) -> None:
    public = {path for _, path, right in ways(app) if right is None}
    assert public == {
        "/",
        "/field/manifest.webmanifest",
        "/field/worker.js",
        "/healthz",
        "/language",
        "/login",
        "/login/code",
        "/login/service",
        "/login/service/back",
        "/logout",
    }


def test_a_stranger_is_led_to_sign_in_and_back(reader: Reader) -> None:
    answer = reader.get("/cases?kind=loan")
    assert answer.status_code == 302
    assert answer.location == "/login?next=/cases?kind%3Dloan"
    reader.get(answer.location)
    answer = reader.post(answer.location, username="officer", password=PASSWORD)
    assert answer.location == "/cases?kind=loan"


def test_data_end_points_refuse_a_stranger_without_a_page(reader: Reader) -> None:
    answer = reader.get("/api/overview/cases")
    assert answer.status_code == 401
    assert answer.json == {"error": "请先登录。"}


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_leads_to_no_other_site(target: str, reader: Reader) -> None:
    reader.get("/login")
    path = f"/login?next={target}"
    answer = reader.post(path, username="officer", password=PASSWORD)
    assert answer.location == "/"


def test_a_form_without_its_token_is_refused(signed_in: SignIn, court: Services) -> None:
    commander = signed_in(Role.COMMANDER)
    answer = commander.client.post(f"/plans/{ACTION}/release")
    assert answer.status_code == 400
    assert "页面已过期" in answer.text
    action = court.store.action(ACTION)
    assert action is not None
    assert action.released_at is None


def test_every_view_names_its_right(app: Flask) -> None:
    views = {name: view for name, view in app.view_functions.items() if name != "static"}
    assert all(hasattr(view, "needed_right") for view in views.values())


def test_a_view_that_names_no_right_is_closed(own_app: Flask) -> None:
    own_app.add_url_rule("/forgotten", view_func=lambda: "open")
    assert own_app.test_client().get("/forgotten").status_code == 403


def test_every_role_has_a_home(signed_in: SignIn) -> None:
    for role in Role:
        assert signed_in(role).client.get("/", follow_redirects=True).status_code == 200


def test_no_partner_may_read_persons() -> None:
    for role in (Role.POLICE_LIAISON, Role.GRID_LIAISON, Role.AUDITOR, Role.ADMIN):
        assert Right.PERSON_READ not in RIGHTS[role]
        assert Right.CASE_READ not in RIGHTS[role]


def test_guessing_is_slowed_down_until_the_window_ends(
    reader: Reader, clock: SetClock, court: Services
) -> None:
    for _ in range(8):
        assert reader.sign_in("officer", "wrong-password").status_code == 401
    assert reader.sign_in("officer").status_code == 429
    clock.at += timedelta(minutes=10, seconds=1)
    assert reader.sign_in("officer").status_code == 302
    failed = [entry for entry in court.store.audit.entries(50) if entry.act == "login.failed"]
    assert len(failed) == 8
    assert all("officer" not in f"{entry.subject}{entry.detail}" for entry in failed)


def test_signing_out_ends_every_copy_of_the_session_and_no_other(
    signed_in: SignIn, app: Flask
) -> None:
    officer, elsewhere = signed_in(Role.OFFICER), signed_in(Role.OFFICER)
    copied = officer.client.get_cookie("fieldwrit")
    assert copied is not None
    officer.get("/account")
    officer.post("/logout")
    thief = Reader(app.test_client())
    thief.client.set_cookie("fieldwrit", copied.value)
    assert thief.get("/cases").status_code == 302
    assert elsewhere.get("/cases").status_code == 200


def test_a_cookie_that_was_planted_before_signing_in_is_worth_nothing_after(app: Flask) -> None:
    thief, victim = Reader(app.test_client()), Reader(app.test_client())
    thief.get("/login")
    planted = thief.client.get_cookie("fieldwrit")
    assert planted is not None
    victim.client.set_cookie("fieldwrit", planted.value)
    assert victim.sign_in("officer").status_code == 302
    held = victim.client.get_cookie("fieldwrit")
    assert held is not None
    assert held.value != planted.value
    assert thief.get("/cases").status_code == 302
    assert victim.get("/cases").status_code == 200


def test_a_lockout_ends_the_sessions(signed_in: SignIn, reader: Reader, court: Services) -> None:
    officer, commander = signed_in(Role.OFFICER), signed_in(Role.COMMANDER)
    court.store.sign_in_failures.add([user_key("officer")] * 7)
    assert officer.get("/cases").status_code == 200
    assert reader.sign_in("officer", "wrong-guess").status_code == 401
    assert officer.get("/cases").status_code == 302
    assert commander.get("/cases").status_code == 200


def test_signing_out_ends_the_session(signed_in: SignIn) -> None:
    officer = signed_in(Role.OFFICER)
    officer.get("/overview")
    assert officer.post("/logout").status_code == 302
    assert officer.get("/overview").status_code == 302
