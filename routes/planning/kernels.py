"""Compiled evaluation of routes, insertion, removal and the steps of the search.

Everything here works on two records of arrays: :class:`Instance`, which never changes, and
:class:`Solution`, which does. T tasks are options, duties, second teams' halves, then breaks; G
groups are debtors, of whose options one may be served or a set that has a value, and duties; S
shifts are the rows of a solution; L is the longest possible route. Times are integer seconds after
local midnight of the shift's day.

What two teams do together stands in two routes, a task in one and its twin in the other: there is
such a pair for each minute at which the first may begin, so that no route waits for another.

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
from routes.planning.problem import PICK_UP_S, RETIMED_S, RETIMED_SHARE

__all__ = ["Instance", "Scratch", "Solution", "begin", "follow", "steps"]

NEVER = 1 << 28
OPTION, DUTY, BREAK = 0, 1, 2
WAITING = -1

_Small = npt.NDArray[np.int32]
_Flags = npt.NDArray[np.bool_]
_Random = npt.NDArray[np.uint64]


# columns of Instance.tasks
KIND, PLACE, OPEN_S, CLOSE_S, SERVICE_S, DAY, GROUP, RANK, LOAD, STATIONS, STATIONS_END = range(11)
VIA, TWIN, SECOND, BEFORE, WAS_S = range(11, 16)
# columns of Instance.group_table; the members of a group stand in Instance.groups
FIRST, END, MOST, SETS, FLOORS, FLOORS_END = range(6)
# columns of Instance.shifts
PROFILE, ORIGIN, TARGET, BEGIN_S, END_S, DUE_S, STOPS, CAPACITY, ABOARD, SINCE_S, AWAY, ALIKE = (
    range(12)
)
# columns of Instance.desks
SLOTS, BASE, WAY = range(3)
# first index of Instance.travel_s
QUICKEST, SLOWEST, BANDS = 0, 1, 2
# first index of Instance.length_m
SHORTEST, WAYS = 0, 1
# columns of Solution.routes
TASK, START_S, AT, STATION, SAFE_S, LAST_S, BUSY_S = range(7)
# columns of Solution.worth
WORTH, COST = range(2)
# columns of Solution.bookings
BUSY_FROM_S, BUSY_TO_S, BOOKED_BY, COMES_FROM, LEFT_AT = range(5)
# columns of Solution.state
SIZE, COUNT, RETURN_S, TRAVELLED_S, LOADED, VERSION = range(6)
# columns of Scratch.offers
OFFERED, SHIFT, POSITION, SEEN, SHIFT_2, POSITION_2, SEEN_2 = range(7)

_LOST_S = 60.0  # added to the time that an option takes, else one next door would outrank all
_STRINGS = 10.0  # stops that a ruin takes out on average, and most of one route
_ABSENT = 0.3  # share of ruins about a group that waits
_TIMELY = 0.3  # share of ruins that look at the hour too
_HOUR_SHARE = 0.3  # seconds of travel for a second between two starts
_BLINK = 0.01  # share of places that an insertion overlooks
_GREEDY = 0.5  # share of fillings that take the best gain by time first
_ALL = 0.1  # share of fillings that look at all who wait, so that a new route may be worth it
_SPREAD = 0.6  # largest luck of a rank, as a logarithm
_OPENED = 0.1  # share of fillings that may begin a route with those who wait
_LATELY = 0.005  # weight of the plan at hand in how often a group was served of late
_NEARBY = (
    0.01  # of a change, for what moves by as much as is free: of two plans alike the one at rest
)
_DEAR = 1.5  # largest price of time, in mean gains by time


class Instance(NamedTuple):
    """A problem as a few tables: many small arrays would cost more to pass than to read.

    Parameters
    ----------
    tasks
        (T, 16) by the columns above. The place is -1 for breaks, which are held wherever the
        team is, and so is their group. The rank counts within the group. Stations that may
        escort stand in ``stations[STATIONS:STATIONS_END]``; a task without any needs no escort.
        ``VIA`` is the station whose officer is fetched there, -1 where he comes to
        the door. ``TWIN`` is the other half of what two teams do, or -1; ``SECOND`` tells the
        half of the second team, which stands in no group's list. ``BEFORE`` is the shift in which
        the plan that holds until now has it, or -1, and ``WAS_S`` its second there.
    value
        (T,); a duty's is more than that of all options.
    allowed
        (T, S), whether team and day fit.
    solo
        (T,), the same; 0 for tasks of a group of which several may be served.
    groups
        Tasks, group by group; each is allowed somewhere.
    group_table
        (G, 6) by the columns above: where its tasks begin and end in ``groups``, how many of them
        may be served together, where its sets begin in ``sets``, and where its floors stand in
        ``floors``.
    sets
        For a group of n tasks of which two may be served, the values of all pairs (n * n, by
        rank); of which three may, those of all triples. A task may repeat, for a smaller set; -inf
        where tasks may not be served together.
    shifts
        (S, 12) by the columns above; after a frozen prefix the shift begins at its end, ``AWAY``,
        and an officer may be with the team: his station in ``ABOARD``, else -1, and since when he
        is away for what comes next in ``SINCE_S``.
        Beyond ``DUE_S`` it is overtime, ``END_S`` is the end of that. Shifts for which everything
        is the same have one number in ``ALIKE``, from 0 on.
    bands
        (B, 2): end second, matrix.
    travel_s
        (profiles, 2 + matrices, places, places): quickest, slowest, then each matrix. A
        vehicle has a profile for each kind of day, where the days' bands differ.
    length_m
        (profiles, 1 + matrices, places, places): shortest, then each matrix; a single 0 where a
        kilometre costs nothing.
    slots
        (K, 3): start, end, officers.
    desks
        (stations x days + 1, 3) by the columns above: those of station s on day d, row
        ``s * n_days + d``, begin at ``SLOTS`` and end at that of the next row. ``BASE`` is the
        station's place, ``WAY`` the first index of ``travel_s`` for the vehicle of its officers,
        -1 where their way does not count.
    floors
        Rows of ``floor_table``, group by group.
    floor_table
        (F, 2): how many groups should be served, what each missing one costs.
    fetched
        Whether any task has a ``VIA``.
    second_cost
        Price of a second of travel.
    metre_s
        Seconds of travel that cost as much as a metre of it.
    wait_cost, over_cost
        Of a second of waiting, and of overtime.
    change_cost
        Of a task that is not where it was before; a share of it at quite another hour.
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
    length_m: _Small
    slots: Ints
    desks: Ints
    floors: Ints
    floor_table: Floats
    n_days: int
    fetched: bool
    second_cost: float
    metre_s: float
    wait_cost: float
    over_cost: float
    change_cost: float


