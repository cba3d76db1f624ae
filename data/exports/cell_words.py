"""The words of a stored value in a cell, as importers read them."""

from __future__ import annotations

from datetime import date
from typing import Any

from data.exports.table_files import TableValue
from data.imports.columns import CHOICE_WORDS

__all__ = ["cell_word"]


def cell_word(value: Any, choices: str) -> TableValue:
    """Return what stands in a cell for a value.

    Parameters
    ----------
    choices
        Which words stand for its codes; empty where it has none.

    Examples
    --------
    >>> cell_word(["a", "b"], ""), cell_word(True, ""), cell_word(None, "")
    ('a、b', '是', '')
    """
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple):
        return "、".join(str(cell_word(one, choices)) for one in value)
    if choices:
        return CHOICE_WORDS[choices][str(value)]
    return value if isinstance(value, float | date) else str(value)
