"""A plan at hand into which one more stop may go while all its others stay.

A stop enters where some place in the order of some route holds it with every other stop of the
plan kept, by the same team and in the same order; their minutes may move inside their windows and
the free hours of the stations that escort them. All places of all routes are looked at, and every
second at each (see :mod:`routes.planning.timetable`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from routes.planning.hour_roads import Roads, Spans, held_in, joined
from routes.planning.problem import (
    Break,
    EscortMode,
    EscortStation,
    Option,
    Plan,
    PlanDuty,
    Problem,
    Route,
    Stop,
    StopKind,
    Unassigned,
    UnassignedReason,
    WorkShift,
    set_values,
)
from routes.planning.schedule import added, price_of, value_of
from routes.planning.terms import Task, Terms, able, by_one_stop, is_fetched
from routes.planning.timetable import Item, Lane, due_breaks

__all__ = ["AtHand", "Entry", "Spot", "free_spans", "free_starts"]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a task can go in: before stop ``at`` of a shift's route, begun within ``starts``.

    ``out`` are the stops of the route, from the first to before the second, that leave for it;
    ``at`` counts without them.
    """

    task: Task
    shift: str
    at: int
    starts: Spans
    station: str | None = None
    out: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A plan at hand with one more stop.

    Parameters
    ----------
    ref
        The option or the duty.
    gain
        By how much value less price of the plan rises.
    out
        Options that leave for it; nobody most times.
    moved_s
        By how much the start of a stop that stays moves at most, either way.
    beside
        The second team; empty where one team goes.
    """

    ref: str
    shift: str
    team: str
    start_s: int
    plan: Plan
    gain: float
    out: tuple[str, ...] = ()
    moved_s: int = 0
    beside: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class _Facts:
    """What does not change with the terms."""

    tasks: Mapping[str, Task]
    frozen: Mapping[str, Route]
    booked: Mapping[tuple[str, date], Sequence[tuple[int, int, str]]]
    worth: Mapping[frozenset[str], float]
    planned: Mapping[str, frozenset[str]]  # visits by debtor
    kept: frozenset[str]  # frozen stops

    @classmethod
    def of(cls, problem: Problem, plan: Plan) -> _Facts:
        tasks: tuple[Task, ...] = (*problem.options, *problem.duties)
        return cls(
            {task.id: task for task in tasks},
            {route.shift: route for route in problem.frozen if route.stops},
            {},
            set_values(problem),
            {},
            frozenset(s.ref for route in problem.frozen for s in route.stops),
        ).about(plan)

    def about(self, plan: Plan) -> _Facts:
        """Return the same problem's facts with another plan."""
        booked: defaultdict[tuple[str, date], list[tuple[int, int, str]]] = defaultdict(list)
        for route in plan.routes:
            for station, begin_s, end_s in self._promised(route):
                booked[station, route.day].append((begin_s, end_s, route.shift))
        planned: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
        for task in (self.tasks[s.ref] for route in plan.routes for s in route.stops if s.ref):
            if isinstance(task, Option):
                planned[task.debtor] |= {task.id}
        return replace(self, booked=booked, planned=planned)

    def _promised(self, route: Route) -> Iterator[tuple[str, int, int]]:
        """Yield stations, and when an officer of theirs is with the team."""
        before: Stop | None = None
        for stop in route.stops:
            station = stop.escort_station
            if station is not None and stop.kind is not StopKind.PICK_UP:
                begin_s = stop.start_s
                if before is not None and before.escort_station == station and self.rides(stop):
                    begin_s = before.departure_s
                    if before.kind is StopKind.PICK_UP:
                        begin_s = before.start_s
                yield station, begin_s, stop.departure_s
            before = stop

    def rides(self, stop: Stop) -> bool:
        """Return whether an officer comes to a stop in the team's own vehicle."""
        task = self.tasks.get(stop.ref)
        return task is not None and stop.kind is StopKind.VISIT and is_fetched(task, stop.second)


