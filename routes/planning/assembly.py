"""From a finished search to a plan with all that it must tell."""

from __future__ import annotations

from routes.planning.explain import unassigned
from routes.planning.instance import Compiled
from routes.planning.kernels import Solution
from routes.planning.problem import Plan
from routes.planning.schedule import price_of, routes_of, value_of

__all__ = ["plan_of"]


def plan_of(compiled: Compiled, best: Solution, *, engine: str, seed: int, iterations: int) -> Plan:
    """Return the plan of a solution, with the reason of everybody whom it leaves out."""
    problem = compiled.problem
    routes = routes_of(compiled, best)
    return Plan(
        problem_id=problem.id,
        engine=engine,
        seed=seed,
        iterations=iterations,
        value=value_of(routes),
        routes=routes,
        unassigned=unassigned(problem, routes),
        price=price_of(routes, problem.prices),
    )
