"""Compiled evaluation of routes, insertion, removal and one step of the search.

Everything here works on two records of arrays: :class:`Instance`, which never changes, and
:class:`Solution`, which does. T tasks are options, then duties, then breaks; S shifts are
the rows of a solution; L is the longest possible route. Times are integer seconds after
local midnight of the shift's day.

Travel is read from the matrix of the band at departure, so leaving later may mean arriving
earlier; where no road leads then, a leg waits for the first band in which one does. Two bounds
for each stop make most insertions O(1) all the same: a start up to ``safe_s`` is in time
whatever the bands, by the slowest travel; one beyond ``last_s`` is too late whatever the bands,
by the quickest.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo.model import Floats, Ints
from routes.planning.compiled import compiled, entry

__all__ = ["Instance", "Scratch", "Solution", "copy", "step"]

NEVER = 1 << 28
OPTION, DUTY, BREAK = 0, 1, 2
_RANDOM, _WORST, _RELATED, _STRINGS, _ROUTE = 0, 1, 2, 3, 4
N_DESTROY = 5
N_REPAIR = 2

_Small = npt.NDArray[np.int32]
_Flags = npt.NDArray[np.bool_]


# columns of Instance.tasks
KIND, PLACE, OPEN_S, CLOSE_S, SERVICE_S, DAY, DEBTOR, STATIONS, STATIONS_END = range(9)
# columns of Instance.shifts
PROFILE, ORIGIN, TARGET, BEGIN_S, END_S, STOPS = range(6)
# first index of Instance.travel_s
QUICKEST, SLOWEST, BANDS = 0, 1, 2
# columns of Solution.routes
TASK, START_S, AT, STATION, SAFE_S, LAST_S = range(6)
# columns of Solution.state
SIZE, COUNT, RETURN_S, TRAVELLED_S, VERSION = range(5)
# columns of Scratch.offers
COST_S, POSITION, OFFERED = range(3)


class Instance(NamedTuple):
    """A problem as a few tables: many small arrays would cost more to pass than to read.

    Parameters
    ----------
    tasks
        (T, 9) by the columns above. The place is -1 for breaks, which are held wherever the
        team is. Stations that may escort stand in ``stations[STATIONS:STATIONS_END]``; a
        task without any needs no escort.
    value
        (T,); a duty's is more than that of all options.
    allowed
        (T, S), whether team and day fit.
    shifts
        (S, 6) by the columns above; after a frozen prefix the shift begins at its end.
    bands
        (B, 2): end second, matrix.
    travel_s
        (profiles, 2 + matrices, places, places): quickest, slowest, then each matrix. A
        vehicle has a profile for each kind of day, where the days' bands differ.
    slots
        (K, 3): start, end, officers; those of station s on day d stand between rows
        ``slot_from[s * n_days + d]`` and the next.
    """

    tasks: Ints
    value: Floats
    allowed: _Flags
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
        (S, 5) by the columns above; each timing of a route gives it a new version.
    shift_of
        (T,), -1 where a task is in no route.
    chosen
        (debtors,), the task that serves a debtor, -1 for none, -2 for a frozen stop.
    booked
        (stations x days,), how many rows of ``bookings`` are in use.
    bookings
        (stations x days, K, 3): start, end, shift.
    counter
        (1,), the last version given; shared by all solutions of an instance.
    """

    routes: Ints
    state: Ints
    shift_of: Ints
    chosen: Ints
    booked: Ints
    bookings: Ints
    counter: Ints


