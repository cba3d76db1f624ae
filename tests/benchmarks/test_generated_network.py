"""A generated network is whole, like real roads, and the same for the same seed."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from benchmarks.generated_network import generated_network
from geo.network import RoadNetwork, check_in_china
from geo.roadtags import RoadClass
from geo.travel.profiles import PROFILES, open_arcs
from geo.travel.snapping import near_m


@pytest.fixture(scope="module")
def network() -> RoadNetwork:
    return generated_network(5_000, seed=3)


def test_the_size_is_about_what_was_asked_for(network: RoadNetwork) -> None:
    assert 0.9 <= network.node_count / 5_000 <= 1.1
    check_in_china(network)


def test_junctions_are_joined_as_on_real_roads(network: RoadNetwork) -> None:
    ends = np.concatenate([network.tail, network.head])
    degree = np.bincount(ends, minlength=network.node_count)
    assert 2.5 <= degree.mean() <= 2.8
    assert 0.1 <= (degree == 1).mean() <= 0.35
    assert (degree == 2).mean() <= 0.05
    assert degree.min() == 1
    assert len(set(network.road_class.tolist())) == 3


def test_a_car_gets_from_every_junction_to_every_other(network: RoadNetwork) -> None:
    usable = open_arcs(network, PROFILES["car"])
    graph = nx.DiGraph()
    graph.add_nodes_from(range(network.node_count))
    graph.add_edges_from(np.column_stack([network.tail, network.head])[usable[:, 0]].tolist())
    graph.add_edges_from(np.column_stack([network.head, network.tail])[usable[:, 1]].tolist())
    assert nx.is_strongly_connected(graph)
    one_way = usable.sum(axis=1) == 1
    assert 0.05 <= one_way.mean() <= 0.2


def test_lines_run_between_their_junctions_and_are_as_long_as_told(network: RoadNetwork) -> None:
    lines = network.geometry_lonlat.reshape(-1, 3, 2)
    np.testing.assert_array_equal(lines[:, 0], network.node_lonlat[network.tail])
    np.testing.assert_array_equal(lines[:, -1], network.node_lonlat[network.head])
    drawn_m = near_m(lines[:, :-1], lines[:, 1:]).sum(axis=1)
    np.testing.assert_allclose(drawn_m, network.length_m, rtol=0.01)


def test_forbidden_turns_and_names_belong_to_their_roads(network: RoadNetwork) -> None:
    road, junction, following, only, _ = network.turns.T
    assert len(road)
    assert not only.any()
    for each in (road, following):
        assert ((network.tail[each] == junction) | (network.head[each] == junction)).all()
    paths = network.turn_path_arcs.reshape(-1, 3)
    assert len(paths)
    begin = np.column_stack([network.tail, network.head]).reshape(-1)
    np.testing.assert_array_equal(begin[paths[:, :2] ^ 1], begin[paths[:, 1:]])
    named = network.name_id > 0
    np.testing.assert_array_equal(named, network.road_class != RoadClass.RESIDENTIAL)
    assert network.name_id.max() < len(network.names)


def test_the_same_seed_gives_the_same_network() -> None:
    one, again, other = (generated_network(1_000, seed=seed) for seed in (1, 1, 2))
    for name in ("node_lonlat", "tail", "head", "length_m", "access", "turns"):
        np.testing.assert_array_equal(getattr(one, name), getattr(again, name))
    assert one.node_count != other.node_count or not np.array_equal(one.tail, other.tail)
