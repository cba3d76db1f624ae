"""One deadline for all rounds of making a plan anew, by a clock that the test turns."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from routes.errors import ReplanError
from routes.planning import Deadline, MaxIterations, StopRule
from routes.planning.disturbances import Disturbance, RuleBars
from routes.planning.problem import Plan
from routes.planning.replan import Replanned
from tests.routes.planning.samples import district
from web.replanning import STOP_S, in_rounds


class _Hand:
    """The hand of a clock, and a search that takes all the time that it is given."""

    def __init__(self, *, overhead_s: float = 0.0) -> None:
        self.now_s, self.overhead_s = 0.0, overhead_s
        self.searched_s: list[float] = []

    def __call__(self) -> float:
        return self.now_s

    def search(self, _happened: Sequence[Disturbance], rule: StopRule) -> Replanned:
        begun_s = self.now_s
        while rule.spent(0) < 1.0:
            self.now_s += 0.01
        self.searched_s.append(self.now_s - begun_s)
        self.now_s += self.overhead_s
        problem = district()
        return Replanned(problem, Plan(problem.id, "", 0, 0, 0.0, ()), ())


def _forbids(rounds: int) -> list[Sequence[Disturbance]]:
    """Return what the rules say of each round: something in the first ones, then nothing."""
    barred = [[RuleBars(f"o{k}", "A3", "已履行", "民事诉讼法第264条")] for k in range(rounds)]
    return [*barred, []]


@pytest.mark.parametrize("rounds", [0, 1, 2])
def test_all_rounds_together_keep_one_deadline(rounds: int) -> None:
    hand, said = _Hand(), iter(_forbids(rounds))
    stop = Deadline.after(hand, STOP_S)
    _made, told = in_rounds(hand.search, lambda _made, _told: next(said), [], stop=stop)
    assert len(hand.searched_s) == rounds + 1
    assert len(told) == rounds
    assert hand.now_s <= STOP_S + 0.01 * (rounds + 1)
    assert all(each > 0.0 for each in hand.searched_s)


def test_what_comes_before_and_between_counts() -> None:
    hand, said = _Hand(overhead_s=0.4), iter(_forbids(2))
    stop = Deadline.after(hand, STOP_S)
    hand.now_s += 0.3
    in_rounds(hand.search, lambda _made, _told: next(said), [], stop=stop)
    assert hand.searched_s[-1] == 0.0  # nothing was left: the plan that stands, or the first found
    assert sum(hand.searched_s) <= STOP_S - 0.3


def test_iterations_are_those_of_each_round_and_rules_may_forbid_all() -> None:
    rules: list[StopRule] = []
    stop = MaxIterations(0)

    def search(happened: Sequence[Disturbance], rule: StopRule) -> Replanned:
        rules.append(rule)
        return _Hand().search(happened, rule)

    with pytest.raises(ReplanError, match="重新制定"):
        in_rounds(search, lambda _made, told: _forbids(1)[0][: len(told) + 1], [], stop=stop)
    assert rules == [stop, stop, stop]
