"""What if: variations of a plan in a table, each with its routes on the map."""

from __future__ import annotations

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.rights import Right
from geo.errors import FieldwritError
from geo.messages import message
from geo.model import Point
from routes.model import ActionId
from routes.planning.what_if import Outcome
from web.labels import say
from web.maps import Overlay, build_shell
from web.overview import map_centre
from web.plan_board import build_plan_page, plan_json
from web.route_lines import standing_lines
from web.security import account, needs
from web.services import services
from web.trials import Trial, Trials
from web.views.stored import stored_plan
from web.what_if_board import rows, work_of

bp = Blueprint("what_if", __name__)

_OVERLAYS = (Overlay("lines", message("路线")), Overlay("stops", message("停留")))
_FRONT, _TABLE = "front", "table"
_KEY = "fieldwrit_what_if"


@bp.get("/plans/<action_id>/what-if")
@needs(Right.PLAN_WRITE)
def page(action_id: str) -> ResponseReturnValue:
    """Show what was tried of a plan so far, and one of the alternatives on the map."""
    here = services()
    problem, _plan = stored_plan(action_id)
    trial, as_front = _of(action_id)
    made = () if trial is None else rows(trial, as_front=as_front)
    numbers = [one.number for one in made]
    asked = request.args.get("shown", type=int)
    shown = asked if asked in numbers else next(iter(numbers), None)
    centre, zoom = map_centre(here)
    if problem.shifts:
        bases = {place.id: place for place in problem.places}
        base = bases[problem.shifts[0].start_place]
        centre = Point(base.lon, base.lat)
    config = {
        "plan": None
        if shown is None
        else url_for("what_if.routes", action_id=action_id, number=shown),
        "status": None
        if trial is None or trial.ended
        else url_for("what_if.status", action_id=action_id),
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
    return render_template(
        "what_if.html",
        action_id=action_id,
        trial=trial,
        as_front=as_front,
        rows=made,
        shown=shown,
        say=say,
        shell=build_shell(centre=centre, zoom=zoom, overlays=_OVERLAYS),
        config=config,
    )


@bp.post("/plans/<action_id>/what-if")
@needs(Right.PLAN_WRITE)
def begin(action_id: str) -> ResponseReturnValue:
    """Begin to try variations of a plan; the page watches them come."""
    problem, plan = stored_plan(action_id)
    kind = request.form.get("kind", "")
    if kind not in (_FRONT, _TABLE):
        abort(400)
    work = work_of(problem, plan, as_front=kind == _FRONT)
    try:
        _trials().begin(f"{kind}:{action_id}", work.results, total=work.total, by=account().id)
    except FieldwritError as error:
        flash(error.message.render(_), "error")
    else:
        detail = {"variations": work.total}
        services().store.audit.append(account().id, "plan.what_if", f"action:{action_id}", detail)
    return redirect(url_for("what_if.page", action_id=action_id))


@bp.post("/plans/<action_id>/what-if/stop")
@needs(Right.PLAN_WRITE)
def stop(action_id: str) -> ResponseReturnValue:
    """Let the work end after the variation that it is at; what is solved stays."""
    trial, _as_front = _of(action_id)
    if trial is None:
        abort(404)
    trial.stop()
    flash(_("推演将在当前一种算完后停止，已算出的保留。"))
    return redirect(url_for("what_if.page", action_id=action_id))


@bp.get("/api/plans/<action_id>/what-if")
@needs(Right.PLAN_WRITE)
def status(action_id: str) -> ResponseReturnValue:
    """Answer with how far the work has come."""
    trial, _as_front = _of(action_id)
    if trial is None:
        abort(404)
    return jsonify({"done": len(trial.results), "total": trial.total, "ended": trial.ended})


@bp.get("/api/plans/<action_id>/what-if/<int:number>")
@needs(Right.PLAN_WRITE)
def routes(action_id: str, number: int) -> ResponseReturnValue:
    """Answer with the routes of an alternative as points and lines, without names."""
    here = services()
    trial, _as_front = _of(action_id)
    if trial is None or number >= len(trial.results):
        abort(404)
    one = trial.results[number]
    view = build_plan_page(
        action_id=ActionId(action_id),
        released_at=None,
        problem=one.problem,
        plan=one.plan,
        store=here.store,
        findings=(),
        escort_states={},
        sights=None,
    )
    lines = standing_lines(here, one.problem, one.plan)
    here.store.audit.append(account().id, "plan.map", f"action:{action_id}")
    return jsonify(plan_json(view, lines))


def _trials() -> Trials[Outcome]:
    """Return the work of the running application."""
    found: Trials[Outcome] = current_app.extensions.setdefault(_KEY, Trials())
    return found


def _of(action_id: str) -> tuple[Trial[Outcome] | None, bool]:
    """Return the work about a plan, and whether it is a front."""
    front = _trials().about(f"{_FRONT}:{action_id}")
    return (front, True) if front is not None else (_trials().about(f"{_TABLE}:{action_id}"), False)
