"""Known names and common words, as tables that the compiled loops walk."""

from __future__ import annotations

import lzma
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from geo.address_text import code_points
from geo.divisions import divisions
from geo.model import AddressLevel
from geo.tagging import kernels
from geo.townships import townships

__all__ = ["NO_LEXICON", "Lexicon", "country_lexicon", "local_lexicon"]

_L = AddressLevel
_KINDS = {_L.PROVINCE: 0, _L.CITY: 2, _L.COUNTY: 4, _L.TOWNSHIP: 6}
_LOCAL_KINDS = {
    _L.TOWNSHIP: 0,
    _L.VILLAGE: 1,
    _L.GROUP: 2,
    _L.ROAD: 3,
    _L.ESTATE: 4,
    _L.POI: 4,
    _L.SUBPOI: 4,
}
_WORD_SHIFT = 8
_STEPS = 8.0  # steps of a word's price in one natural unit of log probability
_WORDS_TOTAL = 60_101_967  # occurrences in the text that the word list was counted on
_NAME_PRICE = 100  # of a name that is no word of the list
_TOWN_ENDINGS = ("街道", "民族乡", "镇", "乡", "苏木")


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """Names by the hashes of their prefixes; see :mod:`geo.tagging.kernels`."""

    table: npt.NDArray[np.uint64]
    held: npt.NDArray[np.uint32]


NO_LEXICON = Lexicon(np.zeros(1, np.uint64), np.zeros(1, np.uint32))
"""A lexicon without names."""


@cache
def country_lexicon() -> Lexicon:
    """Return the country's divisions and townships, and common words with their price."""
    names: dict[str, int] = {}
    for division in divisions():
        kind = _KINDS[division.level] + division.short
        name = division.short_name if division.short else division.name
        names[name] = names.get(name, 0) | 1 << kind
    for name in townships().names:
        plain = name.removesuffix("办事处")
        ending = next((each for each in _TOWN_ENDINGS if plain.endswith(each)), "")
        if not ending:
            continue
        names[plain] = names.get(plain, 0) | 1 << 6
        stem = plain.removesuffix(ending)
        if len(stem) >= 2:
            names[stem] = names.get(stem, 0) | 1 << 7
    words = _words()
    for name in names:
        if name not in words and len(name) >= 2:
            names[name] |= _NAME_PRICE << _WORD_SHIFT
    for word, price in words.items():
        names[word] = names.get(word, 0) | price << _WORD_SHIFT
    return _lexicon(names)


def local_lexicon(
    names: Mapping[str, AddressLevel] | Iterable[tuple[str, AddressLevel]],
) -> Lexicon:
    """Return the names of a district, by the level that each means."""
    pairs = names.items() if isinstance(names, Mapping) else names
    kinds: dict[str, int] = {}
    for name, level in pairs:
        if level in _LOCAL_KINDS and name:
            kinds[name] = kinds.get(name, 0) | 1 << _LOCAL_KINDS[level]
    return _lexicon(kinds) if kinds else NO_LEXICON


def _lexicon(values: Mapping[str, int]) -> Lexicon:
    lengths = np.fromiter(map(len, values), np.int64, len(values))
    starts = np.concatenate([[0], np.cumsum(lengths)])
    keys, ends = kernels.hash_prefixes(code_points("".join(values)), starts)
    held = np.zeros(len(keys), np.uint32)
    held[ends] = np.fromiter(values.values(), np.uint32, len(values))
    slots = 1 << max(2, math.ceil(math.log2(len(keys) * 1.5)))
    return Lexicon(*kernels.fill(keys, held, slots))


def _words() -> dict[str, int]:
    """Return the price of each common word: its negative log probability in steps."""
    packed = resources.files("geo.tagging").joinpath("words.txt.xz").read_bytes()
    pairs = lzma.decompress(packed).decode("utf-8").split()
    counts = np.array(pairs[1::2], dtype=np.int64)
    prices = np.log(_WORDS_TOTAL / np.maximum(counts, 1)) * _STEPS
    return dict(zip(pairs[::2], np.clip(prices, 1, 150).astype(int).tolist(), strict=True))
