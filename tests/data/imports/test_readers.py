from __future__ import annotations

import random
import struct
import tracemalloc
import zipfile
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from data.errors import TableFileError
from data.imports.readers import read_table, read_tables
from data.imports.sheet_marks import BadCell
from tests.data.samples import CASE_ROW, write_csv, write_xlsx

KNOWN = tuple(CASE_ROW)


def _formula_book(path: Path) -> Path:
    book = Workbook()
    page = book.active
    assert page is not None
    page.append(["案号", "案由", "金额"])
    page.append(["=A1", "甲", 1])
    error = page["C3"]
    error.value, error.data_type = "#REF!", "e"
    book.save(path)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "big5"])
def test_text_is_read_in_the_encodings_that_offices_use(tmp_path: Path, encoding: str) -> None:
    # Words that Big5 has too.
    row = {"案由": "民事", "地址": "中山路", "日期": "2026-03-12"}
    path = write_csv(tmp_path / "a.csv", [row], encoding)
    table = read_table(path, known=row)
    assert table.header == tuple(row)
    assert table.rows[0].cells == tuple(row.values())
    assert table.encoding in (encoding, {"gb18030": "gbk"}.get(encoding, encoding))


def test_a_rare_character_makes_it_gb18030(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [CASE_ROW | {"被执行人": "㐂𠮷示例"}], "gb18030")
    table = read_table(path, known=KNOWN)
    assert table.encoding == "gb18030"
    assert "㐂𠮷示例" in table.rows[0].cells


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "，"])
def test_the_delimiter_is_the_one_that_parts_the_header(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(delimiter.join(CASE_ROW) + "\n" + delimiter.join(CASE_ROW.values()), "utf-8")
    assert read_table(path, known=KNOWN).rows[0].cells == tuple(CASE_ROW.values())


def test_cells_keep_their_types_and_rows_their_numbers(tmp_path: Path) -> None:
    at = datetime(2026, 3, 12, 7, 20)  # noqa: DTZ001 - as a workbook gives it
    rows = [{"案号": "甲", "日": date(2026, 3, 12), "时": at, "数": 1.5}, {}, {"案号": "乙"}]
    table = read_table(write_xlsx(tmp_path / "a.xlsx", rows, title="清单"), known=("案号",))
    assert table.sheet == "表"
    assert table.header == ("案号", "日", "时", "数")
    assert [row.number for row in table.rows] == [3, 5]
    assert table.rows[0].cells == ("甲", date(2026, 3, 12), at, 1.5)


def test_cells_merged_downwards_all_hold_the_value(tmp_path: Path) -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in (["清单", None], ["案号", "被执行人"], ["甲", "一"], [None, "二"], [None, "三"]):
        page.append(row)
    page.merge_cells("A1:B1")
    page.merge_cells("A3:A4")
    book.save(tmp_path / "a.xlsx")
    table = read_table(tmp_path / "a.xlsx", known=("案号",))
    assert [row.cells for row in table.rows] == [("甲", "一"), ("甲", "二"), ("", "三")]


def test_hidden_and_empty_sheets_are_left_out(tmp_path: Path) -> None:
    book = Workbook()
    book.create_sheet("空")
    hidden = book.create_sheet("藏")
    hidden.append(["案号"])
    hidden.sheet_state = "hidden"
    book.create_sheet("乙").append(["案号"])
    book.save(tmp_path / "a.xlsx")
    assert [table.sheet for table in read_tables(tmp_path / "a.xlsx")] == ["乙"]


def test_formulas_that_were_never_calculated_are_marked(tmp_path: Path) -> None:
    table = read_table(_formula_book(tmp_path / "a.xlsx"))
    assert table.rows[0].cells[0] is BadCell.FORMULA
    assert table.rows[1].cells[2] is BadCell.ERROR


def test_formulas_that_came_to_a_value_or_to_an_empty_text_are_cells(tmp_path: Path) -> None:
    source = _formula_book(tmp_path / "a.xlsx")
    cells = (
        b'<c r="A2" t="str"><f>""</f><v></v></c>',
        b'<c r="A2"><f>1+1</f><v>2</v></c>',
        b'<c r="A2" t="str"><f>"x"</f><v>x</v></c>',
    )
    for cell, value in zip(cells, ("", 2.0, "x"), strict=True):
        target = tmp_path / "b.xlsx"
        with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
            for name in old.namelist():
                content = old.read(name)
                if name.endswith("sheet1.xml"):
                    assert b"<f>A1</f><v />" in content
                    content = content.replace(b'<c r="A2"><f>A1</f><v /></c>', cell)
                new.writestr(name, content)
        assert read_table(target).rows[0].cells[0] == value


def test_marks_of_required_columns_are_no_part_of_the_header(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [{"*案号": "1", "日 期（必填）": "2", "备注：": "3"}])
    assert read_table(path).header == ("案号", "日期", "备注")


def _refused(path: Path) -> str:
    with pytest.raises(TableFileError) as caught:
        read_tables(path, known=KNOWN)
    assert path.name in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_a_workbook_cut_short(tmp_path: Path, share: float) -> None:
    data = write_xlsx(tmp_path / "a.xlsx", [CASE_ROW]).read_bytes()
    cut = tmp_path / "b.xlsx"
    cut.write_bytes(data[: int(len(data) * share)])
    assert "另存为 xlsx" in _refused(cut)


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.xlsx", b"", "空的"),
        ("a.csv", b"\n \n", "空的"),
        ("a.csv", b",,,\n,,\n", "没有任何内容"),
        ("a.xlsx", b"PK\x03\x04junk", "不是完整的表格"),
        ("a.xls", b"\xd0\xcf\x11\xe0junk", "不是完整的表格"),
        ("a.xlsx", "案号,案由".encode(), "不是完整的表格"),
        ("a.xls", b"<html><table><tr><td>1", "网页"),
        ("a.pdf", b"%PDF-1.7 ...", "类型不受支持"),
        ("a.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00", "类型不受支持"),
        ("a.csv", b"\xff\xfe\x00", "编码无法识别"),
        ("a.csv", b"a,b\n\x81\xff\xff\xfe", "编码无法识别"),
        ("a.csv", '案号,案由\n"未完'.encode(), "第 2 行的引号"),
    ],
)
def test_files_that_are_no_tables(tmp_path: Path, name: str, data: bytes, told: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert told in _refused(path)


def test_a_document_an_empty_workbook_and_a_missing_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert "不是表格" in _refused(tmp_path / "a.docx")
    Workbook().save(tmp_path / "b.xlsx")
    assert "没有任何内容" in _refused(tmp_path / "b.xlsx")
    assert "无法读取" in _refused(tmp_path / "c.xlsx")
    assert "无法读取" in _refused(tmp_path)


_WORDS = st.text(
    st.characters(codec="gb18030", exclude_categories=["Cc", "Cs", "Co", "Cn", "Zl", "Zp"]),
    max_size=12,
).map(str.strip)


@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=st.lists(st.tuples(_WORDS, _WORDS), min_size=1, max_size=5), data=st.data())
def test_text_survives_every_kind_of_file(
    tmp_path: Path, rows: list[tuple[str, str]], data: st.DataObject
) -> None:
    table = [{"案号": "n", "甲": first, "乙": second} for first, second in rows]
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))
    text = write_csv(tmp_path / "a.csv", table, encoding)
    assert [row.cells for row in read_table(text, known=("案号",)).rows] == [
        tuple(row.values()) for row in table
    ]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300), suffix=st.sampled_from([".csv", ".xlsx", ".xls", ".ods"]))
