"""Chinese address text into parts, by vocabulary and rules; never fails.

Numbered parts (128号, 3栋, 2单元, 5组, 88弄) are found by pattern. The words between them are
cut where a known ending or a known division fits best: each way of cutting gets a score from
the ending, the length of the name before it and the order of levels, and the best way wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from geo.address_text import PlainText, plain_text
from geo.divisions import address_words, divisions
from geo.model import AddressLevel, AddressPart, ParsedAddress

__all__ = ["LocalNames", "parse"]

_L = AddressLevel
_HAN_DIGITS = "一二三四五六七八九十百零〇两"
_COUNT = rf"(?:[A-Za-z]?\d+[A-Za-z]?|[{_HAN_DIGITS}]{{1,4}}|[甲乙丙丁])"
_NUMBERED = re.compile(
    "|".join(
        f"(?P<{name}>{pattern})"
        for name, pattern in (
            (
                "road",
                r"[GSXYgsxy]\d{2,4}(?:国道|省道|县道|乡道|高速|线)?|\d{3}(?:国道|省道|县道|乡道)"
                r"|\d+号(?:大街|大道|路|街)(?!道)",
            ),
            ("distance", r"\d+(?:\.\d+)?(?:米|公里|千米|[kK]?[mM](?![A-Za-z0-9]))"),
            ("group", rf"第?{_COUNT} ?(?:村民小组|居民小组|小组|组|生产队|队)"),
            ("unit", rf"(?:{_COUNT}|[A-Za-z])单元"),
            (
                "building",
                rf"(?:{_COUNT}|[A-Za-z])(?:号楼|号院|栋|幢|座(?!桥)|排|[#](?:楼)?)|[东南西北主]楼(?=\d|[一二三]|$)",
            ),
            (
                "lane",
                rf"(?:\d+|[{_HAN_DIGITS}]{{1,3}})(?:支弄|弄|巷|支巷)(?![{_HAN_DIGITS}]{{0,2}}村)",
            ),
            (
                "number",
                rf"(?:[A-Za-z]?\d+[A-Za-z]?|[{_HAN_DIGITS}]{{1,5}})"
                r"(?:[-—–~/之]\d+)* ?号"
                r"(?:附\d+号?|之[一二三四五六\d]+|[-—–]\d+(?!\d*室))?(?!线|店|门|码)",
            ),
            ("room", rf"(?:[A-Za-z]?\d+[A-Za-z]?|[{_HAN_DIGITS}]{{1,4}}) ?(?:室|号?房|户)"),
            (
                "floor",
                rf"(?:负?\d{{1,2}}|地下[{_HAN_DIGITS}\d]|[{_HAN_DIGITS}]{{1,3}})(?:楼|层)|\d{{1,2}}[Ff](?![A-Za-z])",
            ),
            ("triple", r"\d+[-—–]\d+[-—–]\d{3,4}"),
            ("pair", r"\d{1,3}[-—–]\d{3,4}"),
            ("bare", r"(?<![\dA-Za-z])[A-Z]?\d{1,4}(?![\dA-Za-z.#%])"),
            (
                "direction",
                r"(?:斜?对面|对过|旁边?|附近|隔壁|门口|(?<=[路街巷道])口|(?<![一-龥])路口|(?<=个)路口|交叉口|交汇处|交界处|交叉处|楼下|楼上|后面|前面|边上"
                r"|[东南西北]{1,2}(?:侧|面|边|首|约|(?=\d+(?:米|公里|[mM])))|[往向以][东南西北]{1,2})"
                r"(?![一-龥]?(?:村|社区|路(?!口)|街|镇|组|小区))",
            ),
        )
    )
)
_JOIN = re.compile(r"[与和及跟]")
_RANK = {
    level: rank
    for rank, level in enumerate(
        (_L.PROVINCE, _L.CITY, _L.COUNTY, _L.TOWNSHIP, _L.VILLAGE, _L.GROUP, _L.ROAD)
    )
}
_PLACE_RANK = len(_RANK)
_WITHIN = (_L.BUILDING, _L.UNIT, _L.FLOOR, _L.NUMBER, _L.ESTATE, _L.POI)
_FOLLOWING = {
    "number": _L.NUMBER,
    "bare": _L.NUMBER,
    "lane": _L.LANE,
    "group": _L.GROUP,
    "building": _L.BUILDING,
    "pair": _L.BUILDING,
    "triple": _L.BUILDING,
    "unit": _L.UNIT,
}
_DIVISION_SCORE = 1.6
_LOCAL_SCORE = 1.4
_FORMER_SCORE = 1.3  # a county that was a city or district under the same name
_SHORT_SCORE = 0.75
_FIRST_SCORE = {_L.PROVINCE: 0.75, _L.CITY: 0.75, _L.COUNTY: 0.5}
_REST_COST = 0.3
_SKIP_COST = 0.2  # a character before a name of the district
_ADMINISTRATIVE = (_L.PROVINCE, _L.CITY, _L.COUNTY, _L.TOWNSHIP)
_RANK_CHARACTERS = frozenset("省市县区旗镇乡村路街巷弄里")


@dataclass(frozen=True, slots=True)
class _Ending:
    """A word that ends a level, with what speaks for and against it."""

    word: str
    level: AddressLevel
    usual: tuple[int, int]
    score: float
    never_after: tuple[str, ...]
    never_before: tuple[str, ...]
    never_name: tuple[str, ...]
    alone: bool


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the plain text taken as one level."""

    start: int
    end: int
    level: AddressLevel
    confidence: float


