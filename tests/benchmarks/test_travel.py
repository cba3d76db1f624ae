"""The travel benchmark: its oracles agree with the engine and see errors, and it runs whole."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.generated_network import generated_network
from benchmarks.travel_exact import SETTINGS, Mismatch, Setting, compared, mismatch_ms, roads_of
from benchmarks.travel_networks import some_closures, some_spots
from benchmarks.travel_oracle import Stops, sparse_ms, split_ms
from geo.network import RoadNetwork
from geo.travel import load_engine
from geo.travel.closures import RoadIndex
from tests.geo.roads import osm_xml, write_osm

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def network() -> RoadNetwork:
    return generated_network(1_000, seed=5)


@pytest.mark.parametrize("by_networkx", [False, True])
@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.profile)
def test_answers_are_those_of_both_oracles(
    network: RoadNetwork, setting: Setting, by_networkx: bool
) -> None:
    engine = load_engine(network, turns=setting.turns)
    found = mismatch_ms(engine, setting, origins=15, targets=30, seed=1, by_networkx=by_networkx)
    assert found.greatest_ms == 0.0
    assert found.pairs == 450


def test_both_oracles_heed_closures_turns_and_times(network: RoadNetwork) -> None:
    rng = np.random.default_rng(2)
    closures = some_closures(network, rng)
    engine = load_engine(network)
    stops = [
        Stops(spots.lonlat, engine.snap(spots.lonlat))
        for spots in (some_spots(network, 10, rng), some_spots(network, 20, rng))
    ]
    whole = roads_of(RoadIndex(network), SETTINGS[0], closures)
    other = [
        roads_of(RoadIndex(network), SETTINGS[0]),
        replace(whole, turns=None),
        replace(whole, times_ms=np.where(whole.times_ms < 0, -1, whole.times_ms + 1)),
    ]
    for oracle in (sparse_ms, split_ms):
        wanted = oracle(whole, *stops)
        for each in other:
            assert not np.array_equal(oracle(each, *stops), wanted)


def test_a_millisecond_and_a_lost_way_are_seen() -> None:
    wanted = np.array([[1000.0, np.inf]])
    assert compared(np.array([[1.0, np.inf]]), wanted) == Mismatch(0.0, 2, 1)
    assert compared(np.array([[1.001, np.inf]]), wanted) == Mismatch(1.0, 2, 1)
    assert compared(np.array([[1.0, 9.0]]), wanted) == Mismatch(np.inf, 2, 1)
    assert Mismatch(0.0, 2, 1) + Mismatch(3.0, 4, 0) == Mismatch(3.0, 6, 1)


def test_a_named_file_is_measured_alone(tmp_path: Path) -> None:
    size = 8
    nodes = {y * size + x + 1: (x, y) for y in range(size) for x in range(size)}
    lines = [[y * size + x + 1 for x in range(size)] for y in range(size)]
    ways = [*lines, *map(list, zip(*lines, strict=True))]
    tags = {"highway": "residential"}
    text = osm_xml(nodes, [(100 + row, way, tags) for row, way in enumerate(ways)])
    source = write_osm(tmp_path / "town.osm", text)
    words = ("--network", str(source), "--cache", str(tmp_path / "kept"))
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.travel", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    lines_told = [line.split(" ") for line in ended.stdout.splitlines()]
    values = {name: float(value) for name, value, _ in lines_told}
    assert len(values) == len(lines_told)
    assert values["junctions"] == size * size - 4  # corners are no junctions
    for name in ("matrix", "oracle", "path", "isochrone"):
        assert values[f"{name}_mismatch_ms"] == 0.0
    assert values.keys() >= {
        *("matrix_speed_over_networkx", "matrix_speed_over_scipy", "matrix_time_over_raw"),
        *("matrix_time_over_raw_two_threads", "matrix_turns_time_over_raw"),
        *("path_speed_over_osmnx", "path_time_over_raw", "profile_time_over_reset"),
        *(
            "closure_ms",
            "isochrone_speed_over_networkx",
            "isochrone_polygon_ms",
            "memory_mib",
            "prepare_s",
        ),
        *("warm_start_s", "warm_start_speed_over_graphml", "read_s_network"),
    }
    assert (tmp_path / "kept" / "network" / "network").is_dir()
