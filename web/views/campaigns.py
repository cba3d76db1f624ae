"""Campaign days for weeks ahead: weeks, days, needs, and a map of what townships need."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.rights import Right
from geo.messages import message
from routes.errors import ProblemError
from web.campaign_board import (
    MOST_WEEKS,
    campaign_json,
    campaign_notes,
    campaigns_of,
    next_monday,
    township_needs,
)
from web.labels import say
from web.maps import Overlay, build_shell
from web.overview import map_centre
from web.security import account, needs
from web.services import services

bp = Blueprint("campaigns", __name__)

_OVERLAYS = (Overlay("townships", message("乡镇")),)


@bp.get("/campaigns")
@needs(Right.PLAN_READ)
def page() -> ResponseReturnValue:
    """Show campaign days by the cases as they stand; debtors are counted, never named."""
    here = services()
    weeks = request.args.get("weeks", default=8, type=int)
    if not 1 <= weeks <= MOST_WEEKS:
        abort(400)
    store = here.store
    located = here.locate(
        debtors=store.debtors(),
        claims=store.claims(),
        outcomes=store.outcomes(),
        leads=store.leads(),
        now=here.clock(),
        answers=store.answers(),
    )
    try:
        found = campaigns_of(
            here,
            located,
            here.seasons,
            here.engine,
            first=next_monday(here),
            weeks=weeks,
            rests=here.policy.rests,
        )
    except ProblemError as error:
        return render_template("campaigns_none.html", why=error.message.render(_))
    store.audit.append(account().id, "campaign.list", "store:-", {"weeks": weeks})
    told = campaign_json(found, here.areas)
    centre, zoom = map_centre(here)
    config = {
        "areas": url_for("overview.areas"),
        "needs": township_needs(found),
        "texts": {
            "failed": _("数据读取失败，请刷新重试"),
            "debtors": _("人数"),
            "hours": _("工时"),
            "expected": _("预计找到"),
            "zoom_in": _("放大"),
            "zoom_out": _("缩小"),
        },
    }
    return render_template(
        "campaigns.html",
        weeks=weeks,
        choices=(4, 8, 12, 16, 26),
        told=told,
        notes=[say(note) for note in campaign_notes(found)],
        shell=build_shell(centre=centre, zoom=zoom, overlays=_OVERLAYS),
        config=config,
    )
