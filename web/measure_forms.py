"""The forms of a step and of a piece of property: which fields there are, and how they are read.

What nobody entered stays unknown, and unknown fails a rule; so every yes or no that the law asks
about has a third answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from geo.localtime import LOCAL_ZONE
from geo.messages import Message, message
from routes.documents import Approver, Document, DocumentKind
from routes.items import AssetKind, Holder, Item, ItemUse, ThirdPartyClaim
from routes.measures import (
    Act,
    ActKind,
    Arrangement,
    Attendee,
    Condition,
    Deputy,
    Measure,
    MeasureKind,
    PoliceGear,
    Recipient,
    RecipientRole,
    Target,
    TargetRole,
)
from routes.model import ClaimId, Identifier
from web.errors import MeasureError

__all__ = [
    "ACTS",
    "ITEM_PAPERS",
    "Control",
    "FormData",
    "How",
    "item_controls",
    "read_act",
    "read_document",
    "read_item",
    "read_moment",
    "read_step",
    "step_controls",
]

_E = TypeVar("_E", bound=StrEnum)
_LONGEST = 60


class FormData(Protocol):
    """A form that was sent."""

    def get(self, name: str, default: str, /) -> str: ...
    def getlist(self, name: str, /) -> list[str]: ...


class How(StrEnum):
    """How a field is entered."""

    CHECK = "check"
    TRI = "tri"
    CHOICE = "choice"
    SET = "set"
    DATE = "date"
    NUMBER = "number"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    label: Message
    how: How
    codes: type[StrEnum] | None = None
    vocabulary: str = ""


@dataclass(frozen=True, slots=True)
class Control:
    """One field of a form with what it holds; ``chosen`` are codes, ``text`` what is typed."""

    name: str
    label: Message
    how: How
    vocabulary: str
    codes: tuple[str, ...]
    chosen: frozenset[str]
    text: str


_SUMMONS, _DETENTION = frozenset({MeasureKind.SUMMONS}), frozenset({MeasureKind.DETENTION})
_SEIZES = frozenset(kind for kind in MeasureKind if kind.seizes)
_COERCIVE = frozenset(kind for kind in MeasureKind if kind.coercive)
_SERVICE = frozenset({MeasureKind.SERVICE})

_TARGET = (
    _Field("role", message("对象与案件的关系"), How.CHOICE, TargetRole, "target_role"),
    _Field("born_on", message("出生日期"), How.DATE),
    _Field("deputy", message("是否人大代表"), How.CHOICE, Deputy, "deputy"),
)
_CONDITIONS = _Field("conditions", message("健康状况"), How.SET, Condition, "condition")
_HEALTH = _Field("health_asked", message("已询问或核实健康状况"), How.CHECK)
_RECIPIENT = (
    _Field("role", message("签收人"), How.CHOICE, RecipientRole, "recipient_role"),
    _Field("adult", message("签收人是否成年"), How.TRI),
)
_STEP: tuple[tuple[_Field, frozenset[MeasureKind]], ...] = (
    (
        _Field("inside_district", message("实施地点在本院辖区内"), How.TRI),
        _SUMMONS | _DETENTION,
    ),
    (_Field("absence_unjustified", message("已核实无正当理由拒不到场"), How.CHECK), _SUMMONS),
    (_Field("complex_matter", message("情况复杂"), How.CHECK), _SUMMONS),
    (_Field("detention_possible", message("依法可能采取拘留措施"), How.CHECK), _SUMMONS),
    (_Field("to_local_court", message("带至当地人民法院"), How.CHECK), _SUMMONS),
    (_Field("detention_days", message("拘留天数"), How.COUNT), _DETENTION),
    (_Field("new_act", message("已核实为新的妨害行为"), How.CHECK), _DETENTION),
    (_Field("violent_emergency", message("暴力抗拒等紧急情况"), How.CHECK), _DETENTION),
    (
        _Field("forced_opening", message("须强制开启"), How.TRI),
        frozenset(kind for kind in MeasureKind if kind.may_open),
    ),
    (
        _Field("woman_searched", message("可能检查女性身体"), How.TRI),
        frozenset({MeasureKind.SEARCH}),
    ),
    (
        _Field("notice_ends_on", message("公告期限届满日"), How.DATE),
        frozenset({MeasureKind.EVICTION}),
    ),
    (_Field("mediation_statement", message("文书中有调解书"), How.TRI), _SERVICE),
    (_Field("away_from_home", message("在住所以外送达"), How.CHECK), _SERVICE),
    (_Field("owed_yuan", message("债权余额（元）"), How.NUMBER), _SEIZES),
    (_Field("costs_yuan", message("执行费用（元）"), How.NUMBER), _SEIZES),
    (_Field("in_operation", message("企业是否在营"), How.TRI), _SEIZES),
    (
        _Field("police_gear", message("武器、警械"), How.CHOICE, PoliceGear, "police_gear"),
        _COERCIVE,
    ),
    (_Field("notified", message("已通知到场"), How.SET, Attendee, "attendee"), _COERCIVE),
    (
        _Field("arrangements", message("已安排"), How.SET, Arrangement, "arrangement"),
        frozenset(MeasureKind),
    ),
)
_ITEM = (
    _Field("asset", message("财产种类"), How.CHOICE, AssetKind, "asset_kind"),
    _Field("use", message("用途"), How.CHOICE, ItemUse, "item_use"),
    _Field("value_yuan", message("估值（元）"), How.NUMBER),
    _Field("held_by", message("占有人"), How.CHOICE, Holder, "holder"),
    _Field("registered_to", message("登记权利人"), How.CHOICE, Holder, "holder"),
    _Field(
        "owner_identifiers",
        message("登记信息与被执行人相符的标识"),
        How.SET,
        Identifier,
        "identifier",
    ),
    _Field(
        "third_party_claim",
        message("案外人异议"),
        How.CHOICE,
        ThirdPartyClaim,
        "third_party_claim",
    ),
    _Field("seized_on", message("查封之日"), How.DATE),
    _Field("expires_on", message("裁定载明的届满日"), How.DATE),
    _Field("to_be_sold", message("将要处分"), How.CHECK),
    _Field("indivisible", message("不可分割"), How.CHECK),
    _Field("nothing_else", message("没有其他财产可供执行"), How.CHECK),
)

_OF_PERSON = (
    ActKind.CONTROLLED,
    ActKind.QUESTIONING_STARTED,
    ActKind.QUESTIONING_ENDED,
    ActKind.RELEASED,
    ActKind.CONGRESS_REPORTED,
)
_OF_OPENING = (ActKind.OPENING_ORDERED, ActKind.OPENING_REFUSED, ActKind.OPENED_BY_FORCE)
_OF_SEIZURE = (*_OF_OPENING, ActKind.INVENTORY_SIGNED, ActKind.INVENTORY_COPY_GIVEN)
ACTS: Mapping[MeasureKind, tuple[ActKind, ...]] = {
    MeasureKind.VISIT: (),
    MeasureKind.SERVICE: (
        ActKind.SERVICE_REFUSED,
        ActKind.PAPERS_LEFT,
        ActKind.WITNESS_SIGNED,
        ActKind.FILMED,
    ),
    MeasureKind.LIVE_SEIZURE: _OF_SEIZURE,
    MeasureKind.SEIZURE: _OF_SEIZURE,
    MeasureKind.SEARCH: (ActKind.HANDOVER_REFUSED, *_OF_OPENING),
    MeasureKind.SUMMONS: (ActKind.CONSEQUENCES_TOLD, *_OF_PERSON),
    MeasureKind.DETENTION: (
        ActKind.DETAINED,
        ActKind.PRESIDENT_REPORTED,
        ActKind.FAMILY_NOTIFIED,
        ActKind.FAMILY_NOTICE_FAILED,
        ActKind.DECISION_RECEIVED,
        ActKind.RECONSIDERATION_TOLD,
        ActKind.RECONSIDERATION_ASKED,
        ActKind.CONGRESS_REPORTED,
    ),
    MeasureKind.EVICTION: _OF_OPENING,
}
"""What may be entered of each kind of step; that the record was signed goes with all of them."""


ITEM_PAPERS = (DocumentKind.OWNER_CONFIRMATION, DocumentKind.HOUSING_SAFEGUARD)
"""Papers that go with a piece of property, not with the step."""


def step_controls(step: Measure) -> tuple[Control, ...]:
    """Return the fields of a step's kind, with what is entered."""
    found = [_control(each, step) for each, kinds in _STEP if step.kind in kinds]
    if step.kind.restrains:
        target = step.target
        asked = target is not None and target.conditions is not None
        found += [_control(each, target, "target_") for each in _TARGET]
        found.append(_control(_CONDITIONS, target, "target_"))
        health = _control(_HEALTH, None, "target_")
        found.append(replace(health, chosen=frozenset({"1"} if asked else ())))
    if step.kind in _SERVICE:
        found += [_control(each, step.recipient, "recipient_") for each in _RECIPIENT]
    return tuple(found)


