from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from data.imports.columns import MEASURED_LEG_COLUMNS, TableKind, columns_of
from data.imports.rows import headers_of
from routes.data_types import DataType, data_type_of
from routes.documents import Approver, Document, DocumentKind
from routes.errors import ValueRangeError
from routes.model import DebtorId, DebtorKind, Finding, Verdict
from routes.restrictions import (
    SEATS,
    BreachFlag,
    Exemption,
    ExemptionReason,
    Observation,
    Seat,
    TrainClass,
    is_barred,
)
from routes.rules import (
    check_breach,
    check_plate_alert,
    check_record,
    check_tag,
    refuse_text,
    refuse_typed,
)
from routes.rules.data_facts import RecordFacts
from routes.rules.partner_rules import BreachFacts, PlateFacts, TagFacts

from .samples import TODAY

DAY = timedelta(days=1)
G, EMU, ORDINARY = TrainClass
FLAG = BreachFlag(
    "F1",
    DebtorId("D1"),
    TODAY,
    Observation.OFFICIAL_REPLY,
    order_document="（2026）闽0599执1号限制消费令",
    order_served_on=TODAY - 30 * DAY,
    train=G,
    seat=Seat.SECOND,
    evidence="复函1号",
)
TAG = TagFacts("D1", DebtorKind.PERSON, date(1990, 1, 1), False, False, TODAY)
RULING = Document(
    DocumentKind.SEIZURE_RULING, "裁定1号", Approver.OFFICER, TODAY - DAY, TODAY + 700 * DAY
)
ALERT = PlateFacts("record:V1", RULING, 1, with_history=False, raw=False, on=TODAY)


def said(found: tuple[Finding, ...]) -> list[tuple[str, Verdict]]:
    assert all(finding.message.msgid and finding.citation for finding in found)
    return [(finding.rule, finding.verdict) for finding in found]


def breach(**changes: Any) -> list[tuple[str, Verdict]]:
    return said(check_breach(BreachFacts(replace(FLAG, **changes))))


@pytest.mark.parametrize(
    ("train", "seats"),
    [
        (G, {seat for kind, seat in SEATS if kind is G}),
        (EMU, {Seat.BUSINESS, Seat.PREMIUM, Seat.FIRST, Seat.FIRST_SLEEPER, Seat.SOFT_SLEEPER}),
        (ORDINARY, {Seat.SOFT_SLEEPER}),
    ],
)
def test_which_seats_are_barred(train: TrainClass, seats: set[Seat]) -> None:
    assert {seat for seat in Seat if is_barred(train, seat)} == seats


@pytest.mark.parametrize(
    ("train", "seat"),
    [
        (EMU, Seat.SECOND),
        (EMU, Seat.STANDING),
        (ORDINARY, Seat.HARD_SEAT),
        (ORDINARY, Seat.HARD_SLEEPER),
        (ORDINARY, Seat.SOFT_SEAT),
        (EMU, Seat.SECOND_SLEEPER),
    ],
)
def test_a_lawful_seat_is_no_breach(train: TrainClass, seat: Seat) -> None:
    assert is_barred(train, seat) is False
    assert breach(train=train, seat=seat) == [("L1", Verdict.BLOCK)]


def test_a_note_passes_for_barred_seats_only() -> None:
    for train, seat in product(TrainClass, Seat):
        passes = breach(train=train, seat=seat) == []
        assert passes is (is_barred(train, seat) is True), (train, seat)


@pytest.mark.parametrize(
    "changes",
    [
        {"observation": Observation.SEEN_AT_STATION},
        {"evidence": " "},
        {"train": None},
        {"seat": None},
        {"order_document": None},
        {"order_served_on": None},
        {"order_served_on": TODAY + DAY},
        {"seat": Seat.HARD_SEAT},  # a G train has none
    ],
)
def test_what_shows_no_breach(changes: dict[str, Any]) -> None:
    assert breach(**changes) == [("L1", Verdict.BLOCK)]


def test_presence_at_a_station_is_no_breach_even_with_a_barred_seat_named() -> None:
    assert ("L1", Verdict.BLOCK) in breach(observation=Observation.SEEN_AT_STATION, evidence="复函")


def exemption(reason: ExemptionReason, starts_on: date, ends_on: date, **changes: Any) -> Exemption:
    made = Exemption(reason, starts_on, ends_on, Approver.PRESIDENT, "批准1号")
    return replace(made, **changes)


@pytest.mark.parametrize(
    ("reason", "ends_on", "verdict"),
    [
        (ExemptionReason.ILLNESS, date(2026, 12, 20), Verdict.BLOCK),  # the first day not counted
        (ExemptionReason.ILLNESS, date(2026, 12, 21), Verdict.SIGN_OFF),
        (ExemptionReason.GRACE, date(2026, 12, 19), Verdict.BLOCK),
        (ExemptionReason.GRACE, date(2026, 12, 18), Verdict.SIGN_OFF),
        (ExemptionReason.GRACE, date(2027, 2, 20), Verdict.BLOCK),
        (ExemptionReason.GRACE, date(2027, 2, 21), Verdict.SIGN_OFF),
    ],
)
def test_an_exemption_suppresses_the_note(
    reason: ExemptionReason, ends_on: date, verdict: Verdict
) -> None:
    given = exemption(reason, date(2026, 11, 20), ends_on)
    assert breach(exemptions=(given,)) == [("L2", verdict)]


