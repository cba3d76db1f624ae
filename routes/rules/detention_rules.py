"""Rules about detention, and about whose liberty is not restrained at all (LAW.md D)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from geo.localtime import local_day
from geo.messages import message
from routes.documents import Approver, Document, DocumentKind
from routes.measures import ActKind, Condition, Deputy, MeasureKind, TargetRole
from routes.model import DebtorKind, Verdict
from routes.rules.citations import cite
from routes.rules.liberty_rules import clock_text, step_and_day
from routes.rules.measure_facts import (
    StepFacts,
    document_fault,
    has_reached,
    is_under,
    lacks_document,
)
from routes.rules.registry import Rule, Said, rule
from routes.rules.signoffs import Role

__all__ = ["DETENTION_RULES"]

_ILL = {
    Condition.MENTAL_ILLNESS,
    Condition.ISOLATING_INFECTION,
    Condition.LIFE_THREATENING_ILLNESS,
}
_UNFIT = {Condition.ISOLATING_INFECTION, Condition.LIFE_THREATENING_ILLNESS}
_TENDER = {Condition.PREGNANT, Condition.NURSING_INFANT}


@rule(
    "D1",
    message("拘留经院长批准并作出决定书，十五日以下，同一行为不连续适用"),
    Verdict.BLOCK,
    Verdict.SIGN_OFF,
    cites=(cite("CPL", 118, 119), cite("CPI", 178, 181, 184)),
    parameters=("detention.most_d",),
    signed_by=Role.PRESIDENT,
    rests_on=step_and_day,
)
def detention_decision(facts: StepFacts) -> Iterator[Said]:
    """No detention without the president's decision, its days and a new act.

    Violence against officers may come before the decision, which then may be of a later day, up to
    now; its days are not known yet. The president is told at once, and the record is not closed
    before the decision is there. Nobody knows of violence before it: ahead of time there is no
    emergency.

    A decision is carried out once: the days of all steps on its number count together.
    """
    step, subject = facts.step, facts.subject
    if step.kind is not MeasureKind.DETENTION:
        return
    decision = step.document(DocumentKind.DETENTION_DECISION)
    detained_at = step.first(ActKind.DETAINED, until=facts.now)
    emergency = step.violent_emergency and (facts.begun or detained_at is not None)
    if emergency:
        if detained_at is not None and step.first(ActKind.PRESIDENT_REPORTED) is None:
            yield (
                Verdict.BLOCK,
                subject,
                message("紧急情况先行拘留后没有登记报告院长，请立即报告并登记时间"),
            )
        if not facts.closing and not _made_by(decision, local_day(facts.now)):
            yield (
                Verdict.SIGN_OFF,
                subject,
                message(
                    "暴力抗拒等紧急情况先行拘留的，须立即报告院长并补办批准手续；不批准的立即解除"
                ),
            )
            if decision is None:
                return
    kind, signed_on = DocumentKind.DETENTION_DECISION, facts.on
    if emergency and decision is not None and decision.approved_on is not None:
        signed_on = max(facts.on, min(decision.approved_on, local_day(facts.now)))
    fault = document_fault(decision, kind, by=Approver.PRESIDENT, on=signed_on)
    if fault is not None:
        yield Verdict.BLOCK, subject, fault
    yield from _days_of_decision(facts)
    if not step.new_act:
        yield (
            Verdict.BLOCK,
            subject,
            message("未核实是否为新的妨害行为；对同一行为不得连续拘留，请核对既往决定后登记"),
        )


def _made_by(decision: Document | None, today: date) -> bool:
    """Whether a decision is there by a day: one that is dated later has not been made."""
    return (
        decision is not None and decision.approved_on is not None and decision.approved_on <= today
    )


def _days_of_decision(facts: StepFacts) -> Iterator[Said]:
    """Hold the days of a decision to their limit, over all detentions that it was used for."""
    step, subject = facts.step, facts.subject
    most_d = facts.profile.detention_most_d
    if step.detention_days is None or step.detention_days < 1:
        yield Verdict.BLOCK, subject, message("没有拘留天数，请按拘留决定书登记")
    elif step.detention_days > most_d:
        yield (
            Verdict.BLOCK,
            subject,
            message(
                "拘留 %(days)d 日超过 %(most)d 日的上限，请变更决定",
                days=step.detention_days,
                most=most_d,
            ),
        )
    served = [
        each
        for each in facts.on_same_paper(DocumentKind.DETENTION_DECISION)
        if each.first(ActKind.DETAINED) is not None
    ]
    total_d = sum(each.detention_days or most_d for each in (step, *served))
    if served and total_d > most_d:
        yield (
            Verdict.BLOCK,
            subject,
            message(
                "同一拘留决定书已另行执行 %(times)d 次，累计 %(days)d 日，超过 %(most)d 日的上限；"
                "不得再次执行，请核对既往步骤",
                times=len(served),
                days=total_d,
                most=most_d,
            ),
        )


@rule(
    "D2",
    message("拘留后二十四小时内通知家属，告知三日内可申请复议"),
    Verdict.BLOCK,
    Verdict.TIMER,
    cites=(cite("CPI", 180, 185),),
    parameters=("detention.family_notice_h",),
)
def detention_notices(facts: StepFacts) -> Iterator[Said]:
    """Set the timers of a detention until family and person have been told.

    A record is not closed over a notice that is overdue, was late or was never given.
    """
    step, subject = facts.step, facts.subject
    if step.kind is not MeasureKind.DETENTION:
        return
    if facts.closing:
        yield from _notices_broken(facts)
    told = (ActKind.FAMILY_NOTIFIED, ActKind.FAMILY_NOTICE_FAILED)
    if all(step.first(kind) is None for kind in told):
        detained_at = step.first(ActKind.DETAINED)
        if detained_at is None:
            text = message(
                "采取拘留后 %(hours)d 小时内通知家属，无法通知的记录在案",
                hours=facts.profile.family_notice_h,
            )
        else:
            due_at = detained_at + timedelta(hours=facts.profile.family_notice_h)
            text = (
                message("应于 %(until)s 前通知家属，无法通知的记录在案", until=clock_text(due_at))
                if facts.now < due_at
                else message(
                    "通知家属的期限已于 %(until)s 届满，请立即通知并记明原因",
                    until=clock_text(due_at),
                )
            )
        yield Verdict.TIMER, subject, text
    if step.first(ActKind.RECONSIDERATION_TOLD) is None:
        yield (
            Verdict.TIMER,
            subject,
            message("送达拘留决定书时告知：自收到之日起三日内可向上一级人民法院申请复议"),
        )


def _notices_broken(facts: StepFacts) -> Iterator[Said]:
    step = facts.step
    detained_at = step.first(ActKind.DETAINED)
    if detained_at is None:
        return
    due_at = detained_at + timedelta(hours=facts.profile.family_notice_h)
    kinds = (ActKind.FAMILY_NOTIFIED, ActKind.FAMILY_NOTICE_FAILED)
    told = [at for kind in kinds if (at := step.first(kind)) is not None]
    if min(told, default=facts.now) >= due_at:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("没有在 %(until)s 前通知家属，请写明经过和原因", until=clock_text(due_at)),
        )
    if step.first(ActKind.RECONSIDERATION_TOLD) is None:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("没有登记已告知被拘留人可申请复议，请告知并登记"),
        )


@rule(
    "D3",
    message("被拘留人在辖区外的，请当地人民法院协助"),
    Verdict.SIGN_OFF,
    cites=(cite("CPI", 179),),
    rests_on=step_and_day,
)
def detention_elsewhere(facts: StepFacts) -> Iterator[Said]:
    """Outside the district the court of the place is asked to help."""
    step = facts.step
    if step.kind is MeasureKind.DETENTION and step.inside_district is not True:
        yield from lacks_document(facts, DocumentKind.ASSISTANCE_LETTER, None, Verdict.SIGN_OFF)


@rule(
    "D4",
    message("精神病、须隔离的传染病、危及生命的重病不拘留；后两者不拘传"),
    Verdict.BLOCK,
    cites=(cite("DET", 19), cite("POLICY", "D4")),
)
def detention_health(facts: StepFacts) -> Iterator[Said]:
    """Nobody is detained whom the house of detention would have to let go for illness.

    Nor brought in by force with an infection or an illness that endangers life: policy, as the
    law says nothing of a summons.
    """
    step, subject = facts.step, facts.subject
    if not step.kind.restrains:
        return
    conditions = None if step.target is None else step.target.conditions
    if step.kind is MeasureKind.SUMMONS:
        if conditions is None:
            yield Verdict.BLOCK, subject, message("未核实健康状况，请询问并登记后再拘传")
        elif conditions & _UNFIT:
            yield (
                Verdict.BLOCK,
                subject,
                message("有须隔离治疗的传染病或可能危及生命的重病，不得拘传，请改为上门或书面询问"),
            )
        return
    if conditions is None:
        yield Verdict.BLOCK, subject, message("未核实健康状况，请询问或体检并登记后再拘留")
    elif conditions & _ILL:
        yield (
            Verdict.BLOCK,
            subject,
            message("有精神病、须隔离治疗的传染病或可能危及生命的重病，不得拘留，请改用其他措施"),
        )


@rule(
    "D5",
    message("未成年、七十周岁以上、怀孕或哺乳期的人不拘留；未成年人不拘传"),
    Verdict.BLOCK,
    cites=(cite("POLICY", "D5"), cite("PSP", 21)),
    parameters=("detention.adult_y", "detention.old_y"),
)
def detention_age(facts: StepFacts) -> Iterator[Said]:
    """No detention of the young, the old, the pregnant and nursing mothers.

    By analogy with public-order cases. A birthday itself counts to the protected side: the day
    of turning 18 and the day of turning 70 both block. A minor is not brought in by force either:
    policy, as who answers for a minor is the guardian. Of the debtor in person the number on file
    tells the birthday; a typed one that differs proves that one of them is wrong.
    """
    step, subject = facts.step, facts.subject
    if not step.kind.restrains:
        return
    target, born_on = step.target, _born_on(facts)
    if target is not None and target.born_on not in (None, born_on):
        yield (
            Verdict.BLOCK,
            subject,
            message("登记的出生日期与被执行人证件号码不符，请核对身份证件后更正"),
        )
    if step.kind is MeasureKind.SUMMONS:
        yield from _summons_of_minor(facts)
        return
    if born_on is None or born_on > facts.on:
        yield Verdict.BLOCK, subject, message("未核实年龄，请核对身份证件后登记出生日期")
    elif is_under(born_on, facts.profile.detention_adult_y, facts.on):
        yield (
            Verdict.BLOCK,
            subject,
            message(
                "不满 %(years)d 周岁，不得拘留；请改用其他措施",
                years=facts.profile.detention_adult_y,
            ),
        )
    elif has_reached(born_on, facts.profile.detention_old_y, facts.on):
        yield (
            Verdict.BLOCK,
            subject,
            message(
                "已满 %(years)d 周岁，不得拘留，请改用其他措施",
                years=facts.profile.detention_old_y,
            ),
        )
    if target is None or target.conditions is None:
        yield Verdict.BLOCK, subject, message("未核实是否怀孕或哺乳未满一周岁婴儿，请核实后登记")
    elif target.conditions & _TENDER:
        yield (
            Verdict.BLOCK,
            subject,
            message("怀孕或哺乳未满一周岁婴儿，不得拘留，请改用其他措施"),
        )


def _born_on(facts: StepFacts) -> date | None:
    """Return the birthday of the person by the number on file, else as it was typed."""
    target = facts.step.target
    if target is None:
        return None
    himself = target.role is TargetRole.DEBTOR and facts.debtor_kind is DebtorKind.PERSON
    return (facts.number_born_on if himself else None) or target.born_on


def _summons_of_minor(facts: StepFacts) -> Iterator[Said]:
    born_on, adult_y = _born_on(facts), facts.profile.detention_adult_y
    if born_on is None or born_on > facts.on:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("未核实年龄，请核对身份证件后登记出生日期"),
        )
    elif is_under(born_on, adult_y, facts.on):
        yield (
            Verdict.BLOCK,
            facts.subject,
            message(
                "不满 %(years)d 周岁，不得拘传；请传唤其法定代理人，在其陪同下询问", years=adult_y
            ),
        )


@rule(
    "D6",
    message("限制人大代表人身自由须经许可或报告"),
    Verdict.BLOCK,
    Verdict.CHECKLIST,
    cites=(cite("NPC", 39),),
)
def congress_deputy(facts: StepFacts) -> Iterator[Said]:
    """A deputy of county level or above is restrained by permission only."""
    step, subject = facts.step, facts.subject
    if not step.kind.restrains:
        return
    deputy = None if step.target is None else step.target.deputy
    if deputy is None:
        yield Verdict.BLOCK, subject, message("未核实是否人大代表，请向人大机构核实后登记")
    elif deputy is Deputy.COUNTY_OR_ABOVE:
        yield from lacks_document(facts, DocumentKind.CONGRESS_PERMISSION, Approver.CONGRESS)
    elif deputy is Deputy.TOWNSHIP and step.first(ActKind.CONGRESS_REPORTED) is None:
        yield (
            Verdict.CHECKLIST,
            subject,
            message("乡镇人大代表：采取措施后立即报告乡、民族乡、镇的人民代表大会并登记"),
        )


DETENTION_RULES: tuple[Rule[StepFacts], ...] = (
    detention_decision,
    detention_notices,
    detention_elsewhere,
    detention_health,
    detention_age,
    congress_deputy,
)
"""Rules about detention; the last three hold for compelled attendance too."""
