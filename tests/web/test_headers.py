"""What each answer tells browsers: nobody frames it, keeps it, guesses its type or learns of it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from data.model import Role
from data.rights import RIGHTS
from tests.web.conftest import KEY, Reader, Waiting
from tests.web.court import SetClock, open_services
from tests.web.test_rights import ways
from web.app import create_app
from web.services import Services

_KEPT = ("/static/", "/tiles/", "/api/network/tiles/")
"""What has nothing of a person; browsers may keep it for an hour."""


@pytest.fixture(scope="module")
def site(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("headers")
    shutil.copytree(filled, folder / "data")
    services: Services = replace(open_services(folder / "data", SetClock()), queue=Waiting())
    app = create_app(services, secret_key=KEY, session_idle=timedelta(days=4000))

    def broken() -> str:
        raise RuntimeError

    broken.needed_right = None  # type: ignore[attr-defined]
    app.add_url_rule("/broken", view_func=broken)
    yield app
    services.store.close()


def _policy(answer: TestResponse) -> dict[str, str]:
    parts = answer.headers["Content-Security-Policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


def _check(path: str, answer: TestResponse) -> None:
    policy, headers = _policy(answer), answer.headers
    assert policy["frame-ancestors"] == "'none'", path
    assert headers["X-Frame-Options"] == "DENY", path
    assert headers["X-Content-Type-Options"] == "nosniff", path
    assert headers["Referrer-Policy"] == "no-referrer", path
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin", path
    assert policy["default-src"] == "'none'", path
    assert policy["base-uri"] == "'none'", path
    assert policy["form-action"] == "'self'", path
    assert "unsafe" not in headers["Content-Security-Policy"], path
    in_field = path == "/field/"
    assert policy["worker-src"] == ("'self'" if in_field else "'none'"), path
    assert "Service-Worker-Allowed" not in headers, path  # its scope stays its own folder
    assert "Access-Control-Allow-Origin" not in headers, path
    assert not re.search(r"Werkzeug|Python|waitress|Flask", headers.get("Server", "")), path
    if path.startswith(_KEPT) and answer.status_code == 200:
        assert headers["Cache-Control"] != "no-store", path
    elif not path.startswith(_KEPT):
        assert headers["Cache-Control"] == "no-store", path
    if answer.status_code == 200 and answer.mimetype == "text/html":
        assert answer.content_type == "text/html; charset=utf-8", path


def test_each_answer_says_it(site: Flask) -> None:
    """Every page and every data end point: to who may read it, who may not, and a stranger."""
    readers = {role: Reader(site.test_client()) for role in Role}
    for role, reader in readers.items():
        assert reader.sign_in(role).status_code == 302
    stranger, read = Reader(site.test_client()), 0
    for method, path, right in ways(site):
        if method == "GET":
            may = [role for role in Role if right is None or right in RIGHTS[role]]
            askers = {role in may: readers[role] for role in reversed(Role)}
            for asker in (*askers.values(), stranger):
                answer = asker.client.get(path)
                _check(path, answer)
                read += answer.status_code == 200
    assert read > 40


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/nope", 404),
        ("/api/nope", 404),
        ("/logout", 405),
        ("/broken", 500),
        ("/static/js/dom.js", 200),
        ("/static/nope.js", 404),
        ("/field/worker.js", 200),
    ],
)
def test_errors_and_files_say_it_too(path: str, code: int, site: Flask) -> None:
    answer = site.test_client().get(path)
    assert answer.status_code == code
    _check(path, answer)


def test_a_refused_form_and_a_lead_away_say_it_too(site: Flask) -> None:
    for path in ("/login", "/api/outcomes"):
        answer = site.test_client().post(path)
        assert answer.status_code == 400
        _check(path, answer)
    answer = site.test_client().get("/overview")
    assert answer.status_code == 302
    _check("/overview", answer)


def test_the_session_is_out_of_reach_of_scripts_and_other_sites(filled: Path) -> None:
    services = open_services(filled, SetClock())
    try:
        for secure in (False, True):
            app = create_app(services, secret_key=KEY, secure_cookies=secure)
            cookie = app.test_client().get("/login").headers["Set-Cookie"]
            held = {part.strip() for part in cookie.split(";")}
            assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= held
            assert ("Secure" in held) == secure
            assert not any(part.startswith("Domain") for part in held)
    finally:
        services.store.close()
