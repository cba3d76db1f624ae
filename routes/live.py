"""A team's day as it comes: what is done, how late it runs, when a sign of life is overdue.

The plan says when; outcomes and the team's own check-ins say what came of it. Nothing here follows
anybody: between two signs that a team gave by itself, only the plan is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from geo.localtime import moment_at
from routes.errors import ValueRangeError
from routes.planning.problem import Route

__all__ = [
    "Alarm",
    "AlarmKind",
    "Sign",
    "SignKind",
    "StopStanding",
    "StopState",
    "TeamStanding",
    "TeamState",
    "latest_starts",
    "out_of_reach",
    "standing_of",
]

WAITS = timedelta(minutes=10)
"""How long officers of a station wait at a door past the minute that was agreed: assumed."""


class SignKind(StrEnum):
    """How a team let the court know that it is well, or not."""

    ARRIVED = "arrived"
    LEFT = "left"
    SAFE = "safe"
    HELP = "help"  # the team wants support
    OUTCOME = "outcome"  # what a visit found was put on record


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of life; ``stop`` is an option or duty, empty where it is of none.

    Raises
    ------
    ValueRangeError
        If the moment has no zone.
    """

    id: str
    kind: SignKind
    at: datetime
    stop: str = ""

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueRangeError("时间缺少时区，不予采用")


class StopState(StrEnum):
    """Where a team stands with a stop."""

    OPEN = "open"
    HERE = "here"
    DONE = "done"
    PASSED = "passed"  # a later stop has a sign, this one has none


class TeamState(StrEnum):
    """Where a team stands with its day."""

    WAITING = "waiting"  # it has not set out, by the plan
    UNDER_WAY = "under_way"
    AT_STOP = "at_stop"
    RETURNING = "returning"
    BACK = "back"


class AlarmKind(StrEnum):
    """Why somebody has to look after a team."""

    HELP = "help"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Alarm:
    """A reason to call a team; of the same reason, the same id at any time."""

    id: str
    kind: AlarmKind
    since: datetime
    stop: str = ""


@dataclass(frozen=True, slots=True)
class StopStanding:
    """A stop, with when it should begin and end and when it does by what is known."""

    ref: str
    state: StopState
    planned_start: datetime
    planned_end: datetime
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class TeamStanding:
    """A team's day at a moment.

    Parameters
    ----------
    delay
        Behind the plan at the stop that comes next; at the return, negative where it is early.
    back_at
        When the team is expected back, by what is known.
    due_at
        Until when it has to give a sign of life; None where none is awaited any more.
    """

    team: str
    state: TeamState
    stops: tuple[StopStanding, ...]
    delay: timedelta
    back_at: datetime
    last_sign: Sign | None
    due_at: datetime | None
    alarms: tuple[Alarm, ...]


def standing_of(
    route: Route, signs: Sequence[Sign], *, now: datetime, silent: timedelta
) -> TeamStanding:
    """Return where a team stands with its day.

    No stop is expected to begin before its planned hour; what has not begun begins now at the
    earliest. A team is overdue once it was silent for ``silent`` past the end of the stop that
    comes next by its last sign. Who checks in is awaited at the base too, until a sign of being
    safe after the last stop; who does not is not, as outcomes end with the last stop. A call for
    help stays an alarm whatever follows: somebody takes it on by name.

    Parameters
    ----------
    signs
        Of this team on the day of the route; those of later than ``now`` are not there yet.
    silent
        How long a team may be silent.
    """
    told = sorted((one for one in signs if one.at <= now), key=lambda one: (one.at, one.id))
    last = told[-1] if told else None
    work = [stop for stop in route.stops if stop.is_work]
    of_stop = {stop.ref: [one for one in told if one.stop == stop.ref] for stop in work}
    states = _states(of_stop)
    by_signs = _timeline(route, states, of_stop, not_before=None)
    expected = _timeline(route, states, of_stop, not_before=now)
    stops = tuple(
        StopStanding(
            stop.ref,
            states[stop.ref],
            moment_at(route.day, stop.start_s),
            moment_at(route.day, stop.departure_s),
            *expected.of[stop.ref],
        )
        for stop in work
    )
    ahead = next((one for one in stops if one.state in (StopState.OPEN, StopState.HERE)), None)
    state = _team_state(route, ahead, last, now=now)
    due_at = None
    if ahead is not None:
        due_at = _after(by_signs.of[ahead.ref][1], last) + silent
    elif state is not TeamState.BACK and any(one.kind is not SignKind.OUTCOME for one in told):
        due_at = _after(by_signs.back_at, last) + silent
    delay = (
        expected.back_at - moment_at(route.day, route.return_s)
        if ahead is None
        else ahead.end - ahead.planned_end
    )
    alarms = _alarms(told, due_at, "" if ahead is None else ahead.ref, now=now)
    return TeamStanding(route.team, state, stops, delay, expected.back_at, last, due_at, alarms)


