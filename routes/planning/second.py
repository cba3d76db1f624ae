"""The second engine: PyVRP's iterated local search, with prizes and exclusive groups.

What PyVRP cannot say is relaxed for it: breaks, escorts and second visits are left out, and a leg
takes its time from the band that holds in the middle of its target's window. Its routes are mended
by :func:`routes.planning.assembly.mended`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyvrp import (
    Client,
    ClientGroup,
    Depot,
    Location,
    ProblemData,
    Route,
    Solution,
    VehicleType,
)
from pyvrp import solve as solve_by_pyvrp

from geo.model import Floats, Ints
from routes.planning.assembly import mended, tasks_of
from routes.planning.instance import Compiled, compile_problem
from routes.planning.kernels import (
    ALIKE,
    BANDS,
    BEGIN_S,
    CAPACITY,
    CLOSE_S,
    DUTY,
    END_S,
    GROUP,
    KIND,
    LOAD,
    OPEN_S,
    ORIGIN,
    PLACE,
    PROFILE,
    SERVICE_S,
    STOPS,
    TARGET,
    WAYS,
    Instance,
)
from routes.planning.problem import Plan, Problem
from routes.planning.progress import Listener
from routes.planning.stop import StopRule

__all__ = ["leg_seconds", "search"]

_FAR = 100_000_000  # a forbidden leg; larger numbers overflow inside PyVRP
_DEAREST = 1_000_000  # largest prize, since prizes are whole numbers there


class _Stop:
    """Puts a stop rule to PyVRP, which asks before each iteration with the best cost."""

    def __init__(self, rule: StopRule, listener: Listener, unit: float) -> None:
        self._rule, self._listener, self._unit = rule, listener, unit
        self.iteration = -1

    def __call__(self, best_cost: float) -> bool:
        self.iteration += 1
        gain = -float(best_cost) / self._unit
        self._listener.iterated(iteration=self.iteration, value=gain, best_value=gain)
        return self._rule.spent(self.iteration) >= 1.0


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """A problem as PyVRP sees it: clients are ``tasks``, vehicle types are ``crews`` of shifts.

    A unit of cost there is ``1 / unit`` of value here.
    """

    data: ProblemData
    tasks: Ints
    crews: tuple[tuple[int, ...], ...]
    unit: float


def search(
    problem: Problem,
    *,
    stop: StopRule,
    seed: int,
    listener: Listener,
    begun: Plan | None = None,
) -> Plan:
    """Plan by PyVRP until ``stop`` says so, from a plan if one is given; else as
    ``routes.planning.solve`` does.
    """
    compiled = compile_problem(problem)
    model = _model(compiled.inst)
    shifts: list[int] = []
    tasks: list[int] = []
    iterations = 0
    listener.started(value=0.0)
    if model is not None:
        rule = _Stop(stop, listener, model.unit)
        result = solve_by_pyvrp(
            model.data,
            rule,
            seed=seed % 2**32,
            collect_stats=False,
            display=False,
            initial_solution=None if begun is None else _begun(compiled, model, begun),
        )
        iterations = rule.iteration
        used: defaultdict[int, int] = defaultdict(int)
        for route in result.best.routes():
            crew = model.crews[route.vehicle_type()]
            shift = crew[used[route.vehicle_type()]]
            used[route.vehicle_type()] += 1
            visits = [act.idx for act in route.schedule() if act.is_client()]
            tasks += model.tasks[visits].tolist()
            shifts += [shift] * len(visits)
    plan = mended(
        compiled,
        np.array(shifts, dtype=np.int64),
        np.array(tasks, dtype=np.int64),
        engine="pyvrp",
        seed=seed,
        iterations=iterations,
    )
    listener.ended(iterations=iterations, best_value=plan.value - plan.price)
    return plan


def _begun(compiled: Compiled, model: _Model, plan: Plan) -> Solution:
    """Return a plan in PyVRP's terms, with one visit a debtor."""
    client_of = {int(task): row for row, task in enumerate(model.tasks)}
    group_of = compiled.inst.tasks[:, GROUP]
    crew_of = {shift: number for number, crew in enumerate(model.crews) for shift in crew}
    seen: set[int] = set()
    routes = []
    for shift, tasks in enumerate(tasks_of(compiled, plan)):
        visits = []
        for task in tasks:
            if task in client_of and int(group_of[task]) not in seen:
                seen.add(int(group_of[task]))
                visits.append(client_of[task])
        if visits:
            routes.append(Route(model.data, visits, crew_of[shift]))
    return Solution(model.data, routes)


