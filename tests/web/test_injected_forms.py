"""Texts that would act elsewhere, in every form: each field has all of them, and none acts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask

from data.imports import import_file
from data.model import Role
from data.rights import RIGHTS
from data.team_messages import LONGEST_MESSAGE
from routes.items import AssetKind, Holder, Item
from routes.measures import StepId
from tests.web.conftest import Reader, Waiting
from tests.web.court import PASSWORD
from tests.web.injections import TAGS, TEXTS, Form, Page, plain
from tests.web.packed_texts import MARK, Sent, packed, sendings, too_long
from tests.web.read_pages import Seen, endpoint_of, read_all
from tests.web.test_rights import ways
from tests.web.test_tips import TOLD
from web.services import Services, attach

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
_WHOLE = len(MARK.join(TEXTS)) + len(MARK)
"""Room for all texts in one value; more than any page's field has, less than a cell has."""
_FILE_NAME = 250
_ALSO = {
    "accounts.add": {"station": "", "grid": ""},
    "own_account.create_token": {"scope": "map.read"},
    "protection.add": {"sign_role": "president"},
}
"""What a form needs beside what its page fills in."""
_LAST = ("withdraw", "close", "end", "drop", "discard", "put_aside", "unlocatable", "release")
"""What ends a thing goes after everything else that is done with it."""
_TOO_SHORT = {
    ("own_account.create_token", "label"): 60,
    ("cases.find", "number"): 60,
    ("measures.change_item", "number"): 60,
    ("measures.document", "number"): 60,
    ("measures.item", "number"): 60,
    ("measures.sign_off", "document"): 60,
    ("support.draft", "document"): 60,
    ("tips.match", "number"): 60,
    ("namesakes.send", "name"): 60,
    ("namesakes.send", "id_number"): 30,
    ("namesakes.send", "phone"): 4,
    ("namesakes.send", "debtor_phone"): 4,
    ("namesakes.item_send", "name"): 60,
    ("namesakes.item_send", "id_number"): 30,
    ("namesakes.item_send", "phone"): 4,
    ("namesakes.item_send", "debtor_phone"): 4,
    ("restrictions.send", "document"): 60,
    ("plans.sign_off", "document"): 60,
    ("protection.add", "document"): 60,
    ("protection.add", "sign_document"): 60,
    ("accounts.add", "username"): 60,
    ("accounts.add", "name"): 60,
    ("accounts.place", "court"): 8,
    ("accounts.set_court", "court"): 8,
    ("field.add_device", "name"): 40,
}
"""Fields that have no room for some of the texts, with their most characters."""
_SHOWN = (
    ("/account", Role.OFFICER, 60),
    ("/tips", Role.OFFICER, 200),
    ("/grid", Role.GRID_LIAISON, 200),
    ("/protection", Role.AUDITOR, 60),
    ("/accounts", Role.ADMIN, 60),
)
"""Pages that show what a form kept: all of it, as far as its field had room."""
_BODIES: Mapping[str, tuple[int, Mapping[str, Any]]] = {
    "board.step": (_WHOLE, {"kind": "TEXT", "ref": "TEXT", "shift": "TEXT"}),
    "board.room": (_WHOLE, {"ref": "TEXT"}),
    "board.tries": (_WHOLE, {"kind": "move", "ref": "TEXT", "shift": "TEXT", "start_s": 0}),
    "desk.confirm": (500, {"why": "TEXT", "text": "TEXT", "lon": 118.6, "lat": 24.9}),
    "desk.point": (500, {"text": "TEXT", "lon": 118.6, "lat": 24.9}),
    "desk.undo": (_WHOLE, {"claim": "TEXT"}),
    "desk.unlocatable": (500, {"reason": "TEXT"}),
    "field.acts": (
        _WHOLE,
        {"acts": [{"key": "TEXT", "kind": "TEXT", "team": "TEXT", "stop": "TEXT"}]},
    ),
    "field.add_device": (40, {"name": "TEXT"}),
    "live.take_on": (80, {"team": "TEXT", "alarm": "TEXT", "alarm_note": "TEXT"}),
    "live.tell": (LONGEST_MESSAGE, {"team": "T1", "message": "TEXT"}),
    "network.lift": (200, {"reason": "TEXT"}),
    "network.make": (
        200,
        {"reason": "TEXT", "roads": ["TEXT"], "starts": "TEXT", "ends": "TEXT"},
    ),
    "network.preview": (200, {"reason": "TEXT", "roads": ["TEXT"]}),
    "network.reach_from_point": (_WHOLE, {"lon": "TEXT", "lat": "TEXT", "profile": "TEXT"}),
    "outcomes.receive": (
        500,
        {
            "outcomes": [
                {
                    "key": "KEY",
                    "claim": "a0010",
                    "kind": "moved",
                    "at": "2026-11-24T09:30:00+08:00",
                    "note": "TEXT",
                    "record": {
                        "team": "T1",
                        "done": [],
                        "left": {"recording": "TEXT"},
                        "files": [],
                    },
                }
            ]
        },
    ),
    "overview.find": (100, {"text": "TEXT"}),
}
"""What scripts send as JSON, with the most characters of a text: every text in it is one."""


