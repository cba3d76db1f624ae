"""What may be changed about a visit that is not lawful, and what each change costs.

A change lifts a finding: a paper is looked up and entered, an identifier matched, a crew
completed, a sentence signed. What no record can change (a red list, an ended case) has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from geo.localtime import local_day
from geo.messages import Message, message
from geo.model import Point
from routes.errors import ValueRangeError
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
    Situation,
    Team,
    TeamId,
    Verdict,
)
from routes.rules.crew_rules import FEMALE_OFFICER, LICENCE, RECORDER
from routes.rules.registry import RULES
from routes.rules.signoffs import Role

__all__ = [
    "COST_MIN",
    "NEW_TEAM",
    "SIGN_MIN",
    "Change",
    "Cost",
    "Fix",
    "FixKind",
    "VisitAsk",
    "changes_of",
    "entrusted",
    "new_team",
    "other_team",
]

NEW_TEAM = TeamId("-")
"""Id of a team that is still to be put together."""

_HELD = frozenset({Situation.IMPRISONED, Situation.COMPULSORY_EDUCATION})
_IN_INSTITUTION = _HELD | {Situation.MILITARY_SERVICE}


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


class Cost(StrEnum):
    """A change of :data:`COST_MIN`."""

    OTHER_HOUR = "other_hour"
    LATER_BY_A_DAY = "later_by_a_day"
    OTHER_TEAM = "other_team"
    NEW_TEAM = "new_team"
    CREW_MEMBER = "crew_member"
    CALL = "call"
    IDENTIFIER = "identifier"
    ENTRY = "entry"
    RESUMPTION = "resumption"
    ENTRUSTING = "entrusting"


COST_MIN: Mapping[Cost, int] = MappingProxyType(
    {
        Cost.OTHER_HOUR: 5,
        Cost.LATER_BY_A_DAY: 45,  # each day; the hour of the later day is free
        Cost.OTHER_TEAM: 15,
        Cost.NEW_TEAM: 60,
        Cost.CREW_MEMBER: 20,  # each officer or skill added, or all outsiders left out
        Cost.CALL: 10,
        Cost.IDENTIFIER: 15,  # each
        Cost.ENTRY: 30,  # a paper looked up and entered
        Cost.RESUMPTION: 480,
        Cost.ENTRUSTING: 240,
    }
)
"""Minutes of somebody's work or waiting by which changes are compared. Assumed, all of them."""

SIGN_MIN: Mapping[Role, int] = MappingProxyType(
    {Role.OFFICER: 20, Role.DIRECTOR: 40, Role.PRESIDENT: 120, Role.HIGH_COURT: 2880}
)
"""Minutes until an office has signed one finding. Assumed."""


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
        Digests of the findings that are signed off already.
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
    signed: frozenset[str] = frozenset()
    entrusted: bool = False

    def __post_init__(self) -> None:
        if self.starts_at.tzinfo is None or self.ends_at.tzinfo is None:
            raise ValueRangeError("走访或线索的时间须带时区")
        if self.ends_at < self.starts_at:
            raise ValueRangeError("走访结束时间早于开始时间，请核对")

    @property
    def day(self) -> date:
        """Day of the start, Asia/Shanghai."""
        return local_day(self.starts_at)

    @property
    def in_institution(self) -> bool:
        """Whether the debtor is known to be held or to serve, so that an institution may act."""
        return self.debtor.situation in _IN_INSTITUTION


@dataclass(frozen=True, slots=True)
class Fix:
    """One change, for which rule, and what it costs in minutes.

    Parameters
    ----------
    presumes
        Whether it is a change only if a check turns out well: a paper that is looked for may
        not exist, an identifier may disagree.
    """

    kind: FixKind
    rule: str
    text: Message
    cost_min: int
    presumes: bool = False


Change = tuple[Fix, VisitAsk]
"""A fix and the visit after it."""


def changes_of(ask: VisitAsk, finding: Finding) -> Iterator[Change]:
    """Yield every change of record, crew or signature that may lift a finding.

    Hour, day, another team and another court are for the search to choose.
    """
    if finding.verdict is Verdict.SIGN_OFF:
        yield _signed(ask, finding)
    change = _CHANGES.get(finding.rule)
    if change is not None:
        yield from ((fix, after) for fix, after in change(ask) if after != ask)


