"""Whether a plan that was made anew can be taken back: what was done since must fit the old."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from geo.localtime import hour_text
from geo.messages import Message, message
from routes.planning.begun import begun_stops
from routes.planning.problem import Plan, Problem, Stop

__all__ = ["contradictions", "same_stops"]


def contradictions(
    problem: Problem,
    before: Plan,
    made: Plan,
    *,
    day: date,
    now_s: int,
    visited: Collection[str] = (),
) -> tuple[Message, ...]:
    """Return what was done by the new plan that the plan before does not go on from.

    Parameters
    ----------
    problem
        That the new plan answers.
    day, now_s
        The hour.
    visited
        Address claims at which something was found or done since the new plan was made.

    Returns
    -------
    tuple of Message
        A sentence for each team that has begun another stop than the plan before has next, and
        for each stop of the plan before that is still ahead though its door was visited.
    """
    names = {team.id: team.name or team.id for team in problem.teams}
    claims = {option.id: option.claim for option in problem.options}
    shifts = {shift.id: shift for shift in problem.shifts}
    old = {route.shift: _tasks(route.stops) for route in before.routes}
    found: list[Message] = []
    for route in made.routes:
        begun = _tasks(begun_stops(route, shifts[route.shift], day=day, by_s=now_s))
        planned = old.get(route.shift, ())
        other = next(
            (
                stop
                for k, stop in enumerate(begun)
                if k >= len(planned) or planned[k].ref != stop.ref
            ),
            None,
        )
        if other is not None:
            found.append(
                message(
                    "%(team)s 已按调整后的计划开始 %(at)s 的停留，原计划此时没有这一处",
                    team=names[route.team],
                    at=hour_text(other.start_s),
                )
            )
    found += [
        message(
            "%(team)s 在原计划 %(at)s 的走访已有外勤结果",
            team=names.get(route.team, route.team),
            at=hour_text(stop.start_s),
        )
        for route in before.routes
        for stop in route.stops
        if (route.day, stop.start_s) > (day, now_s) and claims.get(stop.ref, "") in visited
    ]
    return tuple(found)


def _tasks(stops: Collection[Stop]) -> tuple[Stop, ...]:
    """Return the stops at which something is done, in their order."""
    return tuple(stop for stop in stops if stop.is_work)


def same_stops(one: Plan, other: Plan) -> frozenset[str]:
    """Return the visits and duties that two plans make at the same minute with the same escort."""

    def read(plan: Plan) -> set[tuple[str, date, int, str | None]]:
        return {
            (stop.ref, route.day, stop.start_s, stop.escort_station)
            for route in plan.routes
            for stop in _tasks(route.stops)
        }

    return frozenset(ref for ref, *_ in read(one) & read(other))
