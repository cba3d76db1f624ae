from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely
from stdnum.cn import uscc

from data.demo.people import credit_code, id_number
from data.errors import ImportRefusedError
from data.imports import ImportReport, import_file
from data.imports.columns import TableKind, columns_of
from data.store import Store
from geo import coordinates
from geo.model import Area, AreaKind, Datum, Precision
from routes.model import (
    CaseKind,
    CaseStatus,
    ClaimSource,
    DebtorKind,
    Grade,
    Identifier,
    Instalment,
    PlaceKind,
    Situation,
)
from tests.data.samples import (
    ADDRESS,
    CASE_ROW,
    ID_NUMBER,
    NAME,
    NUMBER,
    second_address,
    write_csv,
    write_xlsx,
)

_NUMBERS = (id_number(date(1980, 5, 17), serial) for serial in range(1000))
BOTH = next(number for number in _NUMBERS if uscc.is_valid(number))
"""An identity number that passes the check of credit codes as well."""


@pytest.fixture
def bring(store: Store, tmp_path: Path) -> Any:
    def run(*rows: dict[str, Any], **options: Any) -> ImportReport:
        return import_file(store, "cases", write_csv(tmp_path / "案件.csv", rows), **options)

    return run


def test_a_full_row_is_stored_as_it_says(store: Store, tmp_path: Path) -> None:
    row = (
        CASE_ROW
        | {
            "案号": "(2026) 闽0599执 1 号",
            "案由": "劳动报酬",
            "立案日期": date(2026, 2, 18),
            "状态": "中止",
            "执行依据文号": "（2025）闽0599民初877号",
            "依据送达日期": "2025年11月3日",
            "履行期限届满日": "2025/12/3",
            "执行通知发出日期": "20260220",
            "名单等级": "黑",
            "最近联系日期": date(2026, 3, 1),
            "暂停至": date(2026, 12, 31),
            "重大事项": "是",
            "特殊人员": "老年人、重病",
            "执行行为异议审查中": "是",
            "分期履行": "2026-10-31已收2026年10月30日；2026-11-30",
            "特殊处境": "被监禁",
            "地址1军事场所": "是",
            "被执行人类型": "自然人",
            "证件号码": "００００００19900101000x",
            "已核对标识": "姓名、证件号码",
            "需女性执行人员": "是",
            "地址1性质": "工作单位",
            "地址1依据": "户籍查询回执（2026）第31号",
            "地址1核对标识": "姓名，证件号码",
        }
        | second_address("东海街道1号")
    )
    report = import_file(store, "cases", write_xlsx(tmp_path / "a.xlsx", [row], title="清单"))
    assert (report.rows, report.accepted, report.quarantined) == (1, 1, 0)
    (case,) = store.cases()
    assert str(case.number) == NUMBER
    assert (case.kind, case.status, case.grade) == (
        CaseKind.WAGES,
        CaseStatus.STAYED,
        Grade.BLACK,
    )
    assert case.basis_document == "（2025）闽0599民初877号"
    assert (case.basis_served_on, case.performance_due_on, case.notice_sent_on) == (
        date(2025, 11, 3),
        date(2025, 12, 3),
        date(2026, 2, 20),
    )
    assert (case.contact_logged_on, case.paused_until) == (date(2026, 3, 1), date(2026, 12, 31))
    assert case.major_matter
    assert case.vulnerable == ("elderly", "ill")
    (debtor,) = store.debtors()
    assert debtor.name.reveal() == NAME
    assert debtor.id_number is not None
    assert debtor.id_number.reveal() == "00000019900101000X"
    assert debtor.identifiers == {Identifier.NAME, Identifier.ID_NUMBER}
    assert debtor.needs_female_officer
    assert case.objection_pending
    assert case.instalments == (
        Instalment(date(2026, 10, 31), date(2026, 10, 30)),
        Instalment(date(2026, 11, 30)),
    )
    assert debtor.situation is Situation.IMPRISONED
    first, second = sorted(store.claims(), key=lambda claim: claim.seen_on, reverse=True)
    assert (first.text.reveal(), first.source, first.kind, first.basis) == (
        ADDRESS,
        ClaimSource.HOUSEHOLD_REGISTER,
        PlaceKind.WORK,
        "户籍查询回执（2026）第31号",
    )
    assert first.identifiers == {Identifier.NAME, Identifier.ID_NUMBER}
    assert (first.military_site, second.military_site) == (True, False)
    assert (second.source, second.kind, second.seen_on, second.place) == (
        ClaimSource.OTHER,
        PlaceKind.HOME,
        date(2026, 2, 18),
        None,
    )
    assert store.find_cases(NAME) == store.find_cases(NUMBER) == (case.id,)


