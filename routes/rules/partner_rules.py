"""Rules about trains, partners and what they may be asked (LAW.md L1 to L3, L5 and L7).

L4 and L6 speak of duties and stand with them in ``field_rules``.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from geo.messages import Message, message
from routes.data_types import DataType
from routes.documents import Document, DocumentKind
from routes.facts import facts_of
from routes.model import DebtorKind, Verdict
from routes.restrictions import BreachFlag, Exemption, Observation, is_barred
from routes.rules.citations import cite
from routes.rules.data_facts import RecordFacts
from routes.rules.measure_facts import is_under
from routes.rules.registry import Rule, Said, rule

__all__ = [
    "FLAG_RULES",
    "OF_AGE",
    "PLATE_RULES",
    "TAG_RULES",
    "TYPE_RULES",
    "BreachFacts",
    "PlateFacts",
    "TagFacts",
]

OF_AGE = 18

_TRACKING = frozenset(
    {
        DataType.PASSENGER_LIST,
        DataType.TICKET,
        DataType.STATION_VIDEO,
        DataType.PHONE_LOCATION,
        DataType.COVERT_TRACKER,
    }
)
"""Kinds of data that only the investigation of listed crimes may gather."""


@dataclass(frozen=True, slots=True)
class BreachFacts:
    """A proposed note of a breach; subject ``record:ID``."""

    flag: BreachFlag

    @property
    def subject(self) -> str:
        """Return ``record:ID``."""
        return f"record:{self.flag.id}"


@dataclass(frozen=True, slots=True)
class TagFacts:
    """A proposed entry on the list of dishonest debtors, on a day.

    Parameters
    ----------
    born_on
        None where nobody looked; a person whose age nobody knows may be a minor.
    student, campus_loan
        Whether the person studies full time, and whether the debt is a campus loan (校园贷);
        None where nobody looked.
    """

    debtor_id: str
    kind: DebtorKind
    born_on: date | None
    student: bool | None
    campus_loan: bool | None
    on: date

    @property
    def subject(self) -> str:
        """Return ``debtor:ID``."""
        return f"debtor:{self.debtor_id}"


@dataclass(frozen=True, slots=True)
class PlateFacts:
    """One alert of a plate camera or a car park; subject ``record:ID``.

    Parameters
    ----------
    ruling
        The seizure ruling of this vehicle; None where there is none.
    vehicles
        Vehicles that the alert speaks of.
    with_history
        Whether it carries earlier movements; None where nobody looked.
    raw
        Whether it is the camera's own stream; None where nobody looked.
    """

    subject: str
    ruling: Document | None
    vehicles: int
    with_history: bool | None
    raw: bool | None
    on: date


@rule(
    "L1",
    message("列车上只有限制乘坐的席别才是违反限制消费令"),
    Verdict.BLOCK,
    cites=(cite("CONSUMPTION", 3),),
)
def rail_breach(facts: BreachFacts) -> Iterator[Said]:
    """No breach without an order in force, a barred seat, and a document that shows it."""
    flag, subject = facts.flag, facts.subject
    if not (flag.order_document or "").strip() or flag.order_served_on is None:
        yield (
            Verdict.BLOCK,
            subject,
            message("没有限制消费令的文号和送达日期，不得认定违反；请补录或先作出限制消费令"),
        )
    elif flag.order_served_on > flag.on:
        yield (
            Verdict.BLOCK,
            subject,
            message(
                "乘车日期早于限制消费令送达日 %(day)s，不是违反；请核对",
                day=flag.order_served_on.isoformat(),
            ),
        )
    elif flag.order_ends_on is not None and flag.order_ends_on < flag.on:
        yield (
            Verdict.BLOCK,
            subject,
            message(
                "限制消费令已于 %(day)s 到期或解除，其后乘车不是违反；请核对",
                day=flag.order_ends_on.isoformat(),
            ),
        )
    if flag.observation is Observation.SEEN_AT_STATION:
        yield (
            Verdict.BLOCK,
            subject,
            message("在车站出现不能推定违反限制消费令；请依法取得证明席别的书面材料"),
        )
    elif not (flag.evidence or "").strip():
        yield (
            Verdict.BLOCK,
            subject,
            message("没有证明席别的材料文号，不得认定违反；请补录书面材料"),
        )
    if flag.train is None or flag.seat is None:
        yield Verdict.BLOCK, subject, message("没有列车种类或席别，不得认定违反；请核实后补录")
        return
    barred = is_barred(flag.train, flag.seat)
    if barred is None:
        yield (
            Verdict.BLOCK,
            subject,
            message(
                "%(train)s没有%(seat)s，请核对列车种类和席别",
                train=flag.train.label,
                seat=flag.seat.label,
            ),
        )
    elif not barred:
        yield (
            Verdict.BLOCK,
            subject,
            message(
                "%(train)s的%(seat)s不在限制之列，乘坐合法，不得认定违反；请撤销该记录",
                train=flag.train.label,
                seat=flag.seat.label,
            ),
        )


@rule(
    "L2",
    message("暂时解除限制消费或宽限期内不认定违反"),
    Verdict.BLOCK,
    Verdict.SIGN_OFF,
    cites=(cite("GOODFAITH", 15, 17),),
    rests_on=lambda facts: facts_of(facts.flag),
)
def exempted(facts: BreachFacts) -> Iterator[Said]:
    """Suppress the note on a day that a valid exemption covers; a faulty one is looked into."""
    for exemption in facts.flag.exemptions:
        if not exemption.covers(facts.flag.on):
            continue
        fault = _exemption_fault(exemption)
        if fault is None:
            yield (
                Verdict.BLOCK,
                facts.subject,
                message(
                    "%(day)s 在暂时解除限制消费或宽限期内，不是违反；请撤销该记录",
                    day=facts.flag.on.isoformat(),
                ),
            )
        else:
            yield Verdict.SIGN_OFF, facts.subject, fault


def _exemption_fault(exemption: Exemption) -> Message | None:
    if not exemption.approved:
        return message("解除或宽限未见院长批准及文号，须核实并签批后再认定是否违反")
    reason = exemption.reason
    if exemption.ends_on > _months_after(exemption.starts_on, reason.most_months):
        return message(
            "解除或宽限超过 %(months)d 个月，须核实并签批后再认定是否违反",
            months=reason.most_months,
        )
    least = _months_after(exemption.starts_on, reason.least_months)
    if exemption.ends_on < least - timedelta(days=1):  # the first day may have been counted
        return message(
            "宽限不足 %(months)d 个月，须核实并签批后再认定是否违反", months=reason.least_months
        )
    return None


def _months_after(day: date, months: int) -> date:
    """Return the last day of a term of months: the same day, or the month's last without one.

    The first day is not counted (民法典 articles 201 and 202): a month from 31 January ends on
    the last of February.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@rule(
    "L3",
    message("未成年人不纳入失信名单；校园贷在校生一般不纳入"),
    Verdict.BLOCK,
    Verdict.SIGN_OFF,
    cites=(cite("DISHONEST", 4), cite("GOODFAITH", 16)),
    rests_on=lambda facts: facts_of(facts, but=("on",)),
)
def dishonest_tag(facts: TagFacts) -> Iterator[Said]:
    """Block the tag on a minor, and on a person of unknown age; students need a signature."""
    if facts.kind is DebtorKind.COMPANY:
        return
    if facts.born_on is None:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("年龄不明，不得纳入失信名单；请核对出生日期（未成年人不得纳入）"),
        )
    elif is_under(facts.born_on, OF_AGE, facts.on):
        yield Verdict.BLOCK, facts.subject, message("未成年人不得纳入失信名单；请撤销")
    if facts.student is None or facts.campus_loan is None:
        yield (
            Verdict.SIGN_OFF,
            facts.subject,
            message("未核对是否在校生及是否校园贷，请核对；须签批后纳入"),
        )
    elif facts.student and facts.campus_loan:
        yield (
            Verdict.SIGN_OFF,
            facts.subject,
            message("在校生因校园贷一般不纳入失信名单；确需纳入的须签批"),
        )


