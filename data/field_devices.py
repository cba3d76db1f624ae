"""Devices on which officers keep a day's work; a revoked one is told to wipe what it keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, insert, select, update

from data.crypto import new_id
from data.errors import StoreError
from data.schema import FieldDeviceRow
from data.upsert import table_of
from data.work import Database, Work

__all__ = ["FieldDevice", "FieldDevices"]

_TABLE = table_of(FieldDeviceRow)
_LONGEST_NAME = 40
_SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class FieldDevice:
    """A device of an account; ``seen_at`` is when it last asked, to within five minutes.

    Sessions on it that began by ``ended_at`` are over.
    """

    id: str
    account_id: str
    name: str = field(repr=False)
    added_at: datetime
    seen_at: datetime
    revoked_at: datetime | None = None
    ended_at: datetime | None = None


class FieldDevices:
    """The devices of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, account_id: str, name: str) -> FieldDevice:
        """Take a device into the register of its account.

        Raises
        ------
        StoreError
            If it has no name, or a long one.
        """
        name, now = name.strip(), self._database.clock()
        if not name or len(name) > _LONGEST_NAME:
            raise StoreError("设备名称须有 1 至 %(most)d 个字符", most=_LONGEST_NAME)
        made = FieldDevice(new_id("fd"), account_id, name, now, now)
        with self._database.write() as work:
            work.connection.execute(
                insert(_TABLE).values(
                    id=made.id, account_id=account_id, name=name, added_at=now, seen_at=now
                )
            )
            work.record(account_id, "device.add", f"device:{made.id}")
        return made

    def see(self, device_id: str, account_id: str) -> FieldDevice | None:
        """Return an account's device, which is here now; None where it has none of this id.

        A page asks twice a minute; that it did is written down every five minutes.
        """
        found = next(
            iter(self._found(_TABLE.c.id == device_id, _TABLE.c.account_id == account_id)), None
        )
        now = self._database.clock()
        if found is None or found.revoked_at is not None or now - found.seen_at < _SEEN_EVERY:
            return found
        with self._database.write() as work:
            _set(work, device_id, seen_at=now)
        return found

    def get(self, device_id: str) -> FieldDevice | None:
        """Return a device, whosever it is; None where there is none of this id."""
        return next(iter(self._found(_TABLE.c.id == device_id)), None)

    def revoke(self, device_id: str, *, by: str) -> None:
        """Let a device keep nothing any more, unsent outcomes included.

        Raises
        ------
        StoreError
            If there is no such device.
        """
        with self._database.write() as work:
            if _known(work, device_id).revoked_at is None:
                _set(work, device_id, revoked_at=work.clock())
                work.record(by, "device.revoke", f"device:{device_id}")

    def end(self, device_id: str, *, by: str) -> None:
        """End what is open on a device: its packs go, unsent outcomes stay sealed on it.

        Raises
        ------
        StoreError
            If there is no such device.
        """
        with self._database.write() as work:
            _known(work, device_id)
            _set(work, device_id, ended_at=work.clock())
            work.record(by, "device.end", f"device:{device_id}")

    def of(self, account_id: str) -> tuple[FieldDevice, ...]:
        """Return an account's devices, the newest first."""
        return self._found(_TABLE.c.account_id == account_id)

    def all(self) -> tuple[FieldDevice, ...]:
        """Return all devices, the newest first."""
        return self._found()

    def _found(self, *holds: ColumnElement[bool]) -> tuple[FieldDevice, ...]:
        query = select(_TABLE).where(*holds).order_by(_TABLE.c.added_at.desc(), _TABLE.c.id)
        with self._database.read() as connection:
            return tuple(FieldDevice(**row._mapping) for row in connection.execute(query))


def _known(work: Work, device_id: str) -> Row[Any]:
    row = work.connection.execute(select(_TABLE).where(_TABLE.c.id == device_id)).one_or_none()
    if row is None:
        raise StoreError("没有这台设备")
    return row


def _set(work: Work, device_id: str, **values: datetime) -> None:
    work.connection.execute(update(_TABLE).where(_TABLE.c.id == device_id).values(**values))
