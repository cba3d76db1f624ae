"""How far a stop can move from its minute with all others kept, and what bounds it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from routes.planning.hour_roads import held_in
from routes.planning.problem import Option
from routes.planning.timetable import Lane

__all__ = ["Bound", "Limit", "limits"]


class Bound(StrEnum):
    """What keeps a stop from beginning a second earlier, or later."""

    WINDOW = "window"
    ESCORT = "escort"  # the station has nobody then
    SHIFT = "shift"  # the team's hours and the way from or to its base
    STOP = "stop"  # the one before or after, and the way
    REST = "rest"
    ROADS = "roads"  # a second earlier the way takes longer
    KEPT = "kept"  # done, under way, or others wait for the minute


@dataclass(frozen=True, slots=True)
class Limit:
    """The first or last second at which a stop can begin, and what bounds it.

    ``of`` is the stop's option or duty, or the station.
    """

    at_s: int
    bound: Bound
    of: str = ""


def limits(
    lane: Lane, index: int, option: Option, start_s: int, leave_s: int
) -> tuple[Limit, Limit]:
    """Return how far a stop can move from its second with all others kept, and what bounds it."""
    first_s, last_s = next(span for span in lane.starts(index) if span[0] <= start_s <= span[1])
    item = lane.items[index]
    if item.starts == ((start_s, start_s),) and option.window_start_s < option.window_end_s:
        kept = Limit(start_s, Bound.KEPT)
        return kept, kept
    taken = _rests_behind(lane, index, leave_s)
    limits = []
    for edge_s, second, window_s, bound in (
        (first_s, first_s - 1, option.window_start_s, _bound_before),
        (last_s, last_s + 1, option.window_end_s, _bound_after),
    ):
        if edge_s == window_s:
            limits.append(Limit(edge_s, Bound.WINDOW))
        elif not held_in(item.starts, second, second):
            limits.append(Limit(edge_s, Bound.ESCORT, item.station or ""))
        else:
            limits.append(Limit(edge_s, *bound(lane, index, taken, second)))
    return limits[0], limits[1]


def _rests_behind(lane: Lane, index: int, leave_s: int) -> int:
    """Return the rests that the plan has taken before a stop, by bits."""
    elsewhere = sum(lane.rests.values())
    at_base = (
        1 << k
        for k, pause in enumerate(lane.pauses)
        if not elsewhere >> k & 1 and leave_s >= pause.window_start_s + pause.duration_s
    )
    begun = lane.rests.get(lane.frozen.stops[-1].ref if lane.frozen else "", 0)
    return sum(at_base) | begun | sum(lane.rests.get(one.ref, 0) for one in lane.items[:index])


def _bound_before(lane: Lane, index: int, taken: int, second: int) -> tuple[Bound, str]:
    """Return what keeps a stop from beginning at a second, one too early for it."""
    item = lane.items[index]
    arrival_s = lane.roads.earliest_s(lane.leaving[index][taken], lane.places[index], item.place)
    before = lane.frozen.stops[-1].ref if lane.frozen else ""
    if index > 0:
        before = lane.items[index - 1].ref
    if lane.rests.get(before) and second < arrival_s:
        return Bound.REST, ""
    if second >= arrival_s:
        return (Bound.REST if lane.pauses else Bound.ROADS), ""
    return (Bound.STOP, before) if before else (Bound.SHIFT, "")


def _bound_after(lane: Lane, index: int, taken: int, second: int) -> tuple[Bound, str]:
    """Return what keeps a stop from beginning at a second, one too late for it."""
    item, place, after = lane.items[index], lane.places[index + 1], lane.places[index + 2]
    if lane.rests.get(item.ref):
        return Bound.REST, ""
    arrival_s = lane.roads.arrival_s(second + item.service_s, place, after)
    if index + 1 == len(lane.items):
        return (Bound.SHIFT if arrival_s > lane.home_by_s else Bound.REST), ""
    if arrival_s > lane.latest_s[index + 1][taken]:
        return Bound.STOP, lane.items[index + 1].ref
    return (Bound.REST if lane.pauses else Bound.ROADS), ""
