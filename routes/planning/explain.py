"""Why a debtor or a duty is in no route, tested against the problem itself."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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
    UnassignedReason.OUTBID,
)


@dataclass(frozen=True, slots=True)
class _Alone:
    """Tests one task at a time against shifts that hold nothing else."""

    problem: Problem
    place_at: Mapping[str, int]
    teams: Mapping[str, PlanTeam]
    frozen: Mapping[str, Route]

    def reason(self, task: Option | PlanDuty) -> UnassignedReason:
        """Return the first gate at which a task fails in every shift, else OUTBID."""
        able = [s for s in self.problem.shifts if s.day == task.day and self._has_skills(s, task)]
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

    def _has_skills(self, shift: WorkShift, task: Option | PlanDuty) -> bool:
        team = self.teams[shift.team]
        if isinstance(task, PlanDuty) and task.teams and team.id not in task.teams:
            return False
        return task.needed_skills <= team.skills and team.officers >= task.min_officers

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

    def _travel_s(self, shift: WorkShift, leaving_s: int, origin: str, target: str) -> float:
        bands = sorted(self.problem.bands, key=lambda b: b.start_s)
        name = next((b.name for b in bands if leaving_s < b.end_s), bands[-1].name)
        profile = self.teams[shift.team].profile
        for matrix in self.problem.matrices:
            if matrix.profile == profile and matrix.band == name:
                return float(matrix.travel_s[self.place_at[origin], self.place_at[target]])
        return math.inf

    def _reaches(
        self, shift: WorkShift, task: Option | PlanDuty, starts: Iterable[tuple[int, int]]
    ) -> bool:
        place, ready_s = self._origin(shift)
        arrival_s = ready_s + self._travel_s(shift, ready_s, place, task.place)
        for begin_s, end_s in starts:
            start_s = max(arrival_s, begin_s)
            if start_s > end_s:
                continue
            left_s = math.ceil(start_s) + task.service_s
            if left_s + self._travel_s(shift, left_s, task.place, shift.end_place) <= shift.end_s:
                return True
        return False


def unassigned(problem: Problem, routes: tuple[Route, ...]) -> tuple[Unassigned, ...]:
    """Return the debtors and duties that no route serves, each with its reason.

    A debtor's reason is that of its option which passes most gates. BLOCKED is for one whose
    options, if any, ``problem.blocked`` bars to the last; OUTBID is what remains when the option,
    alone, could be served.
    """
    served = {stop.ref for route in (*problem.frozen, *routes) for stop in route.stops}
    alone = _Alone(
        problem,
        {p.id: i for i, p in enumerate(problem.places)},
        {t.id: t for t in problem.teams},
        {r.shift: r for r in problem.frozen},
    )
    left_out = [
        Unassigned(duty.id, alone.reason(duty), is_duty=True)
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
            best = max((alone.reason(option) for option in free), key=_ORDER.index)
            left_out.append(Unassigned(debtor, best))
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
