"""The language that a reader chose for this browser.

It has a cookie of its own: the session's cookie is written by every answer, and one that was asked
for before the choice and comes after it would take the choice back.
"""

from __future__ import annotations

from flask import current_app, request
from werkzeug.wrappers import Response

from web.config import LANGUAGES

__all__ = ["LANGUAGE_COOKIE", "chosen_language", "keep_language"]

LANGUAGE_COOKIE = "fieldwrit-language"
_KEPT_S = 365 * 24 * 3600


def chosen_language() -> str | None:
    """Return the reader's choice; None where none or an unknown one was made."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    return chosen if chosen in LANGUAGES else None


def keep_language(answer: Response, language: str) -> None:
    """Let the browser keep the reader's choice."""
    answer.set_cookie(
        LANGUAGE_COOKIE,
        language,
        max_age=_KEPT_S,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
