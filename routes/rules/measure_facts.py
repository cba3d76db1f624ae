"""Facts about a step and an item, and how a document is held against what it must be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from geo.localtime import local_day
from geo.messages import Message, message
from routes.documents import Approver, Document, DocumentKind
from routes.errors import ValueRangeError
from routes.facts import fact_text, facts_of
from routes.items import Item
from routes.measures import ActKind, Attendee, Measure, MeasureKind, Target
from routes.model import Debtor, DebtorKind, Verdict
from routes.rules.profile import RuleProfile
from routes.rules.registry import Said

__all__ = [
    "ItemFacts",
    "StepFacts",
    "detained_since",
    "document_fault",
    "has_reached",
    "is_under",
    "item_facts",
    "lacks_document",
    "not_told",
    "same_paper",
    "step_facts",
    "step_in_short",
]

_STEP_AS_IT_GOES = frozenset(
    {
        "documents",
        "notified",
        "arrangements",
        "acts",
        "recipient",
        "handed_to",
        "decision",
        "beginning",
    }
)
"""Of a step, what comes in as it is prepared and taken; rules ask for each by itself."""

_ITEM_AS_IT_GOES = frozenset(
    {"documents", "seized_on", "expires_on", "owner_identifiers", "ruling"}
)


@dataclass(frozen=True, slots=True)
class StepFacts:
    """A step at an aware moment: its planned start, or when it was begun.

    Parameters
    ----------
    closing
        Whether the record of the step is about to be closed.
    starts_at
        Its planned start, whatever the moment; None where it has none.
    now
        Aware; limits that run and what the record needs are of this moment.
    begun
        Whether the step has begun.
    others
        Other steps of the case.
    number_born_on
        The debtor's birthday by the number on file; None where that does not tell it.
    """

    step: Measure
    debtor_kind: DebtorKind
    at: datetime
    closing: bool
    profile: RuleProfile
    now: datetime
    starts_at: datetime | None = None
    begun: bool = False
    others: tuple[Measure, ...] = ()
    number_born_on: date | None = None

    @property
    def subject(self) -> str:
        """Return ``step:ID``."""
        return f"step:{self.step.id}"

    @property
    def on(self) -> date:
        """Return the day in the court's zone."""
        return local_day(self.at)

    def on_same_paper(self, kind: DocumentKind) -> tuple[Measure, ...]:
        """Return the other steps of this kind on a paper of the same number, for one person.

        Who is meant differs only where both steps say so: two people of one company have papers
        of their own.
        """
        return same_paper(self.step, self.others, kind)


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """An item that a step is to seize, on a day.

    Parameters
    ----------
    debt_yuan, costs_yuan
        What is still owed, and the costs of enforcement; None where nobody reckoned.
    recorded_yuan
        What the case is about by its own record; None where the record names no amount.
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
    recorded_yuan: float | None
    held_yuan: float | None
    in_operation: bool | None
    on: date
    profile: RuleProfile

    def __post_init__(self) -> None:
        for amount in (self.debt_yuan, self.costs_yuan, self.recorded_yuan, self.held_yuan):
            if amount is not None and not 0.0 <= amount < float("inf"):
                raise ValueRangeError(
                    "债权余额、执行费用和已查封价值须为不小于零的数（财产编号 %(id)s）",
                    id=self.item.id,
                )

    @property
    def subject(self) -> str:
        """Return ``item:ID``."""
        return f"item:{self.item.id}"


def step_facts(step: Measure, starts_at: datetime | None) -> tuple[str, ...]:
    """Return what a signature or a decision about a step rests on: all that it is, and its day.

    Papers, who was told, what is booked, where a person is handed over and the log come in as the
    step goes on, and are left out.
    """
    return (*facts_of(step, but=_STEP_AS_IT_GOES), _day_text(starts_at))


def step_in_short(step: Measure | None, starts_at: datetime | None) -> tuple[str, ...]:
    """Return the kind, person, place and day of a step; nothing where it is a visit.

    A signature about a case that was given for a visit answers no step, and one that was given
    for a step answers no other.
    """
    if step is None:
        return ()
    about = (step.kind, step.debtor_id, step.claim_id, step.target)
    return (*map(fact_text, about), _day_text(starts_at))


def item_facts(item: Item) -> tuple[str, ...]:
    """Return what a signature or a decision about property rests on.

    Its papers, the days of its seizure and whose it was found to be are left out.
    """
    return facts_of(item, but=_ITEM_AS_IT_GOES)


def _day_text(starts_at: datetime | None) -> str:
    return "day=-" if starts_at is None else f"day={local_day(starts_at).isoformat()}"


def same_paper(step: Measure, others: Iterable[Measure], kind: DocumentKind) -> tuple[Measure, ...]:
    """Return the other steps that rest on the same paper of a kind, for the same person.

    Every paper of the kind that is on record counts, not only the last: a new one takes no hours
    away.
    """
    numbers = _numbers_of(step, kind)
    return tuple(
        each
        for each in others
        if each.id != step.id
        and each.kind is step.kind
        and numbers & _numbers_of(each, kind)
        and _same_person(step, each)
    )


def detained_since(step: Measure, others: Iterable[Measure], at: datetime) -> bool:
    """Whether another step took the person of a step into detention at a moment or after it."""
    return any(
        act.kind is ActKind.DETAINED and act.at >= at
        for each in others
        if each.kind is MeasureKind.DETENTION and _same_person(step, each)
        for act in each.acts
    )


def _numbers_of(step: Measure, kind: DocumentKind) -> frozenset[str]:
    found = (_plain_number(one.number) for one in step.documents if one.kind is kind)
    return frozenset(number for number in found if number)


def _plain_number(number: str) -> str:
    """Return a paper's number as it is compared: width, brackets, spaces, leading zeros aside."""
    text = unicodedata.normalize("NFKC", number)
    bare = (each for each in text if unicodedata.category(each) not in _BRACKETS)
    return _LEADING_ZEROS.sub("", "".join("".join(bare).split()))


_BRACKETS = frozenset({"Ps", "Pe", "Pi", "Pf"})
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


def _same_person(step: Measure, other: Measure) -> bool:
    return step.debtor_id == other.debtor_id and not _differ(step.target, other.target)


def _differ(one: Target | None, other: Target | None) -> bool:
    """Whether two steps are surely aimed at two people: another birthday."""
    born = [None if each is None else each.born_on for each in (one, other)]
    return None not in born and born[0] != born[1]


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
    facts: StepFacts,
    kind: DocumentKind,
    by: Approver | None,
    verdict: Verdict = Verdict.BLOCK,
    *,
    on: date | None = None,
) -> Iterator[Said]:
    """Say what is wrong with a document of a step; nothing where it is in order.

    Parameters
    ----------
    on
        Day for which it must be good; that of the step where it is left out.
    """
    fault = document_fault(facts.step.document(kind), kind, by=by, on=on or facts.on)
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
