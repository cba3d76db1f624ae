from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import osmnx as ox
import pytest

from geo.errors import NetworkFileError
from geo.network import RoadNetwork, build_network, from_graph
from geo.roadtags import AccessLevel, RoadClass, TravelMode
from tests.geo.roads import LON, STEP, osm_xml, town_xml, write_osm
from tests.reference import reference_data

FORMATS = ("a.osm", "a.osm.gz", "a.osm.pbf")
MAIN = {"highway": "primary"}
LINE = {1: (0, 0), 2: (1, 0), 3: (2, 0)}  # some 200 m apart


def _read(folder: Path, *args: Any, **more: Any) -> RoadNetwork:
    return build_network(write_osm(folder / "a.osm", osm_xml(*args, **more)))


def _rows(network: RoadNetwork, road_class: RoadClass) -> list[int]:
    return np.flatnonzero(network.road_class == road_class).tolist()


@pytest.mark.parametrize("name", FORMATS[1:])
def test_each_format_gives_the_same_network(tmp_path: Path, name: str) -> None:
    plain = build_network(write_osm(tmp_path / "a.osm", town_xml()))
    other = build_network(write_osm(tmp_path / name, town_xml()))
    for field in ("node_lonlat", "node_id", "tail", "head", "length_m", "access", "limit_kmh"):
        np.testing.assert_array_equal(getattr(plain, field), getattr(other, field))
    assert other.names == plain.names


def test_ways_are_cut_at_missing_nodes(tmp_path: Path) -> None:
    nodes = {key: (key, 0) for key in (1, 2, 4, 5, 6)}
    network = _read(tmp_path, nodes, [(11, [1, 2, 3, 4, 5, 9, 6], MAIN), (12, [2, 4], MAIN)])
    assert sorted(network.node_id.tolist()) == [1, 5]
    assert network.report.ways_cut == 1
    assert network.length_m.sum() == pytest.approx(4 * 201.7, rel=0.01)


def test_nodes_may_stand_last_and_ids_be_negative(tmp_path: Path) -> None:
    nodes = {-1: (0, 0), -2: (1, 0)}
    network = _read(tmp_path, nodes, [(-11, [-1, -2], MAIN)], nodes_last=True)
    assert sorted(network.node_id.tolist()) == [-2, -1]
    assert network.way_id.tolist() == [-11]


def test_a_network_for_walkers_alone_is_one(tmp_path: Path) -> None:
    network = _read(tmp_path, LINE, [(11, [1, 2, 3], {"highway": "footway"})])
    assert network.access.tolist() == [[[0, 0, 3], [0, 0, 3]]]


@pytest.mark.parametrize("tags", [{"highway": "construction"}, {**MAIN, "access": "no"}])
def test_a_file_without_roads_is_refused_with_the_count(
    tmp_path: Path, tags: Mapping[str, str]
) -> None:
    with pytest.raises(NetworkFileError, match=r"a\.osm 中没有可通行的道路.*1 条"):
        _read(tmp_path, LINE, [(11, [1, 2], tags)])


def test_a_folder_named_like_a_road_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.osm").mkdir()
    with pytest.raises(NetworkFileError, match=r"a\.osm 是文件夹"):
        build_network(tmp_path / "a.osm")


def test_one_way_roads_that_lead_nowhere_are_refused(tmp_path: Path) -> None:
    tags = {"highway": "motorway"}
    with pytest.raises(NetworkFileError, match="可往返"):
        _read(tmp_path, LINE, [(11, [1, 2, 3], tags)])


def test_roads_on_both_sides_of_the_antimeridian_are_refused(tmp_path: Path) -> None:
    nodes = {1: ((179.99 - LON) / STEP, 0), 2: ((-179.99 - LON) / STEP, 0)}
    with pytest.raises(NetworkFileError, match="180 度"):
        _read(tmp_path, nodes, [(11, [1, 2], MAIN)])


