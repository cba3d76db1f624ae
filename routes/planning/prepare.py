"""From the stores to a planning problem: who may be visited where, when and for what gain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np

from geo.localtime import local_day
from geo.model import AreaKind, Point, Precision
from geo.ports import AreaIndex, ProgressListener, RoadTravel
from routes.bands import BAND_HOURS_S
from routes.calendar import WorkCalendar
from routes.errors import ProblemError
from routes.locating import (
    Located,
    LocatingParameters,
    PlannedVisit,
    case_weight,
    locate,
    visits_value,
)
from routes.model import (
    AddressClaim,
    Case,
    CaseId,
    CaseStatus,
    ClaimId,
    Debtor,
    DebtorId,
    Finding,
    Grade,
    PlaceKind,
    VisitBand,
)
from routes.planning import fleet, step_stops
from routes.planning.cutoff import cut_off_places
from routes.planning.findings import plan_finding
from routes.planning.journeys import Places, travel_bands, travel_matrices
from routes.planning.preselect import plane_m, preselect
from routes.planning.problem import (
    EscortMode,
    Option,
    PlanDuty,
    PlanFinding,
    Problem,
    WorkShift,
)
from routes.planning.second_tries import visit_sets
from routes.ports import CaseStore, FieldStore
from routes.rules import (
    CrewNeeds,
    RuleProfile,
    check_case,
    check_claim,
    check_lead,
    has_block,
    lawful_windows,
    visit_needs,
)
from routes.rules.clocks import Clock, case_urgency
from routes.step_files import StepFile

if TYPE_CHECKING:
    from geo.travel.closures import Closure

__all__ = ["Prepared", "build_problem"]

_MOST_PLACES = 990  # of the matrices, whose size grows with the square
_NO_DOOR = frozenset({Precision.TOWNSHIP, Precision.COUNTY, Precision.NONE})
_SERVICE_S = {
    PlaceKind.HOME: 1800,
    PlaceKind.WORK: 1500,
    PlaceKind.BUSINESS: 2400,
    PlaceKind.REGISTERED: 1200,
}


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


@dataclass(frozen=True, slots=True)
class _Try:
    """One claim in one band of one day, before it becomes an option.

    It starts at ``start_s`` to ``end_s`` and is over, ``service_s`` later, by the lawful end.
    ``step`` is the stored step that is taken, None for a plain visit.
    """

    claim: AddressClaim
    point: Point
    day: date
    band: str
    start_s: int
    end_s: int
    service_s: int
    value: float
    p_found: float
    step: StepFile | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A debtor who may be visited, the best try first; ``weight`` is the worth of a find."""

    case: Case
    debtor: Debtor
    tries: tuple[_Try, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class _Answer:
    """What rules and locating model say of a debtor; ``barred``: rules leave no try."""

    tries: tuple[_Try, ...]
    findings: tuple[Finding, ...]
    barred: bool
    placed: bool
    weight: float


@dataclass(frozen=True, slots=True)
class _Tally:
    """What came of the debtors: candidates, or the findings that block them."""

    candidates: tuple[_Candidate, ...]
    blocked: tuple[PlanFinding, ...]
    considered: int
    n_blocked: int
    unlocated: int
    without_hour: int


@dataclass(frozen=True, slots=True)
class _Sifter:
    """Asks rules and locating model about one debtor at a time.

    ``chances`` are P(found) by claim, then day and band in their order. ``evictions`` are the
    stored ones by debtor, ``clocks`` those that steps have started, by case.
    """

    days: Sequence[date]
    shifts: Mapping[date, Sequence[WorkShift]]
    chances: Mapping[ClaimId, Sequence[Sequence[float]]]
    now: datetime
    calendar: WorkCalendar
    parameters: LocatingParameters
    profile: RuleProfile
    most_options: int
    evictions: Mapping[DebtorId, StepFile]
    clocks: Mapping[CaseId, tuple[Clock, ...]]

    def ask(self, case: Case, debtor: Debtor, claims: Sequence[AddressClaim]) -> _Answer:
        """Return what may be tried, what the rules say, and why there may be nothing."""
        tries: list[_Try] = []
        findings: list[Finding] = []
        barred = True
        placed = [c for c in claims if c.place and c.place.precision not in _NO_DOOR]
        urgency = case_urgency(
            case, self.clocks.get(case.id, ()), now=self.now, profile=self.profile
        )
        weight = case_weight(case, now=self.now, parameters=self.parameters, urgency=urgency)
        eviction = self.evictions.get(debtor.id)
        taken: list[_Try] = []
        for day in self.days:
            said = check_case(case, debtor, claims, on=day, profile=self.profile)
            findings += said
            if has_block(said):
                continue
            for claim in placed:
                said = check_claim(case, debtor, claim, on=day, profile=self.profile)
                findings += said
                if not has_block(said):
                    barred = False
                    tries += self._of_claim(case, claim, day, weight)
                    if eviction is not None and eviction.step.claim_id == claim.id:
                        taken += self._of_claim(case, claim, day, weight, eviction)
            barred = barred and bool(placed)
        return _Answer(tuple(taken or tries), tuple(findings), barred, bool(placed), weight)

    def _of_claim(
        self,
        case: Case,
        claim: AddressClaim,
        day: date,
        weight: float,
        step: StepFile | None = None,
    ) -> Iterable[_Try]:
        """Yield the tries of a plain visit, or of a step where one is given."""
        assert claim.place is not None
        chances = self.chances[claim.id][self.days.index(day)]
        windows = lawful_windows(case, claim, day, calendar=self.calendar, profile=self.profile)
        service_s = _SERVICE_S[claim.kind] if step is None else step.needs.service_s
        for band, p_found in zip(VisitBand, chances, strict=True):
            begin_s, until_s = BAND_HOURS_S[band]
            value = visits_value(weight, (p_found,), parameters=self.parameters)
            if value <= 0.0:
                continue
            for open_s, close_s in windows:
                start_s, end_s = max(begin_s, open_s), min(until_s - 1, close_s - service_s)
                if step is not None and step.starts_at is not None:
                    at_s = fleet.second_of(step.starts_at, day)
                    start_s, end_s = max(start_s, at_s), min(end_s, at_s)
                if start_s <= end_s and (step is None or self._allows(step, day, start_s)):
                    yield _Try(
                        claim,
                        claim.place.point,
                        day,
                        band.value,
                        start_s,
                        end_s,
                        service_s,
                        value,
                        p_found,
                        step,
                    )

    def _allows(self, step: StepFile, day: date, start_s: int) -> bool:
        return step_stops.may_be_taken(
            step, day, start_s, now=self.now, calendar=self.calendar, profile=self.profile
        )

    def best(self, tries: Sequence[_Try]) -> tuple[_Try, ...]:
        """Return the most valuable tries that fall into a shift; else the single best.

        Of several claims of one place one stands for the place in a band of a day.
        """
        ranked = sorted(tries, key=lambda t: (-t.value, t.day, t.start_s, t.claim.id))
        standing: dict[tuple[Point, date, str], ClaimId] = {}
        for one in ranked:
            standing.setdefault((one.point, one.day, one.band), one.claim.id)
        ranked = [t for t in ranked if standing[t.point, t.day, t.band] == t.claim.id]
        timely = [
            one
            for one in ranked
            if any(
                one.start_s < shift.end_s and shift.start_s <= one.end_s
                for shift in self.shifts.get(one.day, ())
            )
        ]
        return tuple(timely[: self.most_options] or ranked[:1])


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
    areas: AreaIndex | None = None,
    closures: Sequence[Closure] = (),
    steps: Sequence[StepFile] = (),
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
    areas
        Where a claim names no station, the station territory that holds it.
    closures
        Those that nobody lifted, at whatever time they are in force.
    steps
        Stored steps of the cases, with what each has seized.
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
    teams = field.teams()
    by_day = {
        day: fleet.work_shifts(field.shifts(day), teams, day, now=now, places=places)
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
    advance()

    located = _locate(cases, now=now, calendar=calendar, parameters=parameters, profile=profile)
    advance()
    claims = located.evidence.claims
    chances = dict(zip(claims, located.found_on(claims, days).tolist(), strict=True))
    sifter = _Sifter(
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
    tally = _sift(cases, sifter)
    advance()

    kept = _within_room(tally.candidates, places, shifts, duties, max_debtors)
    options = _with_ranges(
        _options(kept, places, profile, areas, {s.id for s in stations}), located
    )
    weights = {candidate.debtor.id: candidate.weight for candidate in kept}
    sets = visit_sets(options, located, weights=weights, parameters=parameters)
    traffic = {day: calendar.traffic_day(day) for day in days}
    bands, conditions = travel_bands(shifts, traffic, closures)
    used = [team for team in teams if any(shift.team == team.id for shift in shifts)]
    advance.expect(len({t.profile for t in used}) * len(conditions))
    listed = places.listed()
    matrices = travel_matrices(travel, listed, conditions, used, advance=advance)
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
        sets=sets,
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
    *,
    now: datetime,
    calendar: WorkCalendar,
    parameters: LocatingParameters,
    profile: RuleProfile,
) -> Located:
    leads = [
        lead for lead in cases.leads() if not has_block(check_lead(lead, at=now, profile=profile))
    ]
    return locate(
        debtors=cases.debtors(),
        claims=cases.claims(),
        outcomes=cases.outcomes(),
        leads=leads,
        now=now,
        parameters=parameters,
        calendar=calendar,
    )


def _sift(cases: CaseStore, sifter: _Sifter) -> _Tally:
    """Ask about every debtor whose case has not ended."""
    case_of = {case.id: case for case in cases.cases()}
    claims_of: defaultdict[str, list[AddressClaim]] = defaultdict(list)
    for claim in cases.claims():
        claims_of[claim.debtor_id].append(claim)
    candidates: list[_Candidate] = []
    blocked: list[PlanFinding] = []
    considered = n_blocked = unlocated = without_hour = 0
    for debtor in cases.debtors():
        case = case_of.get(debtor.case_id)
        if case is None or case.status is CaseStatus.ENDED:
            continue
        considered += 1
        answer = sifter.ask(case, debtor, claims_of[debtor.id])
        if answer.tries:
            best = sifter.best(answer.tries)
            candidates.append(_Candidate(case, debtor, best, answer.weight))
        elif answer.barred:
            n_blocked += 1
            subject = f"debtor:{debtor.id}"
            blocks = (plan_finding(f, subject) for f in answer.findings if has_block((f,)))
            blocked += dict.fromkeys(blocks)
        elif answer.placed:
            without_hour += 1
        else:
            unlocated += 1
    candidates.sort(key=lambda c: (-c.tries[0].value, c.debtor.id))
    return _Tally(tuple(candidates), tuple(blocked), considered, n_blocked, unlocated, without_hour)


def _within_room(
    candidates: Sequence[_Candidate],
    places: Places,
    shifts: Sequence[WorkShift],
    duties: Sequence[PlanDuty],
    most: int,
) -> tuple[_Candidate, ...]:
    """Return the candidates to plan for, in their order; gives their places rows."""
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
    )
    kept = tuple(candidates[row] for row in chosen.tolist())
    for candidate in kept:
        for one in candidate.tries:
            places.at(one.point, f"claim:{one.claim.id}")
    return kept


def _options(
    candidates: Sequence[_Candidate],
    places: Places,
    profile: RuleProfile,
    areas: AreaIndex | None,
    stations: set[str],
) -> tuple[Option, ...]:
    territory = _territories(candidates, areas)
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
            held = claim.place.station_id if claim.place is not None else None
            station = held or territory.get(one.point)
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
                    needed_skills=needs.skills,
                    min_officers=needs.min_officers,
                    escort=EscortMode.AT_DOOR if escorted else EscortMode.NONE,
                    escort_stations=(station,) if escorted and station in stations else (),
                    claim=claim.id,
                    step="" if step is None else step.step.id,
                )
            )
    return tuple(options)


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


def _territories(
    candidates: Sequence[_Candidate], areas: AreaIndex | None
) -> Mapping[Point, str | None]:
    """Return the station territory that holds each point."""
    points = list(dict.fromkeys(one.point for c in candidates for one in c.tries))
    if areas is None or not points:
        return {}
    lonlat = np.array([(p.lon, p.lat) for p in points], dtype=np.float64)
    codes = areas.code_at(lonlat, kind=AreaKind.STATION_TERRITORY)
    return dict(zip(points, codes, strict=True))
