"""Light, dark, or as the device says: what a reader chose for this browser."""

from __future__ import annotations

from flask import request

__all__ = ["THEME_COOKIE", "THEME_MEDIA", "chosen_theme"]

THEME_COOKIE = "fieldwrit-theme"
THEME_MEDIA = {
    "auto": "screen and (prefers-color-scheme: dark)",
    "light": "not all",
    "dark": "screen",
}
"""For each choice, when the dark style sheet holds. Paper is always light."""


def chosen_theme() -> str:
    """Return the reader's choice; ``auto`` where none or an unknown one was made."""
    chosen = request.cookies.get(THEME_COOKIE, "auto")
    return chosen if chosen in THEME_MEDIA else "auto"
