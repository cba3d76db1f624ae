"""Two plans around an approval: which options wait for a signature, and what each plan is worth."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from geo.localtime import moment_at
from geo.messages import message
from routes.model import DebtorId
from routes.planning.branches import Branch, Branches, branch
from routes.planning.problem import Option, Plan, PlanFinding, Problem, Route, Stop, StopKind
from web.approval import current_findings
from web.errors import WebError
from web.formats import clock_text
from web.i18n import Translate
from web.signatures import read_signatures
from web.subjects import visit_subjects
from web.wiring import Court

__all__ = ["branch_notes", "branched", "unsigned_options"]


def branched(
    court: Court,
    problem: Problem,
    *,
    day: date,
    by_s: int,
    approved_id: str,
    answer: Callable[[Problem], Plan],
) -> Branches | None:
    """Return a plan for when the signatures come by an hour and one for when they do not.

    Returns
    -------
    Branches or None
        None where no visit waits for a signature.

    Raises
    ------
    WebError
        If the hour is past.
    """
    if moment_at(day, by_s) <= court.clock():
        raise WebError(
            "签批时间 %(day)s %(time)s 已过，请给出以后的时间",
            day=day.isoformat(),
            time=clock_text(by_s),
        )
    unsigned = unsigned_options(court, problem)
    while unsigned:
        found = branch(problem, unsigned, day=day, by_s=by_s, approved_id=approved_id, solve=answer)
        without = found.unapproved
        more = _waiting(court, without.problem, without.plan)
        if more.keys() <= unsigned.keys():
            return found
        unsigned |= more  # asked for because of the team that goes
    return None


def unsigned_options(court: Court, problem: Problem) -> dict[str, PlanFinding]:
    """Return the options that wait for a signature, each with the first finding that asks."""
    routes = tuple(_probe(problem, option) for option in problem.options)
    return _waiting(court, problem, Plan(problem.id, "", 0, 0, 0.0, routes))


def branch_notes(unapproved: Branch, approved: Branch, by_s: int, say: Translate) -> list[str]:
    """Return a sentence on each plan: when it is used and what it is expected to find."""
    time = clock_text(by_s)
    return [
        text.render(say)
        for text in (
            message(
                "%(time)s 前未批准时用 %(id)s：走访 %(visits)d 次，预计找到 %(found)s 人",
                time=time,
                **_worth(unapproved),
            ),
            message(
                "%(time)s 前已批准时用 %(id)s：走访 %(visits)d 次，预计找到 %(found)s 人",
                time=time,
                **_worth(approved),
            ),
        )
    ]


def _worth(one: Branch) -> dict[str, Any]:
    p_found = {option.id: option.p_found for option in one.problem.options}
    visits = [stop.ref for route in one.plan.routes for stop in route.stops if stop.ref in p_found]
    return {
        "id": one.problem.id,
        "visits": len(visits),
        "found": f"{sum(p_found[ref] for ref in visits):.1f}",
    }


def _probe(problem: Problem, option: Option) -> Route:
    """Return a route that makes one visit, by a team that may, at its first hour."""
    teams = {team.id: team for team in problem.teams}
    today = [shift for shift in problem.shifts if shift.day == option.day]
    able = [
        shift
        for shift in today
        if option.needed_skills <= teams[shift.team].skills
        and teams[shift.team].officers >= option.min_officers
    ]
    shift = next(iter(able or today or problem.shifts))
    start_s = option.window_start_s
    stop = Stop(
        StopKind.VISIT, option.id, option.place, start_s, start_s, start_s + option.service_s
    )
    return Route(shift.id, shift.team, option.day, start_s, stop.departure_s, (stop,), 0, 0)


def _waiting(court: Court, problem: Problem, plan: Plan) -> dict[str, PlanFinding]:
    """Return the options of a plan's stops that wait for a signature."""
    findings = current_findings(court, problem, plan)
    store = court.store
    waiting = read_signatures(store, problem, plan, findings, at=court.clock()).waiting
    asked = {one.subject: one for one in reversed(waiting)}
    case_of = {debtor.id: debtor.case_id for debtor in store.debtors()}
    visited = {stop.ref for route in plan.routes for stop in route.stops}
    found: dict[str, PlanFinding] = {}
    for option in problem.options:
        if option.id not in visited:
            continue
        for subject in visit_subjects(option, case_of.get(DebtorId(option.debtor))):
            if subject in asked:
                found.setdefault(option.id, asked[subject])
    return found
