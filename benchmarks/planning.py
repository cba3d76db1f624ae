"""The planner beside its peers on published instances of the field.

``python -m benchmarks.planning [--stop-s S] [--seed N]`` prints ``name value unit``. By default
team orienteering problems are made of the VRPTW files of the reference data (profit = demand) and
compared with the best value that any engine found in a run of ten minutes, as the table
``planning_best.csv`` holds it (``python -m benchmarks.planning_best`` writes that); then the
VRPTW and prize collecting files themselves go to both engines.

``--toptw FILE… --paths M [--best FILE.csv]``, ``--vrptw FILE…`` and ``--pcvrptw FILE…`` measure
the named files and nothing else. Each search has one core, and compiling does not count.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.planning_files import (
    Instance,
    best_cost,
    orienteering,
    read_orienteering,
    read_vrplib,
    routing,
)
from benchmarks.reference import reference_folder
from benchmarks.report import figure
from routes.planning import Deadline, Engine, MaxIterations, solve
from routes.planning.problem import Plan, Problem
from routes.planning.validate import violations

__all__ = ["BEST", "TEAM_FILES", "best_profits", "main", "solved"]

BEST = Path(__file__).with_name("planning_best.csv")
TEAM_FILES = (
    ("vrptw_C101", 2),
    ("vrptw_C201", 2),
    ("vrptw_R101", 3),
    ("vrptw_R112", 4),
    ("vrptw_R208", 1),
    ("vrptw_RC101", 4),
    ("vrptw_RC208", 2),
    ("vrptw_C1_2_1", 4),
    ("vrptw_R1_2_1", 4),
    ("vrptw_RC1_2_1", 3),
)
"""Files of the default run, each with its number of paths."""
_ROUTING = ("vrptw_R112", "vrptw_RC208", "vrptw_R1_2_1", "vrptw_RC2_4_1")
_PRIZES = ("pcvrptw_C1_10_3", "pcvrptw_R2_10_6", "pcvrptw_RC1_10_2", "pcvrptw_C2_10_4")
_CUSTOMERS = 300  # of a prize collecting file: the first ones


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Measure the planner.")
    parser.add_argument("--toptw", type=Path, nargs="+", help="team orienteering or VRPTW files")
    parser.add_argument(
        "--paths", type=int, default=1, help="routes of each team orienteering file"
    )
    parser.add_argument("--best", type=Path, help="table of name, paths, profit")
    parser.add_argument("--vrptw", type=Path, nargs="+", help="files of VRPLIB")
    parser.add_argument("--pcvrptw", type=Path, nargs="+", help="files of VRPLIB with prizes")
    parser.add_argument("--stop-s", type=float, default=10.0, help="seconds of each search")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    named = bool(options.toptw or options.vrptw or options.pcvrptw)
    teams, vrptw, pcvrptw = _files(options, named=named)
    run = {"stop_s": options.stop_s, "seed": options.seed}
    if teams:
        best = best_profits(options.best or BEST)
        _team_orienteering(teams, best, required=options.best is not None or not named, **run)
    if vrptw:
        _vrptw(vrptw, **run)
    if pcvrptw:
        _pcvrptw(pcvrptw, **run)


def _files(
    options: argparse.Namespace, *, named: bool
) -> tuple[list[tuple[Path, int]], list[Path], list[Path]]:
    if named:
        teams = [(path, options.paths) for path in options.toptw or ()]
        return teams, options.vrptw or [], options.pcvrptw or []
    folder = reference_folder() / "vrp"
    return (
        [(folder / f"{name}.vrp", paths) for name, paths in TEAM_FILES],
        [folder / f"{name}.vrp" for name in _ROUTING],
        [folder / f"{name}.vrp" for name in _PRIZES],
    )


def solved(problem: Problem, *, engine: Engine, stop_s: float, seed: int) -> Plan:
    """Return the plan of an engine, compiled beforehand, that the independent check accepts.

    Raises
    ------
    RuntimeError
        If the plan breaks its problem.
    """
    solve(problem, stop=MaxIterations(1), seed=seed, engine=engine)
    stop = Deadline.after(time.perf_counter, stop_s)
    plan = solve(problem, stop=stop, seed=seed, engine=engine)
    found = violations(problem, plan)
    if found:
        raise RuntimeError(f"{problem.id}: {len(found)} violations, first {found[0]}")
    return plan


def best_profits(path: Path) -> dict[tuple[str, int], float]:
    """Return the profits of a table by name and number of paths; none where it is absent."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row["name"].strip(), int(row["paths"])): float(row["profit"])
            for row in csv.DictReader(file)
        }


def _team_orienteering(
    files: Sequence[tuple[Path, int]],
    best: Mapping[tuple[str, int], float],
    *,
    required: bool,
    stop_s: float,
    seed: int,
) -> None:
    gaps = []
    unknown = [f"{path.stem},{paths}" for path, paths in files if (path.stem, paths) not in best]
    if unknown and required:
        raise SystemExit(f"the table of best values lacks {'; '.join(unknown)}")
    for path, paths in files:
        inst = read_orienteering(path)
        plan = solved(orienteering(inst, paths), engine=Engine.ALNS, stop_s=stop_s, seed=seed)
        figure(f"profit_{inst.name}", plan.value, "points")
        known = best.get((inst.name, paths))
        if known:
            gaps.append((known - plan.value) / known)
    if gaps:
        figure("toptw_mean_gap", float(np.mean(gaps)), "ratio")
        figure("toptw_worst_gap", max(gaps), "ratio")


def _by_both(
    instances: Iterator[Instance], *, stop_s: float, seed: int
) -> Iterator[tuple[Instance, dict[Engine, float]]]:
    """Yield each instance with the cost of both engines, in its own units."""
    for inst in instances:
        problem = routing(inst)
        at_most = sum(option.value for option in problem.options)
        costs = {}
        for engine in (Engine.ALNS, Engine.PYVRP):
            plan = solved(problem, engine=engine, stop_s=stop_s, seed=seed)
            missing = sum(item.is_duty for item in plan.unassigned)
            if missing:
                raise RuntimeError(f"{inst.name}: {engine} leaves out {missing} customers")
            costs[engine] = at_most - plan.value + plan.price
        yield inst, costs


def _vrptw(paths: Sequence[Path], *, stop_s: float, seed: int) -> None:
    known = {path.stem: best_cost(path) for path in paths}
    gaps: dict[Engine, list[float]] = {Engine.ALNS: [], Engine.PYVRP: []}
    for inst, costs in _by_both(map(read_vrplib, paths), stop_s=stop_s, seed=seed):
        for engine, cost in costs.items():
            gaps[engine].append(cost / inst.units / known[inst.name] - 1.0)
        figure(f"cost_{inst.name}", costs[Engine.ALNS] / inst.units, "distance")
    figure("vrptw_mean_gap", float(np.mean(gaps[Engine.ALNS])), "ratio")
    figure("vrptw_mean_gap_pyvrp", float(np.mean(gaps[Engine.PYVRP])), "ratio")


def _pcvrptw(paths: Sequence[Path], *, stop_s: float, seed: int) -> None:
    instances = (read_vrplib(path).first(_CUSTOMERS) for path in paths)
    ratios = []
    for inst, costs in _by_both(instances, stop_s=stop_s, seed=seed):
        figure(f"cost_{inst.name}", costs[Engine.ALNS], "tenths")
        ratios.append(costs[Engine.ALNS] / costs[Engine.PYVRP])
    figure("pcvrptw_cost_over_pyvrp", float(np.exp(np.mean(np.log(ratios)))), "ratio")


if __name__ == "__main__":
    main()
