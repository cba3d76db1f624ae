"""The queue of long work: it carries the ids of jobs from the pages to the worker.

Back it carries how far they are, and forth again whether one is to stop. What is true of a job
stands in the store; an id that is carried twice does nothing twice.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import ClassVar, Protocol
from urllib.parse import urlsplit

from huey import Huey, SqliteHuey
from huey.serializer import SignedSerializer
from huey.storage import SqliteStorage

from data.sqlite import keep_to_owner
from web.config import Settings, secret_key
from web.errors import SettingsError

__all__ = [
    "JobQueue",
    "Progress",
    "Queue",
    "Telling",
    "loose_tables",
    "make_strict",
    "open_queue",
]

_NAME = "fieldwrit"
_TASK = "work_on"
_PROGRESS, _STOP = "progress:", "stop:"
_LOOSE = (
    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND NOT strict"
    " AND name IN ('counter', 'kv', 'schedule', 'task') ORDER BY name"
)
_BUSY_S = 10.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the part of a job is that ``part`` names, in Chinese source text."""

    part: str
    done: int
    total: int


def _sealed(settings: Settings) -> SignedSerializer:
    """Return what seals all that the queue holds, so that nobody else's is ever read."""
    return SignedSerializer(secret=secret_key(settings), salt=_NAME)


class JobQueue(Protocol):
    """Takes the ids of jobs that wait, and tells of those under way."""

    def put(self, job_id: str) -> None:
        """Let a worker take this job when it has time."""
        ...

    def progress(self, job_id: str) -> Progress | None:
        """Return how far a job is, as it said last."""
        ...

    def ask_to_stop(self, job_id: str) -> None:
        """Let a job under way end at its next step."""
        ...

    def stop_asked(self, job_id: str) -> bool:
        """Whether somebody asked a job to stop since it was put."""
        ...


class Telling(Protocol):
    """Takes how far jobs are."""

    def tell(self, job_id: str, progress: Progress) -> bool:
        """Say how far a job is; returns whether it is to stop."""
        ...


class _StrictStorage(SqliteStorage):  # type: ignore[misc]
    """huey's tables, strict like those of the store."""

    table_task = f"{SqliteStorage.table_task} strict"
    ddl: ClassVar[list[str]] = [
        f"{one} strict" if one.startswith("create table") else one for one in SqliteStorage.ddl
    ]


class _StrictHuey(SqliteHuey):  # type: ignore[misc]
    storage_class = _StrictStorage


class Queue:
    """A queue that huey keeps; ``act`` is what a worker does with each id."""

    def __init__(self, huey: Huey) -> None:
        self.huey = huey
        self.act: Callable[[str], None] | None = None
        self._task = huey.task(name=_TASK)(self._run)

    def put(self, job_id: str) -> None:
        """Let a worker take this job when it has time."""
        for kept in (_PROGRESS, _STOP):
            self.huey.delete(f"{kept}{job_id}")
        self._task(job_id)

    def progress(self, job_id: str) -> Progress | None:
        """Return how far a job is, as it said last."""
        said = self.huey.get(f"{_PROGRESS}{job_id}", peek=True)
        return None if said is None else Progress(*said)

    def tell(self, job_id: str, progress: Progress) -> bool:
        """Say how far a job is; returns whether it is to stop."""
        self.huey.put(f"{_PROGRESS}{job_id}", astuple(progress))
        return self.stop_asked(job_id)

    def ask_to_stop(self, job_id: str) -> None:
        """Let a job under way end at its next step."""
        self.huey.put(f"{_STOP}{job_id}", True)

    def stop_asked(self, job_id: str) -> bool:
        """Whether somebody asked a job to stop since it was put."""
        return self.huey.get(f"{_STOP}{job_id}", peek=True) is not None

    def serve(self, act: Callable[[str], None], *, over: threading.Event) -> None:
        """Run ``act`` on each id until this process is told to end, or ``over`` is set.

        SIGINT and ``over`` let the job under way come to its end first, SIGTERM does not.
        """
        self.act = act
        consumer = self.huey.create_consumer(
            workers=1, periodic=False, max_delay=1.0, check_worker_health=True
        )

        def end() -> None:
            over.wait()
            consumer.stop_flag.set()

        threading.Thread(target=end, daemon=True).start()
        consumer.run()
        if over.is_set():
            consumer.stop(graceful=True)

    def _run(self, job_id: str) -> None:
        assert self.act is not None
        self.act(job_id)


def open_queue(settings: Settings) -> Queue:
    """Return the court's queue: the server of the settings, or a file of its own in the folder.

    Where several machines share a database, it holds the queue too: a job may be asked for on one
    and done on another.

    Raises
    ------
    SettingsError
        If the address is of no kind that is known, or the library for it is missing.
    """
    url = settings.queue_url or settings.database_url
    kept = {"name": _NAME, "results": False, "serializer": _sealed(settings)}
    if not url:
        keep_to_owner(settings.queue_path)
        return Queue(
            _StrictHuey(filename=str(settings.queue_path), fsync=True, strict_fifo=True, **kept)
        )
    try:
        if urlsplit(url).scheme in ("postgresql", "postgres"):
            from huey import PostgresHuey

            return Queue(PostgresHuey(dsn=url, **kept))
        if urlsplit(url).scheme in ("redis", "rediss", "unix"):
            from huey import RedisHuey

            return Queue(RedisHuey(url=url, **kept))
    except Exception as error:  # of whichever library; its text may hold the password
        raise SettingsError(
            "任务队列无法打开（%(why)s）；请核对 FIELDWRIT_QUEUE_URL，并安装对应的库",
            why=type(error).__name__,
        ) from None
    raise SettingsError("FIELDWRIT_QUEUE_URL 须以 postgresql:// 或 redis:// 开头")


def loose_tables(path: Path) -> tuple[str, ...]:
    """Return the tables of a queue's file that an earlier version made, which are not strict."""
    with closing(sqlite3.connect(path)) as connection:
        return tuple(name for (name,) in connection.execute(_LOOSE))


def make_strict(path: Path) -> None:
    """Make the loose tables of a queue's file anew; what they hold stays.

    A worker may go on meanwhile: it is one transaction.

    Raises
    ------
    sqlite3.Error
        If it cannot be done; the file is as it was.
    """
    statements = _StrictStorage(filename=path, strict_fifo=True, create_tables=False).ddl
    with closing(sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        loose = [name for (name,) in connection.execute(_LOOSE)]
        for name in loose:
            connection.execute(f"ALTER TABLE {name} RENAME TO {name}_loose")
        for statement in statements:
            connection.execute(statement)
        for name in loose:
            asked = "SELECT name FROM pragma_table_info(?)"
            held = connection.execute(asked, (f"{name}_loose",))
            columns = ", ".join(column for (column,) in held)
            connection.execute(
                f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {name}_loose"  # noqa: S608
            )
            connection.execute(f"DROP TABLE {name}_loose")
        for statement in statements:  # the indexes hung on what is gone
            connection.execute(statement)
        connection.execute("COMMIT")
