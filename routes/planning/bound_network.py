"""A problem as the bound sees it: nodes, rows that limit them, and kinds of shifts.

Each rule is kept or loosened, never tightened, and no visit is worth less than in a plan.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array

from geo.model import Floats, Ints
from routes.planning.bound_kernels import NEVER, NOBODY, Way, close_legs
from routes.planning.hour_roads import held_in, joined
from routes.planning.instance import Compiled
from routes.planning.kernels import (
    ALIKE,
    BANDS,
    BEGIN_S,
    CAPACITY,
    DAY,
    ORIGIN,
    PROFILE,
    QUICKEST,
    STOPS,
    TARGET,
)
from routes.planning.legs import Legs
from routes.planning.problem import EscortMode, Option, PlanDuty, Problem, set_values

__all__ = ["Kind", "Network", "Node"]

Flags = npt.NDArray[np.bool_]
_ALIKE = 0.9  # share of nodes in common from which shifts count as of one kind, that may do both
_MOST_PLACES = 1000  # of a problem whose routes are looked at
_PLENTY = 1 << 19  # stops or room of a shift without a limit


@dataclass(frozen=True, slots=True)
class Node:
    """A visit or duty that a route may make.

    ``row`` is the debtor, as often as may be visited, or the duty: each is served at most once.
    """

    task: int
    day: int
    place: int
    row: int
    value: float
    service_s: int
    load: int
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """Shifts for which everything is the same.

    ``nodes`` may be served; ``starts`` are when a route may leave its first place at the
    earliest, after so many breaks; ``stay`` is what going straight home costs a shift that has
    begun, 0 for one that has not.
    """

    count: int
    nodes: Ints
    day: int
    profile: int
    start_place: int
    end_place: int
    end_s: int
    late_from_s: int
    most_stops: int
    most_load: int
    pauses: Ints
    starts: Ints
    stay: float

    @property
    def begins_s(self) -> int:
        return int(self.starts[0, 1])


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """What the bound works on.

    Parameters
    ----------
    nodes
        All of them.
    kinds
        Of shifts that may serve any.
    ways
        Travel by profile; none where the problem is too large for it.
    uses
        (rows, nodes), how much of each row a node takes.
    most
        (rows,), how much there is of each.
    fixed
        Rows, duties, that are to be used up.
    settled
        What frozen stops are worth, less what their ways cost.
    second_cost, late_cost
        Prices of a second of travel and of overtime.
    """

    nodes: tuple[Node, ...]
    kinds: tuple[Kind, ...]
    ways: tuple[Way, ...]
    uses: csc_array
    most: Floats
    fixed: Ints
    settled: float
    second_cost: float
    late_cost: float

    @classmethod
    def of(cls, compiled: Compiled, duties: frozenset[str]) -> Network:
        """Lay a problem out; plans that leave any of ``duties`` out need not be bounded."""
        problem = compiled.problem
        nodes = tuple(_nodes(compiled))
        kinds = tuple(_kinds(compiled, nodes))
        n_rows = max((node.row for node in nodes), default=-1) + 1
        names = {node.row: node.task for node in nodes}
        n_options = len(problem.options)
        fixed = [
            row
            for row, task in names.items()
            if task >= n_options and problem.duties[task - n_options].id in duties
        ]
        rows = [(node.row, k, 1.0) for k, node in enumerate(nodes)]
        more, most = _escorts(problem, nodes, n_rows)
        rows += more
        n_rows += len(most)
        at, of, weight = zip(*rows, strict=True) if rows else ((), (), ())
        return cls(
            nodes,
            kinds,
            tuple(_ways(compiled)),
            csc_array((weight, (at, of)), shape=(n_rows, len(nodes))),
            np.concatenate([np.ones(n_rows - len(most)), most]),
            np.array(fixed, dtype=np.int64),
            _settled(compiled),
            problem.prices.travel_h / 3600.0,
            problem.prices.overtime_h / 3600.0,
        )


def _spans(problem: Problem, task: Option | PlanDuty) -> tuple[tuple[int, int], ...]:
    """Return when service may begin: within the window, and where an escort is on duty."""
    window = (task.window_start_s, task.window_end_s)
    if isinstance(task, PlanDuty) or task.escort is not EscortMode.AT_DOOR:
        return (window,)
    calendars = {station.id: station.calendar for station in problem.escort_stations}
    return joined(
        part
        for station in task.escort_stations
        for slot in calendars[station]
        if slot.day == task.day and slot.officers > 0
        for part in held_in([window], slot.start_s, slot.end_s - task.service_s)
    )


def _gains(problem: Problem, allowed: frozenset[str]) -> dict[tuple[str, int], float]:
    """Return the most that an option adds as the first, second or third visit yet to come.

    A debtor's visits count from the one that is worth most by itself, whenever they are made: what
    they add in this order makes up what they are worth together, and the best one is not counted
    twice. Where some are frozen, a visit adds to those before it in time, frozen or not.
    """
    worth = set_values(problem)
    option_of = {option.id: option for option in problem.options}
    done: dict[str, tuple[date, int]] = {
        stop.ref: (route.day, stop.start_s)
        for route in problem.frozen
        for stop in route.stops
        if stop.ref in option_of
    }
    held: dict[str, list[str]] = {}
    for ref in done:
        held.setdefault(option_of[ref].debtor, []).append(ref)
    found: dict[tuple[str, int], float] = {}
    for chosen, value in worth.items():
        ours = held.get(option_of[min(chosen)].debtor, [])
        if not ours:
            if chosen <= allowed:
                *better, least = sorted(chosen, key=lambda ref: (-worth[frozenset([ref])], ref))
                more = value - worth.get(frozenset(better), 0.0)
                found[least, len(better)] = max(more, found.get((least, len(better)), 0.0))
            continue
        for ref in chosen & allowed:
            option = option_of[ref]
            before = chosen - {ref}
            first, last = (option.day, option.window_start_s), (option.day, option.window_end_s)
            if (
                before <= allowed | done.keys()
                and all(done[other] <= last for other in ours if other in before)
                and all(done[other] >= first for other in ours if other not in before)
                and all(
                    (option_of[other].day, option_of[other].window_start_s) <= last
                    for other in before - done.keys()
                )
            ):
                key = (ref, len(before - done.keys()))
                found[key] = max(value - worth.get(before, 0.0), found.get(key, 0.0))
    return found


def _nodes(compiled: Compiled) -> Iterable[Node]:
    problem, inst = compiled.problem, compiled.inst
    somewhere: list[bool] = [bool(row.any()) for row in inst.allowed]
    n_options = len(problem.options)
    allowed = frozenset(o.id for i, o in enumerate(problem.options) if somewhere[i])
    gains = _gains(problem, allowed)
    place_at = {place.id: i for i, place in enumerate(problem.places)}
    rows: dict[tuple[str, int], int] = {}
    tasks: tuple[Option | PlanDuty, ...] = (*problem.options, *problem.duties)
    for i, task in enumerate(tasks):
        spans = _spans(problem, task)
        if not somewhere[i] or not spans:
            continue
        if i < n_options:
            option = problem.options[i]
            levels = [(f"o{option.debtor}", k, gains.get((option.id, k), 0.0)) for k in range(3)]
        else:
            levels = [(f"d{task.id}", 0, 0.0)]
        for name, level, value in levels:
            if value > 0.0 or i >= n_options:
                row = rows.setdefault((name, level), len(rows))
                yield Node(
                    i,
                    int(inst.tasks[i, DAY]),
                    place_at[task.place],
                    row,
                    value,
                    task.service_s,
                    task.load,
                    spans,
                )


def _kinds(compiled: Compiled, nodes: tuple[Node, ...]) -> Iterable[Kind]:
    inst = compiled.inst
    tasks = np.array([node.task for node in nodes], dtype=np.int64)
    tasks_of: tuple[Option | PlanDuty, ...] = (*compiled.problem.options, *compiled.problem.duties)
    days = {task.day: int(row[DAY]) for task, row in zip(tasks_of, inst.tasks, strict=False)}
    alike: dict[tuple[bytes, bytes, str, bool], list[tuple[list[int], Flags]]] = {}
    for k, row in enumerate(inst.shifts):
        begun = compiled.prefix[k] is not None
        allowed = inst.allowed[tasks, k]
        shift = compiled.problem.shifts[k]
        hours = f"{shift.day} {shift.end_s} {shift.overtime_s}"
        key = (row[:ALIKE].tobytes(), _apart(compiled, k).tobytes(), hours, begun)
        kinds = alike.setdefault(key, [])
        for shifts, those in kinds:
            if (those & allowed).sum() >= _ALIKE * (those | allowed).sum():
                shifts.append(k)
                those |= allowed
                break
        else:
            kinds.append(([k], allowed.copy()))
    for (*_, begun), kinds in alike.items():
        for shifts, allowed in kinds:
            if not allowed.any():
                continue
            k = shifts[0]
            row, shift = inst.shifts[k], compiled.problem.shifts[k]
            pauses = _apart(compiled, k)
            yield Kind(
                len(shifts),
                np.flatnonzero(allowed),
                days.get(shift.day, NOBODY),
                int(row[PROFILE]),
                int(row[ORIGIN]),
                int(row[TARGET]),
                shift.end_s + shift.overtime_s,
                shift.end_s,
                int(row[STOPS] if row[STOPS] < _PLENTY else NEVER),
                int(row[CAPACITY] if row[CAPACITY] < _PLENTY else NEVER),
                pauses,
                _starts(int(row[BEGIN_S]), pauses, begun),
                _stay(compiled, k) if begun else 0.0,
            )


def _apart(compiled: Compiled, shift: int) -> Ints:
    """Return a shift's breaks in order, (P, 3); of two with a common hour only the first."""
    found: list[tuple[int, int, int]] = []
    ours = [pause for k, pause in compiled.breaks if k == shift]
    for pause in sorted(ours, key=lambda pause: pause.window_end_s):
        if not found or pause.window_start_s > found[-1][1]:
            found.append((pause.window_start_s, pause.window_end_s, pause.duration_s))
    return np.array(found, dtype=np.int64).reshape(-1, 3)


