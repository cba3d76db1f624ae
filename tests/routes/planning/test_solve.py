"""The search: always valid, the same for a seed, between the floor and the optimum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routes.planning import Deadline, Engine, Listener, MaxIterations, second, solve
from routes.planning.problem import (
    Matrix,
    Option,
    Plan,
    PlanPlace,
    PlanTeam,
    Prices,
    Problem,
    Route,
    StopKind,
    TimeBand,
    VisitSet,
    WorkShift,
)
from routes.planning.validate import violations
from tests.routes.planning.oracle import optimum, worth
from tests.routes.planning.samples import DAY, district, two_roads
from tests.routes.strategies import problems

_CALM = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
_FEW = settings(_CALM, max_examples=30)


def _frozen(route: Route, stops: int) -> Route:
    kept = tuple(replace(stop, frozen=True) for stop in route.stops[:stops])
    return replace(route, stops=kept)


@_CALM
@given(problems(), st.integers(0, 5), st.sampled_from([0, 1, 60]))
def test_every_plan_keeps_the_rules(problem: Problem, seed: int, iterations: int) -> None:
    plan = solve(problem, stop=MaxIterations(iterations), seed=seed)
    assert violations(problem, plan) == ()


@_FEW
@given(problems(), st.integers(0, 5))
def test_the_second_engine_keeps_the_rules(problem: Problem, seed: int) -> None:
    plan = solve(problem, stop=MaxIterations(5), seed=seed, engine=Engine.PYVRP)
    assert violations(problem, plan) == ()


@_FEW
@given(problems(), st.data())
def test_what_is_frozen_stays(problem: Problem, data: st.DataObject) -> None:
    first = solve(problem, stop=MaxIterations(40), seed=1)
    frozen = tuple(
        _frozen(route, data.draw(st.integers(1, len(route.stops)))) for route in first.routes
    )
    later = replace(problem, frozen=frozen)
    plan = solve(later, stop=MaxIterations(40), seed=2)
    assert violations(later, plan) == ()
    by_shift = {route.shift: route for route in plan.routes}
    for route in frozen:
        assert by_shift[route.shift].stops[: len(route.stops)] == route.stops


@_FEW
@given(problems(max_options=5, max_duties=1, max_shifts=2, escorts=False, priced=False))
def test_worth_lies_between_insertion_and_the_optimum(problem: Problem) -> None:
    floor = worth(problem, solve(problem, stop=MaxIterations(0), engine=Engine.GREEDY))
    found = worth(problem, solve(problem, stop=MaxIterations(300), seed=3))
    best = optimum(problem)
    assert floor - 1e-6 <= found <= best + 1e-6


def test_most_tiny_problems_are_solved_to_the_optimum() -> None:
    solved: list[bool] = []

    @_FEW
    @given(
        problems(
            max_options=5, max_duties=1, max_shifts=2, escorts=False, breaks=False, priced=False
        )
    )
    def each(problem: Problem) -> None:
        found = worth(problem, solve(problem, stop=MaxIterations(300), seed=3))
        solved.append(found >= optimum(problem) - 1e-6)

    each()
    assert sum(solved) >= 0.9 * len(solved)


@_FEW
@given(
    problems(max_options=5, max_duties=1, max_shifts=2, escorts=False),
    st.floats(0.0, 60.0),
    st.sampled_from([0.0, 0.01, 1.0]),
)
def test_priced_travel_is_weighed_against_the_options(
    problem: Problem, travel_h: float, km: float
) -> None:
    (day,) = {band.day for band in problem.bands[:1]}
    priced = replace(
        problem,
        bands=(TimeBand("late", 0, 86400, day),),
        matrices=tuple(m for m in problem.matrices if m.band == "late"),
        prices=Prices(travel_h, km=km),
    )
    made = solve(priced, stop=MaxIterations(300), seed=3)
    assert violations(priced, made) == ()
    assert worth(priced, made) <= optimum(priced) + 1e-6
    dear = replace(priced, prices=Prices(2.0 * travel_h + 1.0, km=2.0 * km))
    assert worth(dear, solve(dear, stop=MaxIterations(300), seed=3)) <= optimum(priced) + 1e-6


@pytest.mark.parametrize("engine", [Engine.ALNS, Engine.PYVRP])
def test_of_two_roads_the_dearer_one_is_left(engine: Engine) -> None:
    """A visit by a quick long road, and one by a slow short road: kilometres decide."""
    problem = two_roads()

    def planned(**prices: float) -> Plan:
        priced = replace(problem, prices=Prices(**prices))
        made = solve(priced, stop=MaxIterations(60), seed=1, engine=engine)
        assert violations(priced, made) == ()
        return made

    quick, short = planned(), planned(km=0.1)
    assert [s.ref for r in quick.routes for s in r.stops] == ["o1"]
    assert [s.ref for r in short.routes for s in r.stops] == ["o2"]
    assert short.price == pytest.approx(0.1 * 12.0)
    both = planned(travel_h=6.0, km=0.01)  # a third of an hour is dearer than 18 km
    assert [s.ref for r in both.routes for s in r.stops] == ["o1"]
    assert both.price == pytest.approx(6.0 / 3.0 + 0.01 * 30.0)
    assert planned(km=1.0).routes == ()  # 12 km for 10


@_FEW
@given(problems(), st.integers(0, 2**32))
def test_same_seed_same_plan(problem: Problem, seed: int) -> None:
    one = solve(problem, stop=MaxIterations(50), seed=seed)
    assert solve(problem, stop=MaxIterations(50), seed=seed) == one


class _Nosy(Listener):
    """Hears everything and keeps it."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, float]] = []

    def started(self, *, value: float) -> None:
        self.heard.append(("started", value))

    def iterated(self, *, iteration: int, value: float, best_value: float) -> None:
        assert value <= best_value + 1e-9
        self.heard.append(("iterated", best_value))

    def improved(self, *, iteration: int, best_value: float) -> None:
        self.heard.append(("improved", best_value))

    def ended(self, *, iterations: int, best_value: float) -> None:
        self.heard.append(("ended", best_value))


