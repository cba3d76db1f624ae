"""Write stations, teams or duties of the store to a file that can be imported again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from data.audited_files import audited_paths
from data.exports.field_tables import duty_rows, station_rows, team_rows, write_field_table
from data.imports.columns import TableKind
from data.rights import Right
from data.terminal import TERMINAL
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.errors import WebError
from web.person import Person
from web.steps.accounts import person_who_may
from web.wiring import Court, using

__all__ = ["export_field_table"]


def export_field_table(
    settings: Settings,
    kind: TableKind,
    form: str,
    output: Path | None,
    *,
    person: Person | None = None,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Write all stations or teams, with their hours, or all duties of the court's table.

    Parameters
    ----------
    form
        One of :data:`data.exports.field_tables.FIELD_FORMATS`.
    person
        Who exports duties, in whose name it is recorded: they hold addresses.
    """
    target = output or Path(f"{kind.value}.{form}")
    with using(Court(settings, clock=clock)) as court:
        store, by = court.store, TERMINAL
        if kind is TableKind.DUTIES:
            if person is None:
                raise WebError("导出勤务表须用 --by 写明用户名")
            by = person_who_may(store, person, Right.CASE_EXPORT).id
            entered = store.entered_duties()
            rows = list(duty_rows(entered, store.duty_cases(entered)))
        elif kind is TableKind.STATIONS:
            rows = list(station_rows(store.stations()))
        else:
            rows = list(team_rows(store.teams(), store.weekly_shifts()))
        with audited_paths(
            store.audit,
            target,
            by=by,
            act="field.export",
            subject="store:-",
            detail={"kind": kind.value, "format": form, "rows": len(rows)},
        ) as (staged,):
            write_field_table(staged, form, kind, rows)
    return {"output": str(target), "rows": len(rows)}
