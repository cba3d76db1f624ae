"""Write stations or teams of the store to a file that can be imported again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from data.audited_files import audited_paths
from data.exports.field_tables import station_rows, team_rows, write_field_table
from data.imports.columns import TableKind
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.wiring import Court, using

__all__ = ["export_field_table"]


def export_field_table(
    settings: Settings,
    kind: TableKind,
    form: str,
    output: Path | None,
    *,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Write all stations or teams, with their hours.

    Parameters
    ----------
    form
        One of :data:`data.exports.field_tables.FIELD_FORMATS`.
    """
    target = output or Path(f"{kind.value}.{form}")
    with using(Court(settings, clock=clock)) as court:
        store = court.store
        if kind is TableKind.STATIONS:
            rows = list(station_rows(store.stations()))
        else:
            rows = list(team_rows(store.teams(), store.weekly_shifts()))
        with audited_paths(
            store.audit,
            target,
            by="cli",
            act="field.export",
            subject="store:-",
            detail={"kind": kind.value, "format": form, "rows": len(rows)},
        ) as (staged,):
            write_field_table(staged, form, kind, rows)
    return {"output": str(target), "rows": len(rows)}
