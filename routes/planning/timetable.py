"""When each stop of a route can begin, exactly: roads by the hour, rests, escorts, the way home.

A lane is the route of one shift: its stops in their order, their times left open. Of each stop it
knows when the team can leave it by what comes before, and how late it may be reached by what comes
after, so that a stop can begin at a second if and only if the two agree there. Travel depends on
the hour and leaving later may mean arriving earlier: all of it is reckoned in spans of seconds,
(first, last) with both included. Rests may lie between any two stops, or before leaving, or after
the return, but not while an officer rides along to the next door. A stop that two teams share,
and one before which an officer is fetched, keeps its minute.

It shares no code with the search.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from routes.planning.hour_roads import FAR_S, Roads, Spans, both, held_in, joined, moved, nearest
from routes.planning.problem import (
    Break,
    Option,
    PlanDuty,
    Route,
    Stop,
    StopKind,
    WorkShift,
)

__all__ = ["Item", "Lane", "due_breaks"]


@dataclass(frozen=True, slots=True)
class Item:
    """A stop of a lane, but for rests.

    Parameters
    ----------
    starts
        When it may begin by its own window and by the hours of its escort.
    wish_s
        When it would best begin: as in the plan at hand.
    bound
        Whether the team comes straight from the stop before, with the officer who was there.
    """

    kind: StopKind
    ref: str
    place: str
    service_s: int
    starts: Spans
    wish_s: int
    load: int = 0
    station: str | None = None
    second: bool = False
    bound: bool = False

    @classmethod
    def of(
        cls, task: Option | PlanDuty, starts: Spans, wish_s: int, station: str | None = None
    ) -> Item:
        """Return the stop of an option or a duty."""
        kind = StopKind.VISIT if isinstance(task, Option) else StopKind.DUTY
        return cls(kind, task.id, task.place, task.service_s, starts, wish_s, task.load, station)


def due_breaks(shift: WorkShift, frozen: Route | None) -> tuple[Break, ...]:
    """Return the rests that a route must still hold, or leave room for before or after it."""
    if frozen is None or not frozen.stops:
        return shift.breaks
    taken = [stop.start_s for stop in frozen.stops if stop.kind is StopKind.BREAK]
    ready_s = frozen.stops[-1].departure_s
    due = []
    for pause in sorted(shift.breaks, key=lambda one: one.window_end_s):
        held = [at_s for at_s in taken if pause.window_start_s <= at_s <= pause.window_end_s]
        if held:
            taken.remove(min(held))
        elif (
            frozen.leave_s < pause.window_start_s + pause.duration_s
            and ready_s <= pause.window_end_s
        ):
            due.append(pause)
    return tuple(due)


class Lane:
    """The route of one shift with its times left open.

    Rests are counted by bits: ``taken`` is the sum of 1 << k of those that lie behind.

    Parameters
    ----------
    frozen
        What is done or under way, which stays as it is.
    rests
        For each place in the order, which rests the plan at hand takes there.
    """

    def __init__(
        self,
        shift: WorkShift,
        roads: Roads,
        items: Sequence[Item],
        *,
        frozen: Route | None = None,
        rests: Mapping[str, int] | None = None,
    ) -> None:
        self.shift, self.roads, self.items = shift, roads, tuple(items)
        self.frozen = frozen if frozen is not None and frozen.stops else None
        self.rests = rests or {}
        self.pauses = due_breaks(shift, self.frozen)
        self._kinds = range(1 << len(self.pauses))
        self.home_by_s = shift.end_s + shift.overtime_s
        origin = self.frozen.stops[-1].place if self.frozen else shift.start_place
        self.places = (origin, *(item.place for item in self.items), shift.end_place)

    def with_item(self, at: int, *more: Item) -> Lane:
        """Return the lane with stops before its stop ``at``."""
        return self.of_items((*self.items[:at], *more, *self.items[at:]))

    def without(self, begin: int, end: int) -> Lane:
        """Return the lane without its stops from ``begin`` to before ``end``."""
        return self.of_items((*self.items[:begin], *self.items[end:]))

    def of_items(self, items: Sequence[Item]) -> Lane:
        """Return a route of the same shift with other stops."""
        return Lane(self.shift, self.roads, items, frozen=self.frozen, rests=self.rests)

    @cached_property
    def leaving(self) -> tuple[tuple[Spans, ...], ...]:
        """When the team can leave the origin and each stop, by the rests that lie behind."""
        if self.frozen is not None:
            ready_s = self.frozen.stops[-1].departure_s
            first = self._rested([((ready_s, ready_s),)] + [()] * (len(self._kinds) - 1), 0)
        else:  # it rests at its base
            first = tuple(((self._out_s(taken), FAR_S),) for taken in self._kinds)
        found = [first]
        for at, (place, item) in enumerate(zip(self.places, self.items, strict=False), start=1):
            by_rests: list[Spans] = []
            for taken in self._kinds:
                arrival_s = self.roads.earliest_s(found[-1][taken], place, item.place)
                starts = held_in(item.starts, arrival_s, FAR_S)
                by_rests.append(moved(starts, item.service_s))
            found.append(self._rested(by_rests, at))
        return tuple(found)

    def _out_s(self, taken: int) -> int:
        """Return when a team can leave its base that takes rests there first."""
        ends_s = (
            pause.window_start_s + pause.duration_s
            for k, pause in enumerate(self.pauses)
            if taken >> k & 1
        )
        return max(self.shift.start_s, max(ends_s, default=0))

    def _is_bound(self, at: int) -> bool:
        """Return whether nothing may come between stop ``at`` and the one before."""
        return at < len(self.items) and self.items[at].bound

    def _rested(self, leaving: Sequence[Spans], at: int) -> tuple[Spans, ...]:
        """Return when a team can leave for stop ``at``, before which it may rest as well."""
        found = list(leaving)
        for taken in () if self._is_bound(at) else self._kinds:
            for k, pause in enumerate(self.pauses):
                before = found[taken & ~(1 << k)] if taken >> k & 1 else ()
                if before:
                    begin_s = max(pause.window_start_s, min(first_s for first_s, _ in before))
                    if begin_s <= pause.window_end_s:
                        found[taken] += ((begin_s + pause.duration_s, FAR_S),)
        return tuple(found)

    @cached_property
    def latest_s(self) -> tuple[tuple[int, ...], ...]:
        """How late each stop, then the end, may be reached, by rests behind; -1: not at all."""
        found = [tuple(self._home_s(taken) for taken in self._kinds)]
        for at in reversed(range(len(self.items))):
            item = self.items[at]
            onward = self._onward(item.place, at + 1, found[-1])
            by_rests = []
            for taken in self._kinds:
                starts = both(item.starts, moved(onward[taken], -item.service_s))
                by_rests.append(max((last_s for _, last_s in starts), default=-1))
            found.append(tuple(by_rests))
        return tuple(reversed(found))

    @cached_property
    def _first_s(self) -> tuple[int, ...]:
        """When the team can leave the origin and each stop at the earliest."""
        return tuple(
            min((first_s for spans in by_rests for first_s, _ in spans), default=FAR_S)
            for by_rests in self.leaving
        )

    def _home_s(self, taken: int) -> int:
        ends_s = (pause.window_end_s for k, pause in enumerate(self.pauses) if not taken >> k & 1)
        return min(self.home_by_s, min(ends_s, default=FAR_S))

    def _onward(self, place: str, at: int, by_s: Sequence[int]) -> tuple[Spans, ...]:
        """Return when a team that is done at a place can be so in time for stop ``at``, or the end.

        Parameters
        ----------
        by_s
            How late that may be reached, by the rests that lie behind.
        """
        after, pauses = self.places[at + 1], () if self._is_bound(at) else self.pauses
        found: list[Spans] = [()] * len(self._kinds)
        for taken in reversed(self._kinds):
            spans = self.roads.leaving(by_s[taken], place, after)
            for k, pause in enumerate(pauses):
                rested = () if taken >> k & 1 else found[taken | 1 << k]
                if rested:
                    last_s = max(last_s for _, last_s in rested) - pause.duration_s
                    last_s = min(pause.window_end_s, last_s)
                    if last_s >= pause.window_start_s:
                        spans += ((0, last_s),)
            found[taken] = spans
        return tuple(found)

    @property
    def holds(self) -> bool:
        """Whether all its stops fit."""
        arrivals = (self.roads.earliest_s(leaving, *self.places[:2]) for leaving in self.leaving[0])
        return any(a <= b for a, b in zip(arrivals, self.latest_s[0], strict=True))

    def starts(self, at: int) -> Spans:
        """Return when stop ``at`` can begin with all others in time; in order, no two touch."""
        return self._between(at, at + 1, self.items[at])

    def room(self, at: int, item: Item) -> Spans:
        """Return when one more stop can begin before stop ``at`` with all others in time."""
        return () if self._is_bound(at) else self._between(at, at, item)

    def _between(self, before: int, after: int, item: Item) -> Spans:
        """Return when a stop can begin between node ``before`` and stop ``after``."""
        leaving, latest_s = self.leaving[before], self.latest_s[after]
        if not item.starts or not (
            self._first_s[before] <= item.starts[-1][1]
            and item.starts[0][0] + item.service_s <= max(latest_s)
        ):
            return ()
        found: list[tuple[int, int]] = []
        onward: tuple[Spans, ...] | None = None
        for taken in self._kinds:
            if not leaving[taken]:
                continue
            first_s = self.roads.earliest_s(leaving[taken], self.places[before], item.place)
            starts = held_in(item.starts, first_s, max(latest_s))
            if starts and onward is None:
                onward = self._onward(item.place, after, latest_s)
            if starts and onward is not None:
                found += both(starts, moved(onward[taken], -item.service_s))
        return joined(found)

    def route(self) -> Route | None:
        """Return the route with each stop as near to its wish as the others let it.

        From the first stop on: each begins as it wishes where all that follow still fit. The
        stops hold no values. None where there is no stop. Ask only of a lane that ``holds``.
        """
        if not self.items and self.frozen is None:
            return None
        stops = list(self.frozen.stops) if self.frozen else []
        leave_s = self.frozen.leave_s if self.frozen else -1
        taken, leaving = (0, self.leaving[0][0]) if self.frozen else self._first()
        for at, item in enumerate(self.items):
            if stops:
                taken, at_s = self._pause(stops, at, taken)
                leaving = ((at_s, at_s),)
            arrival_s = self.roads.earliest_s(leaving, self.places[at], item.place)
            start_s = nearest(self._open(at, taken, leaving), item.wish_s)
            if not stops:
                in_time = self.roads.leaving(start_s, self.places[0], item.place)
                leave_s = max(last_s for _, last_s in both(leaving, in_time))
                arrival_s = self.roads.arrival_s(leave_s, self.places[0], item.place)
            end_s, station = start_s + item.service_s, item.station
            stops.append(
                Stop(
                    item.kind,
                    item.ref,
                    item.place,
                    arrival_s,
                    start_s,
                    end_s,
                    escort_station=station,
                    second=item.second,
                )
            )
        if stops:
            self._pause(stops, len(self.items), taken)
        return self._told(leave_s, stops)

    def _open(self, at: int, taken: int, leaving: Spans) -> Spans:
        """Return when stop ``at`` can begin for a team that leaves the one before in spans."""
        item = self.items[at]
        arrival_s = self.roads.earliest_s(leaving, self.places[at], item.place)
        onward = self._onward(item.place, at + 1, self.latest_s[at + 1])
        starts = held_in(item.starts, arrival_s, FAR_S)
        return both(starts, moved(onward[taken], -item.service_s))

    def _first(self) -> tuple[int, Spans]:
        """Return rests taken before leaving the base, and when the team can leave it then."""
        ways = []
        for taken in self._kinds:
            starts = self._open(0, taken, self.leaving[0][taken])
            if starts:
                wish_s = self.items[0].wish_s
                ways.append((abs(nearest(starts, wish_s) - wish_s), taken.bit_count(), taken))
        _, _, taken = min(ways)
        return taken, self.leaving[0][taken]

    def _pause(self, stops: list[Stop], at: int, taken: int) -> tuple[int, int]:
        """Take the rests that are due or were taken after the last stop; return when it leaves."""
        place, after = self.places[at], self.places[at + 1]
        onward = self._onward(place, at, self.latest_s[at])
        wanted, at_s = self.rests.get(stops[-1].ref, 0), stops[-1].departure_s
        if self._is_bound(at):
            return taken, at_s
        while True:
            ways = []
            for k, pause in enumerate(self.pauses):
                begin_s = max(at_s, pause.window_start_s)
                if taken >> k & 1 or begin_s > pause.window_end_s:
                    continue
                later = held_in(onward[taken | 1 << k], begin_s + pause.duration_s, FAR_S)
                if later:
                    ways.append((not wanted >> k & 1, begin_s, k, min(later)[0]))
            go = self.roads.leaving(self.latest_s[at][taken], place, after)
            if held_in(go, at_s, at_s) and not (ways and not min(ways)[0]):
                return taken, at_s
            _, begin_s, k, at_s = min(ways)
            taken |= 1 << k
            stops.append(Stop(StopKind.BREAK, "", place, begin_s, begin_s, at_s))

    def _told(self, leave_s: int, stops: Sequence[Stop]) -> Route:
        """Return a route whose legs are those of the roads."""
        shift, legs = self.shift, self.roads.legs
        at_s, place, travel_s, length_m = leave_s, shift.start_place, 0, 0
        for stop in stops:
            travel_s += self.roads.arrival_s(at_s, place, stop.place) - at_s
            length_m += legs.length_m(at_s, place, stop.place)
            at_s, place = stop.departure_s, stop.place
        home_s = self.roads.arrival_s(at_s, place, shift.end_place)
        length_m += legs.length_m(at_s, place, shift.end_place)
        travel_s += home_s - at_s
        return Route(
            shift.id, shift.team, shift.day, leave_s, home_s, tuple(stops), travel_s, length_m
        )
