"""A step of enforcement with all that the rules look at, and everything they say of it.

A step stands on its case, its debtor and its address, on the team that takes it, on its hours
and on each piece of property; :func:`check_step_file` asks all of these in one place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from geo.localtime import local_day
from geo.messages import message
from routes.calendar import WorkCalendar
from routes.items import Item
from routes.measures import Measure
from routes.model import AddressClaim, Case, Debtor, Finding, Team, Verdict
from routes.needs import MeasureNeeds, measure_needs
from routes.rules import (
    RULES,
    RuleProfile,
    check_case,
    check_claim,
    check_item,
    check_step,
    check_step_crew,
    check_step_hours,
)
from routes.rules.clocks import Clock, item_clocks, seizure_ends_on, step_clocks

__all__ = ["StepFile", "check_step_file", "held_yuan", "running_clocks"]


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

    @property
    def needs(self) -> MeasureNeeds:
        """Return what this very step needs."""
        return measure_needs(self.step, self.debtor.kind, vulnerable=self.case.vulnerable)

    @property
    def ends_at(self) -> datetime | None:
        """Return when the step is planned to be over."""
        if self.starts_at is None:
            return None
        return self.starts_at + timedelta(seconds=self.needs.service_s)

    def at(self, now: datetime) -> datetime:
        """Return the moment for which the rules are asked: the start, or now once it is past."""
        return now if self.starts_at is None else max(self.starts_at, now)


def check_step_file(
    file: StepFile,
    *,
    now: datetime,
    calendar: WorkCalendar,
    profile: RuleProfile,
    closing: bool = False,
) -> tuple[Finding, ...]:
    """Say whether a step may be taken, or its record be closed; each thing once.

    Parameters
    ----------
    now
        Aware.
    closing
        Whether the record is about to be closed. Then only the step and its property are looked
        at: whatever became of the case since, what was done must be put on record.

    Returns
    -------
    findings
        Subjects ``step:ID`` and ``item:ID``; unless closing also ``case:ID``, ``debtor:ID`` and
        ``claim:ID``.

    Raises
    ------
    ValueRangeError
        If a moment has no time zone.
    CalendarError
        If the calendar does not know the day.
    """
    at = now if closing else file.at(now)
    found = list(check_step(file.step, file.debtor.kind, at=at, profile=profile, closing=closing))
    if not closing:
        found += _who_and_when(file, calendar, profile)
        found += _records(file, at, profile)
    found += _property(file, at, profile, closing=closing)
    return tuple(dict.fromkeys(found))


def running_clocks(
    file: StepFile, *, now: datetime, calendar: WorkCalendar, profile: RuleProfile
) -> tuple[Clock, ...]:
    """Return the limits that run for a step and for what it seized, the soonest first.

    Parameters
    ----------
    now
        Aware.
    """
    running = list(step_clocks(file.step, now=now, calendar=calendar, profile=profile))
    for item in file.items:
        running += item_clocks(item, profile=profile)
    return tuple(sorted(running, key=lambda one: one.due_at))


def held_yuan(item: Item, others: Iterable[Item], *, at: datetime) -> float | None:
    """Return what is held beside an item, in yuan; None where a value is not known.

    Property whose seizure has lapsed counts no longer.
    """
    total, day = 0.0, local_day(at)
    for each in others:
        last = seizure_ends_on(each)
        if each.id == item.id or (last is not None and last < day):
            continue
        if each.value_yuan is None:
            return None
        total += each.value_yuan
    return total


def _who_and_when(
    file: StepFile, calendar: WorkCalendar, profile: RuleProfile
) -> tuple[Finding, ...]:
    found = check_step_crew(file.step, file.team, profile=profile)
    if file.claim is None or file.starts_at is None or file.ends_at is None:
        return found
    return found + check_step_hours(
        file.step,
        file.case,
        file.claim,
        starts_at=file.starts_at,
        ends_at=file.ends_at,
        calendar=calendar,
        profile=profile,
    )


def _records(file: StepFile, at: datetime, profile: RuleProfile) -> tuple[Finding, ...]:
    day = local_day(at)
    if file.claim is None:
        text = message("步骤没有选定实施地点，请从本案地址线索中选定")
        missing = Finding("P1", Verdict.BLOCK, f"step:{file.step.id}", text, RULES["P1"].citation)
        return (missing, *check_case(file.case, file.debtor, (), on=day, profile=profile))
    return check_case(file.case, file.debtor, (file.claim,), on=day, profile=profile) + check_claim(
        file.case, file.debtor, file.claim, on=day, profile=profile
    )


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
            held_yuan=held_yuan(item, (*file.items, *file.other_items), at=at),
            in_operation=step.in_operation,
            on=local_day(at),
            profile=profile,
        )
    return found
