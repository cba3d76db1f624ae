"""Ranges of P(found): what the uncertainty of the parameters leaves open."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geo.model import Floats, Ints
from routes.locating.change import not_at, part
from routes.locating.draws import draw_numbers
from routes.locating.evidence import HOME
from routes.locating.found import VisitSets, asked_of, found_asked, found_by, set_owners
from routes.locating.layout import room_of
from routes.locating.parameters import LocatingParameters
from routes.locating.posterior import Weighed, solve, weigh, weigh_again

__all__ = ["Answered", "intervals", "intervals_after"]


def intervals(
    weighed: Weighed, parameters: LocatingParameters, sets: VisitSets, *, level: float
) -> Floats:
    """Return lower and upper limits of P(found) of each set, shape (sets, 2).

    The posterior of the debtors concerned is reckoned for each of ``spread.draws`` draws of
    the parameters; ``level`` of the draws lie between the limits, which always hold the
    estimate itself. A draw counts by how likely it makes the debtor's own outcomes; learned
    parameters know these already, so that all of their draws count the same.
    """
    middle = found_by(weighed, sets)
    if not len(sets.claim):
        return np.stack([middle, middle], axis=1)
    owners, _ = set_owners(weighed.evidence, sets)
    some, claim_at = part(weighed.evidence, np.unique(owners))
    own = replace(sets, claim=claim_at[sets.claim])
    of_set, _ = set_owners(some, own)
    draws = draw_numbers(parameters, some.townships)
    first = weigh(some, draws[0])
    asked = asked_of(first, own)
    room = room_of(first.places, first.visits, first.model, np.arange(len(some.debtors)))
    drawn, told = [], []
    for numbers in draws:
        made = weigh_again(first, numbers)
        drawn.append(found_asked(made, asked))
        if parameters.learned is None:
            told.append(solve(made, room=room).log_evidence)
    chance = np.zeros((len(drawn), len(some.debtors))) if parameters.learned else np.stack(told)
    rest = (1.0 - level) / 2.0
    low, high = _quantiles(np.stack(drawn), chance[:, of_set], (rest, 1.0 - rest))
    return np.stack([np.minimum(low, middle), np.maximum(high, middle)], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """An answer on one place before each set of visits; one place and anchor a debtor.

    Parameters
    ----------
    claim
        Position of a claim that names the place, for the claim's anchor.
    here, away
        Probability of the answer where the place is the debtor's, and where it is not.
    """

    claim: Ints
    here: Floats
    away: Floats


def intervals_after(
    weighed: Weighed,
    parameters: LocatingParameters,
    sets: VisitSets,
    answered: Answered,
    *,
    level: float = 0.9,
) -> Floats:
    """Return what :func:`intervals` does of sets of visits that follow an answer.

    A draw counts by how likely it makes the answer too. The limits are those of the draws alone.
    """
    owners, _ = set_owners(weighed.evidence, sets)
    some, claim_at = part(weighed.evidence, np.unique(owners))
    own = replace(sets, claim=claim_at[sets.claim])
    of_set, _ = set_owners(some, own)
    at = claim_at[answered.claim]
    places, anchors = some.claim_place[at], some.claim_anchor[at]
    draws = draw_numbers(parameters, some.townships)
    first = weigh(some, draws[0])
    asked, asked_elsewhere = asked_of(first, own), asked_of(not_at(first, places, anchors), own)
    room = room_of(first.places, first.visits, first.model, np.arange(len(some.debtors)))
    drawn, told = [], []
    for numbers in draws:
        made = weigh_again(first, numbers)
        solved = solve(made, room=room)
        p_here = np.where(anchors == HOME, solved.home[places], solved.day[places])
        missed = (1.0 - p_here) * found_asked(not_at(made, places, anchors), asked_elsewhere)
        here = np.maximum(found_asked(made, asked) - missed, 0.0)
        p_answer = answered.here * p_here + answered.away * (1.0 - p_here)
        drawn.append((answered.here * here + answered.away * missed) / p_answer)
        chance = 0.0 if parameters.learned else solved.log_evidence[of_set]
        told.append(chance + np.log(p_answer))
    rest = (1.0 - level) / 2.0
    low, high = _quantiles(np.stack(drawn), np.stack(told), (rest, 1.0 - rest))
    limits: Floats = np.clip(np.stack([low, high], axis=1), 0.0, 1.0)
    return limits


def _quantiles(values: Floats, log_weight: Floats, shares: tuple[float, ...]) -> Floats:
    """Return quantiles over the first axis of weighed values, shape (shares, columns).

    With ``n`` equal weights the k-th value is the quantile of k / (n + 1), so that a further draw
    lies between two quantiles as often as they say (Weibull's rule).
    """
    weight = np.exp(log_weight - log_weight.max(axis=0))
    weight /= weight.sum(axis=0)
    order = np.argsort(values, axis=0, kind="stable")
    ordered = np.take_along_axis(values, order, axis=0)
    worth = 1.0 + (weight**2).sum(axis=0)  # one by the number of draws that count
    reached = np.cumsum(np.take_along_axis(weight, order, axis=0), axis=0) / worth
    return np.stack(
        [
            [np.interp(share, at, value) for at, value in zip(reached.T, ordered.T, strict=True)]
            for share in shares
        ]
    )
