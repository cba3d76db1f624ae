"""From a problem to the arrays of the search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

import numpy as np

from geo.model import Floats, Ints
from routes.planning.kernels import (
    ALIKE,
    BANDS,
    BREAK,
    DUTY,
    GROUP,
    LOAD,
    MOST,
    NEVER,
    OPTION,
    QUICKEST,
    RANK,
    SLOWEST,
    STATIONS,
    STATIONS_END,
    WAITING,
    Instance,
    Scratch,
    Solution,
)
from routes.planning.problem import (
    LARGEST_SET,
    Break,
    EscortMode,
    Option,
    PlanDuty,
    Problem,
    Route,
    Stop,
    StopKind,
    WorkShift,
    bands_on,
    barred_options,
    set_values,
)

__all__ = ["Compiled", "compile_problem", "empty_solution", "new_scratch"]

_SECOND_COST_SHARE = 1e-7
_MANY = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A problem with its arrays; tasks are options, then duties, then ``breaks``.

    ``breaks`` holds (shift index, break); ``prefix`` the frozen route of each shift or None;
    ``held`` the frozen stops with an escort, each with its row of bookings.
    """

    problem: Problem
    inst: Instance
    breaks: tuple[tuple[int, Break], ...]
    prefix: tuple[Route | None, ...]
    held: tuple[tuple[int, Stop], ...]
    counter: Ints


@dataclass(frozen=True, slots=True)
class _Hours:
    """Bands of days that may differ, laid over each other.

    ``bands`` holds (end second, slot); ``slots`` names the matrix of each kind of day in that
    slot; ``kind_of`` tells which kind a day is. Days alike are one kind.
    """

    bands: tuple[tuple[int, int], ...]
    slots: tuple[tuple[str, ...], ...]
    kind_of: dict[date, int]

    @classmethod
    def of(cls, problem: Problem) -> _Hours:
        kinds: dict[tuple[tuple[str, int], ...], int] = {}
        kind_of: dict[date, int] = {}
        for day in dict.fromkeys(shift.day for shift in problem.shifts):
            own = tuple((b.name, b.end_s) for b in bands_on(problem.bands, day))
            kind_of[day] = kinds.setdefault(own, len(kinds))
        ends = sorted({end_s for own in kinds for _, end_s in own})
        names = [tuple(_name_before(own, end_s) for own in kinds) for end_s in ends]
        slots = {name: slot for slot, name in enumerate(dict.fromkeys(names))}
        bands = tuple((end_s, slots[name]) for end_s, name in zip(ends, names, strict=True))
        return cls(bands, tuple(slots), kind_of)


def _name_before(own: tuple[tuple[str, int], ...], second: int) -> str:
    """Return the band that holds just before a second; the last one beyond its end."""
    return next((name for name, end_s in own if second <= end_s), own[-1][0])


def _whole_seconds(travel_s: Floats) -> Ints:
    """Round up, so that a plan is never quicker than its matrix."""
    reachable = np.isfinite(travel_s)
    rounded = np.full(travel_s.shape, NEVER, dtype=np.int64)
    rounded[reachable] = np.minimum(np.ceil(travel_s[reachable] - 1e-6), NEVER)
    return rounded


def _due_breaks(shift: WorkShift, frozen: Route | None) -> list[Break]:
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
            or shift.end_s <= pause.window_end_s
            or ready_s > pause.window_end_s
        ):
            due.append(pause)
    return due


