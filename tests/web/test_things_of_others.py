"""What belongs to another station, plan, case or account: refused as what is not there at all.

Who guesses or keeps an id learns nothing from the answer, nor from how long it takes: the same
text comes back, after as many questions to the store.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

from data.crypto import new_id
from data.exports import FORMATS
from data.model import Role
from tests.web.conftest import KEY, Reader, Waiting
from tests.web.court import ACTION, NOW, PASSWORD, SetClock, open_services
from tests.web.owned_things import EXPIRES, OTHER, make_things
from web.app import create_app
from web.services import Services
from web.share_board import ending
from web.steps.exporting import file_name

_CHANGING_TEXTS = re.compile(r'nonce="[^"]+"|value="[\w.-]{60,}"')


@dataclass(frozen=True)
class Owned:
    """A court in which some things have owners, with their ids by name."""

    services: Services
    clock: SetClock
    readers: dict[str, Reader]
    ids: dict[str, str]
    database: sqlite3.Connection

    def version(self) -> int:
        """Return what is another number once anything was written."""
        (version,) = self.database.execute("PRAGMA data_version").fetchone()
        return int(version)

    def ask(self, who: str, method: str, path: str) -> TestResponse:
        reader = self.readers[who]
        sent = {"csrf_token": reader.token, "answer": "confirmed", "revision": "1"}
        if path.startswith(("/account/devices/", "/account/tokens/")):
            sent |= {"confirmed": "1"}
        if path == f"/plans/{ACTION}/shares/{self.ids['share']}/end":  # counted, then confirmed
            counted = ending(self.services.store, ACTION, self.ids["share"]).counted
            sent |= {"confirmed": "1", "counted": counted}
        return reader.client.open(path, method=method, data=None if method == "GET" else sent)


@pytest.fixture(scope="module")
def owned(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owned]:
    folder = tmp_path_factory.mktemp("owned")
    shutil.copytree(filled, folder / "data")
    clock, queue = SetClock(), Waiting()
    court = replace(open_services(folder / "data", clock), queue=queue, packs_dir=folder / "packs")
    store = court.store
    store.accounts.create(
        "grid2", PASSWORD, Role.GRID_LIAISON, "邻村网格员", grid_code="350504102202"
    )
    problem, plan = store.problem(ACTION), store.plan(ACTION)
    assert problem is not None
    assert plan is not None
    empty = replace(plan, problem_id=str(OTHER), routes=(), unassigned=(), findings=())
    store.save(OTHER, replace(problem, id=str(OTHER)), empty, made_at=NOW)
    app = create_app(court, secret_key=KEY, session_idle=timedelta(days=4000))
    readers = {}
    for name in (*map(str, Role), "neighbour", "grid2"):
        readers[name] = Reader(app.test_client())
        assert readers[name].sign_in(name).status_code == 302
        readers[name].get("/account")
    ids = make_things(court, readers)
    clock.at = NOW
    database = sqlite3.connect(folder / "data" / "fieldwrit.sqlite3")
    yield Owned(court, clock, readers, ids, database)
    database.close()
    store.close()


_ATTEMPTS = (
    ("neighbour", "POST", "/partner/requests/{request}"),
    ("commander", "POST", f"/plans/{OTHER}/shares/{{share}}/end"),
    ("commander", "POST", f"/plans/{OTHER}/shares/{{share}}/end/ask"),
    ("commander", "POST", f"/plans/{OTHER}/requests/{{request}}/withdraw"),
    ("commander", "POST", f"/plans/{OTHER}/requests/{{request}}/agree"),
    ("commander", "POST", f"/plans/{OTHER}/sign-offs/{{sign_off}}/withdraw"),
    ("commander", "POST", "/measures/{step}/sign-offs/{sign_off}/withdraw"),
    ("officer", "POST", "/measures/{step}/items/{item}"),
    ("officer", "GET", "/measures/{step}/items/{item}/namesake"),
    ("officer", "POST", "/measures/{step}/items/{item}/namesake"),
    ("officer", "POST", "/cases/c002/restrictions/{record}/end"),
    ("officer", "POST", "/cases/c001/namesakes/{decision}/withdraw"),
    ("grid2", "POST", "/grid/tips/{tip}/withdraw"),
    ("commander", "POST", "/account/tokens/{token}/revoke"),
    ("commander", "POST", "/account/devices/{device}/end"),
    ("commander", "GET", "/jobs/{pack}/field-pack"),
    ("officer", "POST", "/jobs/{purge}/stop"),
    ("officer", "POST", "/jobs/{purge}/retry"),
    ("officer", "GET", "/jobs/{purge}/preview"),
)


@contextmanager
def _asked() -> Iterator[list[str]]:
    """Count the questions to the store."""
    told: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        told.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield told
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _answer(owned: Owned, who: str, method: str, path: str) -> tuple[int, str, int]:
    before = owned.version()
    with _asked() as statements:
        answer = owned.ask(who, method, path)
    assert owned.version() == before, path
    text = _CHANGING_TEXTS.sub("", answer.text).replace(path, "")
    return answer.status_code, text, len(statements)


@pytest.mark.parametrize(("who", "method", "path"), _ATTEMPTS, ids=[a[2] for a in _ATTEMPTS])
def test_it_is_refused_like_what_is_not_there(
    who: str, method: str, path: str, owned: Owned
) -> None:
    not_theirs = _answer(owned, who, method, path.format(**owned.ids))
    ghosts = owned.ids | {name: new_id(i[0]) for name, i in owned.ids.items() if "step" not in name}
    unknown = _answer(owned, who, method, path.format(**ghosts))
    assert not_theirs == unknown
    assert not_theirs[0] == 404


def test_what_a_share_showed_is_gone_like_what_never_was_once_its_time_is_over(
    owned: Owned,
) -> None:
    path = f"/partner/requests/{owned.ids['request']}"
    police, before = owned.readers["police_liaison"], owned.clock.at
    assert "概率" not in police.get("/partner").text
    owned.clock.at = EXPIRES + timedelta(seconds=1)
    try:
        late = _answer(owned, "police_liaison", "POST", path)
        never = _answer(owned, "police_liaison", "POST", f"/partner/requests/{new_id('q')}")
        assert late == never
        assert late[0] == 404
        assert owned.ask("police_liaison", "GET", "/api/partner").json == {"stops": []}
    finally:
        owned.clock.at = before


def test_their_owners_reach_them(owned: Owned) -> None:
    """Else the refusals above would prove nothing. What ends comes last."""
    ids, before = owned.ids, owned.version()
    for who, method, path, code in (
        ("officer", "GET", f"/jobs/{ids['pack']}/field-pack", 200),
        ("police_liaison", "POST", f"/partner/requests/{ids['request']}", 302),
        ("commander", "POST", f"/plans/{ACTION}/sign-offs/{ids['sign_off']}/withdraw", 302),
        ("officer", "POST", f"/cases/c001/restrictions/{ids['record']}/end", 302),
        ("officer", "POST", f"/cases/c002/namesakes/{ids['decision']}/withdraw", 302),
        ("grid_liaison", "POST", f"/grid/tips/{ids['tip']}/withdraw", 302),
        ("officer", "POST", f"/account/tokens/{ids['token']}/revoke", 302),
        ("officer", "POST", f"/account/devices/{ids['device']}/end", 302),
        ("commander", "POST", f"/plans/{ACTION}/shares/{ids['share']}/end", 302),
    ):
        assert owned.ask(who, method, path).status_code == code, path
        assert owned.version() != before, path
        before = owned.version()
    assert (
        owned.ask("police_liaison", "POST", f"/partner/requests/{ids['request']}").status_code
        == 404
    )
    assert owned.version() == before  # an old answer that is sent again


def test_what_is_downloaded_is_named_by_the_server(owned: Owned) -> None:
    """No name of a person or of a file that was sent stands in the head of an answer."""
    answer = owned.ask("officer", "GET", f"/jobs/{owned.ids['pack']}/field-pack")
    assert answer.headers["Content-Disposition"] == "attachment; filename=plan.pdf"
    for form in FORMATS:
        for draft in (True, False):
            assert re.fullmatch(r"[\w.-]+", file_name(str(ACTION), form, draft=draft), re.ASCII)


def test_ids_of_the_store_cannot_be_guessed() -> None:
    """64 bits: who asks a thousand times a second finds one of a million ids in 300 years."""
    made = {new_id("s") for _ in range(2000)}
    assert len(made) == 2000
    assert all(re.fullmatch(r"s[0-9a-f]{16}", one) for one in made)
    digits = [{one[place] for one in made} for place in range(1, 17)]
    assert all(len(held) == 16 for held in digits)
