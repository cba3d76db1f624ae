"""A debtor whom a plan does not know is taken in for an urgent lead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np
import pytest

from geo.localtime import moment_at
from routes.calendar import WorkCalendar
from routes.errors import ReplanError
from routes.locating import default_parameters
from routes.model import CaseId, CaseStatus, Grade
from routes.planning import Deadline, MaxIterations, solve
from routes.planning.begun import carried_over
from routes.planning.disturbances import HomeNow
from routes.planning.late_leads import taken_in
from routes.planning.policy import default_policy
from routes.planning.problem import EscortMode, Plan, PlanFinding, Problem
from routes.planning.replan import Replanned, replan
from routes.planning.roads_now import roads_now
from routes.planning.validate import violations
from tests.fakes import MemoryCases
from tests.routes.planning.test_prepare import (
    DAY,
    PROFILE,
    Halves,
    Plain,
    _build,
    _case,
    _claim,
    _field,
    _store,
)

_NOW_S, _UNTIL_S = 8 * 3600, 11 * 3600 + 1800
_LEAD = HomeNow("D2", _UNTIL_S, 0.8)
_FIRST = ((_case(1)), (_claim(1),))


@cache
def _planned() -> tuple[Problem, Plan]:
    """Return a plan that knows the first debtor only."""
    problem = _build(_store(_FIRST)).problem
    return problem, solve(problem, stop=MaxIterations(20), seed=1)


def _in(
    problem: Problem, store: MemoryCases, lead: HomeNow = _LEAD, **more: Any
) -> tuple[Problem, Plan]:
    asked: dict[str, Any] = {
        "day": DAY,
        "now": moment_at(DAY, _NOW_S),
        "cases": store,
        "field": _field(),
        "travel": Plain(),
        "calendar": WorkCalendar(),
        "parameters": default_parameters(),
        "profile": PROFILE,
        "policy": default_policy(),
        "areas": Halves(),
    }
    plan = carried_over(_planned()[1], problem)
    return taken_in(problem, plan, lead, CaseId("C2"), **{**asked, **more})


def _anew(problem: Problem, plan: Plan) -> Replanned:
    made = replan(problem, plan, [_LEAD], now_day=DAY, now_s=_NOW_S, stop=MaxIterations(60), seed=1)
    assert violations(made.problem, made.plan) == ()
    return made


def _second(claims: Sequence[Any] = (), **changes: Any) -> MemoryCases:
    return _store(_FIRST, (_case(2, **changes), tuple(claims) or (_claim(2),)))


def test_a_debtor_of_the_store_is_visited_within_the_hours_of_the_lead() -> None:
    problem, _ = _planned()
    grown, plan = _in(problem, _second())
    assert {one.debtor for one in problem.options} == {"D1"}
    assert grown.options[: len(problem.options)] == problem.options
    assert violations(grown, plan) == ()
    made = _anew(grown, plan)
    debtor_of = {one.id: one.debtor for one in made.problem.options}
    (stop,) = (
        stop
        for route in made.plan.routes
        for stop in route.stops
        if debtor_of.get(stop.ref) == "D2"
    )
    assert _NOW_S <= stop.start_s <= _UNTIL_S


def test_a_lead_is_put_in_though_the_time_is_spent() -> None:
    grown, plan = _in(_planned()[0], _second())
    spent = Deadline(lambda: 9.0, begins_s=5.0, ends_s=8.0)
    made = replan(grown, plan, [_LEAD], now_day=DAY, now_s=_NOW_S, stop=spent, seed=1)
    assert violations(made.problem, made.plan) == ()
    assert any("-lead-" in stop.ref for route in made.plan.routes for stop in route.stops)


def test_the_roads_to_a_new_place_are_those_of_a_plan_made_afresh() -> None:
    problem, _ = _planned()
    travel = Plain()
    grown, _ = _in(problem, _second(), travel=travel)
    again = roads_now(grown, Plain(), calendar=WorkCalendar(), closures=())
    assert len(grown.places) == len(problem.places) + 1
    for one, other in zip(grown.matrices, again.matrices, strict=True):
        assert (one.profile, one.band) == (other.profile, other.band)
        np.testing.assert_array_equal(one.travel_s, other.travel_s)
        np.testing.assert_array_equal(one.length_m, other.length_m)


def test_an_escort_is_asked_for_where_the_rules_want_one() -> None:
    problem, _ = _planned()
    grown, plan = _in(problem, _second(grade=Grade.BLACK))
    own = [one for one in grown.options if one.debtor == "D2"]
    assert {(one.escort, one.escort_stations) for one in own} == {(EscortMode.AT_DOOR, ("P1",))}
    made = _anew(grown, plan)
    assert "P1" in {stop.escort_station for route in made.plan.routes for stop in route.stops}
    bare = replace(problem, escort_stations=())
    assert [one.id for one in _in(bare, _second(grade=Grade.BLACK))[0].escort_stations] == ["P1"]


def test_what_barred_the_debtor_before_and_does_no_more_is_forgotten() -> None:
    problem, _ = _planned()
    old = PlanFinding("A3", "block", "debtor:D2", "暂缓", "本院规则")
    grown, _ = _in(replace(problem, blocked=(old,)), _second())
    assert grown.blocked == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": CaseStatus.SETTLED}, r"规则 \w+ 禁止走访被执行人 D2：.+请在案件页按提示补正"),
        ({"status": CaseStatus.ENDED}, "已经结案"),
    ],
)
def test_whom_no_rule_lets_be_visited_is_refused_with_the_finding(
    changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ReplanError, match=said):
        _in(_planned()[0], _second(**changes))


def test_without_a_door_or_a_lawful_hour_there_is_no_visit() -> None:
    problem, _ = _planned()
    with pytest.raises(ReplanError, match="没有可以前往的地址"):
        _in(problem, _second([_claim(2, place=None)]))
    early = datetime(2026, 11, 25, 21, 0, tzinfo=UTC)  # 05:00
    with pytest.raises(ReplanError, match="没有合法可走访的时段"):
        _in(problem, _second(), HomeNow("D2", 5 * 3600 + 60, 0.8), now=early)
