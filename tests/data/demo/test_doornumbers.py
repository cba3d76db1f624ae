"""Numbers of doors: unique within an address, mostly continuous in space, odd on the left."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from data.demo.district import District, make_district
from data.demo.doornumbers import Doors, door_numbers
from data.demo.network import Network, Way
from data.demo.plan import SMALL
from data.demo.streets import Zone

LANE_M = 90.0
VILLAGE = Zone(box(0.0, 0.0, 500.0, 500.0), (250.0, 250.0), town=False, village=0)
TOWN = Zone(box(0.0, 0.0, 500.0, 500.0), (250.0, 250.0), town=True, village=0)

Address = tuple[str, str, int, int]


@pytest.fixture(scope="module")
def district() -> District:
    return make_district(SMALL, seed=1, total=5)


def lanes_of(*starts: tuple[float, float], names: tuple[str, ...], zone: int = 0) -> Network:
    """Return lanes that run east from these places."""
    nodes = np.asarray([(x + dx, y) for x, y in starts for dx in (0.0, LANE_M)])
    ways = tuple(
        Way((2 * i, 2 * i + 1), {"highway": "service"} | ({"name": name} if name else {}), zone)
        for i, name in enumerate(names)
    )
    return Network(nodes, {}, ways, (), ())


def doors_on(network: Network, *, villages: tuple[int, ...] = (), hamlet: str = "") -> Doors:
    """Return a door every 10 m on either hand of each lane."""
    rows = [
        (*(network.nodes_m[way.nodes[0]] + (along, 5.0 * side)), at, along, side)
        for at, way in enumerate(network.ways)
        for along in np.arange(5.0, LANE_M, 10.0)
        for side in (1, -1)
    ]
    x, y, way, along, side = np.asarray(rows).T
    at = way.astype(np.int64)
    village = np.asarray(villages or (0,) * len(network.ways))[at]
    xy = np.stack([x, y], axis=1)
    return Doors(xy, at, along, side.astype(np.int64), village, (hamlet,) * len(rows))


@settings(max_examples=25)
@given(st.integers(min_value=0, max_value=200))
def test_a_street_has_odd_numbers_on_the_left_from_its_western_end(seed: int) -> None:
    network = lanes_of((0.0, 0.0), (100.0, 0.0), names=("新街", "新街"))
    doors = doors_on(network)
    number = door_numbers(doors, network, (TOWN,), np.asarray([0]), seed=seed)
    assert (number % 2 == (doors.side > 0)).all()
    for side in (1, -1):
        mine = number[doors.side == side][np.argsort(doors.xy_m[doors.side == side, 0])]
        late = sum(b < a for a, b in pairwise(mine))
        assert late <= 4


@settings(max_examples=25)
@given(st.integers(min_value=0, max_value=200))
def test_a_village_counts_lane_after_lane_from_the_nearest_end(seed: int) -> None:
    network = lanes_of(*((0.0, 40.0 * i) for i in (0, 2, 1, 3)), names=("",) * 4)
    doors = doors_on(network)
    number = door_numbers(doors, network, (VILLAGE,), np.asarray([0]), seed=seed)
    middle = [np.median(number[doors.way == lane]) for lane in (0, 2, 1, 3)]
    assert middle == sorted(middle) or middle == sorted(middle, reverse=True)


def test_a_village_counts_from_where_it_opens_to_its_largest_road() -> None:
    lanes = lanes_of(*((0.0, 40.0 * i) for i in range(4)), names=("",) * 4)
    road = Way((8, 9), {"highway": "secondary"})
    nodes = np.concatenate([lanes.nodes_m, [(130.0, 300.0), (130.0, 110.0)]])
    doors = doors_on(lanes)
    network = Network(nodes, {}, (*lanes.ways, road), (), ())
    number = door_numbers(doors, network, (VILLAGE,), np.asarray([0]), seed=3)
    first = doors.xy_m[np.argmin(number)]
    assert first.tolist() == [85.0, 115.0] or first.tolist() == [85.0, 125.0]


@settings(max_examples=25)
@given(st.integers(min_value=0, max_value=200))
def test_two_lanes_of_one_name_in_one_village_share_no_number(seed: int) -> None:
    network = lanes_of((0.0, 0.0), (0.0, 400.0), names=("新街", "新街"))
    doors = doors_on(network)
    number = door_numbers(doors, network, (VILLAGE,), np.asarray([0]), seed=seed)
    assert len(set(number.tolist())) == len(number)


def test_streets_of_one_name_in_two_villages_each_count_from_one() -> None:
    network = lanes_of((0.0, 0.0), (0.0, 400.0), names=("新街", "新街"))
    ways = (network.ways[0], Way(network.ways[1].nodes, network.ways[1].tags, 1))
    network = Network(network.nodes_m, {}, ways, (), ())
    doors = doors_on(network, villages=(0, 1))
    other = Zone(VILLAGE.outline, VILLAGE.centre, town=False, village=1)
    number = door_numbers(doors, network, (VILLAGE, other), np.asarray([0, 0]), seed=3)
    assert [number[doors.way == lane].min() for lane in (0, 1)] == [1, 1]


def test_no_two_houses_of_the_district_share_an_address(district: District) -> None:
    addresses = addresses_of(district)
    assert len(set(addresses)) == len(addresses)


def test_numbers_of_lanes_without_a_name_are_mostly_continuous(district: District) -> None:
    steps = steps_m(district)
    assert np.mean(steps < 50.0) > 0.7
    assert np.mean(steps < 100.0) > 0.85


def test_numbers_of_lanes_without_a_name_are_not_perfectly_continuous(district: District) -> None:
    assert 0.03 < np.mean(steps_m(district) > 100.0) < 0.15


def addresses_of(district: District) -> list[Address]:
    houses = district.houses
    rows = zip(houses.road, houses.hamlet, houses.village, houses.number, strict=True)
    return [
        (road, "" if road else hamlet, int(village), int(number))
        for road, hamlet, village, number in rows
    ]


def steps_m(district: District) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return metres from each house of an unnamed lane to the next number of its village."""
    addresses = addresses_of(district)
    order = sorted((a, i) for i, a in enumerate(addresses) if not a[0])
    pairs = [(i, j) for (a, i), (b, j) in pairwise(order) if a[:3] == b[:3]]
    first, second = np.asarray(pairs).T
    door = district.houses.door_m
    return np.hypot(*(door[second] - door[first]).T)
