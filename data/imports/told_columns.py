"""Tables under foreign headers: which of their columns is which of ours."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice

from rapidfuzz import fuzz

from data.column_maps import ColumnMap
from data.imports.cells import Cell, Table, is_blank
from data.imports.columns import Column
from data.imports.values import CellError, read_value
from data.imports.weekly import WeeklyHoursError
from routes.rules import refuse_text

__all__ = ["first_cells", "fitting", "guesses", "known_headers", "renamed"]

_NOT_TAKEN = ""
_LEAST_SCORE = 78.0  # of 100; 结案日期 has 75 by 立案日期
_LOOKED_AT = 20
_ADDRESS = "address_text_"
_ADDRESS_ENDS = ("地址", "住址", "住所", "住所地", "居住地")
_MARKS: tuple[str, ...] = (
    *("申请人", "申请执行人", "代理", "代表", "承办", "联系", "配偶", "电话", "手机", "单位"),
    *("万元", "已执行", "未执行", "到位", "实际", "剩余", "结案", "终本", "恢复", "原审", "首执"),
)
"""Words that make something else of a header: another person, unit or stage of the case."""


def known_headers(columns: Iterable[Column]) -> Mapping[str, str]:
    """Return which headers are known without being told, with the keys of their columns."""
    return {text: column.key for column in columns for text in (column.header, *column.aliases)}


def guesses(table: Table, told: Mapping[str, str], columns: Sequence[Column]) -> Mapping[str, str]:
    """Return what the other headers of a table may mean, for somebody to confirm.

    A header is guessed by its likeness to the texts of a column whose kind its first cells
    fit, and each column for one header at most. What names a further address goes to the next
    address that has none.

    Parameters
    ----------
    told
        The key of a column by header, empty for one that is not imported: what is no guess.
    """
    free = [column for column in columns if column.key not in {told.get(t) for t in table.header}]
    scored = sorted(
        (-score, place, order, text, column.key)
        for place, text in enumerate(table.header)
        if text and text not in told
        for order, (score, column) in enumerate(
            _scored(text, first_cells(table, place, _LOOKED_AT), free)
        )
    )
    found: dict[str, str] = {}
    for _score, _place, _order, text, key in scored:
        if text not in found and key not in found.values():
            found[text] = key
    return found


def first_cells(table: Table, place: int, count: int) -> list[Cell]:
    """Return the first filled cells of a column."""
    cells = (row.cells[place] for row in table.rows if place < len(row.cells))
    return list(islice((cell for cell in cells if not is_blank(cell)), count))


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
    known = known_headers(columns)

    def new(text: str) -> str:
        key = told.get(text)
        if key is None or (key != _NOT_TAKEN and key not in headers):
            return text
        if key == _NOT_TAKEN:
            return ""
        barred = text not in known and refuse_text(text, subject="record:import", on=on)
        return text if barred else headers[key]

    return replace(table, header=tuple(map(new, table.header)))


def _scored(
    text: str, cells: Sequence[Cell], columns: Sequence[Column]
) -> Iterator[tuple[float, Column]]:
    """Yield the columns that a header may mean, with their scores."""
    marks = {mark for mark in _MARKS if mark in text}
    for column in columns:
        texts = [one for one in (column.header, *column.aliases) if all(m in one for m in marks)]
        score = max((fuzz.ratio(text, one) for one in texts), default=0.0)
        if column.key.startswith(_ADDRESS):
            score = _LEAST_SCORE if _is_address(text, marks) else 0.0
        if score >= _LEAST_SCORE and _fit(cells, column):
            yield score, column


def _is_address(text: str, marks: Collection[str]) -> bool:
    """Tell whether a header names an address of the debtor, that of a workplace included."""
    return text.endswith(_ADDRESS_ENDS) and not {*marks} - {"单位", "联系"}


def _fit(cells: Sequence[Cell], column: Column) -> bool:
    try:
        for cell in cells:
            read_value(cell, column)
    except (CellError, WeeklyHoursError):
        return False
    return True