@rule(
    "L5",
    message("不得取得旅客名单、车票、车站视频、手机定位和秘密跟踪数据"),
    Verdict.BLOCK,
    cites=(cite("CRP", 150), cite("PIPL", 28, 34)),
)
def no_tracking(facts: RecordFacts) -> Iterator[Said]:
    """Block the data type, whoever offers it and however it was come by."""
    if facts.data_type in _TRACKING:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message(
                "%(type)s不得导入或使用（技术侦查只用于法定的犯罪）；请删去这一列或这条记录",
                type=facts.data_type.label,
            ),
        )


@rule(
    "L7",
    message("车辆预警只限已裁定查封的一辆车，不含轨迹和原始数据"),
    Verdict.BLOCK,
    Verdict.SIGN_OFF,
    cites=(cite("SEZ", 1), cite("PIPL", 6, 26, 28)),
    rests_on=facts_of,
)
def plate_alert(facts: PlateFacts) -> Iterator[Said]:
    """Block feeds, strange plates and histories; one alert on one seized vehicle is signed."""
    subject, faults = facts.subject, 0
    if facts.raw is not False:
        faults += 1
        yield (
            Verdict.BLOCK,
            subject,
            message("不得接收抓拍、停车原始数据；请删去，改由有权机关逐次书面告知"),
        )
    if facts.with_history is not False:
        faults += 1
        yield Verdict.BLOCK, subject, message("不得含有车辆轨迹；请删去本次以外的时间和地点")
    if facts.vehicles != 1:
        faults += 1
        yield (
            Verdict.BLOCK,
            subject,
            message(
                "一次预警只限一辆车，现有 %(count)d 辆；请分开并删去无关车辆", count=facts.vehicles
            ),
        )
    if not _in_force(facts.ruling, facts.on):
        faults += 1
        yield (
            Verdict.BLOCK,
            subject,
            message("该车没有有效的查封裁定，不得使用预警；请先依法裁定查封"),
        )
    if not faults:
        yield Verdict.SIGN_OFF, subject, message("使用一次车辆预警须签批并登记查封裁定文号")


def _in_force(ruling: Document | None, on: date) -> bool:
    return (
        ruling is not None
        and ruling.kind is DocumentKind.SEIZURE_RULING
        and bool(ruling.number.strip())
        and ruling.approved_on is not None
        and ruling.approved_on <= on
        and (ruling.expires_on is None or on <= ruling.expires_on)
    )


FLAG_RULES: tuple[Rule[BreachFacts], ...] = (rail_breach, exempted)
"""Rules about a proposed note of a breach."""

TAG_RULES: tuple[Rule[TagFacts], ...] = (dishonest_tag,)
"""Rules about a proposed entry on the list of dishonest debtors."""

TYPE_RULES: tuple[Rule[RecordFacts], ...] = (no_tracking,)
"""Rules about the kind of data of a record or column."""

PLATE_RULES: tuple[Rule[PlateFacts], ...] = (plate_alert,)
"""Rules about an alert on a vehicle."""
