"""Actions: a problem with the plan that answers it, as compressed JSON."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from data.errors import DuplicateError, StoreError
from data.model import Action
from data.schema import ActionRow
from data.work import Work
from routes.errors import PlanError
from routes.model import ActionId
from routes.planning.formats import plan_from_json, plan_to_json, problem_from_json, problem_to_json
from routes.planning.problem import Plan, Problem

__all__ = [
    "action_ids",
    "join",
    "read_action",
    "read_plan",
    "read_problem",
    "release",
    "save",
]


def save(
    work: Work,
    action_id: ActionId,
    problem: Problem,
    plan: Plan,
    *,
    made_at: datetime,
    by: str,
) -> None:
    """Keep a problem and its plan under a new action.

    Raises
    ------
    DuplicateError
        If the action is stored already.
    PlanError
        If the plan answers another problem.
    """
    if plan.problem_id != problem.id:
        raise PlanError(
            "方案属于任务 %(plan)s，与任务 %(problem)s 不符，未保存",
            plan=plan.problem_id,
            problem=problem.id,
        )
    if read_action(work.connection, action_id) is not None:
        raise DuplicateError("行动 %(id)s 已有方案；请用新的编号保存", id=action_id)
    work.connection.execute(
        insert(ActionRow).values(
            id=action_id,
            made_at=made_at,
            made_by=by,
            problem=_packed(problem_to_json(problem)),
            plan=_packed(plan_to_json(plan)),
        )
    )
    work.record(by, "plan.save", f"action:{action_id}", {"problem": problem.id})


def join(work: Work, unapproved: ActionId, approved: ActionId, *, approval_by: datetime) -> None:
    """Let two saved actions name each other: without an approval, and with it from some moment.

    Raises
    ------
    StoreError
        If one of them is not stored.
    """
    for action_id, other_id in ((unapproved, approved), (approved, unapproved)):
        if read_action(work.connection, action_id) is None:
            raise StoreError("行动 %(id)s 不在库中", id=action_id)
        work.connection.execute(
            update(ActionRow)
            .where(ActionRow.id == action_id)
            .values(other_id=other_id, approved=action_id == approved, approval_by=approval_by)
        )


def release(work: Work, action_id: ActionId, *, by: str) -> None:
    """Mark an action as released by an account.

    Raises
    ------
    StoreError
        If it is not stored, or was released before.
    """
    action = read_action(work.connection, action_id)
    if action is None:
        raise StoreError("行动 %(id)s 不在库中", id=action_id)
    if action.released_at is not None:
        raise StoreError("行动 %(id)s 已经发布", id=action_id)
    work.connection.execute(
        update(ActionRow)
        .where(ActionRow.id == action_id)
        .values(released_at=work.clock(), released_by=by)
    )
    work.record(by, "plan.release", f"action:{action_id}")


def action_ids(connection: Connection) -> tuple[ActionId, ...]:
    """Return the actions, the first saved first."""
    return tuple(map(ActionId, connection.scalars(select(ActionRow.id).order_by(ActionRow.seq))))


def read_action(connection: Connection, action_id: ActionId) -> Action | None:
    """Return an action without its plan."""
    row = connection.execute(
        select(
            ActionRow.id,
            ActionRow.made_at,
            ActionRow.made_by,
            ActionRow.released_at,
            ActionRow.released_by,
            ActionRow.other_id,
            ActionRow.approved,
            ActionRow.approval_by,
        ).where(ActionRow.id == action_id)
    ).one_or_none()
    return None if row is None else Action(**row._mapping)


def read_plan(connection: Connection, action_id: ActionId) -> Plan | None:
    """Return an action's plan."""
    packed = connection.scalar(select(ActionRow.plan).where(ActionRow.id == action_id))
    return None if packed is None else plan_from_json(_unpacked(packed), trusted=True)


def read_problem(connection: Connection, action_id: ActionId) -> Problem | None:
    """Return an action's problem."""
    packed = connection.scalar(select(ActionRow.problem).where(ActionRow.id == action_id))
    return None if packed is None else problem_from_json(_unpacked(packed), trusted=True)


def _packed(form: Mapping[str, Any]) -> bytes:
    text = json.dumps(form, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode(), level=1)


def _unpacked(packed: bytes) -> object:
    form: object = json.loads(zlib.decompress(packed))
    return form
