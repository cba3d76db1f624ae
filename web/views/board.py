"""The plan board: visits moved by hand on a working draft, tried at once, kept as a new plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

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
from flask_wtf.csrf import generate_csrf

from data.audit import of_ids
from data.errors import StaleError
from data.masks import PersonField
from data.rights import Right
from geo.errors import FieldwritError
from geo.messages import message
from geo.model import Point
from routes.model import ActionId, DebtorId
from routes.planning.concerned import debtors_of
from routes.planning.figures import compare
from web.accounts import display_names
from web.branch_board import branch_view
from web.errors import BoardError
from web.hand_beside import beside_json, standing_plan, take_up
from web.hand_board import (
    board_json,
    change_of,
    comparison_json,
    room_json,
    title_of,
    try_json,
)
from web.hand_desk import Desk, Desks, refuse_replaced, save
from web.hand_drafts import Draft, Drafts, drafts_of
from web.labels import say
from web.maps import Overlay, build_shell
from web.overview import map_centre
from web.route_lines import standing_lines
from web.security import account, has_right, needs, sights
from web.sent import sent_object
from web.services import services
from web.views.stored import stored_plan

bp = Blueprint("board", __name__)

_OVERLAYS = (
    Overlay("lines", message("路线")),
    Overlay("stops", message("停留")),
    Overlay("candidates", message("未排入")),
)
_DESKS = "fieldwrit_desks"
_LINES_KEPT = 500
_PLANS_OFFERED = 30
_TITLES = 5


@bp.get("/plans/<action_id>/board")
@needs(Right.PLAN_WRITE)
def page(action_id: str) -> ResponseReturnValue:
    """Show the board with the account's own draft of the plan; names are an audited reading."""
    here = services()
    try:
        refuse_replaced(here.store, ActionId(action_id))
        draft = _draft(action_id)
        desk = draft.desk
    except StaleError as error:
        return _stale(action_id, error)
    except FieldwritError as error:
        flash(error.message.render(_), "error")
        return redirect(url_for("plans.page", action_id=action_id))
    centre, zoom = map_centre(here)
    if desk.problem.shifts:
        bases = {place.id: place for place in desk.problem.places}
        base = bases[desk.problem.shifts[0].start_place]
        centre = Point(base.lon, base.lat)
    names = _names(desk) if has_right(Right.PERSON_READ) else {}
    if names:
        here.store.audit.append(
            account().id, "person.read", f"action:{action_id}", of_ids("persons", names)
        )
    action = here.store.action(ActionId(action_id))
    config = {
        "board": url_for("board.state", action_id=action_id),
        "tries": url_for("board.tries", action_id=action_id),
        "room": url_for("board.room", action_id=action_id),
        "draft": url_for("board.step", action_id=action_id),
        "lines": url_for("board.lines", action_id=action_id),
        "names": names,
        "csrf": generate_csrf(),
        "texts": _texts(),
    }
    return render_template(
        "board.html",
        action_id=action_id,
        released=action is not None and action.released_at is not None,
        branches=None if action is None else branch_view(here, action, *stored_plan(action_id)),
        action=action,
        say=say,
        days=sorted({shift.day for shift in desk.problem.shifts}),
        others=[one for one in reversed(here.store.action_ids()) if one != action_id][
            :_PLANS_OFFERED
        ],
        shell=build_shell(centre=centre, zoom=zoom, overlays=_OVERLAYS),
        config=config,
    )


@bp.get("/api/plans/<action_id>/draft")
@needs(Right.PLAN_WRITE)
def state(action_id: str) -> ResponseReturnValue:
    """Answer with the board as the account's draft has it."""
    return jsonify(_state(_draft(action_id)))


@bp.post("/api/plans/<action_id>/tries")
@needs(Right.PLAN_WRITE)
def tries(action_id: str) -> ResponseReturnValue:
    """Answer with what a change would come to; the draft stays as it is."""
    draft = _draft(action_id)
    tried = draft.desk.tries.tried(draft.hand, change_of(sent_object()))
    return jsonify(try_json(draft.desk, draft.hand, tried, say))


