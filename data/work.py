"""The unit of work: one transaction that is kept whole or not at all.

A :class:`Database` hands out reading connections and :class:`Work`. What happens inside a
``with database.write()`` block, its audit entries included, is stored together when the block
ends, and none of it when the block raises. Writers queue up; readers never wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine

from data import audit
from data.backend import Backend, translated
from data.crypto import FieldCipher
from data.model import AuditEntry
from data.schema import bind_cipher
from data.terminal import TERMINAL
from routes.ports import Clock

__all__ = ["Database", "Work", "open_database"]


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
        StoreError
            If the store refuses for another reason; it is as it was.
        """
        with translated(self.backend), self.backend.writing(self.engine) as connection:
            yield Work(connection, self.cipher, self.clock, self.operator)

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
