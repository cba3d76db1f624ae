"""Hearings and keys to be given over: into a problem, and out again when the table changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import numpy as np
import pytest

from geo.model import Point
from routes.calendar import WorkCalendar
from routes.model import Case, CaseKind, CaseStatus, Duty, DutyKind, Team, TeamId
from routes.planning import MaxIterations, solve
from routes.planning.fleet import plan_duties
from routes.planning.journeys import Places
from routes.planning.problem import (
    Matrix,
    Plan,
    PlanDuty,
    PlanTeam,
    Problem,
    Route,
    Stop,
    StopKind,
    TimeBand,
    WorkShift,
)
from routes.planning.recheck import recheck
from routes.planning.validate import violations
from tests.fakes import MemoryCases, MemoryField
from tests.routes.rules.samples import CASE, LOCAL, POINT, PROFILE, TEAM

DAY = date(2026, 11, 26)  # a Thursday
NOW = datetime(2026, 11, 25, 18, 0, tzinfo=LOCAL)
OTHER = replace(TEAM, id=TeamId("T2"))
KEYS = Duty(
    "QW01-20261126",
    DutyKind.KEYS,
    "房屋交付",
    POINT,
    datetime(2026, 11, 26, 9, tzinfo=LOCAL),
    datetime(2026, 11, 26, 12, tzinfo=LOCAL),
    service_s=2400,
    case_id=CASE.id,
)
NIGHT = replace(KEYS, ends_at=datetime(2026, 11, 26, 22, 30, tzinfo=LOCAL))
STOP = Stop(StopKind.DUTY, KEYS.id, "door", 36000, 36000, 38400)


def made(duty: Duty, case: Case = CASE) -> tuple[PlanDuty, ...]:
    return plan_duties(
        [duty],
        DAY,
        cases=MemoryCases([case]),
        calendar=WorkCalendar(),
        profile=PROFILE,
        places=Places(),
    )


def test_it_begins_when_it_can_still_be_done_in_its_hours() -> None:
    (keys,) = made(replace(KEYS, team_id=TeamId("T2"), needed_skills=frozenset({"locksmith"})))
    assert (keys.window_start_s, keys.window_end_s, keys.service_s) == (32400, 40800, 2400)
    assert (keys.teams, keys.min_officers) == (("T2",), 2)
    assert keys.needed_skills == {"locksmith", "licence"}
    (whole,) = made(replace(KEYS, service_s=None))
    assert (whole.window_start_s, whole.window_end_s, whole.service_s) == (32400, 32400, 10800)


def test_a_hearing_asks_for_no_crew() -> None:
    (hearing,) = made(replace(KEYS, kind=DutyKind.HEARING))
    assert (hearing.min_officers, hearing.needed_skills) == (1, frozenset())


def test_hours_are_those_of_its_case() -> None:
    administrative = replace(CASE, kind=CaseKind.ADMINISTRATIVE)
    assert made(KEYS, administrative)
    assert not made(NIGHT, administrative)
    assert made(NIGHT)  # to be signed
    assert made(replace(NIGHT, kind=DutyKind.HEARING), administrative)
    assert made(KEYS, replace(CASE, status=CaseStatus.SETTLED))


def test_it_is_planned_with_its_own_team_before_any_visit() -> None:
    places = Places()
    places.at(Point(118.6, 24.9), "base")
    duties = plan_duties(
        [replace(KEYS, team_id=TeamId("T2"))],
        DAY,
        cases=MemoryCases([CASE]),
        calendar=WorkCalendar(),
        profile=PROFILE,
        places=places,
    )
    way_s = np.array([[0.0, 600.0], [600.0, 0.0]])
    problem = Problem(
        id="P",
        places=places.listed(),
        bands=(TimeBand("all", 0, 86400),),
        matrices=(Matrix("car", "all", way_s, way_s * 10.0),),
        teams=tuple(PlanTeam(name, 2, TEAM.skills, "car") for name in ("T1", "T2")),
        shifts=tuple(
            WorkShift(f"s-{name}", name, DAY, 28800, 64800, "base", "base") for name in ("T1", "T2")
        ),
        options=(),
        duties=duties,
    )
    plan = solve(problem, stop=MaxIterations(20), seed=1)
    assert not violations(problem, plan)
    (route,) = plan.routes
    assert (route.team, [stop.ref for stop in route.stops]) == ("T2", [KEYS.id])
    assert 32400 <= route.stops[0].start_s <= 40800


def said(
    duty: Duty | None, stop: Stop = STOP, *, team: Team = TEAM, case: Case = CASE
) -> list[tuple[str, str, str]]:
    places = Places()
    base = places.at(Point(118.6, 24.9), "base")
    places.at(POINT, "door")
    zero = np.zeros((2, 2))
    problem = Problem(
        id="P",
        places=places.listed(),
        bands=(TimeBand("all", 0, 86400),),
        matrices=(Matrix("car", "all", zero, zero.copy()),),
        teams=(PlanTeam("T1", 2, TEAM.skills, "car"),),
        shifts=(WorkShift("s1", "T1", DAY, 28800, 64800, base, base),),
        options=(),
        duties=(PlanDuty(KEYS.id, "keys", "door", DAY, 32400, 40800, 2400),),
    )
    route = Route("s1", "T1", DAY, 32400, 60000, (stop,), 0, 0)
    found = recheck(
        problem,
        Plan("P", "alns", 1, 1, 0.0, (route,)),
        cases=MemoryCases([case]),
        field=MemoryField(teams=(team, OTHER), entered=() if duty is None else (duty,)),
        calendar=WorkCalendar(),
        profile=PROFILE,
        now=NOW,
        areas=None,
    )
    return [(one.rule, one.verdict, one.subject) for one in found]


BLOCKED = [("L6", "block", f"duty:{KEYS.id}")]


def test_one_that_stands_as_it_was_entered_is_in_order() -> None:
    assert said(KEYS) == []
    assert said(replace(KEYS, team_id=TeamId("T1"))) == []


@pytest.mark.parametrize(
    "change",
    [
        {"point": Point(118.62, 24.95)},
        {"starts_at": datetime(2026, 11, 26, 10, 1, tzinfo=LOCAL)},
        {"ends_at": datetime(2026, 11, 26, 10, 39, tzinfo=LOCAL)},
        {"service_s": 2401},
        {"team_id": TeamId("T2")},
    ],
)
def test_what_changed_in_the_table_is_planned_anew(change: dict[str, Any]) -> None:
    assert said(replace(KEYS, **change)) == BLOCKED


def test_one_that_was_withdrawn_is_forbidden() -> None:
    assert said(None) == BLOCKED


def test_keys_are_given_over_by_two_officers_with_credentials_and_in_lawful_hours() -> None:
    subject = f"duty:{KEYS.id}"
    bare = replace(TEAM, skills=frozenset({"recorder"}))
    assert said(KEYS, team=bare) == [("B1", "block", subject)]
    assert said(replace(KEYS, kind=DutyKind.HEARING), team=bare) == []
    late = replace(STOP, arrival_s=78000, start_s=78000, departure_s=80400)
    assert said(NIGHT, late) == [("T1", "sign_off", subject)]
    administrative = replace(CASE, kind=CaseKind.ADMINISTRATIVE)
    assert said(NIGHT, late, case=administrative) == [("T2", "block", subject)]
