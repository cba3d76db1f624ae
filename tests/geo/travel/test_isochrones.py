from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import TravelError
from geo.model import Floats
from geo.network import RoadNetwork, lines_of
from geo.roadtags import RoadClass
from geo.travel import isochrones, load_engine
from geo.travel.isochrones import clip_parts, cut_lines, isochrone, merged_stretches
from geo.travel.parts import RoadParts
from geo.travel.snapping import Plane
from tests.geo.roads import LAT, LON, STEP, network_of

SIDE = 5


def _grid() -> RoadNetwork:
    spots = [(float(x), float(y)) for y in range(SIDE) for x in range(SIDE)]
    nodes = range(SIDE * SIDE)
    roads = [
        *((a, a + 1, RoadClass.PRIMARY, "=", False) for a in nodes if a % SIDE < SIDE - 1),
        *((a, a + SIDE, RoadClass.RESIDENTIAL, ">="[a % 2], False) for a in nodes[:-SIDE]),
    ]
    return network_of(spots, roads)


GRID = _grid()
ENGINE = load_engine(GRID)
NONE = RoadParts(np.empty(0, dtype=np.int64), *(np.empty(0) for _ in range(4)))
STARTS = st.tuples(st.floats(0, SIDE - 1), st.floats(0, SIDE - 1)).map(
    lambda spot: np.array([(LON + spot[0] * STEP, LAT + spot[1] * STEP)])
)
LIMITS = st.lists(st.floats(1, 300), min_size=1, max_size=3)


def _lines(parts: RoadParts) -> list[shapely.LineString]:
    low = np.minimum(parts.from_share, parts.to_share)
    high = np.maximum(parts.from_share, parts.to_share)
    return list(lines_of(*cut_lines(GRID, parts.road, low, high)))


def _by_hand(*rows: tuple[int, float, float, float, float]) -> RoadParts:
    road, *others = (np.array(column) for column in zip(*rows, strict=True))
    return RoadParts(road.astype(np.int64), *(each.astype(np.float64) for each in others))


def test_a_part_is_cut_where_the_limit_falls() -> None:
    parts = _by_hand((0, 0.0, 1.0, 10.0, 30.0), (1, 0.8, 0.2, 0.0, 12.0), (2, 0.0, 1.0, 20.0, 40.0))
    found = clip_parts(parts, 15.0)
    assert found.road.tolist() == [0, 1]
    np.testing.assert_allclose(found.to_share, [0.25, 0.2])
    np.testing.assert_allclose(found.to_s, [15.0, 12.0])
    np.testing.assert_allclose(clip_parts(parts, np.inf).to_share, parts.to_share)
    assert clip_parts(parts, 20.0).to_share.tolist() == [0.5, 0.2]
    assert parts.to_share[0] == 1.0, "what was given stays as it is"


@settings(deadline=None, max_examples=40)
@given(STARTS, st.floats(1, 400))
def test_cutting_all_that_is_reached_is_searching_with_a_limit(
    origin: Floats, limit_s: float
) -> None:
    cut = clip_parts(ENGINE.reach(origin, limit_s=np.inf), limit_s)
    asked = ENGINE.reach(origin, limit_s=limit_s)
    for found, wanted in zip(merged_stretches(cut), merged_stretches(asked), strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-9)


def test_stretches_reached_from_both_sides_are_one_where_they_meet() -> None:
    parts = _by_hand(
        *((3, 0.0, 0.6, 0.0, 1.0), (3, 1.0, 0.5, 0.0, 1.0), (5, 0.0, 0.2, 0.0, 1.0)),
        *((5, 1.0, 0.7, 0.0, 1.0), (4, 0.3, 0.3, 0.0, 0.0)),
    )
    road, low, high = merged_stretches(parts)
    assert road.tolist() == [3, 4, 5, 5]
    assert low.tolist() == [0.0, 0.3, 0.0, 0.7]
    assert high.tolist() == [1.0, 0.3, 0.2, 1.0]


