from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.model import Floats, Point
from geo.network import RoadNetwork, load_network, save_network
from geo.roadtags import AccessLevel, RoadClass, TravelMode
from geo.travel import RoadEngine, load_engine
from geo.travel.closures import Closure
from geo.travel.graphs import TurnGraph
from geo.travel.turnpaths import turn_states
from geo.travel.turns import turn_table
from tests.geo.roads import LAT, LON, STEP, network_of
from tests.geo.travel.oracle import oracle_ms
from tests.geo.travel.test_engine import plain_engine

BOTH = 0b011
Rule = tuple[Sequence[int], int, int]
MakeEngine = Callable[[RoadNetwork], RoadEngine]

#  Two one-way carriageways, joined by two links; a lane leaves the middle of the first link.
#
#      5 <--3-- 4 <--2-- 3        0, 1: east on y = 0; 2, 3: west on y = 2
#               |        |        4: link 1-8-4 (4 below the lane, 5 above), 6: link 2-3
#               8---7    |        7: the lane 8-7
#               |        |
#      0 --0--> 1 --1--> 2
SPOTS = [(0, 0), (4, 0), (8, 0), (8, 2), (4, 2), (0, 2), (12, 1), (6, 1), (4, 1)]
ROADS = [
    (0, 1, RoadClass.PRIMARY, ">", False),
    (1, 2, RoadClass.PRIMARY, ">", False),
    (3, 4, RoadClass.PRIMARY, ">", False),
    (4, 5, RoadClass.PRIMARY, ">", False),
    (1, 8, RoadClass.RESIDENTIAL, "=", False),
    (8, 4, RoadClass.RESIDENTIAL, "=", False),
    (2, 3, RoadClass.RESIDENTIAL, "=", False),
    (8, 7, RoadClass.RESIDENTIAL, "=", False),
    (5, 0, RoadClass.RESIDENTIAL, "=", False),
]
EAST, BACK, UP, UPPER, LANE = 0, 6, 8, 10, 14  # arcs
NO_BACK = [((EAST, UP, UPPER, BACK), 0, BOTH)]


def town(paths: Sequence[Rule]) -> RoadNetwork:
    return network_of(SPOTS, ROADS, [], paths)


def at(x: float, y: float) -> Point:
    return Point(LON + x * STEP, LAT + y * STEP)


def roads_of(engine: RoadEngine, origin: Point, target: Point, profile: str = "car") -> list[str]:
    path = engine.path(origin, target, profile=profile)
    assert path is not None
    matrix = engine.matrix(
        np.array([[origin.lon, origin.lat]]),
        np.array([[target.lon, target.lat]]),
        profile=profile,
    )
    assert (path.travel_s, path.length_m) == (matrix.travel_s[0, 0], matrix.length_m[0, 0])
    return [name.removesuffix("号路") for name in path.road_names]


SECOND_LINK = shapely.box(*(LON + 7.5 * STEP, LAT + 0.8 * STEP, LON + 8.6 * STEP, LAT + 1.3 * STEP))
WEST, END = at(1, 0), at(1, 2)


@pytest.mark.parametrize("make", [load_engine, plain_engine])
def test_one_goes_on_to_the_next_link(make: MakeEngine) -> None:
    assert roads_of(make(town([])), WEST, END) == ["4", "5", "3"]
    assert roads_of(make(town(NO_BACK)), WEST, END) == ["1", "6", "2", "3"]


def test_links_may_still_be_used_in_part_and_from_elsewhere() -> None:
    engine, free = load_engine(town(NO_BACK)), load_engine(town([]))
    for origin, target in (
        (WEST, at(6, 1)),  # off the link by the lane
        (WEST, at(4.1, 1.5)),  # ends on it
        (at(4.1, 0.5), END),  # begins on it
        (at(4.1, 1.5), END),
        (at(6, 1), END),  # came by the lane
    ):
        assert roads_of(engine, origin, target) == roads_of(free, origin, target)


def test_only_those_bound_go_round() -> None:
    cars = load_engine(town([(*NO_BACK[0][:2], 1 << TravelMode.MOTOR)]))
    assert roads_of(cars, WEST, END, "ebike") == ["4", "5", "3"]
    assert roads_of(cars, WEST, END, "police_car") == ["1", "6", "2", "3"]
    free = load_engine(town(NO_BACK), turns=False)
    assert roads_of(free, WEST, END) == ["4", "5", "3"]


def test_only_holds_from_the_first_way_between_to_the_end() -> None:
    only = load_engine(town([((EAST, UP, UPPER, BACK), 1, BOTH)]))
    assert roads_of(only, WEST, END) == ["4", "5", "3"]
    assert "7" in roads_of(only, WEST, at(6, 1))
    assert roads_of(only, WEST, at(6, 1))[0] != "4"  # one may not leave the link by the lane
    assert roads_of(only, WEST, at(8.2, 1)) == ["1", "6"]  # nor need one turn into it
    two = load_engine(town([((EAST, UP, UPPER, BACK), 1, BOTH), ((EAST, UP, LANE), 1, BOTH)]))
    assert roads_of(two, WEST, at(6, 1)) == ["4", "7"]
    assert roads_of(two, WEST, END) == ["4", "5", "3"]


