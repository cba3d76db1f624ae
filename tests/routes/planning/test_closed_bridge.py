"""A river with one bridge and a long way round, on the engine itself."""

from __future__ import annotations

from datetime import date

import pytest
import shapely
from shapely import Polygon

from geo.localtime import moment_at
from geo.model import Point, TrafficDay
from geo.roadtags import RoadClass
from geo.travel import RoadEngine, load_engine
from geo.travel.closures import Closure
from routes.model import Team, TeamId
from routes.planning import MaxIterations, solve
from routes.planning.cutoff import cut_off_places
from routes.planning.journeys import conditions_at, travel_bands, travel_matrices
from routes.planning.problem import (
    Option,
    Plan,
    PlanPlace,
    PlanTeam,
    Problem,
    UnassignedReason,
    WorkShift,
)
from routes.planning.validate import violations
from tests.geo.roads import LAT, LON, STEP, network_of

DAY, NEXT_DAY = date(2026, 11, 26), date(2026, 11, 27)
WEST, BRIDGE_WEST, BRIDGE_EAST, EAST, NORTH_WEST, NORTH_EAST, ISLAND = range(7)
SPOTS = [(0.0, 0.0), (5.0, 0.0), (6.0, 0.0), (11.0, 0.0), (0.0, 30.0), (11.0, 30.0), (11.0, -5.0)]
ROADS = [
    (WEST, BRIDGE_WEST, RoadClass.SECONDARY, "=", False),
    (BRIDGE_WEST, BRIDGE_EAST, RoadClass.SECONDARY, "=", False),
    (BRIDGE_EAST, EAST, RoadClass.SECONDARY, "=", False),
    (WEST, NORTH_WEST, RoadClass.SECONDARY, "=", False),
    (NORTH_WEST, NORTH_EAST, RoadClass.SECONDARY, "=", False),
    (NORTH_EAST, EAST, RoadClass.SECONDARY, "=", False),
    (EAST, ISLAND, RoadClass.SECONDARY, "=", False),
]
CREW = Team(TeamId("t"), "一组", 3, frozenset(), "car", Point(LON, LAT))


@pytest.fixture(scope="module")
def engine() -> RoadEngine:
    return load_engine(network_of(SPOTS, ROADS))


def _box(west: float, south: float, east: float, north: float) -> Polygon:
    return shapely.box(LON + west * STEP, LAT + south * STEP, LON + east * STEP, LAT + north * STEP)


def _shut(begin_h: float, end_h: float | None, area: Polygon, reason: str = "桥梁维修") -> Closure:
    end = None if end_h is None else moment_at(DAY, int(end_h * 3600))
    return Closure("c", reason, moment_at(DAY, int(begin_h * 3600)), end, area=area)


BRIDGE = _box(5.2, -2, 5.8, 2)
DAM = _box(10, -3, 12, -2)


def _problem(
    engine: RoadEngine, *closures: Closure, begin_h: int = 8, days: tuple[date, ...] = (DAY,)
) -> Problem:
    names = {"base": WEST, "east": EAST, "island": ISLAND}
    places = tuple(
        PlanPlace(name, LON + SPOTS[spot][0] * STEP, LAT + SPOTS[spot][1] * STEP)
        for name, spot in names.items()
    )
    shifts = tuple(
        WorkShift(f"s{day}", "t", day, begin_h * 3600, 18 * 3600, "base", "base") for day in days
    )
    traffic = dict.fromkeys(days, TrafficDay.WORKDAY)
    bands, conditions = travel_bands(shifts, traffic, closures)
    matrices = travel_matrices(
        engine, places, conditions, [CREW], stations=(), advance=lambda: None
    )
    return Problem(
        "P",
        places,
        bands,
        matrices,
        (PlanTeam("t", 3, frozenset(), "car"),),
        shifts,
        tuple(
            Option(f"{name}-{day}", name, name, day, begin_h * 3600, 17 * 3600, 600, 1.0, 0.5)
            for day in days
            for name in ("east", "island")
        ),
        cut_off=cut_off_places(engine, places, bands, conditions, matrices, shifts, [CREW]),
    )


def _solved(problem: Problem) -> Plan:
    plan = solve(problem, stop=MaxIterations(50), seed=1)
    assert violations(problem, plan) == ()
    return plan


