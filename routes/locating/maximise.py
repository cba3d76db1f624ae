"""The M step of learning: each group of numbers at its best, given the expected counts.

Presence is a logistic regression with offsets (Newton), being away a logistic regression with
one number, the weights of places a multinomial one (Newton), moves a rate each (Newton), the
tables of outcomes shares (L-BFGS). All with the penalty of the prior; no step lowers its objective.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_array
from scipy.special import expit, log_softmax, softmax

from geo.model import Floats, Ints
from routes.locating.evidence import DAY, HOME, Evidence
from routes.locating.expected import Expected
from routes.locating.numbers import WEEKS_A_YEAR, Numbers, habit_nodes
from routes.locating.posterior import Weighed
from routes.locating.vector import (
    AWAY,
    LEAD,
    MISTAKEN,
    MOVES,
    ODDS,
    PRESENCE,
    TABLE_NAMES,
    TABLES,
    WEIGHTS,
    Prior,
    numbers_at,
)
from routes.locating.weights import (
    Stated,
    odds_row,
    place_weights,
    stated,
)
from routes.model import ClaimSource
from routes.planning.compiled import entry

__all__ = ["best_numbers", "score", "spoke"]

_NEWTON_STEPS, _HALVINGS, _TABLE_STEPS = 2, 8, 8
_REPORTS = slice(MISTAKEN.start, TABLES.stop)  # the share of mistaken reports, and the tables
_Objective = Callable[[Floats], tuple[float, Floats, Floats]]  # value, gradient, -curvature


def score(weighed: Weighed, counts: Expected, vector: Floats) -> Floats:
    """Return the gradient of the log likelihood of the visits at the vector.

    By Fisher's identity it is the gradient of the expected log likelihood of all that is
    hidden, with the expectations taken at this very vector.
    """
    gradient = np.empty(len(vector))
    gradient[WEIGHTS] = _weights_gradient(weighed, counts)
    free = _presence_entries(len(vector))
    gradient[free] = _presence(weighed, counts, vector[free])[1]
    gradient[AWAY] = _away(counts, vector[AWAY])[1]
    gradient[MOVES] = _moves(counts, vector[MOVES])[1]
    gradient[_REPORTS] = _Reports(weighed, counts).value(vector[_REPORTS])[1]
    return gradient


def best_numbers(weighed: Weighed, counts: Expected, vector: Floats, prior: Prior) -> Floats:
    """Return the vector at which the expected penalised log likelihood is at its best, or near."""
    best = vector.copy()
    best[WEIGHTS] = _newton(
        _penalised(_weights(weighed, counts, vector), prior, WEIGHTS), vector[WEIGHTS]
    )
    free = _presence_entries(len(vector))
    best[free] = _newton(
        _penalised(lambda part: _presence(weighed, counts, part), prior, free), vector[free]
    )
    best[AWAY] = _newton(_penalised(lambda part: _away(counts, part), prior, AWAY), vector[AWAY])
    best[MOVES] = _newton(
        _penalised(lambda part: _moves(counts, part), prior, MOVES), vector[MOVES]
    )
    best[_REPORTS] = _best_reports(_Reports(weighed, counts), prior, vector)
    return best


def _penalised(objective: _Objective, prior: Prior, part: slice | Ints) -> _Objective:
    mean, precision = prior.mean[part], prior.precision[part][:, part]

    def penalised(at: Floats) -> tuple[float, Floats, Floats]:
        value, gradient, curvature = objective(at)
        gap = precision @ (at - mean)
        return (
            value - 0.5 * float(gap @ (at - mean)),
            gradient - gap,
            curvature + precision,
        )

    return penalised


def _newton(objective: _Objective, start: Floats) -> Floats:
    """Climb by Newton steps, each halved until it does not lower the objective."""
    at = start
    value, gradient, curvature = objective(at)
    for _ in range(_NEWTON_STEPS):
        step = np.linalg.solve(curvature, gradient)
        for _ in range(_HALVINGS):
            tried = objective(at + step)
            if tried[0] >= value:
                break
            step = step / 2.0
        else:
            return at
        at = at + step
        gain = tried[0] - value
        value, gradient, curvature = tried
        if gain < 1e-6:
            break
    return at


def _presence_entries(size: int) -> Ints:
    """Return the entries of presence by kind, band and day type, then those of townships."""
    entries: Ints = np.r_[PRESENCE, TABLES.stop : size]
    return entries


def _presence(weighed: Weighed, counts: Expected, part: Floats) -> tuple[float, Floats, Floats]:
    """Return the log likelihood of the draws of presence, its gradient and -curvature."""
    told, towns, *cells, nodes = counts.tries.shape
    n_cells = int(np.prod(cells))
    shape = (told, towns, n_cells, nodes)
    tries, there = counts.tries.reshape(shape), counts.there.reshape(shape)
    offset = np.array([0.0, weighed.numbers.log_lead_band])
    habit, _ = habit_nodes(weighed.numbers.habit_sd)
    town = np.concatenate([weighed.numbers.township[:1], part[n_cells:]])
    log_odds = (
        offset[:, None, None, None]
        + town[None, :, None, None]
        + part[None, None, :n_cells, None]
        + habit
    )
    value = float((there * log_odds - tries * np.logaddexp(0.0, log_odds)).sum())
    p = expit(log_odds)
    gap = (there - tries * p).sum(axis=(0, 3))
    weight = (tries * p * (1.0 - p)).sum(axis=(0, 3))
    curvature = np.zeros((len(part), len(part)))
    by_cell, by_town = np.arange(n_cells), np.arange(n_cells, len(part))
    curvature[by_cell, by_cell] = weight.sum(axis=0)
    curvature[by_town, by_town] = weight[1:].sum(axis=1)
    curvature[n_cells:, :n_cells] = weight[1:]
    curvature[:n_cells, n_cells:] = weight[1:].T
    return value, np.concatenate([gap.sum(axis=0), gap[1:].sum(axis=1)]), curvature


def _away(counts: Expected, part: Floats) -> tuple[float, Floats, Floats]:
    """Return the log likelihood of weeks and days away, its gradient and -curvature."""
    away = np.array([counts.weeks_away, counts.days_away])
    of = np.array([counts.weeks, counts.days])
    p = expit(part)
    value = float(away @ part - of @ np.logaddexp(0.0, part))
    return value, away - of * p, np.diag(of * p * (1.0 - p))


def _moves(counts: Expected, part: Floats) -> tuple[float, Floats, Floats]:
    """Return the log likelihood of moves between visits, its gradient and expected -curvature.

    In a time of ``m`` weeks there is a move with probability 1 - exp(-m x moves a week).
    """
    weeks = np.arange(1, counts.gaps.shape[1])
    moved, gaps = counts.moves[:, 1:], counts.gaps[:, 1:]
    mean = np.exp(part)[:, None] / WEEKS_A_YEAR * weeks
    odds = np.expm1(mean)  # of a move
    value = float((moved * np.log(odds) - gaps * mean).sum())
    gradient = (moved * mean * (1.0 + 1.0 / odds) - gaps * mean).sum(axis=1)
    curvature = (gaps * mean**2 / odds).sum(axis=1)
    return value, gradient, np.diag(curvature)


def _weights(weighed: Weighed, counts: Expected, vector: Floats) -> _Objective:
    """Return the log likelihood of residences and day places as a function of the weights."""
    evidence, whole = weighed.evidence, vector.copy()
    n_debtors, first = len(evidence.debtors), evidence.place_first
    by_debtor = csr_array(
        (np.ones(first[-1]), np.arange(first[-1]), first), shape=(n_debtors, first[-1])
    )
    owner = np.repeat(np.arange(n_debtors), np.diff(first))

    def objective(part: Floats) -> tuple[float, Floats, Floats]:
        whole[WEIGHTS] = part
        numbers = numbers_at(weighed.numbers, whole)
        value, gradient = 0.0, np.zeros(len(part))
        curvature = np.zeros((len(part), len(part)))
        told = stated(evidence, numbers)
        for anchor, log_weight, drawn, draws in _anchors(evidence, numbers, told, counts):
            weight = np.exp(log_weight)
            total = 1.0 + by_debtor @ weight
            share = weight / total[owner]
            named = weight > 0.0
            value += float(drawn[named] @ log_weight[named] - draws @ np.log(total))
            slopes = _slopes(evidence, numbers, told, anchor)
            gradient += slopes.T @ (drawn - draws[owner] * share)
            weighted = slopes * share[:, None]
            mean = (by_debtor @ weighted) * np.sqrt(draws)[:, None]
            often = weighted * draws[owner][:, None]
            curvature += (slopes.T @ often - mean.T @ mean).toarray()
        return value, gradient, curvature

    return objective


def _weights_gradient(weighed: Weighed, counts: Expected) -> Floats:
    prior = {HOME: counts.prior_home, DAY: counts.prior_day}
    evidence, numbers, told = weighed.evidence, weighed.numbers, weighed.stated
    owner = np.repeat(np.arange(len(counts.home_draws)), np.diff(weighed.places.first))
    gradient = np.zeros(WEIGHTS.stop - WEIGHTS.start)
    for anchor, _, drawn, draws in _anchors(evidence, numbers, told, counts):
        slopes = _slopes(evidence, numbers, told, anchor)
        gradient += slopes.T @ (drawn - draws[owner] * prior[anchor])
    return gradient


def _anchors(
    evidence: Evidence, numbers: Numbers, told: Stated, counts: Expected
) -> list[tuple[int, Floats, Floats, Floats]]:
    """Return for residence and day place: log weight and draws by place, draws by debtor."""
    home, day = place_weights(evidence, numbers, told)
    return [
        (HOME, home, counts.home, counts.home_draws),
        (DAY, day, counts.day, counts.day_draws),
    ]


def _of_ratios(
    evidence: Evidence, numbers: Numbers, log_ratio: Floats, claims: Ints
) -> tuple[Ints, Ints, Floats]:
    """Return row, column and value of what the claims' log ratios gain with each entry."""
    source = evidence.claim_source[claims]
    still = np.exp2(-evidence.claim_age_d[claims] / numbers.half_life_d[source])
    sure = evidence.claim_confidence[claims] * evidence.claim_share[claims]
    share = sure / np.exp(log_ratio)
    at = np.arange(len(claims))
    return (
        np.concatenate([at, at]),
        np.concatenate([source, len(ClaimSource) + source]),
        np.concatenate(
            [
                share * still * np.exp(numbers.log_fresh[source]),
                share * (1.0 - still) * np.exp(numbers.log_stale[source]),
            ]
        ),
    )


