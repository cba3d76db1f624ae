"""Steps and their property in the store: every revision kept, nothing personal in the clear."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from data.errors import StoreError
from data.frozen_json import from_json, to_json
from data.measures import KeptStep, StepState
from data.store import Store
from geo.messages import message
from routes.decisions import Decision
from routes.documents import Approver, Document, DocumentKind
from routes.items import AssetKind, Item, ItemUse
from routes.measures import (
    Act,
    ActKind,
    Arrangement,
    Attendee,
    Beginning,
    Condition,
    Deputy,
    Measure,
    MeasureKind,
    Recipient,
    RecipientRole,
    StepId,
    Target,
    TargetRole,
)
from routes.model import CaseId, DebtorId, Finding, TeamId, Verdict
from tests.data import samples
from tests.fakes import StandingClock

AT = StandingClock()()
REASON = "家门口被辱骂，另行安排"


def step(kind: MeasureKind = MeasureKind.SUMMONS, **changes: Any) -> Measure:
    return Measure(StepId("-"), kind, CaseId("c1"), DebtorId("d1"), **changes)


@pytest.fixture
def filled(store: Store) -> Store:
    store.put(cases_=[samples.case(1), samples.case(2)], debtors=[samples.debtor(1)])
    return store


def test_a_person_is_handed_over_at_a_station_on_record_only(filled: Store) -> None:
    filled.put(stations=[samples.station("PS01")])
    detention = step(MeasureKind.DETENTION)
    kept = filled.measures.add(replace(detention, handed_to="PS01"), by="u1")
    for typed in ("其妻李某", "PS02", ""):
        with pytest.raises(StoreError, match="移交地点"):
            filled.measures.add(replace(detention, handed_to=typed), by="u1")
        changed = replace(kept, step=replace(kept.step, handed_to=typed))
        with pytest.raises(StoreError, match="移交地点"):
            filled.measures.revise(changed, act="step.change", by="u1")
    assert [one.step.handed_to for one in filled.measures.steps()] == ["PS01"]


def scheduled(store: Store, kept: KeptStep) -> KeptStep:
    changed = replace(
        kept, state=StepState.SCHEDULED, starts_at=AT + timedelta(days=1), team_id=TeamId("T1")
    )
    return store.measures.revise(changed, act="step.schedule", by="u2")


def test_each_revision_is_kept_and_the_last_holds(filled: Store, clock: StandingClock) -> None:
    first = filled.measures.add(step(), by="u1")
    clock.advance(minutes=1)
    second = filled.measures.revise(
        replace(first, step=replace(first.step, new_act=True)), act="step.change", by="u2"
    )
    third = scheduled(filled, second)
    assert filled.measures.step(first.step.id) == third
    assert filled.measures.history(first.step.id) == (first, second, third)
    assert filled.measures.steps(CaseId("c1")) == filled.measures.steps() == (third,)
    assert filled.measures.steps(CaseId("c2")) == ()
    acts = [one.act for one in filled.audit.entries(3)]
    assert acts == ["step.schedule", "step.change", "step.add"]
    assert filled.audit.entries(1)[0].detail == {
        "case": "c1",
        "kind": "summons",
        "state": "scheduled",
        "revision": 3,
    }


def test_two_who_saw_the_same_revision_do_not_overwrite_each_other(filled: Store) -> None:
    seen = filled.measures.add(step(), by="u1")
    scheduled(filled, seen)
    with pytest.raises(StoreError, match="他人修改"):
        scheduled(filled, seen)
    assert len(filled.measures.history(seen.step.id)) == 2


def test_states_follow_each_other_and_ends_are_explained(filled: Store) -> None:
    kept = filled.measures.add(step(), by="u1")
    for state in (StepState.CLOSED, StepState.SCHEDULED, StepState.WITHDRAWN):
        with pytest.raises(StoreError):  # not taken yet, no time, no reason
            filled.measures.revise(replace(kept, state=state), act="x", by="u1")
    closed = filled.measures.revise(
        replace(scheduled(filled, kept), state=StepState.CLOSED), act="step.close", by="u1"
    )
    with pytest.raises(StoreError):
        filled.measures.revise(closed, act="x", by="u1")
    again = replace(closed, state=StepState.SCHEDULED)
    with pytest.raises(StoreError, match="理由"):
        filled.measures.revise(again, act="x", by="u1")
    again = filled.measures.revise(replace(again, reason=REASON), act="step.reopen", by="u1")
    ended = filled.measures.revise(
        replace(again, state=StepState.WITHDRAWN), act="step.withdraw", by="u1"
    )
    with pytest.raises(StoreError):
        filled.measures.revise(ended, act="x", by="u1")
    with pytest.raises(StoreError, match="不在库中"):
        filled.measures.revise(replace(kept, step=step()), act="x", by="u1")


def test_a_step_is_of_its_own_case_only(filled: Store) -> None:
    with pytest.raises(StoreError):
        filled.measures.add(replace(step(), case_id=CaseId("c2")), by="u1")
    with pytest.raises(StoreError):
        filled.measures.add(replace(step(), debtor_id=DebtorId("d9")), by="u1")
    assert filled.measures.steps() == ()


def test_property_is_corrected_and_taken_off_without_losing_what_it_was(filled: Store) -> None:
    kept = filled.measures.add(step(MeasureKind.SEIZURE), by="u1")
    with pytest.raises(StoreError, match="写明"):
        filled.measures.add_item(kept.step.id, Item("-"), " ", by="u1")
    made = filled.measures.add_item(
        kept.step.id, Item("-", AssetKind.MOVABLE, ItemUse.ORDINARY, 3_000.0), "缝纫机两台", by="u1"
    )
    fewer = replace(made, description="缝纫机一台", item=replace(made.item, value_yuan=1_500.0))
    second = filled.measures.revise_item(fewer, by="u2")
    with pytest.raises(StoreError, match="他人修改"):
        filled.measures.revise_item(made, by="u1")
    off = replace(second, withdrawn=True, reason=REASON)
    third = filled.measures.revise_item(off, by="u2", act="item.withdraw")
    assert filled.measures.items(CaseId("c1")) == (third,)
    with pytest.raises(StoreError, match="不在清单中"):
        filled.measures.revise_item(third, by="u2")
    with filled.write() as work:
        assert work.connection.scalar(text("SELECT count(*) FROM step_item")) == 3


def begun(store: Store, kind: MeasureKind = MeasureKind.SEIZURE) -> KeptStep:
    """Return a scheduled step of which an act is on record."""
    kept = scheduled(store, store.measures.add(step(kind), by="u1"))
    log = (Act(ActKind.RECORD_SIGNED, AT),)
    return store.measures.revise(
        replace(kept, step=replace(kept.step, acts=log)), act="step.act", by="u1"
    )


def test_a_step_with_acts_is_neither_given_up_nor_moved(filled: Store) -> None:
    kept = begun(filled)
    gone = replace(kept, state=StepState.WITHDRAWN, reason=REASON)
    other_team = replace(kept, team_id=TeamId("T2"))
    later = replace(kept, state=StepState.DRAFT, starts_at=AT + timedelta(days=2))
    for changed in (gone, other_team, later):
        with pytest.raises(StoreError, match="已有现场记录"):
            filled.measures.revise(changed, act="x", by="u1")
    assert filled.measures.step(kept.step.id) == kept


def test_what_was_noted_when_a_step_began_stays_with_it_and_so_does_its_place(
    filled: Store,
) -> None:
    filled.put(claims=[samples.claim(1), samples.claim(2, debtor_id=DebtorId("d1"))])
    first, second = (claim.id for claim in filled.claims(CaseId("c1")))
    kept = filled.measures.add(step(claim_id=first), by="u1")
    found = (Finding("B2", Verdict.BLOCK, "step:x", message("小组不在"), "示例"),)
    log = (Act(ActKind.CONTROLLED, AT),)
    begun = replace(kept.step, acts=log, beginning=Beginning(AT, found))
    kept = filled.measures.revise(replace(kept, step=begun), act="step.act", by="u1")
    for beginning in (None, Beginning(AT), Beginning(AT + timedelta(hours=1), found)):
        lost = replace(kept, step=replace(begun, beginning=beginning))
        with pytest.raises(StoreError, match="不能去掉"):
            filled.measures.revise(lost, act="x", by="u1")
    for claim_id in (None, second):
        moved = replace(kept, step=replace(begun, claim_id=claim_id))
        with pytest.raises(StoreError, match="实施地点"):
            filled.measures.revise(moved, act="x", by="u1")
    more = Beginning(AT, (*found, replace(found[0], rule="A3")))
    emptied = replace(kept, step=replace(begun, acts=(), beginning=more))
    kept = filled.measures.revise(emptied, act="step.act.drop", by="u2")
    gone = replace(kept, state=StepState.WITHDRAWN, reason=REASON)
    assert filled.measures.revise(gone, act="step.withdraw", by="u2").step.beginning == more


def test_what_was_begun_without_being_scheduled_is_closed_too(filled: Store) -> None:
    kept = filled.measures.add(step(), by="u1")
    with pytest.raises(StoreError, match="尚未实施"):
        filled.measures.revise(replace(kept, state=StepState.CLOSED), act="step.close", by="u1")
    log = (Act(ActKind.CONTROLLED, AT),)
    kept = filled.measures.revise(
        replace(kept, step=replace(kept.step, acts=log)), act="step.act", by="u1"
    )
    closed = replace(kept, state=StepState.CLOSED, reason=REASON)
    made = filled.measures.revise(closed, act="step.close", by="u1")
    assert made.state is StepState.CLOSED


def test_property_of_a_closed_step_is_only_corrected_in_what_changes_later(
    filled: Store,
) -> None:
    kept = begun(filled)
    item = Item("-", AssetKind.MOVABLE, ItemUse.ORDINARY, 3_000.0, seized_on=AT.date())
    made = filled.measures.add_item(kept.step.id, item, "缝纫机两台", by="u1")
    filled.measures.revise(replace(kept, state=StepState.CLOSED), act="step.close", by="u1")
    with pytest.raises(StoreError, match="重新办理"):
        filled.measures.add_item(kept.step.id, item, "电视机一台", by="u1")
    renewed = replace(made, item=replace(made.item, seized_on=AT.date() + timedelta(days=700)))
    with pytest.raises(StoreError, match="理由"):
        filled.measures.revise_item(renewed, by="u1")
    for forbidden in (
        replace(made, description="缝纫机一台", reason=REASON),
        replace(made, item=replace(made.item, use=ItemUse.PRODUCTION), reason=REASON),
    ):
        with pytest.raises(StoreError, match="查封以后变化"):
            filled.measures.revise_item(forbidden, by="u1")
    second = filled.measures.revise_item(replace(renewed, reason="续封裁定"), by="u2")
    assert filled.audit.entries(1)[0].act == "item.correct"
    released = replace(second, withdrawn=True, reason="解除查封")
    filled.measures.revise_item(released, by="u2", act="item.withdraw")
    entry = filled.audit.entries(1)[0]
    assert (entry.act, entry.detail["withdrawn"]) == ("item.correct", True)


def test_what_a_step_is_about_is_encrypted(filled: Store) -> None:
    kept = filled.measures.add(
        step(target=Target(TargetRole.DEBTOR, date(1980, 1, 2), frozenset())), by="u1"
    )
    filled.measures.revise(
        replace(kept, state=StepState.WITHDRAWN, reason=REASON), act="step.withdraw", by="u1"
    )
    with filled.write() as work:
        rows = work.connection.execute(text("SELECT content, reason FROM step")).all()
    for row in rows:
        assert b"1980" not in row.content
        assert REASON.encode() not in row.reason


MOMENTS = st.datetimes(timezones=st.just(AT.tzinfo))
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))
DOCUMENTS = st.builds(
    Document, st.sampled_from(DocumentKind), st.text(max_size=5), st.sampled_from(Approver), DAYS
)
STEPS = st.builds(
    Measure,
    st.text(max_size=5),
    st.sampled_from(MeasureKind),
    st.just("c1"),
    st.just("d1"),
    target=st.none()
    | st.builds(
        Target,
        st.sampled_from(TargetRole),
        st.none() | DAYS,
        st.none() | st.frozensets(st.sampled_from(Condition)),
        st.none() | st.sampled_from(Deputy),
    ),
    documents=st.lists(DOCUMENTS, max_size=3).map(tuple),
    notified=st.frozensets(st.sampled_from(Attendee)),
    arrangements=st.frozensets(st.sampled_from(Arrangement)),
    acts=st.lists(st.builds(Act, st.sampled_from(ActKind), MOMENTS), max_size=3).map(tuple),
    inside_district=st.none() | st.booleans(),
    detention_days=st.none() | st.integers(-3, 40),
    new_act=st.booleans(),
    notice_ends_on=st.none() | DAYS,
    recipient=st.none()
    | st.builds(Recipient, st.sampled_from(RecipientRole), st.none() | st.booleans()),
    owed_yuan=st.none() | st.floats(0, 1e9),
    decision=st.none()
    | st.just(
        Decision(
            "step:S1", "u1", AT, REASON, (message("缺少%(document)s", document=message("清单")),)
        )
    ),
    beginning=st.none()
    | st.builds(
        Beginning,
        MOMENTS,
        st.lists(
            st.builds(
                Finding,
                st.just("B2"),
                st.sampled_from(Verdict),
                st.text(max_size=5),
                st.builds(message, st.just("小组只有 %(count)d 人"), count=st.integers()),
                st.text(max_size=5),
                st.lists(st.text(max_size=3), max_size=2).map(tuple),
            ),
            max_size=2,
        ).map(tuple),
    ),
)


@given(STEPS)
def test_a_step_comes_back_as_it_was_written(made: Measure) -> None:
    read = from_json(Measure, to_json(made))
    assert read == made
    if made.beginning is not None and read.beginning is not None:
        before = [one.digest for one in made.beginning.findings]
        assert [one.digest for one in read.beginning.findings] == before  # still signed


def test_a_text_of_another_shape_is_refused() -> None:
    for broken in ("[]", "{", '{"id":"S1"}', '{"unknown":1}'):
        with pytest.raises(StoreError, match="Measure"):
            from_json(Measure, broken)
