"""What the law says of a step and of the items it takes (LAW.md C, D, S, Z, E, R and N1)."""

from __future__ import annotations

from datetime import date, datetime

from geo.localtime import LOCAL_ZONE
from geo.model import Point
from routes.calendar import WorkCalendar
from routes.errors import ValueRangeError
from routes.items import Item
from routes.measures import Measure, MeasureKind
from routes.model import AddressClaim, Case, Debtor, DebtorKind, Finding, Team
from routes.rules.case_rules import objection
from routes.rules.claim_rules import namesake_gate
from routes.rules.crew_rules import RECORD_RULES, STEP_CREW_RULES
from routes.rules.data_facts import DecisionFacts
from routes.rules.data_rules import DECISION_RULES
from routes.rules.detention_rules import DETENTION_RULES
from routes.rules.field_rules import DISTRICT_RULES, HOUR_RULES
from routes.rules.liberty_rules import SUMMONS_RULES
from routes.rules.measure_facts import ItemFacts, StepFacts
from routes.rules.profile import RuleProfile
from routes.rules.property_rules import EVICTION_RULES, ITEM_RULES, SEARCH_RULES, SEIZURE_RULES
from routes.rules.registry import CrewFacts, DistrictFacts, VisitFacts, run
from routes.rules.service_rules import SERVICE_RULES

__all__ = [
    "check_item",
    "check_owner",
    "check_step",
    "check_step_crew",
    "check_step_district",
    "check_step_hours",
]

_STEP_RULES = (
    *SUMMONS_RULES,
    *DETENTION_RULES,
    *SEARCH_RULES,
    *SEIZURE_RULES,
    *EVICTION_RULES,
    *SERVICE_RULES,
    *RECORD_RULES,
)


def check_step(
    step: Measure,
    debtor_kind: DebtorKind,
    *,
    at: datetime,
    profile: RuleProfile,
    now: datetime | None = None,
    starts_at: datetime | None = None,
    begun: bool = False,
    others: tuple[Measure, ...] = (),
    number_born_on: date | None = None,
    closing: bool = False,
) -> tuple[Finding, ...]:
    """Say whether a step may be taken, go on, or be closed.

    Case, address, crew and hours have their own checks; a step is looked at beside them.

    Parameters
    ----------
    at
        Aware: the planned start, or when the step was begun.
    now
        Aware; ``at`` where it is left out. Limits that run are asked for this moment.
    starts_at
        Aware; its planned start, None where it has none.
    begun
        Whether it has begun.
    others
        Other steps of the case, which may rest on the same paper.
    number_born_on
        The debtor's birthday by the number on file; see :func:`routes.rules.number_birthday`.
    closing
        Whether its record is about to be closed.

    Returns
    -------
    findings
        Subject ``step:ID``.

    Raises
    ------
    ValueRangeError
        If ``at`` or ``now`` has no time zone.
    """
    now = at if now is None else now
    if at.tzinfo is None or now.tzinfo is None:
        raise ValueRangeError("措施的时间须带时区")
    decision = step.decision
    sudden = step.kind is MeasureKind.DETENTION and step.violent_emergency
    if begun and decision is not None and decision.at > at and not sudden:
        decision = None  # made afterwards
    decided = DecisionFacts(step.id, step.kind.coercive, decision)
    steps = StepFacts(
        step,
        debtor_kind,
        at,
        closing,
        profile,
        now,
        starts_at,
        begun=begun,
        others=others,
        number_born_on=number_born_on,
    )
    return run(DECISION_RULES, decided) + run(_STEP_RULES, steps)


def check_step_district(
    step: Measure,
    *,
    inside: bool | None,
    other_province: bool | None,
    point: Point | None,
    starts_at: datetime | None,
    profile: RuleProfile,
) -> tuple[Finding, ...]:
    """Say what follows from a step's place inside or outside the court's district.

    Parameters
    ----------
    inside, other_province
        As for :func:`routes.rules.check_district`, by the boundaries and not by what was typed.
    point
        The place, None where it was not found.
    starts_at
        Aware; the planned start, None where it has none.

    Returns
    -------
    findings
        Subject ``step:ID``.
    """
    subject = f"step:{step.id}"
    facts = DistrictFacts(subject, inside, other_province, profile, point, step, starts_at)
    return run(DISTRICT_RULES, facts)


def check_step_crew(
    step: Measure,
    team: Team | None,
    *,
    starts_at: datetime | None = None,
    profile: RuleProfile,
) -> tuple[Finding, ...]:
    """Say whether this team may take a step; subject ``step:ID``.

    Parameters
    ----------
    team
        None where no team is named: every rule about who must be there then fails.
    starts_at
        Aware; its planned start, None where it has none.
    """
    facts = CrewFacts(f"step:{step.id}", team, None, profile, step, starts_at)
    return run(STEP_CREW_RULES, facts)


def check_step_hours(
    step: Measure,
    case: Case,
    claim: AddressClaim | None,
    *,
    starts_at: datetime,
    ends_at: datetime,
    calendar: WorkCalendar,
    profile: RuleProfile,
) -> tuple[Finding, ...]:
    """Say whether a step may be taken between two aware moments; subject ``step:ID``.

    Parameters
    ----------
    claim
        None where no place is chosen; the hours of homes hold then.

    Raises
    ------
    ValueRangeError
        If a moment has no time zone, or the end lies before the start.
    CalendarError
        If the calendar does not know the day.
    """
    if starts_at.tzinfo is None or ends_at.tzinfo is None:
        raise ValueRangeError("措施的时间须带时区")
    if ends_at < starts_at:
        raise ValueRangeError("措施的结束时间早于开始时间，请核对")
    start, end = starts_at.astimezone(LOCAL_ZONE), ends_at.astimezone(LOCAL_ZONE)
    facts = VisitFacts(f"step:{step.id}", case, claim, start, end, calendar, profile)
    return run(HOUR_RULES, facts)


def check_item(
    item: Item,
    step_kind: MeasureKind,
    debtor: Debtor,
    *,
    debt_yuan: float | None,
    costs_yuan: float | None,
    recorded_yuan: float | None,
    held_yuan: float | None,
    in_operation: bool | None,
    on: date,
    profile: RuleProfile,
) -> tuple[Finding, ...]:
    """Say whether an item may be seized by a step, on a day in the court's zone.

    Parameters
    ----------
    debt_yuan, costs_yuan
        What is still owed, and the costs of enforcement, in yuan.
    recorded_yuan
        What the case is about by its own record; None where the record names no amount.
    held_yuan
        Value in yuan of what is under seizure already, without this item.
    in_operation
        Whether a company still works; None where nobody looked counts as working.

    Returns
    -------
    findings
        Subject ``item:ID``.
    """
    facts = ItemFacts(
        item,
        step_kind,
        debtor,
        debt_yuan,
        costs_yuan,
        recorded_yuan,
        held_yuan,
        in_operation,
        on,
        profile,
    )
    return run((objection, namesake_gate, *ITEM_RULES), facts)


def check_owner(
    item: Item, debtor: Debtor, *, on: date, profile: RuleProfile
) -> tuple[Finding, ...]:
    """Say whether an item may be a namesake's, on a day in the court's zone (N1 alone).

    Returns
    -------
    findings
        Subject ``item:ID``.
    """
    kind = MeasureKind.SEIZURE
    facts = ItemFacts(item, kind, debtor, None, None, None, None, None, on, profile)
    return run((namesake_gate,), facts)
