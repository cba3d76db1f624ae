"""What an import would change is said truly, and nothing of it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from data.errors import ImportRefusedError, StoreError
from data.imports.columns import TableKind, columns_of
from data.imports.importers import import_file
from data.imports.told_columns import known_headers
from data.previews import PERSONAL_TABLES, Preview, preview_file, read_preview
from data.store import Store
from tests.data.samples import ADDRESS, CASE_ROW, GOOD_ROWS, NAME, NUMBER, write_csv

_OTHER = "（2026）闽0599执2号"
_THIRD = "（2026）闽0599执3号"


@pytest.fixture
def held(store: Store, tmp_path: Path) -> Store:
    rows = [
        CASE_ROW,
        CASE_ROW | {"被执行人": "郑示例", "地址1": "河埔镇前洋村9号"},
        CASE_ROW | {"案号": _OTHER, "被执行人": "黄示例"},
        CASE_ROW | {"案号": _THIRD, "被执行人": "吴示例", "状态": "结案"},
    ]
    import_file(store, "cases", write_csv(tmp_path / "held.csv", rows))
    return store


def _state(store: Store) -> Any:
    return (
        store.cases(),
        store.debtors(),
        [(one, one.text.reveal()) for one in store.claims()],
        store.quarantined_rows(),
        [entry.hash for entry in store.audit.entries(50)],
    )


def _preview(store: Store, tmp_path: Path, *rows: Any, kind: str = "cases") -> Preview:
    path = write_csv(tmp_path / "again.csv", rows)
    return preview_file(store, kind, path, tmp_path / "lines")


def test_each_change_is_told_and_none_is_kept(held: Store, tmp_path: Path) -> None:
    before = _state(held)
    seen = _preview(
        held,
        tmp_path,
        CASE_ROW
        | {"执行标的额": "78000", "证件号码": "11010119900307803X", "地址1日期": "2026-04-01"},
        CASE_ROW | {"案号": "（2026）闽0599执9号", "被执行人": "何示例"},
        CASE_ROW | {"案号": "（2026）闽0599执8号", "立案日期": "没有"},
    )
    assert _state(held) == before
    assert (seen.rows, seen.fresh, seen.changed, seen.unchanged) == (3, 1, 1, 0)
    assert (seen.quarantined, seen.missing, seen.refused) == (1, 2, False)
    assert len(seen.problems) == 1
    (case,) = read_preview(held.cipher, tmp_path / "lines", "changed", count=10)
    assert case["number"] == NUMBER
    parts = {part["of"]: part for part in case["parts"]}
    assert parts["Case"]["fields"] == [["执行标的额", "56000", "78000"]]
    assert parts["Debtor"]["fields"] == [["证件号码", "", "11010119900307803X"]]
    assert parts["AddressClaim"]["fields"] == [["地址日期", "2026-03-12", "2026-04-01"]]
    assert (parts["AddressClaim"]["name"], parts["AddressClaim"]["address"]) == (NAME, ADDRESS)
    gone = read_preview(held.cipher, tmp_path / "lines", "missing", count=10)
    assert [(one["number"], one.get("name")) for one in gone] == [
        (_OTHER, None),
        (NUMBER, "郑示例"),
    ]
    assert (tmp_path / "lines").stat().st_mode & 0o077 == 0


def test_the_import_afterwards_does_what_was_told(held: Store, tmp_path: Path) -> None:
    rows = [
        CASE_ROW | {"地址1": "河埔镇后洋村3号"},
        CASE_ROW | {"案号": _OTHER, "被执行人": "黄示例"},
    ]
    seen = _preview(held, tmp_path, *rows)
    assert (seen.fresh, seen.changed, seen.unchanged) == (0, 1, 1)
    report = import_file(held, "cases", tmp_path / "again.csv")
    assert (report.accepted, report.unchanged) == (1, 1)
    assert _preview(held, tmp_path, *rows) == Preview(rows=2, unchanged=2, missing=1)


def test_a_row_in_quarantine_does_not_make_its_case_missing(held: Store, tmp_path: Path) -> None:
    seen = _preview(held, tmp_path, CASE_ROW | {"立案日期": "没有"}, CASE_ROW | {"案号": _OTHER})
    gone = read_preview(held.cipher, tmp_path / "lines", "missing", count=10)
    assert [one.get("name") for one in gone] == ["黄示例"]
    assert (seen.missing, seen.quarantined) == (1, 1)


def test_columns_are_shown_with_what_they_hold(store: Store, tmp_path: Path) -> None:
    rows = [
        {"案 号": NUMBER, "姓名": NAME, "执行状态": ""},
        {"案 号": _OTHER, "姓名": "", "执行状态": "执行中"},
    ]
    seen = _preview(store, tmp_path, *rows)
    assert seen.refused
    assert any("被执行人" in str(problem) for problem in seen.problems)
    assert read_preview(store.cipher, tmp_path / "lines", "column", count=9) == [
        {
            "what": "column",
            "header": "案号",
            "key": "number",
            "guess": "",
            "samples": [NUMBER, _OTHER],
        },
        {"what": "column", "header": "姓名", "key": "", "guess": "", "samples": [NAME]},
        {
            "what": "column",
            "header": "执行状态",
            "key": "status",
            "guess": "",
            "samples": ["执行中"],
        },
    ]


def test_other_tables_are_counted(store: Store, tmp_path: Path) -> None:
    station = GOOD_ROWS["stations"]
    import_file(store, "stations", write_csv(tmp_path / "held.csv", [station]))
    rows = [station | {"派出所名称": "前洋派出所"}, station | {"编号": "PS02"}]
    seen = _preview(store, tmp_path, *rows, kind="stations")
    assert (seen.fresh, seen.changed, seen.unchanged) == (1, 1, 0)
    assert {one.name for one in store.stations()} == {"河埔派出所"}
    (listed,) = read_preview(store.cipher, tmp_path / "lines", "changed", count=9)
    assert listed["number"] == "前洋派出所"
    assert listed["parts"][0]["fields"] == [["派出所名称", "河埔派出所", "前洋派出所"]]


CHANGES: Sequence[tuple[str, dict[str, str], list[list[str]]]] = (
    (
        "stations",
        {"协助时段": "周一至周五 08:30-17:30 3人"},
        [
            [
                "协助时段",
                "周一至周五 08:30-17:30 2人；周六 09:00-11:00",
                "周一至周五 08:30-17:30 3人",
            ]
        ],
    ),
    (
        "checkpoints",
        {"类型": "高速出口", "勤务目的": "协助控制人员", "依据截止日期": "2027-01-31"},
        [
            ["类型", "火车站", "高速出口"],
            ["勤务目的", "协助查找下落", "协助控制人员"],
            ["依据截止日期", "2026-12-31", "2027-01-31"],
        ],
    ),
    (
        "teams",
        {"人数": "4", "技能": "记录员"},
        [["人数", "3", "4"], ["技能", "执行公务证、记录员", "记录员"]],
    ),
    ("liaisons", {"电话": "10020030041"}, [["电话", "10020030040", "10020030041"]]),
    ("gazetteer", {"别名": "老街"}, [["别名", "老街、古街", "老街"]]),
    ("calendar", {"类型": "工作日"}, [["类型", "休息日", "工作日"]]),
    ("outcomes", {"备注": "已搬走"}, [["备注", "邻居称晚上在家", "已搬走"]]),
    (
        "leads",
        {"失效时间": "2026-07-06 07:20"},
        [["失效时间", "2026-06-06 07:20", "2026-07-06 07:20"]],
    ),
    ("property", {"金额": "9000"}, [["金额", "8000", "9000"]]),
)


@pytest.mark.parametrize("changes", CHANGES, ids=lambda one: str(one[0]))
def test_what_changes_in_other_tables_is_told_by_its_header(
    changes: tuple[str, dict[str, str], list[list[str]]], store: Store, tmp_path: Path
) -> None:
    kind, cells, fields = changes
    import_file(store, "cases", write_csv(tmp_path / "cases.csv", [GOOD_ROWS["cases"]]))
    row = GOOD_ROWS[kind]
    import_file(store, kind, write_csv(tmp_path / "held.csv", [row]))
    assert _preview(store, tmp_path, row, kind=kind).unchanged == 1
    assert read_preview(store.cipher, tmp_path / "lines", "changed", count=9) == []
    assert _preview(store, tmp_path, row | cells, kind=kind).changed == 1
    (listed,) = read_preview(store.cipher, tmp_path / "lines", "changed", count=9)
    assert listed["parts"][0]["fields"] == fields
    assert ("case" in listed) == (kind in PERSONAL_TABLES and kind != "liaisons")


_FOREIGN = {"案号": "卷宗编号", "被执行人": "姓名", "执行标的额": "申请金额"}


def _foreign(row: Mapping[str, str]) -> dict[str, str]:
    """Return a row as another court's system names its columns, with one that nobody asked for."""
    return {_FOREIGN.get(header, header): text for header, text in row.items()} | {"序号": "1"}


