"""Support requests on the plan's page and the station's: asked, answered, taken back, refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from data.model import BranchOn, Role
from geo.localtime import hour_text, moment_at
from geo.ports import RoadTravel
from routes.model import ActionId, SupportState
from routes.planning import MaxIterations, solve
from routes.planning.support import requests_of
from tests.web.agreed import AGREED_S, SOLVED, agree_on_other_times
from tests.web.conftest import Reader
from tests.web.court import ACTION, DAYS, DUTY, NOW, SetClock
from tests.web.test_plans import LETTER, SHARE, acts, release, sign_all
from web.replanning import propose
from web.services import Services

SignIn = Callable[[Role | str], Reader]
PAGE = f"/plans/{ACTION}"


@pytest.fixture
def commander(signed_in: SignIn) -> Reader:
    return signed_in(Role.COMMANDER)


@pytest.fixture
def released(commander: Reader) -> None:
    sign_all(commander)
    assert "计划已发布" in release(commander)


@pytest.fixture
def police(released: None, commander: Reader, signed_in: SignIn) -> Reader:
    commander.send(SHARE, document=LETTER, answer_by="2026-11-25T18:00")
    return signed_in(Role.POLICE_LIAISON)


def states(court: Services, action: str = ACTION) -> dict[str, SupportState]:
    found = court.store.support_requests.for_action(ActionId(action))
    return {one.ref: one.state for one in found}


def request_id(court: Services, ref: str = "v0") -> str:
    found = court.store.support_requests.for_action(ACTION)
    return next(one.id for one in found if one.ref == ref)


@pytest.mark.usefixtures("released")
def test_nothing_is_asked_without_a_paper_or_after_its_term(
    commander: Reader, court: Services
) -> None:
    page = commander.get(PAGE).text
    assert 'name="document"' in page
    assert "未发出" in page
    assert "没有文书依据" in commander.send(SHARE)
    assert "答复期限已过" in commander.send(SHARE, document=LETTER, answer_by="2026-11-24T10:00")
    assert states(court) == {}
    assert court.store.shares.for_action(ACTION) == ()


def test_the_station_reads_paper_hours_and_term(police: Reader, commander: Reader) -> None:
    page = police.get("/partner").text
    for words in ("请协助 08:50–09:15", LETTER, "请于 2026-11-25 18:00 前答复"):
        assert words in page
    board = commander.get(PAGE).text
    for words in ("协助请求", "到场协助", "查控勤务", LETTER, "答复期限 2026-11-25 18:00"):
        assert words in board


def test_enter_in_the_field_of_a_time_confirms_nothing(police: Reader) -> None:
    forms = re.findall(r"<form.*?</form>", police.get("/partner").text, re.DOTALL)
    timed = [form for form in forms if 'name="time"' in form]
    assert timed
    for form in timed:
        assert re.findall(r'name="answer" value="(\w+)"', form) == ["other_time_proposed"]


def test_another_time_is_agreed_to_and_then_promised(
    police: Reader, commander: Reader, court: Services
) -> None:
    path = f"/partner/requests/{request_id(court)}"
    assert police.post(path, answer="other_time_proposed", time="10:30").status_code == 302
    assert "同意改时间" in commander.get(PAGE).text
    agree = f"{PAGE}/requests/{request_id(court)}/agree"
    assert "已同意派出所建议的时间" in commander.send(agree)
    assert states(court)["v0"] is SupportState.CONFIRMED
    assert commander.post(agree).status_code == 409
    (agreed, *_) = court.store.support_requests.for_action(ACTION)
    assert agreed.hours[0] == moment_at(DAYS[0], 37800)
    assert [one.detail for one in acts(court, "support_request.answer")] == [
        {"state": "confirmed"},
        {"state": "other_time_proposed"},
    ]


def test_a_promise_may_be_taken_back_by_the_station(
    police: Reader, court: Services, clock: SetClock
) -> None:
    path = f"/partner/requests/{request_id(court)}"
    police.get("/partner")
    police.post(path, answer="confirmed")
    assert "不能前往，取消确认" in police.get("/partner").text
    clock.at = moment_at(DAYS[0] - timedelta(days=1), 18 * 3600)  # the term for the answer is over
    assert police.post(path, answer="other_time_proposed", time="10:30").status_code == 409
    police.post(path, answer="declined")
    assert states(court)["v0"] is SupportState.DECLINED
    assert police.post(path, answer="confirmed").status_code == 409


def test_a_slip_is_taken_back_until_the_court_acts_on_it(
    police: Reader, commander: Reader, court: Services
) -> None:
    path = f"/partner/requests/{request_id(court)}"
    police.get("/partner")
    police.post(path, answer="declined")
    page = police.get("/partner").text
    assert "更改答复" in page
    assert "答复已更改" in police.send(path, answer="other_time_proposed", time="10:30")
    assert "答复已更改" in police.send(path, answer="confirmed")
    (held, *_) = court.store.support_requests.for_action(ACTION)
    assert (held.state, held.proposed_starts_at) == (SupportState.CONFIRMED, None)
    police.send(path, answer="other_time_proposed", time="11:00")
    commander.get(PAGE)
    commander.post(f"{PAGE}/requests/{request_id(court)}/agree")
    assert police.post(path, answer="other_time_proposed", time="14:00").status_code == 409
    assert police.post(path, answer="confirmed").status_code == 409
    told = [one.detail for one in acts(court, "support_request.answer")]
    assert told == [
        {"state": "confirmed"},
        {"state": "other_time_proposed", "was": "confirmed"},
        {"state": "confirmed", "was": "other_time_proposed"},
        {"state": "other_time_proposed", "was": "declined"},
        {"state": "declined"},
    ]


@pytest.mark.parametrize(
    ("time", "why"),
    [
        ("", "请填写建议的时间"),
        ("25:99", "请填写建议的时间"),
        ("23:59", "23:59–24:24 不在可以走访的时段"),
        ("17:50", "17:50–18:15 不在本所当天的协助时段（08:00–18:00）"),
        ("08:10", "08:10–08:35 不在执行小组当天的出勤时段（08:30–18:00）"),
    ],
)
def test_a_time_that_cannot_be_kept_is_refused_at_its_field(
    police: Reader, court: Services, time: str, why: str
) -> None:
    police.get("/partner")
    answer = {"answer": "other_time_proposed", "time": time}
    refused = police.post(f"/partner/requests/{request_id(court)}", **answer)
    assert refused.status_code == 422
    field = f'id="time-{request_id(court)}" type="time" name="time" value="{time}" aria-invalid'
    assert field in refused.text
    assert why in refused.text
    assert states(court)["v0"] is SupportState.SENT
    duty = f"/partner/requests/{request_id(court, DUTY)}"
    refused = police.post(duty, answer="other_time_proposed", time="23:00", page="roster")
    assert (refused.status_code, "查控排班" in refused.text) == (422, True)
    assert "23:00–24:00 不在本所当天的协助时段" in refused.text


def test_after_agreement_there_is_one_time_and_the_plan_is_told_to_lag(
    police: Reader, commander: Reader, court: Services
) -> None:
    police.get("/partner")
    path = f"/partner/requests/{request_id(court)}"
    police.post(path, answer="other_time_proposed", time="10:30")
    assert "还没有改到约定的时间" not in commander.get(PAGE).text
    commander.post(f"{PAGE}/requests/{request_id(court)}/agree")
    page = police.get("/partner").text
    assert "<time>10:30–10:55</time>" in page
    assert '<s aria-label="原定时间">08:50–09:15</s>' in page
    own = page.partition(f'id="ask-{request_id(court)}"')[2].partition("</article>")[0]
    assert "<time>08:50" not in own
    assert "建议时间" not in own
    board = commander.get(PAGE).text
    assert "已约定 2026-11-26 10:30，本计划仍是 08:50，还没有改到约定的时间" in board
    assert 'href="#replan"' in board


def test_what_waits_comes_first_and_an_answer_leads_to_the_next(
    police: Reader, court: Services
) -> None:
    first, second = request_id(court), request_id(court, DUTY)
    page = police.get("/partner").text
    assert "待答复 2 项" in page
    assert page.index(f"ask-{second}") < page.index("其他停留与协助请求")
    answered = police.post(f"/partner/requests/{first}", answer="confirmed")
    assert answered.location.endswith(f"/partner#ask-{second}")
    answered = police.post(f"/partner/requests/{second}", answer="confirmed")
    assert answered.location.endswith(f"/partner#ask-{second}")
    page = police.get("/partner").text
    assert "待答复" not in page


def test_the_court_takes_a_request_back_and_asks_again(
    police: Reader, commander: Reader, court: Services
) -> None:
    assert "撤回请求" in commander.get(PAGE).text
    assert "协助请求已撤回" in commander.send(f"{PAGE}/requests/{request_id(court)}/withdraw")
    assert states(court)["v0"] is SupportState.WITHDRAWN
    assert commander.post(f"{PAGE}/requests/none/withdraw").status_code == 404
    assert police.get("/partner").status_code == 200
    commander.send(SHARE, document=LETTER)
    again = [one.state for one in court.store.support_requests.for_action(ACTION)]
    assert sorted(again) == ["sent", "sent", "withdrawn"]


def test_after_the_term_an_answer_is_too_late(
    police: Reader, court: Services, clock: SetClock
) -> None:
    path = f"/partner/requests/{request_id(court)}"
    police.get("/partner")
    clock.at = moment_at(DAYS[0] - timedelta(days=1), 18 * 3600)
    assert police.post(path, answer="confirmed").status_code == 409
    assert set(states(court).values()) == {SupportState.EXPIRED}
    assert "已过期" in police.get("/partner").text


def test_a_plan_made_anew_asks_for_no_hour_that_was_refused(court: Services) -> None:
    held, name = court.store.problem(ACTION), ActionId("R-1")
    assert held is not None
    problem = replace(held, id=name)
    made = solve(problem, stop=MaxIterations(50), seed=1)
    court.store.save(name, problem, made, made_at=NOW)
    (asked,) = requests_of(problem, made)[:1]
    assert asked.station is not None
    sent = court.store.support_requests.create(
        name,
        asked.station,
        asked.kind,
        asked.ref,
        asked.starts_at,
        asked.ends_at,
        "test",
        document=LETTER,
        state=SupportState.SENT,
    )
    court.store.support_requests.answer(sent.id, SupportState.DECLINED, "test")
    found = propose(
        court,
        name,
        problem,
        made,
        [],
        at=NOW,
        engine=_no_roads,
        stop=MaxIterations(20),
    )
    for one in requests_of(found.made.problem, found.made.plan):
        assert one.is_duty or one.starts_at >= asked.ends_at or one.ends_at <= asked.starts_at


def _no_roads() -> RoadTravel:
    raise AssertionError


@pytest.fixture
def agreed(court: Services, commander: Reader) -> Reader:
    """Sign in where the court agreed to other times for a visit and a duty."""
    agree_on_other_times(court.store, document=LETTER)
    return commander


def _starts(court: Services, action: str) -> dict[str, int]:
    made = court.store.plan(ActionId(action))
    assert made is not None
    return {stop.ref: stop.start_s for route in made.routes for stop in route.stops}


def _live(reader: Reader, action: str) -> dict[str, Any]:
    answer = reader.client.get(f"/api/live/{action}")
    assert answer.json is not None
    return answer.json  # type: ignore[no-any-return]


def test_an_agreed_time_is_offered_in_the_live_room_and_kept_from_then_on(
    agreed: Reader, court: Services
) -> None:
    was, new = _starts(court, SOLVED), f"{SOLVED}-r1"
    waiting = {one["ref"]: one for one in _live(agreed, SOLVED)["agreed"]}
    assert set(waiting) == {"v0", DUTY}
    assert waiting["v0"]["title"].startswith("（2026）")
    assert (waiting["v0"]["was"], waiting["v0"]["now"]) == (hour_text(was["v0"]), "15:30")
    assert "青溪派出所另提时间，本院已同意" in waiting["v0"]["why"]
    assert 'id="agreed-form"' in agreed.get(f"/live/{SOLVED}").text
    form = {"kind": "time_agreed", "back": "live", "agreed": "v0"}
    answer = agreed.post(f"/plans/{SOLVED}/replan", **form)
    assert answer.location == f"/live/{SOLVED}#offer"
    seen = _live(agreed, SOLVED)
    assert seen["agreed"] == []
    assert seen["offer"]["id"] == new
    assert any("已与派出所约定改在 15:30" in text for text in seen["offer"]["happened"])
    moved = next(one for one in seen["offer"]["changes"] if "15:30" in (one["now"] or ""))
    assert moved["why"] == "派出所另提时间，本院已同意：15:30"
    assert hour_text(was["v0"]) in moved["was"]
    now = _starts(court, new)
    assert (now["v0"], now[DUTY]) == (AGREED_S, AGREED_S + 3600)
    assert states(court, new) == {"v0": SupportState.CONFIRMED, DUTY: SupportState.CONFIRMED}
    assert "还没有改到约定的时间" not in agreed.get(f"/plans/{new}").text
    agreed.post(f"/plans/{new}/replan", kind="team_late", team="T1", minutes="45")
    later = _starts(court, f"{SOLVED}-r2")
    assert (later["v0"], later[DUTY]) == (AGREED_S, AGREED_S + 3600)
    assert states(court, f"{SOLVED}-r2") == states(court, new)


def test_an_agreed_time_is_chosen_on_the_plans_page_and_outlives_what_is_taken_back(
    agreed: Reader, court: Services
) -> None:
    page = agreed.get(f"/plans/{SOLVED}").text
    assert 'value="time_agreed"' in page
    assert "→ 15:30" in page
    wrong = agreed.send(f"/plans/{SOLVED}/replan", kind="time_agreed", agreed="v9")
    assert "没有与派出所约定、还未改到的时间" in wrong
    assert "本计划由调整而来" in agreed.send(
        f"/plans/{SOLVED}/replan", kind="time_agreed", agreed=DUTY
    )
    agreed.send(f"/plans/{SOLVED}-r1/undo")
    assert states(court, SOLVED) == {"v0": SupportState.CONFIRMED, DUTY: SupportState.CONFIRMED}
    assert "→ 15:30" in agreed.get(f"/plans/{SOLVED}").text


def test_what_is_done_on_a_no_stands_beside_the_request(
    commander: Reader, court: Services, signed_in: SignIn
) -> None:
    problem, made = court.store.problem(ACTION), court.store.plan(ACTION)
    assert problem is not None
    assert made is not None
    without = tuple(
        replace(route, stops=tuple(stop for stop in route.stops if stop.ref not in ("v0", DUTY)))
        for route in made.routes
    )
    asks = replace(problem, id="S-1"), replace(made, problem_id="S-1")
    no = replace(problem, id="S-2"), replace(made, problem_id="S-2", routes=without)
    at = moment_at(DAYS[0], 8 * 3600)
    court.store.save_branches(no, asks, approval_by=at, made_at=NOW, branch_on=BranchOn.SUPPORT)
    assert court.store.latest() == "S-1"
    page = commander.get("/plans/S-1").text
    for words in ("派出所协助时用", "不能协助时：该走访取消", "不能协助时：勤务取消"):
        assert words in page
    assert "派出所不能协助时用" in commander.get("/plans/S-2").text
    sign_all(commander)
    assert "按派出所的答复，建议发布计划 S-1" in release(commander, "S-2")
    assert "计划已发布" in release(commander, "S-1")
    commander.send("/plans/S-1/share", document=LETTER)
    police = signed_in(Role.POLICE_LIAISON)
    police.get("/partner")
    (asked, *_) = court.store.support_requests.for_action(ActionId("S-1"))
    police.post(f"/partner/requests/{asked.id}", answer="declined")
    assert "计划已发布" in release(commander, "S-2")
    replaced = court.store.action(ActionId("S-1"))
    assert replaced is not None
    assert replaced.released_at is None
