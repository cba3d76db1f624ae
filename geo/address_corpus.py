"""Address texts with labelled spans: reading, writing, label levels, masking.

A corpus file holds one character and one tag a line, a space or tab between them, and a blank
line after each text. Two layouts are known: ``BI`` marks the beginning and the inside of every
span and has no tag for what is outside; ``BIES`` also marks ends and single characters, and
tags the rest ``O``. Which of the two a file has is found from its tags.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TextIO

from geo.errors import AddressCorpusError
from geo.model import AddressLevel

__all__ = [
    "LABEL_LEVELS",
    "LabelledSpan",
    "LabelledText",
    "Layout",
    "detect_layout",
    "masked",
    "read_corpus",
    "unknown_labels",
    "without_overlap",
    "write_corpus",
]

_L = AddressLevel

LABEL_LEVELS: Mapping[str, AddressLevel | None] = MappingProxyType(
    {
        "country": _L.COUNTRY,
        "prov": _L.PROVINCE,
        "city": _L.CITY,
        "district": _L.COUNTY,
        "devzone": _L.DEVELOPMENT_ZONE,
        "town": _L.TOWNSHIP,
        "community": _L.VILLAGE,
        "village_group": _L.GROUP,
        "road": _L.ROAD,
        "subroad": _L.ROAD,
        "roadno": _L.NUMBER,
        "subroadno": _L.NUMBER,
        "poi": _L.POI,
        "subpoi": _L.SUBPOI,
        "houseno": _L.BUILDING,
        "cellno": _L.UNIT,
        "floorno": _L.FLOOR,
        "roomno": _L.ROOM,
        "assist": _L.DIRECTION,
        "otherinfo": _L.DIRECTION,
        "intersection": _L.INTERSECTION,
        "distance": _L.DISTANCE,
        "person": None,
        "redundant": None,
    }
    # A court may label with the names of our levels; where both share a name, both agree.
    | {level.value: level for level in _L}
)
"""Level of every known label, in lower case; None for what is no part of an address."""

_TAG = re.compile(r"([BIESbies])-(\S+)|[Oo]")
_LINE = re.compile(r"(.*)[ \t](\S+)", re.DOTALL)
_DIGITS = re.compile(r"\d+")
_FILLER = "redundant"
_BREAKS_LINE = frozenset("\n\ufeff")


class Layout(StrEnum):
    """How a corpus file marks spans."""

    BI = "bi"
    BIES = "bies"


@dataclass(frozen=True, slots=True)
class LabelledSpan:
    """One labelled stretch ``text[start:end]``; the label is kept as found, in lower case."""

    label: str
    start: int
    end: int

    @property
    def level(self) -> AddressLevel | None:
        """Level that the label stands for; None where it is no part of an address, or unknown."""
        return LABEL_LEVELS.get(self.label)


@dataclass(frozen=True, slots=True)
class LabelledText:
    """An address text and its labelled spans, in order and without overlap.

    Raises
    ------
    AddressCorpusError
        If spans are empty, overlap, or leave the text.
    """

    text: str
    spans: tuple[LabelledSpan, ...] = ()

    def __post_init__(self) -> None:
        position = 0
        for span in self.spans:
            if not position <= span.start < span.end <= len(self.text):
                raise AddressCorpusError(
                    "标注区间 %(start)d 至 %(end)d 重叠或超出文本（共 %(length)d 字），请改正标注",
                    start=span.start,
                    end=span.end,
                    length=len(self.text),
                )
            position = span.end


class _Line(NamedTuple):
    """One line of a corpus file: a token with its mark and label, or a blank line."""

    number: int
    token: str
    mark: str
    label: str


class _Row:
    """A text while its lines are read."""

    def __init__(self) -> None:
        self.text = ""
        self._spans: list[LabelledSpan] = []
        self.is_open = False

    def add(self, line: _Line) -> None:
        start = len(self.text)
        self.text += line.token
        if line.mark == "O":
            self.is_open = False
            return
        goes_on = line.mark in "IE" and self.is_open and self._spans[-1].label == line.label
        if goes_on:
            start = self._spans.pop().start
        self._spans.append(LabelledSpan(line.label, start, len(self.text)))
        self.is_open = line.mark in "BI"

    def done(self) -> LabelledText:
        return LabelledText(self.text, tuple(self._spans))


def read_corpus(path: Path, *, any_label: bool = False) -> tuple[LabelledText, ...]:
    """Return the labelled texts of a file of either layout.

    Spaces and tabs both separate, labels are compared in lower case, a token may be several
    characters or a space, and the last blank line may be missing. An ``I`` or ``E`` that
    continues nothing (no span before it, or one of another label) begins a span of its own, as
    the usual scorers of such files count it; the text is kept.

    Parameters
    ----------
    path
        File in UTF-8, with or without byte order mark.
    any_label
        Take labels that are not in :data:`LABEL_LEVELS` too; their spans have no level.

    Raises
    ------
    AddressCorpusError
        If the file cannot be read, holds no text, ends in the middle of a text, or has a line
        that is no token with a tag, or a label that is not known.
    """
    rows: list[LabelledText] = []
    row = _Row()
    last = 0
    has_ends = False
    for line in _lines(path):
        last = line.number
        if line.mark:
            if not any_label and line.label and line.label not in LABEL_LEVELS:
                raise AddressCorpusError(
                    "%(file)s 第 %(line)d 行：标签“%(label)s”不认识，请改为下列之一：%(known)s",
                    file=path.name,
                    line=line.number,
                    label=line.label[:40],
                    known="、".join(LABEL_LEVELS),
                )
            has_ends = has_ends or line.mark in "ESO"
            row.add(line)
        elif row.text:
            rows.append(row.done())
            row = _Row()
    if row.text:
        if has_ends and row.is_open:
            raise AddressCorpusError(
                "%(file)s 在第 %(line)d 行中断：最后一条地址的标注没有结束，"
                "请重新取得完整文件，或删去最后一条",
                file=path.name,
                line=last,
            )
        rows.append(row.done())
    if not rows:
        raise AddressCorpusError(
            "%(file)s 中没有标注地址，请提供每行一个字和一个标签的文件", file=path.name
        )
    return tuple(rows)


def detect_layout(path: Path) -> Layout:
    """Return the layout of a corpus file: ``BIES`` once a tag E, S or O is seen.

    Raises
    ------
    AddressCorpusError
        As :func:`read_corpus`, for lines up to the first such tag.
    """
    with contextlib.closing(_lines(path)) as lines:
        return Layout.BIES if any(line.mark in {"E", "S", "O"} for line in lines) else Layout.BI


def write_corpus(path: Path, rows: Iterable[LabelledText], layout: Layout) -> None:
    """Write labelled texts, one character a line; the file appears whole or not at all.

    Without a tag for outside, layout ``BI`` labels what no span covers ``redundant``. A line
    break or byte order mark inside a text is written as a space, half a character as a question
    mark; an empty text is left out.

    Raises
    ------
    AddressCorpusError
        If the file cannot be written.
    """
    staged: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
        staged = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="\n") as stream:
            _write_rows(stream, rows, layout)
        staged.replace(path)
    except OSError as error:
        raise AddressCorpusError(
            "标注文件 %(file)s 无法写入（%(why)s），请检查文件夹、权限与磁盘空间",
            file=path.name,
            why=error.strerror or type(error).__name__,
        ) from error
    finally:
        if staged is not None:
            staged.unlink(missing_ok=True)


def unknown_labels(rows: Iterable[LabelledText]) -> tuple[str, ...]:
    """Return the labels that :data:`LABEL_LEVELS` does not list, sorted."""
    labels = {span.label for row in rows for span in row.spans}
    return tuple(sorted(labels - set(LABEL_LEVELS)))


def masked(text: str) -> str:
    """Return the text with each run of decimal digits, also full width, as one ``0``.

    So 8号 and 128号 mask alike, which finds more texts of one origin than a zero for each digit.

    Examples
    --------
    >>> masked("中山路１２8号三楼")
    '中山路0号三楼'
    """
    return _DIGITS.sub("0", text)


def without_overlap(
    rows: Iterable[LabelledText], evaluation_rows: Iterable[LabelledText]
) -> tuple[tuple[LabelledText, ...], int]:
    """Return the rows whose masked text no evaluation row has, and how many were removed."""
    seen = {masked(row.text) for row in evaluation_rows}
    rows = tuple(rows)
    kept = tuple(row for row in rows if masked(row.text) not in seen)
    return kept, len(rows) - len(kept)


def _lines(path: Path) -> Generator[_Line, None, None]:
    """Yield the lines of a file; only a line feed ends a line, since tokens may be odd."""
    number = 0
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as stream:
            for raw in stream:
                number += 1
                yield _line(path, number, raw)
    except UnicodeDecodeError as error:
        raise AddressCorpusError(
            "%(file)s 第 %(line)d 行之后不是 UTF-8 编码，或文件在中间中断，"
            "请另存为 UTF-8 编码，或重新取得完整文件",
            file=path.name,
            line=number,
        ) from error
    except OSError as error:
        raise AddressCorpusError(
            "标注文件 %(file)s 无法读取（%(why)s），请检查文件名与权限",
            file=path.name,
            why=error.strerror or type(error).__name__,
        ) from error


@lru_cache(maxsize=1024)
def _mark_and_label(tag: str) -> tuple[str, str] | None:
    """Return mark and label of a tag, None for what is no tag."""
    match = _TAG.fullmatch(tag)
    return ((match[1] or "O").upper(), (match[2] or "").lower()) if match else None


def _line(path: Path, number: int, raw: str) -> _Line:
    content = raw.rstrip("\r\n")
    if not content.strip():
        return _Line(number, "", "", "")
    fields = _LINE.fullmatch(content.rstrip(" \t"))
    tag = _mark_and_label(fields[2]) if fields else None
    token = fields[1].strip(" \t") if fields else ""
    if fields is None or tag is None or " " in token or "\t" in token:
        raise AddressCorpusError(
            "%(file)s 第 %(line)d 行：应为一个字、一个空格和一个标签（B-、I-、E-、S- 开头，或 O），"
            "请改正该行；若是最后一行，文件可能在中间中断，请重新取得",
            file=path.name,
            line=number,
        )
    # A token that is nothing but separators was a space, or one that an editor cut off.
    token = token or fields[1][:1] or " "
    return _Line(number, token, *tag)


def _write_rows(stream: TextIO, rows: Iterable[LabelledText], layout: Layout) -> None:
    for row in rows:
        if not row.text:
            continue
        for character, tag in zip(row.text, _tags(row, layout), strict=True):
            stream.write(f"{' ' if character in _BREAKS_LINE else character} {tag}\n")
        stream.write("\n")


def _tags(row: LabelledText, layout: Layout) -> Iterator[str]:
    """Yield one tag for each character of a text."""
    position = 0
    for span in (*row.spans, LabelledSpan("", len(row.text), len(row.text))):
        outside = span.start - position
        if layout is Layout.BIES:
            yield from ("O",) * outside
        else:
            yield from _marks(_FILLER, outside)
        length = span.end - span.start
        if layout is Layout.BIES and length == 1:
            yield f"S-{span.label}"
        elif layout is Layout.BIES and length:
            yield from tuple(_marks(span.label, length))[:-1]
            yield f"E-{span.label}"
        else:
            yield from _marks(span.label, length)
        position = span.end


def _marks(label: str, length: int) -> Iterator[str]:
    """Yield B and then I for a stretch of one label."""
    for index in range(length):
        yield f"{'I' if index else 'B'}-{label}"
