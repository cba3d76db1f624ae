"""A change by hand, tried on a plan: what becomes of it, and whether it is lawful.

Only the routes that a change touches are timed anew, by the exact timetable of a route; all other
stops keep their order and as nearly as they can their minutes. Whether the answer is lawful is
said by the independent check alone. Where it is not, the stop is shown where it was wanted, with
what stands against it, and the nearest minute of that shift at which nothing does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from routes.errors import HandChangeError
from routes.planning.at_hand import AtHand, Spot
from routes.planning.figures import Figures
from routes.planning.hand_changes import (
    Add,
    Bar,
    HandChange,
    HandPlan,
    Lock,
    Move,
    Swap,
    TakeOut,
    Unbar,
    Unlock,
)
from routes.planning.hour_roads import FAR_S, Spans, joined, nearest
from routes.planning.problem import (
    Option,
    Plan,
    Problem,
    Route,
    Stop,
    StopKind,
    WorkShift,
    barred_options,
)
from routes.planning.terms import Task, Terms, by_one_stop
from routes.planning.validate import Violation, violations

__all__ = ["HandDesk", "Tried"]

_ASKED = 8  # spots, the nearest first, that are put to the check in search of a lawful one


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """What a change comes to.

    Parameters
    ----------
    made
        The plan with the change, lawful or not.
    before, after
        Figures without and with it.
    violations
        In what the plan breaks its problem then; nothing where it is lawful.
    ref, shift, start_s
        The stop that was put somewhere, and where it stands now; empty where none was.
    nearest_s
        The nearest minute of the shift at which the stop may begin, where that is another one
        than was asked for.
    moved_s
        By how much the start of a stop that was not asked about moves at most, either way.
    """

    made: HandPlan
    before: Figures
    after: Figures
    violations: tuple[Violation, ...] = ()
    ref: str = ""
    shift: str = ""
    start_s: int | None = None
    nearest_s: int | None = None
    moved_s: int = 0

    @property
    def lawful(self) -> bool:
        """Whether the plan keeps to its problem."""
        return not self.violations


class HandDesk:
    """Tries changes on plans of one problem; roads and lists are laid out once.

    It may be asked by several threads: what it holds is only added to, or put in place whole.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        tasks: tuple[Task, ...] = (*problem.options, *problem.duties)
        self.tasks: Mapping[str, Task] = {task.id: task for task in tasks}
        self.shifts: Mapping[str, WorkShift] = {shift.id: shift for shift in problem.shifts}
        self._rules_bar = barred_options(problem)
        self._begun = {stop.ref for route in problem.frozen for stop in route.stops}
        empty = Plan(problem.id, "", 0, 0, 0.0, ())
        self._at_hand = AtHand(Terms.of(problem, ()), empty)
        self._last = empty, Figures.of(problem, empty)

    def tried(self, hand: HandPlan, change: HandChange) -> Tried:
        """Return what a change makes of a plan.

        Raises
        ------
        HandChangeError
            If the change speaks of what is not there, or of a stop that is begun or locked.
        """
        match change:
            case Move():
                return self._move(hand, change)
            case Add():
                return self._add(hand, change)
            case Swap():
                return self._swap(hand, change)
            case TakeOut():
                subject = self.subject(self._movable(hand, change.ref))
                return self._told(hand, self._out(hand, {change.ref}, {subject}))
            case Bar():
                return self._told(hand, self._bar(hand, change.subject))
            case Unbar():
                if change.subject not in hand.barred:
                    raise HandChangeError("%(id)s 未被排除", id=change.subject)
                return self._told(hand, replace(hand, barred=hand.barred - {change.subject}))
            case Lock():
                self._planned(hand, change.ref)
                locks = {**hand.locks, change.ref: change.minute}
                return self._told(hand, replace(hand, locks=locks))
            case Unlock():
                locks = {ref: held for ref, held in hand.locks.items() if ref != change.ref}
                return self._told(hand, replace(hand, locks=locks))

    def subject(self, task: Task) -> str:
        """Return the debtor of a visit, or a duty itself."""
        return task.debtor if isinstance(task, Option) else task.id

    def room(self, hand: HandPlan, ref: str = "", subject: str = "") -> dict[str, Spans]:
        """Return when a stop of the plan, or who is in no route, may begin, by shift.

        Without looking at the officers' ways from door to door, which a try does.

        Raises
        ------
        HandChangeError
            As for :meth:`tried`.
        """
        if ref:
            task = self._alone(hand, ref)
            hand = self._out(hand, {ref}, {self.subject(task)})
            tasks = [*self._alike(task)]
        else:
            tasks = [task for task in self.choices(subject) if by_one_stop(task)]
        found: dict[str, list[tuple[int, int]]] = {}
        for spot in self._over(hand).spots(tasks):
            found.setdefault(spot.shift, []).extend(spot.starts)
        return {shift: joined(spans) for shift, spans in found.items()}

    def choices(self, subject: str) -> tuple[Task, ...]:
        """Return the visits to a debtor that no rule bars, or the duty."""
        return tuple(
            task
            for task in self.tasks.values()
            if self.subject(task) == subject and task.id not in self._rules_bar
        )

    def _told(self, hand: HandPlan, made: HandPlan) -> Tried:
        before = self._figures(hand.plan)
        if made.plan is hand.plan:
            return Tried(made, before, before)
        after = Figures.of(self.problem, made.plan)
        return Tried(made, before, after, violations(self.problem, made.plan))

    def _figures(self, plan: Plan) -> Figures:
        """Return the figures of a plan; those of the last one asked about are remembered."""
        last, figures = self._last
        if last is not plan:
            figures = Figures.of(self.problem, plan)
            self._last = plan, figures
        return figures

    def _planned(self, hand: HandPlan, ref: str) -> Task:
        task = self.tasks.get(ref)
        if task is None or not any(s.ref == ref for r in hand.plan.routes for s in r.stops):
            raise HandChangeError("停留 %(id)s 不在计划之中，请刷新后重试", id=ref)
        if ref in self._begun:
            raise HandChangeError("停留 %(id)s 已经开始或完成，不能再改", id=ref)
        return task

    def _movable(self, hand: HandPlan, ref: str) -> Task:
        task = self._planned(hand, ref)
        if ref in hand.locks:
            raise HandChangeError("停留 %(id)s 已锁定，请先解锁", id=ref)
        return task

    def _alone(self, hand: HandPlan, ref: str) -> Task:
        task = self._movable(hand, ref)
        _refuse_joint(task)
        return task

    def _shift(self, shift_id: str) -> WorkShift:
        if shift_id not in self.shifts:
            raise HandChangeError("班次 %(id)s 不存在，请刷新后重试", id=shift_id)
        return self.shifts[shift_id]

    def _over(self, hand: HandPlan) -> AtHand:
        return self._at_hand.with_plan(hand.plan, hand.minutes)

    def _out(self, hand: HandPlan, refs: set[str], subjects: set[str]) -> HandPlan:
        """Return a plan without some stops; what comes after them keeps its minutes."""
        plan = hand.plan
        for route in hand.plan.routes:
            if any(stop.ref in refs for stop in route.stops):
                at_hand = self._at_hand.with_plan(plan, hand.minutes)
                lane = at_hand.lane(route.shift)
                for k in reversed(range(len(lane.items))):
                    if lane.items[k].ref in refs:
                        lane = lane.without(k, k + 1)
                if not lane.holds:  # where the way past a door is longer than the way by it
                    raise HandChangeError("移出 %(id)s 后路线来不及，请改用其他改法", id=min(refs))
                plan = at_hand.with_route(route.shift, lane.route())
        return replace(
            hand,
            plan=plan,
            locks={ref: held for ref, held in hand.locks.items() if ref not in refs},
            touched=hand.touched | subjects,
        )

    def _bar(self, hand: HandPlan, subject: str) -> HandPlan:
        own = {task.id for task in self.tasks.values() if self.subject(task) == subject}
        planned = {s.ref for route in hand.plan.routes for s in route.stops if s.ref in own}
        if not own:
            raise HandChangeError("%(id)s 不在这份计划的问题之中", id=subject)
        for ref in planned:
            self._movable(hand, ref)
        made = self._out(hand, planned, {subject})
        return replace(made, barred=made.barred | {subject})

    def _move(self, hand: HandPlan, change: Move) -> Tried:
        task, shift = self._alone(hand, change.ref), self._shift(change.shift)
        less = self._out(hand, {task.id}, {self.subject(task)})
        tasks = [one for one in self._alike(task) if one.day == shift.day] or [task]
        start_s = change.start_s
        if start_s is None and change.at is not None:
            start_s = _start_of(hand.plan, task.id)
        return self._put(hand, less, tasks, shift.id, start_s, change.at)

    def _alike(self, task: Task) -> Iterator[Task]:
        """Yield the options of the same debtor at the same address, or the duty."""
        for one in self.choices(self.subject(task)):
            if isinstance(task, Option) and isinstance(one, Option):
                if (one.claim, one.place, one.step) == (task.claim, task.place, task.step):
                    yield one
            elif one.id == task.id:
                yield one

    def _add(self, hand: HandPlan, change: Add) -> Tried:
        shift = self._shift(change.shift)
        if change.subject in hand.barred:
            raise HandChangeError("%(id)s 已被排除，请先恢复", id=change.subject)
        tasks = self.choices(change.subject)
        planned = {stop.ref for route in hand.plan.routes for stop in route.stops}
        if not tasks or any(task.id in planned for task in tasks):
            raise HandChangeError(
                "%(id)s 没有可加入的走访或勤务，或已在计划之中", id=change.subject
            )
        today = [task for task in tasks if task.day == shift.day] or list(tasks[:1])
        alone = [task for task in today if by_one_stop(task)]
        if not alone:
            _refuse_joint(today[0])
        less = replace(hand, touched=hand.touched | {change.subject})
        return self._put(hand, less, alone, shift.id, change.start_s, change.at)

    def _put(
        self,
        hand: HandPlan,
        less: HandPlan,
        tasks: Sequence[Task],
        shift_id: str,
        start_s: int | None,
        at: int | None,
    ) -> Tried:
        """Return a plan with one of some tasks in a shift: where it was wanted, lawful or not."""
        at_hand = self._over(less)
        spots = [spot for spot in at_hand.spots(tasks, (shift_id,)) if at is None or spot.at == at]
        if start_s is None:
            return self._best(hand, less, at_hand, spots, tasks, shift_id)
        wanted_s = start_s
        ranked = sorted(spots, key=lambda one: (_away_s(one, wanted_s), -_worth(one.task)))
        exact = next((one for one in ranked if not _away_s(one, wanted_s)), None)
        if exact is not None or at is not None:
            spot = exact or next(iter(ranked), None)
            if spot is not None:
                tried = self._entered(hand, less, at_hand, spot, wanted_s)
                if tried.lawful:
                    return tried
        shown = self._forced(
            hand, less, at_hand, _nearest_task(tasks, wanted_s), shift_id, wanted_s
        )
        if shown.lawful:
            return shown
        for spot in islice(ranked, _ASKED):
            tried = self._entered(hand, less, at_hand, spot, wanted_s)
            if tried.lawful:
                return replace(shown, nearest_s=tried.start_s)
        return shown

    def _best(
        self,
        hand: HandPlan,
        less: HandPlan,
        at_hand: AtHand,
        spots: Sequence[Spot],
        tasks: Sequence[Task],
        shift_id: str,
    ) -> Tried:
        """Return a plan with a task where it gains most; where it is nowhere lawful, with why."""
        tried = [self._entered(hand, less, at_hand, one, one.starts[0][0]) for one in spots]
        lawful = [one for one in tried if one.lawful]
        if lawful:
            return max(lawful, key=lambda one: (one.after.value - one.after.price, -one.moved_s))
        task = tasks[0]
        return self._forced(hand, less, at_hand, task, shift_id, task.window_start_s)

    def _entered(
        self, hand: HandPlan, less: HandPlan, at_hand: AtHand, spot: Spot, wanted_s: int
    ) -> Tried:
        start_s = nearest(spot.starts, wanted_s)
        entry = at_hand.entered(replace(spot, starts=((start_s, start_s),)))
        made = replace(less, plan=entry.plan)
        return replace(
            self._told(hand, made),
            ref=entry.ref,
            shift=entry.shift,
            start_s=entry.start_s,
            moved_s=entry.moved_s,
        )

    def _forced(
        self,
        hand: HandPlan,
        less: HandPlan,
        at_hand: AtHand,
        task: Task,
        shift_id: str,
        start_s: int,
    ) -> Tried:
        """Return a plan with a task at a minute, all other stops of the route at theirs."""
        shift = self.shifts[shift_id]
        there = next((route for route in less.plan.routes if route.shift == shift_id), None)
        station = None
        if isinstance(task, Option) and task.escort_stations:
            station = task.escort_stations[0]
        stop = Stop(
            StopKind.VISIT if isinstance(task, Option) else StopKind.DUTY,
            task.id,
            task.place,
            start_s,
            start_s,
            start_s + task.service_s,
            escort_station=station,
        )
        plan = at_hand.with_route(shift_id, _squeezed(at_hand, shift, there, stop))
        told = self._told(hand, replace(less, plan=plan))
        return replace(told, ref=task.id, shift=shift_id, start_s=start_s)

    def _swap(self, hand: HandPlan, change: Swap) -> Tried:
        one, other = self._alone(hand, change.ref), self._alone(hand, change.other)
        subjects = {self.subject(one), self.subject(other)}
        (shift, at, start_s), (other_shift, other_at, other_s) = (
            self._seat(hand, task.id) for task in (one, other)
        )
        less = self._out(hand, {one.id, other.id}, subjects)
        first, then = (other, shift, at, start_s), (one, other_shift, other_at, other_s)
        if (shift, at) > (other_shift, other_at):  # of one route the earlier place first
            first, then = then, first
        half = self._seated(hand, less, *first)
        whole = self._seated(hand, half.made, *then)
        moved_s = max(half.moved_s, whole.moved_s)
        return replace(whole, moved_s=moved_s, ref=one.id, shift=other_shift)

    def _seat(self, hand: HandPlan, ref: str) -> tuple[str, int, int]:
        """Return the shift of a stop, how many stops of the lane come before it, and its minute."""
        at_hand = self._over(hand)
        for route in hand.plan.routes:
            for k, item in enumerate(at_hand.lane(route.shift).items):
                if item.ref == ref:
                    return route.shift, k, item.wish_s
        raise HandChangeError("停留 %(id)s 不在计划之中，请刷新后重试", id=ref)

    def _seated(
        self, hand: HandPlan, less: HandPlan, task: Task, shift_id: str, at: int, start_s: int
    ) -> Tried:
        """Return a plan with a task at a place of a route, or as near to it as can be."""
        day = self.shifts[shift_id].day
        tasks = [one for one in self._alike(task) if one.day == day] or [task]
        at_hand = self._over(less)
        spots = sorted(
            at_hand.spots(tasks, (shift_id,)),
            key=lambda one: (one.at != at, _away_s(one, start_s), -_worth(one.task)),
        )
        for spot in islice(spots, _ASKED):
            tried = self._entered(hand, less, at_hand, spot, start_s)
            if tried.lawful:
                return tried
        return self._forced(hand, less, at_hand, _nearest_task(tasks, start_s), shift_id, start_s)