def test_an_exemption_of_other_days_or_unsigned() -> None:
    over = exemption(ExemptionReason.EXAM, TODAY - 20 * DAY, TODAY - DAY)
    assert breach(exemptions=(over,)) == []
    last = exemption(ExemptionReason.EXAM, TODAY - 20 * DAY, TODAY)
    assert breach(exemptions=(last,)) == [("L2", Verdict.BLOCK)]
    for change in ({"approved_by": Approver.OFFICER}, {"document": None}):
        assert breach(exemptions=(replace(last, **change),)) == [("L2", Verdict.SIGN_OFF)]
    with pytest.raises(ValueRangeError):
        exemption(ExemptionReason.EXAM, TODAY, TODAY - DAY)


@pytest.mark.parametrize(
    ("starts_on", "last"),
    [
        (date(2027, 1, 31), date(2027, 2, 28)),
        (date(2028, 1, 31), date(2028, 2, 29)),
        (date(2028, 1, 30), date(2028, 2, 29)),
        (date(2027, 2, 28), date(2027, 3, 28)),
        (date(2026, 12, 31), date(2027, 1, 31)),
    ],
)
@pytest.mark.parametrize("reason", [ExemptionReason.ILLNESS, ExemptionReason.GRACE])
def test_a_month_ends_on_its_day_or_with_its_month(
    reason: ExemptionReason, starts_on: date, last: date
) -> None:
    on = {"on": starts_on, "order_served_on": TODAY}
    whole = exemption(reason, starts_on, last)
    assert breach(exemptions=(whole,), **on) == [("L2", Verdict.BLOCK)]
    longer = replace(whole, ends_on=last + DAY)
    expected = Verdict.BLOCK if reason is ExemptionReason.GRACE else Verdict.SIGN_OFF
    assert breach(exemptions=(longer,), **on) == [("L2", expected)]
    shorter = replace(whole, ends_on=last - 2 * DAY)
    expected = Verdict.SIGN_OFF if reason is ExemptionReason.GRACE else Verdict.BLOCK
    assert breach(exemptions=(shorter,), **on) == [("L2", expected)]


def test_an_order_without_a_last_day_holds_until_it_is_lifted() -> None:
    assert breach(order_ends_on=None, on=TODAY + 3000 * DAY) == []
    assert breach(order_ends_on=TODAY) == []
    assert breach(order_ends_on=TODAY - DAY) == [("L1", Verdict.BLOCK)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"born_on": TODAY.replace(year=2008) - DAY}, []),
        ({"born_on": TODAY.replace(year=2008)}, [Verdict.BLOCK]),
        ({"born_on": None}, [Verdict.BLOCK]),
        ({"student": True, "campus_loan": True}, [Verdict.SIGN_OFF]),
        ({"student": True, "campus_loan": False}, []),
        ({"student": None}, [Verdict.SIGN_OFF]),
        ({"kind": DebtorKind.COMPANY, "born_on": None, "student": None}, []),
    ],
)
def test_tag(changes: dict[str, Any], expected: list[Verdict]) -> None:
    found = said(check_tag(replace(TAG, **changes)))
    assert found == [("L3", verdict) for verdict in expected]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Verdict.SIGN_OFF),
        ({"raw": True}, Verdict.BLOCK),
        ({"raw": None}, Verdict.BLOCK),
        ({"with_history": True}, Verdict.BLOCK),
        ({"with_history": None}, Verdict.BLOCK),
        ({"vehicles": 2}, Verdict.BLOCK),
        ({"vehicles": 0}, Verdict.BLOCK),
        ({"ruling": None}, Verdict.BLOCK),
        ({"ruling": replace(RULING, number=" ")}, Verdict.BLOCK),
        ({"ruling": replace(RULING, kind=DocumentKind.SEARCH_WARRANT)}, Verdict.BLOCK),
        ({"ruling": replace(RULING, approved_on=None)}, Verdict.BLOCK),
        ({"ruling": replace(RULING, expires_on=TODAY)}, Verdict.SIGN_OFF),
        ({"on": TODAY + 701 * DAY}, Verdict.BLOCK),
    ],
)
def test_plate_alert(changes: dict[str, Any], expected: Verdict) -> None:
    assert said(check_plate_alert(replace(ALERT, **changes))) == [("L7", expected)]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("车次", "L5"),
        ("座 位 号", "L5"),
        ("车票", "L5"),
        ("手机定位", "L5"),
        ("旅客名单", "L5"),
        ("候车室监控", "L5"),
        ("GPS跟踪器", "L5"),
        ("基站信令", "L5"),
        ("基站", "L5"),
        ("座次", "L5"),
        ("席位号", "L5"),
        ("票号", "L5"),
        ("订单号（车票）", "L5"),
        ("乘车人", "L5"),
        ("行程码", "L5"),
        ("话单", "L5"),
        ("通话记录", "L5"),
        ("乘D6521次", "L5"),
        ("05车12F座", "L5"),
        ("人像比对结果", "P2"),
        ("指纹", "P2"),
        ("是否党员", "P2"),
        ("imei", "L5"),
        ("卡口过车记录", "L7"),
        ("停车场记录", "L7"),
        ("行踪轨迹", "L7"),
        ("配偶姓名", "P2"),
        ("亲属", "P2"),
        ("邻居电话", "P2"),
        ("宗教信仰", "P2"),
        ("民族", "P2"),
        ("政治面貌", "P2"),
        ("人脸", "P2"),
    ],
)
def test_a_column_of_these_words_may_not_come_in(text: str, rule: str) -> None:
    found = refuse_text(text, subject="record:cases", on=TODAY)
    assert found is not None
    assert (found.rule, found.verdict, found.subject) == (rule, Verdict.BLOCK, "record:cases")


