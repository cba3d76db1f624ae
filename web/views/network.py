"""The road network: its roads by class, closures, and what can be reached in time."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import Any

from flask import (
    Blueprint,
    Response,
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
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from data.errors import StoreError
from data.rights import Right
from geo.errors import NetworkCacheError
from geo.messages import message
from geo.model import HourBand, TrafficDay
from geo.travel import RoadEngine
from geo.travel.closures import in_force
from geo.travel.observed import speeds_basis
from web.closure_board import (
    Spot,
    closures_json,
    effect_json,
    effect_of,
    field_spots,
    read_closure,
    shown_closures,
    spots_of,
)
from web.errors import ClosureFormError, WebError
from web.labels import labels_of
from web.maps import Overlay, build_shell
from web.network_board import GROUPS, MAX_ZOOM, MIN_ZOOM, RoadBoard
from web.overview import map_centre
from web.reach_board import (
    Asked,
    bands_json,
    parts_of,
    point_of,
    read_asked,
    start_of,
    unreachable_json,
)
from web.security import account, has_right, needs
from web.sent import sent_object
from web.services import attach, services
from web.steps import travel

bp = Blueprint("network", __name__)
_correcting = Lock()  # what is in use and what the engine uses change together

_OVERLAYS = (
    Overlay("reach", message("可达范围")),
    Overlay("unreachable", message("到不了的道路和地点"), shown=False),
    Overlay("closures", message("道路封闭")),
    Overlay("stations", message("派出所")),
    Overlay("starts", message("小组驻地")),
)


@bp.get("/network")
@needs(Right.NETWORK_READ)
def page() -> ResponseReturnValue:
    """Show the network with its panels."""
    here, reader = services(), account()
    board = here.roads
    if board is None:
        return render_template("network_none.html")
    centre, zoom = map_centre(here)
    stations = [s for s in here.store.stations() if reader.station_id in (None, s.id)]
    teams = here.store.teams() if reader.station_id is None else []
    report, checksum = _report()
    return render_template(
        "network.html",
        shell=build_shell(centre=centre, zoom=zoom, overlays=_OVERLAYS),
        stations=stations,
        teams=teams,
        profiles=tuple(here.vehicles),
        days=tuple(TrafficDay),
        bands=tuple(HourBand),
        group_km=board.group_km,
        island_km=board.island_km,
        own_station=reader.station_id is not None,
        proposal=travel.propose(here.store, here.vehicles)
        if has_right(Right.SPEEDS_WRITE)
        else None,
        correction_heads=travel.HEADS,
        correction_table=partial(travel.table, say=_),
        say=_,
        signs=_signs(),
        report=report,
        checksum=checksum,
        config={
            **_addresses(board),
            "csrf": generate_csrf(),
            "may_close": has_right(Right.CLOSURE_WRITE),
            "labels": labels_of("road_group", "road_access", "travel_mode", "spot_kind"),
            "plain_roads": True,
            "groups": list(GROUPS),
            "from_zoom": board.from_zoom(),
            "bounds": board.bounds,
            "version": board.version,
            "stations": [
                {"id": s.id, "name": s.name, "lon": s.point.lon, "lat": s.point.lat}
                for s in stations
            ],
            "teams": [
                {"id": t.id, "name": t.name, "lon": t.base.lon, "lat": t.base.lat} for t in teams
            ],
            "texts": _texts(),
        },
    )


@bp.get("/api/network/tiles/<int:z>/<int:x>/<int:y>.json")
@needs(Right.NETWORK_READ)
def tile(z: int, x: int, y: int) -> ResponseReturnValue:
    """Answer with the roads of one tile, compressed; kept by the browser for an hour."""
    board = _board()
    if not MIN_ZOOM <= z <= MAX_ZOOM or x >= 1 << z or y >= 1 << z:
        abort(404)
    text = json.dumps(board.tile(z, x, y), ensure_ascii=False, separators=(",", ":"))
    response = Response(text.encode(), mimetype="application/json")
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response.set_data(gzip.compress(text.encode(), compresslevel=5))
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


@bp.get("/api/network/roads/<int:road>")
@needs(Right.NETWORK_READ)
def road_facts(road: int) -> ResponseReturnValue:
    """Answer with what is known of one road."""
    board = _board()
    if road >= board.network.road_count:
        abort(404)
    return jsonify(board.facts(road))


@bp.get("/api/network/closures")
@needs(Right.NETWORK_READ)
def closures() -> ResponseReturnValue:
    """Answer with the closures in force and to come; a partner's in its own territory."""
    here, now = services(), services().clock()
    shown = shown_closures(
        here.store.closures.all(),
        here.roads,
        now=now,
        areas=here.areas,
        station_id=account().station_id,
    )
    return jsonify(closures=closures_json(shown, here.roads, now=now))


