"""The bound: never below the best plan, near it where it can be, whenever it is stopped."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routes.planning import Deadline, Listener, MaxIterations, solve
from routes.planning.bound import Bound, Proof, upper_bound
from routes.planning.bound_master import Columns, Duals
from routes.planning.bound_network import Network
from routes.planning.bound_pricing import Pricer
from routes.planning.instance import compile_problem
from routes.planning.problem import (
    Break,
    EscortMode,
    EscortSlot,
    EscortStation,
    Matrix,
    Option,
    PlanDuty,
    PlanPlace,
    PlanTeam,
    Prices,
    Problem,
    Route,
    TimeBand,
    VisitSet,
    WorkShift,
)
from tests.routes.planning.oracle import duty_weight, optimum
from tests.routes.planning.samples import district, district_plan
from tests.routes.strategies import problems

_CALM = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
_DAY = date(2026, 1, 5)
_SLACK = 1e-6


def _bound(problem: Problem, rounds: int = 12) -> Bound:
    return upper_bound(problem, stop=MaxIterations(rounds))


@_CALM
@given(
    problems(max_options=5, max_duties=0, max_shifts=2, escorts=False), st.sampled_from([0, 1, 15])
)
def test_no_plan_is_worth_more(problem: Problem, rounds: int) -> None:
    assert _bound(problem, rounds).value >= optimum(problem) - _SLACK


@_CALM
@given(
    problems(max_options=5, max_duties=0, max_shifts=2, escorts=False),
    st.sampled_from([0.001, 0.1, 10.0]),
)
def test_no_plan_is_worth_more_where_kilometres_cost(problem: Problem, km: float) -> None:
    priced = replace(problem, prices=replace(problem.prices, km=km))
    assert _bound(priced).value >= optimum(priced) - _SLACK


@_CALM
@given(problems(max_options=4, max_duties=2, max_shifts=2, escorts=False))
def test_duties_that_the_plan_serves_take_time_in_the_bound(problem: Problem) -> None:
    plan = solve(problem, stop=MaxIterations(200), seed=1)
    bound = upper_bound(problem, stop=MaxIterations(15), plan=plan)
    assert bound.value >= plan.value - plan.price - _SLACK
    if len(bound.duties) == len(problem.duties):  # else the oracle may serve others
        assert bound.value >= optimum(problem) - len(bound.duties) * duty_weight(problem) - _SLACK


@_CALM
@given(problems(), st.integers(0, 3))
def test_no_found_plan_is_worth_more_with_escorts_and_prices(problem: Problem, seed: int) -> None:
    plan = solve(problem, stop=MaxIterations(100), seed=seed)
    assert upper_bound(problem, stop=MaxIterations(8)).value >= plan.value - plan.price - _SLACK
    bound = upper_bound(problem, stop=MaxIterations(8), plan=plan)
    assert bound.value >= plan.value - plan.price - _SLACK


def _begun(route: Route, stops: int) -> Route:
    kept = tuple(replace(stop, frozen=True) for stop in route.stops[:stops])
    return replace(route, stops=kept)


@_CALM
@given(problems(), st.data())
def test_frozen_stops_count_as_they_are(problem: Problem, data: st.DataObject) -> None:
    first = solve(problem, stop=MaxIterations(40), seed=1)
    frozen = tuple(
        _begun(route, data.draw(st.integers(1, len(route.stops)))) for route in first.routes
    )
    later = replace(problem, frozen=frozen)
    plan = solve(later, stop=MaxIterations(60), seed=2)
    bound = upper_bound(later, stop=MaxIterations(8), plan=plan)
    assert bound.value >= plan.value - plan.price - _SLACK


def _line(n: int, *, breaks: tuple[Break, ...] = (), shifts: int = 1) -> Problem:
    """Return debtors along a road, ten minutes apart, with an hour of work at each."""
    at = np.arange(n + 1, dtype=np.float64)
    travel_s = np.abs(at[:, None] - at[None, :]) * 600.0
    return Problem(
        id="line",
        places=tuple(PlanPlace(f"p{k}", 118.0, 24.0) for k in range(n + 1)),
        bands=(TimeBand("all", 0, 86400),),
        matrices=(Matrix("car", "all", travel_s, travel_s.copy()),),
        teams=(PlanTeam("t", 2, frozenset(), "car"),),
        shifts=tuple(
            WorkShift(f"s{k}", "t", _DAY, 28800, 43200, "p0", "p0", breaks) for k in range(shifts)
        ),
        options=tuple(
            Option(f"o{k}", f"d{k}", f"p{k}", _DAY, 28800, 43200, 3600, 10.0 + k, 0.5)
            for k in range(1, n + 1)
        ),
    )


def test_pricing_ends_where_the_best_to_hope_for_is_nothing() -> None:
    """A visit that is worth just its way, for a shift whose way home alone costs something."""
    travel_s = np.array([[0.0, 225.0, 225.0], [450.0, 0.0, 225.0], [0.0, 225.0, 0.0]])
    problem = replace(
        _line(2),
        matrices=(Matrix("car", "all", travel_s, travel_s.copy()),),
        prices=Prices(travel_h=1.0),
    )
    first = solve(replace(problem, options=problem.options[:1]), stop=MaxIterations(40), seed=1)
    begun = replace(problem, frozen=(_begun(first.routes[0], 1),))
    asked = iter(range(10_000))
    pricer = Pricer(
        Network.of(compile_problem(begun), frozenset()), lambda: next(asked, None) is None
    )
    duals = Duals(np.array([12.0 - 225.0 / 3600.0]), np.zeros(1))
    priced = pricer.price(0, duals, floor=0.0, keep=2, exact=False)
    assert priced is not None
    assert priced.upper == pytest.approx(0.125)


def test_it_is_met_where_one_shift_is_all() -> None:
    problem = _line(6)
    bound = upper_bound(problem, stop=MaxIterations(60))
    assert bound.proof is Proof.ROUTES
    assert bound.settled
    assert bound.value == pytest.approx(optimum(problem), rel=2e-3)


@pytest.mark.parametrize("service_s", [3607, 3600, 3001, 60])
def test_services_of_any_length_end_where_they_end(service_s: int) -> None:
    """Parts of the day are laid to services that have a length in common, and others are not."""
    problem = _line(6)
    options = tuple(replace(option, service_s=service_s) for option in problem.options)
    mixed = replace(problem, options=(replace(options[0], service_s=service_s + 1), *options[1:]))
    for like in (replace(problem, options=options), mixed):
        bound = upper_bound(like, stop=MaxIterations(60))
        assert bound.value == pytest.approx(optimum(like), rel=2e-3)
        assert bound.value >= optimum(like) - _SLACK


@pytest.mark.parametrize("most", [1, 10, 30])
def test_few_routes_at_hand_make_no_bound_wrong(most: int) -> None:
    """Routes that were let go are found again: what is proved rests on the prices alone."""
    whole = _line(14, shifts=2)
    problem = replace(
        whole,
        options=tuple(
            replace(option, service_s=1500, value=10.0 + 7 * k % 5)
            for k, option in enumerate(whole.options)
        ),
    )
    plan = solve(problem, stop=MaxIterations(300), seed=1)
    free = upper_bound(problem, stop=MaxIterations(40))
    assert free.columns > 30  # more than are kept
    bound = upper_bound(problem, stop=MaxIterations(40), most_routes=most)
    assert bound.value >= plan.value - _SLACK
    assert bound.columns <= most
    assert bound.proof is Proof.ROUTES
    assert bound.value <= free.value * 1.01 or most == 1


def test_the_routes_that_stay_are_those_of_the_answer() -> None:
    network = Network.of(compile_problem(_line(4)), frozenset())
    columns = Columns(network)
    for column in Pricer(network, lambda: False).singles(0):
        columns.add(column)
    duals = Duals(np.full(len(network.most), 100.0), np.zeros(1))
    answer = columns.solve(duals, 1.0)
    assert answer is not None
    value, duals, used = answer
    columns.trim(duals, len(columns) - 1)
    assert len(columns) < 4
    again = columns.solve(duals, 1.0)
    assert again is not None
    assert again[0] == pytest.approx(value)
    assert {column for column, _ in again[2]} == {column for column, _ in used}


def test_a_break_takes_time() -> None:
    rested = _line(6, breaks=(Break(34200, 37800, 3600),))
    bound = upper_bound(rested, stop=MaxIterations(60))
    assert bound.value == pytest.approx(optimum(rested), rel=2e-3)
    assert bound.value < upper_bound(_line(6), stop=MaxIterations(60)).value - 5.0


def test_a_second_shift_is_worth_no_more_than_what_is_left() -> None:
    problem = _line(5, shifts=2)
    bound = upper_bound(problem, stop=MaxIterations(60))
    assert bound.value == pytest.approx(optimum(problem), rel=5e-3)


def test_travel_at_its_price() -> None:
    problem = replace(_line(6), prices=Prices(travel_h=6.0))
    bound = upper_bound(problem, stop=MaxIterations(60))
    assert bound.value == pytest.approx(optimum(problem), rel=2e-3)


def test_the_roads_of_the_hour_count() -> None:
    problem = _line(6)
    slow = problem.matrices[0].travel_s * 3.0
    jammed = replace(
        problem,
        bands=(TimeBand("jam", 0, 36000), TimeBand("calm", 36000, 86400)),
        matrices=(
            Matrix("car", "jam", slow, slow.copy()),
            replace(problem.matrices[0], band="calm"),
        ),
    )
    bound = upper_bound(jammed, stop=MaxIterations(60))
    assert bound.value == pytest.approx(optimum(jammed), rel=2e-3)


def test_a_second_visit_is_worth_what_it_adds() -> None:
    problem = _line(1)
    again = replace(problem.options[0], id="again")
    twice = replace(
        problem,
        options=(*problem.options, again),
        sets=(VisitSet(("o1", "again"), 14.0, 0.7),),
    )
    assert upper_bound(twice, stop=MaxIterations(60)).value == pytest.approx(14.0, rel=2e-3)


def test_the_best_of_several_visits_is_counted_once() -> None:
    problem = _line(1)
    weak, weaker = (
        replace(problem.options[0], id=f"o{k}", value=v) for k, v in ((2, 4.0), (3, 3.0))
    )
    pairs = (VisitSet(("o1", "o2"), 12.0, 0.6), VisitSet(("o1", "o3"), 11.5, 0.55))
    more = (VisitSet(("o2", "o3"), 5.0, 0.5), VisitSet(("o3", "o1", "o2"), 12.25, 0.65))
    for sets, worth in ((pairs[:1], 12.0), ((*pairs, *more), 12.25)):
        tried = replace(problem, options=(*problem.options, weak, weaker), sets=sets)
        assert optimum(tried) == pytest.approx(worth)
        assert _bound(tried, 60).value == pytest.approx(worth, rel=2e-3)


def test_an_escort_that_is_not_on_duty_is_of_no_use() -> None:
    problem = _line(2)
    escorted = tuple(
        replace(option, escort=EscortMode.AT_DOOR, escort_stations=("e",))
        for option in problem.options
    )
    station = EscortStation("e", "p0", (EscortSlot(_DAY, 28800, 34200),))
    guarded = replace(problem, options=escorted, escort_stations=(station,))
    assert upper_bound(guarded, stop=MaxIterations(60)).value == pytest.approx(12.0, rel=2e-3)


def test_a_duty_counts_only_with_a_plan_that_serves_it() -> None:
    problem = _line(6)
    duty = PlanDuty("q", "hearing", "p1", _DAY, 30600, 32400, 7200)
    asked = replace(problem, duties=(duty,))
    free = upper_bound(asked, stop=MaxIterations(60))
    plan = solve(asked, stop=MaxIterations(100), seed=1)
    bound = upper_bound(asked, stop=MaxIterations(60), plan=plan)
    assert free.duties == ()
    assert bound.duties == ("q",)
    assert bound.value == pytest.approx(optimum(asked) - duty_weight(asked), rel=2e-3)
    assert free.value == pytest.approx(optimum(problem), rel=2e-3)


def test_overtime_lets_a_shift_last() -> None:
    problem = _line(6)
    longer = replace(problem, shifts=(replace(problem.shifts[0], overtime_s=3600),))
    assert _bound(longer, 60).value >= _bound(problem, 60).value + 5.0


def test_more_rounds_never_loosen_it() -> None:
    problem, plan = district(), district_plan()
    values = [
        upper_bound(problem, stop=MaxIterations(rounds), plan=plan).value for rounds in (0, 1, 10)
    ]
    assert values == sorted(values, reverse=True)
    assert values[-1] >= plan.value - plan.price


def test_a_run_without_time_takes_every_debtor_at_his_best() -> None:
    bound = upper_bound(_line(3), stop=Deadline.after(lambda: 0.0, 0.0))
    assert (bound.proof, bound.rounds, bound.columns) == (Proof.VALUES, 0, 0)
    assert bound.value == pytest.approx(36.0)


def test_the_same_rounds_give_the_same_bound() -> None:
    first, second = (
        upper_bound(district(), stop=MaxIterations(6), plan=district_plan()) for _ in range(2)
    )
    assert first == second


def test_nothing_to_plan_is_worth_nothing() -> None:
    problem = replace(_line(2), options=())
    assert upper_bound(problem, stop=MaxIterations(5)).value == pytest.approx(0.0, abs=1e-6)
    assert upper_bound(replace(_line(2), shifts=()), stop=MaxIterations(5)).value == pytest.approx(
        0.0, abs=1e-6
    )


def test_it_tells_how_far_it_is() -> None:
    class Heard(Listener):
        def __init__(self) -> None:
            self.bounds: list[float] = []
            self.rounds = 0

        def improved(self, *, iteration: int, best_value: float) -> None:
            self.bounds.append(best_value)

        def ended(self, *, iterations: int, best_value: float) -> None:
            self.rounds = iterations

    heard = Heard()
    bound = upper_bound(_line(6), stop=MaxIterations(60), listener=heard)
    assert heard.bounds == sorted(heard.bounds, reverse=True)
    assert heard.bounds[-1] == pytest.approx(bound.value)
    assert heard.rounds == bound.rounds
