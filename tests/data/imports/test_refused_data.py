"""Kinds of data that never come in: not as a column, not as a source, not into quarantine."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import ImportRefusedError
from data.imports import import_file
from data.store import Store
from tests.data.samples import CASE_ROW, GOOD_ROWS, write_csv


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
