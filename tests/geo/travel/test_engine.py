from __future__ import annotations

import errno
import gc
import math
import sys
import tracemalloc
import warnings
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import TravelError
from geo.model import Floats, HourBand, Ints, Point, TrafficDay, TurnKind
from geo.network import RoadNetwork, build_network
from geo.roadtags import RoadClass
from geo.travel import PROFILES, RoadEngine, load_engine
from geo.travel.closures import Closure
from geo.travel.parts import RoadParts
from geo.travel.prepared import Prepared
from geo.travel.profiles import load_profiles
from geo.travel.snapping import near_m
from geo.travel.solvers import plain_solver
from tests.geo.roads import LAT, LON, STEP, network_of
from tests.geo.travel.oracle import oracle_ms
from tests.reference import reference_data


def plain_engine(
    network: RoadNetwork, *, snap_limit_m: float = 2000.0, turns: bool = True
) -> RoadEngine:
    """Return an engine that searches the graph each time."""
    prepared = Prepared(
        network, PROFILES, plain_solver, snap_limit_m=snap_limit_m, turns=turns, threads=1
    )
    return RoadEngine(prepared)


SPOTS = st.tuples(st.floats(0, 6, width=32), st.floats(0, 6, width=32))


@st.composite
def paths(
    draw: st.DrawFn, roads: Sequence[tuple[int, int, RoadClass, str, bool]]
) -> tuple[list[int], int, int]:
    """Return a restriction of three to five arcs in a row, open or not."""
    ends = [pair for tail, head, *_ in roads for pair in ((tail, head), (head, tail))]
    arcs = [draw(st.integers(0, len(ends) - 1))]
    for _ in range(draw(st.integers(2, 4))):
        out = [arc for arc, pair in enumerate(ends) if pair[0] == ends[arcs[-1]][1]]
        arcs.append(draw(st.sampled_from(out)))
    return arcs, draw(st.integers(0, 1)), draw(st.sampled_from([1, 2, 3]))


@st.composite
def networks(draw: st.DrawFn) -> RoadNetwork:
    spots = draw(st.lists(SPOTS, min_size=2, max_size=7))
    node = st.integers(0, len(spots) - 1)
    classes = st.sampled_from([each for each in RoadClass if each != RoadClass.MOTORWAY])
    road = st.tuples(node, node, classes, st.sampled_from("=<>"), st.booleans())
    roads = draw(st.lists(road, min_size=1, max_size=14))
    row, flag = st.integers(0, len(roads) - 1), st.integers(0, 1)
    bars = draw(st.lists(st.tuples(row, node, row, flag, st.sampled_from([1, 3])), max_size=3))
    turns = [bar for bar in bars if {bar[1]} <= {*roads[bar[0]][:2]} & {*roads[bar[2]][:2]}]
    return network_of(spots, roads, turns, draw(st.lists(paths(roads), max_size=4)))


POINTS = st.lists(SPOTS, min_size=1, max_size=5).map(
    lambda spots: np.array([(LON + x * STEP, LAT + y * STEP) for x, y in spots])
)


@st.composite
def closures(draw: st.DrawFn) -> list[Closure]:
    found = []
    for row in range(draw(st.integers(0, 3))):
        (x, y), size = draw(SPOTS), draw(st.floats(0.05, 2.0))
        west, south, side = LON + x * STEP, LAT + y * STEP, size * STEP
        area = shapely.box(west, south, west + side, south + side)
        if draw(st.booleans()):  # a U meets roads several times
            hollow = shapely.box(
                west + side / 4, south + side / 4, west + side * 3 / 4, south + side
            )
            area = area.difference(hollow)
        found.append(Closure(id=f"c{row}", reason="修路", area=area))
    return found


@settings(deadline=None, max_examples=150)
@given(
    networks(),
    POINTS,
    POINTS,
    st.sampled_from(list(PROFILES)),
    st.sampled_from(HourBand),
    st.sampled_from(TrafficDay),
    st.booleans(),
    closures(),
)
def test_times_are_those_of_an_independent_search_to_the_millisecond(
    network: RoadNetwork,
    origins: Floats,
    targets: Floats,
    profile: str,
    band: HourBand,
    day: TrafficDay,
    turns: bool,
    closed: list[Closure],
) -> None:
    engine = load_engine(network, turns=turns).with_closures(closed)
    found = engine.matrix(origins, targets, profile=profile, band=band, day=day)
    wanted_ms = oracle_ms(
        *(engine, origins, targets),
        profile=profile,
        band=band,
        day=day,
        turns=turns,
        closures=closed,
    )
    np.testing.assert_array_equal(np.rint(found.travel_s * 1000.0), wanted_ms)
    np.testing.assert_array_equal(np.isinf(found.length_m), np.isinf(wanted_ms))


