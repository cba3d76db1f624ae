"""Hearings and keys to be given over: taken in, located, read by the planner, gone in time."""

from __future__ import annotations

import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.cases import case_id_of
from data.duties import EnteredDuty
from data.errors import ImportRefusedError, StoreError
from data.exports.field_tables import FIELD_FORMATS, duty_rows, write_field_table
from data.imports import import_file
from data.imports.columns import CHOICES, TableKind
from data.retention import Kept, purge
from data.retention_preview import due_today
from data.row_words import read_words
from data.store import Store
from data.subject_access import NOT_YET, WITHHELD
from geo.coordinates import from_wgs84
from geo.localtime import LOCAL_ZONE
from geo.model import Datum, Point
from routes.errors import ValueRangeError
from routes.model import CaseId, CaseNumber, DebtorId, DutyKind, SecretText, TeamId
from routes.rules import load_profile
from tests.data import samples
from tests.data.courts import CourtFolder, copied
from tests.data.samples import GOOD_ROWS, NAME, NUMBER, write_csv
from tests.fakes import StandingClock

DAY = date(2026, 12, 3)
ROW = GOOD_ROWS["duties"]
HALL = {"经度": "118.6", "纬度": "24.9"}
POINT = Point(118.6, 24.9)


@pytest.fixture
def ready(store: Store, tmp_path: Path) -> Store:
    for kind in ("cases", "teams"):
        import_file(store, kind, write_csv(tmp_path / f"{kind}.csv", [GOOD_ROWS[kind]]))
    return store


def take(store: Store, folder: Path, *rows: dict[str, str]) -> None:
    import_file(
        store, "duties", write_csv(folder / "duties.csv", [dict(ROW) | one for one in rows])
    )


def entered(**changes: object) -> EnteredDuty:
    made = EnteredDuty("QW01", DutyKind.HEARING, SecretText("听证"), DAY, 32400, 37800, point=POINT)
    return replace(made, **changes)  # type: ignore[arg-type]


def test_the_planner_reads_what_a_row_says(ready: Store, tmp_path: Path) -> None:
    keys = {
        "类型": "交接钥匙",
        "事项": "房屋交付",
        "所需技能": "开锁",
        "案号": NUMBER,
        "小组": "T1",
        "所需分钟": "40",
    }
    take(ready, tmp_path, HALL | keys, HALL | {"编号": "QW02", "所需分钟": "", "已撤回": "否"})
    first, second = ready.duties(DAY)
    assert (first.id, first.kind, first.label) == ("QW01-20261203", DutyKind.KEYS, "房屋交付")
    assert (first.point, first.service_s, first.needed_skills) == (
        POINT,
        2400,
        frozenset({"locksmith"}),
    )
    assert first.starts_at == datetime(2026, 12, 3, 9, tzinfo=LOCAL_ZONE)
    assert first.ends_at == datetime(2026, 12, 3, 10, 30, tzinfo=LOCAL_ZONE)
    assert first.team_id == "T1"
    assert first.case_id == ready.cases()[0].id
    assert (second.kind, second.service_s, second.case_id) == (DutyKind.HEARING, None, None)
    assert not ready.duties(DAY + timedelta(days=1))


def test_a_position_is_read_in_its_datum(store: Store, tmp_path: Path) -> None:
    lon, lat = from_wgs84([[POINT.lon, POINT.lat]], Datum.GCJ02)[0].tolist()
    take(store, tmp_path, {"经度": repr(lon), "纬度": repr(lat), "坐标系": "GCJ02"})
    (duty,) = store.duties(DAY)
    assert (duty.point.lon, duty.point.lat) == pytest.approx((118.6, 24.9), abs=1e-6)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"类型": "巡逻"}, "“类型”"),
        ({"地点": ""}, "“地点”.*经度和纬度"),
        ({"经度": "118.6"}, "“纬度”"),
        ({"结束": "09:00"}, "“结束”列：须晚于开始"),
        ({"开始": "2026-12-04 09:00"}, "“开始”列：日期与“日期”一列不同"),
        ({"开始": "九点"}, "“开始”"),
        ({"所需分钟": "91"}, "“所需分钟”列：须为 1 至 90 分钟"),
        ({"所需分钟": "0"}, "“所需分钟”列：须为 1 至 90 分钟"),
        ({"所需技能": "飞行"}, "“所需技能”"),
        ({"案号": "（2026）闽0599执99号"}, "“案号”列：库中没有这个案件"),
        ({"小组": "T9"}, "“小组”列：库中没有这个小组"),
        ({"编号": "A B"}, "“编号”"),
        ({"事项": "核对车票"}, "“事项”"),
        ({"案号": NUMBER, "事项": f"{NAME} 交房"}, "“事项”列：写了被执行人的姓名"),
        ({"已撤回": "也许"}, "“已撤回”"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    ready: Store, tmp_path: Path, change: dict[str, str], told: str
) -> None:
    with pytest.raises(ImportRefusedError, match=told) as refused:
        take(ready, tmp_path, change)
    assert "第 2 行" in str(refused.value.problems[0])
    assert not ready.entered_duties()


