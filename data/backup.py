"""Backups of a data folder: made while others write, checked at once, put in place whole.

A backup holds what cannot be made anew: a copy of the database, the key file and every other file
of the folder but for those that the caller names. So another machine needs the backup and its
passphrase or private key, and nothing else. The database of a PostgreSQL server is dumped and
restored by the server's own programs (:mod:`data.postgres_backup`), straight from and into the
sealed file.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from sqlalchemy import Connection, func, inspect, select
from sqlalchemy import table as sql_table

from data import migrations
from data.audit import check_chain
from data.audited_files import audited_entry
from data.backend import Backend, translated
from data.crypto import FieldCipher, Keys, new_id, read_key_file, replace_key_file
from data.errors import BackupError, StoreFullError
from data.files import staged_path
from data.packing import Dump, DumpReader, Packed, unpack
from data.postgres import Postgres
from data.postgres_backup import DumpCheck, Restorer, Sums, dump_of, held_still
from data.rotation import KEY_LOCK_NAME
from data.sealing import Opener, Sealer, opened, seal
from data.sqlite import HEAD_NAME, Sqlite, out_of_room
from data.store import DATABASE_NAME, KEY_NAME, Store
from data.work import check_field_key
from data.workshops import workshop
from geo.errors import DISK_FULL_ERRNOS
from geo.files import sync_tree
from geo.ports import ProgressListener
from routes.ports import Clock

__all__ = [
    "TEMPORARY",
    "BackupFacts",
    "counts_by_table",
    "make_backup",
    "restore_backup",
    "verify_backup",
]

TEMPORARY = ".backup-"
"""How folders begin in which a backup is made or checked; they are removed in the end."""

_OF_FILE, _OF_SERVER = 1, 2
_NEWEST_FORMAT = _OF_SERVER
_PAGES = 1024
_KIB = 1024
_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class BackupFacts:
    """What a backup holds.

    Parameters
    ----------
    counts
        Rows by table.
    audit_entries, last_entry_at
        Length of the audit chain, and the moment of its last entry.
    files
        How many files besides the database.
    size_bytes
        Of the backup's file.
    """

    id: str
    made_at: datetime
    revision: str
    counts: Mapping[str, int]
    audit_entries: int
    last_entry_at: str | None
    files: int
    size_bytes: int


def make_backup(
    store: Store,
    data_dir: Path,
    path: Path,
    sealer: Sealer,
    *,
    by: str,
    keys: Keys | None = None,
    leave_out: Collection[str] = (),
    progress: ProgressListener | None = None,
) -> BackupFacts:
    """Write a backup, read it back, and only then give it its name.

    Parameters
    ----------
    path
        Where it is to lie, outside of the data folder.
    sealer
        Who is to be able to open it.
    by
        Who is named in the audit.
    keys
        Those that stand in the place of the key file; the backup has a key file in any case.
    leave_out
        Names in the folder of what can be made anew.
    progress
        Told of KiB; what it raises stops the work, and nothing is left of it.

    Raises
    ------
    BackupError
        If the path is in the folder, the check fails, or a program of the server's is missing, too
        old or breaks off.
    StoreFullError, ExportError, StoreError
        If it cannot be written; what lay at the path is as it was.
    """
    if Path(os.path.realpath(data_dir)) in Path(os.path.realpath(path)).parents:
        raise BackupError("备份不能放在数据目录里，否则会一同丢失；请另选文件夹或磁盘")
    backup_id, subject = new_id("b"), "store:-"
    with (
        audited_entry(store.audit, by=by, act="backup.make", subject=subject) as enter,
        staged_path(path) as staged,
        workshop(data_dir, TEMPORARY) as folder,
    ):
        names = _names(data_dir, leave_out)
        told = _Told(progress, 4 * sum(one.stat().st_size for one in names.values()))
        with _content(store.backend, data_dir, folder, keys, told) as content:
            facts = dict(content.facts) | {"id": backup_id, "made_at": store.clock().isoformat()}
            files = {**content.files, KEY_NAME: folder / KEY_NAME, **names}
            with staged.open("wb") as target:
                packed = cast("BinaryIO", Packed(files, facts, told, content.dump))
                opener = seal(sealer, packed, target)
        found = _checked(staged, opener, folder / "again", told)
        if found != facts | {"files": found["files"]}:
            raise BackupError("备份写出后复核不符，未保存；请检查磁盘后重试")
        told.end()
        done = _facts(found, staged.stat().st_size)
        enter(
            {
                "backup": backup_id,
                "entries": done.audit_entries,
                "bytes": done.size_bytes,
            }
        )
    return done


@dataclass(frozen=True, slots=True)
class _Content:
    """A database as it was at one moment: as files, or as what a server's program writes."""

    facts: Mapping[str, Any]
    files: Mapping[str, Path]
    dump: Dump | None = None


