from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.model import Precision
from routes.errors import ValueRangeError
from routes.model import Identifier, Place, Verdict
from routes.rules import check_claim, check_lead, count_identifiers

from .samples import CASE, CLAIM, DEBTOR, LEAD, POINT, PROFILE, TODAY, WHEN

DAY = timedelta(days=1)
NAME, ID, BIRTH, KIN = (
    Identifier.NAME,
    Identifier.ID_NUMBER,
    Identifier.BIRTH_DATE,
    Identifier.KIN,
)


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
        ({NAME, ID}, {NAME, BIRTH}, False),
        ({NAME}, {ID, BIRTH}, False),
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


def test_a_stricter_court_counts_dependent_identifiers_once() -> None:
    strict = replace(PROFILE, identifiers_dependent=(frozenset({ID, BIRTH}),))
    assert count_identifiers({NAME, ID, BIRTH}, strict) == 1
    assert count_identifiers({ID, BIRTH, KIN}, strict) == 2


@given(st.sets(st.sampled_from(Identifier)), st.sampled_from(Identifier))
def test_one_more_identifier_counts_at_most_once_and_never_less(
    held: set[Identifier], more: Identifier
) -> None:
    before = count_identifiers(held, PROFILE)
    assert before <= count_identifiers(held | {more}, PROFILE) <= before + 1


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
