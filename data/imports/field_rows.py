"""Rows of stations, checkpoints, teams and liaisons into the values of the field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial

from sqlalchemy import select

from data.field import put_checkpoints, put_liaisons, put_stations, put_teams
from data.imports.context import Context, Put
from data.imports.evidence_rows import StoredCases
from data.imports.rows import Row, locate_rows
from data.schema import AreaRow
from data.telephones import plain_telephone
from geo.messages import message
from geo.model import AreaKind, Point
from routes.model import Checkpoint, DutyBasis, Liaison, SecretText, Station, Team, TeamId

__all__ = [
    "check_checkpoints",
    "check_liaisons",
    "check_stations",
    "check_teams",
    "rows_by_id",
]

_BASIS_KEYS = (
    "duty_basis",
    "number",
    "debtor_name",
    "duty_purpose",
    "duty_liaison",
    "duty_ends_on",
)
_MOST_OVERTIME_MIN = 240
_ID = re.compile(r"[\w.\-]{1,40}")


def check_stations(context: Context, rows: Sequence[Row]) -> Put:
    """Check stations; their territories come with the areas of the same codes."""
    points = locate_rows(rows, datum=context.datum, heard=context.positions)
    phones = {id(row): _phone(row) for row in rows}
    for row in rows:
        if row.get("fetched") and row.get("profile"):
            row.refuse("既写明到所接人，又写明出警交通方式；请只填一项", column="profile")
    stations = [
        Station(
            row.values["id"],
            row.values["name"],
            points[id(row)],
            row.get("escort_hours", ()),
            phones[id(row)],
            row.get("fetched", False),
            row.get("profile", ""),
        )
        for row in rows_by_id(rows, points)
    ]
    return partial(put_stations, context.work, stations)


def _phone(row: Row) -> str | None:
    """Return the number of a duty room as it is kept."""
    text = row.get("phone")
    if text is None:
        return None
    found = plain_telephone(text)
    if found is None:
        row.refuse("须为带区号的电话号码，如 0595-00000101；没有的留空", column="phone")
    return found


def check_checkpoints(context: Context, rows: Sequence[Row]) -> Put:
    """Check checkpoints with the weekly hours of their duties and the papers behind them."""
    points = locate_rows(rows, datum=context.datum, heard=context.positions)
    stored = StoredCases(context.work)
    bases: dict[int, DutyBasis] = {}
    for row in rows:
        if (basis := _duty_basis(row, stored)) is not None:
            bases[id(row)] = basis
    good = rows_by_id(rows, points)
    return partial(
        put_checkpoints,
        context.work,
        [
            Checkpoint(row.values["id"], row.values["name"], row.values["kind"], points[id(row)])
            for row in good
        ],
        duty_hours={row.values["id"]: row.get("duty_hours", ()) for row in good},
        duty_basis={row.values["id"]: bases[id(row)] for row in good if id(row) in bases},
    )


def _duty_basis(row: Row, stored: StoredCases) -> DutyBasis | None:
    """Return the paper behind a checkpoint's duties, with the debtor that it names."""
    asked = [key for key in _BASIS_KEYS if row.get(key) is not None]
    if not asked:
        return None
    if row.get("duty_basis") is None:
        row.refuse(
            "为空，却填了“%(filled)s”；请补填依据文号",
            column="duty_basis",
            filled=row.headers[asked[0]],
        )
        return None
    named = [key for key in ("number", "debtor_name") if row.get(key) is not None]
    if len(named) == 1:
        missing = "debtor_name" if named == ["number"] else "number"
        row.refuse("为空；案号和被执行人须同时填写", column=missing)
    return DutyBasis(
        document=row.values["duty_basis"],
        debtor_id=stored.debtor(row),
        purpose=row.get("duty_purpose"),
        liaison=row.get("duty_liaison"),
        ends_on=row.get("duty_ends_on"),
    )


def check_teams(context: Context, rows: Sequence[Row]) -> Put:
    """Check teams with their weekly shifts."""
    points = locate_rows(rows, datum=context.datum, heard=context.positions)
    for row in rows:
        if row.get("officers", 1) < 1:
            row.refuse("须至少一人", column="officers")
        for key in ("recorders", "outsiders"):
            if row.get(key, 0) < 0:
                row.refuse("不能为负数", column=key)
        if not 0 <= row.get("overtime_min", 0) <= _MOST_OVERTIME_MIN:
            row.refuse("须为 0 至 %(most)d 分钟", column="overtime_min", most=_MOST_OVERTIME_MIN)
        if row.get("max_stops", 1) < 1:
            row.refuse("须至少一处；不限的留空", column="max_stops")
    good = rows_by_id(rows, points)
    teams = [
        Team(
            id=TeamId(row.values["id"]),
            name=row.values["name"],
            officers=row.values["officers"],
            skills=frozenset(row.get("skills", ())),
            profile=row.get("profile", "car"),
            base=points[id(row)],
            recorders=row.get("recorders", 1),
            outsiders=row.get("outsiders", 0),
            overtime_min=row.get("overtime_min", 0),
            max_stops=row.get("max_stops"),
        )
        for row in good
    ]
    shifts = {row.values["id"]: row.values["shifts"] for row in good}
    return partial(put_teams, context.work, teams, shifts=shifts)


def check_liaisons(context: Context, rows: Sequence[Row]) -> Put:
    """Check liaison persons; a grid that no boundary file holds is noted."""
    good = rows_by_id(rows)
    grids = set(
        context.work.connection.scalars(
            select(AreaRow.code).where(AreaRow.kind == AreaKind.GRID.value)
        )
    )
    if grids:
        context.notes.extend(
            row.place.problem(
                message("边界数据中没有这个网格；请核对代码，或重新导入边界"),
                row.headers["grid_code"],
            )
            for row in good
            if row.values["grid_code"] not in grids
        )
    return partial(
        put_liaisons,
        context.work,
        [
            Liaison(
                row.values["id"],
                row.values["grid_code"],
                SecretText(row.values["name"]),
                SecretText(row.values["phone"]) if row.get("phone") else None,
            )
            for row in good
        ],
    )


def rows_by_id(rows: Sequence[Row], points: Mapping[int, Point] | None = None) -> list[Row]:
    """Return the rows without a problem, once their ids are checked."""
    first: dict[str, Row] = {}
    for row in rows:
        row_id = row.get("id")
        if row_id is None:
            continue
        if not _ID.fullmatch(row_id):
            row.refuse("只能用字母、数字、汉字和 - _ . ，至多 40 个字符", column="id")
        elif row_id in first and not row.problems:
            row.refuse(
                "编号与第 %(first)d 行重复；请改用另一编号",
                column="id",
                first=first[row_id].place.row,
            )
        elif not row.problems:
            first[row_id] = row
            row.keys.add(row_id)
    return [row for row in rows if not row.problems and (points is None or id(row) in points)]
