"""Steps of enforcement: the steps of a case, and the page on which one is planned and recorded."""

from __future__ import annotations

from collections.abc import Callable, Sized
from dataclasses import replace
from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.errors import StoreError
from data.measures import KeptItem, KeptStep, StepState
from data.rights import Right
from geo.errors import FieldwritError
from routes.documents import Approver, DocumentKind
from routes.errors import CalendarError, ValueRangeError
from routes.items import Item
from routes.measures import Measure, MeasureKind, StepId
from routes.model import CaseId, ClaimId, DebtorId, TeamId
from routes.rules.signoffs import Role
from web import measure_acts as acts
from web.errors import MeasureError
from web.labels import say
from web.measure_board import build_measure_page
from web.measure_forms import (
    ITEM_PAPERS,
    read_act,
    read_document,
    read_item,
    read_moment,
    read_step,
)
from web.security import account, has_right, needs
from web.services import services
from web.step_standing import kept_items, standing

bp = Blueprint("measures", __name__)

_REFUSALS = (MeasureError, ValueRangeError, StoreError, CalendarError)


@bp.post("/cases/<case_id>/measures")
@needs(Right.MEASURE_WRITE)
def add(case_id: str) -> ResponseReturnValue:
    """Plan a step of a case; it begins as a draft."""
    here, form = services(), request.form
    try:
        kept = acts.plan_step(
            here,
            case_id=CaseId(case_id),
            debtor_id=DebtorId(form.get("debtor", "")),
            claim_id=ClaimId(form["claim"]) if form.get("claim") else None,
            kind=MeasureKind(form.get("kind", "")),
            by=account().id,
        )
    except StoreError as error:
        _say(error)
        return redirect(url_for("cases.page", case_id=case_id, _anchor="measures"))
    except ValueError:  # a kind that no form of ours sends
        abort(400)
    flash(_("步骤已登记为草稿，请补全后排期。"))
    return _back(kept.step.id)


@bp.get("/measures/<step_id>")
@needs(Right.MEASURE_WRITE)
def page(step_id: str) -> ResponseReturnValue:
    """Show a step; the reading is audited."""
    here, kept = services(), _kept(step_id)
    view = build_measure_page(here, kept)
    here.store.audit.append(account().id, "step.read", f"step:{step_id}", {"persons": 1})
    return render_template(
        "measure.html",
        view=view,
        may_sign=has_right(Right.PLAN_RELEASE),
        say=say,
        step_papers=tuple(each for each in DocumentKind if each not in ITEM_PAPERS),
        item_papers=ITEM_PAPERS,
        offices=tuple(Approver),
    )


@bp.post("/measures/<step_id>/facts")
@needs(Right.MEASURE_WRITE)
def facts(step_id: str) -> ResponseReturnValue:
    """Enter what a step is to be."""
    return _change(
        step_id,
        lambda kept: _keep(kept, read_step(request.form, kept.step), "step.change"),
        _("情况已保存。"),
    )


@bp.post("/measures/<step_id>/documents")
@needs(Right.MEASURE_WRITE)
def document(step_id: str) -> ResponseReturnValue:
    """Enter a paper."""

    def add_one(kept: KeptStep) -> None:
        papers = (*kept.step.documents, read_document(request.form))
        _keep(kept, replace(kept.step, documents=papers), "step.document")

    return _change(step_id, add_one, _("文书已登记。"))


@bp.post("/measures/<step_id>/documents/<int:number>/drop")
@needs(Right.MEASURE_WRITE)
def drop_document(step_id: str, number: int) -> ResponseReturnValue:
    """Take a paper back; the earlier revision keeps it."""

    def drop(kept: KeptStep) -> None:
        _refuse_unknown(number, kept.step.documents)
        papers = tuple(each for n, each in enumerate(kept.step.documents) if n != number)
        _keep(kept, replace(kept.step, documents=papers), "step.document.drop")

    return _change(step_id, drop, _("文书已撤回。"))


