"""Comparing a record with a debtor, and the decision of a person whether it is a namesake's."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.errors import StoreError
from routes.errors import NamesakeError, ValueRangeError
from routes.model import CaseId, Debtor, DebtorKind, NamesakeVerdict
from routes.namesake import Comparison, Match
from web.errors import NamesakeFormError
from web.labels import say
from web.namesakes import FIELDS, Hits, read_hit
from web.security import Right, account, needs
from web.services import services

bp = Blueprint("namesakes", __name__)


@bp.get("/cases/<case_id>/addresses/<int:number>/namesake")
@needs(Right.NAMESAKE_WRITE)
def page(case_id: str, number: int) -> ResponseReturnValue:
    """Show the form for an address; the reading of the debtor's name is audited."""
    hits = _hits(case_id)
    debtor = _debtor(hits, number)
    hits.store.audit.append(account().id, "person.read", f"case:{case_id}", {"persons": 1})
    return _form(hits, number, debtor)


@bp.post("/cases/<case_id>/addresses/<int:number>/namesake")
@needs(Right.NAMESAKE_WRITE)
def send(case_id: str, number: int) -> ResponseReturnValue:
    """Compare what was entered; keep a decision where one is made on what was shown."""
    hits, form, by = _hits(case_id), request.form, account().id
    debtor = _debtor(hits, number)
    try:
        hit = read_hit({key: form.get(key, "") for key in FIELDS})
        found = hits.compare(number, hit, by=by)
        if "verdict" not in form:
            return _form(hits, number, debtor, found)
        verdict = NamesakeVerdict(form["verdict"])
        if form.get("shown") != _shown(found):
            flash(_("所填内容已变化，请核对新的比对结果后再认定。"), "error")
            return _form(hits, number, debtor, found)
        hits.decide(number, found, verdict, reason=form.get("reason", ""), by=by)
    except NamesakeFormError as error:
        flash(error.message.render(_), "error")
        return _form(hits, number, debtor)
    except (NamesakeError, StoreError, ValueRangeError) as error:
        flash(error.message.render(_), "error")
        return _form(hits, number, debtor, found)
    except ValueError:  # a verdict that no form of ours sends
        abort(400)
    flash(_("认定已登记。"))
    return redirect(url_for("cases.page", case_id=case_id, _anchor="namesakes"))


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


def _debtor(hits: Hits, number: int) -> Debtor:
    try:
        return hits.claim(number)[0]
    except NamesakeFormError:
        abort(404)


def _form(
    hits: Hits, number: int, debtor: Debtor, found: Comparison | None = None
) -> ResponseReturnValue:
    return render_template(
        "namesake.html",
        case=hits.case,
        number=number,
        debtor=debtor,
        person=debtor.kind is DebtorKind.PERSON,
        has_number=debtor.id_number is not None,
        given={key: request.form.get(key, "") for key in FIELDS},
        matches=[(each.value, say(each.label)) for each in reversed(Match)],
        found=found,
        shown="" if found is None else _shown(found),
        lines=() if found is None else tuple(map(say, found.explain())),
        gate=() if found is None else tuple(map(say, hits.said_if_same(number, found))),
        verdicts=[each.value for each in NamesakeVerdict if _open_to(found, each)],
    )


def _open_to(found: Comparison | None, verdict: NamesakeVerdict) -> bool:
    return verdict is not NamesakeVerdict.SAME or (found is not None and found.may_be_same)


def _shown(found: Comparison) -> str:
    """Return what stands for the results that a person saw: codes only."""
    return ".".join(got.value for got in found.results.values())
