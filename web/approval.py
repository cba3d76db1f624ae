"""A plan's way to the partners: a commander releases it, then stations see their part."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from data.model import SupportKind, SupportState
from data.store import Store
from routes.model import ActionId
from routes.planning.problem import Plan, Problem
from web.clock import SHANGHAI
from web.errors import ApprovalError
from web.plan_board import sign_offs, stop_blocks

__all__ = ["release_plan", "share_plan"]

_LONGEST_DOCUMENT = 60


def release_plan(
    store: Store, action_id: ActionId, problem: Problem, plan: Plan, *, document: str, by: str
) -> None:
    """Release a plan; ``document`` is the number of the paper that signs its open sign-offs.

    Raises
    ------
    ApprovalError
        If the plan is released already, holds a forbidden stop, or lacks the document.
    """
    action = store.action(action_id)
    if action is None or action.released_at is not None:
        raise ApprovalError("计划 %(id)s 不存在或已经发布", id=action_id)
    if stop_blocks(problem, plan):
        raise ApprovalError("计划 %(id)s 有禁止性提示，不能发布", id=action_id)
    waiting = sign_offs(plan)
    if (waiting and not document) or len(document) > _LONGEST_DOCUMENT:
        raise ApprovalError("请填写签批文号（不超过 %(limit)d 字）", limit=_LONGEST_DOCUMENT)
    for finding in waiting:
        store.audit.append(
            by, "finding.sign", finding.subject, {"rule": finding.rule, "document": document}
        )
    store.release(action_id, by=by)


def share_plan(
    store: Store, action_id: ActionId, problem: Problem, plan: Plan, *, now: datetime, by: str
) -> int:
    """Open each escorting station's part until the last day ends, and ask for the escorts.

    Returns
    -------
    int
        How many stations were given leave now.

    Raises
    ------
    ApprovalError
        If the plan is not released, or its days are past.
    """
    action = store.action(action_id)
    if action is None or action.released_at is None:
        raise ApprovalError("计划 %(id)s 尚未发布，不能共享", id=action_id)
    expires_at = _end_of(problem, plan)
    if expires_at <= now:
        raise ApprovalError("计划 %(id)s 的日期已过，不能共享", id=action_id)
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
        midnight = datetime.combine(route.day, time(), tzinfo=SHANGHAI)
        for stop in route.stops:
            station = stop.escort_station
            if station is None or (station, stop.ref) in asked:
                continue
            store.support_requests.create(
                action_id,
                station,
                SupportKind.ESCORT,
                stop.ref,
                midnight + timedelta(seconds=stop.start_s),
                midnight + timedelta(seconds=stop.departure_s),
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


def _end_of(problem: Problem, plan: Plan) -> datetime:
    days = [route.day for route in plan.routes] or [shift.day for shift in problem.shifts]
    return datetime.combine(max(days) + timedelta(days=1), time(), tzinfo=SHANGHAI)
