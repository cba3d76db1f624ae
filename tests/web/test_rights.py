"""Who may open what: each role on each page, strangers, stale tokens, guessing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from data.model import Role
from tests.web.conftest import Reader
from tests.web.court import ACTION, PASSWORD, SetClock
from web.security import RIGHTS, LoginLimiter, Right
from web.services import Services

SignIn = Callable[[Role | str], Reader]

_BUREAU = {Role.OFFICER, Role.COMMANDER}
_MAPPED = {*_BUREAU, Role.POLICE_LIAISON, Role.GRID_LIAISON, Role.ADMIN}
_NETWORK = {*_BUREAU, Role.POLICE_LIAISON, Role.ADMIN}
PAGES: dict[str, set[Role]] = {
    "/overview": _BUREAU,
    "/api/overview/cases": _BUREAU,
    "/api/overview/areas": _BUREAU,
    f"/plans/{ACTION}": _BUREAU,
    f"/api/plans/{ACTION}": _BUREAU,
    "/cases": _BUREAU,
    "/cases/c001": _BUREAU,
    "/api/cases/c001": _BUREAU,
    "/cases/c001/addresses/1/namesake": _BUREAU,
    "/network": _NETWORK,
    "/api/network/closures": _NETWORK,
    "/campaigns": _BUREAU,
    "/partner": {Role.POLICE_LIAISON},
    "/api/partner": {Role.POLICE_LIAISON},
    "/grid": {Role.GRID_LIAISON},
    "/audit": {Role.AUDITOR, Role.ADMIN},
    "/protection": {Role.AUDITOR, Role.ADMIN},
    "/cases/c001/debtors/1/restrictions/order": _BUREAU,
    "/tiles/12/3397/1760.mvt": _MAPPED,
}
FORMS: dict[str, set[Role]] = {
    f"/plans/{ACTION}/release": {Role.COMMANDER},
    f"/plans/{ACTION}/sign-offs": {Role.COMMANDER},
    f"/plans/{ACTION}/sign-offs/none/withdraw": {Role.COMMANDER},
    f"/plans/{ACTION}/share": {Role.COMMANDER},
    f"/plans/{ACTION}/requests/none/agree": {Role.COMMANDER},
    f"/plans/{ACTION}/requests/none/withdraw": {Role.COMMANDER},
    "/cases/none/measures": _BUREAU,
    "/measures/none/facts": _BUREAU,
    "/measures/none/decide": _BUREAU,
    "/measures/none/schedule": _BUREAU,
    "/measures/none/close": _BUREAU,
    "/measures/none/reopen": {Role.COMMANDER},
    "/measures/none/sign-offs": {Role.COMMANDER},
    f"/plans/{ACTION}/release/withdraw": {Role.COMMANDER},
    f"/plans/{ACTION}/replan": {Role.COMMANDER},
    f"/plans/{ACTION}/undo": {Role.COMMANDER},
    f"/plans/{ACTION}/what-if": {Role.COMMANDER},
    f"/plans/{ACTION}/what-if/stop": {Role.COMMANDER},
    f"/plans/{ACTION}/shares/none/end": {Role.COMMANDER},
    "/cases/find": _BUREAU,
    "/cases/c001/addresses/1/namesake": _BUREAU,
    "/cases/c001/namesakes/none/withdraw": _BUREAU,
    "/api/network/closures/none/lift": {Role.COMMANDER},
    "/network/correction/apply": {Role.COMMANDER, Role.ADMIN},
    "/network/correction/drop": {Role.COMMANDER, Role.ADMIN},
    "/partner/requests/none": {Role.POLICE_LIAISON},
    "/audit/verify": {Role.AUDITOR, Role.ADMIN},
    "/protection/lines/leak": {Role.AUDITOR, Role.ADMIN},
    "/protection/end/none": {Role.AUDITOR, Role.ADMIN},
    "/cases/c001/debtors/1/restrictions/order": _BUREAU,
    "/cases/c001/restrictions/none/end": _BUREAU,
}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_its_pages_and_no_other(role: Role, signed_in: SignIn) -> None:
    reader = signed_in(role)
    seen = {path: reader.get(path).status_code for path in PAGES}
    assert seen == {path: 200 if role in allowed else 403 for path, allowed in PAGES.items()}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_sends_its_forms_and_no_other(role: Role, signed_in: SignIn) -> None:
    reader = signed_in(role)
    for path, allowed in FORMS.items():
        assert (reader.post(path).status_code == 403) == (role not in allowed), path


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


def test_a_view_that_names_no_right_is_closed(app: Flask) -> None:
    app.add_url_rule("/forgotten", view_func=lambda: "open")
    assert app.test_client().get("/forgotten").status_code == 403


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


def test_the_limiter_forgets_who_signed_in(clock: SetClock) -> None:
    limiter = LoginLimiter(limit=2)
    for _ in range(2):
        limiter.failed("k", now=clock())
    assert not limiter.allows("k", now=clock())
    assert limiter.allows("other", now=clock())
    limiter.passed("k")
    assert limiter.allows("k", now=clock())


def test_signing_out_ends_the_session(signed_in: SignIn) -> None:
    officer = signed_in(Role.OFFICER)
    officer.get("/overview")
    assert officer.post("/logout").status_code == 302
    assert officer.get("/overview").status_code == 302
