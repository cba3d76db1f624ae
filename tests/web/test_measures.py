"""Steps of enforcement on their pages: planned, held up, signed, decided, scheduled, closed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from data.measures import KeptStep, StepState
from data.model import Role
from data.sign_offs import add
from geo.localtime import local_day
from routes.measures import StepId
from routes.model import CaseId, CaseStatus
from routes.rules import check_case
from routes.rules.signoffs import Role as SigningRole
from routes.rules.signoffs import SignOff
from tests.web.conftest import Reader
from tests.web.court import DAYS, NOW, SetClock
from web.services import Services
from web.step_standing import standing

SignIn = Callable[[Role | str], Reader]
CASE, DEBTOR = "c002", "d002"
CHANGED = "小组等情况已变化"


class Step:
    """One step as an officer works on it through its page."""

    def __init__(self, reader: Reader, court: Services, kind: str, case: str = CASE) -> None:
        self.reader, self.court = reader, court
        reader.get(f"/cases/{case}")
        sent = reader.post(f"/cases/{case}/measures", kind=kind, debtor=case.replace("c", "d"))
        assert sent.status_code == 302
        self.id = sent.location.rsplit("/", 1)[1]

    @property
    def path(self) -> str:
        return f"/measures/{self.id}"

    @property
    def kept(self) -> KeptStep:
        found = self.court.store.measures.step(StepId(self.id))
        assert found is not None
        return found

    def page(self) -> str:
        return self.reader.get(f"/measures/{self.id}").text

    def send(self, name: str, reader: Reader | None = None, **fields: str | list[str]) -> str:
        reader = reader or self.reader
        reader.get(f"/measures/{self.id}")
        return reader.send(
            f"/measures/{self.id}/{name}", **{"revision": str(self.kept.revision), **fields}
        )

    def paper(self, kind: str, by: str = "president", on: str = "2026-11-20") -> str:
        fields = {"number": "（2026）示1号", "approved_by": by, "approved_on": on}
        return self.send("documents", document=kind, **fields)

    def decide(self, **fields: str) -> str:
        shown = re.search(r'name="shown" value="(\w+)"', self.page())
        assert shown is not None
        return self.send("decide", reason="屡次传唤不到", **{"shown": shown[1], **fields})


def claim_of(court: Services, debtor: str = DEBTOR) -> str:
    return next(claim.id for claim in court.store.claims() if claim.debtor_id == debtor)


@pytest.fixture
def officer(signed_in: SignIn) -> Reader:
    return signed_in(Role.OFFICER)


@pytest.fixture
def commander(signed_in: SignIn) -> Reader:
    return signed_in(Role.COMMANDER)


FACTS = {
    "inside_district": "yes",
    "absence_unjustified": "1",
    "police_gear": "none",
    "arrangements": ["uniform_and_cards"],
    "target_role": "debtor",
    "target_born_on": "1980-03-01",
    "target_deputy": "no",
    "target_health_asked": "1",
}


def ready_summons(officer: Reader, commander: Reader, court: Services) -> Step:
    """Return a summons that is decided and signed, with time and team, not scheduled yet."""
    step = Step(officer, court, "summons")
    step.send("facts", claim=claim_of(court), **FACTS)
    step.paper("summons_proof", "officer")
    step.paper("summons_warrant")
    step.send("propose", starts_at="2026-11-26T10:00", team="T1")
    step.decide()
    for digest in re.findall(r'name="finding" value="(\w+)"', commander.get(step.path).text):
        sent = {"finding": digest, "role": "president", "expires": "2026-11-30"}
        step.send("sign-offs", commander, reason="警力不足", document="批1号", **sent)
    return step


def test_a_step_is_planned_decided_signed_scheduled_and_closed(
    officer: Reader, commander: Reader, court: Services, clock: SetClock
) -> None:
    step = ready_summons(officer, commander, court)
    assert "步骤已排期" in step.send("schedule")
    assert step.kept.state is StepState.SCHEDULED
    assert "尚未实施" in step.send("close")

    clock.at = NOW + timedelta(days=1, hours=2)  # 11 o'clock: one hour under control
    step.send("acts", act="controlled", at="2026-11-26T10:00")
    page = step.page()
    assert "剩余 7 小时 0 分" in page
    clock.at += timedelta(hours=1)
    step.send("acts", act="questioning_ended", at="2026-11-26T12:00")
    assert "B6" in step.send("close")
    step.send("acts", act="record_signed", at="2026-11-26T12:00")
    assert "C3" in step.send("close")  # questioned, but not let go
    step.send("acts", act="released", at="2026-11-26T12:00")
    assert "步骤已结束" in step.send("close")
    assert step.kept.state is StepState.CLOSED
    acts = [one.act for one in court.store.audit.entries(200) if one.subject == f"step:{step.id}"]
    assert acts.count("step.close") == acts.count("step.schedule") == acts.count("step.decide") == 1


def test_a_blocked_or_unsigned_step_is_not_scheduled(
    officer: Reader, commander: Reader, court: Services
) -> None:
    step = Step(officer, court, "summons")
    step.send("propose", starts_at="2026-11-26T10:00", team="T1")
    assert "不能排期" in step.send("schedule")
    step.send("facts", claim=claim_of(court), **FACTS)
    step.paper("summons_proof", "officer")
    step.paper("summons_warrant")
    assert "P8" in step.send("schedule")
    step.decide()
    assert "须签批而未签批" in step.send("schedule")
    assert step.kept.state is StepState.DRAFT


def test_a_scheduled_step_that_becomes_forbidden_goes_back_to_a_draft(
    officer: Reader, commander: Reader, court: Services
) -> None:
    step = ready_summons(officer, commander, court)
    step.send("schedule")
    step.send("documents/1/drop")
    assert step.kept.state is StepState.DRAFT
    assert len(step.kept.step.documents) == 1


def test_a_decision_is_on_what_was_shown_and_lapses_with_its_target(
    officer: Reader, court: Services
) -> None:
    step = Step(officer, court, "summons")
    assert "重新决定" in step.decide(shown="0" * 32)
    step.decide()
    decision = step.kept.step.decision
    assert decision is not None
    assert decision.override  # papers are lacking, so the program does not advise it
    assert decision.factors
    assert CHANGED not in step.page()
    page = step.send("facts", claim="", **(FACTS | {"target_role": "other"}))
    assert CHANGED in page
    step.decide()
    assert CHANGED not in step.page()


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ("facts", FACTS | {"complex_matter": "1"}),
        ("facts", FACTS | {"police_gear": "by_police"}),
        ("propose", {"starts_at": "2026-11-26T10:30", "team": "T1"}),
        ("propose", {"starts_at": "2026-11-26T10:00", "team": "T2"}),
    ],
)
def test_a_decision_is_on_all_that_the_step_is(
    officer: Reader, commander: Reader, court: Services, form: str, fields: dict[str, str]
) -> None:
    step = ready_summons(officer, commander, court)
    assert "步骤已排期" in step.send("schedule")
    claim = {"claim": claim_of(court)} if form == "facts" else {}
    assert CHANGED in step.send(form, **claim, **fields)
    assert step.kept.state is StepState.DRAFT
    assert "P8" in step.send("schedule")
    step.decide()
    assert CHANGED not in step.page()


def test_a_decision_from_before_that_names_no_facts_asks_again(
    officer: Reader, commander: Reader, court: Services
) -> None:
    step = ready_summons(officer, commander, court)
    kept = step.kept
    assert kept.step.decision is not None
    old = replace(kept.step.decision, rests_on="")
    before = replace(kept, step=replace(kept.step, decision=old))
    court.store.measures.revise(before, act="step.decide", by="u1")
    assert CHANGED in step.page()


def test_questioning_past_its_hours_is_closed_only_with_an_explanation(
    officer: Reader, commander: Reader, court: Services, clock: SetClock
) -> None:
    step = ready_summons(officer, commander, court)
    step.send("schedule")
    clock.at = NOW + timedelta(days=2)
    for act, hour in (("controlled", 10), ("questioning_ended", 19), ("record_signed", 19)):
        step.send("acts", act=act, at=f"2026-11-26T{hour}:00")
    assert "违规" in step.send("close", reason="群众围堵道路")  # an officer's word is not enough
    assert "步骤已结束" in step.send("close", commander, reason="群众围堵道路")
    entry = next(one for one in court.store.audit.entries(5) if one.act == "step.close")
    assert entry.detail["breaches"] == "C3"
    assert "重新办理" in step.send("reopen", commander, reason="补正时间")
    assert step.kept.state is StepState.SCHEDULED


def test_two_officers_do_not_overwrite_each_other(officer: Reader, court: Services) -> None:
    step = Step(officer, court, "detention")
    page = step.send("facts", revision="7", **FACTS)
    assert "他人修改" in page
    assert step.kept.revision == 1


def test_property_is_listed_with_exempt_goods_and_live_seizure_first(
    officer: Reader, court: Services
) -> None:
    step = Step(officer, court, "seizure", case="c005")  # a company's
    page = step.send("facts", claim=claim_of(court, "d005"), owed_yuan="9000", costs_yuan="100")
    assert "先用活封" in page
    assert "生活必需品" in page
    item = {
        "asset": "movable",
        "use": "production",
        "value_yuan": "3000",
        "held_by": "debtor",
        "registered_to": "not_registrable",
        "third_party_claim": "none",
    }
    page = step.send("items", description="缝纫机两台", **item)
    assert "缝纫机两台" in page
    assert "Z6" in page
    (kept,) = court.store.measures.items()
    toy = item | {"use": "daily_necessity", "description": "童车"}
    page = step.send(f"items/{kept.item.id}", item_revision="1", **toy)
    assert "Z4" in page
    page = step.send(f"items/{kept.item.id}", item_revision="2", withdraw="1", reason="留给家属")
    assert "童车" not in page
    assert court.store.measures.items()[0].withdrawn


ITEM = {
    "asset": "movable",
    "use": "ordinary",
    "value_yuan": "3000",
    "held_by": "debtor",
    "registered_to": "not_registrable",
    "third_party_claim": "none",
}


def scheduled_seizure(officer: Reader, commander: Reader, court: Services) -> Step:
    """Return a seizure of two sewing machines that is decided, signed and scheduled."""
    teams = court.store.teams()
    court.store.put(teams=[replace(each, recorders=2) for each in teams])
    step = Step(officer, court, "seizure")
    facts = {
        "owed_yuan": "9000",
        "costs_yuan": "100",
        "police_gear": "none",
        "forced_opening": "no",
        "notified": ["debtor_or_adult_family", "grassroots_delegate"],
        "arrangements": ["uniform_and_cards", "transport", "storage"],
    }
    step.send("facts", claim=claim_of(court), **facts)
    step.paper("seizure_ruling", "panel")
    step.send("items", description="缝纫机两台", **ITEM)
    step.send("propose", starts_at="2026-11-26T10:00", team="T1")
    step.decide()
    for digest in re.findall(r'name="finding" value="(\w+)"', commander.get(step.path).text):
        sent = {"finding": digest, "role": "president", "expires": "2026-11-30"}
        step.send("sign-offs", commander, reason="警力不足", document="批1号", **sent)
    assert "步骤已排期" in step.send("schedule")
    return step


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"use": "daily_necessity"}, "Z4"),
        ({"value_yuan": "900000"}, "Z6"),
        ({"registered_to": "debtor"}, "N1"),
    ],
)
def test_property_that_a_rule_forbids_takes_its_step_off_the_schedule(
    officer: Reader, commander: Reader, court: Services, change: dict[str, str], rule: str
) -> None:
    step = scheduled_seizure(officer, commander, court)
    (kept,) = court.store.measures.items()
    fields = {"description": "缝纫机两台", **ITEM, "seized_on": "2026-11-26"}
    step.send(f"items/{kept.item.id}", item_revision="1", **fields)
    assert step.kept.state is StepState.SCHEDULED
    page = step.send(f"items/{kept.item.id}", item_revision="2", **(fields | change))
    assert rule in page
    assert "已退回草稿" in page
    assert step.kept.state is StepState.DRAFT
    acts = [one.act for one in court.store.audit.entries(20) if one.subject == f"step:{step.id}"]
    assert acts.count("step.unschedule") == 1


@pytest.mark.parametrize("change", [{"description": "缝纫机一台"}, {"value_yuan": "1500"}])
def test_other_property_than_was_decided_is_decided_again(
    officer: Reader, commander: Reader, court: Services, change: dict[str, str]
) -> None:
    step = scheduled_seizure(officer, commander, court)
    (kept,) = court.store.measures.items()
    fields = {"description": "缝纫机两台", **ITEM, **change}
    assert CHANGED in step.send(f"items/{kept.item.id}", item_revision="1", **fields)
    assert step.kept.state is StepState.DRAFT
    step.decide()
    assert "步骤已排期" in step.send("schedule")


DEAR = ITEM | {"value_yuan": "20000", "indivisible": "1", "nothing_else": "1"}


def test_what_is_asked_of_property_is_signed_for_it_and_its_facts(
    officer: Reader, commander: Reader, court: Services
) -> None:
    step = Step(officer, court, "seizure")
    step.send("facts", claim=claim_of(court), owed_yuan="9000", costs_yuan="100")
    page = step.send("items", description="印刷机一台", **DEAR)
    assert 'name="finding"' not in page.split('id="findings"')[0]  # an officer signs nothing
    page = commander.get(step.path).text.split('id="findings"')[0]
    digests = re.findall(r'name="finding" value="(\w+)"', page)
    assert len(digests) == 1
    sent = {"role": "director", "expires": "2026-11-30", "reason": "别无他物", "document": "批2号"}
    done = step.send("sign-offs", commander, finding=digests[0], **sent)
    assert "签批已登记" in done
    assert "Z6 · 财产 1" in done
    assert 'name="finding"' not in done.split('id="findings"')[0]
    (kept,) = court.store.measures.items()
    dearer = {"description": "印刷机一台", **DEAR, "value_yuan": "20000000"}
    step.send(f"items/{kept.item.id}", item_revision="1", **dearer)
    again = re.findall(r'name="finding" value="(\w+)"', commander.get(step.path).text)
    assert any(each not in digests for each in again)
    assert 'name="finding"' in commander.get(step.path).text.split('id="findings"')[0]


def test_a_signature_for_a_visit_answers_no_step_of_the_case(
    officer: Reader, commander: Reader, court: Services
) -> None:
    case = next(one for one in court.store.cases() if one.id == CASE)
    objected = replace(case, objection_pending=True)
    court.store.put(cases_=[objected])
    debtor = next(one for one in court.store.debtors() if one.id == DEBTOR)
    on = local_day(NOW)
    (asked,) = (
        one
        for one in check_case(objected, debtor, (), on=on, profile=court.profile)
        if one.rule == "A5"
    )
    paper = ("A5", asked.subject, SigningRole.PRESIDENT, "不停止执行", "批3号", "u1")
    with court.store.write() as work:
        add(work, SignOff(*paper, NOW, NOW + timedelta(days=9), asked.digest))
    step = Step(officer, court, "detention")
    step.send("facts", claim=claim_of(court), **FACTS)

    def waits() -> list[str]:
        return [one.subject for one in standing(court, step.kept).waiting if one.rule == "A5"]

    assert waits() == [f"step:{step.id}"]
    (wanted,) = (one for one in standing(court, step.kept).waiting if one.rule == "A5")
    sent = {"role": "president", "expires": "2026-11-30", "reason": "不停止", "document": "批4号"}
    step.send("sign-offs", commander, finding=wanted.digest, **sent)
    assert waits() == []
    step.send("propose", starts_at="2026-11-27T10:00", team="T1")  # a day was not signed for
    assert waits() == [f"step:{step.id}"]


def test_the_debt_is_held_against_the_amount_of_the_case(officer: Reader, court: Services) -> None:
    step = Step(officer, court, "seizure")
    amount = next(one for one in court.store.cases() if one.id == CASE).claim_yuan
    step.send("facts", claim=claim_of(court), owed_yuan=str(amount * 100), costs_yuan="100")
    page = step.send("items", description="印刷机一台", **(ITEM | {"value_yuan": str(amount * 2)}))
    assert "按较小的计算" in page
    assert "价值明显超过债权及费用" in page


def test_whether_a_third_party_objects_is_asked(officer: Reader, court: Services) -> None:
    step = Step(officer, court, "seizure")
    page = step.send("items", description="缝纫机", **(ITEM | {"third_party_claim": ""}))
    assert "未核实有无案外人异议" in page
    assert court.store.measures.items()[0].item.third_party_claim is None
    page = step.send(
        "items", description="无证房屋", **(ITEM | {"asset": "real_estate", "value_yuan": "1"})
    )
    assert "未登记的房屋、土地" in page


def test_property_added_to_a_scheduled_step_is_asked_about(
    officer: Reader, commander: Reader, court: Services, clock: SetClock
) -> None:
    step = scheduled_seizure(officer, commander, court)
    exempt = ITEM | {"use": "medal"}
    clock.at = NOW + timedelta(days=2)  # under way: what is done is put on record
    step.send("items", description="奖章", **exempt)
    assert step.kept.state is StepState.SCHEDULED
    clock.at = NOW
    step.send("items", description="另一枚奖章", **exempt)
    assert step.kept.state is StepState.DRAFT


def test_a_form_that_makes_no_sense_is_refused(officer: Reader, court: Services) -> None:
    step = Step(officer, court, "seizure", case="c005")
    assert "不是数" in step.send("facts", owed_yuan="许多")
    assert "不小于零" in step.send("facts", owed_yuan="-1")
    assert "无法识别" in step.send("facts", police_gear="cannon")
    assert "文号" in step.send("documents", document="inventory", number=" ")
    assert "晚于现在" in step.send("acts", act="inventory_signed", at="2027-01-01T10:00")
    assert "请选择现场记录" in step.send("acts", act="detained", at="2026-11-20T10:00")
    assert "理由" in step.send("withdraw", reason=" ")
    step.send("facts", claim=claim_of(court, "d005"))
    step.send("propose", starts_at="2031-01-06T10:00", team="T1")
    assert "日历" in step.page()  # a day that nobody knows
    assert "不能排期" in step.send("schedule")
    assert step.kept.revision == 3


def test_a_withdrawn_step_stays_readable_and_leaves_the_case_page(
    officer: Reader, court: Services
) -> None:
    step = Step(officer, court, "search")
    assert step.path in officer.get(f"/cases/{CASE}").text
    step.send("withdraw", reason="已自动履行")
    assert "已自动履行" in step.page()
    assert step.path not in officer.get(f"/cases/{CASE}").text


def test_a_detention_asks_where_the_person_is_handed_over(officer: Reader, court: Services) -> None:
    step = Step(officer, court, "detention")
    station = court.store.stations()[0]
    assert "请选定移交地点" in step.page()
    page = step.send("facts", handed_to=station.id, **FACTS)
    assert "请选定移交地点" not in page
    assert f'<option value="{station.id}" selected>' in page
    assert step.kept.step.handed_to == station.id
    assert "移交地点" not in Step(officer, court, "summons").page()


def test_the_page_speaks_english(officer: Reader, court: Services) -> None:
    step = Step(officer, court, "detention")
    officer.post("/language", language="en", next="/")
    page = step.page()
    assert "Judicial detention" in page
    assert "Enter day and time" in step.send("acts", act="detained", at="")


def ready_step(officer: Reader, commander: Reader, court: Services) -> Step:
    """Return a summons on the schedule for ten o'clock of the 26th."""
    step = ready_summons(officer, commander, court)
    assert "步骤已排期" in step.send("schedule")
    return step


