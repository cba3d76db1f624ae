"""How far our plan of a district day stays behind the best of ten long runs by any engine.

``python -m benchmarks.planning_long [--days N] [--long-s S] [--stop-s S] [--seed N]`` runs these
alone and prints ``long_run_gap``; how each day came out goes to standard error as soon as it is
known. The days are those of :mod:`benchmarks.planning`, which prints the same with ``--full``. Two
processes work at once, each on a core of its own; two days take ten minutes for each of their
twenty long runs, a hundred minutes in all.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import islice

import numpy as np

from benchmarks.planning_days import Setting, make_days
from benchmarks.planning_district import counted, worth_of
from benchmarks.planning_run import Cores, checked, solved
from benchmarks.report import figure
from routes.planning import Deadline, Engine, Listener, MaxIterations, second, solve

__all__ = ["LONG_RUNS", "long_run", "main", "print_gap"]

LONG_RUNS = 10

_OWN_RUNS = 7  # of the long runs


def main() -> None:
    """Run the days and print the figure."""
    parser = argparse.ArgumentParser(description="Lay plans of days beside long runs.")
    parser.add_argument("--days", type=int, default=2)
    parser.add_argument("--long-s", type=float, default=600.0, help="seconds of each long run")
    parser.add_argument("--stop-s", type=float, default=10.0, help="seconds of the plan itself")
    parser.add_argument("--seed", type=int, default=1, help="of the first day")
    options = parser.parse_args()
    if options.days < 1:
        parser.error("--days: at least 1")
    seeds = range(options.seed, options.seed + options.days)
    with Cores(2) as cores:
        plans = cores.map(partial(_plan, stop_s=options.stop_s), seeds)
        jobs = [(seed, number) for seed in seeds for number in range(LONG_RUNS)]
        print_gap(plans, cores.map(partial(long_run, stop_s=options.long_s), jobs))


def _plan(seed: int, *, stop_s: float) -> float:
    """Return what our plan of the day of a seed is worth."""
    problem = make_days(Setting(), seed=seed)
    return worth_of(solved(problem, engine=Engine.ALNS, stop_s=stop_s, seed=seed))


def long_run(job: tuple[int, int], *, stop_s: float) -> float:
    """Return what a long run makes of the day of a seed; the last runs of each ten are PyVRP's."""
    seed, number = job
    problem = make_days(Setting(), seed=seed)
    if number < _OWN_RUNS:
        return worth_of(solved(problem, engine=Engine.ALNS, stop_s=stop_s, seed=number))
    begun = solve(problem, stop=MaxIterations(0), engine=Engine.GREEDY)
    stop = Deadline.after(time.perf_counter, stop_s)
    plan = second.search(problem, stop=stop, seed=number, listener=Listener(), begun=begun)
    return worth_of(counted(checked(problem, plan), begun))


def print_gap(plans: Iterable[float], runs: Iterable[float]) -> None:
    """Print how far plans stay behind the best of the runs of their days, on average.

    Parameters
    ----------
    plans
        What the plan of each day is worth.
    runs
        What the runs of the days are worth, :data:`LONG_RUNS` a day.
    """
    left = iter(runs)
    gaps = []
    for number, plan in enumerate(plans, start=1):
        values = list(islice(left, LONG_RUNS))
        gaps.append(1.0 - plan / max(values))
        sys.stderr.write(_told(number, plan, values))
    figure("long_run_gap", float(np.mean(gaps)), "ratio")


def _told(number: int, plan: float, values: Sequence[float]) -> str:
    ours, peers = values[:_OWN_RUNS], values[_OWN_RUNS:]
    return (
        f"day {number}: {plan:.4f}, {1.0 - plan / max(values):.4f} behind the best run; "
        f"ours {min(ours):.4f} to {max(ours):.4f}, PyVRP's {min(peers):.4f} to {max(peers):.4f}\n"
    )


if __name__ == "__main__":
    main()
