"""Questions and networks that make no sense, or hardly: the right answer, or a clear error."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely

from geo.errors import TravelError
from geo.model import Floats, Point
from geo.network import RoadNetwork
from geo.roadtags import RoadClass
from geo.travel import PROFILES, RoadEngine, load_engine
from geo.travel.closures import Closure
from tests.geo.roads import LAT, LON, STEP, network_of

ROAD = RoadClass.RESIDENTIAL
SQUARE = [(0, 0), (2, 0), (2, 2), (0, 2)]
SIDES = [(0, 1), (1, 2), (2, 3), (3, 0)]
ISLAND = [(40, 40), (42, 40)]  # some 11 km away
INSIDE = np.array([[LON + STEP, LAT], [LON, LAT + STEP]])
AT_SEA = np.array([[LON + 3.0, LAT + 3.0]])


def square(*, island: bool = False) -> RoadNetwork:
    """Return a square of two-way streets, perhaps with one street that nothing leads to."""
    spots = [*SQUARE, *(ISLAND if island else [])]
    ends = [*SIDES, *([(4, 5)] if island else [])]
    return network_of(spots, [(tail, head, ROAD, "=", False) for tail, head in ends])


@pytest.fixture(scope="module")
def engine() -> RoadEngine:
    return load_engine(square(island=True))


def spots(*steps: tuple[float, float]) -> Floats:
    return np.array([(LON + x * STEP, LAT + y * STEP) for x, y in steps])


def moved(network: RoadNetwork, lon: float, lat: float) -> RoadNetwork:
    """Return the network elsewhere; longitudes beyond 180 go on at -180, as files have them."""

    def there(lonlat: Floats) -> Floats:
        placed = lonlat + np.array([lon - LON, lat - LAT])
        placed[:, 0] = (placed[:, 0] + 180.0) % 360.0 - 180.0
        return placed

    return replace(
        network,
        node_lonlat=there(network.node_lonlat),
        geometry_lonlat=there(network.geometry_lonlat),
    )


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 3), (3, 0), (1, 1)])
def test_few_points(n: int, m: int, profile: str, engine: RoadEngine) -> None:
    origins, targets = (
        spots(*[(k / 4, 0) for k in range(n)]),
        spots(*[(0, k / 4) for k in range(m)]),
    )
    found = engine.matrix(origins.reshape(-1, 2), targets.reshape(-1, 2), profile=profile)
    assert found.travel_s.shape == found.length_m.shape == (n, m)
    assert np.isfinite(found.travel_s).all()


def test_no_points_to_reach_snap_or_be_nearest(engine: RoadEngine) -> None:
    nothing = np.empty((0, 2))
    assert len(engine.snap(nothing).road) == 0
    index, travel_s = engine.nearest(INSIDE, nothing, 2)
    assert index.shape == travel_s.shape == (2, 2)
    assert (index == -1).all()
    assert np.isinf(travel_s).all()
    index, travel_s = engine.nearest(nothing, INSIDE, 2)
    assert index.shape == travel_s.shape == (0, 2)
    parts = engine.reach(nothing, limit_s=60.0)
    assert len(parts.road) == 0


def test_a_point_and_itself(engine: RoadEngine) -> None:
    one = INSIDE[:1]
    found = engine.matrix(one, one)
    assert found.travel_s[0, 0] == found.length_m[0, 0] == 0.0
    here = Point(*one[0].tolist())
    path = engine.path(here, here)
    assert path is not None
    assert path.travel_s == path.length_m == 0.0


def test_the_same_point_again_gets_the_same_answer(engine: RoadEngine) -> None:
    points = np.repeat(spots((0.3, 0.0), (2.0, 1.2)), 3, axis=0)
    found = engine.matrix(points, points)
    once = engine.matrix(points[::3], points[::3])
    np.testing.assert_array_equal(found.travel_s, np.repeat(np.repeat(once.travel_s, 3, 0), 3, 1))
    index, travel_s = engine.nearest(points[:1], points, 6)
    assert (travel_s[0, :3] == 0.0).all()
    assert sorted(index[0].tolist()) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_coordinate_that_is_none_is_told_by_its_row(bad: float, engine: RoadEngine) -> None:
    points = spots((0, 0), (1, 0))
    points[1, 0] = bad
    for ask in (
        lambda: engine.matrix(points, INSIDE),
        lambda: engine.matrix(INSIDE, points),
        lambda: engine.nearest(points, INSIDE, 1),
        lambda: engine.reach(points, limit_s=60.0),
        lambda: engine.snap(points),
    ):
        with pytest.raises(TravelError, match="第 2 个点"):
            ask()


@pytest.mark.parametrize("limit_s", [0.0, -1.0, float("nan")])
def test_a_limit_that_is_none_is_refused(limit_s: float, engine: RoadEngine) -> None:
    with pytest.raises(TravelError, match="时限"):
        engine.reach(INSIDE, limit_s=limit_s)


@pytest.mark.parametrize(
    "points",
    [np.zeros((4, 3)), np.zeros((2, 2, 2)), INSIDE[0], None, 118.6, "here", [[1.0], [2, 3]]],
)
def test_what_is_no_list_of_points_is_refused(points: Any, engine: RoadEngine) -> None:
    for ask in (
        lambda: engine.matrix(points, INSIDE),
        lambda: engine.matrix(INSIDE, points),
        lambda: engine.nearest(points, INSIDE, 1),
        lambda: engine.nearest(INSIDE, points, 1),
        lambda: engine.reach(points, limit_s=60.0),
        lambda: engine.snap(points),
    ):
        with pytest.raises(TravelError, match="给出的点"):
            ask()


def test_an_empty_list_is_no_points(engine: RoadEngine) -> None:
    nothing: Any = []
    assert engine.matrix(nothing, INSIDE).travel_s.shape == (0, 2)


@pytest.mark.parametrize("limit_m", [0.0, -1.0, float("nan")])
def test_a_snapping_limit_that_is_none_is_refused(limit_m: float) -> None:
    with pytest.raises(TravelError, match="最远距离"):
        load_engine(square(), snap_limit_m=limit_m)


@pytest.mark.parametrize("threads", [0, -1, 1.5, True])
def test_no_such_number_of_threads_is_refused(threads: Any) -> None:
    with pytest.raises(TravelError, match="线程数"):
        load_engine(square(), threads=threads)


@pytest.mark.parametrize("count", [0, -1, 1.5, None, "3", True])
def test_nearest_none_is_refused(count: Any, engine: RoadEngine) -> None:
    with pytest.raises(TravelError, match="个数"):
        engine.nearest(INSIDE, INSIDE, count)


def test_more_nearest_than_there_are(engine: RoadEngine) -> None:
    index, travel_s = engine.nearest(INSIDE[:1], INSIDE, 5)
    assert (index[0, 2:] == -1).all()
    assert np.isinf(travel_s[0, 2:]).all()
    assert (index[0, :2] >= 0).all()


def test_a_point_at_sea_is_off_the_network(engine: RoadEngine) -> None:
    assert engine.snap(AT_SEA).road.tolist() == [-1]
    points = np.concatenate([INSIDE, AT_SEA])
    found = engine.matrix(points, points)
    assert np.isinf(found.travel_s[2]).all()
    assert np.isinf(found.travel_s[:, 2]).all()
    assert np.isfinite(found.travel_s[:2, :2]).all()
    assert engine.path(Point(*INSIDE[0]), Point(*AT_SEA[0])) is None
    index, _ = engine.nearest(AT_SEA, INSIDE, 1)
    assert index.tolist() == [[-1]]
    assert len(engine.reach(AT_SEA, limit_s=600.0).road) == 0


def test_a_point_far_off_is_off_the_network(engine: RoadEngine) -> None:
    assert engine.snap(np.array([(0.0, 0.0)])).road.tolist() == [-1]


def test_an_island_far_off_is_no_place_to_stop(engine: RoadEngine) -> None:
    """Nothing leads to it, so that a point there is as far off as one at sea."""
    points = np.concatenate([INSIDE, spots((40.5, 40.0), (41.8, 40.0))])
    travel_s = engine.matrix(points, points).travel_s
    assert np.isinf(travel_s[:2, 2:]).all()
    assert np.isinf(travel_s[2:, :2]).all()
    assert engine.path(Point(*points[0]), Point(*points[2])) is None


def test_an_island_nearby_is_walked_to() -> None:
    """The vehicle stops on the roads that hang together, and the rest is on foot."""
    network = network_of(
        [*SQUARE, (2.6, 1.0), (2.8, 1.0)],
        [*((tail, head, ROAD, "=", False) for tail, head in SIDES), (4, 5, ROAD, "=", False)],
    )
    engine = load_engine(network)
    island = spots((2.7, 1.0))
    assert engine.snap(island).road.tolist() == [1]
    travel_s = engine.matrix(INSIDE, island).travel_s
    assert np.isfinite(travel_s).all()
    assert (travel_s > 100.0).all()


@pytest.mark.parametrize("profile", PROFILES)
def test_a_closure_that_cuts_off_a_station(profile: str) -> None:
    """The station stands at the end of a street; the street's middle is closed."""
    network = network_of(
        [*SQUARE, (4, 0)],
        [*((tail, head, ROAD, "=", False) for tail, head in SIDES), (1, 4, ROAD, "=", False)],
    )
    opened = load_engine(network)
    station, others = spots((3.9, 0.0)), INSIDE
    middle = shapely.box(LON + 2.6 * STEP, LAT - STEP, LON + 3.2 * STEP, LAT + STEP)
    closed = opened.with_closures([Closure("f1", "桥梁维修", area=middle)])
    both = np.concatenate([station, others])
    before = opened.matrix(both, both, profile=profile).travel_s
    after = closed.matrix(both, both, profile=profile).travel_s
    assert np.isfinite(before).all()
    assert np.isinf(after[0, 1:]).all()
    assert np.isinf(after[1:, 0]).all()
    np.testing.assert_array_equal(after[1:, 1:], before[1:, 1:])
    assert closed.path(Point(*station[0]), Point(*others[0]), profile=profile) is None
    index, _ = closed.nearest(others, station, 1, profile=profile)
    assert (index == -1).all()
    parts = closed.reach(station, limit_s=600.0, profile=profile)
    assert set(parts.road.tolist()) == {4}  # what is left of its own street
    again = closed.with_closures([]).matrix(both, both, profile=profile).travel_s
    np.testing.assert_array_equal(again, before)


