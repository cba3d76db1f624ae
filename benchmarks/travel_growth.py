"""How times and memory grow with the size of the network."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np

from benchmarks.report import figure
from benchmarks.travel_networks import say, some_spots
from benchmarks.travel_timing import seconds
from geo.model import HourBand, Point
from geo.network import RoadNetwork
from geo.travel import RoadEngine, load_engine

__all__ = ["SEED", "STEPS", "Size", "measure", "print_exponents", "short"]

SEED = 11
STEPS = (30_000, 100_000, 300_000)
_STOPS = 1_000
_PATHS = 100


@dataclass(frozen=True, slots=True)
class Size:
    """Figures of one network."""

    junctions: float
    prepare_s: float
    customise_s: float
    matrix_s: float
    path_ms: float
    memory_mib: float


def measure(name: str, network: RoadNetwork, *, repeats: int = 3) -> tuple[Size, RoadEngine]:
    """Print and return the figures of a network, ``name`` at their end, and the engine.

    Machine code must have been compiled.
    """
    say(f"measuring {name}: {network.node_count} junctions")
    rng = np.random.default_rng(SEED)
    origins, targets = (some_spots(network, _STOPS, rng).lonlat for _ in range(2))
    ends = [Point(*each) for each in some_spots(network, 2 * _PATHS, rng).lonlat.tolist()]
    begun_s = time.perf_counter()
    engine = load_engine(network, turns=False, threads=1)
    engine.matrix(origins[:1], targets[:1])
    prepare_s = time.perf_counter() - begun_s
    customise_s = [
        seconds(partial(engine.matrix, origins[:1], targets[:1], band=band))
        for band in HourBand
        if band is not HourBand.MIDDAY
    ]
    matrix_s = [seconds(lambda: engine.matrix(origins, targets)) for _ in range(repeats)]
    engine.path(*ends[:2])
    path_s = [
        seconds(partial(engine.path, *pair)) for pair in zip(ends[::2], ends[1::2], strict=True)
    ]
    size = Size(
        junctions=network.node_count,
        prepare_s=prepare_s,
        customise_s=float(np.median(customise_s)),
        matrix_s=float(np.median(matrix_s)),
        path_ms=float(np.mean(path_s)) * 1000.0,
        memory_mib=engine.memory_bytes / 2**20,
    )
    for field, value in asdict(size).items():
        unit = field.rpartition("_")[2]
        figure(f"{field}_{name}", value, {"mib": "MiB", "junctions": "count"}.get(unit, unit))
    return size, engine


def print_exponents(sizes: list[Size]) -> None:
    """Print by which power of the number of junctions each figure grows (least squares)."""
    junctions = np.log([size.junctions for size in sizes])
    for field in ("prepare_s", "customise_s", "matrix_s", "path_ms", "memory_mib"):
        values = np.log([getattr(size, field) for size in sizes])
        slope = np.polyfit(junctions, values, 1)[0]
        figure(f"growth_{field.rpartition('_')[0]}_exponent", float(slope), "power")


def short(nodes: int) -> str:
    """Return a size as figures name it: ``30k``, ``1m``."""
    if nodes % 1_000_000 == 0:
        return f"{nodes // 1_000_000}m"
    return f"{nodes // 1000}k" if nodes % 1000 == 0 else str(nodes)
