"""What another site lets a reader's browser send: refused at each way that changes something."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from flask import Flask

from data.model import Role
from data.rights import RIGHTS, Right
from tests.web.conftest import KEY, Reader, Waiting
from tests.web.court import PASSWORD, SetClock, open_services
from tests.web.test_rights import ARGUMENTS
from web.app import create_app
from web.services import Services
from web.views import BLUEPRINTS

_CHANGING = ("POST", "PUT", "PATCH", "DELETE")


def _changing(app: Flask) -> list[tuple[str, str]]:
    """Return method and view of every way that changes something, from the app's own map."""
    return sorted(
        (method, rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in _CHANGING
        if method in (rule.methods or ())
    )


def _bare() -> Flask:
    app = Flask("web")
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


WAYS = _changing(_bare())


@dataclass(frozen=True)
class Site:
    """The pages of one court, who is signed in there, and whether anything was kept."""

    app: Flask
    services: Services
    queue: Waiting
    readers: dict[Role, Reader]
    database: sqlite3.Connection

    def state(self) -> tuple[int, tuple[str, ...], bool]:
        """Return what is another once anything was written, asked for or taken in."""
        (version,) = self.database.execute("PRAGMA data_version").fetchone()
        return version, tuple(self.queue.ids), self.services.uploads_dir.exists()

    def reader_with(self, right: Right | None) -> Reader:
        return self.readers[next(r for r in Role if right is None or right in RIGHTS[r])]


@pytest.fixture(scope="module")
def site(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("forged")
    copytree(filled, folder / "data")
    queue = Waiting()
    services = replace(
        open_services(folder / "data", SetClock()),
        queue=queue,
        uploads_dir=folder / "uploads",
        packs_dir=folder / "packs",
    )
    app = create_app(services, secret_key=KEY, session_idle=timedelta(days=4000))
    readers = {role: Reader(app.test_client()) for role in Role}
    for role, reader in readers.items():
        assert reader.sign_in(role).status_code == 302
        reader.get("/account")
    database = sqlite3.connect(folder / "data" / "fieldwrit.sqlite3")
    yield Site(app, services, queue, readers, database)
    database.close()
    services.store.close()


Forge = Callable[[Site, Reader], dict[str, Any]]


def _token_of_another(site: Site, reader: Reader) -> dict[str, Any]:
    other = next(one for one in site.readers.values() if one is not reader)
    return {"data": {"csrf_token": other.token}, "headers": {"X-CSRFToken": other.token}}


def _by_bearer(site: Site, reader: Reader) -> dict[str, Any]:
    officer = site.services.store.accounts.named("officer")
    assert officer is not None
    _kept, secret = site.services.store.tokens.create(
        officer,
        "程序",
        {Right.MAP_READ},
        expires_at=site.services.clock() + timedelta(days=1),
        by=officer.id,
    )
    return {"json": {}, "headers": {"Authorization": f"Bearer {secret}"}}


_FORGED: dict[str, Forge] = {
    "without a token": lambda _site, _reader: {"data": {"kind": "cases", "answer": "confirmed"}},
    "with an empty token": lambda _site, _reader: {"data": {"csrf_token": ""}},
    "with a made-up token": lambda _site, _reader: {"data": {"csrf_token": "x" * 91}},
    "with another session's token": _token_of_another,
    "with the token in the address": lambda _site, reader: {
        "query_string": {"csrf_token": reader.token}
    },
    "as JSON in plain text": lambda _site, _reader: {"data": "{}", "content_type": "text/plain"},
    "as JSON": lambda _site, _reader: {"json": {}},
    "with a program's token": _by_bearer,
}


def test_the_ways_are_those_of_the_whole_application(site: Site) -> None:
    assert _changing(site.app) == WAYS
    assert len(WAYS) > 80


@pytest.mark.parametrize(("method", "endpoint"), WAYS, ids=[name for _method, name in WAYS])
def test_a_forged_request_is_refused_and_changes_nothing(
    method: str, endpoint: str, site: Site
) -> None:
    rule = next(site.app.url_map.iter_rules(endpoint))
    path = site.app.url_map.bind("localhost").build(
        endpoint, {name: ARGUMENTS[name] for name in rule.arguments}, method=method
    )
    view: Any = site.app.view_functions[endpoint]
    right: Right | None = view.needed_right
    reader = site.reader_with(right)
    for told, forge in _FORGED.items():
        forged = forge(site, reader)
        before = site.state()
        answer = reader.client.open(path, method=method, **forged)
        assert answer.status_code == 400, told
        assert "页面已过期" in answer.text, told
        assert site.state() == before, told
    assert reader.get("/account").status_code == 200


def test_nothing_that_changes_answers_a_link(site: Site) -> None:
    """A link or a picture of another site asks with GET: no way that changes has it."""
    for _method, endpoint in WAYS:
        for rule in site.app.url_map.iter_rules(endpoint):
            assert not {"GET", "HEAD"} & set(rule.methods or ()), endpoint


def test_who_has_the_token_gets_further(site: Site) -> None:
    """The check above would fail where every request was refused for another reason."""
    reader = site.reader_with(Right.ACCOUNT_OWN)
    before = site.state()
    assert reader.post("/help/tour").status_code == 302
    assert site.state() != before


def test_nobody_is_signed_in_by_another_site(site: Site) -> None:
    """Else a victim would write into an account that the attacker reads."""
    victim = site.app.test_client()
    answer = victim.post("/login", data={"username": "officer", "password": PASSWORD})
    assert answer.status_code == 400
    assert victim.get("/account").status_code == 302


def test_forms_are_taken_over_https_where_pages_send_no_referrer(site: Site) -> None:
    reader = Reader(site.app.test_client())
    sent: dict[str, Any] = {"base_url": "https://fieldwrit.court.example"}
    page = reader.client.get("/login", **sent)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    fields = {"csrf_token": token, "username": "officer", "password": PASSWORD}
    assert reader.client.post("/login", data=fields, **sent).status_code == 302
