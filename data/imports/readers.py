"""Table files into rows of cells: workbooks, text, and layers of points.

Nothing is guessed about the content: an encoding is taken when the whole file decodes in it
and its header holds words that are looked for. Cells whose content Excel never calculated, or
calculated to an error, are marked, because they would otherwise look empty.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Thread
from types import MappingProxyType
from typing import Protocol, TextIO, TypeVar

import python_calamine as calamine

from data.errors import TableFileError
from data.formula_signs import KEPT_AS_TEXT
from data.imports import limits
from data.imports.apart import Beside, beside, read_apart
from data.imports.archives import sound
from data.imports.cells import (
    Cell,
    PlaceColumns,
    Table,
    TableRow,
    check_rows,
    check_width,
    header_text,
    is_blank,
)
from data.imports.file_kinds import LAYER_KINDS, FileKind, kind_of, may_be_layers
from data.imports.kml_tables import read_kml
from data.imports.sheet_marks import BadCell, damaged_error, marked_cells, sheet_too_large
from geo.model import Datum

__all__ = [
    "GUESSED_ENCODINGS",
    "pick_header",
    "quotes_error",
    "read_table",
    "read_tables",
    "text_delimiter",
    "text_encodings",
]

_HEADER_ROWS = 10
_TEXT_ENCODINGS = ("utf-8", "gbk", "gb18030", "big5")
GUESSED_ENCODINGS = ("utf-16-le", "utf-16-be")
"""Encodings that nearly any bytes decode in: a header word must be found in them."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = ",\t;，|"
_WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".et")
_TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
_READ_BESIDE_BYTES = 4_000_000
"""A larger workbook is read while its marks are looked for; a smaller one only once it is sound."""

_HALVED_ROWS = 20_000
"""A sheet of so many rows is made into rows by two processes."""

_T = TypeVar("_T")
_SHARED = frozenset((str, date))
_NUMBERED = frozenset((str, date, float))
_REMEMBERED = 50_000
_QUOTED_FORMULA = re.compile(r'\s*="((?:[^"]|"")*)"\s*')


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller looks for: header texts, columns for points, and their datum if stated."""

    known: frozenset[str] = frozenset()
    place: PlaceColumns | None = None
    datum: Datum | None = None


@dataclass(frozen=True, slots=True)
class _Filled:
    """Rows of a sheet that hold something, and how many cells they have to the last filled one."""

    rows: list[TableRow]
    cells: int


@dataclass(frozen=True, slots=True)
class _Halved:
    """A table of a sheet's first rows, and what is made of the others meanwhile: more rows."""

    first: Table
    cells: int
    others: Beside | _Filled

    def whole(self, path: Path) -> Table:
        """Return the table of all rows, once it was received from the process that read it."""
        assert isinstance(self.others, _Filled)
        rows = (*self.first.rows, *self.others.rows)
        check_rows(path, len(rows), self.cells + self.others.cells)
        return replace(self.first, rows=rows)


class TableReader(Protocol):
    """Reads every table of a file of one kind; called in a process of its own."""

    def __call__(self, path: Path, wanted: Wanted) -> tuple[Table | _Halved, ...]:
        """Return the tables that hold something.

        Raises a :class:`TableFileError` where the file is broken or too large.
        """
        ...


def read_table(path: Path, *, known: Collection[str] = ()) -> Table:
    """Return the first sheet that holds something; see :func:`read_tables`."""
    return read_tables(path, known=known)[0]


def read_tables(
    path: Path,
    *,
    known: Collection[str] = (),
    place: PlaceColumns | None = None,
    datum: Datum | None = None,
) -> tuple[Table, ...]:
    """Read all visible sheets or layers that hold something.

    The work is done in a process of its own (:mod:`data.imports.apart`), within the limits of
    :mod:`data.imports.limits`.

    Parameters
    ----------
    path
        A workbook (xlsx, xlsm, xls, ods), text (csv, tsv) in UTF-8, UTF-16, GBK, GB18030 or
        Big5, or layers of points (GeoJSON, GeoPackage, Shapefile also zipped, KML).
    known
        Header texts to look for: the header is the row among the first ten that holds most
        of them, so that a title above it does no harm.
    place
        Columns that take the points of a layer, in degrees.
    datum
        Datum of a layer's numbers where the file states no coordinate system.

    Raises
    ------
    TableFileError
        If the file is missing, empty, too large, cut short, locked by a password, or of
        another kind. Names the file and the cure.
    """
    if may_be_layers(path):
        from data.imports import layer_tables  # noqa: F401 - loaded once, not in each process
    wanted = Wanted(frozenset(header_text(word) for word in known), place, datum)
    found = read_apart(path, _read, path, wanted)
    tables = tuple(one.whole(path) if isinstance(one, _Halved) else one for one in found)
    if not tables:
        raise TableFileError(
            "文件 %(file)s 中没有任何内容；请核对是否选对了文件、内容是否在隐藏的工作表中",
            file=path.name,
        )
    return tables


