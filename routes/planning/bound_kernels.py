"""Compiled pricing for the bound: the best route of a kind of shift, never underestimated.

A route is built stop by stop; what is known of it is a *label*: where it ends, when it leaves
there, what it gained, which debtors it must not visit again. A label is dropped if another one
is better in every respect, or if the most that can follow does not reach the threshold. Where
too many remain at one node and in one part of the day, two become one that is as early as the
earlier, gained as much as the better, and remembers only what both do: it stands for routes that
may not exist, so the answer can only become larger.

Which visits a label remembers depends on where it is (ng-routes: Baldacci, Mingozzi and Roberti,
Operations Research 59, 2011).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geo.model import Floats, Ints
from routes.planning.compiled import compiled, entry

__all__ = [
    "Pool",
    "Rest",
    "Trip",
    "Way",
    "close_legs",
    "complete",
    "extend",
    "open_pool",
    "retime",
    "start_hope",
]

NEVER = 1 << 28
NOBODY = -1
_NONE = -2

_Small = npt.NDArray[np.int32]
_Bits = npt.NDArray[np.uint64]

# columns of Trip.nodes
BIT, SERVICE_S, LOAD, FIRST_SPAN, LAST_SPAN, LAST_S = range(6)
# columns of Trip.spans and of Trip.pauses
OPEN_S, CLOSE_S, REST_S = range(3)
# columns of Pool.labels
NODE, PLACE, LEAVES_S, PARENT, TAKEN, STOPS, LOADED, SIBLING, QUEUED, STATE = range(10)
_WAITS, _EXTENDED, _DROPPED = range(3)  # values of STATE
_TOP = 3


class Way(NamedTuple):
    """Travel of one vehicle over a day, with waits wherever they help.

    Parameters
    ----------
    ends_s
        (B,), when each band ends; the last one holds beyond its end.
    leg_s
        (B, places, places), seconds of a leg that begins at once in a band.
    later_s
        The same shape: the earliest arrival of one that begins in a later band.
    paid_s
        The same shape: seconds that a leg costs at least, begun in a band or later.
    """

    ends_s: Ints
    leg_s: _Small
    later_s: _Small
    paid_s: _Small


class Trip(NamedTuple):
    """What one kind of shift may do, at the prices of one round; N nodes at P places.

    Parameters
    ----------
    first
        (P + 1,), the nodes of a place stand from its number to the next. Two more places, without
        any, are those where the shift begins and ends.
    nodes
        (N, 6) by the columns above: which bit stands for its debtor, service, load, where its
        spans begin and end, and the last second at which service may begin.
    gain
        (N,), value less what its rows cost.
    spans
        (K, 2), when service may begin, in order.
    pauses
        (breaks, 3), in order: first and last start, duration.
    near
        (debtors, words), the debtors that a label at one remembers.
    end_s, late_from_s, most_stops, most_load
        Of the shift; ``end_s`` with all overtime, which is paid from ``late_from_s`` on.
    second_cost, late_cost
        Prices of a second of travel and of overtime.
    """

    first: Ints
    nodes: Ints
    gain: Floats
    spans: Ints
    pauses: Ints
    near: _Bits
    end_s: int
    late_from_s: int
    most_stops: int
    most_load: int
    second_cost: float
    late_cost: float


class Rest(NamedTuple):
    """The most that can follow, by breaks taken, place, and part of the day.

    Parameters
    ----------
    leaves, comes
        (breaks + 1, P, Q, 3), the most for who leaves a place or comes to it then, with three
        different debtors as the next, best first.
    leaves_to, comes_to
        The same shape: which debtors these are; negative for none.
    begins_s
        When the first part of the day begins.
    part_s, parts_a_s
        Seconds of each part, and how much of one a second is.
    """

    leaves: Floats
    comes: Floats
    leaves_to: _Small
    comes_to: _Small
    begins_s: int
    part_s: int
    parts_a_s: float


class Pool(NamedTuple):
    """Room for labels.

    Parameters
    ----------
    labels
        (C, 10) by the columns above.
    value
        (C,), what a route gained up to a label.
    held
        (C, words), the debtors that it must not visit again.
    head, number
        (breaks + 1, P, Q): first label of a list, and how many there are.
    top, summit
        The same shape: the largest value in a list, and in it and all earlier ones.
    queue
        (Q,), first label that waits.
    ended
        (N,), the label from which a route that ends at a node is worth most.
    worth
        (N,), that worth.
    counts
        (2,): labels made, labels made of two.
    """

    labels: _Small
    value: Floats
    held: _Bits
    head: _Small
    number: _Small
    top: Floats
    summit: Floats
    queue: _Small
    ended: _Small
    worth: Floats
    counts: Ints


@entry
def close_legs(raw_s: _Small, least_service_s: Ints, starts_s: Ints, way: Way) -> None:
    """Fill ``way`` with travel that a stop on the way never shortens.

    Parameters
    ----------
    raw_s
        (B, places, places), the travel of each band.
    least_service_s
        (places,), the shortest service there; ``NEVER`` where nobody stops.
    starts_s
        (B,), when each band begins.
    """
    bands, n, _ = raw_s.shape
    for back in range(bands):
        b = bands - 1 - back
        for i in range(n):
            for j in range(n):
                least = raw_s[b, i, j]
                if back > 0:
                    least = min(least, way.paid_s[b + 1, i, j])
                way.paid_s[b, i, j] = least
        for k in range(n):
            if least_service_s[k] >= NEVER:
                continue
            for i in range(n):
                first = way.paid_s[b, i, k]
                if first >= NEVER:
                    continue
                for j in range(n):
                    way.paid_s[b, i, j] = min(way.paid_s[b, i, j], first + way.paid_s[b, k, j])
        for i in range(n):
            for j in range(n):
                way.leg_s[b, i, j] = raw_s[b, i, j]
            for k in range(n):
                if least_service_s[k] >= NEVER or raw_s[b, i, k] >= NEVER:
                    continue
                first = np.int32(raw_s[b, i, k] + least_service_s[k])
                for j in range(n):
                    way.leg_s[b, i, j] = min(way.leg_s[b, i, j], first + way.paid_s[b, k, j])
            for j in range(n):
                way.leg_s[b, i, j] = min(way.leg_s[b, i, j], NEVER)
                way.paid_s[b, i, j] = min(way.paid_s[b, i, j], NEVER)
                later = NEVER
                if back > 0:
                    later = min(
                        NEVER,
                        int(way.later_s[b + 1, i, j]),
                        int(starts_s[b + 1] + way.leg_s[b + 1, i, j]),
                    )
                way.later_s[b, i, j] = later


@compiled
def _band(way: Way, leaving_s: int) -> int:
    band = 0
    while band < way.ends_s.shape[0] - 1 and leaving_s >= way.ends_s[band]:
        band += 1
    return band


@compiled
def _part(rest: Rest, at_s: int) -> int:
    """Return the part of the day that holds a second; to multiply is quicker than to divide."""
    return int((at_s - rest.begins_s + 0.5) * rest.parts_a_s)


@compiled
def _begin_s(trip: Trip, node: int, arrival_s: int) -> int:
    """Return when service can begin at the earliest, or ``NEVER``."""
    for k in range(trip.nodes[node, FIRST_SPAN], trip.nodes[node, LAST_SPAN]):
        if arrival_s <= trip.spans[k, CLOSE_S]:
            return int(max(arrival_s, trip.spans[k, OPEN_S]))
    return NEVER


@compiled
def _home(way: Way, trip: Trip, place: int, leaving_s: int, taken: int) -> float:
    """Return the worth of going home now, which is not above 0; -inf where it is too late."""
    band = _band(way, leaving_s)
    target = trip.first.shape[0]
    home_s = min(leaving_s + way.leg_s[band, place, target], way.later_s[band, place, target])
    if home_s > trip.end_s:
        return -np.inf
    if taken < trip.pauses.shape[0] and home_s > trip.pauses[taken, CLOSE_S]:
        return -np.inf
    return float(
        -trip.second_cost * way.paid_s[band, place, target]
        - trip.late_cost * max(0, home_s - trip.late_from_s)
    )


@compiled
def _propose(values: Floats, bits: _Small, value: float, bit: int) -> None:
    """Put a value among the three best of different debtors."""
    if value <= values[2]:
        return
    if bit == bits[0]:
        values[0] = max(values[0], value)
    elif value > values[0]:
        if bit != bits[1]:
            values[2], bits[2] = values[1], bits[1]
        values[1], bits[1] = values[0], bits[0]
        values[0], bits[0] = value, bit
    elif bit == bits[1]:
        values[1] = max(values[1], value)
    elif value > values[1]:
        values[2], bits[2] = values[1], bits[1]
        values[1], bits[1] = value, bit
    else:
        values[2], bits[2] = value, bit


@entry
def complete(way: Way, trip: Trip, rest: Rest) -> None:
    """Fill ``rest``, from the end of the day on, as if each part of it began anew."""
    n_places = trip.first.shape[0] - 1
    pauses = trip.pauses.shape[0]
    parts = rest.leaves.shape[2]
    brief = 0.0
    for j in range(trip.nodes.shape[0]):
        if trip.nodes[j, SERVICE_S] < rest.part_s:
            brief += max(0.0, trip.gain[j])
    rest.leaves[:] = -np.inf
    rest.comes[:] = -np.inf
    rest.leaves_to[:] = _NONE
    rest.comes_to[:] = _NONE
    for back in range(pauses + 1):
        taken = pauses - back
        for q in range(parts - 1, -1, -1):
            now_s = rest.begins_s + q * rest.part_s
            if taken < pauses and now_s > trip.pauses[taken, CLOSE_S]:
                continue
            band = _band(way, now_s)
            rested = parts
            if taken < pauses:
                at_s = max(now_s, trip.pauses[taken, OPEN_S]) + trip.pauses[taken, REST_S]
                rested = _part(rest, at_s)
            loops = False
            for p in range(n_places):
                values = rest.comes[taken, p, q]
                bits = rest.comes_to[taken, p, q]
                for j in range(trip.first[p], trip.first[p + 1]):
                    start_s = _begin_s(trip, j, now_s)
                    part = _part(rest, start_s + trip.nodes[j, SERVICE_S])
                    if part >= parts:
                        continue
                    if part == q:
                        loops = True
                        continue
                    bit = trip.nodes[j, BIT]
                    more = rest.leaves[taken, p, part, 0]
                    if rest.leaves_to[taken, p, part, 0] == bit:
                        more = rest.leaves[taken, p, part, 1]
                    _propose(values, bits, trip.gain[j] + more, bit)
                if rested < parts:
                    for k in range(_TOP):
                        _propose(
                            values,
                            bits,
                            rest.comes[taken + 1, p, rested, k],
                            rest.comes_to[taken + 1, p, rested, k],
                        )
            highest = -np.inf
            for i in range(n_places):
                values = rest.leaves[taken, i, q]
                bits = rest.leaves_to[taken, i, q]
                _propose(values, bits, _home(way, trip, i, now_s, taken), NOBODY)
                if rested < parts:
                    for k in range(_TOP):
                        _propose(
                            values,
                            bits,
                            rest.leaves[taken + 1, i, rested, k],
                            rest.leaves_to[taken + 1, i, rested, k],
                        )
                for p in range(n_places):
                    at_s = min(now_s + way.leg_s[band, i, p], way.later_s[band, i, p])
                    part = _part(rest, at_s)
                    if part >= parts:
                        continue
                    way_cost = trip.second_cost * way.paid_s[band, i, p]
                    for k in range(_TOP):
                        value = rest.comes[taken, p, part, k] - way_cost
                        if value <= values[2]:
                            break
                        _propose(values, bits, value, rest.comes_to[taken, p, part, k])
                highest = max(highest, values[0])
            if loops:  # stops so brief that the next ones fall into the same part
                for p in range(n_places):
                    for k in range(_TOP):
                        rest.leaves[taken, p, q, k] = highest + brief
                        rest.comes[taken, p, q, k] = highest + brief
                        rest.leaves_to[taken, p, q, k] = NOBODY
                        rest.comes_to[taken, p, q, k] = NOBODY


@entry
def start_hope(way: Way, trip: Trip, rest: Rest, taken: int, leaving_s: int) -> float:
    """Return the most that a shift can gain that leaves its first place at a second."""
    origin = trip.first.shape[0] - 1
    band = _band(way, leaving_s)
    best = -np.inf
    for p in range(origin):
        come_s = min(leaving_s + way.leg_s[band, origin, p], way.later_s[band, origin, p])
        part = _part(rest, come_s)
        if part < rest.comes.shape[2]:
            cost = trip.second_cost * way.paid_s[band, origin, p]
            best = max(best, rest.comes[taken, p, part, 0] - cost)
    return float(best)


@entry
def open_pool(pool: Pool) -> None:
    """Empty the room."""
    pool.head[:] = NOBODY
    pool.number[:] = 0
    pool.top[:] = -np.inf
    pool.summit[:] = -np.inf
    pool.queue[:] = NOBODY
    pool.ended[:] = NOBODY
    pool.worth[:] = -np.inf
    pool.counts[:] = 0


@compiled
def _within(held: _Bits, one: int, other: int) -> bool:
    for w in range(held.shape[1]):  # noqa: SIM110
        if held[one, w] & ~held[other, w]:
            return False
    return True


@compiled
def _beaten(trip: Trip, pool: Pool, at: int, part: int) -> bool:
    """Return whether another label is as good in every respect."""
    place = pool.labels[at, PLACE]
    taken = pool.labels[at, TAKEN]
    value = pool.value[at]
    counted = trip.most_stops < NEVER
    loaded = trip.most_load < NEVER
    for q in range(part, -1, -1):
        if pool.summit[taken, place, q] < value:
            return False
        if pool.top[taken, place, q] < value:
            continue
        other = pool.head[taken, place, q]
        while other != NOBODY:
            if (
                other != at
                and pool.labels[other, STATE] != _DROPPED
                and pool.value[other] >= value
                and pool.labels[other, LEAVES_S] <= pool.labels[at, LEAVES_S]
                and not (counted and pool.labels[other, STOPS] > pool.labels[at, STOPS])
                and not (loaded and pool.labels[other, LOADED] > pool.labels[at, LOADED])
                and _within(pool.held, other, at)
            ):
                return True
            other = pool.labels[other, SIBLING]
    return False


@compiled
def _raise(pool: Pool, taken: int, place: int, part: int, value: float) -> None:
    pool.top[taken, place, part] = max(pool.top[taken, place, part], value)
    for q in range(part, pool.summit.shape[2]):
        if pool.summit[taken, place, q] >= value:
            break
        pool.summit[taken, place, q] = value


@compiled
def _shared(held: _Bits, one: int, other: int) -> int:
    """Return how many debtors two labels both remember."""
    count = 0
    for w in range(held.shape[1]):
        both = held[one, w] & held[other, w]
        while both:
            both &= both - np.uint64(1)
            count += 1
    return count


@compiled
def _merge(pool: Pool, at: int, part: int) -> bool:
    """Put a label into the most similar one that waits in its list; False if there is none."""
    place = pool.labels[at, PLACE]
    taken = pool.labels[at, TAKEN]
    other = pool.head[taken, place, part]
    chosen = NOBODY
    most = -1
    while other != NOBODY:
        if pool.labels[other, STATE] == _WAITS:
            alike = _shared(pool.held, other, at)
            if alike > most:
                most = alike
                chosen = other
        other = pool.labels[other, SIBLING]
    if chosen == NOBODY:
        return False
    if pool.value[at] > pool.value[chosen]:
        pool.value[chosen] = pool.value[at]
        pool.labels[chosen, PARENT] = pool.labels[at, PARENT]
        _raise(pool, taken, place, part, pool.value[at])
    for column in (LEAVES_S, STOPS, LOADED):
        pool.labels[chosen, column] = min(pool.labels[chosen, column], pool.labels[at, column])
    for w in range(pool.held.shape[1]):
        pool.held[chosen, w] &= pool.held[at, w]
    pool.counts[1] += 1
    return True


@compiled
def _oust(pool: Pool, at: int, part: int) -> bool:
    """Drop the poorest label of a full list that waits; False if the new one is no better."""
    other = pool.head[pool.labels[at, TAKEN], pool.labels[at, PLACE], part]
    chosen = NOBODY
    least = pool.value[at]
    while other != NOBODY:
        if pool.labels[other, STATE] == _WAITS and pool.value[other] < least:
            least = pool.value[other]
            chosen = other
        other = pool.labels[other, SIBLING]
    if chosen == NOBODY:
        return False
    pool.labels[chosen, STATE] = _DROPPED
    pool.number[pool.labels[at, TAKEN], pool.labels[at, PLACE], part] -= 1
    return True


@compiled
def _add(trip: Trip, pool: Pool, part: int, keep: int) -> None:
    """Keep the label that stands behind the last one, unless it is beaten."""
    at = pool.counts[0]
    if _beaten(trip, pool, at, part):
        return
    place = pool.labels[at, PLACE]
    taken = pool.labels[at, TAKEN]
    if pool.number[taken, place, part] >= abs(keep):
        if keep < 0:
            if not _oust(pool, at, part):
                return
        elif _merge(pool, at, part):
            return
    pool.labels[at, SIBLING] = pool.head[taken, place, part]
    pool.head[taken, place, part] = at
    pool.number[taken, place, part] += 1
    pool.labels[at, QUEUED] = pool.queue[part]
    pool.labels[at, STATE] = _WAITS
    pool.queue[part] = at
    _raise(pool, taken, place, part, pool.value[at])
    pool.counts[0] += 1


@compiled
def _hope(pool: Pool, source: int, values: Floats, bits: _Small) -> float:
    """Return the most that can follow for a label that must not visit some debtors again."""
    if source != NOBODY:
        for k in range(_TOP):
            bit = bits[k]
            if bit < 0 or not ((pool.held[source, bit >> 6] >> np.uint64(bit & 63)) & np.uint64(1)):
                return float(values[k])
        return float(values[_TOP - 1])
    return float(values[0])


@compiled
def _extend_from(
    way: Way,
    trip: Trip,
    rest: Rest,
    pool: Pool,
    source: int,
    place: int,
    leaving_s: int,
    taken: int,
    threshold: float,
    keep: int,
) -> None:
    """Make the labels of all stops that may come next; ``source`` is -1 at the beginning."""
    band = _band(way, leaving_s)
    parts = rest.leaves.shape[2]
    value = 0.0
    stops = 0
    load = 0
    if source != NOBODY:
        value = pool.value[source]
        stops = pool.labels[source, STOPS]
        load = pool.labels[source, LOADED]
    if stops >= trip.most_stops:
        return
    for p in range(trip.first.shape[0] - 1):
        come_s = min(leaving_s + way.leg_s[band, place, p], way.later_s[band, place, p])
        part = _part(rest, come_s)
        if part >= parts:
            continue
        arrived = value - trip.second_cost * way.paid_s[band, place, p]
        if (
            arrived + _hope(pool, source, rest.comes[taken, p, part], rest.comes_to[taken, p, part])
            <= threshold
        ):
            continue
        for j in range(trip.first[p], trip.first[p + 1]):
            bit = trip.nodes[j, BIT]
            if come_s > trip.nodes[j, LAST_S] or load + trip.nodes[j, LOAD] > trip.most_load:
                continue
            if source != NOBODY and (
                (pool.held[source, bit >> 6] >> np.uint64(bit & 63)) & np.uint64(1)
            ):
                continue
            gained = arrived + trip.gain[j]
            at_s = come_s
            for then in range(taken, trip.pauses.shape[0] + 1):
                if then > taken:
                    at_s = max(at_s, trip.pauses[then - 1, OPEN_S])
                    if at_s > trip.pauses[then - 1, CLOSE_S]:
                        break
                    at_s += trip.pauses[then - 1, REST_S]
                start_s = _begin_s(trip, j, at_s)
                if start_s >= NEVER:
                    break
                done_s = start_s + trip.nodes[j, SERVICE_S]
                part = _part(rest, done_s)
                if part >= parts:
                    break
                hope = _hope(
                    pool, source, rest.leaves[then, p, part], rest.leaves_to[then, p, part]
                )
                if gained + hope <= threshold:
                    continue
                at = pool.counts[0]
                if at >= pool.labels.shape[0] - 1:
                    return
                pool.labels[at, NODE] = j
                pool.labels[at, PLACE] = p
                pool.labels[at, LEAVES_S] = done_s
                pool.labels[at, PARENT] = source
                pool.labels[at, TAKEN] = then
                pool.labels[at, STOPS] = stops + 1
                pool.labels[at, LOADED] = load + trip.nodes[j, LOAD]
                pool.value[at] = gained
                for w in range(pool.held.shape[1]):
                    pool.held[at, w] = np.uint64(0)
                    if source != NOBODY:
                        pool.held[at, w] = pool.held[source, w] & trip.near[bit, w]
                pool.held[at, bit >> 6] |= np.uint64(1) << np.uint64(bit & 63)
                _add(trip, pool, part, keep)


@entry
def extend(
    way: Way,
    trip: Trip,
    rest: Rest,
    pool: Pool,
    starts: Ints,
    parts: Ints,
    threshold: float,
    keep: int,
) -> bool:
    """Extend all labels that leave in some parts of the day; False where room is at an end.

    Parameters
    ----------
    starts
        (K, 2): breaks taken and second of leaving the first place.
    parts
        (2,): first part, and the one behind the last; the beginning is part 0.
    threshold
        Routes worth no more need not be found.
    keep
        Most labels of one list. If negative, those beyond are left out instead of made one: all
        routes are real then, but better ones may be missed.
    """
    if parts[0] == 0:
        for k in range(starts.shape[0]):
            _extend_from(
                way, trip, rest, pool, NOBODY, trip.first.shape[0] - 1, starts[k, 1],
                starts[k, 0], threshold, keep,
            )  # fmt: skip
    pauses = trip.pauses.shape[0]
    for part in range(parts[0], parts[1]):
        while pool.queue[part] != NOBODY:
            at = pool.queue[part]
            pool.queue[part] = pool.labels[at, QUEUED]
            if pool.labels[at, STATE] == _DROPPED:
                continue
            pool.labels[at, STATE] = _EXTENDED
            if _beaten(trip, pool, at, part):
                pool.labels[at, STATE] = _DROPPED
                continue
            if pool.counts[0] >= pool.labels.shape[0] - 1:
                return False
            place = pool.labels[at, PLACE]
            leaving_s = pool.labels[at, LEAVES_S]
            taken = pool.labels[at, TAKEN]
            home = _home(way, trip, place, leaving_s, taken)
            rested_s = leaving_s
            for then in range(taken, pauses):
                rested_s = max(rested_s, trip.pauses[then, OPEN_S])
                if rested_s > trip.pauses[then, CLOSE_S]:
                    break
                rested_s += trip.pauses[then, REST_S]
                home = max(home, _home(way, trip, place, rested_s, then + 1))
                _extend_from(way, trip, rest, pool, at, place, rested_s, then + 1, threshold, keep)
            node = pool.labels[at, NODE]
            if pool.value[at] + home > pool.worth[node]:
                pool.worth[node] = pool.value[at] + home
                pool.ended[node] = at
            if taken == pauses or leaving_s <= trip.pauses[taken, CLOSE_S]:
                _extend_from(way, trip, rest, pool, at, place, leaving_s, taken, threshold, keep)
    return bool(pool.counts[0] < pool.labels.shape[0] - 1)


@entry
def retime(way: Way, trip: Trip, starts: Ints, stops: Ints, places: Ints) -> float:
    """Return what a route of nodes at places is worth without their gains, -inf if it is late.

    Breaks are taken wherever that lets the route leave earliest.
    """
    pauses = trip.pauses.shape[0]
    best = -np.inf
    for k in range(starts.shape[0]):
        for chosen in range((stops.shape[0] + 1) ** (pauses - starts[k, 0])):
            worth = _follow(way, trip, starts[k, 0], starts[k, 1], stops, places, chosen)
            best = max(best, worth)
    return best


@compiled
def _follow(
    way: Way, trip: Trip, taken: int, leaving_s: int, stops: Ints, places: Ints, chosen: int
) -> float:
    """Follow a route whose breaks come before the stops that the digits of ``chosen`` name."""
    pauses = trip.pauses.shape[0]
    base = stops.shape[0] + 1
    place = trip.first.shape[0] - 1
    paid_s = 0
    load = 0
    if stops.shape[0] > trip.most_stops:
        return -np.inf
    for p in range(stops.shape[0]):
        node = stops[p]
        target = places[p]
        load += trip.nodes[node, LOAD]
        if load > trip.most_load:
            return -np.inf
        band = _band(way, leaving_s)
        at_s = min(leaving_s + way.leg_s[band, place, target], way.later_s[band, place, target])
        paid_s += way.paid_s[band, place, target]
        while taken < pauses and chosen % base == p:
            # before the leg or after it, whichever arrives earlier
            chosen //= base
            pause = trip.pauses[taken]
            before_s = max(leaving_s, pause[OPEN_S])
            after_s = max(at_s, pause[OPEN_S])
            if before_s > pause[CLOSE_S]:
                return -np.inf
            leaving_s = before_s + pause[REST_S]
            late = _band(way, leaving_s)
            at_s = min(leaving_s + way.leg_s[late, place, target], way.later_s[late, place, target])
            if after_s <= pause[CLOSE_S]:
                at_s = min(at_s, after_s + pause[REST_S])
            taken += 1
        start_s = _begin_s(trip, node, at_s)
        if start_s >= NEVER:
            return -np.inf
        leaving_s = start_s + trip.nodes[node, SERVICE_S]
        place = target
    while (
        taken < pauses and max(leaving_s, trip.pauses[taken, OPEN_S]) <= trip.pauses[taken, CLOSE_S]
    ):
        home = _home(way, trip, place, leaving_s, taken)
        if home > -np.inf:
            break
        leaving_s = max(leaving_s, trip.pauses[taken, OPEN_S]) + trip.pauses[taken, REST_S]
        taken += 1
    home = _home(way, trip, place, leaving_s, taken)
    return float(home - trip.second_cost * paid_s)
