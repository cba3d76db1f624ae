"""The reader's own account: password, second factor, sessions, tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.errors import StoreError
from data.model import Account
from data.rights import Right
from geo.errors import FieldwritError
from web.accounts import chosen_rights, drawn_code, scopes_of, user_key
from web.security import account, needs, start_session
from web.services import services
from web.views.acts import attempted, ticked

bp = Blueprint("own_account", __name__)

_TERMS_DAYS = (7, 30, 90, 365)
_ISSUER = "Fieldwrit"
_SECRET = "session.new_secret"  # noqa: S105 (the name of a field)


@bp.get("/account")
@needs(Right.ACCOUNT_OWN)
def page() -> ResponseReturnValue:
    """Show the reader's own account."""
    return _page()


@bp.post("/account/password")
@needs(Right.ACCOUNT_OWN)
def password() -> ResponseReturnValue:
    """Change the password; other sessions end, this one goes on."""
    me = _verified()
    new = request.form.get("new_password", "")
    if new != request.form.get("again", ""):
        flash(_("两次输入的新密码不一致。"), "error")
    elif attempted(lambda: services().store.accounts.set_password(me.id, new, by=me.id)):
        _renew(me)
        flash(_("密码已更改，其他设备须重新登录。"))
    return redirect(url_for("own_account.page"))


@bp.post("/account/sessions/end")
@needs(Right.ACCOUNT_OWN)
def end_sessions() -> ResponseReturnValue:
    """End the sessions on other devices."""
    me = account()
    services().store.accounts.end_sessions(me.id, by=me.id)
    _renew(me)
    flash(_("其他设备上的登录已结束。"))
    return redirect(url_for("own_account.page"))


@bp.get("/account/second-factor")
@needs(Right.ACCOUNT_OWN)
def second_factor() -> ResponseReturnValue:
    """Show a new secret to an authenticator application."""
    factor = services().store.second_factor
    if factor.is_on(account().id):
        return redirect(url_for("own_account.page"))
    secret = _new_secret() or factor.new_secret()
    session["new_secret"] = services().store.cipher.encrypt(secret, field=_SECRET)  # unreadable
    address = factor.address(secret, username=account().username, issuer=_ISSUER)
    spaced = " ".join(secret[k : k + 4] for k in range(0, len(secret), 4))
    return render_template(
        "second_factor.html", drawn=drawn_code(address), secret=spaced, codes=None
    )


@bp.post("/account/second-factor", endpoint="second_factor_post")
@needs(Right.ACCOUNT_OWN)
def second_factor_post() -> ResponseReturnValue:
    """Turn the second factor on by the code that the application shows; show the paper codes."""
    me, secret = _verified("own_account.second_factor"), _new_secret()
    factor = services().store.second_factor
    if secret is None or factor.is_on(me.id):
        return redirect(url_for("own_account.page"))
    try:
        codes = factor.turn_on(me.id, secret, request.form.get("code", ""))
    except StoreError as error:
        flash(error.message.render(_), "error")
        return redirect(url_for("own_account.second_factor"))
    session.pop("new_secret")
    return render_template("second_factor.html", codes=codes)


@bp.post("/account/second-factor/off")
@needs(Right.ACCOUNT_OWN)
def second_factor_off() -> ResponseReturnValue:
    """Turn the second factor off; it takes the password."""
    me = _verified()
    services().store.second_factor.turn_off(me.id, by=me.id)
    flash(_("两步验证已关闭。"))
    return redirect(url_for("own_account.page"))


@bp.post("/account/tokens")
@needs(Right.ACCOUNT_OWN)
def create_token() -> ResponseReturnValue:
    """Make a token and show its secret once."""
    me, here = _verified(), services()
    days = request.form.get("days", "")
    if days not in map(str, _TERMS_DAYS):
        abort(400)
    try:
        _token, secret = here.store.tokens.create(
            me,
            request.form.get("label", ""),
            chosen_rights(request.form.getlist("scope")),
            expires_at=here.clock() + timedelta(days=int(days)),
            by=me.id,
        )
    except FieldwritError as error:
        flash(error.message.render(_), "error")
        return redirect(url_for("own_account.page"))
    return _page(secret=secret)


@bp.post("/account/tokens/<token_id>/revoke")
@needs(Right.ACCOUNT_OWN)
def revoke_token(token_id: str) -> ResponseReturnValue:
    """End one of the reader's own tokens, once that was confirmed."""
    tokens, me = services().store.tokens, account().id
    if token_id not in {one.id for one in tokens.of(me)}:
        abort(404)
    if not ticked():
        return redirect(url_for("own_account.page"))
    tokens.revoke(token_id, by=me, owner=me)
    flash(_("令牌已停用。"))
    return redirect(url_for("own_account.page"))


@bp.post("/account/devices/<device_id>/end")
@needs(Right.ACCOUNT_OWN)
def end_device(device_id: str) -> ResponseReturnValue:
    """End the session and the packs on one of the reader's own devices; unsent outcomes stay."""
    devices = services().store.devices
    if device_id not in {one.id for one in devices.of(account().id) if one.revoked_at is None}:
        abort(404)
    if not ticked():
        return redirect(url_for("own_account.page"))
    devices.end(device_id, by=account().id)
    flash(_("设备已退出登录；它再次联网时，将清除本机任务和地图，未发送的记录仍加密保存。"))
    return redirect(url_for("own_account.page"))


def _page(**more: Any) -> str:
    store, me = services().store, account()
    return render_template(
        "own_account.html",
        devices=store.devices.of(me.id),
        me=me,
        has_second_factor=store.second_factor.is_on(me.id),
        tokens=store.tokens.of(me.id),
        scopes=scopes_of(me.role),
        terms=_TERMS_DAYS,
        now=services().clock(),
        **more,
    )


def _new_secret() -> str | None:
    """Return the secret that this session was shown and has not confirmed."""
    held = session.get("new_secret")
    return None if held is None else services().store.cipher.decrypt(held, field=_SECRET)


def _verified(back: str = "own_account.page") -> Account:
    """Return the reader once the password was typed again; failures count as at sign-in."""
    store, me = services().store, account()
    key = user_key(me.username)
    if store.sign_in_failures.locked_until((key,)) is not None:
        abort(429)
    if store.accounts.verify(me.username, request.form.get("password", "")) is None:
        store.sign_in_failures.add((key,))
        store.audit.append(me.id, "login.failed", f"account:{me.id}")
        flash(_("当前密码不正确。"), "error")
        abort(redirect(url_for(back)))
    return me


def _renew(me: Account) -> None:
    found = services().store.accounts.get(me.id)
    assert found is not None
    start_session(found)
