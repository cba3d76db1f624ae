"""Stations and teams as tables: an import of an export is what was exported."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from data.exports.field_tables import (
    FIELD_FORMATS,
    station_rows,
    team_rows,
    write_field_table,
)
from data.imports import import_file
from data.imports.columns import CHOICES, TableKind
from data.store import Store
from geo.model import Point
from routes.model import EscortHours, Station, Team, TeamId
from tests.data.courts import CourtFolder
from tests.fakes import StandingClock

HOURS = (
    EscortHours(0, time(8, 30), time(12), 2),
    EscortHours(0, time(14), time(17, 30), 1),
    EscortHours(5, time(9), time(11), 1),
)
STATIONS = (
    Station("PS1", "=甲所", Point(118.123456789012, 24.9), HOURS, "0595 0000 0101", True),
    Station("PS2", "乙所", Point(118.6, 24.876543210987), (), None, False, "police_car"),
    Station("PS3", "丙所", Point(118.7, 24.9), HOURS[2:]),
)
TEAMS = (
    Team(
        TeamId("T1"),
        "执行一组",
        3,
        frozenset(CHOICES["skill"].values()),
        "police_car",
        Point(118.62, 24.92),
        recorders=2,
        outsiders=1,
        overtime_min=45,
        max_stops=6,
    ),
    Team(TeamId("T2"), "@二组", 2, frozenset(), "foot", Point(118.6200000001, 24.92), recorders=0),
)
SHIFTS = {"T1": HOURS[2:], "T2": (EscortHours(3, time(7), time(18)),)}


@pytest.mark.parametrize("form", FIELD_FORMATS)
def test_an_import_of_an_export_is_what_was_exported(
    store: Store, court: CourtFolder, clock: StandingClock, tmp_path: Path, form: str
) -> None:
    store.put(stations=STATIONS, teams=TEAMS, shifts=SHIFTS)
    paths = {kind: tmp_path / f"{kind}.{form}" for kind in (TableKind.STATIONS, TableKind.TEAMS)}

    def written(kind: TableKind, rows: Iterable[Any]) -> Path:
        write_field_table(paths[kind], form, kind, list(rows))
        return paths[kind]

    for kind, rows in (
        (TableKind.STATIONS, station_rows(store.stations())),
        (TableKind.TEAMS, team_rows(store.teams(), store.weekly_shifts())),
    ):
        report = import_file(store, kind, written(kind, rows))
        assert (report.accepted, report.unchanged) == (0, report.rows)
    del court, clock
    assert store.stations() == STATIONS
    assert store.teams() == TEAMS
    assert {team: tuple(held) for team, held in store.weekly_shifts().items()} == SHIFTS
