"""Write the cases of the store to a file that can be imported again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from data.audited_files import audited_paths
from data.exports.case_table import write_cases
from data.rights import Right
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.person import Person
from web.steps.accounts import person_who_may
from web.wiring import Court, using

__all__ = ["export_cases"]


def export_cases(
    settings: Settings,
    form: str,
    output: Path | None,
    *,
    person: Person,
    clock: Clock = system_clock,
) -> dict[str, Any]:
    """Write all cases with names and addresses; the reading is recorded in the person's name.

    Parameters
    ----------
    form
        One of :data:`data.exports.case_table.CASE_FORMATS`.
    """
    target = output or Path(f"cases.{form}")
    with using(Court(settings, clock=clock)) as court:
        store = court.store
        by = person_who_may(store, person, Right.CASE_EXPORT)
        cases, debtors, claims = store.cases(), store.debtors(), store.claims()
        with audited_paths(
            store.audit,
            target,
            by=by.id,
            act="case.export",
            subject="store:-",
            detail={"format": form, "cases": len(cases), "persons": len(debtors)},
        ) as (staged,):
            rows = write_cases(staged, form, cases, debtors, claims)
    return {"output": str(target), "cases": len(cases), "rows": rows}
