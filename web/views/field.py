"""The field page: a day's stops on an officer's device, with or without a signal."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    jsonify,
    render_template,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from data.audit import of_ids
from data.rights import Right
from geo.messages import message
from geo.navigation import NavigationApp
from routes.model import OutcomeKind
from web.base_maps import local_base
from web.errors import FieldPageError
from web.field_acts import take_act
from web.field_devices import DEVICE_HEADER, asking_device, strange_device
from web.field_pack import build_pack, field_tasks
from web.formats import clock_text, day_text
from web.labels import label, say
from web.maps import Overlay, build_shell
from web.overview import map_centre
from web.security import (
    account,
    keep_session_until,
    needs,
    own_team,
    public,
    reaches_team,
    session_ends_at,
    uses_position,
)
from web.sent import sent_object
from web.services import services

bp = Blueprint("field", __name__)

_OVERLAYS = (Overlay("lines", message("路线")), Overlay("stops", message("停留")))
_APPS = {
    NavigationApp.AMAP: message("高德"),
    NavigationApp.BAIDU: message("百度"),
    NavigationApp.TENCENT: message("腾讯"),
    NavigationApp.OTHER: message("手机默认"),
}
_MODULES = (
    "dom.js",
    "map_frame.js",
    "field/vault.js",
    "field/outbox.js",
    "field/sheet.js",
    "field/ink.js",
    "field/signs.js",
    "colours.js",
    "theme.js",
)
_LATER = (
    "field/page.js",
    "field/day_map.js",
    "shell.js",
    "base.js",
    "basemap.js",
    "basemap_style.js",
    "map_sheet.js",
    "datum.js",
)
_MOST_ACTS = 100
_MARKS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)
_STYLES = (
    "css/colours.css",
    "css/dark.css",
    "css/fieldwrit.css",
    "css/field.css",
    "img/chevron.svg",
    "img/chevron-dark.svg",
)


@bp.get("/field/")
@needs(Right.OUTCOME_WRITE)
@uses_position
def page() -> ResponseReturnValue:
    """Show the page, without any case: the device keeps it, and asks for what it shows."""
    here = services()
    centre, zoom = map_centre(here)
    shell = build_shell(centre=centre, zoom=zoom, overlays=_OVERLAYS)
    files = (
        *(f"js/{name}" for name in (*_MODULES, *_LATER)),
        *_STYLES,
        *shell.scripts,
        *shell.styles,
        "img/mark.svg",
    )
    config = {
        "assets": [url_for("static", filename=name) for name in dict.fromkeys(files)],
        "page": url_for("field.page"),
        "worker": url_for("field.worker"),
        "manifest": url_for("field.manifest"),
        "state": url_for("field.state"),
        "devices": url_for("field.add_device"),
        "tasks": url_for("field.tasks"),
        "pack": url_for("field.pack", action_id="ACTION", day="DAY", team="TEAM"),
        "outcomes": url_for("outcomes.receive"),
        "acts": url_for("field.acts"),
        "messages": url_for("field.messages", team="TEAM"),
        "login": url_for("auth.login", next=url_for("field.page")),
        "logout": url_for("auth.logout"),
        "device_header": DEVICE_HEADER,
        "base": {**local_base(), "raster": None},  # what a device can keep
        "kinds": [[kind.value, label("outcome", kind)] for kind in OutcomeKind],
        "met": [OutcomeKind.FOUND, OutcomeKind.REFUSED],
        "apps": [[app.value, say(text)] for app, text in _APPS.items()],
        "texts": _texts(),
    }
    parts = {
        "shell": shell,
        "modules": _MODULES,
        "kept_days": here.profile.retention_live_d,
    }
    said = _said(render_template("field.html", config=config, **parts))
    version = _version(str(current_app.static_folder), files, said + repr(config))
    return render_template("field.html", config=config | {"version": version}, **parts)


@bp.get("/field/worker.js")
@public
def worker() -> ResponseReturnValue:
    """Answer with the script that lets the page open without a signal."""
    return current_app.send_static_file("js/field/worker.js")


@bp.get("/field/manifest.webmanifest")
@public
def manifest() -> ResponseReturnValue:
    """Answer with what a phone needs to install the page."""
    answer = jsonify(
        name=_("执行外勤"),
        short_name=_("外勤"),
        start_url=url_for("field.page"),
        scope=url_for("field.page"),
        display="standalone",
        orientation="portrait",
        background_color="#f4f6f8",
        theme_color="#1b4f8a",
        icons=[
            {
                "src": url_for("static", filename=f"img/mark-{size}.png"),
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": "any maskable",
            }
            for size in (192, 512)
        ],
    )
    answer.mimetype = "application/manifest+json"
    return answer


@bp.get("/api/field/state")
@needs(Right.OUTCOME_WRITE)
def state() -> ResponseReturnValue:
    """Answer who is signed in until when, and with the token for what is sent.

    A device that another account set up learns so, and whether it was taken from that account: it
    may be set up anew then, whatever waits on it.
    """
    other = strange_device()
    device = None if other is not None else asking_device()
    if device is not None:
        session["device"] = device.id
    me = account()
    return jsonify(
        account=me.id,
        name=me.display_name,
        now=services().clock().isoformat(),
        ends_at=session_ends_at().isoformat(),
        token=generate_csrf(),
        released=other is not None and other.revoked_at is not None,
    )


@bp.post("/api/field/devices")
@needs(Right.OUTCOME_WRITE)
def add_device() -> ResponseReturnValue:
    """Take this device into the register; its packs may be kept from now on."""
    name = sent_object().get("name")
    if not isinstance(name, str):
        raise FieldPageError("须发送设备名称")
    made = services().store.devices.add(account().id, name)
    session["device"] = made.id
    return jsonify(device=made.id)


@bp.get("/api/field/tasks")
@needs(Right.OUTCOME_WRITE)
def tasks() -> ResponseReturnValue:
    """Answer with the teams' days that may be fetched."""
    asking_device()
    found = [
        {
            "action": one.action_id,
            "day": one.day.isoformat(),
            "day_text": day_text(one.day),
            "team": one.team,
            "team_name": one.team_name,
            "stops": one.stops,
            "hours": f"{clock_text(one.leave_s)}–{clock_text(one.return_s)}",
        }
        for one in field_tasks(services())
        if reaches_team(one.team)
    ]
    return jsonify(tasks=found)


