"""A hearing or keys to be given over as officers, and stations, see it in a plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from data.duties import EnteredDuty
from data.model import Role
from geo.model import Point
from routes.model import ActionId, CaseId, DutyKind, SecretText
from routes.planning.problem import PlanDuty, PlanPlace, Stop, StopKind
from tests.web.conftest import Reader
from tests.web.court import ACTION, DAYS
from web.field_pack import build_pack
from web.partner_page import duty_door
from web.plan_board import duty_title
from web.services import Services
from web.stop_labels import stop_labels

SignIn = Callable[[Role | str], Reader]

KEYS = ActionId("A-keys")
ADDRESS = "示例市青溪镇石井村9号"


@pytest.fixture
def duty(court: Services) -> PlanDuty:
    """Plan a duty of the table at the end of the first team's day."""
    problem, plan = court.store.problem(ACTION), court.store.plan(ACTION)
    assert problem is not None
    assert plan is not None
    door = problem.places[-1]
    entered = EnteredDuty(
        "QW01",
        DutyKind.KEYS,
        SecretText("房屋交付"),
        DAYS[0],
        54000,
        64800,
        SecretText(ADDRESS),
        Point(door.lon, door.lat),
        30,
        case_id=CaseId("c001"),
    )
    court.store.put(duties_=[entered])
    made = PlanDuty(entered.duty_id, "keys", door.id, DAYS[0], 54000, 63000, 1800, label="房屋交付")
    route = next(one for one in plan.routes if one.day == DAYS[0])
    at_s = max(54000, route.return_s)
    stop = Stop(StopKind.DUTY, made.id, door.id, at_s, at_s, at_s + 1800)
    longer = replace(route, stops=(*route.stops, stop), return_s=at_s + 2400)
    routes = tuple(longer if one is route else one for one in plan.routes)
    court.store.save(
        KEYS,
        replace(problem, id=KEYS, duties=(*problem.duties, made)),
        replace(plan, problem_id=KEYS, routes=routes),
        made_at=court.clock(),
    )
    return made


def test_officers_read_what_it_is_where_and_for_which_case(
    signed_in: SignIn, court: Services, duty: PlanDuty
) -> None:
    case = court.store.case(CaseId("c001"))
    assert case is not None
    text = signed_in(Role.COMMANDER).get(f"/plans/{KEYS}").text
    for word in (f"交接钥匙 · {duty.label}", ADDRESS, str(case.number)):
        assert word in text
    assert duty_title(duty) == "交接钥匙 · 房屋交付"
    assert duty_title(replace(duty, kind="hearing", label="")) == "开庭"
    problem, plan = court.store.problem(KEYS), court.store.plan(KEYS)
    assert problem is not None
    assert plan is not None
    label = stop_labels(court.store, problem, plan)[duty.id]
    assert (label.title, label.case_number, label.address) == (
        "房屋交付",
        str(case.number),
        ADDRESS,
    )


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMIN, Role.POLICE_LIAISON, Role.GRID_LIAISON])
def test_nobody_else_reads_its_address(signed_in: SignIn, duty: PlanDuty, role: Role) -> None:
    del duty
    reader = signed_in(role)
    for path in (f"/plans/{KEYS}", f"/live/{KEYS}", f"/api/plans/{KEYS}"):
        assert ADDRESS not in reader.get(path).text


def test_the_device_keeps_it_with_its_address(court: Services, duty: PlanDuty) -> None:
    court.store.release(KEYS, by="u1", warnings={}, override_reason="演练")
    plan = court.store.plan(KEYS)
    assert plan is not None
    team = next(
        route.team for route in plan.routes if any(stop.ref == duty.id for stop in route.stops)
    )
    pack = build_pack(court, KEYS, DAYS[0], team)
    assert pack is not None
    (stop,) = [one for one in pack["stops"] if one["ref"] == duty.id]
    assert (stop["title"], stop["what"], stop["address"]) == ("房屋交付", "交接钥匙", ADDRESS)
    assert stop["case_number"]
    assert not stop["stopped"]


def test_what_was_withdrawn_is_stopped(court: Services, duty: PlanDuty) -> None:
    (entered,) = court.store.entered_duties()
    court.store.put(duties_=[replace(entered, withdrawn=True)])
    court.store.release(KEYS, by="u1", warnings={}, override_reason="演练")
    plan = court.store.plan(KEYS)
    assert plan is not None
    team = next(
        route.team for route in plan.routes if any(stop.ref == duty.id for stop in route.stops)
    )
    pack = build_pack(court, KEYS, DAYS[0], team)
    assert pack is not None
    (stop,) = [one for one in pack["stops"] if one["ref"] == duty.id]
    assert stop["stopped"]


def test_a_station_learns_the_part_of_the_district_only(court: Services, duty: PlanDuty) -> None:
    place = PlanPlace("x", 118.55, 24.86)
    people = court.store.people(["d001"])
    seen = {
        kind: duty_door(replace(duty, kind=kind), None, place, people, court.areas, on=DAYS[0])
        for kind in ("keys", "other", "hearing")
    }
    assert not seen["keys"].shown
    assert not seen["other"].shown
    assert seen["hearing"].shown
    assert seen["keys"].words == "交接钥匙 · 青溪上村"
