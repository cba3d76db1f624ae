"""Searches from several seeds at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routes.planning import Listener, MaxIterations, StopRule, solve
from routes.planning.problem import Plan, Unassigned, UnassignedReason
from routes.planning.starts import better, solve_starts
from tests.routes.planning.samples import district, district_plan

STOP = MaxIterations(3)
SEEDS = (4, 1, 9)


class Heard(Listener):
    def __init__(self) -> None:
        self.iterations = 0

    def iterated(self, *, iteration: int, value: float, best_value: float) -> None:
        self.iterations = iteration


def worth(plan: Plan) -> float:
    return plan.value - plan.price


def test_the_best_of_all_seeds_is_the_plan() -> None:
    alone = {seed: solve(district(), stop=STOP, seed=seed) for seed in SEEDS}
    heard = Heard()
    plan = solve_starts(district(), stop=STOP, seeds=SEEDS, listener=heard)
    assert worth(plan) == max(map(worth, alone.values()))
    assert plan == alone[plan.seed]
    assert heard.iterations == 3


def test_one_seed_is_the_search_itself() -> None:
    assert solve_starts(district(), stop=STOP, seeds=[4]) == solve(district(), stop=STOP, seed=4)


def test_a_stop_that_fails_ends_all() -> None:
    class Broken:
        def spent(self, iteration: int) -> float:
            raise KeyboardInterrupt

        def ahead(self, iteration: int) -> int:
            return 1

    stop: StopRule = Broken()
    with pytest.raises(KeyboardInterrupt):
        solve_starts(district(), stop=stop, seeds=[1])


def test_a_duty_more_counts_more_than_any_worth() -> None:
    plan = district_plan()
    missing = Unassigned("q1", UnassignedReason.OUTBID, is_duty=True)
    rich = replace(plan, value=plan.value + 1e6, unassigned=(*plan.unassigned, missing))
    assert better(plan, rich)
    assert not better(rich, plan)
    assert better(replace(plan, value=plan.value + 1.0), plan)
    assert not better(plan, plan)