def compile_problem(problem: Problem) -> Compiled:
    """Lay a problem out as arrays."""
    place_at = {p.id: i for i, p in enumerate(problem.places)}
    station_at = {s.id: i for i, s in enumerate(problem.escort_stations)}
    days = sorted(
        {s.day for s in problem.shifts}
        | {o.day for o in problem.options}
        | {d.day for d in problem.duties}
        | {c.day for s in problem.escort_stations for c in s.calendar}
    )
    day_at = {d: i for i, d in enumerate(days)}
    team_of = {t.id: t for t in problem.teams}
    hours = _Hours.of(problem)
    lanes = [(team_of[s.team].profile, hours.kind_of[s.day]) for s in problem.shifts]
    lane_at = {lane: i for i, lane in enumerate(dict.fromkeys(lanes))}

    by_shift = {route.shift: route for route in problem.frozen if route.stops}
    prefix = tuple(by_shift.get(s.id) for s in problem.shifts)
    done = {stop.ref for route in problem.frozen for stop in route.stops}
    option_of = {o.id: o for o in problem.options}
    barred = barred_options(problem)
    worth = set_values(problem)
    visited: dict[str, frozenset[str]] = {}
    for ref in done & option_of.keys():
        debtor = option_of[ref].debtor
        visited[debtor] = visited.get(debtor, frozenset()) | {ref}
    breaks = tuple(
        (i, pause)
        for i, shift in enumerate(problem.shifts)
        for pause in _due_breaks(shift, prefix[i])
    )

    n_options, n_duties = len(problem.options), len(problem.duties)
    n_tasks = n_options + n_duties + len(breaks)
    n_shifts = len(problem.shifts)
    tasks: tuple[Option | PlanDuty, ...] = (*problem.options, *problem.duties)
    gains = [_added(worth, visited.get(o.debtor, frozenset()), (o.id,)) for o in problem.options]
    values = np.maximum(np.array(gains, dtype=np.float64), 0.0)
    second_cost = max(
        problem.prices.travel_h / 3600.0,
        _SECOND_COST_SHARE * float(values.max(initial=0.0)),
    )

    allowed = np.zeros((n_tasks, n_shifts), dtype=np.bool_)
    for i, task in enumerate(tasks):
        if task.id in done:
            continue
        teams: tuple[str, ...] = ()
        if i < n_options:
            option = problem.options[i]
            if np.isinf(gains[i]) or option.id in barred:
                continue
            if option.escort is EscortMode.AT_DOOR and not option.escort_stations:
                continue
        else:
            teams = problem.duties[i - n_options].teams
        for k, shift in enumerate(problem.shifts):
            team = team_of[shift.team]
            allowed[i, k] = (
                shift.day == task.day
                and task.needed_skills <= team.skills
                and team.officers >= task.min_officers
                and (not teams or team.id in teams)
            )
    for i, (k, _) in enumerate(breaks):
        allowed[n_options + n_duties + i, k] = True

    stations: list[int] = []
    station_from = [0]
    for i in range(n_tasks):
        if i < n_options and problem.options[i].escort is EscortMode.AT_DOOR:
            stations.extend(station_at[s] for s in problem.options[i].escort_stations)
        station_from.append(len(stations))

    slot_from = [0]
    slots = []
    for station in problem.escort_stations:
        for day in days:
            slots.extend(
                sorted((c.start_s, c.end_s, c.officers) for c in station.calendar if c.day == day)
            )
            slot_from.append(len(slots))

    n_places = len(problem.places)
    travel_s = np.full(
        (len(lane_at), BANDS + len(hours.slots), n_places, n_places), NEVER, dtype=np.int32
    )
    for matrix in problem.matrices:
        seconds = _whole_seconds(matrix.travel_s)
        for (profile, kind), lane in lane_at.items():
            for slot, names in enumerate(hours.slots):
                if (matrix.profile, matrix.band) == (profile, names[kind]):
                    travel_s[lane, BANDS + slot] = seconds

    travel_s[:, QUICKEST] = travel_s[:, BANDS:].min(axis=1, initial=NEVER)
    travel_s[:, SLOWEST] = travel_s[:, BANDS:].max(axis=1, initial=0)

    roads_s = travel_s[:, SLOWEST]
    dearest = 4.0 * second_cost * float(roads_s[roads_s < NEVER].max(initial=0))
    duty_value = 10.0 * float(values.sum()) + dearest + 1.0

    load_of = {task.id: task.load for task in tasks}

    def starts(i: int) -> tuple[int, int, int, int]:
        """Return start place, first second, count and load of frozen stops that matter."""
        shift, frozen = problem.shifts[i], prefix[i]
        if frozen is None:
            return place_at[shift.start_place], shift.start_s, 0, 0
        work = [s.ref for s in frozen.stops if s.kind is not StopKind.BREAK]
        load = sum(load_of.get(ref, 0) for ref in work)
        return place_at[frozen.stops[-1].place], frozen.stops[-1].departure_s, len(work), load

    shifts = [
        (
            lane_at[lane],
            begin[0],
            place_at[shift.end_place],
            begin[1],
            shift.end_s,
            (_MANY if shift.max_stops is None else shift.max_stops) - begin[2],
            (_MANY if shift.capacity is None else shift.capacity) - begin[3],
            0,
        )
        for shift, lane, begin in zip(
            problem.shifts, lanes, map(starts, range(n_shifts)), strict=True
        )
    ]
    rows = [
        (
            DUTY if isinstance(task, PlanDuty) else OPTION,
            place_at[task.place],
            task.window_start_s,
            task.window_end_s,
            task.service_s,
            day_at[task.day],
            -1,
        )
        for task in tasks
    ]
    rows += [
        (
            BREAK,
            -1,
            pause.window_start_s,
            pause.window_end_s,
            pause.duration_s,
            day_at[problem.shifts[k].day],
            -1,
        )
        for k, pause in breaks
    ]
    task_table = np.zeros((n_tasks, 11), dtype=np.int64)
    task_table[:, : GROUP + 1] = np.array(rows, dtype=np.int64).reshape(-1, GROUP + 1)
    task_table[: len(tasks), LOAD] = [task.load for task in tasks]
    task_table[:, STATIONS] = station_from[:-1]
    task_table[:, STATIONS_END] = station_from[1:]
    members: dict[str | int, list[int]] = {}
    for i in np.flatnonzero(allowed[: n_options + n_duties].any(axis=1)).tolist():
        members.setdefault(problem.options[i].debtor if i < n_options else i, []).append(i)
    group_table, sets = _groups(problem, worth, visited, list(members.values()))
    value = np.concatenate([values, np.full(n_duties, duty_value), np.zeros(len(breaks))])
    solo = value.copy()
    for group, tasks_of in enumerate(members.values()):
        task_table[tasks_of, GROUP] = group
        task_table[tasks_of, RANK] = range(len(tasks_of))
        if group_table[group, MOST] > 1:
            solo[tasks_of] = 0.0
    shift_table = _whole(shifts, ALIKE + 1)
    alike: dict[bytes, int] = {}
    for k, row in enumerate(shift_table):
        same = row.tobytes() + allowed[:, k].tobytes()
        row[ALIKE] = alike.setdefault(same, len(alike))
    inst = Instance(
        tasks=task_table,
        value=value,
        solo=solo,
        allowed=allowed,
        groups=_whole([i for tasks_of in members.values() for i in tasks_of], 0),
        group_table=group_table,
        sets=sets,
        stations=_whole(stations, 0),
        shifts=shift_table,
        bands=_whole(hours.bands, 2),
        travel_s=travel_s,
        slots=_whole(slots, 3),
        slot_from=_whole(slot_from, 0),
        n_days=len(days),
        second_cost=second_cost,
    )
    held = tuple(
        (station_at[stop.escort_station] * len(days) + day_at[route.day], stop)
        for route in problem.frozen
        for stop in route.stops
        if stop.escort_station is not None
    )
    return Compiled(
        problem,
        inst,
        breaks,
        prefix,
        held,
        _whole([0], 0),
    )


