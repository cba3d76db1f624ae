from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.model import Precision
from routes.case_steps import CaseAge, CaseFacts, CaseStep, case_age, case_step
from routes.model import CaseStatus, Grade

TODAY = date(2026, 11, 26)
READY = CaseFacts(CaseStatus.ACTIVE, Grade.NONE, True, None, 2, Precision.DOOR, 0.9)


def step(**changes: object) -> CaseStep:
    return case_step(
        replace(READY, **changes),  # type: ignore[arg-type]
        on=TODAY,
        least_confidence=0.5,
        contact_valid_d=30,
    )


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, CaseStep.VISIT),
        ({"status": CaseStatus.ENDED, "claims": 0}, CaseStep.CLOSED),
        ({"status": CaseStatus.SETTLED, "grade": Grade.RED}, CaseStep.WAIT),
        ({"grade": Grade.RED, "has_basis": False}, CaseStep.SPARE),
        ({"has_basis": False, "claims": 0}, CaseStep.BASIS),
        ({"claims": 0, "precision": Precision.NONE, "confidence": None}, CaseStep.ASK),
        ({"precision": Precision.NONE, "confidence": None}, CaseStep.LOCATE),
        ({"precision": Precision.TOWNSHIP}, CaseStep.CONFIRM),
        ({"confidence": 0.49}, CaseStep.CONFIRM),
        ({"confidence": 0.5}, CaseStep.VISIT),
        ({"grade": Grade.WHITE}, CaseStep.CALL),
        ({"grade": Grade.WHITE, "contact_logged_on": TODAY - timedelta(31)}, CaseStep.CALL),
        ({"grade": Grade.WHITE, "contact_logged_on": TODAY + timedelta(1)}, CaseStep.CALL),
        ({"grade": Grade.WHITE, "contact_logged_on": TODAY - timedelta(30)}, CaseStep.VISIT),
        ({"grade": Grade.BLACK}, CaseStep.VISIT),
    ],
)
def test_the_first_lack_is_the_step(changes: dict[str, object], wanted: CaseStep) -> None:
    assert step(**changes) is wanted


@given(st.integers(-400, 9000), st.integers(0, 4000))
def test_a_case_grows_older_and_never_younger(days: int, later: int) -> None:
    order = list(CaseAge)
    filed_on = TODAY - timedelta(days=days)
    now, then = (case_age(filed_on, on=TODAY + timedelta(days=d)) for d in (0, later))
    assert order.index(now) <= order.index(then)


@pytest.mark.parametrize(
    ("days", "age"), [(0, "half_year"), (182, "half_year"), (183, "year"), (1826, "older")]
)
def test_ages_begin_at_their_day(days: int, age: str) -> None:
    assert case_age(TODAY - timedelta(days=days), on=TODAY) == age
