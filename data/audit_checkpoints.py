"""Signed checkpoints of the audit chain, and the chain as a file that others can check.

The chain is sealed by a key in the data folder: who has that key could write another chain that
verifies. What was signed and given away before shows that, and between which entries.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, RowMapping, insert, select

from data.errors import AuditError, KeyFileError
from data.model import AuditEntry
from data.schema import AuditCheckpointRow, AuditEntryRow
from data.signing import PublicKey, SigningKey
from data.upsert import table_of
from data.work import Database

__all__ = ["AuditCheckpoints", "Checkpoint", "Exported", "check_export", "write_export"]

_TABLE, _ENTRIES = table_of(AuditCheckpointRow), table_of(AuditEntryRow)
_FORMAT = "fieldwrit-audit/1"
_PURPOSE = "audit checkpoint"
_SEAL = "audit export"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """An entry's number and hash, signed at a moment; ``key`` is the public key's id."""

    seq: int
    hash: str
    at: datetime
    key: str
    signature: str

    def holds(self, key: PublicKey) -> bool:
        """Whether the key signed this."""
        return self.key == key.id and key.accepts(
            bytes.fromhex(self.signature), *_said(self.seq, self.hash, self.at)
        )


class AuditCheckpoints:
    """The checkpoints of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sign(self, key: SigningKey, *, seq: int, digest: str) -> Checkpoint:
        """Sign an entry of a chain that was just checked; the same entry once only."""
        now = self._database.clock()
        made = Checkpoint(seq, digest, now, key.public.id, key.sign(*_said(seq, digest, now)).hex())
        with self._database.write() as work:
            held = select(_TABLE).where(_TABLE.c.seq == seq)
            row = work.connection.execute(held).one_or_none()
            if row is not None:
                return _checkpoint(row._mapping)
            work.connection.execute(insert(_TABLE).values(**asdict(made)))
        return made

    def all(self) -> tuple[Checkpoint, ...]:
        """Return all checkpoints, the oldest first."""
        with self._database.read() as connection:
            return _read(connection)

    def verify(self, key: PublicKey, also: Iterable[Checkpoint] = ()) -> int:
        """Hold the chain against the signed checkpoints; return how many there are.

        Parameters
        ----------
        also
            Checkpoints that were kept elsewhere.

        Raises
        ------
        AuditError
            If a signature does not hold, or an entry is another than the one that was signed:
            names the entries between which the chain was written anew.
        """
        with self._database.read() as connection:
            checked = sorted({*_read(connection), *also}, key=lambda one: one.seq)
            return _held_against(checked, key, _hashes(connection, checked))


@dataclass(frozen=True, slots=True)
class Exported:
    """What a file of the chain holds."""

    entries: int
    checkpoints: int
    key: str


def write_export(
    file: IO[bytes],
    key: SigningKey,
    entries: Iterable[AuditEntry],
    checkpoints: Iterable[Checkpoint],
) -> Exported:
    """Write the chain, a line of JSON an entry, its checkpoints, and a signature over all of it."""
    digest = hashlib.sha256()

    def line(kind: str, values: Mapping[str, Any]) -> None:
        text = json.dumps({"kind": kind, **values}, ensure_ascii=False, sort_keys=True)
        digest.update(text.encode() + b"\n")
        file.write(text.encode() + b"\n")

    line("header", {"format": _FORMAT, "key": key.public.text})
    count = signed = 0
    for entry in entries:
        line("entry", {**asdict(entry), "at": _text(entry.at), "detail": dict(entry.detail)})
        count += 1
    for one in checkpoints:
        line("checkpoint", {**asdict(one), "at": _text(one.at)})
        signed += 1
    line("seal", {"signature": key.sign(_SEAL, digest.hexdigest()).hex()})
    return Exported(count, signed, key.public.text)


