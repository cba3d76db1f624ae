"""The check of escorts and of what two teams do together; part of the independent check."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from geo.messages import message
from routes.planning.problem import (
    PICK_UP_S,
    EscortMode,
    EscortStation,
    Option,
    PlanDuty,
    Route,
    Stop,
    StopKind,
    bands_on,
)
from routes.planning.validate_route import Book, Violation, check_task

__all__ = ["check_escorts", "check_fetched", "check_together"]


@dataclass(frozen=True, slots=True)
class _Promise:
    """An officer's time: with a team from one place to another."""

    path: str
    shift: str
    stop: Stop
    begins_s: int
    ends_s: int
    comes_from: str
    left_at: str
    asked: bool


def check_fetched(book: Book, route: Route, path: str) -> Iterator[Violation]:
    """Report officers that are fetched for nothing, or visits to which none was fetched."""
    kept = book.kept(route)
    aboard: str | None = None
    for k, stop in enumerate(route.stops):
        here = f"{path}.stops[{k}]"
        option = book.options.get(stop.ref)
        fetched = option is not None and option.escort is EscortMode.PICK_UP
        if stop.kind is StopKind.PICK_UP:
            after = route.stops[k + 1] if k + 1 < len(route.stops) else None
            place = {s.id: s.place for s in book.problem.escort_stations}.get(
                stop.escort_station or ""
            )
            if k >= kept and not (
                fetched
                and after is not None
                and (after.ref, after.escort_station) == (stop.ref, stop.escort_station)
                and after.kind is StopKind.VISIT
                and stop.place == place
                and stop.departure_s - stop.start_s >= PICK_UP_S
            ):
                yield Violation(
                    "pick_up",
                    here,
                    message(
                        "接警员须在派出所停留 %(s)d 秒，随后走访 %(id)s", s=PICK_UP_S, id=stop.ref
                    ),
                )
            aboard = stop.escort_station
        elif stop.kind is StopKind.VISIT and fetched and not stop.second:
            if k >= kept and (stop.escort_station is None or stop.escort_station != aboard):
                yield Violation(
                    "pick_up", here, message("走访 %(id)s 之前没有接到派出所人员", id=stop.ref)
                )
            aboard = stop.escort_station
        else:
            aboard = None


def check_escorts(book: Book, routes: Sequence[tuple[str, Route]]) -> Iterator[Violation]:
    """Check that escorts come where needed, and that stations have the officers and the time."""
    promised: defaultdict[tuple[str, date], list[_Promise]] = defaultdict(list)
    for path, route in routes:
        for k, stop in enumerate(route.stops[book.kept(route) :], book.kept(route)):
            option = book.options.get(stop.ref) if stop.kind is StopKind.VISIT else None
            if option is None or option.escort is EscortMode.NONE or stop.second:
                continue  # the second of two teams brings none
            if stop.escort_station not in option.escort_stations:
                text = message("%(id)s 缺少可派的派出所协助", id=option.id)
                yield Violation("escort_missing", f"{path}.stops[{k}]", text)
        for promise in _promises(book, route, path):
            promised[str(promise.stop.escort_station), route.day].append(promise)
    stations = {s.id: s for s in book.problem.escort_stations}
    for (station, day), spans in promised.items():
        for promise in spans:
            if promise.asked and station in stations:
                yield from _free(book, stations[station], day, promise, spans)


def _promises(book: Book, route: Route, path: str) -> Iterator[_Promise]:
    """Yield the officers' times of a route: of one who is fetched from then on."""
    kept = book.kept(route)
    begun: Stop | None = None
    aboard: Stop | None = None
    for k, stop in enumerate(route.stops):
        if stop.escort_station is None:
            begun = aboard = None
            continue
        option = book.options.get(stop.ref)
        fetched = option is not None and option.escort is EscortMode.PICK_UP
        if stop.kind is StopKind.PICK_UP and k + 1 < len(route.stops):
            begun = stop
            continue
        begins_s, comes_from = stop.start_s, stop.place
        if begun is not None:
            begins_s, comes_from = begun.start_s, begun.place
        elif fetched and aboard is not None:
            begins_s, comes_from = aboard.departure_s, aboard.place
        yield _Promise(
            f"{path}.stops[{k}]",
            route.shift,
            stop,
            begins_s,
            stop.departure_s,
            comes_from,
            stop.place,
            k >= kept,
        )
        begun, aboard = None, stop if fetched else None


