"""Shares and support requests: what a partner may see, and what it is asked and answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from data.crypto import new_id
from data.errors import StoreError
from data.model import Share, SupportKind, SupportRequest, SupportState
from data.schema import ActionRow, ShareRow, StationRow, SupportRequestRow
from data.upsert import table_of
from data.work import Database, Work
from routes.model import ActionId, Finding
from routes.rules import check_share
from routes.rules.data_facts import SharedField, ShareFacts

__all__ = [
    "NEXT_STATES",
    "STATION_FIELDS",
    "Shares",
    "SupportRequests",
    "end_shares",
    "share_findings",
]

_S = SupportState

NEXT_STATES: dict[SupportState, frozenset[SupportState]] = {
    _S.DRAFT: frozenset({_S.SENT, _S.WITHDRAWN}),
    _S.SENT: frozenset(
        {_S.CONFIRMED, _S.DECLINED, _S.OTHER_TIME_PROPOSED, _S.WITHDRAWN, _S.EXPIRED}
    ),
    _S.OTHER_TIME_PROPOSED: frozenset({_S.CONFIRMED, _S.DECLINED, _S.WITHDRAWN, _S.EXPIRED}),
    _S.CONFIRMED: frozenset({_S.DECLINED, _S.WITHDRAWN}),
    _S.DECLINED: frozenset(),
    _S.WITHDRAWN: frozenset(),
    _S.EXPIRED: frozenset(),
}
"""States that may follow a state; a declined, withdrawn or expired request stays so."""


STATION_FIELDS: frozenset[SharedField] = frozenset(
    {
        SharedField.PLACE,
        SharedField.TIME,
        SharedField.HAZARD,
        SharedField.ESCORT,
        SharedField.ANSWER,
    }
)
"""What the page of a station is built from."""


def share_findings(
    share: Share, *, at: datetime, needs_login: bool = True, watermark: str = "-"
) -> tuple[Finding, ...]:
    """Return what the rules say of a share at a moment.

    Parameters
    ----------
    needs_login, watermark
        Of the page that opens it; a share that is only made has no page yet.
    """
    return check_share(
        ShareFacts(
            share.id,
            at,
            share.action_id,
            share.expires_at,
            needs_login=needs_login,
            watermarked=bool(watermark.strip()),
            shows=STATION_FIELDS,
        )
    )


class Shares:
    """Which station may see its part of which action, and until when."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, action_id: ActionId, station_id: str, expires_at: datetime, by: str) -> Share:
        """Give a station leave to see its part of an action.

        Raises
        ------
        StoreError
            If the action or station is not stored, or a rule forbids the share (LAW.md P6),
            such as one whose end is past.
        """
        with self._database.write() as work:
            _check_parties(work, action_id, station_id)
            now = work.clock()
            share = Share(new_id("s"), action_id, station_id, expires_at, now, by)
            forbidden = next(iter(share_findings(share, at=now)), None)
            if forbidden is not None:
                raise StoreError(forbidden.message.msgid, **dict(forbidden.message.facts))
            work.connection.execute(
                insert(ShareRow).values(
                    id=share.id,
                    action_id=action_id,
                    station_id=station_id,
                    expires_at=expires_at,
                    created_at=now,
                    created_by=by,
                )
            )
            work.record(
                by,
                "share.create",
                f"share:{share.id}",
                {"action": action_id, "station": station_id},
            )
        return share

    def for_station(self, station_id: str, at: datetime) -> tuple[Share, ...]:
        """Return the shares that a station may use at a moment, the newest first."""
        return tuple(s for s in self._read(ShareRow.station_id == station_id) if s.is_open(at))

    def for_action(self, action_id: ActionId) -> tuple[Share, ...]:
        """Return all shares of an action, the newest first."""
        return self._read(ShareRow.action_id == action_id)

    def revoke(self, share_id: str, by: str) -> Share:
        """End a share now, and what its station was asked for; one that was revoked stays so.

        Raises
        ------
        StoreError
            If the share is not stored.
        """
        with self._database.write() as work:
            found = _shares(work.connection, ShareRow.id == share_id)
            if not found:
                raise StoreError("共享 %(id)s 不在库中", id=share_id)
            _end(work, found, by)
            return _shares(work.connection, ShareRow.id == share_id)[0]

    def ended_for_station(self, station_id: str, at: datetime) -> tuple[Share, ...]:
        """Return the station's shares that were ended before their time, the newest first.

        A share whose end is past, or that the station was given anew, is not among them.
        """
        held = self._read(ShareRow.station_id == station_id)
        open_ = {share.action_id for share in held if share.is_open(at)}
        ended = {
            share.action_id: share
            for share in reversed(held)
            if share.revoked_at is not None and at < share.expires_at
        }
        return tuple(one for action, one in reversed(ended.items()) if action not in open_)

    def _read(self, condition: ColumnElement[bool]) -> tuple[Share, ...]:
        with self._database.read() as connection:
            return _shares(connection, condition)


def end_shares(work: Work, action_id: ActionId, by: str) -> None:
    """End all shares of an action in an open transaction, and what its stations were asked for."""
    _end(work, _shares(work.connection, ShareRow.action_id == action_id), by)


def _shares(connection: Connection, condition: ColumnElement[bool]) -> tuple[Share, ...]:
    query = (
        select(table_of(ShareRow))
        .where(condition)
        .order_by(ShareRow.created_at.desc(), ShareRow.id)
    )
    return tuple(Share(**row._mapping) for row in connection.execute(query))