class Solution(NamedTuple):
    """Routes with their times, and the escorts booked by them.

    Parameters
    ----------
    routes
        (S, L, 7) by the columns above; the officer of a stop is busy from ``BUSY_S`` on.
    state
        (S, 6) by the columns above; each timing of a route gives it a new version.
    worth
        (S, 2): value of the tasks of each route, but for groups of which several may be served, and
        of those that are where they were before; and what its travel, waits and overtime cost.
    served
        (G, 3), the tasks that serve a group, then ``WAITING``.
    gained
        (G,), what a group is worth of which several may be served; 0 for others.
    booked
        (stations x days,), how many rows of ``bookings`` are in use.
    bookings
        (stations x days, K, 5) by the columns above.
    covered
        (F,), how many groups of each floor are served.
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
    covered: Ints
    counter: Ints


class Scratch(NamedTuple):
    """Room that a step needs; but for ``popular`` and ``random`` nothing outlives it.

    Parameters
    ----------
    offers
        (G, 7) by the columns above: the best task of a group, where it goes, that route's version,
        and the same for its twin.
    keys, lists
        (G + S,): what is put in order, and by what.
    luck
        (G,), factors of this filling.
    popular
        (G,), how often of late the group was served, from 0 to 1.
    fresh
        (G,), whether this step took the group out, so that all shifts may have room for it.
    freed
        (1,), whether this step took out a stop with an escort, so that others may have it.
    touched
        (S,), shifts that this step changed.
    seen
        (S,), empty shifts alike one that was looked at.
    spots
        (2, S, 4): what both halves cost in each shift, position, detour and time taken.
    random
        (1,), state of the generator.
    """

    offers: Ints
    keys: Floats
    lists: Ints
    luck: Floats
    popular: Floats
    fresh: _Flags
    freed: _Flags
    touched: _Flags
    seen: _Flags
    spots: Floats
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
def _begun(
    inst: Instance, profile: int, leaving_s: int, origin: int, target: int
) -> tuple[int, int]:
    """Return when a leg is begun, once a road leads there, and how long it takes then."""
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
    return begun_s, int(leg_s)


@compiled
def _leg_s(inst: Instance, profile: int, leaving_s: int, origin: int, target: int) -> int:
    begun_s, leg_s = _begun(inst, profile, leaving_s, origin, target)
    return NEVER if leg_s >= NEVER else begun_s - leaving_s + leg_s


@compiled
def _base(inst: Instance, station: int) -> int:
    return int(inst.desks[station * inst.n_days, BASE])


@compiled
def _road_s(inst: Instance, profile: int, extreme: int, origin: int, task: int, aboard: int) -> int:
    """Return seconds to a task by one matrix, by way of the station where that must be."""
    target = inst.tasks[task, PLACE]
    via = inst.tasks[task, VIA]
    if via < 0 or via == aboard:
        return int(inst.travel_s[profile, extreme, origin, target])
    base = _base(inst, via)
    there_s = int(inst.travel_s[profile, extreme, origin, base])
    return there_s + PICK_UP_S + int(inst.travel_s[profile, extreme, base, target])


@compiled
def _leg_m(inst: Instance, profile: int, leaving_s: int, origin: int, target: int) -> int:
    """Return the metres of a leg, by the road that :func:`_begun` takes."""
    band = 0
    final = inst.bands.shape[0] - 1
    while band < final and leaving_s >= inst.bands[band, 0]:
        band += 1
    while (
        band < final
        and inst.travel_s[profile, BANDS + inst.bands[band, 1], origin, target] >= NEVER
    ):
        band += 1
    return int(inst.length_m[profile, WAYS + inst.bands[band, 1], origin, target])


@compiled
def _road_m(inst: Instance, profile: int, origin: int, task: int, aboard: int) -> int:
    """Return the least metres to a task, by way of the station where that must be."""
    target = inst.tasks[task, PLACE]
    via = inst.tasks[task, VIA]
    if via < 0 or via == aboard:
        return int(inst.length_m[profile, SHORTEST, origin, target])
    base = _base(inst, via)
    there_m = int(inst.length_m[profile, SHORTEST, origin, base])
    return there_m + int(inst.length_m[profile, SHORTEST, base, target])


@compiled
def _detour_m(
    inst: Instance,
    sol: Solution,
    shift: int,
    pos: int,
    pauses: int,
    task: int,
    place: int,
    aboard: int,
) -> int:
    """Return the metres that a task adds at a position, before so many rests."""
    profile = inst.shifts[shift, PROFILE]
    here = inst.tasks[task, PLACE]
    detour_m = _road_m(inst, profile, place, task, aboard)
    if pos + pauses == sol.state[shift, SIZE]:
        home = inst.shifts[shift, TARGET]
        detour_m += int(inst.length_m[profile, SHORTEST, here, home])
        return detour_m - int(inst.length_m[profile, SHORTEST, place, home])
    after = sol.routes[shift, pos + pauses, TASK]
    brought = -1 if pauses > 0 else inst.tasks[task, VIA]
    detour_m += _road_m(inst, profile, here, after, brought)
    return detour_m - _road_m(inst, profile, place, after, -1 if pauses > 0 else aboard)


@compiled
def _apart_s(inst: Instance, way: int, origin: int, target: int) -> int:
    return int(inst.travel_s[way, SLOWEST, origin, target]) if way >= 0 else 0


@compiled
def _free_from_s(
    inst: Instance,
    sol: Solution,
    row: int,
    shift: int,
    start_s: int,
    end_s: int,
    origin: int,
    target: int,
    officers: int,
) -> int:
    """Return -1 where an officer can come to ``origin`` and be busy until he is at ``target``.

    Else the first second worth another look. Where the way of officers counts, one is free for
    this if fewer of the other visits than there are officers stand in the way of it.
    """
    if officers <= 0:
        return NEVER
    n = sol.booked[row]
    way = inst.desks[row, WAY]
    if way >= 0:
        busy = 0
        free_s = NEVER
        for k in range(n):
            if sol.bookings[row, k, BOOKED_BY] == shift:
                continue
            again_s = sol.bookings[row, k, BUSY_TO_S] + _apart_s(
                inst, way, sol.bookings[row, k, LEFT_AT], origin
            )
            if again_s > start_s and sol.bookings[row, k, BUSY_FROM_S] < end_s + _apart_s(
                inst, way, target, sol.bookings[row, k, COMES_FROM]
            ):
                busy += 1
                free_s = min(free_s, again_s)
        return free_s if busy >= officers else -1
    for probe in range(n + 1):
        moment_s = start_s
        if probe < n:
            moment_s = sol.bookings[row, probe, BUSY_FROM_S]
            if moment_s <= start_s or moment_s >= end_s:
                continue
        busy = 0
        free_s = NEVER
        for k in range(n):
            if sol.bookings[row, k, BOOKED_BY] == shift:
                continue
            if sol.bookings[row, k, BUSY_FROM_S] <= moment_s < sol.bookings[row, k, BUSY_TO_S]:
                busy += 1
                free_s = min(free_s, sol.bookings[row, k, BUSY_TO_S])
        if busy >= officers:
            return free_s
    return -1


@compiled
def _fetched(
    inst: Instance, sol: Solution, shift: int, task: int, at_s: int, place: int, aboard: int
) -> tuple[int, int, int, int]:
    """Return what :func:`_begin` does for a task whose officer is fetched, or is aboard."""
    profile = inst.shifts[shift, PROFILE]
    station = inst.tasks[task, VIA]
    row = station * inst.n_days + inst.tasks[task, DAY]
    way = inst.desks[row, WAY]
    base = inst.desks[row, BASE]
    door = inst.tasks[task, PLACE]
    here = aboard == station
    origin = place if here else base
    first_s = at_s if here else at_s + _leg_s(inst, profile, at_s, place, base)
    stay_s = 0 if here else PICK_UP_S
    since_s = first_s
    if here and at_s == inst.shifts[shift, BEGIN_S]:
        since_s = inst.shifts[shift, SINCE_S]
    for slot in range(inst.desks[row, SLOTS], inst.desks[row + 1, SLOTS]):
        begin_s = inst.slots[slot, 0] + _apart_s(inst, way, base, origin)
        if here and begin_s > since_s:
            continue
        busy_s = max(first_s, begin_s)
        while busy_s < NEVER:
            if here and busy_s > first_s:
                break  # he would have to leave in between
            leg_s = _leg_s(inst, profile, busy_s + stay_s, origin, door)
            start_s = max(busy_s + stay_s + leg_s, inst.tasks[task, OPEN_S])
            end_s = start_s + inst.tasks[task, SERVICE_S]
            if (
                start_s > inst.tasks[task, CLOSE_S]
                or end_s + _apart_s(inst, way, door, base) > inst.slots[slot, 1]
            ):
                break
            free_s = _free_from_s(
                inst, sol, row, shift, busy_s, end_s, origin, door, inst.slots[slot, 2]
            )
            if free_s < 0:
                driven_s = first_s - at_s + stay_s + leg_s
                return start_s, station, busy_s, driven_s
            busy_s = free_s
    return NEVER, -1, 0, 0


@compiled
def _met(
    inst: Instance, sol: Solution, shift: int, task: int, earliest_s: int, leg_s: int
) -> tuple[int, int, int, int]:
    """Return what :func:`_begin` does for a task at whose door an officer stands."""
    door = inst.tasks[task, PLACE]
    first = inst.tasks[task, STATIONS]
    last = inst.tasks[task, STATIONS_END]
    best_s = NEVER
    best_station = -1
    service_s = inst.tasks[task, SERVICE_S]
    for k in range(first, last):
        station = inst.stations[k]
        row = station * inst.n_days + inst.tasks[task, DAY]
        way = inst.desks[row, WAY]
        base = inst.desks[row, BASE]
        for slot in range(inst.desks[row, SLOTS], inst.desks[row + 1, SLOTS]):
            start_s = max(earliest_s, inst.slots[slot, 0] + _apart_s(inst, way, base, door))
            while (
                start_s < best_s
                and start_s <= inst.tasks[task, CLOSE_S]
                and start_s + service_s + _apart_s(inst, way, door, base) <= inst.slots[slot, 1]
            ):
                free_s = _free_from_s(
                    inst,
                    sol,
                    row,
                    shift,
                    start_s,
                    start_s + service_s,
                    door,
                    door,
                    inst.slots[slot, 2],
                )
                if free_s < 0:
                    best_s = start_s
                    best_station = station
                else:
                    start_s = free_s
    return best_s, best_station, best_s, leg_s


@compiled
def _begin(
    inst: Instance, sol: Solution, shift: int, task: int, at_s: int, place: int, aboard: int
) -> tuple[int, int, int, int]:
    """Return how a task is begun by a team that is free at a place from some second on.

    Returns
    -------
    start_s, station, busy_s, way_s
        When service begins; the station whose officer comes (-1: none needed) and from when on he
        is busy; how long the team is on its way, with the stay at the station.
    """
    leg_s = 0
    if inst.tasks[task, KIND] != BREAK:
        if inst.tasks[task, VIA] >= 0:
            return _fetched(inst, sol, shift, task, at_s, place, aboard)
        leg_s = _leg_s(inst, inst.shifts[shift, PROFILE], at_s, place, inst.tasks[task, PLACE])
    start_s = max(at_s + leg_s, inst.tasks[task, OPEN_S])
    if start_s > inst.tasks[task, CLOSE_S]:
        return NEVER, -1, 0, 0
    if inst.tasks[task, STATIONS] < inst.tasks[task, STATIONS_END]:
        return _met(inst, sol, shift, task, start_s, leg_s)
    return start_s, -1, 0, leg_s


@compiled
def _comes_alone(inst: Instance, task: int) -> bool:
    return bool(
        inst.tasks[task, STATIONS] == inst.tasks[task, STATIONS_END]
        and inst.tasks[task, KIND] != BREAK
    )


@compiled
def _alone(inst: Instance, profile: int, task: int, at_s: int, place: int) -> tuple[int, int]:
    """Return start and way of a task to which no officer comes: the quick case of ``_begin``."""
    way_s = _leg_s(inst, profile, at_s, place, inst.tasks[task, PLACE])
    start_s = max(at_s + way_s, inst.tasks[task, OPEN_S])
    return (start_s if start_s <= inst.tasks[task, CLOSE_S] else NEVER), way_s


@compiled
def _unbook(sol: Solution, shift: int) -> None:
    for row in range(sol.booked.shape[0]):
        kept = 0
        for k in range(sol.booked[row]):
            if sol.bookings[row, k, BOOKED_BY] != shift:
                for column in range(5):
                    sol.bookings[row, kept, column] = sol.bookings[row, k, column]
                kept += 1
        sol.booked[row] = kept


@compiled
def _kept(inst: Instance, shift: int, task: int, start_s: int) -> float:
    """Return what a task costs less because it is where it was, about its hour or not."""
    if inst.tasks[task, BEFORE] != shift:
        return 0.0
    away_s = abs(start_s - inst.tasks[task, WAS_S])
    lost = RETIMED_SHARE if away_s > RETIMED_S else _NEARBY * away_s / RETIMED_S
    return float((1.0 - lost) * inst.change_cost)


@compiled
def _evaluate(inst: Instance, sol: Solution, shift: int) -> bool:
    """Time a shift's route afresh, book its escorts, set its bounds; False if infeasible."""
    profile = inst.shifts[shift, PROFILE]
    sol.counter[0] += 1
    sol.state[shift, VERSION] = sol.counter[0]
    _unbook(sol, shift)
    at_s = inst.shifts[shift, BEGIN_S]
    place = inst.shifts[shift, ORIGIN]
    aboard = inst.shifts[shift, ABOARD]
    size = sol.state[shift, SIZE]
    away = inst.shifts[shift, AWAY] > 0
    travelled_s = 0
    waited_s = 0
    driven_m = 0
    stops = 0
    load = 0
    worth = 0.0
    for p in range(size):
        task = sol.routes[shift, p, TASK]
        load += inst.tasks[task, LOAD]
        worth += inst.solo[task]
        station, busy_s = -1, 0
        if _comes_alone(inst, task):
            start_s, way_s = _alone(inst, profile, task, at_s, place)
            if not away and way_s > 0 and start_s < NEVER:  # waits for a road are taken at the base
                _begun_s, way_s = _begun(inst, profile, at_s, place, inst.tasks[task, PLACE])
        else:
            start_s, station, busy_s, way_s = _begin(inst, sol, shift, task, at_s, place, aboard)
        if start_s >= NEVER:
            return False
        worth += _kept(inst, shift, task, start_s)
        if away:
            waited_s += start_s - at_s - way_s
        if inst.tasks[task, KIND] != BREAK:
            stops += 1
            away = True
            if inst.metre_s > 0.0:
                via = inst.tasks[task, VIA]
                if via >= 0 and via != aboard:
                    base = _base(inst, via)
                    driven_m += _leg_m(inst, profile, at_s, place, base)
                    at_s = busy_s + PICK_UP_S
                    place = base
                driven_m += _leg_m(inst, profile, at_s, place, inst.tasks[task, PLACE])
            place = inst.tasks[task, PLACE]
        travelled_s += way_s
        if inst.tasks[task, VIA] >= 0 and inst.tasks[task, VIA] != aboard:
            travelled_s -= PICK_UP_S
        aboard = inst.tasks[task, VIA]
        sol.routes[shift, p, START_S] = start_s
        sol.routes[shift, p, STATION] = station
        sol.routes[shift, p, BUSY_S] = busy_s
        sol.routes[shift, p, AT] = place
        at_s = start_s + inst.tasks[task, SERVICE_S]
    leg_s = _leg_s(inst, profile, at_s, place, inst.shifts[shift, TARGET])
    back_s = at_s + leg_s
    sol.state[shift, RETURN_S] = back_s
    sol.state[shift, TRAVELLED_S] = travelled_s + leg_s
    sol.state[shift, COUNT] = stops
    sol.state[shift, LOADED] = load
    sol.worth[shift, WORTH] = worth
    if inst.metre_s > 0.0:
        driven_m += _leg_m(inst, profile, at_s, place, inst.shifts[shift, TARGET])
    sol.worth[shift, COST] = (
        inst.second_cost * (travelled_s + leg_s + inst.metre_s * driven_m)
        + inst.wait_cost * waited_s
        + inst.over_cost * max(0, back_s - inst.shifts[shift, DUE_S])
    )
    if (
        back_s > inst.shifts[shift, END_S]
        or stops > inst.shifts[shift, STOPS]
        or load > inst.shifts[shift, CAPACITY]
    ):
        return False
    safe_s = inst.shifts[shift, END_S]
    last_s = inst.shifts[shift, END_S]
    quick_s = int(inst.travel_s[profile, QUICKEST, place, inst.shifts[shift, TARGET]])
    slow_s = int(inst.travel_s[profile, SLOWEST, place, inst.shifts[shift, TARGET]])
    for back in range(size):
        p = size - 1 - back
        task = sol.routes[shift, p, TASK]
        service_s = inst.tasks[task, SERVICE_S]
        last_s = min(inst.tasks[task, CLOSE_S], last_s - service_s - quick_s)
        safe_s = min(inst.tasks[task, CLOSE_S], safe_s - service_s - slow_s)
        origin = inst.shifts[shift, ORIGIN] if p == 0 else sol.routes[shift, p - 1, AT]
        aboard = _aboard(inst, sol, shift, p)
        if sol.routes[shift, p, STATION] >= 0:
            row = sol.routes[shift, p, STATION] * inst.n_days + inst.tasks[task, DAY]
            k = sol.booked[row]
            door = inst.tasks[task, PLACE]
            via = inst.tasks[task, VIA]
            sol.bookings[row, k, BUSY_FROM_S] = sol.routes[shift, p, BUSY_S]
            sol.bookings[row, k, BUSY_TO_S] = sol.routes[shift, p, START_S] + service_s
            sol.bookings[row, k, BOOKED_BY] = shift
            comes_from = door if via < 0 else origin if aboard == via else _base(inst, via)
            sol.bookings[row, k, COMES_FROM] = comes_from
            sol.bookings[row, k, LEFT_AT] = door
            sol.booked[row] = k + 1
            # a later arrival may lose this escort; up to the booked start it is kept
            safe_s = (
                sol.routes[shift, p, START_S] if sol.routes[shift, p, START_S] <= safe_s else -1
            )
        if safe_s < inst.tasks[task, OPEN_S]:
            safe_s = -1
        sol.routes[shift, p, LAST_S] = last_s
        sol.routes[shift, p, SAFE_S] = safe_s
        quick_s = slow_s = 0
        if inst.tasks[task, KIND] != BREAK:
            quick_s = _road_s(inst, profile, QUICKEST, origin, task, aboard)
            slow_s = _road_s(inst, profile, SLOWEST, origin, task, aboard)
    return True


