"""Boundary files as they come: code pages, layers, cuts, curves, old datums, wild polygons."""

from __future__ import annotations

import json
import sqlite3
import struct
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from shapely import box

from geo import coordinates
from geo.areafile import read_areas, survey_areas
from geo.errors import AreaFileError
from geo.model import AreaKind, Datum
from geo.projections import crs_of

SQUARE = box(118.60, 24.80, 118.62, 24.82)
NEXT = box(118.62, 24.80, 118.64, 24.82)
HOLE_OUTSIDE = shapely.Polygon(SQUARE.exterior, [box(118.70, 24.80, 118.71, 24.81).exterior])
SMALL_LOOP = shapely.Polygon(
    [
        *[(118.60, 24.80), (118.62, 24.80), (118.62, 24.82), (118.61, 24.82)],
        *[(118.611, 24.821), (118.611, 24.819), (118.60, 24.82)],
    ]
)


def table(**columns: Any) -> gpd.GeoDataFrame:
    values: dict[str, Any] = {
        "code": ["T1", "G1"],
        "name": ["河埔镇", "前洋村"],
        "kind": ["乡镇", "网格"],
        "parent": ["", "T1"],
        "geometry": [SQUARE, NEXT],
    }
    kept = {key: value for key, value in (values | columns).items() if value is not None}
    return gpd.GeoDataFrame(kept, geometry="geometry", crs="EPSG:4326")


def one(shape: Any, *, code: str = "G1") -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"code": code, "name": f"{code}村", "kind": "grid"},
        "geometry": shape if isinstance(shape, dict | None) else shapely.geometry.mapping(shape),
    }


def geojson(path: Path, *features: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


def names(path: Path) -> list[str]:
    return [area.name for area in read_areas(path).areas]


@pytest.mark.parametrize("page", ["GBK", "936", "UTF-8", None])
@pytest.mark.parametrize("zipped", [False, True])
def test_shapefile_in_gbk_whatever_its_code_page_says(
    tmp_path: Path, page: str | None, zipped: bool
) -> None:
    table().to_file(tmp_path / "a.shp", encoding="GBK")
    (tmp_path / "a.cpg").unlink()
    if page is not None:
        (tmp_path / "a.cpg").write_text(page)
    source = tmp_path / "a.shp"
    if zipped:
        source = tmp_path / "边界.zip"
        with zipfile.ZipFile(source, "w") as archive:
            for path in tmp_path.glob("a.*"):
                archive.write(path, path.name)
    assert names(source) == ["河埔镇", "前洋村"]


@pytest.mark.parametrize("lost", [".dbf", ".shx"])
def test_shapefile_without_a_companion(tmp_path: Path, lost: str) -> None:
    table().to_file(tmp_path / "a.shp")
    (tmp_path / "a").with_suffix(lost).unlink()
    with pytest.raises(AreaFileError, match=f"缺少同名的 {lost} 文件"):
        read_areas(tmp_path / "a.shp")


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9, 0.97])
@pytest.mark.parametrize("name", ["a.geojson", "a.gpkg", "a.kml", "a.shp", "a.zip"])
def test_file_that_ends_in_the_middle(tmp_path: Path, name: str, share: float) -> None:
    path = tmp_path / name
    frame = table().rename(columns={"name": "名称"}) if name == "a.kml" else table()
    if name == "a.zip":
        frame.to_file(tmp_path / "a.shp")
        with zipfile.ZipFile(path, "w") as archive:
            for part in tmp_path.glob("a.*"):
                if part != path:
                    archive.write(part, part.name)
    else:
        frame.to_file(path, **({"driver": "LIBKML"} if name == "a.kml" else {}))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(AreaFileError, match=name) as caught:
        read_areas(path)
    assert "重新" in str(caught.value)


