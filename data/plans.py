"""Actions: a problem with the plan that answers it, as compressed JSON, encrypted."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from data.errors import DuplicateError, StoreError
from data.model import Action, BranchOn, PlanBrief
from data.schema import ActionRow, PlanBriefRow, ReplanRow
from data.sharing import end_shares
from data.upsert import parts_of, table_of
from data.work import Work
from routes.errors import PlanError
from routes.model import ActionId
from routes.planning.formats import plan_from_json, plan_to_json, problem_from_json, problem_to_json
from routes.planning.problem import Plan, Problem
from routes.planning.turns import turns

__all__ = [
    "action_ids",
    "briefs",
    "claims_of",
    "join",
    "plan_naming",
    "read_action",
    "read_plan",
    "read_problem",
    "release",
    "released_since",
    "save",
    "visits_of",
    "visits_to",
    "withdraw",
]

_KEPT = 4
"""How many plans are held as they were read: open pages ask for the same ones again and again."""


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
            last_day=max((shift.day for shift in problem.shifts), default=None),
        )
    )
    found = turns(problem, plan)
    work.connection.execute(
        insert(PlanBriefRow).values(
            action_id=action_id,
            days=",".join(sorted({shift.day.isoformat() for shift in problem.shifts})),
            visits=len(found),
            expected_found=sum(one.p_added for one in found.values()),
        )
    )
    work.record(by, "plan.save", f"action:{action_id}", {"problem": problem.id})


def join(
    work: Work,
    unapproved: ActionId,
    approved: ActionId,
    *,
    approval_by: datetime,
    branch_on: BranchOn,
) -> None:
    """Let two saved actions name each other: for a no, and for a yes that is known by a moment.

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
            .values(
                other_id=other_id,
                approved=action_id == approved,
                approval_by=approval_by,
                branch_on=branch_on.value,
            )
        )


def release(
    work: Work,
    action_id: ActionId,
    *,
    by: str,
    warnings: Mapping[str, int] | None = None,
    override_reason: str | None = None,
) -> None:
    """Mark an action as released by an account.

    A released plan that sends one of its teams out on the same day is withdrawn: a team follows
    one plan. So is the other of two around the answers of stations, also where these wait for
    signatures besides.

    Parameters
    ----------
    warnings
        By rule, how many warnings the account acknowledged; kept in the audit.
    override_reason
        Why this plan although the other of two was advised (LAW.md P8); kept with the action.

    Raises
    ------
    StoreError
        If it is not stored, was undone or released before, or the other of two around an approval
        is released.
    """
    action = read_action(work.connection, action_id)
    if action is None:
        raise StoreError("行动 %(id)s 不在库中", id=action_id)
    if action.released_at is not None:
        raise StoreError("计划 %(id)s 已经发布", id=action_id)
    undone = select(ReplanRow.undone_at).where(ReplanRow.action_id == action_id)
    if work.connection.scalar(undone) is not None:
        raise StoreError("计划 %(id)s 已被撤销，不能发布；请发布现行计划", id=action_id)
    other = None if action.other_id is None else read_action(work.connection, action.other_id)
    if (
        other is not None
        and other.released_at is not None
        and action.branch_on is BranchOn.APPROVAL  # what a station refused is replaced
    ):
        raise StoreError(
            "计划 %(other)s 已经发布，它与 %(id)s 是同一批签批的两个方案，只能发布一个；"
            "要改用本方案，请先撤回 %(other)s 的发布",
            id=action_id,
            other=other.id,
        )
    other_out = () if other is None or other.released_at is None else (other.id,)
    for replaced in dict.fromkeys((*other_out, *_replaced(work.connection, action_id))):
        withdraw(work, replaced, by=by, replaced_by=action_id)
    work.connection.execute(
        update(ActionRow)
        .where(ActionRow.id == action_id)
        .values(released_at=work.clock(), released_by=by, override_reason=override_reason)
    )
    detail = {
        "warnings": " ".join(f"{rule}:{count}" for rule, count in sorted((warnings or {}).items())),
        "override": override_reason is not None,
    }
    work.record(by, "plan.release", f"action:{action_id}", detail)


def withdraw(
    work: Work, action_id: ActionId, *, by: str, replaced_by: ActionId | None = None
) -> None:
    """Take a release back: the plan is a draft again, and its shares end.

    Raises
    ------
    StoreError
        If it is not stored, or not released.
    """
    action = read_action(work.connection, action_id)
    if action is None or action.released_at is None:
        raise StoreError("计划 %(id)s 没有发布，无从撤回；请刷新页面后核对", id=action_id)
    work.connection.execute(
        update(ActionRow)
        .where(ActionRow.id == action_id)
        .values(released_at=None, released_by=None, override_reason=None)
    )
    detail = {} if replaced_by is None else {"replaced_by": replaced_by}
    work.record(by, "plan.withdraw", f"action:{action_id}", detail)
    end_shares(work, action_id, by)


