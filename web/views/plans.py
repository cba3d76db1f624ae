"""The plan: map and time lists; a commander releases it, shares it and takes both back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from math import ceil

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from data.audit import of_ids
from data.masks import Sights
from data.rights import Right
from geo.errors import FieldwritError
from geo.localtime import LOCAL_ZONE, local_day
from geo.messages import message
from geo.model import Point
from routes.errors import ValueRangeError
from routes.model import ActionId
from routes.planning.problem import Plan, PlanFinding, Problem
from routes.rules import RULES
from routes.rules.signoffs import Role
from web.accounts import display_names
from web.approval import (
    advised_instead,
    blocks,
    current_findings,
    release_plan,
    share_plan,
    warnings_of,
    withdraw_plan,
)
from web.branch_board import branch_view
from web.duty_words import duty_words
from web.errors import ApprovalError
from web.hand_beside import standing_plan
from web.hand_drafts import drafts_of
from web.labels import label, labels_of, say
from web.maps import Overlay, build_shell
from web.overview import map_centre
from web.plan_board import PlanPage, build_plan_page, left_out, plan_json
from web.plan_list import plan_lines
from web.property_checks import check_views, visits_to_check
from web.replan_board import KINDS, replan_form, replan_view
from web.route_lines import standing_lines
from web.security import account, has_right, needs, own_team, reaches_team, sights
from web.services import services
from web.share_board import Ending, ending, share_views
from web.sign_board import held_views, sign_groups
from web.signatures import Key, last_moment, read_signatures, sign
from web.support_board import support_views
from web.views.stored import own_part, stored_plan

bp = Blueprint("plans", __name__)

_LISTED = 12

_OVERLAYS = (Overlay("lines", message("路线")), Overlay("stops", message("停留")))


@bp.get("/plans")
@needs(Right.PLAN_READ)
def index() -> ResponseReturnValue:
    """List all plans, those that are carried out today first."""
    here = services()
    number = max(1, request.args.get("page", 1, type=int))
    lines, total = plan_lines(here, first=(number - 1) * _LISTED, count=_LISTED)
    pages = max(1, ceil(total / _LISTED))
    if number > pages:
        return redirect(url_for("plans.index", page=pages))
    return render_template(
        "plans.html",
        lines=lines,
        total=total,
        number=number,
        pages=pages,
        names=display_names(here.store),
    )


@bp.get("/plans/<action_id>")
@needs(Right.PLAN_READ)
def page(action_id: str) -> ResponseReturnValue:
    """Show one plan; names and addresses are an audited reading."""
    return _show(action_id)


def _show(action_id: str, *, asked: Ending | None = None) -> str:
    """Show a plan, and what would end where that is ``asked`` to be confirmed."""
    here = services()
    problem, plan = stored_plan(action_id)
    findings = current_findings(here, problem, plan, say=say)
    view = _page(
        action_id, problem, plan, findings, seen=sights() if has_right(Right.PERSON_READ) else None
    )
    if view.persons:
        here.store.audit.append(
            account().id, "person.read", f"action:{action_id}", of_ids("persons", view.persons)
        )
    centre, zoom = map_centre(here)
    if view.routes:
        centre = Point(*view.routes[0].base_lonlat)
    config = {
        "plan": url_for("plans.data", action_id=action_id),
        "texts": {
            "failed": _("数据读取失败，请刷新重试"),
            "empty": _("这份计划没有路线"),
            "base": _("驻地"),
            "base_letter": _("驻"),
            "fetch": _("接"),
            "fetching": label("stop_kind", "pick_up"),
            "p_found": _("找到概率"),
            "zoom_in": _("放大"),
            "zoom_out": _("缩小"),
        },
    }
    signatures = read_signatures(here.store, problem, plan, findings, at=here.clock())
    seen = {stop.ref for route in own_part(plan).routes for stop in route.stops}
    whole = reaches_team("")
    action, warnings = here.store.action(ActionId(action_id)), warnings_of(findings)
    held = here.store.replans.of(ActionId(action_id))
    return render_template(
        "plan.html",
        view=view,
        left=left_out(here.store, problem, plan),
        action=action,
        whole=whole,
        groups=sign_groups(view, signatures, problem) if whole else (),
        warnings=warnings,
        warned=[(rule, say(RULES[rule].title), n) for rule, n in warnings.counts.items()],
        advised=None if action is None or action.released_at else advised_instead(here, action),
        shares=share_views(here.store, ActionId(action_id)),
        support=()
        if action is None
        else [
            one
            for one in support_views(here.store, here.areas, here.clock, action, problem, plan)
            if one.ref in seen
        ],
        checks=[
            one
            for one in check_views(here.store, here.clock(), ActionId(action_id), problem)
            if one.request.ref in seen or whole
        ],
        to_check=visits_to_check(here.store, problem, own_part(plan)),
        signed=signatures.given,
        branches=None if action is None or not whole else branch_view(here, action, problem, plan),
        held=held_views(view, signatures.given, problem) if whole else (),
        replanned=None if held is None or not whole else replan_view(here.store, held, problem),
        later=here.store.replans.later(ActionId(action_id)),
        own_draft=drafts_of(current_app).held(account().id, ActionId(action_id)) is not None,
        standing=standing_plan(here.store, ActionId(action_id)),
        replan_form=replan_form(here.store, here.clock, ActionId(action_id), problem, plan),
        disturbance_kinds=[(kind, say(text)) for kind, text in KINDS.items()],
        say=say,
        last_day=local_day(last_moment(problem, plan) - timedelta(seconds=1)),
        blocks=blocks(findings),
        formats=labels_of("plan_format")["plan_format"],
        ready=here.queue is not None,
        ending=asked,
        shell=build_shell(centre=centre, zoom=zoom, overlays=_OVERLAYS),
        config=config,
    )


@bp.get("/api/plans/<action_id>")
@needs(Right.PLAN_READ)
def data(action_id: str) -> ResponseReturnValue:
    """Answer with the routes as points and lines, without names."""
    here = services()
    problem, plan = stored_plan(action_id)
    lines = standing_lines(here, problem, plan)
    here.store.audit.append(account().id, "plan.map", f"action:{action_id}")
    return jsonify(plan_json(_page(action_id, problem, plan, (), seen=None), lines))


@bp.post("/plans/<action_id>/sign-offs")
@needs(Right.PLAN_RELEASE)
def sign_off(action_id: str) -> ResponseReturnValue:
    """Enter the paper that signs some findings of one rule."""
    here, form = services(), request.form
    problem, plan = stored_plan(action_id)
    try:
        signed = sign(
            here.store,
            problem,
            plan,
            current_findings(here, problem, plan),
            chosen={_key(text) for text in form.getlist("finding")},
            role=Role(form.get("role", "")),
            reason=form.get("reason", ""),
            document_no=form.get("document", ""),
            expires_on=date.fromisoformat(form.get("expires", "")),
            by=account().id,
        )
    except (ApprovalError, ValueRangeError) as error:
        return _refused(action_id, error)
    except ValueError:  # a role or a day that no form of ours sends
        abort(400)
    flash(_("已签批 %(count)d 项。", count=signed))
    return redirect(url_for("plans.page", action_id=action_id))


@bp.post("/plans/<action_id>/sign-offs/<sign_off_id>/withdraw")
@needs(Right.PLAN_RELEASE)
def withdraw(action_id: str, sign_off_id: str) -> ResponseReturnValue:
    """End a signature of this plan before its term; it is kept."""
    here = services()
    problem, plan = stored_plan(action_id)
    findings = current_findings(here, problem, plan)
    given = read_signatures(here.store, problem, plan, findings, at=here.clock()).given
    if sign_off_id not in {one.id for one in given.values()}:
        abort(404)
    here.store.sign_offs.withdraw(sign_off_id, account().id)
    flash(_("签批已撤回。"))
    return redirect(url_for("plans.page", action_id=action_id))


@bp.post("/plans/<action_id>/release")
@needs(Right.PLAN_RELEASE)
def release(action_id: str) -> ResponseReturnValue:
    """Approve a plan whose findings are all signed and whose warnings were read."""
    problem, plan = stored_plan(action_id)
    try:
        release_plan(
            services(),
            ActionId(action_id),
            problem,
            plan,
            by=account().id,
            acknowledged=request.form.get("acknowledged", ""),
            override_reason=request.form.get("override_reason", ""),
        )
    except ApprovalError as error:
        return _refused(action_id, error)
    flash(_("计划已发布。"))
    return redirect(url_for("plans.page", action_id=action_id))


@bp.post("/plans/<action_id>/release/withdraw/ask")
@needs(Right.PLAN_RELEASE)
def ask_to_withdraw(action_id: str) -> ResponseReturnValue:
    """Show what ends with the release, to be confirmed."""
    stored_plan(action_id)
    return _show(action_id, asked=ending(services().store, ActionId(action_id)))


@bp.post("/plans/<action_id>/release/withdraw")
@needs(Right.PLAN_RELEASE)
def withdraw_release(action_id: str) -> ResponseReturnValue:
    """Take a release back, once somebody confirmed what ends with it: the shares, the requests."""
    stored_plan(action_id)
    if not _confirmed(ending(services().store, ActionId(action_id))):
        return redirect(url_for("plans.page", action_id=action_id))
    try:
        withdraw_plan(services(), ActionId(action_id), by=account().id)
    except ApprovalError as error:
        return _refused(action_id, error)
    flash(_("发布已撤回，共享已结束。"))
    return redirect(url_for("plans.page", action_id=action_id))


@bp.post("/plans/<action_id>/share")
@needs(Right.SHARE_WRITE)
def share(action_id: str) -> ResponseReturnValue:
    """Let each station that the plan concerns see its part, until the plan's last day ends."""
    here = services()
    problem, plan = stored_plan(action_id)
    try:
        opened = share_plan(
            here,
            ActionId(action_id),
            problem,
            plan,
            by=account().id,
            document=request.form.get("document", ""),
            answer_by=_local(request.form.get("answer_by", "")),
        )
    except ApprovalError as error:
        return _refused(action_id, error)
    flash(_("已共享给 %(count)d 个派出所。", count=opened))
    return redirect(url_for("plans.page", action_id=action_id))