def test_everything_closed() -> None:
    engine = load_engine(square())
    all_of_it = shapely.box(LON - 1, LAT - 1, LON + 1, LAT + 1)
    closed = engine.with_closures([Closure("f1", "封城演练", area=all_of_it)])
    found = closed.matrix(INSIDE[:1], INSIDE[1:])
    assert np.isinf(found.travel_s).all()
    assert closed.path(Point(*INSIDE[0]), Point(*INSIDE[1])) is None


@pytest.mark.parametrize(
    ("lon", "lat"), [(179.9, -17.0), (9.52, 47.14), (-0.001, 51.5), (118.6, 0.0), (20.0, 69.9)]
)
def test_roads_elsewhere_take_as_long(lon: float, lat: float) -> None:
    """Across the date line, abroad, at the meridian, on the equator, in the far north.

    Lengths stay those of the file, so that times between junctions do not change.
    """
    here = square()
    there = moved(here, lon, lat)
    wanted = load_engine(here).matrix(here.node_lonlat, here.node_lonlat)
    found = load_engine(there).matrix(there.node_lonlat, there.node_lonlat)
    np.testing.assert_allclose(found.travel_s, wanted.travel_s, atol=0.01)
    np.testing.assert_allclose(found.length_m, wanted.length_m, atol=0.5)