class AtHand:
    """A plan, and what may be done with it under some terms.

    Parameters
    ----------
    like
        The same plan under other terms; what is the same is not laid out again.
    minutes
        Stops that keep their minute.
    """

    def __init__(
        self,
        terms: Terms,
        plan: Plan,
        like: AtHand | None = None,
        *,
        minutes: frozenset[str] = frozenset(),
    ) -> None:
        self.terms, self.plan, self.minutes = terms, plan, minutes
        self.shifts = {shift.id: shift for shift in terms.shifts}
        self.teams = {team.id: team for team in terms.teams}
        self.stations = {station.id: station for station in terms.stations}
        self._routes = {route.shift: route for route in plan.routes}
        self._facts: _Facts = _Facts.of(terms.problem, plan) if like is None else like._facts
        same_ways = like is not None and _ways(like.terms) == _ways(terms)
        self._like = like if same_ways else None
        self._roads: dict[tuple[str, date], Roads] = {} if self._like is None else self._like._roads
        self._lanes: dict[str, Lane] = {}
        self._own = {task.id: task for task in terms.tasks}

    def under(self, terms: Terms) -> AtHand:
        """Return the same plan under other terms."""
        return AtHand(terms, self.plan, self, minutes=self.minutes)

    def with_plan(self, plan: Plan, minutes: frozenset[str] = frozenset()) -> AtHand:
        """Return another plan under the same terms; roads are not laid out again."""
        other = AtHand(self.terms, self.plan, self, minutes=minutes)
        other.plan, other._facts, other._like = plan, self._facts.about(plan), None
        other._routes = {route.shift: route for route in plan.routes}
        return other

    def lane(self, shift_id: str) -> Lane:
        """Return the route of a shift, its times left open."""
        if shift_id not in self._lanes:
            like, shift = self._like, self.shifts[shift_id]
            known = like is not None and like.shifts.get(shift_id) is shift
            self._lanes[shift_id] = like.lane(shift_id) if like and known else self._lane(shift)
        return self._lanes[shift_id]

    def _lane(self, shift: WorkShift) -> Lane:
        route, frozen = self._routes.get(shift.id), self._facts.frozen.get(shift.id)
        pauses = due_breaks(shift, frozen)
        items: list[Item] = []
        rests: dict[str, int] = {}
        before = frozen.stops[-1].ref if frozen else ""
        for stop in route.stops[len(frozen.stops) if frozen else 0 :] if route else ():
            if stop.kind is StopKind.BREAK:
                rests[before] = rests.get(before, 0) | _rested(pauses, stop)
            else:
                items.append(replace(self._item(stop, shift), bound=self._facts.rides(stop)))
                before = stop.ref
        return Lane(shift, self._roads_of(shift), items, frozen=frozen, rests=rests)

    def _roads_of(self, shift: WorkShift) -> Roads:
        key = self.teams[shift.team].profile, shift.day
        if key not in self._roads:
            self._roads[key] = Roads(
                self.terms.problem,
                profile=key[0],
                day=key[1],
                nearer=self.terms.nearer,
                side_by_side=self.terms.side_by_side,
            )
        return self._roads[key]

    def _item(self, stop: Stop, shift: WorkShift) -> Item:
        task = self._facts.tasks.get(stop.ref)
        service_s, station = stop.departure_s - stop.start_s, stop.escort_station
        if task is None or stop.kind is StopKind.PICK_UP:
            kept = ((stop.start_s, stop.start_s),)
            return Item(stop.kind, stop.ref, stop.place, service_s, kept, stop.start_s, 0, station)
        starts: Spans = ((task.window_start_s, task.window_end_s),)
        if stop.ref in self.minutes or _keeps_minute(stop, task, self.stations):
            starts = ((stop.start_s, stop.start_s),)
        elif station is not None:
            starts = self._escorted(station, task, shift.id)
        item = Item.of(task, starts, stop.start_s, station)
        return replace(item, service_s=service_s, second=stop.second)

    def booked(self, station: str, day: date, *, but: str) -> list[tuple[int, int]]:
        """Return when officers of a station are with other shifts than one."""
        booked = self._facts.booked.get((station, day), ())
        return [(begin_s, end_s) for begin_s, end_s, by in booked if by != but]

    def _escorted(self, station: str, task: Task, shift_id: str) -> Spans:
        """Return when a station has somebody for a task within its window."""
        return held_in(
            free_starts(
                self.stations[station],
                task.day,
                task.service_s,
                self.booked(station, task.day, but=shift_id),
            ),
            task.window_start_s,
            task.window_end_s,
        )

    def starts(self, task: Task, shift_id: str) -> Iterator[tuple[str | None, Spans]]:
        """Yield stations, or None where none is needed, and when the task may begin by them."""
        if isinstance(task, PlanDuty) or task.escort is EscortMode.NONE:
            yield None, ((task.window_start_s, task.window_end_s),)
            return
        for station in task.escort_stations:
            yield station, self._escorted(station, task, shift_id)

    def spots(
        self, tasks: Iterable[Task] | None = None, shifts: Iterable[str] | None = None
    ) -> Iterator[Spot]:
        """Yield every place in which one of the tasks can go with all stops kept."""
        ids = tuple(self.shifts if shifts is None else shifts)
        for task in self.terms.tasks if tasks is None else tasks:
            for shift_id in ids:
                if self.may_do(shift_id, task):
                    yield from self.spots_in(self.lane(shift_id), task)

    def task(self, ref: str) -> Task:
        """Return the option or duty of a stop, as the terms have it."""
        return self._own.get(ref) or self._facts.tasks[ref]

    def may_do(self, shift_id: str, task: Task) -> bool:
        """Return whether a shift's team and vehicle may do a task, if there is time."""
        shift = self.shifts[shift_id]
        return able(shift, self.teams[shift.team], task)

    def spots_in(self, lane: Lane, task: Task, out: tuple[int, int] = (0, 0)) -> Iterator[Spot]:
        """Yield every place of one route, which may lack the stops ``out``."""
        if not self.has_room(lane, task):
            return
        for station, spans in self.starts(task, lane.shift.id):
            item = Item.of(task, spans, 0, station)
            for at in range(len(lane.items) + 1) if spans else ():
                room = lane.room(at, item)
                if room:
                    yield Spot(task, lane.shift.id, at, room, station, out)

    def has_room(self, lane: Lane, task: Task) -> bool:
        """Return whether a shift may have one more stop, and load."""
        stops, load = self._filled(lane)
        most, capacity = lane.shift.max_stops, lane.shift.capacity
        return (most is None or stops < most) and (capacity is None or load + task.load <= capacity)

    def filled(self, shift_id: str) -> tuple[int, int]:
        """Return how many visits and duties a shift's route has, and what they load."""
        return self._filled(self.lane(shift_id))

    def _filled(self, lane: Lane) -> tuple[int, int]:
        kept = [stop.ref for stop in lane.frozen.stops if stop.is_work] if lane.frozen else []
        load = sum(self._facts.tasks[ref].load for ref in kept) + sum(i.load for i in lane.items)
        return len(kept) + sum(i.kind is not StopKind.PICK_UP for i in lane.items), load

    def outs(self) -> Iterator[tuple[float, str, int, int]]:
        """Yield each visit, and each two neighbours, that may leave a route.

        What the plan's value falls by at least, the shift, the first stop of its route and the
        first that stays after it.
        """
        for shift_id in self.shifts:
            if any(self.may_do(shift_id, task) for task in self.terms.tasks):
                items = self.lane(shift_id).items
                for begin, end in ((b, b + size) for size in (1, 2) for b in range(len(items))):
                    gone = items[begin:end]
                    if end <= len(items) and all(self._may_leave(one) for one in gone):
                        yield self._loss({one.ref for one in gone}), shift_id, begin, end

    def _may_leave(self, item: Item) -> bool:
        return item.kind is StopKind.VISIT and by_one_stop(self._facts.tasks[item.ref])

    def _loss(self, gone: Set[str]) -> float:
        """Return what the plan's value falls by, at least, without some visits."""
        facts = self._facts
        total = 0.0
        for debtor in {self._debtor(ref) for ref in gone}:
            planned = facts.planned[debtor]
            if not planned & facts.kept:  # else what was done keeps the value that it was given
                total += facts.worth.get(planned, 0.0) - facts.worth.get(planned - gone, 0.0)
        return total

    def _debtor(self, ref: str) -> str:
        task = self._facts.tasks.get(ref)
        return task.debtor if isinstance(task, Option) else ref

    def saved(self, shift_id: str) -> float:
        """Return what the plan would save, at most, if the route of a shift cost nothing."""
        others = [one for one in self.plan.routes if one.shift != shift_id]
        prices = self.terms.problem.prices
        return (
            self.plan.price
            - prices.travel_h / 3600.0 * sum(one.travel_s for one in others)
            - prices.km / 1000.0 * sum(one.length_m for one in others)
        )

    def swaps(self, tasks: Iterable[Task], shift_id: str, begin: int, end: int) -> Iterator[Spot]:
        """Yield every place of a route in which a task can go once some stops have left it."""
        less = self.lane(shift_id).without(begin, end)
        for task in tasks:
            if self.may_do(shift_id, task):
                yield from self.spots_in(less, task, (begin, end))

    def entered(self, spot: Spot) -> Entry:
        """Return the plan with a task at its spot, each stop as near to its minute as can be."""
        lane = self.lane(spot.shift)
        item = Item.of(spot.task, spot.starts, spot.starts[0][0], spot.station)
        route = lane.without(*spot.out).with_item(spot.at, item).route()
        plan = self.with_route(spot.shift, route)
        stops = () if route is None else route.stops
        wished_s = {one.ref: one.wish_s for one in lane.items}
        return Entry(
            spot.task.id,
            spot.shift,
            lane.shift.team,
            next(stop.start_s for stop in stops if stop.ref == spot.task.id),
            plan,
            (plan.value - plan.price) - (self.plan.value - self.plan.price),
            tuple(one.ref for one in lane.items[slice(*spot.out)]),
            max((abs(s.start_s - wished_s[s.ref]) for s in stops if s.ref in wished_s), default=0),
        )

    def with_route(self, shift_id: str, route: Route | None) -> Plan:
        """Return the plan with another route of one shift, its values and lists put right."""
        return self.with_routes({shift_id: route})

    def with_routes(self, routes: Mapping[str, Route | None]) -> Plan:
        """Return the plan with other routes of some shifts, its values and lists put right."""
        return self._with_routes({**self._routes, **routes})

    def _with_routes(self, by_shift: Mapping[str, Route | None]) -> Plan:
        ordered = (by_shift.get(shift.id) for shift in self.terms.shifts)
        routes = self._valued([one for one in ordered if one is not None])
        served, was = self._served(routes), self._served(self.plan.routes)
        listed = [u for u in self.plan.unassigned if (u.is_duty, u.ref) not in served]
        listed += [
            Unassigned(ref, UnassignedReason.OUTBID, is_duty=is_duty)
            for is_duty, ref in sorted(was - served)
        ]
        return replace(
            self.plan,
            routes=routes,
            unassigned=tuple(listed),
            value=value_of(routes),
            price=price_of(self.terms.problem, routes),
        )

    def _served(self, routes: Iterable[Route]) -> set[tuple[bool, str]]:
        """Return debtors and duties that are served, and whether each is a duty."""
        tasks = (self._facts.tasks[s.ref] for route in routes for s in route.stops if s.is_work)
        return {(False, t.debtor) if isinstance(t, Option) else (True, t.id) for t in tasks}

    def _valued(self, routes: Sequence[Route]) -> tuple[Route, ...]:
        """Return routes whose visits hold what each adds to the earlier ones of its debtor."""
        own = {frozenset([t.id]): t.value for t in self.terms.tasks if isinstance(t, Option)}
        worth = self._facts.worth
        adds = added(routes, self._debtor, lambda refs: own.get(refs, worth.get(refs, 0.0)))
        values = {ref: value for ref, value in adds.items() if ref not in self._facts.kept}
        return tuple(_told(route, values) for route in routes)