def test_a_listener_hears_all_and_changes_nothing() -> None:
    problem, nosy = district(), _Nosy()
    plan = solve(problem, stop=MaxIterations(200), seed=5, listener=nosy)
    assert plan == solve(problem, stop=MaxIterations(200), seed=5)
    assert [name for name, _ in nosy.heard].count("iterated") >= 4
    assert nosy.heard[0][0] == "started"
    assert nosy.heard[-1][0] == "ended"
    bests = [value for name, value in nosy.heard if name == "improved"]
    assert bests == sorted(bests)


def test_a_longer_run_is_never_worse() -> None:
    problem = district()
    values = [solve(problem, stop=MaxIterations(n), seed=1).value for n in (0, 50, 500)]
    assert values == sorted(values)


def test_a_deadline_ends_the_search() -> None:
    ticks = iter(range(1000))
    stop = Deadline(lambda: float(next(ticks)), 0.0, 7.0)
    heard = _Nosy()
    plan = solve(district(), stop=stop, seed=1, listener=heard)
    assert [name for name, _ in heard.heard].count("iterated") == 7
    assert plan.iterations > 7


def test_a_deadline_that_has_passed_leaves_the_first_plan() -> None:
    problem = district()
    first = solve(problem, stop=MaxIterations(0), seed=1)
    assert solve(problem, stop=Deadline.after(lambda: 5.0, 0.0), seed=1) == first


def test_the_district_is_served() -> None:
    problem = district()
    plan: Plan = solve(problem, stop=MaxIterations(500), seed=1)
    kinds = [stop.kind for route in plan.routes for stop in route.stops]
    assert kinds.count(StopKind.DUTY) == len(problem.duties)
    assert StopKind.BREAK in kinds
    assert any(stop.escort_station for route in plan.routes for stop in route.stops)


def _two_tries(third: bool) -> Problem:
    """Return a debtor with three options in one free day, of which sets are named."""
    options = tuple(
        Option(f"o{k}", "d1", "p1", DAY, 28800 + 9000 * k, 32400 + 9000 * k, 900, 4.0 - k, 0.4)
        for k in range(3)
    )
    sets = [VisitSet(("o0", "o1"), 6.0, 0.6), VisitSet(("o1", "o2"), 4.5, 0.5)]
    if third:
        sets += [VisitSet(("o0", "o2"), 5.5, 0.5), VisitSet(("o2", "o0", "o1"), 6.5, 0.7)]
    return Problem(
        id="tries",
        places=tuple(PlanPlace(p, 118.5, 24.9) for p in ("p0", "p1")),
        bands=(TimeBand("all", 0, 86400),),
        matrices=(Matrix("car", "all", np.array([[0.0, 600.0], [600.0, 0.0]]), np.zeros((2, 2))),),
        teams=(PlanTeam("t1", 2, frozenset(), "car"),),
        shifts=(WorkShift("s1", "t1", DAY, 28800, 63000, "p0", "p0"),),
        options=options,
        sets=tuple(sets),
    )


@pytest.mark.parametrize(("third", "values"), [(False, [4.0, 2.0]), (True, [4.0, 2.0, 0.5])])
def test_further_tries_count_what_they_add(third: bool, values: list[float]) -> None:
    problem = _two_tries(third)
    plan = solve(problem, stop=MaxIterations(50), seed=1)
    assert [stop.value for route in plan.routes for stop in route.stops] == values
    assert plan.value == sum(values)
    assert violations(problem, plan) == ()
    assert solve(replace(problem, sets=()), stop=MaxIterations(50), seed=1).value == 4.0


def test_the_second_engine_goes_on_from_a_plan() -> None:
    problem = district()
    begun = solve(problem, stop=MaxIterations(0), engine=Engine.GREEDY)
    plan = second.search(problem, stop=MaxIterations(0), seed=1, listener=Listener(), begun=begun)
    assert violations(problem, plan) == ()
    served = {stop.ref for route in plan.routes for stop in route.stops}
    kept = {stop.ref for route in begun.routes for stop in route.stops} & served
    assert len(kept) >= 0.8 * sum(len(route.stops) for route in begun.routes)
