from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from routes.calendar import WorkCalendar
from routes.errors import ValueRangeError
from routes.items import ThirdPartyClaim
from routes.measures import Measure, MeasureKind, StepId
from routes.model import (
    CaseId,
    CaseKind,
    CaseStatus,
    DebtorId,
    DebtorKind,
    Finding,
    Grade,
    Instalment,
    Situation,
    Verdict,
)
from routes.rules import check_case, check_claim, has_block
from routes.step_files import StepFile, check_step_file

from .measure_samples import of_item
from .measure_samples import verdicts as item_verdicts
from .samples import CASE, CLAIM, DEBTOR, PROFILE, TODAY, WHEN

DAY = timedelta(days=1)


def found(**changes: Any) -> tuple[Finding, ...]:
    return check_case(replace(CASE, **changes), DEBTOR, (CLAIM,), on=TODAY, profile=PROFILE)


def verdicts(rule: str, **changes: Any) -> list[Verdict]:
    said = [finding for finding in found(**changes) if finding.rule == rule]
    assert all(finding.subject == "case:C1" for finding in said)
    return [finding.verdict for finding in said]


def test_a_case_in_order_has_no_finding() -> None:
    assert found() == ()


@pytest.mark.parametrize(
    ("rule", "changes", "expected"),
    [
        ("A1", {"basis_document": None}, [Verdict.BLOCK]),
        ("A1", {"basis_document": "  "}, [Verdict.BLOCK]),
        ("A1", {"basis_served_on": None}, [Verdict.BLOCK]),
        ("A1", {"basis_served_on": TODAY}, []),
        ("A1", {"basis_served_on": TODAY + DAY}, [Verdict.BLOCK]),
        ("A1", {"performance_due_on": None}, [Verdict.BLOCK]),
        ("A1", {"performance_due_on": TODAY - DAY}, []),
        ("A1", {"performance_due_on": TODAY}, [Verdict.BLOCK]),
        ("A2", {"notice_sent_on": TODAY}, []),
        ("A2", {"notice_sent_on": None}, [Verdict.WARN, Verdict.TIMER]),
        ("A2", {"notice_sent_on": TODAY + DAY}, [Verdict.WARN, Verdict.TIMER]),
        ("A3", {"status": CaseStatus.STAYED}, [Verdict.BLOCK]),
        ("A3", {"status": CaseStatus.SETTLED}, [Verdict.BLOCK]),
        ("A3", {"status": CaseStatus.ENDED}, [Verdict.BLOCK]),
        ("A3", {"status": CaseStatus.PAUSED, "paused_until": TODAY}, []),
        ("A4", {"status": CaseStatus.BANKRUPTCY}, [Verdict.BLOCK]),
        ("A5", {"objection_pending": False}, []),
        ("A5", {"objection_pending": True}, [Verdict.SIGN_OFF]),
        ("A5", {"objection_pending": None}, [Verdict.SIGN_OFF]),
        ("A6", {"major_matter": False}, []),
        ("A6", {"major_matter": True}, [Verdict.SIGN_OFF]),
        ("A6", {"major_matter": None}, [Verdict.SIGN_OFF]),
        ("E3", {"vulnerable": ()}, []),
        ("E3", {"vulnerable": ("elderly",)}, [Verdict.SIGN_OFF]),
        ("E3", {"vulnerable": None}, [Verdict.SIGN_OFF]),
        ("N2", {"grade": Grade.RED}, [Verdict.BLOCK]),
        ("N2", {"grade": Grade.WHITE}, []),
        ("N3", {"grade": Grade.WHITE}, [Verdict.SIGN_OFF]),
        ("N3", {"grade": Grade.WHITE, "contact_logged_on": TODAY + DAY}, [Verdict.SIGN_OFF]),
        ("N3", {"grade": Grade.WHITE, "contact_logged_on": TODAY - 90 * DAY}, []),
        ("N3", {"grade": Grade.WHITE, "contact_logged_on": TODAY - 91 * DAY}, [Verdict.SIGN_OFF]),
        ("N4", {"grade": Grade.BLACK}, []),
        ("N5", {"paused_until": TODAY - DAY}, []),
        ("N5", {"paused_until": TODAY}, [Verdict.BLOCK]),
        ("N5", {"status": CaseStatus.PAUSED}, [Verdict.BLOCK]),
        ("N5", {"status": CaseStatus.PAUSED, "paused_until": TODAY - DAY}, [Verdict.BLOCK]),
    ],
)
def test_rule_on_both_sides_of_its_boundary(
    rule: str, changes: dict[str, Any], expected: list[Verdict]
) -> None:
    assert verdicts(rule, **changes) == expected


