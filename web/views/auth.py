"""Signing in and out, the language, the way home, and the health page."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user

from web.config import LANGUAGES
from web.security import User, account, home_endpoint, login_limiter, public
from web.services import services

bp = Blueprint("auth", __name__)


def _local(target: str | None) -> str | None:
    """Return the target where it is a path of this site, else None."""
    if not target:
        return None
    parts = urlsplit(target)
    inside = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    return target if inside and "\\" not in target and not target.startswith("//") else None


@bp.get("/")
@public
def home() -> ResponseReturnValue:
    """Lead to the first page that the reader may see."""
    if not current_user.is_authenticated:
        return redirect(url_for("auth.login"))
    return redirect(url_for(home_endpoint()))


@bp.get("/login")
@public
def login() -> ResponseReturnValue:
    """Show the form."""
    if current_user.is_authenticated:
        return redirect(url_for("auth.home"))
    return render_template("login.html", problem=None, next=_local(request.args.get("next")))


@bp.post("/login", endpoint="login_post")
@public
def login_post() -> ResponseReturnValue:
    """Check user name and password; failures are slowed down and audited without the name."""
    limiter = login_limiter()
    store, now = services().store, services().clock()
    username, password = request.form.get("username", ""), request.form.get("password", "")
    keys = (f"user:{username.casefold()}", f"from:{request.remote_addr}")
    target = _local(request.args.get("next"))
    if not all(limiter.allows(key, now=now) for key in keys):
        abort(429)
    found = store.accounts.verify(username, password)
    if found is None:
        for key in keys:
            limiter.failed(key, now=now)
        store.audit.append("-", "login.failed", "account:-")
        page = render_template("login.html", problem=_("用户名或密码不正确。"), next=target)
        return page, 401
    for key in keys:
        limiter.passed(key)
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language
    login_user(User(found))
    session.permanent = True
    store.audit.append(found.id, "login", f"account:{found.id}")
    return redirect(target or url_for("auth.home"))


@bp.post("/logout")
@public
def logout() -> ResponseReturnValue:
    """Sign out."""
    if current_user.is_authenticated:
        services().store.audit.append(account().id, "logout", f"account:{account().id}")
    logout_user()
    return redirect(url_for("auth.login"))


@bp.post("/language")
@public
def language() -> ResponseReturnValue:
    """Remember the reader's language."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        abort(400)
    session["language"] = chosen
    return redirect(_local(request.form.get("next")) or url_for("auth.home"))


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Say that the process answers, and nothing else."""
    return {"status": "ok"}