@bp.post("/plans/<action_id>/shares/<share_id>/end/ask")
@needs(Right.SHARE_WRITE)
def ask_to_unshare(action_id: str, share_id: str) -> ResponseReturnValue:
    """Show what ends with a station's share, to be confirmed."""
    return _show(action_id, asked=_share_ending(action_id, share_id))


@bp.post("/plans/<action_id>/shares/<share_id>/end")
@needs(Right.SHARE_WRITE)
def unshare(action_id: str, share_id: str) -> ResponseReturnValue:
    """End what one station sees of a plan before its time, once that was confirmed."""
    store = services().store
    if not _confirmed(_share_ending(action_id, share_id)):
        return redirect(url_for("plans.page", action_id=action_id))
    store.shares.revoke(share_id, account().id)
    flash(_("共享已结束，该所不再看到本计划。"))
    return redirect(url_for("plans.page", action_id=action_id))


def _share_ending(action_id: str, share_id: str) -> Ending:
    store = services().store
    if share_id not in {one.id for one in store.shares.for_action(ActionId(action_id))}:
        abort(404)
    return ending(store, ActionId(action_id), share_id)


def _confirmed(what: Ending) -> bool:
    """Whether the form confirms just what would end now; says so where it does not."""
    form = request.form
    held = form.get("confirmed") == "1" and form.get("counted") == what.counted
    if not held:
        flash(_("共享或答复有变化，或没有勾选确认；请核对后再确认一次。"), "error")
    return held


def _local(text: str) -> datetime | None:
    """Return the moment that a field of date and time names, None where it is empty."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=LOCAL_ZONE)
    except ValueError:
        abort(400)


def _key(text: str) -> Key:
    """Return the key that a form sends; nothing waits under that of another text."""
    rule, _between, rest = text.partition("|")
    subject, _between, digest = rest.rpartition("|")
    return rule, subject, digest


def _refused(action_id: str, error: FieldwritError) -> ResponseReturnValue:
    flash(error.message.render(_), "error")
    return redirect(url_for("plans.page", action_id=action_id))


def _page(
    action_id: str,
    problem: Problem,
    plan: Plan,
    findings: Sequence[PlanFinding],
    *,
    seen: Sights | None,
) -> PlanPage:
    store = services().store
    action = store.action(ActionId(action_id))
    requests = store.support_requests.for_action(ActionId(action_id))
    return build_plan_page(
        action_id=ActionId(action_id),
        released_at=None if action is None else action.released_at,
        problem=problem,
        plan=plan,
        store=store,
        findings=findings,
        escort_states={request.ref: str(request.state) for request in requests},
        sights=seen,
        team=own_team(),
        duties=duty_words(store, problem),
    )
