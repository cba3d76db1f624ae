"""What an answer of a service is worth: numbers that are assumed until visits were logged."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from geo.model import Datum, Precision

__all__ = ["Checks", "Level", "ServiceTerms", "checks", "service_terms"]

_OTHER = "其他"


@dataclass(frozen=True, slots=True)
class Level:
    """What a service's word for its precision means, and how often it is right (assumed)."""

    precision: Precision
    assumed_right: float


@dataclass(frozen=True, slots=True)
class ServiceTerms:
    """How a service is asked and read.

    Parameters
    ----------
    datum
        Datum of its answers.
    min_delay_s
        Seconds between two questions at least.
    per_day
        Questions a day at most; 0 for no limit.
    cache_days
        Days an answer is kept; 0 for not at all. The contract with the service decides.
    levels
        Its words for precision.
    """

    datum: Datum
    min_delay_s: float
    per_day: int
    cache_days: int
    levels: Mapping[str, Level]

    def level(self, word: str) -> tuple[str, Level]:
        """Return the known word and its meaning; a word never heard of counts as vague."""
        known = word if word in self.levels else _OTHER
        return known, self.levels[known]


@dataclass(frozen=True, slots=True)
class Checks:
    """Factors on a confidence where point and text disagree, and when two points agree."""

    assumed_other_township: float
    assumed_other_village: float
    assumed_outside: float
    assumed_unchecked: float
    assumed_most: float
    agree_m: float


@cache
def service_terms(service: str) -> ServiceTerms:
    """Return the terms of ``amap``, ``tianditu`` or ``nominatim``."""
    values = dict(_table()[service])
    levels = {
        word: Level(Precision(level["precision"]), level["assumed_right"])
        for word, level in values.pop("levels").items()
    }
    return ServiceTerms(datum=Datum(values.pop("datum")), levels=levels, **values)


@cache
def checks() -> Checks:
    """Return the factors of all services."""
    return Checks(**_table()["checks"])


@cache
def _table() -> dict[str, Any]:
    text = resources.files("geo").joinpath("online_services.toml").read_text("utf-8")
    return tomllib.loads(text)
