"""Answers of online geocoding services, kept for a while in a file of their own.

The file holds no address that can be read: a question is kept as its keyed hash, the answers
encrypted. It may be deleted at any time, which costs new questions and nothing else; a contract
with a service may demand that.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from data.crypto import FieldCipher
from data.errors import StoreError
from geo.localtime import local_day
from geo.online.services import Answer
from routes.ports import Clock

__all__ = ["OnlineMemory"]

_FIELD = "online.answers"
_MOST = 50_000
_BUSY_S = 10.0
_TABLES = """
create table if not exists answer (
    hash text primary key not null, answers blob not null, until real not null
) strict, without rowid;
create index if not exists answer_until on answer (until);
create table if not exists asked (
    service text, day text, count integer not null, primary key (service, day)
) strict, without rowid;
"""


class OnlineMemory:
    """Implements :class:`geo.online.AnswerMemory` in a file.

    Parameters
    ----------
    path
        The file; made on first use, readable by its owner only.
    cipher
        Hashes questions and encrypts answers.
    clock
        Tells when an answer is old, and which day it is.
    most
        Answers kept at most; those that expire first make room.

    Raises
    ------
    StoreError
        If the file cannot be read or written; also by the methods.
    """

    def __init__(self, path: Path, *, cipher: FieldCipher, clock: Clock, most: int = _MOST) -> None:
        self._path = path
        self._cipher = cipher
        self._clock = clock
        self._most = most
        with self._open() as connection:
            connection.executescript(_TABLES)
            connection.execute("delete from answer where until <= ?", (self._now_s(),))

    def recall(self, service: str, text: str) -> tuple[Answer, ...] | None:
        """Return the kept answers to a text, or None where there are none or they are old."""
        query = "select answers from answer where hash = ? and until > ?"
        with self._open() as connection:
            row = connection.execute(query, (self._hash(service, text), self._now_s())).fetchone()
        if row is None:
            return None
        try:
            return tuple(
                Answer(**each) for each in json.loads(self._cipher.decrypt(row[0], field=_FIELD))
            )
        except (StoreError, ValueError, TypeError):  # of another key or version: ask anew
            return None

    def keep(self, service: str, text: str, answers: Sequence[Answer], *, days: int) -> None:
        """Keep the answers to a text for some days, and drop what is old or too much."""
        plain = json.dumps([asdict(answer) for answer in answers], ensure_ascii=False)
        now_s = self._now_s()
        until_s = now_s + timedelta(days=days).total_seconds()
        with self._open() as connection:
            connection.execute(
                "insert or replace into answer values (?, ?, ?)",
                (self._hash(service, text), self._cipher.encrypt(plain, field=_FIELD), until_s),
            )
            connection.execute("delete from answer where until <= ?", (now_s,))
            (held,) = connection.execute("select count(*) from answer").fetchone()
            connection.execute(
                "delete from answer where hash in (select hash from answer order by until limit ?)",
                (max(0, held - self._most),),
            )

    def count(self, service: str, *, per_day: int) -> bool:
        """Count one question of today, and tell whether it is still within the limit (0: none)."""
        day = local_day(self._clock()).isoformat()
        with self._open() as connection:
            connection.execute("delete from asked where day < ?", (day,))
            counted = connection.execute(
                "insert into asked values (?, ?, 1) on conflict do update set count = count + 1 "
                "where ? = 0 or count < ? returning count",
                (service, day, per_day, per_day),
            ).fetchone()
        return counted is not None

    def _hash(self, service: str, text: str) -> str:
        return self._cipher.keyed_hash("online", service, text)

    def _now_s(self) -> float:
        return self._clock().timestamp()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection whose changes are kept when the block ends without error."""
        try:
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
            with closing(sqlite3.connect(self._path, timeout=_BUSY_S)) as connection, connection:
                connection.execute("pragma secure_delete = on")
                yield connection
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                "在线应答缓存 %(file)s 无法读写；请检查磁盘与权限，或删除该文件后重试",
                file=self._path.name,
            ) from error
