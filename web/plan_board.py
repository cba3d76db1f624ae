"""A plan as people read it: routes by team and day, stops with their reasons, what is open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

import numpy as np

from data.masks import PersonField, Sights
from geo.model import Floats
from routes.model import (
    ActionId,
    ClaimId,
    DebtorId,
    DutyKind,
)
from routes.people import People
from routes.planning.concerned import debtors_of
from routes.planning.problem import (
    Option,
    Plan,
    PlanDuty,
    PlanFinding,
    Problem,
    Route,
    Stop,
    StopKind,
    UnassignedReason,
)
from routes.planning.promises import is_promise
from routes.planning.step_stops import step_of_duty
from routes.planning.stop_numbers import stop_numbers
from routes.planning.turns import turns
from routes.ports import CaseStore
from web.duty_words import DutyWords
from web.labels import label
from web.subjects import visit_subjects

__all__ = [
    "TEAM_COLOURS",
    "FloorView",
    "LeftOut",
    "PlanPage",
    "RouteView",
    "StopView",
    "TeamView",
    "build_plan_page",
    "duty_title",
    "left_out",
    "plan_json",
    "range_of",
    "rounded_range",
]

TEAM_COLOURS = tuple(f"var(--team-{n})" for n in range(1, 9))
"""One colour a team, by its name in the style sheet of colours."""

_LISTED_UNASSIGNED = 200


@dataclass(frozen=True, slots=True)
class TeamView:
    """A team with its colour."""

    id: str
    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class StopView:
    """One line of a route's time list. ``key`` joins the line to its mark on the map.

    ``joint`` tells a visit that two teams make together.
    ``step`` is the stored step that is taken there; empty for a plain visit. ``turn`` says which
    of the debtor's visits it is, and ``p_added`` what it adds to the P(found) of the earlier ones.
    """

    key: str
    ref: str
    number: int | None
    kind: StopKind
    title: str
    place: str
    start_s: int
    departure_s: int
    lon: float
    lat: float
    value: float = 0.0
    p_found: float = 0.0
    p_range: tuple[float, float] | None = None
    p_added: float = 0.0
    turn: int = 1
    joint: bool = False
    case_id: str = ""
    case_number: str = ""
    step: str = ""
    grade: str = ""
    escort: str | None = None
    frozen: bool = False
    findings: tuple[PlanFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class RouteView:
    """One team's day."""

    shift: str
    team: TeamView
    day: date
    leave_s: int
    return_s: int
    stops: tuple[StopView, ...]
    base_lonlat: tuple[float, float]

    @property
    def visits(self) -> int:
        """How many stops are visits."""
        return sum(stop.kind is StopKind.VISIT for stop in self.stops)

    @property
    def expected_found(self) -> float:
        """Expected number of debtors found on this route."""
        return sum(stop.p_added for stop in self.stops)


