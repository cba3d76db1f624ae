from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routes.errors import LocatingError
from routes.locating import case_weight, visits_value
from routes.model import Case, CaseId, CaseKind, CaseNumber, CaseStatus, Grade

from .samples import NOW, PARAMETERS

CASE = Case(
    CaseId("C1"),
    CaseNumber.parse("（2026）闽0599执1号"),
    CaseKind.LOAN,
    CaseStatus.ACTIVE,
    90_000.0,
    date(2026, 11, 25),
)
probabilities = st.floats(0.0, 1.0)


def value(case: Case, *p_found: float) -> float:
    weight = case_weight(case, now=NOW, parameters=PARAMETERS)
    return visits_value(weight, p_found, parameters=PARAMETERS)


def test_weight_of_a_new_loan_by_hand() -> None:
    assert case_weight(CASE, now=NOW, parameters=PARAMETERS) == pytest.approx(1.0 + 0.5 * 1.0)
    assert value(CASE, 0.5) == pytest.approx(0.5 * 1.5 - 0.5 * 0.05)


@given(probabilities, probabilities)
def test_value_grows_with_probability_and_is_never_negative(p: float, q: float) -> None:
    low, high = sorted((value(CASE, p), value(CASE, q)))
    assert low >= 0.0
    assert (value(CASE, min(p, q)), value(CASE, max(p, q))) == (low, high)


def test_a_second_visit_is_made_only_if_the_first_finds_nobody() -> None:
    assert value(CASE, 0.5, 0.6) == pytest.approx(0.6 * 1.5 - 0.5 * 0.05 - 0.4 * 0.05)


@given(probabilities)
def test_a_second_visit_that_finds_no_more_is_worth_no_more(p: float) -> None:
    assert value(CASE, p, p) <= value(CASE, p)


def test_hopeless_visit_is_worth_nothing() -> None:
    assert value(CASE, 0.0) == 0.0


@given(st.floats(0.0, 1e9), st.floats(0.0, 1e9))
def test_more_money_never_weighs_less(a: float, b: float) -> None:
    weights = [
        case_weight(replace(CASE, claim_yuan=yuan), now=NOW, parameters=PARAMETERS)
        for yuan in sorted((a, b))
    ]
    assert weights[0] <= weights[1]


@pytest.mark.parametrize("kind", [CaseKind.WAGES, CaseKind.SUPPORT, CaseKind.INJURY])
def test_livelihood_and_black_list_come_first(kind: CaseKind) -> None:
    assert value(replace(CASE, kind=kind), 0.5) > value(CASE, 0.5)
    assert value(replace(CASE, grade=Grade.BLACK), 0.5) > value(CASE, 0.5)
    assert value(replace(CASE, grade=Grade.WHITE), 0.5) == value(CASE, 0.5)


def test_age_counts_up_to_its_limit() -> None:
    weights = [
        case_weight(
            replace(CASE, filed_on=CASE.filed_on - timedelta(days=days)),
            now=NOW,
            parameters=PARAMETERS,
        )
        for days in (-30, 0, 365, 3650, 7300)
    ]
    assert weights[0] == weights[1] < weights[2] < weights[3] == weights[4]


@pytest.mark.parametrize("p_found", [-0.1, 1.1, float("nan")])
def test_no_probability_is_refused(p_found: float) -> None:
    with pytest.raises(LocatingError):
        value(CASE, p_found)


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_limit_that_presses_adds_weight(a: float, b: float) -> None:
    plain = case_weight(CASE, now=NOW, parameters=PARAMETERS)
    low, high = (
        case_weight(CASE, now=NOW, parameters=PARAMETERS, urgency=urgency)
        for urgency in sorted((a, b))
    )
    assert plain <= low <= high <= plain * (1.0 + PARAMETERS.value.urgency)


@pytest.mark.parametrize("urgency", [-0.1, 1.1, float("nan")])
def test_urgency_outside_its_range_is_refused(urgency: float) -> None:
    with pytest.raises(LocatingError):
        case_weight(CASE, now=NOW, parameters=PARAMETERS, urgency=urgency)