class Scratch(NamedTuple):
    """Room that a step needs; lists, ranks and touched do not outlive it.

    Parameters
    ----------
    offers
        (T, S, 3): least cost and its position in a version of the route.
    lists
        (2, T): tasks that wait, tasks that may be removed.
    ranks
        (2, T): factors of this filling, keys of this removal.
    touched
        (S,)
    random
        (1,), state of the generator.
    weights
        (2, 5): of the ways to remove, of the ways to fill.
    """

    offers: Ints
    lists: Ints
    ranks: Floats
    touched: _Flags
    random: npt.NDArray[np.uint64]
    weights: Floats


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
    for p in range(size):
        task = sol.routes[shift, p, TASK]
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
    if at_s + leg_s > inst.shifts[shift, END_S] or stops > inst.shifts[shift, STOPS]:
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
def _insertion_cost_s(inst: Instance, sol: Solution, shift: int, pos: int, task: int) -> int:
    """Return the time that a task takes at a position (detour, wait, service), or NEVER."""
    profile = inst.shifts[shift, PROFILE]
    if pos == 0:
        at_s = inst.shifts[shift, BEGIN_S]
        place = inst.shifts[shift, ORIGIN]
    else:
        before = sol.routes[shift, pos - 1, TASK]
        at_s = sol.routes[shift, pos - 1, START_S] + inst.tasks[before, SERVICE_S]
        place = sol.routes[shift, pos - 1, AT]
    target = place if inst.tasks[task, KIND] == BREAK else inst.tasks[task, PLACE]
    left_s = at_s
    origin = place
    start_s, _station = _begin(
        inst, sol, shift, task, at_s + _leg_s(inst, profile, at_s, place, target)
    )
    if start_s >= NEVER:
        return NEVER
    at_s = start_s + inst.tasks[task, SERVICE_S]
    place = target
    size = sol.state[shift, SIZE]
    cost_s: int = at_s - left_s
    for p in range(pos, size + 1):
        if p == size:
            leg_s = _leg_s(inst, profile, at_s, place, inst.shifts[shift, TARGET])
            if at_s + leg_s > inst.shifts[shift, END_S]:
                return NEVER
            if p == pos:
                cost_s += leg_s - _leg_s(inst, profile, left_s, origin, inst.shifts[shift, TARGET])
            break
        follower = sol.routes[shift, p, TASK]
        pausing = inst.tasks[follower, KIND] == BREAK
        target = place if pausing else inst.tasks[follower, PLACE]
        leg_s = _leg_s(inst, profile, at_s, place, target)
        start_s, _station = _begin(inst, sol, shift, follower, at_s + leg_s)
        if start_s >= NEVER:
            return NEVER
        if p == pos:
            cost_s += leg_s - _leg_s(inst, profile, left_s, origin, sol.routes[shift, p, AT])
        if target == sol.routes[shift, p, AT]:
            if start_s > sol.routes[shift, p, LAST_S]:
                return NEVER
            if start_s == sol.routes[shift, p, START_S] or start_s <= sol.routes[shift, p, SAFE_S]:
                break
        at_s = start_s + inst.tasks[follower, SERVICE_S]
        place = target
    return cost_s


@compiled
def _best_insertion(inst: Instance, sol: Solution, shift: int, task: int) -> tuple[int, int]:
    """Return the least cost of a task in a shift and its position; NEVER if none."""
    best_s = NEVER
    best_pos = -1
    if not inst.allowed[task, shift]:
        return best_s, best_pos
    if inst.tasks[task, KIND] != BREAK and sol.state[shift, COUNT] >= inst.shifts[shift, STOPS]:
        return best_s, best_pos
    profile = inst.shifts[shift, PROFILE]
    size = sol.state[shift, SIZE]
    here = inst.tasks[task, PLACE]
    open_s = inst.tasks[task, OPEN_S]
    ended_s = open_s + inst.tasks[task, SERVICE_S]
    at_s = inst.shifts[shift, BEGIN_S]
    place = inst.shifts[shift, ORIGIN]
    for pos in range(size + 1):
        if at_s > inst.tasks[task, CLOSE_S]:
            break
        if here >= 0 and pos < size and sol.routes[shift, pos, AT] >= 0:
            after = sol.routes[shift, pos, TASK]
            near = here if inst.tasks[after, KIND] == BREAK else sol.routes[shift, pos, AT]
            done_s = max(
                ended_s,
                at_s + inst.travel_s[profile, QUICKEST, place, here] + inst.tasks[task, SERVICE_S],
            )
            possible = (
                done_s + inst.travel_s[profile, QUICKEST, here, near] <= inst.tasks[after, CLOSE_S]
            )
        else:
            possible = True
        if possible:
            cost_s = _insertion_cost_s(inst, sol, shift, pos, task)
            if cost_s < best_s:
                best_s = cost_s
                best_pos = pos
        if pos < size:
            at_s = (
                sol.routes[shift, pos, START_S]
                + inst.tasks[sol.routes[shift, pos, TASK], SERVICE_S]
            )
            place = sol.routes[shift, pos, AT]
    return best_s, best_pos