def _ways(terms: Terms) -> tuple[tuple[str, int] | None, bool]:
    """Return what terms say of the roads."""
    return terms.nearer, terms.side_by_side


def _told(route: Route, values: Mapping[str, float]) -> Route:
    """Return a route whose stops hold these values; itself where they do already."""
    stops = tuple(
        replace(stop, value=values[stop.ref])
        if stop.kind is StopKind.VISIT
        and not stop.second
        and values.get(stop.ref, stop.value) != stop.value
        else stop
        for stop in route.stops
    )
    return route if stops == route.stops else replace(route, stops=stops)


def free_starts(
    station: EscortStation, day: date, service_s: int, booked: Sequence[tuple[int, int]]
) -> Spans:
    """Return when a station can send somebody for so long, beside what is booked already."""
    found: list[tuple[int, int]] = []
    for slot in station.calendar:
        if slot.day != day or slot.officers <= 0:
            continue
        free: Spans = ((slot.start_s, slot.end_s - service_s),)
        for begin_s, end_s in _busy(booked, slot.officers) if service_s > 0 else ():
            free = (
                *held_in(free, slot.start_s, begin_s - service_s),
                *held_in(free, end_s, slot.end_s),
            )
        found += [(first_s, last_s) for first_s, last_s in free if first_s <= last_s]
    return joined(found)


