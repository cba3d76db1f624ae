"""What is past its time: shown by kind, deleted in two steps, and the certificates of it."""

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    abort,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.jobs import JobKind
from data.retention_preview import TERMS, due_today
from data.rights import Right
from geo.localtime import local_day
from web.accounts import display_names
from web.erasing import certificate_path, kept_certificates
from web.labels import say
from web.rule_board import value_of
from web.security import account, has_right, needs
from web.services import services
from web.views.jobs import job_progress, job_queue, running_ids

bp = Blueprint("retention", __name__)
_SHOWN = 60


@bp.get("/retention")
@needs(Right.RETENTION_READ)
def page() -> ResponseReturnValue:
    """Show what would be deleted today, and what was deleted before."""
    return _page(asked=False)


@bp.post("/retention/ask")
@needs(Right.PROTECTION_WRITE)
def ask() -> ResponseReturnValue:
    """Show it once more, to be confirmed."""
    return _page(asked=True)


@bp.post("/retention/erase")
@needs(Right.PROTECTION_WRITE)
def erase() -> ResponseReturnValue:
    """Let what is past its time be deleted, once somebody confirmed what the page counted."""
    here, by = services(), account().id
    due = due_today(here.store, here.profile, by=by)
    total = sum(map(len, due.values()))
    if request.form.get("confirmed") != "1" or request.form.get("total") != str(total):
        flash(_("到期的内容有变化，或没有勾选确认；请核对后再确认一次。"), "error")
        return redirect(url_for("retention.page"))
    queue = job_queue()
    if total and not running_ids(here.store.jobs.newest(JobKind.PURGE)):
        queue.put(here.store.jobs.add(JobKind.PURGE, {}, by=by).id)
        flash(_("已交办删除。"))
    return redirect(url_for("retention.page"))


@bp.get("/api/retention/run")
@needs(Right.RETENTION_READ)
def status() -> ResponseReturnValue:
    """Answer with how far the deletion is."""
    return jsonify(jobs=job_progress(services().store.jobs.newest(JobKind.PURGE)))


@bp.get("/retention/certificates/<file_id>")
@needs(Right.RETENTION_READ)
def certificate(file_id: str) -> ResponseReturnValue:
    """Hand over a certificate; it names ids and counts."""
    here = services()
    path = certificate_path(here.certificates_dir, file_id)
    if path is None:
        abort(404)
    here.store.audit.append(account().id, "certificate.fetch", "store:-")
    return send_file(path.absolute(), as_attachment=True, download_name=path.name)


def _page(*, asked: bool) -> ResponseReturnValue:
    here = services()
    due = due_today(here.store, here.profile, by=account().id)
    here.store.audit.append(account().id, "retention.read", "store:-")
    job = here.store.jobs.newest(JobKind.PURGE)
    rows: list[dict[str, Any]] = [
        {
            "kind": kind,
            "count": len(items),
            "term": None if TERMS[kind] is None else value_of(TERMS[kind] or "", here.rule_values),
            "first": next((one.since for one in items if one.since), None),
            "items": items[:_SHOWN],
            "more": max(0, len(items) - _SHOWN),
        }
        for kind, items in due.items()
    ]
    return render_template(
        "retention.html",
        rows=rows,
        total=sum(row["count"] for row in rows),
        asked=asked,
        may_erase=has_right(Right.PROTECTION_WRITE),
        ready=here.queue is not None,
        today=local_day(here.clock()),
        certificates=kept_certificates(here.certificates_dir, here.public_key),
        names=display_names(here.store),
        job=job,
        why=None if job is None or job.error is None else say(job.error),
        config={"status": url_for("retention.status"), "ids": running_ids(job)},
    )
