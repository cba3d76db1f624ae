"""Chinese address text into parts, by a trained tagger; never fails.

The text is folded to plain characters, what is plainly no address is set aside, and the tagger
of :mod:`geo.tagging` gives each character a level and each part a probability. It is told the
country's divisions and townships, common words, and the names of a district where they are
known.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from itertools import repeat

import numpy as np
import numpy.typing as npt

from geo.address_text import PlainTexts, merged, plain_texts
from geo.divisions import address_words
from geo.model import AddressLevel, AddressPart, Ints, ParsedAddress
from geo.tagging.lexicon import Lexicon, local_lexicon
from geo.tagging.model import AddressModel, Spans, shipped_model

__all__ = ["NO_NAMES", "AddressParser", "LocalNames", "parse", "parse_many", "separate"]

_L = AddressLevel
_BATCH = 500  # texts
_BATCH_LENGTH = 20_000  # characters, about
_BASIC = 1 << 16  # code points that a table of characters holds
_LANE = re.compile(r"(?:\d+|[一二三四五六七八九十百]{1,4})(?:支弄|弄|巷|支巷)")
_LANES = "弄巷"
_EDGES = " \t\r\n,，。、.;；:：!！?？\"'“”‘’|~·…@=+*&^%$_/\\—–-\x01"
_WIDE = (_L.COUNTRY, _L.PROVINCE, _L.CITY, _L.COUNTY)
_DEEP = frozenset((_L.NUMBER, _L.BUILDING, _L.UNIT, _L.FLOOR, _L.ROOM, _L.POI, _L.ESTATE))
_ADMINISTERED = ("村", "社区", "委会", "委员会", "居委", "村委")
_MASKED = 1


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
        self._noise = np.array([level is None for level in self._levels], np.bool_)
        self._at = {level: index for index, level in enumerate(self._levels)}

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
        for batch in _batches(texts):
            with _uncollected():
                parsed += self._batch(batch, names.lexicon)
        return parsed

    def _batch(self, texts: Sequence[str], local: Lexicon) -> Iterator[ParsedAddress]:
        plain = plain_texts(texts)
        codes, starts = plain.codes, plain.starts
        spans = self._model.spans(_masked(plain), starts, local)
        spans = _without(spans, plain)
        beside = self._noise[spans.level]
        dropped = _dropped(plain, spans.taken(beside.nonzero()[0]))
        low, high = _trimmed(codes, spans.start, spans.end)
        kept = ((low < high) & ~beside).nonzero()[0]
        low, high, rows, level = low[kept], high[kept], spans.text[kept], spans.level[kept]
        words = [plain.text[a:b] for a, b in zip(low.tolist(), high.tolist(), strict=True)]
        kinds = [self._levels[index] for index in level.tolist()]
        last = codes[high - 1]
        again = np.zeros(len(kept), np.bool_)
        again[1:] = (rows[1:] == rows[:-1]) & (level[1:] == level[:-1])
        for at in np.flatnonzero(
            ((level == self._at.get(_L.POI, -1)) & _among(last, _estate_endings()))
            | ((level == self._at.get(_L.NUMBER, -1)) & _among(last, _LANES))
            | ((level == self._at.get(_L.VILLAGE, -1)) & again)
        ).tolist():
            kinds[at] = _renamed(kinds[at], words[at], kinds[at - 1], words[at - 1])
        parts = tuple(
            map(
                tuple.__new__,  # as _make does, without a call of Python a part
                repeat(AddressPart),
                zip(
                    kinds, words, (low - starts[rows]).tolist(), (high - starts[rows]).tolist(),
                    spans.confidence[kept].round(3).tolist(), strict=True,
                ),
            )
        )  # fmt: skip
        bounds = np.searchsorted(rows, np.arange(len(texts) + 1)).tolist()
        for row, text in enumerate(texts):
            yield ParsedAddress(text, parts[bounds[row] : bounds[row + 1]], dropped.get(row, ()))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Put off the search for cycles, which would look through thousands of new parts in vain."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


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
    deep level, if a deep level follows there too: 前洋村8号（河埔镇） is one address.

    Examples
    --------
    >>> two = separate(parse("河埔镇前洋村8号；万安街道中山路12号"))
    >>> [[part.text for part in each.parts] for each in two]
    [['河埔镇', '前洋村', '8号'], ['万安街道', '中山路', '12号']]
    """
    groups: list[list[AddressPart]] = [[]]
    for part in parsed.parts:
        wide = part.level in _WIDE or part.level is _L.TOWNSHIP
        if wide and any(other.level in _DEEP for other in groups[-1]):
            groups.append([])
        groups[-1].append(part)
    if len(groups) > 1 and not any(part.level in _DEEP for part in groups[-1]):
        rest = groups.pop()
        groups[-1] += rest
    if len(groups) == 1:
        return (parsed,)
    return tuple(ParsedAddress(parsed.text, tuple(group), parsed.dropped) for group in groups)


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    length = 0
    for text in texts:
        batch.append(text)
        length += len(text)
        if len(batch) >= _BATCH or length >= _BATCH_LENGTH:
            yield batch
            batch = []
            length = 0
    if batch:
        yield batch


