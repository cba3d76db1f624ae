"""Cells of a workbook that show something in Excel but carry no value, found in its XML."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import IO
from xml.sax.saxutils import unescape

import numpy as np

from data.errors import TableFileError
from data.imports import limits
from data.imports.archives import check_archive, sound

__all__ = ["BadCell", "damaged_error", "marked_cells", "sheet_too_large"]

_CHUNK = 1 << 20
_CELL = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_REF = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
_VALUE = re.compile(rb"<v\b[^>]*>[^<]+</v>|<is>")
_FILLED = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*?(?<!/)>')
_ROW = re.compile(rb'<row\b[^>]*?\br="(\d{1,7})"')
_LONGEST_PLACE = 16
_FEW = 200
"""How many cells of a piece may lie further than all before, until each cell is looked at."""

_DATES_FROM_1904 = re.compile(r'\bdate1904="(?:1|true)"')


class BadCell(StrEnum):
    """A cell that shows something where it comes from but carries no value."""

    FORMULA = "formula"  # never calculated
    ERROR = "error"  # such as #REF!
    SHAPE = "shape"  # drawn on a map, but no point


def damaged_error(path: Path) -> TableFileError:
    """Return the error for a workbook that is cut short or broken."""
    return TableFileError(
        "文件 %(file)s 不是完整的表格文件（可能未下载完整或已损坏）；"
        "请在 Excel 或 WPS 中打开并另存为 xlsx 后重试",
        file=path.name,
    )


def marked_cells(content: IO[bytes], path: Path) -> dict[str, dict[tuple[int, int], BadCell]]:
    """Return uncalculated formulas and errors by sheet, row and column from 0.

    Parameters
    ----------
    content
        The workbook's bytes; read piece by piece, so that a large sheet needs little memory.
    path
        Its path, for messages.

    Raises
    ------
    TableFileError
        If the archive is broken, no workbook, unpacks to more than is sensible, holds a sheet
        whose corners lie too far apart, or counts days from 1904.
    """
    with sound(path, damaged_error), zipfile.ZipFile(content) as archive:
        names = set(archive.namelist())
        check_archive(archive, path)
        if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
            raise TableFileError(
                "文件 %(file)s 不是表格（可能是文档或压缩包）；请另存为 xlsx 或 csv",
                file=path.name,
            )
        if "xl/workbook.xml" not in names:
            return {}
        _check_dates(archive, path)
        return {
            sheet: _marks_of(archive, member, sheet, path)
            for sheet, member in _sheet_members(archive)
            if member in names
        }


def sheet_too_large(path: Path, sheet: str) -> TableFileError:
    """Return the error for a sheet with more cells than can be read."""
    return TableFileError(
        "文件 %(file)s 工作表“%(sheet)s”过大；请删去表格以外的内容，或分成几个文件",
        file=path.name,
        sheet=sheet,
    )


def _check_dates(archive: zipfile.ZipFile, path: Path) -> None:
    """Refuse days that count from 1904: a day without a format would be read four years early."""
    if _DATES_FROM_1904.search(archive.read("xl/workbook.xml").decode("utf-8", "replace")):
        raise TableFileError(
            "文件 %(file)s 使用 1904 日期系统；请在 Excel 选项中取消“使用 1904 日期系统”，"
            "核对日期后另存",
            file=path.name,
        )


def _sheet_members(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    targets = {}
    links = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    for tag in re.findall(r"<Relationship\b[^>]*>", links):
        facts = dict(_ATTRIBUTE.findall(tag))
        targets[facts.get("Id")] = facts.get("Target", "")
    book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    for tag in re.findall(r"<sheet\b[^>]*>", book):
        facts = dict(_ATTRIBUTE.findall(tag))
        target = targets.get(facts.get("r:id"), "")
        member = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        yield unescape(facts.get("name", ""), {"&quot;": '"', "&apos;": "'"}), member


def _marks_of(
    archive: zipfile.ZipFile, member: str, sheet: str, path: Path
) -> dict[tuple[int, int], BadCell]:
    found: dict[tuple[int, int], BadCell] = {}
    rows = columns = 0
    held = b""
    with archive.open(member) as xml:
        more = True
        while more:
            chunk = xml.read(_CHUNK)
            more = bool(chunk)
            held += chunk
            cut = max(held.rfind(b"<c "), 0) if more else len(held)  # the last cell may go on
            piece, held = held[:cut], held[cut:]
            found.update(_marks(piece))
            rows, columns = _extent(piece, rows, columns)
            if rows * columns > limits.MAX_SHEET_CELLS:
                raise sheet_too_large(path, sheet)
    return found


def _extent(xml: bytes, rows: int, columns: int) -> tuple[int, int]:
    """Return the last row and column of the filled cells of a piece, and of those before it.

    Rows say their number; beside that only cells that lie further are looked at one by one.
    """
    rows = max(rows, max(map(int, _ROW.findall(xml)), default=0))
    if not _may_reach(xml, rows, columns):
        return rows, columns
    for _ in range(_FEW):
        further = _beyond(rows, columns).search(xml)
        if further is None:
            return rows, columns
        rows, columns = max(rows, int(further[2])), max(columns, _column(further[1]))
    for letters, number in set(_FILLED.findall(xml)):
        rows, columns = max(rows, int(number)), max(columns, _column(letters))
    return rows, columns


def _may_reach(xml: bytes, rows: int, columns: int) -> bool:
    """Return whether something like a cell's place lies below these rows or right of these columns.

    All places are looked at together; some are none, such as those of blank cells.
    """
    signs = np.frombuffer(xml + bytes(_LONGEST_PLACE), dtype=np.uint8)
    begins = (signs[:-2] == ord("r")) & (signs[1:-1] == ord("=")) & (signs[2:] == ord('"'))
    at = np.flatnonzero(begins) + 3
    at = at[at < len(xml)]
    column, row = np.zeros(len(at), np.int64), np.zeros(len(at), np.int64)
    for _ in range(3):
        sign = signs[at]
        is_letter = (sign >= ord("A")) & (sign <= ord("Z"))
        column = np.where(is_letter, column * 26 + sign - 64, column)
        at = at + is_letter
    for _ in range(7):
        sign = signs[at]
        is_digit = (sign >= ord("0")) & (sign <= ord("9"))
        row = np.where(is_digit, row * 10 + sign - 48, row)
        at = at + is_digit
    return bool(((column > columns) | ((column > 0) & (row > rows))).any())


@lru_cache(maxsize=4096)
def _beyond(rows: int, columns: int) -> re.Pattern[bytes]:
    """Return what finds a filled cell below these rows or right of these columns."""
    letters, number = _letters(columns), str(rows)
    right = _greater(letters, "A", "Z", 3)
    below = _greater(number, "0", "9", 7)
    place = f'r="(?=(?:{right})[0-9]|[A-Z]{{1,3}}(?:{below})")([A-Z]{{1,3}})([0-9]{{1,7}})"'
    exact = rf"<c\b[^>]*?\b{place}[^>]*?(?<!/)>"
    return re.compile(exact.encode())


def _greater(text: str, first: str, last: str, longest: int) -> str:
    """Return a pattern of the texts after this one, by length and then by their signs."""
    any_sign = f"[{first}-{last}]"
    same_length = [
        f"{text[:at]}[{chr(ord(sign) + 1)}-{last}]{any_sign}{{{len(text) - at - 1}}}"
        for at, sign in enumerate(text)
        if sign < last
    ]
    longer = [f"{any_sign}{{{len(text) + 1},{longest}}}"] if len(text) < longest else []
    return "|".join((*same_length, *longer)) or "(?!)"


def _letters(column: int) -> str:
    """Return the letters of a column's number, from 1."""
    text = ""
    while column:
        column, sign = divmod(column - 1, 26)
        text = chr(65 + sign) + text
    return text


def _marks(xml: bytes) -> Iterator[tuple[tuple[int, int], BadCell]]:
    if b"<f" not in xml and b't="e"' not in xml:
        return
    for attributes, content in _CELL.findall(xml):
        is_error = b't="e"' in attributes
        is_empty_text = b't="str"' in attributes  # a formula that came to an empty text
        if not is_error and (is_empty_text or b"<f" not in content or _VALUE.search(content)):
            continue
        place = _REF.search(attributes)
        if place is not None:
            mark = BadCell.ERROR if is_error else BadCell.FORMULA
            yield (int(place[2]) - 1, _column(place[1]) - 1), mark


def _column(letters: bytes) -> int:
    """Return the number of a column, from 1."""
    column = 0
    for letter in letters:
        column = column * 26 + letter - 64
    return column
