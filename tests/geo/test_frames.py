from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

import geo.frames  # noqa: F401  registers the accessor
from geo import coordinates, projections
from geo.errors import CoordinateError
from geo.model import Datum

_WGS84 = [118.67, 24.87]
_GCJ02 = coordinates.from_wgs84(_WGS84, Datum.GCJ02)

_SHAPES = [
    shapely.Point(_GCJ02),
    shapely.Point(*_GCJ02, 31.5),
    shapely.LineString([_GCJ02, _GCJ02 + 0.01]),
    shapely.box(*_GCJ02, *(_GCJ02 + 0.1)).difference(
        shapely.box(*(_GCJ02 + 0.02), *(_GCJ02 + 0.05))
    ),
    shapely.MultiPoint([_GCJ02, _GCJ02 + 0.01]),
    shapely.MultiLineString([[_GCJ02, _GCJ02 + 0.01], [_GCJ02 + 1, _GCJ02 + 2]]),
    shapely.MultiPolygon([shapely.box(*_GCJ02, *(_GCJ02 + 0.1))]),
    shapely.GeometryCollection([shapely.Point(_GCJ02), shapely.LineString([_GCJ02, _GCJ02 + 1])]),
    shapely.Polygon(),
    None,
]


def _frame(datum: str | None = "gcj02") -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(
        {"name": [f"n{i}" for i in range(len(_SHAPES))]},
        geometry=_SHAPES,
        index=range(5, 5 + len(_SHAPES)),
    )
    return frame if datum is None else frame.datum.set(datum)


def test_all_kinds_of_geometry_are_converted() -> None:
    found = _frame().datum.to("wgs84")
    assert found.crs.to_epsg() == 4326
    assert found.index.tolist() == _frame().index.tolist()
    assert found.name.tolist() == _frame().name.tolist()
    for before, after in zip(_SHAPES, found.geometry, strict=True):
        if before is None:
            assert after is None
            continue
        assert after.geom_type == before.geom_type
        assert after.has_z == before.has_z
        lonlat = coordinates.to_wgs84(shapely.get_coordinates(before), Datum.GCJ02)
        assert np.array_equal(shapely.get_coordinates(after), lonlat)
    assert found.geometry.iloc[1].z == 31.5
    assert found.geometry.iloc[0].distance(shapely.Point(_WGS84)) < 1e-10


def test_there_and_back() -> None:
    frame = _frame()
    back = frame.datum.to("bd09").datum.to("cgcs2000").datum.to("GCJ-02")
    assert back.datum.name is Datum.GCJ02
    assert frame.datum.to("cgcs2000").crs.to_epsg() == 4490
    assert shapely.get_coordinates(back.geometry) == pytest.approx(
        shapely.get_coordinates(frame.geometry), abs=1e-9
    )


def test_a_series_keeps_name_and_index() -> None:
    series = gpd.GeoSeries(_SHAPES, name="doors", index=list("abcdefghij")).datum.set("gcj02")
    found = series.datum.to(Datum.WGS84)
    assert (found.name, found.index.tolist()) == ("doors", list("abcdefghij"))
    assert isinstance(found, gpd.GeoSeries)


def test_the_active_geometry_is_converted_and_the_frame_left_alone() -> None:
    frame = _frame().rename_geometry("door")
    frame["shop"] = gpd.GeoSeries(_SHAPES, index=frame.index, crs=4326)
    before = frame.copy()
    found = frame.datum.to("wgs84")
    assert found.geometry.name == "door"
    assert found["shop"].crs.to_epsg() == 4326
    assert (
        found["shop"].geom_equals(before["shop"]).sum()
        == before["shop"].geom_equals(before["shop"]).sum()
    )
    assert frame.datum.name is Datum.GCJ02
    assert frame.geometry.iloc[0].equals(before.geometry.iloc[0])


def test_the_datum_survives_what_one_does_with_frames(tmp_path: Path) -> None:
    frame = _frame()
    again = pd.concat([frame.copy().iloc[:3], frame.iloc[3:]])
    assert again.datum.name is Datum.GCJ02
    assert again.geometry.datum.name is Datum.GCJ02
    frame.iloc[:1].to_file(tmp_path / "doors.gpkg")
    read = gpd.read_file(tmp_path / "doors.gpkg")
    assert read.datum.name is Datum.GCJ02
    assert read.datum.to("wgs84").geometry.iloc[0].distance(shapely.Point(_WGS84)) < 1e-10


def test_no_false_code_is_claimed_and_geopandas_does_not_convert_by_itself() -> None:
    for datum in (Datum.GCJ02, Datum.BD09):
        frame = _frame(datum)
        assert frame.crs.to_epsg(min_confidence=1) is None
        assert not frame.crs.is_geographic
        with pytest.raises(pyproj.exceptions.ProjError):
            frame.iloc[:1].to_crs(4326)
        with pytest.raises(ValueError, match="CRS"):
            pd.concat([frame.geometry, _frame("wgs84").geometry]).to_crs(4326)


def test_an_unknown_datum_is_refused_with_the_cure() -> None:
    with pytest.raises(CoordinateError, match=r"datum\.set"):
        _frame(None).datum.to("wgs84")
    with pytest.raises(CoordinateError, match="wgs84"):
        _frame(None).datum.set("gcj20")
    assert _frame(None).datum.name is None


def test_a_projected_frame_is_refused_with_the_cure() -> None:
    projected = _frame("wgs84").to_crs(4527)
    with pytest.raises(CoordinateError, match="to_crs"):
        projected.datum.to("gcj02")
    with pytest.raises(CoordinateError, match="to_crs"):
        projected.datum.set("gcj02")


def test_a_claim_is_overridden_only_on_purpose() -> None:
    frame = _frame("wgs84")
    with pytest.raises(CoordinateError, match="override"):
        frame.datum.set("gcj02")
    assert frame.datum.set("gcj02", override=True).datum.name is Datum.GCJ02
    assert frame.datum.set("wgs84").datum.name is Datum.WGS84


def test_spellings_of_one_system_are_one() -> None:
    for crs in ("OGC:CRS84", "EPSG:4979", "EPSG:4326", "+proj=longlat +datum=WGS84"):
        assert projections.datum_of(pyproj.CRS(crs)) is Datum.WGS84
    assert projections.datum_of(pyproj.CRS("EPSG:4490")) is Datum.CGCS2000
    for crs in ("EPSG:4610", "EPSG:4214"):  # 西安80, 北京54
        with pytest.raises(CoordinateError, match="核对"):
            projections.datum_of(pyproj.CRS(crs))


def test_plain_tables_have_no_datum_but_may_have_a_column_of_that_name() -> None:
    table = pd.DataFrame({"datum": ["gcj02"]})
    assert table["datum"].tolist() == ["gcj02"]
    with pytest.raises(AttributeError, match="GeoDataFrame"):
        _ = table.datum
    assert not hasattr(pd.Series([1]), "datum")


def test_an_empty_frame() -> None:
    frame = gpd.GeoDataFrame({"a": []}, geometry=[]).datum.set("bd09")
    assert len(frame.datum.to("wgs84")) == 0
