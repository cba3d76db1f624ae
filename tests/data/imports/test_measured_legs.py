"""Measured legs from tables: taken without places, taken again, refused with place and reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from data.errors import ImportRefusedError
from data.imports.columns import CHOICES, Column
from data.imports.leg_rows import import_measured_legs
from data.imports.report import ImportReport
from data.imports.values import CellError, read_value
from data.store import Store
from geo.model import HourBand, TrafficDay
from geo.travel import PROFILES
from geo.travel.observed import LegTimes, ObservedLeg, speeds_basis
from routes.calendar import WorkCalendar
from tests.data.courts import ON_BOTH, CourtFolder
from tests.data.samples import write_csv

ROW = {
    "日期": "2026-11-02",
    "出发时间": "08:12",
    "到达时间": "08:31",
    "出行方式": "汽车",
    "出发经度": "118.600013",
    "出发纬度": "24.800017",
    "到达经度": "118.650019",
    "到达纬度": "24.800023",
    "坐标系": "WGS84",
    "小组": "T1",
}
Rows = list[Mapping[str, Any]]


class Foretelling:
    """Foretells half of each measured time; no road leads east of ``wall``."""

    def __init__(self, wall: float = 119.0) -> None:
        self.legs: list[ObservedLeg] = []
        self.wall = wall

    def __call__(self, leg: ObservedLeg) -> LegTimes | None:
        self.legs.append(leg)
        if leg.target.lon > self.wall:
            return None
        half = leg.travel_s / 2
        return LegTimes(
            leg.id, leg.on, leg.profile, leg.day, leg.band, leg.travel_s, (0.0, half, 0.0, 0.0), 30
        )


def taken(store: Store, path: Path, *, quarantine: bool = False) -> tuple[ImportReport, Any]:
    foretold = Foretelling()
    report = import_measured_legs(
        store,
        path,
        foretell=foretold,
        traffic_day=WorkCalendar().traffic_day,
        basis=speeds_basis(PROFILES),
        quarantine=quarantine,
    )
    return report, foretold.legs


def rows(*changes: Mapping[str, Any]) -> Rows:
    return [{**ROW, **change} for change in changes]


@ON_BOTH
def test_a_leg_is_kept_without_its_places_and_the_same_file_changes_nothing(
    store: Store, court: CourtFolder, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "legs.csv", rows({}))
    report, (leg,) = taken(store, path)
    assert (report.rows, report.accepted) == (1, 1)
    assert (leg.origin.lon, leg.travel_s) == (118.600013, 19 * 60)
    (kept,) = store.travel_times.legs(basis=speeds_basis(PROFILES))
    assert (kept.on, kept.profile, kept.measured_s) == (date(2026, 11, 2), "car", 1140.0)
    assert (kept.day, kept.band) == (TrafficDay.WORKDAY, HourBand.MORNING_PEAK)
    assert kept.tier_s == (0.0, 570.0, 0.0, 0.0)
    again, _ = taken(store, path)
    assert (again.accepted, again.unchanged) == (0, 1)
    assert store.travel_times.count() == 1
    assert store.audit.verify() == store.counts().audit_entries
    written = court.content()
    for secret in (b"118.6", b"24.80", b"08:12", b"T1"):
        assert secret not in written, secret


def moment(day: int, hour: int, minute: int) -> datetime:
    return datetime(2026, 11, day, hour, minute)  # noqa: DTZ001 (as a workbook holds it)


def test_other_spellings_of_headers_and_moments_in_cells(store: Store, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(
        ["出发时刻", "结束时间", "交通方式", "起点经度", "起点纬度", "终点经度", "终点纬度"]
    )
    ends = [118.6, 24.8, 118.65, 24.8]
    sheet.append([moment(7, 10, 0), moment(7, 10, 20), "警车", *ends])
    sheet.append(["2026年11月7日 17时5分", time(17, 30), "警车", *ends])
    sheet.append([moment(6, 23, 50), time(0, 10), "car", *ends])
    book.save(tmp_path / "legs.xlsx")
    report, legs = taken(store, tmp_path / "legs.xlsx")
    assert report.accepted == 3
    assert [leg.travel_s / 60 for leg in legs] == [20, 25, 20]
    assert [leg.band for leg in legs] == [HourBand.MIDDAY, HourBand.EVENING_PEAK, HourBand.NIGHT]
    assert [leg.day for leg in legs] == [TrafficDay.REST_DAY] * 2 + [TrafficDay.WORKDAY]
    assert [leg.on.day for leg in legs] == [7, 7, 6]
    assert legs[2].profile == "car"


def test_a_datum_holds_for_both_ends(store: Store, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "legs.csv", rows({"坐标系": "GCJ02"}))
    _, (leg,) = taken(store, path)
    for point, stated in ((leg.origin, 118.600013), (leg.target, 118.650019)):
        assert 0.003 < stated - point.lon < 0.007


@pytest.mark.parametrize(
    ("change", "column", "words"),
    [
        ({"到达时间": "08:12"}, "到达时间", "不晚于出发"),
        ({"到达时间": "07:12"}, "到达时间", "不晚于出发"),
        ({"到达时间": "11:13"}, "到达时间", "3 小时"),
        ({"到达时间": "08:13"}, "到达时间", "150 公里"),
        ({"日期": ""}, "日期", "为空"),
        ({"日期": "2026-12-02"}, "到达时间", "将来"),
        ({"出发时间": "2026-11-03 08:12"}, "出发时间", "同一天"),
        ({"出发时间": "早上"}, "出发时间", "08:12"),
        ({"出发时间": "25:00"}, "出发时间", "时刻"),
        ({"出行方式": "飞机"}, "出行方式", "汽车"),
        ({"出行方式": ""}, "出行方式", "为空"),
        ({"出发经度": ""}, "出发经度", "为空"),
        ({"到达经度": "nan"}, "到达经度", "请"),
        ({"出发经度": "24.8", "出发纬度": "118.6"}, "出发经度", "写反"),
        ({"到达经度": "2.35", "到达纬度": "48.85"}, "到达经度", "境内"),
        ({"坐标系": "北京54"}, "坐标系", "WGS84"),
        ({"日期": "1999-11-02"}, "日期", "工作日历"),
        ({"到达经度": "119.2", "到达时间": "10:00"}, "", "可走的道路"),
    ],
)
def test_a_bad_row_is_refused_with_row_and_column_and_nothing_is_stored(
    store: Store, tmp_path: Path, change: Mapping[str, str], column: str, words: str
) -> None:
    path = write_csv(tmp_path / "legs.csv", rows({}, change))
    with pytest.raises(ImportRefusedError) as caught:
        taken(store, path)
    said = "".join(map(str, caught.value.problems))
    assert "第 3 行" in said
    assert words in said
    assert column in said
    assert "118.600" not in said
    assert store.travel_times.count() == 0
    report, _ = taken(store, path, quarantine=True)
    assert (report.accepted, report.quarantined) == (1, 1)
    assert store.travel_times.count() == 1
    assert len(store.quarantined_rows()) == 1


def test_the_same_leg_twice_needs_two_teams(store: Store, tmp_path: Path) -> None:
    other = {"到达经度": "118.66"}
    with pytest.raises(ImportRefusedError, match="第 2 行是同一段"):
        taken(store, write_csv(tmp_path / "a.csv", rows({}, other)))
    report, _ = taken(store, write_csv(tmp_path / "b.csv", rows({}, {**other, "小组": "T2"})))
    assert report.accepted == 2


def test_old_legs_are_forgotten(store: Store, tmp_path: Path) -> None:
    taken(store, write_csv(tmp_path / "a.csv", rows({}, {"日期": "2026-11-03"})))
    assert store.travel_times.forget(date(2026, 11, 3), by="u1") == 1
    assert [leg.on.day for leg in store.travel_times.legs(basis=speeds_basis(PROFILES))] == [3]
    assert store.travel_times.legs(basis="other") == ()
    assert store.audit.entries(1)[0].act == "travel_times.forget"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("8:12", time(8, 12)),
        ("８：１２", time(8, 12)),
        ("8时5分", time(8, 5)),
        ("08:12:30", time(8, 12, 30)),
        (time(8, 12), time(8, 12)),
        (timedelta(hours=8, minutes=12), time(8, 12)),
    ],
)
def test_times_of_day(cell: Any, expected: time) -> None:
    assert read_value(cell, Column("at", "时间", "clock")) == expected


@pytest.mark.parametrize(
    "cell", ["", "812", 8.2, timedelta(hours=30), date(2026, 1, 1), "24:00", "08:12Z", "2026-01-01"]
)
def test_what_is_no_time_of_day(cell: Any) -> None:
    with pytest.raises(CellError):
        read_value(cell, Column("at", "时间", "clock"))


def test_all_profiles_have_a_word() -> None:
    assert set(CHOICES["profile"].values()) == set(PROFILES)