def test_the_same_file_again_changes_nothing(store: Store, bring: Any) -> None:
    bring(CASE_ROW)
    before = store.counts(), store.cases(), store.claims()
    report = bring(CASE_ROW)
    assert (report.accepted, report.corrected, report.unchanged) == (0, 0, 1)
    after = store.counts(), store.cases(), store.claims()
    assert after[1:] == before[1:]
    assert after[0].audit_entries == before[0].audit_entries + 1


def test_a_changed_row_replaces_its_case_only(store: Store, bring: Any) -> None:
    other = CASE_ROW | {"案号": NUMBER.replace("执1号", "执2号")}
    bring(CASE_ROW, other)
    report = bring(CASE_ROW | {"状态": "结案"}, other)
    assert (report.accepted, report.unchanged) == (1, 1)
    assert [case.status for case in store.cases()] == [CaseStatus.ENDED, CaseStatus.ACTIVE]


def test_languages_come_and_stay_where_the_column_is_missing(store: Store, bring: Any) -> None:
    bring(CASE_ROW | {"沟通语言": "闽南话、手语"})
    assert bring(CASE_ROW).unchanged == 1
    assert [one.languages for one in store.debtors()] == [{"dialect", "sign_language"}]
    bring(CASE_ROW | {"沟通语言": ""})
    assert [one.languages for one in store.debtors()] == [frozenset()]


BLOCKS = {
    "特殊处境": "被监禁",
    "地址1军事场所": "是",
    "执行行为异议审查中": "是",
    "分期履行": "2026-10-31已收2026-10-30、2027-11-30",
}


def _blocks(store: Store) -> tuple[Any, ...]:
    (case,), (debtor,), (claim,) = store.cases(), store.debtors(), store.claims()
    return case.objection_pending, case.instalments, debtor.situation, claim.military_site


ANSWERED = {"特殊处境", "执行行为异议审查中"}
NO_ANSWERS = {"特殊处境": "无", "执行行为异议审查中": "否"}
NOBODY_ASKED = (None, (), None, False)


def test_a_missing_column_lifts_no_block(store: Store, bring: Any) -> None:
    bring(CASE_ROW | BLOCKS)
    before = _blocks(store)
    assert before[2:] == (Situation.IMPRISONED, True)
    assert len(before[1]) == 2
    assert bring(CASE_ROW).unchanged == 1
    assert bring(CASE_ROW | {"状态": "中止"}).accepted == 1
    assert _blocks(store) == before


@pytest.mark.parametrize("header", [*BLOCKS])
def test_an_empty_cell_or_a_no_lifts_its_own_block_only(
    store: Store, bring: Any, header: str
) -> None:
    bring(CASE_ROW | BLOCKS)
    before = _blocks(store)
    bring(CASE_ROW | {header: NO_ANSWERS.get(header, "")})
    changed = [old != new for old, new in zip(before, _blocks(store), strict=True)]
    assert changed.count(True) == 1
    bring(CASE_ROW | dict.fromkeys(BLOCKS, "") | NO_ANSWERS)
    assert _blocks(store) == (False, (), Situation.ORDINARY, False)


@pytest.mark.parametrize("silence", ["", " ", "未问"])
def test_a_cell_that_says_nothing_takes_no_answer_back(
    store: Store, bring: Any, silence: str
) -> None:
    asked = {"重大事项": "是", "特殊人员": "老年人"} | {key: BLOCKS[key] for key in ANSWERED}
    bring(CASE_ROW | asked)
    before = store.cases(), store.debtors()
    assert bring(CASE_ROW | dict.fromkeys(asked, silence)).unchanged == 1
    assert (store.cases(), store.debtors()) == before


