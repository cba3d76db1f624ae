from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from data.errors import StoreError
from data.store import Store
from routes.model import NEXT_STATES, ActionId, SupportKind, SupportRequest, SupportState
from tests.data import samples
from tests.data.courts import ON_SQLITE, CourtFolder
from tests.data.exports.samples import MADE_AT, plan, problem
from tests.fakes import StandingClock

ACTION = ActionId("A-1")


@pytest.fixture
def shared(store: Store) -> Store:
    store.put(stations=[samples.station("PS01"), samples.station("PS02")])
    store.save(ACTION, problem(), plan(), made_at=MADE_AT)
    return store


def _ask(
    store: Store, clock: StandingClock, *, state: SupportState = SupportState.DRAFT
) -> SupportRequest:
    return store.support_requests.create(
        ACTION,
        "PS01",
        SupportKind.ESCORT,
        "O1",
        clock() + timedelta(hours=1),
        clock() + timedelta(hours=2),
        "u1",
        document="协助函1号",
        state=state,
    )


def test_a_share_is_open_to_its_station_until_it_ends(shared: Store, clock: StandingClock) -> None:
    share = shared.shares.create(ACTION, "PS01", clock() + timedelta(hours=8), "u1")
    assert shared.shares.for_station("PS01", clock()) == (share,)
    assert shared.shares.for_station("PS02", clock()) == ()
    assert shared.shares.for_station("PS01", share.expires_at) == ()
    assert shared.shares.for_station("PS01", clock() - timedelta(seconds=1)) == ()
    assert shared.shares.for_action(ACTION) == (share,)


def test_a_revoked_share_stays_revoked(shared: Store, clock: StandingClock) -> None:
    share = shared.shares.create(ACTION, "PS01", clock() + timedelta(hours=8), "u1")
    shared.shares.revoke(share.id, "u1")
    shared.shares.revoke(share.id, "u1")
    assert shared.shares.for_station("PS01", clock()) == ()
    acts = [entry.act for entry in shared.audit.entries()]
    assert acts.count("share.revoke") == 1
    with pytest.raises(StoreError, match="none"):
        shared.shares.revoke("none", "u1")


@pytest.mark.parametrize(
    ("action_id", "station_id", "hours"),
    [("none", "PS01", 8), ("A-1", "none", 8), ("A-1", "PS01", 0), ("A-1", "PS01", -1)],
)
def test_what_no_share_may_be(
    shared: Store, clock: StandingClock, action_id: str, station_id: str, hours: int
) -> None:
    with pytest.raises(StoreError):
        shared.shares.create(
            ActionId(action_id), station_id, clock() + timedelta(hours=hours), "u1"
        )
    assert shared.shares.for_action(ACTION) == ()


def test_a_draft_is_the_courts_own(shared: Store, clock: StandingClock) -> None:
    draft = _ask(shared, clock)
    assert shared.support_requests.for_action(ACTION) == (draft,)
    assert shared.support_requests.for_station("PS01") == ()
    sent = shared.support_requests.answer(draft.id, SupportState.SENT, "u1")
    assert shared.support_requests.for_station("PS01") == (sent,)
    assert shared.support_requests.for_station("PS02") == ()


def test_another_time_is_proposed_and_confirmed(shared: Store, clock: StandingClock) -> None:
    sent = _ask(shared, clock, state=SupportState.SENT)
    other = clock() + timedelta(hours=3)
    clock.advance(minutes=5)
    answered = shared.support_requests.answer(
        sent.id, SupportState.OTHER_TIME_PROPOSED, "p1", proposed_starts_at=other
    )
    assert (answered.proposed_starts_at, answered.answered_by) == (other, "p1")
    assert answered.answered_at == clock()
    confirmed = shared.support_requests.answer(sent.id, SupportState.CONFIRMED, "u1")
    assert confirmed.proposed_starts_at == other
    assert confirmed.hours == (other, other + timedelta(hours=1))
    assert shared.support_requests.for_action(ACTION) == (confirmed,)


