from __future__ import annotations

import csv

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import coordinates, datum_loops
from geo.errors import CoordinateError
from geo.messages import message
from geo.model import Datum, Floats
from tests.geo import datum_oracle
from tests.reference import reference_data

_EMPTY = shapely.Polygon()
lons = st.floats(73.0, 136.0)
lats = st.floats(3.0, 54.0)
points = st.lists(st.tuples(lons, lats), min_size=1, max_size=20).map(
    lambda pairs: np.array(pairs, dtype=np.float64)
)


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    """Compile before a test with a time limit runs."""
    coordinates.from_wgs84([105.0, 35.0], Datum.GCJ02)


def _scattered(count: int) -> Floats:
    """Return points of the whole rectangle, some at the cusp of the formula at 105 E."""
    rng = np.random.default_rng(20260301)
    lonlat = rng.uniform((72.004, 0.8293), (137.8347, 55.8271), (count, 2))
    lonlat[: count // 10, 0] = 105.0 + rng.normal(size=count // 10) * 10.0 ** rng.uniform(
        -16, -1, count // 10
    )
    lonlat[count // 10, 0] = 105.0
    return lonlat


def test_forward_is_the_published_formula() -> None:
    wgs84 = _scattered(100_000)
    gcj02 = datum_oracle.wgs84_to_gcj02(wgs84)
    bd09 = datum_oracle.gcj02_to_bd09(gcj02)
    for found, wanted in (
        (coordinates.from_wgs84(wgs84, Datum.GCJ02), gcj02),
        (coordinates.from_wgs84(wgs84, Datum.BD09), bd09),
        (coordinates.convert(wgs84, Datum.GCJ02, Datum.BD09), datum_oracle.gcj02_to_bd09(wgs84)),
    ):
        assert np.abs(found - wanted).max() < 1e-12


def test_inverse_of_the_published_formula() -> None:
    wgs84 = _scattered(100_000)
    gcj02 = datum_oracle.wgs84_to_gcj02(wgs84)
    kept = ((gcj02 > (72.004, 0.8293)) & (gcj02 < (137.8347, 55.8271))).all(axis=1)
    assert kept.mean() > 0.998
    wgs84, gcj02 = wgs84[kept], gcj02[kept]
    bd09 = datum_oracle.gcj02_to_bd09(gcj02)
    kept = ((bd09 > (72.004, 0.8293)) & (bd09 < (137.8347, 55.8271))).all(axis=1)
    for found, wanted in (
        (coordinates.to_wgs84(gcj02, Datum.GCJ02), wgs84),
        (coordinates.to_wgs84(bd09[kept], Datum.BD09), wgs84[kept]),
        (coordinates.convert(bd09[kept], Datum.BD09, Datum.GCJ02), gcj02[kept]),
    ):
        assert np.abs(found - wanted).max() < 1e-10


@given(points, st.sampled_from(Datum), st.sampled_from(Datum))
def test_round_trip_is_below_a_millimetre(lonlat: Floats, source: Datum, target: Datum) -> None:
    back = coordinates.convert(coordinates.convert(lonlat, source, target), target, source)
    assert np.max(coordinates.distance_m(lonlat, back)) < 1e-4


@given(points, st.sampled_from([Datum.GCJ02, Datum.BD09]))
def test_shift_is_plausible_and_one_point_equals_many(lonlat: Floats, datum: Datum) -> None:
    moved = coordinates.from_wgs84(lonlat, datum)
    assert np.all(coordinates.distance_m(lonlat, moved) < 2_500)
    assert np.array_equal(moved[0], coordinates.from_wgs84(lonlat[0], datum))


@given(
    st.sampled_from(["west", "south", "east", "north"]),
    st.floats(-0.02, 0.02),
    st.floats(0.1, 0.9),
    st.sampled_from([Datum.GCJ02, Datum.BD09]),
)
def test_near_the_border(side: str, over: float, along: float, datum: Datum) -> None:
    """A point outside stays; one inside comes back unless its first step leaves the rectangle."""
    lon, lat = 72.004 + along * 65.8307, 0.8293 + along * 54.9978
    point = {
        "west": (72.004 - over, lat),
        "south": (lon, 0.8293 - over),
        "east": (137.8347 + over, lat),
        "north": (lon, 55.8271 + over),
    }[side]

    def inside(lonlat: Floats) -> bool:
        return 72.004 <= lonlat[0] <= 137.8347 and 0.8293 <= lonlat[1] <= 55.8271

    moved = coordinates.from_wgs84(point, datum)
    back = coordinates.to_wgs84(moved, datum)
    if not inside(np.array(point)):
        assert tuple(moved) == point
    elif inside(moved):
        assert np.abs(back - point).max() < 1e-10
    else:
        assert np.array_equal(back, moved)


@pytest.mark.parametrize("datum", list(Datum))
@pytest.mark.parametrize(
    "bad", [(np.nan, 24.0), (118.0, np.nan), (np.inf, 24.0), (118.0, -np.inf), (1e308, -1e308)]
)
def test_no_number_stays_no_number(datum: Datum, bad: tuple[float, float]) -> None:
    lonlat = np.array([bad, (118.0, 24.0)])
    assert np.array_equal(coordinates.from_wgs84(lonlat, datum)[0], bad, equal_nan=True)
    assert np.array_equal(coordinates.to_wgs84(lonlat, datum)[0], bad, equal_nan=True)


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 1_000])
def test_any_number_and_layout_of_points(count: int) -> None:
    lonlat = _scattered(1_000)[:count]
    before = lonlat.copy()
    wanted = datum_oracle.wgs84_to_gcj02(lonlat)
    read_only = lonlat.copy()
    read_only.flags.writeable = False
    wide = np.zeros((count, 4))
    wide[:, ::2] = lonlat
    for given_lonlat in (lonlat, lonlat.tolist(), np.asfortranarray(lonlat), read_only):
        assert coordinates.from_wgs84(given_lonlat, Datum.GCJ02) == pytest.approx(wanted, abs=1e-12)
    assert coordinates.from_wgs84(wide[:, ::2], Datum.GCJ02) == pytest.approx(wanted, abs=1e-12)
    assert np.array_equal(lonlat, before)


