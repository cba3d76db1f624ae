"""Stored steps of enforcement as stops of a plan, and the clocks they set.

A case whose business is an eviction gets a plain visit, to look for the debtor, until an
eviction is stored that no rule forbids on that day. Then its stop is the eviction, with its crew
and its length.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from geo.localtime import local_day, moment_at
from geo.model import Point
from routes.calendar import WorkCalendar
from routes.measures import MeasureKind
from routes.model import CaseId, DebtorId, Team, TeamId
from routes.rules import CrewNeeds, RuleProfile, has_block
from routes.rules.clocks import Clock, item_clocks, step_clocks
from routes.step_files import StepFile, check_step_file

__all__ = ["TWO_RECORDERS", "clocks_by_case", "crew_needs", "evictions", "may_be_taken"]

TWO_RECORDERS = "two_recorders"
"""Skill of a team with at least two recording units."""


def evictions(steps: Iterable[StepFile]) -> Mapping[DebtorId, StepFile]:
    """Return, by debtor, the eviction that is still to be taken; of several the last given."""
    return {
        each.debtor.id: each
        for each in steps
        if each.open and each.step.kind is MeasureKind.EVICTION and each.claim is not None
    }


def crew_needs(file: StepFile) -> CrewNeeds:
    """Return what a team must have to take a step."""
    needs = file.needs
    skills = needs.skills | {TWO_RECORDERS} if needs.recorders > 1 else needs.skills
    return CrewNeeds(skills, needs.officers)


def may_be_taken(
    file: StepFile,
    day: date,
    start_s: int,
    *,
    now: datetime,
    calendar: WorkCalendar,
    profile: RuleProfile,
) -> bool:
    """Whether no rule forbids a step at a second of a day to a team that has what it needs.

    A step that was given a time is taken on that day only.
    """
    if file.starts_at is not None and local_day(file.starts_at) != day:
        return False
    needs = file.needs
    fit = Team(
        TeamId(""),
        "",
        needs.officers,
        needs.skills,
        "",
        Point(0.0, 0.0),
        recorders=needs.recorders,
    )
    tried = replace(file, team=fit, starts_at=moment_at(day, start_s))
    return not has_block(check_step_file(tried, now=now, calendar=calendar, profile=profile))


def clocks_by_case(
    steps: Sequence[StepFile], *, now: datetime, calendar: WorkCalendar, profile: RuleProfile
) -> Mapping[CaseId, tuple[Clock, ...]]:
    """Return, by case, the clocks that its steps and their property have started."""
    found: defaultdict[CaseId, list[Clock]] = defaultdict(list)
    for each in steps:
        running = found[each.case.id]
        running += step_clocks(each.step, now=now, calendar=calendar, profile=profile)
        for item in each.items:
            running += item_clocks(item, profile=profile)
    return {case_id: tuple(running) for case_id, running in found.items()}
