"""What limits a debtor, as people enter and read it: forms and files into records and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from data.masks import PersonField, Sights
from data.restriction_values import Restriction, RestrictionKind
from data.restrictions import KeptRestriction
from data.signed_records import Signature
from data.store import Store
from geo.messages import Message, message
from routes.documents import Approver, Document, DocumentKind
from routes.model import CaseId, DebtorId, SecretText
from routes.restrictions import (
    BreachFlag,
    ConsumptionOrder,
    DishonestEntry,
    Exemption,
    ExemptionReason,
    Observation,
    Seat,
    TrainClass,
    VehicleAlert,
    VehicleSeizure,
)
from routes.rules.signoffs import Role
from web.errors import RestrictionFormError
from web.labels import say

__all__ = [
    "FIELDS",
    "SIGNATURE",
    "RestrictionView",
    "enter",
    "restriction_views",
    "standing_seizures",
]

FIELDS: Mapping[RestrictionKind, tuple[str, ...]] = {
    RestrictionKind.ORDER: ("document", "issued_on", "served_on", "ends_on"),
    RestrictionKind.EXEMPTION: ("reason", "starts_on", "ends_on", "approved_by", "document"),
    RestrictionKind.DISHONEST: ("document", "listed_on", "ends_on", "student", "campus_loan"),
    RestrictionKind.BREACH: ("on", "observation", "train", "seat", "document"),
    RestrictionKind.SEIZURE: ("document", "approved_by", "issued_on", "ends_on", "plate"),
    RestrictionKind.ALERT: (
        "seizure",
        "document",
        "on",
        "place",
        "ends_on",
        "vehicles",
        "with_history",
        "raw",
    ),
}
"""What is entered of each kind, besides a signature."""

SIGNATURE = ("sign_role", "sign_document", "sign_reason")
"""What is entered of a signature."""

_NAMES = {
    "document": message("文号"),
    "issued_on": message("作出日期"),
    "served_on": message("送达日期"),
    "starts_on": message("开始日期"),
    "ends_on": message("截止日期"),
    "listed_on": message("纳入日期"),
    "on": message("日期"),
    "reason": message("事由"),
    "approved_by": message("批准人"),
    "observation": message("得知方式"),
    "train": message("列车种类"),
    "seat": message("席别"),
    "vehicles": message("涉及车辆数"),
    "sign_role": message("签批人"),
}

_ANSWERS: Mapping[str, bool | None] = {"yes": True, "no": False, "": None}

_Code = TypeVar("_Code", bound="_Codes")
_Codes = ExemptionReason | Approver | Observation | TrainClass | Seat | Role


@dataclass(frozen=True, slots=True)
class RestrictionView:
    """A record in words; ``text`` is None once it was emptied."""

    id: str
    kind: RestrictionKind
    text: str | None
    made_at: datetime
    made_by: str
    ended_at: datetime | None


def enter(
    store: Store,
    of: DebtorId,
    kind: RestrictionKind,
    fields: Mapping[str, str],
    *,
    by: str,
    may_sign: bool,
) -> str:
    """Keep a record as it was entered, once the rules let it be; return its id.

    Parameters
    ----------
    fields
        Texts by the names in :data:`FIELDS`; days as 2026-12-01, answers ``yes``, ``no`` or empty.
    by
        Account id.
    may_sign
        Whether a signature that was entered counts.

    Raises
    ------
    RestrictionFormError
        If a field cannot be read.
    ValueRangeError
        If the fields contradict each other or one is missing.
    RestrictionError
        If a rule forbids the record, or wants it signed.
    """
    form = _Form(fields)
    signature = form.signature() if may_sign else None
    keep = store.restrictions
    match kind:
        case RestrictionKind.ORDER:
            order = ConsumptionOrder(
                form.text("document"),
                form.needed("issued_on"),
                form.day("served_on"),
                form.day("ends_on"),
            )
            return keep.add(order, of=of, by=by)
        case RestrictionKind.EXEMPTION:
            exemption = Exemption(
                form.code("reason", ExemptionReason),
                form.needed("starts_on"),
                form.needed("ends_on"),
                form.optional("approved_by", Approver),
                form.text("document") or None,
            )
            return keep.add(exemption, of=of, by=by)
        case RestrictionKind.DISHONEST:
            entry = DishonestEntry(
                form.text("document"), form.needed("listed_on"), form.day("ends_on")
            )
            return keep.list_dishonest(
                entry,
                of=of,
                student=form.answer("student"),
                campus_loan=form.answer("campus_loan"),
                by=by,
                signature=signature,
            )
        case RestrictionKind.BREACH:
            return keep.note_breach(
                of=of,
                on=form.needed("on"),
                observation=form.code("observation", Observation),
                train=form.optional("train", TrainClass),
                seat=form.optional("seat", Seat),
                evidence=form.text("document"),
                by=by,
                signature=signature,
            )
        case RestrictionKind.SEIZURE:
            ruling = Document(
                DocumentKind.SEIZURE_RULING,
                form.text("document"),
                form.optional("approved_by", Approver),
                form.day("issued_on"),
                form.day("ends_on"),
            )
            return keep.add(VehicleSeizure(ruling, SecretText(form.text("plate"))), of=of, by=by)
        case RestrictionKind.ALERT:
            alert = VehicleAlert(
                form.text("seizure"),
                form.text("document"),
                form.needed("on"),
                SecretText(form.text("place")),
                form.needed("ends_on"),
            )
            return keep.keep_alert(
                alert,
                of=of,
                vehicles=form.number("vehicles"),
                with_history=form.answer("with_history"),
                raw=form.answer("raw"),
                by=by,
                signature=signature,
            )


def restriction_views(store: Store, case_id: CaseId, sights: Sights) -> tuple[RestrictionView, ...]:
    """Return the records of a case in words, the first made first."""
    return tuple(
        RestrictionView(
            one.id,
            one.kind,
            None if one.value is None else say(_told(one.value, sights)),
            one.made_at,
            one.made_by,
            one.ended_at,
        )
        for one in store.restrictions.of_case(case_id)
    )


def standing_seizures(
    store: Store, case_id: CaseId, of: DebtorId
) -> tuple[tuple[KeptRestriction, str], ...]:
    """Return the vehicles of a debtor under a seizure that nobody ended, with their plates."""
    return tuple(
        (one, one.value.plate.reveal())
        for one in store.restrictions.of_case(case_id)
        if isinstance(one.value, VehicleSeizure) and one.debtor_id == of and one.ended_at is None
    )


class _Form:
    """Fields as they were entered, read one at a time; errors name the field, not its content."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields

    def text(self, name: str) -> str:
        return self._fields.get(name, "").strip()

    def day(self, name: str) -> date | None:
        text = self.text(name)
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise RestrictionFormError(
                "%(field)s应形如 2026-12-01，请改正", field=_NAMES[name]
            ) from None

    def needed(self, name: str) -> date:
        found = self.day(name)
        if found is None:
            raise RestrictionFormError("请填写%(field)s", field=_NAMES[name])
        return found

    def number(self, name: str) -> int:
        try:
            return int(self.text(name))
        except ValueError:
            raise RestrictionFormError("请填写%(field)s", field=_NAMES[name]) from None

    def answer(self, name: str) -> bool | None:
        return _ANSWERS.get(self.text(name))

    def code(self, name: str, codes: type[_Code]) -> _Code:
        found = self.optional(name, codes)
        if found is None:
            raise RestrictionFormError("请填写%(field)s", field=_NAMES[name])
        return found

    def optional(self, name: str, codes: type[_Code]) -> _Code | None:
        text = self.text(name)
        if not text:
            return None
        try:
            return codes(text)
        except ValueError:
            raise RestrictionFormError(
                "%(field)s不在可选项之内，请重新选择", field=_NAMES[name]
            ) from None

    def signature(self) -> Signature | None:
        role = self.optional("sign_role", Role)
        if role is None:
            return None
        return Signature(role, self.text("sign_document"), self.text("sign_reason"))


