"""OR-Tools' routing solver as a peer of the planner.

It runs in a process of its own with a hard end, as it holds the interpreter while it works. What
it cannot say is relaxed for it: one option a debtor, escorts come whenever their station has
hours, duties and visits for two teams need one, and a leg takes its time from the band in the
middle of its target's window. Rests it knows. It begins with a given plan as far as
that holds in its terms, and its routes are mended as those of the second engine are.
"""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from geo.model import Floats, Ints
from routes.planning.assembly import mended, tasks_of
from routes.planning.instance import Compiled, compile_problem
from routes.planning.kernels import (
    BEGIN_S,
    CLOSE_S,
    DAY,
    DUTY,
    GROUP,
    KIND,
    NEVER,
    OPEN_S,
    ORIGIN,
    PLACE,
    SERVICE_S,
    SLOTS,
    STATIONS,
    STATIONS_END,
    TARGET,
)
from routes.planning.problem import Plan, Problem
from routes.planning.second import leg_seconds

__all__ = ["search"]

_GRACE_S = 20.0  # to begin, to state the model and to end
_DEAREST = 1_000_000  # largest value in its whole numbers
_REQUIRED = 1_000 * _DEAREST
_FAR_S = 1_000_000
_REPAIR_MS = 1_000  # to find times and rests for given routes; with less it often finds none


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """A problem in plain arrays: begins and ends of the shifts, then tasks.

    ``spans`` are the seconds in which a shift or a task may begin; ``rests`` holds shift, first
    and last second of the beginning, and seconds. ``allowed`` is (tasks, shifts). ``lanes`` says
    which matrices each shift drives by.
    """

    spans: Ints
    service_s: Ints
    worth: Ints
    group: Ints
    required: Ints
    allowed: Any
    lanes: Ints
    travel_s: Ints
    price: Floats
    rests: Ints
    first: tuple[tuple[int, ...], ...]


def search(problem: Problem, *, stop_s: float, begun: Plan) -> Plan:
    """Return the mended plan of a search that begins with ``begun``; that where it has none."""
    compiled = compile_problem(problem)
    model, tasks = _model(compiled, begun)
    context = get_context("fork")  # begins at once
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, model, stop_s), daemon=True)
    process.start()
    theirs.close()
    routes: list[list[int]] | None = None
    try:
        if ours.poll(stop_s + _GRACE_S):
            routes = ours.recv()
    except EOFError:
        routes = None
    finally:
        process.kill()
        process.join()
    if routes is None:
        return begun
    shifts = [shift for shift, route in enumerate(routes) for _ in route]
    stops = [task for route in routes for task in route]
    return mended(
        compiled,
        np.array(shifts, dtype=np.int64),
        tasks[np.array(stops, dtype=np.int64)],
        engine="ortools",
        seed=0,
        iterations=0,
    )


def _model(compiled: Compiled, begun: Plan) -> tuple[_Model, Ints]:
    inst, problem = compiled.inst, compiled.problem
    tasks = np.sort(inst.groups)
    table = inst.tasks[tasks]
    values = np.where(table[:, KIND] == DUTY, 0.0, inst.value[tasks])
    unit = _DEAREST / max(float(values.max(initial=0.0)), inst.second_cost, 1e-9)
    place = np.concatenate([inst.shifts[:, ORIGIN], inst.shifts[:, TARGET], table[:, PLACE]])
    n_shifts = len(inst.shifts)
    lanes: dict[bytes, int] = {}
    legs: list[Ints] = []
    lane_of = []
    for shift in range(n_shifts):
        seconds = leg_seconds(inst, tasks, place, shift)
        if seconds.tobytes() not in lanes:
            lanes[seconds.tobytes()] = len(legs)
            legs.append(seconds)
        lane_of.append(lanes[seconds.tobytes()])
    spans = [_span(compiled, task) for task in tasks.tolist()]
    ends_s = [shift.end_s for shift in problem.shifts]
    hours = list(zip(inst.shifts[:, BEGIN_S].tolist(), ends_s, strict=True))
    row = {int(task): k for k, task in enumerate(tasks)}
    first = tuple(
        tuple(row[task] for task in route if task in row) for route in tasks_of(compiled, begun)
    )
    model = _Model(
        spans=np.array([*hours, *hours, *spans], dtype=np.int64),
        service_s=table[:, SERVICE_S],
        worth=np.rint(values * unit).astype(np.int64),
        group=table[:, GROUP],
        required=table[:, KIND] == DUTY,
        allowed=inst.allowed[tasks],
        lanes=np.array(lane_of, dtype=np.int64),
        travel_s=np.minimum(np.array(legs), _FAR_S),
        price=np.array(inst.second_cost * unit),
        rests=np.array(
            [(k, r.window_start_s, r.window_end_s, r.duration_s) for k, r in compiled.breaks],
            dtype=np.int64,
        ).reshape(-1, 4),
        first=first,
    )
    return model, tasks