@settings(deadline=None, max_examples=100)
@given(
    st.integers(0, GRID.road_count - 1),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_a_line_runs_along_its_road_between_its_shares(road: int, begin: float, end: float) -> None:
    begin, end = sorted((begin, end))
    (line,) = _lines(_by_hand((road, begin, end, 0.0, 1.0)))
    plane = Plane.around(GRID.points_lonlat(road))
    whole = shapely.LineString(plane.to_xy(GRID.points_lonlat(road)))
    found = shapely.transform(line, plane.to_xy)
    assert found.length == pytest.approx((end - begin) * whole.length, abs=1e-2)
    assert whole.buffer(1e-3).covers(found)
    for share, at in ((begin, 0), (end, -1)):
        spot = shapely.Point(found.coords[at])
        assert whole.interpolate(share, normalized=True).distance(spot) < 1e-2


@settings(deadline=None, max_examples=25)
@given(STARTS, LIMITS, st.floats(5, 60), st.sampled_from([0.0, 2000.0, 1e5]), st.booleans())
def test_polygons_hold_what_is_reached_and_little_else(
    origin: Floats, limits_s: list[float], width_m: float, hole_m2: float, simple: bool
) -> None:
    parts = ENGINE.reach(origin, limit_s=max(limits_s))
    frame = isochrone(
        GRID,
        parts,
        limits_s=limits_s,
        width_m=width_m,
        smallest_hole_m2=hole_m2,
        simplify_m=width_m / 4 if simple else 0.0,
    )
    assert frame.limit_s.tolist() == sorted(set(limits_s))
    assert frame.crs.to_epsg() == 4326
    plane = Plane.around(GRID.geometry_lonlat)
    before = shapely.MultiPolygon()
    for limit_s, shape in zip(frame.limit_s, frame.geometry, strict=True):
        assert shape.is_valid
        lines = shapely.union_all(_lines(clip_parts(parts, limit_s)))
        assert lines.is_empty or shape.covers(lines)
        metres, roads = (shapely.transform(each, plane.to_xy) for each in (shape, lines))
        assert before.is_empty or metres.buffer(0.01).covers(before)
        if not roads.is_empty:
            outline = shapely.union_all(
                [shapely.Polygon(part.exterior) for part in shapely.get_parts(metres)]
            )
            filled = outline.difference(metres)
            assert (
                all(
                    hole.area > hole_m2 * 0.95 - 1
                    for hole in shapely.get_parts(filled)
                    if hole.area
                )
                or simple
            )
            if hole_m2 == 0.0:
                room = width_m * (1.3 if simple else 1.01)
                assert roads.buffer(room, quad_segs=32).covers(metres)
        before = metres


def test_simpler_edges_do_not_add_up_over_the_limits() -> None:
    parts = ENGINE.reach(np.array([(LON + 0.6 * STEP, LAT + 0.3 * STEP)]), limit_s=200.0)
    limits_s = [100.0 + 2.0 * step for step in range(50)]
    frame = isochrone(GRID, parts, limits_s=limits_s, smallest_hole_m2=0.0, simplify_m=14.0)
    plane = Plane.around(GRID.geometry_lonlat)
    for limit_s, shape in zip(frame.limit_s[::10], frame.geometry[::10], strict=True):
        lines = shapely.union_all(_lines(clip_parts(parts, limit_s)))
        metres, roads = (shapely.transform(each, plane.to_xy) for each in (shape, lines))
        assert roads.buffer((30.0 + 14.0) * 1.01, quad_segs=32).covers(metres)


def test_many_lines_are_widened_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = ENGINE.reach(np.array([(LON + STEP, LAT + STEP)]), limit_s=90.0)
    for hole_m2 in (0.0, 5000.0, 20_000.0):
        plain = isochrone(GRID, parts, limits_s=[40, 90], smallest_hole_m2=hole_m2)
        monkeypatch.setattr(isochrones, "_FEW", 0)
        faces = isochrone(GRID, parts, limits_s=[40, 90], smallest_hole_m2=hole_m2)
        monkeypatch.undo()
        for one, other in zip(plain.geometry, faces.geometry, strict=True):
            assert one.symmetric_difference(other).area <= one.area * 1e-3


def test_a_block_that_nobody_reaches_stays_a_hole() -> None:
    parts = ENGINE.reach(np.array([(LON + STEP, LAT + STEP)]), limit_s=np.inf)
    (shape,) = isochrone(GRID, parts, limits_s=[3600]).geometry
    assert len(shape.interiors) == (SIDE - 1) ** 2
    (shape,) = isochrone(GRID, parts, limits_s=[3600], smallest_hole_m2=1e6).geometry
    assert not shape.interiors


def test_nothing_reached_is_an_empty_polygon() -> None:
    frame = isochrone(GRID, NONE, limits_s=[600, 300, 300])
    assert frame.limit_s.tolist() == [300, 600]
    assert frame.geometry.is_empty.all()
    late = _by_hand((0, 0.0, 1.0, 400.0, 500.0))
    assert isochrone(GRID, late, limits_s=[300, 600]).geometry.is_empty.tolist() == [True, False]


def test_far_north_the_width_is_still_in_metres() -> None:
    north = _grid()
    moved = north.geometry_lonlat + np.array([0.0, 35.0])
    values = {name: getattr(north, name) for name in RoadNetwork.__slots__}
    network = RoadNetwork(**(values | {"geometry_lonlat": moved}))
    spot = _by_hand((0, 0.0, 0.0, 0.0, 1.0))
    (shape,) = isochrone(network, spot, limits_s=[1]).geometry
    west, south, east, top = shape.bounds
    assert (top - south) * 111_195 == pytest.approx(60, abs=0.5)
    assert (east - west) * 111_195 * np.cos(np.radians(top)) == pytest.approx(60, abs=0.5)


@pytest.mark.parametrize(
    "wrong",
    [
        {"limits_s": []},
        *({"limits_s": [300, limit]} for limit in (0, -5, float("nan"), float("inf"))),
        *({"limits_s": [300], "width_m": width} for width in (0, -1, float("nan"))),
        {"limits_s": [300], "smallest_hole_m2": float("nan")},
        {"limits_s": [300], "simplify_m": 15.0},
    ],
)
def test_numbers_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(TravelError):
        isochrone(GRID, NONE, **wrong)  # type: ignore[arg-type]


def test_a_limit_of_nothing_cuts_nothing() -> None:
    for limit_s in (0.0, -1.0, float("nan")):
        with pytest.raises(TravelError):
            clip_parts(NONE, limit_s)
