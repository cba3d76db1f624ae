"""Backups of a PostgreSQL database by its own programs, restored on another server's database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pyrage
import pytest
from sqlalchemy import create_engine

from data import backup as module
from data.backup import BackupFacts, make_backup, restore_backup, verify_backup
from data.errors import BackupError
from data.imports import import_file
from data.postgres import Postgres
from data.sealing import Opener, Sealer
from data.store import KEY_NAME, Store
from geo.ports import ProgressListener
from tests.data.courts import CourtFolder, copied
from tests.data.samples import CASE_ROW, NAME, NUMBER, place, write_csv
from tests.fakes import StandingClock
from tests.postgres import PASSWORD, Server, database

ROOT = Path(__file__).parents[2]
_ROWS = [CASE_ROW | {"案号": NUMBER.replace("执1号", f"执{seq}号")} for seq in range(2, 30)]
_CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE application_name = 'pg_dump' AND datname = current_database()"
)
_IDENTITY = pyrage.x25519.Identity.generate()
SEALER = Sealer(recipients=(str(_IDENTITY.to_public()),))
OPENER = Opener(identities=(str(_IDENTITY),))


@pytest.fixture
def database_kind() -> str:
    return "postgresql"


@pytest.fixture
def held(store: Store, court: CourtFolder, tmp_path: Path) -> Store:
    """A court with cases, a file of settings, and a row that fills a pipe by itself."""
    import_file(store, "cases", write_csv(tmp_path / "held.csv", _ROWS))
    store.set_places({one.id: place() for one in store.claims()})
    (tmp_path / "court" / "rules.toml").write_text("x = 1\n", encoding="utf-8")
    with court.outside() as outside:
        outside.exec_driver_sql(
            "INSERT INTO setting SELECT 'large', string_agg(md5(random()::text), '') "
            "FROM generate_series(1, 100000)"
        )
    return store


@pytest.fixture
def other(postgres: Server) -> Iterator[str]:
    """An empty database."""
    with database(postgres, "other") as url:
        yield url


def _make(
    store: Store, tmp_path: Path, progress: ProgressListener | None = None, sealer: Sealer = SEALER
) -> BackupFacts:
    return make_backup(
        store, tmp_path / "court", tmp_path / "b", sealer, by="cli", progress=progress
    )


def _restore(
    tmp_path: Path, url: str | None, progress: ProgressListener | None = None
) -> BackupFacts:
    return restore_backup(
        tmp_path / "b",
        OPENER,
        tmp_path / "new",
        clock=StandingClock(),
        by="cli",
        url=url,
        progress=progress,
    )


def _relations(url: str) -> int:
    """Return how many tables there are that are not PostGIS's."""
    engine = create_engine(Postgres.at(url).url)
    with engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' "
            "AND tablename <> 'spatial_ref_sys'"
        ).scalar_one()
    engine.dispose()
    return int(found)


def _rows(url: str) -> dict[str, str | None]:
    """Return what each table holds, but for those that every act adds to."""
    engine = create_engine(Postgres.at(url).url)
    with engine.connect() as connection:
        tables = connection.exec_driver_sql(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
            "AND tablename NOT IN ('spatial_ref_sys', 'audit_entry', 'setting')"
        ).scalars()
        found = {
            table: connection.exec_driver_sql(
                f"SELECT string_agg(t::text, '' ORDER BY t::text) FROM {table} t"
            ).scalar()
            for table in tables.all()
        }
    engine.dispose()
    return found


def _left(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.glob(".*"))