def test_a_bad_row_waits_without_the_name_that_it_had(ready: Store, tmp_path: Path) -> None:
    rows = [ROW, {**ROW, "编号": "QW02", "案号": NUMBER, "事项": f"{NAME}交房"}]
    path = write_csv(tmp_path / "duties.csv", rows)
    report = import_file(ready, "duties", path, quarantine=True)
    assert (report.accepted, report.quarantined) == (1, 1)
    (kept,) = ready.quarantined_rows()
    assert NAME not in str(kept.cells)


def test_a_place_that_was_found_goes_when_the_row_changes(store: Store, tmp_path: Path) -> None:
    take(store, tmp_path, {})
    assert not store.duties(DAY)
    (waiting,) = store.unplaced_duties(since=DAY)
    assert not store.unplaced_duties(since=DAY + timedelta(days=1))
    store.set_duty_places({waiting.id: POINT})
    assert [duty.point for duty in store.duties(DAY)] == [POINT]
    assert not store.unplaced_duties(since=DAY)
    take(store, tmp_path, {})
    assert [duty.point for duty in store.duties(DAY)] == [POINT]
    take(store, tmp_path, {"地点": "河埔镇前洋村中山路1号"})
    assert not store.duties(DAY)
    assert [one.id for one in store.unplaced_duties(since=DAY)] == ["QW01"]


def test_what_is_withdrawn_is_no_duty_any_more(store: Store, tmp_path: Path) -> None:
    take(store, tmp_path, HALL)
    take(store, tmp_path, HALL | {"已撤回": "是"})
    assert not store.duties(DAY)
    assert not store.unplaced_duties(since=DAY)
    assert [one.withdrawn for one in store.entered_duties()] == [True]


def test_words_and_places_are_encrypted(store: Store) -> None:
    store.put(duties_=[entered(address=SecretText("河埔镇前洋村8号"))])
    store.set_duty_places({"QW01": Point(118.7123, 24.9)})
    with store.read() as connection:
        (row,) = connection.exec_driver_sql("SELECT * FROM duty").all()
    for text in ("听证", "河埔镇", "118.6", "118.7123", "24.9"):
        assert text not in str(row)
        assert all(text.encode() not in cell for cell in row if isinstance(cell, bytes))


def test_what_no_duty_can_be() -> None:
    with pytest.raises(ValueRangeError, match="开始须早于结束"):
        entered(end_s=32400)
    with pytest.raises(ValueRangeError, match="地点或经纬度"):
        entered(point=None)


def test_a_duty_of_nothing_stored_is_refused(store: Store) -> None:
    for wrong in (entered(case_id=CaseId("none")), entered(team_id=TeamId("T9"))):
        with pytest.raises(StoreError):
            store.put(duties_=[wrong])
    assert not store.entered_duties()


def test_a_preview_speaks_the_words_of_the_table(ready: Store, tmp_path: Path) -> None:
    change = {"案号": NUMBER, "小组": "T1", "所需技能": "开锁", "类型": "交接钥匙", "开始": "8:05"}
    take(ready, tmp_path, HALL | change)
    with ready.read() as connection:
        said = read_words(connection, TableKind.DUTIES, ["QW01"])["QW01"]
    assert said.title == "QW01"
    shown = {key: said.values[key] for key in ("类型", "地点", "日期", "开始", "案号", "小组")}
    assert shown == {
        "类型": "交接钥匙",
        "地点": ROW["地点"],
        "日期": "2026-12-03",
        "开始": "08:05",
        "案号": NUMBER,
        "小组": "T1",
    }
    assert (said.values["所需技能"], said.values["已撤回"]) == ("开锁", "否")