@bp.post("/api/plans/<action_id>/room")
@needs(Right.PLAN_WRITE)
def room(action_id: str) -> ResponseReturnValue:
    """Answer with when a stop, or who is in no route, may begin, by shift."""
    draft, body = _draft(action_id), sent_object()
    ref, subject, second = body.get("ref", ""), body.get("subject", ""), body.get("second")
    if not (isinstance(ref, str) and isinstance(subject, str)):
        raise BoardError("提交的内容不是计划的改动，请刷新页面后重试")
    tries, is_second = draft.desk.tries, second is True
    rooms = tries.room(draft.hand, ref, subject, second=is_second)
    tasks = tries.options_of(ref, subject)
    return jsonify(room_json(draft.desk, rooms, tasks, second=is_second))


@bp.post("/api/plans/<action_id>/draft")
@needs(Right.PLAN_WRITE)
def step(action_id: str) -> ResponseReturnValue:
    """Take a change into the draft, or go back or on in it; answers with the board."""
    draft, body = _draft(action_id), sent_object()
    if body.get("number") != draft.number:
        return jsonify(error=_("草稿已在另一窗口改动，请刷新后重试")), 409
    match body.get("act"):
        case "undo":
            made = draft.moved(-1)
        case "redo":
            made = draft.moved(1)
        case "discard":
            made = draft.moved(-draft.at)
        case "change":
            given = body.get("change")
            change, tries = change_of(given if isinstance(given, dict) else {}), draft.desk.tries
            tried = tries.tried(draft.hand, change)
            others = tries.elsewhere(draft.hand, change, tried)
            told = try_json(draft.desk, draft.hand, tried, say, elsewhere=others)
            if not told["lawful"]:
                return jsonify(error=_refusal(told), tried=told), 422
            made = draft.with_step(tried.made)
        case _:
            abort(400)
    _drafts().put(account().id, ActionId(action_id), made, instead_of=draft)
    return jsonify(_state(made))


@bp.get("/api/plans/<action_id>/draft/lines")
@needs(Right.PLAN_WRITE)
def lines(action_id: str) -> ResponseReturnValue:
    """Answer with the ways of the draft's routes along the roads, by shift."""
    here, draft = services(), _draft(action_id)
    desk, plan = draft.desk, draft.hand.plan
    new = [route for route in plan.routes if route not in desk.lines]
    if len(desk.lines) > _LINES_KEPT:
        desk.lines.clear()
        new = list(plan.routes)
    found = standing_lines(here, desk.problem, replace(plan, routes=tuple(new)))
    for route in new:
        desk.lines[route] = found[route.shift].round(5).tolist()
    here.store.audit.append(account().id, "plan.map", f"action:{action_id}")
    return jsonify(lines={route.shift: desk.lines[route] for route in plan.routes})


@bp.post("/plans/<action_id>/board/save")
@needs(Right.PLAN_WRITE)
def keep(action_id: str) -> ResponseReturnValue:
    """Store the draft as a new plan that waits for its signatures and its release."""
    draft = _draft(action_id)
    try:
        if not draft.changed:
            raise BoardError("草稿没有改动，无须另存")
        if request.form.get("number") != str(draft.number):
            raise BoardError("草稿已在另一窗口改动，请刷新后重试")
        made = save(services(), draft.desk, draft.hand, by=account().id)
    except StaleError as error:
        return _stale(action_id, error)
    except FieldwritError as error:
        flash(error.message.render(_), "error")
        return redirect(url_for("board.page", action_id=action_id))
    for each in (ActionId(action_id), *draft.carries):
        _drafts().drop(account().id, each)
    flash(_("已另存为 %(id)s，须重新签批和发布后才执行。", id=made))
    return redirect(url_for("plans.page", action_id=made))


