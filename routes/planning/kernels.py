"""Compiled evaluation of routes, insertion, removal and the steps of the search.

Everything here works on two records of arrays: :class:`Instance`, which never changes, and
:class:`Solution`, which does. T tasks are options, then duties, then breaks; G groups are
debtors, of whose options one may be served or a set that has a value, and duties; S shifts are
the rows of a solution; L is the longest possible route. Times are integer seconds after local
midnight of the shift's day.

Travel is read from the matrix of the band at departure, so leaving later may mean arriving
earlier; where no road leads then, a leg waits for the first band in which one does. Two bounds
for each stop make most insertions O(1) all the same: a start up to ``safe_s`` is in time
whatever the bands, by the slowest travel; one beyond ``last_s`` is too late whatever the bands,
by the quickest.

The search is slack induction by string removals (Christiaens and Vanden Berghe, Transportation
Science 54, 2020), with prizes and exclusive options: strings of stops that lie near a seed are
cut out of the routes, and waiting groups are put in one after another, each where it costs least.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo.model import Floats, Ints
from routes.planning.compiled import compiled, entry

__all__ = ["Instance", "Scratch", "Solution", "begin", "follow", "steps"]

NEVER = 1 << 28
OPTION, DUTY, BREAK = 0, 1, 2
WAITING = -1

_Small = npt.NDArray[np.int32]
_Flags = npt.NDArray[np.bool_]
_Random = npt.NDArray[np.uint64]


# columns of Instance.tasks
KIND, PLACE, OPEN_S, CLOSE_S, SERVICE_S, DAY, GROUP, RANK, LOAD, STATIONS, STATIONS_END = range(11)
# columns of Instance.group_table; the members of a group stand in Instance.groups
FIRST, END, MOST, SETS = range(4)
# columns of Instance.shifts
PROFILE, ORIGIN, TARGET, BEGIN_S, END_S, STOPS, CAPACITY, ALIKE = range(8)
# first index of Instance.travel_s
QUICKEST, SLOWEST, BANDS = 0, 1, 2
# columns of Solution.routes
TASK, START_S, AT, STATION, SAFE_S, LAST_S = range(6)
# columns of Solution.state
SIZE, COUNT, RETURN_S, TRAVELLED_S, LOADED, VERSION = range(6)
# columns of Scratch.offers
OFFERED, SHIFT, POSITION, SEEN = range(4)

_LOST_S = 60.0  # added to the time that an option takes, else one next door would outrank all
_STRINGS = 10.0  # stops that a ruin takes out on average, and most of one route
_ABSENT = 0.3  # share of ruins about a group that waits
_TIMELY = 0.3  # share of ruins that look at the hour too
_HOUR_SHARE = 0.3  # seconds of travel for a second between two starts
_BLINK = 0.01  # share of places that an insertion overlooks
_GREEDY = 0.5  # share of fillings that take the best gain by time first
_ALL = 0.1  # share of fillings that look at all who wait, so that a new route may be worth it
_SPREAD = 0.6  # largest luck of a rank, as a logarithm
_LATELY = 0.005  # weight of the plan at hand in how often a group was served of late
_DEAR = 1.5  # largest price of time, in mean gains by time


class Instance(NamedTuple):
    """A problem as a few tables: many small arrays would cost more to pass than to read.

    Parameters
    ----------
    tasks
        (T, 11) by the columns above. The place is -1 for breaks, which are held wherever the
        team is, and so is their group. The rank counts within the group. Stations that may
        escort stand in ``stations[STATIONS:STATIONS_END]``; a task without any needs no escort.
    value
        (T,); a duty's is more than that of all options.
    allowed
        (T, S), whether team and day fit.
    solo
        (T,), the same; 0 for tasks of a group of which several may be served.
    groups
        Tasks, group by group; each is allowed somewhere.
    group_table
        (G, 4) by the columns above: where its tasks begin and end in ``groups``, how many of them
        may be served together, and where its sets begin in ``sets``.
    sets
        For a group of n tasks of which two may be served, the values of all pairs (n * n, by
        rank); of which three may, those of all triples. A task may repeat, for a smaller set; -inf
        where tasks may not be served together.
    shifts
        (S, 8) by the columns above; after a frozen prefix the shift begins at its end. Shifts
        for which everything is the same have one number in ``ALIKE``, from 0 on.
    bands
        (B, 2): end second, matrix.
    travel_s
        (profiles, 2 + matrices, places, places): quickest, slowest, then each matrix. A
        vehicle has a profile for each kind of day, where the days' bands differ.
    slots
        (K, 3): start, end, officers; those of station s on day d stand between rows
        ``slot_from[s * n_days + d]`` and the next.
    second_cost
        Price of a second of travel.
    """

    tasks: Ints
    value: Floats
    solo: Floats
    allowed: _Flags
    groups: Ints
    group_table: Ints
    sets: Floats
    stations: Ints
    shifts: Ints
    bands: Ints
    travel_s: _Small
    slots: Ints
    slot_from: Ints
    n_days: int
    second_cost: float


class Solution(NamedTuple):
    """Routes with their times, and the escorts booked by them.

    Parameters
    ----------
    routes
        (S, L, 6) by the columns above.
    state
        (S, 6) by the columns above; each timing of a route gives it a new version.
    worth
        (S,), value of the tasks of each route, but for groups of which several may be served.
    served
        (G, 3), the tasks that serve a group, then ``WAITING``.
    gained
        (G,), what a group is worth of which several may be served; 0 for others.
    booked
        (stations x days,), how many rows of ``bookings`` are in use.
    bookings
        (stations x days, K, 3): start, end, shift.
    counter
        (1,), the last version given; shared by all solutions of an instance.
    """

    routes: Ints
    state: Ints
    worth: Floats
    served: Ints
    gained: Floats
    booked: Ints
    bookings: Ints
    counter: Ints


class Scratch(NamedTuple):
    """Room that a step needs; but for ``popular`` and ``random`` nothing outlives it.

    Parameters
    ----------
    offers
        (G, 4) by the columns above: the best task of a group, where it goes, that route's version.
    keys, lists
        (G + S,): what is put in order, and by what.
    luck
        (G,), factors of this filling.
    popular
        (G,), how often of late the group was served, from 0 to 1.
    fresh
        (G,), whether this step took the group out, so that all shifts may have room for it.
    touched
        (S,), shifts that this step changed.
    seen
        (S,), empty shifts alike one that was looked at.
    random
        (1,), state of the generator.
    """

    offers: Ints
    keys: Floats
    lists: Ints
    luck: Floats
    popular: Floats
    fresh: _Flags
    touched: _Flags
    seen: _Flags
    random: _Random


@compiled
def _uniform(state: npt.NDArray[np.uint64]) -> float:
    """Return the next number of [0, 1) and advance the xorshift state."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return float(x >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled
