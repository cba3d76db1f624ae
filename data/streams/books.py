"""Workbooks (xlsx, xlsm, xls, ods): one sheet, held compactly, read row by row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path

import python_calamine as calamine

from data.errors import TableFileError
from data.imports import limits
from data.imports.cells import header_text, is_blank
from data.imports.readers import pick_header
from data.imports.sheet_marks import BadCell, damaged_error, marked_cells, sheet_too_large
from data.streams.model import Cell, ColumnKind, Row, cell_text

__all__ = ["BookSource", "open_book"]

_HEAD_ROWS = 10
_Marks = dict[int, dict[int, BadCell]]


@dataclass(frozen=True, slots=True, eq=False)
class BookSource:
    """A sheet of an open workbook; implements :class:`data.streams.model.TableSource`.

    The sheet is held by calamine, about 65 bytes a cell, and turned into Python row by row.
    A cell merged downwards gives its value to each row that it covers.
    """

    path: Path
    sheet: str
    other_sheets: tuple[str, ...]
    header: tuple[str, ...]
    kinds: tuple[ColumnKind, ...]
    first_row: int
    total: int
    unread_cells: int
    _grid: _Grid = field(repr=False)

    encoding = ""

    def rows(self, start: int = 0) -> Iterator[Row]:
        """Yield the rows below the header from the one at ``start``."""
        begin = self.first_row - 1
        width = len(self.header)
        for cells in islice(self._grid.rows(), begin + start, begin + self.total):
            yield tuple(cells[:width]) + ("",) * (width - len(cells))


class _Grid:
    """All rows of a sheet from its first, with merged cells filled and bad ones marked."""

    def __init__(self, sheet: calamine.CalamineSheet, marks: dict[tuple[int, int], BadCell]):
        self._sheet = sheet
        self._marks: _Marks = {}
        for (row, column), mark in marks.items():
            self._marks.setdefault(row, {})[column] = mark
        self._merged: dict[int, list[tuple[int, int]]] = {}
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
            if left == right:
                self._merged.setdefault(top, []).append((left, bottom))

    def rows(self) -> Iterator[list[Cell]]:
        """Yield the cells of each row from column A on."""
        start = self._sheet.start
        indent: list[Cell] = [""] * (start[1] if start else 0)
        hanging: dict[int, tuple[int, Cell]] = {}  # column: last row covered, value
        number = -1
        for number, row in enumerate(self._sheet.iter_rows()):
            cells: list[Cell] = [*indent, *row]
            if hanging:
                hanging = {c: held for c, held in hanging.items() if held[0] >= number}
                for column, (_, value) in hanging.items():
                    if column < len(cells) and is_blank(cells[column]):
                        cells[column] = value
            for column, bottom in self._merged.get(number, ()):
                if column < len(cells) and not is_blank(cells[column]):
                    hanging[column] = bottom, cells[column]
            self._mark(cells, self._marks.get(number))
            yield cells
        for row_number in range(number + 1, max(self._marks, default=-1) + 1):
            beyond: list[Cell] = []
            self._mark(beyond, self._marks.get(row_number))
            yield beyond

    def _mark(self, cells: list[Cell], marks: dict[int, BadCell] | None) -> None:
        for column, mark in (marks or {}).items():
            cells.extend([""] * (column + 1 - len(cells)))
            cells[column] = mark


@contextmanager
def open_book(path: Path, *, sheet: str | None, known: Collection[str]) -> Iterator[BookSource]:
    """Open the named sheet of a workbook, or the first visible one that holds something.

    Raises
    ------
    TableFileError
        If the workbook is broken, cut short, locked by a password, too large, or has no such
        sheet. Names the file, the sheet and the cure.
    """
    with path.open("rb") as file:
        marks = marked_cells(file, path) if file.read(2) == b"PK" else {}
    try:
        with calamine.load_workbook(path) as book:
            yield _source(book, path, marks, sheet, {header_text(word) for word in known})
    except calamine.PasswordError as error:
        raise TableFileError(
            "文件 %(file)s 设有密码；请去除密码后另存再导入", file=path.name
        ) from error
    except calamine.CalamineError as error:
        raise damaged_error(path) from error


def _source(
    book: calamine.CalamineWorkbook,
    path: Path,
    marks: dict[str, dict[tuple[int, int], BadCell]],
    wanted: str | None,
    words: Collection[str],
) -> BookSource:
    names = [
        meta.name
        for meta in book.sheets_metadata
        if meta.visible is calamine.SheetVisibleEnum.Visible
        and meta.typ is calamine.SheetTypeEnum.WorkSheet
    ]
    if wanted is not None and wanted not in names:
        raise TableFileError(
            "文件 %(file)s 没有工作表“%(sheet)s”；可选的有：%(known)s",
            file=path.name,
            sheet=wanted,
            known="、".join(names),
        )
    for position, name in enumerate(names if wanted is None else [wanted]):
        page = book.get_sheet_by_name(name)
        if page.total_height * page.total_width > limits.MAX_SHEET_CELLS:
            raise sheet_too_large(path, name)
        grid = _Grid(page, marks.get(name, {}))
        heads = list(_heads(grid.rows()))
        if heads:
            others = names[position + 1 :] if wanted is None else []
            unread = len(marks.get(name, {}))
            return _looked_through(grid, heads, path, name, _filled(book, others), unread, words)
    raise TableFileError(
        "文件 %(file)s 中没有任何内容；请核对是否选对了文件、内容是否在隐藏的工作表中",
        file=path.name,
    )


def _filled(book: calamine.CalamineWorkbook, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if book.get_sheet_by_name(name).start is not None)


def _heads(rows: Iterable[list[Cell]]) -> Iterator[tuple[int, list[Cell]]]:
    filled = (
        (number, cells)
        for number, cells in enumerate(rows, start=1)
        if not all(map(is_blank, cells))
    )
    return islice(filled, _HEAD_ROWS)


def _looked_through(
    grid: _Grid,
    heads: list[tuple[int, list[Cell]]],
    path: Path,
    sheet: str,
    others: tuple[str, ...],
    unread: int,
    words: Collection[str],
) -> BookSource:
    head_row, head = heads[pick_header([cells for _, cells in heads], words)]
    last = width = 0
    kinds: dict[int, ColumnKind] = {}
    for number, cells in enumerate(grid.rows(), start=1):
        filled = len(cells)
        while filled and is_blank(cells[filled - 1]):
            filled -= 1
        if filled:
            last, width = number, max(width, filled)
            if number > head_row:
                _learn_kinds(kinds, cells[:filled])
    header = [cell_text(cell) for cell in head][:width]
    header += [""] * (width - len(header))
    return BookSource(
        path,
        sheet,
        others,
        tuple(header),
        tuple(kinds.get(column, ColumnKind.TEXT) for column in range(width)),
        head_row + 1,
        last - head_row,
        unread,
        grid,
    )


def _learn_kinds(kinds: dict[int, ColumnKind], cells: list[Cell]) -> None:
    """Widen what each column is known to hold by one row."""
    for column, cell in enumerate(cells):
        held = kinds.get(column)
        if held is ColumnKind.TEXT:
            continue
        if isinstance(cell, (str, bool, date, datetime, time, timedelta)):
            if isinstance(cell, BadCell) or not is_blank(cell):
                kinds[column] = ColumnKind.TEXT
        elif float(cell).is_integer() and abs(cell) < 2**53:
            kinds[column] = held or ColumnKind.INTEGER
        else:
            kinds[column] = ColumnKind.REAL
