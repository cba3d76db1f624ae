"""A district day on which something happens: how soon there is a new plan, and what it is worth.

A plan is made, and at half past nine each kind of disturbance strikes it. The plan made anew in
the time that the field waits is measured, checked, and laid beside what the same replanning finds
in thirty seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from benchmarks.planning_days import Setting, make_days
from benchmarks.planning_run import checked, solved
from benchmarks.report import figure
from routes.planning import Deadline, Engine, MaxIterations
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
)
from routes.planning.problem import Plan, Problem, Stop, StopKind
from routes.planning.replan import Replanned, replan
from web.replanning import STOP_S

__all__ = ["KINDS", "Answer", "answered", "print_answers"]

_NOW_S = 34_200
_FULL_S = 30.0
_SLOWER = 1.5  # travel where roads are closed, in every leg of some places
_SLOW_SHARE = 0.2  # of the places


@dataclass(frozen=True, slots=True)
class Answer:
    """Seconds to a new plan; its worth over that of a search of thirty seconds, if one was made."""

    kind: str
    took_s: float
    over_full: float | None


def _late(plan: Plan, problem: Problem, rng: np.random.Generator) -> Disturbance:
    return TeamLate(_on_duty(plan, rng), 2_400)


def _ill(plan: Plan, problem: Problem, rng: np.random.Generator) -> Disturbance:
    return OfficersAway(_on_duty(plan, rng), 1, frozenset({"female_officer", "locksmith"}))


def _out(plan: Plan, problem: Problem, rng: np.random.Generator) -> Disturbance:
    return TeamOut(_on_duty(plan, rng))


def _cut(plan: Plan, problem: Problem, rng: np.random.Generator) -> Disturbance:
    stations = sorted({str(stop.escort_station) for stop in _escorted(plan)})
    return EscortCut(stations[rng.integers(len(stations))], _NOW_S, 64_800)


def _promise_gone(plan: Plan, problem: Problem, rng: np.random.Generator) -> Disturbance:
    stops = list(_escorted(plan))
    return PromiseGone(stops[rng.integers(len(stops))].ref)


def _home(plan: Plan, problem: Problem, rng: np.random.Generator) -> Disturbance:
    planned = {stop.ref for route in plan.routes for stop in route.stops}
    served = {option.debtor for option in problem.options if option.id in planned}
    free = sorted(
        option.debtor
        for option in problem.options
        if option.debtor not in served
        and option.window_start_s <= _NOW_S + 5_400
        and option.window_end_s >= _NOW_S + 1_800
    )
    return HomeNow(free[rng.integers(len(free))], _NOW_S + 7_200, 0.9)


def _paid(plan: Plan, problem: Problem, rng: np.random.Generator) -> Disturbance:
    ref = _later_visit(plan, rng)
    return Paid(next(option.debtor for option in problem.options if option.id == ref))


def _barred(plan: Plan, problem: Problem, rng: np.random.Generator) -> Disturbance:
    return RuleBars(_later_visit(plan, rng), "A3", "已暂缓执行", "A3")


def _closed(plan: Plan, problem: Problem, rng: np.random.Generator) -> Disturbance:
    return RoadsClosed("桥梁检修")


KINDS: tuple[Callable[[Plan, Problem, np.random.Generator], Disturbance], ...] = (
    _late,
    _out,
    _cut,
    _closed,
    _ill,
    _promise_gone,
    _home,
    _paid,
    _barred,
)
"""One of each kind of disturbance; the first four change most of a day."""


def _on_duty(plan: Plan, rng: np.random.Generator) -> str:
    """Return a team that has begun and has visits to come."""
    teams = sorted(
        {
            route.team
            for route in plan.routes
            if route.leave_s <= _NOW_S and any(s.start_s > _NOW_S + 3_600 for s in route.stops)
        }
    )
    return teams[rng.integers(len(teams))]


def _later(plan: Plan) -> Iterator[Stop]:
    for route in plan.routes:
        for stop in route.stops:
            if stop.kind is StopKind.VISIT and stop.start_s > _NOW_S + 3_600:
                yield stop


def _escorted(plan: Plan) -> Iterator[Stop]:
    return (stop for stop in _later(plan) if stop.escort_station is not None)


def _later_visit(plan: Plan, rng: np.random.Generator) -> str:
    stops = list(_later(plan))
    return stops[rng.integers(len(stops))].ref


def _slowed(problem: Problem, rng: np.random.Generator) -> Roads:
    """Return roads on which every way to or from some places takes longer."""
    n = len(problem.places)
    slow = rng.random(n) < _SLOW_SHARE
    factor = np.where(slow[:, None] | slow[None, :], _SLOWER, 1.0)
    np.fill_diagonal(factor, 1.0)
    matrices = tuple(replace(m, travel_s=m.travel_s * factor) for m in problem.matrices)
    return Roads(problem.bands, matrices)


@cache
def _day(seed: int, stop_s: float) -> tuple[Problem, Plan]:
    problem = make_days(Setting(), seed=seed)
    return problem, solved(problem, engine=Engine.ALNS, stop_s=stop_s, seed=seed)


def answered(job: tuple[int, int, bool], *, stop_s: float) -> Answer:
    """Disturb the day of a seed by a kind and return what came of it.

    The job is the seed, the number of the kind and whether a long search is made too.
    """
    seed, number, is_full = job
    problem, plan = _day(seed, stop_s)
    rng = np.random.default_rng((seed, number))
    happened = KINDS[number](plan, problem, rng)
    roads = _slowed(problem, rng) if isinstance(happened, RoadsClosed) else None
    promised = frozenset(stop.ref for stop in list(_escorted(plan))[::2]) - {
        happened.ref if isinstance(happened, PromiseGone) else ""
    }

    def again(seconds: float | None) -> Replanned:
        return replan(
            problem,
            plan,
            [happened],
            now_day=problem.shifts[0].day,
            now_s=_NOW_S,
            promised=promised,
            stop=MaxIterations(1) if seconds is None else Deadline.after(time.perf_counter, seconds),
            seed=seed,
            roads=roads,
        )

    again(None)  # compiles
    begun_s = time.perf_counter()
    quick = again(STOP_S)
    took_s = time.perf_counter() - begun_s
    checked(quick.problem, quick.plan)
    over_full = None
    if is_full:
        full = again(_FULL_S)
        checked(full.problem, full.plan)
        over_full = (quick.plan.value - quick.plan.price) / (full.plan.value - full.plan.price)
    return Answer(type(happened).__name__, took_s, over_full)


def print_answers(answers: Sequence[Answer]) -> None:
    """Print how long new plans take, and what they are worth beside the long search."""
    figure("replan_p95_s", float(np.percentile([one.took_s for one in answers], 95)), "s")
    ratios = [one.over_full for one in answers if one.over_full is not None]
    figure("replan_value_over_full", float(np.exp(np.mean(np.log(ratios)))), "ratio")
    figure("replan_value_over_full_worst", min(ratios), "ratio")
