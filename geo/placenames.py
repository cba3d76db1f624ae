"""When two writings of a place name or house number mean the same place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from typing import Generic, TypeVar

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

__all__ = [
    "Agreement",
    "HouseKey",
    "Match",
    "NameTable",
    "disagreement",
    "house_key",
    "name_key",
    "sound_key",
    "township_stem",
    "village_stem",
]

T = TypeVar("T")

_SPACE = re.compile(r"[\s,，.。、·'’\"“”()（）\-—]+")
_TOWNSHIP_ENDINGS = (
    *("街道办事处", "街道办", "街道", "镇人民政府", "乡人民政府", "镇政府", "乡政府"),
    *("民族乡", "苏木", "镇", "乡"),
)
_VILLAGE_ENDINGS = (
    *("社区居民委员会", "村民委员会", "居民委员会", "社区居委会", "村委会", "居委会", "社区"),
    *("行政村", "自然村", "嘎查", "村"),
)
_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")}
_DIGITS.update({"〇": 0, "两": 2})
_HAN_NUMBER = re.compile(r"[零〇一二两三四五六七八九十百]+")
_COUNTING = re.compile(r"[\d零〇一二三四五六七八九十]")
_HOUSE = re.compile(r"(?P<before>[A-Za-z甲乙丙丁附]?)(?P<main>\d{1,5})(?P<after>.*)")
_FINAL_FOLDS = (("ing", "in"), ("eng", "en"), ("ang", "an"))
_INITIAL_FOLDS = (  # retroflex and flat; n and l; Minnan has no f, and no r apart from l
    *(("zh", "z"), ("ch", "c"), ("sh", "s")),
    *(("n", "l"), ("r", "l"), ("fei", "hui"), ("fu", "hu"), ("f", "hu")),
)
_NEAR_LENGTH = 6
_CACHE_SIZE = 50_000


@lru_cache(_CACHE_SIZE)
def name_key(name: str) -> str:
    """Return the name in one width and case, without spaces and marks."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", name)).casefold()


@lru_cache(_CACHE_SIZE)
def township_stem(name: str) -> str:
    """Return the key of a township's name without its rank.

    Examples
    --------
    >>> township_stem("河埔镇"), township_stem("万安街道办事处"), township_stem("镇")
    ('河埔', '万安', '镇')
    """
    return _stem(name_key(name), _TOWNSHIP_ENDINGS)


@lru_cache(_CACHE_SIZE)
def village_stem(name: str) -> str:
    """Return the key of a village's name without its rank.

    Examples
    --------
    >>> village_stem("前洋村村民委员会"), village_stem("前洋社区"), village_stem("前洋")
    ('前洋', '前洋', '前洋')
    """
    return _stem(name_key(name), _VILLAGE_ENDINGS)


def _stem(key: str, endings: tuple[str, ...]) -> str:
    for ending in endings:
        if key.endswith(ending) and len(key) > len(ending):
            rest = key.removesuffix(ending)
            return rest.removesuffix("村") if len(rest) > 2 and ending[0] in "村居" else rest
    return key


@lru_cache(_CACHE_SIZE)
def sound_key(key: str) -> str:
    """Return how a name sounds, with sounds that southern speakers mix made equal.

    Each character is read alone, so that characters of one sound always agree.

    Examples
    --------
    >>> sound_key("前洋") == sound_key("前样"), sound_key("中山") == sound_key("宗山")
    (True, True)
    """
    return " ".join(map(_sound, key))


@cache
def _syllable(character: str) -> str:
    from pypinyin import lazy_pinyin  # loads long tables

    return lazy_pinyin(character)[0] if character else ""


@cache
def _sound(character: str) -> str:
    """Return the syllable, equal for sounds that southern speakers mix."""
    sound = _syllable(character)
    if character and not character.isascii():
        for one, other in _FINAL_FOLDS:
            sound = sound.replace(one, other)
        for one, other in _INITIAL_FOLDS:
            if sound.startswith(one):
                return other + sound.removeprefix(one)
    return sound