@settings(deadline=None, max_examples=80)
@given(networks(), POINTS, POINTS, st.sampled_from(list(PROFILES)), st.booleans(), closures())
def test_both_solvers_agree_in_time_and_length(
    network: RoadNetwork,
    origins: Floats,
    targets: Floats,
    profile: str,
    turns: bool,
    closed: list[Closure],
) -> None:
    fast = load_engine(network, turns=turns).with_closures(closed)
    slow = plain_engine(network, turns=turns).with_closures(closed)
    quick, plain = (each.matrix(origins, targets, profile=profile) for each in (fast, slow))
    np.testing.assert_array_equal(quick.travel_s, plain.travel_s)
    np.testing.assert_array_equal(quick.length_m, plain.length_m)
    _, near_s = fast.nearest(origins, targets, 2, profile=profile)
    np.testing.assert_array_equal(near_s[:, 0], quick.travel_s.min(axis=1))
    reached, reached_slow = (
        each.reach(origins, limit_s=60.0, profile=profile) for each in (fast, slow)
    )
    for name in RoadParts.__slots__:
        np.testing.assert_array_equal(getattr(reached, name), getattr(reached_slow, name))


def check_path(engine: RoadEngine, origin: Floats, target: Floats, profile: str = "car") -> None:
    """Check that a path has the matrix's time and length, joins up, and is that long."""
    matrix = engine.matrix(origin[None], target[None], profile=profile)
    path = engine.path(Point(*origin.tolist()), Point(*target.tolist()), profile=profile)
    if path is None:
        assert np.isinf(matrix.travel_s[0, 0])
        return
    assert path.travel_s == matrix.travel_s[0, 0]
    assert path.length_m == matrix.length_m[0, 0]
    np.testing.assert_allclose(path.lonlat[0], origin, atol=1e-9)
    np.testing.assert_allclose(path.lonlat[-1], target, atol=1e-9)
    drawn_m = near_m(path.lonlat[:-1], path.lonlat[1:]).sum()
    assert drawn_m == pytest.approx(path.length_m, rel=0.005, abs=3.0)
    walked_m = path.length_m - sum(turn.length_m for turn in path.turns)
    ends_m = engine.snap(np.array([origin, target]), profile=profile).distance_m.sum()
    assert walked_m == pytest.approx(ends_m, abs=0.2) or len(path.turns) == 2
    assert sum(turn.travel_s for turn in path.turns) <= path.travel_s + 1e-6
    assert path.turns[0].kind is TurnKind.DEPART
    assert path.turns[-1].kind is TurnKind.ARRIVE


@pytest.mark.parametrize("turns", [False, True])
def test_who_is_between_two_closures_of_a_road_can_drive_there_and_no_farther(
    turns: bool,
) -> None:
    network = network_of([(0, 0), (40, 0)], [(0, 1, RoadClass.RESIDENTIAL, "=", False)])
    floods = [
        Closure(f"F{x}", "积水", area=shapely.box(*lonlat((x, -1), (x + 2, 1)).reshape(-1)))
        for x in (10, 30)
    ]
    houses = lonlat((5, 0.2), (15, 0.2), (25, 0.2), (11, 0.2), (35, 0.2))
    for opened in (load_engine(network, turns=turns), plain_engine(network, turns=turns)):
        closed = opened.with_closures(floods)
        free_s, found_s = (each.matrix(houses, houses).travel_s for each in (opened, closed))
        met = np.isfinite(found_s)
        apart = [[0], [1, 2], [3], [4]]
        assert met.tolist() == [
            [any({i, j} <= {*part} for part in apart) for j in range(5)] for i in range(5)
        ]
        np.testing.assert_array_equal(found_s[met], free_s[met])
        check_path(closed, houses[1], houses[2], "car")
        parts = closed.reach(houses[1:2], limit_s=np.inf)
        shares = np.sort(np.column_stack([parts.from_share, parts.to_share]), axis=None)
        assert shares[[0, -1]] == pytest.approx([12 / 40, 30 / 40], abs=0.01)
        assert closed.nearest(houses[1:2], houses[2:], 2)[0].tolist() == [[0, -1]]


