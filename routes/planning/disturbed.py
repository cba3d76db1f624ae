"""What disturbances leave of a planning problem."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import count

import numpy as np

from geo.localtime import hour_text
from routes.errors import ReplanError
from routes.planning.branches import without_duties
from routes.planning.disturbances import (
    BarredByHand,
    Disturbance,
    EscortCut,
    HomeNow,
    OfficersAway,
    Paid,
    PromiseGone,
    Roads,
    RuleBars,
    TimeAgreed,
)
from routes.planning.escort_hours import calendars, reduced
from routes.planning.problem import (
    EscortMode,
    EscortStation,
    Option,
    Plan,
    PlanFinding,
    Problem,
    StopKind,
    VisitSet,
    bands_on,
    barred_options,
)
from routes.planning.support import (
    DUTY_REFUSED,
    Ask,
    covering,
    option_at,
    requests_of,
    support_finding,
)
from routes.rules.citations import cite

__all__ = ["disturbed"]

_PAID_RULE = "A3"
_BY_HAND = "人工"  # in the place of a rule
_LEAD = "-lead-"  # in the id of an option of an urgent lead, before its number


def disturbed(
    problem: Problem,
    disturbances: Sequence[Disturbance],
    *,
    day: date,
    now_s: int,
    roads: Roads | None = None,
    plan: Plan,
) -> Problem:
    """Return what disturbances leave of a problem, but for the hours of late or absent teams.

    Parameters
    ----------
    roads
        From now on, where they changed.
    plan
        The plan at hand.

    Raises
    ------
    ReplanError
        Where a lead has no lawful hour left, or an agreed time cannot be kept.
    """
    asks = {ask.ref: ask for ask in requests_of(problem, plan)}
    for one in disturbances:
        match one:
            case OfficersAway():
                teams = tuple(
                    replace(
                        team,
                        officers=max(0, team.officers - one.officers),
                        skills=team.skills - one.skills,
                    )
                    if team.id == one.team
                    else team
                    for team in problem.teams
                )
                problem = replace(problem, teams=teams)
            case EscortCut():
                problem = _cut(problem, one, day, left=partial(_left, withdrawn=one.officers))
            case PromiseGone() if one.ref in asks:
                problem = _without(problem, asks[one.ref], asks)
            case TimeAgreed():
                problem = _moved(problem, plan, one, asks)
            case HomeNow():
                problem = _with_lead(problem, one, day=day, now_s=now_s)
            case RuleBars() if one.ref not in _made(problem):
                bar = PlanFinding(one.rule, "block", f"visit:{one.ref}", one.text, one.citation)
                problem = replace(problem, blocked=(*problem.blocked, bar))
            case BarredByHand():
                problem = _left_out(problem, one.subject)
            case Paid():
                problem = replace(problem, blocked=(*problem.blocked, *_settled(problem, one)))
    if roads is not None:
        problem = replace(
            problem, bands=roads.bands, matrices=roads.matrices, cut_off=roads.cut_off
        )
    return problem


def _left(officers: int, *, withdrawn: int | None) -> int:
    return 0 if withdrawn is None else max(0, officers - withdrawn)


def _cut(problem: Problem, cut: EscortCut, day: date, *, left: Callable[[int], int]) -> Problem:
    """Return a problem whose station has but so many of its officers ``left`` for a while."""
    stations = tuple(
        replace(
            station,
            calendar=reduced(station.calendar, (day, cut.start_s, cut.end_s), left),
        )
        if station.id == cut.station
        else station
        for station in problem.escort_stations
    )
    return replace(problem, escort_stations=stations)


def _without(problem: Problem, gone: Ask, asks: Mapping[str, Ask]) -> Problem:
    """Return a problem whose station keeps only to its other promises in the hours of one.

    A duty goes with its officers, unless it is begun.
    """
    if gone.is_duty:
        begun = any(stop.ref == gone.ref for route in problem.frozen for stop in route.stops)
        left_out = {} if begun else {gone.ref: support_finding(f"duty:{gone.ref}", DUTY_REFUSED)}
        return without_duties(problem, left_out)
    if gone.station is None:
        return problem
    others = sum(
        (ask.station, ask.day) == (gone.station, gone.day)
        and ask.start_s < gone.end_s
        and gone.start_s < ask.end_s
        for ref, ask in asks.items()
        if ref != gone.ref
    )
    cut = EscortCut(gone.station, gone.start_s, gone.end_s)
    return _cut(problem, cut, gone.day, left=partial(min, others))


def _moved(problem: Problem, plan: Plan, agreed: TimeAgreed, asks: Mapping[str, Ask]) -> Problem:
    """Return a problem in which a stop can only be made at the time that was agreed.

    The station's officer is there then, and no longer when he was asked for first.
    """
    ask = asks.get(agreed.ref)
    if ask is None:
        raise ReplanError("%(id)s 不在这份计划之中，不能改到约定的时间", id=agreed.ref)
    if agreed.ref in {stop.ref for route in problem.frozen for stop in route.stops}:
        raise ReplanError("%(id)s 已经开始，不能改到约定的时间", id=agreed.ref)
    if ask.is_duty:
        duties = tuple(
            replace(one, window_start_s=agreed.start_s, window_end_s=agreed.start_s)
            if one.id == agreed.ref
            else one
            for one in problem.duties
        )
        return replace(problem, duties=duties)
    moved = option_at(problem, plan, ask, agreed.start_s)
    if moved is None:
        raise ReplanError(
            "%(id)s 的地址在 %(at)s 没有可走访的时段，不能改到约定的时间；请与派出所另行约定",
            id=agreed.ref,
            at=hour_text(agreed.start_s),
        )
    problem = _without(problem, ask, asks)
    station = next(one for one in problem.escort_stations if one.id == ask.station)
    back_s = _way_s(problem, station, moved)
    out_s = 0 if moved.escort is EscortMode.PICK_UP else back_s
    end_s = agreed.start_s + ask.end_s - ask.start_s + back_s
    free = {station.id: [(ask.day, max(0, agreed.start_s - out_s), end_s)]}
    return replace(
        problem,
        options=tuple(moved if one.id == moved.id else one for one in problem.options),
        sets=_sets_at(problem, moved, ask, agreed.start_s),
        escort_stations=calendars(problem.escort_stations, {}, free),
    )


def _sets_at(problem: Problem, moved: Option, ask: Ask, start_s: int) -> tuple[VisitSet, ...]:
    """Return the sets of visits, with one visit in the place of the option at whose hours it is."""
    asked = next(option for option in problem.options if option.id == moved.id)
    held = covering(problem.options, asked, ask.day, start_s, start_s + ask.end_s - ask.start_s)
    if held is None or held.id == moved.id:
        return problem.sets
    return (
        *(one for one in problem.sets if moved.id not in one.options),
        *(
            replace(one, options=tuple(moved.id if o == held.id else o for o in one.options))
            for one in problem.sets
            if held.id in one.options and moved.id not in one.options
        ),
    )


def _way_s(problem: Problem, station: EscortStation, option: Option) -> int:
    """Return the longest way of the day between a station and a door, 0 where none counts."""
    if not station.profile:
        return 0
    rows = [place.id for place in problem.places]
    there, door = rows.index(station.place), rows.index(option.place)
    names = {band.name for band in bands_on(problem.bands, option.day)}
    ways_s = [
        max(matrix.travel_s[there, door], matrix.travel_s[door, there])
        for matrix in problem.matrices
        if matrix.profile == station.profile and matrix.band in names
    ]
    return math.ceil(max(ways_s)) if np.isfinite(ways_s).all() else 0


def _left_out(problem: Problem, subject: str) -> Problem:
    """Return a problem without the options of a debtor, or a duty, that are not begun.

    One for which an officer is being fetched, or aboard, stays known for the sake of that stop, and
    is barred.
    """
    stops = [stop for route in problem.frozen for stop in route.stops]
    begun = {stop.ref for stop in stops if stop.is_work}
    fetched = {stop.ref for stop in stops if stop.kind is StopKind.PICK_UP} - begun
    own = {one.id for one in problem.options if one.debtor == subject} | {subject}
    gone = own - begun - fetched
    bars = tuple(
        PlanFinding(_BY_HAND, "block", f"visit:{ref}", "已人工排除，不再走访", "指挥员决定")
        for ref in sorted(own & fetched)
    )
    return replace(
        problem,
        options=tuple(one for one in problem.options if one.id not in gone),
        duties=tuple(one for one in problem.duties if one.id not in gone),
        sets=tuple(one for one in problem.sets if gone.isdisjoint(one.options)),
        before=tuple(
            replace(route, stops=tuple(stop for stop in route.stops if stop.ref not in gone))
            for route in problem.before
        ),
        blocked=(*problem.blocked, *(one for one in bars if one not in problem.blocked)),
    )


def _made(problem: Problem) -> set[str]:
    """Return the visits that are made already, or being made."""
    stops = (stop for route in problem.frozen for stop in route.stops)
    return {stop.ref for stop in stops if stop.kind is StopKind.VISIT}


def _settled(problem: Problem, paid: Paid) -> tuple[PlanFinding, ...]:
    """Return the findings that bar a debtor, but for visits that are made already."""
    finding = PlanFinding(
        _PAID_RULE,
        "block",
        f"debtor:{paid.debtor}",
        "被执行人已履行，不再走访；请登记结案",
        str(cite("CPL", 268)),
    )
    made = _made(problem)
    own = [option.id for option in problem.options if option.debtor == paid.debtor]
    if made.isdisjoint(own):
        return (finding,)
    return tuple(replace(finding, subject=f"visit:{o}") for o in own if o not in made)


def _with_lead(problem: Problem, lead: HomeNow, *, day: date, now_s: int) -> Problem:
    """Return a problem with more options of a debtor: from now on, at the place of the lead.

    Their windows lie in those of options of the same address today that no rule bars, so they
    are lawful. They are worth as much by P(found) as these; costs reckoned in, rather too little.
    """
    barred = barred_options(problem)
    likely = sorted(
        (
            option
            for option in problem.options
            if (option.debtor, option.day) == (lead.debtor, day)
            and lead.claim in ("", option.claim)
            and max(option.window_start_s, now_s) <= min(option.window_end_s, lead.until_s)
            and option.p_found > 0.0
            and option.id not in barred
        ),
        key=lambda option: (-option.p_found, option.window_start_s, option.id),
    )
    if not likely:
        raise ReplanError(
            "被执行人 %(debtor)s 今天 %(begin)s–%(until)s 没有合法可走访的时段，线索不能列入",
            debtor=lead.debtor,
            begin=hour_text(now_s),
            until=hour_text(lead.until_s),
        )
    known = {option.id for option in problem.options}
    free = (f"{likely[0].id}{_LEAD}{n}" for n in count(1))
    names = (name for name in free if name not in known)
    made = tuple(
        replace(
            base,
            id=next(names),
            window_start_s=max(base.window_start_s, now_s),
            window_end_s=min(base.window_end_s, lead.until_s),
            value=base.value * lead.p_found / base.p_found,
            p_found=lead.p_found,
            p_found_low=None,
            p_found_high=None,
        )
        for base in likely
        if base.claim == likely[0].claim
    )
    return replace(problem, options=(*problem.options, *made))
