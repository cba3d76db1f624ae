"""Which column of a foreign table is which of ours: said once, kept by the table's headers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Connection, delete, insert, select

from data.crypto import new_id
from data.errors import StoreError
from data.schema import ColumnMapRow
from data.upsert import table_of
from data.work import Database

__all__ = ["ColumnMap", "ColumnMaps", "read_maps"]

_TABLE = table_of(ColumnMapRow)
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """A named template: the key of a column by header, empty where it is not imported.

    It holds every header of the table, those too that would be known without it.
    """

    id: str
    kind: str
    name: str = field(repr=False)
    columns: Mapping[str, str] = field(repr=False)
    made_at: datetime
    made_by: str


class ColumnMaps:
    """The templates of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, kind: str, name: str, columns: Mapping[str, str], *, by: str) -> ColumnMap:
        """Keep a template, in the place of any for a table with the same headers.

        Raises
        ------
        StoreError
            If it has no name, or a long one.
        """
        name = name.strip()
        if not name or len(name) > _LONGEST_NAME:
            raise StoreError("模板名称须有 1 至 %(most)d 个字符", most=_LONGEST_NAME)
        with self._database.write() as work:
            made = ColumnMap(new_id("cm"), kind, name, dict(columns), work.clock(), by)
            held = [
                one.id
                for one in read_maps(work.connection, kind)
                if one.columns.keys() == columns.keys()
            ]
            work.connection.execute(delete(_TABLE).where(_TABLE.c.id.in_(held)))
            work.connection.execute(
                insert(_TABLE).values(
                    id=made.id,
                    kind=kind,
                    name=name,
                    columns=json.dumps(made.columns, ensure_ascii=False),
                    made_at=made.made_at,
                    made_by=by,
                )
            )
            work.record(by, "columns.put", f"columns:{made.id}", {"kind": kind})
        return made

    def remove(self, map_id: str, *, by: str) -> bool:
        """Delete a template; returns whether it was there."""
        with self._database.write() as work:
            found = work.connection.execute(delete(_TABLE).where(_TABLE.c.id == map_id)).rowcount
            if found:
                work.record(by, "columns.remove", f"columns:{map_id}")
        return bool(found)

    def all(self, kind: str | None = None) -> tuple[ColumnMap, ...]:
        """Return the templates of a kind of table, or all, the newest first."""
        with self._database.read() as connection:
            return read_maps(connection, kind)


def read_maps(connection: Connection, kind: str | None = None) -> tuple[ColumnMap, ...]:
    """Return the templates of a kind of table, or all, the newest first."""
    query = select(_TABLE).order_by(_TABLE.c.made_at.desc(), _TABLE.c.id)
    if kind is not None:
        query = query.where(_TABLE.c.kind == kind)
    return tuple(
        ColumnMap(
            row.id,
            row.kind,
            row.name,
            MappingProxyType(json.loads(row.columns)),
            row.made_at,
            row.made_by,
        )
        for row in connection.execute(query)
    )
