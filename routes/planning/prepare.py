"""From the stores to a planning problem: who may be visited where, when and for what gain."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np

from geo.localtime import local_day
from geo.model import AreaKind, Point
from geo.ports import AreaIndex, ProgressListener, RoadTravel
from routes.calendar import WorkCalendar
from routes.errors import ProblemError
from routes.locating import (
    Located,
    LocatingParameters,
    PlannedVisit,
    locate,
)
from routes.model import (
    CaseId,
    ClaimId,
    DebtorId,
    Grade,
    TeamId,
    VisitBand,
)
from routes.planning import fleet, step_stops
from routes.planning.cutoff import cut_off_places
from routes.planning.fairness import Fairness, Visitable, fairness_floors, visits_possible
from routes.planning.journeys import Places, travel_bands, travel_matrices
from routes.planning.policy import PlanningPolicy, mean_of_best
from routes.planning.preselect import Need, plane_m, preselect
from routes.planning.problem import (
    EscortMode,
    Floor,
    Option,
    PlanDuty,
    Problem,
    Together,
    WorkShift,
)
from routes.planning.second_tries import visit_sets
from routes.planning.sifting import Candidate, Sifter, sift
from routes.ports import CaseStore, FieldStore
from routes.rules import (
    CrewNeeds,
    RuleProfile,
    check_lead,
    has_block,
    visit_needs,
)
from routes.step_files import StepFile

if TYPE_CHECKING:
    from geo.travel.closures import Closure

__all__ = ["Prepared", "build_problem"]

_MOST_PLACES = 990  # of the matrices, whose size grows with the square
_SPARE = 3  # debtors for each that a floor asks for, so that there is a choice


@dataclass(frozen=True, slots=True)
class Prepared:
    """A problem and what came of everybody who was looked at.

    Parameters
    ----------
    problem
        Ready to be solved.
    debtors_considered
        Debtors of cases that have not ended.
    blocked
        Of these, how many a rule keeps from any visit.
    unlocated
        How many have no address that a team could drive to.
    without_hour
        How many have no lawful hour on these days, or nothing to gain by a visit.
    left_out
        How many could be visited and were worth less for their time than those for whom there
        was room.
    """

    problem: Problem
    debtors_considered: int
    blocked: int
    unlocated: int
    without_hour: int
    left_out: int


def build_problem(
    *,
    problem_id: str,
    days: Sequence[date],
    now: datetime,
    cases: CaseStore,
    field: FieldStore,
    travel: RoadTravel,
    calendar: WorkCalendar,
    parameters: LocatingParameters,
    profile: RuleProfile,
    fairness: Fairness | None,
    policy: PlanningPolicy,
    areas: AreaIndex | None = None,
    closures: Sequence[Closure] = (),
    steps: Sequence[StepFile] = (),
    only_teams: Collection[TeamId] | None = None,
    only_case: CaseId | None = None,
    max_options_per_debtor: int = 8,
    max_debtors: int = 400,
    progress: ProgressListener | None = None,
) -> Prepared:
    """Read the stores and return the problem of some days.

    A debtor whose case ended is not looked at. One whom a rule blocks on every day goes into
    ``problem.blocked``. Of the others those are taken, while there is room, who are worth most for
    the time and the way that they take (:mod:`routes.planning.preselect`).

    Parameters
    ----------
    days
        Days to plan, Asia/Shanghai.
    now
        Aware; evidence is weighed at this moment, and hours before it are not planned.
    travel
        With no road closed; ``closures`` says which are, and when.
    fairness
        For whom there must be room beside those who are worth most; None: for nobody.
    policy
        What hours cost, and when teams rest.
    areas
        Where a claim names no station, the station territory that holds it; townships.
    closures
        Those that nobody lifted, at whatever time they are in force.
    steps
        Stored steps of the cases, with what each has seized.
    only_teams
        Those that are to go out; None: every team on shift.
    only_case
        Whose debtors are looked at; None: those of every case.
    max_options_per_debtor
        The most valuable (address, day, band) that are kept for a debtor.
    max_debtors
        Room for debtors; fewer are taken where their places exceed the matrix.

    Raises
    ------
    ProblemError
        If there is no day, a day has passed, no team is on shift, or a team's vehicle is
        unknown to the road network.
    CalendarError
        If the calendar does not know a day.
    """
    days = sorted(set(days))
    _check_days(days, now)
    advance = _Steps(progress)
    places = Places()
    teams = [each for each in field.teams() if only_teams is None or each.id in only_teams]
    by_day = {
        day: fleet.work_shifts(
            field.shifts(day), teams, day, now=now, places=places, rests=policy.rests
        )
        for day in days
    }
    shifts = tuple(shift for day in days for shift in by_day[day])
    if not shifts:
        raise ProblemError(
            "%(first)s 至 %(last)s 没有可用班次，请先导入执行小组及其班次，或改选日期",
            first=days[0].isoformat(),
            last=days[-1].isoformat(),
        )
    duties: list[PlanDuty] = []
    for day in days:
        duties += fleet.plan_duties(
            field.duties(day),
            day,
            cases=cases,
            calendar=calendar,
            profile=profile,
            places=places,
        )
        on_shift = {shift.team for shift in by_day[day]}
        duties += step_stops.scheduled_duties(
            steps,
            day,
            on_shift=on_shift,
            now=now,
            calendar=calendar,
            profile=profile,
            stations=field.stations(),
            places=places,
        )
    stations = fleet.escort_stations(field.stations(), days, places=places)
    fetched = {station.id for station in field.stations() if station.fetched}
    advance()

    located = _locate(
        cases, only_case, now=now, calendar=calendar, parameters=parameters, profile=profile
    )
    advance()
    claims = located.evidence.claims
    chances = dict(zip(claims, located.found_on(claims, days).tolist(), strict=True))
    sifter = Sifter(
        days,
        by_day,
        chances,
        now,
        calendar,
        parameters,
        profile,
        max_options_per_debtor,
        step_stops.evictions(steps),
        step_stops.clocks_by_case(steps, now=now, calendar=calendar, profile=profile),
    )
    tally = sift(cases, sifter, only_case)
    advance()

    used = [team for team in teams if any(shift.team == team.id for shift in shifts)]
    possible = visits_possible(shifts)
    floors = () if fairness is None else _floors(tally.candidates, areas, possible, fairness)
    kept = _within_room(tally.candidates, places, shifts, duties, floors, max_debtors)
    options = _with_ranges(
        _options(
            kept,
            places,
            profile,
            areas,
            {s.id: s.id in fetched for s in stations},
            largest=max(team.officers for team in used),
        ),
        located,
    )
    weights = {candidate.debtor.id: candidate.weight for candidate in kept}
    sets = visit_sets(options, located, weights=weights, parameters=parameters)
    traffic = {day: calendar.traffic_day(day) for day in days}
    bands, conditions = travel_bands(shifts, traffic, closures)
    driven = {t.profile for t in used} | {s.profile for s in stations if s.profile}
    advance.expect(len(driven) * len(conditions))
    listed = places.listed()
    matrices = travel_matrices(travel, listed, conditions, used, stations=stations, advance=advance)
    problem = Problem(
        id=problem_id,
        places=listed,
        bands=bands,
        matrices=matrices,
        teams=fleet.plan_teams(used, bound=step_stops.bound_teams(steps)),
        shifts=shifts,
        options=options,
        duties=tuple(duties),
        escort_stations=stations,
        blocked=tally.blocked,
        cut_off=cut_off_places(travel, listed, bands, conditions, matrices, shifts, used),
        prices=policy.prices_in(
            mean_of_best((one.tries[0].value for one in tally.candidates), visits=possible)
        ),
        sets=sets,
        floors=_of_kept(floors, kept),
    )
    return Prepared(
        problem=problem,
        debtors_considered=tally.considered,
        blocked=tally.n_blocked,
        unlocated=tally.unlocated,
        without_hour=tally.without_hour,
        left_out=len(tally.candidates) - len(kept),
    )


class _Steps:
    """Counts the steps of the work for a listener."""

    def __init__(self, listener: ProgressListener | None) -> None:
        self._listener, self._done, self._total = listener, 0, 7

    def expect(self, more: int) -> None:
        self._total = self._done + more

    def __call__(self) -> None:
        self._done += 1
        if self._listener is not None:
            self._listener(self._done, self._total)


def _check_days(days: Sequence[date], now: datetime) -> None:
    if not days:
        raise ProblemError("没有给出计划日期")
    today = local_day(now)
    if days[0] < today:
        raise ProblemError(
            "计划日期 %(day)s 已经过去，请选择 %(today)s 或以后的日期",
            day=days[0].isoformat(),
            today=today.isoformat(),
        )


def _locate(
    cases: CaseStore,
    only_case: CaseId | None,
    *,
    now: datetime,
    calendar: WorkCalendar,
    parameters: LocatingParameters,
    profile: RuleProfile,
) -> Located:
    leads = [
        lead
        for lead in cases.leads(only_case)
        if not has_block(check_lead(lead, at=now, profile=profile))
    ]
    return locate(
        debtors=cases.debtors(only_case),
        claims=cases.claims(only_case),
        outcomes=cases.outcomes(only_case),
        leads=leads,
        now=now,
        parameters=parameters,
        calendar=calendar,
        answers=cases.answers(only_case),
    )


def _within_room(
    candidates: Sequence[Candidate],
    places: Places,
    shifts: Sequence[WorkShift],
    duties: Sequence[PlanDuty],
    floors: Sequence[Floor],
    most: int,
) -> tuple[Candidate, ...]:
    """Return the candidates to plan for, in their order; gives their places rows."""
    row_of = {candidate.debtor.id: row for row, candidate in enumerate(candidates)}
    tries = [(row, one) for row, candidate in enumerate(candidates) for one in candidate.tries]
    if not tries:
        return ()
    listed = {place.id: (place.lon, place.lat) for place in places.listed()}
    bases = [listed[place] for s in shifts for place in (s.start_place, s.end_place)]
    anchors = [listed[duty.place] for duty in duties]
    lonlat = [(one.point.lon, one.point.lat) for _, one in tries]
    spots_m = plane_m(np.array([*lonlat, *bases, *anchors], dtype=np.float64))
    chosen = preselect(
        spots_m[: len(tries)],
        np.array([one.value for _, one in tries]),
        np.array([one.service_s for _, one in tries], dtype=np.float64),
        np.array([row for row, _ in tries], dtype=np.int64),
        bases_m=spots_m[len(tries) : len(tries) + len(bases)],
        anchors_m=spots_m[len(tries) + len(bases) :],
        most=most,
        most_places=_MOST_PLACES - len(places),
        needs=[
            Need(
                np.array(sorted(row_of[DebtorId(d)] for d in floor.debtors), dtype=np.int64),
                _SPARE * floor.least,
            )
            for floor in floors
        ],
    )
    kept = tuple(candidates[row] for row in chosen.tolist())
    for candidate in kept:
        for one in candidate.tries:
            places.at(one.point, f"claim:{one.claim.id}")
    return kept


def _floors(
    candidates: Sequence[Candidate], areas: AreaIndex | None, visits: int, fairness: Fairness
) -> tuple[Floor, ...]:
    return fairness_floors(
        _visitable(candidates, areas),
        visits=visits,
        fairness=fairness,
        names={area.code: area.name for area in areas.areas(AreaKind.TOWNSHIP)} if areas else {},
    )


def _visitable(candidates: Sequence[Candidate], areas: AreaIndex | None) -> tuple[Visitable, ...]:
    """Return the candidates as the floors of fairness look at them, each at his likeliest place."""
    townships = _codes(candidates, areas, AreaKind.TOWNSHIP)
    return tuple(
        Visitable(
            one.debtor.id,
            one.tries[0].value,
            one.case.kind.is_livelihood,
            one.case.filed_on,
            townships.get(one.tries[0].point),
        )
        for one in candidates
    )


def _of_kept(floors: Sequence[Floor], kept: Sequence[Candidate]) -> tuple[Floor, ...]:
    """Return the floors of those for whom there was room."""
    ours = {candidate.debtor.id for candidate in kept}
    cut = (replace(floor, debtors=floor.debtors & ours) for floor in floors)
    return tuple(
        replace(floor, least=min(floor.least, len(floor.debtors))) for floor in cut if floor.debtors
    )


def _options(
    candidates: Sequence[Candidate],
    places: Places,
    profile: RuleProfile,
    areas: AreaIndex | None,
    stations: Mapping[str, bool],
    *,
    largest: int,
) -> tuple[Option, ...]:
    """Return the options of the candidates; ``largest`` is how many officers the largest team has.

    ``stations`` tells of each whether its officers are fetched there. A step that asks for more
    officers takes a second team in the same minute.
    """
    territory = _codes(candidates, areas, AreaKind.STATION_TERRITORY)
    options = []
    for candidate in candidates:
        case, debtor = candidate.case, candidate.debtor
        for one in candidate.tries:
            claim, step = one.claim, one.step
            escorted = step is not None or case.grade is Grade.BLACK
            needs = visit_needs(case, debtor, claim, profile)
            if step is not None:
                asked = step_stops.crew_needs(step)
                needs = CrewNeeds(
                    needs.skills | asked.skills, max(needs.min_officers, asked.min_officers)
                )
            missing = 0 if step is None else needs.min_officers - largest
            second = max(profile.min_officers, missing) if missing > 0 else 0
            held = claim.place.station_id if claim.place is not None else None
            station = held or territory.get(one.point)
            sent = (station,) if escorted and station is not None and station in stations else ()
            fetched = any(stations[each] for each in sent)
            options.append(
                Option(
                    id=f"{claim.id}@{one.day:%Y%m%d}-{one.band}-{one.start_s // 60}",
                    debtor=debtor.id,
                    place=places.at(one.point, f"claim:{claim.id}"),
                    day=one.day,
                    window_start_s=one.start_s,
                    window_end_s=one.end_s,
                    service_s=one.service_s,
                    value=one.value,
                    p_found=one.p_found,
                    band=one.band,
                    needed_skills=needs.skills | debtor.languages,
                    min_officers=max(profile.min_officers, needs.min_officers - second),
                    escort=_mode(escorted, fetched=fetched),
                    escort_stations=sent,
                    claim=claim.id,
                    step="" if step is None else step.step.id,
                    together=Together(min_officers=second) if second else None,
                )
            )
    return tuple(options)


def _mode(escorted: bool, *, fetched: bool) -> EscortMode:
    """Return how police come along: as their station's entry says, at the door by default."""
    if not escorted:
        return EscortMode.NONE
    return EscortMode.PICK_UP if fetched else EscortMode.AT_DOOR


def _with_ranges(options: tuple[Option, ...], located: Located) -> tuple[Option, ...]:
    """Return options with the limits of their P(found)."""
    sets = [
        (PlannedVisit(ClaimId(option.claim), option.day, VisitBand(option.band)),)
        for option in options
    ]
    limits = located.interval_of(sets).tolist()
    return tuple(
        replace(option, p_found_low=low, p_found_high=high)
        for option, (low, high) in zip(options, limits, strict=True)
    )


def _codes(
    candidates: Sequence[Candidate], areas: AreaIndex | None, kind: AreaKind
) -> Mapping[Point, str | None]:
    """Return the area of a kind that holds each point."""
    points = list(dict.fromkeys(one.point for c in candidates for one in c.tries))
    if areas is None or not points:
        return {}
    lonlat = np.array([(p.lon, p.lat) for p in points], dtype=np.float64)
    return dict(zip(points, areas.code_at(lonlat, kind=kind), strict=True))
