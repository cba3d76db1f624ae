"""The overview map: all cases, stations, checkpoints and areas of the district."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from data.audit import of_ids
from data.rights import Right
from geo.clusters import Box
from geo.messages import message
from geo.model import AreaKind, Point
from routes.bands import BAND_HOURS_S
from routes.heat import FEWEST, SIDES_M
from web.formats import clock_text
from web.labels import labels_of
from web.map_search import search_map
from web.maps import Overlay, build_shell
from web.overview import (
    areas_json,
    cases_within,
    clusters_json,
    counts_json,
    field_json,
    heat_json,
    liaisons_json,
    map_centre,
    rows_json,
    township_choices,
)
from web.security import account, has_right, needs
from web.sent import sent_object
from web.services import services
from web.since import since_json

bp = Blueprint("overview", __name__)

_LONGEST = 100
_FILTERS = ("kind", "grade", "status", "township", "age", "step")
_COLOURS = ("grade", "kind", "age", "step", "precision")
_MOST_CORNERS = 5_000
_MOST_LISTED = 2_000
_MOST_ZOOM = 22.0

_OVERLAYS = (
    Overlay("territories", message("派出所辖区")),
    Overlay("grids", message("网格"), shown=False),
    Overlay("townships", message("乡镇"), shown=False),
    Overlay("catchments", message("查控点范围"), shown=False),
    Overlay("counties", message("区县"), shown=False),
    Overlay("heat", message("预计找到"), shown=False),
    Overlay("cases", message("案件")),
    Overlay("stations", message("派出所")),
    Overlay("checkpoints", message("查控点")),
    Overlay("liaisons", message("联络员"), shown=False),
)


@bp.get("/overview")
@needs(Right.MAP_READ)
def page() -> ResponseReturnValue:
    """Show the map and its filters."""
    here = services()
    centre, zoom = map_centre(here)
    words = labels_of(
        "case_kind", "grade", "case_status", "case_age", "case_step", "precision", "checkpoint_kind"
    ) | labels_of("visit_band", "day_type")
    filters = (
        ("kind", _("案由"), tuple(words["case_kind"].items())),
        ("grade", _("名单等级"), tuple(words["grade"].items())),
        ("status", _("状态"), tuple(words["case_status"].items())),
        ("township", _("乡镇"), tuple(township_choices(here.areas))),
        ("age", _("立案时间"), tuple(words["case_age"].items())),
        ("step", _("下一步"), tuple(words["case_step"].items())),
    )
    bands = tuple(
        (band.value, words["visit_band"][band.value], clock_text(begin_s), clock_text(end_s))
        for band, (begin_s, end_s) in BAND_HOURS_S.items()
    )
    config = {
        "clusters": url_for("overview.clusters"),
        "within": url_for("overview.within"),
        "one": url_for("overview.one", case_id="CASE"),
        "heat": url_for("overview.heat"),
        "fewest": FEWEST,
        "bands": [band for band, *_rest in bands],
        "areas": url_for("overview.areas"),
        "case": url_for("cases.page", case_id="CASE"),
        "labels": words,
        "liaisons": url_for("liaisons.of_grid", grid_code="GRID")
        if has_right(Right.PERSON_READ)
        else None,
        "find": url_for("overview.find"),
        "since": url_for("overview.since"),
        "token": generate_csrf(),
        "texts": {
            "shown": _("显示 {count} 件"),
            "none": _("没有符合筛选的案件"),
            "empty": _("还没有案件，请先导入案件表"),
            "failed": _("数据读取失败，请刷新重试"),
            "open": _("打开案件"),
            "close": _("关闭"),
            "found_none": _("没有找到；可用案号、姓名、拼音、地址、经纬度或 plus code。"),
            "unlocated": _("未定位"),
            "renewing": _("案件有更新，正在重新读取"),
            "cluster": _("{count} 件案件"),
            "marks": _("地图上的案件：方向键移到旁边一处，回车打开"),
            "here": _("此处 {count} 件"),
            "listed": _("只列出前 {count} 件"),
            "age": _("立案时间"),
            "step": _("下一步"),
            "since_first": _("这是您第一次登录，以后的变化会列在这里。"),
            "since_none": _("自上次登录以来没有变化"),
            "since_from": _("{moment} 之后"),
            "heat_reading": _("正在计算，请稍候"),
            "heat_stopped": _("已停止计算"),
            "heat_none": _("没有可画的格子：每格至少 {fewest} 件案件"),
            "heat_total": _("全图约 {count} 人"),
            "heat_cell": _("约 {count} 人（{cases} 件案件）"),
            "heat_left": _("另有 {count} 件所在格子案件太少，未画出。"),
            "heat_band": _("{band} {hours}"),
            "heat_first": _("少于 {count} 人"),
            "heat_between": _("{low} 至 {high} 人"),
            "heat_last": _("{count} 人及以上"),
            "shortlist": _("已圈选 {count} 件"),
            "in_view": _("本图范围内 {count} 件"),
            "shortlist_none": _("范围内没有案件"),
            "copy": _("复制案号"),
            "copied": _("已复制"),
            "copy_by_hand": _("案号已选中：按 Ctrl+C 复制，手机上长按复制"),
            "lasso": _("圈选"),
            "lasso_hint": _("按住拖动，圈出一片"),
            "kind": _("案由"),
            "status": _("状态"),
            "grade": _("名单等级"),
            "precision": _("定位精度"),
            "confidence": _("可信度"),
            "claims": _("地址线索"),
            "station_letter": _("警"),
            "liaison_letter": _("联"),
            "liaisons_of": _("{grid} 联络员"),
            "liaison_phone": _("显示电话"),
            "liaison_no_phone": _("未登记电话"),
            "checkpoint_letters": {"rail": _("铁"), "expressway": _("高")},
            "zoom_in": _("放大"),
            "zoom_out": _("缩小"),
        },
    }
    return render_template(
        "overview.html",
        shell=build_shell(centre=centre, zoom=zoom, overlays=_OVERLAYS),
        filters=filters,
        colours=tuple((name, config["texts"][name]) for name in _COLOURS),
        bands=bands,
        day_types=tuple(words["day_type"].items()),
        fewest=FEWEST,
        sides_m=[round(side_m) for side_m in SIDES_M],
        config=config,
    )


@bp.get("/api/overview/cases")
@needs(Right.MAP_READ)
def cases() -> ResponseReturnValue:
    """Answer with all cases, as points and codes; the reading is audited."""
    here = services()
    table, _fresh = here.overview.table(here)
    _audit(len(table))
    return jsonify(rows_json(table, range(len(table))))


@bp.get("/api/overview/clusters")
@needs(Right.MAP_READ)
def clusters() -> ResponseReturnValue:
    """Answer with what to draw in a box at a zoom, and counts; single cases are audited."""
    here = services()
    colour = request.args.get("colour", _COLOURS[0])
    if colour not in _COLOURS:
        abort(400)
    zoom = _number(request.args.get("zoom"), 0.0, _MOST_ZOOM)
    west, east = (_number(request.args.get(edge), -180.0, 180.0) for edge in ("west", "east"))
    south, north = (_number(request.args.get(edge), -90.0, 90.0) for edge in ("south", "north"))
    if west > east or south > north:
        abort(400)
    filters = _filters(request.args)
    table, fresh = here.overview.table(here)
    answer = clusters_json(table, filters, colour, box=Box(west, south, east, north), zoom=zoom)
    if answer["rows"]:
        _audit(len(answer["rows"]))
    return jsonify(answer | {"counts": counts_json(table, filters, colour), "fresh": fresh})


@bp.post("/api/overview/within")
@needs(Right.MAP_READ)
def within() -> ResponseReturnValue:
    """Answer with the cases inside a shape; it travels in the body, and the reading is audited."""
    body = sent_object()
    if not isinstance(body.get("filters"), dict):
        abort(400)
    corners = body.get("corners")
    if not isinstance(corners, list) or not 3 <= len(corners) <= _MOST_CORNERS:
        abort(400)
    shape = []
    for corner in corners:
        if not isinstance(corner, list) or len(corner) != 2:
            abort(400)
        shape.append((_number(corner[0], -180.0, 180.0), _number(corner[1], -90.0, 90.0)))
    here = services()
    table, _fresh = here.overview.table(here)
    found = cases_within(table, _filters(body["filters"]), shape)
    listed = found[:_MOST_LISTED].tolist()
    _audit(len(listed))
    return jsonify(rows_json(table, listed) | {"count": len(found)})


@bp.get("/api/overview/cases/<case_id>")
@needs(Right.MAP_READ)
def one(case_id: str) -> ResponseReturnValue:
    """Answer with one case as a point and codes; the reading is audited."""
    here = services()
    table, _fresh = here.overview.table(here)
    at = table.at.get(case_id)
    if at is None:
        abort(404)
    _audit(1)
    return jsonify(rows_json(table, [at]))


@bp.get("/api/overview/since")
@needs(Right.MAP_READ)
def since() -> ResponseReturnValue:
    """Answer with what changed since the session before this one; the reading is audited."""
    here = services()
    told, cases = since_json(here)
    here.store.audit.append(account().id, "cases.since", "store:-", of_ids("cases", cases))
    return jsonify(told)


@bp.get("/api/overview/heat")
@needs(Right.MAP_READ)
def heat() -> ResponseReturnValue:
    """Answer with the expected found by square and band; 202 while it is being reckoned.

    ``share`` tells how much of that is done. Once nobody asks any more it is given up.
    """
    here = services()
    found, fresh = here.overview.heat(here)
    if found is None:
        return jsonify(ready=False, share=here.overview.heat_share), 202
    here.store.audit.append(account().id, "heat.map", "store:-", {"squares": len(found.cases)})
    share = 1.0 if fresh else here.overview.heat_share
    return jsonify(heat_json(found) | {"ready": True, "fresh": fresh, "share": share})


def _audit(count: int) -> None:
    services().store.audit.append(account().id, "cases.map", "store:-", {"cases": count})


def _filters(given: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(given[name]) for name in _FILTERS if given.get(name)}


def _number(given: object, least: float, most: float) -> float:
    try:
        number = float(given)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        abort(400)
    if not math.isfinite(number) or not least <= number <= most:
        abort(400)
    return number


@bp.post("/api/overview/find")
@needs(Right.MAP_READ)
def find() -> ResponseReturnValue:
    """Answer what a text means on the map; it travels in the body, and the search is audited."""
    body = sent_object()
    text = body.get("text")
    if not isinstance(text, str) or not 0 < len(text.strip()) <= _LONGEST:
        abort(400)
    here = services()
    found = search_map(
        here.store,
        here.places,
        text.strip(),
        persons=has_right(Right.PERSON_READ),
        near=_near(body.get("near")),
    )
    detail = of_ids("found", (one["id"] for one in found if one["kind"] == "case"))
    here.store.audit.append(account().id, "person.search", "store:-", detail)
    return jsonify(found=found)


def _near(given: object) -> Point | None:
    if given is None:
        return None
    if not isinstance(given, list) or len(given) != 2:
        abort(400)
    return Point(_number(given[0], -180.0, 180.0), _number(given[1], -90.0, 90.0))


@bp.get("/api/overview/areas")
@needs(Right.MAP_READ)
def areas() -> ResponseReturnValue:
    """Answer with stations, checkpoints, areas, and the grids that have a liaison."""
    store, areas = services().store, services().areas
    return jsonify(
        field_json(store.stations(), store.checkpoints())
        | {"areas": areas_json(areas, AreaKind)}
        | {"liaisons": liaisons_json(areas, (one.grid_code for one in store.liaisons()))}
    )
