"""From a problem to the arrays of the search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, product

import numpy as np

from geo.localtime import DAY_S
from geo.model import Floats, Ints
from routes.planning.kernels import (
    ALIKE,
    BANDS,
    BEFORE,
    BREAK,
    BUSY_S,
    DUTY,
    FLOORS,
    FLOORS_END,
    GROUP,
    LEFT_AT,
    LOAD,
    MOST,
    NEVER,
    OPTION,
    QUICKEST,
    RANK,
    SECOND,
    SEEN_2,
    SHORTEST,
    SLOWEST,
    STATIONS,
    STATIONS_END,
    TWIN,
    VIA,
    WAITING,
    WAS_S,
    WAYS,
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
    bands_on,
    barred_options,
    set_values,
)
from routes.planning.tasks import Needs, Task, due_breaks, tasks_of

__all__ = ["Compiled", "compile_problem", "empty_solution", "new_scratch"]

_SECOND_COST_SHARE = 1e-7
_MANY = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A problem with its arrays, row by row its ``tasks``.

    ``prefix`` holds the frozen route of each shift or None; ``held`` the row of bookings of each
    frozen stop with an escort, and what is booked.
    """

    problem: Problem
    inst: Instance
    tasks: tuple[Task, ...]
    prefix: tuple[Route | None, ...]
    held: tuple[tuple[int, tuple[int, ...]], ...]
    covered: Ints
    counter: Ints

    @property
    def breaks(self) -> tuple[tuple[int, Break], ...]:
        """Each break that is due, with the row of its shift."""
        return tuple((t.shift, t.source) for t in self.tasks if isinstance(t.source, Break))


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
    kinds = dict.fromkeys(hours.kind_of.values())
    ways = [(s.profile, kind) for s in problem.escort_stations if s.profile for kind in kinds]
    lane_at = {lane: i for i, lane in enumerate(dict.fromkeys([*lanes, *ways]))}
    shift_at = {s.id: k for k, s in enumerate(problem.shifts)}

    by_shift = {route.shift: route for route in problem.frozen if route.stops}
    prefix = tuple(by_shift.get(s.id) for s in problem.shifts)
    done = {stop.ref for route in problem.frozen for stop in route.stops if stop.is_work}
    option_of = {o.id: o for o in problem.options}
    barred = barred_options(problem)
    worth = set_values(problem)
    visited: dict[str, frozenset[str]] = {}
    for ref in done & option_of.keys():
        debtor = option_of[ref].debtor
        visited[debtor] = visited.get(debtor, frozenset()) | {ref}
    tasks = tasks_of(
        problem,
        (
            (i, pause)
            for i, shift in enumerate(problem.shifts)
            for pause in due_breaks(shift, prefix[i])
        ),
    )

    n_tasks, n_shifts = len(tasks), len(problem.shifts)
    gains = {
        o.id: _added(worth, visited.get(o.debtor, frozenset()), (o.id,)) for o in option_of.values()
    }
    prices = problem.prices
    most = max(gains.values(), default=0.0)
    second_cost = max(prices.travel_h / 3600.0, _SECOND_COST_SHARE * max(most, 0.0))
    metre_s = prices.km / 1000.0 / second_cost if second_cost > 0.0 else 0.0

    def is_open(task: Task) -> bool:
        """Return whether any shift may do an option or duty."""
        if task.ref in done or task.ref in barred or gains.get(task.ref, 0.0) == -np.inf:
            return False
        escort = task.source.escort if isinstance(task.source, Option) else EscortMode.NONE
        return escort is EscortMode.NONE or task.second or bool(task.escorts())

    allowed = np.zeros((n_tasks, n_shifts), dtype=np.bool_)
    suiting: dict[Needs, list[bool]] = {}
    for i, task in enumerate(tasks):
        if task.shift >= 0:
            allowed[i, task.shift] = True
        elif is_open(task):
            needs = task.needs()
            if needs not in suiting:
                suiting[needs] = [needs.suit(s, team_of[s.team]) for s in problem.shifts]
            allowed[i] = suiting[needs]

    stations: list[int] = []
    station_from = [0]
    for task in tasks:
        stations.extend(station_at[s] for s in task.escorts())
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

    length_m = np.zeros((1, 1, 1, 1), dtype=np.int32)
    if metre_s > 0.0:
        length_m = np.zeros((len(lane_at), WAYS + len(hours.slots), n_places, n_places), np.int32)
        for matrix in problem.matrices:
            metres = np.rint(np.where(np.isfinite(matrix.length_m), matrix.length_m, NEVER))
            for (profile, kind), lane in lane_at.items():
                for slot, names in enumerate(hours.slots):
                    if (matrix.profile, matrix.band) == (profile, names[kind]):
                        length_m[lane, WAYS + slot] = np.minimum(metres, NEVER)
        length_m[:, SHORTEST] = length_m[:, WAYS:].min(axis=1, initial=NEVER)

    values = [0.0 if t.second else max(gains.get(t.ref, 0.0), 0.0) for t in tasks]
    floors, floor_table, covered = _floors(problem, set(visited), barred)
    roads_s = travel_s[:, SLOWEST]
    longest_s = float(roads_s[roads_s < NEVER].max(initial=0))
    per_s = second_cost + (prices.waiting_h + prices.overtime_h) / 3600.0
    per_m = second_cost * metre_s
    duty_value = 10.0 * (
        sum(max(gain, 0.0) for gain in gains.values())
        + float((floor_table[:, 0] * floor_table[:, 1]).sum())
        + prices.per_change * sum(len(route.stops) for route in problem.before)
        + per_m * 4.0 * float(length_m[length_m < NEVER].max(initial=0))
        + per_s * (4.0 * (longest_s + DAY_S) + DAY_S * (prices.waiting_h + prices.overtime_h > 0.0))
    ) + 1.0  # fmt: skip
    value = np.array(
        [
            duty_value if isinstance(t.source, PlanDuty) and not t.second else values[i]
            for i, t in enumerate(tasks)
        ],
        dtype=np.float64,
    )

    load_of = {task.ref: task.load for task in tasks if not task.second}

    def starts(i: int) -> tuple[int, int, int, int, int, int]:
        """Return start place, first second, count, load, escort and its start of frozen stops."""
        shift, frozen = problem.shifts[i], prefix[i]
        if frozen is None:
            return place_at[shift.start_place], shift.start_s, 0, 0, -1, shift.start_s
        work = [s.ref for s in frozen.stops if s.is_work]
        last = frozen.stops[-1]
        load = sum(load_of.get(ref, 0) for ref in work)
        station = _aboard(problem, last)
        aboard = -1 if station is None else station_at[station]
        since_s = last.start_s if last.kind is StopKind.PICK_UP else last.departure_s
        return place_at[last.place], last.departure_s, len(work), load, aboard, since_s

    shifts = [
        (
            lane_at[lane],
            begin[0],
            place_at[shift.end_place],
            begin[1],
            shift.end_s + shift.overtime_s,
            shift.end_s,
            (_MANY if shift.max_stops is None else shift.max_stops) - begin[2],
            (_MANY if shift.capacity is None else shift.capacity) - begin[3],
            begin[4],
            begin[5],
            int(frozen is not None),
            0,
        )
        for shift, lane, begin, frozen in zip(
            problem.shifts, lanes, map(starts, range(n_shifts)), prefix, strict=True
        )
    ]
    before = {
        (stop.ref, stop.second): (shift_at[route.shift], stop.start_s)
        for route in problem.before
        for stop in route.stops
        if stop.is_work
    }
    task_table = np.zeros((n_tasks, WAS_S + 1), dtype=np.int64)
    for i, task in enumerate(tasks):
        held_on = None if task.shift < 0 else problem.shifts[task.shift].day
        task_table[i, : GROUP + 1] = _row(task, place_at, day_at, held_on)
        task_table[i, LOAD] = task.load
        task_table[i, VIA] = _via(task, station_at)
        task_table[i, TWIN] = task.twin
        task_table[i, SECOND] = task.second
        was, was_s = before.get((task.ref, task.second), (-1, 0))
        task_table[i, BEFORE] = was if was >= 0 and allowed[i, was] else -1
        task_table[i, WAS_S] = was_s
    task_table[:, STATIONS] = station_from[:-1]
    task_table[:, STATIONS_END] = station_from[1:]
    members: dict[str, list[int]] = {}
    able = [bool(row.any()) for row in allowed]
    for i, task in enumerate(tasks):
        if task.second or isinstance(task.source, Break) or not able[i]:
            continue
        if task.twin >= 0 and not able[task.twin]:
            allowed[i] = False
            continue
        of = (
            f"debtor:{task.source.debtor}"
            if isinstance(task.source, Option)
            else f"duty:{task.ref}"
        )
        members.setdefault(of, []).append(i)
    group_table, sets = _groups(problem, tasks, worth, visited, list(members.values()))
    solo = value.copy()
    for group, tasks_of_it in enumerate(members.values()):
        task_table[tasks_of_it, GROUP] = group
        task_table[tasks_of_it, RANK] = range(len(tasks_of_it))
        halves = [tasks[i].twin for i in tasks_of_it if tasks[i].twin >= 0]
        task_table[halves, GROUP] = group
        if group_table[group, MOST] > 1:
            solo[tasks_of_it] = 0.0
    floor_rows = [
        floors.get(of.removeprefix("debtor:"), []) if of.startswith("debtor:") else []
        for of in members
    ]
    shift_table = _whole(shifts, ALIKE + 1)
    alike: dict[bytes, int] = {}
    marked = set(task_table[:, BEFORE].tolist())
    for k, row in enumerate(shift_table):
        own = k.to_bytes(4, "big") if k in marked else b""
        same = row.tobytes() + allowed[:, k].tobytes() + own
        row[ALIKE] = alike.setdefault(same, len(alike))
    ends = list(accumulate(map(len, floor_rows), initial=0))
    group_table[:, FLOORS], group_table[:, FLOORS_END] = ends[:-1], ends[1:]
    desks = [
        (
            place_at[s.place],
            lane_at.get((s.profile, hours.kind_of.get(day, -1)), -1) if s.profile else -1,
        )
        for s in problem.escort_stations
        for day in days
    ]
    inst = Instance(
        tasks=task_table,
        value=value,
        solo=solo,
        allowed=allowed,
        groups=_whole([i for tasks_of_it in members.values() for i in tasks_of_it], 0),
        group_table=group_table,
        sets=sets,
        stations=_whole(stations, 0),
        shifts=shift_table,
        bands=_whole(hours.bands, 2),
        travel_s=travel_s,
        length_m=length_m,
        slots=_whole(slots, 3),
        desks=_whole(
            [
                (first, place, way)
                for first, (place, way) in zip(slot_from, [*desks, (0, -1)], strict=True)
            ],
            3,
        ),
        floors=_whole([floor for row in floor_rows for floor in row], 0),
        floor_table=floor_table,
        n_days=len(days),
        fetched=bool((task_table[:, VIA] >= 0).any()),
        second_cost=second_cost,
        metre_s=metre_s,
        wait_cost=prices.waiting_h / 3600.0,
        over_cost=prices.overtime_h / 3600.0,
        change_cost=prices.per_change,
    )
    return Compiled(
        problem,
        inst,
        tasks,
        prefix,
        tuple(_held(problem, station_at, day_at, place_at)),
        covered,
        _whole([0], 0),
    )


