"""What was done since decides whether a plan made anew can be taken back."""

from __future__ import annotations

from routes.planning.disturbances import TeamOut
from routes.planning.undoing import contradictions, same_stops
from tests.routes.planning.samples import DAY
from tests.routes.planning.test_replan import again, planned, row, stops


def test_before_anything_is_done_a_plan_can_be_taken_back() -> None:
    problem = row(teams=2, doors=4)
    plan = planned(problem)
    made = again(problem, plan, TeamOut("t1"), now_s=32400)
    assert contradictions(made.problem, plan, made.plan, day=DAY, now_s=32000) == ()


def test_a_team_that_went_elsewhere_cannot_go_back() -> None:
    problem = row(teams=2, doors=4)
    plan = planned(problem)
    made = again(problem, plan, TeamOut("t1"), now_s=32400)
    (said,) = contradictions(made.problem, plan, made.plan, day=DAY, now_s=46000)
    assert "第2组 已按调整后的计划开始" in str(said)


def test_a_door_that_was_visited_is_not_ahead() -> None:
    problem = row()
    plan = planned(problem)
    last = max(stops(plan).items(), key=lambda item: item[1][1].start_s)[0]
    found = contradictions(problem, plan, plan, day=DAY, now_s=32400, visited={f"c{last[1:]}"})
    assert len(found) == 1
    assert "已有外勤结果" in str(found[0])


def test_the_same_stops_are_those_of_the_same_minute() -> None:
    problem = row(teams=2, doors=4)
    plan = planned(problem)
    made = again(problem, plan, TeamOut("t1"), now_s=32400)
    kept = same_stops(plan, made.plan)
    old, new = stops(plan), stops(made.plan)
    assert kept == {r for r in old.keys() & new.keys() if old[r][1].start_s == new[r][1].start_s}
