"""An urgent lead on a debtor who is not among the candidates of a plan: he is taken in for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from geo.localtime import hour_text, moment_at
from geo.ports import AreaIndex, RoadTravel
from routes.calendar import WorkCalendar
from routes.errors import ReplanError
from routes.locating import LocatingParameters
from routes.model import CaseId, Checkpoint, Duty, Liaison, Shift, Station, Team, TeamId
from routes.planning.begun import carried_over
from routes.planning.disturbances import HomeNow
from routes.planning.fleet import second_of
from routes.planning.more_places import with_places
from routes.planning.policy import PlanningPolicy
from routes.planning.prepare import Prepared, build_problem
from routes.planning.problem import CutOff, EscortStation, Option, Plan, PlanPlace, Problem
from routes.ports import CaseStore, FieldStore
from routes.rules import RuleProfile
from routes.step_files import StepFile

if TYPE_CHECKING:
    from geo.travel.closures import Closure

__all__ = ["taken_in"]

_EVERY_OPTION = 1000


def taken_in(
    problem: Problem,
    plan: Plan,
    lead: HomeNow,
    case_id: CaseId,
    *,
    day: date,
    now: datetime,
    cases: CaseStore,
    field: FieldStore,
    travel: RoadTravel,
    calendar: WorkCalendar,
    parameters: LocatingParameters,
    profile: RuleProfile,
    policy: PlanningPolicy,
    areas: AreaIndex | None = None,
    closures: Sequence[Closure] = (),
    steps: Sequence[StepFile] = (),
) -> tuple[Problem, Plan]:
    """Return a problem with the options of one more debtor, for the hours of a lead, and its plan.

    The rules are asked about each of them as for a plan that is made afresh.

    Parameters
    ----------
    problem, plan
        The plan that is carried out and what it answers.
    lead
        Of a debtor of the case who has no option in the problem.
    day, now
        As for a plan that is made anew; ``now`` is aware.
    steps
        Stored steps of the case.

    Returns
    -------
    tuple of Problem and Plan
        The same plan, which does not visit the debtor. What a failed attempt costs is left out
        of the values of the new options: somebody says that the debtor is there.

    Raises
    ------
    ReplanError
        If a rule forbids every visit to the debtor, or there is no address or no hour for one.
    """
    prepared = build_problem(
        problem_id=problem.id,
        days=(day,),
        now=now,
        cases=cases,
        field=_Crews(field, problem),
        travel=travel,
        calendar=calendar,
        parameters=replace(parameters, value=replace(parameters.value, failed_cost=0.0)),
        profile=profile,
        fairness=None,
        policy=policy,
        areas=areas,
        closures=closures,
        steps=steps,
        only_case=case_id,
        max_options_per_debtor=_EVERY_OPTION,
    )
    alone = prepared.problem
    known = {option.id for option in problem.options}
    options = [
        replace(option, window_end_s=min(option.window_end_s, lead.until_s))
        for option in alone.options
        if option.debtor == lead.debtor
        and option.window_start_s <= lead.until_s
        and option.id not in known
    ]
    if not options:
        raise _refusal(lead, prepared, max(0, second_of(now, day)))
    merge = _Merge(problem, alone)
    options = [replace(option, place=merge.place(option.place)) for option in options]
    stations = tuple(merge.stations(options))
    grown = with_places(problem, merge.fresh, travel, calendar=calendar, closures=closures)
    subject = f"debtor:{lead.debtor}"
    grown = replace(
        grown,
        options=(*grown.options, *options),
        escort_stations=(*grown.escort_stations, *stations),
        blocked=tuple(one for one in grown.blocked if one.subject != subject),
        cut_off=(*grown.cut_off, *merge.cut_off()),
    )
    return grown, carried_over(plan, grown)


def _refusal(lead: HomeNow, prepared: Prepared, now_s: int) -> ReplanError:
    """Return why a debtor is not taken in, and what to do about it."""
    subject = f"debtor:{lead.debtor}"
    found = next((one for one in prepared.problem.blocked if one.subject == subject), None)
    if found is not None:
        return ReplanError(
            "规则 %(rule)s 禁止走访被执行人 %(debtor)s：%(text)s（%(citation)s）；"
            "请在案件页按提示补正后再报线索",
            rule=found.rule,
            debtor=lead.debtor,
            text=found.text,
            citation=found.citation,
        )
    if not prepared.debtors_considered:
        return ReplanError("被执行人 %(debtor)s 的案件已经结案，不再走访", debtor=lead.debtor)
    if prepared.unlocated == prepared.debtors_considered:
        return ReplanError(
            "被执行人 %(debtor)s 没有可以前往的地址；请先在案件页登记地址并定位", debtor=lead.debtor
        )
    return ReplanError(
        "被执行人 %(debtor)s 今天 %(begin)s–%(until)s 没有合法可走访的时段，线索不能列入",
        debtor=lead.debtor,
        begin=hour_text(now_s),
        until=hour_text(lead.until_s),
    )


class _Merge:
    """Finds the places and stations of a small problem in a larger one, or notes them as new."""

    def __init__(self, problem: Problem, alone: Problem) -> None:
        self.problem, self.alone = problem, alone
        self.fresh: list[PlanPlace] = []
        self._at = {(place.lon, place.lat): place.id for place in problem.places}
        self._names = {place.id for place in problem.places}
        self._own = {place.id: place for place in alone.places}

    def place(self, name: str) -> str:
        own = self._own[name]
        point = own.lon, own.lat
        if point not in self._at:
            while name in self._names:  # the claim has another place since
                name += "'"
            self._names.add(name)
            self._at[point] = name
            self.fresh.append(replace(own, id=name))
        return self._at[point]

    def stations(self, options: Sequence[Option]) -> Iterator[EscortStation]:
        """Yield the stations that these options need and the larger problem does not know."""
        known = {station.id for station in self.problem.escort_stations}
        needed = {station for option in options for station in option.escort_stations} - known
        driven = {matrix.profile for matrix in self.problem.matrices}
        for station in self.alone.escort_stations:
            if station.id in needed:
                own = station.profile if station.profile in driven else ""
                yield replace(station, place=self.place(station.place), profile=own)

    def cut_off(self) -> Iterator[CutOff]:
        """Yield why new places cannot be reached."""
        fresh = {place.id for place in self.fresh}
        for one in self.alone.cut_off:
            name = self._at.get((self._own[one.place].lon, self._own[one.place].lat))
            if name in fresh:
                yield replace(one, place=name)


@dataclass(frozen=True, slots=True)
class _Crews:
    """The court in the field as a plan has it: its shifts, and no duties."""

    field: FieldStore
    problem: Problem

    def teams(self) -> Sequence[Team]:
        ours = {shift.team for shift in self.problem.shifts}
        return [team for team in self.field.teams() if team.id in ours]

    def shifts(self, day: date) -> Sequence[Shift]:
        return [
            Shift(TeamId(one.team), moment_at(day, one.start_s), moment_at(day, one.end_s))
            for one in self.problem.shifts
            if one.day == day and one.start_s < one.end_s
        ]

    def duties(self, day: date) -> Sequence[Duty]:  # noqa: ARG002  # of no day
        return ()

    def stations(self) -> Sequence[Station]:
        return self.field.stations()

    def checkpoints(self) -> Sequence[Checkpoint]:
        return self.field.checkpoints()

    def liaisons(self) -> Sequence[Liaison]:
        return self.field.liaisons()
