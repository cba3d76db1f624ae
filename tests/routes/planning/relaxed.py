"""Problems in which one gate after another stands open, by which a reason is put to the proof.

The gates are those of :mod:`routes.planning.explain` in their order; nothing is shared with it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from routes.planning import MaxIterations, solve
from routes.planning.problem import (
    EscortMode,
    EscortSlot,
    Option,
    Plan,
    PlanDuty,
    PlanTeam,
    Prices,
    Problem,
    UnassignedReason,
    WorkShift,
)
from routes.planning.validate import violations

__all__ = ["GATES", "alone", "opened", "serves"]

_DAY_S = 86400
_Task = Option | PlanDuty

GATES = (
    UnassignedReason.NO_SKILL,
    UnassignedReason.NO_HOUR,
    UnassignedReason.NO_ESCORT,
    UnassignedReason.TOO_FAR,
)


def alone(problem: Problem, task: _Task) -> Problem:
    """Return the problem with nobody to visit, and nothing to do, but one; no rule bars it."""
    options = (replace(task, value=9.0),) if isinstance(task, Option) else ()
    duties = (task,) if isinstance(task, PlanDuty) else ()
    kept = {s.ref for route in problem.frozen for s in route.stops}
    return replace(
        problem,
        options=(*(one for one in problem.options if one.id in kept), *options),
        duties=(*(one for one in problem.duties if one.id in kept), *duties),
        sets=(),
        blocked=(),
        before=(),
        floors=(),
        prices=Prices(),
    )


def opened(problem: Problem, gate: UnassignedReason) -> Problem:
    """Return the problem with one gate open to everybody."""
    match gate:
        case UnassignedReason.NO_SKILL:
            return _able(problem)
        case UnassignedReason.NO_HOUR:
            return _at_any_hour(problem)
        case UnassignedReason.NO_ESCORT:
            return _with_officers(problem)
        case _:
            return _side_by_side(problem)


def serves(problem: Problem, ref: str) -> Plan | None:
    """Return a plan of the problem that serves an option or a duty; None where none is found."""
    plan = solve(problem, stop=MaxIterations(5), seed=1)
    assert violations(problem, plan) == ()
    return plan if any(s.ref == ref for r in plan.routes for s in r.stops) else None


def _able(problem: Problem) -> Problem:
    """Let two more teams, that can do and carry all, be out on each day from eight to six."""
    tasks: tuple[_Task, ...] = (*problem.options, *problem.duties)
    skills = {skill for task in tasks for skill in task.needed_skills}
    skills |= {s for task in tasks if task.together for s in task.together.needed_skills}
    model, hours = problem.teams[0], problem.shifts
    teams = tuple(PlanTeam(f"able{k}", 99, frozenset(skills), model.profile) for k in range(2))
    bound = {team for duty in problem.duties for team in duty.teams}
    shifts = tuple(
        replace(
            hours[0], id=f"{team.id}-{day}", team=team.id, day=day, breaks=(), max_stops=None,
            capacity=None, start_s=min(s.start_s for s in hours), end_s=max(s.end_s for s in hours),
        )
        for team in teams
        for day in sorted({task.day for task in tasks})
    )  # fmt: skip
    duties = tuple(
        replace(one, teams=(*one.teams, *(team.id for team in teams)) if one.teams else ())
        for one in problem.duties
    )
    assert bound <= {team.id for team in problem.teams}
    return replace(
        problem, teams=(*problem.teams, *teams), shifts=(*problem.shifts, *shifts), duties=duties
    )


def _at_any_hour(problem: Problem) -> Problem:
    """Let each shift last day and night, without rests, and each window be the day."""

    def longer(shift: WorkShift) -> WorkShift:
        return replace(shift, start_s=0, end_s=2 * _DAY_S, breaks=())

    kept = {s.ref for route in problem.frozen for s in route.stops}
    day = {"window_start_s": 0, "window_end_s": _DAY_S}
    return replace(
        problem,
        shifts=tuple(longer(one) for one in problem.shifts),
        options=tuple(o if o.id in kept else replace(o, **day) for o in problem.options),
        duties=tuple(d if d.id in kept else replace(d, **day) for d in problem.duties),
    )


def _with_officers(problem: Problem) -> Problem:
    """Let officers come to every door unasked for, and be at every station day and night."""
    days = {task.day for task in problem.options}
    kept = {s.ref for route in problem.frozen for s in route.stops}
    return replace(
        problem,
        options=tuple(
            replace(one, escort=EscortMode.NONE, escort_stations=())
            if one.escort is EscortMode.AT_DOOR and one.id not in kept
            else one
            for one in problem.options
        ),
        escort_stations=tuple(
            replace(
                one,
                profile="",
                calendar=tuple(EscortSlot(day, 0, 2 * _DAY_S, 99) for day in days),
            )
            for one in problem.escort_stations
        ),
    )


def _side_by_side(problem: Problem) -> Problem:
    """Let no way take any time."""
    return replace(
        problem,
        matrices=tuple(
            replace(one, travel_s=np.zeros_like(one.travel_s)) for one in problem.matrices
        ),
    )
