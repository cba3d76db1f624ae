"""Tables in TOML that people write: whatever is wrong with the text is one kind of error."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

__all__ = ["number_within", "parse_toml", "read_toml"]

_DEEPEST = 50
_LARGEST = 2**63  # TOML knows whole numbers of 64 bits


def parse_toml(text: str) -> dict[str, Any]:
    """Return the table that a text in TOML holds; some editors begin it with a byte-order mark.

    Raises
    ------
    ValueError
        If it is no TOML, nests more than fifty deep, or holds a whole number of more than 64 bits.

    Examples
    --------
    >>> parse_toml("[car]\\nmax_kmh = 120")
    {'car': {'max_kmh': 120}}
    """
    try:
        table = tomllib.loads(text.removeprefix("\ufeff"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    left: list[tuple[Any, int]] = [(table, 0)]
    while left:
        value, depth = left.pop()
        if depth > _DEEPEST:
            raise ValueError("nested too deeply")
        if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
            raise ValueError("a whole number of more than 64 bits")
        if isinstance(value, dict | list):
            within = value.values() if isinstance(value, dict) else value
            left.extend((each, depth + 1) for each in within)
    return table


def read_toml(path: Path, unreadable: Exception) -> dict[str, Any]:
    """Return the table of a file that people write.

    Parameters
    ----------
    unreadable
        What is raised where the file cannot be read or is no TOML.
    """
    try:
        return parse_toml(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise unreadable from error


def number_within(value: Any, low: float, high: float, bad: Exception) -> float:
    """Return a value of such a table as a number; ``bad`` is raised where it is none in the limits.

    Examples
    --------
    >>> number_within(3, 0.0, 5.0, ValueError("share"))
    3.0
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise bad
    return float(value)
