"""The audit record, for auditors: filtered, paged, checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.audit import AuditFilter
from data.errors import AuditError
from data.jobs import JobKind
from data.rights import Right
from geo.localtime import moment_at
from web.accounts import display_names
from web.audit_watch import is_due
from web.labels import say
from web.protection import checked
from web.security import account, needs
from web.services import services
from web.steps.auditing import check_whole
from web.views.jobs import job_progress, running_ids

bp = Blueprint("audit", __name__)
_SHOWN = 100


@bp.get("/audit")
@needs(Right.AUDIT_READ)
def page() -> ResponseReturnValue:
    """Show entries, the newest checked now, and whether the whole chain held lately."""
    here = services()
    store = here.store
    done, wrong = checked(store, here.public_key, again=3 * _SHOWN)
    chosen = _chosen()
    before, after = (request.args.get(name, type=int) for name in ("before", "after"))
    entries = store.audit.found(_wanted(chosen), before=before, after=after, limit=_SHOWN + 1)
    newer, older = before is not None, after is not None
    if len(entries) > _SHOWN:
        newer, older = newer or after is not None, older or after is None
        entries = entries[1:] if after is not None else entries[:_SHOWN]
    elif after is not None:
        newer = False
    signed = store.audit_checkpoints.all()
    job = store.jobs.newest(JobKind.AUDIT)
    return render_template(
        "audit.html",
        entries=entries,
        newer=entries[0].seq if newer and entries else None,
        older=entries[-1].seq if older and entries else None,
        chosen=chosen,
        given={name: value for name, value in chosen.items() if value},
        acts=store.audit.acts(),
        names=display_names(store),
        done=done,
        lately=done is not None and not is_due(done, here.clock()),
        chain_error=None if wrong is None else wrong.render(_),
        signed=signed[-1] if signed else None,
        signed_count=len(signed),
        key=None if here.public_key is None else here.public_key.id,
        job=job,
        why=None if job is None or job.error is None else say(job.error),
        config={"status": url_for("audit.status"), "ids": running_ids(job)},
    )


@bp.post("/audit/verify")
@needs(Right.AUDIT_READ)
def verify() -> ResponseReturnValue:
    """Let the whole chain be checked; that is recorded, with how many entries it had."""
    here, by = services(), account().id
    if here.queue is not None:
        if not running_ids(here.store.jobs.newest(JobKind.AUDIT)):
            here.queue.put(here.store.jobs.add(JobKind.AUDIT, {}, by=by).id)
        return redirect(url_for("audit.page"))
    try:
        check_whole(here.store, here.public_key, by=by)
    except AuditError as error:
        flash(error.message.render(_), "error")
    else:
        flash(_("整条链核验通过。"))
    return redirect(url_for("audit.page"))


@bp.get("/api/audit/check")
@needs(Right.AUDIT_READ)
def status() -> ResponseReturnValue:
    """Answer with how far the check is."""
    return jsonify(jobs=job_progress(services().store.jobs.newest(JobKind.AUDIT)))


def _chosen() -> dict[str, str]:
    """Return what the address asks for; what is no day is not asked."""
    chosen = {
        name: request.args.get(name, "").strip()
        for name in ("since", "until", "act", "actor", "subject")
    }
    for name in ("since", "until"):
        try:
            date.fromisoformat(chosen[name])
        except ValueError:
            chosen[name] = ""
    return chosen


def _wanted(chosen: Mapping[str, str]) -> AuditFilter:
    given: dict[str, Any] = {name: chosen[name] for name in ("act", "actor", "subject")}
    if chosen["since"]:
        given["since"] = moment_at(date.fromisoformat(chosen["since"]), 0)
    if chosen["until"]:
        given["until"] = moment_at(date.fromisoformat(chosen["until"]) + timedelta(days=1), 0)
    return AuditFilter(**given)
