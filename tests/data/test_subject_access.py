"""Who asks gets everything about himself, nothing of others, and of every table."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from data import plans
from data.audit import of_ids
from data.imports import import_file
from data.schema import Base
from data.sign_offs import add
from data.store import Store
from data.subject_access import NOT_YET, WITHHELD
from geo.localtime import local_day
from routes.items import Item
from routes.measures import Measure, MeasureKind, StepId
from routes.model import ActionId, CaseId, DebtorId, SecretText
from routes.rules.signoffs import Role, SignOff
from tests.data import samples
from tests.data.samples import ADDRESS, NAME
from tests.fakes import StandingClock
from tests.routes.planning.samples import district, district_plan

_NUMBER = "000000199001010000"
_OTHER = "王不相干"


@pytest.fixture
def filled(store: Store) -> Store:
    store.put(
        cases_=[samples.case(1), samples.case(2), samples.case(3)],
        debtors=[
            samples.debtor(1),
            samples.debtor(2),
            samples.debtor(3, name=SecretText(_OTHER), id_number=SecretText("1" * 18)),
        ],
        claims=[samples.claim(1), samples.claim(2), samples.claim(3)],
        outcomes=[samples.outcome(1, 1), samples.outcome(2, 3)],
        leads=[samples.lead(1, 1), samples.lead(2, 3)],
    )
    store.audit.append("u1", "person.read", "case:c1", {"persons": 1})
    store.audit.append("u1", "person.read", "case:c3", {"persons": 1})
    return store


def test_name_and_number_together_find_a_person_in_every_case(filled: Store) -> None:
    assert filled.persons_named(f" {NAME}", _NUMBER) == (DebtorId("d1"), DebtorId("d2"))
    assert filled.persons_named(NAME, "1" * 18) == ()
    assert filled.persons_named(_OTHER, _NUMBER) == ()


def test_readings_of_many_are_told_to_each_of_them(filled: Store) -> None:
    before = len(filled.held_about([DebtorId("d1")])["audit_entry"])
    many = [f"d{n:04d}" for n in range(500)]
    told = filled.audit.append("u1", "plan.export", "action:p1", of_ids("persons", ["d1", *many]))
    assert told.detail["persons"] == 501
    assert all(len(str(text)) <= 200 for text in told.detail.values())
    filled.audit.append("u1", "plan.export", "action:p1", of_ids("persons", many))
    filled.audit.append("u1", "case.export", "store:-", {"persons": 3})
    held = filled.held_about([DebtorId("d1")])["audit_entry"]
    assert [row["act"] for row in held][before:] == ["plan.export", "case.export"]


def test_all_of_it_is_told_and_nothing_of_others(filled: Store) -> None:
    held = filled.held_about(filled.persons_named(NAME, _NUMBER))
    assert {name: len(rows) for name, rows in held.items()} == {
        "debtor": 2,
        "enforcement_case": 2,
        "address_claim": 2,
        "outcome": 1,
        "lead": 1,
        "audit_entry": 1,
    }
    text = json.dumps(held, ensure_ascii=False)
    assert NAME in text
    assert ADDRESS in text
    assert _OTHER not in text
    assert held["lead"][0]["source"] == WITHHELD
    assert held["audit_entry"] == [
        {"at": held["audit_entry"][0]["at"], "act": "person.read", "role": "terminal"}
    ]
    assert not any(column.endswith("hash") for rows in held.values() for column in rows[0])


def test_steps_against_a_co_debtor_are_not_told(filled: Store) -> None:
    filled.put(
        debtors=[
            samples.debtor(
                4, case_id=CaseId("c1"), name=SecretText(_OTHER), id_number=SecretText("2" * 18)
            )
        ]
    )
    of_one, of_other = (
        filled.measures.add(
            Measure(StepId("-"), MeasureKind.SEIZURE, CaseId("c1"), DebtorId(debtor)), by="u1"
        )
        for debtor in ("d1", "d4")
    )
    filled.measures.add_item(of_one.step.id, Item("-"), "缝纫机两台", by="u1")
    filled.measures.add_item(of_other.step.id, Item("-"), f"{_OTHER}的住房", by="u1")
    held = filled.held_about(filled.persons_named(NAME, _NUMBER))
    assert {row["id"] for row in held["step"]} == {of_one.step.id}
    assert [row["description"] for row in held["step_item"]] == ["缝纫机两台"]
    assert _OTHER not in json.dumps(held, ensure_ascii=False)
    other = filled.held_about([DebtorId("d4")])
    assert [row["description"] for row in other["step_item"]] == [f"{_OTHER}的住房"]


def test_signatures_rows_that_wait_and_visits_are_told(
    filled: Store, clock: StandingClock, tmp_path: Path
) -> None:
    def sign(subject: str) -> None:
        of = ("A6", subject, Role.DIRECTOR, "已安置", "批1号", "u1", clock())
        with filled.write() as work:
            add(work, SignOff(*of, clock() + timedelta(days=1), "0a1b"))

    problem, plan = district(), district_plan()
    later = local_day(clock()) - problem.shifts[0].day + timedelta(days=2)
    plan = replace(plan, routes=tuple(replace(one, day=one.day + later) for one in plan.routes))
    route = next(one for one in plan.routes for stop in one.stops if stop.kind == "visit")
    visit = next(stop.ref for stop in route.stops if stop.kind == "visit")
    options = tuple(replace(one, claim="a1") if one.id == visit else one for one in problem.options)
    filled.save(ActionId(problem.id), replace(problem, options=options), plan, made_at=clock())
    own = ("case:c1", "debtor:d1", "claim:a1", f"visit:{visit}")
    for subject in (*own, "case:c3", "debtor:d3", "claim:a3", "visit:another"):
        sign(subject)
    rows = [samples.CASE_ROW | {"案号": "x", "证件号码": number} for number in (_NUMBER, "1" * 18)]
    import_file(filled, "cases", samples.write_csv(tmp_path / "a.csv", rows), quarantine=True)
    who = filled.persons_named(NAME, _NUMBER)
    held = filled.held_about(who)
    assert sorted(row["subject"] for row in held["sign_off"]) == sorted(own)
    assert {row["reason"] for row in held["sign_off"]} == {"已安置"}
    (waits,) = held["quarantined_row"]
    assert _NUMBER in waits["cells"]
    assert [(one["visit"], one["day"]) for one in held["planned_visit"]] == [(visit, NOT_YET)]
    clock.advance(days=(route.day - local_day(clock())).days + 1)
    (told,) = filled.held_about(who)["planned_visit"]
    assert (told["team"], told["day"]) == (route.team, route.day.isoformat())


def test_why_a_case_was_signed_is_withheld_where_others_are_in_it(
    filled: Store, clock: StandingClock
) -> None:
    filled.put(debtors=[samples.debtor(4, case_id=CaseId("c1"), name=SecretText(_OTHER))])
    of = ("A6", "case:c1", Role.DIRECTOR, f"{_OTHER}病重", "批1号", "u1", clock())
    with filled.write() as work:
        add(work, SignOff(*of, clock() + timedelta(days=1), "0a1b"))
    (row,) = filled.held_about([DebtorId("d1")])["sign_off"]
    assert (row["reason"], row["document_no"]) == (WITHHELD, "批1号")


def test_every_table_that_rests_on_a_debtor_is_reached() -> None:
    """What :mod:`data.subject_access` follows is what the tables say."""
    reached = {"debtor"}
    for table in Base.metadata.sorted_tables:
        if any(key.column.table.name in reached for key in table.foreign_keys):
            reached.add(table.name)
    assert reached == {
        "debtor",
        "address_claim",
        "check_answer",
        "lead",
        "outcome_record",
        "outcome_file",
        "namesake_decision",
        "outcome",
        "place",
        "place_decision",
        "property_answer",
        "restriction",
    }


def test_visits_are_found_in_each_plan_as_if_all_of_it_were_read(
    filled: Store, clock: StandingClock
) -> None:
    problem, plan = district(), district_plan()
    filled.save(ActionId("p1"), problem, plan, made_at=clock())
    claims = sorted({option.claim for option in problem.options})
    stops = {stop.ref for route in plan.routes for stop in route.stops}
    with filled.read() as connection:
        for claim in (*claims, "c", "c4.", 'c"1', "none"):
            own = {option.id for option in problem.options if option.claim == claim}
            assert plans.visits_to(connection, ActionId("p1"), {claim}) == own
            named = plans.plan_naming(connection, ActionId("p1"), own)
            assert named == (plan if own & stops else None)
