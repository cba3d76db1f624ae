"""The arithmetic of the locating model, compiled: enumeration of all that is hidden.

Hidden of a debtor: residence ``r`` (one of the home-like places, or elsewhere), day place ``w``
(one of the day-like places, or none known; a company's seat) and habit (a node of a normal
shift of the log odds of presence). At the end of a week ``r`` and ``w`` may each be drawn anew
from what was believed before any visit; what was seen before a move tells of where the debtor
was then. Hidden of the days: whether the debtor is away for the week,
for the day, and where the debtor is in one band of one day: at ``w``, else at ``r``, else out.
Visits of one band of one day share that one draw.

Places of which nothing was seen are alike and move together as one group, exactly, so that
hundreds of statements stay quick.

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
from routes.locating.layout import Flags, Model, Places, Room, Visits
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
    """Write the visits to ``r`` or ``w``; return how many."""
    count = 0
    for v in range(first, last):
        place = visits.place[v]
        if place in (r, w):
            own[count] = v
            count += 1
    return count


@compiled
def _tell_apart(places: Places, visits: Visits, d: int, room: Room) -> None:
    """Mark the places that visits or answers tell from others."""
    first = places.first[d]
    for p in range(first, places.first[d + 1]):
        room.is_told[p - first] = places.home_on[p] != 1.0 or places.day_on[p] != 1.0
    for v in range(visits.first[d], visits.first[d + 1]):
        room.is_told[visits.place[v] - first] = True


@compiled
def _group_homes(places: Places, d: int, room: Room) -> int:
    """Write the groups of residences; return how many. The last one holds *elsewhere*.

    Where nothing was seen, one residence is as good as another: such places are
    one group with *elsewhere*, in which each keeps its share.
    """
    first, last = places.first[d], places.first[d + 1]
    count = 0
    rest = 1.0
    total = 1.0
    for p in range(first, last):
        at = p - first
        weight = math.exp(places.home[p])
        room.home_group[at], room.home_share[at] = _NONE, weight
        total += weight
        if weight > 0.0 and room.is_told[at]:
            room.homes[count], room.p_home[count] = p, weight
            room.home_group[at], room.home_share[at] = count, 1.0
            count += 1
        else:
            rest += weight
    for p in range(first, last):
        at = p - first
        if room.home_group[at] == _NONE and room.home_share[at] > 0.0:
            room.home_group[at] = count
            room.home_share[at] /= rest
    room.homes[count], room.p_home[count] = _NONE, rest
    room.home_group[last - first], room.home_share[last - first] = count, 1.0 / rest
    for a in range(count + 1):
        room.p_home[a] /= total
    return count + 1


@compiled
def _group_days(places: Places, d: int, room: Room) -> int:
    """Write the groups of day places; return how many. The last one is *none*.

    A day place keeps the debtor from home at its hours: places of which nothing was seen
    are one group if presence there is the same.
    """
    first, last = places.first[d], places.first[d + 1]
    count = 0
    total = 1.0
    for p in range(first, last):
        at = p - first
        weight = math.exp(places.day[p])
        total += weight
        room.day_group[at], room.day_share[at] = _NONE, weight
        if weight == 0.0:
            continue
        group = count
        if not room.is_told[at]:
            group = _alike(places, room, count, p)
        if group == count:
            room.days[count], room.p_day[count] = p, 0.0
            room.is_lump[count] = not room.is_told[at]
            count += 1
        room.p_day[group] += weight
        room.day_group[at] = group
    for p in range(first, last):
        if room.day_group[p - first] != _NONE:
            room.day_share[p - first] /= room.p_day[room.day_group[p - first]]
    room.days[count], room.p_day[count] = _NONE, 1.0
    room.day_group[last - first], room.day_share[last - first] = count, 1.0
    for b in range(count + 1):
        room.p_day[b] /= total
    return count + 1


@compiled
def _alike(places: Places, room: Room, count: int, p: int) -> int:
    """Return the group of day places at which presence is as at this one, or a new one."""
    for b in range(count):
        other = room.days[b]
        alike = room.is_lump[b] and places.day_row[other] == places.day_row[p]
        for band in range(places.told.shape[1]):
            alike = alike and places.told[other, band] == places.told[p, band]
        if alike:
            return b
    return count


@compiled
def _priors(places: Places, visits: Visits, d: int, room: Room) -> tuple[int, int]:
    """Write the groups of anchors and their probabilities before any visit; return how many."""
    _tell_apart(places, visits, d, room)
    return _group_homes(places, d, room), _group_days(places, d, room)


@compiled
def _stays(model: Model, places: Places, d: int, weeks: int) -> tuple[float, float]:
    """Return the probabilities that the residence, and the day place, last so many weeks."""
    seat = 2 if places.company[d] else 1
    return math.exp(-model.rate[0] * weeks), math.exp(-model.rate[seat] * weeks)


@compiled
def _move_homes(
    values: Floats, room: Room, n_homes: int, n_days: int, nodes: int, s: float
) -> None:
    """Let the residence be drawn anew with probability ``1 - s``."""
    width = n_days * nodes
    for i in range(width):
        total = 0.0
        for a in range(n_homes):
            total += values[a * width + i]
        for a in range(n_homes):
            at = a * width + i
            values[at] = s * values[at] + (1.0 - s) * room.p_home[a] * total


@compiled
def _move_days(values: Floats, room: Room, n_homes: int, n_days: int, nodes: int, s: float) -> None:
    """Let the day place be drawn anew with probability ``1 - s``."""
    for a in range(n_homes):
        for k in range(nodes):
            first = a * n_days * nodes + k
            total = 0.0
            for b in range(n_days):
                total += values[first + b * nodes]
            for b in range(n_days):
                at = first + b * nodes
                values[at] = s * values[at] + (1.0 - s) * room.p_day[b] * total


@compiled
def _likelihoods(
    model: Model,
    places: Places,
    visits: Visits,
    room: Room,
    first: int,
    last: int,
    n_homes: int,
    n_days: int,
) -> float:
    """Write the likelihoods of one week's visits by state, scaled; return the log of the scale."""
    nodes = model.node.shape[0]
    top = -np.inf
    at = 0
    for a in range(n_homes):
        for b in range(n_days):
            r, w = room.homes[a], room.days[b]
            count = _own(visits, first, last, r, w, room.own)
            absent = 0.0
            for i in range(count):
                absent += visits.absent[room.own[i]]
            for k in range(nodes):
                value = absent
                if count:
                    value += _log_gain(model, places, visits, room.own, count, r, w, k)
                room.like[at] = value
                top = max(top, value)
                at += 1
    unseen = math.exp(-top)
    for i in range(at):
        value = room.like[i]
        room.like[i] = math.exp(value - top) if value != 0.0 else unseen  # most are unseen
    return top


