from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.messages import message
from geo.model import Point
from routes.errors import ValueRangeError
from routes.model import Case, Duty, DutyBasis, DutyKind, Verdict
from routes.planning.findings import plan_finding
from routes.planning.problem import PlanFinding
from routes.rules import RULES, check_case, check_district, check_duty
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
    FINDING.digest,
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
        replace(SIGN_OFF, digest="0" * 64),
        replace(SIGN_OFF, digest=""),
    ],
)
def test_another_rule_subject_text_or_lower_office_answers_nothing(other: SignOff) -> None:
    assert unsigned([FINDING], [other], WHEN, asked=ASKED) == (FINDING,)


def test_a_higher_office_may_sign_and_a_block_is_never_signed() -> None:
    assert not unsigned([FINDING], [replace(SIGN_OFF, role=Role.HIGH_COURT)], WHEN, asked=ASKED)
    block = replace(FINDING, verdict=Verdict.BLOCK)
    assert not SIGN_OFF.covers(block, WHEN, asked=Role.PRESIDENT)
    assert unsigned([block], [], WHEN, asked=ASKED) == ()


def test_what_was_said_without_a_digest_is_answered_by_nothing() -> None:
    said = PlanFinding(FINDING.rule, "sign_off", FINDING.subject, str(FINDING.message), "")
    assert not replace(SIGN_OFF, digest="").covers(said, WHEN, asked=Role.PRESIDENT)
    assert replace(SIGN_OFF).covers(plan_finding(FINDING), WHEN, asked=Role.PRESIDENT)


def digests(case: Case, rule: str = "E3") -> set[str]:
    said = check_case(case, DEBTOR, (CLAIM,), on=TODAY, profile=PROFILE)
    return {one.digest for one in said if one.rule == rule}


def test_one_more_kind_of_person_at_the_address_asks_again() -> None:
    elderly = replace(CASE, vulnerable=("elderly",))
    both = replace(CASE, vulnerable=("elderly", "minor_alone"))
    assert len(digests(elderly)) == 1
    assert digests(elderly) != digests(both)
    assert digests(both) == digests(replace(CASE, vulnerable=("minor_alone", "elderly")))
    assert digests(elderly) == digests(replace(elderly, major_matter=True))


@pytest.mark.parametrize(
    "changes",
    [
        {"starts_at": WHEN - timedelta(hours=1)},
        {"ends_at": WHEN + timedelta(hours=5)},
        {"point": Point(118.7, 25.01)},
        {"basis": DutyBasis("协助1号", DEBTOR.id, None, "铁路派出所", TODAY + timedelta(days=9))},
    ],
)
def test_a_duty_that_is_moved_asks_again(changes: dict[str, Any]) -> None:
    basis = DutyBasis("协助1号", DEBTOR.id, None, "铁路派出所", TODAY + timedelta(days=8))
    duty = Duty(
        "K1",
        DutyKind.CHECKPOINT,
        "车站",
        Point(118.6, 25.0),
        WHEN,
        WHEN + timedelta(hours=2),
        basis=basis,
    )

    def said(one: Duty) -> list[str]:
        found = check_duty(one, None, named=DEBTOR, profile=PROFILE)
        return [each.digest for each in found if each.rule == "L6"]

    assert len(said(duty)) == 1
    assert said(duty) != said(replace(duty, **changes))
    assert said(duty) == said(replace(duty, label="北站"))


def test_a_visit_outside_the_province_asks_again_where_its_place_moved() -> None:
    here, there = (
        check_district("V1", inside=False, other_province=True, point=point, profile=PROFILE)
        for point in (Point(114.06, 22.54), Point(114.07, 22.54))
    )
    assert [one.rule for one in here] == [one.rule for one in there]
    assert [a.rule for a, b in zip(here, there, strict=True) if a.digest != b.digest] == ["A7"]


@given(st.text(), st.text())
def test_the_digest_tells_texts_apart_and_knows_no_language(one: str, two: str) -> None:
    first, second = (
        replace(FINDING, message=message("%(why)s", why=message(text))) for text in (one, two)
    )
    assert (first.digest == second.digest) == (one == two)
    english = plan_finding(first, say=lambda text: f"in English {text.msgid}")
    assert english.digest == plan_finding(first).digest == first.digest
    assert replace(FINDING, rests_on=(one, two)).digest != replace(FINDING, rests_on=(one,)).digest


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
