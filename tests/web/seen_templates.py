"""Which templates the program renders, and which of them the pages that are looked at show."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask, template_rendered

from data.model import Role
from tests.web.conftest import Reader
from tests.web.seen_court import GUARDED
from tests.web.seen_pages import SeenPage
from web import build

__all__ = ["LED_TO", "files", "led_to", "rendered", "shown_by"]

_WEB = Path(build.__file__).parent
LED_TO = {"cases_found.html": "cases-found", "login_code.html": "login-code"}
"""Templates that a form leads to, with the page on which it is sent."""


def files() -> set[str]:
    """Return the templates of whole pages."""
    return {path.name for path in (_WEB / "templates").glob("*.html")} - {"base.html"}


def rendered() -> set[str]:
    """Return the templates that the program names where it answers."""
    found = set()
    for path in _WEB.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="render_template"), args=[ast.Constant(name), *_]):
                    found.add(name)
                case ast.Call(func=ast.Name(id="render_template"), lineno=line):
                    raise AssertionError(f"{path.name}:{line} names no template")
    return found


def shown_by(app: Flask, pages: tuple[SeenPage, ...]) -> set[str]:
    """Return the templates that pages answer with, before anything is done on them."""
    readers: dict[Role | None, Reader] = {}
    with _recording(app) as shown:
        for page in pages:
            if page.role not in readers:
                readers[page.role] = Reader(app.test_client())
                if page.role is not None:
                    readers[page.role].sign_in(page.role.value)
            readers[page.role].get(page.path, follow_redirects=True)
    return shown


def led_to(app: Flask) -> set[str]:
    """Return the templates that signing in with two factors, and finding a case, lead to."""
    reader = Reader(app.test_client())
    with _recording(app) as shown:
        reader.get(reader.sign_in(GUARDED).location or "")
        reader.sign_in(Role.OFFICER)
        reader.get("/cases")
        reader.post("/cases/find", number="甲某")
    return shown


@contextmanager
def _recording(app: Flask) -> Iterator[set[str]]:
    shown: set[str] = set()

    def note(_app: Flask, template: Any, **_given: Any) -> None:
        shown.add(template.name)

    with template_rendered.connected_to(note, app):
        yield shown