def settle(court: Services, case: str = CASE) -> None:
    held = court.store.case(CaseId(case))
    assert held is not None
    court.store.put(cases_=[replace(held, status=CaseStatus.SETTLED)])


def log_of(step: Step, *log: tuple[str, str]) -> None:
    for act, at in log:
        step.send("acts", act=act, at=at)


DONE = (
    ("controlled", "2026-11-26T10:00"),
    ("questioning_ended", "2026-11-26T11:00"),
    ("released", "2026-11-26T11:00"),
    ("record_signed", "2026-11-26T11:10"),
)


def test_a_paper_that_ran_out_between_act_and_closing_was_good(
    officer: Reader, commander: Reader, court: Services, clock: SetClock
) -> None:
    step = ready_step(officer, commander, court)
    kept = step.kept
    papers = tuple(replace(one, expires_on=DAYS[0]) for one in kept.step.documents)
    court.store.measures.revise(
        replace(kept, step=replace(kept.step, documents=papers)), act="step.document", by="u1"
    )
    clock.at = NOW + timedelta(days=9)
    log_of(step, *DONE)
    assert "步骤已结束" in step.send("close")


def test_a_paper_made_after_the_act_was_not(
    officer: Reader, commander: Reader, court: Services, clock: SetClock
) -> None:
    step = ready_step(officer, commander, court)
    clock.at = NOW + timedelta(days=9)
    log_of(step, *DONE)
    assert "有签批权限的人员" in step.send("documents/1/drop", reason="换发")
    step.send("documents/1/drop", commander, reason="换发")
    step.paper("summons_warrant", on="2026-11-28")
    assert "C1" in step.send("close", reason="拘传票补办")
    assert "步骤已结束" in step.send("close", commander, reason="拘传票补办")
    (entry,) = (one for one in court.store.audit.entries(9) if one.act == "step.close")
    assert entry.detail["breaches"] == "C1"