def item_controls(item: Item | None = None) -> tuple[Control, ...]:
    """Return the fields of a piece of property, with what is entered."""
    return tuple(_control(each, item) for each in _ITEM)


def read_step(form: FormData, step: Measure) -> Measure:
    """Return a step with what its form says.

    Raises
    ------
    MeasureError
        If a field holds something else than it may.
    ValueRangeError
        If an amount makes no sense.
    """
    changes: dict[str, Any] = {
        each.name: _read(form, each) for each, kinds in _STEP if step.kind in kinds
    }
    if step.kind is MeasureKind.DETENTION:
        changes["handed_to"] = form.get("handed_to", "") or None
    changes["claim_id"] = ClaimId(form.get("claim", "")) if form.get("claim", "") else None
    if step.kind.restrains:
        changes["target"] = _read_target(form)
    if step.kind in _SERVICE:
        role, adult = (_read(form, each, "recipient_") for each in _RECIPIENT)
        changes["recipient"] = None if role is None else Recipient(role, adult)
    return replace(step, **changes)


def read_item(form: FormData, item: Item) -> Item:
    """Return a piece of property with what its form says; a paper is added where one is named.

    Raises
    ------
    MeasureError
        If a field holds something else than it may.
    ValueRangeError
        If the value or the days of a paper make no sense.
    """
    changes: dict[str, Any] = {each.name: _read(form, each) for each in _ITEM}
    documents = item.documents
    if form.get("number", "").strip():
        documents += (read_document(form),)
    return replace(item, documents=documents, **changes)


