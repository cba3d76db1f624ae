"""A step held to the moment at which it was taken, and what its record needs at the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.responsibility import Ground
from routes.calendar import WorkCalendar
from routes.documents import DocumentKind
from routes.measures import Act, ActKind, Beginning, Measure, StepId
from routes.model import CaseKind, CaseStatus, Finding, Verdict
from routes.rules.clocks import held_time
from routes.step_files import StepFile, check_step_file, check_who, running_clocks
from tests.routes.rules.measure_samples import (
    AT,
    DAY,
    DETENTION,
    EVICTION,
    HOUR,
    ITEM,
    ON,
    SEIZURE,
    SERVICE,
    SUMMONS,
    decided,
    paper,
)
from tests.routes.rules.samples import CASE, CLAIM, DEBTOR, PROFILE, TEAM

CALENDAR = WorkCalendar()
FORCE = replace(
    TEAM,
    officers=4,
    recorders=2,
    skills=TEAM.skills | {"judicial_police", "locksmith", "female_officer"},
)
LATER = AT + 9 * DAY
RECORD = Act(ActKind.RECORD_SIGNED, AT + HOUR)


def file(step: Measure, *log: Act, **changes: Any) -> StepFile:
    """Return a step that was scheduled for ten o'clock and of which a log is on record."""
    before = tuple(act for act in step.acts if act.kind.prepares)
    step = replace(step, claim_id=CLAIM.id, acts=before)
    made = decided(StepFile(step, CASE, DEBTOR, CLAIM, FORCE, AT, scheduled=True))
    logged = replace(made, step=replace(made.step, acts=before + log))
    return replace(logged, **({"ground": Ground(inside=True)} | changes))


def said(one: StepFile, now: datetime = LATER, *, closing: bool = True) -> set[str]:
    """Return the rules that forbid."""
    found = check_step_file(one, now=now, calendar=CALENDAR, profile=PROFILE, closing=closing)
    return {each.rule for each in found if each.verdict is Verdict.BLOCK}


def signs(one: StepFile, now: datetime = LATER) -> set[str]:
    found = check_step_file(one, now=now, calendar=CALENDAR, profile=PROFILE, closing=True)
    return {each.rule for each in found if each.verdict is Verdict.SIGN_OFF}


def with_paper(one: StepFile, kind: DocumentKind, **changes: Any) -> StepFile:
    papers = tuple(
        replace(each, **changes) if each.kind is kind else each for each in one.step.documents
    )
    return replace(one, step=replace(one.step, documents=papers))


BROUGHT = (
    Act(ActKind.CONTROLLED, AT),
    Act(ActKind.QUESTIONING_ENDED, AT + HOUR),
    Act(ActKind.RELEASED, AT + HOUR),
    RECORD,
)


def test_a_warrant_is_held_to_the_day_of_the_act_not_to_that_of_closing() -> None:
    warrant = DocumentKind.SUMMONS_WARRANT
    done = file(SUMMONS, *BROUGHT)
    assert said(done) == set()
    assert said(with_paper(done, warrant, expires_on=ON)) == set()  # ran out since
    assert said(with_paper(done, warrant, approved_on=ON + DAY)) == {"C1"}  # made since
    assert said(with_paper(done, warrant, approved_on=ON - 2 * DAY, expires_on=ON - DAY)) == {"C1"}


def test_a_decision_made_after_the_act_was_none() -> None:
    done = file(SUMMONS, *BROUGHT)
    decision = done.step.decision
    assert decision is not None
    after = replace(done, step=replace(done.step, decision=replace(decision, at=AT + 2 * HOUR)))
    assert "P8" in said(after)
    sudden = file(replace(DETENTION, violent_emergency=True), Act(ActKind.DETAINED, AT - HOUR))
    assert "P8" not in said(sudden)  # decided at the place and entered since


def test_age_is_that_of_the_act() -> None:
    assert SUMMONS.target is not None
    of_age_since = replace(SUMMONS.target, born_on=date(ON.year - 18, ON.month, ON.day))
    assert said(file(replace(SUMMONS, target=of_age_since), *BROUGHT)) == {"D5"}


def test_an_eviction_before_its_notice_ran_out_stays_one() -> None:
    done = file(replace(EVICTION, notice_ends_on=ON), RECORD)
    assert said(done) == {"E1"}
    assert "E1" not in said(replace(done, step=replace(done.step, notice_ends_on=ON - DAY)))