def latest_starts(windows: Mapping[str, int], route: Route) -> dict[str, datetime]:
    """Return until when each stop of a route may begin: its window, or the patience of an escort.

    Parameters
    ----------
    windows
        Second of the day at which the window of each option and duty ends, by id.
    """
    latest = {}
    for stop in route.stops:
        if stop.is_work:
            end = moment_at(route.day, windows[stop.ref])
            if stop.escort_station is not None:
                end = min(end, moment_at(route.day, stop.start_s) + WAITS)
            latest[stop.ref] = end
    return latest


def out_of_reach(standing: TeamStanding, latest: Mapping[str, datetime]) -> tuple[str, ...]:
    """Return the stops ahead that begin too late by what is known, in the order of the plan.

    Parameters
    ----------
    latest
        Until when each stop may begin, as :func:`latest_starts` gives it.
    """
    return tuple(
        stop.ref
        for stop in standing.stops
        if stop.state is StopState.OPEN and stop.start > latest[stop.ref]
    )


@dataclass(frozen=True, slots=True)
class _Timeline:
    """Begin and end of each stop, and the return, by what is known."""

    of: Mapping[str, tuple[datetime, datetime]]
    back_at: datetime


def _states(of_stop: Mapping[str, Sequence[Sign]]) -> dict[str, StopState]:
    """Return where a team stands with its stops, given their signs in the order of the plan."""
    latest = {ref: signs[-1] for ref, signs in of_stop.items() if signs}
    current = max(latest, key=lambda ref: (latest[ref].at, latest[ref].id), default="")
    refs = list(of_stop)
    reached = max((refs.index(ref) for ref in latest), default=-1)
    states = {}
    for place, (ref, signs) in enumerate(of_stop.items()):
        if not signs:
            states[ref] = StopState.PASSED if place < reached else StopState.OPEN
        elif ref == current and not any(one.kind in _ENDS for one in signs):
            states[ref] = StopState.HERE
        else:  # it ended, or the team went on to another one
            states[ref] = StopState.DONE
    return states


_ENDS = (SignKind.LEFT, SignKind.OUTCOME)


def _timeline(
    route: Route,
    states: Mapping[str, StopState],
    of_stop: Mapping[str, Sequence[Sign]],
    *,
    not_before: datetime | None,
) -> _Timeline:
    """Carry what is known of the stops so far over to those ahead."""
    of: dict[str, tuple[datetime, datetime]] = {}
    end = told = planned_end = moment_at(route.day, route.leave_s)
    for stop in route.stops:
        arrival, start, departure = (
            moment_at(route.day, second)
            for second in (stop.arrival_s, stop.start_s, stop.departure_s)
        )
        travels, planned_end = arrival - planned_end, departure
        state = states[stop.ref] if stop.is_work else StopState.OPEN
        if state is StopState.PASSED:
            of[stop.ref] = start, departure
            continue  # a later one says when it was reached
        if state is StopState.OPEN:
            begin = max(start, end + travels)
            if stop.is_work and not_before is not None:
                begin = max(begin, not_before)
            end = begin + (departure - start)
        else:
            begin, ended = _actual(of_stop[stop.ref], start, departure)
            if state is StopState.HERE and not_before is not None:
                ended = max(ended, not_before)
            of[stop.ref] = begin, ended
            end = told = max(told, ended)  # it may have gone back to an earlier stop
            continue
        if stop.is_work:
            of[stop.ref] = begin, end
    return _Timeline(of, end + (moment_at(route.day, route.return_s) - planned_end))


def _actual(
    signs: Sequence[Sign], start: datetime, departure: datetime
) -> tuple[datetime, datetime]:
    """Return when a stop with a sign began and ended, or may be expected to."""
    stays = departure - start
    arrived = next((one.at for one in signs if one.kind is SignKind.ARRIVED), None)
    ended = next((one.at for one in reversed(signs) if one.kind in _ENDS), None)
    if ended is not None:
        return (ended - stays if arrived is None else min(arrived, ended)), ended
    begin = signs[0].at if arrived is None else arrived
    return begin, max(begin, start) + stays


def _team_state(
    route: Route, ahead: StopStanding | None, last: Sign | None, *, now: datetime
) -> TeamState:
    if last is None and now < moment_at(route.day, route.leave_s):
        return TeamState.WAITING
    if ahead is not None:
        return TeamState.AT_STOP if ahead.state is StopState.HERE else TeamState.UNDER_WAY
    is_safe = last is not None and last.kind is SignKind.SAFE
    return TeamState.BACK if is_safe else TeamState.RETURNING


def _after(moment: datetime, last: Sign | None) -> datetime:
    return moment if last is None else max(moment, last.at)


def _alarms(
    told: Sequence[Sign], due_at: datetime | None, stop: str, *, now: datetime
) -> tuple[Alarm, ...]:
    helps = [one for one in told if one.kind is SignKind.HELP]
    found = [Alarm(f"help:{one.id}", AlarmKind.HELP, one.at, one.stop) for one in helps[-1:]]
    if due_at is not None and now > due_at:
        found.append(Alarm(f"overdue:{due_at.isoformat()}", AlarmKind.OVERDUE, due_at, stop))
    return tuple(found)
