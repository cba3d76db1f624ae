"""The unit of work: one transaction that is kept whole or not at all.

A :class:`Database` hands out reading connections and :class:`Work`. What happens inside a
``with database.write()`` block, its audit entries included, is stored together when the block
ends, and none of it when the block raises. Writers queue up; readers never wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, select

from data import audit
from data.backend import Backend, translated
from data.crypto import FieldCipher
from data.errors import KeyFileError, UnreadableFieldError
from data.held_keys import HeldKeys
from data.model import AuditEntry
from data.schema import SettingRow
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

    def person(self, actor: str) -> str:
        """Return who acts; the terminal is the operator."""
        return self.operator if actor == TERMINAL else actor

    def record(
        self, actor: str, act: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> AuditEntry:
        """Append to the audit chain, in this transaction; the terminal is the operator."""
        entry = audit.append(
            self.connection,
            self.cipher,
            at=self.clock(),
            actor=self.person(actor),
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
    keys: HeldKeys
    clock: Clock
    operator: str = TERMINAL

    @property
    def cipher(self) -> FieldCipher:
        """The cipher as it is now."""
        return self.keys.cipher

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
            If the fields went over to a key that the key file does not hold.
        StoreError
            If the store refuses for another reason; it is as it was.
        """
        self.keys.look()
        with translated(self.backend), self.backend.writing(self.engine) as connection:
            try:
                check_field_key(connection, self.cipher)
            except KeyFileError:
                if not self.keys.look():  # it was changed while this waited for its turn
                    raise
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
        KeyFileError
            If a field cannot be read, as the fields went over to a key that the file does not
            hold.
        StoreError
            If the store cannot be read.
        """
        self.keys.look()
        with translated(self.backend), self.backend.reading(self.engine) as connection:
            try:
                yield connection
            except UnreadableFieldError:
                check_field_key(connection, self.cipher)
                raise

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
        "加密字段已换用第 %(number)s 把密钥，而本机的密钥文件是第 %(own)s 把；"
        "请把最新的密钥文件放到数据目录，随即恢复，不必重新启动",
        number=number,
        own=cipher.fields[-1].number,
    )


def open_database(
    backend: Backend,
    cipher: FieldCipher,
    clock: Clock,
    *,
    operator: str = TERMINAL,
    key_path: Path | None = None,
) -> Database:
    """Return an open database, made where it is missing and may be.

    Parameters
    ----------
    key_path
        The file of the cipher's keys, to be read anew when it was changed.

    Raises
    ------
    StoreFullError, StoreError
        If it cannot be opened.
    """
    engine = backend.open()
    return Database(backend, engine, HeldKeys(engine, cipher, key_path), clock, operator)