def _refuse_joint(task: Task) -> None:
    if not by_one_stop(task):
        raise HandChangeError(
            "停留 %(id)s 由两个小组共同承担或须先接警员，不能单独移动；可移出后重新规划", id=task.id
        )


def _start_of(plan: Plan, ref: str) -> int:
    starts = (s.start_s for r in plan.routes for s in r.stops if s.ref == ref and s.is_work)
    return next(starts)


def _away_s(spot: Spot, start_s: int) -> int:
    return abs(nearest(spot.starts, start_s) - start_s)


def _worth(task: Task) -> float:
    return task.value if isinstance(task, Option) else 0.0


def _nearest_task(tasks: Iterable[Task], start_s: int) -> Task:
    """Return the task whose window lies nearest to a minute; of several the most valuable."""
    return min(
        tasks,
        key=lambda one: (
            abs(nearest(((one.window_start_s, one.window_end_s),), start_s) - start_s),
            -_worth(one),
        ),
    )


def _squeezed(at_hand: AtHand, shift: WorkShift, route: Route | None, stop: Stop) -> Route:
    """Return a route with a stop put in by its minute, all others left at theirs."""
    lane = at_hand.lane(shift.id)
    roads, held = lane.roads, () if lane.frozen is None else lane.frozen.stops
    later = () if route is None else route.stops[len(held) :]
    ordered = [one for one in later if one.start_s < stop.start_s]
    ordered += [stop, *later[len(ordered) :]]
    leave_s = max(shift.start_s, 0) if lane.frozen is None else lane.frozen.leave_s
    if not held:
        in_time = roads.leaving(ordered[0].start_s, shift.start_place, ordered[0].place)
        leave_s = max((last_s for _, last_s in in_time), default=ordered[0].start_s)
        leave_s = max(0, leave_s) if route is None else max(0, min(leave_s, ordered[0].start_s))
    stops: list[Stop] = list(held)
    at_s, place = leave_s, shift.start_place
    travel_s, length_m = 0, 0
    for one in held:
        travel_s += min(FAR_S, roads.arrival_s(at_s, place, one.place)) - at_s
        length_m += roads.legs.length_m(at_s, place, one.place)
        at_s, place = one.departure_s, one.place
    for one in ordered:
        there = place if one.kind is StopKind.BREAK else one.place
        arrival_s = roads.arrival_s(at_s, place, there)
        stops.append(replace(one, place=there, arrival_s=min(arrival_s, one.start_s)))
        travel_s += arrival_s - at_s
        length_m += roads.legs.length_m(at_s, place, there)
        at_s, place = one.departure_s, there
    home_s = roads.arrival_s(at_s, place, shift.end_place)
    travel_s += home_s - at_s
    length_m += roads.legs.length_m(at_s, place, shift.end_place)
    return Route(shift.id, shift.team, shift.day, leave_s, home_s, tuple(stops), travel_s, length_m)