_POINTS = st.builds(Point, st.floats(116.0, 119.0), st.floats(24.0, 27.0))


@st.composite
def duties(draw: st.DrawFn, case_id: CaseId) -> EnteredDuty:
    start_s = draw(st.integers(0, 86000))
    end_s = draw(st.integers(start_s + 60, 86399))
    address = draw(st.none() | st.just(SecretText("河埔镇前洋村8号")))
    return EnteredDuty(
        draw(st.from_regex(r"[A-Z][A-Z0-9]{1,6}", fullmatch=True)),
        draw(st.sampled_from((DutyKind.HEARING, DutyKind.KEYS, DutyKind.OTHER))),
        SecretText(draw(st.sampled_from(("=1+1", "@交接", "听证", "房屋交付")))),
        draw(st.dates(date(2026, 1, 1), date(2027, 12, 31))),
        start_s,
        end_s,
        address,
        draw(_POINTS) if address is None else draw(st.none() | _POINTS),
        draw(st.none() | st.integers(1, (end_s - start_s) // 60)),
        frozenset(draw(st.sets(st.sampled_from(sorted(CHOICES["skill"].values())), max_size=3))),
        draw(st.none() | st.just(case_id)),
        draw(st.none() | st.just(TeamId("T1"))),
        draw(st.booleans()),
    )


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data(), form=st.sampled_from(FIELD_FORMATS))
def test_an_import_of_an_export_is_what_was_exported(
    empty_court: CourtFolder, clock: StandingClock, data: st.DataObject, form: str
) -> None:
    with (
        tempfile.TemporaryDirectory() as name,
        copied(empty_court, Path(name) / "court") as court,
        closing(court.open(clock)) as store,
    ):
        case_id = case_id_of(store.cipher, CaseNumber(2026, "闽0599", "执", 1))
        several = st.lists(duties(case_id), min_size=1, max_size=4, unique_by=lambda one: one.id)
        made = sorted(data.draw(several), key=lambda one: one.id)
        store.put(cases_=[samples.case(1, id=case_id)], teams=[samples.team()], duties_=made)
        path, held = Path(name) / f"duties.{form}", store.entered_duties()
        rows = list(duty_rows(held, store.duty_cases(held)))
        write_field_table(path, form, TableKind.DUTIES, rows)
        report = import_file(store, "duties", path)
        assert (report.accepted, report.unchanged) == (0, len(made)), report.problems
        assert store.entered_duties() == tuple(made)


def test_a_duty_goes_as_plans_do_or_with_its_case(store: Store, clock: StandingClock) -> None:
    profile = load_profile(None)
    past = clock().date() - timedelta(days=profile.retention_plan_d + 1)
    kept = past + timedelta(days=1)
    store.put(
        cases_=[samples.case(1)],
        debtors=[samples.debtor(1)],
        duties_=[entered(day=past), entered(id="QW02", day=kept, case_id=CaseId("c1"))],
    )
    due = due_today(store, profile, by="u1")[Kept.DUTIES]
    assert [(one.id, one.since) for one in due] == [("QW01", past)]
    assert purge(store, profile, by="u1")[Kept.DUTIES] == ("QW01",)
    assert [one.id for one in store.entered_duties()] == ["QW02"]
    assert store.audit.entries(1)[0].act == "retention.purge"


def test_who_asks_is_told_of_a_hearing_but_not_when_it_will_be(store: Store) -> None:
    store.put(
        cases_=[samples.case(1)],
        debtors=[samples.debtor(1)],
        duties_=[
            entered(case_id=CaseId("c1")),
            entered(id="QW02", day=date(2026, 1, 5), case_id=CaseId("c1")),
            entered(id="QW03"),
        ],
    )
    to_come, over = store.held_about([DebtorId("d1")])["duty"]
    assert (to_come["day"], to_come["start_s"], to_come["label"]) == (NOT_YET, NOT_YET, "听证")
    assert (over["id"], over["day"]) == ("QW02", "2026-01-05")
    store.put(debtors=[samples.debtor(3, case_id=CaseId("c1"))])
    assert {row["label"] for row in store.held_about([DebtorId("d1")])["duty"]} == {WITHHELD}
