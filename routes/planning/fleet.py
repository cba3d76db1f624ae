"""Who is out and when: teams, shifts with their rests, duties, escorts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from geo.localtime import DAY_S, moment_at
from routes.calendar import WorkCalendar
from routes.model import Case, Debtor, Duty, Shift, Station, Team, TeamId
from routes.planning.duty_cases import check_duty_case, named_debtor
from routes.planning.journeys import Places
from routes.planning.problem import (
    Break,
    EscortSlot,
    EscortStation,
    PlanDuty,
    PlanTeam,
    WorkShift,
)
from routes.planning.step_stops import TWO_RECORDERS, team_skill
from routes.ports import CaseStore
from routes.rules import RuleProfile, check_duty, duty_needs, has_block
from routes.rules.crew_rules import RECORDER

__all__ = ["escort_stations", "plan_duties", "plan_teams", "second_of", "work_shifts"]


_MARGIN_S = 3600  # work on both sides of a rest, else the shift has none


def second_of(moment: datetime, day: date) -> int:
    """Return seconds from the local midnight of ``day`` to an aware moment."""
    midnight = moment_at(day, 0)
    return int((moment - midnight) / timedelta(seconds=1))


def plan_teams(teams: Sequence[Team], *, bound: Collection[TeamId] = ()) -> tuple[PlanTeam, ...]:
    """Return the teams as the planner sees them.

    One with outsiders counts as without skills, so that no visit and no duty in the field is
    planned for it (LAW.md B5); one whose recording units are all away as without a recorder, one
    with several as fit for a step that asks for two (B7).

    Parameters
    ----------
    bound
        Teams to which a scheduled step is bound: they alone have the skill of being themselves.
    """
    own = {t.id: {team_skill(t.id)} if t.id in bound else set[str]() for t in teams}
    return tuple(
        PlanTeam(t.id, t.officers, _skills(t) | own[t.id], t.profile, t.name) for t in teams
    )


def _skills(team: Team) -> frozenset[str]:
    if team.outsiders:
        return frozenset()
    if team.recorders > 1 and RECORDER in team.skills:
        return team.skills | {TWO_RECORDERS}
    return team.skills if team.recorders else team.skills - {RECORDER}


def work_shifts(
    shifts: Sequence[Shift],
    teams: Sequence[Team],
    day: date,
    *,
    now: datetime,
    places: Places,
    rests: Sequence[Break],
) -> tuple[WorkShift, ...]:
    """Return the shifts of one day from base to base, with the rests that lie well inside.

    What has passed by ``now`` is cut off; a shift of an unknown team is left out.
    """
    team_of = {t.id: t for t in teams}
    now_s = second_of(now, day)
    made: list[WorkShift] = []
    for shift in shifts:
        team = team_of.get(shift.team_id)
        if team is None:
            continue
        start_s = max(second_of(shift.starts_at, day), now_s)
        end_s = second_of(shift.ends_at, day)
        if start_s >= end_s:
            continue
        place = places.at(team.base, f"base:{shift.team_id}")
        number = 1 + sum(other.team == shift.team_id for other in made)
        made.append(
            WorkShift(
                id=f"{shift.team_id}-{day:%Y%m%d}-{number}",
                team=shift.team_id,
                day=day,
                start_s=start_s,
                end_s=end_s,
                start_place=place,
                end_place=place,
                breaks=_rests_of(start_s, end_s, rests),
                max_stops=team.max_stops,
                overtime_s=max(0, min(60 * team.overtime_min, DAY_S - end_s)),
            )
        )
    return tuple(made)


def _rests_of(start_s: int, end_s: int, rests: Sequence[Break]) -> tuple[Break, ...]:
    return tuple(
        rest
        for rest in rests
        if start_s + _MARGIN_S <= rest.window_start_s
        and rest.window_end_s + rest.duration_s + _MARGIN_S <= end_s
    )


def plan_duties(
    duties: Sequence[Duty],
    day: date,
    *,
    cases: CaseStore,
    calendar: WorkCalendar,
    profile: RuleProfile,
    places: Places,
) -> tuple[PlanDuty, ...]:
    """Return the duties that no rule forbids to a team that fits, nor for the debtor named."""
    if not duties:
        return ()
    debtors: dict[str, Debtor] = {debtor.id: debtor for debtor in cases.debtors()}
    case_of: dict[str, Case] = {case.id: case for case in cases.cases()}
    made: list[PlanDuty] = []
    for duty in duties:
        needs = duty_needs(duty, profile)
        fit = Team(TeamId(""), "", needs.min_officers, needs.skills, "", duty.point)
        of_case = check_duty_case(
            duty, debtors, case_of, on=day, calendar=calendar, profile=profile
        )
        named = named_debtor(duty, debtors)
        if has_block(check_duty(duty, fit, named=named, profile=profile) + of_case):
            continue
        start_s, end_s = (second_of(each, day) for each in (duty.starts_at, duty.ends_at))
        service_s = end_s - start_s if duty.service_s is None else duty.service_s
        made.append(
            PlanDuty(
                duty.id,
                duty.kind,
                places.at(duty.point, f"duty:{duty.checkpoint_id or duty.id}"),
                day,
                start_s,
                end_s - service_s,
                service_s,
                needs.skills,
                needs.min_officers,
                () if duty.team_id is None else (duty.team_id,),
                duty.label,
            )
        )
    return tuple(made)


def escort_stations(
    stations: Sequence[Station], days: Sequence[date], *, places: Places
) -> tuple[EscortStation, ...]:
    """Return the stations with their weekly escort hours laid out on the days."""
    return tuple(
        EscortStation(
            station.id,
            places.at(station.point, f"station:{station.id}"),
            tuple(slot for day in days for slot in _slots(station, day)),
            station.profile,
        )
        for station in stations
    )


def _slots(station: Station, day: date) -> list[EscortSlot]:
    """Return hours that do not overlap; where a station's do, their officers add up."""
    hours = [
        (_second(h.start), _second(h.end), h.officers)
        for h in station.escort_hours
        if h.weekday == day.weekday()
    ]
    moments = sorted({moment for start_s, end_s, _ in hours for moment in (start_s, end_s)})
    slots = []
    for start_s, end_s in pairwise(moments):
        officers = sum(n for begin_s, until_s, n in hours if begin_s <= start_s < until_s)
        if officers:
            slots.append(EscortSlot(day, start_s, end_s, officers))
    return slots


def _second(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second
