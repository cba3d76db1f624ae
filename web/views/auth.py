"""Signing in and out, the language, the way home, and the health page."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from data.model import Account
from web import single_sign_on
from web.accounts import user_key
from web.config import LANGUAGES
from web.errors import WebError
from web.language import keep_language
from web.security import end_session, home_endpoint, public, start_session
from web.services import services

bp = Blueprint("auth", __name__)

_CODE_LASTS_S = 300


def _local(target: str | None) -> str | None:
    r"""Return the target where it is a path of this site, else None.

    Browsers take ``\`` for ``/`` and leave out line ends and tabs: what has one is no path.
    """
    if not target or not target.startswith("/") or not target.isprintable() or "\\" in target:
        return None
    try:
        parts = urlsplit(target)
    except ValueError:  # such as //[, which is no address at all
        return None
    return target if not parts.netloc and not target.startswith("//") else None


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
    return _form(None, _local(request.args.get("next")))


@bp.post("/login", endpoint="login_post")
@public
def login_post() -> ResponseReturnValue:
    """Check user name and password; failures are slowed down and audited without the name."""
    store = services().store
    username, password = request.form.get("username", ""), request.form.get("password", "")
    target = _local(request.args.get("next"))
    keys = (user_key(username), *_from())
    if store.sign_in_failures.locked_until(keys) is not None:
        abort(429)
    found = store.accounts.verify(username, password)
    if found is None:
        store.sign_in_failures.add(keys)
        store.audit.append("-", "login.failed", "account:-")
        if store.sign_in_failures.locked_until(keys[:1]) is not None:
            store.accounts.lock_out(username)
        return _form(_("用户名或密码不正确。"), target), 401
    if store.second_factor.is_on(found.id):
        session["first"] = [found.id, found.epoch, int(services().clock().timestamp()), target]
        return redirect(url_for("auth.code"))
    store.sign_in_failures.forget(keys[:1])
    return _enter(found, target)


@bp.get("/login/code")
@public
def code() -> ResponseReturnValue:
    """Ask who gave the right password for the second factor."""
    if _first() is None:
        return redirect(url_for("auth.login"))
    return render_template("login_code.html", problem=None)


@bp.post("/login/code", endpoint="code_post")
@public
def code_post() -> ResponseReturnValue:
    """Check the second factor; failures count against the account."""
    found = _first()
    if found is None:
        return redirect(url_for("auth.login"))
    store = services().store
    keys = (f"code:{found.id}",)
    if store.sign_in_failures.locked_until(keys) is not None:
        abort(429)
    if not store.second_factor.accepts(found.id, request.form.get("code", "")):
        store.sign_in_failures.add(keys)
        store.audit.append("-", "login.failed", f"account:{found.id}")
        if store.sign_in_failures.locked_until(keys) is not None:
            store.accounts.lock_out(found.username)
        page = render_template("login_code.html", problem=_("验证码不正确或已用过。"))
        return page, 401
    store.sign_in_failures.forget((*keys, user_key(found.username)))
    return _enter(found, _local(session["first"][3]))


@bp.get("/login/service")
@public
def service() -> ResponseReturnValue:
    """Lead to the court's own service."""
    if single_sign_on.label() is None:
        abort(404)
    session["target"] = _local(request.args.get("next"))
    return single_sign_on.lead_away(url_for("auth.service_back"))


@bp.get("/login/service/back")
@public
def service_back() -> ResponseReturnValue:
    """Take in whom the court's own service signed in."""
    store, keys = services().store, _from()
    if single_sign_on.label() is None:
        abort(404)
    if store.sign_in_failures.locked_until(keys) is not None:
        abort(429)
    try:
        who = single_sign_on.welcome_back()
    except WebError as error:
        store.sign_in_failures.add(keys)
        return _form(error.message.render(_), None), 401
    found = store.accounts.of_identity(who.issuer, who.subject, who.username)
    if found is None:
        store.audit.append("-", "login.failed", "account:-", {"service": True})
        return _form(_("没有与您对应的可用账户；请联系管理员。"), None), 403
    return _enter(found, _local(session.get("target")))


@bp.post("/logout")
@public
def logout() -> ResponseReturnValue:
    """Sign out."""
    if current_user.is_authenticated:
        end_session()
    return redirect(url_for("auth.login"))


@bp.post("/language")
@public
def language() -> ResponseReturnValue:
    """Remember the reader's language."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        abort(400)
    answer = redirect(_local(request.form.get("next")) or url_for("auth.home"))
    keep_language(answer, chosen)
    return answer


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Say that the process answers, and nothing else."""
    return {"status": "ok"}


def _from() -> tuple[str, ...]:
    """Return under which key failures from an address count; none behind an unknown proxy.

    Where readers come through a proxy that this server was not told of, all have its address.
    """
    address = request.remote_addr or ""
    return () if ip_address(address).is_loopback else (f"from:{address}",)


def _form(problem: str | None, target: str | None) -> str:
    return render_template(
        "login.html", problem=problem, next=target, service=single_sign_on.label()
    )


def _enter(found: Account, target: str | None) -> ResponseReturnValue:
    start_session(found)
    services().store.audit.append(found.id, "login", f"account:{found.id}")
    return redirect(target or url_for("auth.home"))


def _first() -> Account | None:
    """Return whose password was right a moment ago in this browser."""
    account_id, epoch, at_s, _target = session.get("first") or (None, None, 0, None)
    if account_id is None or services().clock().timestamp() - at_s > _CODE_LASTS_S:
        return None
    found = services().store.accounts.get(account_id)
    usable = found is not None and found.usable and found.epoch == epoch
    return found if usable else None
