"""District days of the planning benchmark: our search beside its peers and today's habits.

Each day is a job for one core. All planners of a day get the same problem and the same time, one
after another; each plan is checked, and counts by value less price. The peers begin with the plan
of plain insertion: from nothing, PyVRP ends below it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import geometric_mean

import numpy as np

from benchmarks.planning_days import Setting, make_days
from benchmarks.planning_ortools import search as ortools
from benchmarks.planning_run import checked, solved
from benchmarks.report import figure
from routes.planning import Deadline, Engine, Listener, MaxIterations, second, solve
from routes.planning.bound import upper_bound
from routes.planning.problem import Plan

__all__ = ["LONG_RUNS", "Day", "day_of", "long_run", "print_days", "print_long_runs"]

LONG_RUNS = 10

_QUICK = (Engine.GREEDY, Engine.NEAREST_FIRST, Engine.VILLAGE_BY_VILLAGE)
_ORTOOLS = "ortools"
_OWN_RUNS = 7  # of the long runs


@dataclass(frozen=True, slots=True)
class Day:
    """What the planners of a day came to.

    Parameters
    ----------
    plain
        Whether it belongs to the set that common engines express in full.
    worth
        Value less price, by the planner's name.
    first_plan_s
        Seconds to the plan of plain insertion.
    bound
        No plan that serves the same duties is worth more; None where nobody looked.
    """

    plain: bool
    worth: dict[str, float]
    first_plan_s: float
    bound: float | None = None

    @property
    def gap(self) -> float:
        """How far our plan may be from the best, as a share of the bound; nan without one."""
        return math.nan if self.bound is None else 1.0 - self.worth[Engine.ALNS.value] / self.bound


def day_of(job: tuple[Setting, int, float], *, stop_s: float) -> Day:
    """Plan the day of a seed by every planner and return what came of it.

    The job is the setting, the seed and the seconds that a bound is looked for, which may be 0.
    """
    setting, seed, bound_s = job
    problem = make_days(setting, seed=seed)
    plans = {e.value: solved(problem, engine=e, stop_s=stop_s, seed=seed) for e in _QUICK}
    begun_s = time.perf_counter()
    solve(problem, stop=MaxIterations(0), engine=Engine.GREEDY)
    first_plan_s = time.perf_counter() - begun_s
    alns, pyvrp = Engine.ALNS.value, Engine.PYVRP.value
    plans[alns] = solved(problem, engine=Engine.ALNS, stop_s=stop_s, seed=seed)
    greedy = plans[Engine.GREEDY.value]
    stop = Deadline.after(time.perf_counter, stop_s)
    second_plan = second.search(problem, stop=stop, seed=seed, listener=Listener(), begun=greedy)
    plans[pyvrp] = checked(problem, second_plan)
    if not setting.plain:
        plans[_ORTOOLS] = checked(problem, ortools(problem, stop_s=stop_s, begun=greedy))
    worth = {
        name: _worth(plan if _duties(plan) <= _duties(greedy) else greedy)
        for name, plan in plans.items()
    }
    bound = None
    if bound_s > 0.0:
        upper_bound(problem, stop=Deadline.after(time.perf_counter, 1.0))  # compiles
        stop = Deadline.after(time.perf_counter, bound_s)
        bound = upper_bound(problem, stop=stop, plan=plans[alns]).value
    return Day(setting.plain, worth, first_plan_s, bound)


def _worth(plan: Plan) -> float:
    return plan.value - plan.price


def _duties(plan: Plan) -> int:
    """Return how many duties a plan leaves out; one that leaves out more is none."""
    return sum(item.is_duty for item in plan.unassigned)


def long_run(job: tuple[int, int], *, stop_s: float) -> float:
    """Return what a long run makes of the day of a seed; the last runs of each ten are PyVRP's."""
    seed, number = job
    problem = make_days(Setting(), seed=seed)
    if number < _OWN_RUNS:
        return _worth(solved(problem, engine=Engine.ALNS, stop_s=stop_s, seed=number))
    begun = solve(problem, stop=MaxIterations(0), engine=Engine.GREEDY)
    stop = Deadline.after(time.perf_counter, stop_s)
    plan = second.search(problem, stop=stop, seed=number, listener=Listener(), begun=begun)
    return _worth(checked(problem, plan))


def print_long_runs(days: Sequence[Day], runs: Sequence[Sequence[float]]) -> None:
    """Print how far the first days stay behind the best of their long runs, on average."""
    gaps = [
        (max(values) - day.worth[Engine.ALNS.value]) / max(values)
        for day, values in zip(days, runs, strict=False)
    ]
    figure("long_run_gap", float(np.mean(gaps)), "ratio")


def print_days(days: Sequence[Day]) -> None:
    """Print the figures of both sets."""
    full = [day for day in days if not day.plain]
    plain = [day for day in days if day.plain]
    for name in (*_QUICK, Engine.PYVRP, _ORTOOLS):
        figure(f"value_over_{name}", _ratio(full, str(name)), "ratio")
    figure("value_over_greedy_plain", _ratio(plain, Engine.GREEDY.value), "ratio")
    figure("value_over_pyvrp_plain", _ratio(plain, Engine.PYVRP.value), "ratio")
    figure("first_plan_s", max(day.first_plan_s for day in days), "s")
    bounded = [day for day in days if day.bound is not None]
    if bounded:
        gaps = [day.gap for day in bounded if day.plain]
        figure("bound_gap", float(np.mean(gaps)), "ratio")
        figure("bound_gap_all", float(np.mean([day.gap for day in bounded])), "ratio")
        figure("bound_days", len(bounded), "days")


def _ratio(days: Sequence[Day], peer: str) -> float:
    """Return the geometric mean over days of our worth over a peer's."""
    ratios = [day.worth[Engine.ALNS.value] / day.worth[peer] for day in days]
    return geometric_mean(ratios)
