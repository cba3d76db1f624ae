"""Rules about the visit and the duty: who goes, and when (LAW.md B, T, L)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from geo.localtime import local_day
from geo.messages import Message, message
from routes.calendar import WorkCalendar
from routes.model import Case, CaseKind, DutyKind, PlaceKind, Verdict
from routes.rules.citations import cite
from routes.rules.profile import RuleProfile
from routes.rules.registry import (
    CrewFacts,
    DistrictFacts,
    DutyFacts,
    Rule,
    Said,
    VisitFacts,
    rule,
)

__all__ = [
    "CREW_RULES",
    "DISTRICT_RULES",
    "DUTY_RULES",
    "HOUR_RULES",
    "VISIT_CREW_RULES",
    "open_hours",
]

LICENCE = "licence"
RECORDER = "recorder"
FEMALE_OFFICER = "female_officer"
JUDICIAL_POLICE = "judicial_police"


def open_hours(
    case: Case, kind: PlaceKind, day: date, *, calendar: WorkCalendar, profile: RuleProfile
) -> tuple[tuple[int, int], ...]:
    """Return the hours of a day open without a sign-off, seconds after local midnight."""
    closed = (
        profile.administrative_closed_days
        if case.kind is CaseKind.ADMINISTRATIVE
        else profile.closed_days
    )
    return () if calendar.day_kind(day) in closed else (profile.hours_s[kind],)


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
    """A female officer goes where the debtor's entry asks for one."""
    needed = facts.debtor is not None and facts.debtor.needs_female_officer
    if needed and _lacks(facts, FEMALE_OFFICER):
        yield Verdict.BLOCK, facts.subject, message("须有女性执行人员在场，请调整小组")


@rule(
    "B7",
    message("指定记录（录音录像）人员"),
    Verdict.BLOCK,
    cites=(cite("REC", 18),),
)
def recorder(facts: CrewFacts) -> Iterator[Said]:
    """Somebody is named to record."""
    if _lacks(facts, RECORDER):
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("小组没有指定记录员（全程录音录像），请调整人员"),
        )


@rule(
    "T1",
    message("民事执行不在夜间和法定节假日"),
    Verdict.SIGN_OFF,
    cites=(cite("POLICY", "T1"),),
)
def civil_hours(facts: VisitFacts) -> Iterator[Said]:
    """Begun or ended outside the hours, or on a holiday: the bureau director signs."""
    if facts.case.kind is CaseKind.ADMINISTRATIVE:
        return
    if (why := _closed(facts)) is not None:
        yield (
            Verdict.SIGN_OFF,
            facts.subject,
            message("%(why)s：须执行局长签批并写明必要性", why=why),
        )


@rule(
    "T2",
    message("行政非诉执行不在夜间和法定节假日"),
    Verdict.BLOCK,
    cites=(
        cite("AEL", 43),
        cite("POLICY", "T2"),
    ),
)
def administrative_hours(facts: VisitFacts) -> Iterator[Said]:
    """Administrative enforcement is blocked at night and on statutory holidays."""
    if facts.case.kind is not CaseKind.ADMINISTRATIVE:
        return
    if (why := _closed(facts)) is not None:
        yield Verdict.BLOCK, facts.subject, message("%(why)s：行政非诉案件不得执行", why=why)


def _closed(facts: VisitFacts) -> Message | None:
    """Say why a visit is not wholly inside the hours; it may end in the minute they close."""
    start, end = facts.starts_at, facts.ends_at
    second = _second(start)
    until = second + (end - start) / timedelta(seconds=1)
    windows = open_hours(
        facts.case,
        facts.claim.kind,
        start.date(),
        calendar=facts.calendar,
        profile=facts.profile,
    )
    if not windows:
        return message("%(day)s 为节假日", day=start.date().isoformat())
    begun_in = [end_s for start_s, end_s in windows if start_s <= second < end_s]
    if not begun_in:
        return message("%(time)s 在规定时段以外", time=start.strftime("%H:%M"))
    if until > max(begun_in):
        return message("%(time)s 结束，超出规定时段", time=end.strftime("%H:%M"))
    return None


def _second(moment: datetime) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second


