"""Areas, gazetteer entries and signed calendar days, in and out of tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

import shapely
from sqlalchemy import Connection, delete, insert, select

from data.crypto import FieldCipher
from data.errors import DuplicateError
from data.model import CalendarDay, PutCounts
from data.schema import AreaRow, CalendarDayRow, GazetteerEntryRow
from data.upsert import put_rows, table_of
from data.work import Work
from geo.model import Area, AreaKind, GazetteerEntry, Point

__all__ = [
    "gazetteer_id_of",
    "learn_gazetteer_entries",
    "put_calendar_days",
    "put_gazetteer_entries",
    "read_areas",
    "read_calendar_days",
    "read_gazetteer_entries",
    "replace_areas",
]


def replace_areas(work: Work, areas: Sequence[Area]) -> PutCounts:
    """Put these areas in the place of all that are stored.

    Raises
    ------
    DuplicateError
        If two areas of a kind have the same code.
    """
    seen: set[tuple[AreaKind, str]] = set()
    for area in areas:
        if (area.kind, area.code) in seen:
            raise DuplicateError("区域代码 %(code)s 重复，未保存", code=area.code)
        seen.add((area.kind, area.code))
    held = {
        (row.kind, row.code): (row.name, row.parent_code, row.wkb, row.position)
        for row in work.connection.execute(select(table_of(AreaRow)))
    }
    rows = {
        (area.kind.value, area.code): (
            area.name,
            area.parent_code,
            shapely.to_wkb(area.geometry),
            position,
        )
        for position, area in enumerate(areas)
    }
    same = {key for key, row in rows.items() if held.get(key) == row}
    added = rows.keys() - held.keys()
    if held != rows:
        work.connection.execute(delete(AreaRow))
        if rows:
            names = ("name", "parent_code", "wkb", "position")
            work.connection.execute(
                insert(AreaRow),
                [
                    {"kind": kind, "code": code, **dict(zip(names, row, strict=True))}
                    for (kind, code), row in rows.items()
                ],
            )
    return PutCounts(len(added), len(rows) - len(added) - len(same), len(same))


def read_areas(connection: Connection) -> tuple[Area, ...]:
    """Return the areas in the order in which they were given."""
    query = select(table_of(AreaRow)).order_by(AreaRow.position)
    return tuple(
        Area(row.code, row.name, AreaKind(row.kind), shapely.from_wkb(row.wkb), row.parent_code)
        for row in connection.execute(query)
    )


def gazetteer_id_of(cipher: FieldCipher, entry: GazetteerEntry) -> str:
    """Return the identifier of a place name: its name, kind and larger units."""
    units = (entry.township, entry.village, entry.road, entry.number)
    return cipher.stable_id("g", entry.name, str(entry.kind), *units)


def put_gazetteer_entries(work: Work, entries: Iterable[GazetteerEntry]) -> PutCounts:
    """Add or replace place names; name, kind and the larger units identify one."""
    rows = [
        {
            "id": gazetteer_id_of(work.cipher, entry),
            "name": entry.name,
            "kind": str(entry.kind),
            "lon": float(entry.point.lon),
            "lat": float(entry.point.lat),
            "aliases": json.dumps(list(entry.aliases), ensure_ascii=False),
            "township": entry.township,
            "village": entry.village,
            "road": entry.road,
            "number": entry.number,
        }
        for entry in entries
    ]
    return put_rows(work, GazetteerEntryRow, rows)


def learn_gazetteer_entries(work: Work, entries: Iterable[GazetteerEntry]) -> PutCounts:
    """Add place names that confirmed places taught; aliases known before are kept.

    A newer position of the same name replaces the older one.
    """
    held = {
        gazetteer_id_of(work.cipher, one): one for one in read_gazetteer_entries(work.connection)
    }
    merged = []
    for entry in entries:
        before = held.get(gazetteer_id_of(work.cipher, entry))
        aliases = (*(before.aliases if before else ()), *entry.aliases)
        merged.append(replace(entry, aliases=tuple(dict.fromkeys(aliases))))
    return put_gazetteer_entries(work, merged)


def read_gazetteer_entries(connection: Connection) -> tuple[GazetteerEntry, ...]:
    """Return the place names in the order of their identifiers."""
    query = select(table_of(GazetteerEntryRow)).order_by(GazetteerEntryRow.id)
    return tuple(
        GazetteerEntry(
            name=row.name,
            kind=row.kind,
            point=Point(row.lon, row.lat),
            aliases=tuple(json.loads(row.aliases)),
            township=row.township,
            village=row.village,
            road=row.road,
            number=row.number,
        )
        for row in connection.execute(query)
    )


def put_calendar_days(work: Work, days: Iterable[CalendarDay]) -> PutCounts:
    """Add or replace days that a signed notice sets."""
    rows = [
        {
            "day": one.day,
            "kind": one.kind,
            "name": one.name,
            "signed_by": one.signed_by,
            "signed_on": one.signed_on,
        }
        for one in days
    ]
    return put_rows(work, CalendarDayRow, rows)


def read_calendar_days(connection: Connection) -> tuple[CalendarDay, ...]:
    """Return the signed days in order."""
    table = table_of(CalendarDayRow)
    columns = (table.c.day, table.c.kind, table.c.name, table.c.signed_by, table.c.signed_on)
    query = select(*columns).order_by(table.c.day)
    return tuple(CalendarDay(*row) for row in connection.execute(query))
