"""Long work: asked for here, watched, stopped, tried again; its field packs are fetched here."""

from __future__ import annotations

import os
import secrets
from datetime import date, time, timedelta
from typing import Any, BinaryIO, cast

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

from data.errors import StoreError
from data.imports.importers import IMPORT_KINDS
from data.imports.rows import told_of_columns
from data.jobs import Job, JobKind, JobState
from data.kept_messages import decoded
from data.rights import Right
from data.sealed_files import reading_sealed, seal_file
from geo.localtime import local_day, moment_at
from geo.model import Datum
from routes.calendar import DayKind
from web.accounts import display_names
from web.labels import label, labels_of, say
from web.queueing import JobQueue
from web.security import account, has_right, needs, reaches_team, takes_upload
from web.services import services
from web.views.stored import stored_plan
from web.wiring import NO_NETWORK
from web.working import KEPT, right_for

__all__ = [
    "as_sent",
    "begin_job",
    "bp",
    "has_foreign_columns",
    "job_progress",
    "job_queue",
    "known_job",
    "running_ids",
    "upload_name",
]

bp = Blueprint("jobs", __name__)

MOST_UPLOAD = 64 * 1024 * 1024
"""Bytes of a file that is sent to be imported; larger ones are imported at the terminal."""

_STOPS_S = (10, 30, 60)
_MOST_DAYS = 5
_FAR = timedelta(days=400)
_SUFFIXES = frozenset(
    (".xlsx", ".xls", ".ods", ".csv", ".geojson", ".json", ".gpkg", ".zip", ".kml")
)


@bp.get("/jobs")
@needs(Right.COURT_WRITE)
def page() -> ResponseReturnValue:
    """Show the jobs and what can be asked for."""
    here = services()
    jobs = [one for one in here.store.jobs.latest() if _may(one)]
    return render_template(
        "jobs.html",
        jobs=jobs,
        waiting=here.store.waiting_rows(),
        stopping={j.id for j in jobs if here.queue is not None and here.queue.stop_asked(j.id)},
        names=display_names(here.store),
        ready=here.queue is not None,
        kinds=IMPORT_KINDS,
        datums=[each.value for each in Datum],
        stops_s=_STOPS_S,
        first=_next_workday(),
        teams=here.store.teams(),
        latest=here.store.latest(),
        formats=labels_of("plan_format")["plan_format"],
        why=_why,
        notes=_notes,
        compared={job.id for job in jobs if (here.uploads_dir / job.preview_name).exists()},
        foreign={job.id for job in jobs if has_foreign_columns(job)},
        no_roads=[job.id for job in jobs if job.error == NO_NETWORK],
        config={"status": url_for("jobs.status"), "ids": [j.id for j in jobs if not j.state.ended]},
    )


@bp.get("/api/jobs")
@needs(Right.COURT_WRITE)
def status() -> ResponseReturnValue:
    """Answer with how far the jobs are that have not ended, and with those asked for."""
    asked = set(request.args.getlist("id"))
    jobs = [one for one in services().store.jobs.latest() if one.id in asked and _may(one)]
    return jsonify({"jobs": [line for one in jobs for line in job_progress(one)]})


def running_ids(job: Job | None) -> list[str]:
    """Return the id of a job that has not ended, as pages that wait for it are given it."""
    return [] if job is None or job.state.ended else [job.id]


def job_progress(job: Job | None) -> list[dict[str, Any]]:
    """Return how far a job is, as pages that wait for it read it; nothing of none."""
    if job is None:
        return []
    how = job_queue().progress(job.id)
    return [
        {
            "id": job.id,
            "state": label("job_state", job.state),
            "part": "" if how is None else _(how.part),
            "done": 0 if how is None else how.done,
            "total": 0 if how is None else how.total,
            "ended": job.state.ended,
        }
    ]


