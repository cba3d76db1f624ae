"""A step of enforcement with all that the rules look at, and everything they say of it.

A step stands on its case, its debtor and its address, on the team that takes it, on its hours
and on each piece of property; :func:`check_step_file` asks all of these in one place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from geo.localtime import local_day
from geo.messages import message
from geo.model import Point
from geo.responsibility import Ground
from routes.calendar import WorkCalendar
from routes.facts import fact_text, facts_digest
from routes.items import Item
from routes.measures import Measure
from routes.model import AddressClaim, Case, Debtor, Finding, Team, TeamId, Verdict
from routes.needs import MeasureNeeds, measure_needs
from routes.rules import (
    RULES,
    RuleProfile,
    check_case,
    check_claim,
    check_item,
    check_step,
    check_step_crew,
    check_step_district,
    check_step_hours,
    number_birthday,
)
from routes.rules.clocks import Clock, case_clocks, item_clocks, seizure_ends_on, step_clocks
from routes.rules.measure_facts import item_facts, step_facts

__all__ = [
    "StepFile",
    "check_step_file",
    "check_who",
    "decided_about",
    "decided_on",
    "held_yuan",
    "running_clocks",
]


@dataclass(frozen=True, slots=True)
class StepFile:
    """A step with its records; ``claim``, ``team`` and ``starts_at`` are None where not chosen.

    Parameters
    ----------
    starts_at
        Aware; the planned start.
    items
        What this step takes.
    other_items
        What is held or to be taken by other steps of the case.
    open
        Whether it is still to be taken, or its record to be closed.
    scheduled
        Whether team and hours are settled, not only proposed.
    other_steps
        The other steps of the case, with what was done of each: withdrawn and closed ones too.
    stored_for
        The stored start and team, where a plan tries others; see :meth:`tried`.
    ground
        Where :attr:`point` lies by the stored boundaries.
    """

    step: Measure
    case: Case
    debtor: Debtor
    claim: AddressClaim | None = None
    team: Team | None = None
    starts_at: datetime | None = None
    items: tuple[Item, ...] = ()
    other_items: tuple[Item, ...] = ()
    open: bool = True
    scheduled: bool = False
    other_steps: tuple[Measure, ...] = ()
    stored_for: tuple[datetime | None, TeamId | None] | None = None
    ground: Ground = field(default_factory=Ground)

    @property
    def point(self) -> Point | None:
        """Return where it is taken, None where there is no place or it was not found."""
        place = None if self.claim is None else self.claim.place
        return None if place is None else place.point

    @property
    def team_id(self) -> TeamId | None:
        """Return the id of the team, None where none is chosen."""
        return None if self.team is None else self.team.id

    def tried(self, team: Team | None, starts_at: datetime) -> StepFile:
        """Return the step as a plan would have it taken."""
        stored = self.stored_for or (self.starts_at, self.team_id)
        return replace(self, team=team, starts_at=starts_at, stored_for=stored)

    @property
    def needs(self) -> MeasureNeeds:
        """Return what this very step needs."""
        return measure_needs(self.step, self.debtor.kind, vulnerable=self.case.vulnerable or ())

    @property
    def ends_at(self) -> datetime | None:
        """Return when the step is planned to be over."""
        return None if self.starts_at is None else self._over_at

    def at(self, now: datetime) -> datetime:
        """Return the moment for which the rules are asked.

        That at which the step was begun; before it has, the start, or now once that is past.
        """
        begun_at = self.begun_at(now)
        if begun_at is not None:
            return begun_at
        return now if self.starts_at is None else max(self.starts_at, now)

    def begun_at(self, now: datetime) -> datetime | None:
        """Return when the step was begun, None before that.

        Its first act tells (:attr:`routes.measures.ActKind.takes`). Where there is none, the
        planned start; what was signed at the place on another day was made good later, and tells
        nothing.
        A draft has not begun because its time has passed, but for an emergency, which is entered
        afterwards. Where all acts were taken back, the moment stands at which the first was noted.
        """
        step = self.step
        noted_at = None if step.beginning is None else step.beginning.noted_at
        taken = [act.at for act in step.acts if act.kind.takes]
        if taken:
            return min(taken)
        if self.starts_at is None:
            return min((act.at for act in step.acts if not act.kind.prepares), default=noted_at)
        signed = self._signed_on(local_day(self.starts_at))
        if signed and (min(signed) < self.starts_at or min(signed) > self._over_at):
            return min(signed)
        settled = self.scheduled or step.under_way or not self.open or step.violent_emergency
        return self.starts_at if settled and self.starts_at <= now else noted_at

    def hours(self, now: datetime) -> tuple[datetime, datetime] | None:
        """Return from when until when the step is held to be at its place; None where not chosen.

        Its planned hours, so long as what was done lies within: what was signed for these holds.
        Of a step that was begun or ended outside of them, its real hours; an end that nobody
        recorded is that which such a step needs. Where a person was brought away, papers are
        signed elsewhere, and the place is left at the latest as planned.
        """
        begun_at = self.begun_at(now)
        if begun_at is None:
            return None if self.starts_at is None else (self.starts_at, self._over_at)
        last = begun_at
        if not self.step.kind.restrains:
            last = max((begun_at, *self._signed_on(local_day(begun_at))))
        if self.starts_at is not None and self.starts_at <= begun_at and last <= self._over_at:
            return self.starts_at, self._over_at
        if last > begun_at:
            return begun_at, last
        return begun_at, begun_at + timedelta(seconds=self.needs.service_s)

    @property
    def _over_at(self) -> datetime:
        assert self.starts_at is not None
        return self.starts_at + timedelta(seconds=self.needs.service_s)

    def _signed_on(self, day: date) -> list[datetime]:
        acts = (act for act in self.step.acts if act.kind.on_site)
        return [act.at for act in acts if local_day(act.at) == day]


def check_step_file(
    file: StepFile,
    *,
    now: datetime,
    calendar: WorkCalendar,
    profile: RuleProfile,
    closing: bool = False,
) -> tuple[Finding, ...]:
    """Say whether a step may be taken, was lawfully taken, or its record be closed; once each.

    A step that has begun is held to the moment at which it was: a paper that ran out since was
    good, one made since was not. Case, address and crew are those noted when it was entered as
    begun, where they were; that there is a place is asked always. Limits that run, and what its
    record needs, are those of now.

    Parameters
    ----------
    now
        Aware.
    closing
        Whether the record is about to be closed: what it must hold by then is asked too.

    Returns
    -------
    findings
        Subjects ``step:ID``, ``item:ID``, ``case:ID``, ``debtor:ID`` and ``claim:ID``.

    Raises
    ------
    ValueRangeError
        If a moment has no time zone.
    CalendarError
        If the calendar does not know the day.
    """
    at = file.at(now)
    found = list(
        check_step(
            file.step,
            file.debtor.kind,
            at=at,
            now=now,
            starts_at=file.starts_at,
            begun=file.begun_at(now) is not None,
            others=file.other_steps,
            number_born_on=number_birthday(file.debtor),
            profile=profile,
            closing=closing,
        )
    )
    noted = file.step.beginning
    if noted is None:
        found += check_who(file, now=now, profile=profile)
    else:
        found += (*noted.findings, *_no_place(file), *_decided_otherwise(file, now))
    if (hours := file.hours(now)) is not None:
        found += check_step_hours(
            file.step,
            file.case,
            file.claim,
            starts_at=hours[0],
            ends_at=hours[1],
            calendar=calendar,
            profile=profile,
        )
    found += _property(file, at, profile, closing=closing)
    return tuple(dict.fromkeys(found))


def check_who(file: StepFile, *, now: datetime, profile: RuleProfile) -> tuple[Finding, ...]:
    """Say what crew, case, debtor, address and decision allow of a step, as they stand now.

    Parameters
    ----------
    now
        Aware. A step that has begun is held to the day on which it was.
    """
    crew = check_step_crew(file.step, file.team, starts_at=file.starts_at, profile=profile)
    place = check_step_district(
        file.step,
        inside=file.ground.inside,
        other_province=file.ground.other_province,
        point=file.point,
        starts_at=file.starts_at,
        profile=profile,
    )
    return crew + place + _records(file, file.at(now), profile) + _decided_otherwise(file, now)


def decided_on(file: StepFile) -> str:
    """Return a digest of all that a decision to take a step rests on.

    What the step is, its property, its hour and team, and what the case says of the people at the
    place, of objections and of the amount. Of a step that a plan tries with another team or hour
    those that are stored count: the person left the rest to the plan.
    """
    case = file.case
    starts_at, team_id = file.stored_for or (file.starts_at, file.team_id)
    of_case = (
        case.kind,
        case.claim_yuan,
        case.major_matter,
        None if case.vulnerable is None else frozenset(case.vulnerable),
        case.objection_pending,
    )
    items = sorted(file.items, key=lambda one: one.id)
    return facts_digest(
        (
            *step_facts(file.step, starts_at),
            *map(fact_text, (starts_at, team_id, *of_case)),
            *(fact for item in items for fact in item_facts(item)),
        )
    )


def decided_about(file: StepFile) -> str:
    """Return a digest of what a decision is about, whatever is found at the place later.

    Kind, debtor, place, day and who the person is: the part in the case and the birthday. What is
    known of the person's health and offices is asked by rules of its own.
    """
    step = file.step
    starts_at, _ = file.stored_for or (file.starts_at, None)
    day = None if starts_at is None else local_day(starts_at)
    person = None if step.target is None else (step.target.role, step.target.born_on)
    return facts_digest(map(fact_text, (step.kind, step.debtor_id, step.claim_id, day, person)))


def running_clocks(
    file: StepFile, *, now: datetime, calendar: WorkCalendar, profile: RuleProfile
) -> tuple[Clock, ...]:
    """Return the limits that run for a step, for what it seized and, once it was taken, for the
    notice of its case; the soonest first.

    Parameters
    ----------
    now
        Aware.
    """
    running = list(
        step_clocks(file.step, file.other_steps, now=now, calendar=calendar, profile=profile)
    )
    for item in file.items:
        running += item_clocks(item, profile=profile)
    if file.step.kind.coercive and file.step.under_way:  # leaves less time for the notice (A2)
        steps = (file.step, *file.other_steps)
        running += case_clocks(file.case, steps, now=now, profile=profile)
    return tuple(sorted(running, key=lambda one: one.due_at))


def held_yuan(item: Item, others: Iterable[Item], *, at: datetime) -> float | None:
    """Return what is held beside an item, in yuan; None where a value is not known.

    Property whose seizure has lapsed counts no longer, and what was seized later not yet.
    """
    total, day = 0.0, local_day(at)
    for each in others:
        last = seizure_ends_on(each)
        later = each.seized_on is not None and each.seized_on > day
        if each.id == item.id or later or (last is not None and last < day):
            continue
        if each.value_yuan is None:
            return None
        total += each.value_yuan
    return total


def _records(file: StepFile, at: datetime, profile: RuleProfile) -> tuple[Finding, ...]:
    day = local_day(at)
    claims = () if file.claim is None else (file.claim,)
    found = check_case(
        file.case,
        file.debtor,
        claims,
        on=day,
        profile=profile,
        step=file.step,
        starts_at=file.starts_at,
    )
    if file.claim is None:
        return _no_place(file) + found
    return found + check_claim(file.case, file.debtor, file.claim, on=day, profile=profile)


def _no_place(file: StepFile) -> tuple[Finding, ...]:
    if file.claim is not None:
        return ()
    text = message("步骤没有选定实施地点，请从本案地址线索中选定")
    return (Finding("P1", Verdict.BLOCK, f"step:{file.step.id}", text, RULES["P1"].citation),)


def _decided_otherwise(file: StepFile, now: datetime) -> tuple[Finding, ...]:
    """Block a step that is something else by now than what was decided.

    A scheduled step whose start has come was held to all of it until then, and one that was
    entered as begun has this noted. What is found at the place is put on record and takes no
    decision away; another person, place or day is another step for ever.
    """
    step, decision, starts_at = file.step, file.step.decision, file.starts_at
    if decision is None or not step.kind.coercive:
        return ()
    noted = step.beginning is not None
    begun = noted or (file.scheduled and starts_at is not None and starts_at <= now)
    if begun and (noted or decision.about):
        same = decision.about in ("", decided_about(file))
    else:
        same = decision.rests_on == decided_on(file)
    if same:
        return ()
    text = message("作决定后措施、对象、财产、时间或小组等情况已变化，请查看后重新决定")
    return (Finding("P8", Verdict.BLOCK, f"step:{file.step.id}", text, RULES["P8"].citation),)


def _property(
    file: StepFile, at: datetime, profile: RuleProfile, *, closing: bool
) -> list[Finding]:
    step, found = file.step, list[Finding]()
    if step.kind.seizes and closing and not file.items:
        text = message("没有登记要查封的财产，请逐件登记清单")
        found.append(Finding("Z3", Verdict.BLOCK, f"step:{step.id}", text, RULES["Z3"].citation))
    for item in file.items:
        found += check_item(
            item,
            step.kind,
            file.debtor,
            debt_yuan=step.owed_yuan,
            costs_yuan=step.costs_yuan,
            recorded_yuan=file.case.claim_yuan or None,
            held_yuan=held_yuan(item, (*file.items, *file.other_items), at=at),
            in_operation=step.in_operation,
            on=local_day(at),
            profile=profile,
        )
    return found
