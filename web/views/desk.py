"""The desk of unsure places: one address after another is brought to its door by a person."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from flask import Blueprint, abort, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from data.desk_queue import Unsure
from data.errors import StoreError
from data.jobs import JobKind, JobState
from data.place_decisions import PlaceBasis, PlaceDecision
from data.rights import Right
from geo.coordinates import check_china_lonlat, to_wgs84
from geo.localtime import local_day
from geo.messages import message
from geo.model import Datum, Point
from geo.typed_points import typed_point
from routes.model import ClaimId
from web.desk import confirm_place, held_claim, spread_places
from web.desk_board import claim_json, decision_text, queue_json
from web.errors import DeskFormError
from web.labels import say
from web.maps import Overlay, build_shell
from web.overview import map_centre
from web.security import account, needs, sights
from web.sent import sent_object
from web.services import services

bp = Blueprint("desk", __name__)

_BATCH = 40
_FEW = 300
"""Unsure addresses up to which those near a confirmed place are located at once."""

_OVERLAYS = (
    Overlay("doors", message("已知门牌")),
    Overlay("others", message("该被执行人的其他地址")),
    Overlay("candidates", message("候选位置")),
)


@bp.get("/desk")
@needs(Right.PLACE_CONFIRM)
def page() -> ResponseReturnValue:
    """Show the desk; addresses come one by one."""
    here = services()
    centre, zoom = map_centre(here)
    return render_template(
        "desk.html",
        shell=build_shell(centre=centre, zoom=zoom, overlays=_OVERLAYS),
        bases=tuple(PlaceBasis),
        datums=[each.value for each in Datum],
        located=here.places is not None,
        waiting=_waiting(),
        config={
            "queue": url_for("desk.queue"),
            "claim": "/api/desk/claims/{id}",
            "confirm": "/api/desk/claims/{id}/confirm",
            "unlocatable": "/api/desk/claims/{id}/unlocatable",
            "undo": url_for("desk.undo"),
            "point": url_for("desk.point"),
            "csrf": generate_csrf(),
            "plain_roads": True,
            "texts": _texts(),
        },
    )


@bp.get("/api/desk/queue")
@needs(Right.PLACE_CONFIRM)
def queue() -> ResponseReturnValue:
    """Answer with the first addresses that wait, by their ids, and how many do."""
    here = services()
    waiting = here.store.queued_claims(**_terms(), limit=_BATCH)
    return jsonify(waiting=queue_json(waiting), **_standing())


@bp.get("/api/desk/claims/<claim_id>")
@needs(Right.PLACE_CONFIRM)
def claim(claim_id: str) -> ResponseReturnValue:
    """Answer with one address, its parts and its candidates; the reading is audited."""
    here = services()
    waiting = here.store.queued_claim(ClaimId(claim_id), **_terms())
    if waiting is None:
        abort(404)
    held = held_claim(here.store, waiting.claim_id)
    here.store.audit.append(account().id, "desk.read", f"claim:{claim_id}", {"persons": 1})
    return jsonify(claim_json(waiting, held, here, sights()))


@bp.post("/api/desk/point")
@needs(Right.PLACE_CONFIRM)
def point() -> ResponseReturnValue:
    """Answer with typed coordinates of any datum as WGS84; nothing is kept."""
    body = sent_object()
    typed, datum = typed_point(str(body.get("typed", ""))), str(body.get("datum", ""))
    if typed is None or datum not in {each.value for each in Datum}:
        raise DeskFormError("请输入经纬度，如 118.6042, 24.8153，并选择坐标系")
    ((lon, lat),) = to_wgs84(np.array([[typed.lon, typed.lat]]), Datum(datum)).tolist()
    return jsonify(lon=round(lon, 6), lat=round(lat, 6))


@bp.post("/api/desk/claims/<claim_id>/confirm")
@needs(Right.PLACE_CONFIRM)
def confirm(claim_id: str) -> ResponseReturnValue:
    """Keep where an address is; addresses near it are located anew, at once if there are few."""
    here, body = services(), sent_object()
    if here.places is None:
        raise DeskFormError("还没有路网与地名，请先建立路网")
    if here.store.claim(ClaimId(claim_id)) is None:
        abort(404)
    made = confirm_place(
        here.store,
        here.places,
        ClaimId(claim_id),
        _point(body),
        basis=_basis(body),
        by=account().id,
    )
    return jsonify(_told(made, near=_spread()))


@bp.post("/api/desk/claims/<claim_id>/unlocatable")
@needs(Right.PLACE_CONFIRM)
def unlocatable(claim_id: str) -> ResponseReturnValue:
    """Keep that an address cannot be located."""
    here = services()
    if here.store.claim(ClaimId(claim_id)) is None:
        abort(404)
    made = here.store.place_decisions.mark_unlocatable(
        ClaimId(claim_id), basis=PlaceBasis.MAP, by=account().id
    )
    return jsonify(_told(made))


@bp.post("/api/desk/undo")
@needs(Right.PLACE_CONFIRM)
def undo() -> ResponseReturnValue:
    """Take back what this account decided last."""
    made = services().store.place_decisions.undo_last(by=account().id)
    return jsonify(claim=made.claim_id, text=_("已撤销"), **_standing())


@bp.errorhandler(StoreError)
def _refused(error: StoreError) -> ResponseReturnValue:
    return jsonify(error=error.message.render(_)), 409


def _told(made: PlaceDecision, *, near: str = "") -> dict[str, Any]:
    text = decision_text(made)
    return {"text": f"{text}{_('；')}{near}" if near else text, **_standing()}


def _spread() -> str:
    """Let addresses near what was confirmed be located anew, and say what came of it."""
    here, by = services(), account().id
    assert here.places is not None
    if not here.store.place_decisions.unspread():
        return ""
    if here.queue is None or sum(_waiting().values()) <= _FEW:
        done = spread_places(here.store, here.places, by=by)
        if not done["looked"]:
            return ""
        return say(message("附近 %(looked)d 条重新定位，%(moved)d 条更准", **done))
    newest = here.store.jobs.newest(JobKind.SPREAD)
    if newest is None or newest.state is not JobState.QUEUED:
        job = here.store.jobs.add(JobKind.SPREAD, {}, by=by)
        here.queue.put(job.id)
    return say(message("附近的地址正在后台重新定位"))


def _standing() -> dict[str, Any]:
    last = services().store.place_decisions.last_of(account().id)
    counts = _waiting()
    return {
        "left": sum(counts.values()),
        "counts": {each.value: count for each, count in counts.items()},
        "undo": None if last is None else last.claim_id,
    }


def _waiting() -> dict[Unsure, int]:
    return dict(services().store.count_queued(**_terms()))


def _terms() -> dict[str, Any]:
    here = services()
    return {"least": here.profile.address_min_confidence, "today": local_day(here.clock())}


def _point(body: dict[str, Any]) -> Point:
    numbers = [body.get(name) for name in ("lon", "lat")]
    lonlat = [float(one) for one in numbers if type(one) in (int, float)]  # type: ignore[arg-type]
    if len(lonlat) != 2 or not all(map(math.isfinite, lonlat)):
        raise DeskFormError("请先在地图上放好图钉")
    check_china_lonlat(np.array([lonlat]))
    return Point(*lonlat)


def _basis(body: dict[str, Any]) -> PlaceBasis:
    try:
        return PlaceBasis(body.get("basis", ""))
    except ValueError:
        raise DeskFormError("请选择依据") from None


def _texts() -> dict[str, str]:
    return {
        "failed": _("数据读取失败，请刷新重试"),
        "zoom_in": _("放大"),
        "zoom_out": _("缩小"),
        "loading": _("正在读取…"),
        "done": _("没有等待的地址了"),
        "skipped": _("已跳过，排到最后"),
        "left": _("还有 {count} 条"),
        "pin": _("图钉：确认的位置"),
        "no_pin": _("请先选候选，或在地图上点一处"),
        "moved": _("距候选 {number} {metres} 米"),
        "at": _("在候选 {number} 处"),
        "set": _("图钉在 {lon}, {lat}"),
        "confidence": _("可信度"),
        "error": _("误差约 {metres} 米"),
        "away": _("距第一个 {metres} 米"),
        "none": _("没有候选。请在地图上找到门口，点一下放图钉；或输入经纬度。"),
        "unread": _("未识别出地址各级"),
        "candidate": _("候选 {number}"),
        "other": _("该被执行人的其他地址"),
        "own_door": _("本院确认过"),
    }
