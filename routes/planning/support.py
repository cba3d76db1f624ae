"""What a plan asks of police stations, and what their answers leave to plan.

Only a confirmed request is a promise (:class:`routes.model.SupportRequest`): its stop keeps
station and minute in every plan that is made later; which team goes is the court's own affair.
A station that said no, or nothing in time, has nobody free at those hours; one that proposed
others is free then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType

from geo.localtime import local_day, moment_at
from geo.messages import Message, message
from routes.model import DutyKind, SupportKind, SupportRequest, SupportState, Verdict
from routes.planning.branches import without_duties
from routes.planning.disturbances import TimeAgreed
from routes.planning.escort_hours import Span, calendars
from routes.planning.fleet import second_of
from routes.planning.problem import (
    PICK_UP_S,
    EscortMode,
    Floor,
    Option,
    Plan,
    PlanDuty,
    PlanFinding,
    Problem,
    Route,
    Stop,
    StopKind,
    barred_options,
)
from routes.planning.promises import more_than_all, promise_floor

__all__ = [
    "DUTY_REFUSED",
    "Answered",
    "Ask",
    "agreed_times",
    "answered",
    "broken_promises",
    "covering",
    "offered",
    "option_at",
    "requests_of",
    "support_finding",
]

DUTY_REFUSED = message("派出所不能在此时段协助，勤务未列入")
_CITATION = "本院规则"


@dataclass(frozen=True, slots=True)
class Ask:
    """What a plan needs of a station for one stop.

    Parameters
    ----------
    station
        Id; None where nobody knows which station answers for the place of a checkpoint.
    ref
        Id of the option or, where ``is_duty``, of the duty.
    day, start_s, end_s
        When the officers are wanted, from the pick-up where they are fetched.
    """

    station: str | None
    kind: SupportKind
    ref: str
    is_duty: bool
    day: date
    start_s: int
    end_s: int

    @property
    def starts_at(self) -> datetime:
        """When the officers are wanted first."""
        return moment_at(self.day, self.start_s)

    @property
    def ends_at(self) -> datetime:
        """When they may go."""
        return moment_at(self.day, self.end_s)

    def is_met_by(self, request: SupportRequest) -> bool:
        """Whether a request asks for just this, as it was written or as was proposed since."""
        return (request.station_id, request.ref, request.is_duty, *request.hours) == (
            self.station,
            self.ref,
            self.is_duty,
            self.starts_at,
            self.ends_at,
        )


def requests_of(
    problem: Problem, plan: Plan, *, territory: Mapping[str, str] = MappingProxyType({})
) -> tuple[Ask, ...]:
    """Return what a plan asks of stations: for each escorted visit and each checkpoint.

    Parameters
    ----------
    territory
        By id of a place, the station that answers for it.

    Returns
    -------
    tuple of Ask
        In the order of the plan.
    """
    options = {option.id: option for option in problem.options}
    duties = {duty.id: duty for duty in problem.duties}
    return tuple(
        ask for route in plan.routes for ask in _asks_of(route, options, duties, territory)
    )


def _asks_of(
    route: Route,
    options: Mapping[str, Option],
    duties: Mapping[str, PlanDuty],
    territory: Mapping[str, str],
) -> Iterator[Ask]:
    before: Stop | None = None
    for stop in route.stops:
        start_s, option, duty = stop.start_s, options.get(stop.ref), duties.get(stop.ref)
        if stop.kind is StopKind.DUTY and duty is not None and duty.kind == DutyKind.CHECKPOINT:
            yield Ask(
                territory.get(stop.place),
                SupportKind.CHECKPOINT,
                stop.ref,
                True,
                route.day,
                start_s,
                stop.departure_s,
            )
        elif stop.kind is StopKind.VISIT and option is not None:
            station = stop.escort_station
            if option.escort is EscortMode.PICK_UP:
                station = option.escort_stations[0]
                if before is not None and (before.kind, before.ref) == (StopKind.PICK_UP, stop.ref):
                    start_s = before.start_s
            if station is not None:
                yield Ask(
                    station,
                    SupportKind.ESCORT,
                    stop.ref,
                    False,
                    route.day,
                    start_s,
                    stop.departure_s,
                )
        before = stop


def broken_promises(
    problem: Problem, plan: Plan, requests: Iterable[SupportRequest]
) -> tuple[SupportRequest, ...]:
    """Return the confirmed requests that a plan does not keep, by station, stop and minute."""
    territory = {
        stop.place: one.station_id
        for one in requests
        for route in plan.routes
        for stop in route.stops
        if one.is_duty and stop.ref == one.ref
    }
    asked = requests_of(problem, plan, territory=territory)
    return tuple(
        one
        for one in requests
        if one.state is SupportState.CONFIRMED and not any(ask.is_met_by(one) for ask in asked)
    )


def agreed_times(
    problem: Problem,
    plan: Plan,
    requests: Iterable[SupportRequest],
    *,
    day: date,
    now_s: int,
) -> tuple[TimeAgreed, ...]:
    """Return the times that stations and court agreed on and that a plan does not hold yet.

    A stop that has begun by the hour, and a visit at whose address no option holds the time, are
    left to people.
    """
    asks = {(ask.ref, ask.is_duty): ask for ask in requests_of(problem, plan)}
    found = []
    for one in requests:
        ask = asks.get((one.ref, one.is_duty))
        if ask is None or one.state is not SupportState.CONFIRMED or not one.court_agreed:
            continue
        if (ask.station or one.station_id) != one.station_id or ask.starts_at == one.hours[0]:
            continue
        agreed_day, start_s, _end_s = _span(*one.hours)
        if agreed_day != ask.day or (day, now_s) >= (ask.day, min(ask.start_s, start_s)):
            continue
        if one.is_duty or option_at(problem, plan, ask, start_s) is not None:
            found.append(TimeAgreed(one.ref, start_s))
    return tuple(found)


def option_at(problem: Problem, plan: Plan, ask: Ask, start_s: int) -> Option | None:
    """Return a planned visit as it is with its officers at another time of the day.

    It keeps its id and station, is bound to its minute, and is worth what the option of its
    address is that holds the time; None where none does, or a rule bars it.
    """
    asked = next((option for option in problem.options if option.id == ask.ref), None)
    end_s = start_s + ask.end_s - ask.start_s
    held = None if asked is None else covering(problem.options, asked, ask.day, start_s, end_s)
    if held is None or held.id in barred_options(problem) or ask.station is None:
        return None
    planned_s = next(
        stop.start_s
        for route in plan.routes
        for stop in route.stops
        if (stop.kind, stop.ref, stop.second) == (StopKind.VISIT, ask.ref, False)
    )
    minute_s = planned_s + start_s - ask.start_s
    if not held.window_start_s <= minute_s <= held.window_end_s:
        return None
    return replace(
        held,
        id=ask.ref,
        window_start_s=minute_s,
        window_end_s=minute_s,
        escort_stations=(ask.station,),
    )


def covering(
    options: Iterable[Option], asked: Option, day: date, start_s: int, end_s: int
) -> Option | None:
    """Return the option of the same address whose window holds an hour, the asked one first.

    Parameters
    ----------
    start_s, end_s
        When the officers are there, from the pick-up where they are fetched.
    """
    if asked.escort is EscortMode.PICK_UP:
        start_s += PICK_UP_S
    for one in (asked, *options):
        if (
            (one.debtor, one.claim, one.place) == (asked.debtor, asked.claim, asked.place)
            and (one.day, one.step) == (day, asked.step)
            and one.window_start_s <= start_s <= one.window_end_s
            and one.service_s <= end_s - start_s
        ):
            return replace(one, escort=asked.escort)
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """A problem after the answers of stations.

    Parameters
    ----------
    problem
        What is left to plan.
    promised
        Ids of the confirmed requests that it keeps.
    lost
        Ids of those confirmed, or with another time proposed, for which it holds no lawful
        option at their hour, or no such stop at all: people decide.
    """

    problem: Problem
    promised: tuple[str, ...]
    lost: tuple[str, ...]


def answered(problem: Problem, plan: Plan, requests: Sequence[SupportRequest]) -> Answered:
    """Return what the stations' answers leave of a problem.

    A confirmed stop keeps its minute and station: its option is narrowed to them, the debtor's
    others are barred, and a plan without it pays more than all else may be worth. The hours of
    a station that declined, did not answer in time, or proposed others are cut from its
    calendar; the option keeps its other hours. A proposal adds an option at the hour proposed,
    where a lawful one of the same address holds that hour. A checkpoint moves to the hour that
    its station proposed, once the court agreed; one that was confirmed at another hour than its
    table has now is left out until the table says so.

    Parameters
    ----------
    plan
        The plan at hand, from which the minute of a promised visit is read.
    requests
        As of now; drafts and withdrawn ones change nothing.
    """
    return _Answers(problem, plan).take(requests)


def offered(problem: Problem, plan: Plan, requests: Sequence[SupportRequest]) -> Problem:
    """Return a problem with an option at each hour that stations proposed, and nothing taken away.

    The plan at hand, to which its stops at the hours asked for belong, still answers it.
    """
    return _Answers(problem, plan).offer(requests)


class _Answers:
    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem = problem
        self.options = {option.id: option for option in problem.options}
        self.duties = {duty.id: duty for duty in problem.duties}
        self.frozen = {stop.ref for route in problem.frozen for stop in route.stops}
        self.starts_s = {
            stop.ref: stop.start_s
            for route in plan.routes
            for stop in route.stops
            if stop.kind is StopKind.VISIT
        }
        self.asked_s = {ask.ref: (ask.day, ask.start_s) for ask in requests_of(problem, plan)}
        self.cut: defaultdict[str, list[Span]] = defaultdict(list)
        self.free: defaultdict[str, list[Span]] = defaultdict(list)
        self.changed: dict[str, Option] = {}
        self.barred: dict[str, PlanFinding] = {}
        self.left_out: dict[str, PlanFinding] = {}
        self.floors: list[Floor] = []
        self.promised: list[str] = []
        self.lost: list[str] = []

    def take(self, requests: Sequence[SupportRequest]) -> Answered:
        for one in requests:
            if one.ref in self.frozen:
                continue
            if one.state.is_refusal or one.state is SupportState.OTHER_TIME_PROPOSED:
                self._refused(one)
            elif one.proposed_starts_at is not None and not one.is_duty:
                self.cut[one.station_id].append(_span(one.starts_at, one.ends_at))
            if one.state is SupportState.CONFIRMED:
                self._confirmed(one)
            elif one.state is SupportState.OTHER_TIME_PROPOSED and not one.is_duty:
                self._proposed(one)
        problem = without_duties(self.problem, self.left_out)
        kept = tuple(self.changed.get(option.id, option) for option in problem.options)
        known = {option.id for option in kept}
        added = tuple(one for one in self.changed.values() if one.id not in known)
        problem = replace(
            problem,
            options=(*kept, *added),
            blocked=(*problem.blocked, *self.barred.values()),
            escort_stations=calendars(problem.escort_stations, self.cut, self.free),
            floors=(*problem.floors, *self.floors),
        )
        return Answered(problem, tuple(self.promised), tuple(self.lost))

    def offer(self, requests: Sequence[SupportRequest]) -> Problem:
        for one in requests:
            agreed = one.state in (SupportState.OTHER_TIME_PROPOSED, SupportState.CONFIRMED)
            if agreed and one.proposed_starts_at is not None and not one.is_duty:
                self._proposed(one)
        return replace(
            self.problem,
            options=(*self.problem.options, *self.changed.values()),
            escort_stations=calendars(self.problem.escort_stations, {}, self.free),
        )

    def _refused(self, one: SupportRequest) -> None:
        if one.is_duty:
            self._leave_out(one, DUTY_REFUSED)
            return
        self.cut[one.station_id].append(_span(one.starts_at, one.ends_at))

    def _confirmed(self, one: SupportRequest) -> None:
        day, start_s, end_s = _span(*one.hours)
        if one.is_duty:
            duty = self.duties.get(one.ref)
            if duty is None:
                self.lost.append(one.id)
            elif duty.day == day and (
                one.court_agreed or duty.window_start_s <= start_s <= duty.window_end_s
            ):
                moved = replace(duty, window_start_s=start_s, window_end_s=start_s)
                self.problem = replace(
                    self.problem,
                    duties=tuple(moved if d.id == duty.id else d for d in self.problem.duties),
                )
                self.promised.append(one.id)
            else:
                self._leave_out(one, message("派出所确认的时段与勤务表不同，请改正后重新规划"))
                self.lost.append(one.id)
            return
        held = self._held(one.ref, day, start_s, end_s)
        if held is None:
            self.lost.append(one.id)
            return
        self.changed[held.id] = self._at(held, one.station_id, day, start_s)
        self.free[one.station_id].append((day, start_s, end_s))
        for other in self.problem.options:
            if other.debtor == held.debtor and other.id not in (held.id, *self.frozen):
                self.barred[other.id] = support_finding(
                    f"visit:{other.id}", message("派出所已确认在另一时间协助走访同一被执行人")
                )
        price = more_than_all(self.problem)
        self.floors.append(promise_floor(one.id, held.debtor, price, "派出所已确认的协助"))
        self.promised.append(one.id)

    def _proposed(self, one: SupportRequest) -> None:
        day, start_s, end_s = _span(*one.hours)
        held = self._held(one.ref, day, start_s, end_s)
        if held is None:
            self.lost.append(one.id)
            return
        at = self._at(held, one.station_id, day, start_s)
        self.changed[f"{held.id}@{one.id}"] = replace(at, id=f"{held.id}@{one.id}")
        self.free[one.station_id].append((day, start_s, end_s))

    def _held(self, ref: str, day: date, start_s: int, end_s: int) -> Option | None:
        asked = self.options.get(ref)
        return None if asked is None else covering(self.problem.options, asked, day, start_s, end_s)

    def _at(self, option: Option, station: str, day: date, start_s: int) -> Option:
        """Return an option that is bound to a station and, where known, to the minute."""
        low_s = high_s = start_s
        if self.asked_s.get(option.id) == (day, start_s):
            low_s = high_s = self.starts_s[option.id]
        elif option.escort is EscortMode.PICK_UP:
            low_s, high_s = start_s + PICK_UP_S, option.window_end_s
        return replace(
            option, window_start_s=low_s, window_end_s=high_s, escort_stations=(station,)
        )

    def _leave_out(self, one: SupportRequest, why: Message) -> None:
        if one.ref in self.duties:
            self.left_out[one.ref] = support_finding(f"duty:{one.ref}", why)


def support_finding(subject: str, why: Message) -> PlanFinding:
    """Return why something is not planned for want of police support (LAW.md L6)."""
    return PlanFinding("L6", Verdict.BLOCK.value, subject, str(why), _CITATION)


def _span(starts_at: datetime, ends_at: datetime) -> Span:
    day = local_day(starts_at)
    return day, second_of(starts_at, day), second_of(ends_at, day)
