"""Floors of fairness: livelihood cases, the oldest cases and each township have room in a plan.

The numbers stand in ``fairness.toml``; all of them are assumed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from geo.tomlfile import number_within, parse_toml, read_toml
from routes.errors import ProfileError
from routes.planning.policy import mean_of_best
from routes.planning.problem import Floor, WorkShift

__all__ = [
    "Fairness",
    "FloorRule",
    "Visitable",
    "default_fairness",
    "fairness_floors",
    "load_fairness",
    "visits_possible",
]

_FILE = "fairness.toml"
_VISIT_S = 3600  # of a shift for a visit with its way; assumed
_LIMITS = {"share": (0.0, 1.0), "price": (0.0, 10.0), "among": (0.0, 1.0)}


@dataclass(frozen=True, slots=True)
class FloorRule:
    """A share of the visits and what a missing one costs; see ``fairness.toml``."""

    share: float
    price: float


@dataclass(frozen=True, slots=True)
class Fairness:
    """The floors of a court; ``among`` is the share of debtors whose cases count as the oldest."""

    livelihood: FloorRule
    oldest: FloorRule
    township: FloorRule
    among: float


@dataclass(frozen=True, slots=True)
class Visitable:
    """A debtor who can be visited: what his best visit is worth, his case, where he may be."""

    debtor: str
    value: float
    is_livelihood: bool
    filed_on: date
    township: str | None


def visits_possible(shifts: Iterable[WorkShift]) -> int:
    """Return how many visits the teams can make at about an hour each, rests apart."""
    return sum(
        max(0, shift.end_s - shift.start_s - sum(rest.duration_s for rest in shift.breaks))
        // _VISIT_S
        for shift in shifts
    )


def fairness_floors(
    debtors: Sequence[Visitable],
    *,
    visits: int,
    fairness: Fairness,
    names: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Floor, ...]:
    """Return the floors of a plan.

    Parameters
    ----------
    debtors
        All who can be visited, also those for whom the plan will have no room.
    visits
        How many visits it can hold.
    names
        Of townships, by code; they label the floors.

    Returns
    -------
    tuple of Floor
        Those that ask for somebody and cost something; their ids are ``livelihood``, ``oldest``
        and ``township:CODE``.
    """
    mean = mean_of_best((one.value for one in debtors), visits=visits)
    made = []

    def add(
        name: str, rule: FloorRule, members: Iterable[Visitable], least: int, label: str = ""
    ) -> None:
        ours = frozenset(one.debtor for one in members)
        wanted, price = min(least, len(ours)), rule.price * mean
        if wanted > 0 and price > 0.0:
            made.append(Floor(name, ours, wanted, price, label))

    def part(rule: FloorRule) -> int:
        return math.ceil(rule.share * visits)

    livelihood, oldest, township = fairness.livelihood, fairness.oldest, fairness.township
    add("livelihood", livelihood, (d for d in debtors if d.is_livelihood), part(livelihood))
    by_age = sorted(debtors, key=lambda one: (one.filed_on, one.debtor))
    add("oldest", oldest, by_age[: math.ceil(fairness.among * len(debtors))], part(oldest))
    held = Counter(one.township for one in debtors if one.township is not None)
    largest = sorted(held, key=lambda code: (-held[code], code))[: part(township)]
    for code in sorted(largest):
        ours = (one for one in debtors if one.township == code)
        add(f"township:{code}", township, ours, 1, names.get(code, code))
    return tuple(made)


def default_fairness() -> Fairness:
    """Return the shipped floors."""
    return _fairness(_shipped(), _FILE)


def load_fairness(path: Path) -> Fairness:
    """Read a court's floors; keys that it does not name are as shipped.

    Raises
    ------
    ProfileError
        If the file cannot be read, a key is unknown, or a value out of range.
    """
    own = read_toml(
        path,
        ProfileError("公平下限文件 %(file)s 无法读取，请检查路径和 TOML 格式", file=path.name),
    )
    table = _shipped()
    for key, values in own.items():
        if key not in table or not isinstance(values, dict):
            raise _bad(path.name, key)
        for name in values.keys() - table[key].keys():
            raise _bad(path.name, f"{key}.{name}")
        table[key] = {**table[key], **values}
    return _fairness(table, path.name)


def _shipped() -> dict[str, Any]:
    return parse_toml((files("routes.planning") / _FILE).read_text(encoding="utf-8"))


def _fairness(table: Mapping[str, Any], file: str) -> Fairness:
    def rule(key: str) -> FloorRule:
        return FloorRule(*(_number(table, key, name, file) for name in ("share", "price")))

    return Fairness(
        rule("livelihood"),
        rule("oldest"),
        rule("township"),
        _number(table, "oldest", "among", file),
    )


def _number(table: Mapping[str, Any], key: str, name: str, file: str) -> float:
    return number_within(table[key][name], *_LIMITS[name], _bad(file, f"{key}.{name}"))


def _bad(file: str, key: str) -> ProfileError:
    return ProfileError(
        "公平下限文件 %(file)s 的 %(key)s 未知或不合要求，请对照默认的 fairness.toml 改正",
        file=file,
        key=key,
    )
