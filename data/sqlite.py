"""SQLite, a file in the data folder: what a court uses that has no database server."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import ColumnElement, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from data.backend import (
    BUSY_MS,
    another_worker,
    busy,
    duplicate,
    full,
    missing_reference,
    unfit,
    unknown,
    unwritable,
)
from data.errors import StoreError
from data.schema import PlacePointRow
from geo.errors import DISK_FULL_ERRNOS

__all__ = [
    "HEAD_NAME",
    "WORKER_NAMES",
    "Sqlite",
    "boxes_out_of_step",
    "keep_to_owner",
    "out_of_room",
    "rebuild_boxes",
]

HEAD_NAME = "audit-head"
WORKER_NAMES = ("worker.lock", "worker.name")
"""Files that the one worker of a folder locks, and in which it says who it is."""

_WRITES = "fieldwrit_writes"
_IOERR_FULL = frozenset((sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE))
"""Codes of a write that a quota or a size limit ended: SQLITE_FULL is for a full disk only."""

_CACHE_KIB = 64 * 1024
"""Pages that a connection holds: rows of an import lie all over the indexes of their keys."""

_MARGIN = 1e-9
"""Degrees by which a box is widened: the R*Tree rounds outwards, but the smallest numbers to 0."""

_BOXED = text(
    "SELECT id FROM place_box "
    "WHERE east >= :west AND west <= :east AND north >= :south AND south <= :north"
)


@dataclass(frozen=True, slots=True)
class Sqlite:
    """A database in one file, readable by its owner only, as are those that SQLite keeps beside."""

    path: Path

    def has_store(self) -> bool:
        """Whether the file is there."""
        return self.path.exists()

    def open(self) -> Engine:
        """Return the engine of the file, which is made when it is missing.

        Raises
        ------
        StoreFullError, StoreError
            If the file cannot be made, or its mode not be set.
        """
        keep_to_owner(self.path)
        engine = create_engine(f"sqlite:///{self.path}", hide_parameters=True)
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
        return engine

    def close(self, engine: Engine) -> None:
        """Move what the write-ahead log holds into the file, unless another still needs it.

        SQLite does so by itself only where the last connection of all ends.
        """
        with suppress(DBAPIError, StoreError):  # damaged or gone: told to whoever used it
            if self.path.exists():
                with engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()

    @contextmanager
    def reading(self, engine: Engine) -> Iterator[Connection]:
        """Yield a transaction that sees one state; readers never wait."""
        with engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self, engine: Engine) -> Iterator[Connection]:
        """Yield a transaction that holds the file's one lock for writers from its beginning."""
        marked = engine.connect().execution_options(**{_WRITES: True})
        with marked as connection, connection.begin():
            yield connection

    def prepare(self, connection: Connection) -> None:
        """SQLite has all that the tables need."""

    @property
    def head_path(self) -> Path:
        """File that names the audit entry that was kept last."""
        return self.path.with_name(HEAD_NAME)

    def remember(self, seq: int, digest: str) -> None:
        """Write number and digits of the entry in place, which takes no room and no wait.

        It is written after the entry is on the disk, so that it is never ahead of a sound file.
        """
        with suppress(OSError):  # what was kept stays kept
            handle = os.open(self.head_path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.write(handle, f"{seq:020d} {digest}\n".encode("ascii"))
            finally:
                os.close(handle)

    def remembered(self) -> tuple[int, str] | None:
        """Return what :meth:`remember` wrote last, None where there is nothing readable."""
        try:
            seq, digest = self.head_path.read_text(encoding="ascii").split()
            return int(seq), digest
        except (OSError, ValueError):
            return None

    def near_box(self, west: float, south: float, east: float, north: float) -> ColumnElement[bool]:
        """Return what holds of places in a box, by the R*Tree."""
        asked = _BOXED.bindparams(
            west=west - _MARGIN, south=south - _MARGIN, east=east + _MARGIN, north=north + _MARGIN
        )
        return PlacePointRow.id.in_(asked.columns(PlacePointRow.id))

    @contextmanager
    def worker_lock(self, name: str) -> Iterator[Callable[[], bool]]:
        """Yield while this process has the lock of the folder, which only its end takes away."""
        locked, said = (self.path.with_name(each) for each in WORKER_NAMES)
        lock = FileLock(locked, mode=0o600)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            with suppress(OSError):
                name = said.read_text(encoding="utf-8")
            raise another_worker(name) from None
        with lock:
            keep_to_owner(said)
            said.write_text(name, encoding="utf-8")
            yield lambda: True

    def meaning(self, error: DBAPIError) -> StoreError:
        """Return the store's error by SQLite's code."""
        code = _code(error.orig)
        if isinstance(error, IntegrityError):
            if code in (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE):
                return duplicate()
            if code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
                return missing_reference()
            return unfit()
        if out_of_room(error.orig):
            return full()
        primary = code & 0xFF
        if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return busy()
        if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            return unwritable()
        if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return StoreError("数据库文件已损坏；请从备份中恢复")
        return unknown(getattr(error.orig, "sqlite_errorname", type(error.orig).__name__))


def out_of_room(error: BaseException | None) -> bool:
    """Whether SQLite's error says that a disk, a quota or a size limit ended a write."""
    code = _code(error)
    return code & 0xFF == sqlite3.SQLITE_FULL or code in _IOERR_FULL


def _code(error: BaseException | None) -> int:
    return int(getattr(error, "sqlite_errorcode", 0))


def boxes_out_of_step(connection: Connection) -> int:
    """Return how many places the R*Tree lacks, has elsewhere, or has though they are gone."""
    places = {row[0]: (row[1], row[2]) for row in connection.exec_driver_sql(_PLACES)}
    wrong = 0
    for point_id, west, east, south, north in connection.exec_driver_sql(_BOXES):
        lon, lat = places.pop(point_id, (None, None))
        held = (
            lon is not None
            and west - _MARGIN <= lon <= east + _MARGIN
            and south - _MARGIN <= lat <= north + _MARGIN
        )
        wrong += not held
    return wrong + len(places)


def rebuild_boxes(connection: Connection) -> None:
    """Make the R*Tree anew from the places."""
    made = connection.exec_driver_sql("SELECT sql FROM sqlite_schema WHERE name = 'place_box'")
    statement = made.scalar()
    assert statement is not None
    connection.exec_driver_sql("DROP TABLE place_box")
    connection.exec_driver_sql(statement)
    connection.exec_driver_sql(
        "INSERT INTO place_box (west, east, south, north, id) "
        "SELECT lon, lon, lat, lat, id FROM place_point"
    )


_PLACES = "SELECT id, lon, lat FROM place_point"
_BOXES = "SELECT id, west, east, south, north FROM place_box"


def keep_to_owner(path: Path) -> None:
    """Let a database file be its owner's only, made where it is missing; so with those beside it.

    A file that is there is not opened: to close it again would let go of all locks that SQLite
    holds on it in this process, and whoever closes the database next elsewhere would take its log
    away from under them.

    Raises
    ------
    StoreFullError, StoreError
        If it cannot be made, or its mode not be set.
    """
    try:
        if not path.exists():
            with suppress(FileExistsError):  # another process was first
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        for file in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
            if os.name == "posix" and file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077:
                file.chmod(0o600)
    except OSError as error:
        raise (full() if error.errno in DISK_FULL_ERRNOS else unwritable()) from error


def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin in _on_begin, DDL included
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {BUSY_MS}",
        "journal_mode = WAL",
        "foreign_keys = ON",
        "synchronous = FULL",
        "secure_delete = ON",
        f"cache_size = -{_CACHE_KIB}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
