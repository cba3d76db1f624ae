"""The live room: a day as it comes, alarms, messages to teams, and what was offered anew."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from data.audit import of_ids
from data.errors import StoreError
from data.rights import Right
from data.team_messages import LONGEST_MESSAGE
from geo.localtime import local_day
from geo.messages import message
from geo.model import Point
from routes.model import ActionId
from web.live_board import day_of, live_json, live_routes, stop_titles
from web.maps import Overlay, build_shell
from web.open_alarms import day_of_release, plans_of_day
from web.overview import map_centre
from web.plan_board import build_plan_page
from web.replan_board import replan_form
from web.security import account, has_right, needs, own_team, sights
from web.sent import sent_object
from web.services import Services, services
from web.views.stored import stored_plan

bp = Blueprint("live", __name__)

_OVERLAYS = (
    Overlay("lines", message("路线")),
    Overlay("stops", message("停留")),
    Overlay("teams", message("小组自报位置")),
)
_EVERY_MS = 12_000
_HIDDEN_MS = 30_000  # while the page lies behind others
_TOLD_MS = 60_000  # where the server says itself when there is something new


@bp.get("/live")
@needs(Right.PLAN_READ)
def index() -> ResponseReturnValue:
    """Lead to a plan that is carried out today, else next: one with alarms, else the latest."""
    here = services()
    day = day_of_release(here)
    if day is None:
        return render_template("live_none.html")
    chosen = max(plans_of_day(here, day, team=own_team()), key=lambda one: one.alarms)
    return redirect(url_for("live.page", action_id=chosen.action_id))


@bp.get("/live/<action_id>")
@needs(Right.PLAN_READ)
def page(action_id: str) -> ResponseReturnValue:
    """Show a day of a plan; the names in it are an audited reading."""
    here = services()
    problem, plan = stored_plan(action_id)
    day = day_of(problem, here.clock())
    action = here.store.action(ActionId(action_id))
    names = has_right(Right.PERSON_READ)
    view = build_plan_page(
        action_id=ActionId(action_id),
        released_at=None if action is None else action.released_at,
        problem=problem,
        plan=plan,
        store=here.store,
        findings=(),
        escort_states={},
        sights=sights() if names else None,
        team=own_team(),
    )
    here.store.audit.append(
        account().id, "live.open", f"action:{action_id}", of_ids("persons", view.persons)
    )
    centre, zoom = map_centre(here)
    if view.routes:
        centre = Point(*view.routes[0].base_lonlat)
    may_decide = has_right(Right.PLAN_RELEASE)
    return render_template(
        "live.html",
        view=view,
        day=day,
        action=action,
        plans=plans_of_day(here, day, team=own_team()),
        is_today=day == local_day(here.clock()),
        teams=[route.team for route in view.routes if route.day == day],
        longest=LONGEST_MESSAGE,
        silent_min=here.profile.silent_min,
        replan_form=replan_form(here.store, here.clock, ActionId(action_id), problem, plan)
        if may_decide
        else None,
        shell=build_shell(centre=centre, zoom=zoom, overlays=_OVERLAYS),
        config=_config(action_id, stop_titles(view, day)),
    )


@bp.get("/api/live/<action_id>")
@needs(Right.PLAN_READ)
def data(action_id: str) -> ResponseReturnValue:
    """Answer with the day as it is now; 304 where nothing was written since and no minute passed.

    Every write of the store is in the audit chain, so its end tells whether anything changed.
    """
    here = services()
    version = f"{_version(here)}-{account().role}-{own_team() or ''}-{get_locale()}"
    if request.if_none_match.contains(version):
        return "", 304
    problem, plan = stored_plan(action_id)
    answer = jsonify(
        live_json(
            here,
            ActionId(action_id),
            problem,
            plan,
            positions=has_right(Right.PERSON_READ),
            may_decide=has_right(Right.PLAN_RELEASE),
            team=own_team(),
        )
    )
    answer.set_etag(version)
    return answer


@bp.get("/api/live/<action_id>/events")
@needs(Right.PLAN_READ)
def events(action_id: str) -> ResponseReturnValue:
    """Tell as server-sent events when to ask anew; 204 where the server has no stream for it."""
    here = services()
    if here.store.action(ActionId(action_id)) is None:
        abort(404)
    told = here.live_events.begin(partial(_version, here))
    if told is None:
        return "", 204
    return Response(told, mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})


def _version(here: Services) -> str:
    """Return what changes with every write, and with every minute."""
    [*ends] = here.store.audit.entries(1)
    return f"{ends[0].seq if ends else 0}-{int(here.clock().timestamp() // 60)}"


@bp.get("/api/alarms")
@needs(Right.PLAN_READ)
def alarms() -> ResponseReturnValue:
    """Answer with how many alarms wait in each plan of today."""
    here = services()
    plans = plans_of_day(here, local_day(here.clock()), team=own_team())
    return jsonify(
        open=sum(one.alarms for one in plans),
        plans=[{"id": one.action_id, "alarms": one.waiting} for one in plans],
    )


@bp.post("/api/live/<action_id>/alarms")
@needs(Right.OUTCOME_WRITE)
def take_on(action_id: str) -> ResponseReturnValue:
    """Take on an alarm that stands, by name and with a note."""
    here, sent = services(), sent_object()
    problem, plan = stored_plan(action_id)
    day = day_of(problem, here.clock())
    store = here.store
    routes = live_routes(
        here,
        problem,
        plan,
        day,
        outcomes=store.outcomes_of_day(day),
        check_ins=store.check_ins.of_day(day),
        team=own_team(),
    )
    team, alarm = str(sent.get("team", "")), str(sent.get("alarm", ""))
    standing = {(one.route.team, each.id) for one in routes for each in one.standing.alarms}
    if (team, alarm) not in standing:
        raise StoreError("没有这条警报")
    note = str(sent.get("alarm_note", ""))
    store.alarm_notes.add(team, day, alarm, note, by=account().id)
    return jsonify(done=True)


@bp.post("/api/live/<action_id>/messages")
@needs(Right.PLAN_RELEASE)
def tell(action_id: str) -> ResponseReturnValue:
    """Send a short text to a team of the day."""
    here, sent = services(), sent_object()
    problem, plan = stored_plan(action_id)
    day = day_of(problem, here.clock())
    team = str(sent.get("team", ""))
    if team not in {route.team for route in plan.routes if route.day == day}:
        raise StoreError("当天没有这个小组")
    text = str(sent.get("message", ""))
    here.store.team_messages.send(team, day, text, by=account().id)
    return jsonify(done=True)


def _config(action_id: str, stops: dict[str, Any]) -> dict[str, Any]:
    here = services()
    return {
        "live": url_for("live.data", action_id=action_id),
        "plan": url_for("plans.data", action_id=action_id),
        "alarms": url_for("live.take_on", action_id=action_id),
        "messages": url_for("live.tell", action_id=action_id),
        "login": url_for("auth.login", next=url_for("live.page", action_id=action_id)),
        "token": generate_csrf(),
        "every_ms": _EVERY_MS,
        "hidden_ms": _HIDDEN_MS,
        "told_ms": _TOLD_MS,
        "events": url_for("live.events", action_id=action_id) if here.live_events.most else None,
        "action": action_id,
        "all": url_for("live.alarms"),
        "stops": stops,
        "silent_min": here.profile.silent_min,
        "texts": _texts(),
    }


def _texts() -> dict[str, str]:
    return {
        "failed": _("数据读取失败，请刷新重试"),
        "zoom_in": _("放大"),
        "zoom_out": _("缩小"),
        "base": _("驻地"),
        "base_letter": _("驻"),
        "updated": _("{clock} 更新"),
        "lost": _("连接中断，{clock} 以后的情况没有显示"),
        "ended": _("会话已结束，页面不再更新"),
        "sign_in": _("登录"),
        "on_time": _("按时"),
        "late": _("晚 {minutes} 分"),
        "early": _("早 {minutes} 分"),
        "back": _("预计返回 {back}（计划 {planned}）"),
        "is_back": _("已返回"),
        "done": _("{done}/{count} 处"),
        "passed": _("{count} 处已跳过"),
        "no_sign": _("还没有联系"),
        "each_stop": _("逐处查看"),
        "last": _("{label} {clock}"),
        "ago": _("{minutes} 分钟前"),
        "ago_hours": _("{hours} 小时前"),
        "just_now": _("刚刚"),
        "due": _("{clock} 前应有联系"),
        "stop": _("第 {number} 处"),
        "alarm_help": _("{team}需要支援"),
        "alarm_overdue": _("{team}超时未联系"),
        "since": _("自 {clock}"),
        "sound_on": _("开启警报声"),
        "sound_off": _("关闭警报声"),
        "call": _("呼叫{station}"),
        "call_110": _("呼叫 110"),
        "no_phone": _("{station}没有登记值班电话"),
        "take_on": _("我来处置"),
        "note": _("如何处置（如：已电话联系，增援已出发）"),
        "taken": _("{by} {clock} 处置：{text}"),
        "nothing": _("还没有消息传来"),
        "nothing_more": _("走访结果和签到会出现在这里，最新的在上。"),
        "position": _("{team} {clock} 自报位置，误差约 {metres} 米"),
        "took_on": _("{by} 处置“{label}”：{text}"),
        "unread": _("未读"),
        "read": _("{clock} 已读"),
        "sent": _("已发出，小组的外勤页半分钟内收到"),
        "no_messages": _("今天没有发过消息"),
        "offer_none": _("没有待定的调整"),
        "offer_none_more": _("有变化时在计划页重新安排，或在下方登记紧急线索；结果在这里对照。"),
        "agreed": _("改时间"),
        "too_late": _("晚点"),
        "late_team": _("{team}晚 {minutes} 分"),
        "late_stops": _("照此下去，第 {numbers} 处将超过可走访的时段或约定的时间。"),
        "replan": _("重新安排"),
        "before": _("原来"),
        "after": _("改为"),
        "nowhere": _("不去"),
        "offer_since": _("{clock} 起"),
        "decide": _("查看并采用"),
        "look": _("查看"),
        "replaced": _("本计划已由调整后的计划代替"),
        "go_on": _("转到现行计划"),
    }
