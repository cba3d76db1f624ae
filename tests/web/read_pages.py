"""Every page that a reader may open, read and looked at for texts that became more than texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from tests.web.conftest import Reader
from tests.web.injections import TAGS, Form, Page, json_texts, kept, marks, plain
from tests.web.test_rights import ways

__all__ = ["Seen", "endpoint_of", "read_all"]

_MOST_A_VIEW = 6
_JSON = ("application/json", "application/geo+json")


@dataclass
class Seen:
    """What was read of the pages: how many, and which marks, with what was wrong."""

    pages: int = 0
    shown: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    forms: dict[tuple[str, frozenset[str]], tuple[str, Form]] = field(default_factory=dict)


def read_all(
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
        endpoint = endpoint_of(app, path)
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


def endpoint_of(app: Flask, path: str, method: str = "GET") -> str:
    """Return the view to which a path leads, or none."""
    try:
        plain_path = path.split("?")[0].split("#")[0]
        found = app.url_map.bind("localhost").match(plain_path, method=method)
    except (RequestRedirect, HTTPException):
        return "none"
    return str(found[0])