@pytest.mark.parametrize("make", [load_engine, plain_engine])
def test_isochrones_nearest_and_closures_heed_it(make: MakeEngine) -> None:
    origin, target = (np.array([[each.lon, each.lat]]) for each in (WEST, END))
    found: list[list[float]] = []
    for network in (town([]), town(NO_BACK)):
        opened = make(network)
        closed = opened.with_closures([Closure(id="c", reason="修路", area=SECOND_LINK)])
        for engine in (opened, closed):
            ((travel_s,),) = engine.matrix(origin, target).travel_s.tolist()
            parts = engine.reach(origin, limit_s=np.inf)
            entered = parts.from_s[(parts.road == 3) & (parts.from_share == 0.0)]
            assert engine.nearest(origin, target, 1)[1].item() == travel_s
            found.append([travel_s, float(entered.min(initial=np.inf))])
    free, closed, held, shut = (row[0] for row in found)
    assert free == closed < held < shut  # by the lane: over it and back
    assert all(entered < travel_s for travel_s, entered in found)
    assert found[0][1] < found[2][1] < found[3][1]


def test_without_such_restrictions_arcs_and_turns_are_those_of_the_table() -> None:
    for network in (town([]), town([(*NO_BACK[0][:2], 1 << TravelMode.BICYCLE)])):
        table = turn_table(network, TravelMode.MOTOR)
        open_ = network.access[:, :, TravelMode.MOTOR] > AccessLevel.CLOSED
        arcs = np.flatnonzero(open_.reshape(-1))
        states = turn_states(network, TravelMode.MOTOR, arcs, table)
        assert states.table is table
        np.testing.assert_array_equal(states.arc, arcs)
        np.testing.assert_array_equal(arcs[states.tail], table.before)
        np.testing.assert_array_equal(arcs[states.head], table.after)


def test_what_restrictions_share_is_copied_once() -> None:
    paths = [*NO_BACK, ((EAST, UP, LANE), 1, BOTH), ((EAST, UP, UPPER, BACK), 0, BOTH)]
    free, bound = (TurnGraph(town(each), TravelMode.MOTOR) for each in ([], paths))
    assert bound.vertex_count == free.vertex_count + 2


@st.composite
def grids(draw: st.DrawFn) -> RoadNetwork:
    """Return nine junctions and restrictions that continue or begin within one another."""
    roads = []
    for y in range(3):
        for x in range(3):
            roads += [
                (3 * y + x, 3 * b + a, RoadClass.RESIDENTIAL, draw(st.sampled_from("===><")), False)
                for a, b in ((x + 1, y), (x, y + 1))
                if a < 3 and b < 3
            ]
    ends = [pair for tail, head, *_ in roads for pair in ((tail, head), (head, tail))]
    paths: list[tuple[list[int], int, int]] = []
    for _ in range(draw(st.integers(1, 6))):
        arcs = [draw(st.integers(0, len(ends) - 1))]
        if paths and draw(st.booleans()):
            whole = draw(st.sampled_from(paths))[0]
            begin = draw(st.integers(0, len(whole) - 2))
            arcs = whole[begin : draw(st.integers(begin + 1, len(whole)))]
        for _ in range(draw(st.integers(max(3 - len(arcs), 0), 3))):
            out = [arc for arc, pair in enumerate(ends) if pair[0] == ends[arcs[-1]][1]]
            arcs = [*arcs, draw(st.sampled_from(out))]
        paths.append((arcs, draw(st.integers(0, 1)), draw(st.sampled_from([1, 3]))))
    return network_of([(x, y) for y in range(3) for x in range(3)], roads, [], paths)


SOME = st.tuples(st.floats(0, 2, width=32), st.floats(0, 2, width=32))
POINTS = st.lists(SOME | st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=5)


@settings(deadline=None, max_examples=60)
@given(grids(), POINTS, st.sampled_from(["car", "ebike", "foot"]))
def test_answers_are_those_of_a_search_that_counts_progress(
    network: RoadNetwork, spots: list[tuple[float, float]], profile: str
) -> None:
    points: Floats = np.array([(LON + x * STEP, LAT + y * STEP) for x, y in spots])
    fast, slow = load_engine(network), plain_engine(network)
    found, plain = (each.matrix(points, points, profile=profile) for each in (fast, slow))
    wanted_ms = oracle_ms(fast, points, points, profile=profile)
    np.testing.assert_array_equal(np.rint(found.travel_s * 1000.0), wanted_ms)
    np.testing.assert_array_equal(found.travel_s, plain.travel_s)
    np.testing.assert_array_equal(found.length_m, plain.length_m)
    path = fast.path(Point(*points[0]), Point(*points[1]), profile=profile)
    assert (path.travel_s if path else np.inf) == found.travel_s[0, 1]


def test_they_are_kept_with_the_network(tmp_path: Path) -> None:
    network = town(NO_BACK)
    save_network(network, tmp_path / "kept")
    again = load_network(tmp_path / "kept")
    for name in ("turn_path_offset", "turn_path_arcs", "turn_path_rules"):
        np.testing.assert_array_equal(getattr(again, name), getattr(network, name))
