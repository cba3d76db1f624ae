"""The arithmetic of the locating model, compiled: enumeration of all that is hidden.

Hidden of a debtor: residence ``r`` (one of the home-like places, or elsewhere), day place ``w``
(one of the day-like places, or none known; a company's seat) and habit (a node of a normal
shift of the log odds of presence). Hidden of the days: whether the debtor is away for the week,
for the day, and where the debtor is in one band of one day: at ``w``, else at ``r``, else out.
Visits of one band of one day share that one draw.

All likelihoods are relative to "does not belong here": a visit to a place that is neither ``r``
nor ``w`` counts nothing, so that only visits to these two are looked at. With the likelihoods
of being out taken out as well, a week is ``a + (1 - a) x product over days``, a day the same of
its bands, and a band ``P(out) + P(at r) x gains at r + P(at w) x gains at w``.

Everything compiled stands in this one module: numba's cache does not see a change elsewhere.
"""

from __future__ import annotations

import math

import numpy as np

from geo.model import Floats, Ints
from routes.locating.layout import Model, Places, Room, Visits
from routes.planning.compiled import compiled, entry

__all__ = ["expect", "not_found", "posterior"]

_NONE = -1
_LARGE = 1e100
_LOG_LARGE = math.log(_LARGE)


@compiled
def _week_of(day: int) -> int:
    """Return the number of the week, beginning on Mondays, of a day since 1970-01-01."""
    return (day + 3) // 7


@compiled
def _hour(
    model: Model,
    places: Places,
    visits: Visits,
    own: Ints,
    first: int,
    count: int,
    r: int,
    w: int,
    k: int,
) -> tuple[int, float, float, float, float]:
    """Return what the visits of one band say, relative to the debtor being out.

    Returns
    -------
    next, out, at_r, at_w, log_scale
        Where the next band begins; P(out), and P(at r) and P(at w) times the gains of the
        visits there; the three times exp(log_scale).
    """
    v = own[first]
    day, band, hour = visits.day[v], visits.band[v], visits.hour[v]
    out, at_r, at_w = 1.0, 0.0, 0.0
    if w != _NONE:
        told, row = int(places.told[w, band]), places.day_row[w]
        at_w = model.there[told, row, hour, k]
        out = model.out[told, row, hour, k]
    if r != _NONE:
        told, row = int(places.told[r, band]), places.home_row[r]
        at_r = out * model.there[told, row, hour, k]
        out *= model.out[told, row, hour, k]
    log_scale = 0.0
    i = first
    while i < count and visits.day[own[i]] == day and visits.band[own[i]] == band:
        place, gain = visits.place[own[i]], visits.gain[own[i]]
        if place == r:
            at_r *= gain
        if place == w:
            at_w *= gain
        if at_r > _LARGE or at_w > _LARGE:
            out /= _LARGE
            at_r /= _LARGE
            at_w /= _LARGE
            log_scale += _LOG_LARGE
        i += 1
    return i, out, at_r, at_w, log_scale


@compiled
def _day(
    model: Model,
    places: Places,
    visits: Visits,
    own: Ints,
    first: int,
    count: int,
    r: int,
    w: int,
    k: int,
) -> tuple[int, float, float]:
    """Return where the next day begins, and the likelihood of this day, if not away, in parts."""
    day = visits.day[own[first]]
    value = 1.0
    log_scale = 0.0
    i = first
    while i < count and visits.day[own[i]] == day:
        i, out, at_r, at_w, more = _hour(model, places, visits, own, i, count, r, w, k)
        value *= out + at_r + at_w
        log_scale += more
        if value > _LARGE:
            value /= _LARGE
            log_scale += _LOG_LARGE
    return i, value, log_scale


@compiled
def _or_away(away: float, value: float, log_scale: float) -> float:
    """Return the likelihood with being away; beside a scaled value that is nothing."""
    return (1.0 - away) * value + (away if log_scale == 0.0 else 0.0)


