"""What liaisons of villages tell the court, and officers' use of it."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.audit import of_ids
from data.errors import StoreError
from data.rights import Right
from data.tips import CONSENT, Tip
from geo.localtime import local_day
from routes.model import ClaimId, DebtorId, VisitBand
from web.accounts import display_names
from web.security import account, needs
from web.services import services
from web.tip_board import candidates_for
from web.views.acts import attempted

bp = Blueprint("tips", __name__)

_TERMS_DAYS = (7, 30, 90)


@bp.get("/grid")
@needs(Right.GRID_READ)
def grid_page() -> ResponseReturnValue:
    """Show a liaison the form, and what became of what the liaison told."""
    here, me = services(), account()
    return render_template(
        "grid.html",
        tips=here.store.tips.of(me.id),
        grid_code=me.grid_code,
        today=local_day(here.clock()),
        bands=list(VisitBand),
        terms=_TERMS_DAYS,
        consent=CONSENT,
        now=here.clock(),
    )


@bp.post("/grid/tips")
@needs(Right.TIP_WRITE)
def tell() -> ResponseReturnValue:
    """Keep what a liaison tells, with the consent under which it is told."""
    form, me = request.form, account()
    days, band = form.get("days", ""), form.get("band", "")
    if days not in map(str, _TERMS_DAYS) or band not in ("", *VisitBand) or me.grid_code is None:
        abort(400)
    if form.get("consent") != CONSENT:
        flash(_("请先阅读并勾选同意说明。"), "error")
        return redirect(url_for("tips.grid_page"))
    try:
        seen_on = date.fromisoformat(form.get("seen_on", ""))
    except ValueError:
        abort(400)
    grid_code = me.grid_code
    attempted(
        lambda: services().store.tips.add(
            me.id,
            grid_code,
            about=form.get("about", ""),
            place=form.get("place", ""),
            seen_on=seen_on,
            band=VisitBand(band) if band else None,
            lasts=timedelta(days=int(days)),
        ),
        _("已送达执行局，谢谢。"),
    )
    return redirect(url_for("tips.grid_page"))


@bp.post("/grid/tips/<tip_id>/withdraw")
@needs(Right.TIP_WRITE)
def withdraw(tip_id: str) -> ResponseReturnValue:
    """Take back what the same liaison told."""
    try:
        services().store.tips.withdraw(tip_id, by=account().id)
    except StoreError:
        abort(404)
    flash(_("已撤回，法院不再使用。"))
    return redirect(url_for("tips.grid_page"))


@bp.get("/tips")
@needs(Right.TIP_USE)
def page() -> ResponseReturnValue:
    """Show what waits for an officer; the reading is audited."""
    store = services().store
    waiting = store.tips.open()
    store.audit.append(
        account().id, "tip.read", "store:-", of_ids("tips", (one.id for one in waiting))
    )
    return render_template("tips.html", tips=waiting, names=display_names(store), chosen=None)


@bp.post("/tips/<tip_id>")
@needs(Right.TIP_USE)
def match(tip_id: str) -> ResponseReturnValue:
    """Show whom something may be about, by the case number or name that an officer typed."""
    store, tip = services().store, _waiting(tip_id)
    found = candidates_for(store, request.form.get("number", "").strip())
    detail = of_ids("tips", [tip_id]) | of_ids("found", (str(one.case_id) for one in found))
    store.audit.append(account().id, "person.search", "store:-", detail)
    if not found:
        flash(_("没有符合的案件；可用案号、姓名中相连的两个字以上、拼音或首字母查找。"), "error")
        return redirect(url_for("tips.page"))
    return render_template(
        "tips.html", tips=(tip,), names=display_names(store), chosen=tip.id, found=found
    )


@bp.post("/tips/<tip_id>/use")
@needs(Right.TIP_USE)
def use(tip_id: str) -> ResponseReturnValue:
    """Make a lead of the debtor that an officer chose."""
    store, tip = services().store, _waiting(tip_id)
    debtor_id, _between, claim_id = request.form.get("about", "").partition("|")
    teller = display_names(store)[tip.account_id]
    source = _("网格联络员 %(name)s（%(grid)s）", name=teller, grid=tip.grid_code)
    attempted(
        lambda: store.tips.use(
            tip_id,
            DebtorId(debtor_id),
            ClaimId(claim_id) if claim_id else None,
            source=source,
            by=account().id,
        ),
        _("已转为线索，找到概率随之更新。"),
    )
    return redirect(url_for("tips.page"))


@bp.post("/tips/<tip_id>/aside")
@needs(Right.TIP_USE)
def put_aside(tip_id: str) -> ResponseReturnValue:
    """Use nothing of it."""
    _waiting(tip_id)
    attempted(
        lambda: services().store.tips.put_aside(tip_id, by=account().id), _("未采用，内容已删除。")
    )
    return redirect(url_for("tips.page"))


def _waiting(tip_id: str) -> Tip:
    found = next((one for one in services().store.tips.open() if one.id == tip_id), None)
    if found is None:
        abort(404)
    return found
