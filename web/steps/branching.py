"""Two plans around an approval: which options wait for a signature, and what each plan is worth."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from geo.localtime import moment_at
from geo.messages import message
from routes.planning.branches import Branch, Branches, branch
from routes.planning.problem import (
    Option,
    Plan,
    PlanDuty,
    PlanFinding,
    Problem,
    Route,
    Stop,
    StopKind,
)
from routes.planning.turns import turns
from web.approval import current_findings
from web.errors import WebError
from web.formats import clock_text
from web.i18n import Translate
from web.signatures import read_signatures
from web.subjects import StopSubjects
from web.wiring import Court

__all__ = ["Unsigned", "branch_notes", "branched", "unsigned_stops", "worth_of"]


class Unsigned(NamedTuple):
    """What waits for a signature: by option and by duty, the first finding that asks."""

    options: dict[str, PlanFinding]
    duties: dict[str, PlanFinding]


def branched(
    court: Court,
    problem: Problem,
    *,
    day: date,
    by_s: int,
    approved_id: str,
    answer: Callable[[Problem], Plan],
    asked: Unsigned | None = None,
) -> Branches | None:
    """Return a plan for when the signatures come by an hour and one for when they do not.

    Parameters
    ----------
    asked
        What waits for stations besides, as :func:`web.steps.supporting.asked_stops` finds it.

    Returns
    -------
    Branches or None
        None where no visit or duty waits for a signature.

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
    unsigned = unsigned_stops(court, problem)
    stations = asked or Unsigned({}, {})
    while unsigned.options or unsigned.duties:
        found = branch(
            problem,
            {**stations.options, **unsigned.options},
            {**stations.duties, **unsigned.duties},
            day=day,
            by_s=by_s,
            approved_id=approved_id,
            solve=answer,
        )
        without = found.unapproved
        more = _waiting(court, without.problem, without.plan)
        if all(new.keys() <= old.keys() for new, old in zip(more, unsigned, strict=True)):
            return found
        unsigned.options.update(more.options)  # asked for because of the team that goes
        unsigned.duties.update(more.duties)
    return None


def unsigned_stops(court: Court, problem: Problem) -> Unsigned:
    """Return the options and duties that wait for a signature."""
    visits = (
        _probe(problem, StopKind.VISIT, one, one.needed_skills, one.min_officers)
        for one in problem.options
    )
    duties = (
        _probe(problem, StopKind.DUTY, one, one.needed_skills, one.min_officers)
        for one in problem.duties
    )
    return _waiting(court, problem, Plan(problem.id, "", 0, 0, 0.0, (*visits, *duties)))


def branch_notes(unapproved: Branch, approved: Branch, by_s: int, say: Translate) -> list[str]:
    """Return a sentence on each plan: when it is used and what it is expected to find."""
    time = clock_text(by_s)
    held = {duty.id for duty in approved.problem.duties}
    left_out = [
        one.subject.removeprefix("duty:")
        for one in unapproved.problem.blocked
        if one.subject.startswith("duty:")
    ]
    texts = [
        message(
            "%(time)s 前未批准时用 %(id)s：走访 %(visits)d 次，预计找到 %(found)s 人",
            time=time,
            **worth_of(unapproved),
        ),
        message(
            "%(time)s 前已批准时用 %(id)s：走访 %(visits)d 次，预计找到 %(found)s 人",
            time=time,
            **worth_of(approved),
        ),
        *(
            message("勤务 %(id)s 待签批，只列入已批准时用的计划", id=duty)
            if duty in held
            else message("勤务 %(id)s 待签批且早于 %(time)s，两份计划均未列入", id=duty, time=time)
            for duty in left_out
        ),
    ]
    return [text.render(say) for text in texts]


def worth_of(one: Branch) -> dict[str, Any]:
    """Return a plan's number, visits and expected finds, as sentences name them."""
    visits = turns(one.problem, one.plan).values()
    return {
        "id": one.problem.id,
        "visits": len(visits),
        "found": f"{sum(visit.p_added for visit in visits):.1f}",
    }


def _probe(
    problem: Problem,
    kind: StopKind,
    one: Option | PlanDuty,
    skills: frozenset[str],
    officers: int,
) -> Route:
    """Return a route that makes one stop, by a team that may, at its first hour."""
    teams = {team.id: team for team in problem.teams}
    today = [shift for shift in problem.shifts if shift.day == one.day]
    able = [
        shift
        for shift in today
        if skills <= teams[shift.team].skills and teams[shift.team].officers >= officers
    ]
    shift = next(iter(able or today or problem.shifts))
    start_s = one.window_start_s
    stop = Stop(kind, one.id, one.place, start_s, start_s, start_s + one.service_s)
    return Route(shift.id, shift.team, one.day, start_s, stop.departure_s, (stop,), 0, 0)


def _waiting(court: Court, problem: Problem, plan: Plan) -> Unsigned:
    """Return the visits and duties of a plan that wait for a signature."""
    findings = current_findings(court, problem, plan)
    store = court.store
    waiting = read_signatures(store, problem, plan, findings, at=court.clock()).waiting
    asked = {one.subject: one for one in reversed(waiting)}
    subjects = StopSubjects.read(store, problem)
    found = Unsigned({}, {})
    for route in plan.routes:
        for stop in route.stops:
            first = next((asked[each] for each in subjects.of(stop) if each in asked), None)
            if first is not None:
                held = found.duties if stop.kind is StopKind.DUTY else found.options
                held[stop.ref] = first
    return found
