"""Names and codes of provinces, cities and counties, as text addresses use them.

The table ``divisions.csv`` holds the six-digit statistical codes as published for 2023: two
digits a province, four a city, six a county.
"""

from __future__ import annotations

import csv
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from geo.model import AddressLevel

__all__ = ["Division", "Divisions", "address_words", "divisions"]

_LEVELS = {2: AddressLevel.PROVINCE, 4: AddressLevel.CITY, 6: AddressLevel.COUNTY}
_ENDINGS = (
    "特别行政区",
    "自治区",
    "自治州",
    "自治县",
    "自治旗",
    "地区",
    "省",
    "市",
    "县",
    "区",
    "盟",
)
_MUNICIPALITIES = ("11", "12", "31", "50")


@dataclass(frozen=True, slots=True)
class Division:
    """One province, city or county; ``code`` of a city or county starts with its province's."""

    code: str
    name: str
    level: AddressLevel
    short: bool = False
    short_name: str = ""


class Divisions:
    """Divisions by full and short name; names repeat, so each name has several."""

    def __init__(self, table: Mapping[str, str], peoples: tuple[str, ...]) -> None:
        by_name: dict[str, list[Division]] = defaultdict(list)
        for code, name in table.items():
            level = _LEVELS[len(code)]
            if code in _MUNICIPALITIES:
                level = AddressLevel.CITY
            by_name[name].append(Division(code, name, level))
            short = _short(name, peoples)
            if len(short) >= 2 and short != name:
                by_name[short].append(Division(code, name, level, short=True, short_name=short))
        self._by_name = {name: tuple(found) for name, found in by_name.items()}
        self._by_code = {
            one.code: one for found in by_name.values() for one in found if not one.short
        }
        self._lengths = sorted({len(name) for name in self._by_name}, reverse=True)
        self._firsts = frozenset(name[:2] for name in self._by_name)

    def __iter__(self) -> Iterator[Division]:
        """Yield every division, one with a short name a second time as ``short``."""
        for found in self._by_name.values():
            yield from found

    def named(self, name: str) -> tuple[Division, ...]:
        """Return the divisions of this full or short name."""
        return self._by_name.get(name, ())

    def of(self, code: str) -> Division | None:
        """Return the division of this code, or None."""
        return self._by_code.get(code)

    def at(self, text: str, start: int) -> Iterator[tuple[int, Division]]:
        """Yield (end, division) for each name that begins at ``start``, longest first."""
        if text[start : start + 2] not in self._firsts:
            return
        for length in self._lengths:
            name = text[start : start + length]
            if len(name) == length:
                for division in self._by_name.get(name, ()):
                    yield start + length, division


def _short(name: str, peoples: tuple[str, ...]) -> str:
    """Return the name without its rank and the peoples it is named for."""
    stem = next((name.removesuffix(end) for end in _ENDINGS if name.endswith(end)), name)
    if "自治" not in name:
        return stem
    while True:
        cut = next((people for people in peoples if stem.endswith(people)), "")
        if not cut or len(stem) - len(cut) < 2:
            return stem
        stem = stem.removesuffix(cut)


@cache
def address_words() -> dict[str, Any]:
    """Return the vocabulary of address endings and notes."""
    return tomllib.loads(resources.files("geo").joinpath("address_words.toml").read_text("utf-8"))


@cache
def divisions() -> Divisions:
    """Return the country's divisions, read once."""
    text = resources.files("geo").joinpath("divisions.csv").read_text("utf-8")
    table = {row["code"]: row["name"] for row in csv.DictReader(text.splitlines())}
    return Divisions(table, tuple(address_words()["division"]["people"]))
