"""Tables under foreign headers: which of their columns is which of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from data.column_maps import ColumnMap
from data.imports.cells import Table
from data.imports.columns import Column
from routes.rules import refuse_text

__all__ = ["fitting", "guess", "renamed"]

_NOT_TAKEN = ""


def guess(columns: Iterable[Column]) -> Mapping[str, str]:
    """Return which headers are known without being told, with the keys of their columns."""
    return {text: column.key for column in columns for text in (column.header, *column.aliases)}


def fitting(table: Table, maps: Iterable[ColumnMap]) -> ColumnMap | None:
    """Return the template for a table with these headers."""
    headers = {text for text in table.header if text}
    return next((one for one in maps if one.columns.keys() == headers), None)


def renamed(table: Table, told: Mapping[str, str], columns: Sequence[Column], *, on: date) -> Table:
    """Return a table whose headers are those that were told for them.

    A header of data that may not come in (LAW.md L5, L7, P2) keeps its text, whatever was told,
    so that it is refused; told to be left out, it is not read at all.
    """
    headers = {column.key: column.header for column in columns}
    known = guess(columns)

    def new(text: str) -> str:
        key = told.get(text)
        if key is None or (key != _NOT_TAKEN and key not in headers):
            return text
        if key == _NOT_TAKEN:
            return ""
        barred = text not in known and refuse_text(text, subject="record:import", on=on)
        return text if barred else headers[key]

    return replace(table, header=tuple(map(new, table.header)))
