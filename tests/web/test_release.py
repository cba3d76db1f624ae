"""Release of a plan: what was signed still holds, warnings are read, one branch goes out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from data.model import Role
from geo.localtime import moment_at
from routes.model import ActionId, CaseId, CaseStatus
from routes.planning.problem import PlanFinding, StopKind
from tests.web.conftest import Reader
from tests.web.court import ACTION, DAYS, NOW, SetClock
from tests.web.test_plans import acts, release, sign_all
from web.partner_page import build_partner_page
from web.services import Services

SignIn = Callable[[Role | str], Reader]
ONE, TWO = ActionId("A-1"), ActionId("A-2")
PAGE = f"/plans/{ACTION}"


@pytest.fixture
def commander(signed_in: SignIn) -> Reader:
    return signed_in(Role.COMMANDER)


@pytest.fixture
def branches(court: Services) -> Services:
    problem, made = court.store.problem(ACTION), court.store.plan(ACTION)
    assert problem is not None
    assert made is not None
    without, granted = (
        (replace(problem, id=name), replace(made, problem_id=name)) for name in (ONE, TWO)
    )
    by = moment_at(DAYS[0], 36_000)
    court.store.save_branches(without, granted, approval_by=by, made_at=NOW)
    return court


def waiting(reader: Reader) -> list[str]:
    return re.findall(r'name="finding" value="([^"]+)"', reader.get(PAGE).text)


def end(reader: Reader, path: str, *, counted: str = "") -> str:
    """Take a release or a share back: ask, then confirm what the page counted."""
    shown = re.findall(r'name="counted" value="([^"]+)"', reader.post(f"{path}/ask").text)
    return reader.send(path, confirmed="1", counted=shown[0] if shown else counted)


def add_a_minor(court: Services) -> None:
    for number in range(20):
        case = court.store.case(CaseId(f"c{number:03d}"))
        if case is not None and case.vulnerable:
            kinds = (*case.vulnerable, "minor_alone")
            court.store.put(cases_=[replace(case, vulnerable=kinds)])


def forget_the_notice(court: Services, *numbers: int) -> None:
    """Let the enforcement notice of planned cases be unsent (A2)."""
    for number in numbers:
        case = court.store.case(CaseId(f"c{number:03d}"))
        assert case is not None
        court.store.put(cases_=[replace(case, notice_sent_on=None)])


def test_a_finding_that_changed_asks_again_and_says_so(commander: Reader, court: Services) -> None:
    sign_all(commander)
    assert waiting(commander) == []
    assert "已变化" not in commander.get(PAGE).text
    add_a_minor(court)
    again = waiting(commander)
    assert again
    assert {key.partition("|")[0] for key in again} == {"E3"}
    assert "（2026）批1号 所签的内容已变化，须重新签批" in commander.get(PAGE).text
    assert "须签批而未签批" in release(commander)
    sign_all(commander)
    assert "计划已发布" in release(commander)


def test_a_signature_stands_in_another_language_and_for_another_plan(
    commander: Reader, branches: Services
) -> None:
    sign_all(commander)
    commander.client.get("/", headers={"Accept-Language": "en"})
    for path in (PAGE, f"/plans/{TWO}"):
        page = commander.client.get(path, headers={"Accept-Language": "en"}).text
        assert 'name="finding"' not in page


def test_a_signature_kept_without_what_it_answered_asks_once_more(
    commander: Reader, court: Services
) -> None:
    sign_all(commander)
    with court.store.write() as work:
        work.connection.execute(text("UPDATE sign_off SET digest = NULL"))
    assert waiting(commander)
    assert "没有记录所签内容，须重新签批" in commander.get(PAGE).text
    sign_all(commander)
    assert waiting(commander) == []


def test_a_duty_that_was_left_out_for_want_of_a_signature_is_named(
    commander: Reader, court: Services
) -> None:
    problem, made = court.store.problem(ACTION), court.store.plan(ACTION)
    assert problem is not None
    assert made is not None
    said = PlanFinding("L6", "sign_off", "duty:CP-9", "勤务缺少依据", "本院规则")
    problem = replace(problem, id=ONE, blocked=(*problem.blocked, said))
    court.store.save(ONE, problem, replace(made, problem_id=ONE), made_at=NOW)
    page = commander.get(f"/plans/{ONE}").text
    assert "CP-9" in page
    assert "勤务缺少依据" in page


@pytest.mark.usefixtures("shared")
def test_a_duty_for_a_debtor_who_settled_leaves_the_station_s_page(
    court: Services, signed_in: SignIn
) -> None:
    police = signed_in(Role.POLICE_LIAISON)
    assert "查控" in police.get("/partner").text
    case = court.store.case(CaseId("c001"))
    assert case is not None
    court.store.put(cases_=[replace(case, status=CaseStatus.SETTLED)])
    assert "查控" not in police.get("/partner").text


def test_warnings_are_listed_acknowledged_and_logged(commander: Reader, court: Services) -> None:
    sign_all(commander)
    assert "发布前须知悉的警示" not in commander.get(PAGE).text
    forget_the_notice(court, 1, 2)
    page = commander.get(PAGE).text
    assert "发布前须知悉的警示" in page
    for wrong in ({}, {"acknowledged": ""}, {"acknowledged": "0" * 32}):
        assert "项警示" in commander.send(f"{PAGE}/release", **wrong)
    assert acts(court, "plan.release") == []
    assert "计划已发布" in release(commander)
    detail = acts(court, "plan.release")[0].detail
    assert detail == {"warnings": "A2:2", "override": False}


def test_a_warning_that_came_since_asks_again(commander: Reader, court: Services) -> None:
    forget_the_notice(court, 1)
    sign_all(commander)
    shown = re.findall(r'name="acknowledged" value="([^"]+)"', commander.get(PAGE).text)[0]
    forget_the_notice(court, 2)
    assert "已变化" in commander.send(f"{PAGE}/release", acknowledged=shown)
    assert "计划已发布" in release(commander)


def test_one_of_two_plans_goes_out(commander: Reader, branches: Services, clock: SetClock) -> None:
    sign_all(commander)
    assert "计划已发布" in release(commander, TWO)
    refused = release(commander, ONE, override_reason="试")
    assert f"请先撤回 {TWO} 的发布" in refused
    assert "发布已撤回" in end(commander, f"/plans/{TWO}/release/withdraw")
    assert "没有发布" in end(commander, f"/plans/{TWO}/release/withdraw", counted="0-0-0")
    assert "待审批" in commander.get(f"/plans/{TWO}").text


def test_going_against_what_is_advised_needs_a_reason(
    commander: Reader, branches: Services
) -> None:
    assert "override_reason" not in commander.get(f"/plans/{ONE}").text
    sign_all(commander)
    assert 'name="override_reason"' in commander.get(f"/plans/{ONE}").text
    assert "override_reason" not in commander.get(f"/plans/{TWO}").text
    assert f"建议发布计划 {TWO}" in release(commander, ONE)
    assert "请写明理由" in release(commander, ONE, override_reason="由" * 501)
    assert "计划已发布" in release(commander, ONE, override_reason="当事人家中有丧事，暂缓")
    entry = acts(branches, "plan.release")[0]
    assert entry.detail["override"] is True
    assert "丧事" not in str(entry)
    action = branches.store.action(ONE)
    assert action is not None
    assert action.override_reason == "当事人家中有丧事，暂缓"
    assert "当事人家中有丧事，暂缓" in commander.get(f"/plans/{ONE}").text


def test_a_signature_after_the_hour_is_too_late_for_the_plan_with_the_approval(
    commander: Reader, branches: Services, clock: SetClock
) -> None:
    clock.at = moment_at(DAYS[0], 36_000) + timedelta(minutes=1)
    sign_all(commander)
    late = release(commander, TWO)
    assert "晚于该时间" in late
    assert f"请发布未批准时用的计划 {ONE}" in late
    assert "override_reason" not in commander.get(f"/plans/{ONE}").text
    assert "计划已发布" in release(commander, ONE)


def test_a_plan_for_a_day_that_no_calendar_knows_is_shown_as_forbidden_and_not_released(
    commander: Reader, court: Services
) -> None:
    put_off(court, ONE)
    page = commander.get(f"/plans/{ONE}").text
    assert "T3" in page
    assert "工作日历没有 2027-03-01" in page
    assert "T3" in release(commander, ONE)
    assert acts(court, "plan.release") == []


def put_off(court: Services, name: ActionId) -> None:
    """Keep the plan once more, for a day of next year."""
    problem, made = court.store.problem(ACTION), court.store.plan(ACTION)
    assert problem is not None
    assert made is not None
    day = date(2027, 3, 1)
    moved = replace(
        problem,
        id=name,
        shifts=tuple(replace(one, day=day) for one in problem.shifts),
        options=tuple(replace(one, day=day) for one in problem.options),
        duties=(),
        frozen=(),
    )
    first = made.routes[0]
    stops = tuple(one for one in first.stops if one.kind is StopKind.VISIT)
    routes = (replace(first, day=day, stops=stops),)
    court.store.save(name, moved, replace(made, problem_id=name, routes=routes), made_at=NOW)


@pytest.fixture
def shared(commander: Reader) -> None:
    sign_all(commander)
    release(commander)
    commander.send(f"{PAGE}/share", document="协助函1号")


@pytest.mark.usefixtures("shared")
def test_a_share_that_is_ended_is_gone_and_the_station_is_told(
    commander: Reader, court: Services, signed_in: SignIn
) -> None:
    share = court.store.shares.for_action(ACTION)[0]
    request = court.store.support_requests.for_action(ACTION)[0]
    police = signed_in(Role.POLICE_LIAISON)
    assert "青溪镇石井村" in police.get("/partner").text
    commander.get(PAGE)
    assert commander.post(f"{PAGE}/shares/s99/end").status_code == 404
    assert commander.post(f"/plans/A-9/shares/{share.id}/end").status_code == 404
    assert "共享已结束" in end(commander, f"{PAGE}/shares/{share.id}/end")
    assert "2026-11-25 09:00 已结束" in commander.get(PAGE).text
    page = police.get("/partner").text
    assert "法院已于 2026-11-25 09:00 结束一项共享" in page
    assert "石井村" not in page
    assert police.get("/api/partner").json == {"stops": []}
    assert police.post(f"/partner/requests/{request.id}", answer="confirmed").status_code == 404
    assert [one.detail for one in acts(court, "share.revoke")] == [
        {"action": ACTION, "station": "PS-1"}
    ]


@pytest.mark.usefixtures("shared")
def test_what_ends_is_counted_and_confirmed_first(
    commander: Reader, court: Services, signed_in: SignIn
) -> None:
    share = court.store.shares.for_action(ACTION)[0]
    police = signed_in(Role.POLICE_LIAISON)
    police.get("/partner")
    request = court.store.support_requests.for_action(ACTION)[0]
    commander.get(PAGE)
    for path in (f"{PAGE}/release/withdraw", f"{PAGE}/shares/{share.id}/end"):
        asked = commander.post(f"{path}/ask").text
        assert "1 个派出所的共享（青溪派出所）、0 项已确认的协助、2 项待答复的请求" in asked
        assert "请核对后再确认一次" in commander.send(path)
        assert "请核对后再确认一次" in commander.send(path, counted="1-0-2")
    police.post(f"/partner/requests/{request.id}", answer="confirmed")
    stale = commander.send(f"{PAGE}/release/withdraw", confirmed="1", counted="1-0-2")
    assert "请核对后再确认一次" in stale
    assert "1 项已确认的协助、1 项待答复" in commander.post(f"{PAGE}/release/withdraw/ask").text
    assert court.store.shares.for_action(ACTION)[0].revoked_at is None
    action = court.store.action(ACTION)
    assert action is not None
    assert action.released_at is not None
    assert "发布已撤回" in end(commander, f"{PAGE}/release/withdraw")
    assert commander.post(f"{PAGE}/shares/s99/end/ask").status_code == 404


@pytest.mark.usefixtures("shared")
def test_a_withdrawn_release_ends_the_shares_and_may_be_shared_again(
    commander: Reader, court: Services, signed_in: SignIn, clock: SetClock
) -> None:
    end(commander, f"{PAGE}/release/withdraw")
    police = signed_in(Role.POLICE_LIAISON)
    assert "结束一项共享" in police.get("/partner").text
    assert "尚未发布" in commander.send(f"{PAGE}/share", document="协助函1号")
    clock.at += timedelta(minutes=1)
    release(commander)
    commander.send(f"{PAGE}/share", document="协助函1号")
    page = police.get("/partner").text
    assert "结束一项共享" not in page
    assert "青溪镇石井村" in page
    states = [one.state.value for one in court.store.support_requests.for_action(ACTION)]
    assert sorted(states) == ["sent", "sent", "withdrawn", "withdrawn"]


def test_a_page_without_login_or_watermark_shows_a_station_nothing(
    commander: Reader, court: Services
) -> None:
    sign_all(commander)
    release(commander)
    commander.post(f"/plans/{ACTION}/share", document="协助函1号")
    (liaison,) = (one for one in court.store.accounts.all() if one.username == "police_liaison")
    shown = {
        (needs_login, mark): bool(
            build_partner_page(liaison, court, needs_login=needs_login, watermark=mark).stops
        )
        for needs_login in (True, False)
        for mark in ("police 09:00", " ")
    }
    assert shown == {
        (True, "police 09:00"): True,
        (True, " "): False,
        (False, "police 09:00"): False,
        (False, " "): False,
    }