def test_one_machine_code_serves_all_calls() -> None:
    for lonlat in ([118, 24], [[118.0, 24.0]], np.ones((3, 2), dtype=np.float32), np.empty((0, 2))):
        coordinates.convert(lonlat, Datum.BD09, Datum.WGS84)
    assert len(datum_loops.move.signatures) == 1


@pytest.mark.parametrize("datum", list(Datum))
@pytest.mark.parametrize(
    "outside",
    [(72.003, 30.0), (137.835, 30.0), (110.0, 0.829), (110.0, 55.828), (-8.6, 41.1), (183.0, 45.0)],
)
def test_points_outside_the_rectangle_stay(datum: Datum, outside: tuple[float, float]) -> None:
    assert tuple(coordinates.to_wgs84(outside, datum)) == outside
    assert tuple(coordinates.from_wgs84(outside, datum)) == outside


@pytest.mark.parametrize("inside", [(72.005, 30.0), (137.83, 30.0), (110.0, 0.83), (110.0, 55.82)])
def test_points_just_inside_the_rectangle_move(inside: tuple[float, float]) -> None:
    assert coordinates.distance_m(inside, coordinates.from_wgs84(inside, Datum.GCJ02)) > 10


def test_cgcs2000_equals_wgs84_and_the_input_is_left_alone() -> None:
    given_lonlat = np.array([[118.67, 24.87], [np.nan, 24.0]])
    before = given_lonlat.copy()
    assert np.array_equal(
        coordinates.to_wgs84(given_lonlat, Datum.CGCS2000), before, equal_nan=True
    )
    moved = coordinates.to_wgs84(given_lonlat, Datum.BD09)
    assert np.isnan(moved[1, 0])
    assert np.array_equal(given_lonlat, before, equal_nan=True)


