"""Put rows into a table: new ones are added, changed ones replaced, the same ones left alone.

Each row carries ``content_hash``, a keyed hash of its plain values, so that a row is compared
without decrypting anything.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect, Table, bindparam, insert, select

from data.crypto import FieldCipher
from data.model import PutCounts
from data.postgres import copy_rows
from data.schema import Base, Secret
from data.work import Work

__all__ = [
    "SealedRows",
    "add_rows",
    "held_keys",
    "parts_of",
    "put_rows",
    "put_sealed",
    "replace_children",
    "seal_rows",
    "table_of",
]

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


@dataclass(frozen=True, slots=True)
class SealedRows:
    """Rows of one table as its driver takes them: by their key, hashed and encrypted.

    They may be made in another process than the one that puts them.

    Parameters
    ----------
    names
        Of the columns, the key first and the hash of the content last.
    """

    table: str
    names: tuple[str, ...]
    rows: Mapping[Any, tuple[Any, ...]]


def seal_rows(
    cipher: FieldCipher,
    dialect: Dialect,
    row_class: type[Base],
    rows: Sequence[Mapping[str, Any]],
    *,
    children: Mapping[Any, Sequence[Mapping[str, Any]]] | None = None,
    derived: Mapping[Any, Mapping[str, Any]] | None = None,
) -> SealedRows:
    """Return rows by their primary key, of one column that stands first; see :func:`put_rows`."""
    table = table_of(row_class)
    last = {next(iter(row.values())): row for row in rows}
    if not last:
        return SealedRows(table.name, (), {})
    names = tuple(next(iter(last.values())))
    given = [[row[name] for row in last.values()] for name in names]
    digests = cipher.keyed_hashes([list(map(_plain, values)) for values in given])
    for at, (key, row) in enumerate(last.items() if children else ()):
        if own := (children or {}).get(key):
            more = (value for child in own for value in child.values())
            digests[at] = cipher.keyed_hash(*map(_plain, row.values()), *map(_plain, more))
    columns = [
        _stored(table, dialect, name, values) for name, values in zip(names, given, strict=True)
    ]
    if derived:
        added = tuple(next(iter(derived.values())))
        names += added
        columns += [
            _stored(table, dialect, name, [derived[key][name] for key in last]) for name in added
        ]
    tuples = zip(*columns, digests, strict=True)
    return SealedRows(table.name, (*names, "content_hash"), dict(zip(last, tuples, strict=True)))


def put_sealed(work: Work, sealed: SealedRows) -> PutCounts:
    """Add or replace rows; those whose hash is as it is held stay as they are."""
    table = Base.metadata.tables[sealed.table]
    (key,) = table.primary_key.columns
    asked = select(key, table.c.content_hash)
    held: dict[Any, str] = {
        row[0]: row[1]
        for part in parts_of(sealed.rows)
        for row in work.connection.execute(asked.where(key.in_(part)))
    }
    added = {one: row for one, row in sealed.rows.items() if one not in held}
    changed = {one: row for one, row in sealed.rows.items() if one in held and held[one] != row[-1]}
    if added:
        _insert(work.connection, table, sealed.names, list(added.values()))
    if changed:
        write, mark = _written(work.connection)
        given = ", ".join(f"{write(name)} = {mark}" for name in sealed.names[1:])
        work.connection.exec_driver_sql(
            f"UPDATE {write(table.name)} SET {given} WHERE {write(key.name)} = {mark}",  # noqa: S608
            [(*row[1:], row[0]) for row in changed.values()],
        )
    unchanged = len(sealed.rows) - len(added) - len(changed)
    return PutCounts(len(added), len(changed), unchanged, frozenset((*added, *changed)))


def put_rows(
    work: Work,
    row_class: type[Base],
    rows: Sequence[Mapping[str, Any]],
    *,
    children: Mapping[Any, Sequence[Mapping[str, Any]]] | None = None,
) -> PutCounts:
    """Add or replace rows by their primary key, of one column that stands first.

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
    dialect = work.connection.dialect
    return put_sealed(work, seal_rows(work.cipher, dialect, row_class, rows, children=children))


def add_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add many rows of the same columns; what a column's type does is done column by column."""
    names = tuple(rows[0])
    columns = [
        _stored(table, connection.dialect, name, [row[name] for row in rows]) for name in names
    ]
    _insert(connection, table, names, list(zip(*columns, strict=True)))


def _stored(table: Table, dialect: Dialect, name: str, values: list[Any]) -> list[Any]:
    """Return a column's values as the driver takes them."""
    kind = table.c[name].type
    if isinstance(kind, Secret):  # as plain bytes, which another process may send
        return kind.stored(values, dialect)
    to_stored = kind.bind_processor(dialect)
    return values if to_stored is None else list(map(to_stored, values))


def _insert(
    connection: Connection, table: Table, names: Sequence[str], rows: list[tuple[Any, ...]]
) -> None:
    write, mark = _written(connection)
    into = f"{write(table.name)} ({', '.join(map(write, names))})"
    if connection.dialect.name == "postgresql":
        copy_rows(connection, into, rows)
        return
    connection.exec_driver_sql(
        f"INSERT INTO {into} VALUES ({', '.join(mark for _ in names)})",  # noqa: S608
        rows,
    )


def _written(connection: Connection) -> tuple[Callable[[str], str], str]:
    """Return how a name is written, and the mark that stands for a value."""
    dialect = connection.dialect
    return dialect.identifier_preparer.quote, "?" if dialect.paramstyle == "qmark" else "%s"


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
    if type(value) is str:
        return f"={value}"
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return f"{type(value).__name__ if isinstance(value, bool) else ''}={value}"
