"""Two plans around signatures and answers: which one holds, on the plan page and the board."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from data.model import BranchOn, Role
from geo.localtime import moment_at
from routes.model import ActionId, SupportState
from routes.planning import MaxIterations, solve
from tests.web.conftest import Reader
from tests.web.court import ACTION, DAYS, DUTY, NOW, SetClock
from tests.web.test_plans import LETTER, release, sign_all
from tests.web.test_release import add_a_minor
from web.branch_board import BranchState, BranchView, branch_view
from web.services import Services

SignIn = Callable[[Role | str], Reader]
YES, NO = ActionId("S-1"), ActionId("S-2")
BY = moment_at(DAYS[0], 8 * 3600)


@pytest.fixture
def commander(signed_in: SignIn) -> Reader:
    return signed_in(Role.COMMANDER)


@pytest.fixture
def branches(court: Services, app: Flask) -> Services:
    """Two plans around signatures and answers at once."""
    for held in ("fieldwrit_desks", "fieldwrit_drafts"):  # those of another test
        app.extensions.pop(held, None)
    problem = court.store.problem(ACTION)
    assert problem is not None
    made = solve(problem, stop=MaxIterations(30), seed=1)
    without = tuple(
        replace(route, stops=tuple(stop for stop in route.stops if stop.ref not in ("v0", DUTY)))
        for route in made.routes
    )
    court.store.save_branches(
        (replace(problem, id=NO), replace(made, problem_id=NO, routes=without)),
        (replace(problem, id=YES), replace(made, problem_id=YES)),
        approval_by=BY,
        made_at=NOW,
        branch_on=BranchOn.ANSWERS,
    )
    return court


def view(court: Services, name: ActionId) -> BranchView:
    action, problem = court.store.action(name), court.store.problem(name)
    plan = court.store.plan(name)
    assert action is not None
    assert problem is not None
    assert plan is not None
    found = branch_view(court, action, problem, plan)
    assert found is not None
    return found


def test_what_is_missing_and_what_is_done_without_it(commander: Reader, branches: Services) -> None:
    assert branches.store.latest() == YES
    page, other = commander.get(f"/plans/{YES}").text, commander.get(f"/plans/{NO}").text
    for words in (
        "2026-11-26 08:00 前签批、协助没有全部取得的，改用",
        "2026-11-26 08:00 前等待签批和答复",
        "还没有请青溪派出所协助",
        "没有取得时：该走访取消",
        "没有取得时：勤务取消",
        "待签批",
    ):
        assert words in page
    assert "签批、协助全部取得的，改用" in other
    assert "等待签批和答复" in commander.get(f"/plans/{YES}/board").text
    assert view(branches, YES).holds is None
    assert 'id="branches"' not in commander.get(f"/plans/{ACTION}").text


def test_the_plan_that_holds_follows_the_answers(
    commander: Reader, branches: Services, signed_in: SignIn, clock: SetClock
) -> None:
    sign_all(commander)
    told = [state for one in view(branches, NO).stops for _text, state in one.answers]
    assert told == [BranchState.WAITING] * 2  # v0 and the duty
    assert "建议发布计划 S-1" in release(commander, NO)
    assert "计划已发布" in release(commander, YES)
    commander.send(f"/plans/{YES}/share", document=LETTER)
    police = signed_in(Role.POLICE_LIAISON)
    police.get("/partner")
    asked = {one.ref: one.id for one in branches.store.support_requests.for_action(YES)}
    for ref in asked:
        police.post(f"/partner/requests/{asked[ref]}", answer="confirmed")
    states = {one.ref: one.state for one in branches.store.support_requests.for_action(YES)}
    assert states == {"v0": SupportState.CONFIRMED, DUTY: SupportState.CONFIRMED}
    assert (view(branches, YES).state, view(branches, NO).holds) == (BranchState.YES, YES)
    assert "现按本计划" in commander.get(f"/plans/{YES}").text
    assert "签批和答复已齐，应改用" in commander.get(f"/plans/{NO}").text

    police.post(f"/partner/requests/{asked['v0']}", answer="declined")
    assert view(branches, YES).holds == NO
    page = commander.get(f"/plans/{YES}").text
    assert "青溪派出所不能协助或没有答复" in page
    assert "签批或答复没有取得，应改用" in page
    assert "应改用 S-2" in commander.get(f"/plans/{YES}/board").text
    assert "计划已发布" in release(commander, NO)  # in one step: the other is withdrawn
    replaced = branches.store.action(YES)
    assert replaced is not None
    assert replaced.released_at is None


def test_silence_until_the_hour_is_a_no(
    commander: Reader, branches: Services, clock: SetClock
) -> None:
    sign_all(commander)
    clock.at = BY
    assert (view(branches, NO).state, view(branches, NO).holds) == (BranchState.NO, NO)
    assert "现按本计划" in commander.get(f"/plans/{NO}").text


def answered(commander: Reader, branches: Services, signed_in: SignIn, **answers: str) -> None:
    """Release the plan with the support, share it and let the station answer by stop."""
    sign_all(commander)
    assert "计划已发布" in release(commander, YES)
    commander.send(f"/plans/{YES}/share", document=LETTER)
    police = signed_in(Role.POLICE_LIAISON)
    police.get("/partner")
    asked = {one.ref: one.id for one in branches.store.support_requests.for_action(YES)}
    for ref, answer in answers.items():
        police.send(f"/partner/requests/{asked[ref]}", answer=answer)


def hours(branches: Services, name: ActionId) -> dict[str, int]:
    plan = branches.store.plan(name)
    assert plan is not None
    return {one.ref: one.start_s for route in plan.routes for one in route.stops if one.is_work}


def test_going_over_is_one_click_with_what_it_changes(
    commander: Reader, branches: Services, signed_in: SignIn
) -> None:
    answered(commander, branches, signed_in, v0="declined", **{DUTY: "declined"})
    switch = view(branches, YES).switch
    assert switch is not None
    assert switch.change.visits == -1
    assert switch.before.found > switch.after.found
    assert switch.hindered == 0
    assert view(branches, NO).switch is None
    page = commander.get(f"/plans/{YES}").text
    for words in ("改用前后", "改用 S-2 并发布", "逐处对照"):
        assert words in page
    assert "保留已确认的协助" not in page  # none was given
    (digest,) = re.findall(r'name="acknowledged" value="([^"]+)"', page) or ("",)
    assert "计划已发布" in commander.send(f"/plans/{NO}/release", acknowledged=digest)
    assert view(branches, YES).switch is None
    assert "改用 S-2 并发布" not in commander.get(f"/plans/{YES}").text


def test_nobody_goes_over_before_what_is_to_be_signed_is(
    commander: Reader, branches: Services, signed_in: SignIn
) -> None:
    answered(commander, branches, signed_in, v0="declined")
    add_a_minor(branches)
    switch = view(branches, YES).switch
    assert switch is not None
    assert switch.hindered > 0
    page = commander.get(f"/plans/{YES}").text
    assert "处理后才能改用" in page
    assert "改用 S-2 并发布" not in page


@pytest.mark.parametrize("refused", ["v0", DUTY])
def test_mixed_answers_leave_what_was_confirmed(
    commander: Reader, branches: Services, signed_in: SignIn, refused: str
) -> None:
    kept = DUTY if refused == "v0" else "v0"
    answered(commander, branches, signed_in, **{refused: "declined", kept: "confirmed"})
    seen = view(branches, YES)
    assert (seen.state, seen.holds, seen.mixed) == (BranchState.NO, NO, True)
    assert not view(branches, NO).mixed
    assert "保留已确认的协助，逐项调整" in commander.get(f"/plans/{YES}").text
    made = commander.post(f"/plans/{YES}/replan", kind="answers")
    anew = ActionId(made.location.rpartition("/")[2])
    page = commander.get(made.location).text
    assert "本计划由调整而来" in page
    before, after = hours(branches, YES), hours(branches, anew)
    assert after[kept] == before[kept]
    assert refused not in after or refused == "v0"  # the station may come at another hour
    assert after.get(refused) != before[refused]
    (held,) = branches.store.support_requests.for_action(anew)
    assert (held.ref, held.state) == (kept, SupportState.CONFIRMED)
    action = branches.store.action(YES)
    assert action is not None
    assert action.released_at is not None  # until the new plan is released


def test_silence_by_the_hour_is_left_out_as_a_refusal_is(
    commander: Reader, branches: Services, signed_in: SignIn, clock: SetClock
) -> None:
    answered(commander, branches, signed_in, **{DUTY: "confirmed"})
    assert view(branches, YES).holds is None
    clock.at = BY
    seen = view(branches, YES)
    assert (seen.state, seen.mixed) == (BranchState.NO, True)
    commander.sign_in(Role.COMMANDER)
    made = commander.post(f"/plans/{YES}/replan", kind="answers")
    anew = ActionId(made.location.rpartition("/")[2])
    before, after = hours(branches, YES), hours(branches, anew)
    assert after[DUTY] == before[DUTY]
    assert after.get("v0") != before["v0"]