@contextmanager
def _content(
    backend: Backend, data_dir: Path, folder: Path, keys: Keys | None, told: _Told
) -> Iterator[_Content]:
    """Yield the database of a store, with the key file that opens it in ``folder``."""
    copy = folder / DATABASE_NAME
    with ExitStack() as held:
        with _keys_at_rest(data_dir):
            if isinstance(backend, Postgres):
                state = held.enter_context(held_still(backend))
            else:
                told.expect(4 * (data_dir / DATABASE_NAME).stat().st_size)
                _snapshot(data_dir / DATABASE_NAME, copy, told)
            if keys is None:
                shutil.copy(data_dir / KEY_NAME, folder / KEY_NAME)
            else:
                replace_key_file(folder / KEY_NAME, keys)
        if isinstance(backend, Postgres):
            dump, sums, size_bytes = held.enter_context(dump_of(backend, state))
            told.expect(3 * size_bytes)
            seen = _look_at(state[0], FieldCipher.of(read_key_file(folder / KEY_NAME)))
            yield _Content(seen | _counted(sums) | {"format": _OF_SERVER}, {}, dump)
        else:
            yield _Content(_look_into(folder) | {"format": _OF_FILE}, {DATABASE_NAME: copy})
            copy.unlink()


def verify_backup(
    path: Path,
    opener: Opener,
    *,
    work_dir: Path | None = None,
    progress: ProgressListener | None = None,
) -> BackupFacts:
    """Open a backup and check all that it holds; nothing of it is left on the disk.

    Parameters
    ----------
    work_dir
        Where it is unpacked for that; by default where the system has its temporary files.

    Raises
    ------
    BackupError, StoreError, KeyFileError, AuditError
        If it cannot be opened, or what it holds is not whole.
    """
    size = _size(path)
    told = _Told(progress, 2 * size)
    with workshop(work_dir, TEMPORARY) as folder:
        found = _checked(path, opener, folder / "again", told)
        told.end()
    return _facts(found, size)


def restore_backup(
    path: Path,
    opener: Opener,
    data_dir: Path,
    *,
    clock: Clock,
    by: str,
    url: str | None = None,
    progress: ProgressListener | None = None,
) -> BackupFacts:
    """Put a backup into a new data folder, after all that it holds was checked.

    The tables are brought up to date; the audit chain gets an entry.

    Parameters
    ----------
    url
        Address of the empty PostgreSQL database for the tables, where the backup is of such.

    Raises
    ------
    BackupError
        If there is something in the folder or the database already, the backup is of the other kind
        of database, or as :func:`verify_backup` does.
    """
    size = _size(path)
    told = _Told(progress, 2 * size)
    data_dir = Path(os.path.realpath(data_dir))
    _refuse_used(data_dir)
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    with (
        workshop(data_dir.parent, TEMPORARY) as folder,
        Restorer(None if url is None else Postgres.at(url)) as reader,
    ):
        fresh = folder / "again"
        found = _unsealed(path, opener, fresh, told, reader)
        if url is None:
            _compare(_look_into(fresh), found)
        else:
            cipher = FieldCipher.of(read_key_file(fresh / KEY_NAME))
            with reader.restored(found["tables"]) as (connection, sums):
                _compare(_look_at(connection, cipher) | _counted(sums), found)
        store = Store.open(fresh, clock=clock, url=url)
        try:
            detail = {"backup": found["id"], "entries": found["audit_entries"]}
            store.audit.append(by, "backup.restore", "store:-", detail)
        finally:
            store.close()
        told.end()
        sync_tree(fresh)
        try:
            fresh.rename(data_dir)  # fails where something came in meanwhile
        except OSError:
            _refuse_used(data_dir)
            raise
    return _facts(found, size)