@dataclass
class Forms:
    """The forms of a court, what each field was sent, and what was wrong with an answer."""

    app: Flask
    court: Services
    sent: Sent = field(default_factory=Sent)
    wrong: list[str] = field(default_factory=list)

    def reader(self, role: Role) -> Reader:
        reader = Reader(self.app.test_client())
        assert reader.sign_in(role).status_code == 302
        reader.get("/account")
        return reader

    def of(self, seen: Seen) -> Iterator[tuple[str, Form]]:
        """Yield each form that has a field that was not sent all texts yet."""
        found = [
            (endpoint_of(self.app, action, "POST"), action, form)
            for (action, _names), (_path, form) in seen.forms.items()
            if form.method == "POST"
        ]
        for endpoint, action, form in sorted(
            found, key=lambda one: (one[0].endswith(_LAST), -len(one[2].texts), one[1])
        ):
            names = {*_texts(form), *form.files} or {""}
            if endpoint not in {*_SKIPPED, *_BODIES} and not self.sent.has(endpoint, names):
                yield action, form

    def send(self, reader: Reader, action: str, form: Form) -> None:
        """Send a form as often as its texts need, each field with another part each time."""
        endpoint, limits = endpoint_of(self.app, action, "POST"), _texts(form)
        limits |= dict.fromkeys(form.files, _FILE_NAME)
        for turn, texts in enumerate(sendings(limits)):
            fields: dict[str, Any] = {**form.fields, "csrf_token": [reader.token]}
            fields |= self._revised(action, form) | _ALSO.get(endpoint, {})
            if "password" in form.texts:
                fields["password"] = PASSWORD
            for name, text in texts.items():
                self.sent.note(endpoint, name, text, limits[name])
                fields[name] = [(BytesIO(b"a,b\n1,2\n"), _sendable(text))]
                if name not in form.files:
                    fields[name] = [text]
            if not texts:
                self.sent.note(endpoint, "", "", 0)
            answer = reader.client.post(action, data=fields)
            if turn == 0 or answer.status_code != 302:
                self._look_at(endpoint, answer, texts)

    def send_json(self, reader: Reader, path: str, endpoint: str, claim: str) -> None:
        most, shape = _BODIES[endpoint]
        for turn, text in enumerate(packed(most)):
            body = _put_in(shape, text, f"outcome-{turn:04d}", claim)
            answer = reader.client.post(path, json=body, headers={"X-CSRFToken": reader.token})
            for name in _names(shape):
                self.sent.note(endpoint, name, text, most)
            if answer.status_code >= 500 or answer.mimetype != "application/json":
                self.wrong.append(f"{endpoint}: {answer.status_code} {answer.mimetype} {text}")

    def _revised(self, action: str, form: Form) -> dict[str, list[str]]:
        """Return the state of a step as its page would show it now."""
        if "revision" not in form.fields:
            return {}
        steps = self.court.store.measures
        kept = steps.step(StepId(action.split("/")[2]))
        assert kept is not None
        found = {"revision": [str(kept.revision)]}
        if "item_revision" in form.fields:
            item = next(one for one in steps.items() if str(one.item.id) == action.split("/")[4])
            found["item_revision"] = [str(item.revision)]
        return found

    def _look_at(self, endpoint: str, answer: Any, texts: Mapping[str, str]) -> None:
        told = f"{endpoint}: {answer.status_code}"
        if answer.status_code not in (200, 302, 400, 401, 404, 409, 422, 429):
            self.wrong.append(f"{told} {texts}")
        if answer.status_code == 302 and "/login" in answer.location:
            self.wrong.append(f"{told} ended the session")
        if answer.mimetype == "text/html":
            page = Page(answer.text)
            raw = [one for one in TAGS if one + MARK in answer.text]
            if page.acting or raw:
                self.wrong.append(f"{told} {page.acting} {raw} {texts}")


