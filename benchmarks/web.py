"""How soon the pages are of use: real Chromium on this machine, a server beside it.

``python -m benchmarks.web [--full] [PART ...]`` measures the parts that are named, or all. Each is
a module that prints ``name value unit``, and can be run alone too. With ``--full`` the load lasts
five minutes instead of one.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

PARTS = ("web_overview", "board", "web_field", "web_load", "web_lighthouse")


def main() -> None:
    """Measure the parts one after another, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--full", action="store_true", help="five minutes of load")
    given = parser.parse_args()
    wanted = given.parts or PARTS
    unknown = sorted(set(wanted) - set(PARTS))
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    for part in PARTS:
        if part in wanted:
            longer = ["--full"] if given.full and part == "web_load" else []
            subprocess.run([sys.executable, "-m", f"benchmarks.{part}", *longer], check=True)


if __name__ == "__main__":
    main()