def test_black_list_gives_no_finding_at_all() -> None:
    assert found(grade=Grade.BLACK) == ()


def test_notice_due_date_is_ten_days_after_filing() -> None:
    (warn, _timer) = found(notice_sent_on=None, filed_on=date(2026, 11, 20))
    assert "2026-11-30" in str(warn.message)


def test_debtor_and_address_of_another_case_are_blocked() -> None:
    stranger = replace(DEBTOR, case_id=CaseId("C9"))
    of_other = replace(CLAIM, debtor_id=DebtorId("D9"))
    said = check_case(CASE, stranger, (CLAIM, of_other), on=TODAY, profile=PROFILE)
    assert [(f.rule, f.subject) for f in said] == [("P1", "debtor:D1"), ("P1", "claim:A1")]
    assert has_block(check_claim(CASE, DEBTOR, of_other, on=TODAY, profile=PROFILE))


@pytest.mark.parametrize(
    ("situation", "expected"),
    [
        (Situation.ORDINARY, []),
        (Situation.MILITARY_SERVICE, [("A9", "政治机关")]),
        (Situation.IMPRISONED, [("A10", "监所")]),
        (Situation.COMPULSORY_EDUCATION, [("A10", "强制性教育机构")]),
    ],
)
def test_who_is_held_or_serves_is_not_visited(
    situation: Situation, expected: list[tuple[str, str]]
) -> None:
    debtor = replace(DEBTOR, situation=situation)
    said = check_case(CASE, debtor, (CLAIM,), on=TODAY, profile=PROFILE)
    assert [(f.rule, f.verdict, f.subject) for f in said] == [
        (rule, Verdict.BLOCK, "debtor:D1") for rule, _ in expected
    ]
    assert all(cure in str(f.message) for f, (_, cure) in zip(said, expected, strict=True))


def test_of_whom_nobody_asked_whether_held_or_serving_is_warned() -> None:
    unasked = replace(DEBTOR, situation=None)
    (said,) = check_case(CASE, unasked, (CLAIM,), on=TODAY, profile=PROFILE)
    assert (said.rule, said.verdict, said.subject) == ("A10", Verdict.WARN, "debtor:D1")
    assert "查询后登记" in str(said.message)
    company = replace(unasked, kind=DebtorKind.COMPANY)
    assert check_case(CASE, company, (CLAIM,), on=TODAY, profile=PROFILE) == ()


def test_an_eviction_that_nobody_asked_about_is_a_major_matter_as_one_that_was() -> None:
    texts = {
        str(one.message)
        for held in (True, False, None)
        for one in found(kind=CaseKind.EVICTION, major_matter=held)
    }
    assert len(texts) == 1


def test_what_nobody_asked_names_its_cure_and_a_signature_ends_with_the_answer() -> None:
    unasked = found(vulnerable=None, major_matter=None, objection_pending=None)
    assert [one.rule for one in unasked] == ["A5", "A6", "E3"]
    assert all("登记" in str(one.message) for one in unasked)
    answered = found(vulnerable=("ill",), major_matter=True, objection_pending=True)
    assert not {one.digest for one in unasked} & {one.digest for one in answered}


def test_a_military_site_is_not_visited() -> None:
    site = replace(CLAIM, military_site=True)
    said = check_claim(CASE, DEBTOR, site, on=TODAY, profile=PROFILE)
    assert [(f.rule, f.verdict, f.subject) for f in said] == [("A9", Verdict.BLOCK, "claim:A1")]
    assert check_claim(CASE, DEBTOR, CLAIM, on=TODAY, profile=PROFILE) == ()