def _span(compiled: Compiled, task: int) -> tuple[int, int]:
    """Return when a task may begin, by its window and the hours of its stations."""
    inst = compiled.inst
    open_s, close_s = int(inst.tasks[task, OPEN_S]), int(inst.tasks[task, CLOSE_S])
    stations = inst.stations[inst.tasks[task, STATIONS] : inst.tasks[task, STATIONS_END]]
    if not len(stations):
        return open_s, close_s
    begins_s, ends_s = NEVER, -1
    for station in stations.tolist():
        at = station * inst.n_days + inst.tasks[task, DAY]
        for from_s, until_s, _ in inst.slots[
            inst.desks[at, SLOTS] : inst.desks[at + 1, SLOTS]
        ].tolist():
            last_s = min(close_s, until_s - int(inst.tasks[task, SERVICE_S]))
            if max(open_s, from_s) <= last_s:
                begins_s = min(begins_s, max(open_s, from_s))
                ends_s = max(ends_s, last_s)
    return (begins_s, ends_s) if begins_s <= ends_s else (open_s, close_s)


def _work(answer: Connection, model: _Model, stop_s: float) -> None:
    """Search and send the rows of the tasks, shift by shift; None where no plan was found."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    n_shifts = len(model.lanes)
    n_tasks = len(model.group)
    ends = 2 * n_shifts
    manager = pywrapcp.RoutingIndexManager(
        ends + n_tasks, n_shifts, list(range(n_shifts)), list(range(n_shifts, ends))
    )
    routing = pywrapcp.RoutingModel(manager)
    service_s = np.concatenate([np.zeros(ends, dtype=np.int64), model.service_s])
    best = np.zeros(int(model.group.max(initial=-1)) + 1, dtype=np.int64)
    np.maximum.at(best, model.group, model.worth)
    lost = np.concatenate([np.zeros(ends, dtype=np.int64), best[model.group] - model.worth])
    moving, costing = [], []
    for legs_s in model.travel_s:
        price = np.rint(legs_s * float(model.price)).astype(np.int64) + lost[None, :]
        moving.append(routing.RegisterTransitMatrix((legs_s + service_s[:, None]).tolist()))
        costing.append(routing.RegisterTransitMatrix(price.tolist()))
    for shift, lane in enumerate(model.lanes.tolist()):
        routing.SetArcCostEvaluatorOfVehicle(costing[lane], shift)
    horizon_s = int(model.spans.max())
    routing.AddDimensionWithVehicleTransits(
        [moving[lane] for lane in model.lanes.tolist()], horizon_s, horizon_s, False, "time"
    )
    time = routing.GetDimensionOrDie("time")
    for shift in range(n_shifts):
        begin_s, end_s = model.spans[shift].tolist()
        time.CumulVar(routing.Start(shift)).SetRange(begin_s, end_s)
        time.CumulVar(routing.End(shift)).SetRange(begin_s, end_s)
    members: dict[int, list[int]] = {}
    for row in range(n_tasks):
        index = manager.NodeToIndex(ends + row)
        time.CumulVar(index).SetRange(*model.spans[ends + row].tolist())
        able = np.flatnonzero(model.allowed[row]).tolist()
        routing.VehicleVar(index).SetValues([-1, *able])
        members.setdefault(int(model.group[row]), []).append(row)
    for group, rows in members.items():
        penalty = _REQUIRED if model.required[rows[0]] else int(best[group])
        routing.AddDisjunction([manager.NodeToIndex(ends + row) for row in rows], penalty)
    at_stops = [0] * routing.Size()
    for row in range(n_tasks):
        at_stops[manager.NodeToIndex(ends + row)] = int(model.service_s[row])
    solver = routing.solver()
    for shift in range(n_shifts):
        rests = [
            solver.FixedDurationIntervalVar(from_s, until_s, rest_s, False, f"rest-{shift}-{k}")
            for k, (owner, from_s, until_s, rest_s) in enumerate(model.rests.tolist())
            if owner == shift
        ]
        if rests:
            time.SetBreakIntervalsOfVehicle(rests, shift, at_stops)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = (
        routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    )
    parameters.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    parameters.time_limit.FromMilliseconds(round(1000.0 * stop_s))
    parameters.lns_time_limit.FromMilliseconds(_REPAIR_MS)
    routing.CloseModelWithParameters(parameters)
    first = [[manager.NodeToIndex(ends + row) for row in route] for route in _held(model)]
    start = routing.ReadAssignmentFromRoutes(first, True)
    found = None if start is None else routing.SolveFromAssignmentWithParameters(start, parameters)
    if found is None:
        found = routing.SolveWithParameters(parameters)
    answer.send(None if found is None else _routes(manager, routing, found, n_shifts))


def _routes(manager: Any, routing: Any, found: Any, n_shifts: int) -> list[list[int]]:
    routes: list[list[int]] = []
    for shift in range(n_shifts):
        index, route = found.Value(routing.NextVar(routing.Start(shift))), []
        while not routing.IsEnd(index):
            route.append(manager.IndexToNode(index) - 2 * n_shifts)
            index = found.Value(routing.NextVar(index))
        routes.append(route)
    return routes


def _held(model: _Model) -> list[list[int]]:
    """Return the first routes without the stops that come too late in this model's terms."""
    kept = []
    seen: set[int] = set()
    for shift, route in enumerate(model.first):
        legs_s = model.travel_s[model.lanes[shift]]
        rests = [row[1:] for row in model.rests.tolist() if row[0] == shift]
        stops: list[int] = []
        for row in route:
            if model.group[row] not in seen and _lasts(model, shift, [*stops, row], legs_s, rests):
                stops.append(row)
                seen.add(int(model.group[row]))
        kept.append(stops)
    return kept


def _lasts(
    model: _Model, shift: int, stops: list[int], legs_s: Ints, rests: list[list[int]]
) -> bool:
    """Return whether a shift can make these stops and its rests, each rest as late as it may."""
    n_shifts = len(model.lanes)
    ends = 2 * n_shifts
    at_s, node = int(model.spans[shift, 0]), shift
    due = sorted(rests, key=lambda rest: rest[1])
    for target in [*(ends + row for row in stops), n_shifts + shift]:
        open_s, close_s = model.spans[target].tolist()
        service_s = int(model.service_s[target - ends]) if target >= ends else 0
        start_s = max(at_s + int(legs_s[node, target]), open_s)
        while due and start_s + service_s > due[0][1]:
            from_s, until_s, rest_s = due.pop(0)
            at_s = max(at_s, from_s) + rest_s
            if at_s - rest_s > until_s:
                return False
            start_s = max(at_s + int(legs_s[node, target]), open_s)
        if start_s > close_s:
            return False
        at_s, node = start_s + service_s, target
    return True