def test_the_bridge_is_used_outside_its_hours_and_the_way_round_within(engine: RoadEngine) -> None:
    problem = _problem(engine, _shut(10, 12, BRIDGE))
    length_m = {m.band: m.length_m[0, 1] for m in problem.matrices}
    assert set(length_m) == {"morning_peak", "midday", "midday closed-1", "evening_peak"}
    assert length_m.pop("midday closed-1") > 3 * max(length_m.values())
    for hour, crosses in ((9.0, True), (9.6, False), (11.9, False), (12.0, True), (17.0, True)):
        second = int(hour * 3600)
        held = conditions_at(
            DAY, second, traffic=TrafficDay.WORKDAY, closures=[_shut(10, 12, BRIDGE)]
        )
        path = engine.with_closures(held.closures).path(
            CREW.base,
            Point(LON + 11 * STEP, LAT),
            profile="car",
            band=held.band,
            day=held.day,
        )
        assert path is not None
        assert shapely.intersects(BRIDGE, shapely.LineString(path.lonlat)) == crosses


def test_a_plan_takes_the_way_round_only_where_the_bridge_is_closed(engine: RoadEngine) -> None:
    shut = _shut(6, 20, BRIDGE)
    (free,), (within,), (after,) = (
        _solved(_problem(engine, *closures, days=days)).routes
        for closures, days in (((), (DAY,)), ((shut,), (DAY,)), ((shut,), (NEXT_DAY,)))
    )
    assert len(free.stops) == len(within.stops) == 2
    assert within.length_m > 3 * free.length_m
    assert after.length_m == free.length_m
    two_days = _problem(engine, shut, days=(DAY, NEXT_DAY))
    for route in _solved(two_days).routes:
        assert route.length_m > 3 * free.length_m or route.day == NEXT_DAY


def test_a_closure_until_it_is_lifted_cuts_off_and_is_told(engine: RoadEngine) -> None:
    problem = _problem(engine, _shut(6, None, DAM, "溃坝"), _shut(6, None, BRIDGE))
    assert [(cut.place, cut.day, cut.reason) for cut in problem.cut_off] == [
        ("island", DAY, "溃坝")
    ]
    plan = _solved(problem)
    assert [(one.ref, one.reason, one.detail) for one in plan.unassigned] == [
        ("island", UnassignedReason.CLOSED, "溃坝")
    ]
    assert [stop.ref for stop in plan.routes[0].stops] == [f"east-{DAY}"]


def test_closures_that_cut_off_together_are_told_together(engine: RoadEngine) -> None:
    north = _box(4, 28, 6, 32)
    problem = _problem(engine, _shut(6, None, north, "塌方"), _shut(6, None, BRIDGE))
    assert {cut.reason for cut in problem.cut_off} == {"塌方；桥梁维修"}
    assert {cut.place for cut in problem.cut_off} == {"east", "island"}
    assert {one.reason for one in _solved(problem).unassigned} == {UnassignedReason.CLOSED}


def test_a_team_waits_where_only_the_hour_keeps_it(engine: RoadEngine) -> None:
    problem = _problem(engine, _shut(6, 11, _box(-1, -1, 1, 1), "积水"))
    (route,) = _solved(problem).routes
    assert route.leave_s >= 11 * 3600
    assert len(route.stops) == 2


def test_closures_that_cut_off_together_are_told_and_no_others(engine: RoadEngine) -> None:
    north, aside = _box(5, 28, 6, 34), _box(-0.5, 10, 0.5, 11)
    both = _shut(6, None, BRIDGE), _shut(6, None, north, "滑坡")
    beside = _shut(6, None, _box(12, 28, 13, 30), "无关")
    problem = _problem(engine, *both, beside)
    told = {cut.place: cut.reason for cut in problem.cut_off}
    assert told == {"east": "桥梁维修；滑坡", "island": "桥梁维修；滑坡"}
    twice = _problem(engine, *both, _shut(6, None, aside, "积水"))
    assert {cut.place: cut.reason for cut in twice.cut_off} == dict.fromkeys(
        ("east", "island"), "桥梁维修"
    )  # north and aside lie on one way round: none of them is needed