@pytest.mark.parametrize("silence", [None, "", "未问"])
def test_what_nobody_asked_is_no_answer(store: Store, bring: Any, silence: str | None) -> None:
    asked = ("重大事项", "特殊人员", *ANSWERED)
    row = CASE_ROW | {} if silence is None else CASE_ROW | dict.fromkeys(asked, silence)
    bring(row)
    (case,) = store.cases()
    assert _blocks(store) == NOBODY_ASKED
    assert (case.major_matter, case.vulnerable) == (None, None)
    bring(row | {"重大事项": "否", "特殊人员": "无"} | NO_ANSWERS)
    (case,) = store.cases()
    assert (case.major_matter, case.vulnerable) == (False, ())
    assert _blocks(store) == (False, (), Situation.ORDINARY, False)


def test_nobody_and_somebody_at_once_is_refused(store: Store, bring: Any) -> None:
    with pytest.raises(ImportRefusedError, match="特殊人员"):
        bring(CASE_ROW | {"特殊人员": "无、老年人"})
    assert store.cases() == ()


def test_an_address_under_another_number_keeps_its_military_site(store: Store, bring: Any) -> None:
    bring(CASE_ROW | BLOCKS)
    bring(CASE_ROW | {"地址1": "东海街道1号", "地址1军事场所": ""} | second_address(ADDRESS))
    sites = {claim.text.reveal(): claim.military_site for claim in store.claims()}
    assert sites == {ADDRESS: True, "东海街道1号": False}


def test_several_rows_of_a_case_are_its_debtors(store: Store, bring: Any) -> None:
    report = bring(
        CASE_ROW | {"状态": "执行中"},
        CASE_ROW | {"被执行人": "示例商贸有限公司", "地址1": "东海街道1号"},
        CASE_ROW | {"地址1": "东海街道2号"},
    )
    assert (report.accepted, len(store.cases())) == (3, 1)
    kinds = {d.name.reveal(): d.kind for d in store.debtors()}
    assert kinds == {NAME: DebtorKind.PERSON, "示例商贸有限公司": DebtorKind.COMPANY}
    texts = sorted(claim.text.reveal() for claim in store.claims())
    assert texts == sorted([ADDRESS, "东海街道1号", "东海街道2号"])


def test_the_same_address_twice_is_one_claim_by_its_newer_statement(
    store: Store, bring: Any
) -> None:
    report = bring(
        CASE_ROW
        | {
            "地址1核对标识": "姓名",
            "地址2": f" {ADDRESS[:6]} {ADDRESS[6:]}",
            "地址2来源": "户籍",
            "地址2日期": "2026-05-01",
            "地址2依据": "",
            "地址2核对标识": "照片",
        }
    )
    assert (report.accepted, report.corrected) == (0, 1)
    assert "已合并" in str(report.notes[-1])
    (claim,) = store.claims()
    assert (claim.source, claim.seen_on) == (ClaimSource.HOUSEHOLD_REGISTER, date(2026, 5, 1))
    assert claim.identifiers == {Identifier.NAME, Identifier.PHOTO}


@pytest.mark.parametrize(
    ("stated", "datum", "meant"),
    [
        ("", None, Datum.WGS84),
        ("", Datum.GCJ02, Datum.GCJ02),
        ("BD09", Datum.GCJ02, Datum.BD09),
        ("WGS-84", Datum.GCJ02, Datum.WGS84),
        ("CGCS2000", None, Datum.CGCS2000),
    ],
)
def test_the_rows_datum_wins_over_the_options(
    store: Store, bring: Any, stated: str, datum: Datum | None, meant: Datum
) -> None:
    row = {"地址1经度": "118.6758", "地址1纬度": "24.8739", "地址1坐标系": stated}
    bring(CASE_ROW | row, datum=datum)
    (claim,) = store.claims()
    assert claim.place is not None
    expected = coordinates.to_wgs84([118.6758, 24.8739], meant)
    assert [claim.place.point.lon, claim.place.point.lat] == pytest.approx(list(expected))


def _square(code: str, kind: AreaKind) -> Area:
    return Area(code, code, kind, shapely.box(118.5, 24.8, 118.7, 25.0))


