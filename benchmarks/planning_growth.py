"""How the planner grows with debtors and teams, and a whole court's week in one problem.

``python -m benchmarks.planning_growth`` prints the figures of the large problem alone, so that the
memory of its process is that of the problem.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmarks.planning_days import Setting, make_days
from benchmarks.planning_run import solved
from benchmarks.report import figure
from routes.planning import Deadline, Engine, MaxIterations, solve

__all__ = ["SIZES", "Grown", "big_problem", "grown", "main", "print_growth"]

SIZES = (
    *((debtors, 6) for debtors in (100, 300, 1_000, 3_000, 10_000)),
    *((1_000, teams) for teams in (2, 20, 50)),
)
"""Debtors and teams of each problem of the table; one day."""
BIG = Setting(candidates=3_000, debtors=3_000, teams=6, days=5, doors=11)
_DOORS = 11  # in a village, so that all fit the matrices that a court's plan may have
_FEWEST = 300  # candidates of a small problem


@dataclass(frozen=True, slots=True)
class Grown:
    """One size: seconds to a first plan, and what the search adds to it in its time."""

    debtors: int
    teams: int
    first_plan_s: float
    value: float
    value_over_greedy: float


def grown(size: tuple[int, int], *, stop_s: float, seed: int) -> Grown:
    """Return what a problem of so many debtors and teams comes to."""
    debtors, teams = size
    setting = Setting(max(debtors, _FEWEST), debtors, teams, doors=_DOORS)
    problem = make_days(setting, seed=seed)
    plan = solved(problem, engine=Engine.ALNS, stop_s=stop_s, seed=seed)
    begun_s = time.perf_counter()
    greedy = solve(problem, stop=MaxIterations(0), engine=Engine.GREEDY)
    first_plan_s = time.perf_counter() - begun_s
    worth = plan.value - plan.price
    return Grown(debtors, teams, first_plan_s, worth, worth / (greedy.value - greedy.price))


def print_growth(table: Sequence[Grown]) -> None:
    """Print the table, three figures a size."""
    for row in table:
        name = f"growth_d{row.debtors}_t{row.teams}"
        figure(f"{name}_first_plan_s", row.first_plan_s, "s")
        figure(f"{name}_value", row.value, "value")
        figure(f"{name}_value_over_greedy", row.value_over_greedy, "ratio")


def big_problem(stop_s: float) -> str:
    """Return what a fresh process printed that planned the large problem."""
    words = [sys.executable, "-m", "benchmarks.planning_growth", "--stop-s", str(stop_s)]
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout


def main() -> None:
    """Plan the large problem and print time, memory and what the search adds to insertion."""
    parser = argparse.ArgumentParser(description="Plan five days of 3,000 debtors.")
    parser.add_argument("--stop-s", type=float, default=30.0, help="seconds of the search")
    parser.add_argument("--debtors", type=int, default=BIG.debtors)
    options = parser.parse_args()
    setting = replace(BIG, candidates=options.debtors, debtors=options.debtors)
    warm = replace(setting, candidates=_FEWEST, debtors=50)
    solve(make_days(warm, seed=1), stop=MaxIterations(1))  # compiles
    problem = make_days(setting, seed=1)
    begun_s = time.perf_counter()
    stop = Deadline.after(time.perf_counter, options.stop_s)
    plan = solve(problem, stop=stop, seed=1)
    figure("big_problem_s", time.perf_counter() - begun_s, "s")
    figure("big_problem_mib", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB")
    greedy = solve(problem, stop=MaxIterations(0), engine=Engine.GREEDY)
    ratio = (plan.value - plan.price) / (greedy.value - greedy.price)
    figure("big_problem_value_over_greedy", ratio, "ratio")


if __name__ == "__main__":
    main()