@compiled
def _week_end(visits: Visits, first: int, end: int) -> int:
    """Return where the visits of the week that begins here end."""
    last = first
    while last < end and _week_of(visits.day[last]) == _week_of(visits.day[first]):
        last += 1
    return last


@compiled
def _pass_weeks(
    model: Model, places: Places, d: int, room: Room, n_homes: int, n_days: int, weeks: int
) -> None:
    """Let ``room.joint`` become what is believed so many weeks later."""
    if weeks > 0:
        nodes = model.node.shape[0]
        stay_home, stay_day = _stays(model, places, d, weeks)
        _move_homes(room.joint, room, n_homes, n_days, nodes, stay_home)
        _move_days(room.joint, room, n_homes, n_days, nodes, stay_day)


@compiled
def _forward(
    model: Model, places: Places, visits: Visits, d: int, room: Room, keep: bool
) -> tuple[int, int, int, float]:
    """Follow one debtor from week to week with visits, up to the last of these.

    Returns
    -------
    n_homes, n_days, n_weeks, log_evidence
        ``room.joint[: n_homes * n_days * nodes]`` is filled: the posterior in ``room.week``, the
        last week with visits, from its visits and those before. If ``keep``, ``room.past`` holds
        it for every week, and ``room.begins`` where the visits of each begin.
    """
    n_homes, n_days = _priors(places, visits, d, room)
    nodes = model.node.shape[0]
    joint = room.joint
    size = 0
    for a in range(n_homes):
        for b in range(n_days):
            for k in range(nodes):
                joint[size] = room.p_home[a] * room.p_day[b] * math.exp(model.node[k])
                size += 1
    log_evidence = 0.0
    n_weeks = 0
    first, end = visits.first[d], visits.first[d + 1]
    while first < end:
        last = _week_end(visits, first, end)
        week = _week_of(visits.day[first])
        if n_weeks:
            _pass_weeks(model, places, d, room, n_homes, n_days, week - room.week[0])
        top = _likelihoods(model, places, visits, room, first, last, n_homes, n_days)
        total = 0.0
        for i in range(size):
            joint[i] *= room.like[i]
            total += joint[i]
        for i in range(size):
            joint[i] /= total
        if keep:
            room.begins[n_weeks] = first
            for i in range(size):
                room.past[n_weeks * size + i] = joint[i]
        log_evidence += top + math.log(total)
        n_weeks += 1
        room.week[0] = week
        first = last
    return n_homes, n_days, n_weeks, log_evidence


