"""What a court says of its plans as a whole: prices of hours and ways, and when teams rest.

The numbers stand in ``planning.toml``; all of them are assumed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import time
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

from geo.tomlfile import number_within, parse_toml, read_toml
from routes.errors import ProfileError
from routes.planning.problem import Break, Prices

__all__ = ["PlanningPolicy", "default_policy", "load_policy", "mean_of_best"]

_FILE = "planning.toml"
_PRICES = tuple(each.name for each in fields(Prices))
_REST = frozenset({"from", "until", "minutes"})
_HIGHEST = 100.0
_LONGEST_MIN = 240


@dataclass(frozen=True, slots=True)
class PlanningPolicy:
    """Prices and rests of a court; see ``planning.toml``.

    Parameters
    ----------
    prices
        In what one of the best visits is worth.
    rests
        Those that a shift has where they lie well inside it.
    """

    prices: Prices
    rests: tuple[Break, ...]

    def prices_in(self, visit_value: float) -> Prices:
        """Return the prices in the unit of a visit's value."""
        return Prices(*(getattr(self.prices, name) * visit_value for name in _PRICES))


def mean_of_best(values: Iterable[float], *, visits: int) -> float:
    """Return what one of the best visits is worth on average, of as many as can be made."""
    best = sorted(values, reverse=True)[: max(1, visits)]
    return fmean(best) if best else 0.0


def default_policy() -> PlanningPolicy:
    """Return the shipped prices and rests."""
    return _policy(_shipped(), _FILE)


def load_policy(path: Path) -> PlanningPolicy:
    """Read a court's prices and rests; what it does not name is as shipped.

    Raises
    ------
    ProfileError
        If the file cannot be read, a key is unknown, or a value out of range.
    """
    own = read_toml(
        path,
        ProfileError("规划参数文件 %(file)s 无法读取，请检查路径和 TOML 格式", file=path.name),
    )
    table = _shipped()
    for key in own.keys() - table.keys():
        raise _bad(path.name, key)
    prices = own.pop("prices", {})
    if not isinstance(prices, dict):
        raise _bad(path.name, "prices")
    for name in prices.keys() - table["prices"].keys():
        raise _bad(path.name, f"prices.{name}")
    return _policy({**table, **own, "prices": {**table["prices"], **prices}}, path.name)


def _shipped() -> dict[str, Any]:
    return parse_toml((files("routes.planning") / _FILE).read_text(encoding="utf-8"))


def _policy(table: Mapping[str, Any], file: str) -> PlanningPolicy:
    prices = {
        name: number_within(table["prices"][name], 0.0, _HIGHEST, _bad(file, f"prices.{name}"))
        for name in _PRICES
    }
    rests = table["rests"]
    if not isinstance(rests, list):
        raise _bad(file, "rests")
    made = [_rest(each, file, f"rests[{n}]") for n, each in enumerate(rests, start=1)]
    made.sort(key=lambda rest: rest.window_start_s)
    for n, (first, second) in enumerate(pairwise(made), start=2):
        if second.window_start_s < first.window_end_s + first.duration_s:
            raise _bad(file, f"rests[{n}]")
    return PlanningPolicy(Prices(**prices), tuple(made))


def _rest(table: Any, file: str, path: str) -> Break:
    if not isinstance(table, dict) or table.keys() != _REST:
        raise _bad(file, path)
    begins_s, ends_s = (_second(table[key], file, f"{path}.{key}") for key in ("from", "until"))
    minutes = number_within(table["minutes"], 1, _LONGEST_MIN, _bad(file, f"{path}.minutes"))
    if begins_s > ends_s or minutes != int(minutes):
        raise _bad(file, path)
    return Break(begins_s, ends_s, 60 * int(minutes))


def _second(value: Any, file: str, path: str) -> int:
    try:
        clock = time.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise _bad(file, path) from error
    if clock.tzinfo is not None:
        raise _bad(file, path)
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def _bad(file: str, key: str) -> ProfileError:
    return ProfileError(
        "规划参数文件 %(file)s 的 %(key)s 未知或不合要求，请对照默认的 planning.toml 改正",
        file=file,
        key=key,
    )
