"""Who asks gets everything about himself, nothing of others, and of every table."""

from __future__ import annotations

import json

import pytest

from data.schema import Base
from data.store import Store
from data.subject_access import WITHHELD
from routes.items import Item
from routes.measures import Measure, MeasureKind, StepId
from routes.model import CaseId, DebtorId, SecretText
from tests.data import samples
from tests.data.samples import ADDRESS, NAME

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


def test_every_table_that_rests_on_a_debtor_is_reached() -> None:
    """What :mod:`data.subject_access` follows is what the tables say."""
    reached = {"debtor"}
    for table in Base.metadata.sorted_tables:
        if any(key.column.table.name in reached for key in table.foreign_keys):
            reached.add(table.name)
    assert reached == {
        "debtor",
        "address_claim",
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
