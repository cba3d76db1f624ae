"""What waits until many rows are put: entries of indexes, and the parts of names.

An index that is made once of all its rows takes a fraction of the time of as many entries that
are put one by one, each at its own place. All of it is done in the transaction of the rows: as long
as they are not kept, the indexes are as they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, func, select, text

from data.name_search import LaterNames
from data.schema import AddressClaimRow, DebtorRow, EnforcementCaseRow
from data.upsert import table_of
from data.work import Work

__all__ = ["many_rows"]

_TABLES = tuple(map(table_of, (EnforcementCaseRow, DebtorRow, AddressClaimRow)))


@contextmanager
def many_rows(work: Work, cases: int) -> Iterator[LaterNames]:
    """Yield what gathers the parts of names while so many cases may be put; keep them at the end.

    Where SQLite holds at most half as many cases as may come, indexes of cases, debtors and claims
    are made anew after them, but for those by which their rows are found by what they belong to.
    In PostgreSQL that would keep readers waiting.
    """
    connection = work.connection
    put_off = _taken_away(connection) if _is_worth_it(connection, cases) else ()
    names = LaterNames()
    yield names
    for statement in put_off:
        connection.exec_driver_sql(statement)
    names.keep(work)


def _is_worth_it(connection: Connection, cases: int) -> bool:
    if connection.dialect.name != "sqlite":
        return False
    held = connection.scalar(select(func.count()).select_from(_TABLES[0]))
    return held is not None and 2 * held <= cases


def _taken_away(connection: Connection) -> tuple[str, ...]:
    """Drop indexes, and return the statements by which the database made them."""
    names = [
        index.name
        for table in _TABLES
        for index in table.indexes
        if not next(iter(index.columns)).foreign_keys
    ]
    made = text("SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = :name")
    statements = [connection.scalar(made, {"name": name}) for name in sorted(map(str, names))]
    for name in names:
        connection.exec_driver_sql(f"DROP INDEX {name}")
    return tuple(statements)
