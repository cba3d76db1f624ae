"""Numbers of the locating model, read from TOML and checked once."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from geo.model import Precision
from routes.errors import ProfileError
from routes.model import ClaimSource, OutcomeKind, PlaceKind, VisitBand

__all__ = [
    "DayType",
    "LocatingParameters",
    "PresenceParameters",
    "ValueParameters",
    "default_parameters",
    "load_parameters",
]

_DEFAULTS = "defaults.toml"
E = TypeVar("E", bound=StrEnum)


class DayType(StrEnum):
    """Kinds of day that presence tells apart; a statutory holiday is a day of rest."""

    WORKDAY = "workday"
    REST_DAY = "rest_day"


@dataclass(frozen=True, slots=True)
class PresenceParameters:
    """Beta priors of presence by kind of place, band and day type.

    Parameters
    ----------
    mean
        Prior mean of being there, if it is the debtor's place.
    strength
        Weight of the prior, in visits.
    personal_strength
        Weight of the learned mean against outcomes at one address, in visits.
    half_life_d
        Days in which an outcome's weight in learning halves.
    least, most
        Limits of every presence.
    """

    mean: Mapping[tuple[PlaceKind, VisitBand, DayType], float]
    strength: float
    personal_strength: float
    half_life_d: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class ValueParameters:
    """Weights of :func:`routes.locating.visit_value`, see ``defaults.toml``."""

    base: float
    amount: float
    amount_yuan: float
    age_per_year: float
    age_most: float
    livelihood: float
    black: float
    failed_cost: float


@dataclass(frozen=True, slots=True)
class LocatingParameters:
    """Every number of the model; ``defaults.toml`` says what each means and where it is from."""

    reliability: Mapping[ClaimSource, float]
    source_half_life_d: Mapping[ClaimSource, float]
    family: Mapping[ClaimSource, str]
    precision: Mapping[Precision, float]
    same_place_m: float
    max_strength: float
    lead_odds: float
    lead_band_odds: float
    presence: PresenceParameters
    here_present: Mapping[OutcomeKind, float]
    here_absent: Mapping[OutcomeKind, float]
    away: Mapping[OutcomeKind, float]
    outcome_half_life_d: Mapping[OutcomeKind, float]
    value: ValueParameters


@cache
def default_parameters() -> LocatingParameters:
    """Return the numbers that come with the program."""
    text = (files("routes.locating") / _DEFAULTS).read_text(encoding="utf-8")
    return _parameters(tomllib.loads(text), _DEFAULTS)


def load_parameters(path: Path) -> LocatingParameters:
    """Read a complete parameter file, in the form of ``defaults.toml``.

    Raises
    ------
    ProfileError
        If the file cannot be read, or a key is missing, unknown or out of range.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(
            "定位参数文件 %(file)s 无法读取，请检查路径和 TOML 格式", file=path.name
        ) from error
    return _parameters(table, path.name)


def _share(value: float) -> bool:
    return 0.0 <= value <= 1.0


def _inner(value: float) -> bool:
    return 0.0 < value < 1.0


def _positive(value: float) -> bool:
    return 0.0 < value < float("inf")


def _least_zero(value: float) -> bool:
    return 0.0 <= value < float("inf")


def _least_one(value: float) -> bool:
    return 1.0 <= value < float("inf")


class _Reader:
    """Takes keys out of a table; what is left at the end is unknown."""

    def __init__(self, table: dict[str, Any], file: str) -> None:
        self._rest, self._file = table, file

    def error(self, key: str) -> ProfileError:
        return ProfileError(
            "定位参数文件 %(file)s 的 %(key)s 缺失、多余或取值无效，请对照默认参数文件的说明",
            file=self._file,
            key=key,
        )

    def take(self, path: str) -> Any:
        *above, last = path.split(".")
        table = self._rest
        for key in above:
            table = table.get(key, {}) if isinstance(table, dict) else {}
        if not isinstance(table, dict) or last not in table:
            raise self.error(path)
        return table.pop(last)

    def number(self, path: str, fits: Callable[[float], bool]) -> float:
        return self._number(self.take(path), path, fits)

    def _number(self, value: Any, path: str, fits: Callable[[float], bool]) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not fits(value):
            raise self.error(path)
        return float(value)

    def by_code(self, path: str, codes: type[E], fits: Callable[[float], bool]) -> dict[E, float]:
        return {code: self.number(f"{path}.{code}", fits) for code in codes}

    def outcomes(self, path: str) -> dict[OutcomeKind, float]:
        shares = self.by_code(path, OutcomeKind, _inner)
        if abs(sum(shares.values()) - 1.0) > 1e-9:
            raise self.error(path)
        return shares

    def bands(self, path: str) -> list[float]:
        values = self.take(path)
        if not isinstance(values, list) or len(values) != len(VisitBand):
            raise self.error(path)
        return [self._number(value, path, _inner) for value in values]

    def finish(self) -> None:
        for key, path in _leaves(self._rest):
            raise self.error(path or key)


def _leaves(table: dict[str, Any], above: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, dict):
            found += _leaves(value, f"{above}{key}.")
        else:
            found.append((key, f"{above}{key}"))
    return found


def _parameters(table: dict[str, Any], file: str) -> LocatingParameters:
    read = _Reader(table, file)
    mean = {
        (kind, band, day): value
        for day in DayType
        for kind in PlaceKind
        for band, value in zip(VisitBand, read.bands(f"presence.{day}.{kind}"), strict=True)
    }
    presence = PresenceParameters(
        mean=mean,
        strength=read.number("presence.strength", _positive),
        personal_strength=read.number("presence.personal_strength", _positive),
        half_life_d=read.number("presence.half_life_d", _positive),
        least=read.number("presence.least", _inner),
        most=read.number("presence.most", _inner),
    )
    if presence.least >= presence.most:
        raise read.error("presence.least")
    value = ValueParameters(
        base=read.number("value.base", _least_zero),
        amount=read.number("value.amount", _least_zero),
        amount_yuan=read.number("value.amount_yuan", _positive),
        age_per_year=read.number("value.age_per_year", _least_zero),
        age_most=read.number("value.age_most", _least_zero),
        livelihood=read.number("value.livelihood", _least_one),
        black=read.number("value.black", _least_one),
        failed_cost=read.number("value.failed_cost", _least_zero),
    )
    family: dict[ClaimSource, str] = {}
    for source in ClaimSource:
        name = read.take(f"source.family.{source}")
        if not isinstance(name, str):
            raise read.error(f"source.family.{source}")
        family[source] = name
    parameters = LocatingParameters(
        reliability=read.by_code("source.reliability", ClaimSource, _inner),
        source_half_life_d=read.by_code("source.half_life_d", ClaimSource, _positive),
        family=family,
        precision=read.by_code("precision", Precision, _share),
        same_place_m=read.number("place.same_place_m", _least_zero),
        max_strength=read.number("place.max_strength", _inner),
        lead_odds=read.number("lead.odds", _least_one),
        lead_band_odds=read.number("lead.band_odds", _least_one),
        presence=presence,
        here_present=read.outcomes("outcome.here_present"),
        here_absent=read.outcomes("outcome.here_absent"),
        away=read.outcomes("outcome.away"),
        outcome_half_life_d=read.by_code("outcome.half_life_d", OutcomeKind, _positive),
        value=value,
    )
    read.finish()
    return parameters
