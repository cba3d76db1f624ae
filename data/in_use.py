"""Numbers that somebody put in use: one at a time in a table, and who ended the one before.

The table has the columns ``fingerprint``, ``basis``, ``applied_at``, ``applied_by``, ``ended_at``
and ``ended_by``, beside what is kept of the numbers themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from data.schema import Base
from data.upsert import table_of
from data.work import Work

__all__ = ["put_in_use", "row_in_use", "take_out_of_use"]


def row_in_use(connection: Connection, kind: type[Base]) -> Row[Any] | None:
    """Return the row that nobody ended, if there is one."""
    table = table_of(kind)
    return connection.execute(select(table).where(table.c.ended_at.is_(None))).one_or_none()


def put_in_use(
    work: Work,
    kind: type[Base],
    values: Mapping[str, Any],
    *,
    fingerprint: str,
    basis: str,
    by: str,
) -> bool:
    """Put numbers in use in the place of those before; False where these very ones were."""
    held = row_in_use(work.connection, kind)
    if held is not None and (held.fingerprint, held.basis) == (fingerprint, basis):
        return False
    _end(work, kind, by)
    work.connection.execute(
        insert(table_of(kind)).values(
            fingerprint=fingerprint,
            basis=basis,
            applied_at=work.clock(),
            applied_by=by,
            **values,
        )
    )
    return True


def take_out_of_use(work: Work, kind: type[Base], *, by: str) -> str | None:
    """End what is in use, and return its fingerprint; None where nothing was."""
    held = row_in_use(work.connection, kind)
    if held is None:
        return None
    _end(work, kind, by)
    return str(held.fingerprint)


def _end(work: Work, kind: type[Base], by: str) -> None:
    table = table_of(kind)
    work.connection.execute(
        update(table).where(table.c.ended_at.is_(None)).values(ended_at=work.clock(), ended_by=by)
    )
