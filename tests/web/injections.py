"""Texts that would act where a page took them for more than text, and how to look for them.

Each is followed by a mark of its own, by which it is found on a page whatever a page did to it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

KINDS: Mapping[str, Sequence[str]] = json.loads(
    Path(__file__).with_suffix(".json").read_text("utf-8")
)
TEXTS: tuple[str, ...] = tuple(text for kind in KINDS.values() for text in kind)
_MARK = re.compile(r"§[A-Za-z]+-\d{3}§")
_UNSEEN = ("Cc", "Cf", "Cn", "Co", "Zs", "Zl", "Zp")
_LINKS = frozenset(
    {"href", "src", "action", "formaction", "data", "poster", "srcset", "xlink:href"}
)
_ENTERED = {
    "date": "2026-11-20",
    "datetime-local": "2026-11-24T10:00",
    "number": "1",
    "time": "10:00",
}
"""What is entered where a form asks for a day, an hour or a number and holds none."""
NEVER = frozenset({"iframe", "object", "embed", "base", "marquee", "video", "audio", "math", "x"})


def marked(text: str, field_code: str, number: int) -> str:
    """Return a text with a mark that says which field it was put into."""
    return f"{text}§{field_code}-{number:03d}§"


def marks(text: str) -> set[str]:
    """Return the marks that stand in a text."""
    return set(_MARK.findall(text))


def plain(text: str) -> str:
    """Return what of a text can be seen, in one width."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(one for one in folded if unicodedata.category(one) not in _UNSEEN)


def kept(text: str) -> str:
    """Return a cell's text as it is kept: without the apostrophe before a formula."""
    return plain(re.sub(r"^'(?=[=+\-@＝＋－＠])", "", text))


def chunks(most: int, code: str, first: int = 0) -> Iterator[str]:
    """Yield all texts, as many together as fit into so many characters; kinds stay apart."""
    for kind, texts in KINDS.items():
        held = ""
        for number, text in enumerate(texts, first):
            one = marked(text, f"{code}{kind}", number)
            if held and len(held) + len(one) >= most:
                yield held
                held = ""
            held += one
        if held:
            yield held


@dataclass
class Form:
    """A form of a page: where it leads, and what it sends if its first button is pressed."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    texts: dict[str, int] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    pressed: bool = False


class Page(HTMLParser):
    """What a browser would make of a page, as far as it matters here."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.acting: list[str] = []
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.nonces: set[str] = set()
        self._script: dict[str, str | None] | None = None
        self._form: Form | None = None
        self._select: str | None = None
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        return plain(" ".join(self.texts))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        if tag == "script":
            self._script = held
            if held.get("type") != "application/json" and "src" not in held:
                self.nonces.add(held.get("nonce") or "")
        if tag in NEVER:
            self.acting.append(tag)
        for name, value in held.items():
            self.texts.append(value or "")
            if name.startswith("on") or name == "style":
                self.acting.append(f"{tag} {name}")
            if name in _LINKS and value:
                parts = urlsplit(re.sub(r"[\x00-\x20]", "", value))
                if parts.scheme not in ("", "data", "tel") or parts.netloc:
                    self.acting.append(f"{tag} {name}={parts.scheme}:{parts.netloc}")
                elif tag == "a" and name == "href":
                    self.links.append(value)
        self._read_form(tag, held)

    def _read_form(self, tag: str, held: Mapping[str, str | None]) -> None:
        if tag == "form":
            self._form = Form(held.get("action") or "", (held.get("method") or "get").upper())
            self.forms.append(self._form)
        name, form = held.get("name"), self._form
        if form is None:
            return
        if tag == "select" and name:
            self._select = name
            form.fields[name] = []
        elif tag == "option" and self._select:
            chosen = form.fields[self._select]
            if "selected" in held or not chosen or not chosen[0]:
                form.fields[self._select] = [held.get("value") or ""]
        elif tag == "textarea" and name:
            form.texts[name] = int(held.get("maxlength") or 500)
        elif tag == "button" and name and not form.pressed:
            form.fields.setdefault(name, [held.get("value") or ""])
        elif tag == "input" and name:
            kind = held.get("type") or "text"
            if kind == "file":
                form.files.add(name)
            elif kind in ("text", "search", "password"):
                form.texts[name] = int(held.get("maxlength") or 500)
                form.fields[name] = [held.get("value") or ""]
            elif kind not in ("checkbox", "radio") or {"checked", "required"} & set(held):
                value = held.get("value") or _ENTERED.get(kind, "on")
                form.fields.setdefault(name, []).append(value)
        form.pressed = form.pressed or tag == "button"

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._script = None
        elif tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._script is None:
            self.texts.append(data)
        elif self._script.get("type") == "application/json":
            self.texts.extend(json_texts(json.loads(data)))


def json_texts(value: Any) -> Iterator[str]:
    """Yield every text of a JSON value, those of its keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, held in value.items():
            yield key
            yield from json_texts(held)
    elif isinstance(value, list):
        for held in value:
            yield from json_texts(held)


TAGS = tuple(text for text in TEXTS if re.search(r"<[a-zA-Z/!?]", text))
"""Those that must not stand in a page as they are."""