@compiled
def _aboard(inst: Instance, sol: Solution, shift: int, pos: int) -> int:
    """Return the station whose officer is with a team on its way to a position, or -1."""
    if pos == 0:
        return int(inst.shifts[shift, ABOARD])
    return int(inst.tasks[sol.routes[shift, pos - 1, TASK], VIA])


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
    aboard = _aboard(inst, sol, shift, pos)
    if _comes_alone(inst, task):
        start_s, _way_s = _alone(inst, profile, task, at_s, place)
    else:
        start_s, _station, _busy_s, _way_s = _begin(inst, sol, shift, task, at_s, place, aboard)
    if start_s >= NEVER:
        return False
    at_s = start_s + inst.tasks[task, SERVICE_S]
    aboard = inst.tasks[task, VIA]
    if inst.tasks[task, KIND] != BREAK:
        place = inst.tasks[task, PLACE]
    for p in range(pos, sol.state[shift, SIZE]):
        follower = sol.routes[shift, p, TASK]
        if _comes_alone(inst, follower):
            start_s, _way_s = _alone(inst, profile, follower, at_s, place)
        else:
            start_s, _station, _busy_s, _way_s = _begin(
                inst, sol, shift, follower, at_s, place, aboard
            )
        if start_s >= NEVER:
            return False
        target = place if inst.tasks[follower, KIND] == BREAK else inst.tasks[follower, PLACE]
        if target == sol.routes[shift, p, AT]:
            if start_s > sol.routes[shift, p, LAST_S]:
                return False
            if start_s == sol.routes[shift, p, START_S] or start_s <= sol.routes[shift, p, SAFE_S]:
                return True
        at_s = start_s + inst.tasks[follower, SERVICE_S]
        place = target
        aboard = inst.tasks[follower, VIA]
    leg_s = _leg_s(inst, profile, at_s, place, inst.shifts[shift, TARGET])
    return bool(at_s + leg_s <= inst.shifts[shift, END_S])