def test_every_field_of_every_form_takes_all_of_them_as_texts(
    pages: Flask, court: Services, queue: Waiting, tmp_path: Path
) -> None:
    """Each form of each page is filled in until each field had all texts, then all is read again.

    What has no form in this court, as what is done with a closed step, and what scripts send is
    sent with every name that any form has.
    """
    folders = tmp_path / "uploads", tmp_path / "packs"
    attach(pages, replace(court, queue=queue, uploads_dir=folders[0], packs_dir=folders[1]))
    forms, names = Forms(pages, court), set[str]()
    step = _fill(forms, tmp_path)
    readers = {}
    for role in Role:
        readers[role] = reader = forms.reader(role)
        if role is Role.COMMANDER:
            _add_step(reader)
        seen = read_all(pages, reader, frozenset(), most=2)
        assert seen.wrong == []
        names.update(name for _path, form in seen.forms.values() for name in _texts(form))
        for action, form in forms.of(seen):
            forms.send(reader, action, form)
        assert reader.get("/account").status_code == 200
    for path, right in [(p, r) for m, p, r in ways(pages) if m == "POST"]:
        endpoint = endpoint_of(pages, path, "POST")
        reader = readers[next(role for role in Role if right is None or right in RIGHTS[role])]
        if endpoint in _BODIES:
            forms.send_json(reader, path, endpoint, court.store.claims()[0].id)
        elif endpoint not in _SKIPPED and not forms.sent.tried(endpoint):
            forms.send(reader, path, Form(path, "POST", {}, dict.fromkeys(names, _WHOLE)))
    assert forms.wrong == []
    assert forms.sent.lacking() == {}
    named = {place: most for place, most in forms.sent.short().items() if place[1]}
    assert named == _TOO_SHORT
    for reader in readers.values():
        seen = read_all(pages, reader, frozenset(), most=2)
        assert seen.wrong == []
    hidden = {}
    for path, role, most in (*_SHOWN, (f"/measures/{step}", Role.OFFICER, 60)):
        text = plain(Page(readers[role].get(path).text).text)
        shown = {one for one in TEXTS if plain(one + MARK) in text}
        hidden[path] = set(TEXTS) - shown - too_long(most)
    assert {path: texts for path, texts in hidden.items() if texts} == {}


def _fill(forms: Forms, folder: Path) -> StepId:
    """Give the court what its pages have a form for: a step with a thing, a tip, a bad row."""
    officer, liaison = forms.reader(Role.OFFICER), forms.reader(Role.GRID_LIAISON)
    step = _add_step(officer)
    flat = Item("-", AssetKind.REAL_ESTATE, registered_to=Holder.DEBTOR, held_by=Holder.DEBTOR)
    forms.court.store.measures.add_item(step, flat, "住房一套", by="u1")
    liaison.get("/grid")
    liaison.send("/grid/tips", **TOLD)
    table = folder / "bad.csv"
    table.write_text("编号,派出所名称,经度,纬度\nPS09,坏派出所,不是数,24.9\n", "utf-8")
    import_file(forms.court.store, "stations", table, quarantine=True)
    return step


def _add_step(reader: Reader) -> StepId:
    reader.get("/cases/c001")
    sent = reader.post("/cases/c001/measures", kind="seizure", debtor="d001")
    assert sent.status_code == 302
    return StepId(sent.location.rsplit("/", 1)[1])


def _texts(form: Form) -> dict[str, int]:
    return {name: most for name, most in form.texts.items() if name != "password"}


def _sendable(name: str) -> str:
    """Return a file's name as a client can send it: as one line."""
    return " ".join(name.split("\r")) if "\r" in name else name


def _put_in(value: Any, text: str, key: str, claim: str) -> Any:
    if isinstance(value, Mapping):
        return {name: _put_in(held, text, key, claim) for name, held in value.items()}
    if isinstance(value, list):
        return [_put_in(held, text, key, claim) for held in value]
    if isinstance(value, str):
        return {"TEXT": text, "KEY": key, "a0010": claim}.get(value, value)
    return value


def _names(value: Any, name: str = "") -> Iterator[str]:
    """Yield the names under which a body holds texts."""
    if isinstance(value, Mapping):
        for key, held in value.items():
            yield from _names(held, key)
    elif isinstance(value, list):
        for held in value:
            yield from _names(held, name)
    elif value == "TEXT":
        yield name
