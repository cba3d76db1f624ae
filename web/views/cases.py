"""The list of cases and the page of one case."""

from __future__ import annotations

from math import ceil

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.audit import of_ids
from data.case_lists import CaseFilter
from data.masks import PersonField, Sights
from data.rights import Right
from data.sent_outcomes import WithdrawnFor
from geo.messages import message
from geo.model import Point
from routes.errors import CaseNumberError
from routes.measures import MeasureKind
from routes.model import Case, CaseId, CaseNumber
from web.case_file import build_case_page, claims_json
from web.case_questions import read_answers
from web.errors import AnswerFormError
from web.labels import labels_of, say
from web.maps import Overlay, build_shell
from web.measure_board import case_steps
from web.overview import map_centre
from web.restrictions import restriction_views
from web.security import account, has_right, needs, own_team, sights
from web.services import services

bp = Blueprint("cases", __name__)

_PAGE_ROWS = 50
_OVERLAYS = (Overlay("claims", message("地址线索")),)


@bp.get("/cases")
@needs(Right.CASE_READ)
def index() -> ResponseReturnValue:
    """List cases without names; filters are codes."""
    store = services().store
    words = labels_of("case_kind", "case_status", "grade")
    filters = (
        ("kind", _("案由"), tuple(words["case_kind"].items())),
        ("status", _("状态"), tuple(words["case_status"].items())),
        ("grade", _("名单等级"), tuple(words["grade"].items())),
    )
    chosen = {name: request.args.get(name, "") for name, _text, _choices in filters}
    for name, _text, choices in filters:
        if chosen[name] not in dict(choices):
            chosen[name] = ""
    wanted = CaseFilter(**chosen)
    number = max(1, request.args.get("page", 1, type=int))
    listed = store.case_lines(wanted, first=(number - 1) * _PAGE_ROWS, count=_PAGE_ROWS)
    pages = max(1, ceil(listed.total / _PAGE_ROWS))
    if number > pages:
        number = pages
        listed = store.case_lines(wanted, first=(number - 1) * _PAGE_ROWS, count=_PAGE_ROWS)
    shown = listed.lines
    store.audit.append(account().id, "cases.list", "store:-", {"cases": len(shown)})
    rows = [
        {
            "id": line.point.id,
            "number": line.number,
            "kind": line.point.kind,
            "status": line.point.status,
            "grade": line.point.grade,
            "filed_on": line.filed_on,
            "claim_yuan": line.claim_yuan,
            "claims": line.point.claims,
            "precision": line.point.precision,
        }
        for line in shown
    ]
    return render_template(
        "cases.html",
        rows=rows,
        total=listed.total,
        page=number,
        pages=pages,
        filters=filters,
        chosen=chosen,
        chosen_given={name: code for name, code in chosen.items() if code},
    )


@bp.post("/cases/find")
@needs(Right.CASE_READ)
def find() -> ResponseReturnValue:
    """Lead to the case with this number, or to those whose debtor is called or sounds so.

    What was typed travels in the body, not in a URL.
    """
    store, typed = services().store, request.form.get("number", "").strip()
    problem = None
    try:
        CaseNumber.parse(typed)
    except CaseNumberError as error:
        problem = error.message
    persons = has_right(Right.PERSON_READ)
    found = store.find_cases(typed) if persons else store.find_numbers(typed)
    if problem is not None and not persons and not found:
        flash(problem.render(_), "error")
        return redirect(url_for("cases.index"))
    if problem is not None and persons:
        store.audit.append(account().id, "person.search", "store:-", of_ids("found", found))
    if len(found) == 1:
        return redirect(url_for("cases.page", case_id=found[0]))
    if not found:
        flash(_("没有符合的案件；可用案号、姓名中相连的两个字以上、拼音或首字母查找。"), "error")
        return redirect(url_for("cases.index"))
    cases = [case for one in found[:_PAGE_ROWS] if (case := store.case(one)) is not None]
    return render_template("cases_found.html", cases=cases, total=len(found))


@bp.get("/cases/<case_id>")
@needs(Right.PERSON_READ)
def page(case_id: str) -> ResponseReturnValue:
    """Show one case with names and addresses; the reading is audited."""
    return _shown(case_id, sights(), "person.read")


@bp.post("/cases/<case_id>/show")
@needs(Right.PERSON_SHOW)
def show(case_id: str) -> ResponseReturnValue:
    """Show one case with the identity numbers in full; that they were asked for is audited."""
    return _shown(case_id, sights(PersonField.ID_NUMBER), "person.show")


def _shown(case_id: str, seen: Sights, act: str) -> ResponseReturnValue:
    here = services()
    view = build_case_page(_case(case_id), here, seen, request.args, team=own_team())
    facts = {"persons": len(view.debtors), "answers": len(view.answers)}
    here.store.audit.append(account().id, act, f"case:{case_id}", facts)
    centre, zoom = map_centre(here)
    points = [c.lonlat for debtor in view.debtors for c in debtor.claims if c.lonlat]
    if points:
        centre, zoom = Point(*points[0]), 14
    config = {
        "claims": url_for("cases.data", case_id=case_id),
        "texts": {
            "p_place": _("在此概率"),
            "confidence": _("可信度"),
            "failed": _("数据读取失败，请刷新重试"),
            "zoom_in": _("放大"),
            "zoom_out": _("缩小"),
        },
    }
    return render_template(
        "case.html",
        view=view,
        in_full=bool(seen.asked),
        case=view.case,
        restrictions=restriction_views(here.store, view.case.id, seen),
        shell=build_shell(centre=centre, zoom=zoom, overlays=_OVERLAYS),
        config=config,
        steps=case_steps(here, view.case.id),
        say=say,
        measure_kinds=tuple(MeasureKind),
        withdrawn_for=tuple(WithdrawnFor),
        bands=labels_of("visit_band")["visit_band"],
        **labels_of("vulnerable", "situation", "check", "check_answer"),
        measure_debtors=[(each.id, each.name) for each in view.debtors],
    )


@bp.post("/cases/<case_id>/asked")
@needs(Right.COURT_WRITE)
def answer(case_id: str) -> ResponseReturnValue:
    """Keep what was asked before a visit: people at the place, major matter, objection."""
    store, case = services().store, _case(case_id)
    try:
        answers = read_answers(request.form, store.debtors(case.id))
        answered = store.answer_case(case.id, answers, by=account().id)
    except AnswerFormError as error:
        flash(error.message.render(_), "error")
    else:
        flash(_("答复已登记。") if answered else _("答复没有变化。"))
    return redirect(url_for("cases.page", case_id=case_id, _anchor="asked"))


@bp.get("/api/cases/<case_id>")
@needs(Right.PERSON_READ)
def data(case_id: str) -> ResponseReturnValue:
    """Answer with the points of one case's address claims; the reading is audited."""
    case = _case(case_id)
    points, persons = claims_json(case, services())
    services().store.audit.append(
        account().id, "places.read", f"case:{case_id}", {"persons": persons}
    )
    return jsonify(points)


def _case(case_id: str) -> Case:
    case: Case | None = services().store.case(CaseId(case_id))
    if case is None:
        abort(404)
    return case
