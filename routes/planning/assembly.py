"""From a finished search to a plan with all that it must tell."""

from __future__ import annotations

from geo.model import Ints
from routes.planning.explain import unassigned
from routes.planning.instance import Compiled, empty_solution, new_scratch
from routes.planning.kernels import DUTY, GROUP, KIND, WAITING, Solution, follow
from routes.planning.problem import Plan
from routes.planning.schedule import price_of, routes_of, value_of

__all__ = ["followed", "mended", "plan_of", "tasks_of"]


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
        price=price_of(problem, routes),
    )


def tasks_of(compiled: Compiled, plan: Plan) -> tuple[tuple[int, ...], ...]:
    """Return the tasks of a plan's visits and duties beyond what is frozen, for each shift."""
    problem = compiled.problem
    rows: dict[tuple[str, int | None], int] = {}
    for row, task in enumerate(compiled.tasks):
        if task.ref and not task.second:
            rows[task.ref, None if task.twin < 0 else task.open_s] = row
    routes = {route.shift: route.stops for route in plan.routes}
    begins_s: dict[str, int] = {}
    for stops in routes.values():
        for stop in stops:
            begins_s[stop.ref] = min(stop.start_s, begins_s.get(stop.ref, stop.start_s))
    found = []
    for shift in problem.shifts:
        tasks: list[int] = []
        for stop in routes.get(shift.id, ()):
            if stop.frozen or not stop.is_work:
                continue
            alone = rows.get((stop.ref, None))
            pair = rows.get((stop.ref, begins_s[stop.ref]))
            if alone is not None:
                tasks.append(alone)
            elif pair is not None:
                tasks.append(compiled.tasks[pair].twin if stop.second else pair)
        found.append(tuple(tasks))
    return tuple(found)


def followed(compiled: Compiled, shifts: Ints, tasks: Ints, *, seed: int) -> tuple[Solution, float]:
    """Return the solution, and its objective, that comes of routes that may be at fault.

    What fits of them is kept in their order. Where that leaves out a duty, the duties are put in
    before all visits, and the better of both counts: no visit is worth a duty.

    Parameters
    ----------
    shifts, tasks
        Shift and task of each stop, route by route in their order.
    """
    best, value = _built(compiled, shifts, tasks, seed=seed, duties_first=False)
    inst = compiled.inst
    is_duty = (inst.tasks[:, KIND] == DUTY) & (inst.tasks[:, GROUP] >= 0)
    possible = inst.tasks[is_duty & inst.allowed.any(axis=1), GROUP]
    if (best.served[possible, 0] == WAITING).any():
        other, worth = _built(compiled, shifts, tasks, seed=seed, duties_first=True)
        if worth > value:
            return other, worth
    return best, value


def _built(
    compiled: Compiled, shifts: Ints, tasks: Ints, *, seed: int, duties_first: bool
) -> tuple[Solution, float]:
    made = empty_solution(compiled)
    scratch = new_scratch(compiled, seed=seed)
    return made, follow(compiled.inst, made, scratch, shifts, tasks, duties_first)


def mended(
    compiled: Compiled, shifts: Ints, tasks: Ints, *, engine: str, seed: int, iterations: int
) -> Plan:
    """Return the plan of routes that may be at fault; see :func:`followed`."""
    made, _ = followed(compiled, shifts, tasks, seed=seed)
    return plan_of(compiled, made, engine=engine, seed=seed, iterations=iterations)
