"""Solve and check problem files, explain their plans; the search with a bar."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from geo.ports import ProgressListener
from routes.errors import PlanError
from routes.planning import Deadline, Engine, Listener, MaxIterations, StopRule, solve
from routes.planning.awaited import awaited_violations, solve_awaited, standing_problem
from routes.planning.bound import upper_bound
from routes.planning.formats import read_plan, read_plans, read_problem, write_plan
from routes.planning.problem import Plan, Problem
from routes.planning.starts import solve_starts
from routes.planning.validate import Violation, violations
from web.config import Settings
from web.i18n import Translate, marked
from web.progress import stage
from web.reasons import not_planned, planned

__all__ = [
    "bound_file",
    "check_file",
    "explain_file",
    "is_planned",
    "refuse_faulty",
    "solve_file",
    "solved",
]

_DEFAULT_STOP_S = 10.0


def solve_file(
    settings: Settings,
    problem_path: Path,
    output: Path,
    *,
    iterations: int | None = None,
    stop_s: float | None = None,
    seed: int = 1,
    starts: int = 1,
    engine: Engine = Engine.ALNS,
) -> dict[str, Any]:
    """Solve a problem file and write the plan, or two around the answers that it awaits."""
    problem = read_problem(problem_path)
    search = partial(
        solved,
        settings,
        iterations=iterations,
        stop_s=stop_s,
        seed=seed,
        starts=starts,
        engine=engine,
    )
    if problem.awaits is None:
        plan, other = search(problem), None
    else:
        both = solve_awaited(problem, solve=search)
        plan, other = both.standing.plan, None if both.other is None else both.other.plan
    for found in awaited_violations(problem, plan, other):
        _refuse(found)
    write_plan(plan, output, other=other)
    result = {
        "output": str(output),
        "value": round(plan.value, 2),
        "unassigned": len(plan.unassigned),
    }
    return result if other is None else result | {"other_value": round(other.value, 2)}


def check_file(problem_path: Path, plan_path: Path, *, say: Translate) -> dict[str, Any]:
    """Check a plan file against its problem file, with no code of the search."""
    problem = read_problem(problem_path)
    own, others = awaited_violations(problem, *read_plans(plan_path))
    return {
        "valid": not own and not others,
        "violations": [
            {"code": one.code, "path": path, "text": one.message.render(say)}
            for one, path in (
                *((one, one.path) for one in own),
                *((one, _in_other(one.path)) for one in others),
            )
        ],
    }


def _in_other(path: str) -> str:
    """Return a path into the other plan as one into the file."""
    return path if path.startswith("$.other") or path == "$" else f"$.other{path[1:]}"


def explain_file(
    problem_path: Path, plan_path: Path, *, debtor: str = "", visit: str = "", say: Translate
) -> dict[str, Any]:
    """Tell why a plan file holds a visit, or leaves a debtor or an option out."""
    problem, plan = standing_problem(read_problem(problem_path)), read_plan(plan_path)
    if visit and is_planned(plan, visit):
        return planned(problem, plan, visit, say=lambda text: text.render(say))
    return not_planned(problem, plan, debtor or visit, say=lambda text: text.render(say))


def is_planned(plan: Plan, visit: str) -> bool:
    """Return whether a plan holds a visit."""
    return any(stop.ref == visit for route in plan.routes for stop in route.stops)


def solved(
    settings: Settings,
    problem: Problem,
    *,
    iterations: int | None,
    stop_s: float | None,
    seed: int,
    starts: int = 1,
    engine: Engine = Engine.ALNS,
) -> Plan:
    """Search with a bar until so many iterations are made or seconds have passed.

    ``starts`` searches from as many seeds, ``seed`` the first of them, work at once.
    """
    with stage(settings, marked("规划路线")) as listener:
        stop: StopRule
        if iterations is not None:
            stop = MaxIterations(iterations)
            heard: Listener = _Iterations(lambda done: listener(done, iterations))
        else:
            stop, heard = _for_seconds(_DEFAULT_STOP_S if stop_s is None else stop_s, listener)
        if engine is Engine.ALNS:
            seeds = range(seed, seed + starts)
            return solve_starts(problem, stop=stop, seeds=seeds, listener=heard)
        return solve(problem, stop=stop, seed=seed, listener=heard, engine=engine)


def bound_file(
    settings: Settings, problem_path: Path, plan_path: Path, *, stop_s: float
) -> dict[str, Any]:
    """Return how much better than a plan file any plan may be, by a proved bound."""
    problem, plan = standing_problem(read_problem(problem_path)), read_plan(plan_path)
    refuse_faulty(problem, plan)
    with stage(settings, marked("求价值上界")) as listener:
        stop, heard = _for_seconds(stop_s, listener)
        found = upper_bound(problem, stop=stop, plan=plan, listener=heard)
    worth = plan.value - plan.price
    return {
        "worth": round(worth, 4),
        "bound": round(found.value, 4),
        "gap": round(1.0 - worth / found.value, 4) if found.value > 0.0 else 0.0,
    }


def _for_seconds(limit_s: float, bar: ProgressListener) -> tuple[Deadline, Listener]:
    """Return the rule of a run of so many seconds from now, and what moves a bar by them."""
    stop = Deadline.after(time.monotonic, limit_s)
    whole = max(1, round(limit_s))
    return stop, _Iterations(lambda _done: bar(round(time.monotonic() - stop.begins_s), whole))


class _Iterations(Listener):
    """Tells a bar how many iterations are made."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        self._tell = tell

    def iterated(self, *, iteration: int, value: float, best_value: float) -> None:  # noqa: ARG002
        self._tell(iteration)


def refuse_faulty(problem: Problem, plan: Plan) -> None:
    """Raise :class:`PlanError` where the independent check finds fault with a plan."""
    _refuse(violations(problem, plan))


def _refuse(found: Sequence[Violation]) -> None:
    if found:
        raise PlanError(
            "计划未通过独立核对（%(count)d 处不符，首处：%(first)s），未保存",
            count=len(found),
            first=found[0].message,
        )