class LocalNames:
    """Names of one district that stand without their endings in its address texts."""

    def __init__(self, names: Mapping[str, AddressLevel]) -> None:
        self._names = dict(names)
        self._lengths = sorted({len(name) for name in names}, reverse=True)
        self._firsts = frozenset(name[:2] for name in names)

    def at(self, text: str, start: int, end: int) -> Iterator[tuple[int, AddressLevel]]:
        """Yield (end, level) for each name in ``text[start:end]`` that begins at ``start``."""
        if text[start : start + 2] not in self._firsts:
            return
        for length in self._lengths:
            level = self._names.get(text[start : start + length])
            if level is not None and start + length <= end:
                yield start + length, level

    def cover(self, text: str, start: int, span: tuple[int, int]) -> bool:
        """Tell whether a name that begins from ``start`` on, before a span, reaches over it."""
        return any(
            stop >= span[1]
            for begin in range(start, span[0])
            for stop, _ in self.at(text, begin, len(text))
        )

    def later(self, text: str, start: int, end: int) -> int | None:
        """Return where the next name begins after up to four characters of no known name."""
        for begin in range(start + 1, min(start + 5, end)):
            if any(True for _ in self.at(text, begin, end)):
                return begin
        return None


_NO_NAMES = LocalNames({})


def parse(text: str, *, names: LocalNames = _NO_NAMES) -> ParsedAddress:
    """Return the parts of an address text; any text is taken, also an empty one.

    Parameters
    ----------
    text
        The text as written.
    names
        Names of the district that the text may use without endings, if they are known.

    Examples
    --------
    >>> [(part.level.value, part.text) for part in parse("河埔镇前洋村中山路１２８号").parts]
    [('township', '河埔镇'), ('village', '前洋村'), ('road', '中山路'), ('number', '128号')]
    """
    plain = plain_text(text)
    pieces: list[_Piece] = []
    for start, end in plain.runs:
        last = pieces[-1].level if pieces else None
        pieces.extend(_run(plain.text, start, end, last, names))
    parts = tuple(_part(plain, piece) for piece in pieces)
    return ParsedAddress(text=text, parts=parts, dropped=plain.dropped)


def _part(plain: PlainText, piece: _Piece) -> AddressPart:
    word = plain.text[piece.start : piece.end]
    return AddressPart(piece.level, word, piece.start, piece.end, round(piece.confidence, 2))


def _run(
    text: str, start: int, end: int, last: AddressLevel | None, names: LocalNames
) -> Iterator[_Piece]:
    """Yield the pieces of one run: words by their endings, numbers by pattern."""
    position = start
    for match in _NUMBERED.finditer(text, start, end):
        if names.cover(text, max(position, match.start() - 8), match.span()):
            continue
        following = _FOLLOWING.get(match.lastgroup or "")
        words = _words(text, position, match.start(), last, following, names)
        numbers = tuple(_numbered(match, words[-1].level if words else last))
        if numbers:
            yield from words
            yield from numbers
            last = numbers[-1].level
            position = match.end()
    yield from _words(text, position, end, last, None, names)


