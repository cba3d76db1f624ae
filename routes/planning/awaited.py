"""A problem that waits for answers, with no store: two plans, and whether both are as they must be.

Which problem each plan answers follows from the problem that was given and from the plan that holds
until the hour; so a file needs the two plans only, and who checks it derives the problems again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from geo.messages import message
from routes.model import DutyKind
from routes.planning.begun import carried_over
from routes.planning.branches import Branch, approved_of, branch, unapproved_of
from routes.planning.problem import (
    Awaits,
    EscortMode,
    Plan,
    PlanFinding,
    Problem,
)
from routes.planning.support import support_finding
from routes.planning.support_branches import asked_of, refused_of, support_branches
from routes.planning.validate import Violation, violations
from routes.planning.validate_answers import parted_early

__all__ = ["Both", "awaited_violations", "solve_awaited", "standing_problem"]

_UNANSWERED = message("派出所未确认协助")


@dataclass(frozen=True, slots=True, eq=False)
class Both:
    """The plan that holds until the answers come, and the one for the other answer.

    ``standing`` is the one without the approvals or, where stations alone are waited for, the one
    with their support. ``other`` is None where the plan asks nothing of a station after the hour.
    """

    standing: Branch
    other: Branch | None


def solve_awaited(problem: Problem, *, solve: Callable[[Problem], Plan]) -> Both:
    """Plan twice around the answers that a problem awaits; see :mod:`routes.planning.branches`.

    Parameters
    ----------
    problem
        With ``awaits``. Its id is that of the standing plan's; the other's says which it is for.
    solve
        Answers a problem; asked twice or more.
    """
    awaits, plain = _parted(problem)
    if awaits.approvals:
        found = branch(
            plain,
            *_unsigned(plain, awaits),
            day=awaits.day,
            by_s=awaits.by_s,
            approved_id=_other_id(problem),
            solve=solve,
        )
        return Both(found.unapproved, found.approved)
    two = support_branches(
        plain,
        day=awaits.day,
        by_s=awaits.by_s,
        declined_id=_other_id(problem),
        solve=solve,
        confirmed=_promised(problem),
    )
    asked = standing_problem(problem)  # which bars nothing for the sake of the search
    first = carried_over(two.approved.plan, asked)
    left = _other_problem(problem, first)
    if left is None:
        return Both(Branch(asked, first), None)
    second = carried_over(two.unapproved.plan, left)
    if violations(left, second):  # made for the refusal of another plan
        second = solve(left)
    return Both(Branch(asked, first), Branch(left, second))


def standing_problem(problem: Problem) -> Problem:
    """Return what the plan that holds until the answers come is an answer to."""
    if problem.awaits is None:
        return problem
    awaits, plain = _parted(problem)
    if awaits.approvals:
        return unapproved_of(plain, *_unsigned(plain, awaits))
    return asked_of(plain, day=awaits.day, by_s=awaits.by_s, confirmed=_promised(problem))


def awaited_violations(
    problem: Problem, plan: Plan, other: Plan | None
) -> tuple[tuple[Violation, ...], tuple[Violation, ...]]:
    """Return the faults of the standing plan, and those of the one for the other answer.

    Each is held against what it answers by :func:`routes.planning.validate.violations`. Besides,
    both must do the same until the hour, and what is awaited may not be begun before it.
    """
    found = violations(standing_problem(problem), plan)
    if found and problem.awaits is not None:
        return found, ()  # what the other must be follows from it
    left = None if problem.awaits is None else _other_problem(problem, plan)
    if problem.awaits is None or left is None:
        needless = message("没有停留等待答复，不应有另一份计划")
        return found, () if other is None else (Violation("other_needless", "$.other", needless),)
    if other is None:
        missing = message("问题等待答复，而文件没有另一份计划")
        return found, (Violation("other_missing", "$", missing),)
    return found, (*violations(left, other), *parted_early(problem.awaits, plan, other))


def _parted(problem: Problem) -> tuple[Awaits, Problem]:
    assert problem.awaits is not None
    return problem.awaits, replace(problem, awaits=None)


def _other_id(problem: Problem) -> str:
    awaits = problem.awaits
    return f"{problem.id}:{'approved' if awaits and awaits.approvals else 'declined'}"


def _other_problem(problem: Problem, standing: Plan) -> Problem | None:
    """Return what the other plan answers; None where nothing is asked after the hour."""
    awaits, plain = _parted(problem)
    if awaits.approvals:
        return approved_of(
            plain,
            standing,
            *_unsigned(plain, awaits),
            day=awaits.day,
            by_s=awaits.by_s,
            approved_id=_other_id(problem),
        )
    left = refused_of(
        standing_problem(problem),
        standing,
        day=awaits.day,
        by_s=awaits.by_s,
        declined_id=_other_id(problem),
        confirmed=_promised(problem),
    )
    return left.refused if left.open else None


def _unsigned(
    problem: Problem, awaits: Awaits
) -> tuple[Mapping[str, PlanFinding], Mapping[str, PlanFinding]]:
    """Return what waits for any answer, by option and by duty: none of it is there on a no."""
    said = {one.subject: one for one in awaits.approvals}
    for kind, tasks in (("visit", problem.options), ("duty", problem.duties)):
        for one in tasks:
            if one.id in awaits.support:
                subject = f"{kind}:{one.id}"
                said.setdefault(subject, support_finding(subject, _UNANSWERED))
    found: dict[str, dict[str, PlanFinding]] = {"visit": {}, "duty": {}}
    for subject, finding in said.items():
        kind, _, ref = subject.partition(":")
        found[kind][ref] = finding
    return found["visit"], found["duty"]


def _promised(problem: Problem) -> frozenset[str]:
    """Return the options and duties that take police and wait for no station."""
    assert problem.awaits is not None
    taken = {one.id for one in problem.options if one.escort is not EscortMode.NONE}
    taken |= {one.id for one in problem.duties if one.kind == DutyKind.CHECKPOINT}
    return frozenset(taken - set(problem.awaits.support))
