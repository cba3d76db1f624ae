from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.ops import substring

from geo.model import Point, TurnKind
from geo.roadtags import RoadClass
from geo.travel import load_engine
from geo.travel.grid import shares
from geo.travel.tracing import trace
from tests.geo.roads import LAT, LON, STEP, network_of

#      3          2 is north of 1, 3 farther on; 4 is east of 2 and 5 west
#      |
#  5 - 2 - 4
#      |
#      1
CROSS = network_of(
    [(0, 0), (0, 0), (0, 4), (0, 8), (4, 4), (-4, 4)],
    [
        (1, 2, RoadClass.PRIMARY, "=", False),
        (2, 3, RoadClass.PRIMARY, "=", False),
        (2, 4, RoadClass.PRIMARY, "=", False),
        (2, 5, RoadClass.PRIMARY, "=", False),
    ],
)
NORTH, EAST, WEST, SOUTH = (0.0, 7.0), (3.0, 4.0), (-3.0, 4.0), (0.0, 1.0)


def at(spot: tuple[float, float]) -> Point:
    return Point(LON + spot[0] * STEP, LAT + spot[1] * STEP)


def left_or_right(kind: TurnKind) -> str:
    return kind.value.rpartition("_")[2]


@pytest.mark.parametrize(
    ("begin", "end", "way", "name"),
    [
        (SOUTH, WEST, "left", "3号路"),
        (SOUTH, EAST, "right", "2号路"),
        (NORTH, EAST, "left", "2号路"),
    ],
)
def test_a_turn_at_a_cross_is_told(
    begin: tuple[float, float], end: tuple[float, float], way: str, name: str
) -> None:
    path = load_engine(CROSS).path(at(begin), at(end))
    assert path is not None
    depart, turn, arrive = path.turns
    assert depart.kind is TurnKind.DEPART
    assert left_or_right(turn.kind) == way
    assert turn.road_name == name
    assert arrive.kind is TurnKind.ARRIVE
    assert (turn.point.lon, turn.point.lat) == pytest.approx((LON, LAT + 4 * STEP))
    assert len(path.turns) == 3
    assert path.turns[-1] == arrive
    assert path.turns[:2] == (depart, turn)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 10**6), st.floats(0, 1), st.floats(0, 1))
def test_a_part_of_a_road_is_that_of_shapely(seed: int, begin: float, end: float) -> None:
    rng = np.random.default_rng(seed)
    lonlat = np.cumsum(rng.uniform(-1e-4, 3e-4, (7, 2)), axis=0)  # by the equator: a plane
    offset = np.array([0, 7])
    share = shares(offset, lonlat)
    line = shapely.LineString(lonlat)
    spots = np.array([line.interpolate(s, normalized=True).coords[0] for s in (begin, end)])
    points, begins = trace(
        *(offset, lonlat, share, np.array([0])), np.array([begin]), np.array([end]), spots
    )
    assert begins.tolist() == [0]
    wanted = substring(line, begin, end, normalized=True)
    if wanted.geom_type == "LineString" and len(points) > 2:
        drawn = shapely.LineString(points)
        assert drawn.length == pytest.approx(wanted.length, abs=1e-8)
        assert shapely.hausdorff_distance(drawn, wanted) < 1e-8
    np.testing.assert_allclose(points[[0, -1]], spots, atol=1e-9)


def test_a_trip_to_where_one_stands_has_a_line_of_two_points() -> None:
    nothing = np.empty(0)
    spot = np.array([[LON, LAT], [LON, LAT]])
    points, begins = trace(
        CROSS.geometry_offset,
        CROSS.geometry_lonlat,
        shares(CROSS.geometry_offset, CROSS.geometry_lonlat),
        nothing.astype(np.int64),
        nothing,
        nothing,
        spot,
    )
    assert points.tolist() == spot.tolist()
    assert len(begins) == 0
