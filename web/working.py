"""The worker: takes jobs one after another and does each as its command would."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from data.jobs import JobKind, JobState
from data.store import Store
from geo.errors import FieldwritError
from geo.messages import message
from geo.model import Datum
from geo.ports import ProgressListener
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings, Watch
from web.errors import StoppedError, WebError
from web.queueing import Progress, Telling

__all__ = ["HANDLERS", "tidy", "work_on"]

_log = logging.getLogger(__name__)
_SAID_EVERY_S = 0.5
_KEPT = timedelta(days=1)
_LOOKED_AT = 1000  # jobs, the newest
_BROKEN = message("程序出错，任务未完成；请重试，仍不行请告知管理员")

Handler = Callable[[Settings, Mapping[str, Any], Clock], Mapping[str, Any]]


def work_on(
    store: Store,
    settings: Settings,
    job_id: str,
    *,
    telling: Telling,
    clock: Clock = system_clock,
) -> None:
    """Do a job that waits; one that waits no more is left alone.

    The job is done in its asker's name. Whatever happens to it, the worker goes on.
    """
    job = store.jobs.take(job_id)
    if job is None:
        return
    own = replace(settings, operator=job.created_by, watch=_watch(job.id, telling))
    try:
        result = HANDLERS[job.kind](own, job.wanted, clock)
    except StoppedError:
        store.jobs.end_stopped(job.id)
    except FieldwritError as error:
        store.jobs.fail(job.id, error.message)
    except Exception as error:
        # its text may hold a name or an address
        _log.error("job %s: %s", job.id, type(error).__name__)
        store.jobs.fail(job.id, _BROKEN)
    else:
        store.jobs.finish(job.id, result)


def tidy(store: Store, settings: Settings, *, clock: Clock = system_clock) -> None:
    """Remove files of jobs that ended well or were given up, and packs made a day ago.

    They hold in the clear what the store encrypts. A file of a job that failed stays a day, to
    be tried again.
    """
    old_s = clock().timestamp() - _KEPT.total_seconds()
    wanted = {
        str(job.wanted.get("file", ""))
        for job in store.jobs.latest(_LOOKED_AT)
        if job.kind is JobKind.IMPORT and job.state is not JobState.DONE
    }
    for folder in (settings.uploads_dir, settings.packs_dir):
        for path in folder.iterdir() if folder.exists() else ():
            kept = folder == settings.packs_dir or path.name in wanted
            with suppress(FileNotFoundError):
                if not kept or path.stat().st_mtime < old_s:
                    path.unlink()


def _watch(job_id: str, telling: Telling) -> Watch:
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
            if telling.tell(job_id, Progress(part, done, total)):
                raise StoppedError("任务已停止")

        say(0, 0)
        return listen

    return begin


def _import(settings: Settings, wanted: Mapping[str, Any], clock: Clock) -> Mapping[str, Any]:
    from web.steps.tables import import_file

    path = settings.uploads_dir / Path(wanted["file"]).name
    if not path.exists():
        raise WebError("待导入的文件已不在，请重新上传")
    done = import_file(
        settings,
        wanted["kind"],
        path,
        datum=Datum(wanted["datum"]) if wanted.get("datum") else None,
        quarantine=True,
        clock=clock,
    )
    return {name: done[name] for name in ("rows", "accepted", "unchanged", "quarantined")}


def _geocode(settings: Settings, _wanted: Mapping[str, Any], clock: Clock) -> Mapping[str, Any]:
    from web.steps.geocoding import geocode_claims
    from web.wiring import Court, using

    with using(Court(settings, clock=clock)) as court:
        return {"geocoded": geocode_claims(court)}


def _plan(settings: Settings, wanted: Mapping[str, Any], clock: Clock) -> Mapping[str, Any]:
    from web.steps.planning import make_plan

    days = tuple(date.fromisoformat(day) for day in wanted["days"])
    made = make_plan(settings, days, stop_s=float(wanted["stop_s"]), clock=clock)
    return {name: made[name] for name in ("action", "planned_visits", "expected_found")}


def _field_pack(settings: Settings, wanted: Mapping[str, Any], clock: Clock) -> Mapping[str, Any]:
    from web.steps.exporting import export_plan

    settings.packs_dir.mkdir(mode=0o700, exist_ok=True)
    path = settings.packs_dir / f"{wanted['action']}.pdf"
    export_plan(settings, wanted["action"], "pdf", path, draft=wanted["draft"], clock=clock)
    return {"action": wanted["action"]}


HANDLERS: dict[JobKind, Handler] = {
    JobKind.IMPORT: _import,
    JobKind.GEOCODE: _geocode,
    JobKind.PLAN: _plan,
    JobKind.FIELD_PACK: _field_pack,
}
"""How each kind of work is done."""
