from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.model import Floats, TurnKind
from geo.network import RoadNetwork
from geo.roadtags import AccessLevel, RoadClass, TravelMode
from geo.travel.costs import LENGTH_SPAN, NEVER
from geo.travel.profiles import PROFILES, TurnCosts
from geo.travel.turns import TurnTable, turn_costs, turn_kind, turn_table
from tests.geo.roads import LAT, LON, network_of

_M_PER_DEGREE = 111_195.0
_CLASSES = st.sampled_from([RoadClass.MOTORWAY, RoadClass.PRIMARY, RoadClass.SERVICE])
_SPOTS = st.tuples(st.integers(0, 4), st.integers(0, 4))


@st.composite
def networks(draw: st.DrawFn) -> RoadNetwork:
    """Return a network with loops, parallel roads and restrictions that name any roads."""
    spots = draw(st.lists(_SPOTS, min_size=1, max_size=5, unique=True))
    node = st.integers(0, len(spots) - 1)
    road = st.tuples(node, node, _CLASSES, st.sampled_from("=<>"), st.booleans())
    roads = draw(st.lists(road, min_size=1, max_size=10))
    row = st.integers(0, len(roads) - 1)
    turn = st.tuples(row, node, row, st.integers(0, 1), st.sampled_from([1, 2, 3]))
    network = network_of(spots, roads, draw(st.lists(turn, max_size=8)))
    signals = draw(st.lists(st.booleans(), min_size=len(spots), max_size=len(spots)))
    return replace(network, node_signal=np.array(signals))


