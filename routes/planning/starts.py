"""Several searches of one problem at once, each in a process of its own; the best plan stays."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from multiprocessing import get_context

from routes.planning import Listener, StopRule, solve
from routes.planning.problem import Plan, Problem

__all__ = ["better", "solve_starts"]


def solve_starts(
    problem: Problem,
    *,
    stop: StopRule,
    seeds: Sequence[int],
    listener: Listener | None = None,
    start: Plan | None = None,
) -> Plan:
    """Return the best of the plans that the search finds from several seeds.

    Parameters
    ----------
    stop
        Of each search; with more than one seed it goes to other processes, so a clock that it
        reads must be one of the whole machine, such as :func:`time.monotonic`.
    seeds
        One or more. The first is searched in this process, where ``listener`` hears of it.
    start
        A plan from which all searches set out.

    Returns
    -------
    Plan
        Of equals the one with the earlier seed, so that the same seeds and numbers of iterations
        give the same plan.
    """
    first, *others = seeds
    if not others:
        return solve(problem, stop=stop, seed=first, listener=listener, start=start)
    with get_context("spawn").Pool(len(others), _leave_interrupts) as pool:  # ended on any way out
        waiting = [
            pool.apply_async(solve, (problem,), {"stop": stop, "seed": seed, "start": start})
            for seed in others
        ]
        best = solve(problem, stop=stop, seed=first, listener=listener, start=start)
        for each in waiting:
            plan = each.get()
            best = plan if better(plan, best) else best
    return best


def _leave_interrupts() -> None:
    """Let the first process alone hear Ctrl-C; it ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def better(plan: Plan, other: Plan) -> bool:
    """Return whether a plan leaves out fewer duties than another, or as many and is worth more."""

    def rank(one: Plan) -> tuple[int, float]:
        return -sum(item.is_duty for item in one.unassigned), one.value - one.price

    return rank(plan) > rank(other)