def _starts(begins_s: int, pauses: Ints, begun: bool) -> Ints:
    """Return breaks taken before leaving and the earliest second of leaving, (K, 2)."""
    found = [(0, begins_s)]
    at_s = begins_s
    for taken, (open_s, close_s, rest_s) in enumerate(pauses.tolist(), start=1):
        if begun:
            at_s = max(at_s, open_s)
            if at_s > close_s:
                break
            at_s += rest_s
        else:
            at_s = max(begins_s, open_s + rest_s)
        found.append((taken, at_s))
    return np.array(found, dtype=np.int64)


def _stay(compiled: Compiled, shift: int) -> float:
    """Return what going home from the last frozen stop costs at least."""
    inst = compiled.inst
    row = inst.shifts[shift]
    home_s = int(inst.travel_s[row[PROFILE], QUICKEST, row[ORIGIN], row[TARGET]])
    return compiled.problem.prices.travel_h / 3600.0 * home_s


def _settled(compiled: Compiled) -> float:
    """Return what frozen stops are worth less what came before the last of them."""
    problem = compiled.problem
    place_at = {place.id: i for i, place in enumerate(problem.places)}
    profile_of = {team.id: team.profile for team in problem.teams}
    total = 0.0
    for shift, frozen in zip(problem.shifts, compiled.prefix, strict=True):
        if frozen is None:
            continue
        legs = Legs(problem, place_at, profile=profile_of[shift.team], day=shift.day)
        at_s, place = frozen.leave_s, shift.start_place
        for stop in frozen.stops:
            total += stop.value
            total -= problem.prices.travel_h / 3600.0 * legs.travel_s(at_s, place, stop.place)
            at_s, place = stop.departure_s, stop.place
    return total


