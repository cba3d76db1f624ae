"""A decision to take a step holds for the step, property, hour and team that were decided on."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

import pytest

from routes.calendar import WorkCalendar
from routes.documents import DocumentKind
from routes.items import ItemUse, ThirdPartyClaim
from routes.measures import (
    ActKind,
    Arrangement,
    Beginning,
    Condition,
    Measure,
    MeasureKind,
    PoliceGear,
    TargetRole,
)
from routes.model import ClaimId, TeamId, Verdict
from routes.step_files import StepFile, check_step_file, decided_on
from tests.routes.rules.measure_samples import AT, ITEM, SEIZURE, SUMMONS, acts, decided, paper
from tests.routes.rules.samples import CASE, CLAIM, DEBTOR, PROFILE, TEAM

NOW = AT - timedelta(days=1)
DAY = timedelta(days=1)
CREW = replace(TEAM, recorders=2)
FACTS = {"owed_yuan": 50_000.0, "costs_yuan": 500.0, "acts": ()}
OTHER = replace(ITEM, id="I2", described="写字台")


def seizure(**changes: Any) -> StepFile:
    step = replace(SEIZURE, claim_id=CLAIM.id, **FACTS)
    file = StepFile(step, CASE, DEBTOR, CLAIM, CREW, AT, (ITEM,), scheduled=True)
    return decided(replace(file, **changes))


def blocks(file: StepFile, now: Any = NOW) -> list[str]:
    found = check_step_file(file, now=now, calendar=WorkCalendar(), profile=PROFILE)
    return [one.rule for one in found if one.verdict is Verdict.BLOCK]


def of_step(**changes: Any) -> dict[str, Any]:
    return {"step": replace(seizure().step, **changes)}


def of_item(**changes: Any) -> dict[str, Any]:
    return {"items": (replace(ITEM, **changes),)}


CHANGES: dict[str, dict[str, Any]] = {
    "more property": {"items": (ITEM, OTHER)},
    "no property": {"items": ()},
    "value": of_item(value_yuan=10_001.0),
    "what it is": of_item(described="缝纫机"),
    "use": of_item(use=ItemUse.PRODUCTION),
    "sale": of_item(to_be_sold=True),
    "objection to it": of_item(third_party_claim=ThirdPartyClaim.PENDING),
    "hour": {"starts_at": AT + timedelta(minutes=10)},
    "no hour": {"starts_at": None},
    "team": {"team": replace(CREW, id=TeamId("T2"))},
    "place": of_step(claim_id=ClaimId("A2")),
    "gear": of_step(police_gear=PoliceGear.BY_POLICE),
    "opening": of_step(forced_opening=True),
    "complex": of_step(complex_matter=True),
    "person": of_step(target=SUMMONS.target),
    "debt": of_step(owed_yuan=49_000.0),
    "people at the place": {"case": replace(CASE, vulnerable=("minor_alone",))},
    "amount": {"case": replace(CASE, claim_yuan=60_000.0)},
    "objection": {"case": replace(CASE, objection_pending=True)},
}


def test_what_is_decided_is_not_forbidden() -> None:
    assert blocks(seizure()) == []


@pytest.mark.parametrize("name", list(CHANGES))
def test_what_is_something_else_by_now_is_decided_again(name: str) -> None:
    changed = replace(seizure(), **CHANGES[name])
    assert decided_on(changed) != decided_on(seizure())
    assert "P8" in blocks(changed)
    assert "P8" not in blocks(decided(changed))


@pytest.mark.parametrize(
    "changes",
    [
        of_step(documents=(*seizure().step.documents, paper(DocumentKind.INVENTORY))),
        of_step(arrangements=frozenset(Arrangement)),
        of_step(acts=acts(ActKind.OPENING_ORDERED)),
        of_step(handed_to="P2"),
        of_item(seized_on=None),
        {"case": replace(CASE, notice_sent_on=None)},
        {"team": replace(CREW, name="一组")},
        {"claim": replace(CLAIM, place=None)},
    ],
)
def test_papers_bookings_and_the_log_take_no_decision_away(changes: dict[str, Any]) -> None:
    assert "P8" not in blocks(replace(seizure(), **changes))


def test_the_order_of_property_is_no_fact_of_it() -> None:
    both = seizure(items=(ITEM, OTHER))
    assert decided_on(both) == decided_on(replace(both, items=(OTHER, ITEM)))


def test_a_decision_that_names_no_facts_asks_again() -> None:
    file = seizure()
    assert file.step.decision is not None
    old = replace(file.step.decision, rests_on="")
    assert "P8" in blocks(replace(file, step=replace(file.step, decision=old)))


def test_what_is_found_at_the_place_takes_no_decision_away() -> None:
    more = replace(seizure(), items=(ITEM, OTHER))
    assert "P8" in blocks(more, AT - timedelta(minutes=1))
    assert "P8" not in blocks(more, AT)
    assert "P8" in blocks(replace(more, scheduled=False), AT)


@pytest.mark.parametrize("noted", [False, True])
@pytest.mark.parametrize(
    "changes",
    [
        {"target": replace(SUMMONS.target, born_on=date(1955, 5, 5))},
        {"target": replace(SUMMONS.target, role=TargetRole.OTHER)},
        {"target": None},
        {"claim_id": ClaimId("A2")},
        {"claim_id": None},
        {"kind": MeasureKind.DETENTION},
    ],
)
def test_another_person_or_place_is_another_step_for_ever(
    changes: dict[str, Any], *, noted: bool
) -> None:
    step = replace(SUMMONS, claim_id=CLAIM.id, acts=())
    file = decided(StepFile(step, CASE, DEBTOR, CLAIM, CREW, AT, scheduled=True))
    if noted:
        begun = replace(file.step, acts=acts(ActKind.CONTROLLED), beginning=Beginning(AT))
        file = replace(file, step=begun, scheduled=False)
    assert "P8" not in blocks(file, AT + DAY)
    changed = replace(file, step=replace(file.step, **changes))
    assert "P8" in blocks(changed, AT + DAY)
    assert "P8" in blocks(replace(file, starts_at=AT + DAY), AT + DAY)
    assert file.step.target is not None
    ill = replace(file.step.target, conditions=frozenset({Condition.PREGNANT}))
    assert "P8" not in blocks(replace(file, step=replace(file.step, target=ill)), AT + DAY)


def test_a_plan_chooses_hour_and_team_where_they_were_left_to_it() -> None:
    open_ = seizure(starts_at=None, team=None, scheduled=False)
    tried = open_.tried(CREW, AT + DAY)
    assert (tried.team, tried.starts_at) == (CREW, AT + DAY)
    assert "P8" not in blocks(tried)
    assert "P8" not in blocks(tried.tried(replace(CREW, id=TeamId("T2")), AT))
    moved = replace(seizure(), starts_at=AT + DAY).tried(CREW, AT)
    assert "P8" in blocks(moved)  # stored for another day than was decided


def test_every_field_of_a_step_is_decided_on_but_what_comes_as_it_goes() -> None:
    as_it_goes = {"documents", "notified", "arrangements", "acts", "recipient", "decision"}
    as_it_goes |= {"handed_to", "beginning"}
    names = {each.name for each in fields(Measure)}
    assert as_it_goes < names
    before = decided_on(seizure())
    for name in sorted(names - as_it_goes):
        other = object.__new__(Measure)
        for each in fields(Measure):
            object.__setattr__(other, each.name, getattr(seizure().step, each.name))
        object.__setattr__(other, name, "another")
        assert decided_on(replace(seizure(), step=other)) != before, name


@pytest.mark.parametrize(
    ("claim_yuan", "owed_yuan", "value_yuan", "expected"),
    [
        (50_000.0, 50_000.0, 10_000.0, []),
        (50_000.0, 20_000_000.0, 10_000.0, [Verdict.WARN]),
        (50_000.0, 20_000_000.0, 10_000_000.0, [Verdict.WARN, Verdict.BLOCK]),
        (0.0, 20_000_000.0, 10_000.0, [Verdict.SIGN_OFF]),
    ],
)
def test_the_amount_of_the_case_bounds_the_debt(
    claim_yuan: float, owed_yuan: float, value_yuan: float, expected: list[Verdict]
) -> None:
    file = replace(
        seizure(),
        case=replace(CASE, claim_yuan=claim_yuan),
        items=(replace(ITEM, value_yuan=value_yuan),),
        **of_step(owed_yuan=owed_yuan),
    )
    found = check_step_file(file, now=NOW, calendar=WorkCalendar(), profile=PROFILE)
    assert [one.verdict for one in found if one.rule == "Z6"] == expected
