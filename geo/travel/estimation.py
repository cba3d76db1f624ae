"""What measured legs teach about the engine's times: robust factors, drawn towards 1.

A leg's time is foretold as ``m = c + sum(f_t * s_t)``, with ``s_t`` seconds on roads of tier
``t`` and fixed seconds ``c``. The logarithm of measured over foretold time is normal for usual
legs; a leg with a stop or a detour, which makes it longer, comes from a wide flat law instead.
The share of each is found by expectation maximisation. Factors are ``f_t = exp(b + u_t)`` with
normal priors: ``b`` of the band around 0, ``u_t`` of the tier around 0, so that few legs move
little. Their bounds follow from the curvature at the optimum (Laplace).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.errors import ObservedTimeError
from geo.model import Floats, HourBand, Ints, TrafficDay
from geo.roadtags import TravelMode
from geo.travel.correction import FACTOR_BOUNDS, BandCorrection, Factor, SpeedCorrection
from geo.travel.observed import LegTimes
from geo.travel.profiles import PROFILES, TIERS, Profile

__all__ = ["Prior", "estimate"]

_ROAD_S = 30.0  # a leg with less time on roads says nothing of them
_ROUNDING_S = 30.0 / 3.0**0.5  # times are written down by the minute
_FLAT_LOG = float(np.log(8.0))  # unusual legs take up to eight times as long, or as short
_LONGER = 0.9  # share of unusual legs that are longer
_ROUNDS = 100
_EARLY = 5  # rounds in which usual legs may differ more, so that none is lost at the start
_NORMAL_95 = 1.96
_DECIMALS = 4  # what is shown is what is used

_Key = tuple[TravelMode, TrafficDay, HourBand]
_Bounded = tuple[float, float, float]  # factor, low, high


@dataclass(frozen=True, slots=True)
class Prior:
    """What is assumed before anything is measured.

    Parameters
    ----------
    band_sd
        How far a band's factor may lie from 1, standard deviation of its logarithm.
    tier_sd
        How far a tier's may lie from its band's.
    noise_sd
        How far usual legs differ from what is foretold.
    noise_legs
        Legs that this last number is worth.
    unusual_share
        Share of legs with a stop or a detour.
    unusual_legs
        Legs that this share is worth.

    Raises
    ------
    ObservedTimeError
        If a number is not positive, or the share is not below one.
    """

    band_sd: float = 0.35
    tier_sd: float = 0.2
    noise_sd: float = 0.2
    noise_legs: float = 5.0
    unusual_share: float = 0.15
    unusual_legs: float = 20.0

    def __post_init__(self) -> None:
        numbers = (self.band_sd, self.tier_sd, self.noise_sd, self.noise_legs, self.unusual_legs)
        if not (all(0.0 < one < np.inf for one in numbers) and 0.0 < self.unusual_share < 1.0):
            raise ObservedTimeError("用时修正的先验参数须为正数，异常行程的比例须小于 1")


@dataclass(frozen=True, slots=True, eq=False)
class _Legs:
    """Legs of one band as arrays."""

    measured_s: Floats
    tier_s: Floats
    fixed_s: Floats

    @classmethod
    def of(cls, legs: Sequence[LegTimes]) -> _Legs:
        return cls(
            np.array([leg.measured_s for leg in legs]),
            np.array([leg.tier_s for leg in legs]).reshape(-1, len(TIERS)),
            np.array([leg.fixed_s for leg in legs]),
        )

    def some(self, rows: npt.NDArray[np.bool_]) -> _Legs:
        return _Legs(self.measured_s[rows], self.tier_s[rows], self.fixed_s[rows])

    def errors(self, factors: Floats) -> Floats:
        """Return the relative errors of the foretold times after correction."""
        foretold = self.tier_s @ factors + self.fixed_s
        wrong: Floats = np.abs(foretold - self.measured_s) / self.measured_s
        return wrong


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """Logarithms of factors, the band's first, and what was found with them."""

    logs: Floats
    covariance: Floats
    usual: Floats  # probability that a leg is a usual one
    merit: float

    def tier(self, row: int) -> _Bounded:
        """Return the factor of a tier with its bounds."""
        return self._factor(np.eye(len(TIERS))[row])

    def overall(self, share: Floats) -> _Bounded:
        """Return the mean factor where tiers have these shares of the time, with its bounds."""
        return self._factor(share)

    def _factor(self, share: Floats) -> _Bounded:
        blend = np.append(1.0, share)
        middle, spread = float(blend @ self.logs), float(blend @ self.covariance @ blend) ** 0.5
        low, high = middle - _NORMAL_95 * spread, middle + _NORMAL_95 * spread
        bounded = np.clip(np.exp([middle, low, high]), *FACTOR_BOUNDS).round(_DECIMALS)
        return float(bounded[0]), float(bounded[1]), float(bounded[2])

    @property
    def factors(self) -> Floats:
        """The factors of the tiers."""
        return np.array([self.tier(row)[0] for row in range(len(TIERS))])


