"""Another key for the encrypted fields: what answers that the key file was seen by others.

The key file says how far it is. It gets the new key beside the old, all fields go over in pieces,
and the old key goes when nothing needs it: whenever the work is cut off, the store is read with
both, and the next call goes on. A field that no key opens was lost before and stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    LargeBinary,
    Table,
    bindparam,
    func,
    insert,
    select,
    type_coerce,
    update,
)

from data.crypto import GIVEN_KEY, FieldCipher, Keys, read_key_file, replace_key_file
from data.errors import KeyFileError, StoreError
from data.schema import Base, Encrypted, SecretBytes, SettingRow
from data.store import KEY_NAME, Store
from data.work import FIELD_KEY, Work
from geo.ports import ProgressListener

__all__ = ["KEY_LOCK_NAME", "PIECE_ROWS", "Rotated", "rotate_field_key", "secret_columns"]

KEY_LOCK_NAME = "key.lock"
PIECE_ROWS = 500
"""Rows that go over in one transaction."""

_LARGE_ROWS = 4
"""The same of a table with columns of many bytes: a large court's plan has megabytes."""

Opener = Callable[[], Store]


@dataclass(frozen=True, slots=True)
class Rotated:
    """What became of the fields.

    Parameters
    ----------
    number
        Which key of the fields is in use now, from 1 on.
    fields
        How many were encrypted anew by this call.
    unreadable
        How many no key opens, by ``table.column``.
    resumed
        Whether an earlier call was cut off.
    """

    number: int
    fields: int
    unreadable: dict[str, int]
    resumed: bool


def secret_columns() -> Iterator[tuple[Table, Column[Any], tuple[Column[Any], ...]]]:
    """Yield each table with encrypted columns, its primary key, and these columns."""
    for table in Base.metadata.sorted_tables:
        columns = tuple(one for one in table.columns if isinstance(one.type, Encrypted))
        if columns:
            (key,) = table.primary_key.columns
            yield table, key, columns


def rotate_field_key(
    data_dir: Path,
    open_store: Opener,
    *,
    by: str,
    given: Keys | None = None,
    progress: ProgressListener | None = None,
    piece_rows: int = PIECE_ROWS,
) -> Rotated:
    """Let all encrypted fields go over to a new key, or go on where that was cut off.

    Parameters
    ----------
    data_dir
        Folder of the key file.
    open_store
        Opens the store with the keys that the file holds at the time.
    by
        Who is named in the audit.
    given
        Keys that stand in the place of the file: the new one is among them already, and whoever
        gave them takes the old one away afterwards.
    progress
        Told of rows that were looked at; what it raises stops the work, which can be taken up.

    Raises
    ------
    StoreError, KeyFileError, ExportError
        If the store or the key file cannot be read or written. Both stay in step.
    """
    from filelock import FileLock, Timeout  # brings in asyncio, and only this needs it

    try:
        with FileLock(data_dir / KEY_LOCK_NAME, timeout=0, mode=0o600):
            if given is not None:
                return _rotate_given(given, open_store, by, progress or _unheard, piece_rows)
            return _rotate(data_dir / KEY_NAME, open_store, by, progress or _unheard, piece_rows)
    except Timeout:
        raise StoreError("另一个更换密钥的命令正在进行；请等它结束") from None


def _unheard(done: int, total: int) -> None:
    """Tell nobody."""


def _rotate(
    path: Path, open_store: Opener, by: str, progress: ProgressListener, piece_rows: int
) -> Rotated:
    open_store().close()  # nothing is begun on a store that cannot be used
    keys = read_key_file(path)
    resumed = len(keys.fields) > 1
    if not resumed:
        keys = keys.with_new()
        replace_key_file(path, keys)
    done, unreadable = _go_over_all(keys, open_store, by, progress, piece_rows)
    replace_key_file(path, keys.only_newest())
    return Rotated(keys.newest.number, done, unreadable, resumed)


