"""Stations, checkpoints, teams and liaisons with their weekly hours, in and out of tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, time

from sqlalchemy import Connection, select

from data.duties import duties_on
from data.model import PutCounts
from data.schema import (
    Base,
    CheckpointHoursRow,
    CheckpointRow,
    GridLiaisonRow,
    StationHoursRow,
    StationRow,
    TeamHoursRow,
    TeamRow,
)
from data.upsert import parts_of, put_rows, replace_children, table_of
from data.work import Work
from geo.localtime import moment_at
from geo.model import Point
from routes.model import (
    Checkpoint,
    DebtorId,
    Duty,
    DutyBasis,
    DutyKind,
    EscortHours,
    Liaison,
    SecretText,
    Shift,
    Station,
    Team,
    TeamId,
)

__all__ = [
    "basis_of",
    "clock_at",
    "put_checkpoints",
    "put_liaisons",
    "put_stations",
    "put_teams",
    "read_checkpoints",
    "read_duties",
    "read_liaisons",
    "read_shifts",
    "read_stations",
    "read_teams",
    "read_weekly_shifts",
    "weekly_hours",
]


WeeklyHours = Sequence[EscortHours]
"""Hours of a week; only escorts read the number of officers."""


def put_stations(work: Work, stations: Sequence[Station]) -> PutCounts:
    """Add or replace police stations with their escort hours."""
    rows = [
        {
            **_named_point(s.id, s.name, s.point),
            "phone": s.phone,
            "fetched": s.fetched,
            "profile": s.profile or None,
        }
        for s in stations
    ]
    hours = {
        s.id: [
            {"station_id": s.id, **_hours(one), "officers": one.officers} for one in s.escort_hours
        ]
        for s in stations
    }
    counts = put_rows(work, StationRow, rows, children=hours)
    replace_children(work, StationHoursRow, "station_id", counts.written, hours)
    return counts


def put_checkpoints(
    work: Work,
    checkpoints: Sequence[Checkpoint],
    *,
    duty_hours: Mapping[str, WeeklyHours] | None = None,
    duty_basis: Mapping[str, DutyBasis] | None = None,
) -> PutCounts:
    """Add or replace checkpoints, with the hours and basis of their duties by id."""
    rows = [
        {
            **_named_point(c.id, c.name, c.point),
            "kind": c.kind,
            "duty_basis": _basis_text((duty_basis or {}).get(c.id)),
        }
        for c in checkpoints
    ]
    hours = {
        c.id: [{"checkpoint_id": c.id, **_hours(one)} for one in (duty_hours or {}).get(c.id, ())]
        for c in checkpoints
    }
    counts = put_rows(work, CheckpointRow, rows, children=hours)
    replace_children(work, CheckpointHoursRow, "checkpoint_id", counts.written, hours)
    return counts


def put_teams(
    work: Work, teams: Sequence[Team], *, shifts: Mapping[str, WeeklyHours] | None = None
) -> PutCounts:
    """Add or replace teams, with their weekly shifts by team id."""
    rows = [
        {
            **_named_point(t.id, t.name, t.base),
            "officers": t.officers,
            "skills": ",".join(sorted(t.skills)),
            "profile": t.profile,
            "recorders": t.recorders,
            "outsiders": t.outsiders,
            "overtime_min": t.overtime_min,
            "max_stops": t.max_stops,
        }
        for t in teams
    ]
    hours = {
        t.id: [{"team_id": t.id, **_hours(one)} for one in (shifts or {}).get(t.id, ())]
        for t in teams
    }
    counts = put_rows(work, TeamRow, rows, children=hours)
    replace_children(work, TeamHoursRow, "team_id", counts.written, hours)
    return counts


def put_liaisons(work: Work, liaisons: Iterable[Liaison]) -> PutCounts:
    """Add or replace liaison persons."""
    rows = [
        {
            "id": one.id,
            "grid_code": one.grid_code,
            "name": one.name.reveal(),
            "phone": one.phone.reveal() if one.phone is not None else None,
        }
        for one in liaisons
    ]
    return put_rows(work, GridLiaisonRow, rows)


def read_stations(connection: Connection) -> tuple[Station, ...]:
    """Return the stations in the order of their ids."""
    query = select(table_of(StationRow)).order_by(StationRow.id)
    rows = connection.execute(query).all()
    hours = weekly_hours(connection, StationHoursRow, "station_id", [row.id for row in rows])
    return tuple(
        Station(
            id=row.id,
            name=row.name,
            point=Point(row.lon, row.lat),
            escort_hours=tuple(hours[row.id]),
            phone=row.phone,
            fetched=bool(row.fetched),
            profile=row.profile or "",
        )
        for row in rows
    )


def weekly_hours(
    connection: Connection, row_class: type[Base], parent: str, ids: Iterable[str]
) -> dict[str, list[EscortHours]]:
    """Return the weekly hours of these stations, checkpoints or teams, in order.

    Parameters
    ----------
    row_class, parent
        The table of their hours, and its column that names whose they are.
    """
    table = table_of(row_class)
    found: dict[str, list[EscortHours]] = {one: [] for one in ids}
    for part in parts_of(found):
        query = select(table).where(table.c[parent].in_(part))
        for row in connection.execute(query.order_by(table.c.weekday, table.c.start_s)):
            officers = int(row._mapping.get("officers", 1))  # of escorts alone
            found[row._mapping[parent]].append(
                EscortHours(row.weekday, clock_at(row.start_s), clock_at(row.end_s), officers)
            )
    return found


def read_checkpoints(connection: Connection) -> tuple[Checkpoint, ...]:
    """Return the checkpoints in the order of their ids."""
    query = select(table_of(CheckpointRow)).order_by(CheckpointRow.id)
    return tuple(
        Checkpoint(row.id, row.name, row.kind, Point(row.lon, row.lat))
        for row in connection.execute(query)
    )


def read_duties(connection: Connection, day: date) -> tuple[Duty, ...]:
    """Return the duties that checkpoints' weekly hours and the court's own table set for a day."""
    hours, checkpoint = table_of(CheckpointHoursRow), table_of(CheckpointRow)
    query = (
        select(checkpoint, hours.c.start_s, hours.c.end_s)
        .join(hours, hours.c.checkpoint_id == checkpoint.c.id)
        .where(hours.c.weekday == day.weekday())
        .order_by(hours.c.start_s, checkpoint.c.id)
    )
    held = tuple(
        Duty(
            id=f"{row.id}-{day:%Y%m%d}-{clock_at(row.start_s):%H%M}",
            kind=DutyKind.CHECKPOINT,
            label=row.name,
            point=Point(row.lon, row.lat),
            starts_at=moment_at(day, row.start_s),
            ends_at=moment_at(day, row.end_s),
            checkpoint_id=row.id,
            basis=basis_of(row.duty_basis),
        )
        for row in connection.execute(query)
    )
    return held + duties_on(connection, day)


def read_teams(connection: Connection) -> tuple[Team, ...]:
    """Return the teams in the order of their ids."""
    return tuple(
        Team(
            id=TeamId(row.id),
            name=row.name,
            officers=row.officers,
            skills=frozenset(code for code in row.skills.split(",") if code),
            profile=row.profile,
            base=Point(row.lon, row.lat),
            recorders=1 if row.recorders is None else row.recorders,
            outsiders=row.outsiders or 0,
            overtime_min=row.overtime_min or 0,
            max_stops=row.max_stops,
        )
        for row in connection.execute(select(table_of(TeamRow)).order_by(TeamRow.id))
    )


def read_shifts(connection: Connection, day: date) -> tuple[Shift, ...]:
    """Return the shifts that the teams' weekly hours set for this day."""
    table = table_of(TeamHoursRow)
    query = (
        select(table)
        .where(table.c.weekday == day.weekday())
        .order_by(table.c.team_id, table.c.start_s)
    )
    return tuple(
        Shift(TeamId(row.team_id), moment_at(day, row.start_s), moment_at(day, row.end_s))
        for row in connection.execute(query)
    )