def read_document(form: FormData) -> Document:
    """Return the paper that a form names.

    Raises
    ------
    MeasureError
        If kind or number is missing, or a field holds something else than it may.
    """
    kind = _code(form, "document", DocumentKind, message("文书种类"))
    number = form.get("number", "").strip()
    if kind is None or not 0 < len(number) <= _LONGEST:
        raise MeasureError("请选择文书种类并填写文号（不超过 %(limit)d 字）", limit=_LONGEST)
    return Document(
        kind,
        number,
        _code(form, "approved_by", Approver, message("批准人")),
        _day(form, "approved_on", message("签发日期")),
        _day(form, "document_expires_on", message("文书有效期")),
    )


def read_act(form: FormData, step: Measure, *, now: datetime) -> Act:
    """Return the act that a form names; it lies in the past.

    Raises
    ------
    MeasureError
        If the act does not belong to such a step, or its time is missing or still to come.
    """
    kind = _code(form, "act", ActKind, message("现场记录"))
    if kind is None or kind not in (*ACTS[step.kind], ActKind.RECORD_SIGNED):
        raise MeasureError("请选择现场记录的事项")
    at = read_moment(form, "at")
    if at > now:
        raise MeasureError("现场记录的时间晚于现在，请核对")
    return Act(kind, at)


def read_moment(form: FormData, name: str) -> datetime:
    """Return a moment that was entered in the court's zone.

    Raises
    ------
    MeasureError
        If there is none.
    """
    try:
        return datetime.fromisoformat(form.get(name, "")).replace(tzinfo=LOCAL_ZONE)
    except ValueError as error:
        raise MeasureError("请填写日期和时间") from error


def _control(field: _Field, held: object, prefix: str = "") -> Control:
    value = None if held is None else getattr(held, field.name, None)
    chosen: Iterable[str] = ()
    text = ""
    if field.how is How.TRI and value is not None:
        chosen = ("yes" if value else "no",)
    elif field.how is How.CHECK and value:
        chosen = ("1",)
    elif field.how is How.CHOICE and value is not None:
        chosen = (str(value),)
    elif field.how is How.SET and value:
        chosen = (str(each) for each in value)
    elif field.how is How.DATE and value is not None:
        text = value.isoformat()
    elif field.how is How.COUNT and value is not None:
        text = str(value)
    elif field.how is How.NUMBER and value is not None:
        text = f"{value:.2f}"
    codes = ("yes", "no") if field.how is How.TRI else tuple(field.codes or ())
    return Control(
        prefix + field.name,
        field.label,
        field.how,
        field.vocabulary or "tri",
        tuple(str(each) for each in codes),
        frozenset(chosen),
        text,
    )


def _read(form: FormData, field: _Field, prefix: str = "") -> Any:
    name = prefix + field.name
    if field.how is How.CHECK:
        return form.get(name, "") == "1"
    if field.how is How.TRI:
        return {"yes": True, "no": False}.get(form.get(name, ""))
    if field.how is How.DATE:
        return _day(form, name, field.label)
    if field.how in (How.NUMBER, How.COUNT):
        return _number(form, name, field)
    assert field.codes is not None
    if field.how is How.CHOICE:
        return _code(form, name, field.codes, field.label)
    return frozenset(_member(each, field.codes, field.label) for each in form.getlist(name))


def _read_target(form: FormData) -> Target | None:
    role, born_on, deputy = (_read(form, each, "target_") for each in _TARGET)
    if role is None:
        return None
    conditions = _read(form, _CONDITIONS, "target_")
    asked = _read(form, _HEALTH, "target_") or bool(conditions)
    return Target(role, born_on, conditions if asked else None, deputy)


def _code(form: FormData, name: str, codes: type[_E], label: Message) -> _E | None:
    text = form.get(name, "")
    return _member(text, codes, label) if text else None


def _member(text: str, codes: type[_E], label: Message) -> _E:
    try:
        return codes(text)
    except ValueError as error:
        raise MeasureError("“%(label)s”的选项无法识别，请重新选择", label=label) from error


def _day(form: FormData, name: str, label: Message) -> date | None:
    text = form.get(name, "")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise MeasureError("“%(label)s”不是日期，请改正", label=label) from error


def _number(form: FormData, name: str, field: _Field) -> float | int | None:
    text = form.get(name, "").strip().replace(",", "")
    if not text:
        return None
    try:
        return int(text) if field.how is How.COUNT else float(text)
    except ValueError as error:
        raise MeasureError("“%(label)s”不是数，请改正", label=field.label) from error