def test_what_the_record_needs_may_be_made_good_later() -> None:
    item = replace(ITEM, seized_on=ON, value_yuan=1000.0)
    step = replace(SEIZURE, owed_yuan=50_000.0, costs_yuan=0.0)
    log = tuple(Act(each.kind, AT + 3 * DAY) for each in SEIZURE.acts)
    record = Act(ActKind.RECORD_SIGNED, AT + 3 * DAY)
    done = file(step, *log, record, items=(item,))
    late = with_paper(done, DocumentKind.INVENTORY, approved_on=ON + 3 * DAY)
    assert {"Z3", "B6"}.isdisjoint(said(late))
    assert {"Z3", "B6"} <= said(late, AT + DAY)
    assert "Z3" in said(replace(done, items=()))


@pytest.mark.parametrize("hour", [6, 23])
def test_hours_are_those_at_which_it_was_done(hour: int) -> None:
    at = AT.replace(hour=hour)
    done = file(SERVICE, Act(ActKind.PAPERS_LEFT, at), Act(ActKind.FILMED, at))
    assert "T1" in signs(done)
    assert "T1" not in signs(file(SERVICE, Act(ActKind.PAPERS_LEFT, AT + HOUR / 6)))
    administrative = replace(done, case=replace(CASE, kind=CaseKind.ADMINISTRATIVE))
    assert "T2" in said(administrative)
    recorded = file(EVICTION, Act(ActKind.RECORD_SIGNED, at))  # nothing but the record tells
    assert "T1" in signs(recorded)


def test_planned_hours_hold_for_what_was_done_within_them() -> None:
    evening = AT.replace(hour=20, minute=50)
    for minutes in (0, 5, 15):
        act = Act(ActKind.PAPERS_LEFT, evening + timedelta(minutes=minutes))
        one = file(SERVICE, act, starts_at=evening)
        assert one.hours(LATER) == (evening, one.ends_at)  # what was signed for them answers
    outside = Act(ActKind.PAPERS_LEFT, evening + HOUR)
    one = file(SERVICE, outside, starts_at=evening)
    assert one.hours(LATER) == (evening + HOUR, evening + HOUR + HOUR / 3)


def test_one_officer_against_a_settled_case_is_a_breach() -> None:
    done = file(SUMMONS, *BROUGHT)
    alone = replace(done, team=replace(FORCE, officers=1))
    settled = replace(done, case=replace(CASE, status=CaseStatus.SETTLED))
    assert "B2" in said(alone)
    assert "A3" in said(settled)
    assert {"B1", "B2"} <= said(replace(done, team=None))


def test_without_a_place_hours_are_asked_all_the_same() -> None:
    late = AT.replace(hour=23)
    done = file(SERVICE, Act(ActKind.PAPERS_LEFT, late), Act(ActKind.FILMED, late))
    nowhere = replace(done, claim=None)
    assert "T1" in signs(nowhere)
    assert "P1" in said(nowhere)
    noted = replace(nowhere.step, beginning=Beginning(late))
    assert "P1" in said(replace(nowhere, step=noted))


def test_a_step_whose_acts_were_all_taken_back_has_begun() -> None:
    noted = Beginning(AT - HOUR)
    emptied = file(replace(SUMMONS, beginning=noted), scheduled=False)
    assert emptied.step.under_way
    assert not emptied.step.logged
    assert emptied.begun_at(AT - HOUR / 2) == AT - HOUR
    assert replace(emptied, starts_at=None).begun_at(AT) == AT - HOUR


def test_case_and_crew_are_those_noted_when_it_began() -> None:
    done = file(SUMMONS, *BROUGHT)
    noted = Beginning(AT + HOUR, check_who(done, now=AT + HOUR, profile=PROFILE))
    done = replace(done, step=replace(done.step, beginning=noted))
    settled = replace(done, case=replace(CASE, status=CaseStatus.SETTLED))
    assert said(settled) == set()  # it settled because of the step
    bad = replace(done, step=replace(done.step, beginning=None), case=settled.case)
    noted = Beginning(AT + HOUR, check_who(bad, now=AT + HOUR, profile=PROFILE))
    healed = replace(done, step=replace(done.step, beginning=noted))
    assert "A3" in said(healed)  # taken up again since


