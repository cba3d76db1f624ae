"""What a new plan changes in the one before, and why.

A cause is stated only where it can be seen in the two problems and the plan before: the debtor
paid, the team cannot be there by then, nobody comes along, the road is closed. What follows from
other changes says so and names them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import zip_longest

from geo.localtime import hour_text
from geo.messages import Message, message
from routes.planning.disturbances import (
    ByHand,
    Disturbance,
    EscortCut,
    HomeNow,
    OfficersAway,
    Paid,
    PromiseGone,
    RoadsClosed,
    RuleBars,
    TeamOut,
    TimeAgreed,
    lateness_s,
)
from routes.planning.legs import Legs
from routes.planning.problem import (
    Option,
    Plan,
    PlanDuty,
    Problem,
    Route,
    Stop,
    WorkShift,
)

__all__ = ["Change", "ChangeKind", "Pair", "Slot", "changes_between", "pairs_between"]

_MINUTE_S = 60


class ChangeKind(StrEnum):
    """What becomes of a stop."""

    DROPPED = "dropped"
    MOVED = "moved"  # to another team, day or place
    RETIMED = "retimed"  # the same team, another minute
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a stop stands in a plan."""

    ref: str
    shift: str
    team: str
    day: date
    start_s: int
    place: str


@dataclass(frozen=True, slots=True)
class Change:
    """One stop that the new plan treats otherwise.

    Parameters
    ----------
    subject
        Debtor, or duty where ``is_duty``.
    was, now
        None where the stop was in neither plan.
    why
        The cause.
    others
        Debtors and duties whose changes made this one.
    """

    kind: ChangeKind
    subject: str
    is_duty: bool
    was: Slot | None
    now: Slot | None
    why: Message
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """A stop of a subject in the plan before and in the new one.

    Parameters
    ----------
    subject
        Debtor, or duty where ``is_duty``.
    was, now
        None where the stop was in neither plan.
    """

    subject: str
    is_duty: bool
    was: Slot | None
    now: Slot | None

    @property
    def kind(self) -> ChangeKind | None:
        """What became of it; None where it is as before."""
        if self.was is None:
            return ChangeKind.ADDED
        if self.now is None:
            return ChangeKind.DROPPED
        if (self.was.shift, self.was.place) != (self.now.shift, self.now.place):
            return ChangeKind.MOVED
        if self.was.start_s // _MINUTE_S != self.now.start_s // _MINUTE_S:
            return ChangeKind.RETIMED
        return None


def pairs_between(problem: Problem, plan: Plan, left: Problem, answer: Plan) -> tuple[Pair, ...]:
    """Return the stops that a plan treats otherwise than the one before, without causes.

    The dropped first, then the moved, the retimed and the added, each in the order of time.
    """
    return _changed(_all_pairs(plan, answer, _tasks(problem, left)))


def changes_between(
    problem: Problem,
    plan: Plan,
    left: Problem,
    answer: Plan,
    disturbances: Sequence[Disturbance],
    *,
    day: date,
    now_s: int,
) -> tuple[Change, ...]:
    """Return what a new plan changes, each change with its cause.

    Parameters
    ----------
    problem, plan
        Before.
    left, answer
        After; what was begun is frozen in ``left``.
    disturbances
        What happened in between, at a second of a day.

    Returns
    -------
    tuple of Change
        The dropped first, then the moved, the retimed and the added, each in the order of time.
    """
    tasks = _tasks(problem, left)
    pairs = _all_pairs(plan, answer, tasks)
    reasons = _Reasons(problem, plan, left, tasks, pairs, disturbances, day, now_s)
    return tuple(
        Change(kind, pair.subject, pair.is_duty, pair.was, pair.now, *reasons.of(pair, kind))
        for pair in _changed(pairs)
        if (kind := pair.kind) is not None
    )


def _tasks(*problems: Problem) -> dict[str, Option | PlanDuty]:
    tasks: dict[str, Option | PlanDuty] = {}
    for one in problems:
        tasks |= {option.id: option for option in one.options}
        tasks |= {duty.id: duty for duty in one.duties}
    return tasks


def _all_pairs(plan: Plan, answer: Plan, tasks: Mapping[str, Option | PlanDuty]) -> list[Pair]:
    return list(_paired(_slots(plan, tasks), _slots(answer, tasks)))


