"""A plan's way to the partners: a commander releases it, then stations see their part.

The rules are asked again each time, about the cases as they stand now: a debtor who settled
since the plan was made is not released, shared or exported. Of two plans around an approval one
is released, the approved one only where the signatures came by the hour.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from data.errors import StoreError
from data.model import Action, BranchOn
from data.store import Store
from geo.messages import Message, message
from routes.model import ActionId, SupportRequest, SupportState, Verdict
from routes.planning.concerned import steps_of
from routes.planning.problem import Plan, PlanFinding, Problem
from routes.planning.recheck import recheck
from routes.planning.support import Ask
from web.errors import ApprovalError
from web.formats import moment_text
from web.signatures import last_moment, read_signatures
from web.step_records import RuleSources, files_of_steps
from web.support_board import asks_of, latest_by_ask, refused

__all__ = [
    "Warnings",
    "advised_instead",
    "blocks",
    "current_findings",
    "draft_mark",
    "refuse_blocked",
    "refuse_unsigned",
    "release_plan",
    "share_plan",
    "warnings_of",
    "withdraw_plan",
]

LONGEST_REASON = 500
"""Characters that the reason for an override may have."""


@dataclass(frozen=True, slots=True)
class Warnings:
    """The warnings of a plan, for a person to acknowledge.

    Parameters
    ----------
    counts
        By rule, how many, in the order of the plan.
    digest
        Stands for what they say; another once one of them changed. Empty where there are none.
    """

    counts: Mapping[str, int]
    digest: str


def current_findings(
    sources: RuleSources, problem: Problem, plan: Plan, *, say: Callable[[Message], str] = str
) -> tuple[PlanFinding, ...]:
    """Return what the rules say now of a plan's visits and duties; ``say`` puts it into words."""
    return recheck(
        problem,
        plan,
        cases=sources.store,
        field=sources.store,
        calendar=sources.calendar,
        profile=sources.profile,
        now=sources.clock(),
        areas=sources.areas,
        steps=files_of_steps(sources, steps_of(problem, plan)),
        say=say,
    )


def blocks(findings: tuple[PlanFinding, ...]) -> tuple[PlanFinding, ...]:
    """Return the findings that forbid a stop of the plan."""
    return tuple(one for one in findings if one.verdict == Verdict.BLOCK)


def refuse_blocked(findings: tuple[PlanFinding, ...], action_id: ActionId) -> None:
    """Raise where the plan holds a stop that the rules forbid now.

    Raises
    ------
    ApprovalError
        With the number of forbidden stops and the first reason.
    """
    found = blocks(findings)
    if found:
        raise ApprovalError(
            "计划 %(id)s 有 %(count)d 处现已禁止的走访或勤务（首处：%(rule)s %(text)s），"
            "不能发布、共享或导出；请重新制定计划",
            id=action_id,
            count=len(found),
            rule=found[0].rule,
            text=found[0].text,
        )


def refuse_unsigned(
    sources: RuleSources,
    problem: Problem,
    plan: Plan,
    findings: tuple[PlanFinding, ...],
    action_id: ActionId,
) -> None:
    """Raise where a finding asks for a signature that nobody gave for all of its visits.

    Raises
    ------
    ApprovalError
        With the number of such findings and the first rule.
    """
    waiting = read_signatures(sources.store, problem, plan, findings, at=sources.clock()).waiting
    if waiting:
        raise ApprovalError(
            "计划 %(id)s 有 %(count)d 项须签批而未签批（首项：%(rule)s），不能发布或共享；"
            "请先逐项签批",
            id=action_id,
            count=len(waiting),
            rule=waiting[0].rule,
        )


def warnings_of(findings: tuple[PlanFinding, ...]) -> Warnings:
    """Return what a plan warns of (LAW.md, Verdicts: shown, acknowledged, logged)."""
    found = [one for one in findings if one.verdict == Verdict.WARN]
    if not found:
        return Warnings({}, "")
    said = "\n".join(sorted(one.digest for one in found))
    return Warnings(
        Counter(one.rule for one in found), hashlib.sha256(said.encode()).hexdigest()[:32]
    )


def advised_instead(sources: RuleSources, action: Action) -> ActionId | None:
    """Return the plan that is advised in place of the other of two.

    Of two around an approval that with it, in place of the one without, where all its signatures
    came by the hour. Of two around the answers of stations the one for a refusal once a station
    refused, before that the one with the support, where its signatures came by the hour if the
    two wait for these besides. Never one that holds a forbidden stop.
    """
    if action.other_id is None:
        return None
    store, other_id = sources.store, action.other_id
    on = action.branch_on or BranchOn.APPROVAL
    if on.on_stations:
        asks_id = action.id if action.approved else other_id
        if bool(action.approved) is not refused(store, asks_id):
            return None
    elif action.approved is not False:
        return None
    problem, plan = store.problem(other_id), store.plan(other_id)
    if problem is None or plan is None:
        return None
    findings = current_findings(sources, problem, plan)
    if blocks(findings):
        return None
    by_hour = on.on_signatures and not action.approved
    late = by_hour and _waiting_by(sources, problem, plan, findings, action.approval_by)
    return None if late else other_id


