"""What is done with a step of enforcement: planned, decided, signed, scheduled, closed.

The rules are asked each time, about step, case, address, team, hours and property as they stand. A
step that they forbid is neither scheduled nor closed; what happened can always be entered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from data.measures import KeptItem, KeptStep, StepState
from data.sign_offs import add
from geo.localtime import DAY_S, local_day, moment_at
from routes.decisions import Decision
from routes.items import Item
from routes.measures import Beginning, Measure, MeasureKind, StepId
from routes.model import CaseId, ClaimId, DebtorId, Finding, TeamId
from routes.rules import has_block
from routes.rules.signoffs import LONGEST_TERM_D, Role, SignOff
from routes.step_files import check_who, decided_about, decided_on
from web.errors import MeasureError
from web.signatures import signed_by
from web.step_changes import corrects, refuse_change
from web.step_factors import factors_of, shown_digest, warned
from web.step_records import RuleSources, read_file
from web.step_standing import Standing, has_begun, standing

__all__ = [
    "CLOSING_RULES",
    "add_item",
    "change",
    "change_item",
    "close",
    "decide",
    "plan_step",
    "propose",
    "reopen",
    "schedule",
    "sign_step",
    "withdraw",
]

CLOSING_RULES = frozenset({"B6", "Z3", "R1", "R2"})
"""Rules about the record itself: what they ask for can still be made good, and must be."""


def plan_step(
    sources: RuleSources,
    *,
    case_id: CaseId,
    debtor_id: DebtorId,
    claim_id: ClaimId | None,
    kind: MeasureKind,
    by: str,
) -> KeptStep:
    """Enter a new step as a draft."""
    step = Measure(StepId("-"), kind, case_id, debtor_id, claim_id)
    return sources.store.measures.add(step, by=by)


def change(
    sources: RuleSources,
    kept: KeptStep,
    step: Measure,
    *,
    by: str,
    act: str = "step.change",
    reason: str = "",
    may_release: bool = False,
) -> KeptStep:
    """Keep what a step is to be, or what was done of it.

    A scheduled step that has not begun goes back to a draft where the rules now forbid it, such as
    where the decision to take it was about another step (P8). Of one that has begun, what was so
    before it is only corrected; the audit says so.

    Parameters
    ----------
    may_release
        Whether the account may release plans: only such a one corrects a step that has begun,
        with a reason.

    Raises
    ------
    MeasureError
        If the step has begun and another place is named, or the account may not correct it.
    """
    detail = None
    if has_begun(kept, sources.clock()):
        refuse_change(kept.step, step, may_release=may_release, reason=reason)
        detail = {"corrected": corrects(kept.step, step)}
    changed = _noted(sources, replace(kept, step=step, reason=reason.strip()))
    if _lost(sources, changed):
        changed = replace(changed, state=StepState.DRAFT)
    return sources.store.measures.revise(changed, act=act, by=by, detail=detail)


def add_item(
    sources: RuleSources, kept: KeptStep, item: Item, description: str, *, by: str
) -> KeptItem:
    """Enter a piece of property of a step; see :func:`change_item` for what becomes of it."""
    made = sources.store.measures.add_item(kept.step.id, item, description, by=by)
    _ask_again(sources, kept, by)
    return made


def change_item(
    sources: RuleSources, kept: KeptStep, changed: KeptItem, *, by: str, act: str = "item.change"
) -> KeptItem:
    """Keep what a piece of property is to be.

    As with :func:`change`, a scheduled step that has not begun goes back to a draft where the
    rules now forbid it.
    """
    made = sources.store.measures.revise_item(changed, by=by, act=act)
    _ask_again(sources, kept, by)
    return made


def _ask_again(sources: RuleSources, kept: KeptStep, by: str) -> None:
    if _lost(sources, kept):
        back = replace(kept, state=StepState.DRAFT, reason="")
        sources.store.measures.revise(back, act="step.unschedule", by=by)


def _lost(sources: RuleSources, kept: KeptStep) -> bool:
    """Whether a step is scheduled, has not begun, and is forbidden as it stands now."""
    waits = kept.state is StepState.SCHEDULED and not has_begun(kept, sources.clock())
    return waits and bool(standing(sources, kept).blocks)


def _noted(sources: RuleSources, kept: KeptStep) -> KeptStep:
    """Note what stands against a step when its first act is entered; nothing before that."""
    if kept.step.beginning is not None or not kept.step.under_way:
        return kept
    return _joined(sources, kept)


def _joined(sources: RuleSources, kept: KeptStep) -> KeptStep:
    """Join what stands against a step that has begun to what was noted before."""
    step, now = kept.step, sources.clock()
    held = step.beginning or Beginning(now)
    found = check_who(read_file(sources, kept), now=now, profile=sources.profile)
    joined = replace(held, findings=tuple(dict.fromkeys((*held.findings, *found))))
    return replace(kept, step=replace(step, beginning=joined))


def decide(sources: RuleSources, kept: KeptStep, *, reason: str, shown: str, by: str) -> KeptStep:
    """Enter a person's decision to take a step.

    It goes against what is advised where a rule still forbids the step or asks for a signature;
    the audit says so (LAW.md P8).

    Parameters
    ----------
    shown
        Digest of the factors that the account was shown.

    Raises
    ------
    MeasureError
        If the factors have changed since they were shown.
    ValueRangeError
        If the reason is blank.
    """
    now = standing(sources, kept)
    factors = factors_of(sources, now)
    if shown_digest(factors) != shown:
        raise MeasureError("作决定所依据的情况已变化，请查看后重新决定")
    against = [one for one in (*now.blocks, *now.waiting) if one.rule != "P8"]
    decision = Decision(
        f"step:{kept.step.id}",
        by,
        sources.clock(),
        reason.strip(),
        factors,
        bool(against),
        decided_on(now.file),
        decided_about(now.file),
    )
    decided = replace(kept, step=replace(kept.step, decision=decision), reason="")
    detail = {"override": decision.override, "factors": _rules(now.findings)}
    return sources.store.measures.revise(decided, act="step.decide", by=by, detail=detail)


def propose(
    sources: RuleSources, kept: KeptStep, *, starts_at: datetime, team_id: TeamId, by: str
) -> KeptStep:
    """Note a time and a team for a step, so that the rules about both are asked; a draft yet.

    Those of a step that has begun are noted once, where they never were; what the rules say then
    is joined to what stood against it.

    Raises
    ------
    MeasureError
        If there is no such team, the step has begun, or the time is past, but for a violent
        emergency.
    """
    if team_id not in {one.id for one in sources.store.teams()}:
        raise MeasureError("没有这个小组，请从列表中选择")
    begun, now = has_begun(kept, sources.clock()), sources.clock()
    if begun and kept.starts_at is not None and kept.team_id is not None:
        raise MeasureError(
            "步骤 %(id)s 已开始实施或实施时间已到，不能改期或更换小组；请登记现场情况后结束步骤",
            id=kept.step.id,
        )
    if starts_at < now and not (begun or kept.step.violent_emergency):
        raise MeasureError("实施时间已过，请选择今后的时间")
    if starts_at > now and begun:
        raise MeasureError("步骤已开始实施，请登记实际的开始时间")
    changed = replace(kept, state=StepState.DRAFT, starts_at=starts_at, team_id=team_id, reason="")
    if kept.step.under_way:
        changed = _joined(sources, changed)
    return sources.store.measures.revise(changed, act="step.propose", by=by)


def schedule(sources: RuleSources, kept: KeptStep, *, acknowledged: str = "", by: str) -> KeptStep:
    """Put a step with its time and team on the schedule.

    Parameters
    ----------
    acknowledged
        Digest of the warnings that the account was shown and acknowledged, see :func:`warned`.

    Raises
    ------
    MeasureError
        If a rule forbids it, a signature is missing, the step warns of something that nobody
        acknowledged, no time was noted or it is past, or an act of it is on record.
    """
    if kept.step.under_way:
        raise MeasureError("步骤已有现场记录，不再排期；请登记完现场情况后结束步骤")
    if kept.starts_at is None or kept.team_id is None:
        raise MeasureError("请先选定实施时间和小组")
    if kept.starts_at < sources.clock() and not kept.step.violent_emergency:
        raise MeasureError("实施时间已过，请选择今后的时间")
    changed = replace(kept, state=StepState.SCHEDULED, reason="")
    now = standing(sources, changed)
    if now.blocks:
        raise MeasureError(
            "步骤 %(id)s 有 %(count)d 项禁止事项（首项：%(rule)s %(text)s），不能排期",
            id=kept.step.id,
            count=len(now.blocks),
            rule=now.blocks[0].rule,
            text=now.blocks[0].message,
        )
    _refuse_unsigned(kept, now)
    warnings = warned(now)
    if warnings and shown_digest(warnings) != acknowledged:
        raise MeasureError(
            "步骤 %(id)s 有 %(count)d 项警示未确认（首项：%(text)s），请逐条查看后确认",
            id=kept.step.id,
            count=len(warnings),
            text=warnings[0],
        )
    detail = {
        "team": kept.team_id,
        "rules": _rules(now.findings),
        "acknowledged": len(warnings),
    }
    return sources.store.measures.revise(changed, act="step.schedule", by=by, detail=detail)


def close(sources: RuleSources, kept: KeptStep, *, breach_reason: str = "", by: str) -> KeptStep:
    """Close the record of a step that was taken.

    What the record itself lacks (:data:`CLOSING_RULES`) must be made good first. What else forbade
    the step when it was taken, or waited for a signature then, can't be undone any more: it is
    closed only with an explanation, which is kept with the rules that were broken.

    Raises
    ------
    MeasureError
        If the record lacks something, a breach is not explained, or the step has not begun.
    """
    if not has_begun(kept, sources.clock()):
        raise MeasureError("步骤 %(id)s 尚未实施，不能结束", id=kept.step.id)
    now = standing(sources, kept, closing=True)
    lacking = [one for one in now.blocks if one.rule in CLOSING_RULES]
    if lacking:
        raise MeasureError(
            "步骤 %(id)s 不能结束（%(count)d 项，首项：%(rule)s %(text)s）",
            id=kept.step.id,
            count=len(lacking),
            rule=lacking[0].rule,
            text=lacking[0].message,
        )
    broken = (*now.blocks, *now.waiting)
    if broken and not breach_reason.strip():
        raise MeasureError(
            "步骤 %(id)s 有 %(count)d 项违规（首项：%(rule)s %(text)s），"
            "须由有签批权限的人员写明经过和处理后方可结束",
            id=kept.step.id,
            count=len(broken),
            rule=broken[0].rule,
            text=broken[0].message,
        )
    closed = replace(kept, state=StepState.CLOSED, reason=breach_reason.strip())
    detail = {"breaches": _rules(broken)}
    return sources.store.measures.revise(closed, act="step.close", by=by, detail=detail)


def withdraw(
    sources: RuleSources, kept: KeptStep, *, reason: str, may_release: bool = False, by: str
) -> KeptStep:
    """Give a step up; all that was entered stays readable.

    Parameters
    ----------
    may_release
        Whether the account may release plans: only such a one says that a step whose start has
        come, or of which all acts were taken back, was not taken.

    Raises
    ------
    MeasureError
        If an act of it is on record, or its start has come and the account may not say so.
    """
    if kept.step.logged:
        raise MeasureError(
            "步骤 %(id)s 已有现场记录，不能撤回；请登记完现场情况后结束步骤", id=kept.step.id
        )
    if has_begun(kept, sources.clock()) and not may_release:
        raise MeasureError(
            "步骤 %(id)s 的实施时间已到，不能撤回；已实施的请登记现场情况后结束，"
            "未实施的由有签批权限的人员写明理由后撤回",
            id=kept.step.id,
        )
    ended = replace(kept, state=StepState.WITHDRAWN, reason=reason.strip())
    return sources.store.measures.revise(ended, act="step.withdraw", by=by)


def reopen(sources: RuleSources, kept: KeptStep, *, reason: str, by: str) -> KeptStep:
    """Take a closed step up again, to correct its record."""
    settled = kept.starts_at is not None and kept.team_id is not None
    state = StepState.SCHEDULED if settled else StepState.DRAFT
    again = replace(kept, state=state, reason=reason.strip())
    return sources.store.measures.revise(again, act="step.reopen", by=by)


def sign_step(
    sources: RuleSources,
    kept: KeptStep,
    *,
    digest: str,
    role: Role,
    reason: str,
    document_no: str,
    expires_on: date,
    by: str,
) -> None:
    """Enter the paper that signs one finding of a step.

    Raises
    ------
    MeasureError
        If the finding no longer waits, the office is too low, or the term does not reach to the
        step's end or is too long.
    ValueRangeError
        If reason or paper is missing.
    """
    now, at = standing(sources, kept), sources.clock()
    wanted = next((one for one in now.waiting if one.digest == digest), None)
    if wanted is None:
        raise MeasureError("所选事项已签批或已变化，请刷新页面后重新选择")
    if wanted not in now.signable:
        raise MeasureError("步骤已开始实施，事后签批不补足当时的签批；请在结束时写明经过和处理")
    if not role.may_sign_for(signed_by[wanted.rule]):
        raise MeasureError(
            "规则 %(rule)s 须由%(role)s签批", rule=wanted.rule, role=signed_by[wanted.rule].label
        )
    over = now.file.ends_at or at
    last = local_day(at) + timedelta(days=LONGEST_TERM_D)
    if not max(over, at) < moment_at(expires_on, DAY_S) or expires_on > last:
        raise MeasureError(
            "签批有效期须至少到实施当日（%(first)s），至多到 %(last)s",
            first=local_day(max(over, at)).isoformat(),
            last=last.isoformat(),
        )
    sign_off = SignOff(
        wanted.rule,
        wanted.subject,
        role,
        reason.strip(),
        document_no.strip(),
        by,
        at,
        moment_at(expires_on, DAY_S),
        wanted.digest,
    )
    with sources.store.write() as work:
        add(
            work,
            sign_off,
            factors=(one.rule for one in now.findings),
            override=has_block(now.findings),
        )


def _refuse_unsigned(kept: KeptStep, now: Standing) -> None:
    if now.waiting:
        raise MeasureError(
            "步骤 %(id)s 有 %(count)d 项须签批而未签批（首项：%(rule)s %(text)s），请先签批",
            id=kept.step.id,
            count=len(now.waiting),
            rule=now.waiting[0].rule,
            text=now.waiting[0].message,
        )


def _rules(findings: Iterable[Finding]) -> str:
    return " ".join(dict.fromkeys(one.rule for one in findings))