def _leg_s(inst: Instance, profile: int, leaving_s: int, origin: int, target: int) -> int:
    band = 0
    final = inst.bands.shape[0] - 1
    while band < final and leaving_s >= inst.bands[band, 0]:
        band += 1
    begun_s = leaving_s
    leg_s = inst.travel_s[profile, BANDS + inst.bands[band, 1], origin, target]
    while band < final and leg_s >= NEVER:
        begun_s = inst.bands[band, 0]
        band += 1
        leg_s = inst.travel_s[profile, BANDS + inst.bands[band, 1], origin, target]
    return NEVER if leg_s >= NEVER else int(begun_s - leaving_s + leg_s)


@compiled
def _free_from_s(
    sol: Solution, row: int, shift: int, start_s: int, end_s: int, officers: int
) -> int:
    """Return -1 where an escort can be had, else the first second worth another look."""
    if officers <= 0:
        return NEVER
    n = sol.booked[row]
    for probe in range(n + 1):
        moment_s = start_s
        if probe < n:
            moment_s = sol.bookings[row, probe, 0]
            if moment_s <= start_s or moment_s >= end_s:
                continue
        busy = 0
        free_s = NEVER
        for k in range(n):
            if sol.bookings[row, k, 2] == shift:
                continue
            if sol.bookings[row, k, 0] <= moment_s < sol.bookings[row, k, 1]:
                busy += 1
                free_s = min(free_s, sol.bookings[row, k, 1])
        if busy >= officers:
            return free_s
    return -1


@compiled
def _begin(inst: Instance, sol: Solution, shift: int, task: int, arrival_s: int) -> tuple[int, int]:
    """Return when service begins and with which station's escort (-1: none needed)."""
    earliest_s = max(arrival_s, inst.tasks[task, OPEN_S])
    if earliest_s > inst.tasks[task, CLOSE_S]:
        return NEVER, -1
    first = inst.tasks[task, STATIONS]
    last = inst.tasks[task, STATIONS_END]
    if first == last:
        return earliest_s, -1
    best_s = NEVER
    best_station = -1
    service_s = inst.tasks[task, SERVICE_S]
    for k in range(first, last):
        row = inst.stations[k] * inst.n_days + inst.tasks[task, DAY]
        for slot in range(inst.slot_from[row], inst.slot_from[row + 1]):
            start_s = max(earliest_s, inst.slots[slot, 0])
            while (
                start_s < best_s
                and start_s <= inst.tasks[task, CLOSE_S]
                and start_s + service_s <= inst.slots[slot, 1]
            ):
                free_s = _free_from_s(
                    sol, row, shift, start_s, start_s + service_s, inst.slots[slot, 2]
                )
                if free_s < 0:
                    best_s = start_s
                    best_station = inst.stations[k]
                else:
                    start_s = free_s
    return best_s, best_station