@compiled
def _week(
    model: Model,
    places: Places,
    visits: Visits,
    own: Ints,
    first: int,
    count: int,
    r: int,
    w: int,
    k: int,
) -> tuple[int, float, float]:
    """Return where the next week begins, and the likelihood of this week, if not away, in parts."""
    week = _week_of(visits.day[own[first]])
    value = 1.0
    log_scale = 0.0
    i = first
    while i < count and _week_of(visits.day[own[i]]) == week:
        i, day, more = _day(model, places, visits, own, i, count, r, w, k)
        value *= _or_away(model.away[1], day, more)
        log_scale += more
        if value > _LARGE:
            value /= _LARGE
            log_scale += _LOG_LARGE
    return i, value, log_scale


@compiled
def _log_gain(
    model: Model, places: Places, visits: Visits, own: Ints, count: int, r: int, w: int, k: int
) -> float:
    """Return the log likelihood of the visits ``own[:count]``, all of them to ``r`` or ``w``.

    It is relative to the debtor being out at each of them.
    """
    value = 1.0
    total = 0.0
    i = 0
    while i < count:
        i, week, more = _week(model, places, visits, own, i, count, r, w, k)
        value *= _or_away(model.away[0], week, more)
        total += more
        if value > _LARGE or value < 1.0 / _LARGE:
            total += math.log(value)
            value = 1.0
    return total + math.log(value)


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
    model: Model, places: Places, visits: Visits, d: int, room: Room
) -> tuple[int, int, float]:
    """Write the posterior of residence x day place x habit of one debtor.

    Returns
    -------
    n_homes, n_days, log_evidence
        ``room.joint[: n_homes * n_days * nodes]`` is filled and sums to one.
    """
    homes, days, own, joint = room.homes, room.days, room.own, room.joint
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
            absent = 0.0
            for i in range(count):
                absent += visits.absent[own[i]]
            for k in range(nodes):
                value = log_home + log_day + absent + model.node[k]
                if count:
                    value += _log_gain(model, places, visits, own, count, r, w, k)
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