@compiled
def _is_safe(
    inst: Instance,
    sol: Solution,
    shift: int,
    pos: int,
    task: int,
    at_s: int,
    place: int,
    near: int,
) -> bool:
    """Return whether a task to which nobody comes fits at a position even by the slowest ways."""
    slowest_s = inst.travel_s[inst.shifts[shift, PROFILE], SLOWEST]
    here = inst.tasks[task, PLACE]
    start_s = max(inst.tasks[task, OPEN_S], at_s + slowest_s[place, here])
    if start_s > inst.tasks[task, CLOSE_S]:
        return False
    arrival_s = start_s + inst.tasks[task, SERVICE_S] + slowest_s[here, near]
    if pos == sol.state[shift, SIZE]:
        return bool(arrival_s <= inst.shifts[shift, END_S])
    follower = sol.routes[shift, pos, TASK]
    return bool(arrival_s <= sol.routes[shift, pos, SAFE_S] and inst.tasks[follower, VIA] < 0)


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
) -> tuple[float, int, float, int]:
    """Return where a task of an option or duty costs least in a shift.

    The cost is that of the detour and ``price`` for each second taken, with or without waits.

    Returns
    -------
    cost, position, detour, taken_s
        The position is -1 where it fits nowhere. The detour is in seconds, and its metres in the
        seconds that cost as much.
    """
    best = np.inf
    best_pos = -1
    best_detour = 0.0
    best_taken_s = 0
    if (
        sol.state[shift, COUNT] >= inst.shifts[shift, STOPS]
        or sol.state[shift, LOADED] + inst.tasks[task, LOAD] > inst.shifts[shift, CAPACITY]
    ):
        return best, best_pos, best_detour, best_taken_s
    profile = inst.shifts[shift, PROFILE]
    quickest_s = inst.travel_s[profile, QUICKEST]
    size = sol.state[shift, SIZE]
    here = inst.tasks[task, PLACE]
    open_s = inst.tasks[task, OPEN_S]
    close_s = inst.tasks[task, CLOSE_S]
    service_s = inst.tasks[task, SERVICE_S]
    brought = inst.tasks[task, VIA]
    alone = _comes_alone(inst, task) and brought < 0
    at_s = inst.shifts[shift, BEGIN_S]
    place = inst.shifts[shift, ORIGIN]
    aboard = inst.shifts[shift, ABOARD]
    spare_s = -inst.shifts[shift, DUE_S]  # below zero while there is time left
    if sol.state[shift, COUNT] > 0:
        spare_s = min(0, sol.state[shift, RETURN_S] - inst.shifts[shift, DUE_S])
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
        if last_s >= open_s + service_s:
            if pos + pauses == size:
                near = inst.shifts[shift, TARGET]
            else:
                near = sol.routes[shift, pos + pauses, AT]
            in_s = quickest_s[place, here]
            out_s = quickest_s[here, near]
            direct_s = quickest_s[place, near]
            if inst.fetched:
                in_s = _road_s(inst, profile, QUICKEST, place, task, aboard)
                if pos + pauses < size:
                    after = sol.routes[shift, pos + pauses, TASK]
                    rested = pauses > 0
                    out_s = _road_s(inst, profile, QUICKEST, here, after, -1 if rested else brought)
                    direct_s = _road_s(
                        inst, profile, QUICKEST, place, after, -1 if rested else aboard
                    )
            start_s = max(open_s, at_s + in_s)
            done_s = start_s + service_s
            if (
                start_s <= close_s
                and done_s + (0 if pauses > 0 else out_s) <= last_s
                and (blink == 0.0 or _uniform(random) >= blink)
            ):
                detour_s = in_s + out_s - direct_s
                taken_s = done_s + out_s - at_s - direct_s if waits else detour_s + service_s
                detour = float(detour_s)
                if inst.metre_s > 0.0:
                    detour += inst.metre_s * _detour_m(
                        inst, sol, shift, pos, pauses, task, place, aboard
                    )
                cost = inst.second_cost * detour + price * taken_s
                if inst.over_cost > 0.0:
                    cost += inst.over_cost * max(0, spare_s + taken_s)
                if cost < best:
                    safe = alone and pauses == 0
                    safe = safe and _is_safe(inst, sol, shift, pos, task, at_s, place, near)
                    if safe or _fits(inst, sol, shift, pos, task):
                        best = cost
                        best_pos = pos
                        best_detour = detour
                        best_taken_s = taken_s
        if pos < size:
            at_s = (
                sol.routes[shift, pos, START_S]
                + inst.tasks[sol.routes[shift, pos, TASK], SERVICE_S]
            )
            place = sol.routes[shift, pos, AT]
            aboard = inst.tasks[sol.routes[shift, pos, TASK], VIA]
    return best, best_pos, best_detour, best_taken_s


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
        value = inst.value[task]
        for k in range(inst.group_table[group, FLOORS], inst.group_table[group, FLOORS_END]):
            if sol.covered[inst.floors[k]] < inst.floor_table[inst.floors[k], 0]:
                value += inst.floor_table[inst.floors[k], 1]
        return float(value)
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
def _cover(inst: Instance, sol: Solution, group: int, more: int) -> None:
    for k in range(inst.group_table[group, FLOORS], inst.group_table[group, FLOORS_END]):
        sol.covered[inst.floors[k]] += more


