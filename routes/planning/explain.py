"""Why a debtor or a duty is in no route, tested against the problem itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from routes.planning.legs import Legs
from routes.planning.problem import (
    EscortMode,
    Option,
    PlanDuty,
    PlanTeam,
    Problem,
    Route,
    Unassigned,
    UnassignedReason,
    WorkShift,
    barred_options,
)

__all__ = ["DEBTOR_SUBJECT", "unassigned"]

DEBTOR_SUBJECT = "debtor:"
"""Beginning of the subject of a finding in ``Problem.blocked``."""

_ORDER = (
    UnassignedReason.NO_SKILL,
    UnassignedReason.NO_HOUR,
    UnassignedReason.NO_ESCORT,
    UnassignedReason.TOO_FAR,
    UnassignedReason.CLOSED,
    UnassignedReason.OUTBID,
)


@dataclass(frozen=True, slots=True)
class _Alone:
    """Tests one task at a time against shifts that hold nothing else."""

    problem: Problem
    teams: Mapping[str, PlanTeam]
    frozen: Mapping[str, Route]
    closed: Mapping[tuple[str, date], str]
    legs: Mapping[str, Legs]

    def said(self, task: Option | PlanDuty) -> tuple[UnassignedReason, str]:
        """Return the reason, and why roads are closed where that is it."""
        reason = self.reason(task)
        closed = self.closed.get((task.place, task.day))
        if reason is UnassignedReason.TOO_FAR and closed is not None:
            return UnassignedReason.CLOSED, closed
        return reason, ""

    def reason(self, task: Option | PlanDuty) -> UnassignedReason:
        """Return the first gate at which a task fails in every shift, else OUTBID."""
        able = [s for s in self.problem.shifts if s.day == task.day and self._is_able(s, task)]
        if not able:
            return UnassignedReason.NO_SKILL
        timely = [s for s in able if self._spans(s, task)]
        if not timely:
            return UnassignedReason.NO_HOUR
        starts = self._starts(task)
        if not starts:
            return UnassignedReason.NO_ESCORT
        if not any(self._reaches(s, task, starts) for s in timely):
            return UnassignedReason.TOO_FAR
        return UnassignedReason.OUTBID

    def _is_able(self, shift: WorkShift, task: Option | PlanDuty) -> bool:
        team = self.teams[shift.team]
        if isinstance(task, PlanDuty) and task.teams and team.id not in task.teams:
            return False
        return (
            task.needed_skills <= team.skills
            and team.officers >= task.min_officers
            and (shift.capacity is None or task.load <= shift.capacity)
        )

    def _spans(self, shift: WorkShift, task: Option | PlanDuty) -> bool:
        begin_s = max(task.window_start_s, self._origin(shift)[1])
        return begin_s <= min(task.window_end_s, shift.end_s - task.service_s)

    def _origin(self, shift: WorkShift) -> tuple[str, int]:
        route = self.frozen.get(shift.id)
        if route is not None and route.stops:
            return route.stops[-1].place, route.stops[-1].departure_s
        return shift.start_place, shift.start_s

    def _starts(self, task: Option | PlanDuty) -> list[tuple[int, int]]:
        """Return spans of seconds in which service may start."""
        window = (task.window_start_s, task.window_end_s)
        if isinstance(task, PlanDuty) or task.escort is EscortMode.NONE:
            return [window]
        spans = (
            (max(window[0], slot.start_s), min(window[1], slot.end_s - task.service_s))
            for station in self.problem.escort_stations
            if station.id in task.escort_stations
            for slot in station.calendar
            if slot.day == task.day and slot.officers > 0
        )
        return [(begin_s, end_s) for begin_s, end_s in spans if begin_s <= end_s]

    def _reaches(
        self, shift: WorkShift, task: Option | PlanDuty, starts: Iterable[tuple[int, int]]
    ) -> bool:
        place, ready_s = self._origin(shift)
        legs = self.legs[shift.id]
        arrival_s = ready_s + legs.travel_s(ready_s, place, task.place)
        for begin_s, end_s in starts:
            start_s = max(arrival_s, begin_s)
            if start_s > end_s:
                continue
            left_s = start_s + task.service_s
            if left_s + legs.travel_s(left_s, task.place, shift.end_place) <= shift.end_s:
                return True
        return False


def unassigned(problem: Problem, routes: tuple[Route, ...]) -> tuple[Unassigned, ...]:
    """Return the debtors and duties that no route serves, each with its reason.

    A debtor's reason is that of its option which passes most gates. BLOCKED is for one whose
    options, if any, ``problem.blocked`` bars to the last; OUTBID is what remains when the option,
    alone, could be served.
    """
    served = {stop.ref for route in (*problem.frozen, *routes) for stop in route.stops}
    place_at = {p.id: i for i, p in enumerate(problem.places)}
    teams = {t.id: t for t in problem.teams}
    alone = _Alone(
        problem,
        teams,
        {r.shift: r for r in problem.frozen},
        {(cut.place, cut.day): cut.reason for cut in problem.cut_off},
        {
            s.id: Legs(problem, place_at, profile=teams[s.team].profile, day=s.day)
            for s in problem.shifts
        },
    )
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
            said = (alone.said(option) for option in free)
            left_out.append(Unassigned(debtor, *max(said, key=lambda one: _ORDER.index(one[0]))))
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
