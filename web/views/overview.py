"""The overview map: all cases, stations, checkpoints and areas of the district."""

from __future__ import annotations

from flask import Blueprint, abort, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from data.rights import Right
from geo.messages import message
from geo.model import AreaKind
from web.labels import labels_of
from web.map_search import search_map
from web.maps import Overlay, build_shell
from web.overview import areas_json, cases_json, field_json, map_centre, township_choices
from web.security import account, has_right, needs
from web.services import services

bp = Blueprint("overview", __name__)

_LONGEST = 100

_OVERLAYS = (
    Overlay("territories", message("派出所辖区")),
    Overlay("grids", message("网格"), shown=False),
    Overlay("townships", message("乡镇"), shown=False),
    Overlay("catchments", message("查控点范围"), shown=False),
    Overlay("counties", message("区县"), shown=False),
    Overlay("cases", message("案件"), clustered=True),
    Overlay("stations", message("派出所")),
    Overlay("checkpoints", message("查控点")),
)


@bp.get("/overview")
@needs(Right.MAP_READ)
def page() -> ResponseReturnValue:
    """Show the map and its filters."""
    here = services()
    centre, zoom = map_centre(here)
    words = labels_of("case_kind", "grade", "case_status", "precision", "checkpoint_kind")
    filters = (
        ("kind", _("案由"), tuple(words["case_kind"].items())),
        ("grade", _("名单等级"), tuple(words["grade"].items())),
        ("status", _("状态"), tuple(words["case_status"].items())),
        ("township", _("乡镇"), tuple(township_choices(here.areas))),
    )
    config = {
        "cases": url_for("overview.cases"),
        "areas": url_for("overview.areas"),
        "case": url_for("cases.page", case_id="CASE"),
        "labels": words,
        "find": url_for("overview.find"),
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
            "shortlist": _("已圈选 {count} 件"),
            "shortlist_none": _("圈内没有案件"),
            "copy": _("复制案号"),
            "copied": _("已复制"),
            "lasso": _("圈选"),
            "lasso_hint": _("按住拖动，圈出一片"),
            "kind": _("案由"),
            "status": _("状态"),
            "grade": _("名单等级"),
            "precision": _("定位精度"),
            "confidence": _("可信度"),
            "claims": _("地址线索"),
            "station_letter": _("警"),
            "checkpoint_letters": {"rail": _("铁"), "expressway": _("高")},
            "zoom_in": _("放大"),
            "zoom_out": _("缩小"),
        },
    }
    return render_template(
        "overview.html",
        shell=build_shell(centre=centre, zoom=zoom, overlays=_OVERLAYS),
        filters=filters,
        config=config,
    )


@bp.get("/api/overview/cases")
@needs(Right.MAP_READ)
def cases() -> ResponseReturnValue:
    """Answer with all cases, as points and codes; the reading is audited."""
    store = services().store
    answer = cases_json(store.case_points())
    store.audit.append(account().id, "cases.map", "store:-", {"cases": len(answer["rows"])})
    return jsonify(answer)


@bp.post("/api/overview/find")
@needs(Right.MAP_READ)
def find() -> ResponseReturnValue:
    """Answer what a text means on the map; it travels in the body, and the search is audited."""
    body = request.get_json(silent=True)
    text = body.get("text") if isinstance(body, dict) else None
    if not isinstance(text, str) or not 0 < len(text.strip()) <= _LONGEST:
        abort(400)
    here = services()
    found, cases = search_map(
        here.store, here.places, text.strip(), persons=has_right(Right.PERSON_READ)
    )
    here.store.audit.append(account().id, "person.search", "store:-", {"found": cases})
    return jsonify(found=found)


@bp.get("/api/overview/areas")
@needs(Right.MAP_READ)
def areas() -> ResponseReturnValue:
    """Answer with stations, checkpoints and areas."""
    store = services().store
    return jsonify(
        field_json(store.stations(), store.checkpoints())
        | {"areas": areas_json(services().areas, AreaKind)}
    )