@pytest.mark.parametrize(
    "text",
    [
        *("出车次数", "备注", "查询回执（2026）第31号", "前洋村网格联络员", "民族路派出所", ""),
        *("送达座机", "办公室座机", "票据号", "发票号码", "支票号", "电话单位", "党员之家超市"),
        *("行踪不明", "G324国道", "3车间12号", "通信基站旁", "健康状况", "籍贯", "面部有疤"),
        "火车票代售点",
    ],
)
def test_other_words_come_in(text: str) -> None:
    assert refuse_text(text, subject="record:cases", on=TODAY) is None


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("已查到其高铁出行记录", "L5"),
        ("附12306行程单截图", "L5"),
        ("被执行人近期行程已掌握", "L5"),
        ("行程", "L5"),
        ("前妻住址已问清", "P2"),
        ("前夫的工作单位是某厂", "P2"),
        ("前夫已再婚", "P2"),
        ("妻子电话已记下", "P2"),
        ("系某教会信众", "P2"),
        ("当地教友告知", "P2"),
        ("本人信佛", "P2"),
        ("系回族", "P2"),
        ("系中共党员", "P2"),
        ("联系电话13800000000", ""),
        ("身份证000000198005170123", ""),
    ],
)
def test_a_text_that_is_typed_may_not_hold_them_either(text: str, rule: str) -> None:
    found = refuse_text(text, subject="record:typed", on=TODAY)
    assert (found.rule if found else "") == rule
    why = refuse_typed(text, on=TODAY)
    assert why is not None
    assert "请" in str(why)
    assert text not in str(why)


FAIR = (
    *("家中老人由邻居照看，已同村委会说好", "家庭成员情况已核实，安置到位", "已告知家属"),
    *("前妻在场见证，拒绝签字", "前夫代收，已告知后果", "与兄弟单位协作，统一行动"),
    *("小组行程冲突，改到次日上午", "因其他任务行程有变，改期", "行程约40分钟"),
    *("被执行人行踪不明，改为公告", "在火车站附近走访", "电话通知后未到，改为上门"),
    *("该房位于天主教堂旁", "畲族乡政府派员协助", "回族小学路口集合", "参加通信教育培训"),
    *("党员干部在场见证", "村党员活动室集合", "有精神病史，须医护到场", "怀孕，暂缓拘留"),
    *("本人称下周履行", "住院治疗，暂缓", "桥梁维修", "信访件已答复", "定位不准，按门牌核对"),
    *("车辆停在小区停车场", "子女在校，避开考试日", "丈夫已到场", "执行标的56000元已到位"),
    *("（2026）闽0599执12345678号", "法警到位，警械按规定携带", "信用社回函已收"),
)


@pytest.mark.parametrize("text", FAIR)
def test_fair_sentences_are_typed_without_a_refusal(text: str) -> None:
    assert refuse_typed(text, on=TODAY) is None
    assert refuse_typed(text, place=True, on=TODAY) is None


def test_a_note_may_name_the_kind_of_data_that_leaked_and_no_number() -> None:
    assert refuse_typed("旅客名单和手机定位泄露，已封存", place=True, on=TODAY) is None
    assert refuse_typed("乘D6521次离开", place=True, on=TODAY) is not None
    assert refuse_typed("示例村13800000000", place=True, on=TODAY) is not None


def test_no_column_of_our_own_tables_is_refused() -> None:
    for columns in (*map(columns_of, TableKind), MEASURED_LEG_COLUMNS):
        for text in headers_of(columns):
            assert data_type_of(text) is None, text


@pytest.mark.parametrize("kind", DataType)
def test_every_kind_of_data_has_a_name_and_tracking_is_blocked(kind: DataType) -> None:
    assert str(kind.label)
    rules = [finding.rule for finding in check_record(RecordFacts("record:R1", kind, TODAY))]
    tracking = {"passenger_list", "ticket", "station_video", "phone_location", "covert_tracker"}
    assert ("L5" in rules) is (kind.value in tracking)
