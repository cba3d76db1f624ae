"""Rows that an import could not use: seen, mended here and taken up, or let go."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.errors import DataError, ImportRefusedError
from data.imports.columns import TableKind
from data.imports.seen_cells import SeenCells
from data.imports.taking_up import let_go, take_up
from data.masks import PersonField, Sights
from data.model import QuarantinedRow
from data.rights import Right
from web.labels import say
from web.security import account, needs, sights
from web.services import services
from web.typed_text import CELL

bp = Blueprint("quarantine", __name__)

_SHOWN = 50


@bp.get("/jobs/quarantine")
@needs(Right.COURT_WRITE)
def page() -> ResponseReturnValue:
    """Show the rows that wait."""
    here = services()
    return render_template(
        "quarantine.html",
        rows=here.store.quarantined_rows(_SHOWN),
        total=here.store.waiting_rows(),
        say=say,
    )


@bp.get("/jobs/quarantine/<row_id>")
@needs(Right.COURT_WRITE)
def row(row_id: str) -> ResponseReturnValue:
    """Show the cells of one row, numbers of persons masked; that is an audited reading."""
    return _form(_row(row_id), sights())


@bp.post("/jobs/quarantine/<row_id>/show")
@needs(Right.PERSON_SHOW)
def show(row_id: str) -> ResponseReturnValue:
    """Show the cells in full; that they were asked for is audited."""
    found = _row(row_id)
    services().store.audit.append(account().id, "person.show", f"row:{found.id}")
    return _form(found, sights(PersonField.ID_NUMBER, PersonField.PHONE))


@bp.post("/jobs/quarantine/<row_id>")
@needs(Right.COURT_WRITE)
def mend(row_id: str) -> ResponseReturnValue:
    """Take the mended row up; what is wrong still is told beside it.

    A cell that comes back behind its mask is as it was.
    """
    found, here = _row(row_id), services()
    sent = {
        header: request.form.get(f"{CELL}{k}", "")
        for k, (header, _text) in enumerate(found.named_cells)
    }
    masked = _seen(found, sights())
    cells = {
        header: text if sent[header] == masked[header] else sent[header]
        for header, text in found.named_cells
    }
    try:
        report = take_up(here.store, row_id, cells, folder=here.uploads_dir, actor=account().id)
    except ImportRefusedError as error:
        problems = [say(problem) for problem in error.problems] or [say(error.message)]
        return _form(found, sights(), cells=sent, problems=problems), 422
    except DataError as error:
        flash(error.message.render(_), "error")
        return redirect(url_for("quarantine.page"))
    flash(_("已导入。") if report.accepted or report.corrected else _("库中已有同样的内容。"))
    return redirect(url_for("quarantine.page"))


@bp.post("/jobs/quarantine/<row_id>/drop")
@needs(Right.COURT_WRITE)
def drop(row_id: str) -> ResponseReturnValue:
    """Delete a row that is not to be imported."""
    let_go(services().store, _row(row_id).id, actor=account().id)
    flash(_("已删除这一行。"))
    return redirect(url_for("quarantine.page"))


def _form(
    found: QuarantinedRow,
    seen: Sights,
    *,
    cells: dict[str, str] | None = None,
    problems: list[str] | None = None,
) -> str:
    store = services().store
    store.audit.append(account().id, "quarantine.read", f"row:{found.id}")
    shown = cells or _seen(found, seen)
    return render_template(
        "quarantine_row.html",
        row=found,
        cells=list(shown.items()),
        masked=shown != dict(found.named_cells) and cells is None,
        problems=list(map(say, found.problems)) if problems is None else problems,
        field=CELL,
    )


def _seen(found: QuarantinedRow, seen: Sights) -> dict[str, str]:
    of = SeenCells(TableKind(found.kind), seen)
    return {header: of.under(header, text) for header, text in found.named_cells}


def _row(row_id: str) -> QuarantinedRow:
    found = services().store.quarantined_row(row_id)
    if found is None:
        abort(404)
    return found
