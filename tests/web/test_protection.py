"""The register of data protection: who sees it, what it asks, what is entered."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from data.model import Role
from tests.web.conftest import Reader
from tests.web.court import NOW
from web.services import Services

SignIn = Callable[[Role | str], Reader]
SIGNED = {"sign_role": "director", "sign_document": "批1号", "sign_reason": "已核对"}


@pytest.fixture
def auditor(signed_in: SignIn) -> Reader:
    reader = signed_in(Role.AUDITOR)
    reader.get("/protection")
    return reader


def test_auditors_and_administrators_see_it_and_nobody_else(signed_in: SignIn) -> None:
    for role in Role:
        allowed = role in (Role.AUDITOR, Role.ADMIN)
        answer = signed_in(role).get("/protection")
        assert (answer.status_code == 200) is allowed
        assert ("数据合规" in answer.text) is allowed


def test_an_assessment_in_force_answers_the_rule(court: Services, auditor: Reader) -> None:
    assert "缺少影响评估" in auditor.get("/protection").text
    fields = {"data_type": "visit_history", "document": "评1号", "on": "2026-11-01"}
    page = auditor.send("/protection/lines/assessment", **fields)
    assert "评1号" in page
    assert "缺少影响评估" not in page
    assert "未加密，只凭去标识化" in page  # what stays readable is said all the same
    (line,) = court.store.register.entries()
    page = auditor.send(f"/protection/end/{line.id}")
    assert "缺少影响评估" in page
    assert court.store.register.entries()[0].ended_at == NOW
    acts = [one.act for one in court.store.audit.entries(20)]
    assert {"register.add", "register.end", "register.read"} <= set(acts)


def test_an_assessment_of_three_years_ago_asks_for_a_new_one(auditor: Reader) -> None:
    fields = {"data_type": "visit_history", "document": "评1号", "on": "2023-11-20"}
    assert "已逾三年" in auditor.send("/protection/lines/assessment", **fields)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "签批须写明理由"),
        ({"sign_role": ""}, "须签批"),
        ({"copies": "yes", **SIGNED}, "不得留存数据副本"),
        ({"copies": "", **SIGNED}, "不得留存数据副本"),
        ({"document": "", **SIGNED}, "请填写文号"),
        ({"on": "2027-01-01", **SIGNED}, "晚于今天"),
        ({"on": "x", **SIGNED}, "请填写日期"),
        ({"sign_role": "x"}, "不在可选项之内"),
    ],
)
def test_a_vendor_without_agreement_signature_or_with_copies_is_refused(
    court: Services, auditor: Reader, changes: dict[str, str], said: str
) -> None:
    fields = {"document": "协1号", "note": "示例公司", "on": "2026-11-01", "copies": "no"}
    fields |= {"sign_role": "director"} | changes
    assert said in auditor.send("/protection/lines/vendor", **fields)
    assert court.store.register.entries() == ()


def test_a_vendor_is_entered_with_its_signature(court: Services, auditor: Reader) -> None:
    fields = {"document": "协1号", "note": "示例公司", "on": "2026-11-01", "copies": "no"}
    assert "示例公司" in auditor.send("/protection/lines/vendor", **fields, **SIGNED)
    (line,) = court.store.register.entries()
    (held,) = court.store.sign_offs.standing([f"share:{line.id}"], NOW)
    assert held.sign_off.rule == "P11"


def test_a_leak_goes_step_by_step(court: Services, auditor: Reader) -> None:
    auditor.send("/protection/lines/leak", on="2026-11-20", note="一份计划误发")
    leak = court.store.register.entries()[0].id
    early = {"leak": leak, "step": "told", "on": "2026-11-21", "note": "已通知"}
    assert "下一步是 remedied" in auditor.send("/protection/lines/leak_step", **early)
    for step in ("remedied", "reported", "told", "closed"):
        fields = {"leak": leak, "step": step, "on": "2026-11-21", "note": "已办"}
        assert "已登记" in auditor.send("/protection/lines/leak_step", **fields)
    again = {"leak": leak, "step": "closed", "on": "2026-11-21", "note": "已办"}
    assert "下一步是 -" in auditor.send("/protection/lines/leak_step", **again)
    assert len(court.store.register.entries()) == 5
    assert "不能结束" in auditor.send(f"/protection/end/{leak}")


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("assessment", {"data_type": "party", "document": "1", "on": "2026-11-01"}, "只有敏感"),
        ("assessment", {"data_type": "x", "document": "1", "on": "2026-11-01"}, "可选项之内"),
        ("map_review", {"document": " ", "on": "2026-11-01"}, "请填写文号"),
        ("map_review", {"document": "1" * 61, "on": "2026-11-01"}, "不超过 60 字"),
        ("leak", {"note": " ", "on": "2026-11-01"}, "请写明泄露"),
        ("leak_step", {"leak": "x", "step": "told", "note": "1", "on": "2026-11-01"}, "不在库中"),
        ("other", {"on": "2026-11-01"}, "可选项之内"),
    ],
)
def test_what_cannot_be_entered_is_said(
    court: Services, auditor: Reader, kind: str, fields: dict[str, str], said: str
) -> None:
    assert said in auditor.send(f"/protection/lines/{kind}", **fields)
    assert court.store.register.entries() == ()


def test_the_page_says_what_is_encrypted_and_what_is_not(auditor: Reader) -> None:
    page = auditor.get("/protection").text
    for words in ("outcome", "kind band note", "lon lat", "name id_number"):
        assert words in page