def _read(path: Path, wanted: Wanted) -> tuple[Table | _Halved, ...]:
    return _READERS[kind_of(path)](path, wanted)


# Workbooks


def _workbook(path: Path, wanted: Wanted) -> tuple[Table | _Halved, ...]:
    data = path.read_bytes()
    begun = _begun(partial(_opened, data)) if len(data) > _READ_BESIDE_BYTES else None
    marks = marked_cells(io.BytesIO(data), path) if data[:2] == b"PK" else {}
    with sound(path, damaged_error, calamine.CalamineError):
        try:
            opened = _opened(data) if begun is None else begun.result()
            with opened.book:
                return tuple(_sheets(opened, path, marks, wanted))
        except calamine.PasswordError as error:
            raise TableFileError(
                "文件 %(file)s 设有密码；请去除密码后另存再导入", file=path.name
            ) from error


@dataclass(frozen=True, slots=True)
class _Opened:
    """A workbook with the names of the sheets that are seen, and the first of these."""

    book: calamine.CalamineWorkbook
    names: tuple[str, ...]
    first: calamine.CalamineSheet | None


def _opened(data: bytes) -> _Opened:
    book = calamine.load_workbook(io.BytesIO(data))
    names = tuple(
        meta.name
        for meta in book.sheets_metadata
        if meta.visible is calamine.SheetVisibleEnum.Visible
        and meta.typ is calamine.SheetTypeEnum.WorkSheet
    )
    return _Opened(book, names, book.get_sheet_by_name(names[0]) if names else None)


def _begun(act: Callable[[], _T]) -> Future[_T]:
    """Begin what another processor may do; the end of this process does not wait for it."""
    future: Future[_T] = Future()

    def run() -> None:
        try:
            future.set_result(act())
        except BaseException as error:
            future.set_exception(error)

    Thread(target=run, daemon=True).start()
    return future


def _sheets(
    opened: _Opened,
    path: Path,
    marks: Mapping[str, Mapping[tuple[int, int], BadCell]],
    wanted: Wanted,
) -> Iterator[Table | _Halved]:
    total = 0
    for name in opened.names:
        first = opened.first if name == opened.names[0] else None
        sheet = first or opened.book.get_sheet_by_name(name)
        if sheet.total_height * sheet.total_width > limits.MAX_SHEET_CELLS:
            raise sheet_too_large(path, name)
        if len(opened.names) == 1 and not marks.get(name) and _falls_apart(sheet):
            halved = _halved(sheet, path, wanted)
            if halved is not None:
                yield halved
                return
        cells: list[list[Cell]] = sheet.to_python(skip_empty_area=False)
        _fill_merged(cells, sheet.merged_cell_ranges or [])
        for (row, column), mark in marks.get(name, {}).items():
            _mark(cells, row, column, mark)
        table = _table(path, name, "", enumerate(cells, start=1), wanted)
        if table is not None:
            total += len(table.rows)
            check_rows(path, total, 0)
            yield table


def _falls_apart(sheet: calamine.CalamineSheet) -> bool:
    """Return whether a sheet has many rows, of which none is merged with another."""
    return (
        sheet.height >= _HALVED_ROWS
        and sheet.start == (0, 0)
        and all(first[0] == last[0] for first, last in sheet.merged_cell_ranges or ())
    )


def _halved(sheet: calamine.CalamineSheet, path: Path, wanted: Wanted) -> _Halved | None:
    """Return a sheet of which two processes make rows, None where the first half has no header."""
    half = sheet.height // 2

    def made(begin: int, end: int | None) -> _Filled:
        cells = islice(sheet.iter_rows(), begin, end)
        return _filled(path, sheet.name, enumerate(cells, start=begin + 1))

    head = made(0, _HEADER_ROWS)
    if len(head.rows) < _HEADER_ROWS:
        return None
    others = beside(path, partial(made, half, None))
    first = made(0, half)
    return _Halved(_headed(path, sheet.name, "", first.rows, wanted), first.cells, others)


