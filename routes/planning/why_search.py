"""The smallest relaxations under which a visit enters a plan at hand, each of them tried.

Every size is found by trying: under the relaxation the visit enters (all places of all routes,
every second, all other stops kept; see :mod:`routes.planning.ways_in`), under one step less it
does not. What is stated was made: the relaxed problem, and the plan with the visit, which the
independent check accepts. A relaxation that would cost the plan more than the visit brings is not
stated. Relaxations of a pair are each as small as the other allows.

Where officers' ways from door to door count, the ends of each span are tried, not every second.

What it does not claim: that no other plan of the relaxed problem could do with less, since other
stops neither leave nor change places, but for the one or two that a higher value would outbid.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from geo.localtime import DAY_S
from routes.planning.at_hand import AtHand, Entry
from routes.planning.hour_roads import nearest
from routes.planning.problem import EscortMode, EscortStation, Option, PlanDuty, Problem
from routes.planning.terms import Task, half_of
from routes.planning.validate import violations
from routes.planning.ways_in import (
    Joint,
    WayIn,
    at_second,
    entered,
    of_raised,
    swaps,
    ways_in,
)
from routes.planning.why_relaxations import (
    COST_MIN,
    MOST_MIN,
    VALUE_STEP,
    Lever,
    Relaxation,
    under,
)

__all__ = ["Way", "best", "ways"]

_LEAST_GAIN = -1e-9
_JOINT = 40  # places for two teams of which the best is taken


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """How a visit enters the plan: what is relaxed, nothing if it fits as it is.

    ``problem`` is the relaxed one, of which ``entry.plan`` is a plan.
    """

    relaxations: tuple[Relaxation, ...]
    entry: Entry
    problem: Problem

    @property
    def cost_min(self) -> int:
        """Assumed effort, minutes."""
        return sum(one.cost_min for one in self.relaxations)


def ways(at: AtHand) -> tuple[Way, ...]:
    """Return how the terms' tasks could enter, in rising cost; at most one way of each kind.

    A pair of relaxations where no single one does, or only a shorter way; nothing where no pair
    that was looked at does.
    """
    entry = best(at, ways_in(at))
    way = None if entry is None else _proved(at, (), entry)
    if way is not None:
        return (way,)
    found = [*_singles(at, _BY_LEVER), _outbidding(at)]
    if all(way is None or _only_nearer(way) for way in found):
        found.append(_pair(at))
    return tuple(sorted((way for way in found if way is not None), key=lambda way: way.cost_min))


def _only_nearer(way: Way) -> bool:
    return [one.lever for one in way.relaxations] == [Lever.NEARER]


def best(at: AtHand, found: Iterable[WayIn], least_gain: float = _LEAST_GAIN) -> Entry | None:
    """Return the entry that gains most, and no less than so much; a duty enters at any cost.

    Of what two teams do, or an officer has a way to go for, there are many: they are looked at
    until one gains enough, and then but for so many.
    """
    most: Entry | None = None
    for k, way in enumerate(found):
        if most is not None and k >= _JOINT and isinstance(way, Joint):
            continue
        for _, entry in _entries(at, way):
            enough = isinstance(way.task, PlanDuty) or entry.gain >= least_gain
            if enough and (most is None or _rank(entry) > _rank(most)):
                most = entry
    return most


def _rank(entry: Entry) -> tuple[float, int, int]:
    return entry.gain, -entry.moved_s, -entry.start_s


def _entries(at: AtHand, way: WayIn) -> Iterator[tuple[WayIn, Entry]]:
    """Yield the plan with a task at its place; of who shares officers, if the check accepts it."""
    if isinstance(way, Joint) and way.station is not None and at.stations[way.station].profile:
        problem = at.terms.into_problem()
        seconds = dict.fromkeys(second for span in way.starts for second in span)
        tries = [at_second(way, start_s) for start_s in seconds]
        made = ((one, entered(at, one)) for one in tries)
        yield from ((one, entry) for one, entry in made if not violations(problem, entry.plan))
    else:
        yield way, entered(at, way)


def _proved(at: AtHand, relaxations: Sequence[Relaxation], entry: Entry) -> Way | None:
    """Return the way if the independent check accepts its plan."""
    problem = under(at.terms, relaxations).into_problem()
    if violations(problem, entry.plan):
        return None
    return Way(tuple(relaxations), entry, problem)


def _singles(at: AtHand, levers: Iterable[Lever], most_min: float = math.inf) -> Iterator[Way]:
    """Yield a proved way by each lever by which there is one, no dearer than ``most_min``."""
    for lever in levers:
        if COST_MIN[lever] <= most_min:
            found = _BY_LEVER[lever](at)
            way = None if found is None else _proved(at, [found[0]], found[1])
            if way is not None and way.cost_min <= most_min:
                yield way


_Found = tuple[Relaxation, Entry] | None


def _tried(
    at: AtHand,
    relaxation: Relaxation,
    *,
    tasks: Sequence[Task] | None = None,
    shifts: Sequence[str] | None = None,
) -> Entry | None:
    """Return how a task enters under a relaxation; only tasks and shifts that it touches."""
    relaxed = at.under(relaxation.on(at.terms))
    ids = None if tasks is None else {task.id for task in tasks}
    chosen = [task for task in relaxed.terms.tasks if ids is None or task.id in ids]
    return best(relaxed, ways_in(relaxed, chosen, shifts))


def _least(
    lever: Lever,
    of: str,
    most: int,
    tried: Callable[[Relaxation], Entry | None],
    guess: int = 0,
) -> _Found:
    """Return the smallest size up to ``most`` with which a task enters, by bisection.

    With the size it does, with one less it does not: both were tried.
    """
    fails, size = 0, most
    entry = tried(Relaxation(lever, of, most)) if most > 0 else None
    if entry is None:
        return None
    while size - fails > 1:
        middle = (fails + size) // 2
        if fails < guess < size:
            middle = guess
        elif fails < guess - 1 < size:
            middle = guess - 1
        found = tried(Relaxation(lever, of, middle))
        if found is None:
            fails = middle
        else:
            size, entry = middle, found
    return Relaxation(lever, of, size), entry


def _smallest(found: Iterable[_Found]) -> _Found:
    return min(
        (one for one in found if one is not None),
        key=lambda one: (one[0].cost_min, -one[1].gain),
        default=None,
    )


def _days_shifts(at: AtHand) -> list[str]:
    days = {task.day for task in at.terms.tasks}
    return [shift.id for shift in at.terms.shifts if shift.day in days]


def _by_hours(at: AtHand, lever: Lever) -> _Found:
    """Let a shift last longer."""
    best: _Found = None
    for shift_id in _days_shifts(at):
        most = _hours_most(at, lever, shift_id)
        most = most if best is None else min(most, best[0].size - 1)
        found = _least(lever, shift_id, most, partial(_tried, at, shifts=[shift_id]))
        best = best if found is None else found
    return best


def _hours_most(at: AtHand, lever: Lever, shift_id: str) -> int:
    """Return the minutes by which a shift can last longer; one under way began already."""
    if lever is Lever.SHIFT_START:
        lane = at.lane(shift_id)
        return 0 if lane.frozen else min(MOST_MIN, lane.shift.start_s // 60)
    return min(MOST_MIN, (2 * DAY_S - at.shifts[shift_id].end_s) // 60)


def _by_window(at: AtHand, lever: Lever) -> _Found:
    """Let the window of a task begin earlier or end later."""
    best: _Found = None
    for task in at.terms.tasks:
        most = _window_most(task, lever) if best is None else best[0].size - 1
        most = min(most, _window_most(task, lever))
        widest = at.under(Relaxation(lever, task.id, max(most, 0)).on(at.terms))
        wide = next(one for one in widest.terms.tasks if one.id == task.id)
        spans = [span for way in ways_in(widest, [wide]) for span in way.starts]
        if not spans:
            continue
        edge_s = task.window_start_s if lever is Lever.WINDOW_EARLIER else task.window_end_s
        guess = -(-abs(nearest(spans, edge_s) - edge_s) // 60)
        found = _least(lever, task.id, most, partial(_tried, at, tasks=[task]), guess)
        best = best if found is None else found
    return best


def _window_most(task: Task, lever: Lever) -> int:
    """Return the minutes by which a window can be widened."""
    free_s = task.window_start_s
    if lever is Lever.WINDOW_LATER:
        free_s = 2 * DAY_S - task.window_end_s
    return min(MOST_MIN, free_s // 60)


def _by_room(at: AtHand, lever: Lever) -> _Found:
    """Let a shift have more stops, or more room in its vehicle."""
    return _smallest(
        _once(at, one, shifts=[one.of])
        for shift_id in _days_shifts(at)
        for one in _room_lacking(at, lever, shift_id)
    )


def _room_lacking(at: AtHand, lever: Lever, shift_id: str) -> Iterator[Relaxation]:
    shift, (stops, load) = at.shifts[shift_id], at.filled(shift_id)
    if lever is Lever.STOPS:
        if shift.max_stops is not None and stops + 1 > shift.max_stops:
            yield Relaxation(lever, shift_id, stops + 1 - shift.max_stops)
    elif shift.capacity is not None:
        lacking = {load + task.load - shift.capacity for task in at.terms.tasks}
        yield from (Relaxation(lever, shift_id, n) for n in sorted(lacking) if n > 0)


def _by_team(at: AtHand, lever: Lever) -> _Found:
    """Give a team the skills or the officers that it lacks."""
    return _smallest(
        _once(at, one, shifts=[s.id for s in at.terms.shifts if s.team == one.of])
        for one in _crew_lacking(at, lever)
    )


def _crew_lacking(at: AtHand, lever: Lever) -> Iterator[Relaxation]:
    for team in at.terms.teams:
        lacking = set[Relaxation]()
        for half in _halves(at.terms.tasks):
            skills = half.needed_skills - team.skills
            officers = half.min_officers - team.officers
            if lever is Lever.SKILL and skills:
                lacking.add(Relaxation(lever, team.id, skills=skills))
            elif lever is Lever.OFFICERS and officers > 0:
                lacking.add(Relaxation(lever, team.id, officers))
        yield from sorted(lacking, key=lambda one: (one.cost_min, sorted(one.skills)))


def _halves(tasks: Iterable[Task]) -> Iterator[Task]:
    """Yield what is asked of the team, or of each of two."""
    for task in tasks:
        yield half_of(task, second=False)
        if task.together is not None:
            yield half_of(task, second=True)


def _once(at: AtHand, relaxation: Relaxation, *, shifts: Sequence[str] | None = None) -> _Found:
    entry = _tried(at, relaxation, shifts=shifts)
    return None if entry is None else (relaxation, entry)


def _by_new_team(at: AtHand, lever: Lever) -> _Found:
    """Add a team like another."""
    for shift_id in _days_shifts(at):
        relaxation = Relaxation(lever, shift_id)
        new = relaxation.on(at.terms).shifts[-1].id
        found = None if at.lane(shift_id).frozen else _once(at, relaxation, shifts=[new])
        if found is not None:
            return found
    return None


def _by_escort(at: AtHand, lever: Lever) -> _Found:
    """Let a station send one more officer for just the time of the visit, or from the fetch on.

    Of the seconds at which that would do, one within the station's hours or else next to them.
    """
    found: list[tuple[int, int, str, str, AtHand, WayIn]] = []
    for task in at.terms.tasks:
        if not isinstance(task, Option) or task.escort is EscortMode.NONE:
            continue
        for station_id in task.escort_stations or tuple(at.stations):
            always = Relaxation(lever, station_id, task=task.id, end_s=2 * DAY_S)
            free = at.under(always.on(at.terms))
            twin = free.terms.stations[-1].id
            wide = next(one for one in free.terms.tasks if one.id == task.id)
            for way in ways_in(free, [wide]):
                if way.station == twin:
                    found += (
                        (beside_s, start_s, station_id, task.id, free, way)
                        for beside_s, start_s in _beside(way.starts, at.stations[station_id], task)
                    )
    for _, start_s, station_id, task_id, free, way in sorted(found, key=lambda one: one[:4]):
        begin_s, end_s = _with_officer(entered(free, at_second(way, start_s)))
        relaxation = Relaxation(lever, station_id, task=task_id, start_s=begin_s, end_s=end_s)
        entry = _tried(at, relaxation)
        if entry is not None:
            return relaxation, entry
    return None


def _with_officer(entry: Entry) -> tuple[int, int]:
    """Return from when until when an officer is with the team for a visit that enters."""
    stops = [s for r in entry.plan.routes for s in r.stops if s.ref == entry.ref and not s.second]
    return min(one.start_s for one in stops), max(one.departure_s for one in stops)


def _beside(
    spans: Sequence[tuple[int, int]], station: EscortStation, task: Task
) -> Iterator[tuple[int, int]]:
    """Yield how far outside a station's hours a task would lie, and the second of it, by span."""
    hours = [
        (slot.start_s, max(slot.start_s, slot.end_s - task.service_s))
        for slot in station.calendar
        if slot.day == task.day
    ]
    for first_s, last_s in spans:
        ways = [
            (max(begin_s - last_s, first_s - end_s, 0), max(first_s, min(begin_s, last_s)))
            for begin_s, end_s in hours
        ]
        yield min(ways, default=(0, first_s))


