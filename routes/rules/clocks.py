"""Clocks that the law starts: until when something must be done, and how it presses.

A clock is made from what is on record and is gone once the record says it was done. Hours run
from the moment itself, not from the next full hour: the law (民事诉讼法 article 85) would leave
the first hour out, the court's policy does not. Days leave the first day out and end with a
local midnight in Asia/Shanghai.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from geo.localtime import local_day, moment_at
from geo.messages import Message, message
from routes.calendar import DayKind, WorkCalendar
from routes.documents import Approver, DocumentKind
from routes.errors import ValueRangeError
from routes.items import ASSET_YEARS, Item
from routes.measures import ActKind, Measure, MeasureKind
from routes.model import Case
from routes.rules.measure_facts import document_fault, same_paper
from routes.rules.profile import RuleProfile

__all__ = [
    "Clock",
    "Held",
    "case_clocks",
    "case_urgency",
    "held_time",
    "is_over",
    "item_clocks",
    "questioning_limit_h",
    "seizure_ends_on",
    "soonest",
    "step_clocks",
    "urgency",
]

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Clock:
    """A limit that runs; all moments aware.

    Parameters
    ----------
    id
        Stable text of rule and subject.
    rule
        Id in LAW.md.
    subject
        As in :class:`routes.model.Finding`.
    starts_at
        When it began to run.
    due_at
        First moment that is too late.
    alert_at
        From here on it presses; between start and limit.
    label
        What must be done until then.

    Raises
    ------
    ValueRangeError
        If a moment has no time zone, or they are out of order.
    """

    id: str
    rule: str
    subject: str
    starts_at: datetime
    due_at: datetime
    alert_at: datetime
    label: Message

    def __post_init__(self) -> None:
        if any(each.tzinfo is None for each in (self.starts_at, self.due_at, self.alert_at)):
            raise ValueRangeError("期限的时间须带时区（%(id)s）", id=self.id)
        if not self.starts_at <= self.alert_at <= self.due_at:
            raise ValueRangeError("期限的提醒时间须在起算和届满之间（%(id)s）", id=self.id)


def is_over(clock: Clock, now: datetime) -> bool:
    """Whether the limit is reached."""
    return now >= clock.due_at


def urgency(clock: Clock, now: datetime) -> float:
    """Return how a clock presses, in [0, 1], as a weight in planning.

    Zero until the alert, then rising evenly, and one from the limit on: what is overdue does
    not press less.

    Examples
    --------
    >>> from geo.localtime import moment_at
    >>> from geo.messages import message
    >>> hour = [moment_at(date(2026, 3, 2), 3600 * n) for n in range(9)]
    >>> clock = Clock("c", "C3", "step:S1", hour[0], hour[8], hour[6], message("询问"))
    >>> [urgency(clock, hour[n]) for n in (5, 6, 7, 8)]
    [0.0, 0.0, 0.5, 1.0]
    """
    if now >= clock.due_at:
        return 1.0
    if now <= clock.alert_at:
        return 0.0
    return (now - clock.alert_at) / (clock.due_at - clock.alert_at)


def soonest(clocks: Iterable[Clock], now: datetime) -> Clock | None:
    """Return the running clock that ends first; overdue ones come before all others.

    A clock that starts later than ``now`` does not run yet. None where none runs.
    """
    running = (clock for clock in clocks if clock.starts_at <= now)
    return min(running, key=lambda clock: (clock.due_at, clock.id), default=None)


def case_urgency(
    case: Case, others: Iterable[Clock] = (), *, now: datetime, profile: RuleProfile
) -> float:
    """Return how the soonest running clock of a case presses, in [0, 1]; 0 where none runs.

    Parameters
    ----------
    others
        Clocks that its steps and the property under seizure have started.
    """
    clock = soonest((*case_clocks(case, now=now, profile=profile), *others), now)
    return 0.0 if clock is None else urgency(clock, now)


@dataclass(frozen=True, slots=True)
class Held:
    """How long a summons has kept a person.

    Parameters
    ----------
    before
        Time of the spells that are over.
    since
        When the spell that runs began, aware; None where none runs.
    """

    before: timedelta
    since: datetime | None


def held_time(step: Measure, others: Iterable[Measure] = ()) -> Held:
    """Add up for how long a summons has kept a person, all its spells together.

    Parameters
    ----------
    others
        Steps on the same warrant, for the same person: their acts are of one record.

    Notes
    -----

    A spell begins with control over the person, or with questioning taken up again, and ends
    when the person is let go. The end of questioning ends it too, unless it is taken up again
    before the person was let go: then the pause counts. Being let go stops the clock and does not
    set it back; only a new summons (CPI 482, by a new paper) has hours of its own.
    """
    before, since, ended = timedelta(0), None, None
    controlled = False
    log = [*step.acts, *(act for each in others for act in each.acts)]
    for act in sorted(log, key=lambda each: each.at):
        if act.kind is ActKind.CONTROLLED or (controlled and act.kind is _STARTED):
            controlled = True
            since, ended = since or act.at, None
        elif act.kind is ActKind.QUESTIONING_ENDED and since is not None:
            ended = act.at
        elif act.kind is ActKind.RELEASED and since is not None:
            before, since, ended = before + (act.at - since), None, None
    if since is not None and ended is not None:
        before, since = before + (ended - since), None
    return Held(before, since)


_STARTED = ActKind.QUESTIONING_STARTED


def questioning_limit_h(step: Measure, profile: RuleProfile, *, on: date) -> int:
    """Return for how many hours a person may be questioned.

    The longer limit holds only where the matter is complex, detention is possible and the
    president's approval is there (适用民事诉讼法的解释 2022, article 482; the approval is policy).
    """
    kind = DocumentKind.LONG_QUESTIONING
    approved = document_fault(step.document(kind), kind, by=Approver.PRESIDENT, on=on) is None
    if step.complex_matter and step.detention_possible and approved:
        return profile.questioning_long_h
    return profile.questioning_h


def step_clocks(
    step: Measure,
    others: Iterable[Measure] = (),
    *,
    now: datetime,
    calendar: WorkCalendar,
    profile: RuleProfile,
) -> tuple[Clock, ...]:
    """Return the clocks that a step has started and not stopped.

    Questioning (C3), notice to the family (D2), and the person's three days for asking
    reconsideration (D2), whose last day moves past days of rest (民事诉讼法 article 85). These
    three days are a right: once over they are gone, while the others stay overdue.

    Parameters
    ----------
    others
        Other steps of the case; hours on the same warrant count together.

    Raises
    ------
    CalendarError
        If the calendar does not know a day on which the three days may end.
    """
    if step.kind is MeasureKind.SUMMONS:
        return tuple(_questioning(step, tuple(others), profile))
    if step.kind is MeasureKind.DETENTION:
        right = (clock for clock in _reconsideration(step, calendar) if not is_over(clock, now))
        return (*_family_notice(step, profile), *right)
    return ()


def item_clocks(item: Item, *, profile: RuleProfile) -> tuple[Clock, ...]:
    """Return the clock of a seizure's expiry (Z8); none before the item is seized."""
    last = seizure_ends_on(item)
    if item.seized_on is None or last is None:
        return ()
    due_at = _after(last)
    starts_at = moment_at(item.seized_on, 0)
    return (
        Clock(
            f"Z8:item:{item.id}",
            "Z8",
            f"item:{item.id}",
            starts_at,
            due_at,
            max(starts_at, due_at - profile.seizure_alert_d * _DAY),
            message("查封于 %(day)s 届满，届满前办理续行手续", day=last.isoformat()),
        ),
    )


