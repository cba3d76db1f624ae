"""The plan board over HTTP: tries, the draft, and the new plan that it becomes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from data.model import Role
from routes.model import ActionId
from routes.planning import MaxIterations, solve
from routes.planning.disturbances import BarredByHand, ByHand, LockedByHand
from routes.planning.problem import Option
from routes.planning.replan import default_price_of_change
from routes.planning.validate import violations
from tests.web.conftest import Reader
from tests.web.court import ACTION, SetClock, company
from tests.web.test_plans import acts, release, sign_all
from web.services import Services

SignIn = Callable[[Role | str], Reader]
OLD = ActionId("20261126-solved")
NEW = ActionId(f"{OLD}-r1")
PAGE, API = f"/plans/{OLD}", f"/api/plans/{OLD}"


def ranged(option: Option) -> Option:
    """Return an option whose P(found) has a range."""
    low, high = option.p_found / 2.0, (1.0 + option.p_found) / 2.0
    return replace(option, p_found_low=low, p_found_high=high)


@pytest.fixture
def commander(signed_in: SignIn, court: Services, app: Flask) -> Reader:
    for held in ("fieldwrit_desks", "fieldwrit_drafts"):  # those of another test
        app.extensions.pop(held, None)
    problem = court.store.problem(ACTION)
    assert problem is not None
    problem = replace(problem, id=str(OLD), options=tuple(map(ranged, problem.options)))
    plan = solve(problem, stop=MaxIterations(30), seed=1)
    court.store.save(OLD, problem, plan, made_at=court.clock())
    reader = signed_in(Role.COMMANDER)
    reader.get(f"{PAGE}/board")
    return reader


def post(reader: Reader, path: str, **body: object) -> tuple[int, dict[str, Any]]:
    answer = reader.client.post(path, json=body, headers={"X-CSRFToken": reader.token})
    return answer.status_code, answer.json or {}


def board(reader: Reader) -> dict[str, Any]:
    answer = reader.get(f"{API}/draft").json
    assert answer is not None
    return dict(answer)


def take(reader: Reader, **change: object) -> dict[str, Any]:
    number = board(reader)["number"]
    status, answer = post(reader, f"{API}/draft", number=number, act="change", change=change)
    assert status == 200, answer
    return answer


def visits(state: dict[str, Any]) -> list[dict[str, Any]]:
    return [s | {"shift": lane["shift"], "day": lane["day"]} for lane in state["lanes"]
            for s in lane["stops"] if s["kind"] == "visit"]  # fmt: skip


def a_move(state: dict[str, Any]) -> dict[str, Any]:
    """Return a move of a visit to the other team of its day."""
    one = next(each for each in visits(state) if not each["escort"])
    other = next(lane["shift"] for lane in state["lanes"]
                 if lane["day"] == one["day"] and lane["shift"] != one["shift"])  # fmt: skip
    return {"kind": "move", "ref": one["ref"], "shift": other}


def test_a_try_tells_what_changes_and_changes_nothing(commander: Reader) -> None:
    before = board(commander)
    status, told = post(commander, f"{API}/tries", **a_move(before))
    assert status == 200
    assert told["lawful"]
    assert told["shift"] == a_move(before)["shift"]
    assert told["change"]["visits"] == 0
    assert board(commander) == before
    status, told = post(commander, f"{API}/tries", **a_move(before), start_s=80_000)
    assert not told["lawful"]
    assert {"window", "shift_hours"} & {one["rule"] for one in told["faults"]}
    assert told["nearest_s"] is not None


def test_room_and_tries_agree(commander: Reader) -> None:
    change = a_move(board(commander))
    _, told = post(commander, f"{API}/room", ref=change["ref"])
    first, last = told["room"][change["shift"]][0]
    for second in (first, last):
        _, tried = post(commander, f"{API}/tries", **change, start_s=second)
        assert tried["lawful"]
        assert tried["start_s"] == second
    _, tried = post(commander, f"{API}/tries", **change, start_s=first - 1)
    assert not tried["lawful"]


def test_steps_are_undone_redone_and_discarded(commander: Reader) -> None:
    before = board(commander)
    one = visits(before)[0]
    after = take(commander, kind="takeout", ref=one["ref"])
    assert after["change"]["visits"] == -1
    assert [each["kind"] for each in after["differences"]].count("dropped") == 1
    for act, count in (("undo", 0), ("redo", -1), ("discard", 0)):
        number = board(commander)["number"]
        _, state = post(commander, f"{API}/draft", number=number, act=act)
        assert state["change"]["visits"] == count
    assert board(commander)["lanes"] == before["lanes"]


def test_an_unlawful_change_does_not_enter_the_draft(commander: Reader) -> None:
    state = board(commander)
    change = {**a_move(state), "start_s": 80_000}
    status, answer = post(
        commander, f"{API}/draft", number=state["number"], act="change", change=change
    )
    assert status == 422
    assert "不能这样安排" in answer["error"]
    assert not board(commander)["changed"]


def test_a_step_on_an_older_draft_is_refused(commander: Reader) -> None:
    state = board(commander)
    take(commander, **a_move(state))
    status, answer = post(commander, f"{API}/draft", number=state["number"], act="undo")
    assert status == 409
    assert "另一窗口" in answer["error"]


def test_a_draft_is_its_own_accounts(commander: Reader, signed_in: SignIn, court: Services) -> None:
    take(commander, **a_move(board(commander)))
    court.store.accounts.create("second", "correct-horse-7", Role.COMMANDER, "另一指挥员")
    other = signed_in("second")
    other.get(f"{PAGE}/board")
    assert board(commander)["changed"]
    assert not board(other)["changed"]


def test_a_saved_draft_is_a_new_plan_that_needs_its_own_release(
    commander: Reader, court: Services
) -> None:
    sign_all(commander, OLD)
    release(commander, OLD)
    state = board(commander)
    change = a_move(state)
    take(commander, **change)
    locked = next(each for each in visits(state) if each["ref"] != change["ref"])
    take(commander, kind="lock", ref=locked["ref"], minute=True)
    gone = next(e for e in visits(state) if e["ref"] not in (change["ref"], locked["ref"]))
    number = take(commander, kind="bar", subject=gone["subject"])["number"]
    commander.get(f"{PAGE}/board")
    page = commander.send(f"{PAGE}/board/save", number=str(number))
    assert f"已另存为 {NEW}" in page
    assert "人工调整" in page
    old, new = court.store.action(OLD), court.store.action(NEW)
    was = court.store.plan(OLD)
    assert was is not None
    assert old is not None
    assert new is not None
    assert old.released_at is not None
    assert new.released_at is None
    problem, plan = court.store.problem(NEW), court.store.plan(NEW)
    assert problem is not None
    assert plan is not None
    assert violations(problem, plan) == ()
    assert problem.before == ()  # what a person wishes costs no price of a change
    before = court.store.problem(OLD)
    assert before is not None
    assert problem.prices.change == (before.prices.change or default_price_of_change(was))
    assert problem.prices.change > 0.0  # and the next replanning has one
    shift_of = {s.ref: r.shift for r in plan.routes for s in r.stops}
    assert shift_of[change["ref"]] == change["shift"]
    assert gone["ref"] not in shift_of
    held = court.store.replans.of(NEW)
    assert held is not None
    assert LockedByHand(locked["ref"], True) in held.disturbances
    assert BarredByHand(gone["subject"]) in held.disturbances
    assert any(isinstance(one, ByHand) for one in held.disturbances)
    assert acts(court, "plan.replan")
    commander.get(f"/plans/{NEW}/board")
    again = commander.get(f"/api/plans/{NEW}/draft").json
    assert again is not None
    kept = next(one for one in visits(again) if one["ref"] == locked["ref"])
    assert kept["lock"] == "minute"
    assert [one["subject"] for one in again["left_out"] if one["barred"]] == [gone["subject"]]
    assert "已调整为" in commander.get(f"{PAGE}/board", follow_redirects=True).text


def test_what_was_locked_and_barred_by_hand_stays_so_when_the_day_changes(
    commander: Reader, court: Services
) -> None:
    state = board(commander)
    locked, gone = visits(state)[:2]
    take(commander, kind="lock", ref=locked["ref"], minute=True)
    number = take(commander, kind="bar", subject=gone["subject"])["number"]
    commander.send(f"{PAGE}/board/save", number=str(number))
    commander.send(f"/plans/{NEW}/replan", kind="paid", case=visits(state)[2]["title"])
    plan = court.store.plan(ActionId(f"{OLD}-r2"))
    assert plan is not None
    stops = {s.ref: (r.shift, s.start_s) for r in plan.routes for s in r.stops}
    assert stops[locked["ref"]] == (locked["shift"], locked["start_s"])
    assert gone["ref"] not in stops


def test_a_plan_that_somebody_else_made_anew_is_not_saved_over(
    commander: Reader, court: Services
) -> None:
    number = take(commander, **a_move(board(commander)))["number"]
    commander.get(PAGE)
    commander.send(f"{PAGE}/replan", kind="team_late", team="T1", minutes="30")
    commander.post(f"{PAGE}/board/save", number=str(number))
    assert "已调整为" in commander.get(PAGE).text
    assert court.store.action(ActionId(f"{OLD}-r2")) is None


def test_what_has_begun_meanwhile_is_not_saved_otherwise(
    commander: Reader, court: Services, clock: SetClock
) -> None:
    first = min(visits(board(commander)), key=lambda one: (one["day"], one["start_s"]))
    number = take(commander, kind="takeout", ref=first["ref"])["number"]
    clock.at += timedelta(days=1, hours=2)  # ten of the first morning
    commander.sign_in("commander")
    commander.get(PAGE)
    page = commander.send(f"{PAGE}/board/save", number=str(number))
    assert "已经开始" in commander.get(f"{PAGE}/board").text or "已经开始" in page
    assert court.store.action(NEW) is None


def test_who_is_in_no_route_is_added(commander: Reader) -> None:
    one = visits(board(commander))[0]
    out = take(commander, kind="takeout", ref=one["ref"])
    assert one["subject"] in {each["subject"] for each in out["left_out"]}
    back = take(commander, kind="add", subject=one["subject"], shift=one["shift"])
    assert back["change"]["visits"] == 0
    assert one["subject"] in {each["subject"] for each in visits(back)}


def test_no_answer_names_anybody(commander: Reader, court: Services) -> None:
    names = {debtor.name.reveal() for debtor in court.store.debtors()}
    state = commander.get(f"{API}/draft").text
    tried = commander.client.post(
        f"{API}/tries",
        json=a_move(board(commander)),
        headers={"X-CSRFToken": commander.token},
    ).text
    assert not any(name in state or name in tried for name in names)
    assert acts(court, "person.read")


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "fly"},
        {"kind": "move", "ref": 3, "shift": "x"},
        {"kind": "move", "ref": "v1", "shift": "x", "start_s": "noon"},
        {"kind": "move", "ref": "v1", "shift": "nowhere"},
        {"kind": "lock", "ref": "v1", "minute": 1},
        {},
    ],
)
def test_a_change_that_is_none_is_refused(commander: Reader, body: dict[str, object]) -> None:
    status, answer = post(commander, f"{API}/tries", **body)
    assert status == 400
    assert answer["error"]


def test_a_plan_that_breaks_its_problem_is_not_opened(commander: Reader) -> None:
    page = commander.get(f"/plans/{ACTION}/board", follow_redirects=True).text
    assert "与其问题不符" in page


def test_two_stored_plans_are_laid_beside_each_other(commander: Reader) -> None:
    number = take(commander, **a_move(board(commander)))["number"]
    commander.get(PAGE)
    commander.send(f"{PAGE}/board/save", number=str(number))
    page = commander.get(f"{PAGE}/compare?other={NEW}").text
    assert "改派" in page
    assert commander.get(f"{PAGE}/compare?other=none").status_code == 404
    assert "停留相同" in commander.get(f"{PAGE}/compare?other={OLD}").text


@pytest.fixture
def two_commanders(commander: Reader, signed_in: SignIn, court: Services) -> tuple[Reader, Reader]:
    """Two at one plan, each with a draft; the first has saved hers: a move and a bar."""
    court.store.accounts.create("second", "correct-horse-7", Role.COMMANDER, "另一指挥员")
    other = signed_in("second")
    other.get(f"{PAGE}/board")
    hers, both, his, kept = visits(board(commander))[:4]
    take(other, kind="takeout", ref=both["ref"])
    take(other, kind="takeout", ref=his["ref"])
    take(other, kind="lock", ref=kept["ref"], minute=True)
    take(commander, kind="bar", subject=hers["subject"])
    number = take(commander, kind="lock", ref=both["ref"], minute=False)["number"]
    commander.get(f"{PAGE}/board")
    commander.send(f"{PAGE}/board/save", number=str(number))
    return commander, other


def test_the_second_of_two_editors_sees_both_and_loses_nothing(
    two_commanders: tuple[Reader, Reader], court: Services
) -> None:
    _, other = two_commanders
    before = board(other)
    assert f"other={NEW}" in before["beside"]
    hers, _both, his, kept = visits(board(two_commanders[0]))[:4]
    other.get(PAGE)
    told = other.send(f"{PAGE}/board/save", number=str(before["number"]))
    assert "已调整为" in told
    assert "我的草稿" in told
    sides = dict(re.findall(r'data-side="(\w+)"><th scope="row">([^<]+)<', told))
    assert sides.keys() == {"both", "own", "other"}
    assert sides["other"] == hers["title"]
    assert board(other) == before
    page = other.get(f"{PAGE}/board", follow_redirects=True).text
    assert "各自的改动" in page
    assert "把我的草稿与现行计划对照" in other.get(PAGE).text
    taken = other.send(f"{PAGE}/board/take-up")
    assert "已把 2 处改动带到" in taken
    assert "有 1 处带不过来" in taken
    assert board(other) == before  # what was left is still there to be looked at
    newer = other.get(f"/api/plans/{NEW}/draft").json
    assert newer is not None
    there = {one["ref"]: one for one in visits(newer)}
    assert his["ref"] not in there
    assert hers["ref"] not in there
    assert there[kept["ref"]]["lock"] == "minute"
    assert newer["can_undo"]
    page = other.send(f"/plans/{NEW}/board/save", number=str(newer["number"]))
    assert f"已另存为 {OLD}-r2" in page
    assert court.store.plan(ActionId(f"{OLD}-r2")) is not None


def test_a_draft_that_is_taken_up_whole_goes_when_it_is_saved(
    two_commanders: tuple[Reader, Reader],
) -> None:
    _, other = two_commanders
    number = board(other)["number"]
    for _ in range(2):  # without the lock and the visit that both changed
        _, state = post(other, f"{API}/draft", number=number, act="undo")
        number = state["number"]
    _, state = post(other, f"{API}/draft", number=number, act="undo")
    gone = visits(state)[2]
    take(other, kind="takeout", ref=gone["ref"])
    other.get(PAGE)
    assert "带不过来" not in other.send(f"{PAGE}/board/take-up")
    newer = other.get(f"/api/plans/{NEW}/draft").json
    assert newer is not None
    other.send(f"/plans/{NEW}/board/save", number=str(newer["number"]))
    assert "草稿未保存" not in other.get(PAGE).text


def test_a_draft_is_let_go_only_as_it_was_seen(two_commanders: tuple[Reader, Reader]) -> None:
    _, other = two_commanders
    number = board(other)["number"]
    other.get(PAGE)
    other.post(f"{PAGE}/board/drop", number=str(number - 1))
    assert board(other)["changed"]
    assert "草稿已放弃" in other.send(f"{PAGE}/board/drop", number=str(number))
    assert not board(other)["changed"]
    assert board(other)["number"] == 0


@pytest.fixture
def company_board(signed_in: SignIn, court: Services, app: Flask) -> Reader:
    """Return a commander at a board with a visit of two teams and officers who are fetched."""
    for held in ("fieldwrit_desks", "fieldwrit_drafts"):
        app.extensions.pop(held, None)
    problem = court.store.problem(ACTION)
    assert problem is not None
    problem = company(replace(problem, id=str(OLD)))
    plan = solve(problem, stop=MaxIterations(60), seed=1)
    court.store.save(OLD, problem, plan, made_at=court.clock())
    reader = signed_in(Role.COMMANDER)
    reader.get(f"{PAGE}/board")
    return reader


def test_a_visit_of_two_teams_moves_whole_and_is_saved(
    company_board: Reader, court: Services
) -> None:
    reader = company_board
    halves = [one for one in visits(board(reader)) if one["joint"]]
    assert [one["second"] for one in sorted(halves, key=lambda one: one["second"])] == [False, True]
    second = next(one for one in halves if one["second"])
    _, told = post(reader, f"{API}/room", ref=second["ref"], second=True)
    first, last = told["room"][second["shift"]][-1]
    assert told["windows"][second["day"]]
    start = (first + last) // 120 * 60
    change = {"kind": "move", "ref": second["ref"], "shift": second["shift"], "second": True}
    _, tried = post(reader, f"{API}/tries", **change, start_s=start)
    assert tried["lawful"], tried["faults"]
    assert tried["beside"] == next(one["shift"] for one in halves if not one["second"])
    after = take(reader, **change, start_s=start)
    assert {one["start_s"] for one in visits(after) if one["joint"]} == {start}
    reader.send(f"{PAGE}/board/save", number=str(after["number"]))
    problem, plan = court.store.problem(NEW), court.store.plan(NEW)
    assert problem is not None
    assert plan is not None
    assert violations(problem, plan) == ()
    reader.get(f"/plans/{NEW}/board")  # it stands as it was put, at whatever minute
    opened = reader.get(f"/api/plans/{NEW}/draft").json
    assert opened is not None
    assert {one["start_s"] for one in visits(opened) if one["joint"]} == {start}


def test_a_visit_with_a_fetched_officer_moves_with_its_fetch(company_board: Reader) -> None:
    one = next(each for each in visits(board(company_board)) if each["fetched"])
    _, told = post(company_board, f"{API}/room", ref=one["ref"])
    assert told["escorts"][one["day"]]
    other = next(shift for shift in told["room"] if shift != one["shift"])
    after = take(company_board, kind="move", ref=one["ref"], shift=other)
    lane = next(lane for lane in after["lanes"] if lane["shift"] == other)
    kinds = [stop["kind"] for stop in lane["stops"] if stop["ref"] == one["ref"]]
    assert kinds == ["pick_up", "visit"]


def test_a_refusal_says_which_hours_and_teams_would_do(company_board: Reader) -> None:
    before = board(company_board)
    one = next(each for each in visits(before) if each["fetched"])
    other_day = next(lane for lane in before["lanes"] if lane["day"] != one["day"])
    _, told = post(
        company_board, f"{API}/tries", kind="move", ref=one["ref"], shift=other_day["shift"],
        start_s=other_day["start_s"] + 3600,
    )  # fmt: skip
    assert not told["lawful"]
    assert {"wrong_day", "escort_hours"} <= {fault["rule"] for fault in told["faults"]}
    texts = {fault["rule"]: fault["text"] for fault in told["faults"]}
    assert one["day"][5:] in texts["wrong_day"]
    assert "青溪派出所" in texts["escort_hours"]
    assert told["elsewhere"] is None
    change = {"kind": "move", "ref": one["ref"], "shift": other_day["shift"]}
    _, refused = post(
        company_board, f"{API}/draft", number=before["number"], act="change",
        change=change | {"start_s": other_day["start_s"] + 3600},
    )  # fmt: skip
    assert refused["tried"]["elsewhere"]
    for there in refused["tried"]["elsewhere"]:
        _, again = post(company_board, f"{API}/tries", kind="move", ref=one["ref"], **there)
        assert again["lawful"]
    assert board(company_board) == before


def test_lanes_tell_light_and_law(commander: Reader) -> None:
    for lane in board(commander)["lanes"]:
        sunrise, sunset = lane["light"]
        assert 6 * 3600 < sunrise < 7 * 3600 < 17 * 3600 < sunset < 18 * 3600
        assert lane["open"] == [7 * 3600, 21 * 3600]


def test_who_is_left_out_is_told_with_places(commander: Reader) -> None:
    one = visits(board(commander))[0]
    state = take(commander, kind="takeout", ref=one["ref"])
    (left,) = (each for each in state["left_out"] if each["subject"] == one["subject"])
    assert left["places"][0] == [one["lon"], one["lat"]]
    p = left["p_found"]
    assert left["p_range"] == pytest.approx([p / 2.0, (1.0 + p) / 2.0], abs=2e-3)


def test_the_plan_tells_each_chance_with_its_range(commander: Reader, court: Services) -> None:
    page, problem, plan = commander.get(PAGE).text, court.store.problem(OLD), court.store.plan(OLD)
    assert problem is not None
    assert plan is not None
    options = {option.id: option for option in problem.options}
    stops = [stop for route in plan.routes for stop in route.stops if stop.ref in options]
    shown = re.findall(r"<b>(\d+)%</b> <small>(\d+)–(\d+)%</small>", page)
    asked = [ranged(options[stop.ref]) for stop in stops]
    assert sorted(shown) == sorted(
        tuple(f"{share * 100:.0f}" for share in (one.p_found, one.p_found_low, one.p_found_high))
        for one in asked
    )
    drawn = commander.get(API).json
    assert drawn is not None
    marks = [s for route in drawn["routes"] for s in route["stops"] if s["kind"] == "visit"]
    assert marks
    assert all(s["p_range"][0] < s["p_found"] < s["p_range"][1] for s in marks)


def test_why_of_a_visit_tells_what_its_chance_is_made_of(
    commander: Reader, court: Services
) -> None:
    problem, plan = court.store.problem(OLD), court.store.plan(OLD)
    assert problem is not None
    assert plan is not None
    claims = {claim.id for claim in court.store.claims()}
    options = {one.id: one for one in problem.options if one.claim in claims and one.band}
    stop = next(s for route in plan.routes for s in route.stops if s.ref in options)
    told = commander.get(f"{API}/why?visit={stop.ref}").json
    assert told is not None
    assert str(told["lines"][-1]).startswith(f"{options[stop.ref].day.isoformat()}（")
    assert "在场时遇到并认出，连同误报为找到（×" in told["lines"][-1]
