"""The planner: a frozen problem in, a checked plan out."""

from __future__ import annotations

from enum import StrEnum

from routes.planning.problem import Plan, Problem
from routes.planning.progress import Listener
from routes.planning.stop import Deadline, MaxIterations, StopRule

__all__ = ["Deadline", "Engine", "Listener", "MaxIterations", "StopRule", "solve"]


class Engine(StrEnum):
    """Who plans."""

    ALNS = "alns"  # the search of this package
    PYVRP = "pyvrp"  # the second engine, for comparison
    GREEDY = "greedy"  # insertion by gain by time: what any search must beat
    NEAREST_FIRST = "nearest_first"  # the habits of today: from each door to the nearest
    VILLAGE_BY_VILLAGE = "village_by_village"  # and one village after another


def solve(
    problem: Problem,
    *,
    stop: StopRule,
    seed: int = 0,
    listener: Listener | None = None,
    engine: Engine = Engine.ALNS,
    start: Plan | None = None,
) -> Plan:
    """Return the best plan found for a problem.

    Parameters
    ----------
    problem
        What is to be planned.
    stop
        Asked every few iterations; ``MaxIterations(0)`` gives plain insertion. Insertion itself
        does not ask.
    seed
        Same seed and same number of iterations: same plan.
    listener
        Hears of the search as it goes and cannot alter it.
    engine
        Who plans.
    start
        A plan from which the search of this package may set out, though it may break the problem:
        what of it is possible is kept. The other engines begin anew.

    Returns
    -------
    Plan
        Routes for every shift that serves anything, and the reason for each debtor and duty
        left out. Duties are placed before options; one that fits nowhere is left out with
        its reason rather than refused.
    """
    heard = listener or Listener()
    if engine is Engine.PYVRP:
        from routes.planning import second

        return second.search(problem, stop=stop, seed=seed, listener=heard)
    if engine in (Engine.NEAREST_FIRST, Engine.VILLAGE_BY_VILLAGE):
        from routes.planning import habits

        by_village = engine is Engine.VILLAGE_BY_VILLAGE
        return (habits.village_by_village if by_village else habits.nearest_first)(problem)
    from routes.planning.engine import insert, search  # compiles: only who plans pays for it

    if engine is Engine.GREEDY:
        return insert(problem)
    return search(problem, stop=stop, seed=seed, listener=heard, start=start)