def _children(name: str) -> list[Path]:
    """Return what the system tells of this process's own children of a name."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            status = (each / "status").read_text()
            if f"PPid:\t{os.getpid()}\n" in status and status.startswith(f"Name:\t{name}\n"):
                found.append(each)
    return found


def test_another_machine_restores_all_by_one_command(
    held: Store, court: CourtFolder, tmp_path: Path, other: str
) -> None:
    with court.outside() as outside:  # what others keep in the database is theirs
        outside.exec_driver_sql("CREATE TABLE huey_task (id bigserial, data bytea)")
        outside.exec_driver_sql("CREATE TABLE theirs (id integer)")
    made = _make(held, tmp_path)
    before = held.cases(), held.debtors(), held.claims()
    assert made.counts["enforcement_case"] == len(_ROWS)
    assert "huey_task" not in made.counts
    assert held.audit.entries()[0].detail["backup"] == made.id
    assert verify_backup(tmp_path / "b", OPENER, work_dir=tmp_path) == made
    assert _restore(tmp_path, other) == made
    theirs = {"huey_task", "theirs"}
    rows = _rows(str(court.url))
    assert _rows(other) == {name: each for name, each in rows.items() if name not in theirs}
    assert rows["place_point"] is not None
    assert (tmp_path / "new" / KEY_NAME).stat().st_mode & 0o077 == 0
    assert (tmp_path / "new" / "rules.toml").read_text() == "x = 1\n"
    again = Store.open(tmp_path / "new", clock=StandingClock(), url=other)
    assert (again.cases(), again.debtors(), again.claims()) == before
    assert again.debtors()[0].name.reveal() == NAME
    assert again.audit.verify() == made.audit_entries + 1
    assert again.audit.entries()[0].act == "backup.restore"
    import_file(again, "cases", write_csv(tmp_path / "more.csv", [CASE_ROW]))  # triggers, sequences
    assert len(again.cases()) == len(_ROWS) + 1
    again.close()
    assert _left(tmp_path) == _left(tmp_path / "court") == []


def test_nothing_of_it_lies_in_clear_at_any_moment(held: Store, tmp_path: Path, other: str) -> None:
    """Neither while it is made nor while it is restored; the marks are of the program's format."""
    seen = 0

    def look(done: int, total: int) -> None:
        nonlocal seen
        for path in tmp_path.rglob("*"):
            if path.is_file():
                seen += 1
                content = path.read_bytes()
                assert b"PGDMP" not in content, path
                assert b"enforcement_case" not in content, path

    _make(held, tmp_path, look)
    _restore(tmp_path, other, look)
    assert seen > 20


