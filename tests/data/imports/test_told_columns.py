"""Headers as courts' systems write them: taken, guessed for somebody to confirm, or neither."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from data.imports.cells import Cell, Table, TableRow
from data.imports.columns import TableKind, columns_of
from data.imports.told_columns import guesses, known_headers
from tests.data.samples import ADDRESS, ID_NUMBER, NAME, NUMBER

_COLUMNS = columns_of(TableKind.CASES)
_KNOWN = known_headers(_COLUMNS)
_TAKEN = {
    "number": ["案号", "执行案号", "案件编号"],
    "kind": ["案由", "执行案由", "立案案由"],
    "claim_yuan": [
        "执行标的额",
        "标的金额",
        "标的额（元）",
        "申请执行标的额（元）",
        "执行标的(元)",
    ],
    "filed_on": ["立案日期", "立案时间", "执行立案日期"],
    "status": ["状态", "案件状态"],
    "debtor_name": ["被执行人", "被执行人姓名", "被执行人名称"],
    "debtor_id_number": [
        "证件号码",
        "身份证号",
        "身份证号码",
        "公民身份号码",
        "被执行人身份证号码",
    ],
    "address_text_1": ["地址1", "地址", "住址"],
}
_GUESSED: Sequence[tuple[str, Cell, str]] = (
    ("户籍地址", ADDRESS, "address_text_1"),
    ("现住址", ADDRESS, "address_text_1"),
    ("经常居住地", ADDRESS, "address_text_1"),
    ("被执行人工作单位地址", ADDRESS, "address_text_1"),
    ("被执行人身份证件号码", ID_NUMBER, "debtor_id_number"),
    ("被执行人姓名/名称", NAME, "debtor_name"),
    ("立案审批日期", "2026-02-18", "filed_on"),
    ("执行案件编号", NUMBER, "number"),
    ("申请执行标的总额", 56_000, "claim_yuan"),
    ("案件执行状态", "执行中", "status"),
    ("执行依据文书号", "（2025）闽0599民初877号", "basis_document"),
    ("最近一次联系日期", "2026-05-06", "contact_logged_on"),
)
_NEITHER: Sequence[tuple[str, Cell]] = (
    ("申请执行人", NAME),
    ("申请执行人姓名", NAME),
    ("申请执行人身份证号码", ID_NUMBER),
    ("申请人住址", ADDRESS),
    ("委托代理人地址", ADDRESS),
    ("配偶身份证号码", ID_NUMBER),
    ("执行标的额（万元）", 5.6),
    ("已执行标的额", 2_000),
    ("实际执行标的额", 2_000),
    ("结案日期", "2026-05-06"),
    ("首执案号", NUMBER),
    ("恢复执行案号", NUMBER),
    ("承办人", NAME),
    ("联系电话", "0595-00000101"),
    ("备注", "无"),
    ("序号", 1),
    ("立案审批日期", "尚未"),
    ("案件执行状态", "网络查控"),
)


def _table(header: Sequence[str], *rows: Sequence[Cell]) -> Table:
    made = tuple(TableRow(n, tuple(row)) for n, row in enumerate(rows, 2))
    return Table("a.csv", "", "utf-8", tuple(header), made)


@pytest.mark.parametrize("key", _TAKEN)
def test_usual_headers_are_taken_without_asking(key: str) -> None:
    assert {text: _KNOWN.get(text) for text in _TAKEN[key]} == dict.fromkeys(_TAKEN[key], key)


@pytest.mark.parametrize(("header", "cell", "key"), _GUESSED)
def test_what_is_like_a_known_header_is_guessed_and_not_taken(
    header: str, cell: Cell, key: str
) -> None:
    assert header not in _KNOWN
    assert guesses(_table([header], [cell]), _KNOWN, _COLUMNS) == {header: key}


@pytest.mark.parametrize(("header", "cell"), _NEITHER)
def test_what_is_another_person_s_or_another_thing_is_not_guessed(header: str, cell: Cell) -> None:
    assert header not in _KNOWN
    assert guesses(_table([header], [cell]), _KNOWN, _COLUMNS) == {}


def test_each_column_is_guessed_once_and_addresses_in_turn() -> None:
    header = ["户籍地址", "现住址", "立案审批日期", "审查立案日期"]
    table = _table(header, [ADDRESS, ADDRESS, "2026-02-18", "2026-02-17"])
    assert guesses(table, _KNOWN, _COLUMNS) == {
        "户籍地址": "address_text_1",
        "现住址": "address_text_2",
        "立案审批日期": "filed_on",
    }
    table = _table(["住址", *header, "立案日期"], [ADDRESS, ADDRESS, ADDRESS, "", "", "2026-02-18"])
    assert guesses(table, _KNOWN, _COLUMNS) == {
        "户籍地址": "address_text_2",
        "现住址": "address_text_3",
    }


def test_what_was_told_is_no_guess() -> None:
    table = _table(["户籍地址", "现住址"], [ADDRESS, ADDRESS])
    told = {**_KNOWN, "户籍地址": "", "现住址": "address_text_1"}
    assert guesses(table, told, _COLUMNS) == {}
