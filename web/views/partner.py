"""What partners see: a station's own stops, and its answers to support requests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from itertools import groupby
from typing import Any

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

from data.errors import StoreError
from data.model import Account
from data.rights import Right
from geo.localtime import LOCAL_ZONE, local_day
from geo.messages import Message, message
from geo.model import Point
from routes.model import SupportRequest, SupportState
from web.formats import moment_text
from web.maps import Overlay, build_shell
from web.overview import map_centre
from web.partner_page import SHOWN_AFTER_H, PartnerPage, build_partner_page, partner_json
from web.proposed_times import wrong_time
from web.security import account, needs
from web.services import services
from web.views.stored import stored_plan

bp = Blueprint("partner", __name__)

_OVERLAYS = (Overlay("stops", message("停留")),)
_ANSWERS = (
    SupportState.CONFIRMED,
    SupportState.DECLINED,
    SupportState.OTHER_TIME_PROPOSED,
)


_Refused = Mapping[str, tuple[str, str]]
"""By id of a request, the time that was typed and why it is not taken."""


@bp.get("/partner")
@needs(Right.PARTNER_READ)
def page() -> ResponseReturnValue:
    """Show the own station's stops of open shares."""
    return _page({})


def _page(refused: _Refused) -> str:
    here, reader = services(), account()
    view = _read(reader)
    here.store.audit.append(
        reader.id, "share.read", f"station:{reader.station_id}", {"stops": len(view.stops)}
    )
    centre, zoom = map_centre(here)
    points = partner_json(view)["stops"]
    if points:
        centre, zoom = Point(points[0]["lon"], points[0]["lat"]), 14
    config = {
        "stops": url_for("partner.data"),
        "texts": {
            "failed": _("数据读取失败，请刷新重试"),
            "zoom_in": _("放大"),
            "zoom_out": _("缩小"),
        },
    }
    return render_template(
        "partner.html",
        view=view,
        shown_after_h=SHOWN_AFTER_H,
        waiting=[stop for stop in view.stops if stop.may_answer],
        others=[stop for stop in view.stops if not stop.may_answer],
        refused=refused,
        shell=build_shell(centre=centre, zoom=zoom, overlays=_OVERLAYS),
        config=config,
    )


@bp.get("/partner/roster")
@needs(Right.PARTNER_READ)
def roster() -> ResponseReturnValue:
    """Show the duties at the own checkpoints, day by day; a sheet for the duty room."""
    return _roster({})


def _roster(refused: _Refused) -> str:
    here, reader = services(), account()
    view = _read(reader)
    duties = [stop for stop in view.stops if stop.checkpoint is not None]
    here.store.audit.append(
        reader.id, "share.read", f"station:{reader.station_id}", {"duties": len(duties)}
    )
    days = [(day, list(held)) for day, held in groupby(duties, key=lambda stop: stop.day)]
    return render_template(
        "roster.html", view=view, shown_after_h=SHOWN_AFTER_H, days=days, refused=refused
    )


@bp.get("/api/partner")
@needs(Right.PARTNER_READ)
def data() -> ResponseReturnValue:
    """Answer with the own stops' points."""
    here, reader = services(), account()
    view = _read(reader)
    here.store.audit.append(
        reader.id, "share.map", f"station:{reader.station_id}", {"stops": len(view.stops)}
    )
    return jsonify(partner_json(view))


@bp.post("/partner/requests/<request_id>")
@needs(Right.SUPPORT_ANSWER)
def answer(request_id: str) -> ResponseReturnValue:
    """Confirm, decline or propose another time, while the share is open."""
    here, reader = services(), account()
    asked = _own_request(request_id)
    given = request.form.get("answer", "")
    if given not in _ANSWERS:
        abort(400)
    taken_back = asked.state is SupportState.CONFIRMED and given == SupportState.DECLINED
    again = asked.may_answer_again(here.clock())
    if asked.state is not SupportState.SENT and not taken_back and not again:
        abort(409)
    on_roster = request.form.get("page") == "roster"
    proposed = None
    if given == SupportState.OTHER_TIME_PROPOSED:
        proposed, wrong = _proposed(asked)
        if wrong is not None:
            refused = {request_id: (request.form.get("time", ""), wrong.render(_))}
            return (_roster if on_roster else _page)(refused), 422
    try:
        here.store.support_requests.answer_for_station(
            request_id, SupportState(given), reader.id, proposed_starts_at=proposed
        )
    except StoreError as error:  # such as one that the court took back meanwhile
        flash(error.message.render(_), "error")
    else:
        flash(_("答复已更改。") if again else _("答复已送出。"))
    if on_roster:
        return redirect(url_for("partner.roster", _anchor=f"ask-{request_id}"))
    return redirect(url_for("partner.page", _anchor=_next_open(request_id)))


def _next_open(answered: str) -> str:
    """Return the place on the page of the request that waits next, else of the one answered."""
    stops = _read(account()).stops
    at = next((n for n, stop in enumerate(stops) if stop.request_id == answered), 0)
    waiting = [stop.request_id for stop in (*stops[at:], *stops[:at]) if stop.may_answer]
    return f"ask-{waiting[0] if waiting else answered}"


def _read(reader: Account) -> PartnerPage:
    """Build the page as this view guards and marks it."""
    view: Any = current_app.view_functions[str(request.endpoint)]
    return build_partner_page(
        reader,
        services(),
        needs_login=view.needed_right is not None,
        watermark=f"{reader.username} {moment_text(services().clock())}",
    )


def _own_request(request_id: str) -> SupportRequest:
    """Return a request to the reader's station at a stop that the page shows; 404 for any other."""
    reader = account()
    shown = {stop.request_id for stop in _read(reader).stops}
    if reader.station_id is None or request_id not in shown:
        abort(404)
    asked = services().store.support_requests.for_station(reader.station_id)
    return next(one for one in asked if one.id == request_id)


def _proposed(asked: SupportRequest) -> tuple[datetime | None, Message | None]:
    """Return the time that the form proposes, or why there is none to be used."""
    try:
        wanted = time.fromisoformat(request.form.get("time", ""))
    except ValueError:
        return None, message("请填写建议的时间")
    starts_at = datetime.combine(
        local_day(asked.starts_at), wanted.replace(tzinfo=None), tzinfo=LOCAL_ZONE
    )
    problem, plan = stored_plan(asked.action_id)
    return starts_at, wrong_time(services(), problem, plan, asked, starts_at)