@bp.get("/api/field/packs/<action_id>/<day>/<team>")
@needs(Right.OUTCOME_WRITE)
def pack(action_id: str, day: str, team: str) -> ResponseReturnValue:
    """Answer with a team's day; names and addresses are an audited reading."""
    device = asking_device()
    if device is None:
        abort(428)
    if not reaches_team(team):
        abort(404)
    try:
        made = build_pack(services(), action_id, date.fromisoformat(day), team)
    except ValueError:
        abort(404)
    if made is None:
        abort(404)
    detail = of_ids("persons", made.pop("persons")) | {"device": device.id}
    services().store.audit.append(account().id, "field.pack", f"action:{action_id}", detail)
    day_ends = datetime.fromisoformat(made["ends_at"])
    keep_session_until(day_ends)
    return jsonify(made | {"ends_at": min(day_ends, session_ends_at()).isoformat()})


@bp.post("/api/field/acts")
@needs(Right.OUTCOME_WRITE)
def acts() -> ResponseReturnValue:
    """Take check-ins, leave that is taken back, and messages that were read; each only once."""
    device = asking_device()
    if device is None:
        abort(428)
    sent = sent_object().get("acts")
    if not isinstance(sent, list) or not all(isinstance(one, dict) for one in sent):
        raise FieldPageError('须发送 {"acts": [...]}')
    if len(sent) > _MOST_ACTS:
        raise FieldPageError("一次最多发送 %(most)d 项", most=_MOST_ACTS)
    answers = []
    for one in sent:
        state, why = take_act(
            services(), one, device_id=device.id, team=own_team(), by=account().id
        )
        answer = {"key": str(one.get("key", ""))[:64], "state": state}
        answers.append(answer if why is None else answer | {"text": why.render(_)})
    return jsonify(acts=answers)


@bp.get("/api/field/messages/<team>")
@needs(Right.OUTCOME_WRITE)
def messages(team: str) -> ResponseReturnValue:
    """Answer with what a commander told a team today."""
    asking_device()
    if not reaches_team(team) or team not in {one.id for one in services().store.teams()}:
        abort(404)
    return jsonify(
        messages=[
            {
                "id": one.id,
                "text": one.text.reveal(),
                "sent": one.sent_at.isoformat(),
                "read": one.read_at is not None,
            }
            for one in services().store.team_messages.to(team)
        ]
    )


def _said(page: str) -> str:
    """Return what a page says, in its language, without its scripts and its marks."""
    return _MARKS.sub(" ", page)


@lru_cache(maxsize=16)
def _version(folder: str, files: tuple[str, ...], said: str) -> str:
    """Return a text that changes with any of the files that a device keeps, or what they say."""
    digest = sha256(said.encode())
    for name in files:
        path = Path(folder) / name
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()[:16]