def case_clocks(
    case: Case, steps: Iterable[Measure] = (), *, now: datetime, profile: RuleProfile
) -> tuple[Clock, ...]:
    """Return the clock of the enforcement notice (A2); none once it is sent.

    Due within so many days of filing; where a measure was taken at once, within so many days
    of that, if that is sooner. The last day does not move for a holiday: it is the court's own.

    Parameters
    ----------
    steps
        Steps of this case; the first act of one that seizes, searches, evicts or restrains
        counts as the measure.
    """
    if case.notice_sent_on is not None and case.notice_sent_on <= local_day(now):
        return ()
    starts_on, last = case.filed_on, case.filed_on + profile.notice_due_d * _DAY
    taken_at = [
        act.at for step in steps if step.kind.coercive for act in step.acts if not act.kind.prepares
    ]
    if taken_at:
        taken_on = local_day(min(taken_at))
        after_measure = taken_on + profile.notice_after_measures_d * _DAY
        if after_measure < last:
            starts_on, last = max(starts_on, taken_on), max(after_measure, starts_on)
    starts_at, due_at = moment_at(starts_on, 0), _after(last)
    return (
        Clock(
            f"A2:case:{case.id}",
            "A2",
            f"case:{case.id}",
            starts_at,
            due_at,
            max(starts_at, due_at - profile.notice_alert_d * _DAY),
            message("执行通知应于 %(day)s 以前（含当日）发出", day=last.isoformat()),
        ),
    )


