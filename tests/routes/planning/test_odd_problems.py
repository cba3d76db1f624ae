"""Problems at the edge of sense: a valid plan, maybe empty and with reasons, or a clear error."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from routes.errors import ProblemError
from routes.planning import Deadline, Engine, MaxIterations, solve
from routes.planning.bound import upper_bound
from routes.planning.formats import (
    problem_from_json,
    problem_to_json,
    read_problem,
    write_problem,
)
from routes.planning.problem import (
    Break,
    Matrix,
    Option,
    Plan,
    PlanDuty,
    PlanFinding,
    Prices,
    Problem,
    Stop,
    StopKind,
    TimeBand,
    UnassignedReason,
)
from routes.planning.validate import violations
from tests.routes.planning.samples import DAY, NEXT, district, district_plan

_EVERY = tuple(Engine)


def changed(problem: Problem, field: str, position: int, **changes: Any) -> Problem:
    rows = list(getattr(problem, field))
    rows[position] = replace(rows[position], **changes)
    return replace(problem, **{field: tuple(rows)})


def plain() -> Problem:
    """Return the district with nothing begun and nobody barred."""
    return replace(district(), frozen=(), blocked=())


def planned(problem: Problem, engine: Engine = Engine.ALNS) -> Plan:
    plan = solve(problem, stop=MaxIterations(40), seed=1, engine=engine)
    assert violations(problem, plan) == ()
    bound = upper_bound(problem, stop=MaxIterations(2), plan=plan)
    assert plan.value - plan.price <= bound.value + 1e-9
    return plan


def reasons(plan: Plan) -> dict[str, str]:
    return {item.ref: item.reason for item in plan.unassigned}


@pytest.mark.parametrize("engine", _EVERY)
def test_no_debtor_leaves_the_duties(engine: Engine) -> None:
    plan = planned(replace(plain(), options=(), sets=()), engine)
    assert {stop.ref for route in plan.routes for stop in route.stops if stop.ref} <= {
        "q1",
        "q2",
        "q3",
    }


@pytest.mark.parametrize("engine", _EVERY)
def test_nothing_to_do_is_an_empty_plan(engine: Engine) -> None:
    plan = planned(replace(plain(), options=(), sets=(), duties=()), engine)
    assert (plan.routes, plan.unassigned, plan.value) == ((), (), 0.0)


@pytest.mark.parametrize("engine", _EVERY)
def test_one_debtor_is_visited(engine: Engine) -> None:
    only = tuple(option for option in plain().options if option.debtor == "d5")
    plan = planned(replace(plain(), options=only, sets=(), duties=()), engine)
    assert sum(len(route.stops) for route in plan.routes if any(s.ref for s in route.stops)) >= 1
    assert plan.unassigned == ()


@pytest.mark.parametrize("engine", _EVERY)
def test_without_teams_everybody_is_left_out_with_a_reason(engine: Engine) -> None:
    duties = tuple(replace(duty, teams=()) for duty in plain().duties)
    plan = planned(replace(plain(), teams=(), shifts=(), duties=duties), engine)
    assert plan.routes == ()
    assert set(reasons(plan)) >= {f"d{k}" for k in range(24)} | {"q1", "q2", "q3"}


def test_a_duty_that_nobody_can_reach_is_told() -> None:
    problem = changed(plain(), "duties", 1, place="p24")
    assert reasons(planned(problem))["q2"] == UnassignedReason.TOO_FAR
    problem = changed(plain(), "duties", 1, window_start_s=0, window_end_s=3600)
    assert "q2" in reasons(planned(problem))
    problem = changed(plain(), "duties", 2, min_officers=9)
    assert reasons(planned(problem))["q3"] == UnassignedReason.NO_SKILL


def test_a_team_whose_shift_is_outside_every_window_stays_at_home() -> None:
    problem = changed(plain(), "shifts", 0, start_s=80_000, end_s=86_000, breaks=())
    plan = planned(problem)
    assert all(route.shift != "s1" for route in plan.routes)


def test_a_window_before_the_shift_is_no_hour() -> None:
    only = tuple(
        replace(option, window_start_s=0, window_end_s=3_600)
        for option in plain().options
        if option.debtor == "d5"
    )
    plan = planned(replace(plain(), options=only, sets=(), duties=()))
    assert plan.routes == ()
    assert reasons(plan)["d5"] == UnassignedReason.NO_HOUR


def test_a_place_without_a_road_is_told() -> None:
    plan = planned(plain())
    at = {option.debtor for option in plain().options if option.place == "p24"}
    elsewhere = {o.debtor for o in plain().options if o.debtor in at and o.place != "p24"}
    for debtor in at - elsewhere:
        assert reasons(plan)[debtor] == UnassignedReason.TOO_FAR


@pytest.mark.parametrize("value", [-1.0, math.nan, math.inf])
def test_a_value_must_be_a_number_from_zero_on(value: float) -> None:
    with pytest.raises(ProblemError, match=r"options\[7\]\.value"):
        changed(plain(), "options", 7, value=value)


_WRONG: tuple[tuple[str, Callable[[], object], str], ...] = (
    ("window", lambda: changed(plain(), "options", 3, window_start_s=9_000, window_end_s=8_000),
     r"options\[3\]"),
    ("service", lambda: changed(plain(), "options", 3, service_s=-1), r"options\[3\]\.service_s"),
    ("chance", lambda: changed(plain(), "options", 3, p_found=1.5), r"options\[3\]\.p_found"),
    ("place", lambda: changed(plain(), "options", 3, place="nowhere"), r"options\[3\]\.place"),
    ("shift", lambda: changed(plain(), "shifts", 1, start_s=50_000, end_s=40_000), r"shifts\[1\]"),
    ("team", lambda: changed(plain(), "shifts", 1, team="nobody"), r"shifts\[1\]\.team"),
    ("travel", lambda: changed(plain(), "matrices", 0, travel_s=np.full((25, 25), -1.0)),
     r"matrices\[0\]\.travel_s"),
    ("length", lambda: changed(plain(), "matrices", 1,
                               length_m=np.where(np.eye(25) > 0.0, 0.0, math.inf)),
     r"matrices\[1\]\.length_m"),
    ("price", lambda: replace(plain(), prices=replace(plain().prices, travel_h=math.nan)),
     r"prices\.travel_h"),
)  # fmt: skip


@pytest.mark.parametrize(("make", "path"), [row[1:] for row in _WRONG], ids=[r[0] for r in _WRONG])
def test_what_makes_no_sense_is_named(make: Callable[[], object], path: str) -> None:
    with pytest.raises(ProblemError, match=path):
        make()


def test_a_frozen_beginning_that_turns_in_time_is_refused() -> None:
    route = next(route for route in district_plan().routes if len(route.stops) > 2)
    turned = replace(route, stops=(route.stops[1], route.stops[0]))
    with pytest.raises(ProblemError, match=r"frozen\[0\]\.stops\[1\]"):
        replace(plain(), frozen=(turned,))
    twice = replace(route, stops=(route.stops[0], route.stops[0]))
    with pytest.raises(ProblemError, match=r"frozen\[0\]\.stops\[1\]"):
        replace(plain(), frozen=(twice,))


def test_a_frozen_beginning_that_comes_back_is_refused() -> None:
    route = next(route for route in district_plan().routes if len(route.stops) > 2)
    first = route.stops[0]
    later_s = 50_000
    again = replace(
        first, arrival_s=later_s, start_s=later_s, departure_s=later_s + 600, frozen=True
    )
    with pytest.raises(ProblemError, match=r"frozen\[0\]\.stops\[1\]\.ref"):
        replace(plain(), frozen=(replace(route, stops=(first, again)),))
    once = replace(route, stops=(first,))
    with pytest.raises(ProblemError, match=r"frozen\[0\]\.stops\[0\]\.second"):
        replace(plain(), frozen=(replace(route, stops=(replace(first, second=True),)),))
    with pytest.raises(ProblemError, match=r"frozen\[1\]\.shift"):
        replace(plain(), frozen=(once, once))
    with pytest.raises(ProblemError, match=r"frozen\[0\]\.team"):
        replace(plain(), frozen=(replace(once, team="t3"),))


def begun(*stops: Stop, **changes: Any) -> Problem:
    """Return the district with a frozen beginning of its first shift, its only visit by default."""
    (route,) = district().frozen
    return replace(plain(), frozen=(replace(route, stops=stops or route.stops, **changes),))


def visit(**changes: Any) -> Stop:
    return replace(district().frozen[0].stops[0], **changes)


def later(ref: str, place: str) -> Stop:
    return visit(ref=ref, place=place, arrival_s=36_000, start_s=36_000, departure_s=37_500)


_NEVER_BEGUN: tuple[tuple[str, Callable[[], object], str], ...] = (
    ("day", lambda: begun(day=NEXT), r"frozen\[0\]\.day"),
    ("leaving", lambda: begun(leave_s=30_901), r"frozen\[0\]\.leave_s"),
    ("station", lambda: begun(visit(escort_station="nowhere")),
     r"frozen\[0\]\.stops\[0\]\.escort_station"),
    ("fetch", lambda: begun(visit(kind=StopKind.PICK_UP)),
     r"frozen\[0\]\.stops\[0\]\.escort_station"),
    ("place", lambda: begun(visit(place="p2")), r"frozen\[0\]\.stops\[0\]\.place"),
    ("duty's place", lambda: begun(visit(), replace(later("q3", "p4"), kind=StopKind.DUTY)),
     r"frozen\[0\]\.stops\[1\]\.place"),
    ("visit as a duty", lambda: begun(visit(kind=StopKind.DUTY)),
     r"frozen\[0\]\.stops\[0\]\.kind"),
    ("visit as a rest", lambda: begun(visit(kind=StopKind.BREAK)),
     r"frozen\[0\]\.stops\[0\]\.kind"),
    ("duty as a visit", lambda: begun(visit(), later("q3", "p3")),
     r"frozen\[0\]\.stops\[1\]\.kind"),
    ("duty as a fetch", lambda: begun(visit(), replace(later("q3", "p3"), kind=StopKind.PICK_UP)),
     r"frozen\[0\]\.stops\[1\]\.kind"),
    ("barred", lambda: replace(begun(), blocked=(
        PlanFinding("N2", "block", "debtor:d1", "守信名单，不走访", "本院规则"),)),
     r"frozen\[0\]\.stops\[0\]\.ref.*N2"),
    ("twice", lambda: begun(visit(), later("o25", "p0")), r"frozen\[0\]\.stops\[1\]\.ref.*d1"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("make", "path"), [row[1:] for row in _NEVER_BEGUN], ids=[row[0] for row in _NEVER_BEGUN]
)
def test_a_frozen_beginning_that_nobody_can_have_made_is_named(
    make: Callable[[], object], path: str
) -> None:
    with pytest.raises(ProblemError, match=path):
        make()


def test_what_can_have_been_begun_is_kept() -> None:
    """What is named above stands where it is as it should be."""
    rest = Stop(StopKind.BREAK, "", "p1", 41_400, 41_400, 45_000, frozen=True)
    duty = replace(later("q3", "p3"), kind=StopKind.DUTY, value=0.0)
    for problem in (begun(), begun(leave_s=30_900), begun(visit(), rest), begun(visit(), duty)):
        planned(problem)


@pytest.mark.parametrize("engine", _EVERY)
@pytest.mark.parametrize("minutes", [60, 240, 300, 600])
def test_a_rest_that_the_shift_cannot_hold_is_taken_at_the_base(
    engine: Engine, minutes: int
) -> None:
    """It ends the team's day, however long it is: what comes before it is still worth a day."""
    shifts = tuple(
        replace(shift, breaks=(Break(41_400, 46_800, 60 * minutes),)) for shift in plain().shifts
    )
    problem = replace(plain(), shifts=shifts, duties=())
    plan = planned(problem, engine)
    assert plan.value > 20.0
    if minutes == 600:
        assert all(route.return_s <= 46_800 for route in plan.routes)


