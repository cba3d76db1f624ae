"""Rules about who goes, what they carry, and the record they sign (LAW.md B)."""

from __future__ import annotations

from collections.abc import Iterator

from geo.messages import message
from routes.facts import facts_of
from routes.measures import ActKind, MeasureKind, PoliceGear
from routes.model import DutyKind, Verdict
from routes.needs import NEEDS
from routes.rules.citations import cite
from routes.rules.measure_facts import StepFacts, step_facts
from routes.rules.registry import CrewFacts, DutyFacts, Rule, Said, rule

__all__ = [
    "CREW_RULES",
    "FEMALE_OFFICER",
    "JUDICIAL_POLICE",
    "LICENCE",
    "RECORDER",
    "RECORD_RULES",
    "STEP_CREW_RULES",
    "VISIT_CREW_RULES",
    "judicial_police",
]

LICENCE = "licence"
RECORDER = "recorder"
FEMALE_OFFICER = "female_officer"
JUDICIAL_POLICE = "judicial_police"

_HOURS_AND_BASE = ("name", "base", "overtime_min", "max_stops")  # nobody signs for these
_NEEDS_POLICE = frozenset({MeasureKind.SUMMONS, MeasureKind.SEARCH, MeasureKind.EVICTION})


def _lacks(facts: CrewFacts, skill: str) -> bool:
    return facts.team is None or skill not in facts.team.skills


@rule(
    "B1",
    message("有执行员出示证件、着装执行"),
    Verdict.BLOCK,
    cites=(
        cite("CPL", 239),
        cite("ENF", 7),
    ),
)
def officer_with_credentials(facts: CrewFacts) -> Iterator[Said]:
    """The crew has an enforcement officer with credentials."""
    if _lacks(facts, LICENCE):
        yield Verdict.BLOCK, facts.subject, message("小组中没有持执行公务证的执行员，请调整人员")


@rule(
    "B2",
    message("至少两名法院人员"),
    Verdict.BLOCK,
    cites=(
        cite("CPI", 97),
        cite("POLICY", "B2"),
    ),
    parameters=("crew.min_officers",),
)
def two_officers(facts: CrewFacts) -> Iterator[Said]:
    """At least two court staff go."""
    officers = 0 if facts.team is None else facts.team.officers
    if officers < facts.profile.min_officers:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message(
                "小组只有 %(count)d 人，须至少 %(needed)d 人",
                count=officers,
                needed=facts.profile.min_officers,
            ),
        )


@rule(
    "B4",
    message("可能检查女性身体时有女性执行人员"),
    Verdict.BLOCK,
    cites=(cite("CPI", 496),),
)
def female_officer(facts: CrewFacts) -> Iterator[Said]:
    """A female officer goes where the debtor's entry or the step asks for one.

    At a search somebody says beforehand whether a woman's body may be searched.
    """
    step = facts.step
    if step is not None and step.kind is MeasureKind.SEARCH and step.woman_searched is None:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("未核实是否可能检查女性身体，请核实后登记"),
        )
    of_debtor = facts.debtor is not None and facts.debtor.needs_female_officer
    of_step = step is not None and step.woman_searched
    if (of_debtor or of_step) and _lacks(facts, FEMALE_OFFICER):
        yield Verdict.BLOCK, facts.subject, message("须有女性执行人员在场，请调整小组")


@rule(
    "B5",
    message("申请人一方和社会催收人员不得充当执行人员"),
    Verdict.BLOCK,
    cites=(cite("CPL", 120), cite("POLICY", "B5")),
)
def no_outsiders(facts: CrewFacts) -> Iterator[Said]:
    """Nobody but court staff and police is of the crew; a creditor may guide or witness."""
    if facts.team is not None and facts.team.outsiders:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message(
                "小组有 %(count)d 名非法院、非公安人员，不得参与执行；"
                "请调整小组，申请执行人一方只可带路或作见证",
                count=facts.team.outsiders,
            ),
        )


