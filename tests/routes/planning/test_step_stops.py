"""Evictions in a plan: a plain visit until a stored step allows more, then all that it needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from geo.localtime import moment_at
from geo.model import Point
from routes.calendar import WorkCalendar
from routes.measures import Act, ActKind, Arrangement
from routes.model import CaseKind, CaseStatus, DutyKind, TeamId, Verdict
from routes.planning import solve
from routes.planning.prepare import Prepared
from routes.planning.problem import (
    EscortMode,
    Option,
    Plan,
    Route,
    Stop,
    StopKind,
    UnassignedReason,
)
from routes.planning.recheck import recheck
from routes.planning.step_stops import clocks_by_case, step_of_duty
from routes.planning.stop import MaxIterations
from routes.planning.turns import turns
from routes.planning.validate import violations
from routes.rules.clocks import case_urgency
from routes.step_files import StepFile
from tests.fakes import MemoryCases
from tests.routes.planning.test_prepare import (
    CREW,
    DAY,
    NOW,
    _build,
    _case,
    _claim,
    _field,
    _store,
    _weekly,
)
from tests.routes.rules.measure_samples import DETENTION, EVICTION, SUMMONS, decided
from tests.routes.rules.samples import PROFILE, TEAM

FORCE = replace(
    TEAM,
    officers=4,
    recorders=2,
    skills=TEAM.skills | {"judicial_police", "locksmith"},
)


def _of_case(**changes: Any) -> tuple[MemoryCases, StepFile]:
    case, debtor = _case(2, kind=CaseKind.EVICTION)
    claim = _claim(2)
    step = replace(
        EVICTION,
        case_id=case.id,
        debtor_id=debtor.id,
        claim_id=claim.id,
        **changes,
    )
    return _store(((case, debtor), (claim,))), decided(StepFile(step, case, debtor, claim))


def _options(cases: MemoryCases, *steps: StepFile) -> tuple[Option, ...]:
    return _build(cases, steps=steps).problem.options


def test_without_a_stored_step_an_eviction_case_gets_a_plain_visit() -> None:
    cases, _file = _of_case()
    loan = _store((_case(2), (_claim(2),)))
    plain, other = _options(cases), _options(loan)
    assert {o.step for o in plain} == {""}
    assert [(o.service_s, o.needed_skills, o.min_officers, o.escort) for o in plain] == [
        (o.service_s, o.needed_skills, o.min_officers, o.escort) for o in other
    ]


def test_a_step_that_no_rule_forbids_is_taken_with_its_crew_and_length() -> None:
    cases, file = _of_case()
    options = _build(cases, steps=(file,), field=_field(teams=(FORCE,))).problem.options
    assert options
    for option in options:
        assert option.step == file.step.id
        assert option.together is None
        assert option.service_s == file.needs.service_s
        assert option.min_officers == file.needs.officers
        assert option.needed_skills >= {"judicial_police", "locksmith", "two_recorders"}
        assert option.escort is EscortMode.AT_DOOR


def test_a_step_too_large_for_any_team_takes_two_in_the_same_minute() -> None:
    cases, file = _of_case()
    strong = replace(FORCE, officers=3)
    other = replace(strong, id=TeamId("T2"), skills=frozenset({"licence"}))
    field = _field(
        teams=(strong, other), shifts={team.id: _weekly(8, 18) for team in (strong, other)}
    )
    problem = _build(cases, steps=(file,), field=field).problem
    for option in problem.options:
        assert option.together is not None
        assert option.min_officers == option.together.min_officers == 2
    plan = solve(problem, stop=MaxIterations(20), seed=1)
    assert violations(problem, plan) == ()
    begun = {r.team: s.start_s for r in plan.routes for s in r.stops if s.kind is StopKind.VISIT}
    assert set(begun) == {strong.id, other.id}
    assert len(set(begun.values())) == 1
    (option,) = {s.ref for r in plan.routes for s in r.stops if s.kind is StopKind.VISIT}
    turn = turns(problem, plan)[option]
    assert turn.number == 1
    assert turn.p_added > 0.0
    said = recheck(
        problem,
        plan,
        cases=cases,
        field=field,
        calendar=WorkCalendar(),
        profile=PROFILE,
        now=NOW,
        steps=(file,),
    )
    assert [f for f in said if f.verdict == Verdict.BLOCK] == []
    assert not any(f.rule == "B3" for f in said)  # the first team brings the judicial police


def test_without_a_second_team_a_large_step_says_so() -> None:
    cases, file = _of_case()
    strong = replace(FORCE, officers=3)
    problem = _build(cases, steps=(file,), field=_field(teams=(strong,))).problem
    plan = solve(problem, stop=MaxIterations(20), seed=1)
    (item,) = plan.unassigned
    assert item.reason == UnassignedReason.NO_SKILL


@pytest.mark.parametrize(
    "changes",
    [
        {"decision": None},  # P8
        {"documents": ()},  # E1
        {"notice_ends_on": DAY},  # E1: not before the day after
        {"notified": frozenset()},  # E2
        {"arrangements": frozenset({Arrangement.TRANSPORT})},  # E2
    ],
)
def test_a_forbidden_step_leaves_the_plain_visit(changes: dict[str, Any]) -> None:
    cases, file = _of_case(**changes)
    assert {option.step for option in _options(cases, file)} == {""}


def test_a_closed_step_is_not_taken_again_and_one_with_a_time_keeps_it() -> None:
    cases, file = _of_case()
    assert {o.step for o in _options(cases, replace(file, open=False))} == {""}
    timed = decided(replace(file, starts_at=moment_at(DAY, 9 * 3600 + 600)))
    found = {(o.window_start_s, o.window_end_s) for o in _options(cases, timed)}
    assert found == {(33000, 33000)}
    elsewhen = replace(file, starts_at=moment_at(DAY + timedelta(days=1), 33000))
    assert {o.step for o in _options(cases, elsewhen)} == {""}


def _recheck(prepared: Prepared, cases: MemoryCases, *steps: StepFile, team: Any = FORCE) -> Any:
    option = prepared.problem.options[0]
    start_s = option.window_start_s
    end_s = start_s + option.service_s
    stop = Stop(StopKind.VISIT, option.id, option.place, start_s, start_s, end_s)
    plan = Plan("P", "alns", 1, 1, 1.0, (Route("s1", "T1", DAY, start_s, 70000, (stop,), 0, 0),))
    return recheck(
        prepared.problem,
        plan,
        cases=cases,
        field=_field(teams=(replace(team),)),
        calendar=WorkCalendar(),
        profile=PROFILE,
        now=NOW,
        steps=steps,
    )


def _blocks(found: Any) -> set[str]:
    return {one.rule for one in found if one.verdict == Verdict.BLOCK}


def test_the_rules_of_the_step_are_asked_again() -> None:
    cases, file = _of_case()
    prepared = _build(cases, steps=(file,))
    assert _blocks(_recheck(prepared, cases, file)) == set()
    told = {one.subject for one in _recheck(prepared, cases, file)}
    assert f"step:{file.step.id}" in told
    assert _blocks(_recheck(prepared, cases)) == {"P8"}  # withdrawn since
    assert _blocks(_recheck(prepared, cases, replace(file, open=False))) == {"P8"}
    undecided = replace(file, step=replace(file.step, decision=None))
    assert _blocks(_recheck(prepared, cases, undecided)) == {"P8"}
    moved = replace(file, step=replace(file.step, claim_id=None))
    assert _blocks(_recheck(prepared, cases, moved)) == {"P8"}
    one_unit = replace(FORCE, recorders=1)
    assert _blocks(_recheck(prepared, cases, file, team=one_unit)) == {"B7"}
    no_police = replace(FORCE, skills=TEAM.skills)
    found = _recheck(prepared, cases, file, team=no_police)
    assert "B3" in {one.rule for one in found if one.verdict == Verdict.SIGN_OFF}


def test_what_the_case_asks_to_be_signed_is_asked_for_the_step() -> None:
    cases, file = _of_case()
    vulnerable = replace(file.case, vulnerable=("elderly",))
    cases = _store(((vulnerable, file.debtor), (_claim(2),)))
    file = decided(replace(file, case=vulnerable))
    prepared = _build(cases, steps=(file,))
    asked = {(one.rule, one.subject) for one in _recheck(prepared, cases, file)}
    told = {subject for rule, subject in asked if rule in ("A6", "E3")}
    assert told == {f"step:{file.step.id}"}
    plain = _build(cases)
    asked = {(one.rule, one.subject) for one in _recheck(plain, cases)}
    assert {subject for rule, subject in asked if rule in ("A6", "E3")} == {f"case:{file.case.id}"}


def test_clocks_of_steps_press_on_the_case() -> None:
    (case, debtor), claim = _case(3, notice_sent_on=DAY - timedelta(days=9)), _claim(3)
    held = (Act(ActKind.CONTROLLED, NOW - timedelta(hours=7)),)
    step = replace(SUMMONS, case_id=case.id, debtor_id=debtor.id, acts=held)
    file = StepFile(step, case, debtor, claim)
    clocks = clocks_by_case((file,), now=NOW, calendar=WorkCalendar(), profile=PROFILE)
    assert case_urgency(case, now=NOW, profile=PROFILE) == 0.0
    assert case_urgency(case, clocks[case.id], now=NOW, profile=PROFILE) == 0.5
    cases = _store(((case, debtor), (claim,)))
    calm = {o.id: o.value for o in _options(cases)}
    pressed = {o.id: o.value for o in _options(cases, file)}
    assert calm.keys() == pressed.keys()
    assert all(pressed[each] > calm[each] for each in calm)


POLICE = replace(FORCE, id=CREW.id)
BEGIN = moment_at(DAY, 10 * 3600)


def _scheduled(**changes: Any) -> tuple[MemoryCases, StepFile]:
    (case, debtor), claim = _case(3), _claim(3)
    step = replace(SUMMONS, case_id=case.id, debtor_id=debtor.id, claim_id=claim.id)
    file = decided(StepFile(step, case, debtor, claim, POLICE, BEGIN, scheduled=True))
    return _store(((case, debtor), (claim,))), replace(file, **changes)


def test_a_scheduled_step_is_a_duty_of_its_team_at_its_hours() -> None:
    cases, file = _scheduled()
    field = _field(teams=(POLICE,))
    problem = _build(cases, field=field, steps=(file,)).problem
    (duty,) = (each for each in problem.duties if each.id == f"step:{file.step.id}")
    assert (duty.window_start_s, duty.window_end_s) == (36_000, 36_000)
    assert (duty.service_s, duty.teams) == (file.needs.service_s, (POLICE.id,))
    place = next(each for each in problem.places if each.id == duty.place)
    assert file.claim is not None
    assert file.claim.place is not None
    assert Point(place.lon, place.lat) == file.claim.place.point
    plan = solve(problem, stop=MaxIterations(200), seed=1)
    (route,) = plan.routes
    (stop,) = (each for each in route.stops if each.ref == duty.id)
    others = [each for each in route.stops if each.ref not in (duty.id, "")]
    assert all(
        each.departure_s <= stop.start_s or each.start_s >= stop.departure_s for each in others
    )

    def said(*steps: StepFile) -> set[str]:
        only = replace(plan, routes=(replace(route, stops=(stop,)),))
        found = recheck(
            problem,
            only,
            cases=cases,
            field=field,
            calendar=WorkCalendar(),
            profile=PROFILE,
            now=NOW,
            steps=steps,
        )
        return {one.rule for one in found if one.verdict == Verdict.BLOCK}

    assert said(file) == set()
    assert said() == said(replace(file, open=False)) == {"P8"}
    for moved in (
        replace(file, starts_at=BEGIN + timedelta(hours=1)),
        replace(file, team=replace(POLICE, id=TeamId("T9"))),
        replace(file, scheduled=False),
        replace(file, claim=replace(file.claim, place=None)),
    ):
        assert said(moved) == {"P8"}
    assert "C1" in said(replace(file, step=replace(file.step, documents=())))


@pytest.mark.parametrize(
    "changes",
    [
        {"scheduled": False},
        {"open": False},
        {"starts_at": BEGIN + timedelta(days=1)},
        {"starts_at": NOW - timedelta(hours=1)},
        {"starts_at": None},
        {"team": None},
        {"team": replace(POLICE, id=TeamId("T9"))},  # not on shift
        {"claim": None},
    ],
)
def test_a_step_that_binds_no_team_of_the_day_is_no_duty(changes: dict[str, Any]) -> None:
    cases, file = _scheduled(**changes)
    problem = _build(cases, field=_field(teams=(POLICE,)), steps=(file,)).problem
    assert not [each for each in problem.duties if each.id.startswith("step:")]


def test_after_a_detention_its_team_hands_the_person_over() -> None:
    (case, debtor), claim = _case(3), _claim(3)
    step = replace(
        DETENTION,
        case_id=case.id,
        debtor_id=debtor.id,
        claim_id=claim.id,
        handed_to="P2",
        acts=(),
    )
    file = decided(StepFile(step, case, debtor, claim, POLICE, BEGIN, scheduled=True))
    cases, field = _store(((case, debtor), (claim,))), _field(teams=(POLICE,))
    problem = _build(cases, field=field, steps=(file,)).problem
    own, handover = (each for each in problem.duties if each.id.startswith("step:"))
    assert (handover.kind, handover.teams) == (DutyKind.HANDOVER, (POLICE.id,))
    assert handover.window_start_s == own.window_start_s + own.service_s
    place = next(each for each in problem.places if each.id == handover.place)
    assert Point(place.lon, place.lat) == next(s for s in field.stations() if s.id == "P2").point
    assert step_of_duty(own.id) == step_of_duty(handover.id) == step.id
    plan = solve(problem, stop=MaxIterations(200), seed=1)
    (route,) = plan.routes
    refs = [stop.ref for stop in route.stops]
    assert refs[refs.index(own.id) + 1] == handover.id

    def said(*steps: StepFile) -> set[str]:
        stops = tuple(stop for stop in route.stops if stop.ref == handover.id)
        only = replace(plan, routes=(replace(route, stops=stops),))
        asked: dict[str, Any] = {"calendar": WorkCalendar(), "profile": PROFILE, "now": NOW}
        found = recheck(problem, only, cases=cases, field=field, steps=steps, **asked)
        return {one.rule for one in found if one.verdict == Verdict.BLOCK}

    assert "P8" not in said(file)
    for place_id in ("P1", None):
        assert said(replace(file, step=replace(step, handed_to=place_id))) == {"P8"}
    assert said() == {"P8"}
    nowhere = decided(replace(file, step=replace(file.step, handed_to=None)))
    duties = _build(cases, field=field, steps=(nowhere,)).problem.duties
    assert [each.id for each in duties if each.id.startswith("step:")] == [own.id]


def test_a_scheduled_step_that_a_rule_forbids_by_now_holds_no_team() -> None:
    cases, file = _scheduled()
    field = _field(teams=(POLICE,))

    def held(one: StepFile) -> list[str]:
        duties = _build(cases, field=field, steps=(one,)).problem.duties
        return [each.id for each in duties if each.id.startswith("step:")]

    assert held(file) == [f"step:{file.step.id}"]
    assert held(replace(file, case=replace(file.case, status=CaseStatus.SETTLED))) == []
    assert held(replace(file, step=replace(file.step, documents=()))) == []
    begun = replace(file.step, acts=(Act(ActKind.CONTROLLED, NOW),))
    assert held(replace(file, step=begun)) == []


def test_a_scheduled_eviction_binds_hour_and_team() -> None:
    cases, file = _of_case()
    own = replace(FORCE, id=CREW.id)
    other = replace(FORCE, id=TeamId("T2"))
    start = moment_at(DAY, 9 * 3600 + 600)
    file = decided(replace(file, team=other, starts_at=start, scheduled=True))
    field = _field(teams=(own, other))
    prepared = _build(cases, field=field, steps=(file,))
    options = [one for one in prepared.problem.options if one.step]
    assert {(one.window_start_s, one.window_end_s) for one in options} == {(33_000, 33_000)}
    for one in options:
        fit = {team.id for team in prepared.problem.teams if one.needed_skills <= team.skills}
        assert fit <= {other.id}
    free = decided(replace(file, scheduled=False))
    prepared = _build(cases, field=field, steps=(free,))
    (option,) = (one for one in prepared.problem.options if one.step)
    assert own.id in {t.id for t in prepared.problem.teams if option.needed_skills <= t.skills}


def test_a_plan_made_before_an_eviction_was_scheduled_is_told_of_its_team_and_hour() -> None:
    cases, file = _of_case()
    prepared = _build(cases, steps=(file,))
    start = moment_at(DAY, prepared.problem.options[0].window_start_s)
    team = replace(FORCE, id=TeamId("T1"))
    fits = decided(replace(file, team=team, starts_at=start, scheduled=True))
    assert _blocks(_recheck(prepared, cases, fits, team=team)) == set()
    later = decided(replace(fits, starts_at=start + timedelta(hours=1)))
    assert _blocks(_recheck(prepared, cases, later, team=team)) == {"P8"}
    elsewhere = decided(replace(fits, team=replace(FORCE, id=TeamId("T2"))))
    assert _blocks(_recheck(prepared, cases, elsewhere, team=team)) == {"P8"}


def test_an_eviction_that_has_begun_is_not_planned_again() -> None:
    cases, file = _of_case()
    begun = replace(file.step, acts=(Act(ActKind.OPENED_BY_FORCE, NOW),))
    assert {one.step for one in _options(cases, replace(file, step=begun))} == {""}
