"""What goes wrong while an import writes leaves the store as it was."""

from __future__ import annotations

import os
import sqlite3
from datetime import datetime
from pathlib import Path
from traceback import format_exception
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from data.crypto import FieldCipher, read_key_file
from data.errors import DuplicateError, StoreError, StoreFullError
from data.imports import import_file
from data.sqlite import Sqlite
from data.store import DATABASE_NAME, KEY_NAME, Store
from data.work import open_database
from tests.data.courts import ON_BOTH, ON_SQLITE, CourtFolder
from tests.data.samples import CASE_ROW, NUMBER, write_csv
from tests.fakes import StandingClock

_ROWS = [CASE_ROW | {"案号": NUMBER.replace("执1号", f"执{seq}号")} for seq in range(2, 400)]


class _FailingClock:
    """Stands still, then fails: it is asked after the rows were written."""

    def __call__(self) -> datetime:
        raise RuntimeError("half way")


def _die() -> datetime:
    """End the process where the rows are written and not yet kept."""
    os._exit(9)


def _state(store: Store) -> tuple[Any, ...]:
    return store.counts(), store.cases(), store.claims(), store.audit.entries()


@pytest.fixture
def held(store: Store, tmp_path: Path) -> Store:
    import_file(store, "cases", write_csv(tmp_path / "held.csv", [CASE_ROW]))
    return store


@ON_BOTH
def test_an_exception_in_the_middle_of_writing(
    held: Store, court: CourtFolder, tmp_path: Path
) -> None:
    before = _state(held)
    failing = court.open(_FailingClock())
    with pytest.raises(RuntimeError, match="half way"):
        import_file(failing, "cases", write_csv(tmp_path / "a.csv", _ROWS))
    failing.close()
    assert _state(held) == before


@ON_BOTH
def test_a_process_that_dies_in_the_middle_of_writing(
    held: Store, court: CourtFolder, tmp_path: Path
) -> None:
    before = _state(held)
    table = write_csv(tmp_path / "a.csv", _ROWS)
    held.close()
    process = os.fork()
    if process == 0:
        try:
            import_file(court.open(_die), "cases", table)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 9
    again = court.open(StandingClock())
    assert _state(again) == before
    assert again.audit.verify() == before[0].audit_entries
    assert import_file(again, "cases", table).accepted == len(_ROWS)
    again.close()


@ON_SQLITE
@pytest.mark.parametrize("pages", [0, 1, 7, 20])
def test_a_full_disk_in_the_middle_of_writing(held: Store, tmp_path: Path, pages: int) -> None:
    before = _state(held)
    folder = tmp_path / "court"
    database = open_database(
        Sqlite(folder / DATABASE_NAME),
        FieldCipher.of(read_key_file(folder / KEY_NAME)),
        StandingClock(),
    )

    def limit(connection: Any, _record: object) -> None:
        (now,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {now + pages}")

    event.listen(database.engine, "connect", limit)
    full = Store(database)
    with pytest.raises(StoreFullError, match="原有数据保持不变"):
        import_file(full, "cases", write_csv(tmp_path / "a.csv", _ROWS))
    full.close()
    assert _state(held) == before
    assert held.audit.verify() == before[0].audit_entries


@ON_BOTH
def test_a_failing_listener(held: Store, tmp_path: Path) -> None:
    before = _state(held)

    def listener(done: int, total: int) -> None:
        if done > total // 2:
            raise RuntimeError("the terminal went away")

    with pytest.raises(RuntimeError, match="terminal"):
        import_file(held, "cases", write_csv(tmp_path / "a.csv", _ROWS), progress=listener)
    assert _state(held) == before


@ON_BOTH
def test_errors_of_the_database_carry_no_values(held: Store) -> None:
    with pytest.raises(StoreError) as caught, held.write() as work:
        work.connection.execute(
            text("INSERT INTO setting (name, value) VALUES ('key_check', :value)"),
            {"value": "secret name"},
        )
    assert "secret name" not in "".join(format_exception(caught.value))


@ON_BOTH
def test_errors_of_the_database_repeat_no_key(held: Store) -> None:
    with pytest.raises(DuplicateError) as caught, held.write() as work:
        work.connection.execute(
            text("INSERT INTO setting (name, value) VALUES ('secret name', '')"),
            [{}, {}],
        )
    assert "secret name" not in "".join(format_exception(caught.value)).replace(
        "VALUES ('secret name', '')",
        "",  # the line of this test
    )


@ON_SQLITE
@pytest.mark.parametrize(
    ("code", "kind", "told"),
    [
        ("SQLITE_FULL", StoreFullError, "磁盘空间不足.*请清理磁盘"),
        ("SQLITE_IOERR_WRITE", StoreFullError, "磁盘空间不足.*请清理磁盘"),
        ("SQLITE_IOERR_SHMSIZE", StoreFullError, "磁盘空间不足.*请清理磁盘"),
        ("SQLITE_IOERR_SHMOPEN", StoreError, "SHMOPEN.*请检查磁盘空间与权限"),
        ("SQLITE_IOERR_SHMMAP", StoreError, "SHMMAP.*请检查磁盘空间与权限"),
        ("SQLITE_IOERR_FSYNC", StoreError, "FSYNC.*请检查磁盘空间与权限"),
    ],
)
def test_the_databases_complaints_about_the_disk_come_with_a_cure(
    store: Store, tmp_path: Path, clock: StandingClock, code: str, kind: type, told: str
) -> None:
    complaint = sqlite3.OperationalError("disk I/O error")
    complaint.sqlite_errorcode = getattr(sqlite3, code)
    complaint.sqlite_errorname = code
    cipher = FieldCipher.of(read_key_file(tmp_path / "court" / KEY_NAME))
    database = open_database(Sqlite(tmp_path / "court" / DATABASE_NAME), cipher, clock)
    with pytest.raises(StoreError, match=told) as caught, database.write():
        raise OperationalError("INSERT", None, complaint)
    assert type(caught.value) is kind
    assert store.counts().cases == 0