def other_team(team: Team, rule: str) -> Fix:
    """Return the change by which a stored team goes."""
    text = message("改由小组 %(id)s 走访", id=team.id)
    return Fix(FixKind.CREW, rule, text, COST_MIN[Cost.OTHER_TEAM])


def new_team(ask: VisitAsk, rule: str, *, skills: frozenset[str], officers: int) -> Change:
    """Return the change by which a team is put together that has what the visit needs."""
    place = ask.claim.place
    base = Point(0.0, 0.0) if place is None else place.point
    team = Team(NEW_TEAM, "-", officers, skills, "car", base)
    fix = Fix(FixKind.CREW, rule, message("指定合格的小组"), COST_MIN[Cost.NEW_TEAM])
    return fix, replace(ask, team=team)


def entrusted(ask: VisitAsk) -> Change | None:
    """Return the change by which another court or institution acts; None where none may.

    An institution hands papers to who is known to be held or to serve (A9, A10); another court
    acts outside the district (A7, A8; 委托执行若干问题的规定 article 1). At home the court acts
    itself.
    """
    if ask.debtor.situation is Situation.MILITARY_SERVICE or ask.claim.military_site:
        rule, text = "A9", message("不上门，经所在单位政治机关送达")
    elif ask.debtor.situation in _HELD:
        rule, text = "A10", message("不上门，经监管场所送达")
    elif ask.inside is False:
        rule = "A8" if ask.other_province is False else "A7"
        text = message("委托当地法院执行")
    else:
        return None
    fix = Fix(FixKind.COURT, rule, text, COST_MIN[Cost.ENTRUSTING])
    return fix, replace(ask, entrusted=True)


def _signed(ask: VisitAsk, finding: Finding) -> Change:
    role = RULES[finding.rule].signed_by
    text = message(
        "报%(role)s签批（%(rule)s），登记文号、理由和有效期", role=role.label, rule=finding.rule
    )
    fix = Fix(FixKind.APPROVAL, finding.rule, text, SIGN_MIN[role])
    return fix, replace(ask, signed=ask.signed | {finding.digest})


def _entry(rule: str, text: Message, cost: Cost = Cost.ENTRY) -> Fix:
    return Fix(FixKind.RECORD, rule, text, COST_MIN[cost], presumes=True)


def _instrument(ask: VisitAsk) -> Iterator[Change]:
    """Enter what is missing, one after the other; a date that is still to come stays."""
    case = ask.case
    if not (case.basis_document or "").strip():
        text = message("查明并补录生效法律文书文号")
        yield _entry("A1", text), replace(ask, case=replace(case, basis_document="-"))
    elif case.basis_served_on is None:
        text = message("核对送达回证并补录送达日期")
        yield _entry("A1", text), replace(ask, case=replace(case, basis_served_on=ask.day))
    elif case.performance_due_on is None:
        text = message("按法律文书补录履行期限届满日")
        due_on = ask.day - timedelta(days=1)
        yield _entry("A1", text), replace(ask, case=replace(case, performance_due_on=due_on))


def _resumed(ask: VisitAsk) -> Iterator[Change]:
    if ask.case.status in (CaseStatus.STAYED, CaseStatus.SETTLED):
        text = message("具备恢复执行条件的，裁定恢复并登记")
        case = replace(ask.case, status=CaseStatus.ACTIVE)
        yield _entry("A3", text, Cost.RESUMPTION), replace(ask, case=case)


def _called(ask: VisitAsk) -> Iterator[Change]:
    fix = Fix(FixKind.CONTACT, "N3", message("先电话或信函联系并登记"), COST_MIN[Cost.CALL])
    yield fix, replace(ask, case=replace(ask.case, contact_logged_on=ask.day))


def _promise_closed(ask: VisitAsk) -> Iterator[Change]:
    """Enter that enforcement goes on where the promise is over; a running one stays."""
    case = ask.case
    if case.status is not CaseStatus.PAUSED:
        return
    if case.paused_until is None or case.paused_until < ask.day:
        text = message("核实未履行后登记恢复执行")
        yield _entry("N5", text), replace(ask, case=replace(case, status=CaseStatus.ACTIVE))


