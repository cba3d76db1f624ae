"""Files of the data folder are their owner's only, and every table keeps to its types."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

from data.crypto import FieldCipher
from data.online_memory import OnlineMemory
from data.sqlite import WORKER_NAMES, Sqlite
from tests.fakes import StandingClock
from web.config import Settings
from web.queueing import open_queue


def _loose(folder: Path) -> list[str]:
    """Return what others may read of a folder that a command made."""
    return sorted(
        str(path.relative_to(folder))
        for path in (folder, *folder.rglob("*"))
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    )


def _not_strict(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        tables = database.execute(
            "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        ).fetchall()
    assert tables
    return [name for name, strict in tables if not strict and not name.startswith("sqlite_")]


def test_what_a_command_writes_is_its_owners_only(demo_dir: Path) -> None:
    assert _loose(demo_dir) == []  # copies keep the mode


def test_the_queue_and_the_workers_name_are_their_owners_only(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    queue = open_queue(settings)
    queue.put("j1")
    store = Sqlite(tmp_path / "fieldwrit.sqlite3")
    with store.worker_lock("示例"):
        held = [settings.queue_path, *(tmp_path / name for name in WORKER_NAMES)]
        assert [stat.S_IMODE(path.stat().st_mode) for path in held] == [0o600] * 3
        assert not [name for name in _loose(tmp_path) if name.startswith("jobs.db")]
    assert queue.huey.pending_count() == 1


def test_every_table_keeps_to_its_types(filled: Path, tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    open_queue(settings)
    memory = tmp_path / "online.sqlite3"
    OnlineMemory(memory, cipher=FieldCipher(bytes(32)), clock=StandingClock())
    for path in (filled / "fieldwrit.sqlite3", settings.queue_path, memory):
        assert _not_strict(path) == [], path.name
