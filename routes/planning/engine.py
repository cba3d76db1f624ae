"""Adaptive large neighbourhood search over the compiled moves."""

from __future__ import annotations

import math

import numpy as np

from routes.planning.explain import unassigned
from routes.planning.instance import compile_problem, empty_solution, new_scratch
from routes.planning.kernels import step
from routes.planning.problem import Plan, Problem
from routes.planning.progress import Listener
from routes.planning.schedule import routes_of, value_of
from routes.planning.stop import StopRule

__all__ = ["search"]

_CYCLE = 400  # iterations from hot to cold in the first cycle; each next one is twice as long
_HOT, _COLD = 0.5, 0.005  # of the mean option value


def _heat(iteration: int) -> float:
    """Return the temperature, as a share of the mean option value.

    Cycles double in length, so that the schedule needs no horizon and a run of n iterations
    is the beginning of every longer one.
    """
    cycle = int(math.log2(iteration / _CYCLE + 1.0))
    begun = _CYCLE * (2**cycle - 1)
    share = (iteration - begun) / (_CYCLE * 2**cycle)
    return float(_HOT * (_COLD / _HOT) ** share)


def search(
    problem: Problem, *, stop: StopRule, seed: int, listener: Listener, name: str = "alns"
) -> Plan:
    """Plan by insertion and improve until ``stop`` says so; see ``routes.planning.solve``."""
    compiled = compile_problem(problem)
    current, trial, best = (empty_solution(compiled) for _ in range(3))
    scratch = new_scratch(compiled, seed=seed)
    mean = sum(o.value for o in problem.options) / max(1, len(problem.options))
    values = np.array([np.nan, np.nan])  # of the current and of the best solution

    def advance(heat: float) -> None:
        step(compiled.inst, current, trial, best, scratch, values, heat)

    advance(0.0)
    listener.started(value=float(values[1]))
    iteration = 0
    while mean > 0.0 and not stop(iteration, float(values[1])):
        before = values[1]
        advance(_heat(iteration) * mean)
        iteration += 1
        if values[1] > before:
            listener.improved(iteration=iteration, best_value=float(values[1]))
        listener.iterated(iteration=iteration, value=float(values[0]), best_value=float(values[1]))
    listener.ended(iterations=iteration, best_value=float(values[1]))
    routes = routes_of(compiled, best)
    return Plan(
        problem_id=problem.id,
        engine=name,
        seed=seed,
        iterations=iteration,
        value=value_of(routes),
        routes=routes,
        unassigned=unassigned(problem, routes),
    )
