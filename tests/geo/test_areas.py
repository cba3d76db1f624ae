from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import coordinates
from geo.areafile import read_areas
from geo.areas import KIND_NAMES, AreaSet
from geo.errors import AreaError, AreaFileError
from geo.model import Area, AreaKind, Datum
from tests.reference import reference_data

SQUARE = shapely.box(118.60, 24.80, 118.62, 24.82)
NEXT = shapely.box(118.62, 24.80, 118.64, 24.82)
BOW_TIE = shapely.Polygon(
    [(118.60, 24.80), (118.62, 24.82), (118.62, 24.80), (118.60, 24.82), (118.60, 24.80)]
)


def frame(*rows: tuple[str, str, str, str | None, Any]) -> gpd.GeoDataFrame:
    columns = ["code", "name", "kind", "parent_code", "geometry"]
    table = [dict(zip(columns, row, strict=True)) for row in rows]
    return gpd.GeoDataFrame(table, geometry="geometry", crs="EPSG:4326")


GOOD = frame(("T1", "河埔镇", "township", None, SQUARE), ("G1", "前洋村", "网格", "T1", NEXT))


@pytest.mark.parametrize("name", ["a.geojson", "a.gpkg", "a.shp", "a.kml"])
def test_each_format_is_read(tmp_path: Path, name: str) -> None:
    table = GOOD.rename(columns={"parent_code": "parent"}) if name.endswith("shp") else GOOD
    if name.endswith("kml"):
        table = table.rename(columns={"name": "名称"})
    options = {"driver": "LIBKML"} if name.endswith("kml") else {}
    table.to_file(tmp_path / name, engine="pyogrio", **options)
    reading = read_areas(tmp_path / name)
    assert [(a.code, a.name, a.kind, a.parent_code) for a in reading.areas] == [
        ("T1", "河埔镇", AreaKind.TOWNSHIP, None),
        ("G1", "前洋村", AreaKind.GRID, "T1"),
    ]
    assert reading.areas[0].geometry.equals(SQUARE)
    assert reading.repairs == ()


def test_shapefile_in_gbk_without_code_page(tmp_path: Path) -> None:
    table = GOOD.rename(columns={"parent_code": "parent"})
    table.to_file(tmp_path / "a.shp", engine="pyogrio", encoding="gb18030")
    (tmp_path / "a.cpg").unlink()
    assert [area.name for area in read_areas(tmp_path / "a.shp").areas] == ["河埔镇", "前洋村"]


def test_datum_and_projection(tmp_path: Path) -> None:
    moved = GOOD.set_geometry(
        [
            shapely.transform(shape, lambda p: coordinates.from_wgs84(p, Datum.GCJ02))
            for shape in GOOD.geometry
        ],
        crs="EPSG:4326",
    )
    moved.to_file(tmp_path / "gcj.geojson")
    (area, _) = read_areas(tmp_path / "gcj.geojson", datum=Datum.GCJ02).areas
    assert shapely.hausdorff_distance(area.geometry, SQUARE) < 1e-6
    GOOD.to_crs(4549).to_file(tmp_path / "plane.gpkg")  # CGCS2000, Gauss-Krueger, 120 E
    (area, _) = read_areas(tmp_path / "plane.gpkg", datum=Datum.CGCS2000).areas
    assert shapely.hausdorff_distance(area.geometry, SQUARE) < 1e-6


