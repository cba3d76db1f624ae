"""Put rows into a table: new ones are added, changed ones replaced, the same ones left alone.

Each row carries ``content_hash``, a keyed hash of its plain values, so that a row is compared
without decrypting anything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from types import NoneType
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect, Table, bindparam, insert, select

from data.crypto import FieldCipher, framed
from data.model import PutCounts
from data.postgres import copy_rows
from data.schema import Base, Day, Secret
from data.work import Work

__all__ = [
    "SealedRows",
    "add_rows",
    "each_once",
    "held_keys",
    "held_values",
    "in_columns",
    "parts_of",
    "put_rows",
    "put_sealed",
    "replace_children",
    "seal_rows",
    "table_of",
]

_ASKED_AT_ONCE = 5_000
_LOOKED_AT = 100
_DAYS = 20_000
_WRITTEN_AT = "written_at"
_FLAGS = frozenset((bool, NoneType))
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


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


def held_values(
    connection: Connection, column: Any, value: Any, keys: Iterable[_Key]
) -> dict[_Key, Any]:
    """Return by key what the rows whose column has one of these keys hold of another."""
    query = select(column, value)
    return {
        row[0]: row[1]
        for part in parts_of(keys)
        for row in connection.execute(query.where(column.in_(part)))
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

    def column(self, name: str) -> Iterator[tuple[Any, Any]]:
        """Yield each key with the row's stored value of a column."""
        return zip(self.rows, self.values(name), strict=True)

    def values(self, name: str) -> Iterator[Any]:
        """Yield the stored values of a column."""
        return map(itemgetter(self.names.index(name) if self.rows else 0), self.rows.values())


def in_columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return rows of the same columns column by column."""
    return {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}


def each_once(function: Callable[[Any], _Value], values: Sequence[Any]) -> list[_Value]:
    """Return what a function makes of values, called once for each that recurs.

    Values that are equal must be alike to it.
    """
    made = {value: function(value) for value in set(values)}
    return [made[value] for value in values]


def seal_rows(
    cipher: FieldCipher,
    dialect: Dialect,
    row_class: type[Base],
    columns: Mapping[str, Sequence[Any]],
    *,
    children: Mapping[Any, Sequence[Mapping[str, Any]]] | None = None,
    derived: Mapping[str, Sequence[Any]] | None = None,
) -> SealedRows:
    """Return rows by their primary key, of one column that stands first; see :func:`put_rows`.

    Parameters
    ----------
    columns
        Plain values, column by column.
    derived
        Columns that follow from the others, and so do not count as content.
    """
    table = table_of(row_class)
    keys = next(iter(columns.values()), ())
    if not keys:
        return SealedRows(table.name, (), {})
    given, added = dict(columns), dict(derived or {})
    last = {key: at for at, key in enumerate(keys)}
    if len(last) < len(keys):
        for some in (given, added):
            some |= {name: [values[at] for at in last.values()] for name, values in some.items()}
    digests = cipher.hashes_of_framed(list(map(_all_framed, given.values())))
    for at, key in enumerate(last if children else ()):
        if own := (children or {}).get(key):
            row = [values[at] for values in given.values()]
            more = (value for child in own for value in child.values())
            digests[at] = cipher.keyed_hash(*map(_plain, row), *map(_plain, more))
    stored = [
        _stored(table, dialect, name, values)
        for some in (given, added)
        for name, values in some.items()
    ]
    tuples = zip(*stored, digests, strict=True)
    names = (*given, *added, "content_hash")
    return SealedRows(table.name, names, dict(zip(last, tuples, strict=True)))


def put_sealed(
    work: Work, sealed: SealedRows, *, unheld: Collection[Any] = frozenset()
) -> PutCounts:
    """Add or replace rows; those whose hash is as it is held stay as they are.

    ``unheld`` are keys that are known not to be held.
    """
    table = Base.metadata.tables[sealed.table]
    (key,) = table.primary_key.columns
    held = held_values(
        work.connection,
        key,
        table.c.content_hash,
        [one for one in sealed.rows if one not in unheld],
    )
    added, changed = sealed.rows, {}
    if held:
        added = {one: row for one, row in sealed.rows.items() if one not in held}
        changed = {
            one: row for one, row in sealed.rows.items() if one in held and held[one] != row[-1]
        }
    names, now = _dated(work, table, sealed.names)
    if added:
        _insert(work.connection, table, names, [(*row, *now) for row in added.values()])
    if changed:
        write, mark = _written(work.connection)
        given = ", ".join(f"{write(name)} = {mark}" for name in names[1:])
        work.connection.exec_driver_sql(
            f"UPDATE {write(table.name)} SET {given} WHERE {write(key.name)} = {mark}",  # noqa: S608
            [(*row[1:], *now, row[0]) for row in changed.values()],
        )
    unchanged = len(sealed.rows) - len(added) - len(changed)
    new = frozenset(added)
    written = new.union(changed) if changed else new
    return PutCounts(len(added), len(changed), unchanged, written, new)


def _dated(
    work: Work, table: Table, names: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Return the columns that are written, and what they hold besides a row's own values.

    A table may keep when its rows are written.
    """
    if _WRITTEN_AT not in table.c:
        return names, ()
    now = _stored(table, work.connection.dialect, _WRITTEN_AT, [work.clock()])
    return (*names, _WRITTEN_AT), tuple(now)


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
    columns = in_columns(rows)
    return put_sealed(work, seal_rows(work.cipher, dialect, row_class, columns, children=children))


def add_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add many rows of the same columns; what a column's type does is done column by column."""
    columns = in_columns(rows)
    stored = [_stored(table, connection.dialect, name, values) for name, values in columns.items()]
    _insert(connection, table, tuple(columns), list(zip(*stored, strict=True)))


def _stored(table: Table, dialect: Dialect, name: str, values: Sequence[Any]) -> Sequence[Any]:
    """Return a column's values as the driver takes them."""
    kind = table.c[name].type
    if isinstance(kind, Secret | Day):  # as plain bytes and texts, which another process may send
        return kind.stored(values, dialect)
    to_stored = kind.bind_processor(dialect)
    if to_stored is None:
        return values
    if set(map(type, values)) <= _FLAGS:
        return each_once(to_stored, values)
    return list(map(to_stored, values))


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


def _all_framed(values: Sequence[Any]) -> list[str]:
    """Return values as they are hashed; one that is sure to recur is looked at once."""
    kinds = set(map(type, values)) - {NoneType}
    if kinds == {date}:
        return list(map(_framed_day, values))
    if kinds == {float}:
        return ["0:" if one is None else framed(f"={one}") for one in values]
    if kinds <= {bool} or (kinds == {str} and len(set(values[:_LOOKED_AT])) < _LOOKED_AT / 2):
        return each_once(_framed, values)
    if kinds == {str}:
        return ["0:" if one is None else f"{len(one) + 1}:={one}" for one in values]
    return list(map(_framed, values))


def _framed(value: Any) -> str:
    if type(value) is str:
        return f"{len(value) + 1}:={value}"
    return framed(_plain(value))


_framed_day = lru_cache(maxsize=_DAYS)(_framed)


def _plain(value: Any) -> str:
    if type(value) is str:
        return f"={value}"
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return f"{type(value).__name__ if isinstance(value, bool) else ''}={value}"
