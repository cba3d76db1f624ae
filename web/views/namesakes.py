"""Comparing a record with a debtor, and the decision of a person whether it is a namesake's.

The record is of an address of the case, or of the owner of property that a step is to seize.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.errors import StoreError
from data.rights import Right
from routes.errors import NamesakeError, ValueRangeError
from routes.measures import StepId
from routes.model import CaseId, DebtorKind, NamesakeVerdict
from routes.namesake import Comparison, Match
from web.errors import NamesakeFormError
from web.labels import say
from web.namesakes import FIELDS, Hits, Record, read_hit
from web.security import account, needs
from web.services import services

bp = Blueprint("namesakes", __name__)


@bp.get("/cases/<case_id>/addresses/<int:number>/namesake")
@needs(Right.NAMESAKE_WRITE)
def page(case_id: str, number: int) -> ResponseReturnValue:
    """Show the form for an address; the reading of the debtor's name is audited."""
    return _shown_form(_of_address(case_id, number))


@bp.post("/cases/<case_id>/addresses/<int:number>/namesake")
@needs(Right.NAMESAKE_WRITE)
def send(case_id: str, number: int) -> ResponseReturnValue:
    """Compare what was entered; keep a decision where one is made on what was shown."""
    return _sent(_of_address(case_id, number))


@bp.get("/measures/<step_id>/items/<item_id>/namesake")
@needs(Right.NAMESAKE_WRITE)
def item_page(step_id: str, item_id: str) -> ResponseReturnValue:
    """Show the form for a piece of property; the reading of the debtor's name is audited."""
    return _shown_form(_of_item(step_id, item_id))


@bp.post("/measures/<step_id>/items/<item_id>/namesake")
@needs(Right.NAMESAKE_WRITE)
def item_send(step_id: str, item_id: str) -> ResponseReturnValue:
    """Compare what was entered of the owner; keep a decision made on what was shown."""
    return _sent(_of_item(step_id, item_id))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is compared, and on which pages.

    Parameters
    ----------
    title
        Of the form.
    action, back
        Where the form is sent, and where the decision leads.
    """

    hits: Hits
    record: Record
    title: str
    action: str
    back: str


def _shown_form(asked: _Asked) -> ResponseReturnValue:
    hits = asked.hits
    hits.store.audit.append(account().id, "person.read", f"case:{hits.case.id}", {"persons": 1})
    return _form(asked)


def _sent(asked: _Asked) -> ResponseReturnValue:
    hits, form, by = asked.hits, request.form, account().id
    try:
        hit = read_hit({key: form.get(key, "") for key in FIELDS})
        found = hits.compare(asked.record, hit, by=by)
        if "verdict" not in form:
            return _form(asked, found)
        verdict = NamesakeVerdict(form["verdict"])
        if form.get("shown") != _shown(found):
            flash(_("所填内容已变化，请核对新的比对结果后再认定。"), "error")
            return _form(asked, found)
        hits.decide(asked.record, found, verdict, reason=form.get("reason", ""), by=by)
    except NamesakeFormError as error:
        flash(error.message.render(_), "error")
        return _form(asked)
    except (NamesakeError, StoreError, ValueRangeError) as error:
        flash(error.message.render(_), "error")
        return _form(asked, found)
    except ValueError:  # a verdict that no form of ours sends
        abort(400)
    flash(_("认定已登记。"))
    return redirect(asked.back)


@bp.post("/cases/<case_id>/namesakes/<decision_id>/withdraw")
@needs(Right.NAMESAKE_WRITE)
def withdraw(case_id: str, decision_id: str) -> ResponseReturnValue:
    """End a decision; it is kept, and the one before it rules again."""
    store = services().store
    try:
        store.namesake_decisions.withdraw(decision_id, of=CaseId(case_id), by=account().id)
    except StoreError:
        abort(404)
    flash(_("认定已撤销。"))
    return redirect(url_for("cases.page", case_id=case_id, _anchor="namesakes"))


def _hits(case_id: str) -> Hits:
    here = services()
    case = here.store.case(CaseId(case_id))
    if case is None:
        abort(404)
    return Hits(here.store, here.profile, case)


def _of_address(case_id: str, number: int) -> _Asked:
    hits = _hits(case_id)
    try:
        record = hits.address(number)
    except NamesakeFormError:
        abort(404)
    return _Asked(
        hits,
        record,
        _("同名核对：地址 %(number)d", number=number),
        url_for("namesakes.send", case_id=case_id, number=number),
        url_for("cases.page", case_id=case_id, _anchor="namesakes"),
    )


def _of_item(step_id: str, item_id: str) -> _Asked:
    kept = services().store.measures.step(StepId(step_id))
    if kept is None:
        abort(404)
    hits = _hits(kept.step.case_id)
    try:
        record = hits.item(kept.step, item_id)
    except NamesakeFormError:
        abort(404)
    return _Asked(
        hits,
        record,
        _("同名核对：财产登记的权利人"),
        url_for("namesakes.item_send", step_id=step_id, item_id=item_id),
        url_for("measures.page", step_id=step_id),
    )


def _form(asked: _Asked, found: Comparison | None = None) -> ResponseReturnValue:
    hits, debtor = asked.hits, asked.record.debtor
    return render_template(
        "namesake.html",
        case=hits.case,
        title=asked.title,
        action=asked.action,
        back=asked.back,
        debtor=debtor,
        person=debtor.kind is DebtorKind.PERSON,
        has_number=debtor.id_number is not None,
        given={key: request.form.get(key, "") for key in FIELDS},
        matches=[(each.value, say(each.label)) for each in reversed(Match)],
        found=found,
        shown="" if found is None else _shown(found),
        lines=() if found is None else tuple(map(say, found.explain())),
        gate=() if found is None else tuple(map(say, hits.said_if_same(asked.record, found))),
        verdicts=[each.value for each in NamesakeVerdict if _open_to(found, each)],
    )


def _open_to(found: Comparison | None, verdict: NamesakeVerdict) -> bool:
    return verdict is not NamesakeVerdict.SAME or (found is not None and found.may_be_same)


def _shown(found: Comparison) -> str:
    """Return what stands for the results that a person saw: codes only."""
    return ".".join(got.value for got in found.results.values())