def test_the_password_is_on_no_command_line(
    held: Store,
    court: CourtFolder,
    postgres: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FIELDWRIT_KEY", "a key")
    assert court.url is not None
    url = postgres.by_password(str(Postgres.at(court.url).url.database))
    store = Store.open(court.folder, clock=StandingClock(), url=url)
    seen = set()

    def look(done: int, total: int) -> None:
        for program in ("pg_dump", "pg_restore"):
            for child in _children(program):
                line = (child / "cmdline").read_bytes()
                if line.startswith(b"/") or program.encode() in line:
                    assert PASSWORD.encode() not in line
                    assert b"FIELDWRIT_" not in (child / "environ").read_bytes()
                    seen.add(program)

    make_backup(store, court.folder, tmp_path / "b", SEALER, by="cli", progress=look)
    assert seen == {"pg_dump", "pg_restore"}
    with database(postgres, "by_password"):
        target = postgres.by_password("by_password")
        seen.clear()
        _restore(tmp_path, target, look)
        assert seen == {"pg_restore"}
    store.close()


@pytest.mark.parametrize("damage", ["cut", "flip", "swap", "lengthen", "empty", "its end"])
def test_every_damage_is_told_and_restores_nothing(
    held: Store, tmp_path: Path, other: str, damage: str
) -> None:
    _make(held, tmp_path)
    data = bytearray((tmp_path / "b").read_bytes())
    piece = 65536 + 16
    assert len(data) > 5 * piece
    end = len(data) - len(data) % piece
    match damage:
        case "cut":
            del data[-2 * piece :]
        case "flip":
            data[len(data) // 2] ^= 4
        case "swap":
            one, two = end - 2 * piece, end - piece
            data[one:two], data[two:end] = data[two:end], data[one:two]
        case "lengthen":
            data += b"x"
        case "empty":
            data.clear()
        case "its end":  # all of the dump is read before this is seen
            data[-1] ^= 1
    (tmp_path / "b").write_bytes(data)
    acts: list[Callable[[], object]] = [
        lambda: verify_backup(tmp_path / "b", OPENER, work_dir=tmp_path),
        lambda: _restore(tmp_path, other),
    ]
    for act in acts:
        with pytest.raises(BackupError, match="另取一份备份"):
            act()
    assert not (tmp_path / "new").exists()
    assert _relations(other) == 0
    assert _left(tmp_path) == []


def test_another_private_key_restores_nothing(held: Store, tmp_path: Path, other: str) -> None:
    _make(held, tmp_path)
    wrong = Opener(identities=(str(pyrage.x25519.Identity.generate()),))
    with pytest.raises(BackupError, match="不是给这个私钥的"):
        restore_backup(
            tmp_path / "b", wrong, tmp_path / "new", clock=StandingClock(), by="cli", url=other
        )
    assert not (tmp_path / "new").exists()
    assert _relations(other) == 0


def test_a_key_of_another_store_makes_no_backup(held: Store, tmp_path: Path) -> None:
    (tmp_path / "court" / KEY_NAME).write_text("00" * 32)
    with pytest.raises(Exception, match=r"审计|密钥"):
        _make(held, tmp_path)
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("how", ["killed", "cut off by the server"])
def test_a_dump_that_breaks_off_leaves_the_backup_before(
    held: Store, court: CourtFolder, tmp_path: Path, how: str
) -> None:
    (tmp_path / "b").write_bytes(b"the one before")
    broken = False

    def cut(done: int, total: int) -> None:
        nonlocal broken
        if broken:
            return
        if how == "killed":
            (child,) = _children("pg_dump")
            os.kill(int(child.name), signal.SIGKILL)
        else:
            with court.outside() as outside:
                while not outside.exec_driver_sql(_CUT).all():  # it may not be there yet
                    time.sleep(0.05)
        broken = True

    told = "SIGKILL" if how == "killed" else "1"
    with pytest.raises(BackupError, match=rf"pg_dump 中断（{told}）"):
        _make(held, tmp_path, cut)
    assert broken
    assert (tmp_path / "b").read_bytes() == b"the one before"
    assert _left(tmp_path) == _left(tmp_path / "court") == []
    assert held.audit.verify() > 0
    assert "backup.make" not in [entry.act for entry in held.audit.entries()]


_KILLED = """
import os, signal, sys
from pathlib import Path
from data.backup import make_backup
from data.store import Store
from tests.data.test_postgres_backup import SEALER
from tests.fakes import StandingClock

folder = Path(sys.argv[1])
store = Store.open(folder, clock=StandingClock(), url=sys.argv[2])
make_backup(
    store, folder, Path(sys.argv[3]), SEALER, by="cli",
    progress=lambda done, total: os.kill(os.getpid(), signal.SIGKILL),
)
"""


def test_a_killed_process_leaves_no_backup_and_no_program(
    held: Store, court: CourtFolder, tmp_path: Path
) -> None:
    words = [sys.executable, "-c", _KILLED, *map(str, (court.folder, court.url, tmp_path / "b"))]
    ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert not (tmp_path / "b").exists()
    assert all(b"PGDMP" not in one.read_bytes() for one in tmp_path.glob(".b.*"))
    asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pg_dump'"
    with court.outside() as outside:
        while outside.exec_driver_sql(asked).scalar():  # it ends when nobody reads
            time.sleep(0.05)
    _make(held, tmp_path)
    assert _left(tmp_path / "court") == []


def test_a_restore_that_breaks_off_leaves_the_database_empty(
    held: Store, tmp_path: Path, other: str
) -> None:
    _make(held, tmp_path)
    killed = False

    def kill(done: int, total: int) -> None:
        nonlocal killed
        for child in _children("pg_restore"):
            os.kill(int(child.name), signal.SIGKILL)
            killed = True

    with pytest.raises(BackupError, match="pg_restore 中断"):
        _restore(tmp_path, other, kill)
    assert killed
    assert not (tmp_path / "new").exists()
    assert _relations(other) == 0
    _restore(tmp_path, other)  # and can be used


def test_a_database_is_emptied_again_where_the_folder_was_taken_meanwhile(
    held: Store, tmp_path: Path, other: str
) -> None:
    _make(held, tmp_path)

    def take(done: int, total: int) -> None:
        if done == total:
            (tmp_path / "new").mkdir(exist_ok=True)
            (tmp_path / "new" / "x").touch()

    with pytest.raises(BackupError, match="不会覆盖"):
        _restore(tmp_path, other, take)
    assert _relations(other) == 0
    (tmp_path / "new" / "x").unlink()
    _restore(tmp_path, other)
    assert _relations(other) > 0


def test_rows_that_are_not_those_of_the_list_are_told(
    held: Store, tmp_path: Path, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the program had written something else than it was asked for."""
    told = module._counted
    monkeypatch.setattr(
        module, "_counted", lambda sums: told({**sums, "debtor": [1, sums["debtor"][1]]})
    )
    _make(held, tmp_path)
    monkeypatch.undo()
    with pytest.raises(BackupError, match="与清单不符"):
        verify_backup(tmp_path / "b", OPENER)
    with pytest.raises(BackupError, match="与清单不符"):
        _restore(tmp_path, other)
    assert _relations(other) == 0
    assert not (tmp_path / "new").exists()


def test_a_database_with_content_is_never_overwritten(
    held: Store, court: CourtFolder, tmp_path: Path, postgres: Server, other: str
) -> None:
    _make(held, tmp_path)
    with pytest.raises(BackupError, match="不是空的"):
        _restore(tmp_path, court.url)
    assert len(held.cases()) == len(_ROWS)
    postgres.tell("CREATE TABLE theirs (id integer)", database="other")
    with pytest.raises(BackupError, match="不是空的"):
        _restore(tmp_path, other)
    assert _relations(other) == 1
    assert not (tmp_path / "new").exists()


def test_each_kind_is_restored_to_its_own(
    held: Store, empty_file: CourtFolder, tmp_path: Path, other: str
) -> None:
    _make(held, tmp_path)
    with pytest.raises(BackupError, match=r"来自 PostgreSQL.*FIELDWRIT_DATABASE_URL"):
        _restore(tmp_path, None)
    with (
        copied(empty_file, tmp_path / "file") as court,
        closing(court.open(StandingClock())) as store,
    ):
        make_backup(store, court.folder, tmp_path / "b", SEALER, by="cli")
    with pytest.raises(BackupError, match=r"SQLite.*FIELDWRIT_DATABASE_URL"):
        _restore(tmp_path, other)
    assert _relations(other) == 0
    assert not (tmp_path / "new").exists()


def _program(folder: Path, name: str, version: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
    path.chmod(0o755)


def test_without_the_programs_the_cure_is_told(
    held: Store, tmp_path: Path, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _make(held, tmp_path)
    kept, bare = os.environ["PATH"], tmp_path / "bare"
    bare.mkdir()
    monkeypatch.setenv("PATH", str(bare))
    acts: list[Callable[[], object]] = [
        lambda: _make(held, tmp_path),
        lambda: verify_backup(tmp_path / "b", OPENER),
        lambda: _restore(tmp_path, other),
    ]
    for act in acts:
        with pytest.raises(BackupError, match=r"找不到.*postgresql-client-\d+.*PATH"):
            act()
    monkeypatch.setenv("PATH", f"{bare}{os.pathsep}{kept}")
    for name in ("pg_dump", "pg_restore"):
        _program(bare, name, "9.6.24 (Debian)")
    for act in acts:
        with pytest.raises(BackupError, match=r"第 9 版.*旧.*postgresql-client-\d+"):
            act()
    assert _relations(other) == 0


def test_a_server_older_than_that_of_the_backup_is_refused(
    held: Store, tmp_path: Path, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.postgres_backup._MAJOR", "SELECT 14")
    _make(held, tmp_path)
    monkeypatch.setattr("data.postgres_backup._MAJOR", "SELECT 13")
    with pytest.raises(BackupError, match=r"第 14 版.*第 13 版"):
        _restore(tmp_path, other)
    assert _relations(other) == 0


def test_a_dump_is_of_one_moment_while_others_write(
    held: Store, court: CourtFolder, tmp_path: Path, other: str
) -> None:
    ended, kept = threading.Event(), []

    def write() -> None:
        writing = court.open(StandingClock())
        while not ended.is_set():
            kept.append(writing.audit.append("u1", "account.list", "store:-"))
        writing.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(kept) < 5:
            pass
        made = _make(held, tmp_path)
    finally:
        ended.set()
        writer.join()
    assert held.audit.verify() > made.audit_entries
    assert _restore(tmp_path, other) == made


@pytest.mark.parametrize("after", [0, 1, 3])
def test_it_can_be_stopped_and_leaves_nothing(held: Store, tmp_path: Path, after: int) -> None:
    calls = 0

    def listener(done: int, total: int) -> None:
        nonlocal calls
        calls += 1
        if calls > after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _make(held, tmp_path, listener)
    assert not (tmp_path / "b").exists()
    assert _left(tmp_path) == _left(tmp_path / "court") == []
    assert _children("pg_dump") == _children("pg_restore") == []