def test_of_two_rests_that_no_shift_holds_together_one_is_taken_at_the_base() -> None:
    rests = (Break(41_400, 46_800, 14_400), Break(57_600, 57_600, 7_200))
    for breaks in (rests, rests[::-1]):
        shifts = tuple(replace(shift, breaks=breaks) for shift in plain().shifts)
        assert planned(replace(plain(), shifts=shifts, duties=())).value > 20.0


def test_a_number_too_large_is_named() -> None:
    form = problem_to_json(plain())
    form["options"][3]["service_s"] = 10**30
    with pytest.raises(ProblemError, match="service_s"):
        problem_from_json(form)
    far = np.where(np.eye(25) > 0, 0.0, 1e300)
    with pytest.raises(ProblemError, match=r"matrices\[0\]\.travel_s"):
        changed(plain(), "matrices", 0, travel_s=far)


def test_half_a_sign_is_refused_at_reading(tmp_path: Path) -> None:
    path = tmp_path / "problem.json"
    write_problem(plain(), path)
    broken = path.read_text(encoding="utf-8").replace('"district"', '"\\ud800"', 1)
    path.write_text(broken, encoding="utf-8")
    with pytest.raises(ProblemError, match=r"problem\.json"):
        read_problem(path)


def one_door(early_s: float, late_s: float, *, changes_s: int) -> Problem:
    """Return one visit at eleven, whose way takes so long before and after some second."""
    early, late = (np.array([[0.0, s], [s, 0.0]]) for s in (early_s, late_s))
    length_m = np.where(np.eye(2) > 0.0, 0.0, 6_000.0)
    base = crowd(1)
    return replace(
        base,
        bands=(TimeBand("peak", 0, changes_s), TimeBand("calm", changes_s, 86_400)),
        matrices=(Matrix("car", "peak", early, length_m), Matrix("car", "calm", late, length_m)),
        options=(replace(base.options[0], window_start_s=39_600, window_end_s=40_000, value=30.0),),
        prices=Prices(travel_h=20.0),
    )


