"""The live room as a program sees it: what it tells, what an idle question costs, who may act."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from data.model import Role
from data.rights import Right
from geo.localtime import moment_at
from routes.model import ActionId, CaseId
from routes.planning import MaxIterations, solve
from tests.routes.planning.test_prepare import Plain
from tests.web.conftest import Reader
from tests.web.court import ACTION, DAYS, DUTY_PHONE, SetClock
from web.services import Services, attach

SignIn = Callable[[Role | str], Reader]
MORNING = datetime(2026, 11, 26, 0, 30, tzinfo=UTC)  # 08:30 of the first day
LIVE, DATA = f"/live/{ACTION}", f"/api/live/{ACTION}"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def released(court: Services, clock: SetClock) -> Services:
    court.store.release(ACTION, by="test")
    clock.at = MORNING
    return court


@pytest.fixture
def officer(released: Services, signed_in: SignIn) -> Reader:
    return signed_in(Role.OFFICER)


@pytest.fixture
def commander(released: Services, signed_in: SignIn) -> Reader:
    return signed_in(Role.COMMANDER)


@pytest.fixture
def device(officer: Reader) -> str:
    return str(_post(officer, "/api/field/devices", {"name": "一组手机"}).json["device"])  # type: ignore[index]


def _post(reader: Reader, path: str, body: object, **headers: str) -> TestResponse:
    token = reader.client.get("/api/field/state").json["token"]  # type: ignore[index]
    return reader.client.post(path, json=body, headers={"X-CSRFToken": token, **headers})


def _act(clock: SetClock, kind: str, **more: Any) -> dict[str, Any]:
    at = clock.at.isoformat()
    made = {"key": f"key-{kind}-{clock.at:%H%M}", "kind": kind, "team": "T1", "at": at}
    return made | {"agreed_at": at} | more


def _give(officer: Reader, device: str, *acts: dict[str, Any]) -> list[dict[str, Any]]:
    answer = _post(officer, "/api/field/acts", {"acts": acts}, **{"X-Field-Device": device})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json["acts"]  # type: ignore[index]
    return found


def _live(reader: Reader) -> dict[str, Any]:
    answer = reader.client.get(DATA)
    assert answer.status_code == 200
    assert answer.json is not None
    return answer.json  # type: ignore[no-any-return]


def _team(reader: Reader, team: str = "T1") -> dict[str, Any]:
    return next(one for one in _live(reader)["teams"] if one["team"] == team)


def test_the_room_leads_to_todays_plan_and_tells_whose_names_were_read(
    released: Services, officer: Reader
) -> None:
    assert officer.get("/live").location == LIVE
    page = officer.get(LIVE)
    assert page.status_code == 200
    entry = released.store.audit.entries(1)[0]
    assert (entry.act, entry.subject) == ("live.open", f"action:{ACTION}")
    assert entry.detail["persons"] > 0
    names = [debtor.name.reveal() for debtor in released.store.debtors()]
    assert any(name in page.text for name in names)
    answer = officer.client.get(DATA).text
    assert not any(name in answer for name in names)


def test_without_a_released_plan_there_is_nothing_to_watch(
    court: Services, signed_in: SignIn
) -> None:
    page = signed_in(Role.COMMANDER).get("/live")
    assert (page.status_code, "没有已发布的计划" in page.text) == (200, True)


def test_an_idle_question_costs_nothing_until_something_is_written(
    released: Services, officer: Reader, device: str, clock: SetClock
) -> None:
    first = officer.client.get(DATA)
    asked = {"If-None-Match": first.headers["ETag"]}
    again = officer.client.get(DATA, headers=asked)
    assert (again.status_code, again.data) == (304, b"")
    _give(officer, device, _act(clock, "safe"))
    fresh = officer.client.get(DATA, headers=asked)
    assert fresh.status_code == 200
    clock.at += MINUTE  # delays go on with the clock
    later = officer.client.get(DATA, headers={"If-None-Match": fresh.headers["ETag"]})
    assert later.status_code == 200


def test_check_ins_arrive_once_and_tell_where_in_the_plan_a_team_is(
    released: Services, officer: Reader, device: str, clock: SetClock
) -> None:
    stops = released.store.plan(ACTION).routes[0].stops  # type: ignore[union-attr]
    clock.at += 40 * MINUTE
    act = _act(clock, "arrived", stop=stops[0].ref)
    assert [one["state"] for one in _give(officer, device, act, act)] == ["stored", "already"]
    team = _team(officer)
    assert (team["state"], team["stops"][0]["state"]) == ("at_stop", "here")
    assert (team["delay_min"], team["is_late"]) == (20, True)
    assert [line["kind"] for line in _live(officer)["feed"]] == ["arrived"]
    claim = next(o.claim for o in released.store.problem(ACTION).options if o.id == stops[0].ref)  # type: ignore[union-attr]
    clock.at += 20 * MINUTE
    outcome = {"key": "visit-0001", "claim": claim, "kind": "moved", "at": clock.at.isoformat()}
    body = {"outcomes": [outcome | {"record": {"team": "T1"}}]}
    _post(officer, "/api/outcomes", body, **{"X-Field-Device": device})
    team = _team(officer)
    assert (team["done"], team["stops"][0]["state"]) == (1, "done")
    newest = _live(officer)["feed"][0]
    assert (newest["sort"], newest["kind"], newest["team"]) == ("outcome", "moved", "第一组")
    assert newest["case_number"].startswith("（2026）")


def test_a_position_is_seen_only_where_it_was_ticked_and_by_who_may_read_persons(
    released: Services, officer: Reader, device: str, clock: SetClock
) -> None:
    _give(officer, device, _act(clock, "arrived"))
    assert _team(officer)["position"] is None
    clock.at += MINUTE
    where = [118.61, 24.91, 8, clock.at.isoformat()]
    _give(officer, device, _act(clock, "safe", position=where))
    assert _team(officer)["position"]["lon"] == 118.61
    account = released.store.accounts.named("officer")
    assert account is not None
    _, secret = released.store.tokens.create(
        account,
        "屏幕",
        {Right.PLAN_READ},
        expires_at=clock.at + timedelta(days=1),
        by=account.id,
    )
    bearer = {"Authorization": f"Bearer {secret}"}
    board = officer.client.application.test_client().get(DATA, headers=bearer).json
    assert board is not None
    assert all(one["position"] is None for one in board["teams"])


def test_silence_is_an_alarm_that_somebody_takes_on_by_name(
    released: Services, officer: Reader, commander: Reader, clock: SetClock
) -> None:
    assert _team(officer)["alarms"] == []
    due = clock.at
    while not _team(officer)["alarms"]:
        due = clock.at
        clock.at += 10 * MINUTE
        assert clock.at < MORNING + timedelta(hours=4)
    assert due - MORNING >= timedelta(minutes=45)
    [alarm] = _team(commander)["alarms"]
    assert (alarm["kind"], alarm["note"], alarm["station"]["phone"]) == (
        "overdue",
        None,
        DUTY_PHONE,
    )
    body = {"team": "T1", "alarm": alarm["id"], "alarm_note": "已电话联系，车坏在路上"}
    assert _post(commander, f"{DATA}/alarms", body).status_code == 200
    assert _post(officer, f"{DATA}/alarms", body).status_code == 400
    entry = released.store.audit.entries(1)[0]
    assert (entry.act, entry.subject) == ("alarm.take_on", "team:T1")
    team = _team(officer)
    assert team["alarmed"] is False
    assert team["alarms"][0]["note"]["text"] == "已电话联系，车坏在路上"
    assert team["alarms"][0]["note"]["by"]
    assert {line["sort"] for line in _live(officer)["feed"]} == {"note"}
    none = {"team": "T1", "alarm": "overdue:never", "alarm_note": "x"}
    assert _post(commander, f"{DATA}/alarms", none).status_code == 400


def test_a_call_for_help_needs_no_leave_and_names_the_stations_telephone(
    released: Services, officer: Reader, device: str, clock: SetClock
) -> None:
    stop = released.store.plan(ACTION).routes[0].stops[0].ref  # type: ignore[union-attr]
    act = _act(clock, "help", stop=stop)
    del act["agreed_at"]
    assert _give(officer, device, act)[0]["state"] == "stored"
    [alarm] = _team(officer)["alarms"]
    assert (alarm["kind"], alarm["station"]["dial"]) == (
        "help",
        f"tel:{DUTY_PHONE.replace(' ', '')}",
    )
    assert _team(officer)["alarmed"] is True


def test_leave_that_is_taken_back_takes_the_days_check_ins_along(
    released: Services, officer: Reader, device: str, clock: SetClock
) -> None:
    _give(officer, device, _act(clock, "safe"))
    clock.at += MINUTE
    gone = {"key": "key-withdraw", "kind": "withdraw", "at": clock.at.isoformat()}
    assert _give(officer, device, gone)[0]["state"] == "stored"
    assert _live(officer)["feed"] == []
    [refused] = _give(officer, device, _act(clock, "safe", agreed_at=MORNING.isoformat()))
    assert (refused["state"], "撤回" in refused["text"]) == ("refused", True)


def test_a_message_reaches_its_team_and_tells_when_it_was_read(
    released: Services, officer: Reader, commander: Reader, device: str, clock: SetClock
) -> None:
    body = {"team": "T1", "message": "改走南环路，白沙大桥封闭"}
    assert _post(officer, f"{DATA}/messages", body).status_code == 403
    assert _post(commander, f"{DATA}/messages", body).status_code == 200
    [told] = officer.client.get("/api/field/messages/T1").json["messages"]  # type: ignore[index]
    assert (told["text"], told["read"]) == ("改走南环路，白沙大桥封闭", False)
    assert officer.client.get("/api/field/messages/T2").json == {"messages": []}
    assert _live(commander)["messages"][0]["read"] is None
    clock.at += MINUTE
    read = {"key": "key-read-1", "kind": "read", "message": told["id"]}
    assert _give(officer, device, read | {"at": clock.at.isoformat()})[0]["state"] == "stored"
    assert _live(commander)["messages"][0]["read"] == "08:31"
    clock.at += timedelta(days=1)
    assert officer.client.get("/api/field/messages/T1").json == {"messages": []}


@pytest.mark.parametrize(
    "text",
    ["", "长" * 141, "请拨打13800000000", "其证件号码110105194912310021", "他乘G1234次到站"],
)
def test_a_message_holds_nothing_that_may_not_be_kept(
    released: Services, commander: Reader, text: str
) -> None:
    answer = _post(commander, f"{DATA}/messages", {"team": "T1", "message": text})
    assert answer.status_code == 400
    assert answer.json["error"]  # type: ignore[index]
    assert released.store.team_messages.of_day(DAYS[0]) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"more": 1},
        {"key": "short"},
        {"kind": "outcome"},
        {"kind": None},
        {"team": "T9"},
        {"team": 5},
        {"at": "yesterday"},
        {"at": "2026-11-26T23:00:00+08:00"},
        {"agreed_at": None},
        {"position": [1, 2]},
        {"kind": "read", "message": "tm-none"},
    ],
)
def test_what_no_device_of_ours_says_is_refused(
    released: Services, officer: Reader, device: str, clock: SetClock, wrong: dict[str, Any]
) -> None:
    [answer] = _give(officer, device, _act(clock, "safe") | wrong)
    assert (answer["state"], bool(answer["text"])) == ("refused", True)
    assert released.store.check_ins.of_day(DAYS[0]) == ()


def test_a_stop_that_the_plan_has_no_more_is_a_sign_of_life_all_the_same(
    released: Services, officer: Reader, device: str, clock: SetClock
) -> None:
    assert _give(officer, device, _act(clock, "arrived", stop="王某家"))[0]["state"] == "stored"
    [kept] = released.store.check_ins.of_day(DAYS[0])
    assert kept.sign.stop == ""


def test_acts_come_from_a_device(officer: Reader) -> None:
    assert _post(officer, "/api/field/acts", {"acts": []}).status_code == 428


@pytest.mark.parametrize("body", [None, [], {}, {"acts": 5}, {"acts": [5]}, {"acts": [{}] * 101}])
def test_what_is_no_list_of_acts_is_refused(officer: Reader, device: str, body: object) -> None:
    answer = _post(officer, "/api/field/acts", body, **{"X-Field-Device": device})
    assert answer.status_code == 400


@pytest.fixture
def solved(released: Services) -> ActionId:
    """Return a plan of today that obeys the roads."""
    action_id = ActionId("20261126-solved")
    problem = released.store.problem(ACTION)
    assert problem is not None
    problem = replace(problem, id=str(action_id))
    plan = solve(problem, stop=MaxIterations(30), seed=1)
    released.store.save(action_id, problem, plan, made_at=released.clock())
    return action_id


def test_an_urgent_lead_is_offered_before_against_after(
    commander: Reader, solved: ActionId
) -> None:
    number = "（2026）闽0504执3号"
    assert f'<option value="{number}">' in commander.get(f"/live/{solved}").text
    form = {"kind": "home_now", "back": "live", "case": number, "chance": "80"}
    wrong = commander.post(f"/plans/{solved}/replan", **form, lead_until="soon")
    assert wrong.location == f"/live/{solved}"
    answer = commander.post(f"/plans/{solved}/replan", **form, lead_until="17:30")
    assert answer.location == f"/live/{solved}#offer"
    offer = commander.client.get(f"/api/live/{solved}").json["offer"]  # type: ignore[index]
    assert (offer["id"], offer["released"]) == (f"{solved}-r1", False)
    assert (offer["href"], offer["may_decide"]) == (f"/plans/{solved}-r1", True)
    assert number in offer["happened"][0]
    for change in offer["changes"]:
        assert change["was"] or change["now"]
        assert change["why"]


def _without(here: Services, action_id: ActionId, case: str) -> ActionId:
    """Keep a plan of today that does not have the debtors of a case among its candidates."""
    problem = here.store.problem(action_id)
    assert problem is not None
    own = {debtor.id for debtor in here.store.debtors(CaseId(case))}
    gone = {option.id for option in problem.options if option.debtor in own}
    name = ActionId(f"{action_id}-less")
    problem = replace(
        problem,
        id=str(name),
        options=tuple(one for one in problem.options if one.id not in gone),
        sets=tuple(one for one in problem.sets if gone.isdisjoint(one.options)),
    )
    plan = solve(problem, stop=MaxIterations(30), seed=1)
    here.store.save(name, problem, plan, made_at=here.clock())
    return name


def test_an_urgent_lead_may_be_on_any_debtor_of_the_store(
    released: Services, commander: Reader, solved: ActionId, app: Flask
) -> None:
    problem = released.store.problem(solved)
    assert problem is not None
    number = "（2026）闽0504执3号"
    (case_id,) = released.store.find_cases(number)
    name = _without(released, solved, case_id)
    form = {"kind": "home_now", "back": "live", "case": number, "chance": "90"}
    page = f"/plans/{name}/replan"
    assert f'<option value="{number}">' not in commander.get(f"/live/{name}").text
    assert commander.post(page, **form, lead_until="17:30").location == f"/live/{name}"
    assert "还没有路网" in commander.get(f"/live/{name}").text
    attach(app, replace(released, engine=Plain()))
    unknown = form | {"case": "（2026）闽0504执99999号"}
    assert commander.post(page, **unknown, lead_until="17:30").location == f"/live/{name}"
    assert "没有案号为" in commander.get(f"/live/{name}").text
    answer = commander.post(page, **form, lead_until="17:30")
    assert answer.location == f"/live/{name}#offer", commander.get(f"/live/{name}").text
    offer = commander.client.get(f"/api/live/{name}").json["offer"]  # type: ignore[index]
    assert number in offer["happened"][0]
    made = released.store.problem(ActionId(offer["id"]))
    assert made is not None
    assert {one.id for one in released.store.debtors(case_id)} & {o.debtor for o in made.options}


def test_a_team_that_comes_too_late_somewhere_is_offered_to_be_planned_anew(
    released: Services, commander: Reader, solved: ActionId, clock: SetClock
) -> None:
    plan = released.store.plan(solved)
    assert plan is not None
    route = next(one for one in plan.routes if one.day == DAYS[0] and one.stops)
    where = f"/api/live/{solved}"
    day: Any = commander.client.get(where).json
    assert day["late"] == []
    clock.at = moment_at(route.day, route.stops[0].start_s) + timedelta(hours=3)
    day = commander.client.get(where).json
    late = next(one for one in day["late"] if one["team"] == route.team)
    team = next(one for one in day["teams"] if one["team"] == route.team)
    assert late["minutes"] == team["delay_min"]
    assert late["stops"]
    assert set(late["stops"]) <= {one["key"] for one in team["stops"] if one["state"] == "open"}
    form = {"kind": "team_late", "back": "live", "team": route.team, "minutes": late["minutes"]}
    assert commander.post(f"/plans/{solved}/replan", **form).location == f"/live/{solved}#offer"
    after: Any = commander.client.get(where).json
    assert after["late"] == []
    assert str(late["minutes"]) in after["offer"]["happened"][0]


def test_all_plans_of_the_day_are_shown_and_their_alarms_counted(
    released: Services, officer: Reader, device: str, clock: SetClock
) -> None:
    problem, made = released.store.problem(ACTION), released.store.plan(ACTION)
    assert problem is not None
    assert made is not None
    parts = {
        ActionId(f"L-{team}"): tuple(one for one in made.routes if one.team == team)
        for team in ("T1", "T2")
    }
    released.store.withdraw(ACTION, by="test")
    for name, routes in parts.items():
        shifts = tuple(one for one in problem.shifts if one.team == routes[0].team)
        refs = {stop.ref for route in routes for stop in route.stops}
        own = replace(
            problem,
            id=str(name),
            shifts=shifts,
            duties=tuple(one for one in problem.duties if one.id in refs),
        )
        released.store.save(
            name, own, replace(made, problem_id=str(name), routes=routes), made_at=clock()
        )
        released.store.release(name, by="test")
    assert officer.client.get("/api/alarms").json == {
        "open": 0,
        "plans": [{"id": "L-T2", "alarms": []}, {"id": "L-T1", "alarms": []}],
    }
    _give(officer, device, _act(clock, "help"))
    told: Any = officer.client.get("/api/alarms").json
    assert told["open"] == 1
    assert told["plans"][0]["alarms"] == []
    assert re.fullmatch("T1:help:.+", told["plans"][1]["alarms"][0])
    assert officer.get("/live").location == "/live/L-T1"
    page = officer.get("/live/L-T2").text
    for name, team in (("L-T1", "第一组"), ("L-T2", "第二组")):
        assert re.search(rf'class="chip" href="/live/{name}"[^>]*>{team}', page)
    assert 'id="alarm-bar"' not in page
    assert 'data-ask="/api/alarms"' in officer.get("/cases").text


def test_the_bar_of_alarms_is_for_readers_of_plans(signed_in: SignIn) -> None:
    police = signed_in(Role.POLICE_LIAISON)
    assert "alarm-bar" not in police.get("/partner").text
    assert police.client.get("/api/alarms").status_code == 403