def _fill_merged(
    cells: list[list[Cell]], ranges: Sequence[tuple[tuple[int, int], tuple[int, int]]]
) -> None:
    """Give each cell of a range merged over several rows the value that is seen there.

    One merged along a row only is a heading over several columns, whose value stands in one.
    """
    for (top, left), (bottom, right) in ranges:
        if top == bottom or top >= len(cells) or left >= len(cells[top]):
            continue
        value = cells[top][left]
        if is_blank(value):
            continue
        for row in cells[top : bottom + 1]:
            for column in range(left, min(right + 1, len(row))):
                if is_blank(row[column]):
                    row[column] = value


def _mark(cells: list[list[Cell]], row: int, column: int, mark: BadCell) -> None:
    while len(cells) <= row:
        cells.append([])
    cells[row].extend([""] * (column + 1 - len(cells[row])))
    cells[row][column] = mark


# Text


def text_encodings(head: bytes, path: Path) -> tuple[str, ...]:
    """Return the encodings to try, by the first 4,000 bytes of a text file.

    Raises
    ------
    TableFileError
        If the file is a web page, a broken workbook, or of a kind that is not supported.
    """
    start = head[:400].lstrip().lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta")):
        raise TableFileError(
            "文件 %(file)s 其实是网页或 XML；请在 Excel 或 WPS 中打开并另存为 xlsx", file=path.name
        )
    suffix = path.suffix.lower()
    if suffix in _WORKBOOK_SUFFIXES:
        raise damaged_error(path)
    if suffix not in _TEXT_SUFFIXES:
        raise _unsupported(path)
    bom = next((encoding for mark, encoding in _BOMS if head.startswith(mark)), None)
    if bom is not None:
        return (bom,)
    return GUESSED_ENCODINGS if b"\x00" in head else _TEXT_ENCODINGS


def _unsupported(path: Path) -> TableFileError:
    return TableFileError(
        "文件 %(file)s 的类型不受支持；请用 xlsx、xls、ods、csv、GeoJSON、GPKG、SHP 或 KML 文件",
        file=path.name,
    )


def _text(path: Path, wanted: Wanted) -> tuple[Table, ...]:
    data = path.read_bytes()
    encodings = text_encodings(data[:4000], path)
    found: tuple[int, Table] | None = None
    for encoding in encodings:
        try:
            table = _parsed(data, encoding, path, wanted)
        except UnicodeError:
            continue
        hits = 0 if table is None else _hits(table.header, wanted.known)
        if encoding in GUESSED_ENCODINGS and not hits:
            continue
        if table is not None and (found is None or hits > found[0]):
            found = hits, table
        if hits or encoding == "utf-8":
            break
    else:
        if encodings is GUESSED_ENCODINGS:
            raise _unsupported(path)
        if found is None:
            raise TableFileError(
                "文件 %(file)s 的文字编码无法识别；请另存为 UTF-8 或 GBK 的 csv，或另存为 xlsx",
                file=path.name,
            )
    return () if found is None else (found[1],)


def text_delimiter(lines: Sequence[str], known: Collection[str]) -> str:
    """Return the mark between cells by the first lines: it cuts out most words looked for.

    Where no mark cuts out any, the one that most lines hold equally often is taken; so commas
    inside the addresses of a table with one column count for nothing.
    """

    def fit(mark: str) -> tuple[int, int]:
        hits, marks = max(
            ((_hits(line.split(mark), known), line.count(mark)) for line in lines), default=(0, 0)
        )
        if hits:
            return hits, marks
        return 0, Counter(line.count(mark) for line in lines).most_common(1)[0][0] if lines else 0

    return max(_DELIMITERS, key=fit)


def quotes_error(path: Path, row: int) -> TableFileError:
    """Return the error for a text table whose quotes do not pair at a row, from 1."""
    return TableFileError(
        "文件 %(file)s 第 %(row)d 行的引号不成对，或文件不完整；请重新导出",
        file=path.name,
        row=row,
    )


def _parsed(data: bytes, encoding: str, path: Path, wanted: Wanted) -> Table | None:
    def opened() -> TextIO:
        return io.TextIOWrapper(io.BytesIO(data), encoding, newline="")

    heads = [line.rstrip("\r\n") for line in islice(_lines(opened(), path), _HEADER_ROWS)]
    delimiter = text_delimiter(heads, wanted.known)
    return _table(
        path, "", encoding, enumerate(_records(opened(), delimiter, path), start=1), wanted
    )


def _lines(file: TextIO, path: Path) -> Iterator[str]:
    number = 0
    while line := file.readline(limits.MAX_LINE_CHARS):
        number += 1
        if len(line) == limits.MAX_LINE_CHARS:
            raise TableFileError(
                "文件 %(file)s 第 %(row)d 行过长，不是表格的一行；请核对内容，或另存为 xlsx 后重试",
                file=path.name,
                row=number,
            )
        yield line


