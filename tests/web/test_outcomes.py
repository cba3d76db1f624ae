"""Outcomes that devices send: each exactly once, whatever is sent how often."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from data.backend import busy
from data.imports import import_file
from data.model import Role
from tests.data.samples import GOOD_ROWS, write_csv
from tests.web.conftest import Reader
from web.services import Services
from web.views import outcomes

SignIn = Callable[[Role | str], Reader]
AT = "2026-11-24T09:30:00+08:00"


@pytest.fixture
def claim(court: Services) -> str:
    return court.store.claims()[0].id


@pytest.fixture
def officer(signed_in: SignIn) -> Reader:
    return signed_in(Role.OFFICER)


def _send(reader: Reader, body: object, *, token: str | None = None) -> TestResponse:
    reader.get("/account")
    headers = {"X-CSRFToken": reader.token if token is None else token}
    return reader.client.post("/api/outcomes", json=body, headers=headers)


def _one(claim: str, key: str = "visit-0001", **more: Any) -> dict[str, Any]:
    return {"key": key, "claim": claim, "kind": "moved", "at": AT, **more}


def _states(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["state"] for one in answer.json["outcomes"]]  # type: ignore[index]


def test_what_is_sent_again_is_kept_once(court: Services, officer: Reader, claim: str) -> None:
    before = len(court.store.outcomes())
    body = {"outcomes": [_one(claim, note="门卫称已搬走"), _one(claim, "visit-0002")]}
    first = _send(officer, body)
    assert _states(first) == ["stored", "stored"]
    again = _send(officer, body)
    assert _states(again) == ["already", "already"]
    ids = [[one["id"] for one in each.json["outcomes"]] for each in (first, again)]  # type: ignore[index]
    assert ids[0] == ids[1]
    assert len(court.store.outcomes()) == before + 2
    entry = court.store.audit.entries()[0]
    assert (entry.act, entry.detail["already"]) == ("outcomes.receive", 2)


def test_another_content_under_a_key_is_told_and_not_kept(
    court: Services, officer: Reader, claim: str
) -> None:
    _send(officer, {"outcomes": [_one(claim)]})
    kept = court.store.outcomes()
    for change in ({"kind": "found"}, {"note": "另一说法"}, {"at": "2026-11-24T10:00:00+08:00"}):
        answer = _send(officer, {"outcomes": [_one(claim) | change]})
        assert _states(answer) == ["conflict"]
        assert "先记的为准" in answer.text
    assert court.store.outcomes() == kept
    twice = [_one(claim, "visit-0009"), _one(claim, "visit-0009", note="x")]
    assert _states(_send(officer, {"outcomes": twice})) == ["stored", "conflict"]


def test_the_key_of_another_account_is_another(
    court: Services, officer: Reader, claim: str, signed_in: SignIn
) -> None:
    before = len(court.store.outcomes())
    for reader in (officer, signed_in(Role.COMMANDER)):
        assert _states(_send(reader, {"outcomes": [_one(claim)]})) == ["stored"]
    assert len(court.store.outcomes()) == before + 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "short"},
        {"key": 7},
        {"key": "with blank"},
        {"claim": "none"},
        {"claim": None},
        {"kind": "vanished"},
        {"at": "2026-11-24T09:30:00"},
        {"at": "yesterday"},
        {"at": "2026-12-24T09:30:00+08:00"},
        {"at": "2026-11-24T23:30:00+08:00"},
        {"at": 5},
        {"note": ["x"]},
        {"note": "x" * 501},
        {"note": "其身份证号码为11010519491231002X"},
        {"more": 1},
    ],
)
def test_what_cannot_be_kept_holds_up_nothing_else(
    court: Services, officer: Reader, claim: str, wrong: dict[str, Any]
) -> None:
    before = len(court.store.outcomes())
    answer = _send(officer, {"outcomes": [_one(claim) | wrong, _one(claim, "visit-0002")]})
    assert _states(answer) == ["refused", "stored"]
    assert answer.json["outcomes"][0]["text"]  # type: ignore[index]
    assert "11010519491231002X" not in answer.text
    assert len(court.store.outcomes()) == before + 1


@pytest.mark.parametrize("body", [None, [], {}, {"outcomes": 1}, {"outcomes": ["x"]}])
def test_another_body_is_refused(officer: Reader, body: object) -> None:
    assert _send(officer, body).status_code == 400


def test_too_many_are_refused_whole(court: Services, officer: Reader, claim: str) -> None:
    before = court.store.outcomes()
    many = [_one(claim, f"visit-{number:04d}") for number in range(501)]
    assert _send(officer, {"outcomes": many}).status_code == 400
    assert court.store.outcomes() == before


def test_without_the_pages_token_nothing_is_kept(
    court: Services, officer: Reader, claim: str
) -> None:
    before = court.store.outcomes()
    assert _send(officer, {"outcomes": [_one(claim)]}, token="").status_code == 400
    assert court.store.outcomes() == before


def test_who_has_not_the_right_is_refused(signed_in: SignIn, claim: str) -> None:
    answer = _send(signed_in(Role.AUDITOR), {"outcomes": [_one(claim)]})
    assert answer.status_code == 403


def test_the_same_list_from_several_at_once_is_kept_once(
    court: Services, app: Flask, claim: str
) -> None:
    before = len(court.store.outcomes())
    body = {"outcomes": [_one(claim, f"visit-{number:04d}") for number in range(20)]}
    readers = [Reader(app.test_client()) for _ in range(4)]
    for reader in readers:
        reader.sign_in(str(Role.OFFICER))
    with ThreadPoolExecutor(4) as pool:
        states = [
            one for each in pool.map(lambda r: _states(_send(r, body)), readers) for one in each
        ]
    assert (states.count("stored"), states.count("already")) == (20, 60)
    assert len(court.store.outcomes()) == before + 20
    court.store.audit.verify()


def test_what_is_sent_while_an_import_stores_is_kept(
    court: Services, officer: Reader, claim: str, tmp_path: Path
) -> None:
    officer.get("/account")
    stations = [GOOD_ROWS["stations"] | {"编号": f"PS-{number}"} for number in range(50, 60)]
    table = write_csv(tmp_path / "stations.csv", stations)
    storing, sent = Event(), Event()

    def listen(done: int, total: int) -> None:
        if done > total // 3:  # read, and now in its transaction
            storing.set()
            assert sent.wait(30)

    def send() -> TestResponse:
        assert storing.wait(30)
        sent.set()
        return officer.client.post(
            "/api/outcomes",
            json={"outcomes": [_one(claim)]},
            headers={"X-CSRFToken": officer.token},
        )

    with ThreadPoolExecutor(2) as pool:
        importing = pool.submit(import_file, court.store, "stations", table, progress=listen)
        answer = pool.submit(send).result()
    assert importing.result().accepted == len(stations)
    assert _states(answer) == ["stored"]


def test_a_store_that_stays_busy_is_asked_again_and_then_told(
    officer: Reader, claim: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [busy()] * 5
    real = outcomes.receive_outcomes

    def receive(*given: Any, **named: Any) -> Any:
        if held:
            raise held.pop()
        return real(*given, **named)

    monkeypatch.setattr(outcomes, "receive_outcomes", receive)
    refused = _send(officer, {"outcomes": [_one(claim)]})
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
    assert _states(_send(officer, {"outcomes": [_one(claim)]})) == ["stored"]
