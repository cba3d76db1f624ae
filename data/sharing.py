"""Shares and support requests: what a partner may see, and what it is asked and answers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, insert, select, update

from data.crypto import new_id
from data.errors import StoreError
from data.model import Share
from data.schema import ActionRow, ShareRow, StationRow, SupportRequestRow
from data.upsert import table_of
from data.work import Database, Work
from routes.errors import SupportError
from routes.model import (
    NEXT_STATES,
    ActionId,
    Finding,
    SupportKind,
    SupportRequest,
    SupportState,
)
from routes.rules import check_share
from routes.rules.data_facts import SharedField, ShareFacts

__all__ = [
    "STATION_FIELDS",
    "Shares",
    "SupportRequests",
    "carry_requests",
    "end_shares",
    "share_findings",
]

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

_IS_CHECK = SupportRequestRow.kind == SupportKind.PROPERTY_CHECK.value


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
        asked = _requests(
            work.connection,
            SupportRequestRow.action_id == share.action_id,
            SupportRequestRow.station_id == share.station_id,
            SupportRequestRow.ends_at > now,
        )
        for request in asked:
            if SupportState.WITHDRAWN in NEXT_STATES[request.state_at(now)]:
                _move(work, request, SupportState.WITHDRAWN, by)


def carry_requests(work: Work, source: ActionId, target: ActionId, refs: Collection[str]) -> None:
    """Let confirmed requests of some stops stand for another action too, but for what it has.

    Those for property checks that are not over stand whatever becomes of the stops.
    """
    columns = table_of(SupportRequestRow)
    confirmed = [
        row._mapping
        for row in work.connection.execute(
            select(columns).where(
                SupportRequestRow.action_id.in_((source, target)),
                SupportRequestRow.state == SupportState.CONFIRMED.value,
            )
        )
    ]
    has = {_carried_as(row) for row in confirmed if row["action_id"] == target}
    for row in confirmed:
        if row["kind"] == SupportKind.PROPERTY_CHECK:
            stands = row["ends_at"] > work.clock()
        else:
            stands = row["ref"] in refs
        if row["action_id"] == source and stands and _carried_as(row) not in has:
            values = {**row, "id": new_id("q"), "action_id": target}
            work.connection.execute(insert(SupportRequestRow).values(**values))


def _carried_as(row: RowMapping) -> tuple[str, ...]:
    return row["station_id"], row["kind"], row["ref"]


class SupportRequests:
    """What stations are asked for, and their answers; each as it stands by the clock."""

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
        is_duty: bool = False,
        document: str | None = None,
        expires_at: datetime | None = None,
        state: SupportState = SupportState.DRAFT,
    ) -> SupportRequest:
        """Ask a station for support at a stop or its place: :class:`routes.model.SupportRequest`.

        Parameters
        ----------
        expires_at
            When an answer is too late; None: when the window begins.

        Raises
        ------
        StoreError
            If the action or station is not stored, the request cannot begin in this state, its
            times are out of order, or it is sent without a document or after its term.
        """
        if state not in (SupportState.DRAFT, SupportState.SENT):
            raise StoreError("新的协助请求须为草稿或已发送")
        with self._database.write() as work, _stored():
            _check_parties(work, action_id, station_id)
            now = work.clock()
            made = SupportRequest(
                id=new_id("q"),
                action_id=action_id,
                station_id=station_id,
                kind=kind,
                ref=ref,
                starts_at=starts_at,
                ends_at=ends_at,
                state=SupportState.DRAFT,
                created_at=now,
                created_by=by,
                expires_at=starts_at if expires_at is None else expires_at,
                is_duty=is_duty,
                document=document,
            )
            if state is SupportState.SENT:
                made = made.moved(state, at=now, by=by)
            work.connection.execute(insert(SupportRequestRow).values(**_values(made)))
            work.record(
                by,
                "support_request.create",
                f"support_request:{made.id}",
                {"action": action_id, "station": station_id, "state": state.value},
            )
        return made

    def send(self, request_id: str, by: str, *, document: str = "") -> SupportRequest:
        """Send a draft, on the paper that it names or on another one.

        Raises
        ------
        StoreError
            If the request is not stored or no draft, or it has no document or is past its term.
        """
        with self._database.write() as work, _stored():
            found = _request(work.connection, request_id)
            ready = replace(found, document=document.strip() or found.document)
            sent = ready.moved(SupportState.SENT, at=work.clock(), by=by)
            return _keep(work, sent, by, act="support_request.send")

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
            missing or out of place; see :meth:`routes.model.SupportRequest.moved`.
        """
        with self._database.write() as work, _stored():
            found = _request(work.connection, request_id)
            return _move(work, found, state, by, proposed_starts_at=proposed_starts_at)

    def answer_for_station(
        self,
        request_id: str,
        state: SupportState,
        by: str,
        *,
        proposed_starts_at: datetime | None = None,
    ) -> SupportRequest:
        """Take a station's answer, the first or another one in its place.

        Raises
        ------
        StoreError
            As :meth:`answer`; see :meth:`routes.model.SupportRequest.answered`.
        """
        with self._database.write() as work, _stored():
            found = _request(work.connection, request_id)
            answered = found.answered(
                state, at=work.clock(), by=by, proposed_starts_at=proposed_starts_at
            )
            was = {} if found.state is SupportState.SENT else {"was": found.state.value}
            return _keep(work, answered, by, was)

    def carry(self, source: ActionId, target: ActionId, refs: Collection[str], *, by: str) -> None:
        """Let what stations confirmed of some stops of a plan stand for another that keeps them."""
        with self._database.write() as work:
            carry_requests(work, source, target, refs)
            detail = {"from": source, "stops": len(refs)}
            work.record(by, "support_request.carry", f"action:{target}", detail)

    def for_action(self, action_id: ActionId) -> tuple[SupportRequest, ...]:
        """Return what stations are asked for at the stops of an action, in the order of times."""
        return self._read(SupportRequestRow.action_id == action_id, ~_IS_CHECK)

    def property_checks(self, action_id: ActionId) -> tuple[SupportRequest, ...]:
        """Return what stations are to look at before or after stops, in the order of the times."""
        return self._read(SupportRequestRow.action_id == action_id, _IS_CHECK)

    def for_station(self, station_id: str) -> tuple[SupportRequest, ...]:
        """Return a station's requests, drafts left out, in the order of their times."""
        return tuple(
            one
            for one in self._read(SupportRequestRow.station_id == station_id)
            if one.state is not SupportState.DRAFT
        )

    def _read(self, *conditions: ColumnElement[bool]) -> tuple[SupportRequest, ...]:
        with self._database.read() as connection:
            found = _requests(connection, *conditions)
        now = self._database.clock()
        return tuple(one.as_of(now) for one in found)


