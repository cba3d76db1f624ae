from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from geo.network import RoadNetwork, build_network
from tests.geo.roads import osm_xml, write_osm

FROM, VIA, TO = ("way", 11, "from"), ("node", 2, "via"), ("way", 12, "to")
MAIN = {"highway": "primary"}
NODES = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (2, 0), 5: (1, -1)}
WAYS = [(11, [1, 2], MAIN), (12, [2, 3], MAIN), (13, [2, 4], MAIN)]

Members = Sequence[tuple[str, int, str]]


def _read(
    folder: Path, members: Members, tags: Mapping[str, str], *, through: bool = False
) -> RoadNetwork:
    ways = [*WAYS, (14, [3, 2, 5], {**MAIN, "name": "直路"})] if through else WAYS
    relation = (members, {"type": "restriction", **tags})
    return build_network(write_osm(folder / "a.osm", osm_xml(NODES, ways, relations=[relation])))


@pytest.mark.parametrize(
    ("tags", "only", "modes"),
    [
        ({"restriction": "no_left_turn"}, 0, 0b011),
        ({"restriction": "only_straight_on"}, 1, 0b011),
        ({"restriction:motorcar": "no_left_turn"}, 0, 0b001),
        ({"restriction:bicycle": "no_left_turn"}, 0, 0b010),
        ({"restriction": "no_left_turn", "except": "bicycle;psv"}, 0, 0b001),
        ({"restriction": "no_left_turn", "except": "motorcar"}, 0, 0b010),
    ],
)
def test_who_is_bound(tmp_path: Path, tags: Mapping[str, str], only: int, modes: int) -> None:
    network = _read(tmp_path, [FROM, VIA, TO], tags)
    ((road, via, following, is_only, bound),) = network.turns.tolist()
    assert network.way_id[[road, following]].tolist() == [11, 12]
    assert network.node_id[via] == 2
    assert (is_only, bound) == (only, modes)
    assert (network.report.turns_read, network.report.turns_kept) == (1, 1)


@pytest.mark.parametrize(
    ("members", "tags", "reason"),
    [
        ([FROM, VIA, TO], {"restriction:conditional": "no_left_turn @ (7-9)"}, "conditional"),
        ([FROM, VIA, TO], {"restriction": "no_left_turn", "hour_on": "07:00"}, "conditional"),
        ([FROM, VIA, TO], {"restriction:hgv": "no_left_turn"}, "other_modes"),
        ([FROM, VIA, TO], {"restriction:foot": "no_left_turn"}, "other_modes"),
        (
            [FROM, VIA, TO],
            {"restriction": "no_left_turn", "except": "motorcar;bicycle"},
            "other_modes",
        ),
        ([FROM, VIA, ("node", 3, "via"), TO], {"restriction": "no_u_turn"}, "incomplete"),
        ([FROM, VIA], {"restriction": "no_u_turn"}, "incomplete"),
        ([FROM, VIA, TO], {"restriction": "give_way"}, "incomplete"),
        ([FROM, VIA, TO], {}, "incomplete"),
        ([FROM, VIA, ("way", 99, "to")], {"restriction": "no_u_turn"}, "no_road"),
        ([FROM, ("node", 4, "via"), TO], {"restriction": "no_left_turn"}, "no_road"),
    ],
)
def test_what_is_left_and_why(
    tmp_path: Path, members: Members, tags: Mapping[str, str], reason: str
) -> None:
    network = _read(tmp_path, members, tags)
    assert len(network.turns) == 0
    assert network.report.turns_read == 1
    assert getattr(network.report, f"turns_{reason}") == 1
    assert network.report.turns_kept == 0
    assert network.report.turns_left_ids == ()


def test_a_way_that_runs_on_is_ambiguous_but_not_for_turning_back(tmp_path: Path) -> None:
    members = [("way", 14, "from"), VIA, TO]
    network = _read(tmp_path, members, {"restriction": "no_left_turn"}, through=True)
    assert (len(network.turns), network.report.turns_ambiguous) == (0, 1)
    members = [("way", 14, "from"), VIA, ("way", 14, "to")]
    network = _read(tmp_path, members, {"restriction": "no_u_turn"}, through=True)
    assert all(row[0] == row[2] for row in network.turns.tolist())
    assert (len(network.turns), network.report.turns_kept) == (2, 1)


def test_several_may_not_come_in_or_go_out(tmp_path: Path) -> None:
    members = [FROM, ("way", 13, "from"), VIA, TO]
    network = _read(tmp_path, members, {"restriction": "no_entry"})
    roads = {tuple(network.way_id[[row[0], row[2]]].tolist()) for row in network.turns}
    assert roads == {(11, 12), (13, 12)}
    network = _read(tmp_path, [FROM, VIA, TO, ("way", 13, "to")], {"restriction": "no_exit"})
    roads = {tuple(network.way_id[[row[0], row[2]]].tolist()) for row in network.turns}
    assert roads == {(11, 12), (11, 13)}
    assert network.report.turns_kept == 1


#  11 comes from 1 to 2, 12 and 13 lead on by 3 to 4, 14 goes back from 4 to 5; lanes branch off at
#  2 and, off the middle of 13, at 6
LANES = {1: (0, 0), 2: (2, 0), 3: (2, 1), 6: (2, 1.5), 4: (2, 2), 5: (0, 2), 7: (4, 0), 8: (4, 1)}
LANES |= {9: (4, 2)}
ONE_WAY = {**MAIN, "oneway": "yes"}
LANE = {"highway": "residential"}