@rule(
    "B7",
    message("指定记录（录音录像）人员；查封、搜查、迁出有两套记录设备"),
    Verdict.BLOCK,
    Verdict.CHECKLIST,
    cites=(cite("REC", 18), cite("POLICY", "B7")),
)
def recorder(facts: CrewFacts) -> Iterator[Said]:
    """Somebody is named to record, with two units where property or a home is taken."""
    if _lacks(facts, RECORDER):
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("小组没有指定记录员（全程录音录像），请调整人员"),
        )
    needed = 1 if facts.step is None else NEEDS[facts.step.kind].recorders
    units = needed if facts.team is None or _lacks(facts, RECORDER) else facts.team.recorders
    if units < needed:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message(
                "记录设备只有 %(units)d 套，须 %(needed)d 套，请补足", units=units, needed=needed
            ),
        )
    if facts.step is not None:
        yield Verdict.CHECKLIST, facts.subject, message("开始时告知在场人员全程录音录像")


@rule(
    "B8",
    message("武器、警械只由司法警察携带使用"),
    Verdict.BLOCK,
    cites=(cite("ARMS"),),
)
def police_gear(facts: CrewFacts) -> Iterator[Said]:
    """Weapons and restraints are for judicial police only.

    At a coercive step somebody says beforehand whether they come along.
    """
    gear = PoliceGear.NONE if facts.step is None else facts.step.police_gear
    if gear is None and facts.step is not None and facts.step.kind.coercive:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("未核实是否携带武器、警械及由谁携带，请核实后登记"),
        )
    elif gear is PoliceGear.BY_OTHERS:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("武器、警械由司法警察以外的人携带，不得出发；请改由司法警察依法携带使用"),
        )
    elif gear is PoliceGear.BY_POLICE and _lacks(facts, JUDICIAL_POLICE):
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("携带武器、警械而小组没有司法警察，请增派司法警察或不携带"),
        )


@rule(
    "B6",
    message("执行笔录由在场人签名，拒签的记明"),
    Verdict.BLOCK,
    cites=(cite("CPL", 239), cite("CPI", 498)),
)
def signed_record(facts: StepFacts) -> Iterator[Said]:
    """A visit or step is not closed without a record that those present signed."""
    if facts.closing and facts.step.first(ActKind.RECORD_SIGNED, until=facts.now) is None:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("缺少在场人签名的执行笔录，不得结束；请补签，拒绝签名的在笔录中记明后登记"),
        )


def _without_police(facts: DutyFacts | CrewFacts) -> tuple[str, ...]:
    if isinstance(facts, DutyFacts) or facts.step is None:
        return ()  # of a duty nothing is signed here
    team = () if facts.team is None else facts_of(facts.team, but=_HOURS_AND_BASE)
    return (*step_facts(facts.step, facts.starts_at), *team)


@rule(
    "B3",
    message("强制措施和移交拘留有司法警察"),
    Verdict.BLOCK,
    Verdict.SIGN_OFF,
    cites=(
        cite("JP", 1),
        cite("CPI", 178),
        cite("ENF", 7),
    ),
    rests_on=_without_police,
)
def judicial_police(facts: DutyFacts | CrewFacts) -> Iterator[Said]:
    """A detention is handed over by judicial police; other compulsion without them is signed."""
    if facts.team is not None and JUDICIAL_POLICE in facts.team.skills:
        return
    if isinstance(facts, DutyFacts):
        if facts.duty.kind is DutyKind.HANDOVER:
            yield (
                Verdict.BLOCK,
                f"duty:{facts.duty.id}",
                message("移交须由司法警察执行，请调整小组"),
            )
    elif facts.step is not None and facts.step.kind is MeasureKind.DETENTION:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("拘留并移交须由司法警察执行，请调整小组"),
        )
    elif facts.step is not None and facts.step.kind in _NEEDS_POLICE:
        yield (
            Verdict.SIGN_OFF,
            facts.subject,
            message("拘传、搜查、强制迁出没有司法警察参加，请增派；确不需要的须签批并写明理由"),
        )


CREW_RULES: tuple[Rule[CrewFacts], ...] = (officer_with_credentials, two_officers, no_outsiders)
"""Rules about who goes, at visits, steps and duties in the field."""

VISIT_CREW_RULES: tuple[Rule[CrewFacts], ...] = (*CREW_RULES, female_officer, recorder)
"""Rules about who goes to a visit."""

STEP_CREW_RULES: tuple[Rule[CrewFacts], ...] = (*VISIT_CREW_RULES, judicial_police, police_gear)
"""Rules about who takes a step."""

RECORD_RULES: tuple[Rule[StepFacts], ...] = (signed_record,)
"""Rules about the record of a visit or step."""
