"""Which findings of a plan wait for a signature, and how a commander enters one.

A finding speaks of one or more stops; its signature must hold until the last of them is over. A
signature answers what the finding said when it was given: one that says something else by now, such
as a duty that was moved, asks again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from data.sign_offs import KeptSignOff, add
from data.store import Store
from geo.localtime import DAY_S, local_day, moment_at
from routes.model import Verdict
from routes.planning.problem import Plan, PlanFinding, Problem
from routes.rules import RULES
from routes.rules.signoffs import LONGEST_TERM_D, Role, SignOff, unsigned
from web.errors import ApprovalError
from web.subjects import StopSubjects

__all__ = [
    "Key",
    "Signatures",
    "key_of",
    "last_moment",
    "read_signatures",
    "sign",
    "signed_by",
]


Key = tuple[str, str, str]
"""Rule, subject and digest of a finding."""

_Stop = tuple[tuple[str, ...], datetime]
"""Subjects under which rules speak of a stop, and when it is over."""

signed_by: Mapping[str, Role] = {rule.id: rule.signed_by for rule in RULES.values()}
"""By rule, the office that signs."""


@dataclass(frozen=True, slots=True)
class Signatures:
    """What is signed of a plan's findings, and what waits.

    Parameters
    ----------
    waiting
        Findings that nobody signed for all of their stops, in the order of the plan.
    given
        The signature that holds longest, by the key of the finding it answers.
    outdated
        By the key of a finding that waits, a signature in force that answered something else
        about the same rule and subject, or was kept without what it answered.
    """

    waiting: tuple[PlanFinding, ...]
    given: Mapping[Key, KeptSignOff]
    outdated: Mapping[Key, KeptSignOff]


def key_of(finding: PlanFinding) -> Key:
    """Return what a signature on a finding answers."""
    return finding.rule, finding.subject, finding.digest


def last_moment(problem: Problem, plan: Plan) -> datetime:
    """Return when a plan's last day ends."""
    days = [route.day for route in plan.routes] or [shift.day for shift in problem.shifts]
    return moment_at(max(days), DAY_S)


def read_signatures(
    store: Store,
    problem: Problem,
    plan: Plan,
    findings: Iterable[PlanFinding],
    *,
    at: datetime,
    given_by: datetime | None = None,
) -> Signatures:
    """Join findings with the signatures that the store holds at an aware moment.

    One that was given before the plan was made counts like any other.

    Parameters
    ----------
    given_by
        Aware; a signature that was given later does not count.
    """
    until, end = _until(_stops(store, problem, plan)), last_moment(problem, plan)
    return _joined(store, findings, until, at=at, end=end, given_by=given_by)


def _joined(
    store: Store,
    findings: Iterable[PlanFinding],
    until: Mapping[str, datetime],
    *,
    at: datetime,
    end: datetime,
    given_by: datetime | None = None,
) -> Signatures:
    asked = [one for one in findings if one.verdict == Verdict.SIGN_OFF]
    kept: dict[tuple[str, str], list[KeptSignOff]] = {}
    for each in store.sign_offs.standing((one.subject for one in asked), at):
        if given_by is None or each.sign_off.signed_at <= given_by:
            kept.setdefault((each.sign_off.rule, each.sign_off.subject), []).append(each)
    said = {one.digest for one in asked}
    waiting: list[PlanFinding] = []
    given: dict[Key, KeptSignOff] = {}
    outdated: dict[Key, KeptSignOff] = {}
    for one in asked:
        over, about = max(at, until.get(one.subject, end)), kept.get((one.rule, one.subject), [])
        holding = [
            each for each in about if not unsigned((one,), (each.sign_off,), over, asked=signed_by)
        ]
        if holding:
            given[key_of(one)] = max(holding, key=lambda each: each.sign_off.expires_at)
            continue
        waiting.append(one)
        if others := [each for each in about if each.sign_off.digest not in said]:
            outdated[key_of(one)] = others[-1]
    return Signatures(tuple(waiting), given, outdated)


