"""What people read of each stop of an exported plan, and the lines that routes follow."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from data.exports import StopLabel
from geo.model import Floats, Point
from geo.ports import TravelEngine
from routes.model import CaseId, ClaimId, DebtorId, travel_band
from routes.planning.problem import Plan, PlanFinding, PlanPlace, Problem, Route, StopKind
from routes.ports import CaseStore

__all__ = ["route_lines", "stop_labels"]

_DAY_S = 86400


def stop_labels(store: CaseStore, problem: Problem, plan: Plan) -> dict[str, StopLabel]:
    """Return the label of every visit and duty of a plan, by option or duty id.

    Names and addresses are in it: the caller records the reading.
    """
    cases = {case.id: case for case in store.cases()}
    debtors = {debtor.id: debtor for debtor in store.debtors()}
    claims = {claim.id: claim for claim in store.claims()}
    options = {option.id: option for option in problem.options}
    duties = {duty.id: duty for duty in problem.duties}
    findings: dict[str, list[PlanFinding]] = {}
    for finding in plan.findings:
        findings.setdefault(finding.subject, []).append(finding)
    labels: dict[str, StopLabel] = {}
    for route in plan.routes:
        for stop in route.stops:
            if stop.kind is StopKind.DUTY:
                duty = duties[stop.ref]
                labels[stop.ref] = StopLabel(title=duty.label or duty.id)
            elif stop.kind is StopKind.VISIT:
                option = options[stop.ref]
                debtor = debtors.get(DebtorId(option.debtor))
                claim = claims.get(ClaimId(option.claim))
                case = None if debtor is None else cases.get(CaseId(debtor.case_id))
                number = "" if case is None else str(case.number)
                subjects = [f"visit:{option.id}", f"claim:{option.claim}"]
                subjects += [f"debtor:{option.debtor}"]
                subjects += [] if case is None else [f"case:{case.id}"]
                labels[stop.ref] = StopLabel(
                    title=number or option.id,
                    case_number=number,
                    address="" if claim is None else claim.text.reveal(),
                    debtor="" if debtor is None else debtor.name.reveal(),
                    findings=tuple(f for name in subjects for f in findings.get(name, ())),
                )
    return labels


def route_lines(problem: Problem, plan: Plan, engine: TravelEngine | None) -> dict[str, Floats]:
    """Return each route's way along the roads in WGS84 degrees, shape (n, 2), by shift id.

    A leg for which there is no road, or no engine, is drawn straight.
    """
    places = {place.id: place for place in problem.places}
    shifts = {shift.id: shift for shift in problem.shifts}
    profiles = {team.id: team.profile for team in problem.teams}
    lines: dict[str, Floats] = {}
    for route in plan.routes:
        corners = _corners(route, places, shifts[route.shift].start_place)
        corners.append((places[shifts[route.shift].end_place], route.return_s))
        pieces = [
            _leg(engine, start, end, profile=profiles[route.team], leaves_s=leaves_s)
            for (start, leaves_s), (end, _) in pairwise(corners)
        ]
        lines[route.shift] = np.concatenate(pieces)
    return lines


def _corners(
    route: Route, places: dict[str, PlanPlace], start_place: str
) -> list[tuple[PlanPlace, int]]:
    return [
        (places[start_place], route.leave_s),
        *(
            (places[stop.place], stop.departure_s)
            for stop in route.stops
            if stop.kind is not StopKind.BREAK
        ),
    ]


def _leg(
    engine: TravelEngine | None,
    start: PlanPlace,
    end: PlanPlace,
    *,
    profile: str,
    leaves_s: int,
) -> Floats:
    straight = np.array([[start.lon, start.lat], [end.lon, end.lat]])
    if engine is None or profile not in engine.profiles or (straight[0] == straight[1]).all():
        return straight
    path = engine.path(
        Point(start.lon, start.lat),
        Point(end.lon, end.lat),
        profile=profile,
        band=travel_band(leaves_s % _DAY_S),
    )
    return straight if path is None else path.lonlat