def _rotate_given(
    keys: Keys, open_store: Opener, by: str, progress: ProgressListener, piece_rows: int
) -> Rotated:
    if len(keys.fields) < 2:
        raise KeyFileError(
            "密钥由环境变量 %(name)s 给出，须先在其中加上新密钥（fieldwrit key make 写出新的值），"
            "重新启动网页服务后再更换",
            name=GIVEN_KEY,
        )
    done, unreadable = _go_over_all(keys, open_store, by, progress, piece_rows)
    return Rotated(keys.newest.number, done, unreadable, resumed=False)


def _go_over_all(
    keys: Keys, open_store: Opener, by: str, progress: ProgressListener, piece_rows: int
) -> tuple[int, dict[str, int]]:
    """Let all fields go over to the newest of these keys, with which the store is opened."""
    store = open_store()
    try:
        with store.write() as work:
            if _begin(work):
                work.record(by, "key.rotate.begin", "store:-", {"key": keys.newest.number})
        done, unreadable = _round(store, progress, piece_rows)
        while done and (left := _round(store, progress, piece_rows))[0]:  # by another program
            done, unreadable = done + left[0], left[1]
        lost = sum(unreadable.values())
        detail = {"key": keys.newest.number, "fields": done, "unreadable": lost}
        store.audit.append(by, "key.rotate", "store:-", detail)
    finally:
        store.close()
    return done, unreadable


def _begin(work: Work) -> bool:
    """Let nobody write who has not the new key; return whether that is new."""
    newest = work.cipher.field_keys[-1]
    named = SettingRow.name == FIELD_KEY
    held = work.connection.scalar(select(SettingRow.value).where(named))
    if held == newest:
        return False
    if held is None:
        work.connection.execute(insert(SettingRow).values(name=FIELD_KEY, value=newest))
    else:
        work.connection.execute(update(SettingRow).where(named).values(value=newest))
    return True


def _round(store: Store, progress: ProgressListener, piece_rows: int) -> tuple[int, dict[str, int]]:
    """Look at every row once; return how many fields went over, and what no key opens."""
    tables = tuple(secret_columns())
    with store.write() as work:
        total = sum(
            work.connection.scalar(select(func.count()).select_from(table)) or 0
            for table, _, _ in tables
        )
    seen = changed = 0
    unreadable: dict[str, int] = {}
    progress(0, total)
    for table, key, columns in tables:
        large = any(isinstance(one.type, SecretBytes) for one in columns)
        rows = min(piece_rows, _LARGE_ROWS) if large else piece_rows
        after: Any = None
        while True:
            with store.write() as work:
                piece = _piece(work.connection, key, columns, after, rows)
                changed += _go_over(work, table, key, columns, piece, unreadable)
            if not piece:
                break
            after = piece[-1][0]
            seen += len(piece)
            progress(min(seen, total), total)
    return changed, unreadable


def _piece(
    connection: Connection,
    key: Column[Any],
    columns: tuple[Column[Any], ...],
    after: Any,
    rows: int,
) -> list[tuple[Any, ...]]:
    raw = (type_coerce(one, LargeBinary) for one in columns)
    query = select(key, *raw).order_by(key).limit(rows)
    if after is not None:
        query = query.where(key > after)
    return [tuple(row) for row in connection.execute(query)]


def _go_over(
    work: Work,
    table: Table,
    key: Column[Any],
    columns: tuple[Column[Any], ...],
    piece: list[tuple[Any, ...]],
    unreadable: dict[str, int],
) -> int:
    newest, changed = work.cipher.newest_only(), 0
    for at, column in enumerate(columns, start=1):
        assert isinstance(column.type, Encrypted)
        field = column.type.field
        moved = []
        for row in piece:
            if not column.type.hides(row[at]) or _opens(newest, row[at], field):
                continue
            try:
                plain = work.cipher.unseal(row[at], field=field)
            except StoreError:
                unreadable[field] = unreadable.get(field, 0) + 1
                continue
            moved.append({"held_key": row[0], "sealed": newest.seal(plain, field=field)})
        if moved:
            sealed = bindparam("sealed", type_=LargeBinary)
            work.connection.execute(
                update(table).where(key == bindparam("held_key")).values({column.name: sealed}),
                moved,
            )
        changed += len(moved)
    return changed


def _opens(cipher: FieldCipher, data: bytes, field: str) -> bool:
    try:
        cipher.unseal(data, field=field)
    except StoreError:
        return False
    return True