def _free(
    book: Book, station: EscortStation, day: date, promise: _Promise, spans: Sequence[_Promise]
) -> Iterator[Violation]:
    out_s = _way_s(book, station, day, station.place, promise.comes_from)
    back_s = _way_s(book, station, day, promise.left_at, station.place)
    officers = [
        slot.officers
        for slot in station.calendar
        if slot.day == day
        and slot.start_s + out_s <= promise.begins_s
        and promise.ends_s + back_s <= slot.end_s
        and slot.officers > 0
    ]
    if not officers:
        yield Violation(
            "escort_hours",
            promise.path,
            message("派出所 %(id)s 在此时段不派警力", id=station.id),
        )
    elif _needed(book, station, day, promise, spans) > officers[0]:
        yield Violation(
            "escort_capacity",
            promise.path,
            message("派出所 %(id)s 同时协助的人数超过日历", id=station.id),
        )


def _needed(
    book: Book, station: EscortStation, day: date, promise: _Promise, spans: Sequence[_Promise]
) -> int:
    """Return how many officers a promise and those about it take at least.

    Without ways, as many as are out at one time; with them, the fewest rounds from door to door
    that serve all promises of the slot: a matching of each with one that may follow.
    """
    if not station.profile:
        begins = [p.begins_s for p in spans if promise.begins_s <= p.begins_s < promise.ends_s]
        return max(
            (sum(p.begins_s <= at_s < p.ends_s for p in spans) for at_s in begins), default=0
        )
    slot = next(
        s
        for s in station.calendar
        if s.day == day and s.start_s <= promise.begins_s and promise.ends_s <= s.end_s
    )
    held = [p for p in spans if slot.start_s <= p.begins_s and p.ends_s <= slot.end_s]
    follows = np.array(
        [[a is not b and _may_follow(book, station, day, a, b) for b in held] for a in held]
    )
    matched = maximum_bipartite_matching(csr_array(follows), perm_type="column")
    return len(held) - int((matched >= 0).sum())


def _may_follow(
    book: Book, station: EscortStation, day: date, first: _Promise, then: _Promise
) -> bool:
    if first.shift == then.shift:  # the officer rides with the team
        return first.ends_s <= then.begins_s
    way_s = _way_s(book, station, day, first.left_at, then.comes_from)
    return first.ends_s + way_s <= then.begins_s


def _way_s(book: Book, station: EscortStation, day: date, origin: str, target: str) -> float:
    """Return the longest way of the day for an officer by himself, 0 where it does not count."""
    if not station.profile:
        return 0.0
    names = {band.name for band in bands_on(book.problem.bands, day)}
    cell = book.rows[origin], book.rows[target]
    return max(
        math.ceil(float(matrix.travel_s[cell]) - 1e-6)
        if math.isfinite(matrix.travel_s[cell])
        else math.inf
        for matrix in book.problem.matrices
        if matrix.profile == station.profile and matrix.band in names
    )


def check_together(book: Book, routes: Sequence[tuple[str, Route]]) -> Iterator[Violation]:
    """Check that what two teams do has both, each able, and the gap that is asked for."""
    halves: defaultdict[str, list[tuple[str, Route, Stop, bool]]] = defaultdict(list)
    for path, route in routes:
        for k, stop in enumerate(route.stops):
            there = f"{path}.stops[{k}]"
            if stop.is_work and _joint(book, stop) is not None:
                halves[stop.ref].append((there, route, stop, k >= book.kept(route)))
            elif stop.second:
                text = message("%(id)s 无须第二个小组", id=stop.ref)
                yield Violation("together", there, text)
    for ref, found in halves.items():
        found.sort(key=lambda half: half[2].second)
        if len({route.shift for _, route, _, _ in found}) != 2 or [
            stop.second for _, _, stop, _ in found
        ] != [False, True]:
            yield Violation("together", found[0][0], message("%(id)s 须由两个小组共同承担", id=ref))
            continue
        yield from _as_pair(book, *found)


def _joint(book: Book, stop: Stop) -> Option | PlanDuty | None:
    """Return the option or duty of a stop if it takes two teams."""
    task: Option | PlanDuty | None = (
        book.options.get(stop.ref) if stop.kind is StopKind.VISIT else book.duties.get(stop.ref)
    )
    return task if task is not None and task.together is not None else None


def _as_pair(
    book: Book,
    first: tuple[str, Route, Stop, bool],
    second: tuple[str, Route, Stop, bool],
) -> Iterator[Violation]:
    task = _joint(book, first[2])
    assert task is not None
    assert task.together is not None
    needs = task.together
    begins_s = first[2].start_s
    other = replace(
        task,
        needed_skills=needs.needed_skills,
        min_officers=needs.min_officers,
        service_s=task.service_s if needs.service_s is None else needs.service_s,
        window_start_s=begins_s + needs.gap_low_s,
        window_end_s=begins_s + needs.gap_high_s,
    )
    for half, (path, route, stop, asked) in ((task, first), (other, second)):
        if asked:
            shift = book.shifts[route.shift]
            yield from check_task(half, shift, book.teams[shift.team], stop, path)
