"""The plan: map and time lists; a commander releases it and shares it with stations."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.model import SupportKind, SupportState
from geo.messages import message
from geo.model import Point
from routes.model import ActionId
from routes.planning.problem import Plan, Problem
from web.formats import SHANGHAI
from web.maps import Overlay, build_shell
from web.overview import map_centre
from web.plan_board import PlanPage, build_plan_page, plan_json, sign_offs, stop_blocks
from web.security import Right, account, has_right, needs
from web.services import services

bp = Blueprint("plans", __name__)

_OVERLAYS = (Overlay("lines", message("路线")), Overlay("stops", message("停留")))


@bp.get("/plans")
@needs(Right.PLAN_READ)
def index() -> ResponseReturnValue:
    """Lead to the latest plan."""
    latest = services().store.latest()
    if latest is None:
        return render_template("plans.html")
    return redirect(url_for("plans.page", action_id=latest))


@bp.get("/plans/<action_id>")
@needs(Right.PLAN_READ)
def page(action_id: str) -> ResponseReturnValue:
    """Show one plan; names and addresses are an audited reading."""
    here = services()
    view = _page(action_id, show_persons=has_right(Right.PERSON_READ))
    if view.persons:
        here.store.audit.append(
            account().id, "person.read", f"action:{action_id}", {"persons": view.persons}
        )
    centre, zoom = map_centre(here)
    if view.routes:
        centre = Point(*view.routes[0].base_lonlat)
    config = {
        "plan": url_for("plans.data", action_id=action_id),
        "tiles": "/tiles/{z}/{x}/{y}.mvt" if here.basemap is not None else None,
        "texts": {
            "failed": _("数据读取失败，请刷新重试"),
            "empty": _("这份计划没有路线"),
            "base": _("驻地"),
            "base_letter": _("驻"),
            "p_found": _("找到概率"),
            "zoom_in": _("放大"),
            "zoom_out": _("缩小"),
        },
    }
    problem, plan = _stored(action_id)
    return render_template(
        "plan.html",
        view=view,
        sign_offs=sign_offs(plan),
        blocks=stop_blocks(problem, plan),
        shell=build_shell(centre=centre, zoom=zoom, overlays=_OVERLAYS),
        config=config,
    )


@bp.get("/api/plans/<action_id>")
@needs(Right.PLAN_READ)
def data(action_id: str) -> ResponseReturnValue:
    """Answer with the routes as points and lines, without names."""
    return jsonify(plan_json(_page(action_id, show_persons=False), services().engine))


@bp.post("/plans/<action_id>/release")
@needs(Right.PLAN_RELEASE)
def release(action_id: str) -> ResponseReturnValue:
    """Approve a plan; open sign-offs need the number of the document that signs them."""
    store = services().store
    problem, plan = _stored(action_id)
    action = store.action(ActionId(action_id))
    document = request.form.get("document", "").strip()
    open_sign_offs = sign_offs(plan)
    if (
        action is None
        or action.released_at is not None
        or stop_blocks(problem, plan)
        or (open_sign_offs and not document)
        or len(document) > 60
    ):
        abort(409)
    by = account().id
    for finding in open_sign_offs:
        store.audit.append(
            by, "finding.sign", finding.subject, {"rule": finding.rule, "document": document}
        )
    store.release(ActionId(action_id), by=by)
    flash(_("计划已发布。"))
    return redirect(url_for("plans.page", action_id=action_id))


@bp.post("/plans/<action_id>/share")
@needs(Right.SHARE_WRITE)
def share(action_id: str) -> ResponseReturnValue:
    """Let each station that the plan concerns see its part, until the plan's last day ends."""
    store = services().store
    problem, plan = _stored(action_id)
    action = store.action(ActionId(action_id))
    if action is None or action.released_at is None:
        abort(409)
    by, opened = account().id, 0
    now = services().clock()
    expires_at = _end_of(plan, problem)
    if expires_at <= now:
        abort(409)
    asked = {
        (request.station_id, request.ref)
        for request in store.support_requests.for_action(ActionId(action_id))
    }
    for station_id in sorted(_stations(plan)):
        shares = store.shares.for_station(station_id, now)
        if all(one.action_id != action_id for one in shares):
            store.shares.create(ActionId(action_id), station_id, expires_at, by)
            opened += 1
    for route in plan.routes:
        midnight = datetime.combine(route.day, time(), tzinfo=SHANGHAI)
        for stop in route.stops:
            station = stop.escort_station
            if station is None or (station, stop.ref) in asked:
                continue
            store.support_requests.create(
                ActionId(action_id),
                station,
                SupportKind.ESCORT,
                stop.ref,
                midnight + timedelta(seconds=stop.start_s),
                midnight + timedelta(seconds=stop.departure_s),
                by,
                state=SupportState.SENT,
            )
    flash(_("已共享给 %(count)d 个派出所。", count=opened))
    return redirect(url_for("plans.page", action_id=action_id))


def _stored(action_id: str) -> tuple[Problem, Plan]:
    store = services().store
    problem, plan = store.problem(ActionId(action_id)), store.plan(ActionId(action_id))
    if problem is None or plan is None:
        abort(404)
    return problem, plan


def _page(action_id: str, *, show_persons: bool) -> PlanPage:
    store = services().store
    problem, plan = _stored(action_id)
    action = store.action(ActionId(action_id))
    requests = store.support_requests.for_action(ActionId(action_id))
    return build_plan_page(
        action_id=ActionId(action_id),
        released_at=None if action is None else action.released_at,
        problem=problem,
        plan=plan,
        store=store,
        escort_states={request.ref: str(request.state) for request in requests},
        show_persons=show_persons,
    )


def _stations(plan: Plan) -> set[str]:
    """Return the stations that the plan asks for an escort."""
    return {
        stop.escort_station
        for route in plan.routes
        for stop in route.stops
        if stop.escort_station is not None
    }


def _end_of(plan: Plan, problem: Problem) -> datetime:
    days = [route.day for route in plan.routes] or [shift.day for shift in problem.shifts]
    return datetime.combine(max(days) + timedelta(days=1), time(), tzinfo=SHANGHAI)
