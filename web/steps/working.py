"""Run the worker: put right what an earlier one left, then take jobs as they come."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

from data.errors import WorkerError
from routes.ports import Clock
from web.clock import system_clock
from web.config import Settings
from web.i18n import marked, translator
from web.queueing import open_queue
from web.stores import open_store
from web.working import lost_lock, tidy, work_on

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
        End when the process that began this one is gone, and wait while another works.

    Raises
    ------
    WorkerError
        If another worker has this store, or the lock was lost with the database's connection; the
        next worker takes up what was under way.
    """
    if with_parent:
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    name = f"{platform.node()}:{os.getpid()}"
    with closing(open_store(settings, clock)) as store, ExitStack() as held:
        while True:
            try:
                still = held.enter_context(store.jobs.worker_lock(name))
                break
            except WorkerError:
                if not with_parent:
                    raise
                time.sleep(_AGAIN_S)
        tenure = _Tenure(still)
        threading.Thread(target=tenure.watch, daemon=True).start()
        queue = open_queue(settings)
        for job_id in store.jobs.recover(by=settings.operator, stop_asked=queue.stop_asked):
            queue.put(job_id)
        tidy(store, settings, clock=clock)
        announce(translator(settings.language)(marked("任务进程已启动")))

        def act(job_id: str) -> None:
            work_on(store, settings, job_id, telling=queue, lost=tenure.lost, clock=clock)
            if not tenure.over.is_set():
                tidy(store, settings, clock=clock)

        queue.serve(act, over=tenure.over)
        if tenure.over.is_set():
            raise lost_lock()


class _Tenure:
    """Knows whether this process is the one worker still; once it was not, it never is again."""

    def __init__(self, still: Callable[[], bool]) -> None:
        self._still, self._one_asks = still, threading.Lock()
        self.over = threading.Event()

    def lost(self) -> bool:
        """Ask the store now."""
        with self._one_asks:
            if not self.over.is_set() and not self._still():
                self.over.set()
        return self.over.is_set()

    def watch(self) -> None:
        """Ask again and again, so that the end is noticed while no job does."""
        while not self.lost():
            time.sleep(_LOOKS_EVERY_S)


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