@bp.post("/jobs/import")
@needs(Right.COURT_WRITE)
@takes_upload(MOST_UPLOAD)
def begin_import() -> ResponseReturnValue:
    """Take a file in to be imported; rows that cannot be used wait in quarantine."""
    sent, kind = request.files.get("file"), request.form.get("kind", "")
    datum = request.form.get("datum", "")
    job_queue()
    if kind not in IMPORT_KINDS or datum not in ("", *(each.value for each in Datum)):
        abort(400)
    if sent is None or not sent.filename:
        flash(_("请选择要导入的文件。"), "error")
        return redirect(url_for("jobs.page"))
    suffix = os.path.splitext(sent.filename)[1].casefold()
    if suffix not in _SUFFIXES:
        flash(_("不能导入这种文件；可用 xlsx、xls、ods、csv、geojson、gpkg、kml 和 zip。"), "error")
        return redirect(url_for("jobs.page"))
    folder = services().uploads_dir
    folder.mkdir(mode=0o700, exist_ok=True)
    name = upload_name(suffix)
    seal_file(services().store.cipher, cast("BinaryIO", sent.stream), folder / name)
    wanted = {"kind": kind, "file": name, "name": sent.filename, "datum": datum}
    looked_at_first = request.form.get("preview") == "1"
    return begin_job(JobKind.PREVIEW if looked_at_first else JobKind.IMPORT, wanted)


@bp.post("/jobs/geocode")
@needs(Right.COURT_WRITE)
def begin_geocode() -> ResponseReturnValue:
    """Let every address be located that has no place yet."""
    return begin_job(JobKind.GEOCODE, {})


@bp.post("/jobs/plan")
@needs(Right.COURT_WRITE)
def begin_plan() -> ResponseReturnValue:
    """Let a plan be made from a day on."""
    days, stop_s = request.form.get("days", ""), request.form.get("stop_s", "")
    first = request.form.get("first", type=date.fromisoformat)
    if days not in map(str, range(1, _MOST_DAYS + 1)) or stop_s not in map(str, _STOPS_S):
        abort(400)
    today = local_day(services().clock())
    if first is None or not today <= first <= today + _FAR:
        flash(_("请选择今天或以后的日期。"), "error")
        return redirect(url_for("jobs.page"))
    teams = request.form.getlist("team")
    if not teams:
        flash(_("请至少选择一个小组。"), "error")
        return redirect(url_for("jobs.page"))
    if set(teams) - {each.id for each in services().store.teams()}:
        abort(400)
    known_by_s = _second(request.form.get("known_by", ""))
    if known_by_s is not None and moment_at(first, known_by_s) <= services().clock():
        flash(_("得知答复的时间已过，请给出以后的时间，或留空只制定一份。"), "error")
        return redirect(url_for("jobs.page"))
    wanted = [(first + timedelta(days=k)).isoformat() for k in range(int(days))]
    known = {} if known_by_s is None else {"known_by_s": known_by_s}
    return begin_job(JobKind.PLAN, {"days": wanted, "teams": teams, "stop_s": int(stop_s), **known})


def _second(text: str) -> int | None:
    """Return the second of the day that a field of time names, None where it is empty."""
    if not text:
        return None
    try:
        clock = time.fromisoformat(text)
    except ValueError:
        abort(400)
    return clock.hour * 3600 + clock.minute * 60


@bp.post("/jobs/field-pack/<action_id>")
@needs(Right.COURT_WRITE)
def begin_field_pack(action_id: str) -> ResponseReturnValue:
    """Let a plan be exported: the pack of the field, or one of the other formats."""
    stored_plan(action_id)
    if not reaches_team(""):  # an export is of all teams
        abort(404)
    draft, form = request.form.get("draft") == "1", request.form.get("format", "")
    if form not in labels_of("plan_format")["plan_format"]:
        abort(400)
    wanted = {"action": action_id, "format": form, "draft": draft}
    return begin_job(JobKind.FIELD_PACK, wanted)


