"""Where a stop can be in the routes of a plan, with its officer fetched and its second team there.

A seat is one place of one route. The officer of a visit is fetched on the way to it, or rides on
from the visit before; where a stop comes or goes, whoever rode on from there is fetched anew. What
two teams do has a seat in each of two routes and begins where both agree. Every second of a seat is
looked at; of stations that count their officers' ways the check alone knows all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from itertools import product

from routes.planning.at_hand import AtHand, free_spans
from routes.planning.hour_roads import FAR_S, Spans, both, held_in, joined, nearest
from routes.planning.problem import (
    PICK_UP_S,
    EscortStation,
    Option,
    Plan,
    Route,
    StopKind,
    bands_on,
)
from routes.planning.terms import Task, half_of, is_fetched
from routes.planning.timetable import Item, Lane

__all__ = ["Placing", "Seat", "Seats", "gap_of", "moved_most_s"]

_Group = tuple[Item, ...]  # a stop, after that at which its officer is fetched


@dataclass(frozen=True, slots=True, eq=False)
class Seat:
    """One place of one route for a stop.

    Parameters
    ----------
    task
        What is to be done there, by both teams where it takes two.
    at
        How many visits and duties that are not begun come before it.
    starts
        When it can begin with all other stops kept.
    items, own
        The whole route with it, and its place there.
    """

    task: Task
    shift: str
    at: int
    starts: Spans
    items: tuple[Item, ...]
    own: int

    @property
    def second(self) -> bool:
        """Whether it is the second team's."""
        return self.items[self.own].second

    def push_s(self, start_s: int) -> int:
        """Return by how much other stops stand in the way of a begin, by their present minutes."""
        end_s = start_s + self.items[self.own].service_s
        before = (one.wish_s + one.service_s - start_s for one in self.items[: self.own])
        after = (end_s - one.wish_s for one in self.items[self.own + 1 :])
        return sum(max(0, late_s) for late_s in (*before, *after) if late_s < FAR_S >> 1)


@dataclass(frozen=True, slots=True, eq=False)
class Placing:
    """A seat, and where two teams are needed the other one's.

    Parameters
    ----------
    starts
        When the stop of the first seat can begin, so that the other can as well.
    gap_s
        The other begins from so many to so many seconds after it; less than nothing: before.
    """

    seat: Seat
    starts: Spans
    mate: Seat | None = None
    gap_s: tuple[int, int] = (0, 0)

    @property
    def task(self) -> Task:
        """What is to be done."""
        return self.seat.task

    @property
    def station(self) -> str | None:
        """The station whose officer comes along, if one does."""
        return self.seat.items[self.seat.own].station

    def push_s(self, start_s: int) -> int:
        """Return by how much other stops stand in the way of a begin, of both teams."""
        beside_s = 0 if self.mate is None else self.mate.push_s(start_s + self.gap_s[0])
        return self.seat.push_s(start_s) + beside_s


