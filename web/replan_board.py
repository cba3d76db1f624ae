"""What became of a plan while it was carried out, as the plan page tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from data.replans import Replan
from data.store import Store
from geo.localtime import hour_text, moment_at
from geo.messages import Message, message
from routes.errors import ReplanError
from routes.model import ActionId, CaseNumber, DebtorId
from routes.planning.changes import Change, Slot
from routes.planning.concerned import debtors_of
from routes.planning.disturbances import (
    BarredByHand,
    ByHand,
    Disturbance,
    EscortCut,
    HomeNow,
    LockedByHand,
    OfficersAway,
    Paid,
    PromiseGone,
    RoadsClosed,
    RuleBars,
    TeamLate,
    TeamOut,
    TimeAgreed,
)
from routes.planning.problem import Plan, Problem, StopKind
from routes.planning.support import agreed_times, requests_of
from routes.ports import Clock
from web.plan_board import duty_title
from web.replanning import changes_of, hour_of

__all__ = [
    "KINDS",
    "AgreedView",
    "ChangeView",
    "ReplanForm",
    "ReplanView",
    "agreed_since",
    "disturbance_of",
    "replan_form",
    "replan_view",
]

KINDS: Mapping[str, Message] = {
    "team_late": message("小组晚点"),
    "officers_away": message("小组减员"),
    "team_out": message("小组不能继续出勤"),
    "escort_cut": message("派出所撤回警力"),
    "promise_gone": message("某次协助撤回"),
    "time_agreed": message("与派出所约定了另一时间"),
    "roads_closed": message("道路封闭或开通"),
    "home_now": message("紧急线索：现在家"),
    "paid": message("被执行人已履行"),
}
"""What the form lets a commander report."""

_DAY_END_S = 86_400


@dataclass(frozen=True, slots=True)
class SlotView:
    """When a stop is, and whose."""

    team: str
    day: str
    start_s: int


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One change as a line: of whom, from where to where, and why."""

    kind: str
    title: str
    case_id: str
    was: SlotView | None
    now: SlotView | None
    why: Message
    others: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ReplanView:
    """How a plan came out of another.

    Parameters
    ----------
    since
        The hour from which it holds.
    happened
        A sentence for each disturbance.
    """

    replaces: ActionId
    since: datetime
    happened: tuple[Message, ...]
    changes: tuple[ChangeView, ...]
    was_released: bool
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReplanForm:
    """What the form offers: values with their texts.

    Parameters
    ----------
    visits
        Planned visits with an escort that are still ahead.
    agreed
        Stops that are to be at another time, as a station proposed and the court agreed.
    cases
        Numbers of the cases that the problem knows.
    """

    teams: tuple[tuple[str, str], ...]
    stations: tuple[tuple[str, str], ...]
    visits: tuple[tuple[str, str], ...]
    agreed: tuple[tuple[str, str], ...]
    cases: tuple[str, ...]


def replan_form(
    store: Store, clock: Clock, action_id: ActionId, problem: Problem, plan: Plan
) -> ReplanForm | None:
    """Return what may be reported of a plan; None where nothing can be changed any more."""
    held = store.replans.of(action_id)
    if (held is not None and held.undone_at is not None) or store.replans.later(action_id):
        return None
    try:
        day, now_s = hour_of(problem, clock())
    except ReplanError:
        return None
    cases = store.case_names(debtors_of(problem))
    names = {team.id: team.name or team.id for team in problem.teams}
    stations = {station.id: station.name for station in store.stations()}
    debtor_of = {option.id: option.debtor for option in problem.options}
    today = {shift.team for shift in problem.shifts if shift.day == day and shift.end_s >= now_s}
    visits = []
    for route in plan.routes:
        for stop in route.stops:
            if stop.kind is StopKind.VISIT and stop.escort_station is not None:
                if (route.day, stop.start_s) <= (day, now_s):
                    continue
                case = cases.get(DebtorId(debtor_of[stop.ref]))
                number = "" if case is None else str(case.number)
                at = f"{route.day:%m-%d} {hour_text(stop.start_s)}"
                visits.append((stop.ref, f"{at} {names[route.team]} {number}"))
    numbers = {str(case.number) for case in cases.values()}
    return ReplanForm(
        tuple((team, names[team]) for team in names if team in today),
        tuple(
            (station.id, stations.get(station.id, station.id))
            for station in problem.escort_stations
            if station.calendar
        ),
        tuple(visits),
        tuple(
            (one.ref, f"{one.title} {hour_text(one.was_s)} → {hour_text(one.now_s)}")
            for one in agreed_since(store, clock, action_id, problem, plan)
        ),
        tuple(sorted(numbers)),
    )


