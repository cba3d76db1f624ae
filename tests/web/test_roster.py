"""The roster of a station's own checkpoints (LAW.md L4, L5, P6): team, hours, paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from data.model import Role
from geo.localtime import moment_at
from routes.model import SupportState
from tests.web.conftest import Reader
from tests.web.court import ACTION, DAYS, DUTY, SetClock
from tests.web.test_plans import LETTER, SHARE, acts, release, sign_all
from web.services import Services

SignIn = Callable[[Role | str], Reader]
ROSTER = "/partner/roster"
PAPER = "协助执行通知书（2026）第7号"


@pytest.fixture
def police(signed_in: SignIn) -> Reader:
    commander = signed_in(Role.COMMANDER)
    sign_all(commander)
    release(commander)
    commander.send(SHARE, document=LETTER, answer_by="2026-11-25T18:00")
    return signed_in(Role.POLICE_LIAISON)


def duty_request(court: Services) -> str:
    found = court.store.support_requests.for_action(ACTION)
    return next(one.id for one in found if one.ref == DUTY)


def state(court: Services) -> SupportState:
    found = court.store.support_requests.for_action(ACTION)
    return next(one.state for one in found if one.ref == DUTY)


def test_the_roster_tells_team_hours_and_paper(police: Reader, court: Services) -> None:
    page = police.get(ROSTER).text
    for words in ("青溪派出所查控排班", "火车站", "示例站", "14:00–15:00", PAPER, "第"):
        assert words in page
    assert re.search(r'data-label="执行小组">第[一二]组<', page)
    assert "11月26日周四" in page
    read = acts(court, "share.read")[0]
    assert read.detail == {"duties": 1}
    assert "查控排班" in police.get("/partner").text


def test_it_tells_of_no_person_no_visit_and_no_traveller(police: Reader) -> None:
    page = police.get(ROSTER).text
    for hidden in (
        "alert",
        "某",
        "闽0504",
        "执1号",
        "石井村",
        "08:50",
        LETTER,
        "概率",
        "价值",
        "批1号",
        "协助查找下落",
        "值班室",
        "车票",
        "座位",
        DUTY,
    ):
        assert hidden not in page, hidden
    for debtor in ("d001", "a0010", "c001"):
        assert not re.search(rf"\b{debtor}\b", page)


def test_a_duty_is_confirmed_moved_and_declined_from_the_roster(
    police: Reader, court: Services
) -> None:
    path = f"/partner/requests/{duty_request(court)}"
    police.get(ROSTER)
    answer = police.post(path, answer="confirmed", page="roster")
    assert answer.location.partition("#")[0].endswith(ROSTER)
    assert state(court) is SupportState.CONFIRMED
    assert "不能前往，取消确认" in police.get(ROSTER).text
    police.post(path, answer="declined", page="https://example.org")
    assert state(court) is SupportState.DECLINED
    assert "更改答复" in police.get(ROSTER).text
    police.post(path, answer="confirmed", page="roster")
    assert state(court) is SupportState.CONFIRMED


def test_another_hour_is_proposed(police: Reader, court: Services) -> None:
    path = f"/partner/requests/{duty_request(court)}"
    page = police.send(path, answer="other_time_proposed", time="16:30", page="roster")
    assert "建议时间：16:30" in page
    assert state(court) is SupportState.OTHER_TIME_PROPOSED


def test_an_answer_leads_back_to_pages_of_ours_only(police: Reader, court: Services) -> None:
    path = f"/partner/requests/{duty_request(court)}"
    police.get(ROSTER)
    answer = police.post(path, answer="confirmed", page="//example.org")
    assert answer.location.partition("#")[0].endswith("/partner")


def test_another_station_reads_none_and_time_ends_it(
    police: Reader, signed_in: SignIn, clock: SetClock
) -> None:
    assert "目前没有本所查控点的勤务" in signed_in("neighbour").get(ROSTER).text
    clock.at += timedelta(days=4)
    page = signed_in(Role.POLICE_LIAISON).get(ROSTER).text
    assert "目前没有本所查控点的勤务" in page
    assert PAPER not in page


def on_map(reader: Reader) -> int:
    answer: Any = reader.get("/api/partner").json
    return len(answer["stops"])


def test_what_ended_some_hours_ago_is_read_no_more(
    police: Reader, signed_in: SignIn, clock: SetClock
) -> None:
    assert "结束 4 小时后不再显示" in police.get(ROSTER).text
    clock.at = moment_at(DAYS[0], 18 * 3600 + 59 * 60)
    assert PAPER in signed_in(Role.POLICE_LIAISON).get(ROSTER).text
    clock.at = moment_at(DAYS[0], 19 * 3600 + 60)
    assert "目前没有本所查控点的勤务" in signed_in(Role.POLICE_LIAISON).get(ROSTER).text


def test_the_second_day_shows_no_stop_of_the_first(
    police: Reader, signed_in: SignIn, clock: SetClock
) -> None:
    both = on_map(police)
    page = police.get("/partner").text
    assert "结束 4 小时后不再显示" in page
    assert "11月26日" in page
    clock.at = moment_at(DAYS[1], 8 * 3600)
    again = signed_in(Role.POLICE_LIAISON)
    assert on_map(again) < both
    assert "<span>11月26日" not in again.get("/partner").text


@pytest.mark.parametrize("role", [Role.OFFICER, Role.GRID_LIAISON, Role.AUDITOR, Role.ADMIN])
def test_it_is_the_stations_alone(role: Role, signed_in: SignIn) -> None:
    assert signed_in(role).get(ROSTER).status_code == 403