def test_crossing_border_is_mended_and_told(tmp_path: Path) -> None:
    frame(("G1", "甲", "grid", None, BOW_TIE)).to_file(tmp_path / "a.geojson")
    reading = read_areas(tmp_path / "a.geojson")
    assert reading.areas[0].geometry.is_valid
    assert reading.areas[0].geometry.area == pytest.approx(SQUARE.area / 2)
    assert len(reading.repairs) == 1
    assert "第 1 个要素（G1）" in str(reading.repairs[0])


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("", "甲", "grid", None, NEXT), "第 2 个要素的 code 为空"),
        (("T1", "甲", "township", None, NEXT), "第 2 个要素的代码 T1 与第 1 个重复"),
        (("G2", "甲", "planet", None, NEXT), "类别“planet”不认识"),
        (("G2", "甲", "grid", None, None), "第 2 个要素（G2）不是有面积的面"),
        (("G2", "甲", "grid", None, shapely.Point(118.6, 24.8)), "不是有面积的面"),
        (("G2", "甲", "grid", None, shapely.box(24.8, 118.6, 24.9, 118.7)), "写反"),
        (("G2", "甲", "grid", None, shapely.box(-8.7, 41.0, -8.6, 41.1)), "不在中国"),
    ],
)
def test_bad_feature_is_named(
    tmp_path: Path, row: tuple[str, str, str, str | None, Any], words: str
) -> None:
    frame(("T1", "河埔镇", "township", None, SQUARE), row).to_file(tmp_path / "a.geojson")
    with pytest.raises(AreaFileError, match=words) as caught:
        read_areas(tmp_path / "a.geojson")
    assert "a.geojson" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"type": "FeatureCollection", "features": [{"type": "Fea', "无法读取"),
        ("", "无法读取"),
        ('{"type": "FeatureCollection", "features": []}', "缺少属性|没有任何要素"),
    ],
)
def test_bad_file_is_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "a.geojson").write_text(text, encoding="utf-8")
    with pytest.raises(AreaFileError, match=words) as caught:
        read_areas(tmp_path / "a.geojson")
    assert "a.geojson" in str(caught.value)


def test_missing_file_and_missing_property(tmp_path: Path) -> None:
    with pytest.raises(AreaFileError, match="不存在"):
        read_areas(tmp_path / "none.geojson")
    GOOD.drop(columns="kind").to_file(tmp_path / "a.geojson")
    with pytest.raises(AreaFileError, match="缺少属性 kind"):
        read_areas(tmp_path / "a.geojson")


def test_plane_numbers_without_system_are_refused(tmp_path: Path) -> None:
    feature = {
        "type": "Feature",
        "properties": {"code": "G1", "name": "甲", "kind": "grid"},
        "geometry": shapely.geometry.mapping(shapely.box(4e5, 2.7e6, 4.1e5, 2.71e6)),
    }
    text = json.dumps({"type": "FeatureCollection", "features": [feature]})
    (tmp_path / "a.geojson").write_text(text, encoding="utf-8")
    with pytest.raises(AreaFileError):
        read_areas(tmp_path / "a.geojson")


@given(
    st.lists(st.tuples(st.floats(118.59, 118.66), st.floats(24.79, 24.83)), min_size=1, max_size=20)
)
def test_code_at_agrees_with_plain_loop(pairs: list[tuple[float, float]]) -> None:
    members = (
        Area("A", "甲", AreaKind.GRID, SQUARE),
        Area("B", "乙", AreaKind.GRID, NEXT),
        Area("C", "丙", AreaKind.TOWNSHIP, shapely.box(118.5, 24.7, 118.7, 24.9)),
    )
    index = AreaSet(members)
    wanted = [
        next((a.code for a in members[:2] if a.geometry.intersects(shapely.Point(p))), None)
        for p in pairs
    ]
    assert index.code_at(np.array(pairs), kind=AreaKind.GRID) == wanted
    assert index.code_at(np.array(pairs), kind=AreaKind.TOWNSHIP) == ["C"] * len(pairs)
    assert index.code_at(np.array(pairs), kind=AreaKind.JURISDICTION) == [None] * len(pairs)


def test_border_nan_and_empty() -> None:
    members = [Area("B", "乙", AreaKind.GRID, NEXT), Area("A", "甲", AreaKind.GRID, SQUARE)]
    index = AreaSet(members)
    border = np.array([[118.62, 24.81], [np.nan, 24.81]])
    assert index.code_at(border, kind=AreaKind.GRID) == ["B", None]
    assert index.code_at(np.empty((0, 2)), kind=AreaKind.GRID) == []
    assert index.find("A") is members[1]
    assert index.find("A", kind=AreaKind.TOWNSHIP) is None
    assert index.areas(AreaKind.GRID) == tuple(members)


