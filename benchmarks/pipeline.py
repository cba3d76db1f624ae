"""Seconds a stage takes, from files to map, on the full demonstration district.

``python -m benchmarks.pipeline [--small] [--seed N]`` prints ``name value unit``.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from benchmarks.report import figure
from data.demo import generate
from geo.localtime import local_day
from web import demonstration
from web.app import create_app
from web.clock import system_clock
from web.config import Settings, secret_key
from web.steps import exporting, geocoding, planning, roads, setup
from web.wiring import Court

_Result = TypeVar("_Result")


def _timed(name: str, step: Callable[[], _Result]) -> _Result:
    started_s = time.perf_counter()
    result = step()
    figure(f"pipeline_{name}_s", time.perf_counter() - started_s, "s")
    return result


def main() -> None:
    """Run the main job stage by stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a tenth of the district")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    started_s = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        settings = Settings(Path(scratch) / "court")
        today = local_day(system_clock())
        files = _timed(
            "generate",
            lambda: generate(
                Path(scratch) / "district", seed=options.seed, small=options.small, as_of=today
            ),
        )
        _timed("init", lambda: setup.initialise(settings))
        _timed("network", lambda: roads.build_network(settings, str(files.roads)))
        _timed("import", lambda: demonstration.import_all(settings, files))
        _timed("geocode", lambda: geocoding.geocode_claims(Court(settings)))
        day = planning.next_workday(settings)
        made = _timed("plan", lambda: planning.make_plan(settings, (day,), iterations=1000, seed=1))
        _timed(
            "export",
            lambda: exporting.export_plan(
                settings, "latest", "geojson", Path(scratch) / "plan.geojson", draft=True
            ),
        )

        def first_map() -> int:
            app = create_app(Court(settings).services(), secret_key=secret_key(settings))
            return app.test_client().get("/healthz").status_code

        _timed("web_start", first_map)
    figure("pipeline_total_s", time.perf_counter() - started_s, "s")
    figure("pipeline_planned_visits", made["planned_visits"], "visits")
    figure(
        "pipeline_peak_memory_mib",
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "MiB",
    )


if __name__ == "__main__":
    main()
