"""Factors on travel times that measured legs have taught, with what speaks for them."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from geo.errors import ObservedTimeError
from geo.model import Floats, HourBand, TrafficDay
from geo.roadtags import RoadClass, TravelMode
from geo.travel.observed import UNCORRECTED
from geo.travel.profiles import TIERS

__all__ = ["FACTOR_BOUNDS", "BandCorrection", "Factor", "SpeedCorrection"]

FACTOR_BOUNDS = (0.5, 2.5)
"""No factor lies outside: what is farther off is a fault of roads or records, not of speeds."""

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Factor:
    """What multiplies foretold seconds, with the bounds in which it lies 19 times out of 20.

    Parameters
    ----------
    value, low, high
        The factor and its bounds, within :data:`FACTOR_BOUNDS`.
    legs
        Measured legs that touch it.
    weight
        How many whole, usual legs they are worth.

    Raises
    ------
    ObservedTimeError
        If the numbers are out of bounds or out of order.
    """

    value: float
    low: float
    high: float
    legs: int
    weight: float

    def __post_init__(self) -> None:
        least, most = FACTOR_BOUNDS
        if not least <= self.low <= self.value <= self.high <= most:
            raise ObservedTimeError(
                "用时系数须在 %(least).1f 至 %(most).1f 之间，下限、系数、上限依次不减",
                least=least,
                most=most,
            )
        if not (self.legs >= 0 and 0.0 <= self.weight <= self.legs):
            raise ObservedTimeError("用时系数的行程数不合理")


@dataclass(frozen=True, slots=True)
class BandCorrection:
    """Factors of one kind of vehicle in one hour band of one kind of day.

    Parameters
    ----------
    kind, day, band
        Which.
    overall
        Mean factor over all tiers as they were driven.
    tiers
        One factor for each of :data:`geo.travel.profiles.TIERS`, in that order.
    unusual_share
        Share of legs that a stop or a detour made long; they count for little.
    error_before, error_after
        Median of the relative error on legs that were held out, without and with correction.

    Raises
    ------
    ObservedTimeError
        If a tier is missing or a share or an error is no such number.
    """

    kind: TravelMode
    day: TrafficDay
    band: HourBand
    overall: Factor
    tiers: tuple[Factor, ...]
    unusual_share: float
    error_before: float
    error_after: float

    def __post_init__(self) -> None:
        _check_errors(self.error_before, self.error_after)
        if len(self.tiers) != len(TIERS) or not 0.0 <= self.unusual_share <= 1.0:
            raise ObservedTimeError("用时系数缺少道路类别，或异常行程的比例不合理")


@dataclass(frozen=True, slots=True)
class SpeedCorrection:
    """Implements :class:`geo.ports.TimeFactors` by measured legs; 1 where nothing was measured.

    Parameters
    ----------
    bands
        One entry for each kind of vehicle, kind of day and hour band that was measured.
    legs
        Measured legs, those among them that say nothing of roads included.
    error_before, error_after
        As in :class:`BandCorrection`, over all legs.

    Raises
    ------
    ObservedTimeError
        If a band stands twice or an error is no such number.
    """

    bands: tuple[BandCorrection, ...] = ()
    legs: int = 0
    error_before: float = 0.0
    error_after: float = 0.0
    _by_key: dict[tuple[TravelMode, TrafficDay, HourBand], Floats] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        _check_errors(self.error_before, self.error_after)
        for each in self.bands:
            factors = np.ones(len(RoadClass))
            for classes, tier in zip(TIERS.values(), each.tiers, strict=True):
                factors[list(classes)] = tier.value
            factors[list(UNCORRECTED)] = 1.0
            factors.flags.writeable = False
            self._by_key[each.kind, each.day, each.band] = factors
        if len(self._by_key) != len(self.bands):
            raise ObservedTimeError("用时系数中同一时段出现两次")

    def by_class(self, kind: TravelMode, band: HourBand, day: TrafficDay) -> Floats:
        """Return what multiplies the time on roads of each class, shape (classes,)."""
        found = self._by_key.get((kind, day, band))
        return np.ones(len(RoadClass)) if found is None else found

    @property
    def fingerprint(self) -> str:
        """Twelve characters that stand for these very factors."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:12]

    def to_json(self) -> str:
        """Return it as JSON, always in the same form."""
        table = {
            "version": _VERSION,
            "legs": self.legs,
            "error_before": self.error_before,
            "error_after": self.error_after,
            "bands": [{**asdict(each), "kind": each.kind.name.lower()} for each in self.bands],
        }
        return json.dumps(table, sort_keys=True, separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> SpeedCorrection:
        """Return what :meth:`to_json` wrote.

        Raises
        ------
        ObservedTimeError
            If it is of another version, cut short or changed.
        """
        try:
            table = json.loads(text)
            version = table["version"]
            made = cls(
                tuple(_band(each) for each in table["bands"]),
                int(table["legs"]),
                float(table["error_before"]),
                float(table["error_after"]),
            )
        except ObservedTimeError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ObservedTimeError(
                "用时修正无法读取（%(why)s）；请重新计算并采用", why=type(error).__name__
            ) from error
        if version != _VERSION:
            raise ObservedTimeError("用时修正属于另一版本；请重新计算并采用")
        return made


def _band(table: dict[str, Any]) -> BandCorrection:
    return BandCorrection(
        kind=TravelMode[table["kind"].upper()],
        day=TrafficDay(table["day"]),
        band=HourBand(table["band"]),
        overall=Factor(**table["overall"]),
        tiers=tuple(Factor(**each) for each in table["tiers"]),
        unusual_share=float(table["unusual_share"]),
        error_before=float(table["error_before"]),
        error_after=float(table["error_after"]),
    )


def _check_errors(*errors: float) -> None:
    if not all(math.isfinite(one) and one >= 0.0 for one in errors):
        raise ObservedTimeError("用时修正的误差不是有效的数")
