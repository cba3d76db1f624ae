"""Run every benchmark and write ``benchmarks/RESULTS.md``.

``python -m benchmarks [NAME ...]`` runs those named, or all but the long ones, and leaves the
sections of the others as an earlier run wrote them. A benchmark that is named alone takes options
of its own behind two dashes, such as ``python -m benchmarks planning_long -- --days 2``.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

BENCHMARKS = (
    "pipeline",
    "addresses",
    "geocoding",
    "areas",
    "travel",
    "rules",
    "store",
    "locating",
    "planning",
    "field_simulation",
    "desk",
    "web",
)
LONG = ("planning_long",)  # take hours, so run by name only
_RESULTS = Path(__file__).with_name("RESULTS.md")
_HEAD = """# Results

Written by `make bench`; not edited by hand. Compare figures within one section only.

"""


def main() -> None:
    """Run each benchmark in a process of its own; a failed one fails the whole run."""
    parser = argparse.ArgumentParser(
        description="Run benchmarks and write down their figures.",
        usage="%(prog)s [NAME ...] [-- OPTION ...]",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join((*BENCHMARKS, *LONG)))
    words, options = split(sys.argv[1:])
    names = parser.parse_args(words).names or BENCHMARKS
    for name in names:
        if name not in (*BENCHMARKS, *LONG):
            parser.error(f"no benchmark {name}; there are {', '.join((*BENCHMARKS, *LONG))}")
    if options and len(names) > 1:
        parser.error("options behind -- are for one named benchmark")
    kept = sections(_RESULTS.read_text(encoding="utf-8")) if _RESULTS.exists() else {}
    for name in names:
        run = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}", *options],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        sys.stdout.write(run.stdout)
        kept[name] = table(run.stdout)
        _RESULTS.write_text(together(kept), encoding="utf-8")


def split(words: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the words before two dashes and those behind them."""
    at = words.index("--") if "--" in words else len(words)
    return words[:at], words[at + 1 :]


def sections(text: str) -> dict[str, str]:
    """Return the sections of written results by the name of their benchmark."""
    parts = re.split(r"^## (\w+)\n", text, flags=re.MULTILINE)[1:]
    return {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}


def table(printed: str) -> str:
    """Return what a benchmark printed as a table, with when and on what it ran."""
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        "",
        "| figure | value | unit |",
        "|---|---|---|",
    ]
    for row in printed.splitlines():
        figure, value, unit = row.split(" ", 2)
        lines.append(f"| `{figure}` | {value} | {unit} |")
    return "\n".join(lines)


def together(kept: Mapping[str, str]) -> str:
    """Return the file of all sections, in the order of the benchmarks."""
    known = (name for name in (*BENCHMARKS, *LONG) if name in kept)
    return _HEAD + "\n".join(f"## {name}\n\n{kept[name]}\n" for name in known)


if __name__ == "__main__":
    main()
