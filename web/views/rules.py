"""The rules in use, to be read, searched and printed."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from data.rights import Right
from web.rule_board import rule_views, value_views
from web.security import needs
from web.services import services

bp = Blueprint("rules", __name__)


@bp.get("/rules")
@needs(Right.RULES_READ)
def page() -> ResponseReturnValue:
    """Show every value of the profile in use, and every rule."""
    here = services()
    values = value_views(here.rule_values)
    return render_template(
        "rules.html",
        name=here.profile.name,
        values=values,
        words={one.key: one for one in values},
        own=sum(one.own for one in values),
        rules=rule_views(),
    )