def _by_nearer(at: AtHand, lever: Lever) -> _Found:
    """Let a place lie nearer to all others."""
    best: _Found = None
    for place in dict.fromkeys(task.place for task in at.terms.tasks):
        tasks = [task for task in at.terms.tasks if task.place == place]
        most = DAY_S // 60 if best is None else best[0].size - 1
        found = _least(lever, place, most, partial(_tried, at, tasks=tasks))
        best = best if found is None else found
    return best


def _outbidding(at: AtHand) -> Way | None:
    """Let a visit be worth so much more that it outbids what it costs, or who leaves for it.

    One planned visit may leave, or two neighbours. In the order of what they are worth, until
    not even free ways could make up for it. Nothing is relaxed where the swap is a gain already.
    """
    tasks = [task for task in at.terms.tasks if isinstance(task, Option)]
    least: tuple[float, WayIn] | None = None
    for way in ways_in(at) if tasks else ():
        least = _cheaper(at, way, 0.0, least)
    most = max((task.value for task in tasks), default=0.0)
    for loss, shift_id, begin, end in sorted(at.outs()) if tasks else ():
        if least is None or most - loss + at.saved(shift_id) > least[0]:
            for way in swaps(at, shift_id, begin, end):
                least = _cheaper(at, way, loss, least)
    if least is None:
        return None
    gain, way = least
    steps = -gain / VALUE_STEP  # who leaves must be outbid, a way only paid for
    leaves = bool(entered(at, way).out)
    size = math.floor(steps + 1e-6) + 1 if leaves else math.ceil(steps - 1e-6)
    if size <= 0:
        return _proved(at, (), entered(at, way))
    relaxation = Relaxation(Lever.VALUE, way.task.id, size)
    raised = at.under(relaxation.on(at.terms))
    task = next(one for one in raised.terms.tasks if one.id == way.task.id)
    return _proved(at, [relaxation], entered(raised, of_raised(raised, way, task)))


