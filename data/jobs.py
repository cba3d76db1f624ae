"""Long work that somebody asked for: what it is, how far it is, and how it ended.

The queue carries ids, and how far a job is while it runs: a job that writes in one transaction
could not say so here. What is true of a job stands here, so that work that was cut off is found
and taken up again, and none is done twice at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, case, select, update

from data.crypto import new_id
from data.errors import StoreError, WorkerError
from data.kept_messages import coded, decoded
from data.schema import JobRow
from data.upsert import table_of
from data.work import Database, Work
from geo.messages import Message, message

__all__ = ["MOST_ATTEMPTS", "Job", "JobKind", "JobState", "Jobs", "keep_result"]

MOST_ATTEMPTS = 3
"""How often work that was cut off is taken up by itself."""

_TABLE = table_of(JobRow)
_CUT_OFF = message("进程中断已达 %(count)d 次，未再自动续办；请核对后重试", count=MOST_ATTEMPTS)


class JobKind(StrEnum):
    """What is done."""

    IMPORT = "import"
    PREVIEW = "preview"
    GEOCODE = "geocode"
    PLAN = "plan"
    FIELD_PACK = "field_pack"
    SPREAD = "spread"  # addresses near confirmed places are located anew
    AUDIT = "audit"
    PURGE = "purge"


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"

    @property
    def ended(self) -> bool:
        """Whether nothing more happens by itself."""
        return self in (JobState.DONE, JobState.FAILED, JobState.STOPPED)


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of long work.

    Parameters
    ----------
    wanted
        Ids and plain values that say what is to be done.
    result
        What it brought; while it runs, what was kept already.
    error
        Why it failed.
    """

    id: str
    kind: JobKind
    state: JobState
    created_at: datetime
    created_by: str
    wanted: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    attempts: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    result: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    error: Message | None = field(default=None, repr=False)

    @property
    def preview_name(self) -> str:
        """Name of the file that holds what a preview found."""
        return f"{self.id}.preview"

    @property
    def pack_name(self) -> str:
        """Name of the file that a plan is exported to."""
        return f"{self.id}.pack"

    @property
    def file_names(self) -> tuple[str, ...]:
        """Names of all files that may lie in the data folder for it, the one it was given first."""
        given = self.wanted.get("file")
        return (*(() if given is None else (str(given),)), self.preview_name, self.pack_name)