def _sparse(entries: Sequence[tuple[Ints, Ints, Floats]], count: int) -> csr_array:
    rows, columns, values = (np.concatenate(each) for each in zip(*entries, strict=True))
    return csr_array((values, (rows, columns)), shape=(count, WEIGHTS.stop))


def _slopes(evidence: Evidence, numbers: Numbers, told: Stated, anchor: int) -> csr_array:
    """Return what each place's log weight gains with each entry, shape (places, entries).

    Sparse: a place has few statements, and a dense product would wait for all cores.
    """
    mine = np.flatnonzero(told.claim_counts & (evidence.claim_anchor == anchor))
    rows, columns, values = _of_ratios(evidence, numbers, told.log_ratio[mine], mine)
    named = np.flatnonzero(told.named[anchor])
    company = np.repeat(evidence.is_company, np.diff(evidence.place_first))
    leads = np.flatnonzero(told.lead_counts & (evidence.lead_anchor == anchor))
    entries = (
        (evidence.claim_place[mine][rows], columns, values),
        (named, ODDS.start + odds_row(company[named], anchor), np.ones(len(named))),
        (evidence.lead_place[leads], np.full(len(leads), LEAD.start), np.ones(len(leads))),
    )
    return _sparse(entries, len(evidence.place_township))


class _Reports:
    """The log likelihood of reports, given who was there; see :func:`posterior.reported`."""

    def __init__(self, weighed: Weighed, counts: Expected) -> None:
        evidence, numbers = weighed.evidence, weighed.numbers
        self._kind = evidence.visit_kind.astype(np.int64)
        self._met = numbers.detection[evidence.visit_precision]
        self._mistaken = numbers.mistaken
        present, absent = counts.present, counts.absent
        self._weight = np.stack([present, absent, np.maximum(1.0 - present - absent, 0.0)])

    def value(self, part: Floats) -> tuple[float, Floats]:
        """Return the log likelihood and its gradient at the entries ``_REPORTS``."""
        share = float(expit(part[0]))
        own = softmax(part[1:].reshape(len(TABLE_NAMES), -1), axis=1)
        mixed = (1.0 - share) * own + share * self._mistaken
        by_share = np.zeros(own.shape)
        value = _reports(mixed, self._kind, self._met, self._weight, by_share)
        by_mistaken = share * (1.0 - share) * (by_share * (self._mistaken - own)).sum()
        by_share *= 1.0 - share
        inner = (by_share * own).sum(axis=1, keepdims=True)
        return value, np.append(by_mistaken, (own * (by_share - inner)).ravel())


