from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from routes.model import CaseId, CaseStatus, DebtorId, Finding, Grade, Verdict
from routes.rules import check_case, check_claim, has_block

from .samples import CASE, CLAIM, DEBTOR, PROFILE, TODAY

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
        ("A6", {"major_matter": True}, [Verdict.SIGN_OFF]),
        ("E3", {"vulnerable": ("elderly",)}, [Verdict.SIGN_OFF]),
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


def test_a_court_may_let_a_case_without_performance_date_pass() -> None:
    lenient = replace(PROFILE, performance_date_required=False)
    case = replace(CASE, performance_due_on=None)
    assert check_case(case, DEBTOR, (), on=TODAY, profile=lenient) == ()


def test_has_block_looks_for_blocks_only() -> None:
    assert not has_block(found(notice_sent_on=None, major_matter=True))
    assert has_block(found(grade=Grade.RED))
