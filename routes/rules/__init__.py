"""What the law and the court's own gates say of a case, an address, a visit or a duty.

One small function per rule (:data:`RULES`), a profile of parameters, and a citation. Missing
input counts as failing the rule. See LAW.md for the table that a court lawyer signs.

>>> [str(verdict) for verdict in RULES["A2"].verdicts]
['warn', 'timer']
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from geo.localtime import LOCAL_ZONE, moment_at
from geo.model import Point
from routes.calendar import WorkCalendar
from routes.errors import ValueRangeError
from routes.measures import Measure
from routes.model import (
    AddressClaim,
    Case,
    Debtor,
    Duty,
    DutyKind,
    Finding,
    Lead,
    Team,
    Verdict,
)
from routes.rules.case_rules import CASE_RULES
from routes.rules.claim_rules import (
    CLAIM_RULES,
    LEAD_RULES,
    gate_of,
    number_is_readable,
)
from routes.rules.crew_rules import (
    CREW_RULES,
    FEMALE_OFFICER,
    JUDICIAL_POLICE,
    LICENCE,
    RECORDER,
    VISIT_CREW_RULES,
)
from routes.rules.data_checks import (
    check_audit,
    check_breach,
    check_decision,
    check_destination,
    check_display,
    check_links,
    check_map,
    check_plate_alert,
    check_record,
    check_share,
    check_tag,
    check_vendor,
    claim_record,
    is_minor,
    number_birthday,
    refuse_text,
    refuse_typed,
)
from routes.rules.field_rules import (
    DISTRICT_RULES,
    DUTY_RULES,
    HOUR_RULES,
    court_hours,
    known_day,
    open_hours,
)
from routes.rules.measure_rules import (
    check_item,
    check_owner,
    check_step,
    check_step_crew,
    check_step_district,
    check_step_hours,
)
from routes.rules.profile import RuleProfile, load_profile
from routes.rules.registry import (
    RULES,
    CaseFacts,
    ClaimFacts,
    CrewFacts,
    DistrictFacts,
    DutyFacts,
    LeadFacts,
    Rule,
    VisitFacts,
    rule_ids,
    run,
)

__all__ = [
    "RULES",
    "CrewNeeds",
    "Rule",
    "RuleProfile",
    "check_audit",
    "check_breach",
    "check_case",
    "check_claim",
    "check_crew",
    "check_day",
    "check_decision",
    "check_destination",
    "check_display",
    "check_district",
    "check_duty",
    "check_duty_hours",
    "check_file",
    "check_hours",
    "check_item",
    "check_lead",
    "check_map",
    "check_owner",
    "check_plate_alert",
    "check_record",
    "check_share",
    "check_step",
    "check_step_crew",
    "check_step_district",
    "check_step_hours",
    "check_tag",
    "check_vendor",
    "check_visit",
    "court_hours",
    "duty_needs",
    "gate_of",
    "has_block",
    "is_minor",
    "lawful_windows",
    "load_profile",
    "number_birthday",
    "number_is_readable",
    "refuse_text",
    "refuse_typed",
    "rule_ids",
    "visit_needs",
]

_IN_THE_FIELD = (DutyKind.CHECKPOINT, DutyKind.HANDOVER, DutyKind.KEYS)


class CrewNeeds(NamedTuple):
    """What a team must have so that the crew rules pass."""

    skills: frozenset[str]
    min_officers: int


def check_case(
    case: Case,
    debtor: Debtor,
    claims: Sequence[AddressClaim],
    *,
    on: date,
    profile: RuleProfile,
    step: Measure | None = None,
    starts_at: datetime | None = None,
) -> tuple[Finding, ...]:
    """Say whether this debtor of this case may be visited at all on a day.

    Parameters
    ----------
    claims
        The debtor's address claims; only their link to the debtor is looked at here, see
        :func:`check_claim` for each.
    on
        Day of the visit, Asia/Shanghai.
    step, starts_at
        The step to be taken with its planned start (aware), where it is not a plain visit: a
        signature that was given for a visit answers no step.

    Returns
    -------
    findings
        Subjects are ``case:ID``, ``debtor:ID`` and ``claim:ID``; ``step:ID`` where something is
        to be signed for a step.
    """
    facts = CaseFacts(case, debtor, on, profile, step, starts_at)
    return check_links(case, debtor, claims, on=on) + run(CASE_RULES, facts)


def check_claim(
    case: Case, debtor: Debtor, claim: AddressClaim, *, on: date, profile: RuleProfile
) -> tuple[Finding, ...]:
    """Say whether this address may be used for a visit on a day; subjects ``claim:ID``."""
    record = check_record(claim_record(case, debtor, claim, on=on))
    return (
        check_links(case, debtor, (), on=on)
        + record
        + run(CLAIM_RULES, ClaimFacts(case, debtor, claim, on, profile))
    )


def check_file(
    case: Case,
    debtors: Iterable[Debtor],
    claims: Sequence[AddressClaim],
    *,
    on: date,
    profile: RuleProfile,
) -> tuple[Finding, ...]:
    """Say all that :func:`check_case` and :func:`check_claim` say of a case, each thing once."""
    found: dict[Finding, None] = {}
    for debtor in debtors:
        own = tuple(claim for claim in claims if claim.debtor_id == debtor.id)
        found.update(dict.fromkeys(check_case(case, debtor, own, on=on, profile=profile)))
        for claim in own:
            found.update(dict.fromkeys(check_claim(case, debtor, claim, on=on, profile=profile)))
    return tuple(found)


def check_lead(lead: Lead, *, at: datetime, profile: RuleProfile) -> tuple[Finding, ...]:
    """Say whether a lead may be used at a moment (aware); subject ``lead:ID``."""
    return run(LEAD_RULES, LeadFacts(lead, _aware(at), profile))


def check_visit(
    case: Case,
    debtor: Debtor,
    claim: AddressClaim,
    team: Team | None,
    *,
    starts_at: datetime,
    ends_at: datetime | None = None,
    calendar: WorkCalendar,
    profile: RuleProfile,
    visit_id: str | None = None,
) -> tuple[Finding, ...]:
    """Say whether this team may be at this visit between these moments.

    Case and address have their own checks, :func:`check_case` and :func:`check_claim`.

    Parameters
    ----------
    team
        None where no team is named: every crew rule then fails.
    starts_at
        Aware; read in Asia/Shanghai.
    ends_at
        Aware, at the earliest ``starts_at``, which stands in where it is left out. The end must
        lie in the lawful hours too.
    visit_id
        Id for the subject ``visit:ID``; the claim's id where the visit has none yet.

    Raises
    ------
    ValueRangeError
        If a moment has no time zone, or the end lies before the start.
    """
    visit_id = claim.id if visit_id is None else visit_id
    crew = check_crew(debtor, team, profile=profile, visit_id=visit_id)
    return crew + check_hours(
        case,
        claim,
        starts_at=starts_at,
        ends_at=starts_at if ends_at is None else ends_at,
        calendar=calendar,
        profile=profile,
        visit_id=visit_id,
    )


def check_crew(
    debtor: Debtor, team: Team | None, *, profile: RuleProfile, visit_id: str
) -> tuple[Finding, ...]:
    """Say whether this team may visit this debtor; the half of :func:`check_visit` on crews."""
    return run(VISIT_CREW_RULES, CrewFacts(f"visit:{visit_id}", team, debtor, profile))


def check_hours(
    case: Case,
    claim: AddressClaim,
    *,
    starts_at: datetime,
    ends_at: datetime,
    calendar: WorkCalendar,
    profile: RuleProfile,
    visit_id: str,
) -> tuple[Finding, ...]:
    """Say whether a visit may lie between these moments; the other half of :func:`check_visit`.

    Raises
    ------
    ValueRangeError
        If a moment has no time zone, or the end lies before the start.
    """
    local, until = (_aware(each).astimezone(LOCAL_ZONE) for each in (starts_at, ends_at))
    if until < local:
        raise ValueRangeError("走访结束时间早于开始时间，请核对")
    facts = VisitFacts(f"visit:{visit_id}", case, claim, local, until, calendar, profile)
    return run(HOUR_RULES, facts)


def check_day(day: date, *, calendar: WorkCalendar, profile: RuleProfile) -> tuple[Finding, ...]:
    """Say whether anything may be set on a day as far as the calendar goes; subject ``day:DAY``."""
    noon = moment_at(day, 12 * 3600).astimezone(LOCAL_ZONE)
    facts = VisitFacts(f"day:{day.isoformat()}", None, None, noon, noon, calendar, profile)
    return run((known_day,), facts)


def check_district(
    visit_id: str,
    *,
    inside: bool | None,
    other_province: bool | None = None,
    point: Point | None = None,
    profile: RuleProfile,
) -> tuple[Finding, ...]:
    """Say what follows from a visit's place inside or outside the court's district.

    Parameters
    ----------
    visit_id
        Id for the subject ``visit:ID``.
    inside
        Whether the place lies in an area of the court's jurisdiction.
    other_province
        Whether it lies outside the court's province; None where that is not known.
    point
        The place; a signature holds for no other.
    """
    subject = f"visit:{visit_id}"
    facts = DistrictFacts(subject, inside, other_province, profile, point)
    return run(DISTRICT_RULES, facts)


def check_duty(
    duty: Duty, team: Team | None, *, named: Debtor | None, profile: RuleProfile
) -> tuple[Finding, ...]:
    """Say whether this team may hold this duty; subjects ``duty:ID``.

    Crew rules hold for duties in the field (checkpoint, handover, keys), not for a hearing.

    Parameters
    ----------
    named
        The debtor of the id in the duty's paper; None where there is none.
    """
    crew: tuple[Finding, ...] = ()
    if duty.kind in _IN_THE_FIELD:
        crew = run(CREW_RULES, CrewFacts(f"duty:{duty.id}", team, None, profile))
    return crew + run(DUTY_RULES, DutyFacts(duty, team, named, profile))


def check_duty_hours(
    duty: Duty, case: Case | None, *, calendar: WorkCalendar, profile: RuleProfile
) -> tuple[Finding, ...]:
    """Say whether a duty may lie in its hours (T1 to T3); subject ``duty:ID``.

    A checkpoint is enforcement in the field, as is giving keys over and a duty of another kind:
    hours by the case. A
    handover follows a person's detention, which was asked for its own hours: waiting for the
    morning would only keep the person longer, and its limits are those of the law (C3, D2). Its day
    must be known. A hearing is held in the court and no enforcement.

    Parameters
    ----------
    case
        Of the debtor whom the duty's paper names, or for which it is held; None where none is
        named or stored.
    """
    if duty.kind is DutyKind.HEARING:
        return ()
    start, end = (_aware(each).astimezone(LOCAL_ZONE) for each in (duty.starts_at, duty.ends_at))
    facts = VisitFacts(f"duty:{duty.id}", case, None, start, end, calendar, profile, duty)
    rules = HOUR_RULES[:1] if duty.kind is DutyKind.HANDOVER else HOUR_RULES
    return run(rules, facts)


def visit_needs(case: Case, debtor: Debtor, claim: AddressClaim, profile: RuleProfile) -> CrewNeeds:
    """Return the skills and officers with which the crew rules of a visit pass."""
    del case, claim  # today's crew rules look at the debtor only
    skills = {LICENCE, RECORDER}
    if debtor.needs_female_officer:
        skills.add(FEMALE_OFFICER)
    return CrewNeeds(frozenset(skills), profile.min_officers)


def duty_needs(duty: Duty, profile: RuleProfile) -> CrewNeeds:
    """Return the duty's own skills with those that the rules add, and the officers."""
    if duty.kind not in _IN_THE_FIELD:
        return CrewNeeds(duty.needed_skills, 1)
    skills = duty.needed_skills | {LICENCE}
    if duty.kind is DutyKind.HANDOVER:
        skills |= {JUDICIAL_POLICE}
    return CrewNeeds(skills, profile.min_officers)


def lawful_windows(
    case: Case,
    claim: AddressClaim,
    day: date,
    *,
    calendar: WorkCalendar,
    profile: RuleProfile,
) -> tuple[tuple[int, int], ...]:
    """Return when a visit may be held, from start to end, on a day without a further signature.

    Night and closed days need a sign-off (civil) or are blocked (administrative), so planning
    gets no window for them.

    Returns
    -------
    windows
        Pairs (start, end) of seconds after local midnight; the end is outside.

    Raises
    ------
    CalendarError
        If the calendar does not know the day.
    """
    return open_hours(case.kind, claim.kind, day, calendar=calendar, profile=profile)


def has_block(findings: Iterable[Finding]) -> bool:
    """Whether any finding forbids."""
    return any(finding.verdict is Verdict.BLOCK for finding in findings)


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueRangeError("走访或线索的时间须带时区")
    return moment
