"""Imports killed half-way, in real processes: they are taken up, and end as unbroken ones."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import stat
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from data.jobs import Job, JobKind, JobState
from data.model import Role
from data.schema import Base
from data.sealed_files import OPEN, seal_file
from data.store import Store
from tests.conftest import run_fieldwrit
from tests.data.samples import CASE_ROW, NUMBER, write_csv
from tests.workers import worker
from web.clock import system_clock
from web.config import Settings
from web.queueing import open_queue

_PATIENCE_S = 240.0
_CASES = 20_000  # so many that processes of their own make the rows
_HELD = 50
_BAD = 3
_OF_THIS_RUN = frozenset({"audit_entry", "job", "setting"})
"""Tables that tell what was done when, of which the sameness of two stores is not asked."""

_DRAWN = frozenset({"at", "written_at", "batch_id"})
_DRAWN_IDS = frozenset({"import_batch", "quarantined_row"})


def _row(k: int) -> dict[str, str]:
    return dict(CASE_ROW) | {
        "案号": NUMBER.replace("执1号", f"执{k}号"),
        "被执行人": f"陈示例{k}",
        "地址1": f"甲县乙镇丙村{k % 300 + 1}号",
        "地址2": f"甲县丁镇戊路{k % 500 + 1}号",
        "地址2来源": "户籍",
        "地址2日期": "2026-02-03",
        "地址2依据": "",
        "地址2核对标识": "",
    }


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Twenty thousand cases, of which some are held already and some have no number."""
    rows = [_row(k) for k in range(1, _CASES + 1)] + [_row(0) | {"案号": "x"}] * _BAD
    return write_csv(tmp_path_factory.mktemp("table") / "cases.csv", rows).read_bytes()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    folder = tmp_path / "court"
    held = write_csv(tmp_path / "held.csv", [_row(k) for k in range(1, _HELD + 1)])
    for words in (("init",), ("import", "cases", held)):
        done = run_fieldwrit("--data-dir", folder, *words, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    return Settings(folder)


def _ask(settings: Settings, table: bytes) -> str:
    """Seal a table as the page does, and ask for its import."""
    settings.uploads_dir.mkdir(mode=0o700, exist_ok=True)
    with closing(Store.open(settings.data_dir, clock=system_clock)) as store:
        seal_file(store.cipher, io.BytesIO(table), settings.uploads_dir / "sent.csv")
        officer = store.accounts.create("officer", "first-pass-1", Role.OFFICER, "示例")
        wanted = {"kind": "cases", "file": "sent.csv", "name": "案件.csv", "datum": ""}
        return store.jobs.add(JobKind.IMPORT, wanted, by=officer.id).id


def _job(settings: Settings, job_id: str) -> Job:
    with closing(Store.open(settings.data_dir, clock=system_clock)) as store:
        found = store.jobs.get(job_id)
        assert found is not None
        return found


def _far(settings: Settings, job_id: str, part: float) -> None:
    """Wait until a job has done a part of its work."""
    queue, ends_s = open_queue(settings), time.monotonic() + _PATIENCE_S
    while time.monotonic() < ends_s:
        said = queue.progress(job_id)
        if said is not None and said.total and said.done >= part * said.total:
            assert said.done < said.total
            return
        time.sleep(0.01)
    raise AssertionError(f"only {said}: {_job(settings, job_id)}")


def _ended(settings: Settings, job_id: str) -> Job:
    ends_s = time.monotonic() + _PATIENCE_S
    while not (found := _job(settings, job_id)).state.ended:
        assert time.monotonic() < ends_s, found
        time.sleep(0.2)
    return found


def _kill(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def _content(settings: Settings) -> dict[str, list[str]]:
    """Return all that a store holds, decrypted, but for what tells when it was done."""
    found = {}
    with (
        closing(Store.open(settings.data_dir, clock=system_clock)) as store,
        store.read() as connection,
    ):
        for table in Base.metadata.sorted_tables:
            left_out = _DRAWN | ({"id"} if table.name in _DRAWN_IDS else set())
            columns = [one for one in table.columns if one.name not in left_out]
            if table.name not in _OF_THIS_RUN and table.name != "account":
                found[table.name] = sorted(map(repr, connection.execute(select(*columns))))
    return found


def _doctor(settings: Settings, *words: str) -> tuple[int, dict[str, str]]:
    at = settings.data_dir
    done = run_fieldwrit("--data-dir", at, "doctor", "--json", *words, cwd=at)
    found = json.loads(done.stdout)["found"]
    return done.returncode, {one["code"]: one["state"] for one in found}


def _left_open(settings: Settings) -> list[Path]:
    """Return the folders in which copies lie in the clear."""
    return sorted(settings.uploads_dir.glob(f"{OPEN}*"))


def test_an_import_that_was_killed_twice_ends_as_an_unbroken_one(
    settings: Settings, table: bytes, tmp_path: Path
) -> None:
    job_id = _ask(settings, table)
    other = Settings(tmp_path / "unbroken")
    shutil.copytree(settings.data_dir, other.data_dir)
    with worker(other):
        unbroken = _ended(other, job_id)
    before = _content(settings)
    for part in (0.4, 0.7):  # while rows are checked, and while they are stored
        with worker(settings) as process:
            _far(settings, job_id, part)
            _kill(process)
        assert _job(settings, job_id).state is JobState.RUNNING
        assert _content(settings) == before  # what was there, and no row of the half
        assert _left_open(settings)
        assert (settings.uploads_dir / "sent.csv").exists()
    with worker(settings):
        assert len(_left_open(settings)) <= 1  # its own, if it has begun
        taken_up = _ended(settings, job_id)
    assert (taken_up.state, taken_up.attempts) == (JobState.DONE, 3)
    assert taken_up.result == unbroken.result
    assert taken_up.result["rows"] == _CASES + _BAD
    assert (taken_up.result["unchanged"], taken_up.result["quarantined"]) == (_HELD, _BAD)
    kept = _content(settings)
    assert len(kept["enforcement_case"]) == _CASES
    assert kept == _content(other)
    assert not _left_open(settings)
    with closing(Store.open(settings.data_dir, clock=system_clock)) as store:
        store.audit.verify()
        taken = [one for one in store.audit.entries(200) if one.act == "import"]
    assert len(taken) == 2  # the one before, and this one once


def test_the_doctor_removes_what_a_killed_import_left_in_the_clear(
    settings: Settings, table: bytes
) -> None:
    job_id = _ask(settings, table)
    with worker(settings) as process:
        _far(settings, job_id, 0.4)
        os.kill(process.pid, signal.SIGSTOP)  # it is at work for as long as the doctor looks
        (running,) = _left_open(settings)
        assert stat.S_IMODE(running.stat().st_mode) == 0o700
        assert (running / "sent.csv").read_bytes() == table
        long_ago_s = time.time() - 7 * 24 * 3600
        os.utime(running, (long_ago_s, long_ago_s))
        status, found = _doctor(settings, "--mend")
        assert (status, "upload.open" in found) == (0, False)
        assert running.exists()  # a running import's is never touched, however old
        _kill(process)
    status, found = _doctor(settings)
    assert (status, found["upload.open"]) == (1, "fault")
    assert running.exists()
    status, found = _doctor(settings, "--mend", "--all")
    assert (status, found["upload.open"]) == (0, "mended")
    assert not running.exists()
    assert [path.name for path in settings.uploads_dir.iterdir()] == ["sent.csv"]
    status, found = _doctor(settings, "--all")
    assert (status, "upload.open" in found) == (0, False)
    assert len(_content(settings)["enforcement_case"]) == _HELD  # what was acknowledged
    assert _job(settings, job_id).state is JobState.RUNNING
    with worker(settings):
        assert _ended(settings, job_id).state is JobState.DONE
    assert len(_content(settings)["enforcement_case"]) == _CASES