@compiled
def _unbook(sol: Solution, shift: int) -> None:
    for row in range(sol.booked.shape[0]):
        kept = 0
        for k in range(sol.booked[row]):
            if sol.bookings[row, k, 2] != shift:
                sol.bookings[row, kept, 0] = sol.bookings[row, k, 0]
                sol.bookings[row, kept, 1] = sol.bookings[row, k, 1]
                sol.bookings[row, kept, 2] = sol.bookings[row, k, 2]
                kept += 1
        sol.booked[row] = kept


@compiled
def _evaluate(inst: Instance, sol: Solution, shift: int) -> bool:
    """Time a shift's route afresh, book its escorts, set its bounds; False if infeasible."""
    profile = inst.shifts[shift, PROFILE]
    sol.counter[0] += 1
    sol.state[shift, VERSION] = sol.counter[0]
    _unbook(sol, shift)
    at_s = inst.shifts[shift, BEGIN_S]
    place = inst.shifts[shift, ORIGIN]
    size = sol.state[shift, SIZE]
    travelled_s = 0
    stops = 0
    load = 0
    worth = 0.0
    for p in range(size):
        task = sol.routes[shift, p, TASK]
        load += inst.tasks[task, LOAD]
        worth += inst.solo[task]
        target = place if inst.tasks[task, KIND] == BREAK else inst.tasks[task, PLACE]
        leg_s = _leg_s(inst, profile, at_s, place, target)
        start_s, station = _begin(inst, sol, shift, task, at_s + leg_s)
        if start_s >= NEVER:
            return False
        if inst.tasks[task, KIND] != BREAK:
            stops += 1
        travelled_s += leg_s
        sol.routes[shift, p, START_S] = start_s
        sol.routes[shift, p, STATION] = station
        sol.routes[shift, p, AT] = target
        at_s = start_s + inst.tasks[task, SERVICE_S]
        place = target
    leg_s = _leg_s(inst, profile, at_s, place, inst.shifts[shift, TARGET])
    sol.state[shift, RETURN_S] = at_s + leg_s
    sol.state[shift, TRAVELLED_S] = travelled_s + leg_s
    sol.state[shift, COUNT] = stops
    sol.state[shift, LOADED] = load
    sol.worth[shift] = worth
    if (
        at_s + leg_s > inst.shifts[shift, END_S]
        or stops > inst.shifts[shift, STOPS]
        or load > inst.shifts[shift, CAPACITY]
    ):
        return False
    safe_s = inst.shifts[shift, END_S]
    last_s = inst.shifts[shift, END_S]
    target = inst.shifts[shift, TARGET]
    for back in range(size):
        p = size - 1 - back
        task = sol.routes[shift, p, TASK]
        origin = sol.routes[shift, p, AT]
        service_s = inst.tasks[task, SERVICE_S]
        last_s = min(
            inst.tasks[task, CLOSE_S],
            last_s - service_s - inst.travel_s[profile, QUICKEST, origin, target],
        )
        safe_s = min(
            inst.tasks[task, CLOSE_S],
            safe_s - service_s - inst.travel_s[profile, SLOWEST, origin, target],
        )
        if sol.routes[shift, p, STATION] >= 0:
            row = sol.routes[shift, p, STATION] * inst.n_days + inst.tasks[task, DAY]
            k = sol.booked[row]
            sol.bookings[row, k, 0] = sol.routes[shift, p, START_S]
            sol.bookings[row, k, 1] = sol.routes[shift, p, START_S] + service_s
            sol.bookings[row, k, 2] = shift
            sol.booked[row] = k + 1
            # a later arrival may lose this escort; up to the booked start it is kept
            safe_s = (
                sol.routes[shift, p, START_S] if sol.routes[shift, p, START_S] <= safe_s else -1
            )
        if safe_s < inst.tasks[task, OPEN_S]:
            safe_s = -1
        sol.routes[shift, p, LAST_S] = last_s
        sol.routes[shift, p, SAFE_S] = safe_s
        target = origin
    return True