def draft_mark(
    sources: RuleSources,
    action_id: ActionId,
    problem: Problem,
    plan: Plan,
    findings: tuple[PlanFinding, ...],
    *,
    draft: bool,
) -> Message | None:
    """Return what an export of a plan is marked with; None where it is signed and released.

    Parameters
    ----------
    draft
        Whether the caller takes a draft.

    Raises
    ------
    ApprovalError
        If it is a draft and the caller takes none.
    """
    waiting = read_signatures(sources.store, problem, plan, findings, at=sources.clock()).waiting
    action = sources.store.action(action_id)
    released = action is not None and action.released_at is not None
    if released and not waiting:
        return None
    if draft:
        return message("草稿 · 未签批") if waiting else message("草稿 · 未发布")
    if waiting:
        raise ApprovalError(
            "计划 %(id)s 有 %(count)d 项须签批而未签批（首项：%(rule)s），不能正式导出；"
            "请在计划页签批并发布，或加 --draft 导出草稿",
            id=action_id,
            count=len(waiting),
            rule=waiting[0].rule,
        )
    raise ApprovalError(
        "计划 %(id)s 尚未发布，不能正式导出；请在计划页发布，或加 --draft 导出草稿", id=action_id
    )


def release_plan(
    sources: RuleSources,
    action_id: ActionId,
    problem: Problem,
    plan: Plan,
    *,
    by: str,
    acknowledged: str = "",
    override_reason: str = "",
) -> None:
    """Release a plan whose findings are all signed and whose warnings are acknowledged.

    Parameters
    ----------
    acknowledged
        Digest of the warnings that the account was shown and acknowledged.
    override_reason
        Why this plan although another one is advised; looked at only where one is.

    Raises
    ------
    ApprovalError
        If the plan or the other of two is released already, holds a forbidden stop, lacks a
        signature or had it after the hour, warns of something that nobody acknowledged, or goes
        against what is advised without a reason.
    """
    action = sources.store.action(action_id)
    if action is None or action.released_at is not None:
        raise ApprovalError("计划 %(id)s 不存在或已经发布", id=action_id)
    findings = current_findings(sources, problem, plan)
    refuse_blocked(findings, action_id)
    refuse_unsigned(sources, problem, plan, findings, action_id)
    _refuse_late(sources, action, problem, plan, findings)
    told = warnings_of(findings)
    if told.digest != acknowledged:
        raise ApprovalError(
            "计划 %(id)s 有 %(count)d 项警示（规则 %(rules)s）未经确认或已变化；"
            "请逐条查看，勾选确认后再发布",
            id=action_id,
            count=sum(told.counts.values()),
            rules=" ".join(told.counts),
        )
    advised = advised_instead(sources, action)
    reason = override_reason.strip()
    on_stations = action.branch_on is not None and action.branch_on.on_stations
    if advised is not None and on_stations and not 0 < len(reason) <= LONGEST_REASON:
        raise ApprovalError(
            "按派出所的答复，建议发布计划 %(other)s；仍要发布 %(id)s 的，"
            "请写明理由（不超过 %(limit)d 字）",
            other=advised,
            id=action_id,
            limit=LONGEST_REASON,
        )
    if advised is not None and not 0 < len(reason) <= LONGEST_REASON:
        raise ApprovalError(
            "%(at)s 前已取得全部签批，建议发布计划 %(other)s；仍要发布 %(id)s 的，"
            "请写明理由（不超过 %(limit)d 字）",
            at="" if action.approval_by is None else moment_text(action.approval_by),
            other=advised,
            id=action_id,
            limit=LONGEST_REASON,
        )
    try:
        sources.store.release(
            action_id,
            by=by,
            warnings=told.counts,
            override_reason=None if advised is None else reason,
        )
    except StoreError as error:
        raise ApprovalError(error.message.msgid, **dict(error.message.facts)) from error


def withdraw_plan(sources: RuleSources, action_id: ActionId, *, by: str) -> None:
    """Take a release back; the stations' shares end.

    Raises
    ------
    ApprovalError
        If the plan is not released.
    """
    try:
        sources.store.withdraw(action_id, by=by)
    except StoreError as error:
        raise ApprovalError(error.message.msgid, **dict(error.message.facts)) from error