def _masked(plain: PlainTexts) -> npt.NDArray[np.uint32]:
    """Return the code points with what was dropped made unreadable."""
    if not plain.dropped:
        return plain.codes
    codes = plain.codes.copy()
    for row, spans in plain.dropped.items():
        for low, high in spans:
            codes[plain.starts[row] + low : plain.starts[row] + high] = _MASKED
    return codes


def _without(spans: Spans, plain: PlainTexts) -> Spans:
    """Return the spans without what was dropped, cut in two where that lies inside."""
    if not plain.dropped:
        return spans
    touched = np.isin(spans.text, np.fromiter(plain.dropped, np.int64))
    pieces = [
        (at, low, high)
        for at in np.flatnonzero(touched).tolist()
        for low, high in _outside(
            int(spans.start[at]),
            int(spans.end[at]),
            int(plain.starts[spans.text[at]]),
            plain.dropped[int(spans.text[at])],
        )
    ]
    cut = np.array(pieces, np.int64).reshape(-1, 3)
    at = np.concatenate([np.flatnonzero(~touched), cut[:, 0]])
    start = np.concatenate([spans.start[~touched], cut[:, 1]])
    end = np.concatenate([spans.end[~touched], cut[:, 2]])
    order = np.argsort(start)
    return replace(spans.taken(at[order]), start=start[order], end=end[order])


def _outside(
    start: int, end: int, offset: int, dropped: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Yield what a span leaves outside of the dropped ones, which count from ``offset``."""
    for low, high in dropped:
        if low + offset >= end:
            break
        if high + offset > start:
            if start < low + offset:
                yield start, low + offset
            start = high + offset
    if start < end:
        yield start, end


def _dropped(plain: PlainTexts, noise: Spans) -> dict[int, tuple[tuple[int, int], ...]]:
    """Return what was dropped and what the tagger calls no address, by text."""
    every = {row: list(spans) for row, spans in plain.dropped.items()}
    low, high = noise.start - plain.starts[noise.text], noise.end - plain.starts[noise.text]
    for row, *span in zip(noise.text.tolist(), low.tolist(), high.tolist(), strict=True):
        every.setdefault(row, []).append((span[0], span[1]))
    return {row: tuple(merged(spans)) for row, spans in every.items()}


def _trimmed(codes: npt.NDArray[np.uint32], start: Ints, end: Ints) -> tuple[Ints, Ints]:
    """Return the spans without the marks at their edges; one of marks only ends at its start."""
    count = len(codes)
    place = np.arange(count)
    edge = _among(codes, _EDGES)
    onward = np.minimum.accumulate(np.where(edge, count, place)[::-1])[::-1]
    back = np.maximum.accumulate(np.where(edge, -1, place))
    return onward[start], back[end - 1] + 1


def _among(codes: npt.NDArray[np.uint32], words: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return which of the characters end one of the words."""
    return _ending(tuple(words))[np.minimum(codes, _BASIC)]


@cache
def _ending(words: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    table = np.zeros(_BASIC + 1, np.bool_)
    table[[ord(word[-1]) for word in words]] = True
    return table


def _renamed(
    kind: AddressLevel | None, word: str, kind_before: AddressLevel | None, before: str
) -> AddressLevel | None:
    """Return the level that the words of a part, or of the one before, give it."""
    if kind is _L.POI and word.endswith(_estate_endings()):
        return _L.ESTATE
    if kind is _L.NUMBER and _LANE.fullmatch(word):
        return _L.LANE
    if (
        kind is _L.VILLAGE
        and kind_before is _L.VILLAGE
        and before.endswith(_ADMINISTERED)
        and not word.endswith(_ADMINISTERED)
    ):
        return _L.GROUP  # a natural village of the one before
    return kind


@cache
def _estate_endings() -> tuple[str, ...]:
    return tuple(address_words()["estate"]["endings"])
