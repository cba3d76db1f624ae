"""Rows of the gazetteer and the calendar, and boundary files with their effect on places."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from sqlalchemy import bindparam, select, update

from data.cases import plain_key
from data.imports.context import Context, Put
from data.imports.rows import Row, locate_rows
from data.imports.values import split_list
from data.model import CalendarDay, PutCounts
from data.place_points import points_of
from data.reference import (
    gazetteer_id_of,
    put_calendar_days,
    put_gazetteer_entries,
    replace_areas,
)
from data.schema import PlaceRow
from data.upsert import table_of
from data.work import Work
from geo.areas import AreaSet
from geo.localtime import local_day
from geo.model import Area, AreaKind, GazetteerEntry
from routes.calendar import DayKind, is_statutory

__all__ = ["check_calendar", "check_gazetteer", "put_areas"]

_CODE_COLUMNS = {
    "township_code": AreaKind.TOWNSHIP,
    "grid_code": AreaKind.GRID,
    "station_id": AreaKind.STATION_TERRITORY,
}


def check_gazetteer(context: Context, rows: Sequence[Row]) -> Put:
    """Check place names that the court adds."""
    points = locate_rows(rows, datum=context.datum, heard=context.positions)
    entries: dict[str, tuple[GazetteerEntry, Row]] = {}
    for row in rows:
        if row.problems or id(row) not in points:
            continue
        entry = GazetteerEntry(
            name=row.values["name"],
            kind=row.values["kind"],
            point=points[id(row)],
            aliases=split_list(row.get("aliases", "")),
            township=row.get("township", ""),
            village=row.get("village", ""),
            road=row.get("road", ""),
            number=row.get("number", ""),
        )
        entry_id = gazetteer_id_of(context.work.cipher, entry)
        if entry_id in entries:
            row.refuse(
                "与第 %(first)d 行是同一地名；请删去其中一行，或写明所属乡镇、村、道路",
                column="name",
                first=entries[entry_id][1].place.row,
            )
            continue
        entries[entry_id] = entry, row
        row.keys.add(entry_id)
    return partial(put_gazetteer_entries, context.work, [e for e, _ in entries.values()])


def check_calendar(context: Context, rows: Sequence[Row]) -> Put:
    """Check days whose kind a signed notice sets.

    No notice makes a statutory holiday anything else, and none is signed after today.
    """
    today = local_day(context.work.clock())
    days: dict[object, tuple[CalendarDay, Row]] = {}
    for row in rows:
        if row.get("signed_by") is not None and not plain_key(row.values["signed_by"]):
            row.refuse("须写明签发人", column="signed_by")
        signed_on = row.get("signed_on")
        if signed_on is not None and signed_on > today:
            row.refuse(
                "晚于今天 %(today)s；请核对签发日期，签发之后再导入",
                column="signed_on",
                today=today.isoformat(),
            )
        on, kind = row.get("day"), row.get("kind")
        if on is not None and kind not in (None, DayKind.HOLIDAY) and is_statutory(on):
            row.refuse(
                "%(day)s 是法定节假日，签发的日历不能改为其他类型；请改为“法定节假日”或删去该行",
                column="kind",
                day=on.isoformat(),
            )
        if row.problems:
            continue
        day = row.values["day"]
        if day in days:
            row.refuse(
                "与第 %(first)d 行是同一天；请只保留一行",
                column="day",
                first=days[day][1].place.row,
            )
            continue
        signed = CalendarDay(
            day=day,
            kind=row.values["kind"],
            name=row.get("name", ""),
            signed_by=row.values["signed_by"],
            signed_on=row.values["signed_on"],
        )
        days[day] = signed, row
        row.keys.add(day)
    return partial(put_calendar_days, context.work, [one for one, _ in days.values()])


def put_areas(work: Work, areas: Sequence[Area]) -> PutCounts:
    """Replace the stored areas, and look up the area codes of the stored places anew."""
    counts = replace_areas(work, areas)
    table = table_of(PlaceRow)
    held = work.connection.execute(select(table)).all()
    if not held:
        return counts
    index = AreaSet(areas)
    points = points_of(work.connection, [row.claim_id for row in held])
    lonlat = np.array([(points[row.claim_id].lon, points[row.claim_id].lat) for row in held])
    codes = {name: index.code_at(lonlat, kind=kind) for name, kind in _CODE_COLUMNS.items()}
    changed = [
        {"held_id": row.claim_id, **{f"new_{name}": codes[name][i] for name in codes}}
        for i, row in enumerate(held)
        if any(getattr(row, name) != codes[name][i] for name in codes)
    ]
    if changed:
        work.connection.execute(
            update(table)
            .where(table.c.claim_id == bindparam("held_id"))
            .values({name: bindparam(f"new_{name}") for name in codes}),
            changed,
        )
    return counts
