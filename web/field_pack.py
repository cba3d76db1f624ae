"""What an officer's device keeps of a team's day: stops, rules, checks, links and map tiles.

A pack holds names and addresses of one team's stops and nothing else of the plan; who fetches it is
put on record. It ends with the day, or with the session, whichever comes first. The session of a
device that fetched one lasts until then, but no longer than a day from signing in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import asinh, pi, radians, tan
from typing import Any

import numpy as np

from data.day_outcomes import DayOutcome
from geo import coordinates
from geo.localtime import local_day, moment_at
from geo.model import Floats, Point
from geo.navigation import NavigationApp, navigation_link
from routes.measures import MeasureKind, StepId
from routes.model import ActionId, ClaimId, DebtorId, DutyKind, Verdict
from routes.planning.concerned import debtors_of
from routes.planning.problem import Plan, PlanFinding, Problem, Route, Stop, StopKind
from routes.planning.step_stops import step_of_duty
from routes.planning.stop_numbers import stop_numbers
from routes.rules import RULES
from routes.rules.field_checklist import checklist
from web.approval import current_findings
from web.duty_words import DutyWords, duty_words
from web.formats import clock_text, dial_link
from web.labels import label, say
from web.route_lines import standing_lines
from web.services import Services
from web.step_records import planned_steps
from web.subjects import StopSubjects
from web.support_board import territories

__all__ = ["FieldTask", "build_pack", "field_tasks", "stops_of_team", "tiles_around"]

_DAYS = 2
"""For how many days ahead a pack may be fetched, today included: the evening before will do."""

_WIDE_ZOOMS = range(10, 14)
_NEAR_ZOOMS = (14, 15)
_MOST_TILES = 600
_BEYOND_DAY = timedelta(hours=2)  # what is left to send is sent by then


@dataclass(frozen=True, slots=True)
class FieldTask:
    """A team's day of a released plan; times in seconds of the day."""

    action_id: ActionId
    day: date
    team: str
    team_name: str
    stops: int
    leave_s: int
    return_s: int


def field_tasks(services: Services) -> tuple[FieldTask, ...]:
    """Return the days of teams that may be fetched now, by day and team.

    Where two released plans have a team on one day, the later one counts.
    """
    return tuple(
        FieldTask(
            action_id,
            route.day,
            route.team,
            _team_name(problem, route.team),
            sum(stop.is_work for stop in route.stops),
            route.leave_s,
            route.return_s,
        )
        for _key, (action_id, problem, _plan, route) in sorted(_offered(services).items())
    )


def build_pack(services: Services, action_id: str, day: date, team: str) -> dict[str, Any] | None:
    """Return the pack of a team's day, or None where there is none to be fetched.

    Returns
    -------
    dict or None
        Ready for JSON; ``persons`` are those whose names are in it, by their ids.
    """
    offered = _offered(services).get((day, team))
    if offered is None or offered[0] != action_id:
        return None
    _, problem, plan, route = offered
    writer = _Writer(services, problem, replace(plan, routes=(route,)), day)
    numbered = zip(stop_numbers(route), route.stops, strict=True)
    stops = [writer.stop(number, stop) for number, stop in numbered if number is not None]
    shift = next(one for one in problem.shifts if one.id == route.shift)
    base = writer.places[shift.start_place]
    lines = standing_lines(services, problem, writer.plan)
    return {
        "action": action_id,
        "day": day.isoformat(),
        "team": team,
        "team_name": _team_name(problem, team),
        "leave": clock_text(route.leave_s),
        "return": clock_text(route.return_s),
        "returns_at": moment_at(day, route.return_s).isoformat(),
        "base": [base.lon, base.lat],
        "stops": stops,
        "line": np.round(lines[route.shift], 5).tolist(),
        "tiles": _tiles(services, route, problem),
        "persons": sorted(writer.persons),
        "made_at": services.clock().isoformat(),
        "ends_at": (moment_at(day, 86_400) + _BEYOND_DAY).isoformat(),
    }


def stops_of_team(services: Services, team: str) -> frozenset[str]:
    """Return the options and duties that a team may say to be at."""
    return frozenset(
        stop.ref
        for (_day, one), (_action, _problem, _plan, route) in _offered(services).items()
        for stop in route.stops
        if one == team and stop.is_work
    )


def tiles_around(points: Floats) -> Iterator[tuple[int, int, int]]:
    """Return the map tiles that a day needs: all between its places, near ones in detail.

    Parameters
    ----------
    points
        WGS84 degrees, shape (n, 2), longitude first.

    Examples
    --------
    >>> next(tiles_around(np.array([[0.1, 0.1]])))
    (10, 511, 510)
    """
    west, south = points.min(axis=0)
    east, north = points.max(axis=0)
    for zoom in _WIDE_ZOOMS:
        (left, top), (right, bottom) = _tile(west, north, zoom), _tile(east, south, zoom)
        for x in range(left - 1, right + 2):
            for y in range(top - 1, bottom + 2):
                yield zoom, x, y
    for zoom in _NEAR_ZOOMS:
        near = {
            (x + dx, y + dy)
            for lon, lat in points
            for x, y in (_tile(lon, lat, zoom),)
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
        }
        yield from ((zoom, x, y) for x, y in sorted(near))