@compiled
def _fits(inst: Instance, sol: Solution, shift: int, pos: int, task: int) -> bool:
    """Return whether all stops of a route stay in time with a task at a position."""
    profile = inst.shifts[shift, PROFILE]
    at_s = inst.shifts[shift, BEGIN_S]
    place = inst.shifts[shift, ORIGIN]
    if pos > 0:
        before = sol.routes[shift, pos - 1, TASK]
        at_s = sol.routes[shift, pos - 1, START_S] + inst.tasks[before, SERVICE_S]
        place = sol.routes[shift, pos - 1, AT]
    target = place if inst.tasks[task, KIND] == BREAK else inst.tasks[task, PLACE]
    leg_s = _leg_s(inst, profile, at_s, place, target)
    start_s, _station = _begin(inst, sol, shift, task, at_s + leg_s)
    if start_s >= NEVER:
        return False
    at_s = start_s + inst.tasks[task, SERVICE_S]
    place = target
    for p in range(pos, sol.state[shift, SIZE]):
        follower = sol.routes[shift, p, TASK]
        target = place if inst.tasks[follower, KIND] == BREAK else inst.tasks[follower, PLACE]
        leg_s = _leg_s(inst, profile, at_s, place, target)
        start_s, _station = _begin(inst, sol, shift, follower, at_s + leg_s)
        if start_s >= NEVER:
            return False
        if target == sol.routes[shift, p, AT]:
            if start_s > sol.routes[shift, p, LAST_S]:
                return False
            if start_s == sol.routes[shift, p, START_S] or start_s <= sol.routes[shift, p, SAFE_S]:
                return True
        at_s = start_s + inst.tasks[follower, SERVICE_S]
        place = target
    leg_s = _leg_s(inst, profile, at_s, place, inst.shifts[shift, TARGET])
    return bool(at_s + leg_s <= inst.shifts[shift, END_S])


@compiled
def _cheapest(
    inst: Instance,
    sol: Solution,
    shift: int,
    task: int,
    price: float,
    waits: bool,
    blink: float,
    random: _Random,
) -> tuple[float, int, int, int]:
    """Return where a task of an option or duty costs least in a shift.

    The cost is that of the detour and ``price`` for each second taken, with or without waits.

    Returns
    -------
    cost, position, detour_s, taken_s
        The position is -1 where it fits nowhere.
    """
    best = np.inf
    best_pos = -1
    best_detour_s = 0
    best_taken_s = 0
    if (
        sol.state[shift, COUNT] >= inst.shifts[shift, STOPS]
        or sol.state[shift, LOADED] + inst.tasks[task, LOAD] > inst.shifts[shift, CAPACITY]
    ):
        return best, best_pos, best_detour_s, best_taken_s
    quickest_s = inst.travel_s[inst.shifts[shift, PROFILE], QUICKEST]
    size = sol.state[shift, SIZE]
    here = inst.tasks[task, PLACE]
    open_s = inst.tasks[task, OPEN_S]
    close_s = inst.tasks[task, CLOSE_S]
    service_s = inst.tasks[task, SERVICE_S]
    plain = (
        inst.bands.shape[0] == 1 and inst.tasks[task, STATIONS] == inst.tasks[task, STATIONS_END]
    )
    at_s = inst.shifts[shift, BEGIN_S]
    place = inst.shifts[shift, ORIGIN]
    for pos in range(size + 1):
        if at_s > close_s:
            break
        last_s = inst.shifts[shift, END_S]
        pauses = 0
        if pos < size:
            last_s = sol.routes[shift, pos, LAST_S]
            while (
                pos + pauses < size
                and inst.tasks[sol.routes[shift, pos + pauses, TASK], KIND] == BREAK
            ):
                pauses += 1
            if pauses > 0:  # it moves along to this task's place
                last_s = inst.tasks[sol.routes[shift, pos, TASK], CLOSE_S]
        near = (
            inst.shifts[shift, TARGET]
            if pos + pauses == size
            else sol.routes[shift, pos + pauses, AT]
        )
        if last_s >= open_s + service_s:
            in_s = quickest_s[place, here]
            out_s = quickest_s[here, near]
            start_s = max(open_s, at_s + in_s)
            done_s = start_s + service_s
            if (
                start_s <= close_s
                and done_s + (0 if pauses > 0 else out_s) <= last_s
                and (blink == 0.0 or _uniform(random) >= blink)
            ):
                direct_s = quickest_s[place, near]
                detour_s = in_s + out_s - direct_s
                taken_s = done_s + out_s - at_s - direct_s if waits else detour_s + service_s
                cost = inst.second_cost * detour_s + price * taken_s
                if cost < best:
                    exact = plain and (pos == size or sol.routes[shift, pos, SAFE_S] == last_s)
                    if exact or _fits(inst, sol, shift, pos, task):
                        best = cost
                        best_pos = pos
                        best_detour_s = detour_s
                        best_taken_s = taken_s
        if pos < size:
            at_s = (
                sol.routes[shift, pos, START_S]
                + inst.tasks[sol.routes[shift, pos, TASK], SERVICE_S]
            )
            place = sol.routes[shift, pos, AT]
    return best, best_pos, best_detour_s, best_taken_s


@compiled
def _set_value(inst: Instance, group: int, first: int, second: int, third: int) -> float:
    """Return what tasks of a group are worth together; ``WAITING`` stands for none."""
    if first == WAITING:
        return 0.0
    if second == WAITING:
        return float(inst.value[first])
    n = inst.group_table[group, END] - inst.group_table[group, FIRST]
    at = inst.tasks[first, RANK] * n + inst.tasks[second, RANK]
    if inst.group_table[group, MOST] > 2:
        at = at * n + inst.tasks[second if third == WAITING else third, RANK]
    return float(inst.sets[inst.group_table[group, SETS] + at])