def test_a_wait_for_a_closed_road_is_taken_at_the_base() -> None:
    """A road that opens at ten costs its way, not the hours before."""
    plan = planned(one_door(math.inf, 600.0, changes_s=36_000))
    assert plan.value == 30.0
    assert plan.price == pytest.approx(20.0 * 1_200 / 3_600)


def test_a_team_leaves_when_the_way_is_shortest() -> None:
    (route,) = planned(one_door(600.0, 3_000.0, changes_s=34_200)).routes
    assert route.leave_s == 34_199
    assert route.travel_s == 600 + 3_000


def crowd(count: int, *, window_s: int = 3_600) -> Problem:
    """Return so many debtors at one point, and an hour in which they may be visited."""
    n = 2
    still = np.array([[0.0, 600.0], [600.0, 0.0]])
    base = plain()
    return replace(
        base,
        places=base.places[:n],
        matrices=tuple(Matrix("car", name, still, still * 10.0) for name in ("peak", "calm")),
        teams=base.teams[:1],
        shifts=(replace(base.shifts[0], breaks=(), start_place="p0", end_place="p0"),),
        options=tuple(
            Option(
                f"o{k}", f"d{k}", "p1", DAY, 36_000, 36_000 + window_s, 600, 1.0 + k % 9, 0.5,
                "morning", frozenset({"licence"}), 2, claim=f"c{k}",
            )
            for k in range(count)
        ),
        duties=(),
        escort_stations=(),
        blocked=(),
        sets=(),
    )  # fmt: skip