@compiled
def _joint(
    model: Model, places: Places, visits: Visits, d: int, room: Room
) -> tuple[int, int, float]:
    """Write the posterior of residence x day place x habit of one debtor, as of now.

    Returns
    -------
    n_homes, n_days, log_evidence
        ``room.joint[: n_homes * n_days * nodes]`` is filled and sums to one.
    """
    n_homes, n_days, n_weeks, log_evidence = _forward(model, places, visits, d, room, False)
    nodes = model.node.shape[0]
    if n_weeks:
        _pass_weeks(model, places, d, room, n_homes, n_days, model.week[0] - room.week[0])
    total = 0.0
    at = 0
    for a in range(n_homes):
        r = room.homes[a]
        for b in range(n_days):
            w = room.days[b]
            told = (1.0 if r == _NONE else places.home_on[r]) * (
                1.0 if w == _NONE else places.day_on[w]
            )
            for _ in range(nodes):
                room.joint[at] *= told
                total += room.joint[at]
                at += 1
    for i in range(at):
        room.joint[i] /= total
    return n_homes, n_days, log_evidence + math.log(total)


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
    joint = room.joint
    for d in debtors:
        n_homes, n_days, log_evidence[d] = _joint(model, places, visits, d, room)
        for p in range(places.first[d], places.first[d + 1]):
            home[p] = day[p] = either[p] = 0.0
        for v in range(visits.first[d], visits.first[d + 1]):
            log_evidence[d] += visits.base[v]
        size = places.first[d + 1] - places.first[d]
        for g in range(n_homes):
            room.part_home[g] = 0.0
        for g in range(n_days):
            room.part_day[g] = 0.0
        habit[d] = 0.0
        at = 0
        for a in range(n_homes):
            for b in range(n_days):
                for k in range(nodes):
                    room.part_home[a] += joint[at]
                    room.part_day[b] += joint[at]
                    habit[d] += joint[at] * node_at[k]
                    at += 1
        for i in range(size):
            p = places.first[d] + i
            if room.home_group[i] != _NONE:
                home[p] = room.part_home[room.home_group[i]] * room.home_share[i]
            if room.day_group[i] != _NONE:
                day[p] = room.part_day[room.day_group[i]] * room.day_share[i]
            either[p] = max(home[p] + day[p] - _both(room, i, n_days, nodes), 0.0)
        elsewhere[d] = room.part_home[n_homes - 1] * room.home_share[size]
        none[d] = room.part_day[n_days - 1]
        nowhere[d] = _both(room, size, n_days, nodes)


