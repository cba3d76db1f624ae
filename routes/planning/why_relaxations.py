"""What could be relaxed so that somebody who is in no route could be visited.

A relaxation changes one thing of a problem by so much, in whole minutes, officers, stops or
thousandths of a value: these are the steps by which "smallest" is meant. Sizes of different kinds
are put in order by what they cost in minutes of somebody's effort; all of :data:`COST_MIN` is
assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from geo.localtime import hour_text
from geo.messages import Message, message
from routes.planning.problem import (
    EscortMode,
    EscortSlot,
    Option,
    PlanTeam,
    Problem,
    WorkShift,
)
from routes.planning.terms import Task, Terms

__all__ = ["COST_MIN", "MOST_MIN", "Lever", "Relaxation", "extra", "under"]

MOST_MIN = 240
"""Minutes up to which hours and ways are relaxed."""

VALUE_STEP = 0.001


class Lever(StrEnum):
    """What is relaxed."""

    SHIFT_END = "shift_end"
    SHIFT_START = "shift_start"
    WINDOW_EARLIER = "window_earlier"
    WINDOW_LATER = "window_later"
    STOPS = "stops"
    CAPACITY = "capacity"
    ESCORT = "escort"  # one more officer of a station, for the time of the visit
    SKILL = "skill"
    OFFICERS = "officers"
    TEAM = "team"  # one more like another
    NEARER = "nearer"  # each way to the place and from it
    VALUE = "value"


COST_MIN: Mapping[Lever, int] = MappingProxyType(
    {
        Lever.SHIFT_END: 1,
        Lever.SHIFT_START: 1,
        Lever.WINDOW_EARLIER: 1,
        Lever.WINDOW_LATER: 1,
        Lever.STOPS: 30,
        Lever.CAPACITY: 30,
        Lever.ESCORT: 60,
        Lever.SKILL: 120,
        Lever.OFFICERS: 240,
        Lever.TEAM: 480,
        Lever.NEARER: 1000,  # nobody moves a house; said so that it is known how far it lies
        Lever.VALUE: 100_000,  # nor is a value to be talked up
    }
)
"""Minutes of effort for one step; a value's do not count by the step."""


