from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import numpy.typing as npt
import osmnx as ox
import pytest
import shapely

from geo.errors import NetworkFileError
from geo.network import RoadNetwork, build_network, check_in_china, from_graph
from geo.roadtags import AccessLevel, RoadClass, TravelMode
from geo.travel.snapping import near_m
from tests.geo.roads import LAT, LON, STEP, osm_xml, town_xml, write_osm
from tests.reference import reference_data


def _town(folder: Path) -> RoadNetwork:
    return build_network(write_osm(folder / "a.osm", town_xml()))


def _road(network: RoadNetwork, name: str) -> int:
    return int(np.flatnonzero(network.name_id == network.names.index(name))[0])


def _motor(network: RoadNetwork) -> npt.NDArray[np.uint8]:
    return network.access[:, :, TravelMode.MOTOR]


def _restricted(network: RoadNetwork) -> npt.NDArray[np.bool_]:
    restricted: npt.NDArray[np.bool_] = _motor(network).max(axis=1) == AccessLevel.RESTRICTED
    return restricted


def test_a_town_is_read(tmp_path: Path) -> None:
    network = _town(tmp_path)
    assert set(network.names) == {"", "人民路", "解放路", "单行街"}
    assert network.names[0] == ""
    street = _road(network, "人民路")
    assert network.limit_kmh[street].tolist() == [60, 60]
    assert RoadClass(network.road_class[street]) is RoadClass.PRIMARY
    assert _restricted(network).sum() == 1
    report = network.report
    assert (report.source, report.ways_seen) == ("a.osm", 7)
    assert report.roads == network.road_count
    assert report.arcs == int(network.access.any(axis=2).sum())
    assert report.names == 3
    assert len(report.source_sha256) == 64
    assert [part.name for part in report.parts] == [
        "motor",
        "motor_gated",
        "bicycle",
        "foot",
    ]


def test_roads_are_joined_between_junctions_only(tmp_path: Path) -> None:
    network = _town(tmp_path)
    # junctions of all ways, also on foot: 1, 3, 5, 6; where the class changes: 2, 4; the end 7
    assert network.node_count == 7
    text = osm_xml(
        {key: (key, 0) for key in range(1, 6)},
        [(11, [1, 2, 3, 4, 5], {"highway": "primary"})],
    )
    straight = build_network(write_osm(tmp_path / "b.osm", text))
    assert (straight.node_count, straight.road_count) == (2, 1)
    assert straight.points_lonlat(0).shape == (5, 2)


def test_lengths_are_those_of_the_lines(tmp_path: Path) -> None:
    network = _town(tmp_path)
    for road in range(network.road_count):
        points = network.points_lonlat(road)
        assert network.length_m[road] == pytest.approx(
            near_m(points[:-1], points[1:]).sum(), rel=1e-3
        )
        assert points[0] == pytest.approx(network.node_lonlat[network.tail[road]])
        assert points[-1] == pytest.approx(network.node_lonlat[network.head[road]])


@pytest.mark.parametrize(
    ("tags", "open_ways"),
    [
        ({}, {(1, 2), (2, 1)}),
        ({"oneway": "yes"}, {(1, 2)}),
        ({"oneway": "true"}, {(1, 2)}),
        ({"oneway": "-1"}, {(2, 1)}),
        ({"oneway": "no"}, {(1, 2), (2, 1)}),
        ({"junction": "roundabout"}, {(1, 2)}),
        ({"oneway": "yes", "oneway:motor_vehicle": "no"}, {(1, 2), (2, 1)}),
    ],
)
def test_oneway_tags(tmp_path: Path, tags: dict[str, str], open_ways: set[tuple[int, int]]) -> None:
    text = osm_xml(
        {1: (0, 0), 2: (2, 0), 3: (1, 1)},
        [
            (11, [1, 2], {"highway": "primary", "name": "甲路", **tags}),
            (12, [1, 3, 2], {"highway": "primary", "name": "乙路"}),
        ],
    )
    network = build_network(write_osm(tmp_path / "a.osm", text))
    road = _road(network, "甲路")
    tail = int(network.node_id[network.tail[road]])
    head = int(network.node_id[network.head[road]])
    found = set()
    if _motor(network)[road, 0]:
        found.add((tail, head))
    if _motor(network)[road, 1]:
        found.add((head, tail))
    assert found == open_ways


