"""Invented cases and field objects, and tables to import them from."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from data.demo.people import id_number
from data.imports.columns import TableKind, columns_of
from geo.model import Point, Precision
from routes.model import (
    AddressClaim,
    Case,
    CaseId,
    CaseKind,
    CaseNumber,
    CaseStatus,
    Checkpoint,
    ClaimId,
    ClaimSource,
    Debtor,
    DebtorId,
    DebtorKind,
    EscortHours,
    Grade,
    Identifier,
    Lead,
    Liaison,
    Outcome,
    OutcomeKind,
    Place,
    PlaceKind,
    SecretText,
    Station,
    Team,
    TeamId,
    VisitBand,
)

NUMBER = "（2026）闽0599执1号"
NAME = "林示例"
ADDRESS = "河埔镇前洋村中山路128号"
ID_NUMBER = id_number(date(1980, 5, 17), 7)
CASE_ROW = {
    "案号": NUMBER,
    "案由": "民间借贷",
    "执行标的额": "56000",
    "立案日期": "2026-02-18",
    "状态": "执行中",
    "执行依据文号": "",
    "依据送达日期": "",
    "履行期限届满日": "",
    "执行通知发出日期": "",
    "名单等级": "",
    "暂停至": "",
    "重大事项": "",
    "特殊人员": "",
    "被执行人": NAME,
    "已核对标识": "",
    "需女性执行人员": "",
    "地址1": ADDRESS,
    "地址1来源": "户籍",
    "地址1日期": "2026-03-12",
    "地址1依据": "",
    "地址1核对标识": "",
}
GOOD_ROWS: Mapping[str, Mapping[str, str]] = {
    "cases": CASE_ROW | {"证件号码": ID_NUMBER},
    "stations": {
        "编号": "PS01",
        "派出所名称": "河埔派出所",
        "经度": "118.6",
        "纬度": "24.9",
        "协助时段": "周一至周五 08:30-17:30 2人；周六 09:00-11:00",
    },
    "checkpoints": {
        "编号": "CP01",
        "名称": "示例站",
        "类型": "火车站",
        "经度": "118.6",
        "纬度": "24.9",
        "勤务时段": "周五 16:00-18:00",
        "勤务依据": "协助执行通知书（2026）第7号",
        "勤务目的": "协助查找下落",
        "勤务联络单位": "示例站派出所值班室",
        "依据截止日期": "2026-12-31",
    },
    "teams": {
        "编号": "T1",
        "小组名称": "执行一组",
        "人数": "3",
        "技能": "执行公务证、记录员",
        "出发地经度": "118.6",
        "出发地纬度": "24.9",
        "班次": "周一至周五 07:00-18:00",
    },
    "duties": {
        "编号": "QW01",
        "类型": "开庭",
        "事项": "执行异议听证，第三法庭",
        "地点": "河埔镇人民法院",
        "日期": "2026-12-03",
        "开始": "09:00",
        "结束": "10:30",
        "所需分钟": "60",
        "已撤回": "",
    },
    "liaisons": {"编号": "L001", "网格代码": "G1", "姓名": "陈示例", "电话": "10020030040"},
    "outcomes": {
        "案号": NUMBER,
        "被执行人": NAME,
        "地址": ADDRESS,
        "时间": "2026-05-06 07:20",
        "结果": "在此居住未遇",
        "备注": "邻居称晚上在家",
    },
    "leads": {
        "案号": NUMBER,
        "被执行人": NAME,
        "来源": "前洋村网格联络员",
        "收到时间": "2026-05-06 07:20",
        "失效时间": "2026-06-06 07:20",
        "地址": ADDRESS,
        "时段": "清晨",
        "已撤回": "",
    },
    "gazetteer": {
        "名称": "旧街",
        "类别": "道路",
        "经度": "118.6",
        "纬度": "24.9",
        "别名": "老街、古街",
    },
    "calendar": {
        "日期": "2027-02-10",
        "类型": "休息日",
        "名称": "春节",
        "签发人": "王示例",
        "签发日期": "2026-11-03",
    },
    "property": {
        "证件号码": ID_NUMBER,
        "被执行人": NAME,
        "案号": NUMBER,
        "财产种类": "银行存款",
        "反馈单位": "示例银行河埔支行",
        "财产内容": "账户尾号0017",
        "金额": "8000",
        "反馈日期": "2026-05-04",
    },
}
"""One good row of each kind; outcomes, leads and property need the case."""

HOURS = (EscortHours(0, time(8, 30), time(17, 30), 2), EscortHours(5, time(9), time(11)))


def second_address(text: str) -> dict[str, str]:
    """Return the cells of a second address with the columns that must stand beside it."""
    beside = ("来源", "日期", "依据", "核对标识")
    return {"地址2": text} | {f"地址2{name}": "" for name in beside}


def table_text(rows: Sequence[Mapping[str, str]], delimiter: str = ",") -> str:
    headers = list(dict.fromkeys(key for row in rows for key in row))
    lines = [headers, *([row.get(key, "") for key in headers] for row in rows)]
    return "\n".join(delimiter.join(cells) for cells in lines) + "\n"


def write_csv(path: Path, rows: Sequence[Mapping[str, str]], encoding: str = "utf-8") -> Path:
    headers = list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, headers)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_xlsx(
    path: Path, rows: Iterable[Mapping[str, Any]], sheet: str = "表", title: str = ""
) -> Path:
    rows = list(rows)
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    if title:
        page.append([title])
    headers = list(dict.fromkeys(key for row in rows for key in row))
    page.append(headers)
    for row in rows:
        page.append([row.get(key) for key in headers])
    book.save(path)
    return path


def all_headers(kind: TableKind) -> list[str]:
    return [column.header for column in columns_of(kind)]


def case(seq: int = 1, **changes: Any) -> Case:
    values: dict[str, Any] = {
        "id": CaseId(f"c{seq}"),
        "number": CaseNumber(2026, "闽0599", "执", seq),
        "kind": CaseKind.LOAN,
        "status": CaseStatus.ACTIVE,
        "claim_yuan": 56000.5,
        "filed_on": date(2026, 2, 18),
        "basis_document": "（2025）闽0599民初877号",
        "basis_served_on": date(2025, 11, 3),
        "grade": Grade.BLACK,
        "vulnerable": ("elderly",),
    }
    return Case(**(values | changes))


def debtor(seq: int = 1, **changes: Any) -> Debtor:
    values: dict[str, Any] = {
        "id": DebtorId(f"d{seq}"),
        "case_id": CaseId(f"c{seq}"),
        "kind": DebtorKind.PERSON,
        "name": SecretText(NAME),
        "id_number": SecretText("000000199001010000"),
        "identifiers": frozenset({Identifier.NAME, Identifier.ID_NUMBER}),
    }
    return Debtor(**(values | changes))


def claim(seq: int = 1, **changes: Any) -> AddressClaim:
    values: dict[str, Any] = {
        "id": ClaimId(f"a{seq}"),
        "debtor_id": DebtorId(f"d{seq}"),
        "text": SecretText(ADDRESS),
        "source": ClaimSource.HOUSEHOLD_REGISTER,
        "kind": PlaceKind.HOME,
        "seen_on": date(2026, 3, 12),
        "basis": "户籍查询回执（2026）第31号",
        "identifiers": frozenset({Identifier.NAME}),
    }
    return AddressClaim(**(values | changes))


def place(lon: float = 118.6, **changes: Any) -> Place:
    values: dict[str, Any] = {
        "point": Point(lon, 24.9),
        "precision": Precision.DOOR,
        "confidence": 0.8,
        "grid_code": "G1",
    }
    return Place(**(values | changes))


def outcome(seq: int = 1, claim_seq: int = 1) -> Outcome:
    at = datetime(2026, 5, 6, 1, seq, tzinfo=UTC)
    return Outcome(f"o{seq}", ClaimId(f"a{claim_seq}"), OutcomeKind.MOVED, at, VisitBand.MORNING)


def lead(seq: int = 1, debtor_seq: int = 1) -> Lead:
    return Lead(
        f"l{seq}",
        DebtorId(f"d{debtor_seq}"),
        "前洋村网格联络员",
        datetime(2026, 5, 6, 1, seq, tzinfo=UTC),
        datetime(2026, 6, 6, 1, seq, tzinfo=UTC),
        ClaimId(f"a{debtor_seq}"),
        VisitBand.DAWN,
    )


def station(station_id: str = "PS01") -> Station:
    return Station(station_id, "河埔派出所", Point(118.6, 24.9), HOURS)


def checkpoint(checkpoint_id: str = "CP01") -> Checkpoint:
    return Checkpoint(checkpoint_id, "示例站", "rail", Point(118.61, 24.91))


def team(team_id: str = "T1") -> Team:
    return Team(
        TeamId(team_id),
        "执行一组",
        3,
        frozenset({"licence", "recorder"}),
        "car",
        Point(118.62, 24.92),
    )


def liaison(liaison_id: str = "L1") -> Liaison:
    return Liaison(liaison_id, "G1", SecretText("陈示例"), SecretText("10020030040"))
