"""The arithmetic of the locating model, compiled: enumeration of all that is hidden.

Hidden of a debtor: residence ``r`` (one of the home-like places, or elsewhere), day place ``w``
(one of the day-like places, or none known; a company's seat) and habit (a node of a normal
shift of the log odds of presence). Hidden of the days: whether the debtor is away for the week,
for the day, and where the debtor is in one band of one day: at ``w``, else at ``r``, else out.
Visits of one band of one day share that one draw.

All likelihoods are logarithms relative to "does not belong here": a visit to a place that is
neither ``r`` nor ``w`` counts 0, so that only visits to these two are looked at.

Everything compiled stands in this one module: numba's cache does not see a change elsewhere.
"""

from __future__ import annotations

import math
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from geo.model import Floats, Ints
from geo.travel.compiled import compiled

__all__ = [
    "Model",
    "Places",
    "Visits",
    "frozen",
    "group_copies",
    "group_places",
    "not_found",
    "posterior",
]

Flags = npt.NDArray[np.bool_]

_NONE = -1
_EARTH_M = 6_371_008.8


class Places(NamedTuple):
    """Places of the debtors, one after the other.

    ``first[d]`` to ``first[d + 1]`` are those of debtor ``d``. ``home`` and ``day`` are log
    weights against *elsewhere* and *none*, -inf where it is no such place; ``home_kind`` and
    ``day_kind`` the kinds for presence; ``told[p, band]`` whether a lead speaks of the band.
    """

    first: Ints
    home: Floats
    day: Floats
    home_kind: Ints
    day_kind: Ints
    township: Ints
    told: Flags


class Visits(NamedTuple):
    """Visits in the order of their days and bands, by debtor or by set.

    ``present`` and ``absent`` are log likelihoods of what was reported, if the debtor belongs
    there and is there or is out, less ``base``, the one if the debtor does not belong there.
    What is not ``on`` was withdrawn.
    """

    first: Ints
    place: Ints
    week: Ints
    day: Ints
    band: Ints
    day_type: Ints
    base: Floats
    present: Floats
    absent: Floats
    on: Flags


class Model(NamedTuple):
    """Logarithms of presence and its complement, of the nodes' weights and of being away.

    ``there`` and ``out``: by told, township, kind, band, day type and node of habit.
    ``away``: week, not week, day, not day.
    """

    there: Floats
    out: Floats
    node: Floats
    away: Floats


@compiled
def group_places(
    first: Ints,
    lon: Floats,
    lat: Floats,
    fine: Flags,
    text: Ints,
    within_m: float,
) -> Ints:
    """Return for each claim the first claim of its debtor that points to the same place.

    Two claims are one place where both are fine and lie within ``within_m``, or where neither
    is and their texts are the same; the relation is closed over chains.
    """
    count = lon.shape[0]
    parent = np.arange(count)
    for d in range(first.shape[0] - 1):
        for j in range(first[d], first[d + 1]):
            for i in range(first[d], j):
                same = text[i] == text[j] and not fine[i] and not fine[j]
                if fine[i] and fine[j]:
                    middle = math.radians((lat[i] + lat[j]) / 2.0)
                    x = math.radians(lon[j] - lon[i]) * math.cos(middle)
                    y = math.radians(lat[j] - lat[i])
                    same = _EARTH_M * math.hypot(x, y) <= within_m
                if same:
                    _join(parent, i, j)
    for i in range(count):
        parent[i] = _root(parent, i)
    return parent


@compiled
def group_copies(
    first: Ints, place: Ints, anchor: Ints, family: Ints, text: Ints, seen: Ints, copies: Flags
) -> Ints:
    """Return for each claim the first claim that it repeats, or itself.

    At one place and for one anchor, claims of one family repeat each other, and so do claims
    of one text that were seen on one day or of which one comes from a source that copies.
    """
    count = place.shape[0]
    parent = np.arange(count)
    for d in range(first.shape[0] - 1):
        for j in range(first[d], first[d + 1]):
            for i in range(first[d], j):
                if place[i] != place[j] or anchor[i] != anchor[j] or place[i] < 0:
                    continue
                again = text[i] == text[j] and (seen[i] == seen[j] or copies[i] or copies[j])
                if again or family[i] == family[j]:
                    _join(parent, i, j)
    for i in range(count):
        parent[i] = _root(parent, i)
    return parent