def check_export(path: Path, key: PublicKey | None = None) -> tuple[Exported, list[Checkpoint]]:
    """Check a file of the chain by itself: its links, its order and its signatures.

    Parameters
    ----------
    key
        The public key as the court gave it away; that of the file proves nothing by itself.

    Raises
    ------
    AuditError
        If the file is none, or does not hold; names the entry.
    """
    seq, last, checkpoints = 0, "0" * 64, []
    hashes: dict[int, str] = {}
    found: PublicKey | None = None
    sealed: bool | None = None
    digest = hashlib.sha256()
    broken = AuditError("%(file)s 不是完整的审计文件；请核对文件或重新导出", file=path.name)
    try:
        for line in _lines(path, digest):
            kind = line.pop("kind")
            if sealed is not None or (kind == "header") != (found is None):
                raise broken  # nothing stands before the header or after the seal
            match kind:
                case "header" if line["format"] == _FORMAT:
                    found = PublicKey.parse(line["key"])
                case "entry":
                    seq += 1
                    _check_link(line, seq, last)
                    last = hashes[seq] = line["hash"]
                case "checkpoint":
                    at = datetime.fromisoformat(line.pop("at"))
                    bytes.fromhex(line["signature"])
                    checkpoints.append(Checkpoint(**line, at=at))
                case "seal" if found is not None:
                    signature = bytes.fromhex(line["signature"])
                    sealed = found.accepts(signature, _SEAL, line["of"])
                case _:
                    raise broken
    except AuditError:
        raise
    except (KeyFileError, KeyError, TypeError, ValueError, OSError) as error:
        raise broken from error
    if found is None:
        raise broken
    if key is not None and key != found:
        raise AuditError("%(file)s 不是用所给的公钥签署的", file=path.name)
    _held_against(checkpoints, found, hashes)
    if not sealed:
        raise AuditError("%(file)s 的内容与其签名不符，已被改动或截断", file=path.name)
    return Exported(seq, len(checkpoints), found.text), checkpoints


def _check_link(line: Mapping[str, Any], seq: int, last: str) -> None:
    if line["seq"] != seq:
        raise AuditError("审计文件缺少第 %(seq)d 条", seq=seq)
    if line["prev_hash"] != last:
        raise AuditError("审计文件第 %(seq)d 条与前一条不相连", seq=seq)


def _lines(path: Path, digest: hashlib._Hash) -> Iterator[dict[str, Any]]:
    """Yield the lines; to that of the seal is added ``of``, the digest of those before it."""
    with path.open("rb") as file:
        for line in file:
            read = json.loads(line)
            if not isinstance(read, dict):
                raise TypeError(path.name)
            if read.get("kind") == "seal":
                read["of"] = digest.hexdigest()
            digest.update(line)
            yield read


def _held_against(
    checkpoints: Iterable[Checkpoint], key: PublicKey, hashes: Mapping[int, str]
) -> int:
    good = count = 0
    for one in checkpoints:
        if not one.holds(key):
            raise AuditError(
                "审计链第 %(seq)d 条的检查点签名不符；请与另存的检查点核对", seq=one.seq
            )
        if hashes.get(one.seq) != one.hash:
            raise AuditError(
                "审计链在第 %(first)d 至 %(last)d 条之间与已签署的检查点不符，已被改写或截断；"
                "请从备份核对",
                first=good + 1,
                last=one.seq,
            )
        good, count = one.seq, count + 1
    return count


def _hashes(connection: Connection, checkpoints: Iterable[Checkpoint]) -> dict[int, str]:
    numbers = sorted({one.seq for one in checkpoints})
    found: dict[int, str] = {}
    for begin in range(0, len(numbers), 500):
        part = numbers[begin : begin + 500]
        query = select(_ENTRIES.c.seq, _ENTRIES.c.hash).where(_ENTRIES.c.seq.in_(part))
        found |= {row.seq: row.hash for row in connection.execute(query)}
    return found


def _read(connection: Connection) -> tuple[Checkpoint, ...]:
    rows = connection.execute(select(_TABLE).order_by(_TABLE.c.seq))
    return tuple(_checkpoint(row._mapping) for row in rows)


def _checkpoint(values: RowMapping) -> Checkpoint:
    return Checkpoint(**dict(values))


def _said(seq: int, digest: str, at: datetime) -> tuple[str, ...]:
    return _PURPOSE, str(seq), digest, _text(at)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
