"""What people type freely: nothing of it is kept that may not come in by a table either."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from routes.rules import refuse_typed
from web.errors import FreeTextError
from web.namesakes import FIELDS

__all__ = ["CELL", "refuse_free_text"]

_SENTENCES = frozenset(
    {"reason", "override_reason", "sign_reason", "description", "message", "alarm_note"}
)
_PAPERS = frozenset({"number", "document", "sign_document"})
"""Numbers of papers; in the register they may name the kind of data that a paper is about."""
_LONGEST = 32_767
"""Characters of a text, as many as a cell has; to look at a million takes seconds."""
_NEVER_KEPT = frozenset({*FIELDS, "username", "password", "csrf_token"})
"""Compared and forgotten, hashed or a token."""
CELL = "cell-"
"""Begins the fields of a row that is mended: an import looks at each by its column."""


def refuse_free_text(
    fields: Iterable[tuple[str, object]], *, on: date, of_data: bool = False
) -> None:
    """Raise where a field holds what may not be kept (LAW.md L5, L7, P2).

    Every field is looked at for journeys by rail and numbers of people, whatever its name, but
    for cells of a row that is imported;
    sentences and numbers of papers also for words of data that may not come in. Places are names
    and may hold such words.

    Parameters
    ----------
    fields
        Names as forms and small files have them, with what was sent; only texts count.
    of_data
        Whether they are of the register, which tells of data by their kinds.

    Raises
    ------
    FreeTextError
        With what it is and the cure, never the text; also for one that is far too long.
    """
    worded = _SENTENCES if of_data else _SENTENCES | _PAPERS
    for name, text in fields:
        if not isinstance(text, str) or name in _NEVER_KEPT or name.endswith("_yuan"):
            continue
        if name.startswith(CELL):
            continue
        if len(text) > _LONGEST:
            raise FreeTextError("有一项文字过长，未予保存；至多 %(most)d 字", most=_LONGEST)
        why = refuse_typed(text, place=name not in worded, on=on)
        if why is not None:
            raise FreeTextError("未予保存：%(why)s", why=why)