def test_a_step_at_night_against_a_settled_case_is_a_breach_on_record(
    officer: Reader, commander: Reader, court: Services, clock: SetClock
) -> None:
    step = ready_step(officer, commander, court)
    settle(court)
    clock.at = NOW + timedelta(days=2)
    log_of(
        step,
        ("controlled", "2026-11-26T23:00"),
        ("released", "2026-11-26T23:30"),
        ("record_signed", "2026-11-26T23:40"),
    )
    page = step.send("close", reason="当时未发现")
    assert "违规" in page
    assert step.kept.state is StepState.SCHEDULED
    assert "步骤已结束" in step.send("close", commander, reason="当时未发现")
    (entry,) = (one for one in court.store.audit.entries(9) if one.act == "step.close")
    assert {"A3", "T1"} <= set(str(entry.detail["breaches"]).split())
    assert step.kept.reason == "当时未发现"


def test_a_case_that_settled_because_of_a_step_makes_it_no_breach(
    officer: Reader, commander: Reader, court: Services, clock: SetClock
) -> None:
    step = ready_step(officer, commander, court)
    clock.at = NOW + timedelta(days=2)
    log_of(step, *DONE)
    settle(court)
    assert "步骤已结束" in step.send("close")


def test_a_signature_that_came_after_the_act_answers_nothing(
    officer: Reader, commander: Reader, court: Services, clock: SetClock
) -> None:
    step = ready_step(officer, commander, court)
    for one in court.store.sign_offs.standing([f"step:{step.id}"], NOW):
        court.store.sign_offs.withdraw(one.id, "u1")
    clock.at = NOW + timedelta(days=2)
    log_of(step, *DONE)
    assert 'name="finding"' not in commander.get(step.path).text
    assert "B3" in step.send("close")
    assert "步骤已结束" in step.send("close", commander, reason="警力临时抽调")