@compiled
def _root(parent: Ints, i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@compiled
def _join(parent: Ints, i: int, j: int) -> None:
    a, b = _root(parent, i), _root(parent, j)
    if a < b:
        parent[b] = a
    else:
        parent[a] = b


@compiled
def _mix(log_p: float, a: float, log_q: float, b: float) -> float:
    """Return log(p exp(a) + q exp(b))."""
    x, y = log_p + a, log_q + b
    if x < y:
        x, y = y, x
    return x + math.log1p(math.exp(y - x))


@compiled
def _cell(
    model: Model,
    places: Places,
    visits: Visits,
    r: int,
    w: int,
    k: int,
    v: int,
    at_r: float,
    at_w: float,
    out: float,
) -> float:
    """Return the log likelihood of one band, given those with the debtor at r, at w, and out."""
    band, day_type = visits.band[v], visits.day_type[v]
    rest = 0.0
    here = -np.inf
    if w != _NONE:
        told, town, kind = int(places.told[w, band]), places.township[w], places.day_kind[w]
        here = model.there[told, town, kind, band, day_type, k] + at_w
        rest = model.out[told, town, kind, band, day_type, k]
    if r != _NONE:
        told, town, kind = int(places.told[r, band]), places.township[r], places.home_kind[r]
        home = rest + model.there[told, town, kind, band, day_type, k] + at_r
        rest += model.out[told, town, kind, band, day_type, k]
    else:
        home = -np.inf
    gone = rest + out
    top = max(here, home, gone)
    total = math.exp(here - top) + math.exp(home - top) + math.exp(gone - top)
    return float(top + math.log(total))


@compiled
def _log_ratio(
    model: Model, places: Places, visits: Visits, own: Ints, count: int, r: int, w: int, k: int
) -> float:
    """Return the log likelihood of the visits ``own[:count]``, all of them to ``r`` or ``w``."""
    total = 0.0
    i = 0
    while i < count:
        week = visits.week[own[i]]
        week_out = 0.0
        week_here = 0.0
        while i < count and visits.week[own[i]] == week:
            day = visits.day[own[i]]
            day_out = 0.0
            day_here = 0.0
            while i < count and visits.day[own[i]] == day:
                v = own[i]
                band = visits.band[v]
                at_r = 0.0
                at_w = 0.0
                out = 0.0
                while i < count and visits.day[own[i]] == day and visits.band[own[i]] == band:
                    u = own[i]
                    present, absent = visits.present[u], visits.absent[u]
                    out += absent
                    at_r += present if visits.place[u] == r else absent
                    at_w += present if visits.place[u] == w else absent
                    i += 1
                day_here += _cell(model, places, visits, r, w, k, v, at_r, at_w, out)
                day_out += out
            week_here += _mix(model.away[2], day_out, model.away[3], day_here)
            week_out += day_out
        total += _mix(model.away[0], week_out, model.away[1], week_here)
    return total


@compiled
def _own(visits: Visits, first: int, last: int, r: int, w: int, own: Ints) -> int:
    """Write the visits to ``r`` or ``w`` that hold; return how many."""
    count = 0
    for v in range(first, last):
        place = visits.place[v]
        if visits.on[v] and (place in (r, w)):
            own[count] = v
            count += 1
    return count


@compiled
def _anchors(weight: Floats, first: int, last: int, chosen: Ints) -> int:
    """Write the places that can be the anchor, and *none* at the end; return how many."""
    count = 0
    for p in range(first, last):
        if weight[p] > -np.inf:
            chosen[count] = p
            count += 1
    chosen[count] = _NONE
    return count + 1


@compiled
def _joint(
    model: Model,
    places: Places,
    visits: Visits,
    d: int,
    homes: Ints,
    days: Ints,
    own: Ints,
    joint: Floats,
) -> tuple[int, int, float]:
    """Write the posterior of residence x day place x habit of one debtor.

    Returns
    -------
    n_homes, n_days, log_evidence
        ``joint[: n_homes * n_days * nodes]`` is filled and sums to one.
    """
    first, last = places.first[d], places.first[d + 1]
    n_homes = _anchors(places.home, first, last, homes)
    n_days = _anchors(places.day, first, last, days)
    nodes = model.node.shape[0]
    at = 0
    top = -np.inf
    prior_home = 0.0
    for a in range(n_homes):
        r = homes[a]
        log_home = places.home[r] if r != _NONE else 0.0
        prior_home += math.exp(log_home)
        for b in range(n_days):
            w = days[b]
            log_day = places.day[w] if w != _NONE else 0.0
            count = _own(visits, visits.first[d], visits.first[d + 1], r, w, own)
            for k in range(nodes):
                value = log_home + log_day + model.node[k]
                if count:
                    value += _log_ratio(model, places, visits, own, count, r, w, k)
                joint[at] = value
                top = max(top, value)
                at += 1
    prior_day = 0.0
    for b in range(n_days):
        prior_day += math.exp(places.day[days[b]]) if days[b] != _NONE else 1.0
    total = 0.0
    for i in range(at):
        joint[i] = math.exp(joint[i] - top)
        total += joint[i]
    for i in range(at):
        joint[i] /= total
    return n_homes, n_days, top + math.log(total) - math.log(prior_home) - math.log(prior_day)


@compiled
def _room(places: Places, visits: Visits, nodes: int) -> tuple[int, int, int]:
    """Return the most places, joint states and visits of one debtor."""
    most_places = 1
    most_states = 1
    most_visits = 1
    for d in range(places.first.shape[0] - 1):
        first, last = places.first[d], places.first[d + 1]
        homes = 1
        days = 1
        for p in range(first, last):
            homes += places.home[p] > -np.inf
            days += places.day[p] > -np.inf
        most_places = max(most_places, last - first + 1)
        most_states = max(most_states, homes * days * nodes)
        most_visits = max(most_visits, visits.first[d + 1] - visits.first[d])
    return most_places, most_states, most_visits


@compiled
def posterior(
    model: Model,
    places: Places,
    visits: Visits,
    debtors: Ints,
    node_at: Floats,
    home: Floats,
    day: Floats,
    either: Floats,
    elsewhere: Floats,
    none: Floats,
    nowhere: Floats,
    habit: Floats,
    log_evidence: Floats,
) -> None:
    """Write the marginals of these debtors: by place, then by debtor."""
    nodes = model.node.shape[0]
    most_places, most_states, most_visits = _room(places, visits, nodes)
    homes = np.empty(most_places, np.int64)
    days = np.empty(most_places, np.int64)
    own = np.empty(most_visits, np.int64)
    joint = np.empty(most_states, np.float64)
    for d in debtors:
        n_homes, n_days, log_evidence[d] = _joint(model, places, visits, d, homes, days, own, joint)
        for p in range(places.first[d], places.first[d + 1]):
            home[p] = day[p] = either[p] = 0.0
        for v in range(visits.first[d], visits.first[d + 1]):
            if visits.on[v]:
                log_evidence[d] += visits.base[v]
        elsewhere[d] = none[d] = nowhere[d] = habit[d] = 0.0
        at = 0
        for a in range(n_homes):
            r = homes[a]
            for b in range(n_days):
                w = days[b]
                p_here = 0.0
                for k in range(nodes):
                    p_here += joint[at]
                    habit[d] += joint[at] * node_at[k]
                    at += 1
                if r != _NONE:
                    home[r] += p_here
                    either[r] += p_here
                else:
                    elsewhere[d] += p_here
                if w != _NONE:
                    day[w] += p_here
                    if w != r:
                        either[w] += p_here
                else:
                    none[d] += p_here
                if r == _NONE and w == _NONE:
                    nowhere[d] += p_here


@compiled
def not_found(
    model: Model,
    places: Places,
    visits: Visits,
    planned: Visits,
    debtor: Ints,
    out: Floats,
) -> None:
    """Write for each set of planned visits the probability that none of them finds the debtor.

    Parameters
    ----------
    planned
        ``first`` by set; ``present`` and ``absent`` of "not found", as of a report.
    debtor
        Whose set it is; sets of one debtor together are quicker.
    """
    nodes = model.node.shape[0]
    most_places, most_states, most_visits = _room(places, visits, nodes)
    most_planned = 0
    for q in range(debtor.shape[0]):
        most_planned = max(most_planned, planned.first[q + 1] - planned.first[q])
    homes = np.empty(most_places, np.int64)
    days = np.empty(most_places, np.int64)
    size = most_visits + most_planned
    own = np.empty(size, np.int64)
    joint = np.empty(most_states, np.float64)
    codes = np.empty((5, size), np.int64)
    present = np.empty(size, np.float64)
    absent = np.empty(size, np.float64)
    present_before = np.empty(size, np.float64)
    absent_before = np.empty(size, np.float64)
    on = np.ones(size, np.bool_)
    no_first = np.zeros(1, np.int64)
    after = Visits(
        no_first, codes[0], codes[1], codes[2], codes[3], codes[4], absent, present, absent, on
    )
    before = Visits(
        no_first,
        codes[0],
        codes[1],
        codes[2],
        codes[3],
        codes[4],
        absent,
        present_before,
        absent_before,
        on,
    )
    held = -1
    n_homes = n_days = 0
    for q in range(debtor.shape[0]):
        d = debtor[q]
        if d != held:
            n_homes, n_days, _ = _joint(model, places, visits, d, homes, days, own, joint)
            held = d
        count, past = _merge(visits, d, planned, q, after, before)
        total = 0.0
        base = 0.0
        for v in range(planned.first[q], planned.first[q + 1]):
            base += planned.base[v]
        at = 0
        for a in range(n_homes):
            for b in range(n_days):
                touched = False
                for v in range(planned.first[q], planned.first[q + 1]):
                    place = planned.place[v]
                    touched = touched or place == homes[a] or place == days[b]
                if not touched:
                    for k in range(nodes):
                        total += joint[at + k]
                    at += nodes
                    continue
                chosen = _own(after, 0, count, homes[a], days[b], own)
                for k in range(nodes):
                    change = _log_ratio(model, places, after, own, chosen, homes[a], days[b], k)
                    if past:
                        change -= _log_ratio(
                            model, places, before, own, chosen, homes[a], days[b], k
                        )
                    total += joint[at] * math.exp(change)
                    at += 1
        out[q] = total * math.exp(base)


@compiled
def _merge(
    visits: Visits, d: int, planned: Visits, q: int, after: Visits, before: Visits
) -> tuple[int, int]:
    """Write the planned visits of a set, among the past ones of the same weeks, in order.

    Returns
    -------
    count, past
        How many there are, and how many of them are past.
    """
    v, v_end = visits.first[d], visits.first[d + 1]
    u, u_end = planned.first[q], planned.first[q + 1]
    count = 0
    past = 0
    while u < u_end or v < v_end:
        if v < v_end:
            shared = False
            for x in range(planned.first[q], u_end):
                shared = shared or planned.week[x] == visits.week[v]
            if not shared or not visits.on[v]:
                v += 1
                continue
        take_past = v < v_end and (
            u >= u_end
            or visits.day[v] < planned.day[u]
            or (visits.day[v] == planned.day[u] and visits.band[v] <= planned.band[u])
        )
        if take_past:
            _place(visits, v, after, count)
            before.present[count] = visits.present[v]
            before.absent[count] = visits.absent[v]
            v += 1
            past += 1
        else:
            _place(planned, u, after, count)
            before.present[count] = 0.0
            before.absent[count] = 0.0
            u += 1
        count += 1
    return count, past


@compiled
def _place(source: Visits, i: int, target: Visits, at: int) -> None:
    target.place[at] = source.place[i]
    target.week[at] = source.week[i]
    target.day[at] = source.day[i]
    target.band[at] = source.band[i]
    target.day_type[at] = source.day_type[i]
    target.present[at] = source.present[i]
    target.absent[at] = source.absent[i]


_A = TypeVar("_A", Model, Places, Visits)


def frozen(arrays: _A) -> _A:
    """Clear the writeable flags, so that the kernels are compiled for one kind of array."""
    for array in arrays:
        array.setflags(write=False)
    return arrays
