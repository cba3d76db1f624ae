"""What visits found, sent by officers' devices; each is kept exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, abort, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.errors import StoreBusyError, StoreError
from data.outcome_records import team_of
from data.rights import Right
from data.sent_outcomes import (
    Receipt,
    ReceiptState,
    SentOutcome,
    WithdrawnFor,
    receive_outcomes,
    withdraw_outcome,
)
from data.things import Thing
from geo.errors import FieldwritError
from geo.localtime import local_day
from routes.model import CaseId
from web.errors import OutcomeError
from web.field_devices import asking_device
from web.labels import label
from web.outcome_bodies import read_outcome
from web.security import account, needs, reaches_team, takes_upload
from web.sent import sent_object
from web.services import services

bp = Blueprint("outcomes", __name__)

_MOST = 500
_MOST_UPLOAD = 24 * 1024 * 1024
_TRIES = 4
"""How often the store is asked, each time for as long as a writer waits: an import is over then."""


@bp.post("/api/outcomes")
@needs(Right.OUTCOME_WRITE)
@takes_upload(_MOST_UPLOAD)
def receive() -> ResponseReturnValue:
    """Keep a list of outcomes and answer what became of each.

    An answer of 200 means that what it calls stored or already stored is on the disk. Where there
    is no answer, the same list is sent again.
    """
    sent = sent_object().get("outcomes")
    if not isinstance(sent, list) or not all(isinstance(one, dict) for one in sent):
        raise OutcomeError('须发送 {"outcomes": [...]}，每项一个走访结果')
    if len(sent) > _MOST:
        raise OutcomeError("一次最多发送 %(most)d 条走访结果，请分批发送", most=_MOST)
    device, on = asking_device(), local_day(services().clock())
    device_id = "" if device is None else device.id
    receipts: list[Receipt | None] = []
    fit: list[SentOutcome] = []
    for one in sent:
        try:
            read = read_outcome(one, device_id=device_id, on=on)
            if not reaches_team(read.team, Thing.OUTCOME):
                raise OutcomeError("账户归属其他小组，不能代这个小组登记；请联系管理员")
            fit.append(read)
            receipts.append(None)
        except FieldwritError as error:
            key = str(one.get("key", ""))[:64]
            receipts.append(Receipt(key, ReceiptState.REFUSED, None, error.message))
    kept = iter(_received(fit) if fit else ())
    return jsonify(outcomes=[_shown(next(kept) if one is None else one) for one in receipts])


@bp.get("/outcomes/files/<file_id>")
@needs(Right.PERSON_READ)
def file(file_id: str) -> ResponseReturnValue:
    """Answer with a photo or a signature; each reading is audited."""
    found = services().store.outcome_file(file_id)
    if found is None or not reaches_team(found[2], Thing.OUTCOME):
        abort(404)
    case_id, picture, _team = found
    services().store.audit.append(account().id, "outcome.file", f"case:{case_id}")
    return Response(picture.content, mimetype=picture.media_type)


def _received(fit: Sequence[SentOutcome]) -> tuple[Receipt, ...]:
    """Keep outcomes; an import holds the store for longer than a writer waits elsewhere."""
    for _tried in range(_TRIES - 1):
        with suppress(StoreBusyError):
            return receive_outcomes(services().store, fit, by=account().id)
    return receive_outcomes(services().store, fit, by=account().id)


@bp.post("/cases/<case_id>/outcomes/<outcome_id>/withdraw")
@needs(Right.OUTCOME_WRITE)
def withdraw(case_id: str, outcome_id: str) -> ResponseReturnValue:
    """Let an outcome of a case hold no longer."""
    store = services().store
    held = [one for one in store.outcomes(CaseId(case_id)) if one.id == outcome_id]
    if not held or not reaches_team(team_of(store.outcome_records(held), held[0]), Thing.OUTCOME):
        abort(404)
    try:
        why = WithdrawnFor(request.form.get("why", ""))
    except ValueError:
        abort(400)
    try:
        withdraw_outcome(store, outcome_id, why=why, by=account().id)
    except StoreError as error:
        flash(error.message.render(_), "error")
    else:
        flash(_("走访结果已撤回，定位和计划不再采用。"))
    return redirect(url_for("cases.page", case_id=case_id) + "#visits")


def _shown(receipt: Receipt) -> dict[str, Any]:
    shown: dict[str, Any] = {"key": receipt.key, "state": receipt.state.value}
    if receipt.outcome_id is not None:
        shown["id"] = receipt.outcome_id
    if receipt.why is not None:
        shown["text"] = receipt.why.render(_)
    if receipt.others:
        shown["others"] = [
            {"kind": kind, "label": label("outcome", kind), "at": at.isoformat()}
            for kind, at in receipt.others
        ]
    return shown
