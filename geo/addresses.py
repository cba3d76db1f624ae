"""Chinese address text into parts, by a trained tagger; never fails.

The text is folded to plain characters, what is plainly no address is set aside, and the tagger
of :mod:`geo.tagging` gives each character a level and each part a probability. It is told the
country's divisions and townships, common words, and the names of a district where they are
known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice

from geo.address_text import PlainText, plain_text
from geo.divisions import address_words
from geo.model import AddressLevel, AddressPart, ParsedAddress
from geo.tagging.lexicon import Lexicon, local_lexicon
from geo.tagging.model import AddressModel, shipped_model

__all__ = ["NO_NAMES", "AddressParser", "LocalNames", "parse", "parse_many", "separate"]

_L = AddressLevel
_BATCH = 2_000
_LANE = re.compile(r"(?:\d+|[一二三四五六七八九十百]{1,4})(?:支弄|弄|巷|支巷)")
_EDGES = " \t\r\n,，。、.;；:：!！?？\"'“”‘’|~·…@=+*&^%$_/\\—–-\x01"
_WIDE = (_L.COUNTRY, _L.PROVINCE, _L.CITY, _L.COUNTY)
_DEEP = frozenset((_L.NUMBER, _L.BUILDING, _L.UNIT, _L.FLOOR, _L.ROOM, _L.POI, _L.ESTATE))
_ADMINISTERED = ("村", "社区", "委会", "委员会", "居委", "村委")
_MASKED = "\x01"


class LocalNames:
    """Names of one district that stand without their endings in its address texts."""

    def __init__(self, names: Mapping[str, AddressLevel]) -> None:
        self.lexicon: Lexicon = local_lexicon(names)


NO_NAMES = LocalNames({})
"""No district is known."""


class AddressParser:
    """Parses with one model.

    Parameters
    ----------
    model
        Weights, shipped or trained on a court's own labelled rows.
    """

    def __init__(self, model: AddressModel) -> None:
        self._model = model
        known = {level.value: level for level in _L}
        self._levels = tuple(known.get(name) for name in model.levels)

    def parse(self, text: str, *, names: LocalNames = NO_NAMES) -> ParsedAddress:
        """Return the parts of an address text; any text is taken, also an empty one.

        Parameters
        ----------
        text
            The text as written.
        names
            Names of the district, if they are known.
        """
        return self.parse_many((text,), names=names)[0]

    def parse_many(
        self, texts: Iterable[str], *, names: LocalNames = NO_NAMES
    ) -> list[ParsedAddress]:
        """Return the parts of each text, in order; far faster than one by one."""
        parsed: list[ParsedAddress] = []
        stream = iter(texts)
        while batch := list(islice(stream, _BATCH)):
            parsed += self._batch(batch, names.lexicon)
        return parsed

    def _batch(self, texts: Sequence[str], local: Lexicon) -> list[ParsedAddress]:
        plains = [plain_text(text) for text in texts]
        spans = self._model.spans([_masked(plain) for plain in plains], local)
        parts: list[list[AddressPart]] = [[] for _ in plains]
        noise: list[list[tuple[int, int]]] = [[] for _ in plains]
        for row, start, end, level, confidence in zip(
            spans.text.tolist(), spans.start.tolist(), spans.end.tolist(),
            spans.level.tolist(), spans.confidence.round(3).tolist(), strict=True,
        ):  # fmt: skip
            kind = self._levels[level]
            plain = plains[row]
            if kind is None:
                noise[row].append((start, end))
            elif plain.dropped:
                for low, high in _outside(start, end, plain.dropped):
                    _append(parts[row], plain.text, low, high, kind, confidence)
            else:
                _append(parts[row], plain.text, start, end, kind, confidence)
        return [
            ParsedAddress(text, tuple(found), _merged(plain.dropped, beside))
            for text, plain, found, beside in zip(texts, plains, parts, noise, strict=True)
        ]


@cache
def _shipped() -> AddressParser:
    return AddressParser(shipped_model())


def parse(text: str, *, names: LocalNames = NO_NAMES) -> ParsedAddress:
    """Return the parts of an address text by the shipped model; see :class:`AddressParser`.

    Examples
    --------
    >>> [(part.level.value, part.text) for part in parse("河埔镇前洋村中山路１２８号").parts]
    [('township', '河埔镇'), ('village', '前洋村'), ('road', '中山路'), ('number', '128号')]
    """
    return _shipped().parse(text, names=names)


def parse_many(texts: Iterable[str], *, names: LocalNames = NO_NAMES) -> list[ParsedAddress]:
    """Return the parts of each text by the shipped model, in order."""
    return _shipped().parse_many(texts, names=names)


def separate(parsed: ParsedAddress) -> tuple[ParsedAddress, ...]:
    """Return the addresses that one cell holds, each with its own parts; mostly one.

    A new address begins where a township or something larger follows a house number or another
    deep level, and where a county follows a township.

    Examples
    --------
    >>> two = separate(parse("河埔镇前洋村8号；万安街道中山路12号"))
    >>> [[part.text for part in each.parts] for each in two]
    [['河埔镇', '前洋村', '8号'], ['万安街道', '中山路', '12号']]
    """
    groups: list[list[AddressPart]] = [[]]
    deep = False
    for part in parsed.parts:
        if deep and (part.level in _WIDE or part.level is _L.TOWNSHIP):
            groups.append([])
            deep = False
        groups[-1].append(part)
        deep |= part.level in _DEEP
    if len(groups) == 1:
        return (parsed,)
    return tuple(ParsedAddress(parsed.text, tuple(group), parsed.dropped) for group in groups)


def _masked(plain: PlainText) -> str:
    """Return the text with what was dropped made unreadable, as long as before."""
    if not plain.dropped:
        return plain.text
    pieces: list[str] = []
    position = 0
    for low, high in plain.dropped:
        pieces += (plain.text[position:low], _MASKED * (high - low))
        position = high
    return "".join((*pieces, plain.text[position:]))


def _append(
    parts: list[AddressPart], text: str, start: int, end: int, kind: AddressLevel, sure: float
) -> None:
    """Add a part without the marks at its edges, by the name that its words give it."""
    word = text[start:end]
    if word[0] in _EDGES or word[-1] in _EDGES:
        start += len(word) - len(word.lstrip(_EDGES))
        word = word.strip(_EDGES)
        end = start + len(word)
        if not word:
            return
    if kind is _L.POI and word.endswith(_estate_endings()):
        kind = _L.ESTATE
    elif kind is _L.NUMBER and _LANE.fullmatch(word):
        kind = _L.LANE
    elif (
        kind is _L.VILLAGE
        and parts
        and parts[-1].level is _L.VILLAGE
        and parts[-1].text.endswith(_ADMINISTERED)
        and not word.endswith(_ADMINISTERED)
    ):
        kind = _L.GROUP  # a natural village of the one before
    parts.append(AddressPart(kind, word, start, end, sure))


@cache
def _estate_endings() -> tuple[str, ...]:
    return tuple(address_words()["estate"]["endings"])


def _outside(start: int, end: int, dropped: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield what a span leaves outside of the dropped ones."""
    for low, high in dropped:
        if low >= end:
            break
        if high > start:
            if start < low:
                yield start, low
            start = high
    if start < end:
        yield start, end


def _merged(
    dropped: tuple[tuple[int, int], ...], noise: list[tuple[int, int]]
) -> tuple[tuple[int, int], ...]:
    if not noise:
        return dropped
    merged: list[tuple[int, int]] = []
    for low, high in sorted([*dropped, *noise]):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)