@dataclass(frozen=True, slots=True)
class HouseKey:
    """A house number: its count, what follows it (``-1``, ``a``) and what goes before it (甲)."""

    main: int
    mark: str = ""
    front: str = ""

    def __str__(self) -> str:
        """Return the number as an address writes it."""
        return f"{self.front}{self.main}{self.mark}号"


@lru_cache(_CACHE_SIZE)
def house_key(text: str) -> HouseKey | None:
    """Return the key of a house number, or None for a text without a number.

    Examples
    --------
    >>> house_key("128号"), house_key("一百二十八号")
    (HouseKey(main=128, mark='', front=''), HouseKey(main=128, mark='', front=''))
    >>> house_key("6号附1号") == house_key("6-1") == house_key("6号之一")
    True
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    plain = _HAN_NUMBER.sub(lambda match: str(_han_value(match.group())), plain)
    match = _HOUSE.match(plain)
    if match is None:
        return None
    after = re.sub(r"[号#附之\s]", "", match["after"]).casefold().strip("-—–")
    if after[:1].isdigit():
        after = "-" + after
    return HouseKey(int(match["main"]), after, match["before"].casefold())


def _han_value(digits: str) -> int:
    """Return the value of 一二八, 一百二十八 or 十二."""
    if not set(digits) & {"十", "百"}:
        return int("".join(str(_DIGITS[digit]) for digit in digits))
    total, digit = 0, 0
    for character in digits:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[character]
    return total + digit


class Match(StrEnum):
    """How a text agrees with a name."""

    EXACT = "exact"
    SOUND = "sound"
    NEAR = "near"


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a text agrees with a name, and what that costs.

    ``loss`` is the negative logarithm of how likely someone who means the name writes the
    text, compared with writing the name itself.
    """

    how: Match
    loss: float


_EXACTLY = Agreement(Match.EXACT, 0.0)
_SAME_SOUND = 2.5  # another character of the same syllable
_MIXED_SOUND = 3.2  # a syllable that southern speakers mix with it
_OTHER_CHARACTER = 4.6
_MORE_OR_LESS = 5.0  # a character too many or too few
_OTHER_NUMERAL = 9.0  # 第二医院 is not 第三医院
_FARTHEST = 10.0
_MOST_NAMES = 12
_MOST_NEAR = 40
_BEGIN, _END = 2, 4  # characters at most of the pieces that names are found by
_MIDDLE_FROM = 2


@lru_cache(_CACHE_SIZE)
def disagreement(text: str, name: str) -> float:
    """Return the loss of writing a text for a name, both as keys; 0 if they are equal.

    Edits are weighed by kind: a character of the same sound is a likelier slip than any other
    one, and numerals are hardly ever mistaken.

    Examples
    --------
    >>> disagreement("前样", "前洋") < disagreement("前坑", "前洋") < disagreement("前", "前洋")
    True
    """
    loss = 0.0
    for edit in Levenshtein.editops(text, name):
        one = text[edit.src_pos] if edit.tag != "insert" else ""
        other = name[edit.dest_pos] if edit.tag != "delete" else ""
        if _COUNTING.match(one) or _COUNTING.match(other):
            loss += _OTHER_NUMERAL
        elif edit.tag != "replace":
            loss += _MORE_OR_LESS
        elif _syllable(one) == _syllable(other):
            loss += _SAME_SOUND
        elif _sound(one) == _sound(other):
            loss += _MIXED_SOUND
        else:
            loss += _OTHER_CHARACTER
    return loss