@settings(deadline=None, max_examples=80)
@given(networks(), POINTS, POINTS, st.sampled_from(list(PROFILES)), st.booleans(), closures())
def test_paths_have_the_time_and_length_of_the_matrix(
    network: RoadNetwork,
    origins: Floats,
    targets: Floats,
    profile: str,
    turns: bool,
    closed: list[Closure],
) -> None:
    for engine in (load_engine(network, turns=turns), plain_engine(network, turns=turns)):
        check_path(engine.with_closures(closed), origins[0], targets[0], profile)


#  2 ===== 3       0-1 both ways, 1-3 one way up, 3-2 both ways, 2-0 one way down;
#  |       |       4 hangs on an island with 5
#  0 ===== 1
SQUARE = [(0, 0), (4, 0), (0, 4), (4, 4), (20, 0), (24, 0)]
CITY = network_of(
    SQUARE,
    [
        (0, 1, RoadClass.PRIMARY, "=", False),
        (1, 3, RoadClass.RESIDENTIAL, ">", False),
        (3, 2, RoadClass.SECONDARY, "=", True),
        (2, 0, RoadClass.TERTIARY, ">", False),
        (4, 5, RoadClass.PRIMARY, "=", False),
    ],
)


def at(x: float, y: float) -> Point:
    return Point(LON + x * STEP, LAT + y * STEP)


def lonlat(*spots: tuple[float, float]) -> Floats:
    return np.array([(LON + x * STEP, LAT + y * STEP) for x, y in spots])


def test_a_one_way_street_means_a_way_round() -> None:
    engine = load_engine(CITY)
    there = engine.path(at(4.2, 1), at(4.2, 3))
    back = engine.path(at(4.2, 3), at(4.2, 1))
    assert there is not None
    assert back is not None
    assert back.travel_s > 3 * there.travel_s
    assert there.road_names == ("1号路",)
    assert back.road_names == ("1号路", "2号路", "3号路", "1号路")
    on_foot = engine.path(at(4.2, 3), at(4.2, 1), profile="foot")
    assert on_foot is not None
    assert on_foot.length_m == pytest.approx(there.length_m)


def test_at_a_junction_the_first_road_does_not_bind() -> None:
    corner = lonlat((4.5, -0.5))  # nearest are two roads at once: both ways, and one way up
    turned = network_of(
        SQUARE,
        [
            (1, 3, RoadClass.RESIDENTIAL, "<", False),
            (0, 1, RoadClass.PRIMARY, "=", False),
            (0, 2, RoadClass.PRIMARY, "=", False),
            (2, 3, RoadClass.PRIMARY, "=", False),
        ],
    )
    engine = load_engine(turned)
    assert engine.snap(corner).fraction.tolist() == [0.0]
    there = engine.matrix(corner, lonlat((2, 0)))
    back = engine.matrix(lonlat((2, 0)), corner)
    assert np.isfinite(there.travel_s[0, 0])
    assert there.travel_s[0, 0] == back.travel_s[0, 0]
    check_path(engine, corner[0], lonlat((2, 0))[0])


@pytest.mark.parametrize("turns", [False, True])
def test_the_largest_part_is_that_with_most_length_not_most_roads(turns: bool) -> None:
    """A gated estate of many short streets does not make the highways beside it an island."""
    highway = [(row * 10.0, 0.0) for row in range(4)]
    estate = [(x * 0.2, -1.0 - y * 0.2) for y in range(3) for x in range(3)]
    spots = [*highway, *estate]
    long_roads = [(row, row + 1, RoadClass.TERTIARY, "=", False) for row in range(3)]
    street = RoadClass.RESIDENTIAL
    streets = [(4 + k, 5 + k, street, "=", False) for k in range(9) if k % 3 < 2]
    streets += [(4 + k, 7 + k, street, "=", False) for k in range(6)]
    network = network_of(spots, [*long_roads, *streets])
    engine = load_engine(network, turns=turns)
    found = engine.matrix(lonlat((2, 0.1)), lonlat((25, 0.1)))
    assert np.isfinite(found.travel_s).all()
    assert engine.snap(lonlat((0.1, -1.1))).road[0] < 3  # the estate is no place to stop


def test_where_no_road_leads_the_answer_is_infinite() -> None:
    matrix = load_engine(CITY).matrix(lonlat((0, 0)), lonlat((0, 1), (22, 0)))
    assert np.isfinite(matrix.travel_s[0, 0])
    assert matrix.travel_s[0, 1] == np.inf
    assert matrix.length_m[0, 1] == np.inf
    assert load_engine(CITY).path(at(0, 0), at(22, 0)) is None