def _model(inst: Instance) -> _Model | None:
    """State an instance for PyVRP, or None where nothing can be served."""
    tasks = np.sort(inst.groups)
    if not len(tasks) or not len(inst.shifts):
        return None
    table = inst.tasks[tasks]
    unit = _unit(inst, tasks)
    crews: defaultdict[int, list[int]] = defaultdict(list)
    for shift, alike in enumerate(inst.shifts[:, ALIKE].tolist()):
        crews[alike].append(shift)
    leads = [members[0] for members in crews.values()]
    ends = np.unique(inst.shifts[:, [ORIGIN, TARGET]])
    place = np.concatenate([ends, table[:, PLACE]])
    lanes = {(int(inst.shifts[k, PROFILE]), inst.allowed[tasks, k].tobytes()): k for k in leads}
    lane_at = {lane: number for number, lane in enumerate(lanes)}
    durations: list[Any] = [leg_seconds(inst, tasks, place, k) for k in lanes.values()]
    distances: list[Any] = [
        _distances(each, _metres(inst, tasks, place, k), inst, unit)
        for each, k in zip(durations, lanes.values(), strict=True)
    ]
    depot_at = {int(end): row for row, end in enumerate(ends)}
    members: defaultdict[int, list[int]] = defaultdict(list)
    for row, group in enumerate(table[:, GROUP].tolist()):
        members[group].append(row)
    several = [rows for rows in members.values() if len(rows) > 1]
    group_of = {row: number for number, rows in enumerate(several) for row in rows}
    clients = [
        Client(
            len(ends) + row,
            delivery=[int(table[row, LOAD]), 1],
            service_duration=int(table[row, SERVICE_S]),
            tw_early=int(table[row, OPEN_S]),
            tw_late=int(table[row, CLOSE_S]),
            prize=0 if table[row, KIND] == DUTY else round(inst.value[task] * unit),
            required=bool(table[row, KIND] == DUTY) and row not in group_of,
            group=group_of.get(row),
        )
        for row, task in enumerate(tasks.tolist())
    ]
    types = [
        VehicleType(
            len(crews[int(inst.shifts[k, ALIKE])]),
            capacity=[int(inst.shifts[k, CAPACITY]), int(inst.shifts[k, STOPS])],
            start_depot=depot_at[int(inst.shifts[k, ORIGIN])],
            end_depot=depot_at[int(inst.shifts[k, TARGET])],
            tw_early=int(inst.shifts[k, BEGIN_S]),
            tw_late=max(int(inst.shifts[k, BEGIN_S]), int(inst.shifts[k, END_S])),
            profile=lane_at[int(inst.shifts[k, PROFILE]), inst.allowed[tasks, k].tobytes()],
        )
        for k in leads
    ]
    data = ProblemData(
        [Location(0, 0) for _ in place],
        clients,
        [Depot(row) for row in range(len(ends))],
        types,
        distances,
        durations,
        [ClientGroup(rows, required=bool(table[rows[0], KIND] == DUTY)) for rows in several],
    )
    return _Model(data, tasks, tuple(tuple(crew) for crew in crews.values()), unit)


def _unit(inst: Instance, tasks: Ints) -> float:
    """Return 1 where all values are whole, else what makes the largest prize large enough."""
    values = inst.value[tasks[inst.tasks[tasks, KIND] != DUTY]]
    if (values == np.rint(values)).all() and float(inst.second_cost).is_integer():
        return 1.0
    return _DEAREST / max(float(values.max(initial=0.0)), inst.second_cost)


def leg_seconds(inst: Instance, tasks: Ints, place: Ints, shift: int) -> Ints:
    """Return seconds between depots and clients for a shift; far where it may not go.

    ``place`` holds those of the depots, then those of the tasks, which are clients. A leg takes
    its time from the band in the middle of its target's window.
    """
    profile = inst.shifts[shift, PROFILE]
    n_ends = len(place) - len(tasks)
    matrix = _bands(inst, tasks, n_ends)
    legs = inst.travel_s[profile][BANDS + matrix[None, :], place[:, None], place[None, :]]
    legs = np.minimum(legs.astype(np.int64), _FAR)
    barred = np.concatenate([np.zeros(n_ends, dtype=bool), ~inst.allowed[tasks, shift]])
    legs[barred, :] = _FAR
    legs[:, barred] = _FAR
    np.fill_diagonal(legs, 0)
    seconds: Ints = legs
    return seconds


def _bands(inst: Instance, tasks: Ints, n_ends: int) -> Ints:
    """Return the matrix of the legs to each depot and client."""
    middle_s = (inst.tasks[tasks, OPEN_S] + inst.tasks[tasks, CLOSE_S]) // 2
    band = np.minimum(
        np.searchsorted(inst.bands[:, 0], middle_s, side="right"), len(inst.bands) - 1
    )
    return np.concatenate([np.full(n_ends, inst.bands[-1, 1]), inst.bands[band, 1]])


def _metres(inst: Instance, tasks: Ints, place: Ints, shift: int) -> Floats:
    """Return metres of the same legs; nothing where a kilometre costs nothing."""
    if inst.metre_s == 0.0:
        return np.zeros(1)
    matrix = _bands(inst, tasks, len(place) - len(tasks))
    length_m = inst.length_m[inst.shifts[shift, PROFILE]]
    metres: Floats = length_m[WAYS + matrix[None, :], place[:, None], place[None, :]].astype(float)
    return metres


def _distances(durations: Ints, metres: Floats, inst: Instance, unit: float) -> Ints:
    """Return the price of each leg in whole units, far ones kept far."""
    priced_s = durations + inst.metre_s * metres
    prices: Floats = np.minimum(np.rint(priced_s * (inst.second_cost * unit)), float(_FAR))
    return np.where(durations >= _FAR, _FAR, prices).astype(np.int64)