@contextmanager
def _stored() -> Iterator[None]:
    """Turn what the value refuses into an error of the store."""
    try:
        yield
    except SupportError as error:
        raise StoreError(error.message.msgid, **dict(error.message.facts)) from error


def _move(
    work: Work,
    request: SupportRequest,
    state: SupportState,
    by: str,
    *,
    proposed_starts_at: datetime | None = None,
) -> SupportRequest:
    moved = request.moved(state, at=work.clock(), by=by, proposed_starts_at=proposed_starts_at)
    return _keep(work, moved, by)


def _keep(
    work: Work,
    moved: SupportRequest,
    by: str,
    also: Mapping[str, str] = MappingProxyType({}),
    *,
    act: str = "support_request.answer",
) -> SupportRequest:
    work.connection.execute(
        update(SupportRequestRow)
        .where(SupportRequestRow.id == moved.id)
        .values(
            state=moved.state.value,
            document=moved.document,
            sent_at=moved.sent_at,
            sent_by=moved.sent_by,
            answered_at=moved.answered_at,
            answered_by=moved.answered_by,
            proposed_starts_at=moved.proposed_starts_at,
        )
    )
    subject, detail = f"support_request:{moved.id}", {"state": moved.state.value, **also}
    work.record(by, act, subject, detail)
    return moved


def _values(request: SupportRequest) -> dict[str, Any]:
    held = {each.name: getattr(request, each.name) for each in fields(request)}
    return held | {"kind": request.kind.value, "state": request.state.value}


def _request(connection: Connection, request_id: str) -> SupportRequest:
    """Return one request as it was written; an error where it is not stored."""
    found = _requests(connection, SupportRequestRow.id == request_id)
    if not found:
        raise StoreError("协助请求 %(id)s 不在库中", id=request_id)
    return found[0]


def _requests(
    connection: Connection, *conditions: ColumnElement[bool]
) -> tuple[SupportRequest, ...]:
    query = (
        select(table_of(SupportRequestRow))
        .where(*conditions)
        .order_by(SupportRequestRow.starts_at, SupportRequestRow.id)
    )
    return tuple(
        SupportRequest(
            **{**row._mapping, "kind": SupportKind(row.kind), "state": SupportState(row.state)}
        )
        for row in connection.execute(query)
    )


def _check_parties(work: Work, action_id: ActionId, station_id: str) -> None:
    if work.connection.scalar(select(ActionRow.seq).where(ActionRow.id == action_id)) is None:
        raise StoreError("行动 %(id)s 不在库中", id=action_id)
    if work.connection.scalar(select(StationRow.id).where(StationRow.id == station_id)) is None:
        raise StoreError("派出所 %(id)s 不在库中", id=station_id)
