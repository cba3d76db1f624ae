from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from geo.area_check import AreaFinding, AreaProblem, check_areas
from geo.areafile import survey_areas
from geo.coordinates import area_m2
from geo.model import Area, AreaKind, Datum
from tests.reference import reference_data

X, Y, U = 118.60, 24.80, 0.01


def cell(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """A box in units of a hundredth of a degree."""
    return box(X + west * U, Y + south * U, X + east * U, Y + north * U)


def grid(code: str, shape: shapely.Polygon, parent: str | None = None, name: str = "") -> Area:
    return Area(code, name or f"{code}村", AreaKind.GRID, shape, parent)


HOME = Area("C1", "示例区", AreaKind.JURISDICTION, cell(0, 0, 4, 2))
TOWNS = [
    Area("T1", "甲镇", AreaKind.TOWNSHIP, cell(0, 0, 2, 2), "C1"),
    Area("T2", "乙镇", AreaKind.TOWNSHIP, cell(2, 0, 4, 2), "C1"),
]
GRIDS = [grid("G1", cell(0, 0, 2, 2), "T1"), grid("G2", cell(2, 0, 4, 2), "T2")]


def found(areas: list[Area], problem: AreaProblem) -> list[AreaFinding]:
    return [one for one in check_areas(areas).findings if one.problem is problem]


def test_clean_district_has_no_finding_and_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    report = check_areas([HOME, *TOWNS, *GRIDS], progress=lambda *at: told.append(at))
    assert report.findings == ()
    assert report.slivers == {}
    assert report.counts == {
        AreaKind.JURISDICTION: 1,
        AreaKind.TOWNSHIP: 2,
        AreaKind.GRID: 2,
    }
    assert told[-1][0] == told[-1][1] == len(told)
    assert check_areas([]).findings == ()


def test_overlap_is_measured_and_only_within_a_kind() -> None:
    areas = [grid("G1", cell(0, 0, 2, 2)), grid("G2", cell(1, 1, 3, 3))]
    (one,) = found(areas, AreaProblem.OVERLAP)
    assert one.codes == ("G1", "G2")
    assert one.area_m2 == pytest.approx(float(area_m2(cell(1, 1, 2, 2))), rel=1e-6)
    assert one.geometry.equals(cell(1, 1, 2, 2))
    assert "G1（G1村） 与 G2（G2村） 重叠" in str(one.text)


@pytest.mark.parametrize("inner", [cell(0, 0, 2, 2), cell(0.5, 0.5, 1, 1), cell(0, 0, 1, 2)])
def test_area_inside_another_is_an_overlap(inner: shapely.Polygon) -> None:
    areas = [grid("G1", cell(0, 0, 2, 2)), grid("G2", inner)]
    (one,) = found(areas, AreaProblem.OVERLAP)
    assert one.area_m2 == pytest.approx(float(area_m2(inner)), rel=1e-6)


def test_gap_in_the_jurisdiction_and_hole_without_one() -> None:
    part = grid("G1", cell(0, 0, 3, 2))
    (gap,) = found([HOME, part], AreaProblem.GAP)
    assert gap.codes == ()
    assert gap.geometry.equals(cell(3, 0, 4, 2))
    ring = grid("G1", cell(0, 0, 3, 3).difference(cell(1, 1, 2, 2)))
    (hole,) = found([ring], AreaProblem.GAP)
    assert hole.geometry.equals(cell(1, 1, 2, 2))
    assert found([part], AreaProblem.GAP) == []


def test_part_outside_of_the_jurisdiction() -> None:
    (one,) = found([HOME, grid("G1", cell(0, 0, 5, 2))], AreaProblem.OUTSIDE)
    assert one.codes == ("G1",)
    assert one.geometry.equals(cell(4, 0, 5, 2))


def test_grid_over_a_township_border_with_and_without_a_parent() -> None:
    for parent in ("T1", None):
        (one,) = found([HOME, *TOWNS, grid("G1", cell(0, 0, 2.5, 2), parent)], AreaProblem.CROSSES)
        assert one.codes == ("G1", "T1")
        assert one.geometry.equals(cell(2, 0, 2.5, 2))
    (one,) = found([HOME, *TOWNS, grid("G1", cell(0, 0, 2.5, 2), "T2")], AreaProblem.PARENT)
    assert "80% 的面积不在其中" in str(one.text)


def test_codes_and_names_that_clash() -> None:
    areas = [
        grid("G1", cell(0, 0, 1, 1), "T9"),
        grid("350504101001", cell(1, 0, 2, 1), "350504102"),
        Area("350504102", "丙镇", AreaKind.TOWNSHIP, cell(0, 0, 4, 1), "350500"),
        Area("350500", "示例市", AreaKind.JURISDICTION, cell(0, 0, 4, 1)),
    ]
    (unknown,) = found(areas, AreaProblem.PARENT)[:1]
    assert "上级代码 T9 不在文件中" in str(unknown.text)
    (denied,) = found(areas, AreaProblem.CODE)
    assert denied.codes == ("350504101001", "350504102")


def test_same_name_is_a_fault_in_one_township_only() -> None:
    same = [
        grid("G1", cell(0, 0, 2, 2), "T1", "前洋村"),
        grid("G2", cell(2, 0, 4, 2), "T2", "前洋村"),
    ]
    report = check_areas([HOME, *TOWNS, *same])
    assert [one.problem for one in report.findings] == [AreaProblem.NAME]
    assert report.faults == ()
    same[1] = grid("G2", cell(2, 0, 4, 2), "T1", "前洋村")
    assert AreaProblem.NAME in {one.problem for one in check_areas([*same]).faults}


def test_slivers_are_counted_only() -> None:
    wide = 3e-5 / U  # three metres
    areas = [HOME, grid("G1", cell(0, 0, 2 + wide, 2)), grid("G2", cell(2, 0, 4 - wide, 2))]
    report = check_areas(areas)
    assert report.findings == ()
    assert report.slivers == {
        (AreaProblem.OVERLAP, AreaKind.GRID): 1,
        (AreaProblem.GAP, AreaKind.GRID): 1,
    }
    strict = check_areas(areas, sliver_m=0.0)
    assert {one.problem for one in strict.findings} == {AreaProblem.OVERLAP, AreaProblem.GAP}


def test_findings_as_a_table() -> None:
    frame = check_areas([HOME, grid("G1", cell(0, 0, 5, 1))]).to_frame()
    assert frame.crs == "EPSG:4326"
    assert frame["problem"].tolist() == ["gap", "outside"]
    assert (frame["area_m2"] > 0).all()
    assert check_areas([]).to_frame().empty


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(*(st.integers(0, 5) for _ in range(2)), *(st.integers(1, 4) for _ in range(2))),
        min_size=2,
        max_size=7,
    )
)
def test_overlaps_and_gaps_agree_with_brute_force(boxes: list[tuple[int, int, int, int]]) -> None:
    shapes = [cell(x, y, x + w, y + h) for x, y, w, h in boxes]
    areas = [grid(f"G{i}", shape) for i, shape in enumerate(shapes)]
    home = Area("C1", "示例区", AreaKind.JURISDICTION, cell(0, 0, 9, 9))
    findings = check_areas([home, *areas]).findings
    overlaps = {one.codes: one.area_m2 for one in findings if one.problem is AreaProblem.OVERLAP}
    wanted = {
        (f"G{i}", f"G{j}"): float(area_m2(shapes[i] & shapes[j]))
        for i, j in itertools.combinations(range(len(shapes)), 2)
        if (shapes[i] & shapes[j]).area > 0
    }
    assert overlaps == pytest.approx(wanted)
    gaps = [one for one in findings if one.problem is AreaProblem.GAP]
    missing = cell(0, 0, 9, 9) - shapely.union_all(shapes)
    assert sum(one.area_m2 for one in gaps) == pytest.approx(float(area_m2(missing)), rel=1e-6)


@pytest.mark.reference
def test_real_counties_fit_and_a_moved_one_does_not(tmp_path: Path) -> None:
    source = reference_data() / "boundaries" / "quanzhou_counties_gcj02.geojson"
    document = json.loads(source.read_text(encoding="utf-8"))
    for feature in document["features"]:
        code = str(feature["properties"]["adcode"])
        kind = "辖区" if code == "350500" else "区县"
        name = feature["properties"]["name"]
        feature["properties"] = {"code": code, "name": name, "kind": kind, "parent_code": "350500"}
    (tmp_path / "a.geojson").write_text(json.dumps(document), encoding="utf-8")
    reading = survey_areas(tmp_path / "a.geojson", datum=Datum.GCJ02)
    assert check_areas(reading.areas).findings == ()
    by_code = {area.code: area for area in reading.areas}
    moved = by_code["350504"]
    shifted = shapely.transform(moved.geometry, lambda p: p + np.array([0.002, 0.0]))
    by_code["350504"] = Area(moved.code, moved.name, moved.kind, shifted, moved.parent_code)
    overlaps = check_areas(list(by_code.values())).findings
    assert {one.problem for one in overlaps} == {AreaProblem.OVERLAP}
    assert all("350504" in one.codes for one in overlaps)
