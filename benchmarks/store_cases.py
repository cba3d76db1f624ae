"""A case table of any size, quickly written: invented debtors with two addresses each.

Case numbers, documents, names, identity numbers and addresses are as varied as a court's are; of
all columns that a case with two addresses may have, those that clerks leave blank are blank.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import xlsxwriter

from data.demo.names import CORE_ROADS, company_names, place_names
from data.demo.people import Debtor, credit_code, make_persons
from data.demo.plan import CITY, COURT, DISTRICT
from data.imports.columns import CHOICES, TableKind, columns_of

__all__ = ["AS_OF", "write_cases"]

AS_OF = date(2026, 11, 26)
_YEARS = 10
_COMPANY_SHARE = 0.15
_DAYS_BACK = 3600
_SOURCES = ("申请人提供", "户籍", "租赁备案", "裁判文书", "水电气账户", "送达地址确认书")
_IDENTIFIERS = (
    "姓名、证件号码、亲属",
    "姓名、证件号码、历史住址、亲属",
    "姓名、证件号码、出生日期、照片",
    "姓名",
)
_STATES = ("执行中", "和解", "暂缓履行", "中止", "结案")
_GRADES = ("无", "红", "白", "黑")


def write_cases(path: Path, count: int, *, seed: int = 1) -> None:
    """Write a workbook of so many case rows, one debtor each; a hundredth have two."""
    rng = np.random.default_rng(seed)
    keys = [column.key for column in columns_of(TableKind.CASES, addresses=2)]
    at = {key: index for index, key in enumerate(keys)}
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("案件")
    for index, column in enumerate(columns_of(TableKind.CASES, addresses=2)):
        sheet.write_string(0, index, column.header)
    debtors = _debtors(count, rng)
    villages = place_names(200, rng)
    kinds = tuple(CHOICES["case_kind"])
    draws = rng.random((count, 12))
    of_case: tuple[date, date, list[float]] = (AS_OF, AS_OF, [])
    for number, (debtor, draw) in enumerate(zip(debtors, draws.tolist(), strict=True)):
        filed = AS_OF - timedelta(days=3 + int(draw[0] * _DAYS_BACK))
        served = filed - timedelta(days=30 + int(draw[1] * 300))
        case = number - 1 if number % 100 == 1 else number  # two debtors of one case
        if case != number:
            filed, served, draw[2:7] = of_case
        of_case = filed, served, draw[2:7]
        status = _STATES[0] if draw[2] < 0.8 else _STATES[int(draw[2] * 1000) % 5]
        cells: dict[str, str | float | date] = {
            "number": f"（{AS_OF.year - case % _YEARS}）{COURT}执{case // _YEARS + 1}号",
            "kind": kinds[int(draw[3] * len(kinds))],
            "claim_yuan": 500.0 + 10 * int(draw[4] * 30_000),
            "filed_on": filed,
            "status": status,
            "basis_document": f"（{served.year}）{COURT}民初{case % 9000 + 20}号",
            "basis_served_on": served,
            "performance_due_on": served + timedelta(days=15),
            "notice_sent_on": filed + timedelta(days=2),
            "grade": "无" if draw[5] < 0.9 else _GRADES[int(draw[5] * 1000) % 4],
            "major_matter": "是" if draw[6] < 0.01 else "否",
            "debtor_name": debtor.name,
            "debtor_kind": "单位" if debtor.company else "自然人",
            "debtor_id_number": debtor.number,
            "identifiers": _IDENTIFIERS[int(draw[7] * len(_IDENTIFIERS))],
            "needs_female_officer": "否",
        }
        if debtor.age >= 70 and case == number and number % 100:
            cells["vulnerable"] = "老年人"
        for n in (1, 2):
            source = _SOURCES[int(draw[7 + n] * len(_SOURCES))]
            seen = filed - timedelta(days=int(draw[9 + n] * 400))
            cells |= {
                f"address_text_{n}": _address(villages, draw[7 + n], draw[9 + n]),
                f"address_source_{n}": source,
                f"address_kind_{n}": "住所" if n == 1 and not debtor.company else "经营场所",
                f"address_seen_on_{n}": seen,
                f"address_basis_{n}": f"{source}回执（{seen.year}）第{int(draw[8 + n] * 9000)}号",
                f"address_identifiers_{n}": cells["identifiers"],
            }
        for key, cell in cells.items():
            if isinstance(cell, str):
                sheet.write_string(number + 1, at[key], cell)
            elif isinstance(cell, date):
                moment = datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001
                sheet.write_datetime(number + 1, at[key], moment, day)
            else:
                sheet.write_number(number + 1, at[key], cell)
    book.close()


def _debtors(count: int, rng: np.random.Generator) -> list[Debtor]:
    """Return persons, and companies in between."""
    debtors = make_persons(count, AS_OF, rng)
    names = [name for name, _ in company_names(min(count, 400), DISTRICT, rng)]
    for number in np.flatnonzero(rng.random(count) < _COMPANY_SHARE).tolist():
        debtors[number] = Debtor(names[number % len(names)], credit_code(number), company=True)
    return debtors


def _address(villages: list[str], place: float, door: float) -> str:
    if place < 0.4:
        road = CORE_ROADS[int(place * 1e6) % len(CORE_ROADS)]
        return f"{CITY}{DISTRICT}{road}路{1 + int(door * 900)}号{1 + int(place * 1e5) % 30}栋"
    village = villages[int(place * 1e6) % len(villages)]
    return f"{DISTRICT}{village}村{1 + int(place * 1e4) % 12}组{1 + int(door * 400)}号"