def read_weekly_shifts(connection: Connection) -> dict[str, list[EscortHours]]:
    """Return the weekly shifts of each team, by its id."""
    teams = connection.scalars(select(TeamRow.id).order_by(TeamRow.id))
    return weekly_hours(connection, TeamHoursRow, "team_id", teams)


def read_liaisons(connection: Connection) -> tuple[Liaison, ...]:
    """Return the liaison persons in the order of their ids."""
    query = select(table_of(GridLiaisonRow)).order_by(GridLiaisonRow.id)
    return tuple(
        Liaison(
            row.id,
            row.grid_code,
            SecretText(row.name),
            SecretText(row.phone) if row.phone is not None else None,
        )
        for row in connection.execute(query)
    )


def _basis_text(basis: DutyBasis | None) -> str | None:
    """Return a paper as JSON text; it holds ids and numbers, no name."""
    if basis is None:
        return None
    ends_on = None if basis.ends_on is None else basis.ends_on.isoformat()
    return json.dumps({**asdict(basis), "ends_on": ends_on}, ensure_ascii=False)


def basis_of(text: str | None) -> DutyBasis | None:
    """Return the paper of a duty as it is kept; earlier versions kept its number only."""
    if text is None:
        return None
    if not text.startswith("{"):
        return DutyBasis(text)
    held = json.loads(text)
    return DutyBasis(
        document=held["document"],
        debtor_id=None if held["debtor_id"] is None else DebtorId(held["debtor_id"]),
        purpose=held["purpose"],
        liaison=held["liaison"],
        ends_on=None if held["ends_on"] is None else date.fromisoformat(held["ends_on"]),
    )


def _named_point(row_id: str, name: str, point: Point) -> dict[str, object]:
    return {"id": row_id, "name": name, "lon": float(point.lon), "lat": float(point.lat)}


def _hours(hours: EscortHours) -> dict[str, int]:
    return {
        "weekday": hours.weekday,
        "start_s": _second(hours.start),
        "end_s": _second(hours.end),
    }


def _second(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def clock_at(second: int) -> time:
    """Return the time of day of a second after midnight."""
    return time(second // 3600, second // 60 % 60, second % 60)
