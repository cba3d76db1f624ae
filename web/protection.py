"""What the register of data protection says now, as people read it (LAW.md P3, P5, P10 to P12)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TypeVar

from data.audit import Verified
from data.errors import AuditError
from data.register import LeakStep, RegisterKind
from data.signed_records import Signature
from data.signing import PublicKey
from data.store import Store
from geo.messages import Message, message
from routes.data_types import DataType
from routes.model import Finding
from routes.rules import check_audit, check_map, check_record
from routes.rules.data_facts import Audience, AuditFacts, MapFacts, Purpose, RecordFacts
from routes.rules.signoffs import Role
from web.errors import ProtectionFormError

__all__ = [
    "LINE_FIELDS",
    "audit_findings",
    "checked",
    "enter_line",
    "public_map_findings",
    "visit_history_findings",
]

_Code = TypeVar("_Code", LeakStep, RegisterKind, DataType, Role)

_READABLE = (
    message("走访时间、时段和结果"),
    message("地点坐标"),
)
"""Of the visits: kind, hour and band in ``outcome``, longitude and latitude in ``place``."""


LINE_FIELDS = (
    "on",
    "document",
    "note",
    "data_type",
    "copies",
    "leak",
    "step",
    "sign_role",
    "sign_document",
    "sign_reason",
)
"""What :func:`enter_line` takes."""


def visit_history_findings(store: Store, *, on: date) -> tuple[Finding, ...]:
    """Say what the law asks of the visits that are held, shown or given out on a day.

    Names, address texts and notes are encrypted; when and where a visit was is not.
    """
    return check_record(
        RecordFacts(
            "record:visit_history",
            DataType.VISIT_HISTORY,
            on,
            linked=True,
            purpose=Purpose.RECORD_VISIT,
            encrypted=True,
            assessment=store.register.assessment(DataType.VISIT_HISTORY, on=on),
            readable=_READABLE,
        )
    )


def audit_findings(
    store: Store, key: PublicKey | None, *, whole: bool = False
) -> tuple[Finding, ...]:
    """Verify the log as :func:`checked` does, and say what it asks for."""
    intact = checked(store, key, whole=whole)[0] is not None
    return check_audit(AuditFacts("record:audit", intact=intact))


def checked(
    store: Store, key: PublicKey | None, *, whole: bool = False, again: int = 0
) -> tuple[Verified | None, Message | None]:
    """Return how far the log holds, or what is wrong with it.

    Parameters
    ----------
    key
        Of the signed checkpoints, which the log is held against.
    whole
        Check it from its first entry on, not from the last one that was checked.
    again
        How many of the last entries to check again in any case.
    """
    try:
        if whole:
            store.audit.verify()
        if key is not None:
            store.audit_checkpoints.verify(key)
        return store.audit.verify_new(again=again), None
    except AuditError as error:
        return None, error.message


def public_map_findings(store: Store, *, review: str) -> tuple[Finding, ...]:
    """Say whether a map may be given to the public under a review number that is on record."""
    return check_map(MapFacts("public_map", Audience.PUBLIC, store.register.map_review(review)))


def enter_line(store: Store, kind: str, fields: Mapping[str, str], *, by: str) -> str:
    """Enter a line of the register, or the next step about a leak, and return its id.

    Parameters
    ----------
    kind
        Of :class:`data.register.RegisterKind`, or ``leak_step``.
    fields
        ``on``, ``document``, ``note``; ``data_type`` of an assessment; ``copies`` of a vendor, as
        ``yes``, ``no`` or empty, with ``sign_role``, ``sign_document`` and ``sign_reason``; of a
        step ``leak`` and ``step``.

    Raises
    ------
    ProtectionFormError
        If a field cannot be read.
    StoreError
        If the register refuses the line; a :class:`data.errors.RestrictionError` where a rule does.
    ValueRangeError
        If a signature lacks reason or paper.
    """

    def text(name: str) -> str:
        return fields.get(name, "").strip()

    register, on, document, note = store.register, _day(text("on")), text("document"), text("note")
    if kind == "leak_step":
        step = _code(LeakStep, text("step"))
        return register.settle_leak(text("leak"), step, note, document=document, on=on, by=by)
    match _code(RegisterKind, kind):
        case RegisterKind.ASSESSMENT:
            data_type = _code(DataType, text("data_type"))
            return register.assess(data_type, document, on=on, by=by)
        case RegisterKind.VENDOR:
            signature = None
            if text("sign_role"):
                role = _code(Role, text("sign_role"))
                signature = Signature(role, text("sign_document"), text("sign_reason"))
            copies = {"yes": True, "no": False}.get(text("copies"))
            return register.add_vendor(
                document, note, keeps_copies=copies, on=on, by=by, signature=signature
            )
        case RegisterKind.MAP_REVIEW:
            return register.review_map(document, on=on, by=by)
        case RegisterKind.LEAK:
            return register.report_leak(note, on=on, by=by)


def _code(codes: type[_Code], text: str) -> _Code:
    try:
        return codes(text)
    except ValueError:
        raise ProtectionFormError("所选项目不在可选项之内，请重新选择") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ProtectionFormError("请填写日期，形如 2026-12-01") from None
