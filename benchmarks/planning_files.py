"""Routing instances that the field publishes, as planning problems.

One second of a problem is the unit in which an instance counts: a tenth of its distances (a
hundredth in Cordeau's files, which state two decimals). All customers are places, the depot is
the base of all teams.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import vrplib

from geo.localtime import DAY_S
from geo.model import Floats, Ints
from routes.planning.problem import (
    Matrix,
    Option,
    PlanDuty,
    PlanPlace,
    PlanTeam,
    Prices,
    Problem,
    TimeBand,
    WorkShift,
)

__all__ = [
    "Instance",
    "InstanceError",
    "best_cost",
    "orienteering",
    "read_orienteering",
    "read_vrplib",
    "routing",
]

_DAY = date(2026, 3, 2)
_FAULTS = (LookupError, RuntimeError, TypeError, ValueError)  # of whoever reads what is no instance


class InstanceError(ValueError):
    """A file that is no instance, or cannot be read; names it."""


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """A depot (row 0) and its customers.

    Parameters
    ----------
    name
        Of the file, without its ending.
    units
        Whole units a unit of distance.
    travel
        Whole units, shape (n, n).
    times
        From when and until when service may begin, and how long it takes, whole units, shape
        (n, 3). A route is back by the depot's closing.
    profit
        What a visit is worth, shape (n,).
    load
        Shape (n,).
    vehicles, capacity
        How many vehicles there are, and what each carries.
    required
        Whether every customer must be served.
    """

    name: str
    units: int
    travel: Ints
    times: Ints
    profit: Floats
    load: Ints
    vehicles: int
    capacity: int
    required: bool

    def first(self, customers: int) -> Instance:
        """Return the depot and the first customers alone."""
        n = min(customers + 1, len(self.load))
        return replace(
            self,
            travel=self.travel[:n, :n],
            times=self.times[:n],
            profit=self.profit[:n],
            load=self.load[:n],
        )


def _distances(xy: Floats, units: int) -> Ints:
    apart: Floats = np.hypot(*(xy[:, None, :] - xy[None, :, :]).transpose(2, 0, 1))
    cut: Ints = np.floor(apart * units + 1e-9).astype(np.int64)
    return cut


def read_vrplib(path: Path) -> Instance:
    """Read a VRPTW or PCVRPTW file of VRPLIB: distances cut down to one decimal.

    Raises
    ------
    InstanceError
        If there is no such file, or it holds something else.
    """
    return _read(_vrplib, path, "VRPTW or PCVRPTW file of VRPLIB")


def _read(read: Callable[[Path], Instance], path: Path, kind: str) -> Instance:
    try:
        return read(path)
    except InstanceError:
        raise
    except OSError as error:
        raise InstanceError(f"{path}: {error.strerror or 'cannot be read'}") from error
    except _FAULTS as error:
        raise InstanceError(f"{path}: no {kind}") from error


def _vrplib(path: Path) -> Instance:
    held = vrplib.read_instance(str(path), compute_edge_weights=False)
    xy = np.asarray(held["node_coord"], dtype=np.float64)
    window = np.asarray(held["time_window"], dtype=np.float64)
    service = np.broadcast_to(np.asarray(held["service_time"], dtype=np.float64), len(xy)).copy()
    service[0] = 0.0
    prizes = held.get("prize")
    demand = np.asarray(held["demand"], dtype=np.int64)
    return Instance(
        path.stem,
        10,
        _distances(xy, 10),
        np.rint(np.column_stack([window, service]) * 10).astype(np.int64),
        profit=np.asarray(demand if prizes is None else prizes, dtype=np.float64),
        load=demand,
        vehicles=int(held.get("vehicles", len(xy) - 1)),
        capacity=int(held["capacity"]),
        required=prizes is None,
    )


def read_orienteering(path: Path) -> Instance:
    """Read a team orienteering file with time windows, or a VRPTW file with profit = demand.

    Raises
    ------
    InstanceError
        If there is no such file, or it holds something else; names the line where one has too few
        numbers.
    """
    if path.suffix == ".vrp":
        return read_vrplib(path)
    return _read(_orienteering, path, "team orienteering file")


def _orienteering(path: Path) -> Instance:
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        words = line.split()
        if number == 1 or len(words) <= 2:
            continue
        if len(words) < 9:
            raise InstanceError(f"{path.name}, line {number}: expected at least 9 numbers")
        x, y, service, profit = map(float, words[1:5])
        rows.append((x, y, service, profit, float(words[-2]), float(words[-1])))
    table = np.array(rows)
    units = 100 if path.stem.lower().startswith("pr") else 10
    return Instance(
        path.stem,
        units,
        _distances(table[:, :2], units),
        np.rint(table[:, [4, 5, 2]] * units).astype(np.int64),
        profit=table[:, 3],
        load=np.zeros(len(table), dtype=np.int64),
        vehicles=len(table) - 1,
        capacity=0,
        required=False,
    )


def orienteering(inst: Instance, paths: int) -> Problem:
    """Return the problem of collecting most profit on so many paths, whatever is carried."""
    return _problem(inst, paths, None, Prices(), inst.profit)


def routing(inst: Instance) -> Problem:
    """Return the problem of least distance, less prizes where customers may be left out.

    Its unit of value is that in which the instance counts.
    """
    prizes = inst.profit * inst.units
    return _problem(inst, inst.vehicles, inst.capacity, Prices(travel_h=3600.0), prizes)


def _problem(
    inst: Instance, vehicles: int, capacity: int | None, prices: Prices, value: Floats
) -> Problem:
    n = len(inst.load)
    places = tuple(PlanPlace(f"p{i}", 0.0, 0.0) for i in range(n))
    travel = inst.travel.astype(np.float64)
    forced = inst.required and capacity is not None
    back = int(inst.times[0, 1])
    loads = inst.load.tolist() if capacity is not None else [0] * n

    def option(i: int) -> Option:
        opens, closes, service = inst.times[i].tolist()
        return Option(
            f"c{i}", f"c{i}", f"p{i}", _DAY, opens, closes, service, float(value[i]), 1.0,
            load=loads[i],
        )  # fmt: skip

    def duty(i: int) -> PlanDuty:
        opens, closes, service = inst.times[i].tolist()
        return PlanDuty(f"c{i}", "customer", f"p{i}", _DAY, opens, closes, service, load=loads[i])

    return Problem(
        id=inst.name,
        places=places,
        bands=(TimeBand("all", 0, DAY_S),),
        matrices=(Matrix("car", "all", travel, travel.copy()),),
        teams=tuple(PlanTeam(f"t{k}", 2, frozenset(), "car") for k in range(vehicles)),
        shifts=tuple(
            WorkShift(f"s{k}", f"t{k}", _DAY, 0, back, "p0", "p0", capacity=capacity)
            for k in range(vehicles)
        ),
        options=() if forced else tuple(option(i) for i in range(1, n)),
        duties=tuple(duty(i) for i in range(1, n)) if forced else (),
        prices=prices,
    )


def best_cost(path: Path) -> float | None:
    """Return the cost that the solution file beside an instance states, if there is one."""
    solution = path.with_suffix(".sol")
    return float(vrplib.read_solution(str(solution))["cost"]) if solution.exists() else None
