"""Restrictions on the case page: entered by form, asked of the rules, ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from data.demo.people import id_number
from data.model import Role
from geo.localtime import local_day
from routes.model import CaseId, DebtorKind, SecretText
from tests.web.conftest import Reader
from tests.web.court import NOW
from web.services import Services

SignIn = Callable[[Role | str], Reader]

CASE = CaseId("c001")
TODAY = local_day(NOW)
DAY = timedelta(days=1)
PLATE, PLACE = "闽C00001", "示例市青溪镇"
ORDER = {"document": "限消令1号", "issued_on": "2026-10-01", "served_on": "2026-10-09"}
JOURNEY = {
    "on": "2026-11-20",
    "observation": "official_reply",
    "train": "g",
    "seat": "second",
    "document": "复函1号",
}
SEIZURE = {
    "document": "裁1号",
    "approved_by": "panel",
    "issued_on": "2026-11-01",
    "ends_on": "2028-10-31",
    "plate": PLATE,
}
SIGNED = {"sign_role": "director", "sign_document": "批1号", "sign_reason": "已核对"}


@pytest.fixture
def officer(court: Services, signed_in: SignIn) -> Reader:
    (debtor, *_others) = court.store.debtors(CASE)
    number = SecretText(id_number(TODAY.replace(year=1980), 12))
    court.store.put(debtors=[replace(debtor, kind=DebtorKind.PERSON, id_number=number)])
    return signed_in(Role.OFFICER)


def form(kind: str) -> str:
    return f"/cases/{CASE}/debtors/1/restrictions/{kind}"


def kept(court: Services) -> list[str]:
    return [one.kind.value for one in court.store.restrictions.of_case(CASE)]


def test_an_order_and_a_breach_are_entered_shown_and_ended(
    court: Services, officer: Reader
) -> None:
    assert officer.get(form("order")).status_code == 200
    page = officer.send(form("order"), **ORDER)
    assert "限消令1号，2026-10-09 送达，至解除为止" in page
    page = officer.send(form("breach"), **JOURNEY)
    assert "2026-11-20，G 字头动车组列车二等座，材料 复函1号" in page
    assert kept(court) == ["order", "breach"]
    order = court.store.restrictions.of_case(CASE)[0]
    page = officer.send(f"/cases/{CASE}/restrictions/{order.id}/end")
    assert "解除或撤销" in page
    assert court.store.restrictions.of_case(CASE)[0].ended_at == NOW
    assert officer.post(f"/cases/{CASE}/restrictions/none/end").status_code == 404


def test_a_lawful_seat_is_refused_with_rule_and_citation_and_nothing_is_kept(
    court: Services, officer: Reader
) -> None:
    officer.get(form("breach"))
    answer = officer.post(form("breach"), **{**JOURNEY, "train": "other_emu"})
    assert answer.status_code == 200
    for words in ("L1", "乘坐合法", "第3条", "没有限制消费令的文号"):
        assert words in answer.text
    assert "复函1号" in answer.text  # what was typed is not lost
    assert kept(court) == []


def test_only_a_commander_signs(court: Services, officer: Reader, signed_in: SignIn) -> None:
    entry = {"document": "失信决1号", "listed_on": "2026-11-20", "student": "yes"}
    officer.get(form("dishonest"))
    answer = officer.post(form("dishonest"), **entry, campus_loan="yes", **SIGNED)
    assert "校园贷一般不纳入" in answer.text
    assert "sign_role" not in answer.text
    assert kept(court) == []
    commander = signed_in(Role.COMMANDER)
    assert "sign_role" in commander.get(form("dishonest")).text
    commander.send(form("dishonest"), **entry, campus_loan="yes", **SIGNED)
    assert kept(court) == ["dishonest"]


def test_an_alert_is_on_one_vehicle_under_a_stored_ruling(
    court: Services, officer: Reader, signed_in: SignIn
) -> None:
    officer.get(form("seizure"))
    assert PLATE in officer.send(form("seizure"), **SEIZURE)
    seizure = court.store.restrictions.of_case(CASE)[0].id
    alert = {
        "seizure": seizure,
        "document": "告知1号",
        "on": TODAY.isoformat(),
        "place": PLACE,
        "ends_on": (TODAY + 3 * DAY).isoformat(),
        "vehicles": "1",
        "with_history": "no",
        "raw": "no",
    }
    commander = signed_in(Role.COMMANDER)
    assert PLATE in commander.get(form("alert")).text
    for wrong in ({"seizure": "none"}, {"with_history": ""}, {"vehicles": "2"}):
        answer = commander.post(form("alert"), **{**alert, **SIGNED, **wrong})
        assert "L7" in answer.text
    assert "L7" in commander.post(form("alert"), **alert).text
    assert PLACE in commander.send(form("alert"), **alert, **SIGNED)
    for entry in court.store.audit.entries(100):
        assert PLACE not in repr(entry)
        assert PLATE not in repr(entry)


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("order", {**ORDER, "issued_on": "2026-13-01"}, "作出日期应形如"),
        ("order", {"document": "限消令1号"}, "请填写作出日期"),
        ("order", {**ORDER, "document": ""}, "请填写限制消费令的文号"),
        ("order", {**ORDER, "served_on": "2026-09-01"}, "早于作出日期"),
        ("breach", {**JOURNEY, "train": "x"}, "列车种类不在可选项之内"),
        ("breach", {**JOURNEY, "observation": ""}, "请填写得知方式"),
        ("breach", {**JOURNEY, "on": "2030-01-01"}, "晚于今天"),
        ("seizure", {**SEIZURE, "plate": ""}, "请填写一辆车的号牌"),
        ("alert", {"vehicles": "one"}, "请填写"),
    ],
)
def test_what_cannot_be_read_is_said(
    court: Services, officer: Reader, kind: str, fields: dict[str, str], said: str
) -> None:
    officer.get(form(kind))
    answer = officer.post(form(kind), **fields)
    assert answer.status_code == 200
    assert said in answer.text
    assert kept(court) == []


def test_pages_of_nobody_are_not_found(officer: Reader) -> None:
    for path in (form("nothing"), f"/cases/{CASE}/debtors/9/restrictions/order"):
        assert officer.get(path).status_code == 404
    assert officer.get("/cases/none/debtors/1/restrictions/order").status_code == 404


def test_others_may_not(signed_in: SignIn) -> None:
    for role in (Role.AUDITOR, Role.ADMIN, Role.POLICE_LIAISON, Role.GRID_LIAISON):
        assert signed_in(role).get(form("order")).status_code == 403