@bp.get("/plans/<action_id>/compare")
@needs(Right.PLAN_WRITE)
def comparison(action_id: str) -> ResponseReturnValue:
    """Show how another stored plan differs from this one, with the account's own draft of it."""
    here, other_id = services(), request.args.get("other", "")
    draft = _drafts().held(account().id, ActionId(action_id))
    if draft is not None:
        return _beside(action_id, draft, other_id)
    problem, plan = stored_plan(action_id)
    other_problem, other = stored_plan(other_id)
    told = compare(problem, plan, other_problem, other)
    cases = here.store.case_names(debtors_of(problem) | debtors_of(other_problem))
    return render_template(
        "compare.html",
        action_id=action_id,
        other_id=other_id,
        told=comparison_json(cases, other_problem, told),
    )


@bp.post("/plans/<action_id>/board/take-up")
@needs(Right.PLAN_WRITE)
def take_up_draft(action_id: str) -> ResponseReturnValue:
    """Take the account's draft of a plan up in its draft of the one that took that one's place."""
    draft = _drafts().held(account().id, ActionId(action_id))
    newest = standing_plan(services().store, ActionId(action_id))
    if draft is None or newest == action_id:
        return redirect(url_for("board.page", action_id=newest))
    try:
        onto = _draft(newest)
        made, told = take_up(onto.desk, onto, draft, say)
        if not told.left:
            made = replace(made, carries=made.carries | draft.carries | {ActionId(action_id)})
        _drafts().put(account().id, newest, made, instead_of=onto)
    except FieldwritError as error:
        flash(error.message.render(_), "error")
        return redirect(url_for("board.comparison", action_id=action_id, other=newest))
    flash(_("已把 %(count)d 处改动带到 %(id)s 的草稿，可以逐步撤销；另存之后才生效。",
            count=len(told.steps), id=newest))  # fmt: skip
    if told.moved:
        flash(_("其中 %(count)d 处改到了附近的时间：%(titles)s",
                count=len(told.moved), titles=_titles(onto.desk, told.moved)))  # fmt: skip
    if told.left:
        left = tuple(one.subject for one in told.left)
        flash(_("有 %(count)d 处带不过来：%(titles)s。原草稿仍保留，可再对照。",
                count=len(left), titles=_titles(onto.desk, left)), "error")  # fmt: skip
    return redirect(url_for("board.page", action_id=newest))


@bp.post("/plans/<action_id>/board/drop")
@needs(Right.PLAN_WRITE)
def drop_draft(action_id: str) -> ResponseReturnValue:
    """Let the account's draft of a plan go."""
    if request.form.get("number") != _number(action_id):
        flash(_("草稿已在另一窗口改动，请刷新后重试"), "error")
        return redirect(url_for("board.page", action_id=action_id))
    _drafts().drop(account().id, ActionId(action_id))
    flash(_("草稿已放弃。"))
    newest = standing_plan(services().store, ActionId(action_id))
    return redirect(url_for("plans.page", action_id=newest))


def _number(action_id: str) -> str:
    draft = _drafts().held(account().id, ActionId(action_id))
    return "" if draft is None else str(draft.number)


def _stale(action_id: str, error: StaleError) -> ResponseReturnValue:
    """Lead to where the own draft stands beside the plan that took the place of its own."""
    flash(error.message.render(_), "error")
    if _drafts().held(account().id, ActionId(action_id)) is None:
        return redirect(url_for("plans.page", action_id=action_id))
    newest = standing_plan(services().store, ActionId(action_id))
    return redirect(url_for("board.comparison", action_id=action_id, other=newest))


def _beside(action_id: str, draft: Draft, other_id: str) -> ResponseReturnValue:
    here, problem_plan = services(), stored_plan(other_id)
    action = here.store.action(ActionId(other_id))
    return render_template(
        "beside.html",
        action_id=action_id,
        other_id=other_id,
        number=draft.number,
        is_standing=standing_plan(here.store, ActionId(action_id)) == other_id != action_id,
        made_at=None if action is None else action.made_at,
        made_by=None if action is None else display_names(here.store).get(action.made_by),
        told=beside_json(draft, ActionId(other_id), *problem_plan, here.store),
    )


