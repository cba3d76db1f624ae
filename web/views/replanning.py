"""A plan made anew under way, and taken back."""

from __future__ import annotations

import time

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.rights import Right
from geo.errors import FieldwritError
from geo.localtime import moment_at
from geo.messages import message
from geo.ports import RoadTravel
from routes.errors import ReplanError
from routes.model import ActionId
from routes.planning import Deadline
from web.approval import release_plan
from web.errors import ApprovalError
from web.replan_board import agreed_since, disturbance_of
from web.replanning import STOP_S, hour_of, propose, undo
from web.security import account, needs
from web.services import services
from web.support_board import silent_stops
from web.views.stored import stored_plan

bp = Blueprint("replanning", __name__)


@bp.post("/plans/<action_id>/replan")
@needs(Right.PLAN_RELEASE)
def replan(action_id: str) -> ResponseReturnValue:
    """Make a plan anew after what a form reports; the answer is a draft with its own page."""
    stop = Deadline.after(time.monotonic, STOP_S)
    here, form = services(), request.form
    problem, plan = stored_plan(action_id)
    action = here.store.action(ActionId(action_id))
    try:
        at = here.clock()
        day, _now_s = hour_of(problem, at)
        if form.get("at"):
            at = moment_at(day, _second_of(form["at"]))
        proposal = propose(
            here,
            ActionId(action_id),
            problem,
            plan,
            disturbance_of(
                here.store,
                problem,
                form,
                agreed=agreed_since(here.store, here.clock, ActionId(action_id), problem, plan),
                silent=()
                if action is None
                else silent_stops(here.store, here.areas, here.clock, action, problem, plan),
            ),
            at=at,
            engine=_engine,
            stop=stop,
            by=account().id,
        )
    except FieldwritError as error:
        flash(error.message.render(_), "error")
        back = "live.page" if form.get("back") == "live" else "plans.page"
        return redirect(url_for(back, action_id=action_id))
    for ref in proposal.made.broken:
        flash(message("已承诺的停留 %(id)s 无法保留", id=ref).render(_), "error")
    if form.get("back") == "live":
        return redirect(url_for("live.page", action_id=action_id, _anchor="offer"))
    return redirect(url_for("plans.page", action_id=proposal.action_id))


@bp.post("/plans/<action_id>/undo")
@needs(Right.PLAN_RELEASE)
def take_back(action_id: str) -> ResponseReturnValue:
    """Let the plan before be the current one; it is released again where nothing stands against."""
    here = services()
    try:
        held = undo(here, ActionId(action_id), at=here.clock(), by=account().id)
    except FieldwritError as error:
        flash(error.message.render(_), "error")
        return redirect(url_for("plans.page", action_id=action_id))
    flash(_("调整已撤销，恢复上一份计划。"))
    action = here.store.action(held.replaces)
    if held.was_released and action is not None and action.released_at is None:
        problem, plan = stored_plan(held.replaces)
        try:
            release_plan(here, held.replaces, problem, plan, by=account().id, acknowledged="")
        except ApprovalError as error:
            flash(_("上一份计划须重新发布") + "：" + error.message.render(_), "error")
    return redirect(url_for("plans.page", action_id=held.replaces))


def _engine() -> RoadTravel:
    engine = services().engine
    if engine is None:
        raise ReplanError("还没有路网，不能按道路变化调整")
    return engine


def _second_of(text: str) -> int:
    hours, _between, minutes = text.partition(":")
    if not (hours.isdecimal() and minutes[:2].isdecimal()):
        abort(400)
    return int(hours) * 3600 + int(minutes[:2]) * 60
