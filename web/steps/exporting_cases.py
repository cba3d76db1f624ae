"""Write the cases of the store to a file that can be imported again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flask import Flask

from data.audited_files import audited_paths
from data.exports.case_json import case_json, case_records
from data.exports.case_table import write_cases
from data.files import staged_path
from data.masks import SIGHTS, Sights
from data.rights import Right
from routes.ports import Clock
from web.api_document import api_document
from web.clock import system_clock
from web.config import Settings
from web.person import Person
from web.steps.accounts import person_who_may
from web.views import BLUEPRINTS
from web.wiring import Court, using

__all__ = ["describe", "export_cases"]


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
        One of :data:`data.exports.case_table.CASE_FORMATS`, or ``json`` as :func:`describe` tells;
        identity numbers are masked in it.
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
            if form == "json":
                seen = Sights(SIGHTS[by.role])
                records = case_records(cases, debtors, claims, sights=seen)
                staged.write_bytes(case_json(records))
                rows = len(debtors)
            else:
                rows = write_cases(staged, form, cases, debtors, claims)
    return {"output": str(target), "cases": len(cases), "rows": rows}


def describe(output: Path | None) -> dict[str, Any]:
    """Write the OpenAPI document of all data end points; it holds no data of a court."""
    target, app = output or Path("openapi.json"), Flask("web")
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    document = api_document(app)
    with staged_path(target) as staged:
        staged.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    return {"output": str(target)}