def test_a_signature_withdrawn_after_the_act_was_good(
    officer: Reader, commander: Reader, court: Services, clock: SetClock
) -> None:
    step = ready_step(officer, commander, court)
    clock.at = NOW + timedelta(days=2)
    log_of(step, *DONE)
    for one in court.store.sign_offs.standing([f"step:{step.id}", f"case:{CASE}"], NOW):
        court.store.sign_offs.withdraw(one.id, "u1")
    assert "步骤已结束" in step.send("close")


def test_a_begun_step_is_neither_moved_nor_given_up(
    officer: Reader, commander: Reader, court: Services, clock: SetClock
) -> None:
    step = ready_step(officer, commander, court)
    clock.at = NOW + timedelta(days=1, hours=2)  # its start has passed, no act yet
    for form, fields in (
        ("withdraw", {"reason": "不去了"}),
        ("propose", {"starts_at": "2026-11-27T10:00", "team": "T1"}),
    ):
        assert "结束" in step.send(form, **fields)
        assert step.kept.state is StepState.SCHEDULED
    assert "/withdraw" not in step.page()
    log_of(step, DONE[0])
    assert "结束步骤" in step.send("withdraw", commander, reason="不去了")
    assert step.kept.state is StepState.SCHEDULED
    assert "C3" in step.send("close", commander)  # still held; B6 is asked first
    clock.at += timedelta(hours=1)
    log_of(step, *DONE[1:])
    assert "步骤已结束" in step.send("close")