def test_a_gate_in_the_middle_becomes_a_road_of_no_length(tmp_path: Path) -> None:
    network = _read(tmp_path, LINE, [(11, [1, 2, 3], MAIN)], node_tags={2: {"barrier": "bollard"}})
    (gate,) = _rows(network, RoadClass.GATE)
    assert network.length_m[gate] == 0.0
    ends = [network.tail[gate], network.head[gate]]
    assert ends[0] != ends[1]
    assert network.node_id[ends].tolist() == [2, 2]
    assert (network.node_lonlat[ends[0]] == network.node_lonlat[ends[1]]).all()
    assert network.access[gate].tolist() == [[0, 3, 3], [0, 3, 3]]
    assert network.way_id[gate] == 11
    assert network.road_count == 3
    motor = network.report.parts[0]
    assert (motor.roads_outside, motor.islands) == (1, 1)


def test_a_gate_between_two_ways_and_a_toll_booth(tmp_path: Path) -> None:
    network = _read(
        tmp_path,
        {**LINE, 4: (3, 0)},
        [(11, [1, 2], MAIN), (12, [3, 2], MAIN), (13, [3, 4], MAIN)],
        node_tags={2: {"barrier": "gate", "locked": "yes"}, 3: {"barrier": "toll_booth"}},
    )
    (gate,), (booth,) = _rows(network, RoadClass.GATE), _rows(network, RoadClass.TOLL_BOOTH)
    assert network.access[gate].max() == AccessLevel.GATED
    assert network.access[booth].min() == AccessLevel.OPEN
    ends = np.concatenate([network.tail, network.head])
    assert (np.bincount(ends) == [1, 2, 2, 2, 2, 1]).sum() >= 2
    assert sorted(np.bincount(ends).tolist()) == [1, 1, 2, 2, 2, 2]


def test_a_barrier_at_a_junction_bars_nothing_and_is_counted(tmp_path: Path) -> None:
    network = _read(
        tmp_path,
        {**LINE, 4: (1, 1)},
        [(11, [1, 2, 3], MAIN), (12, [2, 4], MAIN)],
        node_tags={2: {"barrier": "block"}, 4: {"barrier": "gate"}},
    )
    assert not _rows(network, RoadClass.GATE)
    assert network.report.barriers_ambiguous == 1


@pytest.mark.parametrize(
    ("tags", "lit"),
    [
        ({"highway": "traffic_signals"}, {3}),
        ({"highway": "crossing", "crossing": "traffic_signals"}, {3}),
        ({"highway": "crossing", "crossing:signals": "yes"}, {3}),
        ({"highway": "traffic_signals", "traffic_signals:direction": "forward"}, {3}),
        ({"highway": "traffic_signals", "traffic_signals:direction": "backward"}, set()),
        ({"highway": "crossing", "crossing": "uncontrolled"}, set()),
    ],
)
@pytest.mark.parametrize(("metres", "near"), [(10.0, True), (40.0, False)])
def test_lights_before_a_junction(
    tmp_path: Path, tags: Mapping[str, str], lit: set[int], metres: float, near: bool
) -> None:
    step_m = 201.7
    network = _read(
        tmp_path,
        {1: (0, 0), 2: (2 - metres / step_m, 0), 3: (2, 0), 4: (4, 0), 5: (2, 2)},
        [(11, [1, 2, 3, 4], MAIN), (12, [3, 5], MAIN)],
        node_tags={2: tags},
    )
    assert set(network.node_id[network.node_signal].tolist()) == (lit if near else set())


def test_ferries_join_the_banks(tmp_path: Path) -> None:
    network = _read(
        tmp_path,
        {**LINE, 4: (3, 0)},
        [
            (11, [1, 2], MAIN),
            (12, [2, 3], {"route": "ferry", "duration": "00:02", "motor_vehicle": "yes"}),
            (13, [3, 4], MAIN),
        ],
    )
    (ferry,) = _rows(network, RoadClass.FERRY)
    assert network.limit_kmh[ferry] == pytest.approx(network.length_m[ferry] / 120.0 * 3.6)
    assert network.access[ferry, :, TravelMode.MOTOR].tolist() == [3, 3]


