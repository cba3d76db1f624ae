"""Outcomes on paper: the sheet of a plan is filled in by hand, typed in, and imported."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from data.imports.importers import import_file
from geo.localtime import LOCAL_ZONE
from routes.model import OutcomeKind
from tests.data.samples import ADDRESS, CASE_ROW, NAME, write_csv
from tests.web.court import ACTION, SetClock
from web.config import Settings
from web.services import Services
from web.steps.exporting import export_plan


class Sheet:
    """The sheet of the court's plan, as somebody types it in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.book = load_workbook(path)
        page = self.book.worksheets[0]
        assert isinstance(page, Worksheet)
        self.page = page
        self.top = next(row[0].row for row in page.iter_rows() if row[0].value == "案号")
        self.columns = {cell.value: cell.column for cell in page[self.top]}

    def value(self, row: int, header: str) -> Any:
        return self.page.cell(self.top + row, self.columns[header]).value

    def write(self, row: int, **cells: Any) -> None:
        for header, value in cells.items():
            self.page.cell(self.top + row, self.columns[header]).value = value

    def save(self) -> Path:
        self.book.save(self.path)
        return self.path


@pytest.fixture
def sheet(court: Services, clock: SetClock, tmp_path: Path) -> Sheet:
    path = tmp_path / "sheet.xlsx"
    export_plan(Settings(tmp_path / "data"), ACTION, "outcomes", path, draft=True, clock=clock)
    acts = [one.act for one in court.store.audit.entries(5)]
    assert "plan.export" in acts
    clock.at += timedelta(days=30)
    sheet = Sheet(path)
    printed = {one.id: one for one in court.store.claims()}[sheet.value(1, "地址编号")]
    assert printed.text.reveal() == sheet.value(1, "地址")
    numbers = [f"（2026）闽0599执{n}号" for n in (71, 72)]
    rows = [CASE_ROW | {"案号": number} for number in numbers]
    import_file(court.store, "cases", write_csv(tmp_path / "cases.csv", rows))
    for row, number in enumerate(numbers, start=1):  # cases whose ids follow from their numbers
        (case_id,) = court.store.find_cases(number)
        (claim,) = court.store.claims(case_id)
        known = {"案号": number, "被执行人": NAME, "地址": ADDRESS, "地址编号": claim.id}
        sheet.write(row, **known)
    return sheet


def test_a_sheet_comes_back_with_what_was_written_on_it(sheet: Sheet, court: Services) -> None:
    store, before = court.store, len(court.store.outcomes())
    claim_id, day = sheet.value(1, "地址编号"), sheet.value(1, "日期")
    sheet.write(1, 时间="9:30", 结果="找到", 执行人员="甲某、乙某", 备注="已当场送达")
    sheet.write(2, 时间=time(10, 15), 结果="已搬走")
    report = import_file(store, "outcomes", sheet.save(), quarantine=True)
    assert (report.accepted, report.quarantined) == (2, 0)
    assert any("没有走访" in str(note) for note in report.notes) == (report.rows > 2)
    assert len(store.outcomes()) == before + 2
    at = datetime.combine(day, time(9, 30), tzinfo=LOCAL_ZONE)
    (kept,) = (one for one in store.outcomes() if one.claim_id == claim_id and one.at == at)
    assert kept.kind is OutcomeKind.FOUND
    record, _files = store.outcome_records([kept])[kept.id]
    assert (record["officers"], record["team"]) == (["甲某", "乙某"], sheet.value(1, "小组"))
    again = import_file(store, "outcomes", sheet.path, quarantine=True)
    assert (again.accepted, again.unchanged) == (0, report.rows)
    sheet.write(1, 执行人员="丙某")
    changed = import_file(store, "outcomes", sheet.save(), quarantine=True)
    assert (changed.accepted, changed.unchanged) == (1, report.rows - 1)
    assert store.outcome_records([kept])[kept.id][0]["officers"] == ["丙某"]
    assert len(store.outcomes()) == before + 2


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ({"时间": "23:10", "结果": "找到"}, "走访时段"),
        ({"时间": "2027-05-06 09:30", "结果": "找到"}, "将来"),
        ({"时间": "9:30", "结果": "大概找到"}, "以下之一"),
        ({"时间": "9:30"}, "为空"),
        ({"备注": "没人"}, "为空"),
        ({"时间": "九点半", "结果": "找到"}, "无法识别"),
        ({"时间": "9:30", "结果": "找到", "地址编号": "a0"}, "地址编号"),
        ({"时间": "9:30", "结果": "找到", "日期": None}, "没有日期"),
    ],
)
def test_what_cannot_be_is_kept_to_be_mended(
    sheet: Sheet, court: Services, written: dict[str, Any], why: str
) -> None:
    before = court.store.outcomes()
    sheet.write(1, **written)
    report = import_file(court.store, "outcomes", sheet.save(), quarantine=True)
    assert report.quarantined == 1
    assert why in str(report.problems[0])
    assert court.store.outcomes() == before


def test_a_second_outcome_of_an_address_and_day_is_told(sheet: Sheet, court: Services) -> None:
    sheet.write(1, 时间="9:30", 结果="找到")
    import_file(court.store, "outcomes", sheet.save())
    sheet.write(1, 时间="9:45", 结果="找到")
    report = import_file(court.store, "outcomes", sheet.save())
    assert report.accepted == 1
    assert any("当天另有一条结果" in str(note) for note in report.notes)