@bp.post("/api/network/closures/preview")
@needs(Right.CLOSURE_WRITE)
def preview() -> ResponseReturnValue:
    """Weigh a closure that is not kept yet."""
    return jsonify(_weighed()[1])


@bp.post("/api/network/closures")
@needs(Right.CLOSURE_WRITE)
def make() -> ResponseReturnValue:
    """Keep a closure; a very large one only where the page says that it is meant."""
    asked, effect = _weighed()
    if effect["large"] and sent_object().get("confirmed") is not True:
        raise ClosureFormError(
            "这次封闭涉及全区 %(share).0f%% 的道路，请勾选确认后再保存",
            share=100.0 * effect["share"],
        )
    kept = services().store.closures.add(asked, account().id)
    return jsonify(id=kept.closure.id), 201


@bp.post("/api/network/closures/<closure_id>/lift")
@needs(Right.CLOSURE_WRITE)
def lift(closure_id: str) -> ResponseReturnValue:
    """End a closure now."""
    try:
        services().store.closures.lift(closure_id, account().id)
    except StoreError:
        abort(404)
    return jsonify(id=closure_id)


@bp.get("/api/network/reach")
@needs(Right.NETWORK_READ)
def reach() -> ResponseReturnValue:
    """Answer with what a station or a team reaches in time, with the closures of now."""
    start = start_of(request.args.get("start", ""), services(), account())
    if start is None:
        abort(404)
    return _reached(read_asked(request.args, start))


@bp.post("/api/network/reach")
@needs(Right.NETWORK_READ)
def reach_from_point() -> ResponseReturnValue:
    """Answer for a point of the map; sent in the body, so that no log keeps it."""
    if account().station_id is not None:
        abort(403)
    asked = sent_object()
    return _reached(read_asked(asked, point_of(asked)))


@bp.post("/network/correction/apply")
@needs(Right.SPEEDS_WRITE)
def apply_correction() -> ResponseReturnValue:
    """Put in use the correction that the page showed; refused where the legs teach another."""
    with _correcting:
        try:
            travel.apply(
                services().store,
                request.form.get("fingerprint", ""),
                services().vehicles,
                by=str(account().id),
            )
        except WebError as error:
            flash(error.message.render(_), "error")
        else:
            flash(_("修正已采用，此后的计算按它进行；已制定的计划不变。"))
        _use_correction()
    return redirect(url_for("network.page"))


@bp.post("/network/correction/drop")
@needs(Right.SPEEDS_WRITE)
def drop_correction() -> ResponseReturnValue:
    """Return to the engine's own times."""
    with _correcting:
        if travel.drop(services().store, by=str(account().id))["changed"]:
            flash(_("修正已停用，此后按车速表计算。"))
        _use_correction()
    return redirect(url_for("network.page"))


def _use_correction() -> None:
    """Let the pages' engine follow the correction in use."""
    here = services()
    if isinstance(here.engine, RoadEngine):
        factors = here.store.travel_times.factors(basis=speeds_basis(here.vehicles))
        attach(current_app, replace(here, engine=here.engine.with_factors(factors)))


def _reached(asked: Asked) -> ResponseReturnValue:
    here, now = services(), services().clock()
    board = _board()
    if not isinstance(here.engine, RoadEngine):
        abort(404)
    engine = here.engine.with_closures(in_force(here.store.closures.standing(), now, now))
    answer = {
        "start": {"lon": asked.start.lon, "lat": asked.start.lat},
        "bands": bands_json(board.network, parts_of(asked, engine), asked),
    }
    if asked.with_unreachable:
        answer["unreachable"] = unreachable_json(
            engine, asked, spots=_known_spots(), say=_, tell_closures=account().station_id is None
        )
    return jsonify(answer)


def _known_spots() -> list[Spot]:
    """Return the places that the reader may know: a partner its own station alone."""
    own = account().station_id
    kinds = {"station", "team", *(("checkpoint", "case") if has_right(Right.MAP_READ) else ())}
    return [
        spot
        for spot in field_spots(services().store)
        if (spot.kind in kinds if own is None else (spot.kind, spot.id) == ("station", own))
    ]


def _weighed() -> tuple[Any, dict[str, Any]]:
    here, board = services(), _board()
    asked = read_closure(sent_object(), board, now=here.clock())
    effect = effect_of(
        asked,
        here.store.closures.standing(),
        board,
        spots=spots_of(here, begin=asked.begin or here.clock(), end=asked.end),
        engine=here.engine,
    )
    return asked, effect_json(effect)