def test_kml_folders_named_for_kinds(tmp_path: Path) -> None:
    def mark(code: str, shape: shapely.Polygon) -> str:
        ring = " ".join(f"{x},{y},12" for x, y in shape.exterior.coords)
        return (
            f"<Placemark><name>{code}村</name><ExtendedData><Data name='code'><value>{code}</value>"
            f"</Data></ExtendedData><Polygon><outerBoundaryIs><LinearRing><coordinates>{ring}"
            "</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
        )

    (tmp_path / "a.kml").write_text(
        "<?xml version='1.0' encoding='UTF-8'?><kml xmlns='http://www.opengis.net/kml/2.2'>"
        f"<Document><Folder><name>乡镇</name>{mark('T1', SQUARE)}</Folder>"
        f"<Folder><name>网格</name>{mark('G1', SQUARE)}{mark('G2', NEXT)}</Folder>"
        "</Document></kml>",
        encoding="utf-8",
    )
    areas = read_areas(tmp_path / "a.kml").areas
    assert [(area.code, area.kind) for area in areas] == [
        ("T1", AreaKind.TOWNSHIP),
        ("G1", AreaKind.GRID),
        ("G2", AreaKind.GRID),
    ]
    assert not areas[0].geometry.has_z
    assert areas[0].geometry.equals(SQUARE)


