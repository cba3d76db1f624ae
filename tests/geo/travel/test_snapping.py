from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.network import RoadNetwork
from geo.roadtags import RoadClass
from geo.travel.snapping import Plane, Snapper
from tests.geo.roads import LAT, LON, STEP, network_of


def lines_m(network: RoadNetwork, plane: Plane) -> list[shapely.LineString]:
    return [
        shapely.LineString(plane.to_xy(network.points_lonlat(road)))
        for road in range(network.road_count)
    ]


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 10**6), st.floats(50.0, 3000.0))
def test_the_nearest_usable_road_is_that_of_shapely(seed: int, limit_m: float) -> None:
    rng = np.random.default_rng(seed)
    spots = rng.uniform(0, 30, (40, 2)).tolist()
    pairs = rng.integers(0, 40, (60, 2)).tolist()
    network = network_of(spots, [(a, b, RoadClass.ROAD, "=", False) for a, b in pairs])
    usable = rng.random(60) < 0.7
    points = np.array([LON, LAT]) + rng.uniform(-20, 50, (50, 2)) * STEP
    found = Snapper(network, limit_m=limit_m).snap(points, usable)
    for row, point in enumerate(points):
        plane = Plane(*point.tolist())
        lines = lines_m(network, plane)
        away_m = np.array([line.distance(shapely.Point(0, 0)) for line in lines])
        away_m[~usable] = np.inf
        if away_m.min() > limit_m + 1e-3:
            assert found.road[row] == -1
            assert np.isinf(found.distance_m[row])
            continue
        if away_m.min() > limit_m - 1e-3:
            continue
        road = int(found.road[row])
        assert usable[road]
        assert found.distance_m[row] == pytest.approx(away_m.min(), abs=1e-3)
        spot_m = plane.to_xy(found.lonlat[row : row + 1])
        assert np.hypot(*spot_m[0]) == pytest.approx(away_m.min(), abs=1e-3)
        at = lines[road].interpolate(float(found.fraction[row]), normalized=True)
        apart_m = np.hypot(at.x - spot_m[0, 0], at.y - spot_m[0, 1])
        # the plane stretches shares a little; ends are junctions within 0.1 m
        assert apart_m < 0.11 + 1e-4 * lines[road].length


def test_of_roads_that_meet_the_first_is_taken() -> None:
    spots = [(0, 0), (4, 0), (0, 4), (-4, 0)]
    roads = [(0, other, RoadClass.ROAD, "=", False) for other in (1, 2, 3)]
    network = network_of(spots, roads)
    corner = np.array([[LON, LAT]])
    snapper = Snapper(network, limit_m=100.0)
    assert snapper.snap(corner, np.ones(3, dtype=bool)).road.tolist() == [0]
    assert snapper.snap(corner, np.array([False, True, True])).road.tolist() == [1]
    none = snapper.snap(corner, np.zeros(3, dtype=bool))
    assert none.road.tolist() == [-1]


def test_a_road_without_length_has_shares_all_the_same() -> None:
    network = network_of([(0, 0), (0, 0)], [(0, 1, RoadClass.GATE, "=", False)])
    flat = RoadNetwork(
        **{
            name: getattr(network, name)
            for name in RoadNetwork.__dataclass_fields__
            if name != "geometry_lonlat"
        },
        geometry_lonlat=np.repeat(network.node_lonlat[:1], 3, axis=0),
    )
    snapper = Snapper(flat, limit_m=100.0)
    assert snapper.share.tolist() == [0.0, 0.5, 1.0]
    assert snapper.snap(np.array([[LON, LAT]]), np.ones(1, dtype=bool)).road.tolist() == [0]


def test_a_plane_goes_there_and_back() -> None:
    plane = Plane.around(np.array([(118.0, 24.0), (119.0, 26.0)]))
    points = np.array([(118.3, 24.9), (118.5, 25.0)])
    np.testing.assert_allclose(plane.to_lonlat(plane.to_xy(points)), points, rtol=1e-14)
    assert plane.to_xy(points)[1].tolist() == [0.0, 0.0]
