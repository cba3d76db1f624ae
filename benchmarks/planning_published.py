"""The planner on published instances of the field, beside the best that is known of them.

A job is one file and one core; who calls says how the jobs are done.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import geometric_mean

import numpy as np

from benchmarks.planning_files import (
    best_cost,
    orienteering,
    read_orienteering,
    read_vrplib,
    routing,
)
from benchmarks.planning_run import solved
from benchmarks.report import figure
from routes.planning import Engine

__all__ = [
    "BEST",
    "PRIZE_FILES",
    "ROUTING_FILES",
    "TEAM_FILES",
    "best_profits",
    "costs",
    "print_prizes",
    "print_routing",
    "print_teams",
    "profit",
    "told_unknown",
]

BEST = Path(__file__).with_name("planning_best.csv")
TEAM_FILES = (
    ("vrptw_C101", 2),
    ("vrptw_C201", 2),
    ("vrptw_R101", 3),
    ("vrptw_R112", 4),
    ("vrptw_R208", 1),
)
"""Files of the default run, each with its number of paths."""
ROUTING_FILES = ("vrptw_RC208", "vrptw_R1_2_1")
PRIZE_FILES = ("pcvrptw_C1_10_3", "pcvrptw_R2_10_6")
_CUSTOMERS = 300  # of a prize collecting file: the first ones


def best_profits(path: Path) -> dict[tuple[str, int], float]:
    """Return the profits of a table (name, paths, profit) by name and number of paths.

    Raises
    ------
    SystemExit
        If there is no such table, or a row of it holds something else; with file, line and cure.
    """
    found: dict[tuple[str, int], float] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, skipinitialspace=True)
            columns = [name.strip().lower() for name in next(rows, [])]
            for row in filter(None, rows):
                try:
                    told = dict(zip(columns, map(str.strip, row), strict=True))
                    found[told["name"], int(told["paths"])] = float(told["profit"])
                except (KeyError, ValueError):
                    wanted = "name,paths,profit such as c101,2,590"
                    raise SystemExit(f"{path}, line {rows.line_num}: write {wanted}") from None
    except FileNotFoundError:
        raise SystemExit(f"{path}: no such table of best values") from None
    return found


def told_unknown(files: Sequence[tuple[Path, int]], best: Mapping[tuple[str, int], float]) -> str:
    """Return a line on the files that a table of best values lacks; no gap is told of them."""
    unknown = [f"{path.stem},{paths}" for path, paths in files if (path.stem, paths) not in best]
    return f"no best value, so no gap, of {'; '.join(unknown)}\n" if unknown else ""


def profit(job: tuple[Path, int], *, stop_s: float, seed: int) -> tuple[str, float]:
    """Return the name of a team orienteering file, and what so many paths of it collect."""
    path, paths = job
    inst = read_orienteering(path)
    plan = solved(orienteering(inst, paths), engine=Engine.ALNS, stop_s=stop_s, seed=seed)
    return inst.name, plan.value


def print_teams(
    files: Sequence[tuple[Path, int]],
    profits: Iterable[tuple[str, float]],
    best: Mapping[tuple[str, int], float],
) -> None:
    """Print the profit of each file and, where the best is known, the gaps to it."""
    gaps = []
    for (_, paths), (name, value) in zip(files, profits, strict=True):
        figure(f"profit_{name}", value, "points")
        known = best.get((name, paths))
        if known:
            gaps.append((known - value) / known)
    if gaps:
        figure("toptw_mean_gap", float(np.mean(gaps)), "ratio")
        figure("toptw_worst_gap", max(gaps), "ratio")


def costs(
    path: Path, *, stop_s: float, seed: int, customers: int | None = None
) -> dict[Engine, float]:
    """Return the cost of a file, or of its first customers, by each engine.

    Raises
    ------
    RuntimeError
        If an engine leaves out a customer that must be served.
    """
    inst = read_vrplib(path)
    if customers is not None:
        inst = inst.first(customers)
    problem = routing(inst)
    at_most = sum(option.value for option in problem.options)
    found = {}
    for engine in (Engine.ALNS, Engine.PYVRP):
        plan = solved(problem, engine=engine, stop_s=stop_s, seed=seed)
        missing = sum(item.is_duty for item in plan.unassigned)
        if missing:
            raise RuntimeError(f"{inst.name}: {engine} leaves out {missing} customers")
        found[engine] = at_most - plan.value + plan.price
    return found


def print_routing(files: Sequence[Path], found: Iterable[Mapping[Engine, float]]) -> None:
    """Print the cost of each file and, where the best is known, the gaps of both engines to it."""
    gaps: dict[Engine, list[float]] = {Engine.ALNS: [], Engine.PYVRP: []}
    for path, by_engine in zip(files, found, strict=True):
        units = read_vrplib(path).units
        figure(f"cost_{path.stem}", by_engine[Engine.ALNS] / units, "distance")
        best = best_cost(path)
        if best is not None:
            for engine, cost in by_engine.items():
                gaps[engine].append(cost / units / best - 1.0)
    if gaps[Engine.ALNS]:
        figure("vrptw_mean_gap", float(np.mean(gaps[Engine.ALNS])), "ratio")
        figure("vrptw_mean_gap_pyvrp", float(np.mean(gaps[Engine.PYVRP])), "ratio")


def print_prizes(files: Sequence[Path], found: Iterable[Mapping[Engine, float]]) -> None:
    """Print the cost of each file and the ratio of both engines."""
    ratios = []
    for path, by_engine in zip(files, found, strict=True):
        figure(f"cost_{path.stem}", by_engine[Engine.ALNS], "tenths")
        ratios.append(by_engine[Engine.ALNS] / by_engine[Engine.PYVRP])
    figure("pcvrptw_cost_over_pyvrp", geometric_mean(ratios), "ratio")
