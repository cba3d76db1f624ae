from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from geo.errors import ClosureError
from geo.localtime import LOCAL_ZONE
from geo.network import RoadNetwork
from geo.roadtags import RoadClass
from geo.travel.closures import (
    Blocks,
    Closure,
    Direction,
    RoadIndex,
    RoadRef,
    blocks,
    in_force,
    ref_of,
    refs_of_way,
    unmatched,
)
from tests.geo.roads import LAT, LON, STEP, network_of

SIX = datetime(2026, 11, 26, 6, tzinfo=LOCAL_ZONE)
HOUR = timedelta(hours=1)
NAIVE = SIX.replace(tzinfo=None)
CORNERS = 4
TOUCH_DEG = 1e-8


def _grid() -> RoadNetwork:
    spots = [(x, y) for y in range(CORNERS) for x in range(CORNERS)]
    roads = [
        *((a, a + 1, RoadClass.PRIMARY, "=", False) for a in range(16) if a % 4 < 3),
        *((a, a + 4, RoadClass.RESIDENTIAL, ">", False) for a in range(12)),
    ]
    return network_of([(float(x), float(y)) for x, y in spots], roads)


GRID = _grid()
INDEX = RoadIndex(GRID).prepare()


def _at(x: float, y: float) -> tuple[float, float]:
    return LON + x * STEP, LAT + y * STEP


def _box(west: float, south: float, east: float, north: float) -> Polygon:
    return box(*_at(west, south), *_at(east, north))


def _shut(found: Blocks) -> list[int]:
    return np.flatnonzero(found.closed.any(axis=1)).tolist()


def _stretches(found: Blocks, arc: int) -> list[tuple[float, float]]:
    """Return the shares of an arc between which nothing passes."""
    shut = found.shut
    rows = zip(shut.arc.tolist(), shut.begin.tolist(), shut.end.tolist(), strict=True)
    return [(begin, end) for of, begin, end in rows if of == arc]


def _same_shares(
    one: list[tuple[float, float]], other: list[tuple[float, float]], within: float
) -> bool:
    """Return whether two lists of stretches hold the same shares, but for what is near an edge."""
    at = np.linspace(0.0, 1.0, 401)
    near = np.zeros(len(at), dtype=bool)
    held = np.zeros((2, len(at)), dtype=bool)
    for row, stretches in enumerate((one, other)):
        for begin, end in stretches:
            held[row] |= (begin <= at) & (at <= end)
            near |= (np.abs(at - begin) < within) | (np.abs(at - end) < within)
    return bool((held[0] == held[1])[~near].all())


def _by_shapely(area: Polygon | MultiPolygon) -> dict[int, list[tuple[float, float]]]:
    """Return the shares of each road inside, in a plane whose shares of length are the same."""
    found = {}
    plane = np.array([np.cos(np.radians(LAT)), 1.0])
    flat = shapely.transform(area, lambda xy: xy * plane)
    for road in range(GRID.road_count):
        line = shapely.LineString(GRID.points_lonlat(road) * plane)
        inside = line.intersection(flat)
        if line.length == 0.0:
            if flat.contains(shapely.Point(line.coords[0])):
                found[road] = [(0.0, 1.0)]
        elif not line.touches(flat):
            pieces = getattr(inside, "geoms", [inside])
            # Shorter than a millimetre is a touch; of pieces near that length nothing is asked.
            assume(not any(TOUCH_DEG / 3 < piece.length < 3 * TOUCH_DEG for piece in pieces))
            parts = [piece for piece in pieces if piece.length > TOUCH_DEG]
            spots = [[line.project(shapely.Point(xy)) for xy in part.coords] for part in parts]
            if parts:
                found[road] = [(min(each) / line.length, max(each) / line.length) for each in spots]
    return found


_step = st.floats(-0.5, 3.5).map(lambda value: round(value, 3))