def counts_by_table(connection: Connection) -> dict[str, int]:
    """Return how many rows each table has, whatever the revision."""
    names = sorted(inspect(connection).get_table_names())
    return {
        name: connection.scalar(select(func.count()).select_from(sql_table(name))) or 0
        for name in names
        if name != "alembic_version" and not name.startswith("place_box")
    }


def _checked(path: Path, opener: Opener, folder: Path, told: _Told) -> dict[str, Any]:
    """Open a backup into a new folder, and return its list once all of it was checked."""
    with DumpCheck() as reader:
        listed = _unsealed(path, opener, folder, told, reader)
        sums = reader.sums()
    _compare(_look_into(folder) if sums is None else _counted(sums), listed)
    return listed


def _unsealed(
    path: Path, opener: Opener, folder: Path, told: _Told, reader: DumpReader
) -> dict[str, Any]:
    """Open a backup into a new folder, and return its list."""
    try:
        folder.mkdir(mode=0o700)
        with path.open("rb") as source, opened(opener, source) as packed:
            listed = dict(unpack(packed, folder, told, reader))
    except OSError as error:
        raise _unwritten(error, path) from error
    if listed.get("format") not in range(_OF_FILE, _NEWEST_FORMAT + 1):
        raise BackupError(
            "备份的格式（第 %(found)s 版）比本程序新；请用制作它的或更新的版本恢复",
            found=listed.get("format"),
        )
    return listed


def _counted(sums: Sums) -> dict[str, Any]:
    """Return what the list tells of the tables of a server."""
    counts = {name: rows for name, (rows, _) in sums.items() if name != "alembic_version"}
    return {"counts": counts, "tables": dict(sums)}


def _compare(seen: Mapping[str, Any], listed: Mapping[str, Any]) -> None:
    if any(listed.get(name) != value for name, value in seen.items()):
        raise BackupError("备份中的库与清单不符（条数、版本或审计），没有恢复；请另取一份备份")


def _look_into(folder: Path) -> dict[str, Any]:
    """Check the database file of a folder, and return what the list is to tell of it.

    Raises
    ------
    BackupError
        If its file is damaged, or of a newer version.
    KeyFileError, AuditError
        If the key is not its own, or the audit chain is broken.
    """
    cipher = FieldCipher.of(read_key_file(folder / KEY_NAME))
    backend = Sqlite(folder / DATABASE_NAME)
    if not backend.has_store():
        raise BackupError("备份中没有数据库，没有恢复任何内容；请另取一份备份")
    engine = backend.open()
    try:
        with translated(backend), backend.reading(engine) as connection:
            wrong = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
            loose = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
            if wrong != "ok" or loose is not None:
                raise BackupError(
                    "库文件已损坏，不能作为备份；请运行 fieldwrit doctor，并保留较早的备份"
                )
            return _look_at(connection, cipher) | {"counts": counts_by_table(connection)}
    finally:
        backend.close(engine)


def _look_at(connection: Connection, cipher: FieldCipher) -> dict[str, Any]:
    """Check version, key and audit chain of a database, and return what the list tells of them."""
    revision = migrations.current_revision(connection)
    if revision not in migrations.EARLIER | {migrations.HEAD}:
        raise BackupError(
            "备份中库的版本 %(found)s 不为本程序所识；请用制作它的或更新的版本恢复",
            found=revision,
        )
    check_field_key(connection, cipher)
    entries = check_chain(connection, cipher)
    last = connection.exec_driver_sql(
        "SELECT at FROM audit_entry ORDER BY seq DESC LIMIT 1"
    ).scalar()
    return {"revision": revision, "audit_entries": entries, "last_entry_at": last}