@dataclass(frozen=True, slots=True)
class AgreedView:
    """A stop that a plan does not hold yet at the time on which station and court agreed.

    Parameters
    ----------
    title
        Number of the case, or what the duty is called.
    station
        Name.
    was_s, now_s
        When officers are there by the plan, and as agreed.
    """

    ref: str
    title: str
    station: str
    day: date
    was_s: int
    now_s: int


def agreed_since(
    store: Store, clock: Clock, action_id: ActionId, problem: Problem, plan: Plan
) -> tuple[AgreedView, ...]:
    """Return the stops whose time was agreed anew, and that a plan can still move there."""
    try:
        day, now_s = hour_of(problem, clock())
    except ReplanError:
        return ()
    requests = store.support_requests.for_action(action_id)
    found = agreed_times(problem, plan, requests, day=day, now_s=now_s)
    if not found:
        return ()
    board = _Board(store, problem)
    asks = {ask.ref: ask for ask in requests_of(problem, plan)}
    stations = {one.ref: one.station_id for one in requests if one.court_agreed}
    return tuple(
        AgreedView(
            one.ref,
            board.title(one.ref),
            board.stations.get(stations[one.ref], stations[one.ref]),
            asks[one.ref].day,
            asks[one.ref].start_s,
            one.start_s,
        )
        for one in found
    )


def disturbance_of(
    store: Store,
    problem: Problem,
    form: Mapping[str, str],
    *,
    agreed: Sequence[AgreedView] = (),
    silent: Sequence[str] = (),
) -> list[Disturbance]:
    """Return what a form reports; of a case with several debtors, of each.

    Parameters
    ----------
    agreed
        Stops of the plan whose time was agreed anew.
    silent
        Stops for which no station answered in time; what stations refused is known anyhow.

    Raises
    ------
    ReplanError
        If a field is missing or makes no sense.
    """
    kind, team = form.get("kind", ""), form.get("team", "")
    match kind:
        case "team_late":
            return [TeamLate(team, 60 * _number(form, "minutes", message("晚点分钟")))]
        case "officers_away":
            return [OfficersAway(team, _number(form, "officers", message("减员人数")))]
        case "team_out":
            return [TeamOut(team)]
        case "escort_cut":
            begin_s = _second(form, "from", message("撤回警力的开始时间"), empty=0)
            end_s = _second(form, "until", message("撤回警力的结束时间"), empty=_DAY_END_S)
            return [EscortCut(form.get("station", ""), begin_s, end_s)]
        case "promise_gone":
            return [PromiseGone(form.get("visit", ""))]
        case "answers":
            return [PromiseGone(ref) for ref in silent]
        case "time_agreed":
            stop = form.get("agreed", "")
            found = [TimeAgreed(one.ref, one.now_s) for one in agreed if one.ref == stop]
            if not found:
                raise ReplanError("这一处没有与派出所约定、还未改到的时间，请从列表中选择")
            return list(found)
        case "roads_closed":
            reason = form.get("reason", "").strip()
            if not 0 < len(reason) <= 100:
                raise ReplanError("请写明道路变化的原因（不超过 100 字）")
            return [RoadsClosed(reason)]
        case "home_now":
            until_s = _second(form, "lead_until", message("线索的截止时间"))
            chance = _number(form, "chance", message("找到的把握（百分数）"))
            number = form.get("case", "")
            debtors = _known(store, problem, number) or _stored(store, number)
            return [HomeNow(debtor, until_s, chance / 100) for debtor in debtors]
        case "paid":
            return [Paid(debtor) for debtor in _debtors(store, problem, form.get("case", ""))]
    raise ReplanError("请选择发生了什么")


def _number(form: Mapping[str, str], name: str, what: Message) -> int:
    text = form.get(name, "").strip()
    if not text.isdecimal() or len(text) > 4:
        raise ReplanError("%(what)s须为整数", what=what)
    return int(text)


