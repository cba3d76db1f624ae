"""What may be relaxed of a problem, for whoever is in no route."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from routes.planning.problem import (
    EscortMode,
    EscortStation,
    Matrix,
    Option,
    PlanDuty,
    PlanTeam,
    Problem,
    WorkShift,
)

__all__ = ["Task", "Terms", "able", "by_one_stop", "half_of", "is_fetched"]

Task = Option | PlanDuty


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The part of a problem that a relaxation may change.

    Parameters
    ----------
    tasks
        Options of one debtor that no rule bars, or one duty.
    nearer
        A place, and by how many seconds each way to it and from it is shorter.
    side_by_side
        Whether no way takes any time, closed or not.
    """

    problem: Problem
    tasks: tuple[Task, ...]
    shifts: tuple[WorkShift, ...]
    teams: tuple[PlanTeam, ...]
    stations: tuple[EscortStation, ...]
    nearer: tuple[str, int] | None = None
    side_by_side: bool = False

    @classmethod
    def of(cls, problem: Problem, tasks: Iterable[Task]) -> Terms:
        """Return the terms of a problem as it is."""
        stations = problem.escort_stations
        return cls(problem, tuple(tasks), problem.shifts, problem.teams, stations)

    def into_problem(self) -> Problem:
        """Return the problem under these terms."""
        options = {task.id: task for task in self.tasks if isinstance(task, Option)}
        duties = {task.id: task for task in self.tasks if isinstance(task, PlanDuty)}
        return replace(
            self.problem,
            options=tuple(options.get(one.id, one) for one in self.problem.options),
            duties=tuple(duties.get(one.id, one) for one in self.problem.duties),
            shifts=self.shifts,
            teams=self.teams,
            escort_stations=self.stations,
            matrices=tuple(self._shorter(matrix) for matrix in self.problem.matrices),
        )

    def _shorter(self, matrix: Matrix) -> Matrix:
        if self.side_by_side:
            return replace(matrix, travel_s=np.zeros_like(matrix.travel_s))
        if self.nearer is None:
            return matrix
        place, by_s = self.nearer
        at = next(row for row, one in enumerate(self.problem.places) if one.id == place)
        travel_s = matrix.travel_s.copy()
        travel_s[at] = (travel_s[at] - by_s).clip(min=0.0)
        travel_s[:, at] = (travel_s[:, at] - by_s).clip(min=0.0)
        return replace(matrix, travel_s=travel_s)


def by_one_stop(task: Task) -> bool:
    """Return whether a task is one stop of one team: no second team, no officer to fetch."""
    return task.together is None and not is_fetched(task)


def is_fetched(task: Task, second: bool = False) -> bool:
    """Return whether a team fetches an officer for a task; the second of two never does."""
    return isinstance(task, Option) and task.escort is EscortMode.PICK_UP and not second


def half_of(task: Task, *, second: bool) -> Task:
    """Return what a task asks of the first team, or of the second that it needs, by itself.

    The second's window holds every minute at which it may begin beside some start of the first.
    """
    needs = task.together
    if needs is None:
        return task
    if not second:
        return replace(task, together=None)
    alone = replace(
        task,
        needed_skills=needs.needed_skills,
        min_officers=needs.min_officers,
        service_s=task.service_s if needs.service_s is None else needs.service_s,
        window_start_s=task.window_start_s + needs.gap_low_s,
        window_end_s=task.window_end_s + needs.gap_high_s,
        together=None,
    )
    if isinstance(alone, Option):
        return replace(alone, escort=EscortMode.NONE, escort_stations=())
    return alone


def able(shift: WorkShift, team: PlanTeam, task: Task) -> bool:
    """Return whether a team may do a task on a shift, if there is time."""
    return (
        task.day == shift.day
        and task.needed_skills <= team.skills
        and team.officers >= task.min_officers
        and not (isinstance(task, PlanDuty) and task.teams and team.id not in task.teams)
        and (shift.capacity is None or task.load <= shift.capacity)
    )