def _texts() -> dict[str, Any]:
    return {
        "zoom_in": _("放大"),
        "zoom_out": _("缩小"),
        "base_letter": _("驻"),
        "online": _("在线"),
        "offline": _("离线"),
        "unsent": _("待发送 {count}"),
        "all_sent": _("已全部发送"),
        "pin_new": _("请设一个 6 位以上的数字 PIN。"),
        "pin_wrong": _("PIN 不正确，还可再试 {left} 次，之后本机任务将被清除。"),
        "pin_short": _("PIN 须为 6 至 12 位数字。"),
        "pin_easy": _("这个 PIN 太容易猜到，请换一个。"),
        "pin_again": _("两次输入的 PIN 不一致。"),
        "wiped": _("PIN 多次不正确，本机任务已清除；未发送的记录仍加密保存。"),
        "device_name": _("{name}的手机"),
        "unlock": _("解锁"),
        "set": _("设定"),
        "no_tasks": _("今天和明天没有已发布的任务"),
        "no_tasks_more": _("计划发布后，回到这里领取。"),
        "no_signal": _("读不到任务"),
        "no_signal_more": _("请到有信号处；连上后这里会列出今天和明天的任务。"),
        "fetch": _("领取"),
        "fetching": _("正在领取 {done}/{total}"),
        "fetched": _("已领取，可离线使用"),
        "fetched_short": _(
            "已领取。登录满 24 小时，任务将在 {time} 从本机清除，早于返回时间 {back}；"
            "请在出发当天重新登录后再领取。"
        ),
        "failed": _("没有领取成功，请在有信号处重试"),
        "stops": _("{count} 处"),
        "next": _("下一处"),
        "navigate": _("导航"),
        "papers": _("携带文书：{papers}"),
        "record": _("记录结果"),
        "recorded": _("已记录：{kind} {time}"),
        "waiting": _("待发送"),
        "sent": _("已送达"),
        "refused": _("未被接收"),
        "conflict": _("同日另有记录：{kind} {time}，请与队友核对，记错的一条在案件页撤回"),
        "stopped": _("不得前往：发布后规则已禁止，请联系指挥"),
        "escort": _("{station}派员到场"),
        "saved": _("已保存在本机，有信号时自动发送"),
        "saved_sent": _("已保存，已送达"),
        "resend": _("修改后重发"),
        "discard": _("放弃"),
        "discard_sure": _("确定放弃这条记录？放弃后不能恢复。"),
        "session_ended": _("会话已结束，本机任务已清除；未发送的记录仍加密保存，登录后继续发送。"),
        "revoked": _("这台设备已被停用，本机内容已全部清除。"),
        "other_account": _(
            "本机由另一账户设定，还有 {count} 条未发送。请由该账户登录本机、输入 PIN 发送；"
            "做不到的，由管理员在“账户”页停用该账户的这台设备（未发送的随之失去），再回到这里。"
        ),
        "other_account_free": _(
            "本机由另一账户设定，没有未发送的记录。重新设置后，由您使用；该账户领取的任务已从本机清除。"
        ),
        "other_account_released": _(
            "本机由另一账户设定，管理员已停用；重新设置后，由您使用。"
            "该账户未发送的 {count} 条随之失去。"
        ),
        "set_up_anew_sure": _("重新设置本机？前一账户存在本机的内容全部清除。"),
        "forgot_sure": _("忘记 PIN：本机任务和地图立即清除，任务可重新领取。确定？"),
        "forgot_sure_waiting": _(
            "忘记 PIN：本机任务和地图立即清除。还有 {count} 条未发送，加密保留，"
            "没有原 PIN 谁也打不开；想不起来的，须另行补记。确定？"
        ),
        "forgot_new": _("设新 PIN 后，{count} 条未发送记录仍加密保留；想起原 PIN 时可打开并发送。"),
        "aside": _("还有 {count} 条未发送，加密保留在本机；想起原 PIN 的，输入后打开并发送。"),
        "aside_opened": _("已打开，有信号时自动发送"),
        "aside_wrong": _("PIN 不正确，没有打开。"),
        "ended_offline": _(
            "本机任务已清除。没有信号，还没有退出登录；有信号时打开本页，先自动退出。"
        ),
        "pack_ended": _("任务已过期，已从本机清除。"),
        "end_sure": _("结束后本机任务立即清除，未发送的记录保留到下次登录。确定结束？"),
        "not_done": _("未做到"),
        "why_left": _("未做到的原因"),
        "save_all": _("全部做到，保存"),
        "save_some": _("保存（{count} 项未做到）"),
        "position_got": _("已附位置，误差约 {metres} 米"),
        "position_failed": _("没有取得位置；可不附位置保存"),
        "photo_bad": _("这张照片无法读取，请重拍"),
        "photos_full": _("最多附 {most} 张"),
        "remove": _("删除"),
        "at_wrong": _("走访时间须在 {day} 零时以后，且不晚于现在"),
        "sheet_sure": _("确定放弃已填写的内容？放弃后不能恢复。"),
        "draft": _("{title}：记录没有填完，已加密存在本机"),
        "draft_go_on": _("继续填写"),
        "refused_told": _("{title} 的记录未被法院接收：{text}。请修改后重发。"),
        "call": _("呼叫{station}"),
        "call_station": _("呼叫派出所"),
        "call_110": _("呼叫 110"),
        "sign_arrived": _("到达"),
        "sign_left": _("离开"),
        "sign_safe": _("平安"),
        "sign_help": _("需要支援"),
        "last_sign": _("{kind} {time} · {state}"),
        "no_sign": _("今天还没有签到"),
        "help_sending": _("正在送达指挥…"),
        "help_sent": _("已送达指挥，请保持电话畅通"),
        "help_offline": _("没有信号，尚未送达，有信号时自动送出。请直接打电话。"),
        "withdraw_sure": _("撤回后今天的签到立即删除，指挥不再看到小组的签到。确定撤回？"),
        "notice": _("指挥 {time}"),
        "notice_read": _("知道了"),
        "needs_https": _("本页须用 HTTPS 打开才能离线使用，请联系管理员"),
    }
