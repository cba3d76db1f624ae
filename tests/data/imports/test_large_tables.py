"""Large tables: rows that belong together, rows made ready ahead, files that are known again."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from data.errors import StoreError, TableFileError
from data.imports import import_file, limits
from data.imports.ahead import made_ahead
from data.imports.apart import beside, read_apart
from data.imports.case_rows import case_meant
from data.imports.cells import Table, TableRow
from data.imports.columns import TableKind, columns_of
from data.imports.readers import read_table
from data.imports.rows import Row, Rows, read_rows
from data.store import Store
from tests.data.samples import CASE_ROW, case, write_csv

ON = date(2026, 11, 26)
PATH = Path("案件.xlsx")


def rows_of(numbers: list[str]) -> Rows:
    header = tuple(CASE_ROW)
    cells = [tuple((CASE_ROW | {"案号": number}).values()) for number in numbers]
    sources = tuple(TableRow(at, each) for at, each in enumerate(cells, start=2))
    return read_rows(
        [Table("a.csv", "", "utf-8", header, sources)], columns_of(TableKind.CASES), on=ON
    )


def test_rows_of_a_case_come_together_however_its_number_is_written() -> None:
    numbers = [f"（2026）闽0599执{n}号" for n in range(1, 9001)]
    found = rows_of([*numbers, "(2026)闽0599执0001 号", "并非案号"])
    orders = [list(part) for part in found.parts(("number", case_meant))]
    assert len(orders) > 1
    assert [row.order for row in found.made(orders[1])] == orders[1]
    assert {0, 9000} <= set(orders[0])
    assert all(part == sorted(part) for part in orders)
    assert sorted(order for part in orders for order in part) == list(range(found.count))


def test_without_a_column_all_rows_come_together() -> None:
    found = rows_of([f"（2026）闽0599执{n}号" for n in range(1, 5001)])
    (part,) = found.parts()
    assert list(part) == list(range(5000))


def test_a_repeated_row_names_the_first_in_whichever_batch_it_comes() -> None:
    found = rows_of(["（2026）闽0599执1号", "（2026）闽0599执2号", "（2026）闽0599执1号"])
    rows = [row for part in found.parts(("number", case_meant)) for row in found.made(part)]
    assert [len(row.problems) for row in rows] == [0, 0, 1]
    assert "第 2 行" in str(rows[2].problems[0])


_TEXTS = st.lists(
    st.sampled_from(
        (
            "前洋村中山路128号",
            " 前洋村 ",
            "前洋村\u3000１号",
            "\u200b",
            "",
            "前洋村（电话：13800000000）",
            "1380000",
            "0000",
            "13800000000",
            "乘D6521次05车12F座",
            "D6521次",
            "=A1",
            "6.2E+17",
            "长" * 1001,
            "长" * 1000,
        )
    ),
    min_size=1,
    max_size=5,
)


@given(_TEXTS)
def test_texts_are_read_together_as_they_are_one_by_one(texts: list[str]) -> None:
    header = tuple(CASE_ROW)
    cells = [
        tuple((CASE_ROW | {"案号": f"（2026）闽0599执{n}号", "地址1": text}).values())
        for n, text in enumerate(texts)
    ]
    sources = tuple(TableRow(at, each) for at, each in enumerate(cells, start=2))

    def rows(some: tuple[TableRow, ...]) -> list[Row]:
        table = Table("a.csv", "", "utf-8", header, some)
        found = read_rows([table], columns_of(TableKind.CASES), on=ON)
        return found.made(range(found.count))

    alone = [row for source in sources for row in rows((source,))]
    assert [(row.values, row.problems, row.mends, row.barred) for row in rows(sources)] == [
        (row.values, row.problems, row.mends, row.barred) for row in alone
    ]


class EndsWhileSent:
    def __reduce__(self) -> str:
        os._exit(9)


def write_long(path: Path, count: int, others: Mapping[int, tuple[object, ...]]) -> Path:
    """Write a sheet of so many rows below a header; ``others`` are cells by the row's number."""
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("案件")
        sheet.write_row(0, 0, ("案号", "金额", "日期"))
        for number in range(2, count + 2):
            if number in others:
                sheet.write_row(number - 1, 0, others[number])
            else:
                sheet.write_row(number - 1, 0, (f"执{number}号", number / 2))
                sheet.write_datetime(number - 1, 2, datetime(2026, 11, 2), day)  # noqa: DTZ001
    return path


