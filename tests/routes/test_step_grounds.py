"""A step is asked where it lies, as a visit is (LAW.md A7, A8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from geo.responsibility import Ground
from routes.calendar import WorkCalendar
from routes.measures import Measure
from routes.model import Finding, Verdict
from routes.step_files import StepFile, check_step_file
from tests.routes.rules.measure_samples import (
    AT,
    DAY,
    DETENTION,
    EVICTION,
    SEARCH,
    SEIZURE,
    SERVICE,
    SUMMONS,
)
from tests.routes.rules.samples import CASE, CLAIM, DEBTOR, PROFILE

INSIDE, ELSEWHERE, ABROAD = Ground(inside=True), Ground(False, False), Ground(False, True)
BLOCK, SIGN, WARN = Verdict.BLOCK, Verdict.SIGN_OFF, Verdict.WARN


def said(step: Measure, ground: Ground, **changes: Any) -> tuple[Finding, ...]:
    step = replace(step, claim_id=CLAIM.id, acts=())
    made = replace(StepFile(step, CASE, DEBTOR, CLAIM, None, AT, ground=ground), **changes)
    found = check_step_file(made, now=AT - DAY, calendar=WorkCalendar(), profile=PROFILE)
    return tuple(one for one in found if one.rule in ("A7", "A8"))


@pytest.mark.parametrize("step", [SUMMONS, DETENTION, SEARCH, SEIZURE, EVICTION, SERVICE])
@pytest.mark.parametrize(
    ("ground", "expected"),
    [
        (INSIDE, []),
        (ELSEWHERE, [("A8", WARN)]),
        (ABROAD, [("A8", WARN), ("A7", SIGN)]),
        (Ground(inside=False), [("A8", WARN), ("A7", SIGN)]),
        (Ground(), [("A8", WARN), ("A7", SIGN)]),
    ],
)
def test_a_step_outside_asks_as_a_visit_does(
    step: Measure, ground: Ground, expected: list[tuple[str, Verdict]]
) -> None:
    found = said(replace(step, inside_district=None), ground)
    assert [(one.rule, one.verdict) for one in found] == expected
    assert {one.subject for one in found} <= {"step:S1"}


def test_what_was_typed_of_the_district_is_held_against_the_boundary() -> None:
    def of(entered: bool | None, ground: Ground) -> list[Verdict]:
        found = said(replace(SUMMONS, inside_district=entered), ground)
        return [one.verdict for one in found if one.rule == "A8"]

    assert of(True, ABROAD) == of(True, ELSEWHERE) == [BLOCK, WARN]
    assert of(False, INSIDE) == of(False, ABROAD) == of(True, Ground()) == [WARN]
    assert of(True, INSIDE) == of(None, INSIDE) == []


def test_the_approval_holds_for_this_step_at_its_place_and_day() -> None:
    def digest(step: Measure = SEIZURE, **changes: Any) -> str:
        (one,) = (each for each in said(step, ABROAD, **changes) if each.rule == "A7")
        return one.digest

    assert CLAIM.place is not None
    moved = replace(CLAIM.place, point=replace(CLAIM.place.point, lon=121.4))
    assert digest() == digest(starts_at=AT + timedelta(minutes=5))
    others = {
        digest(SEARCH),
        digest(starts_at=AT + DAY),
        digest(claim=replace(CLAIM, place=moved)),
    }
    assert len(others | {digest()}) == 4
