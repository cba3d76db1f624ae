"""When two writings of a place name or house number mean the same place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from typing import Generic, TypeVar

from pypinyin import lazy_pinyin
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

__all__ = [
    "HouseKey",
    "Match",
    "NameTable",
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
_HOUSE = re.compile(r"(?P<before>[A-Za-z甲乙丙丁]?)(?P<main>\d{1,5})(?P<after>.*)")
_SOUND_FOLDS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ing", "in"), ("eng", "en"), ("ang", "an"))
_NEAR_LENGTH = 5
_CACHE_SIZE = 50_000


@lru_cache(_CACHE_SIZE)
def name_key(name: str) -> str:
    """Return the name in one width and case, without spaces and marks."""
    return _SPACE.sub("", unicodedata.normalize("NFKC", name)).casefold()


def township_stem(name: str) -> str:
    """Return the key of a township's name without its rank.

    Examples
    --------
    >>> township_stem("河埔镇"), township_stem("万安街道办事处"), township_stem("镇")
    ('河埔', '万安', '镇')
    """
    return _stem(name_key(name), _TOWNSHIP_ENDINGS)


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
def _sound(character: str) -> str:
    sound = lazy_pinyin(character)[0]
    if not character.isascii():
        for one, other in _SOUND_FOLDS:
            sound = sound.replace(one, other)
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


class NameTable(Generic[T]):
    """Things by name, found also by the sound of the name and by a name with one slip."""

    def __init__(self) -> None:
        self._by_key: dict[str, list[T]] = {}
        self._by_sound: dict[str, list[str]] = {}
        self._long: list[str] = []
        self._found: dict[str, tuple[Match, tuple[str, ...]] | None] = {}

    def add(self, names: Iterable[str], item: T) -> None:
        """Add a thing under each of its names."""
        for name in names:
            key = name_key(name)
            if not key:
                continue
            if key not in self._by_key:
                self._by_key[key] = []
                self._by_sound.setdefault(sound_key(key), []).append(key)
                if len(key) >= _NEAR_LENGTH:
                    self._long.append(key)
            if item not in self._by_key[key]:
                self._by_key[key].append(item)
        self._found.clear()

    def exact(self, name: str) -> tuple[T, ...]:
        """Return the things of exactly this name."""
        return tuple(self._by_key.get(name_key(name), ()))

    def match(self, name: str) -> tuple[Match, tuple[T, ...]] | None:
        """Return the things whose name agrees best, and how; None if no name agrees."""
        key = name_key(name)
        try:
            found = self._found[key]
        except KeyError:
            found = self._search(key)
            if len(self._found) >= _CACHE_SIZE:
                self._found.clear()
            self._found[key] = found
        if found is None:
            return None
        how, keys = found
        return how, tuple(item for each in keys for item in self._by_key[each])

    def _search(self, key: str) -> tuple[Match, tuple[str, ...]] | None:
        if key in self._by_key:
            return Match.EXACT, (key,)
        if len(key) < 2:
            return None
        if alike := self._by_sound.get(sound_key(key)):
            return Match.SOUND, tuple(alike)
        if len(key) < _NEAR_LENGTH - 1:
            return None
        limit = 1 if len(key) < 2 * _NEAR_LENGTH else 2
        near = [
            (distance, other)
            for other, distance, _ in process.extract(
                key, self._long, scorer=Levenshtein.distance, score_cutoff=limit, limit=8
            )
            if _COUNTING.findall(other) == _COUNTING.findall(key)
        ]
        least = min((distance for distance, _ in near), default=0)
        keys = tuple(other for distance, other in near if distance == least)
        return (Match.NEAR, keys) if keys else None
