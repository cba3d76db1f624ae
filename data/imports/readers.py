"""Table files into rows of cells: workbooks (xlsx, xlsm, xls, ods) and text (csv, tsv).

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
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import python_calamine as calamine

from data.errors import TableFileError
from data.imports.sheet_marks import BadCell, damaged_error, marked_cells

__all__ = [
    "MAX_CELLS",
    "BadCell",
    "Cell",
    "Table",
    "TableRow",
    "header_text",
    "is_blank",
    "is_workbook",
    "pick_header",
    "quotes_error",
    "read_table",
    "read_tables",
    "text_delimiter",
    "text_encodings",
]

_MAX_BYTES = 200_000_000
MAX_CELLS = 20_000_000
_HEADER_ROWS = 10
_TEXT_ENCODINGS = ("utf-8", "gbk", "gb18030", "big5")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = ",\t;，|"
_WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".et")
_TEXT_SUFFIXES = (".csv", ".tsv", ".txt")


Cell = str | int | float | bool | date | datetime | time | timedelta | BadCell


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its number from 1 as the spreadsheet program shows it, and its cells."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet, or a text file: header texts and the rows below that hold something.

    ``sheet`` is empty for text files, ``encoding`` for workbooks.
    """

    file: str
    sheet: str
    encoding: str
    header: tuple[str, ...]
    rows: tuple[TableRow, ...]


def read_table(path: Path, *, known: Collection[str] = ()) -> Table:
    """Return the first sheet that holds something; see :func:`read_tables`."""
    return read_tables(path, known=known)[0]


def read_tables(path: Path, *, known: Collection[str] = ()) -> tuple[Table, ...]:
    """Read all visible sheets that hold something.

    Parameters
    ----------
    path
        A workbook (xlsx, xlsm, xls, ods) or text (csv, tsv) in UTF-8, UTF-16, GBK, GB18030
        or Big5.
    known
        Header texts to look for: the header is the row among the first ten that holds most
        of them, so that a title above it does no harm.

    Raises
    ------
    TableFileError
        If the file is missing, empty, too large, cut short, locked by a password, or of
        another kind. Names the file and the cure.
    """
    data = _read_bytes(path)
    looked_for = {header_text(word) for word in known}
    if is_workbook(data):
        tables = _workbook(data, path, looked_for)
    else:
        tables = _text(data, path, looked_for)
    if not tables:
        raise TableFileError(
            "文件 %(file)s 中没有任何内容；请核对是否选对了文件、内容是否在隐藏的工作表中",
            file=path.name,
        )
    return tables


def _read_bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise TableFileError(
                "文件 %(file)s 超过 %(limit)d MB；请分成几个文件导入",
                file=path.name,
                limit=_MAX_BYTES // 1_000_000,
            )
        data = path.read_bytes()
    except OSError as error:
        raise TableFileError(
            "文件 %(file)s 无法读取（%(why)s）；请核对路径和权限",
            file=path.name,
            why=error.strerror or type(error).__name__,
        ) from error
    if not data.strip(b"\x00 \r\n\t"):
        raise TableFileError("文件 %(file)s 是空的；请重新导出", file=path.name)
    return data


# Workbooks


def _workbook(data: bytes, path: Path, known: Collection[str]) -> tuple[Table, ...]:
    marks = marked_cells(io.BytesIO(data), path) if data[:2] == b"PK" else {}
    tables = []
    try:
        with calamine.load_workbook(io.BytesIO(data)) as book:
            for meta in book.sheets_metadata:
                if (
                    meta.visible is not calamine.SheetVisibleEnum.Visible
                    or meta.typ is not calamine.SheetTypeEnum.WorkSheet
                ):
                    continue
                sheet = book.get_sheet_by_name(meta.name)
                if sheet.total_height * sheet.total_width > MAX_CELLS:
                    raise TableFileError(
                        "文件 %(file)s 工作表“%(sheet)s”过大；请删去表格以外的内容，或分成几个文件",
                        file=path.name,
                        sheet=meta.name,
                    )
                cells: list[list[Cell]] = [
                    list(row) for row in sheet.to_python(skip_empty_area=False)
                ]
                _fill_merged(cells, sheet.merged_cell_ranges or [])
                for (row, column), mark in marks.get(meta.name, {}).items():
                    _mark(cells, row, column, mark)
                numbered = [TableRow(i, tuple(row)) for i, row in enumerate(cells, start=1)]
                table = _table(path.name, meta.name, "", numbered, known)
                if table is not None:
                    tables.append(table)
    except calamine.PasswordError as error:
        raise TableFileError(
            "文件 %(file)s 设有密码；请去除密码后另存再导入", file=path.name
        ) from error
    except (calamine.CalamineError, ValueError, OSError) as error:
        raise damaged_error(path) from error
    return tuple(tables)


