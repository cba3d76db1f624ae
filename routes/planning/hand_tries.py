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
from routes.planning.at_hand import AtHand
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
from routes.planning.hand_seats import Placing, Seats, gap_of, moved_most_s
from routes.planning.hour_roads import FAR_S, Spans, joined, nearest
from routes.planning.problem import (
    PICK_UP_S,
    Option,
    Plan,
    Problem,
    Route,
    Stop,
    StopKind,
    WorkShift,
    barred_options,
)
from routes.planning.terms import Task, Terms, half_of, is_fetched
from routes.planning.validate import Violation, violations

__all__ = ["Elsewhere", "HandDesk", "Tried"]

_ASKED = 8  # places, the nearest first, that are put to the check in search of a lawful one
_LAID_OUT = 60  # places, the earliest first, of which the best is sought
_ELSEWHERE = 3  # other shifts that are put to the check where in one nothing is lawful


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A shift, and when in it a stop may begin."""

    shift: str
    start_s: int


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
    beside
        The shift of the other of two teams.
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
    beside: str = ""

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
        frozen = [stop for route in problem.frozen for stop in route.stops]
        self._begun = {stop.ref for stop in frozen if stop.is_work}
        self._fetching = {stop.ref for stop in frozen if stop.ref} - self._begun
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
                return self._put(hand, self._moving(hand, change))
            case Add():
                return self._put(hand, self._adding(hand, change))
            case Swap():
                return self._swap(hand, change)
            case TakeOut():
                subject = self.subject(self._removable(hand, change.ref))
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

    def elsewhere(self, hand: HandPlan, change: HandChange, tried: Tried) -> tuple[Elsewhere, ...]:
        """Return where in other shifts a stop would be lawful, if in this one it nowhere is.

        It takes several checks more than the try itself.

        Parameters
        ----------
        tried
            What the change came to.
        """
        if tried.lawful or tried.nearest_s is not None or not isinstance(change, Move | Add):
            return ()
        wanted = (
            self._moving(hand, change) if isinstance(change, Move) else self._adding(hand, change)
        )
        seats, wanted_s = Seats(self._over(wanted.less)), tried.start_s or 0
        asked_day = self.shifts[wanted.asked.shift].day
        mates = tuple(dict.fromkeys((*wanted.asked.mates, *self.shifts)))
        best: list[tuple[int, int, Placing]] = []
        for shift in self.shifts.values():
            tasks = [one for one in wanted.alike if one.day == shift.day]
            there = replace(wanted.asked, tasks=tasks, shift=shift.id, mates=mates)
            ranked = there.placings(seats) if tasks and shift.id != wanted.asked.shift else ()
            nearest_one = min(ranked, key=lambda one: there.rank(one, wanted_s), default=None)
            if nearest_one is not None:
                days = abs((shift.day - asked_day).days)
                best.append((days, _away_s(nearest_one, wanted_s), nearest_one))
        found: list[Elsewhere] = []
        for _, _, placing in sorted(best, key=lambda one: one[:2])[:_ELSEWHERE]:
            other = self._entered(hand, wanted.less, seats, placing, wanted_s)
            if other.lawful and other.start_s is not None:
                found.append(Elsewhere(other.shift, other.start_s))
        return tuple(found)

    def subject(self, task: Task) -> str:
        """Return the debtor of a visit, or a duty itself."""
        return task.debtor if isinstance(task, Option) else task.id

    def room(
        self, hand: HandPlan, ref: str = "", subject: str = "", *, second: bool = False
    ) -> dict[str, Spans]:
        """Return when a stop of the plan, or who is in no route, may begin, by shift.

        Without looking at the officers' ways from door to door, which a try does. Of what two
        teams do it is when the one of them may begin, and the other with it.

        Raises
        ------
        HandChangeError
            As for :meth:`tried`.
        """
        if ref:
            task = self._movable(hand, ref)
            hand = self._out(hand, {ref}, {self.subject(task)})
        tasks = self.options_of(ref, subject)
        seats, all_shifts = Seats(self._over(hand)), tuple(self.shifts)
        found: dict[str, list[tuple[int, int]]] = {}
        for shift in all_shifts:
            for one in seats.placings(tasks, shift, second=second, mates=all_shifts):
                found.setdefault(shift, []).extend(one.starts)
        return {shift: joined(spans) for shift, spans in found.items()}

    def options_of(self, ref: str, subject: str) -> tuple[Task, ...]:
        """Return the ways to do a stop at its address, or those to do who is in no route."""
        task = self.tasks.get(ref)
        return self.choices(subject) if task is None else tuple(self._alike(task))

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
        """Return what a stop does that is neither begun nor being fetched for."""
        task = self._ahead(hand, ref)
        self._refuse_fetched(ref)
        return task

    def _ahead(self, hand: HandPlan, ref: str) -> Task:
        task = self.tasks.get(ref)
        stops = (stop for route in hand.plan.routes for stop in route.stops)
        if task is None or not any(stop.ref == ref and stop.is_work for stop in stops):
            raise HandChangeError("停留 %(id)s 不在计划之中，请刷新后重试", id=ref)
        if ref in self._begun:
            raise HandChangeError("停留 %(id)s 已经开始或完成，不能再改", id=ref)
        return task

    def _refuse_fetched(self, ref: str) -> None:
        if ref in self._fetching:
            raise HandChangeError(
                "为走访 %(id)s 去派出所接人已经开始，只能移出或排除这次走访，不能再改", id=ref
            )

    def _movable(self, hand: HandPlan, ref: str) -> Task:
        self._refuse_locked(hand, ref)
        return self._planned(hand, ref)

    def _removable(self, hand: HandPlan, ref: str) -> Task:
        """Return what a stop does that may leave the plan: whoever is aboard goes to no door."""
        self._refuse_locked(hand, ref)
        return self._ahead(hand, ref)

    def _refuse_locked(self, hand: HandPlan, ref: str) -> None:
        if ref in hand.locks:
            raise HandChangeError("停留 %(id)s 已锁定，请先解锁", id=ref)

    def _shift(self, shift_id: str) -> WorkShift:
        if shift_id not in self.shifts:
            raise HandChangeError("班次 %(id)s 不存在，请刷新后重试", id=shift_id)
        return self.shifts[shift_id]

    def _over(self, hand: HandPlan) -> AtHand:
        return self._at_hand.with_plan(hand.plan, hand.minutes)

    def _out(self, hand: HandPlan, refs: set[str], subjects: set[str]) -> HandPlan:
        """Return a plan without some stops; what comes after them keeps its minutes.

        Where that does not fit, such as where the team rested by the way, the check says why.
        """
        at_hand = self._over(hand)
        seats = Seats(at_hand)
        routes: dict[str, Route | None] = {}
        for route in hand.plan.routes:
            if any(stop.ref in refs for stop in route.stops):
                lane, shift = seats.without(route.shift, refs), self.shifts[route.shift]
                stops = tuple(stop for stop in route.stops if stop.frozen or stop.ref not in refs)
                if lane is not None:
                    routes[route.shift] = lane.route()
                elif any(stop.ref for stop in stops):
                    kept = replace(route, stops=stops)
                    routes[route.shift] = _squeezed(at_hand, shift, kept, ())
                else:
                    routes[route.shift] = None
        return replace(
            hand,
            plan=at_hand.with_routes(routes) if routes else hand.plan,
            locks={ref: held for ref, held in hand.locks.items() if ref not in refs},
            touched=hand.touched | subjects,
        )

    def _bar(self, hand: HandPlan, subject: str) -> HandPlan:
        own = {task.id for task in self.tasks.values() if self.subject(task) == subject}
        stops = (stop for route in hand.plan.routes for stop in route.stops)
        planned = {stop.ref for stop in stops if stop.is_work and stop.ref in own}
        if not own:
            raise HandChangeError("%(id)s 不在这份计划的问题之中", id=subject)
        for ref in planned:
            self._removable(hand, ref)
        made = self._out(hand, planned, {subject})
        return replace(made, barred=made.barred | {subject})

    def _moving(self, hand: HandPlan, change: Move) -> _Wanted:
        task, shift = self._movable(hand, change.ref), self._shift(change.shift)
        second = change.second and task.together is not None
        less = self._out(hand, {task.id}, {self.subject(task)})
        alike = tuple(self._alike(task))
        tasks = [one for one in alike if one.day == shift.day] or [task]
        start_s = change.start_s
        if start_s is None and change.at is not None:
            start_s = self._seat(hand, task.id, second=second).start_s
        mates = self._mates(hand, task.id, shift, second, change.beside)
        return _Wanted(less, _Asked(tasks, shift.id, second, mates), alike, start_s, change.at)

    def _mates(
        self, hand: HandPlan, ref: str, shift: WorkShift, second: bool, beside: str
    ) -> tuple[str, ...]:
        """Return the shifts that the other team may be of, the one that it is now first."""
        if beside:
            return (self._shift(beside).id,)
        now = [
            (stop.second == second, route.shift)
            for route in hand.plan.routes
            for stop in route.stops
            if stop.ref == ref and stop.is_work
        ]
        ordered = [one for _, one in sorted(now)] + list(self.shifts)
        return tuple(
            one
            for one in dict.fromkeys(ordered)
            if one != shift.id and self.shifts[one].day == shift.day
        )

    def _alike(self, task: Task) -> Iterator[Task]:
        """Yield the options of the same debtor at the same address, or the duty."""
        for one in self.choices(self.subject(task)):
            if isinstance(task, Option) and isinstance(one, Option):
                if (one.claim, one.place, one.step) == (task.claim, task.place, task.step):
                    yield one
            elif one.id == task.id:
                yield one

    def _adding(self, hand: HandPlan, change: Add) -> _Wanted:
        shift = self._shift(change.shift)
        if change.subject in hand.barred:
            raise HandChangeError("%(id)s 已被排除，请先恢复", id=change.subject)
        tasks = self.choices(change.subject)
        stops = (stop for route in hand.plan.routes for stop in route.stops)
        planned = {stop.ref for stop in stops if stop.is_work}
        for task in tasks:
            self._refuse_fetched(task.id)
        if not tasks or any(task.id in planned for task in tasks):
            raise HandChangeError(
                "%(id)s 没有可加入的走访或勤务，或已在计划之中", id=change.subject
            )
        today = [task for task in tasks if task.day == shift.day] or list(tasks[:1])
        less = replace(hand, touched=hand.touched | {change.subject})
        mates = self._mates(hand, "", shift, False, change.beside)
        asked = _Asked(today, shift.id, False, mates)
        return _Wanted(less, asked, tasks, change.start_s, change.at)

    def _put(self, hand: HandPlan, wanted: _Wanted) -> Tried:
        """Return a plan with one of some tasks in a shift: where it was wanted, lawful or not."""
        less, asked, start_s, at = wanted.less, wanted.asked, wanted.start_s, wanted.at
        seats = Seats(self._over(less))
        placings = [one for one in asked.placings(seats) if at is None or one.seat.at == at]
        if start_s is None:
            return self._best(hand, less, seats, placings, asked)
        wanted_s = start_s
        ranked = sorted(placings, key=lambda one: asked.rank(one, wanted_s))
        shown: Tried | None = None
        for placing in ranked[:_ASKED]:
            if shown is None and at is None and _away_s(placing, wanted_s):
                shown = self._forced(hand, less, seats, asked, wanted_s)
                if shown.lawful:
                    return shown
            tried = self._entered(hand, less, seats, placing, wanted_s)
            if tried.lawful:
                return tried if shown is None else replace(shown, nearest_s=tried.start_s)
        return shown or self._forced(hand, less, seats, asked, wanted_s)

    def _best(
        self,
        hand: HandPlan,
        less: HandPlan,
        seats: Seats,
        placings: Sequence[Placing],
        asked: _Asked,
    ) -> Tried:
        """Return a plan with a task where it gains most; where it is nowhere lawful, with why."""
        early = sorted(placings, key=lambda one: one.starts[0][0])[:_LAID_OUT]
        made = [
            (seats.placed(one, start_s), one)
            for one in early
            for start_s in {one.starts[0][0], one.starts[-1][1]}
        ]
        moved_s = {id(plan): moved_most_s(less.plan, plan, one.task.id) for plan, one in made}
        made.sort(key=lambda one: (one[0].price - one[0].value, moved_s[id(one[0])]))
        for plan, placing in made:
            tried = self._shown(hand, less, placing, plan)
            if tried.lawful:
                return tried
        return self._forced(hand, less, seats, asked, asked.tasks[0].window_start_s)

    def _entered(
        self, hand: HandPlan, less: HandPlan, seats: Seats, placing: Placing, wanted_s: int
    ) -> Tried:
        start_s = nearest(placing.starts, wanted_s)
        return self._shown(hand, less, placing, seats.placed(placing, start_s))

    def _shown(self, hand: HandPlan, less: HandPlan, placing: Placing, plan: Plan) -> Tried:
        seat, mate = placing.seat, placing.mate
        return replace(
            self._told(hand, replace(less, plan=plan)),
            ref=seat.task.id,
            shift=seat.shift,
            beside="" if mate is None else mate.shift,
            start_s=_start_of(plan, seat.shift, seat.task.id),
            moved_s=moved_most_s(less.plan, plan, seat.task.id),
        )

    def _forced(
        self, hand: HandPlan, less: HandPlan, seats: Seats, asked: _Asked, start_s: int
    ) -> Tried:
        """Return a plan with a task at a minute, all other stops of the routes at theirs."""
        task = _nearest_task(asked.tasks, start_s)
        halves = [(asked.shift, asked.second, start_s)]
        if task.together is not None and asked.mates:
            low_s, high_s = gap_of(task, second=asked.second)
            other_s = max(0, start_s + (high_s if asked.second else low_s))
            halves.append((asked.mates[0], not asked.second, other_s))
        routes = {}
        for shift_id, second, at_s in halves:
            there = next((one for one in less.plan.routes if one.shift == shift_id), None)
            stops = self._stops_at(seats.at_hand, shift_id, half_of(task, second=second), at_s)
            stops[-1] = replace(stops[-1], second=second)
            shift = self.shifts[shift_id]
            routes[shift_id] = _squeezed(seats.at_hand, shift, there, stops)
        told = self._told(hand, replace(less, plan=seats.at_hand.with_routes(routes)))
        return replace(
            told,
            ref=task.id,
            shift=asked.shift,
            beside=halves[1][0] if len(halves) == 2 else "",
            start_s=start_s,
        )

    def _stops_at(self, at_hand: AtHand, shift_id: str, half: Task, start_s: int) -> list[Stop]:
        """Return the stop of one team at a minute, after that at which its officer is fetched."""
        kind = StopKind.VISIT if isinstance(half, Option) else StopKind.DUTY
        end_s = start_s + half.service_s
        station = None
        if isinstance(half, Option) and half.escort_stations:
            station = half.escort_stations[0]
        stop = Stop(kind, half.id, half.place, start_s, start_s, end_s, escort_station=station)
        if station is None or not is_fetched(half):
            return [stop]
        origin = at_hand.stations[station].place
        leaving = at_hand.lane(shift_id).roads.leaving(start_s, origin, half.place)
        left_s = max((last_s for _, last_s in leaving), default=start_s)
        begin_s = max(0, left_s - PICK_UP_S)
        fetch = Stop(
            StopKind.PICK_UP,
            half.id,
            origin,
            begin_s,
            begin_s,
            begin_s + PICK_UP_S,
            escort_station=station,
        )
        return [fetch, stop]

    def _swap(self, hand: HandPlan, change: Swap) -> Tried:
        one, other = self._movable(hand, change.ref), self._movable(hand, change.other)
        subjects = {self.subject(one), self.subject(other)}
        seat = self._seat(hand, one.id, second=change.second)
        other_seat = self._seat(hand, other.id, second=change.other_second)
        less = self._out(hand, {one.id, other.id}, subjects)
        first, then = (other, change.other_second, seat), (one, change.second, other_seat)
        if (seat.shift, seat.at) > (other_seat.shift, other_seat.at):
            first, then = then, first  # of one route the earlier place first
        half = self._seated(hand, less, *first)
        whole = self._seated(hand, half.made, *then)
        moved_s = max(half.moved_s, whole.moved_s)
        return replace(whole, moved_s=moved_s, ref=one.id, shift=other_seat.shift)

    def _seat(self, hand: HandPlan, ref: str, *, second: bool) -> _Held:
        """Return where a stop is, with the second team where it has one and that is asked for."""
        joint = self.tasks[ref].together is not None
        for route in hand.plan.routes:
            work = [stop for stop in route.stops if stop.is_work and stop.ref not in self._begun]
            for at, stop in enumerate(work):
                if stop.ref == ref and stop.second == (second and joint):
                    return _Held(route.shift, at, stop.start_s)
        raise HandChangeError("停留 %(id)s 不在计划之中，请刷新后重试", id=ref)

    def _seated(
        self, hand: HandPlan, less: HandPlan, task: Task, second: bool, held: _Held
    ) -> Tried:
        """Return a plan with a task at a place of a route, or as near to it as can be."""
        shift = self.shifts[held.shift]
        second = second and task.together is not None
        tasks = [one for one in self._alike(task) if one.day == shift.day] or [task]
        asked = _Asked(tasks, shift.id, second, self._mates(hand, task.id, shift, second, ""))
        seats = Seats(self._over(less))
        ranked = sorted(
            asked.placings(seats),
            key=lambda one: (
                one.seat.at != held.at,
                _away_s(one, held.start_s),
                -_worth(one.task),
            ),
        )
        for placing in islice(ranked, _ASKED):
            tried = self._entered(hand, less, seats, placing, held.start_s)
            if tried.lawful:
                return tried
        return self._forced(hand, less, seats, asked, held.start_s)


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """What is to go where: a task of some, to a shift, with the other team of one of the mates."""

    tasks: Sequence[Task]
    shift: str
    second: bool
    mates: tuple[str, ...]

    def rank(self, placing: Placing, wanted_s: int) -> tuple[int, float, int, int]:
        """Return what to sort by: the nearest, of those what is worth and leaves others most."""
        mate = 0 if placing.mate is None else self.mates.index(placing.mate.shift)
        push_s = placing.push_s(nearest(placing.starts, wanted_s))
        return _away_s(placing, wanted_s), -_worth(placing.task), mate, push_s

    def placings(self, seats: Seats) -> Iterator[Placing]:
        return seats.placings(self.tasks, self.shift, second=self.second, mates=self.mates)


@dataclass(frozen=True, slots=True, eq=False)
class _Wanted:
    """What is to go where, of all the ways to do it, in a plan without it, and when."""

    less: HandPlan
    asked: _Asked
    alike: tuple[Task, ...]
    start_s: int | None
    at: int | None


@dataclass(frozen=True, slots=True)
class _Held:
    shift: str
    at: int
    start_s: int


def _start_of(plan: Plan, shift_id: str, ref: str) -> int:
    return next(
        stop.start_s
        for route in plan.routes
        if route.shift == shift_id
        for stop in route.stops
        if stop.ref == ref and stop.is_work
    )


def _away_s(placing: Placing, start_s: int) -> int:
    return abs(nearest(placing.starts, start_s) - start_s)


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


def _squeezed(at_hand: AtHand, shift: WorkShift, route: Route | None, new: Sequence[Stop]) -> Route:
    """Return a route with stops put in by the minute of the first, all others left at theirs."""
    lane = at_hand.lane(shift.id)
    roads, held = lane.roads, () if lane.frozen is None else lane.frozen.stops
    later = () if route is None else route.stops[len(held) :]
    begin_s = new[0].start_s if new else FAR_S
    ordered = [one for one in later if one.start_s < begin_s]
    ordered += [*new, *later[len(ordered) :]]
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