@compiled
def _put(inst: Instance, sol: Solution, shift: int, pos: int, task: int) -> None:
    for p in range(sol.state[shift, SIZE], pos, -1):
        sol.routes[shift, p, TASK] = sol.routes[shift, p - 1, TASK]
    sol.routes[shift, pos, TASK] = task
    sol.state[shift, SIZE] += 1
    sol.shift_of[task] = shift
    if inst.tasks[task, DEBTOR] >= 0:
        sol.chosen[inst.tasks[task, DEBTOR]] = task


@compiled
def _take(inst: Instance, sol: Solution, shift: int, pos: int) -> None:
    task = sol.routes[shift, pos, TASK]
    for p in range(pos, sol.state[shift, SIZE] - 1):
        sol.routes[shift, p, TASK] = sol.routes[shift, p + 1, TASK]
    sol.state[shift, SIZE] -= 1
    sol.shift_of[task] = -1
    if inst.tasks[task, DEBTOR] >= 0:
        sol.chosen[inst.tasks[task, DEBTOR]] = -1


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
    """Return the value of the served tasks less a very small cost of travel."""
    total = 0.0
    for shift in range(sol.state.shape[0]):
        if sol.state[shift, COUNT] > 0:
            total -= inst.second_cost * sol.state[shift, TRAVELLED_S]
        for p in range(sol.state[shift, SIZE]):
            total += inst.value[sol.routes[shift, p, TASK]]
    return total


@compiled
def _offer(inst: Instance, sol: Solution, scratch: Scratch, shift: int, task: int) -> None:
    """Bring the offer of a shift for a task up to the version of its route."""
    if scratch.offers[task, shift, OFFERED] != sol.state[shift, VERSION]:
        cost_s, pos = _best_insertion(inst, sol, shift, task)
        scratch.offers[task, shift, COST_S] = cost_s
        scratch.offers[task, shift, POSITION] = pos
        scratch.offers[task, shift, OFFERED] = sol.state[shift, VERSION]


@compiled
def _fill(inst: Instance, sol: Solution, scratch: Scratch, regretful: bool) -> None:
    """Insert waiting tasks until none fits; duties before options.

    The rank of an option is its value by the minute that it takes, times its factor; a
    regretful filling adds what a debtor loses if its best shift is taken away. Offers of a
    route that grew are looked at again only when they come first, since they seldom improve.
    """
    n_shifts = sol.state.shape[0]
    n = 0
    for task in range(inst.tasks.shape[0]):
        if sol.shift_of[task] >= 0 or inst.tasks[task, KIND] == BREAK:
            continue
        debtor = inst.tasks[task, DEBTOR]
        if debtor >= 0 and sol.chosen[debtor] != -1:
            continue
        fits = False
        for shift in range(n_shifts):
            _offer(inst, sol, scratch, shift, task)
            fits = fits or scratch.offers[task, shift, COST_S] < NEVER
        if fits:
            scratch.lists[0, n] = task
            n += 1
    while n > 0:
        best_rank = -1.0
        best_task = inst.tasks.shape[0]  # none yet; a plain -1 would compile callees twice
        best_shift = n_shifts
        for k in range(n):
            task = scratch.lists[0, k]
            first_s = NEVER
            second_s = NEVER
            first_shift = n_shifts
            for shift in range(n_shifts):
                cost_s = scratch.offers[task, shift, COST_S]
                if cost_s < first_s:
                    second_s = first_s
                    first_s = cost_s
                    first_shift = shift
                elif cost_s < second_s:
                    second_s = cost_s
            if first_shift == n_shifts:
                continue
            worth = inst.value[task] * scratch.ranks[0, task]
            rank = worth / (first_s + 60.0)
            if regretful and inst.tasks[task, KIND] == OPTION:
                rank = 2.0 * rank
                if second_s < NEVER:
                    rank -= worth / (second_s + 60.0)
            if rank > best_rank:
                best_rank = rank
                best_task = task
                best_shift = first_shift
        if best_shift == n_shifts:
            break
        if scratch.offers[best_task, best_shift, OFFERED] != sol.state[best_shift, VERSION]:
            _offer(inst, sol, scratch, best_shift, best_task)
            continue
        pos = scratch.offers[best_task, best_shift, POSITION]
        if not _insert(inst, sol, best_shift, pos, best_task):
            # an escort was booked away meanwhile
            scratch.offers[best_task, best_shift, COST_S] = NEVER
            continue
        debtor = inst.tasks[best_task, DEBTOR]
        kept = 0
        for k in range(n):
            task = scratch.lists[0, k]
            if task != best_task and (debtor < 0 or inst.tasks[task, DEBTOR] != debtor):
                scratch.lists[0, kept] = task
                kept += 1
                _offer(inst, sol, scratch, best_shift, task)
        n = kept


