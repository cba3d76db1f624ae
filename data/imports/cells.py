"""Tables as they were read: rows of cells, and the headers that name their columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

from data.errors import TableFileError
from data.imports import limits
from data.imports.sheet_marks import BadCell

__all__ = [
    "Cell",
    "PlaceColumns",
    "Table",
    "TableRow",
    "check_rows",
    "check_width",
    "header_text",
    "is_blank",
]

Cell = str | int | float | bool | date | datetime | time | timedelta | BadCell


class TableRow(NamedTuple):
    """One row: its number from 1 as the spreadsheet program shows it, and its cells.

    A plain tuple goes from process to process at half the cost of a dataclass.
    """

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet or layer, or a text file: header texts and the rows below that hold something.

    ``sheet`` is empty for text files, ``encoding`` for workbooks.
    """

    file: str
    sheet: str
    encoding: str
    header: tuple[str, ...]
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True)
class PlaceColumns:
    """Headers of the columns that take the points of a layer, as :func:`header_text` has them."""

    lon: str
    lat: str
    datum: str


def header_text(cell: Cell) -> str:
    """Return a header without blanks, marks of required columns, and notes in brackets."""
    text = re.sub(r"\s+", "", str(cell)).strip("\ufeff\"'*＊：:")
    return re.sub(r"[（(](?:必填|选填|可选)[）)]$", "", text)


def is_blank(cell: Cell) -> bool:
    """Tell whether a cell holds nothing; a marked one holds something unreadable."""
    return isinstance(cell, str) and not isinstance(cell, BadCell) and not cell.strip()


def check_width(path: Path, sheet: str, columns: int) -> None:
    """Refuse a table with more columns than any that courts use.

    Raises
    ------
    TableFileError
        Names the file, the sheet and the cure.
    """
    if columns > limits.MAX_COLUMNS:
        raise TableFileError(
            "文件 %(file)s“%(sheet)s”有 %(count)d 列，超过 %(limit)d 列；请删去多余的列",
            file=path.name,
            sheet=sheet or path.name,
            count=columns,
            limit=limits.MAX_COLUMNS,
        )


def check_rows(path: Path, rows: int, cells: int) -> None:
    """Refuse a file with more rows, or more cells in all of them, than can be held at once.

    Raises
    ------
    TableFileError
        Names the file and the cure.
    """
    if rows > limits.MAX_ROWS or cells > limits.MAX_CELLS:
        raise TableFileError(
            "文件 %(file)s 超过 %(rows)d 行或 %(cells)d 格；请分成几个文件导入",
            file=path.name,
            rows=limits.MAX_ROWS,
            cells=limits.MAX_CELLS,
        )
