"""What an import would change: looked at, then imported or put away."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from math import ceil
from pathlib import Path
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.errors import StoreError
from data.imports.columns import TableKind, columns_of
from data.imports.limits import MAX_COLUMNS
from data.imports.seen_cells import SeenCells
from data.jobs import Job, JobKind, JobState
from data.kept_messages import decoded
from data.masks import PersonField, Sights
from data.previews import MOST_LISTED, PERSONAL, PERSONAL_TABLES
from data.previews import read_preview as read_lines
from data.rights import Right
from web.labels import say
from web.security import account, has_right, needs, sights
from web.services import services
from web.views.jobs import (
    as_sent,
    begin_job,
    has_foreign_columns,
    job_queue,
    known_job,
    upload_name,
)

bp = Blueprint("previews", __name__)

_PAGE = 25
_MOST_SAID = 20
_ADDRESSES = 3
_FIELD = "column-"


@bp.get("/jobs/<job_id>/preview")
@needs(Right.COURT_WRITE)
def page(job_id: str) -> ResponseReturnValue:
    """Show what was found; whose names and addresses are shown is recorded."""
    return _page(job_id, sights(), "person.read")


@bp.post("/jobs/<job_id>/preview/show")
@needs(Right.PERSON_SHOW)
def show(job_id: str) -> ResponseReturnValue:
    """Show it with the numbers of persons in full; that they were asked for is recorded."""
    return _page(job_id, sights(PersonField.ID_NUMBER, PersonField.PHONE), "person.show")


def _page(job_id: str, seen: Sights, act: str) -> ResponseReturnValue:
    job = _compared(job_id)
    here = services()
    listed = min(job.result["changed"], MOST_LISTED)
    pages = max(1, ceil(listed / _PAGE))
    number = min(max(1, request.args.get("page", 1, type=int)), pages)
    changed = _read(job, "changed", first=(number - 1) * _PAGE, count=_PAGE)
    missing = _read(job, "missing", count=_PAGE)
    columns = _read(job, "column", count=MAX_COLUMNS)
    open_ = has_right(Right.PERSON_READ)
    if open_:
        with here.store.write() as work:
            work.record(account().id, "import.preview.read", f"job:{job.id}")
            if seen.asked:
                work.record(account().id, act, f"job:{job.id}")
            for case_id in sorted({one["case"] for one in (*changed, *missing) if "case" in one}):
                work.record(account().id, act, f"case:{case_id}", {"job": job.id})
    cells = SeenCells(TableKind(job.wanted["kind"]), seen)
    return render_template(
        "preview.html",
        job=job,
        counts=job.result,
        changed=[_shown(one, cells, open_=open_) for one in changed],
        personal=job.wanted["kind"] in (TableKind.CASES, *PERSONAL_TABLES),
        missing=missing,
        open=open_,
        in_full=bool(seen.asked),
        problems=_said(job, "problem"),
        notes=_said(job, "note"),
        page=number,
        pages=pages,
        columns=[
            {**one, "samples": [cells.of(_meant(one), text) for text in one["samples"]]}
            for one in columns
        ],
        unknown=_unknown(job),
        fields=_fields(job, set(map(_meant, columns))),
        field=_FIELD,
    )


@bp.post("/jobs/<job_id>/preview/import")
@needs(Right.COURT_WRITE)
def confirm(job_id: str) -> ResponseReturnValue:
    """Let the file be imported as it is."""
    job_queue()
    job = _compared(job_id)
    left_out = _unknown(job)
    if left_out and request.form.get("leave") != "1":
        flash(_("有几列不认识。请说明它们是什么，或勾选不导入。"), "error")
        return redirect(url_for("previews.page", job_id=job_id))
    return begin_job(JobKind.IMPORT, {**_handed_on(job), "left_out": left_out})


@bp.post("/jobs/<job_id>/preview/columns")
@needs(Right.COURT_WRITE)
def tell(job_id: str) -> ResponseReturnValue:
    """Take what was told of the columns, keep it where it has a name, and compare again."""
    job_queue()
    job = _compared(job_id)
    kind, name = job.wanted["kind"], request.form.get("name", "").strip()
    keys = {"", *(column.key for column in columns_of(TableKind(kind)))}
    told = {}
    for place, column in enumerate(_read(job, "column", count=MAX_COLUMNS)):
        key = request.form.get(f"{_FIELD}{place}", column["key"])
        if key not in keys:
            abort(400)
        told[column["header"]] = key
    if name:
        try:
            services().store.column_maps.put(kind, name, told, by=account().id)
        except StoreError as error:
            flash(error.message.render(_), "error")
            return redirect(url_for("previews.page", job_id=job_id))
    return begin_job(JobKind.PREVIEW, {**_handed_on(job), "columns": told})


@bp.post("/jobs/<job_id>/columns")
@needs(Right.COURT_WRITE)
def look(job_id: str) -> ResponseReturnValue:
    """Compare the file of an import that was refused for its columns, to tell which is which."""
    job_queue()
    job = known_job(job_id)
    if not has_foreign_columns(job):
        abort(404)
    return begin_job(JobKind.PREVIEW, _handed_on(job))


@bp.get("/jobs/columns")
@needs(Right.COURT_WRITE)
def templates() -> ResponseReturnValue:
    """Show the templates of columns that were kept."""
    return render_template("column_maps.html", maps=services().store.column_maps.all())


@bp.post("/jobs/columns/<record_id>/remove")
@needs(Right.COURT_WRITE)
def forget(record_id: str) -> ResponseReturnValue:
    """Delete a template; tables with its headers are read as before it."""
    if not services().store.column_maps.remove(record_id, by=account().id):
        abort(404)
    flash(_("模板已删除。"))
    return redirect(url_for("previews.templates"))


@bp.post("/jobs/<job_id>/preview/discard")
@needs(Right.COURT_WRITE)
def discard(job_id: str) -> ResponseReturnValue:
    """Remove the file and what was found."""
    job = _compared(job_id)
    for name in job.file_names:
        with suppress(FileNotFoundError):
            (services().uploads_dir / name).unlink()
    services().store.audit.append(account().id, "import.discard", f"job:{job.id}")
    flash(_("已放弃，库中内容未变，上传的文件已删除。"))
    return redirect(url_for("jobs.page"))


def _fields(job: Job, used: set[str]) -> list[tuple[str, str]]:
    """Return what a column can be: addresses beyond the first few only where there are any."""
    columns = columns_of(TableKind(job.wanted["kind"]))
    few = {one.key for one in columns_of(TableKind(job.wanted["kind"]), addresses=_ADDRESSES)}
    return [(one.key, one.header) for one in columns if one.key in few or one.key in used]


def _handed_on(job: Job) -> dict[str, Any]:
    """Return what another job of the same file wants; this one has the file no more."""
    folder, held = services().uploads_dir, job.wanted["file"]
    name = upload_name(Path(held).suffix)
    try:
        (folder / held).rename(folder / name)
    except FileNotFoundError:
        abort(404)
    with suppress(FileNotFoundError):
        _lines(job).unlink()
    return {**job.wanted, "file": name}


def _compared(job_id: str) -> Job:
    job = known_job(job_id)
    if job.kind is not JobKind.PREVIEW or job.state is not JobState.DONE:
        abort(404)
    if not _lines(job).exists():
        abort(404)
    return job


def _lines(job: Job) -> Path:
    return services().uploads_dir / job.preview_name


def _meant(column: Mapping[str, Any]) -> str:
    """Return the key of what a column is, or is guessed to be; empty where nobody knows."""
    return str(column["key"] or column.get("guess", ""))


def _unknown(job: Job) -> list[str]:
    """Return the headers of columns that hold something and that nobody knows."""
    return [one["header"] for one in _read(job, "unknown", count=MAX_COLUMNS)]


def _read(job: Job, what: str, *, first: int = 0, count: int) -> list[dict[str, Any]]:
    return read_lines(services().store.cipher, _lines(job), what, first=first, count=count)


def _said(job: Job, what: str) -> list[str]:
    lines = _read(job, what, count=_MOST_SAID)
    return [as_sent(job, say(decoded(line["said"]))) for line in lines]


def _shown(case: dict[str, Any], cells: SeenCells, *, open_: bool) -> dict[str, Any]:
    """Return what changed; without the right to see persons their values are left out."""
    if open_:
        parts = [
            {
                **part,
                "fields": [
                    (header, cells.under(header, old), cells.under(header, new))
                    for header, old, new in part["fields"]
                ],
            }
            for part in case["parts"]
        ]
        return {**case, "parts": parts}
    parts = []
    for part in case["parts"]:
        hidden = part["of"] not in ("Case", "Row")
        fields = [
            (header, *(("", "") if hidden or header in PERSONAL else (old, new)))
            for header, old, new in part["fields"]
        ]
        parts.append({**part, "name": "", "address": "", "fields": fields})
    return {**case, "parts": parts}