class Seats:
    """The seats in one plan; each route is looked at once for each stop."""

    def __init__(self, at_hand: AtHand) -> None:
        self.at_hand = at_hand
        places = at_hand.terms.problem.places
        self._rows = {place.id: row for row, place in enumerate(places)}
        self._known: dict[tuple[str, str, bool], tuple[Seat, ...]] = {}

    def placings(
        self, tasks: Iterable[Task], shift_id: str, *, second: bool, mates: Sequence[str]
    ) -> Iterator[Placing]:
        """Yield each way to do one of some tasks in a shift.

        Parameters
        ----------
        second
            Whether the shift's team is the second of two.
        mates
            Shifts that the other team may be of, the best first.
        """
        for task in tasks:
            for seat in self.of(task, shift_id, second=second):
                if task.together is None:
                    yield Placing(seat, seat.starts)
                    continue
                gap_s = gap_of(task, second=second)
                for other in mates:
                    if other == shift_id or self.at_hand.shifts[other].day != task.day:
                        continue
                    for mate in self.of(task, other, second=not second):
                        starts = both(
                            seat.starts,
                            joined((a - gap_s[1], b - gap_s[0]) for a, b in mate.starts),
                        )
                        if starts:
                            yield Placing(seat, starts, mate, gap_s)

    def of(self, task: Task, shift_id: str, *, second: bool) -> tuple[Seat, ...]:
        """Return the seats of a task, or of the second team's part of it, in one route."""
        key = task.id, shift_id, second
        if key not in self._known:
            half = half_of(task, second=second)
            found: tuple[Seat, ...] = ()
            if self.at_hand.may_do(shift_id, half):
                lane = self.at_hand.lane(shift_id)
                if self.at_hand.has_room(lane, half):
                    found = tuple(self._in_lane(lane, task, half, second))
            self._known[key] = found
        return self._known[key]

    def _in_lane(self, lane: Lane, task: Task, half: Task, second: bool) -> Iterator[Seat]:
        groups = _groups(lane)
        fetched = is_fetched(half)
        asked = [
            replace(Item.of(half, spans, 0, station), second=second)
            for station, spans in self._stations(lane, half)
        ]
        begins = [0]
        for group in groups:
            begins.append(begins[-1] + len(group))
        for at in range(len(groups) + 1):
            begin = begins[at]
            rides = at < len(groups) and groups[at][0].bound
            if at == 0 and rides and self._officer_waits(lane):
                continue
            for item in asked:
                if not fetched and not rides:
                    room = lane.room(begin, item)
                    if room:
                        items = (*lane.items[:begin], item, *lane.items[begin:])
                        yield Seat(task, lane.shift.id, at, room, items, begin)
                    continue
                more = [*groups[:at], (item,), *groups[at:]]
                for way in self._ways(lane, more, {at, at + 1}):
                    items = tuple(one for group in way for one in group)
                    own = sum(map(len, way[:at])) + len(way[at]) - 1
                    room = lane.of_items(items).starts(own)
                    if room:
                        yield Seat(task, lane.shift.id, at, room, items, own)

    def _stations(self, lane: Lane, half: Task) -> Iterator[tuple[str | None, Spans]]:
        """Yield stations and when they have somebody; of who is fetched it depends on the way."""
        if isinstance(half, Option) and is_fetched(half):
            yield from ((station, ()) for station in half.escort_stations)
        else:
            for name, spans in self.at_hand.starts(half, lane.shift.id):
                yield name, spans if name is None else both(spans, self._in_time(lane, half, name))

    def _in_time(self, lane: Lane, half: Task, name: str) -> Spans:
        """Return when an officer who comes to the door by himself is there and back in hours."""
        station = self.at_hand.stations[name]
        day, profile = lane.shift.day, station.profile
        out_s = self._way_s(profile, day, station.place, half.place) if profile else 0
        back_s = self._back_s(lane, half, station)
        return joined(
            (slot.start_s + out_s, slot.end_s - back_s)
            for slot in station.calendar
            if slot.day == day and slot.start_s + out_s <= slot.end_s - back_s
        )

    def _officer_waits(self, lane: Lane) -> bool:
        """Return whether an officer is being fetched for the first stop that is open."""
        return lane.frozen is not None and lane.frozen.stops[-1].kind is StopKind.PICK_UP

    def _ways(
        self, lane: Lane, groups: Sequence[_Group], loose: set[int]
    ) -> Iterator[tuple[_Group, ...]]:
        """Yield the ways to have the officers of some stops: aboard already, or fetched."""
        choices = [
            list(self._with_officer(lane, groups, at)) if at in loose else [group]
            for at, group in enumerate(groups)
        ]
        yield from product(*choices)

    def _with_officer(self, lane: Lane, groups: Sequence[_Group], at: int) -> Iterator[_Group]:
        group, item = groups[at], groups[at][-1]
        task = self.at_hand.task(item.ref)
        if not is_fetched(task, item.second) or item.station is None:
            yield group
            return
        station = self.at_hand.stations[item.station]
        if len(group) == 2:
            yield group
        before = groups[at - 1][-1] if at else None
        riding = self._rider(lane, item, station, before)
        if riding is not None:
            yield (riding,)
        starts = item.starts or self._fetched(lane, task, station)
        if starts:
            yield _fetch(item, station), replace(item, starts=starts, bound=True)

    def _rider(
        self, lane: Lane, item: Item, station: EscortStation, before: Item | None
    ) -> Item | None:
        """Return a visit whose officer comes along from the stop before, None without one."""
        if before is not None:
            aboard = before.station if self._is_fetched(before) else None
            since_s = before.wish_s + before.service_s
        elif lane.frozen is not None:
            last = lane.frozen.stops[-1]
            rides = last.kind is StopKind.VISIT and self._rides(last.ref, last.second)
            aboard, since_s = (last.escort_station if rides else None), last.departure_s
        else:
            return None
        if aboard != station.id:
            return None
        if item.starts:
            return replace(item, bound=True)
        task = self.at_hand.task(item.ref)
        held = (
            held_in(_window(task), since_s, end_s - self._back_s(lane, task, station))
            for begin_s, end_s in self._free(lane, station)
            if begin_s <= since_s <= end_s
        )
        return replace(item, starts=joined(s for spans in held for s in spans), bound=True)

    def _is_fetched(self, item: Item) -> bool:
        return item.kind is StopKind.VISIT and self._rides(item.ref, item.second)

    def _rides(self, ref: str, second: bool) -> bool:
        return is_fetched(self.at_hand.task(ref), second)

    def _fetched(self, lane: Lane, task: Task, station: EscortStation) -> Spans:
        """Return when a visit can begin to which an officer is brought from his station."""
        found: list[tuple[int, int]] = []
        for begin_s, end_s in self._free(lane, station):
            ready = ((begin_s + PICK_UP_S, FAR_S),)
            first_s = lane.roads.earliest_s(ready, station.place, task.place)
            last_s = end_s - self._back_s(lane, task, station)
            found += held_in(_window(task), first_s, last_s)
        return joined(found)

    def _free(self, lane: Lane, station: EscortStation) -> Iterator[tuple[int, int]]:
        day = lane.shift.day
        return free_spans(station, day, self.at_hand.booked(station.id, day, but=lane.shift.id))

    def _back_s(self, lane: Lane, task: Task, station: EscortStation) -> int:
        """Return how long after its begin a visit's officer is back."""
        if not station.profile:
            return task.service_s
        return task.service_s + self._way_s(
            station.profile, lane.shift.day, task.place, station.place
        )

    def _way_s(self, profile: str, day: date, origin: str, target: str) -> int:
        """Return the longest way of the day, as long as it may take at some hour."""
        problem, rows = self.at_hand.terms.problem, self._rows
        if self.at_hand.terms.side_by_side:
            return 0
        names = {band.name for band in bands_on(problem.bands, day)}
        ways = [
            float(one.travel_s[rows[origin], rows[target]])
            for one in problem.matrices
            if one.profile == profile and one.band in names
        ]
        longest = max(ways, default=math.inf)
        return math.ceil(longest) if math.isfinite(longest) else FAR_S

    def placed(self, placing: Placing, start_s: int) -> Plan:
        """Return the plan with a stop at its seat at a second, and the other team's beside it."""
        seat, mate = placing.seat, placing.mate
        routes = {seat.shift: self._route(seat, start_s)}
        if mate is not None:
            low_s, high_s = placing.gap_s
            spans = held_in(mate.starts, start_s + low_s, start_s + high_s)
            # the later one waits no longer than it must
            wish_s = start_s + (low_s if not seat.second else high_s)
            routes[mate.shift] = self._route(mate, nearest(spans, wish_s))
        return self.at_hand.with_routes(routes)

    def _route(self, seat: Seat, start_s: int) -> Route | None:
        items = list(seat.items)
        items[seat.own] = replace(items[seat.own], starts=((start_s, start_s),), wish_s=start_s)
        return self.at_hand.lane(seat.shift).of_items(items).route()

    def without(self, shift_id: str, refs: Set[str]) -> Lane | None:
        """Return a route without some stops, None where what is left does not fit."""
        lane = self.at_hand.lane(shift_id)
        groups: list[_Group] = []
        loose: set[int] = set()
        gone = False
        for group in _groups(lane):
            if group[-1].ref in refs:
                gone = True
                continue
            if gone:
                loose.add(len(groups))
            groups.append(group)
            gone = False
        for way in self._ways(lane, groups, loose):
            left = lane.of_items([item for group in way for item in group])
            if left.holds:
                return left
        return None