def seizure_ends_on(item: Item) -> date | None:
    """Return the last whole day on which a seizure surely holds; None before it is seized.

    One, two or three calendar years by the kind of property (适用民事诉讼法的解释 2022, article
    485); property of unknown kind gets the shortest. Of the two ways to count the years the
    earlier is taken: the day before the same date. A seizure of 29 February ends on 27 February
    (the last day of that month, less one). A shorter term in the ruling holds.

    Examples
    --------
    >>> from routes.items import AssetKind
    >>> seizure_ends_on(Item("I1", AssetKind.MOVABLE, seized_on=date(2024, 3, 1)))
    datetime.date(2026, 2, 28)
    """
    if item.seized_on is None:
        return None
    years = min(ASSET_YEARS.values()) if item.asset is None else ASSET_YEARS[item.asset]
    last = _years_later(item.seized_on, years) - _DAY
    return last if item.expires_on is None else min(last, item.expires_on)


def _years_later(day: date, years: int) -> date:
    """Return the same date years later; 28 February where there is no 29 (民法典 article 202)."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 2, 28)


def _after(day: date) -> datetime:
    return moment_at(day + _DAY, 0)


def _questioning(
    step: Measure, others: tuple[Measure, ...], profile: RuleProfile
) -> Iterator[Clock]:
    held = held_time(step, same_paper(step, others, DocumentKind.SUMMONS_WARRANT))
    if held_time(step).since is None or held.since is None:
        return
    limit_h = questioning_limit_h(step, profile, on=local_day(held.since))
    due_at = max(held.since, held.since + limit_h * _HOUR - held.before)
    before_h = profile.questioning_h - profile.questioning_alert_h
    yield Clock(
        f"C3:step:{step.id}",
        "C3",
        f"step:{step.id}",
        held.since,
        due_at,
        max(held.since, due_at - before_h * _HOUR),
        message("调查询问不得超过 %(hours)d 小时", hours=limit_h),
    )


def _family_notice(step: Measure, profile: RuleProfile) -> Iterator[Clock]:
    detained_at = step.first(ActKind.DETAINED)
    told = (ActKind.FAMILY_NOTIFIED, ActKind.FAMILY_NOTICE_FAILED)
    if detained_at is None or any(step.first(kind) is not None for kind in told):
        return
    yield Clock(
        f"D2:family:step:{step.id}",
        "D2",
        f"step:{step.id}",
        detained_at,
        detained_at + profile.family_notice_h * _HOUR,
        detained_at,
        message("%(hours)d 小时内通知被拘留人家属", hours=profile.family_notice_h),
    )


_RECONSIDERATION_D = 3


def _reconsideration(step: Measure, calendar: WorkCalendar) -> Iterator[Clock]:
    received_at = step.first(ActKind.DECISION_RECEIVED)
    if received_at is None or step.first(ActKind.RECONSIDERATION_ASKED) is not None:
        return
    last = local_day(received_at) + _RECONSIDERATION_D * _DAY
    while calendar.day_kind(last) is not DayKind.WORKDAY:
        last += _DAY
    yield Clock(
        f"D2:reconsideration:step:{step.id}",
        "D2",
        f"step:{step.id}",
        received_at,
        _after(last),
        moment_at(last, 0),
        message("被拘留人可于 %(day)s 以前（含当日）申请复议", day=last.isoformat()),
    )
