"""The best value that any engine finds in a long run, for the default run of the planner.

``python -m benchmarks.planning_best [NAME …] [--stop-s S] [--output FILE.csv]`` lets both engines
work ten minutes on each file of :data:`benchmarks.planning_published.TEAM_FILES`, or on those
named, two at a time, and writes ``planning_best.csv``. A value that an earlier run found stays
where none is better; each is written as soon as it is known, so that a run may be stopped and
taken up again.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from benchmarks.planning_files import orienteering, read_orienteering
from benchmarks.planning_published import BEST, TEAM_FILES, best_profits
from benchmarks.planning_run import solved
from benchmarks.reference import reference_folder
from routes.planning import Engine

__all__ = ["main"]


def main() -> None:
    """Find the values and write them down."""
    parser = argparse.ArgumentParser(description="Find the best values of orienteering files.")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--stop-s", type=float, default=600.0, help="seconds of each search")
    parser.add_argument("--output", type=Path, default=BEST)
    options = parser.parse_args()
    best = best_profits(options.output) if options.output.exists() else {}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        runs = {
            pool.submit(_profit, name, paths, engine, options.stop_s): (name, paths)
            for name, paths in TEAM_FILES
            if not options.names or name in options.names
            for engine in (Engine.ALNS, Engine.PYVRP)
        }
        for run in as_completed(runs):
            key = runs[run]
            best[key] = max(best.get(key, 0.0), run.result())
            _write(options.output, best)
            print(*key, run.result(), file=sys.stderr)


def _profit(name: str, paths: int, engine: Engine, stop_s: float) -> float:
    problem = orienteering(read_orienteering(reference_folder() / "vrp" / f"{name}.vrp"), paths)
    return solved(problem, engine=engine, stop_s=stop_s, seed=1).value


def _write(path: Path, best: Mapping[tuple[str, int], float]) -> None:
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("name", "paths", "profit"))
        rows.writerows((*key, f"{value:g}") for key, value in sorted(best.items()))
    part.replace(path)


if __name__ == "__main__":
    main()
