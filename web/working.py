"""The worker: takes jobs one after another and does each as its command would."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from data.errors import StoreError, WorkerError
from data.jobs import Job, JobKind, JobState
from data.kept_messages import coded
from data.rights import RIGHTS, Right
from data.sealed_files import OPEN, unsealed
from data.store import Store
from data.workshops import abandoned
from geo.errors import FieldwritError
from geo.localtime import local_day
from geo.messages import message
from geo.model import Datum
from geo.ports import ProgressListener
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings, Watch
from web.errors import StoppedError, WebError
from web.i18n import marked
from web.progress import stage
from web.queueing import Progress, Telling
from web.stores import open_store

__all__ = ["HANDLERS", "KEPT", "lost_lock", "right_for", "tidy", "work_on"]

_log = logging.getLogger(__name__)
_SAID_EVERY_S = 0.5
KEPT = timedelta(days=1)
"""How long a pack can be fetched, and a file be tried again."""
_MOST_NOTES = 50
_UNKNOWN_KEPT = timedelta(hours=1)
_PAUSES_S = (1.0, 10.0, 60.0, 600.0)
_BROKEN = message("程序出错，任务未完成；请重试，仍不行请告知管理员")

Handler = Callable[[Settings, Job, Clock], Mapping[str, Any]]


def work_on(
    store: Store,
    settings: Settings,
    job_id: str,
    *,
    telling: Telling,
    lost: Callable[[], bool] = lambda: False,
    clock: Clock = system_clock,
    pause: Callable[[float], object] = time.sleep,
) -> None:
    """Do a job that waits; one that waits no more is left alone.

    The job is done in its asker's name. Whatever happens to it, the worker goes on.

    Parameters
    ----------
    lost
        Whether this worker may work no longer: it leaves the job as it is then, to be taken up by
        the next.
    """
    job = store.jobs.take(job_id)
    if job is None:
        return
    own = replace(settings, operator=job.created_by, watch=_watch(job.id, telling, lost))
    end: Callable[[], None]
    try:
        _may(store, job)
        end = partial(store.jobs.finish, job, HANDLERS[job.kind](own, job, clock))
    except StoppedError:
        end = partial(store.jobs.end_stopped, job)
    except FieldwritError as error:
        end = partial(store.jobs.fail, job, error.message)
    except Exception as error:
        # its text may hold a name or an address
        _log.error("job %s: %s", job.id, type(error).__name__)
        end = partial(store.jobs.fail, job, _BROKEN)
    for pause_s in _PAUSES_S:  # the store may be busy, or its disk full for a while
        if lost():
            return
        try:
            end()
        except StoreError:
            pause(pause_s)
        else:
            return
    end()


def right_for(kind: JobKind) -> Right:
    """Return the right that a kind of job asks for, of whoever asks for it, stops or retries it."""
    return _RIGHTS.get(kind, Right.COURT_WRITE)


_RIGHTS = {JobKind.AUDIT: Right.AUDIT_READ, JobKind.PURGE: Right.PROTECTION_WRITE}


def lost_lock() -> WorkerError:
    """Return the error of a worker that may work no longer."""
    return WorkerError("与数据库的连接断开过，本任务进程已停止；未办完的任务由下一个任务进程续办")


def _may(store: Store, job: Job) -> None:
    """Refuse to act for an account that has ended, or whose role may not."""
    account = store.accounts.get(job.created_by)
    if account is None or not account.usable:
        raise WebError("交办人的账户已停用，任务未办理；请由有权的人员重新交办")
    right = right_for(job.kind)
    if right not in RIGHTS[account.role]:
        raise WebError("这个账户的角色无权办理（%(right)s）；请换有权的人员", right=right)


def tidy(store: Store, settings: Settings, *, clock: Clock = system_clock) -> None:
    """Remove files that no job wants any more, though they are sealed.

    A file stays while its job waits or runs, and a day after a job that failed or was stopped, to
    be tried again, or that compared it, to be imported; one whose job is not known yet stays an
    hour. Packs stay a day, and so does what senders called their files.
    """
    now = clock()
    files = [
        path
        for folder in (settings.uploads_dir, settings.packs_dir)
        for path in (folder.iterdir() if folder.exists() else ())
        if path.is_file()
    ]
    jobs = {name: job for job in store.jobs.latest(None) for name in job.file_names}
    for path in files:
        job = jobs.get(path.name)
        with suppress(FileNotFoundError):
            if job is None:
                made_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                if now - made_at > _UNKNOWN_KEPT:
                    path.unlink()
            elif job.state.ended:
                done = job.kind is JobKind.IMPORT and job.state is JobState.DONE
                if done or now - (job.ended_at or now) > KEPT:
                    path.unlink()
    for left in abandoned(settings.uploads_dir, OPEN):  # of a process that was killed
        shutil.rmtree(left, ignore_errors=True)
    store.jobs.forget_names(now - KEPT, by=settings.operator)


def _watch(job_id: str, telling: Telling, lost: Callable[[], bool]) -> Watch:
    """Return what says how far a job is, now and then, and ends it where it is to stop."""

    def begin(part: str) -> ProgressListener:
        said_s = 0.0

        def listen(done: int, total: int) -> None:
            nonlocal said_s
            now_s = time.monotonic()
            if done < total and now_s - said_s < _SAID_EVERY_S:
                return
            said_s = now_s
            say(done, total)

        def say(done: int, total: int) -> None:
            if lost():
                raise lost_lock()
            if telling.tell(job_id, Progress(part, done, total)):
                raise StoppedError("任务已停止")

        say(0, 0)
        return listen

    return begin


def _import(settings: Settings, job: Job, clock: Clock) -> Mapping[str, Any]:
    from web.steps.tables import take_in

    with _uploaded(settings, job, clock) as path:
        done = take_in(
            settings,
            job.wanted["kind"],
            path,
            datum=_datum(job),
            told=job.wanted.get("columns"),
            left_out=job.wanted.get("left_out", ()),
            quarantine=True,
            clock=clock,
        )
    shown = ("rows", "accepted", "corrected", "unchanged", "quarantined")
    return {
        **{name: getattr(done, name) for name in shown},
        "notes": [coded(one) for one in done.notes[:_MOST_NOTES]],
        "notes_count": len(done.notes),
    }


def _preview(settings: Settings, job: Job, clock: Clock) -> Mapping[str, Any]:
    from web.steps.tables import preview_file

    with _uploaded(settings, job, clock) as path:
        done = preview_file(
            settings,
            job.wanted["kind"],
            path,
            settings.uploads_dir / job.preview_name,
            datum=_datum(job),
            told=job.wanted.get("columns"),
            clock=clock,
        )
    counts = ("rows", "fresh", "changed", "unchanged", "quarantined", "missing", "refused")
    return {name: done[name] for name in counts}


@contextmanager
def _uploaded(settings: Settings, job: Job, clock: Clock) -> Iterator[Path]:
    """Yield the file that was sent, in the clear for as long as it is worked on."""
    path = settings.uploads_dir / Path(job.wanted["file"]).name
    if not path.exists():
        raise WebError("待导入的文件已不在，请重新上传")
    with closing(open_store(settings, clock)) as store:
        cipher = store.cipher
    with unsealed(cipher, path) as clear:
        yield clear


def _datum(job: Job) -> Datum | None:
    stated = job.wanted.get("datum")
    return Datum(stated) if stated else None


def _geocode(settings: Settings, _job: Job, clock: Clock) -> Mapping[str, Any]:
    from web.steps.geocoding import geocode_claims, geocode_duties
    from web.wiring import Court, using

    with using(Court(settings, clock=clock)) as court:
        geocode_duties(court, since=local_day(clock()))
        return {"geocoded": geocode_claims(court)}


def _plan(settings: Settings, job: Job, clock: Clock) -> Mapping[str, Any]:
    from web.steps.planning import make_plan

    wanted = job.wanted
    days = tuple(date.fromisoformat(day) for day in wanted["days"])
    known_by_s = wanted.get("known_by_s")
    made = make_plan(
        settings,
        days,
        teams=wanted.get("teams"),
        approval_by_s=known_by_s,
        answer_by_s=known_by_s,
        stop_s=float(wanted["stop_s"]),
        job=job,
        clock=clock,
    )
    shown = {name: made[name] for name in ("action", "planned_visits", "expected_found")}
    other = made.get("action_if_approved", made.get("action_if_declined"))
    return shown if other is None else {**shown, "other": other}


def _field_pack(settings: Settings, job: Job, clock: Clock) -> Mapping[str, Any]:
    from web.steps.exporting import export_plan, file_name

    wanted = job.wanted
    settings.packs_dir.mkdir(mode=0o700, exist_ok=True)
    path = settings.packs_dir / job.pack_name
    form = wanted.get("format", "pdf")
    done = export_plan(
        settings,
        wanted["action"],
        form,
        path,
        draft=wanted["draft"],
        sealed=True,
        by=job.created_by,
        clock=clock,
    )
    return {"name": file_name(done["action"], form, draft=done["draft"])}


def _spread(settings: Settings, job: Job, clock: Clock) -> Mapping[str, Any]:
    from web.desk import spread_places
    from web.wiring import Court, using

    with (
        stage(settings, marked("按确认的位置重新定位")) as listener,
        using(Court(settings, clock=clock)) as court,
    ):
        return spread_places(
            court.store, court.places, by=job.created_by, progress=lambda _: listener
        )


def _audit(settings: Settings, job: Job, clock: Clock) -> Mapping[str, Any]:
    from web.steps.auditing import verify_whole

    return verify_whole(settings, by=job.created_by, clock=clock)


def _purge(settings: Settings, job: Job, clock: Clock) -> Mapping[str, Any]:
    from web.steps.erasing import erase

    return erase(settings, by=job.created_by, clock=clock)


HANDLERS: dict[JobKind, Handler] = {
    JobKind.IMPORT: _import,
    JobKind.PREVIEW: _preview,
    JobKind.GEOCODE: _geocode,
    JobKind.PLAN: _plan,
    JobKind.FIELD_PACK: _field_pack,
    JobKind.SPREAD: _spread,
    JobKind.AUDIT: _audit,
    JobKind.PURGE: _purge,
}
"""How each kind of work is done."""