def _told(row: Mapping[str, str]) -> dict[str, str]:
    known = known_headers(columns_of(TableKind.CASES))
    own = {text: header for header, text in _FOREIGN.items()}
    return {header: known.get(own.get(header, header), "") for header in _foreign(row)}


def test_columns_that_are_told_are_read_and_their_template_is_used_again(
    store: Store, tmp_path: Path
) -> None:
    rows = [_foreign(CASE_ROW), _foreign(CASE_ROW | {"案号": _OTHER})]
    assert _preview(store, tmp_path, *rows).refused
    told = _told(CASE_ROW)
    path = tmp_path / "again.csv"
    seen = preview_file(store, "cases", path, tmp_path / "lines", told=told)
    assert (seen.fresh, seen.refused, seen.notes) == (2, False, ())
    columns = read_preview(store.cipher, tmp_path / "lines", "column", count=50)
    assert {one["header"]: one["key"] for one in columns} == told
    store.column_maps.put("cases", "旧系统", told, by="u1")
    report = import_file(store, "cases", path)
    assert report.accepted == 2
    assert [note for note in report.notes if "旧系统" in str(note)]
    assert [str(one.number) for one in store.cases()] == [NUMBER, _OTHER]
    again = import_file(store, "cases", path)
    assert again.unchanged == 2
    (kept,) = store.column_maps.all()
    assert store.column_maps.remove(kept.id, by="u1")
    with pytest.raises(ImportRefusedError):
        import_file(store, "cases", path)


def test_a_template_takes_the_place_of_one_for_the_same_headers(store: Store) -> None:
    store.column_maps.put("cases", "甲", {"a": "number", "b": ""}, by="u1")
    store.column_maps.put("cases", "乙", {"b": "number", "a": ""}, by="u1")
    store.column_maps.put("stations", "丙", {"a": "id", "b": ""}, by="u1")
    assert {one.name for one in store.column_maps.all()} == {"乙", "丙"}
    for name in ("", "名" * 41):
        with pytest.raises(StoreError, match="40"):
            store.column_maps.put("cases", name, {"a": "number"}, by="u1")


def test_data_that_may_not_come_in_does_not_come_in_under_another_name(
    store: Store, tmp_path: Path
) -> None:
    row = CASE_ROW | {"人脸特征": "x"}
    path = write_csv(tmp_path / "again.csv", [row])
    told = known_headers(columns_of(TableKind.CASES))
    with pytest.raises(ImportRefusedError):
        import_file(store, "cases", path, told={**told, "人脸特征": "contact_logged_on"})
    assert import_file(store, "cases", path, told={**told, "人脸特征": ""}).accepted == 1