@st.composite
def _areas(draw: st.DrawFn) -> Polygon | MultiPolygon:
    shapes = []
    for _ in range(draw(st.integers(1, 3))):
        x, y = draw(_step), draw(_step)
        if draw(st.booleans()):
            east, north = draw(st.floats(0.01, 2.0)), draw(st.floats(0.01, 2.0))
            shapes.append(_box(x, y, x + east, y + north))
        else:
            shapes.append(shapely.Point(_at(x, y)).buffer(draw(st.floats(0.05, 1.5)) * STEP, 3))
    joined = shapely.union_all(shapes)
    if draw(st.booleans()):
        joined = joined.difference(_box(1.2, 1.2, 1.9, 1.9))
    return joined if not joined.is_empty else shapes[0]


@settings(deadline=None, max_examples=150)
@given(_areas())
def test_parts_inside_are_those_that_shapely_finds_road_by_road(
    area: Polygon | MultiPolygon,
) -> None:
    found = blocks(INDEX, [Closure("c1", "维修", area=area)])
    expected = _by_shapely(area)
    assert _shut(found) == sorted(expected)
    for road, stretches in expected.items():
        assert found.closed[road].all()
        turned = [(1.0 - high, 1.0 - low) for low, high in stretches]
        assert _same_shares(_stretches(found, 2 * road), stretches, 1e-4)
        assert _same_shares(_stretches(found, 2 * road + 1), turned, 1e-4)
    assert sorted(set(found.shut.arc.tolist())) == [2 * r + d for r in expected for d in (0, 1)]
    assert sorted(set(found.bars.road.tolist())) == _shut(found)


@settings(deadline=None, max_examples=40)
@given(st.lists(_areas(), min_size=1, max_size=4))
def test_several_closures_add_up(areas: list[Polygon | MultiPolygon]) -> None:
    closures = [Closure(f"c{row}", "维修", area=area) for row, area in enumerate(areas)]
    alone = [blocks(INDEX, [closure]) for closure in closures]
    found = blocks(INDEX, closures)
    assert (found.closed == np.any([one.closed for one in alone], axis=0)).all()
    for arc in range(2 * GRID.road_count):
        stretches = _stretches(found, arc)
        assert all(end < begin for (_, end), (begin, _) in pairwise(stretches))
        each = [stretch for one in alone for stretch in _stretches(one, arc)]
        assert _same_shares(stretches, each, 1e-8)
    bars = found.bars
    told = list(zip(bars.road.tolist(), bars.closure.tolist(), bars.low.tolist(), strict=True))
    assert told == [
        (road, row, low)
        for road in range(GRID.road_count)
        for row, one in enumerate(alone)
        for low in one.bars.low[one.bars.road == road].tolist()
    ]


def test_each_direction_has_its_own_stretch() -> None:
    ref = ref_of(GRID, 4)
    against = Closure("c1", "限行", roads=(ref,), direction=Direction.AGAINST)
    line = GRID.points_lonlat(4)
    middle = Closure("c2", "积水", area=shapely.Point(line[1]).buffer(STEP / 10))
    found = blocks(INDEX, [against, middle])
    assert found.closed[4].all()
    assert _stretches(found, 9) == [(0.0, 1.0)]
    ((low, high),) = _stretches(found, 8)
    assert 0.1 < low < high < 0.9
    of_road = found.bars.road == 4
    assert found.bars.closure[of_road].tolist() == [0, 1]
    assert found.bars.closed[of_road].tolist() == [[False, True], [True, True]]


def test_a_road_that_touches_is_open() -> None:
    line = GRID.points_lonlat(0)  # from (0, 0) over a bend to (1, 0)
    triangle = Polygon([line[1], line[1] + (-1e-4, 1e-3), line[1] + (1e-4, 1e-3)])
    assert 0 not in _shut(blocks(GRID, [Closure("c", "维修", area=triangle)]))
    along = Polygon([line[0], line[1], line[1] + (0.0, 1e-4), line[0] + (0.0, 1e-4)])
    assert 0 not in _shut(blocks(GRID, [Closure("c", "维修", area=along)]))
    found = blocks(GRID, [Closure("c", "维修", area=shapely.Point(line[1]).buffer(1e-6))])
    assert _shut(found) == [0]
    ((low, high),) = _stretches(found, 0)
    assert 0.0 < low < high < 1.0


