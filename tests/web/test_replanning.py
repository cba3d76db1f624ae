"""Plans made anew and tried in variations, on the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from data.model import Role
from routes.model import ActionId
from routes.planning import MaxIterations, solve
from tests.web.conftest import Reader
from tests.web.court import ACTION
from tests.web.test_plans import acts, release, sign_all
from web.errors import BusyError
from web.services import Services
from web.trials import Trials

SignIn = Callable[[Role | str], Reader]
OLD = ActionId("20261126-solved")
PAGE = f"/plans/{OLD}"
NEW = ActionId(f"{OLD}-r1")


@pytest.fixture
def commander(signed_in: SignIn, court: Services) -> Reader:
    """Sign in where a solved plan is stored: the one by hand holds times that no road gives."""
    problem = court.store.problem(ACTION)
    assert problem is not None
    problem = replace(problem, id=str(OLD))
    plan = solve(problem, stop=MaxIterations(30), seed=1)
    court.store.save(OLD, problem, plan, made_at=court.clock())
    return signed_in(Role.COMMANDER)


def made_anew(commander: Reader, **fields: str) -> str:
    given = {"kind": "team_late", "team": "T1", "minutes": "30"} | fields
    return commander.send(f"{PAGE}/replan", **given)


def test_a_commander_sees_what_changes_and_why(commander: Reader, court: Services) -> None:
    assert "有变化" in commander.get(PAGE).text
    page = made_anew(commander)
    assert "本计划由调整而来" in page
    assert "晚点 30 分钟" in page
    assert f'href="{PAGE}"' in page
    assert court.store.latest() == NEW
    before = commander.get(PAGE).text
    assert f"/plans/{NEW}" in before
    assert 'id="replan"' not in before
    assert acts(court, "plan.replan")


def test_a_plan_made_anew_is_dropped(commander: Reader, court: Services) -> None:
    made_anew(commander)
    page = commander.send(f"/plans/{NEW}/undo")
    assert "恢复上一份计划" in page
    assert court.store.latest() == OLD
    assert "已撤销" in commander.get(f"/plans/{NEW}").text
    assert "无从撤销" in commander.send(f"{PAGE}/undo")


def test_a_new_plan_needs_its_own_release_and_undo_asks_again(
    commander: Reader, court: Services
) -> None:
    sign_all(commander, OLD)
    release(commander, OLD)
    made_anew(commander)
    old, new = court.store.action(OLD), court.store.action(NEW)
    assert old is not None
    assert new is not None
    assert old.released_at is not None
    assert new.released_at is None
    assert "计划已发布" in release(commander, NEW)
    old = court.store.action(OLD)
    assert old is not None
    assert old.released_at is None
    page = commander.send(f"/plans/{NEW}/undo")
    old = court.store.action(OLD)
    assert old is not None
    assert (old.released_at is not None) or ("须重新发布" in page)


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"team": "T9"}, "T9"),
        ({"minutes": "soon"}, "须为整数"),
        ({"kind": "paid", "case": "（2026）闽0000执1号"}, "案号不在"),
        ({"kind": "escort_cut", "station": "PS01", "from": "9"}, "应形如 10:00"),
        ({"kind": "roads_closed", "reason": " "}, "原因"),
        ({"kind": "roads_closed", "reason": "施工"}, "还没有路网"),
        ({"kind": "flood"}, "请选择"),
    ],
)
def test_a_form_without_sense_says_what_is_wrong(
    commander: Reader, court: Services, fields: dict[str, str], word: str
) -> None:
    assert word in made_anew(commander, **fields)
    assert court.store.latest() == OLD


def test_variations_are_watched_stopped_and_shown_on_the_map(
    commander: Reader, court: Services
) -> None:
    at = f"{PAGE}/what-if"
    assert "推演" in commander.get(at).text
    commander.send(at, kind="table")
    assert "停止" in commander.send(f"{at}/stop")
    state: dict[str, object] = {"ended": False}
    while not state["ended"]:
        state = commander.get(f"/api{at}").json or {}
    assert state["done"] == 1
    page = commander.get(at).text
    assert "现有安排" in page
    assert page.count('scope="row"') == 1
    drawn = commander.get(f"/api{at}/0").json
    assert drawn is not None
    assert len(drawn["routes"]) > 0
    assert commander.get(f"/api{at}/1").status_code == 404
    assert acts(court, "plan.what_if")


def _numbers(upto: int, taken: list[int]) -> Iterator[int]:
    for number in range(upto):
        taken.append(number)
        yield number


def test_work_is_stopped_between_two_results() -> None:
    waiting: list[Callable[[], None]] = []
    trials = Trials[int](start=waiting.append)
    trial = trials.begin("a", _numbers(5, []), total=5, by="u1")
    with pytest.raises(BusyError):
        trials.begin("b", _numbers(5, []), total=5, by="u1")
    trial.stop()
    waiting.pop()()
    assert trial.results == [0]
    assert trial.ended
    assert trials.about("a") is trial
    trials.begin("b", _numbers(2, []), total=2, by="u1")
    assert trials.about("a") is None
