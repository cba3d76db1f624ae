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