@compiled
def _put(inst: Instance, sol: Solution, shift: int, pos: int, task: int) -> None:
    for p in range(sol.state[shift, SIZE], pos, -1):
        sol.routes[shift, p, TASK] = sol.routes[shift, p - 1, TASK]
    sol.routes[shift, pos, TASK] = task
    sol.state[shift, SIZE] += 1
    group = inst.tasks[task, GROUP]
    if group >= 0 and inst.tasks[task, SECOND] == 0:
        if sol.served[group, 0] == WAITING:
            _cover(inst, sol, group, 1)
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
    if group >= 0 and inst.tasks[task, SECOND] == 0:
        kept = 0
        for k in range(3):
            other = sol.served[group, k]
            sol.served[group, k] = WAITING
            if other != task:
                sol.served[group, kept] = other
                kept += 1
        if sol.served[group, 0] == WAITING:
            _cover(inst, sol, group, -1)
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
    """Return the value of the served tasks less what the plan costs."""
    total = 0.0
    for shift in range(sol.state.shape[0]):
        total += sol.worth[shift, WORTH]
        if sol.state[shift, COUNT] > 0:
            total -= sol.worth[shift, COST]
    for group in range(sol.gained.shape[0]):
        total += sol.gained[group]
    for floor in range(sol.covered.shape[0]):
        total -= inst.floor_table[floor, 1] * max(
            0.0, inst.floor_table[floor, 0] - sol.covered[floor]
        )
    return total


