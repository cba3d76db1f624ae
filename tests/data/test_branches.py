"""Two plans around an approval in the store: both or none, each naming the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from data import plans
from data.errors import DuplicateError, StoreError
from data.model import BranchOn
from data.store import Store
from routes.model import ActionId
from routes.planning.problem import Plan, Problem
from tests.routes.planning.samples import district, district_plan

AT = datetime(2026, 1, 5, 2, tzinfo=UTC)
ONE, TWO = ActionId("A-1"), ActionId("A-2")


def under(name: str) -> tuple[Problem, Plan]:
    return replace(district(), id=name), replace(district_plan(), problem_id=name)


def test_each_names_the_other_and_the_latest_is_the_one_without(store: Store) -> None:
    store.save_branches(under(ONE), under(TWO), approval_by=AT, made_at=AT, by="u1")
    one, two = store.action(ONE), store.action(TWO)
    assert one is not None
    assert two is not None
    assert (one.other_id, one.approved, one.approval_by) == (TWO, False, AT)
    assert (two.other_id, two.approved, two.approval_by) == (ONE, True, AT)
    assert store.latest() == ONE
    store.save(ActionId("A-3"), *under("A-3"), made_at=AT)
    alone = store.action(ActionId("A-3"))
    assert alone is not None
    assert (alone.other_id, alone.approved, alone.approval_by) == (None, None, None)


def test_where_one_number_is_taken_neither_is_kept(store: Store) -> None:
    store.save(ONE, *under(ONE), made_at=AT)
    with pytest.raises(DuplicateError):
        store.save_branches(under(ONE), under(TWO), approval_by=AT, made_at=AT)
    assert store.action_ids() == (ONE,)


def test_only_stored_actions_are_joined(store: Store) -> None:
    store.save(ONE, *under(ONE), made_at=AT)
    with pytest.raises(StoreError, match="A-2"), store.write() as work:
        plans.join(work, ONE, TWO, approval_by=AT, branch_on=BranchOn.APPROVAL)
    with store.write() as work:
        assert work.connection.execute(text("SELECT other_id FROM action")).scalar_one() is None