@pytest.mark.parametrize(
    ("claim", "to_be_sold", "expected"),
    [
        (ThirdPartyClaim.NONE, True, []),
        (None, False, [Verdict.BLOCK]),
        (None, True, [Verdict.BLOCK]),
        (ThirdPartyClaim.PENDING, False, []),
        (ThirdPartyClaim.PENDING, True, [Verdict.BLOCK]),
        (ThirdPartyClaim.UPHELD, False, [Verdict.BLOCK]),
    ],
)
def test_what_a_third_party_claims_is_not_sold(
    claim: ThirdPartyClaim | None, to_be_sold: bool, expected: list[Verdict]
) -> None:
    found = of_item(third_party_claim=claim, to_be_sold=to_be_sold)
    assert item_verdicts("A5", found) == expected


_PAID = Instalment(TODAY - 30 * DAY, TODAY - 30 * DAY)


@pytest.mark.parametrize(
    ("instalments", "expected"),
    [
        ((_PAID,), []),
        ((_PAID, Instalment(TODAY)), [Verdict.BLOCK]),
        ((Instalment(TODAY, TODAY), _PAID), [Verdict.BLOCK]),
        ((_PAID, Instalment(TODAY - DAY)), [Verdict.WARN]),
        ((Instalment(TODAY - DAY), Instalment(TODAY + 30 * DAY)), [Verdict.WARN]),
        ((Instalment(TODAY - DAY, TODAY), Instalment(TODAY + 30 * DAY)), [Verdict.WARN]),
        ((replace(_PAID, received_on=TODAY), Instalment(TODAY)), [Verdict.WARN]),
    ],
)
@pytest.mark.parametrize("status", [CaseStatus.ACTIVE, CaseStatus.PAUSED])
def test_a_plan_stops_visits_until_an_instalment_is_missed(
    instalments: tuple[Instalment, ...], expected: list[Verdict], status: CaseStatus
) -> None:
    if status is CaseStatus.PAUSED and not expected:
        expected = [Verdict.BLOCK]  # done, but nobody recorded what follows
    assert verdicts("N5", instalments=instalments, status=status) == expected
    for until, held in ((TODAY, True), (TODAY - DAY, status is CaseStatus.PAUSED)):
        agreed = verdicts("N5", instalments=instalments, status=status, paused_until=until)
        assert agreed == ([Verdict.BLOCK] if held else expected)


@pytest.mark.parametrize(("days", "expected"), [(0, Verdict.BLOCK), (1, Verdict.WARN)])
def test_days_of_grace_are_the_courts_own(days: int, expected: Verdict) -> None:
    patient = replace(PROFILE, instalment_grace_d=5)
    case = replace(CASE, instalments=(Instalment(TODAY - (5 + days) * DAY),))
    (said,) = check_case(case, DEBTOR, (), on=TODAY, profile=patient)
    assert (said.rule, said.verdict) == ("N5", expected)


def test_has_block_looks_for_blocks_only() -> None:
    assert not has_block(found(notice_sent_on=None, major_matter=True))
    assert has_block(found(grade=Grade.RED))


def test_an_eviction_is_a_major_matter_whatever_its_entry_says() -> None:
    case = replace(CASE, kind=CaseKind.EVICTION, major_matter=False)
    said = check_case(case, DEBTOR, (CLAIM,), on=TODAY, profile=PROFILE)
    assert [(one.rule, one.verdict) for one in said] == [("A6", Verdict.SIGN_OFF)]


def test_an_eviction_in_a_case_about_money_is_a_major_matter() -> None:
    step = Measure(StepId("S1"), MeasureKind.EVICTION, CASE.id, DEBTOR.id, claim_id=CLAIM.id)
    file = StepFile(step, CASE, DEBTOR, claim=CLAIM)
    said = check_step_file(file, now=WHEN, calendar=WorkCalendar(), profile=PROFILE)
    assert ("A6", "step:S1") in [(one.rule, one.subject) for one in said]
    milder = replace(file, step=replace(step, kind=MeasureKind.SEIZURE))
    said = check_step_file(milder, now=WHEN, calendar=WorkCalendar(), profile=PROFILE)
    assert "A6" not in [one.rule for one in said]


@pytest.mark.parametrize("yuan", [float("nan"), float("inf"), float("-inf"), -0.01])
def test_an_amount_claimed_that_is_none_is_refused_where_a_case_is_made(yuan: float) -> None:
    with pytest.raises(ValueRangeError, match="C1"):
        replace(CASE, claim_yuan=yuan)
    assert replace(CASE, claim_yuan=0.0).claim_yuan == 0.0