def _numbered(match: re.Match[str], last: AddressLevel | None) -> Iterator[_Piece]:
    """Yield the pieces of a numbered part; none for a number that means nothing here."""
    start, end = match.span()
    kind = match.lastgroup or ""
    if kind in ("triple", "pair") and last is not _L.ROAD:
        names = (_L.BUILDING, _L.UNIT, _L.ROOM) if kind == "triple" else (_L.BUILDING, _L.ROOM)
        for level, word in zip(names, re.finditer(r"\d+", match.group()), strict=True):
            yield _Piece(start + word.start(), start + word.end(), level, 0.7)
    elif kind in ("bare", "pair", "triple"):
        if last in (_L.ROAD, _L.LANE, _L.GROUP, _L.VILLAGE):
            yield _Piece(start, end, _L.NUMBER, 0.6)
        elif last in _WITHIN and end - start >= 3:
            yield _Piece(start, end, _L.ROOM, 0.7)
    elif kind == "number" and last in (_L.ESTATE, _L.POI):
        yield _Piece(start, end, _L.BUILDING, 0.7)
    elif kind == "number" and last is _L.BUILDING:
        yield _Piece(start, end, _L.ROOM, 0.7)
    else:
        yield _Piece(start, end, AddressLevel(kind), 0.95)


def _words(
    text: str,
    start: int,
    end: int,
    last: AddressLevel | None,
    following: AddressLevel | None,
    names: LocalNames,
) -> tuple[_Piece, ...]:
    """Return the pieces of the words between two numbered parts."""
    return _best_cut(text, start, end, last, following, names) if start < end else ()


_State = tuple[float, tuple[_Piece, ...]]


def _best_cut(
    text: str,
    start: int,
    end: int,
    last: AddressLevel | None,
    following: AddressLevel | None,
    names: LocalNames,
) -> tuple[_Piece, ...]:
    """Return the highest scoring way to cut ``text[start:end]``."""
    endings = _endings_in(text, start, end)
    states: dict[int, dict[AddressLevel | None, _State]] = {start: {last: (0.0, ())}}
    best: _State = (-1e9, ())
    queue = [start]
    while queue:
        position = min(queue)
        queue.remove(position)
        for level, (score, pieces) in states[position].items():
            tail = _rest(text, position, end, level, following)
            total = score + tail[0]
            if total > best[0]:
                best = (total, pieces + tail[1])
            for piece, gain in _next(text, position, end, level, endings, names):
                bonus = 0.4 if piece.end == end and _fits(piece.level, following) else 0.0
                state = (score + gain + bonus, (*pieces, piece))
                there = states.setdefault(piece.end, {})
                if piece.level not in there or there[piece.level][0] < state[0]:
                    there[piece.level] = state
                    if piece.end not in queue:
                        queue.append(piece.end)
    return best[1]


def _is_plain_han(name: str) -> bool:
    return all("\u4e00" <= character <= "\u9fff" for character in name)


def _fits(level: AddressLevel, following: AddressLevel | None) -> bool:
    """Tell whether a numbered part usually follows a level."""
    if following in (_L.NUMBER, _L.LANE):
        return level in (_L.ROAD, _L.VILLAGE, _L.GROUP)
    if following in (_L.BUILDING, _L.UNIT):
        return level in (_L.ESTATE, _L.POI, _L.VILLAGE)
    return following is _L.GROUP and level is _L.VILLAGE


def _next(
    text: str,
    position: int,
    end: int,
    last: AddressLevel | None,
    endings: list[tuple[_Ending, int]],
    names: LocalNames,
) -> Iterator[tuple[_Piece, float]]:
    """Yield each piece that may begin at ``position``, with its score."""
    if last in (_L.ROAD, _L.NUMBER) and _JOIN.match(text, position, end):
        position += 1
    for stop, level in names.at(text, position, end):
        if stop < end and text[stop] in _RANK_CHARACTERS:
            continue
        yield _Piece(position, stop, level, 1.0), _LOCAL_SCORE + _order(level, last)
    if (later := names.later(text, position, end)) is not None:
        larger = _L.CITY if last in (None, _L.PROVINCE) else _L.POI
        yield _Piece(position, later, larger, 0.3), -_SKIP_COST * (later - position)
    for stop, division in divisions().at(text, position):
        if stop > end:
            continue
        if not division.short:
            gain = _DIVISION_SCORE + max(_order(division.level, last), -0.4)
            yield _Piece(position, stop, division.level, 1.0), gain
        elif division.level is _L.COUNTY and text.startswith(("市", "县", "区"), stop, end):
            gain = _FORMER_SCORE + _order(division.level, last)
            yield _Piece(position, stop + 1, division.level, 0.9), gain
        elif _short_may_stand(division.level, last, text, stop):
            gain = _SHORT_SCORE if last else _FIRST_SCORE[division.level]
            gain += _order(division.level, last)
            yield _Piece(position, stop, division.level, 0.8), gain
    for ending, stop in endings:
        length = stop - len(ending.word) - position
        if length < (0 if ending.alone else 1) or length > 16:
            continue
        name = text[position : position + length]
        if name in ending.never_name or name.endswith(ending.never_after):
            continue
        if ending.level in _ADMINISTRATIVE and not _is_plain_han(name):
            continue
        least, most = ending.usual
        off = max(least - length, length - most, 0) if length else 0
        score = ending.score - 0.25 * off + _order(ending.level, last)
        yield _Piece(position, stop, ending.level, max(0.3, 0.9 - 0.1 * off)), score


