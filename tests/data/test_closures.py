from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from shapely import MultiPolygon, box
from sqlalchemy import text

from data.errors import StoreError
from data.store import Store
from geo.localtime import LOCAL_ZONE
from geo.travel.closures import Closure, Direction, RoadRef
from tests.fakes import StandingClock

SIX = datetime(2026, 11, 26, 6, tzinfo=LOCAL_ZONE)
BRIDGE = Closure(
    "new", "桥梁维修", SIX, SIX + timedelta(hours=3), area=box(118.6, 24.9, 118.7, 25.0)
)
LANE = Closure(
    "new",
    "单行管制",
    area=None,
    roads=(RoadRef(11, 1, 2), RoadRef(11, 2, 3)),
    direction=Direction.ALONG,
)


def test_a_closure_comes_back_as_it_was_kept(store: Store, clock: StandingClock) -> None:
    parts = MultiPolygon([box(0, 0, 1, 1), box(2.123456789, 2, 3, 3)])
    for given in (BRIDGE, LANE, Closure("n", "洪水", end=SIX, area=parts, roads=LANE.roads)):
        made = store.closures.add(given, "u1")
        kept = store.closures.all()[-1]
        assert kept == made
        assert (kept.made_at, kept.made_by, kept.lifted_at) == (clock(), "u1", None)
        assert kept.closure.id not in ("", "n", "new")
        for name in ("reason", "begin", "end", "roads", "direction", "area"):
            assert getattr(kept.closure, name) == getattr(given, name)
        clock.advance(minutes=1)
    assert [one.id for one in store.closures.standing()] == [
        one.closure.id for one in store.closures.all()
    ]


def test_moments_are_kept_in_utc(store: Store) -> None:
    store.closures.add(BRIDGE, "u1")
    with store.write() as work:
        held = work.connection.execute(text("SELECT begins_at, geometry FROM closure")).one()
    assert held.begins_at == datetime(2026, 11, 25, 22, tzinfo=UTC).isoformat(
        timespec="microseconds"
    )
    assert held.geometry.startswith('{"type":"Polygon"')


def test_a_lifted_closure_is_kept_and_stays_lifted(store: Store, clock: StandingClock) -> None:
    first, other = store.closures.add(BRIDGE, "u1"), store.closures.add(LANE, "u1")
    clock.advance(hours=1)
    lifted = store.closures.lift(first.closure.id, "u2")
    assert (lifted.lifted_at, lifted.lifted_by) == (clock(), "u2")
    clock.advance(hours=1)
    assert store.closures.lift(first.closure.id, "u3") == lifted
    assert store.closures.standing() == (other.closure,)
    assert lifted in store.closures.all()
    with pytest.raises(StoreError, match="x99"):
        store.closures.lift("x99", "u1")


def test_the_audit_holds_ids_only(store: Store) -> None:
    made = store.closures.add(BRIDGE, "u1")
    store.closures.lift(made.closure.id, "u2")
    store.closures.lift(made.closure.id, "u2")
    entries = [one for one in store.audit.entries() if one.act.startswith("closure.")]
    assert [(one.actor, one.act, one.subject) for one in entries] == [
        ("u2", "closure.lift", f"closure:{made.closure.id}"),
        ("u1", "closure.make", f"closure:{made.closure.id}"),
    ]
    assert not any("桥梁" in str(one) for one in entries)
