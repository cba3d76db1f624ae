"""Help for the signed-in role, and the tour that an account is shown once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from flask import current_app, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from data.model import Role
from data.rights import RIGHTS, Right
from geo.messages import Message, message
from web.help_texts import GUIDES, TOPICS, Topic
from web.labels import say
from web.security import account, home_endpoint

__all__ = [
    "PICTURES",
    "TOURS",
    "TopicView",
    "TourStep",
    "guide_of",
    "help_address",
    "readable_guides",
    "tour",
]

PICTURES = "img/help"
_LAST = "own_account"
_TOPIC_OF = {  # pages within the work of another
    "board": "plans",
    "what_if": "plans",
    "replanning": "plans",
    "measures": "cases",
    "namesakes": "cases",
    "restrictions": "cases",
    "records": "cases",
    "previews": "jobs",
    "quarantine": "jobs",
}


@dataclass(frozen=True, slots=True)
class TopicView:
    """A topic in the reader's language; ``picture`` is None where there is none."""

    key: str
    title: str
    steps: tuple[str, ...]
    address: str | None
    picture: str | None
    narrow: bool


@dataclass(frozen=True, slots=True)
class TourStep:
    """One stop of the tour: a page of the menu, or a part of the page, and what it is for."""

    target: str
    title: Message
    text: Message


def _menu(endpoint: str) -> str:
    return f"menu:{endpoint}"


_HELP = TourStep(
    "#help-link",
    message("帮助随时在这里"),
    message("每一页右上角的“帮助”打开这一页的说明；导览也可以从那里再看一遍。"),
)
_MAP = TourStep(
    ".map-frame",
    message("总览地图"),
    message("未结案件都在图上，数字是附近案件的个数；点开看下一步该做什么。"),
)
_PLANS = TourStep(
    _menu("plans.index"),
    message("计划"),
    message("谁在何时去哪里，以及规则提示；手工调整、签批和发布都从这里进去。"),
)
_RULES = TourStep(
    _menu("rules.page"),
    message("规则"),
    message("在用的规则、依据的条文和本院参数，可查找、打印。"),
)

TOURS: Mapping[Role, tuple[TourStep, ...]] = MappingProxyType(
    {
        Role.OFFICER: (
            _MAP,
            TourStep(
                _menu("cases.index"),
                message("案件"),
                message("按案号、姓名或拼音查找；地址线索、规则提示和走访结果在案件页。"),
            ),
            TourStep(
                _menu("desk.page"),
                message("定位台"),
                message("程序拿不准的地址逐条由人确认，键盘就能做完。"),
            ),
            _PLANS,
            TourStep(
                _menu("field.page"),
                message("外勤"),
                message("走访当天在手机上打开这一页；没有信号也能看任务、记结果。"),
            ),
            _HELP,
        ),
        Role.COMMANDER: (
            _MAP,
            _PLANS,
            TourStep(
                _menu("live.index"),
                message("现场"),
                message("当天各小组的进度、警报和调整方案。"),
            ),
            TourStep(
                _menu("campaigns.page"),
                message("集中行动"),
                message("哪些乡镇、哪几周最需要人。"),
            ),
            _HELP,
        ),
        Role.POLICE_LIAISON: (
            TourStep(
                "main .card",
                message("本所的协助事项"),
                message("只有本所辖区内的时间、地点和注意事项，到期自动消失。"),
            ),
            TourStep(
                ".ask form",
                message("三种答复"),
                message("确认、建议改时间，或说明不能协助；送出后法院立即看到。"),
            ),
            TourStep(
                _menu("network.page"),
                message("路网"),
                message("看本所辖区内的道路封闭和可达范围。"),
            ),
            _HELP,
        ),
        Role.GRID_LIAISON: (
            TourStep(
                "main form",
                message("反映情况"),
                message("先读告知内容，愿意才填写；只写与案件有关的人、地点和时间。"),
            ),
            TourStep(
                "main .card:last-of-type",
                message("我反映过的"),
                message("随时可以撤回；到期后自动失效。"),
            ),
            TourStep(
                "a.who",
                message("我的账户"),
                message("在这里改密码、开启两步验证。"),
            ),
            _HELP,
        ),
        Role.AUDITOR: (
            TourStep(
                "main .card",
                message("核验"),
                message("检查审计记录有没有被改动或删去。"),
            ),
            TourStep(
                _menu("protection.page"),
                message("数据合规"),
                message("处理活动登记、影响评估和泄露处置。"),
            ),
            TourStep(
                _menu("retention.page"),
                message("到期"),
                message("哪些内容到了保存期限。"),
            ),
            _RULES,
            _HELP,
        ),
        Role.ADMIN: (
            TourStep(
                _menu("accounts.page"),
                message("账户"),
                message("新增、停用账户和重设密码；每个角色的权限列在下方。"),
            ),
            TourStep(
                _menu("protection.page"),
                message("数据合规"),
                message("处理活动登记、影响评估和泄露处置。"),
            ),
            _RULES,
            _HELP,
        ),
    }
)
"""What each role is shown at its first sign-in."""


def readable_guides(role: Role) -> tuple[Role, ...]:
    """Return whose guides a role may read: a partner its own, the court's people all."""
    return (role,) if Right.RULES_READ not in RIGHTS[role] else tuple(Role)


def guide_of(role: Role) -> list[TopicView]:
    """Return the topics of a role's guide, in the reader's language."""
    return [_view(key, TOPICS[key], role) for key in (*GUIDES[role].topics, _LAST)]


def _view(key: str, topic: Topic, role: Role) -> TopicView:
    opened = getattr(current_app.view_functions[topic.endpoint], "needed_right", None)
    own = role is account().role and opened in RIGHTS[role]
    picture = f"{PICTURES}/{str(get_locale()).split('_')[0]}/{key}.webp"
    return TopicView(
        key=key,
        title=say(topic.title),
        steps=tuple(map(say, topic.steps)),
        address=url_for(topic.endpoint) if own else None,
        picture=picture if (Path(str(current_app.static_folder)) / picture).exists() else None,
        narrow=topic.narrow,
    )


def help_address() -> str:
    """Return the address of the help for the page that is shown."""
    role = account().role
    page = "grid" if request.endpoint == "tips.grid_page" else request.blueprint or ""
    topic = _TOPIC_OF.get(page, page)
    known = topic in (*GUIDES[role].topics, _LAST)
    return url_for("help.guide", role=role.value, _anchor=topic if known else None)


def tour() -> dict[str, Any] | None:
    """Return the tour for the page that is shown; None where there is nothing to show."""
    if not current_user.is_authenticated or account().tour_seen_at is not None:
        return None
    if request.endpoint != home_endpoint():
        return None
    return {
        "steps": [
            {"target": _selector(step.target), "title": say(step.title), "text": say(step.text)}
            for step in TOURS[account().role]
        ],
        "seen": url_for("help.tour_seen"),
        "token": generate_csrf(),
        "texts": {
            "label": _("导览"),
            "count": _("第 {number} 步，共 {total} 步"),
            "back": _("上一步"),
            "next": _("下一步"),
            "end": _("结束导览"),
            "fold": _("收起"),
            "unfold": _("展开"),
            "done": _("完成"),
        },
    }


def _selector(target: str) -> str:
    kind, _colon, endpoint = target.partition(":")
    return f'.site-nav a[href="{url_for(endpoint)}"]' if kind == "menu" else target
