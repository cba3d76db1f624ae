"""The planner: a frozen problem in, a checked plan out."""

from __future__ import annotations

from routes.planning.problem import Plan, Problem
from routes.planning.progress import Listener
from routes.planning.stop import Deadline, MaxIterations, StopRule

__all__ = ["Deadline", "Listener", "MaxIterations", "StopRule", "solve"]


def solve(
    problem: Problem, *, stop: StopRule, seed: int = 0, listener: Listener | None = None
) -> Plan:
    """Return the best plan found for a problem.

    Parameters
    ----------
    problem
        What is to be planned.
    stop
        Asked before each iteration; ``MaxIterations(0)`` gives plain insertion.
    seed
        Same seed and same number of iterations: same plan.
    listener
        Hears of each iteration and cannot alter the search.

    Returns
    -------
    Plan
        Routes for every shift that serves anything, and the reason for each debtor and duty
        left out. Duties are placed before options; one that fits nowhere is left out with
        its reason rather than refused.
    """
    from routes.planning.engine import search  # compiles: only who plans pays for it

    return search(problem, stop=stop, seed=seed, listener=listener or Listener())
