"""What a station sees of the place of a stop that takes a step (LAW.md P6, P7)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routes.measures import Measure, MeasureKind, StepId
from routes.model import CaseId, DebtorId, DutyKind, PlaceKind
from routes.people import People
from routes.planning.problem import PlanDuty, PlanPlace
from tests.web.court import DAYS, NOW
from web.partner_page import duty_door
from web.services import Services

CASE, DEBTOR, DAY = CaseId("c002"), DebtorId("d002"), DAYS[0]
PLACE = PlanPlace("p", 118.1, 25.1)
STEP = Measure(StepId("m1"), MeasureKind.SEARCH, CASE, DEBTOR)


@pytest.fixture
def people(court: Services) -> People:
    return court.store.people(one.id for one in court.store.debtors())


def of_case(people: People, *vulnerable: str, major: bool = False) -> People:
    case = replace(people.cases[CASE], vulnerable=vulnerable, major_matter=major)
    return replace(people, cases={**people.cases, CASE: case})


def duty(kind: MeasureKind | DutyKind = MeasureKind.SEARCH, after: str = "") -> PlanDuty:
    return PlanDuty(f"step:m1{after}", kind, PLACE.id, DAY, 36_000, 36_000, 600)


def at_home(people: People) -> Measure:
    homes = (c for c in people.claims.values() if c.debtor_id == DEBTOR)
    return replace(STEP, claim_id=next(c.id for c in homes if c.kind is PlaceKind.HOME))


def test_the_home_of_a_minor_is_hidden_when_a_step_is_taken_there(people: People) -> None:
    step, on = at_home(people), NOW.date()
    plain = duty_door(duty(), step, PLACE, of_case(people), None, on=on)
    assert plain.shown
    assert not plain.hazards
    minor = duty_door(duty(), step, PLACE, of_case(people, "minor_alone"), None, on=on)
    assert not minor.shown
    assert minor.words == "搜查 · 地点由承办人告知"
    assert [str(each) for each in minor.hazards] == ["现场可能有须照顾的人员"]


def test_a_step_without_place_or_record_shows_no_door(people: People) -> None:
    minor = of_case(people, "minor_alone")
    assert not duty_door(duty(), STEP, PLACE, minor, None, on=DAY).shown
    assert not duty_door(duty(), None, PLACE, people, None, on=DAY).shown


def test_a_major_matter_is_told_at_the_door_and_at_the_handover(people: People) -> None:
    known, step = of_case(people, "elderly", major=True), at_home(people)
    at_door = duty_door(duty(), step, PLACE, known, None, on=DAY)
    assert len(at_door.hazards) == 2
    after = duty_door(duty(DutyKind.HANDOVER, ":handover"), step, PLACE, known, None, on=DAY)
    assert after.shown
    assert [str(each) for each in after.hazards] == ["重大事项，请注意现场秩序"]
