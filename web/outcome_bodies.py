"""Outcomes as devices send them, read from JSON into values."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from data.outcome_records import FileKind, OutcomeFile, OutcomeRecord, Position
from data.sent_outcomes import SentOutcome
from routes.model import ClaimId, OutcomeKind, SecretText
from routes.rules.field_checklist import CHECKLIST
from web.errors import OutcomeError
from web.pictures import MOST_PIXELS, pixels
from web.typed_text import refuse_free_text

__all__ = ["KEY", "read_moment", "read_outcome", "read_position"]

_LONGEST_NOTE = 500
KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
"""How a device names what it sends."""

_FIELDS = frozenset({"key", "claim", "kind", "at", "note", "record"})
_RECORD_FIELDS = frozenset({"team", "done", "left", "position", "files"})
_CODES = frozenset(item.code for item in CHECKLIST)


def read_outcome(sent: Mapping[str, Any], *, device_id: str, on: date) -> SentOutcome:
    """Return what a device sent.

    Parameters
    ----------
    device_id
        The registered device that sends; empty where none said so.
    on
        The day on which typed texts are looked at.

    Raises
    ------
    OutcomeError, ValueRangeError, FreeTextError
        If a field is missing, unknown or unreadable, or a text holds what may not be kept.
    """
    unknown = sorted(set(sent) - _FIELDS)
    if unknown:
        raise OutcomeError("走访结果有不认识的字段，共 %(count)d 个", count=len(unknown))
    key, claim, note = sent.get("key"), sent.get("claim"), sent.get("note")
    if not isinstance(key, str) or not KEY.fullmatch(key):
        raise OutcomeError("key 须是设备生成的编号：8 至 64 个字母、数字、- 或 _")
    if not isinstance(claim, str) or not claim:
        raise OutcomeError("claim 须是地址线索的编号")
    if sent.get("kind") not in list(OutcomeKind):
        raise OutcomeError("kind 须是：%(kinds)s", kinds="、".join(OutcomeKind))
    _check_text("note", note, on)
    record = sent.get("record")
    return SentOutcome(
        key,
        ClaimId(claim),
        OutcomeKind(sent["kind"]),
        read_moment(sent.get("at")),
        SecretText(note) if note else None,
        None if record is None else _record(record, device_id, on),
    )


def _record(sent: Any, device_id: str, on: date) -> OutcomeRecord:
    if not isinstance(sent, dict) or not set(sent) <= _RECORD_FIELDS:
        raise OutcomeError("record 须是对象，只有 team、done、left、position 和 files")
    team, done, left = sent.get("team", ""), sent.get("done", []), sent.get("left", {})
    if not isinstance(team, str) or len(team) > 64:
        raise OutcomeError("record.team 须是小组的编号")
    if not (isinstance(done, list) and isinstance(left, dict) and _known([*done, *left])):
        codes = "、".join(item.code for item in CHECKLIST)
        raise OutcomeError("record.done 和 record.left 须用清单的编号：%(codes)s", codes=codes)
    for why in left.values():
        _check_text("record.left", why, on)
    files = sent.get("files", [])
    if not isinstance(files, list):
        raise OutcomeError("record.files 须是列表")
    return OutcomeRecord(
        team,
        device_id,
        tuple(done),
        {code: why or "" for code, why in left.items()},
        read_position(sent.get("position")),
        tuple(map(_file, files)),
    )


def _known(codes: list[Any]) -> bool:
    return all(isinstance(code, str) and code in _CODES for code in codes)


def _file(sent: Any) -> OutcomeFile:
    try:
        kind, content = FileKind(sent["kind"]), b64decode(sent["content"], validate=True)
        media_type = str(sent["media_type"])
    except (KeyError, TypeError, ValueError):
        raise OutcomeError(
            "record.files 的每项须有 kind、media_type 和 Base64 的 content"
        ) from None
    size = pixels(content)
    if size is None:
        raise OutcomeError("照片或签名打不开，请重新拍照或签名")
    if size > MOST_PIXELS:
        raise OutcomeError(
            "照片过大，至多 %(most)s 个像素；请把相机调到较小的尺寸后重拍", most=f"{MOST_PIXELS:,}"
        )
    return OutcomeFile(kind, media_type, content)


def read_position(sent: Any) -> Position | None:
    """Return where a device was, None where it does not say.

    Raises
    ------
    OutcomeError, ValueRangeError
        If it is not to be read.
    """
    if sent is None:
        return None
    try:
        lon, lat, accuracy_m = map(float, sent[:3])
        [at] = sent[3:]
    except (KeyError, TypeError, ValueError, OverflowError):
        raise OutcomeError("record.position 须是 [经度, 纬度, 精度（米）, 时间]") from None
    return Position(lon, lat, accuracy_m, read_moment(at))


def _check_text(name: str, text: Any, on: date) -> None:
    if not (text is None or (isinstance(text, str) and len(text) <= _LONGEST_NOTE)):
        raise OutcomeError("%(field)s 须是不超过 %(most)d 字的文字", field=name, most=_LONGEST_NOTE)
    refuse_free_text([("reason", text)], on=on)


def read_moment(text: Any) -> datetime:
    """Return an aware moment.

    Raises
    ------
    OutcomeError
        If it is none.
    """
    try:
        at = datetime.fromisoformat(text)
        at.timestamp()
    except (TypeError, ValueError, OverflowError):
        at = None
    if at is None or at.utcoffset() is None:
        raise OutcomeError("at 须是带时区的时间，如 2026-11-26T09:30:00+08:00")
    return at
