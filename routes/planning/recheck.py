"""The rules once more, on a finished plan and on what the stores hold now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from geo.localtime import local_day, moment_at
from geo.messages import Message, message
from geo.model import Point
from geo.ports import AreaIndex
from geo.responsibility import grounds
from routes.calendar import WorkCalendar
from routes.measures import StepId
from routes.model import (
    AddressClaim,
    Case,
    Debtor,
    Duty,
    DutyKind,
    Finding,
    Station,
    Team,
    Verdict,
)
from routes.planning.concerned import options_of
from routes.planning.duty_cases import check_duty_case, named_debtor
from routes.planning.findings import plan_finding
from routes.planning.journeys import Places
from routes.planning.problem import (
    Option,
    Plan,
    PlanFinding,
    Problem,
    Route,
    Stop,
    StopKind,
)
from routes.planning.step_stops import duties_of, step_of_duty
from routes.ports import CaseStore, FieldStore
from routes.rules import (
    RULES,
    RuleProfile,
    check_case,
    check_claim,
    check_district,
    check_duty,
    check_visit,
)
from routes.step_files import StepFile, check_step_file

__all__ = ["RuleCheck", "recheck"]

_KEPT = 2000  # routes of which a check remembers what it said


def recheck(
    problem: Problem,
    plan: Plan,
    *,
    cases: CaseStore,
    field: FieldStore,
    calendar: WorkCalendar,
    profile: RuleProfile,
    now: datetime,
    areas: AreaIndex | None = None,
    steps: Iterable[StepFile] = (),
    say: Callable[[Message], str] = str,
) -> tuple[PlanFinding, ...]:
    """Say what the rules say of every visit and duty of a plan, by the data of this moment.

    A plan lies about while cases settle, addresses expire and teams change; this is asked
    before it is saved, released, shared or exported. What the stores no longer hold is
    forbidden, as missing input fails a rule.

    Parameters
    ----------
    problem
        What the plan answers.
    plan
        Frozen stops that have begun by now are past any rule; others are looked at like all.
    now
        Aware. A route of an earlier day is held to the rules of its day and of today.
    areas
        Visits outside the jurisdiction are named (A8), and those outside the province too (A7),
        by the code of the county that holds them where there is one. Where no jurisdiction is
        held, nobody can tell: each visit is named.
    steps
        Stored steps as they stand. A stop that takes a step is held to the rules of the step,
        those about its place too.
    say
        Writes a message in the reader's language; Chinese by default.

    Returns
    -------
    tuple of PlanFinding
        Each once, in the order of the plan. Subjects are ``visit:OPTION``, ``claim:ID``,
        ``debtor:ID``, ``case:ID``, ``team:ID``, ``duty:ID``, ``step:ID`` and ``item:ID``.
    """
    check = RuleCheck.read(
        problem,
        cases=cases,
        field=field,
        calendar=calendar,
        profile=profile,
        now=now,
        areas=areas,
        steps=steps,
        plan=plan,
    )
    return check.findings(plan, say=say)


class RuleCheck:
    """The rules with all that they look at, read once for many plans of one problem.

    It speaks by the data of the moment at which it was read, and keeps what it said of a route.
    """

    def __init__(
        self,
        problem: Problem,
        records: _Records,
        *,
        stations: Iterable[Station],
        calendar: WorkCalendar,
        profile: RuleProfile,
        now: datetime,
        areas: AreaIndex | None,
        steps: Iterable[StepFile],
    ) -> None:
        self.problem, self.records, self.stations = problem, records, tuple(stations)
        self.calendar, self.profile, self.now, self.areas = calendar, profile, now, areas
        self.options = {option.id: option for option in problem.options}
        self.open_steps = {each.step.id: each for each in steps if each.open}
        self.points = {place.id: Point(place.lon, place.lat) for place in problem.places}
        self._said: dict[tuple[Route, _Company], tuple[tuple[Finding, ...], tuple[Option, ...]]]
        self._said = {}

    @classmethod
    def read(
        cls,
        problem: Problem,
        *,
        cases: CaseStore,
        field: FieldStore,
        calendar: WorkCalendar,
        profile: RuleProfile,
        now: datetime,
        areas: AreaIndex | None = None,
        steps: Iterable[StepFile] = (),
        plan: Plan | None = None,
    ) -> RuleCheck:
        """Read the stores; the parameters are those of :func:`recheck`.

        With a plan only its debtors are read, and no other plan may be asked about.
        """
        days = {shift.day for shift in problem.shifts}
        return cls(
            problem,
            _Records.read(cases, field, days, options_of(problem, plan)),
            stations=field.stations(),
            calendar=calendar,
            profile=profile,
            now=now,
            areas=areas,
            steps=steps,
        )

    def findings(
        self, plan: Plan, *, say: Callable[[Message], str] = str
    ) -> tuple[PlanFinding, ...]:
        """Return what the rules say of a plan, in the words of ``say``; see :func:`recheck`."""
        found: list[Finding] = []
        visited: list[Option] = []
        company = _Company.of(plan)
        for route in plan.routes:
            said, there = self._of_route(route, company.about(route))
            found += said
            visited += there
        found += _outside(visited, self.points, self.areas, self.profile)
        return tuple(dict.fromkeys(plan_finding(finding, say=say) for finding in found))

    def _of_route(
        self, route: Route, company: _Company
    ) -> tuple[tuple[Finding, ...], tuple[Option, ...]]:
        """Return what is said of a route, and its plain visits, whose place is asked about too."""
        known = self._said.get((route, company))
        if known is None:
            if len(self._said) >= _KEPT:
                self._said.clear()
            visited: list[Option] = []
            said = tuple(self._asked(route, company, visited))
            known = self._said[route, company] = said, tuple(visited)
        return known

    def _asked(self, route: Route, company: _Company, visited: list[Option]) -> Iterator[Finding]:
        records, now, calendar, profile = self.records, self.now, self.calendar, self.profile
        team = records.teams.get(route.team)
        if team is None and route.stops:
            text = message("小组已不在库中，请重新导入小组或重新规划")
            yield _block("B1", f"team:{route.team}", text)
        days = sorted({route.day, max(route.day, local_day(now))})
        for stop in route.stops:
            if stop.frozen and moment_at(route.day, stop.start_s) <= now:
                continue
            step_id = step_of_duty(stop.ref) if stop.kind is StopKind.DUTY else None
            if step_id is not None:
                step, point = self.open_steps.get(step_id), self.points.get(stop.place)
                if step is None:
                    yield _block("P8", f"step:{step_id}", _STEP_GONE)
                elif not _as_scheduled(step, route, stop, point, self.stations):
                    yield _block("P8", f"step:{step_id}", _STEP_CHANGED)
                else:
                    own = replace(step, team=team)
                    yield from check_step_file(own, now=now, calendar=calendar, profile=profile)
            elif stop.kind is StopKind.DUTY:
                at = self.points.get(stop.place)
                yield from records.of_duty(stop, at, team, route.day, calendar, profile)
            elif stop.kind is StopKind.VISIT:
                option = self.options.get(stop.ref)
                if option is None:
                    text = message("走访不在规划问题中，请重新规划")
                    yield _block("P1", f"visit:{stop.ref}", text)
                    continue
                if company.comes_second(stop):
                    continue  # both teams are one crew, asked about with the first
                crew = company.crew(stop, team, records.teams)
                if not option.step:
                    visited.append(option)
                yield from records.of_visit(option, () if option.step else days, profile)
                if option.step:
                    step = self.open_steps.get(StepId(option.step))
                    if step is not None and step.point != self.points.get(option.place):
                        yield _block("P8", f"step:{option.step}", _STEP_CHANGED)
                        continue
                    yield from _of_step(option, step, crew, route, stop, now, calendar, profile)
                else:
                    yield from records.of_crew(option, route, stop, crew, calendar, profile)


@dataclass(frozen=True, slots=True)
class _Company:
    """The second teams of visits that take two, by option."""

    second: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, plan: Plan) -> _Company:
        stops = [(route.team, stop) for route in plan.routes for stop in route.stops]
        led = {stop.ref for _, stop in stops if not stop.second}
        return cls(
            frozenset((stop.ref, team) for team, stop in stops if stop.second and stop.ref in led)
        )

    def about(self, route: Route) -> _Company:
        """Return those of them that a route knows of."""
        refs = {stop.ref for stop in route.stops}
        return _Company(frozenset(one for one in self.second if one[0] in refs))

    def comes_second(self, stop: Stop) -> bool:
        return stop.second and any(ref == stop.ref for ref, _ in self.second)

    def crew(self, stop: Stop, team: Team | None, teams: Mapping[str, Team]) -> Team | None:
        """Return the first team with the people, skills and recorders of both."""
        other = teams.get(next((team for ref, team in self.second if ref == stop.ref), ""))
        if team is None or other is None:
            return team
        return replace(
            team,
            officers=team.officers + other.officers,
            skills=team.skills | other.skills,
            recorders=team.recorders + other.recorders,
            outsiders=team.outsiders + other.outsiders,
        )


@dataclass(frozen=True, slots=True)
class _Records:
    """What the stores hold now, each by its id."""

    cases: Mapping[str, Case]
    debtors: Mapping[str, Debtor]
    claims: Mapping[str, AddressClaim]
    teams: Mapping[str, Team]
    duties: Mapping[str, Duty]

    @classmethod
    def read(
        cls, cases: CaseStore, field: FieldStore, days: Iterable[date], options: Sequence[Option]
    ) -> _Records:
        """Read of the stores whom these options visit, and those whom papers of duties name."""
        duties = {duty.id: duty for day in sorted(days) for duty in field.duties(day)}
        named = {each.basis.debtor_id for each in duties.values() if each.basis is not None}
        people = cases.people(
            {*(one.debtor for one in options), *(one for one in named if one is not None)},
            claim_ids={one.claim for one in options if one.claim},
        )
        held: dict[str, Case] = {case.id: case for case in people.cases.values()}
        asked = {duty.case_id for duty in duties.values() if duty.case_id is not None}
        more = map(cases.case, sorted(asked - held.keys()))
        return cls(
            held | {case.id: case for case in more if case is not None},
            {debtor.id: debtor for debtor in people.debtors.values()},
            {claim.id: claim for claim in people.claims.values()},
            {team.id: team for team in field.teams()},
            duties,
        )

    def of_visit(
        self, option: Option, days: Iterable[date], profile: RuleProfile
    ) -> Iterator[Finding]:
        """Say whether case, debtor and address allow a visit on some days, whoever goes.

        Of a stop that takes a step only what is no longer stored is told: the rest is asked with
        the step.
        """
        debtor = self.debtors.get(option.debtor)
        claim = self.claims.get(option.claim)
        case = None if debtor is None else self.cases.get(debtor.case_id)
        if debtor is None:
            text = message("被执行人已不在库中，不得走访；请重新导入或重新规划")
            yield _block("P5", f"debtor:{option.debtor}", text)
        elif case is None:
            text = message("案件已不在库中，不得走访；请重新导入或重新规划")
            yield _block("P5", f"case:{debtor.case_id}", text)
        if claim is None:
            subject = f"claim:{option.claim}" if option.claim else f"visit:{option.id}"
            text = message("地址线索已不在库中，不得使用；请重新导入或重新规划")
            yield _block("P5", subject, text)
        if case is None or debtor is None:
            return
        for day in days:
            claims = () if claim is None else (claim,)
            yield from check_case(case, debtor, claims, on=day, profile=profile)
            if claim is not None:
                yield from check_claim(case, debtor, claim, on=day, profile=profile)

    def of_duty(
        self,
        stop: Stop,
        at: Point | None,
        team: Team | None,
        on: date,
        calendar: WorkCalendar,
        profile: RuleProfile,
    ) -> tuple[Finding, ...]:
        """Say whether a duty may be held, at the hours of the stop, for the debtor of its paper.

        The hours at a checkpoint are those of its table, or what its station and the court agreed
        on since; place, hours, length and team of any other duty are those of its table.
        """
        duty = self.duties.get(stop.ref)
        if duty is None:
            text = message("勤务已不在库中，请核对查控点表、勤务表的日期和时段后重新规划")
            return (_block("L6", f"duty:{stop.ref}", text),)
        if duty.kind is not DutyKind.CHECKPOINT and not _as_entered(duty, stop, at, team, on):
            text = message("勤务的地点、时间或小组已变化，请重新规划")
            return (_block("L6", f"duty:{stop.ref}", text),)
        duty = replace(
            duty,
            starts_at=moment_at(on, stop.start_s),
            ends_at=moment_at(on, stop.departure_s),
        )
        of_case = check_duty_case(
            duty, self.debtors, self.cases, on=on, calendar=calendar, profile=profile
        )
        named = named_debtor(duty, self.debtors)
        return check_duty(duty, team, named=named, profile=profile) + of_case

    def of_crew(
        self,
        option: Option,
        route: Route,
        stop: Stop,
        team: Team | None,
        calendar: WorkCalendar,
        profile: RuleProfile,
    ) -> tuple[Finding, ...]:
        """Say whether this team may be there at these hours; nothing where a record is gone."""
        debtor = self.debtors.get(option.debtor)
        claim = self.claims.get(option.claim)
        case = None if debtor is None else self.cases.get(debtor.case_id)
        if case is None or debtor is None or claim is None:
            return ()
        return check_visit(
            case,
            debtor,
            claim,
            team,
            starts_at=moment_at(route.day, stop.start_s),
            ends_at=moment_at(route.day, stop.departure_s),
            calendar=calendar,
            profile=profile,
            visit_id=option.id,
        )


def _of_step(
    option: Option,
    step: StepFile | None,
    team: Team | None,
    route: Route,
    stop: Stop,
    now: datetime,
    calendar: WorkCalendar,
    profile: RuleProfile,
) -> tuple[Finding, ...]:
    """Say whether this team may take a step there and then."""
    if step is None:
        return (_block("P8", f"step:{option.step}", _STEP_GONE),)
    if stop.departure_s - stop.start_s < step.needs.service_s or (
        step.step.claim_id != option.claim
    ):
        return (_block("P8", f"step:{option.step}", _STEP_CHANGED),)
    starts_at = moment_at(route.day, stop.start_s)
    if step.scheduled and (step.team_id, step.starts_at) != (route.team, starts_at):
        return (_block("P8", f"step:{option.step}", _STEP_CHANGED),)
    taken = step.tried(team, starts_at)
    return check_step_file(taken, now=now, calendar=calendar, profile=profile)


def _as_scheduled(
    step: StepFile, route: Route, stop: Stop, point: Point | None, stations: Iterable[Station]
) -> bool:
    """Whether a scheduled step or its handover still is for this team, there and then."""
    places = Places()
    made = duties_of(step, route.day, stations=stations, places=places)
    duty = next((one for one in made if one.id == stop.ref), None)
    at = {place.id: Point(place.lon, place.lat) for place in places.listed()}
    return (
        duty is not None
        and route.team in duty.teams
        and duty.window_start_s <= stop.start_s <= duty.window_end_s
        and stop.departure_s - stop.start_s >= duty.service_s
        and at[duty.place] == point
    )


def _as_entered(duty: Duty, stop: Stop, at: Point | None, team: Team | None, on: date) -> bool:
    """Whether a stop still is where, when and whose its duty says."""
    starts_at, ends_at = moment_at(on, stop.start_s), moment_at(on, stop.departure_s)
    lasts_s = stop.departure_s - stop.start_s
    return (
        duty.point == at
        and duty.starts_at <= starts_at
        and ends_at <= duty.ends_at
        and (duty.service_s is None or duty.service_s <= lasts_s)
        and (duty.team_id is None or team is None or team.id == duty.team_id)
    )


_STEP_GONE = message("步骤已不在库中、已结束或已撤回，不得实施；请重新规划")
_STEP_CHANGED = message("步骤的地点、时间或小组已变化，请重新规划")


def _outside(
    visited: list[Option],
    at: Mapping[str, Point],
    areas: AreaIndex | None,
    profile: RuleProfile,
) -> Iterator[Finding]:
    """Name the visits that lie in no jurisdiction; all of them where no boundary is stored."""
    points = [at[option.place] for option in visited]
    for option, point, ground in zip(visited, points, grounds(areas, points), strict=True):
        yield from check_district(
            option.id,
            inside=ground.inside,
            other_province=ground.other_province,
            point=point,
            profile=profile,
        )


def _block(rule_id: str, subject: str, text: Message) -> Finding:
    return Finding(rule_id, Verdict.BLOCK, subject, text, RULES[rule_id].citation)