@pytest.mark.reference
def test_reference_vectors() -> None:
    with (reference_data() / "crs" / "crs_vectors.csv").open(encoding="utf-8") as file:
        names = {"WGS84", "GCJ02", "BD09"}
        rows = [r for r in csv.DictReader(file) if {r["from_crs"], r["to_crs"]} <= names]
    assert len(rows) == 2_001
    for row in rows:
        source, target = Datum(row["from_crs"].lower()), Datum(row["to_crs"].lower())
        found = coordinates.convert([float(row["lon"]), float(row["lat"])], source, target)
        wanted = [float(row["lon2"]), float(row["lat2"])]
        assert found == pytest.approx(wanted, abs=float(row["tolerance"])), row["place"]


def test_check_accepts_china() -> None:
    coordinates.check_china_lonlat([[118.67, 24.87], [87.6, 43.8]])
    coordinates.check_china_lonlat(np.empty((0, 2)))


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        ((24.87, 118.67), "写反"),
        ((118.67, -24.87), "不在中国"),
        ((0.0, 0.0), "不在中国"),
        ((40_000_000.0, 2_700_000.0), "不在中国"),
        ((np.nan, 24.0), "缺少"),
    ],
)
def test_check_names_the_place_and_the_cure(bad: tuple[float, float], word: str) -> None:
    where = message("%(file)s 第 %(row)d 行", file="stations.xlsx", row=7)
    with pytest.raises(CoordinateError, match=word) as caught:
        coordinates.check_china_lonlat([(118.67, 24.87), bad], where=where)
    assert "stations.xlsx 第 7 行：第 2 个点" in str(caught.value)
    assert ".87" not in str(caught.value)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (1, 1, 2)])
def test_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(CoordinateError, match="形状"):
        coordinates.to_wgs84(np.zeros(shape), Datum.GCJ02)


def test_distance_of_one_degree_of_latitude() -> None:
    assert coordinates.distance_m([118.0, 24.5], [118.0, 25.5]) == pytest.approx(110_770, rel=1e-3)
    assert np.isnan(coordinates.distance_m([np.nan, 24.0], [118.0, 24.0]))


def test_lengths_and_areas_are_those_of_a_small_sphere_cap() -> None:
    square = shapely.box(118.0, 24.0, 118.01, 24.01)
    width_m = float(coordinates.distance_m([118.0, 24.005], [118.01, 24.005]))
    height_m = float(coordinates.distance_m([118.0, 24.0], [118.0, 24.01]))
    assert coordinates.area_m2(square) == pytest.approx(width_m * height_m, rel=1e-6)
    assert coordinates.length_m(square) == pytest.approx(2 * (width_m + height_m), rel=1e-5)
    line = shapely.LineString([(118.0, 24.0, 5.0), (118.0, 24.01, 90.0)])
    assert coordinates.length_m(line) == pytest.approx(height_m)


def test_holes_are_taken_off_whichever_way_rings_run() -> None:
    outer, inner = shapely.box(118.0, 24.0, 118.1, 24.1), shapely.box(118.02, 24.02, 118.05, 24.05)
    holed = outer.difference(inner)
    wanted = coordinates.area_m2(outer) - coordinates.area_m2(inner)
    turned = shapely.Polygon(holed.exterior, [ring.reverse() for ring in holed.interiors])
    for shape in (holed, holed.reverse(), turned, shapely.force_3d(holed, 7.0)):
        assert coordinates.area_m2(shape) == pytest.approx(float(wanted))
    assert coordinates.area_m2(shapely.MultiPolygon([holed])) == pytest.approx(float(wanted))


def test_measures_keep_the_shape_of_the_question() -> None:
    shapes = np.array([[shapely.box(118, 24, 119, 25), None], [shapely.Point(118, 24), _EMPTY]])
    for measure in (coordinates.area_m2, coordinates.length_m):
        found = measure(shapes)
        assert found.shape == (2, 2)
        assert np.isnan(found[0, 1])
        assert found[0, 0] > 0.0
        assert found[1].tolist() == [0.0, 0.0]
    assert coordinates.area_m2(shapely.LineString([(0, 0), (1, 1), (1, 0)])) == 0.0
