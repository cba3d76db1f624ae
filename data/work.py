"""The unit of work: one transaction that is kept whole or not at all.

A :class:`Database` hands out reading connections and :class:`Work`. What happens inside a
``with database.write()`` block, its audit entries included, is stored together when the block
ends, and none of it when the block raises. Writers queue up; readers never wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, select

from data import audit
from data.backend import Backend, translated
from data.crypto import FieldCipher
from data.errors import KeyFileError
from data.model import AuditEntry
from data.schema import SettingRow, bind_cipher
from data.terminal import TERMINAL
from routes.ports import Clock

__all__ = ["FIELD_KEY", "Database", "Work", "check_field_key", "open_database"]

FIELD_KEY = "field_key"
"""Name of the setting that tells to which key the fields went over; there is none for the first."""


@dataclass(frozen=True, slots=True)
class Work:
    """One open transaction, with what its steps need."""

    connection: Connection
    cipher: FieldCipher
    clock: Clock
    operator: str = TERMINAL
    recorded: list[AuditEntry] = field(default_factory=list, repr=False)

    def record(
        self, actor: str, act: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> AuditEntry:
        """Append to the audit chain, in this transaction; the terminal is the operator."""
        entry = audit.append(
            self.connection,
            self.cipher,
            at=self.clock(),
            actor=self.operator if actor == TERMINAL else actor,
            act=act,
            subject=subject,
            detail=detail or {},
        )
        self.recorded.append(entry)
        return entry


@dataclass(frozen=True, slots=True)
class Database:
    """An open database with cipher and clock, and how the audit names who is at the terminal."""

    backend: Backend
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
        KeyFileError
            If the fields went over to another key since the store was opened.
        StoreError
            If the store refuses for another reason; it is as it was.
        """
        with translated(self.backend), self.backend.writing(self.engine) as connection:
            check_field_key(connection, self.cipher)
            work = Work(connection, self.cipher, self.clock, self.operator)
            yield work
        if work.recorded:
            self.backend.remember(work.recorded[-1].seq, work.recorded[-1].hash)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection that sees one state of the store throughout.

        Raises
        ------
        StoreError
            If the store cannot be read.
        """
        with translated(self.backend), self.backend.reading(self.engine) as connection:
            yield connection

    def close(self) -> None:
        """Let go of the database."""
        self.backend.close(self.engine)


def check_field_key(connection: Connection, cipher: FieldCipher) -> None:
    """Make sure that a cipher has the key to which the fields went over, if they did.

    Else nothing may be written: it would be unreadable once the earlier key is gone.

    Raises
    ------
    KeyFileError
        If it has not.
    """
    held = connection.scalar(select(SettingRow.value).where(SettingRow.name == FIELD_KEY))
    if held is None or held in cipher.field_keys:
        return
    number = held.partition(" ")[0]
    raise KeyFileError(
        "加密字段已换用第 %(number)s 把密钥，而本程序所持的是第 %(own)s 把；"
        "如刚更换过密钥，请重新启动本程序，否则请换回最新的密钥文件",
        number=number,
        own=cipher.fields[-1].number,
    )


def open_database(
    backend: Backend, cipher: FieldCipher, clock: Clock, *, operator: str = TERMINAL
) -> Database:
    """Return an open database, made where it is missing and may be.

    Raises
    ------
    StoreFullError, StoreError
        If it cannot be opened.
    """
    engine = backend.open()
    bind_cipher(engine, cipher)
    return Database(backend, engine, cipher, clock, operator)