@compiled
def _place_of(sol: Solution, task: int) -> tuple[int, int]:
    """Return shift and position of a task, -1 where it is in no route."""
    for shift in range(sol.state.shape[0]):
        for pos in range(sol.state[shift, SIZE]):
            if sol.routes[shift, pos, TASK] == task:
                return shift, pos
    return -1, -1


@compiled
def _withdraw(inst: Instance, sol: Solution, touched: _Flags, shift: int, pos: int) -> bool:
    """Take a task out, and its twin with it; False if the twin's route is late without it."""
    twin = inst.tasks[sol.routes[shift, pos, TASK], TWIN]
    _take(inst, sol, shift, pos)
    if twin < 0:
        return True
    other, at = _place_of(sol, twin)
    if other < 0:
        return True
    _take(inst, sol, other, at)
    touched[other] = True
    return bool(_evaluate(inst, sol, other))


@compiled
def _end_by(inst: Instance, sol: Solution, shift: int, by_s: int) -> bool:
    """End a shift that holds nothing but breaks sooner; False if it is late then."""
    inst.shifts[shift, END_S] = by_s
    for pos in range(sol.state[shift, SIZE] - 1, -1, -1):
        if inst.tasks[sol.routes[shift, pos, TASK], CLOSE_S] >= by_s:
            _take(inst, sol, shift, pos)
    return bool(_evaluate(inst, sol, shift))


@compiled
def _open(inst: Instance, sol: Solution) -> None:
    """Give each shift its breaks; end it before one that it cannot hold, close one that is late.

    The team takes such a break at its base.
    """
    for shift in range(sol.state.shape[0]):
        if not _evaluate(inst, sol, shift):
            inst.allowed[:, shift] = False
            continue
        for task in range(inst.tasks.shape[0]):
            if inst.tasks[task, KIND] != BREAK or not inst.allowed[task, shift]:
                continue
            held = inst.tasks[task, CLOSE_S] >= inst.shifts[shift, END_S]
            for pos in range(sol.state[shift, SIZE] + 1):
                if not held and _fits(inst, sol, shift, pos, task):
                    held = _insert(inst, sol, shift, pos, task)
            if not held and not _end_by(inst, sol, shift, inst.tasks[task, CLOSE_S]):
                inst.allowed[:, shift] = False


