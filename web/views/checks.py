"""What checks of a debtor's places brought: entered on the case page, and taken back there."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.errors import StoreError
from data.rights import Right
from geo.localtime import local_day
from routes.checks import Answer, Check
from routes.model import CaseId
from web.security import account, needs
from web.services import services

bp = Blueprint("checks", __name__)


@bp.post("/cases/<case_id>/checks")
@needs(Right.COURT_WRITE)
def add(case_id: str) -> ResponseReturnValue:
    """Keep what was answered about an address; it counts in the next reckoning."""
    here, form, of = services(), request.form, CaseId(case_id)
    claims = here.store.claims(of)
    try:
        number = int(form.get("number", ""))
        check, answer = Check(form.get("check", "")), Answer(form.get("answer", ""))
        day = date.fromisoformat(form.get("day") or local_day(here.clock()).isoformat())
    except ValueError:
        flash(_("请选择地址、核实方式和答复，并填写日期。"), "error")
        return _back(case_id)
    if not 1 <= number <= len(claims):
        abort(404)
    try:
        here.store.check_answers.add(
            claims[number - 1].id, check, answer, of=of, answered_on=day, by=account().id
        )
    except StoreError as error:
        flash(error.message.render(_), "error")
    else:
        flash(_("答复已登记，下一步已重新计算。"))
    return _back(case_id)


@bp.post("/cases/<case_id>/checks/<answer_id>/withdraw")
@needs(Right.COURT_WRITE)
def withdraw(case_id: str, answer_id: str) -> ResponseReturnValue:
    """Let an answer count no longer; it is kept."""
    try:
        services().store.check_answers.withdraw(answer_id, of=CaseId(case_id), by=account().id)
    except StoreError:
        abort(404)
    flash(_("答复已撤回，下一步已重新计算。"))
    return _back(case_id)


def _back(case_id: str) -> ResponseReturnValue:
    return redirect(url_for("cases.page", case_id=case_id, _anchor="next-step"))
