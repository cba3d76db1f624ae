"""Run the worker: put right what an earlier one left, then take jobs as they come."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from filelock import FileLock, Timeout

from data.store import Store
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.errors import BusyError
from web.i18n import marked, translator
from web.queueing import Queue, open_queue
from web.stores import open_store
from web.working import tidy, work_on

__all__ = ["beside", "work"]

_ENDS_S = 20.0
_LOOKS_EVERY_S = 1.0
_AGAIN_S = 5.0  # after a worker died, before the next


def work(
    settings: Settings,
    *,
    announce: Callable[[str], None],
    with_parent: bool = False,
    clock: Clock = system_clock,
) -> None:
    """Take jobs until this process is told to end.

    Parameters
    ----------
    with_parent
        End when the process that began this one is gone.

    Raises
    ------
    BusyError
        If another worker has this folder.
    """
    lock = FileLock(settings.worker_lock_path)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise BusyError("这个数据目录已有一个任务进程在运行，不必再启动") from error
    with lock, closing(open_store(settings, clock)) as store:
        if with_parent:
            threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
        queue = open_queue(settings)
        for job_id in store.jobs.recover(by=settings.operator, stop_asked=queue.stop_asked):
            queue.put(job_id)
        tidy(store, settings, clock=clock)
        announce(translator(settings.language)(marked("任务进程已启动")))
        queue.serve(lambda job_id: _one(store, settings, job_id, queue, clock))


def _one(store: Store, settings: Settings, job_id: str, queue: Queue, clock: Clock) -> None:
    work_on(store, settings, job_id, telling=queue, clock=clock)
    tidy(store, settings, clock=clock)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOKS_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def beside(settings: Settings) -> Iterator[None]:
    """Run a worker in a process of its own while the block runs; one that dies is followed."""
    over = threading.Event()
    keeper = threading.Thread(target=_keep, args=(settings, over), name="worker-keeper")
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _keep(settings: Settings, over: threading.Event) -> None:
    words = ["--data-dir", str(settings.data_dir), "--lang", settings.language, "work"]
    while not over.is_set():
        worker = subprocess.Popen(  # noqa: S603 (this program itself, in the settings' folder)
            [sys.executable, "-c", "from web.cli import run; run()", *words, "--with-parent"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the pages, which then end the worker
        )
        while worker.poll() is None and not over.wait(_LOOKS_EVERY_S):
            pass
        if over.is_set():
            _end(worker)
        over.wait(_AGAIN_S)


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.terminate()
    try:
        worker.wait(_ENDS_S)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()