@compiled
def _copy_shift(source: Solution, target: Solution, shift: int) -> None:
    for k in range(6):
        target.state[shift, k] = source.state[shift, k]
    target.worth[shift, WORTH] = source.worth[shift, WORTH]
    target.worth[shift, COST] = source.worth[shift, COST]
    for p in range(source.state[shift, SIZE]):
        for k in range(7):
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
    for floor in range(source.covered.shape[0]):
        target.covered[floor] = source.covered[floor]
    for row in range(source.booked.shape[0]):
        target.booked[row] = source.booked[row]
        for p in range(source.booked[row]):
            for k in range(5):
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
    scratch.freed[0] = False
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
        if size == 0:
            continue  # a twin was all it had left
        at = min(at, size - 1)
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
        scratch.touched[shift] = True
        for p in range(first + span - 1, first - 1, -1):
            task = sol.routes[shift, p, TASK]
            if held <= p < held + kept or inst.tasks[task, KIND] == BREAK:
                continue
            if sol.routes[shift, p, STATION] >= 0:
                scratch.freed[0] = True
            if not _withdraw(inst, sol, scratch.touched, shift, p):
                return False
            scratch.fresh[inst.tasks[task, GROUP]] = True
        if not _evaluate(inst, sol, shift):
            return False
    return True


@compiled
def _open_route(sol: Solution, scratch: Scratch) -> bool:
    """Let those who wait begin a route in one of the empty shifts; False where there is none."""
    empty = 0
    for shift in range(sol.state.shape[0]):
        empty += sol.state[shift, COUNT] == 0
    if empty == 0:
        return False
    at = int(_uniform(scratch.random) * empty)
    for shift in range(sol.state.shape[0]):
        if sol.state[shift, COUNT] == 0:
            if at == 0:
                scratch.touched[shift] = True
            at -= 1
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
        twin = inst.tasks[task, TWIN]
        everywhere = (
            scratch.fresh[group]
            or twin >= 0
            or (scratch.freed[0] and inst.tasks[task, STATIONS] < inst.tasks[task, STATIONS_END])
        )
        for half in range(1 if twin < 0 else 2):
            each = task if half == 0 else twin
            for shift in range(sol.state.shape[0]):
                scratch.seen[shift] = False
            for shift in range(sol.state.shape[0]):
                if twin >= 0:
                    scratch.spots[half, shift, 0] = np.inf
                if not inst.allowed[each, shift] or not (everywhere or scratch.touched[shift]):
                    continue
                if sol.state[shift, SIZE] == 0 and twin < 0:
                    if scratch.seen[inst.shifts[shift, ALIKE]]:
                        continue
                    scratch.seen[inst.shifts[shift, ALIKE]] = True
                cost, pos, detour, taken_s = _cheapest(
                    inst, sol, shift, each, price, waits, blink, scratch.random
                )
                if pos < 0:
                    continue
                kept = inst.change_cost if inst.tasks[each, BEFORE] == shift else 0.0
                if twin >= 0:
                    scratch.spots[half, shift, 0] = cost - kept
                    scratch.spots[half, shift, 1] = pos
                    scratch.spots[half, shift, 2] = detour
                    scratch.spots[half, shift, 3] = taken_s
                    continue
                way = inst.second_cost * detour
                over = cost - way - price * taken_s  # what overtime it makes
                if sol.state[shift, COUNT] == 0:
                    cost -= (1.0 - start_share) * way
                    way *= start_share
                if inst.over_cost > 0.0:
                    way += over
                by_time = (gain + kept - way) / (taken_s + _LOST_S)
                score = by_time if greedy else gain + kept - cost
                if score > best:
                    best = score
                    rank = by_time
                    scratch.offers[group, OFFERED] = task
                    scratch.offers[group, SHIFT] = shift
                    scratch.offers[group, POSITION] = pos
                    scratch.offers[group, SEEN] = sol.state[shift, VERSION]
                    scratch.offers[group, SHIFT_2] = -1
        if twin >= 0:
            best, rank = _offer_both(inst, sol, scratch, group, task, gain, greedy, best, rank)
    return rank


@compiled
def _offer_both(
    inst: Instance,
    sol: Solution,
    scratch: Scratch,
    group: int,
    task: int,
    gain: float,
    greedy: bool,
    best: float,
    rank: float,
) -> tuple[float, float]:
    """Offer a task and its twin in the two shifts where both cost least, if that is better."""
    spots = scratch.spots
    for one in range(sol.state.shape[0]):
        for two in range(sol.state.shape[0]):
            if one == two or spots[0, one, 0] == np.inf or spots[1, two, 0] == np.inf:
                continue
            way = inst.second_cost * (spots[0, one, 2] + spots[1, two, 2])
            by_time = (gain - way) / (spots[0, one, 3] + spots[1, two, 3] + _LOST_S)
            score = by_time if greedy else gain - spots[0, one, 0] - spots[1, two, 0]
            if score > best:
                best = score
                rank = by_time
                scratch.offers[group, OFFERED] = task
                scratch.offers[group, SHIFT] = one
                scratch.offers[group, POSITION] = int(spots[0, one, 1])
                scratch.offers[group, SEEN] = sol.state[one, VERSION]
                scratch.offers[group, SHIFT_2] = two
                scratch.offers[group, POSITION_2] = int(spots[1, two, 1])
                scratch.offers[group, SEEN_2] = sol.state[two, VERSION]
    return best, rank


@compiled
def _offer_stands(sol: Solution, offers: Ints, group: int) -> bool:
    """Return whether the routes of an offer are as they were."""
    second = offers[group, SHIFT_2]
    return bool(
        offers[group, SEEN] == sol.state[offers[group, SHIFT], VERSION]
        and (second < 0 or offers[group, SEEN_2] == sol.state[second, VERSION])
    )


@compiled
def _take_offer(inst: Instance, sol: Solution, scratch: Scratch, group: int) -> bool:
    """Put a group where its offer says; False if that fails, which leaves all as it was."""
    task = scratch.offers[group, OFFERED]
    shift = scratch.offers[group, SHIFT]
    other = scratch.offers[group, SHIFT_2]
    scratch.touched[shift] = True  # also where it fails: escorts may have been given anew
    if not _insert(inst, sol, shift, scratch.offers[group, POSITION], task):
        return False
    if other < 0:
        return True
    scratch.touched[other] = True
    twin = inst.tasks[task, TWIN]
    if not _insert(inst, sol, other, scratch.offers[group, POSITION_2], twin):
        _take(inst, sol, shift, scratch.offers[group, POSITION])
        _evaluate(inst, sol, shift)
        return False
    return True