def test_what_is_not_heeded_is_counted(tmp_path: Path) -> None:
    network = _read(
        tmp_path,
        LINE,
        [
            (11, [1, 2], {**MAIN, "maxspeed": "fast", "access:conditional": "no @ (Sa)"}),
            (12, [2, 3], {**MAIN, "oneway": "reversible"}),
            (13, [2, 3, 1], {**MAIN, "maxspeed": "0"}),
        ],
    )
    report = network.report
    assert (report.speeds_unread, report.ways_conditional, report.ways_reversible) == (2, 1, 1)
    assert np.isnan(network.limit_kmh).all()


def test_two_nodes_in_one_place_become_one(tmp_path: Path) -> None:
    network = _read(
        tmp_path,
        {**LINE, 4: (1, 0), 5: (1, 1)},
        [(11, [1, 2], MAIN), (12, [2, 4], MAIN), (13, [4, 3], MAIN), (14, [4, 5], MAIN)],
    )
    assert network.report.roads_of_no_length == 1
    assert (network.length_m > 100.0).all()
    assert network.road_count == 3


def test_pieces_drawn_against_each_other_keep_their_directions(tmp_path: Path) -> None:
    street = {**MAIN, "name": "甲路"}
    network = _read(
        tmp_path,
        {**LINE, 4: (1, 2)},
        [
            (11, [1, 2], {**street, "oneway": "yes", "maxspeed": "60"}),
            (12, [3, 2], {**street, "oneway": "-1", "maxspeed": "60"}),
            (13, [3, 4, 1], MAIN),
        ],
    )
    (road,) = np.flatnonzero(network.name_id > 0).tolist()
    ends = [int(network.node_id[node[road]]) for node in (network.tail, network.head)]
    side = ends.index(1)  # 0 where it is drawn from 1 to 3, as it is driven
    assert sorted(ends) == [1, 3]
    assert network.access[road, side].tolist() == [3, 3, 3]
    assert network.access[road, 1 - side].tolist() == [0, 0, 3]


_TAGS = (
    "access",
    "motorcar",
    "motor_vehicle",
    "vehicle",
    "bicycle",
    "foot",
    "oneway:bicycle",
    "area",
)
_NODE_TAGS = ("barrier", "crossing", "crossing:signals", "bollard", "locked", "emergency")


def _arcs(network: RoadNetwork) -> dict[tuple[int, ...], list[float]]:
    """Return the lengths of arcs by ends, class and access."""
    found: dict[tuple[int, ...], list[float]] = {}
    for road in range(network.road_count):
        ends = [int(network.node_id[node[road]]) for node in (network.tail, network.head)]
        for side in (0, 1):
            levels = network.access[road, side].tolist()
            if any(levels):
                key = (*ends, int(network.road_class[road]), *levels)
                found.setdefault(key, []).append(float(network.length_m[road]))
            ends.reverse()
    return {key: sorted(lengths) for key, lengths in found.items()}


@pytest.mark.reference
@pytest.mark.parametrize("name", ["small_guixi_jiangxi.osm", "small_beijing_tsinghua.osm"])
def test_roads_are_those_that_osmnx_reads(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = reference_data() / "osm" / name
    ways = [*ox.settings.useful_tags_way, *_TAGS]
    nodes = [*ox.settings.useful_tags_node, *_NODE_TAGS, *_TAGS]
    monkeypatch.setattr(ox.settings, "useful_tags_way", ways)
    monkeypatch.setattr(ox.settings, "useful_tags_node", nodes)
    theirs = from_graph(ox.graph_from_xml(source, simplify=False, retain_all=True))
    ours = build_network(source)
    assert sorted(ours.node_id.tolist()) == sorted(theirs.node_id.tolist())
    mine, other = _arcs(ours), _arcs(theirs)
    assert mine.keys() == other.keys()
    for key, lengths in mine.items():
        assert lengths == pytest.approx(other[key], rel=1e-3), key
    assert ours.node_signal.sum() == theirs.node_signal.sum()