def _board() -> RoadBoard:
    board = services().roads
    if board is None:
        abort(404)
    return board


def _addresses(board: RoadBoard) -> dict[str, Any]:
    return {
        "roads": f"/api/network/tiles/{{z}}/{{x}}/{{y}}.json?v={board.version}",
        "road": "/api/network/roads/{road}",
        "closures": url_for("network.closures"),
        "preview": url_for("network.preview"),
        "reach": url_for("network.reach"),
        "lift": "/api/network/closures/{id}/lift",
    }


def _report() -> tuple[Sequence[str], str]:
    """Return what was read from the road file, and the file's checksum."""
    here = services()
    if here.road_report is None or here.roads is None:
        return (), ""
    try:
        lines = here.road_report(str(get_locale()).split("_")[0])
    except NetworkCacheError:  # built before reports were kept
        lines = ()
    return lines, here.roads.network.report.source_sha256


def _signs() -> tuple[tuple[str, str], ...]:
    return (
        ("oneway", _("单行（15 级起画箭头）")),
        ("restricted", _("限有事由者通行")),
        ("gated", _("门禁内")),
        ("gate", _("门或路障（16 级起）")),
        ("toll_booth", _("收费站（16 级起）")),
        ("no_turn", _("禁止转弯（16 级起）")),
        ("only_turn", _("只准转弯（16 级起）")),
    )


def _texts() -> dict[str, str]:
    return {
        "failed": _("数据读取失败，请刷新重试"),
        "zoom_in": _("放大"),
        "zoom_out": _("缩小"),
        "close": _("关闭"),
        "station_letter": _("警"),
        "team_letter": _("组"),
        "zoom_for_more": _("放大后显示更多等级的道路"),
        "left_out": _("此处道路过密，有 {count} 条未画出，请放大"),
        "unnamed": _("无名道路"),
        "class": _("道路等级"),
        "length": _("长度"),
        "metres": _("{metres} 米"),
        "limit": _("限速"),
        "no_limit": _("未标注"),
        "kmh": _("{limit} 公里/时"),
        "two_ways": _("正向{along}，反向{against}"),
        **_closure_texts(),
        **_reach_texts(),
    }


def _closure_texts() -> dict[str, str]:
    return {
        "no_closure": _("目前没有道路封闭。"),
        "in_force": _("生效中"),
        "coming": _("将生效"),
        "always": _("一直"),
        "until_lifted": _("直到解除"),
        "size": _("{roads} 条道路，{km} 公里"),
        "unknown": _("有 {roads} 条所选道路不在现在的路网中"),
        "look": _("在地图上看"),
        "lift": _("解除"),
        "lift_sure": _("再点一次确认解除"),
        "draw_area": _("点击地图加角点，拖动可调整；也可移动地图后“取地图中心”"),
        "draw_roads": _("点击道路选中或取消；也可移动地图后“取地图中心”"),
        "chosen_roads": _("已选 {count} 条道路：{names}"),
        "no_road_here": _("这里没有画出的道路，请放大或移动地图"),
        "chosen_none": _("还没有选中道路"),
        "chosen_corners": _("已画 {count} 个角点"),
        "corner": _("角点 {number}"),
        "weighing": _("正在计算影响…"),
        "effect": _("将封闭 {roads} 条道路，{km} 公里"),
        "not_weighed": _("没有行车引擎，未计算对派出所和小组的影响。"),
        "none_cut": _("派出所、驻地、查控点、案件地点和计划停留都仍可到达"),
        "cut": _("有 {count} 处到不了"),
        "more_cut": _("另有 {count} 处"),
        "farther": _("有 {count} 处要绕行"),
        "later": _("多 {minutes} 分钟"),
    }


def _reach_texts() -> dict[str, str]:
    return {
        "start": _("出发点"),
        "click_start": _("请在地图上点一处作为出发点。"),
        "reckoning": _("正在计算可达范围…"),
        "within": _("{minutes} 分钟内"),
        "covers": _("{area} 平方公里，{km} 公里路"),
        "beside": _("含道路两侧 100 米；小于 4 公顷的空地已填上。按此刻的封闭计算。"),
        "all_reached": _("此交通方式可用的道路都能到达。"),
        "cannot": _("到不了的道路"),
        "show_unreachable": _("在地图上显示"),
        "more_unreachable": _("另有 {count} 条未画出，请看汇总。"),
        "places_lost": _("到不了的地点（{count} 处）"),
        "more_places": _("另有 {count} 处，请在地图上查看。"),
    }
