"""Rules about bringing a person in (LAW.md C)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from geo.localtime import LOCAL_ZONE
from geo.messages import message
from routes.documents import Approver, DocumentKind
from routes.measures import ActKind, Measure, MeasureKind, TargetRole
from routes.model import DebtorKind, Verdict
from routes.rules.citations import cite
from routes.rules.clocks import held_time, questioning_limit_h
from routes.rules.measure_facts import (
    StepFacts,
    detained_since,
    lacks_document,
    step_facts,
)
from routes.rules.registry import Rule, Said, rule
from routes.rules.signoffs import Role

__all__ = ["SUMMONS_RULES", "clock_text", "step_and_day"]

_PERSON_TARGETS = frozenset({TargetRole.DEBTOR})
_COMPANY_TARGETS = frozenset(
    {TargetRole.LEGAL_REPRESENTATIVE, TargetRole.HEAD, TargetRole.ACTUAL_CONTROLLER}
)


def step_and_day(facts: StepFacts) -> tuple[str, ...]:
    """Return what a signature about a person's liberty rests on."""
    return step_facts(facts.step, facts.starts_at)


def clock_text(moment: datetime) -> str:
    """Return an aware moment as the court's clock shows it."""
    return moment.astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M")


@rule(
    "C1",
    message("拘传：经依法传唤无正当理由拒不到场，院长批准并发拘传票"),
    Verdict.BLOCK,
    cites=(cite("CPI", 482), cite("CPL", 119)),
)
def summons_documents(facts: StepFacts) -> Iterator[Said]:
    """No compelled attendance without lawful summons, unjustified absence and a warrant."""
    if facts.step.kind is not MeasureKind.SUMMONS:
        return
    yield from lacks_document(facts, DocumentKind.SUMMONS_PROOF, None)
    if not facts.step.absence_unjustified:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("未核实被传唤人无正当理由拒不到场，请核实原因并登记后再拘传"),
        )
    yield from lacks_document(facts, DocumentKind.SUMMONS_WARRANT, Approver.PRESIDENT)


@rule(
    "C2",
    message("拘传前说明拒不到场的后果"),
    Verdict.CHECKLIST,
    cites=(cite("CPI", 175),),
)
def warn_before_force(facts: StepFacts) -> Iterator[Said]:
    """Remind the crew to explain and persuade before any force."""
    step = facts.step
    if step.kind is MeasureKind.SUMMONS and step.first(ActKind.CONSEQUENCES_TOLD) is None:
        yield (
            Verdict.CHECKLIST,
            facts.subject,
            message("拘传票直接送达本人；先说明拒不到场的后果并批评教育，仍拒不到场的方可拘传"),
        )