@compiled
def _open(inst: Instance, sol: Solution) -> None:
    """Give each shift its breaks; close one that cannot hold them or is late already."""
    for shift in range(sol.state.shape[0]):
        if not _evaluate(inst, sol, shift):
            inst.allowed[:, shift] = False
            continue
        for task in range(inst.tasks.shape[0]):
            if inst.tasks[task, KIND] == BREAK and inst.allowed[task, shift]:
                _cost_s, pos = _best_insertion(inst, sol, shift, task)
                if pos < 0 or not _insert(inst, sol, shift, pos, task):
                    inst.allowed[:, shift] = False


@compiled
def copy(source: Solution, target: Solution) -> None:
    """Overwrite one solution by another of the same instance."""
    for shift in range(source.state.shape[0]):
        for k in range(5):
            target.state[shift, k] = source.state[shift, k]
        for p in range(source.state[shift, SIZE]):
            for k in range(6):
                target.routes[shift, p, k] = source.routes[shift, p, k]
    for task in range(source.shift_of.shape[0]):
        target.shift_of[task] = source.shift_of[task]
    for debtor in range(source.chosen.shape[0]):
        target.chosen[debtor] = source.chosen[debtor]
    for row in range(source.booked.shape[0]):
        target.booked[row] = source.booked[row]
        for p in range(source.booked[row]):
            for k in range(3):
                target.bookings[row, p, k] = source.bookings[row, p, k]


@compiled
def _position_of(sol: Solution, task: int) -> int:
    shift = int(sol.shift_of[task])
    for p in range(sol.state[shift, SIZE]):
        if sol.routes[shift, p, TASK] == task:
            return p
    return -1


@compiled
def _choose(weights: Floats, state: npt.NDArray[np.uint64]) -> int:
    total = 0.0
    for k in range(weights.shape[0]):
        total += weights[k]
    at = _uniform(state) * total
    for k in range(weights.shape[0]):
        at -= weights[k]
        if at < 0.0:
            return k
    return 0


