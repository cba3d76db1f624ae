"""Steps of enforcement and the property that they take, as they are kept.

Each change is a row of its own and none is ever changed or deleted: the last revision holds, the
earlier ones can be read. What a step is about is encrypted; its kind, state, time and team are
not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, Table, func, insert, select

from data.crypto import new_id
from data.errors import StoreError
from data.frozen_json import from_json, to_json
from data.namesake_decisions import rulings
from data.schema import (
    AddressClaimRow,
    DebtorRow,
    EnforcementCaseRow,
    StationRow,
    StepItemRow,
    StepRow,
)
from data.upsert import parts_of, table_of
from data.work import Database, Work
from routes.items import Item
from routes.measures import Beginning, Measure, StepId
from routes.model import CaseId, CaseStatus, ClaimId, TeamId

__all__ = ["KeptItem", "KeptStep", "Measures", "StepState", "claims_in_use"]


class StepState(StrEnum):
    """Where a step stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


_NEXT = {
    StepState.DRAFT: set(StepState),  # one that was begun without being scheduled is closed too
    StepState.SCHEDULED: set(StepState),
    StepState.CLOSED: {StepState.SCHEDULED, StepState.DRAFT},  # taken up again to be corrected
    StepState.WITHDRAWN: set[StepState](),
}


@dataclass(frozen=True, slots=True)
class KeptStep:
    """One revision of a step.

    Parameters
    ----------
    revision
        Counts from one; the highest holds.
    starts_at, team_id
        When and by whom it is to be taken; None before it is scheduled.
    reason
        Why it was changed; blank where nobody had to say. Free text, kept encrypted.
    made_by
        Account id of who made this revision.
    """

    step: Measure
    made_at: datetime
    made_by: str
    state: StepState = StepState.DRAFT
    revision: int = 1
    starts_at: datetime | None = None
    team_id: TeamId | None = None
    reason: str = ""

    @property
    def open(self) -> bool:
        """Whether it is still to be taken or to be closed."""
        return self.state in (StepState.DRAFT, StepState.SCHEDULED)


@dataclass(frozen=True, slots=True)
class KeptItem:
    """One revision of a piece of property of a step.

    Parameters
    ----------
    description
        What it is, in words. Free text, kept encrypted.
    """

    item: Item
    step_id: StepId
    description: str
    made_at: datetime
    made_by: str
    revision: int = 1
    withdrawn: bool = False
    reason: str = ""


