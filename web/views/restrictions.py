"""Entering and ending what limits a debtor: orders, exemptions, lists, breaches, alerts."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.errors import RestrictionError, StoreError
from data.restriction_values import RestrictionKind
from data.rights import Right
from routes.documents import Approver
from routes.errors import ValueRangeError
from routes.model import Case, CaseId, Debtor
from routes.restrictions import ExemptionReason, Observation, Seat, TrainClass
from routes.rules.signoffs import Role
from web.errors import RestrictionFormError
from web.labels import label, say
from web.restrictions import FIELDS, enter, standing_seizures
from web.security import account, has_right, needs
from web.services import services

bp = Blueprint("restrictions", __name__)

_APPROVERS = (Approver.PRESIDENT, Approver.BUREAU_DIRECTOR, Approver.PANEL, Approver.OFFICER)


@bp.get("/cases/<case_id>/debtors/<int:number>/restrictions/<kind>")
@needs(Right.RESTRICTION_WRITE)
def page(case_id: str, number: int, kind: str) -> ResponseReturnValue:
    """Show the form; the reading of the debtor's name is audited."""
    case, debtor = _debtor(case_id, number)
    services().store.audit.append(account().id, "person.read", f"case:{case_id}", {"persons": 1})
    return _form(case, debtor, number, _kind(kind))


@bp.post("/cases/<case_id>/debtors/<int:number>/restrictions/<kind>")
@needs(Right.RESTRICTION_WRITE)
def send(case_id: str, number: int, kind: str) -> ResponseReturnValue:
    """Keep what was entered, or show what the rules say against it."""
    case, debtor = _debtor(case_id, number)
    wanted = _kind(kind)
    try:
        enter(
            services().store,
            debtor.id,
            wanted,
            request.form,
            by=account().id,
            may_sign=has_right(Right.PLAN_RELEASE),
        )
    except RestrictionError as error:
        return _form(case, debtor, number, wanted, error)
    except (RestrictionFormError, StoreError, ValueRangeError) as error:
        flash(error.message.render(_), "error")
        return _form(case, debtor, number, wanted)
    flash(_("已登记。"))
    return redirect(url_for("cases.page", case_id=case_id, _anchor="restrictions"))


@bp.post("/cases/<case_id>/restrictions/<record_id>/end")
@needs(Right.RESTRICTION_WRITE)
def end(case_id: str, record_id: str) -> ResponseReturnValue:
    """End a record: lifted, taken off the list, withdrawn; an alert is emptied."""
    try:
        services().store.restrictions.end(record_id, of=CaseId(case_id), by=account().id)
    except StoreError:
        abort(404)
    flash(_("已解除或撤销。"))
    return redirect(url_for("cases.page", case_id=case_id, _anchor="restrictions"))


def _kind(text: str) -> RestrictionKind:
    try:
        return RestrictionKind(text)
    except ValueError:
        abort(404)


def _debtor(case_id: str, number: int) -> tuple[Case, Debtor]:
    store = services().store
    case = store.case(CaseId(case_id))
    debtors = () if case is None else store.debtors(case.id)
    if case is None or not 0 < number <= len(debtors):
        abort(404)
    return case, debtors[number - 1]


def _form(
    case: Case,
    debtor: Debtor,
    number: int,
    kind: RestrictionKind,
    refused: RestrictionError | None = None,
) -> ResponseReturnValue:
    seizures = standing_seizures(services().store, case.id, debtor.id)
    return render_template(
        "restriction.html",
        case=case,
        number=number,
        debtor=debtor,
        kind=kind.value,
        title=label("restriction", kind),
        fields=FIELDS[kind],
        given=request.form,
        refused=() if refused is None else refused.findings,
        say=say,
        choices={
            "reason": [(each.value, say(each.label)) for each in ExemptionReason],
            "approved_by": [(each.value, say(each.label)) for each in _APPROVERS],
            "observation": [(each.value, say(each.label)) for each in Observation],
            "train": [(each.value, say(each.label)) for each in TrainClass],
            "seat": [(each.value, say(each.label)) for each in Seat],
            "seizure": [(one.id, plate) for one, plate in seizures],
        },
        roles=[(each.value, say(each.label)) for each in Role],
    )
