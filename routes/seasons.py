"""Seasons in which people are at home more than on other days, and what waiting costs.

The numbers stand in ``seasons.toml``; all of them are assumed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from geo.tomlfile import number_within, parse_toml, read_toml
from routes.calendar import lunar_new_year, tomb_sweeping
from routes.errors import CalendarError, ProfileError
from routes.model import PlaceKind

__all__ = ["Season", "Seasons", "default_seasons", "festival_eve", "load_seasons"]

_FILE = "seasons.toml"
_FESTIVALS = {"lunar_new_year": lunar_new_year, "tomb_sweeping": tomb_sweeping}
_LONGEST_D = 60
_ODDS = (0.1, 10.0)


@dataclass(frozen=True, slots=True)
class Season:
    """Days of each year on which presence differs.

    Parameters
    ----------
    around
        ``lunar_new_year`` or ``tomb_sweeping``, with days before and after; else empty.
    first_d, last_d
        Days from the festival; unused without one.
    first, last
        Month and day, of a season without a festival; the end may lie in the next year.
    odds_home, odds_work
        What multiplies the odds of meeting a person at home; at work, in a shop or office.
    """

    id: str
    name: str
    odds_home: float
    odds_work: float
    around: str = ""
    first_d: int = 0
    last_d: int = 0
    first: tuple[int, int] = (1, 1)
    last: tuple[int, int] = (1, 1)

    def holds_on(self, day: date) -> bool:
        """Whether a day belongs to the season; never where the festival's day is unknown."""
        if not self.around:
            at = (day.month, day.day)
            if self.first <= self.last:
                return self.first <= at <= self.last
            return at >= self.first or at <= self.last
        for year in (day.year - 1, day.year, day.year + 1):
            try:
                festival = _FESTIVALS[self.around](year)
            except CalendarError:
                continue
            if self.first_d <= (day - festival).days <= self.last_d:
                return True
        return False

    def odds(self, kind: PlaceKind) -> float:
        """Return what multiplies the odds of meeting a person at a kind of place."""
        return self.odds_home if kind is PlaceKind.HOME else self.odds_work


@dataclass(frozen=True, slots=True)
class Seasons:
    """The seasons of a court, and what a find is still worth once its day is past."""

    seasons: tuple[Season, ...]
    wages_after_festival: float
    after_expiry: float

    def on(self, day: date) -> tuple[Season, ...]:
        """Return the seasons to which a day belongs."""
        return tuple(one for one in self.seasons if one.holds_on(day))

    def odds(self, kind: PlaceKind, day: date) -> float:
        """Return what multiplies the odds of meeting a person at a kind of place on a day."""
        return math.prod(one.odds(kind) for one in self.on(day))


def festival_eve(day: date) -> date | None:
    """Return the eve of the first Spring Festival after a day; None where it is not known."""
    for year in (day.year, day.year + 1):
        try:
            eve = lunar_new_year(year) - timedelta(days=1)
        except CalendarError:
            continue
        if eve >= day:
            return eve
    return None


def default_seasons() -> Seasons:
    """Return the shipped seasons."""
    return _seasons(_shipped(), _FILE)


def load_seasons(path: Path) -> Seasons:
    """Read a court's seasons; keys that it does not name are as shipped.

    Raises
    ------
    ProfileError
        If the file cannot be read, a key is unknown, or a value out of range.
    """
    own = read_toml(
        path,
        ProfileError("季节参数文件 %(file)s 无法读取，请检查路径和 TOML 格式", file=path.name),
    )
    table = _shipped()
    for key, values in own.items():
        if not isinstance(values, dict):
            raise _bad(path.name, key)
        table[key] = {**table.get(key, {}), **values}
    return _seasons(table, path.name)


def _shipped() -> dict[str, Any]:
    return parse_toml((files("routes") / _FILE).read_text(encoding="utf-8"))


def _seasons(table: Mapping[str, Any], file: str) -> Seasons:
    waiting = table["waiting"]
    _only(waiting, {"wages_after_festival", "after_expiry"}, file, "waiting")
    shares = {}
    for name in ("wages_after_festival", "after_expiry"):
        shares[name] = _number(waiting, name, (0.0, 1.0), file, "waiting")
    return Seasons(
        tuple(_season(key, one, file) for key, one in table.items() if key != "waiting"), **shares
    )


def _season(key: str, one: Mapping[str, Any], file: str) -> Season:
    around, name = one.get("around", ""), one.get("name")
    own = {"around", "first_d", "last_d"} if around else {"from", "until"}
    _only(one, {"name", "odds_home", "odds_work"} | own, file, key)
    if not isinstance(name, str) or not name.strip():
        raise _bad(file, f"{key}.name")
    home, work = (_number(one, each, _ODDS, file, key) for each in ("odds_home", "odds_work"))
    if not around:
        first, last = (_month_day(one, each, file, key) for each in ("from", "until"))
        return Season(key, name, home, work, first=first, last=last)
    if around not in _FESTIVALS:
        raise _bad(file, f"{key}.around")
    first_d, last_d = (_days(one, each, file, key) for each in ("first_d", "last_d"))
    if first_d > last_d:
        raise _bad(file, f"{key}.last_d")
    return Season(key, name, home, work, around, first_d, last_d)


def _only(table: Mapping[str, Any], known: set[str], file: str, key: str) -> None:
    for name in table:
        if name not in known:
            raise _bad(file, f"{key}.{name}")


def _number(
    table: Mapping[str, Any], name: str, limits: tuple[float, float], file: str, key: str
) -> float:
    return number_within(table.get(name), *limits, _bad(file, f"{key}.{name}"))


def _days(table: Mapping[str, Any], name: str, file: str, key: str) -> int:
    value = table.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _LONGEST_D:
        raise _bad(file, f"{key}.{name}")
    return value


def _month_day(table: Mapping[str, Any], name: str, file: str, key: str) -> tuple[int, int]:
    try:
        day = date.fromisoformat(f"2024-{table.get(name)}")
    except ValueError as error:
        raise _bad(file, f"{key}.{name}") from error
    return day.month, day.day


def _bad(file: str, key: str) -> ProfileError:
    return ProfileError(
        "季节参数文件 %(file)s 的 %(key)s 未知或不合要求，请对照默认的 seasons.toml 改正",
        file=file,
        key=key,
    )