def test_geopackage_with_many_layers(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    table().iloc[:1].to_file(path, layer="towns")
    table(kind=None).iloc[1:].to_file(path, layer="网格")
    roads = gpd.GeoDataFrame(
        {"width": [3]}, geometry=[shapely.LineString(SQUARE.exterior)], crs=4326
    )
    roads.to_file(path, layer="roads")
    pyogrio.write_dataframe(table().drop(columns="geometry"), path, layer="list")
    reading = read_areas(path)
    assert [(area.code, area.kind) for area in reading.areas] == [
        ("T1", AreaKind.TOWNSHIP),
        ("G1", AreaKind.GRID),
    ]
    assert [str(note) for note in reading.notes] == [
        "区域文件 a.gpkg 的图层“roads”没有面要素，未读入"
    ]


def test_curved_border_becomes_straight_pieces(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    table(code=["G1", "G2"], kind=["grid", "grid"]).to_file(path)
    middle, radius = (118.61, 24.81), 0.01
    turns = [(-1, 0), (0, 1), (1, 0), (0, -1), (-1, 0)]
    points = [(middle[0] + radius * x, middle[1] + radius * y) for x, y in turns]
    curve = struct.pack("<BII", 1, 10, 1) + struct.pack("<BII", 1, 8, len(points))
    curve += b"".join(struct.pack("<dd", *point) for point in points)
    with sqlite3.connect(path) as base:
        for (trigger,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            base.execute(f'DROP TRIGGER "{trigger}"')
        blob = b"GP\x00\x01" + struct.pack("<i", 4326) + curve
        base.execute("UPDATE a SET geom = ? WHERE code = 'G1'", (blob,))
    (area, _) = read_areas(path).areas
    assert (
        shapely.hausdorff_distance(
            area.geometry.exterior, shapely.Point(middle).buffer(radius, quad_segs=64).exterior
        )
        < radius / 100
    )


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp"])
@pytest.mark.parametrize("crs", [4549, 4528, 4490, 32650])
def test_modern_systems_come_back_without_a_note(tmp_path: Path, crs: int, name: str) -> None:
    table().to_crs(crs).to_file(tmp_path / name)
    reading = read_areas(tmp_path / name, datum=Datum.CGCS2000)
    assert shapely.hausdorff_distance(reading.areas[0].geometry, SQUARE) < 1e-6
    assert reading.notes == ()


@pytest.mark.parametrize("crs", [2437, 4214, 4610])
def test_old_datums_are_converted_and_told(tmp_path: Path, crs: int) -> None:
    table().to_crs(crs).to_file(tmp_path / "a.gpkg")
    reading = read_areas(tmp_path / "a.gpkg")
    assert shapely.hausdorff_distance(reading.areas[0].geometry, SQUARE) < 1e-6
    (note,) = reading.notes
    assert "误差" in str(note)
    assert note in reading.repairs


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_shifted_datums(tmp_path: Path, datum: Datum) -> None:
    moved = [
        shapely.transform(shape, lambda lonlat: coordinates.from_wgs84(lonlat, datum))
        for shape in (SQUARE, NEXT)
    ]
    table(geometry=moved).to_file(tmp_path / "a.geojson")
    areas = read_areas(tmp_path / "a.geojson", datum=datum).areas
    assert shapely.hausdorff_distance(areas[0].geometry, SQUARE) < 1e-6


def test_small_crossing_is_mended_with_its_figures(tmp_path: Path) -> None:
    reading = read_areas(geojson(tmp_path / "a.geojson", one(SMALL_LOOP)))
    (mended,) = reading.mended
    assert not mended.needs_person
    assert mended.mending.changed_share < 0.02
    text = str(mended.message)
    assert "第 1 个要素（G1）的边界自相交（约在经度 118.61" in text
    assert f"变为 {round(mended.mending.mended_m2)} 平方米" in text
    assert reading.areas[0].geometry.is_valid


def test_repair_that_loses_much_needs_a_person(tmp_path: Path) -> None:
    path = geojson(tmp_path / "a.geojson", one(HOLE_OUTSIDE), one(NEXT, code="G2"))
    with pytest.raises(AreaFileError, match="须人工重新绘制"):
        read_areas(path)
    reading = survey_areas(path)
    assert [area.code for area in reading.areas] == ["G2"]
    assert reading.mended[0].needs_person
    assert len(reading.problems) == 1


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (None, "不是有面积的面"),
        ({"type": "Polygon", "coordinates": []}, "不是有面积的面"),
        ({"type": "MultiPolygon", "coordinates": []}, "不是有面积的面"),
        ({"type": "GeometryCollection", "geometries": []}, "不是有面积的面"),
        ({"type": "LineString", "coordinates": [[118.6, 24.8], [118.7, 24.8]]}, "不是有面积的面"),
        (shapely.Polygon([(118.6, 24.8), (118.7, 24.8), (118.6, 24.8)]), "没有面积"),
        (shapely.Polygon(SQUARE.exterior, [SQUARE.exterior]), "没有面积"),
        (box(74, 4, 135, 53), "比任何省都大"),
        (box(-180, -90, 180, 90), "不在中国"),
        (box(24.8, 118.6, 24.9, 118.7), "写反"),
    ],
)
def test_each_wild_feature_is_named_and_the_others_are_read(
    tmp_path: Path, shape: Any, words: str
) -> None:
    path = geojson(tmp_path / "a.geojson", one(NEXT, code="G2"), one(shape))
    with pytest.raises(AreaFileError, match=words) as caught:
        read_areas(path)
    assert "a.geojson 第 2 个要素" in str(caught.value)
    assert [area.code for area in survey_areas(path).areas] == ["G2"]


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    features = [one(None, code=f"G{number}") for number in range(4)]
    with pytest.raises(AreaFileError) as caught:
        read_areas(geojson(tmp_path / "a.geojson", *features))
    assert "（G0）" in str(caught.value)
    assert ["（G1）" in str(caught.value.problems[0]), len(caught.value.problems)] == [True, 3]


def test_number_that_is_none_in_a_polygon(tmp_path: Path) -> None:
    corners = np.array([[118.6, 24.8], [118.62, 24.8], [118.62, np.nan], [118.6, 24.82]])
    ring = struct.pack("<BIII", 1, 3, 1, 5) + np.vstack([corners, corners[:1]]).tobytes()
    table().to_file(tmp_path / "a.gpkg")
    with sqlite3.connect(tmp_path / "a.gpkg") as base:
        for (trigger,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            base.execute(f'DROP TRIGGER "{trigger}"')
        blob = b"GP\x00\x01" + struct.pack("<i", 4326) + ring
        base.execute("UPDATE a SET geom = ? WHERE code = 'G1'", (blob,))
    with pytest.raises(AreaFileError, match="不是数字的坐标"):
        read_areas(tmp_path / "a.gpkg")


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    path = geojson(tmp_path / "a.geojson", one(SQUARE), one(NEXT, code="G2"))
    survey_areas(path, progress=lambda *at: told.append(at))
    assert told[-1] == (2, 2)


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_a_layer_that_says_its_shifted_datum_is_taken_as_that_only(
    tmp_path: Path, datum: Datum
) -> None:
    path = tmp_path / "a.gpkg"
    moved = shapely.transform(SQUARE, lambda lonlat: coordinates.from_wgs84(lonlat, datum))
    frame = table(geometry=[moved, moved]).iloc[:1]
    frame.set_crs(crs_of(datum), allow_override=True).to_file(path)
    with pytest.raises(AreaFileError, match=f"--datum {datum.value}"):
        read_areas(path)
    areas = read_areas(path, datum=datum).areas
    assert shapely.hausdorff_distance(areas[0].geometry, SQUARE) < 1e-6


def test_a_system_of_the_site_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    site = (
        'ENGCRS["工地",EDATUM["工地"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],'
        'LENGTHUNIT["metre",1]]'
    )
    table().set_crs(site, allow_override=True).to_file(path)
    with pytest.raises(AreaFileError, match="工地"):
        read_areas(path)