def test_a_gate_without_length_is_closed_as_a_whole() -> None:
    lonlat = GRID.node_lonlat[5]
    gate = network_of([(1, 1), (1, 1), (2, 1)], [(0, 1, RoadClass.GATE, "=", False)])
    assert gate.points_lonlat(0)[1].tolist() != lonlat.tolist()  # the maker bends every road
    flat = replace(gate, geometry_lonlat=np.repeat(lonlat[None], 3, axis=0))
    found = blocks(flat, [Closure("c", "维修", area=_box(0.9, 0.9, 1.1, 1.1))])
    assert found.closed.tolist() == [[True, True]]
    assert [_stretches(found, arc) for arc in (0, 1)] == [[(0.0, 1.0)], [(0.0, 1.0)]]
    assert _shut(blocks(flat, [Closure("c", "维修", area=_box(1.1, 1.1, 2, 2))])) == []


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        (Direction.BOTH, [True, True]),
        (Direction.ALONG, [True, False]),
        (Direction.AGAINST, [False, True]),
    ],
)
def test_a_named_road_is_closed_in_the_direction_given(
    direction: Direction, expected: list[bool]
) -> None:
    ref = ref_of(GRID, 4)
    found = blocks(INDEX, [Closure("c", "维修", roads=(ref,), direction=direction)])
    assert _shut(found) == [4]
    assert found.closed[4].tolist() == expected
    assert [bool(_stretches(found, 8 + way)) for way in (0, 1)] == expected
    turned = RoadRef(ref.way_id, ref.head_node_id, ref.tail_node_id)
    found = blocks(INDEX, [Closure("c", "维修", roads=(turned,), direction=direction)])
    assert found.closed[4].tolist() == (expected if direction is Direction.BOTH else expected[::-1])


def test_a_road_out_and_back_is_closed_from_where_it_first_runs_in() -> None:
    hairpin = network_of([(0, 0), (0, 0)], [(0, 1, RoadClass.SERVICE, "=", False)])
    points = np.array([_at(0, 0), _at(2, 0), _at(0, 0)])
    hairpin = replace(hairpin, geometry_lonlat=points)
    found = blocks(hairpin, [Closure("c", "维修", area=_box(1, -1, 3, 1))])
    assert _stretches(found, 0) == [pytest.approx((0.25, 0.75))]


def test_an_area_that_meets_a_straight_road_twice_leaves_what_lies_between_open() -> None:
    track = network_of([(0, 0), (4, 0)], [(0, 1, RoadClass.SERVICE, "=", False)])
    track = replace(track, geometry_lonlat=np.array([_at(0, 0), _at(2, 0), _at(4, 0)]))
    legs = [_box(x, -1, x + 0.5, 1) for x in (0.5, 1.25, 3.0)] + [_box(0.5, 1, 3.5, 1.2)]
    found = blocks(track, [Closure("c", "积水", area=shapely.union_all(legs))])
    expected = [(0.125, 0.25), (0.3125, 0.4375), (0.75, 0.875)]
    assert _stretches(found, 0) == [pytest.approx(each) for each in expected]
    turned = [(1.0 - end, 1.0 - begin) for begin, end in expected[::-1]]
    assert _stretches(found, 1) == [pytest.approx(each) for each in turned]
    assert found.bars.closure.tolist() == [0, 0, 0]