def estimate(
    legs: Iterable[LegTimes],
    profiles: Mapping[str, Profile] = PROFILES,
    *,
    prior: Prior | None = None,
    folds: int = 5,
    seed: int,
) -> SpeedCorrection:
    """Return the factors that measured legs teach, and how much they help.

    Each kind of vehicle, kind of day and hour band stands for itself. Legs with less than half a
    minute on roads are counted and not used.

    Parameters
    ----------
    legs
        In any order; the same legs give the same answer.
    profiles
        Those by which they were foretold; they say of which kind a leg's vehicle is.
    prior
        What is assumed before.
    folds
        Parts into which the days are dealt to measure the error on legs not learnt from; the
        legs themselves where there are fewer days.
    seed
        Deals them out.

    Raises
    ------
    ObservedTimeError
        If there are fewer than two folds.
    """
    if folds < 2:
        raise ObservedTimeError("交叉检验至少分为两份")
    assumed = prior or Prior()
    ordered = sorted(legs, key=lambda leg: (leg.on, leg.id))
    groups: dict[_Key, list[LegTimes]] = {}
    for leg in ordered:
        if sum(leg.tier_s) >= _ROAD_S:
            groups.setdefault((profiles[leg.profile].mode, leg.day, leg.band), []).append(leg)
    rng = np.random.default_rng(seed)
    bands, before, after = [], [], []
    for key in sorted(groups):
        held_out = _held_out(groups[key], assumed, folds, rng)
        before.append(held_out[0])
        after.append(held_out[1])
        bands.append(_band(key, _Legs.of(groups[key]), assumed, held_out))
    return SpeedCorrection(tuple(bands), len(ordered), _median(before), _median(after))


def _band(key: _Key, legs: _Legs, prior: Prior, held_out: tuple[Floats, Floats]) -> BandCorrection:
    fit = _fit(legs, prior)
    share = legs.tier_s / legs.tier_s.sum(axis=1, keepdims=True)

    def factor(bounded: _Bounded, part: Floats) -> Factor:
        """Return a factor that part of each leg speaks for."""
        count = int((part > 0.0).sum())
        weight = round(float(fit.usual @ part), _DECIMALS)
        return Factor(*bounded, count, min(weight, float(count)))

    driven = fit.usual @ legs.tier_s
    return BandCorrection(
        *key,
        overall=factor(fit.overall(driven / driven.sum()), np.ones(len(share))),
        tiers=tuple(factor(fit.tier(row), share[:, row]) for row in range(len(TIERS))),
        unusual_share=round(float((fit.usual < 0.5).mean()), _DECIMALS),
        error_before=_median([held_out[0]]),
        error_after=_median([held_out[1]]),
    )


def _held_out(
    legs: Sequence[LegTimes], prior: Prior, folds: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return relative errors of all legs, before correction and after one learnt elsewhere."""
    days = np.unique([leg.on.toordinal() for leg in legs], return_inverse=True)[1]
    unit: Ints = days if days.max() + 1 >= folds else np.arange(len(legs))
    deal = rng.permutation(unit.max() + 1) % folds
    arrays = _Legs.of(legs)
    before, after = arrays.errors(np.ones(len(TIERS))), np.empty(len(legs))
    for fold in range(folds):
        held = deal[unit] == fold
        if held.any():
            learnt = _fit(arrays.some(~held), prior)
            after[held] = arrays.some(held).errors(learnt.factors)
    return before, after


def _fit(legs: _Legs, prior: Prior) -> _Fit:
    """Return the better of two optima: found from no correction, and from the usual ratio."""
    start = np.zeros(1 + len(TIERS))
    found = _climb(legs, prior, start)
    if len(legs.measured_s):
        ratio = np.log(legs.measured_s / (legs.tier_s.sum(axis=1) + legs.fixed_s))
        start[0] = np.quantile(ratio, 0.4)  # below the median: most that is unusual is longer
        other = _climb(legs, prior, start)
        found = max(found, other, key=lambda fit: fit.merit)
    return found


def _climb(legs: _Legs, prior: Prior, start: Floats) -> _Fit:
    """Return the factors of the nearest optimum, by expectation maximisation."""
    demand = 1.0 / np.array([prior.band_sd, *[prior.tier_sd] * len(TIERS)]) ** 2
    rounding = (_ROUNDING_S / (legs.tier_s.sum(axis=1) + legs.fixed_s)) ** 2
    logs, spread, unusual = start.copy(), prior.noise_sd**2, prior.unusual_share
    count = len(legs.measured_s)
    for turn in range(_ROUNDS):
        corrected = legs.tier_s * np.exp(logs[0] + logs[1:])
        foretold = corrected.sum(axis=1) + legs.fixed_s
        slope = np.column_stack([corrected.sum(axis=1), corrected]) / foretold[:, None]
        wrong = np.log(legs.measured_s / foretold)
        variance = spread + rounding
        wide = variance * (2.0 if turn < _EARLY else 1.0)
        normal = (1.0 - unusual) * np.exp(-(wrong**2) / (2.0 * wide)) / np.sqrt(2.0 * np.pi * wide)
        flat = unusual * np.where(wrong > 0.0, _LONGER, 1.0 - _LONGER) / _FLAT_LOG
        usual = normal / (normal + flat)
        pull = slope * (usual / variance)[:, None]
        curvature = pull.T @ slope + np.diag(demand)
        step = np.linalg.solve(curvature, pull.T @ wrong - demand * logs)
        logs = logs + np.clip(step, -0.5, 0.5)
        excess = float(usual @ np.maximum(wrong**2 - rounding, 0.0))
        spread = (prior.noise_legs * prior.noise_sd**2 + excess) / (prior.noise_legs + usual.sum())
        expected = prior.unusual_share * prior.unusual_legs + (1.0 - usual).sum()
        unusual = expected / (prior.unusual_legs + count)
        if turn > _EARLY and np.abs(step).max() < 1e-7:
            break
    merit = float(np.log(normal + flat).sum() - 0.5 * demand @ logs**2)
    return _Fit(logs, np.linalg.inv(curvature), usual, merit)


def _median(errors: Sequence[Floats]) -> float:
    joined = np.concatenate([np.zeros(0), *errors])
    return round(float(np.median(joined)), _DECIMALS) if len(joined) else 0.0