def test_what_cannot_be_reached_and_left_is_dropped(tmp_path: Path) -> None:
    text = osm_xml(
        {1: (0, 0), 2: (1, 0), 3: (2, 0), 4: (9, 9), 5: (9, 8), 6: (1, 1)},
        [
            (11, [1, 2], {"highway": "primary"}),
            (12, [2, 3], {"highway": "primary", "oneway": "yes"}),  # a trap
            (13, [4, 5], {"highway": "primary"}),  # an island
            (14, [2, 6], {"highway": "residential"}),
        ],
    )
    network = build_network(write_osm(tmp_path / "a.osm", text))
    assert sorted(network.node_id.tolist()) == [1, 2, 3, 6]  # one walks back from 3
    assert network.report.nodes_dropped == 2
    assert network.report.roads_dropped == 1
    (line,) = network.dropped_lines()
    assert shapely.get_coordinates(line)[0] == pytest.approx((LON + 9 * STEP, LAT + 9 * STEP))
    motor, _, _, foot = network.report.parts
    assert (motor.roads_outside, motor.islands) == (2, 1)
    assert motor.km_outside == pytest.approx(0.42, abs=0.02)
    assert (foot.roads_outside, foot.islands) == (1, 1)


def test_turn_restrictions_name_roads_and_junction(tmp_path: Path) -> None:
    members = [("way", 11, "from"), ("node", 2, "via"), ("way", 12, "to")]
    text = osm_xml(
        {1: (0, 0), 2: (1, 0), 3: (1, 1)},
        [(11, [1, 2], {"highway": "primary"}), (12, [2, 3], {"highway": "primary"})],
        relations=[(members, {"type": "restriction", "restriction": "only_left_turn"})],
    )
    network = build_network(write_osm(tmp_path / "a.osm", text))
    ((road, via, following, only, modes),) = network.turns.tolist()
    assert network.way_id[[road, following]].tolist() == [11, 12]
    assert network.node_id[via] == 2
    assert only == 1
    assert modes == 1 << TravelMode.MOTOR | 1 << TravelMode.BICYCLE


def test_arrays_are_read_only(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="read-only"):
        _town(tmp_path).length_m[0] = 1.0


def test_progress_ends_at_its_total(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    source = write_osm(tmp_path / "a.osm", town_xml())
    build_network(source, progress=lambda done, total: steps.append((done, total)))
    assert steps[0] == (0, 5)
    assert steps[-1] == (5, 5)
    assert sorted(steps) == steps


def _arcs(network: RoadNetwork) -> list[tuple[object, ...]]:
    """Return what each arc is, whatever the order of rows and the drawing."""
    rows = []
    for road in range(network.road_count):
        ends = [int(network.node_id[node[road]]) for node in (network.tail, network.head)]
        same = (
            round(float(network.length_m[road]), 3),
            int(network.road_class[road]),
            network.names[network.name_id[road]],
        )
        for side in (0, 1):
            levels = tuple(network.access[road, side].tolist())
            if any(levels):
                limit = round(float(np.nan_to_num(network.limit_kmh[road, side])), 3)
                rows.append((*ends, *same, levels, limit))
            ends.reverse()
    return sorted(rows, key=repr)


def test_a_graph_comes_back_as_the_same_network(tmp_path: Path) -> None:
    network = _town(tmp_path)
    again = from_graph(network.to_graph(None))
    assert _arcs(again) == _arcs(network)


def test_osmnx_reads_and_writes_our_graph(tmp_path: Path) -> None:
    network = _town(tmp_path)
    ox.save_graphml(network.to_graph(None), tmp_path / "a.graphml")
    again = build_network(tmp_path / "a.graphml")
    assert _arcs(again) == _arcs(network)
    assert again.report.source == "a.graphml"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (">118.6", ">east"),
        ("<node ", "<nod "),
        ("source=", "sauce="),
        ("LINESTR", "STR"),
        (">Tr", ">Fl"),
    ],
)
def test_graphml_that_is_damaged_is_refused(tmp_path: Path, old: str, new: str) -> None:
    source = tmp_path / "a.graphml"
    ox.save_graphml(_town(tmp_path).to_graph(), source)
    text = source.read_text("utf-8")
    assert old in text
    source.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(NetworkFileError, match=r"a\.graphml"):
        build_network(source)


@pytest.mark.parametrize("suffix", [".graphml", ".graphml.gz"])
def test_graphml_with_typed_values_is_read_as_well(tmp_path: Path, suffix: str) -> None:
    network, source = _town(tmp_path), tmp_path / f"typed{suffix}"
    nx.write_graphml(_typed(network.to_graph(None)), source)
    again = build_network(source)
    assert _arcs(again) == _arcs(network)
    np.testing.assert_allclose(np.sort(again.length_m), np.sort(network.length_m))