class Jobs:
    """The jobs of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, kind: JobKind, wanted: Mapping[str, Any], *, by: str) -> Job:
        """Ask for a job; it waits until a worker takes it."""
        job_id = new_id("j")
        with self._database.write() as work:
            work.connection.execute(
                _TABLE.insert().values(
                    id=job_id,
                    kind=kind.value,
                    state=JobState.QUEUED.value,
                    wanted=json.dumps(dict(wanted), ensure_ascii=False),
                    created_at=work.clock(),
                    created_by=by,
                    attempts=0,
                )
            )
            work.record(by, "job.add", f"job:{job_id}", {"kind": kind.value})
        return self._kept(job_id)

    def get(self, job_id: str) -> Job | None:
        """Return the job with this id, or None."""
        with self._database.read() as connection:
            row = connection.execute(select(_TABLE).where(_TABLE.c.id == job_id)).one_or_none()
        return None if row is None else _job(row._mapping)

    def latest(self, limit: int | None = 50) -> tuple[Job, ...]:
        """Return the newest jobs, or all, those that have not ended first."""
        waiting = case((_TABLE.c.state.in_(("queued", "running")), 0), else_=1)
        query = select(_TABLE).order_by(waiting, _TABLE.c.created_at.desc(), _TABLE.c.id)
        with self._database.read() as connection:
            return tuple(_job(row._mapping) for row in connection.execute(query.limit(limit)))

    def newest(self, kind: JobKind) -> Job | None:
        """Return the job of a kind that was asked for last."""
        query = (
            select(_TABLE)
            .where(_TABLE.c.kind == kind.value)
            .order_by(_TABLE.c.created_at.desc(), _TABLE.c.id)
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _job(row._mapping)

    def take(self, job_id: str) -> Job | None:
        """Take a waiting job to work on it; None where it waits no more."""
        with self._database.write() as work:
            taken = work.connection.execute(
                update(_TABLE)
                .where(_TABLE.c.id == job_id, _TABLE.c.state == JobState.QUEUED.value)
                .values(
                    state=JobState.RUNNING.value,
                    started_at=work.clock(),
                    attempts=_TABLE.c.attempts + 1,
                )
            ).rowcount
            if taken:
                _tell(work, job_id, "job.take")
        return self._kept(job_id) if taken else None

    def worker_lock(self, name: str) -> AbstractContextManager[Callable[[], bool]]:
        """Yield while no other process works on these jobs; see :mod:`data.backend`.

        Raises
        ------
        WorkerError
            If another does; it is named.
        """
        return self._database.backend.worker_lock(name)

    def finish(self, job: Job, result: Mapping[str, Any]) -> None:
        """End a job that was done, as it was taken; one that another took up since is left alone.

        So it is with :meth:`fail` and :meth:`end_stopped`.
        """
        text = json.dumps(dict(result), ensure_ascii=False, default=str)
        self._end(job, JobState.DONE, result=text)

    def fail(self, job: Job, error: Message) -> None:
        """End a job that could not be done."""
        self._end(job, JobState.FAILED, error=_text(error))

    def end_stopped(self, job: Job) -> None:
        """End a job that somebody stopped."""
        self._end(job, JobState.STOPPED)

    def ask_to_stop(self, job_id: str, *, by: str) -> bool:
        """End a job that has not begun; returns whether it has, and must end by itself.

        Raises
        ------
        StoreError
            If there is no such job.
        """
        with self._database.write() as work:
            state = _state(work, job_id)
            if state.ended:
                return False
            if state is JobState.QUEUED:
                _close(work, job_id, JobState.STOPPED)
            work.record(by, "job.stop", f"job:{job_id}")
        return state is JobState.RUNNING

    def retry(self, job_id: str, *, by: str) -> Job:
        """Let a job that failed or was stopped wait again.

        Raises
        ------
        StoreError
            If there is no such job, or it did not fail.
        """
        with self._database.write() as work:
            if _state(work, job_id) not in (JobState.FAILED, JobState.STOPPED):
                raise StoreError("只有未完成或已停止的任务可以重试")
            _wait_again(work, job_id, attempts=0)
            work.connection.execute(  # it is done in the name of whoever asked last
                update(_TABLE).where(_TABLE.c.id == job_id).values(created_by=by)
            )
            work.record(by, "job.retry", f"job:{job_id}")
        return self._kept(job_id)

    def forget_names(self, before: datetime, *, by: str) -> None:
        """Let go what senders called their files, which may name a person, of jobs that ended.

        Parameters
        ----------
        before
            Of jobs that ended earlier than this.
        """
        for job in self.latest(None):
            if "name" in job.wanted and job.ended_at is not None and job.ended_at < before:
                left = {name: value for name, value in job.wanted.items() if name != "name"}
                with self._database.write() as work:
                    work.connection.execute(
                        update(_TABLE)
                        .where(_TABLE.c.id == job.id, _TABLE.c.ended_at.is_not(None))
                        .values(wanted=json.dumps(left, ensure_ascii=False))
                    )
                    work.record(by, "job.forget_name", f"job:{job.id}")

    def recover(
        self, *, by: str, stop_asked: Callable[[str], bool] = lambda _: False
    ) -> tuple[str, ...]:
        """Put right what a worker that is gone left running; return the ids of all that wait.

        To be called by the only worker, before it takes anything. What was cut off too often is
        told to have failed.

        Parameters
        ----------
        stop_asked
            Whether somebody asked a job to stop while it ran.
        """
        with self._database.write() as work:
            running = select(_TABLE.c.id, _TABLE.c.attempts).where(
                _TABLE.c.state == JobState.RUNNING.value
            )
            for row in work.connection.execute(running).all():
                if stop_asked(row.id):
                    _close(work, row.id, JobState.STOPPED)
                elif row.attempts >= MOST_ATTEMPTS:
                    _close(work, row.id, JobState.FAILED, error=_text(_CUT_OFF))
                else:
                    _wait_again(work, row.id, attempts=row.attempts)
                work.record(by, "job.recover", f"job:{row.id}")
            waiting = (
                select(_TABLE.c.id)
                .where(_TABLE.c.state == JobState.QUEUED.value)
                .order_by(_TABLE.c.created_at, _TABLE.c.id)
            )
            return tuple(work.connection.scalars(waiting))

    def _end(self, job: Job, state: JobState, **more: Any) -> None:
        with self._database.write() as work:
            if work.connection.scalar(select(_TABLE.c.id).where(*_as_taken(job))) is not None:
                _close(work, job.id, state, **more)
                _tell(work, job.id, "job.end", {"state": state.value})

    def _kept(self, job_id: str) -> Job:
        found = self.get(job_id)
        assert found is not None
        return found


def keep_result(work: Work, job: Job, result: Mapping[str, Any]) -> None:
    """Note what a job under way brought, in the transaction that keeps it.

    Whoever takes the job up finds it there and brings it no second time.

    Raises
    ------
    WorkerError
        If another worker took the job up; nothing of the transaction may be kept then.
    """
    text = json.dumps(dict(result), ensure_ascii=False, default=str)
    noted = work.connection.execute(update(_TABLE).where(*_as_taken(job)).values(result=text))
    if not noted.rowcount:
        raise WorkerError("任务已由另一个任务进程续办，本次的结果未保存")


def _as_taken(job: Job) -> tuple[ColumnElement[bool], ...]:
    """Return what holds of the row of a job while nobody else took it up."""
    return (
        _TABLE.c.id == job.id,
        _TABLE.c.state == JobState.RUNNING.value,
        _TABLE.c.attempts == job.attempts,
        _TABLE.c.started_at == job.started_at,
    )


def _state(work: Work, job_id: str) -> JobState:
    found = work.connection.scalar(select(_TABLE.c.state).where(_TABLE.c.id == job_id))
    if found is None:
        raise StoreError("没有这个任务")
    return JobState(found)


def _tell(work: Work, job_id: str, act: str, detail: Mapping[str, Any] | None = None) -> None:
    """Record what a worker did with a job, in the name of whoever asked for it."""
    by = work.connection.scalar(select(_TABLE.c.created_by).where(_TABLE.c.id == job_id))
    work.record(str(by), act, f"job:{job_id}", detail)


def _close(work: Work, job_id: str, state: JobState, **more: Any) -> None:
    work.connection.execute(
        update(_TABLE)
        .where(_TABLE.c.id == job_id)
        .values(state=state.value, ended_at=work.clock(), **more)
    )


def _wait_again(work: Work, job_id: str, *, attempts: int) -> None:
    work.connection.execute(
        update(_TABLE)
        .where(_TABLE.c.id == job_id)
        .values(
            state=JobState.QUEUED.value,
            attempts=attempts,
            ended_at=None,
            error=None,
        )
    )


def _text(error: Message) -> str:
    return json.dumps(coded(error), ensure_ascii=False, default=str)


def _job(values: RowMapping) -> Job:
    error = None if values["error"] is None else decoded(json.loads(values["error"]))
    return Job(
        values["id"],
        JobKind(values["kind"]),
        JobState(values["state"]),
        values["created_at"],
        values["created_by"],
        json.loads(values["wanted"]),
        values["attempts"],
        values["started_at"],
        values["ended_at"],
        json.loads(values["result"] or "{}"),
        error,
    )
