"""What if: the same problem with one more team, an earlier start, one station less.

Every variation is solved with the same rule and seed as the plan it is compared with, so a
difference is that of the variation and of the search's luck, which a longer run makes smaller.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from statistics import fmean

from geo.localtime import DAY_S
from geo.messages import Message, message
from routes.errors import WhatIfError
from routes.planning import StopRule, solve
from routes.planning.problem import Plan, Problem, Route, StopKind, WorkShift
from routes.planning.step_stops import team_skill
from routes.planning.turns import turns

__all__ = [
    "AsPlanned",
    "ByPrice",
    "EndLater",
    "FewerTeams",
    "MoreTeams",
    "Outcome",
    "StartEarlier",
    "Variation",
    "WithoutStation",
    "front",
    "front_variations",
    "outcomes",
    "usual_variations",
]

_HOUR_S = 3600
_PRICES = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (2.0, 2.0))
"""Of an hour of travel, and of the kilometres of an hour, in mean values of a visit."""
_KM_AN_HOUR = 30.0
_SHORTER_H = (0, 1, 2, 3)


@dataclass(frozen=True, slots=True)
class AsPlanned:
    """The problem as it is."""

    def of(self, problem: Problem) -> Problem:
        return problem

    def said(self) -> Message:
        return message("现有安排")


@dataclass(frozen=True, slots=True)
class MoreTeams:
    """So many more teams like one that there is, with its shifts."""

    team: str
    count: int = 1

    def __post_init__(self) -> None:
        if self.count < 1:
            raise WhatIfError("增加的小组数须至少为一")

    def of(self, problem: Problem) -> Problem:
        """Return the problem with the teams; they take no bound duty and begin nothing."""
        like = next((team for team in problem.teams if team.id == self.team), None)
        if like is None:
            raise WhatIfError("小组 %(id)s 不在问题之中，请核对编号", id=self.team)
        taken = {team.id for team in problem.teams} | {shift.id for shift in problem.shifts}
        teams, shifts = [], []
        for number in range(1, self.count + 1):
            name = _free(f"{like.id}+{number}", taken)
            teams.append(
                replace(
                    like,
                    id=name,
                    name=f"{like.name or like.id}+{number}",
                    skills=like.skills - {team_skill(like.id)},
                )
            )
            shifts += [
                replace(shift, id=_free(f"{shift.id}+{number}", taken), team=name)
                for shift in problem.shifts
                if shift.team == like.id
            ]
        return replace(problem, teams=(*problem.teams, *teams), shifts=(*problem.shifts, *shifts))

    def said(self) -> Message:
        return message("增加 %(count)d 个小组（同 %(team)s）", count=self.count, team=self.team)


@dataclass(frozen=True, slots=True)
class FewerTeams:
    """Without one of the teams; what it has begun is kept."""

    team: str

    def of(self, problem: Problem) -> Problem:
        if self.team not in {team.id for team in problem.teams}:
            raise WhatIfError("小组 %(id)s 不在问题之中，请核对编号", id=self.team)
        begun = {route.shift for route in problem.frozen}
        return replace(
            problem,
            shifts=tuple(
                replace(shift, max_stops=0) if shift.team == self.team else shift
                for shift in problem.shifts
                if shift.team != self.team or shift.id in begun
            ),
            before=tuple(route for route in problem.before if route.team != self.team),
        )

    def said(self) -> Message:
        return message("减少小组 %(team)s", team=self.team)


@dataclass(frozen=True, slots=True)
class StartEarlier:
    """All shifts begin so much sooner; lawful hours of visits stay."""

    by_s: int = _HOUR_S

    def __post_init__(self) -> None:
        _check_span(self.by_s)

    def of(self, problem: Problem) -> Problem:
        begun = {route.shift for route in problem.frozen}

        def earlier(shift: WorkShift) -> WorkShift:
            if shift.id in begun:
                return shift
            return replace(shift, start_s=max(0, shift.start_s - self.by_s))

        return replace(problem, shifts=tuple(map(earlier, problem.shifts)))

    def said(self) -> Message:
        return message("提前 %(minutes)d 分钟出发", minutes=self.by_s // 60)


@dataclass(frozen=True, slots=True)
class EndLater:
    """All shifts end so much later; sooner where it is negative."""

    by_s: int = _HOUR_S

    def __post_init__(self) -> None:
        _check_span(abs(self.by_s))

    def of(self, problem: Problem) -> Problem:
        return replace(
            problem,
            shifts=tuple(
                replace(s, end_s=min(2 * DAY_S, max(s.start_s, s.end_s + self.by_s)))
                for s in problem.shifts
            ),
        )

    def said(self) -> Message:
        if self.by_s < 0:
            return message("提前 %(minutes)d 分钟收班", minutes=-self.by_s // 60)
        return message("推迟 %(minutes)d 分钟收班", minutes=self.by_s // 60)


@dataclass(frozen=True, slots=True)
class WithoutStation:
    """One police station sends nobody."""

    station: str

    def of(self, problem: Problem) -> Problem:
        if self.station not in {station.id for station in problem.escort_stations}:
            raise WhatIfError("派出所 %(id)s 不在问题之中，请核对编号", id=self.station)
        return replace(
            problem,
            escort_stations=tuple(
                replace(station, calendar=()) if station.id == self.station else station
                for station in problem.escort_stations
            ),
        )

    def said(self) -> Message:
        return message("派出所 %(id)s 不派警力", id=self.station)


@dataclass(frozen=True, slots=True)
class ByPrice:
    """A point of the front: what hours and kilometres cost, and how much sooner shifts end."""

    travel_h: float
    km: float
    shorter_h: int

    def of(self, problem: Problem) -> Problem:
        prices = replace(problem.prices, travel_h=self.travel_h, km=self.km)
        priced = replace(problem, prices=prices)
        return EndLater(-self.shorter_h * _HOUR_S).of(priced) if self.shorter_h else priced

    def said(self) -> Message:
        return message(
            "行车每小时计价 %(price)s、每公里计价 %(km)s，提前 %(hours)d 小时收班",
            price=f"{self.travel_h:.2f}",
            km=f"{self.km:.3f}",
            hours=self.shorter_h,
        )


Variation = AsPlanned | MoreTeams | FewerTeams | StartEarlier | EndLater | WithoutStation | ByPrice


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a variation comes to.

    Parameters
    ----------
    found
        Expected number of debtors found.
    out_h
        Hours that the teams are out, from leaving to return.
    travel_h, km
        Of which they drive, and how far.
    """

    variation: Variation
    problem: Problem
    plan: Plan
    found: float
    out_h: float
    travel_h: float
    km: float
    visits: int

    @classmethod
    def of(cls, variation: Variation, problem: Problem, plan: Plan) -> Outcome:
        """Return the outcome of a plan."""
        made = turns(problem, plan).values()
        return cls(
            variation,
            problem,
            plan,
            math.fsum(turn.p_added for turn in made),
            math.fsum(_out_s(route) for route in plan.routes) / _HOUR_S,
            math.fsum(route.travel_s for route in plan.routes) / _HOUR_S,
            math.fsum(route.length_m for route in plan.routes) / 1000.0,
            sum(s.kind is StopKind.VISIT for route in plan.routes for s in route.stops),
        )