@ON_SQLITE  # what is asked of the database differs in no case
@pytest.mark.parametrize(("held", "wanted"), sorted(product(SupportState, SupportState)))
def test_only_the_next_states_may_follow(
    shared: Store, clock: StandingClock, held: SupportState, wanted: SupportState
) -> None:
    request = _ask(shared, clock)
    with shared.write() as work:
        work.connection.exec_driver_sql("UPDATE support_request SET state = ?", (held.value,))
    proposed = clock() + timedelta(hours=3) if wanted is SupportState.OTHER_TIME_PROPOSED else None
    if wanted in NEXT_STATES[held]:
        answered = shared.support_requests.answer(
            request.id, wanted, "u1", proposed_starts_at=proposed
        )
        assert answered.state is wanted
    else:
        with pytest.raises(StoreError, match="不能改为"):
            shared.support_requests.answer(request.id, wanted, "u1", proposed_starts_at=proposed)


@pytest.mark.parametrize(
    ("first", "then"),
    list(
        product(
            (SupportState.CONFIRMED, SupportState.DECLINED, SupportState.OTHER_TIME_PROPOSED),
            repeat=2,
        )
    ),
)
def test_a_station_changes_its_answer_until_the_term(
    shared: Store, clock: StandingClock, first: SupportState, then: SupportState
) -> None:
    sent = _ask(shared, clock, state=SupportState.SENT)
    late = clock() + timedelta(hours=3)

    def give(state: SupportState) -> SupportRequest:
        other = late if state is SupportState.OTHER_TIME_PROPOSED else None
        return shared.support_requests.answer_for_station(
            sent.id, state, "u1", proposed_starts_at=other
        )

    give(first)
    held = give(then)
    assert held.state is then
    assert (held.proposed_starts_at is None) == (then is not SupportState.OTHER_TIME_PROPOSED)
    assert shared.support_requests.for_action(ACTION) == (held,)
    assert held.may_answer_again(held.expires_at - timedelta(seconds=1))
    assert not held.may_answer_again(held.expires_at)


def test_requests_that_make_no_sense(shared: Store, clock: StandingClock) -> None:
    requests = shared.support_requests
    sent = _ask(shared, clock, state=SupportState.SENT)
    with pytest.raises(StoreError, match="另提时间"):
        requests.answer(sent.id, SupportState.OTHER_TIME_PROPOSED, "u1")
    with pytest.raises(StoreError, match="另提时间"):
        requests.answer(sent.id, SupportState.CONFIRMED, "u1", proposed_starts_at=clock())
    with pytest.raises(StoreError, match="none"):
        requests.answer("none", SupportState.CONFIRMED, "u1")
    with pytest.raises(StoreError, match="草稿或已发送"):
        _ask(shared, clock, state=SupportState.CONFIRMED)
    with pytest.raises(StoreError, match="早于"):
        requests.create(ACTION, "PS01", SupportKind.ESCORT, "O1", clock(), clock(), "u1")
    with pytest.raises(StoreError, match="答复期限不得晚于"):
        requests.create(
            ACTION,
            "PS01",
            SupportKind.ESCORT,
            "O1",
            clock(),
            clock() + timedelta(hours=1),
            "u1",
            expires_at=clock() + timedelta(minutes=1),
        )


def test_an_unanswered_request_expires_by_the_clock(shared: Store, clock: StandingClock) -> None:
    sent = _ask(shared, clock, state=SupportState.SENT)
    assert sent.expires_at == sent.starts_at
    clock.advance(minutes=59)
    assert shared.support_requests.for_station("PS01")[0].state is SupportState.SENT
    clock.advance(minutes=1)
    for held in (
        shared.support_requests.for_station("PS01"),
        shared.support_requests.for_action(ACTION),
    ):
        assert [one.state for one in held] == [SupportState.EXPIRED]
    with pytest.raises(StoreError, match="不能改为"):
        shared.support_requests.answer(sent.id, SupportState.CONFIRMED, "p1")


def test_a_confirmed_request_does_not_expire(shared: Store, clock: StandingClock) -> None:
    sent = _ask(shared, clock, state=SupportState.SENT)
    shared.support_requests.answer(sent.id, SupportState.CONFIRMED, "p1")
    clock.advance(days=2)
    assert shared.support_requests.for_action(ACTION)[0].state is SupportState.CONFIRMED


