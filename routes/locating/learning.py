"""Learning from outcomes: the numbers of the model at their best for what a court has seen.

Penalised EM: the E step counts exactly what is expected of all that is hidden
(:func:`routes.locating.expected.expected`), the M step puts each group of numbers at its best
(:mod:`routes.locating.maximise`), the penalty is the prior that the parameter file states. Rounds
are drawn out by the extrapolation of Varadhan and Roland where that helps. Nothing is put in use
here: :meth:`Fit.changes` is for a person to read, who may then say yes.

References
----------
A. P. Dempster, N. M. Laird, D. B. Rubin, Maximum likelihood from incomplete data via the EM
algorithm, Journal of the Royal Statistical Society B 39 (1977); R. Varadhan, C. Roland, Simple
and globally convergent methods for accelerating the convergence of any EM algorithm,
Scandinavian Journal of Statistics 35 (2008); T. A. Louis, Finding the observed information matrix
when using the EM algorithm, Journal of the Royal Statistical Society B 44 (1982).
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import expit, logit, softmax

from geo.model import Floats
from geo.ports import ProgressListener
from routes.errors import LocatingError
from routes.locating.change import part
from routes.locating.evidence import Evidence
from routes.locating.expected import Expected, expected
from routes.locating.maximise import best_numbers, score, spoke
from routes.locating.numbers import Numbers, numbers_of
from routes.locating.parameters import LearnedSpread, LocatingParameters
from routes.locating.posterior import Weighed, weigh
from routes.locating.vector import (
    AWAY,
    MISTAKEN,
    PRESENCE,
    TABLE_NAMES,
    TABLES,
    TOWNSHIP,
    Prior,
    keys_of,
    numbers_at,
    parameters_at,
    prior_of,
)

__all__ = ["VERSION", "Change", "Fit", "OlderFit", "fit", "kept_fit"]

_ENOUGH = 0.01  # nats: a rise of the log likelihood that nobody would notice
_STEP = 1e-3  # for the differences of the score
_NORMAL_95 = 1.959964
VERSION = 4
"""Of the model: numbers that another one learned mean something else."""
_LAST_WITHOUT_CHANGES = 3  # the last version that did not write its changes in words
_PLAIN = ("townships", "debtors", "visits", "gain", "rounds", "settled")
_VECTORS = ("before", "after", "observations")


@dataclass(frozen=True, slots=True)
class Change:
    """What learning would make of one number.

    Parameters
    ----------
    key
        Where it stands in the parameter file, as ``presence.workday.home.dawn``.
    before, after
        As in the file: ratio, odds, probability, share or shift of log odds.
    low, high
        Limits of the 95 % interval of ``after``; nan where none were asked for.
    observations
        How many draws, statements, weeks, days or reports spoke to it; expected, not whole.
    """

    key: str
    before: float
    after: float
    low: float
    high: float
    observations: float


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Learned numbers with what speaks for them; vectors are those of :mod:`.vector`.

    Parameters
    ----------
    townships
        Codes; the first is "", for unknown.
    before, after
        The numbers at the outset and learned.
    covariance
        Of the learned numbers, shape (entries, entries); None where it was not asked for.
    observations
        By entry, see :class:`Change`.
    debtors, visits
        How many there were to learn from.
    gain
        Rise of the penalised log likelihood, in nats.
    rounds
        E steps made.
    settled
        Whether the rounds ended because nothing moved any more.
    """

    townships: tuple[str, ...]
    before: Floats
    after: Floats
    covariance: Floats | None
    observations: Floats
    debtors: int
    visits: int
    gain: float
    rounds: int
    settled: bool

    def apply(self, parameters: LocatingParameters) -> LocatingParameters:
        """Return the parameters with the learned numbers and how unsure these are."""
        learned = parameters_at(parameters, self.after, self.townships)
        if self.covariance is None:
            return learned
        return replace(learned, learned=LearnedSpread(self.townships, self.covariance))

    @property
    def fingerprint(self) -> str:
        """Twelve characters that stand for these numbers, learned from those by this version."""
        numbers = [self.before.round(6).tolist(), self.after.round(6).tolist()]
        rounded = [VERSION, self.townships, *numbers]
        return hashlib.sha256(json.dumps(rounded).encode()).hexdigest()[:12]

    def to_json(self) -> str:
        """Return it as JSON, always in the same form; of the covariance its lower half.

        The changes stand there in words of the parameter file, for later versions to read.
        """
        table = {
            "version": VERSION,
            **{name: getattr(self, name) for name in _PLAIN},
            **{name: getattr(self, name).tolist() for name in _VECTORS},
            "covariance": None
            if self.covariance is None
            else self.covariance[np.tril_indices(len(self.after))].tolist(),
            "changes": [_plain_row(change) for change in self.changes()],
        }
        return json.dumps(table, sort_keys=True, separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Fit:
        """Return what :meth:`to_json` wrote.

        Raises
        ------
        LocatingError
            If it is of another version, cut short or changed.
        """
        try:
            table = json.loads(text)
            if table["version"] == VERSION:
                return cls._of(table)
        except (ValueError, KeyError, TypeError) as error:
            raise _unreadable() from error
        raise _unreadable()

    @classmethod
    def _of(cls, table: Mapping[str, Any]) -> Fit:
        plain: dict[str, Any] = {name: table[name] for name in _PLAIN}
        plain["townships"] = tuple(plain["townships"])
        size = len(keys_of(plain["townships"]))
        vectors = {name: np.array(table[name], dtype=np.float64) for name in _VECTORS}
        if {vector.shape for vector in vectors.values()} != {(size,)}:
            raise ValueError(size)
        covariance = None
        if table["covariance"] is not None:
            covariance = np.zeros((size, size))
            covariance[np.tril_indices(size)] = table["covariance"]
            covariance += np.tril(covariance, -1).T
        return cls(**{**plain, **vectors, "covariance": covariance})

    def changes(self) -> tuple[Change, ...]:
        """Return what would change of each number that anything spoke to."""
        before, after = _in_file(self.before), _in_file(self.after)
        low, high = self._limits()
        rows = zip(
            keys_of(self.townships), before, after, low, high, self.observations, strict=True
        )
        return tuple(
            Change(key, *(float(value) for value in values))
            for key, *values in rows
            if values[-1] > 0.0
        )

    def _limits(self) -> tuple[Floats, Floats]:
        if self.covariance is None:
            nothing = np.full(len(self.after), np.nan)
            return nothing, nothing
        middle, slopes = self.after.copy(), np.eye(len(self.after))
        at = np.arange(TABLES.start, TABLES.stop).reshape(len(TABLE_NAMES), -1)
        for row in at:  # log odds of each share, by the delta method
            share = softmax(self.after[row])
            middle[row] = logit(share)
            slopes[np.ix_(row, row)] = (np.eye(len(row)) - share) / (1.0 - share)[:, None]
        variance = np.einsum("ij,jk,ik->i", slopes, self.covariance, slopes, optimize=True)
        wide = _NORMAL_95 * np.sqrt(variance)
        return _from_scale(middle - wide), _from_scale(middle + wide)


@dataclass(frozen=True, slots=True)
class OlderFit:
    """What an older version of the model learned: to be read, never to be used."""

    version: int
    debtors: int
    visits: int
    told: tuple[Change, ...]

    def changes(self) -> tuple[Change, ...]:
        """Return what changed, as that version wrote it down."""
        return self.told


def kept_fit(text: str) -> Fit | OlderFit:
    """Return what :meth:`Fit.to_json` wrote, also of an older version.

    Raises
    ------
    LocatingError
        If it is of a newer version, cut short or changed.
    """
    try:
        table = json.loads(text)
        if table["version"] == VERSION:
            return Fit.from_json(text)
        if table["version"] == _LAST_WITHOUT_CHANGES:  # its vectors are as those of today
            changes = Fit._of(table).changes()
        else:
            changes = tuple(_change_of(row) for row in table["changes"])
        older = OlderFit(table["version"], table["debtors"], table["visits"], changes)
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable() from error
    if not 0 < older.version < VERSION:
        raise _unreadable()
    return older


def _plain_row(change: Change) -> list[str | float | None]:
    row = (change.before, change.after, change.low, change.high, change.observations)
    return [change.key, *(None if math.isnan(value) else value for value in row)]


def _change_of(row: list[Any]) -> Change:
    key, *values = row
    return Change(str(key), *(math.nan if value is None else float(value) for value in values))


def fit(
    evidence: Evidence,
    parameters: LocatingParameters,
    *,
    listener: ProgressListener | None = None,
    most_rounds: int = 100,
    spreads: bool = True,
) -> Fit:
    """Learn from the visits of the evidence; nothing is put in use.

    Parameters
    ----------
    evidence
        All outcomes that the court has, of all its debtors.
    parameters
        Those of the file, not learned ones: they are the prior, with the strengths in
        ``[spread]``, to which few visits hold the numbers. Learned ones would make the same
        visits count twice.
    most_rounds
        Most E steps; each costs as much as a posterior or five.
    spreads
        Whether to reckon intervals too, for which there is one more E step a number.

    Returns
    -------
    Fit
        At the outset itself where no visit is held.
    """
    owner = np.repeat(np.arange(len(evidence.debtors)), np.diff(evidence.visit_first))
    some, _ = part(evidence, np.unique(owner))
    work = _Work(some, parameters, listener, most_rounds, spreads)
    start = work.at(work.prior.mean)
    end, settled = _climb(work, start) if len(some.debtors) else (start, True)
    return Fit(
        townships=evidence.townships,
        before=work.prior.mean,
        after=end.vector,
        covariance=_covariance(work, end) if spreads else None,
        observations=spoke(end.weighed, end.counts),
        debtors=len(some.debtors),
        visits=len(evidence.visit_place),
        gain=end.value - start.value,
        rounds=work.done,
        settled=settled,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Point:
    """A vector with its expected counts and penalised log likelihood."""

    vector: Floats
    weighed: Weighed
    counts: Expected
    value: float


class _Work:
    """Evidence and prior, and how far the work has come."""

    def __init__(
        self,
        evidence: Evidence,
        parameters: LocatingParameters,
        listener: ProgressListener | None,
        most_rounds: int,
        spreads: bool,
    ) -> None:
        self.prior: Prior = prior_of(parameters, evidence.townships)
        self._evidence, self._listener = evidence, listener
        self._numbers: Numbers = numbers_of(parameters, evidence.townships)
        self.most_rounds, self.done = most_rounds, 0
        self._total = most_rounds + spreads * len(self.prior.mean)

    def at(self, vector: Floats) -> _Point:
        """Make an E step."""
        weighed = weigh(self._evidence, numbers_at(self._numbers, vector))
        counts = expected(weighed)
        self.done += 1
        self.say(self.done)
        value = float(counts.posterior.log_evidence.sum()) + self.prior.log_density(vector)
        return _Point(vector, weighed, counts, value)

    def better(self, point: _Point) -> Floats:
        """Make an M step."""
        return best_numbers(point.weighed, point.counts, point.vector, self.prior)

    def slope(self, vector: Floats) -> Floats:
        """Return the gradient of the log likelihood of the visits."""
        weighed = weigh(self._evidence, numbers_at(self._numbers, vector))
        return score(weighed, expected(weighed), vector)

    def say(self, done: int) -> None:
        """Tell how far the work has come."""
        if self._listener is not None:
            self._listener(min(done, self._total), self._total)


def _climb(work: _Work, start: _Point) -> tuple[_Point, bool]:
    """Return the last point and whether it settled; the value never falls."""
    scale = np.sqrt(np.maximum(np.diag(work.prior.precision), 1.0))
    point = start
    while work.done < work.most_rounds:
        first = work.at(work.better(point))
        second = work.better(first)
        step, bend = first.vector - point.vector, second - 2.0 * first.vector + point.vector
        far = np.linalg.norm(scale * step) / max(float(np.linalg.norm(scale * bend)), 1e-12)
        tried = work.at(point.vector + 2.0 * far * step + far**2 * bend) if far > 1.0 else None
        after = tried if tried is not None and tried.value >= first.value else work.at(second)
        gain, point = after.value - point.value, after
        if gain < _ENOUGH:
            return point, True
    return point, False


def _covariance(work: _Work, point: _Point) -> Floats:
    """Return the inverse of the observed information of visits and prior together.

    The information of the visits is the difference quotient of their score; what of it is
    negative (the likelihood curves the wrong way there) counts as nothing.
    """
    size = len(point.vector)
    score_here = score(point.weighed, point.counts, point.vector)
    information = np.empty((size, size))
    for i in range(size):
        moved = point.vector.copy()
        moved[i] += _STEP
        information[i] = (score_here - work.slope(moved)) / _STEP
        work.say(work.most_rounds + i + 1)
    values, vectors = np.linalg.eigh((information + information.T) / 2.0)
    visits = (vectors * np.maximum(values, 0.0)) @ vectors.T
    inverse = np.linalg.inv(visits + work.prior.curvature(point.vector))
    return np.asarray((inverse + inverse.T) / 2.0)


def _unreadable() -> LocatingError:
    return LocatingError("学习所得的定位参数无法读取，请重新学习")


def _in_file(vector: Floats) -> Floats:
    """Return the entries as the parameter file writes them."""
    scaled = vector.copy()
    for row in np.arange(TABLES.start, TABLES.stop).reshape(len(TABLE_NAMES), -1):
        scaled[row] = logit(softmax(vector[row]))
    return _from_scale(scaled)


def _from_scale(values: Floats) -> Floats:
    """Return entries whose shares stand as log odds as the parameter file writes them."""
    scaled = np.exp(np.minimum(values, 700.0))
    for entries in (PRESENCE, AWAY, MISTAKEN, TABLES):
        scaled[entries] = expit(values[entries])
    scaled[TOWNSHIP] = values[TOWNSHIP]
    return scaled