def _aboard(problem: Problem, last: Stop) -> str | None:
    """Return the station whose officer is with a team after a stop, if any is."""
    fetched = last.kind is StopKind.PICK_UP or any(
        o.id == last.ref and o.escort is EscortMode.PICK_UP for o in problem.options
    )
    return last.escort_station if fetched else None


def _held(
    problem: Problem,
    station_at: Mapping[str, int],
    day_at: Mapping[date, int],
    place_at: Mapping[str, int],
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield row and booking of each frozen escort: a fetched one is busy from then to the end."""
    fetched = {o.id for o in problem.options if o.escort is EscortMode.PICK_UP}
    for route in problem.frozen:
        begun: tuple[int, str] | None = None
        for k, stop in enumerate(route.stops):
            if stop.escort_station is None:
                begun = None
                continue
            if stop.kind is StopKind.PICK_UP and k + 1 < len(route.stops):
                begun = stop.start_s, stop.place
                continue
            from_s, place = begun or (stop.start_s, stop.place)
            row = station_at[stop.escort_station] * len(day_at) + day_at[route.day]
            yield row, (from_s, stop.departure_s, -1, place_at[place], place_at[stop.place])
            begun = (stop.departure_s, stop.place) if stop.ref in fetched else None


def _row(
    task: Task, place_at: Mapping[str, int], day_at: Mapping[date, int], shift_day: date | None
) -> tuple[int, ...]:
    """Return the first columns of a task, before its group is known."""
    source = task.source
    hours = task.open_s, task.close_s, task.service_s
    if isinstance(source, Break):
        assert shift_day is not None
        return BREAK, -1, *hours, day_at[shift_day], -1
    kind = DUTY if isinstance(source, PlanDuty) else OPTION
    return kind, place_at[source.place], *hours, day_at[source.day], -1


def _via(task: Task, station_at: Mapping[str, int]) -> int:
    if not isinstance(task.source, Option) or task.second:
        return -1
    if task.source.escort is not EscortMode.PICK_UP:
        return -1
    (station,) = task.source.escort_stations
    return station_at[station]


def _floors(
    problem: Problem, visited: Set[str], barred: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, list[int]], Floats, Ints]:
    """Return the floors of each debtor who is not visited yet, their table, and who counts yet."""
    able = {option.debtor for option in problem.options if option.id not in barred}
    of: dict[str, list[int]] = {}
    for row, floor in enumerate(problem.floors):
        for debtor in (floor.debtors & able) - visited:
            of.setdefault(debtor, []).append(row)
    table = np.array([(f.least, f.price) for f in problem.floors], dtype=np.float64).reshape(-1, 2)
    return of, table, _whole([len(f.debtors & visited) for f in problem.floors], 0)


def _added(
    worth: Mapping[frozenset[str], float], visited: frozenset[str], options: Iterable[str]
) -> float:
    """Return what options add to frozen visits of their debtor; -inf where they may not."""
    before = worth.get(visited, -np.inf) if visited else 0.0
    return worth.get(visited.union(options), -np.inf) - before if np.isfinite(before) else -np.inf


def _groups(
    problem: Problem,
    tasks: Sequence[Task],
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
    for rows in members:
        ids = [tasks[row].ref for row in rows if isinstance(tasks[row].source, Option)]
        most = 1
        if ids:
            debtor = debtor_of[ids[0]]
            before = visited.get(debtor, frozenset())
            most = max(1, min(len(ids), largest.get(debtor, 1) - len(before)))
        table.append((begins, begins + len(rows), most, len(sets), 0, 0))
        begins += len(rows)
        if most > 1:
            choices = product(range(len(ids)), repeat=most)
            sets += [_of_rows(worth, before, ids, each) for each in choices]
    return _whole(table, FLOORS_END + 1), np.array(sets, dtype=np.float64)


def _of_rows(
    worth: Mapping[frozenset[str], float],
    before: frozenset[str],
    ids: Sequence[str],
    rows: Sequence[int],
) -> float:
    """Return what tasks of a debtor add; -inf for one visit at two different minutes."""
    chosen = {ids[row] for row in rows}
    return _added(worth, before, chosen) if len(chosen) == len(set(rows)) else -np.inf


def _whole(items: Sequence[int] | Sequence[tuple[int, ...]], columns: int) -> Ints:
    """Return integers as an array, also where there are none; 0 columns: one dimension."""
    array = np.array(items, dtype=np.int64)
    return array.reshape(-1, columns) if columns else array


def empty_solution(compiled: Compiled) -> Solution:
    """Return a solution that serves nothing but what is frozen."""
    inst = compiled.inst
    n_shifts = len(inst.shifts)
    n_groups = len(inst.group_table)
    others = sum(task.second or isinstance(task.source, Break) for task in compiled.tasks)
    longest = int(inst.group_table[:, MOST].sum()) + others
    n_rows = inst.desks.shape[0] - 1
    escorted = len(compiled.held) + int(
        (inst.tasks[:, STATIONS] < inst.tasks[:, STATIONS_END]).sum()
    )
    sol = Solution(
        routes=np.zeros((n_shifts, longest, BUSY_S + 1), dtype=np.int64),
        state=np.zeros((n_shifts, 6), dtype=np.int64),
        worth=np.zeros((n_shifts, 2), dtype=np.float64),
        served=np.full((n_groups, LARGEST_SET), WAITING, dtype=np.int64),
        gained=np.zeros(n_groups, dtype=np.float64),
        booked=np.zeros(n_rows, dtype=np.int64),
        bookings=np.zeros((n_rows, escorted, LEFT_AT + 1), dtype=np.int64),
        covered=compiled.covered.copy(),
        counter=compiled.counter,
    )
    for row, booking in compiled.held:
        sol.bookings[row, sol.booked[row]] = booking
        sol.booked[row] += 1
    return sol


def new_scratch(compiled: Compiled, *, seed: int) -> Scratch:
    """Return working room whose random state follows from the seed alone."""
    n_groups, n_shifts = len(compiled.inst.group_table), len(compiled.inst.shifts)
    state = np.random.SeedSequence(seed).generate_state(1, dtype=np.uint64)
    return Scratch(
        offers=np.zeros((n_groups, SEEN_2 + 1), dtype=np.int64),
        keys=np.zeros(n_groups + n_shifts, dtype=np.float64),
        lists=np.zeros(n_groups + n_shifts, dtype=np.int64),
        luck=np.ones(n_groups, dtype=np.float64),
        popular=np.ones(n_groups, dtype=np.float64),
        fresh=np.zeros(n_groups, dtype=np.bool_),
        freed=np.zeros(1, dtype=np.bool_),
        touched=np.zeros(n_shifts, dtype=np.bool_),
        seen=np.zeros(n_shifts, dtype=np.bool_),
        spots=np.zeros((2, n_shifts, 4), dtype=np.float64),
        random=state | np.uint64(1),
    )