@compiled
def _both(room: Room, i: int, n_days: int, nodes: int) -> float:
    """Return the probability that a place is residence and day place, or both are at none."""
    a, b = room.home_group[i], room.day_group[i]
    if a == _NONE or b == _NONE:
        return 0.0
    total = 0.0
    for k in range(nodes):
        total += room.joint[(a * n_days + b) * nodes + k]
    return float(total * room.home_share[i] * room.day_share[i])


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
    home: Floats,
    day: Floats,
    home_draws: Floats,
    day_draws: Floats,
    moves: Floats,
    gaps: Floats,
) -> None:
    """Add up what is expected of all that is hidden, over these debtors.

    Forwards and backwards over the weeks with visits (Baum and others 1970).

    Parameters
    ----------
    node
        Written: posterior of the habit's nodes by debtor.
    present, absent
        Added to, by visit: probability that the debtor belonged there and was there, was out.
    there, tries
        Added to, as the model's tables: draws that were presences, and that could be.
    away
        Added to: weeks away, weeks, days away, days not in a week away.
    home, day
        Added to, by place: draws of a residence, of a day place, that came to it: the first
        one, and one for each time between visits in which there was a move.
    home_draws, day_draws
        Added to, by debtor: how many draws there were.
    moves, gaps
        Added to, by anchor (residence, day place, seat) and weeks between visits: times with a
        move, and times.
    """
    nodes = model.node.shape[0]
    for d in debtors:
        n_homes, n_days, n_weeks, _ = _forward(model, places, visits, d, room, True)
        size = n_homes * n_days * nodes
        if n_weeks == 0:
            for i in range(size):
                node[d, i % nodes] += room.joint[i]
            continue
        for i in range(size):
            room.beta[i] = 1.0
        last = visits.first[d + 1]
        for t in range(n_weeks - 1, -1, -1):
            first = room.begins[t]
            total = 0.0
            for i in range(size):
                total += room.past[t * size + i] * room.beta[i]
            at = 0
            for a in range(n_homes):
                r = room.homes[a]
                for b in range(n_days):
                    w = room.days[b]
                    count = _own(visits, first, last, r, w, room.own)
                    for k in range(nodes):
                        p = room.past[t * size + at] * room.beta[at] / total
                        if count:
                            _expect_week(
                                model,
                                places,
                                visits,
                                room.own,
                                0,
                                count,
                                r,
                                w,
                                k,
                                p,
                                present,
                                absent,
                                there,
                                tries,
                                away,
                            )
                        if t == 0:
                            node[d, k] += p
                            if r != _NONE:
                                home[r] += p
                            if w != _NONE:
                                day[w] += p
                        at += 1
            if t == 0:
                home_draws[d] += 1.0
                day_draws[d] += 1.0
            else:
                weeks = _week_of(visits.day[first]) - _week_of(visits.day[room.begins[t - 1]])
                _likelihoods(model, places, visits, room, first, last, n_homes, n_days)
                for i in range(size):
                    room.beta[i] *= room.like[i] / total
                moved_home, moved_day = _backward(
                    model, places, d, room, n_homes, n_days, t - 1, weeks, home, day
                )
                home_draws[d] += moved_home
                day_draws[d] += moved_day
                if n_homes > 1:
                    moves[0, weeks] += moved_home
                    gaps[0, weeks] += 1.0
                if n_days > 1:
                    seat = 2 if places.company[d] else 1
                    moves[seat, weeks] += moved_day
                    gaps[seat, weeks] += 1.0
            last = first
        _share_out(places, d, room, n_homes, n_days, home_draws[d], home, day)


@compiled
def _share_out(
    places: Places,
    d: int,
    room: Room,
    n_homes: int,
    n_days: int,
    draws: float,
    home: Floats,
    day: Floats,
) -> None:
    """Give each place of a group its share of the draws that came to the group."""
    first, last = places.first[d], places.first[d + 1]
    rest = draws
    for a in range(n_homes - 1):
        rest -= home[room.homes[a]]
    for b in range(n_days - 1):
        room.part_day[b] = day[room.days[b]]
    for p in range(first, last):
        if room.home_group[p - first] == n_homes - 1:
            home[p] = rest * room.home_share[p - first]
        if room.day_group[p - first] != _NONE:
            day[p] = room.part_day[room.day_group[p - first]] * room.day_share[p - first]