def test_a_record_is_not_closed_over_a_person_who_is_held() -> None:
    held = file(SUMMONS, BROUGHT[0], RECORD)
    assert "C3" in said(held, AT + 2 * HOUR)
    assert "C3" not in said(held, AT + 2 * HOUR, closing=False)
    assert "C3" not in said(file(SUMMONS, *BROUGHT), AT + 2 * HOUR)
    questioned = file(SUMMONS, BROUGHT[0], BROUGHT[1], RECORD)  # nobody let the person go
    assert "C3" in said(questioned, AT + 2 * HOUR)
    detained = other(DETENTION, Act(ActKind.DETAINED, AT + HOUR))
    assert "C3" not in said(replace(questioned, other_steps=(detained,)), AT + 2 * HOUR)
    before = replace(detained, acts=(Act(ActKind.DETAINED, AT - HOUR),))
    assert "C3" in said(replace(questioned, other_steps=(before,)), AT + 2 * HOUR)
    again = file(SUMMONS, *BROUGHT, Act(ActKind.CONTROLLED, AT + 2 * HOUR))
    assert "C3" in said(again, AT + 3 * HOUR)


@pytest.mark.parametrize(
    ("told_h", "broken"),
    [(None, True), (1, False), (23, False), (24, True), (30, True)],
)
def test_a_family_that_was_told_late_or_never_is_a_breach(
    told_h: int | None, *, broken: bool
) -> None:
    log = [
        Act(ActKind.DETAINED, AT),
        Act(ActKind.RECONSIDERATION_TOLD, AT),
        Act(ActKind.RECORD_SIGNED, AT + HOUR),
    ]
    if told_h is not None:
        log.append(Act(ActKind.FAMILY_NOTIFIED, AT + told_h * HOUR))
    done = file(DETENTION, *log)
    assert ("D2" in said(done)) == broken
    assert "D2" not in said(done, AT + 2 * HOUR, closing=False)
    untold = file(DETENTION, log[0], log[2], Act(ActKind.FAMILY_NOTIFIED, AT + HOUR))
    assert "D2" in said(untold, AT + 2 * HOUR)


def other(step: Measure, *log: Act, **changes: Any) -> Measure:
    return replace(step, id=StepId("step:S2"), acts=log, **changes)


def test_hours_on_one_warrant_count_over_all_its_steps() -> None:
    first = other(
        SUMMONS,
        Act(ActKind.CONTROLLED, AT - 10 * HOUR),
        Act(ActKind.RELEASED, AT - 3 * HOUR),
    )
    second = file(SUMMONS, Act(ActKind.CONTROLLED, AT))
    now = AT + 2 * HOUR
    assert "C3" not in said(second, now, closing=False)
    both = replace(second, other_steps=(first,))
    assert "C3" in said(both, now, closing=False)
    assert said(both, AT + HOUR / 2, closing=False) == set()
    (clock,) = (one for one in clocks(both, now) if one.rule == "C3")
    assert clock.due_at == AT + HOUR
    new = paper(DocumentKind.SUMMONS_WARRANT, number="（2026）示例2号")
    other_paper = replace(first, documents=(*SUMMONS.documents[:1], new))
    assert "C3" not in said(replace(second, other_steps=(other_paper,)), now, closing=False)
    assert first.target is not None
    someone = replace(first, target=replace(first.target, born_on=date(1970, 2, 2)))
    assert "C3" not in said(replace(second, other_steps=(someone,)), now, closing=False)
    spaced = paper(DocumentKind.SUMMONS_WARRANT, number=" (2026) 示例 1号")
    again = replace(first, documents=(*SUMMONS.documents[:1], spaced))
    assert "C3" in said(replace(second, other_steps=(again,)), now, closing=False)


@pytest.mark.parametrize(
    "number",
    [
        "（2026）示例01号",
        "2026示例1号",
        "〔2026〕 示例 001号",
        "【2026】示例「1」号",
        "(2026)示例１号",
    ],
)
def test_one_paper_under_another_spelling_is_the_same(number: str) -> None:
    kind = DocumentKind.SUMMONS_WARRANT
    first = other(
        SUMMONS,
        Act(ActKind.CONTROLLED, AT - 10 * HOUR),
        Act(ActKind.RELEASED, AT - 3 * HOUR),
        documents=(paper(kind, number=number),),
    )
    second = with_paper(file(SUMMONS, BROUGHT[0]), kind, number="（2026）示例1号")
    assert "C3" in said(replace(second, other_steps=(first,)), AT + 2 * HOUR, closing=False)
    ten = with_paper(second, kind, number="（2026）示例10号")
    assert "C3" not in said(replace(ten, other_steps=(first,)), AT + 2 * HOUR, closing=False)