def test_a_fault_of_graphml_with_typed_values_is_told(tmp_path: Path) -> None:
    graph, source = _typed(_town(tmp_path).to_graph(None)), tmp_path / "typed.graphml"
    graph.nodes[next(iter(graph))]["x"] = "east"
    nx.write_graphml(graph, source)
    with pytest.raises(NetworkFileError, match="east"):
        build_network(source)


def _typed(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """Return a graph as networkx can write it by itself: numbers stay, lines become texts."""
    for data in (graph.graph, *(row[-1] for row in graph.edges(data=True))):
        others = {key for key, value in data.items() if not isinstance(value, int | float)}
        data.update({key: str(data[key]) for key in others})
    return graph


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9])
def test_graphml_cut_short_is_refused(tmp_path: Path, kept: float) -> None:
    source = tmp_path / "a.graphml"
    ox.save_graphml(_town(tmp_path).to_graph(), source)
    whole = source.read_bytes()
    source.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(NetworkFileError, match=r"a\.graphml"):
        build_network(source)


def test_graphml_of_something_else_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "a.graphml"
    nx.write_graphml(nx.path_graph(3), source)
    with pytest.raises(NetworkFileError, match=r"a\.graphml"):
        build_network(source)


def test_a_projected_graph_is_refused() -> None:
    graph = nx.MultiDiGraph(crs="epsg:32650")
    graph.add_node(1, x=500000.0, y=2700000.0)
    graph.add_node(2, x=500100.0, y=2700000.0)
    graph.add_edge(1, 2, highway="primary", length=100.0, osmid=1)
    with pytest.raises(NetworkFileError, match="经纬度"):
        from_graph(graph)


def test_roads_without_length_are_refused() -> None:
    graph = nx.MultiDiGraph(crs="epsg:4326")
    graph.add_node(1, x=118.0, y=24.0)
    graph.add_node(2, x=118.1, y=24.0)
    graph.add_edge(1, 2, highway="primary", osmid=1)
    with pytest.raises(NetworkFileError, match="length"):
        from_graph(graph)


@pytest.mark.parametrize("graph", [nx.MultiDiGraph(crs="epsg:4326"), nx.MultiDiGraph()])
def test_a_graph_without_roads_is_refused(graph: nx.MultiDiGraph) -> None:
    with pytest.raises(NetworkFileError, match="没有可通行的道路"):
        from_graph(graph)


def test_lists_of_a_simplified_graph_are_read() -> None:
    graph = nx.MultiDiGraph(crs="epsg:4326")
    graph.add_node(1, x=118.0, y=24.0)
    graph.add_node(2, x=118.1, y=24.0)
    shared = {
        "highway": ["primary", "residential"],
        "length": 10_200.0,
        "osmid": [7, 5],
        "name": ["人民路", "解放路"],
        "maxspeed": ["60", "40"],
    }
    graph.add_edge(1, 2, **shared)
    graph.add_edge(2, 1, **{**shared, "osmid": [5, 7]})
    network = from_graph(graph)
    assert network.road_count == 1
    assert _motor(network)[:, 1].tolist() == [AccessLevel.OPEN]
    assert RoadClass(network.road_class[0]) is RoadClass.RESIDENTIAL
    assert network.limit_kmh[0].tolist() == [40, 40]
    assert network.names[network.name_id[0]] == "人民路"


def test_wrong_lengths_are_taken_from_the_line() -> None:
    graph = nx.MultiDiGraph(crs="epsg:4326")
    for node in range(6):
        graph.add_node(node, x=118.0 + node / 100, y=24.0)
    told = [1015.7, 1015.7, -5.0, float("nan"), 1.0, 90_000.0, 1015.7, 1015.7, 1015.7]
    pairs = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (0, 2), (1, 3), (2, 4), (0, 5)]
    told[6:] = [2031.4, 2031.4, 5078.5]
    for osmid, ((u, v), length) in enumerate(zip(pairs, told, strict=True), start=1):
        graph.add_edge(u, v, highway="primary", length=length, osmid=osmid)
        graph.add_edge(v, u, highway="primary", length=length, osmid=osmid)
    network = from_graph(graph)
    assert network.report.lengths_mended == 4
    for road in range(network.road_count):
        points = network.points_lonlat(road)
        straight = near_m(points[:-1], points[1:]).sum()
        assert network.length_m[road] == pytest.approx(straight, rel=1e-3)


