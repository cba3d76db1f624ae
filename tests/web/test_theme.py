"""Light and dark: one table of colours each, enough contrast, the reader's choice kept."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from tests.web.conftest import Reader
from web import build
from web.theme import THEME_COOKIE, THEME_MEDIA

WEB = Path(build.__file__).parent
CSS, JS = WEB / "static" / "css", WEB / "static" / "js"
TABLES = ("colours.css", "dark.css")
_LITERAL = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl)a?\(")
_TOKEN = re.compile(r"--([\w-]+): ([^;]+);")
_TEXTS = ("ink", "ink-soft", "ink-faint", "accent", "accent-strong", "danger", "warn", "good")
_GROUNDS = ("card", "paper", "hover", "sunk", "accent-wash")
_TINTS = (*(f"team-{n}" for n in range(1, 9)), *(f"ring-{n}" for n in range(1, 10)))
_FILLS = ("accent", "accent-strong", "danger", "danger-strong", "station", "checkpoint", *_TINTS)
READ = (
    *product(_TEXTS, _GROUNDS),
    *(("on-fill", fill) for fill in _FILLS),
    *((name, f"{name}-wash") for name in ("good", "warn", "danger")),
    *(("on-bar", bar) for bar in ("bar", "bar-hover", "alarm")),
    ("on-signal", "signal"),
    ("on-white", "white"),
    ("late", "card"),
    *((f"map-{kind}-name", "map-residential") for kind in ("town", "village", "road", "water")),
)
SEEN = (
    *product(("edge", "focus"), ("card", "paper")),
    *product(("focus-on-bar",), ("bar", "alarm")),
    *((tint, "map-paper") for tint in _TINTS),
)


def tokens(name: str) -> dict[str, str]:
    return dict(_TOKEN.findall((CSS / name).read_text(encoding="utf-8")))


def contrast(one: str, other: str) -> float:
    """Return the ratio of WCAG 2.2 of two colours."""
    dark, light = sorted(_luminance(colour) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    shares = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_stand_in_the_two_tables_alone() -> None:
    for sheet in CSS.glob("*.css"):
        if sheet.name not in TABLES:
            assert _LITERAL.findall(sheet.read_text(encoding="utf-8")) == [], sheet.name
    for script in JS.rglob("*.js"):
        quoted = re.findall(
            r'["\'](#[0-9a-fA-F]{3,8}|(?:rgb|hsl)a?\([^"\']*)["\']', script.read_text()
        )
        assert quoted == [], script.name


def test_both_tables_hold_the_same_names_and_each_is_used() -> None:
    light, dark = (tokens(name) for name in TABLES)
    assert light.keys() == dark.keys()
    files = [one for end in ("css", "js") for one in (WEB / "static" / end).rglob(f"*.{end}")]
    files += [*WEB.glob("*.py"), *(WEB / "templates").rglob("*.html")]
    told = "".join(one.read_text(encoding="utf-8") for one in files if one.name not in TABLES)
    numbered = re.compile(r"(?:team|ring)-\d")
    unused = [name for name in light if not numbered.match(name) and name not in told]
    assert unused == []


@pytest.mark.parametrize("table", TABLES)
def test_texts_and_signs_stand_out(table: str) -> None:
    held = tokens(table)
    for least, pairs in ((4.5, READ), (3.0, SEEN)):
        weak = [(a, b) for a, b in pairs if contrast(held[a], held[b]) < least]
        assert weak == []


@pytest.mark.parametrize(("kept", "choice"), [*((one, one) for one in THEME_MEDIA), ("x", "auto")])
def test_the_first_paint_has_the_chosen_colours(reader: Reader, kept: str, choice: str) -> None:
    reader.client.set_cookie(THEME_COOKIE, kept)
    page = reader.get("/login").text
    assert f'id="dark-colours" media="{THEME_MEDIA[choice]}"' in page
    assert f'data-choice="{choice}"' in page


def test_scripts_say_nothing_in_one_language() -> None:
    for script in JS.rglob("*.js"):
        told = re.sub(r"^\s*//.*$", "", script.read_text(encoding="utf-8"), flags=re.MULTILINE)
        chinese = "[\u3000-\u9fff\uff00-\uffef]"
        said = re.findall(rf"""["'`][^"'`\n]*{chinese}[^"'`\n]*["'`]""", told)
        assert said == [], script.name
