"""One more stop put into a plan at drawn minutes, with its second team and its officer's fetch.

Everything but the drawing and a forward reckoning is left to the independent check, so a probe
shares nothing with what explains plans. A probe that the check accepts proves that a stop enters;
many that it does not prove nothing, but would tell of a false "does not enter" sooner or later.
"""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random

from routes.planning.problem import (
    PICK_UP_S,
    EscortMode,
    Option,
    Plan,
    PlanDuty,
    Problem,
    Route,
    Stop,
    StopKind,
    WorkShift,
)
from routes.planning.validate import violations
from routes.planning.validate_route import Book

__all__ = ["enters_at_some_minute"]

_SUMS = {"value", "price", "debtor_unlisted", "duty_unlisted", "listed_and_served"}
_Task = Option | PlanDuty


def enters_at_some_minute(
    problem: Problem, plan: Plan, task: _Task, random: Random, probes: int
) -> bool:
    """Return whether the check accepts one of so many ways to put a stop into a plan."""
    book = Book.open(problem)
    shifts = [one for one in problem.shifts if one.day == task.day]
    if not shifts:
        return False
    return any(_probed(book, plan, task, shifts, random) for _ in range(probes))


def _probed(book: Book, plan: Plan, task: _Task, shifts: list[WorkShift], random: Random) -> bool:
    first_s, last_s = task.window_start_s, task.window_end_s
    start_s = random.choice([first_s, last_s, random.randint(first_s, last_s)])
    start_s = start_s if random.random() < 0.3 else min(last_s, -(-start_s // 300) * 300)
    needs, chosen = task.together, random.sample(shifts, len(shifts))
    station = random.choice(task.escort_stations) if _escorted(task) else None
    routes = {chosen[0].id: _with(book, plan, chosen[0], task, start_s, station, random)}
    if needs is not None:
        if len(chosen) == 1:
            return False
        begin_s = start_s + random.choice([needs.gap_low_s, needs.gap_high_s])
        long_s = task.service_s if needs.service_s is None else needs.service_s
        half = replace(task, service_s=long_s)
        routes[chosen[1].id] = _with(
            book, plan, chosen[1], half, begin_s, None, random, second=True
        )
    others = tuple(one for one in plan.routes if one.shift not in routes)
    made = replace(plan, routes=(*others, *(one for one in routes.values() if one is not None)))
    return None not in routes.values() and not (
        {one.code for one in violations(book.problem, made)} - _SUMS
    )


def _escorted(task: _Task) -> bool:
    return isinstance(task, Option) and bool(task.escort_stations)


def _with(
    book: Book,
    plan: Plan,
    shift: WorkShift,
    task: _Task,
    start_s: int,
    station: str | None,
    random: Random,
    *,
    second: bool = False,
) -> Route | None:
    """Return a shift's route with a stop at a second, the later ones pushed on as they must."""
    kind = StopKind.VISIT if isinstance(task, Option) else StopKind.DUTY
    new = [Stop(kind, task.id, task.place, 0, start_s, start_s + task.service_s,
                escort_station=station, second=second)]  # fmt: skip
    if station and isinstance(task, Option) and task.escort is EscortMode.PICK_UP and not second:
        place = next(one.place for one in book.problem.escort_stations if one.id == station)
        way_s, _ = book.leg(shift, start_s, place, task.place)
        if math.isinf(way_s):
            return None
        begin_s = start_s - math.ceil(way_s) - PICK_UP_S
        new.insert(0, Stop(StopKind.PICK_UP, task.id, place, 0, begin_s, begin_s + PICK_UP_S,
                           escort_station=station))  # fmt: skip
    held = next((one.stops for one in plan.routes if one.shift == shift.id), ())
    at = sum(one.start_s < new[0].start_s for one in held)
    at = min(len(held), max(0, at + random.choice([0, 0, 0, -1, 1])))
    return _driven(book, shift, [*held[:at], *new, *held[at:]], {id(one) for one in new})


def _driven(book: Book, shift: WorkShift, stops: list[Stop], fixed: set[int]) -> Route | None:
    way_s, _ = book.leg(shift, shift.start_s, shift.start_place, stops[0].place)
    if math.isinf(way_s):
        return None
    leave_s = max(shift.start_s, stops[0].start_s - math.ceil(way_s))
    at_s, place, made = leave_s, shift.start_place, list[Stop]()
    travel_s, length_m = 0.0, 0.0
    for stop in stops:
        there = place if stop.kind is StopKind.BREAK else stop.place
        way_s, way_m = book.leg(shift, at_s, place, there)
        if math.isinf(way_s):
            return None
        arrival_s = at_s + math.ceil(way_s - 1e-6)
        start_s = stop.start_s if id(stop) in fixed else max(stop.start_s, arrival_s)
        lasts_s = stop.departure_s - stop.start_s
        made.append(replace(stop, place=there, arrival_s=arrival_s, start_s=start_s,
                            departure_s=start_s + lasts_s))  # fmt: skip
        travel_s, length_m = travel_s + arrival_s - at_s, length_m + way_m
        at_s, place = start_s + lasts_s, there
    way_s, way_m = book.leg(shift, at_s, place, shift.end_place)
    if math.isinf(way_s):
        return None
    home_s = at_s + math.ceil(way_s - 1e-6)
    travel_s, length_m = travel_s + home_s - at_s, length_m + way_m
    return Route(shift.id, shift.team, shift.day, leave_s, home_s, tuple(made),
                 int(travel_s), round(length_m))  # fmt: skip