def test_roads_that_share_their_ids_are_all_closed() -> None:
    twins = replace(GRID, way_id=GRID.way_id // 2, tail=GRID.tail % 2, head=GRID.head % 2)
    ref = ref_of(twins, 0)
    expected = [
        road
        for road in range(twins.road_count)
        if twins.way_id[road] == ref.way_id and {*_nodes(twins, road)} == {*_nodes(twins, 0)}
    ]
    assert len(expected) == 2
    assert _shut(blocks(twins, [Closure("c", "维修", roads=(ref,))])) == expected
    assert refs_of_way(twins, ref.way_id)[0] == ref
    assert refs_of_way(twins, 999) == ()


def _nodes(network: RoadNetwork, road: int) -> tuple[int, int]:
    return int(network.node_id[network.tail[road]]), int(network.node_id[network.head[road]])


def test_every_road_is_found_again_by_its_ids() -> None:
    for road in range(GRID.road_count):
        found = blocks(INDEX, [Closure("c", "维修", roads=(ref_of(GRID, road),))])
        assert _shut(found) == [road]


def test_roads_that_the_network_does_not_know_are_told() -> None:
    known, gone = ref_of(GRID, 3), RoadRef(77, 1, 2)
    one = Closure("a", "维修", roads=(known, gone))
    other = Closure("b", "维修", area=_box(0, 0, 1, 1), roads=(RoadRef(3, 900, 901),))
    assert unmatched(INDEX, [one, other]) == ((one, gone), (other, other.roads[0]))
    assert unmatched(GRID, [Closure("a", "维修", roads=(known,))]) == ()
    assert _shut(blocks(INDEX, [one])) == [3]


def test_no_closures_bar_nothing() -> None:
    found = blocks(INDEX, [])
    assert not found.closed.any()
    assert not found.closed.flags.writeable


def test_an_area_far_away_bars_nothing() -> None:
    assert _shut(blocks(INDEX, [Closure("c", "维修", area=box(0, 0, 1, 1))])) == []


@given(
    st.one_of(st.none(), st.integers(-5, 5)),
    st.one_of(st.none(), st.integers(1, 5)),
    st.integers(-12, 12),
    st.integers(0, 6),
)
def test_times_meet_where_they_share_a_minute(
    begin_h: int | None, length_h: int | None, from_h: int, window_h: int
) -> None:
    begin = None if begin_h is None else SIX + begin_h * HOUR
    end = None if length_h is None else (begin or SIX) + length_h * HOUR
    closure = Closure("c", "维修", begin, end, area=_box(0, 0, 1, 1))
    opens = SIX + from_h * HOUR
    moments = [opens + timedelta(minutes=30 * n) for n in range(max(2 * window_h, 1))]
    expected = any(
        (begin is None or begin <= moment) and (end is None or moment < end) for moment in moments
    )
    until = (opens + window_h * HOUR).astimezone(UTC)
    assert in_force([closure], opens, until) == ((closure,) if expected else ())


_GOOD: dict[str, Any] = {"id": "c7", "reason": "维修", "area": _box(0, 0, 1, 1)}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"reason": "  "}, "原因"),
        ({"reason": "长" * 201}, "200"),
        ({"begin": NAIVE}, "时区"),
        ({"end": NAIVE}, "时区"),
        ({"begin": SIX, "end": SIX}, "不晚于"),
        ({"begin": SIX, "end": SIX - HOUR}, "不晚于"),
        ({"area": None}, "范围或道路"),
        ({"area": Polygon()}, "不是面"),
        ({"area": shapely.Point(1, 1)}, "不是面"),
        ({"direction": Direction.ALONG}, "双向"),
        ({"area": box(24, 118, 25, 119)}, "经度在前"),
        ({"area": Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])}, "自相交"),
        ({"area": Polygon([(0, 0), (1, float("nan")), (1, 0)])}, "坐标"),
    ],
)
def test_a_closure_that_makes_no_sense_is_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ClosureError, match=told) as caught:
        Closure(**{**_GOOD, **change})
    assert "c7" in str(caught.value)
    assert "118." not in str(caught.value)


def test_a_question_without_zone_or_order_is_refused() -> None:
    with pytest.raises(ClosureError, match="时区"):
        in_force([], NAIVE, SIX)
    with pytest.raises(ClosureError, match="早于"):
        in_force([], SIX, SIX - HOUR)