def _short_may_stand(level: AddressLevel, last: AddressLevel | None, text: str, stop: int) -> bool:
    """Tell whether a division's short name may stand for it here."""
    if text[stop : stop + 1] in _RANK_CHARACTERS:
        return False
    return last is None or _RANK.get(last, -1) < _RANK[level]


def _order(level: AddressLevel, last: AddressLevel | None) -> float:
    """Return what the order of two neighbours speaks for or against."""
    if last is None:
        return 0.0
    rank, before = _RANK.get(level, _PLACE_RANK), _RANK.get(last, _PLACE_RANK)
    if rank > before:
        return 0.1
    if level is last:
        return -0.3 if level in (_L.ROAD, _L.ESTATE, _L.POI) else -0.6
    if rank == before:
        return 0.0
    return -0.2 if level in (_L.ROAD, _L.VILLAGE, _L.GROUP) else -0.7


def _rest(
    text: str,
    start: int,
    end: int,
    last: AddressLevel | None,
    following: AddressLevel | None,
) -> _State:
    """Return cost and piece of the words that no ending explains."""
    length = end - start
    if not length:
        return 0.0, ()
    cost = -_REST_COST * min(length, 4)
    if length == 1 and not text[start].isalnum():
        return cost, ()
    return cost, (_Piece(start, end, _rest_level(length, last, following), 0.4),)


def _rest_level(
    length: int, last: AddressLevel | None, following: AddressLevel | None
) -> AddressLevel:
    if following in (_L.BUILDING, _L.UNIT):
        return _L.ESTATE
    if following in (_L.NUMBER, _L.LANE, _L.GROUP) and length <= 4:
        if last in (_L.TOWNSHIP, _L.COUNTY):
            return _L.VILLAGE
        if last is _L.VILLAGE:
            return _L.GROUP
    return _L.POI


@cache
def _vocabulary() -> tuple[re.Pattern[str], dict[str, tuple[_Ending, ...]]]:
    """Return the pattern of all endings, and the endings of each word."""
    by_word: dict[str, list[_Ending]] = {}
    for level, entry in address_words()["ending"].items():
        for word in entry["words"]:
            ending = _Ending(
                word,
                AddressLevel(level),
                (entry["usual"][0], entry["usual"][1]),
                entry["score"] + 0.1 * (len(word) - 1),
                tuple(entry.get("never_after", ())),
                tuple(entry.get("never_before", ())),
                tuple(entry.get("never_name", ())),
                word in entry.get("alone", ()),
            )
            by_word.setdefault(word, []).append(ending)
    words = sorted(by_word, key=len, reverse=True)
    pattern = re.compile(f"(?=({'|'.join(map(re.escape, words))}))")
    return pattern, {word: tuple(endings) for word, endings in by_word.items()}


def _endings_in(text: str, start: int, end: int) -> list[tuple[_Ending, int]]:
    """Return the endings in a stretch with the index behind each, nearest first.

    A word inside of a longer ending that stops at the same place is left out.
    """
    pattern, by_word = _vocabulary()
    longest: dict[int, str] = {}
    for match in pattern.finditer(text, start, end):
        word = match.group(1)
        stop = match.start() + len(word)
        if stop <= end and len(word) > len(longest.get(stop, "")):
            longest[stop] = word
    return [
        (ending, stop)
        for stop, word in sorted(longest.items())
        if not _inside_longer(longest, stop, word)
        for ending in by_word[word]
        if not text.startswith(ending.never_before, stop, end)
    ]


def _inside_longer(longest: dict[int, str], stop: int, word: str) -> bool:
    """Tell whether an ending lies within a longer one that reaches further."""
    return any(
        other > stop and other - len(longer) <= stop - len(word)
        for other, longer in longest.items()
    )
