"""The habits of today: lawful plans by a rule that asks for nearness and not for worth."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routes.planning import Engine, MaxIterations, solve
from routes.planning.habits import villages
from routes.planning.legs import Legs
from routes.planning.problem import (
    Matrix,
    Option,
    Plan,
    PlanPlace,
    PlanTeam,
    Problem,
    StopKind,
    TimeBand,
    WorkShift,
)
from routes.planning.validate import violations
from tests.routes.planning.samples import DAY, district
from tests.routes.strategies import problems

_HABITS = (Engine.NEAREST_FIRST, Engine.VILLAGE_BY_VILLAGE)
_FEW = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def _by(problem: Problem, engine: Engine) -> Plan:
    return solve(problem, stop=MaxIterations(0), engine=engine)


@_FEW
@given(problems(), st.sampled_from(_HABITS))
def test_every_plan_keeps_the_rules(problem: Problem, engine: Engine) -> None:
    plan = _by(problem, engine)
    assert violations(problem, plan) == ()
    assert plan.engine == engine.value
    assert _by(problem, engine) == plan


@_FEW
@given(problems(max_duties=0), st.sampled_from(_HABITS), st.data())
def test_what_is_frozen_stays(problem: Problem, engine: Engine, data: st.DataObject) -> None:
    first = _by(problem, engine)
    frozen = tuple(
        replace(
            route,
            stops=tuple(
                replace(stop, frozen=True)
                for stop in route.stops[: data.draw(st.integers(1, len(route.stops)))]
            ),
        )
        for route in first.routes
    )
    later = replace(problem, frozen=frozen)
    assert violations(later, _by(later, engine)) == ()


@pytest.mark.parametrize("engine", _HABITS)
def test_duties_and_rests_are_kept(engine: Engine) -> None:
    problem = district()
    plan = _by(problem, engine)
    kinds = [stop.kind for route in plan.routes for stop in route.stops]
    assert kinds.count(StopKind.DUTY) == len(problem.duties)
    assert StopKind.BREAK in kinds
    assert violations(problem, plan) == ()


def _street(spots_km: list[float], teams: int = 1, **window: int) -> Problem:
    """Return debtors along a street with a court at 0; a kilometre takes two minutes."""
    at_km = np.array([0.0, *spots_km])
    length_m = np.abs(at_km[:, None] - at_km[None, :]) * 1000.0
    names = ["court", *(f"p{k}" for k in range(len(spots_km)))]
    return Problem(
        id="street",
        places=tuple(
            PlanPlace(name, 118.0 + km / 100.0, 25.0)
            for name, km in zip(names, at_km.tolist(), strict=True)
        ),
        bands=(TimeBand("all", 0, 86400),),
        matrices=(Matrix("car", "all", length_m * 0.12, length_m),),
        teams=tuple(PlanTeam(f"t{k}", 2, frozenset(), "car") for k in range(teams)),
        shifts=tuple(
            WorkShift(f"s{k}", f"t{k}", DAY, 28800, 64800, "court", "court") for k in range(teams)
        ),
        options=tuple(
            Option(f"o{k}", f"d{k}", f"p{k}", DAY, *_window(k, window), 600, 1.0 + 9.0 * k, 0.5)
            for k in range(len(spots_km))
        ),
    )


def _window(k: int, window: dict[str, int]) -> tuple[int, int]:
    return window.get(f"open{k}", 0), window.get(f"close{k}", 86400)


def _refs(plan: Plan) -> list[list[str]]:
    return [[stop.ref for stop in route.stops] for route in plan.routes]


def test_the_nearest_door_is_next_whatever_it_is_worth() -> None:
    plan = _by(_street([6.0, 2.0, 1.0, -1.5]), Engine.NEAREST_FIRST)
    assert _refs(plan) == [["o2", "o1", "o3", "o0"]]


def test_a_door_that_is_not_open_yet_comes_later() -> None:
    problem = _street([6.0, 2.0, 1.0], open2=32400)
    assert _refs(_by(problem, Engine.NEAREST_FIRST)) == [["o1", "o0", "o2"]]


def test_who_waits_for_a_window_waits_for_the_first() -> None:
    problem = _street([1.0, 2.0], open0=50400, open1=36000)
    assert _refs(_by(problem, Engine.NEAREST_FIRST)) == [["o1", "o0"]]


def test_a_village_is_finished_before_the_next() -> None:
    problem = _street([5.0, 6.6, 5.4, 4.9])  # the first two kilometres beyond 5 are one village
    village = villages(problem)
    plan = _by(problem, Engine.VILLAGE_BY_VILLAGE)
    row = {place.id: k for k, place in enumerate(problem.places)}
    visited = [int(village[row[stop.place]]) for stop in plan.routes[0].stops]
    changes = sum(one != other for one, other in pairwise(visited))
    assert len(visited) == 4
    assert changes == len(set(visited)) - 1


def test_teams_work_in_villages_of_their_own() -> None:
    problem = _street([5.0, 5.1, -5.0, -5.1], teams=2)
    assert sorted(map(sorted, _refs(_by(problem, Engine.VILLAGE_BY_VILLAGE)))) == [
        ["o0", "o1"],
        ["o2", "o3"],
    ]


def test_places_without_any_way_apart_are_one_village() -> None:
    assert villages(replace(_street([]), options=())).tolist() == [0]


@_FEW
@given(problems(), st.integers(0, 90000))
def test_legs_to_all_are_the_legs_one_by_one(problem: Problem, leaving_s: int) -> None:
    row = {place.id: k for k, place in enumerate(problem.places)}
    legs = Legs(problem, row, profile="car", day=problem.shifts[0].day)
    for origin in row:
        each = [legs.travel_s(leaving_s, origin, target) for target in row]
        assert legs.to_all_s(leaving_s, origin).tolist() == each