def _out_s(route: Route) -> int:
    return route.return_s - route.leave_s


def _check_span(span_s: int) -> None:
    if not 0 < span_s <= DAY_S:
        raise WhatIfError("推演的时间变动须大于零且不超过一天")


def _free(name: str, taken: set[str]) -> str:
    """Return a name that is not taken, and take it."""
    while name in taken:
        name += "+"
    taken.add(name)
    return name


def usual_variations(problem: Problem, plan: Plan) -> tuple[Variation, ...]:
    """Return what a commander asks first, of the busiest team and station of a plan.

    One team more like the one that makes most stops and one less that makes fewest, an hour
    more at both ends, and no escort from the station that sends most.
    """
    stops = {shift.team: 0 for shift in problem.shifts}
    escorts = {station.id: 0 for station in problem.escort_stations if station.calendar}
    for route in plan.routes:
        stops[route.team] += len(route.stops)
        for stop in route.stops:
            if stop.escort_station in escorts:
                escorts[stop.escort_station] += 1
    found: list[Variation] = [AsPlanned()]
    if stops:
        found.append(MoreTeams(max(sorted(stops), key=stops.__getitem__)))
    if len(stops) > 1:
        found.append(FewerTeams(min(sorted(stops), key=stops.__getitem__)))
    found += [StartEarlier(), EndLater()]
    if escorts:
        found.append(WithoutStation(max(sorted(escorts), key=escorts.__getitem__)))
    return tuple(found)


def front_variations(problem: Problem) -> tuple[Variation, ...]:
    """Return the points from which a front is made: dearer hours and ways, shorter shifts."""
    values = [option.value for option in problem.options]
    unit = fmean(values) if values else 0.0
    prices = dict.fromkeys(
        (
            problem.prices.travel_h + hour * unit,
            problem.prices.km + way * unit / _KM_AN_HOUR,
        )
        for hour, way in _PRICES
    )
    return tuple(ByPrice(hour, way, less_h) for (hour, way), less_h in product(prices, _SHORTER_H))


def outcomes(
    problem: Problem,
    variations: Sequence[Variation],
    *,
    stop: Callable[[], StopRule],
    seed: int = 0,
) -> Iterator[Outcome]:
    """Solve one variation after another; a caller may stop between two.

    Parameters
    ----------
    stop
        Makes the rule of each search.
    seed
        Of each search.

    Yields
    ------
    Outcome
        In the order of the variations.

    Raises
    ------
    WhatIfError
        If a variation names a team or station that there is not.
    """
    varied = [variation.of(problem) for variation in variations]  # all faults at once, first
    for variation, one in zip(variations, varied, strict=True):
        yield Outcome.of(variation, one, solve(one, stop=stop(), seed=seed))


def front(points: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """Return the points that no other beats in found debtors, hours and kilometres at once.

    Of several that are alike the first stays. They come by hours out, the fewest first.
    """
    kept = [
        one
        for k, one in enumerate(points)
        if not any(
            _beats(other, one) or (j < k and _figures(other) == _figures(one))
            for j, other in enumerate(points)
        )
    ]
    return tuple(sorted(kept, key=lambda one: (one.out_h, one.km, -one.found)))


def _figures(one: Outcome) -> tuple[float, float, float]:
    return -one.found, one.out_h, one.km


def _beats(one: Outcome, other: Outcome) -> bool:
    mine, its = _figures(one), _figures(other)
    return mine != its and all(a <= b for a, b in zip(mine, its, strict=True))