def _added(
    worth: Mapping[frozenset[str], float], visited: frozenset[str], options: Iterable[str]
) -> float:
    """Return what options add to frozen visits of their debtor; -inf where they may not."""
    before = worth.get(visited, -np.inf) if visited else 0.0
    return worth.get(visited.union(options), -np.inf) - before if np.isfinite(before) else -np.inf


def _groups(
    problem: Problem,
    worth: Mapping[frozenset[str], float],
    visited: Mapping[str, frozenset[str]],
    members: Sequence[Sequence[int]],
) -> tuple[Ints, Floats]:
    """Return the table of groups, whose tasks are given, and the values of their sets."""
    largest: dict[str, int] = {}
    debtor_of = {option.id: option.debtor for option in problem.options}
    for one in problem.sets:
        debtor = debtor_of[one.options[0]]
        largest[debtor] = max(largest.get(debtor, 1), len(one.options))
    table: list[tuple[int, ...]] = []
    sets: list[float] = []
    begins = 0
    for tasks in members:
        ids = [problem.options[i].id for i in tasks if i < len(problem.options)]
        most = 1
        if ids:
            debtor = debtor_of[ids[0]]
            before = visited.get(debtor, frozenset())
            most = max(1, min(len(ids), largest.get(debtor, 1) - len(before)))
        table.append((begins, begins + len(tasks), most, len(sets)))
        begins += len(tasks)
        if most > 1:
            sets += [_added(worth, before, chosen) for chosen in product(ids, repeat=most)]
    return _whole(table, 4), np.array(sets, dtype=np.float64)


