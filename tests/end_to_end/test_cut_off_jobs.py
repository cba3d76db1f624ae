"""Jobs killed when all was kept but their end: each is taken up and done once."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from data.jobs import Job, JobKind, JobState
from data.model import Role
from data.store import Store
from tests.web.conftest import Waiting
from web import working
from web.clock import system_clock
from web.config import Settings
from web.steps.planning import next_workday

ROOT = Path(__file__).parents[2]
_CUT_OFF = """
import os, signal, sys
from pathlib import Path
from data.store import Store
from tests.web.conftest import Waiting
from web import working
from web.clock import system_clock
from web.config import Settings

settings = Settings(Path(sys.argv[1]))
store = Store.open(settings.data_dir, clock=system_clock)
store.jobs.finish = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
working.work_on(store, settings, sys.argv[2], telling=Waiting())
"""
"""Run by a process of its own: a copy of this one would wait for threads that it has not got."""

_TABLE = "编号,派出所名称,经度,纬度\nPS09,示例派出所,118.6,24.9\n"


@pytest.fixture(scope="module")
def settings(demo_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("cut-off") / "court"
    shutil.copytree(demo_dir, folder)
    return Settings(folder)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with closing(Store.open(settings.data_dir, clock=system_clock)) as opened:
        yield opened


def _wanted(store: Store, settings: Settings, kind: JobKind) -> dict[str, Any]:
    match kind:
        case JobKind.IMPORT:
            settings.uploads_dir.mkdir()
            (settings.uploads_dir / "sent.csv").write_text(_TABLE, encoding="utf-8")
            return {"kind": "stations", "file": "sent.csv", "name": "派出所.csv", "datum": ""}
        case JobKind.GEOCODE:
            with store.write() as work:
                work.connection.exec_driver_sql(
                    "DELETE FROM place WHERE claim_id IN (SELECT claim_id FROM place LIMIT 20)"
                )
            return {}
        case JobKind.PLAN:
            return {"days": [next_workday(settings).isoformat()], "stop_s": 1}
        case JobKind.FIELD_PACK:
            return {"action": str(store.latest()), "draft": True}


def _held(store: Store, settings: Settings) -> tuple[object, ...]:
    return (
        store.action_ids(),
        len(store.stations()),
        sum(claim.place is not None for claim in store.claims()),
        sorted(settings.packs_dir.glob("*.pack")),
    )


def _killed_at_the_end(settings: Settings, job: Job) -> None:
    """Do a job in a process that is killed when nothing is left to do but to say so."""
    words = [sys.executable, "-c", _CUT_OFF, str(settings.data_dir), job.id]
    ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert ended.returncode == -signal.SIGKILL, ended.stderr


@pytest.mark.parametrize(
    "kind", [JobKind.IMPORT, JobKind.GEOCODE, JobKind.PLAN, JobKind.FIELD_PACK]
)
def test_what_was_kept_is_not_made_twice(settings: Settings, store: Store, kind: JobKind) -> None:
    officer = store.accounts.named("officer") or store.accounts.create(
        "officer", "first-pass-1", Role.OFFICER, "示例"
    )
    wanted = _wanted(store, settings, kind)
    before = _held(store, settings)
    job = store.jobs.add(kind, wanted, by=officer.id)
    _killed_at_the_end(settings, job)
    kept = _held(store, settings)
    assert kept != before
    assert store.jobs.recover(by="worker") == (job.id,)
    working.work_on(store, settings, job.id, telling=Waiting())
    done = store.jobs.get(job.id)
    assert done is not None
    assert (done.state, done.error) == (JobState.DONE, None)
    assert _held(store, settings) == kept
    if kind is JobKind.PLAN:
        assert done.result["action"] == store.latest()
        assert done.result["planned_visits"] > 0
