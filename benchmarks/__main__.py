"""Run every benchmark and write ``benchmarks/RESULTS.md``."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

BENCHMARKS = (
    "pipeline",
    "addresses",
    "geocoding",
    "areas",
    "travel",
    "locating",
    "field_simulation",
)


def main() -> None:
    """Run each benchmark in a process of its own; a failed one fails the whole run."""
    lines = [
        "# Results",
        "",
        "Written by `make bench`; not edited by hand. Compare figures within one run only.",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "",
    ]
    for name in BENCHMARKS:
        run = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}"],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        sys.stdout.write(run.stdout)
        lines += [f"## {name}", "", "| figure | value | unit |", "|---|---|---|"]
        for row in run.stdout.splitlines():
            figure, value, unit = row.split(" ", 2)
            lines.append(f"| `{figure}` | {value} | {unit} |")
        lines.append("")
    Path(__file__).with_name("RESULTS.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
