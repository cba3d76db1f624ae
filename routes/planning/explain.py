"""Why a debtor or a duty is in no route, tested against the problem itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from geo.localtime import DAY_S
from routes.planning.at_hand import AtHand
from routes.planning.problem import (
    EscortMode,
    EscortSlot,
    EscortStation,
    Option,
    Plan,
    Problem,
    Route,
    Unassigned,
    UnassignedReason,
    barred_options,
)
from routes.planning.terms import Task, Terms, half_of
from routes.planning.ways_in import ways_in

__all__ = ["DEBTOR_SUBJECT", "unassigned"]

DEBTOR_SUBJECT = "debtor:"
"""Beginning of the subject of a finding in ``Problem.blocked``."""

_OFFICERS = 1_000_000  # more than anybody asks for

_ORDER = (
    UnassignedReason.BLOCKED,
    UnassignedReason.NO_SKILL,
    UnassignedReason.NO_HOUR,
    UnassignedReason.NO_ESCORT,
    UnassignedReason.TOO_FAR,
    UnassignedReason.CLOSED,
    UnassignedReason.OUTBID,
)


class _Alone:
    """Tests one task at a time against shifts that hold nothing but what is frozen.

    The gates are opened from the last to the first: roads, then officers, then the hours.
    """

    def __init__(self, problem: Problem) -> None:
        begun = Plan(problem.id, "", 0, 0, 0.0, problem.frozen)
        terms = Terms.of(problem, ())
        near = replace(terms, side_by_side=True)
        self.at = AtHand(terms, begun)
        self.near = self.at.under(near)
        self.escorted = self.at.under(replace(near, stations=tuple(_open_stations(problem))))
        self.closed = {(cut.place, cut.day): cut.reason for cut in problem.cut_off}

    def best_said(self, tasks: Iterable[Task]) -> tuple[UnassignedReason, str]:
        """Return what is said of the task that passes most gates."""
        best = UnassignedReason.BLOCKED, ""
        for task in tasks:
            if best[0] is not UnassignedReason.OUTBID:
                best = max(best, self.said(task), key=lambda one: _ORDER.index(one[0]))
        return best

    def said(self, task: Task) -> tuple[UnassignedReason, str]:
        """Return the reason, and why roads are closed where that is it."""
        reason = self.reason(task)
        closed = self.closed.get((task.place, task.day))
        if reason is UnassignedReason.TOO_FAR and closed is not None:
            return UnassignedReason.CLOSED, closed
        return reason, ""

    def reason(self, task: Task) -> UnassignedReason:
        """Return the first gate at which a task fails in every shift, else OUTBID."""
        if not self._has_teams(task):
            return UnassignedReason.NO_SKILL
        if _fits(self.at, task):
            return UnassignedReason.OUTBID
        if not _fits(self.escorted, _let_in(task)):
            return UnassignedReason.NO_HOUR
        if not _fits(self.near, task):
            return UnassignedReason.NO_ESCORT
        return UnassignedReason.TOO_FAR

    def _has_teams(self, task: Task) -> bool:
        """Return whether a team can do it and has room, and another one where it takes two."""
        first = self._able(half_of(task, second=False))
        if task.together is None:
            return bool(first)
        second = self._able(half_of(task, second=True))
        return any(one != other for one in first for other in second)

    def _able(self, half: Task) -> list[str]:
        at = self.at
        return [
            shift_id
            for shift_id in at.shifts
            if at.may_do(shift_id, half) and at.has_room(at.lane(shift_id), half)
        ]


def _fits(at: AtHand, task: Task) -> bool:
    return next(ways_in(at, [task]), None) is not None


def _let_in(task: Task) -> Task:
    """Return a task to whose door an officer comes unasked for."""
    if isinstance(task, Option) and task.escort is EscortMode.AT_DOOR:
        return replace(task, escort=EscortMode.NONE, escort_stations=())
    return task


def _open_stations(problem: Problem) -> Iterator[EscortStation]:
    """Yield stations that lend officers day and night, as many as are asked for."""
    for station in problem.escort_stations:
        days = {slot.day for slot in station.calendar} | {shift.day for shift in problem.shifts}
        always = tuple(EscortSlot(day, 0, 2 * DAY_S, _OFFICERS) for day in sorted(days))
        yield replace(station, calendar=always, profile="")


def unassigned(problem: Problem, routes: tuple[Route, ...]) -> tuple[Unassigned, ...]:
    """Return the debtors and duties that no route serves, each with its reason.

    A debtor's reason is that of its option which passes most gates. BLOCKED is for one whose
    options, if any, ``problem.blocked`` bars to the last; OUTBID is what remains when the option,
    alone, could be served.
    """
    served = {
        stop.ref for route in (*problem.frozen, *routes) for stop in route.stops if stop.is_work
    }
    alone = _Alone(problem)
    left_out = [
        Unassigned(duty.id, *alone.said(duty), is_duty=True)
        for duty in problem.duties
        if duty.id not in served
    ]
    options: defaultdict[str, list[Option]] = defaultdict(list)
    for option in problem.options:
        options[option.debtor].append(option)
    barred = barred_options(problem)
    blocked: defaultdict[str, list[str]] = defaultdict(list)
    for debtor, choices in options.items():
        if any(option.id in served for option in choices):
            continue
        free = [option for option in choices if option.id not in barred]
        if free:
            left_out.append(Unassigned(debtor, *alone.best_said(free)))
        else:
            blocked[debtor] = [rule for option in choices for rule in barred[option.id]]
    for finding in problem.blocked:
        debtor = finding.subject.removeprefix(DEBTOR_SUBJECT)
        if finding.subject.startswith(DEBTOR_SUBJECT) and debtor not in options:
            blocked[debtor].append(finding.rule)
    left_out += [
        Unassigned(debtor, UnassignedReason.BLOCKED, " ".join(dict.fromkeys(rules)))
        for debtor, rules in blocked.items()
    ]
    return tuple(left_out)
