"""A plan made anew while it is carried out: what is done or promised stays, few stops change.

What is over, what a team is doing and what it has set out to is frozen; where that takes two
teams, the other is held up to it too, or both let it go. A stop that a partner was
promised keeps its minute and, while its team can still be there, its team. The rest is searched
anew from the plan at hand; each stop of it that is dropped or given to another team costs the price
of a change, and one at quite another hour a share of it. Of what is worth as much, stops keep the
minutes that they had.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from statistics import fmean
from typing import TypeVar

from routes.errors import PlanError
from routes.planning import StopRule, solve
from routes.planning.begun import begun_stops, carried_over, rest_of, with_company
from routes.planning.changes import Change, changes_between
from routes.planning.disturbances import (
    Disturbance,
    HomeNow,
    PromiseGone,
    Roads,
    TeamOut,
    TimeAgreed,
    check_disturbances,
    lateness_s,
)
from routes.planning.disturbed import disturbed
from routes.planning.explain import unassigned
from routes.planning.legs import Legs
from routes.planning.old_minutes import at_old_minutes
from routes.planning.problem import (
    Option,
    Plan,
    PlanDuty,
    Problem,
    Route,
    Stop,
    StopKind,
    WorkShift,
    barred_options,
)
from routes.planning.promises import more_than_all, promise_floor
from routes.planning.schedule import price_of, value_of, valued
from routes.planning.step_stops import team_skill
from routes.planning.terms import is_fetched
from routes.planning.validate import violations

__all__ = ["CHANGE_SHARE", "Replanned", "default_price_of_change", "replan"]

_Task = TypeVar("_Task", Option, PlanDuty)

CHANGE_SHARE = 0.1
"""Price of a change, in mean values of a planned visit: whoever swaps one visit for another does
so for a tenth more at least."""


@dataclass(frozen=True, slots=True, eq=False)
class Replanned:
    """What is left to plan at some hour, the plan for it, and what it changes.

    Parameters
    ----------
    problem
        Of the same id as the one before; its ``frozen`` and ``before`` are the plan at hand.
    plan
        Its price counts the changes.
    changes
        Each stop that is dropped, moved, retimed or new, with its cause; the dropped first.
    broken
        Promised stops that cannot be kept, each once: a fetch and its visit are one promise.
    """

    problem: Problem
    plan: Plan
    changes: tuple[Change, ...]
    broken: tuple[str, ...] = ()


def default_price_of_change(plan: Plan) -> float:
    """Return the price of a change: a tenth of what a visit of the plan is worth on average."""
    values = [s.value for r in plan.routes for s in r.stops if s.kind is StopKind.VISIT]
    return CHANGE_SHARE * fmean(values) if values else 0.0


def replan(
    problem: Problem,
    plan: Plan,
    disturbances: Sequence[Disturbance],
    *,
    now_day: date,
    now_s: int,
    promised: frozenset[str] = frozenset(),
    stop: StopRule,
    seed: int = 0,
    roads: Roads | None = None,
) -> Replanned:
    """Return the plan for the rest of the day, or days, after something happened.

    Parameters
    ----------
    problem, plan
        The plan that is carried out and what it answers. Where its prices name none of a change,
        that is :func:`default_price_of_change`.
    disturbances
        What happened; none to look for a better rest.
    now_day, now_s
        The hour, seconds after midnight in Asia/Shanghai.
    promised
        Options and duties of the plan that a partner was promised or has promised.
    stop
        Rule of the search; where all is spent at once, a plan that still stands is kept, but for
        urgent leads, which are put in where there is room.
    roads
        How the places lie to each other now, where that changed.

    Returns
    -------
    Replanned
        A team whose next stop falls away counts as if it turned back to where it left last.

    Raises
    ------
    PlanError
        If the plan at hand breaks its problem, such as by a stop that stands in it twice.
    ReplanError
        If a disturbance speaks of what the problem does not know, or the hour is outside it.
    """
    found = violations(problem, plan)
    if found:
        raise PlanError(
            "现行计划与其问题不符（%(count)d 处，首处 %(path)s：%(first)s），不能据以调整",
            count=len(found),
            path=found[0].path,
            first=found[0].message,
        )
    check_disturbances(problem, disturbances, day=now_day, now_s=now_s, roads=roads)
    left = _left(problem, plan, disturbances, day=now_day, now_s=now_s, roads=roads)
    if left.prices.change is None:
        price = default_price_of_change(plan)
        left = replace(left, prices=replace(left.prices, change=price))
    gone = {one.ref for one in disturbances if isinstance(one, PromiseGone)}
    agreed = {one.ref for one in disturbances if isinstance(one, TimeAgreed)}
    kept = (*_promises(plan, left, promised - gone - agreed), *_agreed(plan, left, agreed))
    standing = carried_over(plan, left)
    stands = not violations(left, standing)
    is_led = any(isinstance(one, HomeNow) for one in disturbances)
    if stands and not is_led and stop.spent(0) >= 1.0:
        answer = standing
    else:
        made = solve(_bound(left, plan, kept, agreed), stop=stop, seed=seed, start=standing)
        routes = valued(left, made.routes)
        answer = replace(
            made,
            routes=routes,
            value=value_of(routes),
            unassigned=unassigned(left, routes),
            price=price_of(left, routes),
        )
        answer = at_old_minutes(left, answer, plan, held={one.stop.ref for one in kept})
        if stands and _worth(standing) >= _worth(answer):
            answer = standing
    minutes = {(s.ref, r.day, s.start_s) for r in answer.routes for s in r.stops}
    at_s = {one.stop.ref: one.stop.start_s for one in kept if one.stop.ref in agreed}
    return Replanned(
        left,
        answer,
        changes_between(problem, plan, left, answer, disturbances, day=now_day, now_s=now_s),
        tuple(
            dict.fromkeys(
                s.ref
                for r in plan.routes
                for s in r.stops
                if s.ref in promised | agreed
                and (s.ref not in agreed or s.kind is not StopKind.PICK_UP)
                and (s.ref, r.day, at_s.get(s.ref, s.start_s)) not in minutes
            )
        ),
    )


def _worth(plan: Plan) -> float:
    return plan.value - plan.price


def _left(
    problem: Problem,
    plan: Plan,
    disturbances: Sequence[Disturbance],
    *,
    day: date,
    now_s: int,
    roads: Roads | None,
) -> Problem:
    """Return what is left to plan: the beginning of each route frozen, the rest open."""
    routes = {route.shift: route for route in plan.routes}
    own = {
        shift.id: begun_stops(routes.get(shift.id), shift, day=day, by_s=now_s)
        for shift in problem.shifts
    }
    begun = with_company(plan.routes, own)
    started = {
        stop.ref
        for route in plan.routes
        for stop in route.stops
        if stop.is_work and (route.day, stop.start_s) <= (day, now_s)
    }
    made = {
        shift.id: tuple(
            s
            for s in begun[shift.id]
            if shift.day < day or s.start_s <= now_s or (s.is_work and s.ref in started)
        )
        for shift in problem.shifts
    }
    left = disturbed(
        replace(problem, frozen=_frozen(routes, made)),
        disturbances,
        day=day,
        now_s=now_s,
        roads=roads,
        plan=plan,
    )
    under_way = _UnderWay(left, disturbances, day, now_s)
    while True:
        held = with_company(plan.routes, own, under_way.apart)
        under_way.lend(held)
        shifts: list[WorkShift] = []
        for shift in problem.shifts:
            route = routes.get(shift.id)
            if shift.day == day:
                held[shift.id], rest = under_way.go_on(shift, route, held[shift.id])
            else:
                rest = rest_of(shift, route, held[shift.id], day=day, by_s=now_s)
            shifts.append(rest)
        if under_way.meet(held):
            break
    alone = under_way.apart & {stop.ref for stops in held.values() for stop in stops}
    held = {
        shift_id: tuple(replace(s, second=s.second and s.ref not in alone) for s in stops)
        for shift_id, stops in held.items()
    }
    barred = barred_options(left)
    known = {one.id for one in left.options} | {one.id for one in left.duties}
    before = tuple(
        replace(
            route,
            stops=tuple(
                stop
                for stop in route.stops
                if stop.is_work
                and stop.ref in known
                and stop.ref not in barred
                and stop.ref not in alone
                and stop.ref not in {one.ref for one in held[route.shift]}
            ),
        )
        for route in plan.routes
    )
    return replace(
        left,
        shifts=tuple(shifts),
        options=tuple(_by_one_team(left.options, alone)),
        duties=tuple(_by_one_team(left.duties, alone)),
        frozen=_frozen(routes, held),
        before=tuple(route for route in before if route.stops),
    )


def _by_one_team(tasks: Iterable[_Task], refs: Set[str]) -> Iterator[_Task]:
    """Yield options or duties, without a second team where one has begun and none can come."""
    for one in tasks:
        yield replace(one, together=None) if one.id in refs else one


def _frozen(
    routes: Mapping[str, Route], stops: Mapping[str, tuple[Stop, ...]]
) -> tuple[Route, ...]:
    return tuple(replace(routes[shift], stops=held) for shift, held in stops.items() if held)


class _UnderWay:
    """Follows the teams of today through what they have begun, as it will now go on.

    ``apart`` holds what two teams began, or set out to, and cannot do together any more;
    ``waits`` the second until which the first or second of them waits there. ``lent`` are the hours
    of each station's officers with the teams that are held to them, by shift.
    """

    def __init__(
        self, left: Problem, disturbances: Sequence[Disturbance], day: date, now_s: int
    ) -> None:
        self.disturbances, self.day, self.now_s = disturbances, day, now_s
        self.tasks: dict[str, Option | PlanDuty] = {one.id: one for one in left.options}
        self.tasks |= {one.id: one for one in left.duties}
        self.barred = barred_options(left)
        self.teams = {team.id: team for team in left.teams}
        self.calendars = {one.id: one.calendar for one in left.escort_stations}
        self.cut_off = {(cut.place, cut.day) for cut in left.cut_off}
        self.out = {one.team for one in disturbances if isinstance(one, TeamOut)}
        self.agreed = {one.ref for one in disturbances if isinstance(one, TimeAgreed)}
        self.apart: set[str] = set()
        self.waits: dict[tuple[str, bool], int] = {}
        self.lent: defaultdict[str, list[tuple[str, int, int]]] = defaultdict(list)

    def lend(self, begun: Mapping[str, Sequence[Stop]]) -> None:
        """Count the officers who are with a team at what it is doing."""
        self.lent.clear()
        for shift_id, stops in begun.items():
            for stop in stops:
                if stop.start_s <= self.now_s < stop.departure_s:
                    self._lend(shift_id, stop, None)

    def _aboard_s(self, stop: Stop, before: Stop | None) -> int:
        """Return since when an officer is with the team for a stop: who is fetched rides along."""
        task = self.tasks.get(stop.ref)
        if (
            before is not None
            and stop.kind is StopKind.VISIT
            and task is not None
            and is_fetched(task, stop.second)
            and before.escort_station == stop.escort_station
        ):
            return before.departure_s
        return stop.start_s

    def _lend(self, shift_id: str, stop: Stop, before: Stop | None) -> None:
        if stop.escort_station is not None:
            span = shift_id, self._aboard_s(stop, before), stop.departure_s
            self.lent[stop.escort_station].append(span)

    def go_on(
        self, shift: WorkShift, route: Route | None, begun: Sequence[Stop]
    ) -> tuple[tuple[Stop, ...], WorkShift]:
        """Return the frozen stops with their times, and what the shift has left."""
        late_s = lateness_s(self.disturbances, shift.team)
        held: list[Stop] = []
        ready_s = -1
        left_s = 0 if route is None else route.leave_s
        for stop in begun:
            if stop.start_s > self.now_s:
                until_s = self.waits.get((stop.ref, stop.second), 0) if stop.is_work else 0
                moved = _later(stop, late_s, until_s)
                if not self._can_be_made(moved, shift, late=moved.start_s > stop.start_s):
                    back_s = max(0, min(self.now_s, stop.arrival_s) - left_s)
                    ready_s = max(self.now_s, left_s) + back_s + late_s
                    break
                late_s = moved.start_s - stop.start_s
                stop = moved
                self._lend(shift.id, stop, held[-1] if held else None)
            elif stop.departure_s > self.now_s:
                stop = replace(stop, departure_s=stop.departure_s + late_s)
            held.append(stop)
            left_s = stop.departure_s
        if ready_s >= 0 and held:
            held[-1] = replace(held[-1], departure_s=max(held[-1].departure_s, ready_s))
        rest = rest_of(shift, route, tuple(held), day=self.day, by_s=self.now_s)
        if not held:
            if late_s and ready_s < 0:
                ready_s = late_s + (rest.start_s if route is None else route.leave_s)
            rest = replace(rest, start_s=min(rest.end_s, max(rest.start_s, ready_s)))
        if shift.team in self.out:
            rest = replace(rest, max_stops=sum(one.is_work for one in held))
        return tuple(held), rest

    def meet(self, held: Mapping[str, Sequence[Stop]]) -> bool:
        """Return whether two teams go on together wherever they should.

        Where not, one waits for the other or both let it go, once the teams are followed anew.
        """
        halves: defaultdict[str, list[Stop]] = defaultdict(list)
        for stops in held.values():
            for stop in stops:
                if stop.is_work and self.tasks[stop.ref].together is not None:
                    halves[stop.ref].append(stop)
        before = len(self.apart), dict(self.waits)
        for ref, found in halves.items():
            needs = self.tasks[ref].together
            assert needs is not None
            if len(found) < 2:
                self.apart.add(ref)
                continue
            first, second = sorted(found, key=lambda stop: stop.second)
            if self.now_s < second.start_s < first.start_s + needs.gap_low_s:
                self.waits[ref, True] = first.start_s + needs.gap_low_s
            elif second.start_s > max(self.now_s, first.start_s + needs.gap_high_s):
                if first.start_s > self.now_s:
                    self.waits[ref, False] = second.start_s - needs.gap_high_s
                else:
                    self.apart.add(ref)
        return before == (len(self.apart), self.waits)

    def _can_be_made(self, stop: Stop, shift: WorkShift, *, late: bool) -> bool:
        """Whether a stop that a team is on its way to may still be made, at its new hour."""
        if shift.team in self.out or (stop.place, self.day) in self.cut_off:
            return False
        if stop.ref in self.agreed:  # at another time
            return False
        if stop.kind is StopKind.BREAK:
            return not late or any(
                pause.window_start_s <= stop.start_s <= pause.window_end_s for pause in shift.breaks
            )
        task, team = self.tasks.get(stop.ref), self.teams[shift.team]
        if task is None:  # barred by hand
            return False
        needs = task.together if stop.second and task.together is not None else task
        is_timed = stop.kind is not StopKind.PICK_UP and not stop.second
        return (
            stop.ref not in self.barred
            and stop.ref not in self.apart
            and (not is_timed or stop.start_s <= task.window_end_s)
            and needs.needed_skills <= team.skills
            and team.officers >= needs.min_officers
            and (stop.escort_station is None or self._is_escorted(stop, shift))
        )

    def _is_escorted(self, stop: Stop, shift: WorkShift) -> bool:
        """Whether the station has an officer left beside those whom other teams have."""
        station = stop.escort_station or ""
        others = [(b, e) for of, b, e in self.lent[station] if of != shift.id]
        moments_s = [stop.start_s, *(b for b, _ in others if stop.start_s < b < stop.departure_s)]
        busy = max(sum(b <= at_s < e for b, e in others) for at_s in moments_s)
        return any(
            slot.day == self.day
            and slot.officers > busy
            and slot.start_s <= stop.start_s
            and stop.departure_s <= slot.end_s
            for slot in self.calendars.get(station, ())
        )


def _later(stop: Stop, late_s: int, until_s: int) -> Stop:
    """Return a stop at which the team arrives later, or waits longer for the other team.

    A wait at the door makes up for some.
    """
    start_s = max(stop.start_s, stop.arrival_s + late_s, until_s)
    return replace(
        stop,
        arrival_s=stop.arrival_s + late_s,
        start_s=start_s,
        departure_s=stop.departure_s + start_s - stop.start_s,
    )


@dataclass(frozen=True, slots=True)
class _Promise:
    """A later stop that keeps its minute, and its team where that can be there in time."""

    stop: Stop
    team: str | None


def _promises(plan: Plan, left: Problem, promised: frozenset[str]) -> tuple[_Promise, ...]:
    """Return what can be kept of what is promised, by the stops of each route alone."""
    place_at = {place.id: row for row, place in enumerate(left.places)}
    profile_of = {team.id: team.profile for team in left.teams}
    shifts = {shift.id: shift for shift in left.shifts}
    frozen = {route.shift: route.stops for route in left.frozen}
    held = {stop.ref for stops in frozen.values() for stop in stops}
    barred = barred_options(left)
    known = {one.id for one in left.options} | {one.id for one in left.duties}
    found: list[_Promise] = []
    for route in plan.routes:
        shift, begun = shifts[route.shift], frozen.get(route.shift, ())
        legs = Legs(left, place_at, profile=profile_of[route.team], day=route.day)
        place, at_s = shift.start_place, shift.start_s
        if begun:
            place, at_s = begun[-1].place, begun[-1].departure_s
        room = math.inf if shift.max_stops is None else shift.max_stops
        room -= sum(one.is_work for one in begun)
        for stop in route.stops:
            if stop.ref not in promised & known or stop.ref in held or stop.ref in barred:
                continue
            if stop.kind is StopKind.PICK_UP:
                continue
            in_time = at_s + legs.travel_s(at_s, place, stop.place) <= stop.start_s
            if in_time and room > 0:
                place, at_s = stop.place, stop.departure_s
                room -= 1
            if not stop.second:  # the other team's, which is bound by the first's minute
                found.append(_Promise(stop, route.team if in_time and room >= 0 else None))
    return tuple(found)


def _agreed(plan: Plan, left: Problem, refs: Collection[str]) -> Iterator[_Promise]:
    """Yield the stops whose time was agreed anew, at that time and by any team."""
    at_s = {option.id: option.window_start_s for option in left.options}
    at_s |= {duty.id: duty.window_start_s for duty in left.duties}
    barred = barred_options(left)
    for route in plan.routes:
        for stop in route.stops:
            is_moved = stop.ref in refs and stop.ref not in barred
            if is_moved and stop.kind is not StopKind.PICK_UP and not stop.second:
                yield _Promise(replace(stop, start_s=at_s[stop.ref]), None)


def _bound(
    left: Problem, plan: Plan, promises: Iterable[_Promise], agreed: Collection[str]
) -> Problem:
    """Return a problem that is bound to what is promised.

    The minute is the whole window; the team is the one with the skill of being itself, as for
    scheduled steps; leaving the stop out costs more than everything else may be worth, as does
    leaving out a further promised visit of the same debtor. Of a debtor whose visit has another
    time by agreement only what is promised or begun is left, so that nothing stands in for it.
    """
    kept = {one.stop.ref: one for one in promises}
    if not kept:
        return left
    bound = {one.team for one in kept.values() if one.team is not None}
    debtor_of = {option.id: option.debtor for option in left.options}
    debtors = {debtor_of[ref] for ref in kept if ref in debtor_of}
    planned = {stop.ref for route in plan.routes for stop in route.stops}
    begun = {stop.ref for route in left.frozen for stop in route.stops}
    moved = {debtor_of[ref] for ref in kept if ref in agreed and ref in debtor_of}
    stay = {
        option.id
        for option in left.options
        if option.debtor not in debtors
        or option.id in kept
        or option.id in begun
        or (option.id in planned and option.debtor not in moved)
    }
    price = more_than_all(left)
    return replace(
        left,
        teams=tuple(
            replace(team, skills=team.skills | {team_skill(team.id)}) if team.id in bound else team
            for team in left.teams
        ),
        options=tuple(
            _option_at(option, kept.get(option.id)) for option in left.options if option.id in stay
        ),
        duties=tuple(_duty_at(duty, kept.get(duty.id)) for duty in left.duties),
        sets=tuple(
            replace(one, value=one.value + price * (promised - 1)) if promised > 1 else one
            for one, promised in ((s, sum(ref in kept for ref in s.options)) for s in left.sets)
            if stay.issuperset(one.options)
        ),
        floors=(
            *left.floors,
            *(promise_floor(debtor, debtor, price) for debtor in sorted(debtors)),
        ),
    )


def _option_at(option: Option, promise: _Promise | None) -> Option:
    if promise is None:
        return option
    stop, team = promise.stop, promise.team
    own = frozenset() if team is None else {team_skill(team)}
    return replace(
        option,
        window_start_s=stop.start_s,
        window_end_s=stop.start_s,
        escort_stations=(
            option.escort_stations if stop.escort_station is None else (stop.escort_station,)
        ),
        needed_skills=option.needed_skills | own,
    )


def _duty_at(duty: PlanDuty, promise: _Promise | None) -> PlanDuty:
    if promise is None:
        return duty
    start_s = promise.stop.start_s
    teams = duty.teams if promise.team is None else (promise.team,)
    return replace(duty, window_start_s=start_s, window_end_s=start_s, teams=teams)
