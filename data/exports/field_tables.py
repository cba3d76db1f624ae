"""Stations, teams and duties as the tables that ``fieldwrit import`` takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from data.duties import EnteredDuty
from data.exports.cell_words import cell_word
from data.exports.table_files import TableValue, write_book, write_csv
from data.field import clock_at
from data.imports.columns import TABLES, TableKind
from data.imports.weekly import weekly_text
from data.templates import TABLE_NAMES
from geo.model import Point
from routes.model import CaseId, EscortHours, Station, Team

__all__ = ["FIELD_FORMATS", "duty_rows", "station_rows", "team_rows", "write_field_table"]

FIELD_FORMATS = ("xlsx", "csv")
"""Names of the formats that :func:`write_field_table` writes."""

_Row = Mapping[str, TableValue]


def station_rows(stations: Iterable[Station]) -> Iterator[_Row]:
    """Yield the row of each station, by header."""
    for one in stations:
        yield _row(
            TableKind.STATIONS,
            id=one.id,
            name=one.name,
            **_position(one.point),
            escort_hours=weekly_text(one.escort_hours),
            phone=one.phone,
            fetched=one.fetched,
            profile=one.profile,
        )


def team_rows(teams: Iterable[Team], shifts: Mapping[str, Sequence[EscortHours]]) -> Iterator[_Row]:
    """Yield the row of each team, by header; ``shifts`` are its weekly ones by id."""
    for one in teams:
        yield _row(
            TableKind.TEAMS,
            id=one.id,
            name=one.name,
            officers=one.officers,
            skills=sorted(one.skills),
            recorders=one.recorders,
            outsiders=one.outsiders,
            overtime_min=one.overtime_min,
            max_stops=one.max_stops,
            profile=one.profile,
            **_position(one.base),
            shifts=weekly_text(shifts.get(one.id, ())),
        )


def duty_rows(duties: Iterable[EnteredDuty], numbers: Mapping[CaseId, str]) -> Iterator[_Row]:
    """Yield the row of each duty, by header; ``numbers`` are those of the cases.

    A position that was found by the address is not in it: an import would take it for stated.
    """
    for one in duties:
        yield _row(
            TableKind.DUTIES,
            id=one.id,
            kind=one.kind,
            label=one.label.reveal(),
            address_text=None if one.address is None else one.address.reveal(),
            **(_NOWHERE if one.point is None else _position(one.point)),
            day=one.day,
            starts=_clock(one.start_s),
            ends=_clock(one.end_s),
            minutes=one.minutes,
            skills=sorted(one.skills),
            number=None if one.case_id is None else numbers[one.case_id],
            team=one.team_id,
            withdrawn=one.withdrawn,
        )


def write_field_table(path: Path, form: str, kind: TableKind, rows: Sequence[_Row]) -> None:
    """Write a table to a file that is there already; ``form`` is one of ``FIELD_FORMATS``."""
    headers = [column.header for column in TABLES[kind]]
    if form == "csv":
        write_csv(path, headers, rows)
    else:
        write_book(path, TABLE_NAMES[kind], headers, rows)


_NOWHERE: Mapping[str, str] = MappingProxyType({"lon": "", "lat": "", "datum": ""})


def _clock(second: int) -> str:
    return clock_at(second).isoformat("seconds").removesuffix(":00")


def _position(point: Point) -> dict[str, str]:
    return {"lon": repr(point.lon), "lat": repr(point.lat), "datum": "wgs84"}


def _row(kind: TableKind, /, **values: Any) -> _Row:
    """Return a row by header; a column that is not given is a fault of this module."""
    return {column.header: cell_word(values[column.key], column.choices) for column in TABLES[kind]}
