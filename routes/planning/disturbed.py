"""What disturbances leave of a planning problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import count

from geo.localtime import hour_text
from routes.errors import ReplanError
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
)
from routes.planning.escort_hours import reduced
from routes.planning.problem import (
    PlanFinding,
    Problem,
    StopKind,
    barred_options,
)
from routes.rules.citations import cite

__all__ = ["disturbed"]

_PAID_RULE = "A3"
_LEAD = "-lead-"  # in the id of an option of an urgent lead, before its number


def disturbed(
    problem: Problem,
    disturbances: Sequence[Disturbance],
    *,
    day: date,
    now_s: int,
    roads: Roads | None = None,
    promises: Mapping[str, tuple[str, int, int]],
) -> Problem:
    """Return what disturbances leave of a problem, but for the hours of late or absent teams.

    Parameters
    ----------
    roads
        From now on, where they changed.
    promises
        Station, begin and end of each planned visit with an escort, by option.

    Raises
    ------
    ReplanError
        Where a lead has no lawful hour left.
    """
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
            case PromiseGone() if one.ref in promises:
                station, start_s, end_s = promises[one.ref]
                others = sum(
                    ref != one.ref and held[0] == station and held[1] < end_s and start_s < held[2]
                    for ref, held in promises.items()
                )
                gone = EscortCut(station, start_s, end_s)
                problem = _cut(problem, gone, day, left=partial(min, others))
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


def _left_out(problem: Problem, subject: str) -> Problem:
    """Return a problem without the options of a debtor, or a duty, that are not begun."""
    begun = {stop.ref for route in problem.frozen for stop in route.stops}
    gone = {one.id for one in problem.options if one.debtor == subject} | {subject}
    gone -= begun
    return replace(
        problem,
        options=tuple(one for one in problem.options if one.id not in gone),
        duties=tuple(one for one in problem.duties if one.id not in gone),
        sets=tuple(one for one in problem.sets if gone.isdisjoint(one.options)),
        before=tuple(
            replace(route, stops=tuple(stop for stop in route.stops if stop.ref not in gone))
            for route in problem.before
        ),
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
