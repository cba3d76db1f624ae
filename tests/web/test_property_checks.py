"""Property checks: officers draft, commanders send, one station sees them, paper settles them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from data.imports import import_file
from data.model import Role
from geo.localtime import moment_at
from routes.model import (
    ActionId,
    CaseId,
    CaseStatus,
    SupportKind,
    SupportRequest,
    SupportState,
)
from tests.data.samples import write_csv
from tests.web.conftest import Reader
from tests.web.court import ACTION, DAYS, DUTY, NOW, SetClock
from tests.web.test_plans import LETTER, SHARE, acts, release, sign_all
from tests.web.test_release import end
from web.services import Services

SignIn = Callable[[Role | str], Reader]
PAGE = f"/plans/{ACTION}"
VISIT = "v3"  # of debtor d004, in the territory of PS-1
FORM = {
    "visit": VISIT,
    "day": DAYS[0].isoformat(),
    "from": "09:00",
    "until": "11:30",
    "document": "协助函（2026）第8号",
}


@pytest.fixture
def commander(signed_in: SignIn) -> Reader:
    return signed_in(Role.COMMANDER)


@pytest.fixture
def officer(signed_in: SignIn) -> Reader:
    reader = signed_in(Role.OFFICER)
    reader.get(PAGE)
    return reader


@pytest.fixture
def drafted(commander: Reader, officer: Reader) -> None:
    sign_all(commander)
    assert "计划已发布" in release(commander)
    assert "财产核查请求已拟好" in officer.send(f"{PAGE}/checks", **FORM)


@pytest.fixture
def station(drafted: None, commander: Reader, court: Services, signed_in: SignIn) -> Reader:
    """Return the reader of the station that was asked."""
    assert "已发给派出所" in commander.send(path(court, "send"))
    reader = signed_in(Role.POLICE_LIAISON)
    reader.get("/partner")
    return reader


def check(court: Services, action: ActionId = ACTION) -> SupportRequest:
    (found,) = court.store.support_requests.property_checks(action)
    return found


def path(court: Services, act: str) -> str:
    return f"{PAGE}/requests/{check(court).id}/{act}"


@pytest.mark.usefixtures("drafted")
def test_an_officer_drafts_and_a_commander_sends(
    officer: Reader, commander: Reader, court: Services, signed_in: SignIn
) -> None:
    held = check(court)
    assert (held.kind, held.state, held.ref, held.station_id) == (
        SupportKind.PROPERTY_CHECK, SupportState.DRAFT, VISIT, "PS-1"
    )  # fmt: skip
    assert held.hours == (moment_at(DAYS[0], 32400), moment_at(DAYS[0], 41400))
    assert held.expires_at == held.starts_at
    assert officer.post(path(court, "send")).status_code == 403
    assert court.store.shares.for_action(ACTION) == ()
    assert "财产核查" not in signed_in(Role.POLICE_LIAISON).get("/partner").text
    assert "已发给派出所" in commander.send(path(court, "send"), document=" 协助函（2026）第9号 ")
    assert [one.station_id for one in court.store.shares.for_action(ACTION)] == ["PS-1"]
    sent = check(court)
    assert (sent.state, sent.document) == (SupportState.SENT, "协助函（2026）第9号")
    assert len(acts(court, "support_request.send")) == 1
    assert commander.post(path(court, "send")).status_code == 409


def test_the_station_sees_place_hours_and_paper_and_no_more(
    station: Reader, court: Services, signed_in: SignIn
) -> None:
    page = station.get("/partner").text
    for words in ("财产核查", "09:00–11:30", FORM["document"], "以文书所载为准", "石井村"):
        assert words in page
    case = court.store.case(CaseId("c004"))
    (debtor,) = [one for one in court.store.debtors() if one.id == "d004"]
    assert case is not None
    amount = f"{case.claim_yuan:.0f}"
    for words in (str(case.number), debtor.name.reveal(), amount, "王记", "c004", "第一组"):
        assert words not in page
    neighbour = signed_in("neighbour")
    assert "财产核查" not in neighbour.get("/partner").text
    answer = f"/partner/requests/{check(court).id}"
    assert neighbour.post(answer, answer="confirmed").status_code == 404


def test_it_goes_the_way_of_every_request(
    station: Reader, commander: Reader, court: Services, clock: SetClock
) -> None:
    answer = f"/partner/requests/{check(court).id}"
    late = station.post(answer, answer="other_time_proposed", time="17:00")
    assert late.status_code == 422  # until 19:30: the station has officers to 18:00
    station.send(answer, answer="other_time_proposed", time="14:00")
    assert "同意改时间" in commander.get(PAGE).text
    commander.send(path(court, "agree"))
    agreed = check(court)
    assert agreed.state is SupportState.CONFIRMED
    assert agreed.hours[0] == moment_at(DAYS[0], 14 * 3600)
    assert "14:00–16:30" in station.get("/partner").text
    assert "协助请求已撤回" in commander.send(path(court, "withdraw"))
    assert check(court).state is SupportState.WITHDRAWN
    clock.at = moment_at(DAYS[0], 21 * 3600)
    assert "财产核查" not in station.get("/partner").text


def test_unanswered_at_its_term_it_expired(
    station: Reader, commander: Reader, court: Services, clock: SetClock
) -> None:
    clock.at = moment_at(DAYS[0], 32400)
    assert check(court).state is SupportState.EXPIRED
    answer = f"/partner/requests/{check(court).id}"
    assert station.post(answer, answer="confirmed").status_code == 409
    assert "已过期</span>" in commander.get(PAGE).text


def test_it_is_no_stop_of_the_plan(station: Reader, commander: Reader, court: Services) -> None:
    """Neither confirmed nor declined does it bear on escorts, on the plan or on what is advised."""
    commander.send(SHARE, document=LETTER)
    before = court.store.support_requests.for_action(ACTION)
    assert {one.kind for one in before} == {SupportKind.ESCORT, SupportKind.CHECKPOINT}
    station.get("/partner")
    station.send(f"/partner/requests/{check(court).id}", answer="declined")
    assert check(court).state is SupportState.DECLINED
    assert court.store.support_requests.for_action(ACTION) == before


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"visit": DUTY}, "不在这份计划之中"),
        ({"from": "12:00"}, "须早于结束时间"),
        ({"day": "2026-11-24"}, "时间已过"),
        ({"from": "05:00", "until": "06:00"}, "不在可以走访的时段"),
        ({"day": "2026-11-28"}, "不在本所当天的协助时段|最后一天结束以前"),
    ],
)
def test_what_cannot_be_asked_is_not_drafted(
    officer: Reader, court: Services, change: dict[str, str], why: str
) -> None:
    page = officer.send(f"{PAGE}/checks", **(FORM | change))
    assert any(words in page for words in why.split("|"))
    assert court.store.support_requests.property_checks(ACTION) == ()


def test_a_visit_that_is_not_there_and_an_hour_that_is_none_are_refused(officer: Reader) -> None:
    assert officer.post(f"{PAGE}/checks", **(FORM | {"visit": "v99"})).status_code == 404
    for change in ({"from": "25:00"}, {"day": "26/11"}):
        assert officer.post(f"{PAGE}/checks", **(FORM | change)).status_code == 400


@pytest.mark.usefixtures("drafted")
def test_what_a_rule_forbids_is_neither_sent_nor_shown(commander: Reader, court: Services) -> None:
    case = court.store.case(CaseId("c004"))
    assert case is not None
    court.store.put(cases_=[replace(case, status=CaseStatus.PAUSED)])
    assert "现被规则" in commander.send(path(court, "send"))
    assert check(court).state is SupportState.DRAFT
    assert court.store.shares.for_action(ACTION) == ()


def test_what_a_rule_forbids_since_is_shown_no_more(station: Reader, court: Services) -> None:
    case = court.store.case(CaseId("c004"))
    assert case is not None
    court.store.put(cases_=[replace(case, status=CaseStatus.PAUSED)])
    assert "财产核查" not in station.get("/partner").text


@pytest.mark.usefixtures("drafted")
def test_without_a_paper_or_a_release_nothing_is_sent(
    officer: Reader, commander: Reader, court: Services
) -> None:
    commander.send(path(court, "withdraw"))
    officer.get(PAGE)
    officer.send(f"{PAGE}/checks", **(FORM | {"document": " "}))
    asked = court.store.support_requests.property_checks(ACTION)
    (draft,) = [one for one in asked if one.state is SupportState.DRAFT]
    send = f"{PAGE}/requests/{draft.id}/send"
    assert "没有文书依据" in commander.send(send)
    assert court.store.shares.for_action(ACTION) == ()
    end(commander, f"{PAGE}/release/withdraw")
    assert "尚未发布" in commander.send(send, document=LETTER)


def test_a_share_that_ends_takes_it_along_and_says_so(
    station: Reader, commander: Reader, court: Services
) -> None:
    assert "1 项待答复的请求" in commander.post(f"{PAGE}/release/withdraw/ask").text
    end(commander, f"{PAGE}/release/withdraw")
    assert check(court).state is SupportState.WITHDRAWN
    assert "财产核查" not in station.get("/partner").text


def replanned(court: Services) -> ActionId:
    """Keep the plan once more, as one made anew from itself."""
    problem, plan = court.store.problem(ACTION), court.store.plan(ACTION)
    assert problem is not None
    assert plan is not None
    anew = ActionId("20261126-anew00")
    court.store.replans.save(
        anew,
        replace(problem, id=anew),
        replace(plan, problem_id=anew),
        replaces=ACTION,
        day=DAYS[0],
        at_s=30_600,
        disturbances=(),
        kept=(),
        made_at=NOW,
        by="test",
    )
    return anew


def test_a_confirmed_one_stands_for_the_plan_made_anew(
    commander: Reader, officer: Reader, court: Services, signed_in: SignIn
) -> None:
    sign_all(commander)
    release(commander)
    officer.send(f"{PAGE}/checks", **(FORM | {"visit": "v2"}))  # no stop needs this station
    commander.send(path(court, "send"))
    neighbour = signed_in("neighbour")
    neighbour.get("/partner")
    neighbour.send(f"/partner/requests/{check(court).id}", answer="confirmed")
    anew = replanned(court)
    carried = check(court, anew)
    assert (carried.state, carried.ref, carried.station_id) == (
        SupportState.CONFIRMED, "v2", "PS-2"
    )  # fmt: skip
    assert court.store.support_requests.for_action(anew) == ()
    sign_all(commander, anew)
    assert "计划已发布" in release(commander, anew)
    assert "财产核查" not in neighbour.get("/partner").text
    commander.send(f"/plans/{anew}/share", document=LETTER)
    assert "财产核查" in neighbour.get("/partner").text


def test_an_answer_of_the_station_that_is_imported_settles_it(
    station: Reader, commander: Reader, court: Services, tmp_path: Path
) -> None:
    (debtor,) = [one for one in court.store.debtors() if one.id == "d004"]
    assert debtor.id_number is not None
    row = {
        "证件号码": debtor.id_number.reveal(),
        "被执行人": debtor.name.reveal(),
        "财产种类": "车辆",
        "财产内容": "门前停放轿车一辆",
        "反馈单位": "白沙派出所",
        "反馈日期": "2026-11-25",
    }

    def brought(**changes: str) -> str:
        table = write_csv(tmp_path / "p.csv", [row | changes])
        assert import_file(court.store, "property", table).accepted == 1
        return commander.get(PAGE).text

    assert "已有答复</span>" not in brought()  # of another station
    earlier = (NOW - timedelta(days=3)).date().isoformat()
    assert "已有答复</span>" not in brought(反馈单位="青溪派出所", 反馈日期=earlier)
    page = brought(反馈单位="青溪派出所 ")
    assert "已有答复</span>" in page
    assert f"requests/{check(court).id}/withdraw" not in page
