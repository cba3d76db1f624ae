"""Plans that were made anew from others: kept as drafts, undone, and never both current."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from data.errors import StoreError
from data.store import Store
from routes.model import ActionId, SupportKind, SupportState
from routes.planning.disturbances import Disturbance, Paid, TeamLate
from routes.planning.problem import Plan, Problem
from tests.data import samples
from tests.routes.planning.samples import DAY, district, district_plan

AT = datetime(2026, 1, 5, 2, tzinfo=UTC)
OLD, NEW, NEWER = ActionId("A-1"), ActionId("A-2"), ActionId("A-3")
HAPPENED = (TeamLate("t1", 1200), Paid("d3"))


def under(name: str) -> tuple[Problem, Plan]:
    return replace(district(), id=name), replace(district_plan(), problem_id=name)


def made_anew(
    store: Store,
    name: ActionId = NEW,
    of: ActionId = OLD,
    kept: tuple[str, ...] = (),
    happened: tuple[Disturbance, ...] = HAPPENED,
) -> None:
    store.replans.save(
        name,
        *under(name),
        replaces=of,
        day=DAY,
        at_s=36000,
        disturbances=happened,
        kept=kept,
        made_at=AT,
        by="u1",
    )


@pytest.fixture
def planned(store: Store) -> Store:
    store.save(OLD, *under(OLD), made_at=AT)
    return store


def acts(store: Store) -> list[str]:
    return [entry.act for entry in store.audit.entries(10)]


def test_a_plan_names_the_one_before_and_what_happened(planned: Store) -> None:
    made_anew(planned)
    held = planned.replans.of(NEW)
    assert held is not None
    assert (held.replaces, held.day, held.at_s) == (OLD, DAY, 36000)
    assert held.disturbances == HAPPENED
    assert not held.was_released
    assert planned.replans.of(OLD) is None
    assert planned.replans.later(OLD) == held
    assert planned.latest() == NEW
    assert "plan.replan" in acts(planned)


def test_undone_the_one_before_is_current_again(planned: Store) -> None:
    planned.release(OLD, by="u1")
    made_anew(planned)
    planned.release(NEW, by="u1")
    before = planned.action(OLD)
    assert before is not None
    assert before.released_at is None
    assert planned.replans.undo(NEW, kept=(), by="u2") == OLD
    assert planned.latest() == OLD
    undone, after = planned.replans.of(NEW), planned.action(NEW)
    assert undone is not None
    assert undone.was_released
    assert (undone.undone_by, undone.undone_at) == ("u2", planned.clock())
    assert after is not None
    assert after.released_at is None
    assert planned.replans.later(OLD) is None
    assert {"plan.undo", "plan.withdraw"} <= set(acts(planned))


def test_one_plan_stands_in_the_place_of_another(planned: Store) -> None:
    made_anew(planned)
    with pytest.raises(StoreError, match="已调整为 A-2"):
        made_anew(planned, NEWER)
    made_anew(planned, NEWER, of=NEW)
    with pytest.raises(StoreError, match="已调整为 A-3"):
        planned.replans.undo(NEW, kept=(), by="u1")
    assert planned.replans.undo(NEWER, kept=(), by="u1") == NEW
    assert planned.replans.undo(NEW, kept=(), by="u1") == OLD


def test_what_was_undone_is_neither_released_nor_made_anew(planned: Store) -> None:
    made_anew(planned)
    planned.replans.undo(NEW, kept=(), by="u1")
    with pytest.raises(StoreError, match="已经撤销"):
        planned.replans.undo(NEW, kept=(), by="u1")
    with pytest.raises(StoreError, match="已被撤销"):
        planned.release(NEW, by="u1")
    with pytest.raises(StoreError, match="已被撤销"):
        made_anew(planned, NEWER, of=NEW)
    made_anew(planned, NEWER)
    assert planned.latest() == NEWER


def test_what_was_not_made_anew_is_not_undone(planned: Store) -> None:
    with pytest.raises(StoreError, match="无从撤销"):
        planned.replans.undo(OLD, kept=(), by="u1")
    with pytest.raises(StoreError, match="不在库中"):
        made_anew(planned, of=ActionId("A-9"))
    assert planned.action_ids() == (OLD,)


def test_confirmed_support_holds_for_the_new_plan_and_back(planned: Store) -> None:
    planned.put(stations=[samples.station("PS01")])
    begins = planned.clock() + timedelta(hours=2)
    for ref in ("o0", "o4", "o8"):
        asked = planned.support_requests.create(
            OLD, "PS01", SupportKind.ESCORT, ref, begins, begins + timedelta(hours=1), "u1",
            document="泉公协〔2026〕1号", state=SupportState.SENT,
        )  # fmt: skip
        if ref != "o8":
            planned.support_requests.answer(asked.id, SupportState.CONFIRMED, "p1")
    made_anew(planned, kept=("o0", "o8"))
    held = planned.support_requests.for_action(NEW)
    assert [(one.ref, one.state) for one in held] == [("o0", SupportState.CONFIRMED)]
    planned.replans.undo(NEW, kept=("o0", "o4"), by="u1")
    states = {one.ref: one.state for one in planned.support_requests.for_action(OLD)}
    assert states["o0"] is states["o4"] is SupportState.CONFIRMED
    assert len(planned.support_requests.for_action(OLD)) == 3
