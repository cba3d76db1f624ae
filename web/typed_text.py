"""What people type freely: nothing of it is kept that may not come in by a table either."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from routes.rules import refuse_typed
from web.errors import FreeTextError

__all__ = ["refuse_free_text"]

_WORDS = frozenset({"reason", "override_reason", "sign_reason", "description"})
_PLACES = frozenset({"place", "note"})
"""Names of places, and notes of the register, which tell of leaked data by their kinds."""


def refuse_free_text(fields: Iterable[tuple[str, object]], *, on: date) -> None:
    """Raise where a field that is typed freely holds what may not be kept (LAW.md L5, L7, P2).

    Parameters
    ----------
    fields
        Names as forms and small files have them, with their texts; others are passed over.

    Raises
    ------
    FreeTextError
        With what it is and the cure, never the text.
    """
    for name, text in fields:
        if isinstance(text, str) and name in _WORDS | _PLACES:
            why = refuse_typed(text, place=name in _PLACES, on=on)
            if why is not None:
                raise FreeTextError("未予保存：%(why)s", why=why)
