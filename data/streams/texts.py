"""Text tables of any size: looked through once to the end, then read row by row."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from data.errors import TableFileError
from data.imports.cells import header_text, is_blank
from data.imports.readers import (
    GUESSED_ENCODINGS,
    pick_header,
    quotes_error,
    text_delimiter,
    text_encodings,
)
from data.streams.model import ColumnKind, Row

__all__ = ["TextSource", "open_text"]

_HEAD_BYTES = 4000
_HEAD_ROWS = 10
_UNFINISHED = ("unexpected end of data", "incomplete multibyte sequence", "truncated data")


@dataclass(frozen=True, slots=True)
class TextSource:
    """A delimited text file; implements :class:`data.streams.model.TableSource`."""

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    first_row: int
    total: int

    sheet = ""
    other_sheets: tuple[str, ...] = ()
    unread_cells = 0

    @property
    def kinds(self) -> tuple[ColumnKind, ...]:
        """Text throughout: a text file does not say more."""
        return (ColumnKind.TEXT,) * len(self.header)

    def rows(self, start: int = 0) -> Iterator[Row]:
        """Yield the rows below the header from the one at ``start``."""
        begin = self.first_row - 1
        width = len(self.header)
        records = _records(self.path, self.encoding, self.delimiter)
        for cells in islice(records, begin + start, begin + self.total):
            yield tuple(cells[:width]) + ("",) * (width - len(cells))


def open_text(path: Path, *, known: Collection[str]) -> TextSource:
    """Look through a text file in each encoding that may fit; return it in the best one.

    Raises
    ------
    TableFileError
        If no encoding fits, the file ends in the middle of a character or a quoted cell, or
        holds a NUL. Names file, row and cure.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    words = {header_text(word) for word in known}
    found: tuple[int, TextSource] | None = None
    for encoding in text_encodings(head, path):
        try:
            source = _look_through(path, encoding, words)
        except UnicodeDecodeError as error:
            if error.reason in _UNFINISHED and _reads_as(head, encoding):
                raise TableFileError(
                    "文件 %(file)s 在一个字的中间断开，文件不完整；请重新导出或重新复制",
                    file=path.name,
                ) from error
            continue
        hits = sum(header_text(word) in words for word in source.header)
        if encoding in GUESSED_ENCODINGS and not hits:
            continue
        if found is None or hits > found[0]:
            found = hits, source
        if hits or encoding == "utf-8":
            break
    if found is None:
        raise TableFileError(
            "文件 %(file)s 的文字编码无法识别；请另存为 UTF-8 或 GBK 的 csv，或另存为 xlsx",
            file=path.name,
        )
    return found[1]


def _reads_as(head: bytes, encoding: str) -> bool:
    """Tell whether the beginning of a file decodes and holds more than ASCII."""
    try:
        return not codecs.getincrementaldecoder(encoding)().decode(head).isascii()
    except UnicodeDecodeError:
        return False


def _look_through(path: Path, encoding: str, words: Collection[str]) -> TextSource:
    """Read a file to its end; settle delimiter, header, width and number of rows."""
    with path.open(encoding=encoding, newline=None) as file:
        delimiter = text_delimiter([line.rstrip("\n") for line in islice(file, _HEAD_ROWS)], words)
    heads: list[tuple[int, list[str]]] = []
    width = last = 0
    for number, cells in enumerate(_records(path, encoding, delimiter), start=1):
        filled = len(cells)
        while filled and is_blank(cells[filled - 1]):
            filled -= 1
        if filled:
            last, width = number, max(width, filled)
            if len(heads) < _HEAD_ROWS:
                heads.append((number, cells))
    if not heads:
        raise TableFileError("文件 %(file)s 是空的；请重新导出", file=path.name)
    row, header = heads[pick_header([cells for _, cells in heads], words)]
    width = max(width, len(header))
    named = (*header, *[""] * (width - len(header)))
    return TextSource(path, encoding, delimiter, named, row + 1, last - row)


def _records(path: Path, encoding: str, delimiter: str) -> Iterator[list[str]]:
    number = 0
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(_without_nul(file, path), delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                number += 1
                yield cells
        except csv.Error as error:
            raise quotes_error(path, number + 1) from error


def _without_nul(lines: Iterable[str], path: Path) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if "\0" in line:
            raise TableFileError(
                "文件 %(file)s 第 %(line)d 行（文本行）含有空字节，文件已损坏或未写完；请重新导出",
                file=path.name,
                line=number,
            )
        yield line
