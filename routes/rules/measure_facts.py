"""Facts about a step and an item, and how a document is held against what it must be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from geo.localtime import local_day
from geo.messages import Message, message
from routes.documents import Approver, Document, DocumentKind
from routes.errors import ValueRangeError
from routes.items import Item
from routes.measures import Attendee, Measure, MeasureKind
from routes.model import Debtor, DebtorKind, Verdict
from routes.rules.profile import RuleProfile
from routes.rules.registry import Said

__all__ = [
    "ItemFacts",
    "StepFacts",
    "document_fault",
    "has_reached",
    "is_under",
    "lacks_document",
    "not_told",
]


@dataclass(frozen=True, slots=True)
class StepFacts:
    """A step at an aware moment: its planned start, or now while it is under way.

    ``closing`` says that the record of the step is about to be closed.
    """

    step: Measure
    debtor_kind: DebtorKind
    at: datetime
    closing: bool
    profile: RuleProfile

    @property
    def subject(self) -> str:
        """Return ``step:ID``."""
        return f"step:{self.step.id}"

    @property
    def on(self) -> date:
        """Return the day in the court's zone."""
        return local_day(self.at)


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """An item that a step is to seize, on a day.

    Parameters
    ----------
    debt_yuan, costs_yuan
        What is still owed, and the costs of enforcement; None where nobody reckoned.
    held_yuan
        Value of what is under seizure already; None where nobody reckoned.
    in_operation
        Whether a company still works; None where nobody looked.

    Raises
    ------
    ValueRangeError
        If an amount is negative or no number.
    """

    item: Item
    step_kind: MeasureKind
    debtor: Debtor
    debt_yuan: float | None
    costs_yuan: float | None
    held_yuan: float | None
    in_operation: bool | None
    on: date
    profile: RuleProfile

    def __post_init__(self) -> None:
        for amount in (self.debt_yuan, self.costs_yuan, self.held_yuan):
            if amount is not None and not 0.0 <= amount < float("inf"):
                raise ValueRangeError(
                    "债权余额、执行费用和已查封价值须为不小于零的数（财产编号 %(id)s）",
                    id=self.item.id,
                )

    @property
    def subject(self) -> str:
        """Return ``item:ID``."""
        return f"item:{self.item.id}"


def document_fault(
    document: Document | None, kind: DocumentKind, *, by: Approver | None, on: date
) -> Message | None:
    """Say what is wrong with a document on a day, and the cure; None where it is in order.

    Parameters
    ----------
    by
        Office that must have signed it; None where any office may.
    """
    if document is None or not document.number.strip():
        if by is None:
            return message("缺少%(document)s，请补录文号和日期", document=kind.label)
        return message(
            "缺少%(document)s，请报%(office)s批准后补录文号和日期",
            document=kind.label,
            office=by.label,
        )
    if by is not None and document.approved_by is not by:
        return message(
            "%(document)s须由%(office)s批准，请报批后补录批准人职务",
            document=kind.label,
            office=by.label,
        )
    if document.approved_on is None:
        return message("%(document)s没有签发日期，请补录", document=kind.label)
    if document.approved_on > on:
        return message(
            "%(document)s签发日期 %(day)s 晚于实施日期，请核对或改期",
            document=kind.label,
            day=document.approved_on.isoformat(),
        )
    if document.expires_on is not None and document.expires_on < on:
        return message(
            "%(document)s已于 %(day)s 过期，请重新办理",
            document=kind.label,
            day=document.expires_on.isoformat(),
        )
    return None


def lacks_document(
    facts: StepFacts, kind: DocumentKind, by: Approver | None, verdict: Verdict = Verdict.BLOCK
) -> Iterator[Said]:
    """Say what is wrong with a document of a step; nothing where it is in order."""
    fault = document_fault(facts.step.document(kind), kind, by=by, on=facts.on)
    if fault is not None:
        yield verdict, facts.subject, fault


def not_told(facts: StepFacts) -> Iterator[Said]:
    """Block a step to which those whom the law names were not called.

    A natural person or an adult of the family and the village's (or employer's) delegate; of
    a company its head. Being told is enough: refusing to come stops nothing.
    """
    needed = (
        (Attendee.COMPANY_HEAD,)
        if facts.debtor_kind is DebtorKind.COMPANY
        else (Attendee.DEBTOR_OR_ADULT_FAMILY, Attendee.GRASSROOTS_DELEGATE)
    )
    for attendee in needed:
        if attendee not in facts.step.notified:
            yield (
                Verdict.BLOCK,
                facts.subject,
                message(
                    "没有通知%(attendee)s到场，请通知并登记（已通知而拒不到场的，不影响执行）",
                    attendee=attendee.label,
                ),
            )


def is_under(born_on: date, years: int, on: date) -> bool:
    """Whether somebody counts as younger than so many years on a day.

    The birthday itself still counts as under: full years begin on the day after it (最高人民法院
    on 周岁), so that who is protected by youth is so on that day too. One born on 29 February
    has the birthday on 1 March.

    Examples
    --------
    >>> born_on = date(2008, 2, 29)
    >>> is_under(born_on, 18, date(2026, 3, 1)), is_under(born_on, 18, date(2026, 3, 2))
    (True, False)
    """
    return _birthdays(born_on, on - timedelta(days=1)) < years


def has_reached(born_on: date, years: int, on: date) -> bool:
    """Whether somebody who is protected by age is so on a day: from the birthday itself on.

    Examples
    --------
    >>> born_on = date(1956, 11, 26)
    >>> has_reached(born_on, 70, date(2026, 11, 25)), has_reached(born_on, 70, date(2026, 11, 26))
    (False, True)
    """
    return _birthdays(born_on, on) >= years


def _birthdays(born_on: date, on: date) -> int:
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))
