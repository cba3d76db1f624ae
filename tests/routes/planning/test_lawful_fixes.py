"""The cheapest lawful change of a visit is made in the stores, and the visit is in the plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random

import pytest

from geo.localtime import local_day
from routes.calendar import WorkCalendar
from routes.locating import default_parameters
from routes.model import EscortHours, Grade, Identifier, Instalment, Team, Verdict
from routes.planning import MaxIterations, solve
from routes.planning.policy import default_policy
from routes.planning.prepare import build_problem
from routes.planning.problem import Plan, UnassignedReason
from routes.planning.validate import violations
from routes.rules import check_case, check_claim, check_crew
from routes.rules.fixes import LawfulVisit, VisitAsk, cheapest_fix
from tests.fakes import MemoryCases, MemoryField
from tests.routes.planning.test_prepare import Halves, Plain
from tests.routes.rules.samples import CASE, CLAIM, DEBTOR, LOCAL, PROFILE, TEAM, TODAY

_CALENDAR = WorkCalendar()
_BEGINS = datetime.combine(TODAY, time(10), tzinfo=LOCAL)
_ASK = VisitAsk(CASE, DEBTOR, CLAIM, TEAM, _BEGINS, _BEGINS + timedelta(minutes=30), inside=True)
_Fault = Callable[[VisitAsk], VisitAsk]


def _in_case(**changes: object) -> _Fault:
    return lambda ask: replace(ask, case=replace(ask.case, **changes))  # type: ignore[arg-type]


def _in_claim(**changes: object) -> _Fault:
    return lambda ask: replace(ask, claim=replace(ask.claim, **changes))  # type: ignore[arg-type]


def _in_team(**changes: object) -> _Fault:
    return lambda ask: replace(ask, team=replace(TEAM, **changes))  # type: ignore[arg-type]


_FAULTS: Mapping[str, _Fault] = {
    "no paper": _in_case(basis_document=None),
    "no service": _in_case(basis_served_on=None),
    "due today": _in_case(performance_due_on=TODAY),
    "paused": _in_case(paused_until=TODAY + timedelta(days=2)),
    "pays by instalments": _in_case(instalments=(Instalment(TODAY + timedelta(days=1)),)),
    "white list": _in_case(grade=Grade.WHITE),
    "objection": _in_case(objection_pending=True),
    "old and ill": _in_case(vulnerable=("elderly",)),
    "namesake": _in_claim(identifiers=frozenset({Identifier.NAME})),
    "no source": _in_claim(basis=" "),
    "expired": _in_claim(expires_on=TODAY - timedelta(days=1)),
    "one officer": _in_team(officers=1),
    "no licence": _in_team(skills=frozenset({"recorder"})),
    "a woman to see": lambda ask: replace(
        ask, debtor=replace(ask.debtor, needs_female_officer=True)
    ),
}


def _plan(ask: VisitAsk, team: Team) -> Plan:
    """Return a plan for the day of a visit, by what the stores hold."""
    day = local_day(ask.starts_at)
    prepared = build_problem(
        problem_id="P",
        days=(day,),
        policy=default_policy(),
        now=datetime.combine(TODAY, time(7), tzinfo=LOCAL),
        cases=MemoryCases([ask.case], [ask.debtor], [ask.claim]),
        field=MemoryField(
            teams=(team,),
            shifts={str(team.id): tuple(EscortHours(d, time(8), time(18)) for d in range(7))},
            stations=(),
            checkpoints=(),
            duty_hours={},
            duty_basis={},
        ),
        travel=Plain(),
        calendar=_CALENDAR,
        parameters=default_parameters(),
        profile=PROFILE,
        fairness=None,
        areas=Halves(),
    )
    plan = solve(prepared.problem, stop=MaxIterations(5), seed=1)
    assert violations(prepared.problem, plan) == ()
    return plan


def _visited(plan: Plan) -> bool:
    return any(stop.is_work for route in plan.routes for stop in route.stops)


def _blocked(ask: VisitAsk) -> bool:
    """Return whether a rule blocks the visit, its day's hours left aside."""
    said = check_case(ask.case, ask.debtor, (ask.claim,), on=ask.day, profile=PROFILE)
    said += check_claim(ask.case, ask.debtor, ask.claim, on=ask.day, profile=PROFILE)
    said += check_crew(ask.debtor, ask.team, profile=PROFILE, visit_id=ask.claim.id)
    return any(one.verdict is Verdict.BLOCK for one in said)


@pytest.mark.parametrize("seed", range(24))
def test_with_the_change_made_the_visit_is_in_the_plan(seed: int) -> None:
    random = Random(seed)
    names = random.sample(sorted(_FAULTS), random.choice([1, 1, 2, 3]))
    ask = _ASK
    for name in names:
        ask = _FAULTS[name](ask)
    assert ask.team is not None
    if _blocked(ask):
        before = _plan(ask, ask.team)
        assert not _visited(before), names
        assert before.unassigned[0].reason in (
            UnassignedReason.BLOCKED, UnassignedReason.NO_SKILL
        )  # fmt: skip
    found = cheapest_fix(
        ask, calendar=_CALENDAR, profile=PROFILE,
        now=datetime.combine(TODAY, time(7), tzinfo=LOCAL),
    )  # fmt: skip
    assert isinstance(found, LawfulVisit), names
    assert found.ask.team is not None
    assert not _blocked(found.ask)
    assert _visited(_plan(found.ask, found.ask.team)), (names, [str(f.text) for f in found.fixes])