def _escorts(
    problem: Problem, nodes: tuple[Node, ...], first: int
) -> tuple[list[tuple[int, int, float]], list[float]]:
    """Return rows of the hours that escorts of some stations have on a day, and how many."""
    n_options = len(problem.options)
    needs: dict[tuple[object, frozenset[str]], list[int]] = {}
    for k, node in enumerate(nodes):
        if node.task < n_options:
            option = problem.options[node.task]
            if option.escort is EscortMode.AT_DOOR:
                key = (option.day, frozenset(option.escort_stations))
                needs.setdefault(key, []).append(k)
    rows: list[tuple[int, int, float]] = []
    most: list[float] = []
    wanted = set(needs)
    for (day, one), (other_day, other) in combinations(needs, 2):
        if day == other_day:
            wanted.add((day, one | other))
    for day, stations in sorted(wanted, key=lambda key: (str(key[0]), sorted(key[1]))):
        free_s = sum(
            slot.officers * (slot.end_s - slot.start_s)
            for station in problem.escort_stations
            if station.id in stations
            for slot in station.calendar
            if slot.day == day
        )
        if free_s <= 0:
            continue
        members = [
            k
            for (other_day, of), held in needs.items()
            if other_day == day and of <= stations
            for k in held
        ]
        if sum(nodes[k].service_s for k in members) > free_s:
            rows += [(first + len(most), k, nodes[k].service_s / free_s) for k in members]
            most.append(1.0)
    return rows, most


def _ways(compiled: Compiled) -> Iterable[Way]:
    """Return the travel of each profile; none where there are too many places."""
    problem, inst = compiled.problem, compiled.inst
    n_places = len(problem.places)
    if n_places > _MOST_PLACES:
        return
    place_at = {place.id: i for i, place in enumerate(problem.places)}
    least_s = np.full(n_places, NEVER, dtype=np.int64)
    every: tuple[Option | PlanDuty, ...] = (*problem.options, *problem.duties)
    for task in every:
        stays_s = [task.service_s]
        if task.together is not None and task.together.service_s is not None:
            stays_s.append(task.together.service_s)
        at = place_at[task.place]
        least_s[at] = min(least_s[at], *stays_s)
    for station in problem.escort_stations:
        least_s[place_at[station.place]] = 0
    ends_s = np.ascontiguousarray(inst.bands[:, 0])
    starts_s = np.concatenate([[0], ends_s[:-1]])
    for profile in range(inst.travel_s.shape[0]):
        raw_s = np.ascontiguousarray(inst.travel_s[profile, BANDS + inst.bands[:, 1]])
        way = Way(ends_s, np.empty_like(raw_s), np.empty_like(raw_s), np.empty_like(raw_s))
        close_legs(raw_s, least_s, starts_s, way)
        yield way