@rule(
    "A8",
    message("走访地点在本院辖区以内"),
    Verdict.WARN,
    cites=(cite("CPL", 240),),
)
def inside_district(facts: DistrictFacts) -> Iterator[Said]:
    """Outside the district the local court is entrusted or told."""
    if not facts.inside:
        yield (
            Verdict.WARN,
            facts.subject,
            message("走访地点在本院辖区以外，请委托或通知当地法院"),
        )


@rule(
    "B3",
    message("移交拘留有司法警察"),
    Verdict.BLOCK,
    cites=(
        cite("JP", 1),
        cite("CPI", 178),
    ),
)
def judicial_police(facts: DutyFacts) -> Iterator[Said]:
    """A handover is done by judicial police."""
    if facts.duty.kind is not DutyKind.HANDOVER:
        return
    if facts.team is None or JUDICIAL_POLICE not in facts.team.skills:
        yield (
            Verdict.BLOCK,
            f"duty:{facts.duty.id}",
            message("移交须由司法警察执行，请调整小组"),
        )


@rule(
    "L4",
    message("查控点只为文书指明的被执行人，不由法院人员查验证件"),
    Verdict.BLOCK,
    Verdict.CHECKLIST,
    cites=(cite("ID", 15),),
)
def no_identity_checks(facts: DutyFacts) -> Iterator[Said]:
    """Block a checkpoint for nobody in particular; remind that only police check cards."""
    if facts.duty.kind is not DutyKind.CHECKPOINT:
        return
    subject, basis = f"duty:{facts.duty.id}", facts.duty.basis
    if basis is None or not basis.document.strip() or not basis.debtor_id:
        yield (
            Verdict.BLOCK,
            subject,
            message(
                "查控勤务没有指明被执行人的文书，不得安排（法院不得对不特定旅客设卡）；"
                "请在查控点表中补录依据、案号和被执行人"
            ),
        )
    yield (
        Verdict.CHECKLIST,
        subject,
        message("只有人民警察可以查验居民身份证；法院人员不设卡、不查验旅客证件"),
    )


@rule(
    "L6",
    message("警方协助有协助执行通知或协议，写明目的、联络和期限"),
    Verdict.BLOCK,
    Verdict.SIGN_OFF,
    cites=(cite("INV", 15), cite("POLICY", "L6")),
)
def police_help_basis(facts: DutyFacts) -> Iterator[Said]:
    """Checkpoint and handover duties rest on a paper in force with purpose and liaison.

    The recheck of a plan blocks, by this rule, a duty that is no longer stored.
    """
    if facts.duty.kind not in (DutyKind.CHECKPOINT, DutyKind.HANDOVER):
        return
    subject, basis = f"duty:{facts.duty.id}", facts.duty.basis
    if basis is None or not basis.document.strip():
        yield (
            Verdict.SIGN_OFF,
            subject,
            message(
                "勤务缺少依据（协助执行通知书或协作协议文号），须签批并登记目的、联络人和截止时间"
            ),
        )
        return
    if not (basis.purpose or "").strip():
        yield Verdict.SIGN_OFF, subject, message("勤务依据没有登记协助目的，请补录；须签批")
    if not (basis.liaison or "").strip():
        yield Verdict.SIGN_OFF, subject, message("勤务依据没有登记联络单位，请补录；须签批")
    if basis.ends_on is None:
        yield Verdict.SIGN_OFF, subject, message("勤务依据没有登记截止日期，请补录；须签批")
    elif basis.ends_on < local_day(facts.duty.ends_at):
        yield (
            Verdict.BLOCK,
            subject,
            message(
                "勤务依据已于 %(day)s 到期，不得安排；请重新办理", day=basis.ends_on.isoformat()
            ),
        )


CREW_RULES: tuple[Rule[CrewFacts], ...] = (officer_with_credentials, two_officers)
"""Rules about who goes, at visits and at duties in the field."""

VISIT_CREW_RULES: tuple[Rule[CrewFacts], ...] = (*CREW_RULES, female_officer, recorder)
"""Rules about who goes to a visit."""

HOUR_RULES: tuple[Rule[VisitFacts], ...] = (civil_hours, administrative_hours)
"""Rules about when a visit starts and ends."""

DISTRICT_RULES: tuple[Rule[DistrictFacts], ...] = (inside_district,)
"""Rules about where a visit is."""

DUTY_RULES: tuple[Rule[DutyFacts], ...] = (
    judicial_police,
    no_identity_checks,
    police_help_basis,
)
"""Rules about a duty itself."""