def test_a_point_beyond_the_snapping_limit_is_unreachable() -> None:
    far = lonlat((-12, 0), (0, 0))
    assert np.isinf(load_engine(CITY).matrix(far, far).travel_s[0]).all()
    near = load_engine(CITY, snap_limit_m=3000.0).matrix(far, far).travel_s
    assert np.isfinite(near).all()
    snapped = load_engine(CITY).snap(far)
    assert snapped.road[0] == -1
    assert np.isinf(snapped.distance_m[0])
    assert np.isnan(snapped.lonlat[0]).all()


@pytest.mark.parametrize("limit_m", [100.0, 1000.0])
def test_the_limit_is_a_distance_in_metres(limit_m: float) -> None:
    engine = load_engine(CITY, snap_limit_m=limit_m)
    degrees = limit_m / 111194.9
    inside, outside = LAT - 0.98 * degrees, LAT - 1.02 * degrees
    found = engine.snap(np.array([[LON, inside], [LON, outside]]))
    assert (found.road >= 0).tolist() == [True, False]


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_points_without_coordinates_are_refused_by_row(bad: float) -> None:
    engine = load_engine(CITY)
    points = np.array([[LON, LAT], [bad, LAT]])
    with pytest.raises(TravelError, match="第 2 个点"):
        engine.matrix(points, points[:1])
    with pytest.raises(TravelError, match="第 2 个点"):
        engine.matrix(points[:1], points)


@pytest.mark.parametrize("bad", [(1e300, 1e300), (24.9, 118.6), (181.0, 0.0)])
def test_points_beyond_the_globe_are_refused_by_row(bad: tuple[float, float]) -> None:
    engine = load_engine(CITY)
    points = np.array([(LON, LAT), bad])
    with pytest.raises(TravelError, match="第 2 个点"):
        engine.matrix(points[:1], points)


@pytest.mark.parametrize("place", [(-180.0, -90.0), (180.0, 90.0), (0.0, 0.0)])
def test_a_point_on_the_other_side_of_the_globe_is_off_the_network(
    place: tuple[float, float],
) -> None:
    points = np.array([place, (LON, LAT)])
    assert np.isinf(load_engine(CITY).matrix(points, points).travel_s[0]).all()


def test_unknown_profile_and_band_are_refused() -> None:
    engine, points = load_engine(CITY), lonlat((0, 0))
    with pytest.raises(TravelError, match="tank"):
        engine.matrix(points, points, profile="tank")
    with pytest.raises(TravelError, match="tank"):
        engine.snap(points, profile="tank")
    with pytest.raises(TravelError, match="noon"):
        engine.matrix(points, points, band="noon")  # type: ignore[arg-type]


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 2), (2, 0)])
def test_no_points_make_an_empty_matrix(n: int, m: int) -> None:
    points = lonlat((0, 0), (1, 1))
    matrix = load_engine(CITY).matrix(points[:n], points[:m])
    assert matrix.travel_s.shape == matrix.length_m.shape == (n, m)


def test_the_way_to_oneself_is_nothing_and_answers_are_read_only() -> None:
    points = lonlat((0, 0.5), (1, 1))
    matrix = load_engine(CITY).matrix(points, points)
    assert matrix.travel_s.diagonal().tolist() == [0.0, 0.0]
    path = load_engine(CITY).path(at(1, 1), at(1, 1))
    assert path is not None
    assert path.travel_s == 0.0
    with pytest.raises(ValueError, match="read-only"):
        matrix.travel_s[0, 0] = 1.0


def test_hours_and_vehicles_change_the_time() -> None:
    engine = load_engine(CITY)
    points = lonlat((0, 0), (2, 4))

    def time_s(**options: object) -> float:
        return float(engine.matrix(points[:1], points[1:], **options).travel_s[0, 0])  # type: ignore[arg-type]

    by_band = {band: time_s(band=band) for band in HourBand}
    assert by_band[HourBand.NIGHT] < by_band[HourBand.MIDDAY] < by_band[HourBand.MORNING_PEAK]
    assert time_s(profile="police_car") < time_s(profile="car")  # through the residents' road
    assert time_s(profile="foot") > time_s(profile="ebike") > time_s(profile="car")
    assert time_s(profile="foot", band=HourBand.NIGHT) == time_s(profile="foot")


