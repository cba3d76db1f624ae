"""The search by box finds what a look at every place finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from data.place_points import pseudonyms
from data.store import Store
from geo.model import Point
from routes.model import ClaimId
from tests.data import samples

CLAIMS = tuple(ClaimId(f"a{number}") for number in range(1, 7))
_NEAR = 118.60000000000001  # apart from its neighbour in eight bytes, not in four
LONS = st.sampled_from([-180.0, 0.0, 118.6, _NEAR, 118.7, 180.0]) | st.floats(-180, 180)
LATS = st.sampled_from([-90.0, 0.0, 24.9, 24.900000000000002, 90.0]) | st.floats(-90, 90)
POINTS = st.builds(Point, lon=LONS, lat=LATS)


@pytest.fixture
def held(store: Store) -> Store:
    claims = [replace(samples.claim(1), id=claim_id) for claim_id in CLAIMS]
    store.put(cases_=[samples.case()], debtors=[samples.debtor()], claims=claims[:1])
    with store.write() as work:  # of one text each, so that none takes over another's place
        for claim_id in CLAIMS[1:]:
            columns = "debtor_id, text, source, kind, seen_on, identifiers, content_hash"
            work.connection.execute(
                text(
                    f"INSERT INTO address_claim (id, text_hash, {columns}) "
                    f"SELECT :id, :id, {columns} FROM address_claim WHERE id = :first"
                ),
                {"id": claim_id, "first": CLAIMS[0]},
            )
    return store


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(points=[Point(_NEAR, 24.9)] * 6, lons=(118.6, 118.6), lats=(24.9, 24.9), limit=None)
@example(points=[Point(5e-241, 0.0)] * 6, lons=(5e-241, 5e-241), lats=(0.0, 0.0), limit=None)
@given(
    points=st.lists(POINTS, min_size=6, max_size=6),
    lons=st.tuples(LONS, LONS),
    lats=st.tuples(LATS, LATS),
    limit=st.none() | st.integers(1, 6),
)
def test_what_the_index_finds_is_what_lies_in_the_box(
    held: Store,
    points: Sequence[Point],
    lons: tuple[float, float],
    lats: tuple[float, float],
    limit: int | None,
) -> None:
    places = {
        claim: replace(samples.place(), point=point)
        for claim, point in zip(CLAIMS, points, strict=True)
    }
    held.set_places(places)  # in the place of those of the example before
    (west, east), (south, north) = sorted(lons), sorted(lats)
    inside = tuple(
        (claim, place)
        for claim, place in places.items()
        if west <= place.point.lon <= east and south <= place.point.lat <= north
    )
    assert held.places_in(west, south, east, north, limit=limit) == inside[:limit]


def test_the_index_follows_changes_and_deletions(held: Store) -> None:
    here, there = samples.place(118.6), samples.place(118.7)
    held.set_places(dict.fromkeys(CLAIMS, here))
    with held.write() as work:
        moved, gone = pseudonyms(held.cipher, ["a2", "a3"])
        for change, name in (("UPDATE place_point SET lon = 118.7", moved),
                             ("DELETE FROM place_point", gone)):  # fmt: skip
            work.connection.execute(text(f"{change} WHERE id = :id"), {"id": name})
    assert held.places_in(118.65, 0, 118.75, 90) == ((ClaimId("a2"), there),)
    assert len(held.places_in(118.55, 0, 118.65, 90)) == 4


def test_the_index_is_used(held: Store) -> None:
    backend = held._database.backend
    with held._database.read() as connection:
        kind = connection.dialect.name
        condition = backend.near_box(118.6, 24.9, 118.7, 25).compile(
            connection, compile_kwargs={"literal_binds": True}
        )
        if kind == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # of so few rows
        explain = "EXPLAIN" if kind == "postgresql" else "EXPLAIN QUERY PLAN"
        rows = connection.exec_driver_sql(f"{explain} SELECT id FROM place_point WHERE {condition}")
        told = "\n".join(str(row) for row in rows)
    assert "ix_place_point" in told or "VIRTUAL TABLE INDEX" in told