def test_a_long_sheet_has_all_its_rows(tmp_path: Path) -> None:
    others: dict[int, tuple[object, ...]] = {
        3: (" ", "", "  "),
        9_999: (True, "是", 1),
        15_000: (),
        22_001: ("最后", 7, "", "多"),
    }
    table = read_table(write_long(tmp_path / "案件.xlsx", 22_000, others), known=("案号",))
    expected: dict[int, tuple[object, ...]] = {
        number: (f"执{number}号", number / 2, date(2026, 11, 2), "") for number in range(2, 22_002)
    }
    expected |= {9_999: (True, "是", 1.0, ""), 22_001: ("最后", 7.0, "", "多")}
    del expected[3], expected[15_000]
    assert table.header == ("案号", "金额", "日期", "")
    assert [(row.number, row.cells) for row in table.rows] == list(expected.items())
    kinds = {type(cell) for row in table.rows[100:] for cell in row.cells}
    assert kinds == {str, float, date, bool}


def test_the_header_of_a_long_sheet_may_be_all_that_its_first_half_has(tmp_path: Path) -> None:
    others: dict[int, tuple[object, ...]] = dict.fromkeys(range(2, 19_000), ())
    table = read_table(write_long(tmp_path / "案件.xlsx", 22_000, others), known=("案号",))
    assert table.header == ("案号", "金额", "日期")
    assert [row.number for row in table.rows] == list(range(19_000, 22_002))


def test_what_is_wrong_far_down_a_long_sheet_is_told_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "案件.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("案件")
        sheet.write_column(0, 0, ["案号"] + ["执1号"] * 22_000)
        sheet.write_formula(20_122, 1, "=A1", None, "长" * (limits.MAX_CELL_CHARS + 1))
    with pytest.raises(TableFileError, match=r"第 20123 行有一格超过"):
        read_table(path)


def test_the_rows_of_both_halves_are_counted_together(tmp_path: Path) -> None:
    path = tmp_path / "案件.xlsx"
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("案件")
        for number in range(limits.MAX_ROWS + 2):
            sheet.write_number(number, 0, 1)
    with pytest.raises(TableFileError, match=f"超过 {limits.MAX_ROWS} 行"):
        read_table(path)


def test_what_a_process_beside_makes_stands_in_the_place_of_its_promise(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "案件.csv", [CASE_ROW])
    assert read_apart(path, lambda: (1, beside(path, lambda: [2]))) == (1, [2])


def test_what_fails_beside_fails_here(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "案件.csv", [CASE_ROW])

    def fail() -> object:
        raise TableFileError("不行")

    with pytest.raises(TableFileError, match="不行"):
        read_apart(path, lambda: beside(path, fail))


def test_a_process_beside_that_ends_before_its_time_is_an_error(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "案件.csv", [CASE_ROW])
    with pytest.raises(TableFileError, match="占用内存过多"):
        read_apart(path, lambda: beside(path, lambda: os._exit(3)))


def test_a_reader_that_ends_while_it_sends_is_an_error(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "案件.csv", [CASE_ROW])
    read = [str(number) for number in range(100_000)]
    assert read_apart(path, lambda: read) == read
    with pytest.raises(TableFileError, match=path.name):
        read_apart(path, lambda: [*read, EndsWhileSent()])