def free_spans(
    station: EscortStation, day: date, booked: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Yield from when until when a station can lend somebody beside what is booked already."""
    for slot in station.calendar:
        if slot.day == day and slot.officers > 0:
            begin_s = slot.start_s
            for busy_s, free_s in _busy(booked, slot.officers):
                if begin_s < min(busy_s, slot.end_s):
                    yield begin_s, min(busy_s, slot.end_s)
                begin_s = max(begin_s, free_s)
            if begin_s < slot.end_s:
                yield begin_s, slot.end_s


def _busy(booked: Sequence[tuple[int, int]], officers: int) -> Iterator[tuple[int, int]]:
    """Yield from when until when so many officers are with somebody."""
    moments_s = sorted({moment_s for span in booked for moment_s in span})
    for begin_s, end_s in pairwise(moments_s):
        if sum(first_s <= begin_s < last_s for first_s, last_s in booked) >= officers:
            yield begin_s, end_s


def _rested(pauses: Sequence[Break], stop: Stop) -> int:
    """Return the rests, by bits, that a stop may be."""
    fitting = (
        1 << k
        for k, pause in enumerate(pauses)
        if pause.window_start_s <= stop.start_s <= pause.window_end_s
    )
    return sum(fitting)


def _keeps_minute(stop: Stop, task: Task, stations: Mapping[str, EscortStation]) -> bool:
    """Return whether others than the team wait for a stop at its minute.

    A second team does, an officer who is fetched, and an escort whose way from door to door
    counts.
    """
    station = stations.get(stop.escort_station or "")
    return not by_one_stop(task) or (station is not None and bool(station.profile))
