"""The search: compiled steps of ruin and recreate under simulated annealing."""

from __future__ import annotations

from statistics import fmean

import numpy as np

from geo.model import Floats, Ints
from routes.planning.assembly import followed, plan_of, tasks_of
from routes.planning.instance import Compiled, compile_problem, empty_solution, new_scratch
from routes.planning.kernels import COUNT, TRAVELLED_S, Solution, begin, steps
from routes.planning.problem import Plan, Problem
from routes.planning.progress import Listener
from routes.planning.recombine import RoutePool
from routes.planning.stop import StopRule

__all__ = ["insert", "search"]

_HOT, _COLD = 1.0, 0.02  # temperature at the beginning and the end, in what a stop matters
_WARM = 0.25  # at the beginning where a plan is at hand
_MOST_STEPS = 50  # between two questions to the stop rule
_TASKS_A_CALL = 20_000  # with more tasks fewer steps, so that a stop is heard in time
_RECOMBINED = (0.75, 0.97)  # shares of the run after which routes are recombined
_LOOKED_AT = 60  # waiting options that a step looks at, when their number is large


def insert(problem: Problem) -> Plan:
    """Plan by insertion alone: duties, then options by gain by time, without chance."""
    compiled = compile_problem(problem)
    current, trial, best = (empty_solution(compiled) for _ in range(3))
    begin(compiled.inst, current, trial, best, new_scratch(compiled, seed=0), np.zeros(2))
    return plan_of(compiled, best, engine="greedy", seed=0, iterations=0)


def search(
    problem: Problem, *, stop: StopRule, seed: int, listener: Listener, start: Plan | None = None
) -> Plan:
    """Plan by insertion and improve until ``stop`` says so; see ``routes.planning.solve``."""
    compiled = compile_problem(problem)
    current, trial, best = (empty_solution(compiled) for _ in range(3))
    scratch = new_scratch(compiled, seed=seed)
    values = np.zeros(2)  # of the current and of the best solution
    begin(compiled.inst, current, trial, best, scratch, values)
    if start is not None:
        tasks = tasks_of(compiled, start)
        shifts = np.repeat(np.arange(len(tasks), dtype=np.int64), [len(of) for of in tasks])
        packed = shifts, np.array([task for of in tasks for task in of], dtype=np.int64)
        _go_on(compiled, packed, current, trial, best, values, seed)
    listener.started(value=float(values[1]))
    scale = _scale(problem, *(int(best.state[:, of].sum()) for of in (TRAVELLED_S, COUNT)))
    n_tasks = len(compiled.inst.groups)
    share = min(1.0, _LOOKED_AT / max(1, n_tasks))
    most = max(1, min(_MOST_STEPS, _TASKS_A_CALL // max(1, n_tasks)))
    hot = _HOT if start is None else _WARM
    pool = RoutePool(compiled.inst)
    ahead = list(_RECOMBINED)
    iteration = 0
    while n_tasks and (spent := stop.spent(iteration)) < 1.0:
        before = values[1]
        count = min(most, stop.ahead(iteration))
        heat = scale * hot * (_COLD / hot) ** spent
        steps(compiled.inst, current, trial, best, scratch, values, count, heat, share)
        iteration += count
        pool.add(current, float(values[0]))
        if ahead and spent >= ahead[0]:
            ahead.pop(0)
            chosen = pool.packed()
            if chosen is not None:
                _go_on(compiled, chosen, current, trial, best, values, seed)
        if values[1] > before:
            listener.improved(iteration=iteration, best_value=float(values[1]))
        listener.iterated(iteration=iteration, value=float(values[0]), best_value=float(values[1]))
    listener.ended(iterations=iteration, best_value=float(values[1]))
    return plan_of(compiled, best, engine="alns", seed=seed, iterations=iteration)


def _go_on(
    compiled: Compiled,
    packed: tuple[Ints, Ints],
    current: Solution,
    trial: Solution,
    best: Solution,
    values: Floats,
    seed: int,
) -> None:
    """Go on from given shifts and tasks of stops, if what is possible of them is a new best."""
    made, value = followed(compiled, *packed, seed=seed)
    if value > values[1]:
        for solution in (current, trial, best):
            for source, target in zip(made, solution, strict=True):
                target[...] = source
        values[:] = value


def _scale(problem: Problem, travelled_s: int, served: int) -> float:
    """Return what one stop matters: the mean value of an option or, if less, price of its way.

    Where neither tells, any scale will do.
    """
    values = [option.value for option in problem.options]
    way = problem.prices.travel_h / 3600.0 * travelled_s / max(1, served)
    return min((part for part in (fmean(values or [0.0]), way) if part > 0.0), default=1.0)
