"""A district day on which something happens: how soon there is a new plan, and what it is worth.

A plan is made, and at half past nine each kind of disturbance strikes it. The plan made anew in
the time that the field waits is measured, checked, and laid beside what the same replanning finds
in thirty seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from statistics import geometric_mean
from typing import TypeVar

import numpy as np

from benchmarks.planning_days import Setting, make_days
from benchmarks.planning_run import checked, solved
from benchmarks.report import figure
from routes.planning import Deadline, Engine
from routes.planning.disturbances import (
    Disturbance,
    EscortCut,
    HomeNow,
    OfficersAway,
    Paid,
    PromiseGone,
    Roads,
    RoadsClosed,
    RuleBars,
    TeamLate,
    TeamOut,
    TimeAgreed,
)
from routes.planning.problem import Plan, Problem, Stop, StopKind
from routes.planning.replan import Replanned, replan
from web.replanning import STOP_S

__all__ = ["KINDS", "Answer", "answered", "print_answers"]

_NOW_S = 34_200
_FULL_S = 30.0
_SLOWER = 1.5  # travel where roads are closed, in every leg of some places
_SLOW_SHARE = 0.2  # of the places

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Answer:
    """Seconds to a new plan, and its worth over that of a search of thirty seconds."""

    kind: str
    took_s: float
    over_full: float


@dataclass(frozen=True, slots=True)
class _Struck:
    """A day under way, of which chance picks what happens."""

    problem: Problem
    plan: Plan
    rng: np.random.Generator

    def late(self) -> Disturbance:
        return TeamLate(self._on_duty(), 2_400)

    def out(self) -> Disturbance:
        return TeamOut(self._on_duty())

    def cut(self) -> Disturbance:
        stations = sorted({str(stop.escort_station) for stop in self.escorted()})
        return EscortCut(self._one_of(stations), _NOW_S, 64_800)

    def closed(self) -> Disturbance:
        return RoadsClosed("桥梁检修")

    def ill(self) -> Disturbance:
        return OfficersAway(self._on_duty(), 1, frozenset({"female_officer", "locksmith"}))

    def promise_gone(self) -> Disturbance:
        return PromiseGone(self._one_of(self.escorted()).ref)

    def home(self) -> Disturbance:
        planned = {stop.ref for route in self.plan.routes for stop in route.stops}
        served = {option.debtor for option in self.problem.options if option.id in planned}
        free = {
            option.debtor
            for option in self.problem.options
            if option.debtor not in served
            and option.window_start_s <= _NOW_S + 5_400
            and option.window_end_s >= _NOW_S + 1_800
        }
        return HomeNow(self._one_of(sorted(free)), _NOW_S + 7_200, 0.9)

    def paid(self) -> Disturbance:
        ref = self._one_of(self._later()).ref
        return Paid(next(option.debtor for option in self.problem.options if option.id == ref))

    def barred(self) -> Disturbance:
        return RuleBars(self._one_of(self._later()).ref, "A3", "已暂缓执行", "A3")

    def agreed(self) -> Disturbance:
        """Return another time for an escorted visit, in the hours that it has."""
        later = [stop for stop in self.escorted() if self._others(stop)]
        stop = self._one_of(later)
        return TimeAgreed(stop.ref, self._one_of(self._others(stop)))

    def _others(self, stop: Stop) -> list[int]:
        option = next(each for each in self.problem.options if each.id == stop.ref)
        begin_s = max(option.window_start_s, _NOW_S + 3_600)
        hours = range(begin_s, option.window_end_s + 1, 900)
        return [at_s for at_s in hours if abs(at_s - stop.start_s) >= 900]

    def slowed(self) -> Roads:
        """Return roads on which every way to or from some places takes longer."""
        slow = self.rng.random(len(self.problem.places)) < _SLOW_SHARE
        factor = np.where(slow[:, None] | slow[None, :], _SLOWER, 1.0)
        np.fill_diagonal(factor, 1.0)
        matrices = tuple(replace(m, travel_s=m.travel_s * factor) for m in self.problem.matrices)
        return Roads(self.problem.bands, matrices)

    def escorted(self) -> list[Stop]:
        return [stop for stop in self._later() if stop.escort_station is not None]

    def _later(self) -> list[Stop]:
        return [
            stop
            for route in self.plan.routes
            for stop in route.stops
            if stop.kind is StopKind.VISIT and stop.start_s > _NOW_S + 3_600
        ]

    def _on_duty(self) -> str:
        """Return a team that has begun and has visits to come."""
        later = {stop.ref for stop in self._later()}
        teams = {
            route.team
            for route in self.plan.routes
            if route.leave_s <= _NOW_S and any(stop.ref in later for stop in route.stops)
        }
        return self._one_of(sorted(teams))

    def _one_of(self, found: Sequence[_Found]) -> _Found:
        return found[int(self.rng.integers(len(found)))]


KINDS: tuple[Callable[[_Struck], Disturbance], ...] = (
    _Struck.out,
    _Struck.closed,
    _Struck.cut,
    _Struck.late,
    _Struck.ill,
    _Struck.promise_gone,
    _Struck.home,
    _Struck.paid,
    _Struck.barred,
    _Struck.agreed,
)
"""One of each kind of disturbance; those that change most of a day come first."""


@cache
def _day(seed: int, stop_s: float) -> tuple[Problem, Plan]:
    problem = make_days(Setting(), seed=seed)
    return problem, solved(problem, engine=Engine.ALNS, stop_s=stop_s, seed=seed)


def answered(job: tuple[int, int], *, stop_s: float, full_s: float = _FULL_S) -> Answer:
    """Disturb the day of a seed by a kind and return what came of it.

    The job is the seed and the number of the kind; ``stop_s`` is for the plan that is disturbed.
    """
    seed, number = job
    problem, plan = _day(seed, stop_s)
    day = _Struck(problem, plan, np.random.default_rng((seed, number)))
    happened = KINDS[number](day)
    roads = day.slowed() if isinstance(happened, RoadsClosed) else None
    promised = {stop.ref for stop in day.escorted()[::2]}
    if isinstance(happened, PromiseGone | TimeAgreed):
        promised.discard(happened.ref)

    def again(seconds: float) -> Replanned:
        return replan(
            problem,
            plan,
            [happened],
            now_day=problem.shifts[0].day,
            now_s=_NOW_S,
            promised=frozenset(promised),
            stop=Deadline.after(time.perf_counter, seconds),
            seed=seed,
            roads=roads,
        )

    again(0.05)  # compiles
    begun_s = time.perf_counter()
    quick = again(STOP_S)
    took_s = time.perf_counter() - begun_s
    checked(quick.problem, quick.plan)
    full = again(full_s)
    checked(full.problem, full.plan)
    over_full = (quick.plan.value - quick.plan.price) / (full.plan.value - full.plan.price)
    return Answer(type(happened).__name__, took_s, over_full)


def print_answers(answers: Sequence[Answer]) -> None:
    """Print how long new plans take, and what they are worth beside the long search."""
    figure("replan_p95_s", float(np.percentile([one.took_s for one in answers], 95)), "s")
    ratios = [one.over_full for one in answers]
    figure("replan_value_over_full", geometric_mean(ratios), "ratio")
    figure("replan_value_over_full_worst", min(ratios), "ratio")
    figure("replan_kinds", len({one.kind for one in answers}), "kinds")
