"""Address text made plain: full width to half, and what is no address taken out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from geo.divisions import address_words

__all__ = ["PlainText", "plain_text"]

_PHONE = re.compile(
    r"(?<![\dA-Za-z])(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)"
    r"|(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)"
    r"|(?<!\d)\d{17}[\dXx](?!\d)"
)
_BRACKETS = re.compile(r"[(\[【<《{]([^()\[\]【】<>《》{}]*)[)\]】>》}]")
_ADDRESS_LIKE = re.compile(
    r"[\d一二三四五六七八九十]+(?:号|栋|幢|座|室|单元|组|弄|巷|楼|层)|(?:路|街|村|镇)$"
)
_SEPARATORS = frozenset(" \t\r\n,，。.、;；:：/|\\_~·…!！?？\"'“”‘’*=+&^%$@`()[]{}<>《》【】-—–")
_HAN_NAME = re.compile(r"[一-龥]{2,4}")


@dataclass(frozen=True, slots=True)
class PlainText:
    """Runs of address characters in a text of folded widths.

    Parameters
    ----------
    text
        The text after width folding, as long as the original.
    runs
        Spans (start, end) without separators and dropped parts, in order.
    dropped
        Spans (start, end) that are no address.
    """

    text: str
    runs: tuple[tuple[int, int], ...]
    dropped: tuple[tuple[int, int], ...]


def plain_text(original: str) -> PlainText:
    """Fold widths, find what is no address, and cut the rest into runs.

    Examples
    --------
    >>> plain = plain_text("中山路１２８号（租房） 13800000000")
    >>> [plain.text[start:end] for start, end in plain.runs]
    ['中山路128号']
    """
    text = _fold(original)
    dropped = _merge(_junk(text))
    runs: list[tuple[int, int]] = []
    start = 0
    for low, high in [*dropped, (len(text), len(text))]:
        runs.extend(_split(text, start, low))
        start = high
    return PlainText(text, tuple(runs), tuple(dropped))


def _fold(original: str) -> str:
    """Return the text with each character in its plain form, if that is one character too."""
    if original.isascii() or unicodedata.is_normalized("NFKC", original):
        return original
    return "".join(map(_plain_character, original))


def _plain_character(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 else character


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], frozenset[str]]:
    notes = address_words()["notes"]
    either = {key: "|".join(sorted(notes[key], key=len, reverse=True)) for key in notes}
    label = re.compile(
        rf"(?:^|(?<=[\s,;。、]))(?:{either['label']})(?:[:为是在于]+|(?=[一-龥]{{2}}))"
    )
    person = re.compile(
        rf"(?:{either['person']})[:：为是 ]*(?:[一-龥]{{2,4}}(?=[\s,;，；。]|$)|[\dXx-]{{4,}})?"
    )
    title = re.compile(
        rf"(?<=[\s,;，；。)])[一-龥]{{1,3}}(?:{either['title']})(?=[\s,;，；。(]|$)|\({either['title']}\)"
    )
    return label, person, title, frozenset(notes["bracket"])


def _junk(text: str) -> Iterator[tuple[int, int]]:
    """Yield spans of telephone numbers, names, labels and notes in brackets."""
    label, person, title, notes = _patterns()
    phones = [match.span() for match in _PHONE.finditer(text)] if _has_long_number(text) else []
    yield from phones
    for phone in phones:
        yield from _name_beside(text, phone)
    for pattern in (label, person, title):
        for match in pattern.finditer(text):
            if match.end() > match.start():
                yield match.span()
    for match in _BRACKETS.finditer(text):
        inside = match.group(1)
        if not _ADDRESS_LIKE.search(inside) or any(note in inside for note in notes):
            yield match.span()


def _has_long_number(text: str) -> bool:
    return sum(map(str.isdigit, text)) >= 10


def _name_beside(text: str, phone: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Yield the short word that stands alone beside a telephone number."""
    low, high = phone
    end = high
    while end < len(text) and text[end] in _SEPARATORS:
        end += 1
    after = _HAN_NAME.match(text, end)
    if after and end > high and _is_edge(text, after.end()):
        yield after.span()
    start = low
    while start > 0 and text[start - 1] in _SEPARATORS:
        start -= 1
    word = start
    while word > 0 and text[word - 1] not in _SEPARATORS:
        word -= 1
    if 2 <= start - word <= 4 and _HAN_NAME.fullmatch(text, word, start):
        yield word, start


def _is_edge(text: str, index: int) -> bool:
    return index >= len(text) or text[index] in _SEPARATORS


def _merge(spans: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(spans):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def _split(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield spans between separators; a dash between digits and a blank before 号 are kept."""
    low = start
    for index in range(start, end):
        if text[index] in _SEPARATORS and not _is_joint(text, index, start, end):
            if low < index:
                yield low, index
            low = index + 1
    if low < end:
        yield low, end


def _is_joint(text: str, index: int, start: int, end: int) -> bool:
    if not start < index < end - 1:
        return False
    before, after = text[index - 1], text[index + 1]
    if text[index] == " ":
        return before.isdigit() and after in "号室房组户"
    if text[index] not in "-—–/.~":
        return False
    return ((before.isalnum() and before.isascii()) or before in "号栋幢座") and (
        after.isalnum() and after.isascii()
    )