@entry
def posterior(
    model: Model,
    places: Places,
    visits: Visits,
    debtors: Ints,
    room: Room,
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
    homes, days, joint = room.homes, room.days, room.joint
    for d in debtors:
        n_homes, n_days, log_evidence[d] = _joint(model, places, visits, d, room)
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


@entry
def expect(
    model: Model,
    places: Places,
    visits: Visits,
    debtors: Ints,
    room: Room,
    node: Floats,
    present: Floats,
    absent: Floats,
    there: Floats,
    tries: Floats,
    away: Floats,
) -> None:
    """Add up what is expected of all that is hidden, over these debtors.

    Parameters
    ----------
    node
        Written: posterior of the habit's nodes by debtor.
    present, absent
        Added to, by visit: probability that the debtor belongs there and was there, was out.
    there, tries
        Added to, as the model's tables: draws that were presences, and that could be.
    away
        Added to: weeks away, weeks, days away, days not in a week away.
    """
    nodes = model.node.shape[0]
    homes, days, own, joint = room.homes, room.days, room.own, room.joint
    for d in debtors:
        n_homes, n_days, _ = _joint(model, places, visits, d, room)
        at = 0
        for a in range(n_homes):
            for b in range(n_days):
                first, last = visits.first[d], visits.first[d + 1]
                count = _own(visits, first, last, homes[a], days[b], own)
                for k in range(nodes):
                    node[d, k] += joint[at]
                    i = 0
                    while i < count:
                        i = _expect_week(
                            model,
                            places,
                            visits,
                            own,
                            i,
                            count,
                            homes[a],
                            days[b],
                            k,
                            joint[at],
                            present,
                            absent,
                            there,
                            tries,
                            away,
                        )
                    at += 1


@compiled
def _expect_week(
    model: Model,
    places: Places,
    visits: Visits,
    own: Ints,
    first: int,
    count: int,
    r: int,
    w: int,
    k: int,
    weight: float,
    present: Floats,
    absent: Floats,
    there: Floats,
    tries: Floats,
    away: Floats,
) -> int:
    """Add one week's expectations times ``weight``; return where the next week begins."""
    end, value, log_scale = _week(model, places, visits, own, first, count, r, w, k)
    home = (1.0 - model.away[0]) * value / _or_away(model.away[0], value, log_scale)
    away[0] += weight * (1.0 - home)
    away[1] += weight
    for i in range(first, end):
        absent[own[i]] += weight * (1.0 - home)
    i = first
    while i < end:
        day_end, value, log_scale = _day(model, places, visits, own, i, end, r, w, k)
        not_away = (1.0 - model.away[1]) * value / _or_away(model.away[1], value, log_scale)
        about = weight * home * not_away
        away[2] += weight * home * (1.0 - not_away)
        away[3] += weight * home
        for j in range(i, day_end):
            absent[own[j]] += weight * home * (1.0 - not_away)
        while i < day_end:
            v = own[i]
            hour_end, out, at_r, at_w, _ = _hour(model, places, visits, own, i, day_end, r, w, k)
            total = out + at_r + at_w
            band, hour = visits.band[v], visits.hour[v]
            if w != _NONE:
                told, row = int(places.told[w, band]), places.day_row[w]
                there[told, row, hour, k] += about * at_w / total
                tries[told, row, hour, k] += about
            if r != _NONE:
                told, row = int(places.told[r, band]), places.home_row[r]
                there[told, row, hour, k] += about * at_r / total
                tries[told, row, hour, k] += about * (out + at_r) / total
            for j in range(i, hour_end):
                place = visits.place[own[j]]
                here = (at_r if place == r else 0.0) + (at_w if place == w else 0.0)
                present[own[j]] += about * here / total
                absent[own[j]] += about * (1.0 - here / total)
            i = hour_end
    return end


@entry
def not_found(
    model: Model,
    places: Places,
    visits: Visits,
    planned: Visits,
    debtor: Ints,
    room: Room,
    after: Visits,
    before: Visits,
    out: Floats,
) -> None:
    """Write for each set of planned visits the probability that none of them finds the debtor.

    Parameters
    ----------
    planned
        ``first`` by set; ``present`` and ``absent`` of "not found", as of a report.
    debtor
        Whose set it is; sets of one debtor together are quicker.
    after, before
        Room for the visits of the weeks concerned, with the planned ones and without.
    """
    nodes = model.node.shape[0]
    homes, days, own, joint = room.homes, room.days, room.own, room.joint
    held = -1
    n_homes = n_days = 0
    for q in range(debtor.shape[0]):
        d = debtor[q]
        if d != held:
            n_homes, n_days, _ = _joint(model, places, visits, d, room)
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
                added = 0.0
                for v in range(planned.first[q], planned.first[q + 1]):
                    if planned.place[v] == homes[a] or planned.place[v] == days[b]:
                        added += planned.absent[v]
                for k in range(nodes):
                    change = added + _log_gain(
                        model, places, after, own, chosen, homes[a], days[b], k
                    )
                    if past:
                        change -= _log_gain(
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
                shared = shared or _week_of(planned.day[x]) == _week_of(visits.day[v])
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
            before.gain[count] = visits.gain[v]
            v += 1
            past += 1
        else:
            _place(planned, u, after, count)
            before.gain[count] = 1.0
            u += 1
        count += 1
    return count, past


@compiled
def _place(source: Visits, i: int, target: Visits, at: int) -> None:
    target.place[at] = source.place[i]
    target.day[at] = source.day[i]
    target.band[at] = source.band[i]
    target.hour[at] = source.hour[i]
    target.absent[at] = source.absent[i]
    target.gain[at] = source.gain[i]
