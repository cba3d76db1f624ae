"""What has begun of visits with officers who are fetched, and of those that take two teams."""

from __future__ import annotations

import pytest

from routes.planning import MaxIterations, solve
from routes.planning.disturbances import (
    Disturbance,
    EscortCut,
    Paid,
    PromiseGone,
    TeamLate,
    TeamOut,
)
from routes.planning.problem import EscortMode, EscortSlot, EscortStation, StopKind
from routes.planning.replan import replan
from routes.planning.validate import violations
from tests.routes.planning.samples import DAY
from tests.routes.planning.test_why_cases import at, line, visit

_STOP = MaxIterations(100)


@pytest.mark.parametrize(
    "happened",
    [
        TeamOut("t"),
        TeamLate("t", 3000),
        Paid("d"),
        PromiseGone("d"),
        EscortCut("e", at("10:10"), 86400),
    ],
)
def test_a_visit_that_falls_away_after_its_officer_was_fetched_is_listed(
    happened: Disturbance,
) -> None:
    fetched = {"escort": EscortMode.PICK_UP, "escort_stations": ("e",)}
    problem = line(
        visit("d", "9:50", "10:30", 30, place="p5", **fetched),
        end="14:00",
        escort_stations=(EscortStation("e", "p3", (EscortSlot(DAY, at("8:00"), at("15:00")),)),),
    )
    plan = solve(problem, stop=_STOP, seed=1)
    fetch = plan.routes[0].stops[0]
    assert fetch.kind is StopKind.PICK_UP
    for now_s in (fetch.departure_s - 30, fetch.departure_s + 60):
        made = replan(problem, plan, [happened], now_day=DAY, now_s=now_s, stop=_STOP, seed=1)
        assert violations(made.problem, made.plan) == ()
        assert [one.ref for one in made.plan.unassigned] == ["d"]
