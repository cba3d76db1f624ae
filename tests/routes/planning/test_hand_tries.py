"""Changes by hand, held to the independent check and to a search minute by minute."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routes.errors import HandChangeError
from routes.planning import MaxIterations, solve
from routes.planning.changes import ChangeKind
from routes.planning.figures import Figures, compare
from routes.planning.hand_changes import (
    Add,
    Bar,
    HandChange,
    HandPlan,
    Lock,
    Move,
    Swap,
    TakeOut,
    Unbar,
    Unlock,
)
from routes.planning.hand_tries import HandDesk, Tried
from routes.planning.problem import Option, Plan, PlanDuty, Problem, Stop, WorkShift
from routes.planning.validate import violations
from tests.routes.planning.insertion_oracle import enters, on_minutes
from tests.routes.planning.samples import district, district_plan
from tests.routes.strategies import company_problems, problems, rich_problems

_FEW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def stops(plan: Plan) -> dict[str, tuple[str, Stop]]:
    return {s.ref: (r.shift, s) for r in plan.routes for s in r.stops if s.is_work}


def order(plan: Plan, shift: str, *, but: str = "") -> list[str]:
    return [r.ref for one in plan.routes if one.shift == shift for r in one.stops
            if r.is_work and r.ref != but]  # fmt: skip


def teams_of(plan: Plan, ref: str) -> set[str]:
    """Return the shifts that do a task: two where it takes two teams."""
    return {r.shift for r in plan.routes for s in r.stops if s.ref == ref and s.is_work}


def claim_of(hand: HandPlan, ref: str) -> str | None:
    return next((o.claim for o in hand.problem.options if o.id == ref), None)


def movable(hand: HandPlan) -> list[str]:
    begun = {s.ref for r in hand.problem.frozen for s in r.stops}
    return sorted(ref for ref in stops(hand.plan) if ref not in begun)


def at_minute(task: Option | PlanDuty, second: int) -> Option | PlanDuty:
    return replace(task, window_start_s=second, window_end_s=second)


def alone(problem: Problem, shift: WorkShift) -> Problem:
    """Return the problem with room for a new stop in one shift only."""
    return replace(
        problem, shifts=tuple(one if one.id == shift.id else replace(one, max_stops=0)
                              for one in problem.shifts)
    )  # fmt: skip


def lawful_minutes(problem: Problem, less: Plan, subject: str, shift: WorkShift) -> list[int]:
    """Return each minute at which somebody may be visited in a shift, by trying all."""
    tasks: list[Option | PlanDuty] = [o for o in problem.options if o.debtor == subject]
    tasks += [duty for duty in problem.duties if duty.id == subject]
    narrow = alone(problem, shift)
    return sorted(
        {
            second
            for task in tasks
            if task.day == shift.day
            for second in range(task.window_start_s, task.window_end_s + 1, 60)
            if enters(narrow, less, at_minute(task, second))
        }
    )


@_FEW
@given(data=st.data())
def test_a_move_is_lawful_where_every_minute_tried_says_so(data: st.DataObject) -> None:
    problem = on_minutes(
        data.draw(problems(max_options=6, max_duties=1, max_shifts=2, escorts=False, priced=False))
    )
    problem = replace(problem, sets=(), frozen=(), before=())
    plan = solve(problem, stop=MaxIterations(20), seed=1)
    if violations(problem, plan) or not stops(plan):
        return
    desk, hand = HandDesk(problem), HandPlan(problem, plan)
    ref = data.draw(st.sampled_from(movable(hand)))
    try:
        less = desk.tried(hand, TakeOut(ref)).made.plan
    except HandChangeError:
        return
    shift = data.draw(st.sampled_from(problem.shifts))
    second = 60 * data.draw(st.integers(shift.start_s // 60, shift.end_s // 60))
    tried = desk.tried(hand, Move(ref, shift.id, start_s=second))
    task = desk.tasks[ref]
    own = [one for one in desk.choices(desk.subject(task)) if one.place == task.place]
    bound = replace(
        problem,
        options=tuple(o for o in problem.options if o in own or o.debtor != desk.subject(task)),
    )
    minutes = lawful_minutes(bound, less, desk.subject(task), shift)
    minutes = [m for m in minutes if any(o.window_start_s <= m <= o.window_end_s for o in own)]
    if second in minutes:
        assert tried.lawful, [str(one.message) for one in tried.violations]
        assert tried.start_s == second
    elif not tried.lawful:
        away = min((abs(minute - second) for minute in minutes), default=None)
        found = None if tried.nearest_s is None else abs(tried.nearest_s - second)
        assert found == away


@pytest.mark.parametrize("make", [problems, rich_problems, company_problems])
@settings(_FEW, max_examples=40)
@given(data=st.data())
def test_whatever_is_done_figures_and_verdict_are_those_of_the_check(
    make: Callable[[], st.SearchStrategy[Problem]], data: st.DataObject
) -> None:
    problem = data.draw(make())
    plan = solve(problem, stop=MaxIterations(30), seed=1)
    desk, hand = HandDesk(problem), HandPlan(problem, plan)
    for _ in range(4):
        change = data.draw(changes(hand))
        try:
            tried = desk.tried(hand, change)
        except HandChangeError:  # which says why
            continue
        assert tried.lawful or all(str(one.message) for one in tried.violations)
        kept_to_the_change(hand, change, tried)
        if tried.lawful:
            hand = tried.made
        elif tried.nearest_s is not None and isinstance(change, Move | Add):
            again = desk.tried(hand, replace(change, start_s=tried.nearest_s))
            assert again.lawful
            assert again.start_s == tried.nearest_s
        elif isinstance(change, Move | Add):
            for other in desk.elsewhere(hand, change, tried):
                there = replace(
                    change, shift=other.shift, start_s=other.start_s, at=None, beside=""
                )
                assert desk.tried(hand, there).lawful


@st.composite
def changes(draw: st.DrawFn, hand: HandPlan) -> HandChange:
    refs = st.sampled_from(sorted(stops(hand.plan)) or ["none"])
    subjects = st.sampled_from(sorted({o.debtor for o in hand.problem.options}) or ["none"])
    shift = draw(st.sampled_from(hand.problem.shifts)).id
    second = draw(st.none() | st.integers(25_000, 70_000))
    at = draw(st.none() | st.integers(0, 4)) if second is None else None
    beside = draw(st.just("") | st.sampled_from([one.id for one in hand.problem.shifts]))
    kinds: list[HandChange] = [
        Move(draw(refs), shift, second, at, draw(st.booleans()), beside),
        Add(draw(subjects), shift, second, at, beside),
        TakeOut(draw(refs)),
        Lock(draw(refs), draw(st.booleans())),
        Unlock(draw(refs)),
        Bar(draw(subjects)),
        Unbar(draw(subjects)),
    ]
    one, other = draw(refs), draw(refs)
    if one != other:
        kinds.append(Swap(one, other, draw(st.booleans()), draw(st.booleans())))
    return draw(st.sampled_from(kinds))


def kept_to_the_change(hand: HandPlan, change: HandChange, tried: Tried) -> None:
    plan = tried.made.plan
    assert tried.violations == violations(hand.problem, plan)
    assert not {one.code for one in tried.violations} & {
        "value", "price", "travel_sum", "length", "listed_and_served", "listed_twice",
        "debtor_unlisted", "duty_unlisted", "debtor_twice", "frozen_lost", "shift_twice",
    }  # fmt: skip
    assert tried.before == Figures.of(hand.problem, hand.plan)
    assert tried.after == Figures.of(hand.problem, plan)
    assert math.isclose(tried.after.value, sum(s.value for r in plan.routes for s in r.stops))
    touched = teams_of(plan, tried.ref) | teams_of(hand.plan, tried.ref)
    if isinstance(change, Move | TakeOut | Swap):
        touched |= teams_of(hand.plan, change.ref)
    if isinstance(change, Swap):
        touched |= teams_of(hand.plan, change.other)
        alike = {o.id for o in hand.problem.options if o.claim == claim_of(hand, change.other)}
        for ref in {*alike, change.other}:
            touched |= teams_of(plan, ref)
    if isinstance(change, Move | TakeOut | Swap | Add):
        before = {r.shift: [(s.ref, s.start_s) for s in r.stops] for r in hand.plan.routes}
        after = {r.shift: [(s.ref, s.start_s) for s in r.stops] for r in plan.routes}
        assert all(before.get(one, []) == after.get(one, [])
                   for one in {*before, *after} - touched)  # fmt: skip
    if tried.lawful:
        for ref in hand.minutes:
            if ref in stops(plan) and not isinstance(change, Unlock | Lock):
                assert stops(plan)[ref][1].start_s == stops(hand.plan)[ref][1].start_s
    if isinstance(change, Move | Add) and change.start_s is not None:
        assert tried.start_s == change.start_s or change.at is not None
    if isinstance(change, Move):
        for shift in teams_of(plan, tried.ref):
            assert order(plan, shift, but=tried.ref) == order(hand.plan, shift, but=change.ref)
        assert change.shift in teams_of(plan, tried.ref)
        assert tried.shift == change.shift
        assert not (change.beside and tried.beside) or tried.beside == change.beside


@pytest.fixture(scope="module")
def desk() -> HandDesk:
    return HandDesk(district())


@pytest.fixture(scope="module")
def hand(desk: HandDesk) -> HandPlan:
    """Return the plan of the sample with room in it: every other visit is taken out."""
    hand = HandPlan(desk.problem, district_plan())
    for ref in movable(hand)[::2]:
        if isinstance(desk.tasks[ref], Option):
            tried = desk.tried(hand, TakeOut(ref))
            hand = HandPlan(desk.problem, tried.made.plan) if tried.lawful else hand
    return hand


def a_visit(hand: HandPlan, desk: HandDesk) -> str:
    """Return a visit that may move to another team by itself."""
    for ref in movable(hand):
        task, (shift, _) = desk.tasks[ref], stops(hand.plan)[ref]
        for other in hand.problem.shifts:
            if other.day == task.day and other.id != shift:
                try:
                    if desk.tried(hand, Move(ref, other.id)).lawful:
                        return ref
                except HandChangeError:
                    continue
    raise AssertionError("the sample holds no such visit")


def test_a_locked_stop_moves_only_after_it_is_unlocked(hand: HandPlan, desk: HandDesk) -> None:
    ref = a_visit(hand, desk)
    locked = desk.tried(hand, Lock(ref)).made
    with pytest.raises(HandChangeError, match="已锁定"):
        desk.tried(locked, TakeOut(ref))
    with pytest.raises(HandChangeError, match="已锁定"):
        desk.tried(locked, Bar(desk.subject(desk.tasks[ref])))
    free = desk.tried(locked, Unlock(ref)).made
    assert ref not in stops(desk.tried(free, TakeOut(ref)).made.plan)


def test_what_has_begun_stays(hand: HandPlan, desk: HandDesk) -> None:
    begun = next(s.ref for r in hand.problem.frozen for s in r.stops if s.is_work)
    with pytest.raises(HandChangeError, match="已经开始"):
        desk.tried(hand, Move(begun, hand.problem.shifts[-1].id))


def test_who_is_barred_comes_back_only_after_that_is_taken_back(
    hand: HandPlan, desk: HandDesk
) -> None:
    ref = a_visit(hand, desk)
    subject, (shift, stop) = desk.subject(desk.tasks[ref]), stops(hand.plan)[ref]
    barred = desk.tried(hand, Bar(subject))
    assert barred.lawful
    assert ref not in stops(barred.made.plan)
    assert barred.after.visits < barred.before.visits
    with pytest.raises(HandChangeError, match="已被排除"):
        desk.tried(barred.made, Add(subject, shift))
    free = desk.tried(barred.made, Unbar(subject)).made
    back = desk.tried(free, Add(subject, shift, start_s=stop.start_s))
    assert back.lawful
    assert back.made.touched == {subject}


def test_two_visits_take_each_others_place(hand: HandPlan, desk: HandDesk) -> None:
    found = 0
    for one in movable(hand):
        for other in movable(hand):
            if one < other:
                try:
                    tried = desk.tried(hand, Swap(one, other))
                except HandChangeError:
                    continue
                if tried.lawful:
                    found += 1
                    places, then = stops(hand.plan), stops(tried.made.plan)
                    subjects = {s: desk.subject(desk.tasks[s]) for s in (*places, *then)}
                    shift_of = {subjects[ref]: shift for ref, (shift, _) in then.items()}
                    assert shift_of[subjects[one]] == places[other][0]
                    assert shift_of[subjects[other]] == places[one][0]
    assert found


def test_a_visit_at_an_unlawful_hour_is_told_with_what_stands_against_it(
    hand: HandPlan, desk: HandDesk
) -> None:
    ref = a_visit(hand, desk)
    shift = stops(hand.plan)[ref][0]
    tried = desk.tried(hand, Move(ref, shift, start_s=20 * 3600))
    assert not tried.lawful
    assert "window" in {one.code for one in tried.violations}
    assert tried.nearest_s is not None
    assert desk.tried(hand, Move(ref, shift, start_s=tried.nearest_s)).lawful


def test_two_plans_are_laid_beside_each_other(hand: HandPlan, desk: HandDesk) -> None:
    ref = a_visit(hand, desk)
    tried = desk.tried(hand, TakeOut(ref))
    told = compare(hand.problem, hand.plan, hand.problem, tried.made.plan)
    assert (told.before, told.after) == (tried.before, tried.after)
    assert told.change.visits == -1
    dropped = [pair for pair in told.pairs if pair.kind is ChangeKind.DROPPED]
    assert [pair.was.ref for pair in dropped if pair.was] == [ref]
    back = compare(hand.problem, tried.made.plan, hand.problem, hand.plan)
    assert back.change.found == -told.change.found
    assert compare(hand.problem, hand.plan, hand.problem, hand.plan).pairs == ()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Swap("o1", "o1"),
        lambda: Move("o1", "s1", start_s=-1),
        lambda: Add("d1", "s1", at=-1),
        lambda: Move("o1", "s1", start_s=36_000, at=1),
    ],
)
def test_a_change_without_sense_is_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(HandChangeError):
        make()
