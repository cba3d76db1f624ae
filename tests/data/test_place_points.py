"""Who has the database without the key joins no coordinates, and no finding, to a person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Connection, MetaData, select

from data.place_decisions import PlaceBasis
from data.place_points import points_of
from data.store import Store
from geo.model import Point
from routes.model import ClaimId, OutcomeKind
from tests.data import samples

POINT = Point(118.654321, 24.912345)
CLAIM = ClaimId("a1")


@pytest.fixture
def held(store: Store) -> Store:
    """A store with a located address that was visited and looked at."""
    store.put(
        cases_=[samples.case(1)],
        debtors=[samples.debtor(1)],
        claims=[samples.claim(1)],
        outcomes=[samples.outcome(1)],
    )
    place = replace(samples.place(), point=POINT)
    store.place_decisions.confirm(CLAIM, place, basis=PlaceBasis.MAP, by="u1")
    return store


def _rows(connection: Connection) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield each row as the database holds it."""
    found = MetaData()
    found.reflect(connection)
    for table in found.sorted_tables:
        if not table.name.startswith(("place_box", "spatial_ref_sys")):
            for row in connection.execute(select(table)):
                yield table.name, dict(row._mapping)


def test_no_value_in_the_clear_joins_a_point_to_a_claim(held: Store) -> None:
    with held._database.read() as connection:
        rows = list(_rows(connection))
        assert points_of(connection, [CLAIM]) == {CLAIM: POINT}
    with_point = [(table, row) for table, row in rows if {POINT.lon, POINT.lat} & set(row.values())]
    assert [table for table, _ in with_point] == ["place_point"]
    point = {value for value in with_point[0][1].values() if isinstance(value, str)}
    others = [row for table, row in rows if table != "place_point"]
    assert not point & {value for row in others for value in row.values()}
    for text in (str(POINT.lon), json.dumps([POINT.lon, POINT.lat])):
        assert text not in repr(others)
    assert samples.outcome(1).kind.value not in repr(
        [row for table, row in rows if table == "outcome"]
    )
    assert held.outcomes()[0].kind is samples.outcome(1).kind
    assert held.outcomes()[0].kind in OutcomeKind


def test_a_place_that_goes_takes_its_point_along(held: Store) -> None:
    held.place_decisions.undo_last(by="u1")
    with held._database.read() as connection:
        assert not [row for table, row in _rows(connection) if table == "place_point"]
