"""Release in the store: one plan for a team's day, shares that end with their plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import text

from data.errors import StoreError
from data.store import Store
from routes.model import ActionId, SupportKind, SupportState
from routes.planning.problem import Plan, Problem
from tests.data import samples
from tests.data.courts import CourtFolder
from tests.data.exports.samples import MADE_AT, plan, problem
from tests.fakes import StandingClock

ONE, TWO, THREE = ActionId("A-1"), ActionId("A-2"), ActionId("A-3")


def under(name: str) -> tuple[Problem, Plan]:
    return replace(problem(), id=name), replace(plan(), problem_id=name)


@pytest.fixture
def branches(store: Store) -> Store:
    store.put(stations=[samples.station("PS01")])
    store.save_branches(under(ONE), under(TWO), approval_by=MADE_AT, made_at=MADE_AT)
    return store


def released(store: Store) -> list[str]:
    actions = (store.action(one) for one in store.action_ids())
    return sorted(one.id for one in actions if one is not None and one.released_at is not None)


@pytest.mark.parametrize(("first", "second"), [(ONE, TWO), (TWO, ONE)])
def test_of_two_around_an_approval_one_is_released(
    branches: Store, first: ActionId, second: ActionId
) -> None:
    branches.release(first, by="u1")
    with pytest.raises(StoreError, match=f"请先撤回 {first}"):
        branches.release(second, by="u1")
    assert released(branches) == [first]
    branches.withdraw(first, by="u1")
    branches.release(second, by="u1")
    assert released(branches) == [second]


@pytest.fixture
def both_open(branches: Store, court: CourtFolder) -> Iterator[tuple[Store, Store]]:
    other = court.open(StandingClock())
    yield branches, other
    other.close()


def test_two_who_release_at_the_same_moment_do_not_release_both(
    both_open: tuple[Store, Store],
) -> None:
    start, refused = Barrier(2), list[str]()

    def release(store: Store, action: ActionId) -> None:
        start.wait()
        try:
            store.release(action, by="u1")
        except StoreError:
            refused.append(action)

    threads = [
        Thread(target=release, args=each) for each in zip(both_open, (ONE, TWO), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert [*released(both_open[0]), *refused] in ([ONE, TWO], [TWO, ONE])


def test_a_later_plan_of_the_same_teams_and_days_ends_the_earlier_one(
    branches: Store, clock: StandingClock
) -> None:
    branches.release(ONE, by="u1")
    share = branches.shares.create(ONE, "PS01", clock() + timedelta(hours=8), "u1")
    asked = branches.support_requests.create(
        ONE,
        "PS01",
        SupportKind.ESCORT,
        "O1",
        clock() + timedelta(hours=1),
        clock() + timedelta(hours=2),
        "u1",
        document="协助函1号",
        state=SupportState.SENT,
    )
    clock.advance(minutes=5)
    branches.save(THREE, *under(THREE), made_at=MADE_AT)
    assert released(branches) == [ONE]  # a draft ends nothing
    assert branches.shares.for_station("PS01", clock()) == (share,)
    branches.release(THREE, by="u2", warnings={"P4": 2, "A2": 1})
    assert released(branches) == [THREE]
    assert branches.shares.for_station("PS01", clock()) == ()
    ended = branches.shares.ended_for_station("PS01", clock())
    assert [(one.id, one.revoked_at) for one in ended] == [(share.id, clock())]
    states = {one.id: one.state for one in branches.support_requests.for_action(ONE)}
    assert states == {asked.id: SupportState.WITHDRAWN}
    told = {entry.act: entry.detail for entry in reversed(branches.audit.entries(10))}
    assert told["plan.withdraw"] == {"replaced_by": THREE}
    assert told["plan.release"] == {"warnings": "A2:1 P4:2", "override": False}
    assert told["share.revoke"] == {"action": ONE, "station": "PS01"}
    assert branches.audit.verify()


def test_plans_of_other_teams_or_days_stand_side_by_side(branches: Store) -> None:
    branches.release(ONE, by="u1")
    made, answer = under(THREE)
    later = tuple(replace(route, day=route.day + timedelta(days=7)) for route in answer.routes)
    branches.save(THREE, made, replace(answer, routes=later), made_at=MADE_AT)
    branches.release(THREE, by="u1")
    assert released(branches) == [ONE, THREE]


def test_a_plan_kept_before_its_last_day_was_written_is_replaced_too(branches: Store) -> None:
    branches.release(ONE, by="u1")
    with branches.write() as work:
        work.connection.execute(text("UPDATE action SET last_day = NULL"))
    branches.save(THREE, *under(THREE), made_at=MADE_AT)
    branches.release(THREE, by="u1")
    assert released(branches) == [THREE]


def test_what_is_not_released_cannot_be_withdrawn(branches: Store) -> None:
    for name in (ONE, ActionId("A-9")):
        with pytest.raises(StoreError, match="没有发布"):
            branches.withdraw(name, by="u1")


def test_a_share_given_anew_is_not_told_as_ended(branches: Store, clock: StandingClock) -> None:
    end = clock() + timedelta(hours=8)
    first = branches.shares.create(ONE, "PS01", end, "u1")
    clock.advance(minutes=1)
    assert branches.shares.revoke(first.id, "u1").revoked_at == clock()
    assert len(branches.shares.ended_for_station("PS01", clock())) == 1
    assert branches.shares.ended_for_station("PS01", end) == ()
    clock.advance(minutes=1)
    branches.shares.create(ONE, "PS01", end, "u1")
    assert branches.shares.ended_for_station("PS01", clock()) == ()


def test_the_reason_for_an_override_is_encrypted_and_kept_with_the_action(branches: Store) -> None:
    branches.release(ONE, by="u1", override_reason="院长已口头同意")
    action = branches.action(ONE)
    assert action is not None
    assert action.override_reason == "院长已口头同意"
    assert "口头" not in repr(action)
    entry = next(each for each in branches.audit.entries(3) if each.act == "plan.release")
    assert entry.detail == {"warnings": "", "override": True}
    with branches.write() as work:
        query = text("SELECT override_reason FROM action WHERE id = :id")
        held = work.connection.execute(query, {"id": ONE}).scalar_one()
    assert "口头".encode() not in held