def test_a_given_position_gets_its_areas_at_once_or_when_they_come(
    store: Store, bring: Any, tmp_path: Path
) -> None:
    store.replace_areas(
        [
            _square("G1", AreaKind.GRID),
            _square("T1", AreaKind.TOWNSHIP),
            _square("PS01", AreaKind.STATION_TERRITORY),
        ]
    )
    row = CASE_ROW | {"地址1经度": "118.6", "地址1纬度": "24.9"} | second_address("别处")
    bring(row)
    placed = [claim.place for claim in store.claims() if claim.place is not None]
    assert len(placed) == 1
    assert (placed[0].precision, placed[0].confidence) == (Precision.POI, 0.95)
    assert (placed[0].grid_code, placed[0].township_code, placed[0].station_id) == (
        "G1",
        "T1",
        "PS01",
    )
    features = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"code": "G2", "name": "新网格", "kind": "网格"},
                "geometry": shapely.geometry.mapping(shapely.box(118.5, 24.8, 118.7, 25.0)),
            }
        ],
    }
    path = tmp_path / "边界.geojson"
    path.write_text(json.dumps(features), encoding="utf-8")
    assert import_file(store, "areas", path).accepted == 1
    (place,) = (claim.place for claim in store.claims() if claim.place is not None)
    assert (place.grid_code, place.township_code, place.station_id) == ("G2", None, None)


def test_a_corrected_position_is_written_and_a_geocoded_one_is_kept(
    store: Store, bring: Any
) -> None:
    given = CASE_ROW | {"地址1经度": "118.6", "地址1纬度": "24.9"}
    bring(given)
    (claim,) = store.claims()
    assert claim.place is not None
    report = bring(given | {"地址1经度": "118.65"})
    assert report.accepted == 1
    (moved,) = store.claims()
    assert moved.place is not None
    assert moved.place.point.lon == 118.65
    store.set_places({moved.id: claim.place})
    assert bring(given | {"地址1经度": "118.65"}).unchanged == 1
    assert store.claims()[0].place == claim.place


BAD = [
    ({"案号": "2026年第1号"}, "案号", "案号无法识别"),
    ({"案号": ""}, "案号", "为空"),
    ({"案由": "欠款"}, "案由", "民间借贷"),
    ({"状态": ""}, "状态", "为空"),
    ({"执行标的额": "-1"}, "执行标的额", "负数"),
    ({"执行标的额": "若干"}, "执行标的额", "不是数字"),
    ({"执行标的额": "NaN"}, "执行标的额", "不是数字"),
    ({"执行标的额": "1e999"}, "执行标的额", "不是有限的数"),
    ({"立案日期": "2026-02-30"}, "立案日期", "没有这一天"),
    ({"证件号码": "3.50504E+17"}, "证件号码", "文本"),
    ({"证件号码": "不详"}, "证件号码", "数字和字母"),
    ({"被执行人": "=A1"}, "被执行人", "公式"),
    ({"地址1日期": "去年"}, "地址1日期", "2026-03-12"),
    ({"地址1来源": "听说"}, "地址1来源", "户籍"),
    ({"地址1": ""}, "地址1", "补填地址"),
    ({"地址1经度": "24.9", "地址1纬度": "118.6"}, "地址1经度", "写反"),
    ({"地址1经度": "2.35", "地址1纬度": "48.85"}, "地址1经度", "不在中国"),
    ({"地址1经度": "118.6", "地址1纬度": "64"}, "地址1纬度", "不在中国"),
    ({"地址1经度": "500123", "地址1纬度": "2754000"}, "地址1经度", "平面坐标"),
    ({"地址1经度": "118.6"}, "地址1纬度", "同时"),
    ({"地址1经度": "118°66′", "地址1纬度": "24.9"}, "地址1经度", "60"),
    ({"地址1经度": "118.6,24.9", "地址1纬度": "24.9"}, "地址1经度", "两列"),
    ({"地址1经度": "N24.9", "地址1纬度": "24.9"}, "地址1经度", "写反"),
    ({"地址1经度": "村口📍", "地址1纬度": "24.9"}, "地址1经度", "无法识别"),
    ({"地址1经度": "=118+0.6", "地址1纬度": "24.9"}, "地址1经度", "公式"),
    ({"地址1经度": "118.6", "地址1纬度": "24.9", "地址1坐标系": "北京54"}, "坐标系", "GCJ02"),
]


