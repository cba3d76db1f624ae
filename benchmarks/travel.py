"""The travel engine: exactness, speed beside its peers, memory, and growth with size.

``python -m benchmarks.travel [--network FILE] [--size NODES] [--cache FOLDER]`` prints
``name value unit``. Figures without a network's name at their end are of the largest real
network, or of the named file, which is then the only one. Real extracts come from the folder of
reference data, the demonstration district from its generator, larger networks from
``benchmarks.generated_network``. ``--cache`` keeps networks that were read for a next run; by
default a temporary folder takes them, and nothing is kept.

Every peer is measured in the same run on the same network with the same whole milliseconds.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.generated_network import generated_network
from benchmarks.report import figure
from benchmarks.travel_exact import SETTINGS, Mismatch, mismatch_ms
from benchmarks.travel_graphs import arcs_of, as_sparse, weights_ms
from benchmarks.travel_growth import SEED, STEPS, Size, measure, print_exponents, short
from benchmarks.travel_networks import Named, named_networks, read, say, some_spots
from benchmarks.travel_peers import RawEngine, scipy_matrix
from benchmarks.travel_speed import Peers, Speeds
from benchmarks.travel_timing import in_turn, seconds
from geo.network import RoadNetwork
from geo.travel import RoadEngine, load_engine

__all__ = ["main"]

_SMALL = 3_000  # roads; below it all settings are put to networkx
_NONE = Mismatch(0.0, 0, 0)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Measure the travel engine.")
    parser.add_argument("--network", type=Path, help="road file to measure, and no other")
    parser.add_argument("--size", type=int, default=STEPS[-1], help="junctions of the largest")
    parser.add_argument("--cache", type=Path, help="keeps the networks that were read")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.cache or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        if options.network is not None:
            _measure([read("network", options.network, folder)])
        else:
            _measure(list(named_networks(folder)))
            _grow(options.size)
    say("done")


def _measure(networks: list[Named]) -> None:
    """Print what is measured on networks read from files, the last one most closely."""
    by_scipy, by_networkx = _NONE, _NONE
    for named in networks:
        if not math.isnan(named.read_s):
            figure(f"read_s_{named.name}", named.read_s, "s")
        _compile(named.network)
        scipy_too, networkx_too = _exactness(named)
        by_scipy, by_networkx = by_scipy + scipy_too, by_networkx + networkx_too
        if named is not networks[-1]:
            measure(named.name, named.network)
    speeds = Speeds(networks[-1], seed=5)
    try:
        speeds.prepare()
        speeds.matrix_over_raw()
        by_scipy += speeds.matrix_over_scipy()
        by_scipy += speeds.closures()
        speeds.path_over_raw()
        speeds.path_exactness()
        speeds.profile_over_reset()
        speeds.matrix_with_turns()
        speeds.memory()
        peers = Peers(speeds)
        by_networkx += peers.matrix()
        peers.path()
        speeds.isochrone_exactness()
        peers.isochrone()
        peers.start()
    finally:
        speeds.close()
    for name, found in (("matrix", by_scipy), ("oracle", by_networkx)):
        figure(f"{name}_mismatch_ms", found.greatest_ms, "ms")
        figure(f"{name}_pairs", found.pairs, "count")
        figure(f"{name}_unreachable_pairs", found.unreachable, "count")


def _compile(network: RoadNetwork) -> None:
    """Have machine code made before anything is timed."""
    for turns in (False, True):
        engine = load_engine(network, turns=turns, threads=1)
        ends = network.node_lonlat[:2]
        engine.matrix(ends, ends)


def _exactness(named: Named) -> tuple[Mismatch, Mismatch]:
    """Compare with both oracles in every setting.

    On a large network each vehicle's graph of turns takes long, so there only two settings are
    put to scipy, and one to networkx.
    """
    say(f"oracles on {named.name}")
    by_scipy, by_networkx = _NONE, _NONE
    engines = {turns: load_engine(named.network, turns=turns) for turns in (False, True)}
    small = named.network.road_count <= _SMALL
    for number, setting in enumerate(SETTINGS if small else SETTINGS[:2]):
        engine = engines[setting.turns]
        by_scipy += mismatch_ms(engine, setting, origins=20, targets=200, seed=number)
        if small or number == 0:
            shape = (40, 25) if small else (10, 100)
            by_networkx += mismatch_ms(
                engine, setting, origins=shape[0], targets=shape[1], seed=number, by_networkx=True
            )
    return by_scipy, by_networkx


def _grow(largest: int) -> None:
    """Print the table of growth, and ratios on the largest generated network."""
    sizes: list[Size] = []
    for nodes in [*(step for step in STEPS if step < largest), largest]:
        network = generated_network(nodes, seed=SEED)
        size, engine = measure(short(nodes), network, repeats=1 if nodes > 200_000 else 3)
        sizes.append(size)
    if len(sizes) > 1:
        print_exponents(sizes)
    _compare_generated(engine, short(largest))


def _compare_generated(engine: RoadEngine, name: str) -> None:
    say(f"peers on {name}")
    network = engine.network
    rng = np.random.default_rng(SEED)
    origins, targets = (some_spots(network, 1_000, rng) for _ in range(2))
    graph = arcs_of(network, weights_ms(network))
    raw = RawEngine(graph)
    times = in_turn(
        (
            lambda: engine.matrix(origins.lonlat, targets.lonlat),
            lambda: raw.matrix(origins.node.tolist(), targets.node.tolist()),
        ),
        repeats=3,
    )
    figure(f"matrix_time_over_raw_{name}", float(np.median(times[:, 0] / times[:, 1])), "ratio")
    sparse, some = as_sparse(graph), origins.node[:20]
    peer_s = seconds(lambda: scipy_matrix(sparse, some, targets.node)) * 50
    figure(f"matrix_speed_over_scipy_{name}", peer_s / float(np.median(times[:, 0])), "ratio")


if __name__ == "__main__":
    main()
