"""One suite for the store on disk and for the doubles that stand in for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from data.errors import BoxError, DuplicateError, StoreError
from data.store import Store
from geo.model import Point
from routes.errors import PlanError
from routes.model import ActionId, CaseId, CaseNumber, ClaimId, DebtorId, DutyBasis, SecretText
from routes.ports import CaseStore, FieldStore, PlanStore
from tests.data import samples
from tests.data.courts import copied
from tests.data.exports.samples import MADE_AT, plan, problem
from tests.fakes import MemoryCases, MemoryField, MemoryPlans, StandingClock

FRIDAY, SATURDAY, MONDAY = date(2026, 11, 27), date(2026, 11, 28), date(2026, 11, 30)

_CASES = (
    samples.case(2),
    samples.case(1, vulnerable=(), basis_document=None),
    samples.case(3, number=CaseNumber(2025, "闽0599", "执恢", 9, "二")),
)
_DEBTORS = (
    samples.debtor(1),
    samples.debtor(2, id_number=None, identifiers=frozenset()),
    samples.debtor(3, case_id=CaseId("c1"), name=SecretText("陈示例")),
)
_CLAIMS = (
    samples.claim(1, place=samples.place()),
    samples.claim(2, basis=None, identifiers=frozenset()),
    samples.claim(3, expires_on=date(2027, 1, 1)),
)
_OUTCOMES = (samples.outcome(2, 1), samples.outcome(1, 1), samples.outcome(3, 2))
_LEADS = (samples.lead(2, 2), samples.lead(1, 1), replace(samples.lead(3, 3), claim_id=None))


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def is_memory(kind: str) -> bool:
    return kind == "memory"


@pytest.fixture
def opened(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[[], Store]]:
    with ExitStack() as stack:

        def open_store() -> Store:
            name = "empty_database" if kind == "postgresql" else "empty_file"
            court = stack.enter_context(copied(request.getfixturevalue(name), tmp_path / "court"))
            store = court.open(StandingClock())
            stack.callback(store.close)
            return store

        yield open_store


@pytest.fixture
def cases(is_memory: bool, opened: Callable[[], Store]) -> CaseStore:
    if is_memory:
        return MemoryCases(_CASES, _DEBTORS, _CLAIMS, _OUTCOMES, _LEADS)
    store = opened()
    store.put(cases_=_CASES, debtors=_DEBTORS, claims=_CLAIMS, outcomes=_OUTCOMES, leads=_LEADS)
    return store


BASIS = DutyBasis("协助执行通知书1号", DebtorId("D1"), "协助查找下落", "值班室", date(2026, 12, 31))


@pytest.fixture
def field(is_memory: bool, opened: Callable[[], Store]) -> FieldStore:
    teams = (samples.team("T2"), samples.team("T1"))
    checkpoints = (samples.checkpoint("CP02"), samples.checkpoint("CP01"))
    shifts = {"T1": samples.HOURS, "T2": samples.HOURS[:1]}
    duty_hours, duty_basis = {"CP01": samples.HOURS}, {"CP01": BASIS}
    stations, liaisons = (samples.station(),), (samples.liaison(),)
    if is_memory:
        return MemoryField(
            teams=teams,
            shifts=shifts,
            stations=stations,
            checkpoints=checkpoints,
            duty_hours=duty_hours,
            duty_basis=duty_basis,
            liaisons=liaisons,
        )
    store = opened()
    store.put(
        teams=teams,
        shifts=shifts,
        stations=stations,
        checkpoints=checkpoints,
        duty_hours=duty_hours,
        duty_basis=duty_basis,
        liaisons=liaisons,
    )
    return store


@pytest.fixture
def plans(is_memory: bool, opened: Callable[[], Store]) -> PlanStore:
    if is_memory:
        return MemoryPlans()
    return opened()


def test_cases_come_back_in_the_order_of_their_numbers(cases: CaseStore) -> None:
    assert [case.id for case in cases.cases()] == ["c3", "c1", "c2"]
    assert set(cases.cases()) == set(_CASES)
    assert cases.case(CaseId("c2")) == _CASES[0]
    assert cases.case(CaseId("none")) is None


def test_debtors_claims_outcomes_and_leads_come_back_as_they_were(cases: CaseStore) -> None:
    assert cases.debtors() == _DEBTORS
    assert cases.claims() == _CLAIMS
    assert [one.id for one in cases.outcomes()] == ["o1", "o2", "o3"]
    assert set(cases.outcomes()) == set(_OUTCOMES)
    assert [one.id for one in cases.leads()] == ["l1", "l2", "l3"]
    assert set(cases.leads()) == set(_LEADS)


def test_one_case_has_its_own_only(cases: CaseStore) -> None:
    first = CaseId("c1")
    assert [one.id for one in cases.debtors(first)] == ["d1", "d3"]
    assert [one.id for one in cases.claims(first)] == ["a1", "a3"]
    assert [one.id for one in cases.outcomes(first)] == ["o1", "o2"]
    assert [one.id for one in cases.leads(first)] == ["l1", "l3"]
    assert not cases.debtors(CaseId("none"))


def test_places_are_written_all_or_none(cases: CaseStore) -> None:
    new = samples.place(118.7, township_code="T", station_id="PS01")
    cases.set_places({ClaimId("a1"): new, ClaimId("a2"): new})
    assert [one.place for one in cases.claims()] == [new, new, None]
    with pytest.raises(StoreError):
        cases.set_places({ClaimId("a3"): new, ClaimId("none"): new})
    assert [one.place for one in cases.claims()] == [new, new, None]
    cases.set_places({})


def test_places_are_found_in_a_box_edges_included(cases: CaseStore) -> None:
    west, east = samples.place(118.6), samples.place(118.7)
    cases.set_places({ClaimId("a1"): east, ClaimId("a2"): west, ClaimId("a3"): east})
    lat = west.point.lat
    assert cases.places_in(118.6, lat, 118.7, lat) == (
        (ClaimId("a1"), east),
        (ClaimId("a2"), west),
        (ClaimId("a3"), east),
    )
    assert cases.places_in(118.65, -90, 180, 90, limit=1) == ((ClaimId("a1"), east),)
    assert cases.places_in(118.61, -90, 118.69, 90) == ()
    cases.set_places({ClaimId("a1"): west})
    assert cases.places_in(118.7, lat, 118.7, lat) == ((ClaimId("a3"), east),)


@pytest.mark.parametrize(
    ("box", "told"),
    [
        ((179.0, 0.0, -179.0, 1.0), "180°.*分成两个框"),
        ((0.0, 1.0, 1.0, 0.0), "南界"),
        ((-181.0, 0.0, 1.0, 1.0), "-180"),
        ((0.0, 0.0, 1.0, float("nan")), "-90"),
    ],
)
def test_a_box_that_is_none_is_refused(
    cases: CaseStore, box: tuple[float, float, float, float], told: str
) -> None:
    with pytest.raises(BoxError, match=told):
        cases.places_in(*box)


def test_a_reference_to_nothing_is_refused(is_memory: bool, opened: Callable[[], Store]) -> None:
    put: Callable[..., object] = MemoryCases if is_memory else opened().put
    with pytest.raises(StoreError):
        put(debtors=(samples.debtor(1, case_id=CaseId("none")),))
    with pytest.raises(StoreError):
        put(claims=(samples.claim(1, debtor_id=DebtorId("none")),))


def test_field_objects_come_back_in_the_order_of_their_ids(field: FieldStore) -> None:
    assert field.teams() == (samples.team("T1"), samples.team("T2"))
    assert field.stations() == (samples.station(),)
    assert field.checkpoints() == (samples.checkpoint("CP01"), samples.checkpoint("CP02"))
    assert field.liaisons() == (samples.liaison(),)


def test_weekly_hours_become_shifts_and_duties_of_a_day(field: FieldStore) -> None:
    assert [(s.team_id, f"{s.starts_at:%d %H:%M %z}") for s in field.shifts(MONDAY)] == [
        ("T1", "30 08:30 +0800"),
        ("T2", "30 08:30 +0800"),
    ]
    assert [s.team_id for s in field.shifts(SATURDAY)] == ["T1"]
    assert not field.shifts(FRIDAY)
    (duty,) = field.duties(SATURDAY)
    assert duty.id == "CP01-20261128-0900"
    assert duty.point == Point(118.61, 24.91)
    assert duty.basis == BASIS
    assert (duty.ends_at - duty.starts_at).total_seconds() == 7200
    assert not field.duties(FRIDAY)


def test_plans_are_kept_in_the_order_of_saving(plans: PlanStore) -> None:
    assert plans.latest() is None
    assert not plans.action_ids()
    first, second = ActionId("Z-1"), ActionId("A-2")
    for action_id in (first, second):
        plans.save(action_id, problem(), plan(), made_at=MADE_AT)
    assert list(plans.action_ids()) == [first, second]
    assert plans.latest() == second
    kept = plans.plan(first)
    assert kept is not None
    assert (kept.routes, kept.unassigned, kept.findings, kept.value) == (
        plan().routes,
        plan().unassigned,
        plan().findings,
        plan().value,
    )
    asked = plans.problem(first)
    assert asked is not None
    assert (asked.places, asked.options, asked.shifts, asked.duties) == (
        problem().places,
        problem().options,
        problem().shifts,
        problem().duties,
    )
    assert (asked.matrices[0].travel_s == problem().matrices[0].travel_s).all()
    assert plans.plan(ActionId("none")) is None
    assert plans.problem(ActionId("none")) is None


def test_the_same_action_again_replaces_nothing(plans: PlanStore) -> None:
    action_id = ActionId("A-1")
    plans.save(action_id, problem(), plan(), made_at=MADE_AT)
    with pytest.raises(DuplicateError):
        plans.save(action_id, problem(), replace(plan(), value=9.0), made_at=MADE_AT)
    kept = plans.plan(action_id)
    assert kept is not None
    assert kept.value == plan().value


def test_a_plan_for_another_problem_or_without_a_zone_is_refused(plans: PlanStore) -> None:
    with pytest.raises(PlanError):
        plans.save(ActionId("A-1"), problem(), plan("P-2"), made_at=MADE_AT)
    with pytest.raises(StoreError):
        plans.save(ActionId("A-1"), problem(), plan(), made_at=datetime(2026, 11, 25))  # noqa: DTZ001
    assert plans.latest() is None