@entry
def _reports(tables: Floats, kind: Ints, met: Floats, weight: Floats, by_share: Floats) -> float:
    """Return the log likelihood of the reports; its gradient is added to ``by_share``.

    Parameters
    ----------
    tables
        Shares by row (there, out, not here) and kind, with the mistaken reports.
    kind, met
        By visit: what was reported, and the chance to be met if there.
    weight
        By row and visit: probability that this is what was true.
    """
    value = 0.0
    for v in range(kind.shape[0]):
        j = kind[v]
        for row in range(3):
            seen = met[v] if row == 0 else 1.0
            told = seen * tables[row, j] + (1.0 - seen) * tables[1, j]
            value += weight[row, v] * math.log(told)
            by_share[row, j] += weight[row, v] / told * seen
            by_share[1, j] += weight[row, v] / told * (1.0 - seen)
    return value


def _best_reports(reports: _Reports, prior: Prior, vector: Floats) -> Floats:
    """Return the entries ``_REPORTS`` at their best, or near; the tables' means are zero."""
    mass = prior.visits.sum(axis=1, keepdims=True)
    mean, precision = prior.mean[MISTAKEN], prior.precision[MISTAKEN, MISTAKEN]

    def loss(part: Floats) -> tuple[float, Floats]:
        value, gradient = reports.value(part)
        logs, gap = part[1:].reshape(mass.shape[0], -1), part[:1] - mean
        value += float((prior.visits * log_softmax(logs, axis=1)).sum())
        value -= 0.5 * float(gap @ precision @ gap)
        pull = (prior.visits - mass * softmax(logs, axis=1)).ravel()
        return -value, -(gradient + np.append(-precision @ gap, pull))

    found = minimize(
        loss, vector[_REPORTS], jac=True, method="L-BFGS-B", options={"maxiter": _TABLE_STEPS}
    )
    logs = found.x[1:].reshape(mass.shape[0], -1)
    return np.append(found.x[:1], (logs - logs.mean(axis=1, keepdims=True)).ravel())


