"""A fresh process that loads a prepared network and answers once; the travel benchmark runs it.

``python -m benchmarks.travel_start ours FOLDER CACHE`` and ``... osmnx FILE`` print a JSON object:
``seconds`` from after the imports until the first answer is there, and ``mib`` by which the
process has grown meanwhile. Loading the engine's machine code from numba's folder of compiled
code counts. What numba imports when it compiles its first function, here one that adds, does
not; it is told as ``setup_s``.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

__all__ = ["main"]


def main() -> None:
    """Load, answer, tell."""
    kind, *words = sys.argv[1:]
    paths = [Path(word) for word in words]
    ready = _ours(*paths) if kind == "ours" else _osmnx(*paths)
    setup_s = _numba_setup_s() if kind == "ours" else 0.0
    before_mib, begun_s = _resident_mib(), time.perf_counter()
    ready()
    seconds = time.perf_counter() - begun_s
    mib = _resident_mib() - before_mib
    print(json.dumps({"seconds": seconds, "setup_s": setup_s, "mib": mib}))


def _numba_setup_s() -> float:
    from numba import njit

    begun_s = time.perf_counter()
    cast(Any, njit)(_add)(1.0, 2.0)
    return time.perf_counter() - begun_s


def _add(one: float, other: float) -> float:
    return one + other


def _ours(folder: Path, cache_dir: Path) -> Callable[[], None]:
    import numpy as np

    from geo.network import load_network
    from geo.travel import load_engine

    def answer() -> None:
        network = load_network(folder)
        engine = load_engine(network, cache_dir=cache_dir, turns=False, threads=1)
        ends = network.node_lonlat[[0, network.node_count // 2]]
        found = engine.matrix(ends[:1], ends[1:])
        assert np.isfinite(found.travel_s).all()

    return answer


def _osmnx(file: Path) -> Callable[[], None]:
    import osmnx as ox

    def answer() -> None:
        graph = ox.load_graphml(file)
        count = graph.number_of_nodes()
        path = ox.routing.shortest_path(graph, 0, count // 2, weight="travel_time")
        assert path is not None

    return answer


def _resident_mib() -> float:
    """Return what the process holds now, or elsewhere than on Linux the most it has held."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * resource.getpagesize() / 2**20


if __name__ == "__main__":
    main()
