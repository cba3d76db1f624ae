"""Put rows into a table: new ones are added, changed ones replaced, the same ones left alone.

Each row carries ``content_hash``, a keyed hash of its plain values, so that a row is compared
without decrypting anything.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from data.model import PutCounts
from data.schema import Base
from data.work import Work

__all__ = ["held_keys", "parts_of", "put_rows", "replace_children", "table_of"]

_ASKED_AT_ONCE = 5_000
_Key = TypeVar("_Key")


def table_of(row_class: type[Base]) -> Table:
    """Return the table behind a row class."""
    table = row_class.__table__
    assert isinstance(table, Table)
    return table


def parts_of(keys: Iterable[_Key]) -> Iterator[tuple[_Key, ...]]:
    """Yield keys in parts, each so small that a question may name all of its keys."""
    left = iter(keys)
    while part := tuple(islice(left, _ASKED_AT_ONCE)):
        yield part


def held_keys(connection: Connection, column: Any, keys: Iterable[_Key]) -> set[_Key]:
    """Return those of these keys that a column has."""
    return {
        key
        for part in parts_of(keys)
        for key in connection.scalars(select(column).where(column.in_(part)))
    }


def put_rows(
    work: Work,
    row_class: type[Base],
    rows: Sequence[Mapping[str, Any]],
    *,
    children: Mapping[Any, Sequence[Mapping[str, Any]]] | None = None,
    derived: Mapping[Any, Mapping[str, Any]] | None = None,
) -> PutCounts:
    """Add or replace rows by their primary key, of one column.

    Parameters
    ----------
    rows
        Plain values without ``content_hash``, all of the same columns; a column that they leave
        out stays as it is. A later row of the same key wins.
    children
        Rows of a second table by key; they count as content of their parent.
    derived
        More columns by key, which follow from the others and so are no content of their own.

    Returns
    -------
    PutCounts
        What became of the rows, with the keys of those that were written.
    """
    table = table_of(row_class)
    (key,) = table.primary_key.columns
    asked = select(key, table.c.content_hash)
    held: dict[Any, str] = {
        row[0]: row[1]
        for part in parts_of({row[key.name] for row in rows})
        for row in work.connection.execute(asked.where(key.in_(part)))
    }
    added: dict[Any, dict[str, Any]] = {}
    changed: dict[Any, dict[str, Any]] = {}
    unchanged: set[Any] = set()
    for row in rows:
        row_key = row[key.name]
        own_children = (children or {}).get(row_key, ())
        digest = work.cipher.keyed_hash(
            *(_plain(value) for value in row.values()),
            *(_plain(value) for child in own_children for value in child.values()),
        )
        full = {**row, "content_hash": digest}
        if derived is not None:
            full |= derived[row_key]
        if row_key not in held:
            added[row_key] = full
        elif held[row_key] != digest:
            changed[row_key] = full
            unchanged.discard(row_key)
        elif row_key in changed:
            del changed[row_key]
            unchanged.add(row_key)
        else:
            unchanged.add(row_key)
    if added:
        add_rows(work.connection, table, list(added.values()))
    if changed:
        given = next(iter(changed.values()))
        columns = [c.name for c in table.columns if c is not key and c.name in given]
        statement = (
            update(table)
            .where(key == bindparam("row_key"))
            .values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in columns})
        )
        work.connection.execute(
            statement,
            [
                {"row_key": row_key, **{f"new_{name}": row[name] for name in columns}}
                for row_key, row in changed.items()
            ],
        )
    written = frozenset(added) | frozenset(changed)
    return PutCounts(len(added), len(changed), len(unchanged), written)


def add_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add many rows of the same columns; what a column's type does is done column by column."""
    names = tuple(rows[0])
    columns = []
    for name in names:
        to_stored = table.c[name].type.bind_processor(connection.dialect)
        values = [row[name] for row in rows]
        columns.append(values if to_stored is None else list(map(to_stored, values)))
    write = connection.dialect.identifier_preparer.quote
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    connection.exec_driver_sql(
        f"INSERT INTO {write(table.name)} ({', '.join(map(write, names))}) "  # noqa: S608
        f"VALUES ({', '.join(mark for _ in names)})",
        list(zip(*columns, strict=True)),
    )


def replace_children(
    work: Work,
    row_class: type[Base],
    parent: str,
    parent_keys: Iterable[Hashable],
    children: Mapping[Any, Sequence[Mapping[str, Any]]],
) -> None:
    """Replace the child rows of these parents; ``parent`` names the referring column."""
    table = table_of(row_class)
    keys = list(parent_keys)
    if keys:
        work.connection.execute(
            table.delete().where(table.c[parent] == bindparam("parent_key")),
            [{"parent_key": key} for key in keys],
        )
    rows = [dict(child) for key in keys for child in children.get(key, ())]
    if rows:
        work.connection.execute(insert(table), rows)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if type(value) is str:
        return f"={value}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return f"{type(value).__name__ if isinstance(value, bool) else ''}={value}"