def test_any_bytes_are_a_table_or_an_error_for_people(
    tmp_path: Path, data: bytes, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(data)
    with suppress(TableFileError):
        read_tables(path)


@pytest.mark.parametrize("suffix", [".xlsx", ".ods", ".zip"])
def test_a_zips_list_of_members_is_not_read_by_who_asks(tmp_path: Path, suffix: str) -> None:
    """The list is what makes the zip: as Python's own values it takes some hundred megabytes."""
    path = tmp_path / f"many{suffix}"
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", *[20] * 2, *[0] * 7, 4, *[0] * 6) + b"name"
    members, end = 200_000, "<4s2H2H2LH"
    listed = entry * members
    path.write_bytes(
        b"PK\x03\x04"
        + listed
        + struct.pack(end, b"PK\x05\x06", 0, 0, members % 65536, members % 65536, len(listed), 4, 0)
    )
    tracemalloc.start()
    try:
        with pytest.raises(TableFileError):
            read_tables(path)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def _large_book(path: Path) -> Path:
    """Write a workbook of 6 MB, with a formula that was never calculated in its last row."""
    draw = random.Random(1)
    book = Workbook(write_only=True)
    page = book.create_sheet("案件")
    page.append(["案号", "案由"])
    for _ in range(60):
        page.append(["甲", *(draw.randbytes(2_000).hex() for _ in range(50))])
    page.append(["=A1", "乙"])
    book.create_sheet("其他").append(["案号"])
    book.save(path)
    return path


def test_a_large_workbook_is_read_as_a_small_one(tmp_path: Path) -> None:
    path = _large_book(tmp_path / "a.xlsx")
    assert path.stat().st_size > 6_000_000
    first, second = read_tables(path, known=("案号", "案由"))
    assert (first.sheet, second.sheet, len(first.rows)) == ("案件", "其他", 61)
    assert first.rows[-1].cells[:2] == (BadCell.FORMULA, "乙")
    assert len(str(first.rows[0].cells[1])) == 4_000


def test_a_large_workbook_that_is_cut_short_is_an_error(tmp_path: Path) -> None:
    path = _large_book(tmp_path / "a.xlsx")
    path.write_bytes(path.read_bytes()[:-2_000_000] + bytes(1_000_000))
    with pytest.raises(TableFileError, match="不是完整的表格文件"):
        read_tables(path)
