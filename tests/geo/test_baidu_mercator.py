from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.baidu_mercator import from_bd09mc, to_bd09mc
from tests.reference import reference_data


@pytest.mark.reference
def test_reference_vectors() -> None:
    with (reference_data() / "crs" / "crs_vectors.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["to_crs"] == "BD09MC"]
    assert len(rows) == 334
    for row in rows:
        wanted = [float(row["lon2"]), float(row["lat2"])]
        found = to_bd09mc([float(row["lon"]), float(row["lat"])])
        assert found == pytest.approx(wanted, abs=float(row["tolerance"])), row["place"]


@given(st.floats(73.0, 136.0), st.floats(3.0, 54.0))
def test_there_and_back(lon: float, lat: float) -> None:
    assert from_bd09mc(to_bd09mc([lon, lat])) == pytest.approx([lon, lat], abs=1e-9)


@pytest.mark.parametrize("lat", [14.999999, 15.0, 29.999999, 30.0, 44.999999, 45.0])
def test_bands_meet(lat: float) -> None:
    assert from_bd09mc(to_bd09mc([118.0, lat])) == pytest.approx([118.0, lat], abs=1e-6)


def test_what_lies_outside_is_nan_and_shapes_stay() -> None:
    bad = [(np.nan, 24.0), (118.0, 60.1), (118.0, -60.1), (181.0, 24.0), (118.0, np.inf)]
    assert np.isnan(to_bd09mc(bad)).all()
    assert np.isnan(from_bd09mc([(1.3e7, 1e8), (1e9, 2e6), (np.nan, 1.0), (np.inf, 0.0)])).all()
    assert to_bd09mc(np.empty((0, 2))).shape == (0, 2)