def _until(day: date | None) -> Message | str:
    return message("解除为止") if day is None else day.isoformat()


def _told(value: Restriction, sights: Sights) -> Message:
    match value:
        case ConsumptionOrder():
            served = message("未送达") if value.served_on is None else value.served_on.isoformat()
            return message(
                "%(document)s，%(served)s 送达，至%(until)s",
                document=value.document,
                served=served,
                until=_until(value.ends_on),
            )
        case Exemption():
            return message(
                "%(reason)s，%(start)s 至 %(end)s，批准文号 %(document)s",
                reason=value.reason.label,
                start=value.starts_on.isoformat(),
                end=value.ends_on.isoformat(),
                document=value.document or "–",
            )
        case DishonestEntry():
            return message(
                "%(document)s，%(start)s 纳入，至%(until)s",
                document=value.document,
                start=value.listed_on.isoformat(),
                until=_until(value.ends_on),
            )
        case BreachFlag():
            return message(
                "%(day)s，%(train)s%(seat)s，材料 %(document)s",
                day=value.on.isoformat(),
                train="" if value.train is None else value.train.label,
                seat="" if value.seat is None else value.seat.label,
                document=value.evidence or "–",
            )
        case VehicleSeizure():
            return message(
                "%(plate)s，%(document)s，查封至%(until)s",
                plate=sights.seen(PersonField.PLATE, value.plate) or "",
                document=value.ruling.number,
                until=_until(value.ruling.expires_on),
            )
        case VehicleAlert():
            return message(
                "%(day)s，%(place)s，告知书 %(document)s，%(end)s 后删除",
                day=value.on.isoformat(),
                place=sights.seen(PersonField.ADDRESS, value.place) or "",
                document=value.notice,
                end=value.ends_on.isoformat(),
            )