def gap_of(task: Task, *, second: bool) -> tuple[int, int]:
    """Return from when to when after one of two teams the other may begin."""
    needs = task.together
    assert needs is not None
    if second:
        return -needs.gap_high_s, -needs.gap_low_s
    return needs.gap_low_s, needs.gap_high_s


def moved_most_s(before: Plan, after: Plan, ref: str) -> int:
    """Return by how much a stop but for one begins earlier or later at most."""
    was_s = {
        (route.shift, stop.ref): stop.start_s
        for route in before.routes
        for stop in route.stops
        if stop.is_work
    }
    kept = {route.shift: route for route in before.routes}
    return max(
        (
            abs(stop.start_s - was_s[route.shift, stop.ref])
            for route in after.routes
            if route is not kept.get(route.shift)
            for stop in route.stops
            if stop.is_work and stop.ref != ref
        ),
        default=0,
    )


def _fetch(item: Item, station: EscortStation) -> Item:
    """Return the stop at which a visit's officer is fetched, as late as the visit lets it be."""
    return Item(
        StopKind.PICK_UP,
        item.ref,
        station.place,
        PICK_UP_S,
        ((0, FAR_S),),
        FAR_S,
        station=station.id,
    )


def _window(task: Task) -> Spans:
    return ((task.window_start_s, task.window_end_s),)


def _groups(lane: Lane) -> list[_Group]:
    found: list[_Group] = []
    fetch: _Group = ()
    for item in lane.items:
        if item.kind is StopKind.PICK_UP:
            fetch = (item,)
        else:
            found.append((*fetch, item))
            fetch = ()
    return found
