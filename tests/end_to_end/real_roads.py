"""A court's files on real roads: invented cases at points beside the roads of an extract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from openpyxl import Workbook

from data.demo.fieldtables import calendar_rows
from data.imports.columns import TableKind, columns_of
from geo.network import build_network

TABLES = ("stations", "checkpoints", "teams", "calendar", "cases")


@dataclass(frozen=True)
class CourtFiles:
    """Tables of one invented court, by kind."""

    tables: dict[str, Path]
    cases: int


def _write(path: Path, kind: TableKind, rows: Iterable[Mapping[str, object]]) -> Path:
    columns = columns_of(kind, addresses=1)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([column.header for column in columns])
    for row in rows:
        sheet.append([row.get(column.key, "") for column in columns])
    book.save(path)
    return path


def write_court(roads: Path, folder: Path, *, cases: int, seed: int, as_of: date) -> CourtFiles:
    """Write station, checkpoint, team and case tables for the roads of a file."""
    network = build_network(roads)
    random = np.random.default_rng(seed)
    at = network.node_lonlat[random.choice(network.node_count, cases + 3, replace=False)]
    at = at + random.normal(0.0, 0.0002, at.shape)  # doors stand some metres off the road
    place = [{"lon": round(float(x), 6), "lat": round(float(y), 6)} for x, y in at]
    week = "周一至周日"
    tables = {
        "stations": _write(
            folder / "stations.xlsx",
            TableKind.STATIONS,
            [{"id": "PS01", "name": "示例派出所", "escort_hours": f"{week} 08:30-17:30 2人"}
             | place[0]],
        ),
        "checkpoints": _write(
            folder / "checkpoints.xlsx",
            TableKind.CHECKPOINTS,
            [
                {"id": "CP01", "name": "示例站", "kind": "火车站",
                 "duty_hours": f"{week} 10:00-11:00",
                 "duty_basis": "协助执行通知书（2026）第7号"} | place[1]
            ],
        ),
        "teams": _write(
            folder / "teams.xlsx",
            TableKind.TEAMS,
            [
                {"id": f"T{n}", "name": f"执行{n}组", "officers": 3, "skills": "执行公务证、记录员",
                 "profile": "汽车", "shifts": f"{week} 07:00-17:30"} | place[2]
                for n in (1, 2)
            ],
        ),
        "calendar": _write(
            folder / "calendar.xlsx", TableKind.CALENDAR, calendar_rows(as_of)
        ),
        "cases": _write(
            folder / "cases.xlsx",
            TableKind.CASES,
            [
                {
                    "number": f"（{as_of.year}）闽0599执{n + 1}号",
                    "kind": "民间借贷",
                    "claim_yuan": 20000 + 1000 * n,
                    "filed_on": as_of - timedelta(days=90),
                    "status": "执行中",
                    "basis_document": f"（{as_of.year - 1}）闽0599民初{n + 1}号",
                    "basis_served_on": as_of - timedelta(days=200),
                    "performance_due_on": as_of - timedelta(days=150),
                    "notice_sent_on": as_of - timedelta(days=85),
                    "debtor_name": f"示例{n + 1}",
                    "identifiers": "证件号码、出生日期",
                    "address_text_1": f"示例村{n + 1}号",
                    "address_source_1": "户籍",
                    "address_kind_1": "住所",
                    "address_seen_on_1": as_of - timedelta(days=30),
                    "address_basis_1": "户籍查询回执（2026）第31号",
                    "address_identifiers_1": "证件号码、出生日期",
                    "address_lon_1": place[n + 3]["lon"],
                    "address_lat_1": place[n + 3]["lat"],
                    "address_datum_1": "WGS84",
                }
                for n in range(cases)
            ],
        ),
    }  # fmt: skip
    return CourtFiles(tables, cases)