def test_nobody_stops_on_an_expressway_nor_walks_along_it() -> None:
    network = network_of(
        [(0, 0), (8, 0), (0, 1), (8, 1)],
        [
            (0, 1, RoadClass.MOTORWAY, "=", False),
            (2, 3, RoadClass.RESIDENTIAL, "=", False),
            (0, 2, RoadClass.RESIDENTIAL, "=", False),
            (1, 3, RoadClass.RESIDENTIAL, "=", False),
        ],
    )
    engine = load_engine(network)
    assert engine.snap(lonlat((4, 0.1))).road.tolist() == [1]
    by_car = engine.path(at(0, 0.5), at(8, 0.5))
    by_bike = engine.path(at(0, 0.5), at(8, 0.5), profile="ebike")
    assert by_car is not None
    assert by_bike is not None
    assert by_car.road_names == ("2号路", "3号路")  # the expressway has no name
    assert "1号路" in by_bike.road_names


def test_the_nearest_road_is_found() -> None:
    rng = np.random.default_rng(3)
    engine = load_engine(CITY)
    points = lonlat(*rng.uniform(-1, 5, (50, 2)).tolist())
    snapped = engine.snap(points)
    scale = np.array([math.cos(math.radians(LAT)), 1.0])
    lines = [shapely.LineString(CITY.points_lonlat(row) * scale) for row in range(CITY.road_count)]
    for row, point in enumerate(points):
        away = [line.distance(shapely.Point(point * scale)) for line in lines]
        assert away[snapped.road[row]] == pytest.approx(min(away), abs=1e-7)
        assert snapped.distance_m[row] == pytest.approx(min(away) * 111194.9, rel=1e-3, abs=0.1)


@pytest.mark.parametrize("plain", [False, True])
def test_the_memory_reported_is_the_memory_taken(plain: bool) -> None:
    side = 40
    network = network_of(
        [(x, y) for y in range(side) for x in range(side)],
        [
            (y * side + x, y * side + x + step, RoadClass.ROAD, "=", False)
            for y in range(side)
            for x in range(side)
            for step in ([1] if x + 1 < side else []) + ([side] if y + 1 < side else [])
        ],
    )
    points = lonlat((1, 1), (30.2, 20.1))
    make = plain_engine if plain else load_engine

    def used() -> RoadEngine:
        engine: RoadEngine = make(network)
        for profile in ("car", "police_car", "foot"):
            engine.matrix(points, points, profile=profile)
        return engine

    used()  # compiled by now
    gc.collect()
    tracemalloc.start()
    try:
        engine = used()
        gc.collect()
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    told = engine.memory_bytes
    assert told == pytest.approx(taken, rel=0.05)
    middle = shapely.Point(LON + 20.5 * STEP, LAT + 20 * STEP).buffer(0.4 * STEP)
    closed = engine.with_closures([Closure("f1", "桥梁维修", area=middle)])
    assert closed.memory_bytes > told + 300 * network.road_count  # the tree


def test_the_order_is_kept_and_a_damaged_one_found_again(tmp_path: Path) -> None:
    points = lonlat((0, 0), (4.2, 3))
    wanted = load_engine(CITY, cache_dir=tmp_path).matrix(points, points).travel_s
    (kept,) = tmp_path.iterdir()
    for content in (kept.read_bytes(), b"", kept.read_bytes()[:-5], b"rubbish"):
        kept.write_bytes(content)
        found = load_engine(CITY, cache_dir=tmp_path).matrix(points, points).travel_s
        np.testing.assert_array_equal(found, wanted)
        assert list(tmp_path.iterdir()) == [kept]


def test_another_network_has_another_order(tmp_path: Path) -> None:
    other = network_of(SQUARE, [(0, 1, RoadClass.ROAD, "=", False)])
    for network in (CITY, other):
        load_engine(network, cache_dir=tmp_path).path(at(0, 0), at(1, 0))
    assert len(list(tmp_path.iterdir())) == 2


def test_an_order_that_cannot_be_kept_is_told_and_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    told: list[str] = []
    engine = load_engine(
        CITY, cache_dir=tmp_path / "file", warn=lambda text: told.append(str(text))
    )
    wanted = load_engine(CITY).path(at(0, 0), at(1, 0))
    assert engine.path(at(0, 0), at(1, 0)).travel_s == wanted.travel_s  # type: ignore[union-attr]
    (text,) = told
    assert "磁盘空间与权限" in text
    assert str(tmp_path) not in text