@bp.post("/measures/<step_id>/acts")
@needs(Right.MEASURE_WRITE)
def act(step_id: str) -> ResponseReturnValue:
    """Enter what was done at the place, with its time."""

    def add_one(kept: KeptStep) -> None:
        log = (*kept.step.acts, read_act(request.form, kept.step, now=services().clock()))
        _keep(kept, replace(kept.step, acts=log), "step.act")

    return _change(step_id, add_one, _("现场记录已登记。"))


@bp.post("/measures/<step_id>/acts/<int:number>/drop")
@needs(Right.MEASURE_WRITE)
def drop_act(step_id: str, number: int) -> ResponseReturnValue:
    """Take an entry of the log back; why is asked, and the earlier revision keeps it."""

    def drop(kept: KeptStep) -> None:
        _refuse_unknown(number, kept.step.acts)
        if not _reason():
            raise MeasureError("撤回现场记录须写明理由")
        log = tuple(each for n, each in enumerate(kept.step.acts) if n != number)
        _keep(kept, replace(kept.step, acts=log), "step.act.drop")

    return _change(step_id, drop, _("现场记录已撤回。"))


@bp.post("/measures/<step_id>/items")
@needs(Right.MEASURE_WRITE)
def item(step_id: str) -> ResponseReturnValue:
    """Enter a piece of property."""

    def add_one(kept: KeptStep) -> None:
        acts.add_item(
            services(),
            kept,
            read_item(request.form, Item("-")),
            request.form.get("description", ""),
            by=account().id,
        )

    return _change(step_id, add_one, _("财产已登记。"))


@bp.post("/measures/<step_id>/items/<item_id>")
@needs(Right.MEASURE_WRITE)
def change_item(step_id: str, item_id: str) -> ResponseReturnValue:
    """Correct a piece of property, or take it off the list; the earlier state is kept."""

    def revise(kept: KeptStep) -> None:
        here, form = services(), request.form
        found = _item(kept, item_id)
        if form.get("item_revision") != str(found.revision):
            raise MeasureError("财产已被他人修改，请刷新页面后重做")
        if "withdraw" in form:
            if not _reason():
                raise MeasureError("从清单中去掉财产须写明理由")
            gone = replace(found, withdrawn=True, reason=_reason())
            acts.change_item(here, kept, gone, by=account().id, act="item.withdraw")
            return
        changed = replace(
            found,
            item=read_item(form, found.item),
            description=form.get("description", "").strip(),
            reason=_reason(),
        )
        acts.change_item(here, kept, changed, by=account().id)

    return _change(step_id, revise, _("财产清单已更新。"))


@bp.post("/measures/<step_id>/decide")
@needs(Right.MEASURE_WRITE)
def decide(step_id: str) -> ResponseReturnValue:
    """Enter the account's own decision to take the step."""
    return _change(
        step_id,
        lambda kept: acts.decide(
            services(),
            kept,
            reason=_reason(),
            shown=request.form.get("shown", ""),
            by=account().id,
        ),
        _("决定已登记。"),
    )


@bp.post("/measures/<step_id>/propose")
@needs(Right.MEASURE_WRITE)
def propose(step_id: str) -> ResponseReturnValue:
    """Note time and team."""
    return _change(
        step_id,
        lambda kept: acts.propose(
            services(),
            kept,
            starts_at=read_moment(request.form, "starts_at"),
            team_id=TeamId(request.form.get("team", "")),
            by=account().id,
        ),
        _("时间和小组已登记，请核对规则提示后排期。"),
    )


@bp.post("/measures/<step_id>/schedule")
@needs(Right.MEASURE_WRITE)
def schedule(step_id: str) -> ResponseReturnValue:
    """Put the step on the schedule, where no rule forbids it."""
    return _change(
        step_id,
        lambda kept: acts.schedule(
            services(),
            kept,
            acknowledged=request.form.get("acknowledged", ""),
            by=account().id,
        ),
        _("步骤已排期。"),
    )


