"""A step that has begun on its page: what was so then is neither wiped out nor made good later."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from data.measures import StepState
from data.model import Role
from routes.model import CaseId, CaseStatus
from tests.web.conftest import Reader
from tests.web.court import NOW, SetClock
from tests.web.test_measures import (
    CASE,
    DONE,
    FACTS,
    SignIn,
    Step,
    claim_of,
    log_of,
    ready_step,
    ready_summons,
    settle,
)
from web.services import Services
from web.step_standing import standing

CORRECTED = "写明理由后更正"
AT_NIGHT = (
    ("controlled", "2026-11-26T23:30"),
    ("released", "2026-11-26T23:50"),
    ("record_signed", "2026-11-26T23:50"),
)


@pytest.fixture
def officer(signed_in: SignIn) -> Reader:
    return signed_in(Role.OFFICER)


@pytest.fixture
def commander(signed_in: SignIn) -> Reader:
    return signed_in(Role.COMMANDER)


def broken(step: Step, court: Services) -> set[str]:
    """Return the rules that were broken or not signed, as closing asks."""
    now = standing(court, step.kept, closing=True)
    return {one.rule for one in (*now.blocks, *now.waiting)}


def breaches(court: Services) -> set[str]:
    entry = next(one for one in court.store.audit.entries(9) if one.act == "step.close")
    return set(str(entry.detail["breaches"]).split())


def test_taking_the_place_away_wipes_out_no_hour(
    officer: Reader, commander: Reader, court: Services, clock: SetClock
) -> None:
    step = ready_step(officer, commander, court)
    clock.at = NOW + timedelta(days=2)
    log_of(step, *AT_NIGHT)
    assert "T1" in broken(step, court)
    for reader in (officer, commander):
        page = step.send("facts", reader, claim="", reason="误选", **FACTS)
        assert "不能更换实施地点" in page
    assert step.kept.step.claim_id == claim_of(court)
    assert "违规" in step.send("close")
    assert step.kept.state is StepState.SCHEDULED
    step.send("close", commander, reason="情况紧急")
    assert "T1" in breaches(court)


def test_a_log_entered_anew_heals_no_breach_and_gives_no_step_up(
    officer: Reader, commander: Reader, court: Services, clock: SetClock
) -> None:
    step = ready_step(officer, commander, court)
    held = court.store.case(CaseId(CASE))
    assert held is not None
    court.store.put(cases_=[replace(held, status=CaseStatus.STAYED)])
    clock.at = NOW + timedelta(days=2)
    log_of(step, *DONE)
    noted = step.kept.step.beginning
    court.store.put(cases_=[held])
    assert noted is not None
    assert CORRECTED in step.send("acts/0/drop", reason="误登")
    assert len(step.kept.step.acts) == len(DONE)
    for _ in DONE:
        step.send("acts/0/drop", commander, reason="误登")
    assert step.kept.step.acts == ()
    assert "不能撤回" in step.send("withdraw", reason="未实施")  # an officer's word is not enough
    log_of(step, *DONE)
    assert step.kept.step.beginning == noted
    assert "A3" in broken(step, court)
    entries = [one for one in court.store.audit.entries(20) if one.act == "step.act.drop"]
    assert {one.detail["corrected"] for one in entries} == {True}


def test_what_never_happened_is_given_up_by_who_may_release_plans(
    officer: Reader, commander: Reader, court: Services
) -> None:
    step = Step(officer, court, "summons")
    step.send("acts", act="controlled", at="2026-11-25T08:00")
    step.send("acts/0/drop", commander, reason="登错步骤")
    assert step.kept.step.under_way
    assert "不再排期" in step.send("schedule")
    assert "步骤已撤回" in step.send("withdraw", commander, reason="登错步骤")
    assert step.kept.step.beginning is not None


def test_time_and_team_noted_afterwards_are_joined_to_what_stood_against_a_step(
    officer: Reader, court: Services, clock: SetClock
) -> None:
    step = Step(officer, court, "summons")
    step.send("facts", claim=claim_of(court), **FACTS)
    held = court.store.case(CaseId(CASE))
    assert held is not None
    settle(court)
    clock.at = NOW + timedelta(days=2)
    log_of(step, *DONE)
    court.store.put(cases_=[held])
    step.send("propose", starts_at="2026-11-26T10:00", team="T1")
    assert step.kept.team_id == "T1"
    assert {"A3", "B1"} <= broken(step, court)


def test_another_person_after_the_start_is_another_step(
    officer: Reader, commander: Reader, court: Services, clock: SetClock
) -> None:
    step = ready_step(officer, commander, court)
    clock.at = NOW + timedelta(days=1, hours=2)  # its start has passed, no act yet
    other = {"claim": claim_of(court), **FACTS, "target_born_on": "1955-05-05"}
    assert CORRECTED in step.send("facts", **other)
    assert "步骤已开始" in step.page()
    step.send("facts", commander, reason="更正出生日期", **other)
    assert "P8" in broken(step, court)
    log_of(step, DONE[0])
    back = {"claim": claim_of(court), **FACTS}
    step.send("facts", commander, reason="更正出生日期", **back)
    assert "P8" in broken(step, court)  # noted when the first act was entered


def test_what_has_no_date_of_its_own_is_not_made_good_by_an_officer(
    officer: Reader, commander: Reader, court: Services, clock: SetClock
) -> None:
    step = Step(officer, court, "search")
    step.send("facts", claim=claim_of(court), police_gear="none")
    clock.at = NOW + timedelta(days=1)
    step.send("acts", act="opened_by_force", at="2026-11-25T10:05")
    told = {
        "claim": claim_of(court),
        "police_gear": "none",
        "notified": ["debtor_or_adult_family", "grassroots_delegate"],
        "arrangements": ["uniform_and_cards", "cordon"],
    }
    assert CORRECTED in step.send("facts", reason="漏登", **told)
    assert CORRECTED in step.send("facts", commander, **told)  # without a reason
    assert "S2" in broken(step, court)
    step.paper("search_warrant")  # bears its own date
    step.send("facts", commander, reason="漏登，见通知回证", **told)
    assert "S2" not in broken(step, court)
    entry = next(one for one in court.store.audit.entries(9) if one.act == "step.change")
    assert entry.detail["corrected"] is True
    assert "漏登，见通知回证" in step.page()


def test_warnings_of_a_service_are_acknowledged_before_it_is_scheduled(
    officer: Reader, commander: Reader, court: Services
) -> None:
    held = court.store.case(CaseId(CASE))
    assert held is not None
    court.store.put(cases_=[replace(held, notice_sent_on=None)])
    step = Step(officer, court, "service")
    step.send("facts", claim=claim_of(court), arrangements=["uniform_and_cards"])
    step.paper("service_receipt", "officer")
    step.send("propose", starts_at="2026-11-26T10:00", team="T1")
    for digest in re.findall(r'name="finding" value="(\w+)"', commander.get(step.path).text):
        sent = {"finding": digest, "role": "president", "expires": "2026-11-30"}
        step.send("sign-offs", commander, reason="警力不足", document="批1号", **sent)
    assert "警示未确认" in step.send("schedule")
    assert "警示未确认" in step.send("schedule", acknowledged="0" * 32)
    shown = re.search(r'name="acknowledged" value="(\w+)"', step.page())
    assert shown is not None
    assert "步骤已排期" in step.send("schedule", acknowledged=shown[1])
    entry = next(one for one in court.store.audit.entries(9) if one.act == "step.schedule")
    assert entry.detail["acknowledged"] > 0


def test_what_was_seen_when_deciding_needs_no_second_word(
    officer: Reader, commander: Reader, court: Services
) -> None:
    held = court.store.case(CaseId(CASE))
    assert held is not None
    court.store.put(cases_=[replace(held, notice_sent_on=None)])
    step = ready_summons(officer, commander, court)
    assert 'name="acknowledged"' not in step.page()
    assert "步骤已排期" in step.send("schedule")