@pytest.mark.parametrize(("change", "column", "told"), BAD)
def test_a_bad_cell_is_told_with_its_place_and_refuses_the_file(
    store: Store, tmp_path: Path, change: dict[str, str], column: str, told: str
) -> None:
    second = CASE_ROW | {"案号": NUMBER.replace("执1号", "执2号")} | change
    path = write_xlsx(tmp_path / "案件.xlsx", [CASE_ROW, second], sheet="清单")
    before = store.counts()
    with pytest.raises(ImportRefusedError) as caught:
        import_file(store, "cases", path)
    (problem,) = caught.value.problems
    for part in ("案件.xlsx", "“清单”", "第 3 行", column, told):
        assert part in str(problem)
    assert str(problem) in str(caught.value)
    for secret in (NAME, ADDRESS, *(text for text in change.values() if len(text) > 1)):
        assert secret not in str(problem)
    assert store.counts() == before
    report = import_file(store, "cases", path, quarantine=True)
    assert (report.accepted, report.quarantined) == (1, 1)
    (waiting,) = store.quarantined_rows()
    assert (waiting.sheet, waiting.row, waiting.problems) == ("清单", 3, (problem,))
    again = import_file(store, "cases", path, quarantine=True)
    assert (again.accepted, again.unchanged, again.quarantined) == (0, 1, 1)
    assert len(store.quarantined_rows()) == 1


def test_a_repeated_row_is_told_with_the_first(store: Store, bring: Any) -> None:
    with pytest.raises(ImportRefusedError, match="第 3 行：与第 2 行完全相同"):
        bring(CASE_ROW, CASE_ROW)
    assert not store.cases()


def test_rows_of_a_case_that_contradict_each_other(store: Store, bring: Any) -> None:
    with pytest.raises(ImportRefusedError, match="第 3 行“立案日期”列：与第 2 行"):
        bring(CASE_ROW, CASE_ROW | {"被执行人": "陈示例", "立案日期": "2026-02-19"})


def test_every_problem_is_told_at_once(bring: Any) -> None:
    bad = CASE_ROW | {"案由": "x", "立案日期": "x", "地址1来源": "x"}
    with pytest.raises(ImportRefusedError, match="2 行、4 处") as caught:
        bring(
            bad,
            CASE_ROW,
            bad | {"案号": "x"} | {"案由": "买卖", "立案日期": "2026-01-01", "地址1来源": ""},
        )
    assert len(caught.value.problems) == 4


def test_missing_doubled_and_unknown_columns(store: Store, tmp_path: Path) -> None:
    short = {key: value for key, value in CASE_ROW.items() if key not in ("案由", "立案日期")}
    with pytest.raises(ImportRefusedError, match="缺少列“案由”") as caught:
        import_file(store, "cases", write_csv(tmp_path / "a.csv", [short]), quarantine=True)
    assert len(caught.value.problems) == 2
    twice = tmp_path / "b.csv"
    twice.write_text(",".join([*CASE_ROW, "案号"]) + "\n" + ",".join([*CASE_ROW.values(), "x"]))
    with pytest.raises(ImportRefusedError, match="“案号”出现两次"):
        import_file(store, "cases", twice)
    extra = write_csv(tmp_path / "c.csv", [CASE_ROW | {"承办人": "x"}])
    assert "表头不认识" in str(import_file(store, "cases", extra).notes[0])


_PROTECTED = CASE_ROW | {
    "状态": "中止",
    "名单等级": "红",
    "暂停至": "2026-12-31",
    "重大事项": "是",
    "特殊人员": "重病",
    "证件号码": ID_NUMBER,
}
_MUST_STAND = [
    column
    for column in columns_of(TableKind.CASES, addresses=1)
    if column.header_required or column.key == "status"
]


def test_the_columns_that_protect_people_must_stand() -> None:
    assert {column.header for column in _MUST_STAND} == {
        *("状态", "执行依据文号", "依据送达日期", "履行期限届满日", "执行通知发出日期"),
        *("名单等级", "暂停至", "重大事项", "特殊人员", "已核对标识", "需女性执行人员"),
        *("地址1来源", "地址1日期", "地址1依据", "地址1核对标识"),
    }


@pytest.mark.parametrize("column", [column.header for column in _MUST_STAND])
@pytest.mark.parametrize("other", ["", "别的表头"])
@pytest.mark.parametrize("quarantine", [False, True])
def test_without_such_a_header_nothing_is_stored(
    store: Store, tmp_path: Path, column: str, other: str, quarantine: bool
) -> None:
    import_file(store, "cases", write_csv(tmp_path / "held.csv", [_PROTECTED]))
    before = store.cases(), store.debtors(), store.claims()
    renamed = {other if key == column else key: value for key, value in _PROTECTED.items()}
    renamed.pop("", None)
    path = write_xlsx(tmp_path / "案件.xlsx", [renamed], sheet="清单")
    with pytest.raises(ImportRefusedError) as caught:
        import_file(store, "cases", path, quarantine=quarantine)
    (problem,) = caught.value.problems
    for part in ("案件.xlsx", "“清单”", f"缺少列“{column}”", "请按模板补上"):
        assert part in str(problem)
    assert (store.cases(), store.debtors(), store.claims()) == before