@pytest.mark.reference
def test_real_boundaries_with_invalid_polygons(tmp_path: Path) -> None:
    source = reference_data() / "boundaries" / "quanzhou_counties_datav_simplified_gcj02.geojson"
    document = json.loads(source.read_text(encoding="utf-8"))
    for number, feature in enumerate(document["features"]):
        name = feature["properties"].get("name", "")
        feature["properties"] = {"code": str(number), "name": name or "县", "kind": "辖区"}
    (tmp_path / "a.geojson").write_text(json.dumps(document), encoding="utf-8")
    reading = read_areas(tmp_path / "a.geojson", datum=Datum.GCJ02)
    assert len(reading.areas) == 12
    assert len(reading.repairs) == 2
    assert all(area.geometry.is_valid for area in reading.areas)


def _cells(count: int) -> list[Area]:
    """Cells that share their borders, some with many corners."""
    rng = np.random.default_rng(7)
    whole = shapely.box(118.5, 24.8, 118.8, 25.1)
    seeds = shapely.multipoints(rng.uniform([118.5, 24.8], [118.8, 25.1], (count, 2)))
    cells = shapely.intersection(
        shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=whole)), whole
    )
    cells[::3] = shapely.segmentize(cells[::3], 0.0005)
    return [Area(f"G{i}", f"{i}村", AreaKind.GRID, cell) for i, cell in enumerate(cells)]


def test_join_agrees_with_a_plain_loop_on_corners_borders_and_missing_points() -> None:
    areas = _cells(12)
    corners = np.concatenate([shapely.get_coordinates(area.geometry)[:4] for area in areas])
    middles = (corners[:-1] + corners[1:]) / 2.0
    spots = [*shapely.points(np.concatenate([corners, middles])), None, shapely.Point()]
    frame = gpd.GeoDataFrame(
        {"id": range(len(spots))}, geometry=spots, crs=4326, index=range(100, 100 + len(spots))
    )
    joined = AreaSet(areas).join(frame, AreaKind.GRID)
    wanted = [
        next(
            (
                a.code
                for a in areas
                if spot is not None and not spot.is_empty and a.geometry.intersects(spot)
            ),
            None,
        )
        for spot in spots
    ]
    assert [None if pd.isna(code) else code for code in joined["grid_code"]] == wanted
    assert joined["id"].tolist() == list(range(len(spots)))
    assert joined.index.equals(frame.index)
    assert "grid_code" not in frame


def test_join_takes_any_stated_system_and_refuses_what_has_no_meaning() -> None:
    index = AreaSet(_cells(5))
    frame = gpd.GeoDataFrame(geometry=gpd.points_from_xy([118.61, 119.9], [24.91, 24.9]), crs=4326)
    plane = index.join(frame.to_crs(4549), AreaKind.GRID)
    assert plane.crs == "EPSG:4549"
    assert plane["grid_name"].equals(index.join(frame, AreaKind.GRID)["grid_name"])
    assert plane["grid_code"].isna().tolist() == [False, True]
    with pytest.raises(AreaError, match="没有说明坐标系"):
        index.join(frame.set_crs(None, allow_override=True), AreaKind.GRID)
    with pytest.raises(AreaError, match="不是点"):
        index.join(frame.set_geometry(frame.buffer(0.01)), AreaKind.GRID)


def test_every_kind_has_a_name_and_is_known_to_the_importer(tmp_path: Path) -> None:
    for kind in AreaKind:
        assert str(KIND_NAMES[kind])
        for word in (kind.value, str(KIND_NAMES[kind])):
            frame(("A", "甲", word, None, SQUARE)).to_file(tmp_path / "a.geojson")
            assert read_areas(tmp_path / "a.geojson").areas[0].kind is kind