def _snapshot(source_path: Path, copy_path: Path, told: _Told) -> None:
    """Copy a database as it is at one moment, however many write to it meanwhile."""
    try:
        os.close(os.open(copy_path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        with (
            closing(sqlite3.connect(source_path, timeout=_WAIT_S, isolation_level=None)) as source,
            closing(sqlite3.connect(copy_path)) as copy,
        ):
            page_bytes = source.execute("PRAGMA page_size").fetchone()[0]
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # this moment holds
            before = 0

            def copied(_status: int, left: int, total: int) -> None:
                nonlocal before
                told((total - left - before) * page_bytes)
                before = total - left

            source.backup(copy, pages=_PAGES, progress=copied, sleep=0.0)
            source.execute("COMMIT")
    except sqlite3.Error as error:
        if out_of_room(error):
            raise StoreFullError(
                "磁盘空间不足，备份未做；请清理数据目录所在的磁盘后重试"
            ) from error
        raise BackupError(
            "库文件无法完整读出（%(why)s），备份未做；请运行 fieldwrit doctor",
            why=getattr(error, "sqlite_errorname", type(error).__name__),
        ) from error


@contextmanager
def _keys_at_rest(data_dir: Path) -> Iterator[None]:
    """Let the key file stay as it is, so that it opens the copy of the database."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(data_dir / KEY_LOCK_NAME, timeout=0, mode=0o600):
            yield
    except Timeout:
        raise BackupError("正在更换密钥，请等它结束后再备份") from None


def _names(data_dir: Path, leave_out: Collection[str]) -> dict[str, Path]:
    """Return the other files of a folder; hidden ones are temporary."""
    left = {
        *leave_out,
        KEY_NAME,
        KEY_LOCK_NAME,
        HEAD_NAME,
        *(f"{DATABASE_NAME}{end}" for end in ("", "-wal", "-shm", "-journal")),
    }
    found = (
        path
        for top in sorted(data_dir.iterdir())
        if top.name not in left and not top.name.startswith(".")
        for path in (sorted(top.rglob("*")) if top.is_dir() else [top])
    )
    return {path.relative_to(data_dir).as_posix(): path for path in found if path.is_file()}


def _refuse_used(data_dir: Path) -> None:
    if data_dir.exists() and not (data_dir.is_dir() and not any(data_dir.iterdir())):
        raise BackupError(
            "文件夹 %(folder)s 已有内容，不会覆盖；请另选一个新的文件夹", folder=data_dir.name
        )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise _unwritten(error, path) from error


def _unwritten(error: OSError, path: Path) -> BackupError | StoreFullError:
    if error.errno in DISK_FULL_ERRNOS:
        return StoreFullError("磁盘空间不足，没有恢复任何内容；请清理磁盘后重试")
    return BackupError(
        "备份文件 %(file)s 无法读取（%(why)s）；请核对文件名与权限",
        file=path.name,
        why=error.strerror or type(error).__name__,
    )


def _facts(listed: Mapping[str, Any], size_bytes: int) -> BackupFacts:
    return BackupFacts(
        listed["id"],
        datetime.fromisoformat(listed["made_at"]),
        listed["revision"],
        listed["counts"],
        listed["audit_entries"],
        listed["last_entry_at"],
        len(listed["files"]) - 1,
        size_bytes,
    )


class _Told:
    """Adds up bytes and tells a listener of KiB."""

    def __init__(self, progress: ProgressListener | None, total: int) -> None:
        self._progress = progress
        self._total, self._done = total, 0

    def expect(self, size: int) -> None:
        """Let so many bytes more be the whole."""
        self._total += size

    def __call__(self, size: int) -> None:
        self._done = min(self._done + size, self._total)
        if self._progress is not None:
            self._progress(self._done // _KIB, max(1, self._total // _KIB))

    def end(self) -> None:
        """Tell that all was done, however much it was."""
        self(self._total)
