"""The worker as a process of its own: it takes jobs, and what it was killed over is taken up."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from data.jobs import JobKind, JobState
from data.model import Role
from data.store import Store
from tests.postgres import Server, database
from tests.workers import worker
from web.cli import main
from web.clock import system_clock
from web.config import Settings
from web.queueing import loose_tables, open_queue

_PATIENCE_S = 60.0
_TABLE = "编号,派出所名称,经度,纬度\n" + "".join(
    f"PS{k:05d},示例派出所{k},118.6,24.9\n" for k in range(20_000)
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    assert CliRunner().invoke(main, ["--data-dir", str(tmp_path), "init"]).exit_code == 0
    return Settings(tmp_path)


def _add(settings: Settings, store: Store, *, queued: bool = True) -> str:
    settings.uploads_dir.mkdir(exist_ok=True)
    name = f"{time.monotonic_ns()}.csv"
    (settings.uploads_dir / name).write_text(_TABLE, encoding="utf-8")
    wanted = {"kind": "stations", "file": name, "name": "派出所.csv", "datum": ""}
    officer = store.accounts.named("officer") or store.accounts.create(
        "officer", "first-pass-1", Role.OFFICER, "示例"
    )
    job = store.jobs.add(JobKind.IMPORT, wanted, by=officer.id)
    if queued:
        open_queue(settings).put(job.id)
    return job.id


def _wait(store: Store, job_id: str, *states: JobState) -> JobState:
    ends_s = time.monotonic() + _PATIENCE_S
    while time.monotonic() < ends_s:
        found = store.jobs.get(job_id)
        assert found is not None
        if found.state in states:
            return found.state
        time.sleep(0.02)
    raise AssertionError(f"still {found.state}: {found.error}")


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = Store.open(settings.data_dir, clock=system_clock)
    yield opened
    opened.close()


def test_a_killed_worker_is_followed_by_one_that_takes_its_work_up(
    settings: Settings, store: Store
) -> None:
    with worker(settings) as first:
        job_id = _add(settings, store)
        _wait(store, job_id, JobState.RUNNING)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    held = store.jobs.get(job_id)
    assert held is not None
    assert held.state is JobState.RUNNING
    assert len(store.stations()) in (0, 20_000)  # all or nothing
    lost = _add(settings, store, queued=False)  # killed between store and queue
    with worker(settings):
        state = _wait(store, job_id, JobState.DONE, JobState.FAILED)
        assert state is JobState.DONE, getattr(store.jobs.get(job_id), "error", None)
        assert _wait(store, lost, JobState.DONE, JobState.FAILED) is JobState.DONE
    assert len(store.stations()) == 20_000
    again = store.jobs.get(job_id)
    assert again is not None
    assert again.attempts == 2
    assert store.audit.verify() > 0


def test_a_folder_has_oneworker(settings: Settings) -> None:
    with worker(settings):
        second = CliRunner().invoke(main, ["--data-dir", str(settings.data_dir), "work"])
    assert second.exit_code == 1
    assert "不必再启动" in second.stderr


def test_a_database_has_one_worker_which_ends_with_its_lock(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database(postgres, "one_worker") as url:
        monkeypatch.setenv("FIELDWRIT_DATABASE_URL", url)
        assert CliRunner().invoke(main, ["--data-dir", str(tmp_path), "init"]).exit_code == 0
        with worker(Settings(tmp_path)) as process:
            second = CliRunner().invoke(main, ["--data-dir", str(tmp_path), "work"])
            assert second.exit_code == 1
            assert f":{process.pid}" in second.stderr
            ended = postgres.tell(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name LIKE 'fieldwrit worker %'",
                database="one_worker",
            )
            assert ended == [(True,)]
            assert process.wait(_PATIENCE_S) == 1


_OLD_QUEUE = """
CREATE TABLE kv (queue text not null, key text not null, value blob not null,
    primary key(queue, key));
CREATE TABLE schedule (id integer not null primary key, queue text not null, data blob not null,
    timestamp real not null);
CREATE INDEX schedule_queue_timestamp ON schedule (queue, timestamp);
CREATE TABLE task (id integer not null primary key autoincrement, queue text not null,
    data blob not null, priority real not null default 0.0);
