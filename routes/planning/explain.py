"""Why a debtor or a duty is in no route, tested against the problem itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from routes.planning.at_hand import AtHand
from routes.planning.problem import (
    Option,
    Plan,
    Problem,
    Route,
    Unassigned,
    UnassignedReason,
    barred_options,
)
from routes.planning.tasks import Needs
from routes.planning.terms import Task, Terms

__all__ = ["DEBTOR_SUBJECT", "unassigned"]

DEBTOR_SUBJECT = "debtor:"
"""Beginning of the subject of a finding in ``Problem.blocked``."""

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
    """Tests one task at a time against shifts that hold nothing but what is frozen."""

    def __init__(self, problem: Problem) -> None:
        begun = Plan(problem.id, "", 0, 0, 0.0, problem.frozen)
        self.at = AtHand(Terms.of(problem, ()), begun)
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
        able = [shift_id for shift_id in self.at.shifts if self.at.may_do(shift_id, task)]
        if not able or not self._has_company(able, task):
            return UnassignedReason.NO_SKILL
        timely = [shift_id for shift_id in able if self._spans(shift_id, task)]
        if not timely:
            return UnassignedReason.NO_HOUR
        if not any(spans for one in timely for _, spans in self.at.starts(task, one)):
            return UnassignedReason.NO_ESCORT
        if next(self.at.spots([task], timely), None) is None:
            return UnassignedReason.TOO_FAR
        return UnassignedReason.OUTBID

    def _has_company(self, able: Sequence[str], task: Task) -> bool:
        """Return whether another team may come along where a task takes two."""
        if task.together is None:
            return True
        needs = Needs.of(task, second=True)
        return any(
            needs.suit(shift, self.at.teams[shift.team]) and any(one != shift.id for one in able)
            for shift in self.at.shifts.values()
        )

    def _spans(self, shift_id: str, task: Task) -> bool:
        """Return whether the task's window and the shift's hours have room for it."""
        lane = self.at.lane(shift_id)
        ready_s = lane.frozen.stops[-1].departure_s if lane.frozen else lane.shift.start_s
        begin_s = max(task.window_start_s, ready_s)
        return begin_s <= min(task.window_end_s, lane.home_by_s - task.service_s)


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
