"""Which findings speak of a stop that takes a step: also those of what the step stands on."""

from __future__ import annotations

from dataclasses import replace

from data.measures import StepState
from routes.items import Item
from routes.measures import Measure, MeasureKind, StepId
from routes.model import CaseId, DebtorId
from routes.planning.problem import PlanDuty, PlanFinding
from tests.web.court import ACTION
from web.plan_board import build_plan_page
from web.services import Services
from web.sign_board import sign_groups
from web.signatures import Signatures
from web.subjects import StopSubjects


def test_a_stop_that_takes_a_step_is_spoken_of_by_its_case_and_property(court: Services) -> None:
    store = court.store
    claim = next(one for one in store.claims() if one.debtor_id == "d002")
    step = Measure(StepId("-"), MeasureKind.SEIZURE, CaseId("c002"), DebtorId("d002"), claim.id)
    kept = store.measures.add(step, by="u1")
    item = store.measures.add_item(kept.step.id, Item("-"), "缝纫机两台", by="u1")
    gone = store.measures.add_item(kept.step.id, Item("-"), "童车", by="u1")
    store.measures.revise_item(replace(gone, withdrawn=True, reason="留给家属"), by="u1")
    duty_id, problem = f"step:{kept.step.id}", store.problem(ACTION)
    assert problem is not None
    place, day = problem.places[0].id, problem.shifts[0].day
    duty = PlanDuty(duty_id, MeasureKind.SEIZURE, place, day, 36_000, 36_000, 2_400)
    problem = replace(problem, duties=(*problem.duties, duty))
    of = {f"step:{kept.step.id}", "case:c002", "debtor:d002", f"claim:{claim.id}"}
    subjects = StopSubjects.read(store, problem)
    assert set(subjects.of_duty(duty_id)) == of | {f"item:{item.item.id}"}
    option = replace(problem.options[0], step=kept.step.id)
    assert f"item:{item.item.id}" in subjects.of_visit(option)
    ended = replace(kept, state=StepState.WITHDRAWN, reason="已履行")
    store.measures.revise(ended, act="step.withdraw", by="u1")
    assert StopSubjects.read(store, problem).of_duty(duty_id) == (duty_id,)


def test_what_a_scheduled_step_wants_signed_names_its_hour(court: Services) -> None:
    problem, made = court.store.problem(ACTION), court.store.plan(ACTION)
    assert problem is not None
    assert made is not None
    place, day = problem.places[0].id, problem.shifts[0].day
    duty = PlanDuty("step:m1", MeasureKind.SUMMONS, place, day, 36_000, 36_000, 2_400)
    after = PlanDuty("step:m1:handover", "handover", place, day, 38_400, 40_000, 1_800)
    problem = replace(problem, duties=(*problem.duties, duty, after))
    asked = PlanFinding("B3", "sign_off", "step:m1", "须签批", "", "d" * 64)
    page = build_plan_page(
        action_id=ACTION,
        released_at=None,
        problem=problem,
        plan=made,
        store=court.store,
        findings=(asked,),
        escort_states={},
        sights=None,
    )
    (group,) = sign_groups(page, Signatures((asked,), {}, {}), problem)
    (where,) = group.items[0].where
    assert "10:00" in where
    assert where.endswith("拘传")
