"""Whether a page is set in the court's own font from its first paint on."""

from __future__ import annotations

from flask import request

__all__ = ["FONT_COOKIE", "page_font"]

FONT_COOKIE = "fieldwrit-font"
_ON_PHONES = frozenset({"field.page"})


def page_font() -> str:
    """Return ``kept`` where the browser has the font, else ``late``; ``none`` on a phone's page."""
    if request.endpoint in _ON_PHONES:
        return "none"
    return "kept" if request.cookies.get(FONT_COOKIE) == "kept" else "late"