def spoke(weighed: Weighed, counts: Expected) -> Floats:
    """Return how much spoke to each entry: statements, debtors, leads, draws, weeks, times
    between visits, reports.

    Statements count by how far they tell of now (fresh) or of former times (stale).
    """
    evidence, numbers, told = weighed.evidence, weighed.numbers, weighed.stated
    mine = np.flatnonzero(told.claim_counts)
    source = evidence.claim_source[mine]
    still = np.exp2(-evidence.claim_age_d[mine] / numbers.half_life_d[source])
    companies = float(evidence.is_company.sum())
    persons = len(evidence.debtors) - companies
    visits = float(len(evidence.visit_place))
    reports = [
        counts.present.sum(),
        counts.absent.sum(),
        max(visits - counts.present.sum() - counts.absent.sum(), 0.0),
    ]
    return np.concatenate(
        [
            np.bincount(source, still, minlength=len(ClaimSource)),
            np.bincount(source, 1.0 - still, minlength=len(ClaimSource)),
            [persons, persons, companies, float(told.lead_counts.sum())],
            counts.tries.sum(axis=(0, 1, 5)).ravel(),
            [counts.weeks, counts.days],
            counts.gaps.sum(axis=1),
            [visits],
            np.repeat(reports, len(numbers.mistaken)),
            counts.tries.sum(axis=(0, 2, 3, 4, 5))[1:],
        ]
    )
