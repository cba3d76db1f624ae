"""Rules about where and when a visit is, and about duties (LAW.md A, T, L)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from geo.localtime import local_day
from geo.messages import Message, message
from routes.calendar import WorkCalendar
from routes.model import CaseKind, DebtorKind, DutyKind, PlaceKind, Verdict
from routes.rules.citations import cite
from routes.rules.claim_rules import count_identifiers
from routes.rules.crew_rules import judicial_police
from routes.rules.measure_facts import step_in_short
from routes.rules.profile import RuleProfile
from routes.rules.registry import (
    DistrictFacts,
    DutyFacts,
    Rule,
    Said,
    VisitFacts,
    rule,
)
from routes.rules.signoffs import Role

__all__ = [
    "DISTRICT_RULES",
    "DUTY_RULES",
    "HOUR_RULES",
    "court_hours",
    "open_hours",
]


_HOUR_KEYS = tuple(f"hours.{kind}" for kind in PlaceKind)


# The administrative enforcement law names no clock; 22:00 to 06:00 is night to everybody.
_NIGHT_ENDS_S, _NIGHT_BEGINS_S = 6 * 3600, 22 * 3600


def open_hours(
    case_kind: CaseKind | None,
    kind: PlaceKind,
    day: date,
    *,
    calendar: WorkCalendar,
    profile: RuleProfile,
) -> tuple[tuple[int, int], ...]:
    """Return the hours of a day open without a sign-off, seconds after local midnight."""
    closed = (
        profile.administrative_closed_days
        if case_kind is CaseKind.ADMINISTRATIVE
        else profile.closed_days
    )
    if calendar.day_kind(day) in closed:
        return ()
    open_s, close_s = profile.hours_s[kind]
    if case_kind is CaseKind.ADMINISTRATIVE:  # whatever the court's hours, night stays night
        open_s, close_s = max(open_s, _NIGHT_ENDS_S), min(close_s, _NIGHT_BEGINS_S)
    return ((open_s, close_s),) if open_s < close_s else ()


def court_hours(
    day: date, *, calendar: WorkCalendar, profile: RuleProfile
) -> tuple[int, int] | None:
    """Return from when to when some kind of place is open on a day without a sign-off.

    None on a closed day, and on one that the calendar does not know.
    """
    if not calendar.knows(day):
        return None
    spans = [
        span
        for kind in PlaceKind
        for span in open_hours(None, kind, day, calendar=calendar, profile=profile)
    ]
    if not spans:
        return None
    return min(begin_s for begin_s, _ in spans), max(end_s for _, end_s in spans)


@rule(
    "T3",
    message("工作日历知道走访的日子"),
    Verdict.BLOCK,
    cites=(cite("HOL", 2), cite("POLICY", "T3")),
)
def known_day(facts: VisitFacts) -> Iterator[Said]:
    """A day that no calendar knows is closed until the court's signed table is loaded."""
    for day in dict.fromkeys((facts.starts_at.date(), facts.ends_at.date())):
        if not facts.calendar.knows(day):
            yield (
                Verdict.BLOCK,
                facts.subject,
                message(
                    "工作日历没有 %(day)s，不得安排；请导入负责人签发的该年度日历"
                    "（fieldwrit import calendar）",
                    day=day.isoformat(),
                ),
            )


def _place_and_hours(facts: VisitFacts) -> tuple[str, ...]:
    claim, duty = facts.claim, facts.duty
    place: tuple[str, ...] = () if claim is None else (claim.id, claim.kind)
    if duty is not None:
        place = (duty.kind, f"{duty.point.lon:.6f} {duty.point.lat:.6f}")
    return (*place, facts.starts_at.isoformat(), facts.ends_at.isoformat())


@rule(
    "T1",
    message("民事执行不在夜间和法定节假日"),
    Verdict.SIGN_OFF,
    cites=(cite("POLICY", "T1"),),
    parameters=(*_HOUR_KEYS, "closed_days.civil"),
    rests_on=_place_and_hours,
)
def civil_hours(facts: VisitFacts) -> Iterator[Said]:
    """Begun or ended outside the hours, or on a holiday: the bureau director signs.

    So where no case is known: then nobody can tell that it is administrative.
    """
    if facts.case_kind is CaseKind.ADMINISTRATIVE:
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
    parameters=(*_HOUR_KEYS, "closed_days.administrative"),
)
def administrative_hours(facts: VisitFacts) -> Iterator[Said]:
    """Administrative enforcement is blocked at night and on statutory holidays."""
    if facts.case_kind is not CaseKind.ADMINISTRATIVE:
        return
    if (why := _closed(facts)) is not None:
        yield (
            Verdict.BLOCK,
            facts.subject,
            message("%(why)s：行政非诉案件不得执行，请改在规定时段以内", why=why),
        )