@dataclass(frozen=True, slots=True)
class Relaxation:
    """One thing of a problem, changed by so much.

    Parameters
    ----------
    of
        Id of the shift, team, station, option, duty or place.
    size
        Minutes; officers, stops or units of load more; thousandths by which a value rises.
    skills
        That the team has besides.
    task, start_s, end_s
        Option that is escorted, and from when until when the officer is with the team.
    """

    lever: Lever
    of: str
    size: int = 1
    skills: frozenset[str] = frozenset()
    task: str = ""
    start_s: int = 0
    end_s: int = 0

    @property
    def cost_min(self) -> int:
        """Assumed effort in minutes, by which relaxations are put in order."""
        steps = len(self.skills) if self.lever is Lever.SKILL else self.size
        return COST_MIN[self.lever] * (1 if self.lever is Lever.VALUE else steps)

    def less(self) -> Relaxation | None:
        """Return the relaxation that is smaller by one step; None where nothing is left of it."""
        return replace(self, size=self.size - 1) if self.size > 1 else None

    def on(self, terms: Terms) -> Terms:
        """Return relaxed terms."""
        match self.lever:
            case Lever.SHIFT_END | Lever.SHIFT_START | Lever.STOPS | Lever.CAPACITY:
                return replace(terms, shifts=tuple(self._on_shift(one) for one in terms.shifts))
            case Lever.SKILL | Lever.OFFICERS:
                return replace(terms, teams=tuple(self._on_team(one) for one in terms.teams))
            case Lever.TEAM:
                return self._one_more_team(terms)
            case Lever.ESCORT:
                return self._one_more_escort(terms)
            case Lever.NEARER:
                return replace(terms, nearer=(self.of, self.size * 60))
            case _:
                return replace(terms, tasks=tuple(self._on_task(one) for one in terms.tasks))

    def _on_shift(self, shift: WorkShift) -> WorkShift:
        if shift.id != self.of:
            return shift
        match self.lever:
            case Lever.SHIFT_END:
                return replace(shift, end_s=shift.end_s + self.size * 60)
            case Lever.SHIFT_START:
                return replace(shift, start_s=shift.start_s - self.size * 60)
            case Lever.STOPS:
                return replace(shift, max_stops=(shift.max_stops or 0) + self.size)
            case _:
                return replace(shift, capacity=(shift.capacity or 0) + self.size)

    def _on_team(self, team: PlanTeam) -> PlanTeam:
        if team.id != self.of:
            return team
        more = self.size if self.lever is Lever.OFFICERS else 0
        return replace(team, officers=team.officers + more, skills=team.skills | self.skills)

    def _one_more_team(self, terms: Terms) -> Terms:
        shift = next(one for one in terms.shifts if one.id == self.of)
        team = next(one for one in terms.teams if one.id == shift.team)
        twin = replace(team, id=extra(team.id, (one.id for one in terms.teams)))
        more = replace(shift, id=extra(shift.id, (s.id for s in terms.shifts)), team=twin.id)
        return replace(terms, teams=(*terms.teams, twin), shifts=(*terms.shifts, more))

    def _one_more_escort(self, terms: Terms) -> Terms:
        station = next(one for one in terms.stations if one.id == self.of)
        task = next(one for one in terms.tasks if one.id == self.task)
        slot = EscortSlot(task.day, self.start_s, self.end_s)
        twin_id = extra(station.id, (one.id for one in terms.stations))
        twin = replace(station, id=twin_id, calendar=(slot,), profile="")
        return replace(
            terms,
            stations=(*terms.stations, twin),
            tasks=tuple(_escorted_too(one, self.task, twin_id) for one in terms.tasks),
        )

    def _on_task(self, task: Task) -> Task:
        if task.id != self.of:
            return task
        if self.lever is Lever.WINDOW_EARLIER:
            return replace(task, window_start_s=task.window_start_s - self.size * 60)
        if self.lever is Lever.WINDOW_LATER:
            return replace(task, window_end_s=task.window_end_s + self.size * 60)
        assert isinstance(task, Option)
        return replace(task, value=task.value + self.size * VALUE_STEP)

    def told(self, problem: Problem, *, skill: Callable[[str], str] = str) -> Message:
        """Return what is relaxed, for people; ``skill`` names a skill."""
        shifts = {one.id: one for one in problem.shifts}
        shift = shifts.get(self.of)
        names = {one.id: one.name or one.id for one in problem.teams}
        team = names.get(self.of if shift is None else shift.team, "")
        match self.lever:
            case Lever.SHIFT_END:
                return message("%(team)s晚 %(n)d 分钟收班", team=team, n=self.size)
            case Lever.SHIFT_START:
                return message("%(team)s早 %(n)d 分钟出发", team=team, n=self.size)
            case Lever.WINDOW_EARLIER:
                return message("时间窗提前 %(n)d 分钟开始（须仍属合法时段）", n=self.size)
            case Lever.WINDOW_LATER:
                return message("时间窗推迟 %(n)d 分钟结束（须仍属合法时段）", n=self.size)
            case Lever.STOPS:
                return message("%(team)s的停留上限增加 %(n)d 处", team=team, n=self.size)
            case Lever.CAPACITY:
                return message("%(team)s的车辆容量增加 %(n)d", team=team, n=self.size)
            case Lever.SKILL:
                skills = "、".join(sorted(skill(one) for one in self.skills))
                return message("%(team)s增加技能：%(skills)s", team=team, skills=skills)
            case Lever.OFFICERS:
                return message("%(team)s增加 %(n)d 名执行人员", team=team, n=self.size)
            case Lever.TEAM:
                return message("增加一个小组（班次、技能同%(team)s）", team=team)
            case Lever.ESCORT:
                return message(
                    "派出所 %(station)s 在 %(begin)s–%(end)s 多派一名警力",
                    station=self.of,
                    begin=hour_text(self.start_s),
                    end=hour_text(self.end_s),
                )
            case Lever.NEARER:
                return message("离得太远：往返每程缩短 %(n)d 分钟", n=self.size)
            case Lever.VALUE:
                value = next(o.value for o in problem.options if o.id == self.of)
                needed = value + self.size * VALUE_STEP
                return message("价值由 %(now).3f 提高到 %(needed).3f", now=value, needed=needed)


def _escorted_too(task: Task, task_id: str, station: str) -> Task:
    if task.id != task_id or not isinstance(task, Option):
        return task
    if task.escort is EscortMode.PICK_UP:  # where he is fetched there is one station
        return replace(task, escort_stations=(station,))
    return replace(task, escort_stations=(*task.escort_stations, station))


def under(terms: Terms, relaxations: Iterable[Relaxation]) -> Terms:
    """Return terms after several relaxations."""
    for one in relaxations:
        terms = one.on(terms)
    return terms


def extra(name: str, taken: Iterable[str]) -> str:
    """Return an id like another that nobody has.

    Examples
    --------
    >>> extra("T1", ["T1", "T1+"])
    'T1++'
    """
    known = set(taken)
    while name in known:
        name += "+"
    return name