def _records(file: TextIO, delimiter: str, path: Path) -> Iterator[list[Cell]]:
    number = 0
    try:
        for cells in csv.reader(_lines(file, path), delimiter=delimiter, strict=True):
            number += 1
            yield [_unquoted(cell) for cell in cells]
    except csv.Error as error:
        if "limit" in str(error):
            raise _cell_too_long(path, "", number + 1) from error
        raise quotes_error(path, number + 1) from error


def _unquoted(cell: str) -> str:
    """Return the text that a text file keeps from being taken for a formula."""
    if KEPT_AS_TEXT.match(cell):
        return cell[1:]
    inner = _QUOTED_FORMULA.fullmatch(cell)
    return cell if inner is None else inner[1].replace('""', '"')


# Both


def _table(
    path: Path,
    sheet: str,
    encoding: str,
    rows: Iterator[tuple[int, Sequence[Cell]]],
    wanted: Wanted,
) -> Table | None:
    filled = _filled(path, sheet, rows).rows
    return _headed(path, sheet, encoding, filled, wanted) if filled else None


def _filled(path: Path, sheet: str, rows: Iterator[tuple[int, Sequence[Cell]]]) -> _Filled:
    filled: list[TableRow] = []
    total = looked_at = 0
    seen: dict[Cell, Cell] = {}  # a text or day that stands in many cells is kept once
    once = seen.setdefault
    for number, cells in rows:
        width = len(cells)
        while width and (cells[width - 1] == "" or is_blank(cells[width - 1])):
            width -= 1
        if not width:
            continue
        check_width(path, sheet, width)
        if len(seen) > _REMEMBERED:
            _check_lengths(path, sheet, seen, filled[looked_at:])
            looked_at = len(filled)
            seen.clear()
        if _NUMBERED.issuperset(map(type, cells)):
            kept = tuple(map(once, cells, cells))
        else:
            kept = tuple([once(cell, cell) if type(cell) in _SHARED else cell for cell in cells])
        filled.append(TableRow(number, kept))
        total += width
        check_rows(path, len(filled), total)
    _check_lengths(path, sheet, seen, filled[looked_at:])
    return _Filled(filled, total)


def _headed(
    path: Path, sheet: str, encoding: str, filled: Sequence[TableRow], wanted: Wanted
) -> Table:
    best = pick_header([row.cells for row in filled[:_HEADER_ROWS]], wanted.known)
    header = tuple(header_text(cell) for cell in filled[best].cells)
    return Table(path.name, sheet, encoding, header, tuple(filled[best + 1 :]))


def _check_lengths(
    path: Path, sheet: str, seen: Mapping[Cell, Cell], rows: Sequence[TableRow]
) -> None:
    """Refuse a row with a text that is too long; ``seen`` holds the texts of all rows."""
    if any(map(_is_long, seen)):
        raise _cell_too_long(
            path, sheet, next(row.number for row in rows if any(map(_is_long, row.cells)))
        )


def _is_long(cell: Cell) -> bool:
    return type(cell) is str and len(cell) > limits.MAX_CELL_CHARS


def _cell_too_long(path: Path, sheet: str, row: int) -> TableFileError:
    return TableFileError(
        "文件 %(file)s“%(sheet)s”第 %(row)d 行有一格超过 %(limit)d 个字符；"
        "请缩短，或核对引号是否成对",
        file=path.name,
        sheet=sheet or path.name,
        row=row,
        limit=limits.MAX_CELL_CHARS,
    )


def _layers(path: Path, wanted: Wanted) -> tuple[Table, ...]:
    from data.imports.layer_tables import read_layers  # heavy, and needed for these kinds only

    return read_layers(path, wanted.known, wanted.place, wanted.datum)


def pick_header(rows: Sequence[Sequence[Cell]], known: Collection[str]) -> int:
    """Return which of a table's first filled rows holds most of the words looked for."""
    return max(range(len(rows)), key=lambda index: (_hits(rows[index], known), -index))


def _hits(header: Sequence[Cell], known: Collection[str]) -> int:
    return sum(1 for word in header if header_text(word) in known)


_READERS: Mapping[FileKind, TableReader] = MappingProxyType(
    {
        FileKind.BOOK: _workbook,
        FileKind.TEXT: _text,
        **dict.fromkeys(LAYER_KINDS, _layers),
        FileKind.KML: read_kml,
    }
)