@bp.get("/jobs/<job_id>/field-pack")
@needs(Right.COURT_WRITE)
def field_pack(job_id: str) -> ResponseReturnValue:
    """Hand over an exported plan to whoever asked for it; the reading is recorded."""
    job, here = known_job(job_id), services()
    path = here.packs_dir / job.pack_name
    made = job.kind is JobKind.FIELD_PACK and job.state is JobState.DONE
    late = job.ended_at is None or here.clock() - job.ended_at > KEPT
    if not made or late or job.created_by != account().id or not path.exists():
        abort(404)
    if not reaches_team(""):
        abort(404)
    here.store.audit.append(account().id, "export.fetch", f"action:{job.wanted['action']}")
    name = job.result["name"]
    pack = reading_sealed(here.store.cipher, path)
    answer = send_file(pack, as_attachment=True, download_name=name)
    answer.content_length = pack.seek(0, os.SEEK_END)
    pack.seek(0)
    return answer


@bp.post("/jobs/<job_id>/stop")
@needs(Right.COURT_WRITE)
def stop(job_id: str) -> ResponseReturnValue:
    """Let a job end at its next step."""
    queue, job = job_queue(), known_job(job_id)
    if services().store.jobs.ask_to_stop(job.id, by=account().id):
        queue.ask_to_stop(job.id)
    flash(_("任务将在当前一步做完后停止。"))
    return redirect(url_for("jobs.page"))


@bp.post("/jobs/<job_id>/retry")
@needs(Right.COURT_WRITE)
def retry(job_id: str) -> ResponseReturnValue:
    """Try a job again."""
    try:
        job = services().store.jobs.retry(known_job(job_id).id, by=account().id)
    except StoreError as error:
        flash(error.message.render(_), "error")
    else:
        job_queue().put(job.id)
    return redirect(url_for("jobs.page"))


def upload_name(suffix: str) -> str:
    """Return a new name for a file that was sent: its own may hold a person's."""
    return f"{secrets.token_hex(16)}{suffix}"


def begin_job(kind: JobKind, wanted: dict[str, Any]) -> ResponseReturnValue:
    """Let a job be done, and show the jobs."""
    queue = job_queue()
    job = services().store.jobs.add(kind, wanted, by=account().id)
    queue.put(job.id)
    flash(_("已交办，进度见下。"))
    return redirect(url_for("jobs.page"))


def job_queue() -> JobQueue:
    """Return the queue; where there is none nothing can be asked for."""
    queue = services().queue
    if queue is None:
        abort(409)
    return queue


def as_sent(job: Job, text: str) -> str:
    """Return a text in which a file is called as its sender called it."""
    kept = job.wanted.get("file")
    return text if kept is None else text.replace(kept, job.wanted.get("name", "…"))


def has_foreign_columns(job: Job) -> bool:
    """Whether an import was refused for its columns and its file can still be compared."""
    kept = job.wanted.get("file")
    return (
        job.kind is JobKind.IMPORT
        and job.error is not None
        and told_of_columns(job.error)
        and kept is not None
        and (services().uploads_dir / kept).exists()
    )


def _why(job: Job) -> str:
    return "" if job.error is None else as_sent(job, say(job.error))


def _notes(job: Job) -> list[str]:
    """Return what an import has to say: what was cut, what the store knew better, what was left."""
    return [as_sent(job, say(decoded(one))) for one in job.result.get("notes", ())]


def _next_workday() -> date | None:
    """Return the day to propose; None where no calendar knows it: here one is brought in."""
    here = services()
    day = local_day(here.clock()) + timedelta(days=1)
    while here.calendar.knows(day):
        if here.calendar.day_kind(day) is DayKind.WORKDAY:
            return day
        day += timedelta(days=1)
    return None


def known_job(job_id: str) -> Job:
    """Return a job; one that is not known is not found."""
    found = services().store.jobs.get(job_id)
    if found is None or not _may(found):
        abort(404)
    return found


def _may(job: Job) -> bool:
    """Whether the reader may ask for such a job, and so see, stop and retry one."""
    return has_right(right_for(job.kind))