class Measures:
    """Steps of cases with their property, each with all its revisions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, step: Measure, *, by: str) -> KeptStep:
        """Keep a new step as a draft; its id is given here, whatever it was.

        Raises
        ------
        StoreError
            If debtor, case and address do not belong together, or a person is to be handed over
            at a place that is no station on record.
        """
        with self._database.write() as work:
            made = KeptStep(replace(step, id=StepId(new_id("m"))), work.clock(), by)
            _write_step(work, made)
            work.record(by, "step.add", f"step:{made.step.id}", _about(made))
        return made

    def revise(
        self, changed: KeptStep, *, act: str, by: str, detail: Mapping[str, Any] | None = None
    ) -> KeptStep:
        """Keep the next revision of a step.

        Parameters
        ----------
        changed
            The revision that was seen, with what is to be different.
        act
            For the audit, such as ``step.schedule``.
        detail
            For the audit, beside case, kind, state and revision: ids and counts.

        Raises
        ------
        StoreError
            If somebody else changed it since, it may not go into that state, a withdrawal or a
            closed step taken up again has no reason, one that has begun is to be elsewhere or
            loses what was noted then, or the step is not stored.
        """
        with self._database.write() as work:
            held = _step(work.connection.execute(_last_steps(id=changed.step.id)).one_or_none())
            if held is None:
                raise StoreError("步骤 %(id)s 不在库中；请刷新页面后核对", id=changed.step.id)
            if held.revision != changed.revision:
                raise StoreError(
                    "步骤 %(id)s 已被他人修改，本次未保存；请刷新页面后重做", id=changed.step.id
                )
            _refuse_state(held, changed)
            made = replace(changed, revision=held.revision + 1, made_at=work.clock(), made_by=by)
            _write_step(work, made)
            work.record(by, act, f"step:{made.step.id}", {**_about(made), **(detail or {})})
        return made

    def step(self, step_id: StepId) -> KeptStep | None:
        """Return the revision that holds, or None where there is no such step."""
        with self._database.read() as connection:
            return _step(connection.execute(_last_steps(id=step_id)).one_or_none())

    def steps(self, *case_ids: CaseId) -> tuple[KeptStep, ...]:
        """Return the steps of cases, or all, the last changed last; withdrawn ones included."""
        with self._database.read() as connection:
            rows = connection.execute(_last_steps(case_ids=case_ids)).all()
        return tuple(one for one in map(_step, rows) if one is not None)

    def cases_of(self, step_ids: Iterable[StepId]) -> frozenset[CaseId]:
        """Return the cases of steps, as far as they are stored."""
        table = table_of(StepRow)
        with self._database.read() as connection:
            return frozenset(
                CaseId(found)
                for part in parts_of(sorted(set(step_ids)))
                for found in connection.scalars(select(table.c.case_id).where(table.c.id.in_(part)))
            )

    def history(self, step_id: StepId) -> tuple[KeptStep, ...]:
        """Return all revisions of a step, the first made first."""
        table = table_of(StepRow)
        query = select(table).where(table.c.id == step_id).order_by(table.c.seq)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return tuple(one for one in map(_step, rows) if one is not None)

    def add_item(self, step_id: StepId, item: Item, description: str, *, by: str) -> KeptItem:
        """Keep a piece of property of an open step; its id is given here, whatever it was.

        Raises
        ------
        StoreError
            If the step is not stored or no longer open, or nothing is said of the property.
        """
        with self._database.write() as work:
            given = replace(item, id=new_id("i"))
            made = KeptItem(given, step_id, description.strip(), work.clock(), by)
            if _state_of(work, step_id) is StepState.CLOSED:
                raise StoreError(
                    "步骤 %(id)s 已结束，不能再登记财产；漏登的请重新办理步骤后补登", id=step_id
                )
            _write_item(work, made, "item.add")
        return made

    def revise_item(self, changed: KeptItem, *, by: str, act: str = "item.change") -> KeptItem:
        """Keep the next revision of a piece of property; a withdrawn one stays so.

        Of a closed step only what the law lets change after a seizure is corrected, with a
        reason: renewal (适用民事诉讼法的解释 485), a third party's objection (民事诉讼法 238),
        an appraisal, a sale, and release (查封规定 19, 28). The audit names it ``item.correct``.

        Raises
        ------
        StoreError
            If it is not stored, was withdrawn, somebody else changed it since, or the step is
            closed and something else is to change or no reason is given.
        """
        with self._database.write() as work:
            held = next(iter(_items(work.connection, id=changed.item.id)), None)
            if held is None or held.withdrawn:
                raise StoreError("财产 %(id)s 不在清单中；请刷新页面", id=changed.item.id)
            if held.revision != changed.revision:
                raise StoreError(
                    "财产 %(id)s 已被他人修改，本次未保存；请刷新页面后重做", id=changed.item.id
                )
            if _state_of(work, held.step_id) is StepState.CLOSED:
                _refuse_correction(held, changed)
                act = "item.correct"
            made = replace(changed, revision=held.revision + 1, made_at=work.clock(), made_by=by)
            _write_item(work, made, act)
        return made

    def items(self, *case_ids: CaseId) -> tuple[KeptItem, ...]:
        """Return the property of steps of cases, or of all, as it stands; withdrawn included.

        Each with what a person decided last of whose it is.
        """
        with self._database.read() as connection:
            found, ruled = _items(connection, case_ids=case_ids), rulings(connection, *case_ids)
        return tuple(
            replace(one, item=replace(one.item, ruling=ruled.get(f"item:{one.item.id}")))
            for one in found
        )


def claims_in_use(connection: Connection) -> frozenset[ClaimId]:
    """Return the addresses at which steps of open cases are, or are to be, taken."""
    table, cases = table_of(StepRow), table_of(EnforcementCaseRow)
    open_cases = select(cases.c.id).where(cases.c.status != CaseStatus.ENDED.value)
    query = _last_steps().where(
        table.c.state != StepState.WITHDRAWN.value, table.c.case_id.in_(open_cases)
    )
    claims = (from_json(Measure, row.content).claim_id for row in connection.execute(query))
    return frozenset(one for one in claims if one is not None)


def _about(kept: KeptStep) -> dict[str, Any]:
    return {
        "case": kept.step.case_id,
        "kind": kept.step.kind.value,
        "state": kept.state.value,
        "revision": kept.revision,
    }


def _refuse_state(held: KeptStep, changed: KeptStep) -> None:
    if changed.state not in _NEXT[held.state]:
        raise StoreError("步骤 %(id)s 已结束或已撤回，不能这样修改；请刷新页面", id=held.step.id)
    begun = held.step.under_way
    if changed.state is StepState.WITHDRAWN and changed.step.logged:
        raise StoreError("步骤 %(id)s 已有现场记录，不能撤回；请结束步骤", id=held.step.id)
    if changed.state is StepState.CLOSED and held.state is StepState.DRAFT and not begun:
        raise StoreError("步骤 %(id)s 尚未实施，不能结束", id=held.step.id)
    settled = held.starts_at is not None and held.team_id is not None
    moved = (held.starts_at, held.team_id) != (changed.starts_at, changed.team_id)
    if begun and settled and moved:
        raise StoreError("步骤 %(id)s 已有现场记录，不能改期或更换小组", id=held.step.id)
    claim_id = held.step.claim_id
    if begun and claim_id is not None and claim_id != changed.step.claim_id:
        raise StoreError("步骤 %(id)s 已有现场记录，不能更换实施地点", id=held.step.id)
    if not _keeps_beginning(held.step.beginning, changed.step.beginning):
        raise StoreError("步骤 %(id)s 开始时的核对结果不能去掉；请刷新页面后重做", id=held.step.id)
    explained = changed.state is StepState.WITHDRAWN or held.state is StepState.CLOSED
    if explained and not changed.reason.strip():
        raise StoreError("撤回或重新办理步骤 %(id)s 须写明理由", id=held.step.id)
    if changed.state is StepState.SCHEDULED and (
        changed.starts_at is None or changed.team_id is None
    ):
        raise StoreError("步骤 %(id)s 须有实施时间和小组才能排期", id=held.step.id)


def _keeps_beginning(held: Beginning | None, changed: Beginning | None) -> bool:
    """Whether what was noted when a step began is still there; more may have been joined."""
    if held is None:
        return True
    return (
        changed is not None
        and changed.noted_at == held.noted_at
        and set(held.findings) <= set(changed.findings)
    )


def _write_step(work: Work, kept: KeptStep) -> None:
    step = kept.step
    case_id = work.connection.scalar(
        select(DebtorRow.case_id).where(DebtorRow.id == step.debtor_id)
    )
    claimed = step.claim_id is None or step.debtor_id == work.connection.scalar(
        select(AddressClaimRow.debtor_id).where(AddressClaimRow.id == step.claim_id)
    )
    if case_id != step.case_id or not claimed:
        raise StoreError("被执行人或地址不属于本案，步骤未保存；请刷新页面后重新选择")
    if step.handed_to is not None and not _is_station(work, step.handed_to):
        raise StoreError("移交地点不在派出所名单中，步骤未保存；请从名单中选择")
    work.connection.execute(
        insert(StepRow).values(
            id=step.id,
            revision=kept.revision,
            case_id=step.case_id,
            kind=step.kind.value,
            state=kept.state.value,
            starts_at=kept.starts_at,
            team_id=kept.team_id,
            content=to_json(step),
            reason=kept.reason,
            made_at=kept.made_at,
            made_by=kept.made_by,
        )
    )


def _is_station(work: Work, station_id: str) -> bool:
    """Return whether a person may be handed over there: a station or detention house on record."""
    query = select(StationRow.id).where(StationRow.id == station_id)
    return work.connection.scalar(query) is not None


_CHANGES_LATER = (
    "documents",
    "value_yuan",
    "to_be_sold",
    "third_party_claim",
    "seized_on",
    "expires_on",
    "ruling",
)
"""Of a piece of property, what may change after its seizure is on record."""


def _state_of(work: Work, step_id: StepId) -> StepState | None:
    of = _step(work.connection.execute(_last_steps(id=step_id)).one_or_none())
    return None if of is None else of.state


def _refuse_correction(held: KeptItem, changed: KeptItem) -> None:
    if not changed.reason.strip():
        raise StoreError("步骤 %(id)s 已结束，更正财产须写明理由", id=held.step_id)
    later = {name: getattr(changed.item, name) for name in _CHANGES_LATER}
    if replace(held.item, **later) != changed.item or held.description != changed.description:
        raise StoreError(
            "步骤 %(id)s 已结束，只能更正查封以后变化的情况（续封、异议、估值、处置和文书）；"
            "清单有误的请重新办理步骤",
            id=held.step_id,
        )


def _write_item(work: Work, kept: KeptItem, act: str) -> None:
    of = _step(work.connection.execute(_last_steps(id=kept.step_id)).one_or_none())
    if of is None or not (of.open or of.state is StepState.CLOSED):
        raise StoreError("步骤 %(id)s 不在库中或已撤回，财产未保存", id=kept.step_id)
    if not kept.description:
        raise StoreError("请写明财产名称、数量和特征")
    work.connection.execute(
        insert(StepItemRow).values(
            id=kept.item.id,
            revision=kept.revision,
            step_id=kept.step_id,
            case_id=of.step.case_id,
            withdrawn=kept.withdrawn,
            content=to_json(replace(kept.item, ruling=None, described="")),
            description=kept.description,
            reason=kept.reason,
            made_at=kept.made_at,
            made_by=kept.made_by,
        )
    )
    detail = {
        "case": of.step.case_id,
        "step": kept.step_id,
        "revision": kept.revision,
        "withdrawn": kept.withdrawn,
    }
    work.record(kept.made_by, act, f"item:{kept.item.id}", detail)


def _last_steps(*, id: str | None = None, case_ids: Sequence[str] = ()) -> Select[Any]:  # noqa: A002
    return _last(table_of(StepRow), id, case_ids)


def _last(table: Table, id: str | None, case_ids: Sequence[str]) -> Select[Any]:  # noqa: A002
    newest = select(func.max(table.c.seq)).group_by(table.c.id)
    if id is not None:
        newest = newest.where(table.c.id == id)
    if case_ids:
        newest = newest.where(table.c.case_id.in_(case_ids))
    return select(table).where(table.c.seq.in_(newest)).order_by(table.c.seq)


def _step(row: Any) -> KeptStep | None:
    if row is None:
        return None
    return KeptStep(
        from_json(Measure, row.content),
        row.made_at,
        row.made_by,
        StepState(row.state),
        row.revision,
        row.starts_at,
        None if row.team_id is None else TeamId(row.team_id),
        row.reason,
    )


def _items(
    connection: Connection,
    *,
    id: str | None = None,  # noqa: A002 (the column's name)
    case_ids: Sequence[str] = (),
) -> tuple[KeptItem, ...]:
    return tuple(
        KeptItem(
            from_json(Item, row.content),
            StepId(row.step_id),
            row.description,
            row.made_at,
            row.made_by,
            row.revision,
            row.withdrawn,
            row.reason,
        )
        for row in connection.execute(_last(table_of(StepItemRow), id, case_ids))
    )