@rule(
    "C3",
    message("调查询问不超过八小时；情况复杂且可能拘留的不超过二十四小时"),
    Verdict.BLOCK,
    Verdict.SIGN_OFF,
    Verdict.TIMER,
    cites=(cite("CPI", 482), cite("POLICY", "C3")),
    parameters=("questioning.most_h", "questioning.long_most_h", "questioning.alert_h"),
    signed_by=Role.PRESIDENT,
    rests_on=step_and_day,
)
def questioning_time(facts: StepFacts) -> Iterator[Said]:
    """Hold questioning to its hours, counted from the moment the person is under control.

    All spells of one summons count together, on whatever step they were entered, see
    :func:`routes.rules.clocks.held_time`. The record is not closed over somebody who was not
    let go.
    """
    step, subject = facts.step, facts.subject
    if step.kind is not MeasureKind.SUMMONS:
        return
    wants_long = step.complex_matter and step.detention_possible
    if wants_long:
        yield from lacks_document(
            facts, DocumentKind.LONG_QUESTIONING, Approver.PRESIDENT, Verdict.SIGN_OFF
        )
    same = facts.on_same_paper(DocumentKind.SUMMONS_WARRANT)
    if all(each.first(ActKind.CONTROLLED) is None for each in (step, *same)):
        if step.first(ActKind.QUESTIONING_STARTED) is not None:
            yield (
                Verdict.BLOCK,
                subject,
                message("已开始询问而未登记控制人身的时间，请立即补记，期限自控制时起算"),
            )
        return
    limit_h = questioning_limit_h(step, facts.profile, on=facts.on)
    held = held_time(step, same)
    limit = timedelta(hours=limit_h)
    until = None if held.since is None else held.since + limit - held.before
    if facts.closing and not _let_go(facts, same):
        yield (
            Verdict.BLOCK,
            subject,
            message("没有登记让其离开，也没有转为拘留；请先登记，未让其离开的立即让其离开"),
        )
    if held.before >= limit or (until is not None and facts.now >= until):
        yield (
            Verdict.BLOCK,
            subject,
            message(
                "调查询问累计已满 %(hours)d 小时，应当立即结束并让其离开，或依法另行决定",
                hours=limit_h,
            ),
        )
    elif until is not None:
        yield (
            Verdict.TIMER,
            subject,
            message(
                "调查询问须于 %(until)s 前结束（自控制人身起累计 %(hours)d 小时）",
                until=clock_text(until),
                hours=limit_h,
            ),
        )


def _let_go(facts: StepFacts, same: tuple[Measure, ...]) -> bool:
    """Whether the person was let go, or detained, after the last control of this step.

    The end of questioning stops its clock but lets nobody go.
    """
    step = facts.step
    held = (ActKind.CONTROLLED, ActKind.QUESTIONING_STARTED)
    last = max((act.at for act in step.acts if act.kind in held), default=None)
    if last is None:
        return True
    log = (act for each in (step, *same) for act in each.acts)
    let_go = any(act.kind is ActKind.RELEASED and act.at >= last for act in log)
    return let_go or detained_since(step, facts.others, last)


@rule(
    "C4",
    message("在辖区外拘传的，可带至当地人民法院"),
    Verdict.ROUTE,
    cites=(cite("CPI", 482),),
)
def summons_elsewhere(facts: StepFacts) -> Iterator[Said]:
    """Outside the district the person is brought to the court of the place, not home."""
    step = facts.step
    if step.kind is not MeasureKind.SUMMONS or step.to_local_court:
        return
    if step.inside_district is None:
        yield Verdict.ROUTE, facts.subject, message("未核实拘传地点是否在本院辖区，请核实后登记")
    elif not step.inside_district:
        yield (
            Verdict.ROUTE,
            facts.subject,
            message("拘传地点不在本院辖区，请带至当地人民法院询问并请其协助，不得押回本院"),
        )


@rule(
    "C5",
    message("拘传对象是被执行人或其法定代表人、负责人、实际控制人"),
    Verdict.BLOCK,
    cites=(cite("CPI", 482), cite("INV", 15)),
)
def summons_target(facts: StepFacts) -> Iterator[Said]:
    """Only the debtor, or who stands for a company, may be brought in."""
    if facts.step.kind is not MeasureKind.SUMMONS:
        return
    target = facts.step.target
    company = facts.debtor_kind is DebtorKind.COMPANY
    if target is None:
        yield Verdict.BLOCK, facts.subject, message("没有指明拘传对象，请登记其与案件的关系")
    elif target.role not in (_COMPANY_TARGETS if company else _PERSON_TARGETS):
        yield (
            Verdict.BLOCK,
            facts.subject,
            message(
                "拘传对象不是被执行人本人，也不是被执行单位的法定代表人、负责人或实际控制人，不得拘传；请更正对象"
            ),
        )


SUMMONS_RULES: tuple[Rule[StepFacts], ...] = (
    summons_documents,
    warn_before_force,
    questioning_time,
    summons_elsewhere,
    summons_target,
)
"""Rules about compelled attendance (拘传)."""