def test_a_commander_says_of_a_step_whose_time_passed_that_it_was_not_taken(
    officer: Reader, commander: Reader, court: Services, clock: SetClock
) -> None:
    step = ready_step(officer, commander, court)
    clock.at = NOW + timedelta(days=2)
    assert "步骤已撤回" in step.send("withdraw", commander, reason="车辆故障，未前往")
    assert step.kept.state is StepState.WITHDRAWN


def test_what_was_done_without_a_schedule_is_closed_with_an_explanation(
    officer: Reader, commander: Reader, court: Services, clock: SetClock
) -> None:
    step = Step(officer, court, "summons")
    clock.at = NOW + timedelta(days=2)
    log_of(step, *DONE)
    assert "时间和小组已登记" in step.send("propose", starts_at="2026-11-26T10:00", team="T1")
    assert "不能改期" in step.send("propose", starts_at="2026-11-26T11:00", team="T2")
    assert "不再排期" in step.send("schedule")
    assert "违规" in step.send("close")
    assert "步骤已结束" in step.send("close", commander, reason="未经批准即带人")
    (entry,) = (one for one in court.store.audit.entries(9) if one.act == "step.close")
    assert {"C1", "P8"} <= set(str(entry.detail["breaches"]).split())
    assert "重新办理" in step.send("reopen", commander, reason="补正")
    assert step.kept.open