def test_other_spellings_of_a_header_mean_the_same(store: Store, bring: Any) -> None:
    bring(_PROTECTED)
    before = store.cases()
    for column in columns_of(TableKind.CASES, addresses=1):
        for alias in column.aliases:
            spelt = {alias if k == column.header else k: v for k, v in _PROTECTED.items()}
            assert alias in spelt
            assert bring(spelt).unchanged == 1, alias
    assert store.cases() == before
    assert before[0].paused_until == date(2026, 12, 31)


def test_the_columns_of_an_address_are_asked_for_with_it_only(store: Store, bring: Any) -> None:
    bare = {key: value for key, value in CASE_ROW.items() if not key.startswith("地址")}
    assert bring(bare).accepted == 1
    with pytest.raises(ImportRefusedError, match="缺少列“地址2来源”") as caught:
        bring(CASE_ROW | {"地址2": "东海街道1号"})
    assert len(caught.value.problems) == 4
    assert not store.claims()


def test_a_header_without_rows_and_cells_beyond_the_header(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(",".join(CASE_ROW) + "\n", encoding="utf-8")
    with pytest.raises(ImportRefusedError, match="没有数据行"):
        import_file(store, "cases", path)
    path.write_text(",".join(CASE_ROW) + "\n" + ",".join(CASE_ROW.values()) + ",多\n", "utf-8")
    with pytest.raises(ImportRefusedError, match="第 2 行：内容比表头多"):
        import_file(store, "cases", path)


def test_each_of_three_thousand_cases_has_its_own_place(store: Store, tmp_path: Path) -> None:
    store.replace_areas([_square("G1", AreaKind.GRID)])
    rows = [
        CASE_ROW
        | {
            "案号": f"（2026）闽0599执{seq}号",
            "被执行人": f"示例{seq}",
            "地址1经度": 118.5 + seq / 20_000,
            "地址1纬度": 24.9,
            "地址1坐标系": "GCJ02",
        }
        | (second_address(f"东海街道{seq}号") if seq % 3 else {})
        for seq in range(1, 3001)
    ]
    path = write_xlsx(tmp_path / "a.xlsx", rows)
    assert import_file(store, "cases", path).accepted == 3000
    assert store.counts().address_claims == 5000
    placed = [claim.place for claim in store.claims() if claim.place is not None]
    assert len(placed) == 3000
    assert len({place.point.lon for place in placed}) == 3000


def test_an_address_has_a_term_that_a_file_without_the_column_leaves(
    store: Store, bring: Any
) -> None:
    bring(CASE_ROW | {"地址1有效期至": "2026年12月31日"})
    (claim,) = store.claims()
    assert claim.expires_on == date(2026, 12, 31)
    assert bring(CASE_ROW).unchanged == 1
    assert store.claims() == (claim,)
    bring(CASE_ROW | {"地址1有效期至": ""})
    assert store.claims()[0].expires_on is None


def test_who_has_a_companys_code_is_one_where_nothing_is_stated(store: Store, bring: Any) -> None:
    bring(CASE_ROW | {"被执行人类型": "", "证件号码": credit_code(7).lower()})
    assert store.debtors()[0].kind is DebtorKind.COMPANY


@pytest.mark.parametrize(
    ("kind", "number", "told"),
    [
        ("自然人", credit_code(7), "自然人不得填写统一社会信用代码"),
        ("单位", credit_code(7), ""),
        ("自然人", id_number(date(1980, 5, 17), 12), ""),
        ("自然人", BOTH, ""),
        ("自然人", "H00000000", ""),
        ("自然人", "E00000000", ""),
    ],
)
def test_a_person_has_no_companys_code(bring: Any, kind: str, number: str, told: str) -> None:
    row = CASE_ROW | {"被执行人类型": kind, "证件号码": number}
    if not told:
        assert bring(row).accepted == 1
        return
    with pytest.raises(ImportRefusedError, match=told) as caught:
        bring(row)
    assert "“证件号码”列" in str(caught.value)
    assert number not in str(caught.value)
