"""A plan's way to the partners: a commander releases it, then stations see their part.

The rules are asked again each time, about the cases as they stand now: a debtor who settled
since the plan was made is not released, shared or exported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from data.errors import StoreError
from data.model import SupportKind, SupportState
from data.store import Store
from geo.localtime import moment_at
from geo.messages import Message
from geo.ports import AreaIndex
from routes.calendar import WorkCalendar
from routes.model import ActionId, Verdict
from routes.planning.problem import Plan, PlanFinding, Problem
from routes.planning.recheck import recheck
from routes.ports import Clock
from routes.rules import RuleProfile
from web.errors import ApprovalError
from web.signatures import last_moment, read_signatures

__all__ = [
    "RuleSources",
    "blocks",
    "current_findings",
    "refuse_blocked",
    "refuse_unsigned",
    "release_plan",
    "share_plan",
]


class RuleSources(Protocol):
    """What the rules are asked with; a court and the services of its pages both have it."""

    @property
    def store(self) -> Store: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def calendar(self) -> WorkCalendar: ...
    @property
    def profile(self) -> RuleProfile: ...
    @property
    def areas(self) -> AreaIndex | None: ...


def current_findings(
    sources: RuleSources, problem: Problem, plan: Plan, *, say: Callable[[Message], str] = str
) -> tuple[PlanFinding, ...]:
    """Return what the rules say now of a plan's visits and duties; ``say`` puts it into words."""
    return recheck(
        problem,
        plan,
        cases=sources.store,
        field=sources.store,
        calendar=sources.calendar,
        profile=sources.profile,
        now=sources.clock(),
        areas=sources.areas,
        say=say,
    )


def blocks(findings: tuple[PlanFinding, ...]) -> tuple[PlanFinding, ...]:
    """Return the findings that forbid a stop of the plan."""
    return tuple(one for one in findings if one.verdict == Verdict.BLOCK)


def refuse_blocked(findings: tuple[PlanFinding, ...], action_id: ActionId) -> None:
    """Raise where the plan holds a stop that the rules forbid now.

    Raises
    ------
    ApprovalError
        With the number of forbidden stops and the first reason.
    """
    found = blocks(findings)
    if found:
        raise ApprovalError(
            "计划 %(id)s 有 %(count)d 处现已禁止的走访或勤务（首处：%(rule)s %(text)s），"
            "不能发布、共享或导出；请重新制定计划",
            id=action_id,
            count=len(found),
            rule=found[0].rule,
            text=found[0].text,
        )


def refuse_unsigned(
    sources: RuleSources,
    problem: Problem,
    plan: Plan,
    findings: tuple[PlanFinding, ...],
    action_id: ActionId,
) -> None:
    """Raise where a finding asks for a signature that nobody gave for all of its visits.

    Raises
    ------
    ApprovalError
        With the number of such findings and the first rule.
    """
    waiting = read_signatures(sources.store, problem, plan, findings, at=sources.clock()).waiting
    if waiting:
        raise ApprovalError(
            "计划 %(id)s 有 %(count)d 项须签批而未签批（首项：%(rule)s），不能发布或共享；"
            "请先逐项签批",
            id=action_id,
            count=len(waiting),
            rule=waiting[0].rule,
        )


def release_plan(
    sources: RuleSources, action_id: ActionId, problem: Problem, plan: Plan, *, by: str
) -> None:
    """Release a plan whose findings are all signed.

    Raises
    ------
    ApprovalError
        If the plan is released already, holds a forbidden stop, or lacks a signature.
    """
    findings = current_findings(sources, problem, plan)
    refuse_blocked(findings, action_id)
    refuse_unsigned(sources, problem, plan, findings, action_id)
    try:
        sources.store.release(action_id, by=by)
    except StoreError as error:
        raise ApprovalError("计划 %(id)s 不存在或已经发布", id=action_id) from error


def share_plan(
    sources: RuleSources, action_id: ActionId, problem: Problem, plan: Plan, *, by: str
) -> int:
    """Open each escorting station's part until the last day ends, and ask for the escorts.

    Returns
    -------
    int
        How many stations were given leave now.

    Raises
    ------
    ApprovalError
        If the plan is not released, holds a forbidden stop, lacks a signature, or its days
        are past.
    """
    store, now = sources.store, sources.clock()
    action = store.action(action_id)
    if action is None or action.released_at is None:
        raise ApprovalError("计划 %(id)s 尚未发布，不能共享", id=action_id)
    expires_at = last_moment(problem, plan)
    if expires_at <= now:
        raise ApprovalError("计划 %(id)s 的日期已过，不能共享", id=action_id)
    findings = current_findings(sources, problem, plan)
    refuse_blocked(findings, action_id)
    refuse_unsigned(sources, problem, plan, findings, action_id)
    asked = {
        (request.station_id, request.ref)
        for request in store.support_requests.for_action(action_id)
    }
    opened = 0
    for station_id in sorted(_stations(plan)):
        if all(one.action_id != action_id for one in store.shares.for_station(station_id, now)):
            store.shares.create(action_id, station_id, expires_at, by)
            opened += 1
    for route in plan.routes:
        for stop in route.stops:
            station = stop.escort_station
            if station is None or (station, stop.ref) in asked:
                continue
            store.support_requests.create(
                action_id,
                station,
                SupportKind.ESCORT,
                stop.ref,
                moment_at(route.day, stop.start_s),
                moment_at(route.day, stop.departure_s),
                by,
                state=SupportState.SENT,
            )
    return opened


def _stations(plan: Plan) -> set[str]:
    """Return the stations that send an escort to one of the plan's stops."""
    return {
        stop.escort_station
        for route in plan.routes
        for stop in route.stops
        if stop.escort_station is not None
    }