def test_a_scheduled_step_that_is_forbidden_by_now_is_listed_with_the_finding(
    officer: Reader, commander: Reader, court: Services
) -> None:
    ready_step(officer, commander, court)
    assert "已排期，但不得实施" not in officer.get(f"/cases/{CASE}").text
    settle(court)
    page = officer.get(f"/cases/{CASE}").text
    assert "已排期，但不得实施" in page
    assert "A3" in page


def test_the_case_page_tells_papers_people_and_what_is_next(
    officer: Reader, commander: Reader, court: Services, clock: SetClock
) -> None:
    def told() -> str:
        page = officer.get(f"/cases/{CASE}").text
        part = page.partition('id="measures"')[2].partition("</section>")[0]
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part))

    step = Step(officer, court, "summons")
    step.send("facts", claim=claim_of(court), **FACTS)
    assert re.search(r"下一步：取得并登记文书：\S", told())
    assert "文书 0/2" in told()
    assert "执行公务证 尚缺" in told()
    step.paper("summons_proof", "officer")
    assert "文书 1/2" in told()
    step.paper("summons_warrant")
    assert "文书 2/2" in told()
    assert "下一步：登记实施时间和小组" in told()
    step.send("propose", starts_at="2026-11-26T10:00", team="T1")
    assert "执行公务证 已有" in told()
    assert "下一步：由人作出采取本措施的决定" in told()
    step.decide()
    assert "下一步：落实人员和安排，或取得签批：至少 3 名执行人员" in told()
    for digest in re.findall(r'name="finding" value="(\w+)"', commander.get(step.path).text):
        sent = {"finding": digest, "role": "president", "expires": "2026-11-30"}
        step.send("sign-offs", commander, reason="警力不足", document="批1号", **sent)
    assert "下一步：排期" in told()
    step.send("schedule")
    assert "下一步：按期实施" in told()
    clock.at = NOW + timedelta(days=1, hours=2)
    step.send("acts", act="controlled", at="2026-11-26T10:00")
    assert "下一步：登记现场情况，然后结束步骤" in told()
