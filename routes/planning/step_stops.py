"""Stored steps of enforcement as stops of a plan, and the clocks they set.

A case whose business is an eviction gets a plain visit, to look for the debtor, until an
eviction is stored that no rule forbids on that day. Then its stop is the eviction, with its crew
and its length. Any other step that is scheduled is a duty of its team at its hours, so that the
team is planned nowhere else then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from geo.localtime import local_day, moment_at
from geo.model import Point
from geo.nearby import near_distance_m
from routes.calendar import WorkCalendar
from routes.measures import MeasureKind, StepId
from routes.model import CaseId, DebtorId, DutyKind, Station, Team, TeamId
from routes.planning.journeys import Places
from routes.planning.problem import PlanDuty
from routes.rules import CrewNeeds, RuleProfile, has_block
from routes.rules.clocks import Clock
from routes.step_files import StepFile, check_step_file, running_clocks

__all__ = [
    "STEP_DUTY",
    "TWO_RECORDERS",
    "bound_teams",
    "clocks_by_case",
    "crew_needs",
    "duties_of",
    "evictions",
    "may_be_taken",
    "scheduled_duties",
    "step_of_duty",
    "team_skill",
]

STEP_DUTY = "step:"
"""What the id of a duty begins with that is a scheduled step, or the handover after one."""

_HANDOVER = ":handover"
_HANDOVER_S = 1800  # at the station; the court's own planning figure
_SPARE_S = 900  # to set out and to come in; assumed
_SLOWEST_MPS = 5.0  # as the crow flies, on the way there; assumed

TWO_RECORDERS = "two_recorders"
"""Skill of a team with at least two recording units."""


def evictions(steps: Iterable[StepFile]) -> Mapping[DebtorId, StepFile]:
    """Return, by debtor, the eviction that is still to be taken; of several the last given."""
    return {
        each.debtor.id: each
        for each in steps
        if each.open
        and not each.step.under_way
        and each.step.kind is MeasureKind.EVICTION
        and each.claim is not None
    }


def team_skill(team_id: str) -> str:
    """Return the skill of being this very team, to which a scheduled eviction is bound."""
    return f"team:{team_id}"


def bound_teams(steps: Iterable[StepFile]) -> frozenset[TeamId]:
    """Return the teams to which scheduled evictions are bound."""
    files = evictions(steps).values()
    return frozenset(each.team.id for each in files if each.scheduled and each.team is not None)


def crew_needs(file: StepFile) -> CrewNeeds:
    """Return what a team must have to take a step; a scheduled eviction is its team's own."""
    needs = file.needs
    skills = needs.skills | {TWO_RECORDERS} if needs.recorders > 1 else needs.skills
    if file.scheduled and file.team is not None and file.step.kind is MeasureKind.EVICTION:
        skills = skills | {team_skill(file.team.id)}
    return CrewNeeds(skills, needs.officers)


def scheduled_duties(
    steps: Iterable[StepFile],
    day: date,
    *,
    on_shift: Collection[str],
    now: datetime,
    calendar: WorkCalendar,
    profile: RuleProfile,
    stations: Iterable[Station],
    places: Places,
) -> Iterator[PlanDuty]:
    """Yield the steps to begin on a day, but for evictions, as duties of their own teams.

    One whose team is not on shift that day, or whose address has no position, is left out: no
    plan could send the team elsewhere, or to it. So is one that a rule forbids by now: it is not
    to be taken, and holds no team. See :func:`duties_of` for one.

    Parameters
    ----------
    now
        Aware; what has begun is left out.
    """
    for file in steps:
        if file.team is None or file.team.id not in on_shift:
            continue
        if file.starts_at is None or file.starts_at < now or file.step.under_way:
            continue
        made = duties_of(file, day, stations=stations, places=places)
        if made and not has_block(
            check_step_file(file, now=now, calendar=calendar, profile=profile)
        ):
            yield from made


def duties_of(
    file: StepFile, day: date, *, stations: Iterable[Station], places: Places
) -> tuple[PlanDuty, ...]:
    """Return the duty of a scheduled step on a day, and the handover after it; perhaps none.

    After a detention the team brings the person to
    the station that the step names, without a way round, and hands over.
    """
    point = None if file.claim is None or file.claim.place is None else file.claim.place.point
    starts_at, team = file.starts_at, file.team
    if (
        not (file.open and file.scheduled)
        or file.step.kind is MeasureKind.EVICTION
        or point is None
        or team is None
        or starts_at is None
        or local_day(starts_at) != day
    ):
        return ()
    start_s = int((starts_at - moment_at(day, 0)).total_seconds())
    crew = crew_needs(file)
    own = PlanDuty(
        f"{STEP_DUTY}{file.step.id}",
        file.step.kind,
        places.at(point, f"step:{file.step.id}"),
        day,
        start_s,
        start_s,
        file.needs.service_s,
        crew.skills,
        crew.min_officers,
        (team.id,),
    )
    station = next((one for one in stations if one.id == file.step.handed_to), None)
    if station is None or file.step.kind is not MeasureKind.DETENTION:
        return (own,)
    end_s = start_s + file.needs.service_s
    reach_s = _SPARE_S + int(near_distance_m(point, station.point) / _SLOWEST_MPS)
    handover = PlanDuty(
        f"{STEP_DUTY}{file.step.id}{_HANDOVER}",
        DutyKind.HANDOVER,
        places.at(station.point, f"station:{station.id}"),
        day,
        end_s,
        end_s + reach_s,
        _HANDOVER_S,
        crew.skills,
        crew.min_officers,
        (team.id,),
    )
    return own, handover


def step_of_duty(duty_id: str) -> StepId | None:
    """Return the step of a duty that :func:`scheduled_duties` made, None for any other."""
    if not duty_id.startswith(STEP_DUTY):
        return None
    return StepId(duty_id.removeprefix(STEP_DUTY).removesuffix(_HANDOVER))


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
    tried = file.tried(fit, moment_at(day, start_s))
    return not has_block(check_step_file(tried, now=now, calendar=calendar, profile=profile))


def clocks_by_case(
    steps: Sequence[StepFile], *, now: datetime, calendar: WorkCalendar, profile: RuleProfile
) -> Mapping[CaseId, tuple[Clock, ...]]:
    """Return, by case, the clocks that its steps and their property have started."""
    found: defaultdict[CaseId, list[Clock]] = defaultdict(list)
    for each in steps:
        found[each.case.id] += running_clocks(each, now=now, calendar=calendar, profile=profile)
    return {case_id: tuple(running) for case_id, running in found.items()}