def _replaced(connection: Connection, action_id: ActionId) -> list[ActionId]:
    """Return the released actions that send a team of this one out on one of its days."""
    mine = _team_days(connection, action_id)
    if not mine:
        return []
    query = select(ActionRow.id).where(
        ActionRow.id != action_id,
        ActionRow.released_at.is_not(None),
        or_(ActionRow.last_day.is_(None), ActionRow.last_day >= min(day for _, day in mine)),
    )
    found = map(ActionId, connection.scalars(query.order_by(ActionRow.seq)))
    return [one for one in found if mine & _team_days(connection, one)]


def _team_days(connection: Connection, action_id: ActionId) -> set[tuple[str, date]]:
    plan = read_plan(connection, action_id)
    return set() if plan is None else {(r.team, r.day) for r in plan.routes if r.stops}


def released_since(connection: Connection, first: date) -> tuple[ActionId, ...]:
    """Return the released actions that last until a day or beyond, the latest first."""
    query = (
        select(ActionRow.id, PlanBriefRow.days)
        .join(PlanBriefRow, PlanBriefRow.action_id == ActionRow.id)
        .where(ActionRow.released_at.is_not(None))
        .order_by(ActionRow.seq.desc())
    )
    return tuple(
        ActionId(row.id)
        for row in connection.execute(query)
        if max(_days(row.days), default=date.min) >= first
    )


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
            ActionRow.override_reason,
            ActionRow.branch_on,
        ).where(ActionRow.id == action_id)
    ).one_or_none()
    if row is None:
        return None
    on = None if row.branch_on is None else BranchOn(row.branch_on)
    return Action(**{**row._mapping, "branch_on": on})


def briefs(connection: Connection, action_ids: Iterable[ActionId]) -> dict[ActionId, PlanBrief]:
    """Return in brief what these actions plan; those past their time of keeping are left out."""
    table = table_of(PlanBriefRow)
    return {
        ActionId(row.action_id): PlanBrief(_days(row.days), row.visits, row.expected_found)
        for part in parts_of(action_ids)
        for row in connection.execute(select(table).where(table.c.action_id.in_(part)))
    }


def _days(text: str) -> tuple[date, ...]:
    return tuple(map(date.fromisoformat, filter(None, text.split(","))))


def read_plan(connection: Connection, action_id: ActionId) -> Plan | None:
    """Return an action's plan; None where it is not stored, or was deleted after its time."""
    packed = connection.scalar(select(ActionRow.plan).where(ActionRow.id == action_id))
    return None if not packed else _plan(packed)


def read_problem(connection: Connection, action_id: ActionId) -> Problem | None:
    """Return an action's problem; None as for a plan."""
    packed = connection.scalar(select(ActionRow.problem).where(ActionRow.id == action_id))
    return None if not packed else _problem(packed)


@lru_cache(maxsize=_KEPT)
def _plan(packed: bytes) -> Plan:
    return plan_from_json(_unpacked(packed), trusted=True)


@lru_cache(maxsize=_KEPT)
def _problem(packed: bytes) -> Problem:
    return problem_from_json(_unpacked(packed), trusted=True)


def claims_of(connection: Connection, action_id: ActionId) -> frozenset[str]:
    """Return the address claims whose places an action's problem holds."""
    return frozenset(option["claim"] for option in _options(connection, action_id))


def visits_of(connection: Connection, action_id: ActionId) -> frozenset[str]:
    """Return the visits that an action's problem chose from."""
    return frozenset(option["id"] for option in _options(connection, action_id))


def visits_to(
    connection: Connection, action_id: ActionId, claims: Collection[str]
) -> frozenset[str]:
    """Return those of :func:`visits_of` that go to some addresses."""
    options = _options(connection, action_id, naming=claims)
    return frozenset(option["id"] for option in options if option["claim"] in claims)


def plan_naming(connection: Connection, action_id: ActionId, refs: Collection[str]) -> Plan | None:
    """Return an action's plan where it names one of some visits or steps."""
    packed = connection.scalar(select(ActionRow.plan).where(ActionRow.id == action_id))
    return _plan(packed) if packed and _names(zlib.decompress(packed), refs) else None


def _options(
    connection: Connection, action_id: ActionId, *, naming: Collection[str] | None = None
) -> Sequence[Mapping[str, Any]]:
    """Return the options of an action's problem; none where none of some texts stands in it."""
    packed = connection.scalar(select(ActionRow.problem).where(ActionRow.id == action_id))
    text = zlib.decompress(packed) if packed else b""
    if not text or (naming is not None and not _names(text, naming)):
        return ()
    options: Sequence[Mapping[str, Any]] = json.loads(text)["options"]
    return options


def _names(text: bytes, names: Iterable[str]) -> bool:
    """Whether one of some texts stands in a form as it is kept; to read the form takes longer."""
    return any(_text(name).encode() in text for name in names)


def _packed(form: Mapping[str, Any]) -> bytes:
    return zlib.compress(_text(form).encode(), level=1)


def _text(form: object) -> str:
    return json.dumps(form, ensure_ascii=False, separators=(",", ":"))


def _unpacked(packed: bytes) -> object:
    form: object = json.loads(zlib.decompress(packed))
    return form
