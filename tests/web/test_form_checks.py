"""What is typed into a form outlives a refusal, an expired page and the end of a session."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from data.model import Role
from tests.web.browser import MISSING, Screen, browsing, is_installed, serving
from tests.web.conftest import Reader
from tests.web.court import PASSWORD
from web import build
from web.services import Services

SignIn = Callable[[Role | str], Reader]
_ASKED = {"X-Check-Only": "1"}
_NUMBER = "13800138000"


def _ask(reader: Reader, path: str, **fields: str) -> tuple[int, str]:
    answer = reader.client.post(path, data={"csrf_token": reader.token, **fields}, headers=_ASKED)
    return answer.status_code, answer.text


def test_a_question_does_nothing_and_tells_a_refusal(signed_in: SignIn, court: Services) -> None:
    officer = signed_in(Role.GRID_LIAISON)
    officer.get("/grid")
    before = court.store.counts(), len(court.store.audit.entries(500))
    good = {"about": "老王", "place": "村口"}
    assert _ask(officer, "/grid/tips", **good)[0] == 204
    status, told = _ask(officer, "/grid/tips", **good | {"about": f"老王 {_NUMBER}"})
    assert status == 400
    assert "未予保存" in told
    assert _NUMBER not in told
    assert (court.store.counts(), len(court.store.audit.entries(500))) == before


def test_rights_and_tokens_are_asked_for_as_by_the_form(signed_in: SignIn) -> None:
    grid = signed_in(Role.GRID_LIAISON)
    grid.get("/grid")
    assert _ask(grid, "/accounts")[0] == 403
    grid.token = "-"
    status, told = _ask(grid, "/grid/tips", about="老王")
    assert (status, '"expired":true' in told.replace(" ", "")) == (400, True)
    grid.client.delete_cookie("fieldwrit")
    assert _ask(grid, "/grid/tips")[0] in (400, 401)


def test_a_form_of_an_ended_session_leads_to_the_sign_in_alone(
    signed_in: SignIn, app: Flask
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    try:
        answer = app.test_client().post("/grid/tips", data={"about": "老王"})
    finally:
        app.config["WTF_CSRF_ENABLED"] = True
    assert (answer.status_code, answer.location) == (302, "/login")


@pytest.mark.browser
@pytest.mark.skipif(not is_installed() or not build.VENDOR.exists(), reason=MISSING)
def test_a_refused_form_keeps_what_was_typed(app: Flask, court: Services) -> None:
    with serving(app) as address, browsing() as driver:
        screen = Screen(driver, address)
        screen.sign_in("grid_liaison", PASSWORD)
        screen.open("/grid")
        fill = """
          const [who] = arguments, form = document.querySelector("[name=about]").form;
          form.elements.about.value = who; form.elements.place.value = "村口小店";
          form.querySelector("[type=checkbox]").checked = true;
          form.requestSubmit(form.querySelector("button"));
        """
        driver.execute_script(fill, f"老王 {_NUMBER}")
        screen.until("document.querySelector('.form-told') !== null")
        assert driver.execute_script("return document.querySelector('[name=place]').value") == (
            "村口小店"
        )
        driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        driver.execute_script(fill, "老王")
        screen.until("document.querySelector('.form-told')?.textContent.includes('还在本页')")
        assert court.store.tips.open() == ()
        form = driver.current_window_handle
        driver.switch_to.new_window("tab")
        screen.sign_in("grid_liaison", PASSWORD)
        driver.close()
        driver.switch_to.window(form)
        driver.execute_script(fill, "老王")
        screen.until("document.querySelector('.stack')?.textContent.includes('老王')")
        (tip,) = court.store.tips.open()
        assert tip.place.reveal() == "村口小店"
