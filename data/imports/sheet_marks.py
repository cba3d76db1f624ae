"""Cells of a workbook that show something in Excel but carry no value, found in its XML."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import IO
from xml.sax.saxutils import unescape

from data.errors import TableFileError

__all__ = ["BadCell", "damaged_error", "marked_cells"]

_MAX_UNPACKED = 2_000_000_000
_CHUNK = 1 << 20
_CELL = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_REF = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
_VALUE = re.compile(rb"<v\b[^>]*>[^<]+</v>|<is>")


class BadCell(StrEnum):
    """A cell that shows something in Excel but carries no value."""

    FORMULA = "formula"  # never calculated
    ERROR = "error"  # such as #REF!


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
        If the archive is broken, no workbook, or unpacks to more than is sensible.
    """
    try:
        with zipfile.ZipFile(content) as archive:
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
                sheet: _marks_of(archive, member)
                for sheet, member in _sheet_members(archive)
                if member in names
            }
    except (
        *(zipfile.BadZipFile, zlib.error, KeyError, EOFError),
        *(NotImplementedError, RuntimeError),
    ) as error:
        raise damaged_error(path) from error


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


def _marks_of(archive: zipfile.ZipFile, member: str) -> dict[tuple[int, int], BadCell]:
    found: dict[tuple[int, int], BadCell] = {}
    held = b""
    with archive.open(member) as xml:
        while chunk := xml.read(_CHUNK):
            held += chunk
            cut = max(held.rfind(b"<c "), 0)  # the last cell may go on in the next piece
            found.update(_marks(held[:cut]))
            held = held[cut:]
    found.update(_marks(held))
    return found


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
            column = 0
            for letter in place[1]:
                column = column * 26 + letter - 64
            mark = BadCell.ERROR if is_error else BadCell.FORMULA
            yield (int(place[2]) - 1, column - 1), mark
