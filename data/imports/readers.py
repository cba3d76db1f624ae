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
import zipfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from xml.sax.saxutils import unescape

import python_calamine as calamine

from data.errors import TableFileError

__all__ = ["BadCell", "Cell", "Table", "TableRow", "read_table", "read_tables"]

_MAX_BYTES = 200_000_000
_MAX_UNPACKED = 2_000_000_000
_MAX_CELLS = 20_000_000
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


class BadCell(StrEnum):
    """A cell that shows something in Excel but carries no value."""

    FORMULA = "formula"  # never calculated
    ERROR = "error"  # such as #REF!


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
    looked_for = {_header_text(word) for word in known}
    if data[:2] == b"PK" or data[:4] == b"\xd0\xcf\x11\xe0":
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
    marks = _marked_cells(data, path) if data[:2] == b"PK" else {}
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
                if sheet.total_height * sheet.total_width > _MAX_CELLS:
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
        raise _damaged(path) from error
    return tuple(tables)


def _damaged(path: Path) -> TableFileError:
    return TableFileError(
        "文件 %(file)s 不是完整的表格文件（可能未下载完整或已损坏）；"
        "请在 Excel 或 WPS 中打开并另存为 xlsx 后重试",
        file=path.name,
    )


def _fill_merged(
    cells: list[list[Cell]], ranges: Sequence[tuple[tuple[int, int], tuple[int, int]]]
) -> None:
    """Give each cell of a range merged downwards the value that is seen there."""
    for (top, left), (bottom, right) in ranges:
        if left != right or top >= len(cells) or left >= len(cells[top]):
            continue
        for row in range(top + 1, min(bottom + 1, len(cells))):
            if not _blank(cells[top][left]) and _blank(cells[row][left]):
                cells[row][left] = cells[top][left]


def _mark(cells: list[list[Cell]], row: int, column: int, mark: BadCell) -> None:
    while len(cells) <= row:
        cells.append([])
    cells[row].extend([""] * (column + 1 - len(cells[row])))
    cells[row][column] = mark


_XML_CELL = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_XML_REF = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_XML_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
_XML_VALUE = re.compile(rb"<v\b[^>]*>[^<]+</v>|<is>")


def _marked_cells(data: bytes, path: Path) -> dict[str, dict[tuple[int, int], BadCell]]:
    """Return uncalculated formulas and errors by sheet, row and column from 0."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if sum(info.file_size for info in archive.infolist()) > _MAX_UNPACKED:
                raise TableFileError("文件 %(file)s 展开后过大；请分成几个文件", file=path.name)
            if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
                raise TableFileError(
                    "文件 %(file)s 不是表格（可能是文档或压缩包）；请另存为 xlsx 或 csv",
                    file=path.name,
                )
            if "xl/workbook.xml" not in names:
                return {}
            return {
                sheet: dict(_marks(archive.read(member)))
                for sheet, member in _sheet_members(archive)
                if member in names
            }
    except (zipfile.BadZipFile, KeyError, EOFError, NotImplementedError, RuntimeError) as error:
        raise _damaged(path) from error


def _sheet_members(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    targets = {}
    links = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    for tag in re.findall(r"<Relationship\b[^>]*>", links):
        facts = dict(_XML_ATTRIBUTE.findall(tag))
        targets[facts.get("Id")] = facts.get("Target", "")
    book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    for tag in re.findall(r"<sheet\b[^>]*>", book):
        facts = dict(_XML_ATTRIBUTE.findall(tag))
        target = targets.get(facts.get("r:id"), "")
        member = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        yield unescape(facts.get("name", ""), {"&quot;": '"', "&apos;": "'"}), member


def _marks(xml: bytes) -> Iterator[tuple[tuple[int, int], BadCell]]:
    if b"<f" not in xml and b't="e"' not in xml:
        return
    for attributes, content in _XML_CELL.findall(xml):
        is_error = b't="e"' in attributes
        is_empty_text = b't="str"' in attributes  # a formula that came to an empty text
        if not is_error and (is_empty_text or b"<f" not in content or _XML_VALUE.search(content)):
            continue
        place = _XML_REF.search(attributes)
        if place is not None:
            column = 0
            for letter in place[1]:
                column = column * 26 + letter - 64
            mark = BadCell.ERROR if is_error else BadCell.FORMULA
            yield (int(place[2]) - 1, column - 1), mark


# Text


def _text(data: bytes, path: Path, known: Collection[str]) -> tuple[Table, ...]:
    head = data[:400].lstrip().lower()
    if head.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta")):
        raise TableFileError(
            "文件 %(file)s 其实是网页或 XML；请在 Excel 或 WPS 中打开并另存为 xlsx", file=path.name
        )
    suffix = path.suffix.lower()
    if suffix in _WORKBOOK_SUFFIXES:
        raise _damaged(path)
    bom = next((encoding for mark, encoding in _BOMS if data.startswith(mark)), None)
    if suffix not in _TEXT_SUFFIXES or (bom is None and b"\x00" in data[:4000]):
        raise TableFileError(
            "文件 %(file)s 的类型不受支持；请用 xlsx、xls、ods 或 csv 文件", file=path.name
        )
    found: tuple[int, Table] | None = None
    for encoding in (bom,) if bom else _TEXT_ENCODINGS:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        table = _parsed(text, encoding, path, known)
        hits = 0 if table is None else _hits(table.header, known)
        if table is not None and (found is None or hits > found[0]):
            found = hits, table
        if hits or bom or encoding == "utf-8":
            break
    else:
        if found is None:
            raise TableFileError(
                "文件 %(file)s 的文字编码无法识别；请另存为 UTF-8 或 GBK 的 csv，或另存为 xlsx",
                file=path.name,
            )
    return () if found is None else (found[1],)


def _parsed(text: str, encoding: str, path: Path, known: Collection[str]) -> Table | None:
    lines = text.splitlines()[:_HEADER_ROWS]
    delimiter = max(
        _DELIMITERS,
        key=lambda mark: (
            max((_hits(line.split(mark), known) for line in lines), default=0),
            max((line.count(mark) for line in lines), default=0),
        ),
    )
    rows: list[TableRow] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, cells in enumerate(reader, start=1):
            rows.append(TableRow(number, tuple(cells)))
    except csv.Error as error:
        raise TableFileError(
            "文件 %(file)s 第 %(row)d 行的引号不成对，或文件不完整；请重新导出",
            file=path.name,
            row=len(rows) + 1,
        ) from error
    return _table(path.name, "", encoding, rows, known)


# Both


def _table(
    file: str, sheet: str, encoding: str, rows: Sequence[TableRow], known: Collection[str]
) -> Table | None:
    filled = [row for row in rows if not all(_blank(cell) for cell in row.cells)]
    if not filled:
        return None
    heads = [[_header_text(cell) for cell in row.cells] for row in filled[:_HEADER_ROWS]]
    best = max(range(len(heads)), key=lambda index: (_hits(heads[index], known), -index))
    return Table(file, sheet, encoding, tuple(heads[best]), tuple(filled[best + 1 :]))


def _hits(header: Sequence[str], known: Collection[str]) -> int:
    return sum(1 for word in header if _header_text(word) in known)


def _header_text(cell: Cell) -> str:
    """Return a header without blanks, marks of required columns, and notes in brackets."""
    text = re.sub(r"\s+", "", str(cell)).strip("\ufeff\"'*＊：:")
    return re.sub(r"[（(](?:必填|选填|可选)[）)]$", "", text)


def _blank(cell: Cell) -> bool:
    return isinstance(cell, str) and not isinstance(cell, BadCell) and not cell.strip()