class _Pieces:
    """Names by pieces of them, to look for a slip or two among few names.

    A text cut in two that is one edit away from a name has one half in common with it, one cut
    in three that is two edits away a third: its beginning, its end, or two characters between.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(names)
        self._by_begin: dict[str, list[int]] = {}
        self._by_end: dict[str, list[int]] = {}
        self._by_middle: dict[str, list[int]] = {}
        for at, name in enumerate(self._names):
            for length in range(1, min(len(name), _BEGIN) + 1):
                self._by_begin.setdefault(name[:length], []).append(at)
            for length in range(1, min(len(name), _END) + 1):
                self._by_end.setdefault(name[-length:], []).append(at)
            if len(name) >= _NEAR_LENGTH - 2:
                for pair in {name[k : k + 2] for k in range(min(len(name), _MIDDLE_FROM + 3) - 1)}:
                    self._by_middle.setdefault(pair, []).append(at)

    def near(self, text: str) -> list[str]:
        """Return the names at most an edit away, two of a long text: the nearest first."""
        cut = len(text) // 2 if len(text) < _NEAR_LENGTH else _MIDDLE_FROM
        found = set(self._by_begin.get(text[:cut], ()))
        if len(text) < _NEAR_LENGTH:
            limit = 1
            found.update(self._by_end.get(text[cut:], ()))
        else:
            limit = 2
            found.update(self._by_middle.get(text[cut : cut + 2], ()))
            found.update(self._by_end.get(text[cut + 2 :][-_END:], ()))
        few = [self._names[at] for at in sorted(found)]
        near = process.extract(
            text, few, scorer=Levenshtein.distance, score_cutoff=limit, limit=_MOST_NEAR
        )
        return [name for name, _, _ in near]


class NameTable(Generic[T]):
    """Things by name, found also by the sound of the name and by a name with a slip or two."""

    def __init__(self) -> None:
        self._by_key: dict[str, list[T]] = {}
        self._by_sound: dict[str, list[str]] = {}
        self._found: dict[str, tuple[tuple[T, Agreement], ...]] = {}
        self._pieces: _Pieces | None = None

    def add(self, names: Iterable[str], item: T) -> None:
        """Add a thing under each of its names."""
        for name in names:
            key = name_key(name)
            if not key:
                continue
            if key not in self._by_key:
                self._by_key[key] = []
                self._by_sound.setdefault(sound_key(key), []).append(key)
            if item not in self._by_key[key]:
                self._by_key[key].append(item)
        self._found.clear()
        self._pieces = None

    def exact(self, name: str) -> tuple[T, ...]:
        """Return the things of exactly this name."""
        return tuple(self._by_key.get(name_key(name), ()))

    def match(self, name: str) -> tuple[tuple[T, Agreement], ...]:
        """Return the things whose name may be meant, the best first; none if no name agrees.

        A thing with several names is told once, by the one that agrees best.
        """
        key = name_key(name)
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= _CACHE_SIZE:
                self._found.clear()
            found = self._found[key] = tuple(self._things(key))
        return found

    def _things(self, key: str) -> Iterator[tuple[T, Agreement]]:
        seen: set[int] = set()
        for other, agreement in self._search(key):
            for item in self._by_key[other]:
                if id(item) not in seen:
                    seen.add(id(item))
                    yield item, agreement

    def _search(self, key: str) -> list[tuple[str, Agreement]]:
        if not key:
            return []
        found = {key: _EXACTLY} if key in self._by_key else {}
        if len(key) >= 2:
            for other in self._by_sound.get(sound_key(key), ()):
                if other != key and (loss := disagreement(key, other)) <= _FARTHEST:
                    found[other] = Agreement(Match.SOUND, loss)
            if self._pieces is None:
                self._pieces = _Pieces(self._by_key)
            for other in self._pieces.near(key):
                if other in found or len(other) < 2:
                    continue
                loss = disagreement(key, other)
                if loss <= _FARTHEST:
                    found[other] = Agreement(Match.NEAR, loss)
        ranked = sorted(found.items(), key=lambda pair: pair[1].loss)
        return ranked[:_MOST_NAMES]
