"""More teams, longer shifts or fewer rules never make the best plan found worse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routes.planning import MaxIterations, solve
from routes.planning.problem import EscortMode, Problem
from routes.planning.validate import violations
from tests.routes.planning.oracle import optimum, worth
from tests.routes.strategies import problems

_FEW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
_TOLERANCE = 0.01
_tiny = problems(max_options=8, max_duties=1, max_shifts=2, escorts=False, breaks=False)


def one_team_more(problem: Problem) -> Problem:
    team, shift = problem.teams[0], problem.shifts[0]
    return replace(
        problem,
        teams=(*problem.teams, replace(team, id="more")),
        shifts=(*problem.shifts, replace(shift, id="more", team="more")),
    )


def longer_shifts(problem: Problem) -> Problem:
    return replace(
        problem,
        shifts=tuple(
            replace(shift, start_s=shift.start_s - 1800, end_s=shift.end_s + 3600)
            for shift in problem.shifts
        ),
    )


def no_rule_bars(problem: Problem) -> Problem:
    return replace(problem, blocked=())


def no_skill_asked(problem: Problem) -> Problem:
    return replace(
        problem,
        options=tuple(
            replace(option, needed_skills=frozenset(), min_officers=2) for option in problem.options
        ),
    )


def no_limit_of_stops(problem: Problem) -> Problem:
    return replace(
        problem,
        shifts=tuple(replace(shift, max_stops=None, capacity=None) for shift in problem.shifts),
    )


def wider_windows(problem: Problem) -> Problem:
    return replace(
        problem,
        options=tuple(
            replace(
                option,
                window_start_s=option.window_start_s - 900,
                window_end_s=option.window_end_s + 900,
            )
            for option in problem.options
        ),
    )


_RELAXATIONS: tuple[Callable[[Problem], Problem], ...] = (
    one_team_more,
    longer_shifts,
    no_rule_bars,
    no_skill_asked,
    no_limit_of_stops,
    wider_windows,
)


@pytest.mark.parametrize("relax", _RELAXATIONS, ids=lambda relax: relax.__name__)
def test_what_is_loosened_is_never_worth_less_than_the_best_before(
    relax: Callable[[Problem], Problem],
) -> None:
    @_FEW
    @given(_tiny)
    def each(problem: Problem) -> None:
        best = optimum(problem)
        loose = relax(problem)
        plan = solve(loose, stop=MaxIterations(400), seed=5)
        assert violations(loose, plan) == ()
        assert worth(loose, plan) >= best - _TOLERANCE * abs(best) - 1e-6

    each()


@_FEW
@given(problems(max_options=8, max_duties=1, max_shifts=2, breaks=False), st.integers(0, 3))
def test_an_escort_less_to_wait_for_is_never_worth_less(problem: Problem, seed: int) -> None:
    """Against the search itself: the brute force knows no escorts."""
    before = worth(problem, solve(problem, stop=MaxIterations(400), seed=seed))
    free = replace(
        problem,
        options=tuple(
            replace(option, escort=EscortMode.NONE, escort_stations=())
            for option in problem.options
        ),
    )
    assert worth(free, solve(free, stop=MaxIterations(400), seed=seed)) >= (
        before - _TOLERANCE * abs(before) - 1e-6
    )
