"""What may happen while a plan is carried out, and what it leaves of the problem.

Each is a frozen value in the words of whoever reports it. None holds personal data: teams,
stations, debtors and stops are named by their ids.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from geo.localtime import DAY_S, hour_text
from geo.messages import Message, message
from routes.errors import ReplanError
from routes.model import DutyKind
from routes.planning.problem import (
    CutOff,
    Matrix,
    PlanPlace,
    Problem,
    TimeBand,
)

__all__ = [
    "BarredByHand",
    "ByHand",
    "Disturbance",
    "EscortCut",
    "HomeNow",
    "LockedByHand",
    "OfficersAway",
    "Paid",
    "PromiseGone",
    "Roads",
    "RoadsClosed",
    "RuleBars",
    "TeamLate",
    "TeamOut",
    "TimeAgreed",
    "check_disturbances",
    "lateness_s",
]


@dataclass(frozen=True, slots=True)
class TeamLate:
    """A team is behind its plan by so many seconds."""

    team: str
    late_s: int

    def __post_init__(self) -> None:
        if not 0 < self.late_s <= DAY_S:
            raise ReplanError("小组 %(team)s 的晚点须大于零且不超过一天", team=self.team)

    def said(self) -> Message:
        return message("小组 %(team)s 晚点 %(minutes)d 分钟", team=self.team, minutes=self.minutes)

    @property
    def minutes(self) -> int:
        """Whole minutes, rounded up."""
        return math.ceil(self.late_s / 60)


@dataclass(frozen=True, slots=True)
class OfficersAway:
    """Officers of a team are ill: it goes on with fewer, or without some skills.

    It holds until the plan ends, also on its later days.
    """

    team: str
    officers: int = 1
    skills: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.officers < 0 or not (self.officers or self.skills):
            raise ReplanError("小组 %(team)s 须减少至少一人或一项技能", team=self.team)

    def said(self) -> Message:
        return message("小组 %(team)s 减员 %(count)d 人", team=self.team, count=self.officers)


@dataclass(frozen=True, slots=True)
class TeamOut:
    """A team cannot go on today; what it is doing at a door it brings to an end."""

    team: str

    def said(self) -> Message:
        return message("小组 %(team)s 今天不能继续出勤", team=self.team)


@dataclass(frozen=True, slots=True)
class EscortCut:
    """A station sends nobody between two seconds of today, or so many officers fewer."""

    station: str
    start_s: int
    end_s: int
    officers: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.start_s < self.end_s <= 2 * DAY_S:
            raise ReplanError("派出所 %(id)s 撤回警力的时段须先后有序", id=self.station)
        if self.officers is not None and self.officers < 1:
            raise ReplanError("派出所 %(id)s 撤回的人数须至少为一", id=self.station)

    def said(self) -> Message:
        return message(
            "派出所 %(id)s 在 %(start)s–%(end)s 撤回警力",
            id=self.station,
            start=hour_text(self.start_s),
            end=hour_text(self.end_s),
        )


@dataclass(frozen=True, slots=True)
class PromiseGone:
    """The officers of one stop will not come; the station keeps to what else it promised.

    Of a duty at a checkpoint there is nothing left without them.
    """

    ref: str

    def said(self) -> Message:
        return message("%(ref)s 的警力协助撤回", ref=self.ref)


@dataclass(frozen=True, slots=True)
class TimeAgreed:
    """A station proposed another time for a stop of the plan, and the court agreed to it.

    Parameters
    ----------
    ref
        The visit with an escort, or the duty at a checkpoint.
    start_s
        When the officers are there, on the day of the stop, for as long as they were asked for.
    """

    ref: str
    start_s: int

    def __post_init__(self) -> None:
        if not 0 <= self.start_s < DAY_S:
            raise ReplanError("%(id)s 约定的时间无效：%(at)d 秒", id=self.ref, at=self.start_s)

    def said(self) -> Message:
        return message(
            "%(ref)s 已与派出所约定改在 %(at)s", ref=self.ref, at=hour_text(self.start_s)
        )


@dataclass(frozen=True, slots=True)
class RoadsClosed:
    """Roads are closed, or open again; :class:`Roads` says what that means."""

    reason: str

    def said(self) -> Message:
        return message("道路变化（%(reason)s）", reason=self.reason)


@dataclass(frozen=True, slots=True)
class HomeNow:
    """A debtor is said to be at one of his addresses until some second of today.

    Parameters
    ----------
    p_found
        P(found) there until then.
    claim
        The address claim; empty for the one of his most likely option.
    """

    debtor: str
    until_s: int
    p_found: float
    claim: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.until_s <= 2 * DAY_S:
            raise ReplanError("线索的截止时间无效：%(at)d 秒", at=self.until_s)
        if not 0.0 < self.p_found <= 1.0:
            raise ReplanError("线索的找到概率须大于 0 且不超过 1")

    def said(self) -> Message:
        return message(
            "紧急线索：被执行人 %(debtor)s 在 %(until)s 前可找到",
            debtor=self.debtor,
            until=hour_text(self.until_s),
        )


@dataclass(frozen=True, slots=True)
class Paid:
    """A debtor has paid: no rule allows to visit him any more (LAW.md A3)."""

    debtor: str

    def said(self) -> Message:
        return message("被执行人 %(debtor)s 已履行", debtor=self.debtor)


@dataclass(frozen=True, slots=True)
class RuleBars:
    """A rule forbids one visit since the plan was made; the text names nobody."""

    ref: str
    rule: str
    text: str
    citation: str

    def said(self) -> Message:
        return message("规则 %(rule)s 现已禁止走访 %(ref)s", rule=self.rule, ref=self.ref)


@dataclass(frozen=True, slots=True)
class ByHand:
    """A commander put the stops of a debtor, or a duty, where they are, or took them out."""

    subject: str

    def said(self) -> Message:
        return message("人工调整 %(subject)s", subject=self.subject)


@dataclass(frozen=True, slots=True)
class LockedByHand:
    """A stop stays with its team and day whatever happens, with ``minute`` at its minute too."""

    ref: str
    minute: bool = False

    def said(self) -> Message:
        if self.minute:
            return message("锁定 %(ref)s 的小组和时间", ref=self.ref)
        return message("锁定 %(ref)s 的小组", ref=self.ref)


@dataclass(frozen=True, slots=True)
class BarredByHand:
    """Neither a visit to this debtor, nor this duty, is to be planned any more."""

    subject: str

    def said(self) -> Message:
        return message("人工排除 %(subject)s", subject=self.subject)


Disturbance = (
    TeamLate
    | OfficersAway
    | TeamOut
    | EscortCut
    | PromiseGone
    | TimeAgreed
    | RoadsClosed
    | HomeNow
    | Paid
    | RuleBars
    | ByHand
    | LockedByHand
    | BarredByHand
)


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """How the places of a problem lie to each other from now on; as in :class:`Problem`."""

    bands: tuple[TimeBand, ...]
    matrices: tuple[Matrix, ...]
    cut_off: tuple[CutOff, ...] = ()

    @classmethod
    def of(cls, other: Problem, places: Sequence[PlanPlace]) -> Roads:
        """Return the roads of another problem, between some of its places.

        Raises
        ------
        ReplanError
            If it lacks one of the places.
        """
        rows = {place.id: row for row, place in enumerate(other.places)}
        missing = next((place.id for place in places if place.id not in rows), None)
        if missing is not None:
            raise ReplanError("新的行车时间缺少地点 %(id)s", id=missing)
        chosen = np.array([rows[place.id] for place in places], dtype=np.int64)
        cells = np.ix_(chosen, chosen)
        known = {place.id for place in places}
        return cls(
            other.bands,
            tuple(
                replace(one, travel_s=one.travel_s[cells], length_m=one.length_m[cells])
                for one in other.matrices
            ),
            tuple(cut for cut in other.cut_off if cut.place in known),
        )


def lateness_s(disturbances: Iterable[Disturbance], team: str) -> int:
    """Return by how much a team is late in all."""
    return sum(one.late_s for one in disturbances if isinstance(one, TeamLate) and one.team == team)


def check_disturbances(
    problem: Problem,
    disturbances: Sequence[Disturbance],
    *,
    day: date,
    now_s: int,
    roads: Roads | None,
) -> None:
    """Raise where a disturbance speaks of what the problem does not know, or of what is past.

    Raises
    ------
    ReplanError
        Naming the first disturbance at fault.
    """
    shifts = [shift for shift in problem.shifts if shift.day == day]
    if not shifts:
        raise ReplanError("%(day)s 不在计划的日期之内，不能按这一天调整", day=day.isoformat())
    if not 0 <= now_s <= max(shift.end_s + shift.overtime_s for shift in shifts):
        raise ReplanError("%(at)s 不在当天的班次之内，没有可以调整的安排", at=hour_text(now_s))
    teams = {team.id for team in problem.teams}
    stations = {station.id for station in problem.escort_stations}
    escorted = {option.id for option in problem.options if option.escort_stations}
    debtors = {option.debtor for option in problem.options}
    debtors |= {f.subject.removeprefix("debtor:") for f in problem.blocked}
    for one in disturbances:
        match one:
            case TeamLate() | OfficersAway() | TeamOut():
                _known(one.team, teams, message("小组"))
                ends_s = [shift.end_s for shift in shifts if shift.team == one.team]
                if not ends_s or max(ends_s) < now_s:
                    raise ReplanError(
                        "小组 %(team)s 在 %(day)s %(at)s 以后没有班次",
                        team=one.team,
                        day=day.isoformat(),
                        at=hour_text(now_s),
                    )
            case EscortCut():
                _known(one.station, stations, message("派出所"))
                if one.end_s <= now_s:
                    raise ReplanError("派出所 %(id)s 撤回警力的时段已过", id=one.station)
            case PromiseGone():
                held = {duty.id for duty in problem.duties if duty.kind == DutyKind.CHECKPOINT}
                _known(one.ref, escorted | held, message("需警力协助的走访或勤务"))
            case TimeAgreed():
                _check_agreed(problem, one, escorted, day=day, now_s=now_s)
            case HomeNow():
                _known(one.debtor, debtors, message("被执行人"))
                if one.until_s <= now_s:
                    raise ReplanError("线索在 %(at)s 已失效", at=hour_text(one.until_s))
            case Paid():
                _known(one.debtor, debtors, message("被执行人"))
            case RuleBars():
                _known(one.ref, {option.id for option in problem.options}, message("走访"))
            case RoadsClosed():
                if roads is None:
                    raise ReplanError("道路变化须同时给出新的行车时间")


def _check_agreed(
    problem: Problem, one: TimeAgreed, escorted: set[str], *, day: date, now_s: int
) -> None:
    """Raise where the time of a stop is none of a station's, or is past."""
    duty = next((duty for duty in problem.duties if duty.id == one.ref), None)
    if duty is not None and duty.kind != DutyKind.CHECKPOINT:
        raise ReplanError("勤务 %(id)s 的时间不由派出所确定，不能改到别的时间", id=one.ref)
    if duty is None:
        _known(one.ref, escorted, message("需警力协助的走访"))
    on = next(o.day for o in problem.options if o.id == one.ref) if duty is None else duty.day
    if (on, one.start_s) <= (day, now_s):
        raise ReplanError("%(id)s 约定的时间 %(at)s 已过", id=one.ref, at=hour_text(one.start_s))


def _known(name: str, known: set[str], what: Message) -> None:
    if name not in known:
        raise ReplanError("%(what)s %(id)s 不在这份计划的问题之中，请核对编号", what=what, id=name)
