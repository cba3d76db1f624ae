"""The smallest change that makes a visit lawful: another hour, crew, approval, record or court.

Changes are tried one after another, the cheapest first, and the rules are asked anew each time:
what is returned was lawful when it was tried, and nothing cheaper among the known changes is.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import count

from geo.localtime import DAY_S, LOCAL_ZONE, local_day, moment_at
from geo.messages import Message, message
from geo.model import Point
from routes.calendar import WorkCalendar
from routes.errors import CalendarError, ValueRangeError
from routes.model import (
    AddressClaim,
    Case,
    CaseStatus,
    Debtor,
    DebtorKind,
    Finding,
    Identifier,
    NamesakeRuling,
    NamesakeVerdict,
    Team,
    TeamId,
    Verdict,
)
from routes.rules import check_case, check_claim, check_district, check_visit, lawful_windows
from routes.rules.crew_rules import FEMALE_OFFICER, LICENCE, RECORDER
from routes.rules.profile import RuleProfile
from routes.rules.registry import RULES
from routes.rules.signoffs import Role

__all__ = ["Fix", "FixKind", "LawfulVisit", "VisitAsk", "cheapest_fix", "open_findings"]


class FixKind(StrEnum):
    """What is changed."""

    HOUR = "hour"
    DAY = "day"
    CREW = "crew"
    APPROVAL = "approval"
    RECORD = "record"
    CONTACT = "contact"
    IDENTITY = "identity"
    COURT = "court"


# Minutes of somebody's work or waiting by which changes are compared. assumed, all of them.
_HOUR_MIN, _CALL_MIN, _OTHER_TEAM_MIN, _MATCH_MIN, _OFFICER_MIN, _RECORD_MIN = 5, 10, 15, 15, 20, 30
_DAY_MIN, _NEW_TEAM_MIN, _ENTRUST_MIN, _RESUME_MIN = 45, 60, 240, 480
_SIGN_MIN = {
    Role.OFFICER: 20,
    Role.DIRECTOR: 40,
    Role.PRESIDENT: 120,
    Role.HIGH_COURT: 2880,
}
_MOST_TRIED = 2000
_FARTHEST_D = 14  # days after which another day is no small change
_OF_OUR_VISIT = frozenset({"A7", "A9", "A10"})  # what another court or institution may still do
_MATCHABLE = (
    Identifier.ID_NUMBER,
    Identifier.BIRTH_DATE,
    Identifier.KIN,
    Identifier.PHONE_TAIL,
    Identifier.ADDRESS_HISTORY,
)
_OF_COMPANIES = (Identifier.CREDIT_CODE, Identifier.PHONE_TAIL, Identifier.ADDRESS_HISTORY)


@dataclass(frozen=True, slots=True)
class VisitAsk:
    """A visit of which one asks whether it is lawful.

    Parameters
    ----------
    team
        None where none is named.
    starts_at, ends_at
        Aware.
    inside
        Whether the place lies in the court's district; None where that is not known.
    other_province
        Whether it lies outside the court's province; None where that is not known.
    signed
        Rules and subjects that are signed off already.
    entrusted
        Whether another court or institution does it, so that no team of this one goes.
    """

    case: Case
    debtor: Debtor
    claim: AddressClaim
    team: Team | None
    starts_at: datetime
    ends_at: datetime
    inside: bool | None = None
    other_province: bool | None = None
    signed: frozenset[tuple[str, str]] = frozenset()
    entrusted: bool = False

    def __post_init__(self) -> None:
        if self.starts_at.tzinfo is None or self.ends_at.tzinfo is None:
            raise ValueRangeError("走访或线索的时间须带时区")
        if self.ends_at < self.starts_at:
            raise ValueRangeError("走访结束时间早于开始时间，请核对")


@dataclass(frozen=True, slots=True)
class Fix:
    """One change, for which rule, and what it costs in minutes."""

    kind: FixKind
    rule: str
    text: Message
    cost_min: int


@dataclass(frozen=True, slots=True)
class LawfulVisit:
    """A visit as it is lawful, and the changes that made it so; none where it was."""

    ask: VisitAsk
    fixes: tuple[Fix, ...]

    @property
    def cost_min(self) -> int:
        """Cost of all changes, minutes."""
        return sum(fix.cost_min for fix in self.fixes)


_Change = tuple[Fix, VisitAsk]


@dataclass(frozen=True, slots=True)
class _Court:
    """What all tries share."""

    calendar: WorkCalendar
    profile: RuleProfile
    teams: tuple[Team, ...]


def open_findings(
    ask: VisitAsk, *, calendar: WorkCalendar, profile: RuleProfile
) -> tuple[Finding, ...]:
    """Return what still stands against a visit: blocks, and sign-offs that nobody gave."""
    day = local_day(ask.starts_at)
    if ask.entrusted:  # what bars the case bars it for whoever goes
        barred = check_case(ask.case, ask.debtor, (ask.claim,), on=day, profile=profile)
        return tuple(
            one for one in barred if one.verdict is Verdict.BLOCK and one.rule not in _OF_OUR_VISIT
        )
    said = (
        *check_case(ask.case, ask.debtor, (ask.claim,), on=day, profile=profile),
        *check_claim(ask.case, ask.debtor, ask.claim, on=day, profile=profile),
        *check_visit(
            ask.case,
            ask.debtor,
            ask.claim,
            ask.team,
            starts_at=ask.starts_at,
            ends_at=ask.ends_at,
            calendar=calendar,
            profile=profile,
        ),
        *(
            ()
            if ask.inside is None
            else check_district(
                ask.claim.id,
                inside=ask.inside,
                other_province=ask.other_province,
                profile=profile,
            )
        ),
    )
    return tuple(
        dict.fromkeys(
            one
            for one in said
            if one.verdict is Verdict.BLOCK
            or (one.verdict is Verdict.SIGN_OFF and (one.rule, one.subject) not in ask.signed)
        )
    )


def cheapest_fix(
    ask: VisitAsk,
    *,
    calendar: WorkCalendar,
    profile: RuleProfile,
    teams: Sequence[Team] = (),
) -> LawfulVisit | None:
    """Return the cheapest known changes that make a visit lawful; None where none do.

    Dijkstra's search over visits: each step changes what the first open finding speaks of.

    Parameters
    ----------
    teams
        Others that could go instead.
    """
    court = _Court(calendar, profile, tuple(teams))
    tick = count()  # the first found of equal cost goes first
    queue: list[tuple[int, int, VisitAsk, tuple[Fix, ...]]] = [(0, next(tick), ask, ())]
    done: set[VisitAsk] = set()
    while queue and len(done) < _MOST_TRIED:
        cost_min, _, tried, fixes = heapq.heappop(queue)
        if tried in done:
            continue
        done.add(tried)
        found = open_findings(tried, calendar=calendar, profile=profile)
        if not found:
            return LawfulVisit(tried, fixes)
        for fix, changed in _changes(tried, found[0], court):
            entry = (cost_min + fix.cost_min, next(tick), changed, (*fixes, fix))
            heapq.heappush(queue, entry)
    return None


def _changes(ask: VisitAsk, finding: Finding, court: _Court) -> Iterator[_Change]:
    """Yield what could be changed about one finding."""
    if finding.verdict is Verdict.SIGN_OFF:
        yield _signed(ask, finding)
    change = _CHANGES.get(finding.rule)
    if change is not None:
        for fix, changed in change(ask, court):
            if changed != ask:
                yield fix, changed


def _signed(ask: VisitAsk, finding: Finding) -> _Change:
    role = RULES[finding.rule].signed_by
    text = message(
        "报%(role)s签批（%(rule)s），登记文号、理由和有效期", role=role.label, rule=finding.rule
    )
    fix = Fix(FixKind.APPROVAL, finding.rule, text, _SIGN_MIN[role])
    return fix, replace(ask, signed=ask.signed | {(finding.rule, finding.subject)})


def _on_day(ask: VisitAsk, day: date) -> VisitAsk:
    shift = timedelta(days=(day - local_day(ask.starts_at)).days)
    return replace(ask, starts_at=ask.starts_at + shift, ends_at=ask.ends_at + shift)


def _wait_until(ask: VisitAsk, day: date | None, rule: str) -> Iterator[_Change]:
    """Yield the visit on a later day, where that is soon."""
    today = local_day(ask.starts_at)
    if day is None or not 0 < (day - today).days <= _FARTHEST_D:
        return
    fix = Fix(
        FixKind.DAY,
        rule,
        message("改在 %(day)s 走访", day=day.isoformat()),
        _DAY_MIN * (day - today).days,
    )
    yield fix, _on_day(ask, day)


def _recorded(ask: VisitAsk, rule: str, text: Message, cost_min: int, case: Case) -> _Change:
    return Fix(FixKind.RECORD, rule, text, cost_min), replace(ask, case=case)


def _instrument(ask: VisitAsk, _court: _Court) -> Iterator[_Change]:
    case, day = ask.case, local_day(ask.starts_at)
    if not (case.basis_document or "").strip():
        text = message("查明并补录生效法律文书文号")
        yield _recorded(ask, "A1", text, _RECORD_MIN, replace(case, basis_document="-"))
        return
    if case.basis_served_on is None:
        text = message("核对送达回证并补录送达日期")
        yield _recorded(ask, "A1", text, _RECORD_MIN, replace(case, basis_served_on=day))
        return
    if case.performance_due_on is None:
        text = message("按法律文书补录履行期限届满日")
        due_on = day - timedelta(days=1)
        yield _recorded(ask, "A1", text, _RECORD_MIN, replace(case, performance_due_on=due_on))
        return
    later = max(case.basis_served_on, case.performance_due_on + timedelta(days=1))
    yield from _wait_until(ask, later, "A1")


def _resumed(ask: VisitAsk, _court: _Court) -> Iterator[_Change]:
    if ask.case.status in (CaseStatus.STAYED, CaseStatus.SETTLED):
        text = message("具备恢复执行条件的，裁定恢复并登记")
        case = replace(ask.case, status=CaseStatus.ACTIVE)
        yield _recorded(ask, "A3", text, _RESUME_MIN, case)


def _called(ask: VisitAsk, _court: _Court) -> Iterator[_Change]:
    fix = Fix(FixKind.CONTACT, "N3", message("先电话或信函联系并登记"), _CALL_MIN)
    case = replace(ask.case, contact_logged_on=local_day(ask.starts_at))
    yield fix, replace(ask, case=case)


def _promise_over(ask: VisitAsk, court: _Court) -> Iterator[_Change]:
    case, day = ask.case, local_day(ask.starts_at)
    until = case.paused_until
    if until is not None and until >= day:
        yield from _wait_until(ask, until + timedelta(days=1), "N5")
    elif case.instalments:
        last_on = max(one.due_on for one in case.instalments)
        grace = timedelta(days=court.profile.instalment_grace_d + 1)
        yield from _wait_until(ask, last_on + grace, "N5")
    elif case.status is CaseStatus.PAUSED and until is not None:
        text = message("核实未履行后登记恢复执行")
        yield _recorded(ask, "N5", text, _RECORD_MIN, replace(case, status=CaseStatus.ACTIVE))


def _matched(ask: VisitAsk, _court: _Court) -> Iterator[_Change]:
    company = ask.debtor.kind is DebtorKind.COMPANY
    ruling = ask.claim.ruling
    if ruling is not None and ruling.verdict is NamesakeVerdict.DIFFERENT:
        return
    for one in _OF_COMPANIES if company else _MATCHABLE:
        if one in ask.claim.identifiers:
            continue
        text = message("为该地址再核对一项标识（证件号码、出生日期、亲属等）并登记")
        own = replace(ask.claim, identifiers=ask.claim.identifiers | {one})
        if ruling is not None:
            again = NamesakeRuling(NamesakeVerdict.SAME, ruling.matched | {one}, ruling.mismatched)
            own = replace(own, ruling=again)
        yield Fix(FixKind.IDENTITY, "N1", text, _MATCH_MIN), replace(ask, claim=own)


def _sourced(ask: VisitAsk, _court: _Court) -> Iterator[_Change]:
    text = message("补录地址线索的合法依据文号")
    own = replace(ask.claim, basis="-")
    yield Fix(FixKind.RECORD, "N7", text, _RECORD_MIN), replace(ask, claim=own)


def _renewed(ask: VisitAsk, _court: _Court) -> Iterator[_Change]:
    text = message("重新核实地址并登记新的有效期")
    own = replace(ask.claim, expires_on=None, seen_on=local_day(ask.starts_at))
    yield Fix(FixKind.RECORD, "P5", text, _RECORD_MIN), replace(ask, claim=own)


def _another_crew(rule: str, skill: str | None) -> Callable[[VisitAsk, _Court], Iterator[_Change]]:
    """Return what changes the crew: another team, one officer more, or a team where none is."""

    def changes(ask: VisitAsk, court: _Court) -> Iterator[_Change]:
        for team in court.teams:
            text = message("改由小组 %(id)s 走访", id=team.id)
            yield Fix(FixKind.CREW, rule, text, _OTHER_TEAM_MIN), replace(ask, team=team)
        if ask.team is None:
            skills = frozenset({LICENCE, RECORDER})
            team = Team(
                TeamId("-"), "-", court.profile.min_officers, skills, "car", _somewhere(ask)
            )
            text = message("指定合格的小组")
            yield Fix(FixKind.CREW, rule, text, _NEW_TEAM_MIN), replace(ask, team=team)
        elif skill is None:
            text = message("为小组 %(id)s 增派一人", id=ask.team.id)
            team = replace(ask.team, officers=ask.team.officers + 1)
            yield Fix(FixKind.CREW, rule, text, _OFFICER_MIN), replace(ask, team=team)
        else:
            text = message("为小组 %(id)s 增派%(skill)s", id=ask.team.id, skill=_SKILLS[skill])
            team = replace(ask.team, skills=ask.team.skills | {skill})
            yield Fix(FixKind.CREW, rule, text, _OFFICER_MIN), replace(ask, team=team)

    return changes


def _without_outsiders(ask: VisitAsk, _court: _Court) -> Iterator[_Change]:
    if ask.team is not None:
        text = message("小组 %(id)s 只由法院人员和警察组成", id=ask.team.id)
        team = replace(ask.team, outsiders=0)
        yield Fix(FixKind.CREW, "B5", text, _OFFICER_MIN), replace(ask, team=team)


_SKILLS = {
    LICENCE: message("持证执行员"),
    RECORDER: message("记录员"),
    FEMALE_OFFICER: message("女性执行人员"),
}


def _somewhere(ask: VisitAsk) -> Point:
    return Point(0.0, 0.0) if ask.claim.place is None else ask.claim.place.point


def _other_hour(rule: str) -> Callable[[VisitAsk, _Court], Iterator[_Change]]:
    """Return what moves a visit: into the hours of its day, else to a day that has some."""

    def changes(ask: VisitAsk, court: _Court) -> Iterator[_Change]:
        day = local_day(ask.starts_at)
        for start_s in _starts(ask, day, court):
            at = moment_at(day, start_s)
            text = message("改在 %(time)s 开始", time=at.astimezone(LOCAL_ZONE).strftime("%H:%M"))
            yield Fix(FixKind.HOUR, rule, text, _HOUR_MIN), _at(ask, at)
        for n in range(1, _FARTHEST_D + 1):
            later = day + timedelta(days=n)
            try:
                starts = list(_starts(ask, later, court))
            except CalendarError:
                return
            if starts:
                text = message("改在 %(day)s 走访", day=later.isoformat())
                yield (
                    Fix(FixKind.DAY, rule, text, _DAY_MIN * n),
                    _at(ask, moment_at(later, starts[0])),
                )
                return

    return changes


def _starts(ask: VisitAsk, day: date, court: _Court) -> Iterator[int]:
    """Yield the second nearest to the one asked for at which a visit fits into each window."""
    windows = lawful_windows(
        ask.case, ask.claim, day, calendar=court.calendar, profile=court.profile
    )
    wanted_s = (ask.starts_at - moment_at(local_day(ask.starts_at), 0)) / timedelta(seconds=1)
    lasts_s = (ask.ends_at - ask.starts_at) / timedelta(seconds=1)
    fitting = [
        int(min(max(wanted_s, open_s), min(close_s, DAY_S) - lasts_s))
        for open_s, close_s in windows
        if open_s + lasts_s <= close_s
    ]
    yield from sorted(fitting, key=lambda start_s: (abs(start_s - wanted_s), start_s))


def _at(ask: VisitAsk, starts_at: datetime) -> VisitAsk:
    return replace(ask, starts_at=starts_at, ends_at=starts_at + (ask.ends_at - ask.starts_at))


def _entrusted(rule: str, text: Message) -> Callable[[VisitAsk, _Court], Iterator[_Change]]:
    def changes(ask: VisitAsk, _court: _Court) -> Iterator[_Change]:
        yield Fix(FixKind.COURT, rule, text, _ENTRUST_MIN), replace(ask, entrusted=True)

    return changes


_CHANGES: dict[str, Callable[[VisitAsk, _Court], Iterator[_Change]]] = {
    "A1": _instrument,
    "A3": _resumed,
    "A7": _entrusted("A7", message("委托当地法院执行")),
    "A9": _entrusted("A9", message("不上门，经所在单位政治机关送达")),
    "A10": _entrusted("A10", message("不上门，经监管场所送达")),
    "B1": _another_crew("B1", LICENCE),
    "B2": _another_crew("B2", None),
    "B4": _another_crew("B4", FEMALE_OFFICER),
    "B5": _without_outsiders,
    "B7": _another_crew("B7", RECORDER),
    "N1": _matched,
    "N3": _called,
    "N5": _promise_over,
    "N7": _sourced,
    "P5": _renewed,
    "T1": _other_hour("T1"),
    "T2": _other_hour("T2"),
}
