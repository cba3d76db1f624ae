"""Guessing is slowed down: so many failures of a name or an address within a window.

Names and addresses are kept as keyed hashes, and no longer than the window.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select

from data.schema import SignInFailureRow
from data.upsert import table_of
from data.work import Database

__all__ = ["SignInFailures"]

_TABLE = table_of(SignInFailureRow)


class SignInFailures:
    """Failures to sign in of late; every process of a court counts together.

    Parameters
    ----------
    limit
        Failures within the window after which a key is locked until the oldest leaves it.
    """

    def __init__(
        self, database: Database, *, limit: int = 8, window: timedelta = timedelta(minutes=10)
    ) -> None:
        self._database = database
        self._limit = limit
        self._window = window

    def locked_until(self, keys: Iterable[str]) -> datetime | None:
        """Return when the last of some keys is open again; None where none is locked."""
        since = self._database.clock() - self._window
        latest: datetime | None = None
        with self._database.read() as connection:
            for digest in self._digests(keys):
                times = _times(connection, digest, since)
                if len(times) >= self._limit:
                    until = times[-self._limit] + self._window
                    latest = until if latest is None else max(latest, until)
        return latest

    def add(self, keys: Iterable[str]) -> None:
        """Count one failure of each key, and forget what is older than the window."""
        now, digests = self._database.clock(), self._digests(keys)
        if not digests:
            return
        with self._database.write() as work:
            work.connection.execute(delete(_TABLE).where(_TABLE.c.at <= now - self._window))
            last = work.connection.scalar(select(func.max(_TABLE.c.seq))) or 0
            rows = [
                {"seq": last + k, "key_hash": digest, "at": now}
                for k, digest in enumerate(digests, 1)
            ]
            work.connection.execute(insert(_TABLE), rows)

    def forget(self, keys: Iterable[str]) -> None:
        """Forget the failures of keys: somebody signed in, or an administrator unlocked them."""
        held = _TABLE.c.key_hash.in_(self._digests(keys))
        with self._database.read() as connection:
            if not connection.scalar(select(func.count()).select_from(_TABLE).where(held)):
                return
        with self._database.write() as work:
            work.connection.execute(delete(_TABLE).where(held))

    def _digests(self, keys: Iterable[str]) -> list[str]:
        return [self._database.cipher.keyed_hash("sign_in", key) for key in keys]


def _times(connection: Connection, digest: str, since: datetime) -> Sequence[datetime]:
    query = (
        select(_TABLE.c.at)
        .where(_TABLE.c.key_hash == digest, _TABLE.c.at > since)
        .order_by(_TABLE.c.at)
    )
    return connection.scalars(query).all()
