"""What may not come in by a table is not typed into a page or a small file either."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from data.model import Role
from tests.web.conftest import Reader
from tests.web.court import ACTION
from web.services import Services

SignIn = Callable[[Role | str], Reader]
BARRED = ("查到其高铁出行记录", "妻子电话已记下", "联系13800000000")


@pytest.mark.parametrize("text", BARRED)
@pytest.mark.parametrize(
    ("path", "field", "role"),
    [
        (f"/plans/{ACTION}/sign-offs", "reason", Role.COMMANDER),
        (f"/plans/{ACTION}/release", "override_reason", Role.COMMANDER),
        ("/measures/none/decide", "reason", Role.OFFICER),
        ("/cases/c001/addresses/1/namesake", "reason", Role.OFFICER),
        ("/cases/c001/debtors/1/restrictions/order", "sign_reason", Role.COMMANDER),
        ("/cases/c001/debtors/1/restrictions/order", "document", Role.COMMANDER),
        ("/measures/none/documents", "number", Role.OFFICER),
        ("/measures/none/sign-offs", "document", Role.COMMANDER),
    ],
)
def test_a_form_with_what_may_not_be_kept_is_refused(
    signed_in: SignIn, court: Services, path: str, field: str, role: Role, text: str
) -> None:
    reader = signed_in(role)
    before = len(court.store.audit.entries(1000))
    answer = reader.post(path, **{field: text})
    assert answer.status_code == 400
    assert "未予保存" in answer.text
    assert text not in answer.text
    assert len(court.store.audit.entries(1000)) == before


def test_a_leak_may_be_told_of_by_its_kind(signed_in: SignIn, court: Services) -> None:
    reader = signed_in(Role.AUDITOR)
    reader.post(
        "/protection/lines/leak", note="旅客名单误发外单位", on="2026-11-20", document="泄1号"
    )
    assert [one.kind.value for one in court.store.register.entries()] == ["leak"]
    again = reader.post("/protection/lines/leak", note="电话13800000000", on="2026-11-20")
    assert again.status_code == 400


def test_a_closed_road_takes_no_number_of_a_person(signed_in: SignIn) -> None:
    reader = signed_in(Role.COMMANDER)
    answer = reader.client.post(
        "/api/network/closures",
        json={"reason": "找张某13800000000开门"},
        headers={"X-CSRFToken": reader.token},
    )
    assert answer.status_code == 400
    assert "未予保存" in answer.json["error"]


@pytest.mark.parametrize("field", ["handed_to", "purpose", "a_field_nobody_thought_of"])
def test_any_field_is_looked_at_for_numbers_and_journeys(signed_in: SignIn, field: str) -> None:
    reader = signed_in(Role.OFFICER)
    for text in ("其妻李某13800000000", "乘D6521次05车12F"):
        assert "未予保存" in reader.post("/measures/none/facts", **{field: text}).text
    assert reader.post("/measures/none/facts", **{field: "示例所"}).status_code == 404


def test_what_is_not_kept_is_not_looked_at(signed_in: SignIn) -> None:
    reader = signed_in(Role.OFFICER)
    assert "未予保存" not in reader.post("/cases/find", number="350582198001010018").text
    answer = reader.post("/cases/c001/addresses/1/namesake", id_number="350582198001010018")
    assert "未予保存" not in answer.text
    amount = reader.post("/measures/none/facts", owed_yuan="13800000000")
    assert amount.status_code == 404


def test_the_register_names_papers_by_the_data_they_are_about(signed_in: SignIn) -> None:
    reader = signed_in(Role.AUDITOR)
    sent = {"data_type": "biometrics", "document": "人脸识别评估1号", "on": "2026-11-20"}
    answer = reader.post("/protection/lines/assessment", **sent)
    assert "未予保存" not in answer.text
    again = reader.post("/protection/lines/assessment", **{**sent, "document": "电话13800000000"})
    assert "未予保存" in again.text