@bp.post("/measures/<step_id>/close")
@needs(Right.MEASURE_WRITE)
def close(step_id: str) -> ResponseReturnValue:
    """Close the record, where nothing is lacking; a breach is closed by who may release plans."""
    reason = _reason() if has_right(Right.PLAN_RELEASE) else ""
    return _change(
        step_id,
        lambda kept: acts.close(services(), kept, breach_reason=reason, by=account().id),
        _("步骤已结束。"),
    )


@bp.post("/measures/<step_id>/withdraw")
@needs(Right.MEASURE_WRITE)
def withdraw(step_id: str) -> ResponseReturnValue:
    """Give the step up; what was entered stays readable."""
    return _change(
        step_id,
        lambda kept: acts.withdraw(
            services(),
            kept,
            reason=_reason(),
            may_release=has_right(Right.PLAN_RELEASE),
            by=account().id,
        ),
        _("步骤已撤回。"),
    )


@bp.post("/measures/<step_id>/reopen")
@needs(Right.PLAN_RELEASE)
def reopen(step_id: str) -> ResponseReturnValue:
    """Take a closed step up again to correct its record."""
    return _change(
        step_id,
        lambda kept: acts.reopen(services(), kept, reason=_reason(), by=account().id),
        _("步骤已重新办理，请更正后再结束。"),
    )


@bp.post("/measures/<step_id>/sign-offs")
@needs(Right.PLAN_RELEASE)
def sign_off(step_id: str) -> ResponseReturnValue:
    """Enter the paper that signs one finding of a step."""
    form = request.form
    try:
        role, expires_on = Role(form.get("role", "")), date.fromisoformat(form.get("expires", ""))
    except ValueError:  # a role or a day that no form of ours sends
        abort(400)
    return _change(
        step_id,
        lambda kept: acts.sign_step(
            services(),
            kept,
            digest=form.get("finding", ""),
            role=role,
            reason=_reason(),
            document_no=form.get("document", ""),
            expires_on=expires_on,
            by=account().id,
        ),
        _("签批已登记。"),
    )


@bp.post("/measures/<step_id>/sign-offs/<sign_off_id>/withdraw")
@needs(Right.PLAN_RELEASE)
def withdraw_sign_off(step_id: str, sign_off_id: str) -> ResponseReturnValue:
    """End a signature of this step before its term; it is kept."""
    here = services()
    if sign_off_id not in {one.id for one in standing(here, _kept(step_id)).given}:
        abort(404)
    return _change(
        step_id,
        lambda _kept: here.store.sign_offs.withdraw(sign_off_id, account().id),
        _("签批已撤回。"),
    )


def _change(step_id: str, work: Callable[[KeptStep], object], done: str) -> ResponseReturnValue:
    """Do one thing with a step as its page showed it, and lead back to the page."""
    kept = _kept(step_id)
    try:
        if request.form.get("revision") != str(kept.revision):
            raise MeasureError("步骤已被他人修改，本次未保存；请核对后重做")
        work(kept)
    except _REFUSALS as error:
        _say(error)
    else:
        flash(done)
        if kept.state is StepState.SCHEDULED and _kept(step_id).state is StepState.DRAFT:
            flash(_("步骤已退回草稿：改动后须重新核对规则并排期。"), "error")
    return _back(step_id)


def _keep(kept: KeptStep, step: Measure, act: str) -> None:
    acts.change(
        services(),
        kept,
        step,
        act=act,
        reason=_reason(),
        may_release=has_right(Right.PLAN_RELEASE),
        by=account().id,
    )


def _say(error: FieldwritError) -> None:
    flash(error.message.render(_), "error")


def _reason() -> str:
    return request.form.get("reason", "").strip()


def _refuse_unknown(number: int, held: Sized) -> None:
    if number >= len(held):
        abort(404)


def _kept(step_id: str) -> KeptStep:
    found = services().store.measures.step(StepId(step_id))
    if found is None:
        abort(404)
    return found


def _item(kept: KeptStep, item_id: str) -> KeptItem:
    items = kept_items(services(), kept)
    found = next((one for one in items if one.item.id == item_id), None)
    if found is None:
        abort(404)
    return found


def _back(step_id: str) -> ResponseReturnValue:
    return redirect(url_for("measures.page", step_id=step_id))