def test_a_disk_that_fills_up_leaves_no_half_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: BinaryIO, order: Ints, **_: bool) -> None:
        file.write(order.tobytes()[:5])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.warns(RuntimeWarning, match="No space left"):
        load_engine(CITY, cache_dir=tmp_path).path(at(0, 0), at(1, 0))
    assert list(tmp_path.iterdir()) == []


def test_the_engine_goes_by_the_profiles_it_is_given() -> None:
    slow = load_profiles("[default_kmh]\n" + "\n".join(f"{k.tag} = 5.0" for k in RoadClass))
    engine = load_engine(CITY, profiles=slow)
    points = lonlat((0, 0), (4.2, 3))
    travel_s = engine.matrix(points, points).travel_s
    assert (travel_s >= load_engine(CITY).matrix(points, points).travel_s).all()
    assert travel_s[0, 1] > 1.5 * load_engine(CITY).matrix(points, points).travel_s[0, 1]
    assert engine.with_factors(None).profiles is slow


def test_without_the_hierarchy_it_warns_and_answers_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    points = lonlat((0, 0), (4.2, 3))
    wanted = load_engine(CITY).matrix(points, points)
    monkeypatch.delitem(sys.modules, "geo.travel.hierarchy")
    monkeypatch.setitem(sys.modules, "routingkit_cch", None)
    with pytest.warns(RuntimeWarning, match="routingkit-cch") as caught:
        engine = load_engine(CITY)
    assert [each.filename for each in caught] == ["fieldwrit"]
    np.testing.assert_array_equal(engine.matrix(points, points).travel_s, wanted.travel_s)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert engine.path(at(0, 0), at(22, 0)) is None


def test_a_package_that_cannot_be_loaded_is_done_without_and_told_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    points = lonlat((0, 0), (4.2, 3))
    wanted = load_engine(CITY).matrix(points, points)
    why = "/usr/lib/libstdc++.so.6: version GLIBCXX_3.4.99 not found (required by /opt/x.so)"
    (tmp_path / "routingkit_cch.py").write_text(f"raise ImportError({why!r}, name='x')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "geo.travel.hierarchy")
    monkeypatch.delitem(sys.modules, "routingkit_cch")
    told: list[str] = []
    engine = load_engine(CITY, warn=lambda text: told.append(str(text)))
    np.testing.assert_array_equal(engine.matrix(points, points).travel_s, wanted.travel_s)
    (text,) = told
    assert "libstdc++.so.6: version GLIBCXX_3.4.99 not found (required by x.so)" in text
    assert "/" not in text


def test_another_import_that_fails_is_not_blamed_on_the_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "geo.travel.hierarchy", None)
    with pytest.raises(ImportError, match=r"geo\.travel\.hierarchy"):
        load_engine(CITY)


@pytest.fixture(scope="module")
def town() -> RoadNetwork:
    return build_network(reference_data() / "osm" / "small_guixi_jiangxi.osm")


def scattered(network: RoadNetwork, count: int, *, seed: int = 5) -> Floats:
    rng = np.random.default_rng(seed)
    nodes = network.node_lonlat[rng.integers(0, network.node_count, count)]
    moved: Floats = nodes + rng.normal(0.0, 0.001, (count, 2))
    return moved


@pytest.mark.reference
@pytest.mark.parametrize("profile", list(PROFILES))
def test_a_real_town_against_an_independent_search(town: RoadNetwork, profile: str) -> None:
    engine, points = load_engine(town), scattered(town, 40)
    found = engine.matrix(points, points, profile=profile, band=HourBand.MORNING_PEAK)
    wanted_ms = oracle_ms(engine, points, points, profile=profile, band=HourBand.MORNING_PEAK)
    np.testing.assert_array_equal(np.rint(found.travel_s * 1000.0), wanted_ms)


@pytest.mark.reference
def test_real_paths_join_up(town: RoadNetwork) -> None:
    engine, points = load_engine(town), scattered(town, 60)
    for origin, target in pairwise(points):
        check_path(engine, origin, target)


@pytest.mark.reference
def test_real_names_follow_the_path(town: RoadNetwork) -> None:
    engine, points = load_engine(town), scattered(town, 30)
    names = set()
    for origin, target in pairwise(points):
        path = engine.path(Point(*origin.tolist()), Point(*target.tolist()))
        assert path is not None
        assert "" not in path.road_names
        assert all(a != b for a, b in pairwise(path.road_names))
        names.update(path.road_names)
    assert names <= set(town.names)
    assert "贵溪大道" in names
