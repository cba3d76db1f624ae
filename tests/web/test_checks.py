"""Answers to checks on the case page: entered, counted, told, taken back, audited by id."""

from __future__ import annotations

from collections.abc import Callable

from data.model import Role
from routes.checks import Answer, Check
from routes.model import CaseId
from tests.web.conftest import Reader
from web.case_records import locate_records, read_records
from web.services import Services

SignIn = Callable[[Role | str], Reader]
CASE = CaseId("c001")
FORM = f"/cases/{CASE}/checks"
NO = {"number": "1", "check": "liaison", "answer": "no", "day": "2026-11-24"}


def p_place(court: Services) -> float:
    held = read_records(court.store, CASE)
    return locate_records(court, held).claims[held.claims[0].id].p_place


def test_a_no_is_entered_counts_and_is_taken_back(court: Services, signed_in: SignIn) -> None:
    before = p_place(court)
    officer = signed_in(Role.OFFICER)
    officer.get(f"/cases/{CASE}")
    page = officer.send(FORM, **NO)
    assert "答复已登记" in page
    assert "2026-11-24 询问网格联络员，答“否”（×" in page
    assert p_place(court) < before
    (kept,) = court.store.check_answers.of_case(CASE)
    assert (kept.told.check, kept.told.answer) == (Check.LIAISON, Answer.NO)
    page = officer.send(f"{FORM}/{kept.told.id}/withdraw")
    assert "答复已撤回" in page
    assert p_place(court) == before
    assert court.store.answers(CASE) == court.store.answers() == ()
    officer.send(f"{FORM}/{kept.told.id}/withdraw")
    acts = [one for one in court.store.audit.entries(60) if one.act.startswith("check.")]
    assert sorted(one.act for one in acts) == ["check.answer", "check.withdraw"]
    assert all(one.subject == f"claim:{kept.told.claim_id}" for one in acts)


def test_what_makes_no_sense_is_refused(court: Services, signed_in: SignIn) -> None:
    officer = signed_in(Role.OFFICER)
    officer.get(f"/cases/{CASE}")
    assert "请选择地址" in officer.send(FORM, **NO | {"answer": ""})
    assert "请选择地址" in officer.send(FORM, **NO | {"day": "明天"})
    assert "在将来" in officer.send(FORM, **NO | {"day": "2026-11-26"})
    assert officer.post(FORM, **NO | {"number": "99"}).status_code == 404
    officer.send(FORM, **NO)
    (kept,) = court.store.check_answers.of_case(CASE)
    assert officer.post(f"/cases/c002/checks/{kept.told.id}/withdraw").status_code == 404
    auditor = signed_in(Role.AUDITOR)
    auditor.get("/rules")
    assert auditor.post(FORM, **NO).status_code == 403
    assert len(court.store.answers(CASE)) == 1
