"""Put rows into a table: new ones are added, changed ones replaced, the same ones left alone.

Each row carries ``content_hash``, a keyed hash of its plain values, so that a row is compared
without decrypting anything.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table, bindparam, insert, select, update

from data.model import PutCounts
from data.schema import Base
from data.work import Work

__all__ = ["put_rows", "replace_children", "table_of"]


def table_of(row_class: type[Base]) -> Table:
    """Return the table behind a row class."""
    table = row_class.__table__
    assert isinstance(table, Table)
    return table


def put_rows(
    work: Work,
    row_class: type[Base],
    rows: Sequence[Mapping[str, Any]],
    *,
    children: Mapping[Any, Sequence[Mapping[str, Any]]] | None = None,
) -> PutCounts:
    """Add or replace rows by their primary key, of one column.

    Parameters
    ----------
    rows
        Plain values without ``content_hash``, all of the same columns; a column that they leave
        out stays as it is. A later row of the same key wins.
    children
        Rows of a second table by key; they count as content of their parent.

    Returns
    -------
    PutCounts
        What became of the rows, with the keys of those that were written.
    """
    table = table_of(row_class)
    (key,) = table.primary_key.columns
    held: dict[Any, str] = {
        row[0]: row[1] for row in work.connection.execute(select(key, table.c.content_hash))
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
        work.connection.execute(insert(table), list(added.values()))
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
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return f"{type(value).__name__ if isinstance(value, bool) else ''}={value}"
