"""The case page says what comes next and what came before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from flask import Flask

from data.model import Role
from data.place_decisions import PlaceBasis
from routes.locating import default_parameters, locate
from routes.measures import Measure, MeasureKind, StepId
from routes.model import CaseId, CaseStatus, ClaimId, DebtorId, Lead, Outcome
from tests.web.conftest import Reader
from tests.web.court import ACTION, HOSTILE_NAME, NOW
from web.case_next import NextPage, build_next
from web.case_records import locate_records, read_records
from web.next_steps import KnownDebtors
from web.services import Services
from web.timeline import TimelineView, build_timeline

SignIn = Callable[[Role | str], Reader]


def _numbers(court: Services, case_id: str) -> dict[ClaimId, int]:
    claims = court.store.claims(CaseId(case_id))
    return {claim.id: number for number, claim in enumerate(claims, start=1)}


def _next(app: Flask, court: Services, case_id: str) -> NextPage:
    case = court.store.case(CaseId(case_id))
    assert case is not None
    with app.test_request_context():
        records = read_records(court.store, case.id)
        located = locate_records(court, records)
        return build_next(court, case, records, located, _numbers(court, case_id))


def _timeline(app: Flask, court: Services, case_id: str) -> tuple[TimelineView, ...]:
    case = court.store.case(CaseId(case_id))
    assert case is not None
    with app.test_request_context():
        numbers = _numbers(court, case_id)
        store = court.store
        records, answers = read_records(store, case.id), store.property_answers(case.id)
        return build_timeline(store, case, records, answers, numbers, now=court.clock())


def test_the_best_step_is_told_with_the_number_of_the_address(app: Flask, court: Services) -> None:
    told = _next(app, court, "c001")
    assert told.day == date(2026, 11, 26)
    (step,) = told.steps
    case = court.store.case(CaseId("c001"))
    assert case is not None
    records = read_records(court.store, case.id)
    (weighed,) = KnownDebtors(court, (case,), records).steps(locate_records(court, records))
    assert weighed.first is not None
    number = _numbers(court, "c001")[weighed.first.claim_id]
    assert step.first == str(weighed.first.explain(lambda _claim: f"地址 {number}"))
    assert weighed.first.claim_id not in step.first
    assert not step.is_question


def test_a_cheap_question_comes_before_the_visit(app: Flask, court: Services) -> None:
    stated = default_parameters()
    free = {check: replace(one, cost=0.001) for check, one in stated.question.checks.items()}
    cheap = replace(stated, question=replace(stated.question, checks=free))
    asking = replace(court, locate=partial(locate, parameters=cheap, calendar=court.calendar))
    (step,) = _next(app, asking, "c025").steps
    assert step.is_question
    assert step.first.startswith("查询租赁备案，核实 地址 1")
    assert "民事诉讼法第70条" in step.first
    (step,) = _next(app, court, "c025").steps
    assert not step.first


def test_a_forbidden_case_has_no_step_but_a_word_on_it(
    app: Flask, court: Services, signed_in: SignIn
) -> None:
    case = court.store.case(CaseId("c001"))
    assert case is not None
    court.store.put(cases_=[replace(case, status=CaseStatus.BANKRUPTCY)])
    (step,) = _next(app, court, "c001").steps
    assert step.barred
    assert not step.first
    assert "规则不允许走访或询问" in signed_in(Role.OFFICER).get("/cases/c001").text


def test_a_calendar_that_ends_is_told_and_stops_no_page(app: Flask, court: Services) -> None:
    later = replace(court, clock=lambda: datetime(2040, 1, 1, tzinfo=UTC))
    assert _next(app, later, "c001") == NextPage()


def test_the_page_shows_step_and_timeline(signed_in: SignIn) -> None:
    page = signed_in(Role.OFFICER).get("/cases/c001").text
    assert page.index("下一步") < page.index("地址线索") < page.index("时间线")
    assert f"计划 {ACTION}" in page


def test_the_timeline_tells_all_records_the_latest_first(app: Flask, court: Services) -> None:
    store = court.store
    case = store.case(CaseId("c001"))
    assert case is not None
    first = store.claims(CaseId("c001"))[0]
    debtor = store.debtors(CaseId("c001"))[0]
    store.put(
        leads=[Lead("l1", debtor.id, "村干部", NOW - timedelta(hours=2), NOW + timedelta(days=30))],
        outcomes=[
            Outcome(
                "o-back",
                first.id,
                store.outcomes(CaseId("c001"))[0].kind,
                NOW - timedelta(days=3),
                store.outcomes(CaseId("c001"))[0].band,
                withdrawn=True,
            )
        ],
    )
    store.place_decisions.mark_unlocatable(first.id, basis=PlaceBasis.MAP, by="u")
    kept = store.measures.add(
        Measure(StepId("-"), MeasureKind.SEIZURE, case.id, DebtorId(debtor.id)), by="u"
    )
    told = _timeline(app, court, "c001")
    texts = [one.text for one in told]
    assert {
        "立案",
        "收到线索",
        "线索到期",
        "地址 1 无法定位",
        "查封、扣押：草稿",
        "走访地址 1：在此居住未遇",
        "走访地址 1：在此居住未遇（已撤回）",
    } <= set(texts)
    assert [one.when for one in told] == sorted((one.when for one in told), reverse=True)
    assert {one.text for one in told if one.ahead} == {
        one.text for one in told if one.when > "2026-11-25 17:00"
    }
    assert not any(HOSTILE_NAME in text or "村干部" in text for text in texts)
    assert kept.step.id not in str(texts)


@pytest.mark.parametrize("state", ["released", "draft"])
def test_planned_visits_are_told_with_the_state_of_the_plan(
    app: Flask, court: Services, state: str
) -> None:
    if state == "released":
        court.store.release(ACTION, by="u")
    (planned,) = [one for one in _timeline(app, court, "c001") if "计划" in one.text]
    assert planned.ahead
    assert ("待审批" in planned.text) == (state == "draft")
    moment = datetime.strptime(planned.when, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    assert moment.date() == date(2026, 11, 26)
