"""What has to be asked before a visit: shown as asked or not, entered, audited without content."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from data.model import Role
from routes.model import CaseId, Situation
from tests.web.conftest import Reader
from web.services import Services

SignIn = Callable[[Role | str], Reader]
CASE = CaseId("c008")
FORM = f"/cases/{CASE}/asked"
ALL = {"major_matter": "no", "objection_pending": "no"}


def _open(court: Services) -> str:
    """Store the case as one of which nobody asked, and return the field of its debtor."""
    case, debtors = court.store.case(CASE), court.store.debtors(CASE)
    assert case is not None
    unasked = replace(case, major_matter=None, objection_pending=None, vulnerable=None)
    court.store.put(cases_=[unasked], debtors=[replace(one, situation=None) for one in debtors])
    return f"situation-{debtors[0].id}"


def _rules(page: str) -> set[str]:
    return set(re.findall(r"未核实(?:地址有无特殊人员|是否重大事项|有无执行行为异议)", page))


def test_what_nobody_asked_is_shown_entered_and_ends_its_findings(
    court: Services, signed_in: SignIn
) -> None:
    situation = _open(court)
    officer = signed_in(Role.OFFICER)
    page = officer.get(f"/cases/{CASE}").text
    assert len(_rules(page)) == 3
    assert page.count(">未问</span>") == 4
    page = officer.send(FORM, vulnerable="none", **ALL, **{situation: "ordinary"})
    assert "答复已登记" in page
    assert not _rules(page)
    assert ">未问</span>" not in page
    case = court.store.case(CASE)
    assert case is not None
    assert (case.vulnerable, case.major_matter, case.objection_pending) == ((), False, False)
    assert court.store.debtors(CASE)[0].situation is Situation.ORDINARY
    assert "答复没有变化" in officer.send(FORM, vulnerable="none", **ALL, **{situation: "ordinary"})
    (entry,) = [one for one in court.store.audit.entries(60) if one.act == "case.answer"]
    assert entry.detail == dict.fromkeys(
        ("major_matter", "objection_pending", "situation", "vulnerable"), True
    )


def test_an_answer_is_taken_back_and_somebody_found_asks_for_a_signature(
    court: Services, signed_in: SignIn
) -> None:
    situation = _open(court)
    officer = signed_in(Role.OFFICER)
    officer.get(f"/cases/{CASE}")
    page = officer.send(FORM, vulnerable=["elderly", "ill"], **ALL, **{situation: "imprisoned"})
    assert "涉及特殊人员" in page
    assert "被监禁，不得走访" in page
    page = officer.send(FORM)
    assert len(_rules(page)) == 3


def test_a_contradiction_and_an_unknown_word_keep_nothing(
    court: Services, signed_in: SignIn
) -> None:
    situation = _open(court)
    officer = signed_in(Role.OFFICER)
    officer.get(f"/cases/{CASE}")
    before = court.store.case(CASE)
    assert "只选其一" in officer.send(FORM, vulnerable=["none", "ill"], **ALL)
    assert "请刷新页面后重选" in officer.send(FORM, vulnerable="tall", **ALL)
    assert "请刷新页面后重选" in officer.send(FORM, major_matter="maybe")
    assert "请刷新页面后重选" in officer.send(FORM, **{situation: "abroad"})
    assert court.store.case(CASE) == before


def test_who_may_not_work_on_the_courts_data_answers_nothing(signed_in: SignIn) -> None:
    auditor = signed_in(Role.AUDITOR)
    auditor.get("/rules")
    assert auditor.post(FORM, **ALL).status_code == 403
