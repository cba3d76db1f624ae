"""Where a stop can go into a plan at hand: by itself, or with a second team or an officer fetched.

A stop of one team has its spots (:mod:`routes.planning.at_hand`). What two teams do, what an
officer is fetched for, and where his way counts, have their seats
(:mod:`routes.planning.hand_seats`). Here both are one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from routes.planning.at_hand import AtHand, Entry, Spot
from routes.planning.hand_seats import Placing, Seats, moved_most_s
from routes.planning.hour_roads import Spans
from routes.planning.problem import Option
from routes.planning.terms import Task, by_one_stop

__all__ = ["Joint", "WayIn", "at_second", "entered", "of_raised", "swaps", "ways_in"]

_LEAST_PUSHING = 20  # placings that are looked at where others leave for what takes two teams


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """Where what two teams do, or a visit whose officer has a way to go, can go in.

    Parameters
    ----------
    placing
        The first team's seat, and the second's.
    seats
        Those of the plan at hand, without the stops ``out`` that leave.
    """

    placing: Placing
    seats: Seats
    out: tuple[str, ...] = ()

    @property
    def task(self) -> Task:
        """What is to be done."""
        return self.placing.task

    @property
    def starts(self) -> Spans:
        """When it can begin."""
        return self.placing.starts

    @property
    def station(self) -> str | None:
        """The station whose officer comes along, if one does."""
        return self.placing.station

    @property
    def push_s(self) -> int:
        """By how much other stops stand in the way of the first begin, by their minutes."""
        return self.placing.push_s(self.starts[0][0])


WayIn = Spot | Joint


def ways_in(
    at: AtHand, tasks: Iterable[Task] | None = None, shifts: Iterable[str] | None = None
) -> Iterator[WayIn]:
    """Yield every place in which one of the tasks can go with all stops kept.

    Of what two teams do one at least is of the ``shifts``; those come first in whose way other
    stops stand least.
    """
    chosen = None if shifts is None else tuple(shifts)
    seats: Seats | None = None
    for task in at.terms.tasks if tasks is None else tasks:
        if _by_itself(at, task):
            yield from at.spots([task], chosen)
            continue
        seats = seats or Seats(at)
        found = [Joint(one, seats) for one in _placings(seats, task, chosen)]
        yield from sorted(found, key=lambda one: one.push_s)


def _by_itself(at: AtHand, task: Task) -> bool:
    """Return whether a task is one stop of one team, and no officer's way to it counts."""
    stations = task.escort_stations if isinstance(task, Option) else ()
    return by_one_stop(task) and not any(at.stations[one].profile for one in stations)


def _placings(seats: Seats, task: Task, chosen: tuple[str, ...] | None) -> Iterator[Placing]:
    every = tuple(seats.at_hand.shifts)
    for shift_id in every if chosen is None or task.together is not None else chosen:
        mates = every if chosen is None or shift_id in chosen else chosen
        yield from seats.placings([task], shift_id, second=False, mates=mates)


def swaps(at: AtHand, shift_id: str, begin: int, end: int) -> Iterator[WayIn]:
    """Yield places in which a task can go once some stops have left a route.

    Every place of that route for a stop of one team; of what two teams do those in whose way
    others stand least.
    """
    alone = [task for task in at.terms.tasks if _by_itself(at, task)]
    yield from at.swaps(alone, shift_id, begin, end)
    tasks = [task for task in at.terms.tasks if task not in alone]
    lane = at.lane(shift_id)
    less = lane.without(begin, end)
    if not tasks or not less.holds:
        return
    out = tuple(item.ref for item in lane.items[begin:end])
    over = at.with_plan(at.with_route(shift_id, less.route()), at.minutes)
    ranked = sorted(ways_in(over, tasks, [shift_id]), key=_push_s)
    for way in ranked[:_LEAST_PUSHING]:
        if isinstance(way, Joint):
            yield replace(way, out=out)


def _push_s(way: WayIn) -> int:
    return way.push_s if isinstance(way, Joint) else 0


def at_second(way: WayIn, start_s: int) -> WayIn:
    """Return a place at one of its seconds."""
    starts = ((start_s, start_s),)
    if isinstance(way, Spot):
        return replace(way, starts=starts)
    return replace(way, placing=replace(way.placing, starts=starts))


def of_raised(raised: AtHand, way: WayIn, task: Task) -> WayIn:
    """Return the same place for a task that is worth more under other terms."""
    if isinstance(way, Spot):
        return replace(way, task=task)
    placing, mate = way.placing, way.placing.mate
    seats = Seats(way.seats.at_hand.under(raised.terms))
    mate = None if mate is None else replace(mate, task=task)
    return replace(
        way, placing=replace(placing, seat=replace(placing.seat, task=task), mate=mate), seats=seats
    )


def entered(at: AtHand, way: WayIn) -> Entry:
    """Return the plan with a task at its place, each other stop as near to its minute as can be."""
    if isinstance(way, Spot):
        return at.entered(way)
    over, (seat, mate) = way.seats.at_hand, (way.placing.seat, way.placing.mate)
    start_s = way.starts[0][0]
    plan = way.seats.placed(way.placing, start_s)
    return Entry(
        seat.task.id,
        seat.shift,
        at.shifts[seat.shift].team,
        start_s,
        plan,
        (plan.value - plan.price) - (at.plan.value - at.plan.price),
        way.out,
        moved_most_s(over.plan, plan, seat.task.id),
        "" if mate is None else at.shifts[mate.shift].team,
    )
