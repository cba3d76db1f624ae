from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routes.errors import ValueRangeError
from routes.model import Verdict
from routes.rules import RULES, check_case
from routes.rules.signoffs import Role, SignOff, unsigned
from tests.routes.rules.samples import CASE, CLAIM, DEBTOR, PROFILE, TODAY, WHEN

FINDING = next(
    one
    for one in check_case(
        replace(CASE, major_matter=True), DEBTOR, (CLAIM,), on=TODAY, profile=PROFILE
    )
    if one.rule == "A6"
)
SIGN_OFF = SignOff(
    "A6",
    FINDING.subject,
    Role.PRESIDENT,
    "群体性案件，已合议",
    "（2026）执批1号",
    "account-1",
    WHEN,
    WHEN + timedelta(days=3),
)
ASKED = {rule.id: rule.signed_by for rule in RULES.values()}


def test_a_signature_answers_its_finding_until_it_expires() -> None:
    assert ASKED["A6"] is Role.PRESIDENT
    for after, open_ in ((-1, True), (0, False), (3 * 86_400 - 1, False), (3 * 86_400, True)):
        left = unsigned([FINDING], [SIGN_OFF], WHEN + timedelta(seconds=after), asked=ASKED)
        assert bool(left) == open_


@pytest.mark.parametrize(
    "other",
    [
        replace(SIGN_OFF, rule="E3"),
        replace(SIGN_OFF, subject="case:other"),
        replace(SIGN_OFF, role=Role.DIRECTOR),
    ],
)
def test_another_rule_subject_or_lower_office_answers_nothing(other: SignOff) -> None:
    assert unsigned([FINDING], [other], WHEN, asked=ASKED) == (FINDING,)


def test_a_higher_office_may_sign_and_a_block_is_never_signed() -> None:
    assert not unsigned([FINDING], [replace(SIGN_OFF, role=Role.HIGH_COURT)], WHEN, asked=ASKED)
    block = replace(FINDING, verdict=Verdict.BLOCK)
    assert not SIGN_OFF.covers(block, WHEN, asked=Role.PRESIDENT)
    assert unsigned([block], [], WHEN, asked=ASKED) == ()


@given(st.sampled_from(Role), st.sampled_from(Role), st.sampled_from(Role))
def test_offices_are_in_one_order(one: Role, two: Role, three: Role) -> None:
    assert one.may_sign_for(one)
    assert one.may_sign_for(two) or two.may_sign_for(one)
    if one.may_sign_for(two) and two.may_sign_for(three):
        assert one.may_sign_for(three)


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": " "},
        {"document_no": ""},
        {"document_no": "号" * 61},
        {"signed_by": " "},
        {"signed_at": WHEN.replace(tzinfo=None)},
        {"expires_at": WHEN},
    ],
)
def test_half_a_signature_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueRangeError):
        replace(SIGN_OFF, **wrong)  # type: ignore[arg-type]