def test_nothing_is_sent_without_a_paper(shared: Store, clock: StandingClock) -> None:
    times = clock() + timedelta(hours=1), clock() + timedelta(hours=2)
    draft = shared.support_requests.create(
        ACTION, "PS01", SupportKind.ESCORT, "O1", *times, "u1", document=" "
    )
    with pytest.raises(StoreError, match="没有文书依据"):
        shared.support_requests.answer(draft.id, SupportState.SENT, "u1")


def test_what_is_kept_comes_back(shared: Store, clock: StandingClock, court: CourtFolder) -> None:
    made = shared.support_requests.create(
        ACTION,
        "PS01",
        SupportKind.CHECKPOINT,
        "D1",
        clock() + timedelta(hours=3),
        clock() + timedelta(hours=5),
        "u1",
        is_duty=True,
        document="协助函密号",
        expires_at=clock() + timedelta(hours=2),
        state=SupportState.SENT,
    )
    assert (made.sent_at, made.sent_by) == (clock(), "u1")
    assert shared.support_requests.for_action(ACTION) == (made,)
    assert "协助函密号".encode() not in court.content()


def test_what_is_confirmed_stands_for_another_plan_that_keeps_it(
    shared: Store, clock: StandingClock
) -> None:
    other = ActionId("A-2")
    again = replace(problem(), id=other), replace(plan(), problem_id=other)
    shared.save(other, *again, made_at=MADE_AT)
    sent = _ask(shared, clock, state=SupportState.SENT)
    shared.support_requests.carry(ACTION, other, {"O1"}, by="u1")
    assert shared.support_requests.for_action(other) == ()  # nothing was promised yet
    held = shared.support_requests.answer(sent.id, SupportState.CONFIRMED, "p1")
    for refs in ({"O9"}, {"O1"}, {"O1"}):
        shared.support_requests.carry(ACTION, other, refs, by="u1")
    (carried,) = shared.support_requests.for_action(other)
    assert carried == replace(held, id=carried.id, action_id=other)
    assert shared.support_requests.for_action(ACTION) == (held,)


def test_a_property_check_is_of_no_stop_and_stands_until_it_is_over(
    shared: Store, clock: StandingClock
) -> None:
    other = ActionId("A-2")
    shared.save(
        other, replace(problem(), id=other), replace(plan(), problem_id=other), made_at=MADE_AT
    )
    requests = shared.support_requests
    escort = _ask(shared, clock, state=SupportState.SENT)
    times = clock() + timedelta(hours=1), clock() + timedelta(hours=2)
    draft = requests.create(ACTION, "PS01", SupportKind.PROPERTY_CHECK, "O1", *times, "u1")
    with pytest.raises(StoreError, match="没有文书依据"):
        requests.send(draft.id, "u2", document=" ")
    sent = requests.send(draft.id, "u2", document=" 协助函2号 ")
    assert (sent.state, sent.sent_by, sent.document) == (SupportState.SENT, "u2", "协助函2号")
    assert requests.for_action(ACTION) == (escort,)
    assert requests.property_checks(ACTION) == (sent,)
    assert {one.kind for one in requests.for_station("PS01")} == {escort.kind, sent.kind}
    with pytest.raises(StoreError, match="不能改为"):
        requests.send(sent.id, "u2")
    for one in (escort, sent):
        requests.answer(one.id, SupportState.CONFIRMED, "p1")
    for refs in ({"O9"}, {"O9"}):
        requests.carry(ACTION, other, refs, by="u1")
    assert requests.for_action(other) == ()
    (carried,) = requests.property_checks(other)
    assert (carried.state, carried.kind) == (SupportState.CONFIRMED, SupportKind.PROPERTY_CHECK)
    requests.carry(ACTION, other, {"O1"}, by="u1")
    assert [one.kind for one in requests.for_action(other)] == [SupportKind.ESCORT]
    clock.advance(hours=2)
    third = ActionId("A-3")
    shared.save(
        third, replace(problem(), id=third), replace(plan(), problem_id=third), made_at=MADE_AT
    )
    requests.carry(ACTION, third, {"O1"}, by="u1")
    assert requests.property_checks(third) == ()
