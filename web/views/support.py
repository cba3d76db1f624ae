"""The court's own answers to support requests: take another time, or take a request back."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.rights import Right
from routes.model import ActionId, SupportState
from web.security import account, needs
from web.services import services
from web.views.acts import attempted

bp = Blueprint("support", __name__)


@bp.post("/plans/<action_id>/requests/<request_id>/agree")
@needs(Right.SHARE_WRITE)
def agree(action_id: str, request_id: str) -> ResponseReturnValue:
    """Take the time that a station proposed: it is promised then."""
    if _state(action_id, request_id) is not SupportState.OTHER_TIME_PROPOSED:
        abort(409)
    return _answered(action_id, request_id, SupportState.CONFIRMED, _("已同意派出所建议的时间。"))


@bp.post("/plans/<action_id>/requests/<request_id>/withdraw")
@needs(Right.SHARE_WRITE)
def withdraw(action_id: str, request_id: str) -> ResponseReturnValue:
    """Take a request back."""
    _state(action_id, request_id)
    return _answered(action_id, request_id, SupportState.WITHDRAWN, _("协助请求已撤回。"))


def _state(action_id: str, request_id: str) -> SupportState:
    requests = services().store.support_requests.for_action(ActionId(action_id))
    found = next((one for one in requests if one.id == request_id), None)
    if found is None:
        abort(404)
    return found.state


def _answered(
    action_id: str, request_id: str, state: SupportState, told: str
) -> ResponseReturnValue:
    attempted(
        lambda: services().store.support_requests.answer(request_id, state, account().id), told
    )
    return redirect(url_for("plans.page", action_id=action_id))
