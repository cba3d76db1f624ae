from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import coordinates
from geo.errors import CoordinateError
from geo.messages import message
from geo.model import Datum, Floats
from tests.reference import reference_data

lons = st.floats(73.0, 136.0)
lats = st.floats(3.0, 54.0)
points = st.lists(st.tuples(lons, lats), min_size=1, max_size=20).map(
    lambda pairs: np.array(pairs, dtype=np.float64)
)


@given(points, st.sampled_from(Datum))
def test_round_trip_is_below_a_millimetre(lonlat: Floats, datum: Datum) -> None:
    back = coordinates.to_wgs84(coordinates.from_wgs84(lonlat, datum), datum)
    assert np.max(coordinates.distance_m(lonlat, back)) < 1e-4


@given(points, st.sampled_from([Datum.GCJ02, Datum.BD09]))
def test_shift_is_plausible_and_one_point_equals_many(lonlat: Floats, datum: Datum) -> None:
    moved = coordinates.from_wgs84(lonlat, datum)
    assert np.all(coordinates.distance_m(lonlat, moved) < 2_500)
    assert np.array_equal(moved[0], coordinates.from_wgs84(lonlat[0], datum))


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
    assert len(rows) > 1_000
    for row in rows:
        source, target = Datum(row["from_crs"].lower()), Datum(row["to_crs"].lower())
        start = [float(row["lon"]), float(row["lat"])]
        found = coordinates.from_wgs84(coordinates.to_wgs84(start, source), target)
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
