"""What visits found, sent by officers' devices; each is kept exactly once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.errors import StoreBusyError
from data.rights import Right
from data.sent_outcomes import Receipt, ReceiptState, SentOutcome, receive_outcomes
from geo.errors import FieldwritError
from geo.localtime import local_day
from routes.model import ClaimId, OutcomeKind, SecretText
from web.errors import OutcomeError
from web.security import account, needs
from web.services import services
from web.typed_text import refuse_free_text

bp = Blueprint("outcomes", __name__)

_MOST = 500
_TRIES = 4
"""How often the store is asked, each time for as long as a writer waits: an import is over then."""

_LONGEST_NOTE = 500
_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
_FIELDS = frozenset({"key", "claim", "kind", "at", "note"})


@bp.post("/api/outcomes")
@needs(Right.OUTCOME_WRITE)
def receive() -> ResponseReturnValue:
    """Keep a list of outcomes and answer what became of each.

    An answer of 200 means that what it calls stored or already stored is on the disk. Where there
    is no answer, the same list is sent again.
    """
    body = request.get_json(silent=True)
    sent = body.get("outcomes") if isinstance(body, dict) else None
    if not isinstance(sent, list) or not all(isinstance(one, dict) for one in sent):
        raise OutcomeError('须发送 {"outcomes": [...]}，每项一个走访结果')
    if len(sent) > _MOST:
        raise OutcomeError("一次最多发送 %(most)d 条走访结果，请分批发送", most=_MOST)
    receipts: list[Receipt | None] = []
    fit: list[SentOutcome] = []
    for one in sent:
        try:
            fit.append(_read(one))
            receipts.append(None)
        except FieldwritError as error:
            key = str(one.get("key", ""))[:64]
            receipts.append(Receipt(key, ReceiptState.REFUSED, None, error.message))
    kept = iter(_received(fit) if fit else ())
    return jsonify(outcomes=[_shown(next(kept) if one is None else one) for one in receipts])


def _received(fit: Sequence[SentOutcome]) -> tuple[Receipt, ...]:
    """Keep outcomes; an import holds the store for longer than a writer waits elsewhere."""
    for _tried in range(_TRIES - 1):
        with suppress(StoreBusyError):
            return receive_outcomes(services().store, fit, by=account().id)
    return receive_outcomes(services().store, fit, by=account().id)


def _read(sent: Mapping[str, Any]) -> SentOutcome:
    """Return what a device sent.

    Raises
    ------
    OutcomeError, FreeTextError
        If a field is missing, unknown or unreadable, or the note holds what may not be kept.
    """
    unknown = sorted(set(sent) - _FIELDS)
    if unknown:
        raise OutcomeError("走访结果有不认识的字段，共 %(count)d 个", count=len(unknown))
    key, claim, note = sent.get("key"), sent.get("claim"), sent.get("note")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise OutcomeError("key 须是设备生成的编号：8 至 64 个字母、数字、- 或 _")
    if not isinstance(claim, str) or not claim:
        raise OutcomeError("claim 须是地址线索的编号")
    if sent.get("kind") not in list(OutcomeKind):
        raise OutcomeError("kind 须是：%(kinds)s", kinds="、".join(OutcomeKind))
    if not (note is None or (isinstance(note, str) and len(note) <= _LONGEST_NOTE)):
        raise OutcomeError("note 须是不超过 %(most)d 字的文字", most=_LONGEST_NOTE)
    refuse_free_text([("reason", note)], on=local_day(services().clock()))
    return SentOutcome(
        key,
        ClaimId(claim),
        OutcomeKind(sent["kind"]),
        _moment(sent.get("at")),
        SecretText(note) if note else None,
    )


def _moment(text: Any) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        at.timestamp()
    except (TypeError, ValueError, OverflowError):
        at = None
    if at is None or at.utcoffset() is None:
        raise OutcomeError("at 须是带时区的时间，如 2026-11-26T09:30:00+08:00")
    return at


def _shown(receipt: Receipt) -> dict[str, Any]:
    shown: dict[str, Any] = {"key": receipt.key, "state": receipt.state.value}
    if receipt.outcome_id is not None:
        shown["id"] = receipt.outcome_id
    if receipt.why is not None:
        shown["text"] = receipt.why.render(_)
    return shown
