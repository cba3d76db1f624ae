from __future__ import annotations

import csv

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import coordinates, projections
from geo.errors import CoordinateError
from tests.reference import reference_data

spots = st.tuples(st.floats(74.0, 135.0), st.floats(4.0, 53.0))


@settings(deadline=None, max_examples=30)
@given(spots, st.floats(0.001, 0.3))
def test_the_local_projection_agrees_with_the_ellipsoid(
    spot: tuple[float, float], size: float
) -> None:
    square = shapely.box(*spot, spot[0] + size, spot[1] + size)
    crs = projections.local_projection(shapely.get_coordinates(square))
    flat = shapely.transform(
        shapely.segmentize(square, size / 50), lambda p: projections.to_projected(p, crs)
    )
    assert flat.area == pytest.approx(float(coordinates.area_m2(square)), rel=2e-3)
    assert flat.length == pytest.approx(float(coordinates.length_m(square)), rel=1e-3)


@settings(deadline=None, max_examples=30)
@given(spots)
def test_there_and_back(spot: tuple[float, float]) -> None:
    crs = projections.local_projection(spot)
    back = projections.from_projected(projections.to_projected(spot, crs), crs)
    assert back == pytest.approx(spot, abs=1e-9)


@pytest.mark.parametrize(
    ("lonlat", "epsg"),
    [([118.67, 24.87], 4549), ([116.4, 39.9], 4548), ([75.0, 39.0], 4534), ([135.0, 48.0], 4554)],
)
def test_the_zone_is_the_nearest_one(lonlat: list[float], epsg: int) -> None:
    assert projections.local_projection(lonlat).to_epsg() == epsg


def test_a_wide_area_gets_an_equal_area_projection() -> None:
    crs = projections.local_projection([[115.0, 24.0], [121.0, 28.0], [np.nan, 24.0]])
    assert crs.to_epsg() is None
    wide = shapely.segmentize(shapely.box(115.0, 24.0, 121.0, 28.0), 0.01)
    flat = shapely.transform(wide, lambda p: projections.to_projected(p, crs))
    assert flat.area == pytest.approx(float(coordinates.area_m2(wide)), rel=1e-5)


def test_no_point_has_no_projection() -> None:
    with pytest.raises(CoordinateError, match="投影"):
        projections.local_projection([[np.nan, 24.0]])


def test_gauss_kruger_metres_with_the_number_of_the_zone() -> None:
    crs = projections.metric_crs("EPSG:4527")  # zone 39, about 117 E
    assert projections.from_projected([39500000.0, 0.0], crs) == pytest.approx([117.0, 0.0])
    lonlat = projections.from_projected([[39668880.0, 2752560.0], [np.nan, 1.0]], crs)
    assert lonlat[0] == pytest.approx([118.67, 24.87], abs=0.01)
    assert np.isnan(lonlat[1]).all()


@pytest.mark.parametrize(
    ("stated", "word"),
    [
        ("EPSG:4490", "投影坐标系"),
        ("EPSG:2363", "测绘部门"),  # 西安80
        ("EPSG:2414", "测绘部门"),  # 北京54
        ("EPSG:4610", "测绘部门"),
        ("EPSG:999999", "不认识"),
        ("", "不认识"),
    ],
)
def test_other_systems_are_refused_with_the_cure(stated: str, word: str) -> None:
    with pytest.raises(CoordinateError, match=word):
        projections.metric_crs(stated)


@pytest.mark.reference
def test_reference_vectors() -> None:
    with (reference_data() / "crs" / "crs_vectors.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["to_crs"] == "EPSG3857"]
    assert len(rows) == 332
    crs = projections.metric_crs("EPSG:3857")
    for row in rows:
        found = projections.to_projected([float(row["lon"]), float(row["lat"])], crs)
        wanted = [float(row["lon2"]), float(row["lat2"])]
        assert found == pytest.approx(wanted, abs=float(row["tolerance"])), row["place"]