@dataclass(frozen=True, slots=True)
class UnassignedView:
    """A debtor or duty without a stop; ``listed`` in the plan, which can tell why then."""

    ref: str
    reason: str
    detail: str
    case_id: str = ""
    case_number: str = ""
    listed: bool = True


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The first of all debtors and duties without a stop, how many more there are, and why."""

    items: tuple[UnassignedView, ...]
    hidden: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class FloorView:
    """For how many of some debtors there should be room, and for how many there is."""

    name: str
    least: int
    visited: int


@dataclass(frozen=True, slots=True)
class PlanPage:
    """All that the plan page shows."""

    action_id: ActionId
    released_at: datetime | None
    days: tuple[date, ...]
    teams: tuple[TeamView, ...]
    routes: tuple[RouteView, ...]
    findings: tuple[PlanFinding, ...]
    travel_s: int
    length_m: int
    floors: tuple[FloorView, ...] = ()
    persons: frozenset[str] = frozenset()
    visits: int = field(init=False)
    expected_found: float = field(init=False)

    def __post_init__(self) -> None:
        visits = {
            stop.ref for route in self.routes for stop in route.stops if stop.kind is StopKind.VISIT
        }
        object.__setattr__(self, "visits", len(visits))
        object.__setattr__(
            self, "expected_found", sum(route.expected_found for route in self.routes)
        )


def build_plan_page(
    *,
    action_id: ActionId,
    released_at: datetime | None,
    problem: Problem,
    plan: Plan,
    store: CaseStore,
    findings: Sequence[PlanFinding],
    escort_states: Mapping[str, str],
    sights: Sights | None,
    team: str | None = None,
    duties: Mapping[str, DutyWords] = MappingProxyType({}),
) -> PlanPage:
    """Join a plan with the cases it serves.

    Parameters
    ----------
    findings
        What the rules say of its stops.
    escort_states
        State of the support request by option or duty id.
    sights
        What of persons may be shown, None where nobody is named; the caller records the reading.
    team
        Whose routes alone are told, with what the rules say of them; None for all.
    duties
        What is read of hearings and the like, by their ids.
    """
    people = store.people(debtors_of(problem, plan))
    teams = {
        team.id: TeamView(team.id, team.name or team.id, TEAM_COLOURS[n % len(TEAM_COLOURS)])
        for n, team in enumerate(problem.teams)
    }
    builder = _RouteBuilder(problem, plan, findings, people, teams, escort_states, sights, duties)
    routes = tuple(
        builder.route(number, route)
        for number, route in enumerate(sorted(plan.routes, key=lambda r: (r.day, r.team)))
        if team in (None, route.team)
    )
    used = {finding for route in routes for stop in route.stops for finding in stop.findings}
    served = {route.team.id for route in routes}
    return PlanPage(
        action_id=action_id,
        released_at=released_at,
        days=tuple(sorted({shift.day for shift in problem.shifts})),
        teams=tuple(team for team in teams.values() if team.id in served),
        routes=routes,
        findings=tuple(item for item in findings if item not in used) if team is None else (),
        travel_s=sum(route.travel_s for route in plan.routes if team in (None, route.team)),
        length_m=sum(route.length_m for route in plan.routes if team in (None, route.team)),
        floors=tuple(_floors(problem, plan)),
        persons=frozenset(builder.persons),
    )


def left_out(store: CaseStore, problem: Problem, plan: Plan) -> LeftOut:
    """Return who is not visited and why, and duties that wait for a signature."""
    cases = store.case_names(item.ref for item in plan.unassigned[:_LISTED_UNASSIGNED])
    unassigned = [
        UnassignedView(
            item.ref,
            item.reason,
            item.detail,
            *(("", "") if case is None else (str(case.id), str(case.number))),
        )
        for item in plan.unassigned
        for case in (cases.get(DebtorId(item.ref)),)
    ]
    unassigned += [  # duties that wait for a signature; see Problem.blocked
        UnassignedView(
            one.subject.removeprefix("duty:"), UnassignedReason.BLOCKED, one.text, listed=False
        )
        for one in problem.blocked
        if one.subject.startswith("duty:")
    ]
    return LeftOut(
        items=tuple(unassigned[:_LISTED_UNASSIGNED]),
        hidden=max(0, len(unassigned) - _LISTED_UNASSIGNED),
        reasons=tuple(Counter(str(item.reason) for item in unassigned).most_common()),
    )


def duty_title(duty: PlanDuty) -> str:
    """Return what people read of a duty."""
    own = step_of_duty(duty.id) is not None and duty.kind != DutyKind.HANDOVER
    kind = label("measure_kind" if own else "duty_kind", duty.kind)
    if duty.label and duty.kind in (DutyKind.HEARING, DutyKind.KEYS):
        return f"{kind} · {duty.label}"
    return duty.label or kind


def _floors(problem: Problem, plan: Plan) -> Iterator[FloorView]:
    debtor_of = {option.id: option.debtor for option in problem.options}
    served = {debtor_of[s.ref] for r in plan.routes for s in r.stops if s.ref in debtor_of}
    for floor in problem.floors:
        if is_promise(floor):
            continue
        name = floor.label or label("floor", floor.id)
        yield FloorView(name, floor.least, len(served & floor.debtors))


class _RouteBuilder:
    """Turns routes into views; notes the persons whose data were shown."""

    def __init__(
        self,
        problem: Problem,
        plan: Plan,
        findings: Sequence[PlanFinding],
        people: People,
        teams: Mapping[str, TeamView],
        escort_states: Mapping[str, str],
        sights: Sights | None,
        words: Mapping[str, DutyWords],
    ) -> None:
        self.words = words
        self.turns = turns(problem, plan)
        self.options = {option.id: option for option in problem.options}
        self.duties = {duty.id: duty for duty in problem.duties}
        self.places = {place.id: place for place in problem.places}
        self.shifts = {shift.id: shift for shift in problem.shifts}
        self.findings: dict[str, list[PlanFinding]] = {}
        for finding in findings:
            self.findings.setdefault(finding.subject, []).append(finding)
        self.people = people
        self.teams = teams
        self.escort_states = escort_states
        self.sights = sights
        self.persons: set[str] = set()

    def route(self, number: int, route: Route) -> RouteView:
        stops: list[StopView] = []
        order = 0
        for stop, shown in zip(route.stops, stop_numbers(route), strict=True):
            if stop.kind is StopKind.BREAK:
                stops.append(self._stop(stop, key="", number=None))
                continue
            order += 1
            stops.append(self._stop(stop, key=f"{number}-{order}", number=shown))
        base = self.places[self.shifts[route.shift].start_place]
        return RouteView(
            shift=route.shift,
            team=self.teams[route.team],
            day=route.day,
            leave_s=route.leave_s,
            return_s=route.return_s,
            stops=tuple(stops),
            base_lonlat=(base.lon, base.lat),
        )

    def _stop(self, stop: Stop, *, key: str, number: int | None) -> StopView:
        place = self.places[stop.place]
        title, address = label("stop_kind", stop.kind), ""
        extra: dict[str, Any] = {}
        if stop.kind is StopKind.VISIT:
            title, address, extra = self._visit(self.options[stop.ref])
            if self.options[stop.ref].together is not None:
                extra["joint"] = True
                if stop.second:  # which adds nothing by itself
                    extra["p_added"] = 0.0
        elif stop.kind is StopKind.DUTY:
            title = duty_title(self.duties[stop.ref])
            words = self.words.get(stop.ref, DutyWords())
            extra = {"case_id": words.case_id, "case_number": words.case_number}
            if self.sights is not None:
                address = self.sights.seen(PersonField.ADDRESS, words.address) or ""
        escort = self.escort_states.get(stop.ref)
        if escort is None and stop.escort_station is not None:
            escort = "draft"
        return StopView(
            key=key,
            ref=stop.ref,
            number=number,
            kind=stop.kind,
            title=title,
            place=address,
            start_s=stop.start_s,
            departure_s=stop.departure_s,
            lon=place.lon,
            lat=place.lat,
            value=stop.value,
            escort=escort,
            frozen=stop.frozen,
            **extra,
        )

    def _visit(self, option: Option) -> tuple[str, str, dict[str, Any]]:
        debtor = self.people.debtors.get(DebtorId(option.debtor))
        claim = self.people.claims.get(ClaimId(option.claim))
        case = self.people.case_of(option.debtor)
        title, address = label("stop_kind", StopKind.VISIT), ""
        if self.sights is not None and debtor is not None:
            title = self.sights.seen(PersonField.NAME, debtor.name) or title
            address = (
                self.sights.seen(PersonField.ADDRESS, None if claim is None else claim.text) or ""
            )
            self.persons.add(option.debtor)
        subjects = visit_subjects(option, None if case is None else case.id)
        return (
            title,
            address,
            {
                "p_found": option.p_found,
                "p_range": range_of(option),
                "p_added": self.turns[option.id].p_added,
                "turn": self.turns[option.id].number,
                "case_id": "" if case is None else str(case.id),
                "case_number": "" if case is None else str(case.number),
                "step": option.step,
                "grade": "" if case is None else str(case.grade),
                "findings": tuple(f for name in subjects for f in self.findings.get(name, ())),
            },
        )


def range_of(option: Option) -> tuple[float, float] | None:
    """Return the limits of an option's P(found), where they were reckoned."""
    if option.p_found_low is None or option.p_found_high is None:
        return None
    return option.p_found_low, option.p_found_high


def rounded_range(limits: tuple[float, float] | None) -> list[float] | None:
    """Return the limits of P(found) for the JSON of a page."""
    return None if limits is None else [round(limit, 3) for limit in limits]


def plan_json(page: PlanPage, lines: Mapping[str, Floats]) -> dict[str, Any]:
    """Return routes for the map: stops with points, lines by shift id; no names."""
    return {
        "routes": [
            {
                "team": route.team.id,
                "name": route.team.name,
                "colour": route.team.colour,
                "day": route.day.isoformat(),
                "base": route.base_lonlat,
                "line": np.round(lines[route.shift], 5).tolist(),
                "stops": [
                    {
                        "key": stop.key,
                        "number": stop.number,
                        "kind": stop.kind,
                        "lon": stop.lon,
                        "lat": stop.lat,
                        "start_s": stop.start_s,
                        "departure_s": stop.departure_s,
                        "p_found": round(stop.p_found, 3),
                        "p_range": rounded_range(stop.p_range),
                        "case_number": stop.case_number,
                    }
                    for stop in route.stops
                    if stop.key
                ],
            }
            for route in page.routes
        ]
    }
