"""Why a plan holds a visit or leaves a debtor out, computed when it is asked."""

from __future__ import annotations

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.rights import Right
from routes.errors import PlanError
from web.labels import say
from web.reason_sources import case_numbers, chance_of, lawful_changes
from web.reasons import not_planned, planned
from web.security import account, needs
from web.services import services
from web.views.stored import own_part, stored_plan

bp = Blueprint("reasons", __name__)


@bp.get("/api/plans/<action_id>/why")
@needs(Right.PLAN_READ)
def why(action_id: str) -> ResponseReturnValue:
    """Explain one stop (``visit``) or one who is left out (``ref``), by ids, without names."""
    here = services()
    problem, plan = stored_plan(action_id)
    visit, ref = request.args.get("visit", ""), request.args.get("ref", "")
    if bool(visit) == bool(ref):
        abort(404)
    option = case_numbers(here, problem)
    try:
        if visit:
            own = own_part(plan)
            seen = any(stop.ref == visit for route in own.routes for stop in route.stops)
            told = planned(problem, plan if seen else own, visit, say=say, option=option)
            told["lines"] += chance_of(here, problem, visit, say=say)
        else:
            told = not_planned(problem, plan, ref, say=say, option=option)
            told["fixes"] = lawful_changes(here, problem, plan, ref, say=say)
    except PlanError as error:
        return jsonify(error=error.message.render(_)), 422
    here.store.audit.append(account().id, "plan.why", f"action:{action_id}")
    return jsonify(told)
