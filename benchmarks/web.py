"""How soon the pages are of use: real Chromium on this machine, a server beside it.

``python -m benchmarks.web [PART ...]`` measures the parts that are named, or all. Each part is a
module with a ``main`` that prints ``name value unit``, and can be run alone too.
"""

from __future__ import annotations

import argparse
import importlib

PARTS = ("web_overview",)


def main() -> None:
    """Measure the parts one after another."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    wanted = parser.parse_args().parts or PARTS
    unknown = sorted(set(wanted) - set(PARTS))
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    for part in PARTS:
        if part in wanted:
            importlib.import_module(f"benchmarks.{part}").main()


if __name__ == "__main__":
    main()
