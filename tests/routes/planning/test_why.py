"""Why this visit, why now, why not that debtor: each stated relaxation is tried here again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routes.planning import MaxIterations, solve
from routes.planning.at_hand import AtHand
from routes.planning.problem import Option, Plan, Problem, StopKind, UnassignedReason
from routes.planning.terms import Task, Terms, by_one_stop
from routes.planning.validate import violations
from routes.planning.ways_in import entered, ways_in
from routes.planning.why import WhyNot, why_not, why_visit
from routes.planning.why_relaxations import Lever, under
from routes.planning.why_search import Way
from tests.routes.planning.insertion_oracle import enters, holds, on_minutes
from tests.routes.planning.oracle import optimum, worth
from tests.routes.planning.probes import enters_at_some_minute
from tests.routes.planning.test_reasons import tight_problems
from tests.routes.strategies import problems

_FEW = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def emptied(problem: Problem, plan: Plan, data: st.DataObject) -> Plan:
    """Return a plan without some of its stops, so that there is something to explain."""
    at = AtHand(Terms.of(problem, ()), plan)
    for route in plan.routes:
        lane = at.lane(route.shift)
        gone = data.draw(st.integers(0, len(lane.items)))
        if gone < len(lane.items):
            less = lane.without(gone, gone + 1)
            plan = at.with_route(route.shift, less.route())
            at = AtHand(Terms.of(problem, ()), plan)
    return plan


def tasks_of(problem: Problem, ref: str) -> list[Task]:
    tasks: list[Task] = [one for one in problem.options if one.debtor == ref]
    return tasks or [one for one in problem.duties if one.id == ref]


def same_others(plan: Plan, way: Way) -> bool:
    """Return whether all stops of a plan stand in the same order in the plan with the visit."""
    later = {route.shift: route for route in way.entry.plan.routes}
    before = {route.shift: [s.ref for s in route.stops if s.is_work] for route in plan.routes}
    gone = {way.entry.ref, *way.entry.out}
    return all(
        [s.ref for s in later[shift].stops if s.is_work and s.ref != way.entry.ref]
        == [ref for ref in refs if ref not in gone]
        for shift, refs in before.items()
    )


def proved(problem: Problem, plan: Plan, why: WhyNot) -> None:
    """Try each way: with it the visit enters, with one step less it does not."""
    tasks = tasks_of(problem, why.ref)
    terms = Terms.of(problem, tasks)
    for way in why.ways:
        assert violations(way.problem, way.entry.plan) == ()
        assert way.entry.ref in {s.ref for r in way.entry.plan.routes for s in r.stops}
        assert same_others(plan, way)
        duty = not isinstance(tasks[0], Option)
        assert duty or way.entry.gain >= -1e-9
        gain = way.entry.plan.value - way.entry.plan.price - (plan.value - plan.price)
        assert abs(way.entry.gain - gain) < 1e-6
        for k, one in enumerate(way.relaxations):
            kept = [*way.relaxations[:k], *way.relaxations[k + 1 :]]
            less = one.less()
            smaller = under(terms, kept if less is None else [*kept, less])
            priced = problem.prices.travel_h + problem.prices.km > 0.0
            if one.lever is not Lever.VALUE and not priced:
                relaxed = smaller.into_problem()
                assert not any(_enters(relaxed, plan, task) for task in smaller.tasks), one
            at = AtHand(smaller, plan)
            found = [entered(at, way).plan for way in ways_in(at)]
            now = plan.value - plan.price
            gains = [
                each.value - each.price - now
                for each in found
                if not violations(smaller.into_problem(), each)
            ]
            assert not gains or (not duty and max(gains) < 0.0), (one, way.relaxations)


def _enters(problem: Problem, plan: Plan, task: Task) -> bool:
    """Return whether a task enters: minute by minute, or by probes where teams are tied."""
    planned = (*problem.options, *problem.duties)
    counted = {one.id for one in problem.escort_stations if one.profile}
    if not counted and all(by_one_stop(one) for one in planned):
        return enters(problem, plan, task)
    if isinstance(task, Option) and counted.intersection(task.escort_stations):
        return False  # of officers whose way counts not every second is tried
    return enters_at_some_minute(problem, plan, task, Random(1), 60)


@_FEW
@given(problems(max_options=8, priced=False), st.data())
def test_a_stop_enters_where_it_does_minute_by_minute(
    problem: Problem, data: st.DataObject
) -> None:
    problem = on_minutes(problem)
    plan = emptied(problem, solve(problem, stop=MaxIterations(20), seed=1), data)
    for item in plan.unassigned:
        for task in tasks_of(problem, item.ref):
            at = AtHand(Terms.of(problem, [task]), plan)
            spots = list(at.spots())
            assert bool(spots) == enters(problem, plan, task)
            for spot in spots:
                assert violations(problem, at.entered(spot).plan) == ()


@_FEW
@given(problems(max_options=6, priced=False))
def test_each_relaxation_is_true_when_tried_and_none_smaller_is(problem: Problem) -> None:
    problem = on_minutes(problem)
    plan = solve(problem, stop=MaxIterations(20), seed=1)
    for item in plan.unassigned[:3]:
        if item.reason is not UnassignedReason.BLOCKED:
            proved(problem, plan, why_not(problem, plan, item.ref))


@_FEW
@given(problems(max_options=6))
def test_with_prices_a_visit_enters_only_for_what_it_brings(problem: Problem) -> None:
    problem = on_minutes(problem)
    plan = solve(problem, stop=MaxIterations(20), seed=1)
    for item in plan.unassigned[:3]:
        if item.reason is not UnassignedReason.BLOCKED:
            proved(problem, plan, why_not(problem, plan, item.ref))


@_FEW
@given(problems(max_options=5, max_duties=0, max_shifts=2, escorts=False, priced=False))
def test_a_relaxation_never_lowers_the_best_plan(problem: Problem) -> None:
    # the oracle sets out at once; roads are alike all day, so that it never pays to wait for one
    roads = problem.matrices[0]
    alike = tuple(
        replace(one, travel_s=roads.travel_s, length_m=roads.length_m) for one in problem.matrices
    )
    problem = on_minutes(replace(problem, matrices=alike))
    plan = solve(problem, stop=MaxIterations(50), seed=1)
    for item in plan.unassigned[:2]:
        if item.reason is not UnassignedReason.BLOCKED:
            for way in why_not(problem, plan, item.ref).ways:
                made = worth(way.problem, way.entry.plan)
                assert worth(problem, plan) - 1e-6 <= made <= optimum(way.problem) + 1e-6


@_FEW
@given(problems(max_options=8), st.data())
def test_a_stop_moves_as_far_as_is_said_and_no_further(
    problem: Problem, data: st.DataObject
) -> None:
    problem = on_minutes(problem)
    plan = emptied(problem, solve(problem, stop=MaxIterations(20), seed=1), data)
    for route in plan.routes:
        shift = next(one for one in problem.shifts if one.id == route.shift)
        lane = AtHand(Terms.of(problem, ()), plan).lane(route.shift)
        for k, item in enumerate(lane.items):
            if item.kind is not StopKind.VISIT:
                continue
            why = why_visit(problem, plan, item.ref)
            for limit, step in ((why.earliest, -60), (why.latest, 60)):
                assert holds(problem, plan, shift, item.ref, limit.at_s)
                assert not holds(problem, plan, shift, item.ref, limit.at_s + step)
                fixed = replace(item, starts=((limit.at_s, limit.at_s),))
                moved = lane.without(k, k + 1).with_item(k, fixed).route()
                at = AtHand(Terms.of(problem, ()), plan)
                assert violations(problem, at.with_route(route.shift, moved)) == ()


def test_what_two_teams_do_and_whom_they_fetch_enters_by_what_is_relaxed() -> None:
    seen = Counter[str]()

    @settings(_FEW, max_examples=50)
    @given(tight_problems(), st.sampled_from([(0.0, 0.0), (1.0, 0.0), (0.0, 0.05)]))
    def each(problem: Problem, prices: tuple[float, float]) -> None:
        travel_h, km = prices
        problem = replace(problem, prices=replace(problem.prices, travel_h=travel_h, km=km))
        plan = solve(problem, stop=MaxIterations(20), seed=1)
        joint = {one.id for one in problem.options if not by_one_stop(one)}
        for item in plan.unassigned[:2]:
            why = why_not(problem, plan, item.ref)
            proved(problem, plan, why)
            own = (way for way in why.ways if way.entry.ref in joint)
            seen.update(str(one.lever) for way in own for one in way.relaxations)

    each()
    assert seen.keys() >= {"shift_end", "team", "escort"}, seen