def _fill_merged(
    cells: list[list[Cell]], ranges: Sequence[tuple[tuple[int, int], tuple[int, int]]]
) -> None:
    """Give each cell of a range merged downwards the value that is seen there."""
    for (top, left), (bottom, right) in ranges:
        if left != right or top >= len(cells) or left >= len(cells[top]):
            continue
        for row in range(top + 1, min(bottom + 1, len(cells))):
            if not is_blank(cells[top][left]) and is_blank(cells[row][left]):
                cells[row][left] = cells[top][left]


def _mark(cells: list[list[Cell]], row: int, column: int, mark: BadCell) -> None:
    while len(cells) <= row:
        cells.append([])
    cells[row].extend([""] * (column + 1 - len(cells[row])))
    cells[row][column] = mark


# Text


def is_workbook(head: bytes) -> bool:
    """Tell by its first bytes whether a file is a workbook or claims to be one."""
    return head[:2] == b"PK" or head[:4] == b"\xd0\xcf\x11\xe0"


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
    bom = next((encoding for mark, encoding in _BOMS if head.startswith(mark)), None)
    if suffix not in _TEXT_SUFFIXES or (bom is None and b"\x00" in head):
        raise TableFileError(
            "文件 %(file)s 的类型不受支持；请用 xlsx、xls、ods 或 csv 文件", file=path.name
        )
    return (bom,) if bom else _TEXT_ENCODINGS


def _text(data: bytes, path: Path, known: Collection[str]) -> tuple[Table, ...]:
    encodings = text_encodings(data[:4000], path)
    found: tuple[int, Table] | None = None
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        table = _parsed(text, encoding, path, known)
        hits = 0 if table is None else _hits(table.header, known)
        if table is not None and (found is None or hits > found[0]):
            found = hits, table
        if hits or encoding == "utf-8":
            break
    else:
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


def _parsed(text: str, encoding: str, path: Path, known: Collection[str]) -> Table | None:
    delimiter = text_delimiter(text.splitlines()[:_HEADER_ROWS], known)
    rows: list[TableRow] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            rows.append(TableRow(number, tuple(cells)))
    except csv.Error as error:
        raise quotes_error(path, len(rows) + 1) from error
    return _table(path.name, "", encoding, rows, known)


# Both


def _table(
    file: str, sheet: str, encoding: str, rows: Sequence[TableRow], known: Collection[str]
) -> Table | None:
    filled = [row for row in rows if not all(is_blank(cell) for cell in row.cells)]
    if not filled:
        return None
    best = pick_header([row.cells for row in filled[:_HEADER_ROWS]], known)
    header = tuple(header_text(cell) for cell in filled[best].cells)
    return Table(file, sheet, encoding, header, tuple(filled[best + 1 :]))


def pick_header(rows: Sequence[Sequence[Cell]], known: Collection[str]) -> int:
    """Return which of a table's first filled rows holds most of the words looked for."""
    return max(range(len(rows)), key=lambda index: (_hits(rows[index], known), -index))


def _hits(header: Sequence[Cell], known: Collection[str]) -> int:
    return sum(1 for word in header if header_text(word) in known)


def header_text(cell: Cell) -> str:
    """Return a header without blanks, marks of required columns, and notes in brackets."""
    text = re.sub(r"\s+", "", str(cell)).strip("\ufeff\"'*＊：:")
    return re.sub(r"[（(](?:必填|选填|可选)[）)]$", "", text)


def is_blank(cell: Cell) -> bool:
    """Tell whether a cell holds nothing; a marked one holds something unreadable."""
    return isinstance(cell, str) and not isinstance(cell, BadCell) and not cell.strip()