def _cheaper(
    at: AtHand, way: WayIn, loss: float, least: tuple[float, WayIn] | None
) -> tuple[float, WayIn] | None:
    """Return the better of two places: what the plan gains there, below 0 by the least.

    ``loss`` is what those who leave are worth at least.
    """
    value = way.task.value if isinstance(way.task, Option) else 0.0
    saved = at.plan.price if isinstance(way, Joint) else at.saved(way.shift)
    if least is not None and value - loss + saved <= least[0]:
        return least
    for there, entry in _entries(at, way):
        if least is None or entry.gain > least[0]:
            least = entry.gain, there
    return least


_BY_LEVER: Mapping[Lever, Callable[[AtHand], _Found]] = MappingProxyType(
    {
        Lever.SHIFT_END: partial(_by_hours, lever=Lever.SHIFT_END),
        Lever.SHIFT_START: partial(_by_hours, lever=Lever.SHIFT_START),
        Lever.WINDOW_EARLIER: partial(_by_window, lever=Lever.WINDOW_EARLIER),
        Lever.WINDOW_LATER: partial(_by_window, lever=Lever.WINDOW_LATER),
        Lever.STOPS: partial(_by_room, lever=Lever.STOPS),
        Lever.CAPACITY: partial(_by_room, lever=Lever.CAPACITY),
        Lever.ESCORT: partial(_by_escort, lever=Lever.ESCORT),
        Lever.SKILL: partial(_by_team, lever=Lever.SKILL),
        Lever.OFFICERS: partial(_by_team, lever=Lever.OFFICERS),
        Lever.TEAM: partial(_by_new_team, lever=Lever.TEAM),
        Lever.NEARER: partial(_by_nearer, lever=Lever.NEARER),
    }
)