def _waiting_by(
    sources: RuleSources,
    problem: Problem,
    plan: Plan,
    findings: tuple[PlanFinding, ...],
    by: datetime | None,
) -> tuple[PlanFinding, ...]:
    """Return the findings that nobody had signed by a moment; by now where there is none."""
    return read_signatures(
        sources.store, problem, plan, findings, at=sources.clock(), given_by=by
    ).waiting


def _refuse_late(
    sources: RuleSources,
    action: Action,
    problem: Problem,
    plan: Plan,
    findings: tuple[PlanFinding, ...],
) -> None:
    """Raise where a plan for an approval by some hour got a signature after it."""
    if (
        not action.approved
        or action.approval_by is None
        or not (action.branch_on and action.branch_on.on_signatures)
    ):
        return
    late = _waiting_by(sources, problem, plan, findings, action.approval_by)
    if late:
        raise ApprovalError(
            "计划 %(id)s 须在 %(at)s 前取得签批，有 %(count)d 项签批晚于该时间（首项：%(rule)s）；"
            "请发布未批准时用的计划 %(other)s，或重新制定计划",
            id=action.id,
            at=moment_text(action.approval_by),
            count=len(late),
            rule=late[0].rule,
            other=action.other_id,
        )


def share_plan(
    sources: RuleSources,
    action_id: ActionId,
    problem: Problem,
    plan: Plan,
    *,
    by: str,
    document: str = "",
    answer_by: datetime | None = None,
) -> int:
    """Open each station's part until the last day ends, and ask for the support it is to give.

    Stops that have begun are not asked for; one that a station was asked for at the same hour
    is not asked for again unless it was withdrawn.

    Parameters
    ----------
    document
        Number of the assistance notice or agreement that the requests rest on (LAW.md L6). A
        checkpoint rests on the paper of its duty, where there is one.
    answer_by
        Aware; when an answer is too late. None: when the stop begins.

    Returns
    -------
    int
        How many stations were given leave now.

    Raises
    ------
    ApprovalError
        If the plan is not released, holds a forbidden stop, lacks a signature, its days are
        past, there is something to ask for and no document, or the term is past.
    """
    store, now = sources.store, sources.clock()
    action = store.action(action_id)
    if action is None or action.released_at is None:
        raise ApprovalError("计划 %(id)s 尚未发布，不能共享", id=action_id)
    expires_at = last_moment(problem, plan)
    if expires_at <= now:
        raise ApprovalError("计划 %(id)s 的日期已过，不能共享", id=action_id)
    findings = current_findings(sources, problem, plan)
    refuse_blocked(findings, action_id)
    refuse_unsigned(sources, problem, plan, findings, action_id)
    asks = [ask for ask in asks_of(store, sources.areas, problem, plan) if ask.station is not None]
    held = latest_by_ask(store.support_requests.for_action(action_id), asks)
    new = [ask for ask in asks if ask.starts_at > now and not _is_asked(ask, held.get(ask))]
    papers = {ask: _paper(store, ask) or document.strip() for ask in new}
    if not all(papers.values()):
        raise ApprovalError(
            "计划 %(id)s 有 %(count)d 项协助请求没有文书依据，未共享；"
            "请填写协助执行通知书或协作协议的文号",
            id=action_id,
            count=sum(not paper for paper in papers.values()),
        )
    if new and answer_by is not None and answer_by <= now:
        raise ApprovalError("计划 %(id)s 的答复期限已过，请给出以后的时间", id=action_id)
    opened = 0
    looks = store.support_requests.property_checks(action_id)
    promised = {one.station_id for one in looks if one.state is SupportState.CONFIRMED}
    for station_id in sorted(promised | {ask.station for ask in asks if ask.station is not None}):
        if all(one.action_id != action_id for one in store.shares.for_station(station_id, now)):
            store.shares.create(action_id, station_id, expires_at, by)
            opened += 1
    for ask, paper in papers.items():
        assert ask.station is not None
        store.support_requests.create(
            action_id,
            ask.station,
            ask.kind,
            ask.ref,
            ask.starts_at,
            ask.ends_at,
            by,
            is_duty=ask.is_duty,
            document=paper,
            expires_at=ask.starts_at if answer_by is None else min(answer_by, ask.starts_at),
            state=SupportState.SENT,
        )
    return opened


def _is_asked(ask: Ask, held: SupportRequest | None) -> bool:
    return held is not None and held.starts_at == ask.starts_at


def _paper(store: Store, ask: Ask) -> str:
    """Return the number of the paper of a duty; empty where it has none."""
    if not ask.is_duty:
        return ""
    duty = next((one for one in store.duties(ask.day) if one.id == ask.ref), None)
    return "" if duty is None or duty.basis is None else duty.basis.document.strip()
