"""Scores of probabilities, and intervals over seeds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.report import figure
from geo.model import Floats

__all__ = ["Interval", "calibration_error", "log_loss", "mean_interval", "ratio_interval"]

BINS = 10
_DRAWS = 2_000
_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with the limits between which 95 % of its bootstrap draws over seeds lie."""

    value: float
    low: float
    high: float

    def print(self, name: str, unit: str) -> None:
        """Print the three as figures."""
        figure(name, self.value, unit)
        figure(f"{name}_low", self.low, unit)
        figure(f"{name}_high", self.high, unit)


def calibration_error(
    believed: Floats, happened: npt.NDArray[np.bool_], *, bins: int = BINS
) -> float:
    """Return the expected calibration error over bins of equal count.

    The mean, over the bins, of the distance between mean belief and share that happened
    (Naeini, Cooper and Hauskrecht, AAAI 2015; bins of equal count as in Nguyen and O'Connor,
    EMNLP 2015). Even perfect beliefs score above zero, for a bin is a sample.
    """
    order = np.argsort(believed, kind="stable")
    parts = zip(
        np.array_split(believed[order], bins),
        np.array_split(happened[order].astype(np.float64), bins),
        strict=True,
    )
    gaps = [len(claimed) * abs(claimed.mean() - truth.mean()) for claimed, truth in parts]
    return float(sum(gaps) / len(believed))


def chance_error(believed: Floats, random: np.random.Generator) -> float:
    """Return the calibration error that these beliefs would score if they were right."""
    return calibration_error(believed, random.random(len(believed)) < believed)


def log_loss(believed: Floats, happened: npt.NDArray[np.bool_]) -> float:
    """Return the mean of -log of the probability given to what happened, in nats."""
    safe = np.clip(believed, _LEAST, 1.0 - _LEAST)
    return float(-np.log(np.where(happened, safe, 1.0 - safe)).mean())


def mean_interval(values: Floats, *, seed: int = 0) -> Interval:
    """Return the mean over seeds."""
    return ratio_interval(values, np.ones_like(values), seed=seed)


def ratio_interval(above: Floats, below: Floats, *, seed: int = 0) -> Interval:
    """Return the ratio of two sums over seeds; a draw takes both from the same seeds."""
    random = np.random.default_rng(seed)
    chosen = random.integers(len(above), size=(_DRAWS, len(above)))
    draws = above[chosen].sum(axis=1) / below[chosen].sum(axis=1)
    low, high = np.quantile(draws, (0.025, 0.975)).tolist()
    return Interval(float(above.sum() / below.sum()), low, high)
