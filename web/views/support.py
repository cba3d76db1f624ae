"""The court's own acts on support requests: draft and send a property check, agree, take back."""

from __future__ import annotations

from datetime import date, time

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.rights import Right
from routes.model import ActionId, SupportKind, SupportRequest, SupportState
from web.property_checks import draft_check, send_check
from web.security import account, needs
from web.services import services
from web.views.acts import attempted
from web.views.stored import own_part, stored_plan

bp = Blueprint("support", __name__)


@bp.post("/plans/<action_id>/checks")
@needs(Right.PLAN_WRITE)
def draft(action_id: str) -> ResponseReturnValue:
    """Draft a request that a station look at the property at the place of a visit."""
    problem, plan = stored_plan(action_id)
    own, form = own_part(plan), request.form
    if form["visit"] not in {stop.ref for route in own.routes for stop in route.stops if stop.ref}:
        abort(404)
    try:
        day = date.fromisoformat(form["day"])
        start_s, end_s = map(_second, (form["from"], form["until"]))
    except ValueError:
        abort(400)
    attempted(
        lambda: draft_check(
            services(),
            ActionId(action_id),
            problem,
            plan,
            ref=form["visit"],
            day=day,
            start_s=start_s,
            end_s=end_s,
            document=form.get("document", ""),
            by=account().id,
        ),
        _("财产核查请求已拟好，待发出。"),
    )
    return redirect(url_for("plans.page", action_id=action_id, _anchor="checks"))


@bp.post("/plans/<action_id>/requests/<request_id>/send")
@needs(Right.SHARE_WRITE)
def send(action_id: str, request_id: str) -> ResponseReturnValue:
    """Send a draft of a property check to its station."""
    problem, plan = stored_plan(action_id)
    asked = _request(action_id, request_id)
    if asked.kind is not SupportKind.PROPERTY_CHECK or asked.state is not SupportState.DRAFT:
        abort(409)
    attempted(
        lambda: send_check(
            services(),
            ActionId(action_id),
            problem,
            plan,
            asked,
            document=request.form.get("document", ""),
            by=account().id,
        ),
        _("财产核查请求已发给派出所。"),
    )
    return redirect(url_for("plans.page", action_id=action_id, _anchor="checks"))


@bp.post("/plans/<action_id>/requests/<request_id>/agree")
@needs(Right.SHARE_WRITE)
def agree(action_id: str, request_id: str) -> ResponseReturnValue:
    """Take the time that a station proposed: it is promised then."""
    if _request(action_id, request_id).state is not SupportState.OTHER_TIME_PROPOSED:
        abort(409)
    return _answered(action_id, request_id, SupportState.CONFIRMED, _("已同意派出所建议的时间。"))


@bp.post("/plans/<action_id>/requests/<request_id>/withdraw")
@needs(Right.SHARE_WRITE)
def withdraw(action_id: str, request_id: str) -> ResponseReturnValue:
    """Take a request back."""
    _request(action_id, request_id)
    return _answered(action_id, request_id, SupportState.WITHDRAWN, _("协助请求已撤回。"))


def _second(text: str) -> int:
    at = time.fromisoformat(text)
    return at.hour * 3600 + at.minute * 60


def _request(action_id: str, request_id: str) -> SupportRequest:
    held = services().store.support_requests
    asked = (*held.for_action(ActionId(action_id)), *held.property_checks(ActionId(action_id)))
    found = next((one for one in asked if one.id == request_id), None)
    if found is None:
        abort(404)
    return found


def _answered(
    action_id: str, request_id: str, state: SupportState, told: str
) -> ResponseReturnValue:
    attempted(
        lambda: services().store.support_requests.answer(request_id, state, account().id), told
    )
    return redirect(url_for("plans.page", action_id=action_id))