def test_ten_thousand_debtors_at_one_point() -> None:
    problem = crowd(10_000)
    plan = planned(problem)
    assert [stop.value for route in plan.routes for stop in route.stops] == [9.0] * 7
    assert len(plan.unassigned) == 10_000 - 7


def test_a_daylight_of_one_minute_holds_one_visit() -> None:
    plan = planned(crowd(20, window_s=60))
    assert [stop.value for route in plan.routes for stop in route.stops] == [9.0]


@pytest.mark.parametrize("engine", _EVERY)
def test_a_stop_of_no_second_leaves_a_valid_plan(engine: Engine) -> None:
    stop = Deadline(lambda: 1.0, begins_s=1.0, ends_s=1.0)
    plan = solve(plain(), stop=stop, seed=1, engine=engine)
    assert violations(plain(), plan) == ()
    assert plan.value > 0.0


def test_a_duty_longer_than_the_day_is_told() -> None:
    problem = changed(plain(), "duties", 1, service_s=80_000)
    assert "q2" in reasons(planned(problem))


def test_duties_that_exclude_each_other_leave_one() -> None:
    twin = PlanDuty("q9", "checkpoint", "p12", DAY, 54_000, 54_000, 5_400, teams=("t2",))
    plan = planned(replace(plain(), duties=(plain().duties[0], twin)))
    assert len(set(reasons(plan)) & {"q1", "q9"}) == 1
