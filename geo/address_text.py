"""Address text made plain: widths and characters folded, and what is no address found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from opencc import OpenCC

from geo.divisions import address_words
from geo.model import Ints

__all__ = ["PlainTexts", "code_points", "comparable", "merged", "plain_texts"]

_PHONE = re.compile(
    r"(?<![\dA-Za-z])(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)"
    r"|(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)"
    r"|(?<!\d)\d{17}[\dXx](?!\d)"
)
_BRACKETS = re.compile(r"[(\[【<《{]([^()\[\]【】<>《》{}]*)[)\]】>》}]")
_SEPARATORS = frozenset(" \t\r\n,，。.、;；:：/|\\_~·…!！?？\"'“”‘’*=+&^%$@`()[]{}<>《》【】-—–")
_HAN_NAME = re.compile(r"[一-龥]{2,4}")


_LONG_NUMBER = 10  # digits
_BASIC = 1 << 16  # code points that the tables hold


@dataclass(frozen=True, slots=True, eq=False)
class PlainTexts:
    """Texts of plain characters laid end to end, and what in them is no address.

    Parameters
    ----------
    text
        The texts after folding, each as long as the original.
    codes
        Code points of ``text``, shape (characters,).
    starts
        Where each text starts, and the end of the last, shape (texts + 1,).
    dropped
        By position of a text, its spans (start, end) that are no address, in order and apart;
        texts without any are left out.
    """

    text: str
    codes: npt.NDArray[np.uint32]
    starts: Ints
    dropped: Mapping[int, tuple[tuple[int, int], ...]]


def code_points(text: str) -> npt.NDArray[np.uint32]:
    """Return the code points of a text, shape (length,); an array that may be changed.

    Compiled loops are compiled anew for an array that may not.
    """
    return np.frombuffer(bytearray(text.encode("utf-32-le", "surrogatepass")), dtype=np.uint32)


def plain_texts(originals: Sequence[str]) -> PlainTexts:
    """Fold widths and traditional characters, and find what is no address.

    Examples
    --------
    >>> plain = plain_texts(["中山路１２８號（租房） 13800000000", "8號"])
    >>> plain.text
    '中山路128号(租房) 138000000008号'
    >>> plain.starts.tolist(), plain.dropped
    ([0, 23, 25], {0: ((7, 11), (12, 23))})
    """
    starts = np.zeros(len(originals) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, originals), np.int64, len(originals)), out=starts[1:])
    codes = _fold(code_points("".join(originals)))
    text = codes.tobytes().decode("utf-32-le", "surrogatepass")
    dropped: dict[int, tuple[tuple[int, int], ...]] = {}
    for row in _worth_a_look(text, codes, starts):
        spans = tuple(merged(_junk(text[starts[row] : starts[row + 1]])))
        if spans:
            dropped[row] = spans
    return PlainTexts(text, codes, starts, dropped)


def comparable(texts: Iterable[str]) -> list[str]:
    """Return texts without what writers differ in: widths, old characters, spaces, marks.

    Between two digits a mark is kept, as a hyphen: 1-2 is not 12.

    Examples
    --------
    >>> comparable(["中山路 １２８號，3－201室", "中山路128号3-201室"])
    ['中山路128号3-201室', '中山路128号3-201室']
    """
    end = "\0"
    codes = _fold(code_points("".join(text.replace(end, "") + end for text in texts)))
    is_mark = np.isin(codes, np.fromiter(map(ord, _SEPARATORS), np.uint32, len(_SEPARATORS)))
    is_digit = (codes >= ord("0")) & (codes <= ord("9"))
    kept = np.flatnonzero(~is_mark)
    left, right = kept[:-1], kept[1:]
    hyphens = left[(right - left > 1) & is_digit[left] & is_digit[right]] + 1
    codes[hyphens] = ord("-")
    is_mark[hyphens] = False
    return codes[~is_mark].tobytes().decode("utf-32-le", "surrogatepass").split(end)[:-1]


def _fold(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Return each character in its plain form, if that is one character too."""
    rare = np.flatnonzero(codes >= _BASIC)
    if not len(rare):
        return _folded()[codes]
    plain = codes.copy()
    plain[rare] = [ord(_plain_character(chr(code))) for code in codes[rare].tolist()]
    basic = np.flatnonzero(codes < _BASIC)
    plain[basic] = _folded()[codes[basic]]
    return plain


def _plain_character(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 else character


@cache
def _folded() -> npt.NDArray[np.uint32]:
    """Return the plain form of every code point of the basic plane, shape (65536,).

    First a traditional character becomes its simplified form, if that is one character.
    """
    every = [chr(code) for code in range(_BASIC)]
    first, last = 0x4E00, 0x9FFF
    plain = OpenCC("t2s").convert("\n".join(every[first:last])).split("\n")
    simple = [b if len(b) == 1 else a for a, b in zip(every[first:last], plain, strict=True)]
    every[first:last] = simple
    return np.fromiter(map(ord, map(_plain_character, every)), np.uint32, _BASIC)


def _worth_a_look(text: str, codes: npt.NDArray[np.uint32], starts: Ints) -> list[int]:
    """Return the texts that may hold something to drop: long numbers, brackets, certain words.

    A word that lies across the border of two texts may hide one in either, so both are taken.
    """
    found = [edge for match in _sign().finditer(text) for edge in (match.start(), match.end() - 1)]
    rows = (
        {row - 1 for row in starts.searchsorted(found, side="right").tolist()} if found else set()
    )
    digits = np.zeros(len(codes) + 1, np.int32)
    _digits()[np.minimum(codes, _BASIC - 1)].cumsum(out=digits[1:])
    count = digits[starts]
    rows.update((count[1:] - count[:-1] >= _LONG_NUMBER).nonzero()[0].tolist())
    return sorted(rows)


@cache
def _digits() -> npt.NDArray[np.bool_]:
    """Return which code points are digits; the last stands for all above the basic plane."""
    digits = np.fromiter((chr(code).isdigit() for code in range(_BASIC)), np.bool_, _BASIC)
    digits[-1] = True
    return digits


@cache
def _sign() -> re.Pattern[str]:
    """Return a pattern of brackets and of words that tell what is no address."""
    notes = address_words()["notes"]
    words = {*notes["label"], *notes["person"], *notes["title"]}
    return re.compile(
        "|".join(map(re.escape, (*"([【<《{", *sorted(words, key=len, reverse=True))))
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
    return sum(map(str.isdigit, text)) >= _LONG_NUMBER


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


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans in order, those that touch or overlap as one."""
    result: list[tuple[int, int]] = []
    for low, high in sorted(spans):
        if result and low <= result[-1][1]:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return result
