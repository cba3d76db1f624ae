"""What the rules say of records, partners, shares, displays and decisions; a face of the rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from geo.messages import Message, message
from routes.data_types import DataType
from routes.errors import ValueRangeError
from routes.free_text import cut_numbers, journey_in, kind_in
from routes.identity import birth_date, identity_number
from routes.model import AddressClaim, Case, CaseStatus, Debtor, DebtorKind, Finding, Verdict
from routes.rules.data_facts import (
    AuditFacts,
    DecisionFacts,
    DestinationFacts,
    DisplayFacts,
    MapFacts,
    Purpose,
    RecordFacts,
    ShareFacts,
    VendorFacts,
)
from routes.rules.data_rules import (
    AUDIT_RULES,
    DECISION_RULES,
    DESTINATION_RULES,
    DISPLAY_RULES,
    LINK_RULES,
    MAP_RULES,
    RECORD_RULES,
    SHARE_RULES,
    UNRELATED_RULES,
    VENDOR_RULES,
)
from routes.rules.measure_facts import is_under
from routes.rules.partner_rules import (
    FLAG_RULES,
    OF_AGE,
    PLATE_RULES,
    TAG_RULES,
    TYPE_RULES,
    BreachFacts,
    PlateFacts,
    TagFacts,
)
from routes.rules.registry import run

__all__ = [
    "check_audit",
    "check_breach",
    "check_decision",
    "check_destination",
    "check_display",
    "check_links",
    "check_map",
    "check_plate_alert",
    "check_record",
    "check_share",
    "check_tag",
    "check_vendor",
    "claim_record",
    "is_minor",
    "number_birthday",
    "refuse_text",
    "refuse_typed",
]


def refuse_text(text: str, *, subject: str, on: date) -> Finding | None:
    """Say why a column of this header, or a source of these words, may not come in.

    Parameters
    ----------
    text
        A column's header, or where a record says it is from.
    subject
        For the finding, such as ``record:cases``.

    Returns
    -------
    finding
        A block with its cure (L5, L7, P2); None where the text names nothing of the kind.

    Examples
    --------
    >>> refuse_text("座位号", subject="record:cases", on=date(2026, 11, 26)).rule
    'L5'
    """
    kind = kind_in(text)
    if kind is None:
        return None
    facts = RecordFacts(subject, kind, on)
    said = run((*TYPE_RULES, *UNRELATED_RULES), facts)
    if kind in (DataType.PLATE_FEED, DataType.MOVEMENT_HISTORY):
        raw = kind is DataType.PLATE_FEED
        alert = PlateFacts(subject, None, vehicles=1, with_history=not raw, raw=raw, on=on)
        said += run(PLATE_RULES, alert)
    return next((each for each in said if each.verdict is Verdict.BLOCK), None)


def refuse_typed(text: str, *, place: bool = False, on: date) -> Message | None:
    """Say why a text that somebody types may not be kept.

    Whoever types can take a number out better than a program can, so none is cut.

    Parameters
    ----------
    place
        Whether it tells a place, or what became of data: words may then be names, and only
        journeys by rail and numbers of people are looked for.

    Returns
    -------
    Message or None
        What it holds, and the cure.

    Examples
    --------
    >>> refuse_typed("家中老人由邻居照看", on=date(2026, 11, 26)) is None
    True
    """
    found = None
    if not place or journey_in(text):
        found = refuse_text(text, subject="record:typed", on=on)
    if found is not None:
        return found.message
    numbers = cut_numbers(text).numbers
    if numbers:
        return message(
            "文字中有 %(count)d 个身份证或手机号码，请删去（号码有专门的栏目）", count=numbers
        )
    return None


def is_minor(debtor: Debtor, *, on: date) -> bool | None:
    """Return whether a debtor is under 18 on a day; None where no right number tells.

    The 18th birthday itself is still under. A company is none.
    """
    if debtor.kind is DebtorKind.COMPANY:
        return False
    born_on = number_birthday(debtor)
    return None if born_on is None else is_under(born_on, OF_AGE, on)


def number_birthday(debtor: Debtor) -> date | None:
    """Return the birthday that a debtor's number tells; None for a company or a wrong number."""
    if debtor.kind is DebtorKind.COMPANY or debtor.id_number is None:
        return None
    try:
        return birth_date(identity_number(debtor.id_number.reveal()))
    except ValueRangeError:
        return None


def claim_record(case: Case, debtor: Debtor, claim: AddressClaim, *, on: date) -> RecordFacts:
    """Return an address claim as a record held for finding this debtor of this case."""
    return RecordFacts(
        f"claim:{claim.id}",
        DataType.ADDRESS,
        on,
        linked=claim.debtor_id == debtor.id,
        purpose=Purpose.FIND_DEBTOR,
        expires_on=claim.expires_on,
        purpose_done=case.status is CaseStatus.ENDED,
    )


def check_links(
    case: Case, debtor: Debtor, claims: Sequence[AddressClaim], *, on: date
) -> tuple[Finding, ...]:
    """Say whether a debtor and address claims belong to the case; what only links them."""
    party = RecordFacts(
        f"debtor:{debtor.id}",
        DataType.PARTY,
        on,
        linked=debtor.case_id == case.id,
        purpose=Purpose.FIND_DEBTOR,
    )
    records = (party, *(claim_record(case, debtor, claim, on=on) for claim in claims))
    return tuple(finding for record in records for finding in run(LINK_RULES, record))


def check_record(facts: RecordFacts) -> tuple[Finding, ...]:
    """Say whether a record may be held and used on a day."""
    return run((*RECORD_RULES, *TYPE_RULES), facts)


def check_breach(facts: BreachFacts) -> tuple[Finding, ...]:
    """Say whether a journey may be noted as a breach of the limits; subject ``record:ID``."""
    return run(FLAG_RULES, facts)


def check_tag(facts: TagFacts) -> tuple[Finding, ...]:
    """Say whether a debtor may be entered as dishonest; subject ``debtor:ID``."""
    return run(TAG_RULES, facts)


def check_plate_alert(facts: PlateFacts) -> tuple[Finding, ...]:
    """Say whether an alert on a vehicle may be used; subject ``record:ID``."""
    return run(PLATE_RULES, facts)


def check_share(facts: ShareFacts) -> tuple[Finding, ...]:
    """Say whether a share may be made or opened; subject ``share:ID``."""
    return run(SHARE_RULES, facts)


def check_display(facts: DisplayFacts) -> tuple[Finding, ...]:
    """Say whether these fields of a person may be shown; subject ``display:ID``."""
    return run(DISPLAY_RULES, facts)


def check_decision(facts: DecisionFacts) -> tuple[Finding, ...]:
    """Say whether a person decided a coercive step; subject ``step:ID``."""
    return run(DECISION_RULES, facts)


def check_destination(facts: DestinationFacts) -> tuple[Finding, ...]:
    """Say whether a server may be asked; subject ``display:ID``."""
    return run(DESTINATION_RULES, facts)


def check_map(facts: MapFacts) -> tuple[Finding, ...]:
    """Say whether a map may be given out; subject ``display:ID``."""
    return run(MAP_RULES, facts)


def check_vendor(facts: VendorFacts) -> tuple[Finding, ...]:
    """Say what a vendor's work needs; subject ``share:ID``."""
    return run(VENDOR_RULES, facts)


def check_audit(facts: AuditFacts) -> tuple[Finding, ...]:
    """Say what the log asks for, always."""
    return run(AUDIT_RULES, facts)
