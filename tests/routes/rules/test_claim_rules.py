from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.demo.people import credit_code, id_number
from geo.model import Precision
from routes.errors import ValueRangeError
from routes.model import (
    ClaimSource,
    Debtor,
    DebtorKind,
    Identifier,
    NamesakeRuling,
    NamesakeVerdict,
    Place,
    SecretText,
    Verdict,
)
from routes.rules import check_claim, check_lead

from .samples import CASE, CLAIM, DEBTOR, LEAD, POINT, PROFILE, TODAY, WHEN

DAY = timedelta(days=1)
NAME, ID, BIRTH, KIN, HISTORY, CODE = (
    Identifier.NAME,
    Identifier.ID_NUMBER,
    Identifier.BIRTH_DATE,
    Identifier.KIN,
    Identifier.ADDRESS_HISTORY,
    Identifier.CREDIT_CODE,
)
SAME, UNSURE, DIFFERENT = NamesakeVerdict.SAME, NamesakeVerdict.UNSURE, NamesakeVerdict.DIFFERENT


def verdicts(rule: str, **changes: Any) -> list[Verdict]:
    claim = replace(CLAIM, **changes)
    said = check_claim(CASE, DEBTOR, claim, on=TODAY, profile=PROFILE)
    assert all(finding.subject == "claim:A1" for finding in said)
    return [finding.verdict for finding in said if finding.rule == rule]


def test_an_address_in_order_has_no_finding() -> None:
    assert check_claim(CASE, DEBTOR, CLAIM, on=TODAY, profile=PROFILE) == ()


@pytest.mark.parametrize(
    ("rule", "changes", "expected"),
    [
        ("N7", {"basis": None}, [Verdict.BLOCK]),
        ("N7", {"basis": " "}, [Verdict.BLOCK]),
        ("P4", {"seen_on": TODAY - 729 * DAY}, []),
        ("P4", {"seen_on": TODAY - 730 * DAY}, [Verdict.WARN]),
        ("P4", {"seen_on": TODAY + DAY}, [Verdict.WARN]),
        ("P4", {"place": None}, [Verdict.WARN]),
        ("P4", {"place": Place(POINT, Precision.DOOR, 0.5)}, []),
        ("P4", {"place": Place(POINT, Precision.DOOR, 0.49)}, [Verdict.WARN]),
        ("P5", {"expires_on": TODAY}, []),
        ("P5", {"expires_on": TODAY - DAY}, [Verdict.BLOCK]),
    ],
)
def test_rule_on_both_sides_of_its_boundary(
    rule: str, changes: dict[str, Any], expected: list[Verdict]
) -> None:
    assert verdicts(rule, **changes) == expected


@pytest.mark.parametrize(
    ("of_debtor", "of_claim", "blocked"),
    [
        ({NAME, ID}, {NAME, KIN}, False),
        ({NAME}, {NAME, ID, KIN}, False),
        ({NAME, ID, KIN}, {NAME, ID}, False),
        ({NAME, ID}, {NAME, ID}, True),  # one identifier, matched twice
        ({NAME, ID}, {NAME, BIRTH}, True),
        ({NAME, ID}, {NAME, BIRTH, KIN}, False),
        ({NAME}, {ID, BIRTH}, True),  # the number holds the date
        ({NAME, ID, KIN}, {HISTORY}, True),  # a register agrees with itself
        ({NAME, ID}, {NAME, CODE}, True),  # a company's
        ({NAME, ID, KIN}, {NAME}, True),  # a namesake may live there
        ({NAME, ID, KIN}, set(), True),
        ({NAME}, {NAME}, True),
        (set(), set(), True),
    ],
)
def test_namesake_gate(
    of_debtor: set[Identifier], of_claim: set[Identifier], blocked: bool
) -> None:
    debtor = replace(DEBTOR, identifiers=frozenset(of_debtor))
    claim = replace(CLAIM, identifiers=frozenset(of_claim))
    said = check_claim(CASE, debtor, claim, on=TODAY, profile=PROFILE)
    assert [(f.rule, f.verdict) for f in said] == ([("N1", Verdict.BLOCK)] if blocked else [])


def gate(debtor: Debtor = DEBTOR, **changes: Any) -> list[Verdict]:
    said = check_claim(CASE, debtor, replace(CLAIM, **changes), on=TODAY, profile=PROFILE)
    return [finding.verdict for finding in said if finding.rule == "N1"]


def test_an_address_history_counts_beside_another_source() -> None:
    changes = {"identifiers": frozenset({ID, HISTORY})}
    assert gate(source=ClaimSource.LEASE, **changes) == []
    assert gate(source=ClaimSource.RESIDENCE_PERMIT, **changes) == [Verdict.BLOCK]


@pytest.mark.parametrize(
    ("verdict", "matched", "mismatched", "blocked"),
    [
        (SAME, {ID, KIN}, set(), False),
        (SAME, {ID, BIRTH}, {KIN}, True),  # the table said that kin agrees
        (SAME, {ID, Identifier.PHOTO}, {KIN}, False),
        (UNSURE, {ID, KIN}, set(), True),
        (DIFFERENT, {KIN}, {ID}, True),
    ],
)
def test_a_decision_on_a_comparison_rules_the_gate(
    verdict: NamesakeVerdict, matched: set[Identifier], mismatched: set[Identifier], blocked: bool
) -> None:
    ruling = NamesakeRuling(verdict, frozenset(matched), frozenset(mismatched))
    assert gate(ruling=ruling) == [Verdict.BLOCK] * blocked


@pytest.mark.parametrize(
    ("kind", "number", "blocked"),
    [
        (DebtorKind.PERSON, id_number(date(1980, 5, 17), 12), False),
        (DebtorKind.PERSON, "H00000000", False),
        (DebtorKind.PERSON, "E00000000", False),
        (DebtorKind.PERSON, credit_code(7), True),
        (DebtorKind.PERSON, "000000198005170121", True),
        (DebtorKind.COMPANY, credit_code(7), False),
        (DebtorKind.COMPANY, id_number(date(1980, 5, 17), 12), True),
    ],
)
def test_a_number_that_cannot_be_right_counts_for_nothing(
    kind: DebtorKind, number: str, blocked: bool
) -> None:
    debtor = replace(DEBTOR, kind=kind, id_number=SecretText(number))
    assert gate(debtor) == [Verdict.BLOCK] * 2 * blocked


@given(st.frozensets(st.sampled_from(Identifier)), st.sampled_from(Identifier))
def test_one_more_identifier_that_agrees_never_blocks(
    held: frozenset[Identifier], more: Identifier
) -> None:
    assert len(gate(identifiers=held | {more})) <= len(gate(identifiers=held))


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 0),
        ({"withdrawn": True}, 1),
        ({"expires_at": WHEN}, 1),
        ({"expires_at": WHEN + timedelta(seconds=1)}, 0),
        ({"received_at": WHEN + timedelta(seconds=1)}, 1),
        ({"source": " "}, 1),
    ],
)
def test_lead(changes: dict[str, Any], count: int) -> None:
    said = check_lead(replace(LEAD, **changes), at=WHEN, profile=PROFILE)
    assert [(f.rule, f.verdict, f.subject) for f in said] == [
        ("N6", Verdict.BLOCK, "lead:L1")
    ] * count


def test_lead_at_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueRangeError):
        check_lead(LEAD, at=datetime(2026, 11, 25), profile=PROFILE)  # noqa: DTZ001