def _end(work: Work, shares: Iterable[Share], by: str) -> None:
    now = work.clock()
    for share in shares:
        if not share.is_open(now):
            continue
        work.connection.execute(
            update(ShareRow).where(ShareRow.id == share.id).values(revoked_at=now)
        )
        detail = {"action": share.action_id, "station": share.station_id}
        work.record(by, "share.revoke", f"share:{share.id}", detail)
        asked = work.connection.execute(
            select(SupportRequestRow.id, SupportRequestRow.state).where(
                SupportRequestRow.action_id == share.action_id,
                SupportRequestRow.station_id == share.station_id,
                SupportRequestRow.ends_at > now,
            )
        ).all()
        for request_id, state in asked:
            if SupportState.WITHDRAWN in NEXT_STATES[SupportState(state)]:
                values = {"state": SupportState.WITHDRAWN.value, "answered_at": now}
                _settle(work, request_id, {**values, "answered_by": by}, by)


class SupportRequests:
    """What stations are asked for, and their answers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self,
        action_id: ActionId,
        station_id: str,
        kind: SupportKind,
        ref: str,
        starts_at: datetime,
        ends_at: datetime,
        by: str,
        *,
        state: SupportState = SupportState.DRAFT,
    ) -> SupportRequest:
        """Ask a station for support at one stop; ``ref`` is its option or duty id.

        Raises
        ------
        StoreError
            If the action or station is not stored, the times are out of order, or a request
            cannot begin in this state.
        """
        if state not in (SupportState.DRAFT, SupportState.SENT):
            raise StoreError("新的协助请求须为草稿或已发送")
        if starts_at >= ends_at:
            raise StoreError("协助请求的开始时间须早于结束时间")
        with self._database.write() as work:
            _check_parties(work, action_id, station_id)
            made = SupportRequest(
                id=new_id("q"),
                action_id=action_id,
                station_id=station_id,
                kind=kind,
                ref=ref,
                starts_at=starts_at,
                ends_at=ends_at,
                state=state,
                created_at=work.clock(),
                created_by=by,
            )
            work.connection.execute(
                insert(SupportRequestRow).values(
                    id=made.id,
                    action_id=action_id,
                    station_id=station_id,
                    kind=kind.value,
                    ref=ref,
                    starts_at=starts_at,
                    ends_at=ends_at,
                    state=state.value,
                    created_at=made.created_at,
                    created_by=by,
                )
            )
            work.record(
                by,
                "support_request.create",
                f"support_request:{made.id}",
                {"action": action_id, "station": station_id, "state": state.value},
            )
        return made

    def answer(
        self,
        request_id: str,
        state: SupportState,
        by: str,
        *,
        proposed_starts_at: datetime | None = None,
    ) -> SupportRequest:
        """Move a request to its next state; another time carries the time that is proposed.

        Raises
        ------
        StoreError
            If the request is not stored, the state may not follow, or the proposed time is
            missing or out of place.
        """
        if (state is SupportState.OTHER_TIME_PROPOSED) != (proposed_starts_at is not None):
            raise StoreError("另提时间须给出时间，其他答复不带时间")
        with self._database.write() as work:
            row = work.connection.execute(
                select(table_of(SupportRequestRow)).where(SupportRequestRow.id == request_id)
            ).one_or_none()
            if row is None:
                raise StoreError("协助请求 %(id)s 不在库中", id=request_id)
            held = SupportState(row.state)
            if state not in NEXT_STATES[held]:
                raise StoreError(
                    "协助请求 %(id)s 现为 %(held)s，不能改为 %(next)s",
                    id=request_id,
                    held=held.value,
                    next=state.value,
                )
            values = {
                "state": state.value,
                "answered_at": work.clock(),
                "answered_by": by,
                "proposed_starts_at": proposed_starts_at or row.proposed_starts_at,
            }
            _settle(work, request_id, values, by)
            return _request(dict(row._mapping) | values)

    def for_action(self, action_id: ActionId) -> tuple[SupportRequest, ...]:
        """Return an action's requests in the order of their times."""
        return self._read(SupportRequestRow.action_id == action_id)

    def for_station(self, station_id: str) -> tuple[SupportRequest, ...]:
        """Return a station's requests, drafts left out, in the order of their times."""
        return tuple(
            one
            for one in self._read(SupportRequestRow.station_id == station_id)
            if one.state is not SupportState.DRAFT
        )

    def _read(self, condition: ColumnElement[bool]) -> tuple[SupportRequest, ...]:
        query = (
            select(table_of(SupportRequestRow))
            .where(condition)
            .order_by(SupportRequestRow.starts_at, SupportRequestRow.id)
        )
        with self._database.read() as connection:
            return tuple(_request(dict(row._mapping)) for row in connection.execute(query))


def _settle(work: Work, request_id: str, values: Mapping[str, Any], by: str) -> None:
    work.connection.execute(
        update(SupportRequestRow).where(SupportRequestRow.id == request_id).values(**values)
    )
    subject, detail = f"support_request:{request_id}", {"state": values["state"]}
    work.record(by, "support_request.answer", subject, detail)


def _request(values: Mapping[str, Any]) -> SupportRequest:
    return SupportRequest(
        **{
            **values,
            "kind": SupportKind(values["kind"]),
            "state": SupportState(values["state"]),
        }
    )


def _check_parties(work: Work, action_id: ActionId, station_id: str) -> None:
    if work.connection.scalar(select(ActionRow.seq).where(ActionRow.id == action_id)) is None:
        raise StoreError("行动 %(id)s 不在库中", id=action_id)
    if work.connection.scalar(select(StationRow.id).where(StationRow.id == station_id)) is None:
        raise StoreError("派出所 %(id)s 不在库中", id=station_id)