@compiled
def _backward(
    model: Model,
    places: Places,
    d: int,
    room: Room,
    n_homes: int,
    n_days: int,
    t: int,
    weeks: int,
    home: Floats,
    day: Floats,
) -> tuple[float, float]:
    """Take ``room.beta`` back to week ``t``; return the probabilities of a move after it.

    The places moved to are added to ``home`` and ``day``.
    """
    nodes = model.node.shape[0]
    size, width = n_homes * n_days * nodes, n_days * nodes
    stay_home, stay_day = _stays(model, places, d, weeks)
    alpha, beta, middle = room.joint, room.beta, room.like
    for i in range(size):
        alpha[i] = room.past[t * size + i]
        middle[i] = beta[i]
    for a in range(n_homes):  # the expectation over the day place
        for k in range(nodes):
            mean = 0.0
            for b in range(n_days):
                mean += room.p_day[b] * middle[a * width + b * nodes + k]
            for b in range(n_days):
                at = a * width + b * nodes + k
                middle[at] = stay_day * middle[at] + (1.0 - stay_day) * mean
    whole = 0.0
    for i in range(width):
        mean = 0.0
        mass = 0.0
        for a in range(n_homes):
            mean += room.p_home[a] * middle[a * width + i]
            mass += alpha[a * width + i]
            whole += stay_home * alpha[a * width + i] * middle[a * width + i]
        whole += (1.0 - stay_home) * mean * mass
    moved_home = 0.0
    for i in range(width):
        mass = 0.0
        for a in range(n_homes):
            mass += alpha[a * width + i]
        for a in range(n_homes):
            p = (1.0 - stay_home) * room.p_home[a] * mass * middle[a * width + i] / whole
            moved_home += p
            if room.homes[a] != _NONE:
                home[room.homes[a]] += p
    _move_homes(alpha, room, n_homes, n_days, nodes, stay_home)
    moved_day = 0.0
    for a in range(n_homes):
        for k in range(nodes):
            mass = 0.0
            for b in range(n_days):
                mass += alpha[a * width + b * nodes + k]
            for b in range(n_days):
                at = a * width + b * nodes + k
                p = (1.0 - stay_day) * room.p_day[b] * mass * beta[at] / whole
                moved_day += p
                if room.days[b] != _NONE:
                    day[room.days[b]] += p
    for i in range(width):
        mean = 0.0
        for a in range(n_homes):
            mean += room.p_home[a] * middle[a * width + i]
        for a in range(n_homes):
            at = a * width + i
            beta[at] = stay_home * middle[at] + (1.0 - stay_home) * mean
    return moved_home, moved_day


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
    held = -1
    n_homes = n_days = asked_homes = asked_days = homes = days = 0
    for q in range(debtor.shape[0]):
        d = debtor[q]
        known = d == held and _same_places(planned, q)
        if d != held:
            n_homes, n_days, _ = _joint(model, places, visits, d, room)
            held = d
        count, past = _merge(visits, d, planned, q, after, before)
        base = 0.0
        for v in range(planned.first[q], planned.first[q + 1]):
            base += planned.base[v]
        first, size = places.first[d], places.first[d + 1] - places.first[d]
        if not known:
            _ask(planned, q, first, size, room)
            asked_homes, homes = _parts(
                room.home_group,
                room.home_share,
                room.is_told,
                first,
                size,
                n_homes,
                room.of_home,
                room.at_home,
                room.part_home,
            )
            asked_days, days = _parts(
                room.day_group,
                room.day_share,
                room.is_told,
                first,
                size,
                n_days,
                room.of_day,
                room.at_day,
                room.part_day,
            )
            _alike_days(places, asked_days, days, room)
        lost = 0.0  # by the states to which a planned visit goes
        for a in range(asked_homes if past == 0 else homes):
            r = room.at_home[a]
            n_asked = days if a < asked_homes else asked_days
            for b in range(n_asked):
                for k in range(nodes):
                    room.mass[b * nodes + k] = 0.0
            for b in range(n_asked):
                c = room.alike[b] if past == 0 else b
                _add_mass(room, a, b, c, n_days, nodes)
            for b in range(n_asked):
                if past or room.alike[b] == b:
                    w = room.at_day[b]
                    lost += _lost(
                        model, places, planned, q, after, before, count, past, room, r, w, b
                    )
        if past == 0:  # where the debtor lives says nothing of a visit to the day place only
            for b in range(asked_days):
                for k in range(nodes):
                    room.mass[b * nodes + k] = 0.0
                for a in range(asked_homes, homes):
                    _add_mass(room, a, b, b, n_days, nodes)
                w = room.at_day[b]
                lost += _lost(
                    model, places, planned, q, after, before, count, past, room, _NONE, w, b
                )
        out[q] = (1.0 + lost) * math.exp(base)