def test_roads_on_both_sides_of_the_date_line_are_refused() -> None:
    with pytest.raises(TravelError, match="180°"):
        load_engine(moved(square(), 179.998, -17.0))


@pytest.mark.parametrize("length_m", [0.0, 1e-9])
def test_a_road_without_length_costs_nothing(length_m: float) -> None:
    here = square()
    lengths = here.length_m.copy()
    lengths[0] = length_m
    engine = load_engine(replace(here, length_m=lengths))
    found = engine.matrix(here.node_lonlat[:1], here.node_lonlat[1:2])
    assert found.length_m[0, 0] == pytest.approx(0.0, abs=0.1)
    assert 0.0 <= found.travel_s[0, 0] < 60.0
    path = engine.path(Point(*here.node_lonlat[0]), Point(*here.node_lonlat[1]))
    assert path is not None


@pytest.mark.parametrize("length_m", [-5.0, np.nan, np.inf])
def test_a_length_that_is_none_is_refused(length_m: float) -> None:
    here = square()
    lengths = here.length_m.copy()
    lengths[0] = length_m
    with pytest.raises(TravelError):
        load_engine(replace(here, length_m=lengths)).matrix(INSIDE, INSIDE)


@pytest.mark.parametrize("limit_kmh", [0.0, -5.0, np.nan, np.inf, 1e9])
def test_a_limit_that_is_no_speed_still_gives_a_time(limit_kmh: float) -> None:
    here = square()
    limits = here.limit_kmh.copy()
    limits[0] = limit_kmh
    found = load_engine(replace(here, limit_kmh=limits)).matrix(here.node_lonlat, here.node_lonlat)
    off = ~np.eye(len(found.travel_s), dtype=bool)
    assert np.isfinite(found.travel_s).all()
    assert (found.travel_s[off] > 1.0).all()


def test_one_road_is_a_network() -> None:
    network = network_of([(0, 0), (1, 0)], [(0, 1, ROAD, "=", False)])
    engine = load_engine(network)
    found = engine.matrix(network.node_lonlat, network.node_lonlat)
    assert np.isfinite(found.travel_s).all()


def test_a_road_that_nobody_may_use_is_never_stopped_on() -> None:
    here = square()
    engine = load_engine(replace(here, access=np.zeros_like(here.access)))
    assert (engine.snap(INSIDE).road == -1).all()
    assert np.isinf(engine.matrix(INSIDE, INSIDE[::-1]).travel_s).all()
