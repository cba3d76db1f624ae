"""The queue, kept in a file or on a PostgreSQL or Redis server."""

from __future__ import annotations

import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.postgres import database
from web.config import Settings
from web.errors import SettingsError
from web.queueing import Progress, Queue, open_queue


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    socket = folder / "redis"
    words = [program, "--port", "0", "--unixsocket", str(socket), "--save", ""]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, cwd=folder)
    try:
        ends_s = time.monotonic() + 20
        while not socket.exists() and time.monotonic() < ends_s:
            time.sleep(0.02)
        yield f"unix://{socket}"
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(params=["file", "postgresql", "redis"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    if request.param == "file":
        yield Settings(tmp_path)
        return
    if request.param == "redis":
        with _redis(tmp_path) as url:
            yield Settings(tmp_path, queue_url=url)
        return
    with database(request.getfixturevalue("postgres"), "queue_test") as url:
        yield Settings(tmp_path, queue_url=url)


def _served(queue: Queue, count: int) -> list[str]:
    """Let a worker take so many jobs and end."""
    taken: list[str] = []
    consumer = queue.huey.create_consumer(workers=1, periodic=False, max_delay=0.1)
    enough = threading.Event()

    def act(job_id: str) -> None:
        taken.append(job_id)
        if len(taken) >= count:
            enough.set()

    queue.act = act
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(each) for each in signals]
    consumer.start()
    try:
        assert enough.wait(30)
        consumer.stop(graceful=True)
    finally:
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)
    return taken


def test_jobs_are_taken_in_their_order_by_another_process(settings: Settings) -> None:
    pages = open_queue(settings)
    for job_id in ("j1", "j2", "j3"):
        pages.put(job_id)
    assert _served(open_queue(settings), 3) == ["j1", "j2", "j3"]


def test_how_far_and_whether_to_stop_pass_both_ways(settings: Settings) -> None:
    pages, worker = open_queue(settings), open_queue(settings)
    assert pages.progress("j1") is None
    assert not worker.tell("j1", Progress("规划路线", 3, 9))
    assert pages.progress("j1") == Progress("规划路线", 3, 9)
    pages.ask_to_stop("j1")
    assert worker.tell("j1", Progress("规划路线", 4, 9))
    assert not worker.tell("j2", Progress("规划路线", 1, 9))
    pages.put("j1")
    assert pages.progress("j1") is None
    assert not worker.stop_asked("j1")


def test_a_server_out_of_reach_is_told_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://court:canary@127.0.0.1:9/queue"
    with pytest.raises(SettingsError, match="FIELDWRIT_QUEUE_URL") as error:
        open_queue(Settings(tmp_path, queue_url=url))
    assert "canary" not in f"{error.value!r}{error.value}{error.value.__cause__}"
    assert "canary" not in repr(Settings(tmp_path, queue_url=url))