@compiled
def _recreate(
    inst: Instance, sol: Solution, scratch: Scratch, share: float, first: bool, opened: bool
) -> None:
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
    if opened:
        start_share = _uniform(random)
    if opened or _uniform(random) < _ALL:
        share = 1.0
    spread = 0.0 if first else _SPREAD * _uniform(random)
    n = 0
    for group in range(inst.group_table.shape[0]):
        if _full(inst, sol, group):
            continue
        task = inst.groups[inst.group_table[group, FIRST]]
        optional = inst.tasks[task, KIND] == OPTION
        lately = scratch.popular[group] if sol.served[group, 0] == WAITING else 0.0
        if not scratch.fresh[group] and optional and _uniform(random) >= max(share, lately):
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
        if not _offer_stands(sol, scratch.offers, group):
            rank = _offer(inst, sol, scratch, group, price, waits, blink, True, start_share)
            if rank > -np.inf:
                if scratch.keys[top] > -1e14:
                    scratch.keys[top] = -rank * scratch.luck[group]
                continue
        elif (
            scratch.keys[top] < 0.0
            and _take_offer(inst, sol, scratch, group)
            and not _full(inst, sol, group)
        ):
            rank = _offer(inst, sol, scratch, group, price, waits, blink, True, start_share)
            if rank > 0.0:
                scratch.keys[top] = -rank * scratch.luck[group]
                continue
        n -= 1
        scratch.keys[top] = scratch.keys[n]
        scratch.lists[top] = scratch.lists[n]


@compiled
def _drop_losses(inst: Instance, sol: Solution, scratch: Scratch, heat: float) -> bool:
    """Empty the touched routes that cost more than they are worth; False if late then."""
    for shift in range(sol.state.shape[0]):
        if not scratch.touched[shift] or sol.state[shift, COUNT] == 0:
            continue
        worth = 0.0
        for p in range(sol.state[shift, SIZE]):
            task = sol.routes[shift, p, TASK]
            if inst.tasks[task, TWIN] >= 0:
                worth = np.inf  # what another route is worth with it is not known here
                break
            worth += inst.value[task]
            worth += _kept(inst, shift, task, sol.routes[shift, p, START_S])
            if inst.tasks[task, KIND] == OPTION:
                group = inst.tasks[task, GROUP]
                for k in range(
                    inst.group_table[group, FLOORS], inst.group_table[group, FLOORS_END]
                ):
                    if sol.covered[inst.floors[k]] <= inst.floor_table[inst.floors[k], 0]:
                        worth += inst.floor_table[inst.floors[k], 1]
        if worth >= sol.worth[shift, COST] + heat * np.log(_uniform(scratch.random) + 1e-300):
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
    _recreate(inst, current, scratch, 1.0, True, False)
    scratch.touched[:] = True
    _copy(current, trial, scratch.touched)
    _copy(current, best, scratch.touched)
    values[:] = _objective(inst, current)


@compiled
def _drop_halves(inst: Instance, sol: Solution) -> None:
    """Take out tasks for two teams of which one is missing."""
    for task in range(inst.tasks.shape[0]):
        if inst.tasks[task, TWIN] >= 0:
            shift, pos = _place_of(sol, task)
            other, _at = _place_of(sol, inst.tasks[task, TWIN])
            if shift >= 0 and (other < 0 or other == shift):
                _take(inst, sol, shift, pos)
                _evaluate(inst, sol, shift)


@compiled
def _keep(inst: Instance, sol: Solution, shifts: Ints, tasks: Ints, duties: bool) -> None:
    """Put in what fits of given stops: all of them, or the duties alone."""
    behind = 0
    for k in range(tasks.shape[0]):
        task, shift = tasks[k], shifts[k]
        if k == 0 or shift != shifts[k - 1]:
            behind = 0
        if inst.tasks[task, GROUP] < 0 or not inst.allowed[task, shift]:
            continue
        if duties and inst.tasks[task, KIND] != DUTY:
            continue
        there, at = _place_of(sol, task)
        if there >= 0:
            if there == shift and at >= behind:
                behind = at + 1
            continue
        if inst.tasks[task, SECOND] == 0 and _gain(inst, sol, task) < 0.0:
            continue
        for pos in range(behind, sol.state[shift, SIZE] + 1):
            if _fits(inst, sol, shift, pos, task) and _insert(inst, sol, shift, pos, task):
                behind = pos + 1
                break
    _drop_halves(inst, sol)


@compiled
def _fill_duties(inst: Instance, sol: Solution, scratch: Scratch) -> None:
    """Put each duty that waits where it costs least, those with the least choice of time first."""
    n = 0
    for group in range(inst.group_table.shape[0]):
        task = inst.groups[inst.group_table[group, FIRST]]
        if inst.tasks[task, KIND] == DUTY and not _full(inst, sol, group):
            scratch.keys[n] = inst.tasks[task, CLOSE_S] - inst.tasks[task, OPEN_S]
            scratch.lists[n] = group
            n += 1
    _sort(scratch.keys, scratch.lists, n)
    for k in range(n):
        group = scratch.lists[k]
        if _offer(inst, sol, scratch, group, 1.0, False, 0.0, False, 1.0) > -np.inf:
            _take_offer(inst, sol, scratch, group)


@entry
def follow(
    inst: Instance, sol: Solution, scratch: Scratch, shifts: Ints, tasks: Ints, duties_first: bool
) -> float:
    """Build a solution from routes that may be at fault: keep what fits, then fill what is free.

    Parameters
    ----------
    sol
        Without any stop.
    shifts, tasks
        Shift and task of each stop, route by route in their order. A task goes to the first
        place behind those before it where it fits, else it is left out.
    duties_first
        Whether all duties are put in before any visit, also those that the routes leave out.

    Returns
    -------
    its objective
    """
    _open(inst, sol)
    scratch.touched[:] = True
    scratch.fresh[:] = True
    if duties_first:
        _keep(inst, sol, shifts, tasks, True)
        _fill_duties(inst, sol, scratch)
    _keep(inst, sol, shifts, tasks, False)
    scratch.touched[:] = True
    scratch.fresh[:] = True
    _recreate(inst, sol, scratch, 1.0, True, False)
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
            opened = _uniform(scratch.random) < _OPENED and _open_route(trial, scratch)
            _recreate(inst, trial, scratch, share, False, opened)
            timed = _drop_losses(inst, trial, scratch, heat)
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
