"""Translation for the terminal: the same catalogues as the pages, without a request."""

from __future__ import annotations

import gettext
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

__all__ = ["Translate", "marked", "translator"]

Translate = Callable[[str], str]

_CATALOGUES = Path(__file__).resolve().parent / "translations"


@lru_cache
def translator(language: str) -> Translate:
    """Return the function that turns Chinese source text into ``language``.

    Chinese is the source language; a catalogue that was not compiled yet leaves it as it is.
    """
    if language == "zh":
        return str
    return gettext.translation("messages", _CATALOGUES, languages=[language], fallback=True).gettext


def marked(msgid: str) -> str:
    """Return Chinese source text as it is; catalogue extraction looks for calls of this name."""
    return msgid
