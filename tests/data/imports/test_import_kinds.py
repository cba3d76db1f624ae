"""Every kind of table: taken in, taken in again, refused when a cell is bad."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely
from openpyxl import Workbook

from data.errors import ImportRefusedError, TableFileError
from data.imports import IMPORT_KINDS, import_file
from data.imports.columns import TableKind
from data.store import Store
from geo.coordinates import to_wgs84
from geo.errors import AreaFileError
from geo.model import AreaKind, Datum
from routes.model import DutyBasis, OutcomeKind, VisitBand
from tests.data.samples import CASE_ROW, GOOD_ROWS, HOURS, NAME, NUMBER, write_csv, write_xlsx
from tests.fakes import StandingClock


@pytest.fixture
def ready(store: Store, tmp_path: Path) -> Store:
    import_file(store, "cases", write_csv(tmp_path / "ready.csv", [GOOD_ROWS["cases"]]))
    return store


def _areas(path: Path, *codes: str, kind: str = "网格", ring: Any = None) -> Path:
    square = ring or [[118.5, 24.8], [118.7, 24.8], [118.7, 25.0], [118.5, 25.0], [118.5, 24.8]]
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": code, "kind": kind},
            "geometry": {"type": "Polygon", "coordinates": [square]},
        }
        for code in codes
    ]
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8"
    )
    return path


@pytest.mark.parametrize("kind", sorted(GOOD_ROWS))
@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_a_good_table_is_stored_and_the_same_again_changes_nothing(
    store: Store, clock: StandingClock, tmp_path: Path, kind: str, write: Any
) -> None:
    if kind in ("outcomes", "leads", "property"):
        import_file(store, "cases", write_csv(tmp_path / "ready.csv", [GOOD_ROWS["cases"]]))
    clock.advance(minutes=1)
    path = write(tmp_path / f"a{'.csv' if write is write_csv else '.xlsx'}", [GOOD_ROWS[kind]])
    seen: list[tuple[int, int]] = []
    report = import_file(store, kind, path, progress=lambda *step: seen.append(step))
    assert (report.kind, report.rows, report.accepted) == (kind, 1, 1)
    assert seen[-1] == (3, 3)
    again = import_file(store, kind, path, actor="u1")
    assert (again.accepted, again.corrected, again.unchanged) == (0, 0, 1)
    entry = store.audit.entries(1)[0]
    assert (entry.actor, entry.act, entry.subject) == ("u1", "import", f"import:{kind}")
    assert store.audit.verify() == store.counts().audit_entries


def test_all_kinds_are_tried_here() -> None:
    assert set(GOOD_ROWS) == {kind.value for kind in TableKind}
    assert set(IMPORT_KINDS) == {*GOOD_ROWS, "areas"}


def test_what_the_field_tables_say_is_stored(store: Store, tmp_path: Path) -> None:
    for kind in ("stations", "checkpoints", "teams", "liaisons", "gazetteer", "calendar"):
        import_file(store, kind, write_csv(tmp_path / f"{kind}.csv", [GOOD_ROWS[kind]]))
    (station,) = store.stations()
    assert len(station.escort_hours) == 6
    assert station.escort_hours[-1] == HOURS[1]
    (checkpoint,) = store.checkpoints()
    assert checkpoint.kind == "rail"
    (duty,) = store.duties(date(2026, 11, 27))
    assert duty.checkpoint_id == "CP01"
    assert duty.basis == DutyBasis(
        "协助执行通知书（2026）第7号",
        None,
        "协助查找下落",
        "示例站派出所值班室",
        date(2026, 12, 31),
    )
    (team,) = store.teams()
    assert (team.officers, team.skills, team.profile) == (3, {"licence", "recorder"}, "car")
    assert (team.recorders, team.outsiders) == (1, 0)
    assert [shift.team_id for shift in store.shifts(date(2026, 11, 27))] == ["T1"]
    (liaison,) = store.liaisons()
    assert liaison.phone is not None
    assert liaison.phone.reveal() == "10020030040"
    (entry,) = store.gazetteer_entries()
    assert (entry.kind, entry.aliases, entry.township) == ("road", ("老街", "古街"), "")
    (day,) = store.calendar_days()
    assert (day.day, day.kind, day.signed_by) == (date(2027, 2, 10), "rest_day", "王示例")


@pytest.mark.parametrize(
    ("kind", "change", "column"),
    [
        ("teams", {"可加班分钟": "-1"}, "可加班分钟"),
        ("teams", {"可加班分钟": "300"}, "可加班分钟"),
        ("teams", {"每班停留数": "0"}, "每班停留数"),
        ("stations", {"须到所接人": "是", "出警交通方式": "警车"}, "出警交通方式"),
        ("stations", {"出警交通方式": "马车"}, "出警交通方式"),
    ],
)
def test_what_no_plan_could_ask(
    store: Store, tmp_path: Path, kind: str, change: dict[str, str], column: str
) -> None:
    with pytest.raises(ImportRefusedError, match=f"“{column}”"):
        import_file(store, kind, write_csv(tmp_path / "a.csv", [GOOD_ROWS[kind] | change]))


def test_a_checkpoint_names_its_debtor_by_id_only(ready: Store, tmp_path: Path) -> None:
    row = GOOD_ROWS["checkpoints"] | {"勤务案号": NUMBER, "勤务被执行人": NAME}
    import_file(ready, "checkpoints", write_csv(tmp_path / "c.csv", [row]))
    (duty,) = ready.duties(date(2026, 11, 27))
    (debtor,) = ready.debtors()
    assert duty.basis is not None
    assert duty.basis.debtor_id == debtor.id
    assert NAME not in repr(duty)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"勤务案号": NUMBER}, "勤务被执行人"),
        ({"勤务被执行人": NAME}, "勤务案号"),
        ({"勤务案号": NUMBER, "勤务被执行人": "别人"}, "勤务被执行人"),
        ({"勤务依据": ""}, "勤务依据"),
        ({"勤务依据": "旅客名单"}, "勤务依据"),
    ],
)
def test_what_the_paper_of_a_duty_may_not_be(
    ready: Store, tmp_path: Path, change: dict[str, str], column: str
) -> None:
    row = GOOD_ROWS["checkpoints"] | change
    with pytest.raises(ImportRefusedError, match=f"“{column}”"):
        import_file(ready, "checkpoints", write_csv(tmp_path / "c.csv", [row]))


def test_an_outcome_and_a_lead_find_their_address(ready: Store, tmp_path: Path) -> None:
    row = GOOD_ROWS["outcomes"] | {"地址": "河埔镇 前洋村中山路１２８号"}
    import_file(ready, "outcomes", write_csv(tmp_path / "o.csv", [row]))
    import_file(ready, "leads", write_csv(tmp_path / "l.csv", [GOOD_ROWS["leads"]]))
    (claim,) = ready.claims()
    (outcome,) = ready.outcomes()
    assert (outcome.claim_id, outcome.kind, outcome.band) == (
        claim.id,
        OutcomeKind.LIVES_HERE_ABSENT,
        VisitBand.DAWN,
    )
    assert outcome.at == datetime(2026, 5, 5, 23, 20, tzinfo=UTC)
    (lead,) = ready.leads()
    assert (lead.claim_id, lead.band, lead.withdrawn) == (claim.id, VisitBand.DAWN, False)
    withdrawn = GOOD_ROWS["leads"] | {"已撤回": "是"}
    import_file(ready, "leads", write_csv(tmp_path / "l.csv", [withdrawn]))
    assert [one.withdrawn for one in ready.leads()] == [True]


BAD = [
    ("stations", {"编号": "PS 01/x"}, "编号", "字母、数字"),
    ("stations", {"经度": ""}, "经度", "为空"),
    ("stations", {"经度": "24.9", "纬度": "118.6"}, "经度", "写反"),
    ("stations", {"协助时段": "周一 22:00-06:00"}, "协助时段", "跨夜"),
    ("stations", {"协助时段": "随时"}, "协助时段", "应形如"),
    ("checkpoints", {"类型": "码头"}, "类型", "火车站"),
    ("teams", {"人数": "0"}, "人数", "至少一人"),
    ("teams", {"人数": "两人"}, "人数", "不是数字"),
    ("teams", {"技能": "执行公务证、潜水"}, "技能", "开锁"),
    ("teams", {"班次": ""}, "班次", "为空"),
    ("teams", {"外部人员数": "-1"}, "外部人员数", "不能为负数"),
    ("teams", {"记录设备数": "-1"}, "记录设备数", "不能为负数"),
    ("liaisons", {"姓名": ""}, "姓名", "为空"),
    ("outcomes", {"案号": "（2026）闽0599执99号"}, "案号", "没有这个案件"),
    ("outcomes", {"案号": "x"}, "案号", "无法识别"),
    ("outcomes", {"被执行人": "陈示例"}, "被执行人", "没有这个被执行人"),
    ("outcomes", {"地址": "别处"}, "地址", "不是该被执行人的地址线索"),
    ("outcomes", {"时间": "2026-05-06 02:00"}, "时间", "06:00 至 21:00"),
    ("outcomes", {"时间": "2027-05-06 08:00"}, "时间", "将来"),
    ("outcomes", {"时间": "2026-05-06"}, "时间", "没有时刻"),
    ("outcomes", {"结果": "不详"}, "结果", "已搬走"),
    ("leads", {"失效时间": "2026-05-06 07:00"}, "失效时间", "晚于收到时间"),
    ("leads", {"地址": "别处"}, "地址", "不是该被执行人的地址线索"),
    ("leads", {"时段": "深夜"}, "时段", "傍晚"),
    ("gazetteer", {"类别": "山"}, "类别", "自然村"),
    ("gazetteer", {"经度": "0", "纬度": "0"}, "经度", "不在中国"),
    ("calendar", {"日期": "2027-02-29"}, "日期", "没有这一天"),
    ("calendar", {"签发人": ""}, "签发人", "为空"),
    ("calendar", {"类型": "假日"}, "类型", "法定节假日"),
    ("calendar", {"日期": "2026-10-01", "类型": "工作日"}, "类型", "法定节假日"),
    ("calendar", {"日期": "2026-09-25", "类型": "工作日"}, "类型", "删去该行"),
    ("calendar", {"日期": "2027-01-01", "类型": "工作日"}, "类型", "法定节假日"),
    ("calendar", {"日期": "2031-05-02", "类型": "休息日"}, "类型", "法定节假日"),
    ("calendar", {"日期": "2027-02-11", "签发日期": "2026-11-26"}, "签发日期", "2026-11-25"),
]


@pytest.mark.parametrize(("kind", "change", "column", "told"), BAD)
def test_a_bad_row_refuses_the_file_or_waits_in_quarantine(
    ready: Store, tmp_path: Path, kind: str, change: dict[str, str], column: str, told: str
) -> None:
    path = write_csv(tmp_path / "a.csv", [GOOD_ROWS[kind], GOOD_ROWS[kind] | change])
    before = ready.counts()
    with pytest.raises(ImportRefusedError) as caught:
        import_file(ready, kind, path)
    (problem,) = map(str, caught.value.problems)
    assert problem.startswith(f"文件 a.csv 第 3 行“{column}”列：")
    assert told in problem
    assert ready.counts() == before
    report = import_file(ready, kind, path, quarantine=True)
    assert (report.accepted, report.quarantined) == (1, 1)
    assert [str(one) for one in report.problems] == [problem]
    (waiting,) = ready.quarantined_rows()
    assert [str(one) for one in waiting.problems] == [problem]


def test_a_calendar_signed_today_may_name_holidays_and_move_other_days(
    store: Store, tmp_path: Path
) -> None:
    rows = [
        GOOD_ROWS["calendar"] | {"日期": day, "类型": kind, "签发日期": "2026-11-25"}
        for day, kind in (
            ("2027-01-01", "法定节假日"),
            ("2027-10-03", "法定节假日"),
            ("2026-12-01", "法定节假日"),
            ("2027-10-04", "工作日"),
        )
    ]
    assert import_file(store, "calendar", write_csv(tmp_path / "a.csv", rows)).accepted == 4


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("stations", {"派出所名称": "另一所"}),
        ("outcomes", {"结果": "找到"}),
        ("leads", {"已撤回": "是"}),
        ("gazetteer", {"经度": "118.61"}),
        ("calendar", {"名称": "另一节"}),
    ],
)
def test_two_rows_of_one_object_contradict(
    ready: Store, tmp_path: Path, kind: str, change: dict[str, str]
) -> None:
    path = write_csv(tmp_path / "a.csv", [GOOD_ROWS[kind], GOOD_ROWS[kind] | change])
    with pytest.raises(ImportRefusedError, match=r"第 3 行.*第 2 行"):
        import_file(ready, kind, path)


def test_the_datum_of_a_table(store: Store, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [GOOD_ROWS["stations"]])
    import_file(store, "stations", path, datum=Datum.BD09)
    (station,) = store.stations()
    assert station.point.lon == pytest.approx(to_wgs84([118.6, 24.9], Datum.BD09)[0])


def test_a_liaison_of_a_grid_that_nobody_drew_is_noted(store: Store, tmp_path: Path) -> None:
    import_file(store, "areas", _areas(tmp_path / "a.geojson", "G9"))
    report = import_file(store, "liaisons", write_csv(tmp_path / "a.csv", [GOOD_ROWS["liaisons"]]))
    assert report.accepted == 1
    assert "没有这个网格" in str(report.notes[0])


def test_areas_replace_all_and_count_what_changed(store: Store, tmp_path: Path) -> None:
    path = _areas(tmp_path / "a.geojson", "G1", "G2")
    assert import_file(store, "areas", path).accepted == 2
    again = import_file(store, "areas", path)
    assert (again.accepted, again.unchanged) == (0, 2)
    assert import_file(store, "areas", _areas(path, "G1")).unchanged == 1
    assert [(area.code, area.kind) for area in store.areas()] == [("G1", AreaKind.GRID)]


def test_a_mended_boundary_is_counted_as_corrected(store: Store, tmp_path: Path) -> None:
    bow = [[118.5, 24.8], [118.7, 25.0], [118.7, 24.8], [118.5, 25.0], [118.5, 24.8]]
    report = import_file(store, "areas", _areas(tmp_path / "a.geojson", "G1", ring=bow))
    assert (report.accepted, report.corrected) == (0, 1)
    assert "自相交" in str(report.notes[0])
    assert store.areas()[0].geometry.is_valid


def test_bad_boundaries_leave_the_stored_ones(store: Store, tmp_path: Path) -> None:
    import_file(store, "areas", _areas(tmp_path / "a.geojson", "G1"))
    before = store.counts()
    swapped = [[24.8, 118.5], [25.0, 118.5], [25.0, 118.7], [24.8, 118.5]]
    for path in (
        _areas(tmp_path / "b.geojson", "G2", "G2"),
        _areas(tmp_path / "c.geojson", "G2", kind="山"),
        _areas(tmp_path / "d.geojson", "G2", ring=swapped),
        tmp_path / "missing.geojson",
    ):
        with pytest.raises((AreaFileError, TableFileError), match=path.name):
            import_file(store, "areas", path)
    assert store.counts() == before
    assert shapely.equals(store.areas()[0].geometry, shapely.box(118.5, 24.8, 118.7, 25.0))


def test_an_unknown_kind(store: Store, tmp_path: Path) -> None:
    with pytest.raises(TableFileError, match="cases"):
        import_file(store, "people", tmp_path / "a.csv")


def test_sheets_of_one_table_are_read_together(store: Store, tmp_path: Path) -> None:
    book = Workbook()
    book.remove(book.worksheets[0])
    for seq, name in enumerate(("一组", "二组"), start=1):
        page = book.create_sheet(name)
        row = CASE_ROW | {"案号": f"（2026）闽0599执{seq}号"}
        page.append(list(row))
        page.append(list(row.values()))
    book.create_sheet("说明").append(["随便写写"])
    book.save(tmp_path / "a.xlsx")
    report = import_file(store, "cases", tmp_path / "a.xlsx")
    assert report.accepted == 2
    assert "“说明”没有所需的列" in str(report.notes[0])


@pytest.mark.parametrize(("kind", "column"), [("teams", "技能"), ("leads", "已撤回")])
def test_a_header_that_a_rule_needs_must_stand(
    ready: Store, tmp_path: Path, kind: str, column: str
) -> None:
    row = {key: value for key, value in GOOD_ROWS[kind].items() if key != column}
    with pytest.raises(ImportRefusedError, match=f"a.csv“a.csv”缺少列“{column}”"):
        import_file(ready, kind, write_csv(tmp_path / "a.csv", [row]))
    assert ready.counts().teams == ready.counts().leads == 0


def test_gbk_text_is_told_by_its_encoding(store: Store, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [CASE_ROW], "gbk")
    assert import_file(store, "cases", path).encoding == "gbk"
    assert store.debtors()[0].name.reveal() == NAME