@compiled
def _full(inst: Instance, sol: Solution, group: int) -> bool:
    return bool(sol.served[group, inst.group_table[group, MOST] - 1] != WAITING)


@compiled
def _gain(inst: Instance, sol: Solution, task: int) -> float:
    """Return what serving a task adds; not above 0 where it is served or may not be."""
    group = inst.tasks[task, GROUP]
    first = sol.served[group, 0]
    if first == WAITING:
        return float(inst.value[task])
    if _full(inst, sol, group):
        return -np.inf
    second = sol.served[group, 1]
    if second == WAITING:
        return float(_set_value(inst, group, first, task, WAITING) - sol.gained[group])
    return float(_set_value(inst, group, first, second, task) - sol.gained[group])


@compiled
def _weigh(inst: Instance, sol: Solution, group: int) -> None:
    if inst.group_table[group, MOST] > 1:
        served = sol.served[group]
        sol.gained[group] = _set_value(inst, group, served[0], served[1], served[2])


@compiled
def _put(inst: Instance, sol: Solution, shift: int, pos: int, task: int) -> None:
    for p in range(sol.state[shift, SIZE], pos, -1):
        sol.routes[shift, p, TASK] = sol.routes[shift, p - 1, TASK]
    sol.routes[shift, pos, TASK] = task
    sol.state[shift, SIZE] += 1
    group = inst.tasks[task, GROUP]
    if group >= 0:
        k = 0
        while sol.served[group, k] != WAITING:
            k += 1
        sol.served[group, k] = task
        _weigh(inst, sol, group)


@compiled
def _take(inst: Instance, sol: Solution, shift: int, pos: int) -> None:
    task = sol.routes[shift, pos, TASK]
    for p in range(pos, sol.state[shift, SIZE] - 1):
        sol.routes[shift, p, TASK] = sol.routes[shift, p + 1, TASK]
    sol.state[shift, SIZE] -= 1
    group = inst.tasks[task, GROUP]
    if group >= 0:
        kept = 0
        for k in range(3):
            other = sol.served[group, k]
            sol.served[group, k] = WAITING
            if other != task:
                sol.served[group, kept] = other
                kept += 1
        _weigh(inst, sol, group)


@compiled
def _insert(inst: Instance, sol: Solution, shift: int, pos: int, task: int) -> bool:
    """Put a task in and time the route; leave everything as it was if that fails."""
    _put(inst, sol, shift, pos, task)
    if _evaluate(inst, sol, shift):
        return True
    _take(inst, sol, shift, pos)
    _evaluate(inst, sol, shift)
    return False


@compiled
def _objective(inst: Instance, sol: Solution) -> float:
    """Return the value of the served tasks less the cost of travel."""
    total = 0.0
    for shift in range(sol.state.shape[0]):
        total += sol.worth[shift]
        if sol.state[shift, COUNT] > 0:
            total -= inst.second_cost * sol.state[shift, TRAVELLED_S]
    for group in range(sol.gained.shape[0]):
        total += sol.gained[group]
    return total


@compiled
def _open(inst: Instance, sol: Solution) -> None:
    """Give each shift its breaks; close one that cannot hold them or is late already."""
    for shift in range(sol.state.shape[0]):
        if not _evaluate(inst, sol, shift):
            inst.allowed[:, shift] = False
            continue
        for task in range(inst.tasks.shape[0]):
            if inst.tasks[task, KIND] != BREAK or not inst.allowed[task, shift]:
                continue
            held = False
            for pos in range(sol.state[shift, SIZE] + 1):
                if not held and _fits(inst, sol, shift, pos, task):
                    held = _insert(inst, sol, shift, pos, task)
            if not held:
                inst.allowed[:, shift] = False


@compiled
def _copy_shift(source: Solution, target: Solution, shift: int) -> None:
    for k in range(6):
        target.state[shift, k] = source.state[shift, k]
    target.worth[shift] = source.worth[shift]
    for p in range(source.state[shift, SIZE]):
        for k in range(6):
            target.routes[shift, p, k] = source.routes[shift, p, k]


@compiled
def _copy(source: Solution, target: Solution, shifts: _Flags) -> None:
    """Overwrite the marked shifts of one solution by those of another, which alone differ."""
    for shift in range(shifts.shape[0]):
        if shifts[shift]:
            _copy_shift(source, target, shift)
    for group in range(source.served.shape[0]):
        target.gained[group] = source.gained[group]
        for k in range(3):
            target.served[group, k] = source.served[group, k]
    for row in range(source.booked.shape[0]):
        target.booked[row] = source.booked[row]
        for p in range(source.booked[row]):
            for k in range(3):
                target.bookings[row, p, k] = source.bookings[row, p, k]


