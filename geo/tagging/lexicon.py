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
from geo.model import AddressLevel, Ints
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
        if not plain.endswith(_TOWN_ENDINGS):
            continue
        ending = next(each for each in _TOWN_ENDINGS if plain.endswith(each))
        names[plain] = names.get(plain, 0) | 1 << 6
        stem = plain.removesuffix(ending)
        if len(stem) >= 2:
            names[stem] = names.get(stem, 0) | 1 << 7
    words, prices = _words()
    lengths = np.fromiter(map(len, names), np.int64, len(names))
    name_keys, name_ends = _hashes(code_points("".join(names)), lengths)
    word_keys, word_ends = _hashes(*words)
    kinds = np.fromiter(names.values(), np.uint32, len(names))
    ordered = np.sort(word_keys[word_ends])
    place = np.searchsorted(ordered, name_keys[name_ends]).clip(max=len(ordered) - 1)
    new = (ordered[place] != name_keys[name_ends]) & (lengths >= 2)
    kinds[new] |= np.uint32(_NAME_PRICE << _WORD_SHIFT)
    held = np.zeros(len(name_keys) + len(word_keys), np.uint32)
    held[name_ends] = kinds
    held[len(name_keys) + word_ends] = prices << np.uint32(_WORD_SHIFT)
    return _lexicon(np.concatenate([name_keys, word_keys]), held)


def local_lexicon(
    names: Mapping[str, AddressLevel] | Iterable[tuple[str, AddressLevel]],
) -> Lexicon:
    """Return the names of a district, by the level that each means."""
    pairs = names.items() if isinstance(names, Mapping) else names
    kinds: dict[str, int] = {}
    for name, level in pairs:
        if level in _LOCAL_KINDS and name:
            kinds[name] = kinds.get(name, 0) | 1 << _LOCAL_KINDS[level]
    if not kinds:
        return NO_LEXICON
    lengths = np.fromiter(map(len, kinds), np.int64, len(kinds))
    keys, ends = _hashes(code_points("".join(kinds)), lengths)
    held = np.zeros(len(keys), np.uint32)
    held[ends] = np.fromiter(kinds.values(), np.uint32, len(kinds))
    return _lexicon(keys, held)


def _hashes(codes: npt.NDArray[np.uint32], lengths: Ints) -> tuple[npt.NDArray[np.uint64], Ints]:
    """Return hashes of all prefixes of words laid end to end, and where each word's own is."""
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    hashes: npt.NDArray[np.uint64] = kernels.hash_prefixes(codes, starts)
    return hashes, starts[1:] - 1


def _lexicon(keys: npt.NDArray[np.uint64], held: npt.NDArray[np.uint32]) -> Lexicon:
    slots = 1 << max(2, math.ceil(math.log2(len(keys) * 1.5)))
    return Lexicon(*kernels.fill(keys, held, slots))


def _words() -> tuple[tuple[npt.NDArray[np.uint32], Ints], npt.NDArray[np.uint32]]:
    """Return code points and lengths of common words, and the price of each.

    The file holds a word, a blank and its count a line. The price is the negative log
    probability in steps.
    """
    packed = resources.files("geo.tagging").joinpath("words.txt.xz").read_bytes()
    codes = code_points(lzma.decompress(packed).decode("utf-8"))
    blanks = np.flatnonzero(codes == ord(" "))
    lines = np.flatnonzero(codes == ord("\n"))
    begins = np.concatenate([[0], lines[:-1] + 1])
    counts = np.zeros(len(blanks), np.int64)
    digits = lines - blanks - 1
    for place in range(int(digits.max())):
        held = digits > place
        counts[held] = counts[held] * 10 + codes[blanks[held] + 1 + place] - ord("0")
    in_word = np.zeros(len(codes) + 1, np.int8)
    in_word[begins] = 1
    in_word[blanks] = -1
    words = codes[np.cumsum(in_word[:-1]) > 0]
    prices = np.clip(np.log(_WORDS_TOTAL / np.maximum(counts, 1)) * _STEPS, 1, 150)
    return (words, blanks - begins), prices.astype(np.uint32)
