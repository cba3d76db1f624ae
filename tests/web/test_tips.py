"""A liaison tells, an officer uses it; neither sees more than is meant for them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from data.model import Role
from tests.web.conftest import Reader
from web.services import Services

SignIn = Callable[[Role | str], Reader]
TOLD = {
    "about": "开面馆的老板",
    "place": "青溪镇车站旁",
    "seen_on": "2026-11-24",
    "band": "evening",
    "days": "30",
    "consent": "1",
}


@pytest.fixture
def liaison(signed_in: SignIn) -> Reader:
    reader = signed_in(Role.GRID_LIAISON)
    reader.get("/grid")
    return reader


def test_what_a_liaison_tells_becomes_a_lead(
    court: Services, liaison: Reader, signed_in: SignIn
) -> None:
    page = liaison.send("/grid/tips", **TOLD)
    assert "已送达执行局" in page
    for debtor in court.store.debtors():
        assert debtor.name.reveal() not in page
    officer = signed_in(Role.OFFICER)
    waiting = officer.get("/tips").text
    assert "开面馆的老板" in waiting
    [tip] = court.store.tips.open()
    assert court.store.audit.entries()[0].act == "tip.read"
    debtor = court.store.debtors()[3]
    matched = officer.post(f"/tips/{tip.id}", number=debtor.name.reveal()).text
    assert court.store.audit.entries()[0].act == "person.search"
    [*choices] = re.findall(r'name="about" required value="([^"]+)"', matched)
    chosen = next(one for one in choices if one.startswith(debtor.id) and not one.endswith("|"))
    before = len(court.store.leads())
    assert "已转为线索" in officer.send(f"/tips/{tip.id}/use", about=chosen)
    lead = court.store.leads()[-1]
    assert len(court.store.leads()) == before + 1
    assert (lead.debtor_id, lead.claim_id) == tuple(chosen.split("|"))
    assert "350504101201" in lead.source
    assert "开面馆" not in officer.get("/tips").text
    liaison.send(f"/grid/tips/{tip.id}/withdraw")
    assert court.store.leads()[-1].withdrawn


def test_without_consent_nothing_is_kept(court: Services, liaison: Reader) -> None:
    given = {name: value for name, value in TOLD.items() if name != "consent"}
    assert "勾选同意" in liaison.send("/grid/tips", **given)
    assert court.store.tips.open() == ()


@pytest.mark.parametrize(
    "wrong", [{"days": "3650"}, {"band": "night"}, {"seen_on": "yesterday"}, {"days": ""}]
)
def test_what_no_form_sends_is_refused(
    court: Services, liaison: Reader, wrong: dict[str, str]
) -> None:
    assert liaison.post("/grid/tips", **(TOLD | wrong)).status_code == 400
    assert court.store.tips.open() == ()


def test_numbers_of_people_are_not_taken(court: Services, liaison: Reader) -> None:
    answer = liaison.post("/grid/tips", **(TOLD | {"about": "身份证11010519491231002X"}))
    assert answer.status_code == 400
    assert court.store.tips.open() == ()


def test_put_aside_and_nobodys(court: Services, liaison: Reader, signed_in: SignIn) -> None:
    liaison.send("/grid/tips", **TOLD)
    [tip] = court.store.tips.open()
    officer = signed_in(Role.OFFICER)
    officer.get("/tips")
    assert "没有符合的案件" in officer.send(f"/tips/{tip.id}", number="查无此人某某")
    assert "不采用" in officer.get("/tips").text
    assert "内容已删除" in officer.send(f"/tips/{tip.id}/aside")
    for path in (f"/tips/{tip.id}", f"/tips/{tip.id}/use", f"/tips/{tip.id}/aside"):
        assert officer.post(path).status_code == 404
    assert liaison.post("/grid/tips/tp-none/withdraw").status_code == 404