def _pair(at: AtHand) -> Way | None:
    """Return the cheapest pair of relaxations, of which neither alone would do."""
    best: Way | None = None
    for first in _firsts(at):
        if first.size < 1:
            continue
        most_min = math.inf if best is None else best.cost_min - 1
        given = at.under(first.on(at.terms))
        for second in _singles(given, _PAIRED, most_min):
            if (second.relaxations[0].lever, second.relaxations[0].of) == (first.lever, first.of):
                continue
            way = _shrunk(at, first, second.relaxations[0])
            if way is not None and (best is None or way.cost_min < best.cost_min):
                best = way
                most_min = best.cost_min - 1
    return best


_HOURS = (Lever.SHIFT_END, Lever.SHIFT_START)
_WINDOWS = (Lever.WINDOW_EARLIER, Lever.WINDOW_LATER)
_CREW = (Lever.SKILL, Lever.OFFICERS)
_ROOM = (Lever.STOPS, Lever.CAPACITY)
_PAIRED = (*_HOURS, *_WINDOWS, *_ROOM, *_CREW, Lever.ESCORT)


def _firsts(at: AtHand) -> Iterator[Relaxation]:
    """Yield what may be relaxed first: by what lacks, or as far as it goes."""
    for lever in _ROOM:
        for shift_id in _days_shifts(at):
            yield from _room_lacking(at, lever, shift_id)
    for lever in _CREW:
        yield from _crew_lacking(at, lever)
    for lever in _HOURS:
        for shift_id in _days_shifts(at):
            yield Relaxation(lever, shift_id, _hours_most(at, lever, shift_id))
    for lever in _WINDOWS:
        for task in at.terms.tasks:
            yield Relaxation(lever, task.id, _window_most(task, lever))


def _shrunk(at: AtHand, first: Relaxation, second: Relaxation) -> Way | None:
    """Return a pair with the first as small as the second allows, which holds already."""
    if first.lever in (*_HOURS, *_WINDOWS):
        given = at.under(second.on(at.terms))
        found = _least(first.lever, first.of, first.size, partial(_tried, given))
    else:
        found = _once(at.under(second.on(at.terms)), first)
    less = second.less()
    if found is None or (less and _tried(at.under(found[0].on(at.terms)), less) is not None):
        return None  # prices can let less do where more does not
    return _proved(at, (found[0], second), found[1])