@compiled
def _same_places(planned: Visits, q: int) -> bool:
    """Tell whether the visits of a set go to the places of the set before, in this order."""
    first, last = planned.first[q], planned.first[q + 1]
    if q == 0 or last - first != first - planned.first[q - 1]:
        return False
    for i in range(last - first):
        if planned.place[first + i] != planned.place[planned.first[q - 1] + i]:
            return False
    return True


@compiled
def _alike_days(places: Places, asked: int, days: int, room: Room) -> None:
    """Write for each day place the first one at which presence is the same; asked ones stay."""
    for b in range(days):
        room.alike[b] = b
        w = room.at_day[b]
        if b < asked or w == _NONE:
            continue
        for c in range(asked, b):
            other = room.at_day[c]
            same = other != _NONE and places.day_row[other] == places.day_row[w]
            for band in range(places.told.shape[1]):
                same = same and places.told[other, band] == places.told[w, band]
            if same:
                room.alike[b] = c
                break


@compiled
def _add_mass(room: Room, a: int, b: int, c: int, n_days: int, nodes: int) -> None:
    """Add the probability of a residence with a day place to that of state ``c``, by node."""
    at = (room.of_home[a] * n_days + room.of_day[b]) * nodes
    share = room.part_home[a] * room.part_day[b]
    for k in range(nodes):
        room.mass[c * nodes + k] += room.joint[at + k] * share


@compiled
def _lost(
    model: Model,
    places: Places,
    planned: Visits,
    q: int,
    after: Visits,
    before: Visits,
    count: int,
    past: int,
    room: Room,
    r: int,
    w: int,
    c: int,
) -> float:
    """Return by how much the probability of state ``c`` falls when no visit of a set finds."""
    nodes = model.node.shape[0]
    chosen = _own(after, 0, count, r, w, room.own)
    added = 0.0
    for v in range(planned.first[q], planned.first[q + 1]):
        if planned.place[v] in (r, w):
            added += planned.absent[v]
    lost = 0.0
    for k in range(nodes):
        believed = room.mass[c * nodes + k]
        if believed > 0.0:
            change = added + _log_gain(model, places, after, room.own, chosen, r, w, k)
            if past:
                change -= _log_gain(model, places, before, room.own, chosen, r, w, k)
            lost += believed * math.expm1(change)
    return lost


@compiled
def _ask(planned: Visits, q: int, first: int, size: int, room: Room) -> None:
    """Mark the places to which a set of planned visits goes."""
    for i in range(size + 1):
        room.is_told[i] = False
    for v in range(planned.first[q], planned.first[q + 1]):
        if planned.place[v] >= 0:
            room.is_told[planned.place[v] - first] = True


@compiled
def _parts(
    group: Ints,
    share: Floats,
    is_asked: Flags,
    first: int,
    size: int,
    n_groups: int,
    of: Ints,
    at: Ints,
    part: Floats,
) -> tuple[int, int]:
    """Write the asked places one by one, then of each group what is left of it.

    Returns
    -------
    asked, count
        How many are asked places, and how many there are in all. Of each, its group, one of
        its places and its share of the group are written.
    """
    count = 0
    for i in range(size):
        if is_asked[i] and group[i] != _NONE:
            of[count], at[count], part[count] = group[i], first + i, share[i]
            count += 1
    asked = count
    for g in range(n_groups):
        of[asked + g], at[asked + g], part[asked + g] = g, _NONE, 0.0
    for i in range(size + 1):
        if not is_asked[i] and group[i] != _NONE:
            part[asked + group[i]] += share[i]
            if i < size:
                at[asked + group[i]] = first + i
    for g in range(n_groups):
        if part[asked + g] > 0.0:
            of[count], at[count], part[count] = g, at[asked + g], part[asked + g]
            count += 1
    return asked, count


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
            if not shared:
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
