"""Help with pictures, a page a role, and the tour that is shown once."""

from __future__ import annotations

from flask import Blueprint, abort, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from data.model import Role
from data.rights import Right
from web.help_pages import guide_of, readable_guides
from web.help_texts import GUIDES
from web.labels import say
from web.security import account, home_endpoint, needs
from web.services import services

bp = Blueprint("help", __name__)


@bp.get("/help")
@needs(Right.ACCOUNT_OWN)
def index() -> ResponseReturnValue:
    """Lead to the own role's guide."""
    return redirect(url_for("help.guide", role=account().role.value))


@bp.get("/help/<role>")
@needs(Right.ACCOUNT_OWN)
def guide(role: str) -> ResponseReturnValue:
    """Show the guide of a role."""
    roles = readable_guides(account().role)
    if role not in roles:
        abort(404)
    shown = Role(role)
    return render_template(
        "help.html",
        shown=shown,
        roles=roles,
        purpose=say(GUIDES[shown].purpose),
        topics=guide_of(shown),
    )


@bp.post("/help/tour/seen")
@needs(Right.ACCOUNT_OWN)
def tour_seen() -> ResponseReturnValue:
    """Keep that the tour was ended."""
    services().store.accounts.set_tour_seen(account().id, seen=True)
    return jsonify({})


@bp.post("/help/tour")
@needs(Right.ACCOUNT_OWN)
def tour_again() -> ResponseReturnValue:
    """Begin the tour again, on the first page."""
    services().store.accounts.set_tour_seen(account().id, seen=False)
    return redirect(url_for(home_endpoint()))