def _whole(items: Sequence[int] | Sequence[tuple[int, ...]], columns: int) -> Ints:
    """Return integers as an array, also where there are none; 0 columns: one dimension."""
    array = np.array(items, dtype=np.int64)
    return array.reshape(-1, columns) if columns else array


def empty_solution(compiled: Compiled) -> Solution:
    """Return a solution that serves nothing but what is frozen."""
    inst = compiled.inst
    n_shifts = len(inst.shifts)
    n_groups = len(inst.group_table)
    longest = int(inst.group_table[:, MOST].sum()) + len(compiled.breaks)
    n_rows = inst.slot_from.shape[0] - 1
    escorted = len(compiled.held) + int(
        (inst.tasks[:, STATIONS] < inst.tasks[:, STATIONS_END]).sum()
    )
    sol = Solution(
        routes=np.zeros((n_shifts, longest, 6), dtype=np.int64),
        state=np.zeros((n_shifts, 6), dtype=np.int64),
        worth=np.zeros(n_shifts, dtype=np.float64),
        served=np.full((n_groups, LARGEST_SET), WAITING, dtype=np.int64),
        gained=np.zeros(n_groups, dtype=np.float64),
        booked=np.zeros(n_rows, dtype=np.int64),
        bookings=np.zeros((n_rows, escorted, 3), dtype=np.int64),
        counter=compiled.counter,
    )
    for row, stop in compiled.held:
        sol.bookings[row, sol.booked[row]] = (stop.start_s, stop.departure_s, -1)
        sol.booked[row] += 1
    return sol


def new_scratch(compiled: Compiled, *, seed: int) -> Scratch:
    """Return working room whose random state follows from the seed alone."""
    n_groups, n_shifts = len(compiled.inst.group_table), len(compiled.inst.shifts)
    state = np.random.SeedSequence(seed).generate_state(1, dtype=np.uint64)
    return Scratch(
        offers=np.zeros((n_groups, 4), dtype=np.int64),
        keys=np.zeros(n_groups + n_shifts, dtype=np.float64),
        lists=np.zeros(n_groups + n_shifts, dtype=np.int64),
        luck=np.ones(n_groups, dtype=np.float64),
        popular=np.ones(n_groups, dtype=np.float64),
        fresh=np.zeros(n_groups, dtype=np.bool_),
        touched=np.zeros(n_shifts, dtype=np.bool_),
        seen=np.zeros(n_shifts, dtype=np.bool_),
        random=state | np.uint64(1),
    )