CREATE INDEX task_queue_priority_id ON task (queue, priority desc, id);
CREATE TABLE counter (queue text not null, key text not null, value integer not null default 0,
    primary key(queue, key));
"""
"""A queue as versions before its tables were strict made it."""


def _queue_of_an_earlier_version(settings: Settings) -> None:
    with closing(sqlite3.connect(settings.queue_path)) as connection:
        connection.executescript(_OLD_QUEUE)
        connection.execute("PRAGMA journal_mode = WAL")
    settings.queue_path.chmod(0o644)


def _doctor(settings: Settings, *words: str) -> dict[str, str]:
    command = ["--data-dir", str(settings.data_dir), "doctor", "--json", *words]
    told = json.loads(CliRunner().invoke(main, command).stdout)
    return {one["code"]: one["state"] for one in told["found"]}


def _rows(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(settings.queue_path)) as connection:
        return {
            name: sorted(connection.execute(f"SELECT * FROM {name}"))
            for name in ("counter", "kv", "schedule", "task")
        }


def test_the_queue_of_an_earlier_version_is_rebuilt_and_what_waits_is_done(
    settings: Settings, store: Store
) -> None:
    _queue_of_an_earlier_version(settings)
    waiting = [_add(settings, store) for _ in range(2)]
    open_queue(settings).ask_to_stop(waiting[1])
    before = _rows(settings)
    assert len(before["task"]) == 2
    assert len(loose_tables(settings.queue_path)) == 4
    assert _doctor(settings)["queue.tables"] == "note"
    assert loose_tables(settings.queue_path)
    mended = _doctor(settings, "--mend")
    assert mended["queue.tables"] == "mended"
    assert mended["file.mode"] == "mended"
    assert loose_tables(settings.queue_path) == ()
    assert stat.S_IMODE(settings.queue_path.stat().st_mode) == 0o600
    assert _rows(settings) == before
    assert {"queue", "queue.tables", "file.mode"}.isdisjoint(_doctor(settings))
    with closing(sqlite3.connect(settings.queue_path)) as connection:
        kept = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'index'").fetchall()
    assert {("schedule_queue_timestamp",), ("task_queue_priority_id",)} <= set(kept)
    with worker(settings):
        for job_id in waiting:
            assert _wait(store, job_id, JobState.DONE, JobState.FAILED) is JobState.DONE


def test_a_worker_goes_on_while_its_queue_is_rebuilt(settings: Settings, store: Store) -> None:
    _queue_of_an_earlier_version(settings)
    with worker(settings):
        jobs = [_add(settings, store) for _ in range(2)]
        _wait(store, jobs[0], JobState.RUNNING)
        assert len(_rows(settings)["task"]) == 1  # the second waits
        assert _doctor(settings, "--mend")["queue.tables"] == "mended"
        jobs.append(_add(settings, store))
        for job_id in jobs:
            assert _wait(store, job_id, JobState.DONE, JobState.FAILED) is JobState.DONE
    assert len(store.stations()) == 20_000


def test_a_worker_ends_with_what_began_it(settings: Settings) -> None:
    words = ["--data-dir", str(settings.data_dir), "work", "--with-parent"]
    code = (
        "import subprocess, sys, time\n"
        f"words = [sys.executable, '-c', 'from web.cli import run; run()', *{words!r}]\n"
        "worker = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)\n"
        "worker.stdout.readline()\n"
        "print(worker.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    ends_s = time.monotonic() + _PATIENCE_S
    while time.monotonic() < ends_s:
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{worker}/stat").read_text().split()[2] == "Z":
            return
        time.sleep(0.1)
    os.kill(worker, signal.SIGKILL)
    raise AssertionError("the worker went on alone")


@pytest.mark.parametrize("url", ["ftp://queue", "redis-not"])
def test_an_address_of_another_kind_of_queue_is_refused(tmp_path: Path, url: str) -> None:
    words = ["--data-dir", str(tmp_path), "init"]
    assert CliRunner().invoke(main, words).exit_code == 0
    words = ["--data-dir", str(tmp_path), "work"]
    result = CliRunner().invoke(main, words, env={"FIELDWRIT_QUEUE_URL": url})
    assert result.exit_code == 1
    assert "postgresql://" in result.stderr
