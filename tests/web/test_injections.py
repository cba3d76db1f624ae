"""Texts that would act elsewhere stay texts: in every table, on every page, in every form."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from data.imports import import_file
from data.imports.columns import TableKind
from data.model import Role
from data.rights import RIGHTS
from routes.model import SupportKind, SupportState
from tests.web.conftest import Reader, SetClock, Waiting
from tests.web.court import ACTION, NOW, open_services
from tests.web.injections import (
    KINDS,
    TAGS,
    TEXTS,
    Form,
    Page,
    chunks,
    json_texts,
    kept,
    marked,
    marks,
    plain,
)
from tests.web.soaked_court import Soaked, soak, soak_plan, text_columns
from tests.web.test_rights import ways
from web.services import Services, attach

_MOST_A_VIEW = 6
_JSON = ("application/json", "application/geo+json")
_MOST_SENDINGS = 12
_REFUSED_WHOLE = {
    (TableKind.CASES, "案号"),
    (TableKind.CASES, "证件号码"),
    (TableKind.STATIONS, "编号"),
    (TableKind.STATIONS, "值班电话"),
    (TableKind.CHECKPOINTS, "编号"),
    (TableKind.CHECKPOINTS, "勤务案号"),
    (TableKind.TEAMS, "编号"),
    (TableKind.LIAISONS, "编号"),
    (TableKind.OUTCOMES, "案号"),
    (TableKind.OUTCOMES, "地址编号"),
    (TableKind.LEADS, "案号"),
    (TableKind.PROPERTY, "证件号码"),
    (TableKind.PROPERTY, "案号"),
}
"""Columns of numbers and identifiers, whose form leaves no room for a text."""


@dataclass
class Seen:
    """What was read of the pages: how many, and which marks, with what was wrong."""

    pages: int = 0
    shown: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    forms: dict[tuple[str, frozenset[str]], tuple[str, Form]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def soaked(
    filled: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Services, Soaked]]:
    folder = tmp_path_factory.mktemp("soaked")
    shutil.copytree(filled, folder / "data")
    services = replace(
        open_services(folder / "data", SetClock()),
        queue=Waiting(),
        uploads_dir=folder / "uploads",
        packs_dir=folder / "packs",
    )
    (folder / "uploads").mkdir()
    found = soak(services.store, folder)
    bad = folder / "bad.csv"
    bad.write_text(
        "编号,派出所名称,经度,纬度\n"
        + "".join(f"P {n},{marked('<b>', 'Q', n)},1,2\n" for n in range(30)),
        "utf-8",
    )
    import_file(services.store, TableKind.STATIONS, bad, quarantine=True)
    soak_plan(services.store)
    store, expires = services.store, NOW.replace(month=12)
    store.release(ACTION, by="test")
    store.shares.create(ACTION, "PS-1", expires, "test")
    store.support_requests.create(
        ACTION,
        "PS-1",
        SupportKind.ESCORT,
        "v0",
        NOW + timedelta(hours=2),
        expires,
        "test",
        document=marked("<img src=x onerror=alert(1)>", "R", 1),
        state=SupportState.SENT,
    )
    yield services, found
    store.close()


@pytest.fixture
def app(pages: Flask, soaked: tuple[Services, Soaked]) -> Flask:
    attach(pages, soaked[0])
    return pages


def test_each_text_is_taken_as_typed_or_refused_with_its_place(
    soaked: tuple[Services, Soaked],
) -> None:
    _services, found = soaked
    for kind in TableKind:
        for column in text_columns(kind):
            place = kind, column.header
            assert (found.taken[place] == 0) == (place in _REFUSED_WHOLE), place
            assert found.taken[place] in (0, len(TEXTS)), place
    for message in found.said:
        facts = dict(message.facts)
        assert {"row", "column", "what"} <= set(facts)
        assert not marks(message.render())
    assert len(TEXTS) >= 300


def test_what_was_taken_is_kept_as_it_was_typed(soaked: tuple[Services, Soaked]) -> None:
    services, _found = soaked
    store = services.store
    debtors = [one for one in store.debtors() if one.name.reveal().count("§") == 2]
    stations = [one.name for one in store.stations() if "§" in one.name]
    typed = {kept(text) for text in TEXTS}
    for held in ([one.name.reveal() for one in debtors], stations):
        assert len({plain(one) for one in held}) == len(held) >= len(TEXTS) - 10
        assert {plain(one.split("§")[0]) for one in held} <= typed


_SKIPPED = {
    "auth.logout": "ends the session",
    "own_account.end_sessions": "ends the session",
    "own_account.password": "hashes, keeps no text",
    "auth.login_post": "compares, keeps no text",
    "auth.code_post": "compares, keeps no text",
    "auth.language": "takes two words",
    "own_account.second_factor_post": "compares, keeps no text, and locks who guesses",
    "own_account.second_factor_off": "compares, keeps no text, and locks who guesses",
    "accounts.change": "changes the accounts that read here",
}
"""Forms that are not sent here, and why."""
_BODIES: Mapping[str, Mapping[str, Any]] = {
    "board.step": {"kind": "TEXT", "ref": "TEXT", "shift": "TEXT"},
    "board.room": {"ref": "TEXT"},
    "board.tries": {"kind": "move", "ref": "TEXT", "shift": "TEXT", "start_s": 0},
    "desk.confirm": {"why": "TEXT", "text": "TEXT", "lon": 118.6, "lat": 24.9},
    "desk.point": {"text": "TEXT", "lon": 118.6, "lat": 24.9},
    "desk.undo": {"claim": "TEXT"},
    "desk.unlocatable": {"reason": "TEXT"},
    "field.acts": {"acts": [{"key": "TEXT", "kind": "TEXT", "team": "TEXT", "stop": "TEXT"}]},
    "field.add_device": {"name": "TEXT"},
    "live.take_on": {"team": "TEXT", "alarm": "TEXT", "alarm_note": "TEXT"},
    "live.tell": {"team": "T1", "message": "TEXT"},
    "network.lift": {"reason": "TEXT"},
    "network.make": {"reason": "TEXT", "roads": ["TEXT"], "starts": "TEXT", "ends": "TEXT"},
    "network.preview": {"reason": "TEXT", "roads": ["TEXT"]},
    "network.reach_from_point": {"lon": "TEXT", "lat": "TEXT", "profile": "TEXT"},
    "outcomes.receive": {
        "outcomes": [
            {
                "key": "KEY",
                "claim": "a0010",
                "kind": "moved",
                "at": "2026-11-24T09:30:00+08:00",
                "note": "TEXT",
                "record": {"team": "T1", "done": [], "left": {"recording": "TEXT"}, "files": []},
            }
        ]
    },
    "overview.find": {"text": "TEXT"},
}
"""What scripts send as JSON: every text in it is one of a form."""


def test_every_form_takes_them_as_texts_or_says_why_not(
    pages: Flask, court: Services, queue: Waiting, clock: SetClock, tmp_path: Path
) -> None:
    """Each form of each page is filled in with texts of each kind, then all pages are read again.

    A form takes a dozen sendings, another part of the list each: together they had all of it.
    """
    app, folders = pages, (tmp_path / "uploads", tmp_path / "packs")
    attach(app, replace(court, queue=queue, uploads_dir=folders[0], packs_dir=folders[1]))
    claim, unmarked = court.store.claims()[0].id, frozenset[str]()
    step = Reader(app.test_client())
    step.sign_in(Role.OFFICER)
    step.get("/cases/c002")
    step.post("/cases/c002/measures", kind="search", debtor="d002")
    sent: Counter[str] = Counter()
    wrong: list[str] = []
    names: set[str] = set()
    for role in Role:
        reader = Reader(app.test_client())
        reader.sign_in(role)
        seen = _read_all(app, reader, unmarked, most=1)
        assert seen.wrong == []
        names.update(name for _path, form in seen.forms.values() for name in form.texts)
        for number, (action, form) in enumerate(sorted(_sendable(app, seen, sent).items())):
            _send_all(reader, action, form, f"F{chr(97 + number % 26)}", sent, wrong)
            assert reader.get("/account").status_code == 200, action
    for path, right in [(p, r) for m, p, r in ways(app) if m == "POST"]:
        endpoint = _endpoint(app, path, "POST")
        if endpoint in _SKIPPED or sent[endpoint]:
            continue
        reader = Reader(app.test_client())
        role = next(role for role in Role if right is None or right in RIGHTS[role])
        clock.at += timedelta(minutes=11)  # texts that were sent as passwords count as guesses
        assert reader.sign_in(role).status_code == 302, path
        reader.get("/account")
        if endpoint not in _BODIES:  # its form is on no page of this court, as of a closed step
            form = Form(path, "POST", {"csrf_token": []}, dict.fromkeys(names, 500))
            _send_all(reader, path, form, "U", sent, wrong)
            continue
        for number, text in enumerate(_part(chunks(200, "J"), len(sent))):
            body = _filled(_BODIES[endpoint], text, f"outcome-{number:04d}", claim)
            answer = reader.client.post(path, json=body, headers={"X-CSRFToken": reader.token})
            sent[endpoint] += 1
            if answer.status_code >= 500 or answer.mimetype != "application/json":
                wrong.append(f"{endpoint}: {answer.status_code} {answer.mimetype} {text}")
    assert wrong == [], sorted({one.split(" ")[0] + one.split(" ")[1] for one in wrong})
    clock.at += timedelta(minutes=11)
    for role in (Role.COMMANDER, Role.ADMIN, Role.AUDITOR, Role.POLICE_LIAISON, Role.GRID_LIAISON):
        reader = Reader(app.test_client())
        reader.sign_in(role)
        seen = _read_all(app, reader, unmarked, most=2)
        assert seen.wrong == []


def _sendable(app: Flask, seen: Seen, sent: Counter[str]) -> dict[str, Form]:
    """Return one form a view, with its path."""
    found: dict[str, tuple[str, Form]] = {}
    for (action, _names), (_path, form) in seen.forms.items():
        endpoint = _endpoint(app, action, form.method)
        if form.method == "POST" and endpoint not in _SKIPPED and not sent[endpoint]:
            found.setdefault(f"{endpoint} {sorted(form.texts)}", (action, form))
    return dict(found.values())


def _send_all(
    reader: Reader, action: str, form: Form, code: str, sent: Counter[str], wrong: list[str]
) -> None:
    """Fill every text of a form in with all texts, as many at once as there is room for."""
    most = min(200, *(form.texts.values() or [200]))
    for text in _part(chunks(most, code), len(sent)) if form.texts or form.files else [""]:
        if "csrf_token" in form.fields:
            form.fields["csrf_token"] = [reader.token]
        fields: dict[str, Any] = dict(form.fields) | {name: [text] for name in form.texts}
        fields |= {name: [(BytesIO(b"a,b\n1,2\n"), text)] for name in form.files}
        try:
            answer = reader.client.post(action, data=fields)
        except ValueError:  # no client can send a file of such a name
            continue
        endpoint = _endpoint(reader.client.application, action, "POST")
        sent[endpoint] += 1
        if answer.status_code not in (200, 302, 400, 401, 404, 409, 429):
            wrong.append(f"{action}: {answer.status_code} {text}")
        if answer.status_code == 302 and "/login" in answer.location:
            wrong.append(f"{action}: ended the session")
            return
        if answer.mimetype == "text/html":
            page = Page(answer.text)
            if page.acting or [one for one in TAGS if f"{one}§" in answer.text]:
                wrong.append(f"{action}: {page.acting} {text}")


def _part(texts: Iterator[str], turn: int) -> list[str]:
    """Return a dozen of the texts, which are others each turn."""
    every = list(texts)
    step = max(1, len(every) // _MOST_SENDINGS)
    return every[turn % step :: step]


def _filled(value: Any, text: str, key: str, claim: str) -> Any:
    if isinstance(value, dict):
        return {name: _filled(held, text, key, claim) for name, held in value.items()}
    if isinstance(value, list):
        return [_filled(held, text, key, claim) for held in value]
    return (
        {"TEXT": text, "KEY": key, "a0010": claim}.get(value, value)
        if isinstance(value, str)
        else value
    )


@pytest.mark.parametrize("role", list(Role))
def test_every_page_shows_them_as_texts(
    role: Role, app: Flask, soaked: tuple[Services, Soaked]
) -> None:
    _services, found = soaked
    reader = Reader(app.test_client())
    reader.sign_in(role)
    seen = _read_all(app, reader, found.values)
    assert seen.wrong == []
    if role is Role.COMMANDER:
        fields = {mark.split("-")[0] for mark in seen.shown}
        assert len(fields) >= 12, fields
        for code in "ND":  # names and addresses of the doors of the plan
            own = {
                mark for mark in seen.shown if mark[1:].startswith(tuple(code + k for k in KINDS))
            }
            assert len(own) == len(TEXTS), code


def _read_all(
    app: Flask, reader: Reader, values: frozenset[str], *, most: int = _MOST_A_VIEW
) -> Seen:
    """Read every page that leads anywhere, each view only some times, and look at each."""
    seen, told = Seen(), {_mark(value): kept(value) for value in values}
    waiting = [path for method, path, right in ways(app) if method == "GET"]
    if most == _MOST_A_VIEW:
        waiting += [f"/cases/c{number:03d}" for number in range(2, 11)]  # doors of the plan
    first = frozenset(waiting)
    known, times = set(waiting), Counter[str]()
    while waiting:
        path = waiting.pop(0)
        endpoint = _endpoint(app, path)
        times[endpoint] += 1
        if endpoint == "static" or (times[endpoint] > most and path not in first):
            continue
        answer = reader.client.get(path)
        for link in _look_at(path, answer, told, seen):
            if link not in known:
                known.add(link)
                waiting.append(link)
    return seen


def _look_at(path: str, answer: TestResponse, told: Mapping[str, str], seen: Seen) -> list[str]:
    if answer.status_code >= 500:
        seen.wrong.append(f"{path}: {answer.status_code}")
    if answer.status_code != 200 or answer.mimetype not in ("text/html", *_JSON):
        return []
    seen.pages += 1
    if answer.mimetype in _JSON:
        text, links = plain(" ".join(json_texts(answer.json))), []
        if answer.headers["X-Content-Type-Options"] != "nosniff":
            seen.wrong.append(f"{path}: may be taken for a page")
    else:
        page = Page(answer.text)
        text, links = page.text, [one for one in page.links if one.startswith("/")]
        policy = answer.headers["Content-Security-Policy"]
        if page.acting or not all(f"'nonce-{one}'" in policy for one in page.nonces):
            seen.wrong.append(f"{path}: {page.acting} {page.nonces}")
        if raw := [one for one in TAGS if f"{one}§" in answer.text]:
            seen.wrong.append(f"{path}: {raw[:3]} stand as they are")
        for form in page.forms:
            names = frozenset({*form.fields, *form.texts, *form.files})
            seen.forms.setdefault((form.action or path, names), (path, form))
    for mark in marks(text):
        seen.shown[mark] += 1
        if mark in told and told[mark] not in text:
            seen.wrong.append(f"{path}: {told[mark]} is shown otherwise")
    return links


def _mark(value: str) -> str:
    return value[value.index("§", value.rindex("-") - 6) :]


def _endpoint(app: Flask, path: str, method: str = "GET") -> str:
    try:
        plain_path = path.split("?")[0].split("#")[0]
        found = app.url_map.bind("localhost").match(plain_path, method=method)
    except (RequestRedirect, HTTPException):
        return "none"
    return str(found[0])