_OF_PERSONS = (
    Identifier.ID_NUMBER,
    Identifier.BIRTH_DATE,
    Identifier.KIN,
    Identifier.PHONE_TAIL,
    Identifier.ADDRESS_HISTORY,
)
_OF_COMPANIES = (Identifier.CREDIT_CODE, Identifier.PHONE_TAIL, Identifier.ADDRESS_HISTORY)


def _matched(ask: VisitAsk) -> Iterator[Change]:
    """Match one identifier more; an address that was found to be a namesake's stays out."""
    company = ask.debtor.kind is DebtorKind.COMPANY
    ruling = ask.claim.ruling
    if ruling is not None and ruling.verdict is NamesakeVerdict.DIFFERENT:
        return
    text = message("为该地址再核对一项标识（证件号码、出生日期、亲属等）并登记")
    fix = Fix(FixKind.IDENTITY, "N1", text, COST_MIN[Cost.IDENTIFIER], presumes=True)
    for one in _OF_COMPANIES if company else _OF_PERSONS:
        if one in ask.claim.identifiers:
            continue
        own = replace(ask.claim, identifiers=ask.claim.identifiers | {one})
        if ruling is not None:
            again = NamesakeRuling(NamesakeVerdict.SAME, ruling.matched | {one}, ruling.mismatched)
            own = replace(own, ruling=again)
        yield fix, replace(ask, claim=own)


def _sourced(ask: VisitAsk) -> Iterator[Change]:
    text = message("补录地址线索的合法依据文号")
    yield _entry("N7", text), replace(ask, claim=replace(ask.claim, basis="-"))


def _renewed(ask: VisitAsk) -> Iterator[Change]:
    text = message("重新核实地址并登记新的有效期")
    own = replace(ask.claim, expires_on=None, seen_on=ask.day)
    yield _entry("P5", text), replace(ask, claim=own)


def _located(ask: VisitAsk) -> Iterator[Change]:
    """Learn that the place lies in the district, where nobody can tell."""
    if ask.inside is None:
        text = message("导入辖区边界并给地址定位，核对在本院辖区以内")
        yield _entry("A7", text), replace(ask, inside=True)


def _crew_member(rule: str, text: Message) -> Fix:
    return Fix(FixKind.CREW, rule, text, COST_MIN[Cost.CREW_MEMBER])


def _skill(rule: str, skill: str) -> Callable[[VisitAsk], Iterator[Change]]:
    def changes(ask: VisitAsk) -> Iterator[Change]:
        if ask.team is not None:
            text = message("为小组 %(id)s 增派%(skill)s", id=ask.team.id, skill=_SKILLS[skill])
            team = replace(ask.team, skills=ask.team.skills | {skill})
            if skill == RECORDER:
                team = replace(team, recorders=max(1, team.recorders))
            yield _crew_member(rule, text), replace(ask, team=team)

    return changes


_SKILLS = {
    LICENCE: message("持证执行员"),
    RECORDER: message("记录员"),
    FEMALE_OFFICER: message("女性执行人员"),
}


def _one_more(ask: VisitAsk) -> Iterator[Change]:
    if ask.team is not None:
        text = message("为小组 %(id)s 增派一人", id=ask.team.id)
        team = replace(ask.team, officers=ask.team.officers + 1)
        yield _crew_member("B2", text), replace(ask, team=team)


def _without_outsiders(ask: VisitAsk) -> Iterator[Change]:
    if ask.team is not None:
        text = message("小组 %(id)s 只由法院人员和警察组成", id=ask.team.id)
        yield _crew_member("B5", text), replace(ask, team=replace(ask.team, outsiders=0))


_CHANGES: Mapping[str, Callable[[VisitAsk], Iterator[Change]]] = MappingProxyType(
    {
        "A1": _instrument,
        "A3": _resumed,
        "A7": _located,
        "B1": _skill("B1", LICENCE),
        "B2": _one_more,
        "B4": _skill("B4", FEMALE_OFFICER),
        "B5": _without_outsiders,
        "B7": _skill("B7", RECORDER),
        "N1": _matched,
        "N3": _called,
        "N5": _promise_closed,
        "N7": _sourced,
        "P5": _renewed,
    }
)
