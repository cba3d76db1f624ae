"""Routes are chosen as well as trying every choice does, and made into plans that hold."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.model import Floats, Ints
from routes.planning.assembly import followed, plan_of
from routes.planning.instance import Compiled, compile_problem, empty_solution, new_scratch
from routes.planning.kernels import (
    ALIKE,
    BREAK,
    COST,
    COUNT,
    GROUP,
    KIND,
    SIZE,
    TASK,
    WORTH,
    Solution,
    begin,
    steps,
)
from routes.planning.problem import Problem
from routes.planning.recombine import RoutePool
from routes.planning.validate import violations
from tests.routes.strategies import problems

_CALM = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def _some(compiled: Compiled, seed: int) -> list[tuple[Solution, float]]:
    """Return solutions that the search passes."""
    found = []
    current, trial, best = (empty_solution(compiled) for _ in range(3))
    scratch, values = new_scratch(compiled, seed=seed), np.zeros(2)
    begin(compiled.inst, current, trial, best, scratch, values)
    for _ in range(6):
        kept = Solution(*(np.array(part) for part in current))
        found.append((kept, float(values[0])))
        if len(compiled.inst.groups):
            steps(compiled.inst, current, trial, best, scratch, values, 3, 50.0, 1.0)
    return found


def _routes(compiled: Compiled, sol: Solution) -> list[tuple[int, frozenset[int], float]]:
    """Return kind of shift, groups and worth of each route that serves anything."""
    inst = compiled.inst
    made = []
    for shift in np.flatnonzero(sol.state[:, COUNT]).tolist():
        tasks = sol.routes[shift, : sol.state[shift, SIZE], TASK]
        served = tasks[inst.tasks[tasks, KIND] != BREAK]
        worth = float(sol.worth[shift, WORTH] - sol.worth[shift, COST])
        groups = frozenset(inst.tasks[served, GROUP].tolist())
        made.append((int(inst.shifts[shift, ALIKE]), groups, worth))
    return made


def _best(compiled: Compiled, routes: list[tuple[int, frozenset[int], float]]) -> float:
    """Return the most that routes are worth together, by trying every choice."""
    room = np.bincount(compiled.inst.shifts[:, ALIKE])
    best = 0.0
    for size in range(1, len(compiled.inst.shifts) + 1):
        for chosen in combinations(routes, size):
            kinds = np.bincount([kind for kind, _, _ in chosen], minlength=len(room))
            served = [group for _, groups, _ in chosen for group in groups]
            if (kinds <= room).all() and len(served) == len(set(served)):
                best = max(best, sum(worth for _, _, worth in chosen))
    return best


def _chosen_worth(compiled: Compiled, known: Floats, shifts: Ints, tasks: Ints) -> float:
    inst = compiled.inst
    total = 0.0
    for shift in np.unique(shifts).tolist():
        groups = frozenset(inst.tasks[tasks[shifts == shift], GROUP].tolist())
        kind = int(inst.shifts[shift, ALIKE])
        total += max(w for k, g, w in known if (k, g) == (kind, groups))
    return total


@_CALM
@given(problems(max_options=8, escorts=False), st.integers(0, 9))
def test_the_choice_is_the_best_one(problem: Problem, seed: int) -> None:
    compiled = compile_problem(replace(problem, sets=()))  # one visit a debtor: worths add up
    pool = RoutePool(compiled.inst)
    known = []
    for sol, value in _some(compiled, seed):
        pool.add(sol, value)
        known += _routes(compiled, sol)
    packed = pool.packed()
    if len(compiled.inst.shifts) == 1 or not known:
        assert packed is None
        return
    found = 0.0 if packed is None else _chosen_worth(compiled, known, *packed)
    best = _best(compiled, list(dict.fromkeys(known)))
    assert abs(found - best) <= 1e-6 * max(1.0, best)


@_CALM
@given(problems(), st.data())
def test_any_routes_become_a_plan_that_holds(problem: Problem, data: st.DataObject) -> None:
    compiled = compile_problem(problem)
    n_tasks, n_shifts = compiled.inst.allowed.shape
    pairs = data.draw(
        st.lists(st.tuples(st.integers(0, n_shifts - 1), st.integers(0, max(0, n_tasks - 1))))
    )
    if not n_tasks:
        pairs = []
    shifts, tasks = (np.array([pair[k] for pair in pairs], dtype=np.int64) for k in (0, 1))
    found, _ = followed(compiled, shifts, tasks, seed=1)
    plan = plan_of(compiled, found, engine="alns", seed=1, iterations=0)
    assert violations(problem, plan) == ()


@_CALM
@given(problems(escorts=False), st.integers(0, 9))
def test_routes_that_hold_are_kept(problem: Problem, seed: int) -> None:
    band = replace(problem.bands[0], start_s=0, end_s=86400, day=None)
    matrices = tuple(matrix for matrix in problem.matrices if matrix.band == band.name)
    plain = replace(problem, bands=(band,), matrices=matrices)
    compiled = compile_problem(plain)
    for sol, _ in _some(compiled, seed):
        stops = [
            (shift, int(task))
            for shift in range(len(compiled.inst.shifts))
            for task in sol.routes[shift, : sol.state[shift, SIZE], TASK]
            if compiled.inst.tasks[task, KIND] != BREAK
        ]
        shifts, tasks = (np.array([stop[k] for stop in stops], dtype=np.int64) for k in (0, 1))
        made, _ = followed(compiled, shifts, tasks, seed=1)
        assert (made.served[sol.served >= 0] >= 0).all()
        assert made.worth.sum() >= sol.worth.sum() - 1e-9