@compiled
def _sort(keys: Floats, items: Ints, n: int) -> None:
    """Put the first n items in rising order of their keys: by heap, without further room."""
    for end in range(n, 0, -1):
        begins = range(n // 2 - 1, -1, -1) if end == n else range(0, -1, -1)
        for begin_at in begins:
            root = begin_at
            while 2 * root + 1 < end:
                child = 2 * root + 1
                if child + 1 < end and keys[child] < keys[child + 1]:
                    child += 1
                if keys[root] >= keys[child]:
                    break
                keys[root], keys[child] = keys[child], keys[root]
                items[root], items[child] = items[child], items[root]
                root = child
        keys[end - 1], keys[0] = keys[0], keys[end - 1]
        items[end - 1], items[0] = items[0], items[end - 1]


@compiled
def _seed(inst: Instance, sol: Solution, random: _Random, stops: int) -> tuple[int, int]:
    """Return a place about which routes are cut, and a moment there."""
    n_groups = inst.group_table.shape[0]
    if _uniform(random) < _ABSENT:
        for _ in range(20):
            group = int(_uniform(random) * n_groups)
            if sol.served[group, 0] == WAITING:
                first = inst.group_table[group, FIRST]
                members = inst.group_table[group, END] - first
                task = inst.groups[first + int(_uniform(random) * members)]
                return inst.tasks[task, PLACE], inst.tasks[task, OPEN_S]
    at = int(_uniform(random) * stops)
    for shift in range(sol.state.shape[0]):
        for p in range(sol.state[shift, SIZE]):
            if inst.tasks[sol.routes[shift, p, TASK], KIND] != BREAK:
                if at == 0:
                    return sol.routes[shift, p, AT], sol.routes[shift, p, START_S]
                at -= 1
    return 0, 0


@compiled
def _ruin(inst: Instance, sol: Solution, scratch: Scratch) -> bool:
    """Cut strings of stops out of the routes that come nearest to a seed; False if late then."""
    random = scratch.random
    n_shifts = sol.state.shape[0]
    stops = 0
    used = 0
    for shift in range(n_shifts):
        scratch.touched[shift] = False
        stops += sol.state[shift, COUNT]
        used += sol.state[shift, COUNT] > 0
    for group in range(scratch.fresh.shape[0]):
        scratch.fresh[group] = False
    if stops == 0:
        scratch.touched[:] = True
        return True
    place, moment_s = _seed(inst, sol, random, stops)
    longest = min(_STRINGS, stops / used)
    most = 4.0 * _STRINGS / (1.0 + longest) - 1.0
    wanted = int(_uniform(random) * most + 1.0)
    hour_share = _HOUR_SHARE if _uniform(random) < _TIMELY else 0.0
    longest_route = sol.routes.shape[1]
    n = 0
    for shift in range(n_shifts):
        if sol.state[shift, COUNT] == 0:
            continue
        from_s = inst.travel_s[inst.shifts[shift, PROFILE], QUICKEST, place]
        key = np.inf
        at = -1
        for p in range(sol.state[shift, SIZE]):
            if inst.tasks[sol.routes[shift, p, TASK], KIND] != BREAK:
                away = from_s[sol.routes[shift, p, AT]] + hour_share * abs(
                    sol.routes[shift, p, START_S] - moment_s
                )
                if away < key:
                    key = away
                    at = p
        scratch.keys[n] = key
        scratch.lists[n] = shift * longest_route + at
        n += 1
    _sort(scratch.keys, scratch.lists, n)
    for k in range(min(wanted, n)):
        shift = scratch.lists[k] // longest_route
        at = scratch.lists[k] % longest_route
        size = sol.state[shift, SIZE]
        cut = min(int(_uniform(random) * min(longest, float(size)) + 1.0), size)
        kept = 0
        if 1 < cut < size and _uniform(random) < 0.5:
            kept = 1
            while cut + kept < size and _uniform(random) < 0.5:
                kept += 1
        span = cut + kept
        lowest = max(0, at - span + 1)
        first = lowest + int(_uniform(random) * (min(at, size - span) - lowest + 1))
        held = first + int(_uniform(random) * (cut + 1))
        for p in range(first + span - 1, first - 1, -1):
            task = sol.routes[shift, p, TASK]
            if held <= p < held + kept or inst.tasks[task, KIND] == BREAK:
                continue
            _take(inst, sol, shift, p)
            scratch.fresh[inst.tasks[task, GROUP]] = True
        scratch.touched[shift] = True
        if not _evaluate(inst, sol, shift):
            return False
    return True


@compiled
def _offer(
    inst: Instance,
    sol: Solution,
    scratch: Scratch,
    group: int,
    price: float,
    waits: bool,
    blink: float,
    greedy: bool,
    start_share: float,
) -> float:
    """Find the best task, shift and position of a group; return its gain by time or -inf.

    Of the way to the first stop of an empty shift only ``start_share`` counts: a new route
    seldom pays by its first stop alone.
    """
    best = -np.inf
    rank = -np.inf
    for k in range(inst.group_table[group, FIRST], inst.group_table[group, END]):
        task = inst.groups[k]
        gain = _gain(inst, sol, task)
        if gain <= 0.0 and inst.tasks[task, KIND] == OPTION:
            continue
        everywhere = (
            scratch.fresh[group] or inst.tasks[task, STATIONS] < inst.tasks[task, STATIONS_END]
        )
        for shift in range(sol.state.shape[0]):
            scratch.seen[shift] = False
        for shift in range(sol.state.shape[0]):
            if not inst.allowed[task, shift] or not (everywhere or scratch.touched[shift]):
                continue
            if sol.state[shift, SIZE] == 0:
                if scratch.seen[inst.shifts[shift, ALIKE]]:
                    continue
                scratch.seen[inst.shifts[shift, ALIKE]] = True
            cost, pos, detour_s, taken_s = _cheapest(
                inst, sol, shift, task, price, waits, blink, scratch.random
            )
            if pos < 0:
                continue
            way = inst.second_cost * detour_s
            if sol.state[shift, COUNT] == 0:
                cost -= (1.0 - start_share) * way
                way *= start_share
            by_time = (gain - way) / (taken_s + _LOST_S)
            score = by_time if greedy else gain - cost
            if score > best:
                best = score
                rank = by_time
                scratch.offers[group, OFFERED] = task
                scratch.offers[group, SHIFT] = shift
                scratch.offers[group, POSITION] = pos
                scratch.offers[group, SEEN] = sol.state[shift, VERSION]
    return rank


@compiled
def _take_offer(inst: Instance, sol: Solution, scratch: Scratch, group: int) -> None:
    shift = scratch.offers[group, SHIFT]
    if _insert(inst, sol, shift, scratch.offers[group, POSITION], scratch.offers[group, OFFERED]):
        scratch.touched[shift] = True


@compiled
def _recreate(inst: Instance, sol: Solution, scratch: Scratch, share: float, first: bool) -> None:
    """Put waiting groups in one after another, each where it costs least; duties come first.

    Of those that waited before at least ``share`` are looked at, those served of late more often.
    The first filling goes without chance.
    """
    random = scratch.random
    greedy = first or _uniform(random) < _GREEDY
    how = int(_uniform(random) * 12.0)
    value = 0.0
    spent_s = 1.0
    for shift in range(sol.state.shape[0]):
        if sol.state[shift, COUNT] > 0:
            spent_s += sol.state[shift, RETURN_S] - inst.shifts[shift, BEGIN_S]
        for p in range(sol.state[shift, SIZE]):
            if inst.tasks[sol.routes[shift, p, TASK], KIND] == OPTION:
                value += inst.value[sol.routes[shift, p, TASK]]
    price = 1.0 if first else value / spent_s * (0.01 + _DEAR * _uniform(random))
    waits = greedy or _uniform(random) < 0.5
    blink = 0.0 if first else _BLINK
    start_share = 1.0 if first else min(1.0, 2.0 * _uniform(random))
    if _uniform(random) < _ALL:
        share = 1.0
    spread = 0.0 if first else _SPREAD * _uniform(random)
    n = 0
    for group in range(inst.group_table.shape[0]):
        if _full(inst, sol, group):
            continue
        task = inst.groups[inst.group_table[group, FIRST]]
        optional = inst.tasks[task, KIND] == OPTION
        if (
            not scratch.fresh[group]
            and optional
            and _uniform(random) >= max(share, scratch.popular[group])
        ):
            continue
        rank = _offer(inst, sol, scratch, group, price, waits, blink, greedy, start_share)
        if rank == -np.inf:
            continue
        task = scratch.offers[group, OFFERED]
        luck = _uniform(random)
        scratch.luck[group] = np.exp(spread * (2.0 * luck - 1.0))
        if greedy and optional:
            key = -rank * scratch.luck[group]
        elif how < 4:
            key = luck
        elif how < 8:
            key = -(0.5 + luck) * (inst.value[task] if optional else inst.tasks[task, LOAD])
        elif how < 10:
            key = (inst.tasks[task, CLOSE_S] - inst.tasks[task, OPEN_S]) * (0.7 + 0.6 * luck)
        elif how < 11:
            key = float(inst.tasks[task, OPEN_S])
        else:
            key = float(inst.tasks[task, CLOSE_S])
        scratch.keys[n] = key if optional else key - 1e15
        scratch.lists[n] = group
        n += 1
    if not greedy:
        _sort(scratch.keys, scratch.lists, n)
        for k in range(n):
            group = scratch.lists[k]
            rank = _offer(inst, sol, scratch, group, price, waits, blink, False, start_share)
            if rank > 0.0:
                _take_offer(inst, sol, scratch, group)
        return
    while n > 0:
        top = 0
        for k in range(1, n):
            if scratch.keys[k] < scratch.keys[top]:
                top = k
        group = scratch.lists[top]
        shift = scratch.offers[group, SHIFT]
        if scratch.offers[group, SEEN] != sol.state[shift, VERSION]:
            rank = _offer(inst, sol, scratch, group, price, waits, blink, True, start_share)
            if rank > -np.inf:
                if scratch.keys[top] > -1e14:
                    scratch.keys[top] = -rank * scratch.luck[group]
                continue
        elif scratch.keys[top] < 0.0:
            _take_offer(inst, sol, scratch, group)
            if not _full(inst, sol, group):
                rank = _offer(inst, sol, scratch, group, price, waits, blink, True, start_share)
                if rank > 0.0:
                    scratch.keys[top] = -rank * scratch.luck[group]
                    continue
        n -= 1
        scratch.keys[top] = scratch.keys[n]
        scratch.lists[top] = scratch.lists[n]


@compiled
def _drop_losses(inst: Instance, sol: Solution, scratch: Scratch) -> bool:
    """Empty the touched routes that cost more than they are worth; False if late then."""
    for shift in range(sol.state.shape[0]):
        if not scratch.touched[shift] or sol.state[shift, COUNT] == 0:
            continue
        worth = 0.0
        for p in range(sol.state[shift, SIZE]):
            worth += inst.value[sol.routes[shift, p, TASK]]
        if worth >= inst.second_cost * sol.state[shift, TRAVELLED_S]:
            continue
        for p in range(sol.state[shift, SIZE] - 1, -1, -1):
            if inst.tasks[sol.routes[shift, p, TASK], KIND] != BREAK:
                _take(inst, sol, shift, p)
        if not _evaluate(inst, sol, shift):
            return False
    return True


@entry
def begin(
    inst: Instance,
    current: Solution,
    trial: Solution,
    best: Solution,
    scratch: Scratch,
    values: Floats,
) -> None:
    """Build the first solution, without chance: breaks, duties, then options by gain by time.

    ``values`` receives the objective of the current and of the best solution.
    """
    scratch.touched[:] = True
    scratch.fresh[:] = True
    _open(inst, current)
    _recreate(inst, current, scratch, 1.0, True)
    scratch.touched[:] = True
    _copy(current, trial, scratch.touched)
    _copy(current, best, scratch.touched)
    values[:] = _objective(inst, current)


@entry
def follow(inst: Instance, sol: Solution, scratch: Scratch, shifts: Ints, tasks: Ints) -> float:
    """Build a solution from routes that may be at fault: keep what fits, then fill what is free.

    Parameters
    ----------
    sol
        Without any stop.
    shifts, tasks
        Shift and task of each stop, route by route in their order. A task goes to the first
        place behind those before it where it fits, else it is left out.

    Returns
    -------
    its objective
    """
    _open(inst, sol)
    behind = 0
    for k in range(tasks.shape[0]):
        task, shift = tasks[k], shifts[k]
        if k == 0 or shift != shifts[k - 1]:
            behind = 0
        group = inst.tasks[task, GROUP]
        if group < 0 or not inst.allowed[task, shift] or _gain(inst, sol, task) < 0.0:
            continue
        for pos in range(behind, sol.state[shift, SIZE] + 1):
            if _fits(inst, sol, shift, pos, task) and _insert(inst, sol, shift, pos, task):
                behind = pos + 1
                break
    scratch.touched[:] = True
    scratch.fresh[:] = True
    _recreate(inst, sol, scratch, 1.0, True)
    return _objective(inst, sol)


@entry
def steps(
    inst: Instance,
    current: Solution,
    trial: Solution,
    best: Solution,
    scratch: Scratch,
    values: Floats,
    count: int,
    heat: float,
    share: float,
) -> None:
    """Ruin and recreate so many times; accept by annealing at one heat.

    ``trial`` is the same as ``current`` before and after.
    """
    for _ in range(count):
        timed = _ruin(inst, trial, scratch)
        if timed:
            _recreate(inst, trial, scratch, share, False)
            timed = _drop_losses(inst, trial, scratch)
        if timed:
            value = _objective(inst, trial)
            timed = value > values[0] + heat * np.log(_uniform(scratch.random) + 1e-300)
        if not timed:
            _copy(current, trial, scratch.touched)
            continue
        _copy(trial, current, scratch.touched)
        values[0] = value
        for group in range(scratch.popular.shape[0]):
            there = 1.0 if current.served[group, 0] != WAITING else 0.0
            scratch.popular[group] += _LATELY * (there - scratch.popular[group])
        if value > values[1] + 1e-12 * abs(values[1]):
            scratch.touched[:] = True
            _copy(trial, best, scratch.touched)
            values[1] = value
