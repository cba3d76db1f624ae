"""From evidence to confidence: the probability that a point is right.

The geocoder's own reckoning (:class:`Evidence`) rests on simple assumptions about slips and
numbering. How far it may be trusted is learnt from places that are known: for each kind of
answer a logistic curve over the reckoned share, the difference of names and the disorder of the
road's numbers. More agreement never lowers a confidence and more difference never raises it.

The shipped table was fitted on invented districts (``docs/decisions/0058-calibration.md``); a
court fits its own from confirmed places with :func:`fit`, which starts from the shipped table
and leaves it only as far as the court's places speak.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from scipy.optimize import minimize

from geo.errors import GazetteerError
from geo.model import Floats

__all__ = ["AnswerKind", "Confidence", "Curve", "Evidence", "Outcome", "fit", "shipped", "to_toml"]

_FILE = "confidence.toml"
_LEAST_SHARE = 1e-4
_MOST_LOSS = 12.0
_MOST = 0.995  # no map is without errors
_SURE, _UNSURE = 0.975, 0.89
_PRIOR_WEIGHT = 4.0  # known places of a kind count from about so many on


class AnswerKind(StrEnum):
    """Kinds of answers that are right or wrong for different reasons.

    The first four answer a text with a house number, the others one without.
    """

    DOOR = "door"
    ROW = "row"  # between the doors of a road
    LANE = "lane"  # among the lanes of a village
    COARSE = "coarse"  # no house number could be placed
    POINT = "point"
    ROAD = "road"
    PLACE = "place"
    UNIT = "unit"  # coarser than the text, or a township or county


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for an answer.

    Parameters
    ----------
    kind
        Kind of the answer.
    share
        Reckoned probability, 0 to 1.
    loss
        How far the names of the text differ from those of the place.
    disorder
        Share of the road's known numbers that break their order, 0 to 1.
    low
        One over the root of the house number: low numbers come again where counting restarts.
    """

    kind: AnswerKind
    share: float
    loss: float = 0.0
    disorder: float = 0.0
    low: float = 0.0

    def features(self) -> tuple[float, float, float, float, float]:
        """Return what a curve weighs: one, log odds of the share, loss, disorder, low."""
        share = min(max(self.share, _LEAST_SHARE), 1.0 - _LEAST_SHARE)
        odds = math.log(share / (1.0 - share))
        return 1.0, odds, min(self.loss, _MOST_LOSS), self.disorder, self.low


@dataclass(frozen=True, slots=True)
class Curve:
    """Weights of a logistic curve over :meth:`Evidence.features`."""

    base: float = 0.0
    share: float = 1.0
    loss: float = 0.0
    disorder: float = 0.0
    low: float = 0.0

    def weights(self) -> tuple[float, float, float, float, float]:
        """Return the weights in the order of :meth:`Evidence.features`."""
        return self.base, self.share, self.loss, self.disorder, self.low

    def at(self, evidence: Evidence) -> float:
        """Return the probability that an answer of this evidence is right."""
        odds = sum(w * x for w, x in zip(self.weights(), evidence.features(), strict=True))
        return min(1.0 / (1.0 + math.exp(-odds)), _MOST)


@dataclass(frozen=True, slots=True)
class Confidence:
    """Curves by kind of answer; a kind without one is taken at its reckoned share."""

    curves: Mapping[AnswerKind, Curve] = field(default_factory=dict)

    def of(self, evidence: Evidence) -> float:
        """Return the confidence, 0 to 1.

        People act on a confidence above 0.9 without looking again. It is given only where the
        curve promises more (``_SURE``); what lies between stays just below.
        """
        value = self.curves.get(evidence.kind, _IDENTITY).at(evidence)
        return min(value, _UNSURE) if value < _SURE else value


_IDENTITY = Curve()


@dataclass(frozen=True, slots=True)
class Outcome:
    """Evidence of an answer whose truth is known, and whether it was right."""

    evidence: Evidence
    right: bool


def fit(outcomes: Iterable[Outcome], *, start: Confidence | None = None) -> Confidence:
    """Fit curves to answers whose truth is known.

    The penalised likelihood is that of a logistic regression, with a normal prior around the
    starting curve: some dozens of places move it little, some thousands decide.

    Parameters
    ----------
    outcomes
        Answers, such as those for addresses whose place an officer confirmed. Their places must
        not be in the gazetteer that gave the answers.
    start
        Table to start from; the shipped one by default.
    """
    begin = shipped() if start is None else start
    by_kind: dict[AnswerKind, list[Outcome]] = {}
    for outcome in outcomes:
        by_kind.setdefault(outcome.evidence.kind, []).append(outcome)
    curves = dict(begin.curves)
    for kind, known in by_kind.items():
        curves[kind] = _fitted(known, begin.curves.get(kind, _IDENTITY))
    return Confidence(curves)


def _fitted(known: Sequence[Outcome], start: Curve) -> Curve:
    x = np.array([outcome.evidence.features() for outcome in known])
    sign = np.array([1.0 if outcome.right else -1.0 for outcome in known])
    prior = np.array(start.weights())

    def cost(weights: Floats) -> tuple[float, Floats]:
        odds = sign * (x @ weights)
        away = weights - prior
        value = np.logaddexp(0.0, -odds).sum() + 0.5 * _PRIOR_WEIGHT * away @ away
        slope = -(x.T @ (sign / (1.0 + np.exp(odds)))) + _PRIOR_WEIGHT * away
        return float(value), slope

    bounds = [(None, None), (0.0, None), (None, 0.0), (None, 0.0), (None, 0.0)]
    found = minimize(cost, prior, jac=True, method="L-BFGS-B", bounds=bounds)
    return Curve(*(round(value, 4) for value in found.x.tolist()))


def to_toml(confidence: Confidence, *, note: str) -> str:
    """Return a table as text that :func:`read` takes; ``note`` tells how it was made."""
    lines = [f"# {line}" for line in note.splitlines()]
    for kind in AnswerKind:
        curve = confidence.curves.get(kind)
        if curve is not None:
            lines += ["", f"[{kind.value}]"]
            lines += [f"{name} = {value}" for name, value in asdict(curve).items()]
    return "\n".join(lines) + "\n"


def read(text: str, *, file: str) -> Confidence:
    """Read what :func:`to_toml` wrote.

    Raises
    ------
    GazetteerError
        If the text is no such table.
    """
    try:
        tables = tomllib.loads(text)
        curves = {AnswerKind(kind): _curve(table) for kind, table in tables.items()}
    except (ValueError, TypeError, KeyError) as error:
        raise GazetteerError(
            "可信度参数文件 %(file)s 无法读取，请恢复随程序附带的文件", file=file
        ) from error
    return Confidence(curves)


def _curve(table: Mapping[str, Any]) -> Curve:
    curve = Curve(**{name: float(table[name]) for name in table})
    if not all(map(math.isfinite, curve.weights())):
        raise ValueError("not finite")
    return curve


@cache
def shipped() -> Confidence:
    """Return the table that comes with the package."""
    return read(resources.files("geo").joinpath(_FILE).read_text("utf-8"), file=_FILE)