def test_swapped_coordinates_of_a_graph_are_told() -> None:
    graph = nx.MultiDiGraph(crs="epsg:4326")
    graph.add_node(1, x=24.0, y=118.0)
    graph.add_node(2, x=24.0, y=118.1)
    graph.add_edge(1, 2, highway="primary", length=11_000.0, osmid=1)
    with pytest.raises(NetworkFileError, match="写反"):
        from_graph(graph)


def test_barriers_lights_ferries_and_levels_come_back(tmp_path: Path) -> None:
    text = osm_xml(
        {1: (0, 0), 2: (1, 0), 3: (2, 0), 4: (3, 0), 5: (2, 1), 6: (4, 0)},
        [
            (11, [1, 2, 3, 4], {"highway": "tertiary", "oneway": "yes", "maxspeed": "40"}),
            (12, [4, 3], {"highway": "track"}),
            (13, [3, 5], {"highway": "cycleway", "emergency": "yes"}),
            (14, [4, 6], {"route": "ferry", "duration": "10"}),
            (15, [5, 1], {"highway": "residential", "motor_vehicle:backward": "no"}),
        ],
        node_tags={2: {"barrier": "gate", "locked": "yes"}, 3: {"highway": "traffic_signals"}},
    )
    network = build_network(write_osm(tmp_path / "a.osm", text))
    again = from_graph(network.to_graph(None))
    assert _arcs(again) == _arcs(network)
    assert again.node_signal.sum() == network.node_signal.sum() == 1
    ox.save_graphml(network.to_graph(None), tmp_path / "a.graphml")
    assert _arcs(build_network(tmp_path / "a.graphml")) == _arcs(network)


def test_osmnx_routes_and_snaps_on_our_graph(tmp_path: Path) -> None:
    network = _town(tmp_path)
    graph = network.to_graph()
    row = {int(key): node for node, key in enumerate(network.node_id)}
    path = ox.routing.shortest_path(graph, row[6], row[5], weight="length")
    assert path is not None
    assert [int(network.node_id[node]) for node in path][:2] in ([6, 3], [6, 4])
    back = ox.routing.shortest_path(graph, row[5], row[6], weight="length")
    assert back == [row[5], row[6]]
    u, v, key = ox.distance.nearest_edges(graph, LON + STEP * 0.5, LAT - STEP * 0.1)
    road = key if key >= 0 else -1 - key
    assert network.names[network.name_id[road]] == "人民路"
    assert {u, v} == {int(network.tail[road]), int(network.head[road])}
    assert ox.basic_stats(graph)["n"] == network.node_count
    frames = ox.graph_to_gdfs(ox.add_edge_speeds(graph))
    assert frames[1]["speed_kph"].max() == 60.0


def test_a_graph_of_one_mode_has_only_its_directions(tmp_path: Path) -> None:
    network = _town(tmp_path)
    for mode in TravelMode:
        graph = network.to_graph(mode)
        assert graph.number_of_edges() == (network.access[:, :, mode] > 0).sum()


@pytest.mark.reference
def test_file_and_graph_of_one_place_agree() -> None:
    folder = reference_data() / "osm"
    network = build_network(folder / "small_guixi_jiangxi.osm")
    again = from_graph(network.to_graph(None))
    assert _arcs(again) == _arcs(network)
    assert "贵溪大道" in network.names


def test_a_network_of_this_country_passes_with_a_stray_junction(tmp_path: Path) -> None:
    network = _town(tmp_path)
    lonlat = network.node_lonlat.copy()
    lonlat[0] = 0.0
    check_in_china(network)
    check_in_china(replace(network, node_lonlat=lonlat))


@pytest.mark.parametrize(
    ("centre", "words"),
    [
        ((9.55, 47.16), ("经度 10、纬度 47", "不在中国境内", "选对了文件")),
        ((-8.6, 41.15), ("经度 -9、纬度 41", "不在中国境内")),
        ((24.9, 118.6), ("经度 25、纬度 119", "写反", "对调")),
        ((43.8, 87.6), ("经度 44、纬度 88", "写反", "对调")),
    ],
)
def test_a_network_elsewhere_or_swapped_is_refused(
    tmp_path: Path, centre: tuple[float, float], words: tuple[str, ...]
) -> None:
    network = _town(tmp_path)
    moved = network.node_lonlat - network.node_lonlat.mean(axis=0) + np.array(centre)
    with pytest.raises(NetworkFileError) as caught:
        check_in_china(replace(network, node_lonlat=moved))
    for word in ("a.osm", *words):
        assert word in str(caught.value)
