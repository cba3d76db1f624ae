"""What an address of a page names, or the page of what is not there."""

from __future__ import annotations

from dataclasses import replace

from flask import abort

from routes.model import ActionId
from routes.planning.problem import Plan, Problem
from web.security import reaches_team
from web.services import services

__all__ = ["own_part", "stored_plan"]


def stored_plan(action_id: str) -> tuple[Problem, Plan]:
    """Return a stored plan and what it answers; ends the request with 404 where there is none."""
    store = services().store
    problem, plan = store.problem(ActionId(action_id)), store.plan(ActionId(action_id))
    if problem is None or plan is None:
        abort(404)
    return problem, plan


def own_part(plan: Plan) -> Plan:
    """Return what the reader sees of a plan: the routes of the own team, else all."""
    return replace(plan, routes=tuple(one for one in plan.routes if reaches_team(one.team)))