def ends(network: RoadNetwork, arc: int) -> tuple[int, int]:
    """Return where an arc begins and ends."""
    pair = int(network.tail[arc // 2]), int(network.head[arc // 2])
    return pair if arc % 2 == 0 else pair[::-1]


def way_out(network: RoadNetwork, arc: int) -> complex:
    """Return the way 15 m along the arc's line, or half of it."""
    points = network.points_lonlat(arc // 2)
    scale = math.cos(math.radians(float(points[0, 1])))
    spots = [complex(lon * scale, lat) * _M_PER_DEGREE for lon, lat in points.tolist()]
    spots = spots if arc % 2 == 0 else spots[::-1]
    sizes = [abs(b - a) for a, b in pairwise(spots)]
    left = min(15.0, sum(sizes) / 2.0)
    for (a, b), size in zip(pairwise(spots), sizes, strict=True):
        if size > 0.0 and left <= size:
            return a + (b - a) * left / size - spots[0]
        left -= size
    return 0j


def angle(network: RoadNetwork, before: int, after: int) -> float:
    if after == before ^ 1:
        return 180.0
    turned = math.degrees(
        np.angle(way_out(network, after)) - np.angle(-way_out(network, before ^ 1))
    )
    return 180.0 - (180.0 - turned) % 360.0


def forbidden(network: RoadNetwork, before: int, after: int, mode: int) -> bool:
    via, barred, forced, named = ends(network, before)[1], False, False, False
    for road, junction, following, only, modes in network.turns.tolist():
        if road != before // 2 or junction != via or not modes >> mode & 1:
            continue
        forced |= only == 1
        named |= only == 1 and following == after // 2
        barred |= only == 0 and following == after // 2
    return barred or (forced and not named)


@settings(deadline=None, max_examples=60)
@given(networks(), st.sampled_from(TravelMode))
def test_the_table_is_that_of_a_plain_loop(network: RoadNetwork, mode: TravelMode) -> None:
    table = turn_table(network, mode)
    usable = network.access[:, :, mode].reshape(-1) > AccessLevel.CLOSED
    arcs = np.flatnonzero(usable).tolist()
    wanted = [(a, b) for a in arcs for b in arcs if ends(network, a)[1] == ends(network, b)[0]]
    assert list(zip(table.before.tolist(), table.after.tolist(), strict=True)) == wanted
    for row, (before, after) in enumerate(wanted):
        off = float(table.angle_deg[row]) - angle(network, before, after)
        assert abs((off + 180.0) % 360.0 - 180.0) < 0.01
        for each in TravelMode:
            barred = bool(table.barred[row] >> each & 1)
            assert barred == forbidden(network, before, after, each)
    assert ((table.angle_deg > -180.0) & (table.angle_deg <= 180.0)).all()
    kinds = [array.dtype.name for array in (table.before, table.after, table.angle_deg)]
    assert [*kinds, table.barred.dtype.name] == ["int32", "int32", "float32", "uint8"]


def angle_s(angle_deg: float, turns: TurnCosts) -> float:
    """Return seconds as ``process_turn`` of OSRM's car profile writes it, left positive."""
    to_the_right = -angle_deg if angle_deg < 180.0 else 180.0
    bias, size = turns.left_bias, abs(to_the_right) / 180.0
    if to_the_right >= 0.0:
        return turns.turn_s / (1 + math.exp(-((13 / bias) * size - 6.5 * bias)))
    return turns.turn_s / (1 + math.exp(-((13 * bias) * size - 6.5 / bias)))


@settings(deadline=None, max_examples=50)
@given(networks(), st.sampled_from(["car", "police_car", "ebike", "foot"]))
def test_costs_are_those_of_a_plain_loop(network: RoadNetwork, name: str) -> None:
    profile = PROFILES[name]
    table = turn_table(network, profile.mode)
    found = turn_costs(table, network, profile)
    if profile.turns is None:
        assert not found.any()
        return
    levels = network.access[:, :, profile.mode]
    for row, (before, after) in enumerate(zip(table.before, table.after, strict=True)):
        via = ends(network, int(before))[1]
        meeting = sum(
            int(network.tail[road] == via) + int(network.head[road] == via)
            for road in range(network.road_count)
            if levels[road].any()
        )
        if forbidden(network, int(before), int(after), profile.mode):
            assert found[row] == NEVER
            continue
        seconds = profile.turns.u_turn_s if after == before ^ 1 else 0.0
        if meeting > 2 or after == before ^ 1:
            seconds += angle_s(float(table.angle_deg[row]), profile.turns)
        if meeting > 2 and network.node_signal[via]:
            seconds += profile.turns.signal_s
        assert found[row] % LENGTH_SPAN == 0
        assert found[row] // LENGTH_SPAN == pytest.approx(seconds * 1000.0, abs=0.51)


def star(
    bearings: Sequence[float],
    turns: Sequence[tuple[int, int, int, int, int]] = (),
    *,
    signal: bool = False,
    kink_m: float = 0.0,
) -> RoadNetwork:
    """Return straight two-way roads of 100 m out of node 0, clockwise from north.

    ``kink_m`` moves the second point, 3 m from the middle, to the east.
    """
    scale = math.cos(math.radians(LAT))

    def place(east_m: float, north_m: float) -> tuple[float, float]:
        return LON + east_m / _M_PER_DEGREE / scale, LAT + north_m / _M_PER_DEGREE

    rays = [(math.sin(math.radians(each)), math.cos(math.radians(each))) for each in bearings]
    lines = [[place(0, 0), place(3 * x + kink_m, 3 * y), place(100 * x, 100 * y)] for x, y in rays]
    spots = [(0.0, 0.0)] * (len(bearings) + 1)
    roads = [(0, end, RoadClass.RESIDENTIAL, "=", False) for end in range(1, len(spots))]
    network = network_of(spots, roads, turns)
    signals = np.arange(len(spots)) == 0
    return replace(
        network,
        node_signal=signals & signal,
        node_lonlat=np.array([place(0, 0), *(line[-1] for line in lines)]),
        geometry_lonlat=np.array(lines).reshape(-1, 2),
        length_m=np.full(len(roads), 100.0),
    )


def angle_between(network: RoadNetwork, road: int, following: int) -> float:
    table = turn_table(network, TravelMode.MOTOR)
    return float(table.angle_deg[row_of(table, road, following)])


def row_of(table: TurnTable, road: int, following: int) -> int:
    """Return the row of the turn at node 0 of a star."""
    rows = np.flatnonzero((table.before == 2 * road + 1) & (table.after == 2 * following))
    return int(rows[0])


CROSS = (180.0, 0.0, 270.0, 90.0)  # from the south: on to the north, left west, right east


def test_angles_of_a_cross() -> None:
    cross = star(CROSS)
    found = [angle_between(cross, 0, following) for following in range(4)]
    assert found == pytest.approx([180.0, 0.0, 90.0, -90.0], abs=0.01)
    assert angle_between(cross, 2, 0) == pytest.approx(-90.0, abs=0.01)


@pytest.mark.parametrize("shift_m", [2.0, -2.0])
def test_a_kink_at_the_mouth_is_no_turn(shift_m: float) -> None:
    bent = star((180.0, 0.0, 90.0), kink_m=shift_m)
    assert turn_kind(angle_between(bent, 0, 1)) is TurnKind.STRAIGHT


def seconds_of(network: RoadNetwork, road: int, following: int, name: str = "car") -> float:
    table = turn_table(network, PROFILES[name].mode)
    costs = turn_costs(table, network, PROFILES[name])
    return float(costs[row_of(table, road, following)] // LENGTH_SPAN) / 1000.0


def test_in_right_hand_traffic_left_costs_more_than_right() -> None:
    cross = star(CROSS)
    on, left, right, back = (seconds_of(cross, 0, following) for following in (1, 2, 3, 0))
    assert on < 0.02 < right < left < back
    assert (left, right) == pytest.approx((5.395, 2.105), abs=0.002)
    assert back == pytest.approx(27.455, abs=0.002)
    assert seconds_of(cross, 0, 2, "ebike") > seconds_of(cross, 0, 3, "ebike")


def test_lights_delay_at_junctions_only() -> None:
    assert seconds_of(star(CROSS, signal=True), 0, 1) - seconds_of(star(CROSS), 0, 1) == 2.0
    assert seconds_of(star((180.0, 0.0), signal=True), 0, 1) == 0.0


def test_a_bend_of_two_roads_costs_nothing_but_turning_back_does() -> None:
    bend = star((180.0, 270.0))
    assert seconds_of(bend, 0, 1) == 0.0
    assert seconds_of(bend, 0, 0) > 20.0


def test_restrictions_bind_the_modes_they_name() -> None:
    no_left = star(CROSS, [(0, 0, 2, 0, 1 << TravelMode.MOTOR)])
    assert seconds_of(no_left, 0, 2) > 1e6
    assert seconds_of(no_left, 0, 3) < 10.0
    assert seconds_of(no_left, 0, 2, "ebike") < 10.0
    assert seconds_of(no_left, 0, 2, "foot") == 0.0


def test_only_bars_every_other_turn_out_of_that_road() -> None:
    only_right = star(CROSS, [(0, 0, 3, 1, 0b011)])
    assert [seconds_of(only_right, 0, each) > 1e6 for each in range(4)] == [True, True, True, False]
    assert not any(seconds_of(only_right, 1, each) > 1e6 for each in range(4))
    assert not any(seconds_of(only_right, 0, each, "foot") for each in range(4))
    two = star(CROSS, [(0, 0, 3, 1, 1), (0, 0, 1, 1, 1)])
    assert [seconds_of(two, 0, each) > 1e6 for each in range(4)] == [True, False, True, False]


def test_no_u_turn_bars_the_way_back_alone() -> None:
    network = star(CROSS, [(0, 0, 0, 0, 1)])
    assert [seconds_of(network, 0, each) > 1e6 for each in range(4)] == [True, False, False, False]


def test_a_road_of_no_length_is_straight_on() -> None:
    lonlat: Floats = np.repeat([[LON, LAT]], 2, axis=0)
    cross = star((180.0, 0.0))
    points = np.concatenate([cross.geometry_lonlat[:3], lonlat, cross.geometry_lonlat[3:]])
    network = replace(
        network_of(
            [(0, 0)] * 4,
            [
                (0, 1, RoadClass.RESIDENTIAL, "=", False),
                (0, 2, RoadClass.GATE, "=", True),
                (2, 3, RoadClass.RESIDENTIAL, "=", False),
            ],
        ),
        geometry_lonlat=points,
        geometry_offset=np.array([0, 3, 5, 8]),
    )
    table = turn_table(network, TravelMode.MOTOR)
    onward = table.after != table.before ^ 1
    assert table.angle_deg[onward].tolist() == pytest.approx([0.0] * 4, abs=1e-3)


def test_a_road_across_the_antimeridian_is_no_long_way_round() -> None:
    west = star((90.0, 270.0, 0.0))
    moved = west.geometry_lonlat + np.array([180.0 - LON, 0.0])
    moved[:, 0] = (moved[:, 0] + 180.0) % 360.0 - 180.0
    assert angle_between(replace(west, geometry_lonlat=moved), 0, 1) == pytest.approx(0.0, abs=0.01)


def test_a_network_closed_to_a_mode_has_no_turns() -> None:
    network = network_of([(0, 0), (1, 0)], [(0, 1, RoadClass.MOTORWAY, "=", False)])
    table = turn_table(network, TravelMode.BICYCLE)
    assert len(table.before) == len(table.after) == len(table.angle_deg) == len(table.barred) == 0
    assert turn_costs(table, network, PROFILES["ebike"]).shape == (0,)


@pytest.mark.parametrize(
    ("angle_deg", "kind"),
    [
        *((0.0, TurnKind.STRAIGHT), (-20.0, TurnKind.STRAIGHT), (30.0, TurnKind.SLIGHT_LEFT)),
        *((-30.0, TurnKind.SLIGHT_RIGHT), (90.0, TurnKind.LEFT), (-90.0, TurnKind.RIGHT)),
        *((135.0, TurnKind.SHARP_LEFT), (-135.0, TurnKind.SHARP_RIGHT)),
        *((180.0, TurnKind.U_TURN), (-175.0, TurnKind.U_TURN)),
    ],
)
def test_names_of_turns(angle_deg: float, kind: TurnKind) -> None:
    assert turn_kind(angle_deg) is kind
