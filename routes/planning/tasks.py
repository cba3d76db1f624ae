"""The tasks of a problem as the search sees them: one for each way in which something is begun.

An option or a duty is one task. What two teams do together is a pair of tasks for each minute at
which the first may begin, every ten minutes of the window and its last one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from routes.planning.problem import (
    Break,
    EscortMode,
    Option,
    PlanDuty,
    PlanTeam,
    Problem,
    Route,
    StopKind,
    WorkShift,
)

__all__ = ["Needs", "Task", "due_breaks", "tasks_of"]

_STARTS_S = 600  # between two starts of what two teams do together


@dataclass(frozen=True, slots=True)
class Needs:
    """What a task asks of a team, whatever the hours; of many tasks it is the same."""

    day: date
    skills: frozenset[str]
    officers: int
    teams: tuple[str, ...]

    @classmethod
    def of(cls, source: Option | PlanDuty, *, second: bool) -> Needs:
        """Return what an option or duty asks of a team, or of the second team that it needs."""
        asks = source.together if second else source
        assert asks is not None
        teams = source.teams if isinstance(source, PlanDuty) else ()
        return cls(source.day, asks.needed_skills, asks.min_officers, teams)

    def suit(self, shift: WorkShift, team: PlanTeam) -> bool:
        """Return whether a team may do it on a shift."""
        return (
            shift.day == self.day
            and self.skills <= team.skills
            and team.officers >= self.officers
            and (not self.teams or team.id in self.teams)
        )


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that a shift may do.

    Parameters
    ----------
    source
        What it stands for.
    open_s, close_s, service_s
        When it may begin, and how long it takes.
    twin
        Row of the other half of what two teams do; -1 for none.
    second
        Whether it is the second team's half.
    shift
        Row of the only shift that may do it, for a break; else -1.
    """

    source: Option | PlanDuty | Break
    open_s: int
    close_s: int
    service_s: int
    twin: int = -1
    second: bool = False
    shift: int = -1

    @property
    def ref(self) -> str:
        """Id of the option or duty, empty for a break."""
        return "" if isinstance(self.source, Break) else self.source.id

    @property
    def load(self) -> int:
        """Room that it takes in a team's vehicle, in both where two teams come."""
        return 0 if isinstance(self.source, Break) else self.source.load

    def escorts(self) -> tuple[str, ...]:
        """Return the stations of which one must send somebody; none: nobody comes."""
        if self.second or not isinstance(self.source, Option):
            return ()
        return () if self.source.escort is EscortMode.NONE else self.source.escort_stations

    def needs(self) -> Needs:
        """Return what an option or duty asks of a team."""
        assert not isinstance(self.source, Break)
        return Needs.of(self.source, second=self.second)


def tasks_of(problem: Problem, breaks: Iterable[tuple[int, Break]]) -> tuple[Task, ...]:
    """Return options, then duties, each at its first start if two teams do it; then the rest.

    These are further starts of what two teams do, second halves, and breaks.

    Parameters
    ----------
    breaks
        Shift index and break.
    """
    starts = [list(_firsts(one)) for one in problem.options]
    starts += [list(_firsts(one)) for one in problem.duties]
    firsts = [own[0] for own in starts] + [task for own in starts for task in own[1:]]
    joint = [row for row, task in enumerate(firsts) if _is_joint(task)]
    twins = {row: len(firsts) + k for k, row in enumerate(joint)}
    tasks = [
        Task(t.source, t.open_s, t.close_s, t.service_s, twins.get(row, -1))
        for row, t in enumerate(firsts)
    ]
    tasks += [_second(firsts[row], row) for row in joint]
    tasks += [
        Task(pause, pause.window_start_s, pause.window_end_s, pause.duration_s, shift=shift)
        for shift, pause in breaks
    ]
    return tuple(tasks)


def _is_joint(task: Task) -> bool:
    return not isinstance(task.source, Break) and task.source.together is not None


def _firsts(each: Option | PlanDuty) -> Iterator[Task]:
    opens_s, closes_s = each.window_start_s, each.window_end_s
    if each.together is None:
        yield Task(each, opens_s, closes_s, each.service_s)
        return
    for start_s in sorted({*range(opens_s, closes_s, _STARTS_S), closes_s}):
        yield Task(each, start_s, start_s, each.service_s)


def _second(first: Task, row: int) -> Task:
    source = first.source
    assert not isinstance(source, Break)
    assert source.together is not None
    together = source.together
    return Task(
        source,
        first.open_s + together.gap_low_s,
        first.open_s + together.gap_high_s,
        first.service_s if together.service_s is None else together.service_s,
        twin=row,
        second=True,
    )


def due_breaks(shift: WorkShift, frozen: Route | None) -> list[Break]:
    """Return the breaks that a route of this shift must still hold."""
    taken = [s.start_s for s in frozen.stops if s.kind is StopKind.BREAK] if frozen else []
    ready_s = frozen.stops[-1].departure_s if frozen else shift.start_s
    left_s = frozen.leave_s if frozen else shift.start_s
    due = []
    for pause in shift.breaks:
        held = [t for t in taken if pause.window_start_s <= t <= pause.window_end_s]
        if held:
            taken.remove(held[0])
        elif not (
            left_s >= pause.window_start_s + pause.duration_s
            or shift.end_s + shift.overtime_s <= pause.window_end_s
            or ready_s > pause.window_end_s
        ):
            due.append(pause)
    return due
