"""Plans that were made anew from others: what they stand for, and the way back."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, insert, select, update

from data import plans
from data.errors import StaleError, StoreError
from data.schema import ReplanRow
from data.sharing import carry_requests
from data.upsert import table_of
from data.work import Database
from routes.model import ActionId
from routes.planning.disturbance_forms import disturbances_from_json, disturbances_to_json
from routes.planning.disturbances import Disturbance
from routes.planning.problem import Plan, Problem

__all__ = ["Replan", "Replans"]


@dataclass(frozen=True, slots=True)
class Replan:
    """How a plan came out of another.

    Parameters
    ----------
    replaces
        The plan before.
    day, at_s
        The hour at which the new one takes over, seconds after midnight in Asia/Shanghai.
    disturbances
        What happened.
    was_released
        Whether the plan before was released then.
    """

    action_id: ActionId
    replaces: ActionId
    day: date
    at_s: int
    disturbances: tuple[Disturbance, ...]
    was_released: bool
    undone_at: datetime | None = None
    undone_by: str | None = None


class Replans:
    """Which plan was made anew from which, after what; undone ones are kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(
        self,
        action_id: ActionId,
        problem: Problem,
        plan: Plan,
        *,
        replaces: ActionId,
        day: date,
        at_s: int,
        disturbances: Sequence[Disturbance],
        kept: Collection[str],
        made_at: datetime,
        by: str,
    ) -> None:
        """Keep a plan that was made anew, as a draft; the one before stays as it is.

        Parameters
        ----------
        kept
            Options and duties whose confirmed support requests hold for the new plan too.

        Raises
        ------
        StoreError
            If the plan before is not stored, was undone, or has been made anew already.
        DuplicateError
            If the action is stored already.
        """
        with self._database.write() as work:
            before = plans.read_action(work.connection, replaces)
            if before is None:
                raise StoreError("行动 %(id)s 不在库中", id=replaces)
            own = _read(work.connection, action_id=replaces)
            if own and own[0].undone_at is not None:
                raise StoreError("计划 %(id)s 已被撤销，请在现行计划上调整", id=replaces)
            _refuse_later(work.connection, replaces)
            plans.save(work, action_id, problem, plan, made_at=made_at, by=by)
            work.connection.execute(
                insert(ReplanRow).values(
                    action_id=action_id,
                    replaces_id=replaces,
                    day=day,
                    at_s=at_s,
                    disturbances=json.dumps(disturbances_to_json(disturbances)),
                    was_released=before.released_at is not None,
                )
            )
            carry_requests(work, replaces, action_id, kept)
            detail = {"replaces": replaces, "disturbances": len(disturbances)}
            work.record(by, "plan.replan", f"action:{action_id}", detail)

    def undo(self, action_id: ActionId, *, kept: Collection[str], by: str) -> ActionId:
        """Let the plan before be the current one again; the one made anew is kept as undone.

        Its release is taken back. The plan before needs a release of its own, where it had lost it.

        Parameters
        ----------
        kept
            Options and duties whose confirmed support requests hold for the plan before too.

        Returns
        -------
        ActionId
            The plan before.

        Raises
        ------
        StoreError
            If the plan was not made anew from another, was undone before, or was itself made
            anew since.
        """
        with self._database.write() as work:
            found = _read(work.connection, action_id=action_id)
            if not found:
                raise StoreError("计划 %(id)s 不是由别的计划调整而来，无从撤销", id=action_id)
            held = found[0]
            if held.undone_at is not None:
                raise StoreError("计划 %(id)s 已经撤销", id=action_id)
            _refuse_later(work.connection, action_id)
            carry_requests(work, action_id, held.replaces, kept)
            action = plans.read_action(work.connection, action_id)
            if action is not None and action.released_at is not None:
                plans.withdraw(work, action_id, by=by, replaced_by=held.replaces)
            work.connection.execute(
                update(ReplanRow)
                .where(ReplanRow.action_id == action_id)
                .values(undone_at=work.clock(), undone_by=by)
            )
            detail = {"current": held.replaces}
            work.record(by, "plan.undo", f"action:{action_id}", detail)
        return held.replaces

    def of(self, action_id: ActionId) -> Replan | None:
        """Return how a plan came out of another; None where it did not."""
        with self._database.read() as connection:
            return next(iter(_read(connection, action_id=action_id)), None)

    def later(self, action_id: ActionId) -> Replan | None:
        """Return the plan that was made anew from this one and is not undone."""
        with self._database.read() as connection:
            return _later(connection, action_id)

    def undone(self) -> frozenset[ActionId]:
        """Return the plans that were undone."""
        query = select(ReplanRow.action_id).where(ReplanRow.undone_at.is_not(None))
        with self._database.read() as connection:
            return frozenset(map(ActionId, connection.scalars(query)))


def _later(connection: Connection, action_id: ActionId) -> Replan | None:
    found = _read(connection, replaces_id=action_id)
    return next((one for one in found if one.undone_at is None), None)


def _refuse_later(connection: Connection, action_id: ActionId) -> None:
    later = _later(connection, action_id)
    if later is not None:
        raise StaleError(
            "计划 %(asked)s 已调整为 %(stored)s；请在其上继续，或先撤销它",
            asked=action_id,
            stored=later.action_id,
        )


def _read(connection: Connection, **of: str) -> list[Replan]:
    query = select(table_of(ReplanRow)).filter_by(**of).order_by(ReplanRow.action_id)
    return [
        Replan(
            ActionId(row.action_id),
            ActionId(row.replaces_id),
            row.day,
            row.at_s,
            disturbances_from_json(json.loads(row.disturbances)),
            row.was_released,
            row.undone_at,
            row.undone_by,
        )
        for row in connection.execute(query)
    ]
