"""Files whose whole content the store holds already, told by a keyed hash before they are read.

A file is noted once its import left nothing to say. Whatever changes a case, debtor or claim
afterwards or takes it away, by any way, makes the database forget all notes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import insert, select

from data.crypto import FieldCipher
from data.imports.file_kinds import may_be_layers, size_of
from data.schema import KnownFileRow
from data.work import Work
from geo.model import Datum

__all__ = ["KnownFile", "file_digest", "find", "note"]


@dataclass(frozen=True, slots=True)
class KnownFile:
    """How many rows a file has, all of them stored, and its text encoding."""

    rows: int
    encoding: str


def file_digest(
    cipher: FieldCipher, path: Path, columns: Sequence[object], *, datum: Datum, on: date
) -> str | None:
    """Return what stands for a file's content and all that decides how it is read.

    None for what may be layers, some of which lie in several files.

    Parameters
    ----------
    columns
        All that says which column is which; what it shows of itself must be the whole of it.

    Raises
    ------
    TableFileError
        If the file cannot be read.
    """
    size_of(path)
    if may_be_layers(path):
        return None
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    return cipher.keyed_hash(
        "known_file", content, path.suffix.lower(), datum, on.isoformat(), repr(columns)
    )


def find(work: Work, digest: str) -> KnownFile | None:
    """Return what is known of a file, None where it must be read."""
    row = work.connection.execute(
        select(KnownFileRow.rows, KnownFileRow.encoding).where(KnownFileRow.digest == digest)
    ).one_or_none()
    return None if row is None else KnownFile(row.rows, row.encoding)


def note(work: Work, digest: str, known: KnownFile) -> None:
    """Note a file whose rows were all stored in this transaction, or before."""
    if find(work, digest) is None:
        values = {"digest": digest, "rows": known.rows, "encoding": known.encoding}
        work.connection.execute(insert(KnownFileRow).values(values))
