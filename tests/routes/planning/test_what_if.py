"""Variations of a problem and the front of found debtors against hours and kilometres."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routes.errors import WhatIfError
from routes.planning import MaxIterations, StopRule
from routes.planning.problem import Plan, Problem
from routes.planning.validate import violations
from routes.planning.what_if import (
    AsPlanned,
    ByPrice,
    EndLater,
    FewerTeams,
    MoreTeams,
    Outcome,
    StartEarlier,
    Variation,
    WithoutStation,
    front,
    front_variations,
    outcomes,
    usual_variations,
)
from tests.routes.planning.samples import district, district_plan, two_roads
from tests.routes.strategies import problems


def few() -> StopRule:
    return MaxIterations(40)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(problems())
def test_every_usual_variation_has_a_valid_plan(problem: Problem) -> None:
    plan = Plan(problem.id, "", 0, 0, 0.0, ())
    made = list(outcomes(problem, usual_variations(problem, plan), stop=few))
    assert isinstance(made[0].variation, AsPlanned)
    for one in made:
        assert violations(one.problem, one.plan) == ()
        assert one.found >= 0.0
        assert one.out_h >= one.travel_h >= 0.0


def test_the_figures_are_those_of_the_plan() -> None:
    one = Outcome.of(AsPlanned(), district(), district_plan())
    assert one.visits == sum(
        stop.kind == "visit" for route in district_plan().routes for stop in route.stops
    )
    assert one.km == pytest.approx(sum(r.length_m for r in district_plan().routes) / 1000)
    assert 0.0 < one.found < one.visits


def test_more_teams_and_longer_shifts_find_more() -> None:
    short = replace(
        district(),
        shifts=tuple(replace(each, end_s=each.end_s - 7_200) for each in district().shifts),
    )
    varied = [AsPlanned(), MoreTeams("t2", 2), EndLater(7_200), WithoutStation("e1")]
    base, teams, longer, alone = outcomes(short, varied, stop=few)
    assert teams.plan.value > base.plan.value
    assert longer.plan.value > base.plan.value
    assert alone.plan.value < base.plan.value
    assert "t2+1" in {route.team for route in teams.plan.routes}
    assert len({shift.id for shift in teams.problem.shifts}) == len(teams.problem.shifts)


def test_a_team_less_keeps_what_it_has_begun() -> None:
    (one,) = outcomes(district(), [FewerTeams("t1")], stop=few)
    held = {route.shift: route for route in one.plan.routes}
    assert [stop.ref for stop in held["s1"].stops] == ["o1"]
    assert "s3" not in held
    assert violations(one.problem, one.plan) == ()


@pytest.mark.parametrize(
    "variation",
    [
        lambda: MoreTeams("t9").of(district()),
        lambda: MoreTeams("t1", 0),
        lambda: FewerTeams("t9").of(district()),
        lambda: WithoutStation("e9").of(district()),
        lambda: StartEarlier(0),
        lambda: EndLater(90000),
    ],
)
def test_a_variation_of_what_is_not_there_is_refused(variation: object) -> None:
    assert callable(variation)
    with pytest.raises(WhatIfError):
        variation()


def test_a_wrong_variation_is_refused_before_any_search() -> None:
    made = outcomes(district(), [AsPlanned(), FewerTeams("t9")], stop=few)
    with pytest.raises(WhatIfError, match="t9"):
        next(made)


def point(found: float, out_h: float, km: float) -> Outcome:
    base = Outcome.of(AsPlanned(), district(), district_plan())
    return replace(base, found=found, out_h=out_h, km=km)


def test_dominated_points_are_left_out() -> None:
    points = [point(5, 8, 60), point(4, 8, 60), point(5, 8, 60), point(4, 6, 70), point(6, 9, 90)]
    assert [one.found for one in front(points)] == [4, 5, 6]


_FIGURES = st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4))


@settings(max_examples=60, deadline=None)
@given(st.lists(_FIGURES, max_size=12))
def test_the_front_beats_or_equals_every_point(given_: list[tuple[int, int, int]]) -> None:
    points = [point(*figures) for figures in given_]
    kept = front(points)
    for one in points:
        assert any(k.found >= one.found and k.out_h <= one.out_h and k.km <= one.km for k in kept)
    for one in kept:
        assert not any(
            (k.found, -k.out_h, -k.km) != (one.found, -one.out_h, -one.km)
            and k.found >= one.found
            and k.out_h <= one.out_h
            and k.km <= one.km
            for k in kept
        )


def test_the_front_is_the_same_twice_and_goes_from_little_to_much() -> None:
    varied = front_variations(district())
    assert ByPrice(0.5, 0.0, 0) in varied

    def figures(which: tuple[Variation, ...]) -> list[tuple[float, float, float]]:
        made = front(list(outcomes(district(), which, stop=few, seed=3)))
        return [(one.found, one.out_h, one.km) for one in made]

    once = figures(varied)
    assert once == figures(varied)
    assert len(once) >= 3
    assert [hours for _, hours, _ in once] == sorted(hours for _, hours, _ in once)


def test_the_front_trades_hours_for_kilometres() -> None:
    """With the price of an hour alone nobody would take the slow short road."""
    problem = two_roads()
    varied = [one for one in front_variations(problem) if one.km > 0.0 or one.travel_h > 0.0]
    by_hours = [one for one in varied if one.km == 0.0]
    made = front(list(outcomes(problem, varied, stop=few)))
    hours = {round(one.km): one.travel_h for one in made if one.found == 0.5}
    assert hours.keys() == {30, 12}
    assert hours[12] > hours[30]
    assert {round(one.km) for one in outcomes(problem, by_hours, stop=few)} == {30}
