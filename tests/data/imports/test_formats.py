"""The same table in every kind of file gives the same rows in the store."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook

from data.errors import ImportRefusedError, TableFileError
from data.imports import import_file
from data.store import Store
from geo.model import Datum
from tests.data.imports.table_files import (
    FORMATS,
    STATIONS,
    feature_collection,
    write_geojson,
    write_layer,
    write_shapefile,
)
from tests.data.samples import CASE_ROW, write_xlsx

_NO_RARE = tuple(row for row in STATIONS if "𠮷" not in row["派出所名称"])


@pytest.mark.parametrize("form", FORMATS)
def test_one_table_in_every_format(store: Store, tmp_path: Path, form: str) -> None:
    name, write = FORMATS[form]
    rows = _NO_RARE if "gbk" in form else STATIONS
    write(tmp_path / name, rows)
    report = import_file(store, "stations", tmp_path / name)
    assert (report.rows, report.accepted) == (len(rows), len(rows))
    stations = {station.id: station for station in store.stations()}
    for row in rows:
        station = stations[row["编号"]]
        assert station.name == row["派出所名称"]
        assert station.point.lon == pytest.approx(float(row["经度"]), abs=1e-7)
        assert station.point.lat == pytest.approx(float(row["纬度"]), abs=1e-7)
        assert len(station.escort_hours) == 6
    assert import_file(store, "stations", tmp_path / name).unchanged == len(rows)


def test_a_layer_without_a_coordinate_system_asks_for_it(store: Store, tmp_path: Path) -> None:
    write_shapefile(tmp_path / "a.shp", _NO_RARE)
    (tmp_path / "a.prj").unlink()
    with pytest.raises(TableFileError, match=r"a\.shp.*\.prj.*--datum"):
        import_file(store, "stations", tmp_path / "a.shp")
    assert import_file(store, "stations", tmp_path / "a.shp", datum=Datum.CGCS2000).accepted == 4


def test_a_system_that_cannot_be_converted_is_refused(store: Store, tmp_path: Path) -> None:
    write_layer(tmp_path / "a.gpkg", STATIONS, crs="EPSG:2437")  # 北京54, zone of 3 degrees
    with pytest.raises(TableFileError, match="无法换算"):
        import_file(store, "stations", tmp_path / "a.gpkg")


def test_a_stated_datum_moves_the_points_of_a_layer(store: Store, tmp_path: Path) -> None:
    write_geojson(tmp_path / "a.geojson", STATIONS)
    import_file(store, "stations", tmp_path / "a.geojson", datum=Datum.GCJ02)
    moved = next(one for one in store.stations() if one.id == "PS01").point
    assert 0.001 < abs(moved.lon - 118.61) < 0.02


def test_what_is_no_point_is_told_with_its_row(store: Store, tmp_path: Path) -> None:
    import json

    table = feature_collection(STATIONS)
    features = table["features"]
    assert isinstance(features, list)
    features[1]["geometry"] = {"type": "LineString", "coordinates": [[118, 24], [119, 25]]}
    features[2]["geometry"] = None
    (tmp_path / "a.geojson").write_text(json.dumps(table), "utf-8")
    with pytest.raises(ImportRefusedError) as caught:
        import_file(store, "stations", tmp_path / "a.geojson")
    said = [str(problem) for problem in caught.value.problems]
    assert "第 2 行“经度”列：图上画的不是一个点" in said[0]
    assert "第 3 行“经度”列：为空" in said[2]


def test_a_point_of_a_case_is_that_of_its_first_address(store: Store, tmp_path: Path) -> None:
    rows = [CASE_ROW | {"经度": "118.6", "纬度": "24.9"}]
    write_geojson(tmp_path / "a.geojson", rows)
    assert import_file(store, "cases", tmp_path / "a.geojson").accepted == 1
    (claim,) = store.claims()
    assert claim.place is not None
    assert (claim.place.point.lon, claim.place.point.lat) == (118.6, 24.9)


def test_days_as_serials_and_digits_in_full_width(store: Store, tmp_path: Path) -> None:
    row = CASE_ROW | {"立案日期": 46071, "案号": "（２０２６）闽０５９９执１号"}
    assert import_file(store, "cases", write_xlsx(tmp_path / "a.xlsx", [row])).accepted == 1
    assert store.cases()[0].filed_on == date(2026, 2, 18)


def test_a_workbook_that_counts_from_1904_is_refused(store: Store, tmp_path: Path) -> None:
    import datetime

    book = Workbook()
    book.epoch = datetime.datetime(1904, 1, 1)  # noqa: DTZ001 - as openpyxl wants it
    assert book.active is not None
    book.active.append(list(CASE_ROW))
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(TableFileError, match="1904"):
        import_file(store, "cases", tmp_path / "a.xlsx")


@pytest.mark.parametrize("cell", [350504199001011234, "3.50504E+17"])
def test_lost_digits_wait_in_quarantine_with_a_cure(
    store: Store, tmp_path: Path, cell: object
) -> None:
    row = CASE_ROW | {"证件号码": cell}
    path = write_xlsx(tmp_path / "a.xlsx", [row])
    report = import_file(store, "cases", path, quarantine=True)
    assert (report.accepted, report.quarantined) == (0, 1)
    assert "末几位已丢失；请把该列设为“文本”" in str(report.problems[0])


def test_a_block_merged_over_rows_and_columns_holds_its_value_everywhere(tmp_path: Path) -> None:
    from data.imports.readers import read_table

    book = Workbook()
    page = book.active
    assert page is not None
    for line in (["案号", "甲", "乙"], ["一", "丙", None], ["二", None, None]):
        page.append(line)
    page.merge_cells("B2:C3")
    book.save(tmp_path / "a.xlsx")
    table = read_table(tmp_path / "a.xlsx", known=("案号",))
    assert [row.cells for row in table.rows] == [("一", "丙", "丙"), ("二", "丙", "丙")]
