"""The two habits of today as engines: drive to the nearest door, or work village by village.

Both are simulated stop by stop, as a team leader would decide on the road: whose window is open
on arrival and who is nearest is next, whatever the visit is worth. Duties are given out before and
each team leaves in time for its own; rests are taken when their window opens. What the simulation
came to is then built by :func:`routes.planning.assembly.mended`, which keeps what is lawful and may
add nothing that the habit did not choose.

A problem names no villages, so that places within one square of two kilometres count as one.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from geo.model import Floats, Ints
from routes.planning.assembly import mended
from routes.planning.instance import Compiled, compile_problem
from routes.planning.kernels import (
    BEGIN_S,
    CAPACITY,
    CLOSE_S,
    LOAD,
    OPEN_S,
    ORIGIN,
    PLACE,
    SERVICE_S,
    STOPS,
    TARGET,
)
from routes.planning.legs import Legs
from routes.planning.preselect import plane_m
from routes.planning.problem import PICK_UP_S, Break, EscortMode, Plan, Problem

__all__ = ["nearest_first", "village_by_village", "villages"]

_VILLAGE_M = 2_000.0
_NOWHERE = -1

_Flags = npt.NDArray[np.bool_]


def nearest_first(problem: Problem) -> Plan:
    """Plan as teams do that drive from each door to the nearest one where they may call."""
    return _planned(problem, np.zeros(len(problem.places), dtype=np.int64), "nearest_first")


def village_by_village(problem: Problem) -> Plan:
    """Plan as teams do that finish a village, as far as it is open, and go on to the nearest.

    A team goes where another is at work only if nobody waits elsewhere.
    """
    return _planned(problem, villages(problem), "village_by_village")


def villages(problem: Problem) -> Ints:
    """Return a number for the village of each place, shape (places,)."""
    if not problem.places:
        return np.zeros(0, dtype=np.int64)
    lonlat = np.array([(place.lon, place.lat) for place in problem.places], dtype=np.float64)
    cells = np.floor(plane_m(lonlat) / _VILLAGE_M)
    found: Ints = np.unique(cells, axis=0, return_inverse=True)[1].reshape(-1)
    return found.astype(np.int64)


@dataclass(slots=True)
class _Crew:
    """A shift under way: where it is and when, and what it must still do."""

    shift: int
    at_s: int
    place: int
    home: int
    end_s: int
    stops: int
    room: int
    legs: Legs
    rests: list[Break]
    duties: list[int] = field(default_factory=list)
    village: int = _NOWHERE


@dataclass(frozen=True, slots=True)
class _Call:
    """A task that a crew can begin at ``start_s``, by an escort of a station or none."""

    task: int
    start_s: int
    station: str | None = None


def _planned(problem: Problem, village: Ints, name: str) -> Plan:
    compiled = compile_problem(problem)
    shifts, tasks = _Road(compiled, village).drive()
    inst = compiled.inst
    n_options = len(problem.options)
    allowed = inst.allowed.copy()
    allowed[:n_options] = False
    chosen = tasks < n_options
    allowed[tasks[chosen], shifts[chosen]] = True
    only = replace(compiled, inst=inst._replace(allowed=allowed))
    return mended(only, shifts, tasks, engine=name, seed=0, iterations=0)


class _Road:
    """Plays the days of all crews at once, always the one on that is earliest."""

    def __init__(self, compiled: Compiled, village: Ints) -> None:
        self._problem = compiled.problem
        self._inst = compiled.inst
        self._village = village
        self._names = [place.id for place in self._problem.places]
        self._place_at = {name: row for row, name in enumerate(self._names)}
        self._stations = {station.id: station for station in self._problem.escort_stations}
        self._promised: defaultdict[tuple[str, object], list[tuple[int, int]]] = defaultdict(list)
        for route in self._problem.frozen:
            for stop in route.stops:
                if stop.escort_station is not None:
                    span = (stop.start_s, stop.departure_s)
                    self._promised[stop.escort_station, route.day].append(span)
        debtors = {name: k for k, name in enumerate({o.debtor: 0 for o in self._problem.options})}
        self._debtor = np.array([debtors[o.debtor] for o in self._problem.options], dtype=np.int64)
        self._waits = np.ones(len(debtors), dtype=np.bool_)
        self._plain = np.array([o.together is None for o in self._problem.options], dtype=np.bool_)
        self._crews = [self._crew(compiled, k) for k in range(len(self._problem.shifts))]

    def _crew(self, compiled: Compiled, k: int) -> _Crew:
        problem, row = self._problem, self._inst.shifts[k]
        shift = problem.shifts[k]
        profile = next(team.profile for team in problem.teams if team.id == shift.team)
        ours = (t.source for t in compiled.tasks if t.shift == k)
        rests = sorted(
            (rest for rest in ours if isinstance(rest, Break)), key=lambda rest: rest.window_end_s
        )
        first_s = int(row[BEGIN_S])
        at_home = [
            rest
            for rest in rests
            if max(first_s, rest.window_start_s) + rest.duration_s > shift.end_s
        ]
        return _Crew(
            shift=k,
            at_s=first_s,
            place=int(row[ORIGIN]),
            home=int(row[TARGET]),
            end_s=min([shift.end_s, *(rest.window_end_s for rest in at_home)]),
            stops=int(row[STOPS]),
            room=int(row[CAPACITY]),
            legs=Legs(problem, self._place_at, profile=profile, day=shift.day),
            rests=[rest for rest in rests if rest not in at_home],
        )

    def drive(self) -> tuple[Ints, Ints]:
        """Return shift and task of each stop, route by route in its order."""
        self._give_out_duties()
        made: list[list[int]] = [[] for _ in self._crews]
        days = [shift.day for shift in self._problem.shifts]
        clock = [(days[crew.shift], crew.at_s, crew.shift) for crew in self._crews]
        heapq.heapify(clock)
        while clock:
            day, _, k = heapq.heappop(clock)
            crew = self._crews[k]
            if self._goes_on(crew, made[k]):
                heapq.heappush(clock, (day, crew.at_s, k))
            else:
                crew.village = _NOWHERE
        shifts = [k for k, tasks in enumerate(made) for _ in tasks]
        tasks = [task for route in made for task in route]
        return np.array(shifts, dtype=np.int64), np.array(tasks, dtype=np.int64)

    def _give_out_duties(self) -> None:
        """Give each duty to the crew with the fewest that can still be there in time."""
        table, first = self._inst.tasks, len(self._problem.options)
        rows = range(first, first + len(self._problem.duties))
        for task in sorted(rows, key=lambda task: (int(table[task, CLOSE_S]), task)):
            if self._problem.duties[task - first].together is not None:
                continue
            for crew in sorted(self._crews, key=lambda crew: (len(crew.duties), crew.shift)):
                crew.duties.append(task)
                if self._inst.allowed[task, crew.shift] and self._in_time(
                    crew, crew.at_s, crew.place
                ):
                    crew.stops -= 1
                    crew.room -= int(table[task, LOAD])
                    break
                crew.duties.pop()

    def _in_time(self, crew: _Crew, at_s: int, place: int) -> bool:
        """Return whether a crew keeps rests, duties and its end from here on."""
        table = self._inst.tasks
        ahead: list[tuple[int, int, Break | None]] = []
        ahead += [(rest.window_end_s, -1, rest) for rest in crew.rests]
        ahead += [(int(table[task, CLOSE_S]), task, None) for task in crew.duties]
        for close_s, task, rest in sorted(ahead, key=lambda one: one[:2]):
            if rest is not None:
                at_s = max(at_s, rest.window_start_s)
                if at_s > close_s:
                    return False
                at_s += rest.duration_s
                continue
            at_s += self._leg_s(crew, at_s, place, int(table[task, PLACE]))
            at_s = max(at_s, int(table[task, OPEN_S]))
            if at_s > close_s:
                return False
            at_s += int(table[task, SERVICE_S])
            place = int(table[task, PLACE])
        return at_s + self._leg_s(crew, at_s, place, crew.home) <= crew.end_s

    def _leg_s(self, crew: _Crew, at_s: int, origin: int, target: int) -> int:
        return crew.legs.travel_s(at_s, self._names[origin], self._names[target])

    def _goes_on(self, crew: _Crew, made: list[int]) -> bool:
        """Make a crew's next move; False where its day is over."""
        rest = next((one for one in crew.rests if one.window_start_s <= crew.at_s), None)
        if rest is not None and rest.window_end_s >= crew.at_s:
            crew.rests.remove(rest)
            crew.at_s += rest.duration_s
            return True
        call = self._next_call(crew)
        if call is None:
            return self._bides(crew, made)
        option = self._problem.options[call.task]
        self._waits[self._debtor[call.task]] = False
        if call.station is not None:
            span = (call.start_s, call.start_s + option.service_s)
            self._promised[call.station, option.day].append(span)
        crew.stops -= 1
        crew.room -= option.load
        self._moves(crew, call.task, call.start_s)
        crew.village = int(self._village[crew.place])
        made.append(call.task)
        return True

    def _bides(self, crew: _Crew, made: list[int]) -> bool:
        """Go to the next duty, or wait for a rest that comes before; False where none is left."""
        table = self._inst.tasks
        rest = next((one for one in crew.rests if one.window_start_s > crew.at_s), None)
        task = crew.duties[0] if crew.duties else None
        if rest is not None and (task is None or rest.window_end_s <= table[task, CLOSE_S]):
            crew.at_s = rest.window_start_s
            return True
        if task is None:
            return False
        crew.duties.pop(0)
        leg_s = self._leg_s(crew, crew.at_s, crew.place, int(table[task, PLACE]))
        self._moves(crew, task, max(crew.at_s + leg_s, int(table[task, OPEN_S])))
        made.append(task)
        return True

    def _moves(self, crew: _Crew, task: int, start_s: int) -> None:
        crew.at_s = start_s + int(self._inst.tasks[task, SERVICE_S])
        crew.place = int(self._inst.tasks[task, PLACE])

    def _next_call(self, crew: _Crew) -> _Call | None:
        """Return the nearest visit that is open on arrival, else the first that opens."""
        n = len(self._problem.options)
        if crew.stops <= 0 or not n:
            return None
        table = self._inst.tasks[:n]
        legs_s = crew.legs.to_all_s(crew.at_s, self._names[crew.place])[table[:, PLACE]]
        arrival_s = crew.at_s + legs_s
        possible: _Flags = (
            self._inst.allowed[:n, crew.shift]
            & self._plain
            & self._waits[self._debtor]
            & (table[:, LOAD] <= crew.room)
            & (arrival_s <= table[:, CLOSE_S])
            & (np.maximum(arrival_s, table[:, OPEN_S]) + table[:, SERVICE_S] <= crew.end_s)
        )
        is_open = possible & (arrival_s >= table[:, OPEN_S])
        far = self._far(crew, table[:, PLACE])
        later: _Call | None = None
        for task in _ordered(is_open, far, legs_s):
            call = self._call(crew, task, int(arrival_s[task]))
            if call is not None and call.start_s <= arrival_s[task]:
                return call
            if call is not None and (later is None or call.start_s < later.start_s):
                later = call
        for task in _ordered(possible & ~is_open, table[:, OPEN_S].astype(np.float64), legs_s):
            if later is not None and table[task, OPEN_S] >= later.start_s:
                break
            call = self._call(crew, task, int(arrival_s[task]))
            if call is not None and (later is None or call.start_s < later.start_s):
                later = call
        return later

    def _far(self, crew: _Crew, places: Ints) -> Floats:
        """Return 0 for doors of the crew's own village, 2 for those of other crews', else 1."""
        there = self._village[places]
        taken = {one.village for one in self._crews if one is not crew} - {_NOWHERE}
        far = np.where(np.isin(there, list(taken)), 2.0, 1.0)
        return np.where(there == crew.village, 0.0, far)

    def _call(self, crew: _Crew, task: int, arrival_s: int) -> _Call | None:
        """Return when a crew can begin a visit and still keep the rest of its day, or None."""
        option = self._problem.options[task]
        place = int(self._inst.tasks[task, PLACE])
        call = _Call(task, max(arrival_s, option.window_start_s))
        if option.escort is not EscortMode.NONE:
            if option.escort is EscortMode.PICK_UP:
                fetched_s, by_way = self._fetched_s(crew, option.escort_stations[0])
                arrival_s = fetched_s + self._leg_s(crew, fetched_s, by_way, place)
            starts = [
                _Call(task, start_s, station)
                for station in option.escort_stations
                for start_s in self._escorted(station, task, arrival_s)
            ]
            if not starts:
                return None
            call = min(starts, key=lambda one: one.start_s)
        if call.start_s > option.window_end_s:
            return None
        kept = self._in_time(crew, call.start_s + option.service_s, place)
        return call if kept else None

    def _fetched_s(self, crew: _Crew, station: str) -> tuple[int, int]:
        """Return when a crew leaves a station with its officer, and where that is."""
        by_way = self._place_at[self._stations[station].place]
        return crew.at_s + self._leg_s(crew, crew.at_s, crew.place, by_way) + PICK_UP_S, by_way

    def _escorted(self, station: str, task: int, arrival_s: int) -> Iterator[int]:
        """Yield the first start in each slot of a station in which an officer is free."""
        option = self._problem.options[task]
        busy = self._promised[station, option.day]
        for slot in self._stations[station].calendar:
            if slot.day != option.day:
                continue
            first_s = max(arrival_s, option.window_start_s, slot.start_s)
            for start_s in (first_s, *sorted(end_s for _, end_s in busy if end_s > first_s)):
                end_s = start_s + option.service_s
                meets = [span for span in busy if span[0] < end_s and start_s < span[1]]
                if end_s <= slot.end_s and len(meets) < slot.officers:
                    yield start_s
                    break


def _ordered(chosen: _Flags, first: Floats, then: Ints) -> list[int]:
    """Return the chosen rows in rising order of two keys."""
    rows = np.flatnonzero(chosen)
    order: list[int] = rows[np.lexsort((then[rows], first[rows]))].tolist()
    return order
