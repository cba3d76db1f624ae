"""Changes by hand of what ties teams together: two teams at one door, officers who are fetched."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routes.errors import HandChangeError
from routes.planning.hand_changes import Add, HandPlan, Lock, Move, Swap, TakeOut
from routes.planning.hand_tries import HandDesk, Tried
from routes.planning.problem import (
    Option,
    Plan,
    Problem,
    StopKind,
    Together,
)
from routes.planning.validate import violations
from tests.routes.planning.line import NINE_S, TEN_S, at_door, fetched_for, line, solved
from tests.routes.strategies import company_problems

_THREE_M = (0.0, 10.0, 20.0, 30.0)


def _desk(*options: Option, teams: int = 2, **more: object) -> tuple[HandDesk, HandPlan]:
    """Return a plan for two teams, to be changed by hand."""
    return _desk_of(line(*options, teams=teams, at_m=_THREE_M, **more))  # type: ignore[arg-type]


def _desk_of(problem: Problem) -> tuple[HandDesk, HandPlan]:
    return HandDesk(problem), HandPlan(problem, solved(problem, 100))


Halves = dict[bool, str]


def _pair(
    together: Together | None = None, *others: Option, teams: int = 2
) -> tuple[HandDesk, HandPlan, Halves]:
    """Return a plan with a visit that two teams make, and the shift of either of them."""
    both = at_door("a", "p2", together=together or Together())
    desk, hand = _desk(both, *others, teams=teams)
    return desk, hand, {half: shift for shift, (_, half) in _where(hand.plan, "a").items()}


def _other(hand: HandPlan, shift: str) -> str:
    return next(one.id for one in hand.problem.shifts if one.id != shift)


def _where(plan: Plan, ref: str) -> dict[str, tuple[int, bool]]:
    """Return shifts that do a task, when each begins, and whether it is the second."""
    return {r.shift: (s.start_s, s.second) for r in plan.routes for s in r.stops
            if s.ref == ref and s.is_work}  # fmt: skip


def _lawful(desk: HandDesk, tried: Tried) -> Plan:
    assert tried.lawful, [str(one.message) for one in tried.violations]
    assert violations(desk.problem, tried.made.plan) == ()
    return tried.made.plan


@pytest.mark.parametrize("second", [False, True])
def test_both_teams_move_in_time_together(second: bool) -> None:
    desk, hand, there = _pair()
    move = Move("a", there[second], start_s=TEN_S, second=second)
    made = _lawful(desk, desk.tried(hand, move))
    assert _where(made, "a") == {there[False]: (TEN_S, False), there[True]: (TEN_S, True)}


def test_a_second_team_follows_after_the_gap_that_is_asked_for() -> None:
    gap = Together(gap_low_s=900, gap_high_s=1800)
    desk, hand, there = _pair(gap)
    made = _lawful(desk, desk.tried(hand, Move("a", there[False], start_s=TEN_S)))
    first_s, then_s = (_where(made, "a")[there[half]][0] for half in (False, True))
    assert first_s == TEN_S
    assert 900 <= then_s - first_s <= 1800
    made = _lawful(desk, desk.tried(hand, Move("a", there[True], start_s=TEN_S, second=True)))
    first_s, then_s = (_where(made, "a")[there[half]][0] for half in (False, True))
    assert then_s == TEN_S
    assert 900 <= then_s - first_s <= 1800


def test_a_part_goes_to_a_third_team_and_the_other_stays() -> None:
    desk, hand, there = _pair(teams=3)
    third = next(s.id for s in hand.problem.shifts if s.id not in there.values())
    tried = desk.tried(hand, Move("a", third, start_s=NINE_S))
    assert set(_where(_lawful(desk, tried), "a")) == {third, there[True]}
    assert tried.beside == there[True]
    tried = desk.tried(hand, Move("a", third, start_s=NINE_S, beside=there[False]))
    assert set(_where(_lawful(desk, tried), "a")) == {third, there[False]}


def test_dropped_on_the_other_team_the_two_change_places() -> None:
    desk, hand, there = _pair()
    made = _lawful(desk, desk.tried(hand, Move("a", there[True], start_s=NINE_S)))
    assert _where(made, "a") == {there[True]: (NINE_S, False), there[False]: (NINE_S, True)}


def test_without_a_second_team_it_says_that_it_takes_two() -> None:
    desk, hand, _there = _pair()
    alone = replace(hand.problem, shifts=(hand.problem.shifts[0],))
    empty = solved(alone, 10)
    assert not empty.routes
    tried = HandDesk(alone).tried(HandPlan(alone, empty), Add("d-a", alone.shifts[0].id))
    assert "together" in {one.code for one in tried.violations}
    assert desk.room(hand, "a").keys() == {"s0", "s1"}


def test_what_two_teams_do_is_taken_out_added_and_locked_whole() -> None:
    desk, hand, _there = _pair()
    out = desk.tried(hand, TakeOut("a"))
    assert _where(_lawful(desk, out), "a") == {}
    back = desk.tried(out.made, Add("d-a", "s1", start_s=TEN_S))
    assert _where(_lawful(desk, back), "a") == {"s1": (TEN_S, False), "s0": (TEN_S, True)}
    locked = desk.tried(back.made, Lock("a", minute=True)).made
    with pytest.raises(HandChangeError, match="已锁定"):
        desk.tried(locked, Move("a", "s0", start_s=NINE_S, second=True))


def test_an_officer_is_fetched_by_the_team_that_gets_the_visit() -> None:
    desk, hand = _desk(fetched_for("a", "p2"), at_door("b", "p3"))
    (shift,) = _where(hand.plan, "a")
    other = _other(hand, shift)
    made = _lawful(desk, desk.tried(hand, Move("a", other, start_s=TEN_S)))
    (route,) = (one for one in made.routes if one.shift == other)
    fetch, visit = route.stops
    assert (fetch.kind, visit.start_s) == (StopKind.PICK_UP, TEN_S)
    assert fetch.departure_s == TEN_S - 600  # as late as can be
    assert not any(s.kind is StopKind.PICK_UP for r in made.routes if r.shift != other
                   for s in r.stops)  # fmt: skip


def test_who_rode_on_is_fetched_when_the_visit_before_goes() -> None:
    desk, hand = _desk(fetched_for("a", "p2"), fetched_for("b", "p3"), officers=2)
    (route,) = hand.plan.routes
    assert [s.kind for s in route.stops].count(StopKind.PICK_UP) == 1
    first, last = (s.ref for s in route.stops if s.is_work)
    other = _other(hand, route.shift)
    made = _lawful(desk, desk.tried(hand, Move(first, other, start_s=TEN_S)))
    assert all(
        [s.kind for s in one.stops] == [StopKind.PICK_UP, StopKind.VISIT] for one in made.routes
    )
    assert _where(made, last) == _where(hand.plan, last)


def test_one_officer_is_not_with_two_teams() -> None:
    desk, hand = _desk(fetched_for("a", "p2"), fetched_for("b", "p3"))
    (route,) = hand.plan.routes
    first, last = (s for s in route.stops if s.is_work)
    other = _other(hand, route.shift)
    tried = desk.tried(hand, Move(first.ref, other, start_s=last.start_s))
    assert "escort_capacity" in {one.code for one in tried.violations}
    assert tried.nearest_s is not None
    _lawful(desk, desk.tried(hand, Move(first.ref, other, start_s=tried.nearest_s)))


def test_no_rest_comes_between_an_officer_and_his_door() -> None:
    desk, hand = _desk(fetched_for("a", "p2"), rests=True, teams=1)
    rooms = desk.room(hand, "a")["s0"]
    for begin_s, end_s in rooms:
        for start_s in (begin_s, (begin_s + end_s) // 2, end_s):
            _lawful(desk, desk.tried(hand, Move("a", "s0", start_s=start_s)))
    assert len(rooms) == 2  # before lunch and after it


def test_a_visit_for_two_changes_places_with_another() -> None:
    desk, hand, there = _pair(None, at_door("b", "p3"))
    (shift,) = _where(hand.plan, "b")
    half = there[True] == shift
    made = _lawful(desk, desk.tried(hand, Swap("b", "a", other_second=half)))
    starts = {ref: _where(made, ref)[shift][0] for ref in ("a", "b")}
    was = {ref: _where(hand.plan, ref)[shift][0] for ref in ("a", "b")}
    assert (starts["a"] < starts["b"]) != (was["a"] < was["b"])


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(data=st.data())
def test_where_there_is_room_a_drag_is_lawful_at_its_second(data: st.DataObject) -> None:
    """Of stations that do not count their officers' ways; of others only the check knows."""
    drawn = data.draw(company_problems())
    stations = tuple(replace(one, profile="") for one in drawn.escort_stations)
    problem = replace(drawn, escort_stations=stations, sets=())
    desk, hand = _desk_of(problem)
    planned = sorted({s.ref for r in hand.plan.routes for s in r.stops if s.is_work})
    if not planned:
        return
    ref, second = data.draw(st.sampled_from(planned)), data.draw(st.booleans())
    second = second and desk.tasks[ref].together is not None
    rooms = desk.room(hand, ref, second=second)
    for shift, spans in rooms.items():
        begin_s, end_s = data.draw(st.sampled_from(spans))
        start_s = data.draw(st.integers(begin_s, end_s))
        tried = desk.tried(hand, Move(ref, shift, start_s=start_s, second=second))
        assert tried.start_s == start_s
        _lawful(desk, tried)
