"""District days of the planning benchmark: our search beside its peers and today's habits.

Each day is a job for one core. All planners of a day get the same problem and the same time, one
after another; each plan is checked, and counts by value less price. The peers begin with the plan
of plain insertion: from nothing, PyVRP ends below it. Days without escorts, else the same, are for
the bound alone: nobody but our search plans them.
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
from routes.planning.problem import Plan, Problem

__all__ = ["Day", "counted", "day_of", "print_days", "worth_of"]

_QUICK = (Engine.GREEDY, Engine.NEAREST_FIRST, Engine.VILLAGE_BY_VILLAGE)
_ORTOOLS = "ortools"
_PEERS = (Engine.PYVRP.value, _ORTOOLS)


@dataclass(frozen=True, slots=True)
class Day:
    """What the planners of a day came to.

    Parameters
    ----------
    setting
        Of the set to which it belongs.
    worth
        Value less price, by the planner's name.
    first_plan_s
        Seconds to the plan of plain insertion; nan where nobody looked.
    bound
        No plan that serves the same duties is worth more; None where nobody looked.
    fell_back
        Who left out a duty that insertion serves: the plan of insertion counts as theirs.
    """

    setting: Setting
    worth: dict[str, float]
    first_plan_s: float = math.nan
    bound: float | None = None
    fell_back: frozenset[str] = frozenset()

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
    alns = Engine.ALNS.value
    if not (setting.escorted or setting.plain):
        plan = solved(problem, engine=Engine.ALNS, stop_s=stop_s, seed=seed)
        return Day(setting, {alns: worth_of(plan)}, bound=_bound(problem, plan, bound_s))
    plans = {e.value: solved(problem, engine=e, stop_s=stop_s, seed=seed) for e in _QUICK}
    begun_s = time.perf_counter()
    solve(problem, stop=MaxIterations(0), engine=Engine.GREEDY)
    first_plan_s = time.perf_counter() - begun_s
    plans[alns] = solved(problem, engine=Engine.ALNS, stop_s=stop_s, seed=seed)
    greedy = plans[Engine.GREEDY.value]
    stop = Deadline.after(time.perf_counter, stop_s)
    second_plan = second.search(problem, stop=stop, seed=seed, listener=Listener(), begun=greedy)
    plans[Engine.PYVRP.value] = checked(problem, second_plan)
    if not setting.plain:
        plans[_ORTOOLS] = checked(problem, ortools(problem, stop_s=stop_s, begun=greedy))
    worth = {name: worth_of(counted(plan, greedy)) for name, plan in plans.items()}
    fell_back = frozenset(n for n, plan in plans.items() if counted(plan, greedy) is not plan)
    bound = _bound(problem, plans[alns], bound_s)
    return Day(setting, worth, first_plan_s, bound, fell_back)


def _bound(problem: Problem, plan: Plan, seconds: float) -> float | None:
    if seconds <= 0.0:
        return None
    upper_bound(problem, stop=Deadline.after(time.perf_counter, 1.0))  # compiles
    stop = Deadline.after(time.perf_counter, seconds)
    return upper_bound(problem, stop=stop, plan=plan).value


def worth_of(plan: Plan) -> float:
    """Return the value of a plan less its price."""
    return plan.value - plan.price


def counted(plan: Plan, floor: Plan) -> Plan:
    """Return the plan that counts: another one where a plan leaves out more duties than it."""
    missed, least = (sum(item.is_duty for item in each.unassigned) for each in (plan, floor))
    return floor if missed > least else plan


def print_days(days: Sequence[Day]) -> None:
    """Print the figures of all sets."""
    plain = [day for day in days if day.setting.plain]
    full = [day for day in days if day.setting.escorted and not day.setting.plain]
    alone = [day for day in days if not (day.setting.escorted or day.setting.plain)]
    for name in (*_QUICK, *_PEERS):
        figure(f"value_over_{name}", _ratio(full, str(name)), "ratio")
    figure("value_over_greedy_plain", _ratio(plain, Engine.GREEDY.value), "ratio")
    figure("value_over_pyvrp_plain", _ratio(plain, Engine.PYVRP.value), "ratio")
    for name in _PEERS:
        figure(f"peer_fallbacks_{name}", sum(name in day.fell_back for day in days), "days")
    figure("first_plan_s", max(day.first_plan_s for day in (*full, *plain)), "s")
    for name, bounded in (
        ("bound_gap", alone),
        ("bound_gap_plain", plain),
        ("bound_gap_all", days),
    ):
        gaps = [day.gap for day in bounded if day.bound is not None]
        if gaps:
            figure(name, float(np.mean(gaps)), "ratio")
    figure("bound_days", sum(day.bound is not None for day in days), "days")


def _ratio(days: Sequence[Day], peer: str) -> float:
    """Return the geometric mean over days of our worth over a peer's."""
    ratios = [day.worth[Engine.ALNS.value] / day.worth[peer] for day in days]
    return geometric_mean(ratios)