def _tile(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    """Return column and row of a tile of the web's usual scheme."""
    side = 1 << zoom
    down = (1 - asinh(tan(radians(lat))) / pi) / 2
    return int((lon + 180) / 360 * side), int(down * side)


def _tiles(services: Services, route: Route, problem: Problem) -> list[tuple[int, int, int]]:
    if services.basemap is None:
        return []
    places = {place.id: place for place in problem.places}
    shift = next(one for one in problem.shifts if one.id == route.shift)
    ids = (shift.start_place, shift.end_place, *(s.place for s in route.stops if s.is_work))
    points = np.array([(places[one].lon, places[one].lat) for one in ids])
    wanted = (one for one in tiles_around(points) if services.basemap.tile(*one) is not None)
    return [one for one, _n in zip(wanted, range(_MOST_TILES), strict=False)]


def _offered(
    services: Services,
) -> dict[tuple[date, str], tuple[ActionId, Problem, Plan, Route]]:
    """Return the routes that may be fetched, by day and team; each plan is read once."""
    store, today = services.store, local_day(services.clock())
    found: dict[tuple[date, str], tuple[ActionId, Problem, Plan, Route]] = {}
    for action_id in store.released_since(today):
        problem, plan = store.problem(action_id), store.plan(action_id)
        if problem is None or plan is None:
            continue
        for route in plan.routes:
            if today <= route.day < today + timedelta(days=_DAYS):
                found.setdefault((route.day, route.team), (action_id, problem, plan, route))
    return found


def _team_name(problem: Problem, team: str) -> str:
    return next(one.name or one.id for one in problem.teams if one.id == team)


class _Writer:
    """Writes stops; notes the persons whose names are in them."""

    def __init__(self, services: Services, problem: Problem, plan: Plan, day: date) -> None:
        store = services.store
        self.plan = plan
        self.day = day
        self.persons: set[str] = set()
        self.places = {place.id: place for place in problem.places}
        self.options = {option.id: option for option in problem.options}
        self.duties = {duty.id: duty for duty in problem.duties}
        self.people = store.people(debtors_of(problem, plan))
        self.steps = planned_steps(store, problem, plan)
        self.words = duty_words(store, problem)
        self.stations = {station.id: station for station in store.stations()}
        self.territory = territories(problem, services.areas, self.stations)
        self.subjects = StopSubjects.read(store, problem)
        self.outcomes: defaultdict[ClaimId, list[DayOutcome]] = defaultdict(list)
        for one in store.outcomes_of_day(day):
            self.outcomes[one.claim_id].append(one)
        self.findings: dict[str, list[PlanFinding]] = {}
        for finding in current_findings(services, problem, plan, say=say):
            self.findings.setdefault(finding.subject, []).append(finding)

    def stop(self, number: int, stop: Stop) -> dict[str, Any]:
        place = self.places[stop.place]
        station = self.stations.get(stop.escort_station or "")
        near = station or self.stations.get(self.territory.get(stop.place, ""))
        subjects = self.subjects.of(stop)
        said = [one for name in subjects for one in self.findings.get(name, ())]
        return {
            "ref": stop.ref,
            "number": number,
            "kind": str(stop.kind),
            "start": clock_text(stop.start_s),
            "departure": clock_text(stop.departure_s),
            "ends_at": moment_at(self.day, stop.departure_s).isoformat(),
            "lon": place.lon,
            "lat": place.lat,
            "links": _links(Point(place.lon, place.lat)),
            "station": "" if station is None else station.name,
            "dial": None if station is None else dial_link(station.phone),
            "help": None if near is None else {"name": near.name, "dial": dial_link(near.phone)},
            "stopped": any(one.verdict == Verdict.BLOCK for one in said),
            "findings": [
                {
                    "verdict": one.verdict,
                    "label": label("verdict", one.verdict),
                    "text": one.text,
                    "citation": one.citation,
                }
                for one in said
            ],
            **(self._visit(stop) if stop.kind is StopKind.VISIT else self._duty(stop)),
        }

    def _visit(self, stop: Stop) -> dict[str, Any]:
        option = self.options[stop.ref]
        debtor = self.people.debtors.get(DebtorId(option.debtor))
        claim = self.people.claims.get(ClaimId(option.claim))
        case = self.people.case_of(option.debtor)
        step = self.steps.get(StepId(option.step)) if option.step else None
        kind = MeasureKind.VISIT if step is None else step.kind
        self.persons |= set() if debtor is None else {str(debtor.id)}
        return {
            "title": "" if debtor is None else debtor.name.reveal(),
            "case_number": "" if case is None else str(case.number),
            "address": "" if claim is None else claim.text.reveal(),
            "claim": option.claim,
            "what": label("measure_kind", kind),
            "checks": _checks({MeasureKind.VISIT, kind}),
            "outcomes": [
                {"label": label("outcome", one.kind), "at": one.at.isoformat()}
                for one in self.outcomes[ClaimId(option.claim)]
            ],
        }

    def _duty(self, stop: Stop) -> dict[str, Any]:
        duty = self.duties[stop.ref]
        step_id = step_of_duty(duty.id)
        step = None if step_id is None else self.steps.get(step_id)
        own = step is not None and duty.kind != DutyKind.HANDOVER
        what = label("measure_kind" if own else "duty_kind", duty.kind)
        words = self.words.get(duty.id, DutyWords())
        return {
            "title": duty.label or what,
            "case_number": words.case_number,
            "address": "" if words.address is None else words.address.reveal(),
            "claim": None,
            "what": what,
            "checks": _checks({step.kind}) if own and step is not None else [],
            "outcomes": [],
        }


def _checks(kinds: Iterable[MeasureKind]) -> list[dict[str, Any]]:
    return [
        {
            "code": item.code,
            "text": say(item.text),
            "citation": "；".join(str(one) for one in RULES[item.rule].cites),
            "met": item.met,
        }
        for item in checklist(kinds)
    ]


def _links(point: Point) -> dict[str, str]:
    links = {}
    for app in NavigationApp:
        lon, lat = coordinates.from_wgs84(np.array([[point.lon, point.lat]]), app.datum)[0]
        links[app.value] = navigation_link(app, lon=float(lon), lat=float(lat))
    return links