@compiled
def _remove(inst: Instance, sol: Solution, scratch: Scratch, how: int) -> bool:
    """Take tasks out by one of five ways and time the touched routes; False if that fails."""
    n = 0
    for task in range(inst.tasks.shape[0]):
        if sol.shift_of[task] >= 0 and inst.tasks[task, KIND] != BREAK:
            scratch.lists[1, n] = task
            n += 1
    if n == 0:
        return True
    most = min(n, max(3, min(30, n // 3)))
    wanted = 1 + int(_uniform(scratch.random) * most)
    seed = scratch.lists[1, int(_uniform(scratch.random) * n)]
    seed_shift = sol.shift_of[seed]
    seed_start_s = sol.routes[seed_shift, _position_of(sol, seed), START_S]
    profile = inst.shifts[seed_shift, PROFILE]
    if how == _ROUTE:
        wanted = n
    for k in range(n):
        task = scratch.lists[1, k]
        shift = sol.shift_of[task]
        p = _position_of(sol, task)
        luck = _uniform(scratch.random)
        if how == _RANDOM:
            key = luck
        elif how == _WORST:
            before = inst.shifts[shift, ORIGIN] if p == 0 else sol.routes[shift, p - 1, AT]
            after = (
                inst.shifts[shift, TARGET]
                if p == sol.state[shift, SIZE] - 1
                else sol.routes[shift, p + 1, AT]
            )
            fleet = inst.shifts[shift, PROFILE]
            detour_s = (
                inst.travel_s[fleet, QUICKEST, before, inst.tasks[task, PLACE]]
                + inst.travel_s[fleet, QUICKEST, inst.tasks[task, PLACE], after]
                - inst.travel_s[fleet, QUICKEST, before, after]
                + inst.tasks[task, SERVICE_S]
            )
            key = inst.value[task] / (detour_s + 60.0) * (0.3 + luck)
        elif how == _RELATED:
            key = float(
                inst.travel_s[profile, QUICKEST, inst.tasks[seed, PLACE], inst.tasks[task, PLACE]]
            )
            key += 0.2 * abs(sol.routes[shift, p, START_S] - seed_start_s)
            key *= 0.5 + luck
        elif how == _STRINGS:
            key = float(abs(sol.routes[shift, p, START_S] - seed_start_s))
            if shift != seed_shift:
                key = 2.0 * key + 3.0 * float(
                    inst.travel_s[
                        profile, QUICKEST, inst.tasks[seed, PLACE], inst.tasks[task, PLACE]
                    ]
                )
        else:
            key = 0.0 if shift == seed_shift else 1.0
        scratch.ranks[1, k] = key
    for shift in range(sol.state.shape[0]):
        scratch.touched[shift] = False
    for _ in range(wanted):
        k = 0
        for other in range(1, n):
            if scratch.ranks[1, other] < scratch.ranks[1, k]:
                k = other
        if how == _ROUTE and scratch.ranks[1, k] > 0.5:
            break
        scratch.ranks[1, k] = np.inf
        task = scratch.lists[1, k]
        shift = sol.shift_of[task]
        scratch.touched[shift] = True
        _take(inst, sol, shift, _position_of(sol, task))
    for shift in range(sol.state.shape[0]):
        if scratch.touched[shift] and not _evaluate(inst, sol, shift):
            return False
    return True


@entry
def step(
    inst: Instance,
    current: Solution,
    trial: Solution,
    best: Solution,
    scratch: Scratch,
    values: Floats,
    heat: float,
) -> None:
    """Make one iteration: remove, refill, accept by annealing.

    ``values`` holds the objective of the current and of the best solution. Where the best
    is nan, the step builds the first solution instead, without chance: breaks, duties, then
    options by gain per minute.
    """
    first = np.isnan(values[1])
    copy(current, trial)
    how = 0
    regretful = 0
    spread = 0.0
    if first:
        _open(inst, trial)
        timed = True
    else:
        how = _choose(scratch.weights[0], scratch.random)
        regretful = _choose(scratch.weights[1], scratch.random)
        spread = 0.6 * _uniform(scratch.random)
        timed = _remove(inst, trial, scratch, how)
    for task in range(inst.tasks.shape[0]):
        scratch.ranks[0, task] = 1.0
        if not first and inst.tasks[task, KIND] == OPTION:
            scratch.ranks[0, task] = np.exp(spread * (2.0 * _uniform(scratch.random) - 1.0))
    reward = 0.1
    if timed:
        _fill(inst, trial, scratch, regretful == 1)
        value = _objective(inst, trial)
        gain = value - values[0]
        if first or gain >= 0.0 or _uniform(scratch.random) < np.exp(gain / heat):
            if gain > 1e-9:
                reward = 1.0
            copy(trial, current)
            values[0] = value
            if first or value > values[1] + 1e-9:
                reward = 4.0
                copy(trial, best)
                values[1] = value
    scratch.weights[0, how] = 0.98 * scratch.weights[0, how] + 0.02 * reward
    scratch.weights[1, regretful] = 0.98 * scratch.weights[1, regretful] + 0.02 * reward
