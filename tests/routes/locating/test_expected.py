"""Expected counts against the same whole-history sums, by differentiating the evidence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from routes.locating.expected import expected
from routes.locating.posterior import solve, weigh

from .samples import debtors_evidence, located

STEP = 1e-4


@settings(deadline=None, max_examples=25)
@given(debtors_evidence())
def test_counts_are_the_gradient_of_the_log_evidence(evidence) -> None:
    """Fisher: d log evidence / d logit = expected successes - p x expected tries."""
    claims, outcomes, leads = evidence
    made = located(claims, outcomes, leads)
    counts, numbers = expected(made.weighed), made.weighed.numbers

    def slope(change) -> float:
        logs = [
            solve(weigh(made.evidence, change(sign * STEP))).log_evidence.sum()
            for sign in (1.0, -1.0)
        ]
        return (logs[0] - logs[1]) / (2.0 * STEP)

    tables = made.weighed.model.there.reshape(counts.tries.shape)
    gain = (counts.there - tables * counts.tries).sum(axis=(0, 1, 5))
    for cell in np.argwhere(counts.tries.sum(axis=(0, 1, 5)) > 0.0)[:4]:
        shift = np.zeros(numbers.presence.shape)
        shift[tuple(cell)] = 1.0
        found = slope(lambda h, s=shift: replace(numbers, presence=numbers.presence + h * s))
        assert gain[tuple(cell)] == pytest.approx(found, abs=1e-6)
    p_week, p_day = made.weighed.model.away
    week = counts.weeks_away - p_week * counts.weeks
    day = counts.days_away - p_day * counts.days
    assert week == pytest.approx(
        slope(lambda h: replace(numbers, away_week=numbers.away_week + h)), abs=1e-6
    )
    assert day == pytest.approx(
        slope(lambda h: replace(numbers, away_day=numbers.away_day + h)), abs=1e-6
    )
    for anchor in range(3):
        shift = np.eye(3)[anchor]
        found = slope(lambda h, s=shift: replace(numbers, log_moves=numbers.log_moves + h * s))
        mean = made.weighed.model.rate[anchor] * np.arange(1, counts.gaps.shape[1])
        moved, gaps = counts.moves[anchor, 1:], counts.gaps[anchor, 1:]
        gain = (moved * mean / -np.expm1(-mean) - gaps * mean).sum()
        assert gain == pytest.approx(found, abs=1e-6)


@settings(deadline=None, max_examples=25)
@given(debtors_evidence())
def test_shares_agree_with_the_posterior(evidence) -> None:
    claims, outcomes, leads = evidence
    made = located(claims, outcomes, leads)
    counts = expected(made.weighed)
    week = (made.evidence.visit_day + 3) // 7
    last = week == made.weighed.model.week[0]  # the others may be of before a move
    either = counts.posterior.either[made.evidence.visit_place[last]]
    assert (counts.present + counts.absent)[last] == pytest.approx(either, abs=1e-12)
    assert (counts.present + counts.absent <= 1.0 + 1e-12).all()
    assert (counts.moves <= counts.gaps + 1e-12).all()
    weeks = float(len(set(week.tolist())))
    assert (counts.home_draws >= min(weeks, 1.0) - 1e-12).all()
    assert (counts.home_draws <= weeks + 1e-12).all()
    assert counts.node.sum(axis=1) == pytest.approx(np.ones(len(counts.node)))
    assert (counts.there <= counts.tries + 1e-12).all()
    if made.evidence.claim_used.all():
        prior = located(claims, [], leads).posterior
        assert counts.prior_home == pytest.approx(prior.home, abs=1e-12)
        assert counts.prior_day == pytest.approx(prior.day, abs=1e-12)


def test_a_withdrawn_visit_counts_nothing() -> None:
    from routes.model import OutcomeKind

    from .samples import claim, outcome

    only = claim("A")
    visits = [outcome(f"O{i}", only, OutcomeKind.CLOSED, age_d=9.0 * i) for i in range(3)]
    less = located([only], visits).without("O1")
    counts, never = expected(less.weighed), expected(located([only], visits[::2]).weighed)
    assert np.array_equal(counts.present, never.present)
    assert np.array_equal(counts.tries, never.tries)
    assert counts.weeks_away == never.weeks_away
