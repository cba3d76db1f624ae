"""The application factory: services in, a Flask application out. Nothing is made at import."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_babel import Babel, get_locale
from flask_babel import lazy_gettext as _l

from data.rights import Right
from web import formats
from web.base_maps import base_maps
from web.compression import install_compression
from web.config import LANGUAGES
from web.error_pages import register_error_pages
from web.errors import WebError
from web.font import FONT_COOKIE, page_font
from web.free_text import install_free_text
from web.help_pages import help_address, tour
from web.labels import label
from web.language import chosen_language
from web.revisions import account_name, revised
from web.security import SESSION_IDLE, csp_nonce, has_right, install_security
from web.services import Services, attach
from web.single_sign_on import install_single_sign_on
from web.theme import THEME_COOKIE, THEME_MEDIA, chosen_theme
from web.views import BLUEPRINTS

__all__ = ["create_app"]

_NAVIGATION = (
    ("overview.page", Right.MAP_READ, _l("总览")),
    ("plans.index", Right.PLAN_READ, _l("计划")),
    ("live.index", Right.PLAN_READ, _l("现场")),
    ("campaigns.page", Right.PLAN_READ, _l("集中行动")),
    ("field.page", Right.OUTCOME_WRITE, _l("外勤")),
    ("cases.index", Right.CASE_READ, _l("案件")),
    ("desk.page", Right.PLACE_CONFIRM, _l("定位台")),
    ("tips.page", Right.TIP_USE, _l("线索")),
    ("network.page", Right.NETWORK_READ, _l("路网")),
    ("jobs.page", Right.COURT_WRITE, _l("任务")),
    ("partner.page", Right.PARTNER_READ, _l("协助")),
    ("tips.grid_page", Right.GRID_READ, _l("反映情况")),
    ("audit.page", Right.AUDIT_READ, _l("审计")),
    ("protection.page", Right.PROTECTION_WRITE, _l("数据合规")),
    ("retention.page", Right.RETENTION_READ, _l("到期")),
    ("rules.page", Right.RULES_READ, _l("规则")),
    ("accounts.page", Right.ACCOUNT_WRITE, _l("账户")),
)


def create_app(
    services: Services,
    *,
    secret_key: str,
    locale: str = "zh",
    secure_cookies: bool = False,
    session_idle: timedelta = SESSION_IDLE,
) -> Flask:
    """Build the application.

    Parameters
    ----------
    services
        What the screens call.
    secret_key
        Signs sessions; at least 32 characters.
    locale
        Language of a reader who has not chosen one: ``zh`` or ``en``.
    secure_cookies
        Send the session cookie over HTTPS only; set it wherever HTTPS is served.
    session_idle
        How long a session may lie idle.

    Raises
    ------
    WebError
        If the key is too short or the language is unknown.
    """
    if len(secret_key) < 32:
        raise WebError("会话密钥过短（须至少 32 个字符），请重新生成")
    if locale not in LANGUAGES:
        raise WebError("不支持的语言 %(locale)s，可用：zh、en", locale=locale)
    app = Flask("web", root_path=str(Path(__file__).resolve().parent))
    app.secret_key = secret_key
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}

    Babel(
        app,
        locale_selector=lambda: chosen_language() or locale,
        default_timezone="Asia/Shanghai",
    )
    attach(app, services)
    install_security(app, secure_cookies=secure_cookies, session_idle=session_idle)
    install_single_sign_on(app, services.single_sign_on)
    install_free_text(app)
    register_error_pages(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    install_compression(app)
    app.add_template_filter(formats.clock_text, "clock")
    app.add_template_filter(formats.day_text, "day")
    app.add_template_filter(formats.moment_text, "moment")
    app.add_template_filter(formats.dial_link, "dial")
    app.add_template_filter(revised, "revised")
    app.add_template_filter(account_name, "account_name")
    app.context_processor(_page_context)
    return app


_MARKS = {
    "zh": {"list": "、", "colon": "：", "stop": "；"},
    "en": {"list": ", ", "colon": ": ", "stop": "; "},
}


def _page_context() -> dict[str, object]:
    spoken = str(get_locale()).split("_")[0]
    return {
        "base_maps": base_maps,
        "csp_nonce": csp_nonce,
        "font_cookie": FONT_COOKIE,
        "has_right": has_right,
        "help_address": help_address,
        "label": label,
        "language": spoken,
        "marks": _MARKS[spoken],
        "navigation": _NAVIGATION,
        "page_font": page_font,
        "tour": tour,
        "theme": chosen_theme(),
        "theme_cookie": THEME_COOKIE,
        "theme_media": THEME_MEDIA,
    }