def _closed(facts: VisitFacts) -> Message | None:
    """Say why a visit is not wholly inside the hours; it may end in the minute they close.

    Nothing of a day that the calendar does not know: T3 blocks it.
    """
    start, end = facts.starts_at, facts.ends_at
    if not facts.calendar.knows(start.date()):
        return None
    second = _second(start)
    until = second + (end - start) / timedelta(seconds=1)
    windows = open_hours(
        facts.case_kind,
        facts.place_kind,
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
    "A7",
    message("省外走访经高级人民法院批准"),
    Verdict.SIGN_OFF,
    cites=(cite("ENT", 1, 12, 14),),
    parameters=("court.high_court",),
    signed_by=Role.HIGH_COURT,
    rests_on=lambda facts: (
        *(() if facts.point is None else (f"{facts.point.lon:.6f} {facts.point.lat:.6f}",)),
        *step_in_short(facts.step, facts.starts_at),
    ),
)
def inside_province(facts: DistrictFacts) -> Iterator[Said]:
    """Outside the province the high court approves; a place nobody looked up counts as there."""
    court = facts.profile.high_court
    if facts.inside or facts.other_province is False:
        return
    text = (
        message(
            "地点在省外，须报%(court)s批准并登记文号；建议请当地法院协助或委托执行", court=court
        )
        if facts.other_province
        else message(
            "未核实地点是否在本省；请导入辖区和周边区县的边界（fieldwrit import areas）后"
            "重新核对，在省外的须报%(court)s批准并登记文号",
            court=court,
        )
    )
    yield Verdict.SIGN_OFF, facts.subject, text


@rule(
    "A8",
    message("地点在本院辖区以内"),
    Verdict.BLOCK,
    Verdict.WARN,
    cites=(cite("CPL", 240), cite("ENT", 14)),
)
def inside_district(facts: DistrictFacts) -> Iterator[Said]:
    """Outside the district the local court is entrusted or told; so where nobody can tell.

    A person's liberty is restrained by other rules there (C4, D3), which ask what was entered of
    the step: where the boundary speaks against that, one of both is wrong.
    """
    entered = None if facts.step is None else facts.step.inside_district
    if None not in (entered, facts.inside) and entered != facts.inside:
        text = message("登记的“是否在本院辖区内”与辖区边界不符，请核对地点和登记后更正")
        yield Verdict.WARN if facts.inside else Verdict.BLOCK, facts.subject, text
    if facts.inside:
        return
    text = (
        message("未核实地点是否在本院辖区以内；请导入辖区边界（fieldwrit import areas）并定位")
        if facts.inside is None
        else message("地点在本院辖区以外，请委托或通知当地法院")
    )
    yield Verdict.WARN, facts.subject, text


@rule(
    "L4",
    message("查控点只为文书指明的被执行人，不由法院人员查验证件"),
    Verdict.BLOCK,
    Verdict.CHECKLIST,
    cites=(cite("ID", 15),),
)
def no_identity_checks(facts: DutyFacts) -> Iterator[Said]:
    """Block a checkpoint for nobody in particular; remind that only police check cards.

    Nobody in particular is a company too, and a person of whom only the name is known: at a
    station a name alone stops namesakes (policy N1).
    """
    if facts.duty.kind is not DutyKind.CHECKPOINT:
        return
    subject, basis, named = f"duty:{facts.duty.id}", facts.duty.basis, facts.named
    if basis is None or not basis.document.strip() or not basis.debtor_id:
        yield (
            Verdict.BLOCK,
            subject,
            message(
                "查控勤务没有指明被执行人的文书，不得安排（法院不得对不特定旅客设卡）；"
                "请在查控点表中补录依据、案号和被执行人"
            ),
        )
    elif named is None or named.id != basis.debtor_id:
        yield (
            Verdict.BLOCK,
            subject,
            message("勤务文书指明的被执行人不在库中，不得安排；请重新导入查控点"),
        )
    elif named.kind is not DebtorKind.PERSON:
        yield (
            Verdict.BLOCK,
            subject,
            message(
                "查控勤务只能为文书指明的自然人，不得为单位安排；请改正查控点表中的被执行人或撤销勤务"
            ),
        )
    elif count_identifiers(named, named.identifiers, profile=facts.profile) == 0:
        yield (
            Verdict.BLOCK,
            subject,
            message(
                "文书指明的被执行人除姓名外没有可核对的标识，同名旅客会被误拦，不得安排；"
                "请核对并补录其证件号码"
            ),
        )
    yield (
        Verdict.CHECKLIST,
        subject,
        message("只有人民警察可以查验居民身份证；法院人员不设卡、不查验旅客证件"),
    )


def _place_hours_and_paper(facts: DutyFacts) -> tuple[str, ...]:
    duty, basis = facts.duty, facts.duty.basis
    paper = (
        ()
        if basis is None
        else (basis.document, basis.debtor_id, basis.purpose, basis.liaison, basis.ends_on)
    )
    return (
        duty.kind,
        f"{duty.point.lon:.6f} {duty.point.lat:.6f}",
        duty.starts_at.astimezone(UTC).isoformat(),
        duty.ends_at.astimezone(UTC).isoformat(),
        *map(str, paper),
    )


@rule(
    "L6",
    message("警方协助有协助执行通知或协议，写明目的、联络和期限"),
    Verdict.BLOCK,
    Verdict.SIGN_OFF,
    cites=(cite("INV", 15), cite("POLICY", "L6")),
    rests_on=_place_hours_and_paper,
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


HOUR_RULES: tuple[Rule[VisitFacts], ...] = (known_day, civil_hours, administrative_hours)
"""Rules about when a visit starts and ends."""

DISTRICT_RULES: tuple[Rule[DistrictFacts], ...] = (inside_district, inside_province)
"""Rules about where a visit is."""

DUTY_RULES: tuple[Rule[DutyFacts], ...] = (
    judicial_police,
    no_identity_checks,
    police_help_basis,
)
"""Rules about a duty itself."""