def sign(
    store: Store,
    problem: Problem,
    plan: Plan,
    findings: Iterable[PlanFinding],
    *,
    chosen: Collection[Key],
    role: Role,
    reason: str,
    document_no: str,
    expires_on: date,
    by: str,
) -> int:
    """Enter one paper for some findings of one rule; all of them or none.

    The audit keeps the ids of the rules that were shown with each finding, and whether it was
    signed although another of them warned.

    Parameters
    ----------
    chosen
        Findings that wait.
    expires_on
        Last day of the paper's term, Asia/Shanghai.
    by
        Account id.

    Returns
    -------
    int
        How many findings were signed.

    Raises
    ------
    ApprovalError
        If nothing that waits is chosen, the office is too low, or the term ends before a visit.
    ValueRangeError
        If reason or paper is missing.
    """
    told, now = tuple(findings), store.clock()
    stops, end = _stops(store, problem, plan), last_moment(problem, plan)
    until = _until(stops)
    waiting = _joined(store, told, until, at=now, end=end).waiting
    wanted = [one for one in waiting if key_of(one) in chosen]
    if not wanted or len(wanted) != len(set(chosen)):
        raise ApprovalError("所选事项已签批或已变化，请刷新页面后重新选择")
    if expires_on > local_day(now) + timedelta(days=LONGEST_TERM_D):
        raise ApprovalError("签批有效期最长 %(days)d 日，请改短", days=LONGEST_TERM_D)
    expires_at = moment_at(expires_on, DAY_S)
    if expires_at <= now:
        raise ApprovalError("签批有效期 %(day)s 已过，请核对", day=expires_on.isoformat())
    for one in wanted:
        if not role.may_sign_for(signed_by[one.rule]):
            raise ApprovalError(
                "规则 %(rule)s 须由%(role)s签批", rule=one.rule, role=signed_by[one.rule].label
            )
        over = until.get(one.subject, end)
        if over >= expires_at:
            raise ApprovalError(
                "签批有效期须至少到走访当日（%(day)s）", day=local_day(over).isoformat()
            )
    shown = _shown(stops, told)
    with store.write() as work:
        for one in wanted:
            factors = [each for each in shown.get(one.subject, (one,)) if each != one]
            add(
                work,
                SignOff(
                    one.rule,
                    one.subject,
                    role,
                    reason.strip(),
                    document_no.strip(),
                    by,
                    now,
                    expires_at,
                    one.digest,
                ),
                factors=(one.rule, *(each.rule for each in factors)),
                override=any(each.verdict == Verdict.WARN for each in factors),
            )
    return len(wanted)


def _stops(store: Store, problem: Problem, plan: Plan) -> list[_Stop]:
    """Return the subjects under which rules speak of each stop, and when it is over."""
    subjects = StopSubjects.read(store, problem)
    return [
        (about, moment_at(route.day, stop.departure_s))
        for route in plan.routes
        for stop in route.stops
        if (about := subjects.of(stop))
    ]


def _until(stops: Iterable[_Stop]) -> dict[str, datetime]:
    """Return, by subject, when the last stop of which it speaks is over."""
    until: dict[str, datetime] = {}
    for subjects, over in stops:
        for subject in subjects:
            until[subject] = max(over, until.get(subject, over))
    return until


def _shown(stops: Iterable[_Stop], findings: Iterable[PlanFinding]) -> dict[str, list[PlanFinding]]:
    """Return, by subject, the findings that are shown at the stops of which it speaks."""
    by_subject: dict[str, list[PlanFinding]] = {}
    for one in findings:
        by_subject.setdefault(one.subject, []).append(one)
    shown: dict[str, dict[PlanFinding, None]] = {}
    for subjects, _over in stops:
        told = [one for subject in subjects for one in by_subject.get(subject, ())]
        for subject in subjects:
            shown.setdefault(subject, {}).update(dict.fromkeys(told))
    return {subject: list(told) for subject, told in shown.items()}
