"""Times that a station proposes, against the stop's own window and what teams have besides."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest

from geo.localtime import moment_at
from routes.model import (
    ActionId,
    DebtorId,
    DutyBasis,
    DutyKind,
    EscortHours,
    SupportKind,
    SupportRequest,
    SupportState,
)
from routes.planning.problem import Plan, PlanDuty, Problem, Stop, StopKind
from tests.web.court import ACTION, DAYS, DUTY, NOW, checkpoints
from web.proposed_times import wrong_time
from web.services import Services

HOUR_S = 3600


@pytest.fixture
def problem(court: Services) -> Problem:
    held = court.store.problem(ACTION)
    assert held is not None
    return held


@pytest.fixture
def plan(court: Services) -> Plan:
    held = court.store.plan(ACTION)
    assert held is not None
    return held


def asked(
    ref: str, start_s: int, end_s: int, *, is_duty: bool, day: date = DAYS[0]
) -> SupportRequest:
    return SupportRequest(
        id="q1",
        action_id=ActionId(ACTION),
        station_id="PS-1",
        kind=SupportKind.CHECKPOINT if is_duty else SupportKind.ESCORT,
        ref=ref,
        starts_at=moment_at(day, start_s),
        ends_at=moment_at(day, end_s),
        state=SupportState.SENT,
        created_at=NOW,
        created_by="test",
        expires_at=moment_at(day, start_s),
        is_duty=is_duty,
    )


AT_DOOR = asked("v0", 31800, 33300, is_duty=False)
ON_DUTY = asked(DUTY, 50400, 54000, is_duty=True)


def wrong(court: Services, problem: Problem, plan: Plan, request: SupportRequest, at_s: int) -> str:
    found = wrong_time(court, problem, plan, request, moment_at(DAYS[0], at_s))
    return "" if found is None else str(found)


def test_the_window_of_a_checkpoint_is_the_stations_to_set(
    court: Services, problem: Problem, plan: Plan
) -> None:
    for at_s in (9 * HOUR_S, 50400, 16 * HOUR_S):
        assert wrong(court, problem, plan, ON_DUTY, at_s) == ""


@pytest.mark.parametrize("kind", [DutyKind.HEARING, DutyKind.HANDOVER, DutyKind.OTHER])
def test_the_window_of_any_other_duty_is_not(
    court: Services, problem: Problem, plan: Plan, kind: DutyKind
) -> None:
    (duty,) = problem.duties
    held = replace(problem, duties=(replace(duty, kind=kind, window_end_s=52200),))
    assert wrong(court, held, plan, ON_DUTY, 52200) == ""
    told = wrong(court, held, plan, ON_DUTY, 52260)
    assert "14:31–15:31 不在这项勤务自己的时段（14:00–15:30）之内" in told


def test_a_checkpoint_ends_on_the_last_day_of_its_paper(
    court: Services, problem: Problem, plan: Plan
) -> None:
    paper = DutyBasis("协助执行通知书（2026）第7号", DebtorId("d001"), ends_on=DAYS[0])
    court.store.put(
        checkpoints=checkpoints(),
        duty_hours={"CP-1": (EscortHours(DAYS[0].weekday(), time(14), time(15)),)},
        duty_basis={"CP-1": paper},
    )
    late = tuple(replace(one, end_s=26 * HOUR_S) for one in problem.shifts)
    held = replace(problem, shifts=late)
    by_night = replace(ON_DUTY, station_id="open-all-night")
    assert wrong(court, held, plan, by_night, 22 * HOUR_S) == ""
    told = wrong(court, held, plan, by_night, 23 * HOUR_S + 1800)
    assert f"23:30–24:30 超出勤务依据的截止日期 {DAYS[0]}" in told


def test_a_visit_keeps_to_the_hours_that_it_has(
    court: Services, problem: Problem, plan: Plan
) -> None:
    first = problem.options[0]
    options = (
        replace(first, window_start_s=30600, window_end_s=36000),
        replace(first, id="v0b", window_start_s=36060, window_end_s=39600),
        replace(first, id="v0c", window_start_s=54000, window_end_s=57600),
        *problem.options[1:],
    )
    held = replace(problem, options=options)
    assert wrong(court, held, plan, AT_DOOR, 38000) == ""
    told = wrong(court, held, plan, AT_DOOR, 43200)
    assert "12:00–12:25 不在这次走访自己的时段（08:30–11:25 / 15:00–16:25）之内" in told


@pytest.mark.parametrize("request_", [AT_DOOR, ON_DUTY])
def test_a_time_at_which_every_team_has_a_hearing_is_refused(
    court: Services, problem: Problem, plan: Plan, request_: SupportRequest
) -> None:
    hearing = PlanDuty("H", "hearing", "CP-1", DAYS[0], 57600, 57600, 3600)
    other = replace(hearing, id="H2")
    there = Stop(StopKind.DUTY, "H", "CP-1", 57600, 57600, 61200, 0.0)
    held = replace(problem, duties=(*problem.duties, hearing, other))
    today = [route for route in plan.routes if route.day == DAYS[0]]
    stops = {today[0].shift: there, today[1].shift: replace(there, ref="H2")}

    def with_hearings(*shifts: str) -> Plan:
        return replace(
            plan,
            routes=tuple(
                replace(route, stops=(*route.stops, stops[route.shift]))
                if route.shift in shifts
                else route
                for route in plan.routes
            ),
        )

    one, both = with_hearings(today[0].shift), with_hearings(*stops)
    assert wrong(court, held, one, request_, 57600) == ""
    assert "都另有不能改期的勤务" in wrong(court, held, both, request_, 57600)
    assert wrong(court, held, both, request_, 9 * HOUR_S) == ""
