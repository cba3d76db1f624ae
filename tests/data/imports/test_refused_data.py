"""Kinds of data that never come in: not as a column, not as a source, not into quarantine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import ImportRefusedError
from data.imports import import_file
from data.store import Store
from routes.free_text import cut_numbers
from tests.data.samples import CASE_ROW, GOOD_ROWS, NAME, write_csv

PARTS = (
    *("村12号", "，", "（", "）", " ", "电话", "身份证号", "：", "闽0599执"),
    *("13800000000", "138 0000 0000", "+86-13800000000", "000000198005170123"),
)


@pytest.mark.parametrize("header", ["车次", "座位号", "车票", "手机定位", "卡口记录", "配偶姓名"])
@pytest.mark.parametrize("quarantine", [False, True])
def test_a_column_that_may_not_come_in_refuses_the_file(
    store: Store, tmp_path: Path, header: str, quarantine: bool
) -> None:
    file = write_csv(tmp_path / "a.csv", [CASE_ROW | {header: "x"}])
    with pytest.raises(ImportRefusedError) as caught:
        import_file(store, "cases", file, quarantine=quarantine)
    said = str(caught.value)
    assert "a.csv" in said
    assert f"第 {len(CASE_ROW) + 1} 列" in said
    assert "请删去" in said
    assert store.counts().cases == 0
    assert not store.quarantined_rows()


def test_a_column_that_is_only_not_known_is_left_out(store: Store, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", [CASE_ROW | {"承办人意见": "x"}])
    assert import_file(store, "cases", file).accepted == 1


@pytest.mark.parametrize(
    ("kind", "column", "text"),
    [
        ("cases", "地址1依据", "铁路旅客名单查询"),
        ("cases", "地址1依据", "手机定位截图"),
        ("leads", "来源", "12306订票记录"),
        ("leads", "来源", "卡口抓拍"),
        ("outcomes", "备注", "亲属电话已记下"),
        ("outcomes", "备注", "其人乘D6521次离开"),
        ("checkpoints", "勤务目的", "比对旅客名单"),
        ("cases", "地址1", "示例站05车12F座"),
        ("cases", "地址1", "电话13800000000"),
    ],
)
def test_a_source_that_may_not_be_used_refuses_the_row(
    store: Store, tmp_path: Path, kind: str, column: str, text: str
) -> None:
    import_file(store, "cases", write_csv(tmp_path / "c.csv", [CASE_ROW]))
    row = dict(GOOD_ROWS[kind]) | {column: text}
    with pytest.raises(ImportRefusedError) as caught:
        import_file(store, kind, write_csv(tmp_path / "a.csv", [row]))
    assert f"“{column}”" in str(caught.value)
    assert text not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("示例村12号（电话：13800000000）", "示例村12号"),
        ("示例村12号 身份证号000000198005170123", "示例村12号"),
        ("示例村12号，１３８　００００　００００", "示例村12号"),
        ("示例村12号联系电话138-0000-0000白天在家", "示例村12号白天在家"),
        ("火车票代售点旁示例村12号", "火车票代售点旁示例村12号"),
        ("（2026）闽0599执12345678号", "（2026）闽0599执12345678号"),
    ],
)
def test_numbers_of_people_are_cut_out_of_an_address(
    store: Store, tmp_path: Path, text: str, kept: str
) -> None:
    file = write_csv(tmp_path / "a.csv", [CASE_ROW | {"地址1": text}])
    report = import_file(store, "cases", file)
    assert [claim.text.reveal() for claim in store.claims()] == [kept]
    assert (report.corrected, report.accepted) == ((0, 1) if kept == text else (1, 0))
    assert all("“地址1”列" in str(note) and "13800000000" not in str(note) for note in report.notes)
    outcome = GOOD_ROWS["outcomes"] | {"地址": text, "备注": f"见{text}"}
    assert import_file(store, "outcomes", write_csv(tmp_path / "o.csv", [outcome])).rows == 1
    assert import_file(store, "cases", file).unchanged == 1


def _waiting(store: Store) -> str:
    return "".join(
        row.cells.reveal() + "".join(map(str, row.problems)) for row in store.quarantined_rows()
    )


@pytest.mark.parametrize(
    ("kind", "changes", "secrets", "kept"),
    [
        ("cases", {"地址1依据": "手机定位截图甲"}, ("截图甲",), NAME),
        ("cases", {"承办人意见": "甲乙丙", "案号": "x"}, ("甲乙丙",), NAME),
        ("cases", {"地址1": "示例村12号13800000000", "案号": "x"}, ("13800000000",), "示例村12号"),
        ("cases", {"": "旅客甲乙", "案号": "x"}, ("旅客甲乙",), NAME),
        ("leads", {"来源": "12306订票记录甲"}, ("订票记录甲",), NAME),
        ("outcomes", {"备注": "乘D6521次05车12F座", "结果": "x"}, ("6521", "12F"), NAME),
    ],
)
def test_what_may_not_come_in_does_not_wait_in_quarantine(
    store: Store,
    tmp_path: Path,
    kind: str,
    changes: dict[str, str],
    secrets: tuple[str, ...],
    kept: str,
) -> None:
    import_file(store, "cases", write_csv(tmp_path / "c.csv", [CASE_ROW]))
    row = (CASE_ROW if kind == "cases" else dict(GOOD_ROWS[kind])) | changes
    report = import_file(store, kind, write_csv(tmp_path / "a.csv", [row]), quarantine=True)
    assert report.quarantined == 1
    held = _waiting(store)
    assert all(secret not in held for secret in secrets)
    assert kept in held


@given(texts=st.lists(st.sampled_from(PARTS), min_size=1, max_size=6))
def test_no_number_of_a_person_is_left_in_a_text(texts: list[str]) -> None:
    left = cut_numbers("，".join(texts))
    assert cut_numbers(left.text) == (left.text, 0)
    assert not re.search("1380000|19800517", left.text)