def test_a_new_paper_beside_the_old_takes_no_hours_away() -> None:
    kind = DocumentKind.SUMMONS_WARRANT
    first = other(
        SUMMONS,
        Act(ActKind.CONTROLLED, AT - 10 * HOUR),
        Act(ActKind.RELEASED, AT - 3 * HOUR),
    )
    second = file(SUMMONS, BROUGHT[0], other_steps=(first,))
    newer = paper(kind, number="（2026）示例2号")
    both = replace(second.step, documents=(*second.step.documents, newer))
    assert "C3" in said(replace(second, step=both), AT + 2 * HOUR, closing=False)


def clocks(one: StepFile, now: datetime) -> tuple[Any, ...]:
    return running_clocks(one, now=now, calendar=CALENDAR, profile=PROFILE)


def test_days_of_one_decision_count_over_all_its_steps() -> None:
    served = other(DETENTION, Act(ActKind.DETAINED, AT - 20 * DAY), detention_days=10)
    step = replace(DETENTION, detention_days=6)
    second = file(step)
    assert "D1" not in said(second, AT - HOUR, closing=False)
    assert "D1" in said(replace(second, other_steps=(served,)), AT - HOUR, closing=False)
    never = replace(served, acts=())
    assert "D1" not in said(replace(second, other_steps=(never,)), AT - HOUR, closing=False)
    shorter = replace(served, detention_days=9)
    assert "D1" not in said(replace(second, other_steps=(shorter,)), AT - HOUR, closing=False)


def test_violence_counts_only_once_it_came() -> None:
    sudden = replace(DETENTION, documents=(), violent_emergency=True)
    planned = file(sudden)
    assert "D1" in said(planned, AT - HOUR, closing=False)
    assert "D1" not in said(planned, AT + HOUR, closing=False)  # its start has come
    detained = file(
        sudden,
        Act(ActKind.DETAINED, AT - 2 * HOUR),
        Act(ActKind.PRESIDENT_REPORTED, AT - 2 * HOUR),
    )
    assert "D1" not in said(detained, AT - HOUR, closing=False)
    assert "D1" in said(detained, AT + HOUR)  # never closed without the decision


def test_a_measure_taken_leaves_less_time_for_the_notice() -> None:
    case = replace(CASE, notice_sent_on=None, filed_on=ON - DAY)
    idle = file(SUMMONS, case=case)
    assert [one.rule for one in clocks(idle, AT)] == []
    taken = file(SUMMONS, *BROUGHT, case=case)
    (clock,) = clocks(taken, AT + HOUR)
    assert (clock.rule, clock.due_at.date()) == ("A2", ON + 4 * DAY)


@given(st.lists(st.tuples(st.sampled_from(list(ActKind)), st.integers(-50, 50)), max_size=8))
def test_a_log_in_any_order_tells_one_beginning(log: list[tuple[ActKind, int]]) -> None:
    acts = tuple(Act(kind, AT + hours * HOUR) for kind, hours in log)
    one = file(EVICTION, *acts)
    turned = file(EVICTION, *reversed(acts))
    begun_at = one.begun_at(LATER)
    assert begun_at == turned.begun_at(LATER)
    assert one.hours(LATER) == turned.hours(LATER)
    assert begun_at is not None
    assert one.at(LATER) == begun_at
    hours = one.hours(LATER)
    assert hours is not None
    assert hours[0] < hours[1]
    assert hours[0] <= begun_at <= hours[1]


@given(st.integers(0, 8), st.lists(st.integers(0, 20), min_size=2, max_size=6))
def test_splitting_a_summons_over_two_steps_changes_no_hours(cut: int, hours: list[int]) -> None:
    kinds = (ActKind.CONTROLLED, ActKind.RELEASED)
    log = tuple(Act(kinds[n % 2], AT + at * HOUR) for n, at in enumerate(sorted(hours)))
    whole = held_time(replace(SUMMONS, acts=log))
    assert held_time(replace(SUMMONS, acts=log[:cut]), (other(SUMMONS, *log[cut:]),)) == whole


def test_findings_noted_are_shown_as_they_were() -> None:
    done = file(SUMMONS, *BROUGHT, team=replace(FORCE, officers=1))
    found = check_who(done, now=LATER, profile=PROFILE)
    noted = replace(done, step=replace(done.step, beginning=Beginning(LATER, found)), team=FORCE)
    told = check_step_file(noted, now=LATER, calendar=CALENDAR, profile=PROFILE)
    assert {one for one in found if isinstance(one, Finding)} <= set(told)
