"""Whether one more stop enters a plan, minute by minute; shares no code with what explains plans.

All times of the problem must be whole minutes, and so those of the plan.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import numpy.typing as npt

from routes.planning.problem import (
    Break,
    EscortMode,
    Matrix,
    Option,
    Plan,
    PlanDuty,
    Problem,
    StopKind,
    WorkShift,
)
from routes.planning.validate_route import Book

_LAST = 48 * 60
_Minutes = npt.NDArray[np.bool_]
_Task = Option | PlanDuty
_Step = tuple[str, _Minutes, int]  # place ("": where the team is), when it may begin, minutes


def on_minutes(problem: Problem) -> Problem:
    """Return the problem with all its times rounded to whole minutes."""

    def down(second: int) -> int:
        return second - second % 60

    def matrix(one: Matrix) -> Matrix:
        return replace(one, travel_s=np.ceil(one.travel_s / 60.0) * 60.0)

    def window(task: _Task) -> dict[str, int]:
        return {
            "window_start_s": down(task.window_start_s),
            "window_end_s": down(task.window_end_s),
            "service_s": down(task.service_s),
        }

    bands = tuple(
        replace(one, start_s=down(one.start_s), end_s=down(one.end_s))
        for one in problem.bands
        if down(one.start_s) < down(one.end_s)  # else it lies within one minute
    )
    names = {one.name for one in bands}
    return replace(
        problem,
        bands=bands,
        matrices=tuple(matrix(one) for one in problem.matrices if one.band in names),
        shifts=tuple(replace(one, end_s=down(one.end_s)) for one in problem.shifts),
        options=tuple(replace(one, **window(one)) for one in problem.options),
        duties=tuple(replace(one, **window(one)) for one in problem.duties),
    )


def enters(problem: Problem, plan: Plan, task: _Task) -> bool:
    """Return whether a task fits somewhere into a plan with all its stops kept."""
    return any(_enters(problem, plan, task, shift) for shift in problem.shifts)


def holds(problem: Problem, plan: Plan, shift: WorkShift, ref: str, second: int) -> bool:
    """Return whether a stop of a plan can begin at a second with all others kept."""
    steps = list(_steps(problem, plan, shift, but=ref))
    stops = next(r.stops for r in plan.routes if r.shift == shift.id)
    at = [s.ref for s in stops if s.kind is not StopKind.BREAK].index(ref)
    task = next(one for one in problem.options if one.id == ref)
    minutes = _allowed(problem, plan, shift, task)
    minutes &= np.arange(_LAST) == second // 60
    return _fits(problem, shift, [*steps[:at], (task.place, minutes, task.service_s), *steps[at:]])


def _enters(problem: Problem, plan: Plan, task: _Task, shift: WorkShift) -> bool:
    team = next(one for one in problem.teams if one.id == shift.team)
    by_id: dict[str, _Task] = {o.id: o for o in problem.options}
    by_id |= {d.id: d for d in problem.duties}
    refs = [s.ref for r in plan.routes if r.shift == shift.id for s in r.stops if s.ref]
    load = task.load + sum(by_id[ref].load for ref in refs)
    if (
        task.day != shift.day
        or not task.needed_skills <= team.skills
        or team.officers < task.min_officers
        or (isinstance(task, PlanDuty) and task.teams and team.id not in task.teams)
        or (shift.max_stops is not None and len(refs) + 1 > shift.max_stops)
        or (shift.capacity is not None and load > shift.capacity)
    ):
        return False
    steps = list(_steps(problem, plan, shift))
    new = task.place, _allowed(problem, plan, shift, task), task.service_s
    return any(
        _fits(problem, shift, [*steps[:at], new, *steps[at:]]) for at in range(len(steps) + 1)
    )


def _steps(problem: Problem, plan: Plan, shift: WorkShift, but: str = "") -> Iterator[_Step]:
    by_id: dict[str, _Task] = {o.id: o for o in problem.options}
    by_id |= {d.id: d for d in problem.duties}
    for stop in next((r.stops for r in plan.routes if r.shift == shift.id), ()):
        if stop.kind is not StopKind.BREAK and stop.ref != but:
            task = by_id[stop.ref]
            minutes = _allowed(problem, plan, shift, task, stop.escort_station)
            yield task.place, minutes, task.service_s


def _allowed(
    problem: Problem, plan: Plan, shift: WorkShift, task: _Task, station: str | None = None
) -> _Minutes:
    """Return the minutes at which a task may begin, by its window and its escort."""
    minutes = np.arange(_LAST) * 60
    window = (task.window_start_s <= minutes) & (minutes <= task.window_end_s)
    if isinstance(task, PlanDuty) or task.escort is EscortMode.NONE:
        return window
    sent = np.zeros(_LAST, dtype=np.bool_)
    for one in problem.escort_stations:
        if one.id not in ((station,) if station else task.escort_stations):
            continue
        others = [
            (s.start_s, s.departure_s)
            for r in plan.routes
            for s in r.stops
            if s.escort_station == one.id and r.shift != shift.id and r.day == task.day
        ]
        for at_s in minutes[window].tolist():
            end_s = at_s + task.service_s
            busy = max(
                (sum(b <= moment_s < e for b, e in others) for moment_s in range(at_s, end_s, 60)),
                default=0,
            )
            sent[at_s // 60] |= any(
                c.day == task.day
                and c.start_s <= at_s
                and end_s <= c.end_s
                and (busy < c.officers if end_s > at_s else c.officers > 0)
                for c in one.calendar
            )
    return sent


def _fits(problem: Problem, shift: WorkShift, steps: Sequence[_Step]) -> bool:
    """Try every place for every rest: -1 before leaving, then after a step, last at home."""
    n = len(steps)
    for places in product(range(-1, n + 1), repeat=len(shift.breaks)):
        rests = list(zip(places, shift.breaks, strict=True))
        if _arrives(problem, shift, steps, rests):
            return True
    return False


def _arrives(
    problem: Problem,
    shift: WorkShift,
    steps: Sequence[_Step],
    rests: Sequence[tuple[int, Break]],
) -> bool:
    book = Book.open(problem)
    minutes = np.arange(_LAST)
    out_s = [one.window_start_s + one.duration_s for at, one in rests if at == -1]
    home_s = [one.window_end_s for at, one in rests if at == len(steps)]
    leaving = minutes * 60 >= max([shift.start_s, *out_s])
    place = shift.start_place
    for k, (target, allowed, service_s) in enumerate(steps):
        first = _first(book, shift, leaving, place, target)
        begun = np.flatnonzero(allowed & (minutes >= first)) + service_s // 60
        leaving = np.zeros(_LAST, dtype=np.bool_)
        leaving[begun[begun < _LAST]] = True
        place = target
        for pause in sorted(
            (one for at, one in rests if at == k), key=lambda one: one.window_end_s
        ):
            if not leaving.any():
                return False
            start = max(int(np.flatnonzero(leaving)[0]), pause.window_start_s // 60)
            if start > pause.window_end_s // 60:
                return False
            leaving = minutes >= start + pause.duration_s // 60
    arrival = _first(book, shift, leaving, place, shift.end_place)
    return arrival * 60 <= min([shift.end_s + shift.overtime_s, *home_s])


def _first(book: Book, shift: WorkShift, leaving: _Minutes, place: str, target: str) -> float:
    """Return the first minute of arrival, of all minutes of leaving."""
    found = math.inf
    for minute in np.flatnonzero(leaving).tolist():
        leg_s, _ = book.leg(shift, minute * 60, place, target)
        found = min(found, minute + leg_s / 60.0)
        if minute > found:
            break
    return found