def _second(form: Mapping[str, str], name: str, what: Message, *, empty: int | None = None) -> int:
    """Return the second of a field of hours and minutes."""
    text = form.get(name, "").strip()
    if not text and empty is not None:
        return empty
    hours, _, minutes = text.partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60):
        raise ReplanError("%(what)s应形如 10:00", what=what)
    return int(hours) * 3600 + int(minutes) * 60


def _debtors(store: Store, problem: Problem, number: str) -> list[str]:
    """Return the debtors of a case that the problem knows.

    Raises
    ------
    ReplanError
        If it knows none.
    """
    found = _known(store, problem, number)
    if not found:
        raise ReplanError("案号不在这份计划的候选之中，请从列表中选择")
    return found


def _known(store: Store, problem: Problem, number: str) -> list[str]:
    cases = store.case_names(debtors_of(problem))
    known = dict.fromkeys(option.debtor for option in problem.options)
    return [
        debtor
        for debtor in known
        if (case := cases.get(DebtorId(debtor))) is not None and str(case.number) == number.strip()
    ]


def _stored(store: Store, number: str) -> list[str]:
    """Return the debtors of a case, whether a plan knows it or not.

    Raises
    ------
    CaseNumberError
        If the number has another form.
    ReplanError
        If there is no such case.
    """
    wanted = str(CaseNumber.parse(number.strip()))
    found = [debtor.id for case_id in store.find_cases(wanted) for debtor in store.debtors(case_id)]
    if not found:
        raise ReplanError("没有案号为 %(number)s 的案件，请核对", number=wanted)
    return list(map(str, found))


def replan_view(store: Store, held: Replan, problem: Problem) -> ReplanView:
    """Return what a plan that was made anew changes, in the words of the page."""
    board = _Board(store, problem)
    return ReplanView(
        held.replaces,
        moment_at(held.day, held.at_s),
        tuple(board.named(one).said() for one in held.disturbances),
        tuple(map(board.change, changes_of(store, held))),
        held.was_released,
        held.undone_at,
    )


class _Board:
    """Puts names that people know in the place of ids."""

    def __init__(self, store: Store, problem: Problem) -> None:
        self.cases = store.case_names(debtors_of(problem))
        self.teams = {team.id: team.name or team.id for team in problem.teams}
        self.stations = {station.id: station.name for station in store.stations()}
        self.duties = {duty.id: duty for duty in problem.duties}
        self.debtor_of = {option.id: option.debtor for option in problem.options}

    def named(self, one: Disturbance) -> Disturbance:
        match one:
            case TeamLate() | OfficersAway() | TeamOut():
                return replace(one, team=self.teams.get(one.team, one.team))
            case EscortCut():
                return replace(one, station=self.stations.get(one.station, one.station))
            case HomeNow() | Paid():
                return replace(one, debtor=self._of(one.debtor)[1])
            case ByHand() | BarredByHand():
                return replace(one, subject=self._of(one.subject)[1])
            case PromiseGone() | TimeAgreed() | RuleBars() | LockedByHand():
                return replace(one, ref=self.title(one.ref))
        return one

    def title(self, ref: str) -> str:
        """Return the number of a visit's case, or what a duty is called."""
        return self._of(self.debtor_of.get(ref, ref))[1]

    def change(self, one: Change) -> ChangeView:
        case_id, title = self._of(one.subject)
        return ChangeView(
            one.kind,
            title,
            case_id,
            self._slot(one.was),
            self._slot(one.now),
            one.why,
            tuple(self._each(one.others)),
        )

    def _each(self, subjects: Sequence[str]) -> Iterable[tuple[str, str]]:
        return (self._of(subject) for subject in subjects)

    def _of(self, subject: str) -> tuple[str, str]:
        """Return a debtor's case and its number, or no case and what a duty is called."""
        case = self.cases.get(DebtorId(subject))
        if case is not None:
            return str(case.id), str(case.number)
        duty = self.duties.get(subject)
        if duty is None:
            return "", subject
        return "", duty_title(duty)

    def _slot(self, slot: Slot | None) -> SlotView | None:
        if slot is None:
            return None
        return SlotView(self.teams.get(slot.team, slot.team), slot.day.isoformat(), slot.start_s)
