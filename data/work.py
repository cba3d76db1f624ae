"""The unit of work: one transaction that is kept whole or not at all.

A :class:`Database` hands out reading connections and :class:`Work`. What happens inside a
``with database.write()`` block, its audit entries included, is stored together when the block
ends, and none of it when the block raises. Writers queue up; readers never wait.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, IntegrityError, StatementError

from data import audit
from data.crypto import FieldCipher
from data.errors import DuplicateError, StoreError, StoreFullError
from data.model import AuditEntry
from data.schema import bind_cipher
from data.terminal import TERMINAL
from geo.errors import DISK_FULL_ERRNOS
from routes.ports import Clock

__all__ = ["Database", "Work", "open_database"]

_WRITES = "fieldwrit_writes"
_BUSY_MS = 10_000
_IOERR_FULL = frozenset((sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE))
"""Codes of a write that a quota or a size limit ended: SQLITE_FULL is for a full disk only."""


@dataclass(frozen=True, slots=True)
class Work:
    """One open transaction, with what its steps need."""

    connection: Connection
    cipher: FieldCipher
    clock: Clock
    operator: str = TERMINAL

    def record(
        self, actor: str, act: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> AuditEntry:
        """Append to the audit chain, in this transaction; the terminal is the operator."""
        return audit.append(
            self.connection,
            self.cipher,
            at=self.clock(),
            actor=self.operator if actor == TERMINAL else actor,
            act=act,
            subject=subject,
            detail=detail or {},
        )


@dataclass(frozen=True, slots=True)
class Database:
    """An engine with its cipher and clock, and how the audit names who is at the terminal."""

    engine: Engine
    cipher: FieldCipher
    clock: Clock
    operator: str = TERMINAL

    @contextmanager
    def write(self) -> Iterator[Work]:
        """Yield a transaction that may write.

        Raises
        ------
        StoreFullError
            If the disk is full; the store is as it was.
        DuplicateError
            If an identifier is stored already.
        StoreError
            If the store refuses for another reason; it is as it was.
        """
        with (
            _translated(),
            self.engine.connect().execution_options(**{_WRITES: True}) as connection,
            connection.begin(),
        ):
            yield Work(connection, self.cipher, self.clock, self.operator)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the store throughout.

        Raises
        ------
        StoreError
            If the store cannot be read.
        """
        with _translated(), self.engine.connect() as connection, connection.begin():
            yield connection


def open_database(
    path: Path, cipher: FieldCipher, clock: Clock, *, operator: str = TERMINAL
) -> Database:
    """Return the database in the file ``path``, made when it is missing.

    It is readable by its owner only, as are the files that SQLite keeps beside it.

    Raises
    ------
    StoreFullError, StoreError
        If the file cannot be made, or its mode not be set.
    """
    _keep_to_owner(path)
    engine = create_engine(f"sqlite:///{path}", hide_parameters=True)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    bind_cipher(engine, cipher)
    return Database(engine, cipher, clock, operator)


def _keep_to_owner(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite copies its mode
        for file in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
            if os.name == "posix" and file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077:
                file.chmod(0o600)
    except OSError as error:
        raise (_full() if error.errno in DISK_FULL_ERRNOS else _unwritable()) from error


def _full() -> StoreFullError:
    return StoreFullError("磁盘空间不足，本步骤未保存，原有数据保持不变；请清理磁盘后重试")


def _unwritable() -> StoreError:
    return StoreError("数据库无法写入；请检查数据文件夹的权限")


def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin in _on_begin, DDL included
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {_BUSY_MS}",
        "journal_mode = WAL",
        "foreign_keys = ON",
        "synchronous = FULL",
        "secure_delete = ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the database's errors into the store's."""
    try:
        yield
    except IntegrityError as error:
        raise _integrity_error(error) from error
    except DatabaseError as error:
        raise _database_error(error) from error
    except StatementError as error:
        if isinstance(error.orig, StoreError):  # a column type refused a value
            raise error.orig from None
        raise


def _code(error: DatabaseError) -> int:
    code: int = getattr(error.orig, "sqlite_errorcode", 0)
    return code


def _integrity_error(error: IntegrityError) -> StoreError:
    if _code(error) in (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE):
        return DuplicateError("同一标识的对象已在库中，未重复保存")
    if _code(error) == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        return StoreError("所引用的对象不在库中；请先导入被引用的案件、地址或派出所")
    return StoreError("数据不符合库的约束，未保存；请核对必填项")


def _database_error(error: DatabaseError) -> StoreError:
    code = _code(error)
    primary = code & 0xFF
    if primary == sqlite3.SQLITE_FULL or code in _IOERR_FULL:
        return _full()
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreError("数据库正被另一操作占用，本步骤未保存；请稍后重试")
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return _unwritable()
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreError("数据库文件已损坏；请从备份中恢复")
    return StoreError(
        "数据库出错（%(code)s），本步骤未保存；请检查磁盘空间与权限后重试",
        code=getattr(error.orig, "sqlite_errorname", type(error.orig).__name__),
    )
