"""What an officer's device puts on record beside an outcome: checks, position, pictures."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from data.schema import AddressClaimRow, DebtorRow, OutcomeFileRow, OutcomeRecordRow, OutcomeRow
from data.upsert import parts_of, table_of
from data.work import Work
from routes.errors import ValueRangeError
from routes.model import CaseId, Outcome

__all__ = [
    "MEDIA_TYPES",
    "FileKind",
    "KeptFile",
    "OutcomeFile",
    "OutcomeRecord",
    "Position",
    "put_record",
    "put_written",
    "read_file",
    "read_records",
    "record_text",
    "team_of",
]

MEDIA_TYPES: Mapping[str, bytes] = {
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
}
"""How the files of each type that is taken begin."""

_MOST_BYTES = 2 * 1024 * 1024
_MOST_FILES = 6
_RECORD, _FILE = table_of(OutcomeRecordRow), table_of(OutcomeFileRow)


class FileKind(StrEnum):
    """What a file shows."""

    PHOTO = "photo"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Position:
    """Where the device was when its officer asked it to note that: WGS84, radius of 68 %.

    Raises
    ------
    ValueRangeError
        If it is not on the earth, or the radius is negative.
    """

    lon: float = field(repr=False)
    lat: float = field(repr=False)
    accuracy_m: float
    at: datetime

    def __post_init__(self) -> None:
        fits = -180 <= self.lon <= 180 and -90 <= self.lat <= 90 and 0 <= self.accuracy_m < 1e6
        if not fits or self.at.tzinfo is None:
            raise ValueRangeError("位置须为经纬度、精度（米）和带时区的时间")


@dataclass(frozen=True, slots=True)
class OutcomeFile:
    """A picture that belongs to an outcome.

    Raises
    ------
    ValueRangeError
        If it is empty, over 2 MiB, or begins otherwise than its type does.
    """

    kind: FileKind
    media_type: str
    content: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not 0 < len(self.content) <= _MOST_BYTES:
            raise ValueRangeError("照片或签名须在 2 MiB 以内，且不为空")
        begins = MEDIA_TYPES.get(self.media_type)
        if begins is None or not self.content.startswith(begins):
            raise ValueRangeError("照片或签名须为 JPEG 或 PNG")


@dataclass(frozen=True, slots=True)
class OutcomeRecord:
    """What was checked at the door, and by which team, device and officers.

    Parameters
    ----------
    device_id
        Empty where the outcome was written on paper.
    done, left
        Codes of the checklist: what was done, and what was not, with why.
    """

    team: str
    device_id: str
    done: tuple[str, ...] = ()
    left: Mapping[str, str] = field(default_factory=dict, repr=False)
    position: Position | None = None
    files: tuple[OutcomeFile, ...] = ()
    officers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.files) > _MOST_FILES:
            raise ValueRangeError("一次走访最多附 %(most)d 个文件", most=_MOST_FILES)


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A stored file without its content."""

    id: str
    outcome_id: str
    kind: FileKind
    media_type: str


def record_text(record: OutcomeRecord) -> str:
    """Return the JSON that is stored; equal texts are equal records, pictures included."""
    where = record.position
    content = {
        "team": record.team,
        "device": record.device_id,
        "done": sorted(record.done),
        "left": dict(sorted(record.left.items())),
        "position": None
        if where is None
        else [where.lon, where.lat, where.accuracy_m, where.at.isoformat()],
        "files": [sha256(one.content).hexdigest() for one in record.files],
    }
    if record.officers:
        content["officers"] = list(record.officers)
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def put_record(work: Work, outcome_id: str, record: OutcomeRecord) -> None:
    """Keep the record of a new outcome, with its pictures."""
    work.connection.execute(
        insert(_RECORD).values(outcome_id=outcome_id, content=record_text(record))
    )
    for number, one in enumerate(record.files):
        work.connection.execute(
            insert(_FILE).values(
                id=work.cipher.stable_id("of", outcome_id, str(number)),
                outcome_id=outcome_id,
                kind=one.kind.value,
                media_type=one.media_type,
                content=base64.b64encode(one.content).decode("ascii"),
            )
        )


def put_written(work: Work, records: Mapping[str, OutcomeRecord]) -> frozenset[str]:
    """Keep what paper says beside outcomes, in the place of what it said before.

    Returns
    -------
    frozenset of str
        The outcomes with which another text is kept now.
    """
    texts = {key: record_text(one) for key, one in records.items()}
    held: dict[str, str] = {}
    for part in parts_of(texts):
        rows = work.connection.execute(select(_RECORD).where(_RECORD.c.outcome_id.in_(part)))
        held |= {row.outcome_id: row.content for row in rows}
    changed = {key: text for key, text in texts.items() if held.get(key) != text}
    for part in parts_of(changed):
        work.connection.execute(delete(_RECORD).where(_RECORD.c.outcome_id.in_(part)))
    if changed:
        work.connection.execute(
            insert(_RECORD),
            [{"outcome_id": key, "content": text} for key, text in changed.items()],
        )
    return frozenset(changed)


def read_records(
    connection: Connection, outcome_ids: Sequence[str]
) -> dict[str, tuple[Mapping[str, Any], tuple[KeptFile, ...]]]:
    """Return what is on record of some outcomes, with their pictures' ids."""
    kept = _FILE.c.id, _FILE.c.outcome_id, _FILE.c.kind, _FILE.c.media_type
    files: dict[str, list[KeptFile]] = {}
    for row in connection.execute(
        select(*kept).where(_FILE.c.outcome_id.in_(outcome_ids)).order_by(_FILE.c.id)
    ):
        found = KeptFile(row.id, row.outcome_id, FileKind(row.kind), row.media_type)
        files.setdefault(row.outcome_id, []).append(found)
    rows = connection.execute(select(_RECORD).where(_RECORD.c.outcome_id.in_(outcome_ids)))
    return {
        row.outcome_id: (json.loads(row.content), tuple(files.get(row.outcome_id, ())))
        for row in rows
    }


def team_of(
    records: Mapping[str, tuple[Mapping[str, Any], Sequence[KeptFile]]], outcome: Outcome
) -> str | None:
    """Return the team that made a visit; None where nothing on record says."""
    record, _files = records.get(outcome.id, ({}, ()))
    return record.get("team") or None


def read_file(
    connection: Connection, file_id: str
) -> tuple[CaseId, OutcomeFile, str | None] | None:
    """Return a picture, the case that it belongs to and the team that made it, or None."""
    outcome, claim, debtor = table_of(OutcomeRow), table_of(AddressClaimRow), table_of(DebtorRow)
    query = (
        select(_FILE, debtor.c.case_id, _RECORD.c.content.label("record"))
        .join(_RECORD, _RECORD.c.outcome_id == _FILE.c.outcome_id)
        .join(outcome, outcome.c.id == _FILE.c.outcome_id)
        .join(claim, claim.c.id == outcome.c.claim_id)
        .join(debtor, debtor.c.id == claim.c.debtor_id)
        .where(_FILE.c.id == file_id)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    content = base64.b64decode(row.content)
    picture = OutcomeFile(FileKind(row.kind), row.media_type, content)
    return CaseId(row.case_id), picture, json.loads(row.record)["team"] or None
