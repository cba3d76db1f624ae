"""Two plans until stations answer: with the support that is asked for, and without it.

They are the same up to the term of the answers; see :mod:`routes.planning.branches`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from geo.messages import message
from routes.planning.begun import carried_over
from routes.planning.branches import (
    Branch,
    Branches,
    better,
    duties_held,
    not_before,
    without_duties,
)
from routes.planning.escort_hours import Span, calendars
from routes.planning.problem import (
    EscortMode,
    Plan,
    PlanFinding,
    Problem,
    Route,
    Stop,
    StopKind,
)
from routes.planning.schedule import price_of
from routes.planning.support import DUTY_REFUSED, Ask, requests_of, support_finding
from routes.planning.support_turns import set_out_to, turned
from routes.planning.validate import violations

__all__ = ["Instead", "Refused", "asked_of", "instead", "refused_of", "support_branches"]


def support_branches(
    problem: Problem,
    *,
    day: date,
    by_s: int,
    declined_id: str,
    solve: Callable[[Problem], Plan],
    territory: Mapping[str, str] = MappingProxyType({}),
    confirmed: Collection[str] = frozenset(),
) -> Branches:
    """Plan twice: with the support that a plan asks for, and for when all of it is refused.

    Parameters
    ----------
    problem
        As prepared, after the answers that are in; see :func:`answered`.
    day, by_s
        Term of the answers, seconds after midnight of a day in Asia/Shanghai.
    declined_id
        Id of the second problem.
    solve
        Answers a problem; asked twice.
    territory
        As for :func:`requests_of`.
    confirmed
        Options and duties that are promised: nobody refuses them.

    Returns
    -------
    Branches
        ``approved`` is the plan with the support: it has no escorted visit before the term but
        promised ones, and is worth at least as much as the other, less what either costs in the
        problem of the first, where it holds as many duties.
        ``unapproved`` has all stops that the first begins before the term, and none of the
        support that it asks for after it. A team that has set out to an escorted visit by then
        turns to its next stop; the one where it was last it leaves so much later.
    """
    asked = asked_of(problem, day=day, by_s=by_s, confirmed=confirmed)
    while True:
        first = solve(asked)
        left = refused_of(
            asked,
            first,
            day=day,
            by_s=by_s,
            declined_id=declined_id,
            territory=territory,
            confirmed=confirmed,
        )
        refused, ahead = left.refused, left.ahead - {duty.id for duty in asked.duties}
        if refused is not None:
            second = solve(refused)
            if not left.ahead:
                first = better(_taken_back(second, asked), first)
                return Branches(Branch(refused, second), Branch(asked, first))
            keeps = _pays(asked, first, second) and not violations(refused, second)
            if keeps or not ahead:  # a duty is held whatever it costs
                return Branches(Branch(refused, second), Branch(asked, first))
        asked = replace(asked, blocked=(*asked.blocked, *_not_set_out(ahead | left.fetched)))


def asked_of(problem: Problem, *, day: date, by_s: int, confirmed: Collection[str]) -> Problem:
    """Return the problem with the support, which nobody uses before the answers are due."""
    kept = {stop.ref for route in problem.frozen for stop in route.stops}
    return replace(
        problem,
        options=tuple(
            not_before(one, day, by_s)
            if one.escort is not EscortMode.NONE and one.id not in confirmed
            else one
            for one in problem.options
        ),
        blocked=(*problem.blocked, *_too_early(problem, day, by_s, confirmed)),
        escort_stations=calendars(
            problem.escort_stations, _unanswered(problem, day, by_s, kept.union(confirmed)), {}
        ),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Refused:
    """What a refusal of all that a plan asks for leaves.

    Parameters
    ----------
    refused
        The problem that is left; None where something has begun that cannot go on without.
    open
        What is asked for after the term of the answers.
    ahead
        Visits and duties to which teams have set out by then.
    fetched
        Visits whose officers are fetched by then.
    """

    refused: Problem | None
    open: tuple[Ask, ...]
    ahead: frozenset[str]
    fetched: frozenset[str]


def refused_of(
    asked: Problem,
    first: Plan,
    *,
    day: date,
    by_s: int,
    declined_id: str,
    territory: Mapping[str, str] = MappingProxyType({}),
    confirmed: Collection[str] = frozenset(),
) -> Refused:
    """Return what is left of a problem with support by the plan that answers it."""
    kept = {stop.ref for route in asked.frozen for stop in route.stops}
    asks = tuple(
        ask
        for ask in requests_of(asked, first, territory=territory)
        if ask.ref not in confirmed and ask.ref not in kept
    )
    open_ = tuple(ask for ask in asks if (ask.day, ask.start_s) >= (day, by_s))
    visits = frozenset(ask.ref for ask in asks if not ask.is_duty)
    fetched = visits - {ask.ref for ask in open_}  # before anybody can have answered
    ahead = set_out_to(asked, first, visits | {ask.ref for ask in open_}, day=day, by_s=by_s)
    held = None if fetched else turned(asked, first, ahead, day=day, by_s=by_s)
    refused = None if held is None else replace(_refused(held, open_), id=declined_id)
    return Refused(refused, open_, ahead, fetched)


@dataclass(frozen=True, slots=True)
class Instead:
    """What the plan for a refusal does in place of a stop.

    Parameters
    ----------
    route, stop
        Where the same debtor is visited first in that plan; None where nowhere, and of a duty.
    gained
        How many debtors it visits whom the other plan does not.
    """

    is_duty: bool
    route: Route | None
    stop: Stop | None
    gained: int


def instead(asked: Branch, refused: Branch, ref: str) -> Instead:
    """Return what is done in place of a stop on a no.

    Parameters
    ----------
    ref
        The option or duty of the stop, in the plan for a yes.
    """
    visited = [_visits(each) for each in (asked, refused)]
    gained = len(visited[1].keys() - visited[0].keys())
    option = next((one for one in asked.problem.options if one.id == ref), None)
    if option is None:
        return Instead(True, None, None, gained)
    route, stop = visited[1].get(option.debtor, (None, None))
    return Instead(False, route, stop, gained)


def _visits(branch: Branch) -> dict[str, tuple[Route, Stop]]:
    """Return the first visit of each debtor."""
    debtors = {option.id: option.debtor for option in branch.problem.options}
    made = [
        (route.day, stop.start_s, route, stop)
        for route in branch.plan.routes
        for stop in route.stops
        if stop.kind is StopKind.VISIT
    ]
    made.sort(key=lambda one: one[:2], reverse=True)
    return {debtors[stop.ref]: (route, stop) for _, _, route, stop in made}


def _unanswered(
    problem: Problem, day: date, by_s: int, promised_visits: Collection[str]
) -> dict[str, list[Span]]:
    """Return the hours before the term, for stations that have promised nobody on that day."""
    promised = {
        station
        for one in problem.options
        if one.day == day and one.id in promised_visits
        for station in one.escort_stations
    }
    return {
        station.id: [(day, 0, by_s)]
        for station in problem.escort_stations
        if by_s > 0 and station.id not in promised
    }


def _not_set_out(refs: Collection[str]) -> tuple[PlanFinding, ...]:
    """Bar visits for which a team would have to do before the term what a refusal makes idle."""
    why = message("须在协助请求的答复期限之前就为这次走访出发，而派出所可能不同意")
    return tuple(support_finding(f"visit:{ref}", why) for ref in sorted(refs))


def _pays(asked: Problem, first: Plan, second: Plan) -> bool:
    """Return whether setting out before the term is worth at least what the other plan is."""
    net = second.value - price_of(asked, second.routes)
    return (duties_held(first), first.value - first.price) >= (duties_held(second), net)


def _too_early(
    problem: Problem, day: date, by_s: int, confirmed: Collection[str]
) -> tuple[PlanFinding, ...]:
    """Bar the escorted options that are over before anybody can have answered."""
    kept = {stop.ref for route in problem.frozen for stop in route.stops}
    return tuple(
        support_finding(f"visit:{one.id}", message("协助请求的答复期限晚于走访时段"))
        for one in problem.options
        if one.escort is not EscortMode.NONE
        and one.id not in confirmed
        and one.id not in kept
        and (one.day, one.window_end_s) < (day, by_s)
    )


def _refused(problem: Problem, asks: Iterable[Ask]) -> Problem:
    """Return a problem without the support that is asked for."""
    cut: defaultdict[str, list[Span]] = defaultdict(list)
    left_out = {}
    for ask in asks:
        if ask.is_duty:
            why = DUTY_REFUSED
            left_out[ask.ref] = support_finding(f"duty:{ask.ref}", why)
        elif ask.station is not None:
            cut[ask.station].append((ask.day, ask.start_s, ask.end_s))
    rest = without_duties(problem, left_out)
    return replace(rest, escort_stations=calendars(rest.escort_stations, cut, {}))


def _taken_back(plan: Plan, problem: Problem) -> Plan:
    """Return a plan for the refusal as an answer to the problem with the support."""
    routes = tuple(
        replace(route, stops=tuple(replace(stop, frozen=False) for stop in route.stops))
        for route in plan.routes
    )
    return carried_over(replace(plan, routes=routes), problem)