def _through(
    folder: Path,
    members: Members,
    tags: Mapping[str, str] = {"restriction": "no_u_turn"},
    *,
    to: Sequence[int] = (4, 5),
    to_tags: Mapping[str, str] = ONE_WAY,
    via_tags: Mapping[str, str] = MAIN,
) -> RoadNetwork:
    ways = [
        *((11, [1, 2], ONE_WAY), (12, [2, 3], via_tags), (13, [3, 6, 4], via_tags)),
        *((14, list(to), to_tags), (15, [2, 7], LANE), (16, [6, 8], LANE), (17, [4, 9], LANE)),
        (18, [7, 8, 9, 5, 1], LANE),
    ]
    relation = (members, {"type": "restriction", **tags})
    return build_network(write_osm(folder / "a.osm", osm_xml(LANES, ways, relations=[relation])))


def _way(way_id: int, role: str) -> tuple[str, int, str]:
    return "way", way_id, role


IN, BACK = _way(11, "from"), _way(14, "to")


@pytest.mark.parametrize("via", [(12, 13), (13, 12)])
@pytest.mark.parametrize(
    ("tags", "only", "modes"),
    [
        ({"restriction": "no_u_turn"}, 0, 0b011),
        ({"restriction": "only_straight_on"}, 1, 0b011),
        ({"restriction:motorcar": "no_left_turn"}, 0, 0b001),
        ({"restriction": "no_u_turn", "except": "bicycle"}, 0, 0b001),
    ],
)
def test_a_restriction_through_ways_names_the_arcs_in_order(
    tmp_path: Path, via: Sequence[int], tags: Mapping[str, str], only: int, modes: int
) -> None:
    members = [IN, *(_way(each, "via") for each in via), BACK]
    network = _through(tmp_path, members, tags)
    arcs = network.turn_path_arcs
    assert network.turn_path_offset.tolist() == [0, 5]
    assert network.way_id[arcs // 2].tolist() == [11, 12, 13, 13, 14]
    begin = np.column_stack([network.tail, network.head]).reshape(-1)
    assert network.node_id[begin[arcs]].tolist() == [1, 2, 3, 6, 4]
    assert network.turn_path_rules.tolist() == [[only, modes]]
    report = network.report
    assert (report.turns_kept, report.turns_kept_via_way, report.turns_left_ids) == (1, 1, ())


def test_modes_that_cannot_drive_the_ways_are_not_bound(tmp_path: Path) -> None:
    members = [IN, _way(12, "via"), _way(13, "via"), BACK]
    network = _through(tmp_path, members, via_tags={**MAIN, "bicycle": "no"})
    assert network.turn_path_rules.tolist() == [[0, 0b001]]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ([IN, _way(13, "via"), BACK], "gap"),
        ([IN, _way(12, "via"), BACK], "gap"),
        ([IN, _way(12, "via"), _way(99, "via"), BACK], "no_road"),
        ([_way(99, "from"), _way(12, "via"), _way(13, "via"), BACK], "no_road"),
        ([_way(14, "from"), _way(13, "via"), _way(15, "to")], "gap"),
        ([_way(14, "from"), _way(13, "via"), _way(12, "via"), _way(15, "to")], "no_road"),
        ([IN, _way(12, "via"), _way(12, "via"), _way(13, "via"), BACK], "repeated"),
        ([IN, _way(11, "via"), _way(12, "via"), _way(13, "via"), BACK], "repeated"),
        ([IN, _way(12, "via"), _way(13, "via"), _way(13, "to")], "repeated"),
        ([_way(12, "via"), _way(13, "via"), BACK], "incomplete"),
        ([IN, _way(12, "via"), _way(13, "via")], "incomplete"),
        ([IN, _way(12, "via"), ("node", 3, "via"), _way(13, "via"), BACK], "incomplete"),
    ],
)
def test_what_leads_through_ways_and_is_left_is_told_with_its_id(
    tmp_path: Path, members: Members, reason: str
) -> None:
    report = _through(tmp_path, members).report
    assert (report.turns_read, report.turns_kept, report.turns_kept_via_way) == (1, 0, 0)
    assert getattr(report, f"turns_{reason}") == 1
    assert report.turns_left_ids == ((1, reason),)


def test_a_way_that_runs_on_past_the_ways_between_is_ambiguous_unless_one_way(
    tmp_path: Path,
) -> None:
    members = [IN, _way(12, "via"), _way(13, "via"), BACK]
    report = _through(tmp_path, members, to=(9, 4, 5), to_tags=MAIN).report
    assert (report.turns_ambiguous, report.turns_left_ids) == (1, ((1, "ambiguous"),))
    network = _through(tmp_path, members, to=(9, 4, 5))
    assert network.node_id[network.head[network.turn_path_arcs[-1] // 2]] == 5


def test_a_restriction_where_the_road_goes_straight_on_keeps_its_node(tmp_path: Path) -> None:
    members = [FROM, VIA, ("way", 11, "to")]
    relation = (members, {"type": "restriction", "restriction": "no_u_turn"})
    text = osm_xml(NODES, [(11, [1, 2], MAIN), (13, [2, 4], MAIN)], relations=[relation])
    network = build_network(write_osm(tmp_path / "a.osm", text))
    assert sorted(network.node_id.tolist()) == [1, 2, 4]
    assert len(network.turns) == 1
