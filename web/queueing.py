"""The queue of long work: it carries the ids of jobs from the pages to the worker.

What is true of a job stands in the store; an id that is carried twice does nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

from huey import Huey, SqliteHuey

from web.config import Settings
from web.errors import SettingsError

__all__ = ["JobQueue", "Queue", "open_queue"]

_NAME = "fieldwrit"
_TASK = "work_on"


class JobQueue(Protocol):
    """Takes the ids of jobs that wait."""

    def put(self, job_id: str) -> None:
        """Let a worker take this job when it has time."""
        ...


class Queue:
    """A queue that huey keeps."""

    def __init__(self, huey: Huey) -> None:
        self.huey = huey
        self._act: Callable[[str], None] | None = None
        self._task = huey.task(name=_TASK)(self._run)

    def put(self, job_id: str) -> None:
        """Let a worker take this job when it has time."""
        self._task(job_id)

    def serve(self, act: Callable[[str], None]) -> None:
        """Run ``act`` on each id until this process is told to end.

        SIGINT lets the job under way come to its end first, SIGTERM does not.
        """
        self._act = act
        consumer = self.huey.create_consumer(
            workers=1, periodic=False, max_delay=1.0, check_worker_health=True
        )
        consumer.run()

    def _run(self, job_id: str) -> None:
        assert self._act is not None
        self._act(job_id)


def open_queue(settings: Settings) -> Queue:
    """Return the court's queue: a file of its own in the folder, or the server of the settings.

    Raises
    ------
    SettingsError
        If the address is of no kind that is known, or the library for it is missing.
    """
    url = settings.queue_url
    kept = {"name": _NAME, "results": False}
    if not url:
        return Queue(
            SqliteHuey(filename=str(settings.queue_path), fsync=True, strict_fifo=True, **kept)
        )
    try:
        if urlsplit(url).scheme in ("postgresql", "postgres"):
            from huey import PostgresHuey

            return Queue(PostgresHuey(dsn=url, **kept))
        if urlsplit(url).scheme in ("redis", "rediss"):
            from huey import RedisHuey

            return Queue(RedisHuey(url=url, **kept))
    except Exception as error:  # of whichever library; its text may hold the password
        raise SettingsError(
            "任务队列无法打开（%(why)s）；请核对 FIELDWRIT_QUEUE_URL，并安装对应的库",
            why=type(error).__name__,
        ) from None
    raise SettingsError("FIELDWRIT_QUEUE_URL 须以 postgresql:// 或 redis:// 开头")
