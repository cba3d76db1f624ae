"""Small files of fields, for what is personal and so is no word of a command line."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from web.errors import TableError

__all__ = ["read_fields", "read_text"]

_MOST_BYTES = 20_000


def read_fields(path: Path, known: Collection[str]) -> dict[str, str]:
    """Return the texts of a JSON object in UTF-8.

    Raises
    ------
    TableError
        If it cannot be read, is no object of texts, or has a field that is not known; names the
        file and the fields that are.
    """
    try:
        fields = json.loads(read_text(path))
    except ValueError as error:
        raise _refused(path, known) from error
    if not isinstance(fields, dict) or not fields.keys() <= set(known):
        raise _refused(path, known)
    if not all(isinstance(text, str) for text in fields.values()):
        raise _refused(path, known)
    return fields


def read_text(path: Path) -> str:
    """Return a short text in UTF-8 without blanks around it.

    Raises
    ------
    TableError
        If it cannot be read; names the file.
    """
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).decode("utf-8-sig").strip()
    except (OSError, ValueError) as error:
        raise TableError("文件 %(file)s 无法读取；请以 UTF-8 保存", file=path.name) from error


def _refused(path: Path, known: Collection[str]) -> TableError:
    return TableError(
        "文件 %(file)s 须为 UTF-8 的 JSON，各项均为文字，只可填：%(known)s",
        file=path.name,
        known="、".join(known),
    )