def _changed(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    order = tuple(ChangeKind)
    changed = ((kind, pair) for pair in pairs if (kind := pair.kind) is not None)
    ordered = sorted(
        changed, key=lambda one: (order.index(one[0]), _when(one[1].was or one[1].now))
    )
    return tuple(pair for _, pair in ordered)


def _when(slot: Slot | None) -> tuple[date, int, str]:
    assert slot is not None
    return slot.day, slot.start_s, slot.ref


_Slots = Mapping[tuple[str, bool], list[Slot]]


def _slots(plan: Plan, tasks: Mapping[str, Option | PlanDuty]) -> _Slots:
    """Return the stops of each debtor and duty in the order of time."""
    found: defaultdict[tuple[str, bool], list[Slot]] = defaultdict(list)
    for route in plan.routes:
        for stop in route.stops:
            if stop.is_work and stop.ref in tasks:
                task = tasks[stop.ref]
                is_duty = isinstance(task, PlanDuty)
                key = (task.id if isinstance(task, PlanDuty) else task.debtor), is_duty
                found[key].append(
                    Slot(stop.ref, route.shift, route.team, route.day, stop.start_s, stop.place)
                )
    for slots in found.values():
        slots.sort(key=_when)
    return found


def _paired(before: _Slots, after: _Slots) -> Iterator[Pair]:
    """Join the stops of each subject: those of the same shift first, then in order of time."""
    for key in dict.fromkeys((*before, *after)):
        olds, news = list(before.get(key, ())), list(after.get(key, ()))
        for same in (
            lambda a, b: (a.ref, a.shift) == (b.ref, b.shift),
            lambda a, b: a.ref == b.ref,
        ):
            for old in tuple(olds):
                new = next((one for one in news if same(old, one)), None)
                if new is not None:
                    olds.remove(old)
                    news.remove(new)
                    yield Pair(*key, old, new)
        for was, now in zip_longest(olds, news):
            yield Pair(*key, was, now)


class _Reasons:
    """Finds the cause of a change: in a disturbance, or else in other changes."""

    def __init__(
        self,
        problem: Problem,
        plan: Plan,
        left: Problem,
        tasks: Mapping[str, Option | PlanDuty],
        pairs: Sequence[Pair],
        disturbances: Sequence[Disturbance],
        day: date,
        now_s: int,
    ) -> None:
        self.left, self.tasks, self.pairs = left, tasks, pairs
        self.disturbances, self.day, self.now_s = disturbances, day, now_s
        self.names = {team.id: team.name or team.id for team in problem.teams}
        self.teams = {team.id: team for team in left.teams}
        self.stops = {(s.ref, r.shift): s for r in plan.routes for s in r.stops}
        self.halves: defaultdict[str, list[Slot]] = defaultdict(list)
        for pair in pairs:
            if pair.was is not None:
                self.halves[pair.was.ref].append(pair.was)
        self.cut_off = {(cut.place, cut.day): cut.reason for cut in left.cut_off}
        self.delayed = _delayed(plan.routes, left)
        self.by_hand = {one.subject: one for one in disturbances if isinstance(one, ByHand)}
        self.leads = {one.debtor: one for one in disturbances if isinstance(one, HomeNow)}
        self.struck = {pair: self._strikes(pair) for pair in pairs}

    def of(self, pair: Pair, kind: ChangeKind) -> tuple[Message, tuple[str, ...]]:
        """Return the cause of a change, and the subjects of the changes behind it."""
        direct = self.struck[pair]
        if direct is not None:
            return direct, ()
        if pair.subject in self.by_hand:
            return message("人工调整"), ()
        lead = self.leads.get(pair.subject)
        if lead is not None and pair.now is not None and not pair.is_duty:
            return message("紧急线索：%(until)s 前可找到", until=hour_text(lead.until_s)), ()
        if kind is ChangeKind.ADDED:
            assert pair.now is not None
            return self._room(pair.now, pair)
        assert pair.was is not None
        return self._followed(pair.was, pair)

    def _strikes(self, pair: Pair) -> Message | None:
        """Return what strikes a stop of the plan before, or that of the team that came along."""
        if pair.was is None:
            return None
        others = (one for one in self.halves[pair.was.ref] if one != pair.was)
        for was in (pair.was, *others):
            found = next(self._direct(pair, was), None)
            if found is not None:
                return found
        return None

    def _direct(self, pair: Pair, was: Slot) -> Iterator[Message]:
        """Yield what of the disturbances strikes the stop of the plan before."""
        task, team = self.tasks[was.ref], self.teams[was.team]
        stop, name = self.stops[was.ref, was.shift], self.names[was.team]
        needs = task.together if stop.second and task.together is not None else task
        for one in self.disturbances:
            match one:
                case Paid() if one.debtor == pair.subject and not pair.is_duty:
                    yield message("被执行人已履行")
                case RuleBars() if one.ref == was.ref:
                    yield message("规则 %(rule)s 现已禁止：%(text)s", rule=one.rule, text=one.text)
                case TeamOut() if (one.team, was.day) == (was.team, self.day):
                    yield message("%(team)s 今天不能继续出勤", team=name)
                case OfficersAway() if one.team == was.team and not (
                    needs.needed_skills <= team.skills and team.officers >= needs.min_officers
                ):
                    yield message("%(team)s 减员后人数或技能不足", team=name)
                case PromiseGone() if one.ref == was.ref:
                    yield (
                        message("派出所不能协助这项勤务")
                        if pair.is_duty
                        else message("这次走访的警力协助撤回")
                    )
                case TimeAgreed() if one.ref == was.ref:
                    yield message("派出所另提时间，本院已同意：%(at)s", at=hour_text(one.start_s))
                case EscortCut() if (
                    (one.station, was.day) == (stop.escort_station, self.day)
                    and one.start_s < stop.departure_s
                    and stop.start_s < one.end_s
                ):
                    yield message(
                        "派出所 %(id)s 在 %(start)s–%(end)s 撤回警力",
                        id=one.station,
                        start=hour_text(one.start_s),
                        end=hour_text(one.end_s),
                    )
        closed = self.cut_off.get((was.place, was.day))
        roads = next((one for one in self.disturbances if isinstance(one, RoadsClosed)), None)
        if closed is not None and roads is not None:
            yield message("道路封闭（%(why)s），到不了", why=closed)
        sooner = pair.now is not None and (pair.now.day, pair.now.start_s) < (was.day, was.start_s)
        if (was.ref, was.shift) in self.delayed and not sooner:
            late_s = lateness_s(self.disturbances, was.team)
            if late_s and was.day == self.day:
                yield message(
                    "%(team)s 晚点 %(minutes)d 分钟，%(at)s 到不了",
                    team=name,
                    minutes=-(-late_s // _MINUTE_S),
                    at=hour_text(was.start_s),
                )
            elif roads is not None:
                yield message(
                    "道路变化（%(why)s），%(at)s 到不了",
                    why=roads.reason,
                    at=hour_text(was.start_s),
                )

    def _room(self, now: Slot, pair: Pair) -> tuple[Message, tuple[str, ...]]:
        """Return why there is room for a new stop: what left its route."""
        gone = [
            one.subject
            for one in self.pairs
            if one is not pair
            and one.was is not None
            and one.was.shift == now.shift
            and (one.now is None or one.now.shift != now.shift)
        ]
        name = self.names[now.team]
        if gone:
            return message("补入 %(team)s 空出的时间", team=name), tuple(gone)
        changed = any(one.kind is not None and _touches(one, now.shift) for one in self.pairs)
        if changed and any(one.kind for one in self.pairs if one is not pair):
            return message("%(team)s 调整路线后可以顺路安排", team=name), ()
        return message("重新求解找到的空档"), ()

    def _followed(self, was: Slot, pair: Pair) -> tuple[Message, tuple[str, ...]]:
        """Return what took the place of a stop that no disturbance strikes itself."""
        name = self.names[was.team]
        came = [
            one.subject
            for one in self.pairs
            if one is not pair
            and one.now is not None
            and one.now.shift == was.shift
            and (one.was is None or one.was.shift != was.shift)
        ]
        if came:
            return message("%(team)s 这段时间改作他用", team=name), tuple(came)
        if pair.now is not None and pair.now.shift != was.shift:
            into = self.names[pair.now.team]
            return message("改由 %(team)s 走访更为顺路", team=into), ()
        others = [
            one.subject
            for one in self.pairs
            if one is not pair and self._is_root(one) and _touches(one, was.shift)
        ]
        if others:
            return message("随 %(team)s 的其他改动调整", team=name), tuple(others)
        return message("重新求解后的安排更优"), ()

    def _is_root(self, pair: Pair) -> bool:
        """Return whether a change can be the cause of others: one that only moves along cannot."""
        if pair.kind is None:
            return False
        return pair.kind is not ChangeKind.RETIMED or self.struck[pair] is not None


def _touches(pair: Pair, shift: str) -> bool:
    return any(slot is not None and slot.shift == shift for slot in (pair.was, pair.now))


def _delayed(routes: Iterable[Route], left: Problem) -> frozenset[tuple[str, str]]:
    """Return the stops, by ref and shift, that their old route would now reach too late.

    Too late is after the minute at which they were to begin, waits before them used up.
    """
    place_at = {place.id: row for row, place in enumerate(left.places)}
    profile_of = {team.id: team.profile for team in left.teams}
    shifts = {shift.id: shift for shift in left.shifts}
    frozen = {route.shift: route.stops for route in left.frozen}
    found: set[tuple[str, str]] = set()
    for route in routes:
        legs = Legs(left, place_at, profile=profile_of[route.team], day=route.day)
        begun = frozen.get(route.shift, ())
        at = {stop.ref: stop for stop in begun if stop.ref}
        found |= {
            (stop.ref, route.shift)
            for stop in route.stops
            if stop.ref in at and at[stop.ref].start_s > stop.start_s
        }
        for stop, start_s in _followed(route, shifts[route.shift], begun, legs):
            if start_s > stop.start_s and stop.ref:
                found.add((stop.ref, route.shift))
    return frozenset(found)


def _followed(
    route: Route, shift: WorkShift, begun: Sequence[Stop], legs: Legs
) -> Iterator[tuple[Stop, int]]:
    """Yield the later stops of a route in its old order, each with when it would now begin."""
    place, at_s = shift.start_place, shift.start_s
    if begun:
        place, at_s = begun[-1].place, begun[-1].departure_s
    for stop in route.stops[len(begun) :]:
        start_s = max(stop.start_s, at_s + legs.travel_s(at_s, place, stop.place))
        yield stop, start_s
        place, at_s = stop.place, start_s + stop.departure_s - stop.start_s
