"""The reason why somebody is in no route: with what it names put right, a plan serves him.

A reason is the first gate at which a debtor's visit fails by itself. So it is proved from both
sides: with that gate and all later ones open the search finds a plan with the visit, with only
the later ones open it finds none.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routes.planning.explain import unassigned
from routes.planning.problem import (
    Break,
    EscortSlot,
    Option,
    PlanDuty,
    Problem,
    Together,
    UnassignedReason,
    WorkShift,
)
from tests.routes.planning.line import (
    EIGHT_S,
    FIVE_S,
    MINUTE_S,
    NINE_S,
    TEN_S,
    at_door,
    fetched_for,
    line,
)
from tests.routes.planning.relaxed import GATES, alone, opened, serves
from tests.routes.strategies import company_problems, rich_problems

_Task = Option | PlanDuty
_SOME = settings(
    max_examples=50, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
_HOUR_S = 3600


@st.composite
def tight_problems(draw: st.DrawFn) -> Problem:
    """Draw a problem of officers and second teams who have little time."""
    problem = draw(company_problems())

    def shift(one: WorkShift) -> WorkShift:
        begin_s = draw(st.sampled_from([EIGHT_S, EIGHT_S, 50400]))
        return replace(one, start_s=begin_s, end_s=begin_s + draw(st.sampled_from([7200, 14400])))

    def slot(one: EscortSlot) -> EscortSlot:
        begin_s = draw(st.sampled_from([EIGHT_S, TEN_S, 50400]))
        return replace(
            one, start_s=begin_s, end_s=begin_s + draw(st.sampled_from([1200, 2400, 10800]))
        )

    return replace(
        problem,
        shifts=tuple(shift(one) for one in problem.shifts),
        escort_stations=tuple(
            replace(one, calendar=tuple(slot(each) for each in one.calendar))
            for one in problem.escort_stations
        ),
    )


def _reason(problem: Problem, task: _Task) -> UnassignedReason:
    (left_out,) = unassigned(alone(problem, task), ())
    return left_out.reason


def _proved(problem: Problem, task: _Task, reason: UnassignedReason) -> None:
    """Prove a reason of a task that is to be planned by itself."""
    only = alone(problem, task)
    if reason is UnassignedReason.OUTBID:
        assert serves(only, task.id), "it could not be served by itself"
        return
    gate = GATES.index(reason)
    for later in GATES[gate + 1 :]:
        only = opened(only, later)
    assert not serves(only, task.id), f"{reason} does not stand in its way"
    assert serves(opened(only, reason), task.id), f"{reason} is not all that stands in its way"


@pytest.mark.parametrize("drawn", [rich_problems(), tight_problems()], ids=["rich", "tight"])
def test_with_what_the_reason_names_put_right_a_plan_serves_it(
    drawn: st.SearchStrategy[Problem],
) -> None:
    seen: set[UnassignedReason] = set()

    @_SOME
    @given(drawn)
    def each(problem: Problem) -> None:
        tasks: tuple[_Task, ...] = (*problem.options, *problem.duties)
        for k, task in enumerate(tasks):
            reason = _reason(problem, task)
            if k < 3 or reason not in seen:
                seen.add(reason)
                _proved(problem, task, reason)

    each()
    assert seen >= {*GATES[1:], UnassignedReason.OUTBID}


def _hours(problem: Problem, *hours: tuple[int, int]) -> Problem:
    """Return a problem whose shifts have these hours."""
    shifts = tuple(
        replace(one, start_s=begin_s, end_s=end_s)
        for one, (begin_s, end_s) in zip(problem.shifts, hours, strict=True)
    )
    return replace(problem, shifts=shifts)


def _cases() -> dict[str, tuple[Problem, UnassignedReason]]:
    escorted = fetched_for("a", "p2")
    pair = at_door("a", "p2", together=Together())
    morning, afternoon = (EIGHT_S, EIGHT_S + 3 * _HOUR_S), (FIVE_S - 3 * _HOUR_S, FIVE_S)
    full = line(at_door("a", "p2"))
    lunch = Break(NINE_S, NINE_S, 2 * _HOUR_S)
    return {
        "officers_come_when_nobody_is_out": (
            _hours(line(escorted, slot=afternoon), morning), UnassignedReason.NO_ESCORT
        ),
        "an_officer_is_lent_for_less_than_it_takes": (
            line(escorted, slot=(TEN_S, TEN_S + 34 * MINUTE_S)), UnassignedReason.NO_ESCORT
        ),
        "an_officer_is_lent_for_just_what_it_takes_next_door": (
            line(escorted, slot=(TEN_S, TEN_S + 35 * MINUTE_S)), UnassignedReason.TOO_FAR
        ),
        "an_officer_is_lent_for_the_way_too": (
            line(escorted, slot=(TEN_S, TEN_S + 45 * MINUTE_S)), UnassignedReason.OUTBID
        ),
        "two_teams_are_never_out_together": (
            _hours(line(pair, teams=2), morning, afternoon), UnassignedReason.NO_HOUR
        ),
        "two_teams_do_not_meet_in_time": (
            _hours(line(pair, teams=2), (EIGHT_S, TEN_S), (NINE_S, TEN_S + 600)),
            UnassignedReason.TOO_FAR,
        ),
        "one_team_is_not_two": (line(pair), UnassignedReason.NO_SKILL),
        "no_room_for_one_more_stop": (
            replace(full, shifts=(replace(full.shifts[0], max_stops=0),)),
            UnassignedReason.NO_SKILL,
        ),
        "a_rest_takes_the_hour": (
            line(
                at_door("a", "p2", window_start_s=NINE_S, window_end_s=TEN_S),
                shifts=(replace(full.shifts[0], breaks=(lunch,)),),
            ),
            UnassignedReason.NO_HOUR,
        ),
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(_cases()))
def test_the_reason_is_what_stands_in_the_way(name: str) -> None:
    problem, expected = _cases()[name]
    (task,) = problem.options
    assert _reason(problem, task) is expected
    _proved(problem, task, expected)