def doubled(item: int, ask: Callable[[Any], Any]) -> int:
    return int(ask(item))


@pytest.mark.parametrize("workers", [1, 3, None])
def test_what_is_made_ahead_is_made_once_with_what_is_answered_here(workers: int | None) -> None:
    asked = []

    def answer(item: int) -> int:
        asked.append(item)
        return 2 * item

    made = made_ahead(PATH, range(100), doubled, answer, workers=workers)
    assert sorted(made) == list(range(0, 200, 2))
    assert sorted(asked) == list(range(100))


def test_there_may_be_nothing_to_make() -> None:
    assert list(made_ahead(PATH, [], doubled, abs)) == []


def test_what_fails_ahead_fails_here() -> None:
    def make(item: int, _ask: Callable[[Any], Any]) -> int:
        if item:
            raise TableFileError("文件 %(file)s 是空的；请重新导出", file=PATH.name)
        return 1

    made = made_ahead(PATH, [0, 1], make, abs, workers=1)
    assert next(made) == 1
    with pytest.raises(TableFileError, match="是空的"):
        next(made)


def test_what_fails_here_ends_the_other_processes() -> None:
    def answer(item: int) -> int:
        raise StoreError("无法读取")

    with pytest.raises(StoreError, match="无法读取"):
        list(made_ahead(PATH, [0, 1, 2], doubled, answer, workers=2))


def test_a_process_that_ends_before_its_time_is_an_error() -> None:
    def make(item: int, _ask: Callable[[Any], Any]) -> int:
        if item:
            os._exit(9)
        return 1

    made = made_ahead(PATH, [0, 1], make, abs, workers=1)
    assert next(made) == 1
    with pytest.raises(TableFileError, match=PATH.name):
        next(made)


def test_who_stops_taking_ends_the_other_processes() -> None:
    made = made_ahead(PATH, range(10**6), lambda _item, _ask: os.getpid(), abs, workers=2)
    pids = {next(made) for _ in range(50)}
    made.close()
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_many_rows_are_stored_as_few_are(store: Store, tmp_path: Path) -> None:
    rows = [CASE_ROW | {"案号": f"（2026）闽0599执{n}号"} for n in range(1, 10_001)]
    path = write_csv(tmp_path / "案件.csv", rows)
    report = import_file(store, "cases", path)
    assert (report.rows, report.accepted, store.counts().cases) == (10_000, 10_000, 10_000)
    one = write_csv(tmp_path / "一.csv", rows[4_999:5_000])
    assert import_file(store, "cases", one).unchanged == 1


def test_a_known_file_says_that_nothing_changed(store: Store, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "案件.csv", [CASE_ROW])
    assert import_file(store, "cases", path).accepted == 1
    again = import_file(store, "cases", path)
    assert (again.rows, again.accepted, again.unchanged, again.notes) == (1, 0, 1, ())
    assert [entry.detail["unchanged"] for entry in store.audit.entries(2)] == [1, 0]


def test_a_known_file_is_read_again_once_the_store_changed(store: Store, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "案件.csv", [CASE_ROW])
    other = write_csv(tmp_path / "改.csv", [CASE_ROW | {"案由": "租赁"}])
    for file in (path, other, path):
        assert import_file(store, "cases", file).accepted == 1
    store.put(cases_=[case(7)])
    assert import_file(store, "cases", path).unchanged == 1
    (stored,) = (one for one in store.cases() if one.id != "c7")
    assert stored.kind == "loan"


def test_a_file_that_left_something_to_say_says_it_again(store: Store, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "案件.csv", [CASE_ROW | {"不认识的列": "1"}])
    for _ in range(2):
        assert len(import_file(store, "cases", path).notes) == 1


def test_a_hundred_thousand_cases_with_two_addresses_may_fill_every_column() -> None:
    columns = columns_of(TableKind.CASES, addresses=2)
    assert 100_000 * len(columns) <= limits.MAX_CELLS
