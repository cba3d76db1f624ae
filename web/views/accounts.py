"""Who may sign in, as what, for administrators; and the table of rights."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.model import AccountChange, Role
from data.rights import RIGHTS, TERMINAL_RIGHTS, Right
from web import single_sign_on
from web.accounts import account_views, add_account, change_account, display_names
from web.security import account, needs
from web.services import services
from web.views.acts import attempted, ticked

bp = Blueprint("accounts", __name__)

_CHANGES = ", ".join(f"'{one}'" for one in AccountChange)


@bp.get("/accounts")
@needs(Right.ACCOUNT_WRITE)
def page() -> ResponseReturnValue:
    """Show all accounts and what each role may."""
    here = services()
    here.store.audit.append(account().id, "account.list", "store:-")
    return render_template(
        "accounts.html",
        views=account_views(here.store, at=here.clock()),
        stations=here.store.stations(),
        teams=here.store.teams(),
        court=here.store.accounts.court(),
        grids=sorted({one.grid_code for one in here.store.liaisons()}),
        roles=list(Role),
        rights=[
            (right, [role for role in Role if right in RIGHTS[role]], right in TERMINAL_RIGHTS)
            for right in Right
        ],
        me=account(),
        devices=here.store.devices.all(),
        names=display_names(here.store),
        service=single_sign_on.label(),
    )


@bp.post("/accounts")
@needs(Right.ACCOUNT_WRITE)
def add() -> ResponseReturnValue:
    """Add an account."""
    form, role = request.form, request.form.get("role", "")
    if role not in list(Role):
        abort(400)
    attempted(
        lambda: add_account(
            services().store,
            form.get("username", ""),
            form.get("password", ""),
            Role(role),
            form.get("name", ""),
            station_id=form.get("station") or None,
            grid_code=form.get("grid") or None,
            team_id=form.get("team") or None,
            by=account().id,
        ),
        _("账户已添加；请当面告知初始密码，并请本人登录后更改。"),
    )
    return redirect(url_for("accounts.page"))


@bp.post(f"/accounts/<account_id>/<any({_CHANGES}):what>")
@needs(Right.ACCOUNT_WRITE)
def change(account_id: str, what: str) -> ResponseReturnValue:
    """End, restore, unlock or reset an account."""
    found = services().store.accounts.get(account_id)
    if found is None:
        abort(404)
    done = {
        AccountChange.DISABLE: _("账户已停用。"),
        AccountChange.ENABLE: _("账户已恢复。"),
        AccountChange.UNLOCK: _("账户已解锁。"),
        AccountChange.PASSWORD: _("密码已重设；请当面告知，并请本人登录后更改。"),
        AccountChange.SECOND_FACTOR_OFF: _("两步验证已关闭。"),
        AccountChange.SERVICE_ON: _("已允许单点登录；此用户名第一次登录的人将绑定这个账户。"),
        AccountChange.SERVICE_OFF: _("已取消单点登录和绑定。"),
    }
    wanted = AccountChange(what)
    new = request.form.get("password", "")
    attempted(
        lambda: change_account(services().store, found, wanted, password=new, by=account().id),
        done[wanted],
    )
    return redirect(url_for("accounts.page"))


@bp.post("/accounts/<account_id>/place")
@needs(Right.ACCOUNT_WRITE)
def place(account_id: str) -> ResponseReturnValue:
    """Say to which team and court an account belongs."""
    found, form = services().store.accounts.get(account_id), request.form
    if found is None:
        abort(404)
    team_id, court = form.get("team") or None, form.get("court", "")
    attempted(
        lambda: services().store.accounts.place(
            account_id, team_id=team_id, court=court, by=account().id
        ),
        _("归属已保存；本人须重新登录。"),
    )
    return redirect(url_for("accounts.page"))


@bp.post("/accounts/court")
@needs(Right.ACCOUNT_WRITE)
def set_court() -> ResponseReturnValue:
    """Say of which court the store is; accounts of another may not sign in."""
    attempted(
        lambda: services().store.accounts.set_court(request.form.get("court", ""), by=account().id),
        _("法院代码已保存。"),
    )
    return redirect(url_for("accounts.page"))


@bp.post("/accounts/devices/<device_id>/revoke")
@needs(Right.ACCOUNT_WRITE)
def revoke_device(device_id: str) -> ResponseReturnValue:
    """Let an officer's device wipe what it keeps when it next asks."""
    if device_id not in {one.id for one in services().store.devices.all()}:
        abort(404)
    if not ticked():
        return redirect(url_for("accounts.page"))
    attempted(
        lambda: services().store.devices.revoke(device_id, by=account().id),
        _("设备已停用；它再次联网时，将清除本机的一切，包括未发送的记录。"),
    )
    return redirect(url_for("accounts.page"))