def _titles(desk: Desk, subjects: tuple[str, ...]) -> str:
    """Return what some debtors and duties are called, the first few of them."""
    titles = [title_of(desk, one) for one in subjects[:_TITLES]]
    return "、".join(titles) + ("…" if len(subjects) > _TITLES else "")


def _state(draft: Draft) -> dict[str, Any]:
    store, action_id = services().store, draft.desk.action_id
    requests = store.support_requests.for_action(action_id)
    told = board_json(draft, {one.ref: str(one.state) for one in requests}, say)
    newest = standing_plan(store, action_id)
    if newest != action_id:
        told["beside"] = url_for("board.comparison", action_id=action_id, other=newest)
    return told


def _draft(action_id: str) -> Draft:
    """Return the account's draft of a plan, begun where there is none."""
    known = ActionId(action_id)

    def begun() -> Draft:
        problem, plan = stored_plan(action_id)
        desks: Desks = current_app.extensions.setdefault(_DESKS, Desks())
        desk = desks.of(services(), known, problem, plan)
        return Draft(desk, (desk.begin,))

    return _drafts().of(account().id, known, begun)


def _drafts() -> Drafts:
    return drafts_of(current_app)


def _refusal(told: dict[str, Any]) -> str:
    said = [one["text"] for one in told["faults"]]
    said += [f"{one['rule']} {one['text']}" for one in told["new_findings"]
             if one["verdict"] == "block"]  # fmt: skip
    text: str = _("不能这样安排：%(why)s", why="；".join(said))
    return text


def _names(desk: Desk) -> dict[str, dict[str, str]]:
    """Return name and address of each debtor whom the board shows, as far as the role sees it."""
    found: dict[str, dict[str, str]] = {}
    seen = sights()
    for option in desk.problem.options:
        debtor = desk.people.debtors.get(DebtorId(option.debtor))
        if debtor is not None and option.debtor not in found:
            found[option.debtor] = {"name": seen.seen(PersonField.NAME, debtor.name) or ""}
    return found


def _texts() -> dict[str, str]:
    return {
        "failed": _("数据读取失败，请刷新重试"),
        "base": _("驻地"),
        "base_letter": _("驻"),
        "zoom_in": _("放大"),
        "zoom_out": _("缩小"),
        "p_found": _("找到概率"),
        "empty_lane": _("无停留"),
        "visits": _("{count} 处 · 行车 {travel} 分"),
        "hours": _("班次 {begin}–{end} · 日落 {sunset}"),
        "lawful": _("可以这样安排"),
        "unlawful": _("不能这样安排"),
        "nearest": _("改放 {at}"),
        "elsewhere": _("这一天这个小组没有可行的时间，可以改放："),
        "nowhere": _(
            "其他停留不动时，各小组各天都没有可行的时间；可先移出、移动其他停留或解锁后再试"
        ),
        "candidate": _("未排入，可走访的地点"),
        "second": _("两组同时到场，本组为第二组"),
        "fetched": _("先到派出所接人"),
        "any_team": _("不指定"),
        "with_team": _("另一组：{team}"),
        "others_move": _("其他停留最多移动 {minutes} 分钟"),
        "support_lost": _("派出所已确认的协助须重新请求：{titles}"),
        "new_finding": _("新增提示"),
        "gone_finding": _("不再提示"),
        "done": _("已改：{title}"),
        "undone": _("已撤销一步"),
        "redone": _("已重做一步"),
        "discarded": _("已放弃全部改动"),
        "add": _("加入"),
        "restore": _("恢复"),
        "barred": _("已排除"),
        "locked": _("已锁定"),
        "locked_minute": _("已锁定时间"),
        "frozen": _("已开始"),
        "joint": _("两组同时到场"),
        "escort": _("协助"),
        "findings": _("{count} 条规则提示"),
        "where": _("{team} {day} {at}"),
        "not_there": _("不在计划中"),
        "no_changes": _("还没有改动。"),
    }
