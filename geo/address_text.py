"""Address text made plain: widths and characters folded, and what is no address found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from opencc import OpenCC

from geo.divisions import address_words

__all__ = ["PlainText", "plain_text"]

_PHONE = re.compile(
    r"(?<![\dA-Za-z])(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)"
    r"|(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)"
    r"|(?<!\d)\d{17}[\dXx](?!\d)"
)
_BRACKETS = re.compile(r"[(\[【<《{]([^()\[\]【】<>《》{}]*)[)\]】>》}]")
_SEPARATORS = frozenset(" \t\r\n,，。.、;；:：/|\\_~·…!！?？\"'“”‘’*=+&^%$@`()[]{}<>《》【】-—–")
_HAN_NAME = re.compile(r"[一-龥]{2,4}")


@dataclass(frozen=True, slots=True)
class PlainText:
    """A text of plain characters, and what in it is no address.

    Parameters
    ----------
    text
        The text after folding, as long as the original.
    dropped
        Spans (start, end) that are no address, in order and apart.
    """

    text: str
    dropped: tuple[tuple[int, int], ...] = ()


def plain_text(original: str) -> PlainText:
    """Fold widths and traditional characters, and find what is no address.

    Examples
    --------
    >>> plain_text("中山路１２８號（租房） 13800000000")
    PlainText(text='中山路128号(租房) 13800000000', dropped=((7, 11), (12, 23)))
    """
    text = _fold(original)
    if not _worth_a_look().search(text):
        return PlainText(text)
    return PlainText(text, tuple(_merge(_junk(text))))


def _fold(original: str) -> str:
    """Return the text with each character in its plain form, if that is one character too."""
    if original.isascii():
        return original
    text = original.translate(_simplified())
    if unicodedata.is_normalized("NFKC", text):
        return text
    return "".join(map(_plain_character, text))


@cache
def _plain_character(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 else character


@cache
def _simplified() -> dict[int, str]:
    """Return the simplified form of each traditional character that is one character."""
    every = [chr(code) for code in range(0x4E00, 0x9FFF)]
    plain = OpenCC("t2s").convert("\n".join(every)).split("\n")
    return {ord(a): b for a, b in zip(every, plain, strict=True) if a != b and len(b) == 1}


@cache
def _worth_a_look() -> re.Pattern[str]:
    """Return a pattern that is in every text with something to drop."""
    notes = address_words()["notes"]
    words = {*notes["label"], *notes["person"], *notes["title"]}
    return re.compile(
        r"[(\[【<《{]|\d(?:[- ]?\d){9}|" + "|".join(sorted(words, key=len, reverse=True))
    )


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
        if any(inside.startswith(note) or (len(note) > 1 and note in inside) for note in notes):
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
